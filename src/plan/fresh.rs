//! How fresh copies in caches are: what is fetched anew behind those who are given a stale copy.
//!
//! Tables that most plans have no rows in.

use super::ids::{AttributeId, CacheId, CountId, GetId, StepId};
use crate::chance::key::Site;

/// A cache whose copies are stale for the last part of their time to live.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// Which cache.
    pub cache: CacheId,
    /// How long that part is \[ns\]; never 0.
    pub span: u64,
}

impl super::Plan {
    /// Whether some copies of a cache are known to be stale when they are given out.
    pub fn gives_out_stale(&self, cache: CacheId) -> bool {
        self.graces.iter().any(|grace| grace.cache == cache)
    }
}

/// What one acknowledged write drops from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purge {
    /// Which cache.
    pub cache: CacheId,
    /// Whose object is dropped, where the call that writes does not say; when `entries` are given, nobody's.
    pub key: AttributeId,
    /// How many objects, any as likely as the others; `NONE` = the one that is written.
    pub entries: CountId,
    /// Name of the draws of which.
    pub site: Site,
}

/// The way in which a look-up fetches a stale object anew.
#[derive(Debug, Clone, Copy)]
pub struct Refresh {
    /// The look-up.
    pub get: GetId,
    /// First step of what a miss does; it ends with the `Fill` of the look-up.
    pub miss: StepId,
}
