//! How many messages a batch has: those that come while its first one waits, or while the batch before it is at work.
//!
//! Batches grow with the load up to what they may be at most, so that a group is only overloaded if it is with full batches.

use super::super::draft::{Draft, Owner};
use super::SECOND;
use super::timing::Timing;
use super::traffic::{Rates, Traffic};
use crate::plan::Group;

/// The mean batch of each group.
pub(super) fn batches(traffic: &Traffic<'_>, timing: &Timing, rates: &Rates) -> Vec<f64> {
    let plan = traffic.plan;
    let of = |group: &Group| {
        let partitions = plan.topics[group.topic.index()].partitions;
        let meanwhile = (group.wait as f64).max(at_work(traffic, timing, group)) / SECOND;
        let rate = messages(traffic, rates, group);
        (1.0 + rate / f64::from(partitions) * meanwhile).min(f64::from(group.most))
    };
    plan.groups.iter().map(of).collect()
}

/// Messages of a group per second.
pub(super) fn messages(traffic: &Traffic<'_>, rates: &Rates, group: &Group) -> f64 {
    let program = traffic.graph.of_endpoint[group.messages.index()];
    rates.program[program].iter().sum()
}

/// Time from a batch's setting out to its answer \[ns\]: for so long its partition, or a place of its consumer, is taken.
pub(super) fn at_work(traffic: &Traffic<'_>, timing: &Timing, group: &Group) -> f64 {
    let topic = &traffic.plan.topics[group.topic.index()];
    let first = traffic.plan.components[topic.component.index()].first;
    let station = traffic.plan.stations.get(first.index());
    let places = traffic.dealing.places;
    let place = station.map_or(0, |station| places.at(station.zone));
    timing.call(traffic, group.run, place)
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
