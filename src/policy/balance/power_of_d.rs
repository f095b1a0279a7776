//! The better of a few picked at random (Mitzenmacher, "The power of two choices in randomized load balancing", 2001).

use super::Loads;
use crate::chance::key::Draw;

/// The least busy of `choices` out of `count`; the first looked at wins a tie, which is fair because all are picked at random.
#[inline]
pub fn pick(count: u32, choices: u32, distinct: bool, loads: &impl Loads, draw: &mut Draw) -> u32 {
    if count == 1 {
        return 0;
    }
    let mut best = draw.below(count);
    if distinct && choices >= count {
        return super::least_requests::pick(count, loads, draw);
    }
    let mut seen = [best; 16];
    for k in 1..choices.min(16) as usize {
        let next = if distinct {
            another(count, &mut seen, k, draw)
        } else {
            draw.below(count)
        };
        if loads.load(next) < loads.load(best) {
            best = next;
        }
    }
    best
}

/// One of `count` that is not among the first `k` seen: uniform over the rest by skipping those seen in ascending order.
#[inline]
fn another(count: u32, seen: &mut [u32; 16], k: usize, draw: &mut Draw) -> u32 {
    let mut next = draw.below(count - k as u32);
    let mut at = 0;
    while at < k && seen[at] <= next {
        next += 1;
        at += 1;
    }
    seen.copy_within(at..k, at + 1);
    seen[at] = next;
    next
}

#[cfg(test)]
mod tests {
    use super::super::trial::Given;
    use crate::chance::key::{root, site};

    /// With two different choices out of three and loads 0, 1, 2, the busiest is never picked, the idle one in 2 of 3 pairs.
    #[test]
    fn two_of_three() {
        let mut seen = [0u32; 3];
        for n in 0..30_000 {
            let mut draw = root(3, 0).numbered(n).draw(site(&["pick"]));
            seen[super::pick(3, 2, true, &Given(&[0, 1, 2]), &mut draw) as usize] += 1;
        }
        assert_eq!(seen[2], 0);
        assert!(seen[0].abs_diff(20_000) < 500, "{seen:?}");
    }

    /// With replacement the busiest is picked when it is looked at twice: 1 of 9.
    #[test]
    fn with_replacement() {
        let mut busiest = 0u32;
        for n in 0..90_000 {
            let mut draw = root(4, 0).numbered(n).draw(site(&["pick"]));
            busiest += u32::from(super::pick(3, 2, false, &Given(&[0, 1, 2]), &mut draw) == 2);
        }
        assert!(busiest.abs_diff(10_000) < 500, "{busiest}");
    }
}
