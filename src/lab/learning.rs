//! Caches that are still learning what is popular.
//!
//! A cache may take longest of all to forget its start, and its hits move by little for long. So each cache is looked at for itself: its
//! hit share early in the window against that later in it, as far as the stretches of the run tell them apart, by a t-test over
//! replications. To look again costs nothing but time that is measured then, so the doubt that moves the cut is large.

use super::batch::Side;
use super::length;
use crate::analysis::estimate::{LEVEL, Sample, student_factor, student_tail};
use crate::analysis::words;
use crate::measure::{CacheTally, Span};
use crate::plan::component;

/// A hit share is taken to move when chance alone would show it less often than this.
const DOUBT: f64 = 0.1;
/// Its move is told at the end when chance alone would show it less often than this.
const SURE: f64 = 0.01;
/// The move of a hit share ought to be known this closely.
const CLEAR: f64 = 0.01;
/// A move by less than this does not matter.
const SMALL: f64 = 0.002;

/// By how much a cache's hit share rose from the early part of the window to the later, in each replication that tells them apart.
fn rise(side: &Side, cache: usize) -> Option<Sample> {
    let share = |row: &CacheTally| {
        let asked = row.hits + row.misses;
        (asked > 0).then(|| row.hits as f64 / asked as f64)
    };
    let tallies = side.outcome.tallies.iter();
    let rises = tallies
        .filter(|tally| !tally.early.is_empty())
        .map(|tally| {
            let (all, early) = (tally.caches.get(cache)?, tally.early.get(cache)?);
            let late = CacheTally {
                hits: all.hits - early.hits,
                misses: all.misses - early.misses,
                ..CacheTally::default()
            };
            Some(share(&late)? - share(early)?)
        });
    Some(Sample::mean(rises.collect::<Option<Vec<f64>>>()?))
}

/// How much a cache's hit share moved within the window, where it did, and the probability that chance alone would show that.
fn moved(side: &Side, cache: usize) -> Option<(f64, f64)> {
    let rise = rise(side, cache)?;
    let by = rise.value.filter(|by| by.abs() > SMALL)?;
    Some((by, student_tail(rise.each.len(), by / rise.error())))
}

/// How much longer the replications ought to be to tell whether a cache that learns has learned, and why. More than some hundred
/// thousand events are not spent on that.
pub(super) fn unclear(side: &Side) -> Option<(f64, String)> {
    let tallies = &side.outcome.tallies;
    let events = tallies.iter().map(|tally| tally.events).max()?;
    let learns = |cache: &usize| {
        let row = &side.plan.caches[*cache];
        !row.warm && row.evict.learning() > 0.0
    };
    let times = |cache: usize| {
        let half = student_factor(tallies.len(), LEVEL) * rise(side, cache)?.error();
        Some(((half / CLEAR).powi(2), cache))
    };
    let caches = (0..side.plan.caches.len()).filter(learns);
    let (times, cache) = caches
        .filter_map(times)
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let because = format!("whether {} still learns was not clear", name(side, cache));
    (times > 1.0 && (events as f64) < length::EVENTS_LEARNING).then_some((times, because))
}

/// The name of a cache's component.
fn name(side: &Side, cache: usize) -> String {
    let id = side.plan.caches[cache].component;
    format!("`{}`", component::component_name(side.plan, id))
}

/// Where the window ought to begin because a cache was still learning in its early part \[ns\], and the sentence on what moved.
pub(super) fn still(side: &Side, span: &Span) -> Option<(u64, String)> {
    let moves = |cache: &usize| moved(side, *cache).is_some_and(|(_, doubt)| doubt < DOUBT);
    let cache = (0..side.plan.caches.len()).find(moves)?;
    let middle = span.from + (span.until - span.from) / 2;
    Some((middle, format!("the hit share of {}", name(side, cache))))
}

/// Caches that have not learned by the end of the run, as sentences.
pub(super) fn unlearned(side: &Side) -> Vec<String> {
    let sentence = |cache: usize| {
        let (by, _) = moved(side, cache).filter(|(_, doubt)| *doubt < SURE)?;
        let verb = if by > 0.0 { "rose" } else { "fell" };
        let cents = words::number(by.abs() * 100.0);
        Some(format!(
            "{} was still learning: its hit share {verb} by {cents} percentage points while it was measured. Cut off more \
             (`--warm-up`).",
            name(side, cache)
        ))
    };
    (0..side.plan.caches.len()).filter_map(sentence).collect()
}
