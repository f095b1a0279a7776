//! Every chart is drawn, read back as shapes, and looked at by machine: nothing may leave the sheet, no words may
//! run into each other, names may not become marks.
#![expect(clippy::unwrap_used, reason = "tests")]

use resvg::usvg::{Group, Node, Rect};

use super::*;
use crate::report::fixture;

fn all() -> Vec<(&'static str, Chart)> {
    let runs = [
        ("shop", fixture::shop()),
        ("queue", fixture::queue()),
        ("crowd", fixture::crowd()),
        ("spike", fixture::spike()),
    ];
    let mut charts: Vec<(&str, Chart)> = runs
        .iter()
        .flat_map(|(name, result)| of_run(result).into_iter().map(|chart| (*name, chart)))
        .collect();
    charts.extend(
        of_comparison(&fixture::comparison())
            .into_iter()
            .map(|chart| ("both", chart)),
    );
    charts
}

/// Words with their place and size, both in pixels of the sheet.
struct Said {
    words: String,
    place: Rect,
    size: f32,
}

fn said(chart: &Chart) -> (f32, f32, Vec<Said>) {
    fn walk(group: &Group, into: &mut Vec<Said>) {
        for node in group.children() {
            match node {
                Node::Group(group) => walk(group, into),
                Node::Text(text) => {
                    let chunks = text.chunks();
                    let words = chunks
                        .iter()
                        .map(|chunk| chunk.text().trim().to_owned())
                        .collect();
                    let size = chunks[0].spans()[0].font_size().get() * text.abs_transform().sy;
                    into.push(Said {
                        words,
                        place: text.abs_bounding_box(),
                        size,
                    });
                }
                _ => {}
            }
        }
    }
    let tree = png::tree(&chart.svg);
    let mut all = Vec::new();
    walk(tree.root(), &mut all);
    (tree.size().width(), tree.size().height(), all)
}

#[test]
fn charts_are_drawn_when_there_is_something_to_show() {
    let names = |result| {
        of_run(&result)
            .iter()
            .map(|chart| chart.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(fixture::shop()),
        ["percentiles", "utilisation", "timeline", "topology", "cost"]
    );
    assert_eq!(
        names(fixture::queue()),
        ["percentiles", "utilisation", "topology"]
    );
}

#[test]
fn nothing_leaves_the_sheet_and_no_words_touch() {
    for (run, chart) in all() {
        let (width, height, all) = said(&chart);
        assert!(all.len() > 4, "{run} {}", chart.name);
        for (at, one) in all.iter().enumerate() {
            let place = one.place;
            let inside = place.left() >= 0.0
                && place.top() >= 0.0
                && place.right() <= width
                && place.bottom() <= height;
            assert!(
                inside,
                "{run} {}: `{}` leaves the sheet",
                chart.name, one.words
            );
            for other in &all[at + 1..] {
                let beside = other.place;
                let apart = place.right() <= beside.left() + 0.5
                    || beside.right() <= place.left() + 0.5
                    || place.bottom() <= beside.top() + 0.5
                    || beside.bottom() <= place.top() + 0.5;
                let words = (&one.words, &other.words);
                assert!(apart, "{run} {}: {words:?} run into each other", chart.name);
            }
        }
    }
}

#[test]
fn words_are_large_enough_and_no_wider_than_measured() {
    for (run, chart) in all() {
        for one in said(&chart).2 {
            assert!(
                one.size > 10.9,
                "{run} {}: `{}` {}",
                chart.name,
                one.words,
                one.size
            );
            let most = measure::width_of(&one.words, f64::from(one.size)) + 1.0;
            let width = f64::from(one.place.width());
            assert!(
                width <= most,
                "{run} {}: `{}` {width} > {most}",
                chart.name,
                one.words
            );
        }
    }
}

#[test]
fn names_never_become_marks() {
    for (run, chart) in all() {
        assert!(!chart.svg.contains("<script"), "{run} {}", chart.name);
        assert!(
            !chart.svg.contains("{{") || chart.svg.contains("&lt;script"),
            "{run} {}",
            chart.name
        );
        assert!(!chart.svg.contains('\u{e000}'), "{run} {}", chart.name);
    }
    let shop = of_run(&fixture::shop());
    assert!(
        shop[1]
            .svg
            .contains(&format!("<title>{}</title>", fixture::LONG)),
        "a shortened name in full"
    );
}

#[test]
fn the_same_result_has_the_same_bytes() {
    assert_eq!(all(), all());
    let chart = &of_run(&fixture::queue())[0];
    assert_eq!(chart.png(), chart.png());
    assert_eq!(&chart.png()[1..4], b"PNG");
}

#[test]
fn text_forms_name_every_part_and_line() {
    let shop = fixture::shop();
    for text in [mermaid(&shop), dot(&shop)] {
        assert!(text.contains(fixture::LONG));
        assert_eq!(
            text.lines().filter(|line| line.contains("->")).count(),
            shop.topology.len()
        );
    }
}

#[test]
fn graphviz_takes_the_topology_when_it_is_installed() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let Ok(mut child) = Command::new("dot")
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        return;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(dot(&fixture::shop()).as_bytes())
        .unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && !said.contains("rror"), "{said}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("recommendation"));
}

#[test]
fn a_study_of_one_window_shows_a_median_with_its_band() {
    let chart = |result: &RunResult| {
        let found = of_run(result)
            .into_iter()
            .find(|chart| chart.name == "timeline");
        found.unwrap().svg
    };
    let named = "requests in progress: median of 24 replications, and the middle 90 % at each time";
    assert!(!chart(&fixture::shop()).contains(named));
    assert!(chart(&fixture::spike()).contains(named));
}

fn words_of(result: &RunResult, name: &str) -> Vec<String> {
    let chart = of_run(result).into_iter().find(|chart| chart.name == name);
    let (_, _, all) = said(&chart.unwrap());
    all.into_iter().map(|said| said.words).collect()
}

#[test]
fn limits_on_latency_stand_in_the_row_of_their_request() {
    let mut shop = fixture::shop();
    let words = words_of(&shop, "percentiles");
    assert!(
        words.iter().any(|words| words == "p99 ≤ 800 ms"),
        "{words:?}"
    );
    assert!(
        words
            .iter()
            .any(|words| words.contains("limits of objectives"))
    );
    shop.objectives.clear();
    let words = words_of(&shop, "percentiles");
    assert!(
        !words
            .iter()
            .any(|words| words.contains('≤') || words.contains("limits"))
    );
}

#[test]
fn queues_and_the_bottleneck_are_followed_over_time() {
    let mut shop = fixture::shop();
    let has = |result: &RunResult, part: &str| {
        let words = words_of(result, "timeline");
        words.iter().any(|words| words.contains(part))
    };
    assert!(has(&shop, "length of all queues"));
    assert!(has(&shop, "busy share of the processors of catalog"));
    for point in &mut shop.timeline {
        (point.busy, point.waiting) = (None, 0.0);
    }
    assert!(!has(&shop, "length of all queues") && !has(&shop, "busy share"));
}

/// Five columns of boxes, and a name of the shop of `models/online-boutique.yaml` that is as long as any there.
#[test]
fn names_in_the_topology_are_whole_where_there_is_room() {
    let mut shop = fixture::shop();
    let name = "recommendation-list";
    let old = shop.components[0].name.clone();
    shop.components[0].name = name.into();
    for edge in &mut shop.topology {
        for end in [&mut edge.from, &mut edge.to] {
            if *end == old {
                *end = name.into();
            }
        }
    }
    let words = words_of(&shop, "topology");
    assert!(words.iter().any(|words| words == name), "{words:?}");
}
