//! Values that many observations share: constants, timeouts, hits of a cache.
//!
//! A bucket is up to 0.78 % wide, and spreading its observations evenly puts a percentile of what is constant beside the constant. So
//! each bucket elects the value that most of it has, by the majority vote of R. S. Boyer and J. S. Moore ("MJRTY: a fast majority vote
//! algorithm", 1991): the candidate gains a vote by each observation that is equal and loses one by each other, and is replaced when it
//! has none left. Who has most of a bucket is elected for certain, and with `v` votes among `n` it has (n + v)/2 of them, unless the
//! others once had the vote. Votes of several histograms are added up in the same way.

use super::PER_OCTAVE;

/// A few observations in a bucket have the same by chance, or are alone in it.
const SEVERAL: u64 = 10;

/// The candidates of one octave's buckets and their votes.
#[derive(Debug, Clone)]
struct Octave {
    values: [u64; PER_OCTAVE],
    votes: [u32; PER_OCTAVE],
}

/// The candidates of all buckets.
#[derive(Debug, Clone, Default)]
pub(super) struct Atoms(Vec<Option<Box<Octave>>>);

impl Atoms {
    /// One more observation of a bucket.
    #[inline]
    pub(super) fn record(&mut self, bin: usize, value: u64) {
        match self.0.get_mut(bin / PER_OCTAVE) {
            Some(Some(octave)) => octave.vote(bin % PER_OCTAVE, value, 1),
            _ => self.vote(bin, value, 1),
        }
    }

    /// So many votes at once, making the octave if need be.
    #[cold]
    fn vote(&mut self, bin: usize, value: u64, votes: u32) {
        let at = bin / PER_OCTAVE;
        if at >= self.0.len() {
            self.0.resize(at + 1, None);
        }
        let empty = || {
            Box::new(Octave {
                values: [0; PER_OCTAVE],
                votes: [0; PER_OCTAVE],
            })
        };
        self.0[at]
            .get_or_insert_with(empty)
            .vote(bin % PER_OCTAVE, value, votes);
    }

    /// Those of another histogram, too.
    pub(super) fn merge(&mut self, other: &Self) {
        for (octave, at) in other.0.iter().zip(0_usize..) {
            let Some(octave) = octave else { continue };
            let rows = octave.values.iter().zip(&octave.votes);
            for (inside, (value, votes)) in rows.enumerate().filter(|(_, (_, votes))| **votes > 0) {
                self.vote(at * PER_OCTAVE + inside, *value, *votes);
            }
        }
    }

    /// The value that three quarters of the `count` observations of a bucket have at least, and how many those are.
    pub(super) fn of(&self, bin: u32, count: u64) -> Option<(u64, u64)> {
        let octave = self.0.get(bin as usize / PER_OCTAVE)?.as_ref()?;
        let inside = bin as usize % PER_OCTAVE;
        let votes = u64::from(octave.votes[inside]);
        (votes >= SEVERAL && 2 * votes >= count)
            .then(|| (octave.values[inside], count.midpoint(votes)))
    }
}

impl Octave {
    #[inline]
    fn vote(&mut self, at: usize, value: u64, votes: u32) {
        let own = &mut self.votes[at];
        if self.values[at] == value {
            *own = own.saturating_add(votes);
        } else if *own > votes {
            *own -= votes;
        } else {
            *own = votes - *own;
            self.values[at] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Histogram;

    /// 10 ms by hand: the bucket goes from 9,961,472 to 10,027,007 ns.
    fn hits(of_atom: usize, others: &[u64]) -> Histogram {
        let mut histogram = Histogram::with_atoms();
        for round in 0..of_atom.max(others.len()) {
            if round < of_atom {
                histogram.record(10_000_000);
            }
            if let Some(value) = others.get(round) {
                histogram.record(*value);
            }
        }
        histogram
    }

    #[test]
    fn a_percentile_among_equal_values_is_that_value() {
        let others: Vec<u64> = (0..15).map(|n| 10_000_100 + 1_000 * n).collect();
        let histogram = hits(985, &others);
        for p in [0.1, 0.5, 0.95, 0.98] {
            assert_eq!(histogram.quantile(p), Some(1e7), "{p}");
        }
        assert!(histogram.quantile(0.999) > Some(1e7));
        assert_eq!(
            histogram.fraction_below(10_000_000).to_bits(),
            0_f64.to_bits()
        );
        let up_to = histogram.fraction_below(10_000_001);
        assert!((up_to - 0.985).abs() < 0.01, "{up_to}");
        // Without votes the bucket is spread, and no percentile is right.
        let mut spread = Histogram::default();
        (0..985).for_each(|_| spread.record(10_000_000));
        for value in &others {
            spread.record(*value);
        }
        assert_ne!(spread.quantile(0.95), Some(1e7));
    }

    #[test]
    fn votes_of_several_histograms_elect_the_same() {
        let noise: Vec<u64> = (0..20).map(|n| 9_970_000 + 2_001 * n).collect();
        let (mut one, other) = (hits(100, &noise), hits(50, &noise[..3]));
        let mut other_way = other.clone();
        other_way.merge(&one);
        one.merge(&other);
        assert_eq!(
            (one.quantile(0.5), other_way.quantile(0.5)),
            (Some(1e7), Some(1e7))
        );
        let mut fresh = Histogram::default();
        fresh.merge(&one);
        assert_eq!(fresh.quantile(0.5), Some(1e7));
        assert_eq!(fresh.atom_with_tail(0.5, 0), Some((10_000_000, 150)));
    }

    #[test]
    fn a_smooth_law_has_no_atoms() {
        let mut histogram = Histogram::with_atoms();
        (0..100_000_u64).for_each(|n| histogram.record(9_000_000 + 37 * (n * 7_919 % 100_000)));
        assert_eq!(
            [0.1, 0.5, 0.9].map(|p| histogram.atom_with_tail(p, 0)),
            [None; 3]
        );
    }
}
