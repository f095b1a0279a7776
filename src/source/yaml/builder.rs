//! Events to tree: what is open, what is finished, what anchors stand for, and the budgets.

use super::map::OpenMap;
use super::{MOST_DEPTH, MOST_NODES};
use crate::source::{Content, Diagnostic, Diagnostics, Node, Place, codes};
use serde_yaml::granit_parser::{Event, ScalarStyle, Span, StructureStyle};
use std::collections::BTreeMap;

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
    Map(OpenMap),
}

pub(super) struct Builder<'t, 'd> {
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

impl<'t, 'd> Builder<'t, 'd> {
    pub(super) fn new(text: &'t str, file: u16, diagnostics: &'d mut Diagnostics) -> Self {
        let (open, anchors) = (Vec::new(), BTreeMap::new());
        Self {
            text,
            file,
            diagnostics,
            open,
            anchors,
            nodes: 0,
            root: None,
            documents: 0,
        }
    }

    /// The finished tree, if the document was not empty.
    pub(super) fn into_root(self) -> Option<Node> {
        let root = self
            .root
            .map(|root| root.node)
            .filter(|root| !root.is_null());
        if root.is_none() {
            let message = "the text is empty: a model begins with `scaleproof: model/1`";
            let place = Place {
                file: self.file,
                start: 0,
                end: 0,
            };
            self.diagnostics
                .push(Diagnostic::new(codes::NOT_ONE_DOCUMENT, message).at(place));
        }
        root
    }
}

impl Builder<'_, '_> {
    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event<'_>, span: &Span) -> Step {
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
                self.open(place, style, anchor, OpenKind::Map(OpenMap::default()))?;
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
    pub(super) fn spot(&self, at: usize) -> Place {
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
            OpenKind::Map(map) => Content::Map(map.into_entries()),
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

    pub(super) fn complain(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Puts a finished value where it belongs: into a list, as a key, as the value of the key before, or as the root.
    fn finish(&mut self, built: Built, anchor: usize, alias: bool) -> Step {
        if !alias {
            self.within_budget(built.node.place, self.open.len(), 1)?;
        }
        if anchor > 0 {
            // What an anchor keeps is a copy: anchors inside anchors must not multiply.
            self.within_budget(built.node.place, self.open.len(), built.nodes)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(built);
            return Ok(());
        };
        parent.nodes += built.nodes;
        parent.depth = parent.depth.max(built.depth);
        let complaint = match &mut parent.kind {
            OpenKind::List(nodes) => {
                nodes.push(built.node);
                None
            }
            OpenKind::Map(map) => map.take(built.node),
        };
        if let Some(complaint) = complaint {
            self.complain(complaint);
        }
        Ok(())
    }
}
