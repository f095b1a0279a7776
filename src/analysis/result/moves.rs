//! Databases that get more shards, in the result document.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A database that gets more shards while the run goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MoveResult {
    /// Its name.
    pub database: String,
    /// How many shards it has at first.
    pub from: u32,
    /// How many it has in the end.
    pub to: u32,
    /// How much moves to other shards, in bytes.
    pub bytes: f64,
    /// When the move begins, in seconds from the start of the run.
    pub begins: f64,
    /// Share of it that has moved by the end of the run.
    pub moved: Estimate,
    /// Time from its beginning to its end in seconds, of replications in which it ended.
    pub took: Estimate,
}
