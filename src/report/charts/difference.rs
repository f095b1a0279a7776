//! What the second architecture changes, in per cent of the first, metric by metric, with intervals.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, DEEP, INK, Pen, RULE, SOFT, Words, draw};
use super::{HEAD, MARGIN, WIDTH, foot_lines, head};
use crate::analysis::{Comparison, Difference, Preference};
use crate::report::format::{self, Unit};

const NAMES: f64 = 190.0;
const WORDS: f64 = 170.0;
const ROW: f64 = 34.0;

/// A metric whose change can be told in per cent of the first.
struct Row<'a> {
    of: &'a Difference,
    change: f64,
    ends: Option<(f64, f64)>,
}

/// The chart, if any metric can be told so.
pub(super) fn difference(of: &Comparison) -> Option<String> {
    let rows: Vec<Row> = of.differences.iter().filter_map(row).collect();
    let all = || {
        rows.iter().flat_map(|row| {
            [row.change]
                .into_iter()
                .chain(row.ends.into_iter().flat_map(|(low, high)| [low, high]))
        })
    };
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    if rows.is_empty() {
        return None;
    }
    let space = (high - low).max(1e-3) * 0.04;
    let axis = Axis::straight(
        (low - space, high + space),
        (MARGIN + NAMES + 10.0, WIDTH - MARGIN - WORDS),
    );
    let top = HEAD + 6.0;
    let bottom = top + ROW * rows.len() as f64;
    let missing: Vec<String> = (of.differences.iter().filter(|of| row(of).is_none()))
        .map(|of| format!("{} {}", of.of, of.metric))
        .collect();
    let note = if missing.is_empty() {
        String::new()
    } else {
        format!("Not in per cent of A: {}.", missing.join(", "))
    };
    let notes = foot_lines(&note, WIDTH - 2.0 * MARGIN);
    let alt = format!(
        "Change of {} from the first to the second architecture",
        format::counted(rows.len() as u64, "metric", "metrics")
    );
    Some(draw(
        (WIDTH, bottom + 32.0 + 15.0 * notes.len() as f64),
        &alt,
        |canvas| {
            head(
                canvas,
                "B against A",
                &format!(
                    "A is {}, B is {}; change in per cent of A",
                    of.first.model, of.second.model
                ),
            );
            for tick in axis.ticks(6) {
                let x = axis.at(tick);
                canvas.line((x, top), (x, bottom + 4.0), Pen(RULE, 0.75));
                canvas.text(
                    (x, bottom + 14.0),
                    &percent(tick),
                    Words::soft(Anchor::Middle),
                );
            }
            canvas.line(
                (axis.at(0.0), top),
                (axis.at(0.0), bottom + 4.0),
                Pen(INK, 1.25),
            );
            for (at, row) in rows.iter().enumerate() {
                mark(canvas, &axis, row, top + ROW * (at as f64 + 0.5));
            }
            for (at, line) in notes.iter().enumerate() {
                canvas.text(
                    (MARGIN, bottom + 34.0 + 15.0 * at as f64),
                    line,
                    Words::soft(Anchor::Start),
                );
            }
        },
    ))
}

fn row(of: &Difference) -> Option<Row<'_>> {
    let first = of
        .first
        .value
        .filter(|first| first.is_finite() && *first != 0.0)?
        .abs();
    let change = of.difference.value.filter(|change| change.is_finite())? / first;
    let ends = of
        .difference
        .low
        .zip(of.difference.high)
        .map(|(low, high)| (low / first, high / first));
    Some(Row { of, change, ends })
}

fn percent(part: f64) -> String {
    let sign = if part > 1e-12 { "+" } else { "" };
    format!(
        "{sign}{}",
        format::value(part * 100.0, &Unit::Plain("%".into()))
    )
}

fn mark(canvas: &mut Canvas, axis: &Axis, row: &Row, y: f64) {
    canvas.fitted(
        (MARGIN, y - 6.5),
        &row.of.of,
        NAMES,
        Words::new(Anchor::Start),
    );
    canvas.fitted(
        (MARGIN, y + 7.5),
        &row.of.metric,
        NAMES,
        Words::soft(Anchor::Start),
    );
    let resolved = matches!(row.of.preference, Preference::Better | Preference::Worse);
    if let Some((low, high)) = row.ends {
        let (low, high) = (axis.at(low), axis.at(high));
        canvas.line((low, y), (high, y), Pen(INK, 1.5));
        for x in [low, high] {
            canvas.line((x, y - 4.0), (x, y + 4.0), Pen(INK, 1.0));
        }
    }
    let place = (axis.at(row.change), y);
    if resolved {
        canvas.disc(place, 4.5, DEEP);
    } else {
        canvas.ring(place, 4.25, Pen(SOFT, 1.5));
    }
    let word = match row.of.preference {
        Preference::Better => "better",
        Preference::Worse => "worse",
        Preference::NotResolved => "not resolved",
        Preference::Same => "the same",
    };
    let x = WIDTH - MARGIN - WORDS + 12.0;
    let unit = Unit::named(&row.of.unit);
    canvas.fitted(
        (x, y - 6.5),
        &format::signed(&row.of.difference, &unit),
        WORDS - 12.0,
        Words::new(Anchor::Start),
    );
    canvas.text((x, y + 7.5), word, Words::soft(Anchor::Start));
}
