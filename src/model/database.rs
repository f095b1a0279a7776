//! Components that store data: `databases:`.

use super::balance::{Balance, Luck};
use super::law::DurationLaw;
use super::reader::Reader;
use super::reliability::Failover;
use super::shape::Named;
use super::station::Station;
use super::step::Block;
use crate::source::{At, Node};
use crate::units::{Bandwidth, Duration, Size};
use std::num::NonZeroU64;

record! {
    /// A database: copies of a data set that answer queries.
    pub struct Database {
        /// The data set it stores.
        of: Option<At<String>>,
        /// How many copies of each shard in all, the leader included.
        replicas: At<NonZeroU64> = "1",
        /// The region of the leader; the first of `in` when absent.
        leader: Option<At<String>>,
        /// Into how many parts the data are divided, each with copies of its own.
        shards: At<NonZeroU64> = "1",
        /// What decides in which shard something is; needed with more than one.
        shard_by: Option<ShardBy>,
        /// More shards, and the move of what belongs there, while the run goes on.
        reshard: Option<Reshard>,
        /// How the copies of one shard are spread.
        spread: CopySpread = "zones",
        /// What a write waits for.
        write: Write = "{}",
        /// Which copies answer reads.
        read: ReadFrom = "primary",
        /// How long after a follower has a write its readers see it; no time when absent.
        lag: Option<At<DurationLaw>>,
        /// How another copy becomes the leader when the leader has broken; at once when absent.
        failover: Option<At<Failover>>,
        /// Connections that each calling replica has; unlimited when absent.
        connections: Option<Connections>,
        /// How reads are spread over the copies that may answer them.
        balance: Balance = "random",
        /// What can be asked, by name: called as `database.query`.
        queries: Named<Query>,
    }
    flatten {
        /// Slots, processor and queue of one copy.
        station: Station
    }
    check: check_database;
}

fn check_database(database: &Database, _node: &Node, reader: &mut Reader<'_>) {
    let (acks, copies) = (database.write.acks.get(), database.replicas.get());
    if acks > copies {
        reader.out_of_range(
            database.write.acks.place,
            format!("`acks: {acks}` exceeds the {copies} of `replicas`: no write could ever be acknowledged"),
        );
    }
}

record! {
    /// Shards that are added, and how what belongs there gets there.
    pub struct Reshard {
        /// How many shards there are in the end.
        to: At<NonZeroU64>,
        /// When the move begins, from the start of the run.
        at: At<Duration>,
        /// How much each of the old shards gives away in a second, at most.
        rate: At<Bandwidth>,
        /// How much goes at a time.
        batch: At<Size> = "4MiB",
        /// What a batch costs the leader that gives it, and then every copy that takes it.
        body as "do": Block = "[]",
    }
    check: check_reshard;
}

fn check_reshard(reshard: &Reshard, _node: &Node, reader: &mut Reader<'_>) {
    if reshard.rate.bytes_per_second() == 0.0 {
        reader.out_of_range(reshard.rate.place, "at this rate nothing ever moves");
    }
    if reshard.batch.bytes() < 1.0 {
        reader.out_of_range(reshard.batch.place, "a batch has at least a byte");
    }
}

record! {
    /// What a write waits for.
    pub struct Write {
        /// How many copies must have it, the leader included.
        acks: At<NonZeroU64> = "1",
    }
}

choice! {
    /// Which copies answer reads.
    pub enum ReadFrom {
        /// The leader only.
        Primary = "primary",
        /// Any copy, as `balance` picks.
        Any = "any",
        /// A copy in the caller's zone, else in its region, else any; as `balance` picks.
        Nearest = "nearest",
        /// Any copy that is behind the leader by no more than this (bounded staleness); the leader when the others are.
        FreshWithin(FreshWithin) = "fresh-within",
        /// All copies are asked, and the first so many answers count (Dynamo, 2007): with the `acks` of writes above
        /// `replicas` no committed write is missed.
        Copies(Quorum) = "copies",
    }
}

record! {
    /// A bound on staleness.
    pub struct FreshWithin {
        /// How far behind a copy may be.
        within: At<Duration>,
    }
    bare: "within";
}

record! {
    /// A quorum.
    pub struct Quorum {
        /// How many copies must answer.
        number: At<NonZeroU64>,
    }
    bare: "number";
}

choice! {
    /// In which shard something is.
    pub enum ShardBy {
        /// By a hash of the key, modulo the number of shards: even shares of keys. With one shard more nearly all keys have another one.
        Hash(ShardKey) = "hash",
        /// By ranges of keys of equal length. With more shards their boundaries are drawn anew.
        Range(ShardKey) = "range",
        /// By the next point on a hash ring (Karger et al. 1997).
        ConsistentHash(RingKey) = "consistent-hash",
        /// By a list that deals the most popular keys out in turn; all others by hash.
        Directory(DirectoryKey) = "directory",
    }
}

record! {
    /// What shards are chosen by.
    pub struct ShardKey {
        /// The data set, or an attribute with its keys.
        key: At<String>,
    }
    bare: "key";
}

record! {
    /// What shards are chosen by, on a ring.
    pub struct RingKey {
        /// The data set, or an attribute with its keys.
        key: At<String>,
        /// Points of each shard on the ring: more points, more even shares.
        points: At<NonZeroU64> = "100",
        /// Whether every replication draws its own ring.
        luck: Luck = "drawn",
    }
}

record! {
    /// What shards are chosen by, with a list.
    pub struct DirectoryKey {
        /// The data set, or an attribute with its keys.
        key: At<String>,
        /// How many of the most popular keys the list has.
        hot: At<NonZeroU64> = "1000",
    }
}

choice! {
    /// How the copies of a shard are spread.
    pub enum CopySpread {
        /// Each in another zone, as far as there are zones, and leaders of different shards too.
        Zones = "zones",
        /// All in one zone; those of different shards in different ones.
        None = "none",
    }
}

record! {
    /// The connection pool of each calling replica.
    pub struct Connections {
        /// How many connections one calling replica has; an attempt of a call holds one from before it is sent to its outcome, and none while
        /// it backs off.
        per_caller: At<NonZeroU64>,
        /// How long a call waits for a free one before it fails with `no-connection`; for ever when absent.
        wait: Option<At<Duration>>,
    }
}

record! {
    /// One kind of query and what it costs a copy.
    pub struct Query {
        /// A read, and how many shards it asks.
        reads: Option<Reach>,
        /// A write, and how many shards it changes.
        writes: Option<Reach>,
        /// The attribute whose object it is about, where the call has no `key`; the key of the database when absent.
        key: Option<At<String>>,
        /// One row lock per object of this attribute or data set, held on the leader until the write is committed.
        lock: Option<At<String>>,
        /// Of a query to several shards: how many must succeed; all when absent.
        need: Option<At<NonZeroU64>>,
        /// What a copy does for it.
        body as "do": Block,
    }
    check: check_query;
}

fn check_query(query: &Query, node: &Node, reader: &mut Reader<'_>) {
    if query.reads.is_some() == query.writes.is_some() {
        reader.exactly_one(node, "a query", &["reads", "writes"]);
    }
}

choice! {
    /// How many shards a query reaches.
    pub enum Reach {
        /// The one that holds its key.
        One = "one",
        /// All: asked at once, and answered when all (or `need`) have (scatter and gather).
        AllShards = "all-shards",
        /// So many, as a scan of a range does: the one that holds its key and those that follow it, asked at once.
        Shards(ShardCount) = "shards",
    }
}

record! {
    /// How many shards are asked.
    pub struct ShardCount {
        /// At least 2.
        number: At<NonZeroU64>,
    }
    bare: "number";
}
