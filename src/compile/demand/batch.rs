//! How many messages a batch has: those that come while its first one waits, or while the batch before it is at work.
//!
//! Batches grow with the load up to what they may be at most, so that a group is only overloaded if it is with full batches.

use super::super::draft::{Draft, Owner};
use super::super::graph::Graph;
use super::SECOND;
use super::walk::Walked;
use crate::plan::{Delivery, component};
use crate::source::codes;
use crate::units::format;

/// The mean batch of each group at a rate of messages \[1/s\] by group.
pub(super) fn batches(
    draft: &Draft<'_>,
    graph: &Graph,
    rates: &[f64],
    walked: &[Walked],
) -> Vec<f64> {
    let plan = &draft.plan;
    let of = |(group, rate): (&crate::plan::Group, &f64)| {
        let partitions = plan.topics[group.topic.index()].partitions;
        let run = plan.calls[group.run.index()].endpoint;
        let program = walked.get(graph.of_endpoint[run.index()]);
        let at_work = program.map_or(0.0, |walked| walked.holding);
        let meanwhile = (group.wait as f64).max(at_work) / SECOND;
        (1.0 + rate / f64::from(partitions) * meanwhile).min(f64::from(group.most))
    };
    plan.groups.iter().zip(rates).map(of).collect()
}

/// Warns of groups to which more messages come than their partitions, or the consumers of a queue, can pass on one after the other.
pub(super) fn crowded(draft: &mut Draft<'_>, graph: &Graph, rates: &[f64], walked: &[Walked]) {
    let full = batches(draft, graph, &vec![f64::INFINITY; rates.len()], walked);
    for (group, rate) in rates.iter().enumerate() {
        let plan = &draft.plan;
        let row = &plan.groups[group];
        let run = plan.calls[row.run.index()].endpoint;
        let service = plan.endpoints[run.index()].component;
        let (side_by_side, what) = match row.delivery {
            Delivery::InOrder { .. } => (
                f64::from(plan.topics[row.topic.index()].partitions),
                "each partition has one batch at a time",
            ),
            Delivery::Competing { in_flight, .. } => (
                f64::from(in_flight) * f64::from(plan.components[service.index()].replicas),
                "each consumer has so many messages at once",
            ),
        };
        let holding = walked
            .get(graph.of_endpoint[run.index()])
            .map_or(0.0, |walked| walked.holding);
        let most = side_by_side * full[group] / holding.max(1.0) * SECOND;
        if *rate > most {
            let name = component::endpoint_name(plan, row.messages);
            let (comes, most) = (format::rate(*rate), format::rate(most));
            let message = format!(
                "{comes} messages come to `{name}`, which passes on {most} at most: {what}"
            );
            let component = plan.topics[row.topic.index()].component;
            let place = draft.names.get(component).name.place;
            let hint =
                "more partitions or consumers, larger batches, or less waiting in what is run";
            draft.complain_with(codes::OVERLOAD, place, message, hint);
        }
    }
}

/// How many messages the requests are for that make a demand, by demand: those of the programs that groups run.
pub(super) fn by_demand(draft: &Draft<'_>, batches: &[f64]) -> Vec<f64> {
    use crate::plan::Step;
    let plan = &draft.plan;
    let mut by_demand = vec![1.0; plan.demands.len()];
    for program in &draft.programs {
        let Owner::Endpoint(endpoint) = program.owner else {
            continue;
        };
        let runs = |group: &crate::plan::Group| {
            plan.calls
                .get(group.run.index())
                .is_some_and(|call| call.endpoint == endpoint)
        };
        let Some(group) = plan.groups.iter().position(runs) else {
            continue;
        };
        for step in &plan.steps[program.first..program.end] {
            if let Step::Compute(demand) | Step::Work(demand) | Step::Sleep(demand) = *step
                && let Some(batch) = by_demand.get_mut(demand.index())
            {
                *batch = batches[group];
            }
        }
    }
    by_demand
}
