//! Second chance: the oldest goes, unless it was found since it was last looked at; then it becomes the newest, unfound. F. J. Corbató,
//! "A paging experiment with the Multics system", 1969. As a list, not a ring: the order is the same.

use super::fifo::ALL;
use super::shelf::Shelf;

pub(super) fn victim(shelf: &mut Shelf) -> u32 {
    // Each turn clears a mark, so it ends after one round at most.
    loop {
        let oldest = shelf.oldest(ALL);
        if shelf[oldest].note() == 0 {
            return oldest;
        }
        shelf[oldest].set_note(0);
        shelf.renew(ALL, oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_was_found_gets_a_second_chance_and_no_third() {
        assert_eq!(held(Rule::Clock, "abcad"), "acd");
        // `a` was marked once: b goes for d, c for e, and then a itself.
        assert_eq!(held(Rule::Clock, "abcade"), "ade");
        assert_eq!(held(Rule::Clock, "abcadef"), "def");
        // All were found: the first of them goes after one round.
        assert_eq!(held(Rule::Clock, "abcabcd"), "bcd");
    }
}
