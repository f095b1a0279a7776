//! What can be asked of a run: prices that are not those of alike machines, and numbers of components.

mod common;

use scaleproof::analysis::{Outcome, bill, figure};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::Plan;

/// Two replications of a thousand seconds.
fn outcome(plan: &Plan) -> Outcome {
    let request = Request {
        seed: 1,
        replications: Some(2),
        duration: Some(1_000_000_000_000),
        warm_up: Some(10_000_000_000),
        ..Request::default()
    };
    lab::run(plan, &request, &Silent)
}

/// What the expectations of a model find, in their order.
fn found(text: &str) -> Vec<f64> {
    let plan = common::plan(text);
    let outcome = outcome(&plan);
    (0..plan.expectations.len())
        .map(|at| {
            figure::estimate(&plan, &outcome, at, 0.999)
                .0
                .value
                .unwrap_or(f64::NAN)
        })
        .collect()
}

fn complaints(text: &str) -> String {
    let (_, sources, said) = common::compiled(text);
    scaleproof::source::render::all(&said, &sources, scaleproof::source::render::Colour::Never)
}

/// 2,628,000 seconds of a month. Two requests a second go to the bank, of which its limit of one a second turns every other away: those
/// that it takes on cost 0.001 USD each, 2,628 USD. One a second goes to the mail at 100 USD a million: 262.80 USD. Two gateways of 0.05
/// USD an hour are 73 USD, a licence is 900 USD; three machines of 0.1 USD an hour are 219 USD, and one of 0.4 USD 292 USD.
#[test]
fn requests_charges_and_groups_have_prices() {
    let text = "scaleproof: model/1\nname: bill\n\
        workloads: { w: { open: { rate: 2/s, process: paced }, mix: { bank.pay: 1 } }, v: { open: { rate: 1/s, process: paced }, mix: { mail.send: 1 } } }\n\
        externals:\n  bank: { rate-limit: { token-bucket: { rate: 1/s, burst: 1 } }, price: { per-request: 0.001 USD }, endpoints: { pay: { sleep: 1ms } } }\n  \
        mail: { price: { per-million: 100 USD }, endpoints: { send: { sleep: 1ms } } }\n\
        services: { web: { machine: small, groups: { many: { replicas: 3 }, one: { replicas: 1, machine: large } }, endpoints: { e: { sleep: 1ms } } } }\n\
        prices: { small: { per-hour: 0.1 USD, cores: 2 }, large: { per-hour: 0.4 USD, cores: 8 } }\n\
        charges: { gateways: { cost: 0.05 USD/h, count: 2 }, licence: 900 USD/month }\n\
        expect:\n  - { of: externals.bank, metric: cost, is: 2628 USD/month, within: 1%, source: by hand }\n  \
        - { of: externals.mail, metric: cost, is: 262.8 USD/month, within: 1%, source: by hand }\n  \
        - { of: services.web, metric: cost, is: 511 USD/month, source: by hand }\n";
    let plan = common::plan(text);
    let outcome = outcome(&plan);
    let all = bill::total(&plan, &outcome).value.unwrap_or_default();
    let right = 2_628.0 + 262.8 + 73.0 + 900.0 + 219.0 + 292.0;
    assert!((all / right - 1.0).abs() < 5e-3, "{all}, not {right}");
    let cost = bill::cost(&plan, &outcome);
    let line = |item: &str, detail: &str| {
        let mut lines = cost.lines.iter();
        lines.any(|line| line.item == item && line.detail == detail)
    };
    for (item, detail) in [
        ("web", "3 × small"),
        ("web", "1 × large"),
        ("gateways", "2 charges"),
    ] {
        assert!(line(item, detail), "{item}: {:?}", cost.lines);
    }
    assert!(cost.unpriced.is_empty(), "{:?}", cost.unpriced);
    // A machine says how many cores the replicas of a group have.
    let cores: Vec<String> = plan
        .processors
        .iter()
        .map(|row| format!("{:?}", row.cores))
        .collect();
    assert_eq!(
        cores,
        ["Cores(2.0)", "Cores(2.0)", "Cores(2.0)", "Cores(8.0)"]
    );
    let each = found(text);
    for (found, right) in each.iter().zip([2_628.0, 262.8, 511.0]) {
        assert!((found / right - 1.0).abs() < 5e-3, "{found}, not {right}");
    }
}

/// Weights of 3 and 1: the busy one has 1.5 times the mean, whether its processor works, its requests only wait in slots, or take no time
/// at all.
#[test]
fn imbalance_is_known_without_busy_processors() {
    for body in ["{ compute: 10ms }", "{ sleep: 10ms }", "[]"] {
        for cores in ["unlimited", "2"] {
            let text = format!(
                "scaleproof: model/1\nname: even\nworkloads: {{ w: {{ open: {{ rate: 40/s }}, mix: {{ s.e: 1 }} }} }}\n\
                 services: {{ s: {{ cores: {cores}, balance: {{ smooth-weighted: {{ a: 3, b: 1 }} }}, groups: {{ a: {{ replicas: 1 }}, b: {{ replicas: 1 }} }}, endpoints: {{ e: {body} }} }} }}\n\
                 expect: [ {{ of: s, metric: imbalance, is: 1.5, source: by hand }} ]\n"
            );
            let imbalance = found(&text)[0];
            assert!(
                (imbalance - 1.5).abs() < 0.02,
                "{body} on {cores}: {imbalance}"
            );
        }
    }
}

/// A CDN can be named with its section, and what it costs is known: a request a second, 2.628 million a month at 1 USD.
#[test]
fn a_cdn_is_named_with_its_section() {
    let text = "scaleproof: model/1\nname: named\ndata: { media: { items: 1, size: 1KiB } }\n\
        workloads: { w: { open: { rate: 1/s, process: paced }, mix: { edge.get: 1 } } }\n\
        services: { origin: { endpoints: { fetch: { reply: { object-size: media } } } } }\n\
        cdns: { edge: { of: media, sites: 1, capacity: 5GiB, origin: origin.fetch, price: { per-million: 1 USD } } }\n\
        objectives: { cheap: { of: cdns.edge, cost: 3 USD/month }, quick: { of: cdns.edge.get, p99: 1s } }\n\
        expect:\n  - { of: cdns.edge, metric: hit, is: 100%, source: by hand }\n  \
        - { of: cdns.edge, metric: cost, is: 2.628 USD/month, within: 1%, source: by hand }\n";
    let found = found(text);
    assert!(
        (found[0] - 1.0).abs() < 1e-9 && (found[1] / 2.628 - 1.0).abs() < 5e-3,
        "{found:?}"
    );
}

/// A number of requests cannot be taken of a component: the hint names its endpoint if there is one, and some of several.
#[test]
fn a_component_that_should_be_an_endpoint_is_told_which() {
    let said = |endpoints: &str, judged: &str| {
        complaints(&format!(
            "scaleproof: model/1\nname: which\nworkloads: {{ w: {{ open: {{ rate: 1/s }}, mix: {{ web.page: 1 }} }} }}\n\
             services: {{ web: {{ endpoints: {{ page: {{ sleep: 1ms }}{endpoints} }} }} }}\n{judged}"
        ))
    };
    let objective = "objectives: { quick: { of: web, p99: 1s } }";
    let expectation =
        "expect: [ { of: services.web, metric: latency.mean, is: 1ms, source: by hand } ]";
    for judged in [objective, expectation] {
        let one = said("", judged);
        assert!(
            one.contains("E201") && one.contains("`of: web.page`"),
            "{one}"
        );
        assert!(!one.contains("several"), "{one}");
        let two = said(", other: []", judged).replace('\n', " ");
        assert!(two.contains("`of: web.page` or `of: web.other`"), "{two}");
        let three = said(", other: [], third: []", judged);
        assert!(three.contains("it has 3 endpoints"), "{three}");
    }
}

/// `slru` divides its room as is said, and complains of what divides it twice or not at all.
#[test]
fn segments_of_a_cache_are_read() {
    let evict = |evict: &str| {
        let text = format!(
            "scaleproof: model/1\nname: slru\ndata: {{ things: {{ items: 1000, popularity: {{ zipf: {{ exponent: 1 }} }} }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 100/s }}, mix: {{ a.e: 1 }} }} }}\n\
             services: {{ a: {{ endpoints: {{ e: {{ get: c, miss: [] }} }} }} }}\n\
             caches: {{ c: {{ of: things, per: a, capacity: 100 items, evict: {evict} }} }}\n\
             expect: [ {{ of: caches.c, metric: hit, at-least: 1%, source: by hand }} ]\n"
        );
        let (plan, ..) = common::compiled(&text);
        plan.map_or(Err(complaints(&text)), |_| Ok(found(&text)[0]))
    };
    let hits: Vec<f64> = [
        "slru",
        "{ slru: { protected: 80% } }",
        "{ slru: { segments: 4 } }",
        "lru",
    ]
    .iter()
    .map(|rule| evict(rule).expect("it can be run"))
    .collect();
    assert_eq!(hits[0].to_bits(), hits[1].to_bits());
    // Popular objects that do not change: what is found stays longer where there are segments, however they are divided.
    assert!(
        hits[0] > hits[3] + 0.05 && hits[2] > hits[3] + 0.05,
        "{hits:?}"
    );
    assert!((hits[2] - hits[0]).abs() > 1e-4, "{hits:?}");
    for (wrong, why) in [
        ("{ slru: { segments: 1 } }", "2 to 8"),
        ("{ slru: { segments: 9 } }", "2 to 8"),
        ("{ slru: { protected: 100% } }", "above 0 and below 100 %"),
        (
            "{ slru: { protected: 50%, segments: 3 } }",
            "say one of them",
        ),
    ] {
        let said = evict(wrong).expect_err("it is wrong");
        assert!(said.contains(why), "{said}");
    }
}

/// Little's law: 2 calls a second of `page`, in progress for 0.3 s each with their way there and back, are 0.6 on average, and as many calls
/// a second of `other` are 0.1 s of 2. With fixed times and paced arrivals two calls are in progress together for a fifth of the time of
/// `page` at 10 a second and 0.12 s.
#[test]
fn calls_of_an_endpoint_are_counted_while_they_are_in_progress() {
    let text = "scaleproof: model/1\nname: present\nnetwork: { same-zone: { rtt: 0s }, internet: { rtt: 100ms } }\n\
        workloads: { w: { open: { rate: 2/s }, mix: { web.page: 1 } }, v: { open: { rate: 10/s, process: paced }, mix: { web.other: 1 } } }\n\
        services: { web: { endpoints: { page: { sleep: 200ms }, other: { sleep: 20ms } } } }\n\
        expect:\n  - { of: web.page, metric: in-system.mean, is: 0.6, source: Little }\n  \
        - { of: web.other, metric: { in-system: { at-least: 2 } }, is: 20%, source: by hand }\n  \
        - { of: web.other, metric: in-system.mean, is: 1.2, source: Little }\n";
    let found = found(text);
    assert!((found[0] - 0.6).abs() < 0.03, "{found:?}");
    assert!(
        (found[1] - 0.2).abs() < 1e-3 && (found[2] - 1.2).abs() < 1e-3,
        "{found:?}"
    );
}

/// Messages come at 0, 0.5, 1, 1.5 and 2 s, and are done one after the other in a second each, from 0 on. At 0.25 s there is one, at 1.25 s
/// three have come and one is done, at 4.25 s one of five is left, at 6 s none.
#[test]
fn the_lag_at_an_instant_is_what_is_still_to_do() {
    let text = "scaleproof: model/1\nname: late\n\
        workloads: { w: { closed: { users: 5, think: 1000s, ramp: 2/s }, mix: { send: 1 } } }\n\
        journeys: { send: { publish: t } }\n\
        topics: { t: { partitions: 1, partition-by: round-robin, groups: { g: { run: work.do } } } }\n\
        services: { work: { concurrency: 1, endpoints: { do: { sleep: 1s } } } }\n\
        expect:\n  - { of: t.g, metric: lag, at: 250ms, is: 1, source: by hand }\n  \
        - { of: t.g, metric: lag, at: 1250ms, is: 2, source: by hand }\n  \
        - { of: t.g, metric: lag, at: 4250ms, is: 1, source: by hand }\n  \
        - { of: t.g, metric: lag, at: 6s, is: 0, source: by hand }\n";
    let plan = common::plan(text);
    let request = Request {
        seed: 1,
        replications: Some(2),
        duration: Some(10_000_000_000),
        warm_up: Some(0),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let lags: Vec<f64> = (0..4)
        .map(|at| {
            figure::estimate(&plan, &outcome, at, 0.999)
                .0
                .value
                .unwrap_or(f64::NAN)
        })
        .collect();
    assert_eq!(lags, [1.0, 2.0, 1.0, 0.0]);
}
