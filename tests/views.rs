//! Replicas that keep failing and are left out, on timelines computed by hand: `1:0` is the request at 1 s, served by replica 0.

mod common;

use common::heard;
use scaleproof::engine::{Outcome, Probe};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    failed: String,
}

impl Probe for Log {
    fn arrived(&mut self, station: u32, now: u64) {
        let _ = write!(self.text, "{}:{station} ", now / 1_000_000_000);
    }
    fn settled(&mut self, _entry: u32, birth: u64, _now: u64, outcome: Outcome) {
        if outcome.is_err() {
            let _ = write!(self.failed, "{} ", birth / 1_000_000_000);
        }
    }
}

/// One request a second, at 1 s, 2 s and so on, each of which wants 0.5 s of a processor: the first replica is too slow for a timeout
/// of 0.9 s, the others are not.
fn log(slow: u32, fine: u32, fields: &str, seconds: u64) -> Log {
    let text = format!(
        "scaleproof: model/1\nname: views\ndata: {{ things: {{ items: 50, popularity: uniform }} }}\n\
         workloads: {{ w: {{ open: {{ rate: 1/s, process: paced }}, mix: {{ ask: 1 }} }} }}\n\
         journeys: {{ ask: {{ call: s.go, timeout: 900ms, cancel: propagate }} }}\n\
         services:\n  s: {{ {fields}, endpoints: {{ go: {{ compute: 500ms }} }},\n\
         \x20      groups: {{ gray: {{ replicas: {slow}, speed: 0.5 }}, fine: {{ replicas: {fine} }} }} }}\n"
    );
    heard(&text, seconds)
}

/// Two in turn. The slow one fails at 0.9 s and 2.9 s, and is out for 4 s, until 6.9 s: the other gets all. Its next failures, at 8.9 s
/// and 10.9 s, are not yet forgiven: it is out for twice as long, until 18.9 s, and its turn comes at 20 s.
#[test]
fn who_fails_in_a_row_is_left_out_the_longer_the_more_often() {
    let log = log(
        1,
        1,
        "balance: round-robin, eject: { after: 2, for: 4s, most: 50% }",
        21,
    );
    assert_eq!(
        log.text,
        "0:0 1:1 2:0 3:1 4:1 5:1 6:1 7:1 8:0 9:1 10:0 11:1 12:1 13:1 14:1 15:1 16:1 17:1 18:1 19:1 20:0 "
    );
    assert_eq!(log.failed, "0 2 8 10 ");
}

/// Two of four are slow, but no more than a quarter may be out, which is one: the other one fails again and again, at every
/// third turn (the turn goes on among those who are in).
#[test]
fn only_so_many_are_out_at_once() {
    let log = log(
        2,
        2,
        "balance: round-robin, eject: { after: 1, for: 100s, most: 25% }",
        11,
    );
    assert_eq!(log.text, "0:0 1:2 2:3 3:1 4:2 5:3 6:1 7:2 8:3 9:1 10:2 ");
    assert_eq!(log.failed, "0 3 6 9 ");
}

/// Both are slow and out, from 0.9 s and 1.9 s on: the balancer picks from both again.
#[test]
fn when_all_are_out_all_are_in() {
    let log = log(
        1,
        1,
        "speed: 0.5, balance: round-robin, eject: { after: 1, for: 100s, most: 100% }",
        6,
    );
    assert_eq!(log.text, "0:0 1:1 2:1 3:0 4:1 5:0 ");
    assert_eq!(log.failed, "0 1 2 3 4 ");
}

/// Whatever the rule, and whether it sees all or its own caller's calls only: the slow one fails once and is never picked again.
#[test]
fn all_balancers_leave_out_who_is_out() {
    let rules = [
        "random",
        "{ weighted: { gray: 1, fine: 2 } }",
        "round-robin",
        "{ smooth-weighted: { gray: 1, fine: 2 } }",
        "least-requests",
        "{ least-requests: { view: caller } }",
        "power-of-d",
        "{ power-of-d: { choices: 3 } }",
        "join-idle-queue",
        "least-work",
        "peak-ewma",
        "{ peak-ewma: { view: caller } }",
        "{ consistent-hash: { key: things } }",
        "{ consistent-hash: { key: things, bound: 1.5 } }",
        "{ sticky: { key: things } }",
    ];
    for rule in rules {
        let eject = "eject: { after: 1, for: 1000s, longest: 1000s, most: 25% }";
        let log = log(1, 3, &format!("balance: {rule}, {eject}"), 200);
        let slow = log.text.matches(":0 ").count();
        assert_eq!(slow, 1, "{rule}: {}", log.text);
        assert_eq!(log.failed.split(' ').count(), 2, "{rule}: {}", log.failed);
        for fine in [":1 ", ":2 ", ":3 "] {
            assert!(log.text.contains(fine), "{rule}: {}", log.text);
        }
    }
}

/// Two callers with turns of their own both begin at the first replica: requests at 0, 1, 2, … by each caller in turn see 0 0 1 1 2 2. With
/// one counter for all they see 0 1 2 0 1 2. Smooth weights of 2 and 1 give 0 1 0 for each of them, twice over.
#[test]
fn turns_of_each_caller_or_of_all() {
    let seen = |balance: &str, groups: &str| {
        let text = format!(
            "scaleproof: model/1\nname: turns\nworkloads: {{ w: {{ open: {{ rate: 1/s, process: paced }}, mix: {{ front.go: 1 }} }} }}\n\
             services:\n  s: {{ {groups}, balance: {balance}, endpoints: {{ go: [] }} }}\n  \
             front: {{ replicas: 2, balance: round-robin, endpoints: {{ go: {{ call: s.go }} }} }}\n"
        );
        let log: Log = heard(&text, 6);
        let stations = log
            .text
            .split_whitespace()
            .map(|at| at.split_once(':').expect("a place").1);
        stations
            .filter(|station| *station < "3")
            .collect::<String>()
    };
    assert_eq!(seen("round-robin", "replicas: 3"), "012012");
    assert_eq!(
        seen("{ round-robin: { view: caller } }", "replicas: 3"),
        "001122"
    );
    let groups = "groups: { big: { replicas: 1, weight: 2 }, small: { replicas: 1, weight: 1 }, none: { replicas: 1, weight: 0.001 } }";
    assert_eq!(
        seen("{ smooth-weighted: { view: caller } }", groups),
        "001100"
    );
    assert_eq!(seen("smooth-weighted", groups), "010010");
    let named = "{ smooth-weighted: { view: caller, big: 2, small: 1, none: 0.001 } }";
    let bare = "groups: { big: { replicas: 1 }, small: { replicas: 1 }, none: { replicas: 1 } }";
    assert_eq!(seen(named, bare), "001100");
}
