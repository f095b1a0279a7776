//! Whatever comes in, complaints come out: no panic, no endless work, no full memory.

use super::*;
use proptest::prelude::*;

#[test]
fn deep_programs_are_read_or_refused() {
    let nested = |depth: usize| {
        with_steps(&format!(
            "{}reply{}",
            "{ hold: p, do: ".repeat(depth),
            " }".repeat(depth)
        ))
    };
    assert_eq!(complaints(&nested(90)), [""; 0]);
    assert!(complaints(&nested(5_000))[0].starts_with("E00"));
    let laws = |depth: usize| {
        with_steps(&format!(
            "{{ sleep: {}1ms{} }}",
            "{ sum: [ ".repeat(depth),
            " ] }".repeat(depth)
        ))
    };
    assert_eq!(complaints(&laws(40)), [""; 0]);
    assert!(complaints(&laws(50_000))[0].starts_with("E00"));
}

#[test]
fn floods_of_mistakes_are_survived() {
    let fields = (0..50_000)
        .map(|number| format!("f{number}: 1\n"))
        .collect::<Vec<_>>()
        .concat();
    assert!(complaints(&with(&fields)).len() > 5_000);
    let names = (0..50_000)
        .map(|number| format!("  s{number}: {{ replcas: 1 }}\n"))
        .collect::<Vec<_>>()
        .concat();
    assert!(complaints(&with(&format!("services:\n{names}"))).len() > 5_000);
    let zones = vec!["a"; 100_000].join(", ");
    assert!(complaints(&with(&format!("regions: {{ eu: {{ zones: [{zones}] }} }}"))).len() > 5_000);
    let unknown = vec!["$x"; 100_000].join(", ");
    let assumptions = (0..20_000)
        .map(|number| format!("a{number}: {{ value: 1 }}, "))
        .collect::<Vec<_>>()
        .concat();
    assert!(
        complaints(&with(&format!(
            "assumptions: {{ {assumptions} }}\npriorities: [{unknown}]"
        )))
        .len()
            > 5_000
    );
}

#[test]
fn odd_texts_are_survived() {
    for text in [
        "",
        "\u{0}",
        "\u{feff}scaleproof: model/1",
        "scaleproof: \u{1b}[31m",
        "\u{202e}: \u{200b}",
        "?",
        "&",
        "*",
        "<<: {}",
        "scaleproof",
        "{}",
        "[]",
        "1",
    ] {
        let (model, sources, diagnostics) = reading(text, &[]);
        assert!(model.is_none() && diagnostics.has_errors(), "{text:?}");
        let drawing = render::all(&diagnostics, &sources, render::Colour::Never);
        assert!(!drawing.contains('\u{1b}'), "{drawing:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,80}") {
        let _ = complaints(&text);
        let _ = complaints(&with(&text));
        let _ = complaints(&with_steps(&text));
    }

    /// Cuts and doublings of a text that uses everything: most are wrong somewhere, none may do harm.
    #[test]
    fn any_mutilated_model_is_survived(from in 0usize..7_000, length in 0usize..60, insert in "[\\[\\]{}:,&*$'\"a-z0-9 \n-]{0,12}") {
        let text = super::everything::TEXT;
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let (start, end) = (boundary(from), boundary(from + length));
        let mutilated = format!("{}{insert}{}", &text[..start], &text[end..]);
        let (_, sources, diagnostics) = reading(&mutilated, &[]);
        for diagnostic in &diagnostics {
            let drawing = render::one(diagnostic, &sources, render::Colour::Never);
            prop_assert!(drawing.starts_with(diagnostic.severity().word()));
        }
    }

    #[test]
    fn any_setting_is_survived(path in "[a-z.\"']{0,20}", value in "\\PC{0,20}") {
        let _ = reading(super::everything::TEXT, &[(&path, &value)]);
    }
}
