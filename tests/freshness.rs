//! How fresh copies in caches are, on timelines computed by hand.
//!
//! Users of a closed workload with `ramp: 1/s` ask at 0 s, 1 s, 2 s, …, each once. A log tells what the cache did, in seconds: `m`
//! a miss, `h` a hit, `s` a stale one, `c` who waited for another's fetch, `+` what was stored.

mod common;

use common::heard;
use scaleproof::engine::{Outcome, Probe};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    /// Requests that did not end at once.
    slow: String,
    hits: u64,
    misses: u64,
    stale: u64,
}

impl Log {
    fn note(&mut self, sign: char, now: u64) {
        let _ = write!(self.text, "{sign}{} ", now as f64 / 1e9);
    }
}

impl Probe for Log {
    fn settled(&mut self, _entry: u32, birth: u64, now: u64, outcome: Outcome) {
        if now > birth || outcome.is_err() {
            let (birth, now) = (birth as f64 / 1e9, now as f64 / 1e9);
            let _ = write!(self.slow, "{birth}→{now} ");
        }
    }
    fn hit(&mut self, _cache: u32, now: u64) {
        self.hits += 1;
        self.note('h', now);
    }
    fn stale_hit(&mut self, _cache: u32, now: u64) {
        self.stale += 1;
        self.text.truncate(self.text.rfind('h').unwrap_or(0));
        self.note('s', now);
    }
    fn miss(&mut self, _cache: u32, now: u64, _expired: bool) {
        self.misses += 1;
        self.note('m', now);
    }
    fn coalesced(&mut self, _cache: u32, now: u64) {
        self.note('c', now);
    }
    fn stored(&mut self, _cache: u32, now: u64, _evicted: u64) {
        self.note('+', now);
    }
}

/// So many users ask one after the other for the one thing, which takes 2.5 s to fetch.
fn asked(users: u32, miss: &str, cache: &str) -> Log {
    heard::<Log>(
        &format!(
            "scaleproof: model/1\nname: fresh\ndata: {{ things: {{ items: 1 }} }}\n\
             workloads: {{ users: {{ closed: {{ users: {users}, think: 1000s, ramp: 1/s }}, mix: {{ a.e: 1 }} }} }}\n\
             services: {{ a: {{ endpoints: {{ e: {{ get: memo, miss: {miss} }} }} }} }}\n\
             caches: {{ memo: {{ of: things, capacity: 10 items, coalesce: true, {cache} }} }}"
        ),
        100,
    )
}

/// Stored at 2.5, stale from 6.5 on: 7 fetches it behind until 9.5, and 8 and 9 do not. Stale again from 13.5 on.
#[test]
fn a_stale_copy_is_given_out_while_one_flight_fetches_it_anew() {
    for cache in ["per: a", "nodes: 1"] {
        let cache = format!("ttl: {{ fixed: 10s, soft: 4s }}, {cache}");
        let log = asked(18, "{ sleep: 2.5s }", &cache);
        assert_eq!(
            log.text,
            "m0 +2.5 c2.5 c2.5 h3 h4 h5 h6 s7 s8 s9 +9.5 h10 h11 h12 h13 s14 s15 s16 +16.5 h17 ",
            "{cache}"
        );
        assert_eq!(log.slow, "0→2.5 1→2.5 2→2.5 ", "{cache}");
    }
}

/// Stored at 2.5, stale from 5.7 on and gone at 6.5: 6 fetches it behind until 8.5, 7 misses, and 8 waits until it is there again.
#[test]
fn past_its_time_to_live_a_copy_is_missed() {
    for cache in ["per: a", "nodes: 1"] {
        let cache = format!("ttl: {{ fixed: 4s, soft: 3.2s }}, {cache}");
        let log = asked(12, "{ sleep: 2.5s }", &cache);
        assert_eq!(
            log.text, "m0 +2.5 c2.5 c2.5 h3 h4 h5 s6 m7 +8.5 c8.5 h9 +9.5 h10 h11 ",
            "{cache}"
        );
        assert_eq!(log.slow, "0→2.5 1→2.5 2→2.5 8→8.5 7→9.5 ", "{cache}");
    }
}

/// The fetch behind 7 fails at 9.5: 10 finds the old copy and tries again.
#[test]
fn a_refresh_that_fails_leaves_the_copy_and_is_tried_again() {
    let miss = "[ { sleep: 2.5s }, { when: { user: { is: 7 } }, do: fail } ]";
    for cache in ["per: a", "nodes: 1"] {
        let cache = format!("ttl: {{ fixed: 20s, soft: 4s }}, {cache}");
        let log = asked(15, miss, &cache);
        assert_eq!(
            log.text, "m0 +2.5 c2.5 c2.5 h3 h4 h5 h6 s7 s8 s9 s10 s11 s12 +12.5 h13 h14 ",
            "{cache}"
        );
        assert_eq!(log.slow, "0→2.5 1→2.5 2→2.5 ", "{cache}");
    }
}

/// A `stop` inside the block of the miss has no loop to leave behind the request: the refresh ends and stores nothing.
#[test]
fn a_refresh_is_outside_the_loop_of_its_request() {
    let text = "scaleproof: model/1\nname: fresh\ndata: { things: { items: 1 } }\n\
        workloads: { users: { closed: { users: 9, think: 1000s, ramp: 1/s }, mix: { a.e: 1 } } }\n\
        services: { a: { endpoints: { e: { repeat: 1, do: { get: memo, miss: [ { sleep: 0.5s }, { when: { user: { is: 5 } }, do: { stop: 100% } } ] } } } } }\n\
        caches: { memo: { of: things, capacity: 10 items, per: a, ttl: { fixed: 100s, soft: 4s } } }";
    assert_eq!(
        heard::<Log>(text, 100).text,
        "m0 +0.5 h1 h2 h3 h4 s5 s6 +6.5 h7 h8 "
    );
}

/// One thing asked for at random once a second, fetched in no time, stale after S = 2 s and gone after T = 3 s: a copy lives until the
/// first request after S, which comes within T - S with the probability 1 - e^-(T-S) and is then stale; so of 1 + S requests in a life
/// e^-1 miss and 1 - e^-1 are stale.
#[test]
fn the_share_of_stale_copies_is_that_of_a_renewal_process() {
    let text = "scaleproof: model/1\nname: fresh\ndata: { things: { items: 1 } }\n\
        workloads: { users: { open: { rate: 1/s }, mix: { a.e: 1 } } }\n\
        services: { a: { endpoints: { e: { get: memo, miss: { do: [] } } } } }\n\
        caches: { memo: { of: things, per: a, capacity: 1 items, ttl: { fixed: 3s, soft: 2s } } }";
    let log: Log = heard(text, 200_000);
    let all = (log.hits + log.misses) as f64;
    let gone = (-1.0_f64).exp();
    for (found, expected) in [(log.misses, gone / 3.0), (log.stale, (1.0 - gone) / 3.0)] {
        let found = found as f64 / all;
        assert!((found - expected).abs() < 0.004, "{found} for {expected}");
    }
}

/// One user after the other: what `what` says for user n, at n seconds.
fn told(what: &[&str], endpoints: &str, cache: &str, database: &str) -> Log {
    let mut text = format!(
        "scaleproof: model/1\nname: fresh\ndata: {{ things: {{ items: 3 }}, lists: {{ items: 1000 }} }}\n\
         caches: {{ memo: {{ {cache} }} }}\n\
         databases: {{ d: {{ {database} queries: {{ look: {{ reads: one, do: {{ sleep: 100ms }} }}, change: {{ writes: one, do: {{ sleep: 200ms }} }} }} }} }}\n\
         services: {{ a: {{ endpoints: {{ change: {{ call: d.change }}, {endpoints} }} }} }}\nworkloads:\n"
    );
    for (number, _) in what.iter().enumerate() {
        let _ = writeln!(
            text,
            "  w{number}: {{ closed: {{ users: 1, think: 10000s }}, mix: {{ j{number}: 1 }} }}"
        );
    }
    text.push_str("journeys:\n");
    for (number, what) in what.iter().enumerate() {
        let _ = writeln!(text, "  j{number}: [ {{ sleep: {number}s }}, {what} ]");
    }
    heard(&text, 100)
}

const ASIDE: &str = "look: { get: memo, miss: { call: d.look } }, through: [ { call: d.change }, { put: memo } ], back: [ { put: memo }, { send: d.change } ]";
const LOOK: &str = "{ call: a.look, with: { things: 1 } }";

/// Object 1 is looked up at 1 s, is there at 2 s, and gone after the write at 3 s; a write of object 2 leaves it alone.
#[test]
fn a_write_drops_the_object_that_it_writes() {
    let change = "{ call: a.change, with: { things: 1 } }";
    let other = "{ call: a.change, with: { things: 2 } }";
    let asked = ["{ sleep: 0s }", LOOK, LOOK, change, LOOK, other, LOOK];
    for cache in ["per: a", "nodes: 2"] {
        for database in [
            "of: things,",
            "of: things, replicas: 2, lag: 1s,",
            "of: things, replicas: 2, write: { acks: 2 },",
        ] {
            let kept = format!(
                "of: things, {cache}, capacity: 3 items, invalidated-by: {{ d.change: {{}} }}"
            );
            let log = told(&asked, ASIDE, &kept, database);
            assert_eq!(log.text, "m1 +1.1 h2 m4 +4.1 h6 ", "{kept} {database}");
        }
    }
    let kept = "of: things, per: a, capacity: 3 items";
    assert_eq!(
        told(&asked, ASIDE, kept, "of: things,").text,
        "m1 +1.1 h2 h4 h6 ",
        "nothing is dropped"
    );
}

/// Each replica has its own copy, and loses it.
#[test]
fn a_write_drops_all_copies() {
    let log: Log = heard(
        "scaleproof: model/1\nname: fresh\ndata: { things: { items: 1 } }\n\
         caches: { memo: { of: things, per: a, capacity: 3 items, invalidated-by: { d.change: {} } } }\n\
         databases: { d: { of: things, queries: { change: { writes: one, do: [] } } } }\n\
         services: { a: { replicas: 3, balance: round-robin, endpoints: { look: { get: memo, miss: [] } } } }\n\
         workloads: { w: { closed: { users: 1, think: 10000s }, mix: { j: 1 } } }\n\
         journeys: { j: [ { repeat: 6, do: { call: a.look } }, { call: d.change }, { repeat: 3, do: { call: a.look } } ] }\n",
        100,
    );
    assert_eq!((log.hits, log.misses), (3, 6), "{}", log.text);
}

/// 100 writes that each drop 5 of 1,000 lists, any as likely as the others: 0.999^500 = 60.6 % are left.
#[test]
fn a_write_may_drop_any_of_the_results_of_queries() {
    let writes = "{ repeat: 100, do: { call: a.change } }";
    let seek =
        "{ repeat: 20000, do: { call: a.seek, with: { lists: fresh }, on-failure: continue } }";
    let kept = "of: lists, per: a, capacity: 1000 items, start: warm, invalidated-by: { d.change: { entries: 5 } }";
    let mut asked = vec!["{ sleep: 0s }"; 30];
    (asked[1], asked[29]) = (writes, seek);
    let seeks = "seek: { get: memo, miss: { fail: 100% } }";
    let log = told(&asked, seeks, kept, "of: things,");
    let share = log.hits as f64 / (log.hits + log.misses) as f64;
    assert!(
        log.hits + log.misses == 20_000 && (share - 0.999_f64.powi(500)).abs() < 0.03,
        "{share}"
    );
}

/// Write-through answers when both have it, after 200 ms; write-back when the cache has it, at once, and reads find it there before the
/// database has it.
#[test]
fn writes_go_through_the_cache_or_back_from_it() {
    let kept = "of: things, per: a, capacity: 3 items";
    let second = |what: &str| {
        let write = format!("{{ call: a.{what}, with: {{ things: 1 }} }}");
        let log = told(&["{ sleep: 0s }", &write, LOOK], ASIDE, kept, "of: things,");
        (log.text, log.slow)
    };
    let told = |text: &str, slow: &str| (text.to_owned(), slow.to_owned());
    assert_eq!(second("through"), told("+1.2 h2 ", "0→1.2 0→2 "));
    assert_eq!(second("back"), told("+1 h2 ", "0→1 0→2 "));
}

/// Objects that are asked for at least once, so that each is a miss: of a hot customer these are his three orders, also when a second look
/// is for another one; of the last customer they are his three, and with one order more there are four.
#[test]
fn a_request_is_about_an_order_of_its_customer() {
    let misses = |with: &str| {
        heard::<Log>(
            &format!(
                "scaleproof: model/1\nname: own\ndata:\n  orders: {{ items: 12, belongs-to: customers }}\n  customers: {{ items: 4, popularity: {{ hot-set: {{ items: 25%, share: 100% }} }} }}\n\
                 workloads: {{ w: {{ open: {{ rate: 10/s }}, mix: {{ a.e: 1 }} }} }}\n\
                 services: {{ a: {{ endpoints: {{ e: [ {{ call: b.f }}, {{ call: b.f{with} }} ] }} }}, b: {{ endpoints: {{ f: {{ get: memo, miss: [] }} }} }} }}\n\
                 caches: {{ memo: {{ of: orders, per: b, capacity: 100 items }} }}"
            ),
            100,
        )
        .misses
    };
    let found = [
        "",
        ", with: { orders: fresh }",
        ", with: { customers: 3 }",
        ", with: { customers: 3, orders: fresh }",
        ", with: { orders: 7 }",
    ]
    .map(misses);
    assert_eq!(found, [3, 3, 6, 6, 4]);
}

/// An object that is asked for at rate λ and good for T from its fetch is good for the share λT/(1 + λT) of the time: a cycle is T and then,
/// on average, 1/λ until somebody asks again. It is kept all the time, if there is room: 5 of 20 objects and 15 are nearly always there.
#[test]
fn what_is_held_is_what_is_good() {
    use scaleproof::analysis::components;
    use scaleproof::lab::{self, Request, Silent};
    // Ten objects, asked for 0.1, and as many 0.025 times a second each by two workloads; good for 10 s.
    let text = "scaleproof: model/1\nname: held\ndata: { some: { items: 10 }, rare: { items: 10 } }\n\
        workloads: { w: { open: { rate: 1/s }, mix: { a.e: 1 } }, v: { open: { rate: 0.25/s }, mix: { a.f: 1 } } }\n\
        services: { a: { endpoints: { e: { get: one, miss: [] }, f: { get: other, miss: [] } } } }\n\
        caches: { one: { of: some, per: a, capacity: 10 items, ttl: 10s }, other: { of: rare, per: a, capacity: 10 items, ttl: 10s } }";
    let plan = common::plan(text);
    let request = Request {
        seed: 1,
        replications: Some(4),
        duration: Some(100_000_000_000_000),
        warm_up: Some(1_000_000_000_000),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    for (name, asked) in [("one", 1.0), ("other", 0.25)] {
        let id = plan
            .components
            .iter()
            .position(|row| row.name == name)
            .expect("it is there");
        let held = components::held(&plan, &outcome, id.into())
            .value
            .expect("a number");
        let right = 10.0 * asked / (1.0 + asked);
        assert!(
            (held / right - 1.0).abs() < 0.01,
            "{name}: {held}, not {right}"
        );
    }
    // All of them are kept.
    let kept: u128 = outcome
        .tallies
        .iter()
        .map(|tally| tally.caches[0].held)
        .sum();
    let lapsed: u128 = outcome
        .tallies
        .iter()
        .map(|tally| tally.caches[0].lapsed)
        .sum();
    assert!((kept as f64 / 4e15 - 1.0).abs() < 0.01 && lapsed * 2 > kept * 99 / 100);
}
