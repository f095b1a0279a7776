//! The whole run over time, all replications together.

use super::band;
use super::outcome::Outcome;
use super::result::TimePoint;
use crate::measure::{Timeline, Window, followed};
use crate::plan::component::component_name;
use crate::plan::{Capacity, Plan};

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
        to.append(from);
    }
}

/// Busy share of a component's processors in each window; none where it is not followed, or has no limit.
fn busy_shares(plan: &Plan, outcome: &Outcome, component: &str) -> Option<Vec<f64>> {
    let mut followed = followed(plan).into_iter().enumerate();
    let (seat, id) = followed.find(|(_, id)| component_name(plan, *id) == component)?;
    let own = plan.processors.iter();
    let mut own = own.filter(|row| row.component == id);
    let cores = own.try_fold(0.0, |sum, row| match row.cores {
        Capacity::Cores(cores) => Some(sum + cores),
        Capacity::Unlimited => None,
    })?;
    let time = outcome.timeline.width.max(1) as f64 * f64::from(outcome.timelines.max(1));
    let share = |window: &Window| {
        let busy = window.busy.get(seat).copied().unwrap_or(0);
        busy as f64 / (1e3 * cores * time)
    };
    (cores > 0.0).then(|| outcome.timeline.windows.iter().map(share).collect())
}

/// The windows that end by this time \[ns\]. A last one that does not is a remainder of division, and its means would look like a drop.
pub fn whole(timeline: &Timeline, until: u64) -> &[Window] {
    let whole = until.checked_div(timeline.width).unwrap_or(0);
    &timeline.windows[..timeline.windows.len().min(whole as usize)]
}

/// One point per window: rates and means over the replications, percentiles of all their requests, and how busy the bottleneck is.
pub fn points(plan: &Plan, outcome: &Outcome, bottleneck: Option<&str>) -> Vec<TimePoint> {
    let busy = bottleneck.and_then(|component| busy_shares(plan, outcome, component));
    let busy = busy.unwrap_or_default();
    let (replications, width) = (
        f64::from(outcome.timelines.max(1)),
        outcome.timeline.width.max(1) as f64,
    );
    let per_second = |count: u64| count as f64 * 1e9 / (width * replications);
    let mean = |area: u128| area as f64 / (width * replications);
    let point = |(at, window): (usize, &Window)| {
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
            busy: busy.get(at).copied(),
            bands: band::at(&outcome.courses, at),
        }
    };
    let until = outcome.warm_up.saturating_add(outcome.measured);
    whole(&outcome.timeline, until)
        .iter()
        .enumerate()
        .map(point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::synthetic;
    use super::*;

    #[test]
    fn merging_adds_and_a_remainder_is_no_window() {
        let window = |born| Window {
            born,
            in_progress: 40,
            ..Window::default()
        };
        let one = Timeline {
            width: 10,
            windows: vec![window(3), window(4), window(1)],
        };
        let mut both = Timeline::default();
        merge(&mut both, &one);
        merge(&mut both, &one);
        assert_eq!(
            both.windows
                .iter()
                .map(|window| window.born)
                .collect::<Vec<_>>(),
            [6, 8, 2]
        );
        let (plan, outcome) = synthetic::queue(1.0, 1);
        let outcome = Outcome {
            timeline: both,
            timelines: 2,
            warm_up: 5,
            measured: 18,
            ..outcome
        };
        let points = points(&plan, &outcome, None);
        assert_eq!(points.len(), 2);
        assert!((points[1].in_progress - 4.0).abs() < 1e-12 && (points[1].born - 4e8).abs() < 1e-3);
    }
}
