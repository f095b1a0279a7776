//! Runs, comparisons, and what they leave behind.

use std::fs;
use std::path::Path;

use super::desk::{Desk, SMALL};

#[test]
fn a_run_prints_its_result_and_leaves_its_files() {
    let desk = Desk::new();
    let ended = desk.brief(&["run", "small.yaml"]).with(0);
    let ended = ended
        .shows("visitors: web.page")
        .shows("PASS")
        .shows("quick");
    let ended = ended
        .says("simulating small.yaml\n")
        .says(" events in ")
        .says("report: results/small/report.html\n");
    assert!(!ended.out.contains("report.html\n") && !ended.out.contains('\u{1b}'));
    let files = desk.files("results/small");
    for name in [
        "manifest.json",
        "summary.json",
        "summary.csv",
        "timeseries.csv",
        "runs.csv",
        "model.yaml",
        "report.md",
        "report.html",
        "charts/percentiles.svg",
        "charts/percentiles.png",
    ] {
        assert!(
            files.contains(&format!("results/small/{name}")),
            "{name} of {files:?}"
        );
    }
    assert!(files.iter().all(|name| !name.contains("/.")), "{files:?}");
    assert_eq!(desk.text("results/small/model.yaml"), SMALL);
    assert_eq!(desk.text("results/small/runs.csv").lines().count(), 1 + 4);
    assert!(
        desk.text("results/small/manifest.json")
            .contains("\"--replications\"")
    );
}

#[test]
fn objectives_decide_the_exit_code() {
    let desk = Desk::new();
    let limit = |limit: &str| format!("objectives.quick.p99={limit}");
    let run = |limit: &str| desk.brief(&["run", "small.yaml", "--no-files", "--set", limit]);
    run(&limit("1s")).with(0).shows("PASS");
    run(&limit("2ms")).with(1).shows("FAIL");
    // One replication has no interval, so nothing can be decided.
    let once = [
        "run",
        "small.yaml",
        "--no-files",
        "--replications",
        "1",
        "--duration",
        "5s",
    ];
    desk.run(&once).with(0).shows("UNDECIDED");
}

#[test]
fn settings_change_the_model() {
    let desk = Desk::new();
    let rate = |settings: &[&str]| {
        let words = [
            &["run", "small.yaml", "--no-files", "--format", "json"],
            settings,
        ]
        .concat();
        let result = desk.brief(&words).with(0).json();
        result["endpoints"][0]["rate"]["value"].as_f64().unwrap()
    };
    assert!((rate(&[]) - 100.0).abs() < 10.0);
    assert!((rate(&["--set", "workloads.visitors.open.rate=50/s"]) - 50.0).abs() < 5.0);
    let wrong = desk.run(&["check", "small.yaml", "--set", "services.wbe.replicas=3"]);
    wrong.with(2).says("did you mean `web`?");
}

#[test]
fn the_result_is_the_same_at_any_number_of_threads() {
    let desk = Desk::new();
    let run = |threads: &str| {
        let words = [
            "run",
            "small.yaml",
            "--no-files",
            "--format",
            "json",
            "--threads",
            threads,
        ];
        let mut result = desk.brief(&words).with(0).json();
        assert_eq!(result["run"]["threads"], threads.parse::<u64>().unwrap());
        let run = result["run"].as_object_mut().unwrap();
        run.remove("threads");
        run.remove("wall");
        result
    };
    let (one, two) = (run("1"), run("2"));
    assert!(one["digest"].as_str().unwrap().starts_with("b3:"));
    assert_eq!(one, two);
    let words = [
        "run",
        "small.yaml",
        "--no-files",
        "--format",
        "json",
        "--seed",
        "2",
    ];
    assert_ne!(desk.brief(&words).with(0).json()["digest"], one["digest"]);
}

#[test]
fn results_come_as_tables_and_documents() {
    let desk = Desk::new();
    let csv = desk
        .brief(&["run", "small.yaml", "--no-files", "--format", "csv"])
        .with(0);
    assert!(
        csv.out
            .starts_with("section,name,metric,unit,value,low,high,level,n,method,status\n")
    );
    let markdown = desk
        .brief(&["run", "small.yaml", "--format", "markdown"])
        .with(0);
    let markdown = markdown
        .shows("# small")
        .shows("](results/small/charts/percentiles.svg)");
    for link in markdown.out.split("](").skip(1) {
        let file = link.split(')').next().unwrap();
        assert!(desk.path().join(file).exists(), "{file}");
    }
    let alone = desk
        .brief(&["run", "small.yaml", "--no-files", "--format", "markdown"])
        .with(0);
    assert!(!alone.out.contains("]("));
}

#[test]
fn no_files_means_none_and_quiet_means_silent() {
    let desk = Desk::new();
    let before = desk.files("");
    let ended = desk
        .brief(&["run", "small.yaml", "--no-files", "--quiet"])
        .with(0);
    assert_eq!(ended.err, "");
    assert!(!ended.out.is_empty());
    assert_eq!(desk.files(""), before);
    desk.run(&["run", "broken.yaml", "--quiet"])
        .with(2)
        .says("error");
}

#[test]
fn a_comparison_tells_better_from_worse() {
    let desk = Desk::new();
    let compare = |words: &[&str]| {
        let all = [&["compare", "small.yaml", "small.yaml"], words].concat();
        desk.brief(&all)
    };
    let slow = "services.web.speed=0.6";
    let ended = compare(&["--set-b", slow]).with(0).shows("worse");
    // A setting makes another question, which has its own directory.
    let report = ended
        .err
        .lines()
        .find_map(|line| line.strip_prefix("report: "));
    let place = report.unwrap().strip_suffix("/report.html").unwrap();
    assert!(place.starts_with("results/small-vs-small-"), "{place}");
    let files = desk.files(place);
    for name in [
        "comparison.json",
        "model-a.yaml",
        "runs-b.csv",
        "report.html",
        "manifest.json",
    ] {
        assert!(
            files.contains(&format!("{place}/{name}")),
            "{name} of {files:?}"
        );
    }
    compare(&["--set-b", slow, "--fail-on", "worse", "--no-files"]).with(1);
    compare(&["--set-a", slow, "--fail-on", "worse", "--no-files"])
        .with(0)
        .shows("better");
    // The same change on both sides is no difference at all.
    compare(&["--set", slow, "--fail-on", "worse", "--no-files"])
        .with(0)
        .shows("same");
    desk.run(&["compare", "small.yaml", "broken.yaml"])
        .with(2)
        .says("broken.yaml:4:");
    desk.run(&["compare", "small.yaml"]).with(2);
}

#[test]
fn a_report_is_rendered_again_from_its_result() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml"]).with(0);
    let page = desk.text("results/small/report.html");
    let manifest = desk.text("results/small/manifest.json");
    fs::remove_file(desk.path().join("results/small/report.html")).unwrap();
    let table = desk
        .run(&["report", "results/small"])
        .with(0)
        .shows("visitors: web.page");
    assert_eq!(table.err, "");
    assert_eq!(desk.text("results/small/report.html"), page);
    assert_eq!(desk.text("results/small/manifest.json"), manifest);
    desk.run(&["report", "results/small", "--format", "json", "--no-files"])
        .with(0)
        .json();
    desk.run(&["report", "nowhere"])
        .with(2)
        .says("summary.json")
        .says("hint:");
    assert!(!desk.path().join("nowhere").exists());
    desk.put(
        "results/small/summary.json",
        "{ \"format\": \"scaleproof-result/0\" }",
    );
    desk.run(&["report", "results/small"])
        .with(2)
        .says("scaleproof-result/0");

    let words = [
        "compare",
        "small.yaml",
        "small.yaml",
        "--set-b",
        "services.web.replicas=3",
        "--out",
        "both",
    ];
    let first = desk.brief(&words).with(0).out;
    assert_eq!(desk.run(&["report", "both"]).with(0).out, first);
}

#[test]
fn a_load_that_cannot_be_served_is_diagnosed() {
    let desk = Desk::new();
    desk.put(
        "flood.yaml",
        &SMALL
            .replace("100/s", "400k/s")
            .replace("objectives: { quick: { of: web.page, p99: 1s } }", ""),
    );
    let words = [
        "run",
        "flood.yaml",
        "--no-files",
        "--replications",
        "2",
        "--duration",
        "20s",
        "--warm-up",
        "0s",
    ];
    let ended = desk.run(&words).with(1);
    ended
        .shows("cannot be served")
        .shows("`web`")
        .shows("was given up")
        .shows("cannot keep up");
}

/// Without an objective too, and wherever the full station is: `a` and `b` have room.
#[test]
fn a_load_that_cannot_be_served_ends_with_1() {
    let desk = Desk::new();
    desk.put(
        "full.yaml",
        "scaleproof: model/1\nname: full\nworkloads: { w: { open: { rate: 100/s }, mix: { a.e: 1 } } }\nservices:\n  \
         a: { cores: unlimited, endpoints: { e: { call: b.e } } }\n  b: { cores: unlimited, endpoints: { e: { call: c.e } } }\n  \
         c: { concurrency: 4, endpoints: { e: { sleep: 150ms } } }\n",
    );
    let words = [
        "run",
        "full.yaml",
        "--no-files",
        "--replications",
        "16",
        "--duration",
        "20s",
    ];
    let ended = desk.run(&words).with(1);
    ended
        .shows("The load cannot be served: 26.")
        .shows("`c` is full: its slots are 100 % busy.")
        .shows("Asked for");
}

#[test]
fn every_model_that_is_shipped_checks_and_runs() {
    let desk = Desk::new();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut seen = 0;
    for entry in fs::read_dir(models).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let file = path.to_str().unwrap();
        let checked = desk.run(&["check", file]).with(0).shows(": no problems");
        assert_eq!(checked.err, "", "{file}");
        desk.run(&["explain", file]).with(0);
        desk.run(&["explain", file, "--plan"]).with(0);
        let words = [
            "run",
            file,
            "--no-files",
            "--replications",
            "2",
            "--duration",
            "5s",
            "--warm-up",
            "1s",
        ];
        let ended = desk.run(&words);
        assert!(matches!(ended.code, Some(0 | 1)), "{file}: {ended:#?}");
        seen += 1;
    }
    assert!(seen >= 1);
}

/// Followers that lag by a second: their reads are stale, and none is when the leader answers.
#[test]
fn reads_of_a_leader_are_never_stale() {
    let desk = Desk::new();
    desk.put(
        "lag.yaml",
        "scaleproof: model/1\nname: lag\ndata: { rows: { items: 5 } }\nnetwork: { same-zone: { rtt: 1ms } }\n\
         workloads: { w: { open: { rate: 50/s }, mix: { db.get: 1, db.put: 1 } } }\n\
         databases: { db: { of: rows, replicas: 3, read: any, lag: 1s, queries: { get: { reads: one, do: { compute: { exponential: 1ms } } }, put: { writes: one, do: { compute: { exponential: 1ms } } } } } }\n\
         objectives: { fresh: { of: db.get, stale: 1% } }\n",
    );
    let words = ["run", "lag.yaml", "--no-files"];
    desk.brief(&words).with(1).shows("FAIL");
    let leader = [&words[..], &["--set", "databases.db.read=primary"]].concat();
    desk.brief(&leader).with(0).shows("stale is 0 %");
}

#[test]
fn the_plan_of_a_run_is_printed_and_nothing_is_run() {
    let desk = Desk::new();
    let before = desk.files("");
    let ended = desk.run(&["run", "small.yaml", "--plan"]).with(0);
    let ended = ended
        .shows("cut off")
        .shows("Each replication measures")
        .shows("10 at first; then looks at 15, 23, 35, 53, 80, 120, 180, 270, 400 of them")
        .shows(" are expected: at `web`, 20 % busy, ")
        .shows(" requests and ")
        .shows(" events of this model took ");
    assert!(!ended.err.contains("simulating") && desk.files("") == before);

    let json = |words: &[&str]| {
        let all = [&["run", "small.yaml", "--plan", "--format", "json"], words].concat();
        desk.run(&all).with(0).json()
    };
    let plan = json(&[]);
    assert_eq!(plan["format"], "scaleproof-forecast/1");
    let (warm_up, measured) = (plan["warm_up"].as_f64(), plan["measured"].as_f64());
    assert!(plan["likely"]["seconds"].as_f64().unwrap() > 0.0);
    let requests = plan["likely"]["requests"].as_f64().unwrap();
    let result = desk
        .run(&["run", "small.yaml", "--no-files", "--format", "json"])
        .with(0)
        .json();
    assert_eq!(result["run"]["warm_up"].as_f64(), warm_up);
    assert_eq!(result["run"]["measured"].as_f64(), measured);
    // The run may stop a look earlier or later.
    let made = result["run"]["requests"].as_f64().unwrap();
    assert!(
        (0.4..2.5).contains(&(made / requests)),
        "{made} of {requests}"
    );

    let asked = json(&["--replications", "4", "--duration", "20s", "--threads", "3"]);
    assert_eq!(
        (asked["expected"].as_u64(), asked["threads"].as_u64()),
        (Some(4), Some(3))
    );
    assert_eq!(asked["measured"].as_f64(), Some(20.0));
    desk.run(&["run", "small.yaml", "--plan", "--format", "csv"])
        .with(2)
        .says("as a table or as json");
    desk.run(&["run", "broken.yaml", "--plan"]).with(2);
}

/// M/M/1 at 8/s and 100 ms: a mean of 500 ms and a p99 of 2.3 s (Kleinrock 1975), with the simulation beside them.
const QUEUE: &str = "\
scaleproof: model/1
name: queue
workloads: { jobs: { open: { rate: 8/s }, mix: { worker.do: 1 } } }
services: { worker: { cpu: fifo, endpoints: { do: { compute: { exponential: 100ms } } } } }
";

#[test]
fn theory_stands_beside_the_simulation() {
    let desk = Desk::new();
    desk.put("queue.yaml", QUEUE);
    let run = |words: &[&str]| {
        let all = [
            &[
                "run",
                "queue.yaml",
                "--replications",
                "16",
                "--duration",
                "400s",
                "--warm-up",
                "40s",
            ],
            words,
        ]
        .concat();
        desk.run(&all).with(0)
    };
    let result = run(&["--with-theory", "--no-files", "--format", "json"]).json();
    let rows = result["theory"]["rows"].as_array().unwrap();
    for (metric, exact) in [
        ("latency.mean", 0.5),
        ("latency.p99", std::f64::consts::LN_10),
        ("utilisation", 0.8),
        ("wait", 0.4),
    ] {
        let row = rows.iter().find(|row| row["metric"] == metric).unwrap();
        assert_eq!(
            (&row["kind"], &row["formula"]),
            (&"exact".into(), &"M/M/1".into())
        );
        let (theory, simulated) = (&row["value"], &row["simulated"]["value"]);
        assert!(
            (theory.as_f64().unwrap() / exact - 1.0).abs() < 1e-6,
            "{row}"
        );
        assert!(
            (simulated.as_f64().unwrap() / exact - 1.0).abs() < 0.15,
            "{row}"
        );
    }
    let without = run(&["--no-files", "--format", "json"]).json();
    assert!(without.as_object().unwrap().get("theory").is_none());
    assert_eq!(without["digest"], result["digest"]);
    let table = run(&["--with-theory"]);
    let table = table
        .shows("\nTheory\n")
        .shows("M/M/1: Kleinrock vol. 1 (1975), 3.2.");
    assert!(!table.out.contains("Without a closed form"));
    assert!(
        desk.text("results/queue/report.md")
            .contains("| jobs: worker.do | p99 | 2.3\u{a0}s |")
    );
    assert!(
        desk.text("results/queue/report.html")
            .contains(">Theory</h2>")
    );
    let small = desk
        .brief(&["run", "small.yaml", "--with-theory", "--no-files"])
        .with(0);
    small.shows("M/G/1-PS");
}
