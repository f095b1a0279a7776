//! What is known about an architecture from elsewhere, and must come out.

use super::objective::{Bound, Target};
use crate::policy::Cause;

/// One number that is known.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What it is of, as written.
    pub of: String,
    /// Of what.
    pub target: Target,
    /// Which number, as written: `latency.p99`, `in-system at least 10`.
    pub word: String,
    /// Which number.
    pub figure: Figure,
    /// The instant of simulated time at which it is taken \[ns\]; over the long run if there is none.
    pub at: Option<u64>,
    /// What is known.
    pub claim: Claim,
    /// The value that is known, in the figure's unit (s, share, 1/s, a number, currency per month).
    pub value: f64,
    /// As written, e.g. `at least 99%`.
    pub text: String,
    /// Where it is known from.
    pub source: String,
}

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Claim {
    /// It is the value; so far off, relative to it, is still right.
    Is(Option<f64>),
    /// It is on one side of the value.
    Bounded(Bound),
}

/// A number that can be measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// Time from sending to the outcome, of successes \[s\].
    Latency(Statistic),
    /// Time in queues, of calls served \[s\].
    Wait(Statistic),
    /// Time from the slot to the end of the program without that in queues, of calls served \[s\].
    Service(Statistic),
    /// Number present, weighted by time.
    InSystem(Statistic),
    /// Share of time with so many present or more.
    AtLeast(u64),
    /// Mean number waiting for a slot or a core.
    Queue,
    /// Share of calls served that waited.
    Waits,
    /// Finished per second.
    Throughput,
    /// Finished per second while somebody still waited.
    Goodput,
    /// Share that succeeds.
    Success,
    /// Busy share of the processors.
    Cpu,
    /// Used share of the slots.
    Slots,
    /// Share that ends so; of a component: of arrivals.
    Failed(Cause),
    /// Attempts over first attempts.
    Amplification,
    /// Share of look-ups that found their object.
    Hit,
    /// Share of the bytes asked for that were found.
    ByteHit,
    /// Share of reads of copies that missed a committed write.
    Stale,
    /// Mean number of objects held.
    Held,
    /// Load of the busiest replica over the mean one.
    Imbalance,
    /// Mean number of instances of a function.
    Instances,
    /// Instances started per request.
    ColdStarts,
    /// Mean number of messages still to do.
    Lag,
    /// Mean age of the oldest of them over time \[s\].
    LagTime,
    /// Money per month.
    Cost,
}

/// Which number of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The standard deviation.
    Deviation,
    /// A percentile; the share below, e.g. 0.99.
    Percentile(f64),
    /// The largest.
    Max,
}
