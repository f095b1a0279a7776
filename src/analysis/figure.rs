//! Every number that an expectation can be about, with its interval.

use std::borrow::Cow;

use super::components;
use super::copies;
use super::estimate::Sample;
use super::flow::Flow;
use super::functions;
use super::law::Law;
use super::outcome::{Outcome, Study};
use super::presence::{Crowd, Moment};
use super::result::Estimate;
use super::section::{Flaw, Section};
use super::{bill, metric};
use crate::measure::{Histogram, Served, StationTally, Tally, Times, watch};
use crate::plan::{Claim, ComponentId, EndpointId, Figure, Metric, Plan, Statistic, Target};
use crate::policy::Cause;

/// The number of the expectation at this position, with its interval at a level, and what is wrong with it.
pub fn estimate(
    plan: &Plan,
    outcome: &Outcome,
    position: usize,
    level: f64,
) -> (Estimate, Option<Flaw>) {
    let row = &plan.expectations[position];
    let target = &row.target;
    if row.at.is_some() {
        let counts = outcome.instants.counts.get(position);
        return (
            at_an_instant(counts.map_or(&[], Vec::as_slice), row.figure, level),
            None,
        );
    }
    // A bound on the largest is about all that were seen.
    let study = match row.claim {
        Claim::Is(_) => outcome.study,
        Claim::Bounded(_) => Study::Steady,
    };
    let (sample, flaw) = match (row.figure, target) {
        (Figure::InSystem(Statistic::Percentile(p)), _) => {
            let crowd = crowd(plan, outcome, target);
            let nothing = || Sample::nothing(0).estimate_at(level);
            return (
                crowd.map_or_else(nothing, |crowd| crowd.quantile(p, level)),
                None,
            );
        }
        (Figure::Latency(statistic), _) => {
            let flow = metric::flow(plan, outcome, target);
            of_law(flow.latency(), statistic, study)
        }
        (Figure::Wait(statistic), _) => of_law(
            &law(plan, outcome, target, |served| &served.wait),
            statistic,
            study,
        ),
        (Figure::Service(statistic), _) => of_law(
            &law(plan, outcome, target, |served| &served.service),
            statistic,
            study,
        ),
        (figure, _) => {
            // What is known is known of a steady state.
            let sample = plain(plan, outcome, target, figure);
            (sample.under(outcome.status()), None)
        }
    };
    (sample.estimate_at(level), flaw)
}

/// The unit of a figure: `s`, `share`, `1/s`, money per month, or none.
pub fn unit(plan: &Plan, figure: Figure) -> String {
    match figure {
        Figure::Latency(_) | Figure::Wait(_) | Figure::Service(_) | Figure::LagTime => {
            "s".to_owned()
        }
        Figure::AtLeast(_)
        | Figure::Waits
        | Figure::Success
        | Figure::Cpu
        | Figure::Slots
        | Figure::Failed(_)
        | Figure::ColdStarts
        | Figure::Stale
        | Figure::ByteHit
        | Figure::Hit => "share".to_owned(),
        Figure::Throughput | Figure::Goodput => "1/s".to_owned(),
        Figure::Cost => metric::unit(plan, Metric::Cost),
        Figure::Lag
        | Figure::InSystem(_)
        | Figure::Queue
        | Figure::Amplification
        | Figure::Held
        | Figure::Imbalance
        | Figure::Instances => String::new(),
    }
}

/// What is no percentile.
fn plain(plan: &Plan, outcome: &Outcome, target: &Target, figure: Figure) -> Sample {
    let nothing = || Sample::nothing(outcome.tallies.len());
    let flow = || metric::flow(plan, outcome, target);
    match (figure, target) {
        (Figure::Stale, _) => copies::stale(plan, outcome, target),
        (Figure::Lag | Figure::LagTime, Target::Endpoint(endpoint)) => {
            let metric = if figure == Figure::Lag {
                Metric::Lag
            } else {
                Metric::LagTime
            };
            metric::sample(plan, outcome, &Target::Endpoint(*endpoint), metric)
        }
        (Figure::Waits, _) => waits(plan, outcome, target),
        (Figure::Throughput, Target::Endpoint(_) | Target::Component(_)) => {
            finished(plan, outcome, target)
        }
        (Figure::Throughput | Figure::Goodput, _) => flow().throughput(),
        (Figure::Success, _) => flow().success(),
        (Figure::Amplification, _) => amplification(plan, outcome, target),
        (Figure::Failed(cause), Target::Component(component)) => {
            turned_away(plan, outcome, *component, cause)
        }
        (Figure::Failed(cause), _) => failures(&flow(), cause),
        (Figure::InSystem(statistic), _) => match (crowd(plan, outcome, target), statistic) {
            (Some(crowd), Statistic::Mean) => crowd.mean(),
            (Some(crowd), Statistic::Deviation) => crowd.deviation(),
            _ => nothing(),
        },
        (Figure::AtLeast(number), _) => {
            crowd(plan, outcome, target).map_or_else(nothing, |crowd| crowd.at_least(number))
        }
        (figure, Target::Component(component)) => of_component(plan, outcome, *component, figure),
        _ => nothing(),
    }
}

/// How many are present somewhere, if that is watched.
fn crowd(plan: &Plan, outcome: &Outcome, target: &Target) -> Option<Crowd> {
    Crowd::of(outcome, watch::place(plan, target)?)
}

fn of_component(plan: &Plan, outcome: &Outcome, id: ComponentId, figure: Figure) -> Sample {
    let nothing = || Sample::nothing(outcome.tallies.len());
    match figure {
        Figure::Queue => components::queue(plan, outcome, id),
        Figure::Cpu => components::utilisation(plan, outcome, id),
        Figure::Slots => components::occupancy(plan, outcome, id).unwrap_or_else(nothing),
        Figure::Hit => components::hit(plan, outcome, id),
        Figure::ByteHit => components::byte_hit(plan, outcome, id).unwrap_or_else(nothing),
        Figure::Held => components::held(plan, outcome, id),
        Figure::Imbalance => components::imbalance_of(plan, outcome, id),
        Figure::Instances => functions::instances(plan, outcome, id),
        Figure::ColdStarts => functions::cold_starts(plan, outcome, id),
        Figure::Cost => bill::of_component(plan, outcome, id).unwrap_or_else(nothing),
        _ => nothing(),
    }
}

fn at_an_instant(counts: &[u64], figure: Figure, level: f64) -> Estimate {
    let moment = Moment(counts);
    match figure {
        Figure::InSystem(Statistic::Mean) | Figure::Lag => moment.mean().estimate_at(level),
        Figure::InSystem(Statistic::Deviation) => moment.deviation().estimate_at(level),
        Figure::InSystem(Statistic::Percentile(p)) => moment.quantile(p, level),
        Figure::AtLeast(number) => moment.at_least(number, level),
        _ => Sample::nothing(0).estimate_at(level),
    }
}

fn of_law(law: &Law, statistic: Statistic, study: Study) -> (Sample, Option<Flaw>) {
    match statistic {
        Statistic::Mean => (law.mean(), None),
        Statistic::Deviation => (law.deviation(), None),
        Statistic::Percentile(p) => law.percentile(p),
        Statistic::Max => (law.extreme(study), None),
    }
}

/// Times of calls that were watched.
fn law<'a>(
    plan: &Plan,
    outcome: &'a Outcome,
    target: &Target,
    of: impl Fn(&'a Served) -> &'a Times,
) -> Law<'a> {
    let endpoints = watch::endpoints(plan, target);
    let each = |tally: &'a Tally| {
        let times: Vec<&Times> = watched(tally, &endpoints).map(&of).collect();
        let moments = times.iter().fold((0.0, 0.0, 0.0), |sum, times| {
            let own = &times.moments;
            (
                sum.0 + own.count as f64,
                sum.1 + own.sum as f64,
                sum.2 + own.squares as f64,
            )
        });
        let histogram = if let [one] = times.as_slice() {
            Cow::Borrowed(&one.histogram)
        } else {
            let mut merged = Histogram::default();
            for times in &times {
                merged.merge(&times.histogram);
            }
            Cow::Owned(merged)
        };
        (
            moments,
            Section {
                histogram,
                above: 0,
            },
        )
    };
    Law::new(outcome, outcome.tallies.iter().map(each).collect())
}

fn watched<'a>(tally: &'a Tally, endpoints: &[EndpointId]) -> impl Iterator<Item = &'a Served> {
    let rows = endpoints
        .iter()
        .filter_map(|id| tally.watched.served.get(id.index())?.as_deref());
    rows.collect::<Vec<_>>().into_iter()
}

/// Share of calls served that waited.
fn waits(plan: &Plan, outcome: &Outcome, target: &Target) -> Sample {
    let endpoints = watch::endpoints(plan, target);
    outcome.share(
        |tally| watched(tally, &endpoints).map(|row| row.waited).sum(),
        |tally| {
            watched(tally, &endpoints)
                .map(|row| row.wait.moments.count)
                .sum()
        },
    )
}

/// Calls that were answered well per second, whether or not somebody still waited.
fn finished(plan: &Plan, outcome: &Outcome, target: &Target) -> Sample {
    let endpoints = watch::endpoints(plan, target);
    let seconds = outcome.seconds();
    outcome.rate(|tally| {
        let calls = endpoints.iter().map(|id| &tally.endpoints[id.index()]);
        calls.map(|row| row.done + row.late).sum::<u64>() as f64 / seconds
    })
}

/// Attempts over first attempts.
fn amplification(plan: &Plan, outcome: &Outcome, target: &Target) -> Sample {
    let endpoints = watch::endpoints(plan, target);
    let sent = |tally: &Tally| -> u64 {
        let sent = endpoints.iter().map(|id| tally.endpoints[id.index()].sent);
        sent.sum()
    };
    let retried = |tally: &Tally| -> u64 {
        let retried = &tally.watched.retried;
        let counts = endpoints.iter().filter_map(|id| retried.get(id.index()));
        counts.sum()
    };
    outcome.ratio(
        |tally| sent(tally) as f64,
        |tally| sent(tally).saturating_sub(retried(tally)) as f64,
    )
}

fn failures(flow: &Flow, cause: Cause) -> Sample {
    flow.failures(cause as usize).1
}

/// Share of arrivals at a component that were turned away or left.
fn turned_away(plan: &Plan, outcome: &Outcome, id: ComponentId, cause: Cause) -> Sample {
    let component = &plan.components[id.index()];
    let count = |of: fn(&StationTally) -> u64| {
        move |tally: &Tally| {
            let rows = component.stations();
            rows.map(|station| of(&tally.stations[station.index()]))
                .sum::<u64>()
        }
    };
    let hits = match cause {
        Cause::Refused => count(|row| row.refused),
        _ => count(|row| row.abandoned),
    };
    outcome.share(hits, count(|row| row.arrived))
}
