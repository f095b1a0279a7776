//! Pools of units (connections, locks, threads) over the window.

use super::outcome::Outcome;
use super::result::PoolResult;
use crate::plan::Plan;

/// All pools, in the plan's order.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<PoolResult> {
    let one = |(id, quantity): (usize, &crate::plan::Quantity)| {
        let units = f64::from(quantity.size)
            * f64::from(quantity.instances)
            * outcome.measured.max(1) as f64;
        PoolResult {
            name: quantity.name.clone(),
            size: quantity.size,
            instances: quantity.instances,
            utilisation: outcome
                .mean(|tally| {
                    if units > 0.0 {
                        tally.holds[id].used as f64 / units
                    } else {
                        0.0
                    }
                })
                .between(0.0, 1.0)
                .estimate(),
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
