//! How long everything takes when nobody waits, callees before their callers.

use super::super::draft::{Draft, Owner};
use super::super::graph::Graph;
use super::shares::{Keeps, station_shares};
use super::walk::{self, Times, Walked};
use crate::plan::{CallId, Capacity, ComponentId, Plan, StationId, ZoneId};
use std::collections::BTreeMap;

/// Times without waiting, and what the programs do.
pub(super) struct Timing {
    pub(super) walked: Vec<Walked>,
    pub(super) latency: Vec<f64>,
}

/// Times as far as they are known while programs are walked, callees first.
struct Known<'k> {
    plan: &'k Plan,
    graph: &'k Graph,
    latency: &'k [f64],
    zones: &'k [ZoneId],
    speeds: &'k [f64],
    hit_of: &'k [f64],
    means: &'k [f64],
}

impl Times for Known<'_> {
    fn hit_of(&self, component: ComponentId) -> f64 {
        self.hit_of[component.index()]
    }

    fn compute(&self, program: usize, work: f64) -> f64 {
        work / self.speeds[program]
    }

    fn call(&self, program: usize, call: CallId) -> f64 {
        let row = &self.plan.calls[call.index()];
        let callee = self.graph.of_endpoint[row.endpoint.index()];
        let latency = self.latency.get(callee).copied().unwrap_or(0.0);
        latency + way(self.plan, self.means, self.zones[program], row.pool)
    }

    fn routine(&self, first: usize) -> f64 {
        self.graph
            .by_first
            .get(&first)
            .map_or(0.0, |routine| self.latency[*routine])
    }
}

/// Mean time there and back from a zone to the stations of a pool.
fn way(plan: &Plan, means: &[f64], from: ZoneId, pool: crate::plan::PoolId) -> f64 {
    let Some(candidates) = plan.pools[pool.index()].candidates.get(from.index()) else {
        return 0.0;
    };
    let way_to = |station: &StationId| {
        let link = plan.route(from, plan.stations[station.index()].zone);
        plan.links.get(link.index()).map_or(0.0, |link| {
            2.0 * link.half as f64
                + link.resending()
                + means.get(link.rtt.index()).copied().unwrap_or(0.0)
        })
    };
    if plan.guards.steering_of(pool).is_some() {
        let shares = station_shares(plan, &Keeps::all(plan), pool.index(), from);
        return shares
            .iter()
            .map(|(station, share)| share * way_to(station))
            .sum();
    }
    // A few of many replicas are enough to tell the mean, since zones are dealt in turn.
    let sample: Vec<_> = candidates.near().iter().take(64).collect();
    let total: f64 = sample.iter().map(|station| way_to(station)).sum();
    if sample.is_empty() {
        0.0
    } else {
        total / sample.len() as f64
    }
}

impl Timing {
    pub(super) fn of(draft: &Draft<'_>, graph: &Graph, means: &[f64], hits: &[f64]) -> Self {
        let plan = &draft.plan;
        let programs = &draft.programs;
        let mut hit_of = vec![0.0; plan.components.len()];
        for (cache, hit) in plan.caches.iter().zip(hits) {
            hit_of[cache.component.index()] = *hit;
        }
        let owners: Vec<Option<ComponentId>> = programs
            .iter()
            .map(|program| match program.owner {
                Owner::Endpoint(endpoint) => Some(plan.endpoints[endpoint.index()].component),
                Owner::Routine(component) => Some(component),
                Owner::User => None,
            })
            .collect();
        let user_zones: BTreeMap<usize, ZoneId> = plan
            .entries
            .iter()
            .rev()
            .map(|entry| {
                (
                    entry.entry.index(),
                    plan.workloads[entry.workload.index()].zone,
                )
            })
            .collect();
        let station = |component: &Option<ComponentId>| {
            component.and_then(|id| plan.stations.get(plan.components[id.index()].first.index()))
        };
        let zones: Vec<ZoneId> = owners
            .iter()
            .zip(programs)
            .map(|(owner, program)| {
                station(owner)
                    .map(|station| station.zone)
                    .or_else(|| user_zones.get(&program.first).copied())
                    .unwrap_or(ZoneId(0))
            })
            .collect();
        let speeds: Vec<f64> = owners
            .iter()
            .map(|owner| {
                let processor = station(owner)
                    .and_then(|station| plan.processors.get(station.processor.index()));
                processor.map_or(1.0, |processor| match processor.cores {
                    Capacity::Unlimited => processor.speed,
                    Capacity::Cores(cores) => processor.speed * cores.min(1.0),
                })
            })
            .collect();
        let mut latency = vec![0.0; programs.len()];
        let mut walked = vec![Walked::default(); programs.len()];
        for group in &graph.groups {
            // In a cycle the times of the later ones are not known in the first pass.
            for _ in 0..if graph.is_cycle(group) && group.len() < 1000 {
                20
            } else {
                1
            } {
                for number in group {
                    let times = Known {
                        plan,
                        graph,
                        latency: &latency,
                        zones: &zones,
                        speeds: &speeds,
                        hit_of: &hit_of,
                        means,
                    };
                    walked[*number] = walk::walk(plan, means, *number, &programs[*number], &times);
                    latency[*number] = walked[*number].latency;
                }
            }
        }
        Self { walked, latency }
    }
}
