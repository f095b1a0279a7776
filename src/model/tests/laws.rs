//! Every law: how it is read, how it is shown, and what it cannot be.

use super::*;
use crate::model::{Count, Law, Percentile, Spread, Verb};

fn law(text: &str) -> Law {
    let model = good(&with_steps(&format!("{{ sleep: {text} }}")));
    match &model.services.get("s").unwrap().endpoints.get("e").unwrap()[0].verb {
        Verb::Sleep(sleep) => sleep.time.law.clone(),
        other => unreachable!("{other:?}"),
    }
}

fn count(text: &str) -> Count {
    let model = good(&with_steps(&format!("{{ repeat: {text}, do: reply }}")));
    match &model.services.get("s").unwrap().endpoints.get("e").unwrap()[0].verb {
        Verb::Repeat(repeat) => repeat.count.law.clone(),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn every_law_is_read_in_base_units() {
    assert_eq!(law("2ms"), Law::Constant(2e6));
    assert_eq!(law("{ exponential: 5ms }"), Law::Exponential { mean: 5e6 });
    assert_eq!(
        law("{ uniform: { from: 0, to: 1us } }"),
        Law::Uniform { from: 0.0, to: 1e3 }
    );
    assert_eq!(
        law("{ erlang: { mean: 1s, stages: 3 } }"),
        Law::Erlang {
            mean: 1e9,
            stages: 3
        }
    );
    assert_eq!(
        law("{ gamma: { mean: 1s, cv: 2 } }"),
        Law::Gamma(Spread::MeanCv { mean: 1e9, cv: 2.0 })
    );
    assert_eq!(
        law("{ weibull: { shape: 0.5, scale: 1s } }"),
        Law::Weibull(Spread::ShapeScale {
            shape: 0.5,
            scale: 1e9
        })
    );
    assert_eq!(
        law("{ hyper-exponential: { mean: 1s, cv: 1 } }"),
        Law::HyperExponential { mean: 1e9, cv: 1.0 }
    );
    let (lower, upper) = (
        Percentile {
            share: 0.5,
            value: 4e7,
        },
        Percentile {
            share: 0.99,
            value: 9e8,
        },
    );
    assert_eq!(
        law("{ lognormal: { p99: 900ms, p50: 40ms } }"),
        Law::LognormalPercentiles { lower, upper }
    );
    assert_eq!(
        law("{ pareto: { min: 1ms, shape: 0.5, max: 1s } }"),
        Law::Pareto {
            min: 1e6,
            shape: 0.5,
            max: Some(1e9)
        }
    );
    assert_eq!(
        law("{ sum: [ 1ms, { exponential: 1ms } ] }"),
        Law::Sum(vec![Law::Constant(1e6), Law::Exponential { mean: 1e6 }])
    );
    assert!(
        matches!(law("{ hyper-exponential: { branches: [ { weight: 1, mean: 1s }, { weight: 2, mean: 2s } ] } }"), Law::HyperBranches(branches) if branches.len() == 2)
    );
    assert!(
        matches!(law("{ coxian: { stages: [ { mean: 1s, next: 50% }, { mean: 2s } ] } }"), Law::Coxian(stages) if stages[1].next.abs() < 1e-12)
    );
    assert!(
        matches!(law("{ mixture: [ { weight: 30%, of: 1s }, { weight: 70%, of: { exponential: 2s } } ] }"), Law::Mixture(parts) if parts.len() == 2)
    );
    assert_eq!(
        law("{ empirical: { values: [ 1ns, 2ns ] } }"),
        Law::Values(vec![1.0, 2.0])
    );
    assert!(matches!(law("{ attribute: a }"), Law::Attribute(name) if name.value == "a"));
}

#[test]
fn quantiles_are_named_like_percentiles() {
    let Law::Quantiles(points) = law(
        "{ empirical: { quantiles: { min: 1ns, p9: 2ns, p999: 5ns, p50: 3ns, p99.5: 4ns, max: 6ns } } }",
    ) else {
        unreachable!("quantiles were written")
    };
    let read: Vec<(f64, f64)> = points
        .iter()
        .map(|point| (point.share, point.value))
        .collect();
    assert_eq!(
        read,
        [
            (0.0, 1.0),
            (0.09, 2.0),
            (0.5, 3.0),
            (0.995, 4.0),
            (0.999, 5.0),
            (1.0, 6.0)
        ]
    );
}

#[test]
fn every_count_is_read() {
    assert_eq!(count("3"), Count::Constant(3));
    assert_eq!(count("unlimited"), Count::Unlimited);
    assert_eq!(
        count("{ geometric: { mean: 3, from: 0 } }"),
        Count::Geometric { mean: 3.0, from: 0 }
    );
    assert_eq!(
        count("{ poisson: { mean: 2.5 } }"),
        Count::Poisson { mean: 2.5 }
    );
    assert_eq!(
        count("{ uniform: { from: 1, to: 6 } }"),
        Count::Uniform { from: 1, to: 6 }
    );
    assert_eq!(
        count("{ weighted: { 2: 3, 1: 5 } }"),
        Count::Weighted(vec![(1, 5.0), (2, 3.0)])
    );
    assert!(
        matches!(count("{ attribute: lines }"), Count::Attribute(name) if name.value == "lines")
    );
}

#[test]
fn what_no_law_can_be_is_refused_at_the_parameter() {
    let cases = [
        ("{ erlang: { mean: 1s, stages: 0 } }", "E202 0"),
        ("{ erlang: { mean: 1s, stages: 2.5 } }", "E025 2.5"),
        ("{ hyper-exponential: { mean: 1s, cv: 0.5 } }", "E202 0.5"),
        ("{ lognormal: { p50: 2s, p99: 1s } }", "E202 1s"),
        ("{ lognormal: { p50: 2s } }", "E013 { p50: 2s }"),
        ("{ lognormal: { p50: 0, p99: 1s } }", "E202 0"),
        ("{ lognormal: { mean: 1s, cv: 0 } }", "E202 0"),
        (
            "{ gamma: { mean: 1s, shape: 2 } }",
            "E013 { mean: 1s, shape: 2 }",
        ),
        ("{ pareto: { min: 1s, shape: 1 } }", "E202 1"),
        ("{ pareto: { min: 1s, shape: 1.5 } }", "W401 1.5"),
        ("{ pareto: { min: 1s, shape: 3, max: 1s } }", "E202 1s"),
        ("{ uniform: { from: 2s, to: 1s } }", "E202 1s"),
        (
            "{ coxian: { stages: [ { mean: 1s, next: 100% } ] } }",
            "E202 100%",
        ),
        ("{ coxian: { stages: [] } }", "E200 []"),
        (
            "{ mixture: [ { weight: 0, of: 1s } ] }",
            "E203 [ { weight: 0, of: 1s } ]",
        ),
        ("{ empirical: { file: x.csv } }", "E300 file"),
        (
            "{ empirical: { quantiles: { p50: 1s, max: 2s } } }",
            "E011 { p50: 1s, max: 2s }",
        ),
        (
            "{ empirical: { quantiles: { min: 3s, max: 2s } } }",
            "E202 2s",
        ),
        ("{ empirical: { quantiles: { q50: 3s } } }", "E010 q50"),
        ("{ exponential: { mean: 1s } }", "E012 { mean: 1s }"),
        ("{ exponental: 1s }", "E020 exponental"),
        ("{ uniform: { from: 1s, up-to: 2s } }", "E010 up-to"),
        ("{ uniform: { from: 1s } }", "E011 { from: 1s }"),
        ("{ object-size: d }", "E015 d"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            complaints(&with_steps(&format!("{{ sleep: {text} }}"))),
            [expected],
            "{text}"
        );
    }
}

#[test]
fn what_no_count_can_be_is_refused_at_the_parameter() {
    let cases = [
        ("{ geometric: { mean: 0.5, from: 1 } }", "E202 0.5"),
        ("{ geometric: { mean: 2, from: 2 } }", "E202 2"),
        ("{ weighted: { 1: 0 } }", "E203 { 1: 0 }"),
        ("{ weighted: { 1k: 1, 1000: 1 } }", "E005 1000"),
        ("{ weighted: { 1: 50%, 2: 3 } }", "E203 3"),
        ("{ uniform: { from: 3, to: 1 } }", "E202 1"),
        ("{ gaussian: 3 }", "E020 gaussian"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            complaints(&with_steps(&format!("{{ repeat: {text}, do: reply }}"))),
            [expected],
            "{text}"
        );
    }
    let unlimited = "workloads: { w: { open: { rate: 1/s, batch: unlimited }, mix: { a: 1 } } }";
    assert_eq!(complaints(&with(unlimited)), ["E200 unlimited"]);
}
