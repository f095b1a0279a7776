//! What several test binaries need: from a model's text to a plan.

use scaleproof::compile::compile;
use scaleproof::model;
use scaleproof::plan::Plan;
use scaleproof::source::render::{self, Colour};
use scaleproof::source::{Diagnostics, Sources};
use std::fs;
use std::path::{Path, PathBuf};

/// Compile a model that must be good.
pub(crate) fn plan(text: &str) -> Plan {
    let (plan, sources, said) = compiled(text);
    plan.unwrap_or_else(|| panic!("{}", render::all(&said, &sources, Colour::Never)))
}

/// Compile a model, whatever it is.
pub(crate) fn compiled(text: &str) -> (Option<Plan>, Sources, Diagnostics) {
    let mut sources = Sources::new();
    let file = sources.add("model.yaml", text);
    let (model, mut said) = model::read(&mut sources, file, &[]);
    let model = model.filter(|_| !said.has_errors());
    let plan = model.and_then(|model| {
        let (plan, more) = compile(&model);
        said.append(more);
        plan
    });
    (plan, sources, said)
}

/// The models below a directory.
#[allow(dead_code, reason = "not every test binary reads shipped files")]
pub(crate) fn yaml_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the directory is shipped") {
        let path = entry.expect("it can be read").path();
        if path.ends_with("reference") {
            continue; // cases of textbooks: some ask for what there is not yet, and the built-in table is held to that
        }
        if path.is_dir() {
            yaml_files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.push(path);
        }
    }
}
