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
    let users: Vec<(f64, String)> = (users.iter())
        .map(|(at, endpoint)| (*at, format!("f.{endpoint}")))
        .collect();
    let users: Vec<(f64, &str)> = (users.iter())
        .map(|(at, endpoint)| (*at, endpoint.as_str()))
        .collect();
    log_of(&users, &[("f", function)], "")
}

/// The same of several functions, with other sections besides.
fn log_of(users: &[(f64, &str)], functions: &[(&str, &str)], besides: &str) -> Log {
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
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: {endpoint} }} ]"
        );
    }
    text.push_str("functions:\n");
    for (name, function) in functions {
        let _ = writeln!(
            text,
            "  {name}: {{ {function}, endpoints: {{ s1: {{ sleep: 1s }}, s2: {{ sleep: 2s }}, s5: {{ sleep: 5s }}, s30: {{ sleep: 30s }}, c2: {{ compute: 2s }} }} }}"
        );
    }
    text.push_str(besides);
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

fn of_an_account(users: &[(f64, &str)], functions: &[(&str, &str)], most: u32) -> String {
    let functions: Vec<(&str, String)> = (functions.iter())
        .map(|(name, fields)| (*name, format!("max-instances: 9, account: all, {fields}")))
        .collect();
    let functions: Vec<(&str, &str)> = (functions.iter())
        .map(|(name, fields)| (*name, fields.as_str()))
        .collect();
    let account = format!("accounts: {{ all: {{ concurrency: {most} }} }}");
    log_of(users, &functions, &account).text
}

/// Two may be used: those of the first function for 5 s, those of the second for 30. An idle instance does not count.
#[test]
fn functions_of_one_account_share_its_limit() {
    let refusing = [("f", "cold-start: 1s"), ("g", "cold-start: 1s")];
    let users = [
        (0.0, "f.s5"),
        (1.0, "g.s30"),
        (2.0, "f.s1"),
        (8.0, "f.s1"),
        (8.0, "g.s1"),
    ];
    assert_eq!(
        of_an_account(&users, &refusing, 2),
        "2:2 limited 0:6 4:8 limited 3:9 1:32"
    );
}

/// The first to become free takes the next of its own function; then the other function may start one.
#[test]
fn those_who_wait_for_their_account_go_on_in_their_order() {
    let waiting = [
        ("f", "over-limit: queue, cold-start: 1s"),
        ("g", "over-limit: queue, cold-start: 1s"),
    ];
    let users = [(0.0, "f.s5"), (1.0, "g.s30"), (2.0, "g.s1"), (3.0, "f.s1")];
    assert_eq!(of_an_account(&users, &waiting, 2), "0:6 3:7 2:9 1:32");
    let three = [
        ("f", "over-limit: queue"),
        ("g", "over-limit: queue"),
        ("h", "over-limit: queue"),
    ];
    let users = [(0.0, "f.s5"), (1.0, "h.s1"), (2.0, "g.s1"), (3.0, "h.s2")];
    // The second of h takes the instance of the first before g has its turn.
    assert_eq!(of_an_account(&users, &three, 1), "0:5 1:6 3:8 2:9");
}

/// Of three in all two are provisioned for the second function, used or not.
#[test]
fn provisioned_instances_always_count_in_their_account() {
    let functions = [("f", "cold-start: 0s"), ("g", "provisioned: 2")];
    let users = [
        (0.0, "f.s5"),
        (1.0, "f.s1"),
        (2.0, "g.s5"),
        (2.5, "g.s5"),
        (3.0, "g.s1"),
    ];
    assert_eq!(
        of_an_account(&users, &functions, 3),
        "1:1 limited 4:3 limited 0:5 2:7 3:7.5"
    );
}

/// A second request in an instance that is used needs no other one.
#[test]
fn room_in_used_instances_is_nobodys_limit() {
    for take in ["newest-idle", "oldest-idle"] {
        let fields = format!("per-instance: 2, take: {take}");
        let users = [(0.0, "f.s5"), (1.0, "f.s1"), (1.5, "f.s1")];
        assert_eq!(
            of_an_account(&users, &[("f", &fields)], 1),
            "2:1.5 limited 1:2 0:5"
        );
    }
}

/// g holds the one instance that may be used, for 5 s: then both requests of f that wait have room in one, that is there or is started;
/// who comes after that waits for one of them to end.
#[test]
fn two_who_wait_share_the_instance_that_one_of_them_gets() {
    let ends = |later: f64, fields: &str| {
        let fields = format!("per-instance: 2, over-limit: queue, {fields}");
        let functions = [("f", fields.as_str()), ("g", "over-limit: queue")];
        let users = [
            (0.0, "f.s1"),
            (1.5 + later, "g.s5"),
            (3.0, "f.s2"),
            (4.0, "f.s2"),
            (7.0 + later, "f.s1"),
        ];
        of_an_account(&users, &functions, 1)
    };
    assert_eq!(ends(0.0, "cold-start: 0s"), "0:1 1:6.5 2:8.5 3:8.5 4:9.5");
    assert_eq!(ends(1.0, "cold-start: 1s"), "0:2 1:7.5 2:9.5 3:9.5 4:10.5");
    assert_eq!(
        ends(1.0, "cold-start: 1s, keep-alive: 0s"),
        "0:2 1:7.5 2:10.5 3:10.5 4:11.5"
    );
}

/// The start for the second request is called off at 7, when the first instance takes it, and g may start one.
#[test]
fn a_start_that_is_called_off_is_room_for_others() {
    let functions = [
        ("f", "cold-start: 5s, waits-for: first-free"),
        ("g", "cold-start: 1s, over-limit: queue"),
    ];
    let users = [(0.0, "f.s2"), (6.0, "f.s2"), (6.5, "g.s1")];
    assert_eq!(of_an_account(&users, &functions, 2), "0:7 1:9 2:9");
}

/// Times at which an instance begins or ceases to be used.
#[derive(Default)]
struct Used {
    changes: Vec<(u64, i32)>,
    failed: u32,
}

impl Probe for Used {
    fn settled(&mut self, _entry: u32, _birth: u64, _now: u64, outcome: Outcome) {
        self.failed += u32::from(outcome.is_err());
    }
    fn instance(&mut self, _function: u32, phase: Phase, from: u64, to: u64) {
        if matches!(phase, Phase::Busy | Phase::Starting) {
            self.changes.extend([(from, 1), (to, -1)]);
        }
    }
}

/// At no time more are used than may be, and all that may be are at some.
#[test]
fn no_more_instances_are_used_than_an_account_allows() {
    for (waits, over) in [
        ("own-instance", "queue"),
        ("first-free", "queue"),
        ("own-instance", "refuse"),
    ] {
        let function = |rest: &str| {
            format!(
                "max-instances: 6, account: all, cold-start: {{ exponential: 300ms }}, keep-alive: 1s, waits-for: {waits}, over-limit: {over}, {rest}"
            )
        };
        let text = format!(
            "scaleproof: model/1\nname: account\naccounts: {{ all: {{ concurrency: 5 }} }}\nworkloads: {{ w: {{ open: {{ rate: 8/s }}, mix: {{ f.e: 1, g.e: 1 }} }} }}\nfunctions:\n  f: {{ {}, endpoints: {{ e: {{ sleep: {{ exponential: 500ms }} }} }} }}\n  g: {{ {}, endpoints: {{ e: {{ sleep: {{ exponential: 300ms }} }} }} }}\n",
            function("scale-up: { burst: 2, then: 3/s }"),
            function("patience: 3s, per-instance: 2"),
        );
        let plan = common::plan(&text);
        let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Used::default());
        engine.run_until(2_000_000_000_000).expect("no overflow");
        engine.close();
        let mut used = std::mem::take(&mut engine.probe);
        // At one instant some go before others come.
        used.changes.sort_unstable();
        let (mut now, mut most) = (0, 0);
        for (_, change) in used.changes {
            now += change;
            most = now.max(most);
        }
        assert_eq!((now, most), (0, 5), "{waits} {over}");
        assert!(over == "queue" || used.failed > 1_000, "{}", used.failed);
    }
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
