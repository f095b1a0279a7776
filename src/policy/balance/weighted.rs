//! At random, in proportion to weights.

use super::{Balancer, Deal, Kind, Refusal, Seen, Settings, State};
use crate::chance::key::Draw;

/// Any replica, with chances in proportion to the weights of their groups.
#[derive(Debug, Clone, Copy)]
pub struct Weighted;

impl Balancer for Weighted {
    const KIND: Kind = Kind {
        words: &["weighted"],
        about: "Any, with chances in proportion to the `weight` of its group; or `weighted: { GROUP: weight, … }`.",
        settings: &[],
        by_group: true,
    };

    fn new(_: &Settings) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn deal(&self) -> Deal {
        Deal::ByWeight
    }

    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        let total: f64 = (0..seen.count()).map(|position| seen.weight(position)).sum();
        let mut left = draw.unit() * total;
        for position in 0..seen.count() {
            left -= seen.weight(position);
            if left < 0.0 {
                return position;
            }
        }
        // Rounding may leave a trifle after the last: it belongs to the last that can be picked at all.
        let able = |position: &u32| seen.weight(*position) > 0.0;
        (0..seen.count()).rev().find(able).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, tally};

    /// Weights 3, 0, 1: three quarters, none, a quarter.
    #[test]
    fn chances_follow_weights() {
        let seen = tally("weighted", &[], &Given::weights(&[3.0, 0.0, 1.0]), 40_000);
        assert_eq!(seen[1], 0);
        assert!(seen[0].abs_diff(30_000) < 500, "{seen:?}");
    }
}
