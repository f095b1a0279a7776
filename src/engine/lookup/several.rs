//! Look-ups of several keys at once: one round trip, a hit or a miss for each key.
//!
//! The keys are the object that the request is about and others of the same fate, so that all look-ups of one request ask for the same ones,
//! and a store that is told of them knows them without a list. Each is found, missed and stored by itself; on a ring each in the store of
//! its own node, while the node of the first does the work.
//!
//! `batch` says how many keys there are, and after the look-up how many were missing.

use super::super::flight::flag;
use super::super::{Engine, NONE, Probe};
use crate::plan::{Balance, CacheId, GetId, Plan, Several, SiteMeter};
use crate::policy::evict::Found;

/// Which look-ups are of several keys.
#[derive(Debug, Default)]
pub(super) struct OfSeveral {
    /// Rows of the plan by look-up and by call; empty if there are none at all.
    by_get: Vec<u32>,
    by_call: Vec<u32>,
    /// The keys of the look-up that is being made.
    keys: Vec<u64>,
}

/// Draws for each key after which one that has not been drawn is taken instead: only where few objects have nearly all requests.
const TRIES: u64 = 16;

impl OfSeveral {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut rows = Self::default();
        if plan.several.is_empty() {
            return rows;
        }
        rows.by_get = vec![NONE; plan.gets.len()];
        rows.by_call = vec![NONE; plan.calls.len()];
        for (number, row) in plan.several.iter().enumerate() {
            rows.by_get[row.get.index()] = number as u32;
            let store = plan.gets[row.get.index()].store;
            for call in [row.ask, store] {
                if call.is_some() {
                    rows.by_call[call.index()] = number as u32;
                }
            }
        }
        rows
    }

    fn of_get(&self, get: GetId) -> u32 {
        self.by_get.get(get.index()).copied().unwrap_or(NONE)
    }

    fn of_call(&self, call: u32) -> u32 {
        self.by_call.get(call as usize).copied().unwrap_or(NONE)
    }
}

impl<'p, P: Probe> Engine<'p, P> {
    /// The look-up of several keys that this one is.
    pub(super) fn several_of_get(&self, get: GetId) -> Option<&'p Several> {
        let row = self.stores.several.of_get(get);
        self.plan.several.get(row as usize)
    }

    /// The look-up of several keys that the call of a flight belongs to.
    pub(super) fn several_of_call(&self, flight: u32) -> Option<&'p Several> {
        let row = self.stores.several.of_call(self.flights[flight].call);
        self.plan.several.get(row as usize)
    }

    /// The keys that a flight looks up: all different.
    fn keys_of(&mut self, flight: u32, row: &Several) -> Vec<u64> {
        let mut keys = std::mem::take(&mut self.stores.several.keys);
        keys.clear();
        let get = &self.plan.gets[row.get.index()];
        let space = self.plan.caches[get.cache.index()].keyspace;
        let items = self.plan.keyspaces[space.index()].items;
        let wanted = self.count(flight, row.keys).min(items);
        keys.push(self.attribute(flight, get.key) as u64);
        let mut number = 0;
        while (keys.len() as u64) < wanted {
            number += 1;
            let mut object = self.another_object(flight, get.key, number);
            if number > TRIES * wanted {
                // Whoever is left, from there on.
                while keys.contains(&object) {
                    object = (object + 1) % items;
                }
            }
            if !keys.contains(&object) {
                keys.push(object);
            }
        }
        keys
    }

    /// The store that has an object: the one here, or that of the node to which the object belongs.
    fn store_with(&self, flight: u32, id: CacheId, object: u64) -> u32 {
        let cache = &self.plan.caches[id.index()];
        let here = self.store_of(flight, id);
        let call = self.flights[flight].call;
        if cache.stores == 1 || !cache.is_divided(self.plan) || call == NONE {
            return here;
        }
        let number = self.plan.calls[call as usize].pool.index();
        let pool = &self.plan.pools[number];
        if !matches!(pool.balance, Balance::ConsistentHash(_)) {
            return here;
        }
        let space = self.plan.keyspaces[cache.keyspace.index()].site;
        let position = self.node_on_ring(number, self.object_hash(space, object));
        let station = &self.plan.stations[self.flights[flight].station as usize];
        let near = pool.candidates.get(station.zone.index());
        let owner = near.and_then(|near| near.stations.get(position as usize));
        owner.map_or(here, |owner| {
            cache.first + self.plan.stations[owner.index()].replica
        })
    }

    /// Look all of them up.
    pub(super) fn look_up_several(&mut self, flight: u32, row: &Several) {
        let cache = self.plan.gets[row.get.index()].cache;
        let keys = self.keys_of(flight, row);
        let mut missing = 0_u32;
        for &object in &keys {
            let store = self.store_with(flight, cache, object);
            let found = self.stores.rows[store as usize].find(object, self.now);
            match found {
                Found::Fresh | Found::Stale => {
                    self.probe.hit(cache.0, self.now);
                    self.meter(cache, store, object, SiteMeter::Found);
                }
                _ => {
                    missing += 1;
                    let expired = found == Found::Expired;
                    if expired {
                        self.count_held(cache, 1, 0);
                    }
                    self.probe.miss(cache.0, self.now, expired);
                    self.meter(cache, store, object, SiteMeter::Asked);
                }
            }
        }
        self.stores.several.keys = keys;
        let flags = &mut self.flights[flight].flags;
        *flags &= !flag::HIT;
        if missing == 0 {
            *flags |= flag::HIT;
        }
        self.carry(flight, row.batch, f64::from(missing));
    }

    /// Store those that are not there.
    pub(super) fn store_several(&mut self, flight: u32, row: &Several) {
        let cache = self.plan.gets[row.get.index()].cache;
        let keys = self.keys_of(flight, row);
        for &object in &keys {
            let store = self.store_with(flight, cache, object);
            let expiry = self.stores.rows[store as usize].expiry(object);
            if expiry.is_none_or(|good| good <= self.now) {
                self.put(flight, cache, store, object, false);
            }
        }
        self.stores.several.keys = keys;
    }

    /// The answer of a node says how many keys it did not find.
    pub(in super::super) fn tell_missing(&mut self, child: u32, parent: u32) {
        let Some(row) = self.several_of_call(child) else {
            return;
        };
        let missing = self.attribute(child, row.batch);
        self.carry(parent, row.batch, missing);
    }
}
