//! Slots and the queue in front of them against plain lists: every end, and why, exact to the ns.

use super::SCHEDULES;
use super::fates::{self, End, Run, law, luck, one_of};
use scaleproof::plan::{DemandId, Step};
use scaleproof::policy::{CAUSES, Cause};

/// What is asked of a schedule.
#[derive(Clone, Copy)]
struct Rules {
    discipline: &'static str,
    slots: usize,
    places: usize,
    patience: DemandId,
    /// [ns], `u64::MAX / 2` = none.
    timeout: u64,
    cancel: &'static str,
}

#[derive(Clone, Copy)]
struct Guest {
    request: usize,
    /// When it leaves by itself: out of the queue unserved, or out of its slot served.
    goes: u64,
    wanted: bool,
}

/// Tells the end of a request, unless its user has given up.
fn settle(
    ends: &mut Vec<(usize, End)>,
    run: &Run,
    guest: &Guest,
    now: u64,
    outcome: Result<(), Cause>,
) {
    if guest.wanted {
        let row = &run.requests[guest.request];
        ends.push((row.workload, (row.birth, now, outcome)));
    }
}

fn follow(run: &Run, rules: Rules) -> Vec<(usize, End)> {
    let stay = run.demand(|step| match step {
        Step::Sleep(demand) => Some(*demand),
        _ => None,
    });
    let whole =
        |demand, request: usize| (run.amount(demand, run.requests[request].call) + 0.5) as u64;
    let (mut queue, mut served): (Vec<Guest>, Vec<Guest>) = (Vec::new(), Vec::new());
    let (mut ends, mut next) = (Vec::new(), 0);
    loop {
        let soonest = |guests: &[Guest]| {
            guests
                .iter()
                .map(|guest| guest.goes)
                .min()
                .unwrap_or(u64::MAX)
        };
        let given_up = |guest: &Guest| {
            let due = run.requests[guest.request].birth + rules.timeout;
            if guest.wanted { due } else { u64::MAX }
        };
        let leave = queue
            .iter()
            .chain(&served)
            .map(given_up)
            .min()
            .unwrap_or(u64::MAX);
        let (finish, bored) = (soonest(&served), soonest(&queue));
        let arrive = run.requests.get(next).map_or(u64::MAX, |row| row.birth);
        let now = finish.min(bored).min(leave).min(arrive);
        if now >= run.until {
            return ends;
        }
        if finish == now {
            let at = served
                .iter()
                .position(|guest| guest.goes == now)
                .expect("one");
            settle(&mut ends, run, &served.remove(at), now, Ok(()));
        } else if leave == now {
            for guests in [&mut queue, &mut served] {
                for guest in guests.iter_mut().filter(|guest| given_up(guest) == now) {
                    settle(&mut ends, run, guest, now, Err(Cause::Timeout));
                    guest.wanted = false;
                }
                if rules.cancel == "propagate" {
                    guests.retain(|guest| guest.wanted);
                }
            }
        } else if bored == now {
            let at = queue
                .iter()
                .position(|guest| guest.goes == now)
                .expect("one");
            settle(
                &mut ends,
                run,
                &queue.remove(at),
                now,
                Err(Cause::Abandoned),
            );
        } else {
            let guest = Guest {
                request: next,
                goes: u64::MAX,
                wanted: true,
            };
            next += 1;
            if served.len() == rules.slots && queue.len() == rules.places {
                settle(&mut ends, run, &guest, now, Err(Cause::Refused));
            } else {
                // Nobody is bored who is served at once.
                let wait = if rules.patience.is_some() {
                    whole(rules.patience, guest.request)
                } else {
                    u64::MAX / 2
                };
                let goes = now + wait;
                queue.push(Guest { goes, ..guest });
            }
        }
        while served.len() < rules.slots && !queue.is_empty() {
            let urgency = |guest: &Guest| run.requests[guest.request].priority;
            let at = match rules.discipline {
                "fifo" => 0,
                "lifo" => queue.len() - 1,
                _ => {
                    let most = queue.iter().map(urgency).min();
                    queue
                        .iter()
                        .position(|guest| Some(urgency(guest)) == most)
                        .expect("one")
                }
            };
            let guest = queue.remove(at);
            if guest.wanted || rules.cancel != "at-dequeue" {
                let goes = now + whole(stay, guest.request);
                served.push(Guest { goes, ..guest });
            }
        }
    }
}

#[test]
fn slots_agree_with_plain_lists() {
    let mut causes = [0; CAUSES];
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "slots");
        let discipline = one_of(draw, &["fifo", "lifo", "priority"]);
        let slots = one_of(draw, &[1, 2, 5]);
        let places = one_of(draw, &[0, 1, 4, 12]);
        let batch = one_of(draw, &["", ", batch: { geometric: { mean: 2, from: 1 } }"]);
        let load = one_of(draw, &[0.7, 1.1, 2.0]);
        let rate = load * slots as f64 / 5.0 * 1000.0 / if batch.is_empty() { 3.0 } else { 6.0 };
        let patience = if draw.chance(0.6) {
            format!("patience: {}, ", law(draw, 8.0))
        } else {
            String::new()
        };
        let timeout = one_of(draw, &[0, 11, 23]);
        let cancel = one_of(draw, &["ignore", "at-dequeue", "propagate"]);
        let guard = match (timeout, cancel) {
            (0, _) => String::new(),
            (span, "ignore") => format!(", timeout: {span}ms"),
            (span, cancel) => format!(", timeout: {span}ms, cancel: {cancel}"),
        };
        let workload = |name: &str| {
            format!(
                "{name}: {{ open: {{ rate: {rate}/s{batch} }}, mix: {{ j: 1 }}, priority: {name} }}"
            )
        };
        let text = format!(
            "scaleproof: model/1\nname: twin\npriorities: [ a, b, c ]\nworkloads: {{ {}, {}, {} }}\njourneys: {{ j: {{ call: s.e{guard} }} }}\nservices: {{ s: {{ concurrency: {slots}, backlog: {places}, discipline: {discipline}, {patience}endpoints: {{ e: {{ sleep: {} }} }} }} }}",
            workload("a"),
            workload("b"),
            workload("c"),
            law(draw, 5.0)
        );
        let run = fates::run(&text, schedule, (25.0 / rate * 1e9) as u64);
        let rules = Rules {
            discipline,
            slots,
            places,
            patience: run.plan.stations[0].patience,
            timeout: if timeout > 0 {
                timeout * 1_000_000
            } else {
                u64::MAX / 4
            },
            cancel,
        };
        run.assert_exactly(schedule, &text, follow(&run, rules));
        for cause in run.ends.iter().filter_map(|(_, end)| end.2.err()) {
            causes[cause as usize] += 1;
        }
    }
    let least =
        [Cause::Refused, Cause::Abandoned, Cause::Timeout].map(|cause| causes[cause as usize]);
    assert!(least.iter().all(|&count| count > 2_000), "{least:?}");
}
