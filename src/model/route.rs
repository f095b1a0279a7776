//! Who is sent where first: directors of traffic (`routes:`), and what services prefer.

use super::reader::Reader;
use super::shape::Keyed;
use super::weight::{Weight, check_weights};
use super::word::check_distinct;
use crate::source::{At, Node};
use crate::units::{Duration, Share};
use std::num::NonZeroU64;

record! {
    /// A director of traffic to a service that stands in several regions (DNS, anycast): callers name it in place of the service, as `shop.buy`.
    pub struct Route {
        /// The service.
        to: At<String>,
        /// Which of its regions a request is sent to.
        pick: Pick = "nearest",
        /// When a region is too busy for all of its requests, so that some are sent on; never when absent.
        spill: Option<At<Spill>>,
        /// How the director notices that a region is down; it never does when absent.
        check: Option<At<Check>>,
        /// For how long callers go by an answer before they ask again, each at times of its own.
        client_ttl: At<Duration> = "0s",
    }
    check: check_route;
}

/// Answers that callers may go by at once are kept: not more than this many.
const MOST_ANSWERS: u64 = 10_000;

fn check_route(route: &Route, node: &Node, reader: &mut Reader<'_>) {
    let spill = route.spill.as_ref().map(|spill| spill.every.ns());
    let check = route.check.as_ref().map(|check| check.every.ns());
    let every = spill.into_iter().chain(check).min().unwrap_or(u64::MAX);
    if route.client_ttl.ns() / every.max(1) > MOST_ANSWERS {
        let message = format!(
            "in this time the director looks more than {MOST_ANSWERS} times: shorten it, or let it look less often"
        );
        reader.out_of_range(route.client_ttl.place, message);
    }
    match &route.pick {
        Pick::Nearest => {}
        Pick::Weighted(weights) => {
            let weights = weights.0.iter();
            check_weights(weights.map(|(_, weight)| weight), node.get("pick"), reader);
        }
        Pick::Failover(regions) => {
            check_distinct(regions, "region", reader);
            if regions.is_empty() {
                let place = node.get("pick").map_or(node.place, |pick| pick.place);
                reader.out_of_range(
                    place,
                    "a list without regions leads nowhere: `failover: [eu, us]`",
                );
            }
        }
    }
}

choice! {
    /// Which region a request is sent to.
    pub enum Pick {
        /// The one with the shortest way from the caller; when it is down or too busy, the next one.
        Nearest = "nearest",
        /// Each in proportion to its weight, wherever the caller is.
        Weighted(Keyed<Weight>) = "weighted",
        /// The first of this list that is not down, wherever the caller is.
        Failover(Vec<At<String>>) = "failover",
    }
}

record! {
    /// When requests are sent on because their first choice is busy. At the end of each interval it is settled anew how many: what made it
    /// busier than allowed goes to the next that has room, and while nobody has, to whoever is not full (a waterfall by capacity).
    pub struct Spill {
        /// How busy it may be in the mean over an interval.
        above: At<Share>,
        /// What is busy.
        of: Busy = "cores",
        /// The interval, in which a hundred looks are taken.
        every: At<Duration> = "10s",
    }
    check: check_spill;
}

fn check_spill(spill: &Spill, _node: &Node, reader: &mut Reader<'_>) {
    if spill.above.get() == 0.0 {
        let message = "above 0 %, everything would be sent on as soon as anything is done";
        reader.out_of_range(spill.above.place, message);
    }
    if spill.every.ns() < 1_000_000_000 {
        let message = "an interval of at least 1 s is needed here: in less nobody can tell how busy something is";
        reader.out_of_range(spill.every.place, message);
    }
}

choice! {
    /// What is looked at to tell how busy replicas are.
    pub enum Busy {
        /// Their cores.
        Cores = "cores",
        /// Their slots (`concurrency`).
        Slots = "slots",
    }
}

record! {
    /// How somebody notices what is down: by asking again and again.
    pub struct Check {
        /// How often it asks.
        every: At<Duration> = "30s",
        /// So many times in a row without an answer and it takes it for down; so many with one, and it takes it for up again.
        fails: At<NonZeroU64> = "3",
    }
    check: check_check;
}

fn check_check(check: &Check, _node: &Node, reader: &mut Reader<'_>) {
    if check.every.ns() < 10_000_000 {
        reader.out_of_range(
            check.every.place,
            "at least 10 ms are needed between two checks",
        );
    }
}

choice! {
    /// Which replicas a call is sent to while nothing is wrong with them.
    pub enum Prefer {
        /// Those of the caller's region, all alike.
        SameRegion = "same-region",
        /// Those of the caller's zone; when none of them works, the others of its region.
        SameZone(ZoneSpill) = "same-zone",
    }
}

record! {
    /// When calls leave the zone of their caller though replicas there work.
    pub struct ZoneSpill {
        /// When the replicas of a zone are too busy for all calls from there; never when absent.
        spill: Option<At<Spill>>,
    }
}

choice! {
    /// Where calls go when no replica of the caller's region works.
    pub enum Beyond {
        /// To the nearest region where one does.
        Region = "region",
    }
}
