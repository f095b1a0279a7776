//! What a person reads after a run or a comparison: verdicts, tables and the bottleneck, in the width of a terminal.
//!
//! Colour underlines what the words already say. Lists of requests and calls beyond a dozen are folded: the page that
//! shows all of them is the report.

use std::fmt::Write as _;

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width,
    presets::NOTHING,
};

mod comparison;

pub use comparison::comparison;

use super::format;
use super::tables::{self, Kind, Table};
use super::text::{plain, shortened, wrapped};
use super::validation;
use crate::analysis::{RunResult, Validation, Verdict};

/// Rows of a table before the rest is folded away.
const ROWS: usize = 12;
/// Columns that a number is given before it is broken.
const NUMBER: usize = 15;
/// Columns that words beside the first are given before they are broken.
const WORDS: usize = 22;
/// A blank that does not break.
const TIED: &str = "\u{a0}";

/// How to write for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns to fill at most; fewer than 40 are treated as 40.
    pub width: u16,
    /// Whether to add colour (ANSI sequences).
    pub colour: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 100,
            colour: false,
        }
    }
}

impl Look {
    pub(super) fn columns(self) -> usize {
        usize::from(self.width.max(40))
    }

    /// `text` in a colour or weight of ANSI X3.64, if colours are wanted.
    fn paint(self, code: u8, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.into()
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint(1, text)
    }
}

/// The result of a run.
pub fn run(result: &RunResult, look: Look) -> String {
    let width = look.columns();
    let mut out = headline(result, look);
    warnings(&mut out, result, look);
    objectives(&mut out, result, look);
    expectations(&mut out, result, look);
    for table in [
        tables::requests(result).without(&["Mean"]),
        tables::calls(result).without(&["Success"]),
        tables::components(result).without(&["Kind"]),
        tables::breakdowns(result),
        tables::routes(result),
        tables::moves(result),
        tables::caches(result),
        tables::copies(result),
        tables::delivery(result),
        tables::storage(result),
        tables::functions(result),
        tables::groups(result).without(&["Oldest", "Batch"]),
        tables::pools(result),
    ] {
        section(&mut out, &table, look);
    }
    title(&mut out, "Bottleneck", look);
    out += &wrapped("  ", &plain(&result.bottleneck.sentence), width);
    out += &wrapped("  ", &plain(&result.bottleneck.saturation), width);
    if let Some(bill) = tables::bill(result) {
        title(&mut out, "Cost", look);
        out += &wrapped("  ", &bill, width);
    }
    theory(&mut out, result, look);
    out.push('\n');
    let run = &result.run;
    let made = format!(
        "{}. Seed {}, digest {}.",
        tables::reading(result),
        run.seed,
        plain(&result.digest),
    );
    out + &wrapped("", &made, width)
}

fn headline(result: &RunResult, look: Look) -> String {
    let half = look.columns() / 2;
    let name = shortened(&plain(&result.model), half);
    let file = shortened(&plain(&result.file), half - 2);
    format!(
        "{}  {file}\n{}",
        look.bold(&name),
        wrapped("", &tables::made(result), look.columns())
    )
}

fn warnings(out: &mut String, result: &RunResult, look: Look) {
    if !result.run.warnings.is_empty() {
        out.push('\n');
    }
    for warning in &result.run.warnings {
        *out += &painted_list("warning", 33, &plain(warning), look);
    }
}

/// `word: text`, wrapped; the word in colour.
fn painted_list(word: &str, code: u8, text: &str, look: Look) -> String {
    let lines = wrapped(&format!("{word}: "), text, look.columns());
    lines.replacen(word, &look.paint(code, word), 1)
}

fn objectives(out: &mut String, result: &RunResult, look: Look) {
    if result.objectives.is_empty() {
        return;
    }
    title(out, "Objectives", look);
    let table = tables::objectives(result);
    for (objective, row) in result.objectives.iter().zip(&table.rows) {
        let [name, verdict, of, limit, _found, why] = row.as_slice() else {
            unreachable!("the table of objectives has six columns");
        };
        let code = code(objective.verdict);
        let name = shortened(name, 28);
        let said = format!("{name}: {} {limit}. {why}", shortened(of, 28));
        let lines = wrapped(&format!("  {verdict:<9}  "), &said, look.columns());
        *out += &lines.replacen(verdict.as_str(), &look.paint(code, verdict), 1);
    }
}

/// The colour of a verdict.
fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 32,
        Verdict::Fail => 31,
        Verdict::Undecided => 33,
    }
}

fn expectations(out: &mut String, result: &RunResult, look: Look) {
    if result.expectations.is_empty() {
        return;
    }
    title(out, "Expectations", look);
    for of in &result.expectations {
        let [name, metric, written, found, verdict] = tables::expectation(of);
        let why = plain(&of.reason);
        let said = format!(
            "{} {metric} {written}. Found {found}: {why}.",
            shortened(&name, 28)
        );
        let lines = wrapped(&format!("  {verdict:<9}  "), &said, look.columns());
        *out += &lines.replacen(verdict.as_str(), &look.paint(code(of.verdict), &verdict), 1);
    }
}

/// Known values of many models, aligned; the name of a model stands in its first row.
pub fn validation(of: &Validation, look: Look) -> String {
    let rows = validation::rows(of);
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    let mut before = "";
    for (at, row) in rows.iter().enumerate() {
        if at > 0 && row[0] != before {
            out.push('\n');
        }
        let name = if row[0] == before { "" } else { &row[0] };
        before = &row[0];
        let [case, part, metric, known, found, verdict] = widths;
        let line = format!(
            "{name:<case$}  {:<part$}  {:<metric$}  {:<known$}  {:<found$}  {:<verdict$}",
            row[1], row[2], row[3], row[4], row[5]
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for line in validation::remarks(of) {
        out += &wrapped("", &line, look.columns().max(100));
    }
    let _ = writeln!(out, "\n{}", look.bold(&validation::summary(of)));
    out
}

/// Closed forms beside the simulation, where they stand, and what has none.
fn theory(out: &mut String, result: &RunResult, look: Look) {
    section(out, &tables::theory(result).without(&["Source"]), look);
    if let Some(sources) = tables::sources(result) {
        *out += &wrapped("  ", &sources, look.columns());
    }
    let without = tables::without_theory(result);
    if !without.rows.is_empty() {
        title(out, &without.title, look);
        for row in &without.rows {
            *out += &wrapped("  ", &row.join(": "), look.columns());
        }
    }
}

fn title(out: &mut String, words: &str, look: Look) {
    let _ = writeln!(out, "\n{}", look.bold(words));
}

/// A table under its title, the rows beyond a dozen folded; nothing when it has no rows.
fn section(out: &mut String, table: &Table, look: Look) {
    if table.rows.is_empty() {
        return;
    }
    title(out, &table.title, look);
    *out += &grid(table, look);
    if let Some(folded) = table
        .rows
        .len()
        .checked_sub(ROWS)
        .filter(|folded| *folded > 0)
    {
        let folded = format::count(folded as u64);
        let _ = writeln!(out, "  and {folded} more, see report.html");
    }
}

fn grid(table: &Table, look: Look) -> String {
    let shown = &table.rows[..table.rows.len().min(ROWS)];
    let widths = widths(table, shown, look);
    let mut grid = comfy_table::Table::new();
    let style: TableStyle = NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));
    grid.load_style(style)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width.max(40));
    grid.set_header(table.columns.iter().map(|(head, kind)| cell(head, *kind)));
    for row in shown {
        let name = cell(&shortened(&row[0], widths[0]), Kind::Words);
        let others = row.iter().zip(&table.columns).skip(1);
        let others = others.map(|(text, (_, kind))| cell(text, *kind));
        grid.add_row(std::iter::once(name).chain(others));
    }
    // Each column has a line's width of one before it, so that a padding of one makes two blanks.
    let fits = widths.iter().map(|width| width + 2).sum::<usize>() <= look.columns();
    for (at, column) in grid.column_iter_mut().enumerate() {
        let padding = if at == 0 { 2 } else { 1 };
        column.set_padding((padding, 0));
        if at == 0 || fits {
            let width = u16::try_from(widths[at]).unwrap_or(u16::MAX) + padding;
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    let lines = grid
        .lines()
        .map(|line| line.replace(TIED, " ").trim_end().to_owned() + "\n");
    lines.collect()
}

/// Columns of text that each column wants. The first names the row and gives way; a number may break before its
/// interval or status.
fn widths(table: &Table, shown: &[Vec<String>], look: Look) -> Vec<usize> {
    let widest = |column: usize| {
        let lines = shown.iter().flat_map(|row| row[column].split(" ("));
        let lines = lines.map(|line| line.chars().count() + usize::from(line.ends_with(')')));
        lines.fold(table.columns[column].0.chars().count(), usize::max)
    };
    let most = |kind: Kind| if kind == Kind::Number { NUMBER } else { WORDS };
    let kinds = table.columns.iter().enumerate().skip(1);
    let others: Vec<usize> = kinds
        .map(|(at, (_, kind))| widest(at).min(most(*kind)))
        .collect();
    let taken: usize = others.iter().map(|width| width + 2).sum();
    let room = look.columns().saturating_sub(taken + 2).max(14);
    let names = shown.iter().map(|row| row[0].chars().count());
    let name = names
        .fold(table.columns[0].0.chars().count(), usize::max)
        .min(room);
    std::iter::once(name).chain(others).collect()
}

/// A cell; a number breaks before its interval or status only.
fn cell(text: &str, kind: Kind) -> Cell {
    match kind {
        Kind::Number => {
            let tied = text.replace(' ', TIED).replace(&format!("{TIED}±"), " ±");
            let cell = Cell::new(tied.replace(&format!("{TIED}("), " ("));
            cell.set_alignment(CellAlignment::Right)
        }
        Kind::Words | Kind::Verdict => Cell::new(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn widest(text: &str) -> usize {
        text.lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_run_reads_well() {
        insta::assert_snapshot!("terminal_shop", run(&fixture::shop(), Look::default()));
    }

    #[test]
    fn a_small_run_has_no_empty_sections() {
        insta::assert_snapshot!("terminal_queue", run(&fixture::queue(), Look::default()));
    }

    #[test]
    fn a_comparison_reads_well() {
        insta::assert_snapshot!(
            "terminal_comparison",
            comparison(&fixture::comparison(), Look::default())
        );
    }

    #[test]
    fn every_line_fits() {
        for width in [80, 100, 140] {
            let look = Look {
                width,
                colour: false,
            };
            for text in [
                run(&fixture::shop(), look),
                run(&fixture::crowd(), look),
                comparison(&fixture::comparison(), look),
            ] {
                assert!(
                    widest(&text) <= usize::from(width),
                    "{width}: {}\n{text}",
                    widest(&text)
                );
            }
        }
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let look = Look {
            width: 100,
            colour: true,
        };
        let painted = run(&fixture::shop(), look);
        assert!(painted.contains("\u{1b}[31mFAIL\u{1b}[0m"));
        let mut bare = painted;
        for code in [0, 1, 31, 32, 33] {
            bare = bare.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(bare, run(&fixture::shop(), Look::default()));
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        let mut result = fixture::shop();
        result.endpoints[0].name = "a\u{1b}[2Jb".into();
        result.run.warnings.push("\u{1b}]0;owned\u{7}".into());
        assert!(!run(&result, Look::default()).contains('\u{1b}'));
    }
}
