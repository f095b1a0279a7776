//! How busy the busiest copy is, by two bounds: what is chosen by one half of what was seen and looked at in the other, and the mean of
//! each replication's largest. And of which units a pool is in use, whose part of a host is whose, and who waits for what is waited for.

mod common;

use scaleproof::analysis::{Meta, ObjectiveResult, RunResult, Verdict, summarise};
use scaleproof::lab::{self, Request, Silent};

fn run(text: &str, seconds: u64, seed: u64) -> RunResult {
    let plan = common::plan(&format!("scaleproof: model/1\nname: busiest\n{text}"));
    let request = Request {
        seed,
        replications: Some(16),
        duration: Some(seconds * 1_000_000_000),
        ..Request::default()
    };
    summarise(&plan, &lab::run(&plan, &request, &Silent), &Meta::default())
}

fn verdicts(result: &RunResult) -> Vec<(&str, Verdict)> {
    let rows = result.objectives.iter();
    rows.map(|row: &ObjectiveResult| (row.name.as_str(), row.verdict))
        .collect()
}

/// Twenty copies that are all 60 % busy. In a window of 40 s, the busy share of a copy that serves 6 jobs of 100 ms a second scatters
/// by about √(2·240)·0.1/40 = 5 points, so that the largest of twenty is some ten points too high: it must not make the limit of 65 %
/// fail, and what was chosen by the first half must not make it pass.
#[test]
fn copies_that_are_alike_are_as_busy_as_their_mean() {
    let text = "workloads: { w: { open: { rate: 120/s }, mix: { a.e: 1 } } }
services: { a: { replicas: 20, balance: random, endpoints: { e: { compute: { exponential: 100ms } } } } }
objectives: { low: { of: a, utilisation: 55% }, near: { of: a, utilisation: 65% }, high: { of: a, utilisation: 80% } }";
    for seed in 1..=4 {
        let result = run(text, 40, seed);
        assert_eq!(
            verdicts(&result),
            [
                ("low", Verdict::Fail),
                ("near", Verdict::Undecided),
                ("high", Verdict::Pass)
            ],
            "{:?}",
            result.objectives
        );
        let busiest = result.components[0].busiest.as_ref();
        let busiest = busiest.unwrap_or_else(|| panic!("twenty copies"));
        let (share, most) = (busiest.share.value, busiest.most.value);
        assert!(share > Some(0.55) && share < Some(0.65), "{share:?}");
        assert!(most > Some(0.65), "{most:?}");
    }
}

/// All reads at the leader of three: 0.95 of it, and a third of that in the mean.
#[test]
fn the_busiest_copy_is_judged_and_not_the_mean() {
    let text = "workloads: { w: { open: { rate: 380/s }, mix: { db.read: 1 } } }
databases:
  db: { replicas: 3, cores: 1, read: primary, queries: { read: { reads: one, do: { compute: { exponential: 2.5ms } } } } }
objectives: { spare: { of: db, utilisation: 70% } }";
    let result = run(text, 60, 1);
    assert_eq!(verdicts(&result), [("spare", Verdict::Fail)]);
    let reason = &result.objectives[0].reason;
    assert!(reason.contains("the busiest copy is 9"), "{reason}");
    assert!(reason.contains("the mean is 3"), "{reason}");
    assert!(
        result.bottleneck.sentence.contains("busiest copy is 9"),
        "{}",
        result.bottleneck.sentence
    );
}

/// Ten minutes at 10 % of a core, four at 90 %, ten at 10 %: 23 % in the mean, 90 % in the busiest minute.
#[test]
fn the_busiest_minute_is_judged_where_the_load_changes() {
    let text = "workloads: { w: { open: { rate: { stages: [ { duration: 10m, target: 5/s }, { duration: 0s, target: 45/s }, \
        { duration: 4m, target: 45/s }, { duration: 0s, target: 5/s }, { duration: 10m, target: 5/s } ] } }, mix: { a.e: 1 } } }
services: { a: { endpoints: { e: { compute: 20ms } } } }
objectives: { most: { of: a, utilisation: 98% }, spare: { of: a, utilisation: 70% }, mean: { of: a, utilisation: 40% } }";
    let plan = common::plan(&format!("scaleproof: model/1\nname: day\n{text}"));
    let outcome = lab::run(
        &plan,
        &Request {
            replications: Some(16),
            ..Request::default()
        },
        &Silent,
    );
    let result = summarise(&plan, &outcome, &Meta::default());
    assert_eq!(
        verdicts(&result)[1..],
        [("spare", Verdict::Fail), ("mean", Verdict::Fail)],
        "{:?}",
        result.objectives
    );
    let reason = &result.objectives[1].reason;
    assert!(
        reason.contains("the busiest minute is 9") || reason.contains("the busiest minute is 8"),
        "{reason}"
    );
    let busiest = result.components[0].busiest.as_ref();
    let (share, window) = busiest
        .map(|busiest| (busiest.share.value, busiest.window))
        .unwrap_or_default();
    assert_eq!(window, Some(60.0));
    assert!(share > Some(0.86) && share < Some(0.94), "{share:?}");
    let mean = result.components[0].cpu.as_ref().and_then(|cpu| cpu.value);
    assert!(mean < Some(0.3), "{mean:?}");
}

/// Work of 30 and of 10 % of two hosts of a core each, side by side.
#[test]
fn what_stands_on_hosts_has_its_part_of_them() {
    let text = "workloads: { w: { open: { rate: 20/s }, mix: { a.e: 1 } } }
hosts: { nodes: { count: 2, cores: 1 } }
services:
  a: { host: nodes, replicas: 2, endpoints: { e: [ { compute: { exponential: 30ms } }, { call: b.e } ] } }
  b: { host: nodes, replicas: 2, endpoints: { e: { compute: { exponential: 10ms } } } }";
    let result = run(text, 200, 1);
    let part = |name: &str| {
        let mut rows = result.components.iter();
        let row = rows.find(|row| row.name == name);
        row.and_then(|row| row.of_host.clone())
            .unwrap_or_else(|| panic!("{name} stands on hosts"))
    };
    for (name, truth) in [("a", 0.3), ("b", 0.1)] {
        let part = part(name);
        let off = (part.value.unwrap_or(0.0) / truth - 1.0).abs();
        assert!(
            off < 0.03 && part.high < Some(truth * 1.1),
            "{name}: {part:?}"
        );
    }
}

/// Little's law: 20 writes a second hold one of four rows for 150 ms, so 3 of 4 are locked in the mean.
#[test]
fn row_locks_are_used_row_by_row() {
    let text = "data: { rows: { items: 4 } }
workloads: { w: { open: { rate: 20/s }, mix: { db.q: 1 } } }
databases: { db: { of: rows, queries: { q: { writes: one, lock: rows, do: { sleep: { exponential: 150ms } } } } } }";
    let result = run(text, 200, 1);
    let pool = &result.pools[0];
    assert_eq!(pool.objects, Some(4.0));
    let used = &pool.utilisation;
    assert!(used.low < Some(0.75) && Some(0.75) < used.high, "{used:?}");
    assert!(
        result.bottleneck.sentence.contains("75 % busy"),
        "{}",
        result.bottleneck.sentence
    );
}

/// A replica of a service has locks of its own: two times as many objects.
#[test]
fn keyed_pools_have_a_unit_for_each_object_of_each_replica() {
    let text = "data: { rows: { items: 4 } }
workloads: { w: { open: { rate: 20/s }, mix: { a.e: 1 } } }
services: { a: { replicas: 2, pools: { row: { size: 1 } }, endpoints: { e: { hold: row, key: rows, do: { sleep: { exponential: 150ms } } } } } }";
    let result = run(text, 200, 1);
    let pool = &result.pools[0];
    assert_eq!(pool.objects, Some(8.0));
    let used = &pool.utilisation;
    assert!(
        used.low < Some(0.375) && Some(0.375) < used.high,
        "{used:?}"
    );
}

/// Users do not wait for messages: `b` is busier, and its queue longer, but what they wait for is `a`.
#[test]
fn what_nobody_waits_for_is_no_bottleneck() {
    let text = "workloads: { w: { open: { rate: 50/s }, mix: { a.e: 1 } } }
services:
  a: { endpoints: { e: [ { compute: { exponential: 4ms } }, { send: b.e } ] } }
  b: { endpoints: { e: { compute: { exponential: 16ms } } } }";
    let bottleneck = run(text, 100, 1).bottleneck;
    assert_eq!(bottleneck.component.as_deref(), Some("a"));
    // M/G/1-PS at 20 %: the mean is 4/0.8 = 5 ms, 1 ms of it waiting; at `b` it would be 64 ms of 80.
    assert!(
        bottleneck.sentence.contains("its CPU is 20 % busy"),
        "{}",
        bottleneck.sentence
    );
}

/// Four calls at once wait at the same time: their waits do not add up to a part of the mean.
#[test]
fn waits_side_by_side_are_no_part_of_the_mean() {
    let text = "workloads: { w: { open: { rate: 50/s }, mix: { a.e: 1 } } }
services:
  a: { cores: unlimited, endpoints: { e: { parallel: [ { call: b.e }, { call: b.e }, { call: b.e }, { call: b.e } ] } } }
  b: { endpoints: { e: { compute: { exponential: 4ms } } } }";
    let bottleneck = run(text, 60, 1).bottleneck;
    assert_eq!(bottleneck.component.as_deref(), Some("b"));
    assert!(
        !bottleneck.sentence.contains("mean"),
        "{}",
        bottleneck.sentence
    );
}
