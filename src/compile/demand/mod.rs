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
mod placement;
mod places;
mod shares;
mod shed;
mod span;
mod spread;
mod timing;
mod traffic;
mod trial;
mod walk;
mod ways;

use super::draft::Draft;
use super::graph::Graph;
use crate::plan::{Plan, StaticLoad, Step};
use crate::source::codes;
use places::{Dealing, Places};
use shares::{Keeps, Rooms};
use timing::Timing;
use traffic::Traffic;
use ways::Ways;

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
    let places = Places::of(&draft.plan);
    let ways = Ways::of(&draft.plan);
    let mut batches = vec![1.0; draft.plan.groups.len()];
    let mut hits = vec![0.0; draft.plan.caches.len()];
    let mut keeps = Keeps::all(&draft.plan);
    let mut rooms = Rooms::of_cores(&draft.plan);
    let unequal = rooms.are_unequal(&draft.plan);
    let alone =
        hits.is_empty() && batches.is_empty() && !Keeps::may_change(&draft.plan) && !unequal;
    let rounds = if alone { 1 } else { ROUNDS };
    let caches = 0..hits.len();
    let tried: Vec<Option<f64>> = caches
        .map(|cache| trial::hit_share(&draft.plan, cache))
        .collect();
    let mut solved = None;
    for round in 0..rounds {
        let batch_of = batch::by_demand(draft, &batches);
        let means = flow::demand_means(draft, &batch_of);
        let dealing = Dealing {
            places: &places,
            ways: &ways,
            keeps: &keeps,
            rooms: &rooms,
        };
        let timing = Timing::of(draft, graph, &dealing, &means, &hits);
        let flows = flow::flows(&draft.plan, &means, &draft.programs, &timing, &batches);
        let targets = traffic::targets(&draft.plan, &dealing);
        let traffic = Traffic::of(&draft.plan, graph, &flows, &dealing, &targets);
        let found = traffic.loads(draft, &timing, round + 1 == rounds);
        let calls = |pool| found.calls_to(&dealing, pool);
        let mut next = keeps.clone();
        let (cores, slots) = found.busy();
        next.set_anew(&draft.plan, calls, cores, slots);
        keeps = next;
        rooms.set_anew(&found.rooms);
        hits = (0..hits.len())
            .map(|cache| {
                let rate = found.lookups[cache];
                tried[cache].unwrap_or_else(|| fill::hit_share(&draft.plan, cache, rate))
            })
            .collect();
        batches.clone_from(&found.batches);
        solved = Some(found);
    }
    let Some(found) = solved else {
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
    found.into_demand(draft)
}

/// Whether a program takes any time, with everything that it calls.
pub(super) fn has_time(plan: &Plan, step: Step) -> bool {
    matches!(step, Step::Compute(demand) | Step::Work(demand) | Step::Sleep(demand)
        if plan.demands.get(demand.index()).is_some_and(|demand| demand.law.mean() > 0.0))
}
