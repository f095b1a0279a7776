//! Answers that leave before a program ends: `reply`, and `forward` to somebody who answers instead.

use super::flight::flag;
use super::frame::Frame;
use super::{Do, Engine, Flight, NONE, Outcome, Probe, State};
use crate::chance::key::{Site, site};
use crate::plan::{CallId, CpuDiscipline, DemandId, Step};

const COIN: Site = site(&["coin"]);

impl<P: Probe> Engine<'_, P> {
    /// The flight whose duty to answer a step inside branches fulfils.
    fn answerer(&self, flight: u32) -> u32 {
        let mut at = flight;
        while self.flights[at].call == NONE && self.flights[at].is(flag::BRANCH) {
            at = self.joins.owner(self.flights[at].parent);
        }
        at
    }

    /// `reply`: true when the flight lets the receiver go first.
    pub(super) fn reply(&mut self, flight: u32, size: DemandId) -> bool {
        let answerer = self.answerer(flight);
        if self.flights[answerer].flags & (flag::REPLIED | flag::ROOT) != 0 {
            return false;
        }
        let bytes = if size.is_some() {
            self.demand(flight, size)
        } else {
            0
        };
        self.served(answerer);
        let row = &self.flights[answerer];
        let caller = if row.is(flag::BRANCH) {
            self.joins.owner(row.parent)
        } else {
            row.parent
        };
        let caller = self
            .flights
            .get(caller)
            .map_or(row.priority, |caller| caller.priority);
        self.answer(answerer, Ok(()), bytes);
        self.yields(flight, caller)
    }

    /// Whether forwarding is the last thing that a call does that somebody waits for.
    fn ends_here(&self, flight: u32) -> bool {
        let row = &self.flights[flight];
        let bare = row.frame == NONE || self.frames.is_duty(row.frame);
        row.call != NONE
            && row.flags & (flag::ROOT | flag::SENT | flag::REPLIED | flag::WASTED) == 0
            && row.joins == 0
            && row.fills == 0
            && bare
            && self.plan.steps[row.pc.index() + 1] == Step::End
            && (row.is(flag::BRANCH) || self.waits_for(row.parent, row.parent_armed))
            && !self.stations[row.station as usize].takes_turns
    }

    /// The flight becomes the call that it forwards to: what is left of it is to free its slot.
    fn become_call(&mut self, flight: u32, id: CallId) {
        let call = self.quick[id.index()];
        let old = &self.flights[flight];
        let (endpoint, birth, waited) = (old.endpoint, old.birth, old.waited);
        let (station, started, below) = (old.station, old.started, old.frame);
        let caller = if old.is(flag::BRANCH) {
            self.joins.owner(old.parent)
        } else {
            old.parent
        };
        self.forget_outstanding(flight);
        let duty = Frame::Forwarded { endpoint, birth };
        let frame = self.frames.push(duty, below);
        let row = &mut self.flights[flight];
        let key = call.fate(row.key, 0);
        row.key = key;
        row.birth = self.now;
        row.waited = 0;
        row.flags &= flag::BRANCH;
        row.priority = call.priority.unwrap_or(row.priority);
        row.call = id.0;
        row.endpoint = call.endpoint;
        row.frame = frame;
        row.attempt = 0;
        row.own_attempt = 0;
        row.state = State::Outbound;
        if call.with {
            self.assign(flight, self.plan.calls[id.index()].with, key);
        }
        self.probe.called(id.0, call.endpoint, 0, self.now);
        let service = Some(self.now - started);
        self.probe.served(endpoint, birth, waited, service);
        self.depart(flight, flight, id);
        self.answer_home(flight, caller);
        self.free_slot(station, started, false);
    }

    /// The answer of a call that was forwarded goes straight to the first caller.
    fn answer_home(&mut self, flight: u32, caller: u32) {
        if self.flights[flight].station != NONE {
            let home = self.zone_of(caller);
            let there = self.zone_of(flight);
            self.flights[flight].link = self.plan.route(home, there).0 as u16;
        }
    }

    /// Two go on at one instant on one host that gives cores in turn: who is more urgent is first where that counts, else a coin of the
    /// request decides. True when that is the one who was sent something.
    pub(super) fn yields(&mut self, flight: u32, receiver: u8) -> bool {
        let station = self.flights[flight].station;
        if station == NONE || self.agenda.is_empty() || !self.stations[station as usize].takes_turns
        {
            return false;
        }
        let Flight {
            key, pc, priority, ..
        } = self.flights[flight];
        let processor = self.stations[station as usize].processor;
        let ranked = matches!(
            self.processors[processor.index()].discipline,
            CpuDiscipline::Priority { .. }
        );
        let first = if ranked && receiver != priority {
            receiver < priority
        } else {
            key.draw(Site(COIN.0 ^ u64::from(pc.0))).word() >> 63 == 0
        };
        if first {
            self.soon(Do::Next, flight);
        }
        first
    }

    /// How urgent a call is to whom a program sends it.
    #[inline]
    pub(super) fn urgency(&self, flight: u32, id: CallId) -> u8 {
        let own = self.flights[flight].priority;
        self.quick[id.index()].priority.unwrap_or(own)
    }

    /// The answer leaves while the program goes on: a flight of its own carries it.
    pub(super) fn answer(&mut self, flight: u32, outcome: Outcome, bytes: u64) {
        if self.flights[flight].is(flag::SENT) {
            self.record_sent(flight, outcome);
            self.flights[flight].flags |= flag::REPLIED;
            return;
        }
        let duties = self.take_duties(flight);
        let row = self.flights[flight];
        let carrier = self.add_flight(Flight {
            flags: row.flags & (flag::BRANCH | flag::WASTED | flag::HIT),
            frame: duties,
            env: NONE,
            state: State::Inbound,
            joins: 0,
            ..row
        });
        self.pass_outstanding(flight, carrier);
        self.stand_in(flight, carrier);
        self.travel_back(carrier, outcome, bytes);
    }

    /// Let another flight stand in for this one with whoever waits for the answer.
    fn stand_in(&mut self, flight: u32, other: u32) {
        let Flight {
            parent,
            parent_armed,
            sibling,
            flags,
            ..
        } = self.flights[flight];
        if flags & flag::BRANCH != 0 {
            self.joins.stand_in(parent, sibling, other);
        } else if parent != NONE && self.flights[parent].armed == parent_armed {
            if self.races.is_on(parent) {
                self.races.replace(parent, flight, other);
            } else {
                self.flights[parent].child = other;
            }
        }
        let row = &mut self.flights[flight];
        row.flags = (row.flags | flag::REPLIED) & !flag::BRANCH;
        row.parent = NONE;
        row.fills = 0;
    }

    /// `forward`: another endpoint answers in our stead; true when the flight lets it go first, or has itself become that call.
    pub(super) fn forward(&mut self, flight: u32, id: CallId) -> bool {
        if self.ends_here(flight) {
            self.become_call(flight, id);
            return true;
        }
        let answerer = self.answerer(flight);
        let child = self.make_call(flight, id);
        let row = self.flights[answerer];
        if !row.is(flag::ROOT | flag::REPLIED) {
            self.served(answerer);
        }
        let asked = row.is(flag::BRANCH | flag::SENT)
            || row.parent != NONE && self.waits_for(row.parent, row.parent_armed);
        if row.is(flag::ROOT | flag::REPLIED) || !asked {
            self.flights[child].flags |= flag::SENT;
            self.flights[answerer].flags |= flag::REPLIED;
            self.depart(child, flight, id);
            return self.yields(flight, self.urgency(flight, id));
        }
        self.forget_outstanding(answerer);
        self.pass_connection(answerer, child);
        let below = self.take_duties(answerer);
        let duty = Frame::Forwarded {
            endpoint: row.endpoint,
            birth: row.birth,
        };
        let duties = self.frames.push(duty, below);
        let new = &mut self.flights[child];
        new.frame = duties;
        new.parent = row.parent;
        new.parent_armed = row.parent_armed;
        new.sibling = row.sibling;
        new.flags |= row.flags & (flag::BRANCH | flag::SENT);
        let caller = if row.is(flag::BRANCH) {
            Some(self.joins.owner(row.parent))
        } else {
            (row.parent != NONE && self.waits_for(row.parent, row.parent_armed))
                .then_some(row.parent)
        };
        self.stand_in(answerer, child);
        self.depart(child, flight, id);
        if let Some(caller) = caller {
            self.answer_home(child, caller);
        }
        self.yields(flight, self.urgency(flight, id))
    }
}
