//! Things that break and are repaired: when, by whom, and what stations do meanwhile.
//!
//! Every thing starts whole. It ages all the time or only while it has a request; when its life is over it goes down with all its
//! stations and waits for a crew, first come, first served. What becomes of work is decided in `interrupt`; who leads a database
//! meanwhile in `failover`. Balancers leave out who is down, at once or after health checks; when all are down they pick from all, as load
//! balancers that "fail open" do: requests then wait there, or fail, by the rule of work.
//!
//! Where work goes on after the repair, a breakdown stops the processor and lets nobody in: sleeps, and calls to others, go on.
//!
//! Not modelled: common causes (but a host takes all its
//! services with it, and a zone or a region all that stands there), parts that wear out in more than one way, things that run slowly instead of not at all, spares.

use super::calendar::Class;
use super::{Engine, Probe};
use crate::chance::key::{Site, site};
use crate::plan::{Interrupted, Plan, StationId};
use crate::policy::Cause;
use std::collections::VecDeque;

const UP: Site = site(&["up"]);
const DOWN: Site = site(&["down"]);

/// What a thing is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Working,
    /// Broken, and nobody is at it.
    Waiting,
    UnderRepair,
}

/// One thing.
#[derive(Debug)]
struct Thing {
    wear: u32,
    number: u32,
    condition: Condition,
    /// The entry of what happens to it next; 0 = none.
    armed: u32,
    /// Lives that it has had.
    lives: u64,
    /// Life that is left, as of `since` \[ns\], when only busy time counts.
    left: u64,
    since: u64,
    /// Its stations with requests.
    busy: u32,
    /// Down since.
    broke: u64,
}

/// How a station that can go down is entered.
#[derive(Debug, Clone, Default)]
struct Gate {
    /// Things that it is of and that are down, and how many of them lose its work.
    down: u8,
    losing: u8,
    /// Requests that may be in at once.
    room: u32,
    /// Things that age while it has requests.
    wears: Vec<u32>,
}

/// Everything that breaks.
#[derive(Debug, Default)]
pub(super) struct Breakdowns {
    things: Vec<Thing>,
    /// By kind: crews that are free, and things that wait for one.
    crews: Vec<(u32, VecDeque<u32>)>,
    /// By station; empty when nothing breaks.
    gates: Vec<Gate>,
    /// Stations that are down.
    pub(super) down: u32,
}

impl Breakdowns {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut all = Self::default();
        let wear = &plan.breakdowns.wear;
        if wear.is_empty() {
            return all;
        }
        all.gates = vec![Gate::default(); plan.stations.len()];
        for (kind, wear) in wear.iter().enumerate() {
            all.crews.push((wear.crews, VecDeque::new()));
            for (number, unit) in wear.units.iter().enumerate() {
                let thing = all.things.len() as u32;
                all.things.push(Thing {
                    wear: kind as u32,
                    number: number as u32,
                    condition: Condition::Working,
                    armed: 0,
                    lives: 0,
                    left: 0,
                    since: 0,
                    busy: 0,
                    broke: 0,
                });
                for station in &unit.stations {
                    let gate = &mut all.gates[station.index()];
                    gate.room = plan.stations[station.index()].concurrency;
                    if wear.only_busy {
                        gate.wears.push(thing);
                    }
                }
            }
        }
        all
    }

    /// Whether an entry is still meant.
    pub(super) fn is_armed(&self, thing: u32, sequence: u32) -> bool {
        self.things[thing as usize].armed == sequence
    }

    /// Whether a station is down.
    #[inline]
    pub(super) fn is_down(&self, station: u32) -> bool {
        self.down > 0 && self.gates[station as usize].down > 0
    }

    /// Whether a station is down and loses its work.
    pub(super) fn is_lost(&self, station: u32) -> bool {
        self.down > 0 && self.gates[station as usize].losing > 0
    }
}

/// Which stations can go down.
pub(super) fn breakable(plan: &Plan) -> Vec<bool> {
    let mut breakable = vec![false; plan.stations.len()];
    let units = plan.breakdowns.wear.iter().flat_map(|wear| &wear.units);
    for station in units.flat_map(|unit| &unit.stations) {
        breakable[station.index()] = true;
    }
    breakable
}

impl<P: Probe> Engine<'_, P> {
    /// All things begin their first life.
    pub(super) fn start_wear(&mut self) {
        for thing in 0..self.breakdowns.things.len() as u32 {
            self.begin_life(thing);
        }
    }

    /// A time of a thing's own.
    fn span_of(&self, thing: u32, what: Site) -> u64 {
        let row = &self.breakdowns.things[thing as usize];
        let wear = &self.plan.breakdowns.wear[row.wear as usize];
        let law = if what == UP { &wear.up } else { &wear.down };
        let own = self.root.child(wear.site, u64::from(row.number));
        let mut draw = own.numbered(row.lives).draw(what);
        (law.sampler().sample(&mut draw) + 0.5) as u64
    }

    fn begin_life(&mut self, thing: u32) {
        let life = self.span_of(thing, UP);
        let row = &mut self.breakdowns.things[thing as usize];
        row.condition = Condition::Working;
        row.left = life;
        row.since = self.now;
        let only_busy = self.plan.breakdowns.wear[row.wear as usize].only_busy;
        if !only_busy || row.busy > 0 {
            self.age(thing);
        }
    }

    /// The life that is left runs from now on.
    fn age(&mut self, thing: u32) {
        let row = &mut self.breakdowns.things[thing as usize];
        row.since = self.now;
        let at = self.now.saturating_add(row.left);
        row.armed = self.calendar.push(at, Class::Breakdown, thing);
    }

    /// A station has its first request.
    fn works(&mut self, station: u32) {
        for at in 0..self.breakdowns.gates[station as usize].wears.len() {
            let thing = self.breakdowns.gates[station as usize].wears[at];
            let row = &mut self.breakdowns.things[thing as usize];
            row.busy += 1;
            if row.busy == 1 && row.condition == Condition::Working {
                self.age(thing);
            }
        }
    }

    /// A station has no requests any more.
    fn rests(&mut self, station: u32) {
        for at in 0..self.breakdowns.gates[station as usize].wears.len() {
            let thing = self.breakdowns.gates[station as usize].wears[at];
            let row = &mut self.breakdowns.things[thing as usize];
            row.busy -= 1;
            if row.busy == 0 && row.condition == Condition::Working {
                row.left = row.left.saturating_sub(self.now - row.since);
                row.armed = 0;
                self.bury();
            }
        }
    }

    /// Something happens to a thing: it breaks, or its repair is done.
    pub(super) fn due_breakdown(&mut self, thing: u32, sequence: u32) {
        let row = &mut self.breakdowns.things[thing as usize];
        if row.armed != sequence {
            return;
        }
        row.armed = 0;
        match row.condition {
            Condition::Working => self.break_down(thing),
            Condition::UnderRepair => self.repaired(thing),
            Condition::Waiting => {}
        }
    }

    fn break_down(&mut self, thing: u32) {
        let plan = self.plan;
        let row = &mut self.breakdowns.things[thing as usize];
        (row.condition, row.broke) = (Condition::Waiting, self.now);
        let kind = row.wear as usize;
        let (wear, unit) = (&plan.breakdowns.wear[kind], row.number as usize);
        let unit = &wear.units[unit];
        let loses = wear.work == Interrupted::Lost;
        for station in &unit.stations {
            let gate = &mut self.breakdowns.gates[station.index()];
            self.breakdowns.down += u32::from(gate.down == 0);
            gate.down += 1;
            gate.losing += u8::from(loses);
        }
        if loses {
            for station in &unit.stations {
                self.membership_changes(station.0);
                self.leader_breaks(*station);
                self.lose_work(*station);
            }
        } else {
            self.freeze(unit.processor, wear.work == Interrupted::Restart);
        }
        self.probe.broke(wear.told, self.now);
        let (free, waiting) = &mut self.breakdowns.crews[kind];
        if *free == 0 {
            waiting.push_back(thing);
        } else {
            *free -= 1;
            self.repair(thing);
        }
    }

    /// A crew is at it.
    fn repair(&mut self, thing: u32) {
        let at = self.now.saturating_add(self.span_of(thing, DOWN));
        let row = &mut self.breakdowns.things[thing as usize];
        row.condition = Condition::UnderRepair;
        row.armed = self.calendar.push(at, Class::Breakdown, thing);
    }

    fn repaired(&mut self, thing: u32) {
        let plan = self.plan;
        let row = &mut self.breakdowns.things[thing as usize];
        row.lives += 1;
        let (kind, broke) = (row.wear as usize, row.broke);
        let wear = &plan.breakdowns.wear[kind];
        let unit = &wear.units[row.number as usize];
        let loses = wear.work == Interrupted::Lost;
        self.probe.down(wear.told, broke, self.now);
        for station in &unit.stations {
            let gate = &mut self.breakdowns.gates[station.index()];
            gate.down -= 1;
            gate.losing -= u8::from(loses);
            self.breakdowns.down -= u32::from(gate.down == 0);
        }
        self.begin_life(thing);
        if !loses {
            self.thaw(unit.processor);
        }
        for station in &unit.stations {
            self.let_in(station.0);
            self.comes_back(station.0);
            if loses {
                self.membership_changes(station.0);
            }
            self.copy_returns(*station);
        }
        let (free, waiting) = &mut self.breakdowns.crews[kind];
        match waiting.pop_front() {
            Some(next) => self.repair(next),
            None => *free += 1,
        }
    }

    /// Tell of what is down at the end of the run.
    pub(super) fn close_breakdowns(&mut self) {
        for thing in &self.breakdowns.things {
            if thing.condition != Condition::Working {
                let told = self.plan.breakdowns.wear[thing.wear as usize].told;
                self.probe.down(told, thing.broke, self.now);
            }
        }
    }

    // ---- gates

    /// A request has come to a station that can go down: true when it is turned away, or waits for another leader.
    #[cold]
    pub(super) fn stopped_at_gate(&mut self, flight: u32) -> bool {
        let station = self.flights[flight].station;
        if !self.breakdowns.is_lost(station) {
            return false;
        }
        if self.plan.stations[station as usize]
            .shared
            .is_some_and(|_| !self.all_lost(station))
        {
            return false; // it waits at the balancer for one that works
        }
        if !self.wait_for_leader(flight) {
            self.turn_away(flight, Cause::Unreachable);
        }
        true
    }

    /// Whether all stations of a component have lost their work.
    fn all_lost(&self, station: u32) -> bool {
        let component = self.plan.stations[station as usize].component;
        let component = &self.plan.components[component.index()];
        component
            .stations()
            .all(|station| self.breakdowns.is_lost(station.0))
    }

    /// Requests that may be at a station at once, now.
    pub(super) fn room_at(&self, station: StationId) -> u32 {
        let slots = &self.stations[station.index()];
        match self.breakdowns.gates.get(station.index()) {
            Some(gate) if slots.gated && gate.down == 0 => gate.room,
            Some(_) if slots.gated => 0,
            _ => slots.concurrency,
        }
    }

    /// Take a slot of a station that can go down, if there is one now.
    pub(super) fn enter_gate(&mut self, station: u32) -> bool {
        let free = self.stations[station as usize].in_use < self.room_at(StationId(station));
        if free {
            self.take_slot(station);
        }
        free
    }

    /// One more at a station.
    pub(super) fn take_slot(&mut self, station: u32) {
        let slots = &mut self.stations[station as usize];
        slots.in_use += 1;
        if slots.in_use == 1 && slots.gated {
            self.works(station);
        }
    }

    /// One less at a station that can go down, if its slot is not to be given to the next.
    pub(super) fn leave_gate(&mut self, station: u32) -> bool {
        let closed = self.breakdowns.is_down(station);
        if closed {
            self.give_slot_back(station);
        }
        closed
    }

    /// One less at a station.
    pub(super) fn give_slot_back(&mut self, station: u32) {
        let slots = &mut self.stations[station as usize];
        slots.in_use -= 1;
        if slots.in_use == 0 && slots.gated {
            self.rests(station);
        }
    }

    /// A station works again: those who wait come in.
    fn let_in(&mut self, station: u32) {
        let waits = |engine: &Self| match engine.plan.stations[station as usize].shared {
            Some(pool) => engine.queues[pool.index()].len() > 0,
            None => engine.stations[station as usize].line.len() > 0,
        };
        while waits(self) && self.enter_gate(station) {
            self.serve_next(station);
        }
    }
}
