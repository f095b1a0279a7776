//! `validate`: models whose numbers are known.

use super::desk::Desk;

/// A server with constant times: everything about it is known exactly.
const CLOCKWORK: &str = "\
scaleproof: model/1
name: clockwork
workloads: { jobs: { open: { rate: 10/s, process: paced }, mix: { a.e: 1 } } }
services: { a: { concurrency: 1, endpoints: { e: { compute: 50ms } } } }
expect:
  - { of: a.e, metric: latency.mean, is: 50ms, source: arithmetic }
  - { of: a.e, metric: latency.max, is: 50ms, source: arithmetic }
  - { of: a.e, metric: wait.p99, is: 0s, source: nobody waits }
  - { of: services.a, metric: utilisation.cpu, is: 50%, within: 1%, source: arithmetic }
  - { of: services.a, metric: { in-system: { at-least: 1 } }, is: 50%, within: 1%, source: arithmetic }
  - { of: services.a, metric: in-system.p50, at-most: 1, source: arithmetic }
  - { of: services.a, metric: refused, is: 0%, source: there is no bound }
  - { of: workloads.jobs, metric: success, at-least: 99%, source: nothing fails }
";

#[test]
fn known_values_pass_and_wrong_ones_do_not() {
    let desk = Desk::new();
    desk.put("clockwork.yaml", CLOCKWORK);
    desk.run(&["validate", "clockwork.yaml"])
        .with(0)
        .shows("1 case, 8 values: 8 pass, 0 fail, 0 undecided");
    desk.put(
        "late.yaml",
        &CLOCKWORK.replace("latency.mean, is: 50ms", "latency.mean, is: 51ms"),
    );
    desk.run(&["validate", "late.yaml", "clockwork.yaml"])
        .with(1)
        .shows("the number never varies, and is another")
        .shows("2 cases, 16 values: 15 pass, 1 fail, 0 undecided");
    // A run judges them too.
    desk.run(&["run", "late.yaml", "--no-files"])
        .with(1)
        .shows("FAIL       a.e latency.mean is 51ms.");
}

#[test]
fn a_cache_that_is_bounded_in_bytes_weighs_what_it_finds() {
    // A hundred things of two sizes that are asked for alike, and room for fifty of the small ones alone: by Che's approximation each thing is held with
    // the same chance, that by which the room is filled, so that bytes are found as often as things are: 50 KiB of 100 · (1 + 3)/2 KiB = 25 %.
    let desk = Desk::new();
    let text = "scaleproof: model/1\nname: bytes\n\
        data: { things: { items: 1000, size: { empirical: { values: [1KiB, 3KiB] } } } }\n\
        workloads: { w: { open: { rate: 2k/s }, mix: { app.e: 1 } } }\n\
        services: { app: { cores: unlimited, endpoints: { e: [ { get: near, miss: [] }, { compute: 1ms } ] } } }\n\
        caches: { near: { of: things, per: app, capacity: 500KiB }, few: { of: things, per: app, capacity: 10 items } }\n\
        expect:\n  - { of: caches.near, metric: byte-hit, is: 25%, within: 5%, source: Che }\n";
    desk.put("bytes.yaml", text);
    desk.run(&["validate", "bytes.yaml"])
        .with(0)
        .shows("1 pass");
    desk.brief(&["run", "bytes.yaml", "--no-files"])
        .with(0)
        .shows("Bytes found");
    desk.put("items.yaml", &text.replace("caches.near", "caches.few"));
    desk.run(&["validate", "items.yaml"])
        .with(2)
        .says("only a cache whose `capacity` is in bytes weighs what it finds");
}

#[test]
fn any_percentile_can_be_known_and_asked_for() {
    let desk = Desk::new();
    let text = CLOCKWORK
        .replace("wait.p99,", "wait.p12.5,")
        .replace("in-system.p50", "in-system.p99.99")
        .replace("latency.max", "latency.p99.9")
        + "objectives: { all: { of: a.e, p25: 51ms, p99.5: 51ms } }\n";
    desk.put("clockwork.yaml", &text);
    desk.run(&["validate", "clockwork.yaml"])
        .with(0)
        .shows("1 case, 8 values: 8 pass, 0 fail, 0 undecided");
    desk.run(&["run", "clockwork.yaml", "--no-files"])
        .with(0)
        .shows("p25")
        .shows("p99.5");
}

#[test]
fn what_cannot_be_judged_is_said() {
    let desk = Desk::new();
    let waits = CLOCKWORK.replace("latency.max", "open-circuit");
    desk.put("circuit.yaml", &waits);
    desk.run(&["validate", "circuit.yaml"])
        .with(1)
        .shows("circuit.yaml: not applicable yet: open-circuit")
        .shows("0 cases, 0 values");
    desk.put(
        "wrong.yaml",
        &CLOCKWORK.replace("latency.max", "latency.most"),
    );
    desk.run(&["validate", "wrong.yaml"])
        .with(2)
        .says("there is no metric `latency.most`");
    desk.run(&["validate", "small.yaml"])
        .with(2)
        .says("no `expect`");
    desk.run(&["validate", "--only", "nothing-*"])
        .with(2)
        .says("no model matches `nothing-*`");
}

#[test]
fn built_in_models_come_out() {
    let desk = Desk::new();
    let quick = ["validate", "--quick", "--only", "b-forkjoin2-1", "--quiet"];
    let first = desk.run(&quick).with(0);
    assert!(
        first.out.contains("latency.mean") && first.err.is_empty(),
        "{first:#?}"
    );
    let csv = desk.run(&[&quick[..], &["--format", "csv", "--threads", "1"]].concat());
    assert!(
        csv.with(0)
            .out
            .contains("b-forkjoin2-1,workloads.w,latency.mean,")
    );
    desk.run(&[&quick[..], &["--format", "markdown"]].concat())
        .with(0)
        .shows("| b-forkjoin2-1 |");
}
