//! Putting samplers on trial: moments with their standard errors, the test of Kolmogorov and Smirnov, chi-square. Only
//! for tests. Seeds are fixed, so a verdict is the same every time; limits are at four standard errors or so.

use super::key::{Draw, Key, site};

/// `n` values, each from the draw of another key.
pub(crate) fn sample(key: Key, n: u64, mut value: impl FnMut(&mut Draw) -> f64) -> Vec<f64> {
    let here = site(&["trial"]);
    (0..n)
        .map(|i| value(&mut key.numbered(i).draw(here)))
        .collect()
}

/// Mean and variance of a sample, with what they may err by.
pub(crate) struct Moments {
    mean: f64,
    variance: f64,
    mean_error: f64,
    variance_error: f64,
}

impl Moments {
    pub(crate) fn of(values: &[f64]) -> Moments {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let central = |power: i32| {
            values
                .iter()
                .map(|value| (value - mean).powi(power))
                .sum::<f64>()
                / n
        };
        let (variance, fourth) = (central(2), central(4));
        Moments {
            mean,
            variance,
            mean_error: (variance / n).sqrt(),
            variance_error: ((fourth - variance * variance) / n).sqrt(),
        }
    }

    /// Both moments within four standard errors of the exact ones.
    pub(crate) fn assert_near(&self, name: &str, mean: f64, variance: f64) {
        self.assert_mean_near(name, mean);
        let (found, error) = (self.variance, self.variance_error);
        assert!(
            (found - variance).abs() <= 4.0 * error + 1e-9 * variance,
            "{name}: variance {found} ±{error}, exactly {variance}"
        );
    }

    /// The mean within four standard errors, for laws whose fourth moment does not exist.
    pub(crate) fn assert_mean_near(&self, name: &str, mean: f64) {
        let (found, error) = (self.mean, self.mean_error);
        assert!(
            (found - mean).abs() <= 4.0 * error + 1e-9 * mean,
            "{name}: mean {found} ±{error}, exactly {mean}"
        );
    }
}

/// √n times the largest distance between the empirical and the exact distribution function. Above 2.0 with a
/// probability of 0.0007 when the law is the right one.
pub(crate) fn kolmogorov_z(values: &mut [f64], cdf: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let distance = values.iter().enumerate().map(|(i, value)| {
        let exact = cdf(*value);
        (exact - i as f64 / n).max((i + 1) as f64 / n - exact)
    });
    distance.fold(0.0, f64::max) * n.sqrt()
}

/// Chi-square of counts against probabilities, as a standard normal (Wilson and Hilferty 1931). Too good a fit, far
/// below zero, is as suspect as a bad one.
pub(crate) fn chi_square_z(counts: &[u64], probability: impl Fn(usize) -> f64) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let chi_square: f64 = counts
        .iter()
        .enumerate()
        .map(|(i, count)| {
            let expected = total * probability(i);
            (*count as f64 - expected).powi(2) / expected
        })
        .sum();
    let freedom = (counts.len() - 1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    ((chi_square / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

pub(crate) fn standard_normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / 2f64.sqrt())
}

#[test]
fn trials_convict_the_guilty() {
    let key = super::key::root(1, 0);
    let mut squashed = sample(key, 100_000, |draw| draw.unit() * 0.99);
    assert!(kolmogorov_z(&mut squashed, |x| x) > 2.0);
    assert!(kolmogorov_z(&mut sample(key, 100_000, Draw::unit), |x| x) < 2.0);
    let counts: Vec<u64> = (0..100).map(|i| 10_000 + 300 * (i % 2)).collect();
    assert!(chi_square_z(&counts, |_| 0.01) > 4.0);
    let moments = Moments::of(&squashed);
    assert!(std::panic::catch_unwind(|| moments.assert_mean_near("squashed", 0.5)).is_err());
}
