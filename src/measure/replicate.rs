//! One replication: a run from its start until what was born in its window has settled.

#[cfg(debug_assertions)]
use super::laws::Audit;
use super::recorder::Recorder;
use super::tally::{Stopped, Tally};
use crate::engine::{Engine, Idle, Overflow, Probe, WORK};
use crate::plan::{ComponentId, Plan};

/// What to measure of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First instant that counts \[ns\]: the warm-up cut.
    pub from: u64,
    /// First instant that no longer counts \[ns\].
    pub until: u64,
    /// How much longer the load goes on, at most, for requests born in the window to settle \[ns\].
    pub settle: u64,
    /// Windows of the timeline over `0..until`.
    pub windows: u32,
    /// Flights in progress at most: a run that reaches it stops with a diagnosis.
    pub most_flights: u32,
}

impl Span {
    /// Width of a window of the timeline \[ns\].
    pub fn width(&self) -> u64 {
        (self.until / u64::from(self.windows.max(1))).max(1)
    }
}

/// Make one replication. `None` when `stop` said so.
///
/// # Panics
/// In a debug build, when the run breaks one of the [laws](super::laws).
pub fn replicate(
    plan: &Plan,
    seed: u64,
    replication: u32,
    span: &Span,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Tally> {
    #[cfg(debug_assertions)]
    {
        let audit = Audit::new(plan, span);
        let (tally, audit) = replicate_before(plan, seed, replication, span, stop, audit)?;
        audit.assert(plan, &tally);
        Some(tally)
    }
    #[cfg(not(debug_assertions))]
    replicate_before(plan, seed, replication, span, stop, Idle).map(|(tally, _)| tally)
}

/// Make one replication before a second listener, who is given back. `None` when `stop` said so.
pub fn replicate_before<W: Probe>(
    plan: &Plan,
    seed: u64,
    replication: u32,
    span: &Span,
    stop: &(dyn Fn() -> bool + Sync),
    witness: W,
) -> Option<(Tally, W)> {
    let mut engine = Engine::begin_unless(
        plan,
        seed,
        replication,
        span.most_flights,
        (Recorder::new(plan, span), witness),
        stop,
    )?;
    let ended = drive(&mut engine, span, stop)?;
    engine.close();
    let (events, most) = (engine.events(), engine.most_flights());
    let (recorder, witness) = engine.probe;
    let tally = recorder.into_tally();
    let tally = finished(plan, tally, ended, (replication, events, most));
    Some((tally, witness))
}

/// A tally with how its run ended: the number of the replication, events handled and most flights.
pub(super) fn finished(
    plan: &Plan,
    mut tally: Tally,
    ended: Stopped,
    (replication, events, most): (u32, u64, u32),
) -> Tally {
    tally.replication = replication;
    tally.events = events;
    tally.most_flights = u64::from(most);
    if let Stopped::TooMany { at, .. } | Stopped::Stuck { at } = ended {
        // Nothing happened after it, so shares are of the time up to it.
        tally.until = at.clamp(tally.from + 1, tally.until);
    }
    tally.stopped = match ended {
        Stopped::TooMany {
            at,
            station,
            queued,
            ..
        } => {
            let component = plan
                .stations
                .get(station.index())
                .map_or_else(Default::default, |row| row.component);
            Stopped::TooMany {
                at,
                station,
                queued,
                component,
            }
        }
        other => other,
    };
    tally
}

/// What an overflow is to a replication.
pub(super) fn stopped(overflow: Overflow) -> Stopped {
    if overflow.stuck {
        return Stopped::Stuck { at: overflow.at };
    }
    Stopped::TooMany {
        at: overflow.at,
        station: overflow.station,
        queued: overflow.present,
        component: ComponentId::NONE,
    }
}

/// Slices of a run; those of settling decide when it ends, so they are part of the result.
pub(super) const SLICES: u64 = 64;

fn drive<W: Probe>(
    engine: &mut Engine<'_, (Recorder, W)>,
    span: &Span,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Stopped> {
    let mut at: u64 = 0;
    let last = span.until.saturating_add(span.settle);
    let step = (span.until / SLICES).max(1);
    loop {
        let next = at.saturating_add(step);
        at = match at {
            at if at < span.from => next.min(span.from),
            at if at < span.until => next.min(span.until),
            _ => next.min(last),
        };
        if let Err(overflow) = go_on(engine, at, stop)? {
            return Some(stopped(overflow));
        }
        engine.probe.0.when.inside = at >= span.from && at < span.until;
        if at >= span.until {
            if engine.probe.0.open == 0 {
                return Some(Stopped::Settled);
            }
            if at >= last {
                return Some(Stopped::Unsettled);
            }
        }
    }
}

/// Run on to an instant, with looks at `stop`; `None` when it said so.
pub(super) fn go_on<P: Probe>(
    engine: &mut Engine<'_, P>,
    until: u64,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<Result<(), Overflow>> {
    loop {
        if stop() {
            return None;
        }
        match engine.run_for(until, WORK) {
            Ok(false) => {}
            done => return Some(done.map(|_| ())),
        }
    }
}

/// Begin a replication and give up after about so many events: events handled and simulated time \[ns\] that they took. `None` when `stop`
/// said so.
pub fn try_out(
    plan: &Plan,
    seed: u64,
    span: &Span,
    events: u64,
    stop: &(dyn Fn() -> bool + Sync),
) -> Option<(u64, u64)> {
    let recorder = Recorder::new(plan, span);
    let (most, probe) = (span.most_flights, (recorder, Idle));
    let mut engine = Engine::begin_unless(plan, seed, 0, most, probe, stop)?;
    engine.probe.0.when.inside = true;
    while engine.events() < events && !stop() {
        if !matches!(engine.run_for(span.until, WORK), Ok(false)) {
            break;
        }
    }
    (!stop()).then(|| (engine.events(), engine.now()))
}

#[cfg(test)]
mod tests {
    use super::{Span, replicate};
    use crate::compile::compile;
    use crate::model;
    use crate::source::Sources;

    /// A balancer is one file in `policy::balance` and one line in its list: models know its word, and the engine does what it says.
    #[test]
    fn a_balancer_that_only_tests_have_is_read_and_obeyed() {
        let text = "scaleproof: model/1\nname: last\nworkloads: { w: { open: { rate: 100/s }, mix: { s.go: 1 } } }\n\
            services: { s: { replicas: 3, balance: always-last, endpoints: { go: { compute: 1ms } } } }\n";
        let mut sources = Sources::new();
        let file = sources.add("model.yaml", text);
        let (model, said) = model::read(&mut sources, file, &[]);
        assert!(!said.has_errors());
        let (plan, _) = compile(&model.expect("the model is good"));
        let span = Span {
            from: 0,
            until: 1_000_000_000,
            settle: 0,
            windows: 1,
            most_flights: 1000,
        };
        let plan = plan.expect("the plan is good");
        let tally = replicate(&plan, 1, 0, &span, &|| false).expect("nobody stops it");
        let served: Vec<u64> = tally
            .stations
            .iter()
            .map(|station| station.finished)
            .collect();
        assert!(
            served[0] == 0 && served[1] == 0 && served[2] > 50,
            "{served:?}"
        );
    }
}
