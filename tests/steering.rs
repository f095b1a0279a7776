//! Who is sent where first: shares and times worked out by hand.

mod common;

use scaleproof::analysis::saturation::sentence as saturation;
use scaleproof::analysis::{Estimate, Meta, RouteResult, RunResult, Status, summarise};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::{Plan, listing};

const SECOND: u64 = 1_000_000_000;

fn run(plan: &Plan, seconds: u64, warm_up: u64) -> RunResult {
    let request = Request {
        replications: Some(8),
        duration: Some(seconds * SECOND),
        warm_up: Some(warm_up * SECOND),
        ..Request::default()
    };
    let outcome = lab::run(plan, &request, &Silent);
    summarise(plan, &outcome, &Meta::default())
}

fn plan(text: &str) -> Plan {
    common::plan(&format!("scaleproof: model/1\nname: steering\n{text}"))
}

fn route<'r>(result: &'r RunResult, name: &str) -> &'r RouteResult {
    let mut routes = result.routes.iter();
    routes
        .find(|route| route.name == name)
        .expect("it is told of")
}

/// Inside the interval, which is no wider than so much.
fn holds(estimate: &Estimate, value: f64, width: f64) {
    let (Some(low), Some(high)) = (estimate.low, estimate.high) else {
        panic!("{estimate:?}")
    };
    assert!(
        low <= value && value <= high && high - low <= width,
        "{estimate:?} is not {value}"
    );
}

fn about(estimate: &Estimate, value: f64, error: f64) {
    let found = estimate.value.expect("it has a value");
    assert!(
        (found - value).abs() <= error,
        "{estimate:?} is not {value}"
    );
}

fn saturates(plan: &Plan, at: &str) {
    let said = saturation(plan);
    assert!(said.contains(at), "{said}");
}

/// Offered utilisations of two processors in a row, worked out before the run.
fn asks_for(plan: &Plan, first: usize, wanted: [f64; 2]) {
    let load = &plan.load.processor_load;
    let pairs = load[first..].iter().zip(wanted);
    assert!(
        pairs.clone().all(|(one, other)| (one - other).abs() < 0.01),
        "{load:?}"
    );
}

const ZONES: &str = "regions: { eu: { zones: [a, b] } }\nworkloads: { users: { open: { rate: 100/s }, mix: { front.go: 1 } } }\n";

/// Three callers in zones a, b and a, and a replica of what they call in each: a has two thirds of the calls, which the static load
/// knows as well.
#[test]
fn callers_stay_in_their_zone() {
    let services = |prefer: &str| {
        format!(
            "{ZONES}services:\n  front: {{ replicas: 3, endpoints: {{ go: {{ call: back.go }} }} }}\n  back: {{ replicas: 2, {prefer} endpoints: {{ go: {{ compute: 6ms }} }} }}\n"
        )
    };
    let zonal = plan(&services("prefer: same-zone,"));
    let busy = |plan: &Plan| [plan.load.processor_load[3], plan.load.processor_load[4]];
    let near = |found: [f64; 2], wanted: [f64; 2]| {
        let pairs = found.iter().zip(wanted);
        assert!(
            pairs.clone().all(|(one, other)| (one - other).abs() < 1e-9),
            "{found:?}"
        );
    };
    near(busy(&zonal), [0.4, 0.2]);
    near(busy(&plan(&services(""))), [0.3, 0.3]);
    let result = run(&zonal, 400, 5);
    let [a, b] = route(&result, "back").areas.as_slice() else {
        panic!("two zones")
    };
    assert_eq!((a.name.as_str(), b.name.as_str()), ("eu/a", "eu/b"));
    holds(&a.share, 2.0 / 3.0, 0.02);
    assert_eq!(
        (a.elsewhere.value, b.elsewhere.value),
        (Some(0.0), Some(0.0))
    );
    assert!(listing::listing(&zonal).contains("callers go to the nearest of eu/a, eu/b"));
    assert!(run(&plan(&services("")), 10, 5).routes.is_empty());
}

/// Each replica works two thirds of the time. Of the calls to one, those with this first choice (½) come while it works (⅔) or while both
/// are down (1/9); those with the other one (½) while that is down and it works (2/9): 2/9 of all calls to it are redirected. A call fails
/// when both are down.
#[test]
fn who_is_down_is_left_out_and_the_others_of_the_region_help() {
    let plan = plan(&format!(
        "{ZONES}services:\n  front: {{ replicas: 2, endpoints: {{ go: {{ call: back.go }} }} }}\n  \
         back: {{ replicas: 2, prefer: same-zone, reliability: {{ up: {{ exponential: 2s }}, down: {{ exponential: 1s }} }}, endpoints: {{ go: [] }} }}\n"
    ));
    let result = run(&plan, 4000, 10);
    for area in &route(&result, "back").areas {
        holds(&area.share, 0.5, 0.02);
        holds(&area.elsewhere, 2.0 / 9.0, 0.02);
    }
    holds(&result.endpoints[0].success, 8.0 / 9.0, 0.02);
}

fn two_regions(service: &str, rest: &str) -> String {
    format!(
        "{rest}\nworkloads: {{ users: {{ from: eu, open: {{ rate: 100/s }}, mix: {{ shop.go: 1 }} }} }}\n\
         network: {{ same-zone: {{ rtt: 1ms }}, between: [ {{ ends: [eu, us], rtt: 80ms }} ] }}\n\
         services: {{ web: {{ in: [eu, us], {service} endpoints: {{ go: {{ compute: 8ms }} }} }} }}\n"
    )
}

const REGIONS: &str = "regions: { eu: {}, us: {} }";
const LOST: &str = "regions: { eu: { reliability: { up: 100s, down: 100s } }, us: {} }";

/// A region is lost every 200 s for 100 s. Looks at 100 s and 101 s find that; answers are up to 10 s old, so that of the requests between
/// 101 s and 111 s half find out too late, as those who come back do: 1 s + 5 s of 200 s fail, and half of all requests are answered
/// from the other side, 80 ms away.
#[test]
fn callers_go_by_old_answers_until_they_ask_again() {
    let routes = "routes: { shop: { to: web, check: { every: 1s, fails: 2 }, client-ttl: 10s } }\n";
    let plan = plan(&two_regions("", &format!("{routes}{LOST}")));
    let result = run(&plan, 2000, 200);
    about(&result.endpoints[0].success, 0.97, 0.001);
    let [eu, us] = route(&result, "shop").areas.as_slice() else {
        panic!("two regions")
    };
    about(&eu.share, 0.5, 0.002);
    about(&us.elsewhere, 1.0, 0.0);
    let place = &result.places[0];
    assert_eq!(place.name, "eu");
    about(place.breakdowns.up.as_ref().expect("of a place"), 0.5, 1e-9);
    let said = listing::listing(&plan);
    let words = "to web in eu, us, down after 2 looks 1.00s apart, answers up to 10.0s old";
    assert!(said.contains(words), "{said}");
}

/// Without a check half of all requests go to a region that is not there; with one and no old answers only those of the 1 s between the
/// first look and the second.
#[test]
fn a_director_that_does_not_look_sends_to_where_nobody_is() {
    let failing = |rest: &str| {
        let routes = format!("routes: {{ shop: {{ to: web {rest} }} }}\n{LOST}");
        run(&plan(&two_regions("", &routes)), 2000, 200).endpoints[0]
            .success
            .clone()
    };
    about(&failing(""), 0.5, 0.002);
    about(&failing(", check: { every: 1s, fails: 2 }"), 0.995, 0.001);
}

/// A caller's own balancer sees at once that a region is gone, and goes to the next one.
#[test]
fn calls_leave_a_region_where_nobody_works() {
    let held = plan(
        "regions: { eu: { zones: [a], zone-reliability: { up: 10s, down: 10s } }, us: {}, ap: {} }\n\
         workloads: { users: { from: ap, open: { rate: 100/s }, mix: { front.go: 1 } } }\n\
         network: { between: [ { ends: [eu, us], rtt: 80ms }, { ends: [ap, us], rtt: 100ms }, { ends: [ap, eu], rtt: 60ms } ] }\n\
         services:\n  front: { in: [ap], endpoints: { go: { call: web.go } } }\n  web: { in: [us, eu], failover: region, endpoints: { go: [] } }\n",
    );
    let result = run(&held, 2000, 20);
    // Those on their way there when it goes find nobody: 30 ms of every 20 s.
    about(&result.endpoints[0].success, 1.0 - 0.0015, 0.0003);
    let [us, eu] = route(&result, "web").areas.as_slice() else {
        panic!("two regions")
    };
    about(&eu.share, 0.5, 0.002);
    about(&us.elsewhere, 1.0, 0.0);
    // 60 ms to the nearer one for half of the requests, 100 ms for the others.
    about(&result.endpoints[0].latency.mean, 0.08, 0.001);
}

/// Seven of ten to the first, wherever the caller is; nobody is redirected.
#[test]
fn weights_deal_to_regions() {
    let routes = "routes: { shop: { to: web, pick: { weighted: { us: 70%, eu: 30% } } } }\n";
    let plan = plan(&two_regions("", &format!("{routes}{REGIONS}")));
    assert!(
        (plan.load.processor_load[1] - 0.56).abs() < 1e-9,
        "{:?}",
        plan.load.processor_load
    );
    let result = run(&plan, 500, 5);
    let [us, eu] = route(&result, "shop").areas.as_slice() else {
        panic!("two regions")
    };
    holds(&us.share, 0.7, 0.01);
    about(&eu.elsewhere, 0.0, 0.0);
    assert!(listing::listing(&plan).contains("to web in us 70.0%, eu 30.0%"));
}

/// The list of `failover` decides, not the way: the second of two is never asked while the first works.
#[test]
fn a_standby_region_is_only_asked_when_the_other_is_down() {
    let routes = "routes: { shop: { to: web, pick: { failover: [us, eu] } } }\n";
    let result = run(
        &plan(&two_regions("", &format!("{routes}{REGIONS}"))),
        100,
        5,
    );
    let [us, eu] = route(&result, "shop").areas.as_slice() else {
        panic!("two regions")
    };
    assert_eq!((eu.share.value, us.share.value), (Some(0.0), Some(1.0)));
}

/// 80 % busy where 50 % are allowed: 5/8 of the calls stay, and the other region gets 30 % of a core. The static load knows it too.
#[test]
fn what_is_too_busy_sends_calls_on() {
    for of in ["cores", "slots"] {
        let routes = format!(
            "routes: {{ shop: {{ to: web, spill: {{ above: 50%, of: {of} }} }} }}\n{REGIONS}"
        );
        let plan = plan(&two_regions("concurrency: 1,", &routes));
        asks_for(&plan, 0, [0.5, 0.3]);
        let result = run(&plan, 2000, 200);
        let [eu, us] = route(&result, "shop").areas.as_slice() else {
            panic!("two regions")
        };
        about(&eu.share, 0.625, 0.015);
        about(&us.elsewhere, 1.0, 0.0);
    }
}

/// Twice as many calls come from one zone as from the other; it keeps what makes it as busy as allowed.
#[test]
fn a_busy_zone_sends_calls_to_the_next() {
    let plan = plan(&format!(
        "{ZONES}services:\n  front: {{ replicas: 3, endpoints: {{ go: {{ call: back.go }} }} }}\n  \
         back: {{ replicas: 2, prefer: {{ same-zone: {{ spill: {{ above: 45% }} }} }}, endpoints: {{ go: {{ compute: 8ms }} }} }}\n"
    ));
    asks_for(&plan, 3, [0.45, 0.35]);
    let result = run(&plan, 2000, 200);
    let areas = &route(&result, "back").areas;
    about(&areas[0].share, 0.45 / 0.8, 0.015);
    about(&areas[1].elsewhere, 0.0833 / 0.35, 0.03);
}

/// The leader is lost with its region after 40 s: the other copy leads from then on, without the writes of the last second, of which there
/// are 20.
#[test]
fn databases_lose_their_leader_with_a_zone() {
    let plan = plan(
        "data: { rows: { items: 10 } }\nregions: { eu: { zone-reliability: { up: 40s, down: 40s } }, us: {} }\n\
         workloads: { users: { from: us, open: { rate: 20/s }, mix: { d.put: 1 } } }\n\
         databases: { d: { of: rows, in: [eu, us], replicas: 2, lag: 1s, failover: { detect: 1s, elect: 1s }, queries: { put: { writes: one, do: [] } } } }\n",
    );
    let result = run(&plan, 150, 0);
    let told = result.components[0]
        .breakdowns
        .as_ref()
        .expect("it leads elsewhere");
    assert!(told.up.is_none() && told.per_day.is_none());
    let lost = told.lost_writes_per_day.as_ref().expect("copies lead");
    assert_eq!(lost.status, Status::Ok);
    let per_day = 20.0 * 86_400.0 / 150.0;
    about(lost, per_day, 0.25 * per_day);
    assert_eq!(result.places.len(), 1);
}

/// What breaks by itself and what goes with its region are told apart.
#[test]
fn places_and_replicas_are_counted_apart() {
    let service = "replicas: 2, reliability: { up: 30s, down: 10s },";
    let text = two_regions(
        service,
        &format!("routes: {{ shop: {{ to: web }} }}\n{LOST}"),
    );
    let result = run(&plan(&text), 2000, 200);
    about(
        result.places[0].breakdowns.up.as_ref().expect("of a place"),
        0.5,
        1e-9,
    );
    let web = result.components[0].breakdowns.as_ref().expect("it breaks");
    about(web.up.as_ref().expect("by itself"), 0.75, 0.01);
}

/// A region that was not seen to go says nothing of what then fails.
#[test]
fn a_region_that_was_never_lost_leaves_success_unknown() {
    let lost = LOST.replace("up: 100s", "up: { exponential: 30d }");
    let routes = format!("routes: {{ shop: {{ to: web }} }}\n{lost}");
    let result = run(&plan(&two_regions("", &routes)), 100, 5);
    assert_eq!(result.endpoints[0].success.status, Status::TooFew);
    assert!(
        result
            .run
            .warnings
            .iter()
            .any(|line| line.contains("No breakdown of `eu` was seen"))
    );
}

/// One of two replicas is lost for 100 of every 200 s: (its region's) part of all calls, and the share that succeeds.
fn one_of_two(balance: &str) -> (f64, f64) {
    let plan = plan(&format!(
        "regions: {{ eu: {{ reliability: {{ up: 100s, down: 100s }} }}, us: {{}}, ap: {{}} }}\n\
         network: {{ between: [ {{ ends: [eu, us], rtt: 0s }}, {{ ends: [ap, us], rtt: 0s }}, {{ ends: [ap, eu], rtt: 0s }} ] }}\n\
         workloads: {{ users: {{ from: ap, open: {{ rate: 200/s }}, mix: {{ web.go: 1 }} }} }}\n\
         services: {{ web: {{ in: [eu, us], {balance}, endpoints: {{ go: [] }} }} }}\n"
    ));
    let request = Request {
        replications: Some(8),
        duration: Some(2000 * SECOND),
        warm_up: Some(200 * SECOND),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let sum = |of: &dyn Fn(&scaleproof::measure::Tally) -> u64| -> f64 {
        outcome.tallies.iter().map(|tally| of(tally) as f64).sum()
    };
    let eu = sum(&|tally| tally.stations[0].arrived);
    let us = sum(&|tally| tally.stations[1].arrived);
    let (ok, sent) = (
        sum(&|tally| tally.entries[0].ok),
        sum(&|tally| tally.entries[0].sent),
    );
    (eu / (eu + us), ok / sent)
}

/// Checks at 100 s and 101 s find that it is down, those at 200 s and 201 s that it is back: of the calls between 100 s and 101 s half
/// fail before they arrive, and from 101 s to 201 s it gets none.
#[test]
fn health_checks_notice_late() {
    for (balance, failing) in [
        ("balance: random", 0.0),
        ("balance: random, check: { every: 1s, fails: 2 }", 0.5),
        ("balance: round-robin, check: { every: 5s, fails: 2 }", 2.5),
    ] {
        let (part, failing) = ((50.0 - failing) / (200.0 - failing), failing / 200.0);
        let (found, ok) = one_of_two(balance);
        assert!((found - part).abs() < 0.002, "{balance}: {found}");
        assert!((1.0 - ok - failing).abs() < 0.0005, "{balance}: {ok}");
    }
}

/// Back at 200 s, it counts as the part f of a replica that grows from a tenth to the whole in 40 s, and gets f/(1 + f) of the calls: of 40 s,
/// 4 × 0.1/1.1 + 40 × ((1 - ln 2) - (0.1 - ln 1.1)) = 12.45 s in place of 20 s. Of 200 s it gets 12.45 + 30 in place of 50. Idle, it seems
/// to have 1/f - 1 requests more than the other: with least requests it gets none as long as that is 1 or more, which is until 200 s + 2/3 of
/// 40 s (rounded: 1/f - 1 < 0.5), and half of them from then on.
#[test]
fn who_is_back_starts_slowly() {
    let (found, ok) = one_of_two("balance: random, slow-start: 40s");
    let part =
        (4.0 * 0.1 / 1.1 + 40.0 * ((1.0 - 2_f64.ln()) - (0.1 - 1.1_f64.ln())) + 30.0) / 200.0;
    assert!(
        (found - part).abs() < 0.002 && ok > 0.9999,
        "{found} is not {part}"
    );
    let (found, _) = one_of_two("balance: least-requests, slow-start: 40s");
    let part = (40.0 / 6.0 + 30.0) / 200.0;
    assert!((found - part).abs() < 0.002, "{found} is not {part}");
    // Rules that take the one with least to do see it as often as its part says, and then take either: f/2.
    for balance in ["join-idle-queue", "least-work"] {
        let (found, _) = one_of_two(&format!("balance: {balance}, slow-start: 40s"));
        let part = (0.5 * (4.0 * 0.1 + 36.0 * 0.55) + 30.0) / 200.0;
        assert!(
            (found - part).abs() < 0.002,
            "{balance}: {found} is not {part}"
        );
    }
}

/// Both zones are busier than allowed: nobody has room, so everybody stays.
#[test]
fn zones_that_are_all_busy_do_not_swap_calls() {
    let plan = plan(&format!(
        "{ZONES}services:\n  front: {{ replicas: 2, endpoints: {{ go: {{ call: back.go }} }} }}\n  \
         back: {{ replicas: 2, prefer: {{ same-zone: {{ spill: {{ above: 60% }} }} }}, endpoints: {{ go: {{ compute: 14ms }} }} }}\n"
    ));
    let result = run(&plan, 1000, 200);
    for area in &route(&result, "back").areas {
        assert!(
            area.elsewhere.value.is_some_and(|share| share < 0.1),
            "{area:?}"
        );
    }
    saturates(&plan, "at 1.43 ×");
}

/// 105 % of one region and 60 % of the other: nobody has room below 60 %, but the other is not full.
#[test]
fn overload_is_shared_where_somebody_is_not_full() {
    let text = two_regions(
        "concurrency: 4,",
        &format!("routes: {{ shop: {{ to: web, spill: {{ above: 60% }} }} }}\n{REGIONS}"),
    );
    let text = text.replace(
        "workloads: {",
        "workloads: { others: { from: us, open: { rate: 75/s }, mix: { shop.go: 1 } },",
    );
    let text = text.replace("rate: 100/s", "rate: 131.25/s");
    let plan = plan(&text);
    asks_for(&plan, 0, [1.0, 0.65]);
    saturates(&plan, "at 1.21 ×");
}

/// Only those who work count: with one of two replicas down for most of the time, the other one is full at half of all.
#[test]
fn who_is_down_is_not_idle() {
    let text = two_regions(
        "replicas: 2, concurrency: 1, backlog: 50,",
        &format!(
            "routes: {{ shop: {{ to: web, spill: {{ above: 60% }} }} }}\n{}",
            "regions: { eu: { zones: [a, b], zone-reliability: { up: { exponential: 1000s }, down: { exponential: 1000s } } }, us: {} }"
        ),
    );
    let result = run(&plan(&text), 40_000, 200);
    let us = &route(&result, "shop").areas[1];
    // 40 % of two replicas with both, 80 % of one: then a quarter of the calls go on. With none up, all stay and fail.
    about(&us.share, 0.5 * 0.25, 0.03);
}

/// A zone that spills never leaves its region while somebody works there.
#[test]
fn a_spill_stays_in_the_region() {
    let plan = plan(
        "regions: { eu: { zones: [a] }, us: { reliability: { up: 1d, down: 1h } } }\nnetwork: { between: [ { ends: [eu, us], rtt: 100ms } ] }\n\
         workloads: { users: { from: eu, open: { rate: 100/s }, mix: { front.go: 1 } } }\n\
         services:\n  front: { in: [eu], endpoints: { go: { call: back.go } } }\n  \
         back: { in: [eu, us], prefer: { same-zone: { spill: { above: 50% } } }, failover: region, endpoints: { go: { compute: 8ms } } }\n",
    );
    let result = run(&plan, 300, 50);
    assert_eq!(route(&result, "back").areas[1].share.value, Some(0.0));
}

/// Calls that go on do not disturb the turns of those that stay: both replicas of a zone are equally busy.
#[test]
fn turns_are_kept_apart() {
    let plan = plan(
        "regions: { eu: { zones: [a, b] } }\nworkloads: { users: { open: { rate: 200/s }, mix: { front.go: 1 } } }\n\
         services:\n  front: { replicas: 1, endpoints: { go: { call: back.go } } }\n  \
         back: { replicas: 3, balance: round-robin, prefer: { same-zone: { spill: { above: 60% } } }, endpoints: { go: { compute: 8ms } } }\n",
    );
    let request = Request {
        replications: Some(4),
        duration: Some(500 * SECOND),
        warm_up: Some(100 * SECOND),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let arrived = |station: usize| -> f64 {
        outcome
            .tallies
            .iter()
            .map(|tally| tally.stations[station].arrived as f64)
            .sum()
    };
    let (one, other, beyond) = (arrived(1), arrived(3), arrived(2));
    assert!((one / other - 1.0).abs() < 0.01, "{one} {other}");
    assert!(beyond / (one + other + beyond) > 0.2);
}

/// Half of all calls, and all of them while the other region is known to be down, which is half of the time.
#[test]
fn a_region_that_is_down_has_no_weight() {
    let pick = "pick: { weighted: { eu: 1, us: 1 } }, check: { every: 1s, fails: 1 }";
    let routes = format!("routes: {{ shop: {{ to: web, {pick} }} }}\n{LOST}");
    let result = run(&plan(&two_regions("", &routes)), 2000, 200);
    about(&route(&result, "shop").areas[1].share, 0.75, 0.01);
    about(&result.endpoints[0].success, 1.0, 0.001);
}

/// Weight 0 is nothing at all, also when the only other region is down.
#[test]
fn a_region_without_weight_gets_nothing() {
    for weights in ["eu: 1, us: 0", "us: 0, eu: 1"] {
        let routes = format!(
            "routes: {{ shop: {{ to: web, pick: {{ weighted: {{ {weights} }} }}, check: {{ every: 1s, fails: 1 }} }} }}\n{LOST}"
        );
        let result = run(&plan(&two_regions("", &routes)), 1000, 200);
        let areas = route(&result, "shop").areas.iter();
        let shares: Vec<_> = areas
            .map(|area| (area.name.as_str(), area.share.value))
            .collect();
        assert!(
            shares.contains(&("eu", Some(1.0))) && shares.contains(&("us", Some(0.0))),
            "{shares:?}"
        );
    }
}

/// Replicas that stand still until their repair do not answer checks either.
#[test]
fn who_stands_still_is_down_for_a_director() {
    let text = "regions: { eu: {}, us: {} }\nroutes: { shop: { to: web, check: { every: 1s, fails: 1 } } }\n";
    let text = two_regions(
        "reliability: { up: { exponential: 50s }, down: { exponential: 50s }, work: resume },",
        text,
    );
    let result = run(&plan(&text), 8000, 200);
    let areas = &route(&result, "shop").areas;
    // A quarter of the time eu is down and us is not.
    about(&areas[1].share, 0.25, 0.03);
}

/// Users outside have no zone of their own; what goes to another region is redirected all the same.
#[test]
fn who_has_no_zone_is_redirected_too() {
    let text = format!(
        "{LOST}\nworkloads: {{ users: {{ from: eu, open: {{ rate: 100/s }}, mix: {{ web.go: 1 }} }} }}\n\
         network: {{ between: [ {{ ends: [eu, us], rtt: 80ms }} ] }}\n\
         services: {{ web: {{ in: [eu, us], replicas: 2, prefer: same-zone, failover: region, endpoints: {{ go: [] }} }} }}\n"
    );
    let text = text.replace("eu: { reliability", "eu: { zones: [a, b], reliability");
    let result = run(&plan(&text), 2000, 200);
    let areas = &route(&result, "web").areas;
    let us = areas.last().expect("three zones");
    about(&us.share, 0.5, 0.01);
    about(&us.elsewhere, 1.0, 0.0);
}

/// What is too much for the first of a list goes to the second, and not to a region that the list leaves out, however near; nor to one of
/// weight 0.
#[test]
fn what_spills_stays_among_those_that_may_be_chosen() {
    for (pick, on, regions) in [
        ("failover: [eu, us]", 0.375, 2),
        // The third is nearer, but stands last in the list.
        ("failover: [eu, us, ap]", 0.375, 3),
        ("weighted: { eu: 1, us: 0 }", 0.0, 2),
    ] {
        let plan = plan(&format!(
            "regions: {{ eu: {{}}, us: {{}}, ap: {{}} }}\nnetwork: {{ between: [ {{ ends: [eu, us], rtt: 80ms }}, {{ ends: [eu, ap], rtt: 10ms }}, {{ ends: [ap, us], rtt: 80ms }} ] }}\n\
             workloads: {{ users: {{ from: eu, open: {{ rate: 100/s }}, mix: {{ shop.go: 1 }} }} }}\n\
             routes: {{ shop: {{ to: web, pick: {{ {pick} }}, spill: {{ above: 50% }} }} }}\n\
             services: {{ web: {{ in: [eu, us, ap], endpoints: {{ go: {{ compute: 8ms }} }} }} }}\n"
        ));
        asks_for(&plan, 0, [0.8 * (1.0 - on), 0.8 * on]);
        assert!(plan.load.processor_load[2].abs() < 1e-9);
        let result = run(&plan, 1000, 200);
        let areas = &route(&result, "shop").areas;
        assert_eq!(areas.len(), regions);
        about(&areas[1].share, on, 0.02);
    }
}
