//! Maps as they are read: names that come twice, and what is merged into them.

use crate::source::{At, Content, Diagnostic, Entry, Node, Place, codes};
use std::collections::{BTreeMap, BTreeSet};

/// A map that is not closed yet.
#[derive(Default)]
pub(super) struct OpenMap {
    entries: Vec<Entry>,
    names: BTreeMap<String, Place>,
    /// What stands behind `<<`, and before which entry.
    merged: Vec<(usize, Node)>,
    /// The name whose value comes next.
    key: Option<At<String>>,
    /// Whether that name is `<<`.
    merge: bool,
}

impl OpenMap {
    /// Takes a name or the value of the name before.
    pub(super) fn take(&mut self, node: Node) -> Option<Diagnostic> {
        match self.key.take() {
            None => self.take_key(node),
            Some(_) if self.merge && mergeable(&node) => {
                self.merged.push((self.entries.len(), node));
                None
            }
            Some(_) if self.merge => {
                let message = format!("`<<` merges a map or a list of maps, not {}", node.kind());
                Some(Diagnostic::new(codes::NOT_YAML, message).at(node.place))
            }
            Some(name) => {
                if let Some(first) = self.names.get(&name.value) {
                    let message = format!("`{}` appears twice in this map", name.value);
                    let diagnostic = Diagnostic::new(codes::DUPLICATE_KEY, message).at(name.place);
                    return Some(diagnostic.label(*first, "first here"));
                }
                self.names.insert(name.value.clone(), name.place);
                self.entries.push(Entry {
                    key: name,
                    value: node,
                });
                None
            }
        }
    }

    /// The map with everything merged.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        merge(self.entries, self.merged)
    }

    fn take_key(&mut self, node: Node) -> Option<Diagnostic> {
        self.merge = node.as_word() == Some("<<");
        let (name, complaint) = match node.content {
            Content::Plain(text) | Content::Quoted(text) => (text, None),
            Content::Map(_) | Content::List(_) => {
                let message = "a map or a list cannot be a name";
                (
                    String::new(),
                    Some(Diagnostic::new(codes::FOREIGN_YAML, message).at(node.place)),
                )
            }
        };
        self.key = Some(At::new(name, node.place));
        complaint
    }
}

fn mergeable(node: &Node) -> bool {
    match &node.content {
        Content::Map(_) => true,
        Content::List(nodes) => nodes
            .iter()
            .all(|node| matches!(node.content, Content::Map(_))),
        _ => false,
    }
}

/// Puts merged entries where their `<<` stood; what the map says itself wins, then what is merged first.
fn merge(entries: Vec<Entry>, merged: Vec<(usize, Node)>) -> Vec<Entry> {
    if merged.is_empty() {
        return entries;
    }
    let mut names: BTreeSet<String> = entries
        .iter()
        .map(|entry| entry.key.value.clone())
        .collect();
    let mut merged = merged.into_iter().peekable();
    let mut result = Vec::new();
    let mut own = entries.into_iter().enumerate().peekable();
    loop {
        let next = own.peek().map_or(usize::MAX, |(at, _)| *at);
        if let Some((_, node)) = merged.next_if(|(at, _)| *at <= next) {
            let maps = match node.content {
                Content::List(nodes) => nodes,
                content => vec![Node {
                    place: node.place,
                    origin: node.origin,
                    content,
                }],
            };
            for map in maps {
                if let Content::Map(entries) = map.content {
                    result.extend(
                        entries
                            .into_iter()
                            .filter(|entry| names.insert(entry.key.value.clone())),
                    );
                }
            }
        } else if let Some((_, entry)) = own.next() {
            result.push(entry);
        } else {
            return result;
        }
    }
}
