//! The directory of results: its name, whether it can be written, and what goes into it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::ending::{Result, Trouble, reason};
use super::options::Options;
use crate::analysis::{Comparison, RunResult};
use crate::report::charts::Chart;
use crate::report::write::{self, Extras};

/// Where results of models are kept.
const RESULTS: &str = "results";

/// A directory that results will go to.
#[derive(Debug)]
pub(super) struct Archive {
    /// Its path as given.
    pub(super) directory: PathBuf,
    /// Directories that were made for it, the innermost first.
    made: Vec<PathBuf>,
}

impl Archive {
    /// The directory that the options ask for, or `results/<name>`; none if they ask for no files. It is made now: nobody wants to
    /// hear after an hour that it cannot be written.
    pub(super) fn prepare(options: &Options, name: &str) -> Result<Option<Self>> {
        if options.no_files {
            return Ok(None);
        }
        let default = || Path::new(RESULTS).join(slug(name));
        Self::at(options.out.clone().unwrap_or_else(default)).map(Some)
    }

    /// A directory that exists, or is made now.
    pub(super) fn at(directory: PathBuf) -> Result<Self> {
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let made = directory.ancestors().take_while(missing);
        let made = made.map(Path::to_owned).collect();
        let archive = Self { directory, made };
        let probe = archive
            .directory
            .join(format!(".{}.probe", std::process::id()));
        fs::create_dir_all(&archive.directory)
            .and_then(|()| File::create(&probe))
            .and_then(|_| fs::remove_file(&probe))
            .map_err(|error| Trouble::with_file("write into", &archive.name(), &error))?;
        Ok(archive)
    }

    /// Writes the results of a run.
    pub(super) fn write(&self, result: &RunResult, extras: Extras) -> Result<()> {
        write::write_all(&self.directory, result, extras)
            .map(|_| ())
            .map_err(|error| trouble(&error))
    }

    /// Writes a comparison.
    pub(super) fn write_comparison(&self, of: &Comparison, extras: Extras) -> Result<()> {
        write::write_comparison(&self.directory, of, extras)
            .map(|_| ())
            .map_err(|error| trouble(&error))
    }

    /// Where the report will be.
    pub(super) fn report(&self) -> String {
        self.directory.join("report.html").display().to_string()
    }

    /// Links to charts, as seen from where the command runs.
    pub(super) fn links(&self, charts: Vec<Chart>) -> Vec<(String, String)> {
        let link = |chart: Chart| {
            (
                format!("{}/charts/{}.svg", self.name(), chart.name),
                chart.alt,
            )
        };
        charts.into_iter().map(link).collect()
    }

    fn name(&self) -> String {
        self.directory.display().to_string()
    }
}

impl Drop for Archive {
    /// Directories that stayed empty are taken away again.
    fn drop(&mut self) {
        for made in &self.made {
            if fs::remove_dir(made).is_err() {
                break;
            }
        }
    }
}

/// Results that could not be written; the error names the file.
fn trouble(error: &std::io::Error) -> Trouble {
    Trouble::Because(format!("cannot write the results: {}", reason(error)))
}

/// The words of this command, for the manifest.
pub(super) fn arguments() -> Vec<String> {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    std::iter::once("scaleproof".to_owned())
        .chain(words)
        .collect()
}

/// A name as part of a path: small letters and digits, hyphens for everything else.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let slug: String = words.join("-").chars().take(80).collect();
    if slug.is_empty() {
        "model".to_owned()
    } else {
        slug
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn names_become_parts_of_paths() {
        for (name, expected) in [
            ("first", "first"),
            ("The Shop, v2", "the-shop-v2"),
            ("../../etc", "etc"),
            ("Käse", "käse"),
            ("…", "model"),
        ] {
            assert_eq!(slug(name), expected);
        }
        assert_eq!(slug(&"x".repeat(500)).len(), 80);
    }

    #[test]
    fn directories_that_stay_empty_are_taken_away() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("a/b");
        drop(Archive::at(place.clone()).unwrap());
        assert!(!home.path().join("a").exists());
        let archive = Archive::at(place.clone()).unwrap();
        fs::write(place.join("x"), "").unwrap();
        drop(archive);
        assert!(place.join("x").exists());
    }

    #[test]
    fn a_file_in_the_way_is_told_at_once() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("file");
        fs::write(&place, "").unwrap();
        assert!(matches!(Archive::at(place), Err(Trouble::Because(_))));
    }
}
