//! Results on disk: which files there are of what, and what a directory of them holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::charts::{self, Chart};
use super::json::ReadError;
use super::manifest::{self, Asked, MANIFEST, Manifest, is_inside};
use super::{csv, html, json, markdown, place};
use crate::analysis::{Comparison, RunResult};

/// The result of a run, as [`json::read`] takes it.
pub const SUMMARY: &str = "summary.json";
/// A comparison, as [`json::read_comparison`] takes it.
pub const COMPARISON: &str = "comparison.json";
/// Files that no result can be rendered into again: the models, and what their replications measured.
const DATA: [&str; 7] = [
    "model.yaml",
    "runs.csv",
    "samples.json",
    "model-a.yaml",
    "runs-a.csv",
    "model-b.yaml",
    "runs-b.csv",
];
/// How often a directory is read again that others write into meanwhile.
const ATTEMPTS: usize = 20;

/// What is written beside the result.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// What was asked, for the manifest.
    pub asked: Asked,
    /// Further files, by their path within the directory.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Whether the result of this manifest may be replaced; why not, if not.
pub type May<'a> = &'a dyn Fn(&Manifest) -> io::Result<()>;

/// What lies in a directory.
#[derive(Debug, Clone)]
pub enum Content {
    /// The result of a run.
    Run(Box<RunResult>),
    /// A comparison.
    Comparison(Box<Comparison>),
}

/// A directory of results that is what its manifest says.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What the results are.
    pub content: Content,
    /// Its manifest.
    pub manifest: Manifest,
    /// Models and replications, by name.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Writes everything there is of a run into `directory`, which is made if need be; the files in order of writing.
///
/// # Errors
/// The directory or a file cannot be written, a further file has a path that leads out of the directory, or `may` objects to
/// the result that is there. What was there before is still there, whole.
pub fn write_all(
    directory: &Path,
    result: &RunResult,
    extras: Extras,
    may: May,
) -> io::Result<Vec<PathBuf>> {
    let charts = charts::of_run(result);
    let mut files = vec![
        (SUMMARY.into(), json::run(result).into_bytes()),
        ("summary.csv".into(), csv::summary(result).into_bytes()),
        (
            "timeseries.csv".into(),
            csv::timeseries(result).into_bytes(),
        ),
        ("topology.mmd".into(), charts::mermaid(result).into_bytes()),
        ("topology.dot".into(), charts::dot(result).into_bytes()),
        (
            "report.md".into(),
            markdown::run(result, &links(&charts)).into_bytes(),
        ),
        (
            "report.html".into(),
            html::run(result, &charts).into_bytes(),
        ),
    ];
    files.extend(drawings(&charts));
    whole(directory, &[result], files, extras, may)
}

/// Writes everything there is of a comparison into `directory`, as [`write_all`] does for a run.
///
/// # Errors
/// As [`write_all`].
pub fn write_comparison(
    directory: &Path,
    of: &Comparison,
    extras: Extras,
    may: May,
) -> io::Result<Vec<PathBuf>> {
    let charts = charts::of_comparison(of);
    let mut files = vec![
        (COMPARISON.into(), json::comparison(of).into_bytes()),
        ("comparison.csv".into(), csv::comparison(of).into_bytes()),
        (
            "report.md".into(),
            markdown::comparison(of, &links(&charts)).into_bytes(),
        ),
        (
            "report.html".into(),
            html::comparison(of, &charts).into_bytes(),
        ),
    ];
    files.extend(drawings(&charts));
    whole(directory, &[&of.first, &of.second], files, extras, may)
}

/// What lies in the directory, once a result that was cut off on its way there has been completed.
///
/// # Errors
/// There is no result, it cannot be read or is of another format, or a file is not what the manifest says.
pub fn read(directory: &Path) -> Result<Kept, ReadError> {
    let file = |error: io::Error| ReadError::File(error.to_string());
    let mut attempt = 1;
    loop {
        place::complete(directory).map_err(file)?;
        let before = fs::read(directory.join(MANIFEST)).ok();
        let found = verified(directory);
        // Somebody wrote while we read: what was seen is neither the old nor the new.
        let is_torn =
            place::is_moving(directory) || fs::read(directory.join(MANIFEST)).ok() != before;
        if !is_torn || attempt == ATTEMPTS {
            return found;
        }
        attempt += 1;
    }
}

fn verified(directory: &Path) -> Result<Kept, ReadError> {
    let of_comparison = directory.join(COMPARISON).exists();
    let main = if of_comparison { COMPARISON } else { SUMMARY };
    let text = text(&directory.join(main))?;
    let content = if of_comparison {
        Content::Comparison(Box::new(json::read_comparison(&text)?))
    } else {
        Content::Run(Box::new(json::read(&text)?))
    };
    let manifest = Manifest::read(directory).map_err(|error| ReadError::File(error.to_string()))?;
    let path = |name: &str| directory.join(name).display().to_string();
    let Some(manifest) = manifest else {
        return Err(ReadError::Partial(path(MANIFEST)));
    };
    let mut files = Vec::new();
    let mut is_listed = false;
    for (name, expected) in &manifest.files {
        let bytes = match fs::read(directory.join(name)) {
            // It is made anew from the result.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !DATA.contains(&&**name) => {
                continue;
            }
            bytes => bytes.map_err(|error| ReadError::File(format!("{}: {error}", path(name))))?,
        };
        if manifest::hash(&bytes) != *expected {
            return Err(ReadError::Changed(path(name)));
        }
        is_listed |= name == main;
        if DATA.contains(&&**name) {
            files.push((name.clone(), bytes));
        }
    }
    if !is_listed {
        return Err(ReadError::Changed(path(main)));
    }
    Ok(Kept {
        content,
        manifest,
        files,
    })
}

fn text(path: &Path) -> Result<String, ReadError> {
    fs::read_to_string(path)
        .map_err(|error| ReadError::File(format!("{}: {error}", path.display())))
}

/// The first file that a result would be written over though it belongs to none, as far as that is known before there is a result.
///
/// # Errors
/// There is one, or the manifest cannot be read.
pub fn unclaimed(directory: &Path) -> io::Result<()> {
    let old = Manifest::read(directory)?;
    let main = [
        SUMMARY,
        COMPARISON,
        "summary.csv",
        "comparison.csv",
        "timeseries.csv",
        "report.md",
        "report.html",
    ];
    let names = main.into_iter().chain(DATA);
    let is_file = |name: &&str| directory.join(name).is_file();
    place::unclaimed(directory, old.as_ref(), names.filter(is_file))
}

/// Files of charts with what each shows, relative to the report.
fn links(charts: &[Chart]) -> Vec<(String, String)> {
    let links = charts
        .iter()
        .map(|chart| (format!("charts/{}.svg", chart.name), chart.alt.clone()));
    links.collect()
}

fn drawings(charts: &[Chart]) -> impl Iterator<Item = (String, Vec<u8>)> {
    charts.iter().flat_map(|chart| {
        [
            (
                format!("charts/{}.svg", chart.name),
                chart.svg.clone().into_bytes(),
            ),
            (format!("charts/{}.png", chart.name), chart.png()),
        ]
    })
}

fn whole(
    directory: &Path,
    results: &[&RunResult],
    mut files: Vec<(String, Vec<u8>)>,
    extras: Extras,
    may: May,
) -> io::Result<Vec<PathBuf>> {
    for (name, _) in &extras.files {
        let is_taken = files.iter().any(|(taken, _)| taken == name) || name == MANIFEST;
        if is_taken || !is_inside(name) {
            let why = format!(
                "`{name}` is no name for a further file in {}",
                directory.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
    }
    files.extend(extras.files);
    let manifest = Manifest::new(extras.asked, results, &files);
    place::replace(directory, &files, &manifest, may)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::fixture;

    fn listed(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = [directory.to_owned(), directory.join("charts")]
            .iter()
            .flat_map(|place| fs::read_dir(place).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    const ALWAYS: May = &|_| Ok(());

    #[test]
    fn a_run_is_written_whole_and_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("results/shop");
        let result = fixture::shop();
        let extras = Extras {
            asked: Asked {
                arguments: vec!["scaleproof".to_owned(), "run".to_owned()],
                ..Asked::default()
            },
            files: vec![("runs.csv".to_owned(), b"replication\n".to_vec())],
        };
        let written = write_all(&place, &result, extras, ALWAYS).unwrap();
        assert_eq!(written.len(), 7 + 10 + 1 + 1);
        assert!(written.last().unwrap().ends_with(MANIFEST));
        assert!(written.iter().all(|path| path.exists()));
        assert!(listed(&place).iter().all(|name| !name.contains(".part")));
        let manifest = fs::read_to_string(place.join(MANIFEST)).unwrap();
        let hash = blake3::hash(&fs::read(place.join("report.html")).unwrap()).to_string();
        assert!(
            manifest.contains(&hash)
                && manifest.contains("\"runs.csv\"")
                && manifest.contains(&result.digest)
        );
        let document = fs::read_to_string(place.join("report.md")).unwrap();
        for link in document
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap())
        {
            assert!(place.join(link).exists(), "{link}");
        }
        let again = read(&place).unwrap();
        assert_eq!(again.files.len(), 1);
        let Content::Run(again) = again.content else {
            panic!("a run was written");
        };
        assert_eq!(html::run(&again, &[]), html::run(&result, &[]));
    }

    #[test]
    fn charts_of_an_earlier_run_are_taken_away() {
        let home = tempfile::tempdir().unwrap();
        write_all(home.path(), &fixture::shop(), Extras::default(), ALWAYS).unwrap();
        assert!(home.path().join("charts/cost.svg").exists());
        write_all(home.path(), &fixture::queue(), Extras::default(), ALWAYS).unwrap();
        assert!(!home.path().join("charts/cost.svg").exists());
        assert!(!home.path().join("charts/timeline.png").exists());
        assert!(home.path().join("charts/topology.svg").exists());
    }

    #[test]
    fn a_comparison_is_written_and_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let of = fixture::comparison();
        write_comparison(home.path(), &of, Extras::default(), ALWAYS).unwrap();
        let Content::Comparison(again) = read(home.path()).unwrap().content else {
            panic!("a comparison was written");
        };
        assert_eq!(
            markdown::comparison(&again, &[]),
            markdown::comparison(&of, &[])
        );
        assert!(home.path().join("charts/difference.png").exists());
    }

    #[test]
    fn what_was_changed_or_lost_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let place = |name: &str| home.path().join(name);
        let written = || {
            let files = vec![("runs.csv".to_owned(), b"replication\n".to_vec())];
            let extras = Extras {
                files,
                ..Extras::default()
            };
            write_all(home.path(), &fixture::queue(), extras, ALWAYS).unwrap();
        };
        let said = || read(home.path()).map(|_| ()).unwrap_err().to_string();
        written();
        fs::remove_file(place("report.html")).unwrap();
        assert!(read(home.path()).is_ok(), "it is made anew");
        for name in [SUMMARY, "report.md", "runs.csv"] {
            written();
            let mut text = fs::read_to_string(place(name)).unwrap();
            text.push('\n');
            fs::write(place(name), text).unwrap();
            assert!(said().contains(name), "{}", said());
        }
        written();
        fs::remove_file(place("runs.csv")).unwrap();
        assert!(said().contains("runs.csv"), "{}", said());
        fs::write(place("runs.csv"), "replication\n").unwrap();
        assert!(read(home.path()).is_ok());
        fs::remove_file(place(MANIFEST)).unwrap();
        assert!(said().contains(MANIFEST), "{}", said());
    }

    #[test]
    fn further_files_stay_inside() {
        let home = tempfile::tempdir().unwrap();
        for name in ["../x", "/x", "", "report.html", "manifest.json"] {
            let extras = Extras {
                files: vec![(name.to_owned(), Vec::new())],
                ..Extras::default()
            };
            let error = write_all(home.path(), &fixture::queue(), extras, ALWAYS).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn another_format_and_no_file_are_refused_by_name() {
        let home = tempfile::tempdir().unwrap();
        let error = read(home.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("summary.json"), "{error}");
        let mut result = fixture::queue();
        result.format = "scaleproof-result/2".into();
        fs::write(home.path().join(SUMMARY), json::run(&result)).unwrap();
        let error = read(home.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("scaleproof-result/2"), "{error}");
    }
}
