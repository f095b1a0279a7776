//! The report as Markdown (GitHub's flavour), for an architecture review document. Charts are linked beside it.

use std::fmt::Write as _;

use super::tables::{self, Kind, Table};
use super::text::markdown as escaped;
use crate::analysis::{Comparison, Role, RunResult};

/// Columns of a table that a page in a word processor has room for.
const COLUMNS: usize = 6;
/// Dashes under a column of words at least, and at most: longer words wrap.
const SHORTEST: usize = 5;
const LONGEST: usize = 34;
/// A blank that does not break.
const TIED: &str = "\u{a0}";

/// The report of a run; `charts` are the files of its charts with what each shows, relative to the document.
pub fn run(result: &RunResult, charts: &[(String, String)]) -> String {
    let mut out = format!("# {}\n\n", escaped(&result.model));
    paragraph(&mut out, &escaped(result.about.trim()));
    warnings(&mut out, "", result);
    section(&mut out, &tables::objectives(result));
    section(&mut out, &tables::expectations(result));
    out += "## Bottleneck\n\n";
    paragraph(&mut out, &spoken(&result.bottleneck.sentence));
    paragraph(&mut out, &spoken(&result.bottleneck.saturation));
    if let Some(bill) = tables::bill(result) {
        out += "## Cost\n\n";
        paragraph(&mut out, &escaped(&bill));
    }
    let requests = tables::requests(result).without(&["Mean", "p50", "p95", "p99"]);
    section(&mut out, &requests);
    section(&mut out, &tables::latencies(result, Role::Request));
    paragraph(&mut out, &escaped(&format!("{}.", tables::reading(result))));
    for (file, shows) in charts {
        let _ = write!(out, "![{}]({file})\n\n", escaped(shows));
    }
    for table in [
        tables::tails(result).without(&["p90"]),
        tables::failures(result),
        tables::calls(result).without(&["p50", "p95", "p99"]),
        tables::latencies(result, Role::Call),
        tables::components(result),
        tables::losses(result),
        tables::breakdowns(result),
        tables::routes(result),
        tables::moves(result),
        tables::caches(result),
        tables::copies(result),
        tables::delivery(result),
        tables::storage(result),
        tables::functions(result),
        tables::groups(result),
        tables::pools(result),
        tables::theory(result),
        tables::without_theory(result),
        tables::cost(result),
        tables::assumptions(result),
        tables::making(result),
    ] {
        section(&mut out, &table);
    }
    for line in &result.run.plan {
        let _ = writeln!(out, "- {}", spoken(line));
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// The report of a comparison; `charts` as for a run.
pub fn comparison(of: &Comparison, charts: &[(String, String)]) -> String {
    let [(_, first, _), (_, second, _)] = tables::sides(of);
    let mut out = format!("# {} and {}\n\n", escaped(&first), escaped(&second));
    paragraph(&mut out, &format!("**{}**", spoken(&of.sentence)));
    for (letter, name, side) in tables::sides(of) {
        let made = escaped(&tables::made(side));
        let (file, name) = (escaped(&tables::file(&name, side)), escaped(&name));
        let _ = writeln!(out, "- **{letter}** is {name}{file}: {made}.");
    }
    out.push('\n');
    for warning in tables::warnings(of) {
        let _ = write!(out, "> **Warning** {}\n\n", spoken(&warning));
    }
    section(&mut out, &tables::changes(of));
    let unsteady = tables::unsteady(of);
    if !unsteady.is_empty() {
        out += "## Without a steady state\n\n";
    }
    for line in unsteady {
        paragraph(&mut out, &spoken(&line));
    }
    if let Some(total) = tables::total(of) {
        out += "## Cost\n\n";
        paragraph(&mut out, &escaped(&total));
    }
    section(&mut out, &tables::material(of));
    paragraph(&mut out, &escaped(&tables::others(of, false)));
    for (file, shows) in charts {
        let _ = write!(out, "![{}]({file})\n\n", escaped(shows));
    }
    section(&mut out, &tables::items(of));
    section(&mut out, &tables::differences(of));
    paragraph(
        &mut out,
        &escaped(&format!("{}.", tables::reading(&of.first))),
    );
    if !of.only.is_empty() {
        out += "## Not compared\n\n";
        for line in &of.only {
            let _ = writeln!(out, "- {}", spoken(line));
        }
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// A sentence with the names it quotes kept as code.
fn spoken(sentence: &str) -> String {
    let parts = super::text::spoken(sentence).into_iter();
    let set = |(name, words): (bool, String)| {
        if name {
            format!("`{words}`")
        } else {
            escaped(&words)
        }
    };
    parts.map(set).collect()
}

fn paragraph(out: &mut String, text: &str) {
    if !text.is_empty() {
        let _ = write!(out, "{text}\n\n");
    }
}

fn warnings(out: &mut String, letter: &str, result: &RunResult) {
    for warning in &result.run.warnings {
        let _ = write!(out, "> **Warning** {letter}{}\n\n", spoken(warning));
    }
}

/// A table under its title, in parts where it is too wide for a page; nothing when it has no rows.
fn section(out: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    if !table.title.is_empty() {
        let _ = write!(out, "## {}\n\n", table.title);
    }
    paragraph(out, &table.note);
    for part in table.clone().in_parts(COLUMNS) {
        grid(out, &part);
    }
}

fn grid(out: &mut String, table: &Table) {
    let columns = || table.columns.iter().zip(widths(table));
    let heads: Vec<&str> = table.columns.iter().map(|(head, _)| *head).collect();
    let rules: Vec<String> = columns()
        .map(|((_, kind), width)| match kind {
            Kind::Number => format!("{}:", "-".repeat(width - 1)),
            Kind::Words | Kind::Verdict => "-".repeat(width),
        })
        .collect();
    let _ = writeln!(out, "| {} |\n| {} |", heads.join(" | "), rules.join(" | "));
    for row in &table.rows {
        let cells: Vec<String> = (row.iter().zip(&table.columns))
            .map(|(text, (_, kind))| cell(text, *kind))
            .collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
}

/// A cell: a number does not break, a verdict stands out, and names that words quote are code.
fn cell(text: &str, kind: Kind) -> String {
    match kind {
        Kind::Verdict => format!("**{}**", escaped(text)),
        Kind::Number => escaped(text).replace(' ', TIED),
        Kind::Words => spoken(text),
    }
}

/// Dashes under each column. Converters (pandoc, and so Word) divide the width of the page by them where a line of the table is long: a
/// number gets what it needs, and words share the rest by how many they are, within bounds.
fn widths(table: &Table) -> Vec<usize> {
    let column = |(at, (head, kind)): (usize, &(&'static str, Kind))| {
        let lengths = table.rows.iter().map(|row| row[at].chars().count());
        let longest = lengths.chain([head.chars().count()]).fold(0, usize::max);
        match kind {
            Kind::Number | Kind::Verdict => longest.max(SHORTEST),
            Kind::Words => longest.clamp(SHORTEST, LONGEST),
        }
    };
    table.columns.iter().enumerate().map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn charts() -> Vec<(String, String)> {
        vec![(
            "charts/percentiles.svg".into(),
            "Latency of 8 requests".into(),
        )]
    }

    #[test]
    fn a_run_reads_well() {
        insta::assert_snapshot!("markdown_shop", run(&fixture::shop(), &charts()));
    }

    #[test]
    fn a_small_run_has_no_empty_sections() {
        insta::assert_snapshot!("markdown_queue", run(&fixture::queue(), &[]));
    }

    #[test]
    fn a_comparison_reads_well() {
        insta::assert_snapshot!(
            "markdown_comparison",
            comparison(&fixture::comparison(), &charts())
        );
    }

    #[test]
    fn rows_have_the_cells_of_their_head() {
        let text = run(&fixture::shop(), &[]);
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        let mut head = 0;
        for line in text.lines() {
            if !line.starts_with('|') {
                head = 0;
                continue;
            }
            if head == 0 {
                head = bars(line);
            }
            assert_eq!(bars(line), head, "{line}");
        }
        assert!(!text.contains("<script"));
    }

    #[test]
    fn quoted_names_stay_code_unless_they_are_hostile() {
        assert_eq!(spoken("wait at `a-b` *now*"), "wait at `a-b` \\*now\\*");
        assert_eq!(spoken("wait at `a<b`"), "wait at &#96;a&lt;b&#96;");
    }
}
