//! What stands round each attempt of a call, on timelines computed by hand: connections, deadlines, retries by cause, copies.
//!
//! `sent` lists the times [s] at which attempts of calls of the endpoint asked last set out, `ends` how the users fare.

mod common;

use common::heard;
use scaleproof::engine::{Outcome, Probe};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    ends: String,
    /// By endpoint, in the order in which they are written.
    sent: Vec<String>,
    /// Units of pools: `0-3` was held, `1-3 left` waited in vain.
    units: String,
    /// Slots: station and times.
    slots: String,
}

fn seconds(ns: u64) -> f64 {
    (ns as f64 / 1e6).round() / 1e3
}

impl Probe for Log {
    fn called(&mut self, _call: u32, endpoint: u32, _attempt: u8, now: u64) {
        self.sent
            .resize(self.sent.len().max(endpoint as usize + 1), String::new());
        let _ = write!(self.sent[endpoint as usize], "{} ", seconds(now));
    }
    fn settled(&mut self, _entry: u32, birth: u64, now: u64, outcome: Outcome) {
        let word = outcome.map_or_else(scaleproof::policy::Cause::name, |()| "ok");
        let _ = write!(self.ends, "{}-{} {word}; ", seconds(birth), seconds(now));
    }
    fn used(&mut self, _quantity: u32, _instance: u32, from: u64, to: u64, _units: u32) {
        let _ = write!(self.units, "{}-{} ", seconds(from), seconds(to));
    }
    fn gave_up(&mut self, _quantity: u32, from: u64, to: u64) {
        let _ = write!(self.units, "{}-{} left ", seconds(from), seconds(to));
    }
    fn occupied(&mut self, station: u32, from: u64, to: u64, _wasted: bool) {
        let _ = write!(self.slots, "{station}:{}-{} ", seconds(from), seconds(to));
    }
}

impl Log {
    /// When attempts were sent to the endpoint that is written last.
    fn last(&self) -> &str {
        self.sent.last().map_or("", |sent| sent.trim_end())
    }
}

/// Users who ask once each, for `a.e`, at 0 s, 1 s, 2 s and so on.
fn users(number: u32, rest: &str) -> Log {
    heard(
        &format!(
            "scaleproof: model/1\nname: attempts\ndata: {{ things: {{ items: 1 }} }}\n\
             workloads: {{ w: {{ closed: {{ users: {number}, think: 1000s, ramp: 1/s }}, mix: {{ a.e: 1 }} }} }}\n{rest}"
        ),
        500,
    )
}

/// `a.e` calls `d.q`, which takes so long, over a pool of so many connections.
fn pooled(number: u32, connections: &str, takes: &str, call: &str) -> Log {
    users(
        number,
        &format!(
            "services: {{ a: {{ endpoints: {{ e: {{ call: d.q, {call} }} }} }} }}\n\
             databases: {{ d: {{ replicas: 2, read: any, connections: {{ {connections} }}, queries: {{ q: {{ reads: one, do: {{ sleep: {takes} }} }} }} }} }}\n"
        ),
    )
}

/// Each attempt takes half a second in vain, and the next comes 10 s later. Meanwhile the only connection is free: the second user has it
/// from 1 s on, and nobody waits for anybody.
#[test]
fn no_connection_is_held_while_backing_off() {
    let log = pooled(
        2,
        "per-caller: 1",
        "50s",
        "timeout: 0.5s, retry: { attempts: 2, backoff: 10s }",
    );
    assert_eq!(log.ends, "0-11 timeout; 1-12 timeout; ");
    assert_eq!(log.units, "0-0.5 1-1.5 10.5-11 11.5-12 ");
}

/// The first holds the connection for 50 s. The second waits for a second three times in a row, and once if only timeouts deserve more.
#[test]
fn each_attempt_waits_for_a_connection_anew() {
    let ends = |retry: &str| pooled(2, "per-caller: 1, wait: 1s", "50s", retry).ends;
    assert_eq!(ends("retry: 3"), "1-4 no-connection; 0-50 ok; ");
    assert_eq!(
        ends("retry: { attempts: 3, backoff: 2s }"),
        "1-8 no-connection; 0-50 ok; "
    );
    assert_eq!(
        ends("retry: { attempts: 3, when: [no-connection] }"),
        "1-4 no-connection; 0-50 ok; "
    );
    assert_eq!(
        ends("retry: { attempts: 3, when: [timeout] }"),
        "1-2 no-connection; 0-50 ok; "
    );
}

/// A timeout is for the attempt alone, from its send: it begins with the connection, at 3 s. A deadline is for the wait as well.
#[test]
fn a_timeout_begins_with_the_connection_and_a_deadline_before_it() {
    let ends = |call: &str| pooled(2, "per-caller: 1", "3s", call).ends;
    assert_eq!(ends("timeout: 4s"), "0-3 ok; 1-6 ok; ");
    assert_eq!(ends("deadline: 4s"), "0-3 ok; 1-5 timeout; ");
}

/// The connection comes free at 3 s, which is the second's deadline: the third has it, though it came last. At that instant either the
/// one comes back first or the other is over first.
#[test]
fn nothing_begins_at_its_deadline() {
    let log: Log = heard(
        "scaleproof: model/1\nname: attempts\nworkloads: { w: { closed: { users: 1, think: 1000s }, mix: { all: 1 } } }\n\
         journeys: { all: { parallel: [ { call: a.one }, [ { sleep: 1s }, { call: a.two, on-failure: continue } ], [ { sleep: 2s }, { call: a.three } ] ] } }\n\
         services: { a: { endpoints: { one: { call: d.q }, two: { call: d.q, deadline: 2s }, three: { call: d.q } } } }\n\
         databases: { d: { connections: { per-caller: 1 }, queries: { q: { reads: one, do: { sleep: 3s } } } } }\n",
        100,
    );
    let either = ["0-3 1-3 left 3-6 ", "1-3 left 0-3 3-6 "];
    assert!(either.contains(&log.units.as_str()), "{}", log.units);
    assert_eq!(log.last(), "0 3");
    assert_eq!(log.ends, "0-6 ok; ");
}

/// Attempts at 0, 0.2, 0.4, 0.6 and 0.8 s, each with a tenth to answer and a tenth to wait; the next would begin at the deadline. With a
/// backoff that would end after it there is no further attempt either, and the call ends with its time, not before.
#[test]
fn a_backoff_that_ends_at_the_deadline_leads_to_nothing() {
    let log = |retry: &str| {
        users(
            1,
            &format!(
                "services:\n  a: {{ endpoints: {{ e: {{ call: b.e, timeout: 100ms, deadline: 1s, retry: {retry} }} }} }}\n  \
                 b: {{ endpoints: {{ e: {{ sleep: 10s }} }} }}\n"
            ),
        )
    };
    let tenth = log("{ attempts: 10, backoff: 100ms }");
    assert_eq!(
        (tenth.last(), tenth.ends.as_str()),
        ("0 0.2 0.4 0.6 0.8", "0-1 timeout; ")
    );
    let long = log("{ attempts: 10, backoff: 700ms }");
    assert_eq!(
        (long.last(), long.ends.as_str()),
        ("0 0.8", "0-1 timeout; ")
    );
    // At once: the tenth attempt would begin at the deadline, and there is none.
    let none = log("unlimited-but-for-the-deadline"
        .replace("unlimited-but-for-the-deadline", "20")
        .as_str());
    assert_eq!(none.last(), "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9");
}

/// Every word of `when` is a cause that leads to new attempts, alone, and none of the others does: two backoffs of 2 s.
#[test]
fn each_cause_is_retried_when_it_is_named() {
    let service =
        |fields: &str, body: &str| format!("  b: {{ {fields}endpoints: {{ e: {body} }} }}\n");
    let database = "databases: { b: { connections: { per-caller: 1, wait: 1s }, queries: { e: { reads: one, do: { sleep: 90s } } } } }\n";
    let long = "{ sleep: 90s }";
    let causes = [
        ("refused", service("concurrency: 1, backlog: 0, ", long), ""),
        (
            "abandoned",
            service("concurrency: 1, patience: 1s, ", long),
            "",
        ),
        ("timeout", service("", long), "timeout: 1s, "),
        ("error", service("", "fail"), ""),
        (
            "unreachable",
            service("reliability: { up: 1ms, down: 900s }, ", long),
            "",
        ),
        ("no-connection", database.to_owned(), ""),
        (
            "limited",
            service("", long),
            "rate-limit: { token-bucket: { rate: 1/h, burst: 1 } }, ",
        ),
    ];
    for (cause, callee, guards) in &causes {
        // The first call takes what there is of slots, connections and tokens; the end is that of the first attempts in vain.
        let end = |when: &str| {
            let log: Log = heard(
                &format!(
                    "scaleproof: model/1\nname: attempts\nworkloads: {{ w: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ j: 1 }} }} }}\n\
                     journeys: {{ j: {{ parallel: [ {{ call: a.e }}, [ {{ sleep: 1s }}, {{ call: a.e }} ] ] }} }}\n\
                     services:\n  a: {{ endpoints: {{ e: {{ call: b.e, {guards}retry: {{ attempts: 3, backoff: 2s, when: [{when}] }} }} }} }}\n{callee}"
                ),
                80,
            );
            let (span, how) = log.ends.split_once(' ').expect("it ends");
            assert!(how.starts_with(cause), "{cause}: {}", log.ends);
            span.trim_start_matches("0-")
                .parse::<f64>()
                .expect("a time")
        };
        let others: Vec<&str> = causes
            .iter()
            .map(|row| row.0)
            .filter(|other| other != cause)
            .collect();
        let more = end(cause) - end(&others.join(", "));
        assert!(more >= 4.0, "{cause}: {more}");
    }
}

/// Copies leave after 1 s. With two connections the second is sent at 1 s; with one it waits until the first is given up at 2 s, and has its
/// own two seconds from then on. At a deadline of 1.5 s both are let go, and the connection of the one is none for the other.
#[test]
fn each_copy_needs_a_connection_of_its_own() {
    let log = |pool: u32, guards: &str| {
        pooled(
            1,
            &format!("per-caller: {pool}"),
            "5s",
            &format!("hedge: {{ after: 1s }}{guards}"),
        )
    };
    let two = log(2, "");
    assert_eq!((two.last(), two.ends.as_str()), ("0 1", "0-5 ok; "));
    let one = log(1, "");
    assert_eq!((one.last(), one.ends.as_str()), ("0", "0-5 ok; "));
    let late = log(1, ", timeout: 2s");
    assert_eq!((late.last(), late.ends.as_str()), ("0 2", "0-4 timeout; "));
    assert_eq!(late.units, "0-2 2-4 ");
    let over = log(1, ", deadline: 1.5s");
    assert_eq!((over.last(), over.ends.as_str()), ("0", "0-1.5 timeout; "));
    assert_eq!(over.units, "1-1.5 left 0-1.5 ");
    // The second would leave at the deadline.
    let none = log(1, ", deadline: 1s");
    assert_eq!((none.last(), none.ends.as_str()), ("0", "0-1 timeout; "));
}

/// The pool of `b` has one unit, held from 0 s to 3 s for a caller who has given up at 2 s. The second's deadline is 3 s, when the unit
/// comes back: it gets nothing. The third, of 4 s, has it from 3 s to 6 s. The fourth waits from 3 s to its own deadline at 5 s, and no
/// longer: its slot is free then.
#[test]
fn a_deadline_that_is_passed_on_ends_the_wait_for_units() {
    let log = users(
        4,
        "services:\n  a: { endpoints: { e: { call: b.e, deadline: { after: 2s, propagate: true } } } }\n  \
         b: { pools: { disk: { size: 1 } }, endpoints: { e: { hold: disk, do: { sleep: 3s } } } }\n",
    );
    assert_eq!(
        log.ends,
        "0-2 timeout; 1-3 timeout; 2-4 timeout; 3-5 timeout; "
    );
    assert!(
        log.units == "0-3 1-3 left 3-5 left 3-6 " || log.units == "1-3 left 0-3 3-5 left 3-6 ",
        "{}",
        log.units
    );
    assert!(
        log.slots.contains("1:3-5 ") && log.slots.contains("1:1-3 "),
        "{}",
        log.slots
    );
}

/// The same for row locks of a database, and for waiting for another's fetch of an object.
#[test]
fn a_deadline_that_is_passed_on_ends_other_waits() {
    let call = "services:\n  a: { endpoints: { e: { call: b.e, deadline: { after: 2s, propagate: true } } } }\n";
    let locks = users(
        3,
        &format!(
            "{call}databases: {{ b: {{ of: things, queries: {{ e: {{ writes: one, lock: things, do: {{ sleep: 3s }} }} }} }} }}\n"
        ),
    );
    assert!(
        locks.units == "0-3 1-3 left 3-6 " || locks.units == "1-3 left 0-3 3-6 ",
        "{}",
        locks.units
    );
    let fetch = users(
        2,
        &format!(
            "{call}  b: {{ endpoints: {{ e: {{ get: c, miss: {{ call: o.f }} }} }} }}\n  o: {{ endpoints: {{ f: {{ sleep: 10s }} }} }}\n\
             caches: {{ c: {{ of: things, per: b, capacity: 9 items, coalesce: true }} }}\n"
        ),
    );
    assert_eq!(fetch.ends, "0-2 timeout; 1-3 timeout; ");
    assert!(fetch.slots.contains("1:1-3 "), "{}", fetch.slots);
}
