//! Segmented LRU: what is new is on probation, what is found there is protected, in up to four fifths of the room; what this pushes out
//! is on probation again. R. Karedla, J. S. Love and B. G. Wherry, "Caching strategies to improve disk system performance", 1994.

use super::order::share;
use super::shelf::{NONE, Shelf};

pub(super) const PROBATION: u32 = 0;
pub(super) const PROTECTED: u32 = 1;

/// Percent of the room that is for the protected at most.
const MOST_PROTECTED: u64 = 80;

#[derive(Debug)]
pub(super) struct Slru {
    protected: u64,
}

impl Slru {
    pub(super) fn new(room: u64) -> Self {
        Self {
            protected: share(room, MOST_PROTECTED),
        }
    }

    pub(super) fn join(shelf: &mut Shelf, place: u32) {
        shelf.link(PROBATION, place);
    }

    pub(super) fn found(&self, shelf: &mut Shelf, place: u32) {
        shelf.renew(PROTECTED, place);
        while shelf.weight_of(PROTECTED) > self.protected {
            shelf.renew(PROBATION, shelf.oldest(PROTECTED));
        }
    }

    pub(super) fn victim(shelf: &Shelf) -> u32 {
        match shelf.oldest(PROBATION) {
            NONE => shelf.oldest(PROTECTED),
            oldest => oldest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn those_on_probation_go_first() {
        // Two of three are protected at most. a is: b, c and d pass by.
        assert_eq!(held(Rule::Slru, "abacde"), "ade");
        // a, b, then c are protected: a is on probation again, the newest there but the only one.
        assert_eq!(held(Rule::Slru, "abcabcd"), "bcd");
        // Found again it is protected again, and b goes in its stead.
        assert_eq!(held(Rule::Slru, "abcabcad"), "acd");
    }
}
