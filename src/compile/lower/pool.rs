//! Pools and endpoints: who may serve whom, and how one of them is picked.

use super::super::draft::{Draft, MOST_CANDIDATES};
use super::station::finish_stations;
use crate::chance::key::site;
use crate::model;
use crate::plan::{
    AttributeId, Balance, Candidates, ComponentId, DatabaseId, Deal, Endpoint, EndpointId, Pool,
    PoolId, StationId, StepId, ZoneId,
};
use crate::source::{At, Place};

/// The pool of a component whose stations are all there, any of which is as likely to be asked as the others.
pub(super) fn asked_at_random(draft: &mut Draft<'_>, component: ComponentId, name: &str) -> PoolId {
    finish_stations(draft, component);
    push_pool(draft, component, Balance::RANDOM, u32::MAX, name, None);
    PoolId::from(draft.plan.pools.len() - 1)
}

/// Adds a pool over a component's stations (or over just some of them) with its candidates for every place.
pub(super) fn push_pool(
    draft: &mut Draft<'_>,
    component: ComponentId,
    balance: Balance,
    backlog: u32,
    name: &str,
    only: Option<Vec<StationId>>,
) {
    let stations: Vec<StationId> = only.unwrap_or_else(|| {
        draft.plan.components[component.index()]
            .stations()
            .collect()
    });
    let entries = draft
        .candidates
        .saturating_add(stations.len().saturating_mul(draft.plan.zones.len()));
    let candidates = if draft.room(
        entries,
        MOST_CANDIDATES,
        "entries in the tables of who may serve whom",
        Place::default(),
    ) {
        draft.candidates = entries;
        candidates(draft, &stations, &balance)
    } else {
        Vec::new()
    };
    let near = candidates
        .iter()
        .map(|near| near.0.len())
        .find(|&near| near > 0);
    let near = u32::try_from(near.unwrap_or(0)).unwrap_or(u32::MAX);
    let number = draft.plan.pools.len();
    draft.plan.pools.push(Pool {
        component,
        balance: balance.prepared(name, near),
        database: DatabaseId::NONE,
        fresh_within: u64::MAX,
        key: AttributeId::NONE,
        weights: Vec::new(),
        backlog,
        candidates,
        site: site(&["pool", name]),
        row: u32::try_from(number).unwrap_or(u32::MAX),
    });
}

/// Callers are served in their own region where the component stands there, else anywhere.
fn candidates(draft: &Draft<'_>, stations: &[StationId], balance: &Balance) -> Vec<Candidates> {
    let region = |zone: ZoneId| draft.plan.zones[zone.index()].region.as_str();
    let home = |station: &StationId| region(draft.plan.stations[station.index()].zone);
    let near = |place: &str| {
        stations
            .iter()
            .filter(|station| home(station) == place)
            .copied()
            .collect::<Vec<_>>()
    };
    draft
        .plan
        .zones
        .iter()
        .map(|zone| {
            let own = near(&zone.region);
            match (own.is_empty(), balance.deal(), stations.first()) {
                (false, _, _) => Candidates(own),
                // A ring is the same for all its callers: who has no nodes nearby uses those of the first region.
                (true, Deal::ByObject, Some(first)) => Candidates(near(home(first))),
                (true, _, _) => Candidates(stations.to_vec()),
            }
        })
        .collect()
}

/// Adds an endpoint without a program, which other programs cannot name.
pub(super) fn hidden_endpoint(
    draft: &mut Draft<'_>,
    component: ComponentId,
    name: &str,
    pool: PoolId,
    shown: bool,
) -> EndpointId {
    let id = EndpointId::from(draft.plan.endpoints.len());
    let (name, entry) = (name.to_owned(), StepId::NONE);
    draft.plan.endpoints.push(Endpoint {
        component,
        name,
        entry,
        pool,
        priority: None,
        coordinates: false,
        shown,
    });
    id
}

/// Adds an endpoint without a program that can be called by its name.
pub(super) fn endpoint<'m>(
    draft: &mut Draft<'m>,
    component: ComponentId,
    name: &'m At<String>,
    pool: PoolId,
) -> EndpointId {
    let id = hidden_endpoint(draft, component, &name.value, pool, true);
    draft.names.known[component.index()]
        .endpoints
        .insert(&name.value, id);
    id
}

/// What a pool's balancer looks at beside loads: the object of an attribute.
pub(super) fn keyed(draft: &mut Draft<'_>, pool: PoolId, balance: &model::Balance) {
    let Some(key) = balance.rule.key() else {
        return;
    };
    let name = At::new(key.to_owned(), balance.place);
    if let (Some(attribute), Some(row)) = (
        draft.attribute(&name),
        draft.plan.pools.get_mut(pool.index()),
    ) {
        row.key = attribute;
    }
}
