//! The heap of the calendar: entries of one `u128` each, smallest first.

use super::calendar::EMPTY;

/// A 4-ary heap whose pop leaves a hole at the root for the next push, and which knows its first entry at any time.
#[derive(Debug)]
pub(super) struct Heap {
    entries: Vec<u128>,
    /// The root is empty: the first entry is the least of its children.
    hole: bool,
    /// The first entry, or [`EMPTY`], and where it stands.
    pub(super) first: u128,
    first_at: usize,
}

impl Default for Heap {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            hole: false,
            first: EMPTY,
            first_at: 0,
        }
    }
}

impl Heap {
    pub(super) fn len(&self) -> usize {
        self.entries.len() - usize::from(self.hole)
    }

    #[inline(never)]
    pub(super) fn push(&mut self, entry: u128) {
        if self.hole {
            return self.fill(entry);
        }
        self.first = self.first.min(entry);
        let mut at = self.entries.len();
        self.entries.push(entry);
        while at > 0 {
            let above = (at - 1) / 4;
            let other = self.entries[above];
            if other <= entry {
                break;
            }
            self.entries[at] = other;
            at = above;
        }
        self.entries[at] = entry;
    }

    /// Put an entry in the place of the last one popped.
    #[inline]
    fn fill(&mut self, entry: u128) {
        self.hole = false;
        let at = std::mem::replace(&mut self.first_at, 0);
        if entry < self.first {
            self.first = entry;
            self.entries[0] = entry;
        } else {
            self.entries[0] = self.first;
            self.sift_down(at, entry);
        }
    }

    #[inline(never)]
    pub(super) fn pop(&mut self) {
        if self.hole {
            // The hole stays at the root; what stood at the first entry's place is made good from the end.
            let at = self.first_at;
            if let Some(last) = self.entries.pop()
                && at < self.entries.len()
            {
                self.sift_down(at, last);
            }
        }
        self.hole = true;
        (self.first_at, self.first) = least_child(&self.entries, 0).unwrap_or((0, EMPTY));
        if self.first == EMPTY {
            self.entries.clear();
            self.hole = false;
        }
    }

    /// Put an entry where there is none, or below.
    #[inline]
    fn sift_down(&mut self, from: usize, entry: u128) {
        let mut at = from;
        while let Some((least, value)) = least_child(&self.entries, at) {
            if value >= entry {
                break;
            }
            self.entries[at] = value;
            at = least;
        }
        self.entries[at] = entry;
    }

    pub(super) fn retain(&mut self, keep: impl Fn(u128) -> bool + Copy) {
        if self.hole {
            self.entries.swap_remove(0);
            self.hole = false;
        }
        self.entries.retain(|&entry| keep(entry));
        self.entries.sort_unstable(); // a sorted array is a heap
        self.first = self.entries.first().copied().unwrap_or(EMPTY);
        self.first_at = 0;
    }
}

/// The least child of a place in the heap, and where it stands.
#[inline]
fn least_child(entries: &[u128], at: usize) -> Option<(usize, u128)> {
    let child = 4 * at + 1;
    if let Some(&[a, b, c, d]) = entries.get(child..child + 4) {
        let (i, x) = if b < a { (1, b) } else { (0, a) };
        let (j, y) = if d < c { (3, d) } else { (2, c) };
        return Some(if y < x {
            (child + j, y)
        } else {
            (child + i, x)
        });
    }
    let last = entries.get(child..)?.iter().zip(child..);
    last.map(|(&value, at)| (at, value))
        .min_by_key(|least| least.1)
}
