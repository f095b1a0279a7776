//! Hedged calls: further copies of a call that has not been answered in time, sent to other replicas; the first success counts
//! (Dean and Barroso, "The tail at scale", 2013). A copy that fails makes the next one leave at once (as gRPC's hedging does, gRFC A6),
//! and the call fails when all its copies have.
//!
//! A delay may be a percentile of what is observed: see [`crate::policy::hedge`].
//!
//! Not modelled: servers that call each other off ("tied requests").

use super::timer::Kind;
use super::{Engine, NONE, Probe, State};
use crate::plan::{After, CallId, Hedge, Plan};
use crate::policy::Cause;
use crate::policy::hedge::Observed;

/// A copy on its way: its flight and the timer of its attempt.
#[derive(Debug, Clone, Copy)]
struct Copy {
    flight: u32,
    timer: u32,
}

/// The copies of one call.
#[derive(Debug, Default)]
struct Race {
    copies: Vec<Copy>,
    /// Replicas that have had a copy.
    stations: Vec<u32>,
    /// Copies sent, those that failed included.
    sent: u32,
    /// The timer of the next copy.
    timer: u32,
    /// The first copy, while it may be answered, and when it was sent.
    first: u32,
    began: u64,
}

/// All races, by the flight that waits.
#[derive(Debug)]
pub(super) struct Races {
    /// The race of a flight, counted from 1.
    of: Vec<u32>,
    rows: Vec<Race>,
    free: Vec<u32>,
    /// What is known of the calls that wait for a percentile.
    observed: Vec<Observed>,
}

impl Races {
    pub(super) fn new(plan: &Plan) -> Self {
        let rows = plan
            .calls
            .iter()
            .filter_map(|call| match call.hedge?.after {
                After::Observed { share, row } => Some((row, share)),
                _ => None,
            });
        let mut rows: Vec<(u32, f64)> = rows.collect();
        rows.sort_unstable_by_key(|(row, _)| *row);
        Self {
            of: Vec::new(),
            rows: Vec::new(),
            free: Vec::new(),
            observed: (rows.iter())
                .map(|(_, share)| Observed::new(*share))
                .collect(),
        }
    }

    fn begin(&mut self, flight: u32, now: u64) {
        let row = self.free.pop().unwrap_or_else(|| {
            self.rows.push(Race::default());
            self.rows.len() as u32 - 1
        });
        let race = &mut self.rows[row as usize];
        race.copies.clear();
        race.stations.clear();
        (race.sent, race.timer) = (0, NONE);
        (race.first, race.began) = (NONE, now);
        if self.of.len() <= flight as usize {
            self.of.resize(flight as usize + 1, 0);
        }
        self.of[flight as usize] = row + 1;
    }

    #[inline]
    fn get(&mut self, flight: u32) -> Option<&mut Race> {
        let row = *self.of.get(flight as usize)?;
        self.rows.get_mut((row as usize).wrapping_sub(1))
    }

    /// The time of a copy begins.
    pub(super) fn time(&mut self, flight: u32, child: u32, timer: u32) {
        let copies = self.get(flight).map(|race| &mut race.copies);
        for copy in copies.into_iter().flatten() {
            if copy.flight == child {
                copy.timer = timer;
            }
        }
    }

    /// A copy is on its way to a replica.
    pub(super) fn sent_to(&mut self, flight: u32, station: u32) {
        if let Some(race) = self.get(flight) {
            race.stations.push(station);
        }
    }

    fn end(&mut self, flight: u32) {
        let row = std::mem::take(&mut self.of[flight as usize]);
        self.free.push(row - 1);
    }

    /// Whether a flight waits for several copies of its call.
    #[inline]
    pub(super) fn is_on(&self, flight: u32) -> bool {
        self.of.get(flight as usize).is_some_and(|&row| row != 0)
    }

    /// The flights of the copies that a flight waits for.
    pub(super) fn copies(&self, flight: u32) -> impl Iterator<Item = u32> {
        let row = self.of.get(flight as usize).copied().unwrap_or(0) as usize;
        let race = self.rows.get(row.wrapping_sub(1));
        race.into_iter()
            .flat_map(|race| race.copies.iter().map(|copy| copy.flight))
    }

    /// Replicas that have had a copy of the call that a flight waits for.
    pub(super) fn used(&self, flight: u32) -> &[u32] {
        let row = self.of.get(flight as usize).copied().unwrap_or(0) as usize;
        let race = self.rows.get(row.wrapping_sub(1));
        race.map_or(&[], |race| race.stations.as_slice())
    }

    /// Another flight carries the answer of a copy.
    pub(super) fn replace(&mut self, flight: u32, old: u32, new: u32) {
        let Some(race) = self.get(flight) else { return };
        if race.first == old {
            race.first = new;
        }
        for copy in race.copies.iter_mut().filter(|copy| copy.flight == old) {
            copy.flight = new;
        }
    }

    /// The first copy is not waited for any more: it was answered at this time, or nobody will know when.
    fn observe(&mut self, flight: u32, hedge: Hedge, answered: Option<u64>) {
        let After::Observed { row, .. } = hedge.after else {
            return;
        };
        let Some(race) = self.get(flight) else { return };
        if std::mem::replace(&mut race.first, NONE) != NONE {
            let took = answered.map_or(u64::MAX, |now| now - race.began);
            self.observed[row as usize].observe(took);
        }
    }
}

impl<P: Probe> Engine<'_, P> {
    fn hedge(&self, id: CallId) -> Option<Hedge> {
        self.plan.calls[id.index()].hedge
    }

    fn present_call(&self, flight: u32) -> CallId {
        match self.plan.steps[self.flights[flight].pc.index()] {
            crate::plan::Step::Call(id) => id,
            step => unreachable!("a flight that waits for copies is at a call, not at {step:?}"),
        }
    }

    /// The first copy sets out, with all others if they do not wait; else the timer of the second starts.
    pub(super) fn begin_race(&mut self, flight: u32, id: CallId) {
        let Some(hedge) = self.hedge(id) else { return };
        self.races.begin(flight, self.now);
        let armed = self.calendar.token();
        let row = &mut self.flights[flight];
        (row.state, row.armed, row.child) = (State::Calling, armed, NONE);
        let first = match hedge.after {
            After::Fixed(0) => 1 + hedge.extra,
            _ => 1,
        };
        for _ in 0..first {
            self.send_copy(flight, id);
        }
        self.await_next(flight, id);
    }

    fn send_copy(&mut self, flight: u32, id: CallId) {
        let Some(hedge) = self.hedge(id) else { return };
        let number = self.races.get(flight).map_or(0, |race| race.sent);
        // Every copy of every attempt has a number of its own, and with it a fate of its own; the first has that of a plain call.
        let attempt = u32::from(self.flights[flight].attempt) * (1 + hedge.extra) + number;
        let child = self.make_attempt(flight, id, u16::try_from(attempt).unwrap_or(u16::MAX));
        self.flights[child].parent = flight;
        self.flights[child].parent_armed = self.flights[flight].armed;
        if let Some(race) = self.races.get(flight) {
            if race.sent == 0 {
                race.first = child;
            }
            race.sent += 1;
            race.copies.push(Copy {
                flight: child,
                timer: NONE,
            });
        }
        self.guard_attempt(child, id);
    }

    /// Start the timer of the next copy, if there is to be one.
    fn await_next(&mut self, flight: u32, id: CallId) {
        let Some(hedge) = self.hedge(id) else { return };
        let sent = self.races.get(flight).map_or(u32::MAX, |race| race.sent);
        let after = self.next_after(flight, id, hedge, sent);
        if let Some(after) = after.filter(|_| sent <= hedge.extra) {
            let timer = match hedge.after {
                After::Fixed(_) => self.arm_timer(flight, after, Kind::Hedge),
                _ => self.arm_any_timer(flight, after, Kind::Hedge, id),
            };
            if let Some(race) = self.races.get(flight) {
                race.timer = timer;
            }
        }
    }

    /// After how long the next copy is sent; `None` = not at all.
    fn next_after(&self, flight: u32, id: CallId, hedge: Hedge, sent: u32) -> Option<u64> {
        match hedge.after {
            After::Fixed(time) => Some(time),
            After::Observed { row, .. } => {
                let after = self.races.observed[row as usize].after();
                after.filter(|time| *time != u64::MAX)
            }
            After::Drawn(demand) => {
                let (call, row) = (&self.plan.calls[id.index()], &self.flights[flight]);
                let copy = u32::from(row.attempt) * (1 + hedge.extra) + sent;
                let key = row.key.child(call.name, u64::from(call.ordinal));
                let demand = &self.plan.demands[demand.index()];
                let mut draw = key.attempt(copy).draw(demand.site);
                Some((demand.sampler.sample(&mut draw) + 0.5) as u64)
            }
        }
    }

    /// No answer in time: the next copy.
    pub(super) fn next_copy(&mut self, flight: u32) {
        if let Some(race) = self.races.get(flight) {
            race.timer = NONE;
        }
        if !self.has_time(flight, self.now) {
            return; // at this instant its deadline ends the race
        }
        let id = self.present_call(flight);
        self.send_copy(flight, id);
        self.await_next(flight, id);
    }

    /// The attempt of a copy has taken too long.
    pub(super) fn copy_timed_out(&mut self, child: u32) {
        let flight = self.flights[child].parent;
        let id = self.present_call(flight);
        let copies = self.races.get(flight).map(|race| &mut race.copies);
        for copy in copies.into_iter().flatten() {
            if copy.flight == child {
                copy.timer = NONE; // it has just gone off
            }
        }
        self.let_go(child, Cause::Timeout, id);
        if self.is_first(flight, child)
            && let Some(hedge) = self.hedge(id)
        {
            self.races.observe(flight, hedge, None);
        }
        if self.copy_failed(flight, child) {
            self.call_failed(flight, Cause::Timeout);
        }
    }

    /// A copy has failed: true when that was the last hope, and the race is over.
    pub(super) fn copy_failed(&mut self, flight: u32, child: u32) -> bool {
        let id = self.present_call(flight);
        let extra = self.hedge(id).map_or(0, |hedge| hedge.extra);
        let Some(race) = self.races.get(flight) else {
            return true;
        };
        if race.first == child {
            race.first = NONE;
        }
        let Some(at) = race.copies.iter().position(|copy| copy.flight == child) else {
            return false;
        };
        let copy = race.copies.swap_remove(at);
        let (left, sent) = (race.copies.len(), race.sent);
        let timer = std::mem::replace(&mut race.timer, NONE);
        self.stop_timer(copy.timer);
        self.stop_timer(timer);
        if sent <= extra && self.has_time(flight, self.now) {
            self.next_copy(flight);
            return false;
        }
        if left == 0 {
            self.races.end(flight);
        }
        left == 0
    }

    /// The answer of a copy is back: true when it decides the race.
    pub(super) fn settle_race(&mut self, flight: u32, child: u32, outcome: super::Outcome) -> bool {
        match outcome {
            Ok(()) => {
                let answered = self.is_first(flight, child).then_some(self.now);
                if let Some(hedge) = self.hedge(self.present_call(flight)) {
                    self.races.observe(flight, hedge, answered);
                }
                self.end_race(flight, child, Cause::Cancelled);
                true
            }
            Err(_) => self.copy_failed(flight, child),
        }
    }

    fn is_first(&mut self, flight: u32, child: u32) -> bool {
        (self.races.get(flight)).is_some_and(|race| race.first == child)
    }

    /// One copy has succeeded, or nobody waits any more: the others are let go.
    pub(super) fn end_race(&mut self, flight: u32, winner: u32, cause: Cause) {
        let id = self.present_call(flight);
        if cause == Cause::Timeout
            && let Some(hedge) = self.hedge(id)
        {
            self.races.observe(flight, hedge, None);
        }
        let Some(race) = self.races.get(flight) else {
            return;
        };
        let mut copies = std::mem::take(&mut race.copies);
        let timer = race.timer;
        self.stop_timer(timer);
        // First those that wait for connections: they must not get the ones that the others leave.
        copies.retain(|copy| !self.withdraw(copy.flight));
        for copy in copies {
            self.stop_timer(copy.timer);
            if copy.flight != winner {
                self.let_go(copy.flight, cause, id);
            }
        }
        self.races.end(flight);
    }

    /// Stop waiting for a copy, and call it off if the call says so.
    fn let_go(&mut self, child: u32, cause: Cause, id: CallId) {
        let call = &self.plan.calls[id.index()];
        let called_off = call.hedge.is_some_and(|hedge| hedge.cancel_losers)
            || call.abandon == crate::plan::Abandon::Propagate;
        if cause == Cause::Cancelled {
            // Its time was cut short by another: nothing to learn from.
            self.forget_outstanding(child);
        }
        self.record_answer(child, Err(cause));
        self.forget_outstanding(child);
        self.hang_up(child);
        self.orphan(child);
        if called_off {
            self.call_off_later(child);
        }
    }
}
