//! How long queues take to forget, by what the pilot replications measured.
//!
//! Arithmetic knows how long slots are held when nobody waits. A callee that is busy makes its callers wait and hold their threads
//! longer, retries come again, and the pool in front is then busier and slower to forget than was planned for: four threads at 63 %
//! by arithmetic were held 83 % of the time, and percentiles of replications of the planned length held in 90 % of the cases only.

use std::f64::consts::PI;

use super::batch::Side;
use crate::plan::{Capacity, ComponentId, Delivery, Load, component};

/// Above this utilisation the relaxation time is that of this one: no run is long enough for more.
const HIGHEST: f64 = 0.98;

/// The longest relaxation time among slots, processors, pools of units and groups of consumers \[ns\], and what sets it.
pub(super) fn measured(side: &Side) -> Option<(f64, ComponentId)> {
    let plan = side.plan;
    let slots = (0..plan.stations.len())
        .filter_map(|at| Some((slots(side, at)?, plan.stations[at].component)));
    let processors = (0..plan.processors.len())
        .filter_map(|at| Some((processor(side, at)?, plan.processors[at].component)));
    let units = (0..plan.quantities.len())
        .filter_map(|at| Some((units(side, at)?, plan.quantities[at].component)))
        .filter(|(_, component)| component.is_some());
    let turns = (0..plan.groups.len()).filter_map(|at| {
        let topic = plan.groups[at].topic;
        Some((turns(side, at)?, plan.topics[topic.index()].component))
    });
    let all = slots.chain(processors).chain(units).chain(turns);
    let longest = all.max_by(|a, b| a.0.total_cmp(&b.0));
    let is_closed = |workload: &crate::plan::Workload| matches!(workload.load, Load::Closed { .. });
    let is_bounded = plan.load.cycle_ns > 0.0 && plan.workloads.iter().all(is_closed);
    // A closed system forgets at least as quickly as its users come round.
    let most = if is_bounded {
        plan.load.cycle_ns
    } else {
        f64::INFINITY
    };
    longest.map(|(time, component)| (time.min(most), component))
}

/// Simulated time measured by all replications \[ns\].
fn observed(side: &Side) -> f64 {
    let windows = side
        .outcome
        .tallies
        .iter()
        .map(|tally| tally.until - tally.from);
    windows.map(|window| window as f64).sum()
}

/// The slots of a station as servers of a queue with room for its backlog.
fn slots(side: &Side, at: usize) -> Option<f64> {
    let station = &side.plan.stations[at];
    let tallies = side.outcome.tallies.iter().map(|tally| &tally.stations[at]);
    let (mut held, mut finished, mut arrived) = (0.0, 0.0, 0.0);
    for tally in tallies {
        held += tally.slots as f64;
        finished += tally.finished as f64;
        arrived += tally.arrived as f64;
    }
    if station.concurrency == u32::MAX || finished <= 0.0 || held <= 0.0 {
        return None;
    }
    let between = held / finished / f64::from(station.concurrency);
    let room = f64::from(station.backlog) + f64::from(station.concurrency);
    let room = if station.backlog == u32::MAX {
        f64::INFINITY
    } else {
        room
    };
    Some(relaxation(
        between,
        arrived / observed(side) * between,
        room,
    ))
}

/// A processor as a server of what it was given to do.
fn processor(side: &Side, at: usize) -> Option<f64> {
    let Capacity::Cores(cores) = side.plan.processors[at].cores else {
        return None;
    };
    let tallies = side
        .outcome
        .tallies
        .iter()
        .map(|tally| &tally.processors[at]);
    let (busy, jobs) = tallies.fold((0.0, 0.0), |(busy, jobs), tally| {
        (busy + tally.busy as f64 / 1e3, jobs + tally.jobs as f64)
    });
    if jobs <= 0.0 || busy <= 0.0 {
        return None;
    }
    let between = busy / jobs / cores;
    Some(relaxation(
        between,
        busy / observed(side) / cores,
        f64::INFINITY,
    ))
}

/// The units of a pool as servers of those who want some; units that are held by object are queues of one server each, taken as alike.
fn units(side: &Side, at: usize) -> Option<f64> {
    let plan = side.plan;
    let units = plan.units(at.into())?;
    let (mut used, mut acquired) = (0.0, 0.0);
    for tally in &side.outcome.tallies {
        used += tally.holds[at].used as f64;
        acquired += tally.holds[at].acquired as f64;
    }
    if used <= 0.0 || acquired <= 0.0 {
        return None;
    }
    // Each replica has its own, and they are alike.
    let each = if plan.is_keyed(at.into()) {
        1.0
    } else {
        units / f64::from(plan.quantities[at].instances.max(1))
    };
    let load = used / observed(side) / units;
    Some(relaxation(used / acquired / each, load, f64::INFINITY))
}

/// The turns of a group of consumers as servers of its messages: a batch of each partition, or so many messages of each consumer.
fn turns(side: &Side, at: usize) -> Option<f64> {
    let plan = side.plan;
    let group = &plan.groups[at];
    let turns = match group.delivery {
        Delivery::InOrder { .. } => f64::from(plan.topics[group.topic.index()].partitions),
        Delivery::Competing { in_flight, .. } => {
            let endpoint = plan.calls[group.run.index()].endpoint;
            let consumers = plan.endpoints[endpoint.index()].component;
            f64::from(in_flight) * f64::from(plan.components[consumers.index()].replicas)
        }
    };
    let (mut held, mut messages) = (0.0, 0.0);
    for tally in &side.outcome.tallies {
        let run = &tally.endpoints[plan.calls[group.run.index()].endpoint.index()];
        held += run.latency.mean() * tally.calls[group.run.index()] as f64;
        messages += tally.endpoints[group.messages.index()].done as f64;
    }
    if held <= 0.0 || messages <= 0.0 || turns <= 0.0 {
        return None;
    }
    let load = held / observed(side) / turns;
    Some(relaxation(held / messages / turns, load, f64::INFINITY))
}

/// Relaxation time of a queue whose servers finish every `between` \[ns\] when all are busy, at this offered load, with so much room:
/// 1/μ over (1-√ρ)² + 2√ρ (1 - cos(π/(K+1))) (the spectral gap of M/M/1/K: Morse, Queues, Inventories and Maintenance, 1958, §6).
fn relaxation(between: f64, load: f64, room: f64) -> f64 {
    // A queue with an end to it has a steady state at any load.
    let load = if room.is_finite() {
        load
    } else {
        load.min(HIGHEST)
    };
    let root = load.sqrt();
    let end = 2.0 * root * (1.0 - libm::cos(PI / (room + 1.0)));
    between / ((1.0 - root) * (1.0 - root) + end).max((1.0 - HIGHEST.sqrt()).powi(2))
}

/// The sentence on a relaxation time that is longer than was planned for.
pub(super) fn because(side: &Side, (time, id): (f64, ComponentId)) -> String {
    format!(
        "`{}` was busier in the pilot replications than by arithmetic, and takes {} to forget",
        component::component_name(side.plan, id),
        crate::analysis::words::time(time / 1e9)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_without_an_end_has_the_relaxation_time_of_the_books() {
        // M/M/1 at 80 %, mean 1: 1/(1 - √0.8)² = 89.7.
        assert!((relaxation(1.0, 0.8, f64::INFINITY) - 89.7).abs() < 0.1);
        let highest = relaxation(1.0, 0.98, f64::INFINITY);
        assert!((relaxation(1.0, 1.5, f64::INFINITY) - highest).abs() < 1e-9);
    }

    #[test]
    fn a_queue_with_an_end_forgets_sooner() {
        // M/M/1/2 at load 1 has the rates -1 and -3 besides 0.
        assert!((relaxation(1.0, 1.0, 2.0) - 1.0).abs() < 1e-9);
        assert!(relaxation(1.0, 2.0, 20.0) < 6.0);
        assert!(relaxation(1.0, 0.8, 20.0) < relaxation(1.0, 0.8, f64::INFINITY));
    }
}
