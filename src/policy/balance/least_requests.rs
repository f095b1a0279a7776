//! The fewest requests in progress or queued ("join the shortest queue"), or the fewest for its weight (nginx's `least_conn`); ties at
//! random, in proportion to the weights.

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
        about: "The one with the fewest requests in progress or waiting, for the `weight` of its group if it has one; or `least-requests: { GROUP: weight, … }`. Ties are random.",
        settings: &[Setting::VIEW],
        by_group: true,
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
        if seen.is_weighted() {
            least_for_weight(seen, draw)
        } else {
            least(seen, draw)
        }
    }
}

/// The least busy for its weight; ties at random in proportion to the weights. What weighs nothing is taken when there is nothing else.
fn least_for_weight(seen: &impl Seen, draw: &mut Draw) -> u32 {
    let ratio = |position: u32| match seen.weight(position) {
        weight if weight > 0.0 => f64::from(seen.load(position)) / weight,
        _ => f64::INFINITY,
    };
    let all = 0..seen.count();
    let least = all.clone().map(ratio).fold(f64::INFINITY, f64::min);
    if least.is_infinite() {
        return self::least(seen, draw);
    }
    let ties = all.filter(|position| ratio(*position) <= least);
    let total: f64 = ties.clone().map(|position| seen.weight(position)).sum();
    let mut left = draw.unit() * total;
    let mut picked = 0;
    for position in ties {
        picked = position;
        left -= seen.weight(position);
        if left < 0.0 {
            break;
        }
    }
    picked
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

    /// Three requests at weight 3 are one for each unit, as one at weight 1: a tie, which the heavy one wins three times of four. The third
    /// has two for its unit, the last is the least busy of those that weigh nothing and is never taken.
    #[test]
    fn weights_divide_the_load_and_share_ties() {
        let given = Given {
            weights: vec![3.0, 1.0, 1.0, 0.0],
            ..Given::loads(&[3, 1, 2, 0])
        };
        let seen = tally("least-requests", &[], &given, 20_000);
        assert_eq!((seen[2], seen[3]), (0, 0));
        assert!(seen[0].abs_diff(15_000) < 400, "{seen:?}");
    }
}
