//! Databases that get more shards while the run goes on.
//!
//! From its time on every shard that has something to give does so batch by batch: its leader works on the batch as on a query, then the
//! batch goes over the network to the leader of the shard that is to have it, which works on it, too, and sends it to its followers. The
//! next one begins when that is done, and no earlier than the rate allows; a batch that fails is begun again then. An object belongs to its
//! new shard from when its batch is there: which batch that is follows from its hash.
//!
//! Not modelled: writes that come while their object is on its way and are copied after it; the pause in which a shard is handed over; shards that are
//! taken away, or go from machine to machine; that new machines start late (they are there, and paid for, from the beginning). Queries to
//! all shards ask those that are still empty, too. What has moved counts as fresh on all copies. What is worked out before the run knows
//! the shards of the end only, and not the work of moving.

use super::calendar::Class;
use super::flight::flag;
use super::{Engine, Flight, Outcome, Probe, State};
use crate::chance::key::mix13;
use crate::plan::{CallId, DatabaseId, Move, Plan, Reshard};

/// Marks the number by which a request knows that it is a batch of a move.
pub(super) const OF_MOVE: u32 = 1 << 30;

/// A shard that gives.
#[derive(Debug)]
struct Giver {
    database: DatabaseId,
    /// Its pairs, among those of the database.
    pairs: (u32, u32),
    /// The present one.
    pair: u32,
    /// Whether the batch is on its way to the taker.
    taken: bool,
    /// When its present batch began, and how many there were.
    began: u64,
    batches: u64,
}

/// All moves.
#[derive(Debug, Default)]
pub(super) struct Moves {
    givers: Vec<Giver>,
    /// By database: how many batches of each pair are there. Empty without a move.
    done: Vec<Vec<u32>>,
    /// By database: givers that are not through.
    giving: Vec<u32>,
}

impl Moves {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut all = Self::default();
        for (at, database) in plan.databases.iter().enumerate() {
            let moves = database.reshard.as_ref().map_or(&[][..], |row| &row.moves);
            all.done.push(vec![0; moves.len()]);
            let before = all.givers.len();
            let (mut first, database) = (0, DatabaseId::from(at));
            for pairs in moves.chunk_by(|one, other| one.from == other.from) {
                let end = first + pairs.len() as u32;
                all.givers.push(Giver {
                    database,
                    pairs: (first, end),
                    pair: first,
                    taken: false,
                    began: 0,
                    batches: 0,
                });
                first = end;
            }
            all.giving.push((all.givers.len() - before) as u32);
        }
        all
    }

    /// The shard that the present batch of a giver is at, or goes to.
    pub(super) fn shard(&self, plan: &Plan, number: u32) -> u32 {
        let giver = &self.givers[(number & !OF_MOVE) as usize];
        let reshard = plan.databases[giver.database.index()].reshard.as_ref();
        reshard.map_or(0, |reshard| {
            let pair = &reshard.moves[giver.pair as usize];
            if giver.taken { pair.to } else { pair.from }
        })
    }

    /// Whether an object has gone from its old shard to its new one.
    fn has_moved(
        &self,
        database: DatabaseId,
        reshard: &Reshard,
        pair: (u32, u32),
        hash: u64,
    ) -> bool {
        let key = |row: &Move| (row.from, row.to);
        let Ok(at) = reshard.moves.binary_search_by_key(&pair, key) else {
            return true; // too little to be a batch
        };
        let done = self.done[database.index()][at];
        let total = reshard.moves[at].batches;
        ((u128::from(hash) * u128::from(total)) >> 64) < u128::from(done)
    }

    /// The shard that has an object now, of which it will be in one and was in another.
    pub(super) fn place(
        &self,
        database: DatabaseId,
        reshard: &Reshard,
        (before, after): (u32, u32),
        hash: u64,
    ) -> u32 {
        // Another hash than the one that found the shards: neighbours do not move together.
        let hash = mix13(hash ^ reshard.site.0);
        if before == after || self.has_moved(database, reshard, (before, after), hash) {
            after
        } else {
            before
        }
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Moves wait for their time.
    pub(super) fn start_moves(&mut self) {
        for (at, giver) in self.replicas.moves.givers.iter().enumerate() {
            if let Some(reshard) = &self.plan.databases[giver.database.index()].reshard {
                self.calendar.push(reshard.at, Class::Move, at as u32);
            }
        }
    }

    /// The next batch of a shard sets out.
    pub(super) fn give_batch(&mut self, at: u32) {
        let now = self.now;
        let giver = &mut self.replicas.moves.givers[at as usize];
        (giver.began, giver.taken) = (now, false);
        giver.batches += 1;
        if let Some(reshard) = &self.plan.databases[giver.database.index()].reshard {
            self.send_batch(at, reshard.give);
        }
    }

    fn send_batch(&mut self, at: u32, id: CallId) {
        let giver = &self.replicas.moves.givers[at as usize];
        let row = &self.plan.databases[giver.database.index()];
        let Some(reshard) = &row.reshard else { return };
        let from = reshard.moves[giver.pair as usize].from;
        let station = self.plan.components[row.component.index()].first.0 + from * row.copies;
        let fate = self.root.child(reshard.site, u64::from(from));
        let fate = fate.numbered(giver.batches);
        let call = self.quick[id.index()];
        let flight = self.add_flight(Flight {
            key: call.fate(fate, 0),
            root: fate,
            birth: self.now,
            flags: flag::SENT,
            priority: call.priority.unwrap_or(0),
            call: id.0,
            endpoint: call.endpoint,
            sibling: OF_MOVE | at,
            station,
            state: State::Outbound,
            ..Flight::default()
        });
        self.probe.called(id.0, call.endpoint, 0, self.now);
        self.depart(flight, flight, id);
    }

    /// A batch has been read at its old shard or written at its new one, or that has failed.
    pub(super) fn batch_done(&mut self, number: u32, outcome: Outcome) {
        let at = number & !OF_MOVE;
        let giver = &mut self.replicas.moves.givers[at as usize];
        let database = giver.database;
        let Some(reshard) = &self.plan.databases[database.index()].reshard else {
            return;
        };
        if outcome.is_ok() && !std::mem::replace(&mut giver.taken, true) {
            return self.send_batch(at, reshard.take);
        }
        let next = giver.began.saturating_add(reshard.interval).max(self.now);
        if outcome.is_ok() {
            let pair = giver.pair as usize;
            let done = &mut self.replicas.moves.done[database.index()][pair];
            *done += 1;
            self.probe.moved(database.0, reshard.at, self.now, false);
            if *done == reshard.moves[pair].batches {
                giver.pair += 1;
            }
            if giver.pair == giver.pairs.1 {
                let left = &mut self.replicas.moves.giving[database.index()];
                *left -= 1;
                if *left == 0 {
                    self.probe.moved(database.0, reshard.at, self.now, true);
                }
                return;
            }
        }
        self.calendar.push(next, Class::Move, at);
    }
}
