//! What becomes of texts, good, odd and hostile.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::source::{Content, Place};

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
    let level = |level: usize, uses: usize| {
        let uses = vec![format!("*a{}", level - 1); uses].join(", ");
        format!("a{level}: &a{level} [{uses}]\n")
    };
    let bomb = (1..30).fold("a0: &a0 [x, x, x]\n".to_owned(), |text, number| {
        text + &level(number, 10)
    });
    assert_eq!(complaints(&bomb)[0].0, "E002");
    let ladder = (1..300).fold("a0: &a0 x\n".to_owned(), |text, number| {
        text + &level(number, 1)
    });
    // Anchors inside anchors: each keeps a copy of all that is inside.
    let nested = "a: ".to_owned()
        + &(0..90)
            .map(|number| format!("&a{number} ["))
            .collect::<Vec<_>>()
            .concat()
        + &"x,".repeat(100_000)
        + &"]".repeat(90);
    assert_eq!(complaints(&nested)[0].0, "E002");
    assert_eq!(complaints(&ladder)[0].0, "E002");
    assert_eq!(
        complaints(&format!("a: {}", "x".repeat(MOST_BYTES)))[0].0,
        "E002"
    );
    assert_eq!(complaints(&"- x\n".repeat(MOST_NODES + 1))[0].0, "E002");
    assert_eq!(complaints("a: &a [*a]")[0].0, "E001");
}
