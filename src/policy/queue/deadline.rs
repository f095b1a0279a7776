//! The earliest deadline first (Liu and Layland, "Scheduling algorithms for multiprogramming in a hard-real-time environment",
//! 1973), here without interruption.
//!
//! A station knows only the deadlines that travel with requests: those of `deadline: { after, propagate: true }`. The earliest of
//! all that a request has inherited counts.
//!
//! Not modelled: deadlines that cannot be met any more are served in their turn (and then refused as expired), not passed over.

use super::Place;

/// By the time at which the answer is due \[ns\]; 0 = never, which comes last.
#[inline]
pub fn place(deadline: u64) -> Place {
    Place::ranked(if deadline == 0 { u64::MAX } else { deadline })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_deadline_comes_last() {
        assert!(place(3).rank < place(4).rank && place(u64::MAX - 1).rank < place(0).rank);
    }
}
