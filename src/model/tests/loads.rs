//! What speaks of load multiplies, and what a machine says of cores is put in.

use super::super::{Count, Law, Limit, RateShape, show};
use super::{good, reading};

const MODEL: &str = "scaleproof: model/1\nname: m\nload: 2x\n\
    workloads:\n\
    \x20 steady: { open: { rate: 100/s }, mix: { web.page: 1 }, load: 1.5x }\n\
    \x20 moving: { open: { rate: { start: 10/s, stages: [ { duration: 1m, target: 40/s } ] } }, mix: { web.page: 1 } }\n\
    \x20 renewal: { open: { between: { gamma: { mean: 30ms, cv: 0.5 } }, batch: 3 }, mix: { web.page: 1 } }\n\
    \x20 users: { closed: { users: 5, think: 1s, ramp: 1/s }, mix: { web.page: 1 }, load: 0.25x }\n\
    services: { web: { endpoints: { page: { compute: 1ms } } } }\n";

#[test]
fn loads_multiply_rates_users_and_divide_times_between() {
    let loaded = good(MODEL).loaded();
    let open = |name: &str| loaded.workloads.get(name).unwrap().open.clone().unwrap();
    let Some(RateShape::Constant(rate)) = open("steady").rate else {
        panic!("steady");
    };
    assert!((rate.per_second() - 300.0).abs() < 1e-9);
    let Some(RateShape::Stages(staged)) = open("moving").rate else {
        panic!("moving");
    };
    assert!((staged.start.per_second() - 20.0).abs() < 1e-9);
    assert!((staged.stages[0].target.per_second() - 80.0).abs() < 1e-9);
    assert_eq!(staged.stages[0].duration.ns(), 60_000_000_000);
    let renewal = open("renewal");
    let Law::Gamma(spread) = renewal.between.unwrap().law else {
        panic!("gamma");
    };
    assert_eq!(
        spread,
        super::super::Spread::MeanCv {
            mean: 15e6,
            cv: 0.5
        }
    );
    // A batch is what an arrival brings, and arrivals are what a load is of.
    assert_eq!(renewal.batch.law, Count::Constant(3));
    // Half of 5 users are 2.5, and halves go up.
    let closed = loaded
        .workloads
        .get("users")
        .unwrap()
        .closed
        .clone()
        .unwrap();
    assert_eq!(closed.users.value, 3);
    assert!((closed.ramp.unwrap().per_second() - 0.5).abs() < 1e-9);
    assert_eq!(loaded.loaded(), loaded, "a load is put in once");
}

#[test]
fn every_law_can_be_stretched() {
    let laws = "constant: 3ms; exponential: 3ms; uniform: { from: 1ms, to: 3ms }; erlang: { mean: 3ms, stages: 4 }; gamma: { shape: 2, scale: 3ms }; \
        weibull: { mean: 3ms, cv: 2 }; hyper-exponential: { mean: 3ms, cv: 2 }; \
        hyper-exponential: { branches: [ { weight: 1, mean: 1ms }, { weight: 2, mean: 3ms } ] }; lognormal: { mean: 3ms, cv: 1 }; \
        lognormal: { p50: 1ms, p99: 3ms }; pareto: { min: 1ms, shape: 3, max: 3ms }; coxian: { stages: [ { mean: 1ms, next: 50% }, { mean: 3ms } ] }; \
        mixture: [ { weight: 1, of: 1ms }, { weight: 3, of: { exponential: 3ms } } ]; sum: [ 1ms, 3ms ]; empirical: { values: [ 1ms, 3ms ] }; \
        empirical: { quantiles: { p0: 1ms, p100: 3ms } }";
    let law = |text: &str| {
        let text = text
            .trim()
            .strip_prefix("constant: ")
            .map_or_else(|| format!("{{ {} }}", text.trim()), str::to_owned);
        let text = format!(
            "scaleproof: model/1\nname: m\nworkloads: {{ w: {{ open: {{ rate: 1/s }}, mix: {{ s.e: 1 }} }} }}\nservices: {{ s: {{ endpoints: {{ e: {{ sleep: {text} }} }} }} }}"
        );
        let model = good(&text);
        let super::super::Verb::Sleep(sleep) = model.services[0].1.endpoints[0].1[0].verb.clone()
        else {
            panic!("a sleep");
        };
        sleep.time.law
    };
    for text in laws.split(';') {
        // Ten times as long is what is written with all times ten times as long.
        let longer = text.replace("1ms", "10ms").replace("3ms", "30ms");
        assert_eq!(law(text).times(10.0), law(&longer), "{text}");
    }
}

#[test]
fn a_machine_says_how_many_cores_there_are() {
    let text = "scaleproof: model/1\nname: m\nprices: { blade: { per-hour: 1 USD, cores: 12 } }\n\
        workloads: { w: { open: { rate: 1/s }, mix: { web.page: 1 } } }\n\
        hosts: { nodes: { machine: blade } }\n\
        services:\n  web: { machine: aws/m7i.8xlarge, endpoints: { page: { compute: 1ms } } }\n  own: { machine: blade, cores: 12, endpoints: { page: { compute: 1ms } } }\n\
        databases: { db: { machine: aws/m7g.large, cores: 2, queries: { get: { reads: one, do: { compute: 1ms } } } } }\n";
    let cores = |sets: &[(&str, &str)]| {
        let (model, _, said) = reading(text, sets);
        assert!(!said.has_errors(), "{said:?}");
        let model = model.unwrap();
        let of = |cores: Limit<super::super::Positive>| match cores {
            Limit::Of(cores) => cores.get(),
            Limit::Unlimited => f64::INFINITY,
        };
        vec![
            of(model.services.get("web").unwrap().station.cores.value),
            of(model.services.get("own").unwrap().station.cores.value),
            of(model.databases.get("db").unwrap().station.cores.value),
            of(model.hosts.get("nodes").unwrap().cores.value),
        ]
    };
    assert_eq!(cores(&[]), [32.0, 12.0, 2.0, 12.0]);
    // A machine that is set brings its cores; those that were written were of the other one.
    assert_eq!(
        cores(&[
            ("databases.db.machine", "aws/m7g.4xlarge"),
            ("services.own.machine", "aws/m7g.large")
        ]),
        [32.0, 2.0, 16.0, 12.0]
    );
    assert_eq!(
        cores(&[
            ("services.own.machine", "aws/m7g.large"),
            ("services.own.cores", "4")
        ]),
        [32.0, 4.0, 2.0, 12.0],
        "whether they agree is seen where machines get their prices"
    );
    assert!(show(&good(text)).contains("cores: 32"));
}
