//! Runs without a steady state are told apart, through the engine: too short, a trend, a load that cannot be served, a swing, and
//! two states between which chance decides. None of them prints an interval.

mod common;

use scaleproof::analysis::{Ended, Meta, Outcome, Regime, RunResult, Status, Verdict, summarise};
use scaleproof::lab::{self, Request, Silent};

fn run(text: &str, seconds: u64, seed: u64) -> (Outcome, RunResult) {
    let plan = common::plan(&format!("scaleproof: model/1\nname: regimes\n{text}"));
    let request = Request {
        seed,
        replications: Some(16),
        duration: Some(seconds * 1_000_000_000),
        warm_up: Some(0),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let result = summarise(&plan, &outcome, &Meta::default());
    (outcome, result)
}

/// The regime, its sentence, and that no interval is printed.
#[track_caller]
fn told(text: &str, seconds: u64, regime: Regime, status: Status, sentence: &str) {
    for seed in [1, 2, 3] {
        let (outcome, result) = run(text, seconds, seed);
        let run = &result.run;
        assert_eq!(outcome.regime, regime, "{:?}", run.warnings);
        assert_eq!(run.regime, regime.word());
        assert_ne!(outcome.ended, Ended::Precise);
        assert!(
            run.warnings
                .iter()
                .any(|warning| warning.contains(sentence)),
            "{:?}",
            run.warnings
        );
        let latency = &result.endpoints[0].latency;
        for estimate in [&latency.mean, &latency.p50, &latency.p99] {
            assert_eq!((estimate.low, estimate.high), (None, None));
        }
        assert_eq!(latency.mean.status, status);
    }
}

const SERVER: &str =
    "services: { a: { cpu: fifo, endpoints: { e: { compute: { exponential: 10ms } } } } }";

fn open(rate: &str, services: &str) -> String {
    format!("workloads: {{ w: {{ open: {{ rate: {rate} }}, mix: {{ a.e: 1 }} }} }}\n{services}")
}

/// Jobs of a minute and a half at fifty servers: after a minute half of those have come that will be there in the long run.
#[test]
fn a_run_that_is_too_short() {
    let services = "services: { a: { cores: 50, concurrency: 50, endpoints: { e: { compute: { exponential: 100s } } } } }";
    told(
        &open("0.4/s", services),
        60,
        Regime::TooShort,
        Status::TooShort,
        "The run is too short: requests in progress grow by",
    );
}

/// Pauses of an hour: after two minutes those of the first still last, and nothing is full. Arithmetic knows of no queue that starts up.
#[test]
fn a_trend_that_nothing_full_explains() {
    let services =
        "services: { a: { cores: unlimited, endpoints: { e: { sleep: { exponential: 1h } } } } }";
    told(
        &open("10/s", services),
        120,
        Regime::Trend,
        Status::Unstable,
        "requests in progress grow by",
    );
}

#[track_caller]
fn not_served(text: &str, sentence: &str) {
    told(text, 60, Regime::Overload, Status::Unstable, sentence);
}

#[test]
fn a_load_that_cannot_be_served() {
    not_served(&open("110/s", SERVER), "`a` is full: its CPU is ");
}

/// A server that is 60 % busy by arithmetic; but every other call is given up and made again, and nobody tells the server.
#[test]
fn a_load_that_retries_make_too_much() {
    let services = "services:
  a: { cores: unlimited, endpoints: { e: { call: b.f, timeout: 8ms, retry: { attempts: 3 }, on-failure: continue } } }
  b: { cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } }";
    not_served(&open("60/s", services), "`b` is full: its CPU is ");
}

/// Four slots of 150 ms do 26.7/s. The fifty slots of who calls them are taken too, and so is a place in the first one for whoever
/// waits; but the cause is the last.
#[test]
fn what_is_full_is_named_behind_two_calls() {
    let services = "services:
  a: { cores: unlimited, endpoints: { e: { call: b.e } } }
  b: { cores: unlimited, concurrency: 50, endpoints: { e: { call: c.e } } }
  c: { concurrency: 4, endpoints: { e: { sleep: 150ms } } }";
    let (outcome, _) = run(&open("100/s", services), 60, 1);
    assert_eq!(outcome.regime, Regime::Overload);
    assert!(
        outcome.warnings[0].starts_with("The load cannot be served: 26."),
        "{:?}",
        outcome.warnings
    );
    not_served(&open("100/s", services), "`c` is full: its slots are ");
}

/// Ten requests of 200 ms at once: 50/s.
#[test]
fn a_full_external_is_named() {
    let services = "services: { a: { concurrency: 200, endpoints: { e: [ { compute: 1ms }, { call: psp.charge } ] } } }
externals: { psp: { concurrency: 10, endpoints: { charge: { sleep: { exponential: 200ms } } } } }";
    not_served(&open("100/s", services), "`psp` is full: its slots are ");
}

/// Half of 200 look-ups a second miss, and two disks of 50 ms do 40/s.
#[test]
fn a_full_pool_behind_a_miss_is_named() {
    let text = "data: { things: { items: 1000 } }
services:
  a:
    cores: unlimited
    pools: { disk: { size: 2 } }
    endpoints: { e: { get: c, miss: { hold: disk, do: { sleep: { exponential: 50ms } } } } }
caches: { c: { of: things, capacity: 500 items } }";
    not_served(&open("200/s", text), "`disk of a` is full: ");
}

/// Connections that are all taken since the database behind them is full; and those of the users, whose database is not.
#[test]
fn connections_are_full_or_what_is_behind_them() {
    let text = |cores: &str, work: &str| {
        open(
            "50/s",
            &format!(
                "services: {{ a: {{ cores: unlimited, endpoints: {{ e: {{ call: db.q }} }} }} }}
databases: {{ db: {{ cores: {cores}, connections: {{ per-caller: 2 }}, queries: {{ q: {{ reads: one, do: {{ {work} }} }} }} }} }}"
            ),
        )
    };
    not_served(
        &text("1", "compute: { exponential: 30ms }"),
        "`db` is full: its CPU is ",
    );
    not_served(
        &text("unlimited", "sleep: 100ms"),
        "`db connections of a` is full: ",
    );
}

/// A topic whose four partitions are each read one message at a time, of 150 ms, by who would have room for more: 26.7/s of 100/s. The
/// users, who only publish, are all served.
#[test]
fn a_group_that_falls_behind_is_full() {
    let text = |run: &str, consumers: &str, worker: &str| {
        format!(
            "workloads: {{ w: {{ open: {{ rate: 100/s }}, mix: {{ p.put: 1 }} }} }}
services:
  p: {{ endpoints: {{ put: {{ publish: t, ack: none }} }} }}
  worker: {{ replicas: 6, cores: unlimited, endpoints: {{ do: {{ {worker} }} }} }}
{run}: {{ t: {{ {consumers} }} }}"
        )
    };
    not_served(
        &text(
            "topics",
            "partitions: 4, groups: { g: { run: worker.do } }",
            "sleep: 150ms",
        ),
        "`t.g` is full: each of its 4 partitions is read one batch at a time",
    );
    not_served(
        &text("queues", "run: worker.do, in-flight: 1", "sleep: 150ms"),
        "`t.run` is full: a consumer has 1 at once",
    );
}

/// A queue that is offered 160 % of what its worker does: the lag objective fails, however far its limit, and what is done is what is done.
#[test]
fn objectives_that_cannot_be_met_fail() {
    let text = "workloads: { w: { open: { rate: 16/s }, mix: { api.post: 1 } } }
services:
  api: { endpoints: { post: [ { compute: 1ms }, { publish: jobs } ] } }
  worker: { endpoints: { do: { compute: { exponential: 100ms } } } }
queues: { jobs: { run: worker.do } }
objectives:
  lag: { of: jobs.run, lag-time: 10h }
  done: { of: jobs.run, throughput: 15/s }
  posted: { of: api.post, p99: 1s }";
    let (outcome, result) = run(text, 200, 1);
    assert_eq!(outcome.regime, Regime::Overload, "{:?}", outcome.warnings);
    let verdicts: Vec<Verdict> = result.objectives.iter().map(|row| row.verdict).collect();
    // Users have their answers; but at a load without a steady state nothing more is said of them.
    assert_eq!(
        verdicts,
        [Verdict::Fail, Verdict::Fail, Verdict::Undecided],
        "{:?}",
        result.objectives
    );
    assert!(
        result.objectives[0].reason.contains("is not done"),
        "{}",
        result.objectives[0].reason
    );
    let group = &result.groups[0];
    let done = group.throughput.value.unwrap_or(0.0);
    assert!((9.0..11.0).contains(&done), "{done}");
}

/// A hundred clients with the same timer, which all start at once.
#[test]
fn a_load_that_swings() {
    let text = format!(
        "workloads: {{ w: {{ closed: {{ users: 100, think: 5s }}, mix: {{ a.e: 1 }} }} }}\n{SERVER}"
    );
    told(
        &text,
        20,
        Regime::Periodic,
        Status::Unstable,
        "swing with a period of about 5",
    );
}

/// A server that is 55 % busy, and users who all begin in the same second. Some replications get over it; in the others five
/// attempts per request keep the server busy with answers that nobody waits for any more (Bronson et al., Metastable failures in
/// distributed systems, `HotOS` 2021).
#[test]
fn two_states_that_chance_decides_between() {
    let text = "workloads: { w: { closed: { users: 55, think: { exponential: 1s } }, mix: { a.e: 1 } } }
services:
  a: { cores: unlimited, endpoints: { e: { call: b.f, timeout: 300ms, retry: { attempts: 5 }, on-failure: continue } } }
  b: { cpu: fifo, concurrency: 1, backlog: 100, endpoints: { f: { compute: { exponential: 10ms } } } }";
    told(
        text,
        60,
        Regime::TwoStates,
        Status::Unstable,
        "the replications fall into two groups",
    );
}

#[test]
fn a_steady_state_is_none_of_these() {
    for seed in [1, 2, 3] {
        let (outcome, result) = run(&open("70/s", SERVER), 120, seed);
        assert_eq!(outcome.regime, Regime::Settled, "{:?}", outcome.warnings);
        let mean = &result.endpoints[0].latency.mean;
        // M/M/1: 1/(100 - 70) s.
        assert!(
            mean.low < Some(1.0 / 30.0) && Some(1.0 / 30.0) < mean.high,
            "{mean:?}"
        );
    }
}

/// Threads that wait for a busy server are held longer than arithmetic knows: the pilot replications find out.
#[test]
fn threads_that_are_held_longer_make_replications_longer() {
    let services = "services:
  a: { cores: unlimited, concurrency: 4, endpoints: { e: [ { compute: { exponential: 20ms } }, { call: b.f } ] } }
  b: { cpu: fifo, endpoints: { f: { compute: { exponential: 8ms } } } }";
    let plan = common::plan(&format!(
        "scaleproof: model/1\nname: regimes\n{}",
        open("90/s", services)
    ));
    let request = Request {
        replications: Some(16),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let longer = |reason: &String| {
        reason.starts_with("Replications were made longer")
            && reason.contains("`a` was busier in the pilot replications than by arithmetic")
    };
    assert!(outcome.reasons.iter().any(longer), "{:?}", outcome.reasons);
    // 25 relaxation times of the server behind are 8.7 s.
    assert!(outcome.seconds() > 2.0 * 8.7, "{}", outcome.seconds());
}

/// A quarter of a per cent too much moves the queue by less than chance does in so short a run: that processors are never idle and
/// arithmetic tell.
#[test]
fn a_load_that_is_a_little_too_much() {
    let services =
        "services: { a: { cores: 4, endpoints: { e: { compute: { exponential: 10ms } } } } }";
    for seed in 1..=6 {
        let (outcome, _) = run(&open("401/s", services), 60, seed);
        let warnings = &outcome.warnings;
        assert_eq!(outcome.regime, Regime::Overload, "{seed}: {warnings:?}");
        assert!(warnings[0].contains("cannot be served"), "{warnings:?}");
    }
}
