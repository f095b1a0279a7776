//! The end of a run: what is still going on is told of.

use super::flight::flag;
use super::{Engine, Flight, NONE, Probe, State};
use crate::plan::ProcessorId;

impl<P: Probe> Engine<'_, P> {
    /// What the probe has heard, with everything that is still going on told to it as of now, as at the end of a run. The run can go on.
    pub fn heard(&mut self) -> P
    where
        P: Clone,
    {
        let before = self.probe.clone();
        self.close();
        std::mem::replace(&mut self.probe, before)
    }

    /// Requests, users and objects of caches that it holds in memory.
    pub fn weight(&self) -> u64 {
        let objects = self.stores.held.iter().map(|row| row.0);
        u64::from(self.flights.len()) + self.users.len() as u64 + objects.sum::<u64>()
    }

    /// Tell the probe of everything that is still going on, as of now; call once, at the end of a run. Nothing else changes.
    pub fn close(&mut self) {
        self.probe.closing(self.now);
        for slot in 0..self.flights.len() {
            if !self.is_door(slot) {
                let flight = self.flights[slot];
                self.close_flight(&flight);
                self.close_wait(slot);
                self.close_connection(slot);
            }
        }
        for index in 0..self.processors.len() {
            self.close_processor(ProcessorId::from(index));
        }
        self.close_stores();
        self.close_brokers();
        self.close_instances();
        self.close_breakdowns();
    }

    fn close_flight(&mut self, flight: &Flight) {
        let no_request = matches!(
            flight.state,
            State::Cancelling | State::Lagging | State::Connecting
        );
        if no_request || flight.state == State::Free {
            return;
        }
        if flight.is(flag::ROOT) {
            if flight.state == State::Lingering {
                return; // its user has the answer
            }
            self.close_frames(flight.frame, false);
            self.probe
                .unfinished_request(flight.endpoint, flight.birth, self.now);
            return;
        }
        let asked = flight.is(flag::SENT | flag::BRANCH)
            || flight.parent != NONE && self.flights[flight.parent].state != State::Cancelling;
        let awaited = flight.call != NONE && !flight.is(flag::REPLIED) && asked;
        if awaited {
            self.probe.unfinished_call(flight.endpoint, flight.birth);
            let branch = flight.is(flag::SENT | flag::BRANCH);
            if !branch && self.is_door(flight.parent) {
                self.close_door(flight);
            }
        }
        self.close_frames(flight.frame, awaited);
        if flight.state == State::Queued {
            self.probe.queued(flight.station, flight.since, self.now);
        }
        if flight.is(flag::SLOT) {
            let wasted = flight.is(flag::WASTED);
            self.probe
                .occupied(flight.station, flight.started, self.now, wasted);
        }
        match flight.state {
            State::Computing => self.close_job(flight),
            State::Pausing => self.close_work(flight),
            _ => {}
        }
    }
}
