//! What one replication leaves behind.

mod over_time;

pub use over_time::{FirstPart, Minutes};

use super::episodes::Episodes;
use super::histogram::Histogram;
use super::timeline::Timeline;
use crate::engine::Outcome;
use crate::plan::{ComponentId, StationId};
use crate::policy::CAUSES;

/// What one replication leaves behind: integers only.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Its number, from 0.
    pub replication: u32,
    /// First instant that counts \[ns\]: the warm-up cut.
    pub from: u64,
    /// First instant that no longer counts \[ns\].
    pub until: u64,
    /// Events handled over the whole run, warm-up and settling included.
    pub events: u64,
    /// Root requests born over the whole run.
    pub requests: u64,
    /// Most flights in progress at once.
    pub most_flights: u64,
    /// Whole requests as the user sees them, by `EntryId`.
    pub entries: Vec<Outcomes>,
    /// Calls as their requester sees them, by `EndpointId`: every attempt counts.
    pub endpoints: Vec<Outcomes>,
    /// Time in queues (slot and processor) of calls that were served, by `EndpointId` \[ns\].
    pub waits: Vec<Moments>,
    /// By `StationId`.
    pub stations: Vec<StationTally>,
    /// By `ProcessorId`.
    pub processors: Vec<ProcessorTally>,
    /// By `CacheId`.
    pub caches: Vec<CacheTally>,
    /// Reads of copies, by `EndpointId`; empty without databases of several copies.
    pub reads: Vec<ReadTally>,
    /// How long after its commit a follower shows a write, by `DatabaseId` \[ns\].
    pub behind: Vec<Moments>,
    /// By `ComponentId`, then by place; empty where nothing breaks.
    pub breaks: Vec<BreakTally>,
    /// By area of all steerings.
    pub areas: Vec<AreaTally>,
    /// By `DatabaseId`; empty where none gets more shards.
    pub moves: Vec<MoveTally>,
    /// By `GroupId`.
    pub groups: Vec<GroupTally>,
    /// By position among the plan's functions.
    pub functions: Vec<FunctionTally>,
    /// By meter of the plan.
    pub meters: Vec<Metered>,
    /// By `QuantityId`.
    pub holds: Vec<HoldTally>,
    /// Integral of units in use, by instance of the pools of units \[unit-ns\].
    pub units: Vec<u128>,
    /// Bytes carried in the window, by `LinkId`.
    pub link_bytes: Vec<u64>,
    /// Calls made in the window per pair of components (caller component or user, callee), by `CallId`.
    pub calls: Vec<u64>,
    /// What only expectations ask for.
    pub watched: Watched,
    /// The whole run in equal windows, from 0 to `until`.
    pub timeline: Timeline,
    /// What caches did early in the window, by `CacheId`, where the run was told in stretches.
    pub early: Vec<CacheTally>,
    /// How busy processors were in the first part of the window; not in the digest, since its end depends on how the run was told.
    pub first: FirstPart,
    /// How busy processors were minute by minute, where the load changes.
    pub minutes: Minutes,
    /// How it ended.
    pub stopped: Stopped,
}

impl Tally {
    /// Length of the window \[s\], never 0.
    pub fn seconds(&self) -> f64 {
        (self.until - self.from).max(1) as f64 / 1e9
    }
}

/// How a replication ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stopped {
    /// All requests born in the window were settled.
    #[default]
    Settled,
    /// The time allowed for settling ran out with some requests still in progress (they count as unfinished).
    Unsettled,
    /// Time stood still at this instant \[ns\]: too much happened at once, as in a closed loop that takes no time.
    Stuck {
        /// When \[ns\].
        at: u64,
    },
    /// The limit on flights in progress was reached at this time \[ns\]; the station with the longest queue is named.
    TooMany {
        /// When \[ns\].
        at: u64,
        /// The station with the most requests waiting or in service, if one stands out.
        station: StationId,
        /// How many were there.
        queued: u64,
        /// Its component.
        component: ComponentId,
    },
}

/// Requests or calls by outcome: those *born* in the window.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// Born in the window.
    pub sent: u64,
    /// Succeeded.
    pub ok: u64,
    /// Failed, by [`crate::policy::Cause`].
    pub failed: [u64; CAUSES],
    /// Neither when the run stopped.
    pub unfinished: u64,
    /// Answers that came when nobody waited any more (calls only; they are not among `ok`).
    pub late: u64,
    /// Succeeded *in* the window, whenever they were born.
    pub done: u64,
    /// Failed *in* the window, whenever they were born.
    pub given_up: u64,
    /// Latency of successes \[ns\]: moments.
    pub latency: Moments,
    /// Latency of successes \[ns\].
    pub histogram: Histogram,
    /// Time until failure, of failures \[ns\].
    pub failed_after: Histogram,
    /// Episodes of failure.
    pub episodes: Episodes,
}

/// Exact moments of non-negative integers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moments {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: u128,
    /// Sum of squares (saturating).
    pub squares: u128,
    /// The largest.
    pub max: u64,
}

impl Moments {
    /// Count one.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.count += 1;
        self.sum += u128::from(value);
        // 2^64 squares of 2^32 s would be needed to pass the limit.
        self.squares = self
            .squares
            .wrapping_add(u128::from(value) * u128::from(value));
        self.max = self.max.max(value);
    }

    /// Add another's.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.max = self.max.max(other.max);
    }

    /// Sum over count, or 0.
    pub fn mean(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.sum as f64 / self.count as f64
        }
    }
}

/// A replica, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StationTally {
    /// Requests that arrived.
    pub arrived: u64,
    /// Requests turned away at a full backlog.
    pub refused: u64,
    /// Requests that left the queue unserved (patience, cancellation, shedding).
    pub abandoned: u64,
    /// Requests whose program ended (slot freed).
    pub finished: u64,
    /// Integral of slots in use \[slot-ns\].
    pub slots: u128,
    /// Work that programs here asked their processor for \[core-ns\].
    pub demanded: u128,
    /// Integral of requests waiting for a slot \[request-ns\].
    pub queued: u128,
    /// Integral of requests present, waiting or in service: square is not kept \[request-ns\].
    pub present: u128,
    /// Most waiting at once.
    pub most_queued: u64,
    /// Slot time spent on requests nobody waited for any more \[slot-ns\].
    pub wasted: u128,
    /// Present at the beginning and the end of the window: their difference is arrivals less departures.
    pub at_start: u64,
    /// See `at_start`.
    pub at_end: u64,
}

/// A processor, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessorTally {
    /// Integral of cores busy, in thousandths \[milli-core-ns\].
    pub busy: u128,
    /// Integral of jobs that have to wait or share: jobs present less cores busy, in thousandths \[milli-job-ns\].
    pub waiting: u128,
    /// Jobs done.
    pub jobs: u64,
}

/// A function, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FunctionTally {
    /// Instances that began to start.
    pub starts: u64,
    /// Integral of instances that were starting \[instance-ns\].
    pub starting: u128,
    /// Integral of instances with requests \[instance-ns\].
    pub busy: u128,
    /// Integral of instances without \[instance-ns\].
    pub idle: u128,
}

/// A cache, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheTally {
    /// Look-ups that found the object.
    pub hits: u64,
    /// Look-ups that did not.
    pub misses: u64,
    /// Look-ups that waited for another's fill (neither of the above).
    pub coalesced: u64,
    /// Objects stored.
    pub stored: u64,
    /// Objects thrown out for room.
    pub evicted: u64,
    /// Objects found too old.
    pub expired: u64,
    /// Hits that gave out a stale copy.
    pub stale: u64,
    /// Integral of objects held over all stores \[object-ns\].
    pub held: u128,
    /// The part of it of objects that were kept beyond their end.
    pub lapsed: u128,
}

/// What moves to the new shards of a database, over the whole run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MoveTally {
    /// Batches that are where they belong.
    pub batches: u64,
    /// Whether all are.
    pub over: bool,
    /// How long that took \[ns\].
    pub took: u64,
}

impl MoveTally {
    /// One more batch is there, or all are, so long after the move began \[ns\].
    pub fn count(&mut self, after: u64, all: bool) {
        self.batches += u64::from(!all);
        if all {
            (self.over, self.took) = (true, after);
        }
    }
}

/// Calls that were sent to an area of a pool, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AreaTally {
    /// All of them.
    pub calls: u64,
    /// Those whose first choice was another one.
    pub elsewhere: u64,
}

/// What breaks of a component, or of a place, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BreakTally {
    /// Breakdowns.
    pub times: u64,
    /// Integral of things that are down \[thing-ns\].
    pub down: u128,
    /// Acknowledged writes that were gone when another copy led.
    pub lost_writes: u64,
}

/// Reads of a query at copies, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadTally {
    /// Reads.
    pub reads: u64,
    /// Those that missed a committed write of their object.
    pub stale: u64,
}

/// A group of consumers of a topic, or those of a queue, over the window. Its messages are counted as calls of its endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupTally {
    /// Messages that failed and were to be delivered again, each as often as that happened.
    pub redelivered: u64,
    /// Messages done once more after they were done or given up.
    pub duplicates: u64,
    /// Integral of messages still to do \[message-ns\].
    pub lag: u128,
    /// Twice the integral of the age of the oldest of them \[ns²\].
    pub age: u128,
    /// Most messages to do at once.
    pub most: u64,
    /// The largest age \[ns\].
    pub oldest: u64,
}

/// What passed by a meter, over the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metered {
    /// Objects.
    pub times: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A pool of units, over the window, all instances together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HoldTally {
    /// Acquired.
    pub acquired: u64,
    /// Given up waiting.
    pub failed: u64,
    /// Integral of units in use \[unit-ns\].
    pub used: u128,
    /// Integral of those who wait for units \[request-ns\].
    pub waiting: u128,
    /// Time waited by those who got units \[ns\].
    pub waited: Moments,
}

/// What only expectations ask for: without them, nothing.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// Calls served that were *born* in the window, by `EndpointId`; nothing where nobody asks.
    pub served: Vec<Option<Box<Served>>>,
    /// Attempts in the window that followed another, by `EndpointId`; empty when nobody asks.
    pub retried: Vec<u64>,
    /// Numbers present, by `ComponentId` and, behind these, by `EndpointId`; nothing where nobody asks.
    pub present: Vec<Option<Box<Presence>>>,
}

/// Calls that were served.
#[derive(Debug, Clone, Default)]
pub struct Served {
    /// Those that waited at all.
    pub waited: u64,
    /// Their time in queues, for a slot and for a core.
    pub wait: Times,
    /// Time from the slot to the end of the program, of those that somebody still waited for.
    pub service: Times,
}

/// A law of times, as it was observed \[ns\].
#[derive(Debug, Clone, Default)]
pub struct Times {
    /// Exact moments.
    pub moments: Moments,
    /// For percentiles.
    pub histogram: Histogram,
}

impl Times {
    /// Count one.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.moments.record(value);
        self.histogram.record(value);
    }
}

/// How many were present at a component, waiting or in service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// Time in the window by the number present \[ns\].
    pub times: Vec<u64>,
    /// The number present at each instant that is asked for, in ascending order of these.
    pub at: Vec<u64>,
}

/// A row for each of so many, where there is something to tell.
pub(super) fn rows<T: Clone + Default>(told: bool, count: usize) -> Vec<T> {
    vec![T::default(); if told { count } else { 0 }]
}

impl Outcomes {
    /// So many rows, in which failures are of different episodes when more than this lies between them \[ns\].
    pub(super) fn rows(count: usize, apart: u64) -> Vec<Self> {
        let row = Self {
            episodes: Episodes::apart(apart),
            histogram: Histogram::with_atoms(),
            ..Self::default()
        };
        vec![row; count]
    }

    /// One has ended in the window.
    #[inline]
    pub(super) fn ended(&mut self, is_ok: bool) {
        self.done += u64::from(is_ok);
        self.given_up += u64::from(!is_ok);
    }

    /// One more has ended.
    #[inline]
    pub(super) fn count(&mut self, birth: u64, now: u64, outcome: Outcome) {
        let latency = now - birth;
        match outcome {
            Ok(()) => {
                self.ok += 1;
                self.latency.record(latency);
                self.histogram.record(latency);
            }
            Err(cause) => {
                self.failed[cause as usize] += 1;
                self.failed_after.record(latency);
                self.episodes.failed(now);
            }
        }
    }
}
