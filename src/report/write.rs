//! Results on disk: every file whole, the manifest last.
//!
//! A file is written under a temporary name beside its own, forced to the disk and renamed: a reader sees the old one
//! or the new one, never a part. The manifest is taken away first and written last, so that a directory with a manifest
//! is complete.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use super::charts::{self, Chart};
use super::{csv, html, json, markdown};
use crate::analysis::{Comparison, RunResult};

/// Version of `manifest.json`.
pub const MANIFEST_FORMAT: &str = "scaleproof-manifest/1";
/// The result of a run, as [`json::read`] takes it.
pub const SUMMARY: &str = "summary.json";
/// A comparison, as [`json::read_comparison`] takes it.
pub const COMPARISON: &str = "comparison.json";
const MANIFEST: &str = "manifest.json";
/// Every chart that may lie in a directory: those of an earlier run that this one lacks are taken away.
const CHARTS: [&str; 6] = [
    "percentiles",
    "utilisation",
    "timeline",
    "topology",
    "cost",
    "difference",
];

/// What is written beside the result.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'a> {
    /// The words of the command that made it, for the manifest.
    pub arguments: &'a [String],
    /// Further files, by their path within the directory.
    pub files: &'a [(String, Vec<u8>)],
}

#[derive(Serialize)]
struct Manifest<'a> {
    format: &'static str,
    version: &'a str,
    arguments: &'a [String],
    runs: Vec<Run<'a>>,
    /// Every other file with its BLAKE3 hash.
    files: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct Run<'a> {
    model: &'a str,
    file: &'a str,
    plan_hash: &'a str,
    seed: u64,
    replications: u32,
    digest: &'a str,
}

impl<'a> From<&'a RunResult> for Run<'a> {
    fn from(result: &'a RunResult) -> Self {
        Self {
            model: &result.model,
            file: &result.file,
            plan_hash: &result.plan_hash,
            seed: result.run.seed,
            replications: result.run.replications,
            digest: &result.digest,
        }
    }
}

/// Writes everything there is of a run into `directory`, which is made if need be; the files in order of writing.
///
/// # Errors
/// The directory or a file cannot be written, or a further file has a path that leads out of the directory. Files
/// written before remain, each whole, without a manifest.
pub fn write_all(directory: &Path, result: &RunResult, extras: Extras) -> io::Result<Vec<PathBuf>> {
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
    whole(directory, &[result], files, extras)
}

/// Writes everything there is of a comparison into `directory`, as [`write_all`] does for a run.
///
/// # Errors
/// As [`write_all`].
pub fn write_comparison(
    directory: &Path,
    of: &Comparison,
    extras: Extras,
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
    whole(directory, &[&of.first, &of.second], files, extras)
}

/// The result of a run from the directory that [`write_all`] filled.
///
/// # Errors
/// There is no `summary.json`, it cannot be read, or it is of another format.
pub fn read(directory: &Path) -> Result<RunResult, json::ReadError> {
    json::read(&text(&directory.join(SUMMARY))?)
}

/// A comparison from the directory that [`write_comparison`] filled.
///
/// # Errors
/// There is no `comparison.json`, it cannot be read, or it is of another format.
pub fn read_comparison(directory: &Path) -> Result<Comparison, json::ReadError> {
    json::read_comparison(&text(&directory.join(COMPARISON))?)
}

fn text(path: &Path) -> Result<String, json::ReadError> {
    fs::read_to_string(path)
        .map_err(|error| json::ReadError::File(format!("{}: {error}", path.display())))
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
) -> io::Result<Vec<PathBuf>> {
    for (name, _) in extras.files {
        let inside = Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside
            || name.is_empty()
            || files.iter().any(|(taken, _)| taken == name)
            || name == MANIFEST
        {
            let why = format!(
                "`{name}` is no name for a further file in {}",
                directory.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
    }
    files.extend_from_slice(extras.files);
    let manifest = Manifest {
        format: MANIFEST_FORMAT,
        version: results.first().map_or("", |result| &result.version),
        arguments: extras.arguments,
        runs: results.iter().map(|result| Run::from(*result)).collect(),
        files: files
            .iter()
            .map(|(name, bytes)| (name.as_str(), blake3::hash(bytes).to_string()))
            .collect(),
    };
    let manifest = serde_json::to_string_pretty(&manifest)? + "\n";
    gone(&directory.join(MANIFEST))?;
    let mut written = Vec::new();
    for (name, bytes) in &files {
        written.push(placed(&directory.join(name), bytes)?);
    }
    for name in CHARTS
        .iter()
        .flat_map(|name| [format!("charts/{name}.svg"), format!("charts/{name}.png")])
    {
        if files.iter().all(|(kept, _)| *kept != name) {
            gone(&directory.join(name))?;
        }
    }
    written.push(placed(&directory.join(MANIFEST), manifest.as_bytes())?);
    Ok(written)
}

/// Writes a file so that it appears whole or not at all.
fn placed(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let told =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(told)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = directory.join(format!(".{name}.{}.part", std::process::id()));
    let done = filled(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // What matters is why the file could not be written; a part that stays behind is hidden and harmless.
        let _ = fs::remove_file(&temporary);
    }
    done.map_err(told)?;
    Ok(path.to_owned())
}

fn filled(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Takes a file away, if it is there.
fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io::Error::new(
            error.kind(),
            format!("{}: {error}", path.display()),
        )),
        _ => Ok(()),
    }
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

    #[test]
    fn a_run_is_written_whole_and_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("results/shop");
        let result = fixture::shop();
        let arguments = ["scaleproof".to_owned(), "run".to_owned()];
        let files = [("runs.csv".to_owned(), b"replication\n".to_vec())];
        let extras = Extras {
            arguments: &arguments,
            files: &files,
        };
        let written = write_all(&place, &result, extras).unwrap();
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
        assert_eq!(html::run(&again, &[]), html::run(&result, &[]));
    }

    #[test]
    fn charts_of_an_earlier_run_are_taken_away() {
        let home = tempfile::tempdir().unwrap();
        write_all(home.path(), &fixture::shop(), Extras::default()).unwrap();
        assert!(home.path().join("charts/cost.svg").exists());
        write_all(home.path(), &fixture::queue(), Extras::default()).unwrap();
        assert!(!home.path().join("charts/cost.svg").exists());
        assert!(!home.path().join("charts/timeline.png").exists());
        assert!(home.path().join("charts/topology.svg").exists());
    }

    #[test]
    fn a_comparison_is_written_and_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let of = fixture::comparison();
        write_comparison(home.path(), &of, Extras::default()).unwrap();
        let again = read_comparison(home.path()).unwrap();
        assert_eq!(
            markdown::comparison(&again, &[]),
            markdown::comparison(&of, &[])
        );
        assert!(home.path().join("charts/difference.png").exists());
    }

    #[test]
    fn what_cannot_be_written_leaves_no_part_behind() {
        let home = tempfile::tempdir().unwrap();
        write_all(home.path(), &fixture::queue(), Extras::default()).unwrap();
        // A directory where a file should go.
        fs::remove_file(home.path().join("report.html")).unwrap();
        fs::create_dir_all(home.path().join("report.html/in-the-way")).unwrap();
        let error = write_all(home.path(), &fixture::queue(), Extras::default()).unwrap_err();
        assert!(error.to_string().contains("report.html"), "{error}");
        let names = listed(home.path());
        assert!(
            names.iter().all(|name| !name.contains(".part")),
            "{names:?}"
        );
        assert!(
            !names.contains(&MANIFEST.to_owned()),
            "incomplete results have no manifest"
        );
    }

    #[test]
    fn further_files_stay_inside() {
        let home = tempfile::tempdir().unwrap();
        for name in ["../x", "/x", "", "report.html", "manifest.json"] {
            let files = [(name.to_owned(), Vec::new())];
            let extras = Extras {
                arguments: &[],
                files: &files,
            };
            let error = write_all(home.path(), &fixture::queue(), extras).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn another_format_and_no_file_are_refused_by_name() {
        let home = tempfile::tempdir().unwrap();
        let error = read(home.path()).unwrap_err().to_string();
        assert!(error.contains("summary.json"), "{error}");
        let mut result = fixture::queue();
        result.format = "scaleproof-result/2".into();
        fs::write(home.path().join(SUMMARY), json::run(&result)).unwrap();
        let error = read(home.path()).unwrap_err().to_string();
        assert!(error.contains("scaleproof-result/2"), "{error}");
    }
}
