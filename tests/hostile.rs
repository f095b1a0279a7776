//! Whatever is fed to the reader and the compiler, they answer in sentences: no panic, no endless loop, no full memory.
//!
//! 100,000 documents: the shipped and the broken models with bytes flipped, lines swapped, dropped and doubled, values
//! replaced by what has broken parsers before, pieces of one model in another, and texts that are no models at all.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scaleproof::{compile, model, plan, source};
use std::path::Path;
use std::time::{Duration, Instant};

/// A text of ordinary size.
fn feed(text: &str) {
    feed_within(text, Duration::from_secs(1));
}

/// A text answered within a limit. A busy machine may stall for longer than that, so only a text that is slow three
/// times in a row counts as slow.
fn feed_within(text: &str, limit: Duration) {
    assert!(
        !(0..3).all(|_| answer(text) >= limit),
        "longer than {limit:?} for {} bytes:\n{}",
        text.len(),
        text.chars().take(2_000).collect::<String>()
    );
}

/// Reads and compiles a text, lists its plan and draws what was said about it; the time this took.
fn answer(text: &str) -> Duration {
    let begun = Instant::now();
    let mut sources = source::Sources::new();
    let file = sources.add("hostile.yaml", text);
    let (model, mut said) = model::read(&mut sources, file, &[]);
    if let Some(model) = model {
        let readable = !said.has_errors();
        let (made, more) = compile::compile(&model);
        assert!(
            !readable || made.is_none() == more.has_errors(),
            "a plan exactly when there is no error:\n{text}"
        );
        if let Some(made) = made {
            assert!(made.steps.len() <= 250_000 && made.stations.len() <= 65_536);
            if made.steps.len() < 10_000 {
                let _ = plan::listing::listing(&made);
            }
        }
        said.append(more);
        said.sort();
    } else {
        assert!(
            said.has_errors(),
            "a model that is refused is refused for a reason:\n{text}"
        );
    }
    let _ = source::render::all(&said, &sources, source::render::Colour::Never);
    begun.elapsed()
}

/// All models of the project.
fn models() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = ["models", "tests/broken"]
        .iter()
        .flat_map(|folder| {
            std::fs::read_dir(root.join(folder))
                .unwrap()
                .map(|entry| entry.unwrap().path())
        })
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

/// Values that have broken readers of numbers, names and structure.
const NASTY: [&str; 40] = [
    "",
    "0",
    "-1",
    "1",
    "1e999",
    "NaN",
    ".inf",
    "-.inf",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999s",
    "0s",
    "1ns",
    "0.0000001ns",
    "292y",
    "unlimited",
    "true",
    "no",
    "~",
    "null",
    "$x",
    "$",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
    "{a: {a: {a: 1}}}",
    "\"\\u0000\"",
    "'\u{202e}x'",
    "*a",
    "&a x",
    "<<",
    "!!binary x",
    "100%",
    "1000000000/s",
    "3000000",
    "web.home",
    "users",
    "|\n  x",
    "? x",
    "- -",
];

/// One change to a text.
#[derive(Debug, Clone)]
enum Change {
    Flip(usize, u8),
    Insert(usize, u8),
    Drop(usize, usize),
    SwapLines(usize, usize),
    DropLine(usize),
    DoubleLine(usize, usize),
    Value(usize, usize),
    Number(usize, u64),
    Word(usize, usize),
    Graft(usize, usize, usize),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..100_000usize;
    prop_oneof![
        2 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        1 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => (at.clone(), 1..40usize).prop_map(|(at, length)| Change::Drop(at, length)),
        2 => (at.clone(), at.clone()).prop_map(|(one, other)| Change::SwapLines(one, other)),
        2 => at.clone().prop_map(Change::DropLine),
        2 => (at.clone(), at.clone()).prop_map(|(line, to)| Change::DoubleLine(line, to)),
        4 => (at.clone(), 0..NASTY.len()).prop_map(|(line, value)| Change::Value(line, value)),
        4 => (at.clone(), prop_oneof![0..20u64, 100..100_000u64, any::<u64>()]).prop_map(|(at, number)| Change::Number(at, number)),
        4 => (at.clone(), at.clone()).prop_map(|(one, other)| Change::Word(one, other)),
        2 => (at.clone(), at.clone(), at.clone()).prop_map(|(model, line, to)| Change::Graft(model, line, to)),
        1 => at.prop_map(Change::Cut),
    ]
}

/// The nearest place at or below a byte where the text can be cut.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn with_lines(text: &str, edit: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        lines.push(String::new());
    }
    edit(&mut lines);
    lines.join("\n") + "\n"
}

/// Byte ranges of pieces of a text for which `belongs` holds of every character.
fn pieces(text: &str, belongs: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = None;
    for (at, letter) in text.char_indices().chain([(text.len(), '\n')]) {
        match (belongs(letter) && at < text.len(), from) {
            (true, None) => from = Some(at),
            (false, Some(begun)) => {
                found.push((begun, at));
                from = None;
            }
            _ => {}
        }
    }
    found
}

fn apply(text: &str, change: &Change, models: &[String]) -> String {
    match change {
        Change::Flip(at, byte) | Change::Insert(at, byte) => {
            let mut bytes = text.as_bytes().to_vec();
            let at = at % bytes.len().max(1);
            if matches!(change, Change::Insert(..)) || bytes.is_empty() {
                bytes.insert(at.min(bytes.len()), *byte);
            } else {
                bytes[at] = *byte;
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Change::Drop(at, length) => {
            let from = floor(text, at % text.len().max(1));
            let to = floor(text, from + length).max(from);
            format!("{}{}", &text[..from], &text[to..])
        }
        Change::SwapLines(one, other) => with_lines(text, |lines| {
            let count = lines.len();
            lines.swap(one % count, other % count);
        }),
        Change::DropLine(line) => with_lines(text, |lines| {
            let at = line % lines.len();
            lines.remove(at);
        }),
        Change::DoubleLine(line, to) => with_lines(text, |lines| {
            let copy = lines[line % lines.len()].clone();
            let at = to % (lines.len() + 1);
            lines.insert(at, copy);
        }),
        Change::Value(line, value) => with_lines(text, |lines| {
            let at = line % lines.len();
            if let Some((key, _)) = lines[at].split_once(": ") {
                lines[at] = format!("{key}: {}", NASTY[*value]);
            }
        }),
        Change::Number(at, number) => replaced(text, *at, &number.to_string(), |letter| {
            letter.is_ascii_digit()
        }),
        Change::Word(one, other) => {
            let word = |letter: char| letter.is_ascii_lowercase() || letter == '-';
            let words = pieces(text, word);
            let Some((from, to)) = words.get(other % words.len().max(1)).copied() else {
                return text.to_owned();
            };
            replaced(text, *one, &text[from..to], word)
        }
        Change::Graft(model, line, to) => with_lines(text, |lines| {
            let other = &models[model % models.len()];
            let count = other.lines().count().max(1);
            let grafted = other
                .lines()
                .skip(line % count)
                .take(5)
                .map(str::to_owned)
                .collect::<Vec<_>>();
            let at = to % (lines.len() + 1);
            lines.splice(at..at, grafted);
        }),
        Change::Cut(at) => text[..floor(text, at % text.len().max(1))].to_owned(),
    }
}

/// The text with one of its pieces replaced.
fn replaced(text: &str, which: usize, by: &str, belongs: impl Fn(char) -> bool) -> String {
    let pieces = pieces(text, belongs);
    match pieces.get(which % pieces.len().max(1)) {
        Some((from, to)) => format!("{}{by}{}", &text[..*from], &text[*to..]),
        None => text.to_owned(),
    }
}

fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

#[test]
fn changed_models_never_break_the_compiler() {
    let models = models();
    let strategy = (0..models.len(), proptest::collection::vec(change(), 1..6));
    let outcome = runner(90_000).run(&strategy, |(model, changes)| {
        let text = changes.iter().fold(models[model].clone(), |text, change| {
            apply(&text, change, &models)
        });
        feed(&text);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn texts_that_are_no_models_are_refused() {
    let yaml =
        "[ -~\\n]{0,200}|([a-z]{1,6}: ?[\\[{]?[a-z0-9 ,:]{0,20}[\\]}]?\\n){0,10}|\\PC{0,100}";
    runner(10_000)
        .run(&yaml, |text| {
            feed(&text);
            feed(&format!("scaleproof: model/1\n{text}"));
            Ok(())
        })
        .unwrap();
}

/// Sizes that only an attacker writes: megabytes take seconds to read, but nothing grows faster than its text.
#[test]
fn sizes_beyond_reason_are_answered() {
    let feed_large = |text: &str| feed_within(text, Duration::from_secs(15));
    let head = "scaleproof: model/1\nname: x\nworkloads: { w: { open: { rate: 1/s }, mix: { s0.e: 1 } } }\n";
    let service =
        |number: usize, body: &str| format!("  s{number}: {{ endpoints: {{ e: {body} }} }}\n");
    let chain: String = (0..20_000)
        .map(|number| {
            service(
                number,
                &format!("[ {{ compute: 1ms }}, {{ call: s{}.e }} ]", number + 1),
            )
        })
        .collect();
    feed_large(&format!(
        "{head}services:\n{chain}{}",
        service(20_000, "{ compute: 1ms }")
    ));
    let ring: String = (0..10_000)
        .map(|number| service(number, &format!("{{ call: s{}.e }}", (number + 1) % 10_000)))
        .collect();
    feed_large(&format!("{head}services:\n{ring}"));
    let steps = "        - { call: s0.e, retry: 3, timeout: 1s }\n".repeat(20_000);
    feed_large(&format!(
        "{head}services:\n  s0: {{ endpoints: {{ e: {{ compute: 1ms }} }} }}\n  s1:\n    endpoints:\n      e:\n{steps}"
    ));
    let nested = (0..45).fold("{ compute: 1ms }".to_owned(), |inner, _| {
        format!("{{ get: c, miss: {inner} }}")
    });
    feed_large(&format!(
        "{head}data: {{ d: {{ items: 9 }} }}\ncaches: {{ c: {{ of: d, capacity: 5 items }} }}\nservices: {{ s0: {{ endpoints: {{ e: {nested} }} }} }}\n"
    ));
    let loops = (0..45).fold("{ compute: 1ms }".to_owned(), |inner, _| {
        format!("{{ repeat: 1000000, do: {inner} }}")
    });
    feed_large(&format!(
        "{head}services: {{ s0: {{ endpoints: {{ e: {loops} }} }} }}\n"
    ));
    for (field, number) in [
        ("replicas", "65536"),
        ("replicas", "9000000000000000"),
        ("concurrency", "9000000000000000"),
        ("cores", "1e300"),
    ] {
        feed_large(&format!(
            "{head}services: {{ s0: {{ {field}: {number}, endpoints: {{ e: {{ compute: 1ms }} }} }} }}\n"
        ));
    }
    let regions: Vec<String> = (0..999)
        .map(|number| format!("  r{number}: {{}}"))
        .collect();
    let regions = regions.join("\n") + "\n";
    let everywhere: Vec<String> = (0..999).map(|number| format!("r{number}")).collect();
    feed_large(&format!(
        "{head}regions:\n{regions}services: {{ s0: {{ in: [{}], replicas: 50, endpoints: {{ e: {{ compute: 1ms }} }} }} }}\n",
        everywhere.join(", ")
    ));
    feed_large(&"[".repeat(100_000));
    feed_large(&format!(
        "{head}a: &a [x]\n{}",
        (0..60)
            .map(|n| format!("b{n}: &b{n} [*a, *a, *a]"))
            .collect::<Vec<_>>()
            .join("\n")
    ));
}
