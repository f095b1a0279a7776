//! Runs without a steady state are told apart, through the engine: too short, a trend, a load that cannot be served, a swing, and
//! two states between which chance decides. None of them prints an interval.

mod common;

use scaleproof::analysis::{Ended, Meta, Outcome, Regime, RunResult, Status, summarise};
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

/// A server that is 60 % busy by arithmetic; but every other call is given up and made again, and nobody tells the server.
#[test]
fn a_trend_that_arithmetic_does_not_know() {
    let services = "services:
  a: { cores: unlimited, endpoints: { e: { call: b.f, timeout: 8ms, retry: { attempts: 3 }, on-failure: continue } } }
  b: { cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } }";
    told(
        &open("60/s", services),
        120,
        Regime::Trend,
        Status::Unstable,
        "requests waiting grow by",
    );
}

#[test]
fn a_load_that_cannot_be_served() {
    told(
        &open("110/s", SERVER),
        60,
        Regime::Overload,
        Status::Unstable,
        "`a` is asked for more than it has",
    );
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
    // 250 relaxation times of the server behind are 87 s.
    assert!(outcome.seconds() > 2.0 * 87.0, "{}", outcome.seconds());
}
