//! Functions: instances that are started when requests come, stay for a while without any, and go.
//!
//! The stations of a function are all the instances that there can be, and its pool keeps the queue; which of them are there is known
//! here. A request with an instance of its own waits in the line of that station (`child` of its flight names it), every other
//! one in the queue of the pool.
//!
//! What several functions may use together is counted in `account.rs`.
//!
//! Not modelled: starts that fail; instances that a provider takes away while they have
//! requests or before their time; the first request of a fresh instance being slower than the next; a price that depends on the
//! processor or on whole milliseconds.

use super::calendar::Class;
use super::fleet::{Fleet, Phase};
use super::flight::flag;
use super::{Do, Engine, NONE, Probe, State};
use crate::plan::WaitsFor;
use crate::policy::Cause;
use crate::policy::instances::too_many;
use crate::policy::queue::fifo;

impl<P: Probe> Engine<'_, P> {
    fn fleet(&mut self, at: usize) -> &mut Fleet {
        &mut self.fleets.all[at]
    }

    /// An instance of a function that may take a request.
    pub(super) fn with_room(&self, at: usize) -> Option<u32> {
        let (fleet, take) = (&self.fleets.all[at], self.plan.functions[at].take);
        if self.fleets.accounts.has_room(at) {
            fleet.pick(take)
        } else {
            fleet.pick_used(take)
        }
    }

    /// A request has come to a function.
    #[inline(never)]
    pub(super) fn arrive_at_function(&mut self, flight: u32, at: usize) {
        let function = &self.plan.functions[at];
        let first = self.flights[flight].station;
        self.probe.arrived(first, self.now);
        if let Some(station) = self.with_room(at) {
            self.occupy(at, station);
            let row = &mut self.flights[flight];
            (row.station, row.since) = (station, self.now);
            return self.begin(flight);
        }
        let waiting = self.queues[function.pool.index()].len();
        let fleet = &self.fleets.all[at];
        match function.waits_for {
            WaitsFor::FirstFree => {
                let coming = fleet.starting.len() as u64 * u64::from(fleet.room);
                if coming > u64::from(waiting) || self.start(at).is_some() {
                    return self.wait_for_room(flight, at);
                }
            }
            WaitsFor::OwnInstance => {
                let with_room = self.starting_with_room(at);
                if let Some(station) = with_room.or_else(|| self.start(at)) {
                    self.bind(flight, station);
                    let length = self.stations[station as usize].line.len();
                    return self.enqueue(flight, station, length);
                }
            }
        }
        if function.queues {
            self.wait_for_room(flight, at);
            return self.start_later(at);
        }
        self.probe.refused(first, self.now);
        self.turn_away(flight, Cause::Limited);
    }

    /// Wait in the queue of the function, if there is a place.
    fn wait_for_room(&mut self, flight: u32, at: usize) {
        let pool = self.plan.functions[at].pool.index();
        let first = self.flights[flight].station;
        if self.queues[pool].len() >= self.plan.pools[pool].backlog {
            self.probe.refused(first, self.now);
            self.turn_away(flight, Cause::Refused);
            return self.call_off_starts(at);
        }
        self.queues[pool].join(&mut self.flights, flight, fifo::place());
        let length = self.queues[pool].len();
        self.enqueue(flight, first, length);
    }

    /// Let a request wait for an instance of its own.
    fn bind(&mut self, flight: u32, station: u32) {
        let row = &mut self.flights[flight];
        (row.station, row.child) = (station, station);
        self.stations[station as usize]
            .line
            .join(&mut self.flights, flight, fifo::place());
    }

    /// A request leaves the queue of a function unserved.
    pub(super) fn leave_function(&mut self, flight: u32, at: usize) {
        let own = std::mem::replace(&mut self.flights[flight].child, NONE);
        if own != NONE {
            let line = &mut self.stations[own as usize].line;
            return line.leave(&mut self.flights, flight, 0);
        }
        let pool = self.plan.functions[at].pool.index();
        self.queues[pool].leave(&mut self.flights, flight, 0);
        self.call_off_starts(at);
    }

    /// Start an instance, if one may be.
    fn start(&mut self, at: usize) -> Option<u32> {
        let now = self.now;
        let fleet = &mut self.fleets.all[at];
        if fleet.away.is_empty() || !self.fleets.accounts.has_room(at) || !fleet.bucket.take(now) {
            return None;
        }
        let station = fleet.away.pop()?;
        let number = fleet.starts;
        fleet.starts += 1;
        fleet.starting.push(station);
        let time = self.start_time(at, number);
        self.probe.cold_start(at as u32, now);
        self.turn_instance(at, station, Phase::Starting);
        let due = now.saturating_add(time);
        self.fleet(at).instance(station).armed = self.calendar.push(due, Class::Instance, station);
        Some(station)
    }

    fn start_time(&self, at: usize, number: u64) -> u64 {
        let function = &self.plan.functions[at];
        let demand = &self.plan.demands[function.cold_start.index()];
        let mut draw = self.root.child(function.site, number).draw(demand.site);
        (demand.sampler.sample(&mut draw) + 0.5) as u64
    }

    /// Call off the last starts, if more are under way than those who wait need.
    fn call_off_starts(&mut self, at: usize) {
        let function = &self.plan.functions[at];
        if function.waits_for != WaitsFor::FirstFree {
            return;
        }
        let waiting = self.queues[function.pool.index()].len();
        let fleet = &self.fleets.all[at];
        let too_many = too_many(fleet.starting.len(), waiting, fleet.room);
        for _ in 0..too_many {
            if let Some(station) = self.fleet(at).starting.pop() {
                self.disarm_instance(at, station);
                self.send_away(at, station);
            }
        }
        if too_many > 0 {
            self.deal_account(at);
        }
    }

    /// An entry of a function is due.
    #[inline(never)]
    pub(super) fn due_instance(&mut self, index: u32, sequence: u32) {
        if !self.fleets.is_armed(index, sequence) {
            return;
        }
        let Some(&at) = self.fleets.of_station.get(index as usize) else {
            return self.start_more(index as usize - self.fleets.of_station.len());
        };
        let instance = self.fleet(at as usize).instance(index);
        instance.armed = 0;
        if instance.phase == Phase::Starting {
            self.has_started(at as usize, index);
        } else {
            let provisioned = self.plan.functions[at as usize].provisioned;
            self.fleet(at as usize).has_no_room(index, provisioned);
            self.send_away(at as usize, index);
        }
    }

    /// An instance has started: whoever waits for it begins, then those in the queue.
    fn has_started(&mut self, at: usize, station: u32) {
        let function = &self.plan.functions[at];
        let (pool, now) = (function.pool.index(), self.now);
        let fleet = self.fleet(at);
        fleet.starting.retain(|other| *other != station);
        let room = fleet.room;
        let mut taken = 0;
        while taken < room {
            let own = self.stations[station as usize]
                .line
                .take(&mut self.flights, now);
            let next = own.or_else(|| self.queues[pool].take(&mut self.flights, now));
            let Some(next) = next else { break };
            self.hand_slot(next, station);
            taken += 1;
        }
        self.stations[station as usize].in_use = taken;
        if taken < room {
            self.fleet(at).has_room(station, function.provisioned);
        }
        let phase = if taken > 0 { Phase::Busy } else { Phase::Idle };
        self.turn_instance(at, station, phase);
        if taken == 0 {
            self.rest(at, station);
            self.deal_account(at);
        }
        self.call_off_starts(at);
    }

    /// Take a slot of an instance with room.
    fn occupy(&mut self, at: usize, station: u32) {
        let slots = &mut self.stations[station as usize];
        slots.in_use += 1;
        let (first, full) = (slots.in_use == 1, slots.in_use == self.fleets.all[at].room);
        if full {
            let provisioned = self.plan.functions[at].provisioned;
            self.fleet(at).has_no_room(station, provisioned);
        }
        if first {
            self.disarm_instance(at, station);
            self.turn_instance(at, station, Phase::Busy);
        }
    }

    /// A slot of an instance is free.
    pub(super) fn free_instance(&mut self, at: usize, station: u32) {
        let function = &self.plan.functions[at];
        let next = self.queues[function.pool.index()].take(&mut self.flights, self.now);
        if let Some(next) = next {
            self.hand_slot(next, station);
            return self.call_off_starts(at);
        }
        let slots = &mut self.stations[station as usize];
        slots.in_use -= 1;
        let (none, was_full) = (
            slots.in_use == 0,
            slots.in_use + 1 == self.fleets.all[at].room,
        );
        if was_full {
            self.fleet(at).has_room(station, function.provisioned);
        }
        if none {
            self.turn_instance(at, station, Phase::Idle);
            self.rest(at, station);
            self.deal_account(at);
        }
    }

    /// Give a slot to one that has waited; it is its own from now on, whatever happens before its program begins.
    pub(super) fn hand_slot(&mut self, flight: u32, station: u32) {
        let row = &mut self.flights[flight];
        self.probe.queued(row.station, row.since, self.now);
        row.station = station;
        row.child = NONE;
        row.state = State::Running;
        row.flags |= flag::SLOT;
        row.started = self.now;
        self.soon(Do::Begin, flight);
    }

    /// An instance has nothing to do: it goes at once, after a while, or never.
    fn rest(&mut self, at: usize, station: u32) {
        let function = &self.plan.functions[at];
        let first = self.fleets.all[at].first;
        if station < first + function.provisioned || function.keep_alive == u64::MAX {
            return;
        }
        if function.keep_alive == 0 {
            self.fleet(at).has_no_room(station, function.provisioned);
            return self.send_away(at, station);
        }
        let due = self.now.saturating_add(function.keep_alive);
        self.fleet(at).instance(station).armed = self.calendar.push(due, Class::Instance, station);
    }

    fn send_away(&mut self, at: usize, station: u32) {
        self.turn_instance(at, station, Phase::Away);
        self.fleet(at).away.push(station);
    }

    fn disarm_instance(&mut self, at: usize, station: u32) {
        if std::mem::take(&mut self.fleet(at).instance(station).armed) != 0 {
            self.bury();
        }
    }

    fn turn_instance(&mut self, at: usize, station: u32, phase: Phase) {
        let now = self.now;
        let instance = self.fleets.all[at].instance(station);
        let (old, since) = (instance.phase, instance.since);
        (instance.phase, instance.since) = (phase, now);
        let used = |phase| matches!(phase, Phase::Starting | Phase::Busy);
        let provisioned = self.plan.functions[at].provisioned;
        if used(old) != used(phase) && station >= self.fleets.all[at].first + provisioned {
            self.fleets.accounts.count(at, used(phase));
        }
        if old != Phase::Away {
            self.probe.instance(at as u32, old, since, now);
        }
    }

    /// Who waits because instances are not started fast enough will have one when the next may be.
    fn start_later(&mut self, at: usize) {
        let now = self.now;
        let fleet = &mut self.fleets.all[at];
        if fleet.waking != 0 || fleet.away.is_empty() || !self.fleets.accounts.has_room(at) {
            return;
        }
        if let Some(wait) = fleet.bucket.wait(now) {
            let index = self.stations.len() as u32 + at as u32;
            let due = now.saturating_add(wait);
            self.fleets.all[at].waking = self.calendar.push(due, Class::Instance, index);
        }
    }

    /// Another instance may be started: for the first in the queue, or for as many as wait.
    fn start_more(&mut self, at: usize) {
        self.fleet(at).waking = 0;
        while self.serve_first(at) {}
    }

    /// Give the first in the queue room, or start an instance for it; whether that could be done.
    pub(super) fn serve_first(&mut self, at: usize) -> bool {
        let function = &self.plan.functions[at];
        let pool = function.pool.index();
        if self.queues[pool].len() == 0 {
            return false;
        }
        if let Some(station) = self.with_room(at)
            && let Some(first) = self.queues[pool].take(&mut self.flights, self.now)
        {
            self.occupy(at, station);
            self.hand_slot(first, station);
            self.call_off_starts(at);
            return true;
        }
        let fleet = &self.fleets.all[at];
        match function.waits_for {
            WaitsFor::OwnInstance => {
                if let Some(station) = self.starting_with_room(at) {
                    self.bind_first(pool, station);
                    return true;
                }
            }
            WaitsFor::FirstFree => {
                let coming = fleet.starting.len() as u64 * u64::from(fleet.room);
                if u64::from(self.queues[pool].len()) <= coming {
                    return false;
                }
            }
        }
        let Some(station) = self.start(at) else {
            self.start_later(at);
            return false;
        };
        if function.waits_for == WaitsFor::OwnInstance {
            self.bind_first(pool, station);
        }
        true
    }

    /// Whether a request that waits needs no further instance.
    pub(super) fn has_place(&self, at: usize) -> bool {
        let own = self.plan.functions[at].waits_for == WaitsFor::OwnInstance;
        self.with_room(at).is_some() || own && self.starting_with_room(at).is_some()
    }

    /// The instance that was started last, if it can take one more.
    fn starting_with_room(&self, at: usize) -> Option<u32> {
        let fleet = &self.fleets.all[at];
        let last = fleet.starting.last().copied();
        last.filter(|station| self.stations[*station as usize].line.len() < fleet.room)
    }

    /// The first in the queue waits for this instance from now on.
    fn bind_first(&mut self, pool: usize, station: u32) {
        let Some(first) = self.queues[pool].take(&mut self.flights, self.now) else {
            return;
        };
        let row = &mut self.flights[first];
        let waited = self.now - row.since;
        self.probe.queued(row.station, row.since, self.now);
        row.waited = row.waited.wrapping_add(waited);
        row.since = self.now;
        self.bind(first, station);
    }

    /// Tell of all instances that are there at the end of the run.
    pub(super) fn close_instances(&mut self) {
        for (at, fleet) in self.fleets.all.iter().enumerate() {
            for instance in fleet
                .instances
                .iter()
                .filter(|row| row.phase != Phase::Away)
            {
                self.probe
                    .instance(at as u32, instance.phase, instance.since, self.now);
            }
        }
    }
}
