//! The contract between the compiler and the engine: an architecture as a dense program.
//!
//! Everything here is plain data over `u32` ids. It can be printed ([`listing`]), hashed, counted and diffed; the engine runs it,
//! [`crate::analysis`] and [`crate::cost`] read the same tables. Names appear only for people and for the naming of draws.

pub mod bill;
mod breakdown;
pub mod broker;
pub mod cdn;
mod ceiling;
pub mod component;
mod database;
pub mod expectation;
pub mod fresh;
pub mod function;
mod guards;
pub mod ids;
pub mod listing;
pub mod objective;
pub mod several;
pub mod station;
mod steering;
pub mod step;
pub mod store;
pub mod workload;

pub use bill::{Bill, Charge};
pub use breakdown::{Breakdowns, Failover, Interrupted, Unit, Wear};
pub use broker::{Delivery, Group, Rebalance, Topic};
pub use cdn::{Cdn, CdnPrice, SiteMeter};
pub use ceiling::{Ceiling, Resource};
pub use component::{Component, ComponentKind, Endpoint, Price};
pub use database::{Database, Move, Reshard, Shard, ShardBy};
pub use expectation::{Claim, Expectation, Figure, Statistic};
pub use fresh::{Grace, Purge, Refresh};
pub use function::{Account, Function, Take, UsePrice, WaitsFor};
pub use guards::{Ejection, Guards, Limited, RateLimit, Watch};
pub use ids::*;
pub use objective::{Bound, Metric, Objective, Target};
pub use several::Several;
pub use station::{
    Balance, Candidates, Capacity, CpuDiscipline, Deal, Direction, Discipline, Homes, Link, Looks,
    Over, Pool, Processor, Ring, RingLaw, Sharers, Station, Usl, View, Zone,
};
pub use steering::{Area, Asked, Busy, Sight, Spill, Steering};
pub use step::{
    Abandon, After, Assign, AssignValue, Backoff, Cache, Call, Chance, Choice, Condition,
    CountDemand, Demand, Fork, Get, Handler, Hedge, Hold, MOST_WARM, Quantity, Repeat, Retry, Run,
    Scale, ScaleLaw, Source, Step, Test,
};
pub use store::{ObjectStore, Tier};
pub use workload::{
    Attribute, AttributeKind, Drift, Entry, Keyspace, Load, ObjectSet, Replay, Workload,
};

/// An architecture, compiled. Every id in it indexes the table of its kind.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The model's name, for people and for the results directory.
    pub name: String,
    /// One line on what the model shows.
    pub about: String,
    /// Names of the priorities, most urgent first; at least one.
    pub priorities: Vec<String>,
    /// The programs of all endpoints, journeys and routines, one after the other.
    pub steps: Vec<Step>,
    /// Random durations, sizes and numbers used by steps, with the names of their draws.
    pub demands: Vec<Demand>,
    /// Random whole numbers used by steps.
    pub counts: Vec<CountDemand>,
    /// Probabilities with the name of their draw.
    pub chances: Vec<Chance>,
    /// Calls, sends and forwards.
    pub calls: Vec<Call>,
    /// Retry rules of calls.
    pub retries: Vec<Retry>,
    /// What breaks.
    pub breakdowns: Breakdowns,
    /// Rate limits and the like.
    pub guards: Guards,
    /// Prices beside those of components and links.
    pub bill: Bill,
    /// Parallel blocks, written or counted.
    pub forks: Vec<Fork>,
    /// Sequential loops.
    pub repeats: Vec<Repeat>,
    /// Weighted choices.
    pub choices: Vec<Choice>,
    /// Tests on attributes.
    pub conditions: Vec<Condition>,
    /// Objects that tests look for among those of a recording.
    pub object_sets: Vec<ObjectSet>,
    /// Attribute values given by `set:` and `with:`.
    pub assigns: Vec<Assign>,
    /// In-process routine calls.
    pub runs: Vec<Run>,
    /// Handlers of failures of blocks.
    pub handlers: Vec<Handler>,
    /// Acquisitions of pool units.
    pub holds: Vec<Hold>,
    /// Cache look-ups.
    pub gets: Vec<Get>,
    /// Those of several keys.
    pub several: Vec<Several>,
    /// Caches.
    pub caches: Vec<Cache>,
    /// Caches that give out stale copies.
    pub graces: Vec<Grace>,
    /// Look-ups that fetch anew behind them.
    pub refreshes: Vec<Refresh>,
    /// What writes drop from caches.
    pub purges: Vec<Purge>,
    /// Databases with several shards or copies.
    pub databases: Vec<Database>,
    /// Topics and queues.
    pub topics: Vec<Topic>,
    /// Groups of consumers, those of one topic one after the other.
    pub groups: Vec<Group>,
    /// Those of them that are dealt anew.
    pub rebalances: Vec<Rebalance>,
    /// Pools of units (threads, connections, locks): one row per kind, with instances per station.
    pub quantities: Vec<Quantity>,
    /// What the architect named: services, databases, caches, externals, hosts.
    pub components: Vec<Component>,
    /// Entry points of components.
    pub endpoints: Vec<Endpoint>,
    /// Candidate sets with a balancer.
    pub pools: Vec<Pool>,
    /// Replicas: slots and a queue in front of them.
    pub stations: Vec<Station>,
    /// Processors: private to a station, or a host shared by several.
    pub processors: Vec<Processor>,
    /// Shares of disciplines that divide turns or cores, by priority or by component.
    pub shares: Vec<Vec<f64>>,
    /// Laws by which processors are slowed down by those who share them.
    pub slowdowns: Vec<Usl>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Limits that they share.
    pub accounts: Vec<Account>,
    /// Content delivery networks.
    pub cdns: Vec<Cdn>,
    /// Object storage.
    pub stores: Vec<ObjectStore>,
    /// Places: zones of regions first, then one outside place per workload.
    pub zones: Vec<Zone>,
    /// Kinds of network links.
    pub links: Vec<Link>,
    /// Row-major table `zones × zones` of links; [`LinkId::NONE`] means no delay.
    pub routes: Vec<LinkId>,
    /// Sources of requests.
    pub workloads: Vec<Workload>,
    /// What a workload may ask for, one row per line of its mix.
    pub entries: Vec<Entry>,
    /// Attributes of requests.
    pub attributes: Vec<Attribute>,
    /// Sets of objects with a popularity.
    pub keyspaces: Vec<Keyspace>,
    /// Which of them drift.
    pub drifts: Vec<Drift>,
    /// What the architecture must achieve.
    pub objectives: Vec<Objective>,
    /// What is known from elsewhere, and must come out.
    pub expectations: Vec<Expectation>,
    /// The one currency of all prices; empty when there is none.
    pub currency: String,
    /// Static load, worked out by the compiler.
    pub load: StaticLoad,
    /// The ledger of assumptions, for reports.
    pub assumptions: Vec<Assumption>,
}

/// A made-up number of the model, for the ledger in the report.
#[derive(Debug, Clone, Default)]
pub struct Assumption {
    /// Its name in the model.
    pub name: String,
    /// Its value as written.
    pub value: String,
    /// The range thought possible, as written.
    pub between: Option<String>,
    /// Why this value.
    pub why: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// What the compiler knows of the load before anything runs.
#[derive(Debug, Clone, Default)]
pub struct StaticLoad {
    /// Expected visits per second of every endpoint at the offered load, by [`EndpointId`]. For closed workloads: at the load that the asymptotic bound allows.
    pub endpoint_rate: Vec<f64>,
    /// Offered utilisation of every processor (core-seconds asked for per second, over cores × speed), by [`ProcessorId`]; above 1 it cannot keep up.
    pub processor_load: Vec<f64>,
    /// Offered slot utilisation of every station (a lower bound: the time that its own steps take, over slots), by [`StationId`]; 0 for unlimited slots.
    pub station_load: Vec<f64>,
    /// Relaxation time of the slowest stable station \[ns\]: 1/(cμ(1-√ρ)²) with ρ capped at 0.98.
    pub relaxation_ns: f64,
    /// Which component sets that relaxation time.
    pub slowest: Option<ComponentId>,
    /// All bounds, and how much of them is asked for.
    pub ceilings: Vec<Ceiling>,
    /// Time until the slowest cache is as full as it gets \[ns\]; 0 without caches.
    pub cache_fill_ns: f64,
    /// Until the caches hold what is popular, where their rule takes long to learn that \[ns\].
    pub cache_learn_ns: f64,
    /// Root requests per second that are expected over all workloads.
    pub root_rate: f64,
    /// Calls (flights) per root request expected.
    pub calls_per_root: f64,
    /// Mean time of one think-and-request cycle of the slowest closed workload \[ns\]; 0 without closed workloads.
    pub cycle_ns: f64,
    /// Time until every workload has reached its final shape (ramps, stages) \[ns\].
    pub settled_after_ns: f64,
    /// True when some open workload's rate never settles (it ends with a change, or stages go on beyond the run).
    pub shaped: bool,
}

impl Plan {
    /// Whether a replication keeps all the time what chance gave it when it began: where objects are (rings, hashes, sessions,
    /// partitions) and how large they are. Such replications differ however long they are.
    pub fn is_up_to_luck(&self) -> bool {
        let dealt = |pool: &Pool| {
            let several = pool.candidates.iter().any(|row| row.stations.len() > 1);
            several && matches!(pool.balance.deal(), Deal::ByObject(_))
        };
        let sized = |space: &Keyspace| {
            let law = self.demands.get(space.size.index()).map(|size| &size.law);
            law.is_some_and(|law| !matches!(law, crate::chance::law::Law::Constant(_)))
        };
        let keyed = || self.calls.iter().any(|call| call.key.is_some());
        self.pools.iter().any(dealt)
            || self.databases.iter().any(|row| row.shards > 1)
            || self.topics.iter().any(|row| row.partitions > 1) && keyed()
            || self.keyspaces.iter().any(sized)
    }

    /// Failures that more than this lies between have different causes \[ns\]: the longest time in which a queue forgets how long it was,
    /// or in which what has broken is repaired.
    pub fn apart(&self) -> u64 {
        let repairs = self.breakdowns.wear.iter().map(|wear| wear.down.mean());
        repairs.fold(self.load.relaxation_ns, f64::max).max(1.0) as u64
    }

    /// Units of a pool in all its instances; of row locks and other keyed pools the objects, each of which is one. `None` where these
    /// are without number.
    pub fn units(&self, id: QuantityId) -> Option<f64> {
        let quantity = &self.quantities[id.index()];
        let instances = f64::from(quantity.instances);
        if !self.is_keyed(id) {
            return Some(f64::from(quantity.size) * instances);
        }
        // A row of a database is at one of its shards, and written at one of its copies; replicas of a service have all objects each.
        let owner = self.components.get(quantity.component.index());
        let once = owner.is_some_and(|owner| owner.kind == ComponentKind::Database);
        self.keyed(id)
            .map(|objects| objects * if once { 1.0 } else { instances })
    }

    /// Objects by which units of a pool are held.
    fn keyed(&self, id: QuantityId) -> Option<f64> {
        let mut keys: Vec<AttributeId> = Vec::new();
        for hold in self.holds.iter().filter(|hold| hold.quantity == id) {
            if hold.key.is_some() && !keys.contains(&hold.key) {
                keys.push(hold.key);
            }
        }
        let objects = |key: &AttributeId| match self.attributes[key.index()].kind {
            AttributeKind::Key(keyspace) => Some(self.keyspaces[keyspace.index()].items as f64),
            _ => None,
        };
        keys.iter().map(objects).sum()
    }

    /// Whether units of a pool are held by object.
    pub fn is_keyed(&self, id: QuantityId) -> bool {
        let mut holds = self.holds.iter();
        holds.any(|hold| hold.quantity == id && hold.key.is_some())
    }

    /// How many instances all pools of units have together.
    pub fn instances_of_units(&self) -> usize {
        let ends = self.quantities.iter().map(|row| row.first + row.instances);
        ends.max().unwrap_or(0) as usize
    }

    /// How many meters its components have: those of CDNs and stores, then those of caches that are bounded in bytes.
    pub fn meters(&self) -> u32 {
        self.own_meters() + self.byte_meters(0)
    }

    /// How many meters CDNs and stores have: see [`Cdn::meter`] and [`ObjectStore::meter`].
    pub fn own_meters(&self) -> u32 {
        let sites: u32 = self.cdns.iter().map(Cdn::meters).sum();
        let stores: u32 = self.stores.iter().map(ObjectStore::meters).sum();
        sites + stores
    }

    /// Meters of the caches from this one on that are bounded in bytes, three for each store; CDNs have theirs already.
    fn byte_meters(&self, from: usize) -> u32 {
        let caches = from..self.caches.len();
        caches.map(|cache| self.own_byte_meters(cache)).sum()
    }

    fn own_byte_meters(&self, cache: usize) -> u32 {
        let id = CacheId::from(cache);
        let of_cdn = |cdn: &Cdn| cdn.cache == id || cdn.shield == Some(id);
        let row = &self.caches[cache];
        if row.capacity_bytes == u64::MAX || self.cdns.iter().any(of_cdn) {
            return 0;
        }
        row.stores * SiteMeter::ALL
    }

    /// First of the meters of a cache that is bounded in bytes; `None` where what is found is not weighed.
    pub fn byte_meter(&self, id: CacheId) -> Option<u32> {
        let weighed = self.own_byte_meters(id.index()) > 0;
        weighed.then(|| self.meters() - self.byte_meters(id.index()))
    }

    /// The link from one place to another.
    #[inline]
    pub fn route(&self, from: ZoneId, to: ZoneId) -> LinkId {
        self.routes[from.index() * self.zones.len() + to.index()]
    }
}
