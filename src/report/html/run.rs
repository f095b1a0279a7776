//! The page of a run: verdicts and headline numbers first, then charts and tables, then how it was made.

use super::page::{Page, Section, Sentence, Tile};
use super::reading::reading;
use crate::analysis::{ComponentResult, Estimate, Role, RunResult, Verdict};
use crate::report::charts::Chart;
use crate::report::format::{self, Unit};
use crate::report::tables;
use crate::report::text::plain;

/// The page of a run, with these charts in it.
pub fn run(result: &RunResult, charts: &[Chart]) -> String {
    let bottleneck = &result.bottleneck;
    let mut making = Section::new("How the run was made").with(&tables::making(result));
    making
        .paragraphs
        .extend(result.run.plan.iter().map(|line| Sentence::new(line)));
    let bill = tables::bill(result).unwrap_or_default();
    let sections = vec![
        Section::new("Objectives").with(&tables::objectives(result)),
        Section::new("Expectations").with(&tables::expectations(result)),
        Section::new("Bottleneck")
            .saying(&bottleneck.sentence)
            .saying(&bottleneck.saturation),
        Section::new("Requests")
            .saying(&format!("{}.", tables::reading(result)))
            .showing(charts, "percentiles")
            .with(&tables::requests(result))
            .with(&tables::tails(result)),
        Section::new("Over time").showing(charts, "timeline"),
        Section::new("Components")
            .showing(charts, "utilisation")
            .with(&tables::components(result))
            .with(&tables::breakdowns(result))
            .with(&tables::routes(result))
            .with(&tables::moves(result))
            .with(&tables::losses(result)),
        Section::new("Topology").showing(charts, "topology"),
        Section::new("Calls").with(&tables::calls(result)),
        Section::new("Caches and pools")
            .with(&tables::caches(result))
            .with(&tables::copies(result))
            .with(&tables::delivery(result))
            .with(&tables::storage(result))
            .with(&tables::functions(result))
            .with(&tables::pools(result)),
        Section::new("Messages").with(&tables::groups(result)),
        Section::new("Theory").with(&tables::theory(result)),
        Section::new("Without a closed form").with(&tables::without_theory(result)),
        Section::new("Failures").with(&tables::failures(result)),
        Section::new("Cost")
            .saying(&bill)
            .showing(charts, "cost")
            .with(&tables::cost(result)),
        Section::new("Assumptions").with(&tables::assumptions(result)),
        making,
        reading(),
    ];
    let page = Page {
        title: plain(&result.model),
        about: plain(result.about.trim()),
        made: vec![format!("{}.", tables::made(result))],
        warnings: result
            .run
            .warnings
            .iter()
            .map(|line| Sentence::new(line))
            .collect(),
        tiles: tiles(result),
        sections,
        version: plain(&result.version),
    };
    page.rendered()
}

/// What is read first: verdicts, the slowest request, the busiest component, the bill.
fn tiles(result: &RunResult) -> Vec<Tile> {
    let requests = result
        .endpoints
        .iter()
        .filter(|of| of.role == Role::Request);
    let slowest = requests.max_by(|a, b| known(&a.latency.p99).total_cmp(&known(&b.latency.p99)));
    let slowest = slowest.filter(|of| of.latency.p99.value.is_some());
    let share = |of: &ComponentResult| {
        of.cpu
            .as_ref()
            .filter(|_| !of.cpu_unlimited)
            .map_or(f64::MIN, known)
    };
    let busiest = result
        .components
        .iter()
        .max_by(|a, b| share(a).total_cmp(&share(b)));
    let busiest = busiest.and_then(|of| Some((of, of.cpu.as_ref().filter(|_| !of.cpu_unlimited)?)));
    let month = Unit::Money(format!("{}/month", plain(&result.cost.currency)));
    let per_million = result.cost.per_million.map_or(String::new(), |price| {
        format!(
            "{} per million requests",
            format::money(price, &plain(&result.cost.currency))
        )
    });
    let mut tiles = Vec::new();
    tiles.extend(verdicts(result));
    tiles.extend(slowest.map(|of| Tile {
        name: "Slowest p99",
        value: format::estimate(&of.latency.p99, &Unit::Seconds),
        note: plain(&of.name),
    }));
    tiles.extend(busiest.map(|(of, cpu)| Tile {
        name: "Busiest CPU",
        value: format::estimate(cpu, &Unit::Share),
        note: plain(&of.name),
    }));
    tiles.extend((!result.cost.currency.is_empty()).then(|| Tile {
        name: "Cost",
        value: format::estimate(&result.cost.per_month, &month),
        note: per_million,
    }));
    tiles
}

fn known(of: &Estimate) -> f64 {
    of.value.unwrap_or(f64::MIN)
}

fn verdicts(result: &RunResult) -> Option<Tile> {
    let count = |verdict| {
        result
            .objectives
            .iter()
            .filter(|of| of.verdict == verdict)
            .count()
    };
    let all = result.objectives.len();
    let value = format!("{} of {all} pass", count(Verdict::Pass));
    let note = format!(
        "{} fail, {} undecided",
        count(Verdict::Fail),
        count(Verdict::Undecided)
    );
    let name = "Objectives";
    (all > 0).then_some(Tile { name, value, note })
}
