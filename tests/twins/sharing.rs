//! Processor sharing against an integrator that keeps the work left of every job and goes from event to event in plain numbers.

use super::SCHEDULES;
use super::fates::{self, Run, law, luck, one_of};
use scaleproof::plan::Step;
use scaleproof::policy::Cause;

/// A job ends on a whole ns, at most one late; while it is late the others get less, which adds up over the departures that they see.
const MOST_LATE: f64 = 4.0;

struct Job {
    request: usize,
    left: f64,
}

/// When each request ended [ns], and whether it was called off.
fn integrate(run: &Run, cores: f64, speed: f64, timeout: u64) -> Vec<Option<(f64, bool)>> {
    let demand = run.demand(|step| match step {
        Step::Compute(demand) => Some(*demand),
        _ => None,
    });
    let mut ends = vec![None; run.requests.len()];
    let mut jobs: Vec<Job> = Vec::new();
    let (mut now, mut next) = (0.0, 0);
    loop {
        let rate = speed * (cores / jobs.len() as f64).min(1.0);
        let first = jobs
            .iter()
            .map(|job| job.left)
            .fold(f64::INFINITY, f64::min);
        let finish = now + first / rate;
        let arrive = run
            .requests
            .get(next)
            .map_or(f64::INFINITY, |row| row.birth as f64);
        let leave = jobs
            .iter()
            .map(|job| run.requests[job.request].birth.saturating_add(timeout) as f64)
            .fold(f64::INFINITY, f64::min);
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
        }
        if finish <= at {
            for job in jobs.extract_if(.., |job| job.left <= 0.0) {
                ends[job.request] = Some((now, false));
            }
        } else if leave <= at {
            let due = |job: &mut Job| run.requests[job.request].birth + timeout <= at as u64;
            for job in jobs.extract_if(.., due) {
                ends[job.request] = Some((now, true));
            }
        } else {
            let left = run.amount(demand, run.requests[next].call);
            jobs.push(Job {
                request: next,
                left,
            });
            next += 1;
        }
    }
}

#[test]
fn sharing_agrees_with_an_integrator() {
    let (mut compared, mut called_off, mut latest) = (0, 0, 0.0_f64);
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
        let mut told: Vec<(u64, f64, bool, bool)> = (run.requests.iter().zip(&ends))
            .filter_map(|(request, end)| {
                let (end, off) = (*end)?;
                let unsure = (end - (request.birth + timeout) as f64).abs() <= MOST_LATE;
                Some((request.birth, end, off, unsure))
            })
            .collect();
        told.sort_by(|a, b| (a.0, a.1).partial_cmp(&(b.0, b.1)).expect("numbers"));
        let near = |end: f64| end >= until as f64 - MOST_LATE;
        let sure = told.iter().filter(|row| !near(row.1)).count();
        assert!(
            (sure..=told.len()).contains(&run.ends.len()),
            "schedule {schedule}\n{text}"
        );
        for (&(birth, exact, off, unsure), &(_, (born, end, outcome))) in told.iter().zip(&run.ends)
        {
            let late = end as f64 - exact;
            assert!(
                birth == born && (-0.01..=MOST_LATE).contains(&late),
                "schedule {schedule}: born {born} ({birth}), ended {end}, exactly {exact}\n{text}"
            );
            let outcome_due = if off { Err(Cause::Timeout) } else { Ok(()) };
            assert!(
                outcome == outcome_due || unsure && off != outcome.is_err(),
                "schedule {schedule}\n{text}"
            );
            compared += 1;
            called_off += usize::from(off);
            latest = latest.max(late);
        }
    }
    assert!(
        compared > 40_000 && called_off > 3_000,
        "{compared}, {called_off} called off"
    );
    assert!(latest > 0.5, "the twin agrees too well: {latest}");
}
