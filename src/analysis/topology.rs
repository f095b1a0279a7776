//! Who calls whom, how often: the calls that were counted, by the programs that make them.

use std::collections::BTreeMap;

use super::callers::{Program, made};
use super::outcome::Outcome;
use super::result::EdgeResult;
use crate::plan::Plan;
use crate::plan::component::component_name;

/// One edge per pair of caller and callee between which calls were made, in order of their names.
pub fn edges(plan: &Plan, outcome: &Outcome) -> Vec<EdgeResult> {
    let seconds = outcome.seconds() * outcome.tallies.len() as f64;
    let mut rates: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (call, from) in callers(plan).into_iter().enumerate() {
        let count: u64 = outcome
            .tallies
            .iter()
            .map(|tally| tally.calls.get(call).copied().unwrap_or(0))
            .sum();
        // A message that is in is no call of anybody: nobody's program makes it.
        if count > 0 && seconds > 0.0 && !from.is_empty() {
            let callee = plan.endpoints[plan.calls[call].endpoint.index()].component;
            let to = plan.components[callee.index()].name.clone();
            *rates.entry((from, to)).or_default() += count as f64 / seconds;
        }
    }
    rates
        .into_iter()
        .map(|((from, to), rate)| EdgeResult { from, to, rate })
        .collect()
}

/// The caller of every call: a component or a workload; several when they share a program.
fn callers(plan: &Plan) -> Vec<String> {
    let mut callers: Vec<Vec<&str>> = vec![Vec::new(); plan.calls.len()];
    for row in made(plan) {
        let name = match row.by {
            Program::Endpoint(id) => component_name(plan, plan.endpoints[id.index()].component),
            Program::Entry(id) => {
                let workload = plan.entries[id.index()].workload;
                plan.workloads[workload.index()].name.as_str()
            }
        };
        let names = &mut callers[row.call.index()];
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for group in plan.groups.iter().filter(|group| group.dead.is_some()) {
        let topic = plan.topics[group.topic.index()].component;
        callers[group.dead.index()].push(&plan.components[topic.index()].name);
    }
    callers.into_iter().map(|names| names.join(", ")).collect()
}
