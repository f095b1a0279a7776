//! Databases: shards, copies, and what a follower is behind by.

use super::ids::{AttributeId, ComponentId, DemandId};
use crate::policy::balance::Ring;

/// A database. Copy c of shard s is replica s · copies + c of its component; copy 0 leads.
#[derive(Debug, Clone)]
pub struct Database {
    /// Whose.
    pub component: ComponentId,
    /// Into how many parts the data are divided.
    pub shards: u32,
    /// Copies of each, the leader included.
    pub copies: u32,
    /// How a shard is found.
    pub shard_by: ShardBy,
    /// The attribute whose object finds the shard, and tells which writes a read must not miss; `NONE` = nobody knows.
    pub key: AttributeId,
    /// How long after a follower has a write its readers see it \[ns\]; `NONE` = at once.
    pub lag: DemandId,
}

/// In which shard an object is.
#[derive(Debug, Clone)]
pub enum ShardBy {
    /// By a hash of it.
    Hash,
    /// By equal ranges of so many objects in all.
    Range(u64),
    /// By a hash ring of the shards.
    Ring(Ring),
    /// The most popular, so many, in turn; the others by hash.
    Directory(u32),
}

impl super::Plan {
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
    /// That of the shard in which the caller runs.
    Own,
    /// The pool that it names.
    Fixed,
}
