//! What every report says in tables: rows of words, made once and rendered by the terminal, Markdown and HTML alike.
//!
//! Nothing is computed here but the order of rows. A cell is text that still has to be escaped for its medium.

use super::format;
use super::text::plain;
use crate::analysis::RunResult;

mod account;
mod compared;
mod judged;
mod places;
mod stations;
mod storage;
mod theory;
mod traffic;

pub(crate) use account::{assumptions, bill, cost, making};
pub(crate) use compared::{
    changes, differences, file, items, lines, material, others, sides, total, unsteady, warnings,
};
pub(crate) use judged::{expectation, expectations, objectives};
pub(crate) use places::{breakdowns, moves, routes};
pub(crate) use stations::{caches, components, copies, delivery, functions, groups, losses, pools};
pub(crate) use storage::storage;
pub(crate) use theory::{sources, theory, without_theory};
pub(crate) use traffic::{calls, failures, latencies, requests, tails};

/// What a column holds, which decides how it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words, to the left.
    Words,
    /// Numbers, to the right, never broken.
    Number,
    /// A word that judges, never by colour alone.
    Verdict,
}

/// A table in words.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// What it is.
    pub(crate) title: String,
    /// Units, order and reading, in a sentence or two.
    pub(crate) note: String,
    /// Heads of the columns with what they hold; the first names the row.
    pub(crate) columns: Vec<(&'static str, Kind)>,
    /// Row by row, a cell per column.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    fn new(title: &str, note: &str, columns: &[(&'static str, Kind)]) -> Self {
        Self {
            title: title.into(),
            note: note.into(),
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// The same table in parts of at most so many columns, each with the first, which names the row; the first part has title and note.
    pub(crate) fn in_parts(self, columns: usize) -> Vec<Self> {
        let others = self.columns.len().saturating_sub(1);
        let parts = others.div_ceil(columns.saturating_sub(1).max(1)).max(1);
        let each = others.div_ceil(parts).max(1);
        let part = |number: usize| {
            let from = 1 + number * each;
            let to = (from + each).min(self.columns.len());
            let (title, note) = if number == 0 {
                (self.title.clone(), self.note.clone())
            } else {
                Default::default()
            };
            let cut = |row: &Vec<String>| [&row[..1], &row[from..to]].concat();
            Self {
                title,
                note,
                columns: [&self.columns[..1], &self.columns[from..to]].concat(),
                rows: self.rows.iter().map(cut).collect(),
            }
        };
        (0..parts).map(part).collect()
    }

    /// The same table without the columns named.
    pub(crate) fn without(mut self, heads: &[&str]) -> Self {
        let keep: Vec<bool> = self
            .columns
            .iter()
            .map(|(head, _)| !heads.contains(head))
            .collect();
        for row in &mut self.rows {
            let mut kept = keep.iter();
            row.retain(|_| *kept.next().unwrap_or(&true));
        }
        let mut kept = keep.iter();
        self.columns.retain(|_| *kept.next().unwrap_or(&true));
        self
    }
}

/// Whether more is asked for than is done, so that what grows with time has no number.
fn is_overloaded(result: &RunResult) -> bool {
    result.run.regime == "overload"
}

/// How to read the intervals of this run.
pub(crate) fn reading(result: &RunResult) -> String {
    let level = result
        .endpoints
        .first()
        .map_or(0.95, |endpoint| endpoint.rate.level);
    format!(
        "± is half the width of a {} interval over {}",
        format::share(level),
        format::counted(
            u64::from(result.run.replications),
            "replication",
            "replications"
        )
    )
}

/// Where from and how long, in one line.
pub(crate) fn made(result: &RunResult) -> String {
    let run = &result.run;
    format!(
        "{} of {} after {} of warm-up, {}",
        format::counted(u64::from(run.replications), "replication", "replications"),
        format::duration(run.measured),
        format::duration(run.warm_up),
        ended(result),
    )
}

/// Why the run ended, with the precision it reached.
pub(crate) fn ended(result: &RunResult) -> String {
    let run = &result.run;
    let reached = run.reached.map_or(String::new(), |reached| {
        format!(" (reached ±{})", format::share(reached))
    });
    let asked = format::share(run.precision);
    match run.ended.as_str() {
        "precise" => format!("precise to ±{asked} as asked{reached}"),
        "cap" => format!("stopped at the most replications allowed, ±{asked} was asked{reached}"),
        "interrupted" => format!("interrupted, ±{asked} was asked{reached}"),
        "overloaded" => "the load cannot be served".into(),
        "unstable" => "without a steady state".into(),
        "too-short" => format!("too short for some of its numbers{reached}"),
        other => format!("{}{reached}", plain(other)),
    }
}
