//! Has the run forgotten its start, and is there a steady state at all?
//!
//! Signals of the pilot replications are looked at: requests in progress, requests waiting, messages to do, hit share of the caches,
//! and the slopes of the first three. All tests are over replications, which are independent; none is made inside one.

use super::estimate::{Sample, mean, student_tail};
use super::{mser, timeline};
use crate::measure::Timeline;

/// A cut or a swing is believed when chance alone would show it less often than this.
const DOUBT: f64 = 0.01;
/// A trend takes all intervals away, so it must be clearer.
const TREND_DOUBT: f64 = 0.001;
/// A trend over the last half of the run matters from this share of the level on.
const GROWTH: f64 = 0.1;

/// The signals of one replication, one value per window from time 0 on.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// Mean root requests in progress.
    pub in_progress: Vec<f64>,
    /// Mean requests waiting.
    pub waiting: Vec<f64>,
    /// Mean messages that groups have still to do.
    pub to_do: Vec<f64>,
    /// Share of look-ups that hit; empty without caches.
    pub hits: Vec<f64>,
}

/// What a signal does in the last half of the run, and which.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trend {
    /// Nothing that chance could not do.
    None,
    /// It grows by this share of its level.
    Rising(&'static str, f64),
    /// It shrinks by this share of its level.
    Falling(&'static str, f64),
}

/// Numbers of requests that differ by less than this share of their level are the same, however clearly they differ: where requests
/// are turned away at a full house the house is full but for one in a thousand, and that one comes and goes by the clock.
const SMALL: f64 = 0.002;

/// Names of signals, as sentences say them.
const IN_PROGRESS: &str = "requests in progress";
const WAITING: &str = "requests waiting";
const TO_DO: &str = "messages to do";

impl Signals {
    /// The signals in a timeline, up to this time \[ns\].
    pub fn of(timeline: &Timeline, until: u64) -> Self {
        let width = timeline.width.max(1) as f64;
        let windows = timeline::whole(timeline, until);
        let (hits, misses): (u64, u64) = windows
            .iter()
            .fold((0, 0), |(h, m), w| (h + w.hits, m + w.misses));
        let share = |hits: u64, misses: u64| hits as f64 / (hits + misses) as f64;
        let hit_share = |window: &crate::measure::Window| match window.hits + window.misses {
            // A window without look-ups says nothing: it gets the share of the whole.
            0 => share(hits, misses),
            _ => share(window.hits, window.misses),
        };
        Self {
            in_progress: windows
                .iter()
                .map(|window| window.in_progress as f64 / width)
                .collect(),
            waiting: windows
                .iter()
                .map(|window| window.waiting as f64 / width)
                .collect(),
            to_do: windows
                .iter()
                .map(|window| window.to_do as f64 / width)
                .collect(),
            hits: if hits + misses == 0 {
                Vec::new()
            } else {
                windows.iter().map(hit_share).collect()
            },
        }
    }
}

/// The average of a signal over replications, window by window, as far as all of them go.
fn average(series: &[&[f64]]) -> Vec<f64> {
    let length = series.iter().map(|each| each.len()).min().unwrap_or(0);
    (0..length)
        .map(|at| series.iter().map(|each| each[at]).sum::<f64>() / series.len() as f64)
        .collect()
}

/// The first window that may be counted, when that is later than `from`, and the signal that says so.
///
/// MSER-5 on the average over replications says where the cut would be. It is believed only when the piece before it differs from the
/// rest by more than chance would have it (paired t-test over replications): MSER also cuts where nothing happened, and a cut that is
/// not needed is work thrown away.
pub fn cut(signals: &[Signals], from: usize) -> Option<(usize, &'static str)> {
    type Pick = fn(&Signals) -> &[f64];
    let kinds: [(&'static str, Pick, f64); 4] = [
        (IN_PROGRESS, |signals| &signals.in_progress, SMALL),
        (WAITING, |signals| &signals.waiting, SMALL),
        (TO_DO, |signals| &signals.to_do, SMALL),
        ("the hit share of the caches", |signals| &signals.hits, 0.0),
    ];
    let mut latest = None;
    for (name, pick, small) in kinds {
        let series: Vec<&[f64]> = signals.iter().map(pick).collect();
        let whole = average(&series);
        let Some(rest) = whole.get(from..).filter(|rest| !rest.is_empty()) else {
            continue;
        };
        let piece = mser::cut(rest);
        let differs = || {
            let difference = series.iter().map(|each| {
                mean(&each[from..from + piece]) - mean(&each[from + piece..whole.len()])
            });
            let difference = Sample::mean(difference.collect());
            let least = small * mean(&rest[piece..]);
            significant(&difference, DOUBT)
                && difference.value.is_some_and(|value| value.abs() > least)
        };
        if piece > 0 && differs() && latest.is_none_or(|(at, _)| from + piece > at) {
            latest = Some((from + piece, name));
        }
    }
    latest
}

/// The slope of requests in progress over the last half of the run, by a t-test over replications; if that is level, the slope of
/// requests waiting, and then that of messages to do: work that nobody waits for queues up unseen by its users.
pub fn trend(signals: &[Signals]) -> Trend {
    type Pick = fn(&Signals) -> &[f64];
    let kinds: [(&'static str, Pick); 3] = [
        (IN_PROGRESS, |signals| &signals.in_progress),
        (WAITING, |signals| &signals.waiting),
        (TO_DO, |signals| &signals.to_do),
    ];
    let moves = |(name, pick): (&'static str, Pick)| {
        let series: Vec<&[f64]> = signals.iter().map(pick).collect();
        Some(drift(name, &series)).filter(|trend| *trend != Trend::None)
    };
    kinds.into_iter().find_map(moves).unwrap_or(Trend::None)
}

fn drift(name: &'static str, series: &[&[f64]]) -> Trend {
    let halves: Vec<&[f64]> = series.iter().map(|each| &each[each.len() / 2..]).collect();
    let level = mean(&average(&halves));
    let growth = Sample::mean(
        halves
            .iter()
            .map(|half| slope(half) * half.len() as f64)
            .collect(),
    );
    let share = growth.value.unwrap_or(0.0) / level;
    if level <= 0.0 || !significant(&growth, TREND_DOUBT) || share.abs() < GROWTH {
        Trend::None
    } else if share > 0.0 {
        Trend::Rising(name, share)
    } else {
        Trend::Falling(name, -share)
    }
}

/// Least-squares slope per window.
fn slope(series: &[f64]) -> f64 {
    let middle = (series.len() as f64 - 1.0) / 2.0;
    let level = mean(series);
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in series.iter().enumerate() {
        let x = at as f64 - middle;
        above += x * (value - level);
        below += x * x;
    }
    if below > 0.0 { above / below } else { 0.0 }
}

fn significant(sample: &Sample, doubt: f64) -> bool {
    let value = sample.value.unwrap_or(0.0);
    value != 0.0 && student_tail(sample.each.len(), value / sample.error()) < doubt
}

/// The period of requests in progress, in windows, if all replications swing with one: the first peak of the autocorrelation of
/// their average after its first dip below 0 that is at least one half. Noise can do that too; but then every replication has a
/// swing of its own, and those with odd numbers do not follow the average of those with even ones.
pub fn period(signals: &[Signals]) -> Option<usize> {
    let late = |each: &'_ Signals| each.in_progress[each.in_progress.len() / 3..].to_vec();
    let all: Vec<Vec<f64>> = signals.iter().map(late).collect();
    let last = centred(&all);
    let spread: f64 = last.iter().map(|value| value * value).sum();
    let level = mean(&average(&all.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    let small = (SMALL * level) * (SMALL * level) * last.len() as f64;
    if spread <= small || !common(&all) {
        return None;
    }
    let correlation = |lag: usize| {
        let pairs = last.iter().zip(&last[lag..]);
        pairs.map(|(a, b)| a * b).sum::<f64>() / spread * last.len() as f64
            / (last.len() - lag) as f64
    };
    let all: Vec<f64> = (0..last.len() / 2).map(correlation).collect();
    let dip = all.iter().position(|value| *value < 0.0)?;
    let rise = dip + all[dip..].iter().position(|value| *value >= 0.5)?;
    let hill = all[rise..]
        .iter()
        .take_while(|value| **value > 0.0)
        .enumerate();
    hill.max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(peak, _)| rise + peak)
}

/// The average of some series about its own level.
fn centred(series: &[Vec<f64>]) -> Vec<f64> {
    let whole = average(&series.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let level = mean(&whole);
    whole.iter().map(|value| value - level).collect()
}

/// Whether the series with odd numbers go along with the average of those with even ones (t-test over the former).
fn common(series: &[Vec<f64>]) -> bool {
    let even: Vec<Vec<f64>> = series.iter().step_by(2).cloned().collect();
    let leader = centred(&even);
    let along = series.iter().skip(1).step_by(2).map(|each| {
        let pairs = leader.iter().zip(each);
        pairs.map(|(leader, value)| leader * value).sum::<f64>()
    });
    let along = Sample::mean(along.collect());
    along.value.is_some_and(|value| value > 0.0) && significant(&along, DOUBT)
}

/// The two levels about which the replications' means gather, if they do: nine tenths of the variance lies between two groups of at
/// least two, and the higher is at least half as high again. Such a system has two states, and chance decides which it is in (metastable).
pub fn two_states(means: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = means.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (n, level) = (sorted.len(), mean(&sorted));
    let spread: f64 = sorted
        .iter()
        .map(|value| (value - level) * (value - level))
        .sum();
    let between = |at: usize| {
        let (low, high) = (mean(&sorted[..at]), mean(&sorted[at..]));
        at as f64 * (low - level) * (low - level)
            + (n - at) as f64 * (high - level) * (high - level)
    };
    let split = (2..n.saturating_sub(1)).max_by(|&a, &b| between(a).total_cmp(&between(b)))?;
    let (low, high) = (mean(&sorted[..split]), mean(&sorted[split..]));
    (n >= 8 && between(split) > 0.9 * spread && high > 1.5 * low).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::super::synthetic::Words;
    use super::*;

    /// Sixteen replications of 300 windows: a level by window, and correlated noise.
    fn pilot(seed: u64, level: impl Fn(usize) -> f64) -> Vec<Signals> {
        let mut words = Words::new(seed);
        let mut replication = || {
            let mut noise = 0.0;
            let series = (0..300).map(|at| {
                noise = 0.7 * noise + words.exponential() - 1.0;
                (level(at) + noise).max(0.0)
            });
            let in_progress: Vec<f64> = series.collect();
            Signals {
                waiting: vec![0.0; in_progress.len()],
                to_do: vec![0.0; in_progress.len()],
                in_progress,
                hits: Vec::new(),
            }
        };
        (0..16).map(|_| replication()).collect()
    }

    #[test]
    fn a_steady_signal_is_seldom_cut() {
        let cuts = (0..40)
            .filter(|&seed| cut(&pilot(seed, |_| 10.0), 6).is_some())
            .count();
        assert!(cuts <= 6, "{cuts} of 40");
        let trends = (0..40)
            .filter(|&seed| trend(&pilot(seed, |_| 10.0)) != Trend::None)
            .count();
        assert!(trends <= 2, "{trends} of 40");
    }

    #[test]
    fn a_slow_start_raises_the_cut() {
        let (at, name) =
            cut(&pilot(3, |at| if at < 50 { 4.0 } else { 10.0 }), 6).unwrap_or((0, ""));
        assert!((46..=66).contains(&at), "{at}");
        assert_eq!(name, "requests in progress");
    }

    /// A house that holds a thousand: one more or less is neither a start to cut off nor a swing.
    #[test]
    fn what_is_clear_but_small_does_not_count() {
        let level = |at: usize| if at < 50 { 998.5 } else { 999.5 };
        let quiet = |level: &dyn Fn(usize) -> f64| -> Vec<Signals> {
            let noise = pilot(3, |_| 10.0);
            let scaled = |each: Signals| Signals {
                in_progress: (each.in_progress.iter().enumerate())
                    .map(|(at, value)| level(at) + (value - 10.0) / 100.0)
                    .collect(),
                ..Signals::default()
            };
            noise.into_iter().map(scaled).collect()
        };
        assert_eq!(cut(&quiet(&level), 6), None);
        assert!(cut(&quiet(&|at| level(at) - 900.0), 6).is_some());
        let wave = |at: usize| libm::sin(at as f64 / 40.0 * std::f64::consts::TAU);
        assert_eq!(period(&quiet(&|at| 999.0 + wave(at))), None);
        assert!(period(&quiet(&|at| 99.0 + wave(at))).is_some());
    }

    #[test]
    fn growth_is_told_from_noise_and_from_a_swing() {
        assert!(
            matches!(trend(&pilot(1, |at| at as f64 / 3.0)), Trend::Rising(_, share) if share > 0.5)
        );
        assert!(matches!(
            trend(&pilot(1, |at| 100.0 - at as f64 / 5.0)),
            Trend::Falling(..)
        ));
        let mut queueing = pilot(1, |_| 10.0);
        for (at, waiting) in queueing
            .iter_mut()
            .flat_map(|each| each.waiting.iter_mut().enumerate())
        {
            *waiting = at as f64;
        }
        assert!(matches!(
            trend(&queueing),
            Trend::Rising("requests waiting", _)
        ));
        for each in &mut queueing {
            std::mem::swap(&mut each.waiting, &mut each.to_do);
        }
        assert!(matches!(
            trend(&queueing),
            Trend::Rising("messages to do", _)
        ));
        let periods = (0..40)
            .filter(|&seed| period(&pilot(seed, |_| 10.0)).is_some())
            .count();
        assert_eq!(periods, 0, "of 40");
        let swinging = pilot(1, |at| {
            10.0 + 4.0 * libm::sin(at as f64 / 40.0 * std::f64::consts::TAU)
        });
        assert!(period(&swinging).is_some_and(|period| (38..=42).contains(&period)));
        // One replication that swings is not a load that does.
        let mut alone = pilot(1, |_| 10.0);
        alone[0] = Signals {
            in_progress: (0..300)
                .map(|at| 100.0 + 90.0 * libm::sin(f64::from(at) / 40.0 * std::f64::consts::TAU))
                .collect(),
            ..Signals::default()
        };
        assert_eq!(period(&alone), None);
    }

    #[test]
    fn two_states_are_told_from_scatter() {
        let mut words = Words::new(9);
        let alike: Vec<f64> = (0..16).map(|_| 10.0 + words.uniform()).collect();
        assert_eq!(two_states(&alike), None);
        let scattered: Vec<f64> = (0..16).map(|_| words.exponential()).collect();
        assert_eq!(two_states(&scattered), None);
        let parted: Vec<f64> = (0..16)
            .map(|i| if i < 5 { 50.0 } else { 10.0 } + words.uniform())
            .collect();
        assert!(two_states(&parted).is_some_and(|(low, high)| low < 11.0 && high > 50.0));
        assert_eq!(two_states(&[1.0, 9.0]), None);
    }
}
