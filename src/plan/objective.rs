//! What the architecture must achieve.

use super::ids::{ComponentId, EndpointId, EntryId, WorkloadId};

/// One bound on one metric.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Its name in the model.
    pub name: String,
    /// Of what.
    pub target: Target,
    /// Which number.
    pub metric: Metric,
    /// The limit, in the metric's unit (s, share, 1/s, currency per month).
    pub limit: f64,
    /// Which side is good.
    pub bound: Bound,
    /// As written, e.g. `p99 at most 800ms`.
    pub text: String,
}

/// What a metric is taken of.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// The whole architecture.
    All,
    /// All requests of a workload.
    Workload(WorkloadId),
    /// Lines of a workload's mix.
    Entries(Vec<EntryId>),
    /// Calls of an endpoint, as the requester sees them.
    Endpoint(EndpointId),
    /// A component.
    Component(ComponentId),
}

/// Which number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// Mean latency \[s\].
    Mean,
    /// A percentile of latency \[s\]; the share below, e.g. 0.99.
    Percentile(f64),
    /// The largest latency \[s\].
    Max,
    /// Share of requests that succeed.
    Success,
    /// Successes per second.
    Throughput,
    /// Money per month.
    Cost,
    /// Busy share of the processor.
    Utilisation,
    /// Share of reads of copies that missed a committed write.
    Stale,
    /// Mean number of messages still to do, of a group's messages.
    Lag,
    /// Mean age of the oldest of them over time \[s\].
    LagTime,
}

/// Which side of the limit is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At most the limit.
    AtMost,
    /// At least the limit.
    AtLeast,
}
