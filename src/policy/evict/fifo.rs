//! First in, first out: finding an object changes nothing.

use super::shelf::Shelf;

/// The one list of the rules that have one.
pub(super) const ALL: u32 = 0;

#[inline]
pub(super) fn join(shelf: &mut Shelf, place: u32) {
    shelf.link(ALL, place);
}

#[inline]
pub(super) fn victim(shelf: &Shelf) -> u32 {
    shelf.oldest(ALL)
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_came_first_goes_though_it_was_found() {
        assert_eq!(held(Rule::Fifo, "abcad"), "bcd");
    }
}
