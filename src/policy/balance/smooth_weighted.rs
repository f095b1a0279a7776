//! In turn, in proportion to weights, without bursts: nginx's smooth weighted round robin (nginx 1.3.1, 2012,
//! `ngx_http_upstream_round_robin.c`).

use super::{Balancer, Deal, Kind, Refusal, Seen, Setting, Settings, State, View};
use crate::chance::key::Draw;

/// Each replica in turn, as often as its weight says, spread as evenly as can be.
#[derive(Debug, Clone, Copy)]
pub struct SmoothWeighted {
    view: View,
}

impl Balancer for SmoothWeighted {
    const KIND: Kind = Kind {
        words: &["smooth-weighted"],
        about: "In turn, each as often as the `weight` of its group says and spread evenly (nginx's weighted round robin); or `smooth-weighted: { GROUP: weight, … }`. With `view: caller` every calling replica has turns of its own.",
        settings: &[Setting::VIEW],
        by_group: true,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        let view = settings.view();
        Ok(Self { view })
    }

    fn view(&self) -> View {
        self.view
    }

    fn deal(&self) -> Deal {
        Deal::ByWeight
    }

    /// Everybody gains its weight; the richest is picked and pays the sum of all weights.
    fn pick(&self, state: &mut State, seen: &impl Seen, _: u64, _: &mut Draw) -> u32 {
        let owned = state.numbers(seen.all() as usize);
        let (mut total, mut richest) = (0.0, 0);
        for position in 0..seen.count() {
            let weight = seen.weight(position);
            total += weight;
            let who = seen.who(position) as usize;
            owned[who] += weight;
            if owned[who] > owned[seen.who(richest) as usize] {
                richest = position;
            }
        }
        owned[seen.who(richest) as usize] -= total;
        richest
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::balance::tests::{Given, picks};

    /// The example of nginx's own commit: weights 5, 1, 1 give a a b a c a a.
    #[test]
    fn the_heavy_one_is_interrupted() {
        let seen = picks("smooth-weighted", &[], &Given::weights(&[5.0, 1.0, 1.0]), 14);
        assert_eq!(seen, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
    }
}
