//! Components that store data: `databases:`.

use super::balance::Balance;
use super::reader::Reader;
use super::shape::Named;
use super::station::Station;
use super::step::Block;
use crate::source::{At, Node};
use crate::units::Duration;
use std::num::NonZeroU64;

record! {
    /// A database: copies of a data set that answer queries.
    pub struct Database {
        /// The data set it stores.
        of: Option<At<String>>,
        /// How many copies in all, the leader included.
        replicas: At<NonZeroU64> = "1",
        /// The region of the leader; the first of `in` when absent.
        leader: Option<At<String>>,
        /// What a write waits for.
        write: Write = "{}",
        /// Which copies answer reads.
        read: ReadFrom = "primary",
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
    later: ["shards", "shard-by", "spread", "lag", "failover"];
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
    }
    later: ["nearest", "fresh-within", "copies"];
}

record! {
    /// The connection pool of each calling replica.
    pub struct Connections {
        /// How many connections one calling replica has, each held from before the send to the reply.
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
        /// What a copy does for it.
        body as "do": Block,
    }
    later: ["key", "lock", "need"];
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
    }
    later: ["all-shards", "shards"];
}
