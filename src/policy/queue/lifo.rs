//! Last come, first served, without interruption.

use super::Place;

/// At the head of the only row.
#[inline]
pub fn place() -> Place {
    Place {
        row: 0,
        front: true,
    }
}
