//! Last come, first served. In a queue for slots nobody is interrupted; a processor may also let a newcomer interrupt.

use super::Place;

/// At the head of the only row.
#[inline]
pub fn place() -> Place {
    Place::head(0)
}

/// Whom a newcomer interrupts, of the jobs that run in the order in which they came: the one that came first.
#[inline]
pub fn victim(running: usize) -> Option<usize> {
    (running > 0).then_some(0)
}
