//! How the less frequent laws are drawn: standardised, then scaled.
//!
//! Inversions are written so that a larger word (or exponential) gives a larger value, and the choice of a branch is
//! always the first word: a small change of a weight then changes few values.

use rand_distr::{Distribution, Gamma};

use super::{Law, Sampler, fit};
use crate::chance::key::Draw;
use crate::chance::weights::Weights;
use crate::chance::ziggurat::exp1;

/// Up to here a sum of exponentials is faster than a gamma, and the same on every target.
const MOST_SUMMED: u32 = 16;

#[derive(Clone, Debug)]
pub(super) enum Rare {
    Erlang {
        stage: f64,
        stages: u32,
    },
    Gamma {
        scale: f64,
        standard: Gamma<f64>,
    },
    /// scale · E^power for a standard exponential E.
    Weibull {
        scale: f64,
        power: f64,
    },
    Hyper {
        weights: Weights,
        means: Box<[f64]>,
    },
    /// min · e^(E/shape).
    Pareto {
        min: f64,
        over_shape: f64,
    },
    /// `cut` is the share of the uncut law that lies below `max`.
    ParetoUpTo {
        min: f64,
        max: f64,
        over_shape: f64,
        cut: f64,
    },
    Coxian {
        stages: Box<[(f64, f64)]>,
    },
    Mixture {
        weights: Weights,
        parts: Box<[Sampler]>,
    },
    Sum {
        parts: Box<[Sampler]>,
    },
    /// In ascending order.
    Values {
        values: Box<[f64]>,
    },
    Quantiles {
        points: Box<[(f64, f64)]>,
    },
}

impl Rare {
    /// The law must have passed its check.
    pub(super) fn of(law: &Law) -> Rare {
        match law {
            Law::Erlang { mean, stages } if *stages <= MOST_SUMMED => Rare::Erlang {
                stage: mean / f64::from(*stages),
                stages: *stages,
            },
            Law::Erlang { mean, stages } => gamma(f64::from(*stages), mean / f64::from(*stages)),
            Law::Gamma { mean, cv } => gamma(1.0 / (cv * cv), mean * cv * cv),
            Law::GammaShape { shape, scale } => gamma(*shape, *scale),
            Law::Weibull { mean, cv } => {
                let shape = fit::weibull_shape(*cv);
                Rare::Weibull {
                    scale: mean / fit::weibull_mean(shape),
                    power: 1.0 / shape,
                }
            }
            Law::WeibullShape { shape, scale } => Rare::Weibull {
                scale: *scale,
                power: 1.0 / shape,
            },
            Law::HyperExponential { mean, cv } => hyper(&fit::balanced_branches(*mean, *cv)),
            Law::HyperBranches(branches) => hyper(branches),
            Law::Pareto {
                min,
                shape,
                max: None,
            } => Rare::Pareto {
                min: *min,
                over_shape: 1.0 / shape,
            },
            Law::Pareto {
                min,
                shape,
                max: Some(max),
            } => {
                let cut = -libm::expm1(-shape * libm::log(max / min));
                Rare::ParetoUpTo {
                    min: *min,
                    max: *max,
                    over_shape: 1.0 / shape,
                    cut,
                }
            }
            Law::Coxian(stages) => Rare::Coxian {
                stages: stages.clone().into(),
            },
            Law::Mixture(parts) => Rare::Mixture {
                weights: checked(Weights::new(
                    &parts.iter().map(|(weight, _)| *weight).collect::<Vec<_>>(),
                )),
                parts: parts.iter().map(|(_, law)| law.sampler()).collect(),
            },
            Law::Sum(parts) => Rare::Sum {
                parts: parts.iter().map(Law::sampler).collect(),
            },
            Law::Values(values) => {
                let mut values = values.clone();
                values.sort_by(f64::total_cmp);
                Rare::Values {
                    values: values.into(),
                }
            }
            Law::Quantiles(points) => Rare::Quantiles {
                points: points.clone().into(),
            },
            Law::Constant(_)
            | Law::Exponential { .. }
            | Law::Uniform { .. }
            | Law::Lognormal { .. }
            | Law::LognormalQuantiles(_) => unreachable!("`sampler` draws this law in line"),
        }
    }

    #[inline(never)]
    pub(super) fn sample(&self, draw: &mut Draw) -> f64 {
        match self {
            Rare::Erlang { stage, stages } => stage * (0..*stages).map(|_| exp1(draw)).sum::<f64>(),
            Rare::Gamma { scale, standard } => scale * standard.sample(draw),
            Rare::Weibull { scale, power } => scale * libm::exp(power * libm::log(exp1(draw))),
            Rare::Hyper { weights, means } => means[weights.pick(draw)] * exp1(draw),
            Rare::Pareto { min, over_shape } => min * libm::exp(exp1(draw) * over_shape),
            Rare::ParetoUpTo {
                min,
                max,
                over_shape,
                cut,
            } => {
                let logarithm = -libm::log1p(-cut * draw.unit());
                (min * libm::exp(logarithm * over_shape)).min(*max)
            }
            Rare::Coxian { stages } => coxian(stages, draw),
            Rare::Mixture { weights, parts } => parts[weights.pick(draw)].sample(draw),
            Rare::Sum { parts } => parts.iter().map(|part| part.sample(draw)).sum(),
            Rare::Values { values } => values[draw.below_wide(values.len() as u64) as usize],
            Rare::Quantiles { points } => on_the_line(points, draw.unit()),
        }
    }
}

fn gamma(shape: f64, scale: f64) -> Rare {
    Rare::Gamma {
        scale,
        standard: checked(Gamma::new(shape, 1.0)),
    }
}

fn hyper(branches: &[(f64, f64)]) -> Rare {
    let (weights, means): (Vec<f64>, Vec<f64>) = branches.iter().copied().unzip();
    Rare::Hyper {
        weights: checked(Weights::new(&weights)),
        means: means.into(),
    }
}

fn checked<T, E: std::fmt::Debug>(made: Result<T, E>) -> T {
    made.expect("`Law::check` refuses what no sampler can be made of")
}

/// Whether a stage follows is drawn after it, so that stages that are added at the end leave the others as they were.
fn coxian(stages: &[(f64, f64)], draw: &mut Draw) -> f64 {
    let mut sum = 0.0;
    for (mean, next) in stages {
        sum += mean * exp1(draw);
        if !draw.chance(*next) {
            break;
        }
    }
    sum
}

fn on_the_line(points: &[(f64, f64)], share: f64) -> f64 {
    let after = points
        .partition_point(|point| point.0 <= share)
        .clamp(1, points.len() - 1);
    let ((p, low), (q, high)) = (points[after - 1], points[after]);
    low + (high - low) * ((share - p) / (q - p))
}
