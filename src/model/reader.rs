//! The one who reads: collects what is wrong, in the same words everywhere.

use super::{names, synonym};
use crate::source::{
    At, Code, Content, Diagnostic, Diagnostics, Entry, Node, Place, codes, render, suggest, yaml,
};
use crate::units::{Problem, QuantityError};
use std::collections::{BTreeMap, BTreeSet};

/// Collects the complaints of one reading.
pub struct Reader<'d> {
    diagnostics: &'d mut Diagnostics,
    /// Where values were written that are used elsewhere.
    origins: BTreeMap<Place, Place>,
    /// Places of `$name`s that stand for nothing: complained about already.
    unknown: BTreeSet<Place>,
}

impl<'d> Reader<'d> {
    /// A reader of this tree, which may hold `$name`s that were complained about at `unknown`.
    pub fn new(root: &Node, unknown: BTreeSet<Place>, diagnostics: &'d mut Diagnostics) -> Self {
        let mut origins = BTreeMap::new();
        collect_origins(root, &mut origins);
        Self {
            diagnostics,
            origins,
            unknown,
        }
    }

    /// Adds a complaint; one about a value from elsewhere also shows where that was written.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let Some(place) = diagnostic.place else {
            return self.diagnostics.push(diagnostic);
        };
        if self.unknown.contains(&place) {
            return;
        }
        self.diagnostics.push(match self.origins.get(&place) {
            Some(origin) => diagnostic.label(*origin, "this is what stands there"),
            None => diagnostic,
        });
    }

    /// Adds a complaint without more ado.
    pub fn report(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.push(Diagnostic::new(code, message).at(place));
    }

    /// What may have been meant by a name; nobody reads the hints of a flood.
    pub fn suggest<'c>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'c str>,
    ) -> Option<String> {
        if self.diagnostics.len() >= render::MOST_DRAWN {
            return None;
        }
        let known: Vec<&str> = known.into_iter().collect();
        glued(name)
            .or_else(|| synonym::hint(name, &known))
            .or_else(|| suggest::hint(name, known))
    }

    /// A map, a list or a single value where something else belongs.
    pub fn wrong_shape(&mut self, place: Place, message: impl Into<String>) {
        self.report(codes::WRONG_SHAPE, place, message);
    }

    /// A value that cannot be.
    pub fn out_of_range(&mut self, place: Place, message: impl Into<String>) {
        self.report(codes::OUT_OF_RANGE, place, message);
    }

    /// Fields that exclude each other, or have no meaning in this company.
    pub fn contradiction(&mut self, place: Place, message: impl Into<String>) {
        self.report(codes::CONTRADICTION, place, message);
    }

    /// Something of the language that is not simulated yet.
    pub fn later(&mut self, place: Place, name: &str) {
        self.report(
            codes::NOT_SUPPORTED,
            place,
            format!("`{name}` is not supported yet"),
        );
    }

    /// A word that does not exist, with what may have been meant.
    pub fn unknown(&mut self, word: &At<String>, what: &str, known: &[&str]) {
        let message = format!("there is no {what} `{}`", shortened(&word.value));
        let hint = self.suggest(&word.value, known.iter().copied());
        self.push(
            Diagnostic::new(codes::UNKNOWN_WORD, message)
                .at(word.place)
                .maybe_hint(hint),
        );
    }

    /// None or several of fields that are alternatives.
    pub fn exactly_one(&mut self, node: &Node, who: &str, fields: &[&str]) {
        let given: Vec<&Entry> = fields
            .iter()
            .filter_map(|field| node.entry(field))
            .collect();
        let names = fields
            .iter()
            .map(|field| format!("`{field}`"))
            .collect::<Vec<_>>();
        let (last, others) = names
            .split_last()
            .map_or((String::new(), String::new()), |(last, others)| {
                (last.clone(), others.join(", "))
            });
        let message = format!("{who} needs exactly one of {others} and {last}");
        let place = given.get(1).map_or(node.place, |entry| entry.key.place);
        let mut diagnostic = Diagnostic::new(codes::EXACTLY_ONE, message).at(place);
        if given.len() > 1 {
            diagnostic = diagnostic.label(given[0].key.place, "the other one is here");
        }
        self.push(diagnostic);
    }

    /// A field that is needed; `known` are those of which one would do.
    pub fn missing(&mut self, node: &Node, message: impl Into<String>, known: &[&str]) {
        let hint = (!known.is_empty()).then(|| {
            format!(
                "one of {}",
                known
                    .iter()
                    .map(|it| format!("`{it}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        });
        self.push(
            Diagnostic::new(codes::MISSING_FIELD, message)
                .at(node.place)
                .maybe_hint(hint),
        );
    }

    /// What is wrong with a quantity.
    pub fn quantity(&mut self, node: &Node, error: &QuantityError) {
        let code = match error.problem {
            Problem::MissingUnit | Problem::OneOfWhat => codes::MISSING_UNIT,
            Problem::WrongDimension(_) => codes::WRONG_DIMENSION,
            Problem::UnknownUnit(_) => codes::UNKNOWN_UNIT,
            Problem::NotANumber => codes::NOT_A_QUANTITY,
            Problem::Negative | Problem::TooLarge(_) => codes::QUANTITY_OUT_OF_RANGE,
            Problem::NotWhole => codes::FRACTIONAL_COUNT,
            Problem::OddSpelling(_) => codes::ODD_SPELLING,
        };
        self.push(
            Diagnostic::new(code, error.to_string())
                .at(node.place)
                .maybe_hint(error.hint()),
        );
    }

    /// The text of a single value.
    pub fn scalar<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match node.as_text() {
            Some(text) if !node.is_null() => Some(text),
            _ => {
                self.wrong_shape(
                    node.place,
                    format!("{what} belongs here, not {}", node.kind()),
                );
                None
            }
        }
    }

    /// The name and the value of a map with one name.
    pub fn single<'n>(&mut self, node: &'n Node, rule: &str) -> Option<(At<String>, &'n Node)> {
        match &node.content {
            Content::Map(entries) if entries.len() == 1 && !entries[0].value.is_null() => {
                Some((entries[0].key.clone(), &entries[0].value))
            }
            Content::Map(entries) if entries.len() == 1 => {
                self.report(
                    codes::EMPTY_VALUE,
                    entries[0].key.place,
                    format!("`{}` has no value", entries[0].key.value),
                );
                None
            }
            Content::Map(entries) => {
                let place = entries.get(1).map_or(node.place, |entry| entry.key.place);
                self.wrong_shape(
                    place,
                    format!("{rule}: a map with one name, not {}", entries.len()),
                );
                None
            }
            _ => {
                self.wrong_shape(node.place, format!("{rule}, not {}", node.kind()));
                None
            }
        }
    }

    /// Whether this can be the name of something; if not, it is said why.
    pub fn good_name(&mut self, name: &At<String>) -> bool {
        match names::complaint(&name.value) {
            None => true,
            Some((code, message, hint)) => {
                self.push(
                    Diagnostic::new(code, message)
                        .at(name.place)
                        .maybe_hint(hint),
                );
                false
            }
        }
    }
}

fn collect_origins(node: &Node, origins: &mut BTreeMap<Place, Place>) {
    if let Some(origin) = node.origin {
        origins.insert(node.place, origin);
    }
    match &node.content {
        Content::Map(entries) => entries
            .iter()
            .for_each(|entry| collect_origins(&entry.value, origins)),
        Content::List(nodes) => nodes.iter().for_each(|node| collect_origins(node, origins)),
        _ => {}
    }
}

/// A hint about a word like `replicas:3`.
pub(super) fn glued(word: &str) -> Option<String> {
    let (key, value) = yaml::glued_word(word)?;
    Some(format!("a colon is followed by a space: `{key}: {value}`"))
}

/// A text of the document as messages quote it.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
