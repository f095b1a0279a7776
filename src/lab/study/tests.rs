//! The course of a run, with replications that are not simulated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::super::Silent;
use super::*;
use crate::analysis::{compare, looks, metric, synthetic};
use crate::measure::{Tally, digest};
use crate::plan::{ComponentId, Metric, StationId, Target};

fn run(plan: &Plan, request: &Request) -> Outcome {
    conduct(&[plan], request, &Silent, &synthetic::replicate).remove(0)
}

#[test]
fn a_queue_is_measured_to_the_precision_asked_and_alike_at_any_number_of_threads() {
    let plan = synthetic::plan(50.0, 1e7);
    let outcome = run(
        &plan,
        &Request {
            threads: 1,
            ..Request::default()
        },
    );
    assert_eq!(
        (outcome.regime, outcome.ended),
        (Regime::Settled, Ended::Precise)
    );
    assert!(outcome.reached.is_some_and(|reached| reached <= 0.05));
    assert!(
        looks::schedule(looks::FIRST, None, looks::LAST).contains(&(outcome.tallies.len() as u32))
    );
    let mean = metric::sample(&plan, &outcome, &Target::All, Metric::Mean).estimate();
    assert!(mean.low < Some(0.02) && Some(0.02) < mean.high, "{mean:?}");
    assert_eq!(outcome.timelines as usize, outcome.tallies.len());

    let many = run(
        &plan,
        &Request {
            threads: 5,
            ..Request::default()
        },
    );
    assert_eq!(many.threads, 5);
    let digest = |outcome: &Outcome| digest::digest(&digest::plan_hash(&plan), 1, &outcome.tallies);
    assert_eq!(digest(&outcome), digest(&many));
    assert_eq!(
        (&outcome.reasons, outcome.reached),
        (&many.reasons, many.reached)
    );
}

#[test]
fn the_engine_itself_agrees_with_the_theory_of_its_queue() {
    let plan = synthetic::plan(80.0, 1e7);
    let outcome = conduct(
        &[&plan],
        &Request::default(),
        &Silent,
        &super::super::batch::Engines,
    )
    .remove(0);
    assert_eq!(
        (outcome.regime, outcome.ended),
        (Regime::Settled, Ended::Precise),
        "{:?}",
        outcome.warnings
    );
    // M/M/1: exponential with mean 1/(µ - λ) = 50 ms.
    for (wanted, truth) in [
        (Metric::Mean, 0.05),
        (Metric::Percentile(0.99), 0.05 * 100_f64.ln()),
    ] {
        let found = metric::sample(&plan, &outcome, &Target::All, wanted).estimate();
        assert!(
            found.low < Some(truth) && Some(truth) < found.high,
            "{found:?}"
        );
    }
    let busy = metric::sample(
        &plan,
        &outcome,
        &Target::Component(ComponentId(0)),
        Metric::Utilisation,
    )
    .estimate();
    assert!(busy.low < Some(0.8) && Some(0.8) < busy.high, "{busy:?}");
}

#[test]
fn an_overload_is_told_after_the_pilot() {
    let plan = synthetic::plan(120.0, 1e7);
    let outcome = run(&plan, &Request::default());
    assert_eq!(
        (outcome.regime, outcome.ended, outcome.tallies.len()),
        (Regime::Overload, Ended::Overloaded, 10)
    );
    assert!(
        outcome.warnings[0].ends_with("`currency` is full: its CPU is 100 % busy."),
        "{:?}",
        outcome.warnings
    );
    let p99 = metric::sample(&plan, &outcome, &Target::All, Metric::Percentile(0.99)).estimate();
    assert_eq!(p99.low, None);
}

#[test]
fn a_replication_that_gives_up_is_an_overload() {
    let plan = synthetic::plan(50.0, 1e7);
    let give_up = |plan: &Plan,
                   seed: u64,
                   replication: u32,
                   span: &Span,
                   stop: &(dyn Fn() -> bool + Sync)| {
        let tally = synthetic::replicate(plan, seed, replication, span, stop)?;
        let stopped = Stopped::TooMany {
            at: 12_000_000_000,
            station: StationId(0),
            queued: 900_000,
            component: ComponentId(0),
        };
        Some(Tally {
            stopped,
            most_flights: 1 << 20,
            ..tally
        })
    };
    let outcome = conduct(&[&plan], &Request::default(), &Silent, &give_up).remove(0);
    assert_eq!(outcome.ended, Ended::Overloaded);
    assert_eq!(
        outcome.warnings[0],
        "The load cannot be served: after 12 s there were 1,048,576 calls in progress, 900,000 of them at one replica of \
         `currency`, and the run was given up."
    );
}

#[test]
fn replications_that_prove_too_short_are_made_longer() {
    let mut plan = synthetic::plan(85.0, 1e7);
    plan.load.relaxation_ns /= 25.0;
    let outcome = run(&plan, &Request::default());
    assert!(
        outcome
            .reasons
            .iter()
            .any(|reason| reason.starts_with("Replications were made longer")),
        "{outcome:?}"
    );
    assert_eq!(outcome.regime, Regime::Settled);
}

#[test]
fn what_is_asked_for_is_not_changed() {
    let plan = synthetic::plan(85.0, 1e7);
    let request = Request {
        replications: Some(5),
        duration: Some(2_000_000_000),
        warm_up: Some(1_000_000_000),
        ..Request::default()
    };
    let outcome = run(&plan, &request);
    assert_eq!(
        (outcome.tallies.len(), outcome.warm_up, outcome.measured),
        (5, 1_000_000_000, 2_000_000_000)
    );
    let p99 = metric::sample(&plan, &outcome, &Target::All, Metric::Percentile(0.99)).estimate();
    assert_eq!(p99.status, crate::analysis::Status::TooShort);
    assert!(outcome.ended != Ended::Precise);
}

/// Asks for the end when three replications towards the second look are complete.
struct Impatient(Arc<AtomicBool>, AtomicU32);

impl Progress for Impatient {
    fn planned(&self, replications: u32, _simulated_ns_each: u64) {
        self.1.store(
            if replications == 15 { 0 } else { 1_000 },
            Ordering::Relaxed,
        );
    }

    fn done(&self, _replication: u32) {
        if self.1.fetch_add(1, Ordering::Relaxed) == 2 {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn an_interrupted_run_keeps_what_is_complete() {
    let plan = synthetic::plan(50.0, 1e7);
    let request = Request {
        threads: 2,
        precision: 1e-6,
        ..Request::default()
    };
    let impatient = Impatient(Arc::clone(&request.stop), AtomicU32::new(0));
    let outcome = conduct(&[&plan], &request, &impatient, &synthetic::replicate).remove(0);
    assert_eq!(outcome.ended, Ended::Interrupted);
    assert!(
        (10..15).contains(&outcome.tallies.len()),
        "{}",
        outcome.tallies.len()
    );
    assert!(outcome.timelines as usize >= outcome.tallies.len());
    assert!(
        outcome
            .tallies
            .iter()
            .zip(0..)
            .all(|(tally, at)| tally.replication == at)
    );
    request.stop.store(true, Ordering::Relaxed);
    let nothing = run(&plan, &request);
    assert_eq!(
        (nothing.ended, nothing.tallies.len()),
        (Ended::Interrupted, 0)
    );
}

#[test]
fn a_shape_of_load_is_replicated_forty_times() {
    let mut plan = synthetic::plan(50.0, 1e7);
    (plan.load.shaped, plan.load.settled_after_ns) = (true, 3e10);
    let outcome = run(
        &plan,
        &Request {
            precision: 10.0,
            ..Request::default()
        },
    );
    assert_eq!(
        (outcome.study, outcome.tallies.len(), outcome.warm_up),
        (Study::Transient, 40, 0)
    );
    let p90 = metric::sample(&plan, &outcome, &Target::All, Metric::Percentile(0.9)).estimate();
    assert_eq!(p90.method, "woodruff");
    assert_eq!(outcome.courses.len(), 40);
    let points = crate::analysis::timeline::points(&plan, &outcome, None);
    let bands: Vec<_> = points.iter().filter_map(|point| point.bands).collect();
    assert_eq!(bands.len(), points.len(), "the first and the last too");
    let one = bands[150].in_progress;
    assert!(one.low < one.median && one.median < one.high);
    assert!(p90.low.is_some());
}

#[test]
fn two_plans_share_seed_lengths_and_number() {
    let (plan, faster) = (synthetic::plan(60.0, 1e7), synthetic::plan(60.0, 0.97e7));
    let both = conduct(
        &[&plan, &faster],
        &Request {
            replications: Some(60),
            ..Request::default()
        },
        &Silent,
        &synthetic::replicate,
    );
    let [first, second] = both.as_slice() else {
        unreachable!("two plans")
    };
    assert_eq!(first.tallies.len(), second.tallies.len());
    assert_eq!(
        (first.warm_up, first.measured),
        (second.warm_up, second.measured)
    );
    assert_eq!(first.ended, Ended::Precise);
    assert_eq!(
        first.tallies[3].requests, second.tallies[3].requests,
        "the same arrivals"
    );
    let found = compare::differences((&plan, first), (&faster, second));
    let mean = found.iter().find(|row| row.metric == "mean");
    let mean = mean.filter(|row| row.preference == crate::analysis::Preference::Better);
    // 1/(µ - λ): 25 ms against 23.2 ms.
    let difference = mean.map(|row| {
        (
            row.difference.low,
            row.difference.high,
            row.variance_reduction,
        )
    });
    assert!(
        matches!(difference, Some((Some(low), Some(high), Some(factor))) if low < -0.001_79 && high > -0.001_79 && factor > 20.0),
        "{difference:?}"
    );
}
