//! What theory says, as plain data.

use crate::plan::{ComponentId, EndpointId, EntryId, WorkloadId};

/// Of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// All requests of a workload.
    Workload(WorkloadId),
    /// A line of a workload's mix, as its users see it.
    Entry(EntryId),
    /// Calls of an endpoint, as the calling programs see them.
    Endpoint(EndpointId),
    /// A component.
    Component(ComponentId),
}

/// Which number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// Mean latency \[s\].
    Mean,
    /// A percentile of latency \[s\]: the share below, e.g. 0.99.
    Percentile(f64),
    /// Successes per second.
    Throughput,
    /// Busy share of the processors.
    Utilisation,
    /// Share of the slots in use.
    Slots,
    /// Mean time in queues per arriving request \[s\].
    Wait,
    /// Mean number present.
    Present,
    /// Share of arrivals refused.
    Refused,
    /// Share of time for which one of its replicas works.
    Up,
    /// Share of time in which any of its replicas works.
    AnyUp,
}

/// How far to trust it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is so.
    Exact,
    /// It is about so.
    Approximation,
    /// It is not less, or not more.
    Bound,
}

/// A number, or what it lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// The number.
    Of(f64),
    /// Bounds, those that are known.
    Between(Option<f64>, Option<f64>),
}

/// One number that theory knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Of what.
    pub of: Subject,
    /// Which.
    pub metric: Metric,
    /// How much, in the metric's unit.
    pub value: Value,
    /// How far to trust it.
    pub kind: Kind,
    /// The field's name for the formula: `M/M/1`, `product form`, …
    pub formula: &'static str,
    /// The book, section or paper.
    pub source: &'static str,
}

/// Why there is no closed form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Of what.
    pub of: Subject,
    /// A sentence.
    pub why: String,
}

/// All that theory says of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Theory {
    /// Numbers: of workloads, lines of their mixes, calls, components.
    pub answers: Vec<Answer>,
    /// What has no closed form, and why.
    pub reasons: Vec<Reason>,
}

/// A formula and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Formula {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) kind: Kind,
}

const fn formula(name: &'static str, source: &'static str, kind: Kind) -> Formula {
    Formula { name, source, kind }
}

pub(super) const MM1: Formula = formula("M/M/1", "Kleinrock vol. 1 (1975), 3.2", Kind::Exact);
pub(super) const MMC: Formula = formula(
    "M/M/c",
    "Kleinrock vol. 1 (1975), 3.5; Shortle et al. (2018), 3.3",
    Kind::Exact,
);
pub(super) const MMCK: Formula = formula("M/M/c/K", "Shortle et al. (2018), 3.5", Kind::Exact);
pub(super) const ERLANG_B: Formula = formula(
    "M/G/c/c (Erlang B)",
    "Shortle et al. (2018), 3.6",
    Kind::Exact,
);
pub(super) const MG1: Formula = formula(
    "M/G/1 (Pollaczek-Khinchine)",
    "Kleinrock vol. 1 (1975), 5.6",
    Kind::Exact,
);
pub(super) const SHARED: Formula = formula("M/G/1-PS", "Kleinrock vol. 2 (1976), 4.4", Kind::Exact);
pub(super) const SHARED_CORES: Formula = formula("M/G/c-PS", "Kelly (1979), 3.3", Kind::Exact);
pub(super) const DELAY: Formula = formula("M/G/∞", "Takács (1962)", Kind::Exact);
pub(super) const GGC: Formula = formula(
    "G/G/c (Allen-Cunneen)",
    "Allen (1990), ch. 5",
    Kind::Approximation,
);
pub(super) const NETWORK: Formula = formula(
    "open network of product form",
    "Jackson (1957); Baskett et al. (1975)",
    Kind::Exact,
);
pub(super) const ROUGH_NETWORK: Formula = formula(
    "sum over stations, one by G/G/c",
    "Allen (1990), ch. 5",
    Kind::Approximation,
);
pub(super) const TWO_BRANCHES: Formula = formula(
    "fork-join of 2 M/M/1",
    "Flatto and Hahn (1984)",
    Kind::Exact,
);
pub(super) const BRANCHES: Formula = formula(
    "fork-join (Nelson-Tantawi)",
    "Nelson and Tantawi (1988)",
    Kind::Approximation,
);
pub(super) const JOIN_BOUNDS: Formula =
    formula("fork-join bounds", "Baccelli et al. (1989)", Kind::Bound);
pub(super) const UTILISATION_LAW: Formula =
    formula("utilisation law", "Denning and Buzen (1978)", Kind::Exact);
pub(super) const NO_WAIT: Formula =
    formula("nobody waits", "Lazowska et al. (1984), 5.2", Kind::Bound);
pub(super) const PRODUCT_OF_SHARES: Formula = formula(
    "product of down shares",
    "Barlow and Proschan (1975), ch. 7",
    Kind::Exact,
);
pub(super) const MACHINES_AND_REPAIRMEN: Formula = formula(
    "machines and repairmen",
    "Kleinrock vol. 1 (1975), 3.8 to 3.10",
    Kind::Exact,
);
pub(super) const MVA: Formula = formula(
    "mean value analysis",
    "Reiser and Lavenberg (1980)",
    Kind::Exact,
);
pub(super) const CONVOLUTION: Formula = formula("convolution", "Buzen (1973)", Kind::Exact);
pub(super) const SCHWEITZER: Formula = formula(
    "approximate MVA (Schweitzer-Bard)",
    "Lazowska et al. (1984), 7.4",
    Kind::Approximation,
);
pub(super) const ASYMPTOTIC: Formula = formula(
    "asymptotic bounds",
    "Lazowska et al. (1984), 5.2",
    Kind::Bound,
);
pub(super) const BALANCED: Formula = formula(
    "balanced job bounds",
    "Lazowska et al. (1984), 5.4",
    Kind::Bound,
);
