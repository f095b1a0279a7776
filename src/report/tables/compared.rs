//! Two architectures: what changes, what it costs, what differs by as much as matters, and the rest.

use super::judged::{limit, verdict};
use super::{Kind, Table};
use crate::analysis::{Comparison, Cost, Difference, Judged, Preference, RunResult};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// Differences that are worth a place before the report.
const MOST: usize = 12;

/// What sentences begin with that say why a side has no steady state.
const UNSTEADY: [&str; 3] = [
    "The load cannot be served",
    "There is no steady state",
    "Time stands still",
];

/// Both sides with their letters and names.
pub(crate) fn sides(of: &Comparison) -> [(&'static str, String, &RunResult); 2] {
    [
        ("A", plain(&of.names[0]), &of.first),
        ("B", plain(&of.names[1]), &of.second),
    ]
}

/// The file of a side behind its name, ` (models/a.yaml)`, without what the name says already.
pub(crate) fn file(name: &str, side: &RunResult) -> String {
    let file = plain(&side.file);
    let shown = match file.split_once(" with ") {
        Some((path, settings)) if name.contains(settings) => path,
        _ => &file,
    };
    if name.contains(shown) {
        String::new()
    } else {
        format!(" ({shown})")
    }
}

/// Objectives whose verdict is another in B than in A.
pub(crate) fn changes(of: &Comparison) -> Table {
    let columns = [
        ("Objective", Kind::Words),
        ("Limit", Kind::Number),
        ("A", Kind::Verdict),
        ("B", Kind::Verdict),
    ];
    let note = "Objectives whose verdict is another in B than in A, or that one of both lacks.";
    let mut table = Table::new("Verdicts that change", note, &columns);
    let changed = of.objectives.iter().filter(|of| of.first != of.second);
    table.rows.extend(changed.map(|judged| change(of, judged)));
    table
}

fn change(of: &Comparison, judged: &Judged) -> Vec<String> {
    let find = |result: &'_ RunResult| {
        let mut all = result.objectives.iter();
        all.find(|objective| objective.name == judged.name).cloned()
    };
    let (first, second) = (find(&of.first), find(&of.second));
    let cell = |objective: &Option<_>| {
        let Some(objective): &Option<crate::analysis::ObjectiveResult> = objective else {
            return format::NOTHING.to_owned();
        };
        let found = format::estimate(&objective.estimate, &Unit::named(&objective.unit));
        format!("{} {found}", verdict(objective.verdict))
    };
    let limits: Vec<String> = [&first, &second].into_iter().flatten().map(limit).collect();
    let limit = match limits.as_slice() {
        [one, two] if one != two => format!("A: {one}, B: {two}"),
        [one, ..] => one.clone(),
        [] => String::new(),
    };
    vec![plain(&judged.name), limit, cell(&first), cell(&second)]
}

/// Why a side has no steady state, a sentence each; none where both have one.
pub(crate) fn unsteady(of: &Comparison) -> Vec<String> {
    let mut said = Vec::new();
    for (letter, _, side) in sides(of) {
        let why = side.run.warnings.iter().filter(|line| is_why(line));
        said.extend(why.map(|line| format!("{letter}: {line}")));
    }
    said
}

fn is_why(warning: &str) -> bool {
    UNSTEADY.iter().any(|words| warning.starts_with(words))
}

/// What to know before trusting the numbers of either side, but why one has no steady state.
pub(crate) fn warnings(of: &Comparison) -> Vec<String> {
    let mut said = Vec::new();
    for (letter, _, side) in sides(of) {
        let lines = side.run.warnings.iter().filter(|line| !is_why(line));
        said.extend(lines.map(|line| format!("{letter}: {line}")));
    }
    said.extend(of.unpaired.iter().cloned());
    said
}

/// Both bills and their difference, in a sentence.
pub(crate) fn total(of: &Comparison) -> Option<String> {
    let cost = of.cost()?;
    let unit = Unit::named(&cost.unit);
    let (first, second) = (
        format::estimate(&cost.first, &unit),
        format::estimate(&cost.second, &unit),
    );
    let by = format::signed(&cost.difference, &unit);
    let part = of.first.cost.per_month.value.filter(|first| *first > 0.0);
    let part = part
        .zip(cost.difference.value)
        .map_or_else(String::new, |(first, by)| {
            let sign = if by > 0.0 { "+" } else { "" };
            format!(
                " ({sign}{})",
                format::value(by / first * 100.0, &Unit::Plain("%".into()))
            )
        });
    Some(if cost.preference == Preference::Same {
        format!("Both cost {first}.")
    } else {
        format!("A costs {first}, B {second}: {by}{part}.")
    })
}

/// The bills item by item, the dearest first.
pub(crate) fn items(of: &Comparison) -> Table {
    let columns = [
        ("Item", Kind::Words),
        ("A", Kind::Number),
        ("B", Kind::Number),
        ("B − A", Kind::Number),
    ];
    let note = format!(
        "Per month of 730 hours, in {}.",
        plain(&of.first.cost.currency)
    );
    let mut table = Table::new("Cost by item", &note, &columns);
    if of.cost().is_none() {
        return table;
    }
    let money = |amount: f64| format::money(amount, &of.first.cost.currency);
    table.rows.extend(
        lines(&of.first.cost, &of.second.cost)
            .into_iter()
            .map(|line| {
                let cell =
                    |amount: Option<f64>| amount.map_or_else(|| format::NOTHING.to_owned(), money);
                let by = line.second.unwrap_or(0.0) - line.first.unwrap_or(0.0);
                let sign = if by > 0.0 { "+" } else { "" };
                vec![
                    plain(&line.name),
                    cell(line.first),
                    cell(line.second),
                    format!("{sign}{}", money(by)),
                ]
            }),
    );
    table
}

/// An item of either bill.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// Component or link.
    pub(crate) name: String,
    /// Per month in the first.
    pub(crate) first: Option<f64>,
    /// Per month in the second.
    pub(crate) second: Option<f64>,
}

/// The lines of both bills by item, the dearest first.
pub(crate) fn lines(first: &Cost, second: &Cost) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (at, bill) in [first, second].into_iter().enumerate() {
        for line in bill.lines.iter().filter(|line| line.per_month.is_finite()) {
            let known = items.iter().position(|of| of.name == line.item);
            let known = known.unwrap_or_else(|| {
                let (name, first, second) = (line.item.clone(), None, None);
                items.push(Item {
                    name,
                    first,
                    second,
                });
                items.len() - 1
            });
            let place = if at == 0 {
                &mut items[known].first
            } else {
                &mut items[known].second
            };
            *place = Some(place.unwrap_or(0.0) + line.per_month);
        }
    }
    let dearest = |of: &Item| of.first.unwrap_or(0.0).max(of.second.unwrap_or(0.0));
    items.sort_by(|a, b| dearest(b).total_cmp(&dearest(a)));
    items
}

/// What a comparison says of one metric.
fn preference(of: &Difference, comparison: &Comparison) -> String {
    let word = |result: &RunResult| match result.run.regime.as_str() {
        "overload" => "served",
        _ => "steady",
    };
    let (first, second) = (word(&comparison.first), word(&comparison.second));
    match (of.preference, of.more_replications) {
        (Preference::Better, _) => "better".into(),
        (Preference::Worse, _) => "worse".into(),
        (Preference::Higher, _) => "higher".into(),
        (Preference::Lower, _) => "lower".into(),
        (Preference::Same, _) => "the same".into(),
        (Preference::FirstUnsteady, _) => format!("{first}, A is not"),
        (Preference::SecondUnsteady, _) => format!("not {second}"),
        (Preference::BothUnsteady, _) => format!("not {second}, nor is A"),
        (Preference::NotResolved, None) => "not resolved".into(),
        (Preference::NotResolved, Some(more)) => {
            format!(
                "not resolved (about {})",
                format::counted(more, "more replication", "more replications")
            )
        }
    }
}

/// The largest differences that matter, at most a dozen. The bill has its own sentence.
pub(crate) fn material(of: &Comparison) -> Table {
    let note = "Those that matter, the largest first.";
    let rows = of.differences.iter().filter(|of| is_shown(of)).take(MOST);
    table("Differences that matter", note, rows, of)
}

/// Whether a difference matters and is not said elsewhere.
fn is_shown(of: &Difference) -> bool {
    of.is_material() && of.metric != "cost"
}

/// What became of the numbers that are not among the largest differences, in a sentence.
pub(crate) fn others(of: &Comparison, report: bool) -> String {
    let count = |wanted: &dyn Fn(&&Difference) -> bool| {
        of.differences.iter().filter(|of| wanted(of)).count() as u64
    };
    let more = count(&|of| is_shown(of)).saturating_sub(MOST as u64);
    let same = count(&|of| of.preference == Preference::Same);
    let open = count(&|of| of.preference == Preference::NotResolved);
    let mut parts = Vec::new();
    if more > 0 {
        parts.push(format!(
            "{} matter too",
            format::counted(more, "other", "others")
        ));
    }
    if same > 0 {
        let many = format::counted(same, "number is", "numbers are");
        parts.push(format!("{many} the same as far as matters"));
    }
    if open > 0 {
        parts.push(format!(
            "{} not resolved",
            format::counted(open, "is", "are")
        ));
    }
    if parts.is_empty() {
        return String::new();
    }
    let place = if report { ": see report.html" } else { "" };
    format!("{}{place}.", parts.join(", "))
}

/// Metric by metric.
pub(crate) fn differences(of: &Comparison) -> Table {
    let note = "Differences are paired by replication under the same chance, those of shares in percentage points \
                (pp); better and worse hold for all metrics together (Holm's correction). Gain says how many times \
                narrower the interval of B − A is than it would be without pairs, at equal work.";
    table("All differences", note, of.differences.iter(), of)
}

fn table<'a>(
    title: &str,
    note: &str,
    rows: impl Iterator<Item = &'a Difference>,
    comparison: &Comparison,
) -> Table {
    let columns = [
        ("Metric", Kind::Words),
        ("A", Kind::Number),
        ("B", Kind::Number),
        ("B − A", Kind::Number),
        ("B is", Kind::Verdict),
        ("Gain", Kind::Number),
    ];
    let mut table = Table::new(title, note, &columns);
    table.rows.extend(rows.map(|of| {
        let unit = Unit::named(&of.unit);
        vec![
            format!("{} {}", plain(&of.of), plain(&of.metric)),
            format::estimate(&of.first, &unit),
            format::estimate(&of.second, &unit),
            format::signed(&of.difference, &unit),
            preference(of, comparison),
            of.variance_reduction.map_or_else(String::new, narrower),
        ]
    }));
    // A gain that nobody has is no column.
    if table.rows.iter().all(|row| row[5].is_empty()) {
        return table.without(&["Gain"]);
    }
    table
}

/// How many times narrower, since widths go with the root of the variance: `1.8×`, `46×`.
fn narrower(variance_reduction: f64) -> String {
    let times = variance_reduction.sqrt();
    let decimals = usize::from(times < 9.95);
    format!("{times:.decimals$}×")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn at_most_a_dozen_differences_stand_before_the_report() {
        let mut of = fixture::comparison();
        let one = of.differences[0].clone();
        of.differences.extend(std::iter::repeat_n(one, 20));
        assert_eq!(material(&of).rows.len(), MOST);
        assert!(
            others(&of, true).contains("matter too"),
            "{}",
            others(&of, true)
        );
        assert!(differences(&of).rows.len() > 20);
    }

    #[test]
    fn bills_are_put_side_by_side() {
        let of = fixture::comparison();
        let mut second = of.second.cost.clone();
        second.lines[0].item = "another".into();
        let lines = lines(&of.first.cost, &second);
        assert_eq!(lines.len(), of.first.cost.lines.len() + 1);
        let only: Vec<_> = lines.iter().filter(|of| of.first.is_none()).collect();
        assert_eq!((only.len(), only[0].name.as_str()), (1, "another"));
    }

    #[test]
    fn a_gain_that_cannot_be_computed_is_not_printed() {
        let mut of = fixture::comparison();
        let heads = |of: &Comparison| -> Vec<&str> {
            differences(of)
                .columns
                .iter()
                .map(|(head, _)| *head)
                .collect()
        };
        assert!(heads(&of).contains(&"Gain"));
        for difference in &mut of.differences {
            difference.variance_reduction = None;
        }
        assert!(!heads(&of).contains(&"Gain"));
    }
}
