//! Rate limits and the like in words.

use super::super::RateLimit;
use crate::units::format;

/// A bucket of tokens; `several` says whose they are when each has one.
pub(super) fn bucket(limit: &RateLimit, several: &str) -> String {
    let rate = format::count(limit.rate);
    let each = if limit.buckets > 1 { several } else { "" };
    format!(
        "{} requests at once and {rate} more a second{each}",
        limit.burst
    )
}
