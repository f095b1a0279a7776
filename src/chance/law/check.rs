//! Which numbers make a law. The sentences name the number that is wrong and the range it should lie in; whoever reads
//! a model adds the place.

use super::{Law, fit};
use crate::chance::weights::Weights;

/// No measured time or size varies more than that; beyond it no run is long enough to see the mean.
const LARGEST_CV: f64 = 10_000.0;

/// Mixtures and sums inside each other: more is not a law but a mistake (or an attack on the stack).
const DEEPEST: u32 = 8;

impl Law {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// A sentence without a full stop, such as ``the cv of a hyper-exponential is at least 1, not 0.5``.
    pub fn check(&self) -> Result<(), String> {
        self.check_at(0)
    }

    fn check_at(&self, depth: u32) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!(
                "mixtures and sums stand more than {DEEPEST} deep in each other"
            ));
        }
        match self {
            Law::Constant(value) => not_negative("a constant", *value),
            Law::Exponential { mean } => positive("the mean", *mean),
            Law::Uniform { from, to } => {
                not_negative("`from`", *from)?;
                not_negative("`to`", *to)?;
                holds(from <= to, || {
                    format!("`from` ({from}) lies above `to` ({to})")
                })
            }
            Law::Erlang { mean, stages } => {
                positive("the mean", *mean)?;
                holds(*stages > 0, || {
                    "an erlang has at least 1 stage, not 0".into()
                })
            }
            Law::Gamma { mean, cv } | Law::Weibull { mean, cv } | Law::Lognormal { mean, cv } => {
                positive("the mean", *mean)?;
                cv_between(0.0, *cv, "the cv")
            }
            Law::HyperExponential { mean, cv } => {
                positive("the mean", *mean)?;
                cv_between(1.0, *cv, "the cv of a hyper-exponential")
            }
            Law::GammaShape { shape, scale } => {
                positive("the scale", *scale)?;
                cv_from_shape(*shape, |shape| 1.0 / shape)
            }
            Law::WeibullShape { shape, scale } => {
                positive("the scale", *scale)?;
                cv_from_shape(*shape, fit::weibull_cv2)
            }
            Law::HyperBranches(branches) => {
                branches
                    .iter()
                    .try_for_each(|(_, mean)| positive("the mean of a branch", *mean))?;
                choosable(branches.iter().map(|(weight, _)| *weight))
            }
            Law::LognormalQuantiles(points) => check_percentiles(points),
            Law::Pareto { min, shape, max } => check_pareto(*min, *shape, *max),
            Law::Coxian(stages) => check_coxian(stages),
            Law::Mixture(parts) => {
                parts
                    .iter()
                    .try_for_each(|(_, law)| law.check_at(depth + 1))?;
                choosable(parts.iter().map(|(weight, _)| *weight))
            }
            Law::Sum(parts) => {
                holds(!parts.is_empty(), || "a sum has at least one part".into())?;
                parts.iter().try_for_each(|law| law.check_at(depth + 1))
            }
            Law::Values(values) => {
                holds(!values.is_empty(), || "there are no values".into())?;
                values
                    .iter()
                    .try_for_each(|value| not_negative("a value", *value))
            }
            Law::Quantiles(points) => check_quantiles(points),
        }
    }
}

fn holds(sound: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if sound { Ok(()) } else { Err(otherwise()) }
}

fn positive(what: &str, value: f64) -> Result<(), String> {
    holds(value.is_finite() && value > 0.0, || {
        format!("{what} must be above 0, not {value}")
    })
}

fn not_negative(what: &str, value: f64) -> Result<(), String> {
    holds(value.is_finite() && value >= 0.0, || {
        format!("{what} must be 0 or more, not {value}")
    })
}

fn cv_between(least: f64, cv: f64, what: &str) -> Result<(), String> {
    holds(cv >= least, || {
        format!("{what} is at least {least}, not {cv}")
    })?;
    holds(cv <= LARGEST_CV, || {
        format!("{what} is at most {LARGEST_CV}, not {cv}")
    })
}

fn cv_from_shape(shape: f64, cv2: impl Fn(f64) -> f64) -> Result<(), String> {
    positive("the shape", shape)?;
    let cv = cv2(shape).max(0.0).sqrt();
    cv_between(
        0.0,
        cv,
        &format!("the cv that follows from the shape {shape}"),
    )
}

fn choosable(weights: impl Iterator<Item = f64>) -> Result<(), String> {
    Weights::new(&weights.collect::<Vec<f64>>()).map(|_| ())
}

fn inside(p: f64) -> Result<(), String> {
    holds(p > 0.0 && p < 1.0, || {
        format!(
            "a percentile lies between 0 and 100 %, not at {} %",
            p * 100.0
        )
    })
}

fn check_percentiles(points: &[(f64, f64); 2]) -> Result<(), String> {
    for (p, value) in points {
        inside(*p)?;
        positive("a percentile", *value)?;
    }
    let mut sorted = *points;
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let [(p, low), (q, high)] = sorted;
    holds(p < q, || "the two percentiles are the same one".into())?;
    holds(low < high, || {
        let name = |p: f64| format!("p{}", super::percent(p));
        format!("{} ({high}) must lie above {} ({low})", name(q), name(p))
    })?;
    let (_, sigma) = fit::lognormal_through(points);
    cv_between(
        0.0,
        libm::expm1(sigma * sigma).sqrt(),
        "the cv that follows from the percentiles",
    )
}

fn check_pareto(min: f64, shape: f64, max: Option<f64>) -> Result<(), String> {
    positive("the smallest value", min)?;
    positive("the shape", shape)?;
    match max {
        Some(max) => holds(max.is_finite() && max > min, || {
            format!("`max` ({max}) must lie above `min` ({min})")
        }),
        None => holds(shape > 1.0, || {
            format!(
                "a pareto of shape {shape} has an infinite mean: take a shape above 1, or give it a `max`"
            )
        }),
    }
}

fn check_coxian(stages: &[(f64, f64)]) -> Result<(), String> {
    let Some(((_, last), _)) = stages.split_last() else {
        return Err("a coxian has at least one stage".into());
    };
    for (mean, next) in stages {
        positive("the mean of a stage", *mean)?;
        holds((0.0..=1.0).contains(next), || {
            format!("`next` is a probability, not {next}")
        })?;
    }
    holds(*last == 0.0, || {
        format!("no stage follows the last one, so its `next` is 0, not {last}")
    })
}

fn check_quantiles(points: &[(f64, f64)]) -> Result<(), String> {
    let ends = (
        points.first().map(|point| point.0),
        points.last().map(|point| point.0),
    );
    holds(points.len() > 1 && ends == (Some(0.0), Some(1.0)), || {
        "the quantiles must begin with the smallest value, at 0 %, and end with the largest, at 100 %".into()
    })?;
    points
        .iter()
        .try_for_each(|(_, value)| not_negative("a quantile", *value))?;
    for pair in points.windows(2) {
        let [(p, low), (q, high)] = [pair[0], pair[1]];
        holds(p < q, || {
            format!(
                "the quantile at {} % does not come after that at {} %",
                q * 100.0,
                p * 100.0
            )
        })?;
        holds(low <= high, || {
            format!(
                "the quantile at {} % ({high}) lies below that at {} % ({low})",
                q * 100.0,
                p * 100.0
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_in_words() {
        let table: Vec<(Law, &str)> = vec![
            (Law::Constant(-1.0), "0 or more"),
            (Law::Constant(f64::NAN), "0 or more"),
            (Law::Exponential { mean: 0.0 }, "above 0"),
            (
                Law::Exponential {
                    mean: f64::INFINITY,
                },
                "above 0",
            ),
            (Law::Uniform { from: 2.0, to: 1.0 }, "lies above"),
            (
                Law::Erlang {
                    mean: 1.0,
                    stages: 0,
                },
                "at least 1 stage",
            ),
            (
                Law::Gamma {
                    mean: 1.0,
                    cv: -0.1,
                },
                "at least 0",
            ),
            (
                Law::Weibull {
                    mean: 1.0,
                    cv: f64::NAN,
                },
                "at least 0",
            ),
            (
                Law::WeibullShape {
                    shape: 0.01,
                    scale: 1.0,
                },
                "cv that follows",
            ),
            (
                Law::GammaShape {
                    shape: 0.0,
                    scale: 1.0,
                },
                "above 0",
            ),
            (Law::Lognormal { mean: 1.0, cv: 1e9 }, "at most 10000"),
            (
                Law::HyperExponential { mean: 1.0, cv: 0.5 },
                "at least 1, not 0.5",
            ),
            (Law::HyperBranches(vec![]), "nothing to choose"),
            (Law::HyperBranches(vec![(0.0, 1.0)]), "all weights are 0"),
            (
                Law::LognormalQuantiles([(0.5, 5.0), (0.99, 4.0)]),
                "p99 (4) must lie above p50 (5)",
            ),
            (
                Law::LognormalQuantiles([(0.99, 4.0), (0.5, 5.0)]),
                "p99 (4) must lie above p50 (5)",
            ),
            (
                Law::LognormalQuantiles([(0.5, 4.0), (0.5, 5.0)]),
                "the same",
            ),
            (
                Law::LognormalQuantiles([(0.5, 1.0), (1.0, 5.0)]),
                "between 0 and 100",
            ),
            (
                Law::LognormalQuantiles([(0.5, 1.0), (0.51, 1e12)]),
                "cv that follows",
            ),
            (
                Law::Pareto {
                    min: 1.0,
                    shape: 1.0,
                    max: None,
                },
                "infinite mean",
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 1.0,
                    max: Some(2.0),
                },
                "must lie above",
            ),
            (Law::Coxian(vec![]), "at least one stage"),
            (Law::Coxian(vec![(1.0, 0.5)]), "no stage follows"),
            (Law::Coxian(vec![(1.0, 1.5), (1.0, 0.0)]), "a probability"),
            (Law::Mixture(vec![(1.0, Law::Constant(-3.0))]), "0 or more"),
            (
                Law::Mixture(vec![(-1.0, Law::Constant(3.0))]),
                "not a number of at least 0",
            ),
            (Law::Sum(vec![]), "at least one part"),
            (Law::Values(vec![]), "no values"),
            (Law::Quantiles(vec![(0.0, 1.0), (0.9, 2.0)]), "at 100 %"),
            (
                Law::Quantiles(vec![(0.0, 1.0), (0.5, 0.5), (1.0, 2.0)]),
                "lies below",
            ),
            (
                Law::Quantiles(vec![(0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 2.0)]),
                "does not come after",
            ),
        ];
        for (law, words) in table {
            let said = law.check().expect_err(&format!("{law:?} passed"));
            assert!(said.contains(words), "{law:?}: {said}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let mut law = Law::Constant(1.0);
        for _ in 0..8 {
            law = Law::Sum(vec![law]);
        }
        assert!(law.check().is_ok());
        assert!(Law::Sum(vec![law]).check().is_err());
    }
}
