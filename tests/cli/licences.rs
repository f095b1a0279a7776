//! `licences`: what the binary is made of, as the lock file has it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::desk::Desk;

const LIST: &str = "src/cli/licences.txt";

/// What `cargo` knows of this package and of all that it needs on this system.
fn metadata() -> Value {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args([
        "metadata",
        "--offline",
        "--locked",
        "--format-version=1",
        "--filter-platform=x86_64-unknown-linux-gnu",
    ]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list<'v>(of: &'v Value, key: &str) -> &'v [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}

fn word<'v>(of: &'v Value, key: &str) -> &'v str {
    of[key].as_str().unwrap_or_default()
}

/// The packages whose code is in the binary: those that are needed at run time, and not what runs in the compiler or before it.
fn linked(metadata: &Value) -> Vec<&Value> {
    let packages: BTreeMap<&str, &Value> = list(metadata, "packages")
        .iter()
        .map(|package| (word(package, "id"), package))
        .collect();
    let nodes: BTreeMap<&str, &Value> = list(&metadata["resolve"], "nodes")
        .iter()
        .map(|node| (word(node, "id"), node))
        .collect();
    let is_macro = |id: &str| {
        let mut targets = list(packages[id], "targets").iter();
        targets.any(|target| list(target, "kind").contains(&Value::from("proc-macro")))
    };
    let root = word(&metadata["resolve"], "root");
    let mut found = BTreeSet::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let needs = list(nodes[id], "deps").iter().filter(|needed| {
            let kinds = list(needed, "dep_kinds").iter();
            kinds.into_iter().any(|kind| kind["kind"].is_null())
        });
        for needed in needs.map(|needed| word(needed, "pkg")) {
            if !is_macro(needed) && found.insert(needed) {
                open.push(needed);
            }
        }
    }
    let mut packages: Vec<&Value> = found.iter().map(|id| packages[id]).collect();
    packages.sort_by_key(|package| (word(package, "name"), word(package, "version")));
    packages
}

/// The text of the licence that a package is used under: MIT where it may be chosen, since that is short.
fn text(package: &Value) -> String {
    let home = Path::new(word(package, "manifest_path")).parent().unwrap();
    let mut files: Vec<String> = fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            let name = name.to_uppercase();
            ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"]
                .iter()
                .any(|word| name.starts_with(word))
        })
        .filter(|name| home.join(name).is_file())
        .collect();
    files.sort_by_key(|name| (!name.to_uppercase().contains("MIT"), name.clone()));
    let Some(name) = files.first() else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&fs::read(home.join(name)).unwrap()).replace("\r\n", "\n");
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// The list as it ought to be.
fn expected() -> String {
    let metadata = metadata();
    let packages = linked(&metadata);
    let mut out = String::from(
        "The program scaleproof contains, beside its own code (MIT), that of the packages below, each under the licence\n\
         named, and the font DejaVu Sans (Bitstream Vera licence, public domain changes). The texts of the licences follow.\n\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let name = format!("{} {}", word(package, "name"), word(package, "version"));
        let licence = word(package, "license").replace('/', " OR ");
        assert!(!licence.is_empty(), "{name} names no licence");
        let _ = writeln!(out, "{name:<34} {licence}");
        texts.entry(text(package)).or_default().push(name);
    }
    texts.remove("");
    let font =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/fonts/LICENSE"));
    texts
        .entry(font.unwrap().trim().to_owned())
        .or_default()
        .push("DejaVu Sans".to_owned());
    let mut texts: Vec<(Vec<String>, String)> =
        texts.into_iter().map(|(text, of)| (of, text)).collect();
    texts.sort();
    for (of, text) in texts {
        let _ = write!(out, "\n{}\n{}\n\n{text}\n", "=".repeat(80), of.join("\n"));
    }
    out
}

/// `SCALEPROOF_LICENCES=write cargo test --test cli licences` writes the list anew.
#[test]
fn every_package_in_the_binary_is_listed_with_its_licence() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    let expected = expected();
    if std::env::var_os("SCALEPROOF_LICENCES").is_some_and(|value| value == "write") {
        fs::write(&path, &expected).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let differs = written
        .lines()
        .zip(expected.lines())
        .find(|(one, other)| one != other);
    assert!(
        written == expected,
        "{LIST} is not what Cargo.lock says; the first difference: {differs:?}"
    );
    for name in ["rayon-core ", "clap_builder ", "resvg ", "libm "] {
        assert!(written.contains(&format!("\n{name}")), "{name}");
    }
    // What is only for tests, and what runs in the compiler, is not in the binary.
    for name in ["proptest ", "serde_derive ", "syn "] {
        assert!(!written.contains(&format!("\n{name}")), "{name}");
    }
}

#[test]
fn the_list_is_printed() {
    let ended = Desk::new().run(&["licences"]).with(0);
    ended
        .shows("MIT OR Apache-2.0")
        .shows("Permission is hereby granted")
        .shows("DejaVu Sans");
}
