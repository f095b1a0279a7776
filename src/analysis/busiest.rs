//! How busy the busiest copy is: a replica, a leader, a host, a shard; where the load changes, in its busiest minute.
//!
//! The largest of noisy numbers is too high: twenty copies that are all 60 % busy seem 64 % busy, since one of them had bad luck. So
//! there are two numbers. The mean over replications of each one's largest is too high or right. The copy that is chosen as busiest by
//! one half of what was seen and looked at in the other half, which knows nothing of the choice, is right or too low: halves of the
//! time, or for minutes, which a replication has only once, halves of the replications.

use super::estimate::Sample;
use super::outcome::Outcome;
use super::result::Busiest;
use crate::measure::{PARTS, Tally};
use crate::plan::{Capacity, ComponentId, Plan, Processor};

/// The minutes of many replications, in sums that do not depend on their order.
#[derive(Debug, Clone, Default)]
pub struct MinuteSums {
    /// Width \[ns\].
    pub width: u64,
    /// Minutes of each processor; 0 where the load does not change.
    pub count: usize,
    /// By half of the replications, those with even numbers first: how many.
    replications: [u64; 2],
    /// By half: sums of shares, by processor and minute.
    sums: [Vec<u64>; 2],
    /// Sums of squares of those with odd numbers.
    squares: Vec<u128>,
}

impl MinuteSums {
    /// Add one replication's minutes.
    pub fn add(&mut self, replication: u32, width: u64, count: usize, shares: &[u64]) {
        if count == 0 {
            return;
        }
        (self.width, self.count) = (width, count);
        let half = (replication % 2) as usize;
        self.replications[half] += 1;
        let cells = shares.len();
        self.sums[half].resize(cells, 0);
        for (sum, share) in self.sums[half].iter_mut().zip(shares) {
            *sum += share;
        }
        if half == 1 {
            self.squares.resize(cells, 0);
            for (sum, share) in self.squares.iter_mut().zip(shares) {
                *sum += u128::from(*share) * u128::from(*share);
            }
        }
    }

    /// The minute of one of these processors that is busiest in the replications with even numbers, as those with odd ones saw it.
    fn picked(&self, processors: &[usize]) -> Option<Sample> {
        let [even, odd] = &self.sums;
        let cells = processors
            .iter()
            .flat_map(|at| at * self.count..(at + 1) * self.count);
        let busiest = cells.reduce(|best, cell| {
            let of = |cell: usize| even.get(cell).copied().unwrap_or(0);
            if of(cell) > of(best) { cell } else { best }
        })?;
        let n = self.replications[1];
        let (sum, squares) = (
            *odd.get(busiest)? as f64,
            *self.squares.get(busiest)? as f64,
        );
        let (parts, count) = (PARTS as f64, n as f64);
        let level = sum / count / parts;
        let scatter = (squares / (parts * parts) - count * level * level).max(0.0);
        // Values at either side have the mean and the scatter of all, which is all that an interval asks for.
        let apart = (scatter / (n - n % 2).max(1) as f64).sqrt();
        let each = (0..n).map(|at| match at {
            last if last + 1 == n && n % 2 == 1 => level,
            even if even % 2 == 0 => level + apart,
            _ => level - apart,
        });
        Some(Sample {
            value: Some(level),
            method: "student",
            ..Sample::about(level, each.collect())
        })
    }
}

/// How busy the busiest copy of a component is.
#[derive(Debug, Clone)]
pub struct Found {
    /// Chosen by one half and seen by the other: right or too low.
    pub picked: Sample,
    /// The mean of each replication's largest: right or too high.
    pub largest: Sample,
    /// Copies that were chosen from.
    pub copies: usize,
    /// The length of a minute \[s\], where the load changes.
    pub minute: Option<f64>,
}

/// The processors of a component with their cores; `None` where they are unlimited or there are none.
fn processors(plan: &Plan, id: ComponentId) -> Option<Vec<(usize, f64)>> {
    let own = |(_, row): &(usize, &Processor)| row.component == id;
    let rows = plan.processors.iter().enumerate().filter(own);
    let cores = |(at, row): (usize, &Processor)| match row.cores {
        Capacity::Cores(cores) => Some((at, cores)),
        Capacity::Unlimited => None,
    };
    let found: Vec<(usize, f64)> = rows.map(cores).collect::<Option<_>>()?;
    (!found.is_empty()).then_some(found)
}

/// The mean over replications of the largest share of the whole window that a processor of a component is busy.
pub fn largest(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    let processors = processors(plan, id)?;
    let nanoseconds = outcome.measured.max(1) as f64;
    let largest = |tally: &Tally| {
        let busy = |(at, cores): &(usize, f64)| {
            tally.processors[*at].busy as f64 / (cores * 1e3 * nanoseconds)
        };
        processors.iter().map(busy).fold(0.0, f64::max)
    };
    Some(outcome.rate(largest).between(0.0, 1.0))
}

/// The first of those of which this is most.
fn busiest_of(processors: &[(usize, f64)], of: impl Fn(&(usize, f64)) -> f64) -> (usize, f64) {
    let more = |best, one| if of(&one) > of(&best) { one } else { best };
    let chosen = processors.iter().copied().reduce(more);
    chosen.unwrap_or((0, 1.0))
}

/// The busiest copy of a component; `None` where its cores are unlimited or there are none.
pub fn of(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Found> {
    let processors = processors(plan, id)?;
    let copies = processors.len();
    if outcome.minutes.count > 0 {
        let positions: Vec<usize> = processors.iter().map(|(at, _)| *at).collect();
        let busiest = |tally: &Tally| {
            let share = tally.minutes.busiest.get(id.index()).copied().unwrap_or(0);
            share as f64 / PARTS as f64
        };
        let picked = outcome.minutes.picked(&positions)?.between(0.0, 1.0);
        return Some(Found {
            picked: picked.under(outcome.rates()),
            largest: outcome.rate(busiest).between(0.0, 1.0),
            copies,
            minute: Some(outcome.minutes.width as f64 / 1e9),
        });
    }
    let largest = largest(plan, outcome, id)?;
    let parted = outcome
        .tallies
        .iter()
        .all(|tally| !tally.first.busy.is_empty());
    let busy = |tally: &Tally, (at, cores): (usize, f64)| {
        tally.processors[at].busy as f64 / (cores * 1e3 * (tally.until - tally.from).max(1) as f64)
    };
    let picked = |tally: &Tally| {
        let early = |(at, cores): &(usize, f64)| tally.first.busy[*at] as f64 / cores;
        let (at, cores) = busiest_of(&processors, early);
        let rest = (tally.until - tally.first.until.min(tally.until)).max(1) as f64;
        let late = tally.processors[at].busy - tally.first.busy[at];
        late as f64 / (cores * 1e3 * rest)
    };
    // One copy need not be chosen, so all of the time tells of it.
    let picked = match copies {
        1 => largest.clone(),
        _ if parted => outcome.rate(picked).between(0.0, 1.0),
        _ => {
            // Where no part of the time is told by itself, replications with even numbers choose.
            let halves = |odd: u32| {
                outcome
                    .tallies
                    .iter()
                    .filter(move |row| row.replication % 2 == odd)
            };
            let early = |row: &(usize, f64)| halves(0).map(|tally| busy(tally, *row)).sum::<f64>();
            let chosen = busiest_of(&processors, early);
            let seen = halves(1).map(|tally| busy(tally, chosen)).collect();
            Sample::mean(seen).between(0.0, 1.0).under(outcome.rates())
        }
    };
    Some(Found {
        picked,
        largest,
        copies,
        minute: None,
    })
}

/// What is told of it, where it is more than the mean of one processor over the whole window.
pub fn result(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Busiest> {
    let found = of(plan, outcome, id)?;
    (found.copies > 1 || found.minute.is_some()).then(|| Busiest {
        share: found.picked.estimate(),
        most: found.largest.estimate(),
        window: found.minute,
    })
}
