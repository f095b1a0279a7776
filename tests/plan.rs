//! What the compiler makes of models: names of draws that stay, loads worked out by hand, steps as they should be.

#![expect(clippy::unwrap_used, reason = "tests")]

use scaleproof::plan::{Plan, Step, component};
use scaleproof::source::render::{Colour, all};
use scaleproof::{compile, model, plan, source};
use std::collections::BTreeMap;
use std::path::Path;

fn compiled(text: &str) -> Plan {
    let mut sources = source::Sources::new();
    let text = format!("scaleproof: model/1\nname: test\n{text}");
    let file = sources.add("test.yaml", text.as_str());
    let (model, mut said) = model::read(&mut sources, file, &[]);
    let made = model.and_then(|model| {
        let (plan, more) = compile::compile(&model);
        said.append(more);
        plan
    });
    made.unwrap_or_else(|| panic!("{}\n{text}", all(&said, &sources, Colour::Never)))
}

fn rate(plan: &Plan, name: &str) -> f64 {
    let found = plan
        .endpoints
        .iter()
        .enumerate()
        .find(|(id, _)| component::endpoint_name(plan, (*id).into()) == name);
    plan.load.endpoint_rate[found.unwrap().0]
}

fn busy(plan: &Plan, processor: &str) -> f64 {
    let found = plan.processors.iter().position(|row| row.name == processor);
    plan.load.processor_load[found.unwrap()]
}

fn near(found: f64, due: f64) {
    assert!(
        (found - due).abs() <= 1e-6 * due.abs().max(1e-9),
        "{found} instead of {due}"
    );
}

/// The steps of an endpoint's program, without what they point to.
fn steps(plan: &Plan, name: &str) -> Vec<String> {
    let found = plan
        .endpoints
        .iter()
        .enumerate()
        .find(|(id, _)| component::endpoint_name(plan, (*id).into()) == name);
    let first = found.unwrap().1.entry.index();
    let word = |step: &Step| {
        format!("{step:?}")
            .split('(')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let mut words: Vec<String> = Vec::new();
    for step in &plan.steps[first..] {
        words.push(word(step));
        if matches!(step, Step::End) {
            break;
        }
    }
    words
}

/// All names of draws that a plan holds, with how often each occurs.
fn sites(plan: &Plan) -> BTreeMap<u64, u32> {
    let mut found = BTreeMap::new();
    let text = format!(
        "{:?}{:?}{:?}{:?}{:?}",
        plan.demands, plan.counts, plan.chances, plan.calls, plan.choices
    );
    for part in text.split("Site(").skip(1) {
        let number: u64 = part.split(')').next().unwrap().parse().unwrap();
        *found.entry(number).or_insert(0) += 1;
    }
    found
}

const SHOP: &str = "
workloads: { users: { open: { rate: 100/s }, mix: { web.home: 3, buy: 1 } } }
journeys: { buy: [ { call: web.home }, { sleep: { exponential: 1s } }, { call: web.pay } ] }
services:
  web:
    endpoints:
      home: [ { compute: { exponential: 2ms } }, { call: api.list }, { call: api.list } ]
      pay:
        - compute: { exponential: 3ms }
        - choose: [ { weight: 25%, do: { call: api.list } }, { weight: 75%, do: [] } ]
  api: { endpoints: { list: { compute: { exponential: 1ms } } } }
";

#[test]
fn another_service_leaves_all_draws_as_they_were() {
    let before = sites(&compiled(SHOP));
    let after = sites(&compiled(&format!(
        "{SHOP}  extra: {{ endpoints: {{ run: {{ compute: {{ exponential: 1ms }} }} }} }}\n"
    )));
    assert!(
        before
            .iter()
            .all(|(site, times)| after.get(site) >= Some(times))
    );
    assert_eq!(
        after.values().sum::<u32>(),
        before.values().sum::<u32>() + 1
    );
}

#[test]
fn the_order_of_the_page_names_nothing_and_a_new_name_renames() {
    let moved = "
services:
  api: { endpoints: { list: { compute: { exponential: 1ms } } } }
  web:
    endpoints:
      pay:
        - compute: { exponential: 3ms }
        - choose: [ { weight: 25%, do: { call: api.list } }, { weight: 75%, do: [] } ]
      home: [ { compute: { exponential: 2ms } }, { call: api.list }, { call: api.list } ]
journeys: { buy: [ { call: web.home }, { sleep: { exponential: 1s } }, { call: web.pay } ] }
workloads: { users: { open: { rate: 100/s }, mix: { buy: 1, web.home: 3 } } }
";
    let (own, other) = (sites(&compiled(SHOP)), sites(&compiled(moved)));
    assert_eq!(own, other);
    let renamed = sites(&compiled(&SHOP.replace("api", "store")));
    let kept = renamed.keys().filter(|site| own.contains_key(site)).count();
    assert!(kept > 0 && kept < own.len());
}

#[test]
fn a_label_keeps_its_draws_wherever_the_step_goes() {
    let labelled = |steps: &str| {
        compiled(&format!(
            "workloads: {{ users: {{ open: {{ rate: 1/s }}, mix: {{ web.home: 1 }} }} }}\nservices: {{ web: {{ endpoints: {{ home: {steps} }} }} }}\n"
        ))
    };
    let step = "{ compute: { exponential: 2ms }, label: page }";
    let alone = sites(&labelled(&format!("[ {step} ]")));
    let inside = sites(&labelled(&format!(
        "[ {{ compute: {{ exponential: 1ms }} }}, {{ repeat: 2, do: {step} }} ]"
    )));
    assert!(alone.keys().all(|site| inside.contains_key(site)));
}

#[test]
fn calls_of_one_name_are_numbered() {
    let plan = compiled(SHOP);
    let name = |call: &plan::Call| component::endpoint_name(&plan, call.endpoint);
    let twice: Vec<_> = plan
        .calls
        .iter()
        .filter(|call| name(call) == "api.list")
        .collect();
    assert_eq!(twice.len(), 3);
    assert_eq!(
        (twice[0].name, twice[0].ordinal, twice[1].ordinal),
        (twice[1].name, 0, 1)
    );
    assert_ne!(twice[0].name, twice[2].name, "another endpoint calls it");
}

#[test]
fn traffic_is_what_workloads_and_programs_send() {
    let plan = compiled(SHOP);
    near(rate(&plan, "web.home"), 100.0);
    near(rate(&plan, "web.pay"), 25.0);
    near(rate(&plan, "api.list"), 206.25);
    near(busy(&plan, "web/0"), 0.1 * 2.0 + 0.025 * 3.0);
    near(busy(&plan, "api/0"), 0.206_25);
    near(plan.load.root_rate, 100.0);
    // A journey makes two calls of its own where a direct line makes one.
    near(plan.load.calls_per_root, (125.0 + 206.25) / 100.0);
    let (slowest, factor) = plan.load.saturates().unwrap();
    assert_eq!(component::component_name(&plan, slowest), "web");
    near(factor, 1.0 / 0.275);
    // 2.2 ms a job at 27.5 % of one core: 1/(cμ(1-√ρ)²), and (1 + c²)/2 for a mixture of exponential jobs of 2 and 3 ms.
    near(
        plan.load.relaxation_ns,
        2.2e6 / (1.0 - 0.275_f64.sqrt()).powi(2) * (0.8 * 4.0 + 0.2 * 9.0) / (2.2 * 2.2),
    );
}

#[test]
fn recursion_that_leaves_is_a_geometric_series() {
    let plan = compiled(
        "workloads: { users: { open: { rate: 8/s }, mix: { tree.node: 1 } } }\nservices:\n  tree:\n    endpoints:\n      node:\n        - compute: { exponential: 1ms }\n        - choose: [ { weight: 60%, do: { call: tree.node } }, { weight: 40%, do: [] } ]\n",
    );
    near(rate(&plan, "tree.node"), 8.0 / 0.4);
}

#[test]
fn loops_stop_and_fail_as_often_as_they_say() {
    let plan = compiled(
        "attributes: { lines: { number: { weighted: { 1: 1, 4: 1 } } } }
workloads: { users: { open: { rate: 10/s }, mix: { web.home: 1 } } }
services:
  web:
    endpoints:
      home:
        - repeat: { attribute: lines }
          do: { call: api.a }
        - repeat: unlimited
          do: [ { call: api.b }, { stop: 20% } ]
        - repeat: 3
          do: [ { stop: 50% }, { call: api.c } ]
        - when: { lines: { over: 2 } }
          do: { call: api.d }
        - fail: 10%
        - call: api.e
  api: { endpoints: { a: { compute: 1ms }, b: { compute: 1ms }, c: { compute: 1ms }, d: { compute: 1ms }, e: { compute: { exponential: 1ms } } } }
",
    );
    near(rate(&plan, "api.a"), 25.0);
    near(rate(&plan, "api.b"), 50.0);
    near(rate(&plan, "api.c"), 10.0 * (0.5 + 0.25 + 0.125));
    near(rate(&plan, "api.d"), 5.0);
    near(rate(&plan, "api.e"), 9.0);
}

#[test]
fn closed_workloads_get_their_asymptotic_bound() {
    let model = |users: u32| {
        compiled(&format!(
            "workloads: {{ users: {{ closed: {{ users: {users}, think: {{ exponential: 1s }} }}, mix: {{ web.home: 1 }} }} }}\nservices:\n  web: {{ endpoints: {{ home: [ {{ compute: {{ exponential: 30ms }} }}, {{ call: db.read }} ] }} }}\n  db: {{ endpoints: {{ read: {{ compute: {{ exponential: 50ms }} }} }} }}\n"
        ))
    };
    let few = model(5);
    near(few.load.root_rate, 5.0 / 1.08);
    near(few.load.saturates().unwrap().1, 1.08 / (5.0 * 0.05));
    let many = model(100);
    near(many.load.root_rate, 1.0 / 0.05);
    near(many.load.cycle_ns, 100.0 / 20.0 * 1e9);
    assert!(many.load.relaxation_ns <= many.load.cycle_ns);
}

#[test]
fn callers_stay_in_their_region_where_they_can() {
    let plan = compiled(
        "regions: { eu: { zones: [a, b] }, us: {} }
network: { same-zone: { rtt: 1ms }, cross-zone: { rtt: 3ms }, between: [ { ends: [eu, us], rtt: 80ms, egress: 0.02 USD/GiB } ] }
workloads:
  europe: { from: eu, access: { rtt: 20ms }, open: { rate: 30/s }, mix: { web.home: 1 } }
  america: { from: us, access: { rtt: 10ms }, open: { rate: 10/s }, mix: { web.home: 1 } }
services:
  web: { in: [eu, us], replicas: 2, endpoints: { home: [ { compute: { exponential: 10ms } }, { call: only.here } ] } }
  only: { in: [eu], endpoints: { here: { compute: { exponential: 5ms } } } }
",
    );
    near(busy(&plan, "web/0"), 0.15);
    near(busy(&plan, "web/3"), 0.05);
    near(busy(&plan, "only/0"), 0.2);
    let zone = |name: &str| {
        plan.zones
            .iter()
            .position(|zone| zone.name == name)
            .unwrap()
            .into()
    };
    let half = |from: &str, to: &str| plan.links[plan.route(zone(from), zone(to)).index()].half;
    assert_eq!(half("eu/a", "eu/a"), 500_000);
    assert_eq!(half("eu/a", "eu/b"), 1_500_000);
    assert_eq!(half("us/a", "eu/b"), 40_000_000);
    assert_eq!(half("outside/europe", "eu/b"), 10_000_000);
    assert_eq!(half("outside/america", "eu/a"), 45_000_000);
    let far = plan.links.iter().find(|link| link.name == "eu-us").unwrap();
    near(far.egress, 0.02);
}

#[test]
fn caches_let_through_what_they_miss() {
    let text = "data: { d: { items: 1000 } }
workloads: { users: { open: { rate: 100/s }, mix: { web.home: 1 } } }
services: { web: { endpoints: { home: { get: c, miss: { call: db.read } } } } }
caches: { c: { of: d, CAPACITY, do: [] } }
databases: { db: { queries: { read: { reads: one, do: { compute: { exponential: 1ms } } } } } }
";
    // Keys alike: the hit ratio is the part that is held, and the cache fills as a box of coupons does.
    let plan = compiled(&text.replace("CAPACITY", "capacity: 250 items"));
    near(rate(&plan, "db.read"), 75.0);
    near(plan.load.cache_fill_ns, -(0.75_f64.ln()) * 10.0 * 1e9);
    // With a time to live of one mean time between asks for an object, half of the asks find it stale.
    let plan = compiled(&text.replace("CAPACITY", "capacity: 1000 items, ttl: 10s"));
    near(rate(&plan, "db.read"), 50.0);
    // Two nodes share the objects.
    let plan = compiled(&text.replace("CAPACITY", "nodes: 2, capacity: 250 items"));
    near(rate(&plan, "db.read"), 50.0);
}

#[test]
fn a_processor_that_never_queues_is_a_delay() {
    let model = |station: &str, home: &str| {
        let plan = compiled(&format!(
            "workloads: {{ users: {{ open: {{ rate: 1/s }}, mix: {{ web.home: 1 }} }} }}\nservices: {{ web: {{ {station}, endpoints: {{ home: {home} }} }} }}\n"
        ));
        steps(&plan, "web.home").contains(&"Work".to_owned())
    };
    let one = "{ compute: { exponential: 1ms } }";
    let two =
        "{ parallel: [ { compute: { exponential: 1ms } }, { compute: { exponential: 1ms } } ] }";
    assert!(model("cores: unlimited", one) && model("cores: unlimited", two));
    assert!(model("cores: 2, concurrency: 2", one) && model("cores: 2.5, concurrency: 2", one));
    assert!(
        !model("cores: 2, concurrency: 2", two),
        "one request is two jobs"
    );
    assert!(!model("cores: 2, concurrency: 3", one) && !model("cores: 0.5, concurrency: 1", one));
    assert!(!model("concurrency: unlimited", one));
}

#[test]
fn a_write_reaches_every_follower() {
    let model = |write: &str| {
        compiled(&format!(
            "workloads: {{ users: {{ open: {{ rate: 10/s }}, mix: {{ db.put: 1, db.get: 3 }} }} }}\ndatabases:\n  db:\n    replicas: 3\n    read: any\n    {write}\n    queries: {{ put: {{ writes: one, do: {{ compute: {{ exponential: 1ms }} }} }}, get: {{ reads: one, do: {{ compute: {{ exponential: 1ms }} }} }} }}\n"
        ))
    };
    let plan = model("write: { acks: 1 }");
    assert_eq!(
        steps(&plan, "db.put"),
        ["Compute", "Reply", "Send", "Send", "End"]
    );
    near(rate(&plan, "db.put/apply"), 5.0);
    // Every copy applies each write and answers a third of the reads.
    for copy in ["db/0", "db/1", "db/2"] {
        near(busy(&plan, copy), 0.0025 + 0.0025);
    }
    let plan = model("write: { acks: 2 }");
    assert_eq!(
        steps(&plan, "db.put"),
        ["Compute", "Fork", "Call", "Join", "Call", "Join", "End"]
    );
    assert_eq!(plan.forks[0].need, 1);
    let pools = plan
        .calls
        .iter()
        .filter(|call| component::endpoint_name(&plan, call.endpoint) == "db.put/apply");
    let stations: Vec<_> = pools
        .map(|call| plan.pools[call.pool.index()].candidates[0].stations.clone())
        .collect();
    assert_eq!(
        stations
            .iter()
            .map(|stations| stations[0].0)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn connections_are_held_by_attempts_of_a_call() {
    let plan = compiled(
        "workloads: { users: { open: { rate: 10/s }, mix: { web.a: 1, web.b: 1 } } }
services: { web: { replicas: 2, endpoints: { a: { call: db.get }, b: { call: db.get, on-failure: { compute: { exponential: 1ms } } } } } }
databases: { db: { connections: { per-caller: 7, wait: 50ms }, queries: { get: { reads: one, do: { compute: { exponential: 1ms } } } } } }
",
    );
    assert_eq!(steps(&plan, "web.a"), ["Call", "End"]);
    assert_eq!(steps(&plan, "web.b"), ["Call", "Jump", "Compute", "End"]);
    let (calls, holds): (Vec<u32>, Vec<u32>) = (plan.guards.connections.iter())
        .map(|(call, hold)| (call.0, hold.0))
        .unzip();
    assert_eq!((calls, holds), (vec![0, 1], vec![0, 1]));
    assert_eq!(
        plan.quantities.len(),
        1,
        "both endpoints draw on the pool of their replica"
    );
    assert_eq!(
        (
            plan.quantities[0].size,
            plan.quantities[0].instances,
            plan.holds[0].wait
        ),
        (7, 2, 50_000_000)
    );
}

#[test]
fn a_shared_queue_waits_at_the_balancer() {
    let plan = compiled(
        "workloads: { users: { open: { rate: 10/s }, mix: { web.home: 1 } } }
services: { web: { replicas: 2, concurrency: 1, backlog: 5, balance: shared-queue, endpoints: { home: { compute: { exponential: 1ms } } } } }
",
    );
    assert!(plan.pools[0].balance.is_shared_queue());
    assert_eq!(
        (plan.pools[0].backlog, plan.stations[0].shared),
        (5, Some(0.into()))
    );
}

#[test]
fn objectives_are_one_row_a_metric() {
    let plan = compiled(&format!(
        "{SHOP}objectives: {{ quick: {{ of: web.home, mean: 20ms, p99: 0.1s }}, cheap: {{ cost: 2 USD/h }} }}\n"
    ));
    let rows: Vec<_> = plan
        .objectives
        .iter()
        .map(|row| (row.name.as_str(), row.limit, row.text.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("quick.mean", 0.02, "mean at most 20ms"),
            ("quick.p99", 0.1, "p99 at most 100ms"),
            ("cheap", 1460.0, "cost at most 2 USD/h")
        ]
    );
}

/// The listing of every kind of step, and of the models that ship.
#[test]
fn listings_read_like_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in [
        "models/cache-aside.yaml",
        "models/thread-pool.yaml",
        "tests/golden/every-step.yaml",
    ] {
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        let (_, body) = text.split_once("scaleproof: model/1\n").unwrap();
        let (_, body) = body.split_once('\n').unwrap();
        let name = format!(
            "listing-{}",
            Path::new(path).file_stem().unwrap().to_string_lossy()
        );
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, plan::listing::listing(&compiled(body)));
        });
    }
}

/// Each call leads to 2 × 49.9 % more: 10/s become 10/(1 - 0.998) = 5,000/s.
#[test]
fn a_recursion_that_hardly_dies_out_is_counted_to_its_end() {
    let plan = compiled(
        "workloads: { users: { open: { rate: 10/s }, mix: { tree.node: 1 } } }\n\
         services: { tree: { endpoints: { node: [ { compute: 10us }, { repeat: 2, do: { choose: [ { weight: 49.9%, do: { call: tree.node } }, { weight: 50.1%, do: [] } ] } } ] } } }\n",
    );
    let found = rate(&plan, "tree.node");
    assert!((found - 5_000.0).abs() < 1e-3, "{found}");
}
