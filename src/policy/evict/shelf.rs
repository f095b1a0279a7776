//! The objects of a store in the order that its rule keeps: a list from the newest to the oldest, or a crowd without order.

use crate::chance::key::Key;

/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// An object on the shelf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) object: u64,
    pub(super) bytes: u64,
    pub(super) expires: u64,
    /// Its neighbour towards the newest; its position in a crowd.
    pub(super) newer: u32,
    /// Its neighbour towards the oldest.
    older: u32,
    /// Whether it was found since the rule last looked.
    pub(super) found: bool,
}

impl Entry {
    pub(super) fn new(object: u64, bytes: u64, expires: u64) -> Self {
        Self {
            object,
            bytes,
            expires,
            newer: NONE,
            older: NONE,
            found: false,
        }
    }
}

/// All objects of a store.
#[derive(Debug)]
pub(super) struct Shelf {
    entries: Vec<Entry>,
    free: Vec<u32>,
    newest: u32,
    pub(super) oldest: u32,
    /// Where a rule that goes round has got to.
    pub(super) hand: u32,
    /// Those of a rule without order.
    pub(super) crowd: Vec<u32>,
    /// Name of the rule's draws, and how many it has made.
    pub(super) key: Key,
    pub(super) turns: u64,
}

impl Shelf {
    pub(super) fn new(key: Key) -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            newest: NONE,
            oldest: NONE,
            hand: NONE,
            crowd: Vec::new(),
            key,
            turns: 0,
        }
    }

    /// Put an entry somewhere, in no order yet.
    pub(super) fn add(&mut self, entry: Entry) -> u32 {
        if let Some(place) = self.free.pop() {
            self.entries[place as usize] = entry;
            return place;
        }
        self.entries.push(entry);
        self.entries.len() as u32 - 1
    }

    /// Forget an entry that is in no order any more.
    pub(super) fn remove(&mut self, place: u32) {
        self.free.push(place);
    }

    /// Make an entry the newest.
    #[inline]
    pub(super) fn link(&mut self, place: u32) {
        let newest = self.newest;
        self[place].newer = NONE;
        self[place].older = newest;
        if newest == NONE {
            self.oldest = place;
        } else {
            self[newest].newer = place;
        }
        self.newest = place;
    }

    /// Take an entry out of the list.
    #[inline]
    pub(super) fn unlink(&mut self, place: u32) {
        let Entry { newer, older, .. } = self[place];
        if newer == NONE {
            self.newest = older;
        } else {
            self[newer].older = older;
        }
        if older == NONE {
            self.oldest = newer;
        } else {
            self[older].newer = newer;
        }
    }
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
