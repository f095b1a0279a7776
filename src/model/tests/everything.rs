//! Every field that is read, once: what it is read as.

use super::*;
use crate::model::{
    AtOnce, Beyond, Busy, Capacity, Clock, Count, Cpu, Deadline, Discipline, Evict, Given,
    Headless, Interrupted, Law, Limit, Measured, Metric, OnFailure, OverLimit, Pick, Popularity,
    Positive, Prefer, RateShape, ReadFrom, Shape as _, Sites, Start, Take, Verb, WaitsFor,
};
use crate::units::Duration;
use std::num::NonZeroU64;

pub(super) const TEXT: &str = include_str!("everything.yaml");

#[test]
fn functions_are_read_as_they_are_written() {
    let model = good(TEXT);
    let function = model.functions.get("thumbnail").unwrap();
    assert_eq!(
        (function.per_instance.get(), function.max_instances.get()),
        (2, 100)
    );
    assert_eq!(
        (function.provisioned.value, function.backlog.value),
        (5, Limit::Of(50))
    );
    assert!(
        matches!(function.keep_alive.value, Limit::Of(time) if (time.seconds() - 600.0).abs() < 1e-9)
    );
    assert_eq!(
        (&function.take, &function.waits_for),
        (&Take::OldestIdle, &WaitsFor::FirstFree)
    );
    assert_eq!(function.over_limit, OverLimit::Queue);
    let scale = function.scale_up.as_ref().unwrap();
    assert!(scale.burst.get() == 10 && (scale.then.per_second() - 0.5).abs() < 1e-12);
    assert_eq!(function.price.as_ref().unwrap().all().count(), 3);
}

#[test]
fn breakdowns_are_read_as_they_are_written() {
    let model = good(TEXT);
    let catalog = model.databases.get("catalog").unwrap();
    let reliability = catalog.station.reliability.as_ref().unwrap();
    assert_eq!(
        (&reliability.clock, &reliability.work),
        (&Clock::Busy, &Interrupted::Lost)
    );
    assert_eq!(reliability.crews.as_ref().map(|crews| crews.get()), Some(2));
    assert!(matches!(reliability.up.law, Law::Exponential { .. }));
    let failover = catalog.failover.as_ref().unwrap();
    assert_eq!(failover.writes, Headless::Wait);
    assert!(matches!(failover.elect.law, Law::Exponential { .. }));
    let plain = good(
        "scaleproof: model/1\nname: x\nworkloads: {}\nservices: { s: { reliability: { up: 1h, down: 1s }, endpoints: {} } }",
    );
    let plain = plain
        .services
        .get("s")
        .unwrap()
        .station
        .reliability
        .as_ref()
        .unwrap();
    let usual = (&Clock::Always, &Interrupted::Lost, true);
    assert_eq!((&plain.clock, &plain.work, plain.crews.is_none()), usual);
}

#[test]
fn preferences_and_routes_are_read_as_they_are_written() {
    let model = good(TEXT);
    let web = model.services.get("web").unwrap();
    let Prefer::SameZone(zonal) = &web.prefer.value else {
        panic!("its zone")
    };
    let spill = zonal.spill.as_ref().unwrap();
    assert_eq!((&spill.of, spill.every.seconds()), (&Busy::Slots, 5.0));
    assert_eq!(
        web.failover.as_ref().map(|at| &at.value),
        Some(&Beyond::Region)
    );
    let check = web.check.as_ref().unwrap();
    assert_eq!((check.every.seconds(), check.fails.get()), (5.0, 2));
    assert_eq!(web.slow_start.as_ref().map(|at| at.seconds()), Some(30.0));
    let shop = model.routes.get("shop").unwrap();
    assert_eq!((&shop.pick, shop.to.as_str()), (&Pick::Nearest, "web"));
    assert_eq!(
        (
            shop.client_ttl.seconds(),
            shop.check.as_ref().unwrap().fails.get()
        ),
        (60.0, 2)
    );
    let spill = shop.spill.as_ref().unwrap();
    assert_eq!((&spill.of, spill.every.seconds()), (&Busy::Cores, 10.0));
    let canary = model.routes.get("canary").unwrap();
    assert!(matches!(&canary.pick, Pick::Weighted(weights) if weights.0.len() == 2));
    let check = canary.check.as_ref().unwrap();
    assert_eq!((check.every.seconds(), check.fails.get()), (30.0, 3));
    let standby = model.routes.get("standby").unwrap();
    assert!(matches!(&standby.pick, Pick::Failover(list) if list[0].value == "us"));
    let eu = model.regions.get("eu").unwrap();
    assert!(eu.reliability.is_some() && eu.zone_reliability.is_some());
}

#[test]
fn cdns_are_read_as_they_are_written() {
    let model = good(TEXT);
    let edge = model.cdns.get("edge").unwrap();
    let Sites::Each(sites) = &edge.sites.value else {
        panic!("by region");
    };
    let sites: Vec<_> = sites
        .iter()
        .map(|(name, n)| (name.as_str(), n.get()))
        .collect();
    assert_eq!(sites, [("eu", 12), ("us", 20)]);
    assert_eq!((&edge.evict, &edge.start), (&Evict::Sieve, &Start::Warm));
    assert!(edge.coalesce.wait && edge.origin.value == "web.product");
    let shield = edge.shield.as_ref().unwrap();
    assert_eq!(shield.region.as_ref().map(|at| at.as_str()), Some("eu"));
    assert!(shield.coalesce.wait && shield.evict == Evict::Fifo);
    assert!(shield.ttl.as_ref().unwrap().sliding.is_some());
    let price = edge.price.as_ref().unwrap();
    assert!(price.per_gib.is_some() && price.per_million.is_some());
}

#[test]
fn stores_are_read_as_they_are_written() {
    let model = good(TEXT);
    let files = model.stores.get("files").unwrap();
    assert_eq!(files.region.as_ref().map(|at| at.as_str()), Some("eu"));
    let tiers: Vec<_> = (files.tiers.iter())
        .map(|(name, tier)| {
            (
                name.as_str(),
                tier.first_byte.is_some(),
                tier.retrieval.is_some(),
            )
        })
        .collect();
    assert_eq!(tiers, [("hot", true, false), ("cold", true, true)]);
    let days = |at: &Duration| at.seconds() / 86_400.0;
    assert_eq!(
        (files.moves[0].to.as_str(), days(&files.moves[0].after)),
        ("cold", 90.0)
    );
    assert_eq!(files.retention.as_ref().map(|at| days(at)), Some(2_555.0));
    assert!(files.age.is_some());
}

#[test]
fn components_are_read_as_they_are_written() {
    let model = good(TEXT);
    let web = model.services.get("web").unwrap();
    let station = &web.station;
    assert_eq!(web.replicas.map(|replicas| replicas.get()), Some(3));
    assert!(matches!(station.cores.value, Limit::Of(cores) if (cores.get() - 0.5).abs() < 1e-12));
    assert!(matches!(&station.cpu, Cpu::Priority(preemption) if preemption.preempt));
    assert!(
        matches!(station.backlog.value, Limit::Of(256))
            && station.discipline == Discipline::Priority
    );
    let shown = crate::source::write::to_yaml(&web.balance.show().unwrap());
    let words: Vec<&str> = shown.split_whitespace().collect();
    let balance = "power-of-d: choices: 2 distinct: false view: caller";
    assert_eq!(words.join(" "), balance);
    assert_eq!(
        station
            .regions
            .iter()
            .map(|region| region.as_str())
            .collect::<Vec<_>>(),
        ["eu", "us"]
    );
    let audit = model.services.get("audit").unwrap();
    assert_eq!(audit.groups.as_ref().unwrap().len(), 2);
    assert!(
        matches!(audit.station.concurrency.value, Limit::Of(one) if one.get() == 1),
        "merged from an anchor"
    );
    let catalog = model.databases.get("catalog").unwrap();
    assert!(
        catalog.read == ReadFrom::Any
            && catalog.write.acks.get() == 2
            && catalog.replicas.get() == 3
    );
    let (local, remote) = (
        model.caches.get("local").unwrap(),
        model.caches.get("remote").unwrap(),
    );
    assert!(matches!(local.capacity.value, Capacity::Items(items) if items.get() == 5_000));
    assert!(
        matches!(remote.capacity.value, Capacity::Bytes(bytes) if bytes.get() as u64 == 2 << 30)
    );
    assert_eq!(
        local
            .ttl
            .as_ref()
            .and_then(|ttl| ttl.fixed.as_ref())
            .map(|ttl| ttl.ns()),
        Some(30_000_000_000)
    );
    assert!((remote.ttl.as_ref().unwrap().jitter.get() - 0.1).abs() < 1e-12);
}

#[test]
fn loads_are_read_as_they_are_written() {
    let model = good(TEXT);
    let shoppers = model.workloads.get("shoppers").unwrap();
    assert_eq!(shoppers.closed.as_ref().unwrap().users.value, 2_000);
    assert!(
        shoppers
            .mix
            .iter()
            .all(|(_, weight)| weight.share && (weight.value - 0.5).abs() < 1e-12)
    );
    assert_eq!(shoppers.with.get("products"), Some(&Given::Fresh));
    let stairs = model
        .workloads
        .get("stairs")
        .unwrap()
        .open
        .as_ref()
        .unwrap();
    assert!(matches!(&stairs.rate, Some(RateShape::Stages(rate)) if rate.stages.len() == 1));
    let steady = model
        .workloads
        .get("steady")
        .unwrap()
        .open
        .as_ref()
        .unwrap();
    assert!(matches!(steady.batch.law, Count::Poisson { .. }));
    let products = model.data.get("products").unwrap();
    assert!(
        matches!(&products.popularity, Popularity::Zipf(zipf) if (zipf.exponent.value - 0.9).abs() < 1e-12)
    );
    assert!(
        matches!(products.size.as_ref().unwrap().law, Law::Lognormal { mean, .. } if (mean - 2048.0).abs() < 1e-9)
    );
}

#[test]
fn expectations_are_read_as_they_are_written() {
    let model = good(TEXT);
    let [quick, crowded, cheap] = model.expect.as_slice() else {
        unreachable!("{:?}", model.expect)
    };
    assert_eq!(
        quick.metric.value.dimension(),
        crate::units::Dimension::Duration
    );
    let word = quick.metric.value.show().unwrap();
    assert_eq!(word.as_text(), Some("latency.p99"));
    let (side, bound) = quick.bounds().next().unwrap();
    assert_eq!((side, quick.value(bound)), ("is", Some(0.2)));
    assert!((quick.within.as_ref().unwrap().get() - 0.05).abs() < 1e-12);
    assert!(
        matches!(&crowded.metric.value, Measured::Other(Metric::InSystem(present)) if present.at_least.get() == 10)
    );
    assert_eq!(crowded.at.as_ref().map(|at| at.ns()), Some(20_000_000_000));
    assert_eq!(
        crowded
            .bounds()
            .next()
            .map(|(side, bound)| (side, crowded.value(bound))),
        Some(("at-most", Some(0.125)))
    );
    assert_eq!(
        cheap.bounds().next().map(|(side, _)| side),
        Some("at-least")
    );
}

#[test]
fn steps_are_read_as_they_are_written() {
    let model = good(TEXT);
    let web = model.services.get("web").unwrap();
    let verbs = |name: &str| {
        web.endpoints
            .get(name)
            .unwrap()
            .iter()
            .map(|step| step.verb.word())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(verbs("product"), "compute sleep get call reply send");
    assert_eq!(
        verbs("checkout"),
        "run parallel repeat repeat choose when hold set forward"
    );
    let product = web.endpoints.get("product").unwrap();
    assert_eq!(
        product[0].label.as_ref().map(|label| label.as_str()),
        Some("render")
    );
    let Verb::Compute(compute) = &product[0].verb else {
        unreachable!("{product:?}")
    };
    assert!(
        matches!(compute.work.law, Law::Lognormal { mean, .. } if (mean - 4e6).abs() < 1e-6),
        "two assumptions deep"
    );
    let checkout = web.endpoints.get("checkout").unwrap();
    let Verb::Parallel(parallel) = &checkout[1].verb else {
        unreachable!("{checkout:?}")
    };
    assert!(matches!(&parallel.on_failure, OnFailure::Do(block) if block.len() == 1));
    let Verb::Call(call) = &parallel.branches[1][0].verb else {
        unreachable!("{parallel:?}")
    };
    assert!(matches!(
        &call.deadline,
        Some(Deadline {
            propagate: true,
            ..
        })
    ));
    assert_eq!(
        call.retry
            .as_ref()
            .map(|retry| (retry.attempts.value, retry.when.len())),
        Some((
            crate::model::Limit::Of(NonZeroU64::MIN.saturating_add(1)),
            2
        ))
    );
    let Verb::Repeat(repeat) = &checkout[2].verb else {
        unreachable!("{checkout:?}")
    };
    assert_eq!(repeat.at_once.value, AtOnce::All);
    let Verb::When(when) = &checkout[5].verb else {
        unreachable!("{checkout:?}")
    };
    assert!(when.conditions.len() == 4 && when.otherwise.is_some() && when.body.len() == 1);
    assert!(
        model
            .services
            .get("audit")
            .unwrap()
            .endpoints
            .get("log")
            .unwrap()
            .is_empty()
    );
}

#[test]
fn the_least_model_is_three_lines_and_every_default_is_without_effect() {
    let model = good(
        "scaleproof: model/1\nname: mm1\nworkloads: { w: { open: { rate: 1/s }, mix: { s.e: 1 } } }\n",
    );
    assert!(model.services.is_empty() && model.network.is_none());
    let model = good(&with(
        "services: { s: { endpoints: { e: { compute: 1ms } } } }",
    ));
    let service = model.services.get("s").unwrap();
    let station = &service.station;
    assert!(station.cores.value == Limit::Of(Positive::new(1.0).unwrap()));
    assert!(
        station.concurrency.value == Limit::Unlimited && station.backlog.value == Limit::Unlimited
    );
    assert!(
        station.cpu == Cpu::Ps
            && station.discipline == Discipline::Fifo
            && station.patience.is_none()
    );
}

#[test]
fn line_ends_and_byte_order_marks_make_no_difference() {
    let model = good(TEXT);
    let windows = good(&format!("\u{feff}{}", TEXT.replace('\n', "\r\n")));
    assert_eq!(crate::model::show(&windows), crate::model::show(&model));
}
