//! What breaks, on timelines computed by hand: `2:5` is the third user who ends at 5 s.

mod common;

use common::heard;
use scaleproof::analysis::{Estimate, Meta, Outcome, Status, Verdict, breakdowns, summarise};
use scaleproof::engine::{self, Probe};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::{Plan, listing};
use scaleproof::theory;
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    ends: String,
    looked: String,
    down: String,
    lost: u64,
}

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: engine::Outcome) {
        let at = (now as f64 / 1e6).round() / 1e3;
        let _ = match outcome {
            Ok(()) => write!(self.ends, "{entry}:{at} "),
            Err(cause) => write!(self.ends, "{entry}:{at} {} ", cause.name()),
        };
    }
    fn hit(&mut self, _cache: u32, now: u64) {
        let _ = write!(self.looked, "{} hit ", now / 1_000_000_000);
    }
    fn miss(&mut self, _cache: u32, now: u64, _expired: bool) {
        let _ = write!(self.looked, "{} miss ", now / 1_000_000_000);
    }
    fn down(&mut self, _component: u32, from: u64, to: u64) {
        let _ = write!(self.down, "{}–{} ", from as f64 / 1e9, to as f64 / 1e9);
    }
    fn lost_writes(&mut self, _component: u32, writes: u64, _now: u64) {
        self.lost += writes;
    }
}

/// Users who ask once, each for something at its time [s].
fn log(asked: &[(f64, &str)], rest: &str, seconds: u64) -> Log {
    let mut text = "scaleproof: model/1\nname: breakdowns\nworkloads:\n".to_owned();
    for number in 0..asked.len() {
        let _ = writeln!(
            text,
            "  w{number}: {{ closed: {{ users: 1, think: 10000s }}, mix: {{ j{number}: 1 }} }}"
        );
    }
    text.push_str("journeys:\n");
    for (number, (at, what)) in asked.iter().enumerate() {
        let _ = writeln!(
            text,
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: {what} }} ]"
        );
    }
    text.push_str(rest);
    heard(&text, seconds)
}

fn ends(asked: &[(f64, &str)], rest: &str) -> String {
    log(asked, rest, 100).ends.trim_end().to_owned()
}

fn at<'a>(times: &[f64], what: &'a str) -> Vec<(f64, &'a str)> {
    times.iter().map(|time| (*time, what)).collect()
}

/// Up until 10 s, from 15 s to 25 s, and from 30 s on; jobs of 4 s. The first comes at 8 s, and 2 s of it are done when the server
/// breaks. The second comes while it is down, the third 2 s before it breaks again.
#[test]
fn work_goes_on_begins_anew_or_is_lost() {
    let service = |cpu: &str, work: &str| {
        format!(
            "services: {{ s: {{ cpu: {cpu}, reliability: {{ up: 10s, down: 5s, {work} }}, endpoints: {{ go: {{ compute: 4s }} }} }} }}\n"
        )
    };
    let asked = at(&[8.0, 12.0, 23.0], "s.go");
    assert_eq!(
        ends(&asked, &service("fifo", "work: resume")),
        "0:17 1:21 2:32"
    );
    assert_eq!(
        ends(&asked, &service("fifo", "work: restart")),
        "0:19 1:23 2:34"
    );
    let lost = "0:10 unreachable 1:12 unreachable 3:20 2:25 unreachable";
    let asked = at(&[8.0, 12.0, 23.0, 16.0], "s.go");
    for cpu in ["fifo", "ps"] {
        assert_eq!(ends(&asked, &service(cpu, "work: lost")), lost);
        assert_eq!(
            ends(&asked, &service(cpu, "crews: 1")),
            lost,
            "lost is what happens"
        );
    }
    // Two at once, at half the speed each: of 4 s, 1 s is done of each at 10 s.
    let asked = at(&[8.0, 8.0], "s.go");
    assert_eq!(ends(&asked, &service("ps", "work: resume")), "0:21 1:21");
    assert_eq!(ends(&asked, &service("ps", "work: restart")), "0:23 1:23");
}

/// Lives of 3 s that only pass while there is work: of the second, 1 s is used up by the rest of the first job.
#[test]
fn a_thing_may_age_only_while_it_works() {
    let service = "services: { s: { cpu: fifo, reliability: { up: 3s, down: 5s, clock: busy, work: resume }, endpoints: { go: { compute: 4s } } } }\n";
    let heard = log(&at(&[10.0, 30.0], "s.go"), service, 100);
    assert_eq!(heard.ends, "0:19 1:39 ");
    assert_eq!(heard.down, "13–18 32–37 ");
}

/// Both replicas break at 10 s. One crew has the first ready at 15 s and the other at 20 s; two crews both at 15 s. At 16 s two jobs of
/// 4 s come: one after the other to the only one that works, or one to each.
#[test]
fn things_wait_for_crews_and_balancers_leave_them_out() {
    let service = |balance: &str, crews: &str| {
        format!(
            "services: {{ s: {{ replicas: 2, cpu: fifo, concurrency: 1, balance: {balance}, reliability: {{ up: 10s, down: 5s {crews} }}, endpoints: {{ go: {{ compute: 4s }} }} }} }}\n"
        )
    };
    let asked = at(&[12.0, 16.0, 16.0], "s.go");
    for balance in ["least-requests", "shared-queue"] {
        let one = ends(&asked, &service(balance, ", crews: 1"));
        assert_eq!(one, "0:12 unreachable 1:20 2:24", "{balance}");
        let both = ends(&asked, &service(balance, ""));
        assert_eq!(both, "0:12 unreachable 1:20 2:20", "{balance}");
    }
    let service = service("least-requests", ", crews: 1");
    assert_eq!(log(&asked, &service, 22).down, "10–15 10–20 ");
    // What is down at the end counts as well.
    assert_eq!(log(&asked, &service, 18).down, "10–15 10–18 ");
}

/// A machine takes what runs on it along, and what they call is called in vain.
#[test]
fn a_host_takes_its_services_with_it() {
    let rest = |work: &str| {
        format!(
            "hosts: {{ h: {{ count: 1, cores: 2, cpu: fifo, reliability: {{ up: 10s, down: 5s, work: {work} }} }} }}\n\
             services:\n  a: {{ host: h, endpoints: {{ go: {{ compute: 4s }} }} }}\n  b: {{ host: h, endpoints: {{ go: {{ compute: 4s }} }} }}\n  c: {{ endpoints: {{ go: {{ call: a.go }} }} }}\n"
        )
    };
    let asked = [(8.0, "a.go"), (8.0, "b.go"), (9.0, "c.go"), (12.0, "c.go")];
    assert_eq!(
        ends(&asked, &rest("lost")),
        "0:10 unreachable 1:10 unreachable 2:10 unreachable 3:12 unreachable"
    );
    // Two cores: the third begins at 17 s, the fourth as well.
    assert_eq!(ends(&asked, &rest("resume")), "0:17 1:17 2:21 3:21");
}

/// A request in a parallel block, asleep, waiting for another or for a slot: wherever it is, it is lost with its replica; what it has
/// called goes on for nobody.
#[test]
fn requests_are_lost_wherever_they_are() {
    let rest = "services:\n  s: { concurrency: 2, reliability: { up: 10s, down: 5s }, endpoints: { sleep: { sleep: 9s }, calls: { call: t.go }, both: { parallel: [ { sleep: 9s }, { call: t.go } ] } } }\n  t: { endpoints: { go: { sleep: 9s } } }\n";
    for what in ["s.sleep", "s.calls", "s.both"] {
        let asked = at(&[4.0, 5.0, 6.0, 16.0], what);
        assert_eq!(
            ends(&asked, rest),
            "0:10 unreachable 1:10 unreachable 2:10 unreachable 3:25"
        );
    }
}

/// One object in a ring of two nodes that both break at 10 s, are repaired one after the other, and break again at 25 s and 30 s.
/// Whoever works holds it: what comes back is empty, and the neighbour that stood in keeps what it has.
#[test]
fn neighbours_stand_in_for_a_node_of_a_cache() {
    let rest = "data: { things: { items: 1 } }\n\
        caches: { c: { of: things, nodes: 2, capacity: 10 items, reliability: { up: 10s, down: 5s, crews: 1 } } }\n\
        services: { s: { endpoints: { go: { get: c, miss: { sleep: 100ms } } } } }\n";
    let heard = log(
        &at(&[1.0, 2.0, 12.0, 16.0, 17.0, 21.0, 26.0], "s.go"),
        rest,
        28,
    );
    // At 12 s nobody answers, and the object is fetched.
    assert!(heard.ends.contains("2:12.1 "), "{}", heard.ends);
    let first = "1 miss 2 hit 16 miss 17 hit ";
    let (at_first, at_second) = ("21 hit 26 miss ", "21 miss 26 hit ");
    let rest = heard.looked.strip_prefix(first).expect(&heard.looked);
    assert!(rest == at_first || rest == at_second, "{rest}");
}

/// Copies that break at 10 s; the leader is back at 15 s, the follower at 20 s; the leader breaks again at 25 s, which is noticed at
/// 27 s, and the follower leads from 28 s on. A write at 22 s is acknowledged at 23 s; readers of the follower would see it at 29 s.
#[test]
fn a_follower_leads_and_has_what_it_has() {
    let database = |write: &str, more: &str| {
        format!(
            "databases: {{ db: {{ replicas: 2, cpu: fifo, {write} {more}, reliability: {{ up: 10s, down: 5s, crews: 1 }}, queries: {{ put: {{ writes: one, do: {{ compute: 1s }} }}, look: {{ reads: one, do: {{ compute: 0 }} }} }} }} }}\n"
        )
    };
    let failover =
        |writes: &str| format!("failover: {{ detect: 2s, elect: 1s, writes: {writes} }}");
    let asked = [
        (17.0, "db.put"),
        (22.0, "db.put"),
        (26.0, "db.put"),
        (26.0, "db.look"),
        (28.5, "db.put"),
    ];
    let fails = log(&asked, &database("lag: 5s,", &failover("fail")), 29);
    assert_eq!(fails.ends, "0:18 1:23 2:26 unreachable 3:26 unreachable ");
    assert_eq!(fails.lost, 1);
    let asked_longer = |write: &str, more: &str| log(&asked, &database(write, more), 30);
    let waits = asked_longer("lag: 5s,", &failover("wait"));
    assert_eq!(waits.ends, "0:18 1:23 2:29 3:29 ");
    assert_eq!(waits.lost, 1);
    // What it has received is not lost where writers wait for it (at 17 s in vain), and nothing is where followers apply at once.
    let both = asked_longer("lag: 5s, write: { acks: 2 },", &failover("wait"));
    let first = "0:18 unreachable 1:24 ";
    assert!(
        both.lost == 0 && both.ends.starts_with(first),
        "{}",
        both.ends
    );
    assert_eq!(asked_longer("", &failover("wait")).lost, 0);
    // Without `failover` the follower leads at once; readers of any copy do not notice.
    let at_once = asked_longer("lag: 5s, read: any,", "speed: 1");
    assert_eq!(at_once.ends, "0:18 1:23 2:27 3:27 4:29.5 ");
    assert_eq!(at_once.lost, 1);
}

/// All is well again at 12 s, before anybody has noticed at 13 s: the write of 7 s, applied at 9 s and to be seen at 14 s, is not lost,
/// and one that waits for a leader since 11 s begins at 12 s.
#[test]
fn a_leader_that_is_back_in_time_leads_on() {
    let ends = |writes: &str| {
        let rest = format!(
            "data: {{ things: {{ items: 1 }} }}\n\
             databases: {{ db: {{ of: things, replicas: 2, cpu: fifo, lag: 5s, reliability: {{ up: 10s, down: 2s }}, failover: {{ detect: 3s, elect: 0s, writes: {writes} }}, queries: {{ put: {{ writes: one, do: {{ compute: 1s }} }} }} }} }}\n"
        );
        let asked = at(&[7.0, 11.0, 13.5], "db.put");
        let heard = log(&asked, &rest, 20);
        assert_eq!(heard.lost, 0);
        heard.ends
    };
    assert_eq!(ends("fail"), "0:8 1:11 unreachable 2:14.5 ");
    assert_eq!(ends("wait"), "0:8 1:13 2:14.5 ");
}

/// Up for 20 of 25 s: half a core asked for is 62.5 % of what one core does that goes on after its repairs. What loses its work takes on
/// no more while it is down.
#[test]
fn arithmetic_and_words_know_what_breaks() {
    let model = |more: &str| {
        let text = format!(
            "scaleproof: model/1\nname: breakdowns\nworkloads: {{ w: {{ open: {{ rate: 0.5/s }}, mix: {{ s.go: 1 }} }} }}\n\
             services: {{ s: {{ cpu: fifo, reliability: {{ up: {{ exponential: 20s }}, down: 5s, {more} }}, endpoints: {{ go: {{ compute: {{ exponential: 1s }} }} }} }} }}\n"
        );
        common::plan(&text)
    };
    let load = |plan: &Plan| plan.load.processor_load[0];
    let (resume, lost) = (model("work: resume"), model("crews: 1, clock: busy"));
    assert!((load(&resume) - 0.625).abs() < 1e-9 && (load(&lost) - 0.5).abs() < 1e-9);
    for (plan, words) in [
        (&resume, "repaired in 5.00s, work goes on after it"),
        (
            &lost,
            "of work, repaired in 5.00s one at a time, work is lost",
        ),
    ] {
        let listing = listing::listing(plan);
        assert!(listing.contains(words), "{listing}");
        let said = format!("{:?}", theory::of(plan));
        assert!(said.contains("`s` breaks and is repaired"), "{said}");
    }
}

/// Down for a third of the time. Of a window in which all is whole nothing can be said, and that is said.
#[test]
fn a_result_tells_what_broke_and_what_it_has_not_seen() {
    let plan = |up: &str| {
        let text = format!(
            "scaleproof: model/1\nname: breakdowns\nworkloads: {{ w: {{ closed: {{ users: 1, think: {{ exponential: 1s }} }}, mix: {{ s.go: 1 }} }} }}\n\
             services: {{ s: {{ replicas: 2, reliability: {{ up: {{ exponential: {up} }}, down: {{ exponential: 5s }} }}, endpoints: {{ go: {{ sleep: 1ms }} }} }} }}\n"
        );
        common::plan(&text)
    };
    let run = |plan: &Plan| {
        let request = Request {
            replications: Some(8),
            duration: Some(2_000_000_000_000),
            warm_up: Some(60_000_000_000),
            ..Request::default()
        };
        lab::run(plan, &request, &Silent)
    };
    let told = |plan: &Plan, outcome: &Outcome| {
        let told = breakdowns::result(plan, outcome, plan.stations[0].component);
        told.expect("it breaks")
    };
    let holds = |estimate: &Option<Estimate>, value: f64| {
        let estimate = estimate.as_ref().expect("it wears out by itself");
        let (low, high) = (estimate.low.expect("ends"), estimate.high.expect("ends"));
        low <= value && value <= high && high - low < 0.2 * value
    };
    let often = plan("10s");
    let seen = run(&often);
    let row = told(&often, &seen);
    assert!(holds(&row.up, 10.0 / 15.0), "{row:?}");
    assert!(holds(&row.per_day, 2.0 * 86_400.0 / 15.0), "{row:?}");
    assert!(row.lost_writes_per_day.is_none());
    let of_breakdowns = |line: &String| line.contains("breakdown");
    assert!(
        !seen.warnings.iter().any(of_breakdowns),
        "{:?}",
        seen.warnings
    );
    let rarely = plan("1000h");
    let unseen = run(&rarely);
    let row = told(&rarely, &unseen);
    for estimate in [&row.up, &row.per_day].into_iter().flatten() {
        assert_eq!((estimate.status, estimate.low), (Status::TooFew, None));
    }
    let result = summarise(&rarely, &unseen, &Meta::default());
    let success = &result.endpoints[0].success;
    assert_eq!(
        (success.status, success.low),
        (Status::TooFew, None),
        "nobody failed, which says nothing"
    );
    let said = "No breakdown of `s` was seen, where one comes every 20.8 days or so";
    assert!(
        unseen.warnings.iter().any(|line| line.starts_with(said)),
        "{:?}",
        unseen.warnings
    );
}

/// Three replicas, each up 50 s and down 1 s, are all down once in 44,217 s: in eight hours none, one or two are seen, which tells
/// nothing of how many nines there are. How long it takes to see enough is known before anything runs: two or three in each replication.
#[test]
fn outages_of_all_at_once_are_waited_for_or_nothing_is_said() {
    let plan = common::plan(
        "scaleproof: model/1
name: triple
workloads: { w: { open: { rate: 10/s }, mix: { a.e: 1 } } }
services:
  a:
    replicas: 3
    cores: unlimited
    reliability: { up: { exponential: 50s }, down: { exponential: 1s }, work: lost }
    endpoints: { e: { sleep: 0s } }
objectives: { there: { of: workloads.w, success: 99.9% } }",
    );
    let request = Request {
        duration: Some(1_800_000_000_000),
        replications: Some(16),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let result = summarise(&plan, &outcome, &Meta::default());
    let objective = &result.objectives[0];
    assert_eq!(objective.verdict, Verdict::Undecided, "{objective:?}");
    let said = &objective.reason;
    assert!(said.contains("too few outages of all at once: "), "{said}");
    let success = &result.endpoints[0].success;
    assert_eq!(
        (success.low, success.status),
        (None, Status::TooFew),
        "{success:?}"
    );
    let planned = lab::forecast(&plan, &Request::default(), String::new());
    let times = planned.measured / 44_217.0;
    assert!(
        (1.0..10.0).contains(&times),
        "{times} {:?}",
        planned.reasons
    );
}
