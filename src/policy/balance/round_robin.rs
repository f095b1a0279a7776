//! In turn, one counter for all callers.

/// The next after the last.
#[inline]
pub fn pick(count: u32, turn: &mut u32) -> u32 {
    let picked = if *turn < count { *turn } else { 0 };
    *turn = picked + 1;
    picked
}

#[cfg(test)]
mod tests {
    #[test]
    fn goes_round() {
        let mut turn = 0;
        let picks: Vec<u32> = (0..7).map(|_| super::pick(3, &mut turn)).collect();
        assert_eq!(picks, [0, 1, 2, 0, 1, 2, 0]);
    }
}
