//! The command as its users see it: the real binary, its exit codes, stdout, stderr and files.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A queue that is simulated in no time.
const SMALL: &str = "\
scaleproof: model/1
name: small
workloads: { visitors: { open: { rate: 100/s }, mix: { web.page: 1 } } }
services: { web: { replicas: 2, endpoints: { page: { compute: { exponential: 4ms } } } } }
network: { same-zone: { rtt: 1ms } }
objectives: { quick: { of: web.page, p99: 1s } }
";

/// Two mistakes, in lines 4 and 6.
const BROKEN: &str = "\
scaleproof: model/1
name: broken
workloads: { visitors: { open: { rate: 100/s }, mix: { web.page: 1 } } }
services: { web: { replcas: 2, endpoints: { page: { compute: { exponential: 4ms } } } } }
network: { same-zone: { rtt: 1ms } }
objectives: { quick: { of: web.page, p99: 100 } }
";

/// Options that end a run soon.
const BRIEF: [&str; 6] = [
    "--replications",
    "4",
    "--duration",
    "20s",
    "--warm-up",
    "1s",
];

/// A directory to work in, with `small.yaml` and `broken.yaml`.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.put("small.yaml", SMALL);
        desk.put("broken.yaml", BROKEN);
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scaleproof"));
        command
            .current_dir(self.path())
            .args(words)
            .env_remove("COLUMNS")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Ended {
        Ended::of(&self.command(words).output().unwrap())
    }

    fn brief(&self, words: &[&str]) -> Ended {
        self.run(&[words, &BRIEF].concat())
    }

    /// All files below a directory, hidden ones too.
    fn files(&self, below: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.path().join(below)];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(
                        path.strip_prefix(self.path())
                            .unwrap()
                            .display()
                            .to_string(),
                    );
                }
            }
        }
        found.sort();
        found
    }
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    fn shows(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no {text:?} in {self:#?}");
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no {text:?} in {self:#?}");
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

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

/// What is wrong with a document by its schema: the parts of JSON Schema that the schemas here use.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str, faults_so_far: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let part = root.pointer(reference.trim_start_matches('#')).unwrap();
        return faults(value, part, root, at, faults_so_far);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = |choice: &Value| {
            let mut found = Vec::new();
            faults(value, choice, root, at, &mut found);
            found.is_empty()
        };
        if !choices.iter().any(fits) {
            faults_so_far.push(format!("{at}: {value} is none of {choices:?}"));
        }
        return;
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        faults_so_far.push(format!("{at}: {value} is none of {choices:?}"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        faults_so_far.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    let of_type = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    let typed = match &schema["type"] {
        Value::String(kind) => of_type(kind),
        Value::Array(kinds) => kinds.iter().any(|kind| of_type(kind.as_str().unwrap())),
        _ => true,
    };
    if !typed {
        faults_so_far.push(format!("{at}: {value} is not of type {}", schema["type"]));
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for (name, value) in object {
            match properties.get(name) {
                Some(part) => faults(value, part, root, &format!("{at}/{name}"), faults_so_far),
                None => faults_so_far.push(format!("{at}/{name} is not in the schema")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                faults_so_far.push(format!("{at} lacks {name}"));
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            faults(
                item,
                &schema["items"],
                root,
                &format!("{at}/{index}"),
                faults_so_far,
            );
        }
    }
}

#[track_caller]
fn fits(document: &Value, schema: &Value) {
    let mut found = Vec::new();
    faults(document, schema, schema, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn documents_fit_their_schemas() {
    let desk = Desk::new();
    let schema = |of: &str| desk.run(&["schema", of]).with(0).json();
    let result = desk
        .brief(&["run", "small.yaml", "--format", "json"])
        .with(0)
        .json();
    let results = schema("results");
    fits(&result, &results);
    assert_eq!(
        serde_json::from_str::<Value>(&desk.text("results/small/summary.json")).unwrap(),
        result
    );
    // The check itself is able to fail.
    let mut wrong = result.clone();
    wrong["run"]["seed"] = Value::from("one");
    wrong["more"] = Value::Null;
    let mut found = Vec::new();
    faults(&wrong, &results, &results, "", &mut found);
    assert_eq!(found.len(), 2, "{found:?}");

    let words = [
        "compare",
        "small.yaml",
        "small.yaml",
        "--set-b",
        "services.web.replicas=3",
        "--format",
        "json",
    ];
    let comparison = desk
        .brief(&[&words[..], &["--no-files"]].concat())
        .with(0)
        .json();
    fits(&comparison, &schema("comparison"));
    assert_eq!(schema("model")["$ref"], "#/$defs/Model");
    assert_eq!(desk.run(&["schema"]).with(0).json(), schema("model"));
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
fn a_comparison_tells_better_from_worse() {
    let desk = Desk::new();
    let compare = |words: &[&str]| {
        let all = [&["compare", "small.yaml", "small.yaml"], words].concat();
        desk.brief(&all)
    };
    let slow = "services.web.speed=0.6";
    let ended = compare(&["--set-b", slow]).with(0).shows("worse");
    ended.says("report: results/small-vs-small/report.html");
    let files = desk.files("results/small-vs-small");
    for name in [
        "comparison.json",
        "model-a.yaml",
        "runs-b.csv",
        "report.html",
        "manifest.json",
    ] {
        assert!(
            files.contains(&format!("results/small-vs-small/{name}")),
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
fn check_says_what_is_wrong_and_what_is_busy() {
    let desk = Desk::new();
    let ended = desk.run(&["check", "small.yaml"]).with(0);
    let ended = ended
        .shows("small.yaml: no problems\n")
        .shows("`web` saturates first");
    assert_eq!(ended.err, "");
    // 100/s × 4 ms over two replicas.
    assert!(ended.out.contains("`web` 20 %"), "{}", ended.out);
    let both = desk
        .run(&["check", "broken.yaml", "nowhere.yaml", "small.yaml"])
        .with(2);
    both.shows("broken.yaml: 2 errors\n")
        .shows("small.yaml: no problems")
        .says("cannot read `nowhere.yaml`");
    let document = desk
        .run(&["check", "--format", "json", "broken.yaml", "small.yaml"])
        .with(2)
        .json();
    assert_eq!(document["files"][0]["errors"], 2);
    let first = &document["files"][0]["diagnostics"][0];
    assert_eq!(
        (
            first["place"]["line"].as_u64(),
            first["place"]["column"].as_u64()
        ),
        (Some(4), Some(20))
    );
    assert_eq!(first["code"], "E010");
    assert_eq!(
        document["files"][1]["load"]["saturates"]["component"],
        "web"
    );
}

#[test]
fn explain_leaves_nothing_unsaid() {
    let desk = Desk::new();
    let explained = desk
        .run(&["explain", "small.yaml"])
        .with(0)
        .shows("concurrency: unlimited")
        .out;
    // What is explained is a model, and the same one.
    desk.put("explained.yaml", &explained);
    let plan = |file: &str| desk.run(&["explain", file, "--plan"]).with(0).out;
    assert_eq!(plan("explained.yaml"), plan("small.yaml"));
    assert!(plan("small.yaml").contains("web.page"));
    desk.run(&["explain", "e014"])
        .with(0)
        .shows("error[E014]: ")
        .shows("200ms");
    desk.run(&["explain", "E999"])
        .with(2)
        .says("there is no code E999");
    desk.run(&["explain", "broken.yaml"])
        .with(2)
        .says("2 errors");
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
fn every_topic_can_be_listed() {
    let desk = Desk::new();
    let contents = desk.run(&["list"]).with(0).out;
    let topics: Vec<&str> = contents
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(topics.len() >= 10, "{topics:?}");
    for topic in topics {
        assert!(!desk.run(&["list", topic]).with(0).out.is_empty());
    }
    desk.run(&["list", "balancers"])
        .with(0)
        .shows("round-robin");
    desk.run(&["list", "nonsense"]).with(2).says("balancers");
}

#[test]
fn the_first_model_checks_and_runs() {
    let desk = Desk::new();
    let ended = desk
        .run(&["init"])
        .with(0)
        .says("next: scaleproof run model.yaml");
    assert_eq!(ended.out, "");
    let ended = desk
        .run(&["check", "model.yaml"])
        .with(0)
        .shows("model.yaml: no problems");
    assert_eq!(ended.err, "");
    desk.brief(&["run", "model.yaml", "--no-files"])
        .with(0)
        .shows("shoppers: web.page");
    desk.put("model.yaml", "mine");
    desk.run(&["init"]).with(2).says("exists already");
    assert_eq!(desk.text("model.yaml"), "mine");
    desk.run(&["init", "no/where.yaml"])
        .with(2)
        .says("cannot write `no/where.yaml`");
}

#[test]
fn shells_and_manuals_are_served() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        desk.run(&["completions", shell]).with(0).shows("compare");
    }
    desk.run(&["man"]).with(0).shows(".TH scaleproof 1");
    desk.run(&["man", "--out", "pages"]).with(0);
    assert!(
        desk.files("pages")
            .contains(&"pages/scaleproof-run.1".to_owned())
    );
    desk.run(&["--version"])
        .with(0)
        .shows(env!("CARGO_PKG_VERSION"));
    desk.run(&["--help"]).with(0).shows("Exit codes:");
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

/// A run that is under way.
#[cfg(unix)]
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

#[cfg(unix)]
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

#[cfg(unix)]
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

#[cfg(unix)]
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

#[cfg(unix)]
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

#[test]
fn every_model_that_is_shipped_checks_and_runs() {
    let desk = Desk::new();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut seen = 0;
    for entry in fs::read_dir(models).unwrap() {
        let path = entry.unwrap().path();
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
