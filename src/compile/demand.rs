//! Static load: how often everything is visited, what that asks of processors and slots, and what follows before anything
//! runs: which component saturates first, how slowly the slowest forgets, how long caches take to fill.
//!
//! Visits solve the linear traffic equations (Jackson 1963): what reaches a program is what workloads send and what other
//! programs call. They are counted per region, since callers stay in theirs where they can. Retries and failed calls are
//! not counted. Closed workloads get the asymptotic bound X ≤ min(N/(Z + R), 1/D) of Lazowska, Zahorjan, Graham and
//! Sevcik, "Quantitative System Performance" (1984), chapter 5.

use super::draft::{Draft, Owner};
use super::fill;
use super::flow::{self, Flow, Times, Walked};
use super::graph::Graph;
use crate::model::{self, RateShape};
use crate::plan::{
    Balance, CallId, Capacity, ComponentId, Load, Plan, StaticLoad, StationId, Step, ZoneId,
};
use crate::source::codes;
use std::collections::BTreeMap;

/// Rounds in which hit ratios and visits settle on each other.
const ROUNDS: usize = 12;
/// Additions spent on one cycle of calls before it counts as endless.
const MOST_WORK: usize = 20_000_000;
/// Above this utilisation the relaxation time is that of this one: no run is long enough for more.
const HIGHEST: f64 = 0.98;
const SECOND: f64 = 1e9;

/// What the judgement needs beside the load itself.
pub(super) struct Demand {
    pub(super) load: StaticLoad,
    /// Time of one request without any waiting \[ns\], by workload.
    pub(super) cycles: Vec<f64>,
    /// Utilisation that open workloads ask for by component: its busiest processor or station.
    pub(super) open_load: Vec<f64>,
}

/// Works it all out. Complains of calls that grow without end.
pub(super) fn solve(draft: &mut Draft<'_>, graph: &Graph) -> Demand {
    let means = flow::demand_means(draft);
    let mut hits = vec![0.0; draft.plan.caches.len()];
    let rounds = if hits.is_empty() { 1 } else { ROUNDS };
    let mut solved = None;
    for _ in 0..rounds {
        let timing = Timing::of(draft, graph, &means, &hits);
        let flows = flow::flows(&draft.plan, &means, &draft.programs, &timing.walked);
        let traffic = Traffic::of(&draft.plan, graph, &flows, &timing);
        let found = traffic.loads(draft, &timing);
        hits = (0..hits.len())
            .map(|cache| fill::hit_share(&draft.plan, cache, found.lookups[cache]))
            .collect();
        solved = Some((timing, found));
    }
    let Some((timing, found)) = solved else {
        unreachable!("at least one round is made")
    };
    for program in &found.endless {
        let program = draft.programs[*program].clone();
        let message = format!(
            "each call of `{}` leads to at least one more on average: a request would grow without end",
            program.name
        );
        let hint =
            "let fewer of these calls lead on: lower the weight of the `choose` that calls again";
        draft.complain_with(codes::ENDLESS_CALLS, program.place, message, hint);
    }
    found.into_demand(draft, &timing)
}

/// Times without waiting, and what the programs do.
struct Timing {
    walked: Vec<Walked>,
    latency: Vec<f64>,
    /// Where the programs of a component (or of the users) run, for the ways of their calls.
    zones: Vec<ZoneId>,
    hit_of: Vec<f64>,
}

/// Times as far as they are known while programs are walked, callees first.
struct Known<'k> {
    plan: &'k Plan,
    graph: &'k Graph,
    latency: &'k [f64],
    zones: &'k [ZoneId],
    speeds: &'k [f64],
    hit_of: &'k [f64],
    means: &'k [f64],
}

impl Times for Known<'_> {
    fn hit_of(&self, component: ComponentId) -> f64 {
        self.hit_of[component.index()]
    }

    fn compute(&self, program: usize, work: f64) -> f64 {
        work / self.speeds[program]
    }

    fn call(&self, program: usize, call: CallId) -> f64 {
        let row = &self.plan.calls[call.index()];
        let callee = self.graph.of_endpoint[row.endpoint.index()];
        let latency = self.latency.get(callee).copied().unwrap_or(0.0);
        latency + way(self.plan, self.means, self.zones[program], row.pool)
    }

    fn routine(&self, first: usize) -> f64 {
        self.graph
            .by_first
            .get(&first)
            .map_or(0.0, |routine| self.latency[*routine])
    }
}

/// Mean time there and back from a zone to the stations of a pool.
fn way(plan: &Plan, means: &[f64], from: ZoneId, pool: crate::plan::PoolId) -> f64 {
    let Some(candidates) = plan.pools[pool.index()].candidates.get(from.index()) else {
        return 0.0;
    };
    // A few of many replicas are enough to tell the mean, since zones are dealt in turn.
    let sample: Vec<_> = candidates.0.iter().take(64).collect();
    let total: f64 = sample
        .iter()
        .map(|station| {
            let link = plan.route(from, plan.stations[station.index()].zone);
            plan.links.get(link.index()).map_or(0.0, |link| {
                2.0 * link.half as f64 + means.get(link.rtt.index()).copied().unwrap_or(0.0)
            })
        })
        .sum();
    if sample.is_empty() {
        0.0
    } else {
        total / sample.len() as f64
    }
}

impl Timing {
    fn of(draft: &Draft<'_>, graph: &Graph, means: &[f64], hits: &[f64]) -> Self {
        let plan = &draft.plan;
        let programs = &draft.programs;
        let mut hit_of = vec![0.0; plan.components.len()];
        for (cache, hit) in plan.caches.iter().zip(hits) {
            hit_of[cache.component.index()] = *hit;
        }
        let owners: Vec<Option<ComponentId>> = programs
            .iter()
            .map(|program| match program.owner {
                Owner::Endpoint(endpoint) => Some(plan.endpoints[endpoint.index()].component),
                Owner::Routine(component) => Some(component),
                Owner::User => None,
            })
            .collect();
        let user_zones: BTreeMap<usize, ZoneId> = plan
            .entries
            .iter()
            .rev()
            .map(|entry| {
                (
                    entry.entry.index(),
                    plan.workloads[entry.workload.index()].zone,
                )
            })
            .collect();
        let station = |component: &Option<ComponentId>| {
            component.and_then(|id| plan.stations.get(plan.components[id.index()].first.index()))
        };
        let zones: Vec<ZoneId> = owners
            .iter()
            .zip(programs)
            .map(|(owner, program)| {
                station(owner)
                    .map(|station| station.zone)
                    .or_else(|| user_zones.get(&program.first).copied())
                    .unwrap_or(ZoneId(0))
            })
            .collect();
        let speeds: Vec<f64> = owners
            .iter()
            .map(|owner| {
                let processor = station(owner)
                    .and_then(|station| plan.processors.get(station.processor.index()));
                processor.map_or(1.0, |processor| match processor.cores {
                    Capacity::Unlimited => processor.speed,
                    Capacity::Cores(cores) => processor.speed * cores.min(1.0),
                })
            })
            .collect();
        let mut latency = vec![0.0; programs.len()];
        let mut walked = vec![Walked::default(); programs.len()];
        for group in &graph.groups {
            // In a cycle the times of the later ones are not known in the first pass.
            for _ in 0..if graph.is_cycle(group) && group.len() < 1000 {
                20
            } else {
                1
            } {
                for number in group {
                    let times = Known {
                        plan,
                        graph,
                        latency: &latency,
                        zones: &zones,
                        speeds: &speeds,
                        hit_of: &hit_of,
                        means,
                    };
                    walked[*number] = flow::walk(plan, means, *number, &programs[*number], &times);
                    latency[*number] = walked[*number].latency;
                }
            }
        }
        Self {
            walked,
            latency,
            zones,
            hit_of,
        }
    }
}

/// The traffic equations.
struct Traffic<'t> {
    plan: &'t Plan,
    graph: &'t Graph,
    flows: &'t [Flow],
    /// Places that differ for routing: regions, and outside of all.
    places: Vec<ZoneId>,
    /// Place of each zone.
    place_of: Vec<usize>,
    /// Where the calls of a place to a pool go: (place, share), by pool and place.
    shares: Vec<Vec<Vec<(usize, f64)>>>,
}

/// Rates of everything.
#[derive(Clone)]
struct Rates {
    /// By program and place \[1/s\].
    program: Vec<Vec<f64>>,
    /// By pool and calling place: visits \[1/s\], core-ns, jobs and slot-ns per second.
    pool: Vec<Vec<[f64; 4]>>,
    /// All calls \[1/s\].
    calls: f64,
}

/// What was found of the load.
struct Loads {
    rates: Rates,
    lookups: Vec<f64>,
    /// Cycles per second by workload.
    roots: Vec<f64>,
    /// Requests per second in all.
    root_rate: f64,
    cycle_ns: f64,
    cycles: Vec<f64>,
    endless: Vec<usize>,
    /// By processor: utilisation, jobs per second; by station: slot utilisation, visits per second.
    processors: Vec<(f64, f64)>,
    stations: Vec<(f64, f64)>,
    open_processors: Vec<(f64, f64)>,
    open_stations: Vec<(f64, f64)>,
    light: Vec<(f64, ComponentId)>,
    closed_only: bool,
}

impl<'t> Traffic<'t> {
    fn of(plan: &'t Plan, graph: &'t Graph, flows: &'t [Flow], _timing: &Timing) -> Self {
        let mut places: Vec<ZoneId> = Vec::new();
        let mut by_region: BTreeMap<&str, usize> = BTreeMap::new();
        let mut place_of = Vec::with_capacity(plan.zones.len());
        for (zone, row) in plan.zones.iter().enumerate() {
            let place = *by_region.entry(row.region.as_str()).or_insert_with(|| {
                places.push(ZoneId::from(zone));
                places.len() - 1
            });
            place_of.push(place);
        }
        let mut shares = Vec::with_capacity(plan.pools.len());
        for pool in &plan.pools {
            let mut by_place = Vec::with_capacity(places.len());
            for from in &places {
                let mut to: BTreeMap<usize, f64> = BTreeMap::new();
                for (station, share) in station_shares(plan, pool, *from) {
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
            shares,
        }
    }

    /// Solves for roots: programs with the place they are run at and how often.
    fn solve(
        &self,
        roots: &[(usize, usize, f64)],
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
        let mut pool = vec![vec![[0.0; 4]; places]; self.plan.pools.len()];
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
                    let cell = &mut pool[row.pool.index()][place];
                    for (sum, each) in
                        cell.iter_mut()
                            .zip([1.0, does.work, does.jobs, walk.holding])
                    {
                        *sum += visits * each;
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
                for (target, share) in &self.shares[row.pool.index()][place] {
                    to(callee, *target, rate * weight * share);
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
        while start > 0.0 {
            let mut next = vec![vec![0.0; places]; group.len()];
            for (at, number) in group.iter().enumerate() {
                for place in 0..places {
                    if round[at][place] > 0.0 {
                        self.send_on(*number, place, round[at][place], &mut |callee, to, rate| {
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
            if moved < start * 1e-12 {
                return;
            }
            if left == 0 || moved > start * 1e9 {
                if !endless.contains(&group[0]) {
                    endless.push(group[0]);
                }
                return;
            }
        }
    }

    /// Loads of processors and stations under given rates.
    fn spread(&self, rates: &Rates) -> (Vec<(f64, f64)>, Vec<(f64, f64)>) {
        let plan = self.plan;
        let mut processors = vec![(0.0, 0.0); plan.processors.len()];
        let mut stations = vec![(0.0, 0.0); plan.stations.len()];
        for (pool, by_place) in plan.pools.iter().zip(&rates.pool) {
            for (place, [visits, work, jobs, holding]) in by_place.iter().enumerate() {
                if *visits == 0.0 {
                    continue;
                }
                for (station, share) in station_shares(plan, pool, self.places[place]) {
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
                            used.0 += work * share / SECOND / (cores * processor.speed);
                        }
                    }
                }
            }
        }
        (processors, stations)
    }

    /// Solves for the offered load: open workloads as they are, closed ones at their asymptotic bound.
    fn loads(&self, draft: &Draft<'_>, timing: &Timing) -> Loads {
        let plan = self.plan;
        let mut endless = Vec::new();
        let mut cycles = vec![0.0; plan.workloads.len()];
        let mut roots = vec![0.0; plan.workloads.len()];
        let mut open: Vec<(usize, usize, f64)> = Vec::new();
        let mut closed: Vec<(usize, f64, Vec<(usize, usize, f64)>)> = Vec::new();
        for (number, workload) in plan.workloads.iter().enumerate() {
            let place = self.place_of[workload.zone.index()];
            let lines: Vec<(usize, usize, f64)> = workload
                .entries
                .iter()
                .filter_map(|entry| {
                    let entry = &plan.entries[entry.index()];
                    self.graph
                        .by_first
                        .get(&entry.entry.index())
                        .map(|program| (*program, place, entry.share))
                })
                .collect();
            cycles[number] = lines
                .iter()
                .map(|(program, _, share)| share * timing.latency[*program])
                .sum();
            match &workload.load {
                Load::Open { .. } => {
                    let rate = offered_rate(draft, number);
                    roots[number] = rate;
                    open.extend(
                        lines
                            .iter()
                            .map(|(program, place, share)| (*program, *place, share * rate)),
                    );
                }
                Load::Closed { users, think, .. } => {
                    let think = plan
                        .demands
                        .get(think.index())
                        .map_or(0.0, |demand| demand.law.mean());
                    let cycle = (cycles[number] + think).max(1.0);
                    let rate = f64::from(*users) * SECOND / cycle;
                    roots[number] = rate;
                    closed.push((number, rate, lines));
                }
            }
        }
        let open_rates = self.solve(&open, &timing.walked, &mut endless);
        let closed_roots: Vec<_> = closed
            .iter()
            .flat_map(|(_, rate, lines)| {
                lines
                    .iter()
                    .map(move |(program, place, share)| (*program, *place, share * rate))
            })
            .collect();
        let closed_rates = self.solve(&closed_roots, &timing.walked, &mut endless);
        let (open_processors, open_stations) = self.spread(&open_rates);
        let (closed_processors, closed_stations) = self.spread(&closed_rates);
        let factor = bound(&open_processors, &closed_processors)
            .min(bound(&open_stations, &closed_stations));
        let light = self.light(
            &open_processors,
            &closed_processors,
            &open_stations,
            &closed_stations,
        );
        let mut cycle_ns = 0.0_f64;
        for (number, rate, _) in &closed {
            roots[*number] = rate * factor;
            if let Load::Closed { users, .. } = &plan.workloads[*number].load {
                cycle_ns = cycle_ns.max(f64::from(*users) * SECOND / (rate * factor).max(1e-9));
            }
        }
        let rates = added(&open_rates, &closed_rates, factor);
        let (processors, stations) = self.spread(&rates);
        let lookups = self.lookups(&rates);
        let root_rate = roots.iter().sum();
        let closed_only = !closed.is_empty() && open.is_empty();
        Loads {
            rates,
            lookups,
            roots,
            root_rate,
            cycle_ns,
            cycles,
            endless,
            processors,
            stations,
            open_processors,
            open_stations,
            light,
            closed_only,
        }
    }

    /// Utilisations as if nobody ever waited, with whom they are of.
    fn light(
        &self,
        op: &[(f64, f64)],
        cp: &[(f64, f64)],
        os: &[(f64, f64)],
        cs: &[(f64, f64)],
    ) -> Vec<(f64, ComponentId)> {
        let plan = self.plan;
        let processors = plan
            .processors
            .iter()
            .zip(op.iter().zip(cp))
            .map(|(row, (open, closed))| (open.0 + closed.0, row.component));
        let stations = plan
            .stations
            .iter()
            .zip(os.iter().zip(cs))
            .map(|(row, (open, closed))| (open.0 + closed.0, row.component));
        processors.chain(stations).collect()
    }

    /// Look-ups of one store of each cache per second.
    fn lookups(&self, rates: &Rates) -> Vec<f64> {
        let mut lookups = vec![0.0; self.plan.caches.len()];
        for (flow, by_place) in self.flows.iter().zip(&rates.program) {
            let rate: f64 = by_place.iter().sum();
            for (cache, times) in &flow.lookups {
                lookups[*cache] += rate * times;
            }
        }
        lookups
            .iter()
            .zip(&self.plan.caches)
            .map(|(rate, cache)| rate / f64::from(cache.stores.max(1)))
            .collect()
    }
}

/// The part of the closed load that fits into what open load leaves, at most 1.
fn bound(open: &[(f64, f64)], closed: &[(f64, f64)]) -> f64 {
    let fits = open.iter().zip(closed).filter(|(_, closed)| closed.0 > 0.0);
    fits.map(|(open, closed)| ((1.0 - open.0).max(0.01) / closed.0).min(1.0))
        .fold(1.0, f64::min)
}

fn added(one: &Rates, other: &Rates, factor: f64) -> Rates {
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

/// How calls from a zone are dealt to the stations of a pool: evenly, or by capacity where the balancer sees who is busy.
fn station_shares(plan: &Plan, pool: &crate::plan::Pool, from: ZoneId) -> Vec<(StationId, f64)> {
    let Some(candidates) = pool.candidates.get(from.index()) else {
        return Vec::new();
    };
    let seeing = matches!(
        pool.balance,
        Balance::LeastRequests(_) | Balance::PowerOfD { .. } | Balance::SharedQueue
    );
    let weight = |station: &StationId| {
        let processor = plan
            .processors
            .get(plan.stations[station.index()].processor.index());
        match processor.map(|processor| (processor.cores, processor.speed)) {
            Some((Capacity::Cores(cores), speed)) if seeing => cores * speed,
            _ => 1.0,
        }
    };
    let total: f64 = candidates.0.iter().map(weight).sum();
    candidates
        .0
        .iter()
        .map(|station| (*station, weight(station) / total))
        .collect()
}

/// Requests per second of an open workload; of one in stages at its peak, which is what must be survived.
fn offered_rate(draft: &Draft<'_>, number: usize) -> f64 {
    let model = draft.model;
    let workload = &draft.plan.workloads[number];
    let Some((_, written)) = model
        .workloads
        .iter()
        .find(|(name, _)| name.value == workload.name)
    else {
        return 0.0;
    };
    let Some(open) = &written.open else {
        return 0.0;
    };
    let epochs = match (&open.rate, &open.between) {
        (Some(RateShape::Constant(rate)), _) => rate.per_second(),
        (Some(RateShape::Stages(staged)), _) => {
            let targets = staged.stages.iter().map(|stage| stage.target.per_second());
            targets.fold(staged.start.per_second(), f64::max)
        }
        (None, Some(between)) => mean_gap(between).map_or(0.0, |gap| SECOND / gap),
        (None, None) => 0.0,
    };
    let batch = match &workload.load {
        Load::Open { batch, .. } => draft
            .plan
            .counts
            .get(batch.index())
            .map_or(1.0, |count| count.mean),
        Load::Closed { .. } => 1.0,
    };
    epochs * batch
}

/// The mean of a law that has been checked before.
fn mean_gap(between: &model::DurationLaw) -> Option<f64> {
    super::value::known_mean(&between.law).filter(|gap| *gap > 0.0)
}

impl Loads {
    fn into_demand(self, draft: &Draft<'_>, timing: &Timing) -> Demand {
        let plan = &draft.plan;
        let mut open_load = vec![0.0_f64; plan.components.len()];
        for (row, (load, _)) in plan.processors.iter().zip(&self.open_processors) {
            open_load[row.component.index()] = open_load[row.component.index()].max(*load);
        }
        for (row, (load, _)) in plan.stations.iter().zip(&self.open_stations) {
            open_load[row.component.index()] = open_load[row.component.index()].max(*load);
        }
        let (relaxation_ns, slowest) = self.relaxation(plan);
        let busiest = self
            .light
            .iter()
            .copied()
            .filter(|(load, _)| *load > 0.0)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let hits = plan.caches.iter().enumerate();
        let cache_fill_ns = hits
            .map(|(cache, _)| fill::fill_time(plan, cache, self.lookups[cache]))
            .fold(0.0, f64::max);
        let endpoint_rate = endpoint_rates(plan, &self.rates, draft);
        let _ = (&timing.hit_of, &timing.zones, &self.roots);
        let (settled_after_ns, shaped) = settling(draft);
        let load = StaticLoad {
            endpoint_rate,
            processor_load: self.processors.iter().map(|(load, _)| *load).collect(),
            station_load: self.stations.iter().map(|(load, _)| *load).collect(),
            relaxation_ns,
            slowest,
            saturates: busiest.map(|(load, component)| (component, 1.0 / load)),
            cache_fill_ns,
            root_rate: self.root_rate,
            calls_per_root: if self.root_rate > 0.0 {
                self.rates.calls / self.root_rate
            } else {
                0.0
            },
            cycle_ns: self.cycle_ns,
            settled_after_ns,
            shaped,
        };
        Demand {
            load,
            cycles: self.cycles,
            open_load,
        }
    }

    /// The longest relaxation time of a stable processor or of stable slots: 1/(cμ(1-√ρ)²) (Morse 1955; Blanc and van
    /// Doorn 1984). A closed system forgets at least as quickly as its users come round.
    fn relaxation(&self, plan: &Plan) -> (f64, Option<ComponentId>) {
        let slowness = |load: f64| {
            let rest = 1.0 - load.min(HIGHEST).sqrt();
            1.0 / (rest * rest)
        };
        let mut slowest = (0.0, None);
        let mut consider = |time: f64, component: ComponentId| {
            if time.is_finite() && time > slowest.0 {
                slowest = (time, Some(component));
            }
        };
        let closed = |load: f64| load < 1.0 || self.closed_only;
        for (row, (load, jobs)) in plan.processors.iter().zip(&self.processors) {
            // Work per second over jobs per second and capacity is load over jobs: the mean time between finishes.
            if *jobs > 0.0 && *load > 0.0 && closed(*load) {
                consider(load / jobs * SECOND * slowness(*load), row.component);
            }
        }
        for (row, (load, visits)) in plan.stations.iter().zip(&self.stations) {
            if *visits > 0.0 && *load > 0.0 && closed(*load) {
                consider(load / visits * SECOND * slowness(*load), row.component);
            }
        }
        if self.closed_only && slowest.0 > self.cycle_ns {
            slowest.0 = self.cycle_ns;
        }
        slowest
    }
}

fn endpoint_rates(plan: &Plan, rates: &Rates, draft: &Draft<'_>) -> Vec<f64> {
    let mut by_endpoint = vec![0.0; plan.endpoints.len()];
    for (program, by_place) in draft.programs.iter().zip(&rates.program) {
        if let Owner::Endpoint(endpoint) = program.owner {
            by_endpoint[endpoint.index()] = by_place.iter().sum();
        }
    }
    by_endpoint
}

/// When all workloads have their final shape \[ns\], and whether one moves on the way.
fn settling(draft: &Draft<'_>) -> (f64, bool) {
    let (mut settled, mut shaped) = (0.0_f64, false);
    for (_, workload) in draft.model.workloads.iter() {
        if let Some(RateShape::Stages(staged)) =
            workload.open.as_ref().and_then(|open| open.rate.as_ref())
        {
            shaped = true;
            settled = settled.max(
                staged
                    .stages
                    .iter()
                    .map(|stage| stage.duration.ns_f64())
                    .sum(),
            );
        }
        if let Some(closed) = &workload.closed
            && let Some(ramp) = closed.ramp.as_ref().filter(|ramp| ramp.per_second() > 0.0)
        {
            settled = settled.max(closed.users.value as f64 / ramp.per_second() * SECOND);
        }
    }
    (settled, shaped)
}

/// Whether a program takes any time, with everything that it calls.
pub(super) fn has_time(plan: &Plan, step: Step) -> bool {
    matches!(step, Step::Compute(demand) | Step::Work(demand) | Step::Sleep(demand)
        if plan.demands.get(demand.index()).is_some_and(|demand| demand.law.mean() > 0.0))
}
