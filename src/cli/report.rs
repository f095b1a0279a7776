//! `report`: render a directory of results again, without running anything.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::archive::Archive;
use super::console::{self, Console};
use super::ending::{Ending, Result, Trouble};
use super::options::Format;
use super::{compare, run as single};
use crate::report::write::{self, Extras};

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

/// What lies in the directory, and the command that made it.
const MANIFEST: &str = "manifest.json";

pub(super) fn run(arguments: &Arguments, console: Console) -> Result {
    let directory = &arguments.directory;
    let of_comparison = directory.join(write::COMPARISON).exists();
    let unreadable = |error: crate::report::json::ReadError| {
        let hint = "`scaleproof run MODEL --out DIR` makes results";
        Trouble::Because(format!("cannot read the results: {error}\nhint: {hint}"))
    };
    if of_comparison {
        let of = write::read_comparison(directory).map_err(unreadable)?;
        let archive = place(arguments)?;
        let text = compare::rendered(&of, arguments.format, console, archive.as_ref());
        let printed = console::print(&text);
        kept(archive, directory, |archive, extras| {
            archive.write_comparison(&of, extras)
        })?;
        printed?;
    } else {
        let result = write::read(directory).map_err(unreadable)?;
        let archive = place(arguments)?;
        let text = single::rendered(&result, arguments.format, console, archive.as_ref());
        let printed = console::print(&text);
        kept(archive, directory, |archive, extras| {
            archive.write(&result, extras)
        })?;
        printed?;
    }
    Ok(Ending::Fine)
}

fn place(arguments: &Arguments) -> Result<Option<Archive>> {
    let wanted = (!arguments.no_files).then(|| arguments.directory.clone());
    wanted.map(Archive::at).transpose()
}

/// Writes the files anew; what the run left besides the result stays, and stays in the manifest.
fn kept(
    archive: Option<Archive>,
    directory: &Path,
    write: impl FnOnce(&Archive, Extras) -> Result<()>,
) -> Result<()> {
    let Some(archive) = archive else {
        return Ok(());
    };
    let names = [
        "model.yaml",
        "runs.csv",
        "model-a.yaml",
        "runs-a.csv",
        "model-b.yaml",
        "runs-b.csv",
    ];
    let files: Vec<(String, Vec<u8>)> = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), fs::read(directory.join(name)).ok()?)))
        .collect();
    let arguments = arguments_of(directory);
    write(
        &archive,
        Extras {
            arguments: &arguments,
            files: &files,
        },
    )
}

/// The command that made the results, by their manifest.
fn arguments_of(directory: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(directory.join(MANIFEST)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    let words = manifest["arguments"].as_array();
    words
        .into_iter()
        .flatten()
        .filter_map(|word| Some(word.as_str()?.to_owned()))
        .collect()
}
