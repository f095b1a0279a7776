//! Random values: a [`Law`] is what is written, a [`Sampler`] is what is run. Stands on `key`, `ziggurat` and `weights`.
//!
//! A law knows no unit: durations come in nanoseconds, sizes in bytes, and [`Law::describe`] is told how to write one.
//! Samplers draw a standardised value and scale it, so two scales of one law answer the same words with proportional
//! values, and a faster component sees the same luck as a slower one.
//!
//! | file | what it decides |
//! |---|---|
//! | `check` | which numbers make sense |
//! | `below` | how much lies below a value |
//! | `moments` | mean and variance, exactly |
//! | `fit` | from mean and cv, or two percentiles, to the parameters of a law |
//! | `sampler` | how a value is drawn |
//! | `rare` | how the less frequent laws are |

mod below;
mod check;
mod fit;
mod moments;
mod rare;
mod sampler;

pub use sampler::Sampler;

/// The law of a random value that is never negative. `cv` is standard deviation over mean, not its square.
///
/// Call [`Law::check`] before anything else: what the other functions return for a law that makes no sense is not
/// defined.
#[derive(Clone, PartialEq, Debug)]
pub enum Law {
    /// Always the same.
    Constant(f64),
    /// Memoryless.
    Exponential {
        /// Above 0.
        mean: f64,
    },
    /// Equally likely between two values.
    Uniform {
        /// The smallest value.
        from: f64,
        /// The largest value, not below `from`.
        to: f64,
    },
    /// The sum of so many exponential stages of equal mean; cv = 1/√stages.
    Erlang {
        /// Of the sum, above 0.
        mean: f64,
        /// 1 or more.
        stages: u32,
    },
    /// Gamma by its moments.
    Gamma {
        /// Above 0.
        mean: f64,
        /// 0 to 10,000.
        cv: f64,
    },
    /// Gamma by its parameters; mean = shape · scale.
    GammaShape {
        /// Above 0.
        shape: f64,
        /// Above 0, in the unit of the value.
        scale: f64,
    },
    /// Weibull by its moments.
    Weibull {
        /// Above 0.
        mean: f64,
        /// 0 to 10,000.
        cv: f64,
    },
    /// Weibull by its parameters; mean = scale · Γ(1 + 1/shape).
    WeibullShape {
        /// Above 0; below 1 the tail is heavier than exponential.
        shape: f64,
        /// Above 0, in the unit of the value.
        scale: f64,
    },
    /// One of two exponentials with balanced means (each contributes half of the mean).
    HyperExponential {
        /// Above 0.
        mean: f64,
        /// 1 to 10,000.
        cv: f64,
    },
    /// One of several exponentials: (weight, mean).
    HyperBranches(Vec<(f64, f64)>),
    /// A value whose logarithm is normal, by its moments.
    Lognormal {
        /// Above 0.
        mean: f64,
        /// 0 to 10,000.
        cv: f64,
    },
    /// Lognormal by two percentiles: (share below, value), in any order.
    LognormalQuantiles([(f64, f64); 2]),
    /// P(value > x) = (min/x)^shape, cut off at `max` if there is one.
    Pareto {
        /// The smallest value, above 0.
        min: f64,
        /// Above 1, or above 0 if there is a `max`. At 2 or less without `max` the variance is infinite.
        shape: f64,
        /// The largest value, above `min`.
        max: Option<f64>,
    },
    /// Exponential stages in a row: (mean, probability that another stage follows). Nothing follows the last.
    Coxian(Vec<(f64, f64)>),
    /// One of several laws: (weight, law).
    Mixture(Vec<(f64, Law)>),
    /// The sum of independent values.
    Sum(Vec<Law>),
    /// One of the values measured, each as likely as the others.
    Values(Vec<f64>),
    /// Points (share below, value) of the distribution function from 0 to 1, straight lines between them.
    Quantiles(Vec<(f64, f64)>),
}

impl Law {
    /// The same law with every value multiplied by `factor` (0 or more).
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Law {
        let pairs = |pairs: &[(f64, f64)]| {
            pairs
                .iter()
                .map(|(first, value)| (*first, value * factor))
                .collect()
        };
        match self {
            _ if factor == 0.0 => Law::Constant(0.0),
            Law::Constant(value) => Law::Constant(value * factor),
            Law::Exponential { mean } => Law::Exponential {
                mean: mean * factor,
            },
            Law::Uniform { from, to } => Law::Uniform {
                from: from * factor,
                to: to * factor,
            },
            Law::Erlang { mean, stages } => Law::Erlang {
                mean: mean * factor,
                stages: *stages,
            },
            Law::Gamma { mean, cv } => Law::Gamma {
                mean: mean * factor,
                cv: *cv,
            },
            Law::GammaShape { shape, scale } => Law::GammaShape {
                shape: *shape,
                scale: scale * factor,
            },
            Law::Weibull { mean, cv } => Law::Weibull {
                mean: mean * factor,
                cv: *cv,
            },
            Law::WeibullShape { shape, scale } => Law::WeibullShape {
                shape: *shape,
                scale: scale * factor,
            },
            Law::HyperExponential { mean, cv } => Law::HyperExponential {
                mean: mean * factor,
                cv: *cv,
            },
            Law::HyperBranches(branches) => Law::HyperBranches(pairs(branches)),
            Law::Lognormal { mean, cv } => Law::Lognormal {
                mean: mean * factor,
                cv: *cv,
            },
            Law::LognormalQuantiles(points) => {
                Law::LognormalQuantiles(points.map(|(p, value)| (p, value * factor)))
            }
            Law::Pareto { min, shape, max } => Law::Pareto {
                min: min * factor,
                shape: *shape,
                max: max.map(|max| max * factor),
            },
            Law::Coxian(stages) => Law::Coxian(
                stages
                    .iter()
                    .map(|(mean, next)| (mean * factor, *next))
                    .collect(),
            ),
            Law::Mixture(parts) => Law::Mixture(
                parts
                    .iter()
                    .map(|(weight, law)| (*weight, law.scaled(factor)))
                    .collect(),
            ),
            Law::Sum(parts) => Law::Sum(parts.iter().map(|law| law.scaled(factor)).collect()),
            Law::Values(values) => Law::Values(values.iter().map(|value| value * factor).collect()),
            Law::Quantiles(points) => Law::Quantiles(pairs(points)),
        }
    }

    /// The law in words, such as `lognormal(mean 8ms, cv 0.8)`; `unit` writes a value with its unit.
    pub fn describe(&self, unit: &dyn Fn(f64) -> String) -> String {
        let listed = |parts: Vec<String>| parts.join(", ");
        match self {
            Law::Constant(value) => unit(*value),
            Law::Exponential { mean } => format!("exponential(mean {})", unit(*mean)),
            Law::Uniform { from, to } => format!("uniform({} to {})", unit(*from), unit(*to)),
            Law::Erlang { mean, stages } => {
                format!("erlang(mean {}, {stages} stages)", unit(*mean))
            }
            Law::Gamma { mean, cv } => format!("gamma(mean {}, cv {cv})", unit(*mean)),
            Law::GammaShape { shape, scale } => {
                format!("gamma(shape {shape}, scale {})", unit(*scale))
            }
            Law::Weibull { mean, cv } => format!("weibull(mean {}, cv {cv})", unit(*mean)),
            Law::WeibullShape { shape, scale } => {
                format!("weibull(shape {shape}, scale {})", unit(*scale))
            }
            Law::HyperExponential { mean, cv } => {
                format!("hyper-exponential(mean {}, cv {cv})", unit(*mean))
            }
            Law::HyperBranches(branches) => {
                let part = |(weight, mean): &(f64, f64)| format!("{weight}: mean {}", unit(*mean));
                format!(
                    "hyper-exponential({})",
                    listed(branches.iter().map(part).collect())
                )
            }
            Law::Lognormal { mean, cv } => format!("lognormal(mean {}, cv {cv})", unit(*mean)),
            Law::LognormalQuantiles(points) => {
                let part = |(p, value): &(f64, f64)| format!("p{} {}", percent(*p), unit(*value));
                format!("lognormal({})", listed(points.iter().map(part).collect()))
            }
            Law::Pareto { min, shape, max } => {
                let max = max.map_or_else(String::new, |max| format!(", max {}", unit(max)));
                format!("pareto(min {}, shape {shape}{max})", unit(*min))
            }
            Law::Coxian(stages) => {
                let part = |(mean, next): &(f64, f64)| format!("mean {} next {next}", unit(*mean));
                format!("coxian({})", listed(stages.iter().map(part).collect()))
            }
            Law::Mixture(parts) => {
                let part = |(weight, law): &(f64, Law)| format!("{weight}: {}", law.describe(unit));
                format!("mixture({})", listed(parts.iter().map(part).collect()))
            }
            Law::Sum(parts) => {
                format!(
                    "sum({})",
                    listed(parts.iter().map(|law| law.describe(unit)).collect())
                )
            }
            Law::Values(values) => format!(
                "empirical({} values, mean {})",
                values.len(),
                unit(self.mean())
            ),
            Law::Quantiles(points) => format!(
                "empirical({} quantiles, mean {})",
                points.len(),
                unit(self.mean())
            ),
        }
    }
}

/// A share as a percentage without the dust of binary fractions: 0.999 is `99.9`.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_itself_with_units() {
        let ms = |value: f64| format!("{value}ms");
        let law = Law::Mixture(vec![
            (9.0, Law::Lognormal { mean: 8.0, cv: 0.8 }),
            (1.0, Law::LognormalQuantiles([(0.5, 4.0), (0.999, 30.0)])),
        ]);
        let expected = "mixture(9: lognormal(mean 8ms, cv 0.8), 1: lognormal(p50 4ms, p99.9 30ms))";
        assert_eq!(law.describe(&ms), expected);
        assert_eq!(
            Law::Pareto {
                min: 1.0,
                shape: 2.5,
                max: Some(9.0)
            }
            .describe(&ms),
            "pareto(min 1ms, shape 2.5, max 9ms)"
        );
        assert_eq!(
            Law::Values(vec![1.0, 3.0]).describe(&ms),
            "empirical(2 values, mean 2ms)"
        );
    }

    #[test]
    fn scaling_by_nothing_leaves_nothing() {
        assert_eq!(
            Law::Exponential { mean: 3.0 }.scaled(0.0),
            Law::Constant(0.0)
        );
    }
}
