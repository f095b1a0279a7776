//! Rate limits: who finds no token is turned away at once.
//!
//! Before a service or an external system a request takes its token where it arrives, so that a refusal travels back half an rtt, and
//! holds no slot. Before a call the token is taken by the calling replica, once for each attempt and for each copy of a hedged one, and a
//! refusal takes no time: the guards of a call nest as retry ( hedge ( rate limit ( connection ( timeout ( attempt ))))).
//!
//! Not modelled: a limit's own answer time (a global limit asks a service of its own: say `call` for that), tokens by user or key,
//! limits that count bytes, and hints when to come again (`Retry-After`): give the caller's `retry` a backoff.

use super::{Engine, NONE, Probe};
use crate::plan::{CallId, ComponentId, Plan};
use crate::policy::Cause;
use crate::policy::bucket::Bucket;

/// All buckets.
pub(super) fn buckets(plan: &Plan) -> Vec<Bucket> {
    let rows = plan.guards.limits.iter().flat_map(|limit| {
        let full = Bucket::new(Some((limit.burst, limit.rate / 1e9)));
        std::iter::repeat_n(full, limit.buckets as usize)
    });
    rows.collect()
}

/// The bucket before a replica of a component; [`NONE`] without one.
pub(super) fn bucket_of(plan: &Plan, component: ComponentId, replica: u32) -> u32 {
    let own = plan.guards.limit_before(component);
    own.map_or(NONE, |limit| limit.bucket(replica))
}

impl<P: Probe> Engine<'_, P> {
    /// A request has come to a limited station: true when it is turned away.
    #[cold]
    pub(super) fn limited(&mut self, flight: u32, bucket: u32) -> bool {
        if self.buckets[bucket as usize].take(self.now) {
            return false;
        }
        let station = self.flights[flight].station;
        self.probe.arrived(station, self.now);
        self.probe.refused(station, self.now);
        self.turn_away(flight, Cause::Limited);
        true
    }

    /// An attempt of a call, or a copy of one, takes its token: true when it finds none.
    pub(super) fn attempt_limited(&mut self, flight: u32, id: CallId) -> bool {
        let limit = self.quick[id.index()].limit as usize;
        let Some(limit) = self.plan.guards.limits.get(limit) else {
            return false;
        };
        let station = self.flights[flight].station as usize;
        let caller = self.plan.stations.get(station);
        let bucket = limit.bucket(caller.map_or(0, |station| station.replica));
        !self.buckets[bucket as usize].take(self.now)
    }
}
