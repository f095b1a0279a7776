//! Look-ups of several keys at once.

use super::ids::{AttributeId, CallId, CountId, GetId};

/// A look-up of several keys.
#[derive(Debug, Clone)]
pub struct Several {
    /// The look-up.
    pub get: GetId,
    /// The call that asks a node; `NONE` in-process.
    pub ask: CallId,
    /// How many keys.
    pub keys: CountId,
    /// The attribute that says how many there are, and then how many are missing.
    pub batch: AttributeId,
    /// Counts in the block of the miss that are the number of missing keys.
    pub missing: Vec<CountId>,
}

/// The share of look-ups that find every one of so many keys, each with a chance `hit`.
pub fn all_found(keys: f64, hit: f64) -> f64 {
    hit.powf(keys)
}

/// Keys that are missing on average where one is.
pub fn mean_missing(keys: f64, hit: f64) -> f64 {
    let some = 1.0 - all_found(keys, hit);
    if some > 0.0 {
        keys * (1.0 - hit) / some
    } else {
        1.0
    }
}
