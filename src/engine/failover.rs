//! Who leads a shard when its leader has broken: the copy that has most of its writes, after detection and election.
//!
//! What followers do not have when the leader breaks, they never get from it: acknowledged writes that the new leader lacks are
//! lost, and counted. A follower has a write when it has applied it; where nobody waits for followers (`acks: 1`), when its readers
//! see it. A leader that is back before the election goes on, and nothing is lost. A copy that comes back gets at once what it
//! missed.
//!
//! Not modelled: two leaders at once, elections that fail, copies that were behind and must catch up before they are of use, clients
//! that go on asking the old leader (they learn of the new one at once), leaders that return to their place (`leader:` is where
//! they begin).

use super::calendar::Class;
use super::line::Line;
use super::{Do, Engine, NONE, Probe, State};
use crate::chance::key::{Key, Site, site};
use crate::chance::law::Law;
use crate::plan::{DatabaseId, Plan, PoolId, StationId};
use crate::policy::queue::fifo;

const DETECT: Site = site(&["detect"]);
const ELECT: Site = site(&["elect"]);

/// How far a shard without a leader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It has one.
    Led,
    /// Nobody has noticed.
    Unnoticed,
    Electing,
    /// There is nobody to elect.
    Waiting,
}

/// One shard whose leader can change.
#[derive(Debug)]
struct Shard {
    /// Its row among the failovers, and its number.
    failover: u32,
    number: u32,
    /// The first station of its copies, and by seat (0 = leader) which copy is in it.
    first: StationId,
    seats: Vec<u32>,
    phase: Phase,
    armed: u32,
    /// Times that it lost its leader.
    times: u64,
    /// Writes that wait for a leader.
    parked: Line,
}

/// All shards whose leaders can change.
#[derive(Debug, Default)]
pub(super) struct Shards {
    rows: Vec<Shard>,
    /// By station: its row; [`NONE`] without one. Empty when leaders stay.
    of_station: Vec<u32>,
}

impl Shards {
    pub(super) fn new(plan: &Plan) -> Self {
        let (mut rows, mut of_station) = (Vec::new(), Vec::new());
        for (at, failover) in plan.breakdowns.failovers.iter().enumerate() {
            let database = &plan.databases[failover.database.index()];
            let component = &plan.components[database.component.index()];
            let first = component.first;
            of_station.resize(plan.stations.len(), NONE);
            for (at, station) in component.stations().enumerate() {
                of_station[station.index()] = rows.len() as u32 + at as u32 / database.copies;
            }
            rows.extend((0..database.shards).map(|shard| Shard {
                failover: at as u32,
                number: shard,
                first: StationId(first.0 + shard * database.copies),
                seats: (0..database.copies).collect(),
                phase: Phase::Led,
                armed: 0,
                times: 0,
                parked: Line::new(1),
            }));
        }
        Self { rows, of_station }
    }

    /// Whether an entry is still meant.
    pub(super) fn is_armed(&self, row: u32, sequence: u32) -> bool {
        self.rows[row as usize].armed == sequence
    }

    /// The shard of a station.
    fn of(&self, station: StationId) -> Option<usize> {
        let row = self.of_station.get(station.index()).copied();
        row.filter(|row| *row != NONE).map(|row| row as usize)
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Who sits where a pool of one copy sends its calls.
    pub(super) fn seated(&self, pool: PoolId, station: StationId) -> StationId {
        let Some(at) = self.shards.of(station) else {
            return station;
        };
        let row = &self.shards.rows[at];
        let failover = &self.plan.breakdowns.failovers[row.failover as usize];
        let shards = self.plan.databases[failover.database.index()].shards;
        let seat = pool.0.wrapping_sub(failover.seats.0) / shards;
        row.seats
            .get(seat as usize)
            .map_or(station, |copy| StationId(row.first.0 + copy))
    }

    fn leader_of(&self, at: usize) -> StationId {
        let row = &self.shards.rows[at];
        StationId(row.first.0 + row.seats[0])
    }

    fn database_of(&self, at: usize) -> (DatabaseId, u32) {
        let row = &self.shards.rows[at];
        let failover = &self.plan.breakdowns.failovers[row.failover as usize];
        (failover.database, row.number)
    }

    /// A station goes down: if it leads a shard, somebody else must.
    pub(super) fn leader_breaks(&mut self, station: StationId) {
        let Some(at) = self
            .shards
            .of(station)
            .filter(|&at| self.leader_of(at) == station)
        else {
            return;
        };
        let (database, shard) = self.database_of(at);
        self.replicas.log(database, shard).cut_off();
        let row = &mut self.shards.rows[at];
        row.phase = Phase::Unnoticed;
        row.times += 1;
        let failover = &self.plan.breakdowns.failovers[row.failover as usize];
        self.go_on_after(at, DETECT, &failover.detect);
    }

    /// The next phase of a shard without a leader, after a time or at once.
    fn go_on_after(&mut self, at: usize, what: Site, law: &Law) {
        let row = &self.shards.rows[at];
        let failover = &self.plan.breakdowns.failovers[row.failover as usize];
        let own: Key = self.root.child(failover.site, u64::from(row.number));
        let mut draw = own.numbered(row.times).draw(what);
        let span = (law.sampler().sample(&mut draw) + 0.5) as u64;
        if span == 0 {
            self.shards.rows[at].armed = 0;
            return self.next_phase(at);
        }
        let due = self.now.saturating_add(span);
        self.shards.rows[at].armed = self.calendar.push(due, Class::Elect, at as u32);
    }

    /// Somebody has noticed, or the election is over.
    pub(super) fn due_election(&mut self, row: u32, sequence: u32) {
        if self.shards.is_armed(row, sequence) {
            self.shards.rows[row as usize].armed = 0;
            self.next_phase(row as usize);
        }
    }

    fn next_phase(&mut self, at: usize) {
        let row = &mut self.shards.rows[at];
        if row.phase == Phase::Unnoticed {
            row.phase = Phase::Electing;
            let failover = &self.plan.breakdowns.failovers[row.failover as usize];
            return self.go_on_after(at, ELECT, &failover.elect);
        }
        self.elect(at);
    }

    /// The copy that has most leads; who led takes its seat.
    fn elect(&mut self, at: usize) {
        let (database, shard) = self.database_of(at);
        let row = &self.shards.rows[at];
        let first = row.first.0;
        let works = |&seat: &usize| !self.breakdowns.is_down(first + row.seats[seat]);
        let lacks = |seat: &usize| {
            let copy = row.seats[*seat];
            (self.replicas.log_at(database, shard).lacks(copy), *seat)
        };
        let seat = (0..row.seats.len()).filter(works).min_by_key(lacks);
        let Some(seat) = seat else {
            self.shards.rows[at].phase = Phase::Waiting;
            return;
        };
        let row = &mut self.shards.rows[at];
        row.phase = Phase::Led;
        row.seats.swap(0, seat);
        let copy = row.seats[0];
        let lost = self.replicas.log(database, shard).lead(copy);
        if lost > 0 {
            let component = self.plan.databases[database.index()].component;
            self.probe.lost_writes(component.0, lost, self.now);
        }
        if seat == 0 {
            self.show_late(at);
        }
        self.unpark(at);
    }

    /// A copy works again: it may be what a shard without a leader waits for.
    pub(super) fn copy_returns(&mut self, station: StationId) {
        let Some(at) = self.shards.of(station) else {
            return;
        };
        match self.shards.rows[at].phase {
            Phase::Waiting => self.elect(at),
            Phase::Unnoticed if self.leader_of(at) == station => {
                self.shards.rows[at].phase = Phase::Led;
                self.shards.rows[at].armed = 0;
                self.bury();
                self.show_late(at);
                self.unpark(at);
            }
            _ => {}
        }
    }

    /// The old leader is back: followers get what was on its way to them.
    fn show_late(&mut self, at: usize) {
        let (database, shard) = self.database_of(at);
        for committed in self.replicas.log(database, shard).rejoin() {
            self.probe
                .caught_up(database.0, self.now, self.now - committed);
        }
    }

    // ---- writes that wait for a leader

    /// A request has come to a leader that is down: true when it waits for the next.
    pub(super) fn wait_for_leader(&mut self, flight: u32) -> bool {
        let station = StationId(self.flights[flight].station);
        let leads = |&at: &usize| self.leader_of(at) == station;
        let Some(at) = self.shards.of(station).filter(leads) else {
            return false;
        };
        let row = &mut self.shards.rows[at];
        if !self.plan.breakdowns.failovers[row.failover as usize].waits {
            return false;
        }
        row.parked.join(&mut self.flights, flight, fifo::place());
        self.flights[flight].since = self.now;
        self.wait_in_time(flight, State::Parked);
        true
    }

    /// A flight does not wait for a leader any more.
    pub(super) fn leave_parked(&mut self, flight: u32) {
        self.stop_waiting_in_time(flight);
        if let Some(at) = self.shards.of(StationId(self.flights[flight].station)) {
            self.shards.rows[at]
                .parked
                .leave(&mut self.flights, flight, 0);
        }
    }

    /// Those who waited come to the new leader.
    fn unpark(&mut self, at: usize) {
        let leader = self.leader_of(at);
        while let Some(flight) = self.shards.rows[at]
            .parked
            .take(&mut self.flights, self.now)
        {
            self.stop_waiting_in_time(flight);
            let row = &mut self.flights[flight];
            row.waited = row.waited.wrapping_add(self.now - row.since);
            row.station = leader.0;
            row.state = State::Outbound;
            self.stations[leader.index()].coming += 1;
            self.soon(Do::Arrive, flight);
        }
    }
}
