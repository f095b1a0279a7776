//! Words that came from outside, made safe for where they go: terminals, Markdown, charts.
//!
//! Names in a result may come from any file, so they may hold escape sequences, line breaks or marks that turn the
//! direction of writing.

/// `text` on one line, without control characters, marks of direction or private characters.
pub(crate) fn plain(text: &str) -> String {
    let kept = text.chars().filter_map(|letter| match letter {
        '\n' | '\r' | '\t' => Some(' '),
        letter if is_obeyed(letter) => None,
        letter => Some(letter),
    });
    kept.collect()
}

/// Whether a terminal or a browser obeys this character, or shows nothing, instead of showing it.
pub(crate) fn is_obeyed(letter: char) -> bool {
    let invisible = matches!(
        letter,
        '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}'
    );
    invisible || letter.is_control()
}

/// At most `longest` characters of `text`, the middle left out: beginnings and ends of names tell them apart.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= longest {
        return text.into();
    }
    let kept = longest.saturating_sub(1);
    let tail = kept / 2;
    let head: String = letters[..kept - tail].iter().collect();
    let end: String = letters[letters.len() - tail..].iter().collect();
    format!("{}…{end}", head.trim_end())
}

/// `text` in lines of at most `width` characters, the first after `first`, the others after as many blanks.
pub(crate) fn wrapped(first: &str, text: &str, width: usize) -> String {
    let indent = first.chars().count();
    let mut out = String::from(first);
    let mut used = indent;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > indent && used + 1 + length > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            used = indent;
        } else if used > indent {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// A sentence that quotes names in back-ticks, in parts: whether it is such a name, and the words. One whose quotes do
/// not pair up, or hold more than a name, is one part.
pub(crate) fn spoken(sentence: &str) -> Vec<(bool, String)> {
    let parts: Vec<&str> = sentence.split('`').collect();
    let is_name = |letter: char| letter.is_alphanumeric() || "-_. :/=,%@()+×→".contains(letter);
    let mut names = parts.iter().skip(1).step_by(2);
    if parts.len().is_multiple_of(2) || !names.all(|name| name.chars().all(is_name)) {
        return vec![(false, plain(sentence))];
    }
    let parts = parts
        .iter()
        .enumerate()
        .map(|(at, part)| (at % 2 == 1, plain(part)));
    parts.filter(|(_, words)| !words.is_empty()).collect()
}

/// `text` with everything that Markdown (GitHub's flavour) or HTML would read as a mark escaped.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in plain(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '`' => out.push_str("&#96;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_commands_a_terminal_is_left() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{202e}d\u{0}"), "a[31mb cd");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("abcdefghijkl", 7), "abc…jkl");
        assert_eq!(shortened("abc", 7), "abc");
        assert_eq!(shortened("äöüäöüäöü", 4), "äö…ü");
    }

    #[test]
    fn lines_keep_to_their_width() {
        assert_eq!(
            wrapped("  ", "one two three four", 10),
            "  one two\n  three\n  four\n"
        );
        assert_eq!(
            wrapped("- ", "unbreakable-word x", 8),
            "- unbreakable-word\n  x\n"
        );
    }

    #[test]
    fn markdown_has_no_marks_left() {
        assert_eq!(markdown("<b>|*a*`"), "&lt;b&gt;\\|\\*a\\*&#96;");
    }
}
