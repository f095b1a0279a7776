//! How often a printed 95 % interval holds the truth: whole experiments, as `scaleproof run --precision 7%` makes them (planned
//! length, longer while it must be, looks at 10, 15, 23 … replications), each with a seed of its own; one of a length that is asked for.
//!
//! A small study runs with all tests; the whole one, whose table stands in the documentation of `analysis`, is
//! `SCALEPROOF_COVERAGE=2000 cargo test --release --test coverage -- --nocapture`. An interval that is not printed, because the
//! status of its number is not `ok`, cannot hold anything: the share of those is a column of its own. `RAYON_NUM_THREADS` says how
//! many experiments are made at the same time, and `SCALEPROOF_COVERAGE_OF=ring` chooses systems by a part of their names.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use scaleproof::analysis::{EndpointResult, Estimate, Meta, RunResult, summarise};
use scaleproof::chance::key::root;
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::{Plan, ShardBy};

/// Relative half-width asked for: what the first replications seldom reach where the latency is waiting, so that experiments end at
/// different looks.
const PRECISION: f64 = 0.07;

/// A number whose intervals are looked at.
#[derive(Clone, Copy)]
enum Number {
    Mean,
    P95,
    P99,
    Success,
}

impl Number {
    fn of(self, row: &EndpointResult) -> &Estimate {
        match self {
            Self::Mean => &row.latency.mean,
            Self::P95 => &row.latency.p95,
            Self::P99 => &row.latency.p99,
            Self::Success => &row.success,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Success => "success",
        }
    }

    /// Half an interval relative to what matters: to what fails, where that is what is rare.
    fn width(self, half: f64, truth: f64) -> f64 {
        match self {
            Self::Success => half / (1.0 - truth),
            _ => half / truth,
        }
    }

    fn text(self, truth: f64) -> String {
        match self {
            Self::Success => format!("{:.4} %", truth * 1e2),
            _ => format!("{:.2} ms", truth * 1e3),
        }
    }
}

/// A system whose truth is known.
struct Setting {
    name: &'static str,
    plan: Plan,
    /// Numbers and their truth \[s, or share\], in closed form or solved numerically; `None` where only a long run knows it.
    truths: Vec<(Number, Option<f64>)>,
    /// Whether it is part of the small study.
    cheap: bool,
    /// Each experiment takes so long that four times fewer are made, and the bar is half a point wider.
    costly: bool,
    /// Replications and their length \[s\], where both are asked for.
    fixed: Option<(u32, f64)>,
}

impl Setting {
    /// A system of which the mean is known, and p99 perhaps.
    fn of(name: &'static str, plan: Plan, mean: f64, p99: Option<f64>) -> Self {
        Self {
            name,
            plan,
            truths: vec![(Number::Mean, Some(mean)), (Number::P99, p99)],
            cheap: true,
            costly: false,
            fixed: None,
        }
    }
}

fn open(rate: f64, services: &str) -> Plan {
    common::plan(&format!(
        "scaleproof: model/1\nname: coverage\nworkloads: {{ w: {{ open: {{ rate: {rate}/s }}, mix: {{ a.e: 1 }} }} }}\nservices: {{ {services} }}"
    ))
}

/// M/M/1 with mean 10 ms: the sojourn is exponential with mean 1/(µ - λ) (Kleinrock, Queueing Systems vol. 1, 1975, eq. 5.118).
fn single(name: &'static str, rate: f64) -> Setting {
    let mean = 1.0 / (100.0 - rate);
    let service = "a: { cpu: fifo, endpoints: { e: { compute: { exponential: 10ms } } } }";
    Setting::of(name, open(rate, service), mean, Some(mean * 100_f64.ln()))
}

/// M/G/1 with processor sharing: the mean is that of M/M/1, whatever the law (Kleinrock, vol. 2, 1976, §4.4).
fn shared() -> Setting {
    let service = "a: { endpoints: { e: { compute: { lognormal: { mean: 10ms, cv: 1.5 } } } } }";
    let mean = 0.010 / (1.0 - 0.6);
    Setting::of(
        "M/G/1-PS, lognormal, ρ 0.6",
        open(60.0, service),
        mean,
        None,
    )
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
    Setting::of(
        "closed network, 20 users",
        common::plan(
            "scaleproof: model/1
name: coverage
workloads: { w: { closed: { users: 20, think: { exponential: 250ms } }, mix: { a.e: 1 } } }
services:
  a: { cpu: fifo, endpoints: { e: [ { compute: { exponential: 10ms } }, { call: b.f } ] } }
  b: { cpu: fifo, endpoints: { f: { compute: { exponential: 8ms } } } }",
        ),
        response,
        None,
    )
}

/// Two servers that every request forks to: (12 - ρ)/8 of one server's sojourn (Flatto and Hahn, SIAM J. Appl. Math. 44, 1984;
/// Nelson and Tantawi, IEEE Trans. Comput. 37, 1988).
fn forked() -> Setting {
    Setting::of(
        "fork-join of 2, ρ 0.6",
        open(
            60.0,
            "a: { cores: unlimited, endpoints: { e: { parallel: [ { call: b.f }, { call: c.f } ] } } },
             b: { cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } },
             c: { cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } }",
        ),
        (12.0 - 0.6) / 8.0 * 0.010 / (1.0 - 0.6),
        None,
    )
}

/// Four threads that compute and then wait for a server behind them.
fn threaded() -> Setting {
    let (rate, own, behind) = (90.0, 0.020, 0.008);
    let setting = Setting::of(
        "4 threads that call a server",
        open(
            rate,
            "a: { cores: unlimited, concurrency: 4, endpoints: { e: [ { compute: { exponential: 20ms } }, { call: b.f } ] } },
             b: { cpu: fifo, endpoints: { f: { compute: { exponential: 8ms } } } }",
        ),
        threads_mean(4, rate, 1.0 / own, 1.0 / behind),
        None,
    );
    Setting {
        cheap: false,
        ..setting
    }
}

/// M/M/1/20 at 70 %: refused is who finds 20 there, (1 - ρ) ρ²⁰/(1 - ρ²¹) of all (Kleinrock vol. 1, 1975, §3.6), and refusals come in
/// clusters of a length that a queue takes to forget.
fn refusing() -> Setting {
    let service = "a: { cpu: fifo, concurrency: 1, backlog: 19, endpoints: { e: { compute: { exponential: 10ms } } } }";
    let load: f64 = 0.7;
    let refused = (1.0 - load) * load.powi(20) / (1.0 - load.powi(21));
    Setting {
        truths: vec![(Number::Success, Some(1.0 - refused))],
        fixed: Some((16, 300.0)),
        ..Setting::of("M/M/1/20, ρ 0.7", open(70.0, service), 0.0, None)
    }
}

/// Three replicas that stand in for each other, each up 20 s and down 1 s: all are down for (1/21)³ of the time, once in 51 minutes.
fn redundant() -> Setting {
    let plan = common::plan(
        "scaleproof: model/1
name: coverage
workloads: { w: { open: { rate: 5/s }, mix: { a.e: 1 } } }
services:
  a:
    replicas: 3
    cores: unlimited
    reliability: { up: { exponential: 20s }, down: { exponential: 1s }, work: lost }
    endpoints: { e: { sleep: 0s } }
objectives: { there: { of: workloads.w, success: 99% } }",
    );
    let setting = Setting::of("3 replicas, 1 of 21 s down", plan, 0.0, None);
    Setting {
        truths: vec![(Number::Success, Some(1.0 - 21_f64.powi(-3)))],
        cheap: false,
        ..setting
    }
}

/// What 985 of 1,000 requests take exactly, and the mean with the others: nothing waits.
fn atom() -> Setting {
    let services = "a: { cores: unlimited, endpoints: { e: { choose: [ { weight: 985, do: { sleep: 10ms } }, { weight: 15, do: { sleep: { exponential: 1s } } } ] } } }";
    let setting = Setting::of("an atom of 98.5 %", open(100.0, services), 0.0, None);
    Setting {
        truths: vec![
            (Number::Mean, Some(0.985 * 0.010 + 0.015)),
            (Number::P95, Some(0.010)),
        ],
        ..setting
    }
}

/// Ten shards on a ring of 100 points each: M/M/1 each, at the share of the load that the ring deals it, so that by the shares w of all
/// rings the mean is E Σ w/(µ - λw), and the tail E Σ w exp(-(µ - λw)t).
fn ring() -> Setting {
    const RINGS: u32 = 20_000;
    let (rate, speed) = (300.0, 50.0);
    let plan = common::plan(
        "scaleproof: model/1
name: coverage
data: { things: { items: 10M } }
workloads: { w: { open: { rate: 300/s }, mix: { a.e: 1 } } }
databases:
  a:
    of: things
    shards: 10
    cpu: fifo
    shard-by: { consistent-hash: { key: things } }
    queries: { e: { reads: one, do: { compute: { exponential: 20ms } } } }",
    );
    let ShardBy::Ring(law) = plan.databases[0].shard_by.clone() else {
        panic!("the shards are on a ring")
    };
    let mut shares = Vec::new();
    for replication in 0..RINGS {
        let ring = law.draw(root(99, replication));
        let mut own = [0.0; 10];
        let mut before = ring.points.last().map_or(0, |point| point.0);
        for &(point, owner) in &ring.points {
            own[owner as usize] += point.wrapping_sub(before) as f64 / 2_f64.powi(64);
            before = point;
        }
        shares.extend(own);
    }
    let over_all = |of: &dyn Fn(f64) -> f64| {
        let each = shares.iter().map(|share| share * of(speed - rate * share));
        each.sum::<f64>() / f64::from(RINGS)
    };
    let tail = |time: f64| over_all(&|slack| (-slack * time).exp());
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > 0.01 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let mean = over_all(&|slack| 1.0 / slack);
    Setting {
        costly: true,
        cheap: false,
        ..Setting::of("10 shards on a ring, ρ 0.6", plan, mean, Some(low))
    }
}

/// A site that keeps objects for 5 s and asks its origin, 50 ms away, for what it has not: what it finds is T of every T + 1/λ + 50 ms
/// of an object (renewals: Jung, Berger and Balakrishnan, INFOCOM 2003), who comes while it is on its way waits for the rest.
fn delivering() -> Setting {
    let plan = common::plan(
        "scaleproof: model/1
name: coverage
regions: { eu: {} }
data: { media: { items: 1000, size: 1kB, popularity: { zipf: { exponent: 0.9 } } } }
workloads: { w: { from: eu, open: { rate: 100/s }, mix: { edge.get: 1 } } }
services: { origin: { in: [eu], cores: unlimited, endpoints: { fetch: [ { sleep: 50ms }, { reply: { object-size: media } } ] } } }
cdns: { edge: { of: media, origin: origin.fetch, sites: 1, capacity: 1000 items, ttl: 5s } }",
    );
    Setting {
        truths: vec![(Number::Mean, None)],
        costly: true,
        cheap: false,
        ..Setting::of("a CDN with a time to live", plan, 0.0, None)
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

/// The 99th percentile of M/M/c with mean 1, first come, first served: an exponential service after a wait that is exponential with rate
/// c - a for the share of requests that Erlang C says (Kleinrock vol. 1, §3.5 and 5.2).
fn erlang_p99(servers: u32, load: f64) -> f64 {
    let (offered, servers) = (load * f64::from(servers), f64::from(servers));
    let mut blocked = 1.0;
    for server in 1..=servers as u32 {
        blocked = offered * blocked / (f64::from(server) + offered * blocked);
    }
    let waits = blocked / (1.0 - load * (1.0 - blocked));
    let free = servers - offered;
    let both = |x: f64| (free * (-x).exp() - (-free * x).exp()) / (free - 1.0);
    let beyond = |x: f64| (1.0 - waits) * (-x).exp() + waits * both(x);
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if beyond(middle) > 0.01 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// M/M/c with mean 10 ms.
fn several(name: &'static str, servers: u32, load: f64) -> Setting {
    let (c, offered) = (f64::from(servers), load * f64::from(servers));
    let plan = open(
        offered * 100.0,
        &format!(
            "a: {{ cores: {servers}, cpu: fifo, endpoints: {{ e: {{ compute: {{ exponential: 10ms }} }} }} }}"
        ),
    );
    let mut blocked = 1.0;
    for server in 1..=servers {
        blocked = offered * blocked / (f64::from(server) + offered * blocked);
    }
    let waits = blocked / (1.0 - load * (1.0 - blocked));
    let mean = 0.010 * (1.0 + waits / (c - offered));
    Setting::of(name, plan, mean, Some(0.010 * erlang_p99(servers, load)))
}

/// As short as somebody asks for it: 16 replications of 80 relaxation times.
fn short() -> Setting {
    Setting {
        fixed: Some((16, 15.0)),
        ..several("16 × 15 s of M/M/2, ρ 0.7", 2, 0.7)
    }
}

/// M/M/1 at 50 % behind a network that takes ten times as long.
fn far() -> Setting {
    let plan = common::plan(
        "scaleproof: model/1
name: coverage
network: { same-zone: { rtt: 200ms } }
workloads: { w: { open: { rate: 50/s }, access: { rtt: 200ms }, mix: { a.e: 1 } } }
services: { a: { cpu: fifo, endpoints: { e: { compute: { exponential: 10ms } } } } }",
    );
    let p99 = 0.2 + 0.02 * 100_f64.ln();
    Setting::of("M/M/1, ρ 0.5, 200 ms away", plan, 0.22, Some(p99))
}

/// M/G/1, first come, first served: the mean by Pollaczek and Khinchine.
fn variable() -> Setting {
    let plan = open(
        60.0,
        "a: { cpu: fifo, endpoints: { e: { compute: { lognormal: { mean: 10ms, cv: 1.5 } } } } }",
    );
    let wait = 60.0 * 1e-4 * (1.0 + 1.5 * 1.5) / 2.0 / (1.0 - 0.6);
    Setting {
        cheap: false,
        ..Setting::of("M/G/1, lognormal, ρ 0.6", plan, 0.010 + wait, None)
    }
}

/// Three stations of many servers each, whose waits are short: a product form, so the mean is the sum of theirs (Jackson 1957).
fn hops() -> Setting {
    let plan = common::plan(
        "scaleproof: model/1
name: coverage
workloads: { w: { open: { rate: 560/s }, mix: { a.e: 1 } } }
services:
  a: { cores: 8, cpu: fifo, endpoints: { e: [ { compute: { exponential: 10ms } }, { call: b.f }, { call: c.g } ] } }
  b: { cores: 8, cpu: fifo, endpoints: { f: { compute: { exponential: 10ms } } } }
  c: { cores: 16, cpu: fifo, endpoints: { g: { compute: { exponential: 15ms } } } }",
    );
    let wait = |servers: u32, service: f64| {
        let offered = 560.0 * service;
        let load = offered / f64::from(servers);
        let mut blocked = 1.0;
        for server in 1..=servers {
            blocked = offered * blocked / (f64::from(server) + offered * blocked);
        }
        let waits = blocked / (1.0 - load * (1.0 - blocked));
        service * (1.0 + waits / (f64::from(servers) - offered))
    };
    let mean = 2.0 * wait(8, 0.010) + wait(16, 0.015);
    Setting::of("tandem of M/M/8, M/M/8, M/M/16", plan, mean, None)
}

fn settings() -> Vec<Setting> {
    vec![
        single("M/M/1, ρ 0.5", 50.0),
        single("M/M/1, ρ 0.8", 80.0),
        shared(),
        closed(),
        forked(),
        threaded(),
        atom(),
        refusing(),
        redundant(),
        ring(),
        delivering(),
        several("M/M/2, ρ 0.7", 2, 0.7),
        several("M/M/16, ρ 0.7", 16, 0.7),
        short(),
        far(),
        variable(),
        hops(),
    ]
}

/// One experiment, as the command makes it.
fn experiment(plan: &Plan, seed: u64, fixed: Option<(u32, f64)>) -> RunResult {
    let request = Request {
        seed,
        threads: 1,
        precision: PRECISION,
        replications: fixed.map(|fixed| fixed.0),
        duration: fixed.map(|fixed| (fixed.1 * 1e9) as u64),
        ..Request::default()
    };
    let outcome = lab::run(plan, &request, &Silent);
    summarise(plan, &outcome, &Meta::default())
}

/// A number of a system by 64 replications so many times as long as planned, of another seed, and its standard error.
fn long_run(plan: &Plan, number: Number, times: f64) -> (f64, f64) {
    let planned = experiment(plan, 1, None).run;
    let nanoseconds = |seconds: f64| (seconds * 1e9) as u64;
    let request = Request {
        seed: 1_000_003,
        replications: Some(64),
        warm_up: Some(nanoseconds(planned.warm_up)),
        duration: Some(nanoseconds(planned.measured * times)),
        ..Request::default()
    };
    let outcome = lab::run(plan, &request, &Silent);
    let result = summarise(plan, &outcome, &Meta::default());
    let found = number.of(&result.endpoints[0]);
    let half = found.half_width().expect("a long run has an interval");
    (found.value.expect("and a value"), half / 2.0)
}

/// How often the intervals of one number held.
#[derive(Default)]
struct Cell {
    experiments: u64,
    printed: AtomicU64,
    held: AtomicU64,
    /// Intervals wholly below the truth, and above.
    off: [AtomicU64; 2],
    width: AtomicU64,
}

impl Cell {
    fn enter(&self, number: Number, found: &Estimate, truth: f64) {
        let Some((low, high)) = found.low.zip(found.high) else {
            return;
        };
        // What is exact is computed by another way, which rounds.
        let slack = 1e-12 * truth;
        let sides = [high < truth - slack, low > truth + slack];
        self.printed.fetch_add(1, Ordering::Relaxed);
        self.held
            .fetch_add(u64::from(sides == [false; 2]), Ordering::Relaxed);
        for (off, side) in self.off.iter().zip(sides) {
            off.fetch_add(u64::from(side), Ordering::Relaxed);
        }
        let width = number.width((high - low) / 2.0, truth) * 1e6;
        self.width.fetch_add(width as u64, Ordering::Relaxed);
    }

    fn counts(&self) -> (u64, u64) {
        (
            self.held.load(Ordering::Relaxed),
            self.printed.load(Ordering::Relaxed),
        )
    }

    /// A row of the table, and whether its cell is as it must be: an objective just beside the truth fails, or passes, where it should
    /// not when the interval is wholly on the wrong side, which may happen in 17 of 200 experiments.
    fn row(
        &self,
        (name, metric, truth): (&str, &str, &str),
        replications: f64,
        costly: bool,
    ) -> (String, bool) {
        let (held, printed) = self.counts();
        let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
        let width = self.width.load(Ordering::Relaxed) as f64 / 1e4 / printed.max(1) as f64;
        let row = format!(
            "| {name} | {metric} | {truth} | {:.1} % | {:.1} % | ±{width:.1} % | {replications:.0} |",
            share(held, printed),
            share(self.experiments - printed, self.experiments),
        );
        let (least, most) = bounds(printed, costly);
        // What never varies is right or wrong.
        let most = if width == 0.0 { printed } else { most };
        let worst = self.off.iter().map(|off| off.load(Ordering::Relaxed)).max();
        let beside = worst.unwrap_or(0) <= (self.experiments * 17).div_ceil(200);
        (row, printed > 0 && (least..=most).contains(&held) && beside)
    }
}

/// How many of `n` intervals may hold: 93 to 97 % of a thousand and more, 92.5 to 97.5 % of 500 costly ones; of fewer, what a true 95 %
/// leaves less than once in 1,000.
fn bounds(n: u64, costly: bool) -> (u64, u64) {
    let share = |share: f64| share * n as f64;
    if n >= 1_000 {
        return (share(0.93).ceil() as u64, share(0.97).floor() as u64);
    }
    if costly && n >= 400 {
        return (share(0.925).ceil() as u64, share(0.975).floor() as u64);
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

/// So many experiments with a setting: a row for each number, and whether all is well.
fn study(setting: &Setting, experiments: u64, whole: bool) -> Vec<(String, bool)> {
    let experiments = if setting.costly {
        experiments.div_ceil(4)
    } else {
        experiments
    };
    let truth = |&(number, exact): &(Number, Option<f64>)| match exact {
        Some(exact) => Some((number, exact, number.text(exact))),
        None if whole => {
            let times = (experiments as f64 / 5.0).max(40.0);
            let (value, error) = long_run(&setting.plan, number, times);
            let source = format!("{} (s.e. {:.2})", number.text(value), error * 1e3);
            Some((number, value, source))
        }
        None => None,
    };
    let truths: Vec<(Number, f64, String)> = setting.truths.iter().filter_map(truth).collect();
    let cell = || Cell {
        experiments,
        ..Cell::default()
    };
    let cells: Vec<Cell> = truths.iter().map(|_| cell()).collect();
    let (replications, next) = (AtomicU64::new(0), AtomicU64::new(0));
    // Threads of our own: a worker of rayon that waits for an experiment would begin another one.
    thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= experiments {
                        break;
                    }
                    let result = experiment(&setting.plan, 7_000 + number, setting.fixed);
                    for (cell, (number, truth, _)) in cells.iter().zip(&truths) {
                        cell.enter(*number, number.of(&result.endpoints[0]), *truth);
                    }
                    replications.fetch_add(u64::from(result.run.replications), Ordering::Relaxed);
                }
            });
        }
    });
    let average = replications.load(Ordering::Relaxed) as f64 / experiments as f64;
    let row = |(cell, (number, _, source)): (&Cell, &(Number, f64, String))| {
        cell.row(
            (setting.name, number.name(), source),
            average,
            setting.costly,
        )
    };
    cells.iter().zip(&truths).map(row).collect()
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
    let only = std::env::var("SCALEPROOF_COVERAGE_OF").ok();
    for setting in settings() {
        let chosen = only
            .as_ref()
            .is_none_or(|only| setting.name.contains(only.as_str()));
        if !chosen || asked.is_none() && !setting.cheap {
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
fn several_servers_are_one_where_there_is_one() {
    // M/M/1 at 50 %: exponential with mean 2. Without load: the service alone.
    assert!((erlang_p99(1, 0.500_001) / (2.0 * 100_f64.ln()) - 1.0).abs() < 1e-4);
    assert!((erlang_p99(64, 0.01) / 100_f64.ln() - 1.0).abs() < 1e-6);
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
    assert_eq!(bounds(2_000, false), (1_860, 1_940));
    assert_eq!(bounds(500, true), (463, 487));
    let (least, most) = bounds(120, false);
    assert!((105..=107).contains(&least), "{least}");
    assert_eq!(most, 120);
}
