//! Databases by hand: shards, copies, lag, stale reads, quorums, row locks.
//!
//! Users of a closed workload with `ramp: 1/s` ask at 0 s, 1 s, 2 s, …, each once.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::measure::{Span, Tally, replicate};
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    reads: String,
    behind: String,
    arrived: Vec<u32>,
    moved: String,
}

impl Probe for Log {
    fn settled(&mut self, _entry: u32, birth: u64, now: u64, outcome: Outcome) {
        let word = outcome.map_or_else(scaleproof::policy::Cause::name, |()| "ok");
        let _ = write!(
            self.text,
            "{} → {} {word}; ",
            birth as f64 / 1e9,
            now as f64 / 1e9
        );
    }
    fn read(&mut self, _endpoint: u32, now: u64, stale: bool) {
        let word = if stale { "stale" } else { "fresh" };
        let _ = write!(self.reads, "{} {word}; ", now as f64 / 1e9);
    }
    fn caught_up(&mut self, _database: u32, _now: u64, behind: u64) {
        let _ = write!(self.behind, "{}; ", behind as f64 / 1e9);
    }
    fn moved(&mut self, _database: u32, from: u64, now: u64, all: bool) {
        let word = if all { "all at " } else { "" };
        let _ = write!(self.moved, "{word}{}; ", (now - from) as f64 / 1e9);
    }
    fn arrived(&mut self, station: u32, _now: u64) {
        self.arrived.push(station);
    }
}

/// So many users, a second apart: the first `writers` of them ask for `first`, the others for `then`.
fn run(users: u32, (first, writers): (&str, u32), then: &str, rest: &str) -> Log {
    let text = format!(
        "scaleproof: model/1\nname: exact\ndata: {{ things: {{ items: 1 }} }}\nworkloads: {{ w: {{ closed: {{ users: {users}, think: 1000s, ramp: 1/s }}, mix: {{ go: 1 }} }} }}\n\
         journeys: {{ go: {{ when: {{ user: {{ under: {writers} }} }}, do: {{ call: {first} }}, else: {{ call: {then} }} }} }}\n{rest}"
    );
    let plan = common::plan(&text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
    engine.run_until(500_000_000_000).expect("no overflow");
    engine.close();
    std::mem::take(&mut engine.probe)
}

/// A write at 0 takes 1 s on the leader and 1 s on the follower, whose readers see it 5 s later, at 7 s: a read at the follower is stale
/// from the acknowledgement at 1 s until then. Users of the leader never see that.
#[test]
fn readers_of_a_follower_miss_what_it_has_not_applied() {
    let rest = |read: &str| {
        format!(
            "databases: {{ db: {{ of: things, replicas: 2, cpu: fifo, read: {read}, balance: round-robin, lag: 5s, queries: {{ put: {{ writes: one, do: {{ compute: 1s }} }}, look: {{ reads: one, do: {{ compute: 0 }} }} }} }} }}\n"
        )
    };
    // In turn: the leader at 1, 3, 5, 7 and the follower at 2, 4, 6, 8.
    let log = run(9, ("db.put", 1), "db.look", &rest("any"));
    assert_eq!(
        log.reads,
        "1 fresh; 2 stale; 3 fresh; 4 stale; 5 fresh; 6 stale; 7 fresh; 8 fresh; "
    );
    assert_eq!(log.behind, "6; ");
    assert_eq!(run(9, ("db.put", 1), "db.look", &rest("primary")).reads, "");
    // Behind by more than 2 s from 3 s on: those in turn for the follower at 4 and 6 go to the leader.
    let log = run(9, ("db.put", 1), "db.look", &rest("{ fresh-within: 2s }"));
    assert_eq!(
        log.reads,
        "1 fresh; 2 stale; 3 fresh; 4 fresh; 5 fresh; 6 fresh; 7 fresh; 8 fresh; "
    );
}

/// Three copies; a write is acknowledged at 1 s by the leader alone, and followers show it at 11 s. One answer may come from anybody;
/// of all three the leader's is always among them.
#[test]
fn a_quorum_is_as_fresh_as_its_freshest() {
    let rest = |copies: u32| {
        format!(
            "databases: {{ db: {{ of: things, replicas: 3, cpu: fifo, read: {{ copies: {copies} }}, lag: 9s, queries: {{ put: {{ writes: one, do: {{ compute: 1s }} }}, look: {{ reads: one, do: {{ sleep: {{ uniform: {{ from: 1ms, to: 9ms }} }} }} }} }} }} }}\n"
        )
    };
    let log = run(6, ("db.put", 1), "db.look", &rest(3));
    assert_eq!(
        (
            log.reads.matches("fresh").count(),
            log.reads.matches("stale").count()
        ),
        (5, 0)
    );
    assert_eq!(
        log.arrived.len(),
        3 + 5 * 3,
        "each read asks all three, and nobody is asked to coordinate"
    );
    let one = run(6, ("db.put", 1), "db.look", &rest(1));
    assert!(one.reads.contains("stale"), "{}", one.reads);
}

/// Two writes of one row at 0 s and 1 s: the second waits for the lock until 3 s though there are cores enough.
#[test]
fn a_row_lock_is_held_until_the_commit() {
    let rest = |lock: &str| {
        format!(
            "databases: {{ db: {{ of: things, cores: 4, queries: {{ put: {{ writes: one, {lock} do: {{ compute: 3s }} }} }} }} }}\n"
        )
    };
    assert_eq!(
        run(2, ("db.put", 2), "db.put", &rest("lock: things,")).text,
        "0 → 3 ok; 1 → 6 ok; "
    );
    assert_eq!(
        run(2, ("db.put", 2), "db.put", &rest("")).text,
        "0 → 3 ok; 1 → 4 ok; "
    );
}

/// All four shards are asked at once; the answer is there when the slowest is, or with the third of four.
#[test]
fn scatter_and_gather() {
    let rest = |need: &str| {
        format!(
            "databases: {{ db: {{ of: things, shards: 4, shard-by: {{ hash: {{ key: things }} }}, concurrency: 1, queries: {{ all: {{ reads: all-shards, {need} do: {{ sleep: 2s }} }} }} }} }}\n"
        )
    };
    let log = run(2, ("db.all", 2), "db.all", &rest(""));
    assert_eq!(
        log.text, "0 → 2 ok; 1 → 4 ok; ",
        "the second waits 1 s in every shard"
    );
    let mut asked = log.arrived.clone();
    asked.sort_unstable();
    assert_eq!(asked, [0, 0, 1, 1, 2, 2, 3, 3]);
    assert_eq!(
        run(1, ("db.all", 1), "db.all", &rest("need: 3,")).text,
        "0 → 2 ok; "
    );
}

/// Object o is in shard o of four. A read of two shards asks that of its object and the next one, after the last the first; whose object it
/// is the call says, else the query, else the data set.
#[test]
fn a_read_asks_its_shard_and_those_that_follow() {
    let asked = |call: &str, query: &str| {
        let text = format!(
            "scaleproof: model/1\nname: exact\ndata: {{ things: {{ items: 4 }} }}\nattributes: {{ other: {{ key: things }} }}\n\
             workloads: {{ w: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ go: 1 }} }} }}\njourneys: {{ go: {{ call: db.look, {call} }} }}\n\
             databases: {{ db: {{ of: things, shards: 4, shard-by: {{ directory: {{ key: things, hot: 4 }} }}, concurrency: 1, queries: {{ look: {{ {query} do: {{ sleep: 2s }} }} }} }} }}\n"
        );
        let plan = common::plan(&text);
        let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
        engine.run_until(500_000_000_000).expect("no overflow");
        assert_eq!(engine.probe.text, "0 → 2 ok; ");
        let mut asked = engine.probe.arrived.clone();
        asked.sort_unstable();
        asked
    };
    let two = "reads: { shards: 2 },";
    assert_eq!(asked("with: { things: 1 }", two), [1, 2]);
    assert_eq!(asked("with: { things: 3 }", two), [0, 3]);
    assert_eq!(
        asked("with: { things: 3 }", "reads: { shards: 3 }, need: 2,"),
        [0, 1, 3]
    );
    assert_eq!(
        asked("with: { things: 3 }", "reads: { shards: 4 },"),
        [0, 1, 2, 3]
    );
    let with = "with: { things: 3, other: 1 }";
    for (call, query, shards) in [
        ("", "reads: one,", 3),
        ("", "reads: one, key: things,", 3),
        ("", "reads: one, key: other,", 1),
        (", key: things", "reads: one, key: other,", 3),
        (", key: other", "reads: one,", 1),
    ] {
        assert_eq!(
            asked(&format!("{with}{call}"), query),
            [shards],
            "{call} {query}"
        );
    }
    let call = format!("{with}, key: things");
    assert_eq!(asked(with, "reads: { shards: 2 }, key: other,"), [1, 2]);
    assert_eq!(asked(&call, "reads: { shards: 2 }, key: other,"), [0, 3]);
}

/// Of eight objects of 1 MiB in one shard the four odd ones go to a second one, from 10 s on and one each second: the last begins at 13 s
/// and has been read and written at 13.5 s. Where that takes 1.5 s the next one begins then, and the last has moved at 16 s.
#[test]
fn data_move_to_a_new_shard_batch_by_batch() {
    let moved = |rate: &str, work: &str, copies: u32| {
        let text = format!(
            "scaleproof: model/1\nname: exact\ndata: {{ things: {{ items: 8, size: 1MiB }} }}\n\
             workloads: {{ w: {{ closed: {{ users: 40, think: 1000s, ramp: 1/s }}, mix: {{ go: 1 }} }} }}\njourneys: {{ go: {{ call: db.look, with: {{ things: 1 }} }} }}\n\
             databases: {{ db: {{ of: things, replicas: {copies}, shard-by: {{ directory: {{ key: things, hot: 8 }} }}, \
             reshard: {{ to: 2, at: 10s, rate: {rate}, batch: 1MiB, do: {{ sleep: {work} }} }}, queries: {{ look: {{ reads: one, do: [] }} }} }} }}\n"
        );
        let plan = common::plan(&text);
        let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
        engine.run_until(500_000_000_000).expect("no overflow");
        std::mem::take(&mut engine.probe)
    };
    let log = moved("1MiB/s", "250ms", 1);
    assert_eq!(log.moved, "0.5; 1.5; 2.5; 3.5; all at 3.5; ");
    // The batches, and a read a second by whoever has the object: the old shard up to some time, the new one from 14 s on.
    let at = |station: u32| log.arrived.iter().filter(|at| **at == station).count();
    assert_eq!(at(0) + at(1), 40 + 8);
    assert!((11..=14).contains(&(at(0) - 4)), "{}", at(0));
    assert_eq!(
        moved("1MiB/s", "750ms", 1).moved,
        "1.5; 3; 4.5; 6; all at 6; "
    );
    assert_eq!(
        moved("10MiB/s", "1ms", 1).moved,
        "0.002; 0.102; 0.202; 0.302; all at 0.302; "
    );
    // A follower of the new shard takes each batch, too.
    let followers = moved("1MiB/s", "250ms", 2).arrived;
    assert_eq!(followers.iter().filter(|at| **at == 3).count(), 4);
}

/// Users ask once a second for what takes 1.2 s of the one slot, from 0 to 48 s; a batch, due at 10 s, is less urgent than they are.
#[test]
fn data_move_when_nobody_more_urgent_waits() {
    let text = "scaleproof: model/1\nname: exact\npriorities: [urgent, normal]\ndata: { things: { items: 8, size: 1MiB } }\n\
        workloads: { w: { priority: urgent, closed: { users: 40, think: 1000s, ramp: 1/s }, mix: { db.look: 1 } } }\n\
        databases: { db: { of: things, concurrency: 1, discipline: priority, shard-by: { directory: { key: things, hot: 8 } }, \
        reshard: { to: 2, at: 10s, rate: 1MiB/s, batch: 4MiB, do: { sleep: 1s } }, queries: { look: { reads: one, do: { sleep: 1.2s } } } } }\n";
    let plan = common::plan(text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
    engine.run_until(500_000_000_000).expect("no overflow");
    assert_eq!(engine.probe.moved, "40; all at 40; ");
}

/// A ring that gets its fifth shard gives a fifth of the data to it, ranges of a hash that double give half, and every object is found where it
/// is at any time; then the load is that of five.
#[test]
fn what_moves_is_what_the_new_shards_are_for() {
    let found = |by: &str, to: u32| {
        let text = format!(
            "scaleproof: model/1\nname: grows\ndata: {{ customers: {{ items: 100000 }}, orders: {{ items: 1M, size: 1KiB, belongs-to: customers }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 2k/s }}, mix: {{ db.get: 1 }} }} }}\n\
             databases: {{ db: {{ of: orders, shards: 4, shard-by: {by}, reshard: {{ to: {to}, at: 0s, rate: 100MiB/s, do: {{ compute: 1ms }} }}, queries: {{ get: {{ reads: one, do: {{ compute: 0.1ms }} }} }} }} }}\n"
        );
        let plan = common::plan(&text);
        let span = Span {
            from: 30_000_000_000,
            until: 50_000_000_000,
            settle: 0,
            windows: 1,
            most_flights: 1 << 20,
        };
        let tally = replicate(&plan, 1, 0, &span, &|| false).expect("nobody stops it");
        assert!(tally.moves[0].over);
        let arrived: Vec<u64> = tally
            .stations
            .iter()
            .map(|station| station.arrived)
            .collect();
        let share = plan.databases[0]
            .reshard
            .as_ref()
            .expect("it grows")
            .bytes()
            / 1024e6;
        (share, arrived)
    };
    let (share, arrived) = found("{ consistent-hash: { key: customers, points: 400 } }", 5);
    assert!((share - 0.2).abs() < 0.03, "{share}");
    assert!(
        arrived.iter().all(|&n| n.abs_diff(8_000) < 1_000),
        "{arrived:?}"
    );
    for by in [
        "{ hash: { key: customers } }",
        "{ range: { key: customers } }",
        "{ directory: { key: customers, hot: 1000 } }",
    ] {
        let (share, arrived) = found(by, 8);
        assert!((share - 0.5).abs() < 0.01, "{by}: {share}");
        assert!(
            arrived.iter().all(|&n| n.abs_diff(5_000) < 400),
            "{by}: {arrived:?}"
        );
    }
}

fn grown(shards: (u32, u32), by: &str, rest: &str, from: u64) -> Tally {
    let text = format!(
        "scaleproof: model/1\nname: grows\ndata: {{ customers: {{ items: 100000, size: 1KiB }} }}\nregions: {{ r: {{ zones: [a, b, c] }} }}\n\
         network: {{ same-zone: {{ rtt: 1ms }}, cross-zone: {{ rtt: 2ms }} }}\n\
         workloads: {{ w: {{ from: r, open: {{ rate: 2k/s }}, mix: {{ db.get: 1 }} }} }}\n\
         databases: {{ db: {{ of: customers, shards: {}, shard-by: {by}, reshard: {{ to: {}, {rest} }}, queries: {{ get: {{ reads: one, do: {{ compute: 0.1ms }} }} }} }} }}\n",
        shards.0, shards.1
    );
    let span = Span {
        from,
        until: 50_000_000_000,
        settle: 0,
        windows: 1,
        most_flights: 1 << 20,
    };
    replicate(&common::plan(&text), 1, 0, &span, &|| false).expect("nobody stops it")
}

/// Of 200 shards that become 250 most pairs have a few keys: nobody asks the new ones before the move begins, and all are asked when it is over.
#[test]
fn many_shards_wait_for_what_is_theirs() {
    for by in [
        "{ hash: { key: customers } }",
        "{ consistent-hash: { key: customers, points: 100 } }",
        "{ range: { key: customers } }",
    ] {
        let arrived = |rest: &str, from: u64| {
            let tally = grown((200, 250), by, rest, from);
            let new = tally.stations[200..].iter().map(|station| station.arrived);
            (new.clone().sum::<u64>(), new.min().expect("fifty"))
        };
        assert_eq!(arrived("at: 60s, rate: 1MiB/s", 0).0, 0, "{by}");
        let (sum, least) = arrived("at: 0s, rate: 1MiB/s, batch: 64KiB", 10_000_000_000);
        assert!(
            (12_000..20_000).contains(&sum) && least > 50,
            "{by}: {sum} {least}"
        );
    }
}

/// Nine of ten packets between zones are lost, and with them a sixth of all batches, sixteen times in a row: they are sent again.
#[test]
fn a_lost_batch_is_sent_again() {
    let text = "scaleproof: model/1\nname: lossy\ndata: { things: { items: 100000, size: 1KiB } }\nregions: { r: { zones: [a, b, c] } }\n\
        network: { same-zone: { rtt: 1ms }, cross-zone: { rtt: 2ms, loss: 90% } }\n\
        workloads: { w: { from: r, closed: { users: 1, think: 1000s }, mix: { db.get: 1 } } }\n\
        databases: { db: { of: things, shards: 2, shard-by: { hash: { key: things } }, reshard: { to: 3, at: 0s, rate: 100MiB/s, batch: 1MiB }, queries: { get: { reads: one, do: [] } } } }\n";
    let span = Span {
        from: 0,
        until: 1_000_000_000_000_000,
        settle: 0,
        windows: 1,
        most_flights: 1 << 20,
    };
    let tally = replicate(&common::plan(text), 1, 0, &span, &|| false).expect("nobody stops it");
    let take = common::plan(text);
    let take = take
        .endpoints
        .iter()
        .position(|row| row.name.ends_with("take"));
    let taken = tally.endpoints[take.expect("it is there")].clone();
    assert!(
        tally.moves[0].over && tally.moves[0].batches > 60,
        "{:?}",
        tally.moves[0]
    );
    assert!(taken.sent > tally.moves[0].batches + 4, "{taken:?}");
}

fn tally(text: &str) -> Tally {
    let span = Span {
        from: 0,
        until: 50_000_000_000,
        settle: 0,
        windows: 1,
        most_flights: 1 << 20,
    };
    replicate(&common::plan(text), 1, 0, &span, &|| false).expect("nobody stops it")
}

/// A thousand customers, of whom a few ask for most: every object has one shard, all shards get some, and a directory that deals the
/// popular ones out in turn evens them.
#[test]
fn shards_by_key() {
    let arrived = |by: &str| {
        let text = format!(
            "scaleproof: model/1\nname: shards\ndata: {{ customers: {{ items: 1000, popularity: {{ zipf: {{ exponent: 1.1 }} }} }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 500/s }}, mix: {{ db.get: 1 }} }} }}\n\
             databases: {{ db: {{ of: customers, shards: 4, shard-by: {by}, queries: {{ get: {{ reads: one, do: {{ compute: 0.1ms }} }} }} }} }}\n"
        );
        let stations = tally(&text).stations;
        let arrived: Vec<u64> = stations.iter().map(|station| station.arrived).collect();
        assert_eq!(arrived.len(), 4);
        arrived
    };
    let imbalance = |arrived: &[u64]| {
        *arrived.iter().max().expect("four shards") as f64 * 4.0
            / arrived.iter().sum::<u64>() as f64
    };
    for by in [
        "{ hash: { key: customers } }",
        "{ range: { key: customers } }",
        "{ consistent-hash: { key: customers, points: 50 } }",
    ] {
        let arrived = arrived(by);
        assert!(arrived.iter().all(|&n| n > 500), "{by}: {arrived:?}");
        assert!(imbalance(&arrived) > 1.1, "{by}: {arrived:?}");
    }
    // Shares of ranks 1, 5, 9 … of 1/k^1.1: the first shard has the most popular and so still more, but less than by hash of most.
    let even = arrived("{ directory: { key: customers, hot: 1000 } }");
    let share = |first: u32| {
        (0..250)
            .map(|n| f64::from(first + 4 * n).powf(-1.1))
            .sum::<f64>()
    };
    let total: f64 = (1..=4).map(share).sum();
    for (shard, got) in even.iter().enumerate() {
        let due = share(shard as u32 + 1) / total * even.iter().sum::<u64>() as f64;
        assert!(
            (*got as f64 - due).abs() < 5.0 * due.sqrt(),
            "{shard}: {got} for {due}"
        );
    }
}

/// A hundred keys dealt by hash to a hundred shards: the fullest has 4.2326 in the mean (exact multinomial maximum).
#[test]
fn hashes_fill_shards_as_balls_fill_bins() {
    let mut text = "scaleproof: model/1\nname: bins\ndata: { things: { items: 100 } }\n\
         workloads: { w: { closed: { users: 1, think: 1000s }, mix: { j: 1 } } }\n\
         databases: { d: { of: things, shards: 100, shard-by: { hash: { key: things } }, queries: { look: { reads: one, do: [] } } } }\n\
         journeys:\n  j:\n"
        .to_owned();
    for key in 0..100 {
        let _ = writeln!(text, "    - {{ call: d.look, with: {{ things: {key} }} }}");
    }
    let plan = common::plan(&text);
    let span = Span {
        from: 0,
        until: 1_000_000_000,
        settle: 0,
        windows: 1,
        most_flights: 1 << 10,
    };
    let fullest = |replication: u32| {
        let tally = replicate(&plan, 5, replication, &span, &|| false).expect("nobody stops it");
        let most = tally.stations.iter().map(|row| row.arrived).max();
        most.unwrap_or(0) as f64
    };
    let mean = (0..4_000).map(fullest).sum::<f64>() / 4_000.0;
    assert!((mean / 4.232_595 - 1.0).abs() < 0.01, "{mean}");
}
