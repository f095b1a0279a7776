//! Least recently used: what is found becomes the newest. R. L. Mattson et al., "Evaluation techniques for storage hierarchies",
//! 1970.

use super::fifo::ALL;
use super::shelf::Shelf;

#[inline]
pub(super) fn found(shelf: &mut Shelf, place: u32) {
    shelf.renew(ALL, place);
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_was_found_last_stays() {
        assert_eq!(held(Rule::Lru, "abcad"), "acd");
    }
}
