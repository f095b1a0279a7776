//! What breaks, over the window: how much of it works, how often it breaks, which writes are gone.

use super::outcome::Outcome;
use super::result::BreakdownResult;
use crate::measure::{BreakTally, Tally};
use crate::plan::{ComponentId, Plan};

/// Nanoseconds of a day.
const DAY: f64 = 86_400e9;

/// What is told of a component that can break; `None` of others.
pub fn result(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<BreakdownResult> {
    let wear = plan.breakdowns.of(id)?;
    let nanoseconds = outcome.measured.max(1) as f64;
    let things = wear.units.len().max(1) as f64;
    let row = |tally: &Tally| tally.breaks.get(id.index()).copied().unwrap_or_default();
    let per_day = |of: fn(&BreakTally) -> u64| {
        let rate = outcome.mean(|tally| of(&row(tally)) as f64 / nanoseconds * DAY);
        outcome.as_seen(rate).estimate()
    };
    let up = outcome.mean(|tally| 1.0 - row(tally).down as f64 / nanoseconds / things);
    let mut failovers = plan.breakdowns.failovers.iter();
    let leads = failovers.any(|row| plan.databases[row.database.index()].component == id);
    Some(BreakdownResult {
        up: outcome.as_seen(up.between(0.0, 1.0)).estimate(),
        per_day: per_day(|row| row.times),
        lost_writes_per_day: leads.then(|| per_day(|row| row.lost_writes)),
    })
}
