//! What every written thing can do: be read from the tree, describe itself, and be shown again.

use super::reader::{Reader, glued};
use crate::source::{At, Content, Diagnostic, Node, codes};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Something that stands in a model: its reading, its JSON Schema and its showing come from one declaration.
pub trait Shape: Sized {
    /// Reads it. What is wrong goes to the reader; nothing comes back if something is.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// Its JSON Schema (draft 2020-12); named parts go to the definitions.
    fn schema(definitions: &mut Definitions) -> Value;

    /// How it is written, with everything that was left out filled in; nothing if it is absent.
    fn show(&self) -> Option<Node>;

    /// What its absence means, where it may be absent.
    fn absent() -> Option<Self> {
        None
    }

    /// Whether a word alone says all, because every field has a default.
    fn needs_nothing() -> bool {
        false
    }
}

/// The named parts of a schema.
#[derive(Debug, Default)]
pub struct Definitions {
    map: BTreeMap<String, Value>,
}

/// A text that stands for the value of an assumption.
pub(super) const ASSUMED: &str = r"^\$[a-z][a-z0-9-]*$";

impl Definitions {
    /// A reference to a named part, which is built the first time that it is asked for.
    pub fn define(&mut self, name: &str, build: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.map.contains_key(name) {
            // The name stands before its parts are built: blocks hold steps, which hold blocks.
            self.map.insert(name.to_owned(), Value::Null);
            let schema = build(self);
            self.map.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// A quantity: a number or a text with a unit.
    pub fn quantity(&mut self, name: &str, about: &str) -> Value {
        self.define(
            name,
            |_| json!({ "type": ["string", "number"], "description": about }),
        )
    }

    /// Maps with exactly one of these names.
    pub fn single_keys(&mut self, name: &str, about: &str, keys: Vec<(&str, Value)>) -> Value {
        let single = |(key, schema): (&str, Value)| json!({ "type": "object", "properties": { key: schema }, "required": [key], "additionalProperties": false });
        let mut forms: Vec<Value> = keys.into_iter().map(single).collect();
        forms.push(json!({ "type": "string", "pattern": ASSUMED }));
        self.define(name, |_| json!({ "description": about, "anyOf": forms }))
    }

    /// The parts by name.
    pub fn into_value(self) -> Value {
        Value::Object(self.map.into_iter().collect())
    }
}

/// Something with a bound, or without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit<T> {
    /// As much as is asked for.
    Unlimited,
    /// So much.
    Of(T),
}

/// Named things in their written order. The names are kebab-case.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<T>(pub Vec<(At<String>, T)>);

/// Things by a free key (a machine, an endpoint of a mix) in their written order.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyed<T>(pub Vec<(At<String>, T)>);

macro_rules! like_a_list {
    ($Type:ident) => {
        impl<T> $Type<T> {
            /// The thing of this name.
            pub fn get(&self, name: &str) -> Option<&T> {
                self.0
                    .iter()
                    .find(|(key, _)| key.value == name)
                    .map(|(_, value)| value)
            }
        }

        impl<T> Default for $Type<T> {
            fn default() -> Self {
                Self(Vec::new())
            }
        }

        impl<T> std::ops::Deref for $Type<T> {
            type Target = Vec<(At<String>, T)>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<'a, T> IntoIterator for &'a $Type<T> {
            type Item = &'a (At<String>, T);
            type IntoIter = std::slice::Iter<'a, (At<String>, T)>;

            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }
    };
}

like_a_list!(Named);
like_a_list!(Keyed);

fn read_entries<T: Shape>(
    node: &Node,
    reader: &mut Reader<'_>,
    named: bool,
) -> Option<Vec<(At<String>, T)>> {
    let Content::Map(entries) = &node.content else {
        let message = format!(
            "a map from names to values belongs here, not {}",
            node.kind()
        );
        reader.wrong_shape(node.place, message);
        return None;
    };
    let mut things = Vec::with_capacity(entries.len());
    let mut complete = true;
    for (at, entry) in entries.iter().enumerate() {
        let glued = glued(&entry.key.value);
        complete &= !named || glued.is_some() || reader.good_name(&entry.key);
        if entry.value.is_null() {
            let message = format!("`{}` has no value", entry.key.value);
            // What stands below in the same column was mostly meant to belong to it.
            let next = entries.get(at + 1).filter(|_| glued.is_none());
            let hint = next.map(|next| {
                format!(
                    "what belongs to `{}` is indented more than it: `{}` stands beside it",
                    entry.key.value, next.key.value
                )
            });
            let complaint = Diagnostic::new(codes::EMPTY_VALUE, message).at(entry.key.place);
            let stop = hint.is_some();
            reader.push(complaint.maybe_hint(glued.or(hint)));
            complete = false;
            if stop {
                break;
            }
            continue;
        }
        match T::read(&entry.value, reader) {
            Some(value) => things.push((entry.key.clone(), value)),
            None => complete = false,
        }
    }
    complete.then_some(things)
}

fn show_entries<T: Shape>(things: &[(At<String>, T)]) -> Node {
    let entries = things
        .iter()
        .filter_map(|(key, value)| Some((key.value.clone(), value.show()?)));
    Node::map(entries.collect::<Vec<_>>())
}

impl<T: Shape> Shape for Named<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read_entries(node, reader, true).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        let names = json!({ "pattern": super::names::PATTERN });
        json!({ "type": ["object", "string"], "pattern": ASSUMED, "propertyNames": names, "additionalProperties": T::schema(definitions) })
    }

    fn show(&self) -> Option<Node> {
        Some(show_entries(&self.0))
    }
}

impl<T: Shape> Shape for Keyed<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        read_entries(node, reader, false).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "type": ["object", "string"], "pattern": ASSUMED, "additionalProperties": T::schema(definitions) })
    }

    fn show(&self) -> Option<Node> {
        Some(show_entries(&self.0))
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Content::List(nodes) = &node.content else {
            reader.wrong_shape(
                node.place,
                format!("a list `[…]` belongs here, not {}", node.kind()),
            );
            return None;
        };
        // All are read before the first failure counts, so that all complaints are heard.
        let read: Vec<Option<T>> = nodes.iter().map(|node| T::read(node, reader)).collect();
        read.into_iter().collect()
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "type": ["array", "string"], "pattern": ASSUMED, "items": T::schema(definitions) })
    }

    fn show(&self) -> Option<Node> {
        Some(Node::list(self.iter().filter_map(Shape::show)))
    }
}

impl<T: Shape> Shape for Option<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }

    fn show(&self) -> Option<Node> {
        self.as_ref().and_then(Shape::show)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Shape> Shape for At<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(|value| At::new(value, node.place))
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }

    fn show(&self) -> Option<Node> {
        self.value.show()
    }
}

impl<T: Shape> Shape for Box<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Box::new)
    }

    fn schema(definitions: &mut Definitions) -> Value {
        T::schema(definitions)
    }

    fn show(&self) -> Option<Node> {
        (**self).show()
    }
}

impl<T: Shape> Shape for Limit<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if node.as_word() == Some("unlimited") {
            Some(Self::Unlimited)
        } else {
            T::read(node, reader).map(Self::Of)
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        json!({ "anyOf": [{ "const": "unlimited" }, T::schema(definitions)] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Unlimited => Some(Node::text("unlimited")),
            Self::Of(value) => value.show(),
        }
    }
}
