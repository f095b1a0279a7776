//! The least work first (shortest job first: Phipps, "Machine repair as a priority waiting-line problem", 1956; with interruption
//! shortest remaining processing time: Schrage and Miller, "The queue M/G/1 with the shortest remaining processing time
//! discipline", 1966).
//!
//! In a queue for slots the work of a request is the sum of the `compute` and `sleep` steps that it is certain to take: those of
//! its program before the first step that may go another way (a choice, a test, a loop, a routine, branches, a look-up, an
//! attribute that is set). What a processor ranks by is what its job still needs.
//!
//! Not modelled: times that are only estimated, and the time that calls will take, which nobody can know when a request comes.

use super::Place;

/// By the work that it brings \[ns\].
#[inline]
pub fn place(work: u64) -> Place {
    Place::ranked(work)
}

/// Whom a newcomer with so much work interrupts, of jobs that still need so much: the one that needs most, if that is more than it
/// brings itself.
pub fn victim(work: u64, left: impl Iterator<Item = u64>) -> Option<usize> {
    let (at, most) = left.enumerate().max_by_key(|&(at, left)| (left, at))?;
    (most > work).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_that_needs_most_gives_way_to_a_shorter_one() {
        assert_eq!(victim(5, [3, 9, 7].into_iter()), Some(1));
        assert_eq!(victim(9, [3, 9, 7].into_iter()), None);
        assert_eq!(victim(0, [].into_iter()), None);
    }
}
