//! What work of a request is known when it comes: steps of its program that it is certain to take.
//!
//! Draws are named, so drawing them ahead of time changes nothing.

use super::{Engine, Probe};
use crate::plan::{DemandId, Discipline, Plan, Step};

/// The demands of `compute` and `sleep` steps that each endpoint's program is certain to take, by endpoint; nothing where no station
/// asks for them.
pub(super) fn of(plan: &Plan) -> Vec<Box<[DemandId]>> {
    let asked = (plan.stations.iter()).any(|station| station.discipline == Discipline::Shortest);
    if !asked {
        return Vec::new();
    }
    plan.endpoints
        .iter()
        .map(|endpoint| certain(plan, endpoint.entry.index()))
        .collect()
}

/// Steps after which nothing is certain end the search; calls and the like are passed over.
fn certain(plan: &Plan, entry: usize) -> Box<[DemandId]> {
    let mut demands = Vec::new();
    for step in plan.steps.get(entry..).unwrap_or_default() {
        match *step {
            Step::Compute(demand) | Step::Work(demand) | Step::Sleep(demand) => {
                demands.push(demand);
            }
            Step::Call(_)
            | Step::Send(_)
            | Step::Forward(_)
            | Step::Reply(_)
            | Step::Acquire(_)
            | Step::Release
            | Step::Try(_)
            | Step::Caught => {}
            _ => break,
        }
    }
    demands.into()
}

impl<P: Probe> Engine<'_, P> {
    /// The sum of the steps that a request is certain to take \[ns\].
    pub(super) fn work_known(&self, flight: u32) -> u64 {
        let endpoint = self.flights[flight].endpoint;
        let demands = &self.foreseen[endpoint as usize];
        let sum: f64 = demands
            .iter()
            .map(|demand| self.amount(flight, *demand))
            .sum();
        (sum + 0.5) as u64
    }
}
