//! First in, first out: finding an object changes nothing.

use super::shelf::Shelf;

#[inline]
pub(super) fn victim(shelf: &Shelf) -> u32 {
    shelf.oldest
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_came_first_goes_though_it_was_found() {
        assert_eq!(held(Rule::Fifo, "abcad"), "bcd");
    }
}
