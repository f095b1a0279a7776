//! `validate`: run models whose numbers are known, and say whether they come out.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;

use super::console::{self, Console, Voice};
use super::document::Document;
use super::ending::{Ending, Result, Trouble};
use super::options::Format;
use super::progress::Bar;
use super::{interrupt, reference};
use crate::analysis::{
    Ended, LeftOut, Meta, NotApplicable, VALIDATION_FORMAT, Validation, ValidationCase, Verdict,
    summarise,
};
use crate::lab::{self, Request};
use crate::plan::Plan;
use crate::report::{format, json, terminal, validation};

/// Run models whose numbers are known, and say whether they come out.
///
/// Without models: the built-in ones, with closed forms, solved chains and published results, each value with its source. A value
/// passes when it lies in the simulated 99.9 % interval and that is narrow: ±2 % of it, ±5 % for percentiles, or as the model says.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof validate                      all built-in models
  scaleproof validate --quick              the cheap ones, with intervals three times as wide
  scaleproof validate --only 'a-mm1-*'
  scaleproof validate my-queue.yaml --format json

Exit codes: 0 every value passes, 1 some value fails or is undecided, 2 a bad model, bad arguments or
trouble with files, 130 interrupted.")]
pub(super) struct Arguments {
    /// Models with `expect`, YAML files; the built-in ones when absent.
    models: Vec<PathBuf>,

    /// Leave out models that take long, and be content with intervals three times as wide.
    #[arg(long)]
    quick: bool,

    /// Only models whose name matches: `*` stands for any letters, `?` for one.
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,

    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Root of all chance: the same seed gives the same results, at any number of threads.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    /// Replications made at the same time [default: one per processor].
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroU16>,

    /// Say nothing on stderr but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Events of a first look beyond which a model is not quick.
const QUICK: f64 = 8e6;
/// A demand whose standard deviation is more than so many means is seldom seen whole in a short look, and its intervals do not hold.
const WILD: f64 = 4.0;
/// How many times wider intervals may be when it is to be quick.
const LENIENT: f64 = 3.0;

pub(super) fn run(arguments: &Arguments, data: Option<&Path>, console: Console) -> Result {
    let voice = if arguments.quiet {
        Voice::Quiet
    } else {
        Voice::Usual
    };
    let documents = documents(arguments, data)?;
    let gently = interrupt::gently();
    let mut found = Validation {
        format: VALIDATION_FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: arguments.seed,
        leniency: if arguments.quick { LENIENT } else { 1.0 },
        cases: Vec::new(),
        not_applicable: Vec::new(),
        left_out: Vec::new(),
        pass: 0,
        fail: 0,
        undecided: 0,
    };
    let request = request(arguments, &found, gently.stop());
    let all = documents.len();
    for (at, (name, document)) in documents.iter().enumerate() {
        let title = format!("{}/{all} {name}", at + 1);
        let bar = (title.as_str(), voice);
        if !judge(&mut found, (name, document), &request, bar, console)? {
            return Ok(Ending::Interrupted);
        }
    }
    drop(gently);
    console::print(&rendered(&found, arguments.format, console))?;
    Ok(Ending::missed_if(
        found.fail + found.undecided > 0 || found.pass == 0,
    ))
}

/// The models that are asked for, by name.
fn documents(arguments: &Arguments, data: Option<&Path>) -> Result<Vec<(String, Document)>> {
    let mut documents = Vec::new();
    if arguments.models.is_empty() {
        let wanted = |name: &str| {
            let glob = arguments.only.as_deref();
            glob.is_none_or(|glob| matches(glob.as_bytes(), name.as_bytes()))
        };
        let built_in = reference::MODELS.iter().filter(|(name, _)| wanted(name));
        documents.extend(
            built_in.map(|(name, text)| ((*name).to_owned(), Document::built_in(name, text, data))),
        );
    }
    for path in &arguments.models {
        let document = Document::open(path, &[], data)?;
        let named = document.model.as_ref().map(|model| model.name.to_string());
        let name = named.unwrap_or_else(|| path.display().to_string());
        let glob = arguments.only.as_deref();
        if glob.is_none_or(|glob| matches(glob.as_bytes(), name.as_bytes())) {
            documents.push((name, document));
        }
    }
    if documents.is_empty() {
        let glob = arguments.only.as_deref().unwrap_or_default();
        return Err(Trouble::Because(format!("no model matches `{glob}`")));
    }
    Ok(documents)
}

/// Whether a name matches a pattern with `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if matches(rest, name) => true,
        (Some((b'*', _)), Some((_, tail))) => matches(pattern, tail),
        (Some((b'?', rest)), Some((_, tail))) => matches(rest, tail),
        (Some((letter, rest)), Some((first, tail))) if letter == first => matches(rest, tail),
        _ => false,
    }
}

fn request(arguments: &Arguments, found: &Validation, stop: Arc<AtomicBool>) -> Request {
    Request {
        seed: arguments.seed,
        threads: arguments
            .threads
            .map_or(0, |threads| usize::from(threads.get())),
        leniency: found.leniency,
        stop,
        ..Request::default()
    }
}

/// The largest coefficient of variation of what the plan's steps ask for.
fn most_variable(plan: &Plan) -> f64 {
    let squares = plan.demands.iter().map(|demand| demand.law.cv2());
    squares.fold(0.0, f64::max).sqrt()
}

/// Runs one model and notes its values; false when it was interrupted.
fn judge(
    found: &mut Validation,
    (name, document): (&str, &Document),
    request: &Request,
    (title, voice): (&str, Voice),
    console: Console,
) -> Result<bool> {
    if let Some(missing) = document.missing().filter(|missing| !missing.is_empty()) {
        let name = name.to_owned();
        found.not_applicable.push(NotApplicable { name, missing });
        return Ok(true);
    }
    if let Some(file) = document.absent() {
        let name = name.to_owned();
        let reason = format!(
            "its recorded requests `{file}` are not there: `--data DIR` says where to look"
        );
        found.left_out.push(LeftOut { name, reason });
        return Ok(true);
    }
    let plan = document.plan(console, Voice::Quiet)?;
    if plan.expectations.is_empty() {
        return Err(Trouble::Because(format!(
            "`{name}` has no `expect`: there is nothing to hold it against"
        )));
    }
    let planned = lab::planned_events(plan, request);
    if found.leniency > 1.0 && planned > QUICK {
        let name = name.to_owned();
        let events = format::number((planned / 1e6).round());
        let reason = format!("it takes {events} million events or more");
        found.left_out.push(LeftOut { name, reason });
        return Ok(true);
    }
    let cv = most_variable(plan);
    if found.leniency > 1.0 && cv > WILD {
        let name = name.to_owned();
        let reason = format!(
            "its demands vary too much for a short look (cv {})",
            format::number((cv * 10.0).round() / 10.0)
        );
        found.left_out.push(LeftOut { name, reason });
        return Ok(true);
    }
    let outcome = lab::run(plan, request, &Bar::begin(title, voice));
    if outcome.ended == Ended::Interrupted {
        return Ok(false);
    }
    let result = summarise(plan, &outcome, &Meta::default());
    for value in &result.expectations {
        match value.verdict {
            Verdict::Pass => found.pass += 1,
            Verdict::Fail => found.fail += 1,
            Verdict::Undecided => found.undecided += 1,
        }
    }
    found.cases.push(ValidationCase {
        name: name.to_owned(),
        file: document.path.display().to_string(),
        replications: result.run.replications,
        events: result.run.events,
        digest: result.digest,
        warnings: result.run.warnings,
        values: result.expectations,
    });
    Ok(true)
}

fn rendered(found: &Validation, format: Format, console: Console) -> String {
    match format {
        Format::Table => terminal::validation(found, console.look()),
        Format::Json => json::validation(found),
        Format::Csv => validation::csv(found),
        Format::Markdown => validation::markdown(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match() {
        let matches = |glob: &str, name: &str| matches(glob.as_bytes(), name.as_bytes());
        assert!(matches("a-*", "a-mm1-1") && matches("*1", "a-mm1-1") && matches("*", ""));
        assert!(matches("a-mm1-?", "a-mm1-2") && matches("*mm*-?", "a-mm1-2"));
        assert!(!matches("a-mm1", "a-mm1-1") && !matches("?", "") && !matches("b*", "a-mm1-1"));
    }
}
