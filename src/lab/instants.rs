//! States at single instants: many short replications from an empty start, each as long as the latest instant asked for.

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

/// Simulated time of the first look \[ns\].
pub(super) fn planned(plan: &Plan) -> f64 {
    latest(plan).map_or(0.0, |latest| latest as f64 * f64::from(FIRST))
}

/// Replicate until every state asked for is known, or there are enough; false when it was stopped.
pub(super) fn study(bench: &Bench, plan: &Plan, outcome: &mut Outcome) -> bool {
    let Some(latest) = latest(plan) else {
        return true;
    };
    let span = Span {
        from: 0,
        until: latest.saturating_add(1),
        settle: 0,
        windows: 1,
        most_flights: length::MOST_FLIGHTS,
    };
    let (mut made, mut next) = (0, FIRST);
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
            next = next.saturating_add(next / 2).min(LAST);
        }
    }
    true
}
