//! `schema`: JSON Schemas of what is read and written.

use clap::{Args, ValueEnum};
use schemars::schema_for;

use super::console;
use super::ending::{Ending, Result};
use crate::analysis::{Comparison, RunResult, Validation};
use crate::lab::Forecast;
use crate::model;

/// Print a JSON Schema: of models for editors, of results for programs that read them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scaleproof schema > model.schema.json
  scaleproof schema results

An editor with a YAML language server checks a model as you type when its first line is
  # yaml-language-server: $schema=model.schema.json")]
pub(super) struct Arguments {
    /// Of what.
    #[arg(value_enum, default_value_t = Of::Model)]
    of: Of,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The language of models.
    Model,
    /// What `run --format json` prints, and summary.json.
    Results,
    /// What `compare --format json` prints, and comparison.json.
    Comparison,
    /// What `run --plan --format json` prints.
    Plan,
    /// What `validate --format json` prints.
    Validation,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let schema = match arguments.of {
        Of::Model => model::schema(),
        Of::Results => schema_for!(RunResult).to_value(),
        Of::Comparison => schema_for!(Comparison).to_value(),
        Of::Plan => schema_for!(Forecast).to_value(),
        Of::Validation => schema_for!(Validation).to_value(),
    };
    console::print(&format!("{schema:#}\n"))?;
    Ok(Ending::Fine)
}
