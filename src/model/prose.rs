//! Commas in texts that stand inside `{ }` without quotes: `why: guessed, from a profile`.
//!
//! To YAML the comma ends the text and the rest is a name without a value. No name of the language goes without a value, so
//! what was meant is plain; the text is put together again, with advice to quote it.

use crate::source::{Content, Diagnostic, Diagnostics, Entry, Node, codes};

/// Fields that hold prose.
const PROSE: [&str; 4] = ["why", "source", "about", "question"];

/// Puts texts together that a comma took apart, everywhere in a document whose text is given.
pub(super) fn join(node: &mut Node, text: &str, diagnostics: &mut Diagnostics) {
    match &mut node.content {
        Content::Map(entries) => {
            let mut joined: Vec<Entry> = Vec::with_capacity(entries.len());
            for mut entry in std::mem::take(entries) {
                if let Some(last) = joined
                    .last_mut()
                    .filter(|last| continues(last, &entry, text))
                {
                    continue_text(last, &entry, diagnostics);
                } else {
                    join(&mut entry.value, text, diagnostics);
                    joined.push(entry);
                }
            }
            *entries = joined;
        }
        Content::List(items) => items
            .iter_mut()
            .for_each(|item| join(item, text, diagnostics)),
        Content::Plain(_) | Content::Quoted(_) => {}
    }
}

/// Whether an entry is the rest of the text before it: prose, one comma, and a name without a value.
fn continues(last: &Entry, entry: &Entry, text: &str) -> bool {
    let (end, start) = (
        last.value.place.end as usize,
        entry.key.place.start as usize,
    );
    PROSE.contains(&last.key.value.as_str())
        && matches!(last.value.content, Content::Plain(_))
        && entry.value.is_null()
        && text
            .get(end..start)
            .is_some_and(|between| between.trim() == ",")
}

fn continue_text(last: &mut Entry, entry: &Entry, diagnostics: &mut Diagnostics) {
    let Content::Plain(prose) = &mut last.value.content else {
        return;
    };
    prose.push_str(", ");
    prose.push_str(&entry.key.value);
    let message = format!(
        "`{}` is read as a part of `{}`",
        entry.key.value, last.key.value
    );
    last.value.place.end = entry.key.place.end;
    diagnostics.push(
        Diagnostic::new(codes::COMMA_IN_TEXT, message)
            .at(entry.key.place)
            .hint("inside `{ }` a comma ends a text: put a text that holds one in quotes"),
    );
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::join;
    use crate::source::{Diagnostics, yaml};

    fn joined(text: &str) -> (String, usize) {
        let mut said = Diagnostics::new();
        let mut root = yaml::parse(text, 0, &mut said).unwrap();
        join(&mut root, text, &mut said);
        (crate::source::write::to_yaml(&root), said.len())
    }

    #[test]
    fn prose_goes_on_after_its_comma() {
        let (text, said) = joined("a: { value: 2, why: rendering in Go, guessed, twice }\n");
        assert!(text.contains("rendering in Go, guessed, twice"), "{text}");
        assert_eq!(said, 2);
    }

    #[test]
    fn nothing_else_is_joined() {
        for text in [
            "a: { why: one, other: 2 }\n",
            "a: { value: 2, other }\n",
            "a:\n  why: one\n  other:\n",
        ] {
            let (found, said) = joined(text);
            assert!(found.contains("other"), "{found}");
            assert_eq!(said, 0, "{text}");
        }
    }
}
