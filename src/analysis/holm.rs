//! Many tests at once.

/// Which of several hypotheses are rejected when the chance of *any* false rejection is to stay below `level`: Holm's step-down
/// procedure (S. Holm, Scand. J. Stat. 6, 1979). It never rejects less than Bonferroni's.
pub fn rejected(tails: &[f64], level: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..tails.len()).collect();
    order.sort_by(|&a, &b| tails[a].total_cmp(&tails[b]));
    let mut rejected = vec![false; tails.len()];
    for (rank, &at) in order.iter().enumerate() {
        if tails[at] > level / (tails.len() - rank) as f64 {
            break;
        }
        rejected[at] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_textbook_example() {
        // Four hypotheses at 5 %: 0.005 ≤ 0.05/4 and 0.01 ≤ 0.05/3, but 0.03 > 0.05/2, so 0.04 is not reached either.
        assert_eq!(
            rejected(&[0.01, 0.04, 0.03, 0.005], 0.05),
            [true, false, false, true]
        );
        assert_eq!(rejected(&[0.04], 0.05), [true]);
        assert_eq!(rejected(&[0.04, 0.04], 0.05), [false, false]);
        assert_eq!(rejected(&[0.0, 0.02, 0.5], 0.05), [true, true, false]);
        assert!(rejected(&[], 0.05).is_empty());
    }
}
