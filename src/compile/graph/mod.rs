//! What follows from who calls whom: calls that never end, slots that wait for each other, routines that run themselves,
//! and what no request reaches.

mod deadlock;
mod endless;
mod reach;

use super::draft::{Draft, Owner, Program};
use crate::plan::{CallId, EndpointId, Plan, Step};
use crate::source::codes;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

pub(super) use reach::unreached;

/// Who leads to whom, program by program.
pub(super) struct Graph {
    /// Programs by endpoint.
    pub(super) of_endpoint: Vec<usize>,
    /// Programs by their first step.
    pub(super) by_first: BTreeMap<usize, usize>,
    /// Programs that each program leads to: callees and routines, with the call (none for a routine).
    pub(super) next: Vec<Vec<(usize, Option<CallId>)>>,
    /// Groups of programs that lead to each other, callees before callers.
    pub(super) groups: Vec<Vec<usize>>,
}

impl Graph {
    /// Reads the graph off the programs.
    pub(super) fn of(plan: &Plan, programs: &[Program]) -> Self {
        let by_first: BTreeMap<usize, usize> = programs
            .iter()
            .enumerate()
            .map(|(number, program)| (program.first, number))
            .collect();
        let of_endpoint: Vec<usize> = plan
            .endpoints
            .iter()
            .map(|endpoint| {
                by_first
                    .get(&endpoint.entry.index())
                    .copied()
                    .unwrap_or(usize::MAX)
            })
            .collect();
        let next: Vec<Vec<_>> = programs
            .iter()
            .map(|program| leads_to(plan, program, &of_endpoint, &by_first))
            .collect();
        let mut graph = DiGraph::<(), (), usize>::with_capacity(programs.len(), 0);
        for _ in programs {
            graph.add_node(());
        }
        for (from, targets) in next.iter().enumerate() {
            for (to, _) in targets {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(*to), ());
            }
        }
        // Kosaraju's algorithm keeps its own stack, which long chains of calls would overflow otherwise.
        let groups = kosaraju_scc(&graph)
            .into_iter()
            .map(|group| group.into_iter().map(NodeIndex::index).collect())
            .collect();
        Self {
            of_endpoint,
            by_first,
            next,
            groups,
        }
    }

    /// Whether a group is a cycle: several programs, or one that leads to itself.
    pub(super) fn is_cycle(&self, group: &[usize]) -> bool {
        group.len() > 1
            || group
                .first()
                .is_some_and(|only| self.next[*only].iter().any(|(to, _)| to == only))
    }
}

fn leads_to(
    plan: &Plan,
    program: &Program,
    of_endpoint: &[usize],
    by_first: &BTreeMap<usize, usize>,
) -> Vec<(usize, Option<CallId>)> {
    let mut targets = Vec::new();
    let endpoint = |call: CallId| {
        let call = plan.calls.get(call.index());
        call.and_then(|call| of_endpoint.get(call.endpoint.index()).copied())
    };
    for step in &plan.steps[program.first..program.end] {
        if let Step::Append(topic) = step {
            let (first, end) = plan.topics[topic.index()].groups;
            for group in &plan.groups[first as usize..end as usize] {
                let to = endpoint(group.message).filter(|to| *to != usize::MAX);
                targets.extend(to.map(|to| (to, Some(group.message))));
            }
        }
        if let Step::Read(group) = step {
            let dead = plan.groups[group.index()].dead;
            let to = endpoint(dead).filter(|to| *to != usize::MAX);
            targets.extend(to.map(|to| (to, Some(dead))));
        }
        let (to, call) = match *step {
            Step::Call(call) | Step::Send(call) | Step::Forward(call) => (
                of_endpoint
                    .get(plan.calls[call.index()].endpoint.index())
                    .copied(),
                Some(call),
            ),
            Step::Fill(get) if plan.gets[get.index()].store.is_some() => {
                let call = plan.gets[get.index()].store;
                (
                    of_endpoint
                        .get(plan.calls[call.index()].endpoint.index())
                        .copied(),
                    Some(call),
                )
            }
            Step::Read(group) => {
                let run = plan.groups[group.index()].run;
                (endpoint(run), Some(run))
            }
            Step::Run(run) => (
                by_first.get(&plan.runs[run.index()].entry.index()).copied(),
                None,
            ),
            _ => continue,
        };
        if let Some(to) = to.filter(|to| *to != usize::MAX) {
            targets.push((to, call));
        }
    }
    targets
}

/// Checks cycles of calls, as far as their names are known.
pub(super) fn cycles(draft: &mut Draft<'_>, graph: &Graph) {
    routines(draft, graph);
    endless::endless(draft, graph);
    deadlock::deadlocks(draft, graph);
}

/// Routines that run themselves, which no process does without a bound.
fn routines(draft: &mut Draft<'_>, graph: &Graph) {
    for group in graph.groups.iter().filter(|group| graph.is_cycle(group)) {
        let routine = |number: &usize| matches!(draft.programs[*number].owner, Owner::Routine(_));
        let runs_on = |number: &usize| {
            graph.next[*number]
                .iter()
                .any(|(to, call)| call.is_none() && group.contains(to))
        };
        if let Some(number) = group
            .iter()
            .copied()
            .filter(|number| routine(number))
            .find(|number| runs_on(number))
        {
            let program = draft.programs[number].clone();
            let message = format!(
                "the routine `{}` leads back to itself, which is not supported yet",
                program.name
            );
            draft.complain_with(
                codes::NOT_SUPPORTED,
                program.place,
                message,
                "make it an endpoint that the service calls",
            );
        }
    }
}

/// Names with arrows; a long way in its beginning and its end.
fn drawn(draft: &Draft<'_>, way: &[usize]) -> String {
    const MOST: usize = 12;
    let name = |number: &usize| format!("`{}`", draft.programs[*number].name);
    if way.len() <= MOST {
        return way.iter().map(name).collect::<Vec<_>>().join(" → ");
    }
    let first: Vec<String> = way[..MOST - 2].iter().map(name).collect();
    format!("{} → … → {}", first.join(" → "), name(&way[way.len() - 1]))
}

/// Calls that a program makes, with the endpoints they go to.
pub(super) fn calls_of<'p>(
    plan: &'p Plan,
    program: &Program,
) -> impl Iterator<Item = (CallId, EndpointId)> + 'p {
    plan.steps[program.first..program.end]
        .iter()
        .filter_map(|step| match *step {
            Step::Call(call) => Some((call, plan.calls[call.index()].endpoint)),
            _ => None,
        })
}
