//! How each law is read, with every complaint that needs nothing but the law itself.

use super::law::{HyperBranch, Law, Percentile, Spread};
use super::law_forms::{Words, number};
use super::shape::Shape;
use super::weight::Weight;
use crate::source::{At, Content, Diagnostic, codes};
use crate::units::Dimension;

impl Words<'_, '_, '_> {
    pub(super) fn exponential(&mut self) -> Option<Law> {
        if matches!(self.node.content, Content::Map(_)) {
            let message = "`exponential` takes its mean alone, as in `exponential: 5ms`";
            self.reader.wrong_shape(self.node.place, message);
            return None;
        }
        number(self.node, self.dimension, self.reader).map(|mean| Law::Exponential { mean })
    }

    pub(super) fn uniform(&mut self) -> Option<Law> {
        let (from, to) = (self.value("from"), self.value("to"));
        let (from, to) = (from?, to?);
        if from > to {
            self.impossible("to", "`to` lies below `from`");
            return None;
        }
        Some(Law::Uniform { from, to })
    }

    pub(super) fn erlang(&mut self) -> Option<Law> {
        let (mean, stages) = (self.positive("mean"), self.any::<u64>("stages"));
        let (mean, stages) = (mean?, stages?);
        if stages == 0 || stages > 10_000 {
            let message =
                "an Erlang law has from 1 to 10,000 stages; its cv is 1/√stages and never above 1";
            self.impossible("stages", message);
            return None;
        }
        Some(Law::Erlang { mean, stages })
    }

    pub(super) fn spread(&mut self) -> Option<Spread> {
        const WAYS: &str = "`mean` and `cv`, or `shape` and `scale`";
        if self.has("shape") || self.has("scale") {
            self.only(&["shape", "scale"], WAYS)?;
            let (shape, scale) = (self.positive_number("shape"), self.positive("scale"));
            return Some(Spread::ShapeScale {
                shape: shape?,
                scale: scale?,
            });
        }
        self.only(&["mean", "cv"], WAYS)?;
        let (mean, cv) = (self.positive("mean"), self.positive_cv());
        Some(Spread::MeanCv {
            mean: mean?,
            cv: cv?,
        })
    }

    /// A coefficient of variation above 0.
    fn positive_cv(&mut self) -> Option<f64> {
        let cv = self.any::<f64>("cv")?;
        if cv <= 0.0 {
            self.impossible(
                "cv",
                "a value that never varies is written alone, without a law",
            );
        }
        (cv > 0.0).then_some(cv)
    }

    pub(super) fn hyper_exponential(&mut self) -> Option<Law> {
        const WAYS: &str = "`mean` and `cv`, or `branches`";
        if self.has("branches") {
            self.only(&["branches"], WAYS)?;
            let branches: Vec<(Weight, f64)> = self.pairs("branches", "mean", positive)?;
            return Some(Law::HyperBranches(
                branches
                    .into_iter()
                    .map(|(weight, mean)| HyperBranch {
                        weight: weight.value,
                        mean,
                    })
                    .collect(),
            ));
        }
        self.only(&["mean", "cv"], WAYS)?;
        let (mean, cv) = (self.positive("mean"), self.any::<f64>("cv"));
        let (mean, cv) = (mean?, cv?);
        if cv < 1.0 {
            let message = format!(
                "a hyper-exponential law varies more than an exponential one: its cv cannot be {cv}, below 1"
            );
            self.reader.push(
                Diagnostic::new(codes::IMPOSSIBLE_LAW, message)
                    .at(self
                        .node
                        .get("cv")
                        .map_or(self.node.place, |node| node.place))
                    .hint("below 1 use `erlang`, `gamma` or `lognormal`"),
            );
            return None;
        }
        Some(Law::HyperExponential { mean, cv })
    }

    pub(super) fn lognormal(&mut self) -> Option<Law> {
        const WAYS: &str = "`mean` and `cv`, or two of `p50`, `p90`, `p95` and `p99`";
        if self.has("mean") || self.has("cv") {
            self.only(&["mean", "cv"], WAYS)?;
            let (mean, cv) = (self.positive("mean"), self.positive_cv());
            return Some(Law::Lognormal {
                mean: mean?,
                cv: cv?,
            });
        }
        let names = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];
        let given: Vec<(&str, f64)> = names
            .into_iter()
            .filter(|(name, _)| self.has(name))
            .collect();
        let &[(lower_name, lower), (upper_name, upper)] = given.as_slice() else {
            self.reader.report(
                codes::EXACTLY_ONE,
                self.node.place,
                format!("`lognormal` takes {WAYS}"),
            );
            return None;
        };
        let (low, high) = (self.positive(lower_name), self.positive(upper_name));
        let (low, high) = (low?, high?);
        if high <= low {
            self.impossible(
                upper_name,
                format!("`{upper_name}` must lie above `{lower_name}`"),
            );
            return None;
        }
        let (lower, upper) = (
            Percentile {
                share: lower,
                value: low,
            },
            Percentile {
                share: upper,
                value: high,
            },
        );
        Some(Law::LognormalPercentiles { lower, upper })
    }

    pub(super) fn pareto(&mut self) -> Option<Law> {
        let (min, shape) = (self.positive("min"), self.positive_number("shape"));
        let max = if self.has("max") {
            Some(self.value("max")?)
        } else {
            None
        };
        let (min, shape) = (min?, shape?);
        match max {
            Some(max) if max <= min => {
                self.impossible("max", "`max` must lie above `min`");
                return None;
            }
            None if shape <= 1.0 => {
                self.impossible("shape", format!("a Pareto law of shape {shape} has an infinite mean: no queue can settle; bound it with `max`"));
                return None;
            }
            None if shape <= 2.0 => {
                let message = format!(
                    "a Pareto law of shape {shape} has an infinite variance: intervals will not settle"
                );
                let place = self
                    .node
                    .get("shape")
                    .map_or(self.node.place, |node| node.place);
                self.reader.push(
                    Diagnostic::new(codes::INFINITE_VARIANCE, message)
                        .at(place)
                        .hint("bound it with `max`"),
                );
            }
            _ => {}
        }
        Some(Law::Pareto { min, shape, max })
    }

    pub(super) fn object_size(&mut self) -> Option<Law> {
        if self.dimension != Dimension::Size {
            let message = format!(
                "`object-size` is a size; {} belongs here",
                self.dimension.name()
            );
            self.reader
                .report(codes::WRONG_DIMENSION, self.node.place, message);
            return None;
        }
        At::<String>::read(self.node, self.reader).map(Law::ObjectSize)
    }
}

/// [`Words::positive`] for words of any lifetime.
fn positive(words: &mut Words<'_, '_, '_>, name: &str) -> Option<f64> {
    words.positive(name)
}
