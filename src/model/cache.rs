//! Components that keep copies close at hand: `caches:`.

use super::balance::Luck;
use super::count::CountLaw;
use super::fields::Meaningless;
use super::number::Positive;
use super::reader::Reader;
use super::shape::{Definitions, Keyed, Shape};
use super::station::Station;
use super::step::Block;
use crate::policy::evict::MOST_SEGMENTS;
use crate::source::{At, Node};
use crate::units::{Count, Duration, Share, Size};
use std::num::NonZeroU64;

record! {
    /// A cache: inside each replica of a service (`per`), or on servers of its own (`nodes`).
    pub struct Cache {
        /// The data set it holds.
        of: At<String>,
        /// The service in whose replicas it lives, one cache in each: no wire, no server.
        per: Option<At<String>>,
        /// How many servers it has; 1 when neither this nor `per` is given.
        nodes: Option<At<NonZeroU64>>,
        /// How keys are spread over the nodes.
        ring: Option<Ring>,
        /// What one node (or one replica) can hold: `100000 items` or `2GiB`.
        capacity: At<Capacity>,
        /// What goes when it is full.
        evict: Evict = "lru",
        /// How long an entry is good for; for ever when absent.
        ttl: Option<Ttl>,
        /// Whether misses of one key wait for the first of them instead of each asking the origin.
        coalesce: Coalesce = "false",
        /// What it holds when the run begins.
        start: Start = "cold",
        /// Writes that drop entries, by the query: `db.update: {}`.
        invalidated_by: Keyed<InvalidatedBy> = "{}",
        /// What a node does for one request.
        body as "do": Block = "[]",
    }
    flatten {
        /// Slots, processor and queue of one node.
        station: Station
    }
    later: ["spread"];
    meaningless: meaningless_inside;
}

record! {
    /// What one acknowledged write drops.
    pub struct InvalidatedBy {
        /// How many entries, any of the data set as likely as the others; when absent, the one of the object that is written.
        entries: Option<CountLaw>,
    }
}

/// A cache inside the replicas of a service has no servers.
fn meaningless_inside(cache: &Cache) -> Option<Meaningless> {
    cache.per.as_ref().map(|_| Meaningless {
        fields: &[
            "nodes",
            "ring",
            "in",
            "cores",
            "speed",
            "cpu",
            "usl",
            "concurrency",
            "discipline",
            "backlog",
            "patience",
            "machine",
            "pools",
            "reliability",
            "do",
        ],
        reason: "with `per` the cache lives inside the service's replicas and has no servers",
    })
}

record! {
    /// A consistent-hashing ring (Karger et al. 1997): a lost node's keys go to its neighbours.
    pub struct Ring {
        /// Points of each node on the ring: more points, more even shares.
        points: At<NonZeroU64> = "100",
        /// Whether every replication draws its own ring.
        luck: Luck = "drawn",
    }
}

choice! {
    /// What leaves a full cache.
    pub enum Evict {
        /// What has been unused for longest.
        Lru = "lru",
        /// What was stored first.
        Fifo = "fifo",
        /// Any, each as likely as the others.
        Random = "random",
        /// What was stored first, with a second chance for what was found since (Corbató 1969).
        Clock = "clock",
        /// What a hand that moves from the oldest to the newest first meets unfound (Zhang et al. 2024).
        Sieve = "sieve",
        /// What was asked for least often since it was stored, of several the least recent (Shah et al. 2010).
        Lfu = "lfu",
        /// What is seldom asked for, large and not asked for of late: least L + frequency/size (Cherkasova 1998).
        Gdsf = "gdsf",
        /// What was not found since it was stored; those found have up to 80 % of the room (Karedla et al. 1994), or rise through `segments`.
        Slru(Slru) = "slru",
        /// What is new, beyond 25 % of the room; what comes back soon after is kept in LRU order (2Q, Johnson and Shasha 1994).
        TwoQueue = "two-queue",
        /// What was asked for once or what was asked for again, in shares that adapt (Megiddo and Modha 2003).
        Arc = "arc",
        /// What was hardly found in a small queue of 10 %, or not at all in the main one (Yang et al. 2023).
        S3Fifo = "s3-fifo",
        /// What a sketch of all requests says was asked for less (Einziger et al. 2017).
        TinyLfu = "w-tinylfu",
    }
}

record! {
    /// The segments of a segmented LRU cache.
    pub struct Slru {
        /// How much of the room is at most for what was found since it was stored; 80 % when absent.
        protected: Option<At<Share>>,
        /// So many equal segments instead, from 2 to 8: what is found rises by one, what a full one pushes out sinks by one (S4LRU has
        /// four; Huang et al. 2013).
        segments: Option<At<NonZeroU64>>,
    }
    check: check_slru;
}

fn check_slru(slru: &Slru, _node: &Node, reader: &mut Reader<'_>) {
    if let (Some(_), Some(segments)) = (&slru.protected, &slru.segments) {
        let message =
            "`protected` divides the room in two, `segments` in equal parts: say one of them";
        reader.contradiction(segments.place, message);
    }
    let most = u64::from(MOST_SEGMENTS);
    if let Some(segments) = (slru.segments.as_ref()).filter(|row| !(2..=most).contains(&row.get()))
    {
        reader.out_of_range(segments.place, format!("`segments` are 2 to {most}"));
    }
    let good = |share: &Share| share.get() > 0.0 && share.get() < 1.0;
    if let Some(protected) = slru.protected.as_ref().filter(|share| !good(share)) {
        let message = "the protected share is above 0 and below 100 %: what is new needs room";
        reader.out_of_range(protected.place, message);
    }
}

choice! {
    /// What a cache holds when the run begins.
    pub enum Start {
        /// Nothing.
        Cold = "cold",
        /// What is asked for most often, as much as fits, the most popular as the newest.
        Warm = "warm",
    }
}

record! {
    /// Whether who misses an object waits for the fetch of another who missed it before, instead of fetching it as well.
    pub struct Coalesce {
        /// Whether they wait.
        wait: bool = "true",
        /// What a fetch that fails does to those who wait for it.
        failed: Failed = "share",
        /// With `failed: next`, so many of them fetch one after the other, the first included; when the last of these has failed, all
        /// who still wait fail with it. 2 when absent.
        most: Option<At<NonZeroU64>>,
    }
    bare: "wait";
    check: check_coalesce;
}

fn check_coalesce(coalesce: &Coalesce, _node: &Node, reader: &mut Reader<'_>) {
    if let Some(most) = &coalesce.most
        && coalesce.failed == Failed::Share
    {
        let message = "`most` is how many fetch one after the other, and with `failed: share` there is one: `failed: next`";
        reader.contradiction(most.place, message);
    }
}

choice! {
    /// What a fetch that fails does to those who wait for it.
    pub enum Failed {
        /// All fail with it and for the same cause, as in singleflight, groupcache and Caffeine; who comes later fetches anew.
        Share = "share",
        /// The next of them fetches, while the others go on waiting.
        Next = "next",
    }
}

record! {
    /// How long an entry is good for.
    pub struct Ttl {
        /// From when it was stored; a copy that is fetched while a good one is there does not prolong it.
        fixed: Option<At<Duration>>,
        /// From when it was last found or stored.
        sliding: Option<At<Duration>>,
        /// Each entry's time is longer or shorter by a random share of up to this much, so that they do not expire together.
        jitter: At<Share> = "0%",
        /// The age from which a copy is still given out, while one fetch behind it brings a new one (stale-while-revalidate, RFC 5861):
        /// less than `fixed`. From there to its end a copy is stale; `jitter` moves both moments together.
        soft: Option<At<Duration>>,
    }
    bare: "fixed";
    check: check_ttl;
}

fn check_ttl(ttl: &Ttl, node: &Node, reader: &mut Reader<'_>) {
    if ttl.fixed.is_some() == ttl.sliding.is_some() {
        reader.exactly_one(node, "a ttl", &["fixed", "sliding"]);
    }
    check_soft(ttl, reader);
    if ttl.sliding.is_some() && ttl.jitter.get() > 0.0 {
        let message = "`jitter` spreads what is stored together and expires together; a sliding ttl ends when nobody asks";
        reader.contradiction(ttl.jitter.place, message);
    }
}

fn check_soft(ttl: &Ttl, reader: &mut Reader<'_>) {
    let Some(soft) = &ttl.soft else {
        return;
    };
    if ttl.sliding.is_some() {
        let message = "`soft` is an age since the copy was stored; a sliding ttl does not know that age: `fixed` with `soft`";
        reader.contradiction(soft.place, message);
    }
    if let Some(fixed) = ttl.fixed.as_ref().filter(|fixed| soft.ns() >= fixed.ns()) {
        let message = format!(
            "a copy is dropped at the age of {}: `soft` must be less, or no copy is ever refreshed behind",
            fixed.value
        );
        reader.contradiction(soft.place, message);
    }
}

/// What one node of a cache can hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Capacity {
    /// So many entries, whatever their size.
    Items(NonZeroU64),
    /// So many bytes of entries.
    Bytes(Positive),
}

impl Shape for Capacity {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.scalar(node, "a capacity")?;
        let capacity = match (text.parse::<Count>(), text.parse::<Size>()) {
            (Ok(items), _) => NonZeroU64::new(items.get()).map(Self::Items),
            (_, Ok(size)) => Positive::new(size.bytes()).map(Self::Bytes),
            (Err(of_items), Err(of_size)) => {
                // What ends in a capital B was meant as bytes, and so was the `512Mi` of Kubernetes.
                let of_bytes = ["B", "Ki", "Mi", "Gi", "Ti"];
                reader.quantity(
                    node,
                    if of_bytes.iter().any(|end| text.ends_with(end)) {
                        &of_size
                    } else {
                        &of_items
                    },
                );
                return None;
            }
        };
        if capacity.is_none() {
            reader.out_of_range(
                node.place,
                "a cache that holds nothing is no cache: `100000 items` or `2GiB`",
            );
        }
        capacity
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        definitions.quantity("Capacity", "Entries or bytes: `100000 items`, `2GiB`.")
    }

    fn show(&self) -> Option<Node> {
        Some(Node::text(match self {
            Self::Items(items) => format!("{items} items"),
            Self::Bytes(bytes) => Size::from_bytes(bytes.get()).to_string(),
        }))
    }
}
