//! Dense ids: a `u32` each, `NONE` when there is none.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);
        impl $name {
            /// No such thing.
            pub const NONE: Self = Self(u32::MAX);
            /// Position in the table of its kind.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
            /// Whether it names something.
            #[inline]
            pub const fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
        }
        impl Default for $name {
            fn default() -> Self {
                Self::NONE
            }
        }
        impl From<usize> for $name {
            fn from(position: usize) -> Self {
                Self(u32::try_from(position).expect("the compiler refuses models with 2^32 rows"))
            }
        }
    )+};
}

ids! {
    /// A step of a program.
    StepId,
    /// A random duration, size or number.
    DemandId,
    /// A random whole number.
    CountId,
    /// A probability.
    ChanceId,
    /// A call, send or forward.
    CallId,
    /// A retry rule.
    RetryId,
    /// A parallel block.
    ForkId,
    /// A sequential loop.
    RepeatId,
    /// A weighted choice.
    ChoiceId,
    /// A test on an attribute.
    ConditionId,
    /// A routine call.
    RunId,
    /// A failure handler.
    HandlerId,
    /// An acquisition of units.
    HoldId,
    /// A cache look-up.
    GetId,
    /// A cache.
    CacheId,
    /// A look-up whose stale objects are fetched anew.
    RefreshId,
    /// A limit that functions share.
    AccountId,
    /// Object storage.
    StoreId,
    /// A database.
    DatabaseId,
    /// A topic or a queue.
    TopicId,
    /// A group of consumers of a topic, or those of a queue.
    GroupId,
    /// A pool of units.
    QuantityId,
    /// What the architect named.
    ComponentId,
    /// An entry point of a component.
    EndpointId,
    /// A candidate set with a balancer.
    PoolId,
    /// A replica.
    StationId,
    /// A processor.
    ProcessorId,
    /// A place.
    ZoneId,
    /// A kind of network link.
    LinkId,
    /// A source of requests.
    WorkloadId,
    /// A line of a workload's mix.
    EntryId,
    /// An attribute of requests.
    AttributeId,
    /// A set of objects.
    KeyspaceId,
}
