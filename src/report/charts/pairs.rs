//! Both sides of a comparison as pairs of bars: their bills item by item, and how busy their components are.

use super::axis::Axis;
use super::canvas::{ALARM, Anchor, Canvas, DEEP, INK, MIDDLE, Pen, RULE, SOFT, Words, draw};
use super::{MARGIN, WIDTH, foot_lines};
use crate::analysis::{Comparison, ComponentResult, Estimate, Preference, Status};
use crate::report::format::{self, Unit};
use crate::report::tables;

const NAMES: f64 = 190.0;
const BAR: f64 = 11.0;
/// Room for the number behind the longest bar, and for the difference.
const NUMBER: f64 = 110.0;
const CHANGE: f64 = 110.0;
/// Rows at most; the rest is said in words.
const MOST: usize = 30;

/// A side of a row: the number, its interval, and how it is written.
struct Bar {
    value: f64,
    ends: Option<(f64, f64)>,
    words: String,
}

/// A pair of bars; a side without a number has none.
struct Row {
    name: String,
    detail: String,
    bars: [Option<Bar>; 2],
    change: String,
}

impl Row {
    fn largest(&self) -> f64 {
        let values = self.bars.iter().flatten().map(|bar| bar.value);
        values.fold(0.0, f64::max)
    }
}

/// Lines under the title: what is shown, and who is who, whole; and where the drawing begins, below them and a legend.
pub(super) fn headed(of: &Comparison, shows: &str) -> (Vec<String>, f64) {
    let width = WIDTH - 2.0 * MARGIN;
    let mut lines = foot_lines(shows, width);
    for (letter, name, _) in tables::sides(of) {
        lines.extend(foot_lines(&format!("{letter} is {name}"), width));
    }
    let top = 34.0 + 15.0 * lines.len() as f64 + 24.0;
    (lines, top)
}

/// A title over such lines.
pub(super) fn head(canvas: &mut Canvas, title: &str, lines: &[String]) {
    let big = Words {
        size: 15.0,
        colour: INK,
        anchor: Anchor::Start,
    };
    canvas.text((MARGIN, 16.0), title, big);
    for (at, line) in lines.iter().enumerate() {
        let place = (MARGIN, 36.0 + 15.0 * at as f64);
        canvas.text(place, line, Words::soft(Anchor::Start));
    }
}

/// What is said behind a difference: `, better`.
pub(super) fn word(of: Preference) -> &'static str {
    match of {
        Preference::Better => ", better",
        Preference::Worse => ", worse",
        Preference::Higher => ", higher",
        Preference::Lower => ", lower",
        Preference::NotResolved => ", not resolved",
        Preference::Same => ", the same",
        Preference::FirstUnsteady | Preference::SecondUnsteady | Preference::BothUnsteady => "",
    }
}

/// The bills of both, item by item, if both have one.
pub(super) fn bills(of: &Comparison) -> Option<String> {
    let whole = of.cost()?;
    let currency = &of.first.cost.currency;
    let rows = tables::lines(&of.first.cost, &of.second.cost).into_iter();
    let rows = rows.map(|line| {
        let bar = |amount: f64| Bar {
            value: amount,
            ends: None,
            words: format::money(amount, currency),
        };
        let by = line.second.unwrap_or(0.0) - line.first.unwrap_or(0.0);
        Row {
            name: line.name,
            detail: String::new(),
            bars: [line.first.map(bar), line.second.map(bar)],
            change: change(by, &Unit::Money(currency.clone())),
        }
    });
    let unit = Unit::named(&whole.unit);
    let sums = [&whole.first, &whole.second].map(|of| format::estimate(of, &unit));
    let shows = format!(
        "A costs {}, B {} in all; the dearest item first",
        sums[0], sums[1]
    );
    chart(of, "Cost by item", &shows, rows.collect(), None)
}

/// What of a component can be busy.
type Part = fn(&ComponentResult) -> Option<&Estimate>;

/// How busy the components of both are: processors and slots.
pub(super) fn utilisation(of: &Comparison) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let both = || of.first.components.iter().chain(&of.second.components);
    for component in both() {
        if !names.contains(&component.name.as_str()) {
            names.push(&component.name);
        }
    }
    let kinds: [(&str, Part); 2] = [
        ("CPU", |of| of.cpu.as_ref().filter(|_| !of.cpu_unlimited)),
        ("slots", |of| of.slots.as_ref()),
    ];
    let mut rows = Vec::new();
    for name in names {
        for (detail, part) in kinds {
            let bars = [&of.first, &of.second].map(|side| {
                let component = side.components.iter().find(|of| of.name == name)?;
                share(part(component)?)
            });
            if bars.iter().any(Option::is_some) {
                rows.push(Row {
                    name: name.to_owned(),
                    detail: detail.to_owned(),
                    change: points(&bars),
                    bars,
                });
            }
        }
    }
    rows.sort_by(|a, b| b.largest().total_cmp(&a.largest()));
    let shows = "share of capacity in use over time, the busiest first";
    chart(of, "Utilisation of both", shows, rows, Some(1.0))
}

fn share(of: &Estimate) -> Option<Bar> {
    let value = of.value.filter(|value| value.is_finite())?;
    let ends = of.low.zip(of.high).filter(|_| of.status == Status::Ok);
    Some(Bar {
        value,
        ends: ends.filter(|(low, high)| low.is_finite() && high.is_finite() && high > low),
        words: format::estimate(of, &Unit::Share),
    })
}

/// By how many percentage points the second is busier; nothing where that is less than a tenth of one.
fn points(bars: &[Option<Bar>; 2]) -> String {
    let [Some(first), Some(second)] = bars else {
        return String::new();
    };
    let by = (second.value - first.value) * 100.0;
    if by.abs() < 0.05 || !by.is_finite() {
        return String::new();
    }
    let sign = if by > 0.0 { "+" } else { "−" };
    format!("{sign}{:.1} pp", by.abs())
}

/// A difference with its sign; nothing where there is none.
fn change(by: f64, unit: &Unit) -> String {
    if by == 0.0 {
        return String::new();
    }
    let sign = if by > 0.0 { "+" } else { "" };
    format!("{sign}{}", format::value(by, unit))
}

fn chart(
    of: &Comparison,
    title: &str,
    shows: &str,
    mut rows: Vec<Row>,
    full: Option<f64>,
) -> Option<String> {
    let largest = rows.iter().map(Row::largest).fold(0.0, f64::max);
    if rows.is_empty() || largest <= 0.0 {
        return None;
    }
    let left_out = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    let (lines, top) = headed(of, shows);
    let places = (MARGIN + NAMES + 10.0, WIDTH - MARGIN - NUMBER - CHANGE);
    let axis = Axis::straight(
        (0.0, full.map_or(largest, |full| largest.max(full))),
        places,
    );
    let height = 2.0 * BAR + 14.0;
    let bottom = top + height * rows.len() as f64;
    let foot = if left_out > 0 { 44.0 } else { 26.0 };
    let alt = format!(
        "{title} of both architectures: {}",
        format::counted(rows.len() as u64, "row", "rows")
    );
    Some(draw((WIDTH, bottom + foot), &alt, |canvas| {
        head(canvas, title, &lines);
        legend(canvas, top - 14.0, full.is_some());
        let unit = if full.is_some() {
            Unit::Share
        } else {
            Unit::Money(of.first.cost.currency.clone())
        };
        for tick in axis.ticks(5) {
            let x = axis.at(tick);
            canvas.line((x, top), (x, bottom + 4.0), Pen(RULE, 0.75));
            let words = format::value(tick, &unit);
            canvas.text((x, bottom + 14.0), &words, Words::soft(Anchor::Middle));
        }
        if let Some(full) = full {
            let ends = [(axis.at(full), top - 4.0), (axis.at(full), bottom + 4.0)];
            canvas.dashed(&ends, Pen(ALARM, 1.25), (5.0, 3.0));
        }
        for (at, row) in rows.iter().enumerate() {
            pair(canvas, &axis, row, top + height * at as f64 + 5.0);
        }
        if left_out > 0 {
            let words = format!("and {} more", format::count(left_out as u64));
            canvas.text((MARGIN, bottom + 32.0), &words, Words::soft(Anchor::Start));
        }
    }))
}

fn legend(canvas: &mut Canvas, y: f64, has_full: bool) {
    let mut x = MARGIN + NAMES + 10.0;
    for (colour, word) in [(MIDDLE, "A"), (DEEP, "B")] {
        canvas.rect((x, y - 5.0), (x + 16.0, y + 5.0), colour);
        canvas.text((x + 21.0, y), word, Words::soft(Anchor::Start));
        x += 50.0;
    }
    if has_full {
        canvas.dashed(&[(x, y), (x + 20.0, y)], Pen(ALARM, 1.25), (5.0, 3.0));
        canvas.text((x + 25.0, y), "full", Words::soft(Anchor::Start));
    }
}

fn pair(canvas: &mut Canvas, axis: &Axis, row: &Row, top: f64) {
    let middle = top + BAR + 1.0;
    let name = Words::new(Anchor::Start);
    if row.detail.is_empty() {
        canvas.fitted((MARGIN, middle), &row.name, NAMES, name);
    } else {
        canvas.fitted((MARGIN, middle - 7.0), &row.name, NAMES, name);
        let soft = Words::soft(Anchor::Start);
        canvas.fitted((MARGIN, middle + 7.0), &row.detail, NAMES, soft);
    }
    for (at, (bar, colour)) in row.bars.iter().zip([MIDDLE, DEEP]).enumerate() {
        let y = top + (BAR + 2.0) * at as f64;
        let half = y + BAR / 2.0;
        let Some(bar) = bar else {
            let dash = Words {
                colour: SOFT,
                ..Words::new(Anchor::Start)
            };
            canvas.text((axis.at(0.0) + 6.0, half), format::NOTHING, dash);
            continue;
        };
        let end = axis.at(bar.value);
        canvas.rect(
            (axis.at(0.0), y),
            (end.max(axis.at(0.0) + 1.0), y + BAR),
            colour,
        );
        let mut right = end;
        if let Some((low, high)) = bar.ends {
            let (low, high) = (axis.at(low), axis.at(high));
            canvas.line((low, half), (high, half), Pen(INK, 1.25));
            for x in [low, high] {
                canvas.line((x, half - 3.0), (x, half + 3.0), Pen(INK, 1.25));
            }
            right = right.max(high);
        }
        canvas.patched((right + 6.0, half), &bar.words, Words::new(Anchor::Start));
    }
    let place = (WIDTH - MARGIN, middle);
    canvas.fitted(place, &row.change, CHANGE - 8.0, Words::new(Anchor::End));
}
