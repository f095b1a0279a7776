//! What `run` and `compare` can be asked, and how it is written.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args, ValueEnum};

use super::console::{self, Voice};
use super::document::Setting;
use crate::lab::Request;
use crate::units::{Duration, QuantityError, Share};

/// What is changed in a model before it is read.
#[derive(Debug, Args)]
pub(super) struct Changes {
    /// Change the model before it is read, e.g. `services.web.replicas=4` or `assumptions.page-cpu=6ms`; may be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting, help_heading = "Model")]
    settings: Vec<Setting>,

    /// Multiply the load of all workloads, e.g. `3x`.
    #[arg(long, value_name = "FACTOR", help_heading = "Model")]
    load: Option<String>,
}

impl Changes {
    /// All of them, in the order in which they are applied.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let load = self.load.iter();
        let load = load.map(|load| ("load".to_owned(), load.clone()));
        self.settings.iter().cloned().chain(load).collect()
    }
}

/// What both can be asked.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Root of all chance: the same seed gives the same results, at any number of threads.
    #[arg(
        long,
        default_value_t = SEED,
        value_name = "N",
        help_heading = "Simulation"
    )]
    seed: u64,

    /// Replications made at the same time [default: one per processor].
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    threads: Option<NonZeroU16>,

    /// Make replications until the objectives' numbers are known to this relative half-width of their 95 % intervals.
    #[arg(long, default_value = "5%", value_name = "SHARE", value_parser = precision, help_heading = "Simulation")]
    precision: f64,

    /// Stop at this many replications, precise or not [default: 400, or 1000 for a model with `expect`].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST), help_heading = "Simulation")]
    max_replications: Option<u32>,

    /// Make exactly this many replications.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST), conflicts_with_all = ["precision", "max_replications"], help_heading = "Simulation")]
    replications: Option<u32>,

    /// Measure so much simulated time in each replication [default: chosen from the load, with reasons in the report].
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Simulation")]
    duration: Option<u64>,

    /// Cut off so much simulated time at the start of each replication [default: chosen from the load].
    #[arg(long, value_name = "TIME", value_parser = warm_up, help_heading = "Simulation")]
    warm_up: Option<u64>,

    /// Count failed requests in latencies too, at the time at which they failed.
    #[arg(long, help_heading = "Simulation")]
    include_failures: bool,

    #[command(flatten)]
    pub(super) changes: Changes,

    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    pub(super) format: Format,

    /// Write the results into this directory [default: results/NAME, or results/NAME-HASH for another question than the plain one].
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(super) out: Option<PathBuf>,

    /// Write no files.
    #[arg(long, conflicts_with = "out", help_heading = "Output")]
    pub(super) no_files: bool,

    /// Say nothing on stderr but errors.
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
}

/// The root of all chance unless said.
const SEED: u64 = 1;

/// The precision unless said.
const PRECISION: f64 = 0.05;

/// Replications that nobody needs more of; each leaves histograms in memory.
const MOST: i64 = 100_000;

/// What to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Tables for a terminal.
    Table,
    /// One document with every number (see `scaleproof schema`).
    Json,
    /// One row per number, with its interval.
    Csv,
    /// A document for a review, with links to the charts.
    Markdown,
}

impl Options {
    /// How much to say on stderr.
    pub(super) fn voice(&self) -> Voice {
        if self.quiet {
            Voice::Quiet
        } else {
            Voice::Usual
        }
    }

    /// Says something on stderr, unless that is to be quiet.
    pub(super) fn say(&self, text: &str) {
        if self.voice() == Voice::Usual {
            console::say(text);
        }
    }

    /// What makes this another question than the plain one about the same files, as on the command line. How hard it is tried to
    /// answer it is no part of that.
    pub(super) fn question(&self) -> Vec<String> {
        let mut question = written("--set", &self.changes.settings());
        question.extend((self.seed != SEED).then(|| format!("--seed {}", self.seed)));
        question.extend(
            self.include_failures
                .then(|| "--include-failures".to_owned()),
        );
        question
    }

    /// An option that was given and is about making a run, if there is one.
    pub(super) fn of_a_run(&self) -> Option<&'static str> {
        [
            (self.threads.is_some(), "--threads"),
            (
                self.precision.to_bits() != PRECISION.to_bits(),
                "--precision",
            ),
            (self.max_replications.is_some(), "--max-replications"),
            (self.replications.is_some(), "--replications"),
            (self.duration.is_some(), "--duration"),
            (self.warm_up.is_some(), "--warm-up"),
        ]
        .into_iter()
        .find_map(|(given, word)| given.then_some(word))
    }

    /// What is asked of the lab.
    pub(super) fn request(&self, stop: Arc<AtomicBool>) -> Request {
        Request {
            seed: self.seed,
            threads: self.threads.map_or(0, |threads| usize::from(threads.get())),
            precision: self.precision,
            most_replications: self.max_replications,
            replications: self.replications,
            duration: self.duration,
            warm_up: self.warm_up,
            leniency: 1.0,
            include_failures: self.include_failures,
            stop,
        }
    }
}

/// Settings as on the command line, by their paths: their order matters only where two set the same.
pub(super) fn written(option: &str, settings: &[Setting]) -> Vec<String> {
    let mut settings: Vec<&Setting> = settings.iter().collect();
    settings.sort_by_key(|(path, _)| path);
    let word = |(path, value): &Setting| format!("{option} {path}={value}");
    settings.into_iter().map(word).collect()
}

/// Reads `PATH=VALUE`; the path ends at the first `=` outside of quotes.
pub(super) fn setting(text: &str) -> Result<Setting, String> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (letter, quote) {
            ('=', None) if at > 0 => {
                return Ok((text[..at].trim().to_owned(), text[at + 1..].to_owned()));
            }
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            _ => {}
        }
    }
    Err("a setting is PATH=VALUE, as in services.web.replicas=4".to_owned())
}

/// Reads a length of simulated time above 0 \[ns\].
fn duration(text: &str) -> Result<u64, String> {
    match warm_up(text)? {
        0 => Err("there is nothing to measure in no time".to_owned()),
        length => Ok(length),
    }
}

/// Reads a length of simulated time \[ns\].
fn warm_up(text: &str) -> Result<u64, String> {
    text.parse::<Duration>()
        .map(Duration::ns)
        .map_err(|error| told(&error))
}

fn precision(text: &str) -> Result<f64, String> {
    let share = text.parse::<Share>().map_err(|error| told(&error))?.get();
    if share > 0.0 {
        Ok(share)
    } else {
        Err("no run is long enough for a width of 0".to_owned())
    }
}

fn told(error: &QuantityError) -> String {
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn settings_end_at_the_first_equals_sign_outside_quotes() {
        let of = |path: &str, value: &str| Ok((path.to_owned(), value.to_owned()));
        assert_eq!(setting("a.b=3"), of("a.b", "3"));
        assert_eq!(setting("a.\"x=y\".c=z=1"), of("a.\"x=y\".c", "z=1"));
        assert_eq!(setting("a="), of("a", ""));
        for wrong in ["", "a.b", "=3", "\"a=3"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_question_does_not_turn_on_the_order_of_settings() {
        let set = |words: &[&str]| {
            let settings: Vec<Setting> = words.iter().map(|word| setting(word).unwrap()).collect();
            written("--set", &settings)
        };
        assert_eq!(set(&["b=1", "a=2"]), ["--set a=2", "--set b=1"]);
        assert_ne!(
            set(&["a=1", "a=2"]),
            set(&["a=2", "a=1"]),
            "the last one counts"
        );
    }

    #[test]
    fn quantities_have_units_and_reasons() {
        assert_eq!(duration("10m"), Ok(600_000_000_000));
        assert_eq!(warm_up("0s"), Ok(0));
        assert!(duration("0s").is_err());
        assert!(duration("10").is_err_and(|why| why.contains("10")));
        assert_eq!(precision("5%"), Ok(0.05));
        assert!(precision("0%").is_err() && precision("x").is_err());
    }
}
