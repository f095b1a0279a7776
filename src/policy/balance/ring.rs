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
}
