//! What every policy that `scaleproof list` names does to one small model: a table for each kind, read and kept.
//!
//! A policy that is added, renamed or changed shows here. Whether the figures are *right* is for the unit tests beside each policy and for
//! the cases of `models/reference`.

mod common;

use scaleproof::measure::{Span, Tally, replicate};
use std::fmt::Write as _;
use std::process::Command;

/// The policies of a topic, as the program lists them.
fn listed(topic: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_scaleproof"))
        .arg("list")
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let words: Vec<&str> = text.split_whitespace().collect();
    let from = words.iter().position(|word| *word == topic);
    let from = from.unwrap_or_else(|| panic!("no {topic} in the list"));
    let named = words[from..].iter().position(|word| word.ends_with("):"));
    let first = from + named.expect("the list names the field") + 1;
    let mut found = Vec::new();
    for word in &words[first..] {
        found.push(word.trim_end_matches([',', '.']).to_owned());
        if word.ends_with('.') {
            return found;
        }
    }
    panic!("the words of {topic} do not end");
}

fn run(text: &str) -> Tally {
    let span = Span {
        from: 0,
        until: 20_000_000_000,
        settle: 60_000_000_000,
        windows: 1,
        most_flights: 1 << 20,
    };
    replicate(&common::plan(text), 7, 0, &span, &|| false).expect("nobody stops it")
}

/// How many succeeded and how long that took.
fn told(tally: &Tally) -> String {
    let all = tally.entries.iter();
    let (mut ok, mut failed, mut sum, mut longest) = (0, 0, 0.0, 0);
    for entry in all {
        ok += entry.ok;
        failed += entry.sent - entry.ok - entry.unfinished;
        sum += entry.latency.mean() * entry.ok as f64;
        longest = longest.max(entry.histogram.largest().unwrap_or(0));
    }
    let mean = sum / (ok.max(1) as f64) / 1e6;
    let longest = longest as f64 / 1e6;
    format!("{ok:>5} served, {failed:>4} failed, mean {mean:>8.3} ms, longest {longest:>9.3} ms")
}

fn table(topic: &str, row: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for word in listed(topic) {
        writeln!(text, "{word:<16} {}", row(&word)).expect("a string takes all");
    }
    text
}

fn head(rest: &str) -> String {
    format!(
        "scaleproof: model/1\nname: golden\npriorities: [gold, silver]\ndata: {{ things: {{ items: 500, popularity: {{ zipf: {{ exponent: 0.9 }} }} }} }}\n\
         workloads:\n  w: {{ priority: gold, open: {{ rate: 300/s }}, mix: {{ ask: 1 }} }}\n  v: {{ priority: silver, open: {{ rate: 100/s }}, mix: {{ ask: 1 }} }}\n{rest}"
    )
}

#[test]
fn balancers() {
    let row = |word: &str| {
        let rule = match word {
            "consistent-hash" | "sticky" => format!("{{ {word}: {{ key: things }} }}"),
            _ => word.to_owned(),
        };
        let (large, small) = match word {
            "weighted" | "smooth-weighted" => (", weight: 2", ", weight: 1"),
            _ => ("", ""),
        };
        let slots = if word == "shared-queue" {
            "concurrency: 2, "
        } else {
            ""
        };
        let tally = run(&head(&format!(
            "journeys: {{ ask: {{ call: s.go }} }}\nservices:\n  s: {{ {slots}balance: {rule}, endpoints: {{ go: {{ compute: {{ exponential: 6ms }} }} }},\n\
             \x20      groups: {{ large: {{ replicas: 2, speed: 2{large} }}, small: {{ replicas: 2{small} }} }} }}\n"
        )));
        let got: Vec<u64> = tally.stations.iter().map(|row| row.finished).collect();
        format!("{}, by replica {got:?}", told(&tally))
    };
    insta::assert_snapshot!(table("balancers", row));
}

#[test]
fn disciplines() {
    let row = |word: &str| {
        let rule = match word {
            "fair" => "{ fair: { shares: { gold: 25%, silver: 75% } } }",
            "adaptive-lifo" => "{ adaptive-lifo: { threshold: 4 } }",
            other => other,
        };
        let rest = format!(
            "journeys: {{ ask: {{ call: s.go, deadline: {{ after: 60ms, propagate: true }} }} }}\n\
             services: {{ s: {{ concurrency: 1, discipline: {rule}, endpoints: {{ go: {{ compute: {{ exponential: 2.4ms }} }} }} }} }}\n"
        );
        told(&run(&head(&rest)))
    };
    insta::assert_snapshot!(table("disciplines", row));
}

#[test]
fn processors() {
    let row = |word: &str| {
        let rule = match word {
            "fair" => "{ fair: { shares: { gold: 25%, silver: 75% } } }".to_owned(),
            "weighted" => "{ weighted: { weights: { gold: 1, silver: 3 } } }".to_owned(),
            _ => word.to_owned(),
        };
        let rest = format!(
            "journeys: {{ ask: {{ call: s.go }} }}\n\
             services: {{ s: {{ cpu: {rule}, endpoints: {{ go: {{ compute: {{ exponential: 2ms }} }} }} }} }}\n"
        );
        told(&run(&head(&rest)))
    };
    insta::assert_snapshot!(table("processors", row));
}

#[test]
fn evictions() {
    let row = |word: &str| {
        let rest = format!(
            "journeys: {{ ask: {{ call: s.go }} }}\n\
             services: {{ s: {{ cores: 4, endpoints: {{ go: {{ get: c, miss: {{ compute: {{ exponential: 4ms }} }} }} }} }} }}\n\
             caches: {{ c: {{ of: things, per: s, capacity: 50 items, evict: {word} }} }}\n"
        );
        let tally = run(&head(&rest));
        format!("{}, {}", told(&tally), looked_up(&tally))
    };
    insta::assert_snapshot!(table("evictions", row));
}

/// What caches found and threw out.
fn looked_up(tally: &Tally) -> String {
    let cache = &tally.caches[0];
    format!(
        "{} found of {}, {} thrown out",
        cache.hits,
        cache.hits + cache.misses,
        cache.evicted
    )
}

#[test]
fn limits() {
    let row = |word: &str| {
        let rest = format!(
            "journeys: {{ ask: {{ call: s.go }} }}\n\
             services: {{ s: {{ rate-limit: {{ {word}: {{ rate: 250/s, burst: 20 }} }}, endpoints: {{ go: {{ compute: {{ exponential: 2ms }} }} }} }} }}\n"
        );
        told(&run(&head(&rest)))
    };
    insta::assert_snapshot!(table("limits", row));
}

#[test]
fn instances() {
    let row = |word: &str| {
        let field = match word {
            "newest-idle" | "oldest-idle" => "take",
            "first-free" | "own-instance" => "waits-for",
            _ => "over-limit",
        };
        let rest = format!(
            "journeys: {{ ask: {{ call: f.go }} }}\n\
             functions: {{ f: {{ {field}: {word}, cold-start: 100ms, keep-alive: 50ms, max-instances: 6, endpoints: {{ go: {{ compute: {{ exponential: 10ms }} }} }} }} }}\n"
        );
        let tally = run(&head(&rest));
        format!("{}, {} started", told(&tally), tally.functions[0].starts)
    };
    insta::assert_snapshot!(table("instances", row));
}

/// Two regions with two zones each, one of which is lost again and again; callers stand in the first.
fn placed(web: &str, route: &str, asked: &str) -> String {
    let text = head(&format!(
        "regions: {{ eu: {{ zones: [a, b], reliability: {{ up: {{ exponential: 5s }}, down: {{ exponential: 2s }} }}, zone-reliability: {{ up: {{ exponential: 3s }}, down: {{ exponential: 1s }} }} }}, us: {{ zones: [a, b] }}, ap: {{}} }}\n\
         network: {{ same-zone: {{ rtt: 1ms }}, cross-zone: {{ rtt: 2ms }}, between: [ {{ ends: [eu, us], rtt: 80ms }}, {{ ends: [ap, eu], rtt: 30ms }}, {{ ends: [ap, us], rtt: 60ms }} ] }}\n\
         journeys: {{ ask: {{ call: front.go }} }}\n\
         services:\n  front: {{ in: [ap], endpoints: {{ go: {{ call: {asked} }} }} }}\n  web: {{ in: [us, eu], replicas: 2, cores: 4, {web} endpoints: {{ go: {{ compute: {{ exponential: 6ms }} }} }} }}\n{route}"
    ));
    let text = text.replace("priority: gold, open", "from: ap, priority: gold, open");
    let tally = run(&text.replace("priority: silver, open", "from: ap, priority: silver, open"));
    let got: Vec<u64> = tally.stations[1..].iter().map(|row| row.finished).collect();
    format!("{}, by replica {got:?}", told(&tally))
}

#[test]
fn places() {
    let row = |word: &str| match word {
        "nearest" => placed(
            "",
            "routes: { r: { to: web, check: { every: 100ms } } }\n",
            "r.go",
        ),
        "weighted" => placed(
            "",
            "routes: { r: { to: web, pick: { weighted: { eu: 3, us: 1 } } } }\n",
            "r.go",
        ),
        "failover" => placed(
            "",
            "routes: { r: { to: web, pick: { failover: [eu, us] }, check: { every: 100ms } } }\n",
            "r.go",
        ),
        "region" => placed("failover: region,", "", "web.go"),
        other => placed(&format!("prefer: {other},"), "", "web.go"),
    };
    insta::assert_snapshot!(table("places", row));
}

#[test]
fn health() {
    let row = |word: &str| {
        placed(
            match word {
                "eject" => "eject: { after: 1, for: 500ms, most: 100% },",
                "check" => "check: { every: 200ms, fails: 2 },",
                _ => "slow-start: 2s,",
            },
            "",
            "web.go",
        )
    };
    insta::assert_snapshot!(table("health", row));
}

/// A store of three shards and three copies, which writes and reads by key, with these fields.
fn stored(fields: &str) -> Tally {
    run(&head(&format!(
        "journeys: {{ ask: {{ choose: [ {{ weight: 80%, do: {{ call: db.read }} }}, {{ weight: 20%, do: {{ call: db.write }} }} ] }} }}\n\
         databases:\n  db: {{ of: things, replicas: 3, shards: 3, lag: {{ exponential: 20ms }}, {fields},\n\
         \x20       queries: {{ read: {{ reads: one, do: {{ compute: {{ exponential: 2ms }} }} }}, write: {{ writes: one, do: {{ compute: {{ exponential: 3ms }} }} }} }} }}\n"
    )))
}

#[test]
fn shards() {
    let row = |word: &str| {
        let hot = if word == "directory" { ", hot: 20" } else { "" };
        let tally = stored(&format!(
            "shard-by: {{ {word}: {{ key: things{hot} }} }}, read: primary"
        ));
        let leaders: Vec<u64> = (tally.stations.iter().map(|row| row.finished))
            .filter(|finished| *finished > 0)
            .collect();
        format!("{}, by copy {leaders:?}", told(&tally))
    };
    insta::assert_snapshot!(table("shards", row));
}

#[test]
fn reads() {
    let row = |word: &str| {
        let rule = match word {
            "fresh-within" => "{ fresh-within: 10ms }",
            "copies" => "{ copies: 2 }",
            other => other,
        };
        let tally = stored(&format!(
            "shard-by: {{ hash: {{ key: things }} }}, read: {rule}"
        ));
        let (all, stale) = tally
            .reads
            .iter()
            .fold((0, 0), |sum, row| (sum.0 + row.reads, sum.1 + row.stale));
        format!("{}, {stale} stale of {all} reads", told(&tally))
    };
    insta::assert_snapshot!(table("reads", row));
}
