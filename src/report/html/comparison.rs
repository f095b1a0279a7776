//! The page of a comparison: the answer and what changes first, then the bill, the differences that matter, all of them, and how both
//! runs were made.

use super::page::{Page, Section, Sentence, Tile};
use super::reading::reading;
use crate::analysis::{Comparison, Difference, Preference};
use crate::report::charts::Chart;
use crate::report::format::{self, Unit};
use crate::report::tables;
use crate::report::text::plain;

/// The page of a comparison, with these charts in it.
pub fn comparison(of: &Comparison, charts: &[Chart]) -> String {
    let sides = tables::sides(of);
    let said = |title: &str, lines: &[String]| {
        let section = Section::new(title);
        lines
            .iter()
            .fold(section, |section, line| section.saying(line))
    };
    let total: Vec<String> = tables::total(of).into_iter().collect();
    let mut sections = vec![
        Section::new("Verdicts that change").with(&tables::changes(of)),
        said("Without a steady state", &tables::unsteady(of)),
        said("Cost", &total)
            .showing(charts, "cost")
            .with(&tables::items(of)),
        Section::new("Differences that matter")
            .saying(&tables::others(of, false))
            .showing(charts, "difference")
            .with(&tables::material(of)),
        Section::new("Utilisation").showing(charts, "utilisation"),
        Section::new("All differences")
            .saying(&format!("{}.", tables::reading(&of.first)))
            .with(&tables::differences(of)),
        said("Not compared", &of.only),
    ];
    sections.extend(sides.iter().map(|(letter, _, side)| {
        let mut section =
            Section::new(&format!("How {letter} was made")).with(&tables::making(side));
        section
            .paragraphs
            .extend(side.run.plan.iter().map(|line| Sentence::new(line)));
        section
    }));
    sections.push(reading());
    let made = sides.each_ref().map(|(letter, name, side)| {
        let file = tables::file(name, side);
        format!("{letter} is {name}{file}: {}.", tables::made(side))
    });
    let [(_, first, _), (_, second, _)] = sides;
    let page = Page {
        title: format!("{first} and {second}"),
        about: plain(&of.sentence.replace('`', "")),
        made: made.to_vec(),
        warnings: (tables::warnings(of).iter())
            .map(|line| Sentence::new(line))
            .collect(),
        tiles: tiles(of),
        sections,
        version: plain(&of.first.version),
    };
    page.rendered()
}

/// What is read first: verdicts that change, the bill, and how many numbers are better and worse.
fn tiles(of: &Comparison) -> Vec<Tile> {
    let users = |of: &&Difference| of.metric != "cost" && of.metric != "utilisation";
    let count = |preference| {
        let found = of.differences.iter().filter(users);
        found.filter(|of| of.preference == preference).count()
    };
    let whole = of.differences.iter().filter(users).count();
    let tile = |name, preference| Tile {
        name,
        value: format!("{} of {whole}", count(preference)),
        note: "by as much as matters".into(),
    };
    let changed = of.objectives.iter().filter(|of| of.first != of.second);
    let mut tiles = vec![
        Tile {
            name: "Verdicts that change",
            value: format!("{} of {}", changed.count(), of.objectives.len()),
            note: "objectives".into(),
        },
        tile("B is better in", Preference::Better),
        tile("B is worse in", Preference::Worse),
    ];
    tiles.extend(of.cost().map(|cost| Tile {
        name: "Cost of B − A",
        value: format::signed(&cost.difference, &Unit::named(&cost.unit)),
        note: format::estimate(&cost.second, &Unit::named(&cost.unit)),
    }));
    tiles
}
