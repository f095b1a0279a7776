//! Capacity in use: of the busiest copy, and of pools of units.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Estimate;

/// How busy the busiest copy of a component is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Busiest {
    /// Its busy share, right or too low: it was chosen by one half of what was seen, and looked at in the other.
    pub share: Estimate,
    /// The mean of each replication's largest, right or too high.
    pub most: Estimate,
    /// Length of the windows of time of which this is the busiest \[s\]; `null` for the whole window.
    pub window: Option<f64>,
}

/// A pool of units over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PoolResult {
    /// Its name.
    pub name: String,
    /// Units per instance.
    pub size: u32,
    /// Instances.
    pub instances: u32,
    /// For pools whose units are held by object, such as row locks: the objects, each of which is a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<f64>,
    /// Share of units in use; without a value where they are without number.
    pub utilisation: Estimate,
    /// Mean number of units in use, where they are without number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use: Option<Estimate>,
    /// Mean wait for units \[s\].
    pub wait: Estimate,
    /// Share of acquisitions that gave up.
    pub failed: Estimate,
}
