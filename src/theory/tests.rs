//! Models whose answers stand in books: what is read from the plan must be the queue that they describe.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Kind, Metric, Subject, Theory, Value, near, of};
use crate::compile::compile;
use crate::model;
use crate::plan::Plan;
use crate::source::Sources;

fn plan(text: &str) -> Plan {
    let mut sources = Sources::new();
    let text = format!("scaleproof: model/1\nname: theory\n{text}");
    let file = sources.add("model.yaml", text);
    let (model, said) = model::read(&mut sources, file, &[]);
    assert!(!said.has_errors(), "{said:?}");
    let (plan, said) = compile(&model.unwrap());
    plan.unwrap_or_else(|| panic!("{said:?}"))
}

/// Requests to `a.e` at a rate, and these services.
fn open(rate: &str, services: &str) -> Theory {
    of(&plan(&format!(
        "workloads: {{ w: {{ open: {{ {rate} }}, mix: {{ a.e: 1 }} }} }}\nservices: {services}"
    )))
}

const REQUEST: Subject = Subject::Entry(crate::plan::EntryId(0));
const FIRST: Subject = Subject::Component(crate::plan::ComponentId(0));
const USERS: Subject = Subject::Workload(crate::plan::WorkloadId(0));

impl Theory {
    fn answer(&self, of: Subject, metric: Metric) -> &super::Answer {
        let mut all = self.answers.iter();
        let found = all.find(|answer| answer.of == of && answer.metric == metric);
        found.unwrap_or_else(|| panic!("no {metric:?} of {of:?} in {self:#?}"))
    }

    fn has(&self, of: Subject, metric: Metric, formula: &str, exact: f64) {
        let answer = self.answer(of, metric);
        assert_eq!(answer.formula, formula);
        match answer.value {
            Value::Of(value) => near(value, exact),
            Value::Between(..) => panic!("bounds: {answer:?}"),
        }
    }

    fn lacks(&self, of: Subject, metric: Metric) {
        let all = &self.answers;
        assert!(
            !all.iter()
                .any(|answer| answer.of == of && answer.metric == metric),
            "{self:#?}"
        );
    }

    fn says(&self, of: Subject, words: &str) {
        let found = self
            .reasons
            .iter()
            .any(|reason| reason.of == of && reason.why.contains(words));
        assert!(found, "no {words:?} of {of:?} in {self:#?}");
    }
}

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
    // Last come, first served waits as long on average, and no percentile is known.
    let told = open(
        "rate: 9/s",
        "{ a: { cores: 10, concurrency: 10, discipline: lifo, endpoints: { e: { compute: { exponential: 1s } } } } }",
    );
    told.has(REQUEST, Metric::Mean, "M/M/c", 1.668_732);
    told.lacks(REQUEST, Metric::Percentile(0.99));
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

fn closed(users: u32, think: &str, services: &str) -> Theory {
    of(&plan(&format!(
        "workloads: {{ w: {{ closed: {{ users: {users}, think: {think} }}, mix: {{ a.e: 1 }} }} }}\nservices: {services}"
    )))
}

/// The machine repairman; Jain (1991), example 34.2; a network whose stations have several servers.
#[test]
fn closed_networks() {
    let one = "{ a: { cpu: fifo, endpoints: { e: { compute: { exponential: 1s } } } } }";
    let told = closed(10, "{ exponential: 9s }", one);
    told.has(
        USERS,
        Metric::Throughput,
        "mean value analysis",
        0.832_036_8,
    );
    told.has(USERS, Metric::Mean, "mean value analysis", 3.0187);
    told.has(
        FIRST,
        Metric::Utilisation,
        "mean value analysis",
        0.832_036_8,
    );
    told.has(FIRST, Metric::Wait, "mean value analysis", 2.0187);
    let told = closed(
        100,
        "9s",
        "{ a: { cores: 8, concurrency: 8, endpoints: { e: { compute: { exponential: 1s } } } } }",
    );
    told.has(USERS, Metric::Mean, "convolution", 3.518_385);
    let told = closed(
        20,
        "{ exponential: 4s }",
        "{ a: { endpoints: { e: [ { repeat: 10, do: [ { compute: 125ms }, { call: one.go } ] }, { repeat: 5, do: [ { compute: 125ms }, { call: two.go } ] }, { compute: 125ms } ] } },\
           one: { endpoints: { go: { compute: 300ms } } }, two: { endpoints: { go: { compute: 200ms } } } }",
    );
    told.has(
        USERS,
        Metric::Throughput,
        "mean value analysis",
        0.333_246_5,
    );
    told.has(USERS, Metric::Mean, "mean value analysis", 56.015_63);
}

/// Lazowska et al. (1984), page 138: two classes of one job each, without thinking.
#[test]
fn two_classes() {
    let text = "workloads: { w: { closed: { users: 1, think: 0s }, mix: { a.e: 1 } }, v: { closed: { users: 1, think: 0s }, mix: { a.f: 1 } } }\n\
        services: { a: { endpoints: { e: [ { compute: { exponential: 1s } }, { call: b.e } ], f: [ { compute: { exponential: 2s } }, { call: b.f } ] } },\n\
                    b: { endpoints: { e: { compute: 3s }, f: { compute: 4s } } } }";
    let told = of(&plan(text));
    told.has(
        USERS,
        Metric::Throughput,
        "mean value analysis",
        0.157_894_7,
    );
    told.has(USERS, Metric::Mean, "mean value analysis", 6.333_333);
    told.has(
        Subject::Workload(1_usize.into()),
        Metric::Throughput,
        "mean value analysis",
        0.105_263_2,
    );
}

/// Too many for exact answers: an approximation, and bounds beside it that hold it.
#[test]
fn a_crowd_is_approximated() {
    let told = closed(
        5000,
        "{ exponential: 100s }",
        "{ a: { cores: 32, endpoints: { e: [ { compute: 0.5s }, { call: b.f } ] } }, b: { cores: 2, endpoints: { f: { compute: 10ms } } } }",
    );
    let rough: Vec<_> = told
        .answers
        .iter()
        .filter(|answer| answer.of == USERS && answer.metric == Metric::Throughput)
        .collect();
    let [rough, bounds] = rough.as_slice() else {
        panic!("{told:#?}")
    };
    assert_eq!(
        (rough.kind, bounds.kind),
        (Kind::Approximation, Kind::Bound)
    );
    let (Value::Of(rate), Value::Between(Some(low), Some(high))) = (rough.value, bounds.value)
    else {
        panic!("{told:#?}")
    };
    assert!(
        low < rate && rate < high && high <= 5000.0 / 100.5,
        "{low} {rate} {high}"
    );
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

/// Without product form the demands still bound what users get; what they do at once leaves one side open.
#[test]
fn bounds_of_closed_systems() {
    let holding = "{ a: { concurrency: 5, endpoints: { e: [ { compute: 10ms }, { call: b.f } ] } }, b: { endpoints: { f: { compute: 20ms } } } }";
    let told = closed(50, "1s", holding);
    told.says(FIRST, "holds its slot while it calls `b`");
    let Value::Between(Some(low), Some(high)) = told.answer(USERS, Metric::Throughput).value else {
        panic!("{told:#?}")
    };
    near(low, 50.0 / (50.0 * 0.03 + 1.0));
    near(high, 50.0 / 1.03);
    assert_eq!(
        told.answer(USERS, Metric::Throughput).formula,
        "asymptotic bounds"
    );
    let parallel = "{ a: { endpoints: { e: { parallel: [ { call: b.f }, { call: b.f, label: second } ] } } }, b: { endpoints: { f: { compute: 20ms } } } }";
    let told = closed(50, "1s", parallel);
    let Value::Between(None, Some(high)) = told.answer(USERS, Metric::Throughput).value else {
        panic!("{told:#?}")
    };
    near(high, 25.0);
}

/// Constants alone: users who begin together stay together, and no product form describes that.
#[test]
fn users_in_step_have_no_formula() {
    let constant = "{ a: { endpoints: { e: { compute: 10ms } } } }";
    let told = closed(10, "100ms", constant);
    told.says(USERS, "keep step");
    assert_eq!(told.answer(USERS, Metric::Throughput).kind, Kind::Bound);
    let told = closed(10, "{ uniform: { from: 90ms, to: 110ms } }", constant);
    told.has(USERS, Metric::Throughput, "mean value analysis", 78.541_8);
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
