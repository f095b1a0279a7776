//! 2Q: what is new waits in a queue of a quarter of the room and changes nothing there when it is found; who falls out of it is
//! remembered, and if it is asked for again meanwhile, it is held in LRU order in the rest of the room. T. Johnson and D. Shasha, "2Q: a
//! low overhead high performance buffer management replacement algorithm", VLDB 1994 (the full version).

use super::order::share;
use super::shelf::{GHOSTS, NONE, Shelf};

const NEW: u32 = 0;
const PROVEN: u32 = 1;
const FALLEN: u32 = GHOSTS;

/// Percent of the room that those who are new may have while there are others, and that those who are remembered would take.
const MOST_NEW: u64 = 25;
pub(super) const MOST_FALLEN: u64 = 50;

#[derive(Debug)]
pub(super) struct TwoQueue {
    new: u64,
    fallen: u64,
}

impl TwoQueue {
    pub(super) fn new(room: u64) -> Self {
        Self {
            new: share(room, MOST_NEW, 100),
            fallen: share(room, MOST_FALLEN, 100),
        }
    }

    pub(super) fn found(shelf: &mut Shelf, place: u32) {
        if shelf[place].list() == PROVEN {
            shelf.renew(PROVEN, place);
        }
    }

    pub(super) fn join(&self, shelf: &mut Shelf, place: u32, ghost: Option<u32>) {
        shelf.link(if ghost.is_some() { PROVEN } else { NEW }, place);
        shelf.trim(FALLEN, self.fallen);
    }

    pub(super) fn victim(&self, shelf: &Shelf) -> u32 {
        let (new, proven) = (shelf.oldest(NEW), shelf.oldest(PROVEN));
        let too_many = shelf.weight_of(NEW) > self.new;
        if new != NONE && (too_many || proven == NONE) {
            new
        } else {
            proven
        }
    }

    pub(super) fn remembers(shelf: &Shelf, place: u32) -> Option<u32> {
        (shelf[place].list() == NEW).then_some(FALLEN)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held_of};

    #[test]
    fn only_what_is_asked_for_after_it_fell_is_proven() {
        let held = |asked| held_of(4, Rule::TwoQueue, asked);
        // Found among the new it stays in its place: a goes.
        assert_eq!(held("abcdae"), "bcde");
        // Remembered, it comes back as proven for the b that falls, and outlasts the new ones: room for one of them only.
        assert_eq!(held("abcdaeafgh"), "afgh");
        // Two are remembered: b is not any more once c and d have fallen, and comes back as new for the e that falls.
        assert_eq!(held("abcdaeafgbh"), "abgh");
        // d is, and comes back as proven.
        assert_eq!(held("abcdaeafgdh"), "adgh");
    }
}
