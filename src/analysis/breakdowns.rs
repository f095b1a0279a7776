//! What breaks, over the window: how much of it works, how often it breaks, which writes are gone.

use super::outcome::Outcome;
use super::result::{BreakdownResult, Estimate, PlaceResult};
use crate::measure::{BreakTally, Tally};
use crate::plan::{ComponentId, Plan, Wear};

/// Nanoseconds of a day.
const DAY: f64 = 86_400e9;

/// What is told of a component that can break, or that finds another leader when a place is lost; `None` of others.
pub fn result(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<BreakdownResult> {
    let wear = plan.breakdowns.of(id);
    let mut failovers = plan.breakdowns.failovers.iter();
    let leads = failovers.any(|row| plan.databases[row.database.index()].component == id);
    if wear.is_none() && !leads {
        return None;
    }
    Some(BreakdownResult {
        up: wear.map(|wear| up(outcome, wear)),
        per_day: wear.map(|wear| per_day(outcome, wear.told, |row| row.times)),
        lost_writes_per_day: leads.then(|| per_day(outcome, id.0, |row| row.lost_writes)),
    })
}

/// Regions and zones that can be lost.
pub fn places(plan: &Plan, outcome: &Outcome) -> Vec<PlaceResult> {
    let place = |wear: &Wear| PlaceResult {
        name: wear.place.clone(),
        breakdowns: BreakdownResult {
            up: Some(up(outcome, wear)),
            per_day: Some(per_day(outcome, wear.told, |row| row.times)),
            lost_writes_per_day: None,
        },
    };
    plan.breakdowns.places().map(place).collect()
}

fn row(tally: &Tally, told: u32) -> BreakTally {
    tally.breaks.get(told as usize).copied().unwrap_or_default()
}

fn up(outcome: &Outcome, wear: &Wear) -> Estimate {
    let all = outcome.measured.max(1) as f64 * wear.units.len().max(1) as f64;
    let up = outcome.mean(|tally| 1.0 - row(tally, wear.told).down as f64 / all);
    outcome.as_seen(up.between(0.0, 1.0)).estimate()
}

fn per_day(outcome: &Outcome, told: u32, of: fn(&BreakTally) -> u64) -> Estimate {
    let nanoseconds = outcome.measured.max(1) as f64;
    let rate = outcome.mean(|tally| of(&row(tally, told)) as f64 / nanoseconds * DAY);
    outcome.as_seen(rate).estimate()
}
