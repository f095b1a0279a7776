//! Which object holds which rank: a shuffle of up to 2⁶⁴ objects that needs no table. Stands on `key`.
//!
//! Rank 0 must not always be object 0, or the most popular objects would be neighbours and share a shard or a node. A
//! Feistel network over a rectangle of about √n by √n (J. Black and P. Rogaway, "Ciphers with arbitrary finite domains",
//! CT-RSA 2002) shuffles it; a place outside the first n is shuffled again until it falls inside.

use super::key::{Key, mix13};

/// Enough for the places of two neighbouring ranks to be unrelated (four leave traces for a handful of objects).
const ROUNDS: usize = 6;

/// A bijection of 0..n onto itself that depends on a key.
#[derive(Clone, PartialEq, Debug)]
pub struct Permutation {
    items: u64,
    rows: u64,
    columns: u64,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The shuffle of `items` objects that belongs to `key`.
    pub fn new(items: u64, key: Key) -> Permutation {
        let columns = items.isqrt().max(1);
        let rows = items.div_ceil(columns).max(1);
        let keys = std::array::from_fn(|round| key.numbered(round as u64).0);
        Permutation {
            items,
            rows,
            columns,
            keys,
        }
    }

    /// The object that holds `rank`. Both are counted from 0 and lie below the number of objects; a rank beyond it is
    /// returned as it is.
    #[inline]
    pub fn object(&self, rank: u64) -> u64 {
        if rank >= self.items {
            return rank;
        }
        let mut place = self.shuffled(rank);
        // The rectangle has less than a row too many, so this is rare; it ends, because a cycle of a bijection comes
        // back to the rank it began with.
        while place >= self.items {
            place = self.shuffled(place);
        }
        place
    }

    #[inline]
    fn shuffled(&self, place: u64) -> u64 {
        let (mut row, mut column) = (place / self.columns, place % self.columns);
        for pair in self.keys.chunks_exact(2) {
            row = turned(row, self.rows, mix13(pair[0] ^ column));
            column = turned(column, self.columns, mix13(pair[1] ^ row));
        }
        row * self.columns + column
    }
}

/// `position` on a ring of `size` places, moved on by a random distance.
#[inline]
fn turned(position: u64, size: u64, word: u64) -> u64 {
    let distance = ((u128::from(word) * u128::from(size)) >> 64) as u64;
    let left = size - distance;
    if position >= left {
        position - left
    } else {
        position + distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::key::root;
    use crate::chance::trial::chi_square_z;

    #[test]
    fn is_a_bijection() {
        for n in (1..200).chain([1000, 1023, 1024, 1025, 65_537, 300_007]) {
            let permutation = Permutation::new(n, root(n, 0));
            let mut seen = vec![false; n as usize];
            for rank in 0..n {
                let object = permutation.object(rank) as usize;
                assert!(
                    !std::mem::replace(&mut seen[object], true),
                    "{object} of {n} twice"
                );
            }
        }
    }

    #[test]
    fn all_orders_of_a_few_are_equally_likely() {
        let mut counts = vec![0u64; 24];
        for i in 0..240_000 {
            let permutation = Permutation::new(4, root(i, 1));
            let objects: Vec<u64> = (0..4).map(|rank| permutation.object(rank)).collect();
            let order = |at: usize| {
                objects[at + 1..]
                    .iter()
                    .filter(|other| **other < objects[at])
                    .count()
            };
            counts[order(0) * 6 + order(1) * 2 + order(2)] += 1;
        }
        let z = chi_square_z(&counts, |_| 1.0 / 24.0);
        assert!(z.abs() < 4.0, "z = {z}, {counts:?}");
    }

    #[test]
    fn neighbours_are_scattered_independently() {
        let n = 1_000_000_007;
        let permutation = Permutation::new(n, root(3, 0));
        let mut counts = vec![0u64; 1024];
        for rank in 0..500_000 {
            let cell = |rank: u64| (permutation.object(rank) * 32 / n) as usize;
            counts[cell(2 * rank) * 32 + cell(2 * rank + 1)] += 1;
        }
        let z = chi_square_z(&counts, |_| 1.0 / 1024.0);
        assert!(z.abs() < 4.0, "z = {z}");
    }

    #[test]
    fn extremes_are_fine() {
        assert!(Permutation::new(u64::MAX, root(1, 0)).object(u64::MAX - 1) < u64::MAX);
        assert_eq!(Permutation::new(0, root(1, 0)).object(0), 0);
        assert_ne!(
            Permutation::new(1000, root(1, 0)),
            Permutation::new(1000, root(2, 0))
        );
    }
}
