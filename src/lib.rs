//! scaleproof simulates an architecture before it is built.
//!
//! ```text
//! model.yaml ─ source ─ model ─ compile ─► plan ─► engine ─► measure ─► analysis ─► report
//!              (text,   (what   (names→ids, (dense   (one run) (happenings (intervals,  (terminal, Markdown,
//!               places)  was     checks,     program)           → numbers)  comparisons) HTML, SVG/PNG, CSV, JSON)
//!                        meant)  lowering)                                    cost ↑   lab: many runs, rayon
//! ```
//! A module imports only modules that stand above it in the list below; a test holds that.
//!
//! The command does little more than this:
//!
//! ```
//! use scaleproof::analysis::{Meta, summarise};
//! use scaleproof::{compile, lab, model, source::Sources};
//!
//! let text = "scaleproof: model/1
//! name: queue
//! workloads: { jobs: { open: { rate: 8/s }, mix: { worker.do: 1 } } }
//! services: { worker: { endpoints: { do: { compute: { exponential: 100ms } } } } }";
//!
//! let mut sources = Sources::new();
//! let file = sources.add("queue.yaml", text);
//! let (model, said) = model::read(&mut sources, file, &[]);
//! assert!(!said.has_errors());
//! let (plan, _advice) = compile::compile(&model.expect("a model without errors"));
//! let plan = plan.expect("a model without errors");
//!
//! let request = lab::Request { replications: Some(16), ..lab::Request::default() };
//! let outcome = lab::run(&plan, &request, &lab::Silent);
//! let result = summarise(&plan, &outcome, &Meta { file: "queue.yaml".into() });
//! let busy = result.components[0].cpu.as_ref().and_then(|cpu| cpu.value);
//! assert!(busy.is_some_and(|share| (share - 0.8).abs() < 0.05));
//! ```

pub mod units;

pub mod chance;

pub mod replay;

pub mod policy;

pub mod source;

pub mod cost;

pub mod model;

pub mod plan;

pub mod compile;

pub mod theory;

pub mod engine;

pub mod measure;

pub mod analysis;

pub mod lab;

pub mod report;

pub mod cli;
