//! Judgement: what can be built but should be looked at before its results are trusted.

use super::demand::{Demand, has_time};
use super::draft::{Draft, Owner};
use super::graph::{Graph, calls_of};
use super::names::Written;
use crate::model::{self, Limit};
use crate::plan::{Backoff, CallId, Capacity, Load, Plan, RetryId, Source, Step};
use crate::source::{Diagnostic, Place, codes};
use crate::units::format;
use std::collections::BTreeSet;

/// Below this mean the clock's whole nanoseconds show \[ns\].
const TOO_FINE: f64 = 20.0;
/// Below this mean real systems spend their time elsewhere \[ns\].
const VERY_SHORT: f64 = 1e3;

/// Says everything that can be said of a whole plan.
pub(super) fn all(draft: &mut Draft<'_>, graph: &Graph, demand: &Demand) {
    queues(draft);
    service_times(draft);
    timeless(draft, graph, demand);
    overload(draft, demand);
    timeouts(draft, graph);
    retries(draft, graph);
    caches(draft);
    reads(draft);
    realism(draft);
}

/// Fields about a queue in which nobody stands.
fn queues(draft: &mut Draft<'_>) {
    let known: Vec<_> = draft
        .names
        .known
        .iter()
        .map(|known| (known.name, known.written))
        .collect();
    for (name, written) in known {
        let station = match written {
            Written::Service(service) => &service.station,
            Written::Database(database) => &database.station,
            Written::Cache(cache) => &cache.station,
            Written::External(external) => {
                if external.concurrency.value == Limit::Unlimited
                    && external.backlog.value != Limit::Unlimited
                {
                    never_queued(draft, name, "backlog", external.backlog.place);
                }
                continue;
            }
            Written::Host(_) => continue,
        };
        if station.concurrency.value != Limit::Unlimited {
            continue;
        }
        if station.backlog.value != Limit::Unlimited {
            never_queued(draft, name, "backlog", station.backlog.place);
        }
        if let Some(patience) = &station.patience {
            never_queued(draft, name, "patience", patience.place);
        }
        if station.discipline != model::Discipline::Fifo {
            never_queued(draft, name, "discipline", name.place);
        }
        if matches!(written, Written::Service(service) if matches!(service.balance, model::Balance::SharedQueue))
        {
            never_queued(draft, name, "balance: shared-queue", name.place);
        }
    }
}

fn never_queued(
    draft: &mut Draft<'_>,
    name: &crate::source::At<String>,
    field: &str,
    place: Place,
) {
    let message = format!(
        "`{field}` has no effect: `{}` has unlimited `concurrency`, so that nobody ever waits for a slot",
        name.value
    );
    draft.complain_with(
        codes::NEVER_QUEUED,
        place,
        message,
        "bound the slots: `concurrency: 64`",
    );
}

/// Work that takes less than the clock or reality can tell.
fn service_times(draft: &mut Draft<'_>) {
    let mut said = BTreeSet::new();
    for step in draft.plan.steps.clone() {
        let (Step::Compute(id) | Step::Work(id)) = step else {
            continue;
        };
        let Some(demand) = draft.plan.demands.get(id.index()).cloned() else {
            continue;
        };
        let place = draft.demand_places[id.index()];
        let mean = demand.law.mean()
            * demand
                .scale
                .map_or(1.0, |scale| super::value::mean_factor(draft, &scale));
        if demand.source != Source::Law || mean <= 0.0 || mean >= VERY_SHORT || !said.insert(place)
        {
            continue;
        }
        let time = format::duration(mean);
        if mean < TOO_FINE {
            let message =
                format!("a mean of {time} is too fine: time is counted in whole nanoseconds");
            draft.complain_with(
                codes::TOO_FINE,
                place,
                message,
                "join such steps into one of at least 20ns, or leave them out",
            );
        } else {
            let message = format!(
                "a mean of {time} is very short: real programs spend more on what this model leaves out"
            );
            draft.complain(codes::VERY_SHORT, place, message);
        }
    }
}

/// Closed workloads whose users can come round without any time passing.
fn timeless(draft: &mut Draft<'_>, graph: &Graph, demand: &Demand) {
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
                .and_then(|candidates| candidates.0.first());
            let Some(station) = stations.map(|station| &plan.stations[station.index()]) else {
                continue;
            };
            if waits
                || plan
                    .links
                    .iter()
                    .any(|link| link.half > 0 || link.rtt.is_some())
            {
                return None;
            }
            let backlog = if station.shared.is_some() {
                plan.pools[row.pool.index()].backlog
            } else {
                station.backlog
            };
            let room = u64::from(station.concurrency) + u64::from(backlog);
            if station.concurrency != u32::MAX && backlog != u32::MAX && room < u64::from(users) {
                return Some(plan.components[station.component.index()].name.clone());
            }
            open.push(graph.of_endpoint[row.endpoint.index()]);
            break;
        }
    }
    None
}

/// Components that open workloads ask for more than they can do.
fn overload(draft: &mut Draft<'_>, demand: &Demand) {
    for (position, load) in demand
        .open_load
        .iter()
        .enumerate()
        .filter(|(_, load)| **load > 1.0)
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

/// The time that a call may take by its own guards, if they bound it \[ns\].
fn patience_of(plan: &Plan, call: CallId) -> Option<f64> {
    let row = &plan.calls[call.index()];
    let attempts = plan
        .retries
        .get(row.retry.index())
        .map_or(1.0, |retry| f64::from(retry.attempts));
    let by_timeout = (row.timeout > 0).then(|| row.timeout as f64 * attempts);
    let by_deadline = (row.deadline > 0).then_some(row.deadline as f64);
    match (by_timeout, by_deadline) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Callers that give up before their callee has made all its attempts.
fn timeouts(draft: &mut Draft<'_>, graph: &Graph) {
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
fn retries(draft: &mut Draft<'_>, graph: &Graph) {
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
                let attempts = retry.map_or(1.0, |retry| f64::from(retry.attempts));
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
        if layers >= 2 && product.is_finite() {
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
            factors.push(attempts.to_string());
            places.push((draft.call_places[call.index()], attempts));
            last = crate::plan::component::endpoint_name(plan, row.endpoint);
        }
        at = graph.of_endpoint[row.endpoint.index()];
        if factors.len() > 100 || worst[at].0 <= 1.0 {
            break;
        }
    }
    let Some((place, _)) = places.first().copied() else {
        return;
    };
    if !said.insert(place) {
        return;
    }
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

/// Caches that are larger than what they hold.
fn caches(draft: &mut Draft<'_>) {
    for row in draft.plan.caches.clone() {
        let Some(keyspace) = draft.plan.keyspaces.get(row.keyspace.index()).cloned() else {
            continue;
        };
        let Written::Cache(written) = draft.names.get(row.component).written else {
            continue;
        };
        let size = draft
            .plan
            .demands
            .get(keyspace.size.index())
            .map_or(0.0, |size| size.law.mean());
        // With a ring each node holds its own part of the objects; inside a service every replica holds any of them.
        let nodes = if row.owner == row.component {
            f64::from(row.stores.max(1))
        } else {
            1.0
        };
        let all = keyspace.items as f64 / nodes;
        let (room, needed) = if row.capacity_items == u64::MAX {
            (row.capacity_bytes as f64, all * size)
        } else {
            (row.capacity_items as f64, all)
        };
        if room > needed && needed > 0.0 {
            let unit = |value: f64| {
                if row.capacity_items == u64::MAX {
                    format::bytes(value)
                } else {
                    format!("{} objects", format::count(value))
                }
            };
            let name = &draft.plan.components[row.component.index()].name;
            let message = format!(
                "`{name}` has room for {}, and `{}` has only {} for it: nothing is ever evicted",
                unit(room),
                keyspace.name,
                unit(needed)
            );
            draft.complain(codes::LARGE_CACHE, written.capacity.place, message);
        }
    }
}

/// Reads of one copy after writes to fewer than all.
fn reads(draft: &mut Draft<'_>) {
    let model = draft.model;
    for (name, database) in model.databases.iter() {
        let (copies, acks) = (database.replicas.get(), database.write.acks.get());
        let writes = database
            .queries
            .iter()
            .any(|(_, query)| query.writes.is_some());
        if writes && copies > 1 && database.read == model::ReadFrom::Any && acks < copies {
            let message = format!(
                "reads of `{}` may miss the last write: {acks} acknowledged + 1 read are not more than {copies} copies",
                name.value
            );
            draft.complain_with(codes::STALE_READS, name.place, message, "`read: primary`, or `write: { acks: … }` of all copies; stale reads are not counted yet");
        }
    }
}

/// A model without distances or without variance.
fn realism(draft: &mut Draft<'_>) {
    let model = draft.model;
    let users = |number: &usize| draft.programs[*number].owner != Owner::User;
    let internal = (0..draft.programs.len()).filter(users).any(|number| {
        calls_of(&draft.plan, &draft.programs[number])
            .next()
            .is_some()
    });
    if model.network.is_none() && internal {
        let message = "there is no `network`: components call each other in no time";
        draft.complain_with(
            codes::NO_NETWORK,
            model.name.place,
            message,
            "`network: { same-zone: { rtt: 0.5ms }, cross-zone: { rtt: 1.4ms } }`",
        );
    }
    let times = draft.plan.steps.iter().filter_map(|step| match step {
        Step::Compute(demand) | Step::Work(demand) | Step::Sleep(demand) => {
            draft.plan.demands.get(demand.index())
        }
        _ => None,
    });
    let times: Vec<bool> = times
        .map(|demand| {
            matches!(demand.law, crate::chance::law::Law::Constant(_))
                && demand.source == Source::Law
        })
        .collect();
    if times.len() > 1 && times.iter().all(|constant| *constant) {
        let message = "all service times are constant: nothing varies but the arrivals";
        draft.complain_with(codes::ALL_CONSTANT, model.name.place, message, "real ones vary, and queues grow with it: `compute: { lognormal: { mean: 4ms, cv: 1 } }`");
    }
}
