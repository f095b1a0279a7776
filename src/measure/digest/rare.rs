//! What few plans have, and the fingerprints of all others are without.

use super::Numbers;
use crate::measure::tally::{AreaTally, BreakTally, CacheTally, FunctionTally, GroupTally};

impl Numbers {
    /// Stale hits count only where there are some, so that digests of caches without them stay what they were.
    pub(super) fn cache(&mut self, row: &CacheTally) {
        let CacheTally {
            hits,
            misses,
            coalesced,
            stored,
            evicted,
            expired,
            stale,
            held,
        } = row;
        for count in [hits, misses, coalesced, stored, evicted, expired] {
            self.push(*count);
        }
        if *stale > 0 {
            self.push(*stale);
        }
        self.wide(*held);
    }

    /// Nothing where nothing breaks.
    pub(super) fn breaks(&mut self, breaks: &[BreakTally]) {
        for BreakTally {
            times,
            down,
            lost_writes,
        } in breaks
        {
            self.push(*times);
            self.wide(*down);
            self.push(*lost_writes);
        }
    }

    /// Nothing where nobody has a choice of places.
    pub(super) fn areas(&mut self, areas: &[AreaTally]) {
        for AreaTally { calls, elsewhere } in areas {
            self.push(*calls);
            self.push(*elsewhere);
        }
    }

    /// Nothing where there are none, so that digests without functions stay what they were.
    pub(super) fn functions(&mut self, functions: &[FunctionTally]) {
        for FunctionTally {
            starts,
            starting,
            busy,
            idle,
        } in functions
        {
            self.push(*starts);
            for time in [starting, busy, idle] {
                self.wide(*time);
            }
        }
    }

    /// Nothing where there are none, so that digests without messages stay what they were.
    pub(super) fn groups(&mut self, groups: &[GroupTally]) {
        for GroupTally {
            redelivered,
            duplicates,
            lag,
            age,
            most,
            oldest,
        } in groups
        {
            for number in [redelivered, duplicates, most, oldest] {
                self.push(*number);
            }
            self.wide(*lag);
            self.wide(*age);
        }
    }
}
