//! What keeps a load from growing a queue without end: rate limits, bounded queues, patience, and callers who call off what they no
//! longer wait for.
//!
//! A call that ends in such a place brings on only what is let through: as much as a rate limit has tokens for, and nothing that is
//! sure where something behind a bounded queue is full, since then that queue turns requests away. Where nothing is full, nothing is
//! turned away either, and everything passes.
//!
//! Not followed: how much a bounded queue lets through. What stands behind one is then not said to be overloaded, though it may be.

use super::super::draft::Draft;
use super::super::graph::Graph;
use super::ceilings::Uses;
use super::flow::Flow;
use crate::plan::{
    Abandon, CallId, ComponentId, ComponentKind, Discipline, Limited, Plan, Resource, Step,
};

/// What is full in or behind a program, as far as its caller has to wait for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Full {
    /// Something.
    any: bool,
    /// Something whose requests begin as soon as they come, so that none can be found too old in a queue.
    at_once: bool,
}

impl Full {
    fn add(&mut self, other: Self) {
        self.any |= other.any;
        self.at_once |= other.at_once;
    }
}

/// The flows of all programs with only those calls that surely come, whatever is shed.
pub(super) fn flows(draft: &Draft<'_>, graph: &Graph, flows: &[Flow], open: &Uses) -> Vec<Flow> {
    let plan = &draft.plan;
    let full = full(plan, graph, flows, open);
    // Once for each component: a call to each of many copies asks as often.
    let of_all = |what: fn(&Plan, ComponentId) -> bool| -> Vec<bool> {
        let all = (0..plan.components.len()).map(ComponentId::from);
        all.map(|id| what(plan, id)).collect()
    };
    let places = Places {
        shed: of_all(sheds),
        have_slots: of_all(has_slots),
    };
    let mut sure = flows.to_vec();
    for flow in &mut sure {
        for (call, times) in &mut flow.calls {
            *times *= passes(plan, graph, (&full, &places), open, *call);
        }
    }
    sure
}

/// What happens at components that are full.
struct Places {
    /// By component: whether it turns requests away.
    shed: Vec<bool>,
    /// By component: whether requests wait for slots.
    have_slots: Vec<bool>,
}

/// The part of a call's requests that surely comes on.
fn passes(
    plan: &Plan,
    graph: &Graph,
    (full, places): (&[Full], &Places),
    open: &Uses,
    id: CallId,
) -> f64 {
    let call = &plan.calls[id.index()];
    let component = plan.endpoints[call.endpoint.index()].component;
    let limits = plan.guards.limits.iter().enumerate();
    let before = |limited: Limited| match limited {
        Limited::Component(of) => of == component,
        Limited::Call(of) => of == id,
    };
    let part = limits
        .filter(|(_, limit)| before(limit.before))
        .map(|(row, _)| 1.0 / open.of_resource(Resource::Tokens(row as u32)).max(1.0))
        .fold(1.0, f64::min);
    let behind = full
        .get(graph.of_endpoint[call.endpoint.index()])
        .copied()
        .unwrap_or_default();
    let connection = plan.holds.get(plan.guards.connection_of(id).index());
    // Who gives up waiting for a connection asks for nothing, and no more ask than there are connections.
    let gives_up = connection.is_some_and(|hold| hold.wait != u64::MAX || call.deadline > 0);
    let to = component.index();
    let sheds = gives_up || places.shed[to] || calls_off(call, places.have_slots[to], behind);
    if behind.any && sheds {
        return 0.0;
    }
    part
}

/// Whether callers of this kind take back what they no longer wait for before it takes up a place.
fn calls_off(call: &crate::plan::Call, waits_for_slots: bool, behind: Full) -> bool {
    let gives_up = call.timeout > 0 || call.deadline > 0;
    gives_up
        && match call.abandon {
            Abandon::Propagate => true,
            Abandon::AtDequeue => waits_for_slots,
            Abandon::Ignore => call.propagate_deadline && !behind.at_once,
        }
}

/// Whether a component turns requests away, or loses patience with them, when it is full.
fn sheds(plan: &Plan, id: ComponentId) -> bool {
    let component = &plan.components[id.index()];
    if component.kind == ComponentKind::Function {
        let mut functions = plan.functions.iter();
        let function = functions.find(|row| row.component == id);
        return function
            .is_some_and(|row| !row.queues || plan.pools[row.pool.index()].backlog != u32::MAX);
    }
    component.stations().any(|station| {
        let row = &plan.stations[station.index()];
        let backlog = row.shared.map_or(row.backlog, |pool| {
            plan.pools
                .get(pool.index())
                .map_or(u32::MAX, |pool| pool.backlog)
        });
        let bounded = backlog != u32::MAX || row.patience.is_some();
        row.concurrency != u32::MAX && (bounded || matches!(row.discipline, Discipline::Codel(_)))
    })
}

/// Whether its requests wait for slots.
fn has_slots(plan: &Plan, id: ComponentId) -> bool {
    let mut stations = plan.components[id.index()].stations();
    stations.all(|station| plan.stations[station.index()].concurrency != u32::MAX)
}

/// By program: what is full in it or behind it.
fn full(plan: &Plan, graph: &Graph, flows: &[Flow], open: &Uses) -> Vec<Full> {
    let own = full_components(plan, open);
    let apart = sent(plan);
    let mut full = vec![Full::default(); flows.len()];
    for (endpoint, number) in plan.endpoints.iter().zip(&graph.of_endpoint) {
        if let Some(full) = full.get_mut(*number) {
            *full = own[endpoint.component.index()];
        }
    }
    // Callees first; those who call each other in a circle are full together.
    for group in &graph.groups {
        let mut found = Full::default();
        for number in group {
            found.add(full[*number]);
            for (call, _) in &flows[*number].calls {
                let callee = graph.of_endpoint[plan.calls[call.index()].endpoint.index()];
                if !apart[call.index()]
                    && let Some(behind) = full.get(callee)
                {
                    found.add(*behind);
                }
            }
        }
        for number in group {
            full[*number] = found;
        }
    }
    full
}

/// By component: whether its requests wait without end.
fn full_components(plan: &Plan, open: &Uses) -> Vec<Full> {
    let mut full = vec![false; plan.components.len()];
    for (component, resource) in open.above(1.0) {
        // Who finds no token does not wait, and nobody waits for the messages that he has sent.
        if !matches!(resource, Resource::Tokens(_) | Resource::Batches(_)) {
            full[component.index()] = true;
        }
    }
    for station in &plan.stations {
        let host = plan.processors.get(station.processor.index());
        if host.is_some_and(|host| full[host.component.index()]) {
            full[station.component.index()] = true;
        }
    }
    let one = |(id, any): (usize, bool)| Full {
        any,
        at_once: any && !has_slots(plan, ComponentId::from(id)),
    };
    full.into_iter().enumerate().map(one).collect()
}

/// By call: whether nobody waits for its answer.
fn sent(plan: &Plan) -> Vec<bool> {
    let mut sent = vec![false; plan.calls.len()];
    let mut mark = |call: CallId| {
        if let Some(sent) = sent.get_mut(call.index()) {
            *sent = true;
        }
    };
    for step in &plan.steps {
        if let Step::Send(call) = step {
            mark(*call);
        }
    }
    for group in &plan.groups {
        mark(group.message);
        mark(group.dead);
    }
    for get in &plan.gets {
        mark(get.store);
    }
    sent
}
