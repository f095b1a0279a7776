//! A run in stretches, each with a recorder of its own, so that its start can be cut off later and its end be put off.
//!
//! What happens at an instant is told to the recorder of the present stretch. What has lasted (a request since its birth, a stay since
//! its begin) is told to those of earlier stretches too, as far back as it goes: each of them counts what is its own.

use super::recorder::Recorder;
use super::replicate::Span;
use super::tally::{FirstPart, Tally};
use crate::engine::{Outcome, Phase, Probe};
use crate::plan::Plan;

/// The recorders of a run.
#[derive(Debug, Clone)]
pub(super) struct Stretches {
    /// Those of the stretches that are over, in order.
    over: Vec<Recorder>,
    /// That of the present one.
    present: Recorder,
    /// When the present stretch began \[ns\].
    since: u64,
}

impl Stretches {
    /// A run whose first stretch that counts is that of `span`.
    pub(super) fn new(plan: &Plan, span: &Span) -> Self {
        Self {
            over: Vec::new(),
            present: Recorder::new(plan, span),
            since: span.from,
        }
    }

    /// The present stretch, the first one, begins to count.
    pub(super) fn begin(&mut self) {
        self.present.enter();
    }

    /// It is `at`, and another stretch begins.
    pub(super) fn turn(&mut self, plan: &Plan, at: u64) {
        let next = self.present.follow(plan, at);
        self.over.push(std::mem::replace(&mut self.present, next));
        self.since = at;
    }

    /// Make room for a longer run.
    pub(super) fn lengthen(&mut self, span: &Span) {
        self.present.lengthen(span);
    }

    /// Requests and calls born in a span that have not ended.
    pub(super) fn open(&self, span: &Span) -> u64 {
        let inside = self.over.iter().filter(|row| row.lies_in(span));
        inside.map(|row| row.open).sum()
    }

    /// What was heard in a span whose ends are ends of stretches, one of them the last; nothing when no stretch lies in it.
    pub(super) fn into_tally(self, span: &Span) -> Option<Tally> {
        let (timeline, requests) = self.present.into_whole(span);
        let inside = self.over.into_iter().filter(|row| row.lies_in(span));
        let mut tallies = inside.map(Recorder::into_tally);
        let mut all = tallies.next()?;
        let middle = span.from + (span.until - span.from) / 2;
        let mut early = Vec::new();
        let mut first = FirstPart::default();
        for tally in tallies {
            if early.is_empty() && tally.until > middle {
                early.clone_from(&all.caches);
            }
            if first.busy.is_empty() && tally.until > middle {
                let busy = all.processors.iter().map(|row| row.busy);
                first = FirstPart {
                    until: all.until,
                    busy: busy.collect(),
                };
            }
            all.append(tally);
        }
        (all.early, all.first) = (early, first);
        (all.from, all.until) = (span.from, span.until);
        (all.timeline, all.requests) = (timeline, requests);
        Some(all)
    }
}

macro_rules! told_as_far_back_as_it_goes {
    (
        at once { $($instant:ident($($name:ident: $type:ty),*);)* }
        lasting { $($lasting:ident($($field:ident: $kind:ty),*) since $since:ident;)* }
    ) => {
        impl Probe for Stretches {
            $(
                #[inline]
                fn $instant(&mut self, $($name: $type),*) {
                    self.present.$instant($($name),*);
                }
            )*
            $(
                #[inline]
                fn $lasting(&mut self, $($field: $kind),*) {
                    self.present.$lasting($($field),*);
                    if $since < self.since {
                        self.over.iter_mut().for_each(|row| row.$lasting($($field),*));
                    }
                }
            )*
            fn closing(&mut self, now: u64) {
                self.over.iter_mut().for_each(|row| row.closing(now));
                self.present.closing(now);
            }
        }
    };
}

told_as_far_back_as_it_goes! {
    at once {
    born(entry: u32, at: u64);
    called(call: u32, endpoint: u32, attempt: u8, now: u64);
    late(endpoint: u32, now: u64);
    arrived(station: u32, now: u64);
    refused(station: u32, now: u64);
    abandoned(station: u32, now: u64);
    queue_length(station: u32, length: u32, now: u64);
    job_done(processor: u32, now: u64);
    demanded(station: u32, work: u64);
    hit(cache: u32, now: u64);
    stale_hit(cache: u32, now: u64);
    read(endpoint: u32, now: u64, stale: bool);
    caught_up(database: u32, now: u64, behind: u64);
    miss(cache: u32, now: u64, expired: bool);
    coalesced(cache: u32, now: u64);
    stored(cache: u32, now: u64, evicted: u64);
    metered(meter: u32, bytes: u64, now: u64);
    acquired(quantity: u32, from: u64, now: u64);
    gave_up(quantity: u32, from: u64, now: u64);
    redelivered(group: u32, messages: u64, now: u64);
    duplicated(group: u32, now: u64);
    carried(link: u32, bytes: u64, now: u64);
    cold_start(function: u32, now: u64);
    broke(told: u32, now: u64);
    lost_writes(component: u32, writes: u64, now: u64);
    steered(area: u32, elsewhere: bool, now: u64);
    moved(database: u32, from: u64, now: u64, all: bool);
    }
    lasting {
    settled(entry: u32, birth: u64, now: u64, outcome: Outcome) since birth;
    unfinished_request(entry: u32, birth: u64, now: u64) since birth;
    answered(endpoint: u32, birth: u64, now: u64, outcome: Outcome) since birth;
    unfinished_call(endpoint: u32, birth: u64) since birth;
    served(endpoint: u32, birth: u64, waited: u64, service: Option<u64>) since birth;
    queued(station: u32, from: u64, to: u64) since from;
    occupied(station: u32, from: u64, to: u64, wasted: bool) since from;
    occupied_until_now(station: u32, from: u64, now: u64) since from;
    busy(processor: u32, from: u64, to: u64, milli: u64) since from;
    short_of_cores(processor: u32, from: u64, to: u64, milli: u64) since from;
    held(cache: u32, from: u64, to: u64, objects: u64) since from;
    lapsed(cache: u32, from: u64, to: u64) since from;
    short_of_units(quantity: u32, from: u64, to: u64) since from;
    used(quantity: u32, instance: u32, from: u64, to: u64, units: u32) since from;
    published(call: u32, endpoint: u32, birth: u64, now: u64) since birth;
    lagged(group: u32, from: u64, to: u64, messages: u64, oldest: u64) since from;
    instance(function: u32, phase: Phase, from: u64, to: u64) since from;
    down(told: u32, from: u64, to: u64) since from;
    }
}

#[cfg(test)]
mod tests {
    /// A happening that is forgotten here would reach nobody.
    #[test]
    fn all_that_a_probe_is_told_is_passed_on() {
        let told = include_str!("../engine/probe.rs")
            .matches("    fn ")
            .count();
        let passed_on = include_str!("stretches.rs")
            .lines()
            .filter(|line| line.starts_with("    ") && line.contains('(') && line.contains(": u"))
            .filter(|line| line.ends_with(");") || line.contains(") since "))
            .count();
        assert_eq!(told, passed_on + 1, "`closing` stands in the macro");
    }
}
