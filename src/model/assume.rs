//! `$name`: puts the values of `assumptions:` where the document asks for them.

use super::names::is_kebab_case;
use crate::source::{Content, Diagnostic, Diagnostics, Node, Place, codes, render, suggest, yaml};
use std::collections::{BTreeMap, BTreeSet};

/// Assumptions that are made of each other may not be nested deeper than this.
const MOST_NESTED: usize = 16;

/// Puts the values in. Places of names that stand for nothing come back: they have been complained about.
pub(super) fn substitute(root: &mut Node, diagnostics: &mut Diagnostics) -> BTreeSet<Place> {
    let mut ledger = Ledger::of(root, diagnostics);
    if let Content::Map(entries) = &mut root.content {
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.key.value != "anchors")
        {
            if entry.key.value == "assumptions" {
                ledger.within_assumptions(&mut entry.value);
            } else {
                ledger.walk(&mut entry.value, 1, &mut Vec::new());
            }
        }
    }
    ledger.complain_about_unused();
    ledger.unknown
}

struct Ledger<'d> {
    /// Values as written, with the places of their names.
    values: BTreeMap<String, (Node, Place)>,
    used: BTreeSet<String>,
    unknown: BTreeSet<Place>,
    /// Values put in so far, those inside them included.
    put_in: usize,
    too_large: bool,
    diagnostics: &'d mut Diagnostics,
}

impl<'d> Ledger<'d> {
    fn of(root: &Node, diagnostics: &'d mut Diagnostics) -> Self {
        let mut values = BTreeMap::new();
        if let Some(Content::Map(entries)) = root.get("assumptions").map(|node| &node.content) {
            for entry in entries {
                if let Some(value) = entry.value.get("value") {
                    values.insert(entry.key.value.clone(), (value.clone(), entry.key.place));
                }
            }
        }
        Self {
            values,
            used: BTreeSet::new(),
            unknown: BTreeSet::new(),
            put_in: 0,
            too_large: false,
            diagnostics,
        }
    }

    /// Assumptions may be made of others: each is walked under its own name, so that a circle shows.
    fn within_assumptions(&mut self, section: &mut Node) {
        let Content::Map(assumptions) = &mut section.content else {
            return;
        };
        for assumption in assumptions {
            let name = assumption.key.value.clone();
            let Content::Map(fields) = &mut assumption.value.content else {
                continue;
            };
            for field in fields
                .iter_mut()
                .filter(|field| ["value", "between", "likely"].contains(&field.key.value.as_str()))
            {
                self.walk(&mut field.value, 3, &mut vec![name.clone()]);
            }
        }
    }

    /// Replaces every `$name` of a tree; `stack` holds the assumptions that are being put in.
    fn walk(&mut self, node: &mut Node, depth: usize, stack: &mut Vec<String>) {
        if let Some(name) = node
            .as_word()
            .and_then(|word| word.strip_prefix('$'))
            .map(str::to_owned)
        {
            return self.put(&name, node, depth, stack);
        }
        if depth > yaml::MOST_DEPTH {
            return self.refuse(node.place);
        }
        match &mut node.content {
            Content::Map(entries) => entries
                .iter_mut()
                .for_each(|entry| self.walk(&mut entry.value, depth + 1, stack)),
            Content::List(nodes) => nodes
                .iter_mut()
                .for_each(|node| self.walk(node, depth + 1, stack)),
            Content::Plain(_) | Content::Quoted(_) => {}
        }
    }

    fn put(&mut self, name: &str, node: &mut Node, depth: usize, stack: &mut Vec<String>) {
        let place = node.place;
        let Some((value, definition)) = self.values.get(name) else {
            return self.complain_about_unknown(name, place);
        };
        self.used.insert(name.to_owned());
        let circle = stack.iter().any(|other| other == name);
        if circle || stack.len() >= MOST_NESTED {
            let message = if circle {
                format!(
                    "the assumption `{name}` is made of itself: {} → {name}",
                    stack.join(" → ")
                )
            } else {
                format!("assumptions are made of others more than {MOST_NESTED} deep")
            };
            let diagnostic = Diagnostic::new(codes::CIRCULAR_ASSUMPTION, message).at(place);
            // A circle is met again from each of its members: once is enough.
            if self.unknown.insert(place) {
                self.diagnostics
                    .push(diagnostic.label(*definition, "it stands here"));
            }
            return;
        }
        self.put_in += size(value);
        if self.put_in > yaml::MOST_NODES {
            return self.refuse(place);
        }
        *node = Node {
            place,
            origin: Some(value.place),
            content: value.content.clone(),
        };
        stack.push(name.to_owned());
        self.walk(node, depth, stack);
        stack.pop();
    }

    fn complain_about_unknown(&mut self, name: &str, place: Place) {
        let shown = super::reader::shortened(name);
        let diagnostic = if is_kebab_case(name) {
            let few = self.diagnostics.len() < render::MOST_DRAWN;
            let hint = few
                .then(|| suggest::hint(name, self.values.keys().map(String::as_str)))
                .flatten();
            let message = format!("there is no `{shown}` in `assumptions:`");
            Diagnostic::new(codes::UNKNOWN_ASSUMPTION, message)
                .maybe_hint(hint.map(|hint| hint.replace("did you mean `", "did you mean `$")))
        } else {
            let message = format!("`${shown}` begins like the name of an assumption, but is none");
            Diagnostic::new(codes::UNKNOWN_ASSUMPTION, message)
                .hint("put a text that begins with `$` in quotes")
        };
        self.diagnostics.push(diagnostic.at(place));
        self.unknown.insert(place);
    }

    fn refuse(&mut self, place: Place) {
        self.unknown.insert(place);
        if !std::mem::replace(&mut self.too_large, true) {
            let message = format!(
                "with its assumptions put in, the document is nested more than {} deep or has more than {} values",
                yaml::MOST_DEPTH,
                yaml::MOST_NODES
            );
            self.diagnostics
                .push(Diagnostic::new(codes::TOO_LARGE, message).at(place));
        }
    }

    fn complain_about_unused(&mut self) {
        for (name, (_, place)) in &self.values {
            if !self.used.contains(name) {
                let message = format!("nothing uses the assumption `{name}`");
                let hint = format!("say `${name}` where its value belongs, or remove it");
                self.diagnostics.push(
                    Diagnostic::new(codes::UNUSED_ASSUMPTION, message)
                        .at(*place)
                        .hint(hint),
                );
            }
        }
    }
}

/// How many values a tree holds.
fn size(node: &Node) -> usize {
    1 + match &node.content {
        Content::Map(entries) => entries.iter().map(|entry| size(&entry.value)).sum(),
        Content::List(nodes) => nodes.iter().map(size).sum(),
        Content::Plain(_) | Content::Quoted(_) => 0,
    }
}
