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
