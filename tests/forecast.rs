//! What `check` forecasts against what a short run measures: for every balancer, eviction, discipline, step, kind of component and
//! limit that the program lists, so that a new word without a row here fails, as does one that arithmetic does not know.
//!
//! Two bars. *Agreement*: at moderate load the busiest copy of everything that has a limit is as busy as forecast, within 10 %. *Edge*:
//! the load at which something is said to saturate parts loads that are served (93 % of it) from loads that are not (120 %), which
//! needs no model of waiting: below it queues are stable, above it more comes than is served, or is turned away.

mod common;

use common::listed;
use scaleproof::measure::{Span, Tally, replicate};
use scaleproof::plan::{Capacity, Ceiling, ComponentKind, Plan, Resource};
use std::collections::BTreeSet;

/// Replications of a run.
const RUNS: u32 = 3;

/// A run of a model, in which about so many requests are made.
struct Seen {
    plan: Plan,
    tallies: Vec<Tally>,
    /// Of each \[ns\].
    lasts: f64,
}

fn seen(text: &str, requests: f64) -> Seen {
    let plan = common::plan(text);
    let lasts = (requests / plan.load.root_rate * 1e9) as u64;
    let from = lasts / 4;
    let span = Span {
        from,
        until: from + lasts,
        settle: 0,
        windows: 1,
        most_flights: 1 << 20,
    };
    let run = |number| replicate(&plan, 11, number, &span, &|| false).expect("nobody stops it");
    let tallies = (0..RUNS).map(run).collect();
    Seen {
        plan,
        tallies,
        lasts: lasts as f64,
    }
}

impl Seen {
    /// How busy the busiest copy was, in the mean over replications; nothing where that is not measured.
    fn busiest(&self, row: &Ceiling) -> Option<f64> {
        let shares = self.tallies.iter().map(|tally| self.busiest_of(row, tally));
        let shares: Option<Vec<f64>> = shares.collect();
        Some(shares?.iter().sum::<f64>() / f64::from(RUNS) / self.lasts)
    }

    /// The busy time of the busiest copy in one replication \[ns\].
    fn busiest_of(&self, row: &Ceiling, tally: &Tally) -> Option<f64> {
        let plan = &self.plan;
        let most = |all: &mut dyn Iterator<Item = f64>| all.fold(0.0, f64::max);
        Some(match row.resource {
            Resource::Cores => {
                let rows = plan.processors.iter().zip(&tally.processors);
                let mut own = rows
                    .filter(|(own, _)| own.component == row.component)
                    .filter_map(|(own, tally)| match own.cores {
                        Capacity::Cores(cores) => Some(tally.busy as f64 / 1e3 / cores),
                        Capacity::Unlimited => None,
                    });
                most(&mut own)
            }
            Resource::Slots => {
                let rows = plan.stations.iter().zip(&tally.stations);
                let mut own = rows
                    .filter(|(own, _)| own.component == row.component)
                    .map(|(own, tally)| tally.slots as f64 / f64::from(own.concurrency));
                most(&mut own)
            }
            Resource::Units(id) => {
                // Measured over all replicas and rows: models here have one of each.
                let size = f64::from(plan.quantities[id.index()].size);
                tally.holds[id.index()].used as f64 / size
            }
            Resource::Batches(_) | Resource::Tokens(_) | Resource::Account(_) => return None,
        })
    }

    /// The part of what was asked for that was done: roots, and messages of those who publish.
    fn served(&self) -> f64 {
        let roots = |of: fn(&scaleproof::measure::Outcomes) -> u64| {
            let sum = |tally: &Tally| tally.entries.iter().map(of).sum::<u64>();
            self.tallies.iter().map(sum).sum::<u64>() as f64
        };
        let done = roots(|entry| entry.ok) / roots(|entry| entry.sent);
        let groups = self.plan.groups.iter().map(|group| {
            let rows = self.tallies.iter().map(|tally| {
                let row = &tally.endpoints[group.messages.index()];
                (row.ok as f64, row.sent as f64)
            });
            let (done, come) = rows.fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
            done / come
        });
        groups.fold(done, f64::min)
    }
}

/// Everything that has a limit is as busy as forecast.
fn agree(name: &str, text: &str) -> Vec<String> {
    agree_within(name, text, 0.10)
}

fn agree_within(name: &str, text: &str, within: f64) -> Vec<String> {
    let seen = seen(text, 6_000.0);
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for row in &seen.plan.load.ceilings {
        let Some(measured) = seen.busiest(row) else {
            continue;
        };
        let near = (measured - row.today).abs() <= within * row.today.max(measured);
        // What is hardly used is hardly measured.
        if row.today.max(measured) < 0.02 {
            continue;
        }
        compared += 1;
        if !near {
            let what = row.name(&seen.plan);
            wrong.push(format!(
                "{name}: {what} forecast {:.3}, measured {measured:.3}",
                row.today
            ));
        }
    }
    if compared == 0 {
        wrong.push(format!("{name}: nothing to compare"));
    }
    wrong
}

/// Below the load at which something saturates all is served, above it not all is. `@` stands for requests per second.
fn edge(name: &str, text: &str, rate: f64) -> Vec<String> {
    let at = |rate: f64| text.replace('@', &format!("{rate:.4}/s"));
    let Some((_, factor)) = common::plan(&at(rate)).load.saturates() else {
        return vec![format!("{name}: nothing is said to saturate")];
    };
    let most = rate * factor;
    let (below, above) = (
        seen(&at(most * 0.93), 9_000.0).served(),
        seen(&at(most * 1.2), 9_000.0).served(),
    );
    let mut wrong = Vec::new();
    if below < 0.975 {
        wrong.push(format!(
            "{name}: saturates at {most:.1}/s, but of 93 % of it {below:.3} are served"
        ));
    }
    if above > 0.955 {
        wrong.push(format!(
            "{name}: saturates at {most:.1}/s, but of 120 % of it {above:.3} are served"
        ));
    }
    wrong
}

fn nothing_wrong(rows: impl IntoIterator<Item = Vec<String>>) {
    let wrong: Vec<String> = rows.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn model(rest: &str) -> String {
    format!(
        "scaleproof: model/1\nname: forecast\npriorities: [gold, silver]\nnetwork: {{ same-zone: {{ rtt: 0.2ms }} }}\n{rest}"
    )
}

fn asked(rate: &str, line: &str) -> String {
    format!("workloads: {{ w: {{ open: {{ rate: {rate} }}, mix: {{ {line}: 1 }} }} }}\n")
}

/// A service with this balancer, of groups that are equal or not.
fn balanced(word: &str, rate: &str, fields: &str, hot: u32, groups: [&str; 2]) -> String {
    // Where slots are what is short, half of the time does not depend on the speed.
    let sleep = if fields.is_empty() {
        ""
    } else {
        ", { sleep: { exponential: 10ms } }"
    };
    let rule = match word {
        "consistent-hash" => "{ consistent-hash: { key: things, points: 2000 } }".to_owned(),
        "sticky" => "{ sticky: { key: things } }".to_owned(),
        other => other.to_owned(),
    };
    let weights = match word {
        "weighted" | "smooth-weighted" => [", weight: 3", ", weight: 1"],
        _ => ["", ""],
    };
    model(&format!(
        "data: {{ things: {{ items: 100k, popularity: {{ hot-set: {{ items: 0.001%, share: {hot}% }} }} }} }}\n{}\
         services:\n  s: {{ {fields} balance: {rule}, endpoints: {{ e: [ {{ compute: {{ exponential: 10ms }} }}{sleep} ] }},\n\
         \x20      groups: {{ a: {{ replicas: 2{}{} }}, b: {{ replicas: 1{}{} }} }} }}\n",
        asked(rate, "s.e"),
        groups[0],
        weights[0],
        groups[1],
        weights[1],
    ))
}

/// Three replicas that are alike, at 45 % on average: a hot object and weights make one of them busier.
#[test]
fn balancers_load_the_busiest_copy_as_forecast() {
    let slots = |word: &str| {
        if word == "shared-queue" {
            "concurrency: 1,"
        } else {
            ""
        }
    };
    let row = |word: String| {
        let text = balanced(&word, "135/s", slots(&word), 25, ["", ""]);
        agree(&word, &text)
    };
    nothing_wrong(listed("balancers").into_iter().map(row));
}

/// Groups of unequal speed: the sum of both where the balancer looks for room, the slowest's share where it does not.
#[test]
fn balancers_of_unequal_replicas_saturate_where_forecast() {
    let row = |word: String| {
        let unequal = [", speed: 1.5", ", speed: 0.5"];
        let free = match word.as_str() {
            "shared-queue" => Vec::new(),
            _ => edge(&word, &balanced(&word, "@", "", 0, unequal), 100.0),
        };
        // Who weighs work is refused where requests wait for slots.
        let slots = match word.as_str() {
            "least-work" => Vec::new(),
            _ => edge(
                &format!("{word} with slots"),
                &balanced(&word, "@", "concurrency: 1,", 0, unequal),
                100.0,
            ),
        };
        [free, slots].concat()
    };
    nothing_wrong(listed("balancers").into_iter().map(row));
}

#[test]
fn disciplines_hold_slots_as_forecast() {
    let row = |word: String| {
        let rule = match word.as_str() {
            "fair" => "{ fair: { shares: { gold: 25%, silver: 75% } } }",
            "adaptive-lifo" => "{ adaptive-lifo: { threshold: 40 } }",
            "codel" => "{ codel: { target: 1s, interval: 10s } }",
            other => other,
        };
        let text = model(&format!(
            "workloads: {{ w: {{ open: {{ rate: 100/s }}, mix: {{ j: 1 }} }} }}\n\
             journeys: {{ j: {{ call: s.e, deadline: {{ after: 10s, propagate: true }} }} }}\n\
             services: {{ s: {{ concurrency: 2, discipline: {rule}, endpoints: {{ e: {{ sleep: {{ exponential: 11ms }} }} }} }} }}\n"
        ));
        agree(&word, &text)
    };
    nothing_wrong(listed("disciplines").into_iter().map(row));
}

#[test]
fn processors_are_as_busy_as_forecast() {
    let row = |word: String| {
        let rule = match word.as_str() {
            "fair" => "{ fair: { shares: { gold: 25%, silver: 75% } } }".to_owned(),
            "weighted" => "{ weighted: { weights: { gold: 1, silver: 3 } } }".to_owned(),
            _ => word.clone(),
        };
        let text = model(&format!(
            "{}services: {{ s: {{ cpu: {rule}, cores: 2, endpoints: {{ e: {{ compute: {{ exponential: 6ms }} }} }} }} }}\n",
            asked("200/s", "s.e")
        ));
        agree(&word, &text)
    };
    nothing_wrong(listed("processors").into_iter().map(row));
}

/// What a cache lets through is worked out for each rule (see `fill.rs`): the database behind it is as busy as that says.
#[test]
fn caches_let_through_what_was_forecast() {
    let row = |word: String| {
        let text = model(&format!(
            "data: {{ things: {{ items: 1000, popularity: {{ zipf: {{ exponent: 0.9 }} }} }} }}\n{}\
             services: {{ s: {{ cores: unlimited, endpoints: {{ e: {{ get: c, miss: {{ call: db.q }} }} }} }} }}\n\
             databases: {{ db: {{ queries: {{ q: {{ reads: one, do: {{ compute: {{ exponential: 4ms }} }} }} }} }} }}\n\
             caches: {{ c: {{ of: things, per: s, capacity: 100 items, start: warm, evict: {word} }} }}\n",
            asked("250/s", "s.e")
        ));
        agree(&word, &text)
    };
    nothing_wrong(listed("evictions").into_iter().map(row));
}

/// A program with each step, in a service of 40 slots whose database, pool and helper are bounded too.
#[test]
fn steps_take_what_was_forecast() {
    let row = |word: String| {
        let step = match word.as_str() {
            "compute" => "{ compute: 3ms }",
            "sleep" => "{ sleep: 20ms }",
            "call" => "{ call: help.h }",
            "send" => "{ send: help.h }",
            "reply" => "{ reply: 1 KiB }, { sleep: 20ms }",
            "forward" => "{ forward: help.slow }",
            "run" => "{ run: routine }",
            "parallel" => "{ parallel: [ { call: help.h }, { sleep: 30ms } ] }",
            "repeat" => "{ repeat: 3, do: { call: help.h } }",
            "choose" => {
                "{ choose: [ { weight: 70%, do: { call: help.h } }, { weight: 30%, do: { sleep: 40ms } } ] }"
            }
            "when" => {
                "{ when: { kind: { under: 0.6 } }, do: { call: help.h }, else: { sleep: 20ms } }"
            }
            "hold" => "{ hold: units, do: { sleep: 30ms } }",
            "get" => "{ get: c, miss: { call: help.h } }",
            "put" => "{ put: c }, { call: help.h }",
            "invalidate" => "{ invalidate: c }, { call: help.h }",
            "publish" => "{ publish: q }",
            "fail" => "{ fail: 40% }, { call: help.h }",
            "set" => "{ set: { kind: 0.5 } }, { call: help.h }",
            "stop" => "{ repeat: unlimited, do: [ { call: help.h }, { stop: 50% } ] }",
            other => panic!("the step `{other}` has no program here"),
        };
        let text = model(&format!(
            "data: {{ things: {{ items: 1000 }} }}\n\
             attributes: {{ kind: {{ number: {{ uniform: {{ from: 0, to: 1 }} }} }} }}\n{}\
             services:\n\
             \x20 s: {{ cores: unlimited, concurrency: 40, pools: {{ units: {{ size: 8 }} }},\n\
             \x20      routines: {{ routine: [ {{ call: help.h }}, {{ sleep: 10ms }} ] }},\n\
             \x20      endpoints: {{ e: [ {{ sleep: 10ms }}, {step} ] }} }}\n\
             \x20 help: {{ cores: 8, concurrency: 40, endpoints: {{ h: {{ compute: 4ms }}, slow: [ {{ sleep: 40ms }}, {{ compute: 2ms }} ] }} }}\n\
             queues: {{ q: {{ run: help.h }} }}\n\
             caches: {{ c: {{ of: things, per: s, start: warm, capacity: 500 items }} }}\n",
            asked("100/s", "s.e")
        ));
        agree(&word, &text)
    };
    nothing_wrong(listed("steps").into_iter().map(row));
}

/// The smallest model of each section that holds components, and at which rate it is looked at.
fn of_section(section: &str) -> Option<(String, f64)> {
    let through = |rest: &str, rate: f64| {
        let text = format!(
            "{}services: {{ s: {{ cores: unlimited, endpoints: {{ e: {{ call: x.go }} }} }} }}\n{rest}",
            asked("@", "s.e")
        );
        Some((model(&text), rate))
    };
    let published = "services: { s: { cores: unlimited, endpoints: { e: { publish: x } } }, c: { cores: unlimited, endpoints: { do: { sleep: 20ms } } } }";
    match section {
        "services" => through("", 100.0).map(|(text, rate)| {
            let text = text.replace(
                "endpoints: { e: { call: x.go } } } }",
                "concurrency: 3, endpoints: { e: { sleep: 20ms } } } }",
            );
            (text, rate)
        }),
        "functions" => through(
            "functions: { x: { cold-start: 1ms, max-instances: 4, over-limit: queue, endpoints: { go: { sleep: 20ms } } } }\n",
            80.0,
        ),
        "accounts" => through(
            "accounts: { all: { concurrency: 3 } }\nfunctions: { x: { account: all, cold-start: 1ms, max-instances: 40, over-limit: queue, endpoints: { go: { sleep: 20ms } } } }\n",
            80.0,
        ),
        "externals" => through(
            "externals: { x: { concurrency: 3, endpoints: { go: { sleep: 20ms } } } }\n",
            80.0,
        ),
        "databases" => through(
            "databases: { x: { cores: 2, queries: { go: { reads: one, do: { compute: 10ms } } } } }\n",
            80.0,
        ),
        "hosts" => Some((
            model(&format!(
                "{}hosts: {{ x: {{ count: 1, cores: 2 }} }}\nservices: {{ s: {{ host: x, endpoints: {{ e: [ {{ compute: 5ms }}, {{ call: t.f }} ] }} }}, t: {{ host: x, endpoints: {{ f: {{ compute: 10ms }} }} }} }}\n",
                asked("@", "s.e")
            )),
            60.0,
        )),
        "caches" => Some((
            model(&format!(
                "data: {{ things: {{ items: 100 }} }}\n{}services: {{ s: {{ cores: unlimited, endpoints: {{ e: {{ get: x, miss: {{ sleep: 1ms }} }} }} }} }}\n\
                 caches: {{ x: {{ of: things, start: warm, capacity: 100 items, cores: 1, do: {{ compute: 10ms }} }} }}\n",
                asked("@", "s.e")
            )),
            60.0,
        )),
        "topics" => Some((
            model(&format!(
                "{}{published}\ntopics: {{ x: {{ partitions: 2, groups: {{ g: {{ run: c.do, batch: {{ most: 1 }} }} }} }} }}\n",
                asked("@", "s.e")
            )),
            60.0,
        )),
        "queues" => Some((
            model(&format!(
                "{}{published}\nqueues: {{ x: {{ run: c.do, in-flight: 2 }} }}\n",
                asked("@", "s.e")
            )),
            60.0,
        )),
        "cdns" => Some((
            model(&format!(
                "regions: {{ eu: {{}} }}\ndata: {{ things: {{ items: 1M, size: 1 KiB }} }}\n{}\
                 services: {{ s: {{ concurrency: 2, cores: unlimited, endpoints: {{ e: {{ sleep: 20ms }} }} }} }}\n\
                 cdns: {{ x: {{ of: things, sites: {{ eu: 1 }}, capacity: 10 items, origin: s.e }} }}\n",
                "workloads: { w: { from: eu, open: { rate: @ }, mix: { j: 1 } } }\njourneys: { j: { call: x.get } }\n"
            )),
            60.0,
        )),
        "stores" => Some((
            model(&format!(
                "data: {{ things: {{ items: 1000, size: 1 KiB }} }}\n{}services: {{ s: {{ concurrency: 2, cores: unlimited, endpoints: {{ e: {{ call: x.get }} }} }} }}\n\
                 stores: {{ x: {{ of: things, tiers: {{ hot: {{ first-byte: 20ms }} }} }} }}\n",
                asked("@", "s.e")
            )),
            60.0,
        )),
        "routes" => Some((
            model(&format!(
                "regions: {{ eu: {{}}, us: {{}} }}\n{}services: {{ s: {{ in: [eu, us], concurrency: 2, cores: unlimited, endpoints: {{ e: {{ sleep: 20ms }} }} }} }}\n\
                 routes: {{ x: {{ to: s, pick: {{ weighted: {{ eu: 1, us: 1 }} }} }} }}\n",
                "workloads: { w: { from: eu, open: { rate: @ }, mix: { j: 1 } } }\njourneys: { j: { call: x.e } }\n"
            )),
            120.0,
        )),
        "scaleproof" | "name" | "load" | "about" | "priorities" | "assumptions" | "data"
        | "attributes" | "regions" | "network" | "workloads" | "journeys" | "objectives"
        | "expect" | "prices" | "charges" => None,
        other => panic!("the section `{other}` has no model here"),
    }
}

#[test]
fn every_kind_of_component_saturates_where_forecast() {
    let mut kinds: BTreeSet<ComponentKind> = BTreeSet::new();
    let mut rows = Vec::new();
    for section in listed("sections") {
        let Some((text, rate)) = of_section(&section) else {
            continue;
        };
        let plan = common::plan(&text.replace('@', &format!("{rate}/s")));
        kinds.extend(plan.components.iter().map(|component| component.kind));
        rows.push(edge(&section, &text, rate));
    }
    assert!(kinds.len() >= 11, "{kinds:?}");
    nothing_wrong(rows);
}

/// Every kind of limit, as the one that is reached first.
#[test]
fn every_limit_is_where_it_was_forecast() {
    let one = |fields: &str, program: &str| {
        let text = format!(
            "{}services: {{ s: {{ cores: unlimited, {fields} endpoints: {{ e: {program} }} }} }}\n",
            asked("@", "s.e")
        );
        model(&text)
    };
    let database = |data: &str, fields: &str, query: &str| {
        let text = format!(
            "{data}{}services: {{ s: {{ cores: unlimited, endpoints: {{ e: {{ call: db.q }} }} }} }}\n\
             databases: {{ db: {{ cores: unlimited, {fields} queries: {{ q: {{ {query} }} }} }} }}\n",
            asked("@", "s.e")
        );
        model(&text)
    };
    let rows = "data: { rows: { items: 40, popularity: { zipf: { exponent: 1.0 } } } }\n";
    let texts = [
        ("slots", one("concurrency: 3,", "{ sleep: 20ms }")),
        (
            "pool",
            one(
                "pools: { disk: { size: 3 } },",
                "{ hold: disk, do: { sleep: 20ms } }",
            ),
        ),
        (
            "units of a pool",
            one(
                "pools: { disk: { size: 6 } },",
                "{ hold: disk, units: 2, do: { sleep: 20ms } }",
            ),
        ),
        (
            "connections",
            database(
                "",
                "connections: { per-caller: 3 },",
                "reads: one, do: { sleep: 20ms }",
            ),
        ),
        (
            "row locks",
            database(
                rows,
                "of: rows,",
                "writes: one, lock: rows, do: { sleep: 20ms }",
            ),
        ),
        (
            "slots behind a forward",
            model(&format!(
                "{}services: {{ s: {{ cores: unlimited, concurrency: 4, endpoints: {{ e: [ {{ sleep: 10ms }}, {{ forward: t.f }} ] }} }}, t: {{ cores: unlimited, concurrency: 50, endpoints: {{ f: {{ sleep: 100ms }} }} }} }}\n",
                asked("@", "s.e")
            )),
        ),
        (
            "rate limit",
            one(
                "rate-limit: { token-bucket: { rate: 100/s, burst: 20 } },",
                "{ sleep: 5ms }",
            ),
        ),
    ];
    let all = texts.iter().map(|(name, text)| edge(name, text, 50.0));
    nothing_wrong(all);
}

/// The order of workloads does not matter, and each has its own way.
#[test]
fn each_workload_asks_from_where_it_is() {
    let text = |first: &str, second: &str| {
        model(&format!(
            "workloads:\n  {first}\n  {second}\njourneys: {{ j: {{ call: s.e }} }}\n\
             services: {{ s: {{ cores: 4, endpoints: {{ e: {{ compute: 5ms }} }} }} }}\n"
        ))
    };
    let far = "far: { closed: { users: 40, think: 50ms }, access: { rtt: 400ms }, mix: { j: 1 } }";
    let near = "near: { closed: { users: 10, think: 50ms }, mix: { j: 1 } }";
    let [one, other] = [text(far, near), text(near, far)].map(|text| common::plan(&text));
    // 40/(450 + 5) + 10/(50 + 5) requests per ms.
    let rate = (40.0 / 0.455 + 10.0 / 0.055_f64) * 5e-3 / 4.0;
    for plan in [&one, &other] {
        let load = plan.load.processor_load[0];
        assert!((load / rate - 1.0).abs() < 0.01, "{load} instead of {rate}");
    }
}

/// Connections that users hold belong to no component: what they lead to is named, by arithmetic and by the run.
#[test]
fn users_wait_for_connections_of_what_they_ask() {
    let text = model(
        "workloads: { w: { open: { rate: 18/s }, mix: { db.q: 1 } } }\n\
         databases: { db: { cores: unlimited, connections: { per-caller: 2 }, queries: { q: { reads: one, do: { sleep: { exponential: 100ms } } } } } }\n",
    );
    let plan = common::plan(&text);
    let fullest = plan.load.fullest().expect("connections are a limit");
    assert_eq!(fullest.name(&plan), "`db` (db connections of users)");
    // 18 a second, 100 ms each, of two.
    assert!((fullest.asked - 0.9).abs() < 1e-9, "{}", fullest.asked);
    let request = scaleproof::lab::Request {
        replications: Some(16),
        duration: Some(20_000_000_000),
        ..scaleproof::lab::Request::default()
    };
    let outcome = scaleproof::lab::run(&plan, &request, &scaleproof::lab::Silent);
    let meta = scaleproof::analysis::Meta {
        file: "users.yaml".into(),
    };
    let result = scaleproof::analysis::summarise(&plan, &outcome, &meta);
    assert_eq!(result.bottleneck.component.as_deref(), Some("db"));
}

/// Twice as much comes as is served. It grows without end, unless something on its way sheds the excess; and what is published passes
/// a bounded queue that is not full.
#[test]
fn what_is_shed_does_not_grow_without_end() {
    let grows = |call: &str, fields: &str, program: &str, rest: &str| {
        let text = model(&format!(
            "{}services:\n  s: {{ cores: unlimited, endpoints: {{ e: {{ call: t.f, {call} }} }} }}\n  t: {{ {fields} endpoints: {{ f: {program} }} }}\n{rest}",
            asked("100/s", "s.e")
        ));
        common::plan(&text).load.unserved().is_some()
    };
    let slots = "cores: unlimited, concurrency: 2,";
    let sleeps = "{ sleep: 40ms }";
    assert!(grows("", slots, sleeps, ""));
    assert!(!grows("", &format!("{slots} backlog: 10,"), sleeps, ""));
    assert!(!grows("", &format!("{slots} patience: 1s,"), sleeps, ""));
    assert!(!grows(
        "",
        &format!("{slots} discipline: codel,"),
        sleeps,
        ""
    ));
    // A server does not notice by itself that its caller has given up.
    assert!(grows("timeout: 1s", slots, sleeps, ""));
    assert!(!grows("timeout: 1s, cancel: propagate", slots, sleeps, ""));
    assert!(!grows("timeout: 1s, cancel: at-dequeue", slots, sleeps, ""));
    assert!(grows(
        "timeout: 1s, cancel: at-dequeue",
        "",
        "{ compute: 20ms }",
        ""
    ));
    assert!(!grows(
        "deadline: { after: 1s, propagate: true }",
        slots,
        sleeps,
        ""
    ));
    // Half of it is let through, which is just what can be done; or three quarters.
    let limit =
        |rate: u32| format!("rate-limit: {{ token-bucket: {{ rate: {rate}/s, burst: 5 }} }}");
    assert!(!grows(&limit(50), slots, sleeps, ""));
    assert!(grows(&limit(75), slots, sleeps, ""));
    let disk = |wait: &str| format!("{{ hold: disk, {wait} do: {{ sleep: 40ms }} }}");
    let pool = "cores: unlimited, pools: { disk: { size: 2 } },";
    assert!(grows("", pool, &disk(""), ""));
    assert!(!grows("", pool, &disk("wait: 1s,"), ""));
    let published = "queues: { q: { run: u.do } }\n";
    let bounded = "concurrency: 5, backlog: 5, cores: unlimited,";
    let behind = model(&format!(
        "{}services:\n  t: {{ {bounded} endpoints: {{ f: [ {{ sleep: 1ms }}, {{ publish: q }} ] }} }}\n  u: {{ endpoints: {{ do: {{ compute: 20ms }} }} }}\n{}",
        asked("100/s", "t.f"),
        published
    ));
    assert!(common::plan(&behind).load.unserved().is_some());
}
