//! What is said without running anything.

use super::desk::Desk;

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

/// 100/s that take 150 ms each in four slots.
#[test]
fn check_can_refuse_a_load_that_cannot_be_served() {
    let desk = Desk::new();
    let text = "scaleproof: model/1\nname: over\nnetwork: { same-zone: { rtt: 1ms } }\nworkloads: { w: { open: { rate: 100/s }, mix: { s.e: 1 } } }\n\
                services: { s: { concurrency: 4, endpoints: { e: { sleep: 150ms } } } }\n";
    desk.put("over.yaml", text);
    desk.run(&["check", "over.yaml"])
        .with(0)
        .says("375% of what its slots can do")
        .shows("`s` (slots) cannot keep up with today's load: it serves 26.7 of 100 requests/s");
    desk.run(&["check", "--deny", "warnings", "over.yaml", "small.yaml"])
        .with(1);
    desk.run(&["check", "--deny", "warnings", "small.yaml"])
        .with(0);
    desk.run(&["check", "--deny", "warnings", "over.yaml", "broken.yaml"])
        .with(2);
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
fn every_key_is_explained() {
    let desk = Desk::new();
    for word in [
        "service", "services", "call", "database", "retry", "hot-set", "model",
    ] {
        let listed = desk.run(&["list", word]).with(0).shows("Example: `").out;
        assert_eq!(desk.run(&["explain", word]).with(0).out, listed);
    }
    desk.run(&["list", "service"])
        .with(0)
        .shows("Default: `unlimited`. Example:")
        .shows("balance: ");
    desk.run(&["list", "timeout"])
        .with(0)
        .shows("timeout (call)")
        .shows("timeout (get)");
    desk.run(&["list", "servce"])
        .with(2)
        .says("the nearest is `service`");
    desk.run(&["explain", "servce"])
        .with(2)
        .says("no file and no word of the language");
}

#[test]
fn who_stands_where_is_explained() {
    let desk = Desk::new();
    desk.put(
        "hosts.yaml",
        "scaleproof: model/1\nname: hosts\nregions: { eu: { zones: [a, b] } }\n\
         workloads: { w: { open: { rate: 1/s }, mix: { a.x: 1 } } }\nhosts: { nodes: { count: 4 } }\nservices:\n\
         \x20 a: { host: nodes, replicas: 2, endpoints: { x: [ { compute: 1ms }, { call: b.x } ] } }\n\
         \x20 b: { host: nodes, replicas: 1, endpoints: { x: { compute: 1ms } } }\n",
    );
    desk.run(&["explain", "hosts.yaml"])
        .with(0)
        .shows("# Who stands where:\n#   nodes/0 in eu/a: a/0\n#   nodes/1 in eu/b: a/1\n#   nodes/2 in eu/a: b/0\n#   nodes/3: nobody\n");
    desk.run(&["explain", "hosts.yaml", "--plan"])
        .with(0)
        .shows("  nodes/2 in eu/a: b/0");
    desk.run(&[
        "explain",
        "hosts.yaml",
        "--plan",
        "--set",
        "services.b.place=by-index",
    ])
    .with(0)
    .shows("  nodes/0 in eu/a: a/0, b/0");
}

#[test]
fn a_load_is_said_on_the_command_line() {
    let desk = Desk::new();
    let plan = |words: &[&str]| {
        desk.run(&[&["explain", "small.yaml", "--plan"], words].concat())
            .with(0)
            .out
    };
    let once = plan(&[]);
    let twice = plan(&["--load", "2x"]);
    assert_ne!(once, twice);
    assert_eq!(
        plan(&["--load", "2x", "--set", "load=1x"]),
        twice,
        "the option comes last"
    );
    assert_eq!(plan(&["--load", "1x"]), once);
    desk.run(&["check", "small.yaml", "--load", "2"])
        .with(2)
        .says("for example `2x`");
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
