//! The bill, the assumptions, and how the run was made.

use super::{Kind, Table, made};
use crate::analysis::RunResult;
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// The bill in one sentence, or nothing when nothing is priced.
pub(crate) fn bill(result: &RunResult) -> Option<String> {
    let cost = &result.cost;
    if cost.currency.is_empty() {
        return None;
    }
    let month = format::estimate(
        &cost.per_month,
        &Unit::Money(format!("{}/month", plain(&cost.currency))),
    );
    let hour = format::money(cost.per_hour, &format!("{}/h", plain(&cost.currency)));
    let million = cost.per_million.map_or(String::new(), |price| {
        format!(
            ", {} per million successful requests",
            format::money(price, &plain(&cost.currency))
        )
    });
    let unpriced = if cost.unpriced.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = cost.unpriced.iter().map(|name| plain(name)).collect();
        format!("; without a price: {}", names.join(", "))
    };
    Some(format!("{month} ({hour}{million}){unpriced}"))
}

/// The bill, line by line.
pub(crate) fn cost(result: &RunResult) -> Table {
    let columns = [
        ("Item", Kind::Words),
        ("Of", Kind::Words),
        ("Per month", Kind::Number),
        ("Price from", Kind::Words),
    ];
    let mut table = Table::new("Bill", "Per month of 730 hours, dearest first.", &columns);
    table.rows.extend(result.cost.lines.iter().map(|line| {
        let price = format::money(line.per_month, &plain(&result.cost.currency));
        vec![
            plain(&line.item),
            plain(&line.detail),
            price,
            plain(&line.source),
        ]
    }));
    table
}

/// Numbers that were made up.
pub(crate) fn assumptions(result: &RunResult) -> Table {
    let columns = [
        ("Assumption", Kind::Words),
        ("Value", Kind::Number),
        ("Thought possible", Kind::Number),
        ("Why", Kind::Words),
        ("Source", Kind::Words),
    ];
    let note = "Numbers of the model that nobody measured, with the range thought possible.";
    let mut table = Table::new("Assumptions", note, &columns);
    let optional = |of: &Option<String>| of.as_deref().map_or(format::NOTHING.into(), plain);
    table.rows.extend(result.assumptions.iter().map(|of| {
        vec![
            plain(&of.name),
            plain(&of.value),
            optional(&of.between),
            optional(&of.why),
            optional(&of.source),
        ]
    }));
    table
}

/// How the run was made: what is needed to make it again. Time taken and threads are left out: a report of the same
/// model has the same bytes wherever it is made.
pub(crate) fn making(result: &RunResult) -> Table {
    let run = &result.run;
    let mut table = Table::new(
        "How the run was made",
        "",
        &[("Fact", Kind::Words), ("Value", Kind::Words)],
    );
    let facts = [
        (
            "Model",
            format!("{} ({})", plain(&result.model), plain(&result.file)),
        ),
        ("Replications", made(result)),
        ("Requests simulated", format::count(run.requests)),
        ("Events handled", format::count(run.events)),
        ("Seed", run.seed.to_string()),
        ("Plan", plain(&result.plan_hash)),
        ("Digest", plain(&result.digest)),
        ("Program", format!("scaleproof {}", plain(&result.version))),
    ];
    table
        .rows
        .extend(facts.map(|(fact, value)| vec![fact.into(), value]));
    table
}
