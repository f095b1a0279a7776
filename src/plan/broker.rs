//! Topics and queues, and who reads them.

use super::ids::{AttributeId, CallId, ComponentId, EndpointId, GroupId, TopicId};
use crate::chance::key::Site;

/// A topic or a queue.
#[derive(Debug, Clone)]
pub struct Topic {
    /// The component that reports it.
    pub component: ComponentId,
    /// How many partitions; 1 for a queue.
    pub partitions: u32,
    /// Copies of each, the leader included.
    pub copies: u32,
    /// Its groups are `first .. end`; a queue has one.
    pub groups: (u32, u32),
    /// How long a message that a group has not begun to read is kept for it \[ns\]; `u64::MAX` = for ever.
    pub retention: u64,
}

/// A group of consumers of a topic, or those of a queue: the replicas of a service.
#[derive(Debug, Clone)]
pub struct Group {
    /// Of what.
    pub topic: TopicId,
    /// The endpoint by which its messages are counted: each is a call of it, from `publish` to the end of its batch.
    pub messages: EndpointId,
    /// The call by which a message that is in counts as sent to this group.
    pub message: CallId,
    /// The call that is made for each batch.
    pub run: CallId,
    /// Messages in a batch, at most.
    pub most: u32,
    /// How long the first message of a batch waits for the others \[ns\].
    pub wait: u64,
    /// How it is read.
    pub delivery: Delivery,
    /// How many times a message is delivered at most; `u32::MAX` = until it succeeds.
    pub attempts: u32,
    /// The send by which dead letters go where they are kept; `NONE` = they are given up.
    pub dead: CallId,
    /// The attribute that says how many messages a batch has.
    pub batch: AttributeId,
    /// Name of the fates of its requests.
    pub site: Site,
}

/// A group whose partitions are dealt anew when a consumer is lost or comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebalance {
    /// Which group.
    pub group: GroupId,
    /// For how long nobody of it begins a batch then \[ns\].
    pub pause: u64,
}

/// How messages are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Partition by partition, in order, one batch at a time; a failed one again after so long \[ns\].
    InOrder {
        /// How long after the failure.
        after: u64,
    },
    /// Each to any consumer that is free.
    Competing {
        /// How long a message that was received stays hidden \[ns\]; `u64::MAX` = until its request ends.
        visibility: u64,
        /// How many messages a consumer has at once.
        in_flight: u32,
    },
}

/// The consumer that has a partition: ranges as even as can be, the first ones longer by one.
pub fn owner(partition: u32, partitions: u32, consumers: u32) -> u32 {
    let (each, more) = (partitions / consumers, partitions % consumers);
    if partition < more * (each + 1) {
        partition / (each + 1)
    } else {
        more + (partition - more * (each + 1)) / each
    }
}
