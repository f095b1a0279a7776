//! How calls are dealt: to which shards, and among the stations of a pool.
//!
//! A way is a pool with what picks among its stations: its balancer, or the partitions that consumers have. A call takes one way, or
//! several with a share each where its data are divided.

use super::placement::{self, Dealt};
use super::shares::{Keeps, Rooms, station_shares};
use crate::plan::{
    AttributeId, AttributeKind, CallId, Delivery, GroupId, Homes, Load, Plan, Shard, ShardBy,
    StationId, ZoneId, broker,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) pool: usize,
    /// The attribute whose object the balancer looks at; `NONE` = none.
    key: AttributeId,
    /// The group whose batches go to the consumers that have the partitions, or to those who are free.
    group: GroupId,
}

/// All ways, and which of them calls take.
pub(super) struct Ways {
    pub(super) all: Vec<Way>,
    /// By call: ways with their shares.
    of_call: Vec<Vec<(usize, f64)>>,
    places: RefCell<Placements>,
}

/// Typical placements that have been worked out, by key, number of places and rule.
type Placements = BTreeMap<(AttributeId, usize, u64), Vec<f64>>;

impl Ways {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut ways = Self {
            all: Vec::new(),
            of_call: Vec::new(),
            places: RefCell::default(),
        };
        let mut known: BTreeMap<Way, usize> = BTreeMap::new();
        let mut runs = vec![GroupId::NONE; plan.calls.len()];
        for (id, group) in plan.groups.iter().enumerate() {
            if let Some(run) = runs.get_mut(group.run.index()) {
                *run = GroupId::from(id);
            }
        }
        for (id, call) in plan.calls.iter().enumerate() {
            let pools = plan.pools_of(call);
            let shares = ways.shard_shares(plan, CallId::from(id), pools.len());
            let one = |pool: usize| {
                let own = plan
                    .pools
                    .get(pool)
                    .map_or(AttributeId::NONE, |pool| pool.key);
                Way {
                    pool,
                    key: if call.key.is_some() { call.key } else { own },
                    group: runs[id],
                }
            };
            let taken = pools.map(one).zip(shares).map(|(way, share)| {
                let next = known.len();
                let number = *known.entry(way).or_insert(next);
                if number == ways.all.len() {
                    ways.all.push(way);
                }
                (number, share)
            });
            let taken = taken.collect();
            ways.of_call.push(taken);
        }
        ways
    }

    /// The ways that a call takes.
    pub(super) fn of_call(&self, call: CallId) -> &[(usize, f64)] {
        &self.of_call[call.index()]
    }

    /// The share of a call for each of so many shards.
    fn shard_shares(&self, plan: &Plan, id: CallId, shards: usize) -> Vec<f64> {
        let call = &plan.calls[id.index()];
        let database = plan.pools.get(call.pool.index()).map(|pool| pool.database);
        let Some(row) = database.and_then(|id| plan.databases.get(id.index())) else {
            return vec![1.0 / shards as f64; shards];
        };
        let dealt = match &row.shard_by {
            // Ranges of keys hold popular and rare objects alike: where in the order of keys an object stands is luck.
            ShardBy::Hash | ShardBy::Range { .. } => Dealt::ByHash,
            ShardBy::Ring(ring) => Dealt::OnRing(ring.each()),
            ShardBy::Directory(hot) => Dealt::Listed(*hot),
        };
        let key = if call.key.is_some() {
            call.key
        } else {
            row.key
        };
        let mut shares = self.placed(plan, key, shards, dealt);
        if let Shard::After(more) = call.shard {
            shares.rotate_right(more as usize % shards.max(1));
        }
        shares
    }

    /// The shares of so many places when the object of an attribute decides.
    pub(super) fn placed(
        &self,
        plan: &Plan,
        key: AttributeId,
        count: usize,
        dealt: Dealt,
    ) -> Vec<f64> {
        let tag = match dealt {
            Dealt::InTurn => 0,
            Dealt::ByHash => 1,
            Dealt::OnRing(points) => 1 << 33 | u64::from(points),
            Dealt::Listed(hot) => 1 << 34 | u64::from(hot),
        };
        if let Some(known) = self.places.borrow().get(&(key, count, tag)) {
            return known.clone();
        }
        let shares = match objects(plan, key) {
            Some(ranks) => placement::shares(&ranks, count, dealt),
            None => vec![1.0 / count.max(1) as f64; count],
        };
        let mut places = self.places.borrow_mut();
        places.insert((key, count, tag), shares.clone());
        shares
    }

    /// The stations that a way leads to from a zone, with their shares.
    pub(super) fn stations(
        &self,
        plan: &Plan,
        keeps: &Keeps,
        rooms: &Rooms,
        way: usize,
        from: ZoneId,
    ) -> Vec<(StationId, f64)> {
        let way = &self.all[way];
        if let Some(group) = plan.groups.get(way.group.index()) {
            let component = plan.pools[way.pool].component;
            let consumers: Vec<StationId> = plan.components[component.index()].stations().collect();
            return match group.delivery {
                Delivery::Competing { .. } => rooms.by_room(&consumers, 1.0),
                Delivery::InOrder { .. } => {
                    let mut shares = vec![0.0; consumers.len()];
                    let partitions = self.partitions(plan, way.group);
                    let count = partitions.len() as u32;
                    for (partition, share) in partitions.into_iter().enumerate() {
                        let owner = broker::owner(partition as u32, count, shares.len() as u32);
                        shares[owner as usize] += share;
                    }
                    consumers.into_iter().zip(shares).collect()
                }
            };
        }
        let homes = |homes: Homes, count: usize| match homes {
            Homes::InTurn => self.placed(plan, way.key, count, Dealt::InTurn),
            Homes::OnRing { points, bound } => {
                let mut shares = self.placed(plan, way.key, count, Dealt::OnRing(points));
                if let Some(bound) = bound {
                    placement::at_most(&mut shares, bound / count as f64);
                }
                shares
            }
        };
        station_shares(plan, keeps, rooms, &homes, way.pool, from)
    }

    /// The share of messages that each partition of a group's topic has: even, unless all who publish name keys.
    pub(super) fn partitions(&self, plan: &Plan, group: GroupId) -> Vec<f64> {
        let group = &plan.groups[group.index()];
        let topic = group.topic;
        let component = plan.topics[topic.index()].component;
        let count = plan.topics[topic.index()].partitions as usize;
        let into = |call: &&crate::plan::Call| {
            plan.endpoints[call.endpoint.index()].component == component
        };
        let mut keys: Vec<AttributeId> = plan
            .calls
            .iter()
            .filter(into)
            .map(|call| call.key)
            .collect();
        keys.retain(|key| key.is_some());
        keys.dedup();
        match keys.as_slice() {
            [key] => self.placed(plan, *key, count, Dealt::ByHash),
            _ => vec![1.0 / count.max(1) as f64; count],
        }
    }
}

/// How popular the objects of an attribute are, if it names some.
pub(super) fn objects(plan: &Plan, key: AttributeId) -> Option<crate::chance::popularity::Ranks> {
    match plan.attributes.get(key.index())?.kind {
        AttributeKind::Key(keyspace) => Some(plan.keyspaces[keyspace.index()].popularity.clone()),
        AttributeKind::User => {
            let users = |load: &Load| match load {
                Load::Closed { users, .. } => Some(u64::from(*users)),
                Load::Open { .. } | Load::Replay(_) => None,
            };
            // Each request of an open workload is another user's.
            let all: Option<u64> = plan.workloads.iter().map(|row| users(&row.load)).sum();
            let even = crate::chance::popularity::Popularity::Uniform;
            all.map(|users| even.over(users))
        }
        AttributeKind::Number(_)
        | AttributeKind::Count(_)
        | AttributeKind::Priority
        | AttributeKind::Attempt
        | AttributeKind::Batch => None,
    }
}
