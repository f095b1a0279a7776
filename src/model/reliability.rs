//! Things that break and are repaired: `reliability:`, and the databases that go on with another leader: `failover:`.

use super::law::DurationLaw;
use crate::source::At;
use std::num::NonZeroU64;

record! {
    /// How often a replica, copy, node or machine breaks, and what then becomes of its work. Each starts whole.
    pub struct Reliability {
        /// For how long it works until it breaks (time to failure).
        up: DurationLaw,
        /// How long its repair takes once somebody is at it.
        down: DurationLaw,
        /// When it ages.
        clock: Clock = "always",
        /// What becomes of the requests that it has when it breaks.
        work: Interrupted = "lost",
        /// How many can be under repair at once, the first that broke first; all of them when absent.
        crews: Option<At<NonZeroU64>>,
    }
}

choice! {
    /// What wears a thing out.
    pub enum Clock {
        /// The time, busy or not.
        Always = "always",
        /// Only the time in which it has a request (operation-dependent failures).
        Busy = "busy",
    }
}

choice! {
    /// What becomes of requests at a thing that breaks.
    pub enum Interrupted {
        /// They wait, and go on where they were after the repair (preemptive resume); so do newcomers.
        Resume = "resume",
        /// They wait, and what they were computing begins anew after the repair; newcomers wait too.
        Restart = "restart",
        /// They fail at once (cause `unreachable`), and so do newcomers until it is repaired; memory is lost as well.
        Lost = "lost",
    }
}

record! {
    /// How another copy of a shard becomes its leader when the leader has broken.
    pub struct Failover {
        /// How long it takes until somebody notices.
        detect: DurationLaw,
        /// How long it takes after that until there is a new leader; the copy that has most of the writes is it.
        elect: DurationLaw,
        /// What becomes of writes meanwhile.
        writes: Headless = "fail",
    }
}

choice! {
    /// What becomes of requests for a leader where there is none.
    pub enum Headless {
        /// They fail at once (cause `unreachable`).
        Fail = "fail",
        /// They wait for the new leader.
        Wait = "wait",
    }
}
