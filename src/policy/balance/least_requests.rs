//! The fewest requests in progress or queued ("join the shortest queue"); ties at random.

use super::Loads;
use crate::chance::key::Draw;

/// The least busy of `count`.
#[inline]
pub fn pick(count: u32, loads: &impl Loads, draw: &mut Draw) -> u32 {
    let (mut least, mut first, mut ties) = (u32::MAX, 0, 0);
    for position in 0..count {
        let load = loads.load(position);
        if load < least {
            (least, first, ties) = (load, position, 1);
        } else if load == least {
            ties += 1;
        }
    }
    if ties <= 1 {
        return first;
    }
    let mut skip = draw.below(ties);
    for position in first..count {
        if loads.load(position) == least {
            if skip == 0 {
                return position;
            }
            skip -= 1;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::super::trial::Given;
    use crate::chance::key::{root, site};

    #[test]
    fn the_least_busy_wins_and_ties_are_shared() {
        let mut seen = [0u32; 4];
        for n in 0..20_000 {
            let mut draw = root(2, 0).numbered(n).draw(site(&["pick"]));
            seen[super::pick(4, &Given(&[3, 1, 2, 1]), &mut draw) as usize] += 1;
        }
        assert_eq!((seen[0], seen[2]), (0, 0));
        assert!(seen[1].abs_diff(10_000) < 400, "{seen:?}");
    }
}
