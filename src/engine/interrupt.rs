//! What becomes of work at a thing that breaks: it stops and goes on later, begins anew, or is lost.

use super::flight::flag;
use super::processor::whole;
use super::{Engine, NONE, Probe, State};
use crate::plan::{ProcessorId, StationId, Step};
use crate::policy::Cause;

impl<P: Probe> Engine<'_, P> {
    /// A processor stops; what it has done of the jobs it has is kept, or not.
    pub(super) fn freeze(&mut self, processor: ProcessorId, anew: bool) {
        self.stop_clock(processor);
        let cpu = &mut self.processors[processor.index()];
        if !cpu.is_shared() {
            while !self.processors[processor.index()].on_core.is_empty() {
                let last = self.processors[processor.index()].on_core.len() - 1;
                self.put_back(processor, last);
            }
            if anew {
                self.processors[processor.index()].interrupted.clear();
            }
            return;
        }
        if !anew {
            return;
        }
        self.toil(u64::from(self.flights.len()));
        for flight in 0..self.flights.len() {
            let row = &self.flights[flight];
            let here = row.state == State::Computing
                && self.stations[row.station as usize].processor == processor;
            if here {
                self.begin_job_anew(processor, flight);
            }
        }
    }

    /// A job of a shared processor begins again; what it has had so far was for nothing.
    fn begin_job_anew(&mut self, processor: ProcessorId, flight: u32) {
        let Step::Compute(demand) = self.plan.steps[self.flights[flight].pc.index()] else {
            return;
        };
        let speed = self.processors[processor.index()].speed;
        let alone = whole(self.amount(flight, demand) / speed);
        let spent = self.now - self.flights[flight].since;
        self.leave_processor(flight);
        let row = &mut self.flights[flight];
        row.waited = row.waited.wrapping_add(spent).wrapping_add(alone);
        self.compute(flight, demand);
    }

    /// A processor goes on.
    pub(super) fn thaw(&mut self, processor: ProcessorId) {
        self.start_clock(processor);
        while self.next_job(processor) {}
    }

    /// Everything that a station has is lost: its requests fail, and the memory of its replica is empty.
    pub(super) fn lose_work(&mut self, station: StationId) {
        let here = |engine: &Self, flight: u32| {
            let row = &engine.flights[flight];
            row.station == station.0 && engine.is_at_its_station(flight)
        };
        self.toil(u64::from(self.flights.len()));
        let all: Vec<u32> = (0..self.flights.len())
            .filter(|&flight| here(self, flight))
            .collect();
        for flight in all {
            if here(self, flight) {
                self.lose_request(flight);
            }
        }
        self.forget_stores(station);
    }

    /// Whether a flight is a request (not a part of one) that is where it is served.
    fn is_at_its_station(&self, flight: u32) -> bool {
        let row = &self.flights[flight];
        let part = row.call == NONE && row.is(flag::BRANCH);
        let waits_elsewhere =
            row.state == State::Queued && self.plan.stations[row.station as usize].shared.is_some();
        let away = matches!(
            row.state,
            State::Free
                | State::Parked
                | State::Outbound
                | State::Inbound
                | State::Cancelling
                | State::Lagging
        );
        !part && !waits_elsewhere && !away
    }

    /// A request fails where it is served, whatever it does there.
    fn lose_request(&mut self, flight: u32) {
        if self.flights[flight].joins > 0 {
            for join in self.joins.of(flight) {
                self.call_off_branches(join);
            }
        }
        if self.flights[flight].state == State::Free {
            return; // its branches were all that was left of it
        }
        if self.flights[flight].state == State::Joining {
            self.flights[flight].state = State::Running;
        }
        self.stop_doing(flight);
        self.leave_all(flight);
        self.flights[flight].armed = self.calendar.token();
        self.finish(flight, Err(Cause::Unreachable));
    }
}
