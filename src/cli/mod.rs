//! The command: the only place that reads arguments, prints, and draws progress.
//!
//! | file | what it is |
//! |---|---|
//! | `run`, `compare`, `kept` | simulate one model, or two under the same fate; compare two results on disk |
//! | `validate`, `reference` | models whose numbers are known, and those that are built in |
//! | `check`, `explain`, `list`, `schema` | about the language and what a model says |
//! | `report` | render results again |
//! | `init`, `completions`, `man`, `licences` | to begin with, to install, and what is in it |
//! | `options`, `matters` | what `run` and `compare` can be asked |
//! | `document`, `recordings` | a model file, read and compiled, and recorded requests that it names |
//! | `archive` | the directory of results, and `replications` and `samples` a table and a document in it |
//! | `progress`, `interrupt` | while it runs |
//! | `console`, `ending` | how it prints, how it ends |
//!
//! Data goes to stdout and everything else to stderr. Exit codes: 0 fine, 1 an objective is missed (or a comparison turned
//! out worse, if asked), 2 a bad model, bad arguments or trouble with files, 130 interrupted.

mod archive;
mod check;
mod compare;
mod completions;
mod console;
mod document;
mod ending;
mod explain;
mod init;
mod interrupt;
mod kept;
mod licences;
mod list;
mod man;
mod matters;
mod options;
mod progress;
mod recordings;
mod reference;
mod replications;
mod report;
mod run;
mod samples;
mod schema;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::{Console, When};
use ending::Ending;

use crate::report::text::is_obeyed;

/// Simulate an architecture before it is built: latency, utilisation, availability and cost, each with its confidence
/// interval.
#[derive(Debug, Parser)]
#[command(
    name = "scaleproof",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    infer_subcommands = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  scaleproof init                    write a small model to start from
  scaleproof check model.yaml        say what is wrong with it, all at once
  scaleproof run model.yaml          simulate it and write results/<its name>/
  scaleproof compare a.yaml b.yaml   tell which of two is better, under the same fate

Exit codes: 0 fine, 1 an objective is missed or the load cannot be served, 2 a bad model, bad
arguments or trouble with files, 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Use colour: auto, always or never; the words say everything without it.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, hide_possible_values = true, value_name = "WHEN", help_heading = "Output")]
    color: When,

    /// Look for recorded requests (`replay:`) here when they are not beside the model [default: the variable `SCALEPROOF_DATA`].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Model")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Compare(compare::Arguments),
    Validate(validate::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Report(report::Arguments),
    List(list::Arguments),
    Schema(schema::Arguments),
    Init(init::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Licences(licences::Arguments),
}

/// Does what the arguments of this process ask for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            tell(&error);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    interrupt::listen();
    let console = Console::new(cli.color);
    let data = cli
        .data
        .or_else(|| std::env::var_os(recordings::VARIABLE).map(PathBuf::from));
    let data = data.as_deref();
    let ending = match &cli.command {
        Command::Run(arguments) => run::run(arguments, data, console),
        Command::Compare(arguments) => compare::run(arguments, data, console),
        Command::Validate(arguments) => validate::run(arguments, data, console),
        Command::Check(arguments) => check::run(arguments, data, console),
        Command::Explain(arguments) => explain::run(arguments, data, console),
        Command::Report(arguments) => report::run(arguments, console),
        Command::List(arguments) => list::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Init(arguments) => init::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments),
        Command::Licences(arguments) => licences::run(arguments),
    };
    ending
        .unwrap_or_else(|trouble| Ending::of(&trouble, console))
        .code()
}

/// Says what is wrong with the arguments, or helps. Arguments are quoted, and may hold what a terminal would obey.
fn tell(error: &clap::Error) {
    let hostile = |word: std::ffi::OsString| word.to_string_lossy().contains(is_obeyed);
    if std::env::args_os().any(hostile) {
        return console::say(&error.render().to_string());
    }
    // Help that nobody reads to its end is no trouble.
    let _ = error.print();
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_page_of_help_fits_and_ends_with_examples() {
        let mut command = Cli::command();
        command.build();
        for page in command.get_subcommands_mut() {
            let name = page.get_name().to_owned();
            let help = page.render_long_help().to_string();
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "{name}: {line}");
            }
            assert!(help.contains("\nExamples:\n"), "{name} shows no example");
            assert!(
                help.contains(&format!("scaleproof {name}")),
                "{name} shows no example of itself"
            );
        }
    }
}
