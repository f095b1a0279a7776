//! Mean and variance of a law, exactly: what static demand analysis and theory stand on.

use super::{Law, fit};

impl Law {
    /// The mean, in the unit of the value. Infinite for a Pareto without `max` and of shape 1 or less.
    pub fn mean(&self) -> f64 {
        match self {
            Law::Constant(value) => *value,
            Law::Exponential { mean }
            | Law::Erlang { mean, .. }
            | Law::Gamma { mean, .. }
            | Law::Weibull { mean, .. }
            | Law::HyperExponential { mean, .. }
            | Law::Lognormal { mean, .. } => *mean,
            Law::Uniform { from, to } => 0.5 * (from + to),
            Law::GammaShape { shape, scale } => shape * scale,
            Law::WeibullShape { shape, scale } => scale * fit::weibull_mean(*shape),
            Law::HyperBranches(branches) => weighted(branches.iter().copied()),
            Law::LognormalQuantiles(points) => {
                let (median, sigma) = fit::lognormal_through(points);
                median * libm::exp(0.5 * sigma * sigma)
            }
            Law::Pareto { min, shape, max } => {
                min * pareto_moment(*shape, max.map(|max| max / min), 1.0)
            }
            Law::Coxian(stages) => coxian_moments(stages).0,
            Law::Mixture(parts) => {
                weighted(parts.iter().map(|(weight, law)| (*weight, law.mean())))
            }
            Law::Sum(parts) => parts.iter().map(Law::mean).sum(),
            Law::Values(values) => values.iter().sum::<f64>() / values.len() as f64,
            Law::Quantiles(points) => points
                .windows(2)
                .map(|pair| (pair[1].0 - pair[0].0) * 0.5 * (pair[0].1 + pair[1].1))
                .sum(),
        }
    }

    /// The variance, in the squared unit of the value. Infinite for a Pareto without `max` and of shape 2 or less:
    /// then no interval will settle.
    pub fn variance(&self) -> f64 {
        let by_cv = |mean: f64, cv: f64| (mean * cv) * (mean * cv);
        match self {
            Law::Constant(_) => 0.0,
            Law::Exponential { mean } => mean * mean,
            Law::Uniform { from, to } => (to - from) * (to - from) / 12.0,
            Law::Erlang { mean, stages } => mean * mean / f64::from(*stages),
            Law::Gamma { mean, cv }
            | Law::Weibull { mean, cv }
            | Law::HyperExponential { mean, cv }
            | Law::Lognormal { mean, cv } => by_cv(*mean, *cv),
            Law::GammaShape { shape, scale } => shape * scale * scale,
            Law::WeibullShape { shape, .. } => {
                let mean = self.mean();
                mean * mean * fit::weibull_cv2(*shape)
            }
            Law::HyperBranches(branches) => {
                self.about_mean(branches.iter().map(|(weight, mean)| {
                    let exponential = Law::Exponential { mean: *mean };
                    (*weight, exponential.mean(), exponential.variance())
                }))
            }
            Law::LognormalQuantiles(points) => {
                let (_, sigma) = fit::lognormal_through(points);
                let mean = self.mean();
                mean * mean * libm::expm1(sigma * sigma)
            }
            Law::Pareto { min, shape, max } => {
                let ratio = max.map(|max| max / min);
                let (first, second) = (
                    pareto_moment(*shape, ratio, 1.0),
                    pareto_moment(*shape, ratio, 2.0),
                );
                if second.is_infinite() {
                    second
                } else {
                    min * min * (second - first * first).max(0.0)
                }
            }
            Law::Coxian(stages) => {
                let (mean, second) = coxian_moments(stages);
                (second - mean * mean).max(0.0)
            }
            Law::Mixture(parts) => self.about_mean(
                parts
                    .iter()
                    .map(|(weight, law)| (*weight, law.mean(), law.variance())),
            ),
            Law::Sum(parts) => parts.iter().map(Law::variance).sum(),
            Law::Values(values) => self.about_mean(values.iter().map(|value| (1.0, *value, 0.0))),
            Law::Quantiles(points) => self.about_mean(points.windows(2).map(|pair| {
                let line = Law::Uniform {
                    from: pair[0].1,
                    to: pair[1].1,
                };
                (pair[1].0 - pair[0].0, line.mean(), line.variance())
            })),
        }
    }

    /// The squared coefficient of variation, variance over squared mean: 0 for a constant, 1 for an exponential, the
    /// number that the formula of Pollaczek and Khinchine asks for. 0 where the mean is 0.
    pub fn cv2(&self) -> f64 {
        let mean = self.mean();
        if mean == 0.0 {
            0.0
        } else {
            self.variance() / mean / mean
        }
    }

    /// Variance of one of several parts (weight, mean, variance): within them and between them.
    fn about_mean(&self, parts: impl Iterator<Item = (f64, f64, f64)>) -> f64 {
        let whole = self.mean();
        weighted(
            parts.map(|(weight, mean, variance)| {
                (weight, variance + (mean - whole) * (mean - whole))
            }),
        )
    }
}

/// Σ weight · value / Σ weight.
fn weighted(parts: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (total, sum) = parts.fold((0.0, 0.0), |(total, sum), (weight, value)| {
        (total + weight, sum + weight * value)
    });
    sum / total
}

/// E[(value/min)^n], the largest value being `ratio` times the smallest.
fn pareto_moment(shape: f64, ratio: Option<f64>, n: f64) -> f64 {
    let excess = shape - n;
    let Some(ratio) = ratio else {
        return if excess > 0.0 {
            shape / excess
        } else {
            f64::INFINITY
        };
    };
    let log = libm::log(ratio);
    // (1 - ratio^-excess) / excess, which is the logarithm where shape and n meet.
    let span = if (excess * log).abs() < 1e-12 {
        log
    } else {
        -libm::expm1(-excess * log) / excess
    };
    shape * span / -libm::expm1(-shape * log)
}

/// (mean, second moment), stage by stage: given that the stages so far have sum of means m and sum of variances v, a
/// value that stops here has second moment m² + v.
fn coxian_moments(stages: &[(f64, f64)]) -> (f64, f64) {
    let (mut reached, mut mean, mut second) = (1.0, 0.0, 0.0);
    let (mut means, mut variances) = (0.0, 0.0);
    for (stage, next) in stages {
        means += stage;
        variances += stage * stage;
        mean += reached * stage;
        second += reached * (1.0 - next) * (means * means + variances);
        reached *= next;
    }
    (mean, second)
}
