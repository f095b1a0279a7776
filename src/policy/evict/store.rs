//! A store: room for some items and bytes, times to live, and a [`Rule`] that says what leaves when it is full.

use super::Rule;
use super::index::mixed;
use super::order::Order;
use super::shelf::{GHOSTS, Shelf};
use crate::chance::key::Key;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A finaliser for object numbers, the same on every machine and in every run (the standard hasher is seeded at random).
#[derive(Debug, Default)]
pub struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = mixed(self.0 ^ value);
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
}

/// A map keyed by numbers, with a fixed hash; its order is never looked at.
pub type Numbered<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

/// A set of numbers, or of pairs of numbers.
pub type NumberedSet<K> = HashSet<K, BuildHasherDefault<Mixed>>;

/// What a look-up found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The object, still good.
    Fresh,
    /// The object, too old: it has been dropped.
    Expired,
    /// Nothing.
    Nothing,
    /// The object, still given out but to be fetched anew.
    Stale,
}

/// Objects under a rule of eviction.
#[derive(Debug)]
pub struct Store {
    order: Order,
    items: u64,
    bytes: u64,
    held: u64,
    used: u64,
    slide: u64,
    grace: u64,
    /// The ends of objects that are not there any more, or anew, since somebody asked for them.
    ends: Vec<u64>,
    shelf: Shelf,
}

impl Store {
    /// An empty store; `u64::MAX` = no limit. Draws of the rule, if it makes some, have this key.
    pub fn new(rule: Rule, items: u64, bytes: u64, key: Key) -> Self {
        let by_bytes = bytes != u64::MAX;
        let remembered = (items as f64 * rule.remembers()) as u64;
        let objects = if items == u64::MAX {
            0
        } else {
            items.saturating_add(remembered).saturating_add(1)
        };
        Self {
            order: Order::new(rule, if by_bytes { bytes } else { items }, key),
            items,
            bytes,
            held: 0,
            used: 0,
            slide: 0,
            grace: 0,
            ends: Vec::new(),
            shelf: Shelf::new(objects, by_bytes),
        }
    }

    /// Every object that is found is good for this long again; 0 = found or not, it ends when it ends.
    #[must_use]
    pub fn sliding(mut self, by: u64) -> Self {
        self.slide = by;
        self
    }

    /// What is found this long before its end or later is stale; 0 = nothing is.
    #[must_use]
    pub fn refreshed(mut self, before: u64) -> Self {
        self.grace = before;
        self
    }

    /// Where an object is held.
    #[inline]
    fn place(&self, object: u64) -> Option<u32> {
        let place = self.shelf.find(object)?;
        (self.shelf[place].list() < GHOSTS).then_some(place)
    }

    /// Until when an object is good, if it is there.
    pub fn expiry(&self, object: u64) -> Option<u64> {
        let place = self.place(object)?;
        Some(self.shelf.expires(place))
    }

    /// Objects held.
    pub fn len(&self) -> u64 {
        self.held
    }

    /// One by one, the ends of objects that left or were renewed since this was asked; not those that never end.
    pub fn next_end(&mut self) -> Option<u64> {
        self.ends.pop()
    }

    /// The ends of all objects held that had their end before now.
    pub fn past(&self, now: u64) -> impl Iterator<Item = u64> {
        self.shelf.ends().filter(move |end| *end < now)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Bytes of memory that the simulator needs for it.
    pub fn memory(&self) -> usize {
        self.shelf.memory() + self.order.memory()
    }

    /// Look an object up; the rule remembers that it was found.
    #[inline]
    pub fn find(&mut self, object: u64, now: u64) -> Found {
        let Some(place) = self.place(object) else {
            return Found::Nothing;
        };
        let expires = self.shelf.expires(place);
        if expires <= now {
            self.drop_entry(place);
            return Found::Expired;
        }
        if self.slide > 0 {
            self.shelf.set_expiry(place, now.saturating_add(self.slide));
        }
        self.order.found(&mut self.shelf, place);
        if expires - now <= self.grace {
            return Found::Stale;
        }
        Found::Fresh
    }

    /// Store an object until `expires`; returns how many others were thrown out. An object that is larger than the store is not kept.
    pub fn store(&mut self, object: u64, bytes: u64, expires: u64) -> u64 {
        let ghost = match self.shelf.find(object) {
            None => None,
            Some(place) if self.shelf[place].list() < GHOSTS => {
                if self.bytes == u64::MAX || self.shelf.weight(place) == bytes {
                    // Fetched twice at the same time: it keeps its standing.
                    self.note_end(place);
                    self.shelf.set_expiry(place, expires);
                    self.order.found(&mut self.shelf, place);
                    return 0;
                }
                self.drop_entry(place);
                None
            }
            Some(place) => Some(self.call_back(place)),
        };
        if bytes > self.bytes || self.items == 0 {
            return 0;
        }
        let weight = if self.bytes == u64::MAX { 1 } else { bytes };
        let mut evicted = 0;
        while self.held >= self.items || self.used.saturating_add(bytes) > self.bytes {
            let victim = self.order.victim(&mut self.shelf, weight, ghost);
            self.evict(victim);
            evicted += 1;
        }
        let place = self.shelf.add(object, bytes);
        self.shelf.set_expiry(place, expires);
        self.held += 1;
        if self.bytes != u64::MAX {
            self.used += bytes;
        }
        self.order.join(&mut self.shelf, place, ghost);
        evicted
    }

    /// Drop an object, if it is held: whether it was.
    pub fn remove(&mut self, object: u64) -> bool {
        let place = self.place(object);
        if let Some(place) = place {
            self.drop_entry(place);
        }
        place.is_some()
    }

    /// What was remembered comes back: which list remembered it.
    fn call_back(&mut self, place: u32) -> u32 {
        self.order.returns(&self.shelf, place);
        let list = self.shelf[place].list();
        self.shelf.unlink(place);
        self.shelf.remove(place);
        list
    }

    fn drop_entry(&mut self, place: u32) {
        self.let_go(place);
        self.shelf.remove(place);
    }

    fn evict(&mut self, place: u32) {
        let ghost = self.order.remembers(&self.shelf, place);
        self.let_go(place);
        match ghost {
            Some(ghosts) => self.shelf.link(ghosts, place),
            None => self.shelf.remove(place),
        }
    }

    fn note_end(&mut self, place: u32) {
        let end = self.shelf.expires(place);
        if end != u64::MAX {
            self.ends.push(end);
        }
    }

    fn let_go(&mut self, place: u32) {
        self.note_end(place);
        self.shelf.set_expiry(place, u64::MAX);
        self.order.leave(&mut self.shelf, place);
        self.held -= 1;
        self.used -= if self.bytes == u64::MAX {
            0
        } else {
            self.shelf.weight(place)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Key, Rule, Store};

    fn lru(items: u64, bytes: u64) -> Store {
        Store::new(Rule::Lru, items, bytes, Key::default())
    }

    #[test]
    fn the_least_recent_goes() {
        let mut store = lru(2, u64::MAX);
        assert_eq!(store.store(1, 0, u64::MAX), 0);
        assert_eq!(store.store(2, 0, u64::MAX), 0);
        assert_eq!(store.find(1, 0), Found::Fresh);
        assert_eq!(store.store(3, 0, u64::MAX), 1);
        assert_eq!(
            (store.find(2, 0), store.find(1, 0), store.find(3, 0)),
            (Found::Nothing, Found::Fresh, Found::Fresh)
        );
    }

    #[test]
    fn bytes_make_room_and_time_runs_out() {
        let mut store = lru(u64::MAX, 10);
        store.store(1, 6, 100);
        store.store(2, 4, 50);
        assert_eq!(store.find(2, 49), Found::Fresh);
        assert_eq!(store.find(2, 50), Found::Expired);
        assert_eq!(store.find(2, 50), Found::Nothing);
        assert_eq!(store.store(3, 10, 100), 1);
        assert_eq!(store.store(4, 11, 100), 0);
        assert_eq!((store.len(), store.find(3, 0)), (1, Found::Fresh));
    }

    #[test]
    fn who_is_found_lives_on() {
        let mut store = lru(2, u64::MAX).sliding(10);
        store.store(1, 0, 10);
        assert_eq!(store.find(1, 9), Found::Fresh);
        assert_eq!(store.expiry(1), Some(19));
        assert_eq!(store.find(1, 18), Found::Fresh);
        assert_eq!((store.find(1, 28), store.expiry(1)), (Found::Expired, None));
    }

    /// Against a plain list, on random look-ups and stores.
    #[test]
    fn agrees_with_a_plain_list() {
        let mut store = lru(7, u64::MAX);
        let mut list: Vec<u64> = Vec::new();
        let key = crate::chance::key::root(5, 0);
        for n in 0..20_000 {
            let object = u64::from(
                key.numbered(n)
                    .draw(crate::chance::key::site(&["object"]))
                    .below(20),
            );
            let found = store.find(object, 0) == Found::Fresh;
            let place = list.iter().position(|&held| held == object);
            assert_eq!(found, place.is_some());
            if let Some(place) = place {
                list.remove(place);
            } else {
                store.store(object, 0, u64::MAX);
                if list.len() == 7 {
                    list.remove(0);
                }
            }
            list.push(object);
        }
    }
}
