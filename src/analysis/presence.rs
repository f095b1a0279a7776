//! How many are present: laws of whole numbers, weighted by time or counted at one instant.

use super::estimate::Sample;
use super::outcome::Outcome;
use super::proportion;
use super::result::{Estimate, Status};
use crate::measure::Presence;

/// The number present at a component, weighted by time, over all replications.
pub(super) struct Crowd {
    /// By replication and number: the share of time with so many present or fewer.
    at_most: Vec<Vec<f64>>,
    /// By number: that share over all replications together.
    merged: Vec<f64>,
    status: Status,
}

impl Crowd {
    /// What was seen in a place ([`crate::measure::watch::place`]); nothing if nobody asked.
    pub(super) fn of(outcome: &Outcome, place: usize) -> Option<Self> {
        let seen = |tally: &'_ crate::measure::Tally| -> Option<Vec<u64>> {
            let presence: &Presence = tally.watched.present.get(place)?.as_deref()?;
            Some(presence.times.clone())
        };
        let times: Vec<Vec<u64>> = outcome.tallies.iter().map(seen).collect::<Option<_>>()?;
        let most = times.iter().map(Vec::len).max().unwrap_or(0);
        let mut merged = vec![0_u128; most];
        for (number, sum) in merged.iter_mut().enumerate() {
            let own = |times: &Vec<u64>| u128::from(times.get(number).copied().unwrap_or(0));
            *sum = times.iter().map(own).sum();
        }
        Some(Self {
            at_most: times.iter().map(|times| cumulated(times, most)).collect(),
            merged: cumulated_wide(&merged),
            status: outcome.status(),
        })
    }

    /// The mean.
    pub(super) fn mean(&self) -> Sample {
        Sample::mean(self.at_most.iter().map(|law| mean(law)).collect())
            .between(0.0, f64::INFINITY)
            .under(self.status)
    }

    /// The standard deviation: of all time together, with the scatter of the replications' own about it.
    pub(super) fn deviation(&self) -> Sample {
        if self.merged.is_empty() {
            return Sample::nothing(self.at_most.len());
        }
        let each = self.at_most.iter().map(|law| deviation(law)).collect();
        Sample::about(deviation(&self.merged), each).under(self.status)
    }

    /// Share of time with so many present or more.
    pub(super) fn at_least(&self, number: u64) -> Sample {
        let below = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let share = |law: &Vec<f64>| 1.0 - law.get(below).copied().unwrap_or(1.0);
        Sample::mean(self.at_most.iter().map(share).collect())
            .between(0.0, 1.0)
            .under(self.status)
    }

    /// The quantile of all time together.
    pub(super) fn quantile(&self, p: f64, level: f64) -> Estimate {
        let n = self.at_most.len() as u64;
        quantile(p, self.merged.len(), (level, n), |number| {
            let each = self.at_most.iter().map(|law| law[number]).collect();
            Sample {
                value: Some(self.merged[number]),
                ..Sample::mean(each)
            }
            .between(0.0, 1.0)
            .under(self.status)
            .estimate_at(level)
        })
    }
}

/// Shares of time with so many present or fewer, as long as the longest.
fn cumulated(times: &[u64], most: usize) -> Vec<f64> {
    let mut wide: Vec<u128> = times.iter().map(|&time| u128::from(time)).collect();
    wide.resize(most, 0);
    cumulated_wide(&wide)
}

fn cumulated_wide(times: &[u128]) -> Vec<f64> {
    let all = times.iter().sum::<u128>().max(1) as f64;
    let mut so_far = 0_u128;
    let up_to = |time: &u128| {
        so_far += time;
        so_far as f64 / all
    };
    times.iter().map(up_to).collect()
}

/// The mean of a law given by its cumulated shares: the sum of the shares above.
fn mean(law: &[f64]) -> f64 {
    law.iter().map(|at_most| 1.0 - at_most).sum()
}

fn deviation(law: &[f64]) -> f64 {
    let squares: f64 = law
        .iter()
        .zip(0_u32..)
        .map(|(at_most, number)| (1.0 - at_most) * f64::from(2 * number + 1))
        .sum();
    (squares - mean(law) * mean(law)).max(0.0).sqrt()
}

/// How many replications had so many present at one instant, by number.
pub(super) struct Moment<'a>(pub(super) &'a [u64]);

impl Moment<'_> {
    fn replications(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Something of the number, over replications.
    fn each(&self, of: impl Fn(f64) -> f64) -> Vec<f64> {
        let rows = self.0.iter().zip(0_u32..);
        rows.flat_map(|(&count, number)| vec![of(f64::from(number)); count as usize])
            .collect()
    }

    /// The mean.
    pub(super) fn mean(&self) -> Sample {
        Sample::mean(self.each(|number| number)).between(0.0, f64::INFINITY)
    }

    /// The standard deviation; its error is that of its square, by the slope of the root.
    pub(super) fn deviation(&self) -> Sample {
        let Some(mean) = self.mean().value else {
            return Sample::nothing(0);
        };
        let squares = Sample::mean(self.each(|number| (number - mean) * (number - mean)));
        let deviation = squares.value.unwrap_or(0.0).sqrt();
        if deviation <= 0.0 {
            return Sample::exact(0.0, squares.each.len());
        }
        let linear = |square: &f64| deviation + (square - deviation * deviation) / 2.0 / deviation;
        Sample::about(deviation, squares.each.iter().map(linear).collect())
    }

    /// Share of replications with so many present or more: they are independent, so counts say all.
    pub(super) fn at_least(&self, number: u64, level: f64) -> Estimate {
        let beyond = self.0.iter().zip(0_u64..);
        let hits = beyond
            .filter(|(_, at)| *at >= number)
            .map(|(count, _)| count);
        proportion::estimate(hits.sum(), self.replications(), level)
    }

    /// The quantile over replications.
    pub(super) fn quantile(&self, p: f64, level: f64) -> Estimate {
        let n = self.replications();
        quantile(p, self.0.len(), (level, n), |number| {
            proportion::estimate(self.0[..=number].iter().sum(), n, level)
        })
    }
}

/// The smallest number below `most` that is not exceeded with probability `p`; its interval is where that of the share of not
/// exceeding it meets `p` (Woodruff, J. Am. Stat. Assoc. 47, 1952).
fn quantile(
    p: f64,
    most: usize,
    (level, n): (f64, u64),
    at_most: impl Fn(usize) -> Estimate,
) -> Estimate {
    let mut found = Estimate {
        value: None,
        low: None,
        high: None,
        level,
        n,
        method: "woodruff".to_owned(),
        status: Status::Ok,
    };
    for number in 0..most {
        let share = at_most(number);
        let reaches = |end: Option<f64>| end.is_some_and(|end| end >= p).then_some(number as f64);
        found.value = found.value.or_else(|| reaches(share.value));
        found.low = found.low.or_else(|| reaches(share.high));
        found.high = reaches(share.low);
        if share.status != Status::Ok {
            found.status = share.status;
        }
        if found.value.is_some() && (found.high.is_some() || found.status != Status::Ok) {
            break;
        }
    }
    if found.status == Status::Ok && found.high.is_none() {
        found.status = Status::TooFew;
    }
    if found.status != Status::Ok {
        (found.low, found.high) = (None, None);
    }
    found
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn moments_of_a_law_by_its_cumulated_shares() {
        // 1 with probability 1/4, 3 with probability 3/4: mean 2.5, variance 0.75.
        let law = cumulated(&[0, 10, 0, 30], 6);
        assert!((mean(&law) - 2.5).abs() < 1e-12);
        assert!((deviation(&law) - 0.75_f64.sqrt()).abs() < 1e-12);
        let moment = Moment(&[0, 10, 0, 30]);
        assert!((moment.mean().value.unwrap() - 2.5).abs() < 1e-12);
        assert!((moment.deviation().value.unwrap() - 0.75_f64.sqrt()).abs() < 1e-12);
        assert_eq!(moment.at_least(2, 0.95).value, Some(0.75));
        assert_eq!(moment.quantile(0.25, 0.5).value, Some(1.0));
        assert_eq!(moment.quantile(0.26, 0.5).value, Some(3.0));
    }

    #[test]
    fn a_quantile_has_the_numbers_that_cannot_be_told_from_it() {
        let shares = [0.2, 0.48, 0.5, 0.52, 0.9, 1.0];
        let found = quantile(0.5, 6, (0.95, 16), |number| Estimate {
            value: Some(shares[number]),
            low: Some(shares[number] - 0.03),
            high: Some((shares[number] + 0.03_f64).min(1.0)),
            level: 0.95,
            n: 16,
            method: String::new(),
            status: Status::Ok,
        });
        assert_eq!(
            (found.low, found.value, found.high),
            (Some(1.0), Some(2.0), Some(4.0))
        );
    }
}
