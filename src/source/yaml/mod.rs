//! Text to tree: the only user of the YAML library.
//!
//! Design note: the library's serde interface keeps places only through wrappers on every value, and reports duplicate
//! keys and merges in its own words. Its event parser, which it re-exports, gives each token with its byte range; the
//! tree built from that keeps all of them, and aliases, merges and budgets are a page of code.

mod builder;
mod layout;
mod map;
#[cfg(test)]
mod tests;

use super::codes;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::node::Node;
use super::place::{MOST_BYTES, Place};
pub use layout::glued_word;

use builder::Builder;
use serde_yaml::granit_parser::{Options, Parser};

/// The deepest nesting of maps and lists.
pub const MOST_DEPTH: usize = 100;
/// The most values, those that aliases repeat included.
pub const MOST_NODES: usize = 250_000;

/// Reads the one document of a text; `file` is what its places carry.
///
/// Complaints go to `diagnostics`; the tree is there whenever the text could be followed to its end.
pub fn parse(text: &str, file: u16, diagnostics: &mut Diagnostics) -> Option<Node> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    if text.len() > MOST_BYTES {
        let message = format!(
            "the text has {} bytes; a model has at most 4 MiB",
            text.len()
        );
        diagnostics.push(Diagnostic::new(codes::TOO_LARGE, message));
        return None;
    }
    let mut builder = Builder::new(text, file, diagnostics);
    for event in Parser::new_from_str_with_options(text, options) {
        let result = match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Err(Box::new(not_yaml(text, file, at, &error.info(), &builder)))
            }
        };
        if let Err(stop) = result {
            builder.complain(*stop);
            return None;
        }
    }
    builder.into_root()
}

/// What is wrong with a text that the parser gives up at this place for this reason.
fn not_yaml(text: &str, file: u16, at: usize, info: &str, builder: &Builder<'_, '_>) -> Diagnostic {
    let tab = tab_hint(text, at);
    let cause = layout::cause(text, at).filter(|_| tab.is_none());
    let Some(cause) = cause else {
        let said = Diagnostic::new(codes::NOT_YAML, info);
        return said.at(builder.spot(at)).maybe_hint(tab);
    };
    let place = Place {
        file,
        start: cause.from as u32,
        end: cause.to as u32,
    };
    Diagnostic::new(codes::NOT_YAML, cause.message)
        .at(place)
        .hint(cause.hint)
}

/// The most frequent cause of a broken text is a tab that looks like spaces.
fn tab_hint(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let indentation = text[line..]
        .chars()
        .take_while(|c| c.is_whitespace() && *c != '\n');
    indentation
        .into_iter()
        .any(|c| c == '\t')
        .then(|| "there is a tab in the indentation: YAML takes spaces only".to_owned())
}
