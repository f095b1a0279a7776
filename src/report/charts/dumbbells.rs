//! From A to B: the numbers that matter and those of objectives with their limits, in their own units.

use super::axis::Axis;
use super::canvas::{ALARM, Anchor, Canvas, DEEP, INK, MIDDLE, PALE, Pen, RULE, Words, draw};
use super::pairs::{self, headed};
use super::{MARGIN, WIDTH};
use crate::analysis::{Comparison, Difference, Estimate, ObjectiveResult, Role, Status};
use crate::report::format::{self, Unit};

const NAMES: f64 = 170.0;
/// Room for both numbers and their difference.
const WORDS: f64 = 200.0;
const ROW: f64 = 36.0;
/// Height of the title of a panel, and of its ticks.
const TITLE: f64 = 24.0;
const TICKS: f64 = 34.0;
/// Radius of the mark of a side.
const MARK: f64 = 4.75;
/// Rows at most.
const MOST: usize = 20;
/// Rows where nothing matters and nothing has a limit.
const FEW: usize = 6;

/// A number on both sides.
struct Row<'a> {
    of: &'a Difference,
    /// The limits of its objective; one, unless it is another on either side.
    limits: Vec<f64>,
}

/// Rows of one kind over an axis of their own.
struct Panel<'a> {
    title: &'static str,
    unit: Unit,
    rows: Vec<Row<'a>>,
}

/// The chart, if there is a number to show.
pub(super) fn dumbbells(of: &Comparison) -> Option<String> {
    let panels = panels(of);
    if panels.is_empty() {
        return None;
    }
    let (subtitle, top) = headed(of, "each number in A and in B, what differs most first");
    let height: f64 = panels
        .iter()
        .map(|panel| TITLE + TICKS + ROW * panel.rows.len() as f64)
        .sum();
    let rows: usize = panels.iter().map(|panel| panel.rows.len()).sum();
    let numbers = format::counted(rows as u64, "number", "numbers");
    let alt = format!("{numbers} of both architectures, with limits");
    let has_limits = panels.iter().flat_map(|panel| &panel.rows);
    let has_limits = has_limits.into_iter().any(|row| !row.limits.is_empty());
    Some(draw((WIDTH, top + height), &alt, |canvas| {
        pairs::head(canvas, "From A to B", &subtitle);
        legend(canvas, top - 14.0, has_limits);
        let mut y = top;
        for panel in &panels {
            draw_panel(canvas, panel, y);
            y += TITLE + TICKS + ROW * panel.rows.len() as f64;
        }
    }))
}

fn panels(of: &Comparison) -> Vec<Panel<'_>> {
    let shown = |difference: &&Difference| {
        let has_own_chart = matches!(&*difference.metric, "cost" | "utilisation");
        let known = [&difference.first, &difference.second];
        !has_own_chart && known.into_iter().any(|of| steady(of).is_some())
    };
    let all = of.differences.iter().filter(shown).map(|difference| Row {
        of: difference,
        limits: limits(of, difference),
    });
    let mut rows: Vec<Row> = all.collect();
    let matters = |row: &Row| row.of.is_material() || !row.limits.is_empty();
    if rows.iter().any(matters) {
        rows.retain(matters);
        // Limits are never left out for want of room.
        rows.sort_by_key(|row| row.limits.is_empty());
        rows.truncate(MOST);
    } else {
        rows.truncate(FEW);
    }
    let mut panels = [
        ("Latency", Unit::Seconds),
        ("Share of requests", Unit::Share),
        ("Per second", Unit::PerSecond),
        ("Number", Unit::Plain(String::new())),
    ]
    .map(|(title, unit)| Panel {
        title,
        unit,
        rows: Vec::new(),
    });
    for row in rows {
        let unit = Unit::named(&row.of.unit);
        let last = panels.len() - 1;
        let panel = panels.iter().position(|panel| panel.unit == unit);
        panels[panel.unwrap_or(last)].rows.push(row);
    }
    let filled = panels.into_iter().filter(|panel| !panel.rows.is_empty());
    filled.collect()
}

/// A value that means something.
fn steady(of: &Estimate) -> Option<f64> {
    let is_steady = of.status != Status::Unstable;
    of.value.filter(|value| is_steady && value.is_finite())
}

/// The limits of the objective of a number, on both sides.
fn limits(of: &Comparison, row: &Difference) -> Vec<f64> {
    let mut limits: Vec<f64> = Vec::new();
    for side in [&of.first, &of.second] {
        let requests = side.endpoints.iter();
        let mut requests = requests.filter(|of| of.role == Role::Request);
        // All requests are those of the only workload, and are called by its name.
        let is_only = requests.all(|of| of.workload.as_ref() == Some(&row.of));
        let is_of = |objective: &&ObjectiveResult| {
            objective.metric == row.metric
                && (objective.of == row.of || objective.of == "all" && is_only)
        };
        for objective in side.objectives.iter().filter(is_of) {
            let known = limits
                .iter()
                .any(|limit| limit.total_cmp(&objective.limit).is_eq());
            if !known && objective.limit.is_finite() {
                limits.push(objective.limit);
            }
        }
    }
    limits
}

fn legend(canvas: &mut Canvas, y: f64, has_limits: bool) {
    let mut x = MARGIN + NAMES + 10.0;
    canvas.ring((x + 5.0, y), 4.25, Pen(DEEP, 1.75));
    canvas.text((x + 15.0, y), "A", Words::soft(Anchor::Start));
    x += 44.0;
    canvas.disc((x + 5.0, y), MARK, DEEP);
    canvas.text((x + 15.0, y), "B", Words::soft(Anchor::Start));
    x += 44.0;
    if has_limits {
        canvas.dashed(
            &[(x + 5.0, y - 7.0), (x + 5.0, y + 7.0)],
            Pen(ALARM, 1.5),
            (3.0, 2.0),
        );
        canvas.text((x + 13.0, y), "limit", Words::soft(Anchor::Start));
    }
}

/// An axis that holds every number, interval and limit of the panel.
fn axis(panel: &Panel) -> Axis {
    let places = (MARGIN + NAMES + 10.0, WIDTH - MARGIN - WORDS - 8.0);
    let numbers = panel.rows.iter().flat_map(|row| {
        let of = [&row.of.first, &row.of.second].into_iter();
        let of = of.filter_map(|of| {
            Some([
                steady(of)?,
                of.low.unwrap_or(steady(of)?),
                of.high.unwrap_or(steady(of)?),
            ])
        });
        of.flatten().chain(row.limits.iter().copied())
    });
    let numbers: Vec<f64> = numbers.filter(|number| number.is_finite()).collect();
    let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if panel.unit == Unit::Share {
        // Shares lie close together near all or nothing: what matters is what they differ by.
        let space = (high - low).max(1e-6) * 0.08;
        return Axis::straight(((low - space).max(0.0), (high + space).min(1.0)), places);
    }
    Axis::for_range(low.max(0.0), high, places)
}

fn draw_panel(canvas: &mut Canvas, panel: &Panel, top: f64) {
    let axis = axis(panel);
    let title = Words::soft(Anchor::Start);
    canvas.text((MARGIN, top + TITLE / 2.0), panel.title, title);
    let (top, bottom) = (top + TITLE, top + TITLE + ROW * panel.rows.len() as f64);
    for tick in axis.ticks(5) {
        let x = axis.at(tick);
        canvas.line((x, top), (x, bottom + 4.0), Pen(RULE, 0.75));
        let words = format::value(tick, &panel.unit);
        canvas.text((x, bottom + 14.0), &words, Words::soft(Anchor::Middle));
    }
    for (at, row) in panel.rows.iter().enumerate() {
        mark(canvas, &axis, row, top + ROW * (at as f64 + 0.5));
    }
}

fn mark(canvas: &mut Canvas, axis: &Axis, row: &Row, y: f64) {
    let of = row.of;
    canvas.fitted((MARGIN, y - 6.5), &of.of, NAMES, Words::new(Anchor::Start));
    canvas.fitted(
        (MARGIN, y + 7.5),
        &of.metric,
        NAMES,
        Words::soft(Anchor::Start),
    );
    for limit in &row.limits {
        let x = axis.at(*limit);
        let ends = [(x, y - ROW / 2.0 + 3.0), (x, y + ROW / 2.0 - 3.0)];
        canvas.dashed(&ends, Pen(ALARM, 1.5), (3.0, 2.0));
    }
    let (first, second) = (steady(&of.first), steady(&of.second));
    if let Some((first, second)) = first.zip(second) {
        canvas.line((axis.at(first), y), (axis.at(second), y), Pen(PALE, 5.0));
    }
    for (side, colour, cap) in [(&of.first, MIDDLE, 3.0), (&of.second, INK, 4.5)] {
        let ends = side.low.zip(side.high).filter(|_| steady(side).is_some());
        let Some((low, high)) = ends.filter(|(low, high)| low.is_finite() && high > low) else {
            continue;
        };
        let (low, high) = (axis.at(low), axis.at(high));
        // One that the mark hides is none to draw.
        if high - low < 2.0 * MARK {
            continue;
        }
        canvas.line((low, y), (high, y), Pen(colour, 1.25));
        for x in [low, high] {
            canvas.line((x, y - cap), (x, y + cap), Pen(colour, 1.0));
        }
    }
    if let Some(first) = first {
        canvas.ring((axis.at(first), y), 4.25, Pen(DEEP, 1.75));
    }
    if let Some(second) = second {
        canvas.disc((axis.at(second), y), MARK, DEEP);
    }
    let unit = Unit::named(&of.unit);
    let told = |of: &Estimate| {
        steady(of).map_or_else(
            || "not steady".to_owned(),
            |value| format::value(value, &unit),
        )
    };
    let x = WIDTH - MARGIN - WORDS + 12.0;
    let both = format!("{} → {}", told(&of.first), told(&of.second));
    canvas.fitted((x, y - 6.5), &both, WORDS - 12.0, Words::new(Anchor::Start));
    // Where there is no interval, the reason for that says enough.
    let word = if of.difference.status == Status::Ok {
        pairs::word(of.preference)
    } else {
        ""
    };
    let by = format!("{}{word}", format::signed(&of.difference, &unit));
    canvas.fitted((x, y + 7.5), &by, WORDS - 12.0, Words::soft(Anchor::Start));
}
