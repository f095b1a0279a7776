//! What is wrong is said on stderr, and ends as it should.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::desk::{BRIEF, Desk, Ended};

#[test]
fn a_broken_model_is_told_everything_at_once_on_stderr() {
    let desk = Desk::new();
    let ended = desk.run(&["run", "broken.yaml"]).with(2);
    let ended = ended
        .says("broken.yaml:4:")
        .says("did you mean `replicas`?")
        .says("broken.yaml:6:")
        .says("2 errors");
    assert_eq!(ended.out, "");
    assert!(!desk.path().join("results").exists());
    assert!(!ended.err.contains('\u{1b}'));
    let coloured = desk
        .run(&["run", "broken.yaml", "--color", "always"])
        .with(2);
    assert!(coloured.err.contains('\u{1b}'));
}

#[test]
fn arguments_and_files_that_are_wrong_end_with_2() {
    let desk = Desk::new();
    desk.run(&[]).with(2).says("Usage:");
    desk.run(&["run"]).with(2).says("<MODEL>");
    desk.run(&["run", "small.yaml", "--presicion", "5%"])
        .with(2)
        .says("--precision");
    desk.run(&["run", "small.yaml", "--duration", "10"])
        .with(2)
        .says("10ms");
    desk.run(&["run", "small.yaml", "--precision", "0%"])
        .with(2)
        .says("0");
    desk.run(&["run", "small.yaml", "--set", "services.web"])
        .with(2)
        .says("PATH=VALUE");
    desk.run(&["run", "small.yaml", "--replications", "0"])
        .with(2);
    desk.run(&["run", "nowhere.yaml"])
        .with(2)
        .says("error: cannot read `nowhere.yaml`: No such file or directory");
    desk.run(&["run", "."]).with(2).says("cannot read `.`");
    desk.run(&["run", "/dev/zero"]).with(2).says("4 MiB");
    desk.run(&["frobnicate"]).with(2);
}

#[test]
fn results_that_cannot_be_written_are_told_before_anything_runs() {
    let desk = Desk::new();
    let start = Instant::now();
    let words = [
        "run",
        "small.yaml",
        "--out",
        "small.yaml/results",
        "--duration",
        "10h",
        "--replications",
        "100",
    ];
    let ended = desk
        .run(&words)
        .with(2)
        .says("error: cannot write into `small.yaml/results`");
    assert_eq!(ended.out, "");
    assert!(start.elapsed() < Duration::from_secs(5));
    // A directory where a file should go shows only when it is written.
    fs::create_dir_all(desk.path().join("there/report.html/in-the-way")).unwrap();
    let ended = desk
        .brief(&["run", "small.yaml", "--out", "there"])
        .with(2)
        .says("report.html");
    assert!(
        ended.out.contains("visitors"),
        "the result itself is not lost"
    );
    assert!(
        desk.files("there").iter().all(|name| !name.contains("/.")),
        "{:?}",
        desk.files("there")
    );
}

#[test]
fn a_reader_that_goes_away_is_no_trouble() {
    let desk = Desk::new();
    let words = [&["run", "small.yaml"], &BRIEF[..]].concat();
    for words in [&words[..], &["schema"], &["list", "codes"]] {
        let mut child = desk
            .command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{words:?}");
    }
    assert!(desk.path().join("results/small/manifest.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_trouble() {
    let desk = Desk::new();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = desk
        .command(&["list"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    Ended::of(&output)
        .with(2)
        .says("error: cannot write to `stdout`: No space left on device");
}
