//! Who is told what happens: ids, integer times and causes; every method does nothing unless overridden.

use super::fleet::Phase;
use crate::policy::Cause;

/// How a request or a call ended.
pub type Outcome = Result<(), Cause>;

/// A listener. Intervals are told when they end; what is still going on is told at the end of the run.
///
/// Ids are positions in the plan's tables; times are ns.
#[expect(
    unused_variables,
    reason = "the default of every method is to do nothing"
)]
pub trait Probe {
    /// A request was born.
    #[inline]
    fn born(&mut self, entry: u32, at: u64) {}
    /// A request ended.
    #[inline]
    fn settled(&mut self, entry: u32, birth: u64, now: u64, outcome: Outcome) {}
    /// A request is still in progress at the end of the run.
    #[inline]
    fn unfinished_request(&mut self, entry: u32, birth: u64, now: u64) {}
    /// An attempt of a call was sent; the first one is number 0.
    #[inline]
    fn called(&mut self, call: u32, endpoint: u32, attempt: u8, now: u64) {}
    /// An attempt of a call ended, for its requester. Told ahead of that time where an answer is certain to be waited for: it may be
    /// later than what is told next.
    #[inline]
    fn answered(&mut self, endpoint: u32, birth: u64, now: u64, outcome: Outcome) {}
    /// An answer came when nobody waited any more.
    #[inline]
    fn late(&mut self, endpoint: u32, now: u64) {}
    /// A call is still in progress at the end of the run.
    #[inline]
    fn unfinished_call(&mut self, endpoint: u32, birth: u64) {}
    /// A program answered well, after so long in queues, and so long after it got its slot if somebody still waited for it.
    #[inline]
    fn served(&mut self, endpoint: u32, birth: u64, waited: u64, service: Option<u64>) {}
    /// A request came to a station.
    #[inline]
    fn arrived(&mut self, station: u32, now: u64) {}
    /// A request was turned away, at a full backlog or by a rate limit.
    #[inline]
    fn refused(&mut self, station: u32, now: u64) {}
    /// A request left the queue unserved.
    #[inline]
    fn abandoned(&mut self, station: u32, now: u64) {}
    /// A request stood in a slot queue; `from == to` at the start of a request that did not wait is not told.
    #[inline]
    fn queued(&mut self, station: u32, from: u64, to: u64) {}
    /// A queue has grown to this length.
    #[inline]
    fn queue_length(&mut self, station: u32, length: u32, now: u64) {}
    /// A request held a slot, and gave it up at `to`; `wasted` when nobody waited for it in that time.
    #[inline]
    fn occupied(&mut self, station: u32, from: u64, to: u64, wasted: bool) {}
    /// A request has held a slot so far, and goes on holding it for nothing.
    #[inline]
    fn occupied_until_now(&mut self, station: u32, from: u64, now: u64) {}
    /// Cores were busy, in thousandths.
    #[inline]
    fn busy(&mut self, processor: u32, from: u64, to: u64, milli: u64) {}
    /// Jobs waited for or shared cores, in thousandths of a job.
    #[inline]
    fn short_of_cores(&mut self, processor: u32, from: u64, to: u64, milli: u64) {}
    /// A job was done.
    #[inline]
    fn job_done(&mut self, processor: u32, now: u64) {}
    /// A program at a station asks its processor for so much work \[core-ns\].
    #[inline]
    fn demanded(&mut self, station: u32, work: u64) {}
    /// A look-up found its object.
    #[inline]
    fn hit(&mut self, cache: u32, now: u64) {}

    /// A hit gave out a stale copy; told after `hit`.
    #[inline]
    fn stale_hit(&mut self, cache: u32, now: u64) {}

    /// A read of a database's copy, by endpoint, that missed a committed write of its object, or did not.
    fn read(&mut self, endpoint: u32, now: u64, stale: bool) {}

    /// A follower of a database shows a write, so long after it was committed \[ns\].
    fn caught_up(&mut self, database: u32, now: u64, behind: u64) {}
    /// A look-up did not.
    #[inline]
    fn miss(&mut self, cache: u32, now: u64, expired: bool) {}
    /// A look-up waited for another's fill.
    #[inline]
    fn coalesced(&mut self, cache: u32, now: u64) {}
    /// An object was stored and others thrown out.
    #[inline]
    fn stored(&mut self, cache: u32, now: u64, evicted: u64) {}
    /// A cache held so many objects, all stores together.
    #[inline]
    fn held(&mut self, cache: u32, from: u64, to: u64, objects: u64) {}
    /// A cache kept an object beyond its end at `from`: it was held, but would not have been given out.
    #[inline]
    fn lapsed(&mut self, cache: u32, from: u64, to: u64) {}
    /// An object passed by a meter of the plan's.
    #[inline]
    fn metered(&mut self, meter: u32, bytes: u64, now: u64) {}
    /// Units of a pool were got after waiting since `from`.
    #[inline]
    fn acquired(&mut self, quantity: u32, from: u64, now: u64) {}
    /// A wait for units was given up.
    #[inline]
    fn gave_up(&mut self, quantity: u32, from: u64, now: u64) {}
    /// A request waited for units, whether or not it got them.
    #[inline]
    fn short_of_units(&mut self, quantity: u32, from: u64, to: u64) {}
    /// Units of an instance of a pool were in use.
    #[inline]
    fn used(&mut self, quantity: u32, instance: u32, from: u64, to: u64, units: u32) {}
    /// A message that was published at `birth` is in, for a group.
    #[inline]
    fn published(&mut self, call: u32, endpoint: u32, birth: u64, now: u64) {}
    /// A group had so many messages still to do, the oldest of them in since `oldest`.
    #[inline]
    fn lagged(&mut self, group: u32, from: u64, to: u64, messages: u64, oldest: u64) {}
    /// Messages failed and are to be delivered to a group again.
    #[inline]
    fn redelivered(&mut self, group: u32, messages: u64, now: u64) {}
    /// A message was done that had been done, or given up, before.
    #[inline]
    fn duplicated(&mut self, group: u32, now: u64) {}
    /// Bytes went over a link.
    #[inline]
    fn carried(&mut self, link: u32, bytes: u64, now: u64) {}
    /// A function began to start an instance.
    #[inline]
    fn cold_start(&mut self, function: u32, now: u64) {}
    /// An instance of a function was in a phase.
    #[inline]
    fn instance(&mut self, function: u32, phase: Phase, from: u64, to: u64) {}
    /// A thing broke, by the row that it is told in.
    #[inline]
    fn broke(&mut self, told: u32, now: u64) {}
    /// A thing was down.
    #[inline]
    fn down(&mut self, told: u32, from: u64, to: u64) {}
    /// A database has a new leader, which lacks so many acknowledged writes.
    #[inline]
    fn lost_writes(&mut self, component: u32, writes: u64, now: u64) {}
    /// A batch of a database that gets more shards is where it belongs, or (`all`) the last one is; the move began at `from`.
    fn moved(&mut self, database: u32, from: u64, now: u64, all: bool) {}
    /// A steered call goes to an area, counted through all steerings; `elsewhere` when another one would have been its first choice.
    #[inline]
    fn steered(&mut self, area: u32, elsewhere: bool, now: u64) {}
    /// The run is over: what is told from here on was still going on.
    #[inline]
    fn closing(&mut self, now: u64) {}
}

/// Nobody listens.
#[derive(Debug, Default)]
pub struct Idle;

impl Probe for Idle {}
