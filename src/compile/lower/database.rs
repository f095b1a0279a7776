//! Databases: a leader and followers, pools for reads and writes, replication and connections.
//!
//! Station 0 is the leader, in the leader's region; the other copies are dealt over the regions in turn. A write runs on
//! the leader and is then applied by every follower: after the reply with `acks: 1`, before it with more.

use super::super::draft::{Draft, MOST_STATIONS};
use super::disciplines::cpu_of;
use super::network::Places;
use super::pool::{endpoint, hidden_endpoint, keyed, push_pool};
use super::station::{Slots, begin, finish_stations, quantities, regions_of};
use super::{Parts, capacity, limit};
use crate::model::{self, Limit};
use crate::plan::{Balance, ComponentKind, EndpointId, PoolId, Processor, ProcessorId, StationId};
use crate::source::{At, codes};

/// What writes of a database need to know.
#[derive(Clone, Default)]
pub(in super::super) struct Replication {
    /// The pool of each follower alone.
    pub(in super::super) followers: Vec<PoolId>,
    /// For each written query, the endpoint that applies it on a follower.
    pub(in super::super) apply: Vec<(EndpointId, EndpointId)>,
    /// Copies that must have a write, the leader included.
    pub(in super::super) acks: u64,
}

/// The copies, pools and queries of a database.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    database: &'m model::Database,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Database);
    if let Some(dataset) = &database.of {
        draft.keyspace(dataset);
    }
    let regions = leader_first(draft, name, database, places);
    let copies = usize::try_from(database.replicas.get()).unwrap_or(usize::MAX);
    if !regions.is_empty()
        && draft.room(
            draft.plan.stations.len().saturating_add(copies),
            MOST_STATIONS,
            "replicas",
            name.place,
        )
    {
        for copy in 0..copies {
            let zones = &places.regions[regions[copy % regions.len()]];
            let zone = zones[(copy / regions.len()) % zones.len()];
            let processor = processor(draft, &name.value, component, copy, &database.station);
            let slots = Slots {
                component,
                name: &name.value,
                station: &database.station,
                pool: None,
            };
            slots.push(
                draft,
                u32::try_from(copy).unwrap_or(u32::MAX),
                zone,
                processor,
            );
        }
    }
    finish_stations(draft, component);
    let stations: Vec<StationId> = draft.plan.components[component.index()]
        .stations()
        .collect();
    if database.balance.rule.is_shared_queue() {
        draft.complain(
            codes::NOT_SUPPORTED,
            name.place,
            "`balance: shared-queue` of a database is not supported yet",
        );
    }
    let leader = PoolId::from(draft.plan.pools.len());
    push_pool(
        draft,
        component,
        Balance::RANDOM,
        u32::MAX,
        &format!("{}/leader", name.value),
        Some(stations.iter().take(1).copied().collect()),
    );
    let any = match database.read {
        model::ReadFrom::Any if stations.len() > 1 => {
            let pool = PoolId::from(draft.plan.pools.len());
            push_pool(
                draft,
                component,
                database.balance.rule.clone(),
                u32::MAX,
                &format!("{}/any", name.value),
                None,
            );
            keyed(draft, pool, &database.balance);
            pool
        }
        _ => leader,
    };
    queries(
        draft, name, database, component, leader, any, &stations, parts,
    );
    quantities(
        draft,
        component,
        &name.value,
        &database.station.pools,
        parts,
    );
    parts.whole_cores[component.index()] = match &database.station.cores.value {
        Limit::Unlimited => u64::MAX,
        Limit::Of(cores) => cores.get().floor() as u64,
    };
    parts.slots[component.index()] = limit(database.station.concurrency.value);
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one database, each needed once"
)]
fn queries<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    database: &'m model::Database,
    component: crate::plan::ComponentId,
    leader: PoolId,
    any: PoolId,
    stations: &[StationId],
    parts: &mut Parts,
) {
    let writes = database
        .queries
        .iter()
        .any(|(_, query)| query.writes.is_some());
    let mut replication = Replication {
        acks: database.write.acks.get(),
        ..Replication::default()
    };
    if writes {
        for follower in stations.iter().skip(1) {
            let number = draft.plan.stations[follower.index()].replica;
            replication
                .followers
                .push(PoolId::from(draft.plan.pools.len()));
            push_pool(
                draft,
                component,
                Balance::RANDOM,
                u32::MAX,
                &format!("{}/{number}", name.value),
                Some(vec![*follower]),
            );
        }
    }
    for (query, written) in &database.queries {
        let pool = if written.reads.is_some() { any } else { leader };
        let id = endpoint(draft, component, query, pool);
        if let (true, Some(follower)) = (written.writes.is_some(), replication.followers.first()) {
            let apply = hidden_endpoint(
                draft,
                component,
                &format!("{}/apply", query.value),
                *follower,
                false,
            );
            replication.apply.push((id, apply));
        }
    }
    parts.replication.insert(component, replication);
}

/// The regions that a database stands in, the leader's first.
fn leader_first(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    places: &Places,
) -> Vec<usize> {
    let mut regions = regions_of(draft, name, &database.station.regions, places);
    regions.retain(|region| {
        places
            .regions
            .get(*region)
            .is_some_and(|zones| !zones.is_empty())
    });
    if let Some(leader) = &database.leader
        && let Some(home) = draft.region(leader)
    {
        if let Some(position) = regions.iter().position(|region| *region == home) {
            let first = regions.remove(position);
            regions.insert(0, first);
        } else {
            let message = format!(
                "the leader of `{}` cannot stand in `{}`: the database is not there",
                name.value, leader.value
            );
            draft.complain_with(
                codes::CONTRADICTION,
                leader.place,
                message,
                "name the region in `in:` too",
            );
        }
    }
    regions
}

pub(super) fn processor(
    draft: &mut Draft<'_>,
    name: &str,
    component: crate::plan::ComponentId,
    number: usize,
    station: &model::Station,
) -> ProcessorId {
    let cores = match station.cores.value {
        Limit::Unlimited => Limit::Unlimited,
        Limit::Of(cores) => Limit::Of(cores.get()),
    };
    let discipline = cpu_of(draft, component, &station.cpu, station.usl.as_ref());
    draft.plan.processors.push(Processor {
        name: format!("{name}/{number}"),
        component,
        cores: capacity(&cores),
        speed: station.speed.get(),
        discipline,
    });
    ProcessorId::from(draft.plan.processors.len() - 1)
}
