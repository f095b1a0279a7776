//! How laws are shown again.

use super::law::{Law, Percentile, Spread};
use crate::source::Node;
use crate::units::{Dimension, Duration, Share, Size};

/// How a number of this dimension is written.
fn written(value: f64, dimension: Dimension) -> Node {
    Node::text(match dimension {
        Dimension::Duration => Duration::from_ns(value).to_string(),
        Dimension::Size => Size::from_bytes(value).to_string(),
        _ => value.to_string(),
    })
}

/// How a law is written.
pub(super) fn show(law: &Law, dimension: Dimension) -> Node {
    let value = |value: &f64| written(*value, dimension);
    let plain = |value: &f64| Node::text(value.to_string());
    let percentile = |point: &Percentile| (percentile_name(point.share), value(&point.value));
    match law {
        Law::Constant(constant) => value(constant),
        Law::Exponential { mean } => Node::single("exponential", value(mean)),
        Law::Uniform { from, to } => Node::single(
            "uniform",
            Node::map([("from", value(from)), ("to", value(to))]),
        ),
        Law::Erlang { mean, stages } => Node::single(
            "erlang",
            Node::map([
                ("mean", value(mean)),
                ("stages", Node::text(stages.to_string())),
            ]),
        ),
        Law::Gamma(Spread::MeanCv { mean, cv }) => Node::single(
            "gamma",
            Node::map([("mean", value(mean)), ("cv", plain(cv))]),
        ),
        Law::Gamma(Spread::ShapeScale { shape, scale }) => Node::single(
            "gamma",
            Node::map([("shape", plain(shape)), ("scale", value(scale))]),
        ),
        Law::Weibull(Spread::MeanCv { mean, cv }) => Node::single(
            "weibull",
            Node::map([("mean", value(mean)), ("cv", plain(cv))]),
        ),
        Law::Weibull(Spread::ShapeScale { shape, scale }) => Node::single(
            "weibull",
            Node::map([("shape", plain(shape)), ("scale", value(scale))]),
        ),
        Law::HyperExponential { mean, cv } => Node::single(
            "hyper-exponential",
            Node::map([("mean", value(mean)), ("cv", plain(cv))]),
        ),
        Law::HyperBranches(branches) => {
            let branches = branches.iter().map(|branch| {
                Node::map([
                    ("weight", plain(&branch.weight)),
                    ("mean", value(&branch.mean)),
                ])
            });
            Node::single(
                "hyper-exponential",
                Node::single("branches", Node::list(branches)),
            )
        }
        Law::Lognormal { mean, cv } => Node::single(
            "lognormal",
            Node::map([("mean", value(mean)), ("cv", plain(cv))]),
        ),
        Law::LognormalPercentiles { lower, upper } => Node::single(
            "lognormal",
            Node::map([percentile(lower), percentile(upper)]),
        ),
        Law::Pareto { min, shape, max } => {
            let mut entries = vec![("min", value(min)), ("shape", plain(shape))];
            entries.extend(max.as_ref().map(|max| ("max", value(max))));
            Node::single("pareto", Node::map(entries))
        }
        Law::Coxian(stages) => {
            let stages = stages.iter().map(|stage| {
                Node::map([
                    ("mean", value(&stage.mean)),
                    ("next", Node::text(Share::new(stage.next).to_string())),
                ])
            });
            Node::single("coxian", Node::single("stages", Node::list(stages)))
        }
        Law::Mixture(parts) => {
            let parts = parts.iter().map(|part| {
                Node::map([
                    ("weight", plain(&part.weight)),
                    ("of", show(&part.law, dimension)),
                ])
            });
            Node::single("mixture", Node::list(parts))
        }
        Law::Sum(laws) => Node::single(
            "sum",
            Node::list(laws.iter().map(|law| show(law, dimension))),
        ),
        Law::Values(values) => Node::single(
            "empirical",
            Node::single("values", Node::list(values.iter().map(value))),
        ),
        Law::Quantiles(points) => Node::single(
            "empirical",
            Node::single("quantiles", Node::map(points.iter().map(percentile))),
        ),
        Law::Attribute(name) => Node::single("attribute", Node::text(name.value.as_str())),
        Law::ObjectSize(name) => Node::single("object-size", Node::text(name.value.as_str())),
    }
}

/// The name of a percentile: `p50`, `p999` for 99.9 %, `min` and `max` at the ends.
fn percentile_name(share: f64) -> String {
    match share {
        0.0 => "min".to_owned(),
        1.0 => "max".to_owned(),
        _ => {
            let digits = share.to_string();
            let digits = digits.trim_start_matches("0.");
            if digits.len() == 1 {
                format!("p{digits}0")
            } else {
                format!("p{digits}")
            }
        }
    }
}
