//! Functions: instances that are started when requests come, stay for a while without any, and go.
//!
//! The stations of a function are all the instances that there can be, and its pool keeps the queue; which of them are there is known
//! here. A request with an instance of its own waits in the line of that station (`child` of its flight names it), every other
//! one in the queue of the pool.
//!
//! Not modelled: a limit that several functions share; starts that fail; instances that a provider takes away while they have
//! requests or before their time; the first request of a fresh instance being slower than the next; a price that depends on the
//! processor or on whole milliseconds.

use super::calendar::Class;
use super::flight::flag;
use super::{Do, Engine, NONE, Probe, State};
use crate::plan::{Function, Plan, PoolId, Take, WaitsFor};
use crate::policy::Cause;
use crate::policy::bucket::Bucket;
use crate::policy::instances::too_many;
use crate::policy::queue::fifo;
use std::collections::VecDeque;

/// What an instance is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// It is not there.
    Away = 0,
    /// It is being started.
    Starting = 1,
    /// It has requests.
    Busy = 2,
    /// It has none.
    Idle = 3,
}

#[derive(Debug, Clone, Copy)]
struct Instance {
    phase: Phase,
    since: u64,
    /// Number of the entry at which its phase ends; 0 = none.
    armed: u32,
}

/// The instances of one function.
#[derive(Debug)]
struct Fleet {
    first: u32,
    room: u32,
    instances: Vec<Instance>,
    /// Those with room, by when they got it: provisioned ones, and the others.
    kept: VecDeque<u32>,
    ready: VecDeque<u32>,
    /// Those being started, in this order, and those that could be.
    starting: Vec<u32>,
    away: Vec<u32>,
    bucket: Bucket,
    starts: u64,
    /// Number of the entry at which another start is allowed; 0 = nobody waits for that.
    waking: u32,
}

/// The instances of all functions.
#[derive(Debug)]
pub(super) struct Fleets {
    all: Vec<Fleet>,
    /// By pool, and by station.
    of_pool: Vec<u32>,
    of_station: Vec<u32>,
}

impl Fleet {
    fn new(plan: &Plan, function: &Function) -> Self {
        let component = &plan.components[function.component.index()];
        let (first, count) = (component.first.0, component.replicas);
        let provisioned = function.provisioned.min(count);
        let phase = |number| {
            if number < provisioned {
                Phase::Idle
            } else {
                Phase::Away
            }
        };
        let instance = |number| Instance {
            phase: phase(number),
            since: 0,
            armed: 0,
        };
        Self {
            first,
            room: plan.stations[first as usize].concurrency,
            instances: (0..count).map(instance).collect(),
            kept: (first..first + provisioned).collect(),
            ready: VecDeque::new(),
            starting: Vec::new(),
            away: (first + provisioned..first + count).rev().collect(),
            bucket: Bucket::new(function.scale_up),
            starts: 0,
            waking: 0,
        }
    }

    fn instance(&mut self, station: u32) -> &mut Instance {
        &mut self.instances[(station - self.first) as usize]
    }

    /// An instance with room.
    fn pick(&self, take: Take) -> Option<u32> {
        let from = |list: &VecDeque<u32>| match take {
            Take::Newest => list.back().copied(),
            Take::Oldest => list.front().copied(),
        };
        from(&self.kept).or_else(|| from(&self.ready))
    }

    fn has_room(&mut self, station: u32, provisioned: u32) {
        if station < self.first + provisioned {
            self.kept.push_back(station);
        } else {
            self.ready.push_back(station);
        }
    }

    fn has_no_room(&mut self, station: u32, provisioned: u32) {
        let list = if station < self.first + provisioned {
            &mut self.kept
        } else {
            &mut self.ready
        };
        if list.back() == Some(&station) {
            list.pop_back();
        } else if let Some(at) = list.iter().position(|other| *other == station) {
            list.remove(at);
        }
    }
}

impl Fleets {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut of_pool = vec![NONE; plan.pools.len()];
        let mut of_station = vec![NONE; plan.stations.len()];
        for (at, function) in plan.functions.iter().enumerate() {
            of_pool[function.pool.index()] = at as u32;
            for station in plan.components[function.component.index()].stations() {
                of_station[station.index()] = at as u32;
            }
        }
        Self {
            all: (plan.functions.iter())
                .map(|function| Fleet::new(plan, function))
                .collect(),
            of_pool,
            of_station,
        }
    }

    /// The function whose queue a pool keeps.
    #[inline]
    pub(super) fn of(&self, pool: PoolId) -> Option<usize> {
        let at = self.of_pool[pool.index()];
        (at != NONE).then_some(at as usize)
    }

    /// Whether the entry with this number means something.
    pub(super) fn is_armed(&self, index: u32, sequence: u32) -> bool {
        let Some(&at) = self.of_station.get(index as usize) else {
            let at = index as usize - self.of_station.len();
            return self.all[at].waking == sequence;
        };
        let fleet = &self.all[at as usize];
        fleet.instances[(index - fleet.first) as usize].armed == sequence
    }
}

impl<P: Probe> Engine<'_, P> {
    fn fleet(&mut self, at: usize) -> &mut Fleet {
        &mut self.fleets.all[at]
    }

    /// A request has come to a function.
    #[inline(never)]
    pub(super) fn arrive_at_function(&mut self, flight: u32, at: usize) {
        let function = &self.plan.functions[at];
        let first = self.flights[flight].station;
        self.probe.arrived(first, self.now);
        if let Some(station) = self.fleet(at).pick(function.take) {
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
                let with_room = fleet
                    .starting
                    .last()
                    .copied()
                    .filter(|station| self.stations[*station as usize].line.len() < fleet.room);
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
        if fleet.away.is_empty() || !fleet.bucket.take(now) {
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
        for _ in 0..too_many(fleet.starting.len(), waiting, fleet.room) {
            if let Some(station) = self.fleet(at).starting.pop() {
                self.disarm_instance(at, station);
                self.send_away(at, station);
            }
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
        if old != Phase::Away {
            self.probe.instance(at as u32, old, since, now);
        }
    }

    /// Who waits because instances are not started fast enough will have one when the next may be.
    fn start_later(&mut self, at: usize) {
        let now = self.now;
        let fleet = &mut self.fleets.all[at];
        if fleet.waking != 0 || fleet.away.is_empty() {
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
        let function = &self.plan.functions[at];
        let pool = function.pool.index();
        self.fleet(at).waking = 0;
        loop {
            let fleet = &self.fleets.all[at];
            let coming = match function.waits_for {
                WaitsFor::FirstFree => fleet.starting.len() as u64 * u64::from(fleet.room),
                WaitsFor::OwnInstance => 0,
            };
            if u64::from(self.queues[pool].len()) <= coming {
                return;
            }
            let Some(station) = self.start(at) else {
                return self.start_later(at);
            };
            if function.waits_for == WaitsFor::OwnInstance
                && let Some(first) = self.queues[pool].take(&mut self.flights, self.now)
            {
                let row = &self.flights[first];
                self.probe.queued(row.station, row.since, self.now);
                let waited = self.now - row.since;
                let row = &mut self.flights[first];
                row.waited = row.waited.wrapping_add(waited);
                row.since = self.now;
                self.bind(first, station);
            }
        }
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
