//! Did the pilot replications forget their start, and are they long enough?
//!
//! The pilot can only raise the cut and the length that the plan's arithmetic gave. What it cannot cure it names.

use super::Request;
use super::batch::Side;
use super::learning;
use super::length::{self, Lengths};
use super::relaxation;
use crate::analysis::section::{BEYOND, Flaw};
use crate::analysis::settling::{self, Trend};
use crate::analysis::{Outcome, Regime, Study, expect, figure, full, looks, metric, words};
use crate::measure::{Span, Stopped};
use crate::plan::{Ceiling, ComponentId, Metric, Plan, StationId, Target, component};

/// A replication is made at most so many times longer at once.
const STRIDE: f64 = 8.0;
/// Rather than more replications than this, longer ones are made.
const ENOUGH: f64 = 128.0;
/// A replication is not worth making longer by less than this.
pub(super) const WORTH: f64 = 1.1;
/// A relaxation time that was measured counts when it is so many times the one that was planned for: it is an estimate too.
const SLOWER: f64 = 1.5;
/// Of a load that swings, with fewer periods than this in a replication, it matters where the window begins and ends.
const FEW_PERIODS: u64 = 10;
/// Requests that are not done, over those that come, from which on more come than are done.
const MATTERS: f64 = 0.005;

/// What the pilot replications of one side say.
#[derive(Debug, Clone, Default)]
pub(super) struct Review {
    /// The system is overloaded beyond doubt: why.
    pub(super) overload: Option<String>,
    /// Something still moves at this time \[ns\], and what.
    pub(super) cut: Option<(u64, String)>,
    /// There is no telling where the start-up ends.
    pub(super) unsettled: bool,
    /// Replications ought to be so many times longer, and why.
    pub(super) longer: Option<(f64, String)>,
    /// The relaxation time that was measured \[ns\], and of what.
    pub(super) relaxation: Option<(f64, ComponentId)>,
    /// Events per simulated ns.
    pub(super) events_per_ns: f64,
}

/// Look at one side.
pub(super) fn review(side: &Side, lengths: &Lengths) -> Review {
    let span = lengths.span();
    let mut review = Review {
        events_per_ns: events_per_ns(side, &span),
        ..Review::default()
    };
    review.overload = too_many(side);
    if review.overload.is_some() || lengths.study == Study::Transient {
        return review;
    }
    let trend = settling::trend(&side.signals);
    review.overload = overload(side, trend);
    if review.overload.is_some() {
        return review;
    }
    let width = side.outcome.timeline.width.max(1);
    let from = span.from.div_ceil(width) as usize;
    review.cut = settling::cut(&side.signals, from)
        .map(|(window, name)| (window as u64 * width, name.to_owned()));
    review.unsettled = trend != Trend::None
        || review
            .cut
            .as_ref()
            .is_some_and(|(at, _)| *at > span.until / 3)
        || swing(side).is_some_and(|period| period > span.until / FEW_PERIODS)
        || two_states(side, span.until).is_some_and(|(regime, _)| regime != Regime::Settled);
    let unclear = learning::unclear(side).map(|(times, because)| (times.min(STRIDE), because));
    let longer = too_short(side).into_iter().chain(unclear);
    review.longer = longer.max_by(|one, other| one.0.total_cmp(&other.0));
    let still = learning::still(side, &span);
    if let Some((at, name)) =
        still.filter(|still| review.cut.as_ref().is_none_or(|cut| still.0 > cut.0))
    {
        review.cut = Some((at, name));
    }
    review.relaxation = relaxation::measured(side);
    if let Some(found) = review.relaxation {
        let factor = length::relaxations(side.plan) * found.0 / lengths.measure.max(1) as f64;
        let is_longest = review
            .longer
            .as_ref()
            .is_none_or(|longer| factor > longer.0);
        if factor > SLOWER && is_longest {
            let because = relaxation::because(side, found);
            review.longer = Some((factor.min(STRIDE), because));
        }
    }
    review
}

/// Events per simulated ns.
pub(super) fn events_per_ns(side: &Side, span: &Span) -> f64 {
    let tallies = &side.outcome.tallies;
    let events: f64 = tallies.iter().map(|tally| tally.events as f64).sum();
    events / (span.until.max(1) as f64 * tallies.len().max(1) as f64)
}

/// Replications in which time stood still.
fn stuck(side: &Side) -> Option<String> {
    let at = side
        .outcome
        .tallies
        .iter()
        .find_map(|tally| match tally.stopped {
            Stopped::Stuck { at } => Some(at),
            _ => None,
        })?;
    Some(format!(
        "Time stands still: at {} requests follow each other without any time in between, for ever. Something in the loop of users \
         or steps must take time: a think time, a network, work.",
        words::time(at as f64 / 1e9)
    ))
}

/// Replications that reached the limit on requests in progress.
fn too_many(side: &Side) -> Option<String> {
    if let Some(sentence) = stuck(side) {
        return Some(sentence);
    }
    let plan = side.plan;
    let stopped = side
        .outcome
        .tallies
        .iter()
        .filter_map(|tally| match tally.stopped {
            Stopped::TooMany {
                at,
                station,
                queued,
                component,
            } => Some((at, station, queued, component, tally.most_flights)),
            Stopped::Settled | Stopped::Unsettled | Stopped::Stuck { .. } => None,
        });
    let (at, station, queued, owner, most) = stopped.min_by_key(|stop| stop.0)?;
    let place = if station != StationId::NONE && owner.index() < plan.components.len() {
        let name = component::component_name(plan, owner);
        format!(
            ", {} of them at one replica of `{name}`",
            words::number(queued as f64)
        )
    } else {
        String::new()
    };
    Some(format!(
        "The load cannot be served: after {} there were {} calls in progress{place}, and the run was given up.",
        words::time(at as f64 / 1e9),
        words::number(most as f64),
    ))
}

/// What grows without end since something is full, by what was seen; or by arithmetic too, where it grows too slowly to be seen.
fn overload(side: &Side, trend: Trend) -> Option<String> {
    let (plan, outcome) = (side.plan, &side.outcome);
    let full = full::cause(plan, outcome).filter(|full| full.is_endless(plan));
    let unserved = plan.load.unserved();
    let asked = |row: &Ceiling| {
        let share = words::share(row.unshed);
        format!("{} is asked for {share} of what it has", row.name(plan))
    };
    let (Trend::Rising(what, share), cause) = (
        trend,
        full.map(|full| full.sentence(plan))
            .or_else(|| unserved.map(asked)),
    ) else {
        let (full, row) = full.zip(unserved)?;
        return Some(format!(
            "The load cannot be served: by arithmetic {}. {}.",
            asked(row),
            full.sentence(plan)
        ));
    };
    Some(format!(
        "The load cannot be served: {}{what} grow by {} over the last half of the run. {}.",
        served(plan, outcome),
        words::share(share),
        cause?
    ))
}

/// How much of what is asked for is done, where that is less: of requests, or of the messages of the group that is farthest behind.
fn served(plan: &Plan, outcome: &Outcome) -> String {
    let groups = plan.groups.iter().map(|group| {
        let name = component::endpoint_name(plan, group.messages);
        (
            Target::Endpoint(group.messages),
            format!("messages for `{name}`"),
        )
    });
    let all = std::iter::once((Target::All, "requests".to_owned()));
    let behind = all.chain(groups).filter_map(|(target, of_what)| {
        let flow = metric::flow(plan, outcome, &target);
        let growth = flow.growth().filter(|growth| *growth > MATTERS)?;
        let rates = (flow.throughput().value?, flow.rate().value?);
        Some((growth, rates, of_what))
    });
    let most = behind.max_by(|a, b| a.0.total_cmp(&b.0)).or_else(|| {
        // Those who give up end too.
        let flow = metric::flow(plan, outcome, &Target::All);
        let (done, asked) = (flow.throughput().value?, flow.rate().value?);
        (done < (1.0 - MATTERS) * asked).then(|| (0.0, (done, asked), "requests".to_owned()))
    });
    most.map_or_else(String::new, |(_, (done, asked), of_what)| {
        format!(
            "{} of {}/s {of_what} are done, and ",
            words::number(done),
            words::number(asked)
        )
    })
}

/// How much longer the replications ought to be for the percentiles that are asked for.
fn too_short(side: &Side) -> Option<(f64, String)> {
    let mut worst: Option<(f64, String)> = None;
    for (target, metric) in metric::asked(side.plan, &side.outcome) {
        let Metric::Percentile(p) = metric else {
            continue;
        };
        let Some(flaw) = metric::flawed(side.plan, &side.outcome, &target, metric).1 else {
            continue;
        };
        let factor = flaw.lengthen().min(STRIDE);
        if factor > worst.as_ref().map_or(1.0, |worst| worst.0) {
            worst = Some((factor, because(side.plan, &target, p, flaw)));
        }
    }
    for (position, row) in side.plan.expectations.iter().enumerate() {
        let (_, flaw) = figure::estimate(side.plan, &side.outcome, position, expect::LEVEL);
        let Some(flaw) = flaw else { continue };
        let factor = flaw.lengthen().min(STRIDE);
        if factor > worst.as_ref().map_or(1.0, |worst| worst.0) {
            worst = Some((factor, sentence(&row.word, &row.of, flaw)));
        }
    }
    more(side)
        .filter(|(factor, _)| *factor > worst.as_ref().map_or(1.0, |worst| worst.0))
        .or(worst)
}

/// How much longer the replications ought to be so that not too many are needed to know a value closely.
fn more(side: &Side) -> Option<(f64, String)> {
    let outcome = &side.outcome;
    if outcome.tallies.len() < looks::FIRST_KNOWN as usize {
        return None; // a comparison, or as many as were asked for
    }
    let (needed, position) = expect::needed(side.plan, outcome)?;
    let row = &side.plan.expectations[position];
    let because = format!(
        "to know the {} of `{}` closely would take {} of them",
        row.word,
        row.of,
        words::number(needed)
    );
    Some(((needed / ENOUGH).min(STRIDE), because))
}

fn because(plan: &Plan, target: &Target, p: f64, flaw: Flaw) -> String {
    let (word, name) = (
        metric::word(Metric::Percentile(p)),
        metric::name(plan, target),
    );
    sentence(&word, &name, flaw)
}

/// What is wrong with a percentile of something.
fn sentence(word: &str, name: &str, flaw: Flaw) -> String {
    match flaw {
        Flaw::FewBeyond(beyond) => {
            format!(
                "only {} requests lay beyond the {word} of `{name}` in all replications, and {BEYOND} are needed",
                words::number(beyond)
            )
        }
        Flaw::Holes | Flaw::Censored(_) => {
            format!("requests that did not finish may lie below the {word} of `{name}`")
        }
    }
}

/// Lengths that cure what the reviews of all sides say; `None` when there is nothing to cure or no way to. The replications have `come` so
/// far \[ns\], and go on from there.
pub(super) fn adjusted(
    lengths: &Lengths,
    reviews: &[Review],
    request: &Request,
    come: u64,
) -> Option<Lengths> {
    let (mut warm_up, mut measure) = (lengths.warm_up, lengths.measure);
    let mut reasons = Vec::new();
    let cuts = reviews.iter().filter_map(|review| review.cut.as_ref());
    let cut = cuts.max_by_key(|cut| cut.0);
    let unsettled = reviews.iter().any(|review| review.unsettled);
    if let Some((at, name)) = cut.filter(|(at, _)| request.warm_up.is_none() && *at > warm_up) {
        warm_up = lengths.stretching.reached(*at);
        reasons.push(format!(
            "The first replications still moved after that ({name}), so the first {} are cut off.",
            words::time(warm_up as f64 / 1e9)
        ));
    }
    let longer = reviews.iter().filter_map(|review| review.longer.clone());
    let (factor, because) = match longer.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((factor, because)) if !unsettled || factor > 2.0 => (factor, because),
        _ if unsettled => (
            2.0,
            "the first replications had not settled after a third of the run".to_owned(),
        ),
        _ => (1.0, String::new()),
    };
    if factor > 1.0 && request.duration.is_none() {
        let wanted = lengths.measure as f64 * factor;
        let possible = wanted.min(room(lengths, reviews, warm_up)) as u64;
        if possible as f64 >= lengths.measure as f64 * WORTH {
            measure = possible;
            if request.warm_up.is_none() {
                // The first five relaxation times are cut off, by the length that is possible.
                let slowest = reviews.iter().filter_map(|review| review.relaxation);
                let slowest = slowest.map(|(time, _)| time).fold(0.0, f64::max);
                let five = (5.0 * slowest).min(measure as f64 / 10.0) as u64;
                if five > warm_up {
                    warm_up = lengths.stretching.reached(five);
                }
            }
            reasons.push(format!(
                "Replications were made longer, to measure {}: {because}.",
                words::time(measure as f64 / 1e9)
            ));
        } else if unsettled {
            // Cutting more off a run that never settles and cannot be longer would only make it shorter.
            return None;
        }
    } else if unsettled {
        return None;
    }
    if (warm_up, measure) == (lengths.warm_up, lengths.measure) {
        return None;
    }
    let mut next = if request.duration.is_some() {
        while warm_up.saturating_add(measure) < come {
            warm_up = lengths.stretching.after(warm_up);
        }
        lengths.changed(warm_up, measure, true)
    } else {
        lengths.changed(warm_up, measure.max(come.saturating_sub(warm_up)), false)
    };
    next.reasons.extend(reasons);
    Some(next)
}

/// Simulated time that a replication may measure \[ns\] by the events that it may take.
pub(super) fn room(lengths: &Lengths, reviews: &[Review], warm_up: u64) -> f64 {
    let busiest = reviews.iter().map(|review| review.events_per_ns);
    let busiest = busiest.fold(0.0, f64::max);
    (length::allowed(lengths.events, busiest) - warm_up as f64).max(0.0)
}

/// What to call a side that did not settle, and the sentence that says so.
pub(super) fn classify(side: &Side, review: &Review, lengths: &Lengths) -> (Regime, String) {
    if let Some((regime, sentence)) = two_states(side, lengths.span().until) {
        return (regime, sentence);
    }
    if let Some(period) = swing(side) {
        return (
            Regime::Periodic,
            format!(
                "There is no steady state: requests in progress swing with a period of about {0}. Measure whole periods, ten or \
                 more of them, to average over the swing.",
                words::time(period as f64 / 1e9)
            ),
        );
    }
    let until = lengths.span().until as f64;
    let (start_up, because) = length::start_up(side.plan);
    let is_short = start_up > until / 2.0;
    let may_take = format!(
        "the start-up may take {} ({because})",
        words::time(start_up / 1e9)
    );
    let (what, moves, share) = match settling::trend(&side.signals) {
        Trend::Rising(what, share) => (what, "grow", share),
        Trend::Falling(what, share) => (what, "shrink", share),
        Trend::None => {
            let cut = review.cut.as_ref();
            let what = cut.map_or("requests in progress", |(_, name)| name.as_str());
            return (
                Regime::TooShort,
                format!("The run is too short: {what} still changed after a third of it."),
            );
        }
    };
    let share = words::share(share);
    if is_short {
        let sentence = format!(
            "The run is too short: {what} {moves} by {share} over its last half, and {may_take}."
        );
        return (Regime::TooShort, sentence);
    }
    (
        Regime::Trend,
        format!(
            "There is no steady state: {what} {moves} by {share} over the last half of the run, though {may_take} and the run \
             takes {}.",
            words::time(until / 1e9)
        ),
    )
}

/// The period of requests in progress \[ns\], if they swing.
fn swing(side: &Side) -> Option<u64> {
    settling::period(&side.signals).map(|windows| windows as u64 * side.outcome.timeline.width)
}

/// The sentence on two groups of replications, if they fall into two. While the start-up lasts, levels scatter as they like.
///
/// Where replications begin with luck of their own that is no lack of a steady state: numbers and intervals are those of all lucks.
pub(super) fn two_states(side: &Side, until: u64) -> Option<(Regime, String)> {
    if length::start_up(side.plan).0 > until as f64 / 2.0 {
        return None;
    }
    let level = |signals: &settling::Signals| {
        let half = &signals.in_progress[signals.in_progress.len() / 2..];
        half.iter().sum::<f64>() / half.len().max(1) as f64
    };
    let levels: Vec<f64> = side.signals.iter().map(level).collect();
    let (low, high) = settling::two_states(&levels)?;
    let groups = format!(
        "the replications fall into two groups, with about {} and {} requests in progress, and",
        words::number(low),
        words::number(high)
    );
    Some(if side.outcome.luck {
        let what = "it is luck where keys are that decides between them: look at what is busiest.";
        (Regime::Settled, format!("All together: {groups} {what}"))
    } else {
        let what = "chance decides between them.";
        (
            Regime::TwoStates,
            format!("There is no steady state: {groups} {what}"),
        )
    })
}

/// What to know before trusting the numbers, at the end.
pub(super) fn warnings(side: &Side) -> Vec<String> {
    let (plan, outcome) = (side.plan, &side.outcome);
    let mut warnings = Vec::new();
    let unsettled = outcome
        .tallies
        .iter()
        .filter(|tally| tally.stopped == Stopped::Unsettled)
        .count();
    if unsettled > 0 && outcome.regime != Regime::Overload {
        warnings.push(format!(
            "{unsettled} of {} replications ended with requests still in progress: they count as slower than all others.",
            outcome.tallies.len()
        ));
    }
    for (target, wanted) in metric::asked(plan, outcome) {
        if outcome.regime != Regime::Settled {
            break;
        }
        if let (_, Some(flaw)) = metric::flawed(plan, outcome, &target, wanted) {
            let (word, name) = (metric::word(wanted), metric::name(plan, &target));
            warnings.push(match flaw {
                Flaw::Censored(_) => {
                    format!("The {word} of `{name}` lies among requests that did not finish.")
                }
                Flaw::FewBeyond(_) | Flaw::Holes => {
                    let Metric::Percentile(p) = wanted else {
                        continue;
                    };
                    format!(
                        "Replications are too short for the {word} of `{name}`: {}.",
                        because(plan, &target, p, flaw)
                    )
                }
            });
        }
    }
    warnings
}
