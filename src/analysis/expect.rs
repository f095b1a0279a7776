//! Expectations, judged: a known value has to lie in a narrow interval, a wide one proves nothing.
//!
//! Intervals are at 99.9 %: a table of a thousand values that are all right has one false alarm, and names it.

use super::figure;
use super::outcome::Outcome;
use super::result::{Estimate, ExpectationResult, Status, Verdict};
use super::section::{BEYOND, Flaw};
use super::words;
use crate::measure::digest as fingerprint;
use crate::plan::{Bound, Claim, Expectation, Figure, Plan, Statistic};

/// Confidence level of the intervals that expectations are judged by.
pub const LEVEL: f64 = 0.999;
/// Half-width at most, relative to the value.
const NARROW: f64 = 0.02;
/// Half-width at most of a percentile, relative to the value.
const NARROW_PERCENTILE: f64 = 0.05;
/// A bound that is as near as this is not worth deciding.
const NEAR: f64 = 0.005;
/// Values are written with six digits or more, and times are whole nanoseconds.
const DIGITS: f64 = 1e-6;

/// All expectations, in written order.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<ExpectationResult> {
    (0..plan.expectations.len())
        .map(|position| result(plan, outcome, position))
        .collect()
}

/// The fingerprint of a run, with the states at instants that expectations ask for.
pub fn digest(plan_hash: &[u8; 32], outcome: &Outcome) -> String {
    let counts = &outcome.instants.counts;
    fingerprint::digest_with(plan_hash, outcome.seed, &outcome.tallies, counts)
}

/// Of the expectations, how many more replications of each kind would decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    /// Those of the long run.
    pub long: usize,
    /// Those of an instant.
    pub instants: usize,
    /// Those of the long run that have no interval, which more replications do not give.
    pub flawed: usize,
}

/// What is still open.
pub fn open(plan: &Plan, outcome: &Outcome) -> Open {
    let mut open = Open::default();
    for (position, row) in plan.expectations.iter().enumerate() {
        let (found, _) = figure::estimate(plan, outcome, position, LEVEL);
        let wide = Case {
            row,
            found: &found,
            leniency: outcome.leniency,
        }
        .is_wide();
        match (row.at, wide) {
            (Some(_), Some(true)) => open.instants += 1,
            (None, Some(true)) => open.long += 1,
            (None, None) if row.figure != Figure::Latency(Statistic::Max) => open.flawed += 1,
            _ => {}
        }
    }
    open
}

/// Replications that the values of the long run take by what is known of their intervals, and the position of the value that
/// takes most; nothing when all are narrow.
pub fn needed(plan: &Plan, outcome: &Outcome) -> Option<(f64, usize)> {
    let of = |(position, row): (usize, &Expectation)| {
        let (found, _) = figure::estimate(plan, outcome, position, LEVEL);
        let case = Case {
            row,
            found: &found,
            leniency: outcome.leniency,
        };
        let half = found
            .half_width()
            .filter(|_| case.is_wide() == Some(true))?;
        Some((case.times(half) * outcome.tallies.len() as f64, position))
    };
    let long = plan.expectations.iter().enumerate();
    let all = long.filter(|(_, row)| row.at.is_none()).filter_map(of);
    all.max_by(|a, b| a.0.total_cmp(&b.0))
}

fn result(plan: &Plan, outcome: &Outcome, position: usize) -> ExpectationResult {
    let row = &plan.expectations[position];
    let (estimate, flaw) = figure::estimate(plan, outcome, position, LEVEL);
    let case = Case {
        row,
        found: &estimate,
        leniency: outcome.leniency,
    };
    let (verdict, reason) = case.judge(flaw);
    let (claim, within) = match row.claim {
        Claim::Is(within) => ("is", within),
        Claim::Bounded(Bound::AtMost) => ("at-most", None),
        Claim::Bounded(Bound::AtLeast) => ("at-least", None),
    };
    ExpectationResult {
        of: row.of.clone(),
        metric: row.word.clone(),
        at: row.at.map(|at| at as f64 / 1e9),
        unit: figure::unit(plan, row.figure),
        claim: claim.to_owned(),
        written: row.text.clone(),
        value: row.value,
        within,
        source: row.source.clone(),
        estimate,
        verdict,
        reason,
    }
}

/// An expectation with what was found.
struct Case<'a> {
    row: &'a Expectation,
    found: &'a Estimate,
    /// How many times wider than usual an interval may be.
    leniency: f64,
}

impl Case<'_> {
    /// Half-width at most.
    fn allowed(&self) -> f64 {
        let percentile = matches!(
            self.row.figure,
            Figure::Latency(Statistic::Percentile(_))
                | Figure::Wait(Statistic::Percentile(_))
                | Figure::Service(Statistic::Percentile(_))
                | Figure::InSystem(Statistic::Percentile(_))
        );
        let share = match self.row.claim {
            Claim::Is(Some(within)) => within * self.leniency,
            Claim::Is(None) if percentile => NARROW_PERCENTILE * self.leniency,
            Claim::Is(None) => NARROW * self.leniency,
            Claim::Bounded(_) => NEAR,
        };
        share * self.row.value.abs()
    }

    /// How many times as many replications an interval of this half-width takes to be narrow enough.
    fn times(&self, half: f64) -> f64 {
        let ratio = half / self.allowed();
        ratio * ratio
    }

    /// Whether more replications would help to decide; nothing when there is no interval.
    fn is_wide(&self) -> Option<bool> {
        let half = self.found.half_width()?;
        let value = self.row.value;
        let (low, high) = (self.found.low?, self.found.high?);
        let undecided = match self.row.claim {
            Claim::Bounded(_) => low <= value && value <= high,
            // That nothing happens is either so or not.
            Claim::Is(_) => value != 0.0,
        };
        Some(undecided && half > self.allowed())
    }

    fn good(&self, found: f64) -> bool {
        let slack = 1e-12 * self.row.value.abs();
        match self.row.claim {
            Claim::Bounded(Bound::AtMost) => found <= self.row.value + slack,
            Claim::Bounded(Bound::AtLeast) => found >= self.row.value - slack,
            Claim::Is(_) => false,
        }
    }

    fn judge(&self, flaw: Option<Flaw>) -> (Verdict, String) {
        let Some(found) = self.found.value else {
            return (
                Verdict::Undecided,
                "nothing was observed from which it could be taken".to_owned(),
            );
        };
        let interval = self.found.low.zip(self.found.high);
        match (self.row.claim, interval) {
            (Claim::Is(_), _) if self.row.value == 0.0 => nothing_at_all(found),
            (Claim::Is(None), Some((low, high))) => self.within_interval(low, high),
            (Claim::Is(Some(within)), Some((low, high))) => {
                self.within_band(found, within * self.row.value.abs(), (low, high))
            }
            (Claim::Bounded(_), Some((low, high))) => self.bounded(low, high),
            (Claim::Bounded(bound), None)
                if self.row.figure == Figure::Latency(Statistic::Max)
                    && self.good(found) == (bound == Bound::AtLeast) =>
            {
                // The largest only grows.
                let verdict = if self.good(found) {
                    Verdict::Pass
                } else {
                    Verdict::Fail
                };
                (verdict, "the largest that was seen decides".to_owned())
            }
            (_, None) => (Verdict::Undecided, self.no_interval(flaw)),
        }
    }

    /// The interval holds the value, and is narrow enough to prove something.
    fn within_interval(&self, low: f64, high: f64) -> (Verdict, String) {
        let value = self.row.value;
        let (half, slack) = ((high - low) / 2.0, DIGITS * value.abs());
        if value < low - slack || value > high + slack {
            let off = if half > slack {
                "the value lies outside of the interval".to_owned()
            } else {
                "the number never varies, and is another".to_owned()
            };
            return (Verdict::Fail, off);
        }
        if half > self.allowed() {
            return (Verdict::Undecided, self.too_wide(half));
        }
        (Verdict::Pass, "the interval holds the value".to_owned())
    }

    fn within_band(&self, found: f64, band: f64, (low, high): (f64, f64)) -> (Verdict, String) {
        let value = self.row.value;
        let half = (high - low) / 2.0;
        let apart = words::share((found - value).abs() / value.abs());
        let reaches = high >= value - band && low <= value + band;
        let off = (found - value).abs() - band;
        if off <= DIGITS * value.abs() && half <= self.allowed() {
            (Verdict::Pass, format!("it is {apart} off, as allowed"))
        } else if half > self.allowed() && reaches {
            (Verdict::Undecided, self.too_wide(half))
        } else if reaches && half > self.allowed() / self.leniency {
            // Narrow enough for a quick look, not to speak against the value.
            let near = format!("it is {apart} off, but its interval reaches what is allowed");
            (Verdict::Undecided, near)
        } else {
            (Verdict::Fail, format!("it is {apart} off"))
        }
    }

    fn bounded(&self, low: f64, high: f64) -> (Verdict, String) {
        match (self.good(low), self.good(high)) {
            (true, true) => (
                Verdict::Pass,
                "the whole interval is on the good side".to_owned(),
            ),
            (false, false) => (
                Verdict::Fail,
                "the whole interval is on the bad side".to_owned(),
            ),
            _ => (
                Verdict::Undecided,
                "the bound lies inside the interval".to_owned(),
            ),
        }
    }

    /// The interval proves nothing; what it would take.
    fn too_wide(&self, half: f64) -> String {
        let allowed = self.allowed();
        let times = self.times(half);
        let value = self.row.value.abs();
        format!(
            "too wide: ±{} of the value, and ±{} is needed, which takes {} times as many replications",
            words::share(half / value),
            words::share(allowed / value),
            words::number(times.max(1.1))
        )
    }

    fn no_interval(&self, flaw: Option<Flaw>) -> String {
        match (self.found.status, flaw) {
            (Status::Censored, _) => "it lies among requests that did not finish".to_owned(),
            (Status::Unstable, _) => "there is no steady state at this load".to_owned(),
            (_, Some(Flaw::FewBeyond(beyond))) => format!(
                "the replications are too short: {} in all of them lie beyond it, and {BEYOND} are needed",
                words::number(beyond)
            ),
            (_, Some(Flaw::Holes | Flaw::Censored(_))) => {
                "requests that did not finish may lie below it".to_owned()
            }
            (Status::TooShort, None) => "the run has not settled".to_owned(),
            _ => words::too_few(self.found)
                .unwrap_or_else(|| "there are too few observations for an interval".to_owned()),
        }
    }
}

/// A value of 0 says that something never happens.
fn nothing_at_all(found: f64) -> (Verdict, String) {
    if found == 0.0 {
        (Verdict::Pass, "it never happened".to_owned())
    } else {
        (Verdict::Fail, "it happened".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Target;

    fn judge(claim: Claim, value: f64, figure: Figure, interval: (f64, f64)) -> (Verdict, String) {
        judge_leniently(1.0, claim, value, figure, interval)
    }

    fn judge_leniently(
        leniency: f64,
        claim: Claim,
        value: f64,
        figure: Figure,
        (low, high): (f64, f64),
    ) -> (Verdict, String) {
        let row = Expectation {
            of: "a.e".into(),
            target: Target::All,
            word: "latency.mean".into(),
            figure,
            at: None,
            claim,
            value,
            text: String::new(),
            source: "a book".into(),
        };
        let found = Estimate {
            value: Some(f64::midpoint(low, high)),
            low: Some(low),
            high: Some(high),
            level: LEVEL,
            n: 32,
            method: "student".into(),
            status: Status::Ok,
        };
        let case = Case {
            row: &row,
            found: &found,
            leniency,
        };
        case.judge(None)
    }

    const MEAN: Figure = Figure::Latency(Statistic::Mean);

    #[test]
    fn a_value_passes_in_a_narrow_interval_only() {
        let is = |value, interval| judge(Claim::Is(None), value, MEAN, interval).0;
        assert_eq!(is(5.0, (4.95, 5.1)), Verdict::Pass);
        assert_eq!(is(5.0, (5.01, 5.1)), Verdict::Fail);
        assert_eq!(is(5.0, (4.8, 5.1)), Verdict::Undecided);
        let said = judge(Claim::Is(None), 5.0, MEAN, (4.8, 5.2)).1;
        assert_eq!(
            said,
            "too wide: ±4 % of the value, and ±2 % is needed, which takes 4 times as many replications"
        );
        let p95 = Figure::Latency(Statistic::Percentile(0.95));
        assert_eq!(
            judge(Claim::Is(None), 5.0, p95, (4.8, 5.1)).0,
            Verdict::Pass
        );
    }

    #[test]
    fn what_never_varies_has_to_be_right() {
        let is = |value, found| judge(Claim::Is(None), value, MEAN, (found, found)).0;
        assert_eq!(is(0.05, 0.05), Verdict::Pass);
        assert_eq!(is(0.05, 0.050_01), Verdict::Fail);
        assert_eq!(is(0.0, 0.0), Verdict::Pass);
        assert_eq!(is(0.0, 1e-9), Verdict::Fail);
    }

    #[test]
    fn an_approximation_has_a_band_about_it() {
        let within = |interval| judge(Claim::Is(Some(0.05)), 100.0, MEAN, interval).0;
        assert_eq!(within((102.0, 104.0)), Verdict::Pass);
        assert_eq!(within((105.0, 107.0)), Verdict::Fail);
        assert_eq!(within((94.0, 106.0)), Verdict::Undecided);
        assert_eq!(within((108.0, 120.0)), Verdict::Fail);
        // A quick look may be wide, but what is wide does not speak against a value that it reaches.
        let quick = |interval| {
            let claim = Claim::Is(Some(0.05));
            judge_leniently(3.0, claim, 100.0, MEAN, interval).0
        };
        assert_eq!(quick((94.0, 108.0)), Verdict::Pass);
        assert_eq!(quick((98.0, 116.0)), Verdict::Undecided);
        assert_eq!(quick((106.0, 120.0)), Verdict::Fail);
    }

    #[test]
    fn a_bound_wants_the_whole_interval_on_its_good_side() {
        let most = |interval| judge(Claim::Bounded(Bound::AtMost), 5.0, MEAN, interval).0;
        assert_eq!(most((4.0, 4.9)), Verdict::Pass);
        assert_eq!(most((5.1, 6.0)), Verdict::Fail);
        assert_eq!(most((4.9, 5.1)), Verdict::Undecided);
        let least = |interval| judge(Claim::Bounded(Bound::AtLeast), 5.0, MEAN, interval).0;
        assert_eq!(least((5.1, 6.0)), Verdict::Pass);
        assert_eq!(least((4.0, 4.9)), Verdict::Fail);
    }
}
