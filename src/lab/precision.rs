//! Is it precise enough, and if not, would more replications help?

use super::Request;
use super::batch::Side;
use crate::analysis::expect::{self, Open};
use crate::analysis::{Ended, Outcome, Regime, compare, metric};
use crate::plan::{Metric, Target};

/// How precise the metrics are that the run must be precise about.
pub(super) struct Precision {
    /// The largest relative half-width; `None` when no metric has an interval.
    pub(super) worst: Option<f64>,
    /// Whether some metric has no interval, so that more replications would not help it.
    flawed: bool,
    /// What is open of the values that are known, if there are any.
    known: Option<Open>,
}

impl Precision {
    /// One plan: the relative half-widths of the metrics wanted. Two: those of their paired differences, relative to the first plan.
    pub(super) fn of(sides: &[Side]) -> Self {
        let mut precision = Self {
            worst: None,
            flawed: false,
            known: None,
        };
        let Some(first) = sides.first() else {
            return precision;
        };
        if let ([one], false) = (sides, first.plan.expectations.is_empty()) {
            precision.known = Some(expect::open(one.plan, &one.outcome));
        }
        for (target, wanted) in metric::wanted(first.plan) {
            match sides {
                [one] => precision.enter(width(one, &target, wanted)),
                [one, two] => {
                    let (one, two) = ((one.plan, &one.outcome), (two.plan, &two.outcome));
                    // What only one side has cannot be compared, and holds nothing up.
                    let Some((one, two)) = compare::pair(one, two, &target, wanted) else {
                        continue;
                    };
                    let half = two.less(&one).estimate().half_width();
                    let level = one.value.map(f64::abs).filter(|level| *level > 0.0);
                    precision.enter(half.zip(level).map(|(half, level)| half / level));
                }
                _ => {}
            }
        }
        precision
    }

    fn enter(&mut self, width: Option<f64>) {
        match width {
            Some(width) => self.worst = Some(self.worst.map_or(width, |worst| worst.max(width))),
            None => self.flawed = true,
        }
    }

    fn precise(&self, request: &Request) -> bool {
        match self.worst {
            Some(worst) => worst <= request.precision,
            None => self.known.is_some() && !self.flawed,
        }
    }

    /// Whether more replications would decide about a known value.
    fn is_open(&self) -> bool {
        self.known.is_some_and(|open| open.long > 0)
    }

    /// Whether a known value is left without an interval, or with a wide one.
    fn is_undecided(&self) -> bool {
        self.known.is_some_and(|open| open != Open::default())
    }

    /// Whether further replications would be wasted.
    pub(super) fn suffices(&self, sides: &[Side], request: &Request) -> bool {
        let settled = sides
            .iter()
            .all(|side| side.outcome.regime == Regime::Settled);
        !settled || (self.worst.is_none() || self.precise(request)) && !self.is_open()
    }

    /// Why no more replications were made.
    pub(super) fn ended(&self, outcome: &Outcome, complete: bool, request: &Request) -> Ended {
        if !complete {
            return Ended::Interrupted;
        }
        match outcome.regime {
            Regime::Overload | Regime::Periodic => Ended::Overloaded,
            Regime::TooShort => Ended::TooShort,
            Regime::Settled if self.precise(request) && !self.flawed && !self.is_undecided() => {
                Ended::Precise
            }
            // All that could become precise has: what is left wants longer replications, not more.
            Regime::Settled
                if (self.flawed || self.known.is_some_and(|open| open.flawed > 0))
                    && !self.is_open()
                    && outcome.tallies.len() > 1
                    && (self.precise(request) || self.worst.is_none()) =>
            {
                Ended::TooShort
            }
            Regime::Settled => Ended::Cap,
        }
    }
}

fn width(side: &Side, target: &Target, wanted: Metric) -> Option<f64> {
    metric::sample(side.plan, &side.outcome, target, wanted)
        .estimate()
        .relative_half_width()
}
