//! Luck of placement: every replication draws its own ring, so that no name decides which shard is the busiest.

mod common;

use scaleproof::analysis::{Meta, RunResult, summarise};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::measure::Tally;
use scaleproof::plan::Plan;

/// Ten shards of one core on a ring of a hundred points each, at 60 % of what they can do on average.
fn sharded(name: &str, ring: &str) -> Plan {
    common::plan(&format!(
        "scaleproof: model/1
name: luck
data: {{ things: {{ items: 1M }} }}
workloads: {{ w: {{ open: {{ rate: 300/s }}, mix: {{ {name}.e: 1 }} }} }}
databases:
  {name}:
    of: things
    shards: 10
    cpu: fifo
    shard-by: {{ consistent-hash: {{ key: things{ring} }} }}
    queries: {{ e: {{ reads: one, do: {{ compute: {{ exponential: 20ms }} }} }} }}"
    ))
}

fn run(plan: &Plan, replications: u32) -> (Vec<Tally>, RunResult) {
    let request = Request {
        replications: Some(replications),
        warm_up: Some(5_000_000_000),
        duration: Some(60_000_000_000),
        ..Request::default()
    };
    let outcome = lab::run(plan, &request, &Silent);
    let result = summarise(plan, &outcome, &Meta::default());
    (outcome.tallies, result)
}

/// The shard that had most to do in each replication, and how many times the mean that was.
fn busiest(tallies: &[Tally]) -> Vec<(usize, f64)> {
    let of = |tally: &Tally| {
        let jobs: Vec<u64> = tally.processors.iter().map(|row| row.jobs).collect();
        let all: u64 = jobs.iter().sum();
        let most = jobs.iter().enumerate().max_by_key(|(_, jobs)| **jobs);
        let (shard, jobs) = most.expect("there are shards");
        (shard, 10.0 * *jobs as f64 / all as f64)
    };
    tallies.iter().map(of).collect()
}

/// The largest of ten shares that scatter by 9.5 % (a hundred of a thousand spacings each) is 1.16 times their mean on average.
#[test]
fn every_replication_has_a_busiest_shard_of_its_own() {
    let (drawn, _) = run(&sharded("edge", ""), 40);
    let luck = busiest(&drawn);
    let mean = luck.iter().map(|(_, times)| times).sum::<f64>() / 40.0;
    assert!((mean - 1.16).abs() < 0.04, "{mean}");
    let mut shards: Vec<usize> = luck.iter().map(|(shard, _)| *shard).collect();
    shards.sort_unstable();
    shards.dedup();
    assert!(
        shards.len() >= 6,
        "40 rings have their busiest at {shards:?}"
    );
}

#[test]
fn one_ring_for_all_is_there_for_who_asks() {
    let (fixed, _) = run(&sharded("edge", ", luck: fixed"), 12);
    let luck = busiest(&fixed);
    let (_, mean) = luck
        .iter()
        .fold((0, 0.0), |(n, sum), (_, times)| (n + 1, sum + times / 12.0));
    // Keys and requests still scatter it a little.
    assert!(
        luck.iter().all(|(_, times)| (times - mean).abs() < 0.06),
        "{luck:?}"
    );
}

/// Twenty-four rings each, of two names: what one says the other does not contradict.
#[test]
fn a_name_decides_nothing() {
    let found = ["edge", "web"].map(|name| run(&sharded(name, ""), 24).1);
    let number = |result: &RunResult| {
        let mean = result.endpoints[0].latency.mean.clone();
        let half = mean.half_width().expect("an interval");
        (mean.value.expect("a value"), half)
    };
    let [(one, one_half), (two, two_half)] = found.each_ref().map(number);
    assert!(
        (one - two).abs() < one_half + two_half,
        "{one} ±{one_half}, {two} ±{two_half}"
    );
    let p99 = found.map(|result| result.endpoints[0].latency.p99.clone());
    let ends = |at: usize| p99[at].low.zip(p99[at].high).expect("an interval");
    assert!(ends(0).0 < ends(1).1 && ends(1).0 < ends(0).1, "{p99:?}");
    assert!(p99.iter().all(|p99| p99.method == "woodruff"), "{p99:?}");
}
