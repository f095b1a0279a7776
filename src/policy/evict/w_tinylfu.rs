//! `W-TinyLFU`: what is new enters a window of one hundredth of the room, in LRU order; who is pushed out of it is let into the main part, a
//! segmented LRU, if a sketch says that it was asked for more often of late than whom it would push out there. G. Einziger,
//! R. Friedman and B. Manes, "`TinyLFU`: a highly efficient cache admission policy", ACM Transactions on Storage 2017.
//!
//! Not modelled: the doorkeeper that spares the sketch what was asked for once, and a window that adapts.

use super::order::share;
use super::shelf::{NONE, Shelf};
use super::sketch::Sketch;
use super::slru::{PROBATION, PROTECTED, Segments, Slru};

const WINDOW: u32 = 2;

/// Percent of the room.
const MOST_IN_WINDOW: u64 = 1;

#[derive(Debug)]
pub(super) struct TinyLfu {
    /// Room of the window and of the main part.
    window: u64,
    room: u64,
    main: Slru,
    sketch: Sketch,
}

impl TinyLfu {
    pub(super) fn new(room: u64) -> Self {
        let window = share(room, MOST_IN_WINDOW, 100);
        let main = room - window.min(room);
        Self {
            window,
            room: main,
            main: Slru::new(main, Segments::default()),
            sketch: Sketch::new(),
        }
    }

    pub(super) fn found(&mut self, shelf: &mut Shelf, place: u32) {
        self.sketch.count(shelf[place].object());
        if shelf[place].list() == WINDOW {
            shelf.renew(WINDOW, place);
        } else {
            self.main.found(shelf, place);
        }
    }

    pub(super) fn join(&mut self, shelf: &mut Shelf, place: u32) {
        self.sketch.grow(shelf.places());
        self.sketch.count(shelf[place].object());
        shelf.link(WINDOW, place);
        while shelf.weight_of(WINDOW) > self.window && self.lets_in(shelf, shelf.oldest(WINDOW)) {
            shelf.renew(PROBATION, shelf.oldest(WINDOW));
        }
    }

    /// Whether there is room in the main part.
    fn lets_in(&self, shelf: &Shelf, place: u32) -> bool {
        let used = shelf.weight_of(PROBATION) + shelf.weight_of(PROTECTED);
        used.saturating_add(shelf.weight(place)) <= self.room
    }

    /// Who is to be pushed out of the window against who is to be pushed out of the main part: the one asked for more often stays.
    pub(super) fn victim(&mut self, shelf: &mut Shelf, weight: u64) -> u32 {
        loop {
            let (candidate, victim) = (shelf.oldest(WINDOW), self.main.victim(shelf));
            let fits = shelf.weight_of(WINDOW).saturating_add(weight) <= self.window;
            if candidate == NONE || fits && victim != NONE {
                return victim;
            }
            if self.lets_in(shelf, candidate) {
                shelf.renew(PROBATION, candidate);
                continue;
            }
            let count = |place: u32| self.sketch.estimate(shelf[place].object());
            if victim == NONE || count(candidate) <= count(victim) {
                return candidate;
            }
            shelf.renew(PROBATION, candidate);
            return victim;
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.sketch.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn who_is_asked_for_more_often_stays() {
        // The window has one, the main part two. a and b are in the main part; c meets d, and a, which was asked for as often: c goes.
        assert_eq!(held(Rule::TinyLfu, "abcd"), "abd");
        // d is found in the window, so it takes the place of a when e comes.
        assert_eq!(held(Rule::TinyLfu, "abcdde"), "bde");
        // The sketch knows c from before, though it was thrown out: asked for again, it takes the place of a when d does.
        assert_eq!(held(Rule::TinyLfu, "abcdcd"), "bcd");
        // a is protected, so that b is met first.
        assert_eq!(held(Rule::TinyLfu, "abacce"), "ace");
    }
}
