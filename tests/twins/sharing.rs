//! Processor sharing against an integrator that keeps the work left of every job and goes from event to event in plain numbers.

use super::SCHEDULES;
use super::fates::{self, Run, law, luck, one_of};
use scaleproof::plan::Step;
use scaleproof::policy::Cause;

/// What the clock of 2⁻¹⁶ ns may lose at one event, with room \[ns of work\].
const CLOCK: f64 = 1e-4;

/// A job ends on a whole ns, so up to one late; while it is late the others get less than they should, and what they miss makes them
/// late in turn. The twin adds up what each may miss at most.
struct Job {
    request: usize,
    left: f64,
    missed: f64,
}

/// When a request ended \[ns\], by how much the engine may be late, and whether it was called off.
#[derive(Clone, Copy)]
struct Finish {
    at: f64,
    late: f64,
    called_off: bool,
}

fn integrate(run: &Run, cores: f64, speed: f64, timeout: u64) -> Vec<Option<Finish>> {
    let demand = run.demand(|step| match step {
        Step::Compute(demand) => Some(*demand),
        _ => None,
    });
    let rate_of = |jobs: usize| speed * (cores / jobs as f64).min(1.0);
    let mut ends = vec![None; run.requests.len()];
    let mut jobs: Vec<Job> = Vec::new();
    let (mut now, mut next) = (0.0, 0);
    loop {
        let rate = rate_of(jobs.len());
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let first = least(&mut jobs.iter().map(|job| job.left));
        let finish = now + first / rate;
        let arrive = least(
            &mut run
                .requests
                .get(next)
                .map(|row| row.birth as f64)
                .into_iter(),
        );
        let due = |job: &Job| run.requests[job.request].birth + timeout;
        let leave = least(&mut jobs.iter().map(|job| due(job) as f64));
        let at = finish.min(arrive).min(leave);
        if at > run.until as f64 {
            return ends;
        }
        let done = (at - now) * rate;
        now = at;
        for job in &mut jobs {
            // Those who have least left are done, whatever rounding says.
            let over = finish <= at && job.left <= first;
            job.left = if over { 0.0 } else { job.left - done };
            job.missed += CLOCK;
        }
        if finish <= at {
            let mut longest: f64 = 0.0;
            for job in jobs.extract_if(.., |job| job.left <= 0.0) {
                let late = 1.0 + job.missed / rate;
                ends[job.request] = Some(Finish {
                    at,
                    late,
                    called_off: false,
                });
                longest = longest.max(late);
            }
            let more = rate_of(jobs.len().max(1)) - rate;
            for job in &mut jobs {
                job.missed += more * longest;
            }
        } else if leave <= at {
            for job in jobs.extract_if(.., |job| due(job) as f64 <= at) {
                ends[job.request] = Some(Finish {
                    at,
                    late: 1.0 + job.missed / rate,
                    called_off: true,
                });
            }
        } else {
            let left = run.amount(demand, run.requests[next].call);
            jobs.push(Job {
                request: next,
                left,
                missed: 0.0,
            });
            next += 1;
        }
    }
}

#[test]
fn sharing_agrees_with_an_integrator() {
    let (mut compared, mut called_off) = (0, 0);
    let (mut latest, mut loosest) = (0.0_f64, 0.0_f64);
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "sharing");
        let cores = one_of(draw, &[0.2, 0.7, 1.0, 1.5, 2.0, 3.3, 8.0]);
        let speed = one_of(draw, &[0.5, 1.0, 1.0, 2.5]);
        let mean = one_of(draw, &[0.001, 0.3, 5.0]);
        let load = one_of(draw, &[0.4, 0.8, 1.3]);
        let batch = one_of(
            draw,
            &["", "", ", batch: { geometric: { mean: 3, from: 1 } }"],
        );
        let epochs =
            load * cores * speed / mean * 1000.0 / if batch.is_empty() { 1.0 } else { 3.0 };
        let timeout = one_of(draw, &[0.0, 2.0, 5.0]) * mean / speed;
        let guard = if timeout > 0.0 {
            format!(", timeout: {timeout}ms, cancel: propagate")
        } else {
            String::new()
        };
        let text = format!(
            "scaleproof: model/1\nname: twin\nworkloads: {{ w: {{ open: {{ rate: {epochs}/s{batch} }}, mix: {{ j: 1 }} }} }}\njourneys: {{ j: {{ call: s.e{guard} }} }}\nservices: {{ s: {{ cores: {cores}, speed: {speed}, endpoints: {{ e: {{ compute: {} }} }} }} }}",
            law(draw, mean)
        );
        let until = (60.0 / epochs * 1e9) as u64;
        let run = fates::run(&text, schedule, until);
        let timeout = if timeout > 0.0 {
            (timeout * 1e6).round() as u64
        } else {
            u64::MAX / 2
        };
        let ends = integrate(&run, cores, speed, timeout);
        let mut told: Vec<(u64, Finish)> = (run.requests.iter().zip(&ends))
            .filter_map(|(request, end)| Some((request.birth, (*end)?)))
            .collect();
        told.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.at.total_cmp(&b.1.at)));
        // Those who may or may not have ended before the run did are left out, with the others of their batch.
        let unsure: Vec<u64> = (told.iter())
            .filter(|(_, end)| end.at + end.late >= until as f64)
            .map(|row| row.0)
            .collect();
        told.retain(|row| !unsure.contains(&row.0));
        let mut ended = run.ends.clone();
        ended.retain(|row| !unsure.contains(&row.1.0));
        assert_eq!(told.len(), ended.len(), "schedule {schedule}\n{text}");
        for (&(birth, exact), &(_, (born, end, outcome))) in told.iter().zip(&ended) {
            let late = end as f64 - exact.at;
            assert!(
                birth == born && (-0.01..=exact.late).contains(&late),
                "schedule {schedule}: born {born} ({birth}), ended {end}, exactly {} (+ {})\n{text}",
                exact.at,
                exact.late
            );
            // A job that is done within its rounding of its time limit may be told either way.
            let tie = ((birth + timeout) as f64 - exact.at).abs() <= exact.late;
            let due = if exact.called_off {
                Err(Cause::Timeout)
            } else {
                Ok(())
            };
            assert!(
                outcome == due || tie && !exact.called_off,
                "schedule {schedule}\n{text}"
            );
            compared += 1;
            called_off += usize::from(exact.called_off);
            latest = latest.max(late);
            loosest = loosest.max(exact.late);
        }
    }
    assert!(
        compared > 40_000 && called_off > 3_000,
        "{compared} compared, {called_off} called off"
    );
    assert!(
        latest > 1.0 && loosest < 200.0,
        "late by {latest} ns, and by {loosest} at most: a bound that says something"
    );
}
