//! Uniformly at random.

use super::{Balancer, Deal, Kind, Refusal, Seen, Settings, State};
use crate::chance::key::Draw;

/// Any replica, each with the same chance.
#[derive(Debug, Clone, Copy)]
pub struct Random;

impl Balancer for Random {
    const KIND: Kind = Kind {
        words: &["random"],
        about: "Any, with equal chances.",
        settings: &[],
        by_group: false,
    };

    fn new(_: &Settings) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn deal(&self) -> Deal {
        Deal::AtRandom
    }

    #[inline]
    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        match seen.count() {
            1 => 0,
            count => draw.below(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, tally};

    #[test]
    fn every_replica_gets_its_share() {
        let seen = tally("random", &[], &Given::loads(&[5, 0, 9]), 30_000);
        assert!(seen.iter().all(|&n| n.abs_diff(10_000) < 400), "{seen:?}");
    }
}
