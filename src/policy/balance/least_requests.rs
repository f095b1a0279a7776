//! The fewest requests in progress or queued ("join the shortest queue"); ties at random.

use super::{Balancer, Deal, Kind, Looks, Refusal, Seen, Setting, Settings, State, View};
use crate::chance::key::Draw;

/// The replica with the fewest requests.
#[derive(Debug, Clone, Copy)]
pub struct LeastRequests {
    view: View,
}

impl Balancer for LeastRequests {
    const KIND: Kind = Kind {
        words: &["least-requests"],
        about: "The one with the fewest requests in progress or waiting; ties are random.",
        settings: &[Setting::VIEW],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        let view = settings.view();
        Ok(Self { view })
    }

    fn deal(&self) -> Deal {
        Deal::ByLoad(Looks::All)
    }

    fn view(&self) -> View {
        self.view
    }

    #[inline]
    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        least(seen, draw)
    }
}

/// The least busy; ties at random.
#[inline]
pub(super) fn least(seen: &impl Seen, draw: &mut Draw) -> u32 {
    let count = seen.count();
    let (mut least, mut first, mut ties) = (u32::MAX, 0, 0);
    for position in 0..count {
        let load = seen.load(position);
        if load < least {
            (least, first, ties) = (load, position, 1);
        } else if load == least {
            ties += 1;
        }
    }
    if ties <= 1 {
        return first;
    }
    let mut skip = draw.below(ties);
    for position in first..count {
        if seen.load(position) == least {
            if skip == 0 {
                return position;
            }
            skip -= 1;
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, tally};

    #[test]
    fn the_least_busy_wins_and_ties_are_shared() {
        let seen = tally("least-requests", &[], &Given::loads(&[3, 1, 2, 1]), 20_000);
        assert_eq!((seen[0], seen[2]), (0, 0));
        assert!(seen[1].abs_diff(10_000) < 400, "{seen:?}");
    }
}
