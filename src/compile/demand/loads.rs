//! The load of a whole plan: open workloads as they are, closed ones at their asymptotic bound, and what follows for
//! utilisations, relaxation and saturation.

use super::super::draft::{Draft, Owner};
use super::ceilings::{Asked, Uses, ceilings};
use super::offered::{burstiness, offered_rate, settling};
use super::places::Dealing;
use super::spread::Spread;
use super::timing::Timing;
use super::traffic::{self, Rates, Root, Traffic, added};
use super::{Demand, SECOND, batch, fill, shed};
use crate::plan::{Ceiling, ComponentId, Load, Plan, StaticLoad, ZoneId};

/// Above this utilisation the relaxation time is that of this one: no run is long enough for more.
const HIGHEST: f64 = 0.98;

/// What was found of the load.
pub(super) struct Loads {
    rates: Rates,
    pub(super) lookups: Vec<f64>,
    /// The mean batch of each group.
    pub(super) batches: Vec<f64>,
    /// By station: visits per second, and the part of what it could do alone that they take.
    pub(super) rooms: Vec<(f64, f64)>,
    /// Requests per second in all.
    root_rate: f64,
    cycle_ns: f64,
    cycles: Vec<f64>,
    pub(super) endless: Vec<usize>,
    /// By processor: utilisation, jobs per second; by station: slot utilisation, visits per second.
    processors: Vec<traffic::Load>,
    stations: Vec<traffic::Load>,
    /// By processor: factor on the relaxation time of exponential jobs.
    burdens: Vec<f64>,
    ceilings: Vec<Ceiling>,
    closed_only: bool,
}

impl Traffic<'_> {
    /// Solves for the offered load: open workloads as they are, closed ones at their asymptotic bound. Bounds are looked at in the last
    /// round.
    pub(super) fn loads(&self, draft: &Draft<'_>, timing: &Timing, last: bool) -> Loads {
        let plan = self.plan;
        let mut endless = Vec::new();
        let mut cycles = vec![0.0; plan.workloads.len()];
        let mut roots = vec![0.0; plan.workloads.len()];
        let mut open: Vec<Root> = Vec::new();
        let mut closed: Vec<(usize, f64, Vec<Root>)> = Vec::new();
        for (number, workload) in plan.workloads.iter().enumerate() {
            let place = self.dealing.places.at(workload.zone);
            let lines: Vec<Root> = workload
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
                .map(|(program, place, share)| share * timing.latency(*program, *place))
                .sum();
            match &workload.load {
                Load::Open { .. } | Load::Replay(_) => {
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
        let open_rates = self.solve(&open, &mut endless);
        let closed_roots: Vec<_> = closed
            .iter()
            .flat_map(|(_, rate, lines)| {
                lines
                    .iter()
                    .map(move |(program, place, share)| (*program, *place, share * rate))
            })
            .collect();
        let closed_rates = self.solve(&closed_roots, &mut endless);
        let uses = |rates: &Rates| Uses::of(self, timing, rates);
        let (open_uses, closed_uses) = (uses(&open_rates), uses(&closed_rates));
        let factor = open_uses.leave_room_for(&closed_uses);
        let mut cycle_ns = 0.0_f64;
        for (number, rate, _) in &closed {
            roots[*number] = rate * factor;
            if let Load::Closed { users, .. } = &plan.workloads[*number].load {
                cycle_ns = cycle_ns.max(f64::from(*users) * SECOND / (rate * factor).max(1e-9));
            }
        }
        let rates = added(&open_rates, &closed_rates, factor);
        let spread = Spread::of(self, timing, &rates);
        let lookups = self.lookups(&rates);
        let ceilings = if last {
            let flows = shed::flows(draft, self.graph, self.flows, &open_uses);
            let sure = self.with(&flows);
            let sure_rates = sure.solve(&open, &mut endless);
            let asked = Asked {
                all: uses(&added(&open_rates, &closed_rates, 1.0)),
                today: uses(&rates),
                open: open_uses,
                unshed: Uses::of(&sure, timing, &sure_rates),
            };
            ceilings(plan, &asked)
        } else {
            Vec::new()
        };
        let root_rate = roots.iter().sum();
        let closed_only = !closed.is_empty() && open.is_empty();
        Loads {
            lookups,
            batches: batch::batches(self, timing, &rates),
            rates,
            root_rate,
            cycle_ns,
            cycles,
            endless,
            processors: spread.processors,
            stations: spread.stations,
            burdens: spread.burdens,
            rooms: spread.rooms,
            ceilings,
            closed_only,
        }
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

impl Loads {
    /// Calls to a pool per second, by the place that they come from.
    pub(super) fn calls_to(&self, dealing: &Dealing<'_>, pool: usize) -> Vec<(ZoneId, f64)> {
        let mut calls: Vec<(ZoneId, f64)> =
            dealing.places.all.iter().map(|zone| (*zone, 0.0)).collect();
        for (way, by_place) in dealing.ways.all.iter().zip(&self.rates.visits) {
            if way.pool == pool {
                for (sum, visits) in calls.iter_mut().zip(by_place) {
                    sum.1 += visits.values().sum::<f64>();
                }
            }
        }
        calls
    }

    /// Loads of processors and of stations.
    pub(super) fn busy(&self) -> (&[traffic::Load], &[traffic::Load]) {
        (&self.processors, &self.stations)
    }

    pub(super) fn into_demand(self, draft: &Draft<'_>) -> Demand {
        let plan = &draft.plan;
        let (relaxation_ns, slowest) = self.relaxation(plan);
        let relaxation_ns = relaxation_ns * burstiness(draft);
        let hits = plan.caches.iter().enumerate();
        let (mut cache_fill_ns, mut cache_learn_ns) = (0.0_f64, 0.0_f64);
        for (cache, _) in hits {
            let (full, learned) = fill::fill_time(plan, cache, self.lookups[cache]);
            cache_fill_ns = cache_fill_ns.max(full);
            cache_learn_ns = cache_learn_ns.max(learned);
        }
        let endpoint_rate = endpoint_rates(plan, &self.rates, draft);
        let (settled_after_ns, shaped) = settling(draft);
        let load = StaticLoad {
            endpoint_rate,
            processor_load: self.processors.iter().map(|(load, _)| *load).collect(),
            station_load: self.stations.iter().map(|(load, _)| *load).collect(),
            relaxation_ns,
            slowest,
            ceilings: self.ceilings,
            cache_fill_ns,
            cache_learn_ns,
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
        }
    }

    /// The longest relaxation time of a stable processor or of stable slots: 1/(cμ(1-√ρ)²) (Morse 1955; Blanc and van
    /// Doorn 1984), longer where jobs vary more than exponential ones. A closed system forgets at least as quickly as its users come round.
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
        let processors = self.processors.iter().zip(&self.burdens);
        for (row, ((load, jobs), burden)) in plan.processors.iter().zip(processors) {
            // Work per second over jobs per second and capacity is load over jobs: the mean time between finishes.
            if *jobs > 0.0 && *load > 0.0 && closed(*load) {
                let between = load / jobs * SECOND;
                consider(between * burden * slowness(*load), row.component);
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
