//! What few plans have, and the fingerprints of all others are without.

use super::{Numbers, Text};
use crate::measure::episodes::Episodes;
use crate::measure::tally::{
    AreaTally, BreakTally, CacheTally, FunctionTally, GroupTally, HoldTally, Minutes, MoveTally,
};
use crate::plan::Plan;
use std::fmt::{self, Write as _};

/// Tables that most plans have no rows in count only where they do, so that the others keep their hashes.
pub(super) fn tables(plan: &Plan, text: &mut Text) {
    let rare: [(&dyn fmt::Debug, bool); 19] = [
        (&plan.shares, plan.shares.is_empty()),
        (&plan.slowdowns, plan.slowdowns.is_empty()),
        (&plan.functions, plan.functions.is_empty()),
        (&plan.databases, plan.databases.is_empty()),
        (&plan.topics, plan.topics.is_empty()),
        (&plan.groups, plan.groups.is_empty()),
        (&plan.cdns, plan.cdns.is_empty()),
        (&plan.stores, plan.stores.is_empty()),
        (&plan.guards, plan.guards.is_empty()),
        (&plan.graces, plan.graces.is_empty()),
        (&plan.refreshes, plan.refreshes.is_empty()),
        (&plan.breakdowns, plan.breakdowns.is_empty()),
        (&plan.purges, plan.purges.is_empty()),
        (&plan.drifts, plan.drifts.is_empty()),
        (&plan.rebalances, plan.rebalances.is_empty()),
        (&plan.accounts, plan.accounts.is_empty()),
        (&plan.bill, plan.bill.is_empty()),
        (&plan.object_sets, plan.object_sets.is_empty()),
        (&plan.several, plan.several.is_empty()),
    ];
    for (at, (table, _)) in rare.iter().enumerate().filter(|(_, (_, empty))| !empty) {
        writeln!(text, "{at} {table:?}").expect("hashing does not fail");
    }
}

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
            lapsed,
        } = row;
        for count in [hits, misses, coalesced, stored, evicted, expired] {
            self.push(*count);
        }
        if *stale > 0 {
            self.push(*stale);
        }
        self.wide(*held);
        if *lapsed > 0 {
            self.wide(*lapsed);
        }
    }

    /// Nothing where nothing failed.
    pub(super) fn episodes(&mut self, episodes: Episodes) {
        if episodes.count > 0 {
            self.push(episodes.count);
        }
    }

    /// Pools of units, and then their instances.
    pub(super) fn holds(&mut self, holds: &[HoldTally], units: &[u128]) {
        self.list(holds, |numbers, row| {
            let HoldTally {
                acquired,
                failed,
                used,
                waiting,
                waited,
            } = row;
            numbers.push(*acquired);
            numbers.push(*failed);
            numbers.wide(*used);
            numbers.wide(*waiting);
            numbers.moments(waited);
        });
        self.list(units, |numbers, used| numbers.wide(*used));
    }

    /// Of the minutes, what is kept of each replication; nothing where the load does not change.
    pub(super) fn minutes(&mut self, minutes: &Minutes) {
        let Minutes {
            width,
            count: _,
            shares: _,
            busiest,
        } = minutes;
        if *width > 0 {
            self.push(*width);
            self.list(busiest, |numbers, share| numbers.push(*share));
        }
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

    /// Nothing where nothing moves.
    pub(super) fn moves(&mut self, moves: &[MoveTally]) {
        for MoveTally {
            batches,
            over,
            took,
        } in moves
        {
            self.push(*batches);
            self.push(u64::from(*over));
            self.push(*took);
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
