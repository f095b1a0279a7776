//! Timelines computed by hand: every step kind, slots and queues, guards, joins, caches.
//!
//! Users of a closed workload with `ramp: 1/s` ask at 0 s, 1 s, 2 s, …; with a think time of a thousand seconds each asks once. A
//! timeline lists requests in the order in which they end: `born → ended outcome`, in seconds.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    busy: u64,
    wasted: u64,
    late: u32,
}

fn seconds(ns: u64) -> String {
    let text = format!("{:.3}", ns as f64 / 1e9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Probe for Log {
    fn settled(&mut self, _entry: u32, birth: u64, now: u64, outcome: Outcome) {
        let word = outcome.map_or_else(scaleproof::policy::Cause::name, |()| "ok");
        let _ = write!(self.text, "{} → {} {word}; ", seconds(birth), seconds(now));
    }
    fn busy(&mut self, _processor: u32, from: u64, to: u64, milli: u64) {
        self.busy += (to - from) * milli / 1000;
    }
    fn occupied(&mut self, _station: u32, from: u64, to: u64, wasted: bool) {
        if wasted {
            self.wasted += to - from;
        }
    }
    fn late(&mut self, _endpoint: u32, _now: u64) {
        self.late += 1;
    }
}

/// Run a model for 500 s.
fn run(text: &str) -> Log {
    let plan = common::plan(text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
    engine.run_until(500_000_000_000).expect("no overflow");
    engine.close();
    let mut log = std::mem::take(&mut engine.probe);
    log.text = log.text.trim_end_matches("; ").to_owned();
    log
}

/// A model with so many users, one a second, and these sections.
fn model(users: u32, rest: &str) -> String {
    format!(
        "scaleproof: model/1\nname: exact\nworkloads:\n  users: {{ closed: {{ users: {users}, think: 1000s, ramp: 1/s }}, mix: {{ a.e: 1 }} }}\n{rest}"
    )
}

fn timeline(users: u32, rest: &str) -> String {
    run(&model(users, rest)).text
}

#[test]
fn fifo_processor_serves_in_turn() {
    // One core, 2 s each, arrivals 0, 1, 2.
    let found = timeline(
        3,
        "services: { a: { cpu: fifo, endpoints: { e: { compute: 2s } } } }",
    );
    assert_eq!(found, "0 → 2 ok; 1 → 4 ok; 2 → 6 ok");
}

#[test]
fn shared_processor_slows_everybody() {
    // Alone 0..1 (1 s done), shared from 1 at half speed: the first ends at 3, the second has 1 s left and is alone: 4.
    let found = timeline(2, "services: { a: { endpoints: { e: { compute: 2s } } } }");
    assert_eq!(found, "0 → 3 ok; 1 → 4 ok");
}

#[test]
fn two_cores_serve_two_at_full_speed_and_three_share() {
    // Arrivals 0, 1, 2; 3 s each. Until 2 two run at full speed (2 s and 1 s done); then three at 2/3: the first needs 1.5 s → 3.5.
    // Then two at full speed: the second has 2 - 1 = 1 s left → 4.5, the third 3 - 1 = 2 s left → 5.5.
    let found = timeline(
        3,
        "services: { a: { cores: 2, endpoints: { e: { compute: 3s } } } }",
    );
    assert_eq!(found, "0 → 3.5 ok; 1 → 4.5 ok; 2 → 5.5 ok");
}

#[test]
fn fractional_cores_and_speed() {
    assert_eq!(
        timeline(
            1,
            "services: { a: { cores: 0.2, endpoints: { e: { compute: 1s } } } }"
        ),
        "0 → 5 ok"
    );
    assert_eq!(
        timeline(
            1,
            "services: { a: { speed: 2, endpoints: { e: { compute: 1s } } } }"
        ),
        "0 → 0.5 ok"
    );
    // ⌈1.5⌉ = 2 servers at speed 0.75 each under fifo.
    assert_eq!(
        timeline(
            1,
            "services: { a: { cores: 1.5, cpu: fifo, endpoints: { e: { compute: 3s } } } }"
        ),
        "0 → 4 ok"
    );
}

#[test]
fn priorities_with_and_without_interruption() {
    let services = |cpu: &str| {
        format!(
            "scaleproof: model/1\nname: exact\npriorities: [gold, bronze]\nworkloads:\n  b: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ a.e: 1 }}, priority: bronze }}\n  g: {{ closed: {{ users: 2, think: 1000s, ramp: 1/s }}, mix: {{ late: 1 }}, priority: gold }}\njourneys: {{ late: [ {{ sleep: 0.5s }}, {{ call: a.e }} ] }}\nservices: {{ a: {{ cpu: {cpu}, endpoints: {{ e: {{ compute: 2s }} }} }} }}"
        )
    };
    // Bronze starts at 0; gold comes at 0.5 and 1.5. Interrupted: gold 0.5..2.5, 2.5..4.5, bronze's remaining 1.5 s 4.5..6.
    let found = run(&services("{ priority: { preempt: true } }")).text;
    assert_eq!(found, "0 → 2.5 ok; 1 → 4.5 ok; 0 → 6 ok");
    let found = run(&services("{ priority: { preempt: false } }")).text;
    assert_eq!(found, "0 → 2 ok; 0 → 4 ok; 1 → 6 ok");
}

#[test]
fn slots_are_held_while_sleeping_and_calling() {
    // One slot, no processor used: the second waits for the first's pause to end.
    let found = timeline(
        2,
        "services: { a: { concurrency: 1, endpoints: { e: { sleep: 2s } } } }",
    );
    assert_eq!(found, "0 → 2 ok; 1 → 4 ok");
}

#[test]
fn a_slow_dependency_exhausts_the_thread_pool() {
    // Two threads wait for b (3 s each); the third request finds no thread although a's processor is idle: it starts at 3.
    let rest = "services: { a: { concurrency: 2, endpoints: { e: { call: b.f } } }, b: { endpoints: { f: { sleep: 3s } } } }";
    assert_eq!(timeline(4, rest), "0 → 3 ok; 1 → 4 ok; 2 → 6 ok; 3 → 7 ok");
}

#[test]
fn a_full_backlog_refuses_at_once() {
    // One in service, one waits; the third (at 2) and fourth (at 3) find the place taken.
    let found = timeline(
        4,
        "services: { a: { concurrency: 1, backlog: 1, endpoints: { e: { sleep: 10s } } } }",
    );
    assert_eq!(found, "2 → 2 refused; 3 → 3 refused; 0 → 10 ok; 1 → 20 ok");
}

#[test]
fn disciplines_of_the_slot_queue() {
    let rest = |discipline: &str| {
        format!(
            "services: {{ a: {{ concurrency: 1, discipline: {discipline}, endpoints: {{ e: {{ sleep: 5s }} }} }} }}"
        )
    };
    assert_eq!(
        timeline(4, &rest("fifo")),
        "0 → 5 ok; 1 → 10 ok; 2 → 15 ok; 3 → 20 ok"
    );
    assert_eq!(
        timeline(4, &rest("lifo")),
        "0 → 5 ok; 3 → 10 ok; 2 → 15 ok; 1 → 20 ok"
    );
}

/// The one that has a slot ends first; of the three who wait then, each is next equally often, and so on: all six orders.
#[test]
fn random_order_is_any_order() {
    let text = model(
        4,
        "services: { a: { concurrency: 1, discipline: random, endpoints: { e: { sleep: 5s } } } }",
    );
    let plan = common::plan(&text);
    let mut orders = std::collections::BTreeMap::new();
    for replication in 0..1200 {
        let mut engine = Engine::new(&plan, 1, replication, 1 << 16, Log::default());
        engine.run_until(500_000_000_000).expect("no overflow");
        *orders.entry(engine.probe.text.clone()).or_insert(0) += 1;
    }
    assert_eq!(orders.len(), 6, "{orders:?}");
    assert!(orders.keys().all(|order| order.starts_with("0 → 5 ok; ")));
    // 200 each, with a standard deviation of 12.9.
    assert!(
        orders.values().all(|count| (148..=252).contains(count)),
        "{orders:?}"
    );
}

/// Whoever leaves a crowd leaves it, wherever it stands: at 4 the second's patience is over, at 5 the first is done.
#[test]
fn random_order_with_patience() {
    let services = |patience: &str| {
        format!(
            "services: {{ a: {{ concurrency: 1, discipline: random, patience: {patience}, endpoints: {{ e: {{ sleep: 5s }} }} }} }}"
        )
    };
    let found = timeline(3, &services("3s"));
    assert_eq!(found, "1 → 4 abandoned; 0 → 5 ok; 2 → 10 ok");
    let found = timeline(4, &services("1.5s"));
    assert_eq!(
        found,
        "1 → 2.5 abandoned; 2 → 3.5 abandoned; 3 → 4.5 abandoned; 0 → 5 ok"
    );
}

#[test]
fn random_order_at_a_balancer() {
    // Two replicas, one queue: at 5 one of the two who wait is taken, at 6 the other.
    let found = timeline(
        4,
        "services: { a: { replicas: 2, concurrency: 1, discipline: random, balance: shared-queue, endpoints: { e: { sleep: 5s } } } }",
    );
    let orders = [
        "0 → 5 ok; 1 → 6 ok; 2 → 10 ok; 3 → 11 ok",
        "0 → 5 ok; 1 → 6 ok; 3 → 10 ok; 2 → 11 ok",
    ];
    assert!(orders.contains(&found.as_str()), "{found}");
}

#[test]
fn patience_leaves_the_queue_and_burns_nothing() {
    let log = run(&model(
        3,
        "services: { a: { concurrency: 1, patience: 3s, cpu: fifo, endpoints: { e: { compute: 5s } } } }",
    ));
    // The second gives up at 4, the third at 5: at that very instant the slot is free, and the slot's Finish comes first.
    assert_eq!(log.text, "1 → 4 abandoned; 0 → 5 ok; 2 → 10 ok");
    assert_eq!(log.busy, 10_000_000_000);
}

#[test]
fn a_call_travels_half_the_round_trip_each_way() {
    let rest = "network: { same-zone: { rtt: 1s } }\nservices: { a: { endpoints: { e: [ { compute: 1s }, { call: b.f } ] } }, b: { endpoints: { f: { compute: 2s } } } }";
    assert_eq!(timeline(1, rest), "0 → 4 ok");
}

#[test]
fn bodies_and_replies_take_time_on_a_link() {
    // 1 MiB/s: body 2 MiB = 2 s there, reply 1 MiB = 1 s back.
    let rest = "network: { same-zone: { rtt: 0s, bandwidth: 1MiB/s } }\nservices: { a: { endpoints: { e: { call: b.f, body: 2MiB } } }, b: { endpoints: { f: [ { compute: 1s }, { reply: 1MiB } ] } } }";
    assert_eq!(timeline(1, rest), "0 → 4 ok");
}

#[test]
fn an_access_line_is_before_the_first_service() {
    let text = "scaleproof: model/1\nname: exact\nregions: { eu: { zones: [a] } }\nworkloads:\n  users: { from: eu, access: { rtt: 2s }, closed: { users: 1, think: 1000s }, mix: { a.e: 1 } }\nservices: { a: { endpoints: { e: { compute: 1s } } } }";
    assert_eq!(run(text).text, "0 → 3 ok");
}

#[test]
fn send_holds_nobody() {
    // b works 2 s per message on one core; its messages come at 0 and 1, so it ends at 4, but the users know nothing of it.
    let log = run(&model(
        2,
        "services: { a: { endpoints: { e: [ { send: b.f }, { sleep: 1s } ] } }, b: { cpu: fifo, endpoints: { f: { compute: 2s } } } }",
    ));
    assert_eq!(log.text, "0 → 1 ok; 1 → 2 ok");
    assert_eq!(log.busy, 4_000_000_000);
}

#[test]
fn after_a_reply_the_slot_is_still_held() {
    // Replies after 1 s, then 3 s more of its own work: the second waits for the slot until 4, is answered at 5.
    let rest = "services: { a: { concurrency: 1, endpoints: { e: [ { sleep: 1s }, reply, { sleep: 3s } ] } } }";
    assert_eq!(timeline(2, rest), "0 → 1 ok; 1 → 5 ok");
}

#[test]
fn a_failure_after_the_reply_does_not_reach_the_caller() {
    let rest = "services: { a: { endpoints: { e: [ { sleep: 1s }, reply, fail ] } } }";
    assert_eq!(timeline(1, rest), "0 → 1 ok");
}

#[test]
fn forwarding_passes_on_the_duty_to_reply() {
    // a works 1 s and forwards; b works 2 s and answers the user; a goes on for 4 s holding its slot, so the second starts at 5.
    let rest = "services: { a: { concurrency: 1, endpoints: { e: [ { sleep: 1s }, { forward: b.f }, { sleep: 4s } ] } }, b: { endpoints: { f: { sleep: 2s } } } }";
    assert_eq!(timeline(2, rest), "0 → 3 ok; 1 → 8 ok");
}

#[test]
fn parallel_waits_for_all_or_for_enough() {
    let rest = |need: &str| {
        format!(
            "services: {{ a: {{ concurrency: 1, endpoints: {{ e: {{ parallel: [ {{ sleep: 1s }}, {{ call: b.f }}, [ {{ sleep: 1s }}, {{ call: b.f }} ] ]{need} }} }} }}, b: {{ endpoints: {{ f: {{ sleep: 3s }} }} }} }}"
        )
    };
    assert_eq!(timeline(2, &rest("")), "0 → 4 ok; 1 → 8 ok");
    // Two of three succeed at 3; the slot is held until the last branch ends at 4, so the second starts at 4 and answers at 7.
    assert_eq!(timeline(2, &rest(", need: 2")), "0 → 3 ok; 1 → 7 ok");
    // Calling off the rest frees the slot at 3.
    assert_eq!(
        timeline(2, &rest(", need: 2, rest: cancel")),
        "0 → 3 ok; 1 → 6 ok"
    );
}

#[test]
fn parallel_fails_when_success_is_impossible() {
    let rest = "services: { a: { endpoints: { e: { parallel: [ { sleep: 5s }, [ { sleep: 1s }, fail ], [ { sleep: 2s }, fail ] ], need: 2 } } } }";
    // Two of three are needed; the second failure, at 2, decides.
    assert_eq!(timeline(1, rest), "0 → 2 error");
}

#[test]
fn branches_compute_as_jobs_of_their_own() {
    // Two branches of 1 s on one core under sharing: both end at 2.
    let rest = "services: { a: { concurrency: 1, endpoints: { e: { parallel: [ { compute: 1s }, { compute: 1s } ] } } } }";
    assert_eq!(timeline(1, rest), "0 → 2 ok");
}

#[test]
fn loops_in_turn_and_several_at_once() {
    let rest = |how: &str| {
        format!(
            "services: {{ a: {{ endpoints: {{ e: {{ repeat: 5, do: {{ call: b.f }}{how} }} }} }}, b: {{ endpoints: {{ f: {{ sleep: 2s }} }} }} }}"
        )
    };
    assert_eq!(timeline(1, &rest("")), "0 → 10 ok");
    // Two at once: 2, 2, then 2, 2, then the fifth: three waves.
    assert_eq!(timeline(1, &rest(", at-once: 2")), "0 → 6 ok");
    assert_eq!(timeline(1, &rest(", at-once: all")), "0 → 2 ok");
    assert_eq!(timeline(1, &rest(", at-once: 2, need: 3")), "0 → 4 ok");
}

#[test]
fn stop_leaves_the_innermost_loop() {
    let rest = "services: { a: { endpoints: { e: [ { repeat: 3, do: [ { sleep: 1s }, { repeat: unlimited, do: [ { sleep: 2s }, { stop: 100% } ] } ] } ] } } }";
    assert_eq!(timeline(1, rest), "0 → 9 ok");
}

#[test]
fn routines_run_in_process() {
    let rest = "network: { same-zone: { rtt: 10s } }\nservices: { a: { routines: { r: [ { sleep: 1s }, fail ] , s: { sleep: 2s } }, endpoints: { e: [ { run: s }, { run: r, on-failure: { sleep: 3s } }, { run: s } ] } } }";
    assert_eq!(timeline(1, rest), "0 → 8 ok");
}

#[test]
fn choices_tests_and_settings() {
    let rest = "attributes: { lines: { number: 3 } }\nservices: { a: { endpoints: { e: [ { when: { lines: { over: 2 } }, do: { sleep: 1s }, else: { sleep: 100s } }, { set: { lines: 1 } }, { when: { lines: { over: 2 } }, do: { sleep: 100s }, else: { sleep: 2s } }, { repeat: { attribute: lines }, do: { sleep: 4s } }, { choose: [ { weight: 1, do: { sleep: 8s } } ] } ] } } }";
    assert_eq!(timeline(1, rest), "0 → 15 ok");
}

#[test]
fn overrides_hold_for_the_call_and_below() {
    let rest = "attributes: { lines: { number: 3 } }\nservices: { a: { endpoints: { e: [ { call: b.f, with: { lines: 5 } }, { repeat: { attribute: lines }, do: { sleep: 1s } } ] } }, b: { endpoints: { f: { call: c.g } } }, c: { endpoints: { g: { repeat: { attribute: lines }, do: { sleep: 10s } } } } }";
    assert_eq!(timeline(1, rest), "0 → 53 ok");
}

#[test]
fn units_are_held_until_every_exit() {
    let rest = "services: { a: { pools: { disk: { size: 1 } }, endpoints: { e: { hold: disk, do: [ { sleep: 3s }, { fail: 100% } ] } } } }";
    // The failure gives the unit back: 0..3, then 3..6.
    assert_eq!(timeline(2, rest), "0 → 3 error; 1 → 6 error");
    let rest = "services: { a: { pools: { disk: { size: 1 } }, endpoints: { e: { hold: disk, wait: 1s, do: { sleep: 5s } } } } }";
    assert_eq!(timeline(2, rest), "1 → 2 no-connection; 0 → 5 ok");
}

#[test]
fn a_failed_call_fails_its_caller_unless_handled() {
    let rest = |how: &str| {
        format!(
            "services: {{ a: {{ endpoints: {{ e: [ {{ call: b.f{how} }}, {{ sleep: 1s }} ] }} }}, b: {{ endpoints: {{ f: [ {{ sleep: 2s }}, fail ] }} }} }}"
        )
    };
    assert_eq!(timeline(1, &rest("")), "0 → 2 error");
    assert_eq!(timeline(1, &rest(", on-failure: continue")), "0 → 3 ok");
    assert_eq!(
        timeline(1, &rest(", on-failure: { sleep: 4s }")),
        "0 → 7 ok"
    );
}

#[test]
fn work_after_a_timeout_goes_on_and_burns_capacity() {
    // The user's call times out at 2; b computes on to 5 (busy 5 s), its answer is late and 3 s of its slot are wasted.
    let rest = "services: { a: { endpoints: { e: { call: b.f, timeout: 2s } } }, b: { endpoints: { f: { compute: 5s } } } }";
    let log = run(&model(1, rest));
    assert_eq!(log.text, "0 → 2 timeout");
    assert_eq!(
        (log.busy, log.wasted, log.late),
        (5_000_000_000, 3_000_000_000, 1)
    );
}

#[test]
fn cancellation_stops_the_work() {
    // Round trip 1 s: sent 0, there 0.5, timeout at 2, cancellation there at 2.5: busy 2 s.
    let rest = "network: { same-zone: { rtt: 1s } }\nservices: { a: { endpoints: { e: { call: b.f, timeout: 2s, cancel: propagate } } }, b: { endpoints: { f: { compute: 5s } } } }";
    let log = run(&model(1, rest));
    assert_eq!(log.text, "0 → 2 timeout");
    assert_eq!((log.busy, log.late), (2_000_000_000, 0));
}

#[test]
fn cancellation_follows_the_calls_of_the_callee() {
    // The cancellation reaches b at 2 and c in turn at once (no network): c has worked 2 s.
    let rest = "services: { a: { endpoints: { e: { call: b.f, timeout: 2s, cancel: propagate } } }, b: { endpoints: { f: { call: c.g } } }, c: { cpu: fifo, endpoints: { g: { compute: 5s } } } }";
    let log = run(&model(1, rest));
    assert_eq!(log.text, "0 → 2 timeout");
    assert_eq!((log.busy, log.late), (2_000_000_000, 0));
}

#[test]
fn retries_wait_and_are_counted_with_the_first() {
    // Attempts of 1 s timeout at 0; 1 + 2 = 3; 4 + 4 = 8 (exponential, factor 2): ends at 9.
    let rest = "services: { a: { endpoints: { e: { call: b.f, timeout: 1s, retry: { attempts: 3, backoff: { exponential: { base: 2s } } } } } }, b: { endpoints: { f: { sleep: 50s } } } }";
    assert_eq!(timeline(1, rest), "0 → 9 timeout");
    // A deadline of 5 s over all: the third attempt never starts.
    let rest = "services: { a: { endpoints: { e: { call: b.f, timeout: 1s, deadline: 5s, retry: { attempts: 3, backoff: { exponential: { base: 2s } } } } } }, b: { endpoints: { f: { sleep: 50s } } } }";
    assert_eq!(timeline(1, rest), "0 → 5 timeout");
}

#[test]
fn errors_are_not_retried_unless_asked() {
    let rest = |when: &str| {
        format!(
            "services: {{ a: {{ endpoints: {{ e: {{ call: b.f, retry: {{ attempts: 2{when} }} }} }} }}, b: {{ endpoints: {{ f: [ {{ sleep: 1s }}, fail ] }} }} }}"
        )
    };
    assert_eq!(timeline(1, &rest("")), "0 → 1 error");
    assert_eq!(timeline(1, &rest(", when: [error]")), "0 → 2 error");
}

#[test]
fn a_propagated_deadline_refuses_expired_work() {
    // b has one slot, busy 0..4 with the first; the second (sent at 1, deadline 3) would start at 4: refused then, no work done.
    let rest = "services: { a: { endpoints: { e: { call: b.f, deadline: { after: 2s, propagate: true } } } }, b: { concurrency: 1, cpu: fifo, endpoints: { f: { compute: 4s } } } }";
    let log = run(&model(2, rest));
    assert_eq!(log.text, "0 → 2 timeout; 1 → 3 timeout");
    assert_eq!(log.busy, 4_000_000_000);
}

#[test]
fn a_cache_in_the_service_misses_then_hits() {
    let rest = "data: { things: { items: 1 } }\nservices: { a: { endpoints: { e: { get: memo, miss: { sleep: 3s } } } } }\ncaches: { memo: { of: things, per: a, capacity: 10 items, ttl: 4s } }";
    // Misses at 0 and stores at 3; 1 and 2 miss as well (no coalescing) and bring it again at 4 and 5; 6 hits, and at 7 the
    // time of the copy that was stored first is over.
    assert_eq!(
        timeline(9, rest),
        "0 → 3 ok; 3 → 3 ok; 1 → 4 ok; 4 → 4 ok; 2 → 5 ok; 5 → 5 ok; 6 → 6 ok; 7 → 10 ok; 8 → 11 ok"
    );
}

#[test]
fn coalescing_lets_others_wait_for_the_fill() {
    let rest = "data: { things: { items: 1 } }\nservices: { a: { endpoints: { e: { get: memo, miss: { sleep: 3s } } } } }\ncaches: { memo: { of: things, per: a, capacity: 10 items, coalesce: true } }";
    assert_eq!(timeline(3, rest), "0 → 3 ok; 1 → 3 ok; 2 → 3 ok");
}

/// The fetch fails at 3, when two more wait, and the fourth comes. Shared, all fail at once and the fourth fetches anew. In turns of two the
/// second fetches until 6, and the others fail with it; in turns of three the third does until 9. Whether the cache is in the service or
/// on a server of its own, where who waits must not fetch for itself, is all the same.
#[test]
fn a_failed_fetch_fails_those_who_wait_or_the_next_one_fetches() {
    let timeline = |cache: &str, coalesce: &str| {
        let rest = format!(
            "data: {{ things: {{ items: 1 }} }}\nservices: {{ a: {{ endpoints: {{ e: {{ get: memo, miss: [ {{ sleep: 2.5s }}, fail ] }} }} }} }}\ncaches: {{ memo: {{ of: things, {cache}, capacity: 10 items, coalesce: {coalesce} }} }}"
        );
        timeline(4, &rest)
    };
    for cache in ["per: a", "nodes: 1", "nodes: 1, concurrency: 1"] {
        let shared = "0 → 2.5 error; 1 → 2.5 error; 2 → 2.5 error; 3 → 5.5 error";
        assert_eq!(timeline(cache, "true"), shared, "{cache}");
        assert_eq!(timeline(cache, "{ failed: share }"), shared, "{cache}");
        assert_eq!(
            timeline(cache, "{ failed: next }"),
            "0 → 2.5 error; 1 → 5 error; 2 → 5 error; 3 → 5 error",
            "{cache}"
        );
        assert_eq!(
            timeline(cache, "{ failed: next, most: 3 }"),
            "0 → 2.5 error; 1 → 5 error; 2 → 7.5 error; 3 → 7.5 error",
            "{cache}"
        );
        assert_eq!(
            timeline(cache, "false"),
            "0 → 2.5 error; 1 → 3.5 error; 2 → 4.5 error; 3 → 5.5 error"
        );
    }
}

/// Two who wait for 3 s of one core at the same instant, again and again: who sends goes on as well. A fair coin makes the receiver wait
/// for 3 s or not at all, 1.5 s on average, and it falls alike whether the core is given to who comes first or to equals in turn; the more
/// urgent never waits. 400 times: four standard errors are 0.3 s.
#[test]
fn ties_on_a_host_are_a_fair_coin_among_equals() {
    #[derive(Default)]
    struct Waits(Vec<u64>);
    impl Probe for Waits {
        fn served(&mut self, endpoint: u32, _birth: u64, waited: u64, _service: Option<u64>) {
            if endpoint == 1 {
                self.0.push(waited / 1_000_000_000);
            }
        }
    }
    let waits = |cpu: &str, urgent: &str| {
        let text = format!(
            "scaleproof: model/1\nname: tie\npriorities: [gold, silver, bronze]\nworkloads: {{ w: {{ open: {{ rate: 1/100s, process: paced }}, mix: {{ a.e: 1 }}, priority: silver }} }}\n\
             hosts: {{ h: {{ count: 1, cores: 1, cpu: {cpu} }} }}\nservices:\n  a: {{ host: h, endpoints: {{ e: [ {{ send: b.f }}, {{ compute: 3s }} ] }} }}\n  \
             b: {{ host: h, {urgent}endpoints: {{ f: {{ compute: 3s }} }} }}\n"
        );
        common::heard::<Waits>(&text, 40_000).0
    };
    let fifo = waits("fifo", "");
    let mean = fifo.iter().sum::<u64>() as f64 / fifo.len() as f64;
    assert!((mean - 1.5).abs() < 0.3 && fifo.len() > 390, "{mean}");
    assert_eq!(waits("{ priority: { preempt: false } }", ""), fifo);
    assert_eq!(waits("{ priority: { preempt: true } }", ""), fifo);
    for preempt in [false, true] {
        let cpu = format!("{{ priority: {{ preempt: {preempt} }} }}");
        assert!(
            waits(&cpu, "priority: gold, ")
                .iter()
                .all(|wait| *wait == 0)
        );
        assert!(
            waits(&cpu, "priority: bronze, ")
                .iter()
                .all(|wait| *wait == 3)
        );
    }
}

#[test]
fn a_cache_on_nodes_is_a_call_away() {
    // Round trip 1 s, 0.5 s of work at the node: a look-up takes 1.5 s, the miss 3 s in the caller; the store travels 0.5 s and works 0.5 s.
    let rest = "network: { same-zone: { rtt: 1s } }\ndata: { things: { items: 1 } }\nservices: { a: { endpoints: { e: { get: memo, miss: { sleep: 3s } } } } }\ncaches: { memo: { of: things, nodes: 1, cpu: fifo, capacity: 10 items, do: { compute: 0.5s } } }";
    // First: 0 → 1.5 (miss) → 4.5; stored at 5.5. The one at 5 asks at 5.5 and is looked up at 6: a hit, back at 6.5.
    let found = timeline(6, rest);
    assert!(
        found.starts_with("0 → 4.5 ok; 1 → 5.5 ok; 2 → 6.5 ok; "),
        "{found}"
    );
    assert!(
        found.ends_with("5 → 6.5 ok") || found.contains("5 → 6.5 ok"),
        "{found}"
    );
}

/// Everybody asks for the one thing, which takes 3 s to fetch, but for user 6, who does something else.
fn but_for_user_6(does: &str, cache: &str) -> String {
    format!(
        "data: {{ things: {{ items: 1 }} }}\nservices: {{ a: {{ endpoints: {{ e: {{ when: {{ user: {{ is: 6 }} }}, do: {{ {does}: memo }}, else: {{ get: memo, miss: {{ sleep: 3s }} }} }} }} }} }}\ncaches: {{ memo: {{ of: things, capacity: 10 items, {cache} }} }}"
    )
}

#[test]
fn what_is_invalidated_is_fetched_again() {
    let expected = "0 → 3 ok; 3 → 3 ok; 1 → 4 ok; 4 → 4 ok; 2 → 5 ok; 5 → 5 ok; 6 → 6 ok; 7 → 10 ok; 8 → 11 ok";
    for cache in ["per: a", "nodes: 1"] {
        let found = timeline(9, &but_for_user_6("invalidate", cache));
        assert_eq!(found, expected, "{cache}");
    }
}

#[test]
fn what_is_put_is_good_for_its_whole_time() {
    // Stored at 3 for 4 s, and put at 6: good until 10.
    let expected = "0 → 3 ok; 3 → 3 ok; 1 → 4 ok; 4 → 4 ok; 2 → 5 ok; 5 → 5 ok; 6 → 6 ok; 7 → 7 ok; 8 → 8 ok; 9 → 9 ok; 10 → 13 ok";
    for cache in ["per: a, ttl: 4s", "nodes: 1, ttl: 4s"] {
        let found = timeline(11, &but_for_user_6("put", cache));
        assert_eq!(found, expected, "{cache}");
    }
}

#[test]
fn a_warm_cache_holds_the_most_popular() {
    let each = |users: u32, cache: &str| {
        let mut which = String::new();
        for k in 0..users {
            let _ = write!(
                which,
                "{{ when: {{ user: {{ is: {k} }} }}, do: {{ set: {{ things: {k} }} }} }}, "
            );
        }
        let rest = format!(
            "data: {{ things: {{ items: 5, popularity: {{ zipf: {{ exponent: 1 }} }}, size: 4B }} }}\nservices: {{ a: {{ endpoints: {{ e: [ {which}{{ get: memo, miss: {{ sleep: 10s }} }} ] }} }} }}\ncaches: {{ memo: {{ of: things, start: warm, {cache} }} }}"
        );
        timeline(users, &rest)
    };
    // User k asks for the thing of rank k.
    let two = "0 → 0 ok; 1 → 1 ok; 2 → 12 ok; 3 → 13 ok";
    assert_eq!(each(4, "per: a, capacity: 2 items"), two);
    assert_eq!(each(4, "per: a, capacity: 11B"), two);
    assert_eq!(each(4, "nodes: 1, capacity: 2 items"), two);
    // Each of three nodes has its own part, for which there is room.
    let all = "0 → 0 ok; 1 → 1 ok; 2 → 2 ok; 3 → 3 ok; 4 → 4 ok";
    assert_eq!(each(5, "nodes: 3, capacity: 5 items"), all);
    // Entries have between nothing and all of their time left.
    assert_eq!(
        each(5, "per: a, capacity: 5 items, ttl: { sliding: 10s }"),
        all
    );
    let some = each(5, "per: a, capacity: 5 items, ttl: 10s");
    assert!(
        some.contains("4 → 4 ok") || some.contains("4 → 14 ok"),
        "{some}"
    );
}

#[test]
fn connections_bound_calls_to_a_database() {
    // One connection per caller: the second's query starts when the first's answer is back.
    let rest = |wait: &str| {
        format!(
            "data: {{ things: {{ items: 10 }} }}\nservices: {{ a: {{ endpoints: {{ e: {{ call: db.q }} }} }} }}\ndatabases: {{ db: {{ of: things, connections: {{ per-caller: 1{wait} }}, queries: {{ q: {{ reads: one, do: {{ sleep: 3s }} }} }} }} }}"
        )
    };
    assert_eq!(timeline(2, &rest("")), "0 → 3 ok; 1 → 6 ok");
    assert_eq!(
        timeline(2, &rest(", wait: 1s")),
        "1 → 2 no-connection; 0 → 3 ok"
    );
}

#[test]
fn writes_wait_for_their_acknowledgements() {
    let rest = |acks: u32| {
        format!(
            "network: {{ same-zone: {{ rtt: 1s }} }}\ndata: {{ things: {{ items: 10 }} }}\nservices: {{ a: {{ endpoints: {{ e: {{ call: db.w }} }} }} }}\ndatabases: {{ db: {{ of: things, replicas: 3, write: {{ acks: {acks} }}, queries: {{ w: {{ writes: one, do: {{ sleep: 2s }} }} }} }} }}"
        )
    };
    // Leader: 0.5 there, 2 s, 0.5 back.
    assert_eq!(timeline(1, &rest(1)), "0 → 3 ok");
    // Plus a round trip to a follower that applies the write for 2 s: 0.5 + 2 + (0.5 + 2 + 0.5) + 0.5.
    assert_eq!(timeline(1, &rest(2)), "0 → 6 ok");
}

#[test]
fn a_shared_queue_feeds_whichever_replica_is_free() {
    let rest = "services: { a: { replicas: 2, concurrency: 1, balance: shared-queue, endpoints: { e: { sleep: 3s } } } }";
    assert_eq!(timeline(4, rest), "0 → 3 ok; 1 → 4 ok; 2 → 6 ok; 3 → 7 ok");
}

#[test]
fn a_slot_handed_over_and_called_off_at_one_instant_is_not_lost() {
    // One of three branches suffices (at 1); the two calls are called off at once, the one in service and the one that gets its slot.
    let rest = "services:\n  a: { endpoints: { e: [ { parallel: [ { call: b.f }, { call: b.f }, { sleep: 1s } ], need: 1, rest: cancel }, { call: b.f } ] } }\n  b: { concurrency: 1, endpoints: { f: { sleep: 5s } } }";
    assert_eq!(timeline(1, rest), "0 → 6 ok");
}

#[test]
fn those_who_wait_for_a_fill_leave_the_node_free_to_store() {
    let rest = "data: { things: { items: 1 } }\nservices: { a: { endpoints: { e: { get: memo, miss: { sleep: 3s } } } } }\ncaches: { memo: { of: things, nodes: 1, concurrency: 1, capacity: 10 items, coalesce: true } }";
    assert_eq!(timeline(3, rest), "0 → 3 ok; 1 → 3 ok; 2 → 3 ok");
}

#[test]
fn more_successes_wanted_than_rounds_drawn_is_a_failure() {
    let rest = "services:\n  a: { endpoints: { e: { repeat: { weighted: { 1: 1, 4: 0.000001 } }, at-once: all, need: 3, rest: cancel, do: { call: b.f } } } }\n  b: { endpoints: { f: { sleep: 1s } } }";
    assert_eq!(timeline(1, rest), "0 → 0 error");
}

#[test]
fn a_wait_of_no_time_is_a_try() {
    let rest = "services: { a: { pools: { disk: { size: 1 } }, endpoints: { e: { hold: disk, wait: 0s, do: { sleep: 5s } } } } }";
    assert_eq!(timeline(2, rest), "1 → 1 no-connection; 0 → 5 ok");
}

#[test]
fn a_key_changed_while_missing_leaves_nobody_waiting() {
    let rest = "data: { things: { items: 1000000 } }\nattributes: { which: { key: things } }\nservices: { a: { endpoints: { e: [ { set: { things: 3 } }, { get: memo, miss: [ { sleep: 3s }, { set: { things: 4 } } ] } ] } } }\ncaches: { memo: { of: things, per: a, capacity: 10 items, coalesce: true } }";
    // The second waits until 3, becomes the filler, and is done at 6.
    assert_eq!(timeline(2, rest), "0 → 3 ok; 1 → 6 ok");
}

#[test]
fn a_caller_that_gives_up_a_forwarded_call_keeps_its_counts() {
    let rest = "services:\n  a: { endpoints: { e: { call: b.f, timeout: 1s, on-failure: continue } } }\n  b: { replicas: 2, endpoints: { f: { forward: c.g } } }\n  c: { replicas: 2, balance: { least-requests: { view: caller } }, endpoints: { g: { sleep: 5s } } }";
    assert_eq!(timeline(3, rest), "0 → 1 ok; 1 → 2 ok; 2 → 3 ok");
}

#[test]
fn what_is_wasted_below_counts_from_when_it_was_given_up() {
    // c sleeps 0..5; the user's call to b is given up at 2: b and c both waste 3 s.
    let rest = "services: { a: { endpoints: { e: { call: b.f, timeout: 2s } } }, b: { endpoints: { f: { call: c.g } } }, c: { endpoints: { g: { sleep: 5s } } } }";
    assert_eq!(run(&model(1, rest)).wasted, 6_000_000_000);
}

#[test]
fn fractional_cores_slow_a_lone_job_under_fifo() {
    let rest = "services: { a: { cores: 1.5, cpu: fifo, concurrency: 1, endpoints: { e: { compute: 3s } } } }";
    assert_eq!(timeline(1, rest), "0 → 4 ok");
}

#[test]
fn time_that_stands_still_is_told() {
    let text = "scaleproof: model/1\nname: still\nworkloads: { w: { closed: { users: 1 }, mix: { a.e: 1 } } }\ndata: { things: { items: 1 } }\nservices: { a: { endpoints: { e: { get: memo, miss: { sleep: 1s } } } } }\ncaches: { memo: { of: things, per: a, capacity: 10 items, ttl: 10s } }";
    let plan = common::plan(text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
    let overflow = engine
        .run_until(500_000_000_000)
        .expect_err("it never ends");
    assert!(overflow.stuck);
}

/// One slot and no place to wait: the second asks at 1 and every half second after that, until it is let in at 150.5, the
/// 300th time; more attempts than a byte can count.
#[test]
fn attempts_without_end() {
    let text = "scaleproof: model/1\nname: exact\nworkloads:\n  users: { closed: { users: 2, think: 1000s, ramp: 1/s }, mix: { ask: 1 } }\njourneys: { ask: { call: a.e, retry: { attempts: unlimited, backoff: 500ms } } }\nservices: { a: { concurrency: 1, backlog: 0, endpoints: { e: { sleep: 150.25s } } } }";
    assert_eq!(run(text).text, "0 → 150.25 ok; 1 → 300.75 ok");
}

/// Equal jitter: half of the wait for certain, the other half at random (4 s, then 8 s).
#[test]
fn equal_jitter_waits_between_half_and_all() {
    let text = "scaleproof: model/1\nname: exact\nworkloads:\n  users: { closed: { users: 200, think: 1000s }, mix: { ask: 1 } }\njourneys: { ask: { call: a.e, on-failure: continue, retry: { attempts: 3, when: [error], backoff: { exponential: { base: 4s, jitter: equal } } } } }\nservices: { a: { endpoints: { e: fail } } }";
    let log = run(text);
    let ends: Vec<f64> = log
        .text
        .split("; ")
        .map(|line| {
            line.split(' ')
                .nth(2)
                .and_then(|end| end.parse().ok())
                .expect("a time")
        })
        .collect();
    assert_eq!(ends.len(), 200);
    assert!(
        ends.iter().all(|end| (6.0..=12.0).contains(end)),
        "{ends:?}"
    );
    // The mean of U(2, 4) + U(4, 8) is 9, its standard deviation √(1/3 + 4/3) = 1.29.
    let mean = ends.iter().sum::<f64>() / 200.0;
    assert!((mean - 9.0).abs() < 4.0 * 1.29 / 200.0_f64.sqrt(), "{mean}");
}

fn kept_for(users: u32, ttl: &str) -> String {
    let rest = format!(
        "data: {{ things: {{ items: 1 }} }}\nservices: {{ a: {{ endpoints: {{ e: {{ get: memo, miss: {{ sleep: 3s }} }} }} }} }}\ncaches: {{ memo: {{ of: things, per: a, capacity: 10 items, ttl: {ttl} }} }}"
    );
    timeline(users, &rest)
}

/// Stored at 3, asked for every second: 2 s are enough for ever, while a fixed time of 2 s is over at 5.
#[test]
fn a_sliding_time_to_live_begins_anew() {
    assert_eq!(
        kept_for(8, "{ sliding: 2s }"),
        "0 → 3 ok; 3 → 3 ok; 1 → 4 ok; 4 → 4 ok; 2 → 5 ok; 5 → 5 ok; 6 → 6 ok; 7 → 7 ok"
    );
    assert!(kept_for(7, "{ fixed: 2s }").contains("6 → 6 ok"));
    assert!(kept_for(8, "{ fixed: 2s }").ends_with("7 → 10 ok"));
}

/// The slow replica would answer after 20 s; the copy that leaves at 3 s for the fast one answers at 5 s.
#[test]
fn a_hedged_call_goes_to_another_replica() {
    let rest = |cancel: &str| {
        format!(
            "services: {{ a: {{ endpoints: {{ e: {{ call: b.f, hedge: {{ after: 3s{cancel} }} }} }} }}, b: {{ balance: round-robin, groups: {{ slow: {{ speed: 0.1 }}, fast: {{ speed: 1 }} }}, endpoints: {{ f: {{ compute: 2s }} }} }} }}"
        )
    };
    let log = run(&model(1, &rest("")));
    assert_eq!(log.text, "0 → 5 ok");
    assert_eq!((log.busy, log.late), (22_000_000_000, 1));
    let log = run(&model(1, &rest(", cancel: losers")));
    assert_eq!(log.text, "0 → 5 ok");
    assert_eq!((log.busy, log.late), (7_000_000_000, 0));
}

/// Copies of an exponential call (1 s) that wait for the observed 95th percentile: 5 % of the calls have a second one, and the mean is
/// that of the minimum beyond it, 0.95 + 0.05/2 s; a percentile of 20 s, beyond which 2·10⁻⁹ would lie, changes nothing.
#[test]
fn a_hedge_after_a_percentile_copies_those_beyond_it() {
    for (law, extra, mean) in [
        ("p95", 0.05, 0.975),
        ("p50", 0.5, 0.75),
        ("{ uniform: { from: 19s, to: 21s } }", 0.0, 1.0),
        // The mean of e^-T is 0.6228, and that of 1 - e^-T/2 is 0.6886.
        ("{ uniform: { from: 0.1s, to: 0.9s } }", 0.6228, 0.6886),
    ] {
        let text = format!(
            "scaleproof: model/1\nname: hedge\nworkloads: {{ w: {{ open: {{ rate: 10/s }}, mix: {{ a.e: 1 }} }} }}\nservices: {{ a: {{ cores: unlimited, endpoints: {{ e: {{ call: b.f, hedge: {{ after: {law}, cancel: losers }} }} }} }}, b: {{ replicas: 2, cores: unlimited, endpoints: {{ f: {{ compute: {{ exponential: 1s }} }} }} }} }}"
        );
        let plan = common::plan(&text);
        let request = scaleproof::lab::Request {
            seed: 3,
            replications: Some(4),
            duration: Some(10_000_000_000_000),
            warm_up: Some(1_000_000_000_000),
            ..Default::default()
        };
        let outcome = scaleproof::lab::run(&plan, &request, &scaleproof::lab::Silent);
        let arrived = |name: &str| {
            let at = plan.endpoints.iter().position(|row| row.name == name);
            let at = at.expect("it is there");
            outcome.mean(|tally| tally.endpoints[at].sent as f64).value
        };
        let (first, all) = (arrived("e").expect("known"), arrived("f").expect("known"));
        assert!(
            (all / first - 1.0 - extra).abs() < 0.003,
            "{law}: {all} for {first}"
        );
        let took = outcome.ratio(
            |tally| tally.entries[0].latency.sum as f64 / 1e9,
            |tally| tally.entries[0].latency.count as f64,
        );
        let took = took.value.expect("known");
        assert!((took - mean).abs() < 0.015, "{law}: {took} for {mean}");
    }
}

/// A copy that fails (at 1 s) makes the next leave at once, which fails at 2 s; copies have a second and a half each: the first has run
/// out at 1.5 s, the second, which left at 1 s, at 2.5 s.
#[test]
fn a_hedged_call_fails_when_all_its_copies_have() {
    let rest = |guards: &str, program: &str| {
        format!(
            "services: {{ a: {{ endpoints: {{ e: {{ call: b.f, {guards} }} }} }}, b: {{ replicas: 3, endpoints: {{ f: {program} }} }} }}"
        )
    };
    let failing = "[ { sleep: 1s }, fail ]";
    assert_eq!(timeline(1, &rest("hedge: 10s", failing)), "0 → 2 error");
    let endless = "{ sleep: 50s }";
    let timeout = "timeout: 1.5s, hedge: 1s";
    assert_eq!(timeline(1, &rest(timeout, endless)), "0 → 2.5 timeout");
    // With a second attempt of the same: 2.5 s later.
    let again = "timeout: 1.5s, hedge: 1s, retry: 2";
    assert_eq!(timeline(1, &rest(again, endless)), "0 → 5 timeout");
    let deadline = "deadline: 2s, hedge: { after: 0s, extra: 2 }";
    assert_eq!(timeline(1, &rest(deadline, endless)), "0 → 2 timeout");
}
