//! What is full: cores, slots, units of pools that are in use all the time, and groups of consumers that fall behind.
//!
//! Where a full part makes those who call it hold their own slots and connections longer, they are full too. The cause is the one
//! that needs no other full one.

use super::busiest;
use super::callers;
use super::components;
use super::metric;
use super::outcome::Outcome;
use super::words;
use crate::measure::Tally;
use crate::plan::{ComponentId, Delivery, GroupId, Plan, QuantityId, Target, component};

/// In use for this share of the time, the busiest copy is full. A queue that grows keeps it so but for its first moments.
const FULL: f64 = 0.97;
/// Messages that are not done, over those that come: less is chance.
const BEHIND: f64 = 0.005;

/// What is short at a component, in the order in which it explains the rest of the same component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Cores.
    Cpu,
    /// Units of a pool: connections, locks, threads.
    Units(QuantityId),
    /// Slots.
    Slots,
    /// Turns of a group of consumers.
    Turns(GroupId),
}

/// Something that is full.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Full {
    /// Whose it is; `NONE` = the users'.
    pub component: ComponentId,
    /// What.
    pub resource: Resource,
    /// Share in use at the busiest copy; of turns, the share of the messages that are not done.
    pub share: f64,
}

impl Full {
    /// Whether nothing bounds what waits for it.
    pub fn is_endless(&self, plan: &Plan) -> bool {
        let Some(component) = plan.components.get(self.component.index()) else {
            return true;
        };
        let bounded = |id: crate::plan::StationId| {
            let station = &plan.stations[id.index()];
            let backlog =
                (station.shared).map_or(station.backlog, |pool| plan.pools[pool.index()].backlog);
            station.concurrency != u32::MAX && (backlog != u32::MAX || station.patience.is_some())
        };
        component.replicas == 0 || !component.stations().all(bounded)
    }

    /// A sentence without its full stop: `` `web` is full: its slots are 100 % busy ``.
    pub fn sentence(&self, plan: &Plan) -> String {
        let share = words::share(self.share);
        let of_copy = |what: &str, are: &str| {
            let component = &plan.components[self.component.index()];
            let (name, copies) = (&component.name, component.replicas);
            match copies {
                0 | 1 => format!("`{name}` is full: its {what} {are} {share} busy"),
                _ => format!("`{name}` is full: the {what} of its busiest copy {are} {share} busy"),
            }
        };
        match self.resource {
            Resource::Cpu => of_copy("CPU", "is"),
            Resource::Slots => of_copy("slots", "are"),
            Resource::Units(id) => {
                let units = &plan.quantities[id.index()].name;
                format!("`{units}` is full: {share} of the units are in use")
            }
            Resource::Turns(id) => turns(plan, id),
        }
    }
}

/// What bounds a group that falls behind while no machine is full.
fn turns(plan: &Plan, id: GroupId) -> String {
    let group = &plan.groups[id.index()];
    let name = component::endpoint_name(plan, group.messages);
    match (group.delivery, plan.topics[group.topic.index()].partitions) {
        (Delivery::InOrder { .. }, 1) => {
            format!("`{name}` is full: its one partition is read one batch at a time")
        }
        (Delivery::InOrder { .. }, many) => {
            format!("`{name}` is full: each of its {many} partitions is read one batch at a time")
        }
        (Delivery::Competing { in_flight, .. }, _) if in_flight != u32::MAX => {
            format!("`{name}` is full: a consumer has {in_flight} at once (`in-flight`)")
        }
        (Delivery::Competing { .. }, _) => {
            format!("`{name}` is full: its consumers take no more")
        }
    }
}

/// The share of the messages sent to a group in the window that were not ended in it, if it falls behind in every replication.
fn behind(plan: &Plan, outcome: &Outcome, id: GroupId) -> Option<f64> {
    let target = Target::Endpoint(plan.groups[id.index()].messages);
    metric::flow(plan, outcome, &target)
        .growth()
        .filter(|growth| *growth > BEHIND)
}

/// Everything that is full.
pub fn all(plan: &Plan, outcome: &Outcome) -> Vec<Full> {
    let mut found = Vec::new();
    for id in (0..plan.components.len()).map(ComponentId::from) {
        let cpu = busiest::largest(plan, outcome, id).and_then(|largest| largest.value);
        found.extend(cpu.map(|share| (id, Resource::Cpu, share)));
        let slots = components::busiest_slots(plan, outcome, id);
        found.extend(slots.map(|share| (id, Resource::Slots, share)));
    }
    for id in (0..plan.quantities.len()).map(QuantityId::from) {
        let share = units(plan, outcome, id);
        found.extend(share.map(|share| (plan.whose_units(id), Resource::Units(id), share)));
    }
    found.retain(|(.., share)| *share >= FULL);
    for (at, group) in plan.groups.iter().enumerate() {
        let topic = plan.topics[group.topic.index()].component;
        let share = behind(plan, outcome, at.into());
        found.extend(share.map(|share| (topic, Resource::Turns(at.into()), share)));
    }
    let full = |(component, resource, share)| Full {
        component,
        resource,
        share,
    };
    found.into_iter().map(full).collect()
}

/// Share of the units of a pool in use at its busiest instance; `None` where they are without number.
fn units(plan: &Plan, outcome: &Outcome, id: QuantityId) -> Option<f64> {
    let quantity = &plan.quantities[id.index()];
    let whole = plan.units(id)? / f64::from(quantity.instances.max(1));
    let nanoseconds = outcome.measured.max(1) as f64;
    let instances = quantity.first as usize..(quantity.first + quantity.instances) as usize;
    let busiest = |tally: &Tally| {
        let used = tally.units.get(instances.clone()).unwrap_or_default();
        used.iter().copied().max().unwrap_or(0) as f64 / (whole * nanoseconds)
    };
    outcome.rate(busiest).value
}

/// The full part that needs no other full one: of several the fullest, the first of equals.
pub fn cause(plan: &Plan, outcome: &Outcome) -> Option<Full> {
    let all = all(plan, outcome);
    if all.len() < 2 {
        return all.first().copied();
    }
    let needs = callers::needs(plan);
    let reached = |from: ComponentId| {
        let mut seen = vec![false; plan.components.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for to in needs.get(at.index()).into_iter().flatten() {
                if !std::mem::replace(&mut seen[to.index()], true) {
                    open.push(*to);
                }
            }
        }
        seen
    };
    let reaches: Vec<Vec<bool>> = all.iter().map(|one| reached(one.component)).collect();
    let from_to = |from: usize, to: usize| {
        // What users hold is held for those whom they call.
        let of_users = !all[from].component.is_some() && all[to].component.is_some();
        of_users || (reaches[from].get(all[to].component.index()).copied()).unwrap_or(false)
    };
    let explained = |at: usize| {
        (0..all.len()).any(|other| {
            if all[at].component == all[other].component {
                return all[other].resource < all[at].resource;
            }
            from_to(at, other) && !from_to(other, at)
        })
    };
    (0..all.len())
        .filter(|at| !explained(*at))
        .map(|at| all[at])
        .reduce(|best, one| if one.share > best.share { one } else { best })
        .or_else(|| all.first().copied())
}
