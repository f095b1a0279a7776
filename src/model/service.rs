//! Components that run programs: `services:` and `externals:`.

use super::balance::Balance;
use super::cdn::amount;
use super::eject::Eject;
use super::fields::Meaningless;
use super::number::Positive;
use super::rate_limit::{RateLimit, ServiceLimit};
use super::reader::Reader;
use super::route::{Beyond, Check, Prefer};
use super::shape::{Limit, Named};
use super::station::Station;
use super::step::Block;
use super::word::Text;
use crate::source::{At, Node};
use crate::units::{Duration, MoneyRate, Per};
use std::num::NonZeroU64;

record! {
    /// A service: alike replicas that run the programs of its endpoints.
    pub struct Service {
        /// How many replicas, in each region of `in`; one when neither this nor `groups` is given.
        replicas: Option<At<NonZeroU64>>,
        /// Unlike replicas in one service (a canary, two sizes): each group overrides what differs.
        groups: Option<Named<Group>>,
        /// The `hosts:` entry it runs on; where absent every replica has a processor of its own.
        host: Option<At<String>>,
        /// On which of those hosts each replica stands.
        place: At<Placement> = "spread",
        /// How requests are spread over the replicas.
        balance: Balance = "random",
        /// Which replicas a call is sent to while nothing is wrong with them.
        prefer: At<Prefer> = "same-region",
        /// Where calls go when no replica of their region works; they fail when absent.
        failover: Option<At<Beyond>>,
        /// When a replica that keeps failing is left out; never when absent.
        eject: Option<At<Eject>>,
        /// How the balancer learns that a replica is down, by asking again and again; it knows at once when absent.
        check: Option<At<Check>>,
        /// For how long a replica that is back gets less than its share, from a tenth on; not at all when absent.
        slow_start: Option<At<Duration>>,
        /// How many requests are let in; all when absent.
        rate_limit: Option<ServiceLimit>,
        /// The priority of all its work: one of `priorities:`.
        priority: Option<At<String>>,
        /// Programs run in-process by `run:`, without a wire or a slot of their own.
        routines: Named<Block> = "{}",
        /// What can be called, each with its program.
        endpoints: Named<Block>,
    }
    flatten {
        /// Slots, processor and queue of one replica.
        station: Station
    }
    meaningless: meaningless_on_a_host;
    check: check_service;
}

fn check_service(service: &Service, node: &Node, reader: &mut Reader<'_>) {
    if let (Some(_), Some(replicas)) = (&service.groups, &service.replicas) {
        reader.contradiction(
            replicas.place,
            "`replicas` and `groups` exclude each other: each group has its own `replicas`",
        );
    }
    if let Some(groups) = &service.groups
        && groups.is_empty()
    {
        reader.out_of_range(
            node.get("groups").map_or(node.place, |value| value.place),
            "`groups` is empty: the service would have no replica",
        );
    }
}

choice! {
    /// How replicas are put on hosts, one after another and service by service in their written order; all count alike.
    pub enum Placement {
        /// Where there is most room: on the host with fewest replicas in the zone with fewest of this service.
        Spread = "spread",
        /// On the fullest host that still has a core for one more, as `spread` when none has.
        Pack = "pack",
        /// Replica i on host i modulo their number, whoever else stands there.
        ByIndex = "by-index",
    }
}

/// A service on a shared host has no processor of its own.
#[expect(clippy::unnecessary_wraps, reason = "what records ask for")]
fn meaningless_on_a_host(service: &Service) -> Option<Meaningless> {
    Some(match service.host {
        Some(_) => Meaningless {
            fields: &["cores", "speed", "cpu", "usl", "machine"],
            reason: "the service runs on a `host`, whose processor it shares; say it there",
        },
        None => Meaningless {
            fields: &["place"],
            reason: "it says on which of the machines of a `host` replicas stand, and the service has none",
        },
    })
}

record! {
    /// Some replicas of a service that differ from the others.
    pub struct Group {
        /// How many of them, in each region of the service.
        replicas: At<NonZeroU64> = "1",
        /// Their cores, where they differ.
        cores: Option<At<Limit<Positive>>>,
        /// Their speed, where it differs.
        speed: Option<At<Positive>>,
        /// What one of them gets in comparison with one of another group, where the balancer looks at weights; 1 when absent.
        weight: Option<At<Positive>>,
        /// The machine that one of them is, where it differs; it says how many cores they have.
        machine: Option<At<Text>>,
    }
    later: ["buy"];
}

record! {
    /// Somebody else's system: endpoints that take time but have no processor here.
    pub struct External {
        /// What can be called, each with its program (mostly one `sleep`).
        endpoints: Named<Block>,
        /// How many requests it serves at once; or `unlimited`.
        concurrency: At<Limit<NonZeroU64>> = "unlimited",
        /// How many may wait beyond that; the next one is refused at once. Or `unlimited`.
        backlog: At<Limit<u64>> = "unlimited",
        /// How many requests it lets in; all when absent.
        rate_limit: Option<RateLimit>,
        /// What requests to it cost.
        price: Option<ExternalPrice>,
    }
    later: ["reliability", "in"];
    never: {
        "cores": "an external system has no processor here: say `sleep` in its endpoints",
        "cpu": "an external system has no processor here: say `sleep` in its endpoints",
        "speed": "an external system has no processor here: say `sleep` in its endpoints",
        "replicas": "an external system is one for all; `concurrency` bounds what it serves at once",
        "machine": "somebody else pays for its machines",
    };
}

record! {
    /// What requests to somebody else's system cost: those that it takes on, not those that it turns away.
    pub struct ExternalPrice {
        /// For one request.
        per_request: Option<At<MoneyRate>>,
        /// For a million requests.
        per_million: Option<At<MoneyRate>>,
    }
    check: check_external_price;
}

fn check_external_price(price: &ExternalPrice, node: &Node, reader: &mut Reader<'_>) {
    if price.per_request.is_some() == price.per_million.is_some() {
        reader.exactly_one(node, "a price", &["per-request", "per-million"]);
    }
    amount(price.per_request.as_ref(), Per::Once, reader);
    amount(price.per_million.as_ref(), Per::Once, reader);
}
