//! What several test binaries need: from a model's text to a plan.

use scaleproof::compile::compile_with;
use scaleproof::engine::{Engine, Probe};
use scaleproof::model;
use scaleproof::plan::Plan;
use scaleproof::replay::Recordings;
use scaleproof::source::render::{self, Colour};
use scaleproof::source::{Diagnostic, Diagnostics, Sources, codes};
use std::fs;
use std::path::{Path, PathBuf};

/// Compile a model that must be good.
#[allow(dead_code, reason = "not every test binary has good models only")]
pub(crate) fn plan(text: &str) -> Plan {
    let (plan, sources, said) = compiled(text);
    plan.unwrap_or_else(|| panic!("{}", render::all(&said, &sources, Colour::Never)))
}

/// What a listener heard of the first seconds of a good model, run to its end.
#[allow(dead_code, reason = "not every test binary listens to the engine")]
pub(crate) fn heard<P: Probe + Default>(text: &str, seconds: u64) -> P {
    let plan = plan(text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, P::default());
    engine
        .run_until(seconds * 1_000_000_000)
        .expect("no overflow");
    engine.close();
    std::mem::take(&mut engine.probe)
}

/// Compile a model, whatever it is.
pub(crate) fn compiled(text: &str) -> (Option<Plan>, Sources, Diagnostics) {
    compiled_with(text, &Recordings::default())
}

/// Compile a model that names recorded requests.
pub(crate) fn compiled_with(
    text: &str,
    recordings: &Recordings,
) -> (Option<Plan>, Sources, Diagnostics) {
    let mut sources = Sources::new();
    let file = sources.add("model.yaml", text);
    let (model, mut said) = model::read(&mut sources, file, &[]);
    let model = model.filter(|_| !said.has_errors());
    let plan = model.and_then(|model| {
        let (plan, more) = compile_with(&model, recordings);
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

/// Every shipped model that can be run today, with its plan and a time in which a few thousand calls are made \[ns\].
#[allow(dead_code, reason = "not every test binary reads shipped files")]
pub(crate) fn shipped() -> Vec<(PathBuf, Plan, u64)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    yaml_files(&root.join("models"), &mut files);
    yaml_files(&root.join("experiments"), &mut files);
    files.sort();
    let run = |file: PathBuf| {
        let text = fs::read_to_string(&file).expect("text");
        let (plan, _, said) = compiled(&text);
        let waits =
            |said: &Diagnostic| matches!(said.code, codes::NOT_SUPPORTED | codes::NO_RECORDING);
        assert!(plan.is_some() || said.iter().any(waits), "{said:?}");
        let plan = plan?;
        let calls = plan.load.root_rate * plan.load.calls_per_root.max(1.0);
        let seconds = (3000.0 / calls.max(1e-3)).clamp(0.5, 1e6);
        Some((file, plan, (seconds * 1e9) as u64))
    };
    files.into_iter().filter_map(run).collect()
}

/// The words of a topic, as `scaleproof list TOPIC` prints them.
#[allow(dead_code, reason = "not every test binary goes through the words")]
pub(crate) fn listed(topic: &str) -> Vec<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_scaleproof"))
        .args(["list", topic])
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("text");
    // What is about a word goes on in lines that are indented.
    let lines = text.lines().filter(|line| !line.starts_with(' '));
    let words: Vec<String> = lines
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(!words.is_empty(), "nothing is listed of {topic}");
    words
}
