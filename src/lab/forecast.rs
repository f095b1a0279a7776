//! What a run will take, before it is made: lengths, replications, requests, events, and the time on this machine.
//!
//! Lengths are those that the run begins with. Replications follow from the run length that a single queue needs (Whitt, Planning
//! queueing simulations, Management Sci. 35, 1989), events and their speed from one short trial of the model itself. All but the
//! lengths are estimates and say so: pilot replications may raise the lengths, and a model is more than one queue.

use std::sync::atomic::Ordering;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::length::{self, EVENTS_PER_CALL, Lengths};
use super::{Request, batch, instants, precision, study};
use crate::analysis::{Study, metric, words};
use crate::measure::{self, Span};
use crate::plan::{ComponentId, Metric, Plan, component};

/// Version of the document.
pub const FORECAST_FORMAT: &str = "scaleproof-forecast/1";
/// Events of the trial, if a replication has so many.
const TRIAL: u64 = 300_000;

/// What a run will take.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Forecast {
    /// Version of this document: `scaleproof-forecast/1`.
    pub format: String,
    /// The model's name.
    pub model: String,
    /// Path of the model file as given.
    pub file: String,
    /// `steady` (the long run) or `transient` (one window of time).
    pub study: String,
    /// Simulated time cut off at the start of each replication \[s\].
    pub warm_up: f64,
    /// Simulated time measured in each after that \[s\].
    pub measured: f64,
    /// Where both come from, a sentence each.
    pub reasons: Vec<String>,
    /// Relative half-width asked for.
    pub precision: f64,
    /// Numbers of replications after which the precision is looked at; the last is the most that are made.
    pub looks: Vec<u32>,
    /// Replications expected, one of `looks`.
    pub expected: u32,
    /// Why so many.
    pub because: String,
    /// With the replications expected.
    pub likely: Work,
    /// With the most replications allowed.
    pub most: Work,
    /// What events and seconds are reckoned from; `null` when a replication is too short to try.
    pub trial: Option<Trial>,
    /// Replications made at the same time.
    pub threads: usize,
}

/// So much work, by estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Work {
    /// Root requests, warm-up included.
    pub requests: f64,
    /// Events handled.
    pub events: f64,
    /// Wall time on this machine, if it has nothing else to do \[s\]; `null` without a trial.
    pub seconds: Option<f64>,
}

/// A short piece of one replication, timed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Trial {
    /// Events handled.
    pub events: u64,
    /// Wall time on one thread \[s\].
    pub wall: f64,
    /// Simulated time \[s\].
    pub simulated: f64,
}

/// Plan a run without making it; a short trial tells how fast this machine is.
pub fn forecast(plan: &Plan, request: &Request, file: String) -> Forecast {
    let lengths = length::plan(plan, request);
    let looks = precision::looks(&[plan], &lengths, request);
    let most = longest(plan, request, &lengths);
    let (expected, measured, because) = match lengths.study {
        _ if looks.len() == 1 => (
            looks[0],
            lengths.measure as f64,
            "that many are made".to_owned(),
        ),
        Study::Steady => expected(plan, request, (lengths.measure as f64, most), &looks),
        Study::Transient => (
            looks[0],
            lengths.measure as f64,
            "arithmetic does not know how much a window of time varies".to_owned(),
        ),
    };
    let short = instants::planned(plan, request);
    let trial = trial(plan, request, &lengths.span());
    let threads = batch::threads(request);
    let per_second = trial.map_or_else(
        || plan.load.root_rate * plan.load.calls_per_root.max(1.0) * EVENTS_PER_CALL,
        |trial| trial.events as f64 / trial.simulated,
    );
    let work = |replications: u32, measured: f64, short: Option<(u32, u64)>| {
        let each = (lengths.warm_up as f64 + measured) / 1e9;
        let short = short.map_or(0.0, |(many, latest)| f64::from(many) * latest as f64 / 1e9);
        let simulated = each * f64::from(replications) + short;
        let rounds = f64::from(replications.div_ceil(threads as u32));
        let time = rounds * each + short / threads as f64;
        Work {
            requests: simulated * plan.load.root_rate,
            events: simulated * per_second,
            seconds: trial.map(|trial| time * trial.wall / trial.simulated),
        }
    };
    let mut reasons = lengths.reasons.clone();
    reasons.extend(short.map(|(first, last, latest)| {
        format!(
            "States at single instants take {} to {} replications of {} more.",
            words::number(f64::from(first)),
            words::number(f64::from(last)),
            words::time(latest as f64 / 1e9)
        )
    }));
    if measured > lengths.measure as f64 {
        reasons.push(format!(
            "For the precision asked they will go on, to measure some {}.",
            words::time(measured / 1e9)
        ));
    }
    Forecast {
        format: FORECAST_FORMAT.to_owned(),
        model: plan.name.clone(),
        file,
        study: match lengths.study {
            Study::Steady => "steady".to_owned(),
            Study::Transient => "transient".to_owned(),
        },
        warm_up: lengths.warm_up as f64 / 1e9,
        measured: lengths.measure as f64 / 1e9,
        precision: request.precision,
        expected,
        because,
        likely: work(
            expected,
            measured,
            short.map(|(first, _, latest)| (first, latest)),
        ),
        most: work(
            looks[looks.len() - 1],
            most,
            short.map(|(_, last, latest)| (last, latest)),
        ),
        reasons,
        looks,
        trial,
        threads,
    }
}

/// How long a replication measures at most \[ns\]: those that are not precise go on while their warm-up is much of the work.
fn longest(plan: &Plan, request: &Request, lengths: &Lengths) -> f64 {
    let measure = lengths.measure as f64;
    if request.duration.is_some() || lengths.study == Study::Transient {
        return measure;
    }
    let allowed = length::allowed(lengths.events, length::events_per_ns(plan));
    let enough = study::MANY_WARM_UPS as f64 * lengths.warm_up as f64;
    measure.max(enough.min(allowed - lengths.warm_up as f64))
}

/// The look at which the precision asked for ought to be reached, how long replications will measure then \[ns\], and why.
fn expected(
    plan: &Plan,
    request: &Request,
    (measure, most): (f64, f64),
    looks: &[u32],
) -> (u32, f64, String) {
    let hardest = metric::wanted(plan)
        .into_iter()
        .map(|(_, metric)| (difficulty(metric), metric))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(difficulty, _)| *difficulty > 0.0);
    let (Some((difficulty, metric)), Some(slowest)) = (hardest, plan.load.slowest) else {
        return (
            looks[0],
            measure,
            "nothing is asked for that depends on a queue".to_owned(),
        );
    };
    let (load, visits) = bottleneck(plan, slowest);
    let wanted = requests(load, request.precision) * difficulty;
    let time = wanted / visits * 1e9;
    let measure = (time / f64::from(looks[0])).clamp(measure, most);
    let replications = time / measure;
    let last = looks[looks.len() - 1];
    let look = looks
        .iter()
        .copied()
        .find(|&look| f64::from(look) >= replications);
    let name = component::component_name(plan, slowest);
    let because = format!(
        "at `{name}`, {} busy, about {} requests tell the {} to ±{}",
        words::share(load),
        words::number(wanted),
        metric::word(metric),
        words::share(request.precision)
    );
    match look {
        Some(look) => (look, measure, because),
        None => (
            last,
            measure,
            format!(
                "{because}: more than {last} replications hold, so the precision will not be reached"
            ),
        ),
    }
}

/// Requests at a single queue of this load that tell its mean latency to a relative half-width of `precision` with 95 %:
/// (1.96/ε)² · 2(1+ρ)/(1-ρ)² (Whitt 1989 for the queue; waiting is most of the latency where it matters).
fn requests(load: f64, precision: f64) -> f64 {
    let (tries, rest) = (1.96 / precision, 1.0 - load);
    tries * tries * 2.0 * (1.0 + load) / (rest * rest)
}

/// How many times the requests for the mean a metric takes (measured on M/M/1: p99 4.3 to 4.9, p99.9 18 to 23); 0 for what hardly
/// depends on queues.
fn difficulty(metric: Metric) -> f64 {
    match metric {
        Metric::Mean | Metric::Lag | Metric::LagTime => 1.0,
        Metric::Percentile(p) if p <= 0.9 => 1.0,
        Metric::Percentile(p) if p <= 0.95 => 2.0,
        Metric::Percentile(p) if p <= 0.99 => 5.0,
        Metric::Percentile(p) if p <= 0.999 => 20.0,
        Metric::Percentile(_) => 100.0,
        Metric::Max
        | Metric::Success
        | Metric::Throughput
        | Metric::Cost
        | Metric::Utilisation
        | Metric::Stale => 0.0,
    }
}

/// Utilisation of one replica of a component, at most 98 %, and its visits per second.
fn bottleneck(plan: &Plan, id: ComponentId) -> (f64, f64) {
    let processors = plan.processors.iter().zip(&plan.load.processor_load);
    let processors = processors.filter(|(row, _)| row.component == id);
    let stations = plan.stations.iter().zip(&plan.load.station_load);
    let stations = stations.filter(|(row, _)| row.component == id);
    let load = processors
        .map(|(_, load)| *load)
        .chain(stations.map(|(_, load)| *load))
        .fold(0.0, f64::max);
    let endpoints = plan.endpoints.iter().zip(&plan.load.endpoint_rate);
    let visits: f64 = endpoints
        .filter(|(row, _)| row.component == id)
        .map(|(_, rate)| rate)
        .sum();
    let replicas = f64::from(plan.components[id.index()].replicas.max(1));
    (load.min(0.98), (visits / replicas).max(1e-9))
}

/// The first events of a replication, timed; nothing when it was stopped or is too short for that.
fn trial(plan: &Plan, request: &Request, span: &Span) -> Option<Trial> {
    let whole = Span { from: 0, ..*span };
    let stop = || request.stop.load(Ordering::Relaxed);
    let clock = Instant::now();
    let (events, simulated) = measure::try_out(plan, request.seed, &whole, TRIAL, &stop)?;
    let wall = clock.elapsed().as_secs_f64();
    (events > 0 && simulated > 0).then(|| Trial {
        events,
        wall,
        simulated: simulated as f64 / 1e9,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::super::study::conduct;
    use super::*;
    use crate::analysis::synthetic;

    #[test]
    fn a_queue_takes_the_requests_of_the_books() {
        // M/M/1 at 80 %, 5 %: 1,537 · 90; measured with such replications: 0.75 M for p99.
        assert!((requests(0.8, 0.05) / 138_298.0 - 1.0).abs() < 1e-3);
        let p99 = requests(0.8, 0.05) * difficulty(Metric::Percentile(0.99));
        assert!((0.6e6..0.8e6).contains(&p99), "{p99}");
    }

    #[test]
    fn what_is_expected_is_about_what_happens() {
        let plan = synthetic::plan(80.0, 1e7);
        let request = Request::default();
        let forecast = forecast(&plan, &request, "x.yaml".into());
        let made = conduct(&[&plan], &request, &Silent, &super::super::batch::Engines).remove(0);
        assert_eq!((forecast.warm_up * 1e9) as u64, made.warm_up);
        assert!((forecast.measured * 1e9) as u64 <= made.measured);
        assert!(made.reasons.starts_with(&forecast.reasons[..2]));
        let events: u64 = made.tallies.iter().map(|tally| tally.events).sum();
        let times = events as f64 / forecast.likely.events;
        assert!(
            (0.4..2.5).contains(&times),
            "{times} times what was expected"
        );
        assert!(forecast.most.events > forecast.likely.events);
        assert!(forecast.trial.is_some_and(|trial| trial.events > 1_000));
    }

    #[test]
    fn what_is_asked_for_is_expected() {
        let plan = synthetic::plan(80.0, 1e7);
        let request = Request {
            replications: Some(7),
            ..Request::default()
        };
        let forecast = forecast(&plan, &request, String::new());
        assert_eq!((forecast.expected, forecast.looks), (7, vec![7]));
        let far = Request {
            precision: 1e-4,
            ..Request::default()
        };
        let forecast = super::forecast(&plan, &far, String::new());
        assert_eq!(forecast.expected, crate::analysis::looks::LAST);
        assert!(forecast.because.contains("will not be reached"));
    }
}
