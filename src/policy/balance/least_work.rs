//! The least work left to do, of all or of a few picked at random ("least loaded", Hellemans and Van Houdt 2018).
//!
//! Work is what the replica's processor has taken on and not yet done: it must be known before it is done, which few systems can
//! say. What waits for a slot has not reached the processor, so that a bounded `concurrency` is refused.

use super::{Balancer, Deal, Kind, Looks, Newcomers, Refusal, Seen, Setting, Settings, State, power_of_d};
use crate::chance::key::Draw;

/// The replica whose processor has the least left to do.
#[derive(Debug, Clone, Copy)]
pub struct LeastWork {
    choices: u32,
    distinct: bool,
}

impl Balancer for LeastWork {
    const KIND: Kind = Kind {
        words: &["least-work"],
        about: "The one of a few chosen at random whose processor has the least work left (Hellemans and Van Houdt 2018).",
        settings: &[Setting::CHOICES, Setting::DISTINCT],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        Ok(Self {
            choices: power_of_d::choices(settings)?,
            distinct: settings.switch("distinct"),
        })
    }

    fn deal(&self) -> Deal {
        Deal::ByLoad(Looks::Some {
            choices: self.choices,
            distinct: self.distinct,
        })
    }

    fn newcomers(&self) -> Newcomers {
        Newcomers::Unseen
    }

    fn weighs_work(&self) -> bool {
        true
    }

    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        let work = |position| seen.work(position);
        power_of_d::best(seen.count(), self.choices, self.distinct, work, draw)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, tally};

    /// One long job is more than three short ones, however many requests that is.
    #[test]
    fn one_long_job_is_more_than_three_short_ones() {
        let mut given = Given::loads(&[1, 3]);
        given.work = vec![9e6, 3e6];
        assert_eq!(tally("least-work", &[], &given, 100), [0, 100]);
    }
}
