//! The tree of a document: maps in their written order, lists and scalars, each with its place.

use super::place::{At, Place};

/// One value of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is used.
    pub place: Place,
    /// Where it was written, if that is elsewhere: behind an alias or in `assumptions:`.
    pub origin: Option<Place>,
    /// What it is.
    pub content: Content,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Names and values in their written order.
    Map(Vec<Entry>),
    /// Values in a row.
    List(Vec<Node>),
    /// A text without spaces to keep: its raw spelling.
    Plain(String),
    /// A text in quotes or a block: never a number or a word of the language by accident.
    Quoted(String),
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The name.
    pub key: At<String>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A node at a place.
    pub fn new(content: Content, place: Place) -> Self {
        Self {
            place,
            origin: None,
            content,
        }
    }

    /// A plain scalar without a place.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Content::Plain(text.into()), Place::default())
    }

    /// A quoted scalar without a place.
    pub fn quoted(text: impl Into<String>) -> Self {
        Self::new(Content::Quoted(text.into()), Place::default())
    }

    /// A map without a place.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Node)>) -> Self {
        let entry = |(key, value): (K, Node)| Entry {
            key: At::new(key.into(), Place::default()),
            value,
        };
        Self::new(
            Content::Map(entries.into_iter().map(entry).collect()),
            Place::default(),
        )
    }

    /// A map with one name.
    pub fn single(key: &str, value: Node) -> Self {
        Self::map([(key, value)])
    }

    /// A list without a place.
    pub fn list(nodes: impl IntoIterator<Item = Node>) -> Self {
        Self::new(Content::List(nodes.into_iter().collect()), Place::default())
    }

    /// The entry of a name, if this is a map that has it.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        match &self.content {
            Content::Map(entries) => entries.iter().find(|entry| entry.key.value == name),
            _ => None,
        }
    }

    /// The value of a name, if this is a map that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The text of a scalar.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Plain(text) | Content::Quoted(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar without quotes.
    pub fn as_word(&self) -> Option<&str> {
        match &self.content {
            Content::Plain(text) => Some(text),
            _ => None,
        }
    }

    /// Whether nothing stands here: no value at all, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.as_word(), Some("" | "~" | "null" | "Null" | "NULL"))
    }

    /// What this is, as messages say it.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            _ if self.is_null() => "nothing",
            Content::Map(_) => "a map",
            Content::List(_) => "a list",
            Content::Plain(_) | Content::Quoted(_) => "a single value",
        }
    }
}
