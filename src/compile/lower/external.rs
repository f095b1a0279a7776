//! External systems: one station outside, with slots if a bound is known and no processor.

use super::super::draft::Draft;
use super::network::Places;
use super::pool::{endpoint, push_pool};
use super::station::{begin, finish_stations, limit_u32};
use super::{Parts, limit};
use crate::chance::key::site;
use crate::model;
use crate::plan::{Balance, ComponentKind, DemandId, Discipline, PoolId, ProcessorId, Station};
use crate::source::At;

/// The station, pool and endpoints of an external system, the `number`-th of the model.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    number: usize,
    external: &'m model::External,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::External);
    if let Some(zone) = places.externals.get(number) {
        draft.plan.stations.push(Station {
            component,
            replica: 0,
            zone: *zone,
            processor: ProcessorId::NONE,
            concurrency: u32::try_from(limit(external.concurrency.value)).unwrap_or(u32::MAX),
            backlog: limit_u32(&external.backlog.value),
            discipline: Discipline::Fifo,
            patience: DemandId::NONE,
            shared: None,
            site: site(&["station", &name.value, "0"]),
        });
    }
    finish_stations(draft, component);
    let pool = PoolId::from(draft.plan.pools.len());
    push_pool(
        draft,
        component,
        Balance::RANDOM,
        u32::MAX,
        &name.value,
        None,
    );
    for (name, _) in &external.endpoints {
        endpoint(draft, component, name, pool);
    }
    parts.slots[component.index()] = limit(external.concurrency.value);
}
