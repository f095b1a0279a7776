//! What a model says of itself: its schema, its documentation and how it is shown.

use super::validator::validate;
use super::*;
use crate::model::{Verb, schema, show};
use crate::source::write;
use serde_json::Value;

#[test]
fn what_is_shown_reads_back_as_the_same_model() {
    let model = good(super::everything::TEXT);
    let shown = show(&model);
    let (again, sources, diagnostics) = reading(&shown, &[]);
    // Values stand where `$name` stood: that nothing uses the names any more is all there is to say.
    let drawing = render::all(&diagnostics, &sources, render::Colour::Never);
    assert!(
        diagnostics
            .iter()
            .all(|diagnostic| diagnostic.code.id == "W400"),
        "{drawing}"
    );
    assert_eq!(show(&again.unwrap()), shown);
}

#[test]
fn what_is_shown_has_every_default() {
    let shown = show(&good(&with(
        "services: { s: { endpoints: { e: { call: a.b } } } }",
    )));
    for line in [
        "cpu: ps",
        "concurrency: unlimited",
        "balance: random",
        "on-failure: fail",
        "cancel: ignore",
        "process: poisson",
    ] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
}

/// Calls a function with every object of a schema.
fn everywhere(value: &Value, visit: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            visit(map);
            map.values().for_each(|value| everywhere(value, visit));
        }
        Value::Array(list) => list.iter().for_each(|value| everywhere(value, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_schema_leads_somewhere_and_every_field_is_described() {
    let schema = schema();
    let definitions = schema["$defs"].as_object().unwrap();
    assert!(definitions.len() > 60 && definitions.values().all(Value::is_object));
    everywhere(&schema, &mut |map| {
        if let Some(name) = map.get("$ref").and_then(Value::as_str) {
            assert!(
                definitions.contains_key(name.trim_start_matches("#/$defs/")),
                "{name}"
            );
        }
    });
    for (name, definition) in definitions {
        assert!(
            definition["description"]
                .as_str()
                .is_some_and(|about| about.len() > 5),
            "{name}"
        );
        for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
            let described = schema.is_boolean()
                || schema["description"]
                    .as_str()
                    .is_some_and(|about| about.len() > 5);
            assert!(described, "{name}.{field}");
        }
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema();
    let json = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    assert_eq!(validate(&schema, &json(super::everything::TEXT)), Ok(()));
    let shown = show(&good(super::everything::TEXT));
    assert_eq!(validate(&schema, &json(&shown)), Ok(()), "{shown}");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = schema();
    let wrong = [
        with("nonsense: 3"),
        with("services: [ web ]"),
        with("services: { s: { replcas: 3, endpoints: {} } }"),
        with("services: { s: {} }"),
        with("services: { Web: { endpoints: {} } }"),
        with("services: { s: { autoscale: {}, endpoints: {} } }"),
        with("services: { s: { balance: wieghted, endpoints: {} } }"),
        with_steps("{ compute: 5ms, retry: 3 }"),
        with_steps("{ compute: 5ms, call: a.b }"),
        with_steps("replay"),
        with_steps("{ sleep: { exponental: 5ms } }"),
        "scaleproof: model/2\nname: x\nworkloads: {}".to_owned(),
    ];
    for text in wrong {
        let document = serde_yaml::from_str::<Value>(&text).unwrap();
        assert!(validate(&schema, &document).is_err(), "{text}");
        assert!(!complaints(&text).is_empty(), "{text}");
    }
}

#[test]
fn every_verb_documents_itself_and_its_modifiers() {
    let forms = Verb::forms();
    assert_eq!(forms.len(), 19);
    for form in &forms {
        assert!(!form.alternative.about.is_empty());
        let fields = (form.fields)();
        assert_eq!(
            fields[0].name,
            form.word(),
            "a verb is the first field of its record"
        );
        assert!(
            fields.iter().all(|field| !field.about.is_empty()),
            "{}",
            form.word()
        );
    }
}

#[test]
fn a_tree_is_written_in_order() {
    let node = crate::source::Node::map([
        ("b", crate::source::Node::text("1")),
        ("a", crate::source::Node::text("x")),
    ]);
    assert_eq!(write::to_yaml(&node), "b: 1\na: x\n");
}
