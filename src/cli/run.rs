//! `run`: simulate a model until its numbers are known.

use std::path::{Path, PathBuf};

use clap::Args;

use super::archive::{self, Archive};
use super::console::{self, Console, Voice};
use super::document::Document;
use super::ending::{Ending, Result, Trouble};
use super::options::{Format, Options};
use super::progress::Bar;
use super::samples::{self, SAMPLES};
use super::{interrupt, replications};
use crate::analysis::{self, Ended, Meta, Outcome, Regime, RunResult, Verdict};
use crate::lab;
use crate::measure::Stopped;
use crate::plan::Plan;
use crate::report::manifest::Asked;
use crate::report::{charts, csv, forecast, format, json, markdown, terminal};

/// Simulate a model and print what it does under its load.
///
/// Replications are made until the numbers of the objectives are known to the precision asked for. The result goes to stdout, and
/// with charts and tables into a directory; open its report.html.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof run models/first.yaml
  scaleproof run models/first.yaml --set services.web.replicas=4 --out results/four
  scaleproof run models/first.yaml --precision 2% --threads 4
  scaleproof run models/first.yaml --plan
  scaleproof run models/first.yaml --with-theory
  scaleproof run models/first.yaml --format json --no-files | jq .objectives

Exit codes: 0 fine (also when an objective is undecided), 1 an objective or an expectation fails or the
load cannot be served, 2 a bad model, bad arguments or trouble with files, 130 interrupted.")]
pub(super) struct Arguments {
    /// The model, a YAML file.
    model: PathBuf,

    /// Print closed forms (M/M/c, networks of product form, bounds) beside the simulation where they apply, and why not where not.
    #[arg(long, help_heading = "Output")]
    with_theory: bool,

    #[command(flatten)]
    options: Options,

    /// Print the plan of the run and do not make it: how long, how many replications, why, and how long it will take.
    #[arg(long, help_heading = "Simulation")]
    plan: bool,
}

pub(super) fn run(arguments: &Arguments, data: Option<&Path>, console: Console) -> Result {
    let options = &arguments.options;
    let document = Document::open(&arguments.model, &options.changes.settings(), data)?;
    let plan = document.plan(console, options.voice())?;
    if arguments.plan {
        return planned(plan, document.title(), options, console);
    }
    let asked = Asked {
        arguments: archive::arguments(),
        of: vec![document.subject()],
        question: options.question(),
    };
    let archive = Archive::prepare(options, &plan.name, asked)?;
    let gently = interrupt::gently();
    let file = document.title();
    let bar = Bar::begin(&format!("simulating {file}"), options.voice());
    let mut outcome = lab::run(plan, &options.request(gently.stop()), &bar);
    if outcome.ended == Ended::Interrupted {
        outcome
            .warnings
            .insert(0, interruption(outcome.tallies.len()));
    }
    drop(gently);
    let mut result = analysis::summarise(plan, &outcome, &Meta { file });
    if arguments.with_theory {
        result = analysis::with_theory(plan, result);
    }
    if outcome.ended == Ended::Interrupted {
        return interrupted(&result, options, console);
    }
    let printed = console::print(&rendered(
        &result,
        options.format,
        console,
        archive.as_ref(),
    ));
    if let Some(archive) = &archive {
        keep(archive, &document, plan, (&outcome, &result))?;
    }
    if options.voice() == Voice::Usual {
        console::say(&closing(&result, archive.as_ref()));
    }
    printed?;
    Ok(Ending::missed_if(is_missed(&result, &outcome)))
}

/// Prints what the run will take.
fn planned(plan: &Plan, file: String, options: &Options, console: Console) -> Result {
    let render: fn(&lab::Forecast, Console) -> String = match options.format {
        Format::Table => |of, console| forecast::forecast(of, console.look()),
        Format::Json => |of, _| json::forecast(of),
        Format::Csv | Format::Markdown => {
            let why = "the plan of a run is printed as a table or as json";
            return Err(Trouble::Because(why.to_owned()));
        }
    };
    let gently = interrupt::gently();
    let of = lab::forecast(plan, &options.request(gently.stop()), file);
    if gently.was_interrupted() {
        return Ok(Ending::Interrupted);
    }
    console::print(&render(&of, console))?;
    Ok(Ending::Fine)
}

/// The result in the form asked for.
pub(super) fn rendered(
    result: &RunResult,
    format: Format,
    console: Console,
    archive: Option<&Archive>,
) -> String {
    match format {
        Format::Table => terminal::run(result, console.look()),
        Format::Json => json::run(result),
        Format::Csv => csv::summary(result),
        Format::Markdown => {
            let links = archive.map(|archive| archive.links(charts::of_run(result)));
            markdown::run(result, &links.unwrap_or_default())
        }
    }
}

fn keep(
    archive: &Archive,
    document: &Document,
    plan: &Plan,
    (outcome, result): (&Outcome, &RunResult),
) -> Result<()> {
    let files = vec![
        ("model.yaml".to_owned(), document.text().as_bytes().to_vec()),
        ("runs.csv".to_owned(), replications::csv(plan, outcome)),
        (SAMPLES.to_owned(), samples::json(plan, outcome)),
    ];
    archive.write(result, files)
}

/// Whether the answer is no: an objective fails, a known value does not come out, or the load cannot be served at all.
fn is_missed(result: &RunResult, outcome: &Outcome) -> bool {
    let fails = |objective: &analysis::ObjectiveResult| objective.verdict == Verdict::Fail;
    let is_off = |known: &analysis::ExpectationResult| known.verdict == Verdict::Fail;
    result.objectives.iter().any(fails)
        || result.expectations.iter().any(is_off)
        || is_overloaded(outcome)
}

/// Whether more arrives than is served, or so much was in progress that a replication gave up.
pub(super) fn is_overloaded(outcome: &Outcome) -> bool {
    let gave_up = |tally: &crate::measure::Tally| {
        matches!(
            tally.stopped,
            Stopped::TooMany { .. } | Stopped::Stuck { .. }
        )
    };
    outcome.regime == Regime::Overload || outcome.tallies.iter().any(gave_up)
}

/// What a result says of its being incomplete.
pub(super) fn interruption(replications: usize) -> String {
    let complete = format::counted(replications as u64, "replication was", "replications were");
    format!(
        "The run was interrupted when {complete} complete: the numbers are less precise than asked."
    )
}

/// Prints what was complete and writes no files, so that complete results of an earlier run stay as they are.
fn interrupted(result: &RunResult, options: &Options, console: Console) -> Result {
    if result.run.replications >= 2 {
        console::print(&rendered(result, options.format, console, None))?;
        console::say("interrupted: no files were written");
    } else {
        console::say(
            "interrupted before two replications were complete: there is nothing to print",
        );
    }
    Ok(Ending::Interrupted)
}

/// Where the report is, and how fast it went.
fn closing(result: &RunResult, archive: Option<&Archive>) -> String {
    let speed = speed(&[&result.run]);
    match archive {
        Some(archive) => format!("{speed}\nreport: {}", archive.report()),
        None => speed,
    }
}

/// `1.2 M requests, 18.8 M events in 3.1 s (6.1 M events/s, 2 threads)`.
pub(super) fn speed(runs: &[&analysis::RunInfo]) -> String {
    let requests: u64 = runs.iter().map(|run| run.requests).sum();
    let events: u64 = runs.iter().map(|run| run.events).sum();
    // The sides of a comparison are made together, and share their time.
    let wall = runs.iter().map(|run| run.wall).fold(0.0, f64::max);
    let threads = runs.iter().map(|run| run.threads).max().unwrap_or(0);
    let per_second = if wall > 0.0 {
        events as f64 / wall
    } else {
        0.0
    };
    format!(
        "{} requests, {} events in {} ({} events/s, {})",
        short(requests as f64),
        short(events as f64),
        format::duration(wall),
        short(per_second),
        format::counted(threads as u64, "thread", "threads"),
    )
}

/// A number of things with its prefix: `850`, `18.8 M`.
fn short(number: f64) -> String {
    let (scale, prefix) = match number {
        n if n >= 999_500_000.0 => (1e9, " G"),
        n if n >= 999_500.0 => (1e6, " M"),
        n if n >= 999.5 => (1e3, " k"),
        _ => (1.0, ""),
    };
    let scaled = number / scale;
    let decimals = usize::from(scaled < 99.95 && !prefix.is_empty());
    format!("{scaled:.decimals$}{prefix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_things_are_short() {
        for (number, expected) in [
            (0.0, "0"),
            (850.0, "850"),
            (999.7, "1.0 k"),
            (1_234.0, "1.2 k"),
            (99_960.0, "100 k"),
            (1_200_000.0, "1.2 M"),
            (18_800_000.0, "18.8 M"),
            (999_700_000.0, "1.0 G"),
        ] {
            assert_eq!(short(number), expected);
        }
    }
}
