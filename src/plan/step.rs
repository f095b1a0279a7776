//! Steps of programs and the rows they point to.
//!
//! A program is a run of [`Step`]s that ends in [`Step::End`] (endpoints, journeys), [`Step::Join`] (branches) or
//! [`Step::Return`] (routines). Jumps go to absolute [`StepId`]s. Steps are `Copy` and at most 16 bytes.

use super::database::Shard;
use super::ids::{
    AttributeId, CacheId, CallId, ChanceId, ChoiceId, ComponentId, ConditionId, CountId,
    DatabaseId, DemandId, EndpointId, ForkId, GetId, GroupId, HandlerId, HoldId, KeyspaceId,
    PoolId, QuantityId, RefreshId, RepeatId, RetryId, RunId, StepId, StoreId, TopicId,
};
use crate::chance::count::CountSampler;
use crate::chance::key::Site;
use crate::chance::law::{Law, Sampler};
use crate::chance::weights::Weights;
use crate::policy::evict::Rule;

/// One step of a request's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Use the processor for a drawn number of core-nanoseconds.
    Compute(DemandId),
    /// As `Compute`, where the compiler has shown that the processor never has more jobs than cores: a pure delay that counts as busy.
    Work(DemandId),
    /// Wait, holding the slot but no processor (also `compute` on a user's own device).
    Sleep(DemandId),
    /// Call and wait for the answer.
    Call(CallId),
    /// Call and forget.
    Send(CallId),
    /// Pass on the duty to reply.
    Forward(CallId),
    /// Answer now; the size in bytes is drawn from the demand, if any.
    Reply(DemandId),
    /// Start parallel branches and wait for as many as needed.
    Fork(ForkId),
    /// A branch is over.
    Join,
    /// Start a loop: pushes a frame, or skips to the loop's end when the count is 0.
    Repeat(RepeatId),
    /// The loop's body is over: go round again or leave.
    Again(RepeatId),
    /// Leave the innermost loop with this probability.
    Stop(ChanceId),
    /// Call a routine in-process.
    Run(RunId),
    /// A routine is over.
    Return,
    /// Go on elsewhere.
    Jump(StepId),
    /// Go on at one of several places, by weight.
    Choose(ChoiceId),
    /// Go on with the next step when the test holds, else at the place given by the condition.
    When(ConditionId),
    /// Push a failure handler.
    Try(HandlerId),
    /// Pop the failure handler pushed last.
    Caught,
    /// Acquire units, waiting for them; pushes a frame that gives them back on every exit.
    Acquire(HoldId),
    /// Give the units of the innermost hold back.
    Release,
    /// Look up a cache that lives in this replica: sets the hit flag; a miss with coalescing makes this flight the filler or lets it wait.
    Probe(GetId),
    /// Go on at the place when the last look-up was a hit.
    OnHit(StepId),
    /// Store what was missed (in this replica, or by a message to the cache's node) without waiting.
    Fill(GetId),
    /// Let a flight of its own fetch anew what the look-up found stale, if it is to.
    Refresh(RefreshId),
    /// Store an object in a cache of this replica, anew.
    Put(GetId),
    /// Drop an object from a cache of this replica.
    Drop(GetId),
    /// In a cache node's own program: look up the request's object; the answer carries the hit flag.
    NodeProbe(CacheId),
    /// In a cache node's own program: store the request's object.
    NodeStore(CacheId),
    /// In a cache node's own program: drop the request's object.
    NodeDrop(CacheId),
    /// A write is acknowledged: entries of a cache are dropped (index into [`super::Plan::purges`]).
    Purge(u32),
    /// In a topic's or a queue's own program: the request's message is in.
    Append(TopicId),
    /// In a group's own program: its messages are read (the engine does that by itself; the step says what follows from them).
    Read(GroupId),
    /// In a store's own program: the request's object is written, and new.
    Shelve(StoreId),
    /// Fail this request with cause `error` with this probability.
    Fail(ChanceId),
    /// Give an attribute a value from here on (index into [`super::Plan::assigns`]).
    Set(u32),
    /// On a leader: the write is made, and its followers do not have it yet.
    Commit(DatabaseId),
    /// On a leader: the write is acknowledged, so that reads must not miss it any more.
    Acknowledge(DatabaseId),
    /// On a follower: the write is made here too.
    Applied(DatabaseId),
    /// On a copy: the request reads its object here.
    ReadCopy(DatabaseId),
    /// On a copy, for a quorum: the answer carries whether the object was up to date.
    Peek(DatabaseId),
    /// Where a quorum met: whether one of its answers was up to date.
    Quorum(DatabaseId),
    /// The program is over: reply if that has not happened, free the slot.
    End,
}

/// A random quantity with the name of its draw.
#[derive(Debug, Clone)]
pub struct Demand {
    /// What was written, for listings and moments; in ns, bytes or plain numbers.
    pub law: Law,
    /// What is run.
    pub sampler: Sampler,
    /// The name of its draws.
    pub site: Site,
    /// Where the value comes from.
    pub source: Source,
    /// Factor by the size of something.
    pub scale: Option<Scale>,
}

/// Where a random quantity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Drawn from the law for this flight.
    Law,
    /// The value of an attribute (durations in ns).
    Attribute(AttributeId),
    /// The size in bytes of the object that the attribute names.
    ObjectSize(AttributeId),
}

/// A factor f(x)/f(at) on a demand.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// The size x: a number of items known when the plan was made, or an attribute of the request.
    pub with: Result<f64, AttributeId>,
    /// The function f.
    pub law: ScaleLaw,
    /// The size at which the demand was measured.
    pub at: f64,
}

/// How demand grows with size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleLaw {
    /// f(x) = x.
    Linear,
    /// f(x) = ln(1 + x).
    Log,
    /// f(x) = √x.
    Sqrt,
    /// f(x) = x ln(1 + x).
    NLogN,
    /// f(x) = x².
    Quadratic,
}

/// A random whole number with the name of its draw.
#[derive(Debug, Clone)]
pub struct CountDemand {
    /// What is run.
    pub sampler: CountSampler,
    /// Mean, for static load.
    pub mean: f64,
    /// The name of its draws.
    pub site: Site,
    /// The attribute that gives the number instead, if any.
    pub attribute: AttributeId,
    /// As written, for listings.
    pub text: String,
}

/// A probability with the name of its draw.
#[derive(Debug, Clone, Copy)]
pub struct Chance {
    /// The probability, 0 to 1; 1 needs no draw.
    pub probability: f64,
    /// The name of its draws.
    pub site: Site,
}

/// A call from one program to an endpoint.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whom.
    pub endpoint: EndpointId,
    /// Among which replicas.
    pub pool: PoolId,
    /// Name of the callee's fate: caller endpoint and callee endpoint, or the label.
    pub name: Site,
    /// Number of this call among those of the same name in its program.
    pub ordinal: u32,
    /// Attribute overrides for the call and below: range of [`super::Plan::assigns`].
    pub with: (u32, u32),
    /// Size of the request's body in bytes.
    pub body: DemandId,
    /// The attribute whose object picks the replica, for keyed pools (cache rings).
    pub key: AttributeId,
    /// Which pool of a sharded database it goes to.
    pub shard: Shard,
    /// Most urgent first; `None` keeps the caller's.
    pub priority: Option<u8>,
    /// Longest time of one attempt \[ns\]; 0 = no limit.
    pub timeout: u64,
    /// Longest time of all attempts and waits \[ns\]; 0 = no limit.
    pub deadline: u64,
    /// Whether callees refuse work whose deadline has passed.
    pub propagate_deadline: bool,
    /// Rule for further attempts.
    pub retry: RetryId,
    /// Further copies of an attempt that is slow.
    pub hedge: Option<Hedge>,
    /// What happens to an attempt nobody waits for any more.
    pub abandon: Abandon,
    /// Where the caller goes on after a failure; `NONE` = it fails with the same cause.
    pub on_failure: StepId,
    /// True when any guard or handler is set (the engine's quick path needs none).
    pub guarded: bool,
}

/// Further copies of an attempt, sent to other replicas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hedge {
    /// When the next one is sent.
    pub after: After,
    /// How many beside the first.
    pub extra: u32,
    /// Whether those that lose are called off.
    pub cancel_losers: bool,
}

/// After how long without an answer the next copy of a hedged call is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum After {
    /// So long \[ns\]; 0 = all at once.
    Fixed(u64),
    /// A time drawn for each copy.
    Drawn(DemandId),
    /// A percentile of what is observed.
    Observed {
        /// Which, as a share.
        share: f64,
        /// Number of the call among those that are observed.
        row: u32,
    },
}

/// What happens to an attempt that nobody waits for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Abandon {
    /// It goes on; its answer finds nobody (the default: most servers do not notice).
    #[default]
    Ignore,
    /// A server notices when it would start it.
    AtDequeue,
    /// A cancellation travels after it and undoes what it still holds.
    Propagate,
}

/// A retry rule.
#[derive(Debug, Clone)]
pub struct Retry {
    /// Attempts in all, the first included; at least 2, and `u32::MAX` = no limit.
    pub attempts: u32,
    /// Wait before attempt a > 0.
    pub backoff: Backoff,
    /// Causes that are tried again: bit `Cause as u32`.
    pub causes: u16,
    /// Tokens earned by each first attempt, per calling replica and target; a retry costs 1. `None` = no budget.
    pub budget: Option<f64>,
    /// Row of budget counters: one per calling replica, the first at this index.
    pub budget_row: u32,
    /// Name of the jitter's draws.
    pub site: Site,
}

/// Wait before a further attempt.
#[derive(Debug, Clone)]
pub enum Backoff {
    /// None.
    None,
    /// Drawn anew for each attempt \[ns\].
    Law(Sampler),
    /// base · factor^(a-1), at most `most`; what is not fixed of it is uniform between 0 and that.
    Exponential {
        /// First wait \[ns\].
        base: f64,
        /// Growth per attempt.
        factor: f64,
        /// Longest wait \[ns\].
        most: f64,
        /// Share of the wait that is not random: 1 without jitter, 0 with full jitter.
        fixed: f64,
    },
}

/// A parallel block.
#[derive(Debug, Clone)]
pub struct Fork {
    /// First step of each written branch; one entry for a counted block.
    pub branches: Vec<StepId>,
    /// For each written branch: the plain call it consists of, when it is just that.
    pub calls: Vec<CallId>,
    /// How many times the one branch runs, for a counted block (`repeat` with `at-once`).
    pub count: CountId,
    /// At most this many at once.
    pub at_once: u32,
    /// Successes needed; `u32::MAX` = all.
    pub need: u32,
    /// Whether the rest is cancelled once decided; else it goes on and the slot is held to the last.
    pub cancel_rest: bool,
    /// Whether branches start in random order.
    pub shuffle: bool,
    /// Name of the branches' fates and of the shuffle.
    pub site: Site,
    /// Where the parent goes on.
    pub after: StepId,
}

/// A sequential loop.
#[derive(Debug, Clone, Copy)]
pub struct Repeat {
    /// How often; [`CountId::NONE`] = until stopped.
    pub count: CountId,
    /// First step of the body.
    pub body: StepId,
    /// Where to go on after.
    pub after: StepId,
    /// Name of the iterations' fates.
    pub site: Site,
}

/// A weighted choice.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Weights, in written order.
    pub weights: Weights,
    /// The probabilities, for static load.
    pub shares: Vec<f64>,
    /// Where each alternative begins.
    pub to: Vec<StepId>,
    /// Name of the draw.
    pub site: Site,
}

/// A test on an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// Which attribute.
    pub attribute: AttributeId,
    /// What of it.
    pub test: Test,
    /// Where to go on when it does not hold.
    pub otherwise: StepId,
    /// Probability that it holds, as far as the compiler can tell (else 0.5), for static load.
    pub likely: f64,
}

/// What is asked of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Equal to.
    Is(f64),
    /// Less than.
    Under(f64),
    /// More than.
    Over(f64),
    /// At least the first, at most the second.
    In(f64, f64),
    /// An object of this set: a row of [`super::Plan::object_sets`].
    Among(u32),
}

/// A value given to an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Assign {
    /// Which attribute.
    pub attribute: AttributeId,
    /// What it becomes.
    pub value: AssignValue,
}

/// What an attribute becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AssignValue {
    /// A fixed value.
    Value(f64),
    /// A new draw of the attribute, named by the call (or the place of `set:`).
    Fresh(Site),
    /// The present value of another attribute.
    Of(AttributeId),
}

/// An in-process routine call.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// First step of the routine.
    pub entry: StepId,
    /// Name of the routine's fate.
    pub name: Site,
    /// Number of this run among those of the same name in its program.
    pub ordinal: u32,
    /// Where to go on after a failure inside; `NONE` = fail likewise.
    pub on_failure: StepId,
}

/// A failure handler of a block.
#[derive(Debug, Clone, Copy)]
pub struct Handler {
    /// Where to go on after a failure inside.
    pub to: StepId,
}

/// An acquisition of units of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    /// Which pool.
    pub quantity: QuantityId,
    /// How many units.
    pub units: u32,
    /// One unit per object of this attribute (a row lock) instead of units of one pool.
    pub key: AttributeId,
    /// Longest wait \[ns\]; `u64::MAX` = for ever; else failure `no-connection`.
    pub wait: u64,
}

/// A pool of units local to each replica of a component.
#[derive(Debug, Clone)]
pub struct Quantity {
    /// For reports: `store connections of api`, `disk of store`.
    pub name: String,
    /// Whose replicas have one each.
    pub component: ComponentId,
    /// Units in each.
    pub size: u32,
    /// First instance; replica i of the component has instance `first + i`.
    pub first: u32,
    /// Number of instances.
    pub instances: u32,
}

/// A cache and an object of it, asked for, stored or dropped by a program.
#[derive(Debug, Clone, Copy)]
pub struct Get {
    /// Which cache.
    pub cache: CacheId,
    /// Which object.
    pub key: AttributeId,
    /// For caches on nodes: the message that stores after a miss; `NONE` in-process.
    pub store: CallId,
}

impl Cache {
    /// Whether each store holds its own part of the objects, as the nodes of a ring do; otherwise any store may hold any object.
    pub fn is_divided(&self, plan: &super::Plan) -> bool {
        self.owner == self.component
            && plan.components[self.component.index()].kind == super::ComponentKind::Cache
    }
}

/// Objects that all caches which begin warm may hold at first, together: each is in memory, once for every thread.
pub const MOST_WARM: u64 = 10_000_000;

/// A cache.
#[derive(Debug, Clone)]
pub struct Cache {
    /// The component that reports it.
    pub component: ComponentId,
    /// What it holds.
    pub keyspace: KeyspaceId,
    /// The component whose replicas each have a store (itself, for caches on nodes).
    pub owner: ComponentId,
    /// Entries in each store; `u64::MAX` = no limit.
    pub capacity_items: u64,
    /// Bytes in each store; `u64::MAX` = no limit.
    pub capacity_bytes: u64,
    /// What leaves a full store.
    pub evict: Rule,
    /// Time to live \[ns\]; 0 = for ever.
    pub ttl: u64,
    /// Whether each hit begins the time to live anew.
    pub sliding: bool,
    /// The ttl of an entry is uniform in ttl·(1 ± jitter).
    pub ttl_jitter: f64,
    /// One fill of an object at a time.
    pub coalesce: bool,
    /// Whether each store begins with the most popular objects.
    pub warm: bool,
    /// First store; replica i of the owner has store `first + i`.
    pub first: u32,
    /// Number of stores.
    pub stores: u32,
    /// Name of its own draws.
    pub site: Site,
}
