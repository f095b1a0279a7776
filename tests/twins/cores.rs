//! First come, first served and priorities at the processor against plain lists: every end exact to the ns.

use super::SCHEDULES;
use super::fates::{self, End, Run, law, luck, one_of};
use scaleproof::plan::Step;
use scaleproof::policy::Cause;

#[derive(Clone, Copy)]
struct Job {
    request: usize,
    left: u64,
    /// When it is done, on a core.
    done: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Fifo,
    Priority,
    Preempt,
}

struct Cores<'a> {
    run: &'a Run,
    rule: Rule,
    servers: usize,
    /// In the order in which they got their cores.
    running: Vec<Job>,
    /// First come, first, within a priority; who was interrupted stands before the others of its priority.
    waiting: Vec<Job>,
}

impl Cores<'_> {
    fn urgency(&self, job: &Job) -> u8 {
        if self.rule == Rule::Fifo {
            0
        } else {
            self.run.requests[job.request].priority
        }
    }

    fn fill(&mut self, now: u64) {
        while self.running.len() < self.servers && !self.waiting.is_empty() {
            let most = self.waiting.iter().map(|job| self.urgency(job)).min();
            let at = (self.waiting.iter())
                .position(|job| Some(self.urgency(job)) == most)
                .expect("somebody waits");
            let job = self.waiting.remove(at);
            self.running.push(Job {
                done: now + job.left,
                ..job
            });
        }
    }

    fn arrive(&mut self, job: Job, now: u64) {
        self.waiting.push(job);
        if self.rule == Rule::Preempt && self.running.len() == self.servers {
            let least = self.running.iter().map(|row| self.urgency(row)).max();
            let at = (self.running.iter())
                .rposition(|row| Some(self.urgency(row)) == least)
                .expect("somebody runs");
            if least > Some(self.urgency(&job)) {
                let victim = self.running.remove(at);
                let left = victim.done - now;
                self.waiting.insert(0, Job { left, ..victim });
            }
        }
        self.fill(now);
    }
}

fn follow(run: &Run, rule: Rule, cores: f64, speed: f64, timeout: u64) -> Vec<(usize, End)> {
    let demand = run.demand(|step| match step {
        Step::Compute(demand) => Some(*demand),
        _ => None,
    });
    let servers = cores.ceil();
    let mut cpu = Cores {
        run,
        rule,
        servers: servers as usize,
        running: Vec::new(),
        waiting: Vec::new(),
    };
    let mut ends = Vec::new();
    let mut next = 0;
    loop {
        let born = |job: &Job| run.requests[job.request].birth;
        let finish = cpu
            .running
            .iter()
            .map(|job| job.done)
            .min()
            .unwrap_or(u64::MAX);
        let all = cpu.running.iter().chain(&cpu.waiting);
        let leave = all.map(|job| born(job) + timeout).min().unwrap_or(u64::MAX);
        let arrive = run.requests.get(next).map_or(u64::MAX, |row| row.birth);
        let now = finish.min(leave).min(arrive);
        if now >= run.until {
            return ends;
        }
        let mut end = |job: &Job, outcome| {
            let row = &run.requests[job.request];
            ends.push((row.workload, (row.birth, now, outcome)));
        };
        if finish == now {
            let at = cpu
                .running
                .iter()
                .position(|job| job.done == now)
                .expect("one");
            end(&cpu.running.remove(at), Ok(()));
        } else if leave == now {
            let due = |job: &Job| born(job) + timeout == now;
            if let Some(at) = cpu.running.iter().position(due) {
                end(&cpu.running.remove(at), Err(Cause::Timeout));
            } else {
                let at = cpu.waiting.iter().position(due).expect("one");
                end(&cpu.waiting.remove(at), Err(Cause::Timeout));
            }
        } else {
            let amount = run.amount(demand, run.requests[next].call);
            let left = (amount / (speed * (cores / servers)) + 0.5) as u64;
            let job = Job {
                request: next,
                left,
                done: 0,
            };
            cpu.arrive(job, now);
            next += 1;
        }
        cpu.fill(now);
    }
}

#[test]
fn cores_agree_with_plain_lists() {
    let mut timeouts = 0;
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "cores");
        let (rule, cpu) = one_of(
            draw,
            &[
                (Rule::Fifo, "fifo"),
                (Rule::Priority, "{ priority: { preempt: false } }"),
                (Rule::Preempt, "{ priority: { preempt: true } }"),
            ],
        );
        let cores = one_of(draw, &[0.4, 1.0, 1.7, 2.0, 3.0]);
        let speed = one_of(draw, &[0.5, 1.0, 2.0]);
        let load = one_of(draw, &[0.6, 0.9, 1.4]);
        let batch = one_of(draw, &["", ", batch: { geometric: { mean: 2, from: 1 } }"]);
        let rate = load * cores * speed / 5.0 * 1000.0 / if batch.is_empty() { 3.0 } else { 6.0 };
        let timeout = one_of(draw, &[0, 13, 31]);
        let guard = if timeout > 0 {
            format!(", timeout: {timeout}ms, cancel: propagate")
        } else {
            String::new()
        };
        let workload = |name: &str| {
            format!(
                "{name}: {{ open: {{ rate: {rate}/s{batch} }}, mix: {{ j: 1 }}, priority: {name} }}"
            )
        };
        let text = format!(
            "scaleproof: model/1\nname: twin\npriorities: [ a, b, c ]\nworkloads: {{ {}, {}, {} }}\njourneys: {{ j: {{ call: s.e{guard} }} }}\nservices: {{ s: {{ cores: {cores}, speed: {speed}, cpu: {cpu}, endpoints: {{ e: {{ compute: {} }} }} }} }}",
            workload("a"),
            workload("b"),
            workload("c"),
            law(draw, 5.0)
        );
        let run = fates::run(&text, schedule, (25.0 / rate * 1e9) as u64);
        let timeout = if timeout > 0 {
            timeout * 1_000_000
        } else {
            u64::MAX / 2
        };
        let told = follow(&run, rule, cores, speed, timeout);
        run.assert_exactly(schedule, &text, told);
        timeouts += run.ends.iter().filter(|(_, end)| end.2.is_err()).count();
    }
    assert!(timeouts > 5_000, "{timeouts}");
}
