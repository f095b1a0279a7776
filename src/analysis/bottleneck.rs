//! Where requests wait.

use super::components;
use super::endpoints;
use super::metric;
use super::outcome::{Outcome, Regime};
use super::result::{Bottleneck, Estimate};
use super::saturation;
use super::words;
use crate::measure::Tally;
use crate::plan::{ComponentId, EntryId, Plan, Target};

/// Below this share of the mean latency, waiting is not worth a name.
const HARDLY: f64 = 0.01;

/// What is short at a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    Cpu,
    Slots,
    /// A pool of units: its row in the plan.
    Units(usize),
}

/// Time that was waited for one resource of one component, over all replications \[ns\].
struct Wait {
    component: ComponentId,
    resource: Resource,
    time: f64,
}

/// The bottleneck of a run, in words and numbers.
pub fn find(plan: &Plan, outcome: &Outcome) -> Bottleneck {
    let waits = waits(plan, outcome);
    let total: f64 = waits.iter().map(|wait| wait.time).sum();
    // The first of equals, so that the sentence does not depend on the order of comparison.
    let worst = waits
        .iter()
        .reduce(|worst, wait| if wait.time > worst.time { wait } else { worst });
    let (sentence, worst) = match worst.filter(|_| total > 0.0) {
        None => ("Requests wait nowhere.".to_owned(), None),
        Some(worst) => (sentence(plan, outcome, worst, total), Some(worst)),
    };
    Bottleneck {
        component: worst.map(|wait| plan.components[wait.component.index()].name.clone()),
        resource: worst.map(|wait| match wait.resource {
            Resource::Cpu => "cpu".to_owned(),
            Resource::Slots => "slots".to_owned(),
            Resource::Units(id) => plan.quantities[id].name.clone(),
        }),
        share_of_waiting: worst.map(|wait| wait.time / total),
        sentence,
        saturation: saturation::sentence(plan),
    }
}

/// All waiting, one row per component and resource.
fn waits(plan: &Plan, outcome: &Outcome) -> Vec<Wait> {
    let total = |of: &dyn Fn(&Tally) -> f64| outcome.tallies.iter().map(of).sum::<f64>();
    let mut cpu = vec![0.0; plan.components.len()];
    for (id, processor) in plan.processors.iter().enumerate() {
        cpu[processor.component.index()] +=
            total(&|tally| tally.processors[id].waiting as f64 / 1e3);
    }
    let mut slots = vec![0.0; plan.components.len()];
    for (id, station) in plan.stations.iter().enumerate() {
        slots[station.component.index()] += total(&|tally| tally.stations[id].queued as f64);
    }
    let rows = |times: Vec<f64>, resource| {
        times.into_iter().enumerate().map(move |(id, time)| Wait {
            component: id.into(),
            resource,
            time,
        })
    };
    let mut waits: Vec<Wait> = rows(cpu, Resource::Cpu)
        .chain(rows(slots, Resource::Slots))
        .collect();
    waits.extend((0..plan.quantities.len()).map(|id| Wait {
        component: plan.whose_units(id.into()),
        resource: Resource::Units(id),
        time: total(&|tally| tally.holds[id].waited.sum as f64),
    }));
    waits
}

fn sentence(plan: &Plan, outcome: &Outcome, worst: &Wait, total: f64) -> String {
    let requests: u64 = outcome
        .tallies
        .iter()
        .flat_map(|tally| &tally.entries)
        .map(|entry| entry.sent)
        .sum();
    let per_request = |time: f64| time / requests.max(1) as f64 / 1e9;
    let mean = metric::flow(plan, outcome, &Target::All).mean().value;
    let name = &plan.components[worst.component.index()].name;
    if outcome.regime != Regime::Overload
        && mean.is_some_and(|mean| per_request(total) < HARDLY * mean)
    {
        return format!(
            "Requests hardly wait anywhere: {} of the {} mean; most of it at `{name}`.",
            words::time(per_request(total)),
            words::time(mean.unwrap_or(0.0)),
        );
    }
    let share = words::share(worst.time / total);
    let times = match mean {
        Some(mean) if outcome.regime == Regime::Settled => {
            let (waited, mean) = (words::time(per_request(worst.time)), words::time(mean));
            format!(", {waited} of the {mean} mean of {}", whose(plan))
        }
        _ => String::new(),
    };
    let state = match busy(plan, outcome, worst) {
        Some(state) => format!("; {state}"),
        None => String::new(),
    };
    format!("Requests wait most at `{name}`: {share} of all waiting time{times}{state}.")
}

/// Whose mean latency it is.
fn whose(plan: &Plan) -> String {
    match (plan.workloads.as_slice(), plan.entries.as_slice()) {
        (_, [_]) => format!("`{}`", endpoints::entry_name(plan, EntryId(0))),
        ([workload], _) => format!("`{}`", workload.name),
        _ => "all requests".to_owned(),
    }
}

/// How busy the resource is.
fn busy(plan: &Plan, outcome: &Outcome, wait: &Wait) -> Option<String> {
    let cents = |estimate: &Estimate| {
        let share = words::share(estimate.value?);
        Some(match estimate.half_width() {
            // Below one tenth of a per cent an error would only be noise.
            Some(half) => format!(
                "{share} busy (±{})",
                words::number((half * 1e3).ceil() / 10.0)
            ),
            None => format!("{share} busy"),
        })
    };
    match wait.resource {
        Resource::Cpu => {
            let cpu = components::utilisation(plan, outcome, wait.component).estimate();
            Some(format!("its CPU is {}", cents(&cpu)?))
        }
        Resource::Slots => {
            let stations: Vec<_> = plan.components[wait.component.index()].stations().collect();
            let slots = components::slots(plan, outcome, &stations)?.estimate();
            Some(format!("its slots are {}", cents(&slots)?))
        }
        Resource::Units(id) => {
            let quantity = &plan.quantities[id];
            let units = f64::from(quantity.size)
                * f64::from(quantity.instances)
                * outcome.measured.max(1) as f64;
            let used = outcome
                .mean(|tally| tally.holds[id].used as f64 / units)
                .between(0.0, 1.0)
                .estimate();
            Some(format!("its {} are {}", quantity.name, cents(&used)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::synthetic;
    use super::*;

    #[test]
    fn the_sentences_of_a_busy_server() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let found = find(&plan, &outcome);
        assert_eq!(
            (found.component.as_deref(), found.resource.as_deref()),
            (Some("currency"), Some("cpu"))
        );
        assert_eq!(found.share_of_waiting, Some(1.0));
        assert_eq!(
            found.sentence,
            "Requests wait most at `currency`: 100 % of all waiting time, 329 ms of the 398 ms mean of \
             `shoppers: frontend.home`; its CPU is 83 % busy (±0.4)."
        );
        assert_eq!(
            found.saturation,
            "`currency` saturates first, at 1.2 × today's load (12.1 → 14.6 requests/s)."
        );
    }

    #[test]
    fn little_waiting_and_none_are_said_so() {
        let (plan, mut outcome) = synthetic::queue(1.0, 3);
        outcome
            .tallies
            .iter_mut()
            .for_each(|tally| tally.processors[0].waiting /= 1_000);
        let found = find(&plan, &outcome).sentence;
        assert!(
            found.starts_with("Requests hardly wait anywhere: "),
            "{found}"
        );
        outcome
            .tallies
            .iter_mut()
            .for_each(|tally| tally.processors[0].waiting = 0);
        assert_eq!(find(&plan, &outcome).component, None);
    }
}
