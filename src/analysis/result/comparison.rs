//! The result of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Estimate, RunResult, Verdict};

/// What a comparison says of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    /// The second is better.
    Better,
    /// The second is worse.
    Worse,
    /// The second is higher, which is neither better nor worse.
    Higher,
    /// The second is lower, which is neither better nor worse.
    Lower,
    /// The interval of the difference holds 0, and differences that matter.
    NotResolved,
    /// No difference that matters.
    Same,
    /// Only the second has a steady state in which the number means something.
    FirstUnsteady,
    /// Only the first has.
    SecondUnsteady,
    /// Neither has.
    BothUnsteady,
}

/// From where on a difference matters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Matters {
    /// Of latencies, relative to the first.
    pub latency: f64,
    /// Of shares of requests, absolute.
    pub success: f64,
    /// Of throughputs and numbers of things, relative to the first.
    pub throughput: f64,
    /// Of money, relative to the first.
    pub cost: f64,
    /// Of utilisations, absolute.
    pub utilisation: f64,
}

impl Default for Matters {
    fn default() -> Self {
        Self {
            latency: 0.02,
            success: 0.000_1,
            throughput: 0.02,
            cost: 0.01,
            utilisation: 0.02,
        }
    }
}

/// One metric of two architectures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Of what.
    pub of: String,
    /// `p99`, `utilisation`, …
    pub metric: String,
    /// `s`, `share`, `1/s`, `USD/month`.
    pub unit: String,
    /// In the first architecture.
    pub first: Estimate,
    /// In the second.
    pub second: Estimate,
    /// Second less first, with its interval.
    pub difference: Estimate,
    /// Whether replications were paired: the interval is then that of the differences of each pair.
    pub paired: bool,
    /// Variance of the unpaired difference over that of the paired one; `null` where either cannot be computed.
    pub variance_reduction: Option<f64>,
    /// Better or worse, after Holm's correction over all metrics compared.
    pub preference: Preference,
    /// How many times what matters the difference is; `null` where there is no telling.
    pub weight: Option<f64>,
    /// For `not-resolved`: about how many more replications would resolve it.
    pub more_replications: Option<u64>,
}

/// An objective on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// The verdict on the first; `null` where it has no such objective.
    pub first: Option<Verdict>,
    /// The verdict on the second.
    pub second: Option<Verdict>,
}

/// Two architectures under the same fate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Version of this document: `scaleproof-comparison/2`.
    pub format: String,
    /// What the first and the second are called.
    pub names: [String; 2],
    /// The answer, in a sentence.
    pub sentence: String,
    /// The first.
    pub first: RunResult,
    /// The second.
    pub second: RunResult,
    /// From where on a difference matters.
    pub matters: Matters,
    /// The objectives of both, by name; those whose verdict changes first.
    pub objectives: Vec<Judged>,
    /// Metric by metric: first what matters most.
    pub differences: Vec<Difference>,
    /// What is in one and not in the other.
    pub only: Vec<String>,
    /// What could not be paired and why, a sentence each.
    pub unpaired: Vec<String>,
}

impl Difference {
    /// Whether it is known and matters.
    pub fn is_material(&self) -> bool {
        use Preference::{Better, Higher, Lower, Worse};
        matches!(self.preference, Better | Worse | Higher | Lower)
    }
}

impl Comparison {
    /// The difference of the whole bills, where both have one in the same currency.
    pub fn cost(&self) -> Option<&Difference> {
        let is_bill = |of: &&Difference| of.metric == "cost" && of.of == "all";
        self.differences.iter().find(is_bill)
    }
}
