//! Caches: look-ups and what they find, what is stored and what is dropped. Who fetches for whom stands in `fill`.

mod several;

use super::flight::flag;
use super::frame::Frame;
use super::line::Line;
use super::refresh::{FILL, REFRESH};
use super::{Engine, Probe, State};
use crate::chance::key::Key;
use crate::plan::{CacheId, GetId, KeyspaceId, Plan, SiteMeter, StationId, Step};
use crate::policy::evict::{Found, Numbered, NumberedSet, Store};
use crate::policy::queue::fifo;
use several::OfSeveral;

/// All stores of all caches.
#[derive(Debug)]
pub(super) struct Stores {
    pub(super) rows: Vec<Store>,
    pub(super) fills: Numbered<(u32, u64), u32>,
    /// Who waits for a fill, and how many fillers there were.
    pub(super) lines: Vec<Line>,
    pub(super) fillers: Vec<u32>,
    pub(super) free: Vec<u32>,
    /// Objects that are fetched anew while their old copies are given out.
    pub(super) refreshing: NumberedSet<(u32, u64)>,
    pub(super) held: Vec<(u64, u64)>,
    /// First meter of each cache's stores; `u32::MAX` for those that have none.
    meters: Vec<u32>,
    several: OfSeveral,
}

impl Stores {
    /// `root` is the key of the replication.
    pub(super) fn new(plan: &Plan, root: Key) -> Self {
        let mut stores = Self {
            rows: Vec::new(),
            fills: Numbered::default(),
            lines: Vec::new(),
            fillers: Vec::new(),
            free: Vec::new(),
            refreshing: NumberedSet::default(),
            held: vec![(0, 0); plan.caches.len()],
            meters: meters(plan),
            several: OfSeveral::new(plan),
        };
        let mut caches: Vec<u32> = (0..plan.caches.len() as u32).collect();
        caches.sort_by_key(|&cache| plan.caches[cache as usize].first);
        for id in caches {
            let cache = &plan.caches[id as usize];
            for number in 0..cache.stores {
                let key = root.child(cache.site, u64::from(number));
                stores.rows.push(empty_store(plan, CacheId(id), key));
            }
        }
        stores
    }

    fn open_fill(&mut self, store: u32, object: u64) {
        let line = self.free.pop().unwrap_or_else(|| {
            self.lines.push(Line::new(1));
            self.fillers.push(0);
            self.lines.len() as u32 - 1
        });
        self.fillers[line as usize] = 1;
        self.fills.insert((store, object), line);
    }
}

/// A store of a cache with nothing in it.
fn empty_store(plan: &Plan, id: CacheId, key: Key) -> Store {
    let cache = &plan.caches[id.index()];
    let mut graces = plan.graces.iter();
    let grace = graces.find(|grace| grace.cache == id);
    let slide = if cache.sliding { cache.ttl } else { 0 };
    let (items, bytes) = (cache.capacity_items, cache.capacity_bytes);
    let store = Store::new(cache.evict, items, bytes, key).sliding(slide);
    store.refreshed(grace.map_or(0, |grace| grace.span))
}

/// The caches of CDNs and those bounded in bytes have meters, three for each store.
fn meters(plan: &Plan) -> Vec<u32> {
    let of_bytes = |cache| plan.byte_meter(CacheId::from(cache)).unwrap_or(u32::MAX);
    let mut meters: Vec<u32> = (0..plan.caches.len()).map(of_bytes).collect();
    for cdn in &plan.cdns {
        meters[cdn.cache.index()] = cdn.meter;
        if let Some(shield) = cdn.shield {
            meters[shield.index()] = cdn.of_site(cdn.sites(), SiteMeter::Found) as u32;
        }
    }
    meters
}

impl<P: Probe> Engine<'_, P> {
    /// Tell the meter of a store, if it has one, of an object.
    pub(super) fn meter(&mut self, id: CacheId, store: u32, object: u64, meter: SiteMeter) {
        let first = self.stores.meters[id.index()];
        if first == u32::MAX {
            return;
        }
        let cache = &self.plan.caches[id.index()];
        let row = first + (store - cache.first) * SiteMeter::ALL + meter as u32;
        self.passes(row, cache.keyspace, object);
    }

    /// An object passes a meter of the plan.
    pub(super) fn passes(&mut self, meter: u32, keyspace: KeyspaceId, object: u64) {
        let bytes = (self.size_of(keyspace, object) + 0.5) as u64;
        self.probe.metered(meter, bytes, self.now);
    }

    fn store_of(&self, flight: u32, cache: CacheId) -> u32 {
        let spec = &self.plan.caches[cache.index()];
        spec.first + self.plan.stations[self.flights[flight].station as usize].replica
    }

    /// Which object of which store a flight is about.
    pub(super) fn object_at(&self, flight: u32, get: GetId) -> (u32, u64) {
        let get = &self.plan.gets[get.index()];
        (
            self.store_of(flight, get.cache),
            self.attribute(flight, get.key) as u64,
        )
    }

    /// Which object of this node's store a flight is about: the key of the call that brought it.
    pub(super) fn object_here(&self, flight: u32, cache: CacheId) -> (u32, u64) {
        let call = &self.plan.calls[self.flights[flight].call as usize];
        (
            self.store_of(flight, cache),
            self.attribute(flight, call.key) as u64,
        )
    }

    /// Look up a cache in this replica: false when the flight waits for another's fill.
    pub(super) fn look_up(&mut self, flight: u32, get: GetId) -> bool {
        if let Some(row) = self.several_of_get(get) {
            self.look_up_several(flight, row);
            return true;
        }
        let (store, object) = self.object_at(flight, get);
        self.find(flight, self.plan.gets[get.index()].cache, store, object)
    }

    /// Look up the store of this node: false when the flight waits for another's fill.
    pub(super) fn look_up_here(&mut self, flight: u32, cache: CacheId) -> bool {
        if let Some(row) = self.several_of_call(flight) {
            self.look_up_several(flight, row);
            return true;
        }
        let (store, object) = self.object_here(flight, cache);
        self.find(flight, cache, store, object)
    }

    fn find(&mut self, flight: u32, cache: CacheId, store: u32, object: u64) -> bool {
        let found = self.stores.rows[store as usize].find(object, self.now);
        if matches!(found, Found::Fresh | Found::Stale) {
            self.flights[flight].flags |= flag::HIT;
            self.probe.hit(cache.0, self.now);
            if found == Found::Stale {
                self.probe.stale_hit(cache.0, self.now);
                self.owe_refresh(flight, store, object);
            }
            self.meter(cache, store, object, SiteMeter::Found);
            return true;
        }
        self.flights[flight].flags &= !flag::HIT;
        if found == Found::Expired {
            self.count_held(cache, 1, 0);
            self.tell_lapsed(cache, store);
        }
        if self.plan.caches[cache.index()].coalesce {
            if let Some(&line) = self.stores.fills.get(&(store, object)) {
                self.stores.lines[line as usize].join(&mut self.flights, flight, fifo::place());
                self.flights[flight].since = self.now;
                self.wait_in_time(flight, State::Filling);
                let pc = self.flights[flight].pc;
                if matches!(self.plan.steps[pc.index()], Step::NodeProbe(_)) {
                    // The node has done its part: whoever waits for the fill must not keep the slot that the fill needs.
                    self.release_slot(flight);
                }
                return false;
            }
            self.stores.open_fill(store, object);
            self.become_filler(flight, store, object);
        }
        self.probe.miss(cache.0, self.now, found == Found::Expired);
        self.meter(cache, store, object, SiteMeter::Asked);
        true
    }

    /// Store what was missed: here, or by a message to the node. True when that was all that the flight had to do.
    pub(super) fn fill(&mut self, flight: u32, id: GetId) -> bool {
        if self.is_refresh_of(flight, id) {
            self.end_refresh(flight, id);
            return true;
        }
        self.fill_missed(flight, id);
        false
    }

    fn fill_missed(&mut self, flight: u32, id: GetId) {
        let get = &self.plan.gets[id.index()];
        let cache = &self.plan.caches[get.cache.index()];
        let promised = if cache.coalesce {
            self.leave(flight)
        } else {
            None
        };
        let meant = self.attribute(flight, get.key) as u64;
        let kept = match promised {
            Some(Frame::Fill { store, object }) if meant != object => {
                // The program has changed the key since it missed: those who wait are not served by what it stores now.
                self.abandon_fill(store, object, None);
                false
            }
            promised => promised.is_some(),
        };
        if !get.store.is_some() {
            if let Some(row) = self.several_of_get(id) {
                return self.store_several(flight, row);
            }
            let (store, object) = self.object_at(flight, id);
            return self.put(flight, get.cache, store, object, false);
        }
        let child = self.make_call(flight, get.store);
        let row = &mut self.flights[child];
        row.flags |= flag::SENT;
        row.fills = if kept { FILL } else { 0 };
        self.depart(child, flight, get.store);
    }

    /// In a node's program: store the object.
    pub(super) fn store_here(&mut self, flight: u32, cache: CacheId) {
        if let Some(row) = self.several_of_call(flight) {
            return self.store_several(flight, row);
        }
        let (store, object) = self.object_here(flight, cache);
        let refreshed = std::mem::take(&mut self.flights[flight].fills) == REFRESH;
        if refreshed {
            self.stores.refreshing.remove(&(store, object));
        }
        // A message brings what was fetched, a call what was written.
        let written = refreshed || !self.flights[flight].is(flag::SENT);
        self.put(flight, cache, store, object, written);
    }

    /// Store in this replica what was written.
    pub(super) fn put_in(&mut self, flight: u32, get: GetId) {
        let (store, object) = self.object_at(flight, get);
        self.put(
            flight,
            self.plan.gets[get.index()].cache,
            store,
            object,
            true,
        );
    }

    /// Drop an object from this replica.
    pub(super) fn drop_from(&mut self, flight: u32, get: GetId) {
        let (store, object) = self.object_at(flight, get);
        self.drop_object(self.plan.gets[get.index()].cache, store, object);
    }

    /// In a node's program: drop the object.
    pub(super) fn drop_here(&mut self, flight: u32, cache: CacheId) {
        let (store, object) = self.object_here(flight, cache);
        self.drop_object(cache, store, object);
    }

    /// A write is acknowledged: what it makes wrong leaves all stores.
    pub(super) fn purge(&mut self, flight: u32, row: u32) {
        let purge = &self.plan.purges[row as usize];
        let cache = &self.plan.caches[purge.cache.index()];
        let stores = cache.first..cache.first + cache.stores;
        self.toil(u64::from(cache.stores));
        if !purge.entries.is_some() {
            let call = &self.plan.calls[self.flights[flight].call as usize];
            let key = if call.key.is_some() {
                call.key
            } else {
                purge.key
            };
            let object = self.attribute(flight, key) as u64;
            stores.for_each(|store| self.drop_object(purge.cache, store, object));
            return;
        }
        let items = self.plan.keyspaces[cache.keyspace.index()].items;
        let key = self.flights[flight].key.child(purge.site, 0);
        let entries = self.count(flight, purge.entries);
        self.toil(entries.saturating_mul(u64::from(cache.stores)));
        for number in 0..entries {
            let object = key.numbered(number).draw(purge.site).below_wide(items);
            for store in stores.clone() {
                self.drop_object(purge.cache, store, object);
            }
        }
    }

    fn drop_object(&mut self, cache: CacheId, store: u32, object: u64) {
        if self.stores.rows[store as usize].remove(object) {
            self.count_held(cache, 1, 0);
            self.tell_lapsed(cache, store);
        }
    }

    /// Objects that have left a store, or are there anew, may have been kept beyond their end.
    fn tell_lapsed(&mut self, cache: CacheId, store: u32) {
        while let Some(end) = self.stores.rows[store as usize].next_end() {
            if end < self.now {
                self.probe.lapsed(cache.0, end, self.now);
            }
        }
    }

    /// The same of all that are still there.
    fn tell_past(&mut self, cache: CacheId, store: u32) {
        let now = self.now;
        for end in self.stores.rows[store as usize].past(now) {
            self.probe.lapsed(cache.0, end, now);
        }
    }

    /// Store an object; what was `written` begins its time to live anew.
    pub(super) fn put(&mut self, flight: u32, id: CacheId, store: u32, object: u64, written: bool) {
        let cache = &self.plan.caches[id.index()];
        let bytes = if cache.capacity_bytes == u64::MAX {
            0
        } else {
            (self.size_of(cache.keyspace, object) + 0.5) as u64
        };
        let expires = match cache.ttl {
            0 => u64::MAX,
            ttl if cache.ttl_jitter == 0.0 => self.now.saturating_add(ttl),
            ttl => {
                // By object as well: what one request stores must not all expire together.
                let space = self.plan.keyspaces[cache.keyspace.index()].site;
                let key = self.flights[flight].key.child(space, object);
                let unit = key.draw(cache.site).unit();
                self.now.saturating_add(
                    (ttl as f64 * (1.0 + cache.ttl_jitter * (2.0 * unit - 1.0)) + 0.5) as u64,
                )
            }
        };
        let row = &mut self.stores.rows[store as usize];
        // Several may fetch one object; the first of them begins its time.
        let expires = match row.expiry(object).filter(|_| cache.ttl != 0 && !written) {
            Some(good) if good > self.now && !cache.sliding => good,
            _ => expires,
        };
        let before = row.len();
        let evicted = row.store(object, bytes, expires);
        let after = row.len();
        self.count_held(id, before, after);
        self.tell_lapsed(id, store);
        self.probe.stored(id.0, self.now, evicted);
        self.meter(id, store, object, SiteMeter::Fetched);
        if let Some(line) = self.stores.fills.remove(&(store, object)) {
            while let Some(waiting) =
                self.stores.lines[line as usize].take(&mut self.flights, self.now)
            {
                self.flights[waiting].flags |= flag::HIT;
                self.probe.coalesced(id.0, self.now);
                self.meter(id, store, object, SiteMeter::Found);
                self.wake(waiting);
            }
            self.stores.free.push(line);
        }
    }

    /// A replica or node has lost its memory: its stores are empty.
    pub(super) fn forget_stores(&mut self, station: StationId) {
        let row = &self.plan.stations[station.index()];
        for (at, cache) in self.plan.caches.iter().enumerate() {
            if cache.owner != row.component {
                continue;
            }
            let id = CacheId::from(at);
            let key = self.root.child(cache.site, u64::from(row.replica));
            self.tell_past(id, cache.first + row.replica);
            let store = &mut self.stores.rows[(cache.first + row.replica) as usize];
            let before = store.len();
            *store = empty_store(self.plan, id, key.numbered(self.now));
            self.count_held(id, before, 0);
        }
    }

    /// A store of a cache held `before` objects and holds `after` now.
    fn count_held(&mut self, cache: CacheId, before: u64, after: u64) {
        if before == after {
            return;
        }
        let (objects, since) = self.stores.held[cache.index()];
        self.probe.held(cache.0, since, self.now, objects);
        self.stores.held[cache.index()] = (objects + after - before, self.now);
    }

    /// Tell what the caches hold at the end of the run.
    pub(super) fn close_stores(&mut self) {
        for cache in 0..self.stores.held.len() {
            let (objects, since) = self.stores.held[cache];
            self.probe.held(cache as u32, since, self.now, objects);
            let spec = &self.plan.caches[cache];
            for store in spec.first..spec.first + spec.stores {
                self.tell_past(CacheId::from(cache), store);
            }
        }
    }
}
