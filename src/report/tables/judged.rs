//! Objectives and expectations: what was judged, and how.

use super::{Kind, Table};
use crate::analysis::{ExpectationResult, ObjectiveResult, RunResult, Verdict};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// The word of a verdict.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Undecided => "UNDECIDED",
    }
}

/// The limit of an objective: `p99 ≤ 800 ms`.
pub(super) fn limit(objective: &ObjectiveResult) -> String {
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
