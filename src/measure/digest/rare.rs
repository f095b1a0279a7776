//! What few plans have, and the fingerprints of all others are without.

use super::Numbers;
use crate::measure::tally::{FunctionTally, GroupTally};

impl Numbers {
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
