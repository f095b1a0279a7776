//! Stores of objects, on timelines and bills computed by hand: `2:5` is the third user who ends at 5 s.
//!
//! Users are 2 s (there and back) from the store and receive 500 B/s; objects have 1,000 B, so that they take 2 s. The first byte comes
//! after 1 s from `hot`, 3 s from `warm` (objects of 10 s and more) and 8 s from `cold` (20 s and more).

mod common;

use scaleproof::analysis::{bill, tiers};
use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::lab::{self, Request, Silent};
use std::fmt::Write as _;

const TIERS: &str = "tiers: { hot: { first-byte: 1s }, warm: { first-byte: 3s }, cold: { first-byte: 8s } }, \
    moves: [ { to: warm, after: 10s }, { to: cold, after: 20s } ]";

#[derive(Default)]
struct Log {
    text: String,
    /// Objects and bytes by meter: hot, warm, cold, gone, written.
    meters: Vec<(u64, u64)>,
}

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: Outcome) {
        let at = (now as f64 / 1e6).round() / 1e3;
        let _ = match outcome {
            Ok(()) => write!(self.text, "{entry}:{at} "),
            Err(cause) => write!(self.text, "{entry}:{at} {} ", cause.name()),
        };
    }
    fn metered(&mut self, meter: u32, bytes: u64, _now: u64) {
        let row = &mut self.meters[meter as usize];
        *row = (row.0 + 1, row.1 + bytes);
    }
}

/// Users who ask once, each at its time [s] with `files.…` for its object.
fn log(users: &[(f64, &str, u32)], store: &str) -> Log {
    let mut text = "scaleproof: model/1\nname: store\n\
        data: { media: { items: 5, size: 1000B } }\nworkloads:\n"
        .to_owned();
    for number in 0..users.len() {
        let _ = writeln!(
            text,
            "  w{number}: {{ access: {{ rtt: 2s, down: 500B/s }}, closed: {{ users: 1, think: 1000s }}, mix: {{ j{number}: 1 }} }}"
        );
    }
    text.push_str("attributes: { file: { key: media } }\njourneys:\n");
    for (number, (at, endpoint, object)) in users.iter().enumerate() {
        let _ = writeln!(
            text,
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: files.{endpoint}, key: file, with: {{ file: {object} }} }} ]"
        );
    }
    let _ = writeln!(text, "stores: {{ files: {{ of: media, {store} }} }}");
    let plan = common::plan(&text);
    let log = Log {
        meters: vec![(0, 0); plan.meters() as usize],
        ..Log::default()
    };
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, log);
    engine.run_until(500_000_000_000).expect("no overflow");
    engine.close();
    let mut log = std::mem::take(&mut engine.probe);
    log.text.truncate(log.text.trim_end().len());
    log
}

/// At the store at 1, its first byte from there, 1 s of way back and 2 s of sending.
#[test]
fn the_age_of_an_object_decides_its_tier() {
    let at_age = |age: &str| log(&[(0.0, "get", 0)], &format!("{TIERS}, age: {age}")).text;
    assert_eq!(at_age("9s"), "0:5");
    assert_eq!(at_age("10s"), "0:7");
    assert_eq!(at_age("19s"), "0:7");
    assert_eq!(at_age("20s"), "0:12");
    // One object has one age, however often it is asked for: of ages that are 5 s or 15 s some objects are hot, some warm.
    let users: Vec<(f64, &str, u32)> = (0..10)
        .map(|user| (20.0 * f64::from(user), "get", user % 5))
        .collect();
    let ages = format!("{TIERS}, age: {{ empirical: {{ values: [5s, 15s] }} }}");
    let found = log(&users, &ages);
    let took: Vec<f64> = (found.text.split(' ').enumerate())
        .map(|(user, end)| {
            let at = end.split_once(':').expect("an end").1;
            at.parse::<f64>().expect("a time") - 20.0 * user as f64
        })
        .collect();
    assert_eq!(took[..5], took[5..]);
    assert!(took.contains(&5.0) && took.contains(&7.0), "{took:?}");
    assert!(
        took.iter().all(|took| [5.0, 7.0].contains(took)),
        "{took:?}"
    );
}

/// Put at 21 and, after the first byte of `hot`, there at 22: 9 s old at 31, 12 s at 34, 29 s at 51. The others stay old.
#[test]
fn a_put_makes_an_object_new() {
    let users = [
        (0.0, "get", 0),
        (20.0, "put", 0),
        (30.0, "get", 0),
        (33.0, "get", 0),
        (40.0, "get", 1),
        (50.0, "get", 0),
    ];
    let found = log(&users, &format!("{TIERS}, age: 100s"));
    assert_eq!(found.text, "0:12 1:23 2:35 3:40 4:52 5:62");
    let meters = [(1, 1000), (1, 1000), (3, 3000), (0, 0), (1, 1000)];
    assert_eq!(found.meters, meters);
}

/// 39 s old at 61, with a retention of 35 s: the failure is at once, and back at 62.
#[test]
fn what_is_too_old_is_gone() {
    let users = [
        (0.0, "get", 1),
        (20.0, "put", 0),
        (50.0, "get", 0),
        (60.0, "get", 0),
    ];
    let found = log(&users, &format!("{TIERS}, age: 100s, retention: 35s"));
    assert_eq!(found.text, "0:2 error 1:23 2:62 3:62 error");
    assert_eq!(found.meters[3], (2, 2000));
}

/// 1 GiB of objects with ages up to 100 d: a quarter younger than 25 d, a half up to 75 d, 15 % up to 90 d, a tenth gone. Kept for 0.4,
/// 0.2 and 0.1 USD/GiB: 0.1 + 0.1 + 0.015 USD a month. Read are 100 objects of 1 KiB a second, 262.8 million a month and 250.6 GiB,
/// half of them at 0.02 and 15 % at 0.1 USD/GiB: 2.506 + 3.759 USD.
#[test]
fn tiers_are_paid_for_what_they_keep_and_what_is_read() {
    let text = "scaleproof: model/1\nname: bill\ndata: { media: { items: 1048576, size: 1024B } }\n\
        workloads: { w: { open: { rate: 100/s, process: paced }, mix: { files.get: 1 } } }\n\
        stores: { files: { of: media, age: { uniform: { from: 0s, to: 100d } }, retention: 90d, \
        moves: [ { to: warm, after: 25d }, { to: cold, after: 75d } ], tiers: { \
        hot: { first-byte: 10ms, price: 0.4 USD/GiB/month }, \
        warm: { first-byte: 20ms, price: 0.2 USD/GiB/month, retrieval: 0.02 USD/GiB }, \
        cold: { first-byte: 30ms, price: 0.1 USD/GiB/month, retrieval: 0.1 USD/GiB } } } }";
    let plan = common::plan(text);
    let request = Request {
        seed: 1,
        replications: Some(2),
        duration: Some(2_000_000_000_000),
        warm_up: Some(10_000_000_000),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let rows = tiers::result(&plan, &outcome, plan.stores[0].component);
    let near = |found: f64, known: f64, error: f64| {
        assert!((found - known).abs() <= error, "{found} is not {known}");
    };
    for (row, (tier, share)) in
        rows.iter()
            .zip([("hot", 0.25), ("warm", 0.5), ("cold", 0.15), ("gone", 0.1)])
    {
        assert_eq!(row.tier, tier);
        near(row.objects, share, 1e-9);
        // 400,000 reads: two in a thousand is more than two standard errors.
        near(row.reads.value.unwrap_or_default(), share, 2e-3);
    }
    let storage = rows.iter().map(|row| row.storage.unwrap_or_default());
    near(storage.sum(), 0.215, 1e-9);
    let gib = 262.8e6 * 1024.0 / f64::from(1 << 30);
    near(
        rows[1].retrieval.unwrap_or_default(),
        gib * 0.5 * 0.02,
        0.02,
    );
    near(
        rows[2].retrieval.unwrap_or_default(),
        gib * 0.15 * 0.1,
        0.06,
    );
    assert!(rows[0].retrieval.is_none() && rows[3].storage.is_none());
    near(rows[2].first_byte.unwrap_or_default(), 0.03, 1e-12);
    let cost = bill::total(&plan, &outcome).value.unwrap_or_default();
    near(cost, 0.215 + gib * (0.01 + 0.015), 0.07);
}
