//! First come, first served.

use super::Place;

/// At the end of the only row.
#[inline]
pub fn place() -> Place {
    Place::back(0)
}
