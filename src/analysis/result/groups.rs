//! What is told of those who read messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Estimate;

/// A group of consumers of a topic, or those of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupResult {
    /// `topic.group`, or `queue.run`.
    pub name: String,
    /// Messages done per second.
    pub throughput: Estimate,
    /// Mean number of messages still to do.
    pub lag: Estimate,
    /// The most that were to do at once.
    pub most_lag: u64,
    /// Mean age of the oldest message still to do, over time \[s\].
    pub lag_time: Estimate,
    /// The largest age \[s\].
    pub oldest: f64,
    /// Messages per request.
    pub batch: Option<f64>,
    /// Deliveries again over messages.
    pub redelivered: f64,
    /// Messages done once more over messages.
    pub duplicates: f64,
    /// Share of messages that were given up or thrown away.
    pub lost: Estimate,
}
