//! Databases: shards, each with a leader and followers; pools for reads and writes; what queries and replication go by.
//!
//! Copy 0 of a shard is its leader, in the leader's region; the other copies are dealt over the regions in turn. A write runs on
//! the leader and is then applied by every follower: after the reply with `acks: 1`, before it with more.
//!
//! Leaders that break are replaced as `reliability` and `failover` say.
//!
//! Shards that are added are in [`super::reshard`].
//!
//! Not modelled: transactions over several shards, replication that stops
//! or is thrown away, caches of pages and the cost of connections themselves.

use super::super::draft::{Draft, MOST_CANDIDATES, MOST_STATIONS};
use super::super::value;
use super::balance::judge_ungrouped;
use super::disciplines::cpu_of;
use super::network::Places;
use super::pool::{keyed, push_pool};
use super::reliability::breaks_somehow;
use super::station::{Slots, begin, finish_stations, quantities, regions_of};
use super::{Parts, capacity, limit, queries, reshard};
use crate::model::{self, Limit};
use crate::plan::{
    AttributeId, Balance, ComponentId, ComponentKind, Database, DatabaseId, DemandId, EndpointId,
    KeyspaceId, PoolId, Processor, ProcessorId, QuantityId, RingLaw, ShardBy, StationId,
};
use crate::source::{At, codes};

/// How the programs of a database reach its copies.
#[derive(Clone)]
pub(in super::super) struct Copies {
    /// Its row in the plan; `NONE` when it has one shard and one copy.
    pub(in super::super) database: DatabaseId,
    pub(in super::super) shards: usize,
    /// For each copy the pool of that copy of the first shard; those of the other shards follow. The leader's comes first.
    pub(in super::super) pools: Vec<PoolId>,
    /// The pool that answers reads of the first shard.
    pub(in super::super) reads: PoolId,
    /// For each written query, the endpoint that applies it on a follower; for each query to several copies or shards, its part on one.
    pub(in super::super) parts: Vec<(EndpointId, EndpointId)>,
    /// Copies that must have a write, the leader included.
    pub(in super::super) acks: u64,
    /// Copies that a read must hear, where it asks them all.
    pub(in super::super) quorum: Option<u64>,
    /// Whether writes are numbered: somebody looks at them, or they can be lost.
    pub(in super::super) tracked: bool,
    /// Whether it is known which writes a read must not miss.
    pub(in super::super) looked_at: bool,
    /// Row locks by what they are of.
    pub(in super::super) locks: Option<QuantityId>,
    /// How shards that are added get what belongs there.
    pub(in super::super) moves: Option<reshard::Ends>,
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
    let own_key = match &database.of {
        Some(dataset) => draft.keyspace(dataset),
        None => None,
    };
    let shards = reshard::shards_in_the_end(draft, database);
    let copies = usize::try_from(database.replicas.get()).unwrap_or(usize::MAX);
    stations(draft, name, database, component, places, (shards, copies));
    judge_ungrouped(draft, "a database", &database.balance);
    if database.balance.rule.is_shared_queue() {
        draft.complain(
            codes::NOT_SUPPORTED,
            name.place,
            "`balance: shared-queue` of a database is not supported yet",
        );
    }
    let key = key(draft, name, database, own_key);
    let asked = key.is_some().then(|| draft.keyspace_of(key)).flatten();
    if let Some(of) = asked.filter(|of| draft.plan.keyspaces[of.index()].attribute == key) {
        // A call's own `key` then says whose row it is about.
        parts.asked.insert(component, of);
    }
    let row = DatabaseId::from(draft.plan.databases.len());
    let shared = shards > 1 || copies > 1;
    if shared {
        let lag = lag(draft, name, database, copies);
        let in_the_end = u32::try_from(shards).unwrap_or(u32::MAX);
        let shard_by = shard_by(draft, name, database, key, in_the_end);
        draft.plan.databases.push(Database {
            component,
            shards: in_the_end,
            copies: u32::try_from(copies).unwrap_or(u32::MAX),
            shard_by,
            key,
            lag,
            reshard: None,
        });
    }
    let mut reach = Copies {
        database: if shared { row } else { DatabaseId::NONE },
        shards,
        pools: Vec::new(),
        reads: PoolId::NONE,
        parts: Vec::new(),
        acks: database.write.acks.get(),
        quorum: None,
        tracked: copies > 1 && (key.is_some() || breaks_somehow(draft, component, database)),
        looked_at: copies > 1 && key.is_some(),
        locks: None,
        moves: None,
    };
    pools(draft, name, database, component, copies, &mut reach);
    queries::declare(draft, name, database, component, &mut reach);
    queries::keys(draft, name, database, component, parts, key);
    reshard::declare(draft, name, database, component, &mut reach, key);
    quantities(
        draft,
        component,
        &name.value,
        &database.station.pools,
        parts,
    );
    if database
        .queries
        .iter()
        .any(|(_, query)| query.lock.is_some())
    {
        reach.locks = Some(super::station::locks(draft, component, &name.value, parts));
    }
    parts.copies.insert(component, reach);
    parts.whole_cores[component.index()] = match &database.station.cores.value {
        Limit::Unlimited => u64::MAX,
        Limit::Of(cores) => cores.get().floor() as u64,
    };
    parts.slots[component.index()] = limit(database.station.concurrency.value);
}

/// All copies of all shards, one after the other.
fn stations(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    component: ComponentId,
    places: &Places,
    (shards, copies): (usize, usize),
) {
    let regions = leader_first(draft, name, database, places);
    let wanted = shards.saturating_mul(copies);
    let all = draft.plan.stations.len().saturating_add(wanted);
    if !regions.is_empty() && draft.room(all, MOST_STATIONS, "replicas", name.place) {
        for shard in 0..shards {
            for copy in 0..copies {
                let number = shard * copies + copy;
                let zones = &places.regions[regions[copy % regions.len()]];
                let step = match database.spread {
                    model::CopySpread::Zones => copy / regions.len(),
                    model::CopySpread::None => 0,
                };
                let zone = zones[(shard + step) % zones.len()];
                let processor = processor(draft, &name.value, component, number, &database.station);
                let slots = Slots {
                    component,
                    name: &name.value,
                    station: &database.station,
                    pool: None,
                };
                let replica = u32::try_from(number).unwrap_or(u32::MAX);
                slots.push(draft, replica, zone, processor);
            }
        }
    }
    finish_stations(draft, component);
}

/// The attribute that finds the shard and names what is read and written.
fn key(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    own: Option<KeyspaceId>,
) -> AttributeId {
    let more = database
        .reshard
        .as_ref()
        .map_or(0, |reshard| reshard.to.get());
    let shards = more.max(database.shards.get());
    let several = shards > 1;
    let Some(by) = &database.shard_by else {
        if several {
            let message = format!(
                "`{}` has {shards} shards, but nothing says in which of them something is",
                name.value
            );
            let hint = "say `shard-by: { hash: { key: … } }` with a data set or an attribute that holds its keys";
            draft.complain_with(codes::CONTRADICTION, database.shards.place, message, hint);
        }
        return own.map_or(AttributeId::NONE, |own| {
            draft.plan.keyspaces[own.index()].attribute
        });
    };
    let key = match by {
        model::ShardBy::Hash(by) | model::ShardBy::Range(by) => &by.key,
        model::ShardBy::ConsistentHash(by) => &by.key,
        model::ShardBy::Directory(by) => &by.key,
    };
    if !several {
        let message = format!("`{}` has one shard, in which everything is", name.value);
        let hint = "leave `shard-by` out, or say how many `shards` there are";
        draft.complain_with(codes::CONTRADICTION, key.place, message, hint);
    }
    let Some(attribute) = draft.attribute(key) else {
        return AttributeId::NONE;
    };
    if draft.keyspace_of(attribute).is_none() {
        let message = format!("`{}` holds no keys of a data set", key.value);
        draft.complain(codes::FOREIGN_KEY, key.place, message);
    }
    attribute
}

/// How one of so many shards is found.
pub(super) fn shard_by(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    key: AttributeId,
    shards: u32,
) -> ShardBy {
    let keyspace = key.is_some().then(|| draft.keyspace_of(key)).flatten();
    let items = keyspace.map_or(1, |keyspace| draft.plan.keyspaces[keyspace.index()].items);
    match &database.shard_by {
        Some(model::ShardBy::Range(_)) => ShardBy::Range {
            items: items.max(1),
            old: u32::try_from(database.shards.get()).unwrap_or(u32::MAX),
        },
        Some(model::ShardBy::ConsistentHash(by)) => {
            let points = by.points.get();
            let total = points.saturating_mul(u64::from(shards));
            let total = usize::try_from(total).unwrap_or(usize::MAX);
            let place = by.points.place;
            if draft.room(total, MOST_CANDIDATES / 20, "points on a hash ring", place) {
                let points = u32::try_from(points).unwrap_or(u32::MAX);
                let law = RingLaw::new(&name.value, shards, points, by.luck.rule());
                return ShardBy::Ring(law);
            }
            ShardBy::Hash
        }
        Some(model::ShardBy::Directory(by)) => {
            let hot = by.hot.get();
            if hot > items {
                let message = format!("a list of {hot} keys is longer than all {items} of them");
                draft.complain(codes::OUT_OF_RANGE, by.hot.place, message);
            }
            let hot = usize::try_from(hot).unwrap_or(usize::MAX);
            draft.room(
                hot,
                MOST_CANDIDATES / 20,
                "keys in a directory",
                by.hot.place,
            );
            ShardBy::Directory(u32::try_from(hot).unwrap_or(u32::MAX))
        }
        Some(model::ShardBy::Hash(_)) | None => ShardBy::Hash,
    }
}

fn lag(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    copies: usize,
) -> DemandId {
    let Some(lag) = &database.lag else {
        return DemandId::NONE;
    };
    if copies == 1 {
        let message = format!(
            "`{}` has one copy, which cannot lag behind itself",
            name.value
        );
        draft.complain(codes::CONTRADICTION, lag.place, message);
    }
    value::own_time(draft, &lag.value, &[&name.value, "lag"])
}

/// A pool for each copy of each shard, and one for the reads of each shard.
fn pools(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    component: ComponentId,
    copies: usize,
    reach: &mut Copies,
) {
    let stations: Vec<StationId> = draft.plan.components[component.index()]
        .stations()
        .collect();
    if stations.is_empty() {
        return;
    }
    let single = |copy: usize, shard: usize| match (copy, reach.shards) {
        (0, 1) => format!("{}/leader", name.value),
        (0, _) => format!("{}/leader of {shard}", name.value),
        (_, 1) => format!("{}/{copy}", name.value),
        _ => format!("{}/{copy} of {shard}", name.value),
    };
    let mut first = Vec::new();
    for copy in 0..copies {
        first.push(PoolId::from(draft.plan.pools.len()));
        for shard in 0..reach.shards {
            let own = stations[shard * copies + copy];
            let name = single(copy, shard);
            push_pool(
                draft,
                component,
                Balance::RANDOM,
                u32::MAX,
                &name,
                Some(vec![own]),
            );
        }
    }
    reach.reads = first[0];
    if copies > 1 && !matches!(database.read, model::ReadFrom::Primary) {
        reach.reads = PoolId::from(draft.plan.pools.len());
        for shard in 0..reach.shards {
            let own = stations[shard * copies..][..copies].to_vec();
            let pool = PoolId::from(draft.plan.pools.len());
            let name = match reach.shards {
                1 => format!("{}/any", name.value),
                _ => format!("{}/any of {shard}", name.value),
            };
            push_pool(
                draft,
                component,
                database.balance.rule.clone(),
                u32::MAX,
                &name,
                Some(own),
            );
            keyed(draft, pool, &database.balance);
        }
    }
    reach.pools = first;
    read_from(draft, database, copies, reach);
    if reach.shards > 1 {
        for base in reach.pools.iter().chain([&reach.reads]) {
            draft.plan.pools[base.index()].database = reach.database;
        }
    }
}

/// What the policy of reads asks of their pools.
fn read_from(draft: &mut Draft<'_>, database: &model::Database, copies: usize, reach: &mut Copies) {
    let reads = reach.reads.index()..reach.reads.index() + reach.shards;
    match &database.read {
        model::ReadFrom::Nearest if copies > 1 => {
            for pool in reads {
                nearest(draft, pool);
            }
        }
        model::ReadFrom::FreshWithin(bound) if copies > 1 => {
            for pool in reads {
                draft.plan.pools[pool].fresh_within = bound.within.ns();
            }
        }
        model::ReadFrom::Copies(quorum) => {
            let number = quorum.number.get();
            if number > database.replicas.get() {
                let message = format!(
                    "`copies: {number}` exceeds the {} of `replicas`: no read could ever be answered",
                    database.replicas.get()
                );
                draft.complain(codes::OUT_OF_RANGE, quorum.number.place, message);
            }
            reach.quorum = (copies > 1).then_some(number);
        }
        _ => {}
    }
}

/// Callers in a zone with copies are served there.
fn nearest(draft: &mut Draft<'_>, pool: usize) {
    for zone in 0..draft.plan.zones.len() {
        let candidates = &draft.plan.pools[pool].candidates[zone].stations;
        let here = |station: &&StationId| draft.plan.stations[station.index()].zone.index() == zone;
        let own: Vec<StationId> = candidates.iter().filter(here).copied().collect();
        if !own.is_empty() {
            draft.plan.pools[pool].candidates[zone] = own.into();
        }
    }
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
