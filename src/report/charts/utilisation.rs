//! How busy each component is: processors and slots, the busiest first.

use super::axis::Axis;
use super::canvas::{ALARM, Anchor, Canvas, DEEP, INK, MIDDLE, Pen, RULE, Words, draw};
use super::measure::width_of;
use super::{HEAD, MARGIN, WIDTH, foot_lines, head};
use crate::analysis::{ComponentResult, Estimate, RunResult};
use crate::report::format::{self, Unit};

const NAMES: f64 = 190.0;
const BAR: f64 = 11.0;
/// Room for the number behind a full bar.
const NUMBER: f64 = 108.0;

/// The bars of one component.
struct Row<'a> {
    name: &'a str,
    cpu: Option<&'a Estimate>,
    slots: Option<&'a Estimate>,
}

impl Row<'_> {
    fn busiest(&self) -> f64 {
        let values = [self.cpu, self.slots]
            .into_iter()
            .flatten()
            .filter_map(|of| of.value);
        values.filter(|value| value.is_finite()).fold(0.0, f64::max)
    }

    fn height(&self) -> f64 {
        let bars = [self.cpu, self.slots].into_iter().flatten().count();
        bars as f64 * (BAR + 2.0) + 11.0
    }
}

/// The chart, if anything can be busy.
pub(super) fn utilisation(result: &RunResult) -> Option<String> {
    let mut rows: Vec<Row> = result.components.iter().filter_map(row).collect();
    if rows.is_empty() {
        return None;
    }
    rows.sort_by(|a, b| b.busiest().total_cmp(&a.busiest()));
    let fullest = rows.first().map_or(1.0, Row::busiest).max(1.0);
    let axis = Axis::straight(
        (0.0, fullest),
        (MARGIN + NAMES + 10.0, WIDTH - MARGIN - NUMBER),
    );
    let top = HEAD + 22.0;
    let bottom = top + rows.iter().map(Row::height).sum::<f64>();
    let notes = foot_lines(&notes(result), WIDTH - 2.0 * MARGIN);
    let alt = format!(
        "Utilisation of {}",
        format::counted(rows.len() as u64, "component", "components")
    );
    let height = bottom + 30.0 + 15.0 * notes.len() as f64;
    Some(draw((WIDTH, height), &alt, |canvas| {
        head(
            canvas,
            "Utilisation",
            "share of capacity in use over time, the busiest first",
        );
        legend(canvas, &rows);
        for tick in axis.ticks(6) {
            let x = axis.at(tick);
            canvas.line((x, top), (x, bottom + 4.0), Pen(RULE, 0.75));
            canvas.text(
                (x, bottom + 14.0),
                &format::share(tick),
                Words::soft(Anchor::Middle),
            );
        }
        canvas.dashed(
            &[(axis.at(1.0), top - 4.0), (axis.at(1.0), bottom + 4.0)],
            Pen(ALARM, 1.25),
            (5.0, 3.0),
        );
        let mut y = top;
        for row in &rows {
            bars(canvas, &axis, row, y);
            y += row.height();
        }
        for (at, line) in notes.iter().enumerate() {
            canvas.text(
                (MARGIN, bottom + 32.0 + 15.0 * at as f64),
                line,
                Words::soft(Anchor::Start),
            );
        }
    }))
}

fn row(component: &ComponentResult) -> Option<Row<'_>> {
    let cpu = component
        .cpu
        .as_ref()
        .filter(|cpu| !component.cpu_unlimited && cpu.value.is_some());
    let slots = component
        .slots
        .as_ref()
        .filter(|slots| slots.value.is_some());
    (cpu.is_some() || slots.is_some()).then_some(Row {
        name: &component.name,
        cpu,
        slots,
    })
}

/// Components that have no bar, or one too few, and why.
fn notes(result: &RunResult) -> String {
    let unlimited = result
        .components
        .iter()
        .filter(|of| of.cpu_unlimited)
        .filter_map(|of| {
            let cores = format::estimate(of.cpu.as_ref()?, &Unit::Plain(String::new()));
            Some(format!("{} has unlimited cores, {cores} busy.", of.name))
        });
    let idle = result
        .components
        .iter()
        .filter(|of| of.cpu.is_none() && of.slots.is_none());
    let idle: Vec<&str> = idle.map(|of| of.name.as_str()).collect();
    let mut notes: Vec<String> = unlimited.collect();
    if !idle.is_empty() {
        notes.push(format!("Without processors or slots: {}.", idle.join(", ")));
    }
    notes.join(" ")
}

fn legend(canvas: &mut Canvas, rows: &[Row]) {
    let y = HEAD + 4.0;
    let mut x = MARGIN + NAMES + 10.0;
    let kinds = [
        (DEEP, "CPU", rows.iter().any(|row| row.cpu.is_some())),
        (MIDDLE, "slots", rows.iter().any(|row| row.slots.is_some())),
    ];
    for (colour, word, _) in kinds.into_iter().filter(|(_, _, shown)| *shown) {
        canvas.rect((x, y - 5.0), (x + 16.0, y + 5.0), colour);
        canvas.text((x + 21.0, y), word, Words::soft(Anchor::Start));
        x += 36.0 + width_of(word, 11.0);
    }
    canvas.dashed(&[(x, y), (x + 20.0, y)], Pen(ALARM, 1.25), (5.0, 3.0));
    canvas.text((x + 25.0, y), "full", Words::soft(Anchor::Start));
}

fn bars(canvas: &mut Canvas, axis: &Axis, row: &Row, top: f64) {
    canvas.fitted(
        (MARGIN, top + row.height() / 2.0),
        row.name,
        NAMES,
        Words::new(Anchor::Start),
    );
    let mut y = top + 5.5;
    for (of, colour) in [(row.cpu, DEEP), (row.slots, MIDDLE)] {
        let Some((of, value)) =
            of.and_then(|of| Some((of, of.value.filter(|value| value.is_finite())?)))
        else {
            continue;
        };
        let end = axis.at(value);
        canvas.rect(
            (axis.at(0.0), y),
            (end.max(axis.at(0.0) + 1.0), y + BAR),
            colour,
        );
        let middle = y + BAR / 2.0;
        let mut right = end;
        if let Some((low, high)) = of.low.zip(of.high).filter(|(low, high)| high > low) {
            let (low, high) = (axis.at(low), axis.at(high));
            canvas.line((low, middle), (high, middle), Pen(INK, 1.25));
            for x in [low, high] {
                canvas.line((x, middle - 3.0), (x, middle + 3.0), Pen(INK, 1.25));
            }
            right = right.max(high);
        }
        canvas.patched(
            (right + 6.0, middle),
            &format::estimate(of, &Unit::Share),
            Words::new(Anchor::Start),
        );
        y += BAR + 2.0;
    }
}
