//! Judgement: what can be built but should be looked at before its results are trusted.

mod limits;
mod overload;
mod timeless;

use super::demand::Demand;
use super::draft::{Draft, Owner};
use super::graph::{Graph, calls_of};
use super::names::Written;
use crate::model::{self, Limit};
use crate::plan::{Source, Step};
use crate::source::{Place, codes};
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
    timeless::timeless(draft, graph, demand);
    overload::overload(draft, demand);
    limits::timeouts(draft, graph);
    limits::retries(draft, graph);
    caches(draft);
    reads(draft);
    realism(draft);
}

/// Fields about a queue in which nobody stands.
fn queues(draft: &mut Draft<'_>) {
    let known = draft.names.written();
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
            Written::Function(_)
            | Written::Topic(_)
            | Written::Queue(_)
            | Written::Host(_)
            | Written::Route(_)
            | Written::Cdn(_)
            | Written::Shield(_)
            | Written::Store(_) => {
                continue;
            }
        };
        if station.discipline == model::Discipline::Deadline
            && !(draft.plan.calls.iter()).any(|call| call.propagate_deadline)
        {
            let message = format!(
                "`discipline: deadline` has no effect: no request that comes to `{}` carries a deadline",
                name.value
            );
            draft.complain_with(
                codes::CONTRADICTION,
                name.place,
                message,
                "let a call have one that travels: `deadline: { after: 1s, propagate: true }`",
            );
        }
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
        if matches!(written, Written::Service(service) if service.balance.rule.is_shared_queue()) {
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
                .map_or(1.0, |scale| super::value::mean_factor(draft, &scale, 1.0));
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

/// Caches that are larger than what they hold.
fn caches(draft: &mut Draft<'_>) {
    for row in draft.plan.caches.clone() {
        let Some(keyspace) = draft.plan.keyspaces.get(row.keyspace.index()).cloned() else {
            continue;
        };
        let place = match draft.names.get(row.component).written {
            Written::Cache(cache) => cache.capacity.place,
            Written::Cdn(cdn) => cdn.capacity.place,
            Written::Shield(cdn) => {
                (cdn.shield.as_ref()).map_or(cdn.capacity.place, |it| it.capacity.place)
            }
            _ => continue,
        };
        let size = keyspace.mean_size(&draft.plan.demands);
        // With a ring each node holds its own part of the objects; inside a service every replica holds any of them.
        let nodes = if row.is_divided(&draft.plan) {
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
            draft.complain(codes::LARGE_CACHE, place, message);
        }
    }
}

/// Reads of one copy after writes to fewer than all.
fn reads(draft: &mut Draft<'_>) {
    let model = draft.model;
    for (name, database) in &model.databases {
        let (copies, acks) = (database.replicas.get(), database.write.acks.get());
        let writes = database
            .queries
            .iter()
            .any(|(_, query)| query.writes.is_some());
        if writes
            && copies > 1
            && database.read == model::ReadFrom::Any
            && acks < copies
            && !asks_how_stale(model, &name.value)
        {
            let message = format!(
                "reads of `{}` may miss the last write: {acks} acknowledged + 1 read are not more than {copies} copies",
                name.value
            );
            draft.complain_with(codes::STALE_READS, name.place, message, "`read: primary`, `write: { acks: … }` of all copies, or an objective for it, `{ of: DATABASE.QUERY, stale: 1% }`");
        }
    }
}

/// Whether an objective or an expectation asks how many reads of a database are stale: then nobody needs to be told.
fn asks_how_stale(model: &model::Model, database: &str) -> bool {
    let is_of = |of: &str| of.split('.').any(|part| part == database);
    let mut objectives = model.objectives.iter();
    let mut expected = model.expect.iter();
    objectives.any(|(_, objective)| {
        objective.stale.is_some() && objective.of.as_ref().is_some_and(|of| is_of(&of.value))
    }) || expected.any(|row| {
        row.metric.value == model::Measured::Other(model::Metric::Stale) && is_of(&row.of.value)
    })
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
