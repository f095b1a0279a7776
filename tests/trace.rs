//! The first happening that differs is found, wherever it is, and nothing is found where nothing differs.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use scaleproof::measure::trace::{
    Checkpoints, Comparison, Divergence, Happening, Trace, first_divergence,
};
use scaleproof::plan::Plan;
use std::fs;
use std::path::Path;

const SHOP: &str = r"
scaleproof: model/1
name: shop
data: { goods: { items: 300, popularity: { zipf: { exponent: 0.9 } } } }
network: { same-zone: { rtt: 1ms } }
workloads:
  web: { open: { rate: 90/s }, mix: { shop.look: 3, shop.buy: 1 } }
  staff: { closed: { users: 5, think: { exponential: 1s } }, mix: { shop.look: 1 } }
services:
  shop:
    replicas: 2
    concurrency: 8
    backlog: 16
    patience: 200ms
    endpoints:
      look: [ { compute: { exponential: 4ms } }, { get: memo, miss: { call: pay.charge, timeout: 20ms, cancel: propagate, retry: { attempts: 2 } } } ]
      buy: [ { compute: { exponential: 6ms } }, { parallel: [ { call: pay.charge, on-failure: continue }, { sleep: 5ms } ], need: 1 } ]
  pay: { concurrency: 2, cpu: fifo, endpoints: { charge: [ { compute: { exponential: 8ms } }, { fail: 5% } ] } }
caches: { memo: { of: goods, per: shop, capacity: 50 items, ttl: 2s, coalesce: true } }
";

/// A run of so many seconds, to its end.
fn run(plan: &Plan, seconds: u64, lanes: bool) -> impl FnMut(Trace) -> Trace {
    move |trace| {
        let mut engine = Engine::with_lanes(plan, 9, 3, 1 << 20, trace, lanes);
        engine
            .run_until(seconds * 1_000_000_000)
            .expect("room for all");
        engine.close();
        engine.probe
    }
}

fn parted(comparison: Comparison) -> Divergence {
    match comparison {
        Comparison::Differ(divergence) => *divergence,
        other => panic!("{other}"),
    }
}

#[test]
fn runs_with_and_without_lanes_are_the_same_in_every_happening() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    common::yaml_files(&root.join("models"), &mut files);
    common::yaml_files(&root.join("experiments"), &mut files);
    let shipped = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("text"));
    for text in shipped.chain([SHOP.to_owned()]) {
        let plan = common::plan(&text);
        let compared = first_divergence(run(&plan, 5, true), run(&plan, 5, false));
        assert!(
            matches!(compared, Comparison::Same { happenings, .. } if happenings > 1000),
            "{}: {compared}",
            plan.name
        );
    }
}

/// Tells a false end of one call, and otherwise the truth.
struct Liar {
    trace: Trace,
    answers_until: u64,
    told: Option<u64>,
}

macro_rules! truly {
    ($($happening:ident($($name:ident: $type:ty),*);)*) => {
        $(fn $happening(&mut self, $($name: $type),*) {
            self.trace.$happening($($name),*);
        })*
    };
}

impl Probe for Liar {
    truly! {
        born(entry: u32, at: u64);
        settled(entry: u32, birth: u64, now: u64, outcome: Outcome);
        called(call: u32, endpoint: u32, attempt: u8, now: u64);
        arrived(station: u32, now: u64);
        queued(station: u32, from: u64, to: u64);
        occupied(station: u32, from: u64, to: u64, wasted: bool);
        job_done(processor: u32, now: u64);
    }
    fn answered(&mut self, endpoint: u32, birth: u64, now: u64, outcome: Outcome) {
        let lie = self.answers_until == 0;
        self.answers_until = self.answers_until.wrapping_sub(1);
        if lie {
            self.told = Some(self.trace.happenings());
        }
        self.trace
            .answered(endpoint, birth + u64::from(lie), now, outcome);
    }
}

/// A lie of one nanosecond in a run of hundreds of thousands of happenings, early and late, is found to the very happening.
#[test]
fn a_planted_divergence_is_found_exactly() {
    let plan = common::plan(SHOP);
    for (seconds, answers_until) in [(1, 0), (5, 300), (100, 1), (300, 4_321), (300, 40_000)] {
        let mut number = None;
        let mut lying = |answers_until: u64| {
            let liar = |trace| Liar {
                trace,
                answers_until,
                told: None,
            };
            let (plan, number) = (&plan, &mut number);
            first_divergence(
                move |trace| {
                    let mut engine = Engine::new(plan, 9, 3, 1 << 20, liar(trace));
                    engine
                        .run_until(seconds * 1_000_000_000)
                        .expect("room for all");
                    *number = engine.probe.told;
                    engine.probe.trace
                },
                |trace| {
                    let honest = Liar {
                        answers_until: u64::MAX,
                        ..liar(trace)
                    };
                    let mut engine = Engine::new(plan, 9, 3, 1 << 20, honest);
                    engine
                        .run_until(seconds * 1_000_000_000)
                        .expect("room for all");
                    engine.probe.trace
                },
            )
        };
        let found = parted(lying(answers_until));
        assert_eq!(Some(found.number), number, "{found}");
        let birth = |happening: Option<Happening>| {
            let happening = happening.expect("neither run was over");
            assert_eq!(happening.name(), "answered");
            happening.fields()[1].1
        };
        assert_eq!(birth(found.first), birth(found.other) + 1, "{found}");
        assert!(found.before.len() as u64 == found.number.min(5));
    }
}

/// All of a run, the slow way.
fn all(plan: &Plan, seconds: u64) -> Vec<Happening> {
    let mut kept: Vec<Happening> = Vec::new();
    loop {
        let start = kept.len() as u64;
        let trace = run(plan, seconds, true)(Trace::within(start..start + 1024));
        kept.extend(trace.kept());
        if kept.len() as u64 == trace.happenings() {
            return kept;
        }
    }
}

/// Two models that part where a load changes: the same place as two whole lists of happenings say.
#[test]
fn two_models_part_where_their_lists_do() {
    let shaped = |rate: u32| {
        SHOP.replace(
            "open: { rate: 90/s }",
            &format!("open: {{ rate: {{ stages: [ {{ duration: 6s, target: 90/s }}, {{ duration: 6s, target: {rate}/s }} ], start: 90/s }} }}"),
        )
    };
    let (one, two) = (common::plan(&shaped(90)), common::plan(&shaped(91)));
    let found = parted(first_divergence(run(&one, 10, true), run(&two, 10, true)));
    let (first, other) = (all(&one, 10), all(&two, 10));
    let number = first.iter().zip(&other).take_while(|(a, b)| a == b).count();
    assert!(
        first.len() > 15_000 && number > 5_000,
        "{} {number}",
        first.len()
    );
    assert_eq!(found.number, number as u64);
    assert_eq!(
        (found.first, found.other),
        (Some(first[number]), Some(other[number]))
    );
    assert_eq!(found.before, first[number - 5..number]);
    assert!(found.at().is_some_and(|at| at > 6_000_000_000), "{found}");
}

/// A run that is over sooner parts from the longer one at its end.
#[test]
fn a_shorter_run_parts_at_its_end() {
    let plan = common::plan(SHOP);
    let short = |seconds: u64| {
        let plan = &plan;
        move |trace| {
            let mut engine = Engine::new(plan, 9, 3, 1 << 20, trace);
            engine
                .run_until(seconds * 1_000_000_000)
                .expect("room for all");
            engine.probe
        }
    };
    let length = short(3)(Trace::new()).happenings();
    let found = parted(first_divergence(short(3), short(40)));
    assert_eq!((found.number, found.first), (length, None));
    assert!(found.other.is_some());
    let found = parted(first_divergence(short(40), short(3)));
    assert_eq!((found.number, found.other), (length, None));
}

/// A run that changes from one time to the next is told apart from two runs that differ.
#[test]
fn an_unsteady_run_is_called_so() {
    let plan = common::plan(SHOP);
    let mut times = 0;
    let unsteady = |trace| {
        times += 1;
        run(&plan, 4 + times % 2, true)(trace)
    };
    assert_eq!(
        first_divergence(unsteady, run(&plan, 7, true)),
        Comparison::Unsteady
    );
}

/// Checkpoints can be kept, read again and compared; a run of any length has at most a thousand of them.
#[test]
fn checkpoints_survive_json_and_stay_few() {
    let plan = common::plan(SHOP);
    let mut lengths = Vec::new();
    for seconds in [1, 10, 100] {
        let points = run(&plan, seconds, true)(Trace::new()).checkpoints();
        assert!(points.hashes.len() < 1024 && points.stride.is_power_of_two());
        assert!(seconds == 1 || points.hashes.len() >= 511);
        lengths.push(points.happenings);
        let text = serde_json::to_string(&points).expect("numbers");
        let read: Checkpoints = serde_json::from_str(&text).expect("numbers");
        assert_eq!(read, points);
        assert_eq!(read.stretch(&points), None);
    }
    assert!(lengths[2] > 50 * lengths[0]);
}
