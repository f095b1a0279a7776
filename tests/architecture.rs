//! A module imports only modules that stand above it in `src/lib.rs`, and no file has grown a second job.

use std::fs;
use std::path::{Path, PathBuf};

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found.sort();
    let name = |path: &Path| {
        path.strip_prefix(&root)
            .expect("below src")
            .to_string_lossy()
            .replace('\\', "/")
    };
    found
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).expect("text")))
        .collect()
}

/// The modules in the order of `lib.rs`.
fn floors() -> Vec<String> {
    let library = include_str!("../src/lib.rs");
    let module = |line: &str| {
        line.strip_prefix("pub mod ")?
            .strip_suffix(';')
            .map(str::to_owned)
    };
    library.lines().filter_map(module).collect()
}

#[test]
fn modules_import_only_what_stands_above_them() {
    let floors = floors();
    let floor = |name: &str| floors.iter().position(|floor| floor == name);
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(own) = file
            .split('/')
            .next()
            .and_then(|name| floor(name.trim_end_matches(".rs")))
        else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in line.split("crate::").skip(1) {
                let name: String = used
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if floor(&name).is_some_and(|other| other > own) {
                    wrong.push(format!("{file}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that point downwards:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_engine_knows_only_the_plan_policies_and_chance() {
    for (file, text) in sources()
        .iter()
        .filter(|(file, _)| file.starts_with("engine/"))
    {
        for used in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| line.split("crate::").skip(1))
        {
            let name: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            assert!(
                ["plan", "policy", "chance", "units", "engine"].contains(&name.as_str()),
                "{file} uses {name}"
            );
        }
    }
}

#[test]
fn files_do_one_job() {
    let long: Vec<String> = sources()
        .iter()
        .map(|(file, text)| (file, text.lines().count()))
        .filter(|&(_, lines)| lines > 500)
        .map(|(file, lines)| format!("{file}: {lines}"))
        .collect();
    assert!(
        long.is_empty(),
        "longer than 500 lines:\n{}",
        long.join("\n")
    );
}
