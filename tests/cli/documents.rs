//! Documents fit the schemas that are printed.

use serde_json::Value;

use super::desk::Desk;

/// What is wrong with a document by its schema: the parts of JSON Schema that the schemas here use.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str, faults_so_far: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let part = root.pointer(reference.trim_start_matches('#')).unwrap();
        return faults(value, part, root, at, faults_so_far);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = |choice: &Value| {
            let mut found = Vec::new();
            faults(value, choice, root, at, &mut found);
            found.is_empty()
        };
        if !choices.iter().any(fits) {
            faults_so_far.push(format!("{at}: {value} is none of {choices:?}"));
        }
        return;
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        faults_so_far.push(format!("{at}: {value} is none of {choices:?}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        faults_so_far.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    let of_type = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    let typed = match &schema["type"] {
        Value::String(kind) => of_type(kind),
        Value::Array(kinds) => kinds.iter().any(|kind| of_type(kind.as_str().unwrap())),
        _ => true,
    };
    if !typed {
        faults_so_far.push(format!("{at}: {value} is not of type {}", schema["type"]));
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for (name, value) in object {
            match properties.get(name) {
                Some(part) => faults(value, part, root, &format!("{at}/{name}"), faults_so_far),
                None => faults_so_far.push(format!("{at}/{name} is not in the schema")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                faults_so_far.push(format!("{at} lacks {name}"));
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            faults(
                item,
                &schema["items"],
                root,
                &format!("{at}/{index}"),
                faults_so_far,
            );
        }
    }
}

#[track_caller]
fn fits(document: &Value, schema: &Value) {
    let mut found = Vec::new();
    faults(document, schema, schema, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn documents_fit_their_schemas() {
    let desk = Desk::new();
    let schema = |of: &str| desk.run(&["schema", of]).with(0).json();
    let result = desk
        .brief(&["run", "small.yaml", "--format", "json"])
        .with(0)
        .json();
    let results = schema("results");
    fits(&result, &results);
    assert_eq!(
        serde_json::from_str::<Value>(&desk.text("results/small/summary.json")).unwrap(),
        result
    );
    // The check itself is able to fail.
    let mut wrong = result.clone();
    wrong["run"]["seed"] = Value::from("one");
    wrong["more"] = Value::Null;
    let mut found = Vec::new();
    faults(&wrong, &results, &results, "", &mut found);
    assert_eq!(found.len(), 2, "{found:?}");

    let words = [
        "compare",
        "small.yaml",
        "small.yaml",
        "--set-b",
        "services.web.replicas=3",
        "--format",
        "json",
    ];
    let comparison = desk
        .brief(&[&words[..], &["--no-files"]].concat())
        .with(0)
        .json();
    fits(&comparison, &schema("comparison"));
    let words = [
        "validate",
        "--only",
        "b-forkjoin2-1",
        "--quick",
        "--format",
        "json",
    ];
    let validation = desk.run(&words).with(0).json();
    fits(&validation, &schema("validation"));
    assert_eq!(schema("model")["$ref"], "#/$defs/Model");
    assert_eq!(desk.run(&["schema"]).with(0).json(), schema("model"));
}
