//! Mean times from end to end: what each piece of a program takes, added up; and the slowest of parallel branches.

use super::answer::{
    BRANCHES, DELAY, Formula, JOIN_BOUNDS, Kind, NETWORK, ROUGH_NETWORK, TWO_BRANCHES,
};
use super::flow::{self, Flow};
use super::fork_join;
use super::places::{Moments, Places, Shape, moments};
use super::program::{Piece, Program, What};
use super::station::Tail;
use super::units::{Served, Solution};
use crate::plan::{Call, CallId, Candidates, Capacity, ComponentId, ForkId, ZoneId};

/// A mean time, or bounds on it, and its law where that is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Latency {
    pub(super) low: f64,
    pub(super) high: f64,
    /// The formulas behind it, without delays, each with where it holds.
    formulas: Vec<(usize, Formula)>,
    /// A law of the time, later by a constant \[s\].
    pub(super) law: Option<(Tail, f64)>,
}

impl Latency {
    fn constant(time: f64) -> Self {
        Self {
            low: time,
            high: time,
            formulas: Vec::new(),
            law: None,
        }
    }

    fn then(&mut self, other: &Self, times: f64) {
        self.low += times * other.low;
        self.high += times * other.high;
        self.formulas.extend(&other.formulas);
    }

    /// What it is called: its formula, or that of a network where there are several places.
    pub(super) fn formula(&self) -> Formula {
        let kind = self.formulas.iter().map(|(_, formula)| formula.kind).max();
        let worst = self
            .formulas
            .iter()
            .rev()
            .max_by_key(|(_, formula)| formula.kind);
        match (worst, kind) {
            (None, _) | (_, None) => DELAY,
            (Some((place, formula)), Some(kind)) => {
                let alone = self.formulas.iter().all(|(other, _)| other == place);
                match kind {
                    _ if alone => *formula,
                    Kind::Bound => *formula,
                    Kind::Approximation => ROUGH_NETWORK,
                    Kind::Exact => NETWORK,
                }
            }
        }
    }
}

/// What is needed to add times up.
pub(super) struct Times<'t> {
    pub(super) places: &'t Places<'t>,
    pub(super) flow: &'t Flow,
    /// By component; none where there is no formula.
    pub(super) solutions: &'t [Option<Solution>],
}

/// Calls within calls; deeper ones are not followed.
const DEEPEST: u32 = 64;

impl Places<'_> {
    /// Time of a line of a mix when nobody ever waits; nothing where that is not known either.
    pub(super) fn alone(&self, entry: usize) -> Option<f64> {
        let plan = self.plan;
        let zone = plan.workloads[plan.entries[entry].workload.index()].zone;
        self.program_alone(&self.entries[entry], None, &[zone], 0)
    }

    fn program_alone(
        &self,
        program: &Program,
        own: Option<ComponentId>,
        zones: &[ZoneId],
        depth: u32,
    ) -> Option<f64> {
        if program.flaw.is_some() || depth > DEEPEST {
            return None;
        }
        let mut total = 0.0;
        let mut branches: std::collections::BTreeMap<(ForkId, usize), f64> =
            std::collections::BTreeMap::new();
        for piece in &program.pieces {
            let time = self.piece_alone(piece, own, zones, depth)?;
            match piece.branch {
                Some(branch) => *branches.entry(branch).or_default() += time,
                None => total += piece.times * time,
            }
        }
        let mut slowest: std::collections::BTreeMap<ForkId, f64> =
            std::collections::BTreeMap::new();
        for ((fork, _), time) in branches {
            let row = slowest.entry(fork).or_default();
            *row = row.max(time);
        }
        program
            .certain
            .then_some(())
            .or(slowest.is_empty().then_some(()))?;
        Some(total + slowest.values().sum::<f64>())
    }

    fn piece_alone(
        &self,
        piece: &Piece,
        own: Option<ComponentId>,
        zones: &[ZoneId],
        depth: u32,
    ) -> Option<f64> {
        let plan = self.plan;
        match piece.what {
            What::Send(_) => Some(0.0),
            What::Delay(demand) => Some(moments(plan, demand)?.mean),
            What::Work(demand) => {
                let work = moments(plan, demand)?.mean;
                let quickest = own.into_iter().flat_map(|own| self.stations_of(own));
                let quickest =
                    quickest.filter_map(|station| plan.processors.get(station.processor.index()));
                let speed = quickest.map(|row| match row.cores {
                    Capacity::Cores(cores) => row.speed * cores.min(1.0),
                    Capacity::Unlimited => row.speed,
                });
                Some(work / speed.fold(0.0, f64::max).max(f64::MIN_POSITIVE))
            }
            What::Call(id) | What::Forward(id) => {
                let call = &plan.calls[id.index()];
                let callee = plan.endpoints[call.endpoint.index()].component;
                if flow::is_guarded(plan, call) || flow::may_refuse(self, callee) {
                    return None;
                }
                let (way, _) = self.way(call, zones).ok()?;
                let there: Vec<ZoneId> = self
                    .stations_of(callee)
                    .map(|station| station.zone)
                    .collect();
                let program = &self.endpoints[call.endpoint.index()];
                Some(way + self.program_alone(program, Some(callee), &there, depth + 1)?)
            }
        }
    }

    /// Mean time over the network, there and back, and whether it is always the same.
    pub(super) fn way(&self, call: &Call, zones: &[ZoneId]) -> Result<(f64, bool), String> {
        let plan = self.plan;
        let sized = call.body.is_some() || self.endpoints[call.endpoint.index()].sized;
        let mut times = Vec::new();
        for zone in zones {
            let candidates = self.plan.pools[call.pool.index()]
                .candidates
                .get(zone.index());
            for station in candidates.into_iter().flat_map(Candidates::near) {
                let link = plan.route(*zone, plan.stations[station.index()].zone);
                let Some(link) = plan.links.get(link.index()) else {
                    times.push((0.0, true));
                    continue;
                };
                if sized && (link.up > 0.0 || link.down > 0.0) {
                    return Err("Messages take time by their size.".to_owned());
                }
                let random = moments(plan, link.rtt).unwrap_or(Moments::NONE);
                times.push((
                    (2.0 * link.half as f64 + link.resending()) / 1e9 + random.mean,
                    random.variance == 0.0 && link.resend.is_none(),
                ));
            }
        }
        let mean = times.iter().map(|(time, _)| time).sum::<f64>() / times.len().max(1) as f64;
        let steady = times
            .iter()
            .all(|(time, steady)| *steady && (time - mean).abs() < 1e-12);
        Ok((mean, steady))
    }
}

impl Times<'_> {
    /// Time of a line of a mix.
    ///
    /// # Errors
    /// A sentence why it is not known.
    pub(super) fn entry(&self, entry: usize) -> Result<Latency, String> {
        let plan = self.places.plan;
        let zone = plan.workloads[plan.entries[entry].workload.index()].zone;
        let program = &self.places.entries[entry];
        if let Some(flaw) = program.flaw {
            return Err(format!("`{}` {flaw}.", plan.entries[entry].name));
        }
        self.program(program, None, &[zone], self.flow.entries[entry], 0)
    }

    /// Time of a call as its caller sees it.
    ///
    /// # Errors
    /// A sentence why it is not known.
    pub(super) fn call(&self, id: CallId, zones: &[ZoneId], depth: u32) -> Result<Latency, String> {
        let call = &self.places.plan.calls[id.index()];
        if flow::is_guarded(self.places.plan, call) {
            let name = self.places.endpoint_name(call.endpoint);
            return Err(format!("Calls of `{name}` {}.", flow::guard(call)));
        }
        let (way, steady) = self.places.way(call, zones)?;
        let mut latency = self.endpoint(call, depth)?;
        latency.low += way;
        latency.high += way;
        latency.law = latency
            .law
            .filter(|_| steady)
            .map(|(tail, later)| (tail, later + way));
        Ok(latency)
    }

    fn endpoint(&self, call: &Call, depth: u32) -> Result<Latency, String> {
        let id = call.endpoint;
        let places = self.places;
        let own = places.plan.endpoints[id.index()].component;
        let program = &places.endpoints[id.index()];
        if depth > DEEPEST {
            return Err(format!(
                "Calls of `{}` go round in circles.",
                places.endpoint_name(id)
            ));
        }
        let zones: Vec<ZoneId> = places
            .stations_of(own)
            .map(|station| station.zone)
            .collect();
        match &places.shapes[own.index()] {
            Shape::Unknown(_) if places.owner(own) == own => Err(format!(
                "It goes through `{}`: see there.",
                places.name(own)
            )),
            Shape::Slots => {
                let solution = self.solved(own)?;
                let stay = solution.stay(Served::Visit(id));
                let single = matches!(program.only(), Some(What::Work(_) | What::Delay(_)))
                    && program.pieces.len() == 1;
                let mut latency = Latency {
                    formulas: vec![(own.index(), solution.formula)],
                    law: solution
                        .tail()
                        .filter(|_| single)
                        .map(|tail| (tail.clone(), 0.0)),
                    ..Latency::constant(stay)
                };
                for piece in &program.pieces {
                    if let What::Forward(call) = piece.what {
                        latency.then(&self.call(call, &zones, depth + 1)?, piece.times);
                        latency.law = None;
                    }
                }
                Ok(latency)
            }
            _ => self.program(
                program,
                Some(own),
                &zones,
                self.flow.rates[id.index()],
                depth,
            ),
        }
    }

    fn solved(&self, component: ComponentId) -> Result<&Solution, String> {
        let name = self.places.name(component);
        self.solutions[component.index()]
            .as_ref()
            .ok_or_else(|| format!("It goes through `{name}`: see there."))
    }

    fn program(
        &self,
        program: &Program,
        own: Option<ComponentId>,
        zones: &[ZoneId],
        rate: f64,
        depth: u32,
    ) -> Result<Latency, String> {
        let mut all = Latency::constant(0.0);
        let mut pieces = program.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            if let Some((fork, _)) = piece.branch {
                let mut block = vec![*piece];
                while let Some(more) =
                    pieces.next_if(|next| next.branch.map(|of| of.0) == Some(fork))
                {
                    block.push(*more);
                }
                if !program.certain {
                    return Err("Some requests branch and some do not.".to_owned());
                }
                all.then(&self.fork(fork, &block, own, zones, rate, depth)?, 1.0);
            } else if let Some(part) = self.piece(piece, own, zones, depth)? {
                if program.only() == Some(piece.what) && program.pieces.len() == 1 {
                    return Ok(part);
                }
                all.then(&part, piece.times);
            }
        }
        Ok(all)
    }

    /// Time of one piece, if the requester waits for it.
    fn piece(
        &self,
        piece: &Piece,
        own: Option<ComponentId>,
        zones: &[ZoneId],
        depth: u32,
    ) -> Result<Option<Latency>, String> {
        match (piece.what, own) {
            (What::Work(demand), Some(own)) => {
                let owner = self.places.owner(own);
                let solution = self.solved(owner)?;
                let stay = solution.stay(Served::Work(demand));
                let formula = Some((owner.index(), solution.formula))
                    .filter(|(_, formula)| *formula != DELAY);
                Ok(Some(Latency {
                    formulas: formula.into_iter().collect(),
                    law: solution.tail().map(|tail| (tail.clone(), 0.0)),
                    ..Latency::constant(stay)
                }))
            }
            (What::Work(demand) | What::Delay(demand), _) => {
                let time = moments(self.places.plan, demand)
                    .ok_or("It takes a time that the request itself carries.")?;
                Ok(Some(Latency::constant(time.mean)))
            }
            (What::Call(call) | What::Forward(call), _) => {
                self.call(call, zones, depth + 1).map(Some)
            }
            (What::Send(_), _) => Ok(None),
        }
    }

    /// The slowest of parallel branches.
    fn fork(
        &self,
        id: ForkId,
        block: &[Piece],
        own: Option<ComponentId>,
        zones: &[ZoneId],
        rate: f64,
        depth: u32,
    ) -> Result<Latency, String> {
        let count = self.places.plan.forks[id.index()].branches.len();
        let mut branches = vec![Latency::constant(0.0); count];
        for piece in block {
            let Some((_, number)) = piece.branch else {
                continue;
            };
            let Some(part) = self.piece(piece, own, zones, depth)? else {
                continue;
            };
            let alone = block
                .iter()
                .filter(|other| other.branch == piece.branch)
                .count()
                == 1;
            if alone {
                branches[number] = part;
            } else {
                branches[number].then(&part, piece.times);
            }
        }
        if let Some(found) = self.equal_queues(block, &branches, rate) {
            return Ok(found);
        }
        let laws: Option<Vec<(f64, f64)>> = branches.iter().map(exponential).collect();
        let (low, high) = match laws.as_deref() {
            // The way is the same for all, so that it can be set aside.
            Some([(_, later), rest @ ..])
                if rest.iter().all(|(_, other)| (other - later).abs() < 1e-12) =>
            {
                let means: Vec<f64> = laws.iter().flatten().map(|(mean, _)| *mean).collect();
                let (low, high) = fork_join::bounds(&means);
                (low + later, high + later)
            }
            _ => (
                branches.iter().map(|branch| branch.low).fold(0.0, f64::max),
                branches.iter().map(|branch| branch.high).sum(),
            ),
        };
        Ok(Latency {
            low,
            high,
            formulas: vec![(usize::MAX, JOIN_BOUNDS)],
            law: None,
        })
    }

    /// Equal M/M/1 queues that nobody else visits.
    fn equal_queues(&self, block: &[Piece], branches: &[Latency], rate: f64) -> Option<Latency> {
        let count = u32::try_from(branches.len()).ok()?;
        let (mean, later) = exponential(branches.first()?)?;
        let mut seen = std::collections::BTreeSet::new();
        for (piece, branch) in block.iter().zip(branches) {
            let What::Call(call) = piece.what else {
                return None;
            };
            let endpoint = self.places.plan.calls[call.index()].endpoint;
            let component = self.places.plan.endpoints[endpoint.index()].component;
            let solution = self.solutions[component.index()].as_ref()?;
            let (other, way) = exponential(branch)?;
            let alike = (other / mean - 1.0).abs() < 1e-9 && (way - later).abs() < 1e-12;
            let private =
                (solution.throughput() / rate - 1.0).abs() < 1e-9 && solution.is_one_mm1();
            if !alike || !private || !seen.insert(component) {
                return None;
            }
        }
        // In an M/M/1 queue the mean time is s/(1 - λs).
        let service = mean / (1.0 + rate * mean);
        let (formula, time) = if count == 2 {
            (TWO_BRANCHES, fork_join::two(rate, service)?)
        } else {
            (BRANCHES, fork_join::equal(count, rate, service)?)
        };
        (block.len() == branches.len()).then(|| Latency {
            formulas: vec![(usize::MAX, formula)],
            ..Latency::constant(time + later)
        })
    }
}

/// The mean of a branch whose time is that in an M/M/1 queue, and what comes on top.
fn exponential(branch: &Latency) -> Option<(f64, f64)> {
    match &branch.law {
        Some((Tail::Unlimited(queue), later))
            if branch
                .formulas
                .iter()
                .all(|(_, formula)| *formula == super::answer::MM1) =>
        {
            Some((queue.sojourn(), *later))
        }
        _ => None,
    }
}
