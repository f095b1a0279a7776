//! Which program makes which call, and whether anybody waits for it.

use super::outcome::Outcome;
use crate::plan::{CallId, ComponentId, EndpointId, EntryId, Plan, Step, StepId};

/// Whose steps they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// A component's.
    Endpoint(EndpointId),
    /// A user's.
    Entry(EntryId),
}

/// A call that a program makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Which.
    pub call: CallId,
    /// Who makes it.
    pub by: Program,
    /// Whether whoever asked for the program waits for it: it is no message, and the program has not answered before.
    pub awaited: bool,
    /// Whether others may be made at the same time.
    pub beside: bool,
}

/// A place in a program, with what is known of the way there.
#[derive(Debug, Clone, Copy)]
struct At {
    step: StepId,
    replied: bool,
    beside: bool,
}

/// All calls that programs make, in the order of the programs.
pub fn made(plan: &Plan) -> Vec<Made> {
    let endpoints = plan.endpoints.iter().enumerate();
    let endpoints = endpoints.map(|(id, row)| (row.entry, Program::Endpoint(EndpointId::from(id))));
    let entries = plan.entries.iter().enumerate();
    let entries = entries.map(|(id, row)| (row.entry, Program::Entry(EntryId::from(id))));
    let mut made: Vec<Made> = Vec::new();
    // A step is marked with the number of the program that visited it last, so that the marks need no clearing.
    let mut visited = vec![[0_u32; 4]; plan.steps.len()];
    for ((step, by), mark) in endpoints.chain(entries).zip(1..) {
        let of_it = made.len();
        let mut open = vec![At {
            step,
            replied: false,
            beside: false,
        }];
        while let Some(at) = open.pop() {
            let way = usize::from(at.replied) + 2 * usize::from(at.beside);
            let marks = visited.get_mut(at.step.index());
            let Some(seen) = marks
                .map(|marks| &mut marks[way])
                .filter(|seen| **seen != mark)
            else {
                continue;
            };
            *seen = mark;
            let Some((call, waits)) = reach(plan, at, &mut open) else {
                continue;
            };
            if call.is_some() {
                let found = Made {
                    call,
                    by,
                    awaited: waits && !at.replied,
                    beside: at.beside,
                };
                if !made[of_it..].contains(&found) {
                    made.push(found);
                }
            }
        }
    }
    made
}

/// The call that a step makes, if any, and whether the program's answer waits for it; the places that may follow go on `open`.
fn reach(plan: &Plan, at: At, open: &mut Vec<At>) -> Option<(CallId, bool)> {
    let next = StepId(at.step.0 + 1);
    let mut go = |to: &[StepId]| open.extend(to.iter().map(|step| At { step: *step, ..at }));
    match plan.steps[at.step.index()] {
        Step::End | Step::Join | Step::Return => return None,
        Step::Jump(to) => go(&[to]),
        Step::Call(call) => {
            go(&[next, plan.calls[call.index()].on_failure]);
            return Some((call, true));
        }
        Step::Forward(call) => {
            go(&[next]);
            return Some((call, true));
        }
        Step::Send(call) => {
            go(&[next]);
            return Some((call, false));
        }
        Step::Read(group) => {
            go(&[next]);
            return Some((plan.groups[group.index()].run, false));
        }
        Step::Fill(get) => {
            go(&[next]);
            return Some((plan.gets[get.index()].store, false));
        }
        Step::Fork(fork) => {
            let fork = &plan.forks[fork.index()];
            go(&[fork.after]);
            let branches = fork.branches.iter().chain([&next]);
            open.extend(branches.map(|step| At {
                step: *step,
                beside: true,
                ..at
            }));
        }
        Step::Reply(_) => open.push(At {
            step: next,
            replied: true,
            ..at
        }),
        Step::Repeat(repeat) => {
            let repeat = &plan.repeats[repeat.index()];
            go(&[repeat.body, repeat.after, next]);
        }
        Step::Choose(choice) => go(&plan.choices[choice.index()].to),
        Step::When(condition) => go(&[next, plan.conditions[condition.index()].otherwise]),
        Step::Try(handler) => go(&[next, plan.handlers[handler.index()].to]),
        Step::OnHit(to) => go(&[next, to]),
        Step::Run(run) => {
            let run = &plan.runs[run.index()];
            go(&[run.entry, run.on_failure, next]);
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
        | Step::Set(_) => go(&[next]),
    }
    None
}

/// How much of the calls of an endpoint somebody's request waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Awaited {
    /// Share of its calls.
    pub share: f64,
    /// Whether some of them are made beside others.
    pub beside: bool,
}

/// By endpoint, by the calls that were counted. What is called by a message is not waited for, nor is what that calls in turn.
pub fn awaited(plan: &Plan, outcome: &Outcome) -> Vec<Awaited> {
    let made = made(plan);
    let count = |call: CallId| -> f64 {
        let counts = outcome.tallies.iter();
        counts.map(|tally| tally.calls[call.index()] as f64).sum()
    };
    let counts: Vec<f64> = (0..plan.calls.len()).map(|id| count(id.into())).collect();
    // The makers of one call share its count evenly: which of them made it is not told.
    let mut makers = vec![0.0_f64; plan.calls.len()];
    for row in &made {
        makers[row.call.index()] += 1.0;
    }
    let nothing = Awaited {
        share: 0.0,
        beside: false,
    };
    let mut found = vec![nothing; plan.endpoints.len()];
    // Shares only go down the graph of calls, which is seldom deep; loops of calls lose what they go round.
    for _ in 0..plan.endpoints.len().min(1_000) {
        let mut next = vec![(0.0, 0.0, false); plan.endpoints.len()];
        for row in &made {
            let calls = counts[row.call.index()] / makers[row.call.index()];
            let of = match row.by {
                Program::Endpoint(endpoint) => found[endpoint.index()],
                Program::Entry(_) => Awaited {
                    share: 1.0,
                    beside: false,
                },
            };
            let share = if row.awaited { of.share } else { 0.0 };
            let (all, waits, beside) = &mut next[plan.calls[row.call.index()].endpoint.index()];
            *all += calls;
            *waits += calls * share;
            *beside |= share > 0.0 && calls > 0.0 && (of.beside || row.beside);
        }
        let next: Vec<Awaited> = next
            .into_iter()
            .map(|(all, waits, beside)| Awaited {
                share: if all > 0.0 { waits / all } else { 0.0 },
                beside,
            })
            .collect();
        if next == found {
            break;
        }
        found = next;
    }
    found
}

/// By component, the components that it needs: those that its programs call, and the host that it stands on.
pub fn needs(plan: &Plan) -> Vec<Vec<ComponentId>> {
    let mut needs: Vec<Vec<ComponentId>> = vec![Vec::new(); plan.components.len()];
    let mut add = |of: ComponentId, needed: ComponentId| {
        if of != needed && !needs[of.index()].contains(&needed) {
            needs[of.index()].push(needed);
        }
    };
    for row in made(plan) {
        if let Program::Endpoint(by) = row.by {
            let callee = plan.calls[row.call.index()].endpoint;
            let callee = plan.endpoints[callee.index()].component;
            add(plan.endpoints[by.index()].component, callee);
        }
    }
    for station in &plan.stations {
        if let Some(processor) = plan.processors.get(station.processor.index()) {
            add(station.component, processor.component);
        }
    }
    needs
}
