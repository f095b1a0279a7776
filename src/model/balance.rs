//! `balance:`: which replica a request is sent to. The rules, their words and their settings are those of [`crate::policy::balance`].

use super::choice::{self, Alternative};
use super::fields::{default_node, default_value};
use super::number::Positive;
use super::reader::Reader;
use super::shape::{ASSUMED, Definitions, Shape};
use crate::policy::balance::{self as rules, Form, KINDS, Kind, Refusal, Setting, Settings, Value};
use crate::source::{At, Content, Node, Place, codes};
use crate::units::Duration;
use serde_json::{Value as Json, json};
use std::num::NonZeroU64;

choice! {
    /// What a balancer knows of the replicas.
    pub enum View {
        /// The true numbers at the replicas.
        Central = "central",
        /// Only the requests that the calling replica itself has there.
        Caller = "caller",
    }
}

choice! {
    /// Whether every replication has a ring of its own.
    pub enum Luck {
        /// Each draws one, so that intervals over the replications hold the luck of the ring.
        Drawn = "drawn",
        /// All have the one that belongs to the name.
        Fixed = "fixed",
    }
}

impl Luck {
    /// As rules know it.
    pub fn rule(&self) -> rules::Luck {
        match self {
            Self::Drawn => rules::Luck::Drawn,
            Self::Fixed => rules::Luck::Fixed,
        }
    }
}

/// Which replica a request is sent to.
#[derive(Debug, Clone)]
pub struct Balance {
    /// The rule, ready to be used.
    pub rule: rules::Balance,
    /// Where it stands.
    pub place: Place,
    /// Weights by the name of a group, where they are given here.
    pub weights: Vec<(At<String>, Positive)>,
    kind: &'static Kind,
    settings: Settings,
}

impl PartialEq for Balance {
    fn eq(&self, other: &Self) -> bool {
        self.kind.words == other.kind.words
            && self.settings == other.settings
            && self.weights == other.weights
    }
}

impl Balance {
    /// Whether it looks at the weights of groups.
    pub fn weighs_groups(&self) -> bool {
        self.kind.by_group
    }

    fn alternatives() -> Vec<Alternative> {
        let alternative = |kind: &Kind| Alternative {
            words: kind.words,
            about: kind.about.to_owned(),
            parameters: None,
            bare: !kind.settings.iter().any(|setting| setting.required),
        };
        KINDS.iter().map(alternative).collect()
    }
}

impl Shape for Balance {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let chosen = choice::split("Balance", node, reader)?;
        let named = |kind: &&Kind| kind.words.contains(&chosen.word.value.as_str());
        let Some(kind) = KINDS.iter().find(named) else {
            choice::unknown("Balance", &chosen.word, &Self::alternatives(), &[], reader);
            return None;
        };
        if kind.settings.is_empty() && !kind.by_group {
            choice::plain(&chosen, (), reader)?;
        }
        let given = match chosen.parameters {
            Some(given) => given.clone(),
            None => Node::new(Content::Map(Vec::new()), chosen.word.place),
        };
        let word = chosen.word.value.as_str();
        let weights = match chosen.parameters {
            Some(given) if kind.by_group => read_weights(kind, given, word, reader)?,
            _ => Vec::new(),
        };
        let settings = read_settings(kind, &given, word, reader)?;
        let rule = match rules::Balance::new(kind.words[0], &settings) {
            Ok(rule) => rule,
            Err(Refusal { setting, message }) => {
                let place = given.get(setting).map_or(node.place, |value| value.place);
                reader.out_of_range(place, message);
                return None;
            }
        };
        Some(Self {
            rule,
            place: chosen.word.place,
            weights,
            kind,
            settings,
        })
    }

    fn schema(definitions: &mut Definitions) -> Json {
        definitions.define("Balance", |definitions| {
            let mut forms = Vec::new();
            for kind in KINDS {
                if !kind.settings.iter().any(|setting| setting.required) {
                    forms.push(json!({ "enum": kind.words, "description": kind.about }));
                }
                if kind.by_group || !kind.settings.is_empty() {
                    let settings = settings_schema(kind, definitions);
                    forms.extend(kind.words.iter().map(|word| {
                        json!({
                            "type": "object",
                            "description": kind.about,
                            "properties": { *word: settings },
                            "required": [word],
                            "additionalProperties": false,
                        })
                    }));
                }
            }
            forms.push(json!({ "type": "string", "pattern": ASSUMED }));
            json!({ "description": "Which replica a request is sent to.", "anyOf": forms })
        })
    }

    fn show(&self) -> Option<Node> {
        let word = self.kind.words[0];
        if !self.weights.is_empty() {
            let shown = |(name, weight): &(At<String>, Positive)| {
                Some((name.value.clone(), weight.show()?))
            };
            let weights: Vec<(String, Node)> = self.weights.iter().filter_map(shown).collect();
            let settings = self.settings.0.iter();
            let settings = settings.map(|(name, value)| ((*name).to_owned(), show_value(value)));
            return Some(Node::single(
                word,
                Node::map(settings.chain(weights).collect::<Vec<_>>()),
            ));
        }
        if self.settings.0.is_empty() {
            return Some(Node::text(word));
        }
        let shown = |(name, value): &(&'static str, Value)| ((*name).to_owned(), show_value(value));
        let settings: Vec<(String, Node)> = self.settings.0.iter().map(shown).collect();
        Some(Node::single(word, Node::map(settings)))
    }
}

/// Reads all settings before the first failure counts, so that all complaints are heard.
fn read_settings(
    kind: &'static Kind,
    given: &Node,
    word: &str,
    reader: &mut Reader<'_>,
) -> Option<Settings> {
    let Content::Map(entries) = &given.content else {
        let message = format!("the settings of `{word}` are a map, not {}", given.kind());
        reader.wrong_shape(given.place, message);
        return None;
    };
    let names = || kind.settings.iter().map(|setting| setting.name);
    let mut whole = true;
    for entry in entries.iter().filter(|_| !kind.by_group) {
        if !names().any(|name| name == entry.key.value) {
            unknown_setting(word, &entry.key, &names().collect::<Vec<_>>(), reader);
            whole = false;
        }
    }
    let mut settings = Vec::new();
    for setting in kind.settings {
        match (given.get(setting.name), setting.default) {
            (Some(value), _) => match read_value(setting, value, reader) {
                Some(value) => settings.push((setting.name, value)),
                None => whole = false,
            },
            (None, Some(default)) => {
                let node = default_node(default, given.place);
                let value = read_value(setting, &node, reader).expect("defaults can be read");
                settings.push((setting.name, value));
            }
            (None, None) if setting.required => {
                let message = format!("`{word}` needs `{}`: {}", setting.name, setting.about);
                reader.missing(given, message, &[]);
                whole = false;
            }
            (None, None) => {}
        }
    }
    whole.then_some(Settings(settings))
}

/// Weights by name, which are all that is no setting; whether there are such groups is not known yet.
fn read_weights(
    kind: &Kind,
    given: &Node,
    word: &str,
    reader: &mut Reader<'_>,
) -> Option<Vec<(At<String>, Positive)>> {
    let Content::Map(entries) = &given.content else {
        let message = format!(
            "`{word}` takes the weights of groups by name, not {}",
            given.kind()
        );
        reader.wrong_shape(given.place, message);
        return None;
    };
    if entries.is_empty() {
        let message = format!("`{word}` is given no weights: name the groups, or leave `{{}}` out");
        reader.out_of_range(given.place, message);
        return None;
    }
    let is_setting = |name: &str| kind.settings.iter().any(|setting| setting.name == name);
    let read: Vec<_> = entries
        .iter()
        .filter(|entry| !is_setting(&entry.key.value))
        .map(|entry| Some((entry.key.clone(), Positive::read(&entry.value, reader)?)))
        .collect();
    read.into_iter().collect()
}

fn unknown_setting(word: &str, key: &At<String>, known: &[&str], reader: &mut Reader<'_>) {
    let message = format!(
        "`{word}` has no `{}`: it knows `{}`",
        super::reader::shortened(&key.value),
        known.join("`, `")
    );
    reader.report(codes::UNKNOWN_FIELD, key.place, message);
}

fn read_value(setting: &Setting, node: &Node, reader: &mut Reader<'_>) -> Option<Value> {
    Some(match setting.form {
        Form::Count => Value::Count(NonZeroU64::read(node, reader)?.get()),
        Form::Number => Value::Number(Positive::read(node, reader)?.get()),
        Form::Duration => {
            let ns = Duration::read(node, reader)?.ns();
            if ns == 0 {
                let message = format!("`{}` is a time above 0", setting.name);
                reader.out_of_range(node.place, message);
                return None;
            }
            Value::Duration(ns)
        }
        Form::Switch => Value::Switch(bool::read(node, reader)?),
        Form::View => Value::View(match View::read(node, reader)? {
            View::Central => rules::View::Central,
            View::Caller => rules::View::Caller,
        }),
        Form::Luck => Value::Luck(Luck::read(node, reader)?.rule()),
        Form::Key => Value::Key(String::read(node, reader)?),
    })
}

fn show_value(value: &Value) -> Node {
    Node::text(match value {
        Value::Count(count) => count.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Duration(ns) => Duration::from_ns(*ns as f64).to_string(),
        Value::Switch(switch) => switch.to_string(),
        Value::View(rules::View::Central) => "central".to_owned(),
        Value::View(rules::View::Caller) => "caller".to_owned(),
        Value::Luck(rules::Luck::Drawn) => "drawn".to_owned(),
        Value::Luck(rules::Luck::Fixed) => "fixed".to_owned(),
        Value::Key(name) => name.clone(),
    })
}

fn settings_schema(kind: &Kind, definitions: &mut Definitions) -> Json {
    let mut properties = serde_json::Map::new();
    for setting in kind.settings {
        let mut schema = match setting.form {
            Form::Count => NonZeroU64::schema(definitions),
            Form::Number => Positive::schema(definitions),
            Form::Duration => Duration::schema(definitions),
            Form::Switch => bool::schema(definitions),
            Form::View => View::schema(definitions),
            Form::Luck => Luck::schema(definitions),
            Form::Key => String::schema(definitions),
        };
        if let Json::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), json!(setting.about));
            if let Some(default) = setting.default {
                schema.insert("default".to_owned(), default_value(default));
            }
        }
        properties.insert(setting.name.to_owned(), schema);
    }
    if kind.by_group {
        let mut schema = json!({ "type": "object", "additionalProperties": Positive::schema(definitions), "minProperties": 1 });
        if !properties.is_empty() {
            schema["properties"] = Json::Object(properties);
        }
        return schema;
    }
    let required = kind.settings.iter().filter(|setting| setting.required);
    json!({
        "type": "object",
        "properties": properties,
        "required": required.map(|setting| setting.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}
