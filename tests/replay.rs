//! Recorded requests, asked for again: by hand, and a block trace from production whose misses others have published.
//!
//! The trace is no part of the project. It is looked for in the directory that `SCALEPROOF_DATA` names; without it its tests say that they
//! were skipped.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod common;

use scaleproof::chance::key::root;
use scaleproof::engine::{Engine, Probe};
use scaleproof::plan::Plan;
use scaleproof::policy::evict::{Found, Rule, Store};
use scaleproof::replay::{Recording, Recordings, SECOND, Unread};
use std::path::Path;
use std::sync::Arc;

/// Hits, misses and times of misses by cache.
#[derive(Default)]
struct Counts {
    hits: [u32; 8],
    misses: [u32; 8],
    missed_at: Vec<u64>,
    /// Bytes found, asked for in vain and stored.
    bytes: [u64; 3],
}

impl Probe for Counts {
    fn hit(&mut self, cache: u32, _now: u64) {
        self.hits[cache as usize] += 1;
    }
    fn miss(&mut self, cache: u32, now: u64, _expired: bool) {
        self.misses[cache as usize] += 1;
        self.missed_at.push(now / 1_000_000);
    }
    fn metered(&mut self, meter: u32, bytes: u64, _now: u64) {
        self.bytes[meter as usize % 3] += bytes;
    }
}

fn counts(plan: &Plan, replication: u32) -> Counts {
    let mut engine = Engine::new(plan, 1, replication, 1 << 16, Counts::default());
    engine.run_until(100_000_000_000_000).expect("no overflow");
    std::mem::take(&mut engine.probe)
}

fn recordings(name: &str, recording: Result<Recording, Unread>) -> Recordings {
    let mut recordings = Recordings::default();
    recordings
        .0
        .insert(name.to_owned(), recording.map(Arc::new));
    recordings
}

const DISK: &str = "scaleproof: model/1\nname: disk\n\
    data: { blocks: { items: 5, popularity: { trace: disk.csv } } }\n\
    workloads: { w: { replay: disk.csv, mix: { disk.read: 1 } } }\n\
    services: { disk: { endpoints: { read: [ { get: near, miss: [] } ] } } }\n\
    caches: { near: { of: blocks, per: disk, capacity: 10B, evict: lru } }\n";

/// a and b, or b and c fit.
const ASKED: &str = "time,key,size\n5,a,6\n6,b,4\n6.5,a,6\n7,c,4\n7,b,4\n9,b,4\n9.25,a,6\n";

#[test]
fn requests_come_as_they_were_recorded() {
    let recording = Recording::read("disk.csv", ASKED.as_bytes(), SECOND).unwrap();
    let (plan, _, said) = common::compiled_with(DISK, &recordings("disk.csv", Ok(recording)));
    let plan = plan.unwrap_or_else(|| panic!("{said:?}"));
    for replication in 0..3 {
        // a6 b4 are there; a is found; c takes the place of b, the least recent; b takes that of a; b is found; a takes that of c.
        let counts = counts(&plan, replication);
        assert_eq!((counts.hits[0], counts.misses[0]), (2, 5));
        assert_eq!(counts.missed_at, [0, 1000, 2000, 2000, 4250]);
        // The cache is bounded in bytes, which it weighs: a and b are found, a, b, c, b and a are not.
        assert_eq!(counts.bytes[..2], [6 + 4, 6 + 4 + 4 + 4 + 6]);
    }
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let said = |recordings: &Recordings| {
        let (plan, _, said) = common::compiled_with(DISK, recordings);
        assert!(plan.is_none());
        said.iter().map(|said| said.code.id).collect::<Vec<_>>()
    };
    assert_eq!(said(&Recordings::default()), ["E240"]);
    let absent = recordings("disk.csv", Err(Unread::Absent));
    assert_eq!(said(&absent), ["E240"]);
    let wrong = recordings("disk.csv", Err(Unread::Wrong("it is no file".into())));
    assert_eq!(said(&wrong), ["E241"]);
    let many = "time,key,size\n1,a,1\n1,b,1\n1,c,1\n1,d,1\n1,e,1\n1,f,1\n";
    let many = Recording::read("disk.csv", many.as_bytes(), SECOND);
    let many = recordings("disk.csv", many.map_err(Unread::Wrong));
    assert_eq!(said(&many), ["E200"]);
}

/// A log in two files, and one of users whose times are in milliseconds.
fn logs() -> Recordings {
    let files = [
        ("a.csv", "time,key\n1000,x\n1100,7\n", SECOND),
        ("b.csv", "time,key\n1004,7\n1004.5,40\n1104,7\n", SECOND),
        (
            "ms.csv",
            "time,key\n1002000,3\n1003500.25,3\n",
            SECOND / 1000,
        ),
    ];
    let read = |(name, text, unit): (&str, &str, u64)| {
        let recording = Recording::read(name, text.as_bytes(), unit).unwrap();
        (name.to_owned(), Ok(Arc::new(recording)))
    };
    Recordings(files.map(read).into())
}

/// When requests were born, and when calls came out well, by endpoint \[ms\].
#[derive(Default)]
struct Times {
    born: Vec<u64>,
}

impl Probe for Times {
    fn born(&mut self, _entry: u32, now: u64) {
        self.born.push(now / 1_000_000);
    }
}

fn born(workloads: &str) -> Vec<u64> {
    let text = format!(
        "scaleproof: model/1\nname: logs\nworkloads:\n{workloads}services: {{ s: {{ cores: unlimited, endpoints: {{ e: {{ compute: 1ms }} }} }} }}\n"
    );
    let (plan, _, said) = common::compiled_with(&text, &logs());
    let plan = plan.unwrap_or_else(|| panic!("{said:?}"));
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Times::default());
    engine.run_until(10_000_000_000_000).expect("no overflow");
    std::mem::take(&mut engine.probe.born)
}

#[test]
fn one_log_in_several_files_keeps_its_clock() {
    let alone = "  b: { replay: b.csv, mix: { s.e: 1 } }\n";
    assert_eq!(born(alone), [0, 500, 100_000]);
    let both = "  a: { replay: a.csv, mix: { s.e: 1 } }\n  b: { replay: { file: b.csv }, mix: { s.e: 1 } }\n";
    assert_eq!(born(both), [0, 4_000, 4_500, 100_000, 104_000]);
    // Milliseconds beside seconds: 1002 and 1003.50025 on the clock that begins at 1000.
    let three =
        format!("{both}  ms: {{ replay: {{ file: ms.csv, time-unit: ms }}, mix: {{ s.e: 1 }} }}\n");
    assert_eq!(
        born(&three),
        [0, 2_000, 3_500, 4_000, 4_500, 100_000, 104_000]
    );
}

#[test]
fn a_load_makes_recorded_requests_come_faster() {
    let faster = "  a: { replay: a.csv, mix: { s.e: 1 }, load: 4x }\n  b: { replay: b.csv, mix: { s.e: 1 }, load: 4x }\n";
    assert_eq!(born(faster), [0, 1_000, 1_125, 25_000, 26_000]);
}

/// Which of the requests of `b.csv` (keys 7, 40, 7) take the way with a look-up of the cache.
fn asked(condition: &str) -> Result<u32, String> {
    let text = format!(
        "scaleproof: model/1\nname: keys\ndata: {{ things: {{ items: 2, popularity: {{ trace: b.csv }} }} }}\n\
         workloads: {{ w: {{ replay: b.csv, mix: {{ s.e: 1 }} }} }}\n\
         services: {{ s: {{ endpoints: {{ e: [ {{ compute: 1ms }}, {{ when: {{ things: {{ {condition} }} }}, do: {{ get: c, miss: [] }} }} ] }} }} }}\n\
         caches: {{ c: {{ of: things, per: s, capacity: 2 items }} }}\n"
    );
    let (plan, _, said) = common::compiled_with(&text, &logs());
    let plan = plan.ok_or_else(|| said.iter().next().unwrap().message.clone())?;
    let counts = counts(&plan, 0);
    Ok(counts.hits[0] + counts.misses[0])
}

#[test]
fn recorded_requests_keep_the_keys_of_their_file() {
    // By popularity the objects are 0 (the key 7, asked for twice) and 1 (the key 40): neither number is a key.
    assert_eq!(asked("is: 7"), Ok(2));
    assert_eq!(asked("is: 40"), Ok(1));
    assert_eq!(asked("in: [7, 40]"), Ok(3));
    assert_eq!(asked("under: 40"), Ok(2));
    assert_eq!(asked("over: 7"), Ok(1));
    let nobody = asked("is: 0").unwrap_err();
    assert_eq!(nobody, "the recording has no request for the key `0`");
}

#[test]
fn recorded_keys_that_nobody_asks_for_are_mentioned() {
    let text = "scaleproof: model/1\nname: keys\ndata: { things: { items: 2 } }\n\
         workloads: { w: { replay: b.csv, mix: { s.e: 1 } } }\n\
         services: { s: { endpoints: { e: [ { compute: 1ms }, { get: c, miss: [] } ] } } }\n\
         caches: { c: { of: things, per: s, capacity: 1 items } }\n";
    let (plan, _, said) = common::compiled_with(text, &logs());
    assert!(plan.is_some());
    assert!(said.iter().any(|said| said.code.id == "A506"));
}

const TRACE: &str = "cloudPhysicsIO.oracleGeneral.bin";

/// The trace, where somebody has put it.
fn trace() -> Option<Recording> {
    let found =
        std::env::var_os("SCALEPROOF_DATA").map(|directory| Path::new(&directory).join(TRACE));
    let Some(path) = found.filter(|path| path.is_file()) else {
        println!("skipped: SCALEPROOF_DATA names no directory with {TRACE}");
        return None;
    };
    Some(Recording::read(TRACE, &std::fs::read(path).unwrap(), SECOND).unwrap())
}

/// Misses of 113,872 requests in caches of 128, 256, … 1,024 MiB: libCacheSim, `test/test_evictionAlgo.c` at commit aa0fc40.
const PUBLISHED: [(Rule, [u32; 8]); 7] = [
    (
        Rule::Lru,
        [93374, 89783, 83572, 81722, 72494, 72104, 71972, 71704],
    ),
    (
        Rule::Fifo,
        [93403, 89386, 84387, 84025, 72498, 72228, 72182, 72140],
    ),
    (
        Rule::Clock,
        [93313, 89775, 83411, 81328, 74815, 72283, 71927, 64456],
    ),
    (
        Rule::Sieve,
        [91699, 86720, 78578, 76707, 69945, 66221, 64445, 64376],
    ),
    (
        Rule::Lfu,
        [91699, 86720, 78578, 76707, 69945, 66221, 64445, 64376],
    ),
    (
        Rule::Gdsf,
        [89068, 84750, 74853, 70488, 67919, 64180, 61029, 58721],
    ),
    (
        Rule::S3Fifo,
        [89307, 82387, 77041, 76791, 71300, 70343, 70455, 70355],
    ),
];

#[test]
fn misses_are_those_that_were_published() {
    let Some(trace) = trace() else { return };
    let sizes = trace.sizes().unwrap();
    assert_eq!(trace.requests().len(), 113_872);
    for (rule, published) in PUBLISHED {
        for (step, published) in (1..).zip(published) {
            let mut store = Store::new(rule, u64::MAX, step << 27, root(1, 0));
            let mut misses = 0;
            for request in trace.requests() {
                let object = u64::from(request.object);
                if store.find(object, 0) != Found::Fresh {
                    misses += 1;
                    store.store(object, sizes[object as usize], u64::MAX);
                }
            }
            assert_eq!(misses, published, "{rule:?}, {} MiB", step << 7);
        }
    }
}

#[test]
fn a_whole_model_misses_as_often() {
    let Some(trace) = trace() else { return };
    let text = include_str!("../models/reference/d-trace-gdsf.yaml");
    let (plan, _, said) = common::compiled_with(text, &recordings(TRACE, Ok(trace)));
    let plan = plan.unwrap_or_else(|| panic!("{said:?}"));
    let counts = counts(&plan, 0);
    assert_eq!((counts.misses[0], counts.misses[7]), (89068, 58721));
    assert_eq!(counts.hits[0] + counts.misses[0], 113_872);
}
