//! Fork and join: a request is done when the slowest of its branches is, each at a queue of its own.
//!
//! The queues get their jobs at the same instants, so their times go together: the mean of the slowest lies below that of independent
//! ones, and above the largest mean (Baccelli, Makowski and Shwartz, "The fork-join queue and related systems with synchronization
//! constraints", Advances in Applied Probability 21, 1989).

/// The n-th harmonic number: the mean of the largest of n exponential times of mean 1.
pub fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

/// Mean time until both of two equal M/M/1 queues are done, exactly: (12 - ρ)/8 times that of one (Flatto and Hahn, "Two parallel
/// queues created by arrivals with two demands", 1984; Nelson and Tantawi 1988). `None` when more arrives than is served.
pub fn two(rate: f64, mean: f64) -> Option<f64> {
    let busy = rate * mean;
    (busy < 1.0).then(|| (12.0 - busy) / 8.0 * mean / (1.0 - busy))
}

/// Most branches that the fit of [`equal`] was made for.
pub const MOST_BRANCHES: u32 = 32;

/// Mean time until all of 2 to 32 equal M/M/1 queues are done: an *approximation*, within 5 % (Nelson and Tantawi, "Approximate analysis
/// of fork/join synchronization in parallel queues", IEEE Transactions on Computers 37, 1988). `None` outside, or when more arrives
/// than is served.
pub fn equal(branches: u32, rate: f64, mean: f64) -> Option<f64> {
    if !(2..=MOST_BRANCHES).contains(&branches) {
        return None;
    }
    let growth = harmonic(branches) / harmonic(2);
    let scale = growth + 4.0 / 11.0 * (1.0 - growth) * rate * mean;
    two(rate, mean).map(|both| scale * both)
}

/// Bounds on the mean of the slowest of branches whose times are exponential with these means and go together.
pub fn bounds(means: &[f64]) -> (f64, f64) {
    let slowest = means.iter().copied().fold(0.0, f64::max);
    (slowest, slowest_of_independent(means))
}

/// The mean of the largest of independent exponential times: ∫ 1 - Π (1 - exp(-t/m)) dt, by Simpson's rule, since the sum over all
/// subsets grows too fast.
fn slowest_of_independent(means: &[f64]) -> f64 {
    let longest = means.iter().copied().fold(0.0, f64::max);
    if longest == 0.0 {
        return 0.0;
    }
    let tail = |time: f64| {
        let done: f64 = means
            .iter()
            .filter(|mean| **mean > 0.0)
            .map(|mean| -libm::expm1(-time / mean))
            .product();
        1.0 - done
    };
    // Steps of x, with t = x³: fine at the start, where the quick branches are.
    let end = libm::cbrt(longest * (40.0 + libm::log(means.len() as f64)));
    let steps = 20_000;
    let width = end / f64::from(steps);
    let at = |step: i32| {
        let x = f64::from(step) * width;
        3.0 * x * x * tail(x * x * x)
    };
    let inner = (1..steps).map(|step| if step % 2 == 1 { 4.0 } else { 2.0 } * at(step));
    (at(0) + inner.sum::<f64>() + at(steps)) * width / 3.0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::near;
    use super::*;

    /// Flatto and Hahn (1984), Nelson and Tantawi (1988).
    #[test]
    fn published_means() {
        near(two(0.5, 1.0).unwrap(), 2.875);
        near(two(0.8, 1.0).unwrap(), 7.0);
        near(equal(2, 0.8, 1.0).unwrap(), 7.0);
        near(equal(4, 0.7, 1.0).unwrap(), 6.073_274);
        assert_eq!(equal(33, 0.5, 1.0), None);
        assert_eq!(two(1.0, 1.0), None);
    }

    #[test]
    fn bounds_hold_the_truth() {
        for busy in [0.01, 0.5, 0.9] {
            let sojourn = 1.0 / (1.0 - busy);
            for branches in [2, 4, 32] {
                let (low, high) = bounds(&vec![sojourn; branches as usize]);
                let truth = equal(branches, busy, 1.0).unwrap();
                assert!(
                    low < truth && truth < high * (1.0 + 1e-9),
                    "{low} {truth} {high}"
                );
                near(high, harmonic(branches) * sojourn);
            }
        }
    }

    /// Two exponentials: a + b - 1/(1/a + 1/b).
    #[test]
    fn unequal_branches() {
        near(bounds(&[3.0, 0.001]).1, 3.001 - 1.0 / (1.0 / 3.0 + 1_000.0));
        near(bounds(&[2.0, 2.0, 0.0]).1, 3.0);
    }
}
