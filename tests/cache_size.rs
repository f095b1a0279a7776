//! What the size of a cache costs: a thousand items over ten thousand keys against a million over ten million.
//!
//! Figures of one machine, not checked by default:
//! `cargo test --release --test cache_size -- --ignored --nocapture`.

#![expect(clippy::print_stdout, reason = "it is what it is for")]

mod common;

use scaleproof::chance::key::{Key, root, site};
use scaleproof::chance::popularity::{Popularity, Ranks};
use scaleproof::engine::{Engine, Probe};
use scaleproof::policy::evict::{Found, Rule, Segments, Store};
use std::hint::black_box;
use std::time::Instant;

struct Nobody;
impl Probe for Nobody {}

/// Items and keys.
const SMALL: (u64, u64) = (1_000, 10_000);
const LARGE: (u64, u64) = (1_000_000, 10_000_000);

const RULES: [(Rule, &str); 12] = [
    (Rule::Lru, "lru"),
    (Rule::Fifo, "fifo"),
    (Rule::Random, "random"),
    (Rule::Clock, "clock"),
    (Rule::Sieve, "sieve"),
    (Rule::Lfu, "lfu"),
    (Rule::Gdsf, "gdsf"),
    (Rule::Slru(Segments::Protected(800)), "slru"),
    (Rule::TwoQueue, "two-queue"),
    (Rule::Arc, "arc"),
    (Rule::S3Fifo, "s3-fifo"),
    (Rule::TinyLfu, "w-tinylfu"),
];

fn ranks(keys: u64) -> Ranks {
    Popularity::Zipf { exponent: 0.9 }.over(keys)
}

fn draw(ranks: &Ranks, key: Key, n: u64) -> u64 {
    ranks.rank(&mut key.numbered(n).draw(site(&["object"])))
}

/// Nanoseconds per draw of a key.
fn drawing(keys: u64) -> f64 {
    let (ranks, key) = (ranks(keys), root(1, 0));
    let begun = Instant::now();
    let mut sum = 0;
    for n in 0..4_000_000 {
        sum += draw(&ranks, key, n);
    }
    black_box(sum);
    begun.elapsed().as_secs_f64() * 1e9 / 4e6
}

/// Nanoseconds per request of a full store alone, with the drawing of its key, and bytes per object held.
fn of_store(rule: Rule, (items, keys): (u64, u64)) -> (f64, f64) {
    let (ranks, key) = (ranks(keys), root(1, 0));
    let mut store = Store::new(rule, items, u64::MAX, root(2, 0));
    let mut ask = |n: u64| {
        let object = draw(&ranks, key, n);
        if store.find(object, 0) != Found::Fresh {
            store.store(object, 0, u64::MAX);
        }
    };
    let fill = 5 * items;
    (0..fill).for_each(&mut ask);
    let begun = Instant::now();
    (fill..fill + 4_000_000).for_each(&mut ask);
    let each = begun.elapsed().as_secs_f64() * 1e9 / 4e6;
    (each, store.memory() as f64 / store.len() as f64)
}

/// Nanoseconds per request of the simulator as a whole, once the cache is full: a look-up and, after a miss, a call.
fn of_engine(rule: &str, (items, keys): (u64, u64)) -> f64 {
    let plan = common::plan(&format!(
        "scaleproof: model/1\nname: size\n\
         data: {{ goods: {{ items: {keys}, popularity: {{ zipf: {{ exponent: 0.9 }} }} }} }}\n\
         workloads: {{ w: {{ open: {{ rate: 100k/s }}, mix: {{ web.get: 1 }} }} }}\n\
         services:\n\
         \x20 web: {{ cores: unlimited, endpoints: {{ get: [ {{ compute: 10us }}, {{ get: near, miss: {{ call: db.get }} }} ] }} }}\n\
         \x20 db: {{ cores: unlimited, endpoints: {{ get: {{ compute: {{ exponential: 1ms }} }} }} }}\n\
         caches: {{ near: {{ of: goods, per: web, capacity: {items} items, evict: {rule} }} }}\n"
    ));
    let mut engine = Engine::new(&plan, 1, 0, 1 << 20, Nobody);
    let second = 1_000_000_000;
    let full = 5 * items / 100_000 * second + second;
    engine.run_until(full).expect("no overflow");
    let begun = Instant::now();
    engine.run_until(full + 20 * second).expect("no overflow");
    begun.elapsed().as_secs_f64() * 1e9 / 2e6
}

#[test]
#[ignore = "a measurement: it takes minutes and wants a machine of its own"]
fn a_thousand_times_larger() {
    println!(
        "key: {:.0} and {:.0} ns",
        drawing(SMALL.1),
        drawing(LARGE.1)
    );
    for (rule, word) in RULES {
        let (small, _) = of_store(rule, SMALL);
        let (large, bytes) = of_store(rule, LARGE);
        let whole = (of_engine(word, SMALL), of_engine(word, LARGE));
        println!(
            "{word:10} store {small:4.0} and {large:4.0} ns, × {:.2}; whole request {:4.0} and {:4.0} ns, × {:.2}; {bytes:.1} B per item",
            large / small,
            whole.0,
            whole.1,
            whole.1 / whole.0,
        );
        assert!(bytes <= 64.0, "{word} takes {bytes} bytes per item");
    }
}
