//! Which object holds which rank: a shuffle of up to 2⁶⁴ objects that needs no table of them. Stands on `key`.
//!
//! Rank 0 must not always be object 0, or the most popular objects would be neighbours and share a shard or a node. A
//! Feistel network over a rectangle of about √n by √n (J. Black and P. Rogaway, "Ciphers with arbitrary finite domains",
//! CT-RSA 2002) shuffles it; a place outside the first n is shuffled again until it falls inside.
//!
//! *Design note.* On a handful of objects six rounds leave traces (of four objects, some orders come up a tenth more
//! often than others), so a few are shuffled in a table instead.

use super::key::{Key, Site, mix13, site};

/// Up to this many objects are shuffled in a table.
const FEW: u64 = 1024;

const ROUNDS: usize = 6;

/// A bijection of 0..n onto itself that depends on a key.
#[derive(Clone, PartialEq, Debug)]
pub struct Permutation {
    form: Form,
}

#[derive(Clone, PartialEq, Debug)]
enum Form {
    Few(Box<[u16]>),
    Many(Rectangle),
}

#[derive(Clone, PartialEq, Debug)]
struct Rectangle {
    items: u64,
    rows: u64,
    columns: u64,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The shuffle of `items` objects that belongs to `key`.
    pub fn new(items: u64, key: Key) -> Permutation {
        if items <= FEW {
            return Permutation {
                form: Form::Few(shuffled(items as u16, key)),
            };
        }
        let columns = items.isqrt();
        let rows = items.div_ceil(columns);
        let keys = std::array::from_fn(|round| key.numbered(round as u64).0);
        Permutation {
            form: Form::Many(Rectangle {
                items,
                rows,
                columns,
                keys,
            }),
        }
    }

    /// The object that holds `rank`. Both are counted from 0 and lie below the number of objects; a rank beyond it is
    /// returned as it is.
    #[inline]
    pub fn object(&self, rank: u64) -> u64 {
        match &self.form {
            Form::Few(objects) => objects
                .get(rank as usize)
                .map_or(rank, |object| u64::from(*object)),
            Form::Many(rectangle) if rank < rectangle.items => rectangle.object(rank),
            Form::Many(_) => rank,
        }
    }
}

/// The shuffle of Fisher and Yates: every order is equally likely.
fn shuffled(items: u16, key: Key) -> Box<[u16]> {
    const SHUFFLE: Site = site(&["shuffle"]);
    let mut draw = key.draw(SHUFFLE);
    let mut objects: Box<[u16]> = (0..items).collect();
    for last in (1..objects.len()).rev() {
        objects.swap(last, draw.below(last as u32 + 1) as usize);
    }
    objects
}

impl Rectangle {
    #[inline]
    fn object(&self, rank: u64) -> u64 {
        let mut place = self.turned(rank);
        // The rectangle has less than a row too many, so this is rare; it ends, because a cycle of a bijection comes
        // back to the rank it began with.
        while place >= self.items {
            place = self.turned(place);
        }
        place
    }

    #[inline]
    fn turned(&self, place: u64) -> u64 {
        let (mut row, mut column) = (place / self.columns, place % self.columns);
        for pair in self.keys.chunks_exact(2) {
            row = on_ring(row, self.rows, mix13(pair[0] ^ column));
            column = on_ring(column, self.columns, mix13(pair[1] ^ row));
        }
        row * self.columns + column
    }
}

/// `position` on a ring of `size` places, moved on by a random distance.
#[inline]
fn on_ring(position: u64, size: u64, word: u64) -> u64 {
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
        for n in (1..200).chain([1000, 1023, 1024, 1025, 1026, 1056, 1057, 65_537, 300_007]) {
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

    /// Over many keys, where the first two ranks of just more than a table's worth go.
    #[test]
    fn every_key_scatters_the_top_ranks_anew() {
        let n = FEW + 1;
        let mut counts = vec![0u64; 256];
        for i in 0..500_000 {
            let permutation = Permutation::new(n, root(i, 2));
            let cell = |rank: u64| (permutation.object(rank) * 16 / n) as usize;
            counts[cell(0) * 16 + cell(1)] += 1;
        }
        let first = |cell: usize| {
            (0..n)
                .filter(|object| (object * 16 / n) as usize == cell)
                .count() as f64
        };
        let pairs = (n * (n - 1)) as f64;
        let z = chi_square_z(&counts, |cell| {
            let (one, other) = (cell / 16, cell % 16);
            first(one) * (first(other) - if one == other { 1.0 } else { 0.0 }) / pairs
        });
        assert!(z.abs() < 4.0, "z = {z}");
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
            Permutation::new(5000, root(1, 0)),
            Permutation::new(5000, root(2, 0))
        );
    }
}
