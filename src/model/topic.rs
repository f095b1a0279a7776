//! Logs of messages: `topics:`.

use super::law::DurationLaw;
use super::reader::Reader;
use super::shape::{Definitions, Named, Shape};
use crate::source::{At, Node, codes};
use crate::units::Duration;
use std::num::NonZeroU64;

record! {
    /// A log of messages in partitions; every group of consumers reads all of it, each partition in its order.
    pub struct Topic {
        /// The regions it stands in, one log in all. Where absent: the only region, or no place at all.
        regions as "in": Vec<At<String>> = "[]",
        /// How many partitions it has; each is read by one consumer of a group.
        partitions: At<NonZeroU64> = "1",
        /// Copies of each partition in all, the leader included, in the zones of the region in turn. They cost what goes over the network to
        /// the others, by the `size` that `publish` gives; how long that takes is what `append` says.
        replicas: At<NonZeroU64> = "1",
        /// How messages are dealt to partitions; by the key that `publish` gives, else in turn, when absent.
        partition_by: Option<PartitionBy>,
        /// How long it takes until a message is in the log; no time when absent.
        append: Option<Append>,
        /// How long a message that a group has not begun to read is kept for it; for ever when absent.
        retention: Option<At<Duration>>,
        /// Who reads it.
        groups: Named<ConsumerGroup> = "{}",
    }
    check: check_topic;
}

fn check_topic(topic: &Topic, _node: &Node, reader: &mut Reader<'_>) {
    if let Some(retention) = topic.retention.as_ref().filter(|kept| kept.ns() == 0) {
        reader.out_of_range(
            retention.place,
            "messages that are kept for no time are never read: leave the topic out",
        );
    }
}

choice! {
    /// How messages are dealt to partitions.
    pub enum PartitionBy {
        /// By their key, so that those of one key stay in order.
        Hash(PartitionKey) = "hash",
        /// In turn.
        RoundRobin = "round-robin",
    }
}

record! {
    /// Which key is hashed.
    pub struct PartitionKey {
        /// The attribute whose value is the key, unless `publish` says another.
        key: At<String>,
    }
    bare: "key";
}

/// How long it takes until a message is in the log.
#[derive(Debug, Clone, PartialEq)]
pub enum Append {
    /// Until all copies in sync have it: what `ack: all` waits for.
    Copies(DurationLaw),
    /// Until the leader has it, and from then on until all have.
    Apart(AppendTimes),
}

impl Append {
    /// The time until the leader has a message, and from then on until all copies have.
    pub fn times(&self) -> [Option<&DurationLaw>; 2] {
        match self {
            Self::Copies(law) => [None, Some(law)],
            Self::Apart(times) => [times.leader.as_ref(), times.copies.as_ref()],
        }
    }
}

impl Shape for Append {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if ["leader", "copies"]
            .iter()
            .any(|part| node.get(part).is_some())
        {
            AppendTimes::read(node, reader).map(Self::Apart)
        } else {
            DurationLaw::read(node, reader).map(Self::Copies)
        }
    }

    fn schema(definitions: &mut Definitions) -> serde_json::Value {
        let apart = AppendTimes::schema(definitions);
        serde_json::json!({ "anyOf": [DurationLaw::schema(definitions), apart] })
    }

    fn show(&self) -> Option<Node> {
        match self {
            Self::Copies(law) => law.show(),
            Self::Apart(times) => times.show(),
        }
    }
}

record! {
    /// How long it takes until a message is in the log, in two parts.
    pub struct AppendTimes {
        /// Until the leader has it, from when it came there: what `ack: leader` waits for.
        leader: Option<DurationLaw>,
        /// From then on until all copies in sync have it: `ack: all` waits for this too, and so do readers.
        copies: Option<DurationLaw>,
    }
}

record! {
    /// Consumers that share the partitions of a topic: the replicas of the service whose endpoint is run.
    pub struct ConsumerGroup {
        /// The endpoint of a service that is run for each batch: `component.endpoint`.
        run: At<String>,
        /// How many messages a batch has; one each when absent.
        batch: Option<Batch>,
        /// Batches of one partition that are worked on at once.
        in_flight: At<NonZeroU64> = "1",
        /// What it reads first.
        start: First = "latest",
        /// What becomes of a batch whose request fails.
        on_failure: GroupFailure = "skip",
        /// What happens when a consumer is lost or comes back; partitions stay with their consumers when absent.
        rebalance: Option<At<Rebalance>>,
    }
    check: check_group;
}

fn check_group(group: &ConsumerGroup, _node: &Node, reader: &mut Reader<'_>) {
    if group.in_flight.get() > 1 {
        let message = "several batches of one partition at once are not supported yet";
        reader.report(codes::NOT_SUPPORTED, group.in_flight.place, message);
    }
}

choice! {
    /// What a group reads first.
    pub enum First {
        /// What is published from the start of the run on: the log is empty then.
        Latest = "latest",
    }
    later: ["earliest"];
}

record! {
    /// Partitions are dealt anew to those consumers who work.
    pub struct Rebalance {
        /// For how long nobody of the group begins a batch, from when a consumer is lost or comes back.
        pause: At<Duration>,
        /// How partitions are dealt.
        assign: Assign = "range",
    }
}

choice! {
    /// How partitions are dealt to consumers.
    pub enum Assign {
        /// In ranges as even as can be: the first consumers have one more.
        Range = "range",
    }
}

record! {
    /// Messages of one partition that are read together: one request, whose attribute `batch` is their number.
    pub struct Batch {
        /// How many at most.
        most: At<NonZeroU64>,
        /// How long the first of them waits for the batch to be full, from when it is in the log.
        wait: At<Duration> = "0s",
    }
}

choice! {
    /// What becomes of a batch whose request fails.
    pub enum GroupFailure {
        /// The next one is read.
        Skip = "skip",
        /// It is read again, and its partition waits: at least once, in order.
        Redeliver(Redeliver) = "redeliver",
    }
}

record! {
    /// How often a batch is read again.
    pub struct Redeliver {
        /// How long after the failure.
        after: At<Duration> = "0s",
        /// How many times in all it is read, the first one included; until it succeeds when absent.
        most: Option<At<NonZeroU64>>,
        /// The topic or queue that its messages go to after that; they are given up when absent.
        then: Option<At<String>>,
    }
    check: check_redeliver;
}

fn check_redeliver(redeliver: &Redeliver, _node: &Node, reader: &mut Reader<'_>) {
    check_dead_letters(redeliver.most.as_ref(), redeliver.then.as_ref(), reader);
}

/// Dead letters need a number of deliveries after which a message is one.
pub(super) fn check_dead_letters(
    most: Option<&At<NonZeroU64>>,
    then: Option<&At<String>>,
    reader: &mut Reader<'_>,
) {
    if let (None, Some(then)) = (most, then) {
        reader.report(
            codes::CONTRADICTION,
            then.place,
            "`then` is where messages go after `most` deliveries, and there is no `most`",
        );
    }
}
