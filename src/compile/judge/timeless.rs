//! Closed workloads whose users can come round without any time passing.

use super::super::demand::{Demand, has_time};
use super::super::draft::Draft;
use super::super::graph::Graph;
use crate::plan::{Backoff, Load, Step};
use crate::source::codes;
use std::collections::BTreeSet;

/// Closed workloads whose users can come round without any time passing.
pub(super) fn timeless(draft: &mut Draft<'_>, graph: &Graph, demand: &Demand) {
    let model = draft.model;
    for (number, workload) in draft.plan.workloads.clone().iter().enumerate() {
        let Load::Closed { users, think, .. } = workload.load else {
            continue;
        };
        let thinks = draft
            .plan
            .demands
            .get(think.index())
            .is_some_and(|demand| demand.law.mean() > 0.0);
        if thinks {
            continue;
        }
        let place = model
            .workloads
            .iter()
            .find(|(name, _)| name.value == workload.name)
            .map_or(model.name.place, |(name, _)| name.place);
        if demand.cycles[number] <= 0.0 {
            let message = format!(
                "the users of `{}` come round in no time at all: nothing they ask for takes any, and they do not think",
                workload.name
            );
            draft.complain_with(
                codes::TIMELESS_LOOP,
                place,
                message,
                "give them `think: 1s`, or the endpoints some work",
            );
            continue;
        }
        let entries = workload
            .entries
            .iter()
            .map(|entry| draft.plan.entries[entry.index()].entry.index());
        let programs: Vec<usize> = entries
            .filter_map(|entry| graph.by_first.get(&entry).copied())
            .collect();
        if let Some(refuser) = programs
            .iter()
            .find_map(|program| refused_at_once(draft, graph, *program, users))
        {
            let message = format!(
                "users of `{}` whom `{refuser}` refuses ask again at the same instant, for ever: refusals take no time here",
                workload.name
            );
            draft.complain_with(
                codes::TIMELESS_LOOP,
                place,
                message,
                "give them `think: 1s` or an `access` with an rtt, or the model a `network`",
            );
        }
    }
}

/// The first component that may refuse a request of this program before any time has passed.
fn refused_at_once(draft: &Draft<'_>, graph: &Graph, start: usize, users: u32) -> Option<String> {
    let plan = &draft.plan;
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(number) = open.pop() {
        if !seen.insert(number) {
            continue;
        }
        let program = &draft.programs[number];
        let instant = plan.steps[program.first..program.end]
            .iter()
            .take_while(|step| !has_time(plan, **step));
        for step in instant {
            let Step::Call(call) = step else { continue };
            let row = &plan.calls[call.index()];
            let waits = plan
                .retries
                .get(row.retry.index())
                .is_some_and(|retry| !matches!(retry.backoff, Backoff::None));
            let stations = plan.pools[row.pool.index()]
                .candidates
                .first()
                .and_then(|candidates| candidates.stations.first());
            let Some(station) = stations.map(|station| &plan.stations[station.index()]) else {
                continue;
            };
            if waits
                || plan
                    .links
                    .iter()
                    .any(|link| link.half > 0 || link.rtt.is_some() || link.resend.is_some())
            {
                return None;
            }
            let limited = plan.guards.limit_before(station.component).is_some();
            if limited || plan.limit_of(row).is_some() {
                return Some(plan.components[station.component.index()].name.clone());
            }
            let backlog = if station.shared.is_some() {
                plan.pools[row.pool.index()].backlog
            } else {
                station.backlog
            };
            let mut functions = plan.functions.iter();
            let function = functions.find(|row| row.component == station.component);
            let (instances, backlog) = match function {
                // It turns away all for whom there is no instance.
                Some(function) if !function.queues => {
                    let all = plan.components[station.component.index()].replicas;
                    (all.min(own_share(plan, function)), 0)
                }
                Some(_) => (u32::MAX, backlog),
                None => (1, backlog),
            };
            let room = u64::from(station.concurrency) * u64::from(instances) + u64::from(backlog);
            if station.concurrency != u32::MAX && backlog != u32::MAX && room < u64::from(users) {
                return Some(plan.components[station.component.index()].name.clone());
            }
            open.push(graph.of_endpoint[row.endpoint.index()]);
            break;
        }
    }
    None
}

/// Instances that nobody else of the account of a function can take.
fn own_share(plan: &crate::plan::Plan, function: &crate::plan::Function) -> u32 {
    let Some(account) = plan.accounts.get(function.account.index()) else {
        return u32::MAX;
    };
    let of_it = plan
        .functions
        .iter()
        .filter(|row| row.account == function.account);
    if of_it.count() > 1 {
        function.provisioned
    } else {
        account.most
    }
}
