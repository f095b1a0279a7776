//! A sheet to draw on in logical pixels, and the SVG that comes of it.
//!
//! Design note: the SVG backend of plotters has whole-number coordinates, which makes steps of curves. So everything is
//! drawn four times as large and shown in a quarter of the size. What the backend cannot say (a title over a shortened
//! name, words for those who cannot see) is put into its text afterwards.

use std::fmt::Write as _;

use plotters::prelude::{DrawingBackend, IntoFont, RGBColor, SVGBackend, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::measure::{fitted, width_of};
use crate::report::text::plain;

/// Enlargement of the drawing over the picture.
const FINE: f64 = 4.0;
/// The fonts of all charts; the first is built in for bitmaps.
pub(super) const FONT: &str = "DejaVu Sans, Verdana, sans-serif";
/// What stands before and after the number of a title in the text until it is put in its place.
const MARK: char = '\u{e000}';

pub(super) const INK: RGBColor = RGBColor(31, 36, 48);
pub(super) const SOFT: RGBColor = RGBColor(92, 99, 112);
pub(super) const RULE: RGBColor = RGBColor(214, 219, 226);
pub(super) const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(super) const DEEP: RGBColor = RGBColor(26, 74, 128);
pub(super) const MIDDLE: RGBColor = RGBColor(124, 165, 210);
pub(super) const PALE: RGBColor = RGBColor(212, 226, 241);
pub(super) const ALARM: RGBColor = RGBColor(166, 38, 30);

/// A place on the sheet, from the upper left corner \[logical px\].
pub(super) type Place = (f64, f64);

/// Which end of the words is at their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How words are set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) size: f64,
    pub(super) colour: RGBColor,
    pub(super) anchor: Anchor,
}

impl Words {
    /// Words of the usual size: 11 px.
    pub(super) const fn new(anchor: Anchor) -> Self {
        Self {
            size: 11.0,
            colour: INK,
            anchor,
        }
    }

    pub(super) const fn soft(anchor: Anchor) -> Self {
        Self {
            colour: SOFT,
            ..Self::new(anchor)
        }
    }
}

/// A line: its colour and width \[logical px\].
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen(pub(super) RGBColor, pub(super) f64);

/// The sheet.
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
    titles: Vec<String>,
}

/// A drawing of this size as SVG; `alt` says in words what it shows.
pub(super) fn draw(size: (f64, f64), alt: &str, paint: impl FnOnce(&mut Canvas)) -> String {
    let fine = ((size.0 * FINE) as u32, (size.1 * FINE) as u32);
    let mut text = String::new();
    let mut canvas = Canvas {
        backend: SVGBackend::with_string(&mut text, fine),
        titles: Vec::new(),
    };
    canvas.rect((0.0, 0.0), size, PAPER);
    paint(&mut canvas);
    drawn(canvas.backend.present());
    let titles = std::mem::take(&mut canvas.titles);
    // The backend writes into the text until it is dropped.
    drop(canvas);
    finished(&text, fine, alt, &titles)
}

/// Drawing into memory.
fn drawn<E: std::fmt::Debug>(result: Result<(), E>) {
    result.expect("drawing into memory cannot fail");
}

fn finished(text: &str, fine: (u32, u32), alt: &str, titles: &[String]) -> String {
    let body = text.split_once('\n').map_or("", |(_, body)| body);
    let (width, height) = (f64::from(fine.0) / FINE, f64::from(fine.1) / FINE);
    let alt = escaped(alt);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" \
         role=\"img\" aria-label=\"{alt}\">\n<title>{alt}</title>\n",
        fine.0, fine.1
    );
    for (at, part) in body.split(MARK).enumerate() {
        match part
            .parse::<usize>()
            .ok()
            .filter(|_| at % 2 == 1)
            .and_then(|title| titles.get(title))
        {
            Some(title) => {
                // A line break before the title would be a blank before the words.
                out.truncate(out.trim_end().len());
                let _ = write!(out, "<title>{}</title>", escaped(title));
            }
            None => out += part,
        }
    }
    out
}

/// `text` as XML takes it in content and attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in plain(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}

fn fine(place: Place) -> (i32, i32) {
    (
        (place.0 * FINE).round() as i32,
        (place.1 * FINE).round() as i32,
    )
}

impl Pen {
    fn style(self) -> ShapeStyle {
        ShapeStyle::from(&self.0).stroke_width((self.1 * FINE).round() as u32)
    }
}

impl Canvas<'_> {
    /// A straight line.
    pub(super) fn line(&mut self, from: Place, to: Place, pen: Pen) {
        drawn(self.backend.draw_line(fine(from), fine(to), &pen.style()));
    }

    /// A line through these places; nothing when there are fewer than two.
    pub(super) fn path(&mut self, places: &[Place], pen: Pen) {
        if places.len() > 1 {
            drawn(
                self.backend
                    .draw_path(places.iter().copied().map(fine), &pen.style()),
            );
        }
    }

    /// A line of dashes and gaps of these lengths through these places.
    pub(super) fn dashed(&mut self, places: &[Place], pen: Pen, (dash, gap): (f64, f64)) {
        let mut walked = 0.0;
        for ends in places.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let along = |at: f64| {
                let part = at / length;
                (
                    from.0 + (to.0 - from.0) * part,
                    from.1 + (to.1 - from.1) * part,
                )
            };
            let mut at = 0.0;
            while at < length {
                let phase = (walked + at) % (dash + gap);
                let rest = if phase < dash {
                    dash - phase
                } else {
                    dash + gap - phase
                };
                // A step below the resolution would never end.
                let next = (at + rest.max(0.25)).min(length);
                if phase < dash {
                    self.line(along(at), along(next), pen);
                }
                at = next;
            }
            walked += length;
        }
    }

    /// A filled box between two corners.
    pub(super) fn rect(&mut self, corner: Place, opposite: Place, colour: RGBColor) {
        drawn(self.backend.draw_rect(
            fine(corner),
            fine(opposite),
            &Pen(colour, 0.0).style(),
            true,
        ));
    }

    /// A box with an outline.
    pub(super) fn frame(&mut self, corner: Place, opposite: Place, fill: RGBColor, pen: Pen) {
        self.rect(corner, opposite, fill);
        self.path(&outline(corner, opposite), pen);
    }

    /// A box with an outline of dashes.
    pub(super) fn dashed_frame(
        &mut self,
        corner: Place,
        opposite: Place,
        fill: RGBColor,
        pen: Pen,
    ) {
        self.rect(corner, opposite, fill);
        self.dashed(&outline(corner, opposite), pen, (4.0, 3.0));
    }

    /// A filled area.
    pub(super) fn area(&mut self, places: &[Place], colour: RGBColor) {
        if places.len() > 2 {
            let style = Pen(colour, 0.0).style();
            drawn(
                self.backend
                    .fill_polygon(places.iter().copied().map(fine), &style),
            );
        }
    }

    /// A filled disc.
    pub(super) fn disc(&mut self, centre: Place, radius: f64, colour: RGBColor) {
        let style = Pen(colour, 0.0).style();
        drawn(
            self.backend
                .draw_circle(fine(centre), (radius * FINE) as u32, &style, true),
        );
    }

    /// A ring on paper.
    pub(super) fn ring(&mut self, centre: Place, radius: f64, pen: Pen) {
        self.disc(centre, radius, PAPER);
        drawn(
            self.backend
                .draw_circle(fine(centre), (radius * FINE) as u32, &pen.style(), false),
        );
    }

    /// A square standing on its corner.
    pub(super) fn diamond(&mut self, (x, y): Place, radius: f64, colour: RGBColor) {
        self.area(
            &[
                (x - radius, y),
                (x, y - radius),
                (x + radius, y),
                (x, y + radius),
            ],
            colour,
        );
    }

    /// Words, centred in height at their place.
    pub(super) fn text(&mut self, place: Place, words: &str, how: Words) {
        self.set(place, &plain(words), how);
    }

    /// Words in at most this width; shortened, they show in full where the pointer rests.
    pub(super) fn fitted(&mut self, place: Place, words: &str, width: f64, how: Words) {
        let whole = plain(words);
        let shown = fitted(&whole, how.size, width);
        if shown == whole {
            self.set(place, &shown, how);
        } else {
            let marked = format!("{MARK}{}{MARK}{shown}", self.titles.len());
            self.titles.push(whole);
            self.set(place, &marked, how);
        }
    }

    /// Words on a patch of paper, so that lines below do not run through them.
    pub(super) fn patched(&mut self, (x, y): Place, words: &str, how: Words) {
        let half = width_of(words, how.size) / 2.0 + 2.0;
        let middle = match how.anchor {
            Anchor::Start => x + half - 2.0,
            Anchor::Middle => x,
            Anchor::End => x - half + 2.0,
        };
        let height = how.size * 0.62;
        self.rect(
            (middle - half, y - height),
            (middle + half, y + height),
            PAPER,
        );
        self.text((x, y), words, how);
    }

    fn set(&mut self, place: Place, words: &str, how: Words) {
        let across = match how.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        // The backend divides by 1.24, the height of a line.
        let font = (FONT, how.size * FINE * 1.24).into_font();
        let style = TextStyle::from(font)
            .color(&how.colour)
            .pos(Pos::new(across, VPos::Center));
        drawn(self.backend.draw_text(words, &style, fine(place)));
    }
}

fn outline(corner: Place, opposite: Place) -> [Place; 5] {
    [
        corner,
        (opposite.0, corner.1),
        opposite,
        (corner.0, opposite.1),
        corner,
    ]
}
