//! Text to tree: the only user of the YAML library.
//!
//! Design note: the library's serde interface keeps places only through wrappers on every value, and reports duplicate
//! keys and merges in its own words. Its event parser, which it re-exports, gives each token with its byte range; the
//! tree built from that keeps all of them, and aliases, merges and budgets are a page of code.

use super::codes;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::node::{Content, Entry, Node};
use super::place::{At, MOST_BYTES, Place};
use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle};
use std::collections::BTreeMap;

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
    let mut builder = Builder {
        text,
        file,
        diagnostics,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        root: None,
        documents: 0,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let result = match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                Err(Box::new(
                    Diagnostic::new(codes::NOT_YAML, error.info())
                        .at(builder.spot(at))
                        .maybe_hint(tab_hint(text, at)),
                ))
            }
        };
        if let Err(stop) = result {
            builder.diagnostics.push(*stop);
            return None;
        }
    }
    if builder.documents == 0
        || builder
            .root
            .as_ref()
            .is_some_and(|root| root.node.is_null())
    {
        let message = "the text is empty: a model begins with `scaleproof: model/1`";
        builder
            .diagnostics
            .push(Diagnostic::new(codes::NOT_ONE_DOCUMENT, message).at(builder.spot(0)));
        return None;
    }
    builder.root.map(|root| root.node)
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

/// A finished value, with how many values it is and how deep.
#[derive(Clone)]
struct Built {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// A map or list that is not closed yet.
struct Open {
    place: Place,
    /// By a brace or bracket; a block ends with its last value instead.
    closed_by_token: bool,
    anchor: usize,
    nodes: usize,
    depth: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        names: BTreeMap<String, Place>,
        merged: Vec<(usize, Node)>,
        key: Option<At<String>>,
        merge: bool,
    },
}

struct Builder<'t, 'd> {
    text: &'t str,
    file: u16,
    diagnostics: &'d mut Diagnostics,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Built>,
    nodes: usize,
    root: Option<Built>,
    documents: usize,
}

type Step = Result<(), Box<Diagnostic>>;

impl Builder<'_, '_> {
    fn take(&mut self, event: Event<'_>, span: &Span) -> Step {
        let place = self.place(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document begins here: a file holds one";
                    return Err(Box::new(
                        Diagnostic::new(codes::NOT_ONE_DOCUMENT, message).at(place),
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), place);
                let content = match style {
                    ScalarStyle::Plain => Content::Plain(text.into_owned()),
                    _ => Content::Quoted(text.into_owned()),
                };
                self.finish(
                    Built {
                        node: Node::new(content, place),
                        nodes: 1,
                        depth: 0,
                    },
                    anchor,
                    false,
                )?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), place);
                self.open(place, style, anchor, OpenKind::List(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), place);
                let (entries, names, merged) = (Vec::new(), BTreeMap::new(), Vec::new());
                self.open(
                    place,
                    style,
                    anchor,
                    OpenKind::Map {
                        entries,
                        names,
                        merged,
                        key: None,
                        merge: false,
                    },
                )?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place)?,
            Event::Alias(anchor) => self.alias(anchor, place)?,
            Event::UnresolvedAlias(name) => {
                let known = "an anchor `&name` must stand above its use";
                let message = format!("`*{name}` stands for nothing: there is no `&{name}` above");
                self.diagnostics.push(
                    Diagnostic::new(codes::NOT_YAML, message)
                        .at(place)
                        .hint(known),
                );
                self.finish(
                    Built {
                        node: Node::new(Content::Plain(String::new()), place),
                        nodes: 1,
                        depth: 0,
                    },
                    0,
                    true,
                )?;
            }
            // The beginnings and ends of streams, and comments: nothing that carries a value.
            _ => {}
        }
        Ok(())
    }

    fn place(&self, span: &Span) -> Place {
        let range = span.byte_range().unwrap_or(0..0);
        let end = range.end.min(self.text.len()).max(range.start);
        // A block collection ends where the next token begins: leave the blanks between out.
        let end = self
            .text
            .get(range.start..end)
            .map_or(end, |text| range.start + text.trim_end().len());
        Place {
            file: self.file,
            start: range.start as u32,
            end: end as u32,
        }
    }

    /// One character of the text, or its end.
    fn spot(&self, at: usize) -> Place {
        let at = (0..=at.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0);
        let width = self.text[at..]
            .chars()
            .next()
            .filter(|c| *c != '\n')
            .map_or(0, char::len_utf8);
        Place {
            file: self.file,
            start: at as u32,
            end: (at + width) as u32,
        }
    }

    fn refuse_tag(&mut self, tagged: bool, place: Place) {
        if tagged {
            let message = "tags (`!…`) have no meaning here";
            self.diagnostics
                .push(Diagnostic::new(codes::FOREIGN_YAML, message).at(place));
        }
    }

    fn open(&mut self, place: Place, style: StructureStyle, anchor: usize, kind: OpenKind) -> Step {
        let closed_by_token = matches!(style, StructureStyle::Flow);
        self.open.push(Open {
            place,
            closed_by_token,
            anchor,
            nodes: 1,
            depth: 0,
            kind,
        });
        self.within_budget(place, self.open.len(), 0)
    }

    fn within_budget(&mut self, place: Place, depth: usize, more: usize) -> Step {
        self.nodes += more;
        let problem = match () {
            () if depth > MOST_DEPTH => {
                format!("maps and lists are nested more than {MOST_DEPTH} deep")
            }
            () if self.nodes > MOST_NODES => format!(
                "the document has more than {MOST_NODES} values, those that aliases repeat included"
            ),
            () => return Ok(()),
        };
        Err(Box::new(
            Diagnostic::new(codes::TOO_LARGE, problem).at(place),
        ))
    }

    fn close(&mut self, end: Place) -> Step {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let content = match open.kind {
            OpenKind::List(nodes) => Content::List(nodes),
            OpenKind::Map {
                entries, merged, ..
            } => Content::Map(merge(entries, merged)),
        };
        let last = match &content {
            Content::List(nodes) => nodes.iter().map(|node| node.place.end).max(),
            Content::Map(entries) => entries
                .iter()
                .map(|entry| entry.value.place.end.max(entry.key.place.end))
                .max(),
            _ => None,
        };
        let last = if open.closed_by_token {
            Some(end.end)
        } else {
            last
        };
        let place = Place {
            end: last.unwrap_or(0).max(open.place.end),
            ..open.place
        };
        self.finish(
            Built {
                node: Node::new(content, place),
                nodes: open.nodes,
                depth: open.depth + 1,
            },
            open.anchor,
            false,
        )
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Step {
        // The parser resolves names as soon as they are written, so that an alias may stand inside its own anchor.
        let Some(built) = self.anchors.get(&anchor) else {
            let message = "an alias inside the very value that it stands for";
            return Err(Box::new(
                Diagnostic::new(codes::NOT_YAML, message).at(place),
            ));
        };
        self.nodes += built.nodes;
        let depth = self.open.len() + built.depth;
        self.within_budget(place, depth, 0)?;
        let mut built = self.anchors[&anchor].clone();
        built.node.origin = Some(built.node.place);
        built.node.place = place;
        self.finish(built, 0, true)
    }

    /// Puts a finished value where it belongs: into a list, as a key, as the value of the key before, or as the root.
    fn finish(&mut self, built: Built, anchor: usize, alias: bool) -> Step {
        if !alias {
            self.within_budget(built.node.place, self.open.len(), 1)?;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(built);
            return Ok(());
        };
        parent.nodes += built.nodes;
        parent.depth = parent.depth.max(built.depth);
        match &mut parent.kind {
            OpenKind::List(nodes) => nodes.push(built.node),
            OpenKind::Map {
                entries,
                names,
                merged,
                key,
                merge,
            } => match key.take() {
                Some(_) if std::mem::take(merge) => merged.push((entries.len(), built.node)),
                Some(name) => match names.get(&name.value) {
                    Some(first) => {
                        let message = format!("`{}` appears twice in this map", name.value);
                        self.diagnostics.push(
                            Diagnostic::new(codes::DUPLICATE_KEY, message)
                                .at(name.place)
                                .label(*first, "first here"),
                        );
                    }
                    None => {
                        names.insert(name.value.clone(), name.place);
                        entries.push(Entry {
                            key: name,
                            value: built.node,
                        });
                    }
                },
                None => {
                    let place = built.node.place;
                    *merge = built.node.as_word() == Some("<<");
                    *key = Some(match built.node.content {
                        Content::Plain(text) | Content::Quoted(text) => At::new(text, place),
                        Content::Map(_) | Content::List(_) => {
                            let message = "a map or a list cannot be a name";
                            self.diagnostics
                                .push(Diagnostic::new(codes::FOREIGN_YAML, message).at(place));
                            At::new(String::new(), place)
                        }
                    });
                }
            },
        }
        if let Some(Open {
            kind: OpenKind::Map {
                merged, key: None, ..
            },
            ..
        }) = self.open.last()
            && let Some((_, node)) = merged.last()
            && !mergeable(node)
        {
            let message = format!("`<<` merges a map or a list of maps, not {}", node.kind());
            self.diagnostics
                .push(Diagnostic::new(codes::NOT_YAML, message).at(node.place));
            if let Some(Open {
                kind: OpenKind::Map { merged, .. },
                ..
            }) = self.open.last_mut()
            {
                merged.pop();
            }
        }
        Ok(())
    }
}

fn mergeable(node: &Node) -> bool {
    match &node.content {
        Content::Map(_) => true,
        Content::List(nodes) => nodes
            .iter()
            .all(|node| matches!(node.content, Content::Map(_))),
        _ => false,
    }
}

/// Puts merged entries where their `<<` stood; what the map says itself wins, then what is merged first.
fn merge(entries: Vec<Entry>, merged: Vec<(usize, Node)>) -> Vec<Entry> {
    if merged.is_empty() {
        return entries;
    }
    let mut names: std::collections::BTreeSet<String> = entries
        .iter()
        .map(|entry| entry.key.value.clone())
        .collect();
    let mut merged = merged.into_iter().peekable();
    let mut result = Vec::new();
    let mut own = entries.into_iter().enumerate().peekable();
    loop {
        let next = own.peek().map_or(usize::MAX, |(at, _)| *at);
        if let Some((_, node)) = merged.next_if(|(at, _)| *at <= next) {
            let maps = match node.content {
                Content::List(nodes) => nodes,
                content => vec![Node {
                    place: node.place,
                    origin: node.origin,
                    content,
                }],
            };
            for map in maps {
                if let Content::Map(entries) = map.content {
                    result.extend(
                        entries
                            .into_iter()
                            .filter(|entry| names.insert(entry.key.value.clone())),
                    );
                }
            }
        } else if let Some((_, entry)) = own.next() {
            result.push(entry);
        } else {
            return result;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn read(text: &str) -> (Option<Node>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let node = parse(text, 0, &mut diagnostics);
        (node, diagnostics)
    }

    fn tree(text: &str) -> Node {
        let (node, diagnostics) = read(text);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        node.unwrap()
    }

    /// Code, text at the place and message of each complaint.
    fn complaints(text: &str) -> Vec<(&'static str, String, String)> {
        let (_, mut diagnostics) = read(text);
        diagnostics.sort();
        let slice = |place: Option<Place>| {
            place
                .map_or("", |place| &text[place.start as usize..place.end as usize])
                .to_owned()
        };
        diagnostics
            .iter()
            .map(|it| (it.code.id, slice(it.place), it.message.clone()))
            .collect()
    }

    fn slices(text: &str, node: &Node, found: &mut Vec<String>) {
        found.push(text[node.place.start as usize..node.place.end as usize].to_owned());
        match &node.content {
            Content::Map(entries) => entries.iter().for_each(|entry| {
                found.push(
                    text[entry.key.place.start as usize..entry.key.place.end as usize].to_owned(),
                );
                slices(text, &entry.value, found);
            }),
            Content::List(nodes) => nodes.iter().for_each(|node| slices(text, node, found)),
            _ => {}
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let text = "a: { b: [1, \"zwö\"] }  # comment\nc:\n  - x\n  - d: 'y'\n\ne: z\n";
        let mut found = Vec::new();
        slices(text, &tree(text), &mut found);
        let expected = [
            "a: { b: [1, \"zwö\"] }  # comment\nc:\n  - x\n  - d: 'y'\n\ne: z",
            "a",
            "{ b: [1, \"zwö\"] }",
            "b",
            "[1, \"zwö\"]",
            "1",
            "\"zwö\"",
            "c",
            "- x\n  - d: 'y'",
            "x",
            "d: 'y'",
            "d",
            "'y'",
            "e",
            "z",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn merges_and_aliases_are_put_in_and_remember_where_they_are_used() {
        let text = "x: &x { a: 1, b: 2 }\ny: { <<: *x, b: 3, c: 4 }\nz: *x\nw: { <<: [ *x, { a: 9, d: 5 } ] }\n";
        let root = tree(text);
        let names = |name: &str| match &root.get(name).unwrap().content {
            Content::Map(entries) => entries
                .iter()
                .map(|entry| format!("{}{}", entry.key.value, entry.value.as_text().unwrap()))
                .collect::<Vec<_>>()
                .join(" "),
            _ => String::new(),
        };
        assert_eq!(
            (names("y"), names("z"), names("w")),
            ("a1 b3 c4".into(), "a1 b2".into(), "a1 b2 d5".into())
        );
        let z = root.get("z").unwrap();
        assert_eq!(&text[z.place.start as usize..z.place.end as usize], "*x");
        assert_eq!(z.origin, Some(root.get("x").unwrap().place));
    }

    #[test]
    fn a_quoted_merge_sign_is_a_name() {
        assert_eq!(
            tree("a: { '<<': 1 }")
                .get("a")
                .unwrap()
                .get("<<")
                .unwrap()
                .as_text(),
            Some("1")
        );
        assert_eq!(complaints("a: { <<: 1 }")[0].0, "E001");
    }

    #[test]
    fn duplicate_names_are_all_found_with_their_first() {
        let text = "a: 1\nb: { c: 1, c: 2 }\na: 3\n";
        let (_, diagnostics) = read(text);
        let places: Vec<_> = diagnostics
            .iter()
            .map(|it| (it.place.unwrap().start, it.labels[0].0.start))
            .collect();
        assert_eq!(places, [(16, 10), (23, 0)]);
    }

    #[test]
    fn what_the_language_does_not_use_is_refused() {
        assert_eq!(complaints("a: !x 1")[0].0, "E006");
        assert_eq!(complaints("? [a]\n: 1")[0].0, "E006");
        assert_eq!(
            complaints("a: *b")[0],
            (
                "E001",
                "*b".into(),
                "`*b` stands for nothing: there is no `&b` above".into()
            )
        );
        assert_eq!(complaints("a: 1\n---\nb: 1")[0].0, "E003");
        for empty in ["", "   \n", "# only a comment", "---", "~"] {
            assert_eq!(complaints(empty)[0].0, "E003", "{empty:?}");
        }
    }

    #[test]
    fn broken_text_is_shown_where_it_breaks() {
        let tab = "a:\n\tb: 1\n";
        let (node, diagnostics) = read(tab);
        assert!(
            node.is_none() && diagnostics.iter().next().unwrap().hints[0].contains("tab"),
            "{diagnostics:?}"
        );
        for text in [
            "a: { b: 1",
            "a: [1",
            "a: \"x",
            "a: b: c",
            "\u{0}",
            "a: \u{1b}[31m",
            "{",
            "]",
            "- a\nb: 1",
            "%YAML 9.9\n---\na: 1\n---\n",
            "&a *a",
        ] {
            assert!(!complaints(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn hostile_text_ends_in_a_complaint() {
        for deep in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "[".repeat(101) + &"]".repeat(101),
        ] {
            let found = complaints(&deep);
            assert!(found[0].0 == "E002" || found[0].0 == "E001", "{found:?}");
        }
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..30 {
            let uses = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{uses}]\n");
        }
        assert_eq!(complaints(&bomb)[0].0, "E002");
        let mut ladder = "a0: &a0 x\n".to_owned();
        for level in 1..300 {
            ladder += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
        }
        assert_eq!(complaints(&ladder)[0].0, "E002");
        assert_eq!(
            complaints(&format!("a: {}", "x".repeat(MOST_BYTES)))[0].0,
            "E002"
        );
        assert_eq!(complaints(&"- x\n".repeat(MOST_NODES + 1))[0].0, "E002");
        assert_eq!(complaints("a: &a [*a]")[0].0, "E001");
    }
}
