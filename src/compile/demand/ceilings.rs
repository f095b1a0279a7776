//! How much of every bound a load asks for: one row per component and resource, at its busiest copy.

use super::shares::Keeps;
use super::traffic::{Load, Rates, Traffic};
use crate::plan::{Capacity, Ceiling, ComponentId, Limited, Plan, Resource, StationId};
use std::collections::BTreeMap;

/// What is asked of the busiest copy over what it has, and how much comes to all copies per second.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    load: f64,
    comes: f64,
}

/// What a load asks for, by component and resource.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<(ComponentId, Resource), Use>);

/// What is asked for by open load and all users of closed load together, by load as it can be served, by open load, and by that part of it
/// which nothing sheds.
pub(super) struct Asked {
    pub(super) all: Uses,
    pub(super) today: Uses,
    pub(super) open: Uses,
    pub(super) unshed: Uses,
}

/// The rows of a plan.
pub(super) fn ceilings(asked: &Asked) -> Vec<Ceiling> {
    let load =
        |of: &Uses, key: &(ComponentId, Resource)| of.0.get(key).copied().unwrap_or_default();
    let row = |(key, all): (&(ComponentId, Resource), &Use)| Ceiling {
        component: key.0,
        resource: key.1,
        asked: all.load,
        today: load(&asked.today, key).load,
        open: load(&asked.open, key).load,
        // A rate limit sheds by its nature.
        unshed: match key.1 {
            Resource::Tokens(_) => 0.0,
            _ => load(&asked.unshed, key).load,
        },
        comes: load(&asked.open, key).comes,
    };
    asked.all.0.iter().map(row).collect()
}

impl Uses {
    /// What these rates ask for.
    pub(super) fn of(traffic: &Traffic<'_>, rates: &Rates) -> Self {
        let plan = traffic.plan;
        let (mut processors, mut stations) = traffic.spread(rates);
        level(plan, &mut processors, &mut stations);
        let mut uses = Self::default();
        uses.tokens(traffic, rates, &stations);
        for (row, (load, jobs)) in plan.processors.iter().zip(processors) {
            if row.cores != Capacity::Unlimited {
                uses.add(row.component, Resource::Cores, load, jobs);
            }
        }
        for (row, (load, visits)) in plan.stations.iter().zip(stations) {
            if row.concurrency != u32::MAX {
                uses.add(row.component, Resource::Slots, load, visits);
            }
        }
        uses
    }

    /// Rate limits: of components by what comes to their replicas, of calls by what the calling replicas send.
    fn tokens(&mut self, traffic: &Traffic<'_>, rates: &Rates, stations: &[Load]) {
        let plan = traffic.plan;
        let visits = |component: ComponentId| -> Vec<f64> {
            let own = plan.components[component.index()].stations();
            own.map(|station| stations[station.index()].1).collect()
        };
        for (row, limit) in plan.guards.limits.iter().enumerate() {
            let (component, mut comes) = match limit.before {
                Limited::Component(id) => (id, visits(id)),
                Limited::Call(id) => {
                    let (caller, times) = traffic.made(rates, id);
                    let Some(caller) = caller else {
                        let callee = plan.calls[id.index()].endpoint;
                        let callee = plan.endpoints[callee.index()].component;
                        self.add(
                            callee,
                            Resource::Tokens(row as u32),
                            times / limit.rate,
                            times,
                        );
                        continue;
                    };
                    let at = visits(caller);
                    let all: f64 = at.iter().sum();
                    let part = |visits: &f64| times * visits / all.max(f64::MIN_POSITIVE);
                    (caller, at.iter().map(part).collect())
                }
            };
            if limit.buckets == 1 {
                comes = vec![comes.iter().sum()];
            }
            for comes in comes {
                let resource = Resource::Tokens(row as u32);
                self.add(component, resource, comes / limit.rate, comes);
            }
        }
    }

    fn add(&mut self, component: ComponentId, resource: Resource, load: f64, comes: f64) {
        let row = self.0.entry((component, resource)).or_default();
        row.load = row.load.max(load);
        row.comes += comes;
    }

    /// Those that more is asked of than this.
    pub(super) fn above(&self, load: f64) -> impl Iterator<Item = (ComponentId, Resource)> + '_ {
        let above = self.0.iter().filter(move |(_, row)| row.load > load);
        above.map(|(key, _)| *key)
    }

    /// What is asked of something that only one component has.
    pub(super) fn of_resource(&self, resource: Resource) -> f64 {
        let own = self.0.iter().filter(|((_, of), _)| *of == resource);
        own.map(|(_, row)| row.load).fold(0.0, f64::max)
    }
}

/// Those who help each other out reach their limit together.
fn level(plan: &Plan, processors: &mut [(f64, f64)], stations: &mut [(f64, f64)]) {
    for group in Keeps::helping(plan) {
        let processor = |station: &StationId| plan.stations[station.index()].processor.index();
        even(group.iter().map(processor).collect(), processors);
        even(
            group.iter().map(|station| station.index()).collect(),
            stations,
        );
    }
}

fn even(mut cells: Vec<usize>, of: &mut [(f64, f64)]) {
    cells.sort_unstable();
    cells.dedup();
    cells.retain(|cell| *cell < of.len());
    let sum: f64 = cells.iter().map(|cell| of[*cell].0).sum();
    let mean = sum / cells.len().max(1) as f64;
    for cell in cells {
        of[cell].0 = mean;
    }
}
