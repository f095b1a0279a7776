//! Each model in `tests/broken/` is the smallest that shows one mistake; what is said about it is part of the product.

#![expect(clippy::unwrap_used, reason = "tests")]

use scaleproof::{compile, model, source};
use std::path::{Path, PathBuf};

/// What a user reads about a model.
fn said_of(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut sources = source::Sources::new();
    let file = sources.add(name, std::fs::read_to_string(path).unwrap());
    let (model, mut said) = model::read(&mut sources, file, &[]);
    if let Some(model) = model {
        let readable = !said.has_errors();
        let (plan, more) = compile::compile(&model);
        assert!(
            !readable || plan.is_none() == more.has_errors(),
            "there is a plan exactly when there is no error"
        );
        said.append(more);
        said.sort();
    }
    source::render::all(&said, &sources, source::render::Colour::Never)
}

fn broken_models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    paths.sort();
    paths
}

#[test]
fn every_mistake_is_explained() {
    let paths = broken_models();
    assert!(paths.len() >= 45, "{} broken models", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let said = said_of(&path);
        let first_line = std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        assert!(
            first_line.starts_with("# "),
            "{name} opens with what it shows"
        );
        assert!(!said.is_empty(), "{name} is not broken");
        insta::with_settings!({ prepend_module_to_snapshot => false, description => first_line.trim_start_matches("# "), omit_expression => true }, {
            insta::assert_snapshot!(name, said);
        });
    }
}

/// The models that ship say nothing that would worry a newcomer.
#[test]
fn shipped_models_have_no_errors_and_no_warnings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // reference cases are architectures of textbooks, not to start from
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# Shows: "),
            "{} opens with what it shows",
            path.display()
        );
        let said = said_of(&path);
        assert!(
            !said.contains("error[") && !said.contains("warning["),
            "{}:\n{said}",
            path.display()
        );
        seen += 1;
    }
    assert!(seen >= 4, "{seen} models");
}
