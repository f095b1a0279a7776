//! The bill as bars, the dearest first. Bars, not a pie: lengths can be compared, angles cannot.

use super::axis::Axis;
use super::canvas::{Anchor, DEEP, Pen, RULE, Words, draw};
use super::{HEAD, MARGIN, WIDTH, head};
use crate::analysis::{CostLine, RunResult};
use crate::report::format::{self, Unit};

const NAMES: f64 = 190.0;
const ROW: f64 = 32.0;
/// Room for money and share behind the longest bar.
const NUMBER: f64 = 150.0;

/// The chart, if anything has a price.
pub(super) fn cost(result: &RunResult) -> Option<String> {
    let bill = &result.cost;
    let mut lines: Vec<&CostLine> = bill
        .lines
        .iter()
        .filter(|line| line.per_month.is_finite())
        .collect();
    lines.sort_by(|a, b| b.per_month.total_cmp(&a.per_month));
    let whole: f64 = lines.iter().map(|line| line.per_month).sum();
    let dearest = lines.first()?.per_month;
    if dearest <= 0.0 {
        return None;
    }
    let axis = Axis::straight(
        (0.0, dearest),
        (MARGIN + NAMES + 10.0, WIDTH - MARGIN - NUMBER),
    );
    let top = HEAD + 6.0;
    let bottom = top + ROW * lines.len() as f64;
    let alt = format!(
        "Monthly cost of {}",
        format::counted(lines.len() as u64, "item", "items")
    );
    let month = Unit::Money(format!("{}/month", bill.currency));
    Some(draw((WIDTH, bottom + 8.0), &alt, |canvas| {
        let sum = format::estimate(&bill.per_month, &month);
        head(
            canvas,
            "Cost",
            &format!("{sum} in all, the dearest item first"),
        );
        canvas.line((axis.at(0.0), top), (axis.at(0.0), bottom), Pen(RULE, 1.0));
        for (at, line) in lines.iter().enumerate() {
            let y = top + ROW * (at as f64 + 0.5);
            canvas.fitted(
                (MARGIN, y - 6.5),
                &line.item,
                NAMES,
                Words::new(Anchor::Start),
            );
            canvas.fitted(
                (MARGIN, y + 7.5),
                &line.detail,
                NAMES,
                Words::soft(Anchor::Start),
            );
            let end = axis.at(line.per_month).max(axis.at(0.0) + 1.0);
            canvas.rect((axis.at(0.0), y - 8.0), (end, y + 8.0), DEEP);
            let money = format::money(line.per_month, &bill.currency);
            let words = format!("{money} · {}", format::share(line.per_month / whole));
            canvas.text((end + 6.0, y), &words, Words::new(Anchor::Start));
        }
    }))
}
