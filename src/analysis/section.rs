//! Percentiles of all replications together, and whether the replications are long enough for them.
//!
//! The point is the quantile of the merged histogram. The mean of the replications' quantiles would be simpler and wrong: on a queue
//! at 80 % load with 20,000 requests per replication it puts p99.9 7.5 % too low, and more replications only make that certain.
//!
//! *Design note.* The distance between the two, the *gap*, is the check on the length that needs no theory. Its noise is not small:
//! with 16 replications of a proper length (M/M/1, p99, 250 relaxation times) it passes 1 % in 30 to 60 % of the runs though it is
//! 0.1 to 0.5 % on average. So it must be larger than 1 % *and* larger than its own noise would make it. At a load of 80 % that gives
//! 4 to 6 % false alarms at the proper length, and finds out replications of a quarter of it in one run of ten with 16 of them, in
//! half of the runs with 54. It is a safety net: the length is planned first, and few requests beyond a percentile speak louder.

use std::borrow::Cow;

use super::estimate::{LEVEL, Sample, mean, student_factor, student_tail};
use super::result::Status;
use crate::measure::Histogram;

/// So many requests of every replication must lie beyond a percentile for its own quantile to mean anything.
pub const BEYOND: f64 = 20.0;
/// Largest relative distance of the mean of quantiles from the merged quantile.
pub const GAP: f64 = 0.01;
/// A gap is believed when noise alone would make it less often than this.
const DOUBT: f64 = 0.05;

/// The latencies of one replication.
#[derive(Debug, Clone)]
pub struct Section<'a> {
    /// Those that are known.
    pub histogram: Cow<'a, Histogram>,
    /// Requests still in progress at the end: above every percentile.
    pub above: u64,
}

/// What is wrong with a percentile, if anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flaw {
    /// It lies among requests that did not finish; all that is known is that it is more than this.
    Censored(f64),
    /// Only so many requests of each replication lie beyond it, on average.
    FewBeyond(f64),
    /// Mean of quantiles and merged quantile are this far apart, relatively.
    Gap(f64),
    /// In some replication it lies among requests that did not finish, or there are none.
    Holes,
}

impl Flaw {
    /// By what factor a replication ought to be longer to cure this; 1 when length is no cure.
    pub fn lengthen(self) -> f64 {
        match self {
            Self::FewBeyond(beyond) => (1.1 * BEYOND / beyond.max(0.1)).max(1.25),
            Self::Gap(_) | Self::Holes => 2.0,
            Self::Censored(_) => 1.0,
        }
    }
}

/// All latencies of all replications.
pub fn merge(sections: &[Section]) -> (Histogram, u64) {
    let mut merged = Histogram::default();
    for section in sections {
        merged.merge(&section.histogram);
    }
    (merged, sections.iter().map(|section| section.above).sum())
}

/// A percentile in a steady state by *sectioning*: quantile of the merged histogram, scatter of the replications' own quantiles about
/// it (Asmussen and Glynn, Stochastic Simulation, 2007, §III.5; Nakayama, Proc. Winter Simulation Conf. 2014). `merged` is what
/// [`merge`] gives; values in the histogram's unit.
pub fn sectioned(
    sections: &[Section],
    merged: &(Histogram, u64),
    p: f64,
) -> (Sample, Option<Flaw>) {
    let value = match central(sections, merged, p) {
        Ok(value) => value,
        Err(flawed) => return flawed,
    };
    if merged.0.atom_with_tail(p, merged.1).is_some() {
        // Quantiles jump where many have the same: what scatters smoothly is the share of those.
        return pooled(sections, merged, p);
    }
    let quantiles: Option<Vec<f64>> = sections
        .iter()
        .map(|section| section.histogram.quantile_with_tail(p, section.above))
        .collect();
    let Some(each) = quantiles else {
        return (
            Sample {
                value: Some(value),
                ..Sample::nothing(sections.len())
            }
            .doubted(),
            Some(Flaw::Holes),
        );
    };
    let gap = (mean(&each) - value).abs();
    let real = gap > GAP * value && {
        // What is left of a quantile when its linear part is taken off (Bahadur's remainder): the gap is its mean.
        let (below, slope) = slope(sections, merged, p, value);
        let remainder = each
            .iter()
            .zip(&below.each)
            .map(|(own, below)| own + slope.unwrap_or(0.0) * below);
        let noise = Sample::mean(remainder.collect());
        student_tail(sections.len(), gap / noise.error()) < DOUBT
    };
    let sample = Sample::about(value, each).grained(merged);
    if real {
        return (sample.under(Status::TooShort), Some(Flaw::Gap(gap / value)));
    }
    (sample, None)
}

/// A percentile of the requests of one fixed window, or of replications that keep the luck they began with, where they may differ as
/// much as they like: the share of requests below
/// the merged quantile is estimated as a ratio over replications, and its error is carried over by the slope of the merged quantile
/// function (Woodruff, J. Am. Stat. Assoc. 47, 1952; Bahadur 1966).
pub fn pooled(sections: &[Section], merged: &(Histogram, u64), p: f64) -> (Sample, Option<Flaw>) {
    let value = match central(sections, merged, p) {
        Ok(value) => value,
        Err(flawed) => return flawed,
    };
    let (share, slope) = slope(sections, merged, p, value);
    let Some(slope) = slope else {
        return (
            Sample {
                value: Some(value),
                ..Sample::nothing(sections.len())
            }
            .doubted(),
            Some(Flaw::Holes),
        );
    };
    let middle = share.value.unwrap_or(p);
    let each = share
        .each
        .iter()
        .map(|below| value - slope * (below - middle))
        .collect();
    (
        Sample {
            method: "woodruff",
            ..Sample::about(value, each).grained(merged)
        },
        None,
    )
}

/// Share of requests below a value, as a ratio over replications, and the slope of the merged quantile function there, over the width
/// of that share's interval; `None` when one end of it lies among requests that did not finish.
fn slope(
    sections: &[Section],
    merged: &(Histogram, u64),
    p: f64,
    value: f64,
) -> (Sample, Option<f64>) {
    let all = |section: &Section| (section.histogram.count() + section.above) as f64;
    // Among many that have the same it is the end of them that may come near.
    let limit = value.round() as u64;
    let upto = |limit: u64| {
        merged.0.fraction_below(limit) * merged.0.count() as f64
            / (merged.0.count() + merged.1).max(1) as f64
    };
    let is_atom = merged.0.atom_with_tail(p, merged.1).is_some();
    let next = limit.saturating_add(1);
    let limit = if is_atom && (upto(next) - p).abs() < (upto(limit) - p).abs() {
        next
    } else {
        limit
    };
    let below = |section: &Section| {
        section.histogram.fraction_below(limit) * section.histogram.count() as f64
    };
    let share = Sample::ratio(
        &sections.iter().map(below).collect::<Vec<_>>(),
        &sections.iter().map(all).collect::<Vec<_>>(),
    );
    let step = student_factor(sections.len(), LEVEL) * share.error();
    if step == 0.0 || !step.is_finite() {
        return (share, Some(0.0));
    }
    let at = |p: f64| {
        (p < 1.0)
            .then(|| merged.0.quantile_with_tail(p, merged.1))
            .flatten()
    };
    let ends = at((p - step).max(0.0)).zip(at(p + step));
    (
        share,
        ends.map(|(low, high)| (high - low) / (p + step - (p - step).max(0.0))),
    )
}

/// The merged quantile, unless it is unknown or too little lies beyond it.
fn central(
    sections: &[Section],
    (merged, above): &(Histogram, u64),
    p: f64,
) -> Result<f64, (Sample, Option<Flaw>)> {
    let nothing = Sample::nothing(sections.len());
    let Some(largest) = merged.largest() else {
        return Err((nothing, None));
    };
    let Some(value) = merged.quantile_with_tail(p, *above) else {
        let bound = Sample {
            value: Some(largest as f64),
            status: Status::Censored,
            ..nothing
        };
        return Err((bound, Some(Flaw::Censored(largest as f64))));
    };
    // A median needs as many below it as beyond it.
    let beyond = (merged.count() + above) as f64 * (1.0 - p).min(p) / sections.len().max(1) as f64;
    if beyond < BEYOND {
        return Err((
            Sample {
                value: Some(value),
                ..nothing
            }
            .doubted(),
            Some(Flaw::FewBeyond(beyond)),
        ));
    }
    Ok(value)
}

impl Sample {
    /// No more precise than the buckets of all latencies are; what many have is known.
    fn grained(mut self, merged: &(Histogram, u64)) -> Self {
        if let Some(value) = self.value {
            let (low, high) = merged.0.grain(value);
            self.grain = (value - low, high - value);
        }
        self
    }

    /// The value stands, but the replications are too short for an interval.
    fn doubted(mut self) -> Self {
        self.status = Status::TooShort;
        self
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::synthetic::{Words, sojourns};
    use super::*;

    type Method = fn(&[Section], &(Histogram, u64), f64) -> (Sample, Option<Flaw>);

    fn sections(each: Vec<Histogram>) -> Vec<Section<'static>> {
        each.into_iter()
            .map(|histogram| Section {
                histogram: Cow::Owned(histogram),
                above: 0,
            })
            .collect()
    }

    fn exponentials(
        words: &mut Words,
        replications: usize,
        requests: usize,
    ) -> Vec<Section<'static>> {
        let one = |words: &mut Words| {
            let mut histogram = Histogram::default();
            (0..requests)
                .for_each(|_| histogram.record((words.exponential() * 1e6).round() as u64));
            histogram
        };
        sections((0..replications).map(|_| one(words)).collect())
    }

    fn coverage(
        truth: f64,
        method: Method,
        p: f64,
        mut experiment: impl FnMut(&mut Words) -> Vec<Section<'static>>,
    ) -> f64 {
        let mut words = Words::new(5);
        let held = (0..800).filter(|_| {
            let sections = experiment(&mut words);
            let (sample, _) = method(&sections, &merge(&sections), p);
            let estimate = Sample {
                status: Status::Ok,
                ..sample
            }
            .estimate();
            estimate.low.unwrap() <= truth && truth <= estimate.high.unwrap()
        });
        held.count() as f64 / 800.0
    }

    #[test]
    fn sectioned_percentiles_hold_the_truth_95_times_in_100() {
        for p in [0.5, 0.99] {
            let covered = coverage(-libm::log(1.0 - p) * 1e6, sectioned, p, |words| {
                exponentials(words, 16, 2_500)
            });
            assert!((0.927..=0.973).contains(&covered), "p{p}: {covered}");
        }
    }

    #[test]
    fn pooled_percentiles_hold_the_truth_though_replications_differ() {
        // Every replication has a pace of its own, uniform in (0.5, 1.5): P(X > x) = ∫ exp(-x/s) ds.
        let tail = |x: f64| {
            (0..2_000)
                .map(|i| libm::exp(-x / (0.5 + (f64::from(i) + 0.5) / 2_000.0)))
                .sum::<f64>()
                / 2e3
        };
        let (mut low, mut high) = (0.0, 20.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if tail(middle) > 0.05 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let covered = coverage(low * 1e6, pooled, 0.95, |words| {
            let one = |words: &mut Words| {
                let pace = 0.5 + words.uniform();
                let mut histogram = Histogram::default();
                for _ in 0..1_000 {
                    histogram.record((words.exponential() * pace * 1e6).round() as u64);
                }
                histogram
            };
            sections((0..40).map(|_| one(words)).collect())
        });
        assert!((0.92..=0.975).contains(&covered), "{covered}");
    }

    #[test]
    fn too_little_beyond_is_too_short() {
        let sections = exponentials(&mut Words::new(1), 16, 1_500);
        let (sample, flaw) = sectioned(&sections, &merge(&sections), 0.99);
        assert_eq!(
            (sample.status, flaw),
            (
                Status::TooShort,
                Some(Flaw::FewBeyond(1_500.0 * 0.010_000_000_000_000_009))
            )
        );
        assert!(sample.estimate().low.is_none() && sample.value.is_some());
        assert!(flaw.unwrap().lengthen() * 15.0 >= 20.0);
        assert_eq!(sectioned(&sections, &merge(&sections), 0.9).1, None);
    }

    #[test]
    fn replications_that_disagree_are_too_short() {
        // In half of the replications 2 % of the requests are slow: the mean of the p99 lies half-way, the merged p99 at the edge.
        let each = (0..16).map(|i| {
            let mut histogram = Histogram::default();
            for k in 0..10_000 {
                histogram.record(if i % 2 == 0 && k % 50 == 0 {
                    9_000_000
                } else {
                    1_000_000
                });
            }
            histogram
        });
        let sections = sections(each.collect());
        let (sample, flaw) = sectioned(&sections, &merge(&sections), 0.985);
        assert_eq!(sample.status, Status::TooShort);
        assert!(
            matches!(flaw, Some(Flaw::Gap(gap)) if gap > 1.0),
            "{flaw:?}"
        );
    }

    #[test]
    fn unfinished_requests_leave_a_lower_bound() {
        let mut sections = exponentials(&mut Words::new(2), 16, 10_000);
        for section in &mut sections {
            section.above = 300;
        }
        let merged = merge(&sections);
        let (sample, flaw) = sectioned(&sections, &merged, 0.99);
        assert_eq!(sample.status, Status::Censored);
        assert_eq!(sample.value, merged.0.largest().map(|value| value as f64));
        assert!(matches!(flaw, Some(Flaw::Censored(_))));
        assert_eq!(sectioned(&sections, &merged, 0.5).0.status, Status::Ok);
    }

    #[test]
    fn equal_latencies_have_an_interval_without_width() {
        let mut histogram = Histogram::default();
        (0..5_000).for_each(|_| histogram.record(20_000_000));
        let sections = sections(vec![histogram; 16]);
        for method in [sectioned, pooled] {
            let estimate = method(&sections, &merge(&sections), 0.99).0.estimate();
            assert_eq!((estimate.low, estimate.high), (Some(2e7), Some(2e7)));
        }
    }

    #[test]
    fn the_mean_of_quantiles_is_biased_and_the_merged_quantile_is_not() {
        // M/M/1 at 80 %, mean service 1: sojourns are exponential with mean 5. Forty replications of 20,000 after five relaxation
        // times, twenty times over.
        let truth = 5.0 * libm::log(1_000.0) * 1e6;
        let mut words = Words::new(8);
        let (mut merged, mut averaged) = (0.0, 0.0);
        for _ in 0..20 {
            let one = |words: &mut Words| {
                let mut histogram = Histogram::default();
                for sojourn in &sojourns(words, 0.8, 20_400)[400..] {
                    histogram.record((sojourn * 1e6).round() as u64);
                }
                histogram
            };
            let sections = sections((0..40).map(|_| one(&mut words)).collect());
            let (sample, _) = sectioned(&sections, &merge(&sections), 0.999);
            merged += sample.value.unwrap() / truth / 20.0;
            averaged += mean(&sample.each) / truth / 20.0;
        }
        assert!((0.90..0.95).contains(&averaged), "{averaged}");
        assert!((0.98..1.02).contains(&merged), "{merged}");
    }
}
