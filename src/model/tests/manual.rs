//! The manual says of every key what it may be, and its examples are what the schema allows.

use super::validator::check;
use crate::model::{Manual, Verb, schema};
use serde_json::Value;

#[test]
fn every_section_and_verb_has_a_page() {
    let manual = Manual::default();
    for word in [
        "service",
        "services",
        "databases",
        "database",
        "caches",
        "workload",
        "network",
        "objectives",
        "expect",
        "data",
        "attempts",
    ] {
        assert_eq!(manual.page(word).is_some(), word != "attempts", "{word}");
    }
    for verb in Verb::forms() {
        let page = manual.page(verb.word()).unwrap();
        assert_eq!(page.keys[0].name, verb.word());
        assert_eq!(
            page.keys.len(),
            (verb.fields)().len() + 1,
            "all modifiers of {} and `label`",
            verb.word()
        );
    }
    let service = manual.page("service").unwrap();
    let cores = service.keys.iter().find(|key| key.name == "cores").unwrap();
    assert_eq!(cores.kind, "a number above 0, or `unlimited`");
    assert_eq!(
        (cores.default.as_deref(), cores.example.as_str()),
        (Some("1"), "0.5")
    );
    assert!(service.keys[0].needed && service.keys[0].name == "endpoints");
    let places: Vec<String> = manual
        .places("timeout")
        .into_iter()
        .map(|(word, _)| word)
        .collect();
    assert_eq!(places, ["call", "get"]);
}

#[test]
fn examples_are_what_the_schema_allows() {
    let (manual, root) = (Manual::default(), schema());
    let mut seen = 0;
    for word in manual.words() {
        let page = manual
            .page(&word)
            .unwrap_or_else(|| panic!("{word} has no page"));
        assert!(page.about.len() > 5, "{word}");
        for key in page.keys {
            seen += 1;
            let what = format!("{word}: `{}: {}`", key.name, key.example);
            assert!(!key.about.is_empty() && !key.kind.is_empty(), "{what}");
            let value: Value = serde_yaml::from_str(&key.example)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let schema = manual.schema_of(&word, &key.name).unwrap();
            check(&root, &schema, &value).unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
    assert!(seen > 300, "{seen} keys");
}
