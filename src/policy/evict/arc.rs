//! Adaptive replacement: two LRU lists, of what was asked for once and of what was asked for again, each with as long a memory of what it
//! lost; asking for what one of them lost makes it longer at the expense of the other. N. Megiddo and D. S. Modha, "ARC: a self-tuning,
//! low overhead replacement cache", FAST 2003. Pages are weighed where bytes are counted: a step is as large as the object that
//! comes back.

use super::shelf::{GHOSTS, NONE, Shelf};

/// T1 and T2 of the paper, B1 and B2.
const ONCE: u32 = 0;
const AGAIN: u32 = 1;
const LOST_ONCE: u32 = GHOSTS;
const LOST_AGAIN: u32 = GHOSTS + 1;

#[derive(Debug)]
pub(super) struct Arc {
    room: u64,
    /// What T1 is meant to take: p of the paper.
    target: u64,
}

impl Arc {
    pub(super) fn new(room: u64) -> Self {
        Self { room, target: 0 }
    }

    pub(super) fn found(shelf: &mut Shelf, place: u32) {
        shelf.renew(AGAIN, place);
    }

    /// Learn from what was lost.
    pub(super) fn returns(&mut self, shelf: &Shelf, place: u32) {
        let (once, again) = (shelf.weight_of(LOST_ONCE), shelf.weight_of(LOST_AGAIN));
        let step = |own: u64, other: u64| {
            let times = u128::from(own.max(other)) * u128::from(shelf.weight(place));
            u64::try_from(times / u128::from(own.max(1))).unwrap_or(u64::MAX)
        };
        self.target = if shelf[place].list() == LOST_ONCE {
            self.target.saturating_add(step(once, again)).min(self.room)
        } else {
            self.target.saturating_sub(step(again, once))
        };
    }

    pub(super) fn join(&self, shelf: &mut Shelf, place: u32, ghost: Option<u32>) {
        shelf.link(if ghost.is_some() { AGAIN } else { ONCE }, place);
        // Both lists of those asked for once are as large as the room at most, all four twice as large.
        let once = shelf.weight_of(ONCE);
        shelf.trim(LOST_ONCE, self.room.saturating_sub(once));
        let others = once + shelf.weight_of(LOST_ONCE) + shelf.weight_of(AGAIN);
        let most = self.room.saturating_mul(2);
        shelf.trim(LOST_AGAIN, most.saturating_sub(others));
    }

    /// REPLACE of the paper.
    pub(super) fn victim(&self, shelf: &Shelf, ghost: Option<u32>) -> u32 {
        let (once, again) = (shelf.oldest(ONCE), shelf.oldest(AGAIN));
        let weight = shelf.weight_of(ONCE);
        let too_many = weight > self.target || weight == self.target && ghost == Some(LOST_AGAIN);
        if once != NONE && (too_many || again == NONE) {
            once
        } else {
            again
        }
    }

    pub(super) fn remembers(shelf: &Shelf, place: u32) -> u32 {
        if shelf[place].list() == ONCE {
            LOST_ONCE
        } else {
            LOST_AGAIN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_was_lost_moves_the_border() {
        // a was asked for again: b, then c, which were not, make room.
        assert_eq!(held(Rule::Arc, "abcade"), "ade");
        // c is remembered: p = 1, so that of d and e one may stay; d goes, and c is among those asked for again.
        assert_eq!(held(Rule::Arc, "abcadec"), "ace");
        // e is the only one asked for once, no more than p: for f one of those asked for again goes, a, the least recent.
        assert_eq!(held(Rule::Arc, "abcadecf"), "cef");
        // a is remembered and comes back: p = 0 again, and e goes.
        assert_eq!(held(Rule::Arc, "abcadecfa"), "acf");
    }
}
