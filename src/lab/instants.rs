//! States at single instants: many short replications from an empty start, each as long as the latest instant asked for.

use super::Request;
use super::batch::Bench;
use super::length;
use crate::analysis::instants::{Instants, latest, seen};
use crate::analysis::{Outcome, expect};
use crate::measure::Span;
use crate::plan::Plan;

/// Replications at first: a state is one observation in each.
const FIRST: u32 = 20_000;
/// Replications at most.
const LAST: u32 = 500_000;

/// Replications at first and at most: those that are asked for bound these too.
fn bounds(request: &Request) -> (u32, u32) {
    match (request.replications, request.most_replications) {
        (Some(fixed), _) => (fixed.max(1), fixed.max(1)),
        (None, Some(most)) => (FIRST.min(most.max(1)), LAST.min(most.max(1))),
        (None, None) => (FIRST, LAST),
    }
}

/// Short replications at first and at most, and the simulated time of each \[ns\]; `None` when no state is asked for, or none that lies
/// within the time that is asked for.
pub(super) fn planned(plan: &Plan, request: &Request) -> Option<(u32, u32, u64)> {
    let (first, last) = bounds(request);
    Some((first, last, within(plan, request)?))
}

/// The latest instant asked for, unless it is later than a replication may last.
fn within(plan: &Plan, request: &Request) -> Option<u64> {
    let long = request.duration.unwrap_or(u64::MAX);
    latest(plan).filter(|latest| *latest <= long)
}

/// Replicate until every state asked for is known, or there are enough; false when it was stopped.
pub(super) fn study(bench: &Bench, plan: &Plan, request: &Request, outcome: &mut Outcome) -> bool {
    let Some(latest) = within(plan, request) else {
        return true;
    };
    let span = Span {
        from: 0,
        until: latest.saturating_add(1),
        settle: 0,
        windows: 1,
        most_flights: length::MOST_FLIGHTS,
    };
    let (first, last) = bounds(request);
    let (mut made, mut next) = (0, first);
    outcome.instants = Instants::default();
    while made < next {
        let Some(all) = bench.each(plan, &span, made..next, |tally| seen(plan, tally)) else {
            return false;
        };
        for seen in &all {
            outcome.instants.add(seen);
        }
        made = next;
        if expect::open(plan, outcome).instants > 0 {
            next = next.saturating_add(next / 2).min(last);
        }
    }
    true
}
