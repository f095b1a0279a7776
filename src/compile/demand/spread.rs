//! What rates ask of every station, processor and pool of units.

use super::SECOND;
use super::timing::Timing;
use super::traffic::{Load, Rates, Traffic};
use super::{placement, ways};
use crate::plan::{Capacity, CpuDiscipline, Endpoint, HoldId, Plan, Processor, StationId};

/// What rates ask for.
pub(super) struct Spread {
    /// By processor: load of what it can do while it works, and jobs per second.
    pub(super) processors: Vec<Load>,
    /// By station: load of its slots, and visits per second.
    pub(super) stations: Vec<Load>,
    /// By station: visits per second, and the part of what it could do alone that they take.
    pub(super) rooms: Vec<(f64, f64)>,
    /// By processor: factor on the relaxation time of exponential jobs.
    pub(super) burdens: Vec<f64>,
    /// By pool of units and instance.
    pub(super) units: Vec<Vec<Units>>,
}

/// What is asked of the units of one replica.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Units {
    /// Units that are held on average; of row locks, those of the row that is asked for most.
    pub(super) held: f64,
    /// The part of that for which somebody would wait for ever.
    pub(super) patient: f64,
    /// Acquisitions per second.
    pub(super) comes: f64,
}

/// The most that a processor's cores get done at once, in cores of one job alone.
fn most_done(plan: &Plan, processor: &Processor, cores: f64) -> f64 {
    match processor.discipline {
        CpuDiscipline::Slowed(row) => plan.slowdowns[row as usize].peak(cores),
        _ => cores,
    }
}

/// Work, jobs and squares of jobs per second of each processor.
type Work = [f64; 3];

impl Spread {
    pub(super) fn of(traffic: &Traffic<'_>, timing: &Timing, rates: &Rates) -> Self {
        let plan = traffic.plan;
        let mut work: Vec<Work> = vec![[0.0; 3]; plan.processors.len()];
        let mut own = vec![0.0; plan.stations.len()];
        let mut slots = vec![(0.0, 0.0); plan.stations.len()];
        let instances =
            |row: &crate::plan::Quantity| vec![Units::default(); row.instances.max(1) as usize];
        let mut units: Vec<Vec<Units>> = plan.quantities.iter().map(instances).collect();
        let places = traffic.dealing.places;
        let (of, holds) = (endpoints(traffic), Holds::of(plan));
        let coordinates = |program: usize| of[program].is_some_and(|own| own.coordinates);
        for (way, by_place) in rates.visits.iter().enumerate() {
            for (place, visits) in by_place
                .iter()
                .enumerate()
                .filter(|(_, visits)| !visits.is_empty())
            {
                for (station, share) in &traffic.targets(way, place).stations {
                    let (id, row) = (station.index(), &plan.stations[station.index()]);
                    let (at, speed) = (places.at(row.zone), timing.speed(*station));
                    for (program, rate) in visits {
                        let (rate, flow) = (rate * share, &traffic.flows[*program]);
                        slots[id].1 += rate;
                        own[id] += rate * flow.work;
                        if let Some(sums) = work.get_mut(row.processor.index()) {
                            for (sum, each) in
                                sums.iter_mut().zip([flow.work, flow.jobs, flow.squares])
                            {
                                *sum += rate * each;
                            }
                        }
                        let Some(walked) = timing.walked(*program, at) else {
                            continue;
                        };
                        if !coordinates(*program) {
                            slots[id].0 += rate * walked.holding.at(speed) / SECOND;
                        }
                        for (hold, time) in &walked.held {
                            let held = Held {
                                hold: *hold,
                                station: Some(*station),
                                rate,
                                time: time.at(speed),
                            };
                            held.add(plan, &holds, &mut units);
                        }
                    }
                }
            }
        }
        // Users hold connections to what they call themselves.
        for (program, by_place) in rates.program.iter().enumerate() {
            for (place, rate) in by_place.iter().enumerate() {
                let walked = timing.walked(program, place);
                if *rate == 0.0 || of[program].is_some() {
                    continue;
                }
                for (hold, time) in walked.iter().flat_map(|walked| &walked.held) {
                    let held = Held {
                        hold: *hold,
                        station: None,
                        rate: *rate,
                        time: time.at(1.0),
                    };
                    held.add(plan, &holds, &mut units);
                }
            }
        }
        let processors = loads(plan, &work);
        for (row, slots) in plan.stations.iter().zip(&mut slots) {
            slots.0 = if row.concurrency == u32::MAX {
                0.0
            } else {
                slots.0 / f64::from(row.concurrency)
            };
        }
        let alone = |(id, row): (usize, &crate::plan::Station)| {
            let processor = plan.processors.get(row.processor.index());
            let cores = processor.map_or(0.0, |processor| match processor.cores {
                Capacity::Cores(cores) => own[id] / SECOND / (cores * processor.speed),
                Capacity::Unlimited => 0.0,
            });
            (slots[id].1, slots[id].0.max(cores))
        };
        Self {
            rooms: plan.stations.iter().enumerate().map(alone).collect(),
            burdens: work.iter().map(burden).collect(),
            processors,
            stations: slots,
            units,
        }
    }
}

/// Loads of processors, and jobs per second.
fn loads(plan: &Plan, work: &[Work]) -> Vec<Load> {
    let kept = plan.breakdowns.kept(plan.processors.len());
    let load = |((processor, [work, jobs, _]), kept): ((&Processor, &Work), f64)| {
        let load = match processor.cores {
            Capacity::Cores(cores) => {
                let cores = most_done(plan, processor, cores);
                work / SECOND / (cores * processor.speed * kept)
            }
            Capacity::Unlimited => 0.0,
        };
        (load, *jobs)
    };
    plan.processors
        .iter()
        .zip(work)
        .zip(kept)
        .map(load)
        .collect()
}

/// How much longer than with exponential jobs the queue of a processor takes to forget: (1 + c²)/2 for jobs of squared
/// coefficient of variation c², since that much more work comes at a time (the heavy-traffic limit: Harrison, Brownian Motion
/// and Stochastic Flow Systems, 1985; Abate and Whitt, Adv. Appl. Prob. 19, 1987).
fn burden([work, jobs, squares]: &Work) -> f64 {
    let ratio = squares * jobs / (work * work) / 2.0;
    // Less than exponential is not relied upon, and without a variance no rule holds.
    if ratio > 1.001 { ratio.min(10.0) } else { 1.0 }
}

/// By program: the endpoint whose it is.
fn endpoints<'t>(traffic: &Traffic<'t>) -> Vec<Option<&'t Endpoint>> {
    let mut of = vec![None; traffic.flows.len()];
    for (number, endpoint) in traffic
        .graph
        .of_endpoint
        .iter()
        .zip(&traffic.plan.endpoints)
    {
        if let Some(of) = of.get_mut(*number) {
            *of = Some(endpoint);
        }
    }
    of
}

/// What is known of holds, by hold.
struct Holds {
    /// Of row locks: the part of them that is for the row which is asked for most.
    hottest: Vec<f64>,
    /// Whether one who waits there waits for ever.
    patient: Vec<bool>,
}

impl Holds {
    fn of(plan: &Plan) -> Self {
        let hottest = |hold: &crate::plan::Hold| {
            let ranks = ways::objects(plan, hold.key);
            ranks.map_or(0.0, |ranks| placement::hottest(&ranks))
        };
        let waits = plan.holds.iter().map(|hold| hold.wait == u64::MAX);
        let mut patient: Vec<bool> = waits.collect();
        for (call, hold) in &plan.guards.connections {
            // A deadline covers the wait for a connection.
            patient[hold.index()] &= plan.calls[call.index()].deadline == 0;
        }
        Self {
            hottest: plan.holds.iter().map(hottest).collect(),
            patient,
        }
    }
}

/// Units that are held: so often per second, for so long each \[ns\].
struct Held {
    hold: HoldId,
    station: Option<StationId>,
    rate: f64,
    time: f64,
}

impl Held {
    fn add(&self, plan: &Plan, of: &Holds, units: &mut [Vec<Units>]) {
        let hold = &plan.holds[self.hold.index()];
        let Some(instances) = units.get_mut(hold.quantity.index()) else {
            return;
        };
        let replica = self
            .station
            .map_or(0, |id| plan.stations[id.index()].replica);
        let number = replica as usize % instances.len();
        let each = if hold.key.is_some() {
            of.hottest[self.hold.index()]
        } else {
            f64::from(hold.units)
        };
        let held = self.rate * self.time / SECOND * each;
        let row = &mut instances[number];
        row.held += held;
        row.patient += if of.patient[self.hold.index()] {
            held
        } else {
            0.0
        };
        row.comes += self.rate;
    }
}
