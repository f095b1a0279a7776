//! What every component that does work has in common: slots, a processor and a queue before them.
//!
//! A replica is slots plus a processor. A request waits for a slot (`concurrency`), holds it for its whole stay, calls
//! included, and competes for the processor (`cores`) only while it computes.

use super::law::DurationLaw;
use super::number::Positive;
use super::reader::Reader;
use super::reliability::Reliability;
use super::shape::{Keyed, Limit, Named};
use super::weight::{Weight, check_weights};
use super::word::Text;
use crate::source::{At, Node};
use crate::units::{Duration, Share};
use std::num::NonZeroU64;

record! {
    /// The fields that services, databases and caches share.
    pub struct Station {
        /// The regions it stands in; the numbers of replicas are for each of them. Where absent: the only region, or no place at all.
        regions as "in": Vec<At<String>> = "[]",
        /// Cores of one replica: `2` serves two requests at full speed, `0.2` is a fifth of a core; or `unlimited`. Those of its `machine`
        /// where it has one.
        cores: At<Limit<Positive>> = "1",
        /// How much faster than the one the demands were measured on a core is.
        speed: At<Positive> = "1",
        /// How the processor is shared by the requests that compute.
        cpu: Cpu = "ps",
        /// Slots of one replica, each held for a request's whole stay; or `unlimited`.
        concurrency: At<Limit<NonZeroU64>> = "unlimited",
        /// What being many costs those who compute on one replica (universal scalability law); nothing when absent.
        usl: Option<At<Usl>>,
        /// Who gets the next free slot.
        discipline: Discipline = "fifo",
        /// How many may wait for a slot; the next one is refused at once. Or `unlimited`.
        backlog: At<Limit<u64>> = "unlimited",
        /// How long a request waits for a slot before it leaves; for ever when absent.
        patience: Option<DurationLaw>,
        /// The machine that one replica runs on, by its name in the price list: `aws/m7g.large`. It has all of its cores.
        machine: Option<At<Text>>,
        /// Bounded things of one replica that a step can hold: disks, locks, worker threads.
        pools: Named<Pool> = "{}",
        /// How often a replica breaks, and how long its repair takes; never when absent.
        reliability: Option<At<Reliability>>,
    }
    later: ["autoscale", "buy", "memory", "gc", "reserve", "uplink", "price"];
}

record! {
    /// A bounded number of units that steps hold and give back.
    pub struct Pool {
        /// How many units each replica has.
        size: At<NonZeroU64>,
    }
}

choice! {
    /// How a processor is shared by those who compute on it.
    pub enum Cpu {
        /// Processor sharing: everybody at once, each at an equal part.
        Ps = "ps",
        /// First come, first served, one job a core.
        Fifo = "fifo",
        /// The most urgent first, by `priorities:`.
        Priority(Preemption) = "priority",
        /// Last come, first served, one job a core.
        Lifo(Preemption) = "lifo",
        /// The job that needs the least, one job a core; with interruption the one that needs the least still (SRPT).
        Shortest(Preemption) = "shortest",
        /// Those who have had the least so far, at equal parts (foreground-background, least attained service).
        LeastAttained = "least-attained",
        /// Everybody at once, each at a part by the weight of its priority (discriminatory processor sharing).
        Weighted(Weighted) = "weighted",
        /// A share for each service on a host (for each priority inside one service) that has something to compute, equal parts within.
        Fair(Fair) = "fair",
    }
}

record! {
    /// How much of a processor each job gets, compared with the others.
    pub struct Weighted {
        /// The weight of one job, by its priority.
        weights: Keyed<Weight>,
    }
    check: check_weighted;
}

fn check_weighted(weighted: &Weighted, node: &Node, reader: &mut Reader<'_>) {
    check_weights(
        weighted.weights.iter().map(|(_, weight)| weight),
        node.get("weights"),
        reader,
    );
}

record! {
    /// What each of several groups gets while all of them want something.
    pub struct Fair {
        /// The share of each: of services on a host, else of priorities.
        shares: Keyed<Weight>,
    }
    check: check_fair;
}

fn check_fair(fair: &Fair, node: &Node, reader: &mut Reader<'_>) {
    check_weights(
        fair.shares.iter().map(|(_, share)| share),
        node.get("shares"),
        reader,
    );
}

record! {
    /// The universal scalability law: n at once do n / (1 + σ(n-1) + κn(n-1)) times the work of one (Gunther 2007).
    pub struct Usl {
        /// The part of the work that only one can do at a time (σ).
        contention: Share = "0%",
        /// What each pays for each of the others to agree with it (κ).
        coherency: Share = "0%",
        /// What n is.
        over: Over = "cores",
    }
}

choice! {
    /// What a scalability law counts.
    pub enum Over {
        /// The cores that are busy.
        Cores = "cores",
        /// The requests that compute, however many cores there are for them.
        InProgress = "in-progress",
    }
}

record! {
    /// Whether a newcomer may push others aside.
    pub struct Preemption {
        /// Whether a job that comes first takes the core from a running one, which resumes later.
        preempt: bool = "false",
    }
}

choice! {
    /// Who gets the next free slot.
    pub enum Discipline {
        /// The one that has waited longest.
        Fifo = "fifo",
        /// The one that came last.
        Lifo = "lifo",
        /// The most urgent by `priorities:`, and of those the one that has waited longest.
        Priority = "priority",
        /// Any of those who wait, with equal chances, however long they have waited (service in random order).
        Random = "random",
        /// The one that brings the least work: the sum of the `compute` and `sleep` steps that it is certain to take.
        Shortest = "shortest",
        /// Each priority has a share of the turns while all of them wait.
        Fair(Fair) = "fair",
        /// The one that has waited longest; while the waits have been too long for an interval, some are dropped instead (cause `shed`).
        Codel(Codel) = "codel",
        /// The one that came last while many wait, else the one that has waited longest.
        AdaptiveLifo(AdaptiveLifo) = "adaptive-lifo",
        /// The one whose answer is due first, by the deadlines that travel with requests (`propagate: true`); those without come last.
        Deadline = "deadline",
    }
}

record! {
    /// When a queue is too long (RFC 8289).
    pub struct Codel {
        /// The wait that is acceptable.
        target: At<Duration> = "5ms",
        /// For how long it may be exceeded before requests are dropped.
        interval: At<Duration> = "100ms",
    }
    check: check_codel;
}

fn check_codel(codel: &Codel, _node: &Node, reader: &mut Reader<'_>) {
    for time in [&codel.target, &codel.interval] {
        if time.seconds() <= 0.0 {
            reader.out_of_range(time.place, "a time above 0 is needed here");
        }
    }
}

record! {
    /// When the newest is served first.
    pub struct AdaptiveLifo {
        /// While more than so many wait.
        threshold: At<u64>,
    }
}

record! {
    /// Machines that several services share; which replica stands on which of them a service says by `place`.
    pub struct Host {
        /// How many.
        count: At<NonZeroU64> = "1",
        /// Cores of one; or `unlimited`. Those of its `machine` where it has one.
        cores: At<Limit<Positive>> = "1",
        /// How much faster than the one the demands were measured on a core is.
        speed: At<Positive> = "1",
        /// How the processor is shared.
        cpu: Cpu = "ps",
        /// The machine it is, by its name in the price list.
        machine: Option<At<Text>>,
        /// How often a machine breaks, with all that runs on it, and how long its repair takes; never when absent.
        reliability: Option<At<Reliability>>,
    }
    later: ["spread", "zones", "reserve", "buy", "in"];
}
