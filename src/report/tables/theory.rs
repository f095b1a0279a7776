//! Closed forms beside the simulation, and what has none.

use super::{Kind, Table};
use crate::analysis::{RunResult, TheoryKind, TheoryRow};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// The theoretical number lies in the simulated interval.
const INSIDE: &str = "∈";
/// It lies outside.
const OUTSIDE: &str = "∉";

/// Numbers that theory knows.
pub(crate) fn theory(result: &RunResult) -> Table {
    let columns = [
        ("Of", Kind::Words),
        ("Metric", Kind::Words),
        ("Theory", Kind::Number),
        ("In ±", Kind::Words),
        ("Simulated", Kind::Number),
        ("Formula", Kind::Words),
        ("Source", Kind::Words),
    ];
    let note = "What closed forms say of the same model. ∈: the number lies in the simulated interval; ∉: it does not. ≈ is \
                an approximation; bounds are written as such. At 95 % confidence one exact number in twenty lies outside.";
    let mut table = Table::new("Theory", note, &columns);
    let rows = result.theory.iter().flat_map(|theory| &theory.rows);
    table.rows.extend(rows.map(|row| {
        let unit = Unit::named(&row.unit);
        let mark = match row.inside {
            Some(true) => INSIDE,
            Some(false) => OUTSIDE,
            None => "",
        };
        let approximation = if row.kind == TheoryKind::Approximation {
            ", approximation"
        } else {
            ""
        };
        vec![
            plain(&row.of),
            plain(row.metric.trim_start_matches("latency.")),
            number(row, &unit),
            mark.into(),
            format::estimate(&row.simulated, &unit),
            format!("{}{approximation}", plain(&row.formula)),
            plain(&row.source),
        ]
    }));
    table
}

fn number(row: &TheoryRow, unit: &Unit) -> String {
    let value = |number: f64| format::value(number, unit);
    match (row.value, row.low, row.high) {
        (Some(number), ..) if row.kind == TheoryKind::Approximation => {
            format!("≈ {}", value(number))
        }
        (Some(number), ..) => value(number),
        (None, Some(low), Some(high)) => format!("{} to {}", value(low), value(high)),
        (None, Some(low), None) => format!("≥ {}", value(low)),
        (None, None, Some(high)) => format!("≤ {}", value(high)),
        (None, None, None) => format::NOTHING.into(),
    }
}

/// What has no closed form, and why.
pub(crate) fn without_theory(result: &RunResult) -> Table {
    let columns = [("Of", Kind::Words), ("Why", Kind::Words)];
    let mut table = Table::new("Without a closed form", "", &columns);
    let reasons = result.theory.iter().flat_map(|theory| &theory.reasons);
    let row = |reason: &crate::analysis::TheoryReason| vec![plain(&reason.of), plain(&reason.why)];
    table.rows.extend(reasons.map(row));
    table
}

/// Where the formulas stand, each once.
pub(crate) fn sources(result: &RunResult) -> Option<String> {
    let rows = result.theory.iter().flat_map(|theory| &theory.rows);
    let mut cited: Vec<String> = Vec::new();
    for row in rows {
        let line = format!("{}: {}", plain(&row.formula), plain(&row.source));
        if !cited.contains(&line) {
            cited.push(line);
        }
    }
    (!cited.is_empty()).then(|| format!("{}.", cited.join(". ")))
}
