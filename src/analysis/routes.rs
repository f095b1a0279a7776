//! Where calls went that had a choice of places.

use super::outcome::Outcome;
use super::result::{AreaResult, RouteResult};
use crate::measure::Tally;
use crate::plan::{Plan, Steering};

/// All of them, in the order of the model.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<RouteResult> {
    let mut first = 0;
    let mut one = |steering: &Steering| {
        let own = first..first + steering.areas.len();
        first = own.end;
        let to = plan.pools[steering.pool.index()].component;
        RouteResult {
            name: plan.components[steering.component.index()].name.clone(),
            to: plan.components[to.index()].name.clone(),
            areas: own
                .clone()
                .zip(&steering.areas)
                .map(|(row, area)| AreaResult {
                    name: area.name.clone(),
                    share: share(outcome, row, own.clone()),
                    elsewhere: elsewhere(outcome, row),
                })
                .collect(),
        }
    };
    let all = plan.guards.steering.iter().map(&mut one);
    // A service that is called by way of its route alone has callers of its own in no replication.
    all.filter(|route| route.areas.iter().any(|area| area.share.value.is_some()))
        .collect()
}

/// What an area gets of all calls. What one replication sends somewhere depends on what was down there and for how long, so that it is
/// replications that are independent, and not calls.
fn share(outcome: &Outcome, row: usize, all: std::ops::Range<usize>) -> super::Estimate {
    let sum = |tally: &Tally| {
        tally.areas[all.clone()]
            .iter()
            .map(|area| area.calls)
            .sum::<u64>()
    };
    let share = outcome.ratio(
        |tally| tally.areas[row].calls as f64,
        |tally| sum(tally) as f64,
    );
    outcome.as_seen(share.between(0.0, 1.0)).estimate()
}

fn elsewhere(outcome: &Outcome, row: usize) -> super::Estimate {
    let share = outcome.ratio(
        |tally| tally.areas[row].elsewhere as f64,
        |tally| tally.areas[row].calls as f64,
    );
    outcome.as_seen(share.between(0.0, 1.0)).estimate()
}
