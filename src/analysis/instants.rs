//! The state at single instants, counted over many short replications from an empty start.

use crate::measure::{Tally, watch};
use crate::plan::Plan;

/// How many replications had so many present: by expectation, then by number; empty for expectations of the long run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instants {
    /// By the position of the expectation.
    pub counts: Vec<Vec<u64>>,
    /// Replications behind it.
    pub replications: u32,
}

/// The latest instant that is asked for \[ns\], if there is one.
pub fn latest(plan: &Plan) -> Option<u64> {
    plan.expectations.iter().filter_map(|row| row.at).max()
}

/// The numbers present that a replication saw, by expectation.
pub fn seen(plan: &Plan, tally: &Tally) -> Vec<Option<u64>> {
    let number = |row: &crate::plan::Expectation| {
        let (place, at) = (watch::place(plan, &row.target)?, row.at?);
        let position = watch::instants(plan, place).binary_search(&at).ok()?;
        let presence = tally.watched.present.get(place)?.as_deref()?;
        presence.at.get(position).copied()
    };
    plan.expectations.iter().map(number).collect()
}

impl Instants {
    /// Count what one more replication saw.
    pub fn add(&mut self, seen: &[Option<u64>]) {
        self.counts.resize(seen.len(), Vec::new());
        for (counts, number) in self.counts.iter_mut().zip(seen) {
            if let Some(number) = number {
                let number = *number as usize;
                if counts.len() <= number {
                    counts.resize(number + 1, 0);
                }
                counts[number] += 1;
            }
        }
        self.replications += 1;
    }
}
