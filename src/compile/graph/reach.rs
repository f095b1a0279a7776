//! What no request reaches.

use super::super::draft::Draft;
use super::super::names::noun;
use super::Graph;
use crate::plan::{ComponentKind, Step};
use crate::source::codes;

/// Advice about components, endpoints' owners and journeys that no workload leads to.
pub(in super::super) fn unreached(draft: &mut Draft<'_>, graph: &Graph) {
    let mut reached = vec![false; draft.programs.len()];
    let mut open: Vec<usize> = draft
        .plan
        .entries
        .iter()
        .filter_map(|entry| graph.by_first.get(&entry.entry.index()).copied())
        .collect();
    while let Some(number) = open.pop() {
        if !std::mem::replace(&mut reached[number], true) {
            open.extend(
                graph.next[number]
                    .iter()
                    .map(|(to, _)| *to)
                    .filter(|to| !reached[*to]),
            );
        }
    }
    let mut used = vec![false; draft.plan.components.len()];
    for (endpoint, number) in graph.of_endpoint.iter().enumerate() {
        used[draft.plan.endpoints[endpoint].component.index()] |=
            *number != usize::MAX && reached[*number];
    }
    for (program, _) in draft
        .programs
        .iter()
        .zip(&reached)
        .filter(|(_, reached)| **reached)
    {
        for step in &draft.plan.steps[program.first..program.end] {
            if let Step::Call(call) | Step::Send(call) | Step::Forward(call) = step {
                let pool = draft.plan.calls[call.index()].pool;
                if let Some(steering) = draft.plan.guards.steering_of(pool) {
                    used[steering.component.index()] = true;
                }
            }
            if let Step::Probe(get) = step {
                used[draft.plan.caches[draft.plan.gets[get.index()].cache.index()]
                    .component
                    .index()] = true;
            }
        }
    }
    for station in draft
        .plan
        .stations
        .iter()
        .filter(|station| station.processor.is_some())
    {
        let processor = draft.plan.processors[station.processor.index()].component;
        used[processor.index()] |= used[station.component.index()];
    }
    for (position, used) in used.into_iter().enumerate() {
        if !used {
            let (name, kind) = (
                draft.names.known[position].name,
                draft.plan.components[position].kind,
            );
            let message = match kind {
                ComponentKind::Host => format!(
                    "nothing that is asked for runs on the host `{}`",
                    name.value
                ),
                kind => format!("no request reaches `{}`, {}", name.value, noun(kind)),
            };
            draft.complain(codes::UNUSED, name.place, message);
        }
    }
    let model = draft.model;
    for (name, _) in &model.journeys {
        if !draft
            .plan
            .entries
            .iter()
            .any(|entry| entry.name == name.value)
        {
            draft.complain(
                codes::UNUSED,
                name.place,
                format!("no workload makes the journey `{}`", name.value),
            );
        }
    }
}
