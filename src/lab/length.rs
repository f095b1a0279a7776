//! Where to cut and how long to measure, from the plan's arithmetic, before anything has run.
//!
//! Length comes before number: replications that are too short give intervals round the wrong number, and more of them only make it
//! certain. The rule of 2.5/(1 - p) relaxation times for the percentile p, 50 for means, was measured on single servers at loads of
//! 50 to 90 %: from there on, printed 95 % are 93 to 95 %.

use super::Request;
use super::wear;
use crate::analysis::{Study, words};
use crate::measure::Span;
use crate::plan::{Delivery, Expectation, Figure, Metric, Plan, Statistic, component};

/// Events that the first sixteen replications may take in all.
pub(super) const EVENTS: f64 = 6e7;
/// Events that one replication may take when values are known that must come out.
const EVENTS_KNOWN: f64 = 1.5e7;
/// Replications that [`EVENTS`] is for.
const BUDGETED: f64 = 16.0;
/// Events per call, roughly: it comes, it computes, it is answered.
pub(super) const EVENTS_PER_CALL: f64 = 3.0;
/// Share of the events for the first look at a plan that is overloaded by arithmetic: if it is, that shows at once; if limits on its
/// queues keep it steady, the review makes the replications longer.
const SCOUT: f64 = 0.05;
/// Windows of the timeline.
const WINDOWS: u32 = 300;
/// Requests in progress at which a replication gives up. A count, so that it does so alike on every machine.
pub(super) const MOST_FLIGHTS: u32 = 1 << 20;
/// Lines with a smaller share of their mix do not decide how long a run is.
pub(super) const NOTABLE_SHARE: f64 = 0.01;
/// No replication is longer than ten years.
const MOST: f64 = 10.0 * 365.0 * 86_400.0 * 1e9;

/// How long every replication is, and why.
#[derive(Debug, Clone)]
pub(super) struct Lengths {
    /// Cut off at the start \[ns\].
    pub(super) warm_up: u64,
    /// Measured after that \[ns\].
    pub(super) measure: u64,
    /// What kind of question it is.
    pub(super) study: Study,
    /// Events that one replication may take.
    pub(super) events: f64,
    /// A sentence on each decision.
    pub(super) reasons: Vec<String>,
}

impl Lengths {
    /// The span of every replication.
    pub(super) fn span(&self) -> Span {
        Span {
            from: self.warm_up,
            until: self.warm_up.saturating_add(self.measure),
            settle: self.measure,
            windows: WINDOWS,
            most_flights: MOST_FLIGHTS,
        }
    }

    /// The longer of both in each respect, with the reasons of both.
    pub(super) fn or_longer(mut self, other: Self) -> Self {
        self.warm_up = self.warm_up.max(other.warm_up);
        self.measure = self.measure.max(other.measure);
        self.events = self.events.max(other.events);
        if other.study == Study::Transient {
            self.study = Study::Transient;
        }
        for reason in other.reasons {
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
        self
    }
}

/// A length and where it comes from.
type Claim = (f64, String);

/// The longest claim.
fn longest(claims: Vec<Claim>) -> Claim {
    let mut best = (0.0, String::new());
    for claim in claims {
        if claim.0.is_finite() && claim.0 > best.0 {
            best = claim;
        }
    }
    best
}

fn nanoseconds(length: f64) -> u64 {
    length.clamp(0.0, MOST) as u64
}

fn text(length: u64) -> String {
    words::time(length as f64 / 1e9)
}

/// Events in one replication at least, where a value is known: many short replications know a mean as closely as few long
/// ones, but each of them remembers that it began empty.
const KNOWN_EVENTS: f64 = 3e5;

/// Events that one replication of a plan may take.
pub(super) fn budget(plan: &Plan) -> f64 {
    if plan.expectations.is_empty() {
        EVENTS / BUDGETED
    } else {
        EVENTS_KNOWN
    }
}

/// Simulated time that one replication may take \[ns\] with so many events in all, at so many per simulated ns.
pub(super) fn allowed(events: f64, events_per_ns: f64) -> f64 {
    if events_per_ns > 0.0 {
        events / events_per_ns
    } else {
        MOST
    }
}

/// Events per simulated ns, by arithmetic.
pub(super) fn events_per_ns(plan: &Plan) -> f64 {
    let calls = plan.load.root_rate * plan.load.calls_per_root.max(1.0);
    (calls * EVENTS_PER_CALL + plan.breakdowns.rate()) / 1e9
}

/// The lengths for a plan.
pub(super) fn plan(plan: &Plan, request: &Request) -> Lengths {
    if plan.load.shaped {
        transient(plan, request)
    } else {
        steady(plan, request)
    }
}

/// A shape of load is studied as it is: the window is the whole shape, and nothing is cut off unless asked.
fn transient(plan: &Plan, request: &Request) -> Lengths {
    let warm_up = request.warm_up.unwrap_or(0);
    let whole = nanoseconds(plan.load.settled_after_ns).saturating_sub(warm_up);
    let moves = plan.databases.iter().filter_map(|row| row.reshard.as_ref());
    let longest = moves.map(crate::plan::Reshard::looked_at).reduce(f64::max);
    let grows = longest.is_some();
    let only_moves = longest.is_some_and(|longest| longest >= plan.load.settled_after_ns);
    let what = if grows {
        "Data move to other shards while it goes on"
    } else {
        "The load changes with time"
    };
    let (measure, because) = match request.duration {
        Some(duration) => (duration.max(1), "as asked".to_owned()),
        None if whole > 0 && only_moves => (
            whole,
            "the move at its rate, and a while before and after it".to_owned(),
        ),
        None if whole > 0 => (whole, "the whole shape of the load".to_owned()),
        None => (
            nanoseconds(claims_to_measure(plan, request.leniency).0).max(1),
            "the shape of the load has no end of its own".to_owned(),
        ),
    };
    Lengths {
        warm_up,
        measure,
        study: Study::Transient,
        events: budget(plan),
        reasons: vec![format!(
            "{what}, so every replication looks at the same {} ({because}); numbers and intervals are those of \
             this window, not of a steady state.",
            text(measure)
        )],
    }
}

fn steady(plan: &Plan, request: &Request) -> Lengths {
    let events_per_ns = events_per_ns(plan);
    let overloaded = plan.load.processor_load.iter().any(|load| *load >= 1.0);
    let events = budget(plan);
    let allowed = allowed(events, events_per_ns) * if overloaded { SCOUT } else { 1.0 };
    let (wanted, because) = claims_to_measure(plan, request.leniency);
    let measured = request.duration.map_or(wanted, |duration| duration as f64);
    let (cut, cut_because) = claims_to_cut(plan, measured);
    let mut reasons = Vec::new();

    let bounded_cut = cut.min(if request.duration.is_some() {
        f64::INFINITY
    } else {
        allowed / 3.0
    });
    let warm_up = request.warm_up.unwrap_or_else(|| nanoseconds(bounded_cut));
    reasons.push(match request.warm_up {
        Some(_) => format!("The first {} are cut off, as asked.", text(warm_up)),
        None => format!(
            "The first {} are cut off: {cut_because}.",
            text(nanoseconds(cut))
        ),
    });
    if request.warm_up.is_none() && bounded_cut < cut {
        reasons.push(format!(
            "That would take too many events, so only {} are cut off.",
            text(warm_up)
        ));
    }
    let room = (allowed - warm_up as f64).max(allowed / 3.0);
    let measure = request
        .duration
        .unwrap_or_else(|| nanoseconds(wanted.min(room)))
        .max(1);
    reasons.push(match request.duration {
        Some(_) => format!("Each replication measures {}, as asked.", text(measure)),
        None => format!(
            "Each replication measures {}: {because}.",
            text(nanoseconds(wanted))
        ),
    });
    if request.duration.is_none() && room < wanted {
        reasons.push(if overloaded {
            format!("By arithmetic the load is more than can be served, so each first measures only {}.", text(measure))
        } else {
            format!(
            "That would take more than {} million events in {BUDGETED} replications, so each measures only {}; what this is too \
             short for says so.",
            words::number(events * BUDGETED / 1e6),
            text(measure)
        )});
    }
    Lengths {
        warm_up,
        measure,
        study: Study::Steady,
        events,
        reasons,
    }
}

/// The most extreme percentile among the values that are known.
fn known_extreme(plan: &Plan) -> Option<f64> {
    let of = |row: &Expectation| match row.figure {
        Figure::Latency(Statistic::Percentile(p))
        | Figure::Wait(Statistic::Percentile(p))
        | Figure::Service(Statistic::Percentile(p))
        | Figure::InSystem(Statistic::Percentile(p)) => Some(p.min(0.9999)),
        _ => None,
    };
    let long = plan.expectations.iter().filter(|row| row.at.is_none());
    long.filter_map(of).reduce(f64::max)
}

/// The most extreme percentile that is wanted; `None` when only means are.
fn extreme(plan: &Plan) -> Option<f64> {
    let known = known_extreme(plan);
    if plan.objectives.is_empty() && !plan.expectations.is_empty() {
        return known;
    }
    let objectives = objectives_extreme(plan);
    known.into_iter().chain(objectives).reduce(f64::max)
}

fn objectives_extreme(plan: &Plan) -> Option<f64> {
    let metrics = || plan.objectives.iter().map(|objective| objective.metric);
    let only_means = metrics().any(|metric| metric == Metric::Mean)
        && !metrics().any(|metric| matches!(metric, Metric::Percentile(_) | Metric::Max));
    let asked = metrics().filter_map(|metric| match metric {
        Metric::Percentile(p) => Some(p),
        _ => None,
    });
    (!only_means).then(|| asked.fold(0.99, f64::max).min(0.9999))
}

/// How many relaxation times a replication must be long.
pub(super) fn relaxations(plan: &Plan) -> f64 {
    // 1 - 0.999 is not 0.001: round, so that sentences say 2,500.
    extreme(plan).map_or(50.0, |p| (2.5 / (1.0 - p)).round())
}

fn claims_to_measure(plan: &Plan, leniency: f64) -> Claim {
    let load = &plan.load;
    let times = relaxations(plan);
    let (requests, of) = match extreme(plan) {
        Some(p) => (
            (22.0 / (1.0 - p)).round(),
            crate::analysis::metric::word(Metric::Percentile(p)),
        ),
        None => (1_000.0, "means".to_owned()),
    };
    let slowest = load.slowest.map_or_else(String::new, |id| {
        format!(" of `{}`", component::component_name(plan, id))
    });
    let mut claims = vec![(
        times * load.relaxation_ns,
        format!(
            "{} relaxation times{slowest} ({} each), for {of}",
            words::number(times),
            words::time(load.relaxation_ns / 1e9)
        ),
    )];
    let shares = plan
        .entries
        .iter()
        .filter(|entry| entry.share >= NOTABLE_SHARE);
    // Rates of single workloads are not known here; where there are several, the pilot replications correct this.
    let rarest = shares.min_by(|a, b| a.share.total_cmp(&b.share));
    if let Some(entry) = rarest.filter(|_| load.root_rate > 0.0) {
        let rate = load.root_rate * entry.share / plan.workloads.len().max(1) as f64;
        claims.push((
            requests / rate * 1e9,
            format!(
                "{} requests of `{}`, for {of}",
                words::number(requests),
                entry.name
            ),
        ));
    }
    claims.push((50.0 * load.cycle_ns, "50 cycles of a user".to_owned()));
    claims.extend(expiries(plan));
    claims.extend(wear::seen(plan));
    let rate = events_per_ns(plan);
    if !plan.expectations.is_empty() && rate > 0.0 {
        let events = KNOWN_EVENTS / (leniency * leniency);
        let because = format!("{} events, to know a mean closely", words::number(events));
        claims.push((events / rate, because));
    }
    let longest = longest(claims);
    if longest.0 > 0.0 {
        longest
    } else {
        (60e9, "nothing is known of the load".to_owned())
    }
}

/// How long the start-up may take by arithmetic \[ns\], and what it waits for.
pub(super) fn start_up(plan: &Plan) -> (f64, String) {
    claims_to_cut(plan, 0.0)
}

/// Times to live that must be seen to end: 50 of them, of one object or of many.
fn expiries(plan: &Plan) -> impl Iterator<Item = Claim> + '_ {
    plan.caches
        .iter()
        .filter(|cache| cache.ttl > 0)
        .map(|cache| {
            let objects = plan.keyspaces.get(cache.keyspace.index());
            let objects = objects.map_or(1, |keyspace| keyspace.items.clamp(1, 50));
            let name = component::component_name(plan, cache.component);
            let because = format!("times to live of `{name}` that end");
            (50.0 / objects as f64 * cache.ttl as f64, because)
        })
}

fn claims_to_cut(plan: &Plan, measure: f64) -> Claim {
    let load = &plan.load;
    let slowest = load.slowest.map_or_else(String::new, |id| {
        format!(" of `{}`", component::component_name(plan, id))
    });
    let mut claims = vec![
        (
            5.0 * load.relaxation_ns,
            format!("five relaxation times{slowest}"),
        ),
        (
            load.cache_fill_ns,
            "the time until the caches are full".to_owned(),
        ),
        (
            load.settled_after_ns,
            "the load has reached its level by then".to_owned(),
        ),
        (5.0 * load.cycle_ns, "five cycles of a user".to_owned()),
        (0.02 * measure, "2 % of what is measured".to_owned()),
    ];
    if let Some(cache) = plan.caches.iter().max_by_key(|cache| cache.ttl) {
        let name = component::component_name(plan, cache.component);
        claims.push((cache.ttl as f64, format!("the time to live of `{name}`")));
    }
    if let Some((wait, name)) = pauses(plan).max_by_key(|(wait, _)| *wait) {
        claims.push((5.0 * wait as f64, format!("five of the pauses of `{name}`")));
    }
    claims.extend(wear::forgotten(plan));
    longest(claims)
}

/// How long messages are left alone before they are read, or read again.
fn pauses(plan: &Plan) -> impl Iterator<Item = (u64, String)> + '_ {
    plan.groups.iter().map(|group| {
        let again = match group.delivery {
            Delivery::InOrder { after } => after,
            Delivery::Competing { .. } => 0,
        };
        let name = component::endpoint_name(plan, group.messages);
        (group.wait.saturating_add(again), name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::synthetic;
    use crate::plan::{Bound, Objective, Target};

    fn objective(metric: Metric) -> Objective {
        Objective {
            name: "o".into(),
            target: Target::All,
            metric,
            limit: 1.0,
            bound: Bound::AtMost,
            text: String::new(),
        }
    }

    #[test]
    fn percentiles_want_longer_replications_than_means() {
        let mut model = synthetic::plan(80.0, 1e7);
        let relaxation = model.load.relaxation_ns;
        let times =
            |model: &Plan| (plan(model, &Request::default()).measure as f64 / relaxation).round();
        assert!((times(&model) - 250.0).abs() < 1.0);
        model.objectives = vec![objective(Metric::Mean)];
        assert!((times(&model) - 50.0).abs() < 1.0);
        model.objectives.push(objective(Metric::Percentile(0.95)));
        assert!((times(&model) - 250.0).abs() < 1.0);
        model.objectives.push(objective(Metric::Percentile(0.999)));
        assert!((times(&model) - 2_500.0).abs() < 1.0);
        let lengths = plan(&model, &Request::default());
        assert_eq!(lengths.warm_up, (0.02 * 2_500.0 * relaxation) as u64);
        assert!(
            lengths.reasons[1].contains("2,500 relaxation times of `currency`"),
            "{:?}",
            lengths.reasons
        );
    }

    #[test]
    fn the_rarest_notable_line_gets_its_requests() {
        let mut model = synthetic::plan(10.0, 1e6);
        model.entries[0].share = 0.02;
        let lengths = plan(&model, &Request::default());
        assert_eq!(lengths.measure, 11_000_000_000_000);
        model.entries[0].share = 0.001;
        assert!(plan(&model, &Request::default()).measure < lengths.measure);
    }

    #[test]
    fn the_budget_bites_and_says_so() {
        let mut model = synthetic::plan(980.0, 1e6);
        model.load.cache_fill_ns = 1e16;
        let lengths = plan(&model, &Request::default());
        let events = (lengths.warm_up + lengths.measure) as f64 / 1e9 * 980.0 * 3.0 * 16.0;
        assert!((events / EVENTS - 1.0).abs() < 1e-6);
        assert_eq!(
            lengths.warm_up,
            (allowed(EVENTS / BUDGETED, 980.0 * 3.0 / 1e9) / 3.0) as u64
        );
        assert_eq!(
            lengths
                .reasons
                .iter()
                .filter(|reason| reason.starts_with("That would take"))
                .count(),
            2
        );
    }

    #[test]
    fn what_is_asked_is_done() {
        let model = synthetic::plan(80.0, 1e7);
        let request = Request {
            duration: Some(7_000_000_000),
            warm_up: Some(0),
            ..Request::default()
        };
        let lengths = plan(&model, &request);
        assert_eq!((lengths.warm_up, lengths.measure), (0, 7_000_000_000));
        assert_eq!(
            lengths.reasons[1],
            "Each replication measures 7 s, as asked."
        );
    }

    #[test]
    fn a_shaped_load_is_looked_at_whole() {
        let mut model = synthetic::plan(80.0, 1e7);
        (model.load.shaped, model.load.settled_after_ns) = (true, 6e11);
        let lengths = plan(&model, &Request::default());
        assert_eq!(
            (lengths.warm_up, lengths.measure, lengths.study),
            (0, 600_000_000_000, Study::Transient)
        );
        assert!(lengths.reasons[0].contains("not of a steady state"));
    }

    #[test]
    fn numbers_that_are_none_do_no_harm() {
        let model = Plan::default();
        assert_eq!(plan(&model, &Request::default()).measure, 60_000_000_000);
        let mut model = synthetic::plan(80.0, 1e7);
        model.load.relaxation_ns = f64::NAN;
        model.load.cycle_ns = f64::INFINITY;
        assert!(plan(&model, &Request::default()).measure > 0);
    }
}
