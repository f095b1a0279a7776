//! `explain`: a model with nothing left unsaid, its program, or what a code of a complaint means.

use std::path::{Path, PathBuf};

use clap::Args;

use super::console::{self, Console, Voice};
use super::document::Document;
use super::ending::{Ending, Result, Trouble};
use super::list::{no_such_word, said_of};
use super::options::Changes;
use crate::model;
use crate::plan::Plan;
use crate::plan::listing::{listing, placement};
use crate::source::{Code, codes, suggest};

/// Show a model with all defaults filled in, its program, or what a code or a word of the language means.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof explain models/first.yaml            the model with nothing left unsaid
  scaleproof explain models/first.yaml --plan     the program that is simulated
  scaleproof explain E014                         what the error E014 is about
  scaleproof explain call                         every key of a step, a section or another map

Exit codes: 0 fine, 2 when the model has errors or the code does not exist.")]
pub(super) struct Arguments {
    /// A model, a code like E014, W400 or A500, or a word of the language like `service` or `call`.
    #[arg(value_name = "MODEL|CODE|WORD")]
    what: PathBuf,

    /// Show the program that the model is compiled to.
    #[arg(long)]
    plan: bool,

    #[command(flatten)]
    changes: Changes,
}

/// Columns that explanations are wrapped at.
const WIDTH: usize = 80;

pub(super) fn run(arguments: &Arguments, data: Option<&Path>, console: Console) -> Result {
    if let Some(id) = code_of(&arguments.what) {
        let code = codes::find(id).ok_or_else(|| unknown(id))?;
        console::print(&page(code))?;
        return Ok(Ending::Fine);
    }
    if let Some(word) = word_of(&arguments.what) {
        console::print(&said_of(word).ok_or_else(|| no_such_word(word))?)?;
        return Ok(Ending::Fine);
    }
    let document = Document::open(&arguments.what, &arguments.changes.settings(), data)?;
    let plan = document.plan(console, Voice::Usual)?;
    let text = match &document.model {
        Some(model) if !arguments.plan => model::show(model) + &who_stands_where(plan),
        _ => listing(plan),
    };
    console::print(&console::shown(&text))?;
    Ok(Ending::Fine)
}

/// Comments below a model with hosts, so that it stays one that can be read.
fn who_stands_where(plan: &Plan) -> String {
    let lines = placement(plan);
    if lines.is_empty() {
        return String::new();
    }
    let comment = |line: &String| format!("#   {line}\n");
    let title = "\n# Who stands where:\n".to_owned();
    title + &lines.iter().map(comment).collect::<String>()
}

/// The code that is meant, if it looks like one and no file has that name.
fn code_of(what: &Path) -> Option<&str> {
    let text = what.to_str()?;
    let (letter, digits) = text.split_at_checked(1)?;
    let is_code = letter.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !digits.is_empty()
        && digits.len() <= 4
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_code && !what.exists()).then_some(text)
}

/// The word of the language that is meant, if no file has that name.
fn word_of(what: &Path) -> Option<&str> {
    let text = what.to_str()?;
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '-';
    (text.chars().all(is_word) && !what.exists()).then_some(text)
}

fn unknown(id: &str) -> Trouble {
    let id = id.to_ascii_uppercase();
    let near = suggest::nearest(&id, codes::ALL.iter().map(|code| code.id));
    let hint = near.map_or_else(String::new, |near| format!("; the nearest is {near}"));
    Trouble::Because(format!(
        "there is no code {id}{hint} (`scaleproof list codes` has them all)"
    ))
}

fn page(code: Code) -> String {
    let severity = code.severity().word();
    let title = format!("{severity}[{}]: {}\n\n", code.id, code.title);
    title + &wrapped(code.explanation, WIDTH)
}

/// Text in lines of at most so many columns, where words allow.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        }
        if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_files() {
        for code in ["E014", "e014", "W4", "X999"] {
            assert_eq!(code_of(Path::new(code)), Some(code));
        }
        for file in ["E014.yaml", "", "shop", "E01455", "Cargo.toml", "é1"] {
            assert_eq!(code_of(Path::new(file)), None, "{file}");
        }
    }

    #[test]
    fn every_code_has_a_page_that_fits() {
        for &code in codes::ALL {
            let page = page(code);
            assert!(
                page.contains(code.id) && page.lines().count() > 2,
                "{}",
                code.id
            );
        }
        assert_eq!(wrapped("one two  three", 7), "one two\nthree\n");
    }
}
