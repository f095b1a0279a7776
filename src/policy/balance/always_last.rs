//! The last replica, always: a rule that only tests have, made as any other is (this file and a line in the list).

use super::{Balancer, Deal, Kind, Refusal, Seen, Settings, State};
use crate::chance::key::Draw;

/// The last replica.
#[derive(Debug, Clone, Copy)]
pub struct AlwaysLast;

impl Balancer for AlwaysLast {
    const KIND: Kind = Kind {
        words: &["always-last"],
        about: "The last one.",
        settings: &[],
        by_group: false,
    };

    fn new(_: &Settings) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn deal(&self) -> Deal {
        Deal::InTurn
    }

    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, _: &mut Draw) -> u32 {
        seen.count() - 1
    }
}
