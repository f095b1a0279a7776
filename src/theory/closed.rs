//! Closed workloads: a network of product form, each workload a class; or at least bounds on what it can do.

use super::answer::{
    ASYMPTOTIC, Answer, BALANCED, CONVOLUTION, Formula, Kind, MVA, Metric, Reason, SCHWEITZER,
    Subject, Theory, Value,
};
use super::bounds::Demand;
use super::convolution;
use super::flow::{self, visits};
use super::mva::{self, Network, Solution};
use super::open::{answer, utilisation};
use super::places::{Places, moments};
use super::program::{Program, What};
use super::station::Service;
use super::units::{self, Units};
use crate::plan::{ComponentId, Load, ZoneId};

/// Steps of exact mean value analysis: populations times stations.
const MOST_STEPS: usize = 4_000_000;
/// Populations for the convolution, which takes their square.
const MOST_STATES: usize = 1_500;

/// A workload: who, how often each of its cycles visits every endpoint, how long it thinks \[s\] and whether that varies.
struct Class {
    workload: usize,
    users: u32,
    visits: Vec<f64>,
    think: f64,
    varied: bool,
}

/// A station of the network: of whom, and how many servers.
struct Row {
    of: usize,
    servers: f64,
}

/// Everything that theory says of closed workloads.
pub(super) fn answers(places: &Places<'_>, told: &mut Theory) {
    let Some(classes) = classes(places, told) else {
        return;
    };
    match network(places, &classes) {
        Ok((network, rows)) => solved(places, &classes, &network, &rows, told),
        Err(reasons) => {
            told.reasons.extend(reasons);
            if let [class] = classes.as_slice() {
                bounds(places, class, None, told);
            }
        }
    }
}

fn classes(places: &Places<'_>, told: &mut Theory) -> Option<Vec<Class>> {
    let plan = places.plan;
    let mut classes = Vec::new();
    for (workload, row) in plan.workloads.iter().enumerate() {
        let Load::Closed { users, think, .. } = &row.load else {
            continue;
        };
        let mut entries = vec![0.0; plan.entries.len()];
        for entry in &row.entries {
            entries[entry.index()] = plan.entries[entry.index()].share;
        }
        let found = visits(places, &entries);
        let think = moments(plan, *think);
        let (Some(visits), Some(think)) = (found, think) else {
            let why =
                "How often its requests visit what, or how long its users think, is not known."
                    .to_owned();
            told.reasons.push(Reason {
                of: Subject::Workload(workload.into()),
                why,
            });
            return None;
        };
        classes.push(Class {
            workload,
            users: *users,
            visits,
            think: think.mean,
            varied: think.variance > 0.0,
        });
    }
    Some(classes)
}

/// The network, or why there is none.
fn network(places: &Places<'_>, classes: &[Class]) -> Result<(Network, Vec<Row>), Vec<Reason>> {
    let plan = places.plan;
    let mut reasons = Vec::new();
    for entry in 0..plan.entries.len() {
        let name = &plan.entries[entry].name;
        if let Some(why) = obstacle(places, &places.entries[entry], name) {
            reasons.push(Reason {
                of: Subject::Entry(entry.into()),
                why,
            });
        }
    }
    let total: Vec<f64> = (0..plan.endpoints.len())
        .map(|end| classes.iter().map(|class| class.visits[end]).sum())
        .collect();
    for (id, program) in places
        .endpoints
        .iter()
        .enumerate()
        .filter(|(id, _)| total[*id] > 0.0)
    {
        let of = Subject::Component(plan.endpoints[id].component);
        if let Some(why) = obstacle(places, program, &places.endpoint_name(id.into())) {
            reasons.push(Reason { of, why });
        }
    }
    for class in classes.iter().filter(|class| !is_varied(places, class)) {
        let name = &plan.workloads[class.workload].name;
        let why = format!(
            "All times of `{name}` are constant: its users keep step with each other, which the formulas take them not to."
        );
        reasons.push(Reason {
            of: Subject::Workload(class.workload.into()),
            why,
        });
    }
    let mut network = Network {
        population: classes.iter().map(|class| class.users).collect(),
        think: classes.iter().map(|class| class.think).collect(),
        ..Network::default()
    };
    let mut rows = Vec::new();
    for id in 0..plan.components.len() {
        let id = ComponentId::from(id);
        let guests = places.guests(id);
        let asked = guests
            .iter()
            .flat_map(|guest| places.endpoints_of(*guest))
            .any(|end| total[end.index()] > 0.0);
        if !asked {
            continue;
        }
        if let Err(why) = stations(places, classes, &total, id, &mut network, &mut rows) {
            reasons.push(Reason {
                of: Subject::Component(id),
                why,
            });
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    for (class, think) in classes.iter().zip(&mut network.think) {
        *think += delays(places, class).map_err(|why| {
            vec![Reason {
                of: Subject::Workload(class.workload.into()),
                why,
            }]
        })?;
    }
    Ok((network, rows))
}

/// Whether anything in a cycle takes now longer and now shorter, so that users who began together drift apart. Product form does not
/// ask for which law it is, but a network of constants alone never forgets how it began.
fn is_varied(places: &Places<'_>, class: &Class) -> bool {
    let varies = |program: &Program| {
        program.pieces.iter().any(|piece| match piece.what {
            What::Work(demand) | What::Delay(demand) => {
                moments(places.plan, demand).is_some_and(|time| time.variance > 0.0)
            }
            _ => false,
        })
    };
    let visited = places
        .endpoints
        .iter()
        .zip(&class.visits)
        .filter(|(_, visits)| **visits > 0.0);
    let own = &places.plan.workloads[class.workload].entries;
    class.varied
        || visited.into_iter().any(|(program, _)| varies(program))
        || own
            .iter()
            .any(|entry| varies(&places.entries[entry.index()]))
}

/// What in a program no closed network has.
fn obstacle(places: &Places<'_>, program: &Program, name: &str) -> Option<String> {
    if let Some(flaw) = program.flaw {
        return Some(format!("`{name}` {flaw}."));
    }
    for piece in &program.pieces {
        if piece.branch.is_some() {
            return Some(format!(
                "`{name}` does several things at once, and so is in several places."
            ));
        }
        if let What::Send(_) = piece.what {
            return Some(format!(
                "`{name}` sends messages and does not wait for them."
            ));
        }
        let call = piece
            .what
            .call()
            .map(|call| &places.plan.calls[call.index()]);
        if let Some(call) = call.filter(|call| flow::is_guarded(places.plan, call)) {
            let callee = places.endpoint_name(call.endpoint);
            let guard = flow::guard(call);
            return Some(format!("Calls of `{callee}` by `{name}` {guard}."));
        }
    }
    None
}

/// Adds the stations of a component.
fn stations(
    places: &Places<'_>,
    classes: &[Class],
    total: &[f64],
    id: ComponentId,
    network: &mut Network,
    rows: &mut Vec<Row>,
) -> Result<(), String> {
    let name = places.name(id);
    let all = units::take(places, total, id)?;
    if flow::may_refuse(places, id) {
        return Err(format!("`{name}` may refuse requests."));
    }
    if all.in_turn > 1 {
        return Err(format!(
            "The replicas of `{name}` are asked in turn, so that none of them is a queue on its own."
        ));
    }
    if !Units::hands_on(&all) {
        return Err(format!(
            "`{name}` serves in order, and the times it takes are not exponential or not alike: there is no product form."
        ));
    }
    let each: Vec<Units> = classes
        .iter()
        .map(|class| units::take(places, &class.visits, id))
        .collect::<Result<_, _>>()?;
    for (at, unit) in all.units.iter().enumerate() {
        let demands: Vec<f64> = each
            .iter()
            .map(|units| {
                units.units[at]
                    .jobs
                    .iter()
                    .map(|(_, (rate, job))| rate * job.mean)
                    .sum()
            })
            .collect();
        let servers = match unit.service {
            Service::Free => {
                network
                    .think
                    .iter_mut()
                    .zip(&demands)
                    .for_each(|(think, demand)| *think += demand);
                continue;
            }
            Service::InOrder { servers, .. } => f64::from(servers),
            Service::Shared { cores } => cores,
        };
        if demands.iter().any(|demand| *demand > 0.0) {
            network.demands.push(demands);
            network.servers.push(servers);
            rows.push(Row {
                of: id.index(),
                servers,
            });
        }
    }
    Ok(())
}

/// Time per cycle in pauses and on the network.
fn delays(places: &Places<'_>, class: &Class) -> Result<f64, String> {
    let plan = places.plan;
    let mut total = 0.0;
    let mut add =
        |program: &Program, zones: &[ZoneId], visits: f64, slots: bool| -> Result<(), String> {
            for piece in &program.pieces {
                match piece.what {
                    // Slots count what happens on them as service.
                    What::Delay(demand) if !slots => {
                        total += visits
                            * piece.times
                            * moments(plan, demand).map_or(0.0, |time| time.mean);
                    }
                    What::Call(call) | What::Forward(call) => {
                        total +=
                            visits * piece.times * places.way(&plan.calls[call.index()], zones)?.0;
                    }
                    _ => {}
                }
            }
            Ok(())
        };
    let workload = &plan.workloads[class.workload];
    for entry in &workload.entries {
        let share = plan.entries[entry.index()].share;
        add(
            &places.entries[entry.index()],
            &[workload.zone],
            share,
            false,
        )?;
    }
    for (id, program) in places
        .endpoints
        .iter()
        .enumerate()
        .filter(|(id, _)| class.visits[*id] > 0.0)
    {
        let own = plan.endpoints[id].component;
        let zones: Vec<ZoneId> = places.stations_of(own).map(|row| row.zone).collect();
        add(
            program,
            &zones,
            class.visits[id],
            places.shapes[own.index()] == super::places::Shape::Slots,
        )?;
    }
    Ok(total)
}

/// The formula that a network of this size can be solved by, and what it says.
fn solve(network: &Network) -> (Formula, Solution) {
    let single = network.servers.iter().all(|servers| *servers <= 1.0);
    let found = if single {
        mva::exact(network, MOST_STEPS / (network.demands.len() + 1)).map(|found| (MVA, found))
    } else {
        convolution::exact(network, MOST_STATES).map(|found| (CONVOLUTION, found))
    };
    found.unwrap_or_else(|| (SCHWEITZER, mva::approximate(network)))
}

fn solved(
    places: &Places<'_>,
    classes: &[Class],
    network: &Network,
    rows: &[Row],
    told: &mut Theory,
) {
    let (formula, found) = solve(network);
    for (number, class) in classes.iter().enumerate() {
        let of = Subject::Workload(class.workload.into());
        let cycle = f64::from(class.users) / found.throughput[number];
        told.answers.push(answer(
            of,
            Metric::Throughput,
            found.throughput[number],
            formula,
        ));
        told.answers
            .push(answer(of, Metric::Mean, cycle - class.think, formula));
    }
    if let ([class], Kind::Approximation) = (classes, formula.kind) {
        bounds(places, class, Some(network), told);
    }
    let mut rates = vec![0.0; places.endpoints.len()];
    for (number, class) in classes.iter().enumerate() {
        rates
            .iter_mut()
            .zip(&class.visits)
            .for_each(|(rate, visits)| *rate += found.throughput[number] * visits);
    }
    for id in 0..places.plan.components.len() {
        let of = Subject::Component(id.into());
        if let Some(share) =
            utilisation(places, &rates, id.into(), 0.0).filter(|share| *share > 0.0)
        {
            told.answers
                .push(answer(of, Metric::Utilisation, share.min(1.0), formula));
        }
        let own = (0..rows.len()).filter(|row| rows[*row].of == id);
        let waiting = own.clone().map(|row| {
            let busy = network.demands[row]
                .iter()
                .zip(&found.throughput)
                .map(|(demand, rate)| demand * rate);
            (found.present_at(row) - busy.sum::<f64>().min(rows[row].servers)).max(0.0)
        });
        let waiting: f64 = waiting.sum();
        let arrivals: f64 = places
            .endpoints_of(id.into())
            .map(|end| rates[end.index()])
            .sum();
        if own.count() > 0 && arrivals > 0.0 {
            told.answers
                .push(answer(of, Metric::Wait, waiting / arrivals, formula));
        }
    }
}

/// What the demands of the only workload imply.
fn bounds(places: &Places<'_>, class: &Class, network: Option<&Network>, told: &mut Theory) {
    let Some(demand) = demand(places, class, network) else {
        return;
    };
    let of = Subject::Workload(class.workload.into());
    let balanced =
        network.is_some_and(|network| network.servers.iter().all(|servers| *servers <= 1.0));
    let (formula, through) = if balanced {
        (BALANCED, demand.balanced_throughput(class.users))
    } else {
        (ASYMPTOTIC, demand.throughput(class.users))
    };
    let users = f64::from(class.users);
    // By Little's law; what users do in delays, they do before they are answered.
    let response = |rate: f64| users / rate - class.think;
    let ranges = [
        (Metric::Throughput, through),
        (
            Metric::Mean,
            (response(through.1).max(0.0), response(through.0)),
        ),
    ];
    // What goes on beside a request slows down others: then only the better side is certain.
    let beside = network.is_none()
        && places
            .endpoints
            .iter()
            .chain(&places.entries)
            .any(is_parallel);
    for (metric, (low, high)) in ranges {
        let value = match metric {
            Metric::Throughput if beside => Value::Between(None, Some(high)),
            _ if beside => Value::Between(Some(low), None),
            _ => Value::Between(Some(low), Some(high)),
        };
        told.answers.push(Answer {
            value,
            ..answer(of, metric, low, formula)
        });
    }
}

/// Whether a program does several things at once.
fn is_parallel(program: &Program) -> bool {
    let mut pieces = program.pieces.iter();
    pieces.any(|piece| piece.branch.is_some() || matches!(piece.what, What::Send(_)))
}

/// Demands of one cycle: of a network of product form, or of anything whose requests do one thing at a time.
fn demand(places: &Places<'_>, class: &Class, network: Option<&Network>) -> Option<Demand> {
    if let Some(network) = network {
        let each: Vec<f64> = network
            .demands
            .iter()
            .zip(&network.servers)
            .map(|(row, servers)| row[0] / servers)
            .collect();
        let alone = network
            .demands
            .iter()
            .zip(&network.servers)
            .map(|(row, servers)| row[0] / servers.min(1.0));
        let total: f64 = alone.sum();
        return Some(Demand {
            total,
            largest: each.iter().copied().fold(0.0, f64::max),
            average: total / each.len().max(1) as f64,
            think: network.think[0],
        });
    }
    let plan = places.plan;
    let entries = &plan.workloads[class.workload].entries;
    let mut total = 0.0;
    for entry in entries {
        total += plan.entries[entry.index()].share * places.alone(entry.index())?;
    }
    let mut largest = 0.0_f64;
    for id in 0..plan.components.len() {
        largest = largest.max(utilisation(places, &class.visits, id.into(), 0.0).unwrap_or(0.0));
    }
    Some(Demand {
        total,
        largest,
        average: largest,
        think: class.think,
    })
}
