//! `compare`: two models under the same fate, or two results as they are.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::archive::{self, Archive};
use super::console::{self, Console, Voice};
use super::document::{Document, Setting};
use super::ending::{Ending, Result, Trouble};
use super::kept;
use super::matters::{Matter, matter};
use super::options::{Format, Options, setting, written};
use super::progress::Bar;
use super::run::{interruption, speed};
use super::{interrupt, replications};
use crate::analysis::compare::Terms;
use crate::analysis::{self, Comparison, Ended, Matters, Meta, Outcome, Preference};
use crate::lab;
use crate::plan::Plan;
use crate::report::manifest::Asked;
use crate::report::{charts, csv, json, markdown, terminal};

/// Tell which of two models is better, and by how much.
///
/// Both are run under the same fate: the same arrivals, the same demands of every request that both have. So small differences show
/// in few replications. One sentence says what comes of it; then verdicts that change, the bill, and the differences that matter.
/// Two directories of results are compared as they are, and nothing is run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof compare models/first.yaml other.yaml
  scaleproof compare models/first.yaml models/first.yaml --set-b services.web.replicas=4
  scaleproof compare before.yaml after.yaml --fail-on worse --matters latency=5%,cost=2%
  scaleproof compare results/first results/other

Exit codes: 0 fine, 1 with `--fail-on worse` when the second is worse in something that matters, 2 a
bad model, bad arguments or trouble with files, 130 interrupted.")]
pub(super) struct Arguments {
    /// The first model, a YAML file; or a directory of results.
    #[arg(value_name = "A")]
    pub(super) first: PathBuf,

    /// The second; it may be the same file with other settings.
    #[arg(value_name = "B")]
    pub(super) second: PathBuf,

    #[command(flatten)]
    pub(super) options: Options,

    /// Change the first model only.
    #[arg(long = "set-a", value_name = "PATH=VALUE", value_parser = setting, help_heading = "Model")]
    first_settings: Vec<Setting>,

    /// Change the second model only.
    #[arg(long = "set-b", value_name = "PATH=VALUE", value_parser = setting, help_heading = "Model")]
    second_settings: Vec<Setting>,

    /// From where on differences matter: latency, success, throughput, cost, utilisation
    /// [default: latency=2%,success=0.01pp,throughput=2%,cost=1%,utilisation=2pp].
    #[arg(long, value_name = "WHAT=SIZE", value_delimiter = ',', value_parser = matter, help_heading = "Output")]
    matters: Vec<Matter>,

    /// What the first is called [default: its model, with what makes it another than the second].
    #[arg(long = "name-a", value_name = "NAME", help_heading = "Output")]
    first_name: Option<String>,

    /// What the second is called.
    #[arg(long = "name-b", value_name = "NAME", help_heading = "Output")]
    second_name: Option<String>,

    /// Exit with 1 when the second is worse in something that matters.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Output")]
    fail_on: Option<FailOn>,
}

impl Arguments {
    /// How the comparison is told.
    pub(super) fn terms(&self) -> Terms {
        let mut matters = Matters::default();
        for of in &self.matters {
            of.enter(&mut matters);
        }
        Terms {
            names: [self.first_name.clone(), self.second_name.clone()],
            matters,
        }
    }

    /// What makes it another question than the plain one about these two.
    pub(super) fn question(&self) -> Vec<String> {
        let mut question = self.options.question();
        question.extend(written("--set-a", &self.first_settings));
        question.extend(written("--set-b", &self.second_settings));
        question
    }

    /// The name of its directory.
    pub(super) fn title(&self, first: &str, second: &str) -> String {
        let first = self.first_name.as_deref().unwrap_or(first);
        format!(
            "{first} vs {}",
            self.second_name.as_deref().unwrap_or(second)
        )
    }

    /// How it ends.
    pub(super) fn ending(&self, of: &Comparison) -> Ending {
        Ending::missed_if(self.fail_on.is_some() && is_worse(of))
    }
}

/// When a comparison ends with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Some metric is resolved to be worse by what matters, or only the second cannot serve its load.
    Worse,
}

pub(super) fn run(arguments: &Arguments, data: Option<&Path>, console: Console) -> Result {
    let options = &arguments.options;
    match (arguments.first.is_dir(), arguments.second.is_dir()) {
        (true, true) => return kept::run(arguments, console),
        (false, false) => {}
        _ => {
            let why = "one of both is a directory of results and the other is not\nhint: compare two models, or two directories";
            return Err(Trouble::Because(why.to_owned()));
        }
    }
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
        question: arguments.question(),
    };
    let archive = Archive::prepare(options, &arguments.title(&one.name, &two.name), asked)?;
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
    let sides = ((&first, one, &outcomes.0), (&second, two, &outcomes.1));
    let of = comparison(sides.0, sides.1, &arguments.terms());
    if is_interrupted {
        return interrupted(&of, options, console);
    }
    let printed = console::print(&rendered(&of, options.format, console, archive.as_ref()));
    if let Some(archive) = &archive {
        keep(archive, sides.0, sides.1, &of)?;
    }
    if options.voice() == Voice::Usual {
        console::say(&speed(&[&of.first.run, &of.second.run]));
        if let Some(archive) = &archive {
            console::say(&format!("report: {}", archive.report()));
        }
    }
    printed?;
    Ok(arguments.ending(&of))
}

/// A document, its plan and what came of it.
type Side<'a> = (&'a Document, &'a Plan, &'a Outcome);

fn open(path: &Path, both: &[Setting], own: &[Setting], data: Option<&Path>) -> Result<Document> {
    let settings: Vec<Setting> = both.iter().chain(own).cloned().collect();
    Document::open(path, &settings, data)
}

fn comparison(first: Side, second: Side, terms: &Terms) -> Comparison {
    let side = |(document, plan, outcome): Side| {
        let file = document.title();
        analysis::summarise(plan, outcome, &Meta { file })
    };
    let (one, two) = (side(first), side(second));
    analysis::comparison(
        ((first.1, first.2), one),
        ((second.1, second.2), two),
        terms,
    )
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

/// Whether something that matters is worse, or only the second has no steady state.
fn is_worse(of: &Comparison) -> bool {
    let worse = |of: &analysis::Difference| {
        matches!(
            of.preference,
            Preference::Worse | Preference::SecondUnsteady
        )
    };
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
