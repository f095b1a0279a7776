//! What is wrong with a text that is no YAML, where it is wrong: the parser notices such a mistake a line or a page later.
//!
//! Tried in turn are the mistakes that people make: a colon without its space, a name without its colon, two colons in a line, a
//! brace that is never closed, an entry of a list without its dash, and an indentation that fits nothing above it.

/// A likely cause: where it stands in the text, what it is and what to do.
pub(super) struct Cause {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) message: String,
    pub(super) hint: String,
}

/// A line that says something.
#[derive(Clone, Copy)]
struct Line<'t> {
    /// Where its text begins.
    at: usize,
    indent: usize,
    /// Without indentation, comment and blanks at the end.
    text: &'t str,
}

impl Line<'_> {
    fn cause(&self, from: usize, length: usize, message: String, hint: impl Into<String>) -> Cause {
        Cause {
            from: self.at + from,
            to: self.at + from + length,
            message,
            hint: hint.into(),
        }
    }

    /// The column of what the line says behind the dashes of lists.
    fn inner(&self) -> usize {
        let behind = self.text.trim_start_matches("- ").trim_start();
        self.indent + self.text.len() - behind.len()
    }
}

/// The cause of what the parser says about this place.
pub(super) fn cause(text: &str, at: usize) -> Option<Cause> {
    let lines = lines(text);
    let last = lines.iter().rposition(|line| line.at - line.indent <= at)?;
    let here = lines[last];
    let above = last.checked_sub(1).map(|above| lines[above]);
    let near = [above, Some(here)];
    let near = || near.iter().flatten();
    near()
        .find_map(glued)
        .or_else(|| near().find_map(|line| colonless(*line, &lines)))
        .or_else(|| open_brace(text, at))
        .or_else(|| near().find_map(two_colons))
        .or_else(|| dashless(&lines[..=last]))
        .or_else(|| misplaced(&lines[..=last]))
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let end = comment(content);
        let said = content[..end].trim_end();
        if !said.is_empty() {
            lines.push(Line {
                at: start + indent,
                indent,
                text: said,
            });
        }
        start += line.len();
    }
    lines
}

/// Where a comment begins, or the end.
fn comment(line: &str) -> usize {
    let starts = |at: &usize| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let mut marks = line.match_indices('#').map(|(at, _)| at);
    marks.find(starts).unwrap_or(line.len())
}

/// The key and the value of a word like `replicas:3`, which looks like both and is neither.
pub fn glued_word(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once(':')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let named =
        key.starts_with(|first: char| first.is_ascii_alphabetic()) && key.chars().all(is_name);
    (named && !value.is_empty() && !value.starts_with(['/', ' ', ':'])).then_some((key, value))
}

fn glued(line: &Line<'_>) -> Option<Cause> {
    let behind = line.text.trim_start_matches("- ").trim_start();
    if behind.contains(": ") || behind.ends_with(':') {
        return None;
    }
    let (key, value) = glued_word(behind)?;
    let message = format!("`{key}:{value}` is one word: a colon is followed by a space");
    let from = line.text.len() - behind.len();
    Some(line.cause(from, behind.len(), message, format!("`{key}: {value}`")))
}

/// A name alone above what is indented more.
fn colonless(line: Line<'_>, lines: &[Line<'_>]) -> Option<Cause> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let below = lines.iter().find(|other| other.at > line.at)?;
    let alone = line.text.chars().all(is_name) && below.indent > line.indent;
    alone.then(|| {
        let message = format!("`{}` has no colon", line.text);
        line.cause(0, line.text.len(), message, format!("`{}:`", line.text))
    })
}

fn two_colons(line: &Line<'_>) -> Option<Cause> {
    let behind = line.text.trim_start_matches("- ").trim_start();
    let (key, value) = behind.split_once(": ")?;
    let value = value.trim_start();
    if value.starts_with(['{', '[', '"', '\'', '|', '>']) {
        return None;
    }
    let inner = value
        .find(": ")
        .or_else(|| value.strip_suffix(':').map(str::len))?;
    let from = line.text.len() - value.len();
    let message =
        format!("there are two colons in one line: what follows `{key}:` is a single value");
    let hint = format!(
        "a map stands in braces, `{key}: {{ {value} }}`; a text with a colon in quotes, `{key}: \"{value}\"`"
    );
    Some(line.cause(from + inner, 1, message, hint))
}

/// The innermost brace or bracket that is open where the parser gave up.
fn open_brace(text: &str, at: usize) -> Option<Cause> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let (mut quote, mut comment, mut before) = (None, false, '\n');
    for (place, letter) in text.char_indices().take_while(|(place, _)| *place < at) {
        match (letter, quote) {
            ('\n', _) => comment = false,
            _ if comment => {}
            (letter, Some(mark)) => quote = (letter != mark).then_some(mark),
            ('"' | '\'', None) if !before.is_alphanumeric() => quote = Some(letter),
            ('#', None) if before.is_whitespace() => comment = true,
            ('{' | '[', None) => open.push((place, letter)),
            ('}' | ']', None) => {
                open.pop();
            }
            _ => {}
        }
        before = letter;
    }
    let (place, brace) = open.pop()?;
    let closing = if brace == '{' { '}' } else { ']' };
    Some(Cause {
        from: place,
        to: place + 1,
        message: format!("this `{brace}` is never closed"),
        hint: format!("a `{closing}` is missing, or a comma between two entries"),
    })
}

/// A key at the column of the dash before it, or between that and the keys of its entry.
fn dashless(lines: &[Line<'_>]) -> Option<Cause> {
    let (here, above) = lines.split_last()?;
    let entry = above
        .iter()
        .rev()
        .find(|line| line.indent <= here.indent || line.text.starts_with("- "))?;
    if !entry.text.starts_with("- ")
        || here.text.starts_with("- ")
        || here.indent >= entry.inner()
        || here.indent < entry.indent
    {
        return None;
    }
    let message = "this belongs to no entry of the list above it".to_owned();
    let hint = format!(
        "a new entry begins with `- `; what belongs to the entry before stands {} columns in",
        entry.inner()
    );
    Some(here.cause(0, word(here.text), message, hint))
}

/// An indentation that is none of those above.
fn misplaced(lines: &[Line<'_>]) -> Option<Cause> {
    let (here, above) = lines.split_last()?;
    let before = above.last()?;
    let key = |line: &Line<'_>| {
        line.text[..word(line.text)]
            .trim_end_matches(':')
            .to_owned()
    };
    if here.indent > before.inner() && !before.text.ends_with(':') {
        let message = format!(
            "this is indented more than `{}` above it, which has a value already",
            key(before)
        );
        let hint = format!("{} columns in, as that is", before.inner());
        return Some(here.cause(0, word(here.text), message, hint));
    }
    let mut levels: Vec<&Line<'_>> = Vec::new();
    for line in above {
        levels.retain(|level| level.indent < line.indent);
        levels.push(line);
    }
    if levels
        .iter()
        .any(|level| level.indent == here.indent || level.inner() == here.indent)
    {
        return None;
    }
    let outer = levels
        .iter()
        .rev()
        .find(|level| level.indent < here.indent)?;
    let inner = levels.iter().find(|level| level.indent > here.indent)?;
    let message = format!(
        "this is indented between `{}` and `{}`: it belongs to neither",
        key(outer),
        key(inner)
    );
    let hint = format!(
        "{} columns in beside `{}`, or {} beside `{}`",
        outer.indent,
        key(outer),
        inner.indent,
        key(inner)
    );
    Some(here.cause(0, word(here.text), message, hint))
}

/// Where the first word of a line ends.
fn word(text: &str) -> usize {
    text.find(char::is_whitespace).unwrap_or(text.len())
}
