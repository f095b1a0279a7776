//! Instances that come and go, on timelines computed by hand: `2:5` is the third user who ends at 5 s.

mod common;

use scaleproof::analysis::bill;
use scaleproof::engine::{Engine, Outcome, Phase, Probe};
use scaleproof::lab::{self, Request, Silent};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    starts: u32,
    /// Time in each phase \[s\].
    phases: [f64; 4],
}

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: Outcome) {
        let at = (now as f64 / 1e6).round() / 1e3;
        let _ = match outcome {
            Ok(()) => write!(self.text, "{entry}:{at} "),
            Err(cause) => write!(self.text, "{entry}:{at} {} ", cause.name()),
        };
    }
    fn cold_start(&mut self, _function: u32, _now: u64) {
        self.starts += 1;
    }
    fn instance(&mut self, _function: u32, phase: Phase, from: u64, to: u64) {
        self.phases[phase as usize] += (to - from) as f64 / 1e9;
    }
}

/// Users who ask once, each at its time [s] for its endpoint, of a function with these fields.
fn log(users: &[(f64, &str)], function: &str) -> Log {
    let mut text = "scaleproof: model/1\nname: functions\nworkloads:\n".to_owned();
    for number in 0..users.len() {
        let _ = writeln!(
            text,
            "  w{number}: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ j{number}: 1 }} }}"
        );
    }
    text.push_str("journeys:\n");
    for (number, (at, endpoint)) in users.iter().enumerate() {
        let _ = writeln!(
            text,
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: f.{endpoint} }} ]"
        );
    }
    let _ = writeln!(
        text,
        "functions: {{ f: {{ {function}, endpoints: {{ s1: {{ sleep: 1s }}, s2: {{ sleep: 2s }}, s5: {{ sleep: 5s }}, s30: {{ sleep: 30s }}, c2: {{ compute: 2s }} }} }} }}"
    );
    let plan = common::plan(&text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
    engine.run_until(500_000_000_000).expect("no overflow");
    engine.close();
    let mut log = std::mem::take(&mut engine.probe);
    log.text.truncate(log.text.trim_end().len());
    log
}

fn run(users: &[(f64, &str)], function: &str) -> String {
    log(users, function).text
}

/// The second comes while the first is served, which is over before another instance has started.
#[test]
fn a_request_waits_for_its_own_start_or_for_the_first_room() {
    let users = [(0.0, "s2"), (6.0, "s2")];
    let function = |waits: &str| format!("max-instances: 2, cold-start: 5s, waits-for: {waits}");
    assert_eq!(run(&users, &function("own-instance")), "0:7 1:13");
    let found = log(&users, &function("first-free"));
    // The second start lasts from 6 to 7, when it is called off.
    assert_eq!((found.text.as_str(), found.starts), ("0:7 1:9", 2));
    assert!((found.phases[Phase::Starting as usize] - 6.0).abs() < 1e-9);
}

#[test]
fn an_instance_without_requests_goes_when_its_time_is_over() {
    let users = [(0.0, "s1"), (4.5, "s1"), (9.0, "s1")];
    let found = log(&users, "max-instances: 5, cold-start: 1s, keep-alive: 3s");
    assert_eq!((found.text.as_str(), found.starts), ("0:2 1:5.5 2:11", 2));
    // Idle from 2 to 4.5, from 5.5 to 8.5 and from 11 to 14.
    for (phase, seconds) in [
        (Phase::Starting, 2.0),
        (Phase::Busy, 3.0),
        (Phase::Idle, 8.5),
    ] {
        assert!(
            (found.phases[phase as usize] - seconds).abs() < 1e-9,
            "{phase:?}"
        );
    }
    let found = log(&users, "max-instances: 5, cold-start: 1s, keep-alive: 0s");
    assert_eq!((found.text.as_str(), found.starts), ("0:2 1:6.5 2:11", 3));
    assert!(found.phases[Phase::Idle as usize].abs() < 1e-9);
}

#[test]
fn those_over_the_limit_fail_or_wait() {
    let users = [(0.0, "s5"), (1.0, "s1"), (2.0, "s1")];
    assert_eq!(
        run(&users, "max-instances: 1"),
        "1:1 limited 2:2 limited 0:5"
    );
    assert_eq!(
        run(&users, "max-instances: 1, over-limit: queue"),
        "0:5 1:6 2:7"
    );
    assert_eq!(
        run(&users, "max-instances: 1, over-limit: queue, backlog: 1"),
        "2:2 refused 0:5 1:6"
    );
}

/// One start at once and one more every ten seconds.
#[test]
fn instances_are_started_no_faster_than_is_allowed() {
    let users = [(0.0, "s30"), (0.0, "s30"), (0.0, "s30"), (15.0, "s1")];
    let scale = "max-instances: 9, scale-up: { burst: 1, then: 1/10s }";
    assert_eq!(run(&users, scale), "1:0 limited 2:0 limited 3:16 0:30");
    for waits in ["own-instance", "first-free"] {
        let function = format!("{scale}, over-limit: queue, waits-for: {waits}");
        assert_eq!(run(&users[..3], &function), "0:30 1:40 2:50", "{waits}");
    }
}

#[test]
fn requests_in_one_instance_share_its_cores() {
    let users = [(0.0, "c2"), (0.0, "c2"), (0.5, "c2")];
    let function = "max-instances: 1, per-instance: 2, cold-start: 1s, over-limit: queue";
    // Two begin at 1 with half a core each; the third has the next slot.
    assert_eq!(run(&users, function), "0:5 1:5 2:7");
    // Two instances: the third waits for the second one.
    let function = "max-instances: 2, per-instance: 2, cold-start: 1s";
    assert_eq!(run(&users, function), "2:3.5 0:5 1:5");
}

#[test]
fn provisioned_instances_are_always_there() {
    let users = [(0.0, "s2"), (1.0, "s2"), (100.0, "s2")];
    let function = "max-instances: 2, provisioned: 1, cold-start: 5s, keep-alive: 1s";
    assert_eq!(run(&users, function), "0:2 1:8 2:102");
}

/// Asked every five seconds, the newest idle one serves all and the other goes at 16; asked in turn, both stay.
#[test]
fn the_newest_or_the_longest_idle_takes_the_next() {
    let users = [
        (0.0, "s1"),
        (0.0, "s2"),
        (10.0, "s1"),
        (15.0, "s1"),
        (19.0, "s1"),
        (19.0, "s1"),
    ];
    let function =
        |take: &str| format!("max-instances: 9, cold-start: 5s, keep-alive: 10s, take: {take}");
    assert_eq!(
        run(&users, &function("newest-idle")),
        "0:6 1:7 2:11 3:16 4:20 5:25"
    );
    assert_eq!(
        run(&users, &function("oldest-idle")),
        "0:6 1:7 2:11 3:16 4:20 5:20"
    );
}

/// The first leaves at 2; the instance that was started for it serves the second, unless starts that nobody waits for are called off.
#[test]
fn who_loses_patience_leaves_its_start() {
    let users = [(0.0, "s1"), (3.5, "s1")];
    let function =
        |waits: &str| format!("max-instances: 2, cold-start: 5s, patience: 2s, waits-for: {waits}");
    assert_eq!(run(&users, &function("own-instance")), "0:2 abandoned 1:6");
    assert_eq!(
        run(&users, &function("first-free")),
        "0:2 abandoned 1:5.5 abandoned"
    );
}

/// A request a second of half a second each: 2.628 million a month at 1 USD, and 1.314 million seconds of 2 GiB at 0.01 USD; the
/// provisioned instance costs 0.00001 USD a GiB and second all the time.
#[test]
fn use_is_billed() {
    let text = "scaleproof: model/1\nname: bill\nworkloads: { w: { open: { rate: 1/s, process: paced }, mix: { f.e: 1 } } }\nfunctions:\n  f: { max-instances: 3, provisioned: 1, memory: 2GiB, price: { per-million: 1 USD, per-gib-s: 0.01 USD, provisioned-per-gib-s: 0.00001 USD }, endpoints: { e: { sleep: 500ms } } }";
    let plan = common::plan(text);
    let request = Request {
        seed: 1,
        replications: Some(2),
        duration: Some(1_000_000_000_000),
        warm_up: Some(10_000_000_000),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let cost = bill::total(&plan, &outcome).value.unwrap_or_default();
    let exact = 2.628 + 26_280.0 + 2_628_000.0 * 2.0 * 0.000_01;
    assert!((cost / exact - 1.0).abs() < 2e-3, "{cost} for {exact}");
    assert_eq!(bill::currency(&plan), "USD");
}
