//! `--set path=value`: changes the tree before it is read, so that what is set is checked like what is written.
//!
//! The schema says what a path may name: a field that exists may be new to the document, a name must stand in it.

use super::document::Model;
use super::machine;
use super::percentile;
use super::reader::shortened;
use super::shape::{Definitions, Shape};
use crate::source::{
    At, Content, Diagnostic, Diagnostics, Entry, Node, Place, Sources, codes, suggest, yaml,
};
use serde_json::Value;

/// Applies settings (path and YAML value) in their order. Each becomes a text of its own, in which mistakes are shown.
pub(super) fn apply(
    root: &mut Node,
    sets: &[(String, String)],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) {
    if sets.is_empty() {
        return;
    }
    let mut definitions = Definitions::default();
    let schema = Model::schema(&mut definitions);
    let schema = Schemas {
        definitions: definitions.into_value(),
        root: schema,
    };
    for (path, value) in sets {
        let text = format!("{path}={value}");
        let option = if path == "load" { "--load" } else { "--set" };
        let file = sources.add(option, text);
        let start = path.len() + 1;
        let Some(segments) = split(path, file, diagnostics) else {
            continue;
        };
        let Some(mut value) = yaml::parse(value, file, diagnostics) else {
            continue;
        };
        shift(&mut value, start);
        put(root, &segments, value, &schema, diagnostics);
        let stem = path.strip_suffix("machine").unwrap_or(path);
        let beside = |field: &str| {
            sets.iter()
                .any(|(other, _)| *other == format!("{stem}{field}"))
        };
        machine::strip(root, &segments, beside);
    }
}

/// Moves the places of a value to where it stands in `path=value`.
fn shift(node: &mut Node, by: usize) {
    let moved = |place: Place| Place {
        start: place.start + by as u32,
        end: place.end + by as u32,
        ..place
    };
    node.place = moved(node.place);
    node.origin = node.origin.map(moved);
    match &mut node.content {
        Content::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key.place = moved(entry.key.place);
            shift(&mut entry.value, by);
        }),
        Content::List(nodes) => nodes.iter_mut().for_each(|node| shift(node, by)),
        Content::Plain(_) | Content::Quoted(_) => {}
    }
}

/// The segments of a path; a name that holds a dot stands in quotes.
fn split(path: &str, file: u16, diagnostics: &mut Diagnostics) -> Option<Vec<At<String>>> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let start = path.len() - rest.len();
        let quote = rest.chars().next().filter(|c| *c == '"' || *c == '\'');
        let (name, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot)),
        };
        let end = path.len() - after.len();
        let place = Place {
            file,
            start: start as u32,
            end: end as u32,
        };
        let closed = quote.is_none() || path[..end].ends_with(['"', '\'']) && end > start + 1;
        if name.is_empty() || !closed || !(after.is_empty() || after.starts_with('.')) {
            let message = "a path is `section.name.field…`, with names that hold a dot in quotes";
            diagnostics.push(Diagnostic::new(codes::UNKNOWN_PATH, message).at(place));
            return None;
        }
        segments.push(At::new(name.to_owned(), place));
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => return Some(segments),
        }
    }
}

/// The schema of the language, with which a path is followed.
struct Schemas {
    definitions: Value,
    root: Value,
}

/// What a segment of a path names.
enum Named<'s> {
    /// A field of the language.
    Field(&'s Value),
    /// A name of the architect's own, which must stand in the document.
    Own(&'s Value),
    /// Steps, which have no names.
    Steps,
    /// Nothing; these are the fields that exist.
    Nothing(Vec<&'s str>),
}

impl Schemas {
    fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let name = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix("#/$defs/"));
        name.and_then(|name| self.definitions.get(name))
            .unwrap_or(schema)
    }

    fn step<'s>(&'s self, schema: &'s Value, segment: &str) -> Named<'s> {
        if schema.get("$ref").and_then(Value::as_str) == Some("#/$defs/Block") {
            return Named::Steps;
        }
        let schema = self.resolve(schema);
        if let Some(field) = schema
            .get("properties")
            .and_then(|properties| properties.get(segment))
        {
            return Named::Field(field);
        }
        if let Some(rules) = schema.get("patternProperties").and_then(Value::as_object)
            && let Some(value) = rules.get(percentile::PATTERN)
            && percentile::share(segment).is_some()
        {
            return Named::Field(value);
        }
        if let Some(own) = schema
            .get("additionalProperties")
            .filter(|schema| schema.is_object())
        {
            return Named::Own(own);
        }
        let mut known: Vec<&str> = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|fields| fields.keys().map(String::as_str))
            .collect();
        for form in schema
            .get("anyOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            match self.step(form, segment) {
                Named::Nothing(fields) => known.extend(fields),
                found => return found,
            }
        }
        Named::Nothing(known)
    }
}

/// Puts a value where a path leads, making the maps on the way that the language has and the document leaves out.
fn put(
    root: &mut Node,
    segments: &[At<String>],
    value: Node,
    schemas: &Schemas,
    diagnostics: &mut Diagnostics,
) {
    let mut node = root;
    let mut schema = &schemas.root;
    let mut value = Some(value);
    for (depth, segment) in segments.iter().enumerate() {
        let last = depth + 1 == segments.len();
        let place = segment.place;
        let (next, own) = match schemas.step(schema, &segment.value) {
            Named::Field(next) => (next, false),
            Named::Own(next) => (next, true),
            Named::Steps => {
                let message = "a path cannot lead into the steps of a program";
                let hint = "name the number in `assumptions:` and set that";
                return diagnostics.push(
                    Diagnostic::new(codes::STEP_PATH, message)
                        .at(place)
                        .hint(hint),
                );
            }
            Named::Nothing(known) => return unknown(segment, known, diagnostics),
        };
        schema = next;
        // A name that the language knows may lead past a word: `popularity: uniform` holds no `zipf`.
        let Some(entries) = entries_of(node, segment, diagnostics) else {
            return;
        };
        let found = entries
            .iter()
            .position(|entry| entry.key.value == segment.value);
        if own && found.is_none() {
            return unknown(
                segment,
                entries
                    .iter()
                    .map(|entry| entry.key.value.as_str())
                    .collect(),
                diagnostics,
            );
        }
        let index = found.unwrap_or_else(|| {
            entries.push(Entry {
                key: segment.clone(),
                value: Node::new(Content::Map(Vec::new()), place),
            });
            entries.len() - 1
        });
        node = &mut entries[index].value;
        // `assumptions.name` means its value.
        let assumption = last
            && depth == 1
            && segments[0].value == "assumptions"
            && value.as_ref().is_none_or(|it| it.get("value").is_none());
        if assumption {
            let Some(fields) = entries_of(node, segment, diagnostics) else {
                return;
            };
            fields.retain(|field| field.key.value != "value");
            fields.extend(value.take().map(|value| Entry {
                key: At::new("value".to_owned(), place),
                value,
            }));
        } else if last && let Some(value) = value.take() {
            *node = value;
        }
    }
}

fn entries_of<'n>(
    node: &'n mut Node,
    segment: &At<String>,
    diagnostics: &mut Diagnostics,
) -> Option<&'n mut Vec<Entry>> {
    let kind = node.as_text().map_or_else(
        || node.kind().to_owned(),
        |text| format!("`{}`", shortened(text)),
    );
    if let Content::Map(entries) = &mut node.content {
        return Some(entries);
    }
    let message = format!(
        "there is no `{}` here: what stands in the document is {kind}",
        shortened(&segment.value)
    );
    diagnostics.push(Diagnostic::new(codes::UNKNOWN_PATH, message).at(segment.place));
    None
}

fn unknown(segment: &At<String>, known: Vec<&str>, diagnostics: &mut Diagnostics) {
    let message = format!(
        "the path leads nowhere: there is no `{}`",
        shortened(&segment.value)
    );
    let hint = suggest::hint(&segment.value, known);
    diagnostics.push(
        Diagnostic::new(codes::UNKNOWN_PATH, message)
            .at(segment.place)
            .maybe_hint(hint),
    );
}
