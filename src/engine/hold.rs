//! Pools of units in replicas (threads, connections, disks) and row locks: acquire, wait, give back.

use super::frame::Frame;
use super::line::Line;
use super::{Do, Engine, Flight, NONE, Probe, State};
use crate::plan::{HoldId, Plan, QuantityId, Step};
use crate::policy::Cause;
use crate::policy::evict::Numbered;
use crate::policy::queue::fifo;

#[derive(Debug)]
struct Instance {
    in_use: u32,
    line: Line,
}

/// All pools of units.
#[derive(Debug)]
pub(super) struct Holds {
    instances: Vec<Instance>,
    locks: Numbered<(u32, u64), u32>,
    lines: Vec<Line>,
    free: Vec<u32>,
}

impl Holds {
    pub(super) fn new(plan: &Plan) -> Self {
        let count = plan
            .quantities
            .iter()
            .map(|quantity| quantity.first + quantity.instances)
            .max()
            .unwrap_or(0);
        Self {
            instances: (0..count)
                .map(|_| Instance {
                    in_use: 0,
                    line: Line::new(1),
                })
                .collect(),
            locks: Numbered::default(),
            lines: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Take a lock: the line to wait in when it is taken already.
    fn lock(&mut self, instance: u32, object: u64) -> Option<u32> {
        if let Some(&line) = self.locks.get(&(instance, object)) {
            return Some(line);
        }
        let line = self.free.pop().unwrap_or_else(|| {
            self.lines.push(Line::new(1));
            self.lines.len() as u32 - 1
        });
        self.locks.insert((instance, object), line);
        None
    }
}

impl<P: Probe> Engine<'_, P> {
    fn instance(&self, flight: u32, quantity: QuantityId) -> u32 {
        let spec = &self.plan.quantities[quantity.index()];
        match self.flights[flight].station {
            NONE => spec.first,
            station => spec.first + self.plan.stations[station as usize].replica % spec.instances,
        }
    }

    /// Acquire units: false when the flight has to wait.
    pub(super) fn acquire(&mut self, flight: u32, id: HoldId) -> bool {
        let hold = self.plan.holds[id.index()];
        let instance = self.instance(flight, hold.quantity);
        self.flights[flight].since = self.now;
        if hold.key.is_some() {
            let object = self.attribute(flight, hold.key) as u64;
            if let Some(line) = self.holds.lock(instance, object) {
                self.holds.lines[line as usize].join(&mut self.flights, flight, fifo::place());
                self.wait_for_units(flight, id);
                return false;
            }
            self.grant(flight, id, instance, object);
            return true;
        }
        let size = self.plan.quantities[hold.quantity.index()].size;
        let row = &mut self.holds.instances[instance as usize];
        if row.line.len() == 0 && row.in_use + hold.units <= size {
            row.in_use += hold.units;
            self.grant(flight, id, instance, 0);
            return true;
        }
        row.line.join(&mut self.flights, flight, fifo::place());
        self.wait_for_units(flight, id);
        false
    }

    fn wait_for_units(&mut self, flight: u32, id: HoldId) {
        self.flights[flight].state = State::Acquiring;
        self.flights[flight].armed = self.calendar.token();
        self.arm_wait(flight, id);
    }

    fn grant(&mut self, flight: u32, hold: HoldId, instance: u32, object: u64) {
        let quantity = self.plan.holds[hold.index()].quantity;
        self.probe
            .acquired(quantity.0, self.flights[flight].since, self.now);
        self.enter(
            flight,
            Frame::Hold {
                hold,
                instance,
                object,
                since: self.now,
            },
        );
    }

    /// Give the units of the innermost hold back.
    pub(super) fn release(&mut self, flight: u32) {
        match self.leave(flight) {
            Some(Frame::Hold {
                hold,
                instance,
                object,
                since,
            }) => self.give_back(flight, hold, instance, object, since),
            other => unreachable!("a release ends a hold, not {other:?}"),
        }
    }

    /// Units come back; those who wait first get them.
    pub(super) fn give_back(
        &mut self,
        _flight: u32,
        id: HoldId,
        instance: u32,
        object: u64,
        since: u64,
    ) {
        let hold = self.plan.holds[id.index()];
        self.probe
            .used(hold.quantity.0, since, self.now, hold.units);
        if hold.key.is_some() {
            let line = self.holds.locks[&(instance, object)];
            if let Some(next) = self.holds.lines[line as usize].take(&mut self.flights, self.now) {
                self.hand_over(next, instance, object);
            } else {
                self.holds.locks.remove(&(instance, object));
                self.holds.free.push(line);
            }
            return;
        }
        self.holds.instances[instance as usize].in_use -= hold.units;
        self.serve_waiting(instance, hold.quantity);
    }

    /// Hand free units to those who wait, first come, first served: one who wants many holds up those behind.
    fn serve_waiting(&mut self, instance: u32, quantity: QuantityId) {
        let size = self.plan.quantities[quantity.index()].size;
        while let Some(next) = self.holds.instances[instance as usize].line.first() {
            let units = self.plan.holds[self.hold_of(next).index()].units;
            let row = &mut self.holds.instances[instance as usize];
            if row.in_use + units > size {
                return;
            }
            row.in_use += units;
            row.line.take(&mut self.flights, self.now);
            self.hand_over(next, instance, 0);
        }
    }

    fn hand_over(&mut self, next: u32, instance: u32, object: u64) {
        self.disarm(next);
        let hold = self.hold_of(next);
        self.grant(next, hold, instance, object);
        let row = &mut self.flights[next];
        row.state = State::Running;
        self.soon(Do::Next, next);
    }

    fn hold_of(&self, flight: u32) -> HoldId {
        match self.plan.steps[self.flights[flight].pc.index()] {
            Step::Acquire(hold) => hold,
            step => unreachable!("a flight that waits for units is at `hold`, not at {step:?}"),
        }
    }

    /// A wait for units has taken too long.
    pub(super) fn wait_over(&mut self, flight: u32) {
        self.leave_hold(flight);
        self.fail(flight, Cause::NoConnection);
    }

    /// Stop waiting for units.
    pub(super) fn leave_hold(&mut self, flight: u32) {
        self.disarm(flight);
        let hold = self.plan.holds[self.hold_of(flight).index()];
        let instance = self.instance(flight, hold.quantity);
        let Flight { since, .. } = self.flights[flight];
        self.probe.gave_up(hold.quantity.0, since, self.now);
        if hold.key.is_some() {
            let object = self.attribute(flight, hold.key) as u64;
            let line = self.holds.locks[&(instance, object)];
            self.holds.lines[line as usize].leave(&mut self.flights, flight, 0);
        } else {
            self.holds.instances[instance as usize]
                .line
                .leave(&mut self.flights, flight, 0);
            self.serve_waiting(instance, hold.quantity);
        }
    }
}
