//! What it costs, in the result document.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A line of the bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostLine {
    /// Component or link.
    pub item: String,
    /// `3 × aws/m7g.large`, `120 GiB egress`.
    pub detail: String,
    /// Money per month.
    pub per_month: f64,
    /// Date and source of the price.
    pub source: String,
}

/// The bill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// Three letters; empty when nothing is priced.
    pub currency: String,
    /// Per month of 730 hours.
    pub per_month: Estimate,
    /// Per hour.
    pub per_hour: f64,
    /// Per million successful requests.
    pub per_million: Option<f64>,
    /// Line by line, dearest first.
    pub lines: Vec<CostLine>,
    /// Components without a price.
    pub unpriced: Vec<String>,
}
