//! What breaks, where calls go that have a choice of places, and what moves to other shards.

use super::{Kind, Table};
use crate::analysis::{BreakdownResult, Estimate, RunResult};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// What breaks.
pub(crate) fn breakdowns(result: &RunResult) -> Table {
    let columns = [
        ("What breaks", Kind::Words),
        ("Up", Kind::Number),
        ("Per day", Kind::Number),
        ("Writes lost", Kind::Number),
    ];
    let note = "Up is the mean share of replicas, machines or places that work; then breakdowns and, where another copy can lead, \
                acknowledged writes that it did not have, both per day.";
    let mut table = Table::new("Breakdowns", note, &columns);
    let unit = Unit::Plain(String::new());
    let row = |name: &str, row: &BreakdownResult| {
        let shown = |value: &Option<Estimate>, unit: &Unit| {
            let known = value.as_ref().map(|value| format::estimate(value, unit));
            known.unwrap_or_else(|| format::NOTHING.into())
        };
        vec![
            plain(name),
            shown(&row.up, &Unit::Share),
            shown(&row.per_day, &unit),
            shown(&row.lost_writes_per_day, &unit),
        ]
    };
    let components = result.components.iter();
    let components = components.filter_map(|one| Some((&one.name, one.breakdowns.as_ref()?)));
    let places = result.places.iter();
    let all = components.chain(places.map(|place| (&place.name, &place.breakdowns)));
    table
        .rows
        .extend(all.map(|(name, breaks)| row(name, breaks)));
    table
}

/// Databases that get more shards.
pub(crate) fn moves(result: &RunResult) -> Table {
    let columns = [
        ("Moving data", Kind::Words),
        ("Shards", Kind::Words),
        ("From", Kind::Number),
        ("To move", Kind::Number),
        ("Moved", Kind::Number),
        ("Took", Kind::Number),
    ];
    let note = "Shards that are added while the run goes on: when the move to them begins, how much there is to move, how much of it has \
                moved by the end, and how long all of it took where it ended.";
    let mut table = Table::new("Moving data", note, &columns);
    table.rows.extend(result.moves.iter().map(|row| {
        vec![
            plain(&row.database),
            plain(&format!("{} → {}", row.from, row.to)),
            format::duration(row.begins),
            crate::units::format::bytes(row.bytes),
            format::estimate(&row.moved, &Unit::Share),
            format::estimate(&row.took, &Unit::Seconds),
        ]
    }));
    table
}

/// Where calls go.
pub(crate) fn routes(result: &RunResult) -> Table {
    let columns = [
        ("Route", Kind::Words),
        ("Goes to", Kind::Words),
        ("Share", Kind::Number),
        ("Redirected", Kind::Number),
    ];
    let note = "Share of the calls that each region or zone gets, and the share of those that were redirected: their first choice was \
                another one, which was down or too busy.";
    let mut table = Table::new("Where calls go", note, &columns);
    for route in &result.routes {
        for area in &route.areas {
            let name = if route.name == route.to {
                plain(&route.name)
            } else {
                plain(&format!("{} → {}", route.name, route.to))
            };
            table.rows.push(vec![
                name,
                plain(&area.name),
                format::estimate(&area.share, &Unit::Share),
                format::estimate(&area.elsewhere, &Unit::Share),
            ]);
        }
    }
    table
}
