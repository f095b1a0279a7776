//! SIEVE: a hand moves from the oldest towards the newest, clears the marks of what was found and throws out the first that was not; the
//! order never changes. Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi, "SIEVE is simpler than LRU", NSDI 2024.

use super::fifo::ALL;
use super::shelf::{NONE, Shelf};

/// The entry that the hand is at; at `NONE` it begins with the oldest.
#[derive(Debug)]
pub(super) struct Hand(u32);

impl Default for Hand {
    fn default() -> Self {
        Self(NONE)
    }
}

impl Hand {
    pub(super) fn victim(&mut self, shelf: &mut Shelf) -> u32 {
        let start = |shelf: &Shelf, at: u32| if at == NONE { shelf.oldest(ALL) } else { at };
        let mut at = start(shelf, self.0);
        // Each turn clears a mark, so it ends after one round at most.
        while shelf[at].note() > 0 {
            shelf[at].set_note(0);
            at = start(shelf, shelf[at].newer);
        }
        self.0 = at;
        at
    }

    /// The hand goes on where it pointed at what leaves.
    pub(super) fn leave(&mut self, shelf: &mut Shelf, place: u32) {
        if self.0 == place {
            self.0 = shelf[place].newer;
        }
        shelf.unlink(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn the_hand_keeps_its_place() {
        assert_eq!(held(Rule::Sieve, "abcad"), "acd");
        // a kept its place as the oldest, but the hand has passed it: c goes next, and then d, though a is older.
        assert_eq!(held(Rule::Sieve, "abcade"), "ade");
        assert_eq!(held(Rule::Sieve, "abcadef"), "aef");
    }
}
