//! Consistent hashing (Karger et al. 1997): each candidate owns points on a ring; an object belongs to the next point.
//!
//! Where the points lie is luck: of ten candidates with 100 points each the busiest owns 1.16 times the mean on average, and 1.07 to
//! 1.28 times in 95 of 100 rings. So every replication draws its own ring, unless one and the same is asked for, and the intervals over
//! replications hold that luck, too.

use crate::chance::key::{Key, Site, root, site};
use std::collections::BTreeMap;

/// A hash ring: points in ascending order with the position of the candidate that owns them.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    /// (point, position among the candidates).
    pub points: Vec<(u64, u32)>,
}

/// Whether every replication has a ring of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Luck {
    /// Each draws its own.
    #[default]
    Drawn,
    /// All have the one that belongs to the name, in every run.
    Fixed,
}

/// What rings are drawn from: who owns points, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RingLaw {
    name: Site,
    candidates: u32,
    points: u32,
    luck: Luck,
}

impl RingLaw {
    /// Rings of `points` per candidate, at places named by the component and the candidate.
    pub fn new(component: &str, candidates: u32, points: u32, luck: Luck) -> Self {
        let name = site(&["ring", component]);
        Self {
            name,
            candidates,
            points,
            luck,
        }
    }

    /// Points of all candidates together.
    pub fn points(&self) -> u64 {
        u64::from(self.candidates) * u64::from(self.points)
    }

    /// Points of each candidate.
    pub fn each(&self) -> u32 {
        self.points
    }

    /// Whether replications differ by it.
    pub fn is_luck(&self) -> bool {
        self.luck == Luck::Drawn && self.candidates > 1
    }

    /// The ring of the replication with this root. One candidate more leaves the points of the others where they are.
    pub fn draw(&self, replication: Key) -> Ring {
        let home = match self.luck {
            Luck::Drawn => replication,
            Luck::Fixed => root(0, 0),
        };
        let home = home.child(self.name, 0);
        let of = |position: u32| {
            let own = home.numbered(u64::from(position));
            (0..self.points).map(move |point| (own.numbered(u64::from(point)).0, position))
        };
        let mut points: Vec<(u64, u32)> = (0..self.candidates).flat_map(of).collect();
        points.sort_unstable();
        Ring { points }
    }
}

impl Ring {
    /// The candidate that owns an object's hash.
    #[inline]
    pub fn pick(&self, object: u64) -> u32 {
        let at = self.points.partition_point(|&(point, _)| point < object);
        self.points
            .get(at)
            .or(self.points.first())
            .map_or(0, |&(_, position)| position)
    }
}

impl Ring {
    /// The part of all hashes that each pair of candidates has to do with: the first owned them as long as there were only so many
    /// candidates, the second owns them now. Ascending, and only what changes owners.
    pub fn moved(&self, from: u32) -> Vec<((u32, u32), f64)> {
        let old = |&(_, owner): &(u64, u32)| owner < from;
        let (Some(&(_, mut before)), Some(&(last, _))) = (
            self.points.iter().find(|point| old(point)),
            self.points.last(),
        ) else {
            return Vec::new();
        };
        let mut parts: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        // Backwards, each point owns what lies between it and the one below, the first also what lies beyond the last.
        let below = self.points.iter().rev().skip(1).map(|&(point, _)| point);
        let below = below.chain([last]);
        for (&(point, owner), below) in self.points.iter().rev().zip(below) {
            if owner < from {
                before = owner;
            } else {
                let part = point.wrapping_sub(below) as f64 / 2_f64.powi(64);
                *parts.entry((before, owner)).or_default() += part;
            }
        }
        parts.into_iter().collect()
    }

    /// The first candidate with room, from the object's hash on round the ring; its owner when nobody has room.
    pub fn first(&self, object: u64, room: impl Fn(u32) -> bool) -> u32 {
        let at = self.points.partition_point(|&(point, _)| point < object);
        let round = self.points[at..].iter().chain(&self.points[..at]);
        let mut candidates = round.map(|&(_, position)| position);
        candidates
            .find(|&position| room(position))
            .unwrap_or_else(|| self.pick(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{Luck, Ring, RingLaw};
    use crate::chance::key::root;

    /// The ring that a name has in one replication.
    fn ring(name: &str, replication: u32, candidates: u32, points: u32) -> Ring {
        RingLaw::new(name, candidates, points, Luck::Drawn).draw(root(1, replication))
    }

    #[test]
    fn the_next_point_owns_and_the_ring_closes() {
        let ring = Ring {
            points: vec![(10, 0), (20, 1), (30, 0)],
        };
        let owners: Vec<u32> = [5, 10, 11, 20, 25, 31]
            .iter()
            .map(|&object| ring.pick(object))
            .collect();
        assert_eq!(owners, [0, 0, 1, 1, 0, 0]);
    }

    #[test]
    fn shares_are_even_with_many_points() {
        let ring = ring("cache", 0, 4, 500);
        let mut seen = [0u32; 4];
        for n in 0..40_000u64 {
            seen[ring.pick(root(7, 0).numbered(n).0) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n.abs_diff(10_000) < 1_500), "{seen:?}");
    }

    /// The part of all hashes that each candidate owns.
    fn shares(ring: &Ring, candidates: usize) -> Vec<f64> {
        let last = ring.points.last().map_or(0, |&(point, _)| point);
        let (mut before, mut shares) = (last, vec![0.0; candidates]);
        for &(point, owner) in &ring.points {
            shares[owner as usize] += point.wrapping_sub(before) as f64 / 2_f64.powi(64);
            before = point;
        }
        shares
    }

    /// One point each on 4,000 rings of ten: the largest of n spacings is `H_n`/n in the mean, and their coefficient of variation
    /// √((n - 1)/(n + 1)) (Rényi 1953).
    #[test]
    fn single_points_cut_a_ring_as_chance_does() {
        let rings: Vec<Vec<f64>> = (0..4_000)
            .map(|replication| shares(&ring("ring", replication, 10, 1), 10))
            .collect();
        let largest = |shares: &Vec<f64>| shares.iter().copied().fold(0.0, f64::max);
        let mean = rings.iter().map(largest).sum::<f64>() / 4_000.0;
        assert!((mean / 0.292_896_8 - 1.0).abs() < 0.02, "{mean}");
        let square = rings
            .iter()
            .flatten()
            .map(|share| share * share)
            .sum::<f64>()
            / 40_000.0;
        let variation = (square - 0.01).sqrt() / 0.1;
        assert!((variation / 0.904_534 - 1.0).abs() < 0.02, "{variation}");
    }

    /// An eleventh candidate takes a share like that of the others, 1/11, and nothing moves among these.
    #[test]
    fn one_candidate_more_moves_only_what_it_takes() {
        let mut taken = 0.0;
        for replication in 0..2_000 {
            let of = |candidates| ring("ring", replication, candidates, 100);
            let (ten, eleven) = (of(10), of(11));
            taken += shares(&eleven, 11)[10] / 2_000.0;
            for n in 0..100_u64 {
                let object = root(7, replication).numbered(n).0;
                let (before, after) = (ten.pick(object), eleven.pick(object));
                assert!(after == before || after == 10, "{before} to {after}");
            }
            let moved: f64 = eleven.moved(10).iter().map(|(_, part)| part).sum();
            assert!((moved - shares(&eleven, 11)[10]).abs() < 1e-9, "{moved}");
        }
        assert!((taken * 11.0 - 1.0).abs() < 0.01, "{taken}");
    }

    /// Four points of two owners and one of a third, by hand: what lies between 10 and 25 was the first one's, as 25 to 30 still is.
    #[test]
    fn what_a_newcomer_takes_is_known_by_whose_it_was() {
        let quarter = 1_u64 << 62;
        let ring = Ring {
            points: vec![(quarter, 0), (2 * quarter, 2), (3 * quarter, 1)],
        };
        assert_eq!(ring.moved(2), vec![((1, 2), 0.25)]);
        let first = Ring {
            points: vec![(quarter, 2), (2 * quarter, 1), (3 * quarter, 0)],
        };
        assert_eq!(first.moved(2), vec![((1, 2), 0.5)]);
        let last = Ring {
            points: vec![(quarter, 1), (2 * quarter, 0), (3 * quarter, 2)],
        };
        assert_eq!(last.moved(2), vec![((1, 2), 0.25)]);
        assert_eq!(last.moved(3), vec![]);
    }

    /// The busiest of ten candidates with 100 points each: a hundred spacings of a thousand make its part, so that parts scatter by
    /// √(1/100 - 1/1000)-ish, 9.5 %, and the largest of ten lies 1.54 such above the mean (order statistics of the normal law, Harter
    /// 1961): 1.146; the skew of a gamma law of shape 100 adds to that.
    #[test]
    fn every_replication_draws_its_own_luck() {
        let mut busiest: Vec<f64> = (0..2_000)
            .map(|replication| shares(&ring("ring", replication, 10, 100), 10))
            .map(|shares| 10.0 * shares.into_iter().fold(0.0, f64::max))
            .collect();
        busiest.sort_unstable_by(f64::total_cmp);
        let mean = busiest.iter().sum::<f64>() / 2_000.0;
        assert!((mean - 1.16).abs() < 0.01, "{mean}");
        let (low, high) = (busiest[50], busiest[1_949]);
        assert!(
            (low - 1.07).abs() < 0.01 && (high - 1.28).abs() < 0.015,
            "{low} to {high}"
        );
        // The one that is asked for is the same everywhere, and another name has another.
        let fixed = |name, replication| {
            RingLaw::new(name, 10, 100, Luck::Fixed)
                .draw(root(1, replication))
                .points
        };
        assert_eq!(fixed("ring", 0), fixed("ring", 1));
        assert_ne!(fixed("ring", 0), fixed("other", 0));
        assert_ne!(
            ring("ring", 0, 10, 100).points,
            ring("ring", 1, 10, 100).points
        );
    }
}
