//! Who is next and who computes, rule by rule, on timelines computed by hand.
//!
//! Every user asks once, at a time of its own; what comes out lists who ended when, in seconds: `2:5` is the third user at 5 s.

mod common;

use scaleproof::engine::{Engine, Outcome, Probe};
use std::fmt::Write as _;

#[derive(Default)]
struct Log(String);

impl Probe for Log {
    fn settled(&mut self, entry: u32, _birth: u64, now: u64, outcome: Outcome) {
        let seconds = now as f64 / 1e9;
        let at = (seconds * 1000.0).round() / 1000.0;
        let _ = match outcome {
            Ok(()) => write!(self.0, "{entry}:{at} "),
            Err(cause) => write!(self.0, "{entry}:{at} {} ", cause.name()),
        };
    }
}

/// A user: when it asks \[s\], for what, and what else the call and the workload say.
type User<'u> = (f64, &'u str, &'u str, &'u str);

fn run(users: &[User<'_>], rest: &str) -> String {
    let mut text =
        "scaleproof: model/1\nname: rules\npriorities: [gold, silver]\nworkloads:\n".to_owned();
    for (number, (.., workload)) in users.iter().enumerate() {
        let _ = writeln!(
            text,
            "  w{number}: {{ closed: {{ users: 1, think: 1000s }}, mix: {{ j{number}: 1 }}{workload} }}"
        );
    }
    text.push_str("journeys:\n");
    for (number, (at, endpoint, call, _)) in users.iter().enumerate() {
        let _ = writeln!(
            text,
            "  j{number}: [ {{ sleep: {at}s }}, {{ call: {endpoint}{call} }} ]"
        );
    }
    text.push_str(rest);
    let plan = common::plan(&text);
    let mut engine = Engine::new(&plan, 1, 0, 1 << 16, Log::default());
    engine.run_until(500_000_000_000).expect("no overflow");
    engine.close();
    engine.probe.0.trim_end().to_owned()
}

fn plain<'u>(users: &[(f64, &'u str)]) -> Vec<User<'u>> {
    let user = |&(at, endpoint): &(f64, &'u str)| (at, endpoint, "", "");
    users.iter().map(user).collect()
}

const GOLD: &str = ", priority: gold";
const SILVER: &str = ", priority: silver";

/// One slot, and endpoints that hold it for so many seconds.
fn slot(discipline: &str) -> String {
    format!(
        "services: {{ a: {{ concurrency: 1, cores: unlimited, discipline: {discipline}, endpoints: {{ s1: {{ sleep: 1s }}, s2: [ {{ sleep: 1s }}, {{ compute: 1s }} ], s3: {{ sleep: 3s }}, s5: {{ sleep: 5s }} }} }} }}"
    )
}

/// Cores, and endpoints that compute for so many seconds.
fn cores(rest: &str) -> String {
    format!(
        "services: {{ a: {{ {rest}, endpoints: {{ c1: {{ compute: 1s }}, c2: {{ compute: 2s }}, c3: {{ compute: 3s }}, c4: {{ compute: 4s }} }} }} }}"
    )
}

#[test]
fn the_shortest_is_next() {
    let users = plain(&[(0.0, "a.s5"), (1.0, "a.s3"), (2.0, "a.s1"), (3.0, "a.s2")]);
    assert_eq!(run(&users, &slot("shortest")), "0:5 2:6 3:8 1:11");
}

#[test]
fn the_earliest_deadline_is_next_and_who_has_none_is_last() {
    let due = |after: &str| format!(", deadline: {{ after: {after}, propagate: true }}");
    let (early, late) = (due("50s"), due("100s"));
    let users = [
        (0.0, "a.s5", "", ""),
        (1.0, "a.s1", "", ""),
        (2.0, "a.s1", late.as_str(), ""),
        (3.0, "a.s1", early.as_str(), ""),
    ];
    assert_eq!(run(&users, &slot("deadline")), "0:5 3:6 2:7 1:8");
}

/// The turns of `policy::queue::fair`, three to one: gold, silver, gold, gold, gold, silver.
#[test]
fn each_priority_has_its_share_of_the_turns() {
    let mut users = vec![(0.0, "a.s5", "", GOLD)];
    users.extend([(1.0, "a.s1", "", SILVER); 2]);
    users.extend([(2.0, "a.s1", "", GOLD); 4]);
    assert_eq!(
        run(
            &users,
            &slot("{ fair: { shares: { gold: 75%, silver: 25% } } }")
        ),
        "0:5 3:6 1:7 4:8 5:9 6:10 2:11"
    );
}

/// The wait reaches the target of 1 s at 1 and is too long until 3: one is dropped then and another one 2 s later; the last is spared.
#[test]
fn controlled_delay_drops_who_has_waited_too_long() {
    let users: Vec<User<'_>> = (0..8)
        .map(|number| (f64::from(number) / 1000.0, "a.s1", "", ""))
        .collect();
    assert_eq!(
        run(
            &users,
            &slot("{ codel: { target: 990ms, interval: 1999ms } }")
        ),
        "0:1 1:2 2:3 3:3 shed 4:4 5:5 6:5 shed 7:6"
    );
}

#[test]
fn the_newest_is_next_while_many_wait() {
    let users = plain(&[(0.0, "a.s5"), (1.0, "a.s5"), (2.0, "a.s5"), (3.0, "a.s5")]);
    assert_eq!(
        run(&users, &slot("{ adaptive-lifo: { threshold: 2 } }")),
        "0:5 3:10 1:15 2:20"
    );
}

#[test]
fn the_last_who_came_computes_first() {
    let users = plain(&[(0.0, "a.c4"), (1.0, "a.c1"), (2.0, "a.c2")]);
    assert_eq!(run(&users, &cores("cpu: lifo")), "0:4 2:6 1:7");
    // Interrupting: 1 s of the first, 1..2 the second, 2..4 the third, and the rest of the first.
    let at_once = cores("cpu: { lifo: { preempt: true } }");
    assert_eq!(run(&users, &at_once), "1:2 2:4 0:7");
    // On two cores the two newest run: the first waits from 2, the second from 3, both resume at 4 for 2 s.
    let users = plain(&[(0.0, "a.c4"), (1.0, "a.c4"), (2.0, "a.c2"), (3.0, "a.c1")]);
    let two = cores("cores: 2, cpu: { lifo: { preempt: true } }");
    assert_eq!(run(&users, &two), "2:4 3:4 1:6 0:6");
}

#[test]
fn the_shortest_job_computes_first() {
    let users = plain(&[(0.0, "a.c4"), (1.0, "a.c2"), (2.0, "a.c1")]);
    assert_eq!(run(&users, &cores("cpu: shortest")), "0:4 2:5 1:7");
    // Interrupting: at 1 the first needs 3 s still and gives way; at 2 the second needs 1 s still and does not.
    let at_once = cores("cpu: { shortest: { preempt: true } }");
    assert_eq!(run(&users, &at_once), "1:3 2:4 0:7");
}

/// The second catches up with the first at 2; they share until it is done at 4, with 2 s of the first left.
#[test]
fn who_has_had_the_least_computes_first() {
    let users = plain(&[(0.0, "a.c4"), (1.0, "a.c2")]);
    assert_eq!(run(&users, &cores("cpu: least-attained")), "1:4 0:6");
    // Three on two cores: the newest has one to itself, the others half of one each; it catches up at 2.25 with 0.75 s done, and all
    // have two thirds until it is done at 2.625.
    let users = plain(&[(0.5, "a.c3"), (0.5, "a.c3"), (1.0, "a.c1")]);
    let rest = cores("cores: 2, cpu: least-attained");
    assert_eq!(run(&users, &rest), "2:2 0:4 1:4");
}

/// Gold has three quarters and is done at 4; silver has had 1 s by then.
#[test]
fn weights_are_of_jobs_and_shares_are_of_all_jobs_of_a_kind() {
    let users = [(0.0, "a.c3", "", GOLD), (0.0, "a.c3", "", SILVER)];
    let weighted = cores("cpu: { weighted: { weights: { gold: 3, silver: 1 } } }");
    assert_eq!(run(&users, &weighted), "0:4 1:6");
    // Two of gold share three quarters and are done at 8; silver has had 2 s by then.
    let users = [users[0], users[0], users[1]];
    let fair = cores("cpu: { fair: { shares: { gold: 3, silver: 1 } } }");
    assert_eq!(run(&users, &fair), "0:8 1:8 2:9");
    // By weight they have 3/7 each and are done at 7; silver has had 1 s by then.
    assert_eq!(run(&users, &weighted), "0:7 1:7 2:9");
}

#[test]
fn services_on_a_host_have_shares_of_it() {
    let users = plain(&[(0.0, "a.e"), (0.0, "a.e"), (0.0, "b.e")]);
    let rest = "hosts: { h: { cpu: { fair: { shares: { b: 25%, a: 75% } } } } }\nservices:\n  x: { endpoints: { e: { compute: 1s } } }\n  b: { host: h, endpoints: { e: { compute: 3s } } }\n  a: { host: h, endpoints: { e: { compute: 3s } } }";
    assert_eq!(run(&users, rest), "0:8 1:8 2:9");
}

/// Two at once cost each half of its speed, though there are cores for both; then the second goes on alone.
#[test]
fn those_who_compute_slow_each_other_down() {
    let users = plain(&[(0.0, "a.c1"), (0.0, "a.c2")]);
    for usl in ["contention: 100%", "coherency: 50%"] {
        let rest = cores(&format!("cores: 2, concurrency: 2, usl: {{ {usl} }}"));
        assert_eq!(run(&users, &rest), "0:2 1:3", "{usl}");
    }
    // On one core only one at a time is busy, unless those who wait count too: then each has a quarter.
    let rest = cores("usl: { contention: 100% }");
    assert_eq!(run(&users, &rest), "0:2 1:3");
    let rest = cores("usl: { contention: 100%, over: in-progress }");
    assert_eq!(run(&users, &rest), "0:4 1:5");
}

/// A job that is called off leaves the others what it had.
#[test]
fn who_is_called_off_leaves_its_part() {
    let gives_up = ", timeout: 2s, cancel: propagate";
    let users = [
        (0.0, "a.c3", "", GOLD),
        (0.0, "a.c3", gives_up, GOLD),
        (1.0, "a.c1", gives_up, GOLD),
    ];
    for (cpu, expected) in [
        // Until 1 half each; the third has had a third of a second at 2 and half a second more at 3, when its user gives up, and the
        // first 4/3 by then.
        (
            "{ weighted: { weights: { gold: 1, silver: 1 } } }",
            "1:2 timeout 2:3 timeout 0:4.667",
        ),
        // The third is alone until it has had 0.5 s at 1.5, then they have a third each: 2/3 each at 2.
        ("least-attained", "1:2 timeout 2:2.667 0:4.667"),
        // The second interrupts the first at once and is interrupted by the third; it has had 1 s when its user gives up.
        ("{ lifo: { preempt: true } }", "2:2 1:2 timeout 0:5"),
    ] {
        assert_eq!(
            run(&users, &cores(&format!("cpu: {cpu}"))),
            expected,
            "{cpu}"
        );
    }
}
