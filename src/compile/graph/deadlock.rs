//! Slots that wait for each other: a component that holds one while it waits, through others, for one of its own.

use super::super::draft::{Draft, Owner, Program};
use super::{Graph, drawn};
use crate::plan::{CallId, Plan, PoolId, Step};
use crate::source::{Diagnostic, codes};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps of searches for cycles that are drawn in messages; beyond that, models are not drawn but attacked.
const MOST_SEARCHED: usize = 2_000_000;

/// Components with bounded slots that wait, through others, for a slot of their own.
pub(super) fn deadlocks(draft: &mut Draft<'_>, graph: &Graph) {
    let plan = &draft.plan;
    let bounded: Vec<bool> = plan
        .components
        .iter()
        .map(|component| {
            plan.stations
                .get(component.first.index())
                .is_some_and(|station| {
                    station.concurrency != u32::MAX && !station.patience.is_some()
                })
        })
        .collect();
    let mut budget = MOST_SEARCHED;
    let mut found: Vec<(Vec<usize>, CallId)> = Vec::new();
    let mut cycles = BTreeSet::new();
    for (endpoint, start) in graph.of_endpoint.iter().copied().enumerate() {
        if plan.endpoints[endpoint].coordinates {
            continue; // it holds no slot
        }
        let component = plan.endpoints[endpoint].component;
        if start == usize::MAX || !bounded[component.index()] {
            continue;
        }
        if let Some((way, call)) = way_back(draft, graph, start, endpoint, &mut budget) {
            let mut key: Vec<_> = way
                .iter()
                .filter_map(|number| owner_component(draft, *number))
                .collect();
            key.sort_unstable();
            key.dedup();
            if cycles.insert(key) {
                found.push((way, call));
            }
        }
    }
    for (way, call) in found {
        complain_of_deadlock(draft, &way, call);
    }
}

fn owner_component(draft: &Draft<'_>, number: usize) -> Option<crate::plan::ComponentId> {
    match draft.programs[number].owner {
        Owner::Endpoint(endpoint) => Some(draft.plan.endpoints[endpoint.index()].component),
        Owner::Routine(component) => Some(component),
        Owner::User => None,
    }
}

/// The shortest way of waiting calls from a program back to its component, and the call that closes it.
fn way_back(
    draft: &Draft<'_>,
    graph: &Graph,
    start: usize,
    endpoint: usize,
    budget: &mut usize,
) -> Option<(Vec<usize>, CallId)> {
    let mut from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for (to, call) in &graph.next[at] {
            *budget = budget.checked_sub(1)?;
            if let Some(call) = call {
                if !waits(&draft.plan, &draft.programs[at], *call) {
                    continue;
                }
                if matches!(draft.programs[*to].owner, Owner::Endpoint(to) if shares_slots(&draft.plan, endpoint, to.index()))
                {
                    let mut way = vec![*to, at];
                    while let Some(before) = from.get(&way[way.len() - 1]) {
                        way.push(*before);
                    }
                    way.reverse();
                    return Some((way, *call));
                }
            }
            if *to != start && !from.contains_key(to) {
                from.insert(*to, at);
                open.push_back(*to);
            }
        }
    }
    None
}

/// Whether two endpoints of one component take slots of the same stations: the leaders of a database never lack those of the
/// followers that they wait for.
fn shares_slots(plan: &Plan, one: usize, other: usize) -> bool {
    let (one, other) = (&plan.endpoints[one], &plan.endpoints[other]);
    let stations = |pool: PoolId| {
        let pool = plan.pools.get(pool.index());
        pool.into_iter()
            .flat_map(|pool| pool.candidates.iter().flat_map(|near| &near.stations))
    };
    one.component == other.component
        && (one.pool == other.pool || {
            let taken: BTreeSet<_> = stations(one.pool).collect();
            stations(other.pool).any(|station| taken.contains(station))
        })
}

/// Whether a program waits for this call however long it takes.
fn waits(plan: &Plan, program: &Program, call: CallId) -> bool {
    let row = &plan.calls[call.index()];
    row.timeout == 0
        && row.deadline == 0
        && plan.steps[program.first..program.end].contains(&Step::Call(call))
}

fn complain_of_deadlock(draft: &mut Draft<'_>, way: &[usize], call: CallId) {
    let Some(component) = owner_component(draft, way[0]) else {
        return;
    };
    let name = draft.plan.components[component.index()].name.clone();
    let slots =
        draft.plan.stations[draft.plan.components[component.index()].first.index()].concurrency;
    let slots = if slots == 1 {
        "its only slot".to_owned()
    } else {
        format!("a slot (of {slots})")
    };
    let message = format!(
        "`{name}` holds {slots} while it waits for another slot of its own: {}",
        drawn(draft, way)
    );
    let complaint = Diagnostic::new(codes::DEADLOCK, message).at(draft.call_places[call.index()]);
    let complaint = complaint.label(
        draft.names.get(component).name.place,
        "when all its slots wait like this, nothing moves any more",
    );
    draft.complaints.push(complaint.hint("give one of these calls a `timeout`, make it a `send`, or give the service unlimited `concurrency`"));
}
