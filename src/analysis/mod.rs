//! Replications become knowledge: estimates with intervals, verdicts, the bottleneck, comparisons.
//!
//! ```text
//! tallies ─ Outcome ─ flow (requests) ─┐
//!           (+ how    components, bill ├─ Sample ─┬─ Estimate ─ endpoints, objectives, … ─ summarise ─ RunResult
//!            it was   metric (any) ────┘          └─ paired differences, Holm ─ comparison ─ Comparison
//!            made)    settling (mser), looks: asked by the lab while it runs
//! ```
//! Floats begin here. Imports the plan and the measurements; it never runs anything.

pub mod bill;
pub mod bottleneck;
pub mod compare;
pub mod components;
pub mod endpoints;
pub mod estimate;
pub mod flow;
pub mod holm;
pub mod looks;
pub mod metric;
pub mod mser;
pub mod objectives;
pub mod outcome;
pub mod pools;
pub mod proportion;
pub mod result;
pub mod section;
pub mod settling;
pub mod summary;
#[cfg(test)]
pub(crate) mod synthetic;
pub mod theory;
pub mod timeline;
pub mod topology;
pub mod words;

pub use compare::comparison;
pub use outcome::{Ended, Outcome, Regime, Study};
pub use result::*;
pub use summary::{Meta, summarise};
pub use theory::with_theory;
