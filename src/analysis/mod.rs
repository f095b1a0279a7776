//! Replications become knowledge: estimates with intervals, verdicts, the bottleneck, comparisons.

pub mod result;

pub use result::*;
