//! Caches: stores inside each replica of a service, or nodes of their own behind a hash ring.
//!
//! A program looks its object up and fetches what is not there (`get` with `miss`: cache-aside; a cache that reads through is the same with
//! the fetch behind it). It writes through by a call to where the truth is and a `put`, and back by a `put` and a `send`; or it drops what it
//! has written (`invalidate`), as may the write itself (see [`super::invalidation`]).
//!
//! Not modelled: the time of a look-up within a process; copies of nodes; what objects and their keys take beside their size; entries that
//! are cleared away when their time is over (they stay until somebody looks for them, or room is needed).

use super::super::draft::{Draft, MOST_CANDIDATES, MOST_STATIONS};
use super::database::processor;
use super::network::Places;
use super::pool::{hidden_endpoint, push_pool};
use super::station::{Slots, begin, finish_stations, quantities, regions_of};
use super::{Parts, limit};
use crate::chance::key::site;
use crate::model::{self, Limit};
use crate::plan::{
    Balance, Cache, CacheId, ComponentId, ComponentKind, EndpointId, Grace, KeyspaceId, MOST_WARM,
    PoolId, RingLaw, StationId,
};
use crate::policy::balance::consistent_hash::ConsistentHash;
use crate::policy::evict::{Rule, Segments};
use crate::source::{At, codes};
use crate::units::Duration;
use crate::units::format::count;
use std::collections::BTreeSet;

/// Points of a node on the ring when the model does not say.
const POINTS: u64 = 100;

/// How programs reach a cache.
#[derive(Clone, Copy)]
pub(in super::super) struct Reach {
    pub(in super::super) cache: CacheId,
    /// The service in whose replicas it lives, for a cache without nodes.
    pub(in super::super) per: Option<usize>,
    /// What is asked for an object, for a cache on nodes.
    pub(in super::super) get: EndpointId,
    /// What is told to store one.
    pub(in super::super) store: EndpointId,
    /// What is told to drop one.
    pub(in super::super) drop: EndpointId,
}

/// The row, nodes and endpoints of a cache.
pub(super) fn declare(
    draft: &mut Draft<'_>,
    name: &At<String>,
    position: usize,
    cache: &model::Cache,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Cache);
    let per = match &cache.per {
        Some(service) => {
            draft
                .names
                .component(service, ComponentKind::Service, &mut draft.complaints)
        }
        None => None,
    };
    let (mut get, mut store, mut drop) = (EndpointId::NONE, EndpointId::NONE, EndpointId::NONE);
    if cache.per.is_none() {
        nodes(draft, name, component, cache, places);
        let pool = PoolId::from(draft.plan.pools.len() - 1);
        get = hidden_endpoint(draft, component, "get", pool, true);
        store = hidden_endpoint(draft, component, "store", pool, false);
        drop = hidden_endpoint(draft, component, "drop", pool, false);
        quantities(draft, component, &name.value, &cache.station.pools, parts);
    } else {
        finish_stations(draft, component);
    }
    parts.whole_cores[component.index()] = match &cache.station.cores.value {
        Limit::Unlimited => u64::MAX,
        Limit::Of(cores) => cores.get().floor() as u64,
    };
    parts.slots[component.index()] = if cache.per.is_some() {
        u64::MAX
    } else {
        limit(cache.station.concurrency.value)
    };
    let owner = per.map_or(component, ComponentId::from);
    let kept = Kept {
        name: &name.value,
        of: &cache.of,
        capacity: &cache.capacity,
        evict: &cache.evict,
        ttl: cache.ttl.as_ref(),
        coalesce: &cache.coalesce,
        start: &cache.start,
    };
    let cache = kept.declare(draft, component, owner, parts);
    parts.caches.insert(
        position,
        Reach {
            cache,
            per,
            get,
            store,
            drop,
        },
    );
}

/// What a cache keeps, and how.
pub(super) struct Kept<'k> {
    pub(super) name: &'k str,
    pub(super) of: &'k At<String>,
    pub(super) capacity: &'k At<model::Capacity>,
    pub(super) evict: &'k model::Evict,
    pub(super) ttl: Option<&'k model::Ttl>,
    pub(super) coalesce: &'k model::Coalesce,
    pub(super) start: &'k model::Start,
}

impl Kept<'_> {
    /// The row of a cache with a store in each replica of its owner, which must be known.
    pub(super) fn declare(
        &self,
        draft: &mut Draft<'_>,
        component: ComponentId,
        owner: ComponentId,
        parts: &mut Parts,
    ) -> CacheId {
        let keyspace = draft.keyspace(self.of).unwrap_or(KeyspaceId::NONE);
        // Services come before caches, so that the owner's replicas are known.
        let stores = draft.plan.components[owner.index()].replicas;
        let first = parts.stores;
        parts.stores = first.saturating_add(stores);
        let (capacity_items, capacity_bytes) = match self.capacity.value {
            model::Capacity::Items(items) => (items.get(), u64::MAX),
            model::Capacity::Bytes(bytes) => (u64::MAX, bytes.get().round() as u64),
        };
        if capacity_bytes != u64::MAX {
            self.need_sizes(draft, keyspace);
        }
        let ttl = self.time_to_live();
        draft.plan.caches.push(Cache {
            component,
            keyspace,
            owner,
            capacity_items,
            capacity_bytes,
            evict: rule(self.evict),
            ttl: ttl.map_or(0, |ttl| ttl.ns()),
            sliding: self.ttl.is_some_and(|ttl| ttl.sliding.is_some()),
            ttl_jitter: self.ttl.map_or(0.0, |ttl| ttl.jitter.get()),
            coalesce: self.coalesce.wait,
            warm: *self.start == model::Start::Warm,
            first,
            stores,
            site: site(&["cache", self.name]),
        });
        if let Some(ttl) = ttl.filter(|ttl| ttl.ns() == 0) {
            draft.complain(
                codes::OUT_OF_RANGE,
                ttl.place,
                "entries that are good for no time at all are never found: leave the cache out",
            );
        }
        let cache = CacheId::from(draft.plan.caches.len() - 1);
        self.begin_warm(draft, cache, parts);
        if self.coalesce.wait && self.coalesce.failed == model::Failed::Next {
            let most = self.coalesce.most.as_ref().map_or(2, |most| most.get());
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            draft.plan.guards.takeovers.push((cache, most));
        }
        let span = self.grace();
        if span > 0 {
            draft.plan.graces.push(Grace { cache, span });
        }
        cache
    }

    /// Counts what a cache begins with, and complains when that is too much.
    fn begin_warm(&self, draft: &mut Draft<'_>, id: CacheId, parts: &mut Parts) {
        let plan = &draft.plan;
        let cache = &plan.caches[id.index()];
        let Some(space) = plan.keyspaces.get(cache.keyspace.index()) else {
            return;
        };
        if !cache.warm {
            return;
        }
        let by_bytes = cache.capacity_bytes as f64 / space.mean_size(&plan.demands).max(1.0);
        let room = (cache.capacity_items as f64).min(by_bytes);
        // The nodes of a region share its objects; every other store may hold any of them.
        let copies = if cache.is_divided(plan) {
            let stations = plan.components[cache.component.index()].stations();
            let regions = stations
                .map(|station| &plan.zones[plan.stations[station.index()].zone.index()].region);
            regions.collect::<BTreeSet<_>>().len() as f64
        } else {
            f64::from(cache.stores)
        };
        let held = (f64::from(cache.stores) * room).min(copies * space.items as f64);
        parts.warm += held;
        if parts.warm <= MOST_WARM as f64 {
            return;
        }
        let message = format!(
            "caches that begin warm would hold {} objects, {} of them in the stores of `{}`; more than {} are too many to simulate",
            count(parts.warm),
            count(held),
            self.name,
            count(MOST_WARM as f64)
        );
        draft.complain_with(
            codes::TOO_MANY,
            self.capacity.place,
            message,
            "model fewer, larger objects (a tenth of items, capacity and requests), or begin cold: `start: cold`",
        );
    }

    /// How long an entry is good for, from whichever moment.
    fn time_to_live(&self) -> Option<&At<Duration>> {
        let ttl = self.ttl?;
        ttl.fixed.as_ref().or(ttl.sliding.as_ref())
    }

    /// For how long before its end a copy is stale \[ns\].
    fn grace(&self) -> u64 {
        let of = |ttl: &model::Ttl| {
            Some(
                ttl.fixed
                    .as_ref()?
                    .ns()
                    .saturating_sub(ttl.soft.as_ref()?.ns()),
            )
        };
        self.ttl.and_then(of).unwrap_or(0)
    }

    /// Complains of a bound in bytes on objects that have none.
    fn need_sizes(&self, draft: &mut Draft<'_>, keyspace: KeyspaceId) {
        if keyspace.is_some()
            && !draft.plan.keyspaces[keyspace.index()].has_sizes()
            && !draft.lacks_recordings()
        {
            let message = format!(
                "`{}` is bounded in bytes, but its data set `{}` has no `size`",
                self.name, self.of.value
            );
            draft.complain_with(
                codes::OUT_OF_RANGE,
                self.capacity.place,
                message,
                "bound it in items (`100000 items`) or give the data set a `size`",
            );
        }
    }
}

fn nodes(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    cache: &model::Cache,
    places: &Places,
) {
    let regions = regions_of(draft, name, &cache.station.regions, places);
    let each =
        usize::try_from(cache.nodes.as_ref().map_or(1, |nodes| nodes.get())).unwrap_or(usize::MAX);
    let wanted = draft
        .plan
        .stations
        .len()
        .saturating_add(each.saturating_mul(regions.len()));
    if draft.room(wanted, MOST_STATIONS, "replicas", name.place) {
        let mut number = 0;
        for zones in regions
            .iter()
            .filter_map(|region| places.regions.get(*region))
            .filter(|zones| !zones.is_empty())
        {
            for node in 0..each {
                let processor = processor(draft, &name.value, component, number, &cache.station);
                let slots = Slots {
                    component,
                    name: &name.value,
                    station: &cache.station,
                    pool: None,
                };
                slots.push(
                    draft,
                    u32::try_from(number).unwrap_or(u32::MAX),
                    zones[node % zones.len()],
                    processor,
                );
                number += 1;
            }
        }
    }
    finish_stations(draft, component);
    let ring = if draft.plan.components[component.index()].replicas == 0 {
        RingLaw::default()
    } else {
        ring(draft, name, cache, each)
    };
    let stations: Vec<StationId> = draft.plan.components[component.index()]
        .stations()
        .collect();
    push_pool(
        draft,
        component,
        Balance::ConsistentHash(ConsistentHash::on(ring)),
        u32::MAX,
        &name.value,
        Some(stations),
    );
}

/// The points of the nodes of one region, each named by cache and node, so that one node more moves only its own keys.
fn ring(draft: &mut Draft<'_>, name: &At<String>, cache: &model::Cache, nodes: usize) -> RingLaw {
    let points = cache.ring.as_ref().map_or(POINTS, |ring| ring.points.get());
    let place = cache
        .ring
        .as_ref()
        .map_or(name.place, |ring| ring.points.place);
    let total = usize::try_from(points)
        .unwrap_or(usize::MAX)
        .saturating_mul(nodes);
    if !draft.room(total, MOST_CANDIDATES / 20, "points on a hash ring", place) {
        return RingLaw::default();
    }
    let luck = cache.ring.as_ref().map(|ring| ring.luck.rule());
    RingLaw::new(
        &name.value,
        u32::try_from(nodes).unwrap_or(u32::MAX),
        u32::try_from(points).unwrap_or(u32::MAX),
        luck.unwrap_or_default(),
    )
}

fn segments(slru: &model::Slru) -> Segments {
    match (&slru.segments, &slru.protected) {
        (Some(number), _) => Segments::Equal(u8::try_from(number.get()).unwrap_or(u8::MAX)),
        (None, Some(share)) => Segments::Protected((share.get() * 1000.0).round() as u16),
        (None, None) => Segments::default(),
    }
}

fn rule(evict: &model::Evict) -> Rule {
    match evict {
        model::Evict::Lru => Rule::Lru,
        model::Evict::Fifo => Rule::Fifo,
        model::Evict::Random => Rule::Random,
        model::Evict::Clock => Rule::Clock,
        model::Evict::Sieve => Rule::Sieve,
        model::Evict::Lfu => Rule::Lfu,
        model::Evict::Gdsf => Rule::Gdsf,
        model::Evict::Slru(slru) => Rule::Slru(segments(slru)),
        model::Evict::TwoQueue => Rule::TwoQueue,
        model::Evict::Arc => Rule::Arc,
        model::Evict::S3Fifo => Rule::S3Fifo,
        model::Evict::TinyLfu => Rule::TinyLfu,
    }
}
