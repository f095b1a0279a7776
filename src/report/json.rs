//! One JSON document per result, for programs; and the way back, so that a report can be rendered again.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::text::is_obeyed;
use crate::analysis::{COMPARISON_FORMAT, Comparison, RESULT_FORMAT, RunResult, Validation};
use crate::lab::Forecast;

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The file is not there or cannot be read.
    File(String),
    /// There is no manifest of this path: nothing says that the results are whole.
    Partial(String),
    /// This file is not what the manifest says.
    Changed(String),
    /// Not JSON, or not of the shape its format promises.
    Shape(String),
    /// Of another version than this program reads.
    Format {
        /// The version that this program reads.
        expected: &'static str,
        /// The version that the document states.
        found: String,
    },
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(why) => write!(out, "{why}"),
            Self::Partial(path) => write!(out, "there is no {path}, so they may not be whole"),
            Self::Changed(path) => write!(
                out,
                "{path} is not what was written: its hash is another than that in the manifest"
            ),
            Self::Shape(why) => write!(out, "not a result of scaleproof: {why}"),
            Self::Format { expected, found } => write!(
                out,
                "the document is of format `{}`, this program reads `{expected}`: run the model again, or use the \
                 version of scaleproof that wrote it",
                super::text::shortened(&super::text::plain(found), 60)
            ),
        }
    }
}

impl std::error::Error for ReadError {}

/// The result of a run as a document, pretty, with a line break at its end.
pub fn run(result: &RunResult) -> String {
    written(result)
}

/// A comparison as a document.
pub fn comparison(of: &Comparison) -> String {
    written(of)
}

/// The plan of a run as a document.
pub fn forecast(of: &Forecast) -> String {
    written(of)
}

/// Known values, judged, as a document.
pub fn validation(of: &Validation) -> String {
    written(of)
}

/// The result of a run from its document. Numbers come back to within one unit in their last (17th) digit.
///
/// # Errors
/// The text is not JSON, lacks a field, or is of another format version.
pub fn read(text: &str) -> Result<RunResult, ReadError> {
    checked(text, RESULT_FORMAT)
}

/// A comparison from its document.
///
/// # Errors
/// The text is not JSON, lacks a field, or is of another format version.
pub fn read_comparison(text: &str) -> Result<Comparison, ReadError> {
    let comparison: Comparison = checked(text, COMPARISON_FORMAT)?;
    for side in [&comparison.first, &comparison.second] {
        if side.format != RESULT_FORMAT {
            return Err(ReadError::Format {
                expected: RESULT_FORMAT,
                found: side.format.clone(),
            });
        }
    }
    Ok(comparison)
}

fn written(document: &impl serde::Serialize) -> String {
    text(document).expect("results hold only numbers, text and lists")
}

/// A document, pretty, with a line break at its end: no zero has a sign, and nothing in it commands a terminal.
pub(crate) fn text(document: &impl serde::Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    let tidy = Tidy(PrettyFormatter::new());
    document.serialize(&mut Serializer::with_formatter(&mut bytes, tidy))?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Pretty, but for what is said of [`text`].
struct Tidy<'a>(PrettyFormatter<'a>);

impl Formatter for Tidy<'_> {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(out, super::format::unsigned_zero(value))
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // The others below a blank are escaped by the serializer.
        for part in fragment.split_inclusive(is_obeyed) {
            let kept = part.trim_end_matches(is_obeyed);
            self.0.write_string_fragment(out, kept)?;
            for letter in part[kept.len()..].chars() {
                write!(out, "\\u{:04x}", u32::from(letter))?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// The version is read before the rest, so that an old document is told from a broken one.
fn checked<T: for<'a> Deserialize<'a>>(text: &str, expected: &'static str) -> Result<T, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    let shape = |error: serde_json::Error| ReadError::Shape(error.to_string());
    let head: Head = serde_json::from_str(text).map_err(shape)?;
    if head.format != expected {
        return Err(ReadError::Format {
            expected,
            found: head.format,
        });
    }
    serde_json::from_str(text).map_err(shape)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::{fixture, markdown, terminal};

    #[test]
    fn a_result_comes_back_as_it_was() {
        let result = fixture::shop();
        let again = read(&run(&result)).unwrap();
        let look = terminal::Look::default();
        assert_eq!(terminal::run(&again, look), terminal::run(&result, look));
        assert_eq!(markdown::run(&again, &[]), markdown::run(&result, &[]));
        let of = fixture::comparison();
        let again = read_comparison(&comparison(&of)).unwrap();
        assert_eq!(
            markdown::comparison(&again, &[]),
            markdown::comparison(&of, &[])
        );
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let mut result = fixture::shop();
        result.format = "scaleproof-result/9".into();
        let error = read(&run(&result)).unwrap_err().to_string();
        assert!(
            error.contains("scaleproof-result/9") && error.contains(RESULT_FORMAT),
            "{error}"
        );
        let mut of = fixture::comparison();
        of.second.format = "scaleproof-result/0".into();
        assert!(matches!(
            read_comparison(&comparison(&of)),
            Err(ReadError::Format { .. })
        ));
    }

    #[test]
    fn what_is_not_a_result_says_so() {
        assert!(read("{").unwrap_err().to_string().contains("not a result"));
        let missing = format!("{{\"format\": \"{RESULT_FORMAT}\"}}");
        assert!(
            read(&missing)
                .unwrap_err()
                .to_string()
                .contains("missing field")
        );
    }
}
