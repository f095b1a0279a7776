//! The laws that are made of lists: stages, parts, measured values.

use super::law::{CoxianStage, Law, MixturePart, Percentile};
use super::law_forms::{Words, number, read};
use super::reader::shortened;
use super::weight::{Weight, check_weights};
use crate::source::{Content, Node, codes};
use crate::units::Share;

impl<'n> Words<'n, '_, '_> {
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

    /// A list of parts, each with a weight and one value of its own.
    pub(super) fn pairs<T>(
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
        if complete {
            check_weights(
                parts.iter().map(|(weight, _)| weight),
                Some(list),
                self.reader,
            );
        }
        complete.then_some(parts)
    }

    /// The items of a list that stands under a name.
    fn items(&mut self, name: &str) -> Option<&'n [Node]> {
        if let Some(node) = self.node.get(name) {
            return self.list(node);
        }
        self.reader
            .missing(self.node, format!("`{}` needs `{name}`", self.law), &[]);
        None
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
