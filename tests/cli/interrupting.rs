//! Ctrl-C: what is complete is printed, and nothing half is left.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::desk::{Desk, Ended};

/// About a second, and what a machine with much else to do adds to it.
const SOON: Duration = Duration::from_secs(5);

/// Something breaks every 4 ns: a slice of an hour is 10^10 events.
const BREAKS: &str = "\
scaleproof: model/1
name: breaks
workloads: { w: { open: { rate: 10/s }, mix: { s.e: 1 } } }
services:
  s:
    reliability: { up: { exponential: 2ns }, down: { exponential: 2ns }, clock: always, work: resume }
    endpoints: { e: { compute: { exponential: 1ms } } }
";

/// A million users, refused at once and back after a nanosecond: a slice is as long as the work of the one who is served.
const REFUSED: &str = "\
scaleproof: model/1
name: refused
workloads: { w: { closed: { users: 1M, think: 1ns }, mix: { s.e: 1 } } }
services: { s: { concurrency: 1, backlog: 0, endpoints: { e: { compute: { exponential: 1s } } } } }
";

/// Every replication first fills a cache with nine million objects.
const WARM: &str = "\
scaleproof: model/1
name: warm
data: { things: { items: 1G, popularity: { zipf: { exponent: 1 } } } }
workloads: { w: { open: { rate: 10/s }, mix: { s.e: 1 } } }
services: { s: { endpoints: { e: [ { get: c, miss: { sleep: 1ms } } ] } } }
caches: { c: { of: things, nodes: 1, capacity: 9M items, start: warm, do: { compute: 1ms } } }
";

/// A run that is under way.
fn under_way(desk: &Desk, words: &[&str]) -> Child {
    let mut command = desk.command(words);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("simulating"), "{line}");
    // Whoever leaves stderr makes the next message fail, which must not matter either.
    child
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn an_interrupted_run_prints_what_is_complete_and_leaves_no_file() {
    let desk = Desk::new();
    let words = [
        "run",
        "small.yaml",
        "--precision",
        "0.0001%",
        "--max-replications",
        "100000",
    ];
    let child = under_way(
        &desk,
        &[&words[..], &["--duration", "1m", "--warm-up", "1s"]].concat(),
    );
    std::thread::sleep(Duration::from_millis(700));
    interrupt(&child);
    let ended = Ended::of(&child.wait_with_output().unwrap()).with(130);
    ended.shows("interrupted").shows("visitors: web.page");
    assert!(!desk.path().join("results").exists());
}

#[test]
fn an_interrupted_run_leaves_earlier_results_alone() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml"]).with(0);
    let before = desk.text("results/small/manifest.json");
    // Too long for even one replication.
    let child = under_way(
        &desk,
        &[
            "run",
            "small.yaml",
            "--duration",
            "1000h",
            "--replications",
            "2",
        ],
    );
    std::thread::sleep(Duration::from_millis(300));
    interrupt(&child);
    let start = Instant::now();
    let ended = Ended::of(&child.wait_with_output().unwrap()).with(130);
    assert_eq!(ended.out, "");
    assert!(start.elapsed() < SOON);
    assert_eq!(desk.text("results/small/manifest.json"), before);
    assert!(
        desk.files("results")
            .iter()
            .all(|name| !name.contains("/."))
    );
}

#[test]
fn the_second_press_ends_at_once() {
    let desk = Desk::new();
    let mut child = under_way(
        &desk,
        &[
            "run",
            "small.yaml",
            "--duration",
            "100000h",
            "--replications",
            "2",
        ],
    );
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    if child.try_wait().unwrap().is_none() {
        interrupt(&child);
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// Interrupts a command after a while and waits for its end, which must be soon.
fn ends_soon(desk: &Desk, words: &[&str]) {
    let mut command = desk.command(words);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_millis(900));
    assert!(
        child.try_wait().unwrap().is_none(),
        "{words:?} has ended by itself"
    );
    interrupt(&child);
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        let late = start.elapsed() > SOON;
        if late {
            child.kill().unwrap();
        }
        assert!(!late, "{words:?} does not hear");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ended::of(&child.wait_with_output().unwrap()).with(130);
}

#[test]
fn every_phase_of_a_run_hears_at_once() {
    let desk = Desk::new();
    for (name, text) in [("breaks", BREAKS), ("refused", REFUSED), ("warm", WARM)] {
        desk.put(&format!("{name}.yaml"), text);
    }
    let hour = ["--duration", "1h", "--replications", "2"];
    // Within a slice of a replication, whatever makes it long.
    ends_soon(&desk, &[&["run", "breaks.yaml"], &hour[..]].concat());
    ends_soon(&desk, &[&["run", "refused.yaml"], &hour[..]].concat());
    ends_soon(&desk, &["compare", "refused.yaml", "refused.yaml"]);
    // Pilot replications, before their first event.
    ends_soon(&desk, &["run", "warm.yaml"]);
    // The trial of a plan.
    ends_soon(&desk, &["run", "warm.yaml", "--plan"]);
    assert!(!desk.path().join("results").exists());
}

#[test]
fn the_trial_of_a_plan_has_an_end() {
    let desk = Desk::new();
    desk.put("refused.yaml", REFUSED);
    desk.put("breaks.yaml", BREAKS);
    for name in ["refused.yaml", "breaks.yaml"] {
        let start = Instant::now();
        desk.run(&["run", name, "--plan", "--duration", "1h"])
            .with(0);
        assert!(start.elapsed() < 4 * SOON, "{name}: {:?}", start.elapsed());
    }
}

/// There is nothing to end in good order while a model is read: here it never comes.
#[test]
fn whoever_waits_for_a_file_ends_at_once() {
    let desk = Desk::new();
    let pipe = desk.path().join("pipe.yaml");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for command in ["check", "explain", "run"] {
        ends_soon(&desk, &[command, "pipe.yaml"]);
    }
}
