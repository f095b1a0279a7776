//! Open workloads.

use super::super::{Kind, Metric, Subject, Value, near};
use super::{FIRST, REQUEST, USERS, open};

/// Kleinrock (1975): M/M/1 at 80 %.
#[test]
fn one_server() {
    let told = open(
        "rate: 0.8/s",
        "{ a: { cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }",
    );
    told.has(REQUEST, Metric::Mean, "M/M/1", 5.0);
    told.has(REQUEST, Metric::Percentile(0.5), "M/M/1", 3.465_736);
    told.has(REQUEST, Metric::Percentile(0.99), "M/M/1", 23.025_85);
    told.has(FIRST, Metric::Utilisation, "M/M/1", 0.8);
    told.has(FIRST, Metric::Wait, "M/M/1", 4.0);
    told.has(FIRST, Metric::Present, "M/M/1", 4.0);
    assert!(told.reasons.is_empty());
}

/// Shortle et al. (2018): ten servers, as cores, as slots, and as ten replicas behind one line.
#[test]
fn several_servers() {
    for station in [
        "cores: 10, cpu: fifo",
        "cores: 10, concurrency: 10",
        "cores: 10, cpu: fifo, concurrency: 30",
        "replicas: 10, balance: shared-queue, concurrency: 1",
    ] {
        let services = format!(
            "{{ a: {{ {station}, endpoints: {{ e: {{ compute: {{ exponential: 1s }} }} }} }} }}"
        );
        let told = open("rate: 9/s", &services);
        told.has(REQUEST, Metric::Mean, "M/M/c", 1.668_732);
        told.has(REQUEST, Metric::Percentile(0.99), "M/M/c", 6.249_877);
        told.has(FIRST, Metric::Utilisation, "M/M/c", 0.9);
    }
    // In another order they wait as long on average, and no percentile is known.
    for order in ["lifo", "random"] {
        let services = format!(
            "{{ a: {{ cores: 10, concurrency: 10, discipline: {order}, endpoints: {{ e: {{ compute: {{ exponential: 1s }} }} }} }} }}"
        );
        let told = open("rate: 9/s", &services);
        told.has(REQUEST, Metric::Mean, "M/M/c", 1.668_732);
        told.lacks(REQUEST, Metric::Percentile(0.99));
    }
}

/// simmer's M/M/2/3, and Erlang's loss system with any law.
#[test]
fn little_room() {
    for station in [
        "cores: 2, concurrency: 2, backlog: 1",
        "cores: 2, cpu: fifo, concurrency: 3, backlog: 0",
    ] {
        let services = format!(
            "{{ a: {{ {station}, endpoints: {{ e: {{ compute: {{ exponential: 0.25s }} }} }} }} }}"
        );
        let told = open("rate: 3/s", &services);
        told.has(FIRST, Metric::Refused, "M/M/c/K", 0.049_360_15);
        told.has(FIRST, Metric::Utilisation, "M/M/c/K", 0.356_489_9);
        told.has(FIRST, Metric::Present, "M/M/c/K", 0.762_34);
        told.has(REQUEST, Metric::Mean, "M/M/c/K", 0.267_307_7);
        told.has(REQUEST, Metric::Percentile(0.99), "M/M/c/K", 1.183_444);
    }
    for law in ["1s", "{ lognormal: { mean: 1s, cv: 2 } }"] {
        let services = format!(
            "{{ a: {{ cores: 5, concurrency: 5, backlog: 0, endpoints: {{ e: {{ compute: {law} }} }} }} }}"
        );
        let told = open("rate: 3/s", &services);
        told.has(FIRST, Metric::Refused, "M/G/c/c (Erlang B)", 0.110_054_3);
        told.has(FIRST, Metric::Slots, "M/G/c/c (Erlang B)", 0.533_967_4);
        told.has(REQUEST, Metric::Mean, "M/G/c/c (Erlang B)", 1.0);
    }
}

/// Pollaczek and Khinchine; sharing, whatever the law; and the approximation, marked as such.
#[test]
fn any_law() {
    for (cpu, rate, law, formula, mean) in [
        ("fifo", 0.9, "1s", "M/G/1 (Pollaczek-Khinchine)", 5.5),
        (
            "fifo",
            0.7,
            "{ lognormal: { mean: 1s, cv: 2 } }",
            "M/G/1 (Pollaczek-Khinchine)",
            6.833_333,
        ),
        (
            "ps",
            0.8,
            "{ lognormal: { mean: 1s, cv: 2 } }",
            "M/G/1-PS",
            5.0,
        ),
        ("ps, cores: 2", 1.6, "1s", "M/G/c-PS", 2.777_778),
        ("ps, cores: 0.5", 0.4, "1s", "M/G/c-PS", 10.0),
        (
            "fifo, cores: 2",
            1.6,
            "{ hyper-exponential: { mean: 1s, cv: 2 } }",
            "G/G/c (Allen-Cunneen)",
            5.444_444,
        ),
    ] {
        let services =
            format!("{{ a: {{ cpu: {cpu}, endpoints: {{ e: {{ compute: {law} }} }} }} }}");
        let told = open(&format!("rate: {rate}/s"), &services);
        told.has(REQUEST, Metric::Mean, formula, mean);
        told.lacks(REQUEST, Metric::Percentile(0.99));
        let rough = formula.starts_with("G/G/c");
        let kind = told.answer(FIRST, Metric::Wait).kind;
        assert_eq!(kind == Kind::Approximation, rough, "{kind:?}");
        assert_eq!(told.answer(FIRST, Metric::Utilisation).kind, Kind::Exact);
    }
}

/// Arrivals that are no Poisson process: paced, from a law, and dealt out in turn.
#[test]
fn other_arrivals() {
    let one = "{ a: { cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }";
    for (rate, services, wait) in [
        ("rate: 0.8/s, process: paced", one, 2.0),
        ("between: { erlang: { mean: 1.25s, stages: 2 } }", one, 3.0),
        (
            "rate: 9/s",
            "{ a: { replicas: 10, balance: round-robin, cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }",
            4.95,
        ),
    ] {
        let told = open(rate, services);
        told.has(FIRST, Metric::Wait, "G/G/c (Allen-Cunneen)", wait);
        told.has(REQUEST, Metric::Mean, "G/G/c (Allen-Cunneen)", 1.0 + wait);
    }
    // An exponential law between them is a Poisson process; a random balancer keeps it one.
    let told = open("between: { exponential: 1.25s }", one);
    told.has(REQUEST, Metric::Mean, "M/M/1", 5.0);
    let random = "{ a: { replicas: 10, balance: random, cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }";
    open("rate: 8/s", random).has(REQUEST, Metric::Percentile(0.99), "M/M/1", 23.025_85);
    let shared = open(
        "rate: 0.8/s, process: paced",
        "{ a: { endpoints: { e: { compute: 1s } } } }",
    );
    shared.says(FIRST, "do not come at random");
    shared.has(FIRST, Metric::Utilisation, "utilisation law", 0.8);
}

/// Burke's tandem, feedback with fresh work, a call that returns, and the network of Bolch et al. (2006), example 7.4.
#[test]
fn networks() {
    let told = open(
        "rate: 0.8/s",
        "{ a: { cpu: fifo, endpoints: { e: [ { compute: { exponential: 1s } }, { forward: b.f } ] } }, b: { cpu: fifo, endpoints: { f: { compute: { exponential: 0.8s } } } } }",
    );
    told.has(
        REQUEST,
        Metric::Mean,
        "open network of product form",
        7.222_222,
    );
    told.lacks(REQUEST, Metric::Percentile(0.99));
    let told = open(
        "rate: 0.7/s",
        "{ a: { cpu: fifo, endpoints: { e: { repeat: { geometric: { mean: 1.25, from: 1 } }, do: { compute: { exponential: 1s } } } } } }",
    );
    told.has(REQUEST, Metric::Mean, "M/M/1", 10.0);
    told.has(FIRST, Metric::Utilisation, "M/M/1", 0.875);
    told.lacks(REQUEST, Metric::Percentile(0.99));
    // 4/s arrive at the printer; the processor is visited five times for each, the discs half as often each.
    let told = open(
        "rate: 4/s",
        "{ a: { endpoints: { e: [ { compute: { exponential: 50ms } }, { repeat: { geometric: { mean: 2.5, from: 0 } }, do: [ { call: cpu.go }, { call: one.go }, { call: cpu.go }, { call: two.go } ] } ] } },\
           cpu: { cpu: fifo, endpoints: { go: { compute: { exponential: 40ms } } } },\
           one: { cpu: fifo, endpoints: { go: { compute: { exponential: 30ms } } } },\
           two: { cpu: fifo, endpoints: { go: { compute: { exponential: 60ms } } } } }",
    );
    told.has(
        REQUEST,
        Metric::Mean,
        "open network of product form",
        1.544_643,
    );
}

/// Flatto and Hahn (1984); Nelson and Tantawi (1988); and bounds for unequal branches.
#[test]
fn forks() {
    let branches = |rate: &str, means: &[&str]| {
        let calls: Vec<String> = (0..means.len())
            .map(|at| format!("{{ call: b{at}.f }}"))
            .collect();
        let servers: Vec<String> = (0..means.len())
            .map(|at| format!("b{at}: {{ cpu: fifo, endpoints: {{ f: {{ compute: {{ exponential: {} }} }} }} }}", means[at]))
            .collect();
        let services = format!(
            "{{ a: {{ endpoints: {{ e: {{ parallel: [ {} ] }} }} }}, {} }}",
            calls.join(", "),
            servers.join(", ")
        );
        open(&format!("rate: {rate}"), &services)
    };
    branches("0.5/s", &["1s", "1s"]).has(REQUEST, Metric::Mean, "fork-join of 2 M/M/1", 2.875);
    let four = branches("0.7/s", &["1s"; 4]);
    four.has(
        REQUEST,
        Metric::Mean,
        "fork-join (Nelson-Tantawi)",
        6.073_274,
    );
    assert_eq!(four.answer(REQUEST, Metric::Mean).kind, Kind::Approximation);
    let unlike = branches("0.5/s", &["1s", "0.5s"]);
    let answer = unlike.answer(REQUEST, Metric::Mean);
    let Value::Between(Some(low), Some(high)) = answer.value else {
        panic!("{answer:?}")
    };
    near(low, 2.0);
    near(high, 2.0 + 2.0 / 3.0 - 0.5);
}

#[test]
fn what_has_no_formula_says_why() {
    let told = open(
        "rate: 1/s",
        "{ a: { concurrency: 5, endpoints: { e: [ { compute: 10ms }, { call: b.f } ] } }, b: { endpoints: { f: { compute: 20ms } } } }",
    );
    told.says(
        FIRST,
        "`a` holds its slot while it calls `b`, so it is not a queue on its own.",
    );
    told.says(Subject::Component(1_usize.into()), "by way of `a`");
    told.has(
        Subject::Component(1_usize.into()),
        Metric::Utilisation,
        "utilisation law",
        0.02,
    );
    assert_eq!(
        told.answer(REQUEST, Metric::Mean).value,
        Value::Between(Some(0.03), None)
    );
    for (services, words) in [
        (
            "{ a: { replicas: 2, balance: least-requests, endpoints: { e: { compute: 1ms } } } }",
            "looks at the queues of its 2 replicas",
        ),
        (
            "{ a: { endpoints: { e: { compute: 2s } } } }",
            "no steady state",
        ),
        (
            "{ a: { endpoints: { e: [ { fail: 1% }, { compute: 1ms } ] } } }",
            "fails at random",
        ),
        (
            "{ a: { concurrency: 1, patience: 1s, endpoints: { e: { compute: 1ms } } } }",
            "lose patience",
        ),
        (
            "{ a: { cores: 2, concurrency: 2, backlog: 5, endpoints: { e: { compute: 1ms } } } }",
            "not exponential",
        ),
        (
            "{ a: { cpu: fifo, endpoints: { e: { compute: { pareto: { min: 1ms, shape: 1.5 } } } } } }",
            "infinite",
        ),
    ] {
        let told = open("rate: 1/s", services);
        told.says(FIRST, words);
        told.lacks(FIRST, Metric::Wait);
    }
    let shaped = open(
        "rate: { stages: [ { duration: 10s, target: 5/s } ] }",
        "{ a: { endpoints: { e: { compute: 1ms } } } }",
    );
    shaped.says(USERS, "changes over time");
    assert!(shaped.answers.is_empty());
}

/// A caller that gives up does not change what it called, unless it tries again.
#[test]
fn calls_that_may_be_given_up() {
    let services = |guard: &str| {
        format!(
            "{{ a: {{ endpoints: {{ e: {{ call: b.f, {guard} }} }} }}, b: {{ cpu: fifo, endpoints: {{ f: {{ compute: {{ exponential: 500ms }} }} }} }} }}"
        )
    };
    let second = Subject::Component(1_usize.into());
    let told = open("rate: 1/s", &services("timeout: 4s"));
    told.has(second, Metric::Wait, "M/M/1", 0.5);
    told.says(REQUEST, "may be given up");
    told.lacks(REQUEST, Metric::Mean);
    let told = open(
        "rate: 1/s",
        &services("timeout: 4s, retry: { attempts: 2 }"),
    );
    told.lacks(second, Metric::Wait);
    told.says(second, "tried again");
    // Refusals are tried again as well, without any timeout.
    let told = open("rate: 1/s", &services("retry: { attempts: 2 }"));
    told.says(second, "tried again");
}

/// Two branches that meet at one place are no independent streams there.
#[test]
fn branches_that_meet() {
    let told = open(
        "rate: 0.4/s",
        "{ a: { endpoints: { e: { parallel: [ { call: b.f }, { call: b.f, label: second } ] } } }, b: { cpu: fifo, endpoints: { f: { compute: { exponential: 1s } } } } }",
    );
    let second = Subject::Component(1_usize.into());
    told.says(second, "Branches of one request meet there.");
    told.has(second, Metric::Utilisation, "utilisation law", 0.8);
    told.lacks(second, Metric::Wait);
}

/// Cores that are shared behind slots: means of M/M/c, and no percentiles, since who comes later may be done earlier. Slots on which
/// nobody computes are servers, however few the cores.
#[test]
fn what_stands_behind_slots() {
    let told = open(
        "rate: 1.6/s",
        "{ a: { cores: 2, concurrency: 4, endpoints: { e: { compute: { exponential: 1s } } } } }",
    );
    told.has(REQUEST, Metric::Mean, "M/M/c", 2.777_778);
    told.lacks(REQUEST, Metric::Percentile(0.99));
    let told = open(
        "rate: 9/s",
        "{ a: { concurrency: 10, endpoints: { e: { sleep: { exponential: 1s } } } } }",
    );
    told.has(REQUEST, Metric::Percentile(0.99), "M/M/c", 6.249_877);
    told.has(FIRST, Metric::Slots, "M/M/c", 0.9);
}

/// What is refused does not arrive further on.
#[test]
fn refusals_thin_out_what_follows() {
    let told = open(
        "rate: 3/s",
        "{ a: { concurrency: 1, backlog: 0, endpoints: { e: [ { compute: { exponential: 1s } }, { forward: b.f } ] } }, b: { endpoints: { f: { compute: 0.1s } } } }",
    );
    told.has(FIRST, Metric::Refused, "M/G/c/c (Erlang B)", 0.75);
    let second = Subject::Component(1_usize.into());
    told.says(second, "may refuse requests");
    told.lacks(second, Metric::Utilisation);
    told.lacks(REQUEST, Metric::Mean);
}

/// Three replicas, each up 50 s and down 1 s: any works for all but (1/51)³ of the time. With one crew for two of mean times 1 s and
/// 100 ms, both are down for 0.02/1.22 of it.
#[test]
fn what_stands_in_for_each_other() {
    let reliable = |replicas: u32, times: &str| {
        let text = format!(
            "{{ a: {{ replicas: {replicas}, cores: unlimited, reliability: {{ {times} }}, endpoints: {{ e: {{ sleep: 1ms }} }} }} }}"
        );
        open("rate: 10/s", &text)
    };
    let told = reliable(3, "up: { exponential: 50s }, down: 1s");
    let product = "product of down shares";
    told.has(FIRST, Metric::AnyUp, product, 1.0 - 51_f64.powi(-3));
    told.has(FIRST, Metric::Up, product, 50.0 / 51.0);
    let told = reliable(
        2,
        "up: { exponential: 1s }, down: { exponential: 100ms }, crews: 1",
    );
    told.has(FIRST, Metric::AnyUp, "machines and repairmen", 1.2 / 1.22);
    reliable(1, "up: 50s, down: 1s").lacks(FIRST, Metric::AnyUp);
}
