//! Random values as they are written. What they mean is settled where they are compiled; here stand only the words.

use crate::source::{At, Place};
use crate::units::Dimension;

/// A random value. Numbers are in base units: ns for times, bytes for sizes, plain otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// A bare quantity: always this.
    Constant(f64),
    /// `exponential: m`.
    Exponential {
        /// Its mean.
        mean: f64,
    },
    /// `uniform: { from, to }`: any value between, all alike.
    Uniform {
        /// The least value.
        from: f64,
        /// The greatest value.
        to: f64,
    },
    /// `erlang: { mean, stages }`: the sum of alike exponential stages.
    Erlang {
        /// The mean of the sum.
        mean: f64,
        /// How many stages, at least 1.
        stages: u64,
    },
    /// `gamma: { mean, cv }` or `{ shape, scale }`.
    Gamma(Spread),
    /// `weibull: { mean, cv }` or `{ shape, scale }`.
    Weibull(Spread),
    /// `hyper-exponential: { mean, cv }`: two exponential branches with balanced means (Allen 1990).
    HyperExponential {
        /// Its mean.
        mean: f64,
        /// Its coefficient of variation, at least 1.
        cv: f64,
    },
    /// `hyper-exponential: { branches: [{ weight, mean }] }`.
    HyperBranches(Vec<HyperBranch>),
    /// `lognormal: { mean, cv }`.
    Lognormal {
        /// Its mean.
        mean: f64,
        /// Its coefficient of variation.
        cv: f64,
    },
    /// `lognormal` by two of its percentiles, the lower first.
    LognormalPercentiles {
        /// The lower one.
        lower: Percentile,
        /// The higher one.
        upper: Percentile,
    },
    /// `pareto: { min, shape[, max] }`.
    Pareto {
        /// The least value.
        min: f64,
        /// The exponent of its tail.
        shape: f64,
        /// The greatest value, for a bounded one.
        max: Option<f64>,
    },
    /// `coxian: { stages: [{ mean, next }] }`: exponential stages, each left or followed by the next.
    Coxian(Vec<CoxianStage>),
    /// `mixture: [{ weight, of }]`: one of several laws each time.
    Mixture(Vec<MixturePart>),
    /// `sum: [LAW…]`: the sum of independent values.
    Sum(Vec<Law>),
    /// `empirical: { values: […] }`: one of these, all alike.
    Values(Vec<f64>),
    /// `empirical: { quantiles: { p50: …, p99: … } }`: linear between the given points, in ascending order.
    Quantiles(Vec<Percentile>),
    /// `attribute: a`: the value that the request carries.
    Attribute(At<String>),
    /// `object-size: d`: the size of the request's object of this data set.
    ObjectSize(At<String>),
}

impl Law {
    /// The law of so many times the value.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let point = |point: &Percentile| Percentile {
            value: point.value * factor,
            ..*point
        };
        match self {
            Self::Constant(value) => Self::Constant(value * factor),
            Self::Exponential { mean } => Self::Exponential {
                mean: mean * factor,
            },
            Self::Uniform { from, to } => Self::Uniform {
                from: from * factor,
                to: to * factor,
            },
            Self::Erlang { mean, stages } => Self::Erlang {
                mean: mean * factor,
                stages: *stages,
            },
            Self::Gamma(spread) => Self::Gamma(spread.times(factor)),
            Self::Weibull(spread) => Self::Weibull(spread.times(factor)),
            Self::HyperExponential { mean, cv } => Self::HyperExponential {
                mean: mean * factor,
                cv: *cv,
            },
            Self::HyperBranches(branches) => {
                let branch = |branch: &HyperBranch| HyperBranch {
                    mean: branch.mean * factor,
                    ..*branch
                };
                Self::HyperBranches(branches.iter().map(branch).collect())
            }
            Self::Lognormal { mean, cv } => Self::Lognormal {
                mean: mean * factor,
                cv: *cv,
            },
            Self::LognormalPercentiles { lower, upper } => Self::LognormalPercentiles {
                lower: point(lower),
                upper: point(upper),
            },
            Self::Pareto { min, shape, max } => Self::Pareto {
                min: min * factor,
                shape: *shape,
                max: max.map(|max| max * factor),
            },
            Self::Coxian(stages) => {
                let stage = |stage: &CoxianStage| CoxianStage {
                    mean: stage.mean * factor,
                    ..*stage
                };
                Self::Coxian(stages.iter().map(stage).collect())
            }
            Self::Mixture(parts) => {
                let part = |part: &MixturePart| MixturePart {
                    weight: part.weight,
                    law: part.law.times(factor),
                };
                Self::Mixture(parts.iter().map(part).collect())
            }
            Self::Sum(laws) => Self::Sum(laws.iter().map(|law| law.times(factor)).collect()),
            Self::Values(values) => {
                Self::Values(values.iter().map(|value| value * factor).collect())
            }
            Self::Quantiles(points) => Self::Quantiles(points.iter().map(point).collect()),
            // Whose value comes with the request cannot be told here; where arrivals could ask for one it has been refused.
            Self::Attribute(_) | Self::ObjectSize(_) => self.clone(),
        }
    }
}

impl Spread {
    fn times(self, factor: f64) -> Self {
        match self {
            Self::MeanCv { mean, cv } => Self::MeanCv {
                mean: mean * factor,
                cv,
            },
            Self::ShapeScale { shape, scale } => Self::ShapeScale {
                shape,
                scale: scale * factor,
            },
        }
    }
}

/// How a gamma or Weibull law is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// By mean and coefficient of variation.
    MeanCv {
        /// The mean.
        mean: f64,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// By the law's own parameters.
    ShapeScale {
        /// The shape, a plain number.
        shape: f64,
        /// The scale, in the law's unit.
        scale: f64,
    },
}

/// One exponential branch of a hyper-exponential law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HyperBranch {
    /// How often, compared with the others.
    pub weight: f64,
    /// Its mean.
    pub mean: f64,
}

/// One exponential stage of a Coxian law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoxianStage {
    /// Its mean.
    pub mean: f64,
    /// The chance that the next stage follows; 0 at the last.
    pub next: f64,
}

/// One law of a mixture.
#[derive(Debug, Clone, PartialEq)]
pub struct MixturePart {
    /// How often, compared with the others.
    pub weight: f64,
    /// The law.
    pub law: Law,
}

/// A point of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// The share of values below, in (0, 1); 0 and 1 are allowed in quantile tables.
    pub share: f64,
    /// The value there.
    pub value: f64,
}

/// A law together with where it stands, for one dimension.
macro_rules! law_of {
    ($(#[doc = $doc:literal])+ $Name:ident, $dimension:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $Name {
            /// The law, in base units.
            pub law: Law,
            /// Where it stands.
            pub place: Place,
        }

        impl $Name {
            /// The dimension its numbers have.
            pub const DIMENSION: Dimension = $dimension;
        }
    };
}

law_of!(
    /// A law of times: its numbers are nanoseconds.
    DurationLaw,
    Dimension::Duration
);
law_of!(
    /// A law of sizes: its numbers are bytes.
    SizeLaw,
    Dimension::Size
);
law_of!(
    /// A law of plain numbers.
    NumberLaw,
    Dimension::Number
);
