//! `manifest.json`: what was asked, what lies in a directory of results, and whether that is still what was written.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::analysis::RunResult;

/// Version of `manifest.json`.
pub const MANIFEST_FORMAT: &str = "scaleproof-manifest/1";
/// Its name in a directory of results.
pub const MANIFEST: &str = "manifest.json";

/// A file, or a directory of results, that was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its path as given.
    pub file: String,
    /// BLAKE3 hash of its text, or of the manifest of a directory; empty when that is not known.
    #[serde(default)]
    pub hash: String,
}

/// What was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The words of the command.
    pub arguments: Vec<String>,
    /// About what: one model, or the two of a comparison.
    #[serde(default)]
    pub of: Vec<Subject>,
    /// What makes it another question than the plain one about these files, as on the command line: `--seed 2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub question: Vec<String>,
}

/// A run behind the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Name of the model.
    pub model: String,
    /// Its file as given, with the settings that changed it.
    pub file: String,
    /// Hash of its plan.
    pub plan_hash: String,
    /// Root of all chance.
    pub seed: u64,
    /// Replications made.
    pub replications: u32,
    /// Hash of plan, seed and every integer measured.
    pub digest: String,
}

/// The last file that is written: what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this document: `scaleproof-manifest/1`.
    pub format: String,
    /// Version of the program.
    pub version: String,
    /// What was asked.
    #[serde(flatten)]
    pub asked: Asked,
    /// The runs that the results are of.
    pub runs: Vec<Run>,
    /// Every other file by its path within the directory, with its BLAKE3 hash.
    pub files: BTreeMap<String, String>,
}

impl From<&RunResult> for Run {
    fn from(result: &RunResult) -> Self {
        Self {
            model: result.model.clone(),
            file: result.file.clone(),
            plan_hash: result.plan_hash.clone(),
            seed: result.run.seed,
            replications: result.run.replications,
            digest: result.digest.clone(),
        }
    }
}

/// The hash of a file's content, as manifests have it.
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_string()
}

/// Whether a name from a manifest stays within its directory.
pub(super) fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

impl Manifest {
    /// The manifest for these files.
    pub(super) fn new(asked: Asked, results: &[&RunResult], files: &[(String, Vec<u8>)]) -> Self {
        let hashed = files
            .iter()
            .map(|(name, bytes)| (name.clone(), hash(bytes)));
        Self {
            format: MANIFEST_FORMAT.to_owned(),
            version: (results.first()).map_or_else(String::new, |result| result.version.clone()),
            asked,
            runs: results.iter().map(|result| Run::from(*result)).collect(),
            files: hashed.collect(),
        }
    }

    /// The manifest of a directory; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read, or is no manifest of this version.
    pub fn read(directory: &Path) -> io::Result<Option<Self>> {
        let path = directory.join(MANIFEST);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let strange = |why: &str| {
            let why = format!("{} is no manifest of results: {why}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, why)
        };
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| strange(&error.to_string()))?;
        if manifest.format != MANIFEST_FORMAT {
            let found = super::text::plain(&manifest.format);
            return Err(strange(&format!("its format is `{found}`")));
        }
        if let Some(name) = manifest.files.keys().find(|name| !is_inside(name)) {
            let name = super::text::plain(name);
            return Err(strange(&format!("`{name}` leads out of the directory")));
        }
        Ok(Some(manifest))
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest holds only numbers, text and lists")
            + "\n"
    }

    /// What the results are of; from a manifest that does not say it, as far as its runs do.
    pub fn subjects(&self) -> Vec<Subject> {
        if !self.asked.of.is_empty() {
            return self.asked.of.clone();
        }
        let file = |run: &Run| {
            let (file, _) = run.file.split_once(" with ").unwrap_or((&run.file, ""));
            Subject {
                file: file.to_owned(),
                hash: String::new(),
            }
        };
        self.runs.iter().map(file).collect()
    }

    /// The file that these results are of and `asked` is not: by another path, and of another text.
    pub fn of_another(&self, asked: &Asked) -> Option<Subject> {
        let mine = self.subjects();
        if mine.len() != asked.of.len() {
            return mine.into_iter().next();
        }
        let mut pairs = mine.into_iter().zip(&asked.of);
        let (theirs, _) = pairs.find(|(theirs, ours)| !is_same(theirs, ours))?;
        Some(theirs)
    }
}

/// Whether both are the same file, edited perhaps, or the same text elsewhere.
fn is_same(one: &Subject, other: &Subject) -> bool {
    let real = |of: &Subject| fs::canonicalize(&of.file).ok();
    let same_text = !one.hash.is_empty() && one.hash == other.hash;
    same_text || one.file == other.file || real(one).is_some_and(|path| real(other) == Some(path))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::fixture;

    fn asked(of: &[(&str, &str)]) -> Asked {
        let subject = |(file, hash): &(&str, &str)| Subject {
            file: (*file).to_owned(),
            hash: (*hash).to_owned(),
        };
        Asked {
            of: of.iter().map(subject).collect(),
            ..Asked::default()
        }
    }

    #[test]
    fn another_file_is_told_from_the_same_one_edited_or_moved() {
        let manifest = Manifest::new(asked(&[("a.yaml", "1")]), &[], &[]);
        let other = |of: &[(&str, &str)]| manifest.of_another(&asked(of)).map(|of| of.file);
        assert_eq!(other(&[("a.yaml", "2")]), None, "edited");
        assert_eq!(other(&[("b.yaml", "1")]), None, "moved");
        assert_eq!(other(&[("b.yaml", "2")]).as_deref(), Some("a.yaml"));
        let both = [("a.yaml", "1"), ("b.yaml", "2")];
        assert_eq!(other(&both).as_deref(), Some("a.yaml"), "a comparison");
        // Texts that are not known are not the same.
        let older = Manifest::new(asked(&[("a.yaml", "")]), &[], &[]);
        assert!(older.of_another(&asked(&[("b.yaml", "")])).is_some());
    }

    #[test]
    fn a_file_is_the_same_by_any_path() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("a.yaml"), "").unwrap();
        let path = |tail: &str| format!("{}/{tail}", home.path().display());
        let manifest = Manifest::new(asked(&[(&path("a.yaml"), "1")]), &[], &[]);
        let again = asked(&[(&path("./a.yaml"), "2")]);
        assert_eq!(manifest.of_another(&again), None);
    }

    #[test]
    fn a_manifest_without_its_question_is_of_its_runs() {
        let mut result = fixture::queue();
        result.file = "models/queue.yaml with services.web.replicas=3".into();
        let manifest = Manifest::new(Asked::default(), &[&result], &[]);
        assert_eq!(manifest.subjects()[0].file, "models/queue.yaml");
        let text = r#"{"format":"scaleproof-manifest/1","version":"0.1.0","arguments":[],"runs":[],"files":{}}"#;
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(MANIFEST), text).unwrap();
        assert_eq!(Manifest::read(home.path()).unwrap().unwrap().asked.of, []);
    }

    #[test]
    fn a_manifest_names_nothing_outside() {
        for name in ["../x", "/x", "", "a/../../x", "."] {
            assert!(!is_inside(name), "{name}");
        }
        assert!(is_inside("charts/cost.svg"));
        let home = tempfile::tempdir().unwrap();
        let manifest = Manifest::new(Asked::default(), &[], &[("../x".to_owned(), Vec::new())]);
        fs::write(home.path().join(MANIFEST), manifest.text()).unwrap();
        let error = Manifest::read(home.path()).unwrap_err().to_string();
        assert!(error.contains("leads out"), "{error}");
    }
}
