//! The linear traffic equations: what reaches a program is what workloads send and what other programs call.

use super::super::graph::Graph;
use super::flow::Flow;
use super::places::Dealing;
use crate::plan::{CallId, ComponentId, Plan, StationId};
use std::collections::BTreeMap;

/// Additions spent on one cycle of calls before it counts as endless.
const MOST_WORK: usize = 20_000_000;

/// The traffic equations.
pub(super) struct Traffic<'t> {
    pub(super) plan: &'t Plan,
    pub(super) graph: &'t Graph,
    pub(super) flows: &'t [Flow],
    pub(super) dealing: &'t Dealing<'t>,
    /// By way and place: where its calls go, by station and by place.
    targets: &'t [Vec<Targets>],
}

/// Where calls go from a place, with the share of each.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) stations: Vec<(StationId, f64)>,
    places: Vec<(usize, f64)>,
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
    /// By way and calling place: the programs that are called, with how often \[1/s\].
    pub(super) visits: Vec<Vec<BTreeMap<usize, f64>>>,
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
    let cells = sum.visits.iter_mut().flatten();
    for (own, more) in cells.zip(other.visits.iter().flatten()) {
        for (program, rate) in more {
            *own.entry(*program).or_insert(0.0) += rate * factor;
        }
    }
    sum.calls += other.calls * factor;
    sum
}

/// Where all ways lead to from all places.
pub(super) fn targets(plan: &Plan, dealing: &Dealing<'_>) -> Vec<Vec<Targets>> {
    let Dealing {
        places,
        ways,
        keeps,
        rooms,
    } = dealing;
    let one = |way: usize, from: crate::plan::ZoneId| {
        let stations = ways.stations(plan, keeps, rooms, way, from);
        let mut to: BTreeMap<usize, f64> = BTreeMap::new();
        for (station, share) in &stations {
            let place = places.at(plan.stations[station.index()].zone);
            *to.entry(place).or_insert(0.0) += share;
        }
        Targets {
            stations,
            places: to.into_iter().collect(),
        }
    };
    let from_all = |way: usize| places.all.iter().map(|from| one(way, *from)).collect();
    (0..ways.all.len()).map(from_all).collect()
}

impl<'t> Traffic<'t> {
    pub(super) fn of(
        plan: &'t Plan,
        graph: &'t Graph,
        flows: &'t [Flow],
        dealing: &'t Dealing<'t>,
        targets: &'t [Vec<Targets>],
    ) -> Self {
        Self {
            plan,
            graph,
            flows,
            dealing,
            targets,
        }
    }

    /// The same calls with other flows.
    pub(super) fn with<'o>(&self, flows: &'o [Flow]) -> Traffic<'o>
    where
        't: 'o,
    {
        Traffic { flows, ..*self }
    }

    /// Where the calls of a way go from a place.
    pub(super) fn targets(&self, way: usize, place: usize) -> &Targets {
        &self.targets[way][place]
    }

    fn places(&self) -> usize {
        self.dealing.places.all.len()
    }

    /// Solves for roots: programs with the place they are run at and how often.
    pub(super) fn solve(&self, roots: &[Root], endless: &mut Vec<usize>) -> Rates {
        let places = self.places();
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
        let (visits, calls) = self.visits(&program);
        Rates {
            program,
            visits,
            calls,
        }
    }

    /// How often each way is taken, to which programs, and all calls together.
    fn visits(&self, program: &[Vec<f64>]) -> (Vec<Vec<BTreeMap<usize, f64>>>, f64) {
        let ways = self.dealing.ways;
        let mut visits = vec![vec![BTreeMap::new(); self.places()]; ways.all.len()];
        let mut calls = 0.0;
        for (flow, rates) in self.flows.iter().zip(program) {
            for (place, rate) in rates.iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
                for (call, times) in flow.calls.iter().filter(|(_, times)| *times > 0.0) {
                    let endpoint = self.plan.calls[call.index()].endpoint;
                    let callee = self.graph.of_endpoint[endpoint.index()];
                    if callee >= self.flows.len() {
                        continue;
                    }
                    calls += rate * times;
                    for (way, share) in ways.of_call(*call) {
                        let cell: &mut BTreeMap<usize, f64> = &mut visits[*way][place];
                        *cell.entry(callee).or_insert(0.0) += rate * times * share;
                    }
                }
            }
        }
        (visits, calls)
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
                for (way, part) in self.dealing.ways.of_call(*call) {
                    for (target, share) in &self.targets[*way][place].places {
                        to(callee, *target, rate * weight * part * share);
                    }
                }
            }
        }
    }

    /// Solves a cycle of calls by going round until nothing changes: rounds shrink if each call leads to less than one more.
    fn settle(&self, group: &[usize], program: &mut [Vec<f64>], endless: &mut Vec<usize>) {
        let places = self.places();
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
}
