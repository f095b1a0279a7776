//! Comparisons: the answer first, what matters and no more, and two results as they lie on disk.

use std::fs;

use serde_json::Value;

use super::desk::{Desk, Ended, SMALL};

/// More than `small.yaml` can serve: two replicas at 4 ms each give 500/s.
const FLOOD: &str = "workloads.visitors.open.rate=2k/s";

fn compare(desk: &Desk, words: &[&str]) -> Ended {
    let both = ["compare", "small.yaml", "small.yaml", "--out", "both"];
    desk.brief(&[&both[..], words].concat())
}

fn differences(document: &Value) -> &Vec<Value> {
    document["differences"].as_array().unwrap()
}

/// The text with its lines joined, as it was before it was wrapped.
fn joined(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

#[test]
fn what_cannot_be_served_is_never_not_resolved() {
    let desk = Desk::new();
    for (side, other, code) in [("--set-b", "A", 1), ("--set-a", "B", 0)] {
        let ended = compare(&desk, &[side, FLOOD, "--fail-on", "worse"]).with(code);
        let sentence = joined(&ended.out);
        let (lost, kept) = ("`small with workloads.visitors.open.rate=2k/s`", "`small`");
        let expected = format!("{lost} cannot serve its load, {kept} can");
        assert!(sentence.starts_with(&expected), "{sentence}");
        let report = desk.text("both/report.md") + &desk.text("both/report.html") + &ended.out;
        let table = report.split("All differences").nth(1).unwrap();
        assert!(!ended.out.contains("not resolved"), "{}", ended.out);
        let rows = table.lines().filter(|line| line.starts_with("| visitors"));
        for row in rows {
            assert!(row.contains("served"), "{row}");
        }
        let words = [side, FLOOD, "--format", "json"];
        let document = compare(&desk, &words).with(0).json();
        let preference = if other == "A" {
            "second-unsteady"
        } else {
            "first-unsteady"
        };
        let p99 = differences(&document)
            .iter()
            .find(|of| of["metric"] == "p99");
        assert_eq!(p99.unwrap()["preference"], preference);
    }
    // Both at once are neither better nor worse.
    let ended = compare(&desk, &["--set", FLOOD, "--fail-on", "worse"]).with(0);
    let sentence = joined(&ended.out);
    assert!(
        sentence.starts_with("Neither `small` nor `small again` can serve its load"),
        "{sentence}"
    );
    assert!(!ended.out.contains("not resolved"));
}

#[test]
fn verdicts_that_change_stand_in_the_sentence() {
    let desk = Desk::new();
    // Processors at 30 % of their pace are 67 % busy instead of 20 %: 24 ms become far more than 60 ms.
    let slow = [
        "--set-b",
        "services.web.speed=0.3",
        "--set",
        "objectives.quick.p99=60ms",
    ];
    let names = ["--name-a", "today", "--name-b", "cheaper machines"];
    let ended = compare(&desk, &[&slow[..], &names].concat()).with(0);
    let sentence = joined(&ended.out);
    assert!(
        sentence.starts_with("`cheaper machines` fails `quick`, which `today` passes."),
        "{sentence}"
    );
    ended
        .shows("Verdicts that change")
        .shows("FAIL")
        .shows("PASS");
}

#[test]
fn at_most_a_dozen_differences_that_matter_are_listed_largest_first() {
    let desk = Desk::new();
    // Twenty services in a row, each slower in B.
    let name = |at: u32| format!("s{at}");
    let mix: Vec<String> = (0..20).map(|at| format!("{}.e: 1", name(at))).collect();
    let service = |at: u32| {
        format!(
            "{}: {{ speed: $pace, endpoints: {{ e: {{ compute: {{ exponential: {}ms }} }} }} }}",
            name(at),
            5 + at
        )
    };
    let services: Vec<String> = (0..20).map(service).collect();
    desk.put(
        "many.yaml",
        &format!(
            "scaleproof: model/1\nname: many\nassumptions: {{ pace: {{ value: 1, why: a test }} }}\n\
             workloads: {{ w: {{ open: {{ rate: 100/s }}, mix: {{ {} }} }} }}\nservices: {{ {} }}\n",
            mix.join(", "),
            services.join(", ")
        ),
    );
    let words = [
        "compare",
        "many.yaml",
        "many.yaml",
        "--set-b",
        "assumptions.pace.value=0.5",
        "--out",
        "many",
    ];
    let ended = desk.brief(&words).with(0);
    let listed = ended.out.split("Differences that matter").nth(1).unwrap();
    let listed = listed.split("matter too").next().unwrap();
    let rows = listed.lines().filter(|line| line.contains('±')).count();
    assert_eq!(rows, 12, "{listed}");
    assert!(listed.ends_with("others "), "{listed}");
    let document: Value = serde_json::from_str(&desk.text("many/comparison.json")).unwrap();
    let matter = |of: &&Value| {
        matches!(
            of["preference"].as_str().unwrap(),
            "better" | "worse" | "higher" | "lower"
        )
    };
    let weights: Vec<f64> = differences(&document)
        .iter()
        .filter(matter)
        .map(|of| of["weight"].as_f64().unwrap())
        .collect();
    assert!(
        weights.len() > 12 && weights.is_sorted_by(|a, b| a >= b),
        "{weights:?}"
    );
    // A busier processor is busier, and no worse.
    let busy: Vec<&Value> = differences(&document)
        .iter()
        .filter(|of| of["metric"] == "utilisation")
        .collect();
    let judged = |of: &&Value| of["preference"] == "better" || of["preference"] == "worse";
    let higher = busy
        .iter()
        .filter(|of| of["preference"] == "higher")
        .count();
    assert!(
        busy.len() == 20 && higher > 15 && !busy.iter().any(judged),
        "{busy:?}"
    );
}

#[test]
fn what_matters_may_be_said() {
    let desk = Desk::new();
    let slower = ["--set-b", "services.web.speed=0.9", "--fail-on", "worse"];
    compare(&desk, &slower)
        .with(1)
        .shows("Differences that matter");
    let most = [
        "--matters",
        "latency=100%,throughput=50%",
        "--matters",
        "utilisation=90pp,success=5pp",
    ];
    let ended = compare(&desk, &[&slower[..], &most].concat()).with(0);
    assert!(
        !ended.out.contains("Differences that matter"),
        "{}",
        ended.out
    );
    ended.shows("No number that users see differs by as much as matters");
    for (wrong, hint) in [
        ("latency=5pp", "latency=2%"),
        ("utilisation=5%", "utilisation=2pp"),
        ("speed=1%", "latency, success"),
    ] {
        compare(&desk, &["--matters", wrong]).with(2).says(hint);
    }
}

#[test]
fn names_of_both_sides_are_whole() {
    let desk = Desk::new();
    let (one, two) = (
        "the architecture as it stands today in the north of the country and nowhere else, before anything was changed",
        "the architecture as it stands today in the north of the country and nowhere else, after the caches came",
    );
    let words = [
        "--set-b",
        "services.web.replicas=3",
        "--name-a",
        one,
        "--name-b",
        two,
    ];
    let ended = compare(&desk, &words).with(0);
    for name in [one, two] {
        assert!(
            joined(&ended.out).matches(name).count() >= 1,
            "{}",
            ended.out
        );
        assert!(desk.text("both/report.md").contains(name));
        assert!(desk.text("both/report.html").contains(name));
    }
    for chart in ["difference", "utilisation"] {
        let svg = desk.text(&format!("both/charts/{chart}.svg"));
        assert!(
            svg.contains("before anything was") && svg.contains("after the caches"),
            "{chart}"
        );
    }
}

#[test]
fn results_on_disk_are_compared_as_their_models_would_be() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "one"]).with(0);
    let setting = "services.web.speed=0.8";
    desk.brief(&["run", "small.yaml", "--set", setting, "--out", "two"])
        .with(0);
    let kept = desk
        .run(&["compare", "one", "two", "--format", "json", "--no-files"])
        .with(0);
    assert!(!kept.err.contains("simulating"), "{}", kept.err);
    let kept = kept.json();
    let made = compare(&desk, &["--set-b", setting, "--format", "json"])
        .with(0)
        .json();
    assert_eq!(kept["names"][1], "small with services.web.speed=0.8");
    let find = |document: &Value, of: &str, metric: &str| -> Value {
        let found = differences(document).iter();
        let mut found = found.filter(|row| row["of"] == of && row["metric"] == metric);
        found.next().unwrap().clone()
    };
    for metric in ["p50", "p95", "p99", "mean", "success", "throughput"] {
        let (kept, made) = (
            find(&kept, "visitors", metric),
            find(&made, "visitors", metric),
        );
        assert_eq!(kept["paired"], true, "{kept}");
        assert_eq!(kept["preference"], made["preference"], "{metric}");
        for end in ["value", "low", "high"] {
            let (kept, made) = (&kept["difference"][end], &made["difference"][end]);
            let (kept, made) = (kept.as_f64().unwrap(), made.as_f64().unwrap());
            assert!((kept - made).abs() <= 1e-9, "{metric} {end}: {kept} {made}");
        }
    }
    let (a, b) = (
        find(&kept, "web", "utilisation"),
        find(&made, "web", "utilisation"),
    );
    assert_eq!(a["difference"]["value"], b["difference"]["value"]);

    // Another seed is another chance, and the interval shows it.
    let words = [
        "run",
        "small.yaml",
        "--set",
        setting,
        "--out",
        "three",
        "--seed",
        "2",
    ];
    desk.brief(&words).with(0);
    let apart = desk.run(&["compare", "one", "three"]).with(0);
    assert!(
        joined(&apart.out).contains("Nothing is paired: the seeds are 1 and 2"),
        "{}",
        apart.out
    );
    assert!(!apart.out.contains("Gain"), "{}", apart.out);
    let place = apart
        .err
        .lines()
        .find_map(|line| line.strip_prefix("report: "))
        .unwrap();
    assert!(desk.path().join(place).exists());
    desk.run(&["report", place.strip_suffix("/report.html").unwrap()])
        .with(0);
    let wider = desk
        .run(&["compare", "one", "three", "--format", "json", "--no-files"])
        .with(0)
        .json();
    let width = |document: &Value| {
        let found = find(document, "visitors", "mean");
        let end = |end: &str| found["difference"][end].as_f64().unwrap();
        end("high") - end("low")
    };
    assert!(
        width(&wider) > width(&kept),
        "{} {}",
        width(&wider),
        width(&kept)
    );
    // Without the table of replications there is nothing to pair.
    fs::remove_file(desk.path().join("two/runs.csv")).unwrap();
    desk.run(&["compare", "one", "two"])
        .with(2)
        .says("runs.csv");
}

#[test]
fn what_has_been_run_is_not_changed() {
    let desk = Desk::new();
    desk.brief(&["run", "small.yaml", "--out", "one"]).with(0);
    for words in [
        &["--replications", "9"][..],
        &["--set", "services.web.replicas=3"],
        &["--seed", "2"],
    ] {
        let ended = desk.run(&[&["compare", "one", "one"], words].concat());
        ended
            .with(2)
            .says(words[0])
            .says("hint: compare the two models");
    }
    desk.run(&["compare", "one", "small.yaml"])
        .with(2)
        .says("one of both is a directory");
    compare(&desk, &[]).with(0);
    desk.run(&["compare", "one", "both"])
        .with(2)
        .says("`both` holds a comparison");
    desk.put(
        "other.yaml",
        &SMALL
            .replace("web:", "front:")
            .replace("web.page", "front.page"),
    );
    desk.brief(&["run", "other.yaml", "--out", "other"]).with(0);
    let ended = desk.run(&["compare", "one", "other", "--no-files"]).with(0);
    ended.shows("Not compared").shows("is only in the second");
}
