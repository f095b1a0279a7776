//! Doors: requests that are one plain call and nothing else need no flight on their user's side.
//!
//! An entry with such a program has one flight for all its requests, its door, which waits for ever. The call of a request has the door
//! for its parent and names its user itself. Fates, times and what the probe is told are as if each request had a flight of its own.

use super::flight::flag;
use super::frame::Frame;
use super::{Engine, Flight, NONE, Outcome, Probe, State};
use crate::chance::key::Key;
use crate::plan::{CallId, EntryId, Load, Step, StepId};

/// The door of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door {
    flight: u32,
    call: CallId,
}

impl<P: Probe> Engine<'_, P> {
    /// Make the doors of all entries that can have one.
    pub(super) fn open_doors(&mut self) {
        for index in 0..self.plan.entries.len() {
            let door = self.one_call(EntryId::from(index)).map(|call| Door {
                flight: self.flights.add(Flight {
                    endpoint: index as u32,
                    flags: flag::ROOT,
                    state: State::Calling,
                    armed: self.calendar.token(),
                    ..Flight::default()
                }),
                call,
            });
            self.doors.push(door);
        }
    }

    /// The call that is all that a request does: without guards, and without attributes of its own that somebody must keep.
    fn one_call(&self, entry: EntryId) -> Option<CallId> {
        let entry = &self.plan.entries[entry.index()];
        let workload = &self.plan.workloads[entry.workload.index()];
        if matches!(workload.load, Load::Replay(_)) || !self.drifts.is_empty() {
            return None;
        }
        let with = workload.with;
        let program = self.plan.steps.get(entry.entry.index()..)?;
        match *program {
            [Step::Call(call), Step::End, ..] if with.0 == with.1 && !self.has_user => {
                (!self.plan.calls[call.index()].guarded).then_some(call)
            }
            _ => None,
        }
    }

    /// A request is born at a door: its call sets out.
    #[inline]
    pub(super) fn knock(&mut self, door: Door, key: Key, user: u32, priority: u8) {
        let row = &mut self.flights[door.flight];
        (row.key, row.root, row.priority) = (key, key, priority);
        let armed = row.armed;
        let child = self.make_call(door.flight, door.call);
        let row = &mut self.flights[child];
        (row.parent, row.parent_armed, row.sibling) = (door.flight, armed, user);
        self.depart(child, door.flight, door.call);
    }

    /// Whether a flight is a door.
    #[inline]
    pub(super) fn is_door(&self, flight: u32) -> bool {
        let row = &self.flights[flight];
        row.pc == StepId::NONE && row.is(flag::ROOT) && row.state == State::Calling
    }

    /// The answer to the call of a request is back at its door.
    #[inline]
    pub(super) fn leave_door(&mut self, child: u32, birth: u64, outcome: Outcome) {
        let row = &mut self.flights[child];
        row.key = row.root; // the user's own draws are of the request's fate
        let (door, user) = (row.parent, row.sibling);
        let entry = self.flights[door].endpoint;
        self.settle(child, entry, birth, user, outcome);
        self.drop_flight(child);
    }

    /// Tell of a request whose call is still in progress at the end of the run.
    pub(super) fn close_door(&mut self, child: &Flight) {
        let (mut frame, mut birth) = (child.frame, child.birth);
        while frame != NONE {
            let (row, below) = self.frames.get(frame);
            if let Frame::Forwarded { birth: earlier, .. } = row {
                birth = earlier;
            }
            frame = below;
        }
        let entry = self.flights[child.parent].endpoint;
        self.probe.unfinished_request(entry, birth, self.now);
    }
}
