//! What the template takes: a title, tiles, and sections of paragraphs, figures and tables.

use minijinja::{Environment, HtmlEscape, Value, context};

use crate::report::charts::Chart;
use crate::report::tables::{Kind, Table};
use crate::report::text::spoken;

const TEMPLATE: &str = include_str!("../page.html");

/// A whole page.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) about: String,
    pub(super) made: Vec<String>,
    pub(super) warnings: Vec<Sentence>,
    pub(super) tiles: Vec<Tile>,
    pub(super) sections: Vec<Section>,
    pub(super) version: String,
}

/// A sentence as HTML, its words escaped and the names it quotes set as code.
#[derive(Debug, Clone)]
pub(super) struct Sentence(String);

impl Sentence {
    pub(super) fn new(text: &str) -> Self {
        let set = |(name, words): (bool, String)| {
            let words = HtmlEscape(&words);
            if name {
                format!("<code>{words}</code>")
            } else {
                words.to_string()
            }
        };
        Self(spoken(text).into_iter().map(set).collect())
    }
}

impl From<Sentence> for Value {
    fn from(sentence: Sentence) -> Self {
        Self::from_safe_string(sentence.0)
    }
}

/// A number that is read first.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) note: String,
}

/// A part of the page under its own heading.
#[derive(Debug, Clone, Default)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) paragraphs: Vec<Sentence>,
    /// SVG, already escaped.
    figures: Vec<String>,
    tables: Vec<Grid>,
    /// Words and what they mean.
    pub(super) terms: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Clone)]
struct Grid {
    note: String,
    columns: Vec<Head>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone)]
struct Head {
    head: &'static str,
    kind: &'static str,
}

#[derive(Debug, Clone)]
struct Cell {
    text: Sentence,
    kind: String,
}

impl From<Tile> for Value {
    fn from(tile: Tile) -> Self {
        context! { name => tile.name, value => tile.value, note => tile.note }
    }
}

impl From<Section> for Value {
    fn from(section: Section) -> Self {
        let figures = section.figures.into_iter().map(Value::from_safe_string);
        let terms = section
            .terms
            .into_iter()
            .map(|(word, meaning)| vec![word, meaning]);
        context! {
            title => section.title,
            paragraphs => section.paragraphs,
            figures => figures.collect::<Vec<Value>>(),
            tables => section.tables,
            terms => terms.collect::<Vec<_>>(),
        }
    }
}

impl From<Grid> for Value {
    fn from(grid: Grid) -> Self {
        context! { note => grid.note, columns => grid.columns, rows => grid.rows }
    }
}

impl From<Head> for Value {
    fn from(head: Head) -> Self {
        context! { head => head.head, kind => head.kind }
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        context! { text => cell.text, kind => cell.kind }
    }
}

impl Section {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// With a paragraph.
    pub(super) fn saying(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.paragraphs.push(Sentence::new(text));
        }
        self
    }

    /// With the chart of this name, if there is one.
    pub(super) fn showing(mut self, charts: &[Chart], name: &str) -> Self {
        let found = charts.iter().find(|chart| chart.name == name);
        // Inside a page the name space is known, and no address of any kind stands in the page.
        let figure = found.map(|chart| {
            chart
                .svg
                .replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
        });
        self.figures.extend(figure);
        self
    }

    /// With a table, if it has rows.
    pub(super) fn with(mut self, table: &Table) -> Self {
        if !table.rows.is_empty() {
            self.tables.push(grid(table));
        }
        self
    }

    /// Whether there is anything under the heading.
    fn is_empty(&self) -> bool {
        let nothing = self.paragraphs.is_empty() && self.figures.is_empty();
        nothing && self.tables.is_empty() && self.terms.is_empty()
    }
}

fn grid(table: &Table) -> Grid {
    let kind = |kind: Kind| match kind {
        Kind::Words => "words",
        Kind::Number => "number",
        Kind::Verdict => "verdict",
    };
    let columns = table.columns.iter();
    let columns = columns.map(|(head, of)| Head {
        head,
        kind: kind(*of),
    });
    let rows = table.rows.iter().map(|row| {
        let cells = row.iter().zip(&table.columns);
        cells
            .map(|(text, (_, of))| Cell {
                text: set(text, *of),
                kind: coloured(kind(*of), text),
            })
            .collect()
    });
    Grid {
        note: table.note.clone(),
        columns: columns.collect(),
        rows: rows.collect(),
    }
}

/// The text of a cell: names that words quote are code.
fn set(text: &str, kind: Kind) -> Sentence {
    match kind {
        Kind::Words => Sentence::new(text),
        Kind::Number | Kind::Verdict => Sentence(HtmlEscape(&tied(text, kind)).to_string()),
    }
}

/// A number breaks before its interval in brackets or its status, nowhere else.
fn tied(text: &str, kind: Kind) -> String {
    if kind == Kind::Number {
        text.replace(' ', "\u{a0}").replace("\u{a0}(", " (")
    } else {
        text.into()
    }
}

/// A verdict is coloured by its first word, which is one of this program's own.
fn coloured(kind: &str, text: &str) -> String {
    if kind == "verdict" {
        let word = text.split(' ').next().unwrap_or_default().to_lowercase();
        return format!("verdict {word}");
    }
    kind.into()
}

impl Page {
    /// The page as HTML.
    pub(super) fn rendered(mut self) -> String {
        self.sections.retain(|section| !section.is_empty());
        let mut environment = Environment::new();
        // The ending of the name makes the engine escape everything.
        let added = environment.add_template("page.html", TEMPLATE);
        added.expect("the built-in template is well-formed");
        let template = environment.get_template("page.html").expect("just added");
        let whole = context! {
            title => self.title,
            about => self.about,
            made => self.made,
            warnings => self.warnings,
            tiles => self.tiles,
            sections => self.sections,
            version => self.version,
        };
        let page = template.render(whole);
        page.expect("the template asks only for what a page has")
    }
}
