//! Where each object lies: a flat table with open addressing, filled to four fifths at most.
//!
//! A slot holds half of the object's hash beside its place: neither a look-up of what is not there nor a removal touches the entries. 10 to 15
//! bytes per object. Knuth, "The Art of Computer Programming", vol. 3, section 6.4, algorithms L and R.

/// A fixed hash, the same on every machine and in every run.
#[inline]
pub(super) fn mixed(object: u64) -> u64 {
    let mut word = object.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    word ^ (word >> 32)
}

/// Places of objects.
#[derive(Debug)]
pub(super) struct Index {
    /// 0 where nothing is; else the hash above, the place and one below.
    slots: Vec<u64>,
    used: usize,
}

#[inline]
fn slot_of(object: u64, place: u32) -> u64 {
    mixed(object) & !u64::from(u32::MAX) | (u64::from(place) + 1)
}

impl Index {
    /// Room for so many objects without growing.
    pub(super) fn with_room(objects: usize) -> Self {
        Self {
            slots: vec![0; (objects + objects / 4).max(4) + 1],
            used: 0,
        }
    }

    /// Where a slot would best lie: slots lie in the order of their hashes but for collisions.
    #[inline]
    fn home(&self, slot: u64) -> usize {
        (((slot >> 32) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() {
            0
        } else {
            at + 1
        }
    }

    /// The place of an object, if `is` says that it is there.
    #[inline]
    pub(super) fn find(&self, object: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let wanted = slot_of(object, 0);
        let mut at = self.home(wanted);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            let place = (slot as u32).wrapping_sub(1);
            if slot >> 32 == wanted >> 32 && is(place) {
                return Some(place);
            }
            at = self.after(at);
        }
    }

    /// Note the place of an object that is not there.
    pub(super) fn insert(&mut self, object: u64, place: u32) {
        if (self.used + 1) * 5 > self.slots.len() * 4 {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![0; old.len() + old.len() / 2 + 1];
            for slot in old.into_iter().filter(|&slot| slot != 0) {
                self.put(slot);
            }
        }
        self.used += 1;
        self.put(slot_of(object, place));
    }

    #[inline]
    fn put(&mut self, slot: u64) {
        let mut at = self.home(slot);
        while self.slots[at] != 0 {
            at = self.after(at);
        }
        self.slots[at] = slot;
    }

    /// Forget the place of an object that is there.
    pub(super) fn remove(&mut self, object: u64, place: u32) {
        let slot = slot_of(object, place);
        let mut hole = self.home(slot);
        while self.slots[hole] != slot {
            hole = self.after(hole);
        }
        let mut at = hole;
        loop {
            at = self.after(at);
            let slot = self.slots[at];
            if slot == 0 {
                break;
            }
            // What is found from its best place by way of the hole moves up into it.
            if self.steps(self.home(slot), at) >= self.steps(hole, at) {
                self.slots[hole] = slot;
                hole = at;
            }
        }
        self.slots[hole] = 0;
        self.used -= 1;
    }

    #[inline]
    fn steps(&self, from: usize, to: usize) -> usize {
        if to >= from {
            to - from
        } else {
            to + self.slots.len() - from
        }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::Index;
    use std::collections::BTreeMap;

    /// Against a tree, while objects come and go and the table grows: all are found where they are, and no others.
    #[test]
    fn agrees_with_a_tree() {
        let draws = crate::chance::key::root(3, 0);
        let site = crate::chance::key::site(&["object"]);
        let mut index = Index::with_room(0);
        let mut tree: BTreeMap<u64, u32> = BTreeMap::new();
        for n in 0..20_000_u32 {
            let most = if n < 10_000 { 2_000 } else { 200 };
            let object = u64::from(draws.numbered(u64::from(n)).draw(site).below(most));
            if let Some(place) = tree.remove(&object) {
                index.remove(object, place);
            } else {
                index.insert(object, n);
                tree.insert(object, n);
            }
            if n % 500 == 0 {
                let is = |object: u64| tree.get(&object).copied();
                for object in 0..2_000 {
                    let found = index.find(object, |place| is(object) == Some(place));
                    assert_eq!(found, is(object));
                }
                assert_eq!(index.used, tree.len());
            }
        }
    }

    #[test]
    fn ten_to_fifteen_bytes_for_each() {
        let mut index = Index::with_room(0);
        for object in 0..100_000_u32 {
            index.insert(u64::from(object), object);
            let each = index.memory() as f64 / f64::from(object + 1);
            assert!(object < 1_000 || (10.0..=15.1).contains(&each), "{each}");
        }
        assert!(Index::with_room(1_000).memory() <= 10_008);
    }
}
