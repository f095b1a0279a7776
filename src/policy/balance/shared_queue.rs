//! Nobody chooses: requests wait at the balancer until a replica has a free slot (a central queue). Of several replicas with free slots
//! the least busy takes the next; ties at random.

use super::{Balancer, Deal, Kind, Refusal, Seen, Settings, State, least_requests};
use crate::chance::key::Draw;

/// A central queue.
#[derive(Debug, Clone, Copy)]
pub struct SharedQueue;

impl Balancer for SharedQueue {
    const KIND: Kind = Kind {
        words: &["shared-queue"],
        about: "Nobody chooses: requests wait at the balancer until a replica has a free slot.",
        settings: &[],
        by_group: false,
    };

    fn new(_: &Settings) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn deal(&self) -> Deal {
        Deal::AtTheBalancer
    }

    #[inline]
    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        least_requests::least(seen, draw)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, tally};

    #[test]
    fn the_least_busy_takes_the_next() {
        assert_eq!(tally("shared-queue", &[], &Given::loads(&[2, 1]), 10), [0, 10]);
    }
}
