//! Replications at the same time, results by index.

use std::hint::black_box;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, mpsc};
use std::{io, thread};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::{Progress, Request};
use crate::analysis::band::Course;
use crate::analysis::busiest::MinuteSums;
use crate::analysis::settling::Signals;
use crate::analysis::{Outcome, Study, timeline};
use crate::measure::{self, Going, Span, Stretching, Tally, Timeline};
use crate::plan::Plan;

/// Says when to stop.
type Stop<'s> = dyn Fn() -> bool + Sync + 's;

/// What makes replications: the engine, or a stand-in in tests.
pub(super) trait Maker: Sync {
    /// One replication by seed and number; `None` when it was stopped.
    fn make(
        &self,
        plan: &Plan,
        seed: u64,
        number: u32,
        span: &Span,
        stop: &Stop<'_>,
    ) -> Option<Tally>;

    /// One that can go on after it was measured, if it can be had.
    fn begin<'p>(
        &self,
        _plan: &'p Plan,
        _seed: u64,
        _number: u32,
        _span: &Span,
        _stretching: Stretching,
        _stop: &Stop<'_>,
    ) -> Option<Going<'p>> {
        None
    }
}

impl<F> Maker for F
where
    F: Fn(&Plan, u64, u32, &Span, &(dyn Fn() -> bool + Sync)) -> Option<Tally> + Sync,
{
    fn make(
        &self,
        plan: &Plan,
        seed: u64,
        number: u32,
        span: &Span,
        stop: &Stop<'_>,
    ) -> Option<Tally> {
        self(plan, seed, number, span, stop)
    }
}

/// The engine.
pub(super) struct Engines;

impl Maker for Engines {
    fn make(
        &self,
        plan: &Plan,
        seed: u64,
        number: u32,
        span: &Span,
        stop: &Stop<'_>,
    ) -> Option<Tally> {
        measure::replicate(plan, seed, number, span, stop)
    }

    fn begin<'p>(
        &self,
        plan: &'p Plan,
        seed: u64,
        number: u32,
        span: &Span,
        stretching: Stretching,
        stop: &Stop<'_>,
    ) -> Option<Going<'p>> {
        Going::begin(plan, seed, number, span, stretching, stop)
    }
}

/// A replication that was made, and what lets it go on.
struct Made<'p> {
    tally: Tally,
    signals: Signals,
    course: Option<Course>,
    going: Option<Going<'p>>,
}

/// More threads than this are asked for by mistake.
const MOST_THREADS: usize = 1_024;

/// Replications made at the same time.
pub(super) fn threads(request: &Request) -> usize {
    match request.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads.min(MOST_THREADS),
    }
}

/// Memory that must be there before another thread is started \[bytes\]: what is left is for those that run.
const ROOM: usize = 64 << 20;

/// A pool of so many threads. They are started one after the other, while there is memory: a thread that has its stack but no memory for
/// the rest of its start does not fail, it takes the whole program with it.
fn pool_of(threads: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    let start = |thread: rayon::ThreadBuilder| {
        let mut room = Vec::<u8>::new();
        room.try_reserve_exact(ROOM)
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        drop(black_box(room)); // or the optimiser asks for nothing
        let (started, runs) = mpsc::channel();
        thread::Builder::new().spawn(move || {
            // Nobody listens any more only when the pool is given up.
            let _ = started.send(());
            thread.run();
        })?;
        runs.recv().map_err(|_| io::ErrorKind::OutOfMemory.into())
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads);
    pool.spawn_handler(start).build()
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
    /// The first of them, as far as they can go on.
    pub(super) going: Vec<Option<Going<'a>>>,
}

/// A workplace of so many threads.
pub(super) struct Bench<'a> {
    /// None where the system starts no thread: then the one that asks does everything.
    pool: Option<ThreadPool>,
    request: &'a Request,
    progress: &'a dyn Progress,
    maker: &'a dyn Maker,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        request: &'a Request,
        progress: &'a dyn Progress,
        maker: &'a dyn Maker,
    ) -> Self {
        let wanted = threads(request);
        let pool = as_many_as_start(wanted, |threads| pool_of(threads).ok());
        let bench = Self {
            pool,
            request,
            progress,
            maker,
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
            let tally = self
                .maker
                .make(plan, self.request.seed, replication, span, &stop)?;
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
    /// Then all sides keep equally many, without a gap. With a `stretching` they can go on, and those that can do.
    pub(super) fn extend<'p>(
        &self,
        sides: &mut [Side<'p>],
        span: &Span,
        stretching: Option<Stretching>,
        until: u32,
    ) -> bool {
        let (from, count) = (sides[0].outcome.tallies.len() as u32, sides.len());
        self.progress.planned(until * count as u32, span.until);
        let mut tasks: Vec<(usize, u32, Option<Going<'p>>)> = Vec::new();
        for replication in from..until {
            for (side, row) in sides.iter_mut().enumerate() {
                let going = row.going.get_mut(replication as usize);
                tasks.push((side, replication, going.and_then(Option::take)));
            }
        }
        // Integer sums: it does not matter who comes first.
        let timelines: Vec<Mutex<(Timeline, u32, MinuteSums)>> = sides
            .iter_mut()
            .map(|side| {
                Mutex::new((
                    std::mem::take(&mut side.outcome.timeline),
                    side.outcome.timelines,
                    std::mem::take(&mut side.outcome.minutes),
                ))
            })
            .collect();
        let transient = sides
            .iter()
            .any(|side| side.outcome.study == Study::Transient);
        let plans: Vec<&'p Plan> = sides.iter().map(|side| side.plan).collect();
        let make = |(side, replication, going): (usize, u32, Option<Going<'p>>)| {
            let (mut tally, going) =
                self.made(plans[side], replication, span, stretching, going)?;
            let own = std::mem::take(&mut tally.timeline);
            let shares = std::mem::take(&mut tally.minutes.shares);
            let mut all = timelines[side].lock().expect("merging does not panic");
            // A run of a length that was asked for and that was cut again has windows that others cannot have.
            if all.1 == 0 || all.0.width == own.width {
                timeline::merge(&mut all.0, &own);
                all.1 += 1;
            }
            let count = tally.minutes.count;
            all.2.add(replication, tally.minutes.width, count, &shares);
            drop(all);
            self.progress.done(replication);
            Some(Made {
                tally,
                signals: Signals::of(&own, span.until),
                course: transient.then(|| Course::of(&own, span.until)),
                going,
            })
        };
        let results: Vec<Option<Made>> = match &self.pool {
            Some(pool) => {
                pool.install(|| tasks.into_par_iter().with_max_len(1).map(make).collect())
            }
            None => tasks.into_iter().map(make).collect(),
        };
        for (side, all) in sides.iter_mut().zip(timelines) {
            (
                side.outcome.timeline,
                side.outcome.timelines,
                side.outcome.minutes,
            ) = all.into_inner().expect("merging does not panic");
        }
        let rounds = results
            .chunks(count)
            .take_while(|round| round.iter().all(Option::is_some))
            .count();
        let made = results.into_iter().take(rounds * count).flatten();
        for (at, made) in made.enumerate() {
            let side = &mut sides[at % count];
            match side.going.get_mut(side.outcome.tallies.len()) {
                Some(place) => *place = made.going,
                None => side.going.push(made.going),
            }
            side.outcome.tallies.push(made.tally);
            side.signals.push(made.signals);
            side.outcome.courses.extend(made.course);
        }
        rounds as u32 == until - from
    }

    /// One replication: gone on with, begun so that it can go on, or made at once.
    fn made<'p>(
        &self,
        plan: &'p Plan,
        number: u32,
        span: &Span,
        stretching: Option<Stretching>,
        going: Option<Going<'p>>,
    ) -> Option<(Tally, Option<Going<'p>>)> {
        let (seed, stop) = (self.request.seed, || {
            self.request.stop.load(Ordering::Relaxed)
        });
        let begin = |stretching| {
            self.maker
                .begin(plan, seed, number, span, stretching, &stop)
        };
        let Some(mut going) = going.or_else(|| stretching.and_then(begin)) else {
            let tally = self.maker.make(plan, seed, number, span, &stop)?;
            return Some((tally, None));
        };
        let tally = going.measure(span, &stop)?;
        let keeps = stretching.is_some() && !going.is_heavy();
        Some((tally, keeps.then_some(going)))
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
