//! Regions and the ways between them, on timelines and sums computed by hand.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::measure::{Span, Tally, replicate};
use scaleproof::plan::Plan;
use std::fmt::Write as _;

/// Outcomes by the line of the mix: `0:1.5` ended well at 1.5 s.
#[derive(Default)]
struct Log(String);

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: Outcome) {
        let at = (now as f64 / 1e6).round() / 1e3;
        let _ = match outcome {
            Ok(()) => write!(self.0, "{entry}:{at} "),
            Err(cause) => write!(self.0, "{entry}:{at} {} ", cause.name()),
        };
    }
}

fn log(plan: &Plan, seconds: u64) -> String {
    let mut engine = Engine::new(plan, 1, 0, 1 << 16, Log::default());
    engine
        .run_until(seconds * 1_000_000_000)
        .expect("room for all");
    engine.close();
    engine.probe.0.trim_end().to_owned()
}

fn tally(plan: &Plan, seconds: u64) -> Tally {
    let span = Span {
        from: 0,
        until: seconds * 1_000_000_000,
        settle: 0,
        windows: 1,
        most_flights: 1 << 20,
    };
    replicate(plan, 7, 0, &span, &|| false).expect("nobody stops it")
}

fn lossy(access: &str, rest: &str) -> String {
    format!(
        "scaleproof: model/1\nname: lossy\nregions: {{ eu: {{ zones: [a] }} }}\n\
         workloads: {{ w: {{ from: eu, access: {{ {access} }}, closed: {{ users: 1, think: 2000s }}, mix: {{ j: 1 }} }} }}\n\
         journeys: {{ j: [ {{ sleep: 1s }}, {{ call: s.go{rest} }} ] }}\n\
         services: {{ s: {{ endpoints: {{ go: {{ sleep: 1s }} }} }} }}\n"
    )
}

#[test]
fn a_cut_way_is_given_up_when_linux_does_or_the_caller_does() {
    // Sent at 1 s; timeouts of 300 ms (100 ms there and back, 200 ms more), 600 ms … 76.8 s, 120 s × 7: 153.3 - 0.3 + 0.3 …
    // 0.3 × (2^9 - 1) = 153.3 s, and 7 × 120 = 840 s more.
    let cut = common::plan(&lossy("rtt: 100ms, loss: 100%", ""));
    assert_eq!(log(&cut, 1500), "0:994.3 unreachable");
    let timeout = common::plan(&lossy("rtt: 100ms, loss: 100%", ", timeout: 5s"));
    assert_eq!(log(&timeout, 1500), "0:6 timeout");
    let whole = common::plan(&lossy("rtt: 100ms, loss: 0%", ""));
    assert_eq!(log(&whole, 1500), "0:2.1");
}

#[test]
fn losses_add_their_mean_to_requests_and_answers() {
    let model = |loss: &str| {
        common::plan(&format!(
            "scaleproof: model/1\nname: lossy\n\
             network: {{ same-zone: {{ rtt: 50ms, loss: {loss} }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 200/s }}, mix: {{ front.go: 1 }} }} }}\n\
             services:\n\
             \x20 front: {{ cores: unlimited, endpoints: {{ go: {{ call: back.go }} }} }}\n\
             \x20 back: {{ cores: unlimited, endpoints: {{ go: {{ sleep: 10ms }} }} }}\n"
        ))
    };
    let mean = |plan: &Plan| tally(plan, 1000).entries[0].latency.mean() / 1e6;
    let (without, with) = (mean(&model("0%")), mean(&model("5%")));
    assert!((without - 60.0).abs() < 1e-3, "{without}");
    // Each way: 0.05 × 250 / (1 - 0.1) = 13.888… ms.
    let added = with - without;
    assert!((added / (2.0 * 13.888_889) - 1.0).abs() < 0.03, "{added}");
}

/// Requests of a second's pace, each with a body of 1 MiB to the service, which asks an external system, and an answer of 3 MiB.
fn bill(network: &str) -> Vec<(String, f64)> {
    let plan = common::plan(&format!(
        "scaleproof: model/1\nname: billed\nregions: {{ eu: {{}}, us: {{}} }}\nnetwork: {network}\n\
         workloads: {{ w: {{ from: eu, open: {{ rate: 1/s, process: paced }}, mix: {{ j: 1 }} }} }}\n\
         journeys: {{ j: [ {{ call: s.go, body: 1MiB }} ] }}\n\
         services: {{ s: {{ in: [us], endpoints: {{ go: [ {{ call: x.ask, body: 2MiB }}, {{ reply: 3MiB }} ] }} }} }}\n\
         externals: {{ x: {{ endpoints: {{ ask: {{ reply: 4MiB }} }} }} }}\n"
    ));
    let tally = tally(&plan, 1000);
    let named = plan.links.iter().zip(&tally.link_bytes);
    let paid = named.filter(|(link, _)| link.egress > 0.0);
    paid.map(|(link, bytes)| {
        (
            link.name.clone(),
            *bytes as f64 / f64::from(1 << 20) / 1000.0,
        )
    })
    .collect()
}

#[test]
fn only_what_leaves_over_the_internet_is_paid_and_between_regions_both_directions_are() {
    let near = |found: Vec<(String, f64)>, due: &[(&str, f64)]| {
        assert_eq!(found.len(), due.len(), "{found:?}");
        for ((name, each), (known, bound)) in found.iter().zip(due) {
            assert_eq!(name, known);
            assert!((each - bound).abs() < 0.01, "{found:?}");
        }
    };
    let between = "between: [ { ends: [eu, us], egress: 0.02 USD/GiB } ]";
    near(bill(&format!("{{ {between} }}")), &[("eu-us", 4.0)]);
    let both = bill(&format!(
        "{{ {between}, internet: {{ egress: 0.09 USD/GiB }} }}"
    ));
    let user = both.iter().find(|(name, _)| name == "eu-us+internet");
    assert!(
        (user.expect("users go there").1 - 3.0).abs() < 0.01,
        "{both:?}"
    );
    let outside = both.iter().find(|(name, _)| name == "internet");
    assert!(
        (outside.expect("so does the service").1 - 2.0).abs() < 0.01,
        "{both:?}"
    );
}
