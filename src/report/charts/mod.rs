//! Charts for a page: 720 logical pixels wide, text of 11 or more, readable in grey, the same bytes for the same result.
//!
//! One chart per file; each gives SVG, or nothing when there is nothing to show. [`png`](Chart::png) makes a bitmap of
//! any of them.

mod axis;
mod canvas;
mod cost;
mod dumbbells;
mod layout;
mod measure;
mod pairs;
mod percentiles;
mod png;
mod timeline;
mod topology;
mod utilisation;

mod diagram;

pub use diagram::{dot, mermaid};

use crate::analysis::{Comparison, RunResult};
use canvas::{Anchor, Canvas, INK, Words};

/// Width of a chart \[logical px\]; a topology of many tiers is wider.
const WIDTH: f64 = 720.0;
/// Empty space to the left and right \[logical px\].
const MARGIN: f64 = 12.0;
/// Where the head of a chart ends \[logical px\].
const HEAD: f64 = 52.0;

/// A chart, ready to be put on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Name of its file, without an ending: `percentiles`.
    pub name: &'static str,
    /// What it shows, in words, for those who cannot see it.
    pub alt: String,
    /// The drawing: a whole SVG document in UTF-8.
    pub svg: String,
}

impl Chart {
    /// The chart as a bitmap (PNG), two pixels for each logical one, with the built-in font.
    pub fn png(&self) -> Vec<u8> {
        png::png(&self.svg)
    }
}

/// The charts of a run, those that have something to show.
pub fn of_run(result: &RunResult) -> Vec<Chart> {
    let all = [
        (
            "percentiles",
            "Latency of requests with intervals",
            percentiles::percentiles(result),
        ),
        (
            "utilisation",
            "Utilisation of components with intervals",
            utilisation::utilisation(result),
        ),
        (
            "timeline",
            "Requests, latency and failures over time",
            timeline::timeline(result),
        ),
        (
            "topology",
            "Who calls whom, how often, and how busy each is",
            topology::topology(result),
        ),
        ("cost", "Cost by item", cost::cost(result)),
    ];
    all.into_iter().filter_map(chart).collect()
}

/// The charts of a comparison, those that have something to show.
pub fn of_comparison(of: &Comparison) -> Vec<Chart> {
    let all = [
        (
            "difference",
            "Numbers of both architectures with their limits",
            dumbbells::dumbbells(of),
        ),
        ("cost", "Cost of both by item", pairs::bills(of)),
        (
            "utilisation",
            "Utilisation of both by component",
            pairs::utilisation(of),
        ),
    ];
    all.into_iter().filter_map(chart).collect()
}

fn chart((name, alt, svg): (&'static str, &str, Option<String>)) -> Option<Chart> {
    Some(Chart {
        name,
        alt: alt.into(),
        svg: svg?,
    })
}

/// What a chart is, in its upper left corner.
fn head(canvas: &mut Canvas, title: &str, subtitle: &str) {
    let big = Words {
        size: 15.0,
        colour: INK,
        anchor: Anchor::Start,
    };
    canvas.text((MARGIN, 16.0), title, big);
    canvas.fitted(
        (MARGIN, 34.0),
        subtitle,
        WIDTH - 2.0 * MARGIN,
        Words::soft(Anchor::Start),
    );
}

/// A note in lines of at most this width \[px\].
fn foot_lines(note: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in note.split_whitespace() {
        let word = measure::fitted(word, 11.0, width);
        match lines.last_mut() {
            Some(line) if measure::width_of(&format!("{line} {word}"), 11.0) <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests;
