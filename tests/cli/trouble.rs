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

/// A limit on memory leaves no room for the stacks of a thousand threads: fewer work, and the results are the same.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_do_not_start_are_done_without() {
    use std::process::{Command, Stdio};
    let desk = Desk::new();
    let few = desk
        .brief(&["run", "small.yaml", "--format", "json", "--no-files"])
        .with(0)
        .json();
    let mut limited = Command::new("sh");
    let script = "ulimit -v 1500000 && exec \"$@\"";
    limited.current_dir(desk.path()).args([
        "-c",
        script,
        "sh",
        env!("CARGO_BIN_EXE_scaleproof"),
        "run",
        "small.yaml",
    ]);
    limited
        .args(["--threads", "1000", "--format", "json", "--no-files"])
        .args(super::desk::BRIEF);
    let ended = Ended::of(&limited.stdin(Stdio::null()).output().unwrap()).with(0);
    let ended = ended.says("the system did not start 1");
    assert_eq!(ended.json()["digest"], few["digest"]);
}

/// File names are anybody's, and a terminal obeys some of them.
#[cfg(unix)]
#[test]
fn names_of_files_command_no_terminal() {
    let desk = Desk::new();
    let names = [
        "\u{1b}]0;owned\u{7}\u{1b}[31mred.yaml",
        "c1\u{9b}31m.yaml",
        "bidi\u{202e}lmay.yaml",
    ];
    let hostile = |text: &str| {
        text.chars()
            .any(|c| c.is_control() && c != '\n' || c == '\u{202e}')
    };
    for name in names {
        desk.put(name, super::desk::SMALL);
        let broken = format!("broken {name}");
        desk.put(&broken, super::desk::BROKEN);
        let missing = format!("missing {name}");
        for words in [
            vec!["check", name],
            vec!["check", &broken],
            vec!["check", "--format", "json", name],
            vec!["check", &missing],
            vec!["explain", &broken],
            vec!["run", &missing],
            vec!["run", name, "--plan"],
            vec!["run", name, "--out", name],
            vec!["run", name, "--no-files", "--format", "json"],
            vec!["run", name, "--no-files", "--format", "markdown"],
            vec!["compare", name, name, "--no-files"],
            vec!["init", &missing],
            vec!["report", name],
            vec!["validate", name],
            vec!["man", "--out", name],
            vec!["--nonsense", name],
            vec![name],
        ] {
            let brief = ["run", "compare"].contains(&words[0]) && !words.contains(&"--plan");
            let ended = if brief {
                desk.brief(&words)
            } else {
                desk.run(&words)
            };
            assert!(!hostile(&ended.out), "{words:?}: {:?}", ended.out);
            assert!(!hostile(&ended.err), "{words:?}: {:?}", ended.err);
        }
    }
}

/// What a sum of nothing is, and what 99.9 / 100 is, in floating point.
#[test]
fn numbers_in_documents_are_those_that_were_written() {
    let desk = Desk::new();
    let model = "\
scaleproof: model/1
name: shares
workloads: { visitors: { open: { rate: 100/s }, mix: { web.page: 1 } } }
services: { web: { replicas: 2, endpoints: { page: { compute: { exponential: 4ms } } } } }
network: { same-zone: { rtt: 1ms } }
objectives: { most: { of: web.page, success: 99.9% }, soon: { of: web.page, p99: 33.3ms }, low: { of: web, utilisation: 28.3% } }
";
    desk.put("shares.yaml", model);
    let ended = desk.brief(&["run", "shares.yaml", "--out", "all"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:#?}");
    let summary = desk.text("all/summary.json");
    for limit in ["0.999,", "0.0333,", "0.283,"] {
        assert!(summary.contains(&format!("\"limit\": {limit}")), "{limit}");
    }
    for name in desk.files("all") {
        let Ok(text) = std::fs::read_to_string(desk.path().join(&name)) else {
            continue; // a bitmap
        };
        let signed = text.match_indices("-0").filter(|(at, _)| {
            let rest = text[at + 2..].trim_start_matches(['.', '0']);
            let before = text[..*at].chars().next_back().unwrap_or(' ');
            " ,:[(\n".contains(before) && !rest.starts_with(|c: char| c.is_alphanumeric())
        });
        assert_eq!(signed.count(), 0, "{name} has a zero with a sign");
    }
}
