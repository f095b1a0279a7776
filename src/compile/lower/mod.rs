//! From words to rows, a file for each kind of thing. First everything that can be named gets its ids (`declare`), then
//! programs are compiled, then workloads and objectives, which refer to both.

mod balance;
mod blocks;
mod cache;
mod carried;
mod cdn;
mod database;
mod disciplines;
mod expect;
mod external;
mod function;
mod guards;
mod host;
mod invalidation;
mod lookup;
mod network;
mod objectives;
mod pool;
mod prices;
mod programs;
mod publish;
mod queries;
mod rate_limit;
mod recorded;
mod reliability;
mod reshard;
mod route;
mod service;
mod several;
mod station;
mod steering;
mod steps;
mod store;
mod topic;
mod workload;

pub(super) use workload::chain;

use super::draft::Draft;
use super::names::Written;
use crate::model::Limit;
use crate::plan::{
    Capacity, ComponentId, CpuDiscipline, KeyspaceId, PoolId, Quantity, QuantityId, View,
};
use std::collections::BTreeMap;
use std::num::NonZeroU64;

/// What the declarations found out and the programs need.
#[derive(Default)]
pub(super) struct Parts {
    /// The machines by the position of their host among the names.
    hosts: BTreeMap<usize, host::Hosts>,
    /// Pools of units by component and name.
    pools: BTreeMap<(ComponentId, String), QuantityId>,
    /// Connections by database and calling component ([`ComponentId::NONE`]: users).
    connections: BTreeMap<(ComponentId, ComponentId), QuantityId>,
    /// The copies of each database.
    pub(super) copies: BTreeMap<ComponentId, database::Copies>,
    /// Caches by position among the names.
    pub(super) caches: BTreeMap<usize, cache::Reach>,
    /// The attribute whose object a query is about where its call does not say, if that is not the data set's own.
    query_keys: BTreeMap<crate::plan::EndpointId, crate::plan::AttributeId>,
    /// What each write drops from caches.
    purges: BTreeMap<crate::plan::EndpointId, Vec<u32>>,
    /// The pool of each route.
    routes: BTreeMap<ComponentId, PoolId>,
    /// Topics and queues.
    brokers: BTreeMap<ComponentId, topic::Broker>,
    /// The data sets whose objects are asked for by a call to a component, as of a CDN or a database.
    asked: BTreeMap<ComponentId, KeyspaceId>,
    /// Whole cores of the smallest replica, by component; `u64::MAX` = unlimited, 0 = shared with others.
    whole_cores: Vec<u64>,
    /// Slots of a replica, by component; `u64::MAX` = unlimited.
    slots: Vec<u64>,
    /// Stores of caches so far.
    stores: u32,
    /// Objects that caches so far begin with.
    warm: f64,
    /// Instances of pools of units so far.
    instances: u32,
    /// Counters of retry budgets so far.
    budgets: u32,
    /// First counter of a calling component and its target.
    budget_rows: BTreeMap<(ComponentId, crate::plan::EndpointId), u32>,
    /// Routine calls whose entry is not known yet: the run, the service, the routine's name.
    runs: Vec<(usize, ComponentId, String)>,
}

impl Parts {
    /// Adds a pool of units, giving it its instances.
    fn quantity(&mut self, draft: &mut Draft<'_>, mut quantity: Quantity) -> QuantityId {
        quantity.first = self.instances;
        self.instances = self.instances.saturating_add(quantity.instances);
        draft.plan.quantities.push(quantity);
        QuantityId::from(draft.plan.quantities.len() - 1)
    }
}

/// Slots, `u64::MAX` for unlimited.
fn limit(limit: Limit<NonZeroU64>) -> u64 {
    match limit {
        Limit::Unlimited => u64::MAX,
        Limit::Of(number) => number.get(),
    }
}

fn capacity(cores: &Limit<f64>) -> Capacity {
    match cores {
        Limit::Unlimited => Capacity::Unlimited,
        Limit::Of(cores) => Capacity::Cores(*cores),
    }
}

/// Draws everything.
pub(super) fn all(draft: &mut Draft<'_>) {
    let places = network::declare(draft);
    let mut parts = declare(draft, &places);
    if draft.plan.components.len() != draft.names.known.len() {
        // There were too many places, which has been said; nothing can be called without them.
        return;
    }
    prices::declare(draft);
    programs::compile(draft, &mut parts);
    workload::declare(draft, &mut parts, &places);
    balancer_rows(draft);
    objectives::declare(draft);
    expect::declare(draft);
}

fn declare(draft: &mut Draft<'_>, places: &network::Places) -> Parts {
    let known = draft.names.written();
    let mut parts = Parts {
        whole_cores: vec![0; known.len()],
        slots: vec![u64::MAX; known.len()],
        ..Parts::default()
    };
    if draft.plan.zones.is_empty() {
        return parts;
    }
    for (position, (name, written)) in known.iter().enumerate() {
        if let Written::Host(host) = written {
            host::processors(draft, position, name, host, places, &mut parts);
        }
    }
    function::accounts(draft);
    let mut externals = 0;
    for (position, (name, written)) in known.iter().enumerate() {
        match written {
            Written::Service(service) => service::declare(draft, name, service, places, &mut parts),
            Written::Function(function) => {
                function::declare(draft, name, function, places, &mut parts);
            }
            Written::External(external) => {
                external::declare(draft, name, externals, external, places, &mut parts);
                externals += 1;
            }
            Written::Database(database) => {
                database::declare(draft, name, database, places, &mut parts);
            }
            Written::Cache(cache) => {
                cache::declare(draft, name, position, cache, places, &mut parts);
            }
            Written::Topic(topic) => topic::topic(draft, name, topic, places, &mut parts),
            Written::Queue(queue) => topic::queue(draft, name, queue, places, &mut parts),
            Written::Cdn(cdn) => cdn::declare(draft, name, cdn, places, &mut parts),
            Written::Shield(cdn) => cdn::declare_shield(draft, name, cdn, places, &mut parts),
            Written::Store(store) => store::declare(draft, name, store, places, &mut parts),
            Written::Host(_) => host::declare(draft, name),
            Written::Route(route) => route::declare(draft, name, route, &mut parts),
        }
    }
    // Those who share a processor that is slowed by them never compute as though they were alone, however many cores there are.
    for row in &draft.plan.processors {
        if matches!(row.discipline, CpuDiscipline::Slowed(_)) {
            parts.whole_cores[row.component.index()] = 0;
        }
    }
    reliability::declare(draft, &mut parts);
    invalidation::declare(draft, &mut parts);
    parts
}

/// Gives balancers that count for themselves a counter for every caller: one per station, and one for all users.
fn balancer_rows(draft: &mut Draft<'_>) {
    let callers = u32::try_from(draft.plan.stations.len() + 1).unwrap_or(u32::MAX);
    let components = &draft.plan.components;
    let mut next = 0_u32;
    for pool in &mut draft.plan.pools {
        pool.row = next;
        let own = pool.balance.view() == View::Caller;
        let replicas = components[pool.component.index()].replicas;
        next = next.saturating_add(if own {
            callers.saturating_mul(replicas)
        } else {
            1
        });
    }
}
