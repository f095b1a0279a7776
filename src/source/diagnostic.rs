//! What is wrong, and where: every complaint of the program has this form.

use super::codes::Code;
use super::place::Place;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// It can, but check this before trusting the results.
    Warning,
    /// It could be better.
    Advice,
}

impl Severity {
    /// The word that messages begin with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// One complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind; the code says how severe it is.
    pub code: Code,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// Other places that matter, with what is there.
    pub labels: Vec<(Place, String)>,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A complaint of a kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            place: None,
            labels: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// With the place it is about.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// With another place that matters.
    #[must_use]
    pub fn label(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push((place, text.into()));
        self
    }

    /// With advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// With advice, if there is some.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hints.extend(hint);
        self
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// All complaints of one reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    dropped: usize,
}

/// More complaints than this are only counted, so that hostile input cannot fill the memory.
const MOST_KEPT: usize = 10_000;

impl Diagnostics {
    /// No complaint yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a complaint.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let error = diagnostic.severity() == Severity::Error;
        // An error is never lost to a flood of warnings: the first one is kept whatever came before.
        if self.list.len() < MOST_KEPT || error && self.errors == 0 {
            self.errors += usize::from(error);
            self.list.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// Adds the complaints of another reading.
    pub fn append(&mut self, other: Self) {
        self.dropped += other.dropped;
        for diagnostic in other.list {
            self.push(diagnostic);
        }
    }

    /// Sorts by place (what has none comes first), then severity, code and text, and removes what was said twice: an
    /// anchored map that is used in several places is read in each of them.
    pub fn sort(&mut self) {
        let key =
            |diagnostic: &Diagnostic| (diagnostic.place, diagnostic.severity(), diagnostic.code.id);
        self.list.sort_by(|one, other| {
            key(one)
                .cmp(&key(other))
                .then_with(|| one.message.cmp(&other.message))
        });
        self.list.dedup();
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list
            .iter()
            .filter(|diagnostic| diagnostic.severity() == severity)
            .count()
    }

    /// How many were dropped because there were too many.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The complaints in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }
}

impl<'d> IntoIterator for &'d Diagnostics {
    type Item = &'d Diagnostic;
    type IntoIter = std::slice::Iter<'d, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    fn at(start: u32) -> Place {
        Place {
            file: 0,
            start,
            end: start + 1,
        }
    }

    #[test]
    fn complaints_are_sorted_by_place_and_said_once() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::new(codes::UNKNOWN_FIELD, "b").at(at(9)));
        diagnostics.push(Diagnostic::new(codes::UNKNOWN_FIELD, "a").at(at(3)));
        diagnostics.push(Diagnostic::new(codes::UNKNOWN_FIELD, "b").at(at(9)));
        diagnostics.push(Diagnostic::new(codes::UNUSED_ASSUMPTION, "c"));
        diagnostics.sort();
        assert_eq!(
            diagnostics
                .iter()
                .map(|diagnostic| diagnostic.message.as_str())
                .collect::<String>(),
            "cab"
        );
        assert_eq!(
            (
                diagnostics.count(Severity::Error),
                diagnostics.count(Severity::Warning)
            ),
            (2, 1)
        );
    }

    #[test]
    fn a_flood_is_counted_not_kept() {
        let mut diagnostics = Diagnostics::new();
        for _ in 0..MOST_KEPT + 5 {
            diagnostics.push(Diagnostic::new(codes::UNUSED_ASSUMPTION, "x"));
        }
        diagnostics.push(Diagnostic::new(
            codes::UNKNOWN_FIELD,
            "an error is never lost",
        ));
        assert_eq!(
            (diagnostics.len(), diagnostics.dropped()),
            (MOST_KEPT + 1, 5)
        );
        assert!(diagnostics.has_errors());
    }
}
