//! Known values of many models, judged: the rows that the terminal, Markdown and CSV share.

use std::fmt::Write as _;

use csv::WriterBuilder;

use super::format;
use super::tables;
use super::text::{markdown as escaped, plain};
use crate::analysis::{Validation, ValidationCase, Verdict};

/// Heads of the columns.
pub(crate) const HEADS: [&str; 6] = [
    "Case",
    "Of",
    "Metric",
    "Known",
    "Simulated (99.9 %)",
    "Verdict",
];

/// A row per value under a row of heads.
pub(crate) fn rows(of: &Validation) -> Vec<[String; 6]> {
    let mut rows = vec![HEADS.map(str::to_owned)];
    for case in &of.cases {
        for value in &case.values {
            let [part, metric, known, found, verdict] = tables::expectation(value);
            rows.push([plain(&case.name), part, metric, known, found, verdict]);
        }
    }
    rows
}

/// What else has to be said: why values do not pass, what was left out, what does not apply.
pub(crate) fn remarks(of: &Validation) -> Vec<String> {
    let mut lines = Vec::new();
    for case in &of.cases {
        lines.extend(misses(case));
    }
    for case in &of.left_out {
        lines.push(format!("{}: left out, {}", case.name, case.reason));
    }
    for case in &of.not_applicable {
        lines.push(format!(
            "{}: not applicable yet: {}",
            plain(&case.name),
            case.missing.join(", ")
        ));
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

/// Why values of a case do not pass.
fn misses(case: &ValidationCase) -> Vec<String> {
    let missed = case
        .values
        .iter()
        .filter(|value| value.verdict != Verdict::Pass);
    let why = |value: &crate::analysis::ExpectationResult| {
        let [part, metric, known, ..] = tables::expectation(value);
        let (name, reason) = (plain(&case.name), plain(&value.reason));
        format!("{name}: {part} {metric} {known}: {reason}.")
    };
    let mut lines: Vec<String> = missed.map(why).collect();
    if !lines.is_empty() {
        let warned = case.warnings.iter();
        lines.extend(warned.map(|line| format!("{}: {}", plain(&case.name), plain(line))));
    }
    lines
}

/// How it went, in one line.
pub fn summary(of: &Validation) -> String {
    let values = of.pass + of.fail + of.undecided;
    let mut line = format!(
        "{}, {}: {} pass, {} fail, {} undecided",
        format::counted(of.cases.len() as u64, "case", "cases"),
        format::counted(values, "value", "values"),
        of.pass,
        of.fail,
        of.undecided
    );
    for (cases, words) in [
        (of.left_out.len(), "left out"),
        (of.not_applicable.len(), "not applicable yet"),
    ] {
        if cases > 0 {
            let _ = write!(
                line,
                "; {} {words}",
                format::counted(cases as u64, "case", "cases")
            );
        }
    }
    line
}

/// A document for a review.
pub fn markdown(of: &Validation) -> String {
    let mut out = String::from("# Validation\n\n");
    let _ = writeln!(out, "{}.\n", summary(of));
    for (at, row) in rows(of).iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
        if at == 0 {
            let _ = writeln!(out, "|{}", "---|".repeat(cells.len()));
        }
    }
    let remarks = remarks(of);
    if !remarks.is_empty() {
        out.push('\n');
    }
    for line in remarks.iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(out, "- {}", escaped(line));
    }
    out
}

/// A row per value: full precision, with its source.
pub fn csv(of: &Validation) -> String {
    let mut out = WriterBuilder::new().from_writer(Vec::new());
    let mut put = |row: &[String]| out.write_record(row).expect("memory takes every row");
    put(&[
        "case",
        "of",
        "metric",
        "at",
        "unit",
        "claim",
        "known",
        "within",
        "simulated",
        "low",
        "high",
        "level",
        "n",
        "method",
        "verdict",
        "reason",
        "source",
    ]
    .map(str::to_owned));
    let number = |value: Option<f64>| {
        value.map_or_else(String::new, |value| {
            format::unsigned_zero(value).to_string()
        })
    };
    for case in &of.cases {
        for value in &case.values {
            let found = &value.estimate;
            put(&[
                case.name.clone(),
                value.of.clone(),
                value.metric.clone(),
                number(value.at),
                value.unit.clone(),
                value.claim.clone(),
                value.value.to_string(),
                number(value.within),
                number(found.value),
                number(found.low),
                number(found.high),
                found.level.to_string(),
                found.n.to_string(),
                found.method.clone(),
                word(value.verdict).to_owned(),
                value.reason.clone(),
                value.source.clone(),
            ]);
        }
    }
    let bytes = out.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("rows are text")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undecided => "undecided",
    }
}
