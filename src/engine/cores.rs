//! Processors that run one job a core: first come, first served, by priority, last come first, or the shortest first; the latter
//! three with or without interrupting those who run.
//!
//! An interrupted job resumes where it was. Not modelled: what an interruption costs.

use super::calendar::Class;
use super::processor::{Cpu, whole};
use super::{Engine, Probe};
use crate::plan::{CpuDiscipline, DemandId, ProcessorId, Step};
use crate::policy::queue::{Place, fifo, lifo, priority, shortest};

impl Cpu {
    /// The row that a job of this priority waits in.
    pub(super) fn row(&self, priority_of_job: u8) -> u8 {
        match self.discipline {
            CpuDiscipline::Priority { .. } => priority_of_job,
            _ => 0,
        }
    }

    /// Those who run stand in the order in which they came: who resumes came before all who came while it waited.
    fn put_on_core(&mut self, flight: u32, end: u64, resumed: bool) {
        if resumed && matches!(self.discipline, CpuDiscipline::Lifo { .. }) {
            self.on_core.insert(0, (flight, end));
        } else {
            self.on_core.push((flight, end));
        }
    }
}

impl<P: Probe> Engine<'_, P> {
    #[inline(never)]
    pub(super) fn join_line(&mut self, processor: ProcessorId, flight: u32, demand: DemandId) {
        let cpu = &mut self.processors[processor.index()];
        if cpu.running < cpu.servers {
            let speed = cpu.core_speed;
            let time = whole(self.amount(flight, demand) / speed);
            self.run_job(processor, flight, time, false);
        } else {
            let place = self.place_of_job(processor, flight);
            let cpu = &mut self.processors[processor.index()];
            cpu.line.join(&mut self.flights, flight, place);
            self.flights[flight].armed = 0; // a queued job waits for no entry
        }
    }

    #[inline]
    fn run_job(&mut self, processor: ProcessorId, flight: u32, time: u64, resumed: bool) {
        let end = self.now + time;
        let cpu = &mut self.processors[processor.index()];
        cpu.running += 1;
        if cpu.watched {
            cpu.put_on_core(flight, end, resumed);
        }
        let row = &mut self.flights[flight];
        row.since = self.now;
        row.armed = self.calendar.token();
        self.calendar.enter(end, Class::Finish, flight, row.armed);
    }

    /// A job on a core of its own is done.
    #[inline]
    pub(super) fn finish_job(&mut self, flight: u32) {
        let processor = self.stations[self.flights[flight].station as usize].processor;
        self.leave_core(processor, flight);
        self.probe.job_done(processor.0, self.now);
        self.advance_next(flight);
    }

    /// Take a running job off its core and give the core to the next.
    pub(super) fn leave_core(&mut self, processor: ProcessorId, flight: u32) {
        let since = self.flights[flight].since;
        let cpu = &mut self.processors[processor.index()];
        self.probe
            .busy(processor.0, since, self.now, cpu.core_share);
        cpu.running -= 1;
        if !cpu.on_core.is_empty() {
            cpu.on_core.retain(|&(other, _)| other != flight);
        }
        if cpu.line.len() > 0 {
            self.next_job(processor);
        }
    }

    /// The next of those who wait gets a free core: true when there are both.
    #[inline(never)]
    pub(super) fn next_job(&mut self, processor: ProcessorId) -> bool {
        let cpu = &mut self.processors[processor.index()];
        if cpu.running >= cpu.servers {
            return false;
        }
        let Some(next) = cpu.line.take(&mut self.flights, self.now) else {
            return false;
        };
        let left = cpu
            .interrupted
            .iter()
            .position(|&(other, _)| other == next)
            .map(|at| cpu.interrupted.swap_remove(at).1);
        let since = self.flights[next].since;
        self.flights[next].waited = self.flights[next].waited.wrapping_add(self.now - since);
        self.probe
            .short_of_cores(processor.0, since, self.now, 1000);
        let time = left.unwrap_or_else(|| self.job_time(processor, next));
        self.run_job(processor, next, time, left.is_some());
        true
    }

    /// Time that a queued job will need: its demand is a function of its fate, so it is drawn again rather than kept.
    pub(super) fn job_time(&self, processor: ProcessorId, flight: u32) -> u64 {
        let demand = match self.plan.steps[self.flights[flight].pc.index()] {
            Step::Compute(demand) => demand,
            step => unreachable!("a job of step {step:?}"),
        };
        whole(self.amount(flight, demand) / self.processors[processor.index()].core_speed)
    }

    #[inline(never)]
    pub(super) fn push_in(&mut self, processor: ProcessorId, flight: u32, demand: DemandId) {
        self.interrupt_for(processor, flight);
        self.join_line(processor, flight, demand);
    }

    /// Where a job waits: by what it is ranked by, or in its row.
    #[inline(never)]
    fn place_of_job(&self, processor: ProcessorId, flight: u32) -> Place {
        match self.processors[processor.index()].discipline {
            CpuDiscipline::Priority { .. } => priority::place(self.flights[flight].priority),
            CpuDiscipline::Lifo { .. } => lifo::place(),
            CpuDiscipline::Shortest { .. } => shortest::place(self.job_time(processor, flight)),
            _ => fifo::place(),
        }
    }

    /// Make room for a job that comes before one that runs, by interrupting the one that comes last.
    fn interrupt_for(&mut self, processor: ProcessorId, flight: u32) {
        let cpu = &self.processors[processor.index()];
        if cpu.running < cpu.servers {
            return;
        }
        let Some(at) = self.victim(processor, flight) else {
            return;
        };
        self.put_back(processor, at);
    }

    /// Take a running job off its core, to resume before all who wait.
    pub(super) fn put_back(&mut self, processor: ProcessorId, at: usize) {
        let cpu = &mut self.processors[processor.index()];
        let (victim, end) = cpu.on_core.remove(at);
        let left = end - self.now;
        cpu.running -= 1;
        cpu.interrupted.push((victim, left));
        let share = cpu.core_share;
        let place = Place {
            rank: left,
            ..Place::head(cpu.row(self.flights[victim].priority))
        };
        cpu.line.join(&mut self.flights, victim, place);
        let row = &mut self.flights[victim];
        self.probe.busy(processor.0, row.since, self.now, share);
        row.since = self.now;
        row.armed = 0;
        self.bury();
    }

    /// Which of those who run gives way to a newcomer.
    fn victim(&self, processor: ProcessorId, flight: u32) -> Option<usize> {
        let cpu = &self.processors[processor.index()];
        match cpu.discipline {
            CpuDiscipline::Lifo { .. } => lifo::victim(cpu.on_core.len()),
            CpuDiscipline::Shortest { .. } => {
                let left = cpu.on_core.iter().map(|&(_, end)| end - self.now);
                shortest::victim(self.job_time(processor, flight), left)
            }
            _ => {
                let urgency = |at: usize| self.flights[cpu.on_core[at].0].priority;
                let at = (0..cpu.on_core.len()).max_by_key(|&at| (urgency(at), at))?;
                (urgency(at) > self.flights[flight].priority).then_some(at)
            }
        }
    }
}
