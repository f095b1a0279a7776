//! Two listeners at once: each is told everything, the first one first.

use super::fleet::Phase;
use super::probe::{Outcome, Probe};

macro_rules! told_to_both {
    ($($happening:ident($($name:ident: $type:ty),*);)*) => {
        impl<A: Probe, B: Probe> Probe for (A, B) {
            $(
                #[inline]
                fn $happening(&mut self, $($name: $type),*) {
                    self.0.$happening($($name),*);
                    self.1.$happening($($name),*);
                }
            )*
        }
    };
}

told_to_both! {
    born(entry: u32, at: u64);
    settled(entry: u32, birth: u64, now: u64, outcome: Outcome);
    unfinished_request(entry: u32, birth: u64, now: u64);
    called(call: u32, endpoint: u32, attempt: u8, now: u64);
    answered(endpoint: u32, birth: u64, now: u64, outcome: Outcome);
    late(endpoint: u32, now: u64);
    unfinished_call(endpoint: u32, birth: u64);
    served(endpoint: u32, birth: u64, waited: u64, service: Option<u64>);
    arrived(station: u32, now: u64);
    refused(station: u32, now: u64);
    abandoned(station: u32, now: u64);
    queued(station: u32, from: u64, to: u64);
    queue_length(station: u32, length: u32, now: u64);
    occupied(station: u32, from: u64, to: u64, wasted: bool);
    occupied_until_now(station: u32, from: u64, now: u64);
    busy(processor: u32, from: u64, to: u64, milli: u64);
    short_of_cores(processor: u32, from: u64, to: u64, milli: u64);
    job_done(processor: u32, now: u64);
    demanded(station: u32, work: u64);
    hit(cache: u32, now: u64);
    stale_hit(cache: u32, now: u64);
    read(endpoint: u32, now: u64, stale: bool);
    caught_up(database: u32, now: u64, behind: u64);
    miss(cache: u32, now: u64, expired: bool);
    coalesced(cache: u32, now: u64);
    stored(cache: u32, now: u64, evicted: u64);
    held(cache: u32, from: u64, to: u64, objects: u64);
    lapsed(cache: u32, from: u64, to: u64);
    metered(meter: u32, bytes: u64, now: u64);
    acquired(quantity: u32, from: u64, now: u64);
    gave_up(quantity: u32, from: u64, now: u64);
    short_of_units(quantity: u32, from: u64, to: u64);
    used(quantity: u32, instance: u32, from: u64, to: u64, units: u32);
    published(call: u32, endpoint: u32, birth: u64, now: u64);
    lagged(group: u32, from: u64, to: u64, messages: u64, oldest: u64);
    redelivered(group: u32, messages: u64, now: u64);
    duplicated(group: u32, now: u64);
    carried(link: u32, bytes: u64, now: u64);
    cold_start(function: u32, now: u64);
    instance(function: u32, phase: Phase, from: u64, to: u64);
    broke(told: u32, now: u64);
    down(told: u32, from: u64, to: u64);
    lost_writes(component: u32, writes: u64, now: u64);
    steered(area: u32, elsewhere: bool, now: u64);
    moved(database: u32, from: u64, now: u64, all: bool);
    closing(now: u64);
}

#[cfg(test)]
mod tests {
    /// A happening that is forgotten here would reach nobody.
    #[test]
    fn all_that_a_probe_is_told_is_passed_on() {
        let told = include_str!("probe.rs").matches("    fn ").count();
        let passed_on = include_str!("both.rs")
            .lines()
            .filter(|line| line.starts_with("    ") && line.ends_with(");") && line.contains(": u"))
            .filter(|line| !line.trim_start().starts_with("self."))
            .count();
        assert_eq!(told, passed_on);
    }
}
