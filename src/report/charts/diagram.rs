//! The topology as text, for tools that draw it themselves: Mermaid in Markdown, Graphviz anywhere.

use std::fmt::Write as _;

use super::topology::{parts, state};
use crate::analysis::RunResult;
use crate::report::format;
use crate::report::text::plain;

/// The topology as a Mermaid flow chart (`topology.mmd`).
pub fn mermaid(result: &RunResult) -> String {
    let parts = parts(result);
    let mut out = String::from("flowchart LR\n");
    for (at, (name, component)) in parts.boxes.iter().enumerate() {
        let (open, close) = if component.is_some() {
            ("[", "]")
        } else {
            ("([", "])")
        };
        let state = component.map_or(String::new(), |component| {
            format!("<br/>{}", entities(&state(component)))
        });
        let _ = writeln!(out, "  n{at}{open}\"{}{state}\"{close}", entities(name));
    }
    for (from, to, rate) in &parts.lines {
        let _ = writeln!(
            out,
            "  n{from} -->|\"{}\"| n{to}",
            entities(&format::rate(*rate))
        );
    }
    out
}

/// Everything that Mermaid or HTML would read as a mark, as its number.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in plain(text).chars() {
        if letter.is_alphanumeric() || " -_.,:/×·%+()".contains(letter) {
            out.push(letter);
        } else {
            let _ = write!(out, "#{};", letter as u32);
        }
    }
    out
}

/// The topology in the language of Graphviz (`topology.dot`).
pub fn dot(result: &RunResult) -> String {
    let parts = parts(result);
    let mut out = String::from(
        "digraph topology {\n  rankdir=LR;\n  node [shape=box, fontname=\"DejaVu Sans\"];\n",
    );
    out += "  edge [fontname=\"DejaVu Sans\", fontsize=10];\n";
    for (at, (name, component)) in parts.boxes.iter().enumerate() {
        let (state, style) = match component {
            Some(component) => (format!("\\n{}", quoted(&state(component))), ""),
            None => (String::new(), ", style=dashed"),
        };
        let _ = writeln!(out, "  n{at} [label=\"{}{state}\"{style}];", quoted(name));
    }
    for (from, to, rate) in &parts.lines {
        let _ = writeln!(
            out,
            "  n{from} -> n{to} [label=\"{}\"];",
            quoted(&format::rate(*rate))
        );
    }
    out + "}\n"
}

/// Text for a quoted label: marks escaped, and no entities.
fn quoted(text: &str) -> String {
    plain(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
