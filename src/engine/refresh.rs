//! Stale copies that are given out while a flight behind fetches them anew.
//!
//! Who finds a stale copy is served at once. The first who does is to have it fetched: when its look-up is over, a flight of its own
//! takes the steps of the miss in its place, without a slot, and stores what they bring. As long as that lasts nobody else fetches the
//! object on that account. Where a refresh fails, the copy stays as it was, and the next who finds it tries again.

use super::flight::flag;
use super::frame::Frame;
use super::{Do, Engine, Flight, NONE, Probe, State};
use crate::plan::{GetId, RefreshId, Step};

/// What [`Flight::fills`] says: others may wait for the object.
pub(super) const FILL: u8 = 1;

/// What [`Flight::fills`] says: the object is refreshed.
pub(super) const REFRESH: u8 = 2;

/// What [`Flight::fills`] says: the fetch that it waited for has failed, and it fails with that.
pub(super) const SHARED: u8 = 3;

impl Frame {
    /// A refresh that is still to be started.
    pub(super) fn owed(store: u32, object: u64) -> Self {
        Self::Refresh {
            by: RefreshId::NONE,
            store,
            object,
        }
    }
}

impl<P: Probe> Engine<'_, P> {
    /// A flight has found a stale object: it is to have it fetched anew unless that is under way.
    pub(super) fn owe_refresh(&mut self, flight: u32, store: u32, object: u64) {
        if !self.stores.refreshing.insert((store, object)) {
            return;
        }
        match self.plan.steps[self.flights[flight].pc.index()] {
            // The answer of a node hands the duty to the caller.
            Step::NodeProbe(_) => self.flights[flight].fills = REFRESH,
            _ => self.enter(flight, Frame::owed(store, object)),
        }
    }

    /// The innermost frame, if it is a refresh.
    fn refresh_of(&self, flight: u32) -> Option<(RefreshId, u32, u64)> {
        let at = self.flights[flight].frame;
        if at == NONE {
            return None;
        }
        match self.frames.get(at).0 {
            Frame::Refresh { by, store, object } => Some((by, store, object)),
            _ => None,
        }
    }

    /// Start a flight that fetches anew what this one has found stale, if it is to.
    pub(super) fn start_refresh(&mut self, flight: u32, by: RefreshId) {
        let Some((RefreshId::NONE, store, object)) = self.refresh_of(flight) else {
            return;
        };
        self.leave(flight);
        let Flight {
            key,
            root,
            env,
            station,
            priority,
            endpoint,
            own_attempt,
            ..
        } = self.flights[flight];
        let env = self.environment.share(env);
        let frame = self.frames.push(Frame::Refresh { by, store, object }, NONE);
        let behind = self.add_flight(Flight {
            key,
            root,
            env,
            station,
            priority,
            endpoint,
            own_attempt,
            frame,
            pc: self.plan.refreshes[by.index()].miss,
            flags: flag::REPLIED,
            state: State::Running,
            birth: self.now,
            ..Flight::default()
        });
        self.soon(Do::Here, behind);
    }

    /// Whether a flight fetches anew, and this is where it stores what it brings.
    pub(super) fn is_refresh_of(&self, flight: u32, get: GetId) -> bool {
        match self.refresh_of(flight) {
            Some((by, ..)) => by.is_some() && self.plan.refreshes[by.index()].get == get,
            None => false,
        }
    }

    /// Store what was fetched anew, and be done.
    pub(super) fn end_refresh(&mut self, flight: u32, id: GetId) {
        let get = &self.plan.gets[id.index()];
        let Some(Frame::Refresh { store, object, .. }) = self.leave(flight) else {
            return;
        };
        let same = self.attribute(flight, get.key) as u64 == object;
        if !same || !get.store.is_some() {
            self.stores.refreshing.remove(&(store, object));
        }
        if same && get.store.is_some() {
            let child = self.make_call(flight, get.store);
            let row = &mut self.flights[child];
            row.flags |= flag::SENT;
            row.fills = REFRESH;
            self.depart(child, flight, get.store);
        } else if same {
            self.put(flight, get.cache, store, object, true);
        }
        self.finish(flight, Ok(()));
    }

    /// A flight that nobody waits for and that holds no slot is over.
    pub(super) fn end_alone(&mut self, flight: u32) {
        if self.flights[flight].joins > 0 {
            self.flights[flight].state = State::Lingering;
            self.flights[flight].armed = self.calendar.token();
        } else {
            self.drop_flight(flight);
        }
    }
}
