//! What two plans have in common, by name.

use super::Side;
use super::row::{Row, What};
use crate::analysis::estimate::Sample;
use crate::analysis::{Regime, Status, bill, components, metric};
use crate::plan::{Capacity, ComponentId, Metric, Plan, Target, component};

/// The target of the same name in another plan.
pub fn counterpart(plan: &Plan, target: &Target, other: &Plan) -> Option<Target> {
    let position = |name: &str| {
        other
            .components
            .iter()
            .position(|component| component.name == name)
    };
    Some(match target {
        Target::All => Target::All,
        Target::Workload(id) => {
            let name = &plan.workloads[id.index()].name;
            Target::Workload(
                other
                    .workloads
                    .iter()
                    .position(|workload| workload.name == *name)?
                    .into(),
            )
        }
        Target::Entries(ids) => {
            let key = |plan: &Plan, entry: &crate::plan::Entry| {
                (
                    plan.workloads[entry.workload.index()].name.clone(),
                    entry.name.clone(),
                )
            };
            let same = |id: &crate::plan::EntryId| {
                let wanted = key(plan, &plan.entries[id.index()]);
                Some(
                    other
                        .entries
                        .iter()
                        .position(|entry| key(other, entry) == wanted)?
                        .into(),
                )
            };
            Target::Entries(ids.iter().map(same).collect::<Option<_>>()?)
        }
        Target::Endpoint(id) => {
            let endpoint = &plan.endpoints[id.index()];
            let owner = position(component::component_name(plan, endpoint.component))?;
            let same = |theirs: &crate::plan::Endpoint| {
                theirs.component.index() == owner && theirs.name == endpoint.name
            };
            Target::Endpoint(other.endpoints.iter().position(same)?.into())
        }
        Target::Component(id) => {
            Target::Component(position(component::component_name(plan, *id))?.into())
        }
    })
}

/// A metric of a target of the first side, on both sides.
pub fn pair(
    first: Side,
    second: Side,
    target: &Target,
    metric: Metric,
) -> Option<(Sample, Sample)> {
    let theirs = counterpart(first.0, target, second.0)?;
    Some((known(first, target, metric), known(second, &theirs, metric)))
}

/// What is known of a metric of one side. What is done of a load that cannot be served is known, and no merit.
fn known((plan, outcome): Side, target: &Target, metric: Metric) -> Sample {
    let sample = metric::sample(plan, outcome, target, metric);
    if metric == Metric::Throughput && outcome.regime == Regime::Overload {
        sample.under(Status::Unstable)
    } else {
        sample
    }
}

/// What is compared of a plan: requests of its workloads, its objectives, how busy its components are, and what they cost.
fn wanted(plan: &Plan) -> Vec<(Target, Metric)> {
    let of_requests = [
        Metric::Percentile(0.5),
        Metric::Percentile(0.95),
        Metric::Percentile(0.99),
        Metric::Mean,
        Metric::Success,
        Metric::Throughput,
    ];
    let mut wanted: Vec<(Target, Metric)> = Vec::new();
    for workload in 0..plan.workloads.len() {
        wanted.extend(of_requests.map(|metric| (Target::Workload(workload.into()), metric)));
    }
    for objective in &plan.objectives {
        let mut pair = (objective.target.clone(), objective.metric);
        // A workload under another name is still that workload.
        if let (Target::All, [_]) = (&pair.0, plan.workloads.as_slice()) {
            pair.0 = Target::Workload(0_usize.into());
        }
        if !matches!(pair.1, Metric::Max | Metric::Cost | Metric::Utilisation)
            && !wanted.contains(&pair)
        {
            wanted.push(pair);
        }
    }
    for id in (0..plan.components.len()).map(ComponentId::from) {
        let both = [Metric::Utilisation, Metric::Cost].into_iter();
        let known = both.filter(|metric| has(plan, &Target::Component(id), *metric));
        wanted.extend(known.map(|metric| (Target::Component(id), metric)));
    }
    if has(plan, &Target::All, Metric::Cost) {
        wanted.push((Target::All, Metric::Cost));
    }
    wanted
}

/// Whether a number that not every component has is there to be compared.
fn has(plan: &Plan, target: &Target, metric: Metric) -> bool {
    match (metric, target) {
        (Metric::Utilisation, Target::Component(id)) => limited(plan, *id),
        (Metric::Cost, Target::Component(id)) => bill::of_machines(plan, *id).is_some(),
        (Metric::Cost, _) => !bill::currency(plan).is_empty(),
        _ => true,
    }
}

fn what(plan: &Plan, target: &Target, metric: Metric) -> What {
    What {
        of: metric::name(plan, target),
        metric: metric::word(metric),
        unit: metric::unit(plan, metric),
    }
}

/// What is compared of a plan, with all that is known of it.
pub(super) fn samples(of: Side) -> Vec<(What, Sample)> {
    let plan = of.0;
    let sample = |(target, metric): (Target, Metric)| {
        let sample = known(of, &target, metric);
        (what(plan, &target, metric), sample)
    };
    wanted(plan).into_iter().map(sample).collect()
}

pub(super) fn rows(first: Side, second: Side) -> Vec<Row> {
    let (plan, other) = (first.0, second.0);
    let row = |(target, metric): (Target, Metric)| {
        let theirs = counterpart(plan, &target, other)?;
        let same_unit = metric::unit(plan, metric) == metric::unit(other, metric);
        if !has(other, &theirs, metric) || !same_unit {
            return None;
        }
        let (first, second) = pair(first, second, &target, metric)?;
        Some(Row::paired(what(plan, &target, metric), &first, &second))
    };
    wanted(plan).into_iter().filter_map(row).collect()
}

/// Whether a component has processors, all with a limit.
fn limited(plan: &Plan, id: ComponentId) -> bool {
    let mut its = plan
        .processors
        .iter()
        .filter(|processor| processor.component == id)
        .peekable();
    its.peek().is_some() && its.all(|processor| processor.cores != Capacity::Unlimited)
}

/// What is in one and not in the other, a sentence each.
pub(super) fn only(first: &Plan, second: &Plan) -> Vec<String> {
    let names = |plan: &Plan| -> Vec<String> {
        let workloads = plan
            .workloads
            .iter()
            .map(|workload| format!("workload `{}`", workload.name));
        let components = plan
            .components
            .iter()
            .map(|component| format!("{} `{}`", components::kind(component.kind), component.name));
        workloads.chain(components).collect()
    };
    missing(&names(first), &names(second))
}

/// What one of two lists lacks, a sentence each.
pub(super) fn missing(first: &[String], second: &[String]) -> Vec<String> {
    let missing = |from: &[String], side: &str, other: &[String]| -> Vec<String> {
        from.iter()
            .filter(|name| !other.contains(name))
            .map(|name| format!("{name} is only in the {side}"))
            .collect()
    };
    [
        missing(first, "first", second),
        missing(second, "second", first),
    ]
    .concat()
}
