//! Maps with fixed fields: how `record!` declarations are read, described and shown.

use super::reader::{Reader, glued, shortened};
use super::shape::{ASSUMED, Definitions, Shape};
use crate::source::{Content, Diagnostic, Diagnostics, Node, Place, codes, yaml};
use serde_json::{Value, json};

/// One field of a record.
pub struct Field {
    /// Its name in YAML.
    pub name: String,
    /// What it is.
    pub about: String,
    /// What it is when absent, as YAML text.
    pub default: Option<&'static str>,
    /// Whether it must be given.
    pub required: bool,
    /// The schema of its value.
    pub schema: fn(&mut Definitions) -> Value,
}

/// Fields whose names follow a rule instead of being listed.
pub struct Extra {
    /// Whether a name is one of them.
    pub owns: fn(&str) -> bool,
    /// Whether somebody means one of them by a name that is none.
    pub is_meant: fn(&str) -> bool,
    /// What is said then.
    pub rule: &'static str,
    /// What such a name looks like: a regular expression, for editors.
    pub pattern: &'static str,
    /// The schema of their values.
    pub schema: fn(&mut Definitions) -> Value,
}

/// A map with fixed fields.
pub trait Record: Sized {
    /// The name of the type.
    const NAME: &'static str;

    /// What it is.
    fn about() -> String;
    /// Its fields, those of flattened records included.
    fn fields() -> Vec<Field>;
    /// Fields that the language has and that are not supported yet.
    fn later() -> Vec<&'static str>;
    /// Fields that have no meaning here, with the reason.
    fn never() -> Vec<(&'static str, &'static str)>;
    /// Fields that are ignored, with what they are for.
    fn ignored() -> Vec<(&'static str, &'static str)>;
    /// The field that a single value stands for.
    fn bare() -> Option<&'static str>;
    /// Fields beyond those listed.
    fn extra() -> Option<Extra> {
        None
    }
    /// Takes the fields out of a map whose names have been checked.
    fn take(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;
    /// Adds its fields to a map that is being shown.
    fn show_into(&self, entries: &mut Vec<(String, Node)>);
}

/// Reads a record from a map, or from a single value if a field is named for that.
pub(super) fn read<R: Record>(node: &Node, reader: &mut Reader<'_>) -> Option<R> {
    let Content::Map(entries) = &node.content else {
        if let (Some(field), false) = (R::bare(), node.is_null()) {
            return R::take(&alone(field, node), reader);
        }
        let fields = R::fields()
            .iter()
            .filter(|field| field.required)
            .map(|field| format!("{}: …", field.name))
            .collect::<Vec<_>>();
        let message = format!(
            "{} is a map `{{ {} }}`, not {}",
            noun(R::NAME),
            fields.join(", "),
            node.kind()
        );
        let hint = node.as_text().and_then(glued);
        let complaint = Diagnostic::new(codes::WRONG_SHAPE, message).at(node.place);
        reader.push(complaint.maybe_hint(hint));
        return None;
    };
    let (fields, extra) = (R::fields(), R::extra());
    let mut known_to_all = true;
    for entry in entries {
        let name = entry.key.value.as_str();
        if fields.iter().any(|field| field.name == name)
            || extra.as_ref().is_some_and(|extra| (extra.owns)(name))
            || R::ignored().iter().any(|(ignored, _)| *ignored == name)
        {
            continue;
        }
        known_to_all = false;
        if R::later().contains(&name) {
            reader.later(entry.key.place, name);
        } else if let Some((_, reason)) = R::never().iter().find(|(never, _)| *never == name) {
            reader.report(
                codes::MEANINGLESS_FIELD,
                entry.key.place,
                format!("`{name}` has no meaning here: {reason}"),
            );
        } else {
            let known = fields
                .iter()
                .map(|field| field.name.as_str())
                .chain(R::later());
            let message = format!(
                "there is no field `{}` in {}",
                shortened(name),
                noun(R::NAME)
            );
            let hint = if let Some(hint) = glued(name) {
                Some(hint)
            } else if let Some(extra) = extra.as_ref().filter(|extra| (extra.is_meant)(name)) {
                Some(extra.rule.to_owned())
            } else if entry.value.is_null() {
                Some(
                    "inside `{ }` a comma ends a text: put a text that holds one in quotes"
                        .to_owned(),
                )
            } else {
                reader.suggest(name, known)
            };
            reader.push(
                Diagnostic::new(codes::UNKNOWN_FIELD, message)
                    .at(entry.key.place)
                    .maybe_hint(hint),
            );
        }
    }
    R::take(node, reader).filter(|_| known_to_all)
}

/// A map that holds just one field, standing where its value stands.
fn alone(field: &str, value: &Node) -> Node {
    let mut node = Node::single(field, value.clone());
    node.place = value.place;
    node
}

/// Reads one field: what is given, or the default, or its absence.
pub(super) fn field<T: Shape>(
    record: &str,
    node: &Node,
    name: &str,
    default: Option<&str>,
    reader: &mut Reader<'_>,
) -> Option<T> {
    match (node.entry(name), default) {
        (Some(entry), _) if entry.value.is_null() => {
            reader.report(
                codes::EMPTY_VALUE,
                entry.key.place,
                format!("`{name}` has no value: leave it out or give it one"),
            );
            None
        }
        (Some(entry), _) => T::read(&entry.value, reader),
        (None, Some(default)) => T::read(&default_node(default, node.place), reader),
        (None, None) => T::absent().or_else(|| {
            reader.missing(node, format!("{} needs `{name}`", noun(record)), &[]);
            None
        }),
    }
}

/// Fields that have no meaning in the company of others, and why.
#[derive(Debug, Clone, Copy)]
pub struct Meaningless {
    pub(super) fields: &'static [&'static str],
    pub(super) reason: &'static str,
}

/// Complains about fields that are given and have no meaning.
pub(super) fn refuse(node: &Node, meaningless: Option<Meaningless>, reader: &mut Reader<'_>) {
    let Some(Meaningless { fields, reason }) = meaningless else {
        return;
    };
    for entry in fields.iter().filter_map(|field| node.entry(field)) {
        let message = format!("`{}` has no meaning here: {reason}", entry.key.value);
        reader.contradiction(entry.key.place, message);
    }
}

/// Leaves fields without meaning out of what is shown.
pub(super) fn leave_out(entries: &mut Vec<(String, Node)>, meaningless: Option<Meaningless>) {
    if let Some(Meaningless { fields, .. }) = meaningless {
        entries.retain(|(name, _)| !fields.contains(&name.as_str()));
    }
}

/// The tree of a default, standing where the record stands.
pub(super) fn default_node(text: &str, place: Place) -> Node {
    let content = match text {
        "{}" => Content::Map(Vec::new()),
        "[]" => Content::List(Vec::new()),
        _ if text.starts_with(['{', '[']) => {
            let tree =
                yaml::parse(text, 0, &mut Diagnostics::new()).expect("every default is YAML");
            return placed(tree, place);
        }
        _ => Content::Plain(text.to_owned()),
    };
    Node::new(content, place)
}

fn placed(mut node: Node, place: Place) -> Node {
    node.place = place;
    match &mut node.content {
        Content::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key.place = place;
            entry.value = placed(std::mem::replace(&mut entry.value, Node::text("")), place);
        }),
        Content::List(nodes) => nodes
            .iter_mut()
            .for_each(|node| *node = placed(std::mem::replace(node, Node::text("")), place)),
        _ => {}
    }
    node
}

/// The schema of a record, which goes to the definitions.
pub(super) fn schema<R: Record>(definitions: &mut Definitions) -> Value {
    definitions.define(R::NAME, |definitions| {
        let mut properties = serde_json::Map::new();
        for field in R::fields() {
            let mut schema = (field.schema)(definitions);
            if schema == Value::Bool(true) {
                schema = json!({}); // anything at all, which has a description too
            }
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".to_owned(), Value::String(field.about));
                if let Some(default) = field.default {
                    schema.insert("default".to_owned(), default_value(default));
                }
            }
            properties.insert(field.name, schema);
        }
        for (name, why) in R::ignored() {
            properties.insert(name.to_owned(), json!({ "description": why }));
        }
        let required: Vec<String> = R::fields()
            .into_iter()
            .filter(|field| field.required)
            .map(|field| field.name)
            .collect();
        let mut schema = json!({
            "type": ["object", "string"],
            "pattern": ASSUMED,
            "description": R::about(),
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        if let (Some(extra), Value::Object(schema)) = (R::extra(), &mut schema) {
            let value = (extra.schema)(definitions);
            schema.insert(
                "patternProperties".to_owned(),
                json!({ extra.pattern: value }),
            );
        }
        if R::bare().is_some()
            && let Value::Object(schema) = &mut schema
        {
            // The single value has its own schema at its field; here it is enough that it is single.
            schema.insert(
                "type".to_owned(),
                json!(["object", "string", "number", "boolean"]),
            );
            schema.remove("pattern");
        }
        schema
    })
}

pub(super) fn default_value(text: &str) -> Value {
    if text.starts_with(['{', '[']) {
        return serde_yaml::from_str(text).unwrap_or(Value::Null);
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// How a record is shown: all its fields that are not absent.
pub(super) fn show<R: Record>(record: &R) -> Node {
    let mut entries = Vec::new();
    record.show_into(&mut entries);
    Node::map(entries)
}

/// A field's name in YAML: the one given, or its own in kebab-case.
pub(super) fn yaml_name(field: &str, given: Option<&str>) -> String {
    given.map_or_else(|| field.replace('_', "-"), str::to_owned)
}

/// The lines of a documentation comment as one text.
pub(super) fn paragraph(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A type's name as messages say it: `HotSet` is "a hot set".
pub(super) fn noun(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    let article = if words.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {words}")
}

impl<R: Record> Record for Box<R> {
    const NAME: &'static str = R::NAME;

    fn about() -> String {
        R::about()
    }
    fn fields() -> Vec<Field> {
        R::fields()
    }
    fn later() -> Vec<&'static str> {
        R::later()
    }
    fn never() -> Vec<(&'static str, &'static str)> {
        R::never()
    }
    fn ignored() -> Vec<(&'static str, &'static str)> {
        R::ignored()
    }
    fn bare() -> Option<&'static str> {
        R::bare()
    }
    fn extra() -> Option<Extra> {
        R::extra()
    }
    fn take(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        R::take(node, reader).map(Self::new)
    }
    fn show_into(&self, entries: &mut Vec<(String, Node)>) {
        (**self).show_into(entries);
    }
}
