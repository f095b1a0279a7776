//! Every model that is shipped opens with what it shows and compiles without a word of complaint.

mod common;

use scaleproof::source::Severity;
use scaleproof::source::codes;
use std::fs;
use std::path::Path;

#[test]
fn every_shipped_model_says_what_it_shows_and_is_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    common::yaml_files(&root.join("models"), &mut files);
    common::yaml_files(&root.join("experiments"), &mut files);
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).expect("text");
        let name = file.display();
        assert!(
            text.starts_with("# Shows: "),
            "{name} does not open with what it shows"
        );
        let (plan, _, said) = common::compiled(&text);
        let textbook = file
            .parent()
            .is_some_and(|parent| parent.ends_with("models/reference"));
        if textbook {
            // Textbooks have no networks and try what nobody should; some of their cases ask for what there is not yet,
            // or replay what was recorded elsewhere.
            let waits = said.iter().all(|said| {
                matches!(said.code, codes::NOT_SUPPORTED | codes::NO_RECORDING)
                    || said.severity() != Severity::Error
            });
            assert!(
                waits && plan.is_none() == said.has_errors(),
                "{name}: {said:?}"
            );
            continue;
        }
        assert!(said.is_empty(), "{name}: {said:?}");
        let plan = common::plan(&text);
        assert!(!plan.entries.is_empty(), "{name} asks for nothing");
    }
}
