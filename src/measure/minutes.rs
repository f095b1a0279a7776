//! How busy every processor is minute by minute, where the load changes.
//!
//! Minutes are aligned: they are counted from the start of the window. A window of more than a day has wider ones, so that memory
//! does not grow with it; one of less than a minute is one of them.

use super::replicate::Span;
use super::tally::Minutes;
use crate::plan::{Capacity, Plan, Processor};

/// \[ns\].
const MINUTE: u64 = 60_000_000_000;
/// Minutes of a processor at most: those of a day.
const MOST: u64 = 1_440;
/// Shares are kept in such parts.
pub const PARTS: u64 = 1_000_000_000;

/// The minutes of all processors, while they are counted.
#[derive(Debug, Clone)]
pub(super) struct Busy {
    from: u64,
    width: u64,
    count: usize,
    /// Milli-core-ns, by processor, then by minute.
    cells: Vec<u128>,
    /// Milli-cores of each processor; 0 = no limit, and nothing to have a share of.
    capacities: Vec<u64>,
    /// The component of each.
    owners: Vec<usize>,
    components: usize,
}

fn capacity(processor: &Processor) -> u64 {
    match processor.cores {
        Capacity::Cores(cores) => (1000.0 * cores).round() as u64,
        Capacity::Unlimited => 0,
    }
}

impl Busy {
    /// Books for a plan whose load changes; `None` for one whose load stays.
    pub(super) fn of(plan: &Plan, span: &Span) -> Option<Box<Self>> {
        if !plan.load.shaped {
            return None;
        }
        let long = span.until.saturating_sub(span.from).max(1);
        let width = MINUTE.min(long) * (long / MINUTE).div_ceil(MOST).max(1);
        let count = (long / width) as usize;
        Some(Box::new(Self {
            from: span.from,
            width,
            count,
            cells: vec![0; count * plan.processors.len()],
            capacities: plan.processors.iter().map(capacity).collect(),
            owners: (plan.processors.iter())
                .map(|processor| processor.component.index())
                .collect(),
            components: plan.components.len(),
        }))
    }

    /// Milli-cores of a processor were busy from one instant to another.
    pub(super) fn add(&mut self, processor: usize, from: u64, to: u64, milli: u64) {
        let mut at = from.max(self.from) - self.from;
        let to = to.saturating_sub(self.from);
        while at < to {
            let minute = (at / self.width) as usize;
            if minute >= self.count {
                return;
            }
            let until = to.min((minute as u64 + 1) * self.width);
            self.cells[processor * self.count + minute] +=
                u128::from(until - at) * u128::from(milli);
            at = until;
        }
    }

    /// What was counted, as shares.
    pub(super) fn into_minutes(self) -> Minutes {
        let Self { width, count, .. } = self;
        let mut minutes = Minutes {
            width,
            count,
            shares: Vec::with_capacity(self.cells.len()),
            busiest: vec![0; self.components],
        };
        for (at, cells) in self.cells.chunks(count.max(1)).enumerate() {
            let whole = u128::from(width) * u128::from(self.capacities[at]);
            let busiest = &mut minutes.busiest[self.owners[at]];
            for cell in cells {
                let share = (cell * u128::from(PARTS)).checked_div(whole).unwrap_or(0) as u64;
                *busiest = share.max(*busiest);
                minutes.shares.push(share);
            }
        }
        minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(seconds: u64) -> Busy {
        let mut plan = Plan::default();
        plan.load.shaped = true;
        let span = Span {
            from: 5,
            until: 5 + seconds * 1_000_000_000,
            settle: 0,
            windows: 1,
            most_flights: 1,
        };
        *Busy::of(&plan, &span).expect("the load changes")
    }

    #[test]
    fn minutes_are_those_of_the_window_and_bounded() {
        let of = |seconds| {
            let busy = busy(seconds);
            (busy.width / 1_000_000_000, busy.count)
        };
        assert_eq!(of(30), (30, 1));
        assert_eq!(of(150), (60, 2));
        assert_eq!(of(86_400), (60, 1_440));
        assert_eq!(of(7 * 86_400), (7 * 60, 1_440));
    }

    #[test]
    fn work_counts_in_the_minutes_in_which_it_is_done() {
        let mut busy = busy(150);
        (busy.cells, busy.capacities) = (vec![0; 4], vec![2_000, 1_000]);
        (busy.owners, busy.components) = (vec![0, 0], 1);
        // Half a minute of one of two cores, from the middle of the first minute to that of the second; and what is left after both.
        busy.add(0, 5 + 30_000_000_000, 5 + 90_000_000_000, 1_000);
        busy.add(1, 0, 5 + 6_000_000_000, 1_000);
        busy.add(1, 5 + 125_000_000_000, 5 + 150_000_000_000, 1_000);
        let minutes = busy.into_minutes();
        assert_eq!(minutes.shares, [PARTS / 4, PARTS / 4, PARTS / 10, 0]);
        assert_eq!(minutes.busiest, [PARTS / 4]);
    }
}
