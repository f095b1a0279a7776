//! Replications at the same time, results by index.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::{Progress, Request};
use crate::analysis::band::Course;
use crate::analysis::settling::Signals;
use crate::analysis::{Outcome, Study, timeline};
use crate::measure::{Span, Tally, Timeline};
use crate::plan::Plan;

/// What makes one replication: [`crate::measure::replicate`], or a stand-in in tests.
pub(super) type Replicate =
    dyn Fn(&Plan, u64, u32, &Span, &(dyn Fn() -> bool + Sync)) -> Option<Tally> + Sync;

/// More threads than this are asked for by mistake.
const MOST_THREADS: usize = 1_024;

/// Replications made at the same time.
pub(super) fn threads(request: &Request) -> usize {
    match request.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads.min(MOST_THREADS),
    }
}

/// A pool of so many threads.
fn pool_of(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).build()
}

/// What `start` gives for the most threads that the system lets it start, with halves of what was wanted; nothing when there are none.
fn as_many_as_start<T>(wanted: usize, start: impl Fn(usize) -> Option<T>) -> Option<T> {
    std::iter::successors(Some(wanted), |threads| Some(threads / 2))
        .take_while(|threads| *threads > 0)
        .find_map(start)
}

/// One plan and its replications, as they come.
pub(super) struct Side<'a> {
    /// The plan.
    pub(super) plan: &'a Plan,
    /// The replications, in order of their numbers.
    pub(super) outcome: Outcome,
    /// The signals of each.
    pub(super) signals: Vec<Signals>,
}

/// A workplace of so many threads.
pub(super) struct Bench<'a> {
    /// None where the system starts no thread: then the one that asks does everything.
    pool: Option<ThreadPool>,
    request: &'a Request,
    progress: &'a dyn Progress,
    replicate: &'a Replicate,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        request: &'a Request,
        progress: &'a dyn Progress,
        replicate: &'a Replicate,
    ) -> Self {
        let wanted = threads(request);
        let pool = as_many_as_start(wanted, |threads| pool_of(threads).ok());
        let bench = Self {
            pool,
            request,
            progress,
            replicate,
        };
        if bench.threads() < wanted {
            progress.fewer_threads(wanted, bench.threads());
        }
        bench
    }

    pub(super) fn threads(&self) -> usize {
        let pool = self.pool.as_ref();
        pool.map_or(1, ThreadPool::current_num_threads)
    }

    /// Make these replications of a plan and keep only what `of` makes of each, in order; nothing when it was stopped.
    pub(super) fn each<T: Send>(
        &self,
        plan: &Plan,
        span: &Span,
        replications: std::ops::Range<u32>,
        of: impl Fn(&Tally) -> T + Sync,
    ) -> Option<Vec<T>> {
        self.progress.planned(replications.end, span.until);
        let make = |replication: u32| {
            let stop = || self.request.stop.load(Ordering::Relaxed);
            let tally = (self.replicate)(plan, self.request.seed, replication, span, &stop)?;
            self.progress.done(replication);
            Some(of(&tally))
        };
        let Some(pool) = &self.pool else {
            return replications.map(make).collect();
        };
        let tasks = replications.into_par_iter().with_max_len(64);
        pool.install(|| tasks.map(make).collect())
    }

    /// Make the replications from the number that every side has to `until`, for all sides; false when it was stopped before the end.
    /// Then all sides keep equally many, without a gap.
    pub(super) fn extend(&self, sides: &mut [Side], span: &Span, until: u32) -> bool {
        let (from, count) = (sides[0].outcome.tallies.len() as u32, sides.len());
        self.progress.planned(until * count as u32, span.until);
        let tasks: Vec<(usize, u32)> = (from..until)
            .flat_map(|replication| (0..count).map(move |side| (side, replication)))
            .collect();
        // Integer sums: it does not matter who comes first.
        let timelines: Vec<Mutex<(Timeline, u32)>> = sides
            .iter_mut()
            .map(|side| {
                Mutex::new((
                    std::mem::take(&mut side.outcome.timeline),
                    side.outcome.timelines,
                ))
            })
            .collect();
        let transient = sides
            .iter()
            .any(|side| side.outcome.study == Study::Transient);
        let plans: Vec<&Plan> = sides.iter().map(|side| side.plan).collect();
        let make = |&(side, replication): &(usize, u32)| {
            let stop = || self.request.stop.load(Ordering::Relaxed);
            let mut tally =
                (self.replicate)(plans[side], self.request.seed, replication, span, &stop)?;
            let own = std::mem::take(&mut tally.timeline);
            let mut all = timelines[side].lock().expect("merging does not panic");
            timeline::merge(&mut all.0, &own);
            all.1 += 1;
            drop(all);
            self.progress.done(replication);
            let course = transient.then(|| Course::of(&own, span.until));
            Some((tally, Signals::of(&own, span.until), course))
        };
        let results: Vec<Option<(Tally, Signals, Option<Course>)>> = match &self.pool {
            Some(pool) => pool.install(|| tasks.par_iter().with_max_len(1).map(make).collect()),
            None => tasks.iter().map(make).collect(),
        };
        for (side, all) in sides.iter_mut().zip(timelines) {
            (side.outcome.timeline, side.outcome.timelines) =
                all.into_inner().expect("merging does not panic");
        }
        let rounds = results
            .chunks(count)
            .take_while(|round| round.iter().all(Option::is_some))
            .count();
        for (at, (tally, signals, course)) in results
            .into_iter()
            .take(rounds * count)
            .flatten()
            .enumerate()
        {
            sides[at % count].outcome.tallies.push(tally);
            sides[at % count].signals.push(signals);
            sides[at % count].outcome.courses.extend(course);
        }
        rounds as u32 == until - from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_do_not_start_are_done_without() {
        let limited = |most: usize| move |threads: usize| (threads <= most).then_some(threads);
        assert_eq!(as_many_as_start(8, limited(8)), Some(8));
        assert_eq!(as_many_as_start(8, limited(5)), Some(4));
        assert_eq!(as_many_as_start(7, limited(1)), Some(1));
        assert_eq!(as_many_as_start(8, limited(0)), None);
    }
}
