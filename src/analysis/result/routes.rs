//! Where calls go that have a choice of places, in the result document.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A route, or a service whose callers prefer some of its replicas, over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteResult {
    /// Its name.
    pub name: String,
    /// The service.
    pub to: String,
    /// The regions, or zones, that calls are sent to.
    pub areas: Vec<AreaResult>,
}

/// One region or zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaResult {
    /// Its name.
    pub name: String,
    /// Share of all calls that it gets.
    pub share: Estimate,
    /// Share of those whose first choice was another one: it was down, or too busy.
    pub elsewhere: Estimate,
}
