//! Content delivery networks, on timelines computed by hand: `2:5` is the third user who ends at 5 s.
//!
//! Users are 2 s (there and back) from their region and receive 500 B/s; objects have 1,000 B, so that they take 2 s. The origin
//! stands in `eu` and works for 3 s; from `us` it is 4 s there and back at 1,000 B/s, from `ap` 8 s with no bound.

mod common;

use scaleproof::analysis::{bill, cdn};
use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::lab::{self, Request, Silent};
use scaleproof::plan::SiteMeter;
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    /// Objects and bytes by meter.
    meters: Vec<(u64, u64)>,
    calls_of_origin: u32,
}

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: Outcome) {
        let at = (now as f64 / 1e6).round() / 1e3;
        let _ = match outcome {
            Ok(()) => write!(self.text, "{entry}:{at} "),
            Err(cause) => write!(self.text, "{entry}:{at} {} ", cause.name()),
        };
    }
    fn metered(&mut self, meter: u32, bytes: u64, _now: u64) {
        let row = &mut self.meters[meter as usize];
        *row = (row.0 + 1, row.1 + bytes);
    }
    fn called(&mut self, _call: u32, endpoint: u32, _attempt: u8, _now: u64) {
        // Services come first.
        self.calls_of_origin += u32::from(endpoint == 0);
    }
}

/// Users who ask once, each at its time [s] from its region for its object, of a CDN with these fields.
fn log(users: &[(f64, &str, u32)], cdn: &str, fetch: &str) -> Log {
    let mut text = "scaleproof: model/1\nname: cdn\nregions: { eu: {}, us: {}, ap: {} }\n\
        network: { between: [ { ends: [eu, us], rtt: 4s, bandwidth: 1000B/s }, { ends: [eu, ap], rtt: 8s }, { ends: [us, ap], rtt: 6s } ] }\n\
        data: { media: { items: 5, size: 1000B } }\nworkloads:\n"
        .to_owned();
    for (number, (_, from, _)) in users.iter().enumerate() {
        let _ = writeln!(
            text,
            "  w{number}: {{ from: {from}, access: {{ rtt: 2s, down: 500B/s }}, closed: {{ users: 1, think: 1000s }}, mix: {{ j{number}: 1 }} }}"
        );
    }
    text.push_str("journeys:\n");
    for (number, (at, _, object)) in users.iter().enumerate() {
        let _ = writeln!(
            text,
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: edge.get, with: {{ media: {object} }} }} ]"
        );
    }
    let _ = writeln!(
        text,
        "services: {{ origin: {{ in: [eu], endpoints: {{ fetch: {fetch} }} }} }}\n\
         cdns: {{ edge: {{ of: media, origin: origin.fetch, {cdn} }} }}"
    );
    let plan = common::plan(&text);
    let log = Log {
        meters: vec![(0, 0); plan.meters() as usize],
        ..Log::default()
    };
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, log);
    engine.run_until(500_000_000_000).expect("no overflow");
    engine.close();
    let mut log = std::mem::take(&mut engine.probe);
    log.text.truncate(log.text.trim_end().len());
    log
}

const FETCH: &str = "[ { sleep: 3s }, { reply: { object-size: media } } ]";

/// At the site at 1, at the origin from 3 to 6, back at 9 (of which 1 s to send it), with the user at 12. Who finds it has it in 4 s.
#[test]
fn what_a_site_lacks_comes_from_the_origin_and_stays() {
    let users = [(0.0, "us", 0), (20.0, "us", 0), (20.0, "us", 1)];
    let found = log(&users, "sites: { us: 1 }, capacity: 5 items", FETCH);
    assert_eq!(found.text, "0:12 1:24 2:32");
    let mut meters = [(0, 0); 3];
    meters[SiteMeter::Found as usize] = (1, 1000);
    meters[SiteMeter::Asked as usize] = (2, 2000);
    meters[SiteMeter::Fetched as usize] = (2, 2000);
    assert_eq!(found.meters, meters);
    // A site with room for one thousand bytes keeps the last one only.
    let users = [(0.0, "us", 0), (20.0, "us", 1), (40.0, "us", 0)];
    let found = log(&users, "sites: { us: 1 }, capacity: 1000B", FETCH);
    assert_eq!(found.text, "0:12 1:32 2:52");
    // A time to live of 10 s from 9 is over at 21.
    let users = [(0.0, "us", 0), (17.0, "us", 0), (20.0, "us", 0)];
    let found = log(
        &users,
        "sites: { us: 1 }, capacity: 5 items, ttl: 10s",
        FETCH,
    );
    assert_eq!(found.text, "0:12 1:21 2:32");
}

/// The second asks the site at 3, while the first waits: with a fetch of its own it is served at 14, by the first one's at 12.
#[test]
fn requests_for_one_object_can_share_a_fetch() {
    let users = [(0.0, "us", 0), (2.0, "us", 0)];
    let alone = log(&users, "sites: { us: 1 }, capacity: 5 items", FETCH);
    assert_eq!(
        (alone.text.as_str(), alone.calls_of_origin),
        ("0:12 1:14", 2)
    );
    let shared = "sites: { us: 1 }, capacity: 5 items, coalesce: true";
    let shared = log(&users, shared, FETCH);
    assert_eq!(
        (shared.text.as_str(), shared.calls_of_origin),
        ("0:12 1:12", 1)
    );
    assert_eq!(shared.meters[SiteMeter::Found as usize], (1, 1000));
}

/// A fetch that fails at 6 is back at the site at 8 and with the users at 9; or the one who waited fetches then, and fails at 16.
#[test]
fn a_failed_fetch_is_not_kept() {
    let users = [(0.0, "us", 0), (2.0, "us", 0)];
    let fields = |coalesce| format!("sites: {{ us: 1 }}, capacity: 5 items, coalesce: {coalesce}");
    let shared = log(&users, &fields("true"), "[ { sleep: 3s }, fail ]");
    assert_eq!(shared.text, "0:9 error 1:9 error");
    assert_eq!(shared.meters[SiteMeter::Asked as usize], (1, 1000));
    assert_eq!(shared.meters[SiteMeter::Fetched as usize], (0, 0));
    let next = log(
        &users,
        &fields("{ failed: next }"),
        "[ { sleep: 3s }, fail ]",
    );
    assert_eq!(next.text, "0:9 error 1:16 error");
    assert_eq!(next.meters[SiteMeter::Asked as usize], (2, 2000));
}

/// The shield stands beside the origin. What `us` has asked for is there for `ap`: at the site at 21, at the shield at 25, back at 29.
#[test]
fn sites_ask_the_shield_first() {
    let users = [(0.0, "us", 0), (20.0, "ap", 0)];
    let fields = "sites: { us: 1, ap: 1 }, capacity: 5 items";
    let without = log(&users, fields, FETCH);
    assert_eq!(
        (without.text.as_str(), without.calls_of_origin),
        ("0:12 1:35", 2)
    );
    let fields = format!("{fields}, shield: {{ in: eu, capacity: 5 items }}");
    let with = log(&users, &fields, FETCH);
    assert_eq!((with.text.as_str(), with.calls_of_origin), ("0:12 1:32", 1));
    // Two sites asked the shield, which found one of them.
    let shield = &with.meters[2 * SiteMeter::ALL as usize..];
    assert_eq!(shield, [(1, 1000), (1, 1000), (1, 1000)]);
}

/// `eu` has no site: from there `us` is nearer than `ap`. The user's way is 6 s there and back, at 500 B/s.
#[test]
fn who_has_no_site_goes_to_the_nearest() {
    let fields = "sites: { ap: 1, us: 1 }, capacity: 5 items, start: warm";
    let users = [(0.0, "eu", 3); 8];
    let all = "0:8 1:8 2:8 3:8 4:8 5:8 6:8 7:8";
    assert_eq!(log(&users, fields, FETCH).text, all);
    let far = "sites: { ap: 1 }, capacity: 5 items, start: warm";
    assert_eq!(log(&[(0.0, "eu", 3)], far, FETCH).text, "0:12");
}

/// `key` on a call names the object, whatever the data set's own attribute is: objects 0 and 4 by two attributes.
#[test]
fn a_call_says_which_object_it_wants() {
    let text = |key: &str| {
        format!(
            "scaleproof: model/1\nname: key\ndata: {{ media: {{ items: 5, size: 1B }} }}\nattributes: {{ other: {{ key: media }} }}\n\
             workloads: {{ w: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ j: 1 }} }} }}\n\
             journeys: {{ j: [ {{ set: {{ media: 0, other: 4 }} }}, {{ call: edge.get }}, {{ call: edge.get, key: {key} }} ] }}\n\
             services: {{ origin: {{ endpoints: {{ fetch: {{ sleep: 3s }} }} }} }}\n\
             cdns: {{ edge: {{ of: media, sites: 1, capacity: 5 items, origin: origin.fetch }} }}"
        )
    };
    let ends = |key: &str| {
        let plan = common::plan(&text(key));
        let log = Log {
            meters: vec![(0, 0); plan.meters() as usize],
            ..Log::default()
        };
        let mut engine = Engine::new(&plan, 1, 0, 1 << 16, log);
        engine.run_until(500_000_000_000).expect("no overflow");
        engine.probe.text.clone()
    };
    assert_eq!(
        (ends("media").as_str(), ends("other").as_str()),
        ("0:3 ", "0:6 ")
    );
}

/// One request a second for one object of 1 GiB that is good for 10 s: nine of ten never reach the origin. 2.628 million requests a
/// month at 1 USD a million, and as many GiB at 0.01 USD.
#[test]
fn what_is_spared_and_what_is_paid() {
    let text = "scaleproof: model/1\nname: bill\ndata: { media: { items: 1, size: 1GiB } }\n\
        workloads: { w: { open: { rate: 1/s, process: paced }, mix: { edge.get: 1 } } }\n\
        services: { origin: { endpoints: { fetch: { reply: { object-size: media } } } } }\n\
        cdns: { edge: { of: media, sites: 1, capacity: 5GiB, ttl: 10s, origin: origin.fetch, price: { per-gib: 0.01 USD/GiB, per-million: 1 USD } } }";
    let plan = common::plan(text);
    let request = Request {
        seed: 1,
        replications: Some(2),
        duration: Some(1_000_000_000_000),
        warm_up: Some(10_000_000_000),
        ..Request::default()
    };
    let outcome = lab::run(&plan, &request, &Silent);
    let cost = bill::total(&plan, &outcome).value.unwrap_or_default();
    assert!((cost / (2.628 + 26_280.0) - 1.0).abs() < 2e-3, "{cost}");
    let edge = plan.cdns[0].component;
    let offload = cdn::offload(&plan, &outcome, edge).expect("a CDN");
    for share in [&offload.requests, &offload.bytes] {
        let share = share.value.unwrap_or_default();
        assert!((share - 0.9).abs() < 2e-3, "{share}");
    }
    let sites = cdn::sites(&plan, &outcome, edge);
    assert_eq!((sites.len(), sites[0].sites), (1, 1));
    assert!((sites[0].hit.value.unwrap_or_default() - 0.9).abs() < 2e-3);
}

/// The same bytes leave for the internet, where a GiB costs 0.07 USD: nothing where the CDN has a price of its own for them, 183,960 USD
/// where it has none, or one for requests only. The origin stands in another region, and a tenth of the GiB come from there at 0.02 USD.
#[test]
fn what_a_cdn_sends_is_billed_once() {
    let bill_with = |price: &str| {
        let text = format!(
            "scaleproof: model/1\nname: bill\ndata: {{ media: {{ items: 1, size: 1GiB }} }}\nregions: {{ eu: {{}}, us: {{}} }}\n\
             network: {{ internet: {{ rtt: 0s, egress: 0.07 USD/GiB }}, between: [ {{ ends: [eu, us], rtt: 0s, egress: 0.02 USD/GiB }} ] }}\n\
             workloads: {{ w: {{ from: us, open: {{ rate: 1/s, process: paced }}, mix: {{ edge.get: 1 }} }} }}\n\
             services: {{ origin: {{ in: [eu], endpoints: {{ fetch: {{ reply: {{ object-size: media }} }} }} }} }}\n\
             cdns: {{ edge: {{ of: media, sites: {{ us: 1 }}, capacity: 5GiB, ttl: 10s, origin: origin.fetch{price} }} }}"
        );
        let plan = common::plan(&text);
        let request = Request {
            seed: 1,
            replications: Some(2),
            duration: Some(1_000_000_000_000),
            warm_up: Some(10_000_000_000),
            ..Request::default()
        };
        let outcome = lab::run(&plan, &request, &Silent);
        bill::total(&plan, &outcome).value.unwrap_or_default()
    };
    // 2.628 million GiB a month go to users, a tenth of them come from the origin.
    let origin = 262_800.0 * 0.02;
    let rows = [
        (", price: { per-gib: 0.01 USD/GiB }", 26_280.0),
        (", price: { per-gib: 0 USD/GiB, per-million: 1 USD }", 2.628),
        ("", 183_960.0),
        (", price: { per-million: 1 USD }", 183_962.628),
    ];
    for (price, right) in rows {
        let cost = bill_with(price);
        assert!(
            (cost / (right + origin) - 1.0).abs() < 2e-3,
            "{price}: {cost}, not {right}"
        );
    }
}
