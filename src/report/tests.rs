//! A result may come from any file: whatever its numbers are, every report is made, in bounded time, without a panic.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;

use super::{charts, csv, fixture, html, json, markdown, terminal};
use crate::analysis::RunResult;

/// Replaces numbers of the document by those of the list in turn; whole numbers stay whole.
fn spoilt(document: &mut Value, numbers: &[f64], turn: &mut usize) {
    match document {
        Value::Number(number) if number.is_f64() => {
            *turn += 1;
            *document = Value::from(numbers[*turn % numbers.len()]);
        }
        Value::Number(_) => {
            *turn += 1;
            *document = Value::from([0, 1, u32::MAX][*turn % 3]);
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| spoilt(item, numbers, turn)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| spoilt(field, numbers, turn)),
        _ => {}
    }
}

fn all_of(result: &RunResult) {
    let drawn = charts::of_run(result);
    for chart in &drawn {
        assert!(!chart.svg.contains("NaN"), "{}", chart.name);
    }
    let page = html::run(result, &drawn) + &markdown::run(result, &[]);
    let text = page + &terminal::run(result, terminal::Look::default());
    let spoilt = ["NaN", "inf ", "inf/"].map(|word| text.contains(word));
    assert_eq!(spoilt, [false; 3]);
    let wall = text.split(|letter: char| !letter.is_ascii_digit() && letter != '\u{202f}');
    assert!(
        wall.map(str::len).all(|length| length < 40),
        "a wall of digits"
    );
    assert!(csv::summary(result).lines().count() > 20);
    assert!(!charts::mermaid(result).is_empty() && !charts::dot(result).is_empty());
}

#[test]
fn no_number_is_too_strange() {
    let extremes: [&[f64]; 6] = [
        &[0.0],
        &[-1.5],
        &[1e300, 1e-300],
        &[f64::MAX, f64::MIN, 5e-324, 0.0],
        &[-0.0, 0.5, 1e18, -1e18, 3e-9],
        &[1.0, f64::MAX, 1.0],
    ];
    for result in [fixture::shop(), fixture::queue()] {
        for numbers in extremes {
            for start in 0..numbers.len() {
                let mut document = serde_json::from_str(&json::run(&result)).unwrap();
                spoilt(&mut document, numbers, &mut { start });
                let spoilt = json::read(&document.to_string()).unwrap();
                all_of(&spoilt);
                // Bitmaps take most of the time: once for each list.
                let drawn = charts::of_run(&spoilt).into_iter().filter(|_| start == 0);
                assert!(drawn.map(|chart| chart.png()).all(|png| !png.is_empty()));
            }
        }
    }
}

#[test]
fn numbers_that_are_none_are_left_out() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut result = fixture::shop();
        for endpoint in &mut result.endpoints {
            endpoint.latency.p50.value = Some(number);
            endpoint.latency.p99.high = Some(number);
            endpoint.latency.max = number;
        }
        for component in &mut result.components {
            component.cpu.as_mut().map(|cpu| cpu.value.replace(number));
            component
                .slots
                .as_mut()
                .map(|slots| slots.low.replace(number));
            component.imbalance = number;
            component.offered = number;
        }
        for point in &mut result.timeline {
            (point.born, point.ok, point.failed, point.p99) =
                (number, number, number, Some(number));
        }
        for edge in &mut result.topology {
            edge.rate = number;
        }
        for line in &mut result.cost.lines {
            line.per_month = number;
        }
        all_of(&result);
    }
}

#[test]
fn empty_results_are_reported_too() {
    let mut result = fixture::queue();
    result.endpoints.clear();
    result.components.clear();
    result.topology.clear();
    let drawn = charts::of_run(&result);
    assert!(drawn.is_empty());
    assert!(html::run(&result, &drawn).contains("How the run was made"));
    assert!(terminal::run(&result, terminal::Look::default()).contains("queue"));
}
