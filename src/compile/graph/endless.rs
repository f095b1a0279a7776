//! Programs that cannot end: every way through them calls one of them again.

use super::super::draft::Draft;
use super::{Graph, drawn};
use crate::plan::Step;
use crate::source::codes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Programs that cannot end without one of themselves having ended before.
pub(super) fn endless(draft: &mut Draft<'_>, graph: &Graph) {
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
            Step::Join | Step::Again(_) | Step::End | Step::Return => *over = true,
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
