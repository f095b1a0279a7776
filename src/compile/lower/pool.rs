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
    let candidates = near(draft, &stations, &balance);
    push_pool_with(draft, component, balance, backlog, name, candidates);
}

/// Adds a pool with its candidates for every place.
pub(super) fn push_pool_with(
    draft: &mut Draft<'_>,
    component: ComponentId,
    balance: Balance,
    backlog: u32,
    name: &str,
    candidates: Vec<Candidates>,
) {
    let near = candidates
        .iter()
        .map(|near| near.stations.len())
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

/// Whether there is room for one more table of so many candidates for each place.
pub(super) fn has_room(draft: &mut Draft<'_>, stations: usize) -> bool {
    let zones = draft.plan.zones.len();
    let entries = draft
        .candidates
        .saturating_add(stations.saturating_mul(zones));
    let what = "entries in the tables of who may serve whom";
    let room = draft.room(entries, MOST_CANDIDATES, what, Place::default());
    if room {
        draft.candidates = entries;
    }
    room
}

/// Callers are served in their own region where the component stands there, else anywhere.
pub(super) fn near(
    draft: &mut Draft<'_>,
    stations: &[StationId],
    balance: &Balance,
) -> Vec<Candidates> {
    if !has_room(draft, stations.len()) {
        return Vec::new();
    }
    let draft = &*draft;
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
                (false, _, _) => own.into(),
                // A ring is the same for all its callers: who has no nodes nearby uses those of the first region.
                (true, Deal::ByObject(_), Some(first)) => near(home(first)).into(),
                (true, _, _) => stations.to_vec().into(),
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
