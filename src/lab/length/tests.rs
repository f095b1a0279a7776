//! Lengths of plans that are made by hand.

use super::*;
use crate::analysis::synthetic;
use crate::plan::{Bound, Objective, Target};

fn objective(metric: Metric) -> Objective {
    Objective {
        name: "o".into(),
        target: Target::All,
        metric,
        limit: 1.0,
        bound: Bound::AtMost,
        text: String::new(),
    }
}

#[test]
fn what_is_asked_for_says_how_long() {
    let mut model = synthetic::plan(80.0, 1e7);
    let relaxation = model.load.relaxation_ns;
    let times =
        |model: &Plan| (plan(model, &Request::default()).measure as f64 / relaxation).round();
    assert!((times(&model) - 25.0).abs() < 1.0);
    model.objectives = vec![objective(Metric::Mean)];
    assert!((times(&model) - 25.0).abs() < 1.0);
    // Sixty-six requests beyond it in ten replications: 6,600 in each at 80/s, where a relaxation time is 0.9 s.
    model.objectives = vec![objective(Metric::Percentile(0.999))];
    let lengths = plan(&model, &Request::default());
    assert!((lengths.measure as f64 / 1e9 - 82.5).abs() < 0.1);
    assert_eq!(lengths.warm_up, (5.0 * relaxation) as u64);
    assert_eq!(
        lengths.reasons[1],
        "Each replication measures 82.5 s: 6,600 requests of `all`, for its p999."
    );
}

#[test]
fn lines_that_nobody_asked_for_decide_nothing() {
    let mut model = synthetic::plan(10.0, 1e6);
    let before = plan(&model, &Request::default()).measure;
    model.entries[0].share = 0.02;
    assert_eq!(plan(&model, &Request::default()).measure, before);
    let mut asked = objective(Metric::Percentile(0.99));
    asked.target = Target::Entries(vec![crate::plan::EntryId(0)]);
    model.objectives = vec![asked];
    let measure = plan(&model, &Request::default()).measure;
    assert!(measure.abs_diff(3_300_000_000_000) < 10);
}

#[test]
fn a_changed_length_keeps_the_windows_of_the_timeline() {
    let lengths = plan(&synthetic::plan(80.0, 1e7), &Request::default());
    let width = lengths.span().width();
    let longer = lengths.changed(lengths.warm_up, 7 * lengths.measure, false);
    assert_eq!(longer.span().width() % width, 0);
    assert!(longer.windows <= 601 && longer.measure >= 7 * lengths.measure);
    assert_eq!(longer.span().until % longer.span().width(), 0);
    let asked = lengths.changed(2 * lengths.warm_up, lengths.measure, true);
    assert_eq!(asked.measure, lengths.measure);
}

#[test]
fn the_budget_bites_and_says_so() {
    let mut model = synthetic::plan(980.0, 1e6);
    (model.load.cache_fill_ns, model.load.relaxation_ns) = (1e16, 1e16);
    let lengths = plan(&model, &Request::default());
    let events = (lengths.warm_up + lengths.measure) as f64 / 1e9 * 980.0 * 3.0 * 10.0;
    assert!((events / EVENTS - 1.0).abs() < 1e-6);
    assert_eq!(
        lengths.warm_up,
        (allowed(EVENTS / BUDGETED, 980.0 * 3.0 / 1e9) / 3.0) as u64
    );
    assert_eq!(
        lengths
            .reasons
            .iter()
            .filter(|reason| reason.starts_with("That would take"))
            .count(),
        2
    );
}

#[test]
fn what_is_asked_is_done() {
    let model = synthetic::plan(80.0, 1e7);
    let request = Request {
        duration: Some(7_000_000_000),
        warm_up: Some(0),
        ..Request::default()
    };
    let lengths = plan(&model, &request);
    assert_eq!((lengths.warm_up, lengths.measure), (0, 7_000_000_000));
    assert_eq!(
        lengths.reasons[1],
        "Each replication measures 7 s, as asked."
    );
}

#[test]
fn a_shaped_load_is_looked_at_whole() {
    let mut model = synthetic::plan(80.0, 1e7);
    (model.load.shaped, model.load.settled_after_ns) = (true, 6e11);
    let lengths = plan(&model, &Request::default());
    assert_eq!(
        (lengths.warm_up, lengths.measure, lengths.study),
        (0, 600_000_000_000, Study::Transient)
    );
    assert!(lengths.reasons[0].contains("not of a steady state"));
}

#[test]
fn numbers_that_are_none_do_no_harm() {
    let model = Plan::default();
    assert_eq!(plan(&model, &Request::default()).measure, 60_000_000_000);
    let mut model = synthetic::plan(80.0, 1e7);
    model.load.relaxation_ns = f64::NAN;
    model.load.cycle_ns = f64::INFINITY;
    assert!(plan(&model, &Request::default()).measure > 0);
}
