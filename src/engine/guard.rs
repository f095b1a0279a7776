//! Guards round a call: timeout, deadline, retries with backoff and budget, and what becomes of an attempt given up.

use super::calendar::Lane;
use super::flight::flag;
use super::timer::Kind;
use super::{Do, Engine, Flight, NONE, Probe, State};
use crate::plan::{Abandon, Backoff, CallId, Step};
use crate::policy::Cause;

/// A full retry budget, in thousandths of a token: ten retries, as gRPC's retry throttling (gRFC A6) starts with.
pub(super) const FULL_BUDGET: u32 = 10_000;

impl<P: Probe> Engine<'_, P> {
    /// Before the first attempt of a guarded call.
    pub(super) fn begin_guard(&mut self, flight: u32, id: CallId) {
        let call = &self.plan.calls[id.index()];
        self.flights[flight].attempt = 0;
        if call.deadline != 0 {
            self.flights[flight].deadline_timer =
                self.arm_timer(flight, call.deadline, Kind::Deadline);
        }
        if call.retry.is_some()
            && let Some(budget) = self.plan.retries[call.retry.index()].budget
        {
            let row = self.budget_row(flight, id);
            self.budgets[row] =
                (self.budgets[row] + (budget * 1000.0).round() as u32).min(FULL_BUDGET);
        }
    }

    fn budget_row(&self, flight: u32, id: CallId) -> usize {
        let first =
            self.plan.retries[self.plan.calls[id.index()].retry.index()].budget_row as usize;
        match self.flights[flight].station {
            NONE => first,
            station => first + self.plan.stations[station as usize].replica as usize,
        }
    }

    /// An attempt of a guarded call, or a copy of one: it takes its token, then its connection, and sets out.
    pub(super) fn guard_attempt(&mut self, child: u32, id: CallId) {
        let flight = self.flights[child].parent;
        if self.attempt_limited(flight, id) {
            self.tell_called(child);
            return self.travel_back(child, Err(Cause::Limited), 0);
        }
        let connection = self.quick[id.index()].connection;
        if !connection.is_some() || self.connect(child, connection) {
            self.set_out(child);
        }
    }

    /// An attempt has all that it needs: it is sent, and its time begins.
    pub(super) fn set_out(&mut self, child: u32) {
        let now = self.now;
        let row = &mut self.flights[child];
        (row.birth, row.state) = (now, State::Outbound);
        let (flight, id) = (row.parent, CallId(row.call));
        self.tell_called(child);
        let timeout = self.plan.calls[id.index()].timeout;
        let race = self.races.is_on(flight);
        if timeout != 0 && race {
            let timer = self.arm_timer(child, timeout, Kind::Copy);
            self.races.time(flight, child, timer);
        } else if timeout != 0 {
            self.flights[flight].timer = self.arm_timer(flight, timeout, Kind::Attempt);
        }
        self.pass_deadline(flight, child, id);
        self.depart(child, flight, id);
        if race {
            self.races.sent_to(flight, self.flights[child].station);
        }
    }

    /// An attempt has failed before it was sent.
    pub(super) fn attempt_unsent(&mut self, child: u32, cause: Cause) {
        let flight = self.flights[child].parent;
        let last = !self.races.is_on(flight) || self.copy_failed(flight, child);
        self.drop_flight(child);
        if last {
            self.call_failed(flight, cause);
        }
    }

    /// Whether a call, and the request that it is a part of, have time left at an instant.
    pub(super) fn has_time(&self, flight: u32, at: u64) -> bool {
        let row = &self.flights[flight];
        let own = row.deadline_timer;
        (own == NONE || at < self.timers.ends_at(own)) && (row.deadline == 0 || at < row.deadline)
    }

    /// Whether one who waits has no time left: nothing begins at a deadline or after it.
    pub(super) fn has_expired(&self, waiting: u32) -> bool {
        let row = &self.flights[waiting];
        match row.state {
            State::Connecting => !self.has_time(row.parent, self.now),
            _ => row.deadline != 0 && self.now >= row.deadline,
        }
    }

    /// The deadline of the request that a flight works on has come while it waits: the request fails.
    pub(super) fn expire(&mut self, waiting: u32) {
        let flight = match self.flights[waiting].state {
            State::Connecting => self.flights[waiting].parent,
            _ => waiting,
        };
        self.stop_doing(flight);
        self.fail(flight, Cause::Timeout);
    }

    /// A wait between two attempts is over.
    pub(super) fn try_again(&mut self, flight: u32, id: CallId) {
        let row = &self.flights[flight];
        if row.deadline != 0 && self.now >= row.deadline {
            self.end_guard(flight);
            return self.fail(flight, Cause::Timeout);
        }
        if !self.has_time(flight, self.now) {
            self.disarm_deadline(flight);
            return self.deadline_over(flight);
        }
        self.attempt(flight, id);
    }

    /// A callee is told of the deadline.
    pub(super) fn pass_deadline(&mut self, flight: u32, child: u32, id: CallId) {
        let call = &self.plan.calls[id.index()];
        let timer = self.flights[flight].deadline_timer;
        if call.propagate_deadline && timer != NONE {
            let at = self.timers.ends_at(timer);
            let own = self.flights[child].deadline;
            self.flights[child].deadline = if own == 0 { at } else { own.min(at) };
        }
    }

    /// After the last attempt of a guarded call.
    pub(super) fn end_guard(&mut self, flight: u32) {
        self.disarm(flight);
        self.disarm_deadline(flight);
    }

    /// An attempt has failed: try again, or go on after the failure.
    pub(super) fn call_failed(&mut self, flight: u32, cause: Cause) {
        let Step::Call(id) = self.plan.steps[self.flights[flight].pc.index()] else {
            unreachable!("only a call fails as a call")
        };
        let call = &self.plan.calls[id.index()];
        if !call.guarded {
            return self.fail(flight, cause);
        }
        self.disarm(flight);
        if call.retry.is_some()
            && let Some(wait) = self.next_attempt_after(flight, id, cause)
        {
            return self.pause(flight, wait, State::BackingOff);
        }
        self.disarm_deadline(flight);
        if call.on_failure.is_some() {
            self.flights[flight].flags &= !flag::HIT;
            self.advance(flight, call.on_failure);
        } else {
            self.fail(flight, cause);
        }
    }

    /// How long to wait before another attempt, but not beyond the deadline of the request; `None` where the rule, the deadline or the
    /// budget allows none. Spends the budget on an attempt that there is time for.
    fn next_attempt_after(&mut self, flight: u32, id: CallId, cause: Cause) -> Option<u64> {
        let retry = &self.plan.retries[self.plan.calls[id.index()].retry.index()];
        let attempt = self.flights[flight].attempt;
        let allowed =
            u32::from(attempt) + 1 < retry.attempts && retry.causes >> (cause as u8) & 1 == 1;
        if !allowed || !self.has_time(flight, self.now) {
            return None;
        }
        self.flights[flight].attempt = attempt.saturating_add(1);
        let wait = self.backoff(flight, id);
        if retry.budget.is_some() && self.has_time(flight, self.now.saturating_add(wait)) {
            let row = self.budget_row(flight, id);
            self.budgets[row] = self.budgets[row].checked_sub(1000)?;
        }
        Some(match self.flights[flight].deadline {
            0 => wait,
            deadline => wait.min(deadline - self.now),
        })
    }

    /// Wait before the attempt whose number the flight has now.
    fn backoff(&self, flight: u32, id: CallId) -> u64 {
        let call = &self.plan.calls[id.index()];
        let retry = &self.plan.retries[call.retry.index()];
        let attempt = u32::from(self.flights[flight].attempt);
        let key = self.flights[flight]
            .key
            .child(call.name, u64::from(call.ordinal))
            .attempt(attempt);
        let mut draw = key.draw(retry.site);
        let wait = match &retry.backoff {
            Backoff::None => 0.0,
            Backoff::Law(sampler) => sampler.sample(&mut draw),
            Backoff::Exponential {
                base,
                factor,
                most,
                fixed,
            } => {
                let wait = (base * libm::pow(*factor, f64::from(attempt - 1))).min(*most);
                wait * (fixed + (1.0 - fixed) * draw.unit())
            }
        };
        (wait + 0.5) as u64
    }

    /// All attempts together have taken too long.
    pub(super) fn deadline_over(&mut self, flight: u32) {
        if self.flights[flight].state == State::Calling {
            self.disarm(flight);
            self.give_up(flight, Cause::Timeout);
        } else {
            self.bury(); // the end of the wait between two attempts
        }
        let Step::Call(id) = self.plan.steps[self.flights[flight].pc.index()] else {
            unreachable!("only a call has a deadline")
        };
        self.flights[flight].armed = 0;
        let call = &self.plan.calls[id.index()];
        if call.on_failure.is_some() {
            self.flights[flight].flags &= !flag::HIT;
            self.advance(flight, call.on_failure);
        } else {
            self.fail(flight, Cause::Timeout);
        }
    }

    /// Stop waiting for the present attempt; what becomes of it is up to the call.
    pub(super) fn give_up(&mut self, flight: u32, cause: Cause) {
        if self.races.is_on(flight) {
            return self.end_race(flight, NONE, cause);
        }
        let child = self.flights[flight].child;
        if self.withdraw(child) {
            return;
        }
        let call = self.flights[child].call;
        self.record_answer(child, Err(cause));
        self.forget_outstanding(child);
        self.hang_up(child);
        self.orphan(child);
        if self.plan.calls[call as usize].abandon == Abandon::Propagate {
            self.call_off_later(child);
        }
    }

    /// Forget an attempt that still waits for its connection: true when it does, and so was never sent.
    pub(super) fn withdraw(&mut self, child: u32) -> bool {
        let unsent = self.flights[child].state == State::Connecting;
        if unsent {
            self.leave_hold(child);
            self.drop_flight(child);
        }
        unsent
    }

    /// Nobody waits for this flight any more.
    pub(super) fn orphan(&mut self, child: u32) {
        let row = &mut self.flights[child];
        row.parent = NONE;
        row.flags &= !flag::BRANCH;
        self.mark_wasted(child);
    }

    /// A flight, and all that it waits for, is for nothing from now on.
    fn mark_wasted(&mut self, flight: u32) {
        self.doomed.push(flight);
        while let Some(at) = self.doomed.pop() {
            let row = &mut self.flights[at];
            if row.is(flag::WASTED) {
                continue;
            }
            row.flags |= flag::WASTED;
            if row.is(flag::SLOT) {
                self.probe
                    .occupied_until_now(row.station, row.started, self.now);
                row.started = self.now;
            }
            match (row.state, row.child) {
                (State::Calling, NONE) => self.doomed.extend(self.races.copies(at)),
                (State::Calling, below) => self.doomed.push(below),
                (State::Joining, join) => self.doomed.extend(self.joins.branches(join)),
                _ => {}
            }
        }
    }

    /// Send a cancellation after a flight; it takes as long as the call did.
    pub(super) fn call_off_later(&mut self, child: u32) {
        if self.flights[child].state == State::Inbound {
            return;
        }
        let link = self.flights[child].link;
        let delay = self.plan.links.get(usize::from(link)).map_or(0, |spec| {
            if spec.rtt.is_some() {
                (self.amount(child, spec.rtt) / 2.0 + 0.5) as u64
            } else {
                spec.half
            }
        });
        let Flight {
            station, endpoint, ..
        } = self.flights[child];
        let messenger = self.add_flight(Flight {
            state: State::Cancelling,
            child,
            station,
            endpoint,
            ..Flight::default()
        });
        self.after(delay, Lane::NONE, Do::CallOff, messenger);
        self.flights[child].parent = messenger;
        self.flights[child].parent_armed = self.flights[messenger].armed;
    }

    /// A cancellation has come to where its flight is served.
    pub(super) fn cancellation_arrives(&mut self, messenger: u32) {
        let Flight { child, armed, .. } = self.flights[messenger];
        let row = &self.flights[child];
        if row.state != State::Free
            && row.parent == messenger
            && row.parent_armed == armed
            && !row.is(flag::BRANCH | flag::ROOT)
        {
            self.flights[child].parent = NONE;
            self.call_off(child);
        }
        self.drop_flight(messenger);
    }

    /// Undo what a flight is doing, wherever it is, and forget it.
    pub(super) fn call_off(&mut self, flight: u32) {
        let row = self.flights[flight];
        self.stop_doing(flight);
        self.leave_all(flight);
        self.flights[flight].armed = self.calendar.token();
        if self.flights[flight].fills != 0 {
            self.abandon_fill_of(flight);
        }
        if row.state == State::Inbound {
            return self.drop_flight(flight);
        }
        self.flights[flight].flags |= flag::REPLIED;
        if self.flights[flight].joins > 0 {
            self.flights[flight].state = State::Lingering;
        } else {
            self.release_slot(flight);
            self.drop_flight(flight);
        }
    }

    /// Undo what a flight is doing, wherever it is.
    pub(super) fn stop_doing(&mut self, flight: u32) {
        let row = self.flights[flight];
        match row.state {
            State::Queued => self.leave_queue(flight),
            State::Computing => self.leave_processor(flight),
            State::Pausing => self.stop_pause(flight),
            State::Outbound => self.recall(row.station),
            State::Calling if self.races.is_on(flight) => {
                self.end_guard(flight);
                self.end_race(flight, NONE, Cause::Cancelled);
            }
            State::Calling => {
                self.end_guard(flight);
                if self.withdraw(row.child) {
                    return;
                }
                self.forget_outstanding(row.child);
                self.hang_up(row.child);
                self.record_answer(row.child, Err(Cause::Cancelled));
                self.orphan(row.child);
                self.call_off_later(row.child);
            }
            State::BackingOff => {
                self.end_guard(flight);
                self.bury();
            }
            State::Joining => self.call_off_branches(row.child),
            State::Acquiring => self.leave_hold(flight),
            State::Filling => self.leave_fill(flight),
            State::Parked => self.leave_parked(flight),
            _ => {}
        }
    }

    fn stop_pause(&mut self, flight: u32) {
        self.bury();
        let Flight {
            pc, station, since, ..
        } = self.flights[flight];
        if matches!(self.plan.steps[pc.index()], Step::Work(_)) {
            let processor = self.stations[station as usize].processor;
            let share = self.processors[processor.index()].work_share;
            self.probe.busy(processor.0, since, self.now, share);
        }
    }
}
