//! Consistent hashing (Karger et al. 1997): each candidate owns points on a ring; an object belongs to the next point.

use crate::chance::key::{root, site};

/// A hash ring: points in ascending order with the position of the candidate that owns them.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    /// (point, position among the candidates).
    pub points: Vec<(u64, u32)>,
}

impl Ring {
    /// A ring of `points` per candidate, at places named by the component and the candidate.
    pub fn new(component: &str, candidates: u32, points: u32) -> Self {
        let home = root(0, 0).child(site(&["ring", component]), 0);
        let mut all: Vec<(u64, u32)> = (0..candidates)
            .flat_map(|position| {
                let own = home.numbered(u64::from(position));
                (0..points).map(move |point| (own.numbered(u64::from(point)).0, position))
            })
            .collect();
        all.sort_unstable();
        Self { points: all }
    }

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
    use super::Ring;

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
        let ring = Ring::new("cache", 4, 500);
        let mut seen = [0u32; 4];
        for n in 0..40_000u64 {
            seen[ring.pick(crate::chance::key::root(7, 0).numbered(n).0) as usize] += 1;
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
            .map(|ring| shares(&Ring::new(&format!("ring-{ring}"), 10, 1), 10))
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
        for ring in 0..2_000 {
            let name = format!("ring-{ring}");
            let (ten, eleven) = (Ring::new(&name, 10, 100), Ring::new(&name, 11, 100));
            taken += shares(&eleven, 11)[10] / 2_000.0;
            for n in 0..100_u64 {
                let object = crate::chance::key::root(7, ring).numbered(n).0;
                let (before, after) = (ten.pick(object), eleven.pick(object));
                assert!(after == before || after == 10, "{before} to {after}");
            }
        }
        assert!((taken * 11.0 - 1.0).abs() < 0.01, "{taken}");
    }
}
