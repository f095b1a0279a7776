//! Simulated against exact: the exact value must lie in the 99.9 % interval, and the interval's half-width must be at most 2 % of it
//! (5 % for the 99th percentile): an interval that is too wide proves nothing.

mod common;

use scaleproof::analysis::Outcome;
use scaleproof::analysis::estimate::{Sample, student_factor};
use scaleproof::analysis::section::{Section, merge, percentile};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::measure::Tally;
use std::borrow::Cow;

const REPLICATIONS: u32 = 32;

/// Replications of so many seconds each, cut at so many.
fn replicate(text: &str, warm_up: f64, seconds: f64) -> Outcome {
    let plan = common::plan(text);
    let request = Request {
        seed: 20,
        replications: Some(REPLICATIONS),
        duration: Some((seconds * 1e9) as u64),
        warm_up: Some((warm_up * 1e9) as u64),
        ..Request::default()
    };
    lab::run(&plan, &request, &Silent)
}

fn judge(name: &str, sample: &Sample, exact: f64, widest: f64) {
    let value = sample.value.expect("there is a value");
    let half = sample.error() * student_factor(REPLICATIONS as usize, 0.999);
    let shown = format!("{name}: {value:.6} ± {half:.6}, exactly {exact:.6}");
    assert!((value - exact).abs() <= half, "{shown}: outside");
    assert!(half <= widest * exact, "{shown}: too wide");
}

fn window(tally: &Tally) -> f64 {
    (tally.until - tally.from) as f64
}

/// Mean time in the system, as the user of the first workload sees it [s].
fn latency(outcome: &Outcome, exact: f64) {
    let sample = outcome.ratio(
        |tally| tally.entries[0].latency.sum as f64 / 1e9,
        |tally| tally.entries[0].latency.count as f64,
    );
    judge("mean latency", &sample, exact, 0.02);
}

fn p99(outcome: &Outcome, exact: f64) {
    let sections: Vec<Section> = outcome
        .tallies
        .iter()
        .map(|tally| Section {
            histogram: Cow::Borrowed(&tally.entries[0].histogram),
            above: 0,
        })
        .collect();
    let (sample, _) = percentile(&sections, &merge(&sections), 0.99);
    judge("p99 latency", &sample.scaled(1e-9), exact, 0.05);
}

/// Busy share of a processor.
fn utilisation(outcome: &Outcome, processor: usize, cores: f64, exact: f64) {
    let sample = outcome
        .mean(|tally| tally.processors[processor].busy as f64 / 1000.0 / cores / window(tally));
    judge("utilisation", &sample, exact, 0.02);
}

/// Mean number present at a station.
fn present(outcome: &Outcome, station: usize, exact: f64) {
    let sample = outcome.mean(|tally| tally.stations[station].present as f64 / window(tally));
    judge("number present", &sample, exact, 0.02);
}

fn open(rate: f64, services: &str) -> String {
    format!(
        "scaleproof: model/1\nname: theory\nworkloads: {{ w: {{ open: {{ rate: {rate}/s }}, mix: {{ a.e: 1 }} }} }}\n{services}"
    )
}

/// M/M/1, λ 0.8, μ 1: W = 1/(μ-λ) = 5, p99 = W ln 100, L = ρ/(1-ρ) = 4 (Kleinrock, Queueing Systems vol. 1, 1975).
#[test]
fn mm1() {
    let outcome = replicate(
        &open(
            0.8,
            "services: { a: { cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }",
        ),
        500.0,
        140_000.0,
    );
    latency(&outcome, 5.0);
    p99(&outcome, 23.02585);
    utilisation(&outcome, 0, 1.0, 0.8);
    present(&outcome, 0, 4.0);
}

/// M/M/10, λ 9, μ 1: Erlang C 0.668732, W 1.668732, p99 from the exact distribution (Kleinrock 1975).
#[test]
fn mmc_as_one_processor_and_as_slots() {
    for station in ["cores: 10, cpu: fifo", "cores: 10, concurrency: 10"] {
        let services = format!(
            "services: {{ a: {{ {station}, endpoints: {{ e: {{ compute: {{ exponential: 1s }} }} }} }} }}"
        );
        let outcome = replicate(&open(9.0, &services), 500.0, 20_000.0);
        latency(&outcome, 1.668_731_5);
        utilisation(&outcome, 0, 10.0, 0.9);
        present(&outcome, 0, 15.018_58);
    }
}

/// M/G/1-PS, λ 0.8, mean 1: W = 5 whatever the law (Kleinrock vol. 2, 1976, 4.4).
#[test]
fn processor_sharing_is_insensitive() {
    for law in [
        "{ exponential: 1s }",
        "1s",
        "{ hyper-exponential: { mean: 1s, cv: 2 } }",
        "{ lognormal: { mean: 1s, cv: 2 } }",
    ] {
        let services = format!("services: {{ a: {{ endpoints: {{ e: {{ compute: {law} }} }} }} }}");
        let outcome = replicate(&open(0.8, &services), 1000.0, 300_000.0);
        latency(&outcome, 5.0);
        utilisation(&outcome, 0, 1.0, 0.8);
    }
}

/// Two M/M/1 in tandem, λ 0.8, μ 1 and 1.25: W = 5 + 1/0.45, p99 of the sum of two exponentials 25.96141 (Burke 1956).
#[test]
fn tandem() {
    let services = "services: { a: { cpu: fifo, endpoints: { e: [ { compute: { exponential: 1s } }, { forward: b.f } ] } }, b: { cpu: fifo, endpoints: { f: { compute: { exponential: 0.8s } } } } }";
    let outcome = replicate(&open(0.8, services), 500.0, 100_000.0);
    latency(&outcome, 7.222_222);
    p99(&outcome, 25.961_41);
    utilisation(&outcome, 1, 1.0, 0.64);
}

/// Ten users who think 9 s on average and share one server of 1 s: X 0.8320368, R 3.0187 (machine repair; Allen 1990, table 9).
#[test]
fn closed_with_think_time() {
    let text = "scaleproof: model/1\nname: theory\nworkloads: { w: { closed: { users: 10, think: { exponential: 9s } }, mix: { a.e: 1 } } }\nservices: { a: { cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }";
    let outcome = replicate(text, 500.0, 30_000.0);
    latency(&outcome, 3.0187);
    utilisation(&outcome, 0, 1.0, 0.832_036_8);
}

/// Service in random order has the mean of any order that knows nothing of demands, and more variance: at λ 0.5, μ 1 the
/// second moment of the wait is 4/(1 - ρ/2) = 16/3, so that of the whole stay is 16/3 + 2·1·1 + 2 (Takács 1963).
#[test]
fn random_order() {
    let services = "services: { a: { concurrency: 1, discipline: random, endpoints: { e: { compute: { exponential: 1s } } } } }";
    let outcome = replicate(&open(0.5, services), 200.0, 60_000.0);
    latency(&outcome, 2.0);
    let squares = outcome.ratio(
        |tally| tally.entries[0].latency.squares as f64 / 1e18,
        |tally| tally.entries[0].latency.count as f64,
    );
    judge("second moment of latency", &squares, 28.0 / 3.0, 0.05);
}

/// M/M/1 with retrials: blocked callers come back after exponential times without end; λ 0.5, μ 1, θ 1: ρ(λ + ρθ)/(θ(1-ρ)) = 1
/// in orbit, so W = 1/0.5 + 1 = 3 (Falin and Templeton, Retrial Queues, 1997, 1.2).
#[test]
fn retrials() {
    let text = "scaleproof: model/1\nname: theory\nworkloads: { w: { open: { rate: 0.5/s }, mix: { ask: 1 } } }\njourneys: { ask: { call: a.e, retry: { attempts: unlimited, backoff: { exponential: 1s } } } }\nservices: { a: { concurrency: 1, backlog: 0, endpoints: { e: { compute: { exponential: 1s } } } } }";
    let outcome = replicate(text, 200.0, 60_000.0);
    latency(&outcome, 3.0);
    utilisation(&outcome, 0, 1.0, 0.5);
}

/// MMPP(2)/M/1 with rates 0.2 and 1.4 for 100 s and 50 s on average, μ 1: L 15.83033 by Neuts' matrix-geometric method.
#[test]
fn bursts() {
    let text = "scaleproof: model/1\nname: theory\nworkloads: { w: { open: { rate: 1/s, process: { mmpp: { states: [ { factor: 0.2, stay: 100s }, { factor: 1.4, stay: 50s } ] } } }, mix: { a.e: 1 } } }\nservices: { a: { cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }";
    let outcome = replicate(text, 5_000.0, 1_200_000.0);
    latency(&outcome, 26.383_88);
    present(&outcome, 0, 15.830_33);
    utilisation(&outcome, 0, 1.0, 0.6);
}

/// Orders that look at demands, M/M/1 with λ 0.8, μ 1: shortest job first (Phipps 1956) and, with interruption, shortest remaining time
/// first (Schrage and Miller 1966), by numerical integration.
#[test]
fn short_jobs_first() {
    for (station, exact) in [
        ("concurrency: 1, discipline: shortest", 2.882_219),
        ("cpu: shortest", 2.882_219),
        ("cpu: { shortest: { preempt: true } }", 2.352_878),
    ] {
        let services = format!(
            "services: {{ a: {{ {station}, endpoints: {{ e: {{ compute: {{ exponential: 1s }} }} }} }} }}"
        );
        let outcome = replicate(&open(0.8, &services), 500.0, 100_000.0);
        latency(&outcome, exact);
        utilisation(&outcome, 0, 1.0, 0.8);
    }
}

/// Orders that look at the past, M/G/1 with λ 0.8, mean 1, cv 2 (balanced means): last come first served with resumption is insensitive,
/// W = 5; least attained service by numerical integration (Kleinrock vol. 2, 1976, 4.4 and 4.6).
#[test]
fn the_newest_and_the_least_served_first() {
    for (cpu, exact) in [
        ("{ lifo: { preempt: true } }", 5.0),
        ("least-attained", 3.762_445),
    ] {
        let services = format!(
            "services: {{ a: {{ cpu: {cpu}, endpoints: {{ e: {{ compute: {{ hyper-exponential: {{ mean: 1s, cv: 2 }} }} }} }} }} }}"
        );
        let outcome = replicate(&open(0.8, &services), 1000.0, 300_000.0);
        latency(&outcome, exact);
        utilisation(&outcome, 0, 1.0, 0.8);
    }
}

/// Discriminatory processor sharing of two exponential classes: λ 0.4 and 0.2, μ 1 and 1/2, weights 3 and 1 (Fayolle, Mitrani and
/// Iasnogorodski 1980): W 3.095238 of the first.
#[test]
fn weights_of_jobs() {
    let text = "scaleproof: model/1\nname: theory\npriorities: [gold, silver]\nworkloads:\n  w: { open: { rate: 0.4/s }, mix: { a.e: 1 }, priority: gold }\n  v: { open: { rate: 0.2/s }, mix: { a.f: 1 }, priority: silver }\nservices: { a: { cpu: { weighted: { weights: { gold: 3, silver: 1 } } }, endpoints: { e: { compute: { exponential: 1s } }, f: { compute: { exponential: 2s } } } } }";
    let outcome = replicate(text, 1000.0, 200_000.0);
    latency(&outcome, 3.095_238);
    utilisation(&outcome, 0, 1.0, 0.8);
}
