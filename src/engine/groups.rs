//! Processors that share unequally: parties of jobs, each with a virtual clock that runs at the speed its jobs get.
//!
//! A party is a priority, a service, or (least attained service) all jobs that have had the same so far; then its clock is what they
//! have had, and two parties whose clocks meet become one. A job is done when its party's clock reaches its tag. Everything else is
//! as on an equally shared processor, which is a party of its own and keeps its short path in `processor`.

use super::calendar::Class;
use super::processor::{FRACTION, IDLE, whole};
use super::{Do, Engine, Probe, State};
use crate::plan::{CpuDiscipline, DemandId, Plan, Processor, ProcessorId, Sharers, Usl};
use crate::policy::share::{Party, fair, least_attained, weighted};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What the jobs of a party have done, and when they will be done: tag, number of their entry, flight.
#[derive(Debug, Default)]
struct Progress {
    clock: u64,
    tags: BinaryHeap<Reverse<(u64, u32, u32)>>,
}

/// The parties of one processor.
#[derive(Debug)]
pub(super) struct Groups {
    rule: CpuDiscipline,
    usl: Option<Usl>,
    parties: Vec<Party>,
    progress: Vec<Progress>,
    /// Which party a service is, by component.
    services: Vec<u32>,
}

impl Groups {
    /// The parties of a processor that does not share equally.
    pub(super) fn of(plan: &Plan, processor: &Processor) -> Option<Box<Self>> {
        let shares = |row: u32| plan.shares[row as usize].as_slice();
        let (weights, services) = match processor.discipline {
            CpuDiscipline::Slowed(_) => (vec![1.0], Vec::new()),
            CpuDiscipline::LeastAttained => (Vec::new(), Vec::new()),
            CpuDiscipline::Weighted { weights } => (shares(weights).to_vec(), Vec::new()),
            CpuDiscipline::Fair { shares: row, among } => match among {
                Sharers::Priorities => (shares(row).to_vec(), Vec::new()),
                Sharers::Services => numbered(shares(row)),
            },
            _ => return None,
        };
        let usl = match processor.discipline {
            CpuDiscipline::Slowed(row) => Some(plan.slowdowns[row as usize]),
            _ => None,
        };
        Some(Box::new(Self {
            rule: processor.discipline,
            usl,
            progress: weights.iter().map(|_| Progress::default()).collect(),
            parties: weights.into_iter().map(Party::new).collect(),
            services,
        }))
    }

    /// Gives every party its speed.
    fn set_rates(&mut self, jobs: u32, cores: f64) {
        if cores <= 0.0 {
            self.parties.iter_mut().for_each(|party| party.rate = 0.0); // it stands still
            return;
        }
        match self.rule {
            CpuDiscipline::LeastAttained => least_attained::rates(&mut self.parties, cores),
            CpuDiscipline::Fair { .. } => fair::rates(&mut self.parties, cores),
            _ => weighted::rates(&mut self.parties, cores),
        }
        if let Some(usl) = &self.usl {
            let slower = usl.slowdown(jobs, cores);
            for party in &mut self.parties {
                party.rate /= slower;
            }
        }
    }

    /// The party that a newcomer belongs to.
    fn party_of(&mut self, priority: u8, component: usize) -> usize {
        match self.rule {
            CpuDiscipline::LeastAttained => {
                if self.progress.last().is_none_or(|last| last.clock > 0) {
                    self.parties.push(Party::new(1.0));
                    self.progress.push(Progress::default());
                }
                self.parties.len() - 1
            }
            CpuDiscipline::Fair {
                among: Sharers::Services,
                ..
            } => self.services[component] as usize,
            CpuDiscipline::Slowed(_) => 0,
            _ => usize::from(priority),
        }
    }

    /// Lets all clocks run for so long, at so many core-ns a ns of a whole core.
    fn run(&mut self, passed: u64, speed: f64) {
        for (party, progress) in self.parties.iter().zip(&mut self.progress) {
            if party.jobs > 0 && party.rate > 0.0 {
                progress.clock += (passed as f64 * party.rate * speed * FRACTION) as u64;
            }
        }
        if self.rule == CpuDiscipline::LeastAttained {
            self.merge();
        }
    }

    /// Those who have caught up with the next make one party with them.
    fn merge(&mut self) {
        let mut at = self.progress.len();
        while at > 1 {
            at -= 1;
            if self.progress[at].clock < self.progress[at - 1].clock {
                if self.parties[at].rate <= 0.0 {
                    return; // nobody above runs either
                }
                continue;
            }
            let party = self.parties.remove(at);
            let mut lower = self.progress.remove(at);
            let upper = &mut self.progress[at - 1];
            if lower.tags.len() > upper.tags.len() {
                std::mem::swap(&mut lower.tags, &mut upper.tags);
            }
            upper.tags.append(&mut lower.tags);
            upper.clock = upper.clock.max(lower.clock);
            self.parties[at - 1].jobs += party.jobs;
        }
    }

    /// Time until the next job is done or two parties meet \[ns\].
    fn next(&self, speed: f64) -> Option<f64> {
        let mut soonest: Option<f64> = None;
        let mut consider = |left: u64, rate: f64| {
            let time = left as f64 / (rate * speed * FRACTION);
            soonest = Some(soonest.map_or(time, |other| other.min(time)));
        };
        for (at, (party, progress)) in self.parties.iter().zip(&self.progress).enumerate() {
            if party.rate <= 0.0 {
                continue;
            }
            if let Some(&Reverse((tag, ..))) = progress.tags.peek() {
                consider(tag.saturating_sub(progress.clock), party.rate);
            }
            if self.rule == CpuDiscipline::LeastAttained && at > 0 {
                let faster = party.rate - self.parties[at - 1].rate;
                if faster > 0.0 {
                    consider(self.progress[at - 1].clock - progress.clock, faster);
                }
            }
        }
        soonest
    }

    /// A job that is done.
    fn done(&mut self) -> Option<u32> {
        for (at, progress) in self.progress.iter_mut().enumerate().rev() {
            let due = (progress.tags.peek()).filter(|tag| tag.0.0 <= progress.clock);
            let Some(&Reverse((_, _, flight))) = due else {
                continue;
            };
            progress.tags.pop();
            self.left(at);
            return Some(flight);
        }
        None
    }

    /// One job less.
    fn left(&mut self, at: usize) {
        self.parties[at].jobs -= 1;
        if self.parties[at].jobs > 0 {
            return;
        }
        self.parties[at].rate = 0.0;
        if self.rule == CpuDiscipline::LeastAttained {
            self.parties.remove(at);
            self.progress.remove(at);
        } else {
            self.progress[at].clock = 0;
        }
    }

    /// Takes off the job whose entry has this number.
    fn remove(&mut self, armed: u32) {
        let mine = |progress: &Progress| progress.tags.iter().any(|tag| tag.0.1 == armed);
        if let Some(at) = self.progress.iter().position(mine) {
            self.progress[at].tags.retain(|tag| tag.0.1 != armed);
            self.left(at);
        }
    }

    /// Keeps a clock that has run for very long within its number.
    fn wind_back(&mut self, at: usize) {
        let progress = &mut self.progress[at];
        if self.rule == CpuDiscipline::LeastAttained || progress.clock <= u64::MAX / 4 {
            return;
        }
        let past = std::mem::take(&mut progress.clock);
        let tags = std::mem::take(&mut progress.tags);
        let back = |Reverse((tag, token, job)): Reverse<(u64, u32, u32)>| {
            Reverse((tag.saturating_sub(past), token, job))
        };
        progress.tags = tags.into_iter().map(back).collect();
    }
}

/// The components with a share, and which of them each component is.
fn numbered(shares: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let mut weights = Vec::new();
    let mut number = |share: &f64| {
        if *share > 0.0 {
            weights.push(*share);
        }
        (weights.len() as u32).saturating_sub(1)
    };
    let services = shares.iter().map(&mut number).collect();
    (weights, services)
}

impl<P: Probe> Engine<'_, P> {
    /// A flight wants so much of a processor that shares unequally.
    #[inline(never)]
    pub(super) fn join_group(&mut self, processor: ProcessorId, flight: u32, demand: DemandId) {
        let amount = self.amount(flight, demand);
        self.turn_groups(processor);
        let token = self.calendar.token();
        let (priority, station) = (self.flights[flight].priority, self.flights[flight].station);
        let component = self.plan.stations[station as usize].component.index();
        let cpu = &mut self.processors[processor.index()];
        let speed = cpu.speed;
        cpu.jobs += 1;
        if let Some(groups) = &mut cpu.groups {
            let at = groups.party_of(priority, component);
            groups.wind_back(at);
            groups.parties[at].jobs += 1;
            let progress = &mut groups.progress[at];
            let work = (amount * FRACTION + 0.5) as u64;
            let tag = progress.clock.saturating_add(work);
            progress.tags.push(Reverse((tag, token, flight)));
        }
        let row = &mut self.flights[flight];
        row.armed = token;
        row.since = self.now;
        row.waited = row.waited.wrapping_sub(whole(amount / speed));
        self.arm_groups(processor);
    }

    /// Bring the clocks up to now.
    pub(super) fn turn_groups(&mut self, processor: ProcessorId) {
        self.tell_shared(processor);
        let cpu = &mut self.processors[processor.index()];
        let passed = self.now - cpu.last;
        if passed > 0
            && cpu.jobs > 0
            && let Some(groups) = &mut cpu.groups
        {
            groups.run(passed, cpu.speed);
        }
        cpu.last = self.now;
    }

    /// The numbers of jobs have changed: new speeds, and a new entry for what happens next.
    pub(super) fn arm_groups(&mut self, processor: ProcessorId) {
        let cpu = &mut self.processors[processor.index()];
        let Some(groups) = &mut cpu.groups else {
            return;
        };
        groups.set_rates(cpu.jobs, cpu.cores);
        let next = groups.next(cpu.speed);
        let replaced = cpu.armed_at != IDLE;
        cpu.armed_at = IDLE;
        if let Some(left) = next {
            cpu.armed_at = self.now.saturating_add(left.ceil() as u64);
            cpu.armed = self.calendar.push(cpu.armed_at, Class::Share, processor.0);
        }
        if replaced {
            self.bury();
        }
    }

    /// A job may be done, or two parties may have met.
    #[inline(never)]
    pub(super) fn share_groups(&mut self, processor: ProcessorId) {
        self.turn_groups(processor);
        self.processors[processor.index()].armed_at = IDLE;
        loop {
            let cpu = &mut self.processors[processor.index()];
            let Some(flight) = cpu.groups.as_mut().and_then(|groups| groups.done()) else {
                break;
            };
            cpu.jobs -= 1;
            self.end_shared(processor, flight);
        }
        self.arm_groups(processor);
    }

    /// A job on a shared processor is done.
    pub(super) fn end_shared(&mut self, processor: ProcessorId, flight: u32) {
        let row = &mut self.flights[flight];
        row.waited = row.waited.wrapping_add(self.now - row.since);
        if row.waited > u64::MAX / 2 {
            row.waited = 0; // rounding may make the stay a ns shorter than the demand
        }
        row.state = State::Running;
        self.probe.job_done(processor.0, self.now);
        self.soon(Do::Next, flight);
    }

    /// Take a job off, undone.
    pub(super) fn leave_group(&mut self, processor: ProcessorId, flight: u32) {
        self.turn_groups(processor);
        let armed = self.flights[flight].armed;
        let cpu = &mut self.processors[processor.index()];
        cpu.jobs -= 1;
        if let Some(groups) = &mut cpu.groups {
            groups.remove(armed);
        }
        self.flights[flight].armed = 0;
        self.arm_groups(processor);
    }
}
