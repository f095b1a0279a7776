//! Who computes: processor sharing by a virtual clock here, one job a core in `cores`, and unequal sharing in `groups`.
//!
//! Under processor sharing a virtual clock runs at the speed each job gets, `speed · min(1, cores/jobs)`; a job is done when the clock
//! reaches its tag, the clock at its start plus its demand. The clock counts 2⁻¹⁶ ns (whole ns are wrong by per cents for demands below
//! 1 µs) and is reset when the processor is idle. One calendar entry per processor is armed lazily: an entry that comes too early arms
//! the next.

mod work;

use super::calendar::Class;
use super::groups::Groups;
use super::line::{Line, Rule};
use super::ranked::Ranked;
use super::{Do, Engine, Flight, Probe, State};
use crate::plan::{
    Capacity, ComponentKind, CpuDiscipline, DemandId, Plan, Processor, ProcessorId, Step,
};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(super) const FRACTION: f64 = 65_536.0;
pub(super) const IDLE: u64 = u64::MAX;

/// How it is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All at once, at equal speed.
    Equal,
    /// All at once, not at equal speed.
    Unequal,
    /// One job a core.
    Cores,
    /// One job a core, and newcomers may interrupt.
    Interrupted,
}

impl Way {
    fn of(processor: &Processor) -> Self {
        match processor.discipline {
            CpuDiscipline::Ps => Self::Equal,
            CpuDiscipline::Slowed(_)
            | CpuDiscipline::LeastAttained
            | CpuDiscipline::Weighted { .. }
            | CpuDiscipline::Fair { .. } => Self::Unequal,
            CpuDiscipline::Fifo => Self::Cores,
            CpuDiscipline::Priority { preempt }
            | CpuDiscipline::Lifo { preempt }
            | CpuDiscipline::Shortest { preempt } => {
                if preempt {
                    Self::Interrupted
                } else {
                    Self::Cores
                }
            }
        }
    }

    fn is_shared(self) -> bool {
        matches!(self, Self::Equal | Self::Unequal)
    }
}

/// One processor at work.
#[derive(Debug)]
pub(super) struct Cpu {
    way: Way,
    pub(super) discipline: CpuDiscipline,
    /// Whether components share it, and each one's part is told.
    hosts: bool,
    /// Whether `on_core` is kept: for interruptions, and for balancers that look at work.
    pub(super) watched: bool,
    pub(super) cores: f64,
    /// The cores and servers that it has when it does not stand still.
    whole: (f64, u32),
    pub(super) speed: f64,
    /// What a job without competition gets done per second, and the thousandths of a core that it keeps busy.
    work_speed: f64,
    pub(super) work_share: u64,
    // processor sharing
    clock: u64,
    pub(super) last: u64,
    pub(super) jobs: u32,
    tags: BinaryHeap<Reverse<(u64, u32, u32)>>,
    pub(super) armed_at: u64,
    pub(super) armed: u32,
    // unequal sharing
    pub(super) groups: Option<Box<Groups>>,
    // one core each
    pub(super) servers: u32,
    /// Core-seconds that one of them does per second.
    pub(super) core_speed: f64,
    /// Thousandths of a core that one running job keeps busy.
    pub(super) core_share: u64,
    pub(super) running: u32,
    pub(super) line: Line,
    pub(super) on_core: Vec<(u32, u64)>,
    pub(super) interrupted: Vec<(u32, u64)>,
}

impl Cpu {
    pub(super) fn new(plan: &Plan, processor: &Processor) -> Self {
        let cores = match processor.cores {
            Capacity::Cores(cores) => cores,
            Capacity::Unlimited => f64::INFINITY,
        };
        let servers = if cores.is_finite() {
            cores.ceil() as u32
        } else {
            u32::MAX
        };
        let fraction = if cores.is_finite() {
            cores / f64::from(servers)
        } else {
            1.0
        };
        let way = Way::of(processor);
        let lone = if way.is_shared() { 1.0 } else { fraction };
        let line = if matches!(processor.discipline, CpuDiscipline::Shortest { .. }) {
            Line::ruled(1, Rule::Ranked(Ranked::default()))
        } else {
            Line::new(plan.priorities.len())
        };
        let owner = &plan.components[processor.component.index()];
        Self {
            way,
            discipline: processor.discipline,
            hosts: owner.kind == ComponentKind::Host,
            watched: way == Way::Interrupted
                || plan.breakdowns.stop_processors()
                || plan.pools.iter().any(|pool| pool.balance.weighs_work()),
            cores,
            whole: (cores, servers),
            speed: processor.speed,
            work_speed: processor.speed * lone,
            work_share: (1000.0 * lone).round() as u64,
            clock: 0,
            last: 0,
            jobs: 0,
            tags: BinaryHeap::new(),
            armed_at: IDLE,
            armed: 0,
            groups: Groups::of(plan, processor),
            servers,
            core_speed: processor.speed * fraction,
            core_share: (1000.0 * fraction).round() as u64,
            running: 0,
            line,
            on_core: Vec::new(),
            interrupted: Vec::new(),
        }
    }

    /// Whether its entry is the one with this number.
    pub(super) fn is_armed(&self, sequence: u32) -> bool {
        self.armed_at != IDLE && self.armed == sequence
    }

    /// The part of its cores that is busy now.
    pub(super) fn busy_share(&self) -> f64 {
        if self.is_shared() {
            (f64::from(self.jobs) / self.whole.0).min(1.0)
        } else {
            f64::from(self.running) / f64::from(self.whole.1)
        }
    }

    /// Whether all jobs are served at once.
    pub(super) fn is_shared(&self) -> bool {
        self.way.is_shared()
    }

    /// Virtual time per ns.
    #[inline]
    fn slope(&self) -> f64 {
        self.speed
            * if f64::from(self.jobs) <= self.cores {
                1.0
            } else {
                self.cores / f64::from(self.jobs)
            }
    }
}

/// Rounded to nearest.
#[inline]
pub(super) fn whole(nanoseconds: f64) -> u64 {
    (nanoseconds + 0.5) as u64
}

impl<P: Probe> Engine<'_, P> {
    /// A flight wants so much of its processor.
    #[inline]
    pub(super) fn compute(&mut self, flight: u32, demand: DemandId) {
        let row = &mut self.flights[flight];
        row.state = State::Computing;
        row.since = self.now;
        let station = row.station;
        let processor = self.stations[station as usize].processor;
        if self.processors[processor.index()].hosts {
            let work = self.demand(flight, demand);
            self.probe.demanded(station, work);
        }
        match self.processors[processor.index()].way {
            Way::Equal => self.share_cores(processor, flight, demand),
            Way::Cores => self.join_line(processor, flight, demand),
            Way::Interrupted => self.push_in(processor, flight, demand),
            Way::Unequal => self.join_group(processor, flight, demand),
        }
    }

    /// Work on a processor that never has more jobs than cores: a delay that counts as busy.
    #[inline]
    pub(super) fn work(&mut self, flight: u32, demand: DemandId) {
        let station = self.flights[flight].station;
        let processor = self.stations[station as usize].processor;
        let work = self.amount(flight, demand);
        if self.processors[processor.index()].hosts {
            self.probe.demanded(station, whole(work));
        }
        let amount = work / self.processors[processor.index()].work_speed;
        self.flights[flight].state = State::Pausing;
        self.flights[flight].since = self.now;
        let span = whole(amount);
        if span == 0 {
            return self.soon(Do::Next, flight);
        }
        self.flights[flight].armed = self.calendar.push(self.now + span, Class::Finish, flight);
    }

    /// A pause is over: a sleep, or work that needed no processor of its own.
    #[inline]
    pub(super) fn finish_pause(&mut self, flight: u32) {
        let Flight {
            pc, station, since, ..
        } = self.flights[flight];
        if matches!(self.plan.steps[pc.index()], Step::Work(_)) {
            let processor = self.stations[station as usize].processor;
            let share = self.processors[processor.index()].work_share;
            self.probe.busy(processor.0, since, self.now, share);
            self.probe.job_done(processor.0, self.now);
        }
        self.advance_next(flight);
    }

    // ---- processor sharing

    #[inline(never)]
    fn share_cores(&mut self, processor: ProcessorId, flight: u32, demand: DemandId) {
        let amount = self.amount(flight, demand);
        self.join_shared(processor, flight, amount);
    }

    fn join_shared(&mut self, processor: ProcessorId, flight: u32, amount: f64) {
        self.turn_clock(processor);
        let now = self.now;
        let token = self.calendar.token();
        let cpu = &mut self.processors[processor.index()];
        if cpu.jobs == 0 {
            cpu.clock = 0;
            cpu.tags.clear();
        }
        if cpu.clock > u64::MAX / 4 {
            let past = std::mem::take(&mut cpu.clock);
            cpu.tags = cpu
                .tags
                .drain()
                .map(|Reverse((tag, token, job))| Reverse((tag.saturating_sub(past), token, job)))
                .collect();
        }
        cpu.jobs += 1;
        let tag = cpu.clock.saturating_add((amount * FRACTION + 0.5) as u64);
        cpu.tags.push(Reverse((tag, token, flight)));
        let row = &mut self.flights[flight];
        row.armed = token;
        row.since = now;
        // The wait under sharing is what the stay exceeds the bare demand: taken off now, the stay is added at the end.
        row.waited = row.waited.wrapping_sub(whole(amount / cpu.speed));
        self.arm_shared(processor);
    }

    /// Bring the virtual clock up to now.
    fn turn_clock(&mut self, processor: ProcessorId) {
        self.tell_shared(processor);
        let cpu = &mut self.processors[processor.index()];
        let passed = self.now - cpu.last;
        if passed > 0 && cpu.jobs > 0 {
            cpu.clock += (passed as f64 * cpu.slope() * FRACTION) as u64;
        }
        cpu.last = self.now;
    }

    /// Tell how many cores were busy, and how many were missing, since the clock was last turned.
    #[inline]
    pub(super) fn tell_shared(&mut self, processor: ProcessorId) {
        let cpu = &self.processors[processor.index()];
        if self.now == cpu.last || cpu.jobs == 0 {
            return;
        }
        let busy = (1000.0 * f64::from(cpu.jobs).min(cpu.cores)).round() as u64;
        self.probe.busy(processor.0, cpu.last, self.now, busy);
        let short = (u64::from(cpu.jobs) * 1000).saturating_sub(busy);
        if short > 0 {
            self.probe
                .short_of_cores(processor.0, cpu.last, self.now, short);
        }
    }

    fn arm_shared(&mut self, processor: ProcessorId) {
        let cpu = &mut self.processors[processor.index()];
        let Some(&Reverse((tag, ..))) = cpu.tags.peek() else {
            return;
        };
        if cpu.cores <= 0.0 {
            return; // it stands still
        }
        let left = tag.saturating_sub(cpu.clock) as f64 / (cpu.slope() * FRACTION);
        let at = self.now + left.ceil() as u64;
        if at < cpu.armed_at {
            let replaced = cpu.armed_at != IDLE;
            cpu.armed_at = at;
            cpu.armed = self.calendar.push(at, Class::Share, processor.0);
            if replaced {
                self.bury();
            }
        }
    }

    /// The first job of a shared processor may be done.
    pub(super) fn share(&mut self, processor: ProcessorId, sequence: u32) {
        if self.processors[processor.index()].armed != sequence {
            return;
        }
        if self.processors[processor.index()].groups.is_some() {
            return self.share_groups(processor);
        }
        self.turn_clock(processor);
        self.processors[processor.index()].armed_at = IDLE;
        loop {
            let cpu = &mut self.processors[processor.index()];
            let Some(&Reverse((tag, token, flight))) = cpu.tags.peek() else {
                break;
            };
            let alive = self.flights[flight].armed == token
                && self.flights[flight].state == State::Computing;
            if alive && tag > cpu.clock {
                break;
            }
            cpu.tags.pop();
            if alive {
                cpu.jobs -= 1;
                self.end_shared(processor, flight);
            }
        }
        self.arm_shared(processor);
    }

    // ---- leaving early, and the end of the run

    /// Take a job off its processor, undone.
    pub(super) fn leave_processor(&mut self, flight: u32) {
        let Flight {
            station,
            armed,
            priority,
            since,
            ..
        } = self.flights[flight];
        let processor = self.stations[station as usize].processor;
        let way = self.processors[processor.index()].way;
        if way == Way::Unequal {
            return self.leave_group(processor, flight);
        }
        if way == Way::Equal {
            self.turn_clock(processor);
            let cpu = &mut self.processors[processor.index()];
            cpu.jobs -= 1;
            cpu.armed_at = IDLE; // the others are done sooner now
            self.flights[flight].armed = 0;
            self.bury();
            self.drop_dead_tags(processor);
            return self.arm_shared(processor);
        }
        self.flights[flight].armed = 0;
        if armed == 0 {
            let cpu = &mut self.processors[processor.index()];
            let row = cpu.row(priority);
            cpu.line.leave(&mut self.flights, flight, row);
            cpu.interrupted.retain(|&(other, _)| other != flight);
            self.probe
                .short_of_cores(processor.0, since, self.now, 1000);
        } else {
            self.leave_core(processor, flight);
            self.bury();
        }
    }

    /// Forget tags of jobs that were called off, once they outnumber the living.
    fn drop_dead_tags(&mut self, processor: ProcessorId) {
        let flights = &self.flights;
        let cpu = &mut self.processors[processor.index()];
        let alive = |&Reverse((_, token, flight)): &Reverse<(u64, u32, u32)>| {
            flights[flight].armed == token
        };
        while cpu.tags.peek().is_some_and(|tag| !alive(tag)) {
            cpu.tags.pop();
        }
        if cpu.tags.len() > 64 + 2 * cpu.jobs as usize {
            cpu.tags.retain(alive);
        }
    }

    /// Bring the clocks of a shared processor up to now.
    fn turn(&mut self, processor: ProcessorId) {
        match self.processors[processor.index()].way {
            Way::Equal => self.turn_clock(processor),
            Way::Unequal => self.turn_groups(processor),
            Way::Cores | Way::Interrupted => {}
        }
    }

    /// No core does anything from now on.
    pub(super) fn stop_clock(&mut self, processor: ProcessorId) {
        self.turn(processor);
        let cpu = &mut self.processors[processor.index()];
        (cpu.cores, cpu.servers) = (0.0, 0);
        if cpu.armed_at != IDLE {
            cpu.armed_at = IDLE;
            self.bury();
        }
    }

    /// All cores go on.
    pub(super) fn start_clock(&mut self, processor: ProcessorId) {
        self.turn(processor);
        let cpu = &mut self.processors[processor.index()];
        (cpu.cores, cpu.servers) = cpu.whole;
        match cpu.way {
            Way::Equal => self.arm_shared(processor),
            Way::Unequal => self.arm_groups(processor),
            Way::Cores | Way::Interrupted => {}
        }
    }

    pub(super) fn close_processor(&mut self, processor: ProcessorId) {
        if self.processors[processor.index()].way.is_shared() {
            self.tell_shared(processor);
        }
    }

    /// Tell of a job that is still on (or waiting for) a core of its own.
    pub(super) fn close_job(&mut self, flight: &Flight) {
        let processor = self.plan.stations[flight.station as usize].processor;
        let cpu = &self.processors[processor.index()];
        if cpu.way.is_shared() {
            return;
        }
        if flight.armed == 0 {
            self.probe
                .short_of_cores(processor.0, flight.since, self.now, 1000);
        } else {
            let share = cpu.core_share;
            self.probe.busy(processor.0, flight.since, self.now, share);
        }
    }

    /// Tell of work that is still going on without a processor of its own.
    pub(super) fn close_work(&mut self, flight: &Flight) {
        if matches!(self.plan.steps[flight.pc.index()], Step::Work(_)) {
            let processor = self.stations[flight.station as usize].processor;
            let share = self.processors[processor.index()].work_share;
            self.probe.busy(processor.0, flight.since, self.now, share);
        }
    }
}
