//! The listener that turns happenings into a [`Tally`].

mod follow;
mod spread;

use super::minutes::Busy;
use super::replicate::Span;
use super::tally::{
    CacheTally, FirstPart, FunctionTally, GroupTally, HoldTally, Metered, Moments, MoveTally,
    Outcomes, ProcessorTally, StationTally, Tally, rows,
};
use super::timeline::{Timeline, Window, seats};
use super::watch::Watch;
use super::when::When;
use crate::engine::{Outcome, Phase, Probe};
use crate::plan::Plan;

/// The listener.
#[derive(Debug, Clone)]
pub struct Recorder {
    pub(super) when: When,
    /// Requests and calls born in the window that have not ended.
    pub(super) open: u64,
    tally: Tally,
    before: Vec<(u64, u64)>,
    /// The endpoint of every call.
    callee: Vec<u32>,
    seats: Vec<u8>,
    /// What only expectations ask for.
    watch: Option<Box<Watch>>,
    /// Of a load that changes.
    minutes: Option<Box<Busy>>,
}

impl Recorder {
    /// A listener for a plan's tables.
    pub fn new(plan: &Plan, span: &Span) -> Self {
        let when = When::new(span);
        let (width, middle) = (when.width, when.middle);
        let windows = span.until.div_ceil(width) as usize;
        Self {
            when,
            open: 0,
            before: vec![(0, 0); plan.stations.len()],
            callee: plan.calls.iter().map(|call| call.endpoint.0).collect(),
            seats: seats(plan),
            watch: Watch::of(plan, span.from, span.until),
            minutes: Busy::of(plan, span),
            tally: Tally {
                from: span.from,
                until: span.until,
                entries: Outcomes::rows(plan.entries.len(), plan.apart()),
                endpoints: Outcomes::rows(plan.endpoints.len(), plan.apart()),
                waits: vec![Moments::default(); plan.endpoints.len()],
                stations: vec![StationTally::default(); plan.stations.len()],
                processors: vec![ProcessorTally::default(); plan.processors.len()],
                first: FirstPart {
                    until: middle,
                    busy: vec![0; plan.processors.len()],
                },
                caches: vec![CacheTally::default(); plan.caches.len()],
                reads: rows(!plan.databases.is_empty(), plan.endpoints.len()),
                behind: vec![Moments::default(); plan.databases.len()],
                groups: vec![GroupTally::default(); plan.groups.len()],
                breaks: rows(
                    !plan.breakdowns.is_empty(),
                    plan.components.len() + plan.breakdowns.places().count(),
                ),
                areas: rows(true, plan.guards.areas()),
                moves: vec![MoveTally::default(); plan.databases_if_any_grows()],
                functions: vec![FunctionTally::default(); plan.functions.len()],
                meters: vec![Metered::default(); plan.meters() as usize],
                holds: vec![HoldTally::default(); plan.quantities.len()],
                units: vec![0; plan.instances_of_units()],
                link_bytes: vec![0; plan.links.len()],
                calls: vec![0; plan.calls.len()],
                timeline: Timeline {
                    width,
                    windows: vec![Window::default(); windows],
                },
                ..Tally::default()
            },
        }
    }

    /// Somebody came to a station, in the sight of those who count the present.
    #[cold]
    fn came(&mut self, station: u32, now: u64) {
        if self.when.is_before(now) {
            self.before[station as usize].0 += 1;
        }
        if let Some(watch) = &mut self.watch {
            watch.came(station, now);
        }
    }

    /// Somebody left a station, in the sight of those who count the present.
    #[cold]
    fn left(&mut self, station: u32, now: u64) {
        if self.when.is_before(now) {
            self.before[station as usize].1 += 1;
        }
        if let Some(watch) = &mut self.watch {
            watch.left(station, now);
        }
    }

    /// What was heard.
    pub fn into_tally(mut self) -> Tally {
        for (index, station) in self.tally.stations.iter_mut().enumerate() {
            station.present = station.queued + station.slots;
            let (came, went) = self.before[index];
            // A shared queue books arrivals where they were sent, ends where they were served.
            station.at_start = came.saturating_sub(went);
            // Those present at the end of the window: present at its start, came in it, less those who left in it.
            let left = station.finished + station.refused + station.abandoned;
            station.at_end = (station.at_start + station.arrived).saturating_sub(left);
        }
        for (call, &endpoint) in self.callee.iter().enumerate() {
            self.tally.endpoints[endpoint as usize].sent += self.tally.calls[call];
        }
        if let Some(watch) = self.watch {
            self.tally.watched = watch.into_watched();
        }
        if let Some(minutes) = self.minutes {
            self.tally.minutes = minutes.into_minutes();
        }
        self.tally
    }
}

impl Probe for Recorder {
    #[inline]
    fn born(&mut self, entry: u32, at: u64) {
        self.tally.requests += 1;
        if self.when.inside {
            self.tally.entries[entry as usize].sent += 1;
            self.open += 1;
        }
        if let Some(window) = self.window(at) {
            window.born += 1;
        }
    }

    #[inline]
    fn settled(&mut self, entry: u32, birth: u64, now: u64, outcome: Outcome) {
        if self.when.counts(birth) {
            self.open -= 1;
            self.tally.entries[entry as usize].count(birth, now, outcome);
        }
        if self.when.inside {
            self.tally.entries[entry as usize].ended(outcome.is_ok());
        }
        self.spread(birth, now, |window, area| window.in_progress += area);
        if let Some(window) = self.window(now) {
            match outcome {
                Ok(()) => window.ok += 1,
                Err(_) => window.failed += 1,
            }
        }
        if outcome.is_ok()
            && let Some(window) = self.window(birth)
        {
            window.latency.record(now - birth);
        }
    }

    fn unfinished_request(&mut self, entry: u32, birth: u64, now: u64) {
        if self.when.counts(birth) {
            self.tally.entries[entry as usize].unfinished += 1;
        }
        self.spread(birth, now, |window, area| window.in_progress += area);
    }

    #[inline]
    fn called(&mut self, call: u32, endpoint: u32, attempt: u8, now: u64) {
        if self.when.inside {
            self.tally.calls[call as usize] += 1;
            self.open += 1;
        }
        if let Some(watch) = &mut self.watch {
            watch.called(endpoint, attempt > 0 && self.when.inside, now);
        }
    }

    #[inline]
    fn answered(&mut self, endpoint: u32, birth: u64, now: u64, outcome: Outcome) {
        if let Some(watch) = &mut self.watch {
            watch.answered(endpoint, now);
        }
        if self.when.counts(birth) {
            self.open -= 1;
            self.tally.endpoints[endpoint as usize].count(birth, now, outcome);
        }
        if self.when.inside {
            self.tally.endpoints[endpoint as usize].ended(outcome.is_ok());
        }
    }

    fn late(&mut self, endpoint: u32, _now: u64) {
        if self.when.inside {
            self.tally.endpoints[endpoint as usize].late += 1;
        }
    }

    fn unfinished_call(&mut self, endpoint: u32, birth: u64) {
        if self.when.counts(birth) {
            self.tally.endpoints[endpoint as usize].unfinished += 1;
        }
    }

    #[inline]
    fn served(&mut self, endpoint: u32, birth: u64, waited: u64, service: Option<u64>) {
        if self.when.counts(birth) {
            self.tally.waits[endpoint as usize].record(waited);
            if let Some(watch) = &mut self.watch {
                watch.served(endpoint, waited, service);
            }
        }
    }

    #[inline]
    fn arrived(&mut self, station: u32, now: u64) {
        self.tally.stations[station as usize].arrived += u64::from(self.when.inside);
        if !self.when.inside || self.watch.is_some() {
            self.came(station, now);
        }
    }

    fn refused(&mut self, station: u32, now: u64) {
        self.tally.stations[station as usize].refused += u64::from(self.when.inside);
        self.left(station, now);
    }

    fn abandoned(&mut self, station: u32, now: u64) {
        self.tally.stations[station as usize].abandoned += u64::from(self.when.inside);
        self.left(station, now);
    }

    #[inline]
    fn queued(&mut self, station: u32, from: u64, to: u64) {
        self.tally.stations[station as usize].queued += u128::from(self.when.overlap(from, to));
        self.spread(from, to, |window, area| window.waiting += area);
    }

    fn queue_length(&mut self, station: u32, length: u32, _now: u64) {
        if !self.when.inside {
            return;
        }
        let most = &mut self.tally.stations[station as usize].most_queued;
        *most = (*most).max(u64::from(length));
    }

    #[inline]
    fn occupied(&mut self, station: u32, from: u64, to: u64, wasted: bool) {
        if !self.when.inside || self.watch.is_some() {
            self.left(station, to);
        }
        let area = self.when.overlap(from, to);
        let row = &mut self.tally.stations[station as usize];
        row.finished += u64::from(self.when.inside);
        row.slots += u128::from(area);
        if wasted {
            row.wasted += u128::from(area);
        }
    }

    fn occupied_until_now(&mut self, station: u32, from: u64, now: u64) {
        self.tally.stations[station as usize].slots += u128::from(self.when.overlap(from, now));
    }

    #[inline]
    fn busy(&mut self, processor: u32, from: u64, to: u64, milli: u64) {
        let (at, milli_cores) = (processor as usize, u128::from(milli));
        self.tally.processors[at].busy += u128::from(self.when.overlap(from, to)) * milli_cores;
        self.tally.first.busy[at] += u128::from(self.when.early(from, to)) * milli_cores;
        if let Some(minutes) = &mut self.minutes {
            minutes.add(at, from, to, milli);
        }
        self.follow_work(processor, from, to, milli);
    }

    #[inline]
    fn demanded(&mut self, station: u32, work: u64) {
        self.tally.stations[station as usize].demanded +=
            u128::from(work) * u128::from(self.when.inside);
    }

    #[inline]
    fn short_of_cores(&mut self, processor: u32, from: u64, to: u64, milli: u64) {
        self.tally.processors[processor as usize].waiting +=
            u128::from(self.when.overlap(from, to)) * u128::from(milli);
        self.spread(from, to, |window, area| {
            window.waiting += area * u128::from(milli) / 1000;
        });
    }

    #[inline]
    fn job_done(&mut self, processor: u32, _now: u64) {
        self.tally.processors[processor as usize].jobs += u64::from(self.when.inside);
    }

    fn cold_start(&mut self, function: u32, _now: u64) {
        self.tally.functions[function as usize].starts += u64::from(self.when.inside);
    }

    fn instance(&mut self, function: u32, phase: Phase, from: u64, to: u64) {
        let time = u128::from(self.when.overlap(from, to));
        let row = &mut self.tally.functions[function as usize];
        match phase {
            Phase::Away => {}
            Phase::Starting => row.starting += time,
            Phase::Busy => row.busy += time,
            Phase::Idle => row.idle += time,
        }
    }

    fn read(&mut self, endpoint: u32, _now: u64, stale: bool) {
        if let Some(row) = self
            .tally
            .reads
            .get_mut(endpoint as usize)
            .filter(|_| self.when.inside)
        {
            row.reads += 1;
            row.stale += u64::from(stale);
        }
    }

    fn caught_up(&mut self, database: u32, _now: u64, behind: u64) {
        if self.when.inside {
            self.tally.behind[database as usize].record(behind);
        }
    }

    fn broke(&mut self, told: u32, _now: u64) {
        self.tally.breaks[told as usize].times += u64::from(self.when.inside);
    }

    fn down(&mut self, told: u32, from: u64, to: u64) {
        self.tally.breaks[told as usize].down += u128::from(self.when.overlap(from, to));
    }

    fn lost_writes(&mut self, component: u32, writes: u64, _now: u64) {
        if self.when.inside {
            self.tally.breaks[component as usize].lost_writes += writes;
        }
    }

    fn moved(&mut self, database: u32, from: u64, now: u64, all: bool) {
        self.tally.moves[database as usize].count(now - from, all);
    }

    fn steered(&mut self, area: u32, elsewhere: bool, _now: u64) {
        if self.when.inside {
            let row = &mut self.tally.areas[area as usize];
            row.calls += 1;
            row.elsewhere += u64::from(elsewhere);
        }
    }

    fn hit(&mut self, cache: u32, now: u64) {
        self.tally.caches[cache as usize].hits += u64::from(self.when.inside);
        if let Some(window) = self.window(now) {
            window.hits += 1;
        }
    }

    fn stale_hit(&mut self, cache: u32, _now: u64) {
        self.tally.caches[cache as usize].stale += u64::from(self.when.inside);
    }

    fn miss(&mut self, cache: u32, now: u64, expired: bool) {
        if self.when.inside {
            self.tally.caches[cache as usize].misses += 1;
            self.tally.caches[cache as usize].expired += u64::from(expired);
        }
        if let Some(window) = self.window(now) {
            window.misses += 1;
        }
    }

    fn coalesced(&mut self, cache: u32, _now: u64) {
        self.tally.caches[cache as usize].coalesced += u64::from(self.when.inside);
    }

    fn stored(&mut self, cache: u32, _now: u64, evicted: u64) {
        let (row, inside) = (&mut self.tally.caches[cache as usize], self.when.inside);
        row.stored += u64::from(inside);
        row.evicted += evicted * u64::from(inside);
    }

    fn held(&mut self, cache: u32, from: u64, to: u64, objects: u64) {
        self.tally.caches[cache as usize].held +=
            u128::from(self.when.overlap(from, to)) * u128::from(objects);
    }

    fn lapsed(&mut self, cache: u32, from: u64, to: u64) {
        self.tally.caches[cache as usize].lapsed += u128::from(self.when.overlap(from, to));
    }

    fn metered(&mut self, meter: u32, bytes: u64, _now: u64) {
        let (row, inside) = (&mut self.tally.meters[meter as usize], self.when.inside);
        row.times += u64::from(inside);
        row.bytes += bytes * u64::from(inside);
    }

    fn acquired(&mut self, quantity: u32, from: u64, now: u64) {
        if self.when.inside {
            self.tally.holds[quantity as usize].acquired += 1;
            self.tally.holds[quantity as usize]
                .waited
                .record(now - from);
        }
    }

    fn gave_up(&mut self, quantity: u32, _from: u64, _now: u64) {
        self.tally.holds[quantity as usize].failed += u64::from(self.when.inside);
    }

    fn short_of_units(&mut self, quantity: u32, from: u64, to: u64) {
        self.tally.holds[quantity as usize].waiting += u128::from(self.when.overlap(from, to));
        self.spread(from, to, |window, area| window.waiting += area);
    }

    fn used(&mut self, quantity: u32, instance: u32, from: u64, to: u64, units: u32) {
        let area = u128::from(self.when.overlap(from, to)) * u128::from(units);
        self.tally.holds[quantity as usize].used += area;
        self.tally.units[instance as usize] += area;
    }

    fn published(&mut self, call: u32, _endpoint: u32, birth: u64, _now: u64) {
        if self.when.counts(birth) {
            self.tally.calls[call as usize] += 1;
            self.open += 1;
        }
    }

    fn lagged(&mut self, group: u32, from: u64, to: u64, messages: u64, oldest: u64) {
        if let Some(watch) = &mut self.watch {
            watch.lagged(group, from, to, messages);
        }
        let area = u128::from(messages);
        self.spread(from, to, |window, time| window.to_do += time * area);
        let Some((from, to)) = self.when.cut(from, to) else {
            return;
        };
        let row = &mut self.tally.groups[group as usize];
        row.lag += u128::from(to - from) * u128::from(messages);
        let [young, old] = [from, to].map(|at| u128::from(at - oldest.min(at)));
        row.age += old * old - young * young;
        row.most = row.most.max(messages);
        row.oldest = row.oldest.max(to - oldest.min(to));
    }

    fn redelivered(&mut self, group: u32, messages: u64, _now: u64) {
        if self.when.inside {
            self.tally.groups[group as usize].redelivered += messages;
        }
    }

    fn duplicated(&mut self, group: u32, _now: u64) {
        if self.when.inside {
            self.tally.groups[group as usize].duplicates += 1;
        }
    }

    fn carried(&mut self, link: u32, bytes: u64, _now: u64) {
        if self.when.inside {
            self.tally.link_bytes[link as usize] += bytes;
        }
    }

    /// A run that ends inside its window must not count those who are still there as gone.
    fn closing(&mut self, _now: u64) {
        self.when.inside = false;
    }
}
