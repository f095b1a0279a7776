//! A happening as a value: what a probe was told.

use super::Trace;
use crate::engine::{Outcome, Phase, Probe};
use std::fmt;

/// Numbers of one happening at most.
const FIELDS: usize = 5;

/// What a probe was told: the name of the happening, and its ids, times and amounts by name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Happening {
    name: &'static str,
    kind: u8,
    length: u8,
    fields: [(&'static str, u64); FIELDS],
}

impl Happening {
    /// Its name: that of the method of [`Probe`].
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its number among the happenings there are.
    pub(super) fn kind(&self) -> u8 {
        self.kind
    }

    /// Its ids (positions in the plan's tables), times \[ns\] and amounts, by the names they have in [`Probe`]. An outcome is 0 for
    /// success, else one more than the number of its cause.
    #[inline]
    pub fn fields(&self) -> &[(&'static str, u64)] {
        &self.fields[..usize::from(self.length)]
    }

    /// When it was told, if it says \[ns\].
    pub fn at(&self) -> Option<u64> {
        let time = |field: &&(&str, u64)| matches!(field.0, "at" | "now" | "to");
        self.fields().iter().find(time).map(|field| field.1)
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(self.name)?;
        for (name, word) in self.fields() {
            write!(text, " {name}={word}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Happening {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, text)
    }
}

/// What fits into a word, one to one.
trait Word {
    fn word(self) -> u64;
}

impl Word for u8 {
    fn word(self) -> u64 {
        u64::from(self)
    }
}

impl Word for Option<u64> {
    /// Nothing is 0, else one more than the number.
    fn word(self) -> u64 {
        self.map_or(0, |number| number.wrapping_add(1))
    }
}

impl Word for u64 {
    fn word(self) -> u64 {
        self
    }
}

impl Word for u32 {
    fn word(self) -> u64 {
        u64::from(self)
    }
}

impl Word for bool {
    fn word(self) -> u64 {
        u64::from(self)
    }
}

impl Word for Phase {
    fn word(self) -> u64 {
        self as u64
    }
}

impl Word for Outcome {
    fn word(self) -> u64 {
        self.map_or_else(|cause| 1 + cause as u64, |()| 0)
    }
}

macro_rules! folded {
    ($($number:literal $happening:ident($($name:ident: $type:ty),*);)*) => {
        impl Probe for Trace {
            $(
                #[inline]
                fn $happening(&mut self, $($name: $type),*) {
                    let words = [$((stringify!($name), $name.word())),*];
                    let mut fields = [("", 0); FIELDS];
                    fields[..words.len()].copy_from_slice(&words);
                    self.fold(&Happening {
                        name: stringify!($happening),
                        kind: $number,
                        length: words.len() as u8,
                        fields,
                    });
                }
            )*
        }
    };
}

// The numbers are part of the hash: what is new gets a new one.
folded! {
    1 born(entry: u32, at: u64);
    2 settled(entry: u32, birth: u64, now: u64, outcome: Outcome);
    3 unfinished_request(entry: u32, birth: u64, now: u64);
    4 called(call: u32, endpoint: u32, attempt: u8, now: u64);
    5 answered(endpoint: u32, birth: u64, now: u64, outcome: Outcome);
    6 late(endpoint: u32, now: u64);
    7 unfinished_call(endpoint: u32, birth: u64);
    8 served(endpoint: u32, birth: u64, waited: u64, service: Option<u64>);
    9 arrived(station: u32, now: u64);
    10 refused(station: u32, now: u64);
    11 abandoned(station: u32, now: u64);
    12 queued(station: u32, from: u64, to: u64);
    13 queue_length(station: u32, length: u32, now: u64);
    14 occupied(station: u32, from: u64, to: u64, wasted: bool);
    15 occupied_until_now(station: u32, from: u64, now: u64);
    16 busy(processor: u32, from: u64, to: u64, milli: u64);
    17 short_of_cores(processor: u32, from: u64, to: u64, milli: u64);
    18 job_done(processor: u32, now: u64);
    19 hit(cache: u32, now: u64);
    20 miss(cache: u32, now: u64, expired: bool);
    21 coalesced(cache: u32, now: u64);
    22 stored(cache: u32, now: u64, evicted: u64);
    23 held(cache: u32, from: u64, to: u64, objects: u64);
    24 acquired(quantity: u32, from: u64, now: u64);
    25 gave_up(quantity: u32, from: u64, now: u64);
    26 used(quantity: u32, instance: u32, from: u64, to: u64, units: u32);
    27 carried(link: u32, bytes: u64, now: u64);
    28 closing(now: u64);
    29 cold_start(function: u32, now: u64);
    30 instance(function: u32, phase: Phase, from: u64, to: u64);
    31 read(endpoint: u32, now: u64, stale: bool);
    32 caught_up(database: u32, now: u64, behind: u64);
    33 published(call: u32, endpoint: u32, birth: u64, now: u64);
    34 lagged(group: u32, from: u64, to: u64, messages: u64, oldest: u64);
    35 redelivered(group: u32, messages: u64, now: u64);
    36 duplicated(group: u32, now: u64);
    37 metered(meter: u32, bytes: u64, now: u64);
    38 stale_hit(cache: u32, now: u64);
    39 broke(told: u32, now: u64);
    40 down(told: u32, from: u64, to: u64);
    41 lost_writes(component: u32, writes: u64, now: u64);
    42 steered(area: u32, elsewhere: bool, now: u64);
    43 moved(database: u32, from: u64, now: u64, all: bool);
    44 short_of_units(quantity: u32, from: u64, to: u64);
    45 demanded(station: u32, work: u64);
    46 lapsed(cache: u32, from: u64, to: u64);
}

#[cfg(test)]
mod tests {
    use super::Trace;
    use crate::engine::Probe;

    /// A happening that is forgotten here would differ unseen.
    #[test]
    fn all_that_a_probe_is_told_is_folded() {
        let told = include_str!("../../engine/probe.rs")
            .matches("    fn ")
            .count();
        let numbers: Vec<usize> = include_str!("happening.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_once(' ')?.0.parse().ok())
            .collect();
        assert_eq!(numbers, (1..=told).collect::<Vec<_>>());
    }

    /// Every field of a happening counts.
    #[test]
    fn every_number_moves_the_hash() {
        let told: [fn(&mut Trace); 7] = [
            |trace| trace.occupied(1, 2, 3, false),
            |trace| trace.occupied(2, 2, 3, false),
            |trace| trace.occupied(1, 3, 3, false),
            |trace| trace.occupied(1, 2, 4, false),
            |trace| trace.occupied(1, 2, 3, true),
            |trace| trace.occupied_until_now(1, 2, 3),
            |trace| trace.used(1, 2, 3, 4, 0),
        ];
        let hashes: std::collections::BTreeSet<u64> = (told.iter())
            .map(|tell| {
                let mut trace = Trace::new();
                tell(&mut trace);
                trace.hash()
            })
            .collect();
        assert_eq!(hashes.len(), told.len());
    }
}
