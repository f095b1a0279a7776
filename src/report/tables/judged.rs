//! Objectives and comparisons: what was judged, and how.

use super::{Kind, Table};
use crate::analysis::{
    Comparison, Difference, ExpectationResult, ObjectiveResult, Preference, RunResult, Verdict,
};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// The word of a verdict.
fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Undecided => "UNDECIDED",
    }
}

/// The limit of an objective: `p99 ≤ 800 ms`.
fn limit(objective: &ObjectiveResult) -> String {
    let sign = if objective.bound == "at-least" {
        "≥"
    } else {
        "≤"
    };
    format!(
        "{} {sign} {}",
        plain(&objective.metric),
        format::value(objective.limit, &Unit::named(&objective.unit))
    )
}

/// Objectives, judged.
pub(crate) fn objectives(result: &RunResult) -> Table {
    let columns = [
        ("Objective", Kind::Words),
        ("Verdict", Kind::Verdict),
        ("Of", Kind::Words),
        ("Limit", Kind::Number),
        ("Found", Kind::Number),
        ("Why", Kind::Words),
    ];
    let note =
        "PASS or FAIL when the whole interval is on one side of the limit, UNDECIDED otherwise.";
    let mut table = Table::new("Objectives", note, &columns);
    table.rows.extend(result.objectives.iter().map(|objective| {
        vec![
            plain(&objective.name),
            verdict(objective.verdict).into(),
            plain(&objective.of),
            limit(objective),
            format::estimate(&objective.estimate, &Unit::named(&objective.unit)),
            plain(&objective.reason),
        ]
    }));
    table
}

/// Numbers that are known from elsewhere, judged.
pub(crate) fn expectations(result: &RunResult) -> Table {
    let columns = [
        ("Known of", Kind::Words),
        ("Verdict", Kind::Verdict),
        ("Metric", Kind::Words),
        ("Known", Kind::Number),
        ("Found (99.9 %)", Kind::Number),
        ("Why", Kind::Words),
        ("Source", Kind::Words),
    ];
    let note = "PASS when the value lies in a 99.9 % interval that is narrow enough to prove something, or near enough where \
                that is said; UNDECIDED when the interval is too wide.";
    let mut table = Table::new("Expectations", note, &columns);
    let row = |of: &ExpectationResult| {
        let [known, metric, written, found, verdict] = expectation(of);
        let (why, source) = (plain(&of.reason), plain(&of.source));
        vec![known, verdict, metric, written, found, why, source]
    };
    table.rows.extend(result.expectations.iter().map(row));
    table
}

/// An expectation in words: of what, which metric, what is known, what was found, the verdict.
pub(crate) fn expectation(of: &ExpectationResult) -> [String; 5] {
    let metric = match of.at {
        Some(at) => format!("{} at {}", plain(&of.metric), format::duration(at)),
        None => plain(&of.metric),
    };
    [
        plain(&of.of),
        metric,
        plain(&of.written),
        format::estimate(&of.estimate, &Unit::named(&of.unit)),
        verdict(of.verdict).into(),
    ]
}

/// What a comparison says of one metric.
fn preference(of: &Difference) -> String {
    match (of.preference, of.more_replications) {
        (Preference::Better, _) => "better".into(),
        (Preference::Worse, _) => "worse".into(),
        (Preference::Same, _) => "the same".into(),
        (Preference::NotResolved, None) => "not resolved".into(),
        (Preference::NotResolved, Some(more)) => {
            format!(
                "not resolved (about {})",
                format::counted(more, "more replication", "more replications")
            )
        }
    }
}

/// Metric by metric.
pub(crate) fn differences(comparison: &Comparison) -> Table {
    let columns = [
        ("Metric", Kind::Words),
        ("A", Kind::Number),
        ("B", Kind::Number),
        ("B − A", Kind::Number),
        ("B is", Kind::Verdict),
        ("Gain", Kind::Number),
    ];
    let note = "Differences are paired by replication under the same chance, those of shares in percentage points \
                (pp); better and worse hold for all metrics together (Holm's correction). Gain says how many times \
                narrower the interval of B − A is than it would be without pairs, at equal work.";
    let mut table = Table::new("Differences", note, &columns);
    table.rows.extend(comparison.differences.iter().map(|of| {
        let unit = Unit::named(&of.unit);
        vec![
            format!("{} {}", plain(&of.of), plain(&of.metric)),
            format::estimate(&of.first, &unit),
            format::estimate(&of.second, &unit),
            format::signed(&of.difference, &unit),
            preference(of),
            narrower(of.variance_reduction),
        ]
    }));
    table
}

/// How many times narrower, since widths go with the root of the variance: `1.8×`, `46×`.
fn narrower(variance_reduction: Option<f64>) -> String {
    variance_reduction.map_or(format::NOTHING.into(), |factor| {
        let times = factor.sqrt();
        let decimals = usize::from(times < 9.95);
        format!("{times:.decimals$}×")
    })
}
