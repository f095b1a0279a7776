//! The manual: every key of a record, a section or a verb, with what it may be, its default and an example.
//!
//! Nothing is written down here. Rows are read off the schema, which comes from the declarations that models are read by.

use super::names::is_kebab_case;
use serde_json::{Map, Value};

/// What the manual says of one word of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it is.
    pub about: String,
    /// Its keys: those that are needed first.
    pub keys: Vec<Key>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// What it may be: `a duration`, `one of …`.
    pub kind: String,
    /// What it is when absent, as YAML; nothing where its absence says that.
    pub default: Option<String>,
    /// Whether it must be given.
    pub needed: bool,
    /// A value that it may have, as YAML.
    pub example: String,
}

/// The manual, from the schema of a model.
pub struct Manual {
    schema: Value,
}

/// A choice of more words than this is listed elsewhere.
const MANY: usize = 8;

impl Default for Manual {
    fn default() -> Self {
        Self {
            schema: super::schema(),
        }
    }
}

impl Manual {
    /// The page of a section (`services` or `service`), a verb, or anything else that is a map in a model (`retry`, `hot-set`).
    pub fn page(&self, word: &str) -> Option<Page> {
        let record = self.record(word)?;
        let needed = record["required"].as_array();
        let is_needed =
            |name: &str| needed.is_some_and(|needed| needed.iter().any(|it| it == name));
        let fields = record["properties"].as_object()?;
        let key = |(name, schema): (&String, &Value)| self.key(name, schema, is_needed(name));
        let mut keys: Vec<Key> = fields.iter().map(key).collect();
        keys.sort_by_key(|key| (key.name != word, !key.needed));
        let about = record["description"].as_str().unwrap_or_default();
        Some(Page {
            about: about.to_owned(),
            keys,
        })
    }

    fn record(&self, word: &str) -> Option<&Value> {
        let section = || self.sections().find(|(name, _)| named(name, word));
        match self.verb(word) {
            Some(verb) => Some(verb),
            None if word == "model" => self.definition("Model"),
            None => match section() {
                Some((_, record)) => Some(record),
                None => self.by_name(word),
            },
        }
    }

    /// The schema of a key.
    #[cfg(test)]
    pub(super) fn schema_of(&self, word: &str, key: &str) -> Option<Value> {
        self.record(word)?["properties"].get(key).cloned()
    }

    /// Everything that has a page: sections first, then verbs, then all other maps.
    pub fn words(&self) -> Vec<String> {
        let sections = self.sections().map(|(name, _)| name.to_owned());
        let verbs = self.verbs().filter_map(|verb| verb["required"][0].as_str());
        let definitions = self.schema["$defs"].as_object().into_iter().flatten();
        let maps = definitions.filter(|(_, it)| it["properties"].is_object());
        let mut words: Vec<String> = sections.collect();
        words.extend(verbs.map(str::to_owned));
        words.extend(maps.map(|(name, _)| kebab(name)));
        let mut seen = std::collections::BTreeSet::new();
        words.retain(|word| is_kebab_case(word) && seen.insert(word.clone()));
        words
    }

    /// Where a key stands: the words of the pages that have it, with what they say of it.
    pub fn places(&self, key: &str) -> Vec<(String, Key)> {
        let of = |word: String| {
            let page = self.page(&word)?;
            let own = page.keys.into_iter().find(|own| own.name == key)?;
            Some((word, own))
        };
        self.words().into_iter().filter_map(of).collect()
    }

    fn definition(&self, name: &str) -> Option<&Value> {
        self.schema["$defs"].get(name)
    }

    /// The sections of a model with what stands in each.
    fn sections(&self) -> impl Iterator<Item = (&str, &Value)> {
        let fields = self.definition("Model").map(|model| &model["properties"]);
        let fields = fields.and_then(Value::as_object).into_iter().flatten();
        fields.filter_map(|(name, schema)| {
            let inside = [&schema["additionalProperties"], &schema["items"], schema];
            let record = inside
                .into_iter()
                .find_map(|inside| self.referred(inside))?;
            record["properties"]
                .is_object()
                .then_some((name.as_str(), record))
        })
    }

    fn verbs(&self) -> impl Iterator<Item = &Value> {
        let step = self.definition("Step").map(|step| &step["anyOf"]);
        let forms = step.and_then(Value::as_array).into_iter().flatten();
        forms.filter(|form| form["properties"].is_object())
    }

    fn verb(&self, word: &str) -> Option<&Value> {
        self.verbs().find(|verb| verb["required"][0] == word)
    }

    fn by_name(&self, word: &str) -> Option<&Value> {
        let definitions = self.schema["$defs"].as_object()?;
        let found = definitions
            .iter()
            .find(|(name, it)| it["properties"].is_object() && named(&kebab(name), word));
        found.map(|(_, record)| record)
    }

    /// What a reference leads to.
    fn referred<'m>(&'m self, schema: &Value) -> Option<&'m Value> {
        self.definition(reference(schema)?)
    }

    fn key(&self, name: &str, schema: &Value, needed: bool) -> Key {
        let shown = self.shown(schema, name, 0);
        Key {
            name: name.to_owned(),
            about: schema["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            kind: shown.kind,
            default: schema.get("default").map(yaml),
            needed,
            example: shown.example,
        }
    }

    /// What a schema allows, in words, with an example.
    fn shown(&self, schema: &Value, name: &str, depth: usize) -> Shown {
        if let (Some(word), Some(definition)) = (reference(schema), self.referred(schema)) {
            return self.defined(word, definition, name, depth);
        }
        if let Some(forms) = schema["anyOf"].as_array() {
            return self.either(forms, name, depth);
        }
        if schema.get("items").is_some() {
            let each = self.shown(&schema["items"], name, depth + 1);
            return Shown::new(
                format!("a list, each {}", each.kind),
                format!("[ {} ]", each.example),
            );
        }
        if schema["additionalProperties"].is_object() {
            let each = self.shown(&schema["additionalProperties"], name, depth + 1);
            return Shown::new(
                format!("a map of names, each with {}", each.kind),
                format!("{{ some-name: {} }}", each.example),
            );
        }
        if let Some(words) = schema["enum"]
            .as_array()
            .or(schema["const"].is_string().then_some(&vec![]))
        {
            let words: Vec<&str> = words
                .iter()
                .chain([&schema["const"]])
                .filter_map(Value::as_str)
                .collect();
            let first = words.first().copied().unwrap_or_default();
            return Shown::new(format!("`{}`", words.join("` or `")), first);
        }
        plain(schema)
    }

    fn defined(&self, word: &str, definition: &Value, name: &str, depth: usize) -> Shown {
        if let Some(fields) = definition["properties"].as_object() {
            return self.map(word, definition, fields, depth);
        }
        let Some(forms) = definition["anyOf"].as_array() else {
            return plain(definition);
        };
        if matches!(word, "Block" | "Step") {
            return Shown::new(
                "a step or a list of steps (`scaleproof list steps`)",
                "{ compute: 5ms }",
            );
        }
        let alone = forms[0]["description"]
            .as_str()
            .and_then(|text| text.split_once(" alone"));
        if let Some((quantity, _)) = alone {
            let topic = if word.starts_with("Count") {
                "counts"
            } else {
                "laws"
            };
            let quantity = lower(quantity);
            let example = self.quantity(&quantity);
            return Shown::new(
                format!("{quantity}, or a law of one (`scaleproof list {topic}`)"),
                example,
            );
        }
        self.choice(forms, name, depth)
    }

    /// One of several words, some of them with parameters.
    fn choice(&self, forms: &[Value], name: &str, depth: usize) -> Shown {
        let mut words: Vec<&str> = Vec::new();
        let mut examples: Vec<String> = Vec::new();
        for form in forms {
            let bare = form["enum"].as_array().into_iter().flatten();
            let single = form["properties"].as_object().into_iter().flatten();
            let bare = bare.chain(form.get("const")).filter_map(Value::as_str);
            for word in bare {
                if !words.contains(&word) {
                    words.push(word);
                    examples.push(word.to_owned());
                }
            }
            for (word, schema) in single {
                if !words.contains(&word.as_str()) {
                    words.push(word);
                    let inner = self.shown(schema, word, depth + 1);
                    examples.push(format!("{{ {word}: {} }}", inner.example));
                }
            }
        }
        let list = |words: &[&str]| format!("`{}`", words.join("`, `"));
        let kind = if words.len() > MANY {
            format!("one of {} words, as {}", words.len(), list(&words[..3]))
        } else {
            format!("one of {}", list(&words))
        };
        // The second is mostly not the default.
        let example = examples.get(1).or(examples.first()).cloned();
        Shown::new(kind, example.unwrap_or_else(|| name.to_owned()))
    }

    /// A map with fixed keys: those that must be given are its example.
    fn map(&self, word: &str, record: &Value, fields: &Map<String, Value>, depth: usize) -> Shown {
        let needed = record["required"].as_array().into_iter().flatten();
        let mut needed: Vec<&str> = needed.filter_map(Value::as_str).collect();
        let first = fields.keys().map(String::as_str).next();
        if needed.is_empty() && depth < 2 {
            needed.extend(first);
        }
        let entry = |name: &&str| {
            let inner = self.shown(&fields[*name], name, depth + 1);
            format!("{name}: {}", inner.example)
        };
        let entries: Vec<String> = needed.iter().map(entry).collect();
        let example = if entries.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{ {} }}", entries.join(", "))
        };
        let kinds = record["type"].as_array();
        let single = kinds.is_some_and(|kinds| kinds.iter().any(|it| it == "number"));
        let what = if single {
            "a map or one value"
        } else {
            "a map"
        };
        Shown::new(
            format!("{what} (`scaleproof list {}`)", kebab(word)),
            example,
        )
    }

    fn either(&self, forms: &[Value], name: &str, depth: usize) -> Shown {
        let mut kinds: Vec<String> = Vec::new();
        let mut example: Option<String> = None;
        let is_word = |form: &&Value| form["const"].is_string();
        // Words like `unlimited` come last: they are the exception.
        let ordered = forms.iter().filter(|form| !is_word(form));
        for form in ordered.chain(forms.iter().filter(is_word)) {
            if form["pattern"] == super::shape::ASSUMED {
                continue;
            }
            let shown = self.shown(form, name, depth);
            kinds.push(shown.kind);
            example.get_or_insert(shown.example);
        }
        Shown::new(kinds.join(", or "), example.unwrap_or_default())
    }

    /// An example of a quantity that is known by what it is: `a duration`.
    fn quantity(&self, what: &str) -> String {
        let definitions = self.schema["$defs"].as_object().into_iter().flatten();
        let mut same = definitions.filter_map(|(_, it)| {
            let text = it["description"].as_str()?;
            (lower(text.split_once(':')?.0) == what && it["type"].is_array())
                .then(|| plain(it).example)
        });
        same.next().unwrap_or_else(|| "1".to_owned())
    }
}

/// What may stand somewhere, and an example of it.
struct Shown {
    kind: String,
    example: String,
}

impl Shown {
    fn new(kind: impl Into<String>, example: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            example: example.into(),
        }
    }
}

/// A single value: what its description says before the colon, and the first of the examples after it.
fn plain(schema: &Value) -> Shown {
    let has = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|it| it == kind),
        one => one == kind,
    };
    let text = schema["description"].as_str().unwrap_or_default();
    if let Some((what, examples)) = text
        .split_once(": ")
        .filter(|_| has("number") || schema["pattern"].is_string())
    {
        let example = examples.split([',', ';']).next().unwrap_or_default();
        let example = example.trim_matches(['`', '.', ' ']);
        let example = example.split(" or ").next().unwrap_or_default();
        return Shown::new(lower(what), example.trim_matches('`'));
    }
    match () {
        () if schema.get("type").is_none() => Shown::new("any value", "4ms"),
        () if has("boolean") && !has("number") => Shown::new("`true` or `false`", "true"),
        () if has("number") && has("boolean") => Shown::new("a text", "some text"),
        () if has("number") => Shown::new("a number", "2"),
        () => Shown::new("a name", "some-name"),
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// Whether a name is that of a word, in the singular or the plural.
fn named(name: &str, word: &str) -> bool {
    let singular = |text: &str| {
        let text = text
            .strip_suffix("ies")
            .map_or_else(|| text.to_owned(), |stem| format!("{stem}y"));
        text.strip_suffix('s').map_or(text.clone(), str::to_owned)
    };
    name == word || singular(name) == singular(word)
}

/// `HotSet` as models would write it.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// A default as it would be written.
fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(yaml).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        other => other.to_string(),
    }
}
