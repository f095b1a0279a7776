//! Timers: of attempts, deadlines, waits and hedges.
//!
//! Timers of one duration form a list in order of expiry: arming and disarming cost a link, and only the first of a list has a
//! calendar entry (armed lazily: an entry that comes too early arms the next).

use super::calendar::Class;
use super::{Engine, NONE, Probe};
use crate::plan::{After, CallId, HoldId, Plan};
use crate::policy::Cause;
use std::collections::BTreeMap;

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

impl Default for List {
    fn default() -> Self {
        Self {
            first: NONE,
            last: NONE,
            armed: 0,
        }
    }
}

/// All timers.
#[derive(Debug)]
pub(super) struct Timers {
    /// One for each duration, and one for each call whose copies wait for times that are not known beforehand.
    lists: Vec<List>,
    of_call: BTreeMap<u32, u32>,
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
                let hedge = call.hedge.map_or(0, |hedge| match hedge.after {
                    After::Fixed(span) => span,
                    After::Drawn(_) | After::Observed { .. } => 0,
                });
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
            of_call: BTreeMap::new(),
        };
        for span in limits.chain(waits) {
            let next = timers.lists.len() as u32;
            if *timers.by_span.entry(span).or_insert(next) == next {
                timers.lists.push(List::default());
            }
        }
        for (at, call) in plan.calls.iter().enumerate() {
            if call
                .hedge
                .is_some_and(|hedge| !matches!(hedge.after, After::Fixed(_)))
            {
                timers.of_call.insert(at as u32, timers.lists.len() as u32);
                timers.lists.push(List::default());
            }
        }
        timers
    }

    /// Whether a list's entry is the one with this number.
    pub(super) fn is_armed(&self, list: u32, sequence: u32) -> bool {
        self.lists[list as usize].armed == sequence
    }

    /// When a timer is due.
    pub(super) fn ends_at(&self, timer: u32) -> u64 {
        self.rows[timer as usize].at
    }

    /// Puts a timer between two neighbours of its list.
    fn link(&mut self, row: Timer) -> u32 {
        let timer = if let Some(timer) = self.free.pop() {
            self.rows[timer as usize] = row;
            timer
        } else {
            self.rows.push(row);
            self.rows.len() as u32 - 1
        };
        let list = &mut self.lists[row.list as usize];
        if row.previous == NONE {
            list.first = timer;
        } else {
            self.rows[row.previous as usize].next = timer;
        }
        if row.next == NONE {
            list.last = timer;
        } else {
            self.rows[row.next as usize].previous = timer;
        }
        timer
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
        let last = self.timers.lists[list as usize].last;
        let timer = self.timers.link(Timer {
            flight,
            kind,
            list,
            at: self.now.saturating_add(span),
            previous: last,
            next: NONE,
        });
        self.arm_list(list);
        timer
    }

    /// The timer of a call's next copy, of a duration that is not known beforehand: its list is walked from the end, which is short for a
    /// percentile, since that hardly changes, and half of those that wait for a law.
    pub(super) fn arm_any_timer(&mut self, flight: u32, span: u64, kind: Kind, id: CallId) -> u32 {
        let list = self.timers.of_call[&id.0];
        let at = self.now.saturating_add(span);
        let (mut previous, mut next) = (self.timers.lists[list as usize].last, NONE);
        while previous != NONE && self.timers.rows[previous as usize].at > at {
            next = previous;
            previous = self.timers.rows[previous as usize].previous;
        }
        let timer = self.timers.link(Timer {
            flight,
            kind,
            list,
            at,
            previous,
            next,
        });
        if previous == NONE && std::mem::take(&mut self.timers.lists[list as usize].armed) != 0 {
            self.bury();
        }
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

    pub(super) fn disarm_deadline(&mut self, flight: u32) {
        let timer = std::mem::replace(&mut self.flights[flight].deadline_timer, NONE);
        if timer != NONE {
            self.timers.unlink(timer);
        }
    }
}
