//! The whole run over time, all replications together.

use super::outcome::Outcome;
use super::result::TimePoint;
use crate::measure::Timeline;

/// A percentile of a window is shown when at least so many requests, of all replications, lie beyond it.
const BEYOND: f64 = 10.0;

/// Add one replication's timeline to the others'. All have the same windows; the order does not matter.
pub fn merge(into: &mut Timeline, from: &Timeline) {
    into.width = into.width.max(from.width);
    if into.windows.len() < from.windows.len() {
        into.windows
            .resize_with(from.windows.len(), Default::default);
    }
    for (to, from) in into.windows.iter_mut().zip(&from.windows) {
        to.born += from.born;
        to.ok += from.ok;
        to.failed += from.failed;
        to.latency.merge(&from.latency);
        to.in_progress += from.in_progress;
        to.waiting += from.waiting;
        to.hits += from.hits;
        to.misses += from.misses;
    }
}

/// One point per window: rates and means over the replications, percentiles of all their requests.
pub fn points(outcome: &Outcome) -> Vec<TimePoint> {
    let (replications, width) = (
        f64::from(outcome.timelines.max(1)),
        outcome.timeline.width.max(1) as f64,
    );
    let per_second = |count: u64| count as f64 * 1e9 / (width * replications);
    let mean = |area: u128| area as f64 / (width * replications);
    let point = |(at, window): (usize, &crate::measure::Window)| {
        let percentile = |p: f64| {
            let enough = window.latency.count() as f64 * (1.0 - p) >= BEYOND;
            enough
                .then(|| window.latency.quantile(p).map(|value| value / 1e9))
                .flatten()
        };
        TimePoint {
            at: at as f64 * width / 1e9,
            born: per_second(window.born),
            ok: per_second(window.ok),
            failed: per_second(window.failed),
            p50: percentile(0.5),
            p95: percentile(0.95),
            p99: percentile(0.99),
            in_progress: mean(window.in_progress),
            waiting: mean(window.waiting),
        }
    };
    outcome
        .timeline
        .windows
        .iter()
        .enumerate()
        .map(point)
        .collect()
}
