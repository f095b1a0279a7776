//! Several keys in one look-up, counted by hand.

mod common;

use scaleproof::engine::{Outcome, Probe};
use std::collections::BTreeMap;

/// Hits and misses by cache, and calls by endpoint.
#[derive(Default)]
struct Heard {
    hits: BTreeMap<u32, u64>,
    misses: BTreeMap<u32, u64>,
    stored: u64,
    called: BTreeMap<u32, u64>,
    latencies: Vec<u64>,
}

impl Probe for Heard {
    fn hit(&mut self, cache: u32, _now: u64) {
        *self.hits.entry(cache).or_default() += 1;
    }
    fn miss(&mut self, cache: u32, _now: u64, _expired: bool) {
        *self.misses.entry(cache).or_default() += 1;
    }
    fn stored(&mut self, _cache: u32, _now: u64, _evicted: u64) {
        self.stored += 1;
    }
    fn called(&mut self, _call: u32, endpoint: u32, _attempt: u8, _now: u64) {
        *self.called.entry(endpoint).or_default() += 1;
    }
    fn settled(&mut self, _entry: u32, birth: u64, now: u64, _outcome: Outcome) {
        self.latencies.push(now - birth);
    }
}

/// Ten requests, one a second, to a service with this program and these caches.
fn ten(data: &str, program: &str, caches: &str) -> Heard {
    let text = format!(
        "scaleproof: model/1\nname: several\ndata: {{ things: {data} }}\n\
         workloads: {{ w: {{ open: {{ rate: 1/s, process: paced }}, mix: {{ app.e: 1 }} }} }}\n\
         services: {{ app: {{ endpoints: {{ e: {program} }} }} }}\n\
         caches: {{ {caches} }}\n\
         databases: {{ db: {{ of: things, cores: unlimited, queries: {{ find: {{ reads: one, do: {{ compute: 1ms }} }} }} }} }}\n"
    );
    common::heard(&text, 10)
}

fn count(of: &BTreeMap<u32, u64>, at: u32) -> u64 {
    of.get(&at).copied().unwrap_or(0)
}

#[test]
fn each_key_is_a_hit_or_a_miss_and_what_is_missing_is_stored() {
    // All four things are asked for each time: the first request misses four, the other nine find four each.
    let heard = ten(
        "{ items: 4 }",
        "{ get: near, keys: 4, miss: { call: db.find } }",
        "near: { of: things, per: app, capacity: 4 items }",
    );
    assert_eq!((count(&heard.hits, 0), count(&heard.misses, 0)), (36, 4));
    // One fetch brought all of them.
    let calls: u64 = heard.called.values().sum();
    assert_eq!(calls, 10 + 1);
}

#[test]
fn keys_are_different_however_popular_one_is() {
    let heard = ten(
        "{ items: 10, popularity: { hot-set: { items: 10%, share: 99.9% } } }",
        "{ get: near, keys: 10, miss: [] }",
        "near: { of: things, per: app, capacity: 10 items }",
    );
    assert_eq!((count(&heard.hits, 0), count(&heard.misses, 0)), (90, 10));
    // All ten were missing the first time, not one of them ten times.
    assert_eq!(heard.stored, 10);
}

#[test]
fn the_block_of_a_miss_knows_how_many_are_missing() {
    // A cache of 3 things holds them all after the first request, which asks the database once for each of them.
    let heard = ten(
        "{ items: 3 }",
        "{ get: near, keys: 3, miss: { repeat: { attribute: batch }, at-once: all, do: { call: db.find } } }",
        "near: { of: things, per: app, capacity: 3 items }",
    );
    let calls: u64 = heard.called.values().sum();
    assert_eq!(calls, 10 + 3);
    // Nothing is kept for longer than 1.5 s: every second request misses all three.
    let heard = ten(
        "{ items: 3 }",
        "{ get: near, keys: 3, miss: { repeat: { attribute: batch }, do: { call: db.find } } }",
        "near: { of: things, per: app, capacity: 3 items, ttl: 1500ms }",
    );
    assert_eq!((count(&heard.hits, 0), count(&heard.misses, 0)), (15, 15));
    let calls: u64 = heard.called.values().sum();
    assert_eq!(calls, 10 + 15);
}

#[test]
fn a_node_is_asked_once_and_does_work_for_each_key() {
    let program = "{ get: far, keys: 5, miss: { call: db.find } }";
    let far = "far: { of: things, nodes: 1, capacity: 5 items, do: { compute: 2ms, scale: { with: batch } } }";
    let heard = ten("{ items: 5 }", program, far);
    assert_eq!((count(&heard.hits, 0), count(&heard.misses, 0)), (45, 5));
    // Ten calls of the service, ten of the cache, one of the database and one that stores all five.
    let calls: u64 = heard.called.values().sum();
    assert_eq!(calls, 10 + 10 + 1 + 1);
    // Five keys are 10 ms of work at the node, and nothing else takes time once all is there.
    assert_eq!(heard.latencies.last(), Some(&10_000_000));
    assert_eq!(heard.latencies.first(), Some(&11_000_000));
}

#[test]
fn nodes_of_a_ring_keep_what_is_theirs() {
    // Four nodes of a ring have all 40 things between them once each has been asked for: a thing is in one store only.
    let program = "{ get: far, keys: 40, miss: { call: db.find } }";
    let far = "far: { of: things, nodes: 4, capacity: 40 items }";
    let heard = ten("{ items: 40 }", program, far);
    assert_eq!((count(&heard.hits, 0), count(&heard.misses, 0)), (360, 40));
}

#[test]
fn all_look_ups_of_a_request_ask_for_the_same_keys() {
    // The second cache is asked for what the first was: hits and misses are the same, though only 5 of 1000 things are asked for.
    let heard = ten(
        "{ items: 1000, popularity: { zipf: { exponent: 1 } } }",
        "[ { get: one, keys: 5, miss: [] }, { get: two, keys: 5, miss: [] } ]",
        "one: { of: things, per: app, capacity: 1000 items }, two: { of: things, per: app, capacity: 1000 items }",
    );
    assert!(count(&heard.hits, 0) > 0 && count(&heard.misses, 0) > 5);
    assert_eq!(count(&heard.hits, 0), count(&heard.hits, 1));
    assert_eq!(count(&heard.hits, 0) + count(&heard.misses, 0), 50);
    // Another object is another list.
    let afresh = ten(
        "{ items: 1000, popularity: { zipf: { exponent: 1 } } }",
        "[ { get: one, keys: 5, miss: [] }, { set: { things: fresh } }, { get: two, keys: 5, miss: [] } ]",
        "one: { of: things, per: app, capacity: 1000 items }, two: { of: things, per: app, capacity: 1000 items }",
    );
    assert_ne!(count(&afresh.hits, 0), count(&afresh.hits, 1));
}

#[test]
fn the_forecast_counts_look_ups_by_the_key() {
    // Half of the things are held, and three are asked for: all are found in 1/8 of the requests (50·49·48 / 100·99·98 = 0.121, as
    // they are different), else the database is asked for those that are missing: 1.5 of them on average over all requests.
    let text = |body: &str| {
        format!(
            "scaleproof: model/1\nname: several\ndata: {{ things: {{ items: 100 }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 10/s }}, mix: {{ app.e: 1 }} }} }}\n\
             services: {{ app: {{ endpoints: {{ e: {{ get: near, keys: 3, miss: {body} }} }} }} }}\n\
             caches: {{ near: {{ of: things, per: app, capacity: 50 items, start: warm }} }}\n\
             databases: {{ db: {{ of: things, cores: 1, queries: {{ find: {{ reads: one, do: {{ compute: 10ms }} }} }} }} }}\n"
        )
    };
    let busy = |body: &str| {
        let plan = common::plan(&text(body));
        let row = plan.processors.iter().position(|row| row.name == "db/0");
        plan.load.processor_load[row.expect("a database")]
    };
    let once = busy("{ call: db.find }");
    assert!((once / 0.1 - 0.875).abs() < 0.01, "{once}");
    let each = busy("{ repeat: { attribute: batch }, do: { call: db.find } }");
    assert!((each / 0.1 - 1.5).abs() < 0.01, "{each}");
    let heard: Heard = common::heard(
        &text("{ repeat: { attribute: batch }, do: { call: db.find } }"),
        1_000,
    );
    let calls: u64 = heard.called.values().sum();
    let requests = heard.latencies.len() as f64;
    let run = (calls as f64 - requests) / requests;
    assert!((run - 1.5).abs() < 0.05, "{run} calls for each request");
}
