//! Functions over the window: how many instances, how often one had to be started, what it costs.

use super::bill::SECONDS_PER_MONTH;
use super::estimate::Sample;
use super::outcome::Outcome;
use super::result::FunctionResult;
use crate::measure::{FunctionTally, Tally};
use crate::plan::{ComponentId, Function, Plan, UsePrice};

/// The function that a component is, and its position.
fn of(plan: &Plan, id: ComponentId) -> Option<(usize, &Function)> {
    let mut all = plan.functions.iter().enumerate();
    all.find(|(_, function)| function.component == id)
}

/// What is told of a function; `None` for other components.
pub fn result(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<FunctionResult> {
    of(plan, id)?;
    let phase = |of: fn(&FunctionTally) -> u128| mean_of(plan, outcome, id, of);
    Some(FunctionResult {
        instances: instances(plan, outcome, id).estimate(),
        starting: phase(|row| row.starting).value.unwrap_or(0.0),
        idle: phase(|row| row.idle).value.unwrap_or(0.0),
        cold_starts: cold_starts(plan, outcome, id).estimate(),
    })
}

/// Mean number of instances that are there, starting ones included.
pub fn instances(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Sample {
    mean_of(plan, outcome, id, |row| row.starting + row.busy + row.idle)
}

fn mean_of(
    plan: &Plan,
    outcome: &Outcome,
    id: ComponentId,
    time: fn(&FunctionTally) -> u128,
) -> Sample {
    let Some((at, _)) = of(plan, id) else {
        return Sample::nothing(outcome.tallies.len());
    };
    let nanoseconds = outcome.measured.max(1) as f64;
    outcome.mean(|tally| time(&tally.functions[at]) as f64 / nanoseconds)
}

/// Instances started per request that came.
pub fn cold_starts(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Sample {
    let Some((at, _)) = of(plan, id) else {
        return Sample::nothing(outcome.tallies.len());
    };
    let component = &plan.components[id.index()];
    let came = |tally: &Tally| -> u64 {
        let rows = component.stations();
        rows.map(|station| tally.stations[station.index()].arrived)
            .sum()
    };
    let starts = |tally: &Tally| tally.functions[at].starts as f64;
    let share = outcome.ratio(starts, |tally| came(tally) as f64);
    share.between(0.0, 1.0)
}

/// What one replication says that a function costs per month.
fn cost_of(plan: &Plan, function: &Function, price: &UsePrice, at: usize, tally: &Tally) -> f64 {
    let stations = plan.components[function.component.index()].stations();
    let served: u64 = stations
        .map(|station| tally.stations[station.index()].finished)
        .sum();
    let row = &tally.functions[at];
    let used = (row.starting + row.busy) as f64 / 1e9;
    let each = served as f64 * price.per_request + used * price.per_second;
    let kept = f64::from(function.provisioned) * price.provisioned_per_second;
    (each / tally.seconds() + kept) * SECONDS_PER_MONTH
}

/// What a function costs per month by its use; `None` without a price.
pub fn per_month(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    let (at, function) = of(plan, id)?;
    let price = function.price.as_ref()?;
    let cost = |tally: &Tally| cost_of(plan, function, price, at, tally);
    Some(outcome.mean(cost).between(0.0, f64::INFINITY))
}

/// What is paid for, in words.
pub fn billed(plan: &Plan, id: ComponentId) -> String {
    let memory = of(plan, id)
        .and_then(|(_, function)| function.price.as_ref())
        .map_or(0.0, |price| price.memory_gib);
    if memory > 0.0 {
        let memory = super::words::number(memory);
        format!("requests, and seconds of instances of {memory} GiB")
    } else {
        "requests".to_owned()
    }
}
