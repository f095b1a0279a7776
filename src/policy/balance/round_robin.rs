//! In turn: one counter for all callers of a zone, or one for each caller, all of which begin at the first replica.

use super::{Balancer, Deal, Kind, Refusal, Seen, Setting, Settings, State, View};
use crate::chance::key::Draw;

/// Each replica in turn.
#[derive(Debug, Clone, Copy)]
pub struct RoundRobin {
    view: View,
}

impl Balancer for RoundRobin {
    const KIND: Kind = Kind {
        words: &["round-robin"],
        about: "Each in turn; with `view: caller` every calling replica has turns of its own.",
        settings: &[Setting::VIEW],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        let view = settings.view();
        Ok(Self { view })
    }

    fn view(&self) -> View {
        self.view
    }

    fn deal(&self) -> Deal {
        Deal::InTurn
    }

    #[inline]
    fn pick(&self, state: &mut State, seen: &impl Seen, _: u64, _: &mut Draw) -> u32 {
        next(&mut state.turn, seen.count())
    }
}

/// The next after the last.
#[inline]
pub(super) fn next(turn: &mut u32, count: u32) -> u32 {
    let picked = if *turn < count { *turn } else { 0 };
    *turn = picked + 1;
    picked
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, picks};

    #[test]
    fn goes_round() {
        let seen = picks("round-robin", &[], &Given::loads(&[0, 0, 0]), 7);
        assert_eq!(seen, [0, 1, 2, 0, 1, 2, 0]);
    }
}
