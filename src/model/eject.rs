//! Outlier ejection: replicas that keep failing are left out for a while.

use super::reader::Reader;
use crate::source::{At, Node};
use crate::units::{Duration, Share};
use std::num::NonZeroU64;

record! {
    /// When a balancer leaves a replica out that keeps failing, and for how long (Envoy's outlier detection).
    pub struct Eject {
        /// So many failures in a row, as the balancer sees them, and the replica is left out.
        after: At<NonZeroU64> = "5",
        /// How long the first time; the second time in a row twice as long, then three times, and so on.
        base as "for": At<Duration> = "30s",
        /// The longest time.
        longest: At<Duration> = "300s",
        /// Which part of the replicas may be left out at once: of fewer than ten none by default.
        most: At<Share> = "10%",
    }
    check: check_eject;
}

fn check_eject(eject: &Eject, _node: &Node, reader: &mut Reader<'_>) {
    if eject.base.ns() == 0 {
        reader.out_of_range(
            eject.base.place,
            "who is left out for no time is not left out: leave `eject` away or give it time",
        );
    }
}
