//! Databases: shards, copies, and what a follower is behind by.

use super::ids::{AttributeId, CallId, ComponentId, DemandId};
use crate::chance::key::{Key, Site};
use crate::policy::balance::{Ring, RingLaw};

/// A database. Copy c of shard s is replica s · copies + c of its component; copy 0 leads.
#[derive(Debug, Clone)]
pub struct Database {
    /// Whose.
    pub component: ComponentId,
    /// Into how many parts the data are divided in the end.
    pub shards: u32,
    /// Copies of each, the leader included.
    pub copies: u32,
    /// How a shard is found.
    pub shard_by: ShardBy,
    /// The attribute whose object finds the shard, and tells which writes a read must not miss; `NONE` = nobody knows.
    pub key: AttributeId,
    /// How long after a follower has a write its readers see it \[ns\]; `NONE` = at once.
    pub lag: DemandId,
    /// How some of its shards got there.
    pub reshard: Option<Reshard>,
}

/// Shards that are added while the run goes on.
#[derive(Debug, Clone)]
pub struct Reshard {
    /// How many there are at first.
    pub from: u32,
    /// How a shard is found then.
    pub shard_by: ShardBy,
    /// When the move begins \[ns\].
    pub at: u64,
    /// Time from one batch of a shard to the next, at least \[ns\].
    pub interval: u64,
    /// Bytes in a batch.
    pub batch: f64,
    /// Bytes in all, those that stay included.
    pub all: f64,
    /// What moves, by the old shard and then the new one; where rings are drawn, on average.
    pub moves: Vec<Move>,
    /// Batches of the shard that gives most, in the longest move there may be.
    pub longest: u32,
    /// The call by which a batch is read, and the one by which it is written.
    pub give: CallId,
    /// See `give`.
    pub take: CallId,
    /// Name of the fates of batches.
    pub site: Site,
}

/// What moves from one shard to another: a part of what its old shard gives away, which is given pair by pair.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Move {
    /// The shard that has it at first.
    pub from: u32,
    /// The one that has it in the end.
    pub to: u32,
    /// Bytes.
    pub bytes: f64,
    /// Where in all that its old shard gives it begins, from 0 to 1.
    pub begins: f64,
    /// Where it ends.
    pub ends: f64,
}

impl Move {
    /// What moves of so many bytes in all, by the part of it that goes from one shard to another.
    pub fn all(parts: impl IntoIterator<Item = ((u32, u32), f64)>, all: f64) -> Vec<Self> {
        let one = |((from, to), part)| Self {
            from,
            to,
            bytes: part * all,
            ..Self::default()
        };
        let mut moves: Vec<Self> = parts.into_iter().map(one).collect();
        for pairs in moves.chunk_by_mut(|one, other| one.from == other.from) {
            let sum: f64 = pairs.iter().map(|pair| pair.bytes).sum();
            let mut before = 0.0;
            for pair in pairs {
                pair.begins = before / sum;
                before += pair.bytes;
                pair.ends = before / sum;
            }
        }
        moves
    }

    /// The moves of each shard that gives something, and in how many batches of this size.
    pub fn givers(moves: &[Self], batch: f64) -> impl Iterator<Item = (&[Self], u32)> {
        let givers = moves.chunk_by(|one, other| one.from == other.from);
        givers.map(move |pairs| {
            let bytes: f64 = pairs.iter().map(|pair| pair.bytes).sum();
            (pairs, (bytes / batch).ceil().max(1.0) as u32)
        })
    }
}

impl Reshard {
    /// How much moves in all, in bytes.
    pub fn bytes(&self) -> f64 {
        self.moves.iter().map(|pair| pair.bytes).sum()
    }

    /// Batches in all.
    pub fn batches(&self) -> u64 {
        let givers = Move::givers(&self.moves, self.batch);
        givers.map(|(_, batches)| u64::from(batches)).sum()
    }

    /// For how long a run looks at it: as long after the move as before it, if nothing but its rate slows it down \[ns\].
    pub fn looked_at(&self) -> f64 {
        2.0 * self.at as f64 + 1.25 * f64::from(self.longest) * self.interval as f64
    }
}

/// In which shard an object is.
#[derive(Debug, Clone)]
pub enum ShardBy {
    /// By the remainder of its hash.
    Hash,
    /// By equal ranges of keys.
    Range {
        /// Objects in all.
        items: u64,
        /// Shards that there were before some were added: those keep their numbers, and as much of their ranges as they can.
        old: u32,
    },
    /// By a hash ring of the shards.
    Ring(RingLaw),
    /// The most popular, so many, in turn; the others by hash.
    Directory(u32),
}

impl ShardBy {
    /// The ring of the replication with this root; of no points where shards are found in another way.
    pub fn ring(&self, replication: Key) -> Ring {
        match self {
            Self::Ring(law) => law.draw(replication),
            _ => Ring::default(),
        }
    }

    /// The shard of an object by its number, by its place in the order of keys, or by its hash; `ring` is that of the replication.
    #[inline]
    pub fn shard(
        &self,
        ring: &Ring,
        shards: u32,
        object: u64,
        place: impl Fn() -> u64,
        hash: impl Fn() -> u64,
    ) -> u32 {
        match self {
            Self::Range { items, old } => {
                let at = u128::from(place()) * u128::from(shards) / u128::from(*items);
                number_of_range((at as u32).min(shards - 1), shards, *old)
            }
            Self::Ring(_) => ring.pick(hash()),
            // Objects are numbered from the most popular on.
            Self::Directory(hot) if object < u64::from(*hot) => (object % u64::from(shards)) as u32,
            Self::Hash | Self::Directory(_) => (hash() % u64::from(shards)) as u32,
        }
    }

    /// The shard so many after this one, the first after the last: in the order of their ranges, or of their numbers.
    pub fn following(&self, shards: u32, shard: u32, more: u32) -> u32 {
        let old = match self {
            Self::Range { old, .. } if *old != shards => *old,
            _ => return (shard + more) % shards,
        };
        let number = |at: u32| number_of_range(at, shards, old);
        let at = (0..shards).find(|at| number(*at) == shard).unwrap_or(0);
        number((at + more) % shards)
    }
}

/// The shard that has the range at this place, of so many: the first that begins within the range of an old shard is that one's, and the
/// others are new.
fn number_of_range(at: u32, shards: u32, old: u32) -> u32 {
    if old == shards {
        return at;
    }
    let (place, shards, old) = (u64::from(at), u64::from(shards), u64::from(old));
    let own = place * old / shards;
    let number = if (own * shards).div_ceil(old) == place {
        own
    } else {
        // Old shards whose ranges begin before this one.
        old + place - ((place - 1) * old / shards + 1)
    };
    number as u32
}

impl super::Plan {
    /// How many databases there are, if one of them gets more shards; else none.
    pub fn databases_if_any_grows(&self) -> usize {
        let any = self.databases.iter().any(|row| row.reshard.is_some());
        if any { self.databases.len() } else { 0 }
    }

    /// The pools that a call may go to, as numbers: one, or one of each shard.
    pub fn pools_of(&self, call: &super::Call) -> std::ops::Range<usize> {
        let first = call.pool.index();
        let database = self.pools.get(first).map(|pool| pool.database);
        let shards = database
            .filter(|database| database.is_some() && call.shard != Shard::Fixed)
            .map_or(1, |database| {
                self.databases[database.index()].shards as usize
            });
        first..first + shards
    }
}

/// Which of the pools of a database a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shard {
    /// That of the shard of its key, where there are several.
    #[default]
    OfKey,
    /// That of the shard so many after that of its key, the first after the last.
    After(u32),
    /// That of the shard that gives or takes a batch of a move.
    Moving,
    /// That of the shard in which the caller runs.
    Own,
    /// The pool that it names.
    Fixed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_shards_keep_the_first_range_that_begins_in_theirs() {
        let numbers = |old: u32, shards: u32| -> Vec<u32> {
            (0..shards)
                .map(|at| number_of_range(at, shards, old))
                .collect()
        };
        assert_eq!(numbers(4, 4), [0, 1, 2, 3]);
        assert_eq!(numbers(4, 8), [0, 4, 1, 5, 2, 6, 3, 7]);
        assert_eq!(numbers(4, 5), [0, 4, 1, 2, 3]);
        assert_eq!(numbers(1, 3), [0, 1, 2]);
        let by = ShardBy::Range { items: 8, old: 4 };
        assert_eq!(
            [
                by.following(8, 0, 1),
                by.following(8, 4, 1),
                by.following(8, 7, 2)
            ],
            [4, 1, 4]
        );
        assert_eq!(ShardBy::Hash.following(8, 7, 2), 1);
        for (old, shards) in [(3, 7), (5, 6), (10, 11), (7, 100)] {
            let mut all = numbers(old, shards);
            all.sort_unstable();
            assert!(all.into_iter().eq(0..shards), "{old} of {shards}");
        }
    }

    /// Ten shards and one more: 10 of 11 keys have another one by the remainder of their hash.
    #[test]
    fn a_remainder_moves_nearly_everything() {
        let by = ShardBy::Hash;
        let hash = |object: u64| crate::chance::key::root(7, 0).numbered(object).0;
        let of = |shards: u32, object: u64| {
            by.shard(&Ring::default(), shards, object, || object, || hash(object))
        };
        let moved = (0..110_000).filter(|object| of(10, *object) != of(11, *object));
        let share = moved.count() as f64 / 110_000.0;
        assert!((share - 10.0 / 11.0).abs() < 0.003, "{share}");
    }
}
