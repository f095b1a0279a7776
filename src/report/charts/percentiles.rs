//! Latency of every request: median, 95th and 99th percentile as dots with their intervals.
//!
//! The three differ in shape, so that they can be told apart in grey. A number without an interval is hollow and says
//! why; a lower bound points to where the truth lies.

use super::axis::Axis;
use super::canvas::{
    ALARM, Anchor, Canvas, DEEP, INK, MIDDLE, PAPER, Pen, RULE, SOFT, Words, draw,
};
use super::measure::width_of;
use super::{HEAD, MARGIN, WIDTH, head};
use crate::analysis::{EndpointResult, Estimate, ObjectiveResult, Role, RunResult, Status};
use crate::report::format;

const ROW: f64 = 46.0;
const NAMES: f64 = 190.0;
const FOOT: f64 = 34.0;
/// Words of the rightmost labels end before this.
const RIGHT: f64 = WIDTH - MARGIN;

/// The chart, if there is any latency to show.
pub(super) fn percentiles(result: &RunResult) -> Option<String> {
    let rows: Vec<&EndpointResult> = result
        .endpoints
        .iter()
        .filter(|of| of.role == Role::Request)
        .collect();
    let seen: Vec<f64> = rows
        .iter()
        .flat_map(|row| dots(row))
        .flat_map(extent)
        .chain(
            rows.iter()
                .flat_map(|row| limits(result, row))
                .map(|limit| limit.limit),
        )
        .collect();
    let low = seen
        .iter()
        .copied()
        .filter(|value| *value > 0.0)
        .fold(f64::INFINITY, f64::min);
    let high = seen.iter().copied().fold(0.0, f64::max);
    if high <= 0.0 || !high.is_finite() {
        return None;
    }
    let axis = Axis::for_range(low, high, (MARGIN + NAMES + 16.0, RIGHT - 42.0));
    let top = HEAD + 22.0;
    let bottom = top + ROW * rows.len() as f64;
    let alt = format!(
        "Median, 95th and 99th percentile of latency of {}",
        format::counted(rows.len() as u64, "request", "requests")
    );
    Some(draw((WIDTH, bottom + FOOT), &alt, |canvas| {
        let scale = if axis.is_log() {
            "logarithmic scale"
        } else {
            "linear scale"
        };
        let limited = rows.iter().any(|row| limits(result, row).next().is_some());
        let about_limits = if limited {
            "; dashed lines are limits of objectives"
        } else {
            ""
        };
        head(
            canvas,
            "Latency of requests",
            &format!("as users see them, successes only, {scale}{about_limits}"),
        );
        legend(canvas);
        grid(canvas, &axis, top, bottom);
        for (at, row) in rows.iter().enumerate() {
            let y = top + ROW * (at as f64 + 0.5);
            if at > 0 {
                canvas.line(
                    (MARGIN, y - ROW / 2.0),
                    (RIGHT, y - ROW / 2.0),
                    Pen(RULE, 0.5),
                );
            }
            canvas.fitted((MARGIN, y), &row.name, NAMES, Words::new(Anchor::Start));
            let limits: Vec<&ObjectiveResult> = limits(result, row).collect();
            for limit in &limits {
                let x = axis.at(limit.limit);
                let ends = [(x, y - ROW / 2.0 + 2.0), (x, y + ROW / 2.0 - 2.0)];
                canvas.dashed(&ends, Pen(ALARM, 1.5), (4.0, 3.0));
            }
            let taken = whole_row(canvas, &axis, row, y);
            names_of_limits(canvas, &axis, &limits, (y, taken));
        }
    }))
}

/// Limits on latencies of a request, whoever sends it.
fn limits<'r>(
    result: &'r RunResult,
    row: &'r EndpointResult,
) -> impl Iterator<Item = &'r ObjectiveResult> {
    let of_row = |of: &str| {
        row.name == of
            || row
                .name
                .strip_suffix(of)
                .is_some_and(|rest| rest.ends_with(": "))
    };
    let objectives = result.objectives.iter();
    objectives.filter(move |objective| {
        objective.unit == "s" && objective.limit > 0.0 && of_row(&objective.of)
    })
}

/// Words that stand in a row: from and to, and whether above the line.
type Taken = Vec<(f64, f64, bool)>;

/// The names of limits beside their lines, where they find room.
fn names_of_limits(
    canvas: &mut Canvas,
    axis: &Axis,
    limits: &[&ObjectiveResult],
    (y, mut taken): (f64, Taken),
) {
    for limit in limits {
        let x = axis.at(limit.limit);
        let sign = if limit.bound == "at-least" {
            "≥"
        } else {
            "≤"
        };
        let words = format!("{} {sign} {}", limit.metric, format::duration(limit.limit));
        let width = width_of(&words, 11.0);
        let places = [
            (x + 5.0, true),
            (x + 5.0, false),
            (x - 5.0 - width, true),
            (x - 5.0 - width, false),
        ];
        let free = places.into_iter().find(|(from, above)| {
            let apart = |(start, end, side): &(f64, f64, bool)| {
                side != above || from + width + 4.0 < *start || *from > end + 4.0
            };
            *from >= MARGIN + NAMES && from + width <= RIGHT && taken.iter().all(apart)
        });
        if let Some((from, above)) = free {
            taken.push((from, from + width, above));
            let height = if above { y - 13.0 } else { y + 14.0 };
            canvas.text(
                (from, height),
                &words,
                Words {
                    colour: ALARM,
                    ..Words::new(Anchor::Start)
                },
            );
        }
    }
}

fn dots(row: &EndpointResult) -> [&Estimate; 3] {
    [&row.latency.p50, &row.latency.p95, &row.latency.p99]
}

fn extent(of: &Estimate) -> impl Iterator<Item = f64> {
    [of.value, of.low, of.high]
        .into_iter()
        .flatten()
        .filter(|value| value.is_finite())
}

fn legend(canvas: &mut Canvas) {
    let y = HEAD + 4.0;
    let mut x = MARGIN + NAMES + 16.0;
    for (at, word) in ["median", "95th percentile", "99th percentile"]
        .into_iter()
        .enumerate()
    {
        dot(canvas, (x, y), at, true);
        canvas.text((x + 9.0, y), word, Words::soft(Anchor::Start));
        x += 26.0 + width_of(word, 11.0);
    }
    whisker(canvas, (x - 4.0, x + 12.0), y);
    canvas.text(
        (x + 18.0, y),
        "interval, where wider than its dot",
        Words::soft(Anchor::Start),
    );
}

fn grid(canvas: &mut Canvas, axis: &Axis, top: f64, bottom: f64) {
    for tick in axis.ticks(7) {
        let x = axis.at(tick);
        canvas.line((x, top), (x, bottom + 4.0), Pen(RULE, 0.75));
        canvas.text(
            (x, bottom + 14.0),
            &format::duration(tick),
            Words::soft(Anchor::Middle),
        );
    }
}

fn whole_row(canvas: &mut Canvas, axis: &Axis, row: &EndpointResult, y: f64) -> Taken {
    let known: Vec<(usize, &Estimate)> = dots(row)
        .into_iter()
        .enumerate()
        .filter(|(_, of)| of.value.is_some())
        .collect();
    let (Some((_, first)), Some((_, last))) = (known.first(), known.last()) else {
        let words = if row.sent == 0 {
            "none sent"
        } else {
            "nothing to say of the latency"
        };
        canvas.text((axis.at(0.0), y), words, Words::soft(Anchor::Start));
        return Taken::new();
    };
    let mut stands = Taken::new();
    let ends = [first, last].map(|of| axis.at(of.value.unwrap_or(0.0)));
    canvas.line((ends[0], y), (ends[1], y), Pen(MIDDLE, 1.0));
    // Below, above, below: neighbours never share a line; the third gives way to the first.
    let mut taken = [f64::NEG_INFINITY; 2];
    for (at, of) in known {
        let x = axis.at(of.value.unwrap_or(0.0));
        if let Some((low, high)) = of.low.zip(of.high) {
            whisker(canvas, (axis.at(low), axis.at(high)), y);
        }
        dot(canvas, (x, y), at, of.status == Status::Ok);
        if of.status == Status::Censored {
            canvas.area(
                &[(x + 8.0, y - 4.0), (x + 15.0, y), (x + 8.0, y + 4.0)],
                DEEP,
            );
        }
        let side = at % 2;
        let placed = |words: String| {
            let half = width_of(&words, 11.0) / 2.0;
            let middle = x.max(taken[side] + half + 8.0).min(RIGHT - half);
            (words, half, middle)
        };
        let (mut words, mut half, mut middle) = placed(label(of));
        if middle - half < taken[side] + 4.0 {
            // At the right edge: that it is hollow says enough.
            (words, half, middle) = placed(format::duration(of.value.unwrap_or(f64::NAN)));
        }
        taken[side] = middle + half;
        stands.push((middle - half, middle + half, side == 1));
        let height = if side == 0 { y + 14.0 } else { y - 13.0 };
        canvas.patched((middle, height), &words, Words::new(Anchor::Middle));
    }
    stands
}

fn label(of: &Estimate) -> String {
    let value = format::duration(of.value.unwrap_or(f64::NAN));
    match of.status {
        Status::Ok => value,
        Status::Censored => format!("> {value}"),
        other => format!("{value} ({})", format::status(other)),
    }
}

fn whisker(canvas: &mut Canvas, (from, to): (f64, f64), y: f64) {
    canvas.line((from, y), (to, y), Pen(INK, 1.5));
    for x in [from, to] {
        canvas.line((x, y - 4.0), (x, y + 4.0), Pen(INK, 1.0));
    }
}

/// The mark of the median, the 95th or the 99th percentile; grey and hollow when it has no interval.
fn dot(canvas: &mut Canvas, place: (f64, f64), which: usize, solid: bool) {
    let colour = if solid { DEEP } else { SOFT };
    match which {
        0 => canvas.disc(place, 4.5, colour),
        1 => canvas.ring(place, 4.25, Pen(colour, if solid { 1.75 } else { 1.0 })),
        _ => canvas.diamond(place, 6.0, colour),
    }
    if !solid {
        canvas.disc(place, 2.5, PAPER);
    }
}
