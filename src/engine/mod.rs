//! One run of a plan: single-threaded, without I/O, clock or global state; the same plan, seed and replication give the same run.
//!
//! [`Engine::run_until`] pops what is due from the [`calendar`] and takes flights through their programs. Zero delays never enter
//! the calendar: they run at once from an *agenda*, first in, first out. What happens is told to a [`Probe`]; the engine does not
//! know whether anybody listens.
//!
//! | file | what it decides |
//! |---|---|
//! | [`calendar`], `heap` | what happens next |
//! | `pace` | how far a run goes on, pauses, and what it ends too early for |
//! | [`source`](self), `door` | when requests are born, users think; requests that are one call |
//! | `advance` | the interpreter: one `match` over steps |
//! | `call`, `pick`, `answer`, `guard` | calls; which replica; early answers; timeouts, deadlines, retries, cancellation |
//! | `station`, `processor`, `cores`, `groups` | slots and their queues; who computes: equal sharing, one job a core, unequal sharing |
//! | `join`, `frame`, `hold`, `lookup`, `fill`, `shelf` | branches; loops and handlers; units; caches, and who fetches for whom; tiers of stores |
//! | `instances`, `fleet`, `account` | instances of functions that come and go; what may be used at once |
//! | `draw`, `foresight` | values of laws and attributes; what work is known when a request comes |
//! | `breakdown`, `interrupt`, `failover` | what breaks; what becomes of its work; who leads then |
//! | `steer`, `view`, `health` | which places and replicas a call may go to; who is ejected; who is taken for down or new |
//! | `drift`, `reshard` | objects that change places in the order of their popularity; those that move to new shards |
//! | `broker` | topics and queues of messages, and who reads them |
//! | `line`, `ranked` | queues |
//!
//! *Design note.* A request is a program counter over a flat table of steps, not a coroutine: a program can be printed, its load
//! worked out, and a step costs one predictable match.

mod account;
mod advance;
mod answer;
mod both;
mod breakdown;
mod broker;
pub mod calendar;
mod call;
mod close;
mod cores;
mod door;
mod draw;
mod drift;
mod failover;
mod fill;
mod fleet;
mod flight;
mod foresight;
mod frame;
mod groups;
mod guard;
mod health;
mod heap;
mod hedge;
mod hold;
mod instances;
mod interrupt;
mod join;
mod limit;
mod line;
mod log;
mod lookup;
mod pace;
mod pick;
mod probe;
mod processor;
mod ranked;
mod refresh;
mod replicas;
mod reshard;
mod shelf;
mod source;
mod station;
mod steer;
mod timer;
mod view;
mod warm;

pub use fleet::Phase;
use flight::{Flight, State};
pub use pace::{Overflow, WORK};
pub use probe::{Idle, Outcome, Probe};

use crate::chance::key::{Key, root};
use crate::plan::{DemandId, Plan, ProcessorId};
use calendar::{Calendar, Class, Due, Lane, MOST_INDEX};
use flight::Flights;
use std::collections::VecDeque;

/// No flight, frame or row.
pub(crate) const NONE: u32 = u32::MAX;

/// What to do at once, with the flight and the number by which it knows that it is meant.
#[derive(Debug, Clone, Copy)]
struct Task {
    kind: Do,
    flight: u32,
    armed: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Do {
    /// It has come to its station.
    Arrive,
    /// It has a slot: begin its program.
    Begin,
    /// Go on with the step after the present one.
    Next,
    /// Go on with the present step.
    Here,
    /// Its answer is back.
    Deliver,
    /// It is called off.
    CallOff,
    /// The write that it carries is shown.
    Show,
}

/// One run of a plan.
#[derive(Debug)]
pub struct Engine<'p, P: Probe> {
    plan: &'p Plan,
    /// Who is told.
    pub probe: P,
    now: u64,
    root: Key,
    calendar: Calendar,
    agenda: VecDeque<Task>,
    flights: Flights,
    frames: frame::Frames,
    joins: join::Joins,
    counted_ahead: Vec<bool>,
    timers: timer::Timers,
    stations: Vec<station::Slots>,
    queues: Vec<line::Line>,
    processors: Vec<processor::Cpu>,
    memory: pick::Memory,
    views: view::Views,
    wheels: steer::Wheels,
    health: health::Health,
    breakdowns: breakdown::Breakdowns,
    shards: failover::Shards,
    races: hedge::Races,
    replicas: replicas::Replicas,
    outstanding: Vec<u32>,
    budgets: Vec<u32>,
    buckets: Vec<crate::policy::bucket::Bucket>,
    fleets: fleet::Fleets,
    holds: hold::Holds,
    stores: lookup::Stores,
    shelves: shelf::Shelves,
    brokers: broker::Brokers,
    environment: draw::Environment,
    drifts: drift::Drifts,
    sources: Vec<source::Source>,
    users: Vec<source::User>,
    doors: Vec<Option<door::Door>>,
    halves: Vec<Lane>,
    ways: Vec<Option<call::Way>>,
    quick: Vec<call::Quick>,
    sleeps: Vec<Lane>,
    foreseen: Vec<Box<[DemandId]>>,
    has_user: bool,
    events: u64,
    /// Count of events at which it pauses, so that somebody can look whether the run is still wanted.
    pause_at: u64,
    dead: usize,
    doomed: Vec<u32>,
    cells: Vec<u32>,
    still: u32,
    most_flights: u32,
    overflow: Option<Overflow>,
}

impl<'p, P: Probe> Engine<'p, P> {
    /// A run at time 0, with nothing in progress. `most_flights` (at most 2^28 - 1) bounds memory: reaching it stops the run.
    pub fn new(plan: &'p Plan, seed: u64, replication: u32, most_flights: u32, probe: P) -> Self {
        Self::with_lanes(plan, seed, replication, most_flights, probe, true)
    }

    /// As [`Engine::new`], but nothing when `stop` says so meanwhile: warm caches and users may be many.
    pub fn begin_unless(
        plan: &'p Plan,
        seed: u64,
        replication: u32,
        most_flights: u32,
        probe: P,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let mut engine = Self::at_rest(plan, seed, replication, most_flights, probe, true);
        engine.enter_beginnings(stop).then_some(engine)
    }

    /// As [`Engine::new`]; without lanes all entries go through the heap, which must not change anything.
    pub fn with_lanes(
        plan: &'p Plan,
        seed: u64,
        replication: u32,
        most_flights: u32,
        probe: P,
        lanes: bool,
    ) -> Self {
        let mut engine = Self::at_rest(plan, seed, replication, most_flights, probe, lanes);
        engine.enter_beginnings(&|| false);
        engine
    }

    /// A run in which nothing has been entered yet.
    fn at_rest(
        plan: &'p Plan,
        seed: u64,
        replication: u32,
        most_flights: u32,
        probe: P,
        lanes: bool,
    ) -> Self {
        let mut calendar = Calendar::new(lanes);
        let halves: Vec<Lane> = plan
            .links
            .iter()
            .map(|link| calendar.lane(link.half))
            .collect();
        let ways = call::ways(plan, &halves);
        let quick = (0..plan.calls.len())
            .map(|call| call::Quick::of(plan, call.into()))
            .collect();
        let sleeps = Self::sleep_lanes(plan, &mut calendar);
        let budgets = plan
            .retries
            .iter()
            .map(|retry| retry.budget_row as usize + plan.stations.len() + 1)
            .max()
            .unwrap_or(0);
        let rows = plan
            .pools
            .iter()
            .map(|pool| pick::caller_rows(plan, pool))
            .max()
            .unwrap_or(0);
        Self {
            plan,
            probe,
            now: 0,
            root: root(seed, replication),
            calendar,
            agenda: VecDeque::with_capacity(64),
            flights: Flights::default(),
            frames: frame::Frames::default(),
            joins: join::Joins::default(),
            counted_ahead: join::counted_ahead(plan, &ways),
            timers: timer::Timers::new(plan),
            stations: (plan.stations.iter().zip(breakdown::breakable(plan)))
                .map(|(row, gated)| station::Slots::new(plan, row, gated, root(seed, replication)))
                .collect(),
            queues: plan
                .pools
                .iter()
                .map(|pool| station::shared_line(plan, pool, root(seed, replication)))
                .collect(),
            processors: plan
                .processors
                .iter()
                .map(|processor| processor::Cpu::new(plan, processor))
                .collect(),
            memory: pick::Memory::new(plan, root(seed, replication)),
            views: view::Views::new(plan),
            wheels: steer::Wheels::new(plan),
            health: health::Health::new(plan),
            breakdowns: breakdown::Breakdowns::new(plan),
            shards: failover::Shards::new(plan),
            races: hedge::Races::new(plan),
            replicas: replicas::Replicas::new(plan, root(seed, replication)),
            outstanding: vec![0; rows],
            budgets: vec![guard::FULL_BUDGET; budgets],
            buckets: limit::buckets(plan),
            fleets: fleet::Fleets::new(plan),
            holds: hold::Holds::new(plan),
            stores: lookup::Stores::new(plan, root(seed, replication)),
            shelves: shelf::Shelves::new(plan),
            brokers: broker::Brokers::new(plan),
            environment: draw::Environment::default(),
            drifts: drift::Drifts::new(plan),
            sources: Vec::new(),
            users: Vec::new(),
            doors: Vec::with_capacity(plan.entries.len()),
            halves,
            ways,
            quick,
            sleeps,
            foreseen: foresight::of(plan),
            has_user: draw::asks_for_user(plan),
            events: 0,
            pause_at: u64::MAX,
            dead: 0,
            doomed: Vec::new(),
            cells: Vec::new(),
            still: 0,
            most_flights: most_flights.min(MOST_INDEX),
            overflow: None,
        }
    }

    /// Enter what begins at time 0; false when `stop` said so before all was entered.
    fn enter_beginnings(&mut self, stop: &(dyn Fn() -> bool + Sync)) -> bool {
        if !self.warm_stores(stop) {
            return false;
        }
        self.start_wear();
        self.start_wheels();
        self.start_checks();
        self.start_drifts();
        self.start_moves();
        self.open_doors();
        self.open_sources(stop)
    }

    #[inline]
    fn happen(&mut self, due: Due) {
        match due.class {
            Class::Finish | Class::Resume => {
                if let Some(flight) = self.flights.get(due.index)
                    && flight.armed == due.sequence
                {
                    let state = flight.state;
                    self.due_flight(due.index, state);
                }
            }
            Class::Share => self.share(ProcessorId(due.index), due.sequence),
            Class::Timer => self.due_timers(due.index, due.sequence),
            Class::Alarm => self.alarm(due.index, due.sequence),
            Class::Look => self.look_again(due.index, due.sequence),
            Class::Sight => self.sight_again(due.index, due.sequence),
            Class::Instance => self.due_instance(due.index, due.sequence),
            Class::Breakdown => self.due_breakdown(due.index, due.sequence),
            Class::Elect => self.due_election(due.index, due.sequence),
            Class::Steer => self.look_at_areas(due.index),
            Class::Drift => self.drift(due.index),
            Class::Move => self.give_batch(due.index),
            Class::Arrive => self.arrive_epoch(due.index),
            Class::User => self.user_asks(due.index),
        }
    }

    /// A flight's own entry is due.
    #[inline]
    fn due_flight(&mut self, flight: u32, state: State) {
        match state {
            State::Outbound => self.arrive(flight),
            State::Inbound => self.deliver(flight),
            State::Computing => self.finish_job(flight),
            State::Pausing => self.finish_pause(flight),
            State::BackingOff => self.advance_here(flight),
            State::Acquiring | State::Connecting | State::Filling | State::Parked => {
                self.expire(flight);
            }
            State::Cancelling => self.cancellation_arrives(flight),
            State::Lagging => self.show_later(flight),
            state => debug_assert!(false, "an entry is due in state {state:?}"),
        }
    }

    /// Do at once all that has no delay, up to the next pause.
    fn drain(&mut self) {
        while self.events < self.pause_at
            && let Some(Task {
                kind,
                flight,
                armed,
            }) = self.agenda.pop_front()
        {
            self.events += 1;
            self.stand_still();
            if self.overflow.is_some() {
                return;
            }
            if self.flights[flight].armed != armed {
                continue;
            }
            match kind {
                Do::Arrive => self.arrive(flight),
                Do::Begin => self.begin(flight),
                Do::Next => self.advance_next(flight),
                Do::Here => self.advance_here(flight),
                Do::Deliver => self.deliver(flight),
                Do::CallOff => self.cancellation_arrives(flight),
                Do::Show => self.show_later(flight),
            }
        }
    }

    /// A calendar entry has lost its meaning before its time; once the dead outnumber the living they are swept out.
    fn bury(&mut self) {
        self.dead += 1;
        if self.dead < 1024 || 2 * self.dead < self.calendar.len() {
            return;
        }
        self.dead = 0;
        let (flights, processors, timers) = (&self.flights, &self.processors, &self.timers);
        let (brokers, fleets) = (&self.brokers, &self.fleets);
        let (breakdowns, shards) = (&self.breakdowns, &self.shards);
        self.calendar.sweep(|due| match due.class {
            Class::Finish | Class::Resume => flights[due.index].armed == due.sequence,
            Class::Share => processors[due.index as usize].is_armed(due.sequence),
            Class::Instance => fleets.is_armed(due.index, due.sequence),
            Class::Timer => timers.is_armed(due.index, due.sequence),
            Class::Alarm => {
                flights[due.index].state == State::Queued
                    && flights[due.index].timer == due.sequence
            }
            Class::Look => brokers.is_reader_armed(due.index, due.sequence),
            Class::Sight => brokers.is_delivery_armed(due.index, due.sequence),
            Class::Breakdown => breakdowns.is_armed(due.index, due.sequence),
            Class::Elect => shards.is_armed(due.index, due.sequence),
            Class::Arrive | Class::User | Class::Steer | Class::Drift | Class::Move => true,
        });
    }

    /// Put a flight into the agenda.
    #[inline(never)]
    fn soon(&mut self, kind: Do, flight: u32) {
        let armed = self.calendar.token();
        self.flights[flight].armed = armed;
        self.agenda.push_back(Task {
            kind,
            flight,
            armed,
        });
    }

    /// Let a flight go on after a delay, by way of the agenda when there is none.
    #[inline]
    fn after(&mut self, delay: u64, lane: Lane, kind: Do, flight: u32) {
        if delay == 0 {
            self.soon(kind, flight);
        } else {
            let at = self.now.saturating_add(delay);
            let sequence = self.calendar.token();
            self.flights[flight].armed = sequence;
            self.calendar.resume(lane, at, flight, sequence);
        }
    }

    /// Add a flight; reaching the limit stops the run.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a flight is then written once, where it stays"
    )]
    fn add_flight(&mut self, flight: Flight) -> u32 {
        let slot = self.flights.add(flight);
        if self.flights.live() >= self.most_flights && self.overflow.is_none() {
            self.overflow = Some(self.fullest());
        }
        slot
    }

    /// Simulated time \[ns\].
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Calendar entries and agenda tasks handled.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Most flights in progress at once so far.
    pub fn most_flights(&self) -> u32 {
        self.flights.len()
    }
}
