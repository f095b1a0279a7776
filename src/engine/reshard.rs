//! Databases that get more shards while the run goes on.
//!
//! From its time on every shard that has something to give does so batch by batch: its leader works on the batch as on a query, then the
//! batch goes over the network to the leader of the shard that is to have it, which works on it, too, and sends it to its followers. The
//! next one begins when that is done, and no earlier than the rate allows; a batch that fails is begun again then. An object belongs to its
//! new shard from when its batch is there: which batch that is follows from its hash.
//!
//! Queries to all shards ask those that are still empty, too. Those to some shards that follow each other count them as before the move until
//! it begins, and as after it from then on. What has moved counts as fresh on all copies. The last batch of a shard is sent whole. What is
//! worked out before the run knows the shards of the end only, and not the work of moving.
//!
//! Not modelled: writes that come while their object is on its way and are copied after it; the pause in which a shard is handed over;
//! shards that are taken away, or go from machine to machine; that new machines start late (they are there, and paid for, from the
//! beginning).

use super::calendar::Class;
use super::flight::flag;
use super::{Engine, Flight, Outcome, Probe, State};
use crate::chance::key::Site;
use crate::chance::key::mix13;
use crate::plan::{CallId, DatabaseId, Move, Plan, Ring, ShardBy};

/// Marks the number by which a request knows that it is a batch of a move.
pub(super) const OF_MOVE: u32 = 1 << 30;

/// A shard that gives.
#[derive(Debug)]
struct Giver {
    database: DatabaseId,
    shard: u32,
    /// Its pairs, among those of the database.
    pairs: (u32, u32),
    /// Batches in all, and those that are there.
    batches: u32,
    done: u32,
    /// The pair of the present batch, and whether it is on its way to the taker.
    pair: u32,
    taken: bool,
    /// When it began, and how many times one has.
    began: u64,
    times: u64,
}

/// All moves.
#[derive(Debug, Default)]
pub(super) struct Moves {
    givers: Vec<Giver>,
    /// By database: its givers, and how many of them are not through.
    of: Vec<(u32, u32)>,
    giving: Vec<u32>,
    /// By database: what moves.
    rows: Vec<Vec<Move>>,
}

impl Moves {
    pub(super) fn new(plan: &Plan, rings: &[[Ring; 2]]) -> Self {
        let mut all = Self::default();
        for ((at, row), [_, ring]) in plan.databases.iter().enumerate().zip(rings) {
            let (first, mut next) = (all.givers.len() as u32, 0);
            let moves = match (&row.reshard, &row.shard_by) {
                (Some(reshard), ShardBy::Ring(_)) => {
                    Move::all(ring.moved(reshard.from), reshard.all)
                }
                (Some(reshard), _) => reshard.moves.clone(),
                (None, _) => Vec::new(),
            };
            let batch = row.reshard.as_ref().map_or(1.0, |reshard| reshard.batch);
            for (pairs, batches) in Move::givers(&moves, batch) {
                let end = next + pairs.len() as u32;
                all.givers.push(Giver {
                    database: DatabaseId::from(at),
                    shard: pairs[0].from,
                    pairs: (next, end),
                    batches,
                    done: 0,
                    pair: next,
                    taken: false,
                    began: 0,
                    times: 0,
                });
                next = end;
            }
            all.rows.push(moves);
            let end = all.givers.len() as u32;
            all.of.push((first, end));
            all.giving.push(end - first);
        }
        all
    }

    /// The shard that the present batch of a giver is at, or goes to.
    pub(super) fn shard(&self, number: u32) -> u32 {
        let giver = &self.givers[(number & !OF_MOVE) as usize];
        if giver.taken {
            self.rows[giver.database.index()][giver.pair as usize].to
        } else {
            giver.shard
        }
    }

    /// Whether an object has gone from its old shard to its new one.
    fn has_moved(&self, database: DatabaseId, pair: (u32, u32), hash: u64) -> bool {
        if self.giving[database.index()] == 0 {
            return true;
        }
        let (first, end) = self.of[database.index()];
        let givers = &self.givers[first as usize..end as usize];
        let giver = givers.binary_search_by_key(&pair.0, |giver| giver.shard);
        let moves = &self.rows[database.index()];
        let row = moves.binary_search_by_key(&pair, |row| (row.from, row.to));
        let (Ok(giver), Ok(row)) = (giver, row) else {
            return false; // so little that nobody looked for it: it goes last
        };
        let (giver, row) = (&givers[giver], &moves[row]);
        let within = (hash >> 11) as f64 / (1_u64 << 53) as f64;
        let place = row.begins + within * (row.ends - row.begins);
        place * f64::from(giver.batches) < f64::from(giver.done)
    }

    /// The shard that has an object now, of which it will be in one and was in another.
    pub(super) fn place(
        &self,
        database: DatabaseId,
        site: Site,
        (before, after): (u32, u32),
        hash: u64,
    ) -> u32 {
        // Another hash than the one that found the shards: neighbours do not move together.
        let hash = mix13(hash ^ site.0);
        if before == after || self.has_moved(database, (before, after), hash) {
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

    /// The next batch of a shard sets out, for the shard that the middle of it is for.
    pub(super) fn give_batch(&mut self, at: u32) {
        let now = self.now;
        let giver = &mut self.replicas.moves.givers[at as usize];
        let Some(reshard) = &self.plan.databases[giver.database.index()].reshard else {
            return;
        };
        let middle = (f64::from(giver.done) + 0.5) / f64::from(giver.batches);
        let moves = &self.replicas.moves.rows[giver.database.index()];
        let pairs = &moves[giver.pairs.0 as usize..giver.pairs.1 as usize];
        let pair = pairs.partition_point(|pair| pair.ends <= middle);
        giver.pair = giver.pairs.0 + pair.min(pairs.len() - 1) as u32;
        (giver.began, giver.taken) = (now, false);
        giver.times += 1;
        self.send_batch(at, reshard.give);
    }

    fn send_batch(&mut self, at: u32, id: CallId) {
        let giver = &self.replicas.moves.givers[at as usize];
        let row = &self.plan.databases[giver.database.index()];
        let Some(reshard) = &row.reshard else { return };
        let from = giver.shard;
        let station = self.plan.components[row.component.index()].first.0 + from * row.copies;
        let fate = self.root.child(reshard.site, u64::from(from));
        let fate = fate.numbered(giver.times);
        let call = self.quick[id.index()];
        let flight = self.add_flight(Flight {
            key: call.fate(fate, 0),
            root: fate,
            birth: self.now,
            flags: flag::SENT,
            // As all that nobody gave one: the least urgent.
            priority: (self.plan.priorities.len() - 1) as u8,
            call: id.0,
            endpoint: call.endpoint,
            sibling: OF_MOVE | at,
            station,
            state: State::Outbound,
            ..Flight::default()
        });
        // What its place was used for before is not replicated with it.
        self.replicas.note(flight, 0);
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
            giver.done += 1;
            let over = giver.done == giver.batches;
            self.probe.moved(database.0, reshard.at, self.now, false);
            if over {
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
