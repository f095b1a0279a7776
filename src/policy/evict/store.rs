//! A store: room for some items and bytes, times to live, and a [`Rule`] that says what leaves when it is full.

use super::Rule;
use super::shelf::{Entry, Shelf};
use crate::chance::key::Key;
use std::collections::HashMap;
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
        let mut word = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.0 = word ^ (word >> 32);
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
}

/// A map keyed by numbers, with a fixed hash; its order is never looked at.
pub type Numbered<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

/// What a look-up found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The object, still good.
    Fresh,
    /// The object, too old: it has been dropped.
    Expired,
    /// Nothing.
    Nothing,
}

/// Objects under a rule of eviction.
#[derive(Debug)]
pub struct Store {
    rule: Rule,
    items: u64,
    bytes: u64,
    used: u64,
    slide: u64,
    places: Numbered<u64, u32>,
    shelf: Shelf,
}

impl Store {
    /// An empty store; `u64::MAX` = no limit. Draws of the rule, if it makes some, have this key.
    pub fn new(rule: Rule, items: u64, bytes: u64, key: Key) -> Self {
        Self {
            rule,
            items,
            bytes,
            used: 0,
            slide: 0,
            places: HashMap::default(),
            shelf: Shelf::new(key),
        }
    }

    /// Every object that is found is good for this long again; 0 = found or not, it ends when it ends.
    #[must_use]
    pub fn sliding(mut self, by: u64) -> Self {
        self.slide = by;
        self
    }

    /// Until when an object is good, if it is there.
    pub fn expiry(&self, object: u64) -> Option<u64> {
        let place = self.places.get(&object)?;
        Some(self.shelf[*place].expires)
    }

    /// Objects held.
    pub fn len(&self) -> u64 {
        self.places.len() as u64
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Look an object up; the rule remembers that it was found.
    #[inline]
    pub fn find(&mut self, object: u64, now: u64) -> Found {
        let Some(&place) = self.places.get(&object) else {
            return Found::Nothing;
        };
        if self.shelf[place].expires <= now {
            self.drop_entry(place);
            return Found::Expired;
        }
        if self.slide > 0 {
            self.shelf[place].expires = now.saturating_add(self.slide);
        }
        self.rule.found(&mut self.shelf, place);
        Found::Fresh
    }

    /// Store an object until `expires`; returns how many others were thrown out. An object that is larger than the store is not kept.
    pub fn store(&mut self, object: u64, bytes: u64, expires: u64) -> u64 {
        if let Some(&place) = self.places.get(&object) {
            self.drop_entry(place);
        }
        if bytes > self.bytes || self.items == 0 {
            return 0;
        }
        let mut evicted = 0;
        while self.len() >= self.items || self.used + bytes > self.bytes {
            let victim = self.rule.victim(&mut self.shelf);
            self.drop_entry(victim);
            evicted += 1;
        }
        let place = self.shelf.add(Entry::new(object, bytes, expires));
        self.used += bytes;
        self.places.insert(object, place);
        self.rule.join(&mut self.shelf, place);
        evicted
    }

    fn drop_entry(&mut self, place: u32) {
        self.rule.leave(&mut self.shelf, place);
        let Entry { object, bytes, .. } = self.shelf[place];
        self.used -= bytes;
        self.places.remove(&object);
        self.shelf.remove(place);
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
