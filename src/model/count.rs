//! Random whole numbers as they are written: how often to repeat, how many arrive together.

use super::law_forms::Words;
use super::reader::Reader;
use super::shape::{Definitions, Shape};
use super::weight::{Weight, check_weights};
use crate::source::{At, Content, Diagnostic, Node, Place, codes};
use crate::units::{self, Dimension, Problem};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A whole number, fixed or random.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    /// Always this.
    Constant(u64),
    /// `geometric: { mean, from }`: tries until a success, `from` 1 counts the success and `from` 0 does not.
    Geometric {
        /// Its mean.
        mean: f64,
        /// Its least value: 0 or 1.
        from: u64,
    },
    /// `poisson: { mean }`.
    Poisson {
        /// Its mean.
        mean: f64,
    },
    /// `uniform: { from, to }`: any whole number between, both included, all alike.
    Uniform {
        /// The least.
        from: u64,
        /// The greatest.
        to: u64,
    },
    /// `weighted: { 1: 5, 2: 3 }`: the number and its weight, in ascending order of numbers.
    Weighted(Vec<(u64, f64)>),
    /// `attribute: a`: the number that the request carries.
    Attribute(At<String>),
    /// `unlimited`: for ever, until a `stop`; only for `repeat`.
    Unlimited,
}

/// A count together with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct CountLaw {
    /// The count.
    pub law: Count,
    /// Where it stands.
    pub place: Place,
}

const FORMS: &[&str] = &["geometric", "poisson", "uniform", "weighted", "attribute"];

impl CountLaw {
    /// Whether a value that could be a number of any kind is a whole one: whole constants and the laws that give nothing
    /// else. `uniform` is not: where both kinds may stand it means real numbers.
    pub(super) fn claims(node: &Node) -> bool {
        match &node.content {
            Content::Plain(text) | Content::Quoted(text) => text.parse::<units::Count>().is_ok(),
            Content::Map(entries) => entries.iter().any(|entry| {
                matches!(
                    entry.key.value.as_str(),
                    "geometric" | "poisson" | "weighted"
                )
            }),
            Content::List(_) => false,
        }
    }
}

impl Shape for CountLaw {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let law = if node.as_text().is_some() && !node.is_null() {
            constant(node, reader)
        } else {
            random(node, reader)
        };
        law.map(|law| Self {
            law,
            place: node.place,
        })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.define("CountLaw", |_| {
            let mean = json!({ "type": ["string", "number"] });
            let single = |name: &str, about: &str, value: Value| {
                json!({
                    "type": "object", "description": about, "properties": { name: value }, "required": [name], "additionalProperties": false,
                })
            };
            let map = |names: &[&str]| {
                let names: serde_json::Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), mean.clone())).collect();
                json!({ "type": "object", "properties": names, "additionalProperties": false })
            };
            json!({
                "description": "A whole number, fixed or random.",
                "anyOf": [
                    { "type": ["string", "number"], "description": "A whole number alone: always this." },
                    single("geometric", "Tries until a success; `from: 1` counts the success, `from: 0` does not.", map(&["mean", "from"])),
                    single("poisson", "By its mean.", map(&["mean"])),
                    single("uniform", "Any whole number between, both included.", map(&["from", "to"])),
                    single("weighted", "Numbers with their weights.", json!({ "type": "object", "additionalProperties": mean })),
                    single("attribute", "The number that the request carries.", json!({ "type": "string" })),
                ],
            })
        })
    }

    fn show(&self) -> Option<Node> {
        let number = |number: &u64| Node::text(number.to_string());
        let plain = |number: &f64| Node::text(number.to_string());
        Some(match &self.law {
            Count::Constant(constant) => number(constant),
            Count::Geometric { mean, from } => Node::single(
                "geometric",
                Node::map([("mean", plain(mean)), ("from", number(from))]),
            ),
            Count::Poisson { mean } => Node::single("poisson", Node::map([("mean", plain(mean))])),
            Count::Uniform { from, to } => Node::single(
                "uniform",
                Node::map([("from", number(from)), ("to", number(to))]),
            ),
            Count::Weighted(weights) => Node::single(
                "weighted",
                Node::map(
                    weights
                        .iter()
                        .map(|(count, weight)| (count.to_string(), plain(weight))),
                ),
            ),
            Count::Attribute(name) => Node::single("attribute", Node::text(name.value.as_str())),
            Count::Unlimited => Node::text("unlimited"),
        })
    }
}

fn constant(node: &Node, reader: &mut Reader<'_>) -> Option<Count> {
    let text = node.as_text()?;
    if text == "unlimited" {
        return Some(Count::Unlimited);
    }
    match text.parse::<units::Count>() {
        Ok(count) => Some(Count::Constant(count.get())),
        Err(error) if error.problem == Problem::NotWhole => {
            let message = format!(
                "a constant count is whole, and `{text}` is not: say `geometric` or `weighted`"
            );
            let hint = format!("for example `{{ geometric: {{ mean: {text}, from: 1 }} }}`");
            reader.push(
                Diagnostic::new(codes::FRACTIONAL_COUNT, message)
                    .at(node.place)
                    .hint(hint),
            );
            None
        }
        Err(error) => {
            reader.quantity(node, &error);
            None
        }
    }
}

fn random(node: &Node, reader: &mut Reader<'_>) -> Option<Count> {
    let (key, value) = reader.single(
        node,
        "a count is a whole number alone or a map with its law",
    )?;
    match key.value.as_str() {
        "geometric" => geometric(value, reader),
        "poisson" => {
            let mut words = Words {
                law: "poisson",
                node: value,
                dimension: Dimension::Number,
                reader,
            };
            words.map_of(&["mean"])?;
            words.value("mean").map(|mean| Count::Poisson { mean })
        }
        "uniform" => {
            let mut words = Words {
                law: "uniform",
                node: value,
                dimension: Dimension::Count,
                reader,
            };
            words.map_of(&["from", "to"])?;
            let (from, to) = (words.any::<u64>("from"), words.any::<u64>("to"));
            let (from, to) = (from?, to?);
            if from > to {
                words.impossible("to", "`to` lies below `from`");
                return None;
            }
            Some(Count::Uniform { from, to })
        }
        "weighted" => weighted(value, reader),
        "attribute" => At::<String>::read(value, reader).map(Count::Attribute),
        _ => {
            reader.unknown(&key, "count", FORMS);
            None
        }
    }
}

/// Reads a geometric law, which must say whether it counts the success: textbooks differ.
fn geometric(node: &Node, reader: &mut Reader<'_>) -> Option<Count> {
    let mut words = Words {
        law: "geometric",
        node,
        dimension: Dimension::Number,
        reader,
    };
    words.map_of(&["mean", "from"])?;
    if !words.has("from") {
        let message = "`geometric` needs `from`: textbooks differ in whether the success counts";
        let hint = "`from: 1` is the number of tries, at least 1; `from: 0` that of failures before the success";
        words.reader.push(
            Diagnostic::new(codes::MISSING_FIELD, message)
                .at(node.place)
                .hint(hint),
        );
        return None;
    }
    let (mean, from) = (words.value("mean"), words.any::<u64>("from"));
    let (mean, from) = (mean?, from?);
    if from > 1 {
        words.impossible("from", format!("`from` is 0 or 1, not {from}"));
        return None;
    }
    if mean < from as f64 {
        words.impossible(
            "mean",
            format!("a mean of {mean} is impossible for counts from {from}"),
        );
        return None;
    }
    Some(Count::Geometric { mean, from })
}

fn weighted(node: &Node, reader: &mut Reader<'_>) -> Option<Count> {
    let Content::Map(entries) = &node.content else {
        reader.wrong_shape(
            node.place,
            format!(
                "`weighted` takes numbers with their weights: `{{ 1: 5, 2: 3 }}`, not {}",
                node.kind()
            ),
        );
        return None;
    };
    let mut weights: Vec<(u64, Weight)> = Vec::with_capacity(entries.len());
    let mut seen = BTreeSet::new();
    let mut complete = true;
    for entry in entries {
        let key = Node::new(Content::Plain(entry.key.value.clone()), entry.key.place);
        match (u64::read(&key, reader), Weight::read(&entry.value, reader)) {
            (Some(count), Some(_)) if !seen.insert(count) => {
                reader.report(
                    codes::DUPLICATE_KEY,
                    entry.key.place,
                    format!("{count} has a weight already"),
                );
                complete = false;
            }
            (Some(count), Some(weight)) => weights.push((count, weight)),
            _ => complete = false,
        }
    }
    check_weights(weights.iter().map(|(_, weight)| weight), Some(node), reader);
    weights.sort_by_key(|(count, _)| *count);
    complete.then(|| {
        Count::Weighted(
            weights
                .into_iter()
                .map(|(count, weight)| (count, weight.value))
                .collect(),
        )
    })
}
