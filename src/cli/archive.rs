//! The directory of results: its name, whether it may be written, and what goes into it.
//!
//! A question has its own directory: `results/NAME/` the plain one about a model, `results/NAME-HASH/` one that changes the model or
//! its chance. How hard it is tried to answer it (precision, lengths, numbers of replications, threads) makes no other question, and
//! the same file, edited, replaces its result. What is of another file is never written over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ending::{Result, Trouble, reason};
use super::options::Options;
use crate::analysis::{Comparison, RunResult};
use crate::report::charts::Chart;
use crate::report::manifest::{self, Asked, Manifest};
use crate::report::place;
use crate::report::write::{self, Extras};

/// Where results of models are kept.
const RESULTS: &str = "results";
/// Digits of a question's hash in the name of its directory.
const DIGITS: usize = 8;

/// A directory that results will go to.
#[derive(Debug)]
pub(super) struct Archive {
    /// Its path as given.
    pub(super) directory: PathBuf,
    /// Directories that were made for it, the innermost first.
    made: Vec<PathBuf>,
    /// What the results will be of.
    asked: Asked,
    /// Whether its name was given: then it takes any question about the same files.
    is_given: bool,
}

impl Archive {
    /// The directory that the options ask for, or the question's own; none if they ask for no files. It is made now, and whether it
    /// may be written is asked now: nobody wants to hear after an hour that it may not.
    pub(super) fn prepare(options: &Options, name: &str, asked: Asked) -> Result<Option<Self>> {
        if options.no_files {
            return Ok(None);
        }
        let own = || Path::new(RESULTS).join(own_name(name, &asked.question));
        let directory = options.out.clone().unwrap_or_else(own);
        let archive = Self::at(directory, asked, options.out.is_some())?;
        write::unclaimed(&archive.directory).map_err(|error| {
            let hint = "say another directory with `--out DIR`";
            Trouble::Because(format!("{}\nhint: {hint}", cannot_write(&error)))
        })?;
        let read = Manifest::read(&archive.directory);
        if let Some(old) = read.map_err(|error| Trouble::Because(cannot_write(&error)))? {
            archive.may_replace(&old).map_err(Trouble::Because)?;
            if old.asked.question != archive.asked.question {
                options.say(&archive.replacing(&old));
            }
        }
        Ok(Some(archive))
    }

    /// A directory that exists, or is made now, for what was asked.
    pub(super) fn at(directory: PathBuf, asked: Asked, is_given: bool) -> Result<Self> {
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let made = directory.ancestors().take_while(missing);
        let made = made.map(Path::to_owned).collect();
        let archive = Self {
            directory,
            made,
            asked,
            is_given,
        };
        place::settle(&archive.directory)
            .map_err(|error| Trouble::with_file("write into", &archive.name(), &error))?;
        Ok(archive)
    }

    /// Why the result of this manifest is not to be replaced, if so.
    fn may_replace(&self, old: &Manifest) -> std::result::Result<(), String> {
        let name = self.name();
        let hint = format!(
            "say another directory with `--out DIR`, give the model another `name:`, or remove `{name}`"
        );
        if let Some(other) = old.of_another(&self.asked) {
            let file = other.file;
            return Err(format!(
                "`{name}` holds the result of another file, `{file}`\nhint: {hint}"
            ));
        }
        // Its name says which question it is of, so that only a chance can bring another one here.
        if !self.is_given && old.asked.question != self.asked.question {
            let question = plainly(&old.asked.question);
            return Err(format!(
                "`{name}` holds the answer to another question, {question}\nhint: {hint}"
            ));
        }
        Ok(())
    }

    /// What is said when a given directory holds the answer to another question about the same files.
    fn replacing(&self, old: &Manifest) -> String {
        format!(
            "`{}` holds the answer to another question, {}: it will be replaced",
            self.name(),
            plainly(&old.asked.question)
        )
    }

    /// Writes the results of a run, with further files.
    pub(super) fn write(&self, result: &RunResult, files: Vec<(String, Vec<u8>)>) -> Result<()> {
        let may = |old: &Manifest| self.may_replace(old).map_err(io::Error::other);
        write::write_all(&self.directory, result, self.extras(files), &may)
            .map(|_| ())
            .map_err(|error| Trouble::Because(cannot_write(&error)))
    }

    /// Writes a comparison, with further files.
    pub(super) fn write_comparison(
        &self,
        of: &Comparison,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<()> {
        let may = |old: &Manifest| self.may_replace(old).map_err(io::Error::other);
        write::write_comparison(&self.directory, of, self.extras(files), &may)
            .map(|_| ())
            .map_err(|error| Trouble::Because(cannot_write(&error)))
    }

    fn extras(&self, files: Vec<(String, Vec<u8>)>) -> Extras {
        Extras {
            asked: self.asked.clone(),
            files,
        }
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
fn cannot_write(error: &io::Error) -> String {
    format!("cannot write the results: {}", reason(error))
}

/// A question in words: what makes it another than the plain one.
fn plainly(question: &[String]) -> String {
    if question.is_empty() {
        "the plain one".to_owned()
    } else {
        format!("`{}`", question.join(" "))
    }
}

/// The name of a question's own directory.
fn own_name(name: &str, question: &[String]) -> String {
    let slug = slug(name);
    if question.is_empty() {
        return slug;
    }
    let hash = manifest::hash(question.join("\n").as_bytes());
    format!("{slug}-{}", &hash[..DIGITS])
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
    fn every_question_has_its_own_directory() {
        let name = |question: &[&str]| {
            let question: Vec<String> = question.iter().map(|&word| word.into()).collect();
            own_name("The Shop", &question)
        };
        assert_eq!(name(&[]), "the-shop");
        let (two, three) = (name(&["--seed 2"]), name(&["--seed 3"]));
        assert!(two.starts_with("the-shop-") && two.len() == "the-shop-".len() + DIGITS);
        assert!(two != three && two == name(&["--seed 2"]));
    }

    #[test]
    fn directories_that_stay_empty_are_taken_away() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("a/b");
        let at = |place: PathBuf| Archive::at(place, Asked::default(), true);
        drop(at(place.clone()).unwrap());
        assert!(!home.path().join("a").exists());
        let archive = at(place.clone()).unwrap();
        fs::write(place.join("x"), "").unwrap();
        drop(archive);
        assert!(place.join("x").exists());
    }

    #[test]
    fn a_file_in_the_way_is_told_at_once() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("file");
        fs::write(&place, "").unwrap();
        let at = Archive::at(place, Asked::default(), true);
        assert!(matches!(at, Err(Trouble::Because(_))));
    }
}
