//! `compare`: two models under the same fate.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::archive::{self, Archive};
use super::console::{self, Console, Voice};
use super::document::{Document, Setting};
use super::ending::{Ending, Result};
use super::options::{Format, Options, setting, written};
use super::progress::Bar;
use super::run::{interruption, is_overloaded, speed};
use super::{interrupt, replications};
use crate::analysis::{self, Comparison, Ended, Meta, Outcome, Preference};
use crate::lab;
use crate::plan::Plan;
use crate::report::manifest::Asked;
use crate::report::{charts, csv, json, markdown, terminal};

/// Tell which of two models is better, and by how much.
///
/// Both are run under the same fate: the same arrivals, the same demands of every request that both have. So small differences show
/// in few replications. Metrics of both are compared one by one, with the interval of their difference.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof compare models/first.yaml other.yaml
  scaleproof compare models/first.yaml models/first.yaml --set-b services.web.replicas=4
  scaleproof compare before.yaml after.yaml --fail-on worse

Exit codes: 0 fine, 1 with `--fail-on worse` when the second model is worse in something, 2 a bad
model, bad arguments or trouble with files, 130 interrupted.")]
pub(super) struct Arguments {
    /// The first model, a YAML file.
    #[arg(value_name = "A")]
    first: PathBuf,

    /// The second model; it may be the same file with other settings.
    #[arg(value_name = "B")]
    second: PathBuf,

    #[command(flatten)]
    options: Options,

    /// Change the first model only.
    #[arg(long = "set-a", value_name = "PATH=VALUE", value_parser = setting, help_heading = "Model")]
    first_settings: Vec<Setting>,

    /// Change the second model only.
    #[arg(long = "set-b", value_name = "PATH=VALUE", value_parser = setting, help_heading = "Model")]
    second_settings: Vec<Setting>,

    /// Exit with 1 when the second model is worse in something.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Output")]
    fail_on: Option<FailOn>,
}

/// When a comparison ends with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Some metric is resolved to be worse, or only the second model cannot serve its load.
    Worse,
}

pub(super) fn run(arguments: &Arguments, data: Option<&Path>, console: Console) -> Result {
    let options = &arguments.options;
    let first = open(
        &arguments.first,
        &options.changes.settings(),
        &arguments.first_settings,
        data,
    )?;
    let second = open(
        &arguments.second,
        &options.changes.settings(),
        &arguments.second_settings,
        data,
    )?;
    // Both are complained about before either is given up.
    let (one, two) = (
        first.plan(console, options.voice()),
        second.plan(console, options.voice()),
    );
    let (one, two) = (one?, two?);
    let asked = Asked {
        arguments: archive::arguments(),
        of: vec![first.subject(), second.subject()],
        question: question(arguments),
    };
    let archive = Archive::prepare(options, &format!("{} vs {}", one.name, two.name), asked)?;
    let gently = interrupt::gently();
    let title = format!("simulating {} and {}", first.title(), second.title());
    let bar = Bar::begin(&title, options.voice());
    let mut outcomes = lab::compare(one, two, &options.request(gently.stop()), &bar);
    drop(gently);
    let is_interrupted = outcomes.0.ended == Ended::Interrupted;
    if is_interrupted {
        let warning = interruption(outcomes.0.tallies.len());
        outcomes.0.warnings.insert(0, warning);
    }
    let of = comparison((&first, one, &outcomes.0), (&second, two, &outcomes.1));
    if is_interrupted {
        return interrupted(&of, options, console);
    }
    let printed = console::print(&rendered(&of, options.format, console, archive.as_ref()));
    if let Some(archive) = &archive {
        keep(
            archive,
            (&first, one, &outcomes.0),
            (&second, two, &outcomes.1),
            &of,
        )?;
    }
    if options.voice() == Voice::Usual {
        console::say(&speed(&[&of.first.run, &of.second.run]));
        if let Some(archive) = &archive {
            console::say(&format!("report: {}", archive.report()));
        }
    }
    printed?;
    let overloaded = is_overloaded(&outcomes.1) && !is_overloaded(&outcomes.0);
    Ok(Ending::missed_if(
        arguments.fail_on.is_some() && (overloaded || is_worse(&of)),
    ))
}

/// What makes it another question than the plain one about these two files.
fn question(arguments: &Arguments) -> Vec<String> {
    let mut question = arguments.options.question();
    question.extend(written("--set-a", &arguments.first_settings));
    question.extend(written("--set-b", &arguments.second_settings));
    question
}

/// A document, its plan and what came of it.
type Side<'a> = (&'a Document, &'a Plan, &'a Outcome);

fn open(path: &Path, both: &[Setting], own: &[Setting], data: Option<&Path>) -> Result<Document> {
    let settings: Vec<Setting> = both.iter().chain(own).cloned().collect();
    Document::open(path, &settings, data)
}

fn comparison(first: Side, second: Side) -> Comparison {
    let side = |(document, plan, outcome): Side| {
        let file = document.title();
        analysis::summarise(plan, outcome, &Meta { file })
    };
    let (one, two) = (side(first), side(second));
    analysis::comparison(((first.1, first.2), one), ((second.1, second.2), two))
}

/// The comparison in the form asked for.
pub(super) fn rendered(
    of: &Comparison,
    format: Format,
    console: Console,
    archive: Option<&Archive>,
) -> String {
    match format {
        Format::Table => terminal::comparison(of, console.look()),
        Format::Json => json::comparison(of),
        Format::Csv => csv::comparison(of),
        Format::Markdown => {
            let links = archive.map(|archive| archive.links(charts::of_comparison(of)));
            markdown::comparison(of, &links.unwrap_or_default())
        }
    }
}

fn keep(archive: &Archive, first: Side, second: Side, of: &Comparison) -> Result<()> {
    let files: Vec<(String, Vec<u8>)> = [("a", first), ("b", second)]
        .into_iter()
        .flat_map(|(letter, (document, plan, outcome))| {
            [
                (
                    format!("model-{letter}.yaml"),
                    document.text().as_bytes().to_vec(),
                ),
                (
                    format!("runs-{letter}.csv"),
                    replications::csv(plan, outcome),
                ),
            ]
        })
        .collect();
    archive.write_comparison(of, files)
}

fn is_worse(of: &Comparison) -> bool {
    let worse = |difference: &analysis::Difference| difference.preference == Preference::Worse;
    of.differences.iter().any(worse)
}

/// Prints what was complete of both and writes no files.
fn interrupted(of: &Comparison, options: &Options, console: Console) -> Result {
    if of.first.run.replications >= 2 {
        console::print(&rendered(of, options.format, console, None))?;
        console::say("interrupted: no files were written");
    } else {
        console::say(
            "interrupted before two replications were complete: there is nothing to print",
        );
    }
    Ok(Ending::Interrupted)
}
