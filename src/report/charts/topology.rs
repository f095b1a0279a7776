//! Who calls whom: boxes from left to right, shaded by how busy they are, joined by lines as thick as their load.

use plotters::prelude::RGBColor;

use super::canvas::{ALARM, Anchor, Canvas, INK, PAPER, Pen, Place, SOFT, Words, draw};
use super::layout::{Layout, Route, layout};
use super::measure::width_of;
use super::{HEAD, MARGIN, WIDTH, foot_lines, head};
use crate::analysis::{ComponentResult, RunResult};
use crate::report::format;
use crate::report::text::plain;

/// Width of a sheet that is made wider for names \[px\], and of a box that is.
const WIDEST: f64 = 960.0;
const LONGEST: f64 = 240.0;
/// Height of a box; its largest width, unless a name wants more, and its smallest.
const HIGH: f64 = 40.0;
const WIDE: (f64, f64) = (126.0, 100.0);
/// Empty space within a box, beside its words.
const INSIDE: f64 = 5.0;
/// The least space between two columns, so that a rate finds room.
const GAP: f64 = 60.0;
/// Height that a box and a passing line take in their column.
const ROOM: (f64, f64) = (58.0, 24.0);
/// Boxes and lines that an eye may still follow.
const BOXES: usize = 200;
const LINES: usize = 600;
/// From here on a box is dark and its words are light.
const DARK: f64 = 0.6;

/// The parts of a topology: workloads first, then components, and the lines between them by number.
pub(super) struct Parts<'a> {
    /// Name, and the component unless it is a workload.
    pub(super) boxes: Vec<(&'a str, Option<&'a ComponentResult>)>,
    /// From, to, calls per second.
    pub(super) lines: Vec<(usize, usize, f64)>,
}

/// The parts of the topology of a run: components in written order, callers that are none of them before.
pub(super) fn parts(result: &RunResult) -> Parts<'_> {
    let mut boxes: Vec<(&str, Option<&ComponentResult>)> = Vec::new();
    let known = |name: &str| {
        result
            .components
            .iter()
            .any(|component| component.name == name)
    };
    for name in result
        .topology
        .iter()
        .flat_map(|edge| [edge.from.as_str(), edge.to.as_str()])
    {
        if !known(name) && boxes.iter().all(|(seen, _)| *seen != name) {
            boxes.push((name, None));
        }
    }
    boxes.extend(
        result
            .components
            .iter()
            .map(|component| (component.name.as_str(), Some(component))),
    );
    let find = |name: &str| boxes.iter().position(|(seen, _)| *seen == name);
    let lines = result
        .topology
        .iter()
        .filter_map(|edge| Some((find(&edge.from)?, find(&edge.to)?, edge.rate)));
    let lines = lines.collect();
    Parts { boxes, lines }
}

/// What stands under the name of a component: `×3 · CPU 71 %`.
pub(super) fn state(component: &ComponentResult) -> String {
    let copies = format!("×{}", format::count(u64::from(component.replicas)));
    match (
        busy(component),
        component.cpu.as_ref().and_then(|cpu| cpu.value),
    ) {
        (Some(busy), Some(_)) => format!("{copies} · CPU {}", format::rounded_share(busy)),
        (None, Some(cores)) => format!("{copies} · {} cores", format::number(cores)),
        _ => copies,
    }
}

/// Share of its processors that is busy, if it has a limit.
fn busy(component: &ComponentResult) -> Option<f64> {
    component
        .cpu
        .as_ref()
        .filter(|_| !component.cpu_unlimited)?
        .value
        .filter(|busy| busy.is_finite())
}

/// The chart, unless nobody calls anybody or there are too many to follow with the eye: the text forms remain.
pub(super) fn topology(result: &RunResult) -> Option<String> {
    let parts = parts(result);
    if parts.lines.is_empty() || parts.lines.len() > LINES || parts.boxes.len() > BOXES {
        return None;
    }
    let ends: Vec<(usize, usize)> = parts
        .lines
        .iter()
        .map(|(from, to, _)| (*from, *to))
        .collect();
    let layout = layout(parts.boxes.len(), &ends, ROOM);
    let columns = layout.columns as f64;
    let gaps = (columns - 1.0).max(1.0);
    let space = WIDTH - 2.0 * MARGIN;
    let named = parts.boxes.iter().map(|(name, _)| name_room(name));
    let named = named.fold(WIDE.1, f64::max);
    let room = |width: f64| (width - 2.0 * MARGIN - gaps * GAP) / columns;
    // Names are whole as far as the widest sheet allows; what they leave free goes to the boxes, up to a point.
    let wide = (room(WIDTH).min(WIDE.0))
        .max(named.min(room(WIDEST)).min(LONGEST))
        .max(WIDE.1);
    let gap = ((space - wide * columns) / gaps).clamp(GAP, 150.0);
    let width = (2.0 * MARGIN + wide * columns + gap * gaps).max(WIDTH);
    let sheet = Sheet {
        parts: &parts,
        layout: &layout,
        wide,
        gap,
    };
    let alt = format!(
        "{} and who calls whom",
        format::counted(result.components.len() as u64, "component", "components")
    );
    let mut labels = Vec::new();
    let left_out = sheet.labels(&mut labels);
    let notes = foot_lines(&sheet.notes(left_out), width - 2.0 * MARGIN);
    let bottom = HEAD + layout.height;
    let height = bottom + 12.0 + 15.0 * notes.len() as f64;
    Some(draw((width, height), &alt, |canvas| {
        head(
            canvas,
            "Topology",
            "calls per second on the lines; the darker a box, the busier its processors",
        );
        for route in &layout.routes {
            sheet.line(canvas, route);
        }
        for (place, words) in &labels {
            canvas.patched(*place, words, Words::new(Anchor::Middle));
        }
        for at in 0..parts.boxes.len() {
            sheet.part(canvas, at);
        }
        for (at, line) in notes.iter().enumerate() {
            canvas.text(
                (MARGIN, bottom + 10.0 + 15.0 * at as f64),
                line,
                Words::soft(Anchor::Start),
            );
        }
    }))
}

/// Width of a box that holds a whole name \[px\].
fn name_room(name: &str) -> f64 {
    width_of(&plain(name), Words::new(Anchor::Middle).size) + 2.0 * INSIDE
}

struct Sheet<'a> {
    parts: &'a Parts<'a>,
    layout: &'a Layout,
    /// Width of a box \[px\].
    wide: f64,
    /// Between two columns \[px\].
    gap: f64,
}

impl Sheet<'_> {
    /// Left edge and middle of a spot.
    fn spot(&self, at: usize) -> Place {
        let spot = &self.layout.spots[at];
        (
            MARGIN + spot.column as f64 * (self.wide + self.gap),
            HEAD + spot.y,
        )
    }

    fn part(&self, canvas: &mut Canvas, at: usize) {
        let (name, component) = self.parts.boxes[at];
        let (x, y) = self.spot(at);
        let (corner, opposite) = ((x, y - HIGH / 2.0), (x + self.wide, y + HIGH / 2.0));
        let middle = x + self.wide / 2.0;
        let Some(component) = component else {
            canvas.dashed_frame(corner, opposite, PAPER, Pen(INK, 1.0));
            canvas.fitted(
                (middle, y),
                name,
                self.wide - 2.0 * INSIDE,
                Words::new(Anchor::Middle),
            );
            return;
        };
        let busy = busy(component).unwrap_or(0.0).clamp(0.0, 1.0);
        let full = component.cpu.is_some() && busy >= 0.995;
        canvas.frame(
            corner,
            opposite,
            shade(busy),
            Pen(if full { ALARM } else { INK }, if full { 2.5 } else { 1.0 }),
        );
        let colour = if busy >= DARK { PAPER } else { INK };
        let words = Words {
            colour,
            ..Words::new(Anchor::Middle)
        };
        canvas.fitted((middle, y - 8.0), name, self.wide - 2.0 * INSIDE, words);
        canvas.fitted(
            (middle, y + 8.0),
            &state(component),
            self.wide - 2.0 * INSIDE,
            words,
        );
    }

    /// Places of a route: from box to box, straight across the columns it passes.
    fn places(&self, route: &Route) -> Vec<Place> {
        let mut places = Vec::new();
        let ends = route.through.len() - 1;
        for (at, spot) in route.through.iter().enumerate() {
            let (x, y) = self.spot(*spot);
            if at > 0 {
                places.push((x, y));
            }
            if at < ends {
                places.push((x + self.wide, y));
            }
        }
        places
    }

    fn line(&self, canvas: &mut Canvas, route: &Route) {
        let rate = self.parts.lines[route.line].2;
        let most = self
            .parts
            .lines
            .iter()
            .map(|line| line.2)
            .fold(0.0, f64::max);
        let width = if most > 0.0 {
            0.75 + 3.25 * (rate.max(0.0) / most).sqrt()
        } else {
            0.75
        };
        let mut places = self.places(route);
        if route.back {
            places.reverse();
        }
        let [.., before, tip] = places.as_slice() else {
            return;
        };
        // The head of the arrow stands before the box; the line ends where the head begins.
        let (dx, dy) = (tip.0 - before.0, tip.1 - before.1);
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let (long, wide) = (6.0 + width, 2.5 + width * 0.75);
        let foot = (tip.0 - ux * long, tip.1 - uy * long);
        let arrow = [
            *tip,
            (foot.0 - uy * wide, foot.1 + ux * wide),
            (foot.0 + uy * wide, foot.1 - ux * wide),
        ];
        let last = places.len() - 1;
        places[last] = foot;
        if route.back || rate <= 0.0 {
            canvas.dashed(&places, Pen(SOFT, width), (4.0, 4.0));
        } else {
            canvas.path(&places, Pen(SOFT, width));
        }
        canvas.area(&arrow, SOFT);
    }

    /// Places for the rates, in the gaps between columns where they touch neither a box nor each other; how many found
    /// none.
    fn labels(&self, labels: &mut Vec<(Place, String)>) -> usize {
        let mut taken: Vec<(Place, Place)> = Vec::new();
        let mut left_out = 0;
        let mut routes: Vec<&Route> = self.layout.routes.iter().collect();
        // The busiest lines choose first.
        routes.sort_by(|a, b| {
            self.parts.lines[b.line]
                .2
                .total_cmp(&self.parts.lines[a.line].2)
        });
        for route in routes {
            let words = format::rate(self.parts.lines[route.line].2);
            let half = (width_of(&words, 11.0) / 2.0 + 3.0, 7.5);
            let places = self.places(route);
            // Every second stretch lies in a gap; nearest the boxes lines are thickest together.
            let gaps: Vec<(Place, Place)> = places
                .chunks(2)
                .filter_map(|ends| Some((*ends.first()?, *ends.get(1)?)))
                .collect();
            let tries = [0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2];
            let spots = gaps.iter().flat_map(|(from, to)| {
                tries.iter().map(move |part| {
                    (
                        from.0 + (to.0 - from.0) * part,
                        from.1 + (to.1 - from.1) * part,
                        from.0,
                        to.0,
                    )
                })
            });
            let free = spots
                .filter(|(x, _, from, to)| x - half.0 > *from && x + half.0 < to - 8.0)
                .find(|(x, y, ..)| {
                    taken.iter().all(|(centre, other)| {
                        (centre.0 - x).abs() >= half.0 + other.0
                            || (centre.1 - y).abs() >= half.1 + other.1
                    })
                });
            match free {
                Some((x, y, ..)) => {
                    taken.push(((x, y), half));
                    labels.push(((x, y), words));
                }
                None => left_out += 1,
            }
        }
        left_out
    }

    fn notes(&self, left_out: usize) -> String {
        let mut notes = Vec::new();
        if self.layout.routes.iter().any(|route| route.back) {
            notes.push("Dashed lines run back and close a cycle.".to_owned());
        }
        for (from, to, rate) in self.parts.lines.iter().filter(|(from, to, _)| from == to) {
            debug_assert_eq!(from, to);
            notes.push(format!(
                "{} calls itself {}.",
                self.parts.boxes[*to].0,
                format::rate(*rate)
            ));
        }
        if left_out > 0 {
            let lines = format::counted(left_out as u64, "line has", "lines have");
            notes.push(format!(
                "{lines} no room for a rate: the text forms of this chart have all."
            ));
        }
        notes.join(" ")
    }
}

/// From paper to a dark blue, with a step at [`DARK`]: a grey between would make words hard to read, light or dark.
fn shade(busy: f64) -> RGBColor {
    let (from, to, part) = if busy < DARK {
        ((250, 252, 255), (160, 182, 208), busy / DARK)
    } else {
        ((72, 102, 142), (10, 38, 80), (busy - DARK) / (1.0 - DARK))
    };
    let mix = |from: u8, to: u8| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}
