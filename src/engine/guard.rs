//! Guards round a call: timeout, deadline, retries with backoff and budget, and what becomes of an attempt given up.
//!
//! Timers of one duration form a list in order of expiry: arming and disarming cost a link, and only the first of a list has a
//! calendar entry (armed lazily: an entry that comes too early arms the next).

use super::calendar::{Class, Lane};
use super::flight::flag;
use super::{Do, Engine, Flight, NONE, Probe, State};
use crate::plan::{Abandon, Backoff, CallId, HoldId, Plan, Step};
use crate::policy::Cause;
use std::collections::BTreeMap;

/// A full retry budget, in thousandths of a token: ten retries, as gRPC's retry throttling (gRFC A6) starts with.
pub(super) const FULL_BUDGET: u32 = 10_000;

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Attempt,
    Deadline,
    Wait,
    /// The next copy of a hedged call.
    Hedge,
    /// The attempt of one copy of a hedged call.
    Copy,
}

#[derive(Debug, Clone, Copy)]
struct Timer {
    flight: u32,
    kind: Kind,
    list: u32,
    at: u64,
    previous: u32,
    next: u32,
}

#[derive(Debug)]
struct List {
    first: u32,
    last: u32,
    armed: u32,
}

/// All timers.
#[derive(Debug)]
pub(super) struct Timers {
    lists: Vec<List>,
    rows: Vec<Timer>,
    free: Vec<u32>,
    by_span: BTreeMap<u64, u32>,
}

impl Timers {
    pub(super) fn new(plan: &Plan) -> Self {
        let limits = plan
            .calls
            .iter()
            .flat_map(|call| {
                let hedge = call.hedge.map_or(0, |hedge| hedge.after);
                [call.timeout, call.deadline, hedge]
            })
            .filter(|&span| span != 0);
        let waits = plan
            .holds
            .iter()
            .map(|hold| hold.wait)
            .filter(|&span| span != u64::MAX);
        let mut timers = Self {
            lists: Vec::new(),
            rows: Vec::new(),
            free: Vec::new(),
            by_span: BTreeMap::new(),
        };
        for span in limits.chain(waits) {
            let next = timers.lists.len() as u32;
            if *timers.by_span.entry(span).or_insert(next) == next {
                timers.lists.push(List {
                    first: NONE,
                    last: NONE,
                    armed: 0,
                });
            }
        }
        timers
    }

    /// Whether a list's entry is the one with this number.
    pub(super) fn is_armed(&self, list: u32, sequence: u32) -> bool {
        self.lists[list as usize].armed == sequence
    }

    fn unlink(&mut self, timer: u32) -> Timer {
        let row = self.rows[timer as usize];
        let list = &mut self.lists[row.list as usize];
        if row.previous == NONE {
            list.first = row.next;
        } else {
            self.rows[row.previous as usize].next = row.next;
        }
        let list = &mut self.lists[row.list as usize];
        if row.next == NONE {
            list.last = row.previous;
        } else {
            self.rows[row.next as usize].previous = row.previous;
        }
        self.free.push(timer);
        row
    }
}

impl<P: Probe> Engine<'_, P> {
    pub(super) fn arm_timer(&mut self, flight: u32, span: u64, kind: Kind) -> u32 {
        let list = self.timers.by_span[&span];
        let at = self.now.saturating_add(span);
        let last = self.timers.lists[list as usize].last;
        let row = Timer {
            flight,
            kind,
            list,
            at,
            previous: last,
            next: NONE,
        };
        let timer = if let Some(timer) = self.timers.free.pop() {
            self.timers.rows[timer as usize] = row;
            timer
        } else {
            self.timers.rows.push(row);
            self.timers.rows.len() as u32 - 1
        };
        if last == NONE {
            self.timers.lists[list as usize].first = timer;
        } else {
            self.timers.rows[last as usize].next = timer;
        }
        self.timers.lists[list as usize].last = timer;
        self.arm_list(list);
        timer
    }

    fn arm_list(&mut self, list: u32) {
        let row = &mut self.timers.lists[list as usize];
        if row.armed == 0 && row.first != NONE {
            row.armed =
                self.calendar
                    .push(self.timers.rows[row.first as usize].at, Class::Timer, list);
        }
    }

    /// The first timer of a list may be due.
    pub(super) fn due_timers(&mut self, list: u32, sequence: u32) {
        if self.timers.lists[list as usize].armed != sequence {
            return;
        }
        self.timers.lists[list as usize].armed = 0;
        loop {
            let first = self.timers.lists[list as usize].first;
            if first == NONE || self.timers.rows[first as usize].at > self.now {
                break;
            }
            let Timer { flight, kind, .. } = self.timers.unlink(first);
            match kind {
                Kind::Attempt => {
                    self.flights[flight].timer = NONE;
                    self.give_up(flight, Cause::Timeout);
                    self.call_failed(flight, Cause::Timeout);
                }
                Kind::Deadline => {
                    self.flights[flight].deadline_timer = NONE;
                    self.deadline_over(flight);
                }
                Kind::Wait => {
                    self.flights[flight].timer = NONE;
                    self.wait_over(flight);
                }
                Kind::Hedge => self.next_copy(flight),
                Kind::Copy => self.copy_timed_out(flight),
            }
        }
        self.arm_list(list);
    }

    /// Start the timer of a wait for units.
    pub(super) fn arm_wait(&mut self, flight: u32, hold: HoldId) {
        let wait = self.plan.holds[hold.index()].wait;
        if wait != u64::MAX {
            self.flights[flight].timer = self.arm_timer(flight, wait, Kind::Wait);
        }
    }

    /// Stop the timer of the present attempt (or wait).
    pub(super) fn disarm(&mut self, flight: u32) {
        let timer = std::mem::replace(&mut self.flights[flight].timer, NONE);
        if timer != NONE {
            self.timers.unlink(timer);
        }
    }

    /// Stop a timer, if it is one.
    pub(super) fn stop_timer(&mut self, timer: u32) {
        if timer != NONE {
            self.timers.unlink(timer);
        }
    }

    fn disarm_deadline(&mut self, flight: u32) {
        let timer = std::mem::replace(&mut self.flights[flight].deadline_timer, NONE);
        if timer != NONE {
            self.timers.unlink(timer);
        }
    }

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

    /// With each attempt of a guarded call.
    pub(super) fn guard_attempt(&mut self, flight: u32, child: u32, id: CallId) {
        let call = &self.plan.calls[id.index()];
        if call.timeout != 0 {
            self.flights[flight].timer = self.arm_timer(flight, call.timeout, Kind::Attempt);
        }
        self.pass_deadline(flight, child, id);
    }

    /// A callee is told of the deadline.
    pub(super) fn pass_deadline(&mut self, flight: u32, child: u32, id: CallId) {
        let call = &self.plan.calls[id.index()];
        let timer = self.flights[flight].deadline_timer;
        if call.propagate_deadline && timer != NONE {
            let at = self.timers.rows[timer as usize].at;
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
        if call.retry.is_some() && self.may_retry(flight, id, cause) {
            let attempt = &mut self.flights[flight].attempt;
            *attempt = attempt.saturating_add(1);
            let wait = self.backoff(flight, id);
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

    /// Whether the rule, the budget and the deadline allow another attempt; spends the budget.
    fn may_retry(&mut self, flight: u32, id: CallId, cause: Cause) -> bool {
        let retry = &self.plan.retries[self.plan.calls[id.index()].retry.index()];
        let row = &self.flights[flight];
        if u32::from(row.attempt) + 1 >= retry.attempts || retry.causes >> (cause as u8) & 1 == 0 {
            return false;
        }
        if row.deadline != 0 && self.now >= row.deadline {
            return false;
        }
        if retry.budget.is_some() {
            let row = self.budget_row(flight, id);
            if self.budgets[row] < 1000 {
                return false;
            }
            self.budgets[row] -= 1000;
        }
        true
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
    fn deadline_over(&mut self, flight: u32) {
        if self.flights[flight].state == State::Calling {
            self.disarm(flight);
            self.give_up(flight, Cause::Timeout);
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
    fn give_up(&mut self, flight: u32, cause: Cause) {
        if self.races.is_on(flight) {
            return self.end_race(flight, NONE, cause);
        }
        let child = self.flights[flight].child;
        let call = self.flights[child].call;
        self.record_answer(child, Err(cause));
        self.forget_outstanding(child);
        self.orphan(child);
        if self.plan.calls[call as usize].abandon == Abandon::Propagate {
            self.call_off_later(child);
        }
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
                self.forget_outstanding(row.child);
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
            _ => {}
        }
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
