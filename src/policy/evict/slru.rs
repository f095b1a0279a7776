//! Segmented LRU: what is new stands on the lowest segment, what is found there rises to the next, and what a full segment pushes out sinks
//! to the one below. With two, the higher one of up to four fifths of the room is "protected": R. Karedla, J. S. Love and B. G. Wherry,
//! "Caching strategies to improve disk system performance", 1994. With n equal ones it is S*n*LRU: Q. Huang et al., "An analysis of Facebook
//! photo caching", 2013 (four of them); but what is new may have the room that the higher ones leave.

use super::order::share;
use super::shelf::{GHOSTS, NONE, Shelf};

pub(super) const PROBATION: u32 = 0;
pub(super) const PROTECTED: u32 = 1;

/// Segments at most.
pub const MOST_SEGMENTS: u32 = GHOSTS;

/// How the room is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segments {
    /// Two, of which the higher one has so many thousandths at most.
    Protected(u16),
    /// So many equal ones.
    Equal(u8),
}

impl Default for Segments {
    fn default() -> Self {
        Self::Protected(800)
    }
}

#[derive(Debug)]
pub(super) struct Slru {
    top: u32,
    /// What each segment but the lowest holds at most.
    most: u64,
}

impl Slru {
    pub(super) fn new(room: u64, segments: Segments) -> Self {
        match segments {
            Segments::Protected(share_of_it) => Self {
                top: PROTECTED,
                most: share(room, u64::from(share_of_it), 1000),
            },
            Segments::Equal(number) => Self {
                top: u32::from(number).clamp(2, MOST_SEGMENTS) - 1,
                most: share(room, 1, u64::from(number)),
            },
        }
    }

    pub(super) fn join(shelf: &mut Shelf, place: u32) {
        shelf.link(PROBATION, place);
    }

    pub(super) fn found(&self, shelf: &mut Shelf, place: u32) {
        let to = (shelf[place].list() + 1).min(self.top);
        shelf.renew(to, place);
        for list in (1..=to).rev() {
            while shelf.weight_of(list) > self.most {
                shelf.renew(list - 1, shelf.oldest(list));
            }
        }
    }

    pub(super) fn victim(&self, shelf: &Shelf) -> u32 {
        let mut oldest = (0..=self.top).map(|list| shelf.oldest(list));
        oldest.find(|place| *place != NONE).unwrap_or(NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{held, held_of};
    use super::super::{Rule, Segments};

    const RULE: Rule = Rule::Slru(Segments::Protected(800));

    #[test]
    fn those_on_probation_go_first() {
        // Two of three are protected at most. a is: b, c and d pass by.
        assert_eq!(held(RULE, "abacde"), "ade");
        // a, b, then c are protected: a is on probation again, the newest there but the only one.
        assert_eq!(held(RULE, "abcabcd"), "bcd");
        // Found again it is protected again, and b goes in its stead.
        assert_eq!(held(RULE, "abcabcad"), "acd");
    }

    /// Three segments of one object each. a rises to the second and third; b, found once, is on the second; c, d and e pass by below. Found
    /// again b takes the place of a, which sinks to the second and stays.
    #[test]
    fn equal_segments_are_climbed_one_by_one() {
        let three = Rule::Slru(Segments::Equal(3));
        assert_eq!(held_of(3, three, "aaabbcde"), "abe");
        assert_eq!(held_of(3, three, "aaabbbcde"), "abe");
        // c, found once, is on the second and pushes a down to the lowest, where it is the older of two.
        assert_eq!(held_of(3, three, "aaabbbccd"), "bcd");
        // With two, whose higher one is protected, a and b are both there.
        assert_eq!(held_of(3, RULE, "aaabbbccd"), "bcd");
        assert_eq!(held_of(3, RULE, "aaabbcde"), "abe");
        // With a protected third it is one of them only.
        let third = Rule::Slru(Segments::Protected(334));
        assert_eq!(held_of(3, third, "aabbcde"), "bde");
    }
}
