//! Names, texts and words.

use super::reader::{Reader, shortened};
use super::shape::{Definitions, Shape};
use crate::source::{At, Diagnostic, Node, Place, codes};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::num::NonZeroU64;

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
        json!({ "type": ["string", "number"], "description": "A number, another attribute or `fresh`: 2, fresh." })
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

/// Complains about things that are named twice in a list.
pub(super) fn check_distinct(names: &[At<String>], what: &str, reader: &mut Reader<'_>) {
    let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
    for name in names {
        if !reader.good_name(name) {
            continue;
        }
        if let Some(first) = seen.get(name.value.as_str()) {
            let message = format!("the {what} `{}` stands here twice", name.value);
            reader.push(
                Diagnostic::new(codes::DUPLICATE_KEY, message)
                    .at(name.place)
                    .label(*first, "first here"),
            );
        } else {
            seen.insert(&name.value, name.place);
        }
    }
}
