//! A model file, read and compiled, with everything that is wrong said on stderr.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::console::{self, Console, Voice};
use super::ending::{Result, Trouble};
use super::recordings::recordings;
use crate::compile::compile_with;
use crate::model::{self, Model};
use crate::plan::Plan;
use crate::report::manifest::{self, Subject};
use crate::source::{Diagnostic, Diagnostics, Severity, Sources, codes, render};

/// A path of the model and the YAML that replaces what stands there.
pub(super) type Setting = (String, String);

/// A model file and what is known of it.
#[derive(Debug)]
pub(super) struct Document {
    /// Its path as given.
    pub(super) path: PathBuf,
    /// What was changed before it was read.
    settings: Vec<Setting>,
    /// Its text and the texts of settings.
    pub(super) sources: Sources,
    /// What was meant, if its shape could be followed.
    pub(super) model: Option<Model>,
    /// The program it is compiled to, if there is no error.
    pub(super) plan: Option<Plan>,
    /// What is wrong with it.
    pub(super) diagnostics: Diagnostics,
}

/// More bytes than any model may have: the rest of an endless file is not read.
const ENOUGH: u64 = (4 << 20) + 1;

impl Document {
    /// Reads a file and compiles it; recorded requests that are not beside it are looked for in `data`.
    pub(super) fn open(path: &Path, settings: &[Setting], data: Option<&Path>) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = bytes(path).map_err(|error| Trouble::with_file("read", &name, &error))?;
        let mut document = Self {
            path: path.to_owned(),
            settings: settings.to_vec(),
            sources: Sources::new(),
            model: None,
            plan: None,
            diagnostics: Diagnostics::new(),
        };
        match document.sources.add_bytes(name, bytes) {
            Ok(file) => document.understand(file, &[path.parent(), data]),
            Err(diagnostic) => document.diagnostics.push(*diagnostic),
        }
        Ok(document)
    }

    /// Reads a text that is part of the program, and compiles it.
    pub(super) fn built_in(name: &str, text: &str, data: Option<&Path>) -> Self {
        let mut document = Self {
            path: PathBuf::from(name),
            settings: Vec::new(),
            sources: Sources::new(),
            model: None,
            plan: None,
            diagnostics: Diagnostics::new(),
        };
        let file = document.sources.add(name, text);
        document.understand(file, &[data]);
        document
    }

    /// The words that are not supported yet, if nothing else is wrong with it but that recorded requests are not there.
    pub(super) fn missing(&self) -> Option<Vec<String>> {
        let errors = self.diagnostics.iter();
        let mut words = Vec::new();
        let grave = |said: &&Diagnostic| {
            said.code.severity() == Severity::Error && said.code != codes::NO_RECORDING
        };
        for error in errors.filter(grave) {
            if error.code != codes::NOT_SUPPORTED {
                return None;
            }
            let word = error.message.split('`').nth(1);
            let word = word.unwrap_or(&error.message).to_owned();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Some(words)
    }

    /// The first file of recorded requests that is not there.
    pub(super) fn absent(&self) -> Option<&str> {
        let mut said = self.diagnostics.iter();
        let absent = said.find(|said| said.code == codes::NO_RECORDING)?;
        absent.message.split('`').nth(1)
    }

    fn understand(&mut self, file: u16, directories: &[Option<&Path>]) {
        (self.model, self.diagnostics) = model::read(&mut self.sources, file, &self.settings);
        // A model that was not read whole lacks what was wrong in it, and would be blamed for that.
        if let Some(model) = self
            .model
            .as_ref()
            .filter(|_| !self.diagnostics.has_errors())
        {
            let (plan, complaints) = compile_with(model, &recordings(model, directories));
            self.diagnostics.append(complaints);
            self.diagnostics.sort();
            self.plan = plan.filter(|_| !self.diagnostics.has_errors());
        }
    }

    /// What reports call it: its path, and the settings that make it another model than the file holds.
    pub(super) fn title(&self) -> String {
        let path = self.path.display();
        let settings: Vec<String> = self
            .settings
            .iter()
            .map(|(path, value)| format!("{path}={value}"))
            .collect();
        if settings.is_empty() {
            path.to_string()
        } else {
            format!("{path} with {}", settings.join(", "))
        }
    }

    /// The text of the file; empty if it is no text.
    pub(super) fn text(&self) -> &str {
        self.sources.get(0).map_or("", |source| &source.text)
    }

    /// What a result of it is of.
    pub(super) fn subject(&self) -> Subject {
        Subject {
            file: self.path.display().to_string(),
            hash: manifest::hash(self.text().as_bytes()),
        }
    }

    /// Says everything that is wrong; in a quiet voice, nothing of a document that can be used.
    pub(super) fn complain(&self, console: Console, voice: Voice) {
        let relevant = voice == Voice::Usual || self.diagnostics.has_errors();
        if relevant && !self.diagnostics.is_empty() {
            console::say_drawn(&render::all(
                &self.diagnostics,
                &self.sources,
                console.colour(),
            ));
        }
    }

    /// The plan, once everything that is wrong has been said.
    pub(super) fn plan(&self, console: Console, voice: Voice) -> Result<&Plan> {
        self.complain(console, voice);
        self.plan.as_ref().ok_or(Trouble::Told)
    }

    /// How many complaints there are, in words.
    pub(super) fn verdict(&self) -> String {
        let words = [
            (Severity::Error, "error", "errors"),
            (Severity::Warning, "warning", "warnings"),
            (Severity::Advice, "piece of advice", "pieces of advice"),
        ];
        let counts = words.map(|(severity, one, many)| {
            let count = self.diagnostics.count(severity);
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
        });
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        if counts.is_empty() {
            "no problems".to_owned()
        } else {
            counts.join(", ")
        }
    }
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(ENOUGH).read_to_end(&mut bytes)?;
    Ok(bytes)
}
