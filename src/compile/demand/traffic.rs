//! The linear traffic equations: what reaches a program is what workloads send and what other programs call.

use super::super::graph::Graph;
use super::SECOND;
use super::flow::Flow;
use super::shares::{Keeps, station_shares, zones_differ};
use super::walk::Walked;
use crate::plan::{CallId, Capacity, ComponentId, CpuDiscipline, Plan, Processor, ZoneId};
use std::collections::BTreeMap;

/// Additions spent on one cycle of calls before it counts as endless.
const MOST_WORK: usize = 20_000_000;

/// The traffic equations.
pub(super) struct Traffic<'t> {
    pub(super) plan: &'t Plan,
    pub(super) graph: &'t Graph,
    pub(super) flows: &'t [Flow],
    /// Places that differ for routing: regions (zones, where callers of these are dealt differently), and outside of all.
    pub(super) places: Vec<ZoneId>,
    /// Place of each zone.
    pub(super) place_of: Vec<usize>,
    pub(super) keeps: &'t Keeps,
    /// Where the calls of a place to a pool go: (place, share), by pool and place.
    pub(super) shares: Vec<Vec<Vec<(usize, f64)>>>,
}

/// Utilisation, and what is begun per second: jobs of a processor, visits of a station.
pub(super) type Load = (f64, f64);

/// A program that is run from outside: which, from what place, how often \[1/s\].
pub(super) type Root = (usize, usize, f64);

/// Rates of everything.
#[derive(Clone)]
pub(super) struct Rates {
    /// By program and place \[1/s\].
    pub(super) program: Vec<Vec<f64>>,
    /// By pool and calling place: visits \[1/s\], core-ns, jobs, slot-ns and core-ns² of jobs per second.
    pub(super) pool: Vec<Vec<[f64; 5]>>,
    /// All calls \[1/s\].
    pub(super) calls: f64,
}

pub(super) fn added(one: &Rates, other: &Rates, factor: f64) -> Rates {
    let mut sum = one.clone();
    for (own, more) in sum
        .program
        .iter_mut()
        .flatten()
        .zip(other.program.iter().flatten())
    {
        *own += more * factor;
    }
    for (own, more) in sum
        .pool
        .iter_mut()
        .flatten()
        .zip(other.pool.iter().flatten())
    {
        for (own, more) in own.iter_mut().zip(more) {
            *own += more * factor;
        }
    }
    sum.calls += other.calls * factor;
    sum
}

/// The most that a processor's cores get done at once, in cores of one job alone.
fn most_done(plan: &Plan, processor: &Processor, cores: f64) -> f64 {
    match processor.discipline {
        CpuDiscipline::Slowed(row) => plan.slowdowns[row as usize].peak(cores),
        _ => cores,
    }
}

impl<'t> Traffic<'t> {
    pub(super) fn of(
        plan: &'t Plan,
        graph: &'t Graph,
        flows: &'t [Flow],
        keeps: &'t Keeps,
    ) -> Self {
        let mut places: Vec<ZoneId> = Vec::new();
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        let mut place_of = Vec::with_capacity(plan.zones.len());
        let zonal = zones_differ(plan);
        for (zone, row) in plan.zones.iter().enumerate() {
            let name = if zonal { &row.name } else { &row.region };
            let place = *by_name.entry(name.as_str()).or_insert_with(|| {
                places.push(ZoneId::from(zone));
                places.len() - 1
            });
            place_of.push(place);
        }
        let mut shares = Vec::with_capacity(plan.pools.len());
        for pool in 0..plan.pools.len() {
            let mut by_place = Vec::with_capacity(places.len());
            for from in &places {
                let mut to: BTreeMap<usize, f64> = BTreeMap::new();
                for (station, share) in station_shares(plan, keeps, pool, *from) {
                    *to.entry(place_of[plan.stations[station.index()].zone.index()])
                        .or_insert(0.0) += share;
                }
                by_place.push(to.into_iter().collect());
            }
            shares.push(by_place);
        }
        Self {
            plan,
            graph,
            flows,
            places,
            place_of,
            keeps,
            shares,
        }
    }

    /// Solves for roots: programs with the place they are run at and how often.
    pub(super) fn solve(
        &self,
        roots: &[Root],
        walked: &[Walked],
        endless: &mut Vec<usize>,
    ) -> Rates {
        let places = self.places.len();
        let mut program = vec![vec![0.0; places]; self.flows.len()];
        for (number, place, rate) in roots {
            program[*number][*place] += rate;
        }
        // Callers before callees: each group is complete when its turn comes.
        for group in self.graph.groups.iter().rev() {
            if self.graph.is_cycle(group) {
                self.settle(group, &mut program, endless);
            }
            for number in group {
                for place in 0..places {
                    let rate = program[*number][place];
                    if rate > 0.0 {
                        self.send_on(*number, place, rate, &mut |callee, to, share| {
                            if !group.contains(&callee) {
                                program[callee][to] += share;
                            }
                        });
                    }
                }
            }
        }
        let mut pool = vec![vec![[0.0; 5]; places]; self.plan.pools.len()];
        let mut calls = 0.0;
        for (number, flow) in self.flows.iter().enumerate() {
            for (place, rate) in program[number]
                .iter()
                .enumerate()
                .filter(|(_, rate)| **rate > 0.0)
            {
                for (call, weight) in &flow.calls {
                    let row = &self.plan.calls[call.index()];
                    let callee = self.graph.of_endpoint[row.endpoint.index()];
                    let (Some(does), Some(walk)) = (self.flows.get(callee), walked.get(callee))
                    else {
                        continue;
                    };
                    let visits = rate * weight;
                    calls += visits;
                    let coordinates = self.plan.endpoints[row.endpoint.index()].coordinates;
                    let holding = if coordinates { 0.0 } else { walk.holding };
                    let targets = self.plan.pools_of(row);
                    let visits = visits / targets.len() as f64;
                    for cell in pool[targets].iter_mut().map(|places| &mut places[place]) {
                        let each = [1.0, does.work, does.jobs, holding, does.squares];
                        for (sum, each) in cell.iter_mut().zip(each) {
                            *sum += visits * each;
                        }
                    }
                }
            }
        }
        Rates {
            program,
            pool,
            calls,
        }
    }

    /// How often a call is made per second, and by whom; users are nobody.
    pub(super) fn made(&self, rates: &Rates, id: CallId) -> (Option<ComponentId>, f64) {
        let (mut caller, mut made) = (None, 0.0);
        for (number, flow) in self.flows.iter().enumerate() {
            let Some((_, times)) = flow.calls.iter().find(|(call, _)| *call == id) else {
                continue;
            };
            made += times * rates.program[number].iter().sum::<f64>();
            let endpoint = self.graph.of_endpoint.iter().position(|own| *own == number);
            caller = caller.or(endpoint.map(|id| self.plan.endpoints[id].component));
        }
        (caller, made)
    }

    /// Hands what a program's runs cause to the programs called.
    fn send_on(
        &self,
        number: usize,
        place: usize,
        rate: f64,
        to: &mut dyn FnMut(usize, usize, f64),
    ) {
        for (call, weight) in &self.flows[number].calls {
            let row = &self.plan.calls[call.index()];
            let callee = self.graph.of_endpoint[row.endpoint.index()];
            if callee < self.flows.len() {
                let targets = self.plan.pools_of(row);
                let rate = rate * weight / targets.len() as f64;
                for (target, share) in self.shares[targets]
                    .iter()
                    .flat_map(|shares| &shares[place])
                {
                    to(callee, *target, rate * share);
                }
            }
        }
    }

    /// Solves a cycle of calls by going round until nothing changes: rounds shrink if each call leads to less than one more.
    fn settle(&self, group: &[usize], program: &mut [Vec<f64>], endless: &mut Vec<usize>) {
        let places = self.places.len();
        let position: BTreeMap<usize, usize> = group
            .iter()
            .enumerate()
            .map(|(position, number)| (*number, position))
            .collect();
        let mut round: Vec<Vec<f64>> = group
            .iter()
            .map(|number| program[*number].clone())
            .collect();
        let start: f64 = round.iter().flatten().sum();
        let edges: usize = group
            .iter()
            .map(|number| self.flows[*number].calls.len() + 1)
            .sum();
        let mut left = MOST_WORK / (edges * places).max(1) + 2;
        // What has gone round a few times without becoming less never will.
        let span = (2 * group.len()).max(1_000);
        let (mut rounds, mut before) = (0, f64::INFINITY);
        if start <= 0.0 {
            return;
        }
        loop {
            let mut next = vec![vec![0.0; places]; group.len()];
            for (at, number) in group.iter().enumerate() {
                for (place, rate) in round[at].iter().copied().enumerate() {
                    if rate > 0.0 {
                        self.send_on(*number, place, rate, &mut |callee, to, rate| {
                            if let Some(callee) = position.get(&callee) {
                                next[*callee][to] += rate;
                            }
                        });
                    }
                }
            }
            let moved: f64 = next.iter().flatten().sum();
            for (at, number) in group.iter().enumerate() {
                for place in 0..places {
                    program[*number][place] += next[at][place];
                }
            }
            round = next;
            left -= 1;
            rounds += 1;
            if moved < start * 1e-12 {
                return;
            }
            let mut stays = false;
            if rounds % span == 0 {
                stays = moved > before * (1.0 - 1e-9);
                before = moved;
            }
            if stays || left == 0 || moved > start * 1e9 {
                if !endless.contains(&group[0]) {
                    endless.push(group[0]);
                }
                return;
            }
        }
    }

    /// Loads of processors (of what they can do while they work) and stations under given rates.
    pub(super) fn spread(&self, rates: &Rates) -> (Vec<Load>, Vec<Load>) {
        let plan = self.plan;
        let mut processors = vec![(0.0, 0.0); plan.processors.len()];
        let mut stations = vec![(0.0, 0.0); plan.stations.len()];
        let kept = plan.breakdowns.kept(plan.processors.len());
        for (pool, by_place) in rates.pool.iter().enumerate() {
            for (place, [visits, work, jobs, holding, _]) in by_place.iter().enumerate() {
                if *visits == 0.0 {
                    continue;
                }
                for (station, share) in station_shares(plan, self.keeps, pool, self.places[place]) {
                    let row = &plan.stations[station.index()];
                    let slots = &mut stations[station.index()];
                    slots.1 += visits * share;
                    if row.concurrency != u32::MAX {
                        slots.0 += holding * share / SECOND / f64::from(row.concurrency);
                    }
                    if let Some(processor) = plan.processors.get(row.processor.index()) {
                        let used = &mut processors[row.processor.index()];
                        used.1 += jobs * share;
                        if let Capacity::Cores(cores) = processor.cores {
                            let cores = most_done(plan, processor, cores);
                            used.0 += work * share
                                / SECOND
                                / (cores * processor.speed * kept[row.processor.index()]);
                        }
                    }
                }
            }
        }
        (processors, stations)
    }

    /// How much longer than with exponential jobs the queue of each processor takes to forget: (1 + c²)/2 for jobs of squared
    /// coefficient of variation c², since that much more work comes at a time (the heavy-traffic limit: Harrison, Brownian Motion
    /// and Stochastic Flow Systems, 1985; Abate and Whitt, Adv. Appl. Prob. 19, 1987).
    pub(super) fn burdens(&self, rates: &Rates) -> Vec<f64> {
        let plan = self.plan;
        let mut sums = vec![[0.0; 3]; plan.processors.len()];
        for (pool, by_place) in rates.pool.iter().enumerate() {
            for (place, [visits, work, jobs, _, squares]) in by_place.iter().enumerate() {
                if *visits == 0.0 {
                    continue;
                }
                for (station, share) in station_shares(plan, self.keeps, pool, self.places[place]) {
                    let processor = plan.stations[station.index()].processor.index();
                    if let Some(sum) = sums.get_mut(processor) {
                        for (to, from) in sum.iter_mut().zip([work, jobs, squares]) {
                            *to += share * from;
                        }
                    }
                }
            }
        }
        let burden = |[work, jobs, squares]: [f64; 3]| {
            let ratio = squares * jobs / (work * work) / 2.0;
            // Less than exponential is not relied upon, and without a variance no rule holds.
            if ratio > 1.001 { ratio.min(10.0) } else { 1.0 }
        };
        sums.into_iter().map(burden).collect()
    }
}
