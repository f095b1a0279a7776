//! The one that is expected to answer first: a moving average of its answer times that jumps to every peak, times its requests in
//! progress (Finagle's and Linkerd's peak EWMA; Linkerd 2 documentation, "Load balancing", 2024).
//!
//! Of a few candidates picked at random the one with the least `average · (requests + 1)` is taken. The average falls with time
//! since its last answer, so that one slow answer does not banish a replica for ever; a replica that has never answered counts as if
//! it took no time, until it has requests in progress: then it counts as slower than all.

use super::{Balancer, Deal, Kind, Looks, Refusal, Seen, Setting, Settings, State, View, power_of_d};
use super::settings::Form;
use crate::chance::key::Draw;

/// What a replica without answers costs as soon as it is being tried \[ns\].
const UNKNOWN: f64 = 1e15;

/// The replica that is expected to answer first.
#[derive(Debug, Clone, Copy)]
pub struct PeakEwma {
    choices: u32,
    /// After so long \[ns\] an answer counts 1/e of what it did.
    decay: f64,
    view: View,
}

impl Balancer for PeakEwma {
    const KIND: Kind = Kind {
        words: &["peak-ewma"],
        about: "Of a few chosen at random the one with the least moving average of answer times, times its requests in progress (Finagle, Linkerd).",
        settings: &[
            Setting::CHOICES,
            Setting {
                name: "decay",
                about: "After so long an answer counts 1/e of what it did.",
                form: Form::Duration,
                default: Some("10s"),
                required: false,
            },
            Setting::VIEW,
        ],
        by_group: false,
    };

    fn new(settings: &Settings) -> Result<Self, Refusal> {
        Ok(Self {
            choices: power_of_d::choices(settings)?,
            decay: settings.duration("decay").unwrap_or(10_000_000_000) as f64,
            view: settings.view(),
        })
    }

    fn deal(&self) -> Deal {
        Deal::ByLoad(Looks::Some {
            choices: self.choices,
            distinct: true,
        })
    }

    fn view(&self) -> View {
        self.view
    }

    fn learns(&self) -> bool {
        true
    }

    fn pick(&self, state: &mut State, seen: &impl Seen, _: u64, draw: &mut Draw) -> u32 {
        let rows = state.numbers(2 * seen.all() as usize);
        let now = seen.now() as f64;
        let cost = |position: u32| {
            let who = seen.who(position) as usize;
            let (average, last) = (rows[2 * who], rows[2 * who + 1]);
            let load = f64::from(seen.load(position));
            if average == 0.0 {
                return UNKNOWN * load;
            }
            average * libm::exp((last - now) / self.decay) * (load + 1.0)
        };
        power_of_d::best(seen.count(), self.choices, true, cost, draw)
    }

    fn answered(&self, state: &mut State, position: u32, took: u64, now: u64) {
        let rows = state.numbers(2 * position as usize + 2);
        let (average, last) = (rows[2 * position as usize], rows[2 * position as usize + 1]);
        let (took, now) = (took.max(1) as f64, now as f64);
        let kept = libm::exp((last - now) / self.decay);
        let next = if took > average * kept {
            took
        } else {
            average * kept + took * (1.0 - kept)
        };
        rows[2 * position as usize] = next;
        rows[2 * position as usize + 1] = now;
    }
}

#[cfg(test)]
mod tests {
    use crate::chance::key::{root, site};
    use crate::policy::balance::tests::Given;
    use super::PeakEwma;
    use crate::policy::balance::{Balancer, Seen, Settings, State};

    fn picked(state: &mut State, given: &impl Seen) -> u32 {
        let rule = PeakEwma::new(&Settings::default()).expect("its defaults do");
        rule.pick(state, given, 0, &mut root(1, 0).draw(site(&["pick"])))
    }

    /// Averages 10 ms and 30 ms: the first is as good as the second with two requests more in progress.
    #[test]
    fn a_peak_counts_at_once_and_fades() {
        let rule = PeakEwma::new(&Settings::default()).expect("its defaults do");
        let mut state = State::default();
        rule.answered(&mut state, 0, 10_000_000, 0);
        rule.answered(&mut state, 1, 20_000_000, 0);
        rule.answered(&mut state, 1, 30_000_000, 0);
        assert_eq!(state.numbers, [1e7, 0.0, 3e7, 0.0]);
        assert_eq!(picked(&mut state, &Given::loads(&[1, 0])), 0);
        assert_eq!(picked(&mut state, &Given::loads(&[3, 0])), 1);
        // After 10 s the peak of 30 ms counts 30/e = 11.036 ms, to which an answer of 5 ms adds 5·(1 - 1/e) = 3.161 ms.
        rule.answered(&mut state, 1, 5_000_000, 10_000_000_000);
        assert!((state.numbers[2] - 14_196_986.0).abs() < 1_000.0, "{:?}", state.numbers);
    }

    /// Who has never answered is tried, but by one request at a time.
    #[test]
    fn the_unknown_is_tried_once() {
        let rule = PeakEwma::new(&Settings::default()).expect("its defaults do");
        let mut state = State::default();
        rule.answered(&mut state, 0, 1_000_000, 0);
        assert_eq!(picked(&mut state, &Given::loads(&[0, 0])), 1);
        assert_eq!(picked(&mut state, &Given::loads(&[5, 1])), 0);
    }
}
