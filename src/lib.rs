//! scaleproof simulates an architecture before it is built.
//!
//! ```text
//! model.yaml ─ source ─ model ─ compile ─► plan ─► engine ─► measure ─► analysis ─► report
//!              (text,   (what   (names→ids, (dense   (one run) (happenings (intervals,  (terminal, Markdown,
//!               places)  was     checks,     program)           → numbers)  comparisons) HTML, SVG/PNG, CSV, JSON)
//!                        meant)  lowering)                                    cost ↑   lab: many runs, rayon
//! ```
//! A module imports only modules that stand above it in the list below.

pub mod units;

pub mod chance;

pub mod policy;

pub mod source;

pub mod model;

pub mod cost;

pub mod plan;

pub mod compile;

pub mod engine;

pub mod measure;

pub mod analysis;

pub mod lab;

pub mod report;

pub mod cli;
