//! What balancers do in a run: who gets how many requests, and which.

#[path = "common/mod.rs"]
mod common;

use scaleproof::measure::{Span, Tally, replicate};
use scaleproof::policy::balance::KINDS;

fn run(text: &str, seconds: u64) -> Tally {
    let span = Span {
        from: 0,
        until: seconds * 1_000_000_000,
        settle: 0,
        windows: 1,
        most_flights: 1 << 20,
    };
    replicate(&common::plan(text), 1, 0, &span, &|| false).expect("nobody stops it")
}

/// Requests that each replica of the first service gets in so many seconds; those that waited at the balancer count where they are served.
fn dealt(text: &str, seconds: u64) -> Vec<u64> {
    let tally = run(text, seconds);
    let shared = text.contains("shared-queue");
    let got = tally.stations.iter();
    got.map(|station| {
        if shared {
            station.finished
        } else {
            station.arrived
        }
    })
    .collect()
}

fn model(groups: &str, balance: &str, demand: &str) -> String {
    format!(
        "scaleproof: model/1\nname: dealt\n\
         data: {{ sessions: {{ items: 400, popularity: uniform }} }}\n\
         workloads: {{ w: {{ open: {{ rate: 400/s }}, mix: {{ s.go: 1 }} }} }}\n\
         services: {{ s: {{ {groups}, balance: {balance}, endpoints: {{ go: {{ {demand} }} }} }} }}\n"
    )
}

/// How a balancer is written with what it must be given.
fn written(kind: &scaleproof::policy::balance::Kind) -> String {
    let needs_key = kind.settings.iter().any(|setting| setting.required);
    match (kind.words[0], needs_key) {
        (word, true) => format!("{{ {word}: {{ key: sessions }} }}"),
        (word, false) => word.to_owned(),
    }
}

/// Four requests at one instant, each 5 ms from four replicas: what is on its way counts, so that each gets one, and nobody waits.
#[test]
fn requests_on_their_way_count() {
    let text = |balance: &str| {
        format!(
            "scaleproof: model/1\nname: far\nnetwork: {{ same-zone: {{ rtt: 10ms }} }}\n\
             regions: {{ eu: {{ zones: [a] }} }}\n\
             workloads: {{ w: {{ from: eu, open: {{ rate: 1/s, process: paced, batch: 4 }}, mix: {{ s.go: 1 }} }} }}\n\
             services: {{ s: {{ replicas: 4, balance: {balance}, endpoints: {{ go: {{ compute: 1ms }} }} }} }}\n"
        )
    };
    assert_eq!(dealt(&text("least-requests"), 50), [50; 4]);
    assert_eq!(dealt(&text("join-idle-queue"), 50), [50; 4]);
    assert_ne!(dealt(&text("random"), 50), [50; 4]);
}

/// Four replicas, of which two have a weight of 3: under each rule nobody is forgotten, and everybody gets about what the rule says.
#[test]
fn every_rule_deals_out_all_requests() {
    for kind in KINDS {
        let weighted = kind.words[0].contains("weighted");
        let groups = if weighted {
            "groups: { large: { replicas: 2, weight: 3 }, small: { replicas: 2, weight: 1 } }"
        } else {
            "replicas: 4"
        };
        let slots = if kind.words[0] == "shared-queue" {
            ", concurrency: 1"
        } else {
            ""
        };
        let text = model(
            &(groups.to_owned() + slots),
            &written(kind),
            "compute: { exponential: 5ms }",
        );
        let got = dealt(&text, 50);
        let total: u64 = got.iter().sum();
        assert!(total.abs_diff(20_000) < 600, "{}: {got:?}", kind.words[0]);
        for (replica, got) in got.iter().enumerate() {
            let share = *got as f64 / total as f64;
            let due = match (weighted, replica) {
                (true, 0 | 1) => 0.375,
                (true, _) => 0.125,
                _ => 0.25,
            };
            // Rings and sessions are as even as luck makes them, and a peak is held against a replica for long.
            let slack = match kind.words[0] {
                "consistent-hash" | "sticky" => 0.08,
                "peak-ewma" => 0.03,
                _ => 0.015,
            };
            assert!(
                (share - due).abs() < slack,
                "{}: replica {replica} {share}",
                kind.words[0]
            );
        }
    }
}

/// One of four replicas is five times slower: who looks at answers or at loads sends it less, who does not sends it as much.
#[test]
fn a_slow_replica_gets_less_from_those_who_look() {
    let groups = "groups: { sound: { replicas: 3 }, slow: { replicas: 1, speed: 0.2 } }";
    let share = |balance: &str| {
        let got = dealt(&model(groups, balance, "compute: { exponential: 2ms }"), 50);
        got[3] as f64 / got.iter().sum::<u64>() as f64
    };
    assert!((share("random") - 0.25).abs() < 0.02);
    assert!((share("round-robin") - 0.25).abs() < 0.001);
    let looks = [
        "least-requests",
        "{ least-requests: { view: caller } }",
        "power-of-two",
        "join-idle-queue",
        "least-work",
    ];
    for balance in looks {
        assert!(share(balance) < 0.2, "{balance}: {}", share(balance));
    }
    assert!(share("peak-ewma") < 0.12, "{}", share("peak-ewma"));
}

/// With sessions that stay, a replica sees only its own sessions: a cache in it has a quarter of them to hold.
#[test]
fn keyed_rules_send_an_object_to_one_replica() {
    let hits = |balance: &str| {
        let text = model("replicas: 4", balance, "get: near, miss: []")
            + "caches: { near: { of: sessions, per: s, capacity: 1000 items } }\n";
        run(&text, 20).caches[0].misses
    };
    // 400 sessions, each missed once where it lives; without a home, once in each of four replicas.
    assert_eq!(hits("{ sticky: { key: sessions } }"), 400);
    assert_eq!(hits("{ consistent-hash: { key: sessions } }"), 400);
    assert!(hits("random") > 1_500);
}

/// Weights by group in the balancer: 95 of 100 to the stable replica, whichever place the weights stand in.
#[test]
fn weights_of_the_balancer_are_those_of_the_groups() {
    for word in ["weighted", "smooth-weighted"] {
        let groups = "groups: { stable: { replicas: 1 }, canary: { replicas: 1 } }";
        let balance = format!("{{ {word}: {{ canary: 5, stable: 95 }} }}");
        let here = dealt(&model(groups, &balance, "compute: 1us"), 100);
        let groups = "groups: { stable: { weight: 95 }, canary: { weight: 5 } }";
        let there = dealt(&model(groups, word, "compute: 1us"), 100);
        assert_eq!(here, there, "{word}");
        let part = here[1] as f64 / (here[0] + here[1]) as f64;
        assert!((part - 0.05).abs() < 0.004, "{word}: {here:?}"); // 40,000 requests: sd 0.0011
    }
}
