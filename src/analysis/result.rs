//! The result of a run and of a comparison: what reports render and what `--format json` prints.
//!
//! Times are seconds, sizes bytes, shares 0 to 1, money in the model's currency.

mod bill;
mod breakdown;
mod busy;
mod comparison;
mod copies;
mod delivery;
mod groups;
mod moves;
mod routes;
mod theory;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use bill::{Cost, CostLine};
pub use breakdown::{BreakdownResult, PlaceResult};
pub use busy::{Busiest, PoolResult};
pub use comparison::{Comparison, Difference, Judged, Matters, Preference};
pub use copies::{CopiesResult, ReadResult};
pub use delivery::{OffloadResult, SitesResult, TierResult};
pub use groups::GroupResult;
pub use moves::MoveResult;
pub use routes::{AreaResult, RouteResult};
pub use theory::{TheoryKind, TheoryReason, TheoryResult, TheoryRow};

/// Version of the result document.
pub const RESULT_FORMAT: &str = "scaleproof-result/1";
/// Version of the comparison document.
pub const COMPARISON_FORMAT: &str = "scaleproof-comparison/2";

/// Whether an estimate may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The interval holds.
    Ok,
    /// The replications are too short for this number: no interval.
    TooShort,
    /// Too few observations: no interval.
    TooFew,
    /// The number lies among requests that did not finish: it is a lower bound.
    Censored,
    /// The system has no steady state at this load.
    Unstable,
}

/// A number with what is known of its error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The point estimate; `null` when there is nothing to say.
    pub value: Option<f64>,
    /// Lower end of the interval; `null` unless the status is `ok`.
    pub low: Option<f64>,
    /// Upper end of the interval; `null` unless the status is `ok`.
    pub high: Option<f64>,
    /// Confidence level, e.g. 0.95.
    pub level: f64,
    /// Replications (or observations, for counts) behind it.
    pub n: u64,
    /// How the interval was made: `student`, `sectioning`, `wilson`, `rule-of-three`, `exact`, `none`; where there is none because too few
    /// of them were seen, `episodes`, `outages` or `replications`, and `n` says how many.
    pub method: String,
    /// Whether it may be relied on.
    pub status: Status,
}

/// Failures of one cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailureShare {
    /// `timeout`, `refused`, …
    pub cause: String,
    /// Share of requests sent.
    pub share: Estimate,
}

/// Latency of something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Mean \[s\].
    pub mean: Estimate,
    /// Standard deviation \[s\].
    pub sd: Estimate,
    /// Median \[s\].
    pub p50: Estimate,
    /// \[s\].
    pub p75: Estimate,
    /// \[s\].
    pub p90: Estimate,
    /// \[s\].
    pub p95: Estimate,
    /// \[s\].
    pub p99: Estimate,
    /// 99.9th percentile \[s\].
    pub p999: Estimate,
    /// Largest seen \[s\]; grows with the length of the run, so it has no interval.
    pub max: f64,
}

/// Requests of one line of a workload's mix, or calls of one endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointResult {
    /// `workload: journey` for requests as users see them, `component.endpoint` for calls.
    pub name: String,
    /// `request` (as the user sees it) or `call` (as the calling program sees it).
    pub role: Role,
    /// Workload, for requests.
    pub workload: Option<String>,
    /// Sent in the window, over all replications.
    pub sent: u64,
    /// Sent per second.
    pub rate: Estimate,
    /// Successes per second.
    pub throughput: Estimate,
    /// Share that succeeded.
    pub success: Estimate,
    /// Failures by cause, those that occurred.
    pub failures: Vec<FailureShare>,
    /// Requests still in progress when their replication stopped.
    pub unfinished: u64,
    /// Answers nobody waited for.
    pub late: u64,
    /// Latency of successes (of all, with failures at the time they failed, when asked for).
    pub latency: Latency,
    /// Mean time in queues of those served \[s\]; calls only.
    pub wait: Option<Estimate>,
}

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A whole request, as its user sees it.
    Request,
    /// A call, as the calling program sees it.
    Call,
}

/// A component over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentResult {
    /// Its name.
    pub name: String,
    /// `service`, `function`, `external`, `database`, `cache`, `store`, `host`.
    pub kind: String,
    /// Replicas (copies, nodes).
    pub replicas: u32,
    /// Busy share of its processors; mean number busy when cores are unlimited (`null` when it has none).
    pub cpu: Option<Estimate>,
    /// Whether `cpu` is a mean number of busy cores because cores are unlimited.
    pub cpu_unlimited: bool,
    /// The busiest processor, where there are several or the load changes: chosen by one half of what was seen, and seen by the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busiest: Option<Busiest>,
    /// For what stands on hosts: the share of these hosts' cores that its work keeps busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_host: Option<Estimate>,
    /// Share of slots in use; `null` when slots are unlimited.
    pub slots: Option<Estimate>,
    /// Mean number waiting for a slot or a core, all replicas.
    pub queue: Estimate,
    /// Mean number present.
    pub present: Estimate,
    /// Mean time waited for slot and core per arriving request \[s\].
    pub wait: Estimate,
    /// Arrivals per second.
    pub arrivals: Estimate,
    /// Share of arrivals refused.
    pub refused: Estimate,
    /// Share of slot time spent on requests nobody waited for.
    pub wasted: Estimate,
    /// Largest replica's busy share over the mean one.
    pub imbalance: f64,
    /// Utilisation that the model's numbers alone imply (arithmetic, no simulation).
    pub offered: f64,
    /// Cache results, for caches.
    pub cache: Option<CacheResult>,
    /// Instances, for functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionResult>,
    /// Copies, for databases of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<CopiesResult>,
    /// Breakdowns, of what can break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdowns: Option<BreakdownResult>,
    /// Tiers, for stores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<TierResult>,
    /// Money per month, if priced.
    pub cost_month: Option<f64>,
}

/// Whether there is none of something.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// A cache over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CacheResult {
    /// Share of look-ups that found the object (waiting for another's fill counts as found).
    pub hit: Estimate,
    /// Share of the bytes asked for that were found, where the cache is bounded in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte_hit: Option<Estimate>,
    /// Share of look-ups that were given a stale copy, where that is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<Estimate>,
    /// Mean number of objects held that are good, all stores.
    pub held: f64,
    /// Mean number of objects beside these that are kept beyond their end, until somebody asks for them or needs their room.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lapsed: f64,
    /// Evictions per second.
    pub evictions: f64,
    /// For a CDN: its sites, by region.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SitesResult>,
    /// For a CDN: what never reached the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offload: Option<OffloadResult>,
}

/// The instances of a function over the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionResult {
    /// Mean number of instances there, starting ones included.
    pub instances: Estimate,
    /// Mean number of these that are starting.
    pub starting: f64,
    /// Mean number of these that have no request.
    pub idle: f64,
    /// Instances started per request that came.
    pub cold_starts: Estimate,
}

/// A line of the topology: who calls whom, how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EdgeResult {
    /// Caller: a workload or a component.
    pub from: String,
    /// Callee: a component.
    pub to: String,
    /// Calls per second, attempts counted.
    pub rate: f64,
}

/// One window of the timeline, all replications together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimePoint {
    /// Start of the window \[s\].
    pub at: f64,
    /// Requests born per second.
    pub born: f64,
    /// Successes per second.
    pub ok: f64,
    /// Failures per second.
    pub failed: f64,
    /// Median latency of requests born in it \[s\].
    pub p50: Option<f64>,
    /// 95th percentile \[s\].
    pub p95: Option<f64>,
    /// 99th percentile \[s\].
    pub p99: Option<f64>,
    /// Mean requests in progress.
    pub in_progress: f64,
    /// Mean requests waiting somewhere.
    pub waiting: f64,
    /// Share of the bottleneck's processors that is busy; `null` where that is not known.
    #[serde(default)]
    pub busy: Option<f64>,
    /// How the replications differ here; only in studies of one window of time.
    #[serde(default)]
    pub bands: Option<Bands>,
}

/// Median of the replications, and the band that holds the middle 90 % of them at this time (pointwise).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// 5 % of the replications are below.
    pub low: f64,
    /// Half are below.
    pub median: f64,
    /// 5 % are above.
    pub high: f64,
}

/// The bands of one window of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bands {
    /// Of mean requests in progress.
    pub in_progress: Band,
    /// Of the median latency \[s\]; `null` where some replication has too few requests.
    pub p50: Option<Band>,
    /// Of the 95th percentile \[s\].
    pub p95: Option<Band>,
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is on the good side.
    Pass,
    /// The whole interval is on the bad side.
    Fail,
    /// The limit lies inside the interval, or there is none.
    Undecided,
}

/// An objective, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectiveResult {
    /// Its name.
    pub name: String,
    /// Of what: `web.checkout`, `all`.
    pub of: String,
    /// `p99`, `success`, `cost`, …
    pub metric: String,
    /// `s`, `share`, `1/s`, `USD/month`.
    pub unit: String,
    /// The limit.
    pub limit: f64,
    /// `at-most` or `at-least`.
    pub bound: String,
    /// What was found.
    pub estimate: Estimate,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
}

/// A number that is known from elsewhere, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectationResult {
    /// Of what: `web.checkout`, `services.web`, `workloads.users`.
    pub of: String,
    /// `latency.p99`, `queue`, `in-system at least 10`, …
    pub metric: String,
    /// The instant of simulated time at which it is taken \[s\]; `null` for the long run.
    pub at: Option<f64>,
    /// `s`, `share`, `1/s`, `USD/month`, or empty for a plain number.
    pub unit: String,
    /// `is`, `at-most` or `at-least`.
    pub claim: String,
    /// The claim as the model writes it: `is 5s`, `at least 99%`.
    pub written: String,
    /// The value that is known.
    pub value: f64,
    /// How far off, relative to the value, is still right; `null` where the interval has to hold it.
    pub within: Option<f64>,
    /// Where it is known from.
    pub source: String,
    /// What was found, with its interval at 99.9 %.
    pub estimate: Estimate,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in a sentence.
    pub reason: String,
}

/// The bottleneck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bottleneck {
    /// The component where requests wait most, if any.
    pub component: Option<String>,
    /// What is short there: `cpu`, `slots`, `connections`.
    pub resource: Option<String>,
    /// Share of all waiting time that is spent there.
    pub share_of_waiting: Option<f64>,
    /// In words, with numbers.
    pub sentence: String,
    /// What saturates first as load grows, in words, with the load.
    pub saturation: String,
}

/// How the run was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunInfo {
    /// Root of all chance.
    pub seed: u64,
    /// Replications made.
    pub replications: u32,
    /// Simulated time cut off at the start of each \[s\].
    pub warm_up: f64,
    /// Simulated time measured in each \[s\].
    pub measured: f64,
    /// Where warm-up and length come from, a sentence each.
    pub plan: Vec<String>,
    /// Relative half-width asked for.
    pub precision: f64,
    /// Largest relative half-width among the metrics that were asked to be precise.
    pub reached: Option<f64>,
    /// `precise`, `cap` (stopped at the replications allowed), `too-short`, `interrupted`, `overloaded`, `unstable`.
    pub ended: String,
    /// `settled`, or why there is no steady state to speak of: `too-short`, `trend`, `overload`, `periodic`, `two-states`.
    #[serde(default = "settled")]
    pub regime: String,
    /// What to know before trusting the numbers: too short, trend, overload, unsettled.
    pub warnings: Vec<String>,
    /// Root requests simulated, warm-up included.
    pub requests: u64,
    /// Events handled.
    pub events: u64,
    /// Wall time of the simulation \[s\] (never part of the digest).
    pub wall: f64,
    /// Threads used (never part of the digest).
    pub threads: usize,
}

/// What results said that did not say it.
fn settled() -> String {
    "settled".to_owned()
}

/// A made-up number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssumptionResult {
    /// Its name.
    pub name: String,
    /// Its value, as written.
    pub value: String,
    /// The range thought possible, as written.
    pub between: Option<String>,
    /// Why this value.
    pub why: Option<String>,
    /// Where from.
    pub source: Option<String>,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// Version of this document: `scaleproof-result/1`.
    pub format: String,
    /// Version of the program.
    pub version: String,
    /// The model's name.
    pub model: String,
    /// The model's own words on what it shows.
    pub about: String,
    /// Path of the model file as given.
    pub file: String,
    /// Hash of the plan.
    pub plan_hash: String,
    /// Hash of plan, seed and every integer measured: the same at any number of threads.
    pub digest: String,
    /// How it was made.
    pub run: RunInfo,
    /// Requests as users see them, then calls.
    pub endpoints: Vec<EndpointResult>,
    /// Components in written order.
    pub components: Vec<ComponentResult>,
    /// Pools of units.
    pub pools: Vec<PoolResult>,
    /// Groups of consumers of topics and queues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupResult>,
    /// Regions and zones that can be lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlaceResult>,
    /// Where calls go that have a choice of places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<RouteResult>,
    /// Databases that get more shards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveResult>,
    /// Who calls whom.
    pub topology: Vec<EdgeResult>,
    /// The whole run over time, warm-up included.
    pub timeline: Vec<TimePoint>,
    /// Objectives, judged.
    pub objectives: Vec<ObjectiveResult>,
    /// Numbers that are known from elsewhere, judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<ExpectationResult>,
    /// Where requests wait.
    pub bottleneck: Bottleneck,
    /// The bill.
    pub cost: Cost,
    /// The ledger of assumptions.
    pub assumptions: Vec<AssumptionResult>,
    /// Closed forms beside the simulation; absent unless they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theory: Option<TheoryResult>,
}
