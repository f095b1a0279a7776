//! Programs: every endpoint, routine and replication, one after the other.

use super::super::draft::{Draft, Owner};
use super::super::names::Written;
use super::queries::Query;
use super::steps::{Side, Writer};
use super::{Parts, publish, reshard};
use crate::model::{self, Block, Verb};
use crate::plan::{AttributeId, ComponentId, EndpointId, Step, StepId};
use crate::source::{Place, codes};
use std::collections::BTreeMap;

/// Compiles the programs of all components.
pub(super) fn compile(draft: &mut Draft<'_>, parts: &mut Parts) {
    let known: Vec<_> = draft
        .names
        .known
        .iter()
        .map(|known| (known.name, known.written, known.endpoints.clone()))
        .collect();
    let mut routines: BTreeMap<(ComponentId, String), StepId> = BTreeMap::new();
    for (position, (name, written, endpoints)) in known.iter().enumerate() {
        let component = ComponentId::from(position);
        let name = name.value.as_str();
        match written {
            Written::Service(service) => {
                let delay = runs_as_delay(parts, component, || {
                    let programs = service.endpoints.iter().chain(service.routines.iter());
                    programs
                        .into_iter()
                        .any(|(_, block)| computes_at_once(block, false))
                });
                for (routine, block) in &service.routines {
                    let mut writer = Writer::new(
                        draft,
                        parts,
                        Side::Service(service),
                        component,
                        [name, "routine", &routine.value],
                        delay,
                    );
                    let entry = writer.routine(block);
                    routines.insert((component, routine.value.clone()), entry);
                }
                for (endpoint, block) in &service.endpoints {
                    let Some(id) = endpoints.get(endpoint.value.as_str()) else {
                        continue;
                    };
                    let mut writer = Writer::new(
                        draft,
                        parts,
                        Side::Service(service),
                        component,
                        [name, &endpoint.value, ""],
                        delay,
                    );
                    writer.endpoint(*id, block);
                }
            }
            Written::Function(function) => {
                let delay = runs_as_delay(parts, component, || {
                    let programs = function.endpoints.iter();
                    programs
                        .into_iter()
                        .any(|(_, block)| computes_at_once(block, false))
                });
                for (endpoint, block) in &function.endpoints {
                    let Some(id) = endpoints.get(endpoint.value.as_str()) else {
                        continue;
                    };
                    let owner = [name, endpoint.value.as_str(), ""];
                    Writer::new(draft, parts, Side::Function, component, owner, delay)
                        .endpoint(*id, block);
                }
            }
            Written::External(external) => {
                for (endpoint, block) in &external.endpoints {
                    let Some(id) = endpoints.get(endpoint.value.as_str()) else {
                        continue;
                    };
                    Writer::new(
                        draft,
                        parts,
                        Side::External,
                        component,
                        [name, &endpoint.value, ""],
                        false,
                    )
                    .endpoint(*id, block);
                }
            }
            Written::Database(database) => {
                let delay = runs_as_delay(parts, component, || {
                    database
                        .queries
                        .iter()
                        .any(|(_, query)| computes_at_once(&query.body, false))
                });
                for (query, written) in &database.queries {
                    let Some(id) = endpoints.get(query.value.as_str()) else {
                        continue;
                    };
                    let query = Query {
                        component,
                        database: name,
                        name: &query.value,
                        written,
                        id: *id,
                        delay,
                    };
                    query.compile(draft, parts);
                }
                if let Some(written) = &database.reshard {
                    reshard::compile(draft, parts, component, name, written, delay);
                }
            }
            Written::Cache(cache) => compile_cache(draft, parts, component, position, name, cache),
            Written::Topic(topic) => {
                publish::compile_topic(draft, parts, component, known[position].0, topic);
            }
            Written::Queue(queue) => {
                publish::compile_queue(draft, parts, component, known[position].0, queue);
            }
            Written::Cdn(cdn) => super::cdn::compile(draft, parts, component, name, cdn),
            Written::Store(store) => super::store::compile(draft, component, name, store),
            // Compiled with its CDN.
            Written::Shield(_) | Written::Host(_) | Written::Route(_) => {}
        }
    }
    link_routines(draft, parts, &routines);
}

/// Whether a component's `compute` is a pure delay: its replicas never have more jobs than cores.
fn runs_as_delay(parts: &Parts, component: ComponentId, at_once: impl Fn() -> bool) -> bool {
    let cores = parts.whole_cores[component.index()];
    cores == u64::MAX || parts.slots[component.index()] <= cores && !at_once()
}

/// Whether a program computes in several branches at a time, so that a request can be more than one job.
fn computes_at_once(block: &Block, inside: bool) -> bool {
    let handled = |on_failure: &model::OnFailure| matches!(on_failure, model::OnFailure::Do(block) if computes_at_once(block, inside));
    block.iter().any(|step| match &step.verb {
        Verb::Compute(_) | Verb::Run(_) => inside,
        Verb::Parallel(parallel) => parallel.branches.iter().any(|branch| computes_at_once(branch, true)) || handled(&parallel.on_failure),
        Verb::Repeat(repeat) => computes_at_once(&repeat.body, inside || repeat.at_once.value != model::AtOnce::Of(std::num::NonZeroU64::MIN)),
        Verb::Choose(choose) => choose.branches.iter().any(|branch| computes_at_once(&branch.body, inside)),
        Verb::When(when) => {
            computes_at_once(&when.body, inside) || when.otherwise.as_ref().is_some_and(|block| computes_at_once(block, inside))
        }
        Verb::Hold(hold) => computes_at_once(&hold.body, inside) || handled(&hold.on_failure),
        Verb::Get(get) => computes_at_once(&get.miss, inside) || get.on_failure.as_ref().is_some_and(handled),
        Verb::Call(call) => handled(&call.on_failure),
        Verb::Publish(publish) => handled(&publish.on_failure),
        _ => false,
    }) || inside && block.iter().any(|step| matches!(&step.verb, Verb::Run(run) if matches!(run.on_failure, model::OnFailure::Do(_))))
}

/// The first `reply` or `forward` of a program.
pub(super) fn replies(block: &Block) -> Option<Place> {
    let handled = |on_failure: &model::OnFailure| match on_failure {
        model::OnFailure::Do(block) => replies(block),
        _ => None,
    };
    block.iter().find_map(|step| match &step.verb {
        Verb::Reply(_) | Verb::Forward(_) => Some(step.place),
        Verb::Parallel(parallel) => parallel
            .branches
            .iter()
            .find_map(replies)
            .or_else(|| handled(&parallel.on_failure)),
        Verb::Repeat(repeat) => replies(&repeat.body),
        Verb::Choose(choose) => choose
            .branches
            .iter()
            .find_map(|branch| replies(&branch.body)),
        Verb::When(when) => {
            replies(&when.body).or_else(|| when.otherwise.as_ref().and_then(replies))
        }
        Verb::Hold(hold) => replies(&hold.body).or_else(|| handled(&hold.on_failure)),
        Verb::Get(get) => replies(&get.miss).or_else(|| get.on_failure.as_ref().and_then(handled)),
        Verb::Call(call) => handled(&call.on_failure),
        Verb::Publish(publish) => handled(&publish.on_failure),
        _ => None,
    })
}

/// What a cache's node does when it is asked, and when it is told to store or to drop.
fn compile_cache(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    position: usize,
    name: &str,
    cache: &model::Cache,
) {
    let Some(reach) = parts.caches.get(&position).copied() else {
        return;
    };
    if reach.get == EndpointId::NONE {
        return;
    }
    if let Some(place) = replies(&cache.body) {
        draft.complain(
            codes::MISPLACED_STEP,
            place,
            format!(
                "a node of `{name}` replies when it has looked the object up: leave the `reply` out"
            ),
        );
    }
    let delay = runs_as_delay(parts, component, || computes_at_once(&cache.body, false));
    for (id, endpoint, last) in [
        (reach.get, "get", Step::NodeProbe(reach.cache)),
        (reach.store, "store", Step::NodeStore(reach.cache)),
        (reach.drop, "drop", Step::NodeDrop(reach.cache)),
    ] {
        let first = draft.here();
        draft.plan.endpoints[id.index()].entry = first;
        Writer::new(
            draft,
            parts,
            Side::Cache,
            component,
            [name, endpoint, ""],
            delay,
        )
        .block(&cache.body, false);
        draft.emit(last);
        draft.emit(Step::End);
        draft.close(
            format!("{name}.{endpoint}"),
            Owner::Endpoint(id),
            first,
            cache.body.place,
        );
    }
}

/// Tells every `run` where its routine begins.
fn link_routines(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    routines: &BTreeMap<(ComponentId, String), StepId>,
) {
    for (run, component, routine) in std::mem::take(&mut parts.runs) {
        if let Some(entry) = routines.get(&(component, routine)) {
            draft.plan.runs[run].entry = *entry;
        }
    }
}

/// Nothing to set: an empty range of assignments.
pub(super) const NOTHING: (u32, u32) = (0, 0);

/// No attribute.
pub(super) const NO_KEY: AttributeId = AttributeId::NONE;
