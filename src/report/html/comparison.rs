//! The page of a comparison: how many metrics are better and worse, each difference, and how both runs were made.

use super::page::{Page, Section, Sentence, Tile};
use super::reading::reading;
use crate::analysis::{Comparison, Preference};
use crate::report::charts::Chart;
use crate::report::tables;
use crate::report::text::plain;

/// The page of a comparison, with these charts in it.
pub fn comparison(of: &Comparison, charts: &[Chart]) -> String {
    let sides = [("A", &of.first), ("B", &of.second)];
    let only = Section::new("Not compared");
    let only = of
        .only
        .iter()
        .fold(only, |section, line| section.saying(line));
    let mut sections = vec![
        Section::new("Differences")
            .saying(&format!("{}.", tables::reading(&of.first)))
            .showing(charts, "difference")
            .with(&tables::differences(of)),
        only,
    ];
    sections.extend(sides.map(|(letter, side)| {
        let mut section =
            Section::new(&format!("How {letter} was made")).with(&tables::making(side));
        section
            .paragraphs
            .extend(side.run.plan.iter().map(|line| Sentence::new(line)));
        section
    }));
    sections.push(reading());
    let made = sides.map(|(letter, side)| {
        let (model, file) = (plain(&side.model), plain(&side.file));
        format!("{letter} is {model} ({file}): {}.", tables::made(side))
    });
    let warnings = sides.into_iter().flat_map(|(letter, side)| {
        side.run
            .warnings
            .iter()
            .map(move |line| Sentence::new(&format!("{letter}: {line}")))
    });
    let page = Page {
        title: format!("{} and {}", plain(&of.first.model), plain(&of.second.model)),
        about: String::new(),
        made: made.to_vec(),
        warnings: warnings.collect(),
        tiles: tiles(of),
        sections,
        version: plain(&of.first.version),
    };
    page.rendered()
}

fn tiles(of: &Comparison) -> Vec<Tile> {
    let count = |preference| {
        of.differences
            .iter()
            .filter(|of| of.preference == preference)
            .count()
    };
    let whole = of.differences.len();
    let tile = |name, preference| Tile {
        name,
        value: format!("{} of {whole}", count(preference)),
        note: "metrics".into(),
    };
    vec![
        tile("B is better in", Preference::Better),
        tile("B is worse in", Preference::Worse),
        tile("Not resolved", Preference::NotResolved),
        tile("The same", Preference::Same),
    ]
}
