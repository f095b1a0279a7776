//! What follows from who calls whom: calls that never end, slots that wait for each other, routines that run themselves,
//! and what no request reaches.

use super::draft::{Draft, Owner, Program};
use super::names::noun;
use crate::plan::{CallId, ComponentKind, EndpointId, Plan, Step};
use crate::source::{Diagnostic, codes};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps of searches for cycles that are drawn in messages; beyond that, models are not drawn but attacked.
const MOST_SEARCHED: usize = 2_000_000;

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
    for step in &plan.steps[program.first..program.end] {
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
    endless(draft, graph);
    deadlocks(draft, graph);
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

/// Programs that cannot end without one of themselves having ended before.
fn endless(draft: &mut Draft<'_>, graph: &Graph) {
    let mut ends = vec![false; draft.programs.len()];
    for group in &graph.groups {
        let inside: BTreeSet<usize> = group.iter().copied().collect();
        let mut callers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in group {
            for (to, _) in graph.next[*number]
                .iter()
                .filter(|(to, _)| inside.contains(to))
            {
                callers.entry(*to).or_default().push(*number);
            }
        }
        let mut open: VecDeque<usize> = group.iter().copied().collect();
        while let Some(number) = open.pop_front() {
            if ends[number] || !can_end(draft, graph, &ends, number) {
                continue;
            }
            ends[number] = true;
            open.extend(
                callers
                    .get(&number)
                    .into_iter()
                    .flatten()
                    .copied()
                    .filter(|caller| !ends[*caller]),
            );
        }
        // Whoever only calls an endless program is innocent: the cycle itself is what is wrong.
        let stuck = group.iter().copied().find(|number| !ends[*number]);
        if let Some(start) = stuck.filter(|_| graph.is_cycle(group)) {
            complain_of_endless(draft, graph, &ends, start);
        }
        for number in group {
            ends[*number] = true;
        }
    }
}

fn complain_of_endless(draft: &mut Draft<'_>, graph: &Graph, ends: &[bool], start: usize) {
    let mut way = vec![start];
    let (cycle, call) = loop {
        let at = way[way.len() - 1];
        let Some((to, call)) = graph.next[at].iter().find(|(to, _)| !ends[*to]) else {
            return;
        };
        if let Some(position) = way.iter().position(|seen| seen == to) {
            way.push(*to);
            break (way.split_off(position), *call);
        }
        way.push(*to);
    };
    let place = call.map_or(draft.programs[cycle[0]].place, |call| {
        draft.call_places[call.index()]
    });
    let message = format!("these calls never end: {}", drawn(draft, &cycle));
    let hint = "let a way through the programs leave the cycle: `choose: [ { weight: 90%, do: reply }, { weight: 10%, do: { call: … } } ]`";
    draft.complain_with(codes::ENDLESS_CALLS, place, message, hint);
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

/// Whether there is a way through a program that asks only for what ends.
fn can_end(draft: &Draft<'_>, graph: &Graph, ends: &[bool], number: usize) -> bool {
    let program = &draft.programs[number];
    let mut search = Search {
        draft,
        graph,
        ends,
        first: program.first,
        reached: vec![false; program.end - program.first + 1],
        fails: false,
    };
    search.reached[0] = true;
    search.range(0, program.end - program.first, usize::MAX) || search.fails
}

struct Search<'s, 'm> {
    draft: &'s Draft<'m>,
    graph: &'s Graph,
    ends: &'s [bool],
    first: usize,
    reached: Vec<bool>,
    fails: bool,
}

impl Search<'_, '_> {
    fn position(&self, step: crate::plan::StepId) -> usize {
        step.index()
            .saturating_sub(self.first)
            .min(self.reached.len() - 1)
    }

    fn ends(&self, program: Option<usize>) -> bool {
        program.is_none_or(|program| program == usize::MAX || self.ends[program])
    }

    /// Whether the last step of a range is reached; `leave` is where `stop` goes.
    fn range(&mut self, from: usize, to: usize, leave: usize) -> bool {
        let mut at = from;
        let mut over = false;
        while at < to {
            let next = if self.reached[at] {
                self.step(at, leave, &mut over)
            } else {
                at + 1
            };
            at = next.max(at + 1);
        }
        over
    }

    /// Marks what follows a reached step; says where the search goes on.
    fn step(&mut self, at: usize, leave: usize, over: &mut bool) -> usize {
        let plan = &self.draft.plan;
        match plan.steps[self.first + at] {
            Step::Call(call) | Step::Send(call) | Step::Forward(call) => {
                let callee = self
                    .graph
                    .of_endpoint
                    .get(plan.calls[call.index()].endpoint.index())
                    .copied();
                self.reached[at + 1] |= self.ends(callee);
            }
            Step::Run(run) => {
                let routine = self
                    .graph
                    .by_first
                    .get(&plan.runs[run.index()].entry.index())
                    .copied();
                self.reached[at + 1] |= self.ends(routine);
            }
            Step::Jump(to) => self.mark(to),
            Step::OnHit(to) => {
                self.mark(to);
                self.reached[at + 1] = true;
            }
            Step::When(condition) => {
                self.mark(plan.conditions[condition.index()].otherwise);
                self.reached[at + 1] = true;
            }
            Step::Choose(choice) => {
                let choice = &plan.choices[choice.index()];
                for (_, to) in choice
                    .shares
                    .iter()
                    .zip(&choice.to)
                    .filter(|(share, _)| **share > 0.0)
                {
                    self.mark(*to);
                }
            }
            Step::Fail(chance) => {
                let probability = plan.chances[chance.index()].probability;
                self.fails |= probability > 0.0;
                self.reached[at + 1] |= probability < 1.0;
            }
            Step::Stop(chance) => {
                let probability = plan.chances[chance.index()].probability;
                if probability > 0.0 && leave < self.reached.len() {
                    self.reached[leave] = true;
                }
                self.reached[at + 1] |= probability < 1.0;
            }
            Step::Repeat(repeat) => return self.repeat(repeat, at),
            Step::Fork(fork) => return self.fork(fork),
            Step::Join | Step::Again(_) => *over = true,
            Step::End | Step::Return => *over = true,
            _ => self.reached[at + 1] = true,
        }
        at + 1
    }

    fn mark(&mut self, to: crate::plan::StepId) {
        let position = self.position(to);
        self.reached[position] = true;
    }

    fn repeat(&mut self, repeat: crate::plan::RepeatId, at: usize) -> usize {
        let row = &self.draft.plan.repeats[repeat.index()];
        let after = self.position(row.after);
        let skipped =
            row.count.is_some() && self.draft.least_counts.get(row.count.index()) == Some(&0);
        self.reached[at + 1] = true;
        let round = self.range(at + 1, after, after);
        self.reached[after] |= skipped || (round && row.count.is_some());
        after
    }

    /// All branches start, so all of them must end.
    fn fork(&mut self, fork: crate::plan::ForkId) -> usize {
        let row = &self.draft.plan.forks[fork.index()];
        let after = self.position(row.after);
        let skipped =
            row.count.is_some() && self.draft.least_counts.get(row.count.index()) == Some(&0);
        let branches: Vec<usize> = row
            .branches
            .iter()
            .map(|branch| self.position(*branch))
            .collect();
        let mut all = true;
        for (number, from) in branches.iter().enumerate() {
            let to = branches.get(number + 1).copied().unwrap_or(after);
            self.reached[*from] = true;
            all &= self.range(*from, to, usize::MAX);
        }
        self.reached[after] |= all || skipped;
        after
    }
}

/// Components with bounded slots that wait, through others, for a slot of their own.
fn deadlocks(draft: &mut Draft<'_>, graph: &Graph) {
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
    let home = draft.plan.endpoints[endpoint].component;
    let mut from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for (to, call) in &graph.next[at] {
            *budget = budget.checked_sub(1)?;
            if let Some(call) = call {
                if !waits(&draft.plan, &draft.programs[at], *call) {
                    continue;
                }
                if matches!(draft.programs[*to].owner, Owner::Endpoint(endpoint) if draft.plan.endpoints[endpoint.index()].component == home)
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

/// Advice about components, endpoints' owners and journeys that no workload leads to.
pub(super) fn unreached(draft: &mut Draft<'_>, graph: &Graph) {
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
    for (name, _) in model.journeys.iter() {
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
