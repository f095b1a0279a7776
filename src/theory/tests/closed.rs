//! Closed workloads.

use super::super::{Kind, Metric, Subject, Theory, Value, near, of};
use super::{FIRST, USERS, plan};

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
