//! The result of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Estimate, RunResult};

/// What a comparison says of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    /// The second is better.
    Better,
    /// The second is worse.
    Worse,
    /// The interval of the difference holds 0.
    NotResolved,
    /// Nothing differs at all.
    Same,
}

/// One metric of two architectures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Of what.
    pub of: String,
    /// `p99`, `utilisation`, …
    pub metric: String,
    /// `s`, `share`, `1/s`, `USD/month`.
    pub unit: String,
    /// In the first architecture.
    pub first: Estimate,
    /// In the second.
    pub second: Estimate,
    /// Second less first, with its paired interval.
    pub difference: Estimate,
    /// Variance of the unpaired difference over that of the paired one.
    pub variance_reduction: Option<f64>,
    /// Better or worse, after Holm's correction over all metrics compared.
    pub preference: Preference,
    /// For `not-resolved`: about how many more replications would resolve it.
    pub more_replications: Option<u64>,
}

/// Two architectures under the same fate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this document: `scaleproof-comparison/1`.
    pub format: String,
    /// The first.
    pub first: RunResult,
    /// The second.
    pub second: RunResult,
    /// Metric by metric.
    pub differences: Vec<Difference>,
    /// What is in one and not in the other.
    pub only: Vec<String>,
}
