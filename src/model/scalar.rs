//! Single values: quantities, numbers, words and names.

use super::reader::{Reader, shortened};
use super::shape::{ASSUMED, Definitions, Shape};
use crate::source::{At, Diagnostic, Node, Place, codes};
use crate::units::{self, Bandwidth, Count, Duration, MoneyRate, QuantityError, Rate, Share, Size};
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
    Duration, "a duration", "A duration: 250us, 20ms, 4s, 10m, 2h, 7d, 1h30m.";
    Rate, "a rate", "A rate: 450/s, 1.5k/s, 3/m, 1000/10s.";
    Size, "a size", "A size: 1KiB, 4GiB, 10GB.";
    Bandwidth, "a bandwidth", "A bandwidth: 100Mbit/s, 1GiB/s.";
    Share, "a share", "A share: 10% or 0.1.";
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

/// A name that refers to something: what it refers to is settled later.
impl Shape for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let name = reader.scalar(node, "a name")?;
        if matches!(name, "true" | "false") {
            reader.report(
                codes::BOOLEAN_NAME,
                node.place,
                format!("a name belongs here, not `{name}`"),
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn schema(_definitions: &mut Definitions) -> Value {
        json!({ "type": "string" })
    }

    fn show(&self) -> Option<Node> {
        Some(Node::text(self.as_str()))
    }
}

/// Text for people: any single value, as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub String);

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Shape for Text {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader
            .scalar(node, "a text")
            .map(|text| Self(text.to_owned()))
    }

    fn schema(_definitions: &mut Definitions) -> Value {
        json!({ "type": ["string", "number", "boolean"] })
    }

    fn show(&self) -> Option<Node> {
        Some(Node::quoted(self.0.as_str()))
    }
}

/// The header of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header;

impl Header {
    /// What stands there.
    pub const TEXT: &'static str = "model/1";
}

impl Shape for Header {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.scalar(node, "`model/1`")?;
        if text != Self::TEXT {
            let message = format!(
                "a model says `scaleproof: {}`, not `{}`",
                Self::TEXT,
                shortened(text)
            );
            reader.report(codes::WRONG_HEADER, node.place, message);
        }
        (text == Self::TEXT).then_some(Self)
    }

    fn schema(_definitions: &mut Definitions) -> Value {
        json!({ "const": Self::TEXT })
    }

    fn show(&self) -> Option<Node> {
        Some(Node::text(Self::TEXT))
    }
}

/// The value that an attribute is given for a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// `fresh`: drawn anew by its own law.
    Fresh,
    /// This number.
    Number(f64),
    /// The value of another attribute, or a word of the attribute's own (a priority, a region).
    Name(At<String>),
}

impl Shape for Given {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.as_word() {
            Some("fresh") => Some(Self::Fresh),
            Some(text)
                if text.starts_with(|c: char| !c.is_alphabetic() && c != '$')
                    && !node.is_null() =>
            {
                f64::read(node, reader).map(Self::Number)
            }
            _ => At::<String>::read(node, reader).map(Self::Name),
        }
    }

    fn schema(_definitions: &mut Definitions) -> Value {
        json!({ "type": ["string", "number"], "description": "A number, another attribute, or `fresh`: drawn anew." })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Fresh => Some(Node::text("fresh")),
            Self::Number(number) => number.show(),
            Self::Name(name) => name.show(),
        }
    }
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A number.
    Number(f64),
    /// A word: a priority, a region.
    Word(String),
}

impl Shape for Literal {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match Given::read(node, reader)? {
            Given::Number(number) => Some(Self::Number(number)),
            Given::Name(name) => Some(Self::Word(name.value)),
            Given::Fresh => Some(Self::Word("fresh".to_owned())),
        }
    }

    fn schema(_definitions: &mut Definitions) -> Value {
        json!({ "type": ["string", "number"], "description": "A number or a word." })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Number(number) => number.show(),
            Self::Word(word) => word.show(),
        }
    }
}

/// How many run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOnce {
    /// All of them.
    All,
    /// At most so many.
    Of(NonZeroU64),
}

impl Shape for AtOnce {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.as_word() == Some("all") {
            Some(Self::All)
        } else {
            NonZeroU64::read(node, reader).map(Self::Of)
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [{ "const": "all" }, NonZeroU64::schema(definitions)] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::All => Some(Node::text("all")),
            Self::Of(number) => number.show(),
        }
    }
}

/// How often something is chosen, compared with its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The weight: a number, or the share from 0 to 1.
    pub value: f64,
    /// Whether it was written as a share in per cent.
    pub share: bool,
    /// Where it stands.
    pub place: Place,
}

impl Shape for Weight {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let share = reader.scalar(node, "a weight")?.ends_with('%');
        let value = if share {
            Share::read(node, reader)?.get()
        } else {
            f64::read(node, reader)?
        };
        Some(Self {
            value,
            share,
            place: node.place,
        })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.quantity(
            "Weight",
            "A weight: 3, or 25% where all are shares that make up 100 %.",
        )
    }

    fn show(&self) -> Option<Node> {
        if self.share {
            Share::new(self.value).show()
        } else {
            self.value.show()
        }
    }
}

/// Complains about weights that cannot be weighed: none, all 0, shares and numbers mixed, shares that are not the whole.
pub(super) fn check_weights<'w>(
    weights: impl Iterator<Item = &'w Weight>,
    all: Option<&Node>,
    reader: &mut Reader<'_>,
) {
    let weights: Vec<&Weight> = weights.collect();
    let Some(place) = all
        .map(|node| node.place)
        .or_else(|| weights.first().map(|weight| weight.place))
    else {
        return;
    };
    let Some(first) = weights.first() else {
        return reader.report(
            codes::BAD_WEIGHTS,
            place,
            "nothing to choose from: at least one weight is needed",
        );
    };
    let sum: f64 = weights.iter().map(|weight| weight.value).sum();
    if let Some(other) = weights.iter().find(|weight| weight.share != first.share) {
        let message = "weights are all shares or all numbers, not a mix";
        let diagnostic = Diagnostic::new(codes::BAD_WEIGHTS, message).at(other.place);
        let kind = if first.share {
            "this one is a share"
        } else {
            "this one is a number"
        };
        reader.push(diagnostic.label(first.place, kind));
    } else if sum <= 0.0 {
        reader.report(
            codes::BAD_WEIGHTS,
            place,
            "all weights are 0: nothing would ever be chosen",
        );
    } else if first.share && (sum - 1.0).abs() > 1e-6 {
        reader.report(
            codes::BAD_WEIGHTS,
            place,
            format!(
                "the shares make up {}, not 100%",
                units::format::percent(sum)
            ),
        );
    }
}

/// Complains about things that are named twice in a list.
pub(super) fn check_distinct(names: &[At<String>], what: &str, reader: &mut Reader<'_>) {
    for (index, name) in names.iter().enumerate() {
        if !reader.good_name(name) {
            continue;
        }
        if let Some(first) = names[..index]
            .iter()
            .find(|first| first.value == name.value)
        {
            let message = format!("the {what} `{}` stands here twice", name.value);
            reader.push(
                Diagnostic::new(codes::DUPLICATE_KEY, message)
                    .at(name.place)
                    .label(first.place, "first here"),
            );
        }
    }
}
