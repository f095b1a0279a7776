//! Copies of a database in the result document.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A database of several copies over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CopiesResult {
    /// Its queries that read copies.
    pub reads: Vec<ReadResult>,
    /// Mean time after its commit at which a follower shows a write \[s\].
    pub behind: Estimate,
    /// The longest such time seen \[s\].
    pub behind_longest: f64,
}

/// Reads of copies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadResult {
    /// The query.
    pub query: String,
    /// Share of them that missed a committed write of their object.
    pub stale: Estimate,
}
