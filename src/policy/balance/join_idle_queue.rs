//! An idle replica if there is one, else any (Lu, Xie, Kliot, Geller, Larus and Greenberg, "Join-Idle-Queue", 2011), with one
//! queue of idle replicas that every caller sees.

use super::{Balancer, Deal, Kind, Looks, Newcomers, Refusal, Seen, Setting, Settings, State, View};
use crate::chance::key::Draw;

/// An idle replica, else any.
#[derive(Debug, Clone, Copy)]
pub struct JoinIdleQueue {
    view: View,
}

impl Balancer for JoinIdleQueue {
    const KIND: Kind = Kind {
        words: &["join-idle-queue"],
        about: "Any that is idle; when none is, any at all (Lu et al. 2011).",
        settings: &[Setting::VIEW],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        let view = settings.view();
        Ok(Self { view })
    }

    fn deal(&self) -> Deal {
        Deal::ByLoad(Looks::Idle)
    }

    fn newcomers(&self) -> Newcomers {
        Newcomers::Unseen
    }

    fn view(&self) -> View {
        self.view
    }

    fn pick(&self, _: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        let idle = |position: &u32| seen.load(*position) == 0;
        let number = (0..seen.count()).filter(idle).count() as u32;
        if number == 0 {
            return draw.below(seen.count());
        }
        let skip = draw.below(number) as usize;
        (0..seen.count()).filter(idle).nth(skip).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, tally};

    /// The two idle ones share the requests; where nobody is idle, the busiest gets as much as anybody.
    #[test]
    fn the_idle_come_first() {
        let seen = tally("join-idle-queue", &[], &Given::loads(&[1, 0, 7, 0]), 20_000);
        assert_eq!((seen[0], seen[2]), (0, 0));
        assert!(seen[1].abs_diff(10_000) < 400, "{seen:?}");
        let busy = tally("join-idle-queue", &[], &Given::loads(&[1, 9]), 20_000);
        assert!(busy[1].abs_diff(10_000) < 400, "{busy:?}");
    }
}
