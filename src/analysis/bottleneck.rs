//! Where requests wait.

use super::busiest;
use super::callers::{self, Awaited};
use super::components;
use super::endpoints;
use super::full::{self, Resource};
use super::metric;
use super::outcome::{Outcome, Regime};
use super::pools;
use super::result::{Bottleneck, Estimate};
use super::saturation;
use super::words;
use crate::measure::Tally;
use crate::plan::{ComponentId, EntryId, Plan, Target};

/// Below this share of the mean latency, waiting is not worth a name.
const HARDLY: f64 = 0.01;

/// Time that was waited for one resource of one component, over all replications \[ns\].
struct Wait {
    component: ComponentId,
    resource: Resource,
    time: f64,
    /// Whether some of it passes while others wait for the same request.
    beside: bool,
}

/// The bottleneck of a run, in words and numbers.
pub fn find(plan: &Plan, outcome: &Outcome) -> Bottleneck {
    let full = match outcome.regime {
        Regime::Overload => full::cause(plan, outcome),
        _ => None,
    };
    let waits = waits(plan, outcome);
    let total: f64 = waits.iter().map(|wait| wait.time).sum();
    let of_full = |wait: &&Wait| {
        full.is_some_and(|full| (full.component, full.resource) == (wait.component, wait.resource))
    };
    // The first of equals, so that the sentence does not depend on the order of comparison.
    let worst = waits
        .iter()
        .reduce(|worst, wait| if wait.time > worst.time { wait } else { worst })
        .filter(|worst| worst.time > 0.0);
    let (sentence, worst) = match (full, worst) {
        (Some(full), _) => (full.sentence(plan) + ".", waits.iter().find(of_full)),
        (None, None) => ("Requests wait nowhere.".to_owned(), None),
        (None, Some(worst)) => (sentence(plan, outcome, worst, total), Some(worst)),
    };
    let place = full.map(|full| (full.component, full.resource));
    let place = place.or(worst.map(|wait| (wait.component, wait.resource)));
    Bottleneck {
        component: place.map(|(component, _)| owner(plan, component).to_owned()),
        resource: place.map(|(_, resource)| match resource {
            Resource::Cpu => "cpu".to_owned(),
            Resource::Slots => "slots".to_owned(),
            Resource::Units(id) => plan.quantities[id.index()].name.clone(),
            Resource::Turns(_) => "turns".to_owned(),
        }),
        share_of_waiting: worst.filter(|_| total > 0.0).map(|wait| wait.time / total),
        sentence,
        saturation: saturation::sentence(plan),
    }
}

/// Whose it is; connections may be the users'.
fn owner(plan: &Plan, id: ComponentId) -> &str {
    plan.components
        .get(id.index())
        .map_or("users", |component| component.name.as_str())
}

/// All waiting that somebody's request waits for, one row per component and resource.
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
    let awaited = by_component(plan, outcome);
    let row = |component: ComponentId, resource, time: f64| {
        // What users hold themselves they wait for.
        let part = awaited.get(component.index()).copied();
        let part = part.unwrap_or(Awaited {
            share: 1.0,
            beside: false,
        });
        Wait {
            component,
            resource,
            time: time * part.share,
            beside: part.beside,
        }
    };
    let rows = |times: Vec<f64>, resource| -> Vec<Wait> {
        let times = times.into_iter().enumerate();
        times
            .map(|(id, time)| row(id.into(), resource, time))
            .collect()
    };
    let mut waits = rows(cpu, Resource::Cpu);
    waits.extend(rows(slots, Resource::Slots));
    for (id, quantity) in plan.quantities.iter().enumerate() {
        let time = total(&|tally| tally.holds[id].waiting as f64);
        let whose = plan.whose_units(id.into());
        waits.push(Wait {
            component: whose,
            ..row(quantity.component, Resource::Units(id.into()), time)
        });
    }
    waits
}

/// How much of what goes on at a component somebody's request waits for, by the calls of its endpoints; of a host by those of all on it.
fn by_component(plan: &Plan, outcome: &Outcome) -> Vec<Awaited> {
    let mut hosts: Vec<Vec<ComponentId>> = vec![Vec::new(); plan.components.len()];
    for station in &plan.stations {
        if let Some(processor) = plan.processors.get(station.processor.index()) {
            let hosts = &mut hosts[station.component.index()];
            if processor.component != station.component && !hosts.contains(&processor.component) {
                hosts.push(processor.component);
            }
        }
    }
    let mut sums = vec![(0.0, 0.0, false); plan.components.len()];
    let endpoints = plan.endpoints.iter().enumerate();
    for ((id, endpoint), awaited) in endpoints.zip(callers::awaited(plan, outcome)) {
        let tallies = || outcome.tallies.iter();
        // Of waiting; without any, of calls.
        let waited: f64 = tallies().map(|tally| tally.waits[id].sum as f64).sum();
        let sent: f64 = tallies().map(|tally| tally.endpoints[id].sent as f64).sum();
        let weight = waited + sent;
        let own = [endpoint.component];
        for component in own.iter().chain(&hosts[endpoint.component.index()]) {
            let (all, waits, beside) = &mut sums[component.index()];
            *all += weight;
            *waits += weight * awaited.share;
            *beside |= awaited.beside;
        }
    }
    let part = |(all, waits, beside)| Awaited {
        share: if all > 0.0 { waits / all } else { 0.0 },
        beside,
    };
    sums.into_iter().map(part).collect()
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
    let name = owner(plan, worst.component);
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
    // Calls that are made beside each other wait at the same time, and those of requests that fail are not in the mean.
    let waited = per_request(worst.time);
    let times = match mean {
        Some(mean) if outcome.regime == Regime::Settled && !worst.beside && waited <= mean => {
            let (waited, mean) = (words::time(waited), words::time(mean));
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
            let busiest = busiest::of(plan, outcome, wait.component);
            let busiest = busiest.filter(|busiest| busiest.copies > 1 && busiest.minute.is_none());
            let busiest = busiest.map(|busiest| busiest.picked.estimate());
            match busiest.filter(|busiest| busiest.low > cpu.high) {
                Some(copy) => Some(format!("the CPU of its busiest copy is {}", cents(&copy)?)),
                None => Some(format!("its CPU is {}", cents(&cpu)?)),
            }
        }
        Resource::Slots => {
            let stations: Vec<_> = plan.components[wait.component.index()].stations().collect();
            let slots = components::slots(plan, outcome, &stations)?.estimate();
            Some(format!("its slots are {}", cents(&slots)?))
        }
        Resource::Units(id) => {
            let units = plan.units(id)?;
            let used = pools::in_use(outcome, id.index(), units).between(0.0, 1.0);
            let name = &plan.quantities[id.index()].name;
            Some(format!("`{name}` is {}", cents(&used.estimate())?))
        }
        Resource::Turns(_) => None,
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
