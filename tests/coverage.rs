//! How often a printed 95 % interval holds the truth: whole experiments, as `scaleproof run --precision 7%` makes them (planned
//! length, looks at 16, 24, 36 … replications), each with a seed of its own.
//!
//! A small study runs with all tests; the whole one, whose table stands in the documentation of `analysis`, is
//! `SCALEPROOF_COVERAGE=2000 cargo test --release --test coverage -- --nocapture`. An interval that is not printed, because the
//! status of its number is not `ok`, cannot hold anything: the share of those is a column of its own. `RAYON_NUM_THREADS` says how
//! many experiments are made at the same time.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use scaleproof::analysis::{Estimate, Meta, RunResult, summarise};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::Plan;

/// Relative half-width asked for: what sixteen replications of the planned length reach about half of the time, so that experiments
/// end at different looks.
const PRECISION: f64 = 0.07;

/// A system whose truth is known.
struct Setting {
    name: &'static str,
    plan: Plan,
    /// Mean latency \[s\], in closed form or solved numerically.
    mean: f64,
    /// 99th percentile \[s\]; `None` where only a long run knows it.
    p99: Option<f64>,
    /// Whether it is part of the small study.
    cheap: bool,
}

fn open(rate: f64, services: &str) -> Plan {
    common::plan(&format!(
        "scaleproof: model/1\nname: coverage\nworkloads: {{ w: {{ open: {{ rate: {rate}/s }}, mix: {{ a.e: 1 }} }} }}\nservices: {{ {services} }}"
    ))
}

/// M/M/1 with mean 10 ms: the sojourn is exponential with mean 1/(µ - λ) (Kleinrock, Queueing Systems vol. 1, 1975, eq. 5.118).
fn single(name: &'static str, rate: f64) -> Setting {
    let mean = 1.0 / (100.0 - rate);
    Setting {
        name,
        plan: open(
            rate,
            "a: { cpu: fifo, endpoints: { e: { compute: { exponential: 10ms } } } }",
        ),
        mean,
        p99: Some(mean * 100_f64.ln()),
        cheap: true,
    }
}

/// M/G/1 with processor sharing: the mean is that of M/M/1, whatever the law (Kleinrock, vol. 2, 1976, §4.4).
fn shared() -> Setting {
    Setting {
        name: "M/G/1-PS, lognormal, ρ 0.6",
        plan: open(
            60.0,
            "a: { endpoints: { e: { compute: { lognormal: { mean: 10ms, cv: 1.5 } } } } }",
        ),
        mean: 0.010 / (1.0 - 0.6),
        p99: None,
        cheap: true,
    }
}

/// Users who think and go through two servers: mean value analysis (Reiser and Lavenberg, J. ACM 27, 1980).
fn closed() -> Setting {
    let (users, think, demands) = (20, 0.25, [0.010, 0.008]);
    let mut waiting = [0.0; 2];
    let mut response = 0.0;
    for present in 1..=users {
        let times: Vec<f64> = demands
            .iter()
            .zip(waiting)
            .map(|(demand, others)| demand * (1.0 + others))
            .collect();
        response = times.iter().sum();
        let throughput = f64::from(present) / (think + response);
        waiting = [throughput * times[0], throughput * times[1]];
    }
    Setting {
        name: "closed network, 20 users",
        plan: common::plan(
            "scaleproof: model/1
name: coverage
workloads: { w: { closed: { users: 20, think: { exponential: 250ms } }, mix: { a.e: 1 } } }
services:
  a: { cpu: fifo, endpoints: { e: [ { compute: { exponential: 10ms } }, { call: b.f } ] } }
  b: { cpu: fifo, endpoints: { f: { compute: { exponential: 8ms } } } }",
        ),
        mean: response,
        p99: None,
        cheap: true,
    }
}

/// Two servers that every request forks to: (12 - ρ)/8 of one server's sojourn (Flatto and Hahn, SIAM J. Appl. Math. 44, 1984;
/// Nelson and Tantawi, IEEE Trans. Comput. 37, 1988).
fn forked() -> Setting {
    Setting {
        name: "fork-join of 2, ρ 0.6",
        plan: open(
            60.0,
            "a: { cores: unlimited, endpoints: { e: { parallel: [ { call: b.f }, { call: c.f } ] } } },
             b: { cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } },
             c: { cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } }",
        ),
        mean: (12.0 - 0.6) / 8.0 * 0.010 / (1.0 - 0.6),
        p99: None,
        cheap: true,
    }
}

/// Four threads that compute and then wait for a server behind them.
fn threaded() -> Setting {
    let (rate, own, behind) = (90.0, 0.020, 0.008);
    Setting {
        name: "4 threads that call a server",
        plan: open(
            rate,
            "a: { cores: unlimited, concurrency: 4, endpoints: { e: [ { compute: { exponential: 20ms } }, { call: b.f } ] } },
             b: { cpu: fifo, endpoints: { f: { compute: { exponential: 8ms } } } }",
        ),
        mean: threads_mean(4, rate, 1.0 / own, 1.0 / behind),
        p99: None,
        cheap: false,
    }
}

/// Mean time in that system by its Markov chain (present, of them at the server behind), solved by Gauss and Seidel's iteration on
/// the balance equations and Little's law.
fn threads_mean(threads: usize, arrive: f64, own: f64, behind: f64) -> f64 {
    const MOST: usize = 300;
    let mut share = vec![vec![0.0; threads + 1]; MOST + 2];
    let mut guess = 1.0;
    for (present, shares) in share.iter_mut().enumerate().take(MOST + 1) {
        shares[..=present.min(threads)].fill(guess);
        guess *= 0.9;
    }
    for _ in 0..20_000 {
        let mut moved = 0.0_f64;
        for present in 0..=MOST {
            let active = present.min(threads);
            for there in 0..=active {
                let mut inflow = share[present + 1]
                    .get(there + 1)
                    .map_or(0.0, |from| behind * from);
                if present > 0 && there <= (present - 1).min(threads) {
                    inflow += arrive * share[present - 1][there];
                }
                if there > 0 {
                    inflow += own * (active - there + 1) as f64 * share[present][there - 1];
                }
                let arrivals = if present < MOST { arrive } else { 0.0 };
                let served = if there > 0 { behind } else { 0.0 };
                let next = inflow / (arrivals + own * (active - there) as f64 + served);
                moved = moved.max((next - share[present][there]).abs());
                share[present][there] = next;
            }
        }
        let total: f64 = share.iter().flatten().sum();
        share.iter_mut().flatten().for_each(|share| *share /= total);
        if moved < 1e-14 {
            break;
        }
    }
    let present = share
        .iter()
        .enumerate()
        .map(|(present, shares)| present as f64 * shares.iter().sum::<f64>());
    present.sum::<f64>() / arrive
}

fn settings() -> Vec<Setting> {
    vec![
        single("M/M/1, ρ 0.5", 50.0),
        single("M/M/1, ρ 0.8", 80.0),
        shared(),
        closed(),
        forked(),
        threaded(),
    ]
}

/// One experiment, as the command makes it.
fn experiment(plan: &Plan, seed: u64) -> RunResult {
    let request = Request {
        seed,
        threads: 1,
        precision: PRECISION,
        ..Request::default()
    };
    let outcome = lab::run(plan, &request, &Silent);
    summarise(plan, &outcome, &Meta::default())
}

/// The 99th percentile of a system by 64 replications so many times as long as planned, of another seed, and its standard error \[s\].
fn long_run(plan: &Plan, times: f64) -> (f64, f64) {
    let planned = experiment(plan, 1).run;
    let nanoseconds = |seconds: f64| (seconds * 1e9) as u64;
    let request = Request {
        seed: 1_000_003,
        replications: Some(64),
        warm_up: Some(nanoseconds(planned.warm_up)),
        duration: Some(nanoseconds(planned.measured * times)),
        ..Request::default()
    };
    let outcome = lab::run(plan, &request, &Silent);
    let found = &summarise(plan, &outcome, &Meta::default()).endpoints[0]
        .latency
        .p99;
    let half = found.half_width().expect("a long run has an interval");
    (found.value.expect("and a value"), half / 2.0)
}

/// How often the intervals of one number held.
#[derive(Default)]
struct Cell {
    experiments: u64,
    printed: AtomicU64,
    held: AtomicU64,
    width: AtomicU64,
}

impl Cell {
    fn enter(&self, found: &Estimate, truth: f64) {
        let Some((low, high)) = found.low.zip(found.high) else {
            return;
        };
        self.printed.fetch_add(1, Ordering::Relaxed);
        self.held
            .fetch_add(u64::from(low <= truth && truth <= high), Ordering::Relaxed);
        let width = (high - low) / 2.0 / truth * 1e6;
        self.width.fetch_add(width as u64, Ordering::Relaxed);
    }

    fn counts(&self) -> (u64, u64) {
        (
            self.held.load(Ordering::Relaxed),
            self.printed.load(Ordering::Relaxed),
        )
    }

    /// A row of the table, and whether its cell is as it must be.
    fn row(&self, name: &str, metric: &str, truth: &str, replications: f64) -> (String, bool) {
        let (held, printed) = self.counts();
        let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        let width = self.width.load(Ordering::Relaxed) as f64 / 1e4 / printed.max(1) as f64;
        let row = format!(
            "| {name} | {metric} | {truth} | {:.1} % | {:.1} % | ±{width:.1} % | {replications:.0} |",
            share(held, printed),
            share(self.experiments - printed, self.experiments),
        );
        let (least, most) = bounds(printed);
        (row, printed > 0 && (least..=most).contains(&held))
    }
}

/// How many of `n` intervals may hold: 93 to 97 % of a thousand and more; of fewer, what a true 95 % leaves less than once in 1,000.
fn bounds(n: u64) -> (u64, u64) {
    if n >= 1_000 {
        let share = |share: f64| share * n as f64;
        return (share(0.93).ceil() as u64, share(0.97).floor() as u64);
    }
    let chance = |held: u64| {
        let ways: f64 = (0..held)
            .map(|i| ((n - i) as f64 / (i + 1) as f64).ln())
            .sum();
        (ways + held as f64 * 0.95_f64.ln() + (n - held) as f64 * 0.05_f64.ln()).exp()
    };
    let tail = |mut numbers: Box<dyn Iterator<Item = u64>>| {
        let mut sum = 0.0;
        numbers.find(|&held| {
            sum += chance(held);
            sum > 0.000_5
        })
    };
    (
        tail(Box::new(0..=n)).unwrap_or(0),
        tail(Box::new((0..=n).rev())).unwrap_or(n),
    )
}

/// So many experiments with a setting: two rows, and whether all is well.
fn study(setting: &Setting, experiments: u64, whole: bool) -> Vec<(String, bool)> {
    let (p99, source) = match setting.p99 {
        Some(exact) => (Some(exact), format!("{:.2} ms", exact * 1e3)),
        None if whole => {
            let (value, error) = long_run(&setting.plan, experiments as f64 / 50.0);
            let source = format!("{:.2} ms (s.e. {:.2})", value * 1e3, error * 1e3);
            (Some(value), source)
        }
        None => (None, String::new()),
    };
    let cell = || Cell {
        experiments,
        ..Cell::default()
    };
    let (means, tails, replications, next) = (cell(), cell(), AtomicU64::new(0), AtomicU64::new(0));
    // Threads of our own: a worker of rayon that waits for an experiment would begin another one.
    thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= experiments {
                        break;
                    }
                    let result = experiment(&setting.plan, 7_000 + number);
                    let latency = &result.endpoints[0].latency;
                    means.enter(&latency.mean, setting.mean);
                    if let Some(p99) = p99 {
                        tails.enter(&latency.p99, p99);
                    }
                    replications.fetch_add(u64::from(result.run.replications), Ordering::Relaxed);
                }
            });
        }
    });
    let average = replications.load(Ordering::Relaxed) as f64 / experiments as f64;
    let exact = format!("{:.2} ms", setting.mean * 1e3);
    let mut rows = vec![means.row(setting.name, "mean", &exact, average)];
    if p99.is_some() {
        rows.push(tails.row(setting.name, "p99", &source, average));
    }
    rows
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what the study is for")]
fn printed_intervals_hold_the_truth() {
    let asked = std::env::var("SCALEPROOF_COVERAGE").ok();
    let experiments: u64 = asked.as_ref().map_or(120, |number| {
        number.parse().expect("a number of experiments")
    });
    println!("| system | number | truth | held | no interval | width | replications |");
    println!("|---|---|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for setting in settings() {
        if asked.is_none() && !setting.cheap {
            continue;
        }
        for (row, well) in study(&setting, experiments, asked.is_some()) {
            println!("{row}");
            if !well {
                wrong.push(row);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "these intervals do not hold what they say:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_chain_of_the_threads_is_solved() {
    // With work of their own next to nothing, threads only pass requests on, and the server behind is M/M/1: 1/(125 - 90) s.
    let alone = threads_mean(4, 90.0, 1e5, 125.0);
    assert!((alone * 35.0 - 1.0).abs() < 1e-2, "{alone}");
    // With one thread the two times follow each other: M/G/1 by the formula of Pollaczek and Khinchine.
    let (own, behind) = (1.0 / 50.0, 1.0 / 125.0);
    let (work, squares) = (
        own + behind,
        2.0 * (own * own + behind * behind + own * behind),
    );
    let exact = work + 20.0 * squares / 2.0 / (1.0 - 20.0 * work);
    let found = threads_mean(1, 20.0, 50.0, 125.0);
    assert!(
        (found / exact - 1.0).abs() < 1e-6,
        "{found} instead of {exact}"
    );
}

#[test]
fn a_true_95_fails_the_small_study_less_than_once_in_1000() {
    // Binomial tails, by hand with a table: P(X ≤ 104) and P(X = 120) of 120.
    assert_eq!(bounds(2_000), (1_860, 1_940));
    let (least, most) = bounds(120);
    assert!((105..=107).contains(&least), "{least}");
    assert_eq!(most, 120);
}
