//! No draw outside its name: every draw of a run is at a site that the plan names or that is the engine's own, and no key is drawn from
//! at one site for two purposes.
//!
//! It stands here because it needs all of a model's way, from text to run.

use crate::chance::key::{Site, site};
use crate::chance::ledger::{self, Ledger};
use crate::engine::{Engine, Idle};
use crate::plan::{Load, Plan, Step};
use crate::source::Sources;
use std::collections::BTreeMap;

/// How often one key may be drawn from at a site, and by how many lines of code.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Use {
    draws: u32,
    lines: usize,
}

/// Asked for once.
const ONCE: Use = Use { draws: 1, lines: 1 };
/// A job that waited in line asks for its demand again when it gets a core.
const TWICE: Use = Use { draws: 2, lines: 1 };
/// There, back, and the cancellation that follows.
const WAYS: Use = Use { draws: 3, lines: 1 };
/// The balancer's coin, at departure and (behind a shared queue) at arrival.
const BALANCER: Use = Use { draws: 2, lines: 2 };
/// A value that stays what it is however often it is asked for.
const VALUE: Use = Use {
    draws: u32::MAX,
    lines: 1,
};

/// What may be drawn in a run of a plan. A site of two uses is an error of the plan.
fn sites(plan: &Plan) -> BTreeMap<Site, Use> {
    let mut sites = BTreeMap::new();
    let mut name = |site: Site, of: Use| {
        assert_eq!(sites.insert(site, of), None, "{site:?} names two things");
    };
    for (own, of) in [
        (site(&["mix"]), ONCE),
        (site(&["arrivals", "gap"]), ONCE),
        (site(&["arrivals", "phase"]), VALUE),
    ] {
        name(own, of);
    }
    for pc in 0..plan.steps.len() as u64 {
        name(Site(site(&["coin"]).0 ^ pc), ONCE);
    }
    for link in plan.links.iter().filter(|link| link.resend.is_some()) {
        link.losses.into_iter().for_each(|site| name(site, ONCE));
    }
    for (index, demand) in plan.demands.iter().enumerate() {
        let computed = |step: &Step| matches!(step, Step::Compute(id) if id.index() == index);
        let of = if plan.links.iter().any(|link| link.rtt.index() == index) {
            WAYS
        } else if plan
            .keyspaces
            .iter()
            .any(|space| space.size.index() == index)
        {
            VALUE
        } else if plan.steps.iter().any(computed) {
            TWICE
        } else {
            ONCE
        };
        name(demand.site, of);
    }
    let once = (plan.counts.iter().map(|row| row.site))
        .chain(plan.chances.iter().map(|row| row.site))
        .chain(plan.choices.iter().map(|row| row.site))
        .chain(plan.retries.iter().map(|row| row.site))
        .chain(plan.forks.iter().map(|row| row.site))
        .chain(plan.caches.iter().map(|row| row.site));
    once.for_each(|site| name(site, ONCE));
    plan.attributes.iter().for_each(|row| name(row.site, VALUE));
    plan.pools.iter().for_each(|row| name(row.site, BALANCER));
    sites
}

fn plan(text: &str) -> Plan {
    let mut sources = Sources::new();
    let file = sources.add("model.yaml", text);
    let (model, said) = crate::model::read(&mut sources, file, &[]);
    let (plan, more) = crate::compile::compile(&model.expect("a model"));
    plan.unwrap_or_else(|| panic!("{said:?} {more:?}"))
}

fn ledger(plan: &Plan, seconds: u64) -> Ledger {
    ledger::of(|| {
        let mut engine = Engine::new(plan, 4, 1, 1 << 16, Idle);
        engine
            .run_until(seconds * 1_000_000_000)
            .expect("room for all");
    })
}

/// Draws that are not as their names allow.
fn wrong(plan: &Plan, ledger: &Ledger) -> Vec<String> {
    let sites = sites(plan);
    let mut wrong = Vec::new();
    for ((key, site), lines) in ledger {
        let draws: u32 = lines.values().sum();
        match sites.get(site) {
            None => wrong.push(format!("{key:?} at unknown {site:?}, by {lines:?}")),
            Some(of) if draws > of.draws || lines.len() > of.lines => {
                wrong.push(format!("{key:?} at {site:?} ({of:?}) by {lines:?}"));
            }
            Some(_) => {}
        }
    }
    wrong
}

/// All that draws and the messes have not: a jitter of lives, two look-ups in one program, sizes, regular sources, batches, branches in
/// random order, loops, routines, thinking.
const REST: &str = r"
scaleproof: model/1
name: rest
network: { same-zone: { rtt: { exponential: 1ms }, bandwidth: 1Gbit/s, loss: 5% } }
data: { goods: { items: 60, popularity: { zipf: { exponent: 0.7 } }, size: { exponential: 2KiB } } }
attributes: { other: { key: goods } }
workloads:
  regular: { open: { rate: 30/s, process: paced, batch: { geometric: { mean: 2, from: 1 } } }, mix: { s.e: 2, s.f: 1 } }
  people: { closed: { users: 5, think: { exponential: 50ms } }, mix: { s.e: 1 } }
services:
  s:
    replicas: 2
    balance: random
    routines: { look: [ { compute: { exponential: 1ms } }, { fail: 5% } ] }
    endpoints:
      e: [ { run: look, on-failure: continue }, { run: look, on-failure: continue }, { get: memo, miss: { call: t.g } }, { get: memo, key: other, miss: { call: t.g, body: { exponential: 1KiB } } } ]
      f: [ { repeat: { geometric: { mean: 3, from: 1 } }, do: [ { get: memo, miss: { call: t.g } }, { stop: 10% } ] }, { parallel: [ { call: t.g }, { run: look }, { sleep: { exponential: 2ms } } ], order: random }, { choose: [ { weight: 1, do: { compute: 1ms } }, { weight: 2, do: { sleep: 1ms } } ] } ]
  t: { balance: shared-queue, replicas: 3, concurrency: 1, endpoints: { g: [ { compute: { exponential: 2ms } }, { reply: { exponential: 3KiB } } ] } }
caches: { memo: { of: goods, per: s, capacity: 40KiB, ttl: { fixed: 300ms, jitter: 30% } } }
";

const MODELS: [&str; 6] = [
    REST,
    include_str!("../../tests/messes/mess.yaml"),
    include_str!("../../tests/messes/another.yaml"),
    include_str!("../../tests/messes/overload.yaml"),
    include_str!("../../models/online-boutique.yaml"),
    include_str!("../../models/cache-aside.yaml"),
];

#[test]
fn no_draw_is_outside_its_name() {
    for text in MODELS {
        let plan = plan(text);
        let ledger = ledger(&plan, 4);
        assert!(ledger.len() > 500, "{}: {} draws", plan.name, ledger.len());
        let wrong = wrong(&plan, &ledger);
        let some = &wrong[..wrong.len().min(5)];
        assert!(
            wrong.is_empty(),
            "{}: {} as {some:#?}",
            plan.name,
            wrong.len()
        );
    }
}

/// A draw that the plan does not name, one made twice, and two workloads of one name are all found.
#[test]
fn false_draws_are_found() {
    let plan = plan(REST);
    let honest = ledger(&plan, 1);
    let (chance, unknown) = (plan.chances[0].site, site(&["nobody"]));
    let key = crate::chance::key::root(1, 2);
    for (site, times) in [(unknown, 1), (chance, 2)] {
        let mut ledger = honest.clone();
        ledger.insert((key, site), BTreeMap::from([(("somewhere", 1), times)]));
        assert_eq!(wrong(&plan, &ledger).len(), 1);
    }
    let mut ledger = honest.clone();
    let lines = BTreeMap::from([(("here", 1), 1), (("there", 1), 1)]);
    ledger.insert((key, plan.attributes[0].site), lines);
    assert_eq!(wrong(&plan, &ledger).len(), 1);
    let mut twins = plan.clone();
    let open = |load: &Load| matches!(load, Load::Open { .. });
    let first = twins
        .workloads
        .iter()
        .find(|row| open(&row.load))
        .cloned()
        .expect("one");
    twins.workloads.push(first);
    assert!(!wrong(&twins, &self::ledger(&twins, 1)).is_empty());
}
