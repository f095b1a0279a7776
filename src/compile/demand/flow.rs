//! What one run of a program asks for: work, calls and look-ups, with those of the routines that it runs.

use super::super::draft::{Draft, Owner, Program};
use super::timing::Timing;
use crate::plan::{CallId, Plan, Source, Step};
use std::collections::BTreeMap;

/// What one run of a program does, on average.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    /// Work for the processor \[core-ns\], routines included.
    pub(super) work: f64,
    /// How many pieces the work comes in.
    pub(super) jobs: f64,
    /// Sum of the mean squares of the pieces \[core-ns²\].
    pub(super) squares: f64,
    /// Calls, sends and forwards, with how often each happens.
    pub(super) calls: Vec<(CallId, f64)>,
    /// Look-ups of caches, with how often each happens: cache and visits.
    pub(super) lookups: Vec<(usize, f64)>,
}

/// Means of demands, scales included; `batch_of` is how many messages a request of each demand is for.
pub(super) fn demand_means(draft: &mut Draft<'_>, batch_of: &[f64]) -> Vec<f64> {
    (0..draft.plan.demands.len())
        .map(|demand| {
            let row = draft.plan.demands[demand].clone();
            let factor = row.scale.map_or(1.0, |scale| {
                super::super::value::mean_factor(draft, &scale, batch_of[demand])
            });
            row.law.mean() * factor
        })
        .collect()
}

/// The calls, work and look-ups of every program, with those of the routines that it runs.
pub(super) fn flows(
    plan: &Plan,
    means: &[f64],
    programs: &[Program],
    timing: &Timing,
    batches: &[f64],
) -> Vec<Flow> {
    let by_first: BTreeMap<usize, usize> = programs
        .iter()
        .enumerate()
        .map(|(number, program)| (program.first, number))
        .collect();
    let mut done: Vec<Option<Flow>> = vec![None; programs.len()];
    // Routines come before the endpoints that run them, but not always before each other.
    for number in 0..programs.len() {
        if matches!(programs[number].owner, Owner::Routine(_)) {
            routine(
                plan,
                means,
                programs,
                (timing, batches),
                &by_first,
                &mut done,
                number,
            );
        }
    }
    (0..programs.len())
        .map(|number| match &done[number] {
            Some(flow) => flow.clone(),
            None => own(
                plan,
                means,
                programs,
                (timing, batches),
                &by_first,
                &done,
                number,
            ),
        })
        .collect()
}

/// The flow of a routine after those it runs; without recursion in Rust, since chains of routines may be long.
fn routine(
    plan: &Plan,
    means: &[f64],
    programs: &[Program],
    known: (&Timing, &[f64]),
    by_first: &BTreeMap<usize, usize>,
    done: &mut [Option<Flow>],
    start: usize,
) {
    let mut open = vec![start];
    let mut entered = std::collections::BTreeSet::new();
    while let Some(number) = open.last().copied() {
        if done[number].is_some() {
            open.pop();
            continue;
        }
        let first_time = entered.insert(number);
        let needed: Vec<usize> = runs(plan, &programs[number], by_first)
            .filter(|other| done[*other].is_none())
            .collect();
        if first_time && !needed.is_empty() {
            open.extend(needed.into_iter().filter(|other| !entered.contains(other)));
            continue;
        }
        done[number] = Some(own(plan, means, programs, known, by_first, done, number));
        open.pop();
    }
}

/// The routines that a program runs.
pub(super) fn runs<'p>(
    plan: &'p Plan,
    program: &Program,
    by_first: &'p BTreeMap<usize, usize>,
) -> impl Iterator<Item = usize> + 'p {
    plan.steps[program.first..program.end]
        .iter()
        .filter_map(|step| match step {
            Step::Run(run) => by_first.get(&plan.runs[run.index()].entry.index()).copied(),
            _ => None,
        })
}

fn own(
    plan: &Plan,
    means: &[f64],
    programs: &[Program],
    (timing, batches): (&Timing, &[f64]),
    by_first: &BTreeMap<usize, usize>,
    done: &[Option<Flow>],
    number: usize,
) -> Flow {
    let program = &programs[number];
    let mut flow = Flow::default();
    let mut calls: BTreeMap<CallId, f64> = BTreeMap::new();
    let mut lookups: BTreeMap<usize, f64> = BTreeMap::new();
    for (step, visits) in plan.steps[program.first..program.end]
        .iter()
        .zip(timing.visits(number))
    {
        match *step {
            Step::Compute(demand) | Step::Work(demand) => {
                let mean = means.get(demand.index()).copied().unwrap_or(0.0);
                // A zero demand is no job; what an attribute multiplies still is one.
                if mean > 0.0
                    || plan
                        .demands
                        .get(demand.index())
                        .is_some_and(|demand| demand.source != Source::Law)
                {
                    flow.work += visits * mean;
                    flow.jobs += visits;
                    let law = plan.demands.get(demand.index()).map(|row| &row.law);
                    let spread = law.map_or(0.0, crate::chance::law::Law::cv2);
                    flow.squares += visits * mean * mean * (1.0 + spread);
                }
            }
            Step::Call(call) | Step::Send(call) | Step::Forward(call) => {
                *calls.entry(call).or_insert(0.0) += visits;
                // The node counts one look-up for each call; the other keys of several are counted here.
                if let Some(row) = plan.several.iter().find(|row| row.ask == call) {
                    let cache = plan.gets[row.get.index()].cache.index();
                    let more = plan.counts[row.keys.index()].mean - 1.0;
                    *lookups.entry(cache).or_insert(0.0) += visits * more;
                }
            }
            Step::Append(topic) => {
                let (first, end) = plan.topics[topic.index()].groups;
                for group in &plan.groups[first as usize..end as usize] {
                    *calls.entry(group.message).or_insert(0.0) += visits;
                }
            }
            Step::Read(group) => {
                let run = plan.groups[group.index()].run;
                *calls.entry(run).or_insert(0.0) += visits / batches[group.index()];
            }
            Step::Fill(get) => {
                let store = plan.gets[get.index()].store;
                if store.is_some() {
                    *calls.entry(store).or_insert(0.0) += visits;
                }
            }
            Step::Probe(get) => {
                let several = plan.several.iter().find(|row| row.get == get);
                let keys = several.map_or(1.0, |row| plan.counts[row.keys.index()].mean);
                *lookups
                    .entry(plan.gets[get.index()].cache.index())
                    .or_insert(0.0) += visits * keys;
            }
            Step::NodeProbe(cache) => *lookups.entry(cache.index()).or_insert(0.0) += visits,
            Step::Run(run) => {
                let routine = by_first
                    .get(&plan.runs[run.index()].entry.index())
                    .and_then(|routine| done[*routine].as_ref());
                if let Some(routine) = routine {
                    flow.work += visits * routine.work;
                    flow.jobs += visits * routine.jobs;
                    flow.squares += visits * routine.squares;
                    for (call, times) in &routine.calls {
                        *calls.entry(*call).or_insert(0.0) += visits * times;
                    }
                    for (cache, times) in &routine.lookups {
                        *lookups.entry(*cache).or_insert(0.0) += visits * times;
                    }
                }
            }
            // What asks nothing of anybody. Every step stands here: one that is forgotten would not be counted, without a word.
            Step::Sleep(_)
            | Step::Reply(_)
            | Step::Fork(_)
            | Step::Join
            | Step::Repeat(_)
            | Step::Again(_)
            | Step::Stop(_)
            | Step::Return
            | Step::Jump(_)
            | Step::Choose(_)
            | Step::When(_)
            | Step::Try(_)
            | Step::Caught
            | Step::Acquire(_)
            | Step::Release
            | Step::OnHit(_)
            | Step::Refresh(_)
            | Step::Put(_)
            | Step::Drop(_)
            | Step::NodeStore(_)
            | Step::NodeDrop(_)
            | Step::Purge(_)
            | Step::Shelve(_)
            | Step::Fail(_)
            | Step::Set(_)
            | Step::Commit(_)
            | Step::Acknowledge(_)
            | Step::Applied(_)
            | Step::ReadCopy(_)
            | Step::Peek(_)
            | Step::Quorum(_)
            | Step::End => {}
        }
    }
    flow.calls = calls.into_iter().collect();
    flow.lookups = lookups.into_iter().collect();
    flow
}
