//! A directory to work in, and what a command left in it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A queue that is simulated in no time.
pub(crate) const SMALL: &str = "\
scaleproof: model/1
name: small
workloads: { visitors: { open: { rate: 100/s }, mix: { web.page: 1 } } }
services: { web: { replicas: 2, endpoints: { page: { compute: { exponential: 4ms } } } } }
network: { same-zone: { rtt: 1ms } }
objectives: { quick: { of: web.page, p99: 1s } }
";

/// Two mistakes, in lines 4 and 6.
pub(crate) const BROKEN: &str = "\
scaleproof: model/1
name: broken
workloads: { visitors: { open: { rate: 100/s }, mix: { web.page: 1 } } }
services: { web: { replcas: 2, endpoints: { page: { compute: { exponential: 4ms } } } } }
network: { same-zone: { rtt: 1ms } }
objectives: { quick: { of: web.page, p99: 100 } }
";

/// Options that end a run soon.
pub(crate) const BRIEF: [&str; 6] = [
    "--replications",
    "4",
    "--duration",
    "20s",
    "--warm-up",
    "1s",
];

/// A directory to work in, with `small.yaml` and `broken.yaml`.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.put("small.yaml", SMALL);
        desk.put("broken.yaml", BROKEN);
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scaleproof"));
        command
            .current_dir(self.path())
            .args(words)
            .env_remove("COLUMNS")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ended {
        Ended::of(&self.command(words).output().unwrap())
    }

    pub(crate) fn brief(&self, words: &[&str]) -> Ended {
        self.run(&[words, &BRIEF].concat())
    }

    /// All files below a directory, hidden ones too.
    pub(crate) fn files(&self, below: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.path().join(below)];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(
                        path.strip_prefix(self.path())
                            .unwrap()
                            .display()
                            .to_string(),
                    );
                }
            }
        }
        found.sort();
        found
    }
}

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no {text:?} in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no {text:?} in {self:#?}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}
