//! One metric on both sides, and what is known of its difference.

use crate::analysis::estimate::{LEVEL, Sample, student_factor, student_tail};
use crate::analysis::result::{Difference, Estimate, Matters, Preference, Status};

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct What {
    pub(super) of: String,
    pub(super) metric: String,
    pub(super) unit: String,
}

/// A metric of both sides.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) what: What,
    first: Estimate,
    second: Estimate,
    difference: Estimate,
    /// Standard error of the difference, where it has an interval.
    error: Option<f64>,
    /// Variance of the unpaired difference over that of the paired one, if it is paired.
    gain: Option<f64>,
    paired: bool,
    /// Whether both sides gave the same in every single replication.
    equal: bool,
}

/// A variance below this part of the square of the numbers is made by rounding.
const ROUNDING: f64 = 1e-24;
/// A weight at most.
const HEAVIEST: f64 = 1e9;

impl Row {
    /// Replication i of one side beside replication i of the other.
    pub(super) fn paired(what: What, first: &Sample, second: &Sample) -> Self {
        let both = (first.estimate(), second.estimate());
        let apart = first.variance() + second.variance();
        Self::of(what, both, &second.less(first), apart)
    }

    /// Both numbers and their paired difference; `apart` is the variance that it would have without pairs.
    pub(super) fn of(
        what: What,
        (first, second): (Estimate, Estimate),
        difference: &Sample,
        apart: f64,
    ) -> Self {
        let is_tested = difference.status == Status::Ok && difference.each.len() > 1;
        let error = (is_tested && difference.value.is_some()).then(|| difference.error());
        let largest = [&first, &second].map(|of| of.value.unwrap_or(0.0).abs());
        let rounding = ROUNDING * largest[0].max(largest[1]).powi(2);
        let together = difference.variance();
        let zero = |value: f64| value == 0.0;
        Self {
            equal: first.status == second.status
                && difference.value.is_some_and(zero)
                && difference.each.iter().copied().all(zero),
            what,
            difference: difference.estimate(),
            error,
            gain: (error.is_some() && together > rounding).then(|| apart / together),
            paired: true,
            first,
            second,
        }
    }

    /// Two numbers of which only the intervals are known, of runs that have nothing to do with each other. The ends of the interval
    /// of the difference are those of Zou and Donner (Statistics in Medicine 27, 2008), which take lopsided intervals as they are.
    pub(super) fn apart(what: What, first: &Estimate, second: &Estimate) -> Self {
        let status = if first.status == Status::Ok {
            second.status
        } else {
            first.status
        };
        let value = second.value.zip(first.value).map(|(b, a)| b - a);
        let ends = |of: &Estimate| Some((of.value?, of.low?, of.high?));
        let interval = ends(first)
            .zip(ends(second))
            .map(|((a, al, ah), (b, bl, bh))| {
                let down = (b - bl).hypot(ah - a);
                let up = (bh - b).hypot(a - al);
                (b - a - down, b - a + up)
            });
        let n = first.n.min(second.n);
        let factor = student_factor(usize::try_from(n).unwrap_or(usize::MAX), LEVEL);
        let error = interval.map(|(low, high)| (high - low) / 2.0 / factor);
        Self {
            equal: interval.is_some_and(|(low, high)| low == 0.0 && high == 0.0),
            difference: Estimate {
                value,
                low: interval.map(|ends| ends.0),
                high: interval.map(|ends| ends.1),
                level: LEVEL,
                n,
                method: if interval.is_some() { "apart" } else { "none" }.to_owned(),
                status,
            },
            what,
            first: first.clone(),
            second: second.clone(),
            error,
            gain: None,
            paired: false,
        }
    }

    /// Probability of a difference at least as large by chance alone; `None` when there is nothing to test.
    pub(super) fn tail(&self) -> Option<f64> {
        let (value, error) = (self.difference.value?, self.error?);
        (value != 0.0 || error != 0.0).then(|| student_tail(self.n(), value / error))
    }

    fn n(&self) -> usize {
        usize::try_from(self.difference.n).unwrap_or(usize::MAX)
    }

    /// The row with its verdict. `resolved` says that chance alone hardly makes such a difference, among so many tests.
    pub(super) fn judged(self, resolved: bool, tests: usize, matters: &Matters) -> Difference {
        let matter = self.matter(matters);
        let preference = self.preference(resolved, matter);
        let size = self.difference.value.map(f64::abs);
        let weight = size.map(|size| {
            let times = if size == 0.0 { 0.0 } else { size / matter };
            times.min(HEAVIEST)
        });
        let more = (preference == Preference::NotResolved).then(|| self.more(tests));
        Difference {
            more_replications: more.flatten(),
            of: self.what.of,
            metric: self.what.metric,
            unit: self.what.unit,
            first: self.first,
            second: self.second,
            difference: self.difference,
            paired: self.paired,
            variance_reduction: self.gain,
            preference,
            weight,
        }
    }

    fn preference(&self, resolved: bool, matter: f64) -> Preference {
        let unsteady = |of: &Estimate| of.status == Status::Unstable;
        match (unsteady(&self.first), unsteady(&self.second)) {
            (true, true) => return Preference::BothUnsteady,
            (true, false) => return Preference::FirstUnsteady,
            (false, true) => return Preference::SecondUnsteady,
            (false, false) => {}
        }
        if let Some(second_is_more) = self.beyond() {
            return self.direction(second_is_more);
        }
        let value = self.difference.value.unwrap_or(0.0);
        let ends = self.difference.low.zip(self.difference.high);
        // An interval that leaves room for what matters says nothing yet, however small its middle.
        let within = ends.is_some_and(|(low, high)| -matter < low && high < matter);
        if self.equal || within || resolved && value.abs() < matter {
            Preference::Same
        } else if resolved {
            self.direction(value > 0.0)
        } else {
            Preference::NotResolved
        }
    }

    /// Whether the second is surely more (or less) though one of them is a lower bound only: it lies among requests that did not
    /// finish, and the bound is beyond the whole interval of the other.
    fn beyond(&self) -> Option<bool> {
        let bound = |of: &Estimate| of.value.filter(|_| of.status == Status::Censored);
        match (bound(&self.first), bound(&self.second)) {
            (None, Some(bound)) => (self.first.high? < bound).then_some(true),
            (Some(bound), None) => (self.second.high? < bound).then_some(false),
            _ => None,
        }
    }

    fn direction(&self, second_is_more: bool) -> Preference {
        if self.what.metric == "utilisation" {
            if second_is_more {
                Preference::Higher
            } else {
                Preference::Lower
            }
        } else if second_is_more == matches!(&*self.what.metric, "success" | "throughput") {
            Preference::Better
        } else {
            Preference::Worse
        }
    }

    /// From where on a difference of this metric matters, in its own unit.
    fn matter(&self, matters: &Matters) -> f64 {
        let first = self.first.value.unwrap_or(0.0).abs();
        match (&*self.what.metric, &*self.what.unit) {
            ("utilisation", _) => matters.utilisation,
            ("cost", _) => matters.cost * first,
            (_, "share") => matters.success,
            (_, "s") => matters.latency * first,
            _ => matters.throughput * first,
        }
    }

    /// About how many more replications would resolve a difference of this size among so many tests: n = (t · s / d)². At most a
    /// billion.
    fn more(&self, tests: usize) -> Option<u64> {
        let value = self.difference.value.filter(|value| *value != 0.0)?;
        let n = self.n();
        let spread = self.error?.powi(2) * n as f64;
        let factor = student_factor(n, 1.0 - (1.0 - LEVEL) / tests.max(1) as f64);
        let needed = (factor * factor * spread / (value * value)).ceil().min(1e9) as u64;
        Some(needed.saturating_sub(n as u64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(value: f64, half: f64, status: Status) -> Estimate {
        let ok = status == Status::Ok;
        Estimate {
            value: Some(value),
            low: ok.then_some(value - half),
            high: ok.then_some(value + half),
            level: LEVEL,
            n: 16,
            method: "student".to_owned(),
            status,
        }
    }

    fn judged(metric: &str, unit: &str, first: &Estimate, second: &Estimate) -> Difference {
        let what = What {
            of: "web".to_owned(),
            metric: metric.to_owned(),
            unit: unit.to_owned(),
        };
        let row = Row::apart(what, first, second);
        let resolved = row.tail().is_some_and(|tail| tail < 0.05);
        row.judged(resolved, 1, &Matters::default())
    }

    #[test]
    fn separate_intervals_add_like_the_sides_of_a_triangle() {
        let (first, second) = (around(10.0, 3.0, Status::Ok), around(20.0, 4.0, Status::Ok));
        let found = judged("mean", "s", &first, &second);
        assert_eq!(
            (found.difference.low, found.difference.high),
            (Some(5.0), Some(15.0))
        );
        assert_eq!((found.preference, found.paired), (Preference::Worse, false));
        assert_eq!(found.variance_reduction, None);
        // A lopsided share: its long side counts where the difference may go.
        let none = Estimate {
            low: Some(0.9),
            high: Some(1.0),
            ..around(1.0, 0.0, Status::Ok)
        };
        let found = judged("success", "share", &none, &around(1.0, 0.0, Status::Ok));
        let (low, high) = (found.difference.low, found.difference.high);
        assert!(low == Some(0.0) && high.is_some_and(|high| (high - 0.1).abs() < 1e-12));
    }

    #[test]
    fn less_than_matters_is_the_same_once_it_is_known() {
        let first = around(1.0, 0.001, Status::Ok);
        let said = |value, half| {
            let second = around(value, half, Status::Ok);
            judged("p99", "s", &first, &second).preference
        };
        assert_eq!(
            said(1.015, 0.001),
            Preference::Same,
            "resolved, and less than 2 %"
        );
        assert_eq!(said(1.0, 0.01), Preference::Same, "surely less than 2 %");
        assert_eq!(
            said(1.0, 0.1),
            Preference::NotResolved,
            "there is room for 10 %"
        );
        assert_eq!(said(1.025, 0.001), Preference::Worse);
        assert_eq!(said(0.975, 0.001), Preference::Better);
    }

    #[test]
    fn each_kind_of_number_has_its_own_measure() {
        let weight = |metric: &str, unit: &str, first: f64, second: f64| {
            let exact = |value| around(value, 0.0, Status::Ok);
            judged(metric, unit, &exact(first), &exact(second)).weight
        };
        let near = |weight: Option<f64>, expected: f64| {
            assert!(
                weight.is_some_and(|weight| (weight / expected - 1.0).abs() < 1e-9),
                "{weight:?}"
            );
        };
        near(weight("p99", "s", 1.0, 1.04), 2.0);
        near(weight("success", "share", 0.999, 0.9992), 2.0);
        near(weight("cost", "USD/month", 100.0, 102.0), 2.0);
        near(weight("utilisation", "share", 0.5, 0.54), 2.0);
        near(weight("throughput", "1/s", 100.0, 104.0), 2.0);
        near(weight("p99", "s", 0.0, 1.0), HEAVIEST);
        assert_eq!(weight("p99", "s", 1.0, 1.0), Some(0.0));
    }

    #[test]
    fn more_use_is_neither_better_nor_worse() {
        let (first, second) = (around(0.5, 0.01, Status::Ok), around(0.7, 0.01, Status::Ok));
        let said = |a, b| judged("utilisation", "share", a, b).preference;
        assert_eq!(said(&first, &second), Preference::Higher);
        assert_eq!(said(&second, &first), Preference::Lower);
    }

    #[test]
    fn a_collapse_is_never_not_resolved() {
        let (fine, lost) = (
            around(1.0, 0.1, Status::Ok),
            around(9.0, 0.0, Status::Unstable),
        );
        let said = |a, b| judged("p99", "s", a, b).preference;
        assert_eq!(said(&fine, &lost), Preference::SecondUnsteady);
        assert_eq!(said(&lost, &fine), Preference::FirstUnsteady);
        assert_eq!(said(&lost, &lost), Preference::BothUnsteady);
        // Among requests that did not finish: more than 9 s is surely more than 1 s, and says nothing beside 9.05 s.
        let beyond = around(9.0, 0.0, Status::Censored);
        assert_eq!(said(&fine, &beyond), Preference::Worse);
        assert_eq!(said(&beyond, &fine), Preference::Better);
        assert_eq!(
            said(&around(9.05, 0.1, Status::Ok), &beyond),
            Preference::NotResolved
        );
    }

    #[test]
    fn a_gain_made_by_rounding_is_none() {
        let what = What {
            of: "web".to_owned(),
            metric: "mean".to_owned(),
            unit: "s".to_owned(),
        };
        let first: Vec<f64> = (0..16).map(f64::from).collect();
        let second: Vec<f64> = first.iter().map(|value| value + 0.1).collect();
        let row = Row::paired(what, &Sample::mean(first), &Sample::mean(second));
        assert_eq!(row.gain, None, "every pair differs by the same");
        assert!(row.tail().is_some_and(|tail| tail < 1e-9));
    }
}
