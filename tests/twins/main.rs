//! Slow, obvious twins of clever things, on a thousand random schedules each.
//!
//! What the engine does is compared from outside: a model is made up at random, run, and told again by a twin that keeps plain lists and
//! looks at all of them at every step. Chance is a function of names, so a twin draws the very demands that the engine drew.

#[path = "../common/mod.rs"]
mod common;

mod caches;
mod choices;
mod cores;
mod fates;
mod histograms;
mod sharing;
mod slots;

/// Schedules per twin.
const SCHEDULES: u32 = 1000;
