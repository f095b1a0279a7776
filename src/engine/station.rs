//! Slots of a replica and the queue in front of them.

use super::calendar::Class;
use super::flight::flag;
use super::limit::bucket_of;
use super::line::{Crowd, Line, Rule};
use super::ranked::Ranked;
use super::{Engine, Flight, NONE, Probe, State};
use crate::chance::key::Key;
use crate::plan::{
    Abandon, ComponentKind, CpuDiscipline, Plan, Pool, PoolId, ProcessorId, Station, StationId,
    ZoneId,
};
use crate::policy::Cause;
use crate::policy::queue::codel::Control;
use crate::policy::queue::fair::Turns;
use crate::policy::queue::{Discipline, Place, deadline, shortest};

/// The slots of one replica, with what is asked of its station at every turn.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is looked at for every request"
)]
pub(super) struct Slots {
    pub(super) line: Line,
    pub(super) in_use: u32,
    /// Requests sent here that are still on their way.
    pub(super) coming: u32,
    /// Slots; none where it can go down: see `breakdown`.
    pub(super) concurrency: u32,
    backlog: u32,
    discipline: Discipline,
    shared: Option<PoolId>,
    pub(super) zone: ZoneId,
    pub(super) processor: ProcessorId,
    /// Some of its endpoints only ask others.
    coordinates: bool,
    /// The bucket that newcomers need a token of; [`NONE`] without one.
    bucket: u32,
    /// It can go down.
    pub(super) gated: bool,
    /// Newcomers are looked at before they come in.
    guarded: bool,
    /// Its slots are its own and always there.
    plain: bool,
    /// Who runs it bills what it sends, so that no link does.
    pub(super) bills_bytes: bool,
    /// It computes on a host that gives each job a core of its own in turn, so that it matters who of two is first.
    pub(super) takes_turns: bool,
}

impl Slots {
    /// `gated`: it can go down; `root` is the key of the replication.
    pub(super) fn new(plan: &Plan, station: &Station, gated: bool, root: Key) -> Self {
        let bucket = bucket_of(plan, station.component, station.replica);
        Self {
            line: line(plan, station.discipline, root.child(station.site, 0)),
            in_use: 0,
            coming: 0,
            concurrency: if gated { 0 } else { station.concurrency },
            backlog: station.backlog,
            discipline: station.discipline,
            shared: station.shared,
            zone: station.zone,
            processor: station.processor,
            coordinates: coordinates(plan, station),
            bucket,
            gated,
            guarded: gated || bucket != NONE,
            plain: !gated && station.shared.is_none(),
            bills_bytes: bills_bytes(plan, station),
            takes_turns: takes_turns(plan, station),
        }
    }
}

fn coordinates(plan: &Plan, station: &Station) -> bool {
    let own = |endpoint: &crate::plan::Endpoint| {
        endpoint.coordinates && endpoint.component == station.component
    };
    !plan.databases.is_empty() && plan.endpoints.iter().any(own)
}

fn bills_bytes(plan: &Plan, station: &Station) -> bool {
    let mut prices = plan.cdns.iter().filter_map(|cdn| {
        let price = cdn.price.as_ref()?;
        (cdn.component == station.component).then_some(price)
    });
    prices.any(|price| price.bills_bytes)
}

fn takes_turns(plan: &Plan, station: &Station) -> bool {
    let processor = plan.processors.get(station.processor.index());
    processor.is_some_and(|processor| {
        let in_turn = matches!(
            processor.discipline,
            CpuDiscipline::Fifo
                | CpuDiscipline::Priority { .. }
                | CpuDiscipline::Lifo { .. }
                | CpuDiscipline::Shortest { .. }
        );
        in_turn && plan.components[processor.component.index()].kind == ComponentKind::Host
    })
}

/// A queue of the discipline; its own draws, if it makes some, have this key.
pub(super) fn line(plan: &Plan, discipline: Discipline, key: Key) -> Line {
    let rows = plan.priorities.len();
    let rule = match discipline {
        Discipline::Fifo | Discipline::Lifo | Discipline::Priority => return Line::new(rows),
        Discipline::Random => Rule::Crowd(Crowd::new(key)),
        Discipline::Shortest | Discipline::Deadline => Rule::Ranked(Ranked::default()),
        Discipline::Fair(shares) => Rule::Fair(Turns::new(&plan.shares[shares as usize])),
        Discipline::Codel(codel) => Rule::Codel(Control::new(codel), Vec::new()),
        Discipline::AdaptiveLifo(threshold) => Rule::AdaptiveLifo(threshold),
    };
    Line::ruled(rows, rule)
}

/// The queue at a balancer: the discipline is that of the replicas, who all have the same.
pub(super) fn shared_line(plan: &Plan, pool: &Pool, root: Key) -> Line {
    let component = &plan.components[pool.component.index()];
    let discipline = component
        .stations()
        .next()
        .map_or(Discipline::Fifo, |first| {
            plan.stations[first.index()].discipline
        });
    line(plan, discipline, root.child(pool.site, 0))
}

impl<P: Probe> Engine<'_, P> {
    /// A request has come to its station (or to the balancer that keeps the queue).
    pub(super) fn arrive(&mut self, flight: u32) {
        let station = self.flights[flight].station;
        let slots = &mut self.stations[station as usize];
        slots.coming -= 1;
        if slots.guarded && self.stopped_at_door(flight) {
            return;
        }
        let slots = &mut self.stations[station as usize];
        if let Some(pool) = slots.shared {
            return self.arrive_shared(flight, pool);
        }
        let endpoint = self.flights[flight].endpoint as usize;
        if slots.coordinates && self.plan.endpoints[endpoint].coordinates {
            return self.coordinate(flight);
        }
        self.probe.arrived(station, self.now);
        if slots.in_use < slots.concurrency {
            slots.in_use += 1;
            self.flights[flight].since = self.now;
            self.begin(flight);
        } else {
            self.wait_for_slot(flight, station);
        }
    }

    /// Who is down, or has no token for it, turns a newcomer away: true when that is so.
    #[cold]
    fn stopped_at_door(&mut self, flight: u32) -> bool {
        let slots = &self.stations[self.flights[flight].station as usize];
        let bucket = slots.bucket;
        slots.gated && self.stopped_at_gate(flight)
            || bucket != NONE && self.limited(flight, bucket)
    }

    /// There is no free slot (or it must be looked for where stations can go down).
    fn wait_for_slot(&mut self, flight: u32, station: u32) {
        let slots = &self.stations[station as usize];
        if slots.gated && self.enter_gate(station) {
            self.flights[flight].since = self.now;
            return self.begin(flight);
        }
        let slots = &mut self.stations[station as usize];
        if slots.line.len() < slots.backlog {
            let discipline = slots.discipline;
            let mut place = discipline.place(self.flights[flight].priority);
            if discipline.is_ranked() {
                place = self.rank(flight, discipline);
            }
            let slots = &mut self.stations[station as usize];
            slots.line.join(&mut self.flights, flight, place);
            let length = slots.line.len();
            self.enqueue(flight, station, length);
        } else {
            self.probe.refused(station, self.now);
            self.turn_away(flight, Cause::Refused);
        }
    }

    /// A request that only asks others begins without a slot.
    #[cold]
    fn coordinate(&mut self, flight: u32) {
        let row = &mut self.flights[flight];
        row.started = self.now;
        row.flags &= !flag::HIT;
        let entry = self.plan.endpoints[row.endpoint as usize].entry;
        self.advance(flight, entry);
    }

    /// The queue is at the balancer: take the least busy replica with a free slot, else wait here.
    fn arrive_shared(&mut self, flight: u32, pool: PoolId) {
        if let Some(function) = self.fleets.of(pool) {
            return self.arrive_at_function(flight, function);
        }
        let plan = self.plan;
        let first = self.flights[flight].station;
        self.probe.arrived(first, self.now);
        if let Some(station) = self.free_replica(flight, pool) {
            self.flights[flight].station = station.0;
            self.flights[flight].since = self.now;
            self.take_slot(station.0);
            return self.begin(flight);
        }
        let spec = &plan.stations[first as usize];
        if self.queues[pool.index()].len() < plan.pools[pool.index()].backlog {
            let mut place = spec.discipline.place(self.flights[flight].priority);
            if spec.discipline.is_ranked() {
                place = self.rank(flight, spec.discipline);
            }
            self.queues[pool.index()].join(&mut self.flights, flight, place);
            let length = self.queues[pool.index()].len();
            self.enqueue(flight, first, length);
        } else {
            self.probe.refused(first, self.now);
            self.turn_away(flight, Cause::Refused);
        }
    }

    /// Where a newcomer stands among those who are ranked.
    #[inline(never)]
    fn rank(&self, flight: u32, discipline: Discipline) -> Place {
        match discipline {
            Discipline::Deadline => deadline::place(self.flights[flight].deadline),
            _ => shortest::place(self.work_known(flight)),
        }
    }

    /// The least busy replica with a free slot, ties at random.
    fn free_replica(&self, flight: u32, pool: PoolId) -> Option<StationId> {
        let spec = &self.plan.pools[pool.index()];
        let component = &self.plan.components[spec.component.index()];
        let in_use = |station: StationId| self.stations[station.index()].in_use;
        let free = |station: &StationId| in_use(*station) < self.room_at(*station);
        let least = component.stations().filter(free).map(in_use).min()?;
        let ties = component
            .stations()
            .filter(|station| free(station) && in_use(*station) == least)
            .count();
        let skip = if ties == 1 {
            0
        } else {
            self.flights[flight].key.draw(spec.site).below(ties as u32) as usize
        };
        component
            .stations()
            .filter(|station| free(station) && in_use(*station) == least)
            .nth(skip)
    }

    pub(super) fn enqueue(&mut self, flight: u32, station: u32, length: u32) {
        self.flights[flight].state = State::Queued;
        self.flights[flight].since = self.now;
        self.flights[flight].armed = self.calendar.token();
        self.probe.queue_length(station, length, self.now);
        let patience = self.plan.stations[station as usize].patience;
        if patience.is_some() {
            let wait = self.demand(flight, patience);
            self.flights[flight].timer =
                self.calendar
                    .push(self.now.saturating_add(wait), Class::Alarm, flight);
        }
    }

    /// A flight's own timer is due: its patience is over.
    pub(super) fn alarm(&mut self, flight: u32, sequence: u32) {
        if self.flights.len() <= flight
            || self.flights[flight].state != State::Queued
            || self.flights[flight].timer != sequence
        {
            return;
        }
        self.leave_queue(flight);
        self.turn_away(flight, Cause::Abandoned);
    }

    /// Take a flight out of the slot queue, unserved.
    pub(super) fn leave_queue(&mut self, flight: u32) {
        let Flight {
            station, priority, ..
        } = self.flights[flight];
        let spec = &self.plan.stations[station as usize];
        let row = spec.discipline.place(priority).row;
        match spec.shared {
            Some(pool) => match self.fleets.of(pool) {
                Some(function) => self.leave_function(flight, function),
                None => self.queues[pool.index()].leave(&mut self.flights, flight, row),
            },
            None => self.stations[station as usize]
                .line
                .leave(&mut self.flights, flight, row),
        }
        self.flights[flight].timer = NONE;
        self.forget_queue(flight);
    }

    /// Tell of a flight that has left a slot queue unserved.
    fn forget_queue(&mut self, flight: u32) {
        let Flight { station, since, .. } = self.flights[flight];
        self.probe.queued(station, since, self.now);
        self.probe.abandoned(station, self.now);
    }

    /// Answer with a failure without having held a slot.
    pub(super) fn turn_away(&mut self, flight: u32, cause: Cause) {
        self.finish(flight, Err(cause));
    }

    /// A request has a slot: begin its program, unless it is no longer wanted.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "nearly all that arrive begin at once")]
    pub(super) fn begin(&mut self, flight: u32) {
        let now = self.now;
        let row = &mut self.flights[flight];
        row.flags |= flag::SLOT;
        row.started = now;
        row.waited = row.waited.wrapping_add(now - row.since);
        let patient = std::mem::replace(&mut row.timer, NONE) != NONE;
        let endpoint = row.endpoint;
        if patient {
            self.bury();
        }
        let row = &self.flights[flight];
        if row.deadline != 0 && now >= row.deadline {
            return self.finish(flight, Err(Cause::Timeout));
        }
        if row.is(flag::WASTED)
            && row.parent == NONE
            && !row.is(flag::SENT)
            && self.plan.calls[row.call as usize].abandon == Abandon::AtDequeue
        {
            return self.finish(flight, Err(Cause::Cancelled));
        }
        let entry = self.plan.endpoints[endpoint as usize].entry;
        self.advance(flight, entry);
    }

    /// Free a flight's slot and give it to the next in line.
    pub(super) fn release_slot(&mut self, flight: u32) {
        let row = &mut self.flights[flight];
        if !row.is(flag::SLOT) {
            return;
        }
        row.flags &= !flag::SLOT;
        let (station, started, wasted) = (row.station, row.started, row.is(flag::WASTED));
        self.free_slot(station, started, wasted);
    }

    /// A slot that was held since then is free: give it to the next in line.
    #[inline]
    pub(super) fn free_slot(&mut self, station: u32, started: u64, wasted: bool) {
        self.probe.occupied(station, started, self.now, wasted);
        let slots = &mut self.stations[station as usize];
        if slots.plain && slots.line.len() == 0 {
            slots.in_use -= 1; // nobody waits: the usual case
        } else {
            self.serve_next(station);
        }
    }

    /// Give a free slot to the next in line, if there is one.
    #[inline(never)]
    pub(super) fn serve_next(&mut self, station: u32) {
        if self.stations[station as usize].gated && self.leave_gate(station) {
            return;
        }
        let slots = &mut self.stations[station as usize];
        if let Some(function) = slots.shared.and_then(|pool| self.fleets.of(pool)) {
            return self.free_instance(function, station);
        }
        let next = match slots.shared {
            None => slots.line.take(&mut self.flights, self.now),
            Some(pool) => self.queues[pool.index()].take(&mut self.flights, self.now),
        };
        let Some(next) = next else {
            return self.give_slot_back(station);
        };
        self.hand_slot(next, station);
        if matches!(
            self.stations[station as usize].discipline,
            Discipline::Codel(_)
        ) {
            self.shed(station);
        }
    }

    /// Turn away those who were dropped when the last slot was given.
    #[inline(never)]
    fn shed(&mut self, station: u32) {
        loop {
            let slots = &mut self.stations[station as usize];
            let line = match slots.shared {
                None => &mut slots.line,
                Some(pool) => &mut self.queues[pool.index()],
            };
            let Some(flight) = line.dropped() else {
                return;
            };
            self.forget_queue(flight);
            if std::mem::replace(&mut self.flights[flight].timer, NONE) != NONE {
                self.bury();
            }
            self.turn_away(flight, Cause::Shed);
        }
    }
}
