//! What is wrong is said once, with the right code, under exactly the right words.

use super::*;
use crate::source::Severity;

/// Each text is wrong in these ways and no other.
fn each(cases: &[(&str, &[&str])], make: fn(&str) -> String) {
    for (text, expected) in cases {
        assert_eq!(complaints(&make(text)), *expected, "{text}");
    }
}

#[test]
fn quantities() {
    let dimension: &[(&str, &[&str])] = &[
        ("{ compute: 200 }", &["E014 200"]),
        ("{ compute: 2GiB }", &["E015 2GiB"]),
        ("{ compute: 5 parsecs }", &["E016 5 parsecs"]),
        ("{ compute: soon }", &["E017 soon"]),
        ("{ compute: -5ms }", &["E018 -5ms"]),
        ("{ compute: 1:30 }", &["E019 1:30"]),
        ("{ compute: 1e3ms }", &["E019 1e3ms"]),
        ("{ compute: 0 }", &[]),
        ("{ compute: }", &["E026 compute"]),
        ("{ compute: [1ms] }", &["E012 [1ms]"]),
        ("{ fail: 120% }", &["E018 120%"]),
        ("{ repeat: 0o7, do: reply }", &["E019 0o7"]),
        ("{ repeat: 2.5, do: reply }", &["E025 2.5"]),
        (
            "{ repeat: { geometric: { mean: 2 } }, do: reply }",
            &["E011 { mean: 2 }"],
        ),
        ("{ call: a.b, timeout: 200 }", &["E014 200"]),
    ];
    each(dimension, with_steps);
}

#[test]
fn steps() {
    let cases: &[(&str, &[&str])] = &[
        ("{ compute: 5ms, call: a.b }", &["E023 call"]),
        ("{ timeout: 5ms }", &["E023 timeout"]),
        ("{ comput: 5ms }", &["E023 comput"]),
        ("compute", &["E023 compute"]),
        ("replay", &["E023 replay"]),
        ("[ reply, [ reply ] ]", &["E012 [ reply ]"]),
        ("{ compute: 5ms, retry: 3 }", &["E024 retry"]),
        (
            "{ call: a.b, scale: 3, need: 2 }",
            &["E024 scale", "E024 need"],
        ),
        ("{ call: a.b, tiemout: 5ms }", &["E010 tiemout"]),
        (
            "{ call: a.b, bulkhead: {}, breaker: {} }",
            &["E300 bulkhead", "E300 breaker"],
        ),
        (
            "[ { publish: t, ack: none, on-failure: continue }, { graph: c }, acquire ]",
            &["E201 t", "E300 graph", "E300 acquire"],
        ),
        ("{ parallel: [ reply, fail ], need: 3 }", &["E200 3"]),
        (
            "{ when: { a: { is: 1, over: 2 } }, do: fail }",
            &["E013 over"],
        ),
        (
            "{ choose: [ { weight: 50%, do: fail }, { weight: 1, do: fail } ] }",
            &["E203 1"],
        ),
        (
            "{ choose: [ { weight: 50%, do: fail }, { weight: 20%, do: fail } ] }",
            &["E203 [ { weight: 50%, do: fail }, { weight: 20%, do: fail } ]"],
        ),
        (
            "{ choose: [ { weight: 0, do: fail } ] }",
            &["E203 [ { weight: 0, do: fail } ]"],
        ),
        ("{ call: a.b, retry: { attempts: 0 } }", &["E200 0"]),
        (
            "{ call: a.b, retry: { attempts: 2, when: [ timeot ] } }",
            &["E020 timeot"],
        ),
        (
            "{ compute: 1ms, scale: { with: d, law: log } }",
            &["E200 { with: d, law: log }"],
        ),
        ("{ get: c }", &["E011 { get: c }"]),
    ];
    each(cases, with_steps);
}

#[test]
fn sections() {
    let cases: &[(&str, &[&str])] = &[
        ("services: [ web ]", &["E012 [ web ]"]),
        ("nonsense: 3", &["E010 nonsense"]),
        ("charges: {}\nalerts: {}", &["E300 alerts"]),
        (
            "topics: { t: { replicas: 3, groups: { g: { run: a.b, in-flight: 2 }, h: { run: a.b, start: earliest } } } }",
            &["E300 2", "E300 earliest"],
        ),
        (
            "topics: { t: { partitions: 0, groups: { g: { batch: 3 } } }, u: { retention: 0s } }",
            &["E200 0", "E011 { batch: 3 }", "E012 3", "E200 0s"],
        ),
        (
            "topics: { t: { groups: { g: { run: a.b, on-failure: { redeliver: { then: u } } } } } }",
            &["E201 u"],
        ),
        (
            "queues: { q: { run: a.b, visibility: 0s, then: t } }",
            &["E200 0s", "E201 t"],
        ),
        ("services: { Web: { endpoints: {} } }", &["E021 Web"]),
        ("regions: { no: {} }", &["E022 no"]),
        ("regions: { eu: { zones: [a, b, a] } }", &["E005 a"]),
        (
            "services: { s: { replcas: 3, endpoints: {} } }",
            &["E010 replcas"],
        ),
        ("services: { s: {} }", &["E011 {}"]),
        (
            "services: { s: { replicas: 0, cores: 0, endpoints: {} } }",
            &["E200 0", "E200 0"],
        ),
        (
            "services: { s: { autoscale: {}, gc: {}, endpoints: {} } }",
            &["E300 autoscale", "E300 gc"],
        ),
        (
            "services: { s: { host: h, cores: 2, endpoints: {} } }",
            &["E201 cores"],
        ),
        (
            "services: { s: { groups: { a: { buy: spot } }, endpoints: {} } }",
            &["E300 buy"],
        ),
        (
            "services: { s: { balance: { random: {} }, endpoints: {} } }",
            &["E012 {}"],
        ),
        (
            "services: { s: { balance: { random: 1, round-robin: 2 }, endpoints: {} } }",
            &["E012 round-robin"],
        ),
        (
            "externals: { x: { cores: 3, endpoints: {} } }",
            &["E027 cores"],
        ),
        (
            "databases: { d: { write: { acks: 3 }, queries: {} } }",
            &["E200 3"],
        ),
        (
            "databases: { d: { failover: {}, queries: { q: { reads: { shards: 2 }, do: [] } } } }",
            &["E011 {}", "E011 {}"],
        ),
        (
            "databases: { d: { queries: { q: { do: [] } } } }",
            &["E013 { do: [] }"],
        ),
        (
            "caches: { c: { of: d, per: s, capacity: 5 items, cores: 2 } }",
            &["E201 cores"],
        ),
        ("caches: { c: { of: d, capacity: 0 } }", &["E200 0"]),
        (
            "caches: { c: { of: d, capacity: 2 GiBB } }",
            &["E016 2 GiBB"],
        ),
        (
            "caches: { c: { of: d, capacity: 5k, ttl: { soft: 10m, fixed: 10m }, spread: zones } }",
            &["E201 10m", "E300 spread"],
        ),
        (
            "caches: { c: { of: d, capacity: 5k, ttl: { soft: 5m, sliding: 10m } } }",
            &["E201 5m"],
        ),
        (
            "caches: { c: { of: d, capacity: 5k, ttl: { soft: 5m } } }",
            &["E013 { soft: 5m }"],
        ),
        (
            "caches: { c: { of: d, capacity: 5k, ttl: { sliding: 5m, fixed: 10m } } }",
            &["E013 sliding"],
        ),
        (
            "caches: { c: { of: d, capacity: 5k, ttl: { sliding: 5m, jitter: 10% } } }",
            &["E201 10%"],
        ),
        ("objectives: { o: { p99: 3s } }", &["E011 { p99: 3s }"]),
        ("objectives: { o: { of: x } }", &["E011 { of: x }"]),
        (
            "objectives: { o: { of: x, p99: 1s, where: {} } }",
            &["E300 where"],
        ),
        ("objectives: { o: { cost: 5 USD } }", &["E200 5 USD"]),
        ("network: { between: [ { ends: [eu] } ] }", &["E200 [eu]"]),
        (
            "network: { same-zone: { rtt: 1ms, loss: 2 }, internet: { toll: 1 } }",
            &["E014 2", "E010 toll"],
        ),
        ("data: { d: { items: 0 } }", &["E200 0"]),
        (
            "data: { d: { items: 5, age: 1d, belongs-to: e } }",
            &["E027 age"],
        ),
        (
            "attributes: { a: { number: { geometric: { mean: 2 } } } }",
            &["E011 { mean: 2 }"],
        ),
        (
            "workloads: { w: { mix: { a: 1 } } }",
            &["E013 { mix: { a: 1 } }"],
        ),
        (
            "workloads: { w: { open: { rate: 1/s }, closed: { users: 1 }, mix: { a: 1 } } }",
            &["E013 closed"],
        ),
        (
            "workloads: { w: { open: { rate: { diurnal: {} }, process: { mmpp: {} } }, mix: { a: 1 } } }",
            &["E300 diurnal", "E011 {}"],
        ),
        (
            "workloads: { w: { open: { rate: 1/s, process: { mmpp: { states: [ { factor: 2, stay: 0s }, { factor: 0, stay: 1s } ] } } }, mix: { a: 1 } } }",
            &["E200 0s"],
        ),
        (
            "workloads: { w: { open: { rate: 1/s, process: { mmpp: { states: [ { factor: 0, stay: 1s }, { factor: 0, stay: 1s } ] } } }, mix: { a: 1 } } }",
            &["E200 { states: [ { factor: 0, stay: 1s }, { factor: 0, stay: 1s } ] }"],
        ),
        (
            "workloads: { w: { open: { between: 0s }, mix: { a: 1 } } }",
            &["E200 0s"],
        ),
        (
            "workloads: { w: { closed: { users: 1 }, mix: {} } }",
            &["E203 {}"],
        ),
        (
            "workloads: { w: { replay: x.csv, open: { rate: 1/s }, mix: { a: 1 } } }",
            &["E013 replay"],
        ),
        (
            "services: { s: { endpoints: { e: reply, e: fail } } }",
            &["E005 e"],
        ),
    ];
    each(cases, with);
}

#[test]
fn headers() {
    assert_eq!(complaints("name: x"), ["E004 name"]);
    assert_eq!(
        complaints("scaleproof: model/2\nname: x\nworkloads: {}"),
        ["E004 model/2"]
    );
    assert_eq!(
        complaints("scaleproof: experiment/1\nnonsense: 1"),
        ["E300 experiment/1"]
    );
    assert_eq!(complaints("- a"), ["E004 - a"]);
}

#[test]
fn everything_is_said_at_once_in_the_order_of_the_text() {
    let text =
        with_steps("[ { compute: 5 }, { comput: 5ms }, { call: a.b, timeout: 2GiB } ]\nx: 3")
            + "nonsense: 1\n";
    let text = text.replace("\n        x: 3", "");
    assert_eq!(
        complaints(&text),
        ["E014 5", "E023 comput", "E015 2GiB", "E010 nonsense"]
    );
}

#[test]
fn a_mistake_behind_an_anchor_is_said_once_and_one_behind_an_alias_shows_both_places() {
    let text = with(
        "anchors: { a: &a { cores: two }, b: &b 200 }\nservices:\n  s: { <<: *a, endpoints: { e: { compute: *b } } }\n  t: { <<: *a, endpoints: {} }",
    );
    let (_, sources, diagnostics) = reading(&text, &[]);
    assert_eq!(complaints(&text), ["E017 two", "E014 *b"]);
    let label = diagnostics
        .iter()
        .find_map(|diagnostic| diagnostic.labels.first())
        .unwrap();
    assert_eq!(sources.slice(label.0), "200");
}

#[test]
fn a_comma_in_a_text_is_recognised() {
    let (_, _, diagnostics) = reading(
        &with("assumptions: { a: { value: 1, why: measured, twice } }"),
        &[],
    );
    let hint = diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code.id == "A504")
        .and_then(|diagnostic| diagnostic.hints.first());
    assert!(
        hint.is_some_and(|hint| hint.contains("comma")),
        "{diagnostics:?}"
    );
}

#[test]
fn messages_name_what_belongs_to_whom() {
    let (_, _, diagnostics) = reading(&with_steps("{ compute: 5ms, retry: 3 }"), &[]);
    assert_eq!(
        diagnostics.iter().next().unwrap().message,
        "`retry` belongs to `call`, not to `compute`"
    );
    let (_, _, diagnostics) = reading(
        &with("services: { s: { autoscale: {}, endpoints: {} } }"),
        &[],
    );
    assert_eq!(
        diagnostics.iter().next().unwrap().message,
        "`autoscale` is not supported yet"
    );
    let (_, _, diagnostics) = reading(&with("services: { s: { replcas: 1, endpoints: {} } }"), &[]);
    assert_eq!(
        diagnostics.iter().next().unwrap().hints,
        ["did you mean `replicas`?"]
    );
    assert_eq!(diagnostics.count(Severity::Error), 1);
}
