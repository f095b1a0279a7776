//! Caches that begin warm: each store holds the most popular of its objects, as many as fit, the most popular as the newest.
//!
//! Not modelled: the order in which a long run would have left them, which differs from one rule of eviction to the next. Where entries
//! expire, each has a random part of its time to live left, as if it had been stored some time ago; a sliding time begins anew.

use super::pace::WORK;
use super::{Engine, Probe};
use crate::chance::key::{Site, site};
use crate::plan::{Balance, CacheId, MOST_WARM};
use std::collections::BTreeSet;

/// Objects gone through for one cache at most, by popularity: a store whose part of the ring is so small that it is not full by then
/// begins with what it has.
const MOST_LOOKED_AT: u64 = 10 * MOST_WARM;
/// Objects gone through between two looks at whether the run is still wanted.
const LOOK: u64 = WORK as u64 / 8;

const LEFT: Site = site(&["warm", "left"]);

/// Objects of one store, the most popular first, with their sizes.
#[derive(Debug, Clone, Default)]
struct Chosen {
    objects: Vec<(u64, u64)>,
    bytes: u64,
    full: bool,
}

impl<P: Probe> Engine<'_, P> {
    /// Fill the stores of the caches that begin warm; false when `stop` said so before that was done.
    pub(super) fn warm_stores(&mut self, stop: &(dyn Fn() -> bool + Sync)) -> bool {
        (0..self.plan.caches.len())
            .filter(|cache| self.plan.caches[*cache].warm)
            .all(|cache| self.warm(CacheId::from(cache), stop).is_some())
    }

    fn warm(&mut self, id: CacheId, stop: &(dyn Fn() -> bool + Sync)) -> Option<()> {
        let (mut held, mut done) = (0, 0);
        let all = self.choose(id, stop)?;
        for (store, chosen) in (self.plan.caches[id.index()].first..).zip(all) {
            // From the least popular on: what comes last is the newest.
            for &(object, bytes) in chosen.objects.iter().rev() {
                done += 1;
                if done % WORK == 0 && stop() {
                    return None;
                }
                let expires = self.warm_expiry(id, store, object);
                self.stores.rows[store as usize].store(object, bytes, expires);
            }
            let row = &mut self.stores.rows[store as usize];
            held += row.len();
            while row.next_end().is_some() {} // what did not fit was never there
        }
        self.stores.held[id.index()].0 = held;
        Some(())
    }

    /// What each store of a cache begins with; nothing when `stop` said so.
    fn choose(&self, id: CacheId, stop: &(dyn Fn() -> bool + Sync)) -> Option<Vec<Chosen>> {
        let cache = &self.plan.caches[id.index()];
        let space = &self.plan.keyspaces[cache.keyspace.index()];
        let mut stores = vec![Chosen::default(); cache.stores as usize];
        let (mut open, mut held) = (stores.len(), 0);
        for object in 0..space.popularity.items().min(MOST_LOOKED_AT) {
            if open == 0 || held >= MOST_WARM {
                break;
            }
            if object % LOOK == 0 && stop() {
                return None;
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
                    held += 1;
                } else if !store.full {
                    store.full = true;
                    open -= 1;
                }
            }
        }
        Some(stores)
    }

    /// The stores that hold an object when it is asked for: all replicas of a service, or a node of each ring.
    fn owners(&self, id: CacheId, object: u64) -> BTreeSet<u32> {
        let cache = &self.plan.caches[id.index()];
        let rings = (self.plan.pools.iter().enumerate())
            .filter(|(_, pool)| pool.component == cache.component)
            .filter(|(_, pool)| matches!(pool.balance, Balance::ConsistentHash(_)));
        let mut owners = BTreeSet::new();
        for (number, pool) in rings {
            let space = self.plan.keyspaces[cache.keyspace.index()].site;
            let position = self.node_on_ring(number, self.object_hash(space, object));
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
