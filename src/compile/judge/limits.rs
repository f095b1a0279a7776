//! Time limits and retries that work against each other across layers.

use super::super::draft::{Draft, Owner};
use super::super::graph::{Graph, calls_of};
use crate::plan::{CallId, Plan, RetryId};
use crate::source::{Diagnostic, Place, codes};
use crate::units::format;
use std::collections::BTreeSet;

/// The time that a call may take by its own guards, if they bound it \[ns\].
fn patience_of(plan: &Plan, call: CallId) -> Option<f64> {
    let row = &plan.calls[call.index()];
    let attempts = plan
        .retries
        .get(row.retry.index())
        .map_or(1, |retry| retry.attempts);
    let by_timeout = (row.timeout > 0 && attempts != u32::MAX)
        .then_some(row.timeout as f64 * f64::from(attempts));
    let by_deadline = (row.deadline > 0).then_some(row.deadline as f64);
    match (by_timeout, by_deadline) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Callers that give up before their callee has made all its attempts.
pub(super) fn timeouts(draft: &mut Draft<'_>, graph: &Graph) {
    let plan = &draft.plan;
    // Of each program, the call that it is willing to wait for longest.
    let longest: Vec<Option<(f64, CallId)>> = draft
        .programs
        .iter()
        .map(|program| {
            let waits = calls_of(plan, program)
                .filter_map(|(call, _)| patience_of(plan, call).map(|time| (time, call)));
            waits.max_by(|one, other| one.0.total_cmp(&other.0))
        })
        .collect();
    let mut complaints = Vec::new();
    let mut said = BTreeSet::new();
    for program in &draft.programs {
        for (call, endpoint) in calls_of(plan, program) {
            let row = &plan.calls[call.index()];
            let inner = longest
                .get(graph.of_endpoint[endpoint.index()])
                .copied()
                .flatten();
            let (Some((inner_time, inner_call)), true) = (inner, row.timeout > 0) else {
                continue;
            };
            if row.timeout as f64 >= inner_time || row.propagate_deadline {
                continue;
            }
            let place = draft
                .timeout_places
                .get(&call.0)
                .copied()
                .unwrap_or(draft.call_places[call.index()]);
            if !said.insert(place) {
                continue;
            }
            let callee = crate::plan::component::endpoint_name(plan, endpoint);
            let deeper = crate::plan::component::endpoint_name(
                plan,
                plan.calls[inner_call.index()].endpoint,
            );
            let message = format!(
                "this gives up after {}, while `{callee}` goes on for up to {} with `{deeper}`",
                format::duration(row.timeout as f64),
                format::duration(inner_time)
            );
            let own = &plan.calls[inner_call.index()];
            let attempts = plan
                .retries
                .get(own.retry.index())
                .map_or(1, |retry| retry.attempts);
            let label = if attempts > 1 && own.timeout > 0 {
                format!(
                    "{attempts} attempts of {}",
                    format::duration(own.timeout as f64)
                )
            } else {
                format!("up to {}", format::duration(inner_time))
            };
            complaints.push(
                Diagnostic::new(codes::SHORT_TIMEOUT, message)
                    .at(place)
                    .label(draft.call_places[inner_call.index()], label),
            );
        }
    }
    for complaint in complaints {
        draft.complaints.push(
            complaint.hint(
                "shorter limits the deeper: the callee should give up before its caller does",
            ),
        );
    }
}

/// Retries that lead to retries, with the product of their attempts along the worst way.
pub(super) fn retries(draft: &mut Draft<'_>, graph: &Graph) {
    // For each program: the largest product of attempts below it, and the call that begins that way.
    let mut worst: Vec<(f64, u32, Option<CallId>)> = vec![(1.0, 0, None); draft.programs.len()];
    for group in &graph.groups {
        for number in group {
            let program = &draft.programs[*number];
            let mut best = (1.0, 0, None);
            for (call, endpoint) in calls_of(&draft.plan, program) {
                let below = worst
                    .get(graph.of_endpoint[endpoint.index()])
                    .copied()
                    .unwrap_or((1.0, 0, None));
                let retry = draft
                    .plan
                    .retries
                    .get(draft.plan.calls[call.index()].retry.index())
                    .filter(|retry| retry.budget.is_none());
                let attempts = retry.map_or(1.0, |retry| match retry.attempts {
                    u32::MAX => f64::INFINITY,
                    attempts => f64::from(attempts),
                });
                let found = (
                    below.0 * attempts,
                    below.1 + u32::from(attempts > 1.0),
                    Some(call),
                );
                if found.0 > best.0 {
                    best = found;
                }
            }
            // Routines are part of whoever runs them.
            for (routine, _) in graph.next[*number]
                .iter()
                .filter(|(_, call)| call.is_none())
            {
                if worst[*routine].0 > best.0 {
                    best = worst[*routine];
                }
            }
            worst[*number] = best;
        }
    }
    let mut said = BTreeSet::new();
    let users: Vec<usize> = (0..draft.programs.len())
        .filter(|number| draft.programs[*number].owner == Owner::User)
        .collect();
    for number in users {
        let (product, layers, Some(_)) = worst[number] else {
            continue;
        };
        if layers >= 2 {
            multiply(draft, graph, &worst, number, product, &mut said);
        }
    }
}

fn multiply(
    draft: &mut Draft<'_>,
    graph: &Graph,
    worst: &[(f64, u32, Option<CallId>)],
    start: usize,
    product: f64,
    said: &mut BTreeSet<Place>,
) {
    let plan = &draft.plan;
    let (mut factors, mut places, mut at, mut last) =
        (Vec::new(), Vec::new(), start, String::new());
    while let Some(call) = worst[at].2 {
        let row = &plan.calls[call.index()];
        if row.retry != RetryId::NONE {
            let attempts = plan.retries[row.retry.index()].attempts;
            let attempts = match attempts {
                u32::MAX => "unlimited".to_owned(),
                attempts => attempts.to_string(),
            };
            places.push((draft.call_places[call.index()], attempts.clone()));
            factors.push(attempts);
            last = crate::plan::component::endpoint_name(plan, row.endpoint);
        }
        at = graph.of_endpoint[row.endpoint.index()];
        if factors.len() > 100 || worst[at].0 <= 1.0 {
            break;
        }
    }
    let Some(place) = places.first().map(|(place, _)| *place) else {
        return;
    };
    if !said.insert(place) {
        return;
    }
    let product = if product.is_finite() {
        product.to_string()
    } else {
        "any number of".to_owned()
    };
    let message = format!(
        "retries multiply: {} = {product} calls of `{last}` for one request when it fails",
        factors.join(" × ")
    );
    let mut complaint = Diagnostic::new(codes::RETRIES_MULTIPLY, message).at(place);
    for (place, attempts) in places.into_iter().skip(1).take(8) {
        complaint = complaint.label(place, format!("{attempts} attempts each time"));
    }
    draft
        .complaints
        .push(complaint.hint("retry in one layer only, or give the retries a `budget: 10%`"));
}
