//! The run over time: requests, latency, failures, one panel below the other, with the warm-up marked.

use super::axis::Axis;
use super::canvas::{ALARM, Anchor, Canvas, DEEP, INK, MIDDLE, PALE, Pen, RULE, SOFT, Words, draw};
use super::{HEAD, MARGIN, WIDTH, head};
use crate::analysis::{RunResult, TimePoint};
use crate::report::format;
use crate::report::text::{plain, shortened};
use plotters::prelude::RGBColor;

const LEFT: f64 = MARGIN + 56.0;
const RIGHT: f64 = WIDTH - MARGIN - 64.0;
const GAP: f64 = 34.0;
/// Letters of a component's name at most.
const LONGEST: usize = 40;
/// The part of the run whose numbers are not used.
const SHADE: RGBColor = RGBColor(236, 238, 241);

/// The chart, if the run has a timeline.
pub(super) fn timeline(result: &RunResult) -> Option<String> {
    let points = &result.timeline;
    let (first, last) = (points.first()?, points.last()?);
    let window = if points.len() > 1 {
        points[1].at - first.at
    } else {
        1.0
    };
    let time = Axis::straight((first.at, last.at + window), (LEFT, RIGHT));
    let failing = points.iter().any(|point| point.failed > 0.0);
    let mut panels: Vec<(Panel, f64)> = vec![(Panel::Requests, 120.0), (Panel::Latency, 170.0)];
    if failing {
        panels.push((Panel::Failures, 70.0));
    }
    if points.iter().any(|point| point.waiting > 0.0) {
        panels.push((Panel::Queues, 90.0));
    }
    if points.iter().any(|point| point.busy.is_some()) {
        panels.push((Panel::Busy, 90.0));
    }
    if points.iter().any(|point| point.bands.is_some()) {
        panels.push((Panel::Progress, 120.0));
    }
    let heights: f64 = panels.iter().map(|(_, height)| height).sum();
    let bottom = HEAD + 14.0 + heights + GAP * (panels.len() - 1) as f64;
    let shows = if failing {
        "Requests, latency and failures over time"
    } else {
        "Requests and latency over time"
    };
    Some(draw((WIDTH, bottom + 40.0), shows, |canvas| {
        let of = format::counted(
            u64::from(result.run.replications),
            "replication",
            "replications",
        );
        head(
            canvas,
            "Over time",
            &format!("all {of} together, windows of {}", format::duration(window)),
        );
        let mut top = HEAD + 14.0;
        for (panel, height) in panels {
            let sheet = Sheet {
                time: &time,
                points,
                top,
                bottom: top + height,
            };
            sheet.ground(canvas, result.run.warm_up, panel == Panel::Requests);
            match panel {
                Panel::Requests => sheet.requests(canvas),
                Panel::Latency => sheet.latency(canvas),
                Panel::Failures => sheet.failures(canvas),
                Panel::Queues => sheet.queues(canvas),
                Panel::Busy => sheet.busy(canvas, result.bottleneck.component.as_deref()),
                Panel::Progress => sheet.progress(canvas, &of),
            }
            top += height + GAP;
        }
        clock(canvas, &time, bottom);
    }))
}

fn clock(canvas: &mut Canvas, time: &Axis, bottom: f64) {
    for tick in time.clock_ticks(8) {
        let x = time.at(tick);
        canvas.line((x, bottom), (x, bottom + 4.0), Pen(SOFT, 1.0));
        canvas.text(
            (x, bottom + 13.0),
            &format::duration(tick),
            Words::soft(Anchor::Middle),
        );
    }
    canvas.text(
        (f64::midpoint(LEFT, RIGHT), bottom + 29.0),
        "simulated time",
        Words::soft(Anchor::Middle),
    );
}

/// What a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panel {
    Requests,
    Latency,
    Failures,
    /// Requests that wait.
    Queues,
    /// How busy the bottleneck is.
    Busy,
    /// Requests in progress, over the replications.
    Progress,
}

/// One panel.
struct Sheet<'a> {
    time: &'a Axis,
    points: &'a [TimePoint],
    top: f64,
    bottom: f64,
}

impl Sheet<'_> {
    /// The warm-up, shaded; its name in the first panel only.
    fn ground(&self, canvas: &mut Canvas, warm_up: f64, named: bool) {
        let (from, to) = (LEFT, self.time.at(warm_up));
        if to <= from {
            return;
        }
        canvas.rect((from, self.top), (to, self.bottom), SHADE);
        canvas.dashed(
            &[(to, self.top), (to, self.bottom)],
            Pen(SOFT, 1.0),
            (3.0, 3.0),
        );
        if named {
            canvas.text(
                (from, self.top - 8.0),
                "warm-up, not measured",
                Words::soft(Anchor::Start),
            );
        }
    }

    /// The axis on the left with its name above it.
    fn axis(&self, canvas: &mut Canvas, axis: &Axis, name: &str, write: fn(f64) -> String) {
        for tick in axis.ticks(4) {
            let y = axis.at(tick);
            canvas.line((LEFT, y), (RIGHT, y), Pen(RULE, 0.75));
            canvas.text((LEFT - 6.0, y), &write(tick), Words::soft(Anchor::End));
        }
        canvas.line((LEFT, self.bottom), (RIGHT, self.bottom), Pen(SOFT, 1.0));
        canvas.text((RIGHT, self.top - 8.0), name, Words::soft(Anchor::End));
    }

    fn x(&self, at: usize) -> f64 {
        let start = self.points[at].at;
        let end = self
            .points
            .get(at + 1)
            .map_or(self.time.at(f64::MAX), |next| self.time.at(next.at));
        f64::midpoint(self.time.at(start), end)
    }

    /// Stretches without a gap of what `value` gives, as places.
    fn curves(
        &self,
        axis: &Axis,
        value: impl Fn(&TimePoint) -> Option<f64>,
    ) -> Vec<Vec<(f64, f64)>> {
        let mut curves = vec![Vec::new()];
        for (at, point) in self.points.iter().enumerate() {
            match value(point).filter(|value| value.is_finite()) {
                Some(value) => curves
                    .last_mut()
                    .expect("never empty")
                    .push((self.x(at), axis.at(value))),
                None => curves.push(Vec::new()),
            }
        }
        curves.retain(|curve: &Vec<_>| !curve.is_empty());
        curves
    }

    /// The number that the last places of curves are named by, moved apart where they would touch.
    fn names(&self, canvas: &mut Canvas, mut names: Vec<(f64, &str)>) {
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut above = self.top - 4.0;
        for (y, name) in names {
            let y = y.max(above + 13.0);
            canvas.text((RIGHT + 6.0, y), name, Words::new(Anchor::Start));
            above = y;
        }
    }

    fn requests(&self, canvas: &mut Canvas) {
        let most = self
            .points
            .iter()
            .map(|point| point.born.max(point.ok))
            .fold(0.0, f64::max);
        let axis = Axis::for_range(0.0, most.max(1e-9), (self.bottom, self.top));
        self.axis(canvas, &axis, "requests per second", format::rate);
        let born = self.curves(&axis, |point| Some(point.born));
        let good = self.curves(&axis, |point| Some(point.ok));
        for curve in &good {
            line(canvas, curve, Pen(DEEP, 1.75));
        }
        for curve in &born {
            canvas.dashed(curve, Pen(INK, 1.0), (4.0, 3.0));
        }
        let end = |curves: &[Vec<(f64, f64)>]| {
            curves
                .last()
                .and_then(|curve| curve.last())
                .map_or(self.top, |end| end.1)
        };
        self.names(
            canvas,
            vec![(end(&born) - 0.1, "- - sent"), (end(&good), "— succeed")],
        );
    }

    fn latency(&self, canvas: &mut Canvas) {
        let seen = |point: &TimePoint| [point.p50, point.p95, point.p99].into_iter().flatten();
        let all = || {
            self.points
                .iter()
                .flat_map(seen)
                .filter(|value| value.is_finite() && *value > 0.0)
        };
        let (low, high) = (
            all().fold(f64::INFINITY, f64::min),
            all().fold(0.0, f64::max),
        );
        if high <= 0.0 {
            canvas.text(
                (LEFT + 8.0, f64::midpoint(self.top, self.bottom)),
                "no request succeeded",
                Words::new(Anchor::Start),
            );
            return;
        }
        let axis = Axis::for_range(low, high, (self.bottom, self.top));
        let name = if axis.is_log() {
            "latency, logarithmic"
        } else {
            "latency"
        };
        let p50 = self.curves(&axis, |point| point.p50);
        let p95 = self.curves(&axis, |point| point.p95);
        let p99 = self.curves(&axis, |point| point.p99);
        self.band(canvas, &axis, PALE, |point| point.p99.zip(point.p95));
        self.band(canvas, &axis, MIDDLE, |point| point.p95.zip(point.p50));
        self.axis(canvas, &axis, name, format::duration);
        for curve in p99.iter().chain(&p95) {
            line(canvas, curve, Pen(MIDDLE, 0.75));
        }
        for curve in &p50 {
            line(canvas, curve, Pen(INK, 1.75));
        }
        let names = [(&p99, "p99"), (&p95, "p95"), (&p50, "median")];
        let ends = names
            .into_iter()
            .filter_map(|(curves, name)| Some((curves.last()?.last()?.1, name)));
        self.names(canvas, ends.collect());
    }

    /// Those who wait for slots or processors, wherever that is.
    fn queues(&self, canvas: &mut Canvas) {
        let most = self.points.iter().map(|point| point.waiting);
        let most = most.fold(0.0, f64::max);
        let axis = Axis::for_range(0.0, most.max(1e-9), (self.bottom, self.top));
        self.axis(
            canvas,
            &axis,
            "length of all queues, mean of each window",
            format::number,
        );
        for curve in &self.curves(&axis, |point| Some(point.waiting)) {
            line(canvas, curve, Pen(DEEP, 1.75));
        }
    }

    /// The busy share of the processors where requests wait most.
    fn busy(&self, canvas: &mut Canvas, component: Option<&str>) {
        let axis = Axis::straight((0.0, 1.0), (self.bottom, self.top));
        let name = shortened(&plain(component.unwrap_or_default()), LONGEST);
        let name = format!("busy share of the processors of {name}, the bottleneck");
        self.axis(canvas, &axis, &name, format::share);
        for curve in &self.curves(&axis, |point| point.busy) {
            line(canvas, curve, Pen(DEEP, 1.75));
        }
    }

    /// Requests in progress: the median of the replications, and a pointwise band about it.
    fn progress(&self, canvas: &mut Canvas, of: &str) {
        let of_one = |point: &TimePoint| point.bands.map(|bands| bands.in_progress);
        let most = self.points.iter().filter_map(of_one);
        let most = most.map(|band| band.high).fold(0.0, f64::max);
        let axis = Axis::for_range(0.0, most.max(1e-9), (self.bottom, self.top));
        self.band(canvas, &axis, PALE, |point| {
            of_one(point).map(|band| (band.high, band.low))
        });
        let name =
            format!("requests in progress: median of {of}, and the middle 90 % at each time");
        self.axis(canvas, &axis, &name, format::number);
        let medians = self.curves(&axis, |point| of_one(point).map(|band| band.median));
        for curve in &medians {
            line(canvas, curve, Pen(INK, 1.75));
        }
        if let Some(end) = medians.last().and_then(|curve| curve.last()) {
            self.names(canvas, vec![(end.1, "median")]);
        }
    }

    /// The area between two numbers, where both are known.
    fn band(
        &self,
        canvas: &mut Canvas,
        axis: &Axis,
        colour: RGBColor,
        ends: impl Fn(&TimePoint) -> Option<(f64, f64)>,
    ) {
        let upper = self.curves(axis, |point| ends(point).map(|(upper, _)| upper));
        let lower = self.curves(axis, |point| ends(point).map(|(_, lower)| lower));
        for (upper, lower) in upper.iter().zip(&lower) {
            let around: Vec<_> = upper.iter().chain(lower.iter().rev()).copied().collect();
            canvas.area(&around, colour);
        }
    }

    fn failures(&self, canvas: &mut Canvas) {
        let most = self
            .points
            .iter()
            .map(|point| point.failed)
            .fold(0.0, f64::max);
        let axis = Axis::for_range(0.0, most.max(1e-9), (self.bottom, self.top));
        self.axis(canvas, &axis, "failures per second", format::rate);
        for (at, point) in self
            .points
            .iter()
            .enumerate()
            .filter(|(_, point)| point.failed > 0.0)
        {
            let from = self.time.at(point.at);
            let to = from + 2.0 * (self.x(at) - from);
            canvas.rect(
                (from, axis.at(point.failed)),
                (to.max(from + 0.75), self.bottom),
                ALARM,
            );
        }
    }
}

/// A curve; a single place is a dot.
fn line(canvas: &mut Canvas, curve: &[(f64, f64)], pen: Pen) {
    if let [alone] = curve {
        canvas.disc(*alone, pen.1, pen.0);
    } else {
        canvas.path(curve, pen);
    }
}
