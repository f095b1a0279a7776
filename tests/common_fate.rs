//! What a common fate buys: the shipped comparisons, and how many times narrower the paired interval of the mean latency is than an
//! unpaired one at equal work.

mod common;

use std::fs;
use std::path::Path;

use scaleproof::analysis::{Difference, compare::differences};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::Plan;

fn plan(file: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("experiments")
        .join(file);
    common::plan(&fs::read_to_string(path).expect("text"))
}

/// All differences of two models, after sixteen replications of the planned length.
fn compared(first: &str, second: &str) -> Vec<Difference> {
    let (one, two) = (plan(first), plan(second));
    let request = Request {
        replications: Some(16),
        ..Request::default()
    };
    let (ours, theirs) = lab::compare(&one, &two, &request, &Silent);
    differences((&one, &ours), (&two, &theirs))
}

/// Width of the unpaired interval over that of the paired one.
fn narrower(differences: &[Difference], metric: &str) -> f64 {
    let row = differences.iter().find(|row| row.metric == metric);
    let factor = row.and_then(|row| row.variance_reduction);
    factor.map_or(f64::NAN, f64::sqrt)
}

#[test]
#[expect(clippy::print_stdout, reason = "the factors are worth reading")]
fn marginal_changes_are_seen_through_a_common_fate() {
    // Marginal changes must gain at least 3 on the mean; structural ones gain what they gain, and never lose.
    let pairs = [
        ("retry-added", "before", "after", 3.0),
        ("timeout-changed", "short", "long", 3.0),
        ("cache-larger", "small", "larger", 3.0),
        ("one-queue", "many", "one", 1.0),
        ("one-server-more", "four", "five", 1.0),
    ];
    let mut short = Vec::new();
    for (study, first, second, least) in pairs {
        let rows = compared(
            &format!("{study}/{first}.yaml"),
            &format!("{study}/{second}.yaml"),
        );
        let line = format!(
            "{study}: intervals {:.1} × narrower than unpaired for the mean, {:.1} × for p50, {:.1} × for p99",
            narrower(&rows, "mean"),
            narrower(&rows, "p50"),
            narrower(&rows, "p99"),
        );
        println!("{line}");
        // A factor that is missing is too little.
        let mean = narrower(&rows, "mean");
        if mean.is_nan() || mean < least {
            short.push(line);
        }
    }
    assert!(short.is_empty(), "too little:\n{}", short.join("\n"));
}

/// Hot columns in a table of their own: more of them fit into the same memory, and each costs less to read.
#[test]
fn a_vertical_split_is_two_tables_with_demands_and_fits_of_their_own() {
    let (one, two) = (
        plan("vertical-split/one-table.yaml"),
        plan("vertical-split/two-tables.yaml"),
    );
    let request = Request {
        replications: Some(4),
        ..Request::default()
    };
    let (whole, split) = lab::compare(&one, &two, &request, &Silent);
    let found = |outcome: &scaleproof::analysis::Outcome, at: usize| {
        let hits = |tally: &scaleproof::measure::Tally| tally.caches[at].hits as f64;
        let all = |tally: &scaleproof::measure::Tally| hits(tally) + tally.caches[at].misses as f64;
        outcome.ratio(hits, all).value.expect("it was asked")
    };
    // Shares of the most popular 65,536, 786,432 and 17,476 products by the law of popularity bound them from above.
    assert!(
        (0.35..0.55).contains(&found(&whole, 0)),
        "{}",
        found(&whole, 0)
    );
    assert!(
        (0.93..0.97).contains(&found(&split, 0)),
        "{}",
        found(&split, 0)
    );
    assert!(
        (0.25..0.40).contains(&found(&split, 1)),
        "{}",
        found(&split, 1)
    );
    let rows = differences((&one, &whole), (&two, &split));
    let p95 = rows.iter().find(|row| row.metric == "p95").expect("there");
    let high = p95.difference.high.expect("an interval");
    assert!(high < -0.005, "{:?}", p95.difference);
}
