//! How each law is read, with every complaint that needs nothing but the law itself.

use super::law::{CoxianStage, HyperBranch, Law, MixturePart, Percentile, Spread};
use super::law_forms::{Words, number, read};
use super::reader::shortened;
use super::shape::Shape;
use super::weight::{Weight, check_weights};
use crate::source::{At, Content, Diagnostic, Node, codes};
use crate::units::{Dimension, Share};

impl<'n> Words<'n, '_, '_> {
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
            let branches: Vec<(Weight, f64)> =
                self.pairs("branches", "mean", |words, name| words.positive(name))?;
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

    pub(super) fn coxian(&mut self) -> Option<Law> {
        let nodes = self.items("stages")?;
        let mut stages = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let last = index + 1 == nodes.len();
            let mut words = Words {
                law: "stage",
                node,
                dimension: self.dimension,
                reader: self.reader,
            };
            words.map_of(&["mean", "next"])?;
            let mean = words.positive("mean")?;
            let next = if last && !words.has("next") {
                0.0
            } else {
                words.any::<Share>("next")?.get()
            };
            if last && next > 0.0 {
                words.impossible("next", "no stage follows the last one: its `next` is 0");
                return None;
            }
            stages.push(CoxianStage { mean, next });
        }
        Some(Law::Coxian(stages))
    }

    pub(super) fn mixture(&mut self) -> Option<Law> {
        let dimension = self.dimension;
        let parts = self.weighted(self.node, "of", |words, name| {
            let node = words
                .node
                .get(name)
                .or_else(|| words.any::<f64>(name).and(None))?;
            read(node, dimension, words.reader)
        })?;
        Some(Law::Mixture(
            parts
                .into_iter()
                .map(|(weight, law)| MixturePart {
                    weight: weight.value,
                    law,
                })
                .collect(),
        ))
    }

    pub(super) fn sum(&mut self) -> Option<Law> {
        let nodes = self.list(self.node)?;
        let laws: Vec<Option<Law>> = nodes
            .iter()
            .map(|node| read(node, self.dimension, self.reader))
            .collect();
        laws.into_iter().collect::<Option<_>>().map(Law::Sum)
    }

    pub(super) fn empirical(&mut self) -> Option<Law> {
        if let Some(Content::Map(entries)) = self.node.entry("file").map(|_| &self.node.content) {
            let place = entries
                .iter()
                .find(|entry| entry.key.value == "file")
                .map_or(self.node.place, |entry| entry.key.place);
            self.reader.later(place, "file");
            return None;
        }
        if self.has("quantiles") {
            self.only(&["quantiles"], "`values` or `quantiles`")?;
            return self.quantiles();
        }
        let nodes = self.items("values")?;
        let values: Vec<Option<f64>> = nodes
            .iter()
            .map(|node| number(node, self.dimension, self.reader))
            .collect();
        values.into_iter().collect::<Option<_>>().map(Law::Values)
    }

    /// Points of a distribution, from `min` to `max`.
    fn quantiles(&mut self) -> Option<Law> {
        let node = self.node.get("quantiles")?;
        let Content::Map(entries) = &node.content else {
            self.reader.wrong_shape(
                node.place,
                "`quantiles` is a map: `{ min: 1ms, p50: 20ms, p99: 180ms, max: 900ms }`",
            );
            return None;
        };
        let mut points: Vec<(Percentile, &Node)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(share) = percentile_share(&entry.key.value) else {
                let message = format!(
                    "`{}` is no percentile: `min`, `p50`, `p999` (99.9 %), `max`",
                    shortened(&entry.key.value)
                );
                self.reader
                    .report(codes::UNKNOWN_FIELD, entry.key.place, message);
                return None;
            };
            let value = number(&entry.value, self.dimension, self.reader)?;
            points.push((Percentile { share, value }, &entry.value));
        }
        points.sort_by(|one, other| one.0.share.total_cmp(&other.0.share));
        if let Some(pair) = points
            .windows(2)
            .find(|pair| pair[0].0.value > pair[1].0.value || pair[0].0.share >= pair[1].0.share)
        {
            self.reader.report(
                codes::IMPOSSIBLE_LAW,
                pair[1].1.place,
                "higher percentiles must have higher values",
            );
            return None;
        }
        let ends = (
            points.first().map(|point| point.0.share),
            points.last().map(|point| point.0.share),
        );
        if ends != (Some(0.0), Some(1.0)) {
            self.reader.report(
                codes::MISSING_FIELD,
                node.place,
                "`quantiles` needs its ends: `min` and `max`",
            );
            return None;
        }
        Some(Law::Quantiles(
            points.into_iter().map(|(point, _)| point).collect(),
        ))
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

    /// A list of parts, each with a weight and one value of its own.
    fn pairs<T>(
        &mut self,
        list: &str,
        name: &str,
        value: impl Fn(&mut Words<'_, '_, '_>, &str) -> Option<T>,
    ) -> Option<Vec<(Weight, T)>> {
        let node = self.node.get(list)?;
        self.weighted(node, name, value)
    }

    fn weighted<T>(
        &mut self,
        list: &Node,
        name: &str,
        value: impl Fn(&mut Words<'_, '_, '_>, &str) -> Option<T>,
    ) -> Option<Vec<(Weight, T)>> {
        let nodes = self.list(list)?;
        let mut parts = Vec::with_capacity(nodes.len());
        let mut complete = true;
        for node in nodes {
            let mut words = Words {
                law: self.law,
                node,
                dimension: self.dimension,
                reader: self.reader,
            };
            let part = words.map_of(&["weight", name]).and_then(|()| {
                let (weight, value) = (words.any::<Weight>("weight"), value(&mut words, name));
                Some((weight?, value?))
            });
            match part {
                Some(part) => parts.push(part),
                None => complete = false,
            }
        }
        check_weights(
            parts.iter().map(|(weight, _)| weight),
            Some(list),
            self.reader,
        );
        complete.then_some(parts)
    }

    /// The items of a list that stands under a name.
    fn items(&mut self, name: &str) -> Option<&'n [Node]> {
        match self.node.get(name) {
            Some(node) => self.list(node),
            None => {
                self.reader
                    .missing(self.node, format!("`{}` needs `{name}`", self.law), &[]);
                None
            }
        }
    }

    /// The items of a list that must have some.
    fn list<'l>(&mut self, node: &'l Node) -> Option<&'l [Node]> {
        match &node.content {
            Content::List(nodes) if !nodes.is_empty() => Some(nodes),
            Content::List(_) => {
                self.reader
                    .out_of_range(node.place, format!("`{}` needs at least one", self.law));
                None
            }
            _ => {
                self.reader.wrong_shape(
                    node.place,
                    format!("`{}` takes a list here, not {}", self.law, node.kind()),
                );
                None
            }
        }
    }
}

/// The share that a percentile's name stands for.
fn percentile_share(name: &str) -> Option<f64> {
    match name {
        "min" | "p0" => Some(0.0),
        "max" | "p100" => Some(1.0),
        _ => {
            let digits = name.strip_prefix('p')?;
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            let good = (1..=2).contains(&whole.len())
                || fraction.is_empty() && (3..=9).contains(&whole.len());
            let all = format!("{whole:0>2}{fraction}");
            let share = format!("0.{all}").parse::<f64>().ok()?;
            (good && all.bytes().all(|byte| byte.is_ascii_digit()) && share > 0.0 && share < 1.0)
                .then_some(share)
        }
    }
}
