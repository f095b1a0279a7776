//! Any metric of anything, as a sample: what objectives, the precision loop and comparisons all ask for.

use super::bill;
use super::components;
use super::estimate::Sample;
use super::flow::Flow;
use super::groups;
use super::outcome::Outcome;
use super::section::Flaw;
use crate::plan::{EndpointId, EntryId, Metric, Objective, Plan, Target};

/// Workloads with a smaller share of all requests do not decide how much work is done, unless an objective names them.
pub const NOTABLE_SHARE: f64 = 0.01;

/// The requests that a target names: whole requests for workloads, lines of a mix and the whole; calls for endpoints and components.
pub fn flow<'a>(plan: &Plan, outcome: &'a Outcome, target: &Target) -> Flow<'a> {
    let entries = |entries: Vec<EntryId>| {
        Flow::new(outcome, |tally| {
            entries
                .iter()
                .map(|entry| &tally.entries[entry.index()])
                .collect()
        })
    };
    let endpoints = |endpoints: Vec<EndpointId>| {
        Flow::new(outcome, |tally| {
            endpoints
                .iter()
                .map(|endpoint| &tally.endpoints[endpoint.index()])
                .collect()
        })
    };
    match target {
        Target::All => entries((0..plan.entries.len()).map(EntryId::from).collect()),
        Target::Workload(workload) => entries(plan.workloads[workload.index()].entries.clone()),
        Target::Entries(some) => entries(some.clone()),
        Target::Endpoint(endpoint) => endpoints(vec![*endpoint]),
        Target::Component(component) => {
            let of_it = |(id, endpoint): (usize, &crate::plan::Endpoint)| {
                (endpoint.component == *component && endpoint.shown).then(|| EndpointId::from(id))
            };
            endpoints(
                plan.endpoints
                    .iter()
                    .enumerate()
                    .filter_map(of_it)
                    .collect(),
            )
        }
    }
}

/// A metric of a target, in its own unit: s, share, 1/s or money per month. A largest value has a point and no interval; so has
/// a utilisation of anything but a component or its endpoint no value at all.
pub fn sample(plan: &Plan, outcome: &Outcome, target: &Target, metric: Metric) -> Sample {
    flawed(plan, outcome, target, metric).0
}

/// As [`sample`], with what is wrong with a percentile.
pub fn flawed(
    plan: &Plan,
    outcome: &Outcome,
    target: &Target,
    metric: Metric,
) -> (Sample, Option<Flaw>) {
    let nothing = || Sample::nothing(outcome.tallies.len());
    let sample = match metric {
        Metric::Mean => flow(plan, outcome, target).mean(),
        Metric::Percentile(p) => return flow(plan, outcome, target).percentile(p),
        Metric::Max => {
            let flow = flow(plan, outcome, target);
            Sample {
                value: (flow.sent() > 0).then(|| flow.largest()),
                ..nothing()
            }
        }
        Metric::Success => flow(plan, outcome, target).success(),
        Metric::Throughput => flow(plan, outcome, target).throughput(),
        Metric::Cost => match target {
            Target::Component(component) => {
                bill::of_component(plan, outcome, *component).unwrap_or_else(nothing)
            }
            _ => bill::total(plan, outcome),
        },
        Metric::Stale => super::copies::stale(plan, outcome, target),
        Metric::Lag | Metric::LagTime => match target {
            Target::Endpoint(endpoint) => match (groups::of(plan, *endpoint), metric) {
                (Some(group), Metric::Lag) => groups::lag(outcome, group),
                (Some(group), _) => groups::lag_time(outcome, group),
                (None, _) => nothing(),
            },
            _ => nothing(),
        },
        Metric::Utilisation => match target {
            Target::Component(component) => components::utilisation(plan, outcome, *component),
            Target::Endpoint(endpoint) => {
                components::utilisation(plan, outcome, plan.endpoints[endpoint.index()].component)
            }
            Target::All | Target::Workload(_) | Target::Entries(_) => nothing(),
        },
    };
    (sample, None)
}

/// What a run must be precise about: the metrics of the objectives; without any, mean and p99 of every workload. Money and largest
/// values are left out: the one hardly varies, the other never settles. A model without objectives whose values are known is judged by
/// these alone.
pub fn wanted(plan: &Plan) -> Vec<(Target, Metric)> {
    let mut wanted: Vec<(Target, Metric)> = Vec::new();
    for Objective { target, metric, .. } in &plan.objectives {
        if !matches!(metric, Metric::Cost | Metric::Max)
            && !wanted.contains(&(target.clone(), *metric))
        {
            wanted.push((target.clone(), *metric));
        }
    }
    if wanted.is_empty() && (plan.expectations.is_empty() || !plan.objectives.is_empty()) {
        for workload in 0..plan.workloads.len() {
            wanted.push((Target::Workload(workload.into()), Metric::Mean));
            wanted.push((Target::Workload(workload.into()), Metric::Percentile(0.99)));
        }
    }
    wanted
}

/// As [`wanted`], less the workloads that nobody named and that hardly ask: they have what intervals they get.
pub fn asked(plan: &Plan, outcome: &Outcome) -> Vec<(Target, Metric)> {
    let sent = |target: &Target| flow(plan, outcome, target).sent() as f64;
    let least = NOTABLE_SHARE * sent(&Target::All);
    let is_named = |row: &(Target, Metric)| {
        let mut objectives = plan.objectives.iter();
        objectives.any(|objective| (&objective.target, objective.metric) == (&row.0, row.1))
    };
    let mut wanted = wanted(plan);
    wanted.retain(|row| is_named(row) || sent(&row.0) >= least);
    wanted
}

/// The word for a metric: `p99`, `mean`, `utilisation`.
pub fn word(metric: Metric) -> String {
    match metric {
        Metric::Mean => "mean".to_owned(),
        Metric::Percentile(p) => {
            let digits = format!("{:.2}", p * 100.0);
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            // `p999` is what everybody says; `p125` would be read as a hundred and twenty-five.
            if digits.starts_with("99.") {
                format!("p{}", digits.replace('.', ""))
            } else {
                format!("p{digits}")
            }
        }
        Metric::Max => "max".to_owned(),
        Metric::Success => "success".to_owned(),
        Metric::Throughput => "throughput".to_owned(),
        Metric::Cost => "cost".to_owned(),
        Metric::Utilisation => "utilisation".to_owned(),
        Metric::Stale => "stale".to_owned(),
        Metric::Lag => "lag".to_owned(),
        Metric::LagTime => "lag-time".to_owned(),
    }
}

/// The unit of a metric.
pub fn unit(plan: &Plan, metric: Metric) -> String {
    match metric {
        Metric::Mean | Metric::Percentile(_) | Metric::Max | Metric::LagTime => "s".to_owned(),
        Metric::Lag => String::new(),
        Metric::Success | Metric::Utilisation | Metric::Stale => "share".to_owned(),
        Metric::Throughput => "1/s".to_owned(),
        Metric::Cost => format!("{}/month", bill::currency(plan)),
    }
}

/// The name of a target as the model writes it.
pub fn name(plan: &Plan, target: &Target) -> String {
    match target {
        Target::All => "all".to_owned(),
        Target::Workload(workload) => plan.workloads[workload.index()].name.clone(),
        Target::Entries(entries) => {
            let mut names: Vec<&str> = entries
                .iter()
                .map(|entry| plan.entries[entry.index()].name.as_str())
                .collect();
            names.dedup();
            names.join(", ")
        }
        Target::Endpoint(endpoint) => crate::plan::component::endpoint_name(plan, *endpoint),
        Target::Component(component) => {
            crate::plan::component::component_name(plan, *component).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_have_the_words_of_models() {
        for (p, word_for) in [
            (0.5, "p50"),
            (0.95, "p95"),
            (0.99, "p99"),
            (0.999, "p999"),
            (0.9999, "p9999"),
            (0.125, "p12.5"),
            (0.29, "p29"),
        ] {
            assert_eq!(word(Metric::Percentile(p)), word_for);
        }
    }
}
