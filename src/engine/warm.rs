//! Caches that begin warm: each store holds the most popular of its objects, as many as fit, the most popular as the newest.
//!
//! Not modelled: the order in which a long run would have left them, which differs from one rule of eviction to the next. Where entries
//! expire, each has a random part of its time to live left, as if it had been stored some time ago; a sliding time begins anew.

use super::{Engine, Probe};
use crate::chance::key::{Site, site};
use crate::plan::{Balance, CacheId};
use std::collections::BTreeSet;

const LEFT: Site = site(&["warm", "left"]);

/// Objects of one store, the most popular first, with their sizes.
#[derive(Debug, Clone, Default)]
struct Chosen {
    objects: Vec<(u64, u64)>,
    bytes: u64,
    full: bool,
}

impl<P: Probe> Engine<'_, P> {
    /// Fill the stores of the caches that begin warm.
    pub(super) fn warm_stores(&mut self) {
        for cache in 0..self.plan.caches.len() {
            if self.plan.caches[cache].warm {
                self.warm(CacheId::from(cache));
            }
        }
    }

    fn warm(&mut self, id: CacheId) {
        let mut held = 0;
        for (store, chosen) in (self.plan.caches[id.index()].first..).zip(self.choose(id)) {
            // From the least popular on: what comes last is the newest.
            for &(object, bytes) in chosen.objects.iter().rev() {
                let expires = self.warm_expiry(id, store, object);
                self.stores.rows[store as usize].store(object, bytes, expires);
            }
            held += self.stores.rows[store as usize].len();
        }
        self.stores.held[id.index()].0 = held;
    }

    /// What each store of a cache begins with.
    fn choose(&self, id: CacheId) -> Vec<Chosen> {
        let cache = &self.plan.caches[id.index()];
        let space = &self.plan.keyspaces[cache.keyspace.index()];
        let mut stores = vec![Chosen::default(); cache.stores as usize];
        let mut open = stores.len();
        for object in 0..space.popularity.items() {
            if open == 0 {
                break;
            }
            let bytes = if cache.capacity_bytes == u64::MAX {
                0
            } else {
                (self.size_of(cache.keyspace, object) + 0.5) as u64
            };
            for store in self.owners(id, object) {
                let store = &mut stores[store as usize];
                let more = store.objects.len() as u64 + 1;
                if !store.full
                    && more <= cache.capacity_items
                    && store.bytes + bytes <= cache.capacity_bytes
                {
                    store.objects.push((object, bytes));
                    store.bytes += bytes;
                } else if !store.full {
                    store.full = true;
                    open -= 1;
                }
            }
        }
        stores
    }

    /// The stores that hold an object when it is asked for: all replicas of a service, or a node of each ring.
    fn owners(&self, id: CacheId, object: u64) -> BTreeSet<u32> {
        let cache = &self.plan.caches[id.index()];
        let rings = self
            .plan
            .pools
            .iter()
            .filter(|pool| pool.component == cache.component);
        let mut owners = BTreeSet::new();
        for pool in rings {
            let Balance::ConsistentHash(rule) = &pool.balance else {
                continue;
            };
            let space = self.plan.keyspaces[cache.keyspace.index()].site;
            let position = rule.ring().pick(self.object_hash(space, object));
            let stations = pool.candidates.iter();
            let stations = stations.filter_map(|own| own.stations.get(position as usize));
            owners.extend(stations.map(|station| self.plan.stations[station.index()].replica));
        }
        if !cache.is_divided(self.plan) {
            owners.extend(0..cache.stores);
        }
        owners
    }

    fn warm_expiry(&self, id: CacheId, store: u32, object: u64) -> u64 {
        let cache = &self.plan.caches[id.index()];
        match cache.ttl {
            0 => u64::MAX,
            ttl if cache.sliding => ttl,
            ttl => {
                let key = self.root.child(cache.site, u64::from(store));
                let key = key.numbered(object);
                (ttl as f64 * key.draw(LEFT).unit()) as u64 + 1
            }
        }
    }
}
