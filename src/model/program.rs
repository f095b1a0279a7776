//! Blocks and steps as they are read: which verb a map holds, and whether its modifiers belong to that verb.

use super::choice::Alternative;
use super::fields::{Field, Record};
use super::reader::{Reader, glued, shortened};
use super::shape::{ASSUMED, Definitions, Shape};
use super::step::{Block, Step, Verb};
use super::synonym;
use crate::source::{At, Content, Diagnostic, Entry, Node, codes, suggest};
use serde_json::{Value, json};

/// One verb of the language.
pub struct VerbForm {
    /// The word and what it means.
    pub alternative: Alternative,
    /// Its fields: the verb itself first, then its modifiers.
    pub fields: fn() -> Vec<Field>,
    /// Modifiers that are not supported yet.
    pub later: fn() -> Vec<&'static str>,
}

impl VerbForm {
    /// The verb.
    pub fn word(&self) -> &'static str {
        self.alternative.words[0]
    }

    fn takes(&self, modifier: &str) -> bool {
        (self.fields)().iter().any(|field| field.name == modifier)
            || (self.later)().contains(&modifier)
    }
}

/// The form of a verb whose parameters are this record.
pub(super) fn form<R: Record + Shape>(words: &'static [&'static str], about: String) -> VerbForm {
    let alternative = Alternative {
        words,
        about,
        parameters: Some(R::schema),
        bare: R::needs_nothing(),
    };
    VerbForm {
        alternative,
        fields: R::fields,
        later: R::later,
    }
}

/// The modifier that every step may have.
const LABEL: &str = "label";

impl Shape for Block {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Content::Map(entries) = &node.content
            && let [Entry { key, value }] = entries.as_slice()
            && key.value == "do"
            && !value.is_null()
        {
            return Block::read(value, reader);
        }
        let steps = match &node.content {
            Content::List(_) => Vec::<Step>::read(node, reader)?,
            _ => vec![Step::read(node, reader)?],
        };
        Some(Self {
            steps,
            place: node.place,
        })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.define("Block", |definitions| {
            let step = Step::schema(definitions);
            json!({
                "description": "One step, or a list of steps.",
                "anyOf": [
                    step,
                    { "type": "array", "items": step },
                    { "type": "object", "properties": { "do": { "$ref": "#/$defs/Block" } }, "required": ["do"], "additionalProperties": false },
                    { "type": "string", "pattern": ASSUMED },
                ],
            })
        })
    }

    fn show(&self) -> Option<Node> {
        self.steps.show()
    }
}

impl Shape for Step {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let (verb, label) = match &node.content {
            Content::Plain(word) if !node.is_null() => (read_word(word, node, reader)?, None),
            Content::Map(entries) => {
                let word = find_verb(node, entries, reader);
                let label = match node.get(LABEL) {
                    Some(label) => Some(At::<String>::read(label, reader)?),
                    None => None,
                };
                let (rest, clean) = without_strangers(node, entries, word?, reader);
                (Verb::read(word?, &rest, reader).filter(|_| clean)?, label)
            }
            _ => {
                reader.wrong_shape(
                    node.place,
                    format!(
                        "a step is a map with one verb, as in `call: web.home`, not {}",
                        node.kind()
                    ),
                );
                return None;
            }
        };
        Some(Self {
            verb,
            label,
            place: node.place,
        })
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.define("Step", |definitions| {
            let mut forms = Vec::new();
            for verb in Verb::forms() {
                if verb.alternative.bare {
                    forms.push(json!({ "const": verb.word(), "description": verb.alternative.about }));
                }
                let mut properties = serde_json::Map::new();
                for field in (verb.fields)() {
                    let mut schema = (field.schema)(definitions);
                    schema["description"] = Value::String(field.about);
                    if let Some(default) = field.default {
                        schema["default"] = super::fields::default_value(default);
                    }
                    properties.insert(field.name, schema);
                }
                properties.insert(
                    LABEL.to_owned(),
                    json!({ "type": "string", "description": "A name that keeps this step's draws the same when the model around it changes." }),
                );
                let fields = (verb.fields)();
                let mut required: Vec<&str> = vec![verb.word()];
                required.extend(fields.iter().filter(|field| field.required && field.name != verb.word()).map(|field| field.name.as_str()));
                forms.push(json!({
                    "type": "object",
                    "description": verb.alternative.about,
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                }));
            }
            json!({ "description": "One verb with its modifiers.", "anyOf": forms })
        })
    }

    fn show(&self) -> Option<Node> {
        let mut entries = Vec::new();
        self.verb.show_into(&mut entries);
        if entries.is_empty() {
            return Some(Node::text(self.verb.word()));
        }
        if let Some(label) = &self.label {
            entries.push((LABEL.to_owned(), Node::text(label.value.as_str())));
        }
        Some(Node::map(entries))
    }
}

/// A step that is a word alone.
fn read_word(word: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Verb> {
    let forms = Verb::forms();
    match forms.iter().find(|form| form.word() == word) {
        Some(form) if form.alternative.bare => Verb::read(
            form.word(),
            &Node::new(Content::Map(Vec::new()), node.place),
            reader,
        ),
        Some(_) => {
            reader.report(
                codes::NOT_ONE_VERB,
                node.place,
                format!("`{word}` needs to say what: `{word}: …`"),
            );
            None
        }
        None if Verb::LATER.contains(&word) => {
            reader.later(node.place, word);
            None
        }
        None => {
            let bare = forms
                .iter()
                .filter(|form| form.alternative.bare)
                .map(VerbForm::word);
            let hint = reader.suggest(word, bare);
            let message = format!("`{}` alone is no step", shortened(word));
            reader.push(
                Diagnostic::new(codes::NOT_ONE_VERB, message)
                    .at(node.place)
                    .maybe_hint(hint),
            );
            None
        }
    }
}

/// The one verb of a step.
fn find_verb(node: &Node, entries: &[Entry], reader: &mut Reader<'_>) -> Option<&'static str> {
    let forms = Verb::forms();
    let words: Vec<&'static str> = forms.iter().map(VerbForm::word).collect();
    let is_verb = |entry: &&Entry| {
        words.contains(&entry.key.value.as_str()) || Verb::LATER.contains(&entry.key.value.as_str())
    };
    let verbs: Vec<&Entry> = entries.iter().filter(is_verb).collect();
    match verbs.as_slice() {
        [verb] => {
            let word = words.iter().find(|word| **word == verb.key.value).copied();
            if word.is_none() {
                reader.later(verb.key.place, &verb.key.value);
            }
            word
        }
        [] => {
            let near = |entry: &Entry| {
                suggest::nearest(&entry.key.value, words.iter().copied())
                    .map(|word| (entry.key.clone(), word))
            };
            let said = |entry: &Entry| {
                let key = &entry.key;
                let hint = glued(&key.value).or_else(|| synonym::hint(&key.value, &words));
                hint.map(|hint| {
                    let message = format!(
                        "`{}` is no verb, and a step needs one",
                        shortened(&key.value)
                    );
                    Diagnostic::new(codes::NOT_ONE_VERB, message)
                        .at(key.place)
                        .hint(hint)
                })
            };
            if let Some(said) = entries.iter().find_map(said) {
                reader.push(said);
                return None;
            }
            let diagnostic = match entries.iter().find_map(near) {
                Some((key, word)) => {
                    let message = format!(
                        "`{}` is no verb, and a step needs one",
                        shortened(&key.value)
                    );
                    Diagnostic::new(codes::NOT_ONE_VERB, message)
                        .at(key.place)
                        .hint(format!("did you mean `{word}`?"))
                }
                None => Diagnostic::new(
                    codes::NOT_ONE_VERB,
                    "a step needs a verb, as in `call: web.home` or `compute: 5ms`",
                )
                .at(entries.first().map_or(node.place, |entry| entry.key.place))
                .hint(format!(
                    "the verbs are {}",
                    words
                        .iter()
                        .map(|word| format!("`{word}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            };
            reader.push(diagnostic);
            None
        }
        [first, second, ..] => {
            let message = format!(
                "a step has one verb, not `{}` and `{}`",
                first.key.value, second.key.value
            );
            let diagnostic = Diagnostic::new(codes::NOT_ONE_VERB, message)
                .at(second.key.place)
                .label(first.key.place, "the first verb");
            reader.push(diagnostic.hint(format!(
                "make two steps of it: `[{{ {}: … }}, {{ {}: … }}]`",
                first.key.value, second.key.value
            )));
            None
        }
    }
}

/// The step without its label and without modifiers of other verbs, which are complained about.
fn without_strangers(
    node: &Node,
    entries: &[Entry],
    verb: &str,
    reader: &mut Reader<'_>,
) -> (Node, bool) {
    let forms = Verb::forms();
    let mut kept = Vec::with_capacity(entries.len());
    let mut clean = true;
    for entry in entries {
        let name = entry.key.value.as_str();
        let own = forms
            .iter()
            .any(|form| form.word() == verb && form.takes(name));
        let others: Vec<String> = forms
            .iter()
            .filter(|form| form.takes(name))
            .map(|form| format!("`{}`", form.word()))
            .collect();
        if name == LABEL {
            continue;
        }
        if own || others.is_empty() {
            kept.push(entry.clone());
            continue;
        }
        clean = false;
        let (last, before) = others
            .split_last()
            .map_or((String::new(), String::new()), |(last, before)| {
                (last.clone(), before.join(", "))
            });
        let owners = if before.is_empty() {
            last
        } else {
            format!("{before} and {last}")
        };
        reader.report(
            codes::FOREIGN_MODIFIER,
            entry.key.place,
            format!("`{name}` belongs to {owners}, not to `{verb}`"),
        );
    }
    (
        Node {
            place: node.place,
            origin: node.origin,
            content: Content::Map(kept),
        },
        clean,
    )
}

/// One declaration of the verbs: the enum of steps, and how each is read and shown.
macro_rules! verbs {
    (
        $(#[doc = $about:literal])+
        pub enum $Type:ident {
            $( $(#[doc = $doc:literal])+ $Variant:ident ($Payload:ty) = $word:literal ),* $(,)?
        }
        later: [$($later:literal),* $(,)?];
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub enum $Type {
            $( $(#[doc = $doc])+ $Variant($Payload), )*
        }

        impl $Type {
            /// Verbs of the language that are not supported yet.
            pub const LATER: &'static [&'static str] = &[$($later),*];

            /// All verbs with their modifiers.
            pub fn forms() -> Vec<$crate::model::program::VerbForm> {
                vec![$( $crate::model::program::form::<$Payload>(&[$word], $crate::model::fields::paragraph(&[$($doc),+])) ),*]
            }

            /// The verb's word.
            pub fn word(&self) -> &'static str {
                match self {
                    $( Self::$Variant(_) => $word, )*
                }
            }

            /// Reads the step of this verb.
            pub(super) fn read(word: &str, node: &$crate::source::Node, reader: &mut $crate::model::reader::Reader<'_>) -> Option<Self> {
                match word {
                    $( $word => <$Payload as $crate::model::shape::Shape>::read(node, reader).map(Self::$Variant), )*
                    _ => None,
                }
            }

            /// Shows the verb and its modifiers.
            pub(super) fn show_into(&self, entries: &mut Vec<(String, $crate::source::Node)>) {
                match self {
                    $( Self::$Variant(step) => $crate::model::fields::Record::show_into(step, entries), )*
                }
            }
        }
    };
}
