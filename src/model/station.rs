//! What every component that does work has in common: slots, a processor and a queue before them.
//!
//! A replica is slots plus a processor. A request waits for a slot (`concurrency`), holds it for its whole stay, calls
//! included, and competes for the processor (`cores`) only while it computes.

use super::law::DurationLaw;
use super::number::Positive;
use super::shape::{Limit, Named};
use super::word::Text;
use crate::source::At;
use std::num::NonZeroU64;

record! {
    /// The fields that services, databases and caches share.
    pub struct Station {
        /// The regions it stands in; the numbers of replicas are for each of them. Where absent: the only region, or no place at all.
        regions as "in": Vec<At<String>> = "[]",
        /// Cores of one replica: `2` serves two requests at full speed, `0.2` is a fifth of a core; or `unlimited`.
        cores: At<Limit<Positive>> = "1",
        /// How much faster than the one the demands were measured on a core is.
        speed: At<Positive> = "1",
        /// How the processor is shared by the requests that compute.
        cpu: Cpu = "ps",
        /// Slots of one replica, each held for a request's whole stay; or `unlimited`.
        concurrency: At<Limit<NonZeroU64>> = "unlimited",
        /// Who gets the next free slot.
        discipline: Discipline = "fifo",
        /// How many may wait for a slot; the next one is refused at once. Or `unlimited`.
        backlog: At<Limit<u64>> = "unlimited",
        /// How long a request waits for a slot before it leaves; for ever when absent.
        patience: Option<DurationLaw>,
        /// The machine that one replica runs on, by its name in the price list: `aws/m7g.large`.
        machine: Option<At<Text>>,
        /// Bounded things of one replica that a step can hold: disks, locks, worker threads.
        pools: Named<Pool> = "{}",
    }
    later: ["reliability", "autoscale", "buy", "memory", "gc", "reserve", "uplink", "usl", "price"];
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
    }
    later: ["lifo", "shortest", "least-attained", "weighted", "fair"];
}

record! {
    /// Whether the urgent may push others aside.
    pub struct Preemption {
        /// Whether an urgent job takes the core from a running one, which resumes later.
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
    }
    later: ["shortest", "fair", "codel", "adaptive-lifo", "deadline"];
}

record! {
    /// Machines that several services share: replica i of a service runs on host i modulo their number.
    pub struct Host {
        /// How many.
        count: At<NonZeroU64> = "1",
        /// Cores of one; or `unlimited`.
        cores: At<Limit<Positive>> = "1",
        /// How much faster than the one the demands were measured on a core is.
        speed: At<Positive> = "1",
        /// How the processor is shared.
        cpu: Cpu = "ps",
        /// The machine it is, by its name in the price list.
        machine: Option<At<Text>>,
    }
    later: ["spread", "zones", "reliability", "reserve", "buy", "in"];
}
