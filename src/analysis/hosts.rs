//! What stands on hosts: the part of their cores that its work keeps busy.

use super::estimate::Sample;
use super::outcome::Outcome;
use crate::measure::Tally;
use crate::plan::{Capacity, ComponentId, ComponentKind, Plan};
use std::collections::BTreeMap;

/// The share of the cores of the hosts that a component stands on which its own work keeps busy; `None` of what stands on none, or
/// where their cores are unlimited. What a host is busy with belongs to those on it by the work that they asked it for.
pub fn part(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    let host = |processor: usize| {
        let owner = plan.processors.get(processor)?.component;
        (plan.components[owner.index()].kind == ComponentKind::Host).then_some(owner)
    };
    let stations = plan.components[id.index()].stations();
    let own: Vec<(usize, usize)> = stations
        .map(|station| {
            (
                station.index(),
                plan.stations[station.index()].processor.index(),
            )
        })
        .collect();
    let group = own.iter().find_map(|(_, processor)| host(*processor))?;
    let mut whole = 0.0;
    let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, processor) in plan.processors.iter().enumerate() {
        if processor.component == group {
            let Capacity::Cores(cores) = processor.cores else {
                return None;
            };
            whole += cores * 1e3 * outcome.measured.max(1) as f64;
            beside.insert(at, Vec::new());
        }
    }
    for (at, station) in plan.stations.iter().enumerate() {
        if let Some(all) = beside.get_mut(&station.processor.index()) {
            all.push(at);
        }
    }
    let busy = |tally: &Tally| {
        let asked = |station: &usize| tally.stations[*station].demanded as f64;
        let each = own.iter().filter_map(|(station, processor)| {
            let all: f64 = beside.get(processor)?.iter().map(asked).sum();
            let part = if all > 0.0 { asked(station) / all } else { 0.0 };
            Some(tally.processors[*processor].busy as f64 * part)
        });
        each.sum::<f64>() / whole
    };
    Some(outcome.rate(busy).between(0.0, 1.0))
}
