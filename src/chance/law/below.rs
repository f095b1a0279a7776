//! How much of a law lies below a value.

use super::Law;
use crate::chance::key::{Key, Site};

/// Draws that are counted where no formula is at hand: the standard error is 0.0005 at most.
const DRAWS: u64 = 1 << 20;

impl Law {
    /// Probability of a value below `bound`: exact for the laws with a simple distribution function, else counted over 2^20 draws
    /// that are always the same.
    pub fn share_below(&self, bound: f64) -> f64 {
        match self {
            Law::Constant(value) => f64::from(u8::from(*value < bound)),
            Law::Exponential { mean } => exponential(bound, *mean),
            Law::Uniform { from, to } if to > from => {
                ((bound - from) / (to - from)).clamp(0.0, 1.0)
            }
            Law::HyperBranches(branches) => {
                let parts = branches.iter();
                weighted(parts.map(|(weight, mean)| (*weight, exponential(bound, *mean))))
            }
            Law::Mixture(parts) => weighted(
                parts
                    .iter()
                    .map(|(weight, law)| (*weight, law.share_below(bound))),
            ),
            Law::Values(values) => {
                let below = values.iter().filter(|&&value| value < bound).count();
                below as f64 / values.len().max(1) as f64
            }
            law => counted(law, bound),
        }
    }
}

fn exponential(bound: f64, mean: f64) -> f64 {
    -libm::expm1(-bound.max(0.0) / mean)
}

fn weighted(parts: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (weight, share) in parts {
        sum += weight * share;
        weights += weight;
    }
    sum / weights
}

fn counted(law: &Law, bound: f64) -> f64 {
    let (sampler, key, site) = (law.sampler(), Key(0), Site(0));
    let below = (0..DRAWS).filter(|&draw| {
        let mut draw = key.numbered(draw).draw(site);
        sampler.sample(&mut draw) < bound
    });
    below.count() as f64 / DRAWS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_distribution_function() {
        let near = |law: &Law, bound: f64, share: f64, error: f64| {
            let found = law.share_below(bound);
            assert!((found - share).abs() <= error, "{law:?}: {found}");
        };
        near(&Law::Constant(3.0), 3.0, 0.0, 0.0);
        near(&Law::Constant(3.0), 3.1, 1.0, 0.0);
        // 1 - exp(-90/400).
        near(&Law::Exponential { mean: 400.0 }, 90.0, 0.201_483_8, 1e-6);
        near(&Law::Uniform { from: 2.0, to: 6.0 }, 3.0, 0.25, 1e-12);
        let half = Law::Mixture(vec![(1.0, Law::Constant(1.0)), (3.0, Law::Constant(5.0))]);
        near(&half, 2.0, 0.25, 1e-12);
        near(&Law::Values(vec![1.0, 2.0, 2.0, 9.0]), 2.0, 0.25, 1e-12);
        // Half of a lognormal lies below its median e^0, 84.13 % below e^1 for sigma 1; two stages of mean 1: 1 - 2/e... at 1.
        let normal = Law::LognormalQuantiles([(0.5, 1.0), (0.841_344_746, std::f64::consts::E)]);
        near(&normal, 1.0, 0.5, 2e-3);
        near(&normal, std::f64::consts::E, 0.841_345, 2e-3);
        let erlang = Law::Erlang {
            mean: 2.0,
            stages: 2,
        };
        near(&erlang, 1.0, 0.264_241, 2e-3);
    }
}
