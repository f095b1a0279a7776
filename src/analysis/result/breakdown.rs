//! What breaks, in the result document.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Replicas, copies, nodes or machines that break, over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BreakdownResult {
    /// Mean share of them that work.
    pub up: Estimate,
    /// Breakdowns per day, of all together.
    pub per_day: Estimate,
    /// Acknowledged writes per day that the next leader did not have, where another copy can lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_writes_per_day: Option<Estimate>,
}
