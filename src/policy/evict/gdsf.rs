//! Greedy-dual-size with frequency: the least of L + frequency/size goes, and L becomes that value, so that what is not asked for any
//! more ages. L. Cherkasova, "Improving WWW proxies performance with Greedy-Dual-Size-Frequency caching policy", HP Labs 1998. Of
//! several the one that was used least recently goes; where items are counted each has size 1.
//!
//! Not modelled: costs of fetching that differ from object to object.

use super::shelf::{Shelf, push};

/// Value of one request for an object of size 1; any number would do, but rounding tells ties from near ties.
const VALUE: f64 = 1e6;

#[derive(Debug, Clone, Copy)]
struct Row {
    value: f64,
    turn: u32,
    place: u32,
}

impl Row {
    fn is_below(&self, other: &Self) -> bool {
        (self.value, self.turn) < (other.value, other.turn)
    }
}

/// A binary heap, the least valuable first; an entry's note is its frequency, `newer` its position.
#[derive(Debug, Default)]
pub(super) struct Heap {
    rows: Vec<Row>,
    floor: f64,
    turns: u32,
}

/// The largest frequency that a note can hold.
const MOST: u32 = (1 << 28) - 1;

impl Heap {
    pub(super) fn join(&mut self, shelf: &mut Shelf, place: u32) {
        shelf[place].set_note(1);
        let row = self.valued(shelf, place);
        push(&mut self.rows, row);
        self.rise(shelf, self.rows.len() - 1);
    }

    pub(super) fn found(&mut self, shelf: &mut Shelf, place: u32) {
        let frequency = shelf[place].note();
        shelf[place].set_note((frequency + 1).min(MOST));
        let at = shelf[place].newer as usize;
        // A value never falls: L does not.
        self.rows[at] = self.valued(shelf, place);
        self.sink(shelf, at);
    }

    pub(super) fn leave(&mut self, shelf: &mut Shelf, place: u32) {
        let at = shelf[place].newer as usize;
        self.rows.swap_remove(at);
        if at < self.rows.len() {
            self.rise(shelf, at);
            let at = shelf[self.rows[at].place].newer as usize;
            self.sink(shelf, at);
        }
    }

    pub(super) fn victim(&mut self) -> u32 {
        self.floor = self.rows[0].value;
        self.rows[0].place
    }

    fn valued(&mut self, shelf: &Shelf, place: u32) -> Row {
        let (frequency, size) = (shelf[place].note(), shelf.weight(place).max(1));
        // After four thousand million requests the least recent of several that are worth the same is no longer known.
        self.turns = self.turns.wrapping_add(1);
        Row {
            value: self.floor + f64::from(frequency) * VALUE / size as f64,
            turn: self.turns,
            place,
        }
    }

    fn put(&mut self, shelf: &mut Shelf, at: usize, row: Row) {
        self.rows[at] = row;
        shelf[row.place].newer = at as u32;
    }

    fn rise(&mut self, shelf: &mut Shelf, mut at: usize) {
        let row = self.rows[at];
        while at > 0 && row.is_below(&self.rows[(at - 1) / 2]) {
            self.put(shelf, at, self.rows[(at - 1) / 2]);
            at = (at - 1) / 2;
        }
        self.put(shelf, at, row);
    }

    fn sink(&mut self, shelf: &mut Shelf, mut at: usize) {
        let row = self.rows[at];
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let right_is_below =
                right < self.rows.len() && self.rows[right].is_below(&self.rows[left]);
            let least = if right_is_below { right } else { left };
            if least >= self.rows.len() || !self.rows[least].is_below(&row) {
                break;
            }
            self.put(shelf, at, self.rows[least]);
            at = least;
        }
        self.put(shelf, at, row);
    }

    pub(super) fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<Row>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, Store, tests::held};
    use crate::chance::key::Key;

    #[test]
    fn the_large_and_seldom_asked_for_goes() {
        let mut store = Store::new(Rule::Gdsf, u64::MAX, 10, Key::default());
        let (small, middle, large) = (1, 2, 3);
        store.store(large, 6, u64::MAX);
        store.store(middle, 3, u64::MAX);
        store.store(small, 1, u64::MAX);
        // Values 1/6, 1/3 and 1; asked for twice more the large one has 3/6, and the middle one goes: L = 1/3.
        store.find(large, 0);
        store.find(large, 0);
        assert_eq!(store.store(4, 2, u64::MAX), 1);
        assert_eq!((store.expiry(middle), store.len()), (None, 3));
        // 4 has 1/3 + 1/2, above the 1/2 of the large one, which goes though it was asked for three times: L = 1/2.
        assert_eq!(store.store(5, 2, u64::MAX), 1);
        assert_eq!(store.expiry(large), None);
        // 5 has 1/2 + 1/2, as much as the small one, which is older; 4 goes first.
        assert_eq!(store.store(6, 7, u64::MAX), 1);
        assert_eq!(store.expiry(4), None);
    }

    #[test]
    fn items_all_alike_age() {
        // a has 3, b and c 1: b goes, d has 1 + 1; c goes at 1, e has 1 + 1; then d at 2, f has 3, and a is the oldest at 3 after e.
        assert_eq!(held(Rule::Gdsf, "abcaad"), "acd");
        assert_eq!(held(Rule::Gdsf, "abcaadefg"), "afg");
        assert_eq!(held(Rule::Gdsf, "abcaadefgh"), "fgh");
    }
}
