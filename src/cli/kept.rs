//! `compare DIR DIR`: two results as they lie on disk. Nothing is run.

use std::path::Path;

use super::archive::{self, Archive};
use super::compare::{Arguments, rendered};
use super::console::{self, Console};
use super::ending::{Result, Trouble};
use super::report::unreadable;
use super::samples::{self, SAMPLES};
use crate::analysis::RunResult;
use crate::analysis::compare::{self as kept, of_results};
use crate::report::manifest::{self, Asked, Manifest, Subject};
use crate::report::write::{self, Content, Kept};

pub(super) fn run(arguments: &Arguments, console: Console) -> Result {
    if let Some(word) = arguments.options.of_a_run() {
        return Err(Trouble::Because(format!(
            "`{word}` is about a run, and what two directories hold has been run\nhint: compare the two models instead"
        )));
    }
    if let Some(setting) = arguments.question().first() {
        return Err(Trouble::Because(format!(
            "`{setting}` would change what has been run\nhint: compare the two models instead"
        )));
    }
    let (first, second) = (side(&arguments.first)?, side(&arguments.second)?);
    let title = arguments.title(&first.result.model, &second.result.model);
    let asked = Asked {
        arguments: archive::arguments(),
        of: vec![first.subject, second.subject],
        // Results as they are, and not their models run again.
        question: vec![format!(
            "{} {}",
            arguments.first.display(),
            arguments.second.display()
        )],
    };
    let of = of_results(
        (first.result, &first.samples),
        (second.result, &second.samples),
        &arguments.terms(),
    );
    let archive = Archive::prepare(&arguments.options, &title, asked)?;
    let text = rendered(&of, arguments.options.format, console, archive.as_ref());
    let printed = console::print(&text);
    if let Some(archive) = &archive {
        let files = [("a", first.files), ("b", second.files)];
        let files = files.into_iter().flat_map(|(letter, files)| {
            files
                .into_iter()
                .map(move |(name, bytes)| (lettered(&name, letter), bytes))
        });
        archive.write_comparison(&of, files.collect())?;
        arguments
            .options
            .say(&format!("report: {}", archive.report()));
    }
    printed?;
    Ok(arguments.ending(&of))
}

/// One directory.
struct Side {
    result: RunResult,
    samples: Vec<kept::Kept>,
    subject: Subject,
    files: Vec<(String, Vec<u8>)>,
}

fn side(directory: &Path) -> Result<Side> {
    let name = directory.display().to_string();
    let Kept {
        content,
        manifest,
        files,
    } = write::read(directory).map_err(|error| unreadable(&error))?;
    let Content::Run(result) = content else {
        let why = format!("`{name}` holds a comparison\nhint: results of runs can be compared");
        return Err(Trouble::Because(why));
    };
    let samples = files.iter().find(|(name, _)| name == SAMPLES);
    let samples = samples.and_then(|(_, bytes)| samples::read(bytes));
    let samples = samples.ok_or_else(|| {
        let why = format!("`{name}` does not hold what each replication measured (`{SAMPLES}`)");
        Trouble::Because(format!("{why}\nhint: run its model again"))
    })?;
    let files = files.into_iter().filter(|(name, _)| name != SAMPLES);
    let files = files.collect();
    Ok(Side {
        samples,
        subject: subject(name, &manifest),
        result: *result,
        files,
    })
}

/// What a comparison of this directory is of: the directory, whatever result lies there.
fn subject(file: String, manifest: &Manifest) -> Subject {
    let digests: Vec<&str> = manifest
        .runs
        .iter()
        .map(|run| run.digest.as_str())
        .collect();
    Subject {
        file,
        hash: manifest::hash(digests.join(" ").as_bytes()),
    }
}

/// `runs.csv` as `runs-a.csv`.
fn lettered(name: &str, letter: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{letter}.{ending}"),
        None => format!("{name}-{letter}"),
    }
}
