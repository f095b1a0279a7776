//! Laws and counts that draw from nothing but themselves: the words of the model become the laws of `chance`.

use super::draft::Draft;
use crate::chance::count::Count;
use crate::chance::law::Law;
use crate::model::{self, Spread};
use crate::source::{Diagnostic, Diagnostics, Place, codes};

/// A law that draws from nothing but itself; its numbers are checked.
pub(super) fn plain_law(draft: &mut Draft<'_>, law: &model::Law, place: Place) -> Option<Law> {
    let law = convert(&mut draft.complaints, law, place, 0)?;
    match law.check() {
        Ok(()) => Some(law),
        Err(reason) => {
            draft.complain(codes::IMPOSSIBLE_LAW, place, reason);
            None
        }
    }
}

/// The mean of a law that has been compiled before, so that nothing is left to complain of.
pub(super) fn known_mean(law: &model::Law) -> Option<f64> {
    let mut complaints = crate::source::Diagnostics::new();
    convert(&mut complaints, law, Place::default(), 0).map(|law| law.mean())
}

fn convert(
    complaints: &mut Diagnostics,
    law: &model::Law,
    place: Place,
    depth: u32,
) -> Option<Law> {
    const DEEPEST: u32 = 32;
    if depth > DEEPEST {
        complaints.push(
            Diagnostic::new(codes::IMPOSSIBLE_LAW, "laws stand too deep in each other").at(place),
        );
        return None;
    }
    Some(match law {
        model::Law::Constant(value) => Law::Constant(*value),
        model::Law::Exponential { mean } => Law::Exponential { mean: *mean },
        model::Law::Uniform { from, to } => Law::Uniform {
            from: *from,
            to: *to,
        },
        model::Law::Erlang { mean, stages } => Law::Erlang {
            mean: *mean,
            stages: u32::try_from(*stages).unwrap_or(u32::MAX),
        },
        model::Law::Gamma(Spread::MeanCv { mean, cv }) => Law::Gamma {
            mean: *mean,
            cv: *cv,
        },
        model::Law::Gamma(Spread::ShapeScale { shape, scale }) => Law::GammaShape {
            shape: *shape,
            scale: *scale,
        },
        model::Law::Weibull(Spread::MeanCv { mean, cv }) => Law::Weibull {
            mean: *mean,
            cv: *cv,
        },
        model::Law::Weibull(Spread::ShapeScale { shape, scale }) => Law::WeibullShape {
            shape: *shape,
            scale: *scale,
        },
        model::Law::HyperExponential { mean, cv } => Law::HyperExponential {
            mean: *mean,
            cv: *cv,
        },
        model::Law::HyperBranches(branches) => Law::HyperBranches(
            branches
                .iter()
                .map(|branch| (branch.weight, branch.mean))
                .collect(),
        ),
        model::Law::Lognormal { mean, cv } => Law::Lognormal {
            mean: *mean,
            cv: *cv,
        },
        model::Law::LognormalPercentiles { lower, upper } => {
            Law::LognormalQuantiles([(lower.share, lower.value), (upper.share, upper.value)])
        }
        model::Law::Pareto { min, shape, max } => Law::Pareto {
            min: *min,
            shape: *shape,
            max: *max,
        },
        model::Law::Coxian(stages) => Law::Coxian(
            stages
                .iter()
                .map(|stage| (stage.mean, stage.next))
                .collect(),
        ),
        model::Law::Mixture(parts) => {
            let mut converted = Vec::with_capacity(parts.len());
            for part in parts {
                converted.push((
                    part.weight,
                    convert(complaints, &part.law, place, depth + 1)?,
                ));
            }
            Law::Mixture(converted)
        }
        model::Law::Sum(parts) => {
            let mut converted = Vec::with_capacity(parts.len());
            for part in parts {
                converted.push(convert(complaints, part, place, depth + 1)?);
            }
            Law::Sum(converted)
        }
        model::Law::Values(values) => Law::Values(values.clone()),
        model::Law::Quantiles(points) => Law::Quantiles(
            points
                .iter()
                .map(|point| (point.share, point.value))
                .collect(),
        ),
        model::Law::Attribute(name) | model::Law::ObjectSize(name) => {
            let message =
                "what a request carries can stand for a whole law only, not for a part of one";
            complaints.push(Diagnostic::new(codes::IMPOSSIBLE_LAW, message).at(name.place));
            return None;
        }
    })
}

/// A count that draws from nothing but itself.
pub(super) fn plain_count(
    draft: &mut Draft<'_>,
    count: &model::Count,
    place: Place,
) -> Option<Count> {
    let plain = match count {
        model::Count::Constant(value) => Count::Constant(*value),
        model::Count::Geometric { mean, from } => Count::Geometric {
            mean: *mean,
            from: *from,
        },
        model::Count::Poisson { mean } => Count::Poisson { mean: *mean },
        model::Count::Uniform { from, to } => Count::Uniform {
            from: *from,
            to: *to,
        },
        model::Count::Weighted(parts) => Count::Weighted(parts.clone()),
        model::Count::Attribute(name) => {
            draft.complain(
                codes::IMPOSSIBLE_LAW,
                name.place,
                "an attribute cannot be made of another one",
            );
            return None;
        }
        model::Count::Unlimited => {
            draft.complain(
                codes::OUT_OF_RANGE,
                place,
                "`unlimited` is a count for `repeat` only",
            );
            return None;
        }
    };
    match plain.check() {
        Ok(()) => Some(plain),
        Err(reason) => {
            draft.complain(codes::IMPOSSIBLE_LAW, place, reason);
            None
        }
    }
}
