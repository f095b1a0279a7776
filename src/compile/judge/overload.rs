//! Components that are asked for more than they can do.

use super::super::demand::Demand;
use super::super::draft::Draft;
use super::super::graph::Graph;
use crate::plan::{Capacity, ComponentId, Limited, Plan};
use crate::source::codes;
use crate::units::format;
use std::collections::BTreeSet;

/// Components that open workloads ask for more than they can do.
pub(super) fn overload(draft: &mut Draft<'_>, graph: &Graph, demand: &Demand) {
    let behind = behind_limits(draft, graph);
    for (position, load) in demand
        .open_load
        .iter()
        .enumerate()
        .filter(|(position, load)| **load > 1.0 && !behind.contains(position))
    {
        let name = draft.names.known[position].name;
        let own = draft
            .plan
            .processors
            .iter()
            .zip(&demand.load.processor_load);
        let by_cpu = own
            .filter(|(row, load)| row.component.index() == position && **load > 1.0)
            .count()
            > 0;
        let what = if by_cpu {
            processor_words(&draft.plan, position)
        } else {
            "slots".to_owned()
        };
        let message = format!(
            "`{}` is asked for {} of what its {what} can do: its queue grows without end",
            name.value,
            format::percent(*load)
        );
        let hint = format!(
            "it keeps up to {} of this load",
            format::percent(1.0 / load)
        );
        draft.complain_with(codes::OVERLOAD, name.place, message, hint);
    }
}

fn processor_words(plan: &Plan, position: usize) -> String {
    let own: Vec<f64> = plan
        .processors
        .iter()
        .filter(|row| row.component.index() == position)
        .filter_map(|row| match row.cores {
            Capacity::Cores(cores) => Some(cores),
            Capacity::Unlimited => None,
        })
        .collect();
    let total: f64 = own.iter().sum();
    if (total - 1.0).abs() < 1e-9 {
        "1 core".to_owned()
    } else {
        format!("{} cores", (total * 1e6).round() / 1e6)
    }
}

/// Components whose load may be less than what is asked for, since a rate limit stands before them or before those who ask them: how
/// much it lets through is not followed here.
fn behind_limits(draft: &Draft<'_>, graph: &Graph) -> BTreeSet<usize> {
    let plan = &draft.plan;
    let mut open = Vec::new();
    for limit in &plan.guards.limits {
        match limit.before {
            Limited::Call(id) => {
                open.extend(
                    graph
                        .of_endpoint
                        .get(plan.calls[id.index()].endpoint.index()),
                );
            }
            Limited::Component(id) => open.extend(programs_of(plan, graph, id)),
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(number) = open.pop() {
        if number < graph.next.len() && seen.insert(number) {
            open.extend(graph.next[number].iter().map(|(to, _)| *to));
        }
    }
    let endpoints = graph.of_endpoint.iter().zip(&plan.endpoints);
    let mut behind: BTreeSet<usize> = endpoints
        .filter(|(number, _)| seen.contains(number))
        .map(|(_, endpoint)| endpoint.component.index())
        .collect();
    let own = plan
        .stations
        .iter()
        .filter(|row| behind.contains(&row.component.index()));
    let hosts: Vec<usize> = own
        .filter_map(|row| plan.processors.get(row.processor.index()))
        .map(|processor| processor.component.index())
        .collect();
    behind.extend(hosts);
    behind
}

fn programs_of(plan: &Plan, graph: &Graph, component: ComponentId) -> Vec<usize> {
    let endpoints = plan.endpoints.iter().zip(&graph.of_endpoint);
    let own = endpoints.filter(|(endpoint, _)| endpoint.component == component);
    own.map(|(_, number)| *number).collect()
}
