//! Rate limits, on timelines computed by hand: `2:5` is the third user who ends at 5 s.

mod common;

use common::heard;
use scaleproof::engine::{Outcome, Probe};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    ends: [u64; 2],
}

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: Outcome) {
        let at = (now as f64 / 1e6).round() / 1e3;
        self.ends[usize::from(outcome.is_err())] += 1;
        let _ = match outcome {
            Ok(()) => write!(self.text, "{entry}:{at} "),
            Err(cause) => write!(self.text, "{entry}:{at} {} ", cause.name()),
        };
    }
}

/// Users far away (rtt 2 s) who ask once, each at its time [s], for `s.go`.
fn ends(times: &[f64], rest: &str) -> String {
    let mut text = "scaleproof: model/1\nname: limits\nworkloads:\n".to_owned();
    for number in 0..times.len() {
        let _ = writeln!(
            text,
            "  w{number}: {{ access: {{ rtt: 2s }}, closed: {{ users: 1, think: 1000s }}, mix: {{ j{number}: 1 }} }}"
        );
    }
    text.push_str("journeys:\n");
    for (number, at) in times.iter().enumerate() {
        let _ = writeln!(
            text,
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: s.go }} ]"
        );
    }
    text.push_str(rest);
    heard::<Log>(&text, 500).text.trim_end().to_owned()
}

/// Two tokens, and one more every 2 s. At 1 s three arrive: two are served until 11 s, the third is told at 2 s. The bucket is full
/// of one again at 3 s, for the fourth; the fifth comes half a second later.
#[test]
fn a_service_turns_away_who_finds_no_token_and_a_refusal_travels_back() {
    let service = "services: { s: { rate-limit: { token-bucket: { rate: 0.5/s, burst: 2 } }, endpoints: { go: { sleep: 10s } } } }\n";
    assert_eq!(
        ends(&[0.0, 0.0, 0.0, 2.0, 2.5], service),
        "2:2 limited 4:4.5 limited 0:12 1:12 3:14"
    );
    let external = service.replace("services", "externals");
    assert_eq!(
        ends(&[0.0, 0.0, 0.0, 2.0, 2.5], &external),
        "2:2 limited 4:4.5 limited 0:12 1:12 3:14"
    );
}

/// Two replicas, the less busy one first, with a token each or with one for both.
#[test]
fn a_bucket_for_each_replica_or_for_the_service() {
    let service = |per: &str, balance: &str| {
        format!(
            "services: {{ s: {{ replicas: 2, concurrency: 9, balance: {balance}, rate-limit: {{ token-bucket: {{ per: {per}, rate: 1/h, burst: 1 }} }}, endpoints: {{ go: {{ sleep: 10s }} }} }} }}\n"
        )
    };
    let users = [0.0, 0.5, 1.0, 1.5];
    assert_eq!(
        ends(&users, &service("replica", "least-requests")),
        "2:3 limited 3:3.5 limited 0:12 1:12.5"
    );
    let one = "1:2.5 limited 2:3 limited 3:3.5 limited 0:12";
    assert_eq!(ends(&users, &service("service", "least-requests")), one);
    assert_eq!(ends(&users, &service("service", "shared-queue")), one);
}

/// The caller's own bucket holds one token and gains one every 2 s; a refusal takes no time, however far the callee is (1 s away).
/// The second request is refused at 1 s. With a second attempt after 2 s it finds a token at 3 s.
#[test]
fn a_call_takes_its_token_where_it_is_made() {
    let services = |call: &str| {
        format!(
            "regions: {{ here: {{ zones: [a] }} }}\nnetwork: {{ same-zone: {{ rtt: 2s }} }}\n\
             services:\n  s: {{ endpoints: {{ go: {{ call: t.go, rate-limit: {{ token-bucket: {{ rate: 0.5/s, burst: 1 }} }}{call} }} }} }}\n\
             \x20 t: {{ replicas: 2, balance: round-robin, endpoints: {{ go: {{ sleep: 1s }} }} }}\n"
        )
    };
    let ends = |call: &str| ends(&[0.0, 0.0], &services(call));
    assert_eq!(ends(""), "1:2 limited 0:5");
    assert_eq!(ends(", retry: { attempts: 2, backoff: 2s }"), "0:5 1:7");
    assert_eq!(
        ends(", retry: { attempts: 2, backoff: 2s, when: [timeout] }"),
        "1:2 limited 0:5"
    );
    assert_eq!(ends(", on-failure: continue"), "1:2 0:5");
    // Each copy of a hedged attempt needs its own: with one token one copy goes, and with two nothing is left for the second request.
    let hedged = services(", hedge: { after: 0s, extra: 1 }");
    assert_eq!(crate::ends(&[0.0, 0.0], &hedged), "1:2 limited 0:5");
    let two = hedged.replace("burst: 1", "burst: 2");
    assert_eq!(crate::ends(&[0.0, 0.0], &two), "1:2 limited 0:5");
}

/// The first of a hundred thousand calls that follow each other at once finds a token; those who do not are passed over in no time.
#[test]
fn very_many_refusals_at_one_instant() {
    let log: Log = heard(
        "scaleproof: model/1\nname: limits\nworkloads: { w: { closed: { users: 1, think: 1000s }, mix: { j: 1 } } }\n\
         journeys: { j: { repeat: 100000, do: { call: s.go, on-failure: continue, rate-limit: { token-bucket: { rate: 1/h, burst: 1 } } } } }\n\
         services: { s: { endpoints: { go: { sleep: 1s } } } }\n",
        100,
    );
    assert_eq!(log.text, "0:1 ");
}

/// Ten a second of the thirty that come, and fifty at the start: what is asked for exceeds the bucket until 50/(30 - 10) = 2.5 s, and
/// in 10 s a hundred and fifty are let through.
#[test]
fn a_bucket_lets_through_its_burst_and_then_its_rate() {
    let log = |seconds| {
        heard::<Log>(
            "scaleproof: model/1\nname: limits\nworkloads: { w: { open: { rate: 30/s, process: paced }, mix: { gate.pass: 1 } } }\n\
             services: { gate: { rate-limit: { token-bucket: { rate: 10/s, burst: 50 } }, endpoints: { pass: [] } } }\n",
            seconds,
        )
    };
    let first = log(10);
    assert!(first.ends[0].abs_diff(150) <= 1, "{:?}", first.ends);
    assert!(first.ends[1].abs_diff(150) <= 1, "{:?}", first.ends);
    let refusal = first.text.split(' ').find_map(|word| {
        let at = word.strip_prefix("0:")?;
        first
            .text
            .find(&format!("0:{at} limited"))
            .map(|_| at.parse::<f64>())
    });
    let since = refusal.expect("some are refused").expect("a number");
    assert!((since - 2.5).abs() < 0.1, "{since}");
    assert_eq!(log(110).ends[0] - first.ends[0], 1000);
}
