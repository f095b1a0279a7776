//! A rate that a Markov chain modulates, and the inverse of its area on the way the chain happens to take.
//!
//! The chain goes through its states in turn and round again; stays are exponential, drawn by the name of the workload
//! and their number, so that neither the rate nor anything about requests changes its way.

use super::rate::{ONE, Rate, arrivals};
use crate::chance::key::{Key, Site, site};
use crate::chance::ziggurat::exp1;

const START: Site = site(&["arrivals", "state"]);
const STAY: Site = site(&["arrivals", "stay"]);

/// A state of the chain.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Modulation {
    /// What the rate is multiplied by; 0 = nobody comes.
    pub factor: f64,
    /// How long a stay lasts on average \[ns\], above 0.
    pub stay: f64,
}

/// How far the chain has come: the present stay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Stay {
    /// Stays begun so far; 0 = the chain has not started.
    number: u64,
    state: usize,
    /// [ns]
    from: u64,
    /// [ns]
    until: u64,
    /// Arrivals due before it. [2⁻⁵⁶]
    due: u128,
}

/// The long-run mean of the factor: states weigh as much as their stays.
pub fn mean_factor(states: &[Modulation]) -> f64 {
    let area: f64 = states.iter().map(|state| state.factor * state.stay).sum();
    area / cycle(states)
}

/// How long a round of the chain lasts on average \[ns\].
fn cycle(states: &[Modulation]) -> f64 {
    states.iter().map(|state| state.stay).sum()
}

/// Variance over mean of the number of arrivals in a long time, when the rate without modulation is so many per second:
/// 1 for a Poisson process. A round is a regeneration, over which the area strays from its share by Σ (λᵢ - λ) Sᵢ; so it
/// is 1 + Σ (λᵢ - λ)² sᵢ² / (λ Σ sᵢ); for two states in Fischer and Meier-Hellstern, "The Markov-modulated Poisson process
/// (MMPP) cookbook", Performance Evaluation 18 (1993).
pub fn dispersion(states: &[Modulation], per_second: f64) -> f64 {
    let mean = mean_factor(states);
    let strays = |state: &Modulation| ((state.factor - mean) * state.stay).powi(2);
    let squares: f64 = states.iter().map(strays).sum();
    1.0 + per_second / 1e9 * squares / (mean * cycle(states))
}

/// The state in which the chain is found at the start: by the share of time it spends there.
fn start(states: &[Modulation], key: Key) -> usize {
    let mut left = key.draw(START).unit() * cycle(states);
    for (number, state) in states.iter().enumerate() {
        if left < state.stay {
            return number;
        }
        left -= state.stay;
    }
    states.len() - 1
}

/// The time \[ns\] at which so many arrivals [2⁻⁵⁶] are due, not fewer than were asked for before; `None` if they never
/// are. What is left of a stay when one begins to look is as long as a whole one: stays have no memory.
pub(super) fn inverse(
    rate: &Rate,
    states: &[Modulation],
    stay: &mut Stay,
    count: u128,
    key: Key,
) -> Option<u64> {
    if stay.number == 0 {
        stay.state = start(states, key);
        draw(states, stay, key);
    }
    loop {
        let factor = states[stay.state].factor;
        let before = rate.due_by(stay.from);
        if factor > 0.0 {
            let rest = scaled(count.saturating_sub(stay.due), 1.0 / factor);
            if let Some(at) = rate.inverse(before.saturating_add(rest))
                && at < stay.until
            {
                return Some(at.max(stay.from));
            }
        }
        if stay.until == u64::MAX || rate.is_over(stay.until) {
            return None;
        }
        stay.due += scaled(rate.due_by(stay.until).saturating_sub(before), factor);
        stay.from = stay.until;
        stay.state = (stay.state + 1) % states.len();
        draw(states, stay, key);
    }
}

/// How long the stay lasts that begins.
fn draw(states: &[Modulation], stay: &mut Stay, key: Key) {
    let length = exp1(&mut key.child(STAY, stay.number).draw(STAY)) * states[stay.state].stay;
    stay.until = stay.from.saturating_add((length + 0.5) as u64);
    stay.number += 1;
}

/// A count times a factor.
fn scaled(count: u128, factor: f64) -> u128 {
    (arrivals(count) * factor * ONE as f64) as u128
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{ArrivalState, Arrivals};
    use super::*;
    use crate::chance::key::root;

    const SECOND: u64 = 1_000_000_000;

    fn state(factor: f64, seconds: f64) -> Modulation {
        let stay = seconds * 1e9;
        Modulation { factor, stay }
    }

    fn times(arrivals: &Arrivals, key: Key, end: u64) -> Vec<u64> {
        let mut state = ArrivalState::default();
        let times = std::iter::from_fn(|| arrivals.next(&mut state, key));
        times.take_while(|at| *at < end).collect()
    }

    fn of(rate: Rate, states: &[Modulation], key: Key, end: u64) -> Vec<u64> {
        let found = times(&Arrivals::modulated(rate, states.to_vec()), key, end);
        assert!(found.is_sorted());
        found
    }

    /// Counts in windows of T = 2,000 s have the mean λT and the variance λT + 2σ²(T/r - (1 - e^{-rT})/r²), where r is
    /// the sum of the rates of change and σ² the variance of the rate.
    #[test]
    fn counts_have_the_mean_and_the_variance_of_theory() {
        let states = [state(0.2, 100.0), state(1.4, 50.0)];
        let (mean, sigma2, change, span) = (0.6, 2.0 / 9.0 * 1.44, 0.03, 2_000.0_f64);
        assert!((mean_factor(&states) - mean).abs() < 1e-12);
        // 1 + 2·0.01·0.02·1.2² / (0.03²·0.018), the textbook's form for two states.
        let exact = 1.0 + 2.0 * 0.01 * 0.02 * 1.44 / (0.0009 * 0.018);
        assert!((dispersion(&states, 1.0) - exact).abs() < 1e-9);
        let variance = mean * span
            + 2.0 * sigma2 * (span / change - (1.0 - (-change * span).exp()) / (change * change));
        let counts: Vec<f64> = (0..4_000)
            .map(|replication| {
                let rate = Rate::constant(1.0).unwrap();
                of(rate, &states, root(71, replication), 2_000 * SECOND).len() as f64
            })
            .collect();
        let n = counts.len() as f64;
        let found = counts.iter().sum::<f64>() / n;
        let spread = counts
            .iter()
            .map(|count| (count - found).powi(2))
            .sum::<f64>()
            / (n - 1.0);
        assert!(
            (found - mean * span).abs() < 4.0 * (variance / n).sqrt(),
            "{found}"
        );
        assert!(
            (spread / variance - 1.0).abs() < 4.0 * (2.0 / n).sqrt(),
            "{spread} for {variance}"
        );
    }

    #[test]
    fn a_chain_that_changes_nothing_is_poisson() {
        let rate = Rate::stages(50.0, &[(20 * SECOND, 200.0)]).unwrap();
        let plain = times(&Arrivals::poisson(rate.clone()), root(72, 0), 60 * SECOND);
        let states = [state(1.0, 0.5), state(1.0, 2.0), state(1.0, 0.1)];
        let found = of(rate, &states, root(72, 0), 60 * SECOND);
        assert_eq!(plain.len(), found.len());
        assert!(
            plain
                .iter()
                .zip(&found)
                .all(|(plain, found)| plain.abs_diff(*found) <= 2)
        );
    }

    /// Without the times off, what comes in bursts is the Poisson process of the same numbers.
    #[test]
    fn nobody_comes_while_the_factor_is_nothing() {
        let states = [state(0.0, 3.0), state(2.0, 2.0)];
        let key = root(73, 0);
        let bursts = of(Rate::constant(10.0).unwrap(), &states, key, 2_000 * SECOND);
        let plain = times(
            &Arrivals::poisson(Rate::constant(20.0).unwrap()),
            key,
            2_000 * SECOND,
        );
        let mut stay = Stay {
            state: start(&states, key),
            ..Stay::default()
        };
        draw(&states, &mut stay, key);
        let (mut off, mut plain) = (0, plain.into_iter());
        for at in bursts {
            while at >= stay.until {
                if stay.state == 0 {
                    off += stay.until - stay.from;
                }
                stay.from = stay.until;
                stay.state = 1 - stay.state;
                draw(&states, &mut stay, key);
            }
            assert_eq!(stay.state, 1, "{at} is in a time off");
            assert!((at - off).abs_diff(plain.next().unwrap()) <= 2);
        }
        assert!(off > 500 * SECOND);
    }

    #[test]
    fn the_chain_begins_where_it_is_mostly_found() {
        let states = [state(1.0, 1.0), state(1.0, 3.0)];
        let first = (0..4_000).filter(|replication| start(&states, root(74, *replication)) == 0);
        let first = first.count() as f64;
        assert!((first - 1_000.0).abs() < 4.0 * 750.0_f64.sqrt(), "{first}");
    }

    #[test]
    fn another_rate_leaves_the_chain_as_it_was() {
        let states = [state(0.0, 3.0), state(2.0, 2.0)];
        let at = |rate| {
            of(
                Rate::constant(rate).unwrap(),
                &states,
                root(75, 0),
                200 * SECOND,
            )
        };
        let gaps = |times: &[u64]| -> Vec<u64> {
            let pairs = times.windows(2).filter(|pair| pair[1] - pair[0] > SECOND);
            pairs.map(|pair| pair[0] / SECOND).collect()
        };
        let (slow, fast) = (at(200.0), at(400.0));
        assert!(fast.len() > slow.len() * 3 / 2);
        assert_eq!(gaps(&slow), gaps(&fast));
    }

    #[test]
    fn when_the_rate_has_ended_nobody_comes() {
        let ends = Rate::stages(100.0, &[(SECOND, 100.0), (0, 0.0)]).unwrap();
        let states = [state(0.5, 0.1), state(2.0, 0.1)];
        let arrivals = Arrivals::modulated(ends, states.to_vec());
        let mut state = ArrivalState::default();
        let found = std::iter::from_fn(|| arrivals.next(&mut state, root(76, 0))).count();
        assert!((30..300).contains(&found), "{found}");
        assert_eq!(arrivals.next(&mut state, root(76, 0)), None);
        let none = Arrivals::modulated(Rate::constant(0.0).unwrap(), states.to_vec());
        assert_eq!(none.next(&mut ArrivalState::default(), root(76, 0)), None);
    }
}
