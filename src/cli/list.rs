//! `list`: every word of the language that names a policy, a law or a step, and the machines with prices.
//!
//! Nothing is written down here: rows come from the declarations that models are read by, so that the list cannot drift. What is no topic
//! is a word of the language itself: `list service`, `list call` are pages of the manual.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::console;
use super::ending::{Ending, Result, Trouble};
use super::explain::wrapped;
use crate::cost::catalogue;
use crate::model::{self, Alternative, Definitions, Field, Key, Manual, Record as _};
use crate::policy::balance;
use crate::source::{codes, suggest};

/// List the words of the language: a topic with a line on each, or every key of a section, a verb or another map.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof list                what there is to list
  scaleproof list balancers      a topic
  scaleproof list service        every key of a service: what it may be, its default, an example
  scaleproof list call           every modifier of a step
  scaleproof list timeout        where a key stands")]
pub(super) struct Arguments {
    /// A topic, a section, a verb, a map or a key; all topics with their words when absent.
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Topic {
    /// Which replica a request is sent to (`balance:`).
    Balancers,
    /// Where a request is sent first (`pick:` of routes, `prefer:`, `failover:`).
    Places,
    /// Who is left out, and who is spared (`eject:`, `check:`, `slow-start:`).
    Health,
    /// Who gets the next free slot (`discipline:`).
    Disciplines,
    /// How a processor is shared (`cpu:`).
    Processors,
    /// How a rate is bounded (`rate-limit:`).
    Limits,
    /// How instances of functions come and go (`take:`, `waits-for:`, `over-limit:`).
    Instances,
    /// What leaves a full cache (`evict:`).
    Evictions,
    /// In which shard something is (`shard-by:`).
    Shards,
    /// Which copies of a database answer reads (`read:`).
    Reads,
    /// Which objects are asked for (`popularity:`).
    Popularities,
    /// How arrivals are spread in time (`process:`).
    Arrivals,
    /// Random times, sizes and numbers.
    Laws,
    /// Random whole numbers.
    Counts,
    /// What programs do.
    Steps,
    /// Why requests fail, as in `retry: { when: [...] }`.
    Causes,
    /// What objectives can bound.
    Objectives,
    /// What `expect` can know.
    Metrics,
    /// The parts of a model.
    Sections,
    /// The built-in price list (`machine:`).
    Machines,
    /// Codes of complaints, for `scaleproof explain`.
    Codes,
}

/// A word and what it means.
#[derive(Default)]
struct Row {
    name: String,
    about: String,
    /// What it may be, on lines of their own.
    facts: String,
}

/// Columns of a page.
const WIDTH: usize = 100;
/// Columns that names are given at most before their text goes to the next line.
const NAMES: usize = 32;

pub(super) fn run(arguments: &Arguments) -> Result {
    let text = match &arguments.word {
        None => contents(),
        Some(word) => said_of(word).ok_or_else(|| no_such_word(word))?,
    };
    console::print(&text)?;
    Ok(Ending::Fine)
}

/// What there is to say of a word: a topic, a page of the manual, or the places where it is a key.
pub(super) fn said_of(word: &str) -> Option<String> {
    if let Ok(topic) = Topic::from_str(word, true) {
        return Some(page(&rows(topic)));
    }
    let manual = Manual::default();
    if let Some(found) = manual.page(word) {
        let keys: Vec<Row> = found
            .keys
            .into_iter()
            .map(|key| row_of(None, key))
            .collect();
        return Some(format!(
            "{}\n\n{}",
            wrapped(&found.about, WIDTH).trim_end(),
            page(&keys)
        ));
    }
    let places = manual.places(word).into_iter();
    let rows: Vec<Row> = places.map(|(of, key)| row_of(Some(&of), key)).collect();
    (!rows.is_empty()).then(|| page(&rows))
}

fn row_of(of: Option<&str>, key: Key) -> Row {
    let whose = of.map_or_else(String::new, |of| format!(" ({of})"));
    let default = match (&key.default, key.needed) {
        (_, true) => " Needed.".to_owned(),
        (Some(default), false) => format!(" Default: `{default}`."),
        (None, false) => String::new(),
    };
    let kind = capital(&key.kind);
    Row {
        name: format!("{}{whose}", key.name),
        about: key.about,
        facts: format!("{kind}.{default} Example: `{}: {}`", key.name, key.example),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// That a word is none, with the nearest that is one.
pub(super) fn no_such_word(word: &str) -> Trouble {
    let topics = Topic::value_variants().iter();
    let topics = topics.filter_map(|topic| Some(topic.to_possible_value()?.get_name().to_owned()));
    let topics: Vec<String> = topics.collect();
    let words = Manual::default().words();
    let known = topics.iter().chain(&words).map(String::as_str);
    let hint = match suggest::nearest(word, known) {
        Some(near) => format!("the nearest is `{near}`"),
        None => format!(
            "topics are {}, and words `service`, `call`, `retry` and the like",
            topics.join(", ")
        ),
    };
    Trouble::Because(format!(
        "there is no file and no word of the language `{word}`; {hint}"
    ))
}

/// All topics, with what is in each.
fn contents() -> String {
    let topic = |topic: &Topic| {
        let value = topic.to_possible_value().expect("no topic is hidden");
        let about = value
            .get_help()
            .map_or_else(String::new, ToString::to_string);
        let rows = rows(*topic);
        let names: Vec<&str> = rows.iter().map(|row| first_word(&row.name)).collect();
        let words = if names.len() > 24 {
            format!("{} of them", names.len())
        } else {
            names.join(", ")
        };
        Row {
            name: value.get_name().to_owned(),
            about: format!("{about}: {words}."),
            ..Row::default()
        }
    };
    let mut rows: Vec<Row> = Topic::value_variants().iter().map(topic).collect();
    rows.push(Row {
        name: "service".to_owned(),
        about: "The same for any section, step, map or key: every key with what it may be, its default and an example."
            .to_owned(),
        ..Row::default()
    });
    page(&rows)
}

fn first_word(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

fn rows(topic: Topic) -> Vec<Row> {
    match topic {
        Topic::Balancers => balancers(),
        Topic::Places => places(),
        Topic::Health => health(),
        Topic::Disciplines => chosen(model::Discipline::alternatives()),
        Topic::Processors => chosen(model::Cpu::alternatives()),
        Topic::Limits => chosen(model::RateLimit::alternatives()),
        Topic::Instances => instances(),
        Topic::Evictions => chosen(model::Evict::alternatives()),
        Topic::Shards => chosen(model::ShardBy::alternatives()),
        Topic::Reads => chosen(model::ReadFrom::alternatives()),
        Topic::Popularities => chosen(model::Popularity::alternatives()),
        Topic::Arrivals => chosen(model::Process::alternatives()),
        Topic::Causes => chosen(model::Cause::alternatives()),
        Topic::Laws => laws("SizeLaw"),
        Topic::Counts => laws("CountLaw"),
        Topic::Steps => steps(),
        Topic::Objectives => fields(model::Objective::fields()),
        Topic::Metrics => metrics(),
        Topic::Sections => fields(model::Model::fields()),
        Topic::Machines => machines(),
        Topic::Codes => codes::ALL
            .iter()
            .map(|code| Row {
                name: code.id.to_owned(),
                about: code.title.to_owned(),
                ..Row::default()
            })
            .collect(),
    }
}

fn balancers() -> Vec<Row> {
    let row = |kind: &balance::Kind| {
        let names: Vec<&str> = kind.settings.iter().map(|setting| setting.name).collect();
        Row {
            name: kind.words.join(" | ") + &braced(&names),
            about: kind.about.to_owned(),
            ..Row::default()
        }
    };
    balance::KINDS.iter().map(row).collect()
}

fn instances() -> Vec<Row> {
    of_fields(vec![
        ("take", model::Take::alternatives()),
        ("waits-for", model::WaitsFor::alternatives()),
        ("over-limit", model::OverLimit::alternatives()),
    ])
}

fn places() -> Vec<Row> {
    of_fields(vec![
        ("pick", model::Pick::alternatives()),
        ("prefer", model::Prefer::alternatives()),
        ("failover", model::Beyond::alternatives()),
    ])
}

/// Fields of services by which replicas are left out or spared.
fn health() -> Vec<Row> {
    let mine = |field: &Field| ["eject", "check", "slow-start"].contains(&field.name.as_str());
    fields(model::Service::fields().into_iter().filter(mine).collect())
}

/// Alternatives of several fields, each with its field.
fn of_fields(fields: Vec<(&str, Vec<Alternative>)>) -> Vec<Row> {
    let named = |(field, alternatives): (&str, Vec<Alternative>)| {
        let name = |row: Row| Row {
            name: format!("{} ({field})", row.name),
            ..row
        };
        chosen(alternatives)
            .into_iter()
            .map(name)
            .collect::<Vec<_>>()
    };
    fields.into_iter().flat_map(named).collect()
}

fn chosen(alternatives: Vec<Alternative>) -> Vec<Row> {
    let row = |alternative: Alternative| {
        let words = alternative.words.join(" | ");
        let parameters = alternative
            .parameters
            .map(parameters_of)
            .unwrap_or_default();
        Row {
            name: words + &parameters,
            about: alternative.about,
            ..Row::default()
        }
    };
    alternatives.into_iter().map(row).collect()
}

/// ` { choices, view }`: the names of parameters that have names.
fn parameters_of(schema: fn(&mut Definitions) -> Value) -> String {
    let mut definitions = Definitions::default();
    let reference = schema(&mut definitions);
    let all = definitions.into_value();
    let name = reference["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next());
    let record = name.map_or(&Value::Null, |name| &all[name]);
    braced(&names_in(&record["properties"]))
}

fn names_in(properties: &Value) -> Vec<&str> {
    let properties = properties.as_object().into_iter();
    let keys = properties.flat_map(|properties| properties.keys());
    keys.map(String::as_str).collect()
}

fn braced(names: &[&str]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!(" {{ {} }}", names.join(", "))
    }
}

/// The forms of a law, from the schema that editors get.
fn laws(definition: &str) -> Vec<Row> {
    let schema = model::schema();
    let forms = schema["$defs"][definition]["anyOf"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut rows: BTreeMap<usize, Row> = BTreeMap::new();
    for (at, form) in forms.iter().enumerate() {
        let Some((name, value)) = form["properties"]
            .as_object()
            .and_then(|map| map.iter().next())
        else {
            continue;
        };
        let about = form["description"].as_str().unwrap_or_default().to_owned();
        rows.insert(
            at,
            Row {
                name: name.clone() + &braced(&names_in(&value["properties"])),
                about,
                ..Row::default()
            },
        );
    }
    rows.into_values().collect()
}

fn metrics() -> Vec<Row> {
    let percentiles = model::SpreadOf::ALL.map(|(_, word, about)| Row {
        name: format!("{word}.p99"),
        about: about.to_owned(),
        ..Row::default()
    });
    let others = chosen(model::Metric::alternatives());
    percentiles.into_iter().chain(others).collect()
}

fn steps() -> Vec<Row> {
    let row = |form: model::VerbForm| {
        let modifiers: Vec<String> = (form.fields)()
            .into_iter()
            .map(|field| field.name)
            .filter(|name| name != form.word())
            .collect();
        let with = if modifiers.is_empty() {
            String::new()
        } else {
            format!(" Modifiers: {}.", modifiers.join(", "))
        };
        Row {
            name: form.word().to_owned(),
            about: form.alternative.about + &with,
            ..Row::default()
        }
    };
    model::Verb::forms().into_iter().map(row).collect()
}

fn fields(fields: Vec<Field>) -> Vec<Row> {
    let row = |field: Field| Row {
        name: field.name,
        about: field.about,
        ..Row::default()
    };
    fields.into_iter().map(row).collect()
}

fn machines() -> Vec<Row> {
    let row = |name: &str| {
        let machine = catalogue::lookup(name)?;
        let about = format!(
            "{} vCPU, {} GiB, {} USD/h ({}, {})",
            machine.vcpu, machine.memory_gib, machine.usd_per_hour, machine.as_of, machine.source
        );
        Some(Row {
            name: name.to_owned(),
            about,
            ..Row::default()
        })
    };
    catalogue::names().filter_map(row).collect()
}

/// Names in one column, their meaning in another.
fn page(rows: &[Row]) -> String {
    let column = rows
        .iter()
        .map(|row| row.name.chars().count())
        .filter(|&width| width <= NAMES)
        .max()
        .unwrap_or(NAMES)
        + 2;
    let mut out = String::new();
    for row in rows {
        let text = wrapped(&row.about, WIDTH - column) + &wrapped(&row.facts, WIDTH - column);
        let mut lines = text.lines();
        if row.name.chars().count() + 2 > column {
            let _ = writeln!(out, "{}", row.name);
        } else {
            let _ = writeln!(
                out,
                "{:column$}{}",
                row.name,
                lines.next().unwrap_or_default()
            );
        }
        for line in lines {
            let _ = writeln!(out, "{:column$}{line}", "");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_rows_with_names_and_meanings_that_fit() {
        for &topic in Topic::value_variants() {
            let rows = rows(topic);
            assert!(!rows.is_empty(), "{topic:?}");
            for row in &rows {
                assert!(
                    !row.name.is_empty() && row.about.len() > 5,
                    "{topic:?}: {}",
                    row.name
                );
            }
            for line in page(&rows).lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
        }
    }

    #[test]
    fn what_models_may_say_is_listed() {
        let has = |topic, name: &str| rows(topic).iter().any(|row| first_word(&row.name) == name);
        assert!(has(Topic::Laws, "exponential") && has(Topic::Laws, "object-size"));
        assert!(has(Topic::Counts, "geometric") && has(Topic::Steps, "call"));
        assert!(has(Topic::Balancers, "power-of-d") && has(Topic::Machines, "aws/m7g.large"));
        let power = rows(Topic::Balancers)
            .into_iter()
            .find(|row| row.name.contains("power-of-two"));
        assert!(power.is_some_and(|row| row.name.ends_with("{ choices, distinct, view }")));
    }
}
