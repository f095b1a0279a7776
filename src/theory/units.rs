//! A component as the stations it is made of: each a queue with its own share of what comes.

use super::answer::Formula;
use super::flow::Flow;
use super::places::{Moments, Places, Shape, moments};
use super::program::What;
use super::station::{self, Coming, Job, Service, Solved};
use crate::plan::{
    Capacity, ComponentId, CpuDiscipline, DemandId, Discipline, EndpointId, Processor,
};

/// What is served: one piece of work, or a whole visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Served {
    Work(DemandId),
    Visit(EndpointId),
}

/// One queue of a component: a processor, a replica's slots, or all of them behind one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    pub(super) service: Service,
    pub(super) jobs: Vec<(Served, Job)>,
}

impl Unit {
    pub(super) fn plain(&self) -> Vec<Job> {
        self.jobs.iter().map(|(_, job)| *job).collect()
    }

    pub(super) fn rate(&self) -> f64 {
        self.jobs.iter().map(|(_, (rate, _))| rate).sum()
    }
}

/// A component, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    /// Gaps in turn that each gets one of: 1 at random.
    pub(super) in_turn: usize,
}

/// A component, solved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Solution {
    pub(super) formula: Formula,
    units: Vec<(Unit, Solved)>,
}

/// Takes a component apart.
///
/// # Errors
/// A sentence why its stations are no queues of their own.
pub(super) fn take(
    places: &Places<'_>,
    rates: &[f64],
    owner: ComponentId,
) -> Result<Units, String> {
    match &places.shapes[owner.index()] {
        Shape::Unknown(why) => Err(why.clone()),
        Shape::Slots => doors(places, rates, owner),
        Shape::Free => processors(places, rates, owner, None),
        Shape::Cores(discipline) => processors(places, rates, owner, Some(*discipline)),
    }
}

/// Work per core-second of speed, at full speed.
fn pace(processor: Option<&Processor>) -> f64 {
    processor.map_or(1.0, |row| row.speed)
}

fn processors(
    places: &Places<'_>,
    rates: &[f64],
    owner: ComponentId,
    discipline: Option<CpuDiscipline>,
) -> Result<Units, String> {
    let plan = places.plan;
    let own = (0..plan.processors.len()).filter(|id| plan.processors[*id].component == owner);
    let own: Vec<usize> = own.collect();
    let mut units: Vec<Unit> = Vec::new();
    for id in &own {
        units.push(Unit {
            service: of_processor(&plan.processors[*id], discipline),
            jobs: Vec::new(),
        });
    }
    let mut in_turn = 1;
    for guest in places.guests(owner) {
        for endpoint in places.endpoints_of(guest) {
            let rate = rates[endpoint.index()];
            if rate <= 0.0 {
                continue;
            }
            let split = places.split(plan.endpoints[endpoint.index()].pool)?;
            in_turn = in_turn.max(split.in_turn);
            let each = rate / split.stations.len() as f64;
            for station in &split.stations {
                let processor = plan.stations[*station].processor.index();
                let Some(at) = own.binary_search(&processor).ok() else {
                    continue;
                };
                let slower = slowness(&plan.processors[processor], units[at].service);
                for piece in &places.endpoints[endpoint.index()].pieces {
                    if let What::Work(demand) = piece.what {
                        let needs = moments(plan, demand).unwrap_or(Moments::NONE).times(slower);
                        units[at]
                            .jobs
                            .push((Served::Work(demand), (each * piece.times, needs)));
                    }
                }
            }
        }
    }
    for unit in &mut units {
        unit.jobs.retain(|(_, (_, needs))| needs.mean > 0.0);
    }
    Ok(Units { units, in_turn })
}

fn of_processor(row: &Processor, discipline: Option<CpuDiscipline>) -> Service {
    match (row.cores, discipline) {
        (Capacity::Unlimited, _) | (_, None) => Service::Free,
        (Capacity::Cores(cores), Some(CpuDiscipline::Ps)) => Service::Shared { cores },
        (Capacity::Cores(cores), Some(_)) => Service::InOrder {
            servers: cores.ceil() as u32,
            room: None,
            unordered: false,
        },
    }
}

/// Seconds that a core-second takes alone. In order, a part of a core is dealt to all that serve.
fn slowness(row: &Processor, service: Service) -> f64 {
    match (service, row.cores) {
        (Service::InOrder { servers, .. }, Capacity::Cores(cores)) => {
            f64::from(servers) / (cores * row.speed)
        }
        _ => 1.0 / row.speed,
    }
}

/// Slots, where a visit is one job.
fn doors(places: &Places<'_>, rates: &[f64], owner: ComponentId) -> Result<Units, String> {
    let plan = places.plan;
    let component = &plan.components[owner.index()];
    let first = component.first.index();
    let shared = places.shared_queue(owner);
    let mut units: Vec<Unit> = Vec::new();
    for station in places.stations_of(owner) {
        let processor = plan.processors.get(station.processor.index());
        // Those who share the cores behind the slots overtake each other.
        let shares = !places.slots_are_servers(station)
            && processor.is_some_and(|row| row.discipline == CpuDiscipline::Ps);
        let (servers, backlog) = match processor.map(|row| row.cores) {
            Some(Capacity::Cores(cores)) if !places.slots_are_servers(station) => {
                if cores.fract() != 0.0 {
                    return Err(format!(
                        "`{}` has a part of a core behind its slots.",
                        component.name
                    ));
                }
                let more = station.concurrency - cores as u32;
                (cores as u32, station.backlog.saturating_add(more))
            }
            _ => (station.concurrency, station.backlog),
        };
        units.push(Unit {
            service: Service::InOrder {
                servers,
                room: (backlog != u32::MAX).then(|| u64::from(servers) + u64::from(backlog)),
                unordered: shares
                    || matches!(
                        station.discipline,
                        Discipline::Lifo | Discipline::Random | Discipline::AdaptiveLifo(_)
                    ),
            },
            jobs: Vec::new(),
        });
    }
    let mut in_turn = 1;
    for endpoint in places.endpoints_of(owner) {
        let rate = rates[endpoint.index()];
        if rate <= 0.0 {
            continue;
        }
        let split = places.split(plan.endpoints[endpoint.index()].pool)?;
        in_turn = in_turn.max(split.in_turn);
        for station in &split.stations {
            let row = &plan.stations[*station];
            let processor = plan.processors.get(row.processor.index());
            if !places.slots_are_servers(row)
                && processor.is_some_and(|row| row.discipline == CpuDiscipline::Ps)
            {
                let job = places.visit(endpoint, 1.0);
                if !job.exponential {
                    return Err(format!(
                        "`{}` shares its cores between its slots, and the work is not exponential.",
                        component.name
                    ));
                }
            }
            let needs = places.visit(endpoint, pace(processor));
            let job = (rate / split.stations.len() as f64, needs);
            units[station - first]
                .jobs
                .push((Served::Visit(endpoint), job));
        }
    }
    match shared {
        Some(pool) => Ok(Units {
            units: vec![together(&units, plan.pools[pool.index()].backlog)],
            in_turn,
        }),
        None => Ok(Units { units, in_turn }),
    }
}

/// All replicas behind one line.
fn together(units: &[Unit], backlog: u32) -> Unit {
    let servers = units.iter().map(|unit| match unit.service {
        Service::InOrder { servers, .. } => servers,
        _ => 0,
    });
    let servers: u32 = servers.sum();
    Unit {
        service: Service::InOrder {
            servers,
            room: (backlog != u32::MAX).then(|| u64::from(servers) + u64::from(backlog)),
            unordered: false,
        },
        jobs: units.iter().flat_map(|unit| unit.jobs.clone()).collect(),
    }
}

impl Units {
    /// Whether it hands on Poisson streams when it gets them.
    pub(super) fn hands_on(&self) -> bool {
        let busy = self.units.iter().filter(|unit| unit.rate() > 0.0);
        self.in_turn == 1
            && busy
                .into_iter()
                .all(|unit| station::hands_on(unit.service, &unit.plain()))
    }

    /// Solves every station.
    ///
    /// # Errors
    /// The rest of a sentence that begins with its name.
    pub(super) fn solve(self, coming: Coming) -> Result<Solution, &'static str> {
        let turns = self.in_turn as f64;
        let coming = Coming {
            // Every n-th of a stream: gaps are sums of n.
            cv2: coming.cv2 / turns,
            random: coming.random && self.in_turn == 1,
        };
        let mut units = Vec::new();
        for unit in self.units.into_iter().filter(|unit| unit.rate() > 0.0) {
            let known = units
                .iter()
                .find(|(other, _): &&(Unit, Solved)| *other == unit);
            let solved = match known {
                Some((_, solved)) => solved.clone(),
                None => station::solve(unit.service, &unit.plain(), coming)?,
            };
            units.push((unit, solved));
        }
        let rough = units
            .iter()
            .map(|(_, solved)| solved.formula)
            .max_by_key(|formula| formula.kind);
        Ok(Solution {
            formula: rough.unwrap_or(super::answer::DELAY),
            units,
        })
    }
}

impl Solution {
    /// Mean time that something takes here, waiting included: over all stations that serve it.
    pub(super) fn stay(&self, served: Served) -> f64 {
        let (mut time, mut rate) = (0.0, 0.0);
        for (unit, solved) in &self.units {
            for (_, (often, needs)) in unit.jobs.iter().filter(|(what, _)| *what == served) {
                let through = often * (1.0 - solved.refused);
                time += through * (solved.wait + solved.stretch * needs.mean);
                rate += through;
            }
        }
        if rate > 0.0 { time / rate } else { 0.0 }
    }

    /// Mean number waiting for a server or a core.
    pub(super) fn waiting(&self) -> f64 {
        self.units.iter().map(|(_, solved)| solved.waiting).sum()
    }

    /// Mean number at the stations: waiting or served.
    pub(super) fn present(&self) -> f64 {
        let each = self.units.iter().map(|(unit, solved)| {
            let served = unit
                .jobs
                .iter()
                .map(|(_, (rate, needs))| rate * (1.0 - solved.refused) * needs.mean);
            solved.waiting + served.sum::<f64>()
        });
        each.sum()
    }

    /// Served per second.
    pub(super) fn throughput(&self) -> f64 {
        self.units
            .iter()
            .map(|(unit, solved)| unit.rate() * (1.0 - solved.refused))
            .sum()
    }

    /// Share of arrivals refused.
    pub(super) fn refused(&self) -> f64 {
        let rate: f64 = self.units.iter().map(|(unit, _)| unit.rate()).sum();
        1.0 - self.throughput() / rate
    }

    /// Busy servers over servers, of those that serve in order.
    pub(super) fn busy(&self) -> f64 {
        let (mut busy, mut all) = (0.0, 0.0);
        for (unit, solved) in &self.units {
            if let Service::InOrder { servers, .. } = unit.service {
                let work = unit.jobs.iter().map(|(_, (rate, needs))| rate * needs.mean);
                busy += work.sum::<f64>() * (1.0 - solved.refused);
                all += f64::from(servers);
            }
        }
        if all > 0.0 { busy / all } else { 0.0 }
    }

    /// The law of the time in the system, where all stations have the same.
    pub(super) fn tail(&self) -> Option<&station::Tail> {
        let (_, first) = self.units.first()?;
        let tail = first.tail.as_ref()?;
        self.units
            .iter()
            .all(|(_, solved)| solved.tail.as_ref() == Some(tail))
            .then_some(tail)
    }

    /// Whether it is one M/M/1 queue.
    pub(super) fn is_one_mm1(&self) -> bool {
        self.units.len() == 1 && self.formula == super::answer::MM1
    }
}

/// Squared coefficient of variation of the gaps between those who come straight from workloads, if all do; else nothing.
///
/// Each of a stream goes there with some probability, which thins a renewal process; several streams are taken together by their
/// rates (the asymptotic method of Whitt 1982).
pub(super) fn direct(places: &Places<'_>, flow: &Flow, owner: ComponentId) -> Option<f64> {
    let plan = places.plan;
    let total: f64 = places
        .endpoints_of(owner)
        .map(|endpoint| flow.rates[endpoint.index()])
        .sum();
    let (mut spread, mut seen) = (0.0, 0.0);
    for workload in &plan.workloads {
        let crate::plan::Load::Open { arrivals, batch } = &workload.load else {
            return None;
        };
        let steady = arrivals.steady().filter(|_| !batch.is_some())?;
        let here =
            workload
                .entries
                .iter()
                .filter(|entry| match places.entries[entry.index()].only() {
                    Some(What::Call(call)) => {
                        plan.endpoints[plan.calls[call.index()].endpoint.index()].component == owner
                    }
                    _ => false,
                });
        let share: f64 = here.map(|entry| plan.entries[entry.index()].share).sum();
        spread += share * steady.rate * (share * steady.cv2 + 1.0 - share);
        seen += share * steady.rate;
    }
    let all = (seen - total).abs() < 1e-9 * total;
    // One job each, at once.
    let once = places.endpoints_of(owner).all(|endpoint| {
        flow.rates[endpoint.index()] <= 0.0
            || matches!(
                places.endpoints[endpoint.index()].only(),
                Some(What::Work(_))
            )
    });
    (all && once && total > 0.0).then(|| spread / total)
}
