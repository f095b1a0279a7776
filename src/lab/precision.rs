//! Is it precise enough, and if not, would more replications help?

use super::Request;
use super::batch::Side;
use super::length::{self, Lengths};
use crate::analysis::expect::{self, Open};
use crate::analysis::{Ended, Outcome, Regime, Study, compare, looks, metric};
use crate::plan::{Metric, Plan, Target};

/// After how many replications to look.
pub(super) fn looks(plans: &[&Plan], lengths: &Lengths, request: &Request) -> Vec<u32> {
    let (fixed, most) = (request.replications, request.most_replications);
    let events = plans
        .iter()
        .map(|plan| length::events_per_ns(plan))
        .sum::<f64>();
    let for_a_band = f64::from(looks::FIRST_TRANSIENT) * lengths.span().until as f64 * events;
    let first = if lengths.study == Study::Transient && for_a_band <= EVENTS_BAND {
        looks::FIRST_TRANSIENT
    } else {
        looks::FIRST
    };
    match plans {
        [plan] if !plan.expectations.is_empty() => {
            looks::schedule_known(fixed, most.unwrap_or(looks::LAST_KNOWN))
        }
        _ => looks::schedule(first, fixed, most.unwrap_or(looks::LAST)),
    }
}

/// So many replications of one window as a band wants are made when they take no more events than this.
const EVENTS_BAND: f64 = 1e7;
/// Of what a longer run ought to gain it gains at least this part, or is no use.
const GAIN: f64 = 0.4;
/// Events that replications made for known values may take in all.
const EVENTS_KNOWN: f64 = 2e9;

/// Whether the next look at a plan with known values would take more events than they are worth.
pub(super) fn is_costly(sides: &[Side], look: u32) -> bool {
    let [side] = sides else { return false };
    let tallies = &side.outcome.tallies;
    let events: f64 = tallies.iter().map(|tally| tally.events as f64).sum();
    let each = events / tallies.len().max(1) as f64;
    !side.plan.expectations.is_empty() && each * f64::from(look) > EVENTS_KNOWN
}

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
        for (target, wanted) in metric::asked(first.plan, &first.outcome) {
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

    /// How many times as much must be measured, if that is what is missing.
    pub(super) fn missing(&self, request: &Request) -> Option<f64> {
        let times = self.worst? / request.precision;
        (times > 1.0).then_some(times * times)
    }

    /// Whether measuring `factor` times as long has told more. It has not where replications differ by what each of them began with.
    pub(super) fn has_gained(&self, before: &Self, factor: f64) -> bool {
        let widths = before.worst.zip(self.worst);
        widths.is_some_and(|(before, now)| (before / now).powi(2) > 1.0 + GAIN * (factor - 1.0))
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
            Regime::Overload => Ended::Overloaded,
            Regime::Trend | Regime::Periodic | Regime::TwoStates => Ended::Unstable,
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
