//! Popularity that drifts, as a cache sees it.

mod common;

use common::heard;
use scaleproof::engine::{Outcome, Probe};

#[derive(Default)]
struct Count {
    hits: u64,
    misses: u64,
    failed: u64,
}

impl Probe for Count {
    fn settled(&mut self, _entry: u32, _birth: u64, _now: u64, outcome: Outcome) {
        self.failed += u64::from(outcome.is_err());
    }
    fn hit(&mut self, _cache: u32, _now: u64) {
        self.hits += 1;
    }
    fn miss(&mut self, _cache: u32, _now: u64, _expired: bool) {
        self.misses += 1;
    }
}

/// One of 100 objects is asked for ten times a second, and kept; two objects swap once a second.
fn seen(data: &str, journey: &str, seconds: u64) -> Count {
    heard(
        &format!(
            "scaleproof: model/1\nname: drift\ndata: {{ things: {{ items: 100, popularity: {{ hot-set: {{ items: 1%, share: 100% }} }}, {data} }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 10/s, process: paced }}, mix: {{ {journey} }} }} }}\n\
             journeys: {{ j: [ {{ call: a.e, with: {{ things: fresh }} }} ] }}\n\
             caches: {{ memo: {{ of: things, per: a, capacity: 1 items }} }}\n\
             services: {{ a: {{ endpoints: {{ e: {{ get: memo, miss: [] }} }} }} }}\n"
        ),
        seconds,
    )
}

/// A swap of two of a hundred objects moves the one that is asked for with probability 1/50: 100 misses in 5,000 s beside the first. What is
/// drawn anew goes by the order of its moment as well.
#[test]
fn what_is_asked_for_moves() {
    for journey in ["a.e: 1", "j: 1"] {
        let count = seen("drift: { every: 1s, moves: 2% }", journey, 5_000);
        assert_eq!(count.hits + count.misses, 50_000);
        assert!((70..=132).contains(&count.misses), "{}", count.misses);
        assert_eq!(seen("", journey, 100).misses, 1, "without drift");
    }
}

/// All move at once: fifty swaps leave the first object where it is with probability 0.98^50 = 36 %, and hardly bring it back.
#[test]
fn a_large_drift_moves_nearly_all() {
    let count = seen("drift: { every: 1s, moves: 100% }", "a.e: 1", 2_000);
    let share = count.misses as f64 / 2_000.0;
    assert!((share - 0.632).abs() < 0.03, "{share}");
}

/// A request whose look-up takes a second, in the middle of which everything moves, keeps its object: what it missed is what it stores, and the
/// one who waits for that finds it.
#[test]
fn a_request_keeps_what_it_asks_for() {
    for mix in ["a.e", "j"] {
        let count = slowly(mix);
        // The second look-up of a request always finds what the first has stored or found.
        assert!(
            count.misses < 101 && count.hits > 5_800,
            "{mix}: {}",
            count.misses
        );
        assert_eq!(count.failed, 0, "{mix}");
    }
}

fn slowly(mix: &str) -> Count {
    heard(
        &"scaleproof: model/1\nname: drift\ndata: { things: { items: 100, popularity: { hot-set: { items: 1%, share: 100% } }, drift: { every: 10s, moves: 100% } } }\n\
         journeys: { j: { call: a.e, with: { things: fresh } } }\n\
         workloads: { w: { open: { rate: 1/s, process: paced }, mix: { MIX: 1 } } }\n\
         caches: { memo: { of: things, nodes: 3, capacity: 100 items, coalesce: true } }\n\
         services: { a: { endpoints: { e: [ { get: memo, miss: { sleep: 700ms } }, { sleep: 900ms }, { get: memo, miss: { fail: 100% } } ] } } }\n"
            .replace("MIX", mix),
        3_000,
    )
}
