//! Uniformly at random.

use crate::chance::key::Draw;

/// Any of `count`.
#[inline]
pub fn pick(count: u32, draw: &mut Draw) -> u32 {
    if count == 1 { 0 } else { draw.below(count) }
}

#[cfg(test)]
mod tests {
    use crate::chance::key::{root, site};

    #[test]
    fn every_replica_gets_its_share() {
        let mut seen = [0u32; 3];
        for n in 0..30_000 {
            seen[super::pick(3, &mut root(1, 0).numbered(n).draw(site(&["pick"]))) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n.abs_diff(10_000) < 400), "{seen:?}");
    }
}
