//! Objectives, judged: pass when the whole interval is on the good side of the limit, fail when it is on the bad side, undecided
//! otherwise. Every verdict has its reason.

use super::busiest::{self, Found};
use super::metric;
use super::outcome::{Outcome, Regime};
use super::result::{Estimate, ObjectiveResult, Status, Verdict};
use super::section::{BEYOND, Flaw};
use super::words;
use crate::plan::{Bound, Metric, Objective, Plan, Target};

/// All objectives, in written order.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<ObjectiveResult> {
    plan.objectives
        .iter()
        .map(|objective| result(plan, outcome, objective))
        .collect()
}

fn result(plan: &Plan, outcome: &Outcome, objective: &Objective) -> ObjectiveResult {
    let busy = match (objective.metric, &objective.target) {
        (Metric::Utilisation, Target::Component(id)) => busiest::of(plan, outcome, *id),
        _ => None,
    };
    let (sample, flaw) = metric::flawed(plan, outcome, &objective.target, objective.metric);
    let (estimate, unit) = (sample.estimate(), metric::unit(plan, objective.metric));
    let case = Case {
        objective,
        estimate: &estimate,
        unit: &unit,
        regime: outcome.regime,
        flaw,
        growth: metric::flow(plan, outcome, &objective.target).growth(),
    };
    let several = |busy: &Found| busy.copies > 1 || busy.minute.is_some();
    let (verdict, reason) = match busy.filter(several) {
        Some(busy) if outcome.rates() == Status::Ok => case.judge_busiest(&busy),
        _ => case.judge(),
    };
    ObjectiveResult {
        name: objective.name.clone(),
        of: metric::name(plan, &objective.target),
        metric: metric::word(objective.metric),
        limit: objective.limit,
        bound: match objective.bound {
            Bound::AtMost => "at-most",
            Bound::AtLeast => "at-least",
        }
        .to_owned(),
        estimate,
        unit,
        verdict,
        reason,
    }
}

/// An objective with what was found.
struct Case<'a> {
    objective: &'a Objective,
    estimate: &'a Estimate,
    unit: &'a str,
    regime: Regime,
    flaw: Option<Flaw>,
    /// The share of what was sent by which those in progress became more, if they did.
    growth: Option<f64>,
}

/// The copy that is meant, and the minute where the load changes: a subject that ends in what `share` says of it.
fn whom(busy: &Found) -> String {
    let minute = match busy.minute {
        Some(60.0) => "minute".to_owned(),
        Some(width) => words::time(width),
        None => return "busiest copy".to_owned(),
    };
    match busy.copies {
        1 => format!("busiest {minute}"),
        _ => format!("busiest {minute} of the busiest copy"),
    }
}

impl Case<'_> {
    /// By the busiest copy, and the busiest minute where the load changes: two numbers, of which one is right or too low and the
    /// other right or too high.
    fn judge_busiest(&self, busy: &Found) -> (Verdict, String) {
        let limit = words::in_unit(self.objective.limit, self.unit);
        let mean = words::estimate(self.estimate, self.unit);
        let (low, high) = (busy.picked.estimate(), busy.largest.estimate());
        let said = |of: &Estimate| words::estimate(of, self.unit);
        let whom = whom(busy);
        let at_most = self.objective.bound == Bound::AtMost;
        let holds = high.high.is_some_and(|high| self.good(high)) && at_most;
        let fails = low.low.is_some_and(|low| !self.good(low)) && at_most;
        if fails {
            let low = said(&low);
            let why = format!(
                "the {whom} is {low} busy, beyond the limit of {limit}; the mean is {mean}"
            );
            return (Verdict::Fail, why);
        }
        if holds {
            let high = said(&high);
            let why = format!(
                "the {whom} is at most {high} busy, within the limit of {limit}; the mean is {mean}"
            );
            return (Verdict::Pass, why);
        }
        let (low, high) = (said(&low), said(&high));
        let why = format!(
            "the {whom} is between {low} and {high} busy, and the limit is {limit}; the mean is {mean}"
        );
        (Verdict::Undecided, why)
    }

    fn good(&self, value: f64) -> bool {
        // Numbers are computed, and may miss the limit that they are by a rounding.
        let slack = 1e-12 * self.objective.limit.abs();
        match self.objective.bound {
            Bound::AtMost => value <= self.objective.limit + slack,
            Bound::AtLeast => value >= self.objective.limit - slack,
        }
    }

    fn judge(&self) -> (Verdict, String) {
        let word = metric::word(self.objective.metric);
        let limit = words::in_unit(self.objective.limit, self.unit);
        let found = words::estimate_beside(self.estimate, self.objective.limit, self.unit);
        let Some(value) = self.estimate.value else {
            return (
                Verdict::Undecided,
                format!("nothing was observed from which {word} could be taken"),
            );
        };
        if let (Some(low), Some(high)) = (self.estimate.low, self.estimate.high) {
            return match (self.good(low), self.good(high)) {
                (true, true) => (
                    Verdict::Pass,
                    format!("{word} is {found}, within the limit of {limit}"),
                ),
                (false, false) => (
                    Verdict::Fail,
                    format!("{word} is {found}, beyond the limit of {limit}"),
                ),
                _ => (
                    Verdict::Undecided,
                    format!("{word} is {found}: the limit of {limit} lies inside the interval"),
                ),
            };
        }
        let at_most = self.objective.bound == Bound::AtMost;
        if let Some(growth) = self.growth.filter(|_| self.grows_with_the_queue()) {
            let share = words::share(growth);
            return (
                Verdict::Fail,
                format!(
                    "the load cannot be served: {share} of what comes is not done, so {word} grows without end"
                ),
            );
        }
        if self.objective.metric == Metric::Max {
            let seen = format!("the largest seen is {found}");
            return match (self.good(value), at_most) {
                (false, true) => (
                    Verdict::Fail,
                    format!("{seen}, beyond the limit of {limit}"),
                ),
                (true, false) => (
                    Verdict::Pass,
                    format!("{seen}, and the limit is at least {limit}"),
                ),
                _ => (
                    Verdict::Undecided,
                    format!("{seen}, and a longer run would see larger ones"),
                ),
            };
        }
        match self.estimate.status {
            Status::Censored => {
                let sentence = format!(
                    "{word} is more than {found}: it lies among requests that did not finish"
                );
                let verdict = match (self.good(value), at_most) {
                    (false, true) => Verdict::Fail,
                    (true, false) => Verdict::Pass,
                    _ => Verdict::Undecided,
                };
                (verdict, sentence)
            }
            Status::Unstable if self.regime == Regime::Overload && at_most && !self.good(value) => {
                (
                    Verdict::Fail,
                    format!(
                        "the load cannot be served: {word} grows and has passed the limit of {limit}"
                    ),
                )
            }
            Status::Unstable => (
                Verdict::Undecided,
                format!("there is no steady state at this load, so {word} has no lasting value"),
            ),
            Status::TooFew => {
                let why = words::too_few(self.estimate)
                    .unwrap_or_else(|| "too few observations".to_owned());
                let sentence = format!("{word} is about {found}, but there is no interval: {why}");
                (Verdict::Undecided, sentence)
            }
            Status::TooShort | Status::Ok => (Verdict::Undecided, self.too_short(&word, &found)),
        }
    }

    /// Whether it is a number that has no end where more comes than is done, and a limit above.
    fn grows_with_the_queue(&self) -> bool {
        let metric = matches!(
            self.objective.metric,
            Metric::Mean | Metric::Percentile(_) | Metric::Max | Metric::Lag | Metric::LagTime
        );
        self.regime == Regime::Overload && metric && self.objective.bound == Bound::AtMost
    }

    fn too_short(&self, word: &str, found: &str) -> String {
        let why = match self.flaw {
            Some(Flaw::FewBeyond(beyond)) => format!(
                "{} requests lie beyond it in all of them, and {BEYOND} are needed",
                words::number(beyond)
            ),
            Some(Flaw::Holes | Flaw::Censored(_)) => {
                "requests that did not finish may lie below it".to_owned()
            }
            None => "the run has not settled".to_owned(),
        };
        format!(
            "{word} is about {found}, but the replications are too short for an interval: {why}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Target;

    fn judge(
        metric: Metric,
        bound: Bound,
        limit: f64,
        regime: Regime,
        estimate: &Estimate,
    ) -> (Verdict, String) {
        let objective = Objective {
            name: "fast".into(),
            target: Target::All,
            metric,
            limit,
            bound,
            text: String::new(),
        };
        let unit = if metric == Metric::Success {
            "share"
        } else {
            "s"
        };
        Case {
            objective: &objective,
            estimate,
            unit,
            regime,
            flaw: Some(Flaw::FewBeyond(7.0)),
            growth: None,
        }
        .judge()
    }

    fn found(value: f64, half: Option<f64>, status: Status) -> Estimate {
        Estimate {
            value: Some(value),
            low: half.map(|half| value - half),
            high: half.map(|half| value + half),
            level: 0.95,
            n: 16,
            method: "sectioning".into(),
            status,
        }
    }

    #[test]
    fn the_interval_decides_not_the_value() {
        let p99 = Metric::Percentile(0.99);
        let at = |half| {
            judge(
                p99,
                Bound::AtMost,
                0.8,
                Regime::Settled,
                &found(0.79, Some(half), Status::Ok),
            )
        };
        assert_eq!(at(0.005).0, Verdict::Pass);
        assert_eq!(
            at(0.02),
            (
                Verdict::Undecided,
                "p99 is 790 ms ±20: the limit of 800 ms lies inside the interval".into()
            )
        );
        let over = judge(
            p99,
            Bound::AtMost,
            0.4,
            Regime::Settled,
            &found(0.412, Some(0.004), Status::Ok),
        );
        assert_eq!(
            over,
            (
                Verdict::Fail,
                "p99 is 412 ms ±4, beyond the limit of 400 ms".into()
            )
        );
        let success = judge(
            Metric::Success,
            Bound::AtLeast,
            0.99,
            Regime::Settled,
            &found(0.995, Some(0.001), Status::Ok),
        );
        assert_eq!(
            success,
            (
                Verdict::Pass,
                "success is 99.5 % ±0.1, within the limit of 99 %".into()
            )
        );
    }

    #[test]
    fn without_an_interval_only_a_bound_decides() {
        let p99 = Metric::Percentile(0.99);
        let censored = found(3.0, None, Status::Censored);
        assert_eq!(
            judge(p99, Bound::AtMost, 1.0, Regime::Settled, &censored).0,
            Verdict::Fail
        );
        assert_eq!(
            judge(p99, Bound::AtMost, 5.0, Regime::Settled, &censored).0,
            Verdict::Undecided
        );
        let short = judge(
            p99,
            Bound::AtMost,
            5.0,
            Regime::Settled,
            &found(3.0, None, Status::TooShort),
        );
        assert_eq!(short.0, Verdict::Undecided);
        assert!(
            short
                .1
                .ends_with("7 requests lie beyond it in all of them, and 60 are needed")
        );
        let growing = found(9.0, None, Status::Unstable);
        assert_eq!(
            judge(p99, Bound::AtMost, 5.0, Regime::Overload, &growing).0,
            Verdict::Fail
        );
        assert_eq!(
            judge(p99, Bound::AtMost, 5.0, Regime::Periodic, &growing).0,
            Verdict::Undecided
        );
        let largest = found(2.0, None, Status::TooFew);
        assert_eq!(
            judge(Metric::Max, Bound::AtMost, 1.0, Regime::Settled, &largest).0,
            Verdict::Fail
        );
        assert_eq!(
            judge(Metric::Max, Bound::AtMost, 3.0, Regime::Settled, &largest).0,
            Verdict::Undecided
        );
    }
}
