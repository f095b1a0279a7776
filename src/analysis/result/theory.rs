//! What theory says beside a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Estimate;

/// How far to trust a number of theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TheoryKind {
    /// It is so, under the assumptions that the model makes.
    Exact,
    /// It is about so.
    Approximation,
    /// The truth is not less than `low`, not more than `high`.
    Bound,
}

/// A number that theory knows, beside the simulated one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TheoryRow {
    /// Of what: a component, `component.endpoint`, or `workload: journey`.
    pub of: String,
    /// `latency.mean`, `latency.p99`, `wait`, `utilisation`, …
    pub metric: String,
    /// `s`, `share`, `1/s`, or empty for a plain number.
    pub unit: String,
    /// The number; `null` for bounds.
    pub value: Option<f64>,
    /// Lower bound, if there is one.
    pub low: Option<f64>,
    /// Upper bound, if there is one.
    pub high: Option<f64>,
    /// How far to trust it.
    pub kind: TheoryKind,
    /// The field's name for the formula: `M/M/1`.
    pub formula: String,
    /// The book, section or paper.
    pub source: String,
    /// What the simulation found.
    pub simulated: Estimate,
    /// Whether the number lies in the simulated interval (for bounds: whether some of the interval lies between them); `null` without
    /// an interval.
    pub inside: Option<bool>,
}

/// Why theory says nothing of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TheoryReason {
    /// Of what, as in [`TheoryRow::of`].
    pub of: String,
    /// A sentence.
    pub why: String,
}

/// What theory says of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TheoryResult {
    /// Numbers that are known.
    pub rows: Vec<TheoryRow>,
    /// What has no closed form, and why.
    pub reasons: Vec<TheoryReason>,
}
