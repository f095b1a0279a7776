//! What README.md shows is what happens.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of a kind, without their fences.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    let rest = text.split(&fence).skip(1);
    rest.map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// Everything that a command prints, stdout first.
fn output(words: &[&str], at: &Path) -> String {
    let command = Command::new(env!("CARGO_BIN_EXE_scaleproof"))
        .args(words)
        .current_dir(at)
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    String::from_utf8(command.stdout).unwrap() + &String::from_utf8(command.stderr).unwrap()
}

/// Where models lie as they do in the repository, and results may be written.
fn desk() -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    let models = desk.path().join("models");
    fs::create_dir(&models).unwrap();
    for entry in fs::read_dir(root().join("models")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        fs::copy(&path, models.join(path.file_name().unwrap())).unwrap();
    }
    desk
}

#[test]
fn commands_print_what_is_shown() {
    let desk = desk();
    let mut commands = 0;
    for block in blocks(&readme(), "console") {
        let mut shown = block.lines();
        let words = shown.next().unwrap().strip_prefix("$ scaleproof ").unwrap();
        let words: Vec<&str> = words.split(' ').collect();
        let printed = output(&words, desk.path());
        let mut rest = printed.lines();
        for line in shown.filter(|line| *line != "…") {
            assert!(
                rest.any(|printed| printed == line),
                "{words:?} does not print {line:?} where it is shown:\n{printed}"
            );
        }
        commands += 1;
    }
    assert!(commands >= 3);
}

#[test]
fn the_first_model_is_the_file() {
    let file = fs::read_to_string(root().join("models/first.yaml")).unwrap();
    assert_eq!(blocks(&readme(), "yaml"), [file]);
}

#[test]
fn links_and_paths_lead_somewhere() {
    let text = readme();
    let links = text
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap());
    let table = text
        .split("| folder |")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let named = table
        .lines()
        .skip(2)
        .flat_map(|line| line.split('|').nth(1).unwrap().split(", "));
    let named = named.map(|name| name.trim().trim_matches('`'));
    let steps = text
        .split('`')
        .filter(|word| word.starts_with("src/") && !word.ends_with("your_rule.rs"));
    let all: Vec<&str> = links.chain(named).chain(steps).collect();
    assert!(all.len() > 20, "{all:?}");
    for path in all {
        assert!(root().join(path).exists(), "{path}");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let text = readme();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut dependencies = 0;
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if let (true, Some((name, _))) = (inside, line.split_once(" = ")) {
            assert!(
                text.contains(&format!("`{name}`")),
                "README.md does not say why `{name}` is needed"
            );
            dependencies += 1;
        }
    }
    assert!(dependencies > 20);
}

#[test]
fn the_example_is_what_its_model_gives() {
    let text = fs::read_to_string(root().join("results/example/summary.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    let words = [
        "run",
        "models/online-boutique.yaml",
        "--no-files",
        "--quiet",
        "--format",
        "json",
    ];
    let printed: serde_json::Value = serde_json::from_str(&output(&words, &root())).unwrap();
    let again = "cargo run --release -- run models/online-boutique.yaml --out results/example";
    assert_eq!(
        kept["digest"], printed["digest"],
        "results/example is out of date: {again}"
    );
    let model = fs::read_to_string(root().join("models/online-boutique.yaml")).unwrap();
    let copy = fs::read_to_string(root().join("results/example/model.yaml")).unwrap();
    assert!(
        model == copy,
        "results/example is of another model: {again}"
    );
}
