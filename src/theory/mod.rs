//! Closed forms on the compiled plan: what queueing theory says of an architecture where it says anything, and why not where not.
//!
//! | file | what it knows |
//! |---|---|
//! | `erlang`, `mmc`, `mmck` | Poisson arrivals, exponential service: who waits, for how long, who is refused |
//! | `mg1`, `sharing`, `allen_cunneen` | any law of service: first come first served, shared, and the approximation |
//! | `jackson` | open networks: total rates, each station on its own |
//! | `mva`, `convolution` | closed networks: exact and approximate |
//! | `fork_join` | the slowest of several branches |
//! | `bounds` | what demands alone imply |
//! | `outage` | what breaks: for how long all of a kind are down at once |
//!
//! These are formulas on numbers. The rest reads the plan: `program` what one run of a program does, `places` where it queues, `flow`
//! who arrives there and how, `units` and `station` which formula that makes, `latency` what it adds up to, `open` and `closed` what
//! there is to tell. [`of`] returns [`Answer`]s with their source, and a [`Reason`]
//! for what has none.

pub mod allen_cunneen;
pub mod answer;
pub mod bounds;
mod closed;
pub mod convolution;
pub mod erlang;
mod flow;
pub mod fork_join;
pub mod jackson;
mod latency;
pub mod mg1;
pub mod mmc;
pub mod mmck;
pub mod mva;
mod open;
pub mod outage;
mod places;
mod program;
pub mod sharing;
mod station;
mod units;

pub use answer::{Answer, Kind, Metric, Reason, Subject, Theory, Value};

use crate::plan::{Load, Plan};

/// What theory says of a plan.
pub fn of(plan: &Plan) -> Theory {
    let places = places::Places::of(plan);
    let mut told = Theory::default();
    let closed = plan
        .workloads
        .iter()
        .filter(|row| matches!(row.load, Load::Closed { .. }))
        .count();
    if closed == 0 {
        open::answers(&places, &mut told);
    } else if closed == plan.workloads.len() {
        closed::answers(&places, &mut told);
    } else {
        let of = (0..plan.workloads.len()).map(|id| Subject::Workload(id.into()));
        let why = "Open and closed workloads share the system: the formulas here are for one or the other.";
        told.reasons.extend(of.map(|of| Reason {
            of,
            why: why.into(),
        }));
    }
    outage::answers(plan, &mut told);
    told.answers.sort_by_key(|answer| answer.of);
    told.reasons.sort();
    told.reasons.dedup();
    told
}

#[cfg(test)]
pub(crate) fn near(found: f64, exact: f64) {
    assert!(
        (found - exact).abs() <= 2e-6 * exact.abs(),
        "{found} instead of {exact}"
    );
}

#[cfg(test)]
mod tests;
