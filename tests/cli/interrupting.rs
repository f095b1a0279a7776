//! Ctrl-C: what is complete is printed, and nothing half is left.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::desk::{Desk, Ended};

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
    // Slices of so long a run are long; the second press does not wait for them, but the first may.
    assert!(start.elapsed() < Duration::from_secs(60));
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
