//! The better of a few picked at random (Mitzenmacher, "The power of two choices in randomized load balancing", 2001).

use super::{Balancer, Deal, Kind, Looks, Refusal, Seen, Setting, Settings, State, View, least_requests};
use crate::chance::key::Draw;

/// More than this many choices are better served by looking at all.
pub(super) const MOST: u64 = 16;

/// The least busy of a few.
#[derive(Debug, Clone, Copy)]
pub struct PowerOfD {
    choices: u32,
    distinct: bool,
    view: View,
}

impl PowerOfD {
    /// How many replicas it looks at.
    pub fn choices(&self) -> u32 {
        self.choices
    }
}

impl Balancer for PowerOfD {
    const KIND: Kind = Kind {
        words: &["power-of-d", "power-of-two"],
        about: "The best of a few chosen at random (Mitzenmacher 2001); `power-of-two` is the same word with two choices.",
        settings: &[Setting::CHOICES, Setting::DISTINCT, Setting::VIEW],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        Ok(Self {
            choices: choices(settings)?,
            distinct: settings.switch("distinct"),
            view: settings.view(),
        })
    }

    fn deal(&self) -> Deal {
        Deal::ByLoad(Looks::Some {
            choices: self.choices,
            distinct: self.distinct,
        })
    }

    fn view(&self) -> View {
        self.view
    }

    #[inline]
    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        if self.distinct && self.choices >= seen.count() && seen.count() > 1 {
            // As ever, one draw goes before those that break ties.
            draw.below(seen.count());
            return least_requests::least(seen, draw);
        }
        let load = |position| f64::from(seen.load(position));
        best(seen.count(), self.choices, self.distinct, load, draw)
    }
}

/// How many replicas are looked at.
pub(super) fn choices(settings: &Settings) -> Result<u32, Refusal> {
    let choices = settings.count("choices").unwrap_or(2);
    if choices > MOST {
        let message = format!(
            "{choices} `choices` are more than the {MOST} that this balancer can look at: `least-requests` sees them all"
        );
        return Err(Refusal::of("choices", message));
    }
    Ok(u32::try_from(choices).unwrap_or(u32::MAX))
}

/// The one with the least of something of `choices` out of `count`; the first looked at wins a tie, which is fair because all are
/// picked at random.
#[inline]
pub(super) fn best(
    count: u32,
    choices: u32,
    distinct: bool,
    of: impl Fn(u32) -> f64,
    draw: &mut Draw,
) -> u32 {
    if count == 1 {
        return 0;
    }
    let mut best = draw.below(count);
    let mut least = of(best);
    let mut seen = [best; MOST as usize];
    let most = if distinct { choices.min(count) } else { choices };
    for k in 1..most.min(MOST as u32) as usize {
        let next = if distinct {
            another(count, &mut seen, k, draw)
        } else {
            draw.below(count)
        };
        let value = of(next);
        if value < least {
            (best, least) = (next, value);
        }
    }
    best
}

/// One of `count` that is not among the first `k` seen: uniform over the rest by skipping those seen in ascending order.
#[inline]
fn another(count: u32, seen: &mut [u32; MOST as usize], k: usize, draw: &mut Draw) -> u32 {
    let mut next = draw.below(count - k as u32);
    let mut at = 0;
    while at < k && seen[at] <= next {
        next += 1;
        at += 1;
    }
    seen.copy_within(at..k, at + 1);
    seen[at] = next;
    next
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::Value;
    use crate::policy::balance::tests::{Given, tally};

    /// With two different choices out of three and loads 0, 1, 2, the busiest is never picked, the idle one in 2 of 3 pairs.
    #[test]
    fn two_of_three() {
        let seen = tally("power-of-two", &[], &Given::loads(&[0, 1, 2]), 30_000);
        assert_eq!(seen[2], 0);
        assert!(seen[0].abs_diff(20_000) < 500, "{seen:?}");
    }

    /// With replacement the busiest is picked when it is looked at twice: 1 of 9.
    #[test]
    fn with_replacement() {
        let settings = [("distinct", Value::Switch(false))];
        let seen = tally("power-of-d", &settings, &Given::loads(&[0, 1, 2]), 90_000);
        assert!(seen[2].abs_diff(10_000) < 500, "{seen:?}");
    }
}
