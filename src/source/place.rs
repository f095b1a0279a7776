//! Where something stands: files, byte ranges in them, and values that remember theirs.

use super::codes;
use super::diagnostic::Diagnostic;

/// A range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Which file: its index in [`Sources`].
    pub file: u16,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Place {
    /// The part of this place from byte `from` to byte `to` of it.
    #[must_use]
    pub fn part(self, from: usize, to: usize) -> Self {
        let at = |offset: usize| {
            self.start
                .saturating_add(u32::try_from(offset).unwrap_or(u32::MAX))
                .min(self.end)
        };
        Self {
            file: self.file,
            start: at(from),
            end: at(to),
        }
    }
}

/// A value together with where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

impl<T> At<T> {
    /// A value and its place.
    pub fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A text with a name: mostly a file, sometimes an argument of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name that messages show.
    pub name: String,
    /// The text.
    pub text: String,
}

/// All texts of one reading; a [`Place`] holds an index into them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// The longest text that is read, in bytes.
pub(super) const MOST_BYTES: usize = 4 << 20;

impl Sources {
    /// No text yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and returns the index that places in it carry.
    ///
    /// # Panics
    /// If there are 65,536 texts already.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u16 {
        let file =
            u16::try_from(self.files.len()).expect("fewer than 65,536 texts are read at once");
        self.files.push(Source {
            name: name.into(),
            text: text.into(),
        });
        file
    }

    /// Adds the bytes of a file.
    ///
    /// # Errors
    /// A diagnostic when they are no text or more than 4 MiB.
    pub fn add_bytes(
        &mut self,
        name: impl Into<String>,
        bytes: Vec<u8>,
    ) -> Result<u16, Box<Diagnostic>> {
        let name = name.into();
        if bytes.len() > MOST_BYTES {
            let message = format!(
                "`{name}` has {} bytes; a model has at most 4 MiB",
                bytes.len()
            );
            return Err(Box::new(Diagnostic::new(codes::TOO_LARGE, message)));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(self.add(name, text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let message = format!("`{name}` is not text: byte {at} is no UTF-8");
                Err(Box::new(Diagnostic::new(codes::NOT_YAML, message)))
            }
        }
    }

    /// The text of this index.
    pub fn get(&self, file: u16) -> Option<&Source> {
        self.files.get(usize::from(file))
    }

    /// The text at a place; empty if there is none.
    pub fn slice(&self, place: Place) -> &str {
        let range = place.start as usize..place.end as usize;
        self.get(place.file)
            .and_then(|source| source.text.get(range))
            .unwrap_or("")
    }

    /// Line and column of a byte, both from 1, columns counted in characters.
    pub fn line_and_column(&self, file: u16, byte: u32) -> (usize, usize) {
        let text = self.get(file).map_or("", |source| source.text.as_str());
        let before = text.get(..(byte as usize).min(text.len())).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one() {
        let mut sources = Sources::new();
        let file = sources.add("a", "one\nzwö lf\n");
        assert_eq!(sources.line_and_column(file, 0), (1, 1));
        assert_eq!(sources.line_and_column(file, 8), (2, 4));
        assert_eq!(sources.line_and_column(file, 99), (3, 1));
        assert_eq!(
            sources.slice(Place {
                file,
                start: 4,
                end: 8
            }),
            "zwö"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut sources = Sources::new();
        assert!(
            sources
                .add_bytes("a", vec![b'a', 0xff, 0xfe])
                .is_err_and(|error| error.message.contains("byte 1"))
        );
        assert!(sources.add_bytes("a", vec![b'a'; MOST_BYTES + 1]).is_err());
        assert_eq!(sources.add_bytes("a", b"name: x".to_vec()), Ok(0));
    }
}
