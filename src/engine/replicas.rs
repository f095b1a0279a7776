//! Shards and copies: which shard an object is in, which writes a follower has, and which reads miss one.
//!
//! Writes of a shard are numbered as they are committed. A copy shows a write once it has applied it and its lag has passed; a read is
//! stale when its copy does not show the last acknowledged write of its object. A follower that turns a write away is taken to get it
//! in another way at once.

use super::calendar::Lane;
use super::flight::flag;
use super::{Do, Engine, Flight, Probe, State};
use crate::chance::key::{Key, Site, site};
use crate::chance::permutation::Permutation;
use crate::plan::{Call, CallId, Database, DatabaseId, Plan, PoolId, Shard, ShardBy};
use crate::policy::evict::Numbered;
use std::collections::VecDeque;

const ORDER: Site = site(&["shards", "order"]);

/// Writes that a follower does not show yet, by number from `base` on: when each was committed, and whether it is shown after all.
#[derive(Debug, Default)]
struct Follower {
    base: u64,
    open: VecDeque<(u64, bool)>,
}

impl Follower {
    fn shows(&self, write: u64) -> bool {
        let at = write.checked_sub(self.base);
        at.is_none_or(|at| self.open.get(at as usize).is_none_or(|&(_, shown)| shown))
    }

    /// The write is shown from now on; when it was committed, unless it was shown already.
    fn show(&mut self, write: u64) -> Option<u64> {
        let at = write.checked_sub(self.base)? as usize;
        let (committed, shown) = self.open.get_mut(at)?;
        if std::mem::replace(shown, true) {
            return None;
        }
        let committed = *committed;
        while self.open.front().is_some_and(|&(_, shown)| shown) {
            self.open.pop_front();
            self.base += 1;
        }
        Some(committed)
    }

    /// For how long it has lacked something \[ns\].
    fn behind(&self, now: u64) -> u64 {
        self.open.front().map_or(0, |&(since, _)| now - since)
    }
}

/// One shard: its writes, and the last acknowledged one of each object that some follower may not show yet.
#[derive(Debug, Default)]
struct Log {
    next: u64,
    acknowledged: Numbered<u64, u64>,
    /// Above this many, objects that all followers show are forgotten.
    tidy_at: usize,
    followers: Vec<Follower>,
}

impl Log {
    fn tidy(&mut self) {
        if self.acknowledged.len() > self.tidy_at {
            let shown = self.followers.iter().map(|follower| follower.base).min();
            let shown = shown.unwrap_or(self.next);
            self.acknowledged.retain(|_, write| *write >= shown);
            self.tidy_at = (2 * self.acknowledged.len()).max(64);
        }
    }
}

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
}

impl Replicas {
    pub(super) fn new(plan: &Plan, root: Key) -> Self {
        let (mut first, mut logs) = (Vec::new(), Vec::new());
        for database in &plan.databases {
            first.push(logs.len() as u32);
            logs.extend((0..database.shards).map(|_| Log {
                tidy_at: 64,
                followers: (1..database.copies).map(|_| Follower::default()).collect(),
                ..Log::default()
            }));
        }
        let order = |(at, database): (usize, &Database)| match database.shard_by {
            ShardBy::Range(items) => Some(Permutation::new(items, root.child(ORDER, at as u64))),
            _ => None,
        };
        Self {
            first,
            logs,
            writes: Vec::new(),
            orders: plan.databases.iter().enumerate().map(order).collect(),
        }
    }

    fn note(&mut self, flight: u32, write: u64) {
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
        let hashed = || self.object_of(child, key);
        let by_hash = || ((u128::from(hashed()) * u128::from(row.shards)) >> 64) as u32;
        match &row.shard_by {
            ShardBy::Range(items) => {
                let order = self.replicas.orders[database.index()].as_ref();
                let at = order.map_or(object, |order| order.object(object));
                let at = u128::from(at) * u128::from(row.shards) / u128::from(*items);
                (at as u32).min(row.shards - 1)
            }
            ShardBy::Ring(ring) => ring.pick(hashed()),
            // Objects are numbered from the most popular on.
            ShardBy::Directory(hot) if object < u64::from(*hot) => {
                (object % u64::from(row.shards)) as u32
            }
            ShardBy::Hash | ShardBy::Directory(_) => by_hash(),
        }
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
        let log = self.replicas.first[database.index()] + shard;
        (&mut self.replicas.logs[log as usize], copy)
    }

    /// What a flight at a database is about.
    fn subject(&self, flight: u32, database: DatabaseId) -> u64 {
        let call = &self.plan.calls[self.flights[flight].call as usize];
        let own = self.plan.databases[database.index()].key;
        let key = if call.key.is_some() { call.key } else { own };
        self.attribute(flight, key) as u64
    }

    /// On the leader: the write has its number; no follower shows it.
    pub(super) fn commit(&mut self, flight: u32, database: DatabaseId) {
        let now = self.now;
        let (log, _) = self.log_here(flight, database);
        let write = log.next;
        log.next += 1;
        for follower in &mut log.followers {
            follower.open.push_back((now, false));
        }
        self.replicas.note(flight, write + 1);
    }

    /// On the leader: reads of its object must not miss the write from now on.
    pub(super) fn acknowledge(&mut self, flight: u32, database: DatabaseId) {
        let object = self.subject(flight, database);
        let write = self.replicas.writes[flight as usize] - 1;
        let (log, _) = self.log_here(flight, database);
        let last = log.acknowledged.entry(object).or_insert(write);
        *last = (*last).max(write);
        log.tidy();
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
        let follower = copy
            .checked_sub(1)
            .map(|at| &mut log.followers[at as usize]);
        let committed = match (follower, write) {
            (Some(follower), 1..) => follower.show(write - 1),
            _ => None,
        };
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
        let last = log.acknowledged.get(&object).copied();
        match (last, copy) {
            (None, _) | (_, 0) => true,
            (Some(write), copy) => log.followers[copy as usize - 1].shows(write),
        }
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
        let log = &self.replicas.logs[(self.replicas.first[at] + shard) as usize];
        copy == 0 || log.followers[copy as usize - 1].behind(self.now) <= bound
    }
}
