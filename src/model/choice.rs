//! `choice!`: one declaration of "a word, or a map with one name" drives reading, schema and showing.
//!
//! ```text
//! choice! {
//!     /// What is chosen.
//!     pub enum Balance {
//!         /// A word alone.
//!         Random = "random",
//!         /// A word, or a map with its parameters; several words may say the same.
//!         PowerOfD(PowerOfD) = "power-of-d" | "power-of-two",
//!     }
//!     later: ["weighted"];             (of the language, not supported yet)
//! }
//! ```

use super::fields::noun;
use super::reader::Reader;
use super::shape::{ASSUMED, Definitions, Shape};
use crate::source::{At, Content, Node, codes};
use serde_json::{Value, json};

/// One of the alternatives.
pub struct Alternative {
    /// The words for it, the usual one first.
    pub words: &'static [&'static str],
    /// What it means.
    pub about: String,
    /// The schema of its parameters, if it has some.
    pub parameters: Option<fn(&mut Definitions) -> Value>,
    /// Whether the word alone says all.
    pub bare: bool,
}

/// The word of a choice and, if they are given, its parameters.
pub(super) struct Chosen<'n> {
    pub(super) word: At<String>,
    pub(super) parameters: Option<&'n Node>,
}

/// Splits a choice into its word and parameters.
pub(super) fn split<'n>(name: &str, node: &'n Node, reader: &mut Reader<'_>) -> Option<Chosen<'n>> {
    match &node.content {
        Content::Plain(word) | Content::Quoted(word) if !node.is_null() => Some(Chosen {
            word: At::new(word.clone(), node.place),
            parameters: None,
        }),
        _ => {
            let (word, parameters) = reader.single(
                node,
                &format!("{} is a word or a map with one name", noun(name)),
            )?;
            Some(Chosen {
                word,
                parameters: Some(parameters),
            })
        }
    }
}

/// Complains about a word that is none of the alternatives.
pub(super) fn unknown(
    name: &str,
    word: &At<String>,
    alternatives: &[Alternative],
    later: &[&str],
    reader: &mut Reader<'_>,
) {
    if later.contains(&word.value.as_str()) {
        return reader.later(word.place, &word.value);
    }
    let known: Vec<&str> = alternatives
        .iter()
        .flat_map(|alternative| alternative.words)
        .chain(later)
        .copied()
        .collect();
    let what = noun(name);
    reader.unknown(
        word,
        what.split_once(' ').map_or(what.as_str(), |(_, noun)| noun),
        &known,
    );
}

/// Reads an alternative without parameters.
pub(super) fn plain<T>(chosen: &Chosen<'_>, value: T, reader: &mut Reader<'_>) -> Option<T> {
    if let Some(parameters) = chosen.parameters {
        let message = format!(
            "`{0}` takes no parameters: write `{0}` alone",
            chosen.word.value
        );
        reader.report(codes::WRONG_SHAPE, parameters.place, message);
        return None;
    }
    Some(value)
}

/// Reads an alternative with parameters, all of which may be left to their defaults.
pub(super) fn with_parameters<P: Shape>(chosen: &Chosen<'_>, reader: &mut Reader<'_>) -> Option<P> {
    match chosen.parameters {
        Some(parameters) => P::read(parameters, reader),
        None => P::read(
            &Node::new(Content::Map(Vec::new()), chosen.word.place),
            reader,
        ),
    }
}

/// Shows an alternative with parameters: the word alone if there is nothing to say.
pub(super) fn show<P: Shape>(word: &str, parameters: &P) -> Node {
    match parameters.show() {
        Some(Node {
            content: Content::Map(entries),
            ..
        }) if entries.is_empty() => Node::text(word),
        Some(parameters) => Node::single(word, parameters),
        None => Node::text(word),
    }
}

/// The schema of a choice, which goes to the definitions.
pub(super) fn schema(
    name: &str,
    about: &str,
    alternatives: Vec<Alternative>,
    definitions: &mut Definitions,
) -> Value {
    definitions.define(name, |definitions| {
        let mut forms = Vec::new();
        for alternative in alternatives {
            if alternative.bare {
                forms.push(json!({ "enum": alternative.words, "description": alternative.about }));
            }
            if let Some(parameters) = alternative.parameters {
                let schema = parameters(definitions);
                let named = |word: &&str| {
                    json!({
                        "type": "object",
                        "description": alternative.about,
                        "properties": { *word: schema },
                        "required": [word],
                        "additionalProperties": false,
                    })
                };
                forms.extend(alternative.words.iter().map(named));
            }
        }
        forms.push(json!({ "type": "string", "pattern": ASSUMED }));
        json!({ "description": about, "anyOf": forms })
    })
}

macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        pub enum $Type:ident {
            $( $(#[doc = $doc:literal])+ $Variant:ident $(($Payload:ty))? = $($word:literal)|+ ),* $(,)?
        }
        $( later: [$($later:literal),* $(,)?]; )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub enum $Type {
            $( $(#[doc = $doc])+ $Variant $(($Payload))?, )*
        }

        impl $Type {
            /// What there is to choose from.
            pub fn alternatives() -> Vec<$crate::model::choice::Alternative> {
                vec![$( $crate::model::choice::Alternative {
                    words: &[$($word),+],
                    about: $crate::model::fields::paragraph(&[$($doc),+]),
                    parameters: choice!(@parameters $($Payload)?),
                    bare: true $(&& <$Payload as $crate::model::shape::Shape>::needs_nothing())?,
                } ),*]
            }
        }

        impl $crate::model::shape::Shape for $Type {
            fn read(node: &$crate::source::Node, reader: &mut $crate::model::reader::Reader<'_>) -> Option<Self> {
                let chosen = $crate::model::choice::split(stringify!($Type), node, reader)?;
                match chosen.word.value.as_str() {
                    $( $($word)|+ => choice!(@read chosen, reader, Self::$Variant $(, $Payload)?), )*
                    _ => {
                        let later: &[&str] = &[$($($later),*)?];
                        $crate::model::choice::unknown(stringify!($Type), &chosen.word, &Self::alternatives(), later, reader);
                        None
                    }
                }
            }

            fn schema(definitions: &mut $crate::model::shape::Definitions) -> serde_json::Value {
                let about = $crate::model::fields::paragraph(&[$($about),+]);
                $crate::model::choice::schema(stringify!($Type), &about, Self::alternatives(), definitions)
            }

            fn show(&self) -> Option<$crate::source::Node> {
                $( choice!(@show self, [$($word),+][0], $Variant $(, $Payload)?); )*
                None
            }
        }
    };
    (@parameters) => { None };
    (@parameters $Payload:ty) => { Some(<$Payload as $crate::model::shape::Shape>::schema) };
    (@read $chosen:ident, $reader:ident, $variant:path) => {
        $crate::model::choice::plain(&$chosen, $variant, $reader)
    };
    (@read $chosen:ident, $reader:ident, $variant:path, $Payload:ty) => {
        $crate::model::choice::with_parameters::<$Payload>(&$chosen, $reader).map($variant)
    };
    (@show $self:ident, $word:expr, $Variant:ident) => {
        if matches!($self, Self::$Variant) {
            return Some($crate::source::Node::text($word));
        }
    };
    (@show $self:ident, $word:expr, $Variant:ident, $Payload:ty) => {
        #[allow(irrefutable_let_patterns, reason = "a choice may have one alternative so far")]
        if let Self::$Variant(parameters) = $self {
            return Some($crate::model::choice::show($word, parameters));
        }
    };
}
