//! How much of every bound a load asks for: one row per component and resource, at its busiest copy.

use super::SECOND;
use super::shares::Keeps;
use super::spread::{Spread, Units};
use super::timing::Timing;
use super::traffic::{Load, Rates, Traffic};
use crate::plan::{
    AccountId, AttributeId, Capacity, Ceiling, ComponentId, Delivery, GroupId, Limited, Plan,
    QuantityId, Resource, StationId,
};
use std::collections::BTreeMap;

/// What is asked of the busiest copy over what it has, and how much comes to all copies per second.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    load: f64,
    comes: f64,
    /// Of units, the part for which somebody would wait for ever.
    patient: f64,
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

/// The part of a load that waits for ever at the bound itself.
fn unshed(plan: &Plan, resource: Resource, of: Use) -> f64 {
    match resource {
        Resource::Cores | Resource::Slots => of.load,
        Resource::Units(_) => of.patient,
        // A rate limit sheds by its nature.
        Resource::Tokens(_) => 0.0,
        Resource::Batches(id) => {
            let topic = plan.groups[id.index()].topic;
            if plan.topics[topic.index()].retention == u64::MAX {
                of.load
            } else {
                0.0
            }
        }
        Resource::Account(id) => {
            let mut own = plan.functions.iter().filter(|row| row.account == id);
            if own.any(|row| row.queues && plan.pools[row.pool.index()].backlog == u32::MAX) {
                of.load
            } else {
                0.0
            }
        }
    }
}

/// The rows of a plan.
pub(super) fn ceilings(plan: &Plan, asked: &Asked) -> Vec<Ceiling> {
    let load =
        |of: &Uses, key: &(ComponentId, Resource)| of.0.get(key).copied().unwrap_or_default();
    let row = |(key, all): (&(ComponentId, Resource), &Use)| Ceiling {
        component: key.0,
        resource: key.1,
        asked: all.load,
        today: load(&asked.today, key).load,
        open: load(&asked.open, key).load,
        unshed: unshed(plan, key.1, load(&asked.unshed, key)),
        comes: load(&asked.open, key).comes,
    };
    asked.all.0.iter().map(row).collect()
}

impl Uses {
    /// What these rates ask for.
    pub(super) fn of(traffic: &Traffic<'_>, timing: &Timing, rates: &Rates) -> Self {
        let plan = traffic.plan;
        let Spread {
            mut processors,
            mut stations,
            units,
            ..
        } = Spread::of(traffic, timing, rates);
        level(plan, &mut processors, &mut stations);
        let mut uses = Self::default();
        uses.tokens(traffic, rates, &stations);
        uses.units(plan, &units);
        uses.batches(traffic, timing, rates);
        uses.accounts(plan, &stations);
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

    /// Pools of units and row locks.
    fn units(&mut self, plan: &Plan, units: &[Vec<Units>]) {
        for (id, (row, instances)) in plan.quantities.iter().zip(units).enumerate() {
            let resource = Resource::Units(QuantityId::from(id));
            let component = plan.whose_units(QuantityId::from(id));
            if !component.is_some() {
                continue; // nobody holds any
            }
            let mut holds = plan.holds.iter().filter(|hold| hold.quantity.index() == id);
            let key = holds.find_map(|hold| Some(hold.key).filter(|key| key.is_some()));
            let mut instances = instances.clone();
            if key.is_some_and(|key| decides(plan, component, key)) {
                // All who ask for a row come to the same replica.
                let sum = |of: fn(&Units) -> f64| instances.iter().map(of).sum();
                instances = vec![Units {
                    held: sum(|row| row.held),
                    patient: sum(|row| row.patient),
                    comes: sum(|row| row.comes),
                }];
            }
            for instance in instances {
                let load = instance.held / f64::from(row.size.max(1));
                self.add(component, resource, load, instance.comes);
                let use_ = self.0.entry((component, resource)).or_default();
                use_.patient = use_
                    .patient
                    .max(instance.patient / f64::from(row.size.max(1)));
            }
        }
    }

    /// Partitions, each of which has one batch at a time, and consumers of queues, who have so many messages at once.
    fn batches(&mut self, traffic: &Traffic<'_>, timing: &Timing, rates: &Rates) {
        let plan = traffic.plan;
        for (id, row) in plan.groups.iter().enumerate() {
            let rate = super::batch::messages(traffic, rates, row);
            let each = super::batch::at_work(traffic, timing, row) / SECOND / f64::from(row.most);
            let id = GroupId::from(id);
            let load = match row.delivery {
                Delivery::InOrder { .. } => {
                    let shares = traffic.dealing.ways.partitions(plan, id);
                    rate * shares.into_iter().fold(0.0, f64::max) * each
                }
                Delivery::Competing { in_flight, .. } => {
                    let run = plan.calls[row.run.index()].endpoint;
                    let service = plan.endpoints[run.index()].component;
                    let consumers = plan.components[service.index()].replicas.max(1);
                    rate * each / f64::from(in_flight) / f64::from(consumers)
                }
            };
            let component = plan.topics[row.topic.index()].component;
            self.add(component, Resource::Batches(id), load, rate);
        }
    }

    /// Accounts: full at that factor on the load at which the instances of all its functions are as many as it allows, where those
    /// that are always there count whether they are used or not.
    fn accounts(&mut self, plan: &Plan, stations: &[Load]) {
        for (id, account) in plan.accounts.iter().enumerate() {
            let id = AccountId::from(id);
            let own = plan.functions.iter().filter(|row| row.account == id);
            let used = |row: &crate::plan::Function| {
                let all = plan.components[row.component.index()].stations();
                let own = all.map(|station| stations[station.index()]);
                own.fold((0.0, 0.0), |sum, (load, visits)| {
                    (sum.0 + load, sum.1 + visits)
                })
            };
            let rows: Vec<_> = own.map(|row| (row, used(row))).collect();
            let Some((most, _)) = rows
                .iter()
                .max_by(|one, other| one.1.0.total_cmp(&other.1.0))
            else {
                continue;
            };
            let at = |factor: f64| -> f64 {
                let busy = |(row, (load, _)): &(&crate::plan::Function, Load)| {
                    (factor * load).max(f64::from(row.provisioned))
                };
                rows.iter().map(busy).sum()
            };
            let comes = rows.iter().map(|(_, (_, visits))| visits).sum();
            let load = 1.0 / factor_until(f64::from(account.most), at);
            self.add(most.component, Resource::Account(id), load, comes);
        }
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

    /// The part of another load that fits into what these leave, at most 1: its asymptotic bound.
    pub(super) fn leave_room_for(&self, other: &Self) -> f64 {
        let part = |(key, other): (&(ComponentId, Resource), &Use)| {
            let own = self.0.get(key).map_or(0.0, |own| own.load);
            // Who finds no token is turned away and comes again.
            let waits = !matches!(key.1, Resource::Tokens(_) | Resource::Batches(_));
            (waits && other.load > 0.0).then(|| (1.0 - own).max(0.01) / other.load)
        };
        other.0.iter().filter_map(part).fold(1.0, f64::min)
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

/// The factor at which something that grows with it reaches a limit; endless when it never does.
fn factor_until(most: f64, at: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while at(high) < most {
        (low, high) = (high, high * 2.0);
        if high > 1e12 {
            return f64::INFINITY;
        }
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at(middle) < most {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Whether the object of this attribute decides which replica of a component is asked.
fn decides(plan: &Plan, component: ComponentId, key: AttributeId) -> bool {
    let mut databases = plan.databases.iter();
    let mut pools = plan.pools.iter();
    databases.any(|row| row.component == component && row.key == key && row.shards > 1)
        || pools.any(|row| row.component == component && row.key == key)
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
