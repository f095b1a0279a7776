//! Service in random order: whoever waits has the same chance of the next turn, however long it has waited (Kingman, "On
//! queues in which customers are served in random order", 1962).
//!
//! The draw belongs to the queue and the number of its turn. A lot that each request drew when it came would be another
//! discipline: who has waited long has a bad lot.

use super::Place;
use crate::chance::key::{Key, Site, site};

const TURN: Site = site(&["queue", "turn"]);

/// In no row at all: whoever waits stands in one crowd, and where does not matter.
#[inline]
pub fn place() -> Place {
    Place::back(0)
}

/// Which of so many who wait gets a turn, from 0.
#[inline]
pub fn pick(queue: Key, turn: u64, waiting: u32) -> u32 {
    queue.numbered(turn).draw(TURN).below(waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::key::root;
    use crate::chance::trial::chi_square_z;

    #[test]
    fn everybody_has_the_same_chance() {
        let mut counts = [0u64; 7];
        for turn in 0..70_000 {
            counts[pick(root(5, 0), turn, 7) as usize] += 1;
        }
        assert!(chi_square_z(&counts, |_| 1.0 / 7.0).abs() < 4.0);
    }
}
