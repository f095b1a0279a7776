//! The document of a validation: models whose numbers are known, run and judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::result::ExpectationResult;

/// Version of the validation document.
pub const VALIDATION_FORMAT: &str = "scaleproof-validation/1";

/// Models whose numbers are known from elsewhere, all judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Validation {
    /// Always [`VALIDATION_FORMAT`].
    pub format: String,
    /// Version of the program.
    pub version: String,
    /// Root of all chance.
    pub seed: u64,
    /// How many times wider than usual an interval may be: 1 unless it was to be quick.
    pub leniency: f64,
    /// The models that were run, in order.
    pub cases: Vec<ValidationCase>,
    /// Models that the program cannot simulate yet.
    pub not_applicable: Vec<NotApplicable>,
    /// Models that were left out because it was to be quick.
    pub left_out: Vec<LeftOut>,
    /// Values that come out.
    pub pass: u64,
    /// Values that do not.
    pub fail: u64,
    /// Values whose intervals prove nothing.
    pub undecided: u64,
}

/// A model with its known values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationCase {
    /// Its name.
    pub name: String,
    /// Its file, or `built-in`.
    pub file: String,
    /// Replications that were made.
    pub replications: u32,
    /// Events handled in them.
    pub events: u64,
    /// Fingerprint of everything that was measured.
    pub digest: String,
    /// What to know before trusting the numbers.
    pub warnings: Vec<String>,
    /// Its values, judged.
    pub values: Vec<ExpectationResult>,
}

/// A model that uses words which are not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotApplicable {
    /// Its name.
    pub name: String,
    /// The words.
    pub missing: Vec<String>,
}

/// A model that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}
