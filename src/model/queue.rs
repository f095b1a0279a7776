//! Work queues: `queues:`.

use super::reader::Reader;
use super::topic::{Append, check_dead_letters};
use crate::source::{At, Node};
use crate::units::Duration;
use std::num::NonZeroU64;

record! {
    /// A queue of messages for competing consumers: each message goes to one of them, whichever is free, and is deleted when done.
    pub struct Queue {
        /// The regions it stands in, one queue in all. Where absent: the only region, or no place at all.
        regions as "in": Vec<At<String>> = "[]",
        /// The endpoint of a service that is run for each message: `component.endpoint`; its replicas are the consumers.
        run: At<String>,
        /// How many messages a consumer has at once.
        in_flight: At<NonZeroU64> = "1",
        /// How long it takes until a message is in the queue; no time when absent.
        append: Option<Append>,
        /// How long a message that was received stays hidden from others; when it is not done by then, it is received again. When absent:
        /// until its request ends, and a failure gives it back at once.
        visibility: Option<At<Duration>>,
        /// How many times a message is received at most; until it succeeds when absent.
        most: Option<At<NonZeroU64>>,
        /// The topic or queue that it goes to after that; it is given up when absent.
        then: Option<At<String>>,
    }
    check: check_queue;
}

fn check_queue(queue: &Queue, _node: &Node, reader: &mut Reader<'_>) {
    check_dead_letters(queue.most.as_ref(), queue.then.as_ref(), reader);
    if let Some(visibility) = queue.visibility.as_ref().filter(|hidden| hidden.ns() == 0) {
        reader.out_of_range(
            visibility.place,
            "a message that is never hidden is received by everybody at once: leave `visibility` out or give it time",
        );
    }
}
