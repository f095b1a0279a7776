//! Topics and queues by hand: timelines of messages, partitions in order, batches, deliveries again, dead letters.
//!
//! Users of a closed workload with `ramp: 1/s` ask at 0 s, 1 s, 2 s, …, each once. Each publishes a message and has its answer at once.
//! A timeline lists the messages of the groups in the order in which they end: `group: published → ended outcome`, in seconds.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::measure::laws::Audit;
use scaleproof::measure::{Recorder, Span, Stopped};
use scaleproof::plan::Plan;
use std::fmt::Write as _;

#[derive(Default)]
struct Log {
    text: String,
    /// Endpoints that count messages, with their names.
    groups: Vec<(u32, String)>,
    lag: u128,
    age: u128,
    redelivered: u64,
    duplicates: u64,
    left: u64,
}

impl Log {
    fn of(plan: &Plan) -> Self {
        let name = |endpoint: u32| plan.endpoints[endpoint as usize].name.clone();
        let endpoints = plan.groups.iter().map(|group| group.messages.0);
        Self {
            groups: endpoints.map(|id| (id, name(id))).collect(),
            ..Self::default()
        }
    }
}

fn seconds(ns: u64) -> String {
    let text = format!("{:.3}", ns as f64 / 1e9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Probe for Log {
    fn answered(&mut self, endpoint: u32, birth: u64, now: u64, outcome: Outcome) {
        let group = self.groups.iter().find(|(id, _)| *id == endpoint);
        let Some((_, group)) = group else { return };
        let word = outcome.map_or_else(scaleproof::policy::Cause::name, |()| "ok");
        let (from, to) = (seconds(birth), seconds(now));
        let _ = write!(self.text, "{group}: {from} → {to} {word}; ");
    }

    fn lagged(&mut self, _group: u32, from: u64, to: u64, messages: u64, oldest: u64) {
        self.lag += u128::from(to - from) * u128::from(messages);
        let (young, old) = (u128::from(from - oldest), u128::from(to - oldest));
        self.age += (old * old - young * young) / 2;
    }

    fn redelivered(&mut self, _group: u32, messages: u64, _now: u64) {
        self.redelivered += messages;
    }

    fn duplicated(&mut self, _group: u32, _now: u64) {
        self.duplicates += 1;
    }

    fn unfinished_call(&mut self, endpoint: u32, _birth: u64) {
        self.left += u64::from(self.groups.iter().any(|(id, _)| *id == endpoint));
    }
}

/// Run a model for 500 s, held to all laws.
fn run(text: &str) -> Log {
    run_for(text, 500)
}

fn run_for(text: &str, seconds: u64) -> Log {
    let plan = common::plan(text);
    let end = seconds * 1_000_000_000;
    let span = Span {
        from: 0,
        until: end,
        windows: 1,
        settle: 0,
        most_flights: 1 << 16,
    };
    let books = (Recorder::new(&plan, &span), Audit::new(&plan, &span));
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, (Log::of(&plan), books));
    engine.run_until(end).expect("no overflow");
    engine.close();
    let (log, (recorder, audit)) = engine.probe;
    let mut tally = recorder.into_tally();
    if log.left > 0 {
        tally.stopped = Stopped::Unsettled;
    }
    audit.assert(&plan, &tally);
    Log {
        text: log.text.trim_end_matches("; ").to_owned(),
        ..log
    }
}

/// So many users, one a second, whose requests publish to `t` as it is declared in the sections.
fn model(users: u32, publish: &str, rest: &str) -> String {
    format!(
        "scaleproof: model/1\nname: exact\ndata: {{ things: {{ items: 1000 }} }}\nworkloads:\n  users: {{ closed: {{ users: {users}, think: 1000s, ramp: 1/s }}, mix: {{ a.e: 1 }} }}\nservices:\n  a: {{ endpoints: {{ e: {{ publish: t{publish} }} }} }}\n{rest}"
    )
}

fn timeline(users: u32, rest: &str) -> String {
    run(&model(users, "", rest)).text
}

#[test]
fn a_partition_is_read_in_order_one_at_a_time() {
    // 2 s each, published at 0, 1, 2.
    let log = run(&model(
        3,
        "",
        "  c: { cores: 4, endpoints: { e: { compute: 2s } } }\ntopics: { t: { groups: { g: { run: c.e } } } }",
    ));
    assert_eq!(log.text, "g: 0 → 2 ok; g: 1 → 4 ok; g: 2 → 6 ok");
    // Stays of 2, 3 and 4 message-seconds; the oldest is 0..2 old, then 1..3, then 2..4: 2 + 4 + 6 s².
    assert_eq!(log.lag, 9_000_000_000);
    assert_eq!(log.age, 12_000_000_000_000_000_000);
}

#[test]
fn partitions_are_read_side_by_side_by_their_consumers() {
    // In turn: the messages of 0 and 2 are one partition's, that of 1 the other's. One core each: they do not disturb each other.
    let rest = "  c: { replicas: 2, endpoints: { e: { compute: 3s } } }\ntopics: { t: { partitions: 2, partition-by: round-robin, groups: { g: { run: c.e } } } }";
    assert_eq!(timeline(3, rest), "g: 0 → 3 ok; g: 1 → 4 ok; g: 2 → 6 ok");
    // One consumer has both partitions, and its core is shared from 1 to 2 by two: each has done 0.5 s more. At 5 the first is done, and
    // the third begins beside the second, which has 1 s left: it ends at 7. The third has 2 s left then: 9.
    let rest = rest.replace("replicas: 2", "replicas: 1");
    assert_eq!(timeline(3, &rest), "g: 0 → 5 ok; g: 1 → 7 ok; g: 2 → 9 ok");
}

#[test]
fn messages_of_one_key_are_of_one_partition() {
    let rest = "  c: { cores: unlimited, endpoints: { e: { compute: 2s } } }\ntopics: { t: { partitions: 64, groups: { g: { run: c.e } } } }";
    let one_key = model(4, ", key: things, with: { things: 7 }", rest);
    assert_eq!(
        run(&one_key).text,
        "g: 0 → 2 ok; g: 1 → 4 ok; g: 2 → 6 ok; g: 3 → 8 ok"
    );
    // Without a key: in turn.
    assert_eq!(
        timeline(4, rest),
        "g: 0 → 2 ok; g: 1 → 3 ok; g: 2 → 4 ok; g: 3 → 5 ok"
    );
}

#[test]
fn a_batch_waits_to_be_full_or_old_enough() {
    // Full at 2 with three messages; the fourth, of 3, waits 10 s for others: 13. A request takes 0.1 s a message.
    let rest = "  c: { endpoints: { e: { compute: 100ms, scale: { with: batch } } } }\ntopics: { t: { groups: { g: { run: c.e, batch: { most: 3, wait: 10s } } } } }";
    assert_eq!(
        timeline(4, rest),
        "g: 0 → 2.3 ok; g: 1 → 2.3 ok; g: 2 → 2.3 ok; g: 3 → 13.1 ok"
    );
    // What came while a batch was at work and is old enough is the next one: 0 alone, 1..3 together at 3.5, 4 alone at 7.
    let rest = "  c: { endpoints: { e: { compute: 3.5s } } }\ntopics: { t: { groups: { g: { run: c.e, batch: { most: 10 } } } } }";
    assert_eq!(
        timeline(5, rest),
        "g: 0 → 3.5 ok; g: 1 → 7 ok; g: 2 → 7 ok; g: 3 → 7 ok; g: 4 → 10.5 ok"
    );
}

#[test]
fn every_group_reads_everything() {
    let rest = "  c: { endpoints: { slow: { compute: 2s }, fast: { sleep: 0.5s } } }\ntopics: { t: { groups: { late: { run: c.slow }, soon: { run: c.fast } } } }";
    assert_eq!(
        timeline(2, rest),
        "soon: 0 → 0.5 ok; soon: 1 → 1.5 ok; late: 0 → 2 ok; late: 1 → 4 ok"
    );
}

#[test]
fn a_publisher_waits_for_what_it_asks_for() {
    let rest = |ack: &str| {
        format!(
            "scaleproof: model/1\nname: exact\nworkloads: {{ u: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ a.e: 1 }} }} }}\nservices:\n  a: {{ endpoints: {{ e: [ {{ publish: t, ack: {ack} }}, {{ publish: done }} ] }} }}\n  c: {{ endpoints: {{ e: [] }} }}\ntopics:\n  t: {{ append: {{ leader: 1s, copies: 2s }}, groups: {{ g: {{ run: c.e }} }} }}\n  done: {{ groups: {{ d: {{ run: c.e }} }} }}"
        )
    };
    // Readers see the message when all copies have it, whatever its publisher waits for.
    assert_eq!(run(&rest("none")).text, "d: 0 → 0 ok; g: 0 → 3 ok");
    assert_eq!(run(&rest("leader")).text, "d: 1 → 1 ok; g: 0 → 3 ok");
    assert_eq!(run(&rest("all")).text, "g: 0 → 3 ok; d: 3 → 3 ok");
    // A law alone is the time until all copies have it.
    let law = |ack: &str| rest(ack).replace("{ leader: 1s, copies: 2s }", "{ sum: [1s, 2s] }");
    assert_eq!(run(&law("leader")).text, "d: 0 → 0 ok; g: 0 → 3 ok");
    assert_eq!(run(&law("all")).text, "g: 0 → 3 ok; d: 3 → 3 ok");
}

/// Nine of ten packets between zones are lost, and with them a sixth of all batches on their way to the reader: the next one is read then.
#[test]
fn a_message_that_is_lost_on_its_way_does_not_stop_its_partition() {
    let text = "scaleproof: model/1\nname: lossy\nregions: { r: { zones: [a] }, far: { zones: [b] } }\nnetwork: { same-zone: { rtt: 1ms }, between: [ { ends: [r, far], rtt: 2ms, loss: 90% } ] }\n\
         workloads: { u: { from: r, closed: { users: 60, think: 100000s, ramp: 1/s }, mix: { a.e: 1 } } }\n\
         services:\n  a: { in: [r], endpoints: { e: { publish: t } } }\n  c: { in: [far], endpoints: { e: { sleep: 1s } } }\ntopics: { t: { in: [r], groups: { g: { run: c.e } } } }";
    let log = run_for(text, 100_000);
    let (ok, lost) = (
        log.text.matches(" ok").count(),
        log.text.matches(" unreachable").count(),
    );
    assert_eq!(ok + lost, 60, "{}", log.text);
    assert!(lost > 2, "{}", log.text);
}

#[derive(Default)]
struct Carried {
    bytes: Vec<u64>,
}

impl Probe for Carried {
    fn carried(&mut self, link: u32, bytes: u64, _now: u64) {
        self.bytes
            .resize(self.bytes.len().max(link as usize + 1), 0);
        self.bytes[link as usize] += bytes;
    }
}

/// A message of 1 MiB to a partition whose leader stands in the first of two zones: the second copy is in the other zone, the third in
/// the first again. Nobody need read it.
#[test]
fn copies_of_a_message_go_over_the_network() {
    let carried = |replicas: u32| {
        let text = format!(
            "scaleproof: model/1\nname: copies\nregions: {{ r: {{ zones: [a, b] }} }}\nnetwork: {{ same-zone: {{ rtt: 1ms }}, cross-zone: {{ rtt: 2ms }} }}\n\
             workloads: {{ u: {{ from: r, closed: {{ users: 1, think: 1000s }}, mix: {{ a.e: 1 }} }} }}\n\
             services: {{ a: {{ endpoints: {{ e: {{ publish: t, size: 1MiB }} }} }} }}\ntopics: {{ t: {{ replicas: {replicas} }} }}"
        );
        let log: Carried = common::heard(&text, 100);
        log.bytes
            .iter()
            .map(|bytes| bytes >> 20)
            .collect::<Vec<u64>>()
    };
    let sum = |replicas: u32| carried(replicas).iter().sum::<u64>();
    // From the publisher to the topic, and then to each of the others.
    assert_eq!([sum(1), sum(2), sum(3), sum(4)], [1, 2, 3, 4]);
    let (one, four) = (carried(1), carried(4));
    let more = |link: usize| four.get(link).unwrap_or(&0) - one.get(link).unwrap_or(&0);
    assert_eq!([more(0), more(1)], [1, 2], "{one:?} {four:?}");
}

#[test]
fn messages_and_readers_travel() {
    // Half an rtt to the topic, half an rtt to the reader; the end of a batch is known where it is read.
    let text = model(
        1,
        "",
        "  c: { endpoints: { e: { compute: 2s } } }\nregions: { r: { zones: [z] } }\nnetwork: { same-zone: { rtt: 1s } }\ntopics: { t: { groups: { g: { run: c.e } } } }",
    );
    assert_eq!(run(&text).text, "g: 0 → 3 ok");
}

#[test]
fn a_failed_batch_is_delivered_again_and_its_partition_waits() {
    // The first delivery of every message fails after 1 s, the second succeeds: 0..1, 3..4; then 4..5, 7..8.
    let rest = "  c: { endpoints: { e: [ { compute: 1s }, { when: { attempt: { is: 0 } }, do: fail } ] } }\ntopics: { t: { groups: { g: { run: c.e, on-failure: { redeliver: { after: 2s } } } } } }";
    let log = run(&model(2, "", rest));
    assert_eq!(log.text, "g: 0 → 4 ok; g: 1 → 8 ok");
    assert_eq!(log.redelivered, 2);
    // Without: the next one is read.
    let rest = rest.replace(", on-failure: { redeliver: { after: 2s } }", "");
    assert_eq!(timeline(2, &rest), "g: 0 → 1 error; g: 1 → 2 error");
}

#[test]
fn dead_letters_go_to_another_topic() {
    // Three deliveries 0..1, 1..2, 2..3, then dead; read there for 0.5 s.
    let rest = "  c: { endpoints: { e: [ { compute: 1s }, fail ], burial: { sleep: 0.5s } } }\ntopics: { t: { groups: { g: { run: c.e, on-failure: { redeliver: { most: 3, then: dead } } } } }, dead: { groups: { d: { run: c.burial } } } }";
    let log = run(&model(1, "", rest));
    assert_eq!(log.text, "g: 0 → 3 error; d: 3 → 3.5 ok");
    assert_eq!(log.redelivered, 2);
}

#[test]
fn what_is_too_old_is_lost() {
    // 3 s each; a message is kept for 4 s: that of 0 is read 0..3, that of 1 3..6, those of 2 and 3 are 4 and 3 s old at 6.
    let rest = "  c: { endpoints: { e: { compute: 3s } } }\ntopics: { t: { retention: 4s, groups: { g: { run: c.e } } } }";
    assert_eq!(
        timeline(4, rest),
        "g: 0 → 3 ok; g: 1 → 6 ok; g: 2 → 6 timeout; g: 3 → 9 ok"
    );
}

#[test]
fn a_reply_is_the_end_of_a_batch() {
    let rest = "  c: { cores: 2, endpoints: { e: [ { compute: 1s }, reply, { compute: 5s } ] } }\ntopics: { t: { groups: { g: { run: c.e } } } }";
    assert_eq!(timeline(2, rest), "g: 0 → 1 ok; g: 1 → 2 ok");
    // Whoever it is forwarded to ends it.
    let rest = "  c: { endpoints: { e: { forward: d.e } } }\n  d: { endpoints: { e: { sleep: 3s } } }\ntopics: { t: { groups: { g: { run: c.e } } } }";
    assert_eq!(timeline(2, rest), "g: 0 → 3 ok; g: 1 → 6 ok");
}

#[test]
fn a_queue_gives_messages_to_whoever_is_free() {
    // Two consumers, 3 s each: 0 and 1 at once, 2 at 3, 3 at 4.
    let rest =
        "  c: { replicas: 2, endpoints: { e: { compute: 3s } } }\nqueues: { t: { run: c.e } }";
    let log = run(&model(4, "", rest));
    assert_eq!(
        log.text,
        "run: 0 → 3 ok; run: 1 → 4 ok; run: 2 → 6 ok; run: 3 → 7 ok"
    );
    // Stays of 3, 3, 4 and 4 message-seconds. The oldest is that of 0 until 3, of 1 until 4, of 2 until 6, of 3 until 7:
    // 4.5 + 2.5 + 6 + 3.5 s².
    assert_eq!(log.lag, 14_000_000_000);
    assert_eq!(log.age, 16_500_000_000_000_000_000);
}

#[test]
fn a_message_that_is_not_done_in_time_is_received_again() {
    // Hidden for 2 s, done in 5 s, by two consumers: received at 0 and at 2; the first deletes it at 5, the second has done it twice at 7.
    let rest = "  c: { replicas: 2, endpoints: { e: { sleep: 5s } } }\nqueues: { t: { run: c.e, visibility: 2s } }";
    let log = run(&model(1, "", rest));
    // At 4 nobody is free; it is visible until it is deleted.
    assert_eq!(log.text, "run: 0 → 5 ok");
    assert_eq!((log.redelivered, log.duplicates), (2, 1));
}

#[test]
fn a_failed_message_is_seen_again_when_its_visibility_ends() {
    // Fails at 1, seen again at 10, fails at 11, given up at 20.
    let rest = "  c: { endpoints: { e: [ { compute: 1s }, fail ], burial: [] } }\nqueues: { t: { run: c.e, visibility: 10s, most: 2, then: dead } }\ntopics: { dead: { groups: { d: { run: c.burial } } } }";
    let log = run(&model(1, "", rest));
    assert_eq!(log.text, "run: 0 → 20 error; d: 20 → 20 ok");
    assert_eq!(log.redelivered, 1);
    // Without a visibility it is given back at once.
    let rest = rest.replace("visibility: 10s, ", "");
    assert_eq!(
        run(&model(1, "", &rest)).text,
        "run: 0 → 2 error; d: 2 → 2 ok"
    );
}

#[test]
fn messages_that_nobody_gets_to_are_left() {
    let rest = "  c: { endpoints: { e: { sleep: 200s } } }\ntopics: { t: { groups: { g: { run: c.e } } } }\n";
    let log = run(&model(5, "", rest));
    // 200, 400; the third is at work at 500, two wait.
    assert_eq!(log.text, "g: 0 → 200 ok; g: 1 → 400 ok");
    assert_eq!(log.left, 3);
}

#[test]
fn too_many_messages_stop_a_run() {
    let text = model(
        400,
        "",
        "  c: { endpoints: { e: { sleep: 400s } } }\ntopics: { t: { groups: { g: { run: c.e } } } }\n",
    );
    let plan = common::plan(&text);
    let mut engine = Engine::new(&plan, 1, 0, 300, scaleproof::engine::Idle);
    let stopped = engine.run_until(500_000_000_000).expect_err("too many");
    let station = plan.stations[stopped.station.index()].component;
    assert_eq!(plan.components[station.index()].name, "t");
}

#[test]
fn a_message_that_does_not_come_through_is_handled() {
    // Nothing crosses the sea. What its publisher does then: nothing, the same as if all were well, or another topic.
    let text = |handled: &str| {
        format!(
            "scaleproof: model/1\nname: cut\nregions: {{ eu: {{ zones: [a] }}, us: {{ zones: [b] }} }}\nnetwork: {{ same-zone: {{ rtt: 0ms }}, between: [ {{ ends: [eu, us], rtt: 100ms, loss: 100% }} ] }}\nworkloads: {{ u: {{ from: eu, closed: {{ users: 1, think: 2000s }}, mix: {{ a.e: 1 }} }} }}\nservices:\n  a: {{ in: [eu], endpoints: {{ e: [ {{ publish: t{handled} }}, {{ publish: done }} ] }} }}\n  c: {{ in: [eu], endpoints: {{ e: [] }} }}\ntopics:\n  t: {{ in: [us], groups: {{ g: {{ run: c.e }} }} }}\n  done: {{ in: [eu], groups: {{ d: {{ run: c.e }} }} }}\n  spare: {{ in: [eu], groups: {{ s: {{ run: c.e }} }} }}\n"
        )
    };
    // Sent at once, again after 0.3 s, 0.6 s … 76.8 s and seven times 120 s: 0.3 × (2⁹ - 1) + 840 s until TCP gives up.
    let at = |handled: &str| run_for(&text(handled), 1500).text;
    assert_eq!(at(""), "");
    assert_eq!(at(", on-failure: continue"), "d: 993.3 → 993.3 ok");
    let spare = at(", on-failure: { publish: spare }");
    assert_eq!(spare, "s: 993.3 → 993.3 ok; d: 993.3 → 993.3 ok");
}

/// Two consumers, one of which is lost from 10 s to 20 s, and two partitions that get messages in turn: those of 0, 2, 4, … s go to the first
/// partition, which is the first consumer's.
fn lost_and_back(work: &str, rebalance: &str) -> Log {
    run_for(
        &format!(
            "scaleproof: model/1\nname: rebalance\nregions: {{ eu: {{ reliability: {{ up: 10s, down: 10s }} }}, us: {{}} }}\n\
             network: {{ between: [ {{ ends: [eu, us], rtt: 0s }} ] }}\n\
             workloads: {{ w: {{ from: us, closed: {{ users: 25, think: 10000s, ramp: 1/s }}, mix: {{ pub.lish: 1 }} }} }}\n\
             services:\n  pub: {{ in: [us], endpoints: {{ lish: {{ publish: log }} }} }}\n  con: {{ in: [eu, us], endpoints: {{ sume: {work} }} }}\n\
             topics: {{ log: {{ in: [us], partitions: 2, partition-by: round-robin, groups: {{ g: {{ run: con.sume{rebalance} }} }} }} }}\n"
        ),
        29,
    )
}

/// From 10 s to 13 s nobody reads; then one consumer has both partitions, until the other one is back and the group pauses again, and again at
/// 30 s, when the run is over.
#[test]
fn partitions_are_dealt_anew_after_a_pause() {
    let log = lost_and_back("[]", ", rebalance: { pause: 3s }");
    let at = |second: u64| match second {
        11 | 12 => 13,
        21 | 22 => 23,
        other => other,
    };
    for second in 0..25 {
        let line = format!("g: {second} → {} ok", at(second));
        assert!(log.text.contains(&line), "{line} is not in {}", log.text);
    }
    assert_eq!(log.redelivered, 0);
    let lost = lost_and_back("[]", "").text.matches("unreachable").count();
    assert_eq!(
        lost, 5,
        "without it the lost consumer's messages of 12 s to 20 s are skipped"
    );
}

/// A batch that is lost with its consumer is nobody's success or failure: it is read again, though failures are skipped.
#[test]
fn what_was_lost_with_its_consumer_is_read_again() {
    let log = lost_and_back("{ sleep: 1.5s }", ", rebalance: { pause: 1s }");
    // The first partition's are done at 1.5, 3.5, 5.5, 7.5, 9.5, and that of 10 s begins at once and is lost at once.
    assert!(log.text.contains("g: 8 → 9.5 ok; "), "{}", log.text);
    assert!(log.text.contains("g: 10 → 12.5 ok; "), "{}", log.text);
    assert_eq!(
        (log.redelivered, log.text.matches("unreachable").count()),
        (1, 0),
        "{}",
        log.text
    );
}

/// Who is alone and lost is waited for.
#[test]
fn a_group_without_consumers_reads_nothing() {
    let text = "scaleproof: model/1\nname: rebalance\nworkloads: { w: { closed: { users: 25, think: 10000s, ramp: 1/s }, mix: { pub.lish: 1 } } }\n\
         services:\n  pub: { endpoints: { lish: { publish: log } } }\n  con: { reliability: { up: 10s, down: 10s }, endpoints: { sume: [] } }\n\
         topics: { log: { groups: { g: { run: con.sume, rebalance: { pause: 3s } } } } }\n";
    let log = run_for(text, 29);
    assert!(
        log.text.contains("g: 10 → 10 ok; g: 11 → 23 ok; "),
        "{}",
        log.text
    );
    assert_eq!(log.text.matches("ok").count(), 25);
}

/// A consumer that works and cannot reach somebody else has failed by itself: its batch is skipped, though the group pauses just then.
#[test]
fn a_failure_of_a_consumer_that_works_is_its_own() {
    let log = run_for(
        "scaleproof: model/1\nname: rebalance\nregions: { eu: { reliability: { up: 10s, down: 10s } }, us: {} }\n\
         network: { between: [ { ends: [eu, us], rtt: 0s } ] }\n\
         workloads: { w: { from: us, closed: { users: 15, think: 10000s, ramp: 1/s }, mix: { pub.lish: 1 } } }\n\
         services:\n  pub: { in: [us], endpoints: { lish: { publish: log } } }\n  con: { in: [eu, us], endpoints: { sume: [ { sleep: 1.5s }, { call: far.go } ] } }\n  \
         far: { in: [eu], endpoints: { go: [] } }\n\
         topics: { log: { in: [us], partitions: 2, partition-by: round-robin, groups: { g: { run: con.sume, rebalance: { pause: 3s } } } } }\n",
        19,
    );
    // The second partition's batch of 9 s is at the consumer that works, and calls at 10.5 s.
    assert!(log.text.contains("g: 9 → 10.5 unreachable"), "{}", log.text);
    assert_eq!(
        log.redelivered, 1,
        "only that of the consumer that is lost: {}",
        log.text
    );
}
