//! Many runs: how long, how many, at the same time, and when to stop.
//!
//! | file | what it decides |
//! |---|---|
//! | `length` | where to cut and how long to measure, before anything runs |
//! | `forecast` | what a run will take, before it is made |
//! | `batch` | replications at the same time, results by index |
//! | `relaxation` | how long queues take to forget, by what the pilot measured |
//! | `review` | whether the pilot replications forgot their start and are long enough |
//! | `learning` | whether caches still learn |
//! | `instants` | states at single instants, over many short replications |
//! | `precision` | whether more replications are worth it |
//! | `study` | pilot, looks, end |
//!
//! The number of replications and all results are the same at any number of threads: replications are looked at after 10, 15, 23 …
//! of them, whoever made them. Wall time is measured here and nowhere else; nothing depends on it.

mod batch;
#[cfg(test)]
mod draws;
mod forecast;
mod instants;
mod learning;
mod length;
mod precision;
mod relaxation;
mod review;
mod study;
mod wear;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use forecast::{FORECAST_FORMAT, Forecast, Trial, Work, forecast};

use crate::analysis::{Outcome, looks};
use crate::plan::Plan;

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Request {
    /// Root of all chance.
    pub seed: u64,
    /// Replications made at the same time; 0 = one per processor of this machine.
    pub threads: usize,
    /// Relative half-width asked for, e.g. 0.05.
    pub precision: f64,
    /// Replications at most; unless said, 400, and 1,000 when values are known that must come out.
    pub most_replications: Option<u32>,
    /// Make exactly so many.
    pub replications: Option<u32>,
    /// Measure exactly so long in each \[ns\].
    pub duration: Option<u64>,
    /// Cut off exactly so much at the start of each \[ns\].
    pub warm_up: Option<u64>,
    /// How many times wider than usual the intervals of known values may be; 1 unless time is short.
    pub leniency: f64,
    /// Latencies are of failures too, at the time at which they failed.
    pub include_failures: bool,
    /// Set it from anywhere to end the run; what is complete by then is kept.
    pub stop: Arc<AtomicBool>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            seed: 1,
            threads: 0,
            precision: 0.05,
            most_replications: None,
            replications: None,
            duration: None,
            warm_up: None,
            leniency: 1.0,
            include_failures: false,
            stop: Arc::default(),
        }
    }
}

/// Told what happens while replications are made, from any thread.
pub trait Progress: Sync {
    /// Something else is done from here on.
    fn phase(&self, _name: &str) {}
    /// So many replications are planned up to the next look, each of so much simulated time \[ns\].
    fn planned(&self, _replications: u32, _simulated_ns_each: u64) {}
    /// This replication is complete.
    fn done(&self, _replication: u32) {}
    /// The system did not start as many threads as were wanted, so fewer work.
    fn fewer_threads(&self, _wanted: usize, _started: usize) {}
    /// The run is over.
    fn finish(&self) {}
}

/// Nobody is told anything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Replicate a plan until its numbers are as precise as asked, or a limit is reached.
pub fn run(plan: &Plan, request: &Request, progress: &dyn Progress) -> Outcome {
    let mut outcomes = study::conduct(&[plan], request, progress, &batch::Engines);
    outcomes.pop().expect("one plan has one outcome")
}

/// Events that the first look at a plan will take, roughly: by arithmetic, before anything runs.
pub fn planned_events(plan: &Plan, request: &Request) -> f64 {
    let span = length::plan(plan, request).span();
    let long = span.until as f64 * f64::from(request.replications.unwrap_or(looks::FIRST_KNOWN));
    let short = instants::planned(plan, request);
    let short = short.map_or(0.0, |(first, _, latest)| f64::from(first) * latest as f64);
    (long + short) * length::events_per_ns(plan)
}

/// Replicate two plans under the same fate: same seed, lengths and number of replications, until the *differences* are as precise as
/// asked, relative to the first plan's numbers.
pub fn compare(
    first: &Plan,
    second: &Plan,
    request: &Request,
    progress: &dyn Progress,
) -> (Outcome, Outcome) {
    let mut outcomes = study::conduct(&[first, second], request, progress, &batch::Engines);
    let second = outcomes.pop().expect("two plans have two outcomes");
    (outcomes.pop().expect("two plans have two outcomes"), second)
}
