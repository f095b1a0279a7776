//! What breaks, in the result document.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Replicas, copies, nodes or machines that break, over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakdownResult {
    /// Mean share of them that work; absent of what breaks only with the place where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<Estimate>,
    /// Breakdowns per day, of all together; absent likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Estimate>,
    /// Acknowledged writes per day that the next leader did not have, where another copy can lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_writes_per_day: Option<Estimate>,
}

/// A region or a zone that can be lost, with all that stands there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceResult {
    /// Its name.
    pub name: String,
    /// How often it was.
    pub breakdowns: BreakdownResult,
}
