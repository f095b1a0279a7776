//! S3-FIFO: what is new waits in a small queue, a tenth of the room; who was found there twice moves on to the main queue, the others are
//! remembered, and if they are asked for again meanwhile, they go to the main queue at once. In that one each was found up to three times
//! gets as many further rounds. J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi, "FIFO queues are all you need for cache eviction",
//! SOSP 2023. As many are remembered as the main queue holds.

use super::order::share;
use super::shelf::{GHOSTS, NONE, Shelf};

const SMALL: u32 = 0;
const MAIN: u32 = 1;
const FALLEN: u32 = GHOSTS;

/// Percent of the room: the small queue, and what those who are remembered would take.
const MOST_SMALL: u64 = 10;
pub(super) const MOST_FALLEN: u64 = 90;

/// Found so many times, an object moves on; more than this is not counted.
const PROVEN: u32 = 2;
const MOST_ROUNDS: u32 = 3;

#[derive(Debug)]
pub(super) struct S3Fifo {
    main: u64,
    fallen: u64,
}

impl S3Fifo {
    pub(super) fn new(room: u64) -> Self {
        Self {
            main: room - share(room, MOST_SMALL, 100).min(room),
            fallen: share(room, MOST_FALLEN, 100),
        }
    }

    pub(super) fn found(shelf: &mut Shelf, place: u32) {
        let times = shelf[place].note();
        shelf[place].set_note((times + 1).min(MOST_ROUNDS));
    }

    pub(super) fn join(&self, shelf: &mut Shelf, place: u32, ghost: Option<u32>) {
        shelf.link(if ghost.is_some() { MAIN } else { SMALL }, place);
        shelf.trim(FALLEN, self.fallen);
    }

    pub(super) fn victim(&self, shelf: &mut Shelf) -> u32 {
        if shelf.weight_of(MAIN) <= self.main {
            loop {
                let oldest = shelf.oldest(SMALL);
                if oldest == NONE {
                    break;
                }
                if shelf[oldest].note() < PROVEN {
                    return oldest;
                }
                shelf[oldest].set_note(0);
                shelf.renew(MAIN, oldest);
            }
        }
        // Each turn takes away a round, so it ends after three rounds at most.
        loop {
            let oldest = shelf.oldest(MAIN);
            if oldest == NONE {
                return shelf.oldest(SMALL);
            }
            let rounds = shelf[oldest].note();
            if rounds == 0 {
                return oldest;
            }
            shelf[oldest].set_note(rounds - 1);
            shelf.renew(MAIN, oldest);
        }
    }

    pub(super) fn remembers(shelf: &Shelf, place: u32) -> Option<u32> {
        (shelf[place].list() == SMALL).then_some(FALLEN)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_was_found_twice_or_comes_back_moves_on() {
        // Found once it falls as those who were not.
        assert_eq!(held(Rule::S3Fifo, "abcad"), "bcd");
        // Found twice a moves on, b falls.
        assert_eq!(held(Rule::S3Fifo, "abcaad"), "acd");
        // b is remembered and comes back to the main queue; c falls, then d, then e.
        assert_eq!(held(Rule::S3Fifo, "abcaadbe"), "abe");
        // The main queue has its two; f comes, and e falls.
        assert_eq!(held(Rule::S3Fifo, "abcaadbef"), "abf");
        // d is remembered (two are: d and e; c is not any more) and makes three: one of the main queue goes for g, a, unfound since.
        assert_eq!(held(Rule::S3Fifo, "abcaadbefe"), "abe");
        assert_eq!(held(Rule::S3Fifo, "abcaadbefeg"), "beg");
        // Found there, it gets another round, and b goes.
        assert_eq!(held(Rule::S3Fifo, "abcaadbefeag"), "aeg");
    }
}
