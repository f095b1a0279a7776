//! Shards and copies: which shard an object is in, which writes a follower has, and which reads miss one.
//!
//! Writes of a shard are numbered as they are committed. A copy shows a write once it has applied it and its lag has passed; a read is
//! stale when its copy does not show the last acknowledged write of its object. A follower that turns a write away is taken to get it
//! in another way at once.

use super::calendar::Lane;
use super::flight::flag;
use super::log::Log;
use super::reshard::Moves;
use super::{Do, Engine, Flight, Probe, State};
use crate::chance::key::{Key, site};
use crate::chance::permutation::Permutation;
use crate::plan::{Call, CallId, Database, DatabaseId, Plan, PoolId, Ring, Shard, ShardBy};

/// The logs of all databases, and what belongs to them.
#[derive(Debug)]
pub(super) struct Replicas {
    /// The log of a database's first shard.
    first: Vec<u32>,
    logs: Vec<Log>,
    /// By flight: the number of the write that it makes or applies, counted from 1.
    writes: Vec<u64>,
    /// By database: where the objects stand in the order of their keys, for ranges.
    orders: Vec<Option<Permutation>>,
    /// By database: the rings by which shards are found before some are added and in the end.
    rings: Vec<[Ring; 2]>,
    /// What moves to other shards.
    pub(super) moves: Moves,
}

impl Replicas {
    pub(super) fn new(plan: &Plan, root: Key) -> Self {
        let (mut first, mut logs) = (Vec::new(), Vec::new());
        for database in &plan.databases {
            let row = DatabaseId::from(first.len());
            first.push(logs.len() as u32);
            let failover = plan.breakdowns.failover_of(row);
            let synchronous = failover.is_some_and(|failover| failover.synchronous);
            logs.extend((0..database.shards).map(|_| Log::new(database.copies, synchronous)));
        }
        let order = |database: &Database| match database.shard_by {
            ShardBy::Range { items, .. } => {
                let name = &plan.components[database.component.index()].name;
                let key = root.child(site(&["shards", "order", name]), 0);
                Some(Permutation::new(items, key))
            }
            _ => None,
        };
        let ring = |database: &Database| {
            let before = database.reshard.as_ref();
            let before = before.map(|reshard| reshard.shard_by.ring(root));
            [before.unwrap_or_default(), database.shard_by.ring(root)]
        };
        let rings: Vec<[Ring; 2]> = plan.databases.iter().map(ring).collect();
        Self {
            first,
            logs,
            writes: Vec::new(),
            orders: plan.databases.iter().map(order).collect(),
            moves: Moves::new(plan, &rings),
            rings,
        }
    }

    /// The log of a shard.
    pub(super) fn log(&mut self, database: DatabaseId, shard: u32) -> &mut Log {
        &mut self.logs[(self.first[database.index()] + shard) as usize]
    }

    /// The log of a shard, to look at.
    pub(super) fn log_at(&self, database: DatabaseId, shard: u32) -> &Log {
        &self.logs[(self.first[database.index()] + shard) as usize]
    }

    /// A flight makes or applies this write, counted from 1; 0 = none.
    pub(super) fn note(&mut self, flight: u32, write: u64) {
        if self.writes.len() <= flight as usize {
            self.writes.resize(flight as usize + 1, 0);
        }
        self.writes[flight as usize] = write;
    }
}

impl<P: Probe> Engine<'_, P> {
    /// The pool that a call of this flight goes to.
    #[inline]
    pub(super) fn pool_of(&self, child: u32, caller: u32, call: &Call) -> PoolId {
        let database = self.plan.pools[call.pool.index()].database;
        if !database.is_some() || call.shard == Shard::Fixed {
            return call.pool;
        }
        let shard = match call.shard {
            Shard::Own => self.shard_here(caller, database).0,
            Shard::Moving => {
                let number = self.flights[caller].sibling;
                self.replicas.moves.shard(number)
            }
            Shard::After(more) => {
                let row = &self.plan.databases[database.index()];
                let shard = self.shard_of(child, call, database);
                match &row.reshard {
                    Some(reshard) if self.now < reshard.at => {
                        reshard.shard_by.following(reshard.from, shard, more)
                    }
                    _ => row.shard_by.following(row.shards, shard, more),
                }
            }
            _ => self.shard_of(child, call, database),
        };
        PoolId(call.pool.0 + shard)
    }

    fn shard_of(&self, child: u32, call: &Call, database: DatabaseId) -> u32 {
        let row = &self.plan.databases[database.index()];
        let key = if call.key.is_some() {
            call.key
        } else {
            row.key
        };
        let object = self.attribute(child, key) as u64;
        let hash = || self.object_of(child, key);
        let place = || {
            let order = self.replicas.orders[database.index()].as_ref();
            order.map_or(object, |order| order.object(object))
        };
        let [old, new] = &self.replicas.rings[database.index()];
        let after = row.shard_by.shard(new, row.shards, object, place, hash);
        let Some(reshard) = &row.reshard else {
            return after;
        };
        let before = reshard
            .shard_by
            .shard(old, reshard.from, object, place, hash);
        let moves = &self.replicas.moves;
        moves.place(database, reshard.site, (before, after), hash())
    }

    /// The shard and copy at which a flight is served.
    fn shard_here(&self, flight: u32, database: DatabaseId) -> (u32, u32) {
        let station = self.flights[flight].station as usize;
        let replica = self.plan.stations[station].replica;
        let copies = self.plan.databases[database.index()].copies;
        (replica / copies, replica % copies)
    }

    fn log_here(&mut self, flight: u32, database: DatabaseId) -> (&mut Log, u32) {
        let (shard, copy) = self.shard_here(flight, database);
        (self.replicas.log(database, shard), copy)
    }

    /// What a flight at a database is about.
    fn subject(&self, flight: u32, database: DatabaseId) -> u64 {
        let call = &self.plan.calls[self.flights[flight].call as usize];
        let own = self.plan.databases[database.index()].key;
        let key = if call.key.is_some() { call.key } else { own };
        if !key.is_some() {
            return 0; // nobody asks: writes are only counted
        }
        self.attribute(flight, key) as u64
    }

    /// On the leader: the write has its number; no follower shows it.
    pub(super) fn commit(&mut self, flight: u32, database: DatabaseId) {
        let now = self.now;
        let (log, _) = self.log_here(flight, database);
        let write = log.commit(now);
        self.replicas.note(flight, write + 1);
    }

    /// On the leader: reads of its object must not miss the write from now on.
    pub(super) fn acknowledge(&mut self, flight: u32, database: DatabaseId) {
        let object = self.subject(flight, database);
        let write = self.replicas.writes[flight as usize] - 1;
        let (log, _) = self.log_here(flight, database);
        log.acknowledge(object, write);
    }

    /// A message to a follower carries the number of its write.
    #[inline]
    pub(super) fn pass_write(&mut self, flight: u32, child: u32, id: CallId) {
        if self.plan.calls[id.index()].shard == Shard::Own {
            let write = self.replicas.writes.get(flight as usize).copied();
            self.replicas.note(child, write.unwrap_or(0));
        }
    }

    /// On a follower: the write is applied, and shown when the lag has passed.
    pub(super) fn applied(&mut self, flight: u32, database: DatabaseId) {
        let lag = self.plan.databases[database.index()].lag;
        if !lag.is_some() {
            return self.show(flight, database);
        }
        let Flight {
            key,
            root,
            station,
            call,
            endpoint,
            ..
        } = self.flights[flight];
        let later = self.add_flight(Flight {
            key,
            root,
            station,
            call,
            endpoint,
            state: State::Lagging,
            ..Flight::default()
        });
        let write = self.replicas.writes[flight as usize];
        if let Some(write) = write.checked_sub(1) {
            let (log, copy) = self.log_here(flight, database);
            log.receive(copy, write);
        }
        self.replicas.note(later, write);
        let lag = self.demand(later, lag);
        self.after(lag, Lane::NONE, Do::Show, later);
    }

    /// The lag of a follower has passed.
    pub(super) fn show_later(&mut self, messenger: u32) {
        let component = self.plan.stations[self.flights[messenger].station as usize].component;
        let owner = |database: &Database| database.component == component;
        if let Some(database) = self.plan.databases.iter().position(owner) {
            self.show(messenger, DatabaseId::from(database));
        }
        self.drop_flight(messenger);
    }

    fn show(&mut self, flight: u32, database: DatabaseId) {
        let write = self.replicas.writes[flight as usize];
        let now = self.now;
        let (log, copy) = self.log_here(flight, database);
        let committed = write.checked_sub(1).and_then(|write| log.show(copy, write));
        if let Some(committed) = committed {
            self.probe.caught_up(database.0, now, now - committed);
        }
    }

    /// A follower turned a write away, or its work was undone: it gets it in another way.
    pub(super) fn show_after_all(&mut self, flight: u32) {
        let row = &self.flights[flight];
        let Some(call) = self.plan.calls.get(row.call as usize) else {
            return;
        };
        if call.shard == Shard::Own && row.station != super::NONE {
            let component = self.plan.pools[call.pool.index()].component;
            let owner = |database: &Database| database.component == component;
            if let Some(database) = self.plan.databases.iter().position(owner)
                && self
                    .replicas
                    .writes
                    .get(flight as usize)
                    .is_some_and(|&write| write > 0)
            {
                self.show(flight, DatabaseId::from(database));
            }
        }
    }

    /// Whether this copy shows the last acknowledged write of a flight's object.
    fn is_fresh(&mut self, flight: u32, database: DatabaseId) -> bool {
        let object = self.subject(flight, database);
        let (log, copy) = self.log_here(flight, database);
        log.is_fresh(copy, object)
    }

    /// A read at one copy.
    pub(super) fn read_copy(&mut self, flight: u32, database: DatabaseId) {
        let fresh = self.is_fresh(flight, database);
        let endpoint = self.flights[flight].endpoint;
        self.probe.read(endpoint, self.now, !fresh);
    }

    /// A read at one of several copies: the answer carries whether it is fresh.
    pub(super) fn peek(&mut self, flight: u32, database: DatabaseId) {
        let fresh = self.is_fresh(flight, database);
        let flags = &mut self.flights[flight].flags;
        *flags = if fresh {
            *flags | flag::HIT
        } else {
            *flags & !flag::HIT
        };
    }

    /// A quorum is met: it is as fresh as the freshest of its answers.
    pub(super) fn meet(&mut self, flight: u32) {
        let row = &self.flights[flight];
        self.probe.read(row.endpoint, self.now, !row.is(flag::HIT));
    }

    /// Whether a copy is behind its leader by no more than so much.
    pub(super) fn is_within(&self, station: crate::plan::StationId, bound: u64) -> bool {
        let row = &self.plan.stations[station.index()];
        let owner = |database: &Database| database.component == row.component;
        let Some(at) = self.plan.databases.iter().position(owner) else {
            return true;
        };
        let copies = self.plan.databases[at].copies;
        let (shard, copy) = (row.replica / copies, row.replica % copies);
        let log = self.replicas.log_at(DatabaseId::from(at), shard);
        log.behind(copy, self.now) <= bound
    }
}
