//! `report`: render a directory of results again, without running anything.

use std::path::PathBuf;

use clap::Args;

use super::archive::Archive;
use super::console::{self, Console};
use super::ending::{Ending, Result, Trouble};
use super::options::Format;
use super::{compare, run as single};
use crate::report::json::ReadError;
use crate::report::write::{self, Content};

/// Render the results in a directory again, without running anything.
///
/// Reads summary.json (or comparison.json), prints it, and writes the report, the tables and the charts anew.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof report results/first
  scaleproof report results/first --format markdown > review.md

Exit codes: 0 fine, 2 when there are no results or files cannot be written.")]
pub(super) struct Arguments {
    /// The directory that `run` or `compare` wrote.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,

    /// Write no files.
    #[arg(long)]
    no_files: bool,
}

pub(super) fn run(arguments: &Arguments, console: Console) -> Result {
    let directory = &arguments.directory;
    let kept = write::read(directory).map_err(|error| unreadable(&error))?;
    let archive = (!arguments.no_files)
        .then(|| Archive::at(directory.clone(), kept.manifest.asked, true))
        .transpose()?;
    let format = arguments.format;
    match &kept.content {
        Content::Comparison(of) => {
            let text = compare::rendered(of, format, console, archive.as_ref());
            let printed = console::print(&text);
            if let Some(archive) = archive {
                archive.write_comparison(of, kept.files)?;
            }
            printed?;
        }
        Content::Run(result) => {
            let text = single::rendered(result, format, console, archive.as_ref());
            let printed = console::print(&text);
            if let Some(archive) = archive {
                archive.write(result, kept.files)?;
            }
            printed?;
        }
    }
    Ok(Ending::Fine)
}

/// Why the results cannot be read, and what to do about it.
pub(super) fn unreadable(error: &ReadError) -> Trouble {
    let hint = match error {
        ReadError::Changed(_) => {
            "run it again; a report or chart that was edited can be removed, and is then made anew"
        }
        _ => "`scaleproof run MODEL --out DIR` makes results",
    };
    Trouble::Because(format!("cannot read the results: {error}\nhint: {hint}"))
}
