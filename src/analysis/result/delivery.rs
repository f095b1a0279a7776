//! What CDNs and stores say of themselves.

use super::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sites of a CDN in one region over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SitesResult {
    /// The region.
    pub region: String,
    /// Number of sites.
    pub sites: u32,
    /// Share of their requests that found the object, or waited for another's fetch.
    pub hit: Estimate,
    /// The least of this among the sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<f64>,
    /// The most of this among the sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<f64>,
}

/// What a CDN spares its origin over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OffloadResult {
    /// Share of requests for which the origin was not asked.
    pub requests: Estimate,
    /// Share of the bytes sent to users that the origin did not send.
    pub bytes: Estimate,
    /// Bytes per second sent to users.
    pub sent: f64,
}

/// A tier of a store over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TierResult {
    /// Its name; `gone` for objects that are older than the retention.
    pub tier: String,
    /// Share of the data set's objects that is here, by the law of their ages.
    pub objects: f64,
    /// Share of the reads that found their object here.
    pub reads: Estimate,
    /// Mean time to the first byte \[s\]; `null` for what is gone.
    pub first_byte: Option<f64>,
    /// Money per month for what is kept, if that is priced.
    pub storage: Option<f64>,
    /// Money per month for what is read, if that is priced.
    pub retrieval: Option<f64>,
}
