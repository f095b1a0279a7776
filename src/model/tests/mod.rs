//! The language, from text to structs and back.
#![expect(clippy::unwrap_used, reason = "tests")]

mod assumptions;
mod described;
mod everything;
mod hostile;
mod laws;
mod loads;
mod manual;
mod mistakes;
mod settings;
mod validator;

use super::{Model, read};
use crate::source::{Diagnostics, Sources, render};

/// Reads a text with settings.
fn reading(text: &str, sets: &[(&str, &str)]) -> (Option<Model>, Sources, Diagnostics) {
    let mut sources = Sources::new();
    let file = sources.add("model.yaml", text);
    let sets: Vec<(String, String)> = sets
        .iter()
        .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
        .collect();
    let (model, diagnostics) = read(&mut sources, file, &sets);
    (model, sources, diagnostics)
}

/// Reads a text in which nothing is wrong.
fn good(text: &str) -> Model {
    let (model, sources, diagnostics) = reading(text, &[]);
    assert!(
        diagnostics.is_empty(),
        "{}",
        render::all(&diagnostics, &sources, render::Colour::Never)
    );
    model.unwrap()
}

/// What is wrong with a text: the code and the words under the caret of each complaint.
fn complaints(text: &str) -> Vec<String> {
    let (_, sources, diagnostics) = reading(text, &[]);
    let words = |diagnostic: &crate::source::Diagnostic| {
        let words = diagnostic.place.map_or("", |place| sources.slice(place));
        format!("{} {words}", diagnostic.code.id)
    };
    diagnostics.iter().map(words).collect()
}

/// A model whose only service has these lines as its endpoint's block.
fn with_steps(steps: &str) -> String {
    let steps = steps
        .lines()
        .map(|line| format!("        {line}\n"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "scaleproof: model/1\nname: small\nworkloads: {{ w: {{ open: {{ rate: 1/s }}, mix: {{ s.e: 1 }} }} }}\n\
         services:\n  s:\n    endpoints:\n      e:\n{steps}"
    )
}

/// A model with these lines beside the least that a model needs.
fn with(lines: &str) -> String {
    let workloads = "workloads: { w: { open: { rate: 1/s }, mix: { s.e: 1 } } }\n";
    let workloads = if lines.contains("workloads:") {
        ""
    } else {
        workloads
    };
    format!("scaleproof: model/1\nname: small\n{workloads}{lines}\n")
}
