//! One number, its error, and how both were made.
//!
//! A [`Sample`] is a point estimate together with one value per replication that scatters about it. Means, ratios, shares, rates and
//! percentiles all take that shape, so one formula makes their intervals and one subtraction compares two architectures under the
//! same fate. Replications are independent, so nothing here needs batch means or autocorrelations.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::proportion::{self, Known, Share};
use super::result::{Estimate, Status};
use super::section::Tail;

/// Confidence level of every interval that is printed.
pub const LEVEL: f64 = 0.95;

/// A point estimate and its replications.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The point estimate; `None` when nothing was observed.
    pub value: Option<f64>,
    /// One value per replication, scattered about `value`.
    pub each: Vec<f64>,
    /// How the interval is made, as [`Estimate::method`] says it.
    pub method: &'static str,
    /// Whether the interval holds.
    pub status: Status,
    /// The number cannot lie outside.
    pub range: (f64, f64),
    /// How much smaller and larger than the value it may be by how finely it was measured.
    pub grain: (f64, f64),
    /// For shares: what was counted.
    pub share: Option<Share>,
    /// For percentiles: what their intervals are read from.
    pub tail: Option<Tail>,
}

/// The two-sided Student factor for a sample of `n` at this level; infinite below two.
pub fn student_factor(n: usize, level: f64) -> f64 {
    if n < 2 {
        return f64::INFINITY;
    }
    student_quantile((n - 1) as f64, level)
}

/// The two-sided Student factor for so many degrees of freedom, at least one, at this level.
pub fn student_quantile(freedom: f64, level: f64) -> f64 {
    let law =
        StudentsT::new(0.0, 1.0, freedom.max(1.0)).expect("the degrees of freedom are positive");
    law.inverse_cdf(0.5 + level / 2.0)
}

/// Probability that Student's t with `n - 1` degrees of freedom is at least as far from 0 as `t`.
pub fn student_tail(n: usize, t: f64) -> f64 {
    if n < 2 || t.is_nan() {
        return 1.0;
    }
    if t.is_infinite() {
        return 0.0;
    }
    let law =
        StudentsT::new(0.0, 1.0, (n - 1) as f64).expect("the degrees of freedom are positive");
    (2.0 * law.cdf(-t.abs())).min(1.0)
}

/// Arithmetic mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

impl Sample {
    /// Nothing was observed.
    pub fn nothing(replications: usize) -> Self {
        Self {
            value: None,
            each: vec![0.0; replications],
            method: "none",
            status: Status::TooFew,
            range: (f64::NEG_INFINITY, f64::INFINITY),
            grain: (0.0, 0.0),
            share: None,
            tail: None,
        }
    }

    /// The mean of independent, alike replications (Law, Simulation Modeling and Analysis, 5th ed., eq. 4.12 and §9.4.1).
    pub fn mean(each: Vec<f64>) -> Self {
        if each.is_empty() {
            return Self::nothing(0);
        }
        Self {
            value: Some(mean(&each)),
            method: "student",
            ..Self::about(0.0, each)
        }
    }

    /// A number that was computed from all replications together; `each` has its value in every single one.
    pub fn about(value: f64, each: Vec<f64>) -> Self {
        Self {
            value: Some(value),
            each,
            method: "sectioning",
            status: Status::Ok,
            range: (0.0, f64::INFINITY),
            grain: (0.0, 0.0),
            share: None,
            tail: None,
        }
    }

    /// A ratio of two totals, such as time waited over requests. The values per replication are those of the ratio made linear,
    /// `r + (aᵢ - r bᵢ) / b̄`, whose scatter is the ratio's (Cochran, Sampling Techniques, 3rd ed., §6.3; Law §9.5.3).
    pub fn ratio(numerators: &[f64], denominators: &[f64]) -> Self {
        let below: f64 = denominators.iter().sum();
        if below <= 0.0 {
            return Self::nothing(numerators.len());
        }
        let ratio = numerators.iter().sum::<f64>() / below;
        let typical = below / denominators.len() as f64;
        // Replications in which nothing is random are alike, and rounding must not scatter them.
        let alike = |totals: &[f64]| {
            totals
                .windows(2)
                .all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
        };
        let each = if alike(numerators) && alike(denominators) {
            vec![ratio; numerators.len()]
        } else {
            numerators
                .iter()
                .zip(denominators)
                .map(|(a, b)| ratio + (a - ratio * b) / typical)
                .collect()
        };
        Self {
            method: "student",
            ..Self::about(ratio, each)
        }
    }

    /// A share: `hits[i]` of `of[i]` in replication i. Whether its scatter over replications says enough, [`proportion`] decides.
    pub fn share(hits: &[u64], of: &[u64]) -> Self {
        let floats = |counts: &[u64]| counts.iter().map(|&count| count as f64).collect::<Vec<_>>();
        Self {
            range: (0.0, 1.0),
            share: Some(Share::of(hits, of)),
            ..Self::ratio(&floats(hits), &floats(of))
        }
    }

    /// A share, looked at so many times independently of each other.
    #[must_use]
    pub fn in_looks(mut self, looks: f64) -> Self {
        self.share = self.share.map(|share| share.in_looks(looks));
        self
    }

    /// A share of what fails in episodes.
    #[must_use]
    pub fn in_episodes(mut self, episodes: proportion::Episodes) -> Self {
        self.share = self.share.map(|share| share.in_episodes(episodes));
        self
    }

    /// A number that is the same whatever chance does.
    pub fn exact(value: f64, replications: usize) -> Self {
        Self {
            method: "exact",
            ..Self::about(value, vec![value; replications])
        }
    }

    /// In another unit: `factor` of the new in one of the old.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let tail = self.tail.clone().map(|tail| tail.per(1.0 / factor));
        Self {
            tail,
            ..self.in_unit(|value| value * factor)
        }
    }

    /// From nanoseconds to seconds: the number that is nearest, so that 10 ms are what a model means by them.
    #[must_use]
    pub fn in_seconds(self) -> Self {
        let tail = self.tail.clone().map(|tail| tail.per(1e9));
        Self {
            tail,
            ..self.in_unit(|value| value / 1e9)
        }
    }

    fn in_unit(mut self, of: impl Fn(f64) -> f64) -> Self {
        self.value = self.value.map(&of);
        self.each.iter_mut().for_each(|value| *value = of(*value));
        self.grain = (of(self.grain.0), of(self.grain.1));
        self
    }

    /// Less trustworthy: `status` replaces `ok`; that there is no steady state at all replaces every lesser objection.
    #[must_use]
    pub fn under(mut self, status: Status) -> Self {
        if self.status == Status::Ok || (status == Status::Unstable && self.value.is_some()) {
            self.status = status;
        }
        self
    }

    /// Known to lie within these bounds.
    #[must_use]
    pub fn between(mut self, low: f64, high: f64) -> Self {
        self.range = (low, high);
        self
    }

    /// This less another, paired by replication: the difference of the point estimates, and the scatter of the differences about it.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let (Some(mine), Some(theirs)) = (self.value, other.value) else {
            return Self::nothing(self.each.len());
        };
        Self {
            value: Some(mine - theirs),
            each: self
                .each
                .iter()
                .zip(&other.each)
                .map(|(a, b)| a - b)
                .collect(),
            method: if self.method == other.method {
                self.method
            } else {
                "student"
            },
            status: match (self.status, &self.share, &other.share) {
                (Status::Ok, Some(mine), Some(theirs))
                    if !mine.can_differ(theirs, self.each.len()) =>
                {
                    Status::TooFew
                }
                (Status::Ok, ..) => other.status,
                (status, ..) => status,
            },
            range: (f64::NEG_INFINITY, f64::INFINITY),
            grain: (self.grain.0 + other.grain.1, self.grain.1 + other.grain.0),
            share: None,
            tail: None,
        }
    }

    /// Mean square distance of the replications from the point estimate, over `n - 1`: the variance of one replication.
    pub fn variance(&self) -> f64 {
        let value = self.value.unwrap_or(0.0);
        let squares: f64 = self
            .each
            .iter()
            .map(|each| (each - value) * (each - value))
            .sum();
        squares / (self.each.len().max(2) - 1) as f64
    }

    /// Standard error of the point estimate.
    pub fn error(&self) -> f64 {
        (self.variance() / self.each.len().max(1) as f64).sqrt()
    }

    /// The number with its interval at [`LEVEL`].
    pub fn estimate(&self) -> Estimate {
        self.estimate_at(LEVEL)
    }

    /// The number with its interval at this level.
    pub fn estimate_at(&self, level: f64) -> Estimate {
        let bare = Estimate {
            value: self.value,
            low: None,
            high: None,
            level,
            n: self.each.len() as u64,
            method: self.method.to_owned(),
            status: self.status,
        };
        let known = self.share.map(|share| share.known(self.each.len()));
        if let (Some(Known::Few(count)), Status::Ok | Status::TooFew) = (known, self.status) {
            return proportion::too_few(&bare, count);
        }
        let (Some(value), Status::Ok) = (self.value, self.status) else {
            return bare;
        };
        if self.method == "exact" {
            return Estimate {
                low: Some(value),
                high: Some(value),
                ..bare
            };
        }
        if let Some(Known::None(trials)) = known {
            return proportion::none_seen(&bare, trials);
        }
        if self.each.len() < 2 {
            return Estimate {
                status: Status::TooFew,
                ..bare
            };
        }
        if let Some(tail) = &self.tail {
            return match tail.ends(level) {
                (Some(low), Some(high)) => Estimate {
                    low: Some(low.min(value - self.grain.0)),
                    high: Some(high.max(value + self.grain.1)),
                    ..bare
                },
                _ => Estimate {
                    status: Status::TooShort,
                    ..bare
                },
            };
        }
        let independent = match known {
            Some(Known::Scatter(times)) => self.each.len().min(times),
            _ => self.each.len(),
        };
        let (t, error) = (student_factor(independent, level), self.error());
        let (least, most) = self.range;
        let (low, high) = if self.range == (0.0, 1.0) {
            proportion::about(value, error, t)
        } else {
            (value - t * error, value + t * error)
        };
        Estimate {
            // A bound that the value itself does not keep cuts nothing off.
            low: Some(low.min(value - self.grain.0).max(least.min(value))),
            high: Some(high.max(value + self.grain.1).min(most.max(value))),
            ..bare
        }
    }
}

impl Estimate {
    /// Half the width of the interval, if there is one.
    pub fn half_width(&self) -> Option<f64> {
        Some((self.high? - self.low?) / 2.0)
    }

    /// Half-width over the value; `None` without an interval. A value of 0 that never varied is as precise as can be.
    pub fn relative_half_width(&self) -> Option<f64> {
        let (half, value) = (self.half_width()?, self.value?.abs());
        if half == 0.0 {
            Some(0.0)
        } else {
            (value > 0.0).then(|| half / value)
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::synthetic::Words;
    use super::*;

    #[test]
    fn student_factors_are_those_of_the_tables() {
        // Law, table T.1.
        for (n, level, factor) in [
            (10, 0.95, 2.262),
            (16, 0.95, 2.131),
            (5, 0.90, 2.132),
            (31, 0.99, 2.750),
        ] {
            assert!((student_factor(n, level) - factor).abs() < 5e-4, "{n}");
            assert!((student_tail(n, factor) - (1.0 - level)).abs() < 1e-4);
        }
        assert!(student_factor(1, 0.95).is_infinite());
    }

    #[test]
    fn a_textbook_mean() {
        // Law, example 4.27: ten observations, mean 1.34 and 90 % interval 1.34 ± 0.24; here at 95 %.
        let sample = Sample::mean(vec![
            1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09,
        ]);
        assert!((sample.value.unwrap() - 1.343).abs() < 1e-9);
        assert!((sample.error() * student_factor(10, 0.90) - 0.24).abs() < 0.005);
        let estimate = sample.estimate();
        assert!((estimate.half_width().unwrap() - 2.2622 * (0.17_f64 / 10.0).sqrt()).abs() < 0.003);
    }

    #[test]
    fn replications_all_alike_do_not_scatter() {
        let alike = Sample::share(&[20_497; 16], &[113_872; 16]).estimate();
        assert_eq!((alike.low, alike.high), (alike.value, alike.value));
        assert_eq!(alike.value, Some(20_497.0 / 113_872.0));
        let one_other = [&[20_497; 15][..], &[20_498]].concat();
        let other = Sample::share(&one_other, &[113_872; 16]).estimate();
        assert!(other.half_width().unwrap() > 1e-7);
    }

    #[test]
    fn an_interval_holds_its_value_whatever_its_bounds() {
        let above = Sample::mean(vec![2.9, 3.1]).between(0.0, 1.0).estimate();
        assert!(above.low.unwrap() < 3.0 && above.high == Some(3.0));
        let below = Sample::mean(vec![-2.9, -3.1]).between(0.0, 1.0).estimate();
        assert!(below.high.unwrap() > -3.0 && below.low == Some(-3.0));
    }

    #[test]
    fn one_replication_has_no_interval() {
        let estimate = Sample::mean(vec![3.0]).estimate();
        assert_eq!(
            (estimate.value, estimate.low, estimate.status),
            (Some(3.0), None, Status::TooFew)
        );
        assert_eq!(Sample::mean(vec![]).estimate().value, None);
        assert_eq!(
            Sample::ratio(&[0.0, 0.0], &[0.0, 0.0]).estimate().status,
            Status::TooFew
        );
    }

    #[test]
    fn a_doubtful_number_keeps_its_value_and_loses_its_interval() {
        let estimate = Sample::mean(vec![1.0, 2.0, 3.0])
            .under(Status::Unstable)
            .under(Status::TooShort)
            .estimate();
        assert_eq!(
            (estimate.value, estimate.low, estimate.high),
            (Some(2.0), None, None)
        );
        assert_eq!(estimate.status, Status::Unstable);
    }

    /// Share of experiments whose interval holds the truth; ±1.1 points is one standard error at 400.
    fn coverage(truth: f64, mut experiment: impl FnMut(&mut Words) -> Sample) -> f64 {
        let mut words = Words::new(11);
        let held = (0..2_000).filter(|_| {
            let estimate = experiment(&mut words).estimate();
            estimate.low.unwrap() <= truth && truth <= estimate.high.unwrap()
        });
        held.count() as f64 / 2_000.0
    }

    #[test]
    fn intervals_of_means_hold_the_truth_95_times_in_100() {
        let covered = coverage(1.0, |words| {
            Sample::mean(
                (0..16)
                    .map(|_| (0..50).map(|_| words.exponential()).sum::<f64>() / 50.0)
                    .collect(),
            )
        });
        assert!((0.935..=0.965).contains(&covered), "{covered}");
    }

    #[test]
    fn intervals_of_ratios_hold_the_truth_95_times_in_100() {
        // Time waited over requests: a random number of requests, each with a mean of 2.
        let covered = coverage(2.0, |words| {
            let counts: Vec<f64> = (0..16)
                .map(|_| 100.0 + (100.0 * words.uniform()).floor())
                .collect();
            let sums: Vec<f64> = counts
                .iter()
                .map(|&n| (0..n as u32).map(|_| 2.0 * words.exponential()).sum())
                .collect();
            Sample::ratio(&sums, &counts)
        });
        assert!((0.935..=0.965).contains(&covered), "{covered}");
    }

    #[test]
    fn intervals_of_paired_differences_hold_the_truth_95_times_in_100() {
        let covered = coverage(0.1, |words| {
            let shared: Vec<f64> = (0..16).map(|_| words.exponential()).collect();
            let mut side = |shift: f64| {
                Sample::mean(
                    shared
                        .iter()
                        .map(|both| both + shift + 0.1 * (words.uniform() - 0.5))
                        .collect(),
                )
            };
            side(0.1).less(&side(0.0))
        });
        assert!((0.935..=0.965).contains(&covered), "{covered}");
    }
}
