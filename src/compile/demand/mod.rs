//! Static load: how often everything is visited, what that asks of processors and slots, and what follows before anything
//! runs: which component saturates first, how slowly the slowest forgets, how long caches take to fill.
//!
//! Visits solve the linear traffic equations (Jackson 1963): what reaches a program is what workloads send and what other
//! programs call. They are counted per region, since callers stay in theirs where they can. Retries and failed calls are
//! not counted. Closed workloads get the asymptotic bound X ≤ min(N/(Z + R), 1/D) of Lazowska, Zahorjan, Graham and
//! Sevcik, "Quantitative System Performance" (1984), chapter 5.

mod batch;
mod ceilings;
mod fill;
mod flow;
mod loads;
mod offered;
mod shares;
mod shed;
mod timing;
mod traffic;
mod walk;

use super::draft::Draft;
use super::graph::Graph;
use crate::plan::{Plan, StaticLoad, Step};
use crate::source::codes;
use shares::Keeps;
use timing::Timing;
use traffic::Traffic;

/// Rounds in which hit ratios, what is sent on, and visits settle on each other.
const ROUNDS: usize = 12;
const SECOND: f64 = 1e9;

/// What the judgement needs beside the load itself.
pub(super) struct Demand {
    pub(super) load: StaticLoad,
    /// Time of one request without any waiting \[ns\], by workload.
    pub(super) cycles: Vec<f64>,
}

/// Works it all out. Complains of calls that grow without end.
pub(super) fn solve(draft: &mut Draft<'_>, graph: &Graph) -> Demand {
    let mut batches = vec![1.0; draft.plan.groups.len()];
    let mut hits = vec![0.0; draft.plan.caches.len()];
    let mut keeps = Keeps::all(&draft.plan);
    let alone = hits.is_empty() && batches.is_empty() && !Keeps::may_change(&draft.plan);
    let rounds = if alone { 1 } else { ROUNDS };
    let mut solved = None;
    for _ in 0..rounds {
        let batch_of = batch::by_demand(draft, &batches);
        let means = flow::demand_means(draft, &batch_of);
        let timing = Timing::of(draft, graph, &means, &hits);
        let flows = flow::flows(
            &draft.plan,
            &means,
            &draft.programs,
            &timing.walked,
            &batches,
        );
        let found = Traffic::of(&draft.plan, graph, &flows, &keeps).loads(draft, &timing);
        let (cores, slots) = found.busy();
        keeps.set_anew(&draft.plan, |pool| found.calls_to(pool), cores, slots);
        hits = (0..hits.len())
            .map(|cache| fill::hit_share(&draft.plan, cache, found.lookups[cache]))
            .collect();
        batches = batch::batches(draft, graph, &found.messages, &timing.walked);
        solved = Some((found, timing.walked));
    }
    let Some((found, walked)) = solved else {
        unreachable!("at least one round is made")
    };
    for program in &found.endless {
        let program = draft.programs[*program].clone();
        let message = format!(
            "each call of `{}` leads to at least one more on average: a request would grow without end",
            program.name
        );
        let hint =
            "let fewer of these calls lead on: lower the weight of the `choose` that calls again";
        draft.complain_with(codes::ENDLESS_CALLS, program.place, message, hint);
    }
    batch::crowded(draft, graph, &found.messages, &walked);
    found.into_demand(draft)
}

/// Whether a program takes any time, with everything that it calls.
pub(super) fn has_time(plan: &Plan, step: Step) -> bool {
    matches!(step, Step::Compute(demand) | Step::Work(demand) | Step::Sleep(demand)
        if plan.demands.get(demand.index()).is_some_and(|demand| demand.law.mean() > 0.0))
}
