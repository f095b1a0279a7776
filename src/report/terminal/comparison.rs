//! Two architectures in a terminal: the answer, what changes, what it costs, and the differences that matter.

use std::fmt::Write as _;

use super::{Look, painted_list, section, title};
use crate::analysis::Comparison;
use crate::report::tables;
use crate::report::text::{plain, wrapped};

/// Two architectures; the sentence that says it all comes first.
pub fn comparison(of: &Comparison, look: Look) -> String {
    let width = look.columns();
    let mut out = String::new();
    for line in wrapped("", &plain(&of.sentence), width).lines() {
        let _ = writeln!(out, "{}", look.bold(line));
    }
    out.push('\n');
    for (letter, name, side) in tables::sides(of) {
        // Names are whole: what tells them apart may stand anywhere in them.
        let file = plain(&side.file);
        let file = if name.contains(&file) {
            String::new()
        } else {
            format!(" ({file})")
        };
        out += &wrapped(&format!("{letter}  "), &format!("{name}{file}"), width);
    }
    out += &made(of, width);
    for warning in tables::warnings(of) {
        out += &painted_list("warning", 33, &plain(&warning), look);
    }
    section(&mut out, &tables::changes(of), look);
    let unsteady = tables::unsteady(of);
    if !unsteady.is_empty() {
        title(&mut out, "Without a steady state", look);
    }
    for line in unsteady {
        out += &wrapped("  ", &plain(&line), width);
    }
    if let Some(total) = tables::total(of) {
        title(&mut out, "Cost", look);
        out += &wrapped("  ", &total, width);
    }
    let material = tables::material(of);
    section(&mut out, &material, look);
    let others = tables::others(of, true);
    if material.rows.is_empty() && !others.is_empty() {
        out.push('\n');
    }
    out += &wrapped("  ", &others, width);
    if material.columns.iter().any(|(head, _)| *head == "Gain") && !material.rows.is_empty() {
        let gain = "Gain: how many times narrower the interval of B − A is than it would be without pairs, at equal work.";
        out += &wrapped("  ", gain, width);
    }
    if !of.only.is_empty() {
        title(&mut out, "Not compared", look);
        for line in &of.only {
            out += &wrapped("  ", &plain(line), width);
        }
    }
    out.push('\n');
    out + &wrapped("", &format!("{}.", tables::reading(&of.first)), width)
}

/// How both were made; once where it is the same.
fn made(of: &Comparison, width: usize) -> String {
    let (first, second) = (tables::made(&of.first), tables::made(&of.second));
    if first == second {
        return wrapped("   ", &first, width);
    }
    wrapped("   ", &format!("A: {first}"), width) + &wrapped("   ", &format!("B: {second}"), width)
}
