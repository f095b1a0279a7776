//! How long everything takes when nobody waits, callees before their callers, wherever it can run.

use super::super::draft::{Draft, Owner, Program};
use super::super::graph::Graph;
use super::places::Dealing;
use super::traffic::Traffic;
use super::walk::{self, Times, Walked};
use crate::plan::{CallId, Capacity, ComponentId, Plan, StationId, ZoneId};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Rounds in which the times of programs that call each other in a circle settle.
const ROUNDS: usize = 20;

/// Times without waiting, and what the programs do.
pub(super) struct Timing {
    /// By program and place; at least one place each.
    walked: Vec<BTreeMap<usize, Walked>>,
    /// By station: core-ns of one job that its processor does per ns.
    speeds: Vec<f64>,
    /// By program: how fast its component's stations are on average, in time per work.
    usual: Vec<f64>,
    /// Means of demands.
    means: Vec<f64>,
}

/// Stations of a kind that calls go to.
struct Target {
    place: usize,
    speed: f64,
    share: f64,
    /// Mean time there and back \[ns\], times the share.
    way: f64,
}

/// Times as far as they are known while programs are walked, callees first.
struct Known<'k> {
    draft: &'k Draft<'k>,
    graph: &'k Graph,
    dealing: &'k Dealing<'k>,
    means: &'k [f64],
    hit_of: &'k [f64],
    walked: &'k [BTreeMap<usize, Walked>],
    speeds: &'k [f64],
    targets: &'k RefCell<BTreeMap<(usize, usize), Vec<Target>>>,
    place: usize,
}

impl Times for Known<'_> {
    fn hit_of(&self, component: ComponentId) -> f64 {
        self.hit_of[component.index()]
    }

    fn call(&self, call: CallId) -> f64 {
        let row = &self.draft.plan.calls[call.index()];
        let callee = self
            .walked
            .get(self.graph.of_endpoint[row.endpoint.index()]);
        let ways = self.dealing.ways.of_call(call);
        let mut known = self.targets.borrow_mut();
        let mut time = 0.0;
        for (way, part) in ways.iter().filter(|(_, part)| *part > 0.0) {
            let targets = known
                .entry((*way, self.place))
                .or_insert_with(|| self.targets(*way));
            for target in targets.iter() {
                let at = callee.and_then(|callee| at(callee, target.place));
                let latency = at.map_or(0.0, |walked| walked.latency.at(target.speed));
                time += part * (target.way + target.share * latency);
            }
        }
        time
    }

    fn routine(&self, first: usize) -> Option<&Walked> {
        let number = self.graph.by_first.get(&first)?;
        at(self.walked.get(*number)?, self.place)
    }
}

/// What a program does at a place; anywhere, if it does not run there.
fn at(walked: &BTreeMap<usize, Walked>, place: usize) -> Option<&Walked> {
    walked.get(&place).or_else(|| walked.values().next())
}

impl Known<'_> {
    /// Where a way leads to from here, stations that are alike together.
    fn targets(&self, way: usize) -> Vec<Target> {
        let plan = &self.draft.plan;
        let Dealing {
            places,
            ways,
            keeps,
            rooms,
        } = self.dealing;
        let from = places.all[self.place];
        let mut targets: Vec<Target> = Vec::new();
        for (station, share) in ways.stations(plan, keeps, rooms, way, from) {
            let row = &plan.stations[station.index()];
            let (place, speed) = (places.at(row.zone), self.speeds[station.index()]);
            let way = share * way_to(plan, self.means, from, row.zone);
            let like = |target: &&mut Target| {
                target.place == place && target.speed.to_bits() == speed.to_bits()
            };
            if let Some(known) = targets.iter_mut().find(like) {
                known.share += share;
                known.way += way;
            } else {
                targets.push(Target {
                    place,
                    speed,
                    share,
                    way,
                });
            }
        }
        targets
    }
}

/// Mean time from one zone to another and back.
fn way_to(plan: &Plan, means: &[f64], from: ZoneId, to: ZoneId) -> f64 {
    let link = plan.route(from, to);
    plan.links.get(link.index()).map_or(0.0, |link| {
        2.0 * link.half as f64
            + link.resending()
            + means.get(link.rtt.index()).copied().unwrap_or(0.0)
    })
}

/// How much of one job a station's processor does per unit of time.
fn speed(plan: &Plan, station: StationId) -> f64 {
    let processor = plan.stations[station.index()].processor;
    let processor = plan.processors.get(processor.index());
    processor.map_or(1.0, |processor| match processor.cores {
        Capacity::Unlimited => processor.speed,
        Capacity::Cores(cores) => processor.speed * cores.min(1.0),
    })
}

impl Timing {
    pub(super) fn of(
        draft: &Draft<'_>,
        graph: &Graph,
        dealing: &Dealing<'_>,
        means: &[f64],
        hits: &[f64],
    ) -> Self {
        let plan = &draft.plan;
        let mut hit_of = vec![0.0; plan.components.len()];
        for (cache, hit) in plan.caches.iter().zip(hits) {
            hit_of[cache.component.index()] = *hit;
        }
        let stations = (0..plan.stations.len()).map(|id| speed(plan, StationId::from(id)));
        let speeds: Vec<f64> = stations.collect();
        let programs = draft.programs.iter();
        let usual: Vec<f64> = programs
            .map(|program| usual_speed(plan, program, &speeds))
            .collect();
        let runs_at = runs_at(draft, dealing);
        let mut walked: Vec<BTreeMap<usize, Walked>> = vec![BTreeMap::new(); draft.programs.len()];
        let targets = RefCell::default();
        for group in &graph.groups {
            // In a cycle the times of the later ones are not known in the first pass.
            let circle = graph.is_cycle(group) && group.len() < 1000;
            for _ in 0..if circle { ROUNDS } else { 1 } {
                for number in group {
                    for place in &runs_at[*number] {
                        let times = Known {
                            draft,
                            graph,
                            dealing,
                            means,
                            hit_of: &hit_of,
                            walked: &walked,
                            speeds: &speeds,
                            targets: &targets,
                            place: *place,
                        };
                        let program = &draft.programs[*number];
                        let found = walk::walk(plan, means, program, usual[*number], &times);
                        walked[*number].insert(*place, found);
                    }
                }
            }
        }
        Self {
            walked,
            speeds,
            usual,
            means: means.to_vec(),
        }
    }

    /// What a program does at a place.
    pub(super) fn walked(&self, program: usize, place: usize) -> Option<&Walked> {
        at(self.walked.get(program)?, place)
    }

    /// Time from a call's sending at a place to its answer \[ns\].
    pub(super) fn call(&self, traffic: &Traffic<'_>, call: CallId, place: usize) -> f64 {
        let plan = traffic.plan;
        let endpoint = plan.calls[call.index()].endpoint;
        let program = traffic.graph.of_endpoint[endpoint.index()];
        let places = traffic.dealing.places;
        let mut time = 0.0;
        for (way, part) in traffic.dealing.ways.of_call(call) {
            for (station, share) in &traffic.targets(*way, place).stations {
                let zone = plan.stations[station.index()].zone;
                let walked = self.walked(program, places.at(zone));
                let latency = walked.map_or(0.0, |walked| walked.latency.at(self.speed(*station)));
                let way = way_to(plan, &self.means, places.all[place], zone);
                time += part * share * (way + latency);
            }
        }
        time
    }

    /// How often each step of a program runs.
    pub(super) fn visits(&self, program: usize) -> &[f64] {
        let first = self.walked[program].values().next();
        first.map_or(&[], |walked| &walked.visits)
    }

    /// Time from a request's start at a place to its answer \[ns\].
    pub(super) fn latency(&self, program: usize, place: usize) -> f64 {
        let speed = self.usual.get(program).copied().unwrap_or(1.0);
        self.walked(program, place)
            .map_or(0.0, |walked| walked.latency.at(speed))
    }

    /// How much of one job a station's processor does per unit of time.
    pub(super) fn speed(&self, station: StationId) -> f64 {
        self.speeds[station.index()]
    }
}

/// The component that runs a program; users run the others.
fn owner(plan: &Plan, program: &Program) -> Option<ComponentId> {
    match program.owner {
        Owner::Endpoint(endpoint) => Some(plan.endpoints[endpoint.index()].component),
        Owner::Routine(component) => Some(component),
        Owner::User => None,
    }
}

fn usual_speed(plan: &Plan, program: &Program, speeds: &[f64]) -> f64 {
    let Some(component) = owner(plan, program) else {
        return 1.0;
    };
    let stations = plan.components[component.index()].stations();
    let times: Vec<f64> = stations.map(|id| 1.0 / speeds[id.index()]).collect();
    if times.is_empty() {
        return 1.0;
    }
    times.len() as f64 / times.iter().sum::<f64>()
}

/// The places at which each program can run: at least one.
fn runs_at(draft: &Draft<'_>, dealing: &Dealing<'_>) -> Vec<Vec<usize>> {
    let (plan, places) = (&draft.plan, dealing.places);
    let mut users: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for entry in &plan.entries {
        let zone = plan.workloads[entry.workload.index()].zone;
        users
            .entry(entry.entry.index())
            .or_default()
            .push(places.at(zone));
    }
    let at = |program: &Program| {
        let mut at = match owner(plan, program) {
            Some(component) => {
                let stations = plan.components[component.index()].stations();
                stations
                    .map(|id| places.at(plan.stations[id.index()].zone))
                    .collect()
            }
            None => users.get(&program.first).cloned().unwrap_or_default(),
        };
        at.sort_unstable();
        at.dedup();
        if at.is_empty() {
            at.push(0);
        }
        at
    };
    draft.programs.iter().map(at).collect()
}
