//! Pools of units (connections, locks, threads) over the window.

use super::estimate::Sample;
use super::outcome::Outcome;
use super::result::PoolResult;
use crate::plan::Plan;

/// All pools, in the plan's order.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<PoolResult> {
    let one = |(id, quantity): (usize, &crate::plan::Quantity)| {
        let units = plan.units(id.into());
        let keyed = plan.is_keyed(id.into());
        PoolResult {
            name: quantity.name.clone(),
            size: quantity.size,
            instances: quantity.instances,
            objects: units.filter(|_| keyed),
            in_use: (units.is_none()).then(|| in_use(outcome, id, 1.0).estimate()),
            utilisation: units.map_or_else(
                || Sample::nothing(outcome.tallies.len()).estimate(),
                |units| in_use(outcome, id, units).between(0.0, 1.0).estimate(),
            ),
            wait: outcome
                .ratio(
                    |tally| tally.holds[id].waited.sum as f64 / 1e9,
                    |tally| tally.holds[id].waited.count as f64,
                )
                .estimate(),
            failed: outcome
                .share(
                    |tally| tally.holds[id].failed,
                    |tally| tally.holds[id].failed + tally.holds[id].acquired,
                )
                .estimate(),
        }
    };
    plan.quantities.iter().enumerate().map(one).collect()
}

/// Mean number of units of a pool in use, over so many.
pub fn in_use(outcome: &Outcome, pool: usize, units: f64) -> Sample {
    let whole = (units * outcome.measured as f64).max(1.0);
    outcome.rate(|tally| tally.holds[pool].used as f64 / whole)
}
