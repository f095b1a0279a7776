//! A replication that can go on after it was looked at.

use super::replicate::{SLICES, Span, finished, go_on, stopped};
use super::stretches::Stretches;
use super::tally::{Stopped, Tally};
use crate::engine::Engine;
use crate::plan::Plan;

/// The stretches of a run: all that is counted is counted in these, so the start can be cut off at their ends. Each is as long as all
/// before it together, times a factor less one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretching {
    /// The end of the warm-up that was planned \[ns\].
    pub first: u64,
    /// Until there the next one reaches, as a multiple of its start.
    pub factor: f64,
}

/// Rows of tables that a stretch has for each request line, endpoint and station: with more of them in all, stretches are fewer.
const MOST_ROWS: usize = 4_000;
/// Requests, users and objects that a replication may hold to be kept: some 50 MB of them.
const MOST_THINGS: u64 = 400_000;
/// From the warm-up to the end are so many times.
const RANGE: f64 = 50.0;

impl Stretching {
    /// The stretches of a plan's run.
    pub fn of(plan: &Plan, warm_up: u64, measure: u64) -> Self {
        let rows = plan.entries.len() + plan.endpoints.len() + plan.stations.len() / 4;
        let stretches = (MOST_ROWS / rows.max(1)).clamp(1, 10);
        let planned = warm_up.max(measure / RANGE as u64).max(1);
        Self {
            first: planned,
            factor: libm::pow(RANGE, 1.0 / stretches as f64).max(1.5),
        }
    }

    /// The first end of a stretch at or after an instant.
    pub fn reached(&self, at: u64) -> u64 {
        self.after(at.saturating_sub(1))
    }

    /// The first end of a stretch after an instant.
    pub fn after(&self, at: u64) -> u64 {
        let mut end = self.first;
        while end <= at {
            end = ((end as f64 * self.factor) as u64).max(end + 1);
        }
        end
    }
}

/// A replication under way.
#[derive(Debug)]
pub struct Going<'p> {
    plan: &'p Plan,
    replication: u32,
    engine: Engine<'p, Stretches>,
    stretching: Stretching,
    /// The cut that was planned \[ns\].
    from: u64,
    /// Simulated time \[ns\].
    at: u64,
}

impl<'p> Going<'p> {
    /// A replication at its start. `None` when `stop` said so.
    pub fn begin(
        plan: &'p Plan,
        seed: u64,
        replication: u32,
        span: &Span,
        stretching: Stretching,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let (most, probe) = (span.most_flights, Stretches::new(plan, span));
        Some(Self {
            plan,
            replication,
            engine: Engine::begin_unless(plan, seed, replication, most, probe, stop)?,
            stretching,
            from: span.from,
            at: 0,
        })
    }

    /// Whether it takes too much memory to be kept beside others.
    pub fn is_heavy(&self) -> bool {
        self.engine.weight() > MOST_THINGS
    }

    /// How far it has come \[ns\].
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Run on until what was born in the span has settled; what was heard in it. The span begins where a stretch ends, and ends no earlier
    /// than the run has come. `None` when `stop` said so.
    pub fn measure(&mut self, span: &Span, stop: &(dyn Fn() -> bool + Sync)) -> Option<Tally> {
        self.engine.probe.lengthen(span);
        let ended = self.drive(span, stop)?;
        let (events, most) = (self.engine.events(), self.engine.most_flights());
        let tally = self.engine.heard().into_tally(span)?;
        let tally = finished(self.plan, tally, ended, (self.replication, events, most));
        #[cfg(debug_assertions)]
        {
            let broken = super::laws::broken(self.plan, &tally);
            assert!(broken.is_empty(), "{}", broken.join("\n"));
        }
        Some(tally)
    }

    fn drive(&mut self, span: &Span, stop: &(dyn Fn() -> bool + Sync)) -> Option<Stopped> {
        let last = span.until.saturating_add(span.settle);
        let step = (span.until / SLICES).max(1);
        let mut slice = self.at;
        loop {
            let next = slice.saturating_add(step);
            slice = match slice {
                at if at < self.from => next.min(self.from),
                at if at < span.until => next.min(span.until),
                _ => next.min(last),
            };
            if let Err(ended) = self.run_until(slice, span, stop)? {
                return Some(ended);
            }
            if slice >= span.until {
                if self.engine.probe.open(span) == 0 {
                    return Some(Stopped::Settled);
                }
                if slice >= last {
                    return Some(Stopped::Unsettled);
                }
            }
        }
    }

    /// Run on to an instant, with another stretch at every end of one on the way.
    fn run_until(
        &mut self,
        end: u64,
        span: &Span,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Result<(), Stopped>> {
        while self.at < end {
            let border = self.border(span);
            let next = border.min(end);
            if let Err(overflow) = go_on(&mut self.engine, next, stop)? {
                // What is over by now is all that there is, and what began at this very instant belongs to it.
                self.engine.probe.turn(self.plan, overflow.at + 1);
                return Some(Err(stopped(overflow)));
            }
            self.at = next;
            if next == self.from {
                self.engine.probe.begin();
            } else if next == border {
                self.engine.probe.turn(self.plan, next);
            }
        }
        Some(Ok(()))
    }

    /// Where the present stretch ends: at the end of the span at the latest.
    fn border(&self, span: &Span) -> u64 {
        let border = self.stretching.after(self.at.max(self.from));
        if span.until > self.at {
            border.min(span.until)
        } else {
            border
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{digest, replicate};
    use super::*;
    use crate::source::Sources;

    const MODELS: [&str; 7] = [
        include_str!("../../tests/messes/mess.yaml"),
        include_str!("../../tests/messes/another.yaml"),
        include_str!("../../tests/messes/overload.yaml"),
        include_str!("../../models/online-boutique.yaml"),
        include_str!("../../models/event-pipeline.yaml"),
        include_str!("../../models/cdn-media-site.yaml"),
        "scaleproof: model/1
name: watched
workloads: { w: { open: { rate: 90/s }, mix: { a.e: 1 } } }
services: { a: { cpu: fifo, endpoints: { e: { compute: { exponential: 10ms } } } } }
expect:
  - { of: services.a, metric: { in-system: { at-least: 10 } }, is: 30%, source: none }
  - { of: a.e, metric: wait.p90, is: 300ms, source: none }
",
    ];

    fn plan(text: &str) -> Plan {
        let mut sources = Sources::new();
        let file = sources.add("model.yaml", text);
        let (model, said) = crate::model::read(&mut sources, file, &[]);
        let (plan, more) = crate::compile::compile(&model.expect("a model"));
        plan.unwrap_or_else(|| panic!("{said:?} {more:?}"))
    }

    const MS: u64 = 1_000_000;

    fn span(from: u64, until: u64, windows: u32) -> Span {
        Span {
            from: from * MS,
            until: until * MS,
            settle: until / 2 * MS,
            windows,
            most_flights: 1 << 16,
        }
    }

    /// Where a stretch ends, failures of requests from both sides of it may lie between each other: one episode more or less.
    fn without_episodes(mut tally: Tally) -> Tally {
        let rows = tally.entries.iter_mut().chain(&mut tally.endpoints);
        rows.for_each(|row| row.episodes = super::super::episodes::Episodes::default());
        tally
    }

    /// A later cut, more time, and windows that are twice as wide: all numbers are those of a run that was made so from the start.
    #[test]
    fn what_goes_on_is_what_would_have_been_made_at_once() {
        let stretching = Stretching {
            first: 200 * MS,
            factor: 1.5,
        };
        for text in MODELS {
            let plan = plan(text);
            let spans = [
                span(200, 1_000, 10),
                span(450, 1_600, 16),
                span(675, 6_000, 30),
            ];
            let mut going = Going::begin(&plan, 3, 1, &spans[0], stretching, &|| false)
                .expect("nobody stops it");
            for span in spans {
                let told = going.measure(&span, &|| false).expect("nobody stops it");
                let fresh = replicate(&plan, 3, 1, &span, &|| false).expect("nobody stops it");
                let early: u64 = told.early.iter().map(|row| row.hits).sum();
                let all: u64 = told.caches.iter().map(|row| row.hits).sum();
                assert!(early <= all);
                let windows = |tally: &Tally| {
                    let windows = tally.timeline.windows.iter();
                    let row = windows.map(|row| (row.born, row.ok, row.in_progress, row.hits));
                    (tally.timeline.width, row.collect::<Vec<_>>())
                };
                assert_eq!(windows(&told), windows(&fresh), "{} {span:?}", plan.name);
                let digest = |tally| digest::digest(&[0; 32], 3, &[without_episodes(tally)]);
                assert_eq!(digest(told), digest(fresh), "{} {span:?}", plan.name);
            }
            assert!(going.at() >= 6_000 * MS);
        }
    }

    #[test]
    fn stretches_end_where_they_are_said_to() {
        let stretching = Stretching {
            first: 100,
            factor: 1.5,
        };
        assert_eq!(
            [0, 99, 100, 149, 150].map(|at| stretching.after(at)),
            [100, 100, 150, 150, 225]
        );
        assert_eq!([100, 101].map(|at| stretching.reached(at)), [100, 150]);
    }
}
