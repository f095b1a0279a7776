//! Directories of results: a question has its own, and each is whole, whatever happens while it is written.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::desk::{BRIEF, Desk, Ended, SMALL};

/// The seed of a directory in which every file is what the manifest says, and nothing else lies.
#[track_caller]
fn whole(desk: &Desk, below: &str) -> u64 {
    let manifest: Value =
        serde_json::from_str(&desk.text(&format!("{below}/manifest.json"))).unwrap();
    let files = manifest["files"].as_object().unwrap();
    for (name, hash) in files {
        let bytes = fs::read(desk.path().join(below).join(name)).unwrap();
        assert_eq!(*hash, blake3::hash(&bytes).to_string(), "{name}");
    }
    let listed: BTreeSet<String> = files.keys().map(|name| format!("{below}/{name}")).collect();
    let mut found: BTreeSet<String> = desk.files(below).into_iter().collect();
    found.remove(&format!("{below}/manifest.json"));
    assert_eq!(found, listed);
    let summary: Value =
        serde_json::from_str(&desk.text(&format!("{below}/summary.json"))).unwrap();
    assert_eq!(summary["digest"], manifest["runs"][0]["digest"]);
    // The table of replications is of the same run.
    let table = desk.text(&format!("{below}/runs.csv"));
    let requests = table
        .lines()
        .skip(1)
        .map(|row| row.split(',').nth(1).unwrap());
    let requests: u64 = requests.map(|cell| cell.parse::<u64>().unwrap()).sum();
    assert_eq!(summary["run"]["requests"], requests);
    manifest["runs"][0]["seed"].as_u64().unwrap()
}

fn names(desk: &Desk) -> BTreeSet<String> {
    let entries = fs::read_dir(desk.path().join("results")).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let names = entries.map(|entry| name(entry).into_string().unwrap());
    names.collect()
}

#[test]
fn another_question_has_another_directory() {
    let desk = Desk::new();
    let two = [
        "--set",
        "services.web.replicas=3",
        "--set",
        "services.web.speed=2",
    ];
    let swapped = [
        "--set",
        "services.web.speed=2",
        "--set",
        "services.web.replicas=3",
    ];
    for words in [&[][..], &["--seed", "2"], &two, &["--include-failures"]] {
        desk.brief(&[&["run", "small.yaml"], words].concat())
            .with(0);
    }
    let four = names(&desk);
    assert_eq!(four.len(), 4, "{four:?}");
    assert!(four.contains("small") && four.iter().all(|name| name.starts_with("small")));
    // The same questions again, tried harder or said in another order.
    for words in [&["--seed", "1", "--threads", "1"][..], &swapped] {
        desk.brief(&[&["run", "small.yaml"], words].concat())
            .with(0);
    }
    assert_eq!(names(&desk), four);
    assert_eq!(whole(&desk, "results/small"), 1);
    // Edited, it is still that file.
    desk.put("small.yaml", &SMALL.replace("4ms", "5ms"));
    desk.brief(&["run", "small.yaml"]).with(0);
    assert_eq!(names(&desk), four);
    assert!(desk.text("results/small/model.yaml").contains("5ms"));

    let compare = |replicas: &str| {
        let setting = format!("services.web.replicas={replicas}");
        let words = ["compare", "small.yaml", "small.yaml", "--set-b", &setting];
        desk.brief(&words).with(0);
    };
    compare("3");
    compare("4");
    assert_eq!(names(&desk).len(), 6, "{:?}", names(&desk));
}

#[test]
fn the_result_of_another_file_is_not_written_over() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml"]).with(0);
    desk.put("other.yaml", &SMALL.replace("4ms", "5ms"));
    let start = Instant::now();
    for words in [
        &["run", "other.yaml"][..],
        &["run", "other.yaml", "--out", "results/small"],
    ] {
        let long = [words, &["--duration", "1h", "--replications", "20"]].concat();
        let ended = desk
            .run(&long)
            .with(2)
            .says("`small.yaml`")
            .says("hint: say another directory");
        assert_eq!(ended.out, "");
    }
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "before anything runs"
    );
    assert_eq!(desk.text("results/small/model.yaml"), SMALL);
    // By another path, or moved, it is the same.
    desk.brief(&["run", "./small.yaml"]).with(0);
    desk.put("moved.yaml", SMALL);
    desk.brief(&["run", "moved.yaml"]).with(0);
    desk.brief(&["run", "other.yaml", "--out", "elsewhere"])
        .with(0);
    // A directory that was named takes another question about the same file, and says so.
    let words = ["run", "moved.yaml", "--out", "results/small", "--seed", "3"];
    desk.brief(&words)
        .with(0)
        .says("another question, the plain one");
    assert_eq!(whole(&desk, "results/small"), 3);
}

#[test]
fn what_is_no_result_is_not_written_over() {
    let desk = Desk::new();
    desk.put("report.md", "my own\n");
    let ended = desk.brief(&["run", "small.yaml", "--out", "."]).with(2);
    ended.says("report.md").says("belongs to no result");
    assert_eq!(desk.text("report.md"), "my own\n");
}

#[test]
fn a_changed_result_is_refused() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "kept"]).with(0);
    let summary = desk.text("kept/summary.json");
    desk.put(
        "kept/summary.json",
        &summary.replace("\"requests\"", "\"requests\" "),
    );
    desk.run(&["report", "kept"])
        .with(2)
        .says("summary.json")
        .says("hint:");
    desk.run(&["report", "kept", "--no-files"]).with(2);
    desk.put("kept/summary.json", &summary);
    desk.run(&["report", "kept"]).with(0);
    fs::remove_file(desk.path().join("kept/manifest.json")).unwrap();
    desk.run(&["report", "kept"]).with(2).says("manifest.json");
}

/// A run that has printed its result and is about to write it.
fn about_to_write(desk: &Desk, seed: &str, out: &str) -> Child {
    let words = ["run", "small.yaml", "--quiet", "--seed", seed, "--out", out];
    let mut command = desk.command(&[&words[..], &BRIEF].concat());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("digest") {
        line.clear();
        assert!(stdout.read_line(&mut line).unwrap() > 0, "no digest");
    }
    child
}

/// A run that has begun to write: something in its directory is not as it was.
#[cfg(unix)]
fn writing(desk: &Desk, seed: &str, out: &str) -> Child {
    let names = || -> BTreeSet<OsString> {
        let entries = fs::read_dir(desk.path().join(out)).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    let before = names();
    let mut child = about_to_write(desk, seed, out);
    while names() == before && child.try_wait().unwrap().is_none() {}
    child
}

/// How long it takes to write, on this machine and disk.
#[cfg(unix)]
fn time_to_write(desk: &Desk, out: &str) -> Duration {
    let time = || {
        let mut child = writing(desk, "1", out);
        let begun = Instant::now();
        child.wait().unwrap();
        begun.elapsed()
    };
    time().max(time())
}

/// Killed at 20 moments while it writes: the old result or the new one, and the next command takes away what is left over.
#[cfg(unix)]
#[test]
fn a_kill_leaves_the_old_result_or_the_new_one() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "kept"]).with(0);
    let time = time_to_write(&desk, "kept");
    let mut old = 0;
    for moment in 0..20 {
        let before = whole(&desk, "kept");
        let mut child = writing(&desk, &(moment + 2).to_string(), "kept");
        std::thread::sleep(time * moment / 19);
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        desk.run(&["report", "kept", "--no-files"]).with(0);
        desk.run(&["report", "kept"]).with(0);
        let after = whole(&desk, "kept");
        assert!(after == before || after == u64::from(moment) + 2, "{after}");
        old += u32::from(after == before);
    }
    assert!(old > 0, "no kill came in time");
}

/// One is stopped at some moment of its writing, and goes on when the other has had its time.
#[cfg(unix)]
#[test]
fn two_runs_at_once_leave_the_result_of_one() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "kept"]).with(0);
    let time = time_to_write(&desk, "kept");
    let signal = |name: &str, child: &Child| {
        let id = child.id().to_string();
        Command::new("kill").args([name, &id]).status().unwrap();
    };
    for moment in 0..6 {
        let seeds = [u64::from(moment) + 10, u64::from(moment) + 20];
        let mut one = writing(&desk, &seeds[0].to_string(), "kept");
        std::thread::sleep(time * moment / 6);
        signal("-STOP", &one);
        // It may have to wait for the first from its beginning on.
        let seed = seeds[1].to_string();
        let words = [
            "run",
            "small.yaml",
            "--quiet",
            "--seed",
            &seed,
            "--out",
            "kept",
        ];
        let mut command = desk.command(&[&words[..], &BRIEF].concat());
        let mut other = command.stdout(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) && other.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(10));
        }
        signal("-CONT", &one);
        assert_eq!(one.wait().unwrap().code(), Some(0));
        assert_eq!(other.wait().unwrap().code(), Some(0));
        let left = whole(&desk, "kept");
        assert!(seeds.contains(&left), "{left} at moment {moment}");
    }
}

/// Ends as it should when no more than so much can be written into one file.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_grow_leaves_the_old_result() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "kept"]).with(0);
    let program = env!("CARGO_BIN_EXE_scaleproof");
    let words = [
        &["run", "small.yaml", "--out", "kept", "--seed", "2"],
        &BRIEF[..],
    ]
    .concat();
    for blocks in [0, 1, 8, 32] {
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec '{program}' {}",
            words.join(" ")
        );
        let mut shell = Command::new("sh");
        let output = shell
            .arg("-c")
            .arg(script)
            .current_dir(desk.path())
            .output();
        let ended = Ended::of(&output.unwrap()).with(2);
        ended.shows("visitors").says("cannot write the results");
        assert_eq!(whole(&desk, "kept"), 1, "{blocks}");
    }
    desk.brief(&words[..6]).with(0);
    assert_eq!(whole(&desk, "kept"), 2);
}

/// A file system of its own that is too small for a second result beside the first.
#[cfg(target_os = "linux")]
#[expect(clippy::print_stderr, reason = "tells what was not tried")]
#[test]
fn a_full_disk_leaves_the_old_result() {
    let desk = Desk::new();
    let program = env!("CARGO_BIN_EXE_scaleproof");
    let brief = BRIEF.join(" ");
    // The first result fits; then the rest of the disk is filled up to a few blocks.
    let script = format!(
        "mount -t tmpfs -o size=4m tmpfs disk || exit 99
         '{program}' run small.yaml --out disk/kept {brief} > first || exit 98
         dd if=/dev/zero of=disk/rest bs=4k 2> /dev/null
         dd if=/dev/zero of=disk/rest bs=4k count=$(($(stat -c %s disk/rest) / 4096 - $1)) 2> /dev/null
         '{program}' run small.yaml --out disk/kept --seed 2 {brief} > second; echo \"ended $?\"
         rm disk/rest
         cp -a disk/kept kept-$1
         '{program}' report disk/kept > third; echo \"reported $?\""
    );
    fs::create_dir(desk.path().join("disk")).unwrap();
    for blocks in ["0", "1", "20", "60"] {
        let mut shell = Command::new("unshare");
        let shell = shell.args(["--mount", "sh", "-c", &script, "sh", blocks]);
        let output = match shell.current_dir(desk.path()).output() {
            // 99 is the script's own, 1 that of `unshare`.
            Ok(output) if !matches!(output.status.code(), Some(1 | 99)) => output,
            other => {
                let why = other.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
                eprintln!("no file system can be mounted here, so none can be full: {why:?}");
                return;
            }
        };
        let ended = Ended::of(&output).with(0);
        let ended = ended.shows("ended 2").shows("reported 0");
        ended.says("cannot write").says("No space left on device");
        assert_eq!(whole(&desk, &format!("kept-{blocks}")), 1);
        assert_eq!(desk.text("third"), desk.text("first"));
    }
}

#[test]
fn parts_that_were_left_over_are_taken_away() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "kept"]).with(0);
    fs::create_dir(desk.path().join("kept/.parts")).unwrap();
    desk.put("kept/.parts/report.html", "<html>");
    desk.put("kept/.lock", "");
    desk.run(&["report", "kept"]).with(0);
    assert_eq!(whole(&desk, "kept"), 1);
}
