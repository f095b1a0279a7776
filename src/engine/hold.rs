//! Pools of units in replicas (threads, connections, disks) and row locks: acquire, wait, give back.
//!
//! A lock is a pool of one unit that is there while somebody wants it. A connection is held by an attempt of a call, on its caller's side:
//! from before it is sent to its outcome, so that none is held between two attempts, and each copy of a hedged call needs its own.
//!
//! Whoever has no time left is passed over when units come free; at that very instant its deadline takes it out of the line.

use super::calendar::Lane;
use super::frame::Frame;
use super::line::Line;
use super::{Do, Engine, Flight, NONE, Probe, State};
use crate::plan::{HoldId, Plan, QuantityId, Step};
use crate::policy::Cause;
use crate::policy::evict::Numbered;
use crate::policy::queue::fifo;

#[derive(Debug)]
struct Units {
    in_use: u32,
    line: Line,
}

impl Units {
    fn new() -> Self {
        Self {
            in_use: 0,
            line: Line::new(1),
        }
    }
}

/// A connection that an attempt holds.
#[derive(Debug, Clone, Copy)]
struct Connection {
    hold: HoldId,
    instance: u32,
    since: u64,
}

/// All pools of units.
#[derive(Debug)]
pub(super) struct Holds {
    /// Those of instances of pools, and behind them those of locked objects.
    rows: Vec<Units>,
    locks: Numbered<(u32, u64), u32>,
    /// Rows of objects that nobody wants any more.
    free: Vec<u32>,
    /// By flight.
    connections: Vec<Option<Connection>>,
}

impl Holds {
    pub(super) fn new(plan: &Plan) -> Self {
        let count = plan.instances_of_units();
        Self {
            rows: (0..count).map(|_| Units::new()).collect(),
            locks: Numbered::default(),
            free: Vec::new(),
            connections: Vec::new(),
        }
    }

    /// The units of an object's lock, which come to be when somebody wants them.
    fn lock(&mut self, instance: u32, object: u64) -> u32 {
        if let Some(&row) = self.locks.get(&(instance, object)) {
            return row;
        }
        let row = self.free.pop().unwrap_or_else(|| {
            self.rows.push(Units::new());
            self.rows.len() as u32 - 1
        });
        self.locks.insert((instance, object), row);
        row
    }
}

impl<P: Probe> Engine<'_, P> {
    fn instance(&self, flight: u32, quantity: QuantityId) -> u32 {
        let spec = &self.plan.quantities[quantity.index()];
        let row = &self.flights[flight];
        let station = match row.state {
            State::Connecting => self.flights[row.parent].station,
            _ => row.station,
        };
        match station {
            NONE => spec.first,
            station => spec.first + self.plan.stations[station as usize].replica % spec.instances,
        }
    }

    /// Which object's lock a flight wants, where it is one.
    fn object_of_hold(&self, flight: u32, id: HoldId) -> u64 {
        match self.plan.holds[id.index()].key {
            key if key.is_some() => self.attribute(flight, key) as u64,
            _ => 0,
        }
    }

    /// Units of this kind in one place.
    fn size_of_hold(&self, id: HoldId) -> u32 {
        let hold = &self.plan.holds[id.index()];
        if hold.key.is_some() {
            1
        } else {
            self.plan.quantities[hold.quantity.index()].size
        }
    }

    fn row_of_hold(&mut self, id: HoldId, instance: u32, object: u64) -> u32 {
        if self.plan.holds[id.index()].key.is_some() {
            self.holds.lock(instance, object)
        } else {
            instance
        }
    }

    /// Acquire units: false when the flight has to wait, or has no time left.
    pub(super) fn acquire(&mut self, flight: u32, id: HoldId) -> bool {
        if self.has_expired(flight) {
            self.fail(flight, Cause::Timeout);
            return false;
        }
        let instance = self.instance(flight, self.plan.holds[id.index()].quantity);
        let object = self.object_of_hold(flight, id);
        let taken = self.take_units(flight, id, instance, object);
        if taken {
            self.grant(flight, id, instance, object);
        } else {
            self.wait_for_units(flight, id, State::Acquiring);
        }
        taken
    }

    /// An attempt needs a connection before it can be sent: false when it has to wait for one.
    pub(super) fn connect(&mut self, child: u32, id: HoldId) -> bool {
        self.flights[child].state = State::Connecting;
        let instance = self.instance(child, self.plan.holds[id.index()].quantity);
        let taken = self.take_units(child, id, instance, 0);
        if taken {
            self.hold_connection(child, id, instance);
        } else {
            self.wait_for_units(child, id, State::Connecting);
        }
        taken
    }

    /// Take units, or join the line of those who wait for them.
    fn take_units(&mut self, flight: u32, id: HoldId, instance: u32, object: u64) -> bool {
        let (units, size) = (self.plan.holds[id.index()].units, self.size_of_hold(id));
        let at = self.row_of_hold(id, instance, object);
        self.flights[flight].since = self.now;
        let row = &mut self.holds.rows[at as usize];
        let free = row.line.len() == 0 && row.in_use + units <= size;
        if free {
            row.in_use += units;
        } else {
            row.line.join(&mut self.flights, flight, fifo::place());
        }
        free
    }

    fn wait_for_units(&mut self, flight: u32, id: HoldId, state: State) {
        self.wait_in_time(flight, state);
        self.arm_wait(flight, id);
    }

    /// Tell that a flight has units, and how long it waited for them.
    fn tell_acquired(&mut self, flight: u32, hold: HoldId) {
        let quantity = self.plan.holds[hold.index()].quantity;
        let since = self.flights[flight].since;
        self.probe.acquired(quantity.0, since, self.now);
        if since < self.now {
            self.probe.short_of_units(quantity.0, since, self.now);
        }
    }

    fn grant(&mut self, flight: u32, hold: HoldId, instance: u32, object: u64) {
        self.tell_acquired(flight, hold);
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

    fn hold_connection(&mut self, child: u32, hold: HoldId, instance: u32) {
        self.tell_acquired(child, hold);
        let all = &mut self.holds.connections;
        if all.len() <= child as usize {
            all.resize(child as usize + 1, None);
        }
        all[child as usize] = Some(Connection {
            hold,
            instance,
            since: self.now,
        });
    }

    /// The caller has the outcome of an attempt, or waits for it no more: its connection is free, if it had one.
    #[inline]
    pub(super) fn hang_up(&mut self, child: u32) {
        if let Some(held) = self.holds.connections.get_mut(child as usize)
            && let Some(Connection {
                hold,
                instance,
                since,
            }) = held.take()
        {
            self.give_back(hold, instance, 0, since);
        }
    }

    /// Another flight carries the answer: with it the connection will be free.
    pub(super) fn pass_connection(&mut self, flight: u32, carrier: u32) {
        let held = self.holds.connections.get_mut(flight as usize);
        if let Some(connection) = held.and_then(Option::take) {
            let all = &mut self.holds.connections;
            if all.len() <= carrier as usize {
                all.resize(carrier as usize + 1, None);
            }
            all[carrier as usize] = Some(connection);
        }
    }

    /// Give the units of the innermost hold back.
    pub(super) fn release(&mut self, flight: u32) {
        match self.leave(flight) {
            Some(Frame::Hold {
                hold,
                instance,
                object,
                since,
            }) => self.give_back(hold, instance, object, since),
            other => unreachable!("a release ends a hold, not {other:?}"),
        }
    }

    /// Units come back; those who wait first get them.
    pub(super) fn give_back(&mut self, id: HoldId, instance: u32, object: u64, since: u64) {
        let hold = self.plan.holds[id.index()];
        self.probe
            .used(hold.quantity.0, instance, since, self.now, hold.units);
        let row = self.row_of_hold(id, instance, object);
        self.holds.rows[row as usize].in_use -= hold.units;
        self.serve_waiting(id, instance, object);
    }

    /// Hand free units to those who wait, first come, first served: one who wants many holds up those behind.
    fn serve_waiting(&mut self, id: HoldId, instance: u32, object: u64) {
        let (at, size) = (
            self.row_of_hold(id, instance, object),
            self.size_of_hold(id),
        );
        let mut waiting = self.holds.rows[at as usize].line.first();
        while let Some(next) = waiting {
            let behind = self.flights[next].next;
            waiting = (behind != NONE).then_some(behind);
            if self.has_expired(next) {
                continue;
            }
            let units = self.plan.holds[self.hold_of(next).index()].units;
            let row = &mut self.holds.rows[at as usize];
            if row.in_use + units > size {
                break;
            }
            row.in_use += units;
            row.line.leave(&mut self.flights, next, 0);
            self.hand_over(next, instance, object);
        }
        let row = &self.holds.rows[at as usize];
        let unwanted = row.in_use == 0 && row.line.len() == 0;
        if unwanted && self.plan.holds[id.index()].key.is_some() {
            self.holds.locks.remove(&(instance, object));
            self.holds.free.push(at);
        }
    }

    fn hand_over(&mut self, next: u32, instance: u32, object: u64) {
        self.disarm(next);
        self.stop_waiting_in_time(next);
        let hold = self.hold_of(next);
        if self.flights[next].state == State::Connecting {
            self.hold_connection(next, hold, instance);
            return self.set_out(next);
        }
        self.grant(next, hold, instance, object);
        self.flights[next].state = State::Running;
        self.soon(Do::Next, next);
    }

    fn hold_of(&self, flight: u32) -> HoldId {
        let row = &self.flights[flight];
        if row.state == State::Connecting {
            return self.quick[row.call as usize].connection;
        }
        match self.plan.steps[row.pc.index()] {
            Step::Acquire(hold) => hold,
            step => unreachable!("a flight that waits for units is at `hold`, not at {step:?}"),
        }
    }

    /// A wait for units has taken too long.
    pub(super) fn wait_over(&mut self, flight: u32) {
        let connecting = self.flights[flight].state == State::Connecting;
        self.leave_hold(flight);
        if connecting {
            self.attempt_unsent(flight, Cause::NoConnection);
        } else {
            self.fail(flight, Cause::NoConnection);
        }
    }

    /// Stop waiting for units.
    pub(super) fn leave_hold(&mut self, flight: u32) {
        self.disarm(flight);
        self.stop_waiting_in_time(flight);
        let id = self.hold_of(flight);
        let quantity = self.plan.holds[id.index()].quantity;
        let instance = self.instance(flight, quantity);
        let object = self.object_of_hold(flight, id);
        let Flight { since, .. } = self.flights[flight];
        self.probe.gave_up(quantity.0, since, self.now);
        self.probe.short_of_units(quantity.0, since, self.now);
        let row = self.row_of_hold(id, instance, object);
        self.holds.rows[row as usize]
            .line
            .leave(&mut self.flights, flight, 0);
        self.serve_waiting(id, instance, object);
    }

    /// Tell of one who still waits for units at the end of the run.
    pub(super) fn close_wait(&mut self, flight: u32) {
        let Flight { state, since, .. } = self.flights[flight];
        if matches!(state, State::Acquiring | State::Connecting) {
            let quantity = self.plan.holds[self.hold_of(flight).index()].quantity;
            self.probe.short_of_units(quantity.0, since, self.now);
        }
    }

    /// Tell of a connection that is still held at the end of the run.
    pub(super) fn close_connection(&mut self, flight: u32) {
        if let Some(Some(Connection {
            hold,
            instance,
            since,
        })) = self.holds.connections.get(flight as usize)
        {
            let hold = self.plan.holds[hold.index()];
            let (instance, since) = (*instance, *since);
            self.probe
                .used(hold.quantity.0, instance, since, self.now, hold.units);
        }
    }

    // ---- waiting with the time of the request in view

    /// Wait in a state for what others give, until the request's deadline at the latest if the flight was told of one.
    pub(super) fn wait_in_time(&mut self, flight: u32, state: State) {
        let deadline = self.flights[flight].deadline;
        self.flights[flight].state = state;
        if deadline == 0 {
            self.flights[flight].armed = self.calendar.token();
        } else {
            let left = deadline.saturating_sub(self.now).max(1);
            self.after(left, Lane::NONE, Do::Here, flight);
        }
    }

    /// What a flight waited for is there, or it waits no more.
    #[inline]
    pub(super) fn stop_waiting_in_time(&mut self, flight: u32) {
        if self.flights[flight].deadline != 0 {
            self.bury();
        }
    }
}
