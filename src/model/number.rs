//! Quantities, numbers and truth values.

use super::reader::{Reader, shortened};
use super::shape::{ASSUMED, Definitions, Shape};
use crate::source::{Diagnostic, Node, codes};
use crate::units::{
    self, Bandwidth, Count, Duration, Factor, MoneyRate, QuantityError, Rate, Share, Size,
};
use serde_json::{Value, json};
use std::num::NonZeroU64;

/// Reads a quantity of any family.
fn quantity<T>(
    node: &Node,
    reader: &mut Reader<'_>,
    parse: impl Fn(&str) -> Result<T, QuantityError>,
    what: &str,
) -> Option<T> {
    let text = reader.scalar(node, what)?;
    match parse(text) {
        Ok(value) => Some(value),
        Err(error) => {
            reader.quantity(node, &error);
            None
        }
    }
}

macro_rules! quantities {
    ($($Type:ident, $what:literal, $about:literal;)+) => {
        $(impl Shape for $Type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                quantity(node, reader, str::parse, $what)
            }

            fn schema(definitions: &mut Definitions) -> Value {
                definitions.quantity(stringify!($Type), $about)
            }

            fn show(&self) -> Option<Node> {
                Some(Node::text(self.to_string()))
            }
        })+
    };
}

quantities! {
    Duration, "a duration", "A duration: 20ms, 250us, 4s, 10m, 2h, 7d, 1h30m.";
    Rate, "a rate", "A rate: 450/s, 1.5k/s, 3/m, 1000/10s.";
    Size, "a size", "A size: 1KiB, 4GiB, 10GB.";
    Bandwidth, "a bandwidth", "A bandwidth: 100Mbit/s, 1GiB/s.";
    Share, "a share", "A share: 10% or 0.1.";
    Factor, "a factor", "A factor: 3x, 0.5x.";
    MoneyRate, "an amount of money", "Money: 0.096 USD/h, 0.02 USD/GiB, 900 USD/month.";
}

impl Shape for u64 {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        quantity(node, reader, str::parse::<Count>, "a whole number").map(Count::get)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.quantity("Count", "A whole number: 20000, 10M, 20000 items.")
    }

    fn show(&self) -> Option<Node> {
        Some(Node::text(self.to_string()))
    }
}

impl Shape for NonZeroU64 {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let number = NonZeroU64::new(u64::read(node, reader)?);
        if number.is_none() {
            reader.out_of_range(node.place, "at least 1 is needed here");
        }
        number
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.quantity("PositiveCount", "A whole number of at least 1: 3, 10M.")
    }

    fn show(&self) -> Option<Node> {
        self.get().show()
    }
}

impl Shape for f64 {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        quantity(node, reader, units::number, "a number")
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.quantity("Number", "A plain number: 0.9, 12, 80M.")
    }

    fn show(&self) -> Option<Node> {
        Some(Node::text(self.to_string()))
    }
}

/// A number above 0.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Positive(f64);

impl Positive {
    /// The number, if it is above 0 and finite.
    pub fn new(number: f64) -> Option<Self> {
        (number > 0.0 && number.is_finite()).then_some(Self(number))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Shape for Positive {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let number = Self::new(f64::read(node, reader)?);
        if number.is_none() {
            reader.out_of_range(node.place, "a number above 0 is needed here");
        }
        number
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.quantity("PositiveNumber", "A number above 0: 0.5, 4.")
    }

    fn show(&self) -> Option<Node> {
        self.0.show()
    }
}

impl Shape for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match reader.scalar(node, "`true` or `false`")? {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                let message = format!("`true` or `false` belongs here, not `{}`", shortened(other));
                let meant = match other.to_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" => Some("write `true`"),
                    "no" | "off" | "n" | "false" => Some("write `false`"),
                    _ => None,
                };
                reader.push(
                    Diagnostic::new(codes::UNKNOWN_WORD, message)
                        .at(node.place)
                        .maybe_hint(meant.map(str::to_owned)),
                );
                None
            }
        }
    }

    fn schema(_definitions: &mut Definitions) -> Value {
        json!({ "type": ["boolean", "string"], "pattern": ASSUMED })
    }

    fn show(&self) -> Option<Node> {
        Some(Node::text(self.to_string()))
    }
}
