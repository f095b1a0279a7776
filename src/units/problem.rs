//! What can be wrong with the text of a quantity.

use std::fmt;

/// What a quantity measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// A length of time.
    Duration,
    /// How often something happens.
    Rate,
    /// An amount of data.
    Size,
    /// An amount of data per time.
    Bandwidth,
    /// A whole number of things.
    Count,
    /// A part of the whole.
    Share,
    /// How many times as much.
    Factor,
    /// Money, perhaps per something.
    Money,
    /// A plain number.
    Number,
}

impl Dimension {
    /// The dimension with its article, as messages say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duration => "a duration",
            Self::Rate => "a rate",
            Self::Size => "a size",
            Self::Bandwidth => "a bandwidth",
            Self::Count => "a whole number",
            Self::Share => "a share",
            Self::Factor => "a factor",
            Self::Money => "an amount of money",
            Self::Number => "a plain number",
        }
    }

    /// The units that a number of this dimension may have.
    pub fn units(self) -> &'static [&'static str] {
        match self {
            Self::Duration => &["ns", "us", "µs", "ms", "s", "m", "h", "d"],
            Self::Rate => &["/s", "/m", "/h", "/d", "k/s", "M/s"],
            Self::Size => &["B", "KiB", "MiB", "GiB", "TiB", "kB", "MB", "GB", "TB"],
            Self::Bandwidth => &[
                "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "B/s", "KiB/s", "MiB/s", "GiB/s", "kB/s",
                "MB/s", "GB/s",
            ],
            Self::Count => &["items", "k", "M", "G"],
            Self::Share => &["%"],
            Self::Factor => &["x"],
            Self::Money => &["USD", "USD/h", "USD/month", "USD/GiB", "USD/GiB/month"],
            Self::Number => &["k", "M", "G"],
        }
    }

    /// The unit that most people mean when they leave it out, appended to a number in examples.
    fn usual_unit(self) -> &'static str {
        match self {
            Self::Duration => "ms",
            Self::Rate => "/s",
            Self::Size => "KiB",
            Self::Bandwidth => "Mbit/s",
            Self::Share => "%",
            Self::Factor => "x",
            Self::Money => " USD/month",
            Self::Count | Self::Number => "",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is not the quantity that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityError {
    /// What was expected.
    pub expected: Dimension,
    /// The text, shortened if it is long.
    pub text: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with the text of a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A number alone.
    MissingUnit,
    /// A share of `1`: the whole to some, one in a hundred to others.
    OneOfWhat,
    /// A quantity, but of something else.
    WrongDimension(Dimension),
    /// A number with a unit that nobody knows.
    UnknownUnit(String),
    /// No number at all.
    NotANumber,
    /// Below 0.
    Negative,
    /// Beyond what can be counted; the most is given.
    TooLarge(&'static str),
    /// Part of a thing where only whole ones count.
    NotWhole,
    /// A spelling that is read differently by different people; what to write instead, where it is known.
    OddSpelling(Option<String>),
}

impl QuantityError {
    pub(super) fn new(expected: Dimension, text: &str, problem: Problem) -> Self {
        Self {
            expected,
            text: shortened(text),
            problem,
        }
    }

    /// `0.5` for the `500m` of Kubernetes, which is half an hour of minutes here.
    fn thousandths(&self) -> Option<String> {
        let thousandths: f64 = self.text.strip_suffix('m')?.parse().ok()?;
        let whole = thousandths / 1e3;
        Some(format!(
            "`{whole}` is what Kubernetes writes as `{}`",
            self.text
        ))
    }

    /// What other tools write otherwise: `512Mi`, `450rps`, `30sec`.
    fn of_another_tool(&self, unit: &str) -> Option<String> {
        let number = self.text.strip_suffix(unit)?.trim();
        let here = match (self.expected, unit) {
            (Dimension::Size, "Ki" | "Mi" | "Gi" | "Ti") => format!("{unit}B"),
            (Dimension::Size, "K" | "M" | "G" | "T") => format!("{unit}iB"),
            (Dimension::Rate, "rps" | "qps" | "tps" | "req/s" | "hz" | "Hz") => "/s".to_owned(),
            (Dimension::Duration, "sec" | "secs" | "second" | "seconds") => "s".to_owned(),
            (Dimension::Duration, "msec" | "millis") => "ms".to_owned(),
            (Dimension::Duration, "min" | "mins" | "minute" | "minutes") => "m".to_owned(),
            (Dimension::Duration, "hr" | "hrs" | "hour" | "hours") => "h".to_owned(),
            (Dimension::Duration, "day" | "days") => "d".to_owned(),
            _ => return None,
        };
        Some(format!("write `{number}{here}`"))
    }

    /// What to write instead, where that can be guessed.
    pub fn hint(&self) -> Option<String> {
        match &self.problem {
            Problem::MissingUnit => Some(format!(
                "for example `{}{}`",
                self.text,
                self.expected.usual_unit()
            )),
            Problem::OneOfWhat => {
                Some("`100%` is the whole of it, `1%` is one in a hundred".to_owned())
            }
            Problem::UnknownUnit(unit) if self.of_another_tool(unit).is_some() => {
                self.of_another_tool(unit)
            }
            Problem::WrongDimension(Dimension::Duration)
                if matches!(self.expected, Dimension::Number | Dimension::Count) =>
            {
                self.thousandths()
            }
            Problem::UnknownUnit(_) => {
                Some(format!("units here are {}", list(self.expected.units())))
            }
            Problem::OddSpelling(Some(instead)) => Some(format!("write `{instead}`")),
            Problem::WrongDimension(_) | Problem::NotANumber
                if !self.expected.usual_unit().is_empty() =>
            {
                let number = if self.expected == Dimension::Factor {
                    2
                } else {
                    20
                };
                Some(format!(
                    "for example `{number}{}`",
                    self.expected.usual_unit()
                ))
            }
            _ => None,
        }
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            expected,
            text,
            problem,
        } = self;
        match problem {
            Problem::MissingUnit => write!(f, "{text} what? {expected} needs its unit"),
            Problem::OneOfWhat => {
                write!(f, "`{text}` alone is no share: 100 % or 1 %?")
            }
            Problem::WrongDimension(found) => {
                write!(f, "expected {expected}, found {found}: `{text}`")
            }
            Problem::UnknownUnit(unit) => {
                write!(f, "`{unit}` is not a unit of {expected}: `{text}`")
            }
            Problem::NotANumber => write!(f, "expected {expected}, found `{text}`"),
            Problem::Negative => write!(f, "{expected} cannot be negative: `{text}`"),
            Problem::TooLarge(most) => {
                write!(f, "`{text}` is too large for {expected}: at most {most}")
            }
            Problem::NotWhole => write!(
                f,
                "`{text}` is not whole: parts of a thing cannot be counted"
            ),
            Problem::OddSpelling(_) => write!(f, "`{text}` is an odd way to write {expected}"),
        }
    }
}

impl std::error::Error for QuantityError {}

fn list(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
