//! The same bytes whatever the threads, the lanes, the order of a file or what stands beside the path.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::measure::digest::{digest, plan_hash};
use std::collections::BTreeMap;

const SHOP: &str = r"
scaleproof: model/1
name: shop
data: { goods: { items: 1000, popularity: { zipf: { exponent: 0.9 } } } }
network: { same-zone: { rtt: { exponential: 1ms } } }
workloads:
  web: { open: { rate: 50/s }, mix: { shop.look: 3, shop.buy: 1 } }
  staff: { closed: { users: 5, think: { exponential: 1s } }, mix: { shop.look: 1 } }
services:
  shop:
    replicas: 2
    concurrency: 8
    backlog: 16
    endpoints:
      look: [ { compute: { lognormal: { mean: 4ms, cv: 1 } } }, { get: memo, miss: { call: store.read, timeout: 20ms, retry: { attempts: 2, backoff: { exponential: { base: 2ms, jitter: full } } } } } ]
      buy: [ { compute: { exponential: 6ms } }, { parallel: [ { call: store.write }, { call: pay.charge, on-failure: continue } ] } ]
  pay: { concurrency: 4, balance: random, endpoints: { charge: [ { compute: { exponential: 10ms } }, { fail: 5% } ] } }
caches: { memo: { of: goods, nodes: 2, capacity: 100 items, ttl: 2s, coalesce: true, do: { compute: 50us } } }
databases: { store: { of: goods, replicas: 2, cores: 2, read: any, queries: { read: { reads: one, do: { compute: { exponential: 8ms } } }, write: { writes: one, do: { compute: { exponential: 5ms } } } } } }
";

fn digest_with(text: &str, threads: usize) -> String {
    let plan = common::plan(text);
    let request = Request {
        threads,
        replications: Some(6),
        duration: Some(20_000_000_000),
        warm_up: Some(1_000_000_000),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    digest(&plan_hash(&plan), request.seed, &outcome.tallies)
}

#[test]
fn any_number_of_threads_and_any_run_gives_the_same_digest() {
    let one = digest_with(SHOP, 1);
    assert_eq!(one, digest_with(SHOP, 2));
    assert_eq!(one, digest_with(SHOP, 5));
    assert_ne!(
        one,
        digest_with(&SHOP.replace("rate: 50/s", "rate: 51/s"), 1)
    );
}

/// Every call that ends, in order: (endpoint, sent, ended, outcome).
#[derive(Default)]
struct Log(Vec<(u32, u64, u64, bool)>);

impl Probe for Log {
    fn answered(&mut self, endpoint: u32, birth: u64, now: u64, outcome: Outcome) {
        self.0.push((endpoint, birth, now, outcome.is_ok()));
    }
}

fn log(text: &str, lanes: bool) -> BTreeMap<String, Vec<(u64, u64, bool)>> {
    let plan = common::plan(text);
    let mut engine = Engine::with_lanes(&plan, 9, 3, 1 << 16, Log::default(), lanes);
    engine.run_until(30_000_000_000).expect("no overflow");
    let mut by_name: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for &(endpoint, birth, now, ok) in &engine.probe.0 {
        let name = scaleproof::plan::component::endpoint_name(
            &plan,
            scaleproof::plan::EndpointId(endpoint),
        );
        by_name.entry(name).or_default().push((birth, now, ok));
    }
    by_name
}

#[test]
fn lanes_change_nothing() {
    let constant = SHOP.replace("rtt: { exponential: 1ms }", "rtt: 1ms");
    assert_eq!(log(&constant, true), log(&constant, false));
}

#[test]
fn something_beside_the_path_leaves_all_draws_as_they_were() {
    let more = SHOP
        .replace(
            "services:\n",
            "services:\n  aside: { endpoints: { e: { compute: { exponential: 3ms } } } }\n",
        )
        .replace(
            "workloads:\n",
            "workloads:\n  other: { open: { rate: 20/s }, mix: { aside.e: 1 } }\n",
        );
    let (before, mut after) = (log(SHOP, true), log(&more, true));
    assert!(
        after
            .remove("aside.e")
            .is_some_and(|calls| calls.len() > 100)
    );
    assert_eq!(before, after);
}

#[test]
fn the_order_of_the_file_changes_no_draw() {
    let pay = "  pay: { concurrency: 4, balance: random, endpoints: { charge: [ { compute: { exponential: 10ms } }, { fail: 5% } ] } }\n";
    let moved = SHOP
        .replace(pay, "")
        .replace("services:\n", &format!("services:\n{pay}"));
    assert_ne!(moved, SHOP);
    assert_eq!(log(SHOP, true), log(&moved, true));
}

/// A retry that is allowed but never needed changes nothing; one that is needed moves only what it touches.
#[test]
fn allowing_a_retry_keeps_first_attempts() {
    let patient = SHOP.replace("timeout: 20ms, retry: { attempts: 2, backoff: { exponential: { base: 2ms, jitter: full } } }", "timeout: 60s");
    let allowed = SHOP.replace("timeout: 20ms, retry", "timeout: 60s, retry");
    assert_ne!(patient, allowed);
    assert_eq!(log(&patient, true), log(&allowed, true));
}
