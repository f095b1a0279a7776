//! `check`: what is wrong with models, and what arithmetic says of their load.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::console::{self, Console, Voice};
use super::document::Document;
use super::ending::{Ending, Result};
use super::options::Changes;
use crate::analysis::{saturation, words};
use crate::plan::{Ceiling, Load, Plan, Resource, component};
use crate::report::json;
use crate::source::{Diagnostic, Place, Severity};

/// Say everything that is wrong with models, without running them.
///
/// Complaints go to stderr with the place they are about. Stdout has a line per model and what arithmetic alone says of its load:
/// what saturates first, and at which load.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof check models/*.yaml
  scaleproof check models/first.yaml --load 3x
  scaleproof check --deny warnings models/*.yaml       in builds: a load that cannot be served is a warning
  scaleproof check --format json models/first.yaml     for editors

Exit codes: 0 fine, 1 when there are warnings and `--deny warnings` is said, 2 when a model has errors or cannot be read.")]
pub(super) struct Arguments {
    /// The models, YAML files.
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    #[command(flatten)]
    changes: Changes,

    /// Exit with 1 when something of this kind is said, as builds want it.
    #[arg(long, value_enum, value_name = "KIND")]
    deny: Option<Denied>,

    /// How to say it.
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
}

/// What is not to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// Warnings: what can be built but should be looked at, such as a load that cannot be served.
    Warnings,
}

/// How to say what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Drawings of the lines in question on stderr.
    Text,
    /// One document on stdout, with lines and columns counted from 1.
    Json,
}

/// Version of the document that editors get.
const FORMAT: &str = "scaleproof-check/1";

/// Limits that a summary names.
const NAMED: usize = 5;

pub(super) fn run(arguments: &Arguments, data: Option<&Path>, console: Console) -> Result {
    let mut files = Vec::new();
    let mut ending = Ending::Fine;
    let settings = arguments.changes.settings();
    for path in &arguments.models {
        let document = match Document::open(path, &settings, data) {
            Ok(document) => document,
            Err(trouble) => {
                // The others are looked at all the same.
                ending = Ending::of(&trouble, console);
                continue;
            }
        };
        let warned = document.diagnostics.count(Severity::Warning) > 0;
        if document.diagnostics.has_errors() {
            ending = Ending::Failed;
        } else if warned && arguments.deny.is_some() && ending == Ending::Fine {
            ending = Ending::Missed;
        }
        match arguments.format {
            Format::Text => {
                document.complain(console, Voice::Usual);
                console::print(&console::shown(&summary(&document)))?;
            }
            Format::Json => files.push(as_json(&document)),
        }
    }
    if arguments.format == Format::Json {
        let document = json!({ "format": FORMAT, "files": files });
        console::print(&json::text(&document).expect("it holds only numbers, text and lists"))?;
    }
    Ok(ending)
}

fn summary(document: &Document) -> String {
    let mut text = format!("{}: {}\n", document.path.display(), document.verdict());
    if let Some(plan) = &document.plan {
        let load = &plan.load;
        // What users can ask for is bounded by how fast they are answered; open loads come as they come.
        let closed = plan
            .workloads
            .iter()
            .any(|workload| matches!(workload.load, Load::Closed { .. }));
        let _ = writeln!(
            text,
            "  {}{} requests/s make {} calls/s.",
            if closed { "At most " } else { "" },
            words::number(load.root_rate),
            words::number(load.root_rate * load.calls_per_root),
        );
        let busy: Vec<String> = busiest(plan)
            .into_iter()
            .take(NAMED)
            .map(|row| format!("{} {}", row.name(plan), words::share(row.today)))
            .collect();
        if !busy.is_empty() {
            let _ = writeln!(text, "  Busiest: {}.", busy.join(", "));
        }
        let _ = writeln!(text, "  {}", saturation::sentence(plan));
    }
    text
}

/// Everything that has a limit and is used, the busiest first.
fn busiest(plan: &Plan) -> Vec<&Ceiling> {
    let mut rows: Vec<&Ceiling> = plan.load.ceilings.iter().collect();
    rows.retain(|row| row.today > 0.0);
    rows.sort_by(|one, other| other.today.total_cmp(&one.today));
    rows
}

fn as_json(document: &Document) -> Value {
    let diagnostics = document.diagnostics.iter();
    let diagnostics: Vec<Value> = diagnostics
        .map(|diagnostic| complaint(document, diagnostic))
        .collect();
    json!({
        "file": document.path.display().to_string(),
        "errors": document.diagnostics.count(Severity::Error),
        "warnings": document.diagnostics.count(Severity::Warning),
        "advice": document.diagnostics.count(Severity::Advice),
        "diagnostics": diagnostics,
        "load": document.plan.as_ref().map(load),
    })
}

fn load(plan: &Plan) -> Value {
    let resource = |row: &Ceiling| match row.resource {
        Resource::Cores => "cpu".to_owned(),
        resource => resource.noun(plan),
    };
    let saturates = plan.load.fullest().map(|row| {
        let component = component::component_name(plan, row.component);
        json!({ "component": component, "resource": resource(row), "factor": 1.0 / row.asked })
    });
    let limit = |row: &Ceiling| {
        json!({
            "component": component::component_name(plan, row.component),
            "resource": resource(row),
            "utilisation": row.today,
            "cannot_be_served": row.unshed > 1.0,
        })
    };
    let limits: Vec<Value> = busiest(plan).into_iter().map(limit).collect();
    json!({
        "requests_per_second": plan.load.root_rate,
        "calls_per_request": plan.load.calls_per_root,
        "limits": limits,
        "saturates": saturates,
    })
}

fn complaint(document: &Document, diagnostic: &Diagnostic) -> Value {
    let labels = diagnostic.labels.iter();
    let labels: Vec<Value> = labels
        .map(|(at, text)| {
            let mut label = place(document, *at);
            label["text"] = json!(text);
            label
        })
        .collect();
    json!({
        "severity": diagnostic.severity().word(),
        "code": diagnostic.code.id,
        "message": diagnostic.message,
        "hints": diagnostic.hints,
        "place": diagnostic.place.map(|at| place(document, at)),
        "labels": labels,
    })
}

fn place(document: &Document, at: Place) -> Value {
    let (line, column) = document.sources.line_and_column(at.file, at.start);
    let (end_line, end_column) = document.sources.line_and_column(at.file, at.end);
    json!({
        "source": document.sources.get(at.file).map(|source| source.name.as_str()),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    })
}
