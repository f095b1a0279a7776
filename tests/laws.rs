//! Laws that hold on every run, exactly: conservation, Little's law as an identity of areas, busy at most capacity, and a listener that
//! is told the truth at every instant.

mod common;

use scaleproof::engine::{Engine, Probe};
use scaleproof::measure::laws::{Audit, broken};
use scaleproof::measure::{Span, Stopped, Tally, replicate_before};
use scaleproof::plan::{Capacity, CpuDiscipline, Plan};

const MESS: &str = include_str!("messes/mess.yaml");
const ANOTHER: &str = include_str!("messes/another.yaml");
const OVERLOAD: &str = include_str!("messes/overload.yaml");

const MESSES: [&str; 3] = [MESS, ANOTHER, OVERLOAD];

fn span(from: u64, until: u64) -> Span {
    Span {
        from,
        until,
        settle: until,
        windows: 37,
        most_flights: 1 << 16,
    }
}

/// A replication, and the laws that it breaks.
fn audited(plan: &Plan, seed: u64, replication: u32, span: &Span) -> (Tally, Vec<String>) {
    let audit = Audit::new(plan, span);
    let (tally, audit) =
        replicate_before(plan, seed, replication, span, &|| false, audit).expect("nobody stops it");
    let found = audit.verdict(plan, &tally);
    (tally, found)
}

fn failures(tally: &Tally) -> u64 {
    let rows = tally.entries.iter().chain(&tally.endpoints);
    rows.map(|row| row.failed.iter().sum::<u64>()).sum()
}

#[test]
fn messes_keep_the_laws() {
    for text in MESSES {
        let plan = common::plan(text);
        for replication in 0..8 {
            let (tally, found) =
                audited(&plan, 7, replication, &span(2_000_000_000, 22_000_000_000));
            assert!(found.is_empty(), "{}: {found:#?}", plan.name);
            assert!(failures(&tally) > 100, "{} is no mess", plan.name);
            for cache in &tally.caches {
                assert!(cache.hits > 100 && cache.misses > 100 && cache.coalesced > 0);
            }
        }
    }
}

#[test]
fn shipped_models_keep_the_laws() {
    let shipped = common::shipped();
    assert!(shipped.len() >= 8);
    let mut requests = 0;
    for (file, plan, until) in shipped {
        for replication in 0..2 {
            let (tally, found) = audited(&plan, 1, replication, &span(until / 5, until));
            assert!(found.is_empty(), "{}: {found:#?}", file.display());
            requests += tally.requests;
        }
    }
    assert!(requests > 20_000, "{requests} requests");
}

/// A run that stops in the middle of something keeps its books as well: in the window, and before it.
#[test]
fn runs_that_stop_early_keep_the_laws() {
    let mut stopped = 0;
    for text in MESSES {
        let plan = common::plan(text);
        for most_flights in [12, 20, 40] {
            for replication in 0..16 {
                let span = Span {
                    most_flights,
                    ..span(20_000_000, 22_000_000_000)
                };
                let (tally, found) = audited(&plan, 3, replication, &span);
                stopped += u32::from(matches!(tally.stopped, Stopped::TooMany { .. }));
                assert!(found.is_empty(), "{}: {found:#?}", plan.name);
            }
        }
    }
    assert!(stopped > 100, "{stopped} runs stopped early");
}

/// A journey that holds a connection from before the window until after it has used it for the whole of the window.
#[test]
fn what_users_hold_when_the_run_ends_is_counted() {
    let plan = common::plan(
        "scaleproof: model/1\nname: held\nworkloads: { w: { closed: { users: 1 }, mix: { j: 1 } } }\njourneys: { j: { call: d.q } }\ndatabases: { d: { connections: { per-caller: 1 }, queries: { q: { reads: one, do: { sleep: 60s } } } } }",
    );
    let (tally, found) = audited(&plan, 1, 0, &span(1_000_000_000, 3_000_000_000));
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(tally.holds[0].used, 2_000_000_000);
}

/// Those who are still there when too many requests end a run inside its window have not left.
#[test]
fn a_run_that_stops_early_counts_nobody_as_gone() {
    let plan = common::plan(
        "scaleproof: model/1\nname: full\nworkloads: { w: { open: { rate: 10/s, process: paced }, mix: { a.e: 1 } } }\nservices: { a: { concurrency: 4, endpoints: { e: { sleep: 1h } } } }",
    );
    let span = Span {
        most_flights: 20,
        ..span(0, 60_000_000_000)
    };
    let (tally, found) = audited(&plan, 1, 0, &span);
    assert!(found.is_empty(), "{found:?}");
    assert!(matches!(tally.stopped, Stopped::TooMany { .. }));
    let row = &tally.stations[0];
    assert_eq!((row.finished, row.arrived), (0, row.at_end));
    assert!(row.at_end >= 8);
}

/// What is changed, and words of the complaint that it must raise.
type Lie<'a, T> = (&'a str, &'a dyn Fn(&mut T));

/// Every law, broken on purpose.
#[test]
fn false_books_are_found_out() {
    let plan = common::plan(MESS);
    let span = span(2_000_000_000, 6_000_000_000);
    let (tally, found) = audited(&plan, 7, 0, &span);
    assert!(found.is_empty(), "{found:?}");
    let window = u128::from(tally.until - tally.from);
    let lies: [Lie<'_, Tally>; 18] = [
        ("sent", &|tally| tally.entries[0].sent += 1),
        ("sent", &|tally| tally.endpoints[1].failed[2] += 1),
        ("which nothing in the plan can cause", &|tally| {
            tally.endpoints[0].failed[8] += 1;
        }),
        ("not every success", &|tally| {
            tally.entries[1].latency.count += 1;
        }),
        ("not every failure", &|tally| {
            tally.entries[1].failed_after.record(5);
        }),
        ("differ on the largest", &|tally| {
            tally.entries[0].latency.max += 1;
        }),
        ("a wait is negative", &|tally| {
            tally.waits[0].record(u64::MAX);
        }),
        ("unfinished", &|tally| tally.entries[0].unfinished += 1),
        ("came", &|tally| tally.stations[0].refused += 1),
        ("are not those in slots", &|tally| {
            tally.stations[0].present += 1;
        }),
        ("slot-ns", &|tally| {
            tally.stations[0].slots = 6 * window + 1;
        }),
        ("wasted", &|tally| {
            tally.stations[0].wasted = tally.stations[0].slots + 1;
        }),
        ("places", &|tally| tally.stations[0].most_queued = 11),
        ("busy", &|tally| {
            tally.processors[0].busy = 1500 * window + 1;
        }),
        ("more messages", &|tally| {
            tally.groups[0].lag = u128::from(tally.groups[0].most) * window + 1;
        }),
        ("older messages", &|tally| tally.groups[0].oldest = 0),
        ("room", &|tally| tally.caches[0].held = 150 * window + 1),
        ("unit-ns", &|tally| {
            tally.holds[0].used = 15 * window + 1;
        }),
    ];
    for (words, lie) in lies {
        let mut tally = tally.clone();
        lie(&mut tally);
        let found = broken(&plan, &tally);
        assert!(
            found.iter().any(|law| law.contains(words)),
            "{words}: {found:?}"
        );
    }
}

/// What only the second listener can know, each told falsely once.
#[test]
fn false_happenings_are_found_out() {
    let plan = common::plan(MESS);
    let span = span(2_000_000_000, 6_000_000_000);
    let messages = plan.groups[0].messages.0;
    let lies: [Lie<'_, Audit>; 15] = [
        ("(Little)", &|audit| audit.arrived(0, 3_000_000_000)),
        ("more came than left", &|audit| {
            audit.refused(0, 7_000_000_000);
        }),
        ("present before", &|audit| {
            for _ in 0..17 {
                audit.arrived(0, 3_000_000_000);
            }
            audit.refused(0, 3_000_000_001);
        }),
        ("requests in progress", &|audit| audit.born(0, 1)),
        ("requests of entry 0", &|audit| audit.born(0, 1)),
        ("calls of endpoint 1", &|audit| {
            audit.answered(1, 0, 3_000_000_000, Ok(()));
        }),
        ("late answers", &|audit| {
            for _ in 0..100_000 {
                audit.late(0, 1);
            }
        }),
        ("messages to do have area", &|audit| {
            audit.published(0, messages, 1, 2_500_000_000);
            audit.answered(messages, 1, 2_600_000_000, Ok(()));
        }),
        ("told 7 to do", &|audit| audit.lagged(0, 1, 2, 7, 1)),
        ("since 2 ns", &|audit| audit.lagged(0, 1, 2, 0, 2)),
        ("acquisitions", &|audit| audit.used(0, 0, 0, 1, 1)),
        ("time goes back", &|audit| {
            audit.job_done(0, 2);
            audit.job_done(0, 1);
        }),
        ("lasted from", &|audit| audit.gave_up(0, 2, 1)),
        ("thousandths", &|audit| audit.busy(0, 0, 1, 1501)),
        ("more thrown out", &|audit| audit.stored(0, 1, 100_000)),
    ];
    for (words, lie) in lies {
        let mut audit = Audit::new(&plan, &span);
        lie(&mut audit);
        let (tally, audit) =
            replicate_before(&plan, 7, 0, &span, &|| false, audit).expect("nobody stops it");
        let found = audit.verdict(&plan, &tally);
        assert!(
            found.iter().any(|law| law.contains(words)),
            "{words}: {found:?}"
        );
    }
}

/// Everything that lasted: (which, from, until, how much).
#[derive(Default)]
struct Intervals {
    slots: Vec<(u32, u64, u64, u64)>,
    queues: Vec<(u32, u64, u64, u64)>,
    cores: Vec<(u32, u64, u64, u64)>,
    units: Vec<(u32, u64, u64, u64)>,
}

impl Probe for Intervals {
    fn occupied(&mut self, station: u32, from: u64, to: u64, _wasted: bool) {
        self.slots.push((station, from, to, 1));
    }
    fn occupied_until_now(&mut self, station: u32, from: u64, now: u64) {
        self.slots.push((station, from, now, 1));
    }
    fn queued(&mut self, station: u32, from: u64, to: u64) {
        self.queues.push((station, from, to, 1));
    }
    fn busy(&mut self, processor: u32, from: u64, to: u64, milli: u64) {
        self.cores.push((processor, from, to, milli));
    }
    fn used(&mut self, quantity: u32, _instance: u32, from: u64, to: u64, units: u32) {
        self.units.push((quantity, from, to, u64::from(units)));
    }
}

/// The most there was at any instant of each: sums over a sorted list of beginnings and ends.
fn most(intervals: &[(u32, u64, u64, u64)], of: impl Fn(u32) -> usize, rows: usize) -> Vec<u64> {
    let mut changes: Vec<(u64, i64, usize)> = Vec::new();
    for &(which, from, to, amount) in intervals.iter().filter(|row| row.1 < row.2) {
        changes.push((from, amount.cast_signed(), of(which)));
        changes.push((to, -amount.cast_signed(), of(which)));
    }
    changes.sort_unstable(); // at one instant, ends come first
    let (mut now, mut most) = (vec![0i64; rows], vec![0; rows]);
    for (_, change, row) in changes {
        now[row] += change;
        most[row] = now[row].max(most[row]);
    }
    assert!(now.iter().all(|&left| left == 0));
    most.into_iter().map(|most| most as u64).collect()
}

#[test]
fn nothing_is_ever_fuller_than_it_can_be() {
    let (mut tight, mut loose) = (0, 0);
    for text in MESSES {
        let plan = common::plan(text);
        let mut engine = Engine::new(&plan, 5, 1, 1 << 16, Intervals::default());
        engine.run_until(20_000_000_000).expect("room for all");
        engine.close();
        let heard = &engine.probe;
        let mut judge = |what: &str, index: usize, most: u64, room: u64| {
            assert!(
                most <= room,
                "{} {what} {index}: {most} of {room}",
                plan.name
            );
            *(if most == room { &mut tight } else { &mut loose }) += 1;
        };
        let stations = plan.stations.len();
        let slots = most(&heard.slots, |station| station as usize, stations);
        let home = |station: u32| {
            let row = &plan.stations[station as usize];
            row.shared.map_or(station as usize, |_| {
                plan.components[row.component.index()].first.index()
            })
        };
        let queues = most(&heard.queues, home, stations);
        for (index, station) in plan.stations.iter().enumerate() {
            judge("slots", index, slots[index], u64::from(station.concurrency));
            let places =
                (station.shared).map_or(station.backlog, |pool| plan.pools[pool.index()].backlog);
            judge("queue", index, queues[index], u64::from(places));
        }
        let processors = plan.processors.len();
        for (index, &most) in
            (most(&heard.cores, |processor| processor as usize, processors).iter()).enumerate()
        {
            let spec = &plan.processors[index];
            if let Capacity::Cores(cores) = spec.cores {
                // Thousandths are rounded once per core.
                let servers = if spec.discipline == CpuDiscipline::Ps {
                    1.0
                } else {
                    cores.ceil()
                };
                let room = (servers * (1000.0 * cores / servers).round()) as u64;
                judge("cores", index, most, room);
            }
        }
        let quantities = plan.quantities.len();
        for (index, &most) in
            (most(&heard.units, |quantity| quantity as usize, quantities).iter()).enumerate()
        {
            let spec = &plan.quantities[index];
            let keyed = |hold: &scaleproof::plan::Hold| {
                hold.quantity.index() == index && hold.key.is_some()
            };
            if !plan.holds.iter().any(keyed) {
                judge("units", index, most, u64::from(spec.size * spec.instances));
            }
        }
    }
    assert!(
        tight > 20,
        "the messes fill what there is: {tight} full, {loose} not"
    );
}

/// Rules that are not the usual ones, and instances that come and go, under callers who give up, with and without cancellation.
#[test]
fn rare_rules_and_functions_keep_the_laws() {
    let head = "scaleproof: model/1\nname: rare\npriorities: [gold, silver]\nworkloads:\n  w: { open: { rate: 40/s }, mix: { j: 1 }, priority: gold }\n  v: { open: { rate: 60/s }, mix: { k: 1 }, priority: silver }\njourneys:\n  j: { call: a.e, timeout: 90ms, cancel: propagate }\n  k: { call: a.e, deadline: { after: 120ms, propagate: true } }\n";
    let program = "endpoints: { e: [ { compute: { exponential: 10ms } }, { compute: { exponential: 8ms } } ] }";
    let service = |fields: &str| format!("{head}services: {{ a: {{ {fields}, {program} }} }}");
    let function = |fields: &str| {
        format!(
            "{head}functions: {{ a: {{ max-instances: 4, keep-alive: 20ms, cold-start: {{ exponential: 30ms }}, {fields}, {program} }} }}"
        )
    };
    let texts = [
        service("cores: 2, concurrency: 2, discipline: shortest"),
        service("concurrency: 3, discipline: deadline, patience: { exponential: 50ms }"),
        service("concurrency: 2, discipline: { fair: { shares: { gold: 3, silver: 1 } } }"),
        service(
            "concurrency: 2, patience: 80ms, discipline: { codel: { target: 5ms, interval: 20ms } }",
        ),
        service("concurrency: 2, backlog: 9, discipline: { adaptive-lifo: { threshold: 3 } }"),
        service("cores: 1.5, cpu: { lifo: { preempt: true } }"),
        service("cores: 2, cpu: { shortest: { preempt: true } }"),
        service("cores: 2, cpu: least-attained"),
        service("cores: 2, cpu: { weighted: { weights: { gold: 3, silver: 1 } } }"),
        service("cores: 2, cpu: { fair: { shares: { gold: 75%, silver: 25% } } }"),
        service("cores: 4, usl: { contention: 2%, coherency: 0.1%, over: in-progress }"),
        function("patience: 60ms, over-limit: queue, backlog: 5"),
        function("waits-for: first-free, over-limit: queue, patience: 60ms"),
        function(
            "per-instance: 3, scale-up: { burst: 1, then: 5/s }, provisioned: 1, over-limit: queue",
        ),
        function(
            "per-instance: 2, waits-for: first-free, scale-up: { burst: 2, then: 5/s }, take: oldest-idle",
        ),
    ];
    for text in &texts {
        hold(text, |_, tally| assert!(failures(tally) > 0, "{text}"));
    }
}

/// Half a minute of a model keeps all laws, in each of four replications, about which there is more to say.
fn hold(text: &str, also: impl Fn(&Plan, &Tally)) {
    let plan = common::plan(text);
    for replication in 0..4 {
        let span = span(2_000_000_000, 32_000_000_000);
        let (tally, found) = audited(&plan, 5, replication, &span);
        assert!(found.is_empty(), "{text}: {found:#?}");
        assert!(tally.entries[0].ok > 100, "{text}");
        also(&plan, &tally);
    }
}

/// Calls with a choice of places, some of which are lost again and again, all the while too busy.
#[test]
fn steering_keeps_the_laws() {
    let text = |web: &str, route: &str| {
        format!(
            "scaleproof: model/1\nname: steering\ndata: {{ things: {{ items: 50 }} }}\n\
             regions:\n  eu: {{ zones: [a, b], reliability: {{ up: {{ exponential: 900ms }}, down: {{ exponential: 200ms }} }}, zone-reliability: {{ up: {{ exponential: 700ms }}, down: {{ exponential: 100ms }} }} }}\n  us: {{ zones: [a] }}\n\
             network: {{ same-zone: {{ rtt: 1ms }}, cross-zone: {{ rtt: {{ exponential: 2ms }} }}, between: [ {{ ends: [eu, us], rtt: 20ms, loss: 1% }} ] }}\n\
             workloads:\n  w: {{ from: eu, open: {{ rate: 60/s }}, mix: {{ j: 1, shop.e: 1 }} }}\n  v: {{ from: us, open: {{ rate: 40/s }}, mix: {{ shop.f: 1 }} }}\n\
             journeys: {{ j: {{ call: shop.e, timeout: 90ms, cancel: propagate, retry: {{ attempts: 3 }} }} }}\n\
             routes: {{ shop: {{ to: web{route} }} }}\n\
             services:\n  web: {{ in: [eu, us], replicas: 2, endpoints: {{ e: [ {{ compute: {{ exponential: 8ms }} }}, {{ call: back.e, hedge: {{ after: 20ms }} }} ], f: [ {{ send: back.e }}, {{ call: d.look }}, {{ call: d.put }} ] }} }}\n  \
             back: {{ in: [eu, us], replicas: 3, {web}, endpoints: {{ e: {{ compute: {{ exponential: 12ms }} }} }} }}\n\
             databases: {{ d: {{ of: things, in: [eu, us], replicas: 3, read: nearest, lag: 30ms, failover: {{ detect: 50ms, elect: 30ms }}, queries: {{ look: {{ reads: one, do: {{ compute: 2ms }} }}, put: {{ writes: one, do: {{ compute: 2ms }} }} }} }} }}\n"
        )
    };
    let texts = [
        text("prefer: same-zone, failover: region", ""),
        text(
            "prefer: { same-zone: { spill: { above: 30%, every: 1s } } }, failover: region, balance: round-robin",
            ", check: { every: 100ms, fails: 1 }, client-ttl: 500ms",
        ),
        text(
            "prefer: same-zone, failover: region, check: { every: 100ms, fails: 1 }, slow-start: 500ms, balance: least-requests",
            ", check: { every: 100ms }",
        ),
        text(
            "check: { every: 50ms, fails: 2 }, slow-start: 300ms, balance: round-robin",
            "",
        ),
        text(
            "failover: region, eject: { after: 1, for: 200ms, most: 50% }, balance: { least-requests: { view: caller } }",
            ", pick: { weighted: { eu: 2, us: 1 } }, spill: { above: 20%, every: 1s }",
        ),
        text(
            "prefer: same-zone, balance: { consistent-hash: { key: things } }",
            ", pick: { failover: [us, eu] }, client-ttl: 1s, check: { every: 50ms }",
        ),
        text(
            "prefer: same-zone, balance: peak-ewma, eject: { after: 2, for: 1s, most: 100% }",
            ", spill: { above: 20%, every: 1s }",
        ),
    ];
    for text in &texts {
        hold(text, |plan, tally| {
            assert!(tally.areas.iter().any(|area| area.calls > 100), "{text}");
            let places = &tally.breaks[plan.components.len()..];
            assert!(places.len() == 3 && places.iter().all(|row| row.times > 5));
        });
    }
}

/// Replicas, copies, nodes and machines that break every second or so, with all that requests can be doing then.
#[test]
fn breakdowns_keep_the_laws() {
    let head = "scaleproof: model/1\nname: breakdowns\npriorities: [gold, silver]\ndata: { things: { items: 50 } }\nworkloads:\n  w: { open: { rate: 60/s }, mix: { j: 1, m: 1 }, priority: gold }\n  v: { open: { rate: 40/s }, mix: { k: 1 }, priority: silver }\njourneys:\n  j: { call: a.e, timeout: 90ms, cancel: propagate, retry: { attempts: 3 } }\n  k: { call: a.e, deadline: { after: 120ms, propagate: true } }\n  m: { call: a.f }\n";
    let rest = |a: &str, host: &str, database: &str, cache: &str| {
        format!(
            "{head}hosts: {{ h: {{ count: 2, cores: 2, {host} }} }}\n\
             services:\n  a: {{ replicas: 2, {a}, endpoints: {{ e: [ {{ compute: {{ exponential: 8ms }} }}, {{ call: b.e, hedge: {{ after: p90 }} }} ], f: {{ parallel: [ {{ call: b.e }}, {{ sleep: 20ms }}, [ {{ get: c, miss: {{ call: d.look }} }}, {{ call: d.put }} ] ] }} }} }}\n  b: {{ host: h, replicas: 2, endpoints: {{ e: {{ compute: {{ exponential: 6ms }} }} }} }}\n\
             databases: {{ d: {{ of: things, replicas: 3, lag: 30ms, connections: {{ per-caller: 8, wait: 50ms }}, {database}, queries: {{ look: {{ reads: one, do: {{ compute: 2ms }} }}, put: {{ writes: one, lock: things, do: {{ compute: 2ms }} }} }} }} }}\n\
             caches: {{ c: {{ of: things, nodes: 3, capacity: 30 items, coalesce: true, {cache} }} }}\n"
        )
    };
    let breaks = |rest: &str| {
        format!(
            "reliability: {{ up: {{ exponential: 900ms }}, down: {{ exponential: 200ms }}, {rest} }}"
        )
    };
    let lost = breaks("crews: 1");
    let (resume, restart) = (breaks("work: resume"), breaks("work: restart, clock: busy"));
    let fails = format!("{lost}, failover: {{ detect: 50ms, elect: 30ms }}");
    let waits = format!(
        "{lost}, write: {{ acks: 2 }}, failover: {{ detect: 50ms, elect: 30ms, writes: wait }}"
    );
    let texts = [
        rest(&lost, &lost, &fails, &lost),
        rest(&resume, &restart, &waits, &breaks("clock: busy")),
        rest(
            &format!("cpu: fifo, concurrency: 4, backlog: 20, {restart}"),
            &resume,
            &waits,
            &lost,
        ),
        rest(
            &format!("concurrency: 4, balance: shared-queue, {lost}"),
            &lost,
            "read: any",
            "cores: 1",
        ),
        rest(
            &format!("concurrency: 4, balance: shared-queue, {resume}"),
            &format!("cpu: {{ lifo: {{ preempt: true }} }}, {resume}"),
            &fails,
            &lost,
        ),
        rest(
            &format!("cpu: {{ weighted: {{ weights: {{ gold: 3, silver: 1 }} }} }}, {restart}"),
            &format!("cpu: least-attained, {lost}"),
            &format!("read: {{ copies: 2 }}, {fails}"),
            &resume,
        ),
    ];
    let mess = |shop: &str, pay: &str, books: &str, store: &str| {
        let text = MESS.replace("  shop:\n", &format!("  shop:\n    {shop}\n"));
        let text = text.replace("  pay: { ", &format!("  pay: {{ {pay}, "));
        let text = text.replace("  books: { ", &format!("  books: {{ {books}, "));
        let text = text.replace("book: { run", "book: { rebalance: { pause: 50ms }, run");
        let text = text.replace("look: { run", "look: { rebalance: { pause: 20ms }, run");
        text.replace("{ store: { ", &format!("{{ store: {{ {store}, "))
    };
    let messes = [
        mess(&lost, &lost, &lost, &fails),
        mess(
            &resume,
            &restart,
            &resume,
            &format!("{lost}, failover: {{ detect: 50ms, elect: 30ms, writes: wait }}"),
        ),
        mess(&restart, &resume, &lost, &lost),
    ];
    for text in texts.iter().chain(&messes) {
        hold(text, |_, tally| {
            assert!(failures(tally) > 0, "{text}");
            let mut rows = tally.breaks.iter();
            assert!(rows.any(|row| row.times > 20 && row.down > 0));
        });
    }
}
