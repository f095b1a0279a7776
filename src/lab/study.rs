//! The course of a run: a pilot, made again while it proves too short; then looks at the precision until it is enough.

use std::time::Instant;

use super::batch::{Bench, Maker, Side};
use super::instants;
use super::learning;
use super::length::{self, Lengths};
use super::precision::{self, Precision};
use super::review::{self, Review};
use super::wear;
use super::{Progress, Request};
use crate::analysis::busiest::MinuteSums;
use crate::analysis::instants::Instants;
use crate::analysis::{Ended, Outcome, Regime, Study};
use crate::measure::{Going, Span, Stopped, Stretching, Timeline};
use crate::plan::Plan;

/// The first replications are made longer at most so many times.
const ROUNDS: u32 = 6;
/// The warm-up is a small part of the work when so many times of it are measured: until then replications rather go on than be more.
pub(super) const MANY_WARM_UPS: u64 = 20;
/// So many replications are kept so that they can go on, and reviewed; if more are made at first, these are made once their lengths are
/// known.
const MOST_GOING: u32 = 40;
/// So much longer at once, at least and at most, when they go on.
const STRIDES: (f64, f64) = (1.25, 4.0);

/// A load that cannot be served shows in so many replications; the rest of the pilot would only cost time.
const SCOUTS: u32 = 2;

/// Whether every replication of a side was given up because too much was in progress.
fn given_up(side: &Side) -> bool {
    let tallies = &side.outcome.tallies;
    tallies.iter().all(|tally| {
        matches!(
            tally.stopped,
            Stopped::TooMany { .. } | Stopped::Stuck { .. }
        )
    })
}

/// Replicate all plans under the same fate, one outcome each.
pub(super) fn conduct(
    plans: &[&Plan],
    request: &Request,
    progress: &dyn Progress,
    maker: &dyn Maker,
) -> Vec<Outcome> {
    let clock = Instant::now();
    let bench = Bench::new(request, progress, maker);
    let lengths = plans
        .iter()
        .map(|plan| length::plan(plan, request))
        .reduce(Lengths::or_longer);
    let mut lengths = lengths.expect("there is a plan");
    let looks = precision::looks(plans, &lengths, request);
    let mut sides: Vec<Side> = Vec::new();

    progress.phase("pilot");
    let first = looks[0].min(MOST_GOING);
    let mut complete = pilot(&bench, plans, request, &mut lengths, first, &mut sides);
    progress.phase("precision");
    let mut reached = Precision::of(&sides);
    while complete && let Some(next) = further(&sides, &reached, &lengths, request) {
        let factor = next.measure as f64 / lengths.measure as f64;
        lengths = next;
        complete = go_on(&bench, request, &lengths, &mut sides, first);
        let before = std::mem::replace(&mut reached, Precision::of(&sides));
        if !reached.has_gained(&before, factor) {
            break;
        }
    }
    for side in &mut sides {
        side.going.clear();
    }
    for &look in looks.iter().filter(|look| **look > first) {
        // What was given up in the first replications is given up in all.
        let made = sides[0].outcome.tallies.len() as u32;
        let enough = reached.suffices(&sides, request) || precision::is_costly(&sides, look);
        if !complete || made < first || made >= looks[0] && enough {
            break;
        }
        complete = bench.extend(&mut sides, &lengths.span(), None, look);
        reached = Precision::of(&sides);
    }
    if let ([side], true) = (sides.as_mut_slice(), complete) {
        progress.phase("instants");
        complete = instants::study(&bench, side.plan, request, &mut side.outcome);
        reached = Precision::of(&sides);
    }
    progress.finish();

    let (threads, wall) = (bench.threads(), clock.elapsed().as_secs_f64());
    let finish = |mut side: Side| {
        part(&mut side);
        let unlearned = learning::unlearned(&side);
        let unseen = wear::unseen(side.plan, &side.outcome);
        side.outcome.few_breakdowns = !unseen.is_empty();
        side.outcome.warnings.extend(unseen);
        let mut warnings = review::warnings(&side);
        warnings.extend(unlearned);
        let Side { outcome, .. } = &mut side;
        outcome.warnings.extend(warnings);
        outcome.ended = reached.ended(outcome, complete, request);
        outcome.reached = reached.worst;
        (outcome.threads, outcome.wall) = (threads, wall);
        side.outcome
    };
    sides.into_iter().map(finish).collect()
}

/// Make the first replications, review them, and let them go on with better lengths while that helps. False when it was stopped.
fn pilot<'a>(
    bench: &Bench,
    plans: &[&'a Plan],
    request: &Request,
    lengths: &mut Lengths,
    replications: u32,
    sides: &mut Vec<Side<'a>>,
) -> bool {
    sides.extend(plans.iter().map(|&plan| Side {
        plan,
        outcome: empty(plan, lengths, request),
        signals: Vec::new(),
        going: Vec::new(),
    }));
    for round in 0..=ROUNDS {
        if !go_on(bench, request, lengths, sides, replications.min(SCOUTS)) {
            return false;
        }
        if sides.iter().any(given_up) {
            return until_given_up(bench, request, lengths, sides);
        }
        if !bench.extend(sides, &lengths.span(), stretching(lengths), replications) {
            return false;
        }
        let reviews: Vec<Review> = sides
            .iter()
            .map(|side| review::review(side, lengths))
            .collect();
        let overloaded = reviews.iter().any(|review| review.overload.is_some());
        let next = if overloaded || round == ROUNDS {
            None
        } else {
            review::adjusted(lengths, &reviews, request, come(sides))
        };
        let Some(next) = next else {
            conclude(sides, &reviews, lengths, request);
            return true;
        };
        *lengths = next;
    }
    true
}

/// Begin the first replications, or let them go on, up to what the lengths say. False when it was stopped.
fn go_on(
    bench: &Bench,
    request: &Request,
    lengths: &Lengths,
    sides: &mut [Side],
    replications: u32,
) -> bool {
    for side in sides.iter_mut() {
        let Outcome {
            regime, warnings, ..
        } = std::mem::replace(&mut side.outcome, empty(side.plan, lengths, request));
        (side.outcome.regime, side.outcome.warnings) = (regime, warnings);
        side.signals.clear();
    }
    bench.extend(sides, &lengths.span(), stretching(lengths), replications)
}

/// One window of time is never cut again, so its replications need not be able to go on.
fn stretching(lengths: &Lengths) -> Option<Stretching> {
    (lengths.study == Study::Steady).then_some(lengths.stretching)
}

/// How far the replications have come \[ns\].
fn come(sides: &[Side]) -> u64 {
    let going = sides.iter().flat_map(|side| side.going.iter().flatten());
    going.map(Going::at).max().unwrap_or(0)
}

/// Lengths with which the replications go on because that is cheaper than more of them with a warm-up each; `None` when they are precise
/// enough, cannot go on, or need not.
fn further(
    sides: &[Side],
    reached: &Precision,
    lengths: &Lengths,
    request: &Request,
) -> Option<Lengths> {
    let going = sides
        .iter()
        .all(|side| side.going.iter().all(Option::is_some) && !side.going.is_empty());
    let enough = lengths.warm_up.saturating_mul(MANY_WARM_UPS);
    if !going
        || request.duration.is_some()
        || request.replications.is_some()
        || lengths.measure >= enough
        || reached.suffices(sides, request)
    {
        return None;
    }
    let (least, most) = STRIDES;
    let factor = reached.missing(request)?.clamp(least, most);
    let wanted =
        (lengths.measure as f64 * factor).min((enough as f64).max(lengths.measure as f64 * least));
    let events = sides
        .iter()
        .map(|side| review::events_per_ns(side, &lengths.span()));
    let possible =
        length::allowed(lengths.events, events.fold(0.0, f64::max)) - lengths.warm_up as f64;
    let measure = (wanted.min(possible) as u64).max(come(sides).saturating_sub(lengths.warm_up));
    if (measure as f64) < lengths.measure as f64 * review::WORTH {
        return None;
    }
    let mut next = lengths.changed(lengths.warm_up, measure, false);
    next.reasons.push(format!(
        "Replications went on, to measure {}: each further one would need its own {} of warm-up.",
        crate::analysis::words::time(next.measure as f64 / 1e9),
        crate::analysis::words::time(next.warm_up as f64 / 1e9)
    ));
    Some(next)
}

/// Keep the diagnosis of replications that were given up, and make them again up to a little before that, so that every number
/// is of one window of time. False when it was stopped.
fn until_given_up(
    bench: &Bench,
    request: &Request,
    lengths: &mut Lengths,
    sides: &mut Vec<Side>,
) -> bool {
    let reviews: Vec<Review> = sides
        .iter()
        .map(|side| review::review(side, lengths))
        .collect();
    conclude(sides, &reviews, lengths, request);
    let ends = sides
        .iter()
        .flat_map(|side| &side.outcome.tallies)
        .filter_map(|tally| match tally.stopped {
            Stopped::TooMany { at, .. } | Stopped::Stuck { at } => Some(at),
            _ => None,
        });
    let end = ends.min().map_or(lengths.measure, |at| at / 10 * 9);
    lengths.warm_up = lengths.warm_up.min(end / 2);
    lengths.measure = (end - lengths.warm_up).max(1);
    for side in sides.iter_mut() {
        let Outcome {
            regime, warnings, ..
        } = std::mem::replace(&mut side.outcome, empty(side.plan, lengths, request));
        (side.outcome.regime, side.outcome.warnings) = (regime, warnings);
        side.signals.clear();
        side.going.clear();
    }
    let span = Span {
        settle: 0,
        ..lengths.span()
    };
    bench.extend(sides, &span, None, SCOUTS)
}

/// What the last reviews make of every side.
fn conclude(sides: &mut [Side], reviews: &[Review], lengths: &Lengths, request: &Request) {
    for (side, review) in sides.iter_mut().zip(reviews) {
        if let Some(sentence) = &review.overload {
            side.outcome.regime = Regime::Overload;
            side.outcome.warnings.push(sentence.clone());
        } else if review.unsettled {
            let (regime, sentence) = review::classify(side, review, lengths);
            side.outcome.regime = regime;
            side.outcome.warnings.push(sentence);
        } else if let Some((at, name)) = review.cut.as_ref().filter(|_| request.warm_up.is_some()) {
            side.outcome.warnings.push(format!(
                "The warm-up that was asked for looks too short: {name} still moved until {}.",
                crate::analysis::words::time(*at as f64 / 1e9)
            ));
        }
    }
}

/// Two states of the system may show only when there are more replications than in the pilot.
fn part(side: &mut Side) {
    let steady = side.outcome.study == Study::Steady && side.outcome.regime == Regime::Settled;
    let until = side.outcome.warm_up.saturating_add(side.outcome.measured);
    if let Some((regime, sentence)) = review::two_states(side, until).filter(|_| steady) {
        side.outcome.regime = regime;
        if !side.outcome.warnings.contains(&sentence) {
            side.outcome.warnings.push(sentence);
        }
    }
}

fn empty(plan: &Plan, lengths: &Lengths, request: &Request) -> Outcome {
    Outcome {
        tallies: Vec::new(),
        timeline: Timeline::default(),
        instants: Instants::default(),
        timelines: 0,
        minutes: MinuteSums::default(),
        courses: Vec::new(),
        seed: request.seed,
        study: lengths.study,
        regime: Regime::Settled,
        luck: plan.is_up_to_luck(),
        apart: plan.apart(),
        leniency: request.leniency,
        include_failures: request.include_failures,
        warm_up: lengths.warm_up,
        measured: lengths.measure,
        reasons: lengths.reasons.clone(),
        precision: request.precision,
        reached: None,
        ended: Ended::Cap,
        few_breakdowns: false,
        warnings: Vec::new(),
        wall: 0.0,
        threads: 0,
    }
}

#[cfg(test)]
mod tests;
