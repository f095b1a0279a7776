//! When requests come. One of the policies of `policy`; stands on `chance` alone.
//!
//! The n-th arrival of a workload is a function of its key and n. A Poisson process is drawn at rate 1 and bent through
//! the inverse of the cumulative [`Rate`] (E. Çinlar, "Introduction to Stochastic Processes", 1975), never thinned: so
//! another rate, or another course of it, moves the arrivals and keeps their numbers, and two architectures, or two
//! loads, meet the same requests.
//!
//! Clocks are integers (2⁻⁵⁶ of an arrival, 2⁻²⁴ ns), so that no error grows with the number of arrivals; a time is
//! rounded to the nearest nanosecond when it is handed out.

mod modulated;
mod rate;

use crate::chance::key::{Key, Site, site};
use crate::chance::law::{Law, Sampler};
use crate::chance::ziggurat::exp1;

pub use modulated::{Modulation, dispersion, mean_factor};
pub use rate::Rate;

/// Where in its first gap a regular source begins.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Phase {
    /// At random, by the name of the source: regular sources that all began at once would stay in lock-step.
    #[default]
    Random,
    /// At this share of the gap: 0 is at once, 1 is after a whole gap.
    At(f64),
}

/// An arrival process, compiled: what it takes to say when the n-th request comes.
#[derive(Clone, Debug)]
pub struct Arrivals {
    process: Process,
}

#[derive(Clone, Debug)]
enum Process {
    Poisson(Rate),
    Paced(Rate, Phase),
    Modulated(Rate, Box<[Modulation]>),
    Renewal(Sampler, Phase, Steady),
}

/// What queueing theory asks of arrivals that do not change over time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Steady {
    /// Arrivals per second.
    pub rate: f64,
    /// Squared coefficient of variation of the gaps between them: 0 for a metronome, 1 for a Poisson process.
    pub cv2: f64,
    /// Whether they are a Poisson process.
    pub poisson: bool,
}

/// How far a process has come in one replication.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ArrivalState {
    number: u64,
    /// Arrivals at rate 1 [2⁻⁵⁶] of a Poisson process, time [2⁻²⁴ ns] of a renewal process.
    clock: u128,
    /// Of the chain that modulates the rate, if one does.
    stay: modulated::Stay,
}

impl ArrivalState {
    /// The number of the request that comes next, from 0; its key is the workload's key, `numbered` with it.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Lets the process at rate 1 go on to its next arrival.
    fn count_on(&mut self, key: Key) {
        let gap = exp1(&mut key.numbered(self.number).draw(GAP));
        self.clock += u128::from((gap * rate::ONE as f64) as u64);
    }
}

const GAP: Site = site(&["arrivals", "gap"]);
const PHASE: Site = site(&["arrivals", "phase"]);

/// Binary places of the clock of a renewal process, whose unit is the nanosecond.
const FINE: u32 = 24;

impl Arrivals {
    /// Independent users: a Poisson process.
    pub fn poisson(rate: Rate) -> Arrivals {
        Arrivals {
            process: Process::Poisson(rate),
        }
    }

    /// Bursts: a Poisson process whose rate is multiplied by the factor of the state that a chain is in. The chain goes
    /// through the states in turn, with exponential stays; at the start it is found in one of them at random.
    ///
    /// # Panics
    /// Without a state there is nothing to be found in.
    pub fn modulated(rate: Rate, states: Vec<Modulation>) -> Arrivals {
        assert!(!states.is_empty(), "a chain has states");
        Arrivals {
            process: Process::Modulated(rate, states.into()),
        }
    }

    /// A metronome: request k comes when `k + phase` of them were due, without any randomness but the phase.
    pub fn paced(rate: Rate, phase: Phase) -> Arrivals {
        Arrivals {
            process: Process::Paced(rate, phase),
        }
    }

    /// A renewal process: gaps in nanoseconds, drawn from a law independently of each other. The first one is shortened
    /// by the phase, which for a constant gap makes the process stationary from the beginning.
    ///
    /// # Panics
    /// May panic on a law that does not pass [`Law::check`].
    pub fn between(law: &Law, phase: Phase) -> Arrivals {
        let gaps = Steady {
            rate: 1e9 / law.mean(),
            cv2: law.cv2(),
            poisson: matches!(law, Law::Exponential { .. } | Law::Erlang { stages: 1, .. }),
        };
        Arrivals {
            process: Process::Renewal(law.sampler(), phase, gaps),
        }
    }

    /// How they come, if that never changes.
    pub fn steady(&self) -> Option<Steady> {
        let (rate, cv2, poisson) = match &self.process {
            Process::Poisson(rate) => (rate.steady()?, 1.0, true),
            Process::Paced(rate, _) => (rate.steady()?, 0.0, false),
            Process::Renewal(_, _, gaps) => return Some(*gaps),
            Process::Modulated(..) => return None,
        };
        Some(Steady { rate, cv2, poisson })
    }

    /// The time of the next arrival [ns since the start], never before the last one. `None` for ever once no more come:
    /// the rate stays 0, or time ends (after 584 years).
    ///
    /// `key` is the workload's key in this replication, the same at every call.
    pub fn next(&self, state: &mut ArrivalState, key: Key) -> Option<u64> {
        let number = state.number;
        let at = match &self.process {
            Process::Poisson(rate) => {
                state.count_on(key);
                rate.inverse(state.clock)?
            }
            Process::Modulated(rate, states) => {
                state.count_on(key);
                modulated::inverse(rate, states, &mut state.stay, state.clock, key)?
            }
            Process::Paced(rate, phase) => rate.inverse_of_count(number, phase.share(key))?,
            Process::Renewal(law, phase, _) => {
                let gap = law.sample(&mut key.numbered(number).draw(GAP));
                let share = if number == 0 { phase.share(key) } else { 1.0 };
                state.clock = state
                    .clock
                    .saturating_add((gap * share * f64::from(1 << FINE)) as u128);
                u64::try_from(state.clock.saturating_add(1 << (FINE - 1)) >> FINE).ok()?
            }
        };
        state.number += 1;
        Some(at)
    }
}

impl Phase {
    fn share(self, key: Key) -> f64 {
        match self {
            Phase::Random => key.draw(PHASE).unit(),
            Phase::At(share) => share,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::chance::key::root;
    use crate::chance::trial::{Moments, kolmogorov_z};

    const SECOND: u64 = 1_000_000_000;

    fn times(arrivals: &Arrivals, key: Key, most: usize) -> Vec<u64> {
        let mut state = ArrivalState::default();
        let times: Vec<u64> = std::iter::from_fn(|| arrivals.next(&mut state, key))
            .take(most)
            .collect();
        assert!(times.is_sorted());
        times
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let times = times(
            &Arrivals::poisson(Rate::constant(1000.0).unwrap()),
            root(61, 0),
            300_000,
        );
        let mut gaps: Vec<f64> = times
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64)
            .collect();
        Moments::of(&gaps).assert_near("gaps", 1e6, 1e12);
        assert!(kolmogorov_z(&mut gaps, |gap| 1.0 - (-gap / 1e6).exp()) < 2.0);
    }

    /// Ramp up, hold, pause, jump, ramp down: each window must have the number of arrivals that the area says.
    #[test]
    fn poisson_follows_its_stages() {
        let stages = [
            (10, 400.0),
            (10, 400.0),
            (0, 0.0),
            (5, 0.0),
            (0, 1000.0),
            (10, 1000.0),
            (20, 50.0),
        ];
        let stages: Vec<(u64, f64)> = stages
            .iter()
            .map(|(length, target)| (length * SECOND, *target))
            .collect();
        let rate = Rate::stages(0.0, &stages).unwrap();
        let mut found = vec![0u64; 60];
        for replication in 0..100 {
            for at in times(
                &Arrivals::poisson(rate.clone()),
                root(62, replication),
                100_000,
            ) {
                if at < 60 * SECOND {
                    found[(at / SECOND) as usize] += 1;
                }
            }
        }
        for (second, count) in (0u64..).zip(&found) {
            let due =
                100.0 * (rate.count_by((second + 1) * SECOND) - rate.count_by(second * SECOND));
            let off = (*count as f64 - due).abs();
            assert!(
                off <= 4.0 * due.sqrt(),
                "second {second}: {count} instead of {due}"
            );
        }
        assert_eq!(found[20..25], [0; 5]);
    }

    #[test]
    fn another_rate_moves_arrivals_and_keeps_their_numbers() {
        let of = |rate| times(&Arrivals::poisson(rate), root(63, 0), 10_000);
        let (slow, fast) = (
            of(Rate::constant(100.0).unwrap()),
            of(Rate::constant(300.0).unwrap()),
        );
        for (slow, fast) in slow.iter().zip(&fast) {
            assert!((slow / 3).abs_diff(*fast) <= 1);
        }
        // Until the load changes, nothing does.
        let later = of(Rate::stages(100.0, &[(20 * SECOND, 100.0), (10 * SECOND, 500.0)]).unwrap());
        let common = slow.iter().take_while(|at| **at < 20 * SECOND).count();
        assert!(common > 1000);
        assert_eq!(slow[..common], later[..common]);
        assert!(later[9000] < slow[9000]);
    }

    #[test]
    fn paced_arrivals_are_exact() {
        let of = |rate, phase, most| {
            times(
                &Arrivals::paced(Rate::constant(rate).unwrap(), phase),
                root(64, 0),
                most,
            )
        };
        assert_eq!(
            of(3.0, Phase::At(0.0), 4),
            [0, 333_333_333, 666_666_667, SECOND]
        );
        assert_eq!(of(1e9, Phase::At(1.0), 3), [1, 2, 3]);
        assert_eq!(
            of(0.1, Phase::At(0.5), 3),
            [5 * SECOND, 15 * SECOND, 25 * SECOND]
        );
        // Ten thousand million arrivals later, still on the nanosecond.
        let arrivals = Arrivals::paced(Rate::constant(7.0).unwrap(), Phase::At(0.0));
        for k in [7_000_000_000u64, 10_000_000_001] {
            let exact = (u128::from(k) * u128::from(SECOND) * 2 + 7) / 14;
            let mut state = ArrivalState {
                number: k,
                ..ArrivalState::default()
            };
            assert_eq!(
                u128::from(arrivals.next(&mut state, root(64, 0)).unwrap()),
                exact
            );
        }
    }

    #[test]
    fn phases_are_random_by_name_and_spread() {
        let arrivals = Arrivals::paced(Rate::constant(1.0).unwrap(), Phase::Random);
        let mut phases: Vec<f64> = (0..2000)
            .map(|i| times(&arrivals, root(65, i), 1)[0] as f64 / SECOND as f64)
            .collect();
        assert!(kolmogorov_z(&mut phases, |share| share.clamp(0.0, 1.0)) < 2.0);
        let both = times(&arrivals, root(65, 3), 3);
        assert_eq!(both[2] - both[1], SECOND);
    }

    #[test]
    fn paced_arrivals_follow_their_stages() {
        // k arrivals by t = 5 t² on the ramp (0 to 100/s in 10 s), then 100/s.
        let rate = Rate::stages(0.0, &[(10 * SECOND, 100.0)]).unwrap();
        let times = times(&Arrivals::paced(rate, Phase::At(0.0)), root(66, 0), 700);
        for (k, at) in times.iter().enumerate() {
            let k = k as f64;
            let exact = if k <= 500.0 {
                (k / 5.0).sqrt()
            } else {
                10.0 + (k - 500.0) / 100.0
            };
            assert!((*at as f64 - exact * 1e9).abs() <= 1.0, "{k}: {at}");
        }
    }

    #[test]
    fn renewal_gaps_follow_their_law() {
        let law = Law::Gamma { mean: 2e6, cv: 0.5 };
        let times = times(
            &Arrivals::between(&law, Phase::Random),
            root(67, 0),
            300_000,
        );
        let gaps: Vec<f64> = times
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64)
            .collect();
        Moments::of(&gaps).assert_near("gaps", 2e6, 1e12);
    }

    #[test]
    fn renewal_clocks_do_not_drift() {
        let third = Arrivals::between(&Law::Constant(1e9 / 3.0), Phase::At(0.0));
        let times = times(&third, root(68, 0), 300_001);
        assert!(times[300_000].abs_diff(100_000 * SECOND) <= 1);
        let never = Arrivals::between(&Law::Constant(1e300), Phase::At(1.0));
        assert_eq!(never.next(&mut ArrivalState::default(), root(68, 0)), None);
        let once = Arrivals::between(&Law::Constant(1e19), Phase::At(1.0));
        let mut state = ArrivalState::default();
        assert_eq!(
            once.next(&mut state, root(68, 0)),
            Some(10_000_000_000_000_000_000)
        );
        assert_eq!(once.next(&mut state, root(68, 0)), None);
    }

    #[test]
    fn no_rate_no_arrivals() {
        let none = Rate::constant(0.0).unwrap();
        let ends = Rate::stages(100.0, &[(SECOND, 100.0), (0, 0.0)]).unwrap();
        for process in [Arrivals::poisson as fn(Rate) -> Arrivals, |rate| {
            Arrivals::paced(rate, Phase::At(0.0))
        }] {
            assert!(times(&process(none.clone()), root(69, 0), 5).is_empty());
            let last = times(&process(ends.clone()), root(69, 0), 1000);
            assert!(last.len() > 60 && last.len() < 140 && last[last.len() - 1] < SECOND);
        }
        // And it stays so.
        let (arrivals, mut state) = (Arrivals::poisson(ends), ArrivalState::default());
        while arrivals.next(&mut state, root(69, 0)).is_some() {}
        assert_eq!(arrivals.next(&mut state, root(69, 0)), None);
    }
}
