//! How complaints are drawn: severity, code, file, line, the line itself and a caret under the very words.

use super::diagnostic::{Diagnostic, Diagnostics, Severity};
use super::place::{Place, Sources};
use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, renderer::DecorStyle,
};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

/// Complaints beyond this number are counted, not drawn.
pub const MOST_DRAWN: usize = 100;

/// Whether the drawing uses colours. It never needs them to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI colours.
    Always,
}

/// Draws all complaints, the first hundred in full, and a line that counts them.
pub fn all(diagnostics: &Diagnostics, sources: &Sources, colour: Colour) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_DRAWN) {
        text.push_str(&one(diagnostic, sources, colour));
        text.push_str("\n\n");
    }
    let more = diagnostics.len().saturating_sub(MOST_DRAWN) + diagnostics.dropped();
    if more > 0 {
        let _ = writeln!(text, "… and {more} more");
    }
    let parts = [Severity::Error, Severity::Warning, Severity::Advice]
        .map(|severity| (diagnostics.count(severity), severity));
    let plural = |count: usize, severity: Severity| match severity {
        Severity::Advice => format!("{count} advice"),
        _ if count == 1 => format!("1 {}", severity.word()),
        _ => format!("{count} {}s", severity.word()),
    };
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| plural(*count, *severity))
        .collect();
    if !parts.is_empty() {
        let _ = writeln!(text, "{}", parts.join(", "));
    }
    text
}

/// Draws one complaint, without a newline at the end.
pub fn one(diagnostic: &Diagnostic, sources: &Sources, colour: Colour) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::NOTE.with_name("advice"),
    };
    let message = one_line(&diagnostic.message);
    let mut group = Group::with_title(level.primary_title(message).id(diagnostic.code.id));
    let windows = windows(diagnostic, sources);
    for window in &windows {
        let mut snippet = Snippet::source(window.text.as_str()).line_start(window.line);
        match window.column {
            // The library counts columns in what it is given: a line whose beginning is cut needs its own.
            Some(column) => {
                group = group.element(
                    Origin::path(&window.name)
                        .line(window.line)
                        .char_column(column),
                );
            }
            None => snippet = snippet.path(&window.name),
        }
        let kind = if window.primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        group = group.element(
            snippet.annotation(
                kind.span(window.range.clone())
                    .label(window.label.as_deref()),
            ),
        );
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.with_name("hint").message(one_line(hint)));
    }
    let renderer = if colour == Colour::Always {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// A line of one file, cut to what can be shown, with a mark in it.
struct Window {
    name: String,
    line: usize,
    /// The column of the mark in the whole line, where the line's beginning is cut off.
    column: Option<usize>,
    text: String,
    range: Range<usize>,
    label: Option<String>,
    primary: bool,
}

/// The places of a complaint, the one it is about first.
fn windows(diagnostic: &Diagnostic, sources: &Sources) -> Vec<Window> {
    let primary = diagnostic.place.map(|place| (place, None, true));
    let labels = diagnostic
        .labels
        .iter()
        .map(|(place, text)| (*place, Some(one_line(text)), false));
    primary
        .into_iter()
        .chain(labels)
        .filter_map(|(place, label, primary)| window(place, label, primary, sources))
        .collect()
}

fn window(place: Place, label: Option<String>, primary: bool, sources: &Sources) -> Option<Window> {
    const BESIDE: usize = 160;
    let source = sources.get(place.file)?;
    let text = source.text.as_str();
    let boundary = |at: usize| {
        (0..=at.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    };
    let start = boundary(place.start as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[start..]
        .find('\n')
        .map_or(text.len(), |newline| start + newline);
    let line_end = line_end - usize::from(text[start..line_end].ends_with('\r'));
    // Only the first line of a long place is marked: a whole map under carets says nothing.
    let end = boundary(place.end as usize).clamp(start, line_end);
    let from = if start - line_start > 2 * BESIDE {
        boundary(start - BESIDE)
    } else {
        line_start
    };
    let to = boundary(line_end.min(end.min(start + 4 * BESIDE) + 2 * BESIDE)).max(start);
    let end = end.min(to);
    let range = clean(&text[from..start]).len()..clean(&text[from..end]).len();
    let (line, column) = sources.line_and_column(place.file, start as u32);
    let column = (from > line_start).then_some(column);
    Some(Window {
        name: one_line(&source.name),
        line,
        column,
        text: clean(&text[from..to]).into_owned(),
        range,
        label,
        primary,
    })
}

/// Replaces what a terminal would obey instead of showing; the drawing library replaces the C0 controls itself.
fn clean(text: &str) -> Cow<'_, str> {
    let invisible = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if text.contains(invisible) {
        Cow::Owned(text.replace(invisible, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn one_line(text: &str) -> String {
    const MOST: usize = 600;
    let text = clean(text)
        .replace(['\n', '\r', '\t'], " ")
        .replace(char::is_control, "\u{fffd}");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    fn drawn(text: &str, range: Range<u32>, hint: &str) -> String {
        let mut sources = Sources::new();
        let file = sources.add("models/shop.yaml", text);
        let place = Place {
            file,
            start: range.start,
            end: range.end,
        };
        let diagnostic = Diagnostic::new(codes::UNKNOWN_FIELD, "a service has no field `replcas`")
            .at(place)
            .hint(hint);
        one(&diagnostic, &sources, Colour::Never)
    }

    #[test]
    fn the_caret_stands_under_the_words() {
        let text = "services:\n  web:\n    replcas: 3\n";
        let expected = "\
error[E010]: a service has no field `replcas`
 --> models/shop.yaml:3:5
  |
3 |     replcas: 3
  |     ^^^^^^^
  |
  = hint: did you mean `replicas`?";
        assert_eq!(drawn(text, 21..28, "did you mean `replicas`?"), expected);
    }

    #[test]
    fn a_label_elsewhere_gets_its_own_lines() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "a: 1\nb: 2\na: 3\n");
        let at = |start| Place {
            file,
            start,
            end: start + 1,
        };
        let diagnostic = Diagnostic::new(codes::DUPLICATE_KEY, "`a` appears twice in this map")
            .at(at(10))
            .label(at(0), "first here");
        let text = one(&diagnostic, &sources, Colour::Never);
        assert!(
            text.contains("--> a.yaml:3:1")
                && text.contains("a.yaml:1:1")
                && text.contains("- first here"),
            "{text}"
        );
    }

    #[test]
    fn carriage_returns_at_the_ends_of_lines_are_not_shown() {
        let drawing = drawn("a: 1\r\nb: x\r\n", 9..10, "x");
        assert!(drawing.contains("\n2 | b: x\n"), "{drawing:?}");
        assert!(drawn("a: 1\r\n", 4..6, "x").contains("1 | a: 1\n"));
    }

    #[test]
    fn nothing_in_the_text_reaches_the_terminal_as_a_command() {
        let text = "a: \u{1b}[31m\u{9b}31m\u{202e}\u{200b}\u{7} x";
        let drawing = drawn(text, 3..(text.len() as u32), "\u{1b}[2J\u{9b}\nnext");
        assert!(
            drawing
                .chars()
                .all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'),
            "{drawing:?}"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_caret_and_keep_their_column() {
        let text = "x".repeat(1_000_000) + " here " + &"y".repeat(1_000_000);
        let drawing = drawn(&text, 1_000_001..1_000_005, "cut");
        assert!(
            drawing.len() < 2_000 && drawing.contains("here") && drawing.contains("^^^^"),
            "{drawing}"
        );
        assert!(drawing.contains("models/shop.yaml:1:1000002"), "{drawing}");
    }

    #[test]
    fn places_out_of_the_text_do_no_harm() {
        for (start, end) in [(0, 0), (7, 7), (500, 600), (6, 2), (1, 2)] {
            assert!(drawn("ä: ö\nb", start..end, "x").starts_with("error[E010]"));
        }
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let mut diagnostics = Diagnostics::new();
        for number in 0..150 {
            diagnostics.push(Diagnostic::new(codes::UNKNOWN_FIELD, format!("{number}")));
        }
        diagnostics.push(Diagnostic::new(codes::UNUSED_ASSUMPTION, "w"));
        let text = all(&diagnostics, &Sources::new(), Colour::Never);
        assert!(
            text.ends_with("… and 51 more\n150 errors, 1 warning\n"),
            "{text}"
        );
        assert!(all(&diagnostics, &Sources::new(), Colour::Always).contains("\u{1b}["));
    }
}
