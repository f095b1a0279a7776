//! The objects of a store in the orders that its rule keeps: lists from the newest to the oldest, of what is held and of what is only
//! remembered.
//!
//! Not more than 64 bytes per object held: 20 for its entry, 10 to 15 in the index, 8 where it has a size and 8 where it expires. What is
//! remembered costs as much again.

use super::index::Index;

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// Lists of a shelf.
const LISTS: usize = 10;

/// The first list of what is only remembered: it was held once, and its name tells a rule something when it comes back.
pub(super) const GHOSTS: u32 = 8;

/// Bits of a tag that name the list.
const LIST_BITS: u32 = 4;

/// Entries that are made room for at the beginning, at most.
const MOST_AT_ONCE: u64 = 1 << 22;

/// An object on the shelf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// In halves, for that saves four bytes of each entry.
    object: [u32; 2],
    /// Its neighbour towards the newest; its position where the rule has another order.
    pub(super) newer: u32,
    /// Its neighbour towards the oldest.
    pub(super) older: u32,
    tag: u32,
}

impl Entry {
    #[inline]
    pub(super) fn object(&self) -> u64 {
        u64::from(self.object[0]) | u64::from(self.object[1]) << 32
    }

    /// The list that it is on.
    #[inline]
    pub(super) fn list(&self) -> u32 {
        self.tag & ((1 << LIST_BITS) - 1)
    }

    /// What the rule has noted of it, 0 to 2²⁸ - 1.
    #[inline]
    pub(super) fn note(&self) -> u32 {
        self.tag >> LIST_BITS
    }

    #[inline]
    pub(super) fn set_note(&mut self, note: u32) {
        self.tag = self.list() | note << LIST_BITS;
    }
}

/// The ends of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) newest: u32,
    pub(super) oldest: u32,
}

impl Ends {
    pub(super) const EMPTY: Self = Self {
        newest: NONE,
        oldest: NONE,
    };
}

/// All objects of a store, held or remembered.
#[derive(Debug)]
pub(super) struct Shelf {
    entries: Vec<Entry>,
    /// By entry; empty as long as nothing expires.
    expires: Vec<u64>,
    /// By entry; empty where items are counted.
    bytes: Vec<u64>,
    by_bytes: bool,
    /// The first of the entries that are not in use, each of which names the next.
    free: u32,
    ends: [Ends; LISTS],
    weights: [u64; LISTS],
    index: Index,
}

impl Shelf {
    /// A shelf for so many objects, held and remembered, as far as that is known.
    pub(super) fn new(objects: u64, by_bytes: bool) -> Self {
        let objects = objects.min(MOST_AT_ONCE) as usize;
        Self {
            entries: Vec::with_capacity(objects),
            expires: Vec::new(),
            bytes: Vec::new(),
            by_bytes,
            free: NONE,
            ends: [Ends::EMPTY; LISTS],
            weights: [0; LISTS],
            index: Index::with_room(objects),
        }
    }

    /// Where an object is, held or remembered.
    #[inline]
    pub(super) fn find(&self, object: u64) -> Option<u32> {
        let is = |place: u32| self.entries[place as usize].object() == object;
        self.index.find(object, is)
    }

    /// Put an object somewhere, in no order yet.
    pub(super) fn add(&mut self, object: u64, bytes: u64) -> u32 {
        let entry = Entry {
            object: [object as u32, (object >> 32) as u32],
            newer: NONE,
            older: NONE,
            tag: 0,
        };
        let place = self.free;
        let place = if place == NONE {
            push(&mut self.entries, entry);
            if self.by_bytes {
                push(&mut self.bytes, 0);
            }
            if !self.expires.is_empty() {
                push(&mut self.expires, u64::MAX);
            }
            self.entries.len() as u32 - 1
        } else {
            self.free = self[place].newer;
            self[place] = entry;
            place
        };
        if self.by_bytes {
            self.bytes[place as usize] = bytes;
        }
        self.index.insert(object, place);
        place
    }

    /// Forget an entry that is in no order any more.
    pub(super) fn remove(&mut self, place: u32) {
        self.index.remove(self[place].object(), place);
        self[place].newer = self.free;
        self.free = place;
    }

    /// Until when an object is good.
    #[inline]
    pub(super) fn expires(&self, place: u32) -> u64 {
        self.expires.get(place as usize).map_or(u64::MAX, |&at| at)
    }

    /// The ends of all objects that have one.
    pub(super) fn ends(&self) -> impl Iterator<Item = u64> {
        self.expires.iter().copied().filter(|end| *end != u64::MAX)
    }

    /// Say until when an object is good.
    #[inline]
    pub(super) fn set_expiry(&mut self, place: u32, at: u64) {
        if self.expires.is_empty() {
            if at == u64::MAX {
                return;
            }
            self.expires.reserve_exact(self.entries.capacity());
            self.expires.resize(self.entries.len(), u64::MAX);
        }
        self.expires[place as usize] = at;
    }

    /// What an object takes of the room: bytes, or 1 where items are counted.
    #[inline]
    pub(super) fn weight(&self, place: u32) -> u64 {
        if self.by_bytes {
            self.bytes[place as usize]
        } else {
            1
        }
    }

    /// What the objects of a list take together.
    #[inline]
    pub(super) fn weight_of(&self, list: u32) -> u64 {
        self.weights[list as usize]
    }

    /// Most objects there have been at once, held and remembered.
    pub(super) fn places(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The oldest entry of a list.
    #[inline]
    pub(super) fn oldest(&self, list: u32) -> u32 {
        self.ends[list as usize].oldest
    }

    /// Make an entry the newest of a list.
    #[inline]
    pub(super) fn link(&mut self, list: u32, place: u32) {
        let mut ends = self.ends[list as usize];
        self.attach(&mut ends, place);
        self.ends[list as usize] = ends;
        self.weights[list as usize] += self.weight(place);
        let entry = &mut self[place];
        entry.tag = entry.note() << LIST_BITS | list;
    }

    /// Take an entry out of its list.
    #[inline]
    pub(super) fn unlink(&mut self, place: u32) {
        let list = self[place].list() as usize;
        let mut ends = self.ends[list];
        self.detach(&mut ends, place);
        self.ends[list] = ends;
        self.weights[list] -= self.weight(place);
    }

    /// Take an entry out of its list, and make it the newest of this one.
    #[inline]
    pub(super) fn renew(&mut self, list: u32, place: u32) {
        self.unlink(place);
        self.link(list, place);
    }

    /// Forget the oldest of a list of ghosts until they take no more than this together.
    pub(super) fn trim(&mut self, ghosts: u32, most: u64) {
        while self.weight_of(ghosts) > most {
            let oldest = self.oldest(ghosts);
            self.unlink(oldest);
            self.remove(oldest);
        }
    }

    /// Make an entry the newest between two ends.
    #[inline]
    pub(super) fn attach(&mut self, ends: &mut Ends, place: u32) {
        self[place].newer = NONE;
        self[place].older = ends.newest;
        if ends.newest == NONE {
            ends.oldest = place;
        } else {
            self[ends.newest].newer = place;
        }
        ends.newest = place;
    }

    /// Take an entry out from between two ends.
    #[inline]
    pub(super) fn detach(&mut self, ends: &mut Ends, place: u32) {
        let Entry { newer, older, .. } = self[place];
        if newer == NONE {
            ends.newest = older;
        } else {
            self[newer].older = older;
        }
        if older == NONE {
            ends.oldest = newer;
        } else {
            self[older].newer = newer;
        }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
            + (self.expires.capacity() + self.bytes.capacity()) * size_of::<u64>()
            + self.index.memory()
    }
}

/// Add to the end, growing by a sixteenth: twice as much would be half empty.
pub(super) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 16).max(16));
    }
    list.push(value);
}

impl std::ops::Index<u32> for Shelf {
    type Output = Entry;
    #[inline]
    fn index(&self, place: u32) -> &Entry {
        &self.entries[place as usize]
    }
}

impl std::ops::IndexMut<u32> for Shelf {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut Entry {
        &mut self.entries[place as usize]
    }
}
