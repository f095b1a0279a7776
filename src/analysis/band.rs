//! How replications of one window of time differ: a median line, and a band about it.
//!
//! The band is *pointwise*: at every single time it holds the middle nine tenths of the replications. A whole replication leaves it
//! somewhere more often than that, so it is no band for curves; and it is no confidence interval, since it does not get narrower with
//! more replications (Law, Simulation Modeling and Analysis, 5th ed., §9.8, on plots of one variable over time).

use super::result::{Band, Bands};
use super::timeline;
use crate::measure::{Histogram, Timeline, Window};

/// Share of the replications inside the band.
pub const INSIDE: f64 = 0.9;
/// A percentile of one window of one replication is used when at least so many requests lie beyond it, on either side.
const BEYOND: f64 = 5.0;

/// One replication over time, a value per window.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Mean root requests in progress.
    in_progress: Vec<f64>,
    /// Median and 95th percentile of latency \[s\], where enough requests were born.
    p50: Vec<Option<f64>>,
    p95: Vec<Option<f64>>,
}

impl Course {
    /// What is kept of a replication's timeline, up to this time \[ns\].
    pub fn of(timeline: &Timeline, until: u64) -> Self {
        let windows = timeline::whole(timeline, until);
        let width = timeline.width.max(1) as f64;
        let latency = |p: f64| {
            let of = |window: &Window| quantile(&window.latency, p);
            windows.iter().map(of).collect()
        };
        Self {
            in_progress: windows
                .iter()
                .map(|window| window.in_progress as f64 / width)
                .collect(),
            p50: latency(0.5),
            p95: latency(0.95),
        }
    }
}

fn quantile(latency: &Histogram, p: f64) -> Option<f64> {
    let enough = latency.count() as f64 * p.min(1.0 - p) >= BEYOND;
    enough
        .then(|| latency.quantile(p).map(|value| value / 1e9))
        .flatten()
}

/// The bands of all replications in this window; `None` without replications, or when one of them does not go that far.
pub fn at(courses: &[Course], window: usize) -> Option<Bands> {
    type Pick = fn(&Course) -> &[Option<f64>];
    let latency = |pick: Pick| {
        let each = courses
            .iter()
            .map(|course| pick(course).get(window).copied().flatten());
        band(each.collect::<Option<_>>()?)
    };
    let in_progress = courses
        .iter()
        .map(|course| course.in_progress.get(window).copied());
    Some(Bands {
        in_progress: band(in_progress.collect::<Option<_>>()?)?,
        p50: latency(|course| &course.p50),
        p95: latency(|course| &course.p95),
    })
}

/// Median and middle part of some values; between two of them the straight line.
fn band(mut values: Vec<f64>) -> Option<Band> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |share: f64| {
        let place = share * last as f64;
        let (below, above) = (
            values[place.floor() as usize],
            values[place.ceil() as usize],
        );
        below + (place - place.floor()) * (above - below)
    };
    let outside = (1.0 - INSIDE) / 2.0;
    Some(Band {
        low: at(outside),
        median: at(0.5),
        high: at(1.0 - outside),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::synthetic::Words;
    use super::*;

    #[test]
    fn a_band_holds_nine_of_ten_values_about_their_median() {
        let found = band((0..=40).rev().map(f64::from).collect()).unwrap();
        for (value, exact) in [(found.low, 2.0), (found.median, 20.0), (found.high, 38.0)] {
            assert!((value - exact).abs() < 1e-9, "{value} instead of {exact}");
        }
        let between = band(vec![1.0, 2.0]).unwrap();
        assert!((between.median - 1.5).abs() < 1e-12 && (between.low - 1.05).abs() < 1e-12);
        assert_eq!(band(Vec::new()), None);
    }

    #[test]
    fn a_further_replication_lies_in_the_band_at_nine_of_ten_times() {
        let mut words = Words::new(2);
        let mut course = || Course {
            in_progress: (0..2_000).map(|_| words.exponential()).collect(),
            ..Course::default()
        };
        let courses: Vec<Course> = (0..40).map(|_| course()).collect();
        let further = course();
        let inside = (0..2_000).filter(|&window| {
            let band = at(&courses, window).unwrap().in_progress;
            (band.low..=band.high).contains(&further.in_progress[window])
        });
        let share = inside.count() as f64 / 2_000.0;
        assert!((0.84..0.92).contains(&share), "{share}");
    }

    #[test]
    fn latency_has_a_band_where_every_replication_has_enough_requests() {
        let course = |requests: u64| {
            let mut window = Window::default();
            (0..requests).for_each(|_| window.latency.record(1_000_000_000));
            let timeline = Timeline {
                width: 10,
                windows: vec![window],
            };
            Course::of(&timeline, 10)
        };
        let found = at(&[course(200), course(20)], 0).unwrap();
        assert!((found.p50.unwrap().median - 1.0).abs() < 1e-3);
        assert_eq!(found.p95, None);
        assert!(at(&[course(200)], 1).is_none() && at(&[], 0).is_none());
    }
}
