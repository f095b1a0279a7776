//! As much of JSON Schema as the schema of a model uses, so that schema and reader can be held against each other.

use serde_json::Value;

/// Whether a document keeps to a schema; if not, where it first does not.
pub(super) fn validate(root: &Value, document: &Value) -> Result<(), String> {
    let validator = Validator {
        definitions: &root["$defs"],
    };
    validator.check(root, document, "")
}

/// Whether a value keeps to a part of a schema.
pub(super) fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let validator = Validator {
        definitions: &root["$defs"],
    };
    validator.check(schema, value, "")
}

struct Validator<'s> {
    definitions: &'s Value,
}

impl Validator<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let Some(schema) = schema.as_object() else {
            return if schema == &Value::Bool(true) {
                Ok(())
            } else {
                Err(format!("{at}: {schema}"))
            };
        };
        for (keyword, rule) in schema {
            let holds = match keyword.as_str() {
                "$ref" => {
                    let name = rule.as_str().unwrap_or("").trim_start_matches("#/$defs/");
                    self.check(&self.definitions[name], value, at)?;
                    true
                }
                "type" => has_type(rule, value),
                "enum" => rule.as_array().is_some_and(|values| values.contains(value)),
                "const" => rule == value,
                "pattern" => value
                    .as_str()
                    .is_none_or(|text| matches(rule.as_str().unwrap_or(""), text)),
                "anyOf" => rule.as_array().is_some_and(|forms| {
                    forms.iter().any(|form| self.check(form, value, at).is_ok())
                }),
                "required" => value.as_object().is_none_or(|map| {
                    rule.as_array().is_some_and(|names| {
                        names
                            .iter()
                            .all(|name| map.contains_key(name.as_str().unwrap_or("")))
                    })
                }),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}/{index}"))?;
                    }
                    true
                }
                "properties" => {
                    for (name, schema) in rule.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.check(schema, value, &format!("{at}/{name}"))?;
                        }
                    }
                    true
                }
                "minProperties" => value
                    .as_object()
                    .is_none_or(|map| rule.as_u64().is_some_and(|least| map.len() as u64 >= least)),
                "propertyNames" => value.as_object().is_none_or(|map| {
                    map.keys()
                        .all(|name| self.check(rule, &Value::String(name.clone()), at).is_ok())
                }),
                "additionalProperties" => {
                    let known = schema.get("properties").and_then(Value::as_object);
                    let patterns = schema.get("patternProperties").and_then(Value::as_object);
                    let of_pattern = |name: &str| {
                        patterns.is_some_and(|all| all.keys().any(|pattern| matches(pattern, name)))
                    };
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if known.is_none_or(|known| !known.contains_key(name)) && !of_pattern(name)
                        {
                            self.check(rule, value, &format!("{at}/{name}"))?;
                        }
                    }
                    true
                }
                "patternProperties" => {
                    for (pattern, schema) in rule.as_object().into_iter().flatten() {
                        for (name, value) in value.as_object().into_iter().flatten() {
                            if matches(pattern, name) {
                                self.check(schema, value, &format!("{at}/{name}"))?;
                            }
                        }
                    }
                    true
                }
                "description" | "default" | "title" | "$schema" | "$defs" => true,
                other => return Err(format!("the validator does not know `{other}`")),
            };
            if !holds {
                return Err(format!("{at}: {keyword} {rule} of {value}"));
            }
        }
        Ok(())
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => false,
    };
    rule.as_array()
        .map_or_else(|| is(rule), |names| names.iter().any(is))
}

/// The patterns that the schema uses.
fn matches(pattern: &str, text: &str) -> bool {
    use crate::model::percentile::{PATTERN, share};
    if pattern == PATTERN {
        return share(text).is_some();
    }
    if let Some(words) = pattern.strip_prefix("^(") {
        let parts = text.split_once('.');
        return parts.is_some_and(|(of, name)| words.contains(of) && share(name).is_some());
    }
    let word = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    match pattern.strip_prefix(r"^\$") {
        Some(_) => text
            .strip_prefix('$')
            .is_some_and(|name| word(name) && name.starts_with(|c: char| c.is_ascii_lowercase())),
        None => {
            word(text)
                && text.starts_with(|c: char| c.is_ascii_lowercase())
                && !text.ends_with('-')
                && !text.contains("--")
        }
    }
}
