//! Who calls whom, how often: the calls that were counted, by the programs that make them.

use std::collections::BTreeMap;

use super::outcome::Outcome;
use super::result::EdgeResult;
use crate::plan::{CallId, Plan, Step, StepId};

/// One edge per pair of caller and callee between which calls were made, in order of their names.
pub fn edges(plan: &Plan, outcome: &Outcome) -> Vec<EdgeResult> {
    let seconds = outcome.seconds() * outcome.tallies.len() as f64;
    let mut rates: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (call, from) in callers(plan).into_iter().enumerate() {
        let count: u64 = outcome
            .tallies
            .iter()
            .map(|tally| tally.calls.get(call).copied().unwrap_or(0))
            .sum();
        // A message that is in is no call of anybody: nobody's program makes it.
        if count > 0 && seconds > 0.0 && !from.is_empty() {
            let callee = plan.endpoints[plan.calls[call].endpoint.index()].component;
            let to = plan.components[callee.index()].name.clone();
            *rates.entry((from, to)).or_default() += count as f64 / seconds;
        }
    }
    rates
        .into_iter()
        .map(|((from, to), rate)| EdgeResult { from, to, rate })
        .collect()
}

/// The caller of every call: a component or a workload; several when they share a program.
fn callers(plan: &Plan) -> Vec<String> {
    let mut callers: Vec<Vec<&str>> = vec![Vec::new(); plan.calls.len()];
    let programs = plan.endpoints.iter().map(|endpoint| {
        (
            endpoint.entry,
            plan.components[endpoint.component.index()].name.as_str(),
        )
    });
    let journeys = plan.entries.iter().map(|entry| {
        (
            entry.entry,
            plan.workloads[entry.workload.index()].name.as_str(),
        )
    });
    // A step is marked with the number of the program that visited it last, so that the marks need no clearing.
    let mut visited = vec![0_u32; plan.steps.len()];
    for ((entry, name), mark) in programs.chain(journeys).zip(1..) {
        let mut open = vec![entry];
        while let Some(step) = open.pop() {
            let Some(seen) = visited.get_mut(step.index()).filter(|seen| **seen != mark) else {
                continue;
            };
            *seen = mark;
            for call in reach(plan, step, &mut open)
                .into_iter()
                .filter(|call| call.is_some())
            {
                let names = &mut callers[call.index()];
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    for group in plan.groups.iter().filter(|group| group.dead.is_some()) {
        let topic = plan.topics[group.topic.index()].component;
        callers[group.dead.index()].push(&plan.components[topic.index()].name);
    }
    callers.into_iter().map(|names| names.join(", ")).collect()
}

/// The call that a step makes, if any; the steps that may follow go on `open`.
fn reach(plan: &Plan, at: StepId, open: &mut Vec<StepId>) -> Option<CallId> {
    let next = StepId(at.0 + 1);
    match plan.steps[at.index()] {
        Step::End | Step::Join | Step::Return => return None,
        Step::Jump(to) => open.push(to),
        Step::Call(call) => {
            open.extend([next, plan.calls[call.index()].on_failure]);
            return Some(call);
        }
        Step::Send(call) | Step::Forward(call) => {
            open.push(next);
            return Some(call);
        }
        Step::Read(group) => {
            open.push(next);
            return Some(plan.groups[group.index()].run);
        }
        Step::Fill(get) => {
            open.push(next);
            return Some(plan.gets[get.index()].store);
        }
        Step::Fork(fork) => {
            let fork = &plan.forks[fork.index()];
            open.extend(&fork.branches);
            open.extend([fork.after, next]);
        }
        Step::Repeat(repeat) => {
            let repeat = &plan.repeats[repeat.index()];
            open.extend([repeat.body, repeat.after, next]);
        }
        Step::Choose(choice) => open.extend(&plan.choices[choice.index()].to),
        Step::When(condition) => open.extend([next, plan.conditions[condition.index()].otherwise]),
        Step::Try(handler) => open.extend([next, plan.handlers[handler.index()].to]),
        Step::OnHit(to) => open.extend([next, to]),
        Step::Run(run) => {
            let run = &plan.runs[run.index()];
            open.extend([run.entry, run.on_failure, next]);
        }
        Step::Commit(_)
        | Step::Shelve(_)
        | Step::Acknowledge(_)
        | Step::Applied(_)
        | Step::ReadCopy(_)
        | Step::Peek(_)
        | Step::Quorum(_)
        | Step::Compute(_)
        | Step::Work(_)
        | Step::Sleep(_)
        | Step::Reply(_)
        | Step::Again(_)
        | Step::Stop(_)
        | Step::Caught
        | Step::Acquire(_)
        | Step::Release
        | Step::Probe(_)
        | Step::Refresh(_)
        | Step::NodeProbe(_)
        | Step::NodeStore(_)
        | Step::Put(_)
        | Step::Drop(_)
        | Step::NodeDrop(_)
        | Step::Purge(_)
        | Step::Append(_)
        | Step::Fail(_)
        | Step::Set(_) => open.push(next),
    }
    None
}
