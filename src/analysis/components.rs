//! Components over the window: how busy, how long the queues, how much for nothing.

use super::bill;
use super::breakdowns;
use super::busiest;
use super::cdn;
use super::copies;
use super::estimate::Sample;
use super::functions;
use super::hosts;
use super::outcome::Outcome;
use super::result::{CacheResult, ComponentResult};
use super::tiers;
use crate::measure::{CacheTally, StationTally, Tally};
use crate::plan::{
    CacheId, Capacity, ComponentId, ComponentKind, Plan, ProcessorId, SiteMeter, StationId,
};

/// Where the parts of every component are in the plan's tables.
struct Parts {
    stations: Vec<StationId>,
    processors: Vec<ProcessorId>,
    caches: Vec<CacheId>,
}

/// All components, in written order.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<ComponentResult> {
    let mut processors: Vec<Vec<ProcessorId>> = vec![Vec::new(); plan.components.len()];
    for (id, processor) in plan.processors.iter().enumerate() {
        processors[processor.component.index()].push(id.into());
    }
    let mut caches: Vec<Vec<CacheId>> = vec![Vec::new(); plan.components.len()];
    for (id, cache) in plan.caches.iter().enumerate() {
        caches[cache.component.index()].push(id.into());
    }
    let parts = processors.into_iter().zip(caches).zip(&plan.components);
    // A route is no place where something is done; it is told of beside them.
    parts
        .enumerate()
        .filter(|(_, (_, component))| component.kind != ComponentKind::Route)
        .map(|(id, ((processors, caches), component))| {
            result(
                plan,
                outcome,
                id.into(),
                &Parts {
                    stations: component.stations().collect(),
                    processors,
                    caches,
                },
            )
        })
        .collect()
}

fn result(plan: &Plan, outcome: &Outcome, id: ComponentId, parts: &Parts) -> ComponentResult {
    let component = &plan.components[id.index()];
    let nanoseconds = outcome.measured.max(1) as f64;
    let stations = |of: fn(&crate::measure::StationTally) -> f64| {
        move |tally: &Tally| {
            parts
                .stations
                .iter()
                .map(|id| of(&tally.stations[id.index()]))
                .sum::<f64>()
        }
    };
    let station_count = |of: fn(&crate::measure::StationTally) -> u64| {
        move |tally: &Tally| {
            parts
                .stations
                .iter()
                .map(|id| of(&tally.stations[id.index()]))
                .sum::<u64>()
        }
    };
    let cpu_waiting = |tally: &Tally| {
        parts
            .processors
            .iter()
            .map(|id| tally.processors[id.index()].waiting as f64 / 1e3)
            .sum::<f64>()
    };
    let jobs = |tally: &Tally| {
        parts
            .processors
            .iter()
            .map(|id| tally.processors[id.index()].jobs as f64)
            .sum::<f64>()
    };
    let waited =
        |tally: &Tally| stations(|station| station.queued as f64)(tally) + cpu_waiting(tally);
    // A host has no door of its own: its visitors are the jobs.
    let arrived = |tally: &Tally| {
        if parts.stations.is_empty() {
            jobs(tally)
        } else {
            stations(|station| station.arrived as f64)(tally)
        }
    };
    let (cpu, cpu_unlimited) = cpu(plan, outcome, &parts.processors);
    ComponentResult {
        name: component.name.clone(),
        kind: kind(component.kind).to_owned(),
        replicas: component.replicas,
        cpu: cpu.map(|sample| sample.estimate()),
        cpu_unlimited,
        busiest: busiest::result(plan, outcome, id),
        of_host: hosts::part(plan, outcome, id).map(|part| part.estimate()),
        slots: slots(plan, outcome, &parts.stations).map(|sample| sample.estimate()),
        queue: waiting(outcome, parts).estimate(),
        present: outcome
            .mean(|tally| stations(|station| station.present as f64)(tally) / nanoseconds)
            .estimate(),
        wait: outcome
            .ratio(|tally| waited(tally) / 1e9, arrived)
            .estimate(),
        arrivals: outcome
            .rate(|tally| arrived(tally) * 1e9 / nanoseconds)
            .estimate(),
        refused: outcome
            .share(
                station_count(|station| station.refused),
                station_count(|s| s.arrived),
            )
            .estimate(),
        wasted: outcome
            .ratio(
                stations(|station| station.wasted as f64),
                stations(|station| station.slots as f64),
            )
            .between(0.0, 1.0)
            .estimate(),
        imbalance: imbalance(outcome, parts),
        offered: offered(plan, parts),
        cache: (!parts.caches.is_empty()).then(|| cache(plan, outcome, id, &parts.caches)),
        function: functions::result(plan, outcome, id),
        copies: copies::result(plan, outcome, id),
        breakdowns: breakdowns::result(plan, outcome, id),
        tiers: tiers::result(plan, outcome, id),
        cost_month: bill::of_component(plan, outcome, id).and_then(|cost| cost.value),
    }
}

/// The word for a kind of component.
pub const fn kind(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Service => "service",
        ComponentKind::Function => "function",
        ComponentKind::External => "external",
        ComponentKind::Database => "database",
        ComponentKind::Cache => "cache",
        ComponentKind::Topic => "topic",
        ComponentKind::Queue => "queue",
        ComponentKind::Cdn => "cdn",
        ComponentKind::Shield => "shield",
        ComponentKind::Store => "store",
        ComponentKind::Host => "host",
        ComponentKind::Route => "route",
    }
}

/// The parts of one component.
fn parts(plan: &Plan, id: ComponentId) -> Parts {
    let processors = (0..plan.processors.len()).filter(|&row| plan.processors[row].component == id);
    let caches = (0..plan.caches.len()).filter(|&row| plan.caches[row].component == id);
    Parts {
        stations: plan.components[id.index()].stations().collect(),
        processors: processors.map(ProcessorId::from).collect(),
        caches: caches.map(CacheId::from).collect(),
    }
}

/// Mean number waiting for a slot or a core of a component.
pub fn queue(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Sample {
    waiting(outcome, &parts(plan, id))
}

fn waiting(outcome: &Outcome, parts: &Parts) -> Sample {
    let nanoseconds = outcome.measured.max(1) as f64;
    let slots = |tally: &Tally, id: &StationId| tally.stations[id.index()].queued as f64;
    let cores = |tally: &Tally, id: &ProcessorId| tally.processors[id.index()].waiting as f64;
    outcome.mean(|tally| {
        let slots: f64 = parts.stations.iter().map(|id| slots(tally, id)).sum();
        let cores: f64 = parts.processors.iter().map(|id| cores(tally, id)).sum();
        (slots + cores / 1e3) / nanoseconds
    })
}

/// Share of a component's slots in use; `None` when they have no limit or there are none.
pub fn occupancy(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    slots(plan, outcome, &parts(plan, id).stations)
}

/// Share of look-ups in a component's caches that found their object, or waited for another's fill.
pub fn hit(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Sample {
    hits(outcome, &parts(plan, id).caches)
}

fn hits(outcome: &Outcome, caches: &[CacheId]) -> Sample {
    let count = |of: fn(&CacheTally) -> u64| {
        move |tally: &Tally| {
            let rows = caches.iter().map(|id| of(&tally.caches[id.index()]));
            rows.sum::<u64>()
        }
    };
    outcome.share(
        count(|cache| cache.hits + cache.coalesced),
        count(|cache| cache.hits + cache.coalesced + cache.misses),
    )
}

/// Share of the bytes asked for that were found, where a component's caches are bounded in bytes.
pub fn byte_hit(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    let caches = parts(plan, id).caches;
    let meters: Vec<usize> = caches
        .iter()
        .filter_map(|cache| {
            let stores = plan.caches[cache.index()].stores;
            let first = plan.byte_meter(*cache)?;
            Some((0..stores).map(move |store| (first + store * SiteMeter::ALL) as usize))
        })
        .flatten()
        .collect();
    let bytes = |tally: &Tally, meter: SiteMeter| {
        let rows = meters
            .iter()
            .map(|first| tally.meters[first + meter as usize]);
        rows.map(|row| row.bytes).sum::<u64>()
    };
    (!meters.is_empty()).then(|| {
        outcome.share(
            |tally| bytes(tally, SiteMeter::Found),
            |tally| bytes(tally, SiteMeter::Found) + bytes(tally, SiteMeter::Asked),
        )
    })
}

/// Mean number of objects that a component's caches hold and would give out.
pub fn held(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Sample {
    holding(outcome, &parts(plan, id).caches)
}

fn holding(outcome: &Outcome, caches: &[CacheId]) -> Sample {
    mean_objects(outcome, caches, |cache| cache.held - cache.lapsed)
}

fn mean_objects(outcome: &Outcome, caches: &[CacheId], of: fn(&CacheTally) -> u128) -> Sample {
    let nanoseconds = outcome.measured.max(1) as f64;
    let sum = |tally: &Tally| {
        let rows = caches.iter().map(|id| of(&tally.caches[id.index()]) as f64);
        rows.sum::<f64>()
    };
    outcome.mean(|tally| sum(tally) / nanoseconds)
}

/// Busy share of a component's processors; the mean number busy when its cores are unlimited.
pub fn utilisation(plan: &Plan, outcome: &Outcome, component: ComponentId) -> Sample {
    let its = (0..plan.processors.len()).filter(|&id| plan.processors[id].component == component);
    let processors: Vec<ProcessorId> = its.map(ProcessorId::from).collect();
    cpu(plan, outcome, &processors)
        .0
        .unwrap_or_else(|| Sample::nothing(outcome.tallies.len()))
}

/// Busy share of processors, or the mean number busy and `true` when one of them has no limit; `None` without processors.
fn cpu(plan: &Plan, outcome: &Outcome, processors: &[ProcessorId]) -> (Option<Sample>, bool) {
    if processors.is_empty() {
        return (None, false);
    }
    let cores: Option<f64> = processors
        .iter()
        .map(|id| match plan.processors[id.index()].cores {
            Capacity::Cores(cores) => Some(cores),
            Capacity::Unlimited => None,
        })
        .sum();
    let capacity = cores.unwrap_or(1.0) * 1e3 * outcome.measured.max(1) as f64;
    let busy = |tally: &Tally| {
        processors
            .iter()
            .map(|id| tally.processors[id.index()].busy as f64)
            .sum::<f64>()
            / capacity
    };
    let most = if cores.is_some() { 1.0 } else { f64::INFINITY };
    (Some(outcome.rate(busy).between(0.0, most)), cores.is_none())
}

/// How full the fullest replica's slots are, as a mean over the replications; `None` when none has a limit.
pub fn busiest_slots(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<f64> {
    let stations = plan.components[id.index()].stations();
    let bounded: Vec<(usize, f64)> = stations
        .map(|id| (id.index(), plan.stations[id.index()].concurrency))
        .filter(|(_, slots)| *slots != u32::MAX && *slots > 0)
        .map(|(at, slots)| (at, f64::from(slots) * outcome.measured.max(1) as f64))
        .collect();
    let fullest = |tally: &Tally| {
        let shares = bounded.iter();
        let shares = shares.map(|(at, whole)| tally.stations[*at].slots as f64 / whole);
        shares.fold(0.0, f64::max)
    };
    (!bounded.is_empty()).then(|| outcome.mean(fullest).value)?
}

/// Share of the slots in use; `None` when a replica has no limit or there is none.
pub fn slots(plan: &Plan, outcome: &Outcome, stations: &[StationId]) -> Option<Sample> {
    let limits = stations
        .iter()
        .map(|id| plan.stations[id.index()].concurrency);
    let slots: Option<u64> = limits
        .map(|limit| (limit != u32::MAX).then_some(u64::from(limit)))
        .sum();
    let capacity = slots.filter(|&slots| slots > 0)? as f64 * outcome.measured.max(1) as f64;
    let used = |tally: &Tally| {
        stations
            .iter()
            .map(|id| tally.stations[id.index()].slots as f64)
            .sum::<f64>()
            / capacity
    };
    Some(outcome.rate(used).between(0.0, 1.0))
}

/// Load of the busiest replica over the mean one, by replication, because which replica is busiest may differ: objects are hashed anew in
/// each. The load is that of the processors; where they do nothing, the time in slots, and where that is none, the requests that came.
fn imbalances(outcome: &Outcome, parts: &Parts) -> Vec<f64> {
    let of = |loads: Vec<f64>| {
        let sum: f64 = loads.iter().sum();
        let largest = loads.iter().copied().fold(0.0, f64::max);
        (sum > 0.0).then(|| largest * loads.len() as f64 / sum)
    };
    let each = |tally: &Tally| {
        let busy = |id: &ProcessorId| tally.processors[id.index()].busy as f64;
        let stations = |of: fn(&StationTally) -> f64| {
            let load = |id: &StationId| of(&tally.stations[id.index()]);
            parts.stations.iter().map(load).collect()
        };
        (parts.processors.len() > 1)
            .then(|| of(parts.processors.iter().map(busy).collect()))
            .flatten()
            .or_else(|| of(stations(|row| row.slots as f64)))
            .or_else(|| of(stations(|row| row.arrived as f64)))
    };
    outcome.tallies.iter().filter_map(each).collect()
}

/// Load of the busiest replica over the mean one; 1 when there is nothing to compare.
fn imbalance(outcome: &Outcome, parts: &Parts) -> f64 {
    let each = imbalances(outcome, parts);
    if each.is_empty() {
        1.0
    } else {
        super::estimate::mean(&each)
    }
}

/// The same of a component, with its interval.
pub fn imbalance_of(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Sample {
    Sample::mean(imbalances(outcome, &parts(plan, id))).between(1.0, f64::INFINITY)
}

/// The utilisation that arithmetic alone gives: of processors, or of slots where there are none.
fn offered(plan: &Plan, parts: &Parts) -> f64 {
    let mean = |loads: Vec<f64>| super::estimate::mean(&loads);
    if parts.processors.is_empty() {
        let load = |id: &StationId| {
            plan.load
                .station_load
                .get(id.index())
                .copied()
                .unwrap_or(0.0)
        };
        return mean(parts.stations.iter().map(load).collect());
    }
    let load = |id: &ProcessorId| {
        plan.load
            .processor_load
            .get(id.index())
            .copied()
            .unwrap_or(0.0)
    };
    mean(parts.processors.iter().map(load).collect())
}

fn cache(plan: &Plan, outcome: &Outcome, id: ComponentId, caches: &[CacheId]) -> CacheResult {
    let count = |of: fn(&CacheTally) -> u64| {
        move |tally: &Tally| {
            caches
                .iter()
                .map(|id| of(&tally.caches[id.index()]))
                .sum::<u64>()
        }
    };
    let nanoseconds = outcome.measured.max(1) as f64;
    let evictions =
        outcome.mean(|tally| count(|cache| cache.evicted)(tally) as f64 * 1e9 / nanoseconds);
    CacheResult {
        hit: hits(outcome, caches).estimate(),
        byte_hit: byte_hit(plan, outcome, id).map(|hit| hit.estimate()),
        stale: copies::stale_hits(plan, outcome, id).map(|stale| stale.estimate()),
        held: holding(outcome, caches).value.unwrap_or(0.0),
        lapsed: mean_objects(outcome, caches, |cache| cache.lapsed)
            .value
            .unwrap_or(0.0),
        evictions: evictions.value.unwrap_or(0.0),
        sites: cdn::sites(plan, outcome, id),
        offload: cdn::offload(plan, outcome, id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::synthetic;
    use crate::measure::ProcessorTally;

    /// One of two processors does all, another one in every second replication: twice the mean in each.
    #[test]
    fn whoever_is_busiest_is_so_within_a_replication() {
        let (_, mut outcome) = synthetic::queue(1.0, 3);
        for (number, tally) in outcome.tallies.iter_mut().enumerate() {
            tally.processors = vec![ProcessorTally::default(); 2];
            tally.processors[number % 2].busy = 1_000;
        }
        let parts = Parts {
            stations: Vec::new(),
            processors: vec![ProcessorId(0), ProcessorId(1)],
            caches: Vec::new(),
        };
        assert!((imbalance(&outcome, &parts) - 2.0).abs() < 1e-12);
    }
}
