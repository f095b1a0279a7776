//! Where to cut and how long to measure, from the plan's arithmetic, before anything has run.
//!
//! Means and percentiles of all replications together are right at any length, and their intervals know when slow requests come in few
//! bunches, so the first replications are short: what is asked must be seen, and the warm-up be a small part of the work. Those whose
//! latency is service are precise then; where it is waiting the replications go on until they are, or until more of them cost little.

use super::Request;
use super::wear;
use crate::analysis::section::BEYOND;
use crate::analysis::{Study, looks, metric, words};
use crate::measure::{Span, Stretching};
use crate::plan::{Delivery, Expectation, Figure, Metric, Plan, Statistic, Target, component};

/// Events that the first replications may take in all.
pub(super) const EVENTS: f64 = 6e7;
/// Events that one replication may take when values are known that must come out.
const EVENTS_KNOWN: f64 = 1.5e7;
/// Replications that [`EVENTS`] is for.
const BUDGETED: f64 = looks::FIRST as f64;
/// Relaxation times that a replication measures at first. With ten of them printed 95 % are 94 to 97 %, where the latency is service
/// and where it is waiting (see [`crate::analysis::section`]).
const RELAXATIONS: f64 = 25.0;
/// Requests of what is asked for that all first replications measure, where their mean is asked for.
const REQUESTS: f64 = 500.0;
/// Events of one replication for what caches may have to learn; whether they are still learning then, their hits will tell.
pub(super) const EVENTS_LEARNING: f64 = 3e5;
/// Events per call, roughly: it comes, it computes, it is answered.
pub(super) const EVENTS_PER_CALL: f64 = 3.0;
/// Share of the events for the first look at a plan that is overloaded by arithmetic: if it is, that shows at once; if limits on its
/// queues keep it steady, the review makes the replications longer.
const SCOUT: f64 = 0.05;
/// Windows of the timeline.
const WINDOWS: u32 = 300;
/// Requests in progress at which a replication gives up. A count, so that it does so alike on every machine.
pub(super) const MOST_FLIGHTS: u32 = 1 << 20;
/// The timeline has twice as many at most: when a run is made longer they become wider.
const MOST_WINDOWS: u64 = 600;
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
    /// Windows of the timeline.
    windows: u32,
    /// Ends of stretches, where a longer warm-up may end.
    pub(super) stretching: Stretching,
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
            windows: self.windows,
            most_flights: MOST_FLIGHTS,
        }
    }

    /// These lengths with another cut and another length. The windows of the timeline stay as wide, or become wider by powers of two; the
    /// run is longer by less than one of them if its length may be chosen.
    #[must_use]
    pub(super) fn changed(&self, warm_up: u64, measure: u64, is_asked: bool) -> Self {
        let until = warm_up.saturating_add(measure);
        let mut width = self.span().width();
        while until / width > MOST_WINDOWS {
            width *= 2;
        }
        let windows = until.div_ceil(width);
        Self {
            warm_up,
            measure: if is_asked {
                measure
            } else {
                (windows * width).saturating_sub(warm_up)
            },
            windows: windows as u32,
            reasons: self.reasons.clone(),
            ..*self
        }
    }

    /// The longer of both in each respect, with the reasons of both.
    pub(super) fn or_longer(mut self, other: Self) -> Self {
        self.warm_up = self.warm_up.max(other.warm_up);
        self.measure = self.measure.max(other.measure);
        self.events = self.events.max(other.events);
        self.stretching.first = self.stretching.first.max(other.stretching.first);
        self.stretching.factor = self.stretching.factor.max(other.stretching.factor);
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
        windows: WINDOWS,
        stretching: Stretching::of(plan, warm_up, measure),
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
        windows: WINDOWS,
        stretching: Stretching::of(plan, warm_up, measure),
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

/// How many relaxation times a replication must be long.
pub(super) fn relaxations(plan: &Plan) -> f64 {
    // 1 - 0.999 is not 0.001: round, so that sentences say 2,500.
    let known = known_extreme(plan).map(|p| (2.5 / (1.0 - p)).round());
    let is_known = !plan.expectations.is_empty();
    known.unwrap_or(if is_known { 50.0 } else { RELAXATIONS })
}

/// How long a replication must be for what is asked for to be seen often enough in the first ones together.
fn claims_to_see(plan: &Plan) -> Vec<Claim> {
    let first = f64::from(looks::FIRST);
    let mut claims = Vec::new();
    for (target, wanted) in metric::wanted(plan) {
        let requests = match wanted {
            Metric::Percentile(p) => 1.1 * BEYOND / (1.0 - p).min(p) / first,
            Metric::Mean => REQUESTS / first,
            _ => continue,
        };
        let rate = rate(plan, &target);
        if rate > 0.0 {
            let because = format!(
                "{} requests of `{}`, for its {}",
                words::number(requests.ceil()),
                metric::name(plan, &target),
                metric::word(wanted)
            );
            claims.push((requests / rate * 1e9, because));
        }
    }
    claims
}

/// Requests per second of what is asked for, by arithmetic. Rates of single workloads are not known here: where there are several, the
/// first replications correct this.
fn rate(plan: &Plan, target: &Target) -> f64 {
    let load = &plan.load;
    let workloads = plan.workloads.len().max(1) as f64;
    match target {
        Target::All => load.root_rate,
        Target::Workload(_) => load.root_rate / workloads,
        Target::Entries(entries) => {
            let shares = entries
                .iter()
                .map(|entry| plan.entries[entry.index()].share);
            load.root_rate * shares.sum::<f64>() / workloads
        }
        Target::Endpoint(endpoint) => load
            .endpoint_rate
            .get(endpoint.index())
            .copied()
            .unwrap_or(0.0),
        Target::Component(component) => {
            let rates = plan.endpoints.iter().zip(&load.endpoint_rate);
            let of_it = rates.filter(|(row, _)| row.component == *component && row.shown);
            of_it.map(|(_, rate)| rate).sum()
        }
    }
}

fn claims_to_measure(plan: &Plan, leniency: f64) -> Claim {
    let load = &plan.load;
    let times = relaxations(plan);
    let slowest = load.slowest.map_or_else(String::new, |id| {
        format!(" of `{}`", component::component_name(plan, id))
    });
    let mut claims = vec![(
        times * load.relaxation_ns,
        format!(
            "{} relaxation times{slowest} ({} each)",
            words::number(times),
            words::time(load.relaxation_ns / 1e9)
        ),
    )];
    claims.extend(claims_to_see(plan));
    claims.push((
        RELAXATIONS * load.cycle_ns,
        format!("{RELAXATIONS} cycles of a user"),
    ));
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

/// Times to live that must be seen to end: 50 of them, of one object or of many. In each replication: all begin with the same phase, so
/// that a window that holds a part of a cycle too much does so in every one of them.
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
            load.cache_learn_ns
                .min(allowed(EVENTS_LEARNING, events_per_ns(plan))),
            "the time that caches may take to learn what is popular".to_owned(),
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
mod tests;
