//! Fills: who fetches an object that others wait for.
//!
//! A look-up that misses a coalescing cache makes its request the *filler* of that object in that store; others who miss meanwhile wait.
//! A fill ends when the object is stored. When the filler fails, so do all who wait; or the first of them becomes the filler, until so many
//! have failed. When the filler is given up, or was about another object, the first who waits becomes the filler in any case.

use super::flight::flag;
use super::frame::Frame;
use super::refresh::{FILL, REFRESH, SHARED};
use super::{Do, Engine, Probe, State};
use crate::plan::{CacheId, SiteMeter, Step};
use crate::policy::Cause;

impl<P: Probe> Engine<'_, P> {
    /// Others may wait for what this flight fetches: a program in the replica itself remembers it by a frame, a node's program by a
    /// mark that its answer hands to the caller.
    pub(super) fn become_filler(&mut self, flight: u32, store: u32, object: u64) {
        match self.plan.steps[self.flights[flight].pc.index()] {
            Step::NodeProbe(_) => self.flights[flight].fills = FILL,
            _ => self.enter(flight, Frame::Fill { store, object }),
        }
    }

    /// The answer of a node's look-up hands the duty to fill to the caller.
    pub(super) fn take_over_fill(&mut self, child: u32, parent: u32) {
        let (store, object) = self.object_of_fill(child);
        let fills = std::mem::take(&mut self.flights[child].fills);
        let frame = if fills == REFRESH {
            Frame::owed(store, object)
        } else {
            Frame::Fill { store, object }
        };
        self.enter(parent, frame);
    }

    /// The cache that a flight waiting for a fill has looked up.
    fn cache_of(&self, flight: u32) -> CacheId {
        match self.plan.steps[self.flights[flight].pc.index()] {
            Step::NodeProbe(cache) => cache,
            Step::Probe(get) => self.plan.gets[get.index()].cache,
            step => unreachable!("a flight that waits for a fill is at a look-up, not at {step:?}"),
        }
    }

    fn object_of_fill(&self, flight: u32) -> (u32, u64) {
        let station = self.flights[flight].station as usize;
        let component = self.plan.stations[station].component;
        let cache = self
            .plan
            .caches
            .iter()
            .position(|cache| cache.component == component)
            .unwrap_or(0);
        self.object_here(flight, CacheId::from(cache))
    }

    /// What a flight was to fetch or store for others will not come from it.
    pub(super) fn abandon_fill_of(&mut self, flight: u32) {
        let (store, object) = self.object_of_fill(flight);
        match std::mem::take(&mut self.flights[flight].fills) {
            REFRESH => {
                self.stores.refreshing.remove(&(store, object));
            }
            FILL => self.abandon_fill(store, object, None),
            _ => {}
        }
    }

    pub(super) fn wake(&mut self, waiting: u32) {
        self.stop_waiting_in_time(waiting);
        let row = &mut self.flights[waiting];
        row.state = State::Running;
        self.soon(Do::Next, waiting);
    }

    /// A fill will not happen: the first who waits takes it over, or all who wait fail for the same cause.
    pub(super) fn abandon_fill(&mut self, store: u32, object: u64, cause: Option<Cause>) {
        let Some(&line) = self.stores.fills.get(&(store, object)) else {
            return;
        };
        let Some(next) = self.stores.lines[line as usize].first() else {
            self.stores.fills.remove(&(store, object));
            self.stores.free.push(line);
            return;
        };
        let cache = self.cache_of(next);
        if let Some(cause) = cause {
            let fillers = &mut self.stores.fillers[line as usize];
            if *fillers >= self.plan.guards.fetches_of(cache) {
                return self.fail_fill(cache, store, object, cause);
            }
            *fillers += 1;
        }
        self.stores.lines[line as usize].take(&mut self.flights, self.now);
        self.flights[next].flags &= !flag::HIT;
        self.become_filler(next, store, object);
        self.probe.miss(cache.0, self.now, false);
        self.meter(cache, store, object, SiteMeter::Asked);
        self.wake(next);
    }

    /// All who wait for a fill fail with it.
    fn fail_fill(&mut self, cache: CacheId, store: u32, object: u64, cause: Cause) {
        let Some(line) = self.stores.fills.remove(&(store, object)) else {
            return;
        };
        while let Some(waiting) = self.stores.lines[line as usize].take(&mut self.flights, self.now)
        {
            self.stop_waiting_in_time(waiting);
            self.probe.miss(cache.0, self.now, false);
            let pc = self.flights[waiting].pc;
            if matches!(self.plan.steps[pc.index()], Step::NodeProbe(_)) {
                self.flights[waiting].fills = SHARED;
            }
            let row = &mut self.flights[waiting];
            (row.state, row.cause) = (State::Failing, cause as u8);
            self.soon(Do::Here, waiting);
        }
        self.stores.free.push(line);
    }

    /// Stop waiting for another's fill.
    pub(super) fn leave_fill(&mut self, flight: u32) {
        let (store, object) = match self.plan.steps[self.flights[flight].pc.index()] {
            Step::Probe(get) => self.object_at(flight, get),
            Step::NodeProbe(cache) => self.object_here(flight, cache),
            step => unreachable!("a flight that waits for a fill is at a look-up, not at {step:?}"),
        };
        self.stop_waiting_in_time(flight);
        if let Some(&line) = self.stores.fills.get(&(store, object)) {
            self.stores.lines[line as usize].leave(&mut self.flights, flight, 0);
        }
    }
}
