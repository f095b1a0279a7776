//! Most urgent first; first come, first served within a priority (head of the line, Cobham 1954).

use super::Place;

/// At the end of the row of its priority.
#[inline]
pub fn place(priority: u8) -> Place {
    Place::back(priority)
}
