//! A listener that counts who is present, in memory that does not grow with the run.

use super::super::replicate::Span;
use super::super::tally::Tally;
use super::{broken, capacity};
use crate::engine::{Outcome, Probe};
use crate::plan::{Cache, Plan, Station, StationId};

/// More complaints than this are of one cause.
const MOST_COMPLAINTS: usize = 8;

/// Keeps the books of a run apart from the recorder, for [`Audit::verdict`] to compare.
#[derive(Debug)]
pub struct Audit {
    from: u64,
    until: u64,
    /// The latest instant told of \[ns\].
    now: u64,
    closing: bool,
    /// Where the books of a station are kept: its own row, or that of the first replica behind the same shared queue.
    row: Vec<u32>,
    stations: Vec<Presence>,
    /// Whole requests, over the timeline.
    requests: Presence,
    timeline: u64,
    entries: Vec<Ends>,
    endpoints: Vec<Ends>,
    /// Acquisitions not given back, by quantity.
    holds: Vec<i64>,
    /// Messages that groups have still to do, by the endpoint that counts them: its group, if it has one.
    groups: Vec<Option<u32>>,
    lags: Vec<Presence>,
    /// Held at first at most, and stored, less thrown out and expired, by cache: not negative (an object stored again is counted again).
    caches: Vec<i64>,
    /// Thousandths of a core, by processor.
    capacities: Vec<u64>,
    complaints: Vec<String>,
}

/// A number present, and its area.
#[derive(Debug, Clone, Copy)]
struct Presence {
    present: i64,
    /// Most that there is room for.
    room: i64,
    since: u64,
    area: u128,
    at_start: Option<i64>,
    at_end: Option<i64>,
}

impl Presence {
    fn new(room: i64) -> Self {
        Self {
            present: 0,
            room,
            since: 0,
            area: 0,
            at_start: None,
            at_end: None,
        }
    }

    /// Let time go on: false when more were present than there is room for, or fewer than none.
    fn until(&mut self, now: u64, from: u64, until: u64) -> bool {
        if self.at_start.is_none() && now >= from {
            self.at_start = Some(self.present);
        }
        if self.at_end.is_none() && now >= until {
            self.at_end = Some(self.present);
        }
        if now <= self.since {
            return true; // what happens at one instant may come in any order
        }
        let part = now.min(until).saturating_sub(self.since.max(from));
        self.area += u128::from(part) * u128::from(self.present.unsigned_abs());
        self.since = now;
        (0..=self.room).contains(&self.present)
    }
}

/// What began and has not ended over the whole run.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    open: i64,
    failed: u64,
    late: u64,
}

/// Slots and places of a station, or of all behind its queue.
fn room(plan: &Plan, station: &Station) -> i64 {
    let (replicas, backlog) = match station.shared {
        Some(pool) => {
            let pool = &plan.pools[pool.index()];
            let component = &plan.components[pool.component.index()];
            (component.replicas, pool.backlog)
        }
        None => (1, station.backlog),
    };
    if station.concurrency == u32::MAX || backlog == u32::MAX {
        return i64::MAX;
    }
    i64::from(replicas) * i64::from(station.concurrency) + i64::from(backlog)
}

/// The group whose messages each endpoint counts.
fn counted_by(plan: &Plan) -> Vec<Option<u32>> {
    let of = |endpoint: usize| {
        let mut groups = plan.groups.iter();
        let group = groups.position(|group| group.messages.index() == endpoint)?;
        u32::try_from(group).ok()
    };
    (0..plan.endpoints.len()).map(of).collect()
}

impl Audit {
    /// Books for a plan's tables, over the window of a span.
    pub fn new(plan: &Plan, span: &Span) -> Self {
        let row = |(index, station): (usize, &Station)| match station.shared {
            Some(_) => plan.components[station.component.index()].first,
            None => StationId::from(index),
        };
        let width = (span.until / u64::from(span.windows.max(1))).max(1);
        Self {
            from: span.from,
            until: span.until,
            now: 0,
            closing: false,
            row: plan
                .stations
                .iter()
                .enumerate()
                .map(row)
                .map(|id| id.0)
                .collect(),
            stations: plan
                .stations
                .iter()
                .map(|station| Presence::new(room(plan, station)))
                .collect(),
            requests: Presence::new(i64::MAX),
            timeline: width * span.until.div_ceil(width),
            entries: vec![Ends::default(); plan.entries.len()],
            endpoints: vec![Ends::default(); plan.endpoints.len()],
            holds: vec![0; plan.quantities.len()],
            groups: counted_by(plan),
            lags: vec![Presence::new(i64::MAX); plan.groups.len()],
            caches: (plan.caches.iter())
                .map(|cache| at_first(plan, cache))
                .collect(),
            capacities: plan.processors.iter().map(capacity).collect(),
            complaints: Vec::new(),
        }
    }

    fn hold(&mut self, holds: bool, law: impl FnOnce() -> String) {
        if !holds && self.complaints.len() < MOST_COMPLAINTS {
            self.complaints.push(law());
        }
    }

    /// It is now so late.
    #[inline]
    fn tick(&mut self, now: u64) {
        if now < self.now {
            let before = self.now;
            self.hold(false, || {
                format!("time goes back from {before} ns to {now} ns")
            });
        }
        self.now = now;
    }

    /// Something lasted until now.
    #[inline]
    fn lasted(&mut self, what: &str, index: u32, from: u64, now: u64) {
        self.tick(now);
        if from > now {
            self.hold(false, || {
                format!("{what} {index}: lasted from {from} ns to {now} ns")
            });
        }
    }

    /// One more, or one less, is at a station.
    fn present(&mut self, station: u32, now: u64, more: i64) {
        self.tick(now);
        let (from, until) = (self.from, self.until);
        let row = &mut self.stations[self.row[station as usize] as usize];
        let (present, room) = (row.present, row.room);
        let fits = row.until(now, from, until);
        row.present += more;
        self.hold(fits, || {
            format!("station {station}: {present} present before {now} ns, with room for {room}")
        });
    }

    /// One message more, or one less, is to do, if that is what the endpoint counts.
    fn lag(&mut self, endpoint: u32, now: u64, more: i64) {
        if let Some(group) = self.groups[endpoint as usize] {
            let row = &mut self.lags[group as usize];
            row.until(now, self.from, self.until);
            row.present += more;
        }
    }

    fn request(&mut self, entry: u32, now: u64, more: i64) {
        self.tick(now);
        self.entries[entry as usize].open += more;
        self.requests.until(now, 0, self.timeline);
        self.requests.present += more;
    }

    /// Laws that the run or its tally has broken; empty when all hold.
    ///
    /// To be asked once, after [`Engine::close`](crate::engine::Engine::close).
    pub fn verdict(mut self, plan: &Plan, tally: &Tally) -> Vec<String> {
        let mut found = broken(plan, tally);
        self.compare_stations(plan, tally);
        let progress: u128 = (tally.timeline.windows.iter())
            .map(|window| window.in_progress)
            .sum();
        let area = self.requests.area;
        self.hold(area == progress, || {
            format!("requests in progress: area {area}, sum of stays {progress} (Little)")
        });
        let ends = |rows: &[Ends]| rows.iter().map(|row| row.open).collect::<Vec<_>>();
        for (what, rows) in [
            ("requests of entry", ends(&self.entries)),
            ("calls of endpoint", ends(&self.endpoints)),
            ("acquisitions of units", self.holds.clone()),
        ] {
            for (index, open) in rows.into_iter().enumerate() {
                self.hold(open == 0, || {
                    format!("{what} {index}: {open} more began than ended or stayed")
                });
            }
        }
        for (index, Ends { failed, late, .. }) in self.endpoints.clone().into_iter().enumerate() {
            self.hold(late <= failed, || {
                format!("endpoint {index}: {late} late answers, {failed} given up or failed")
            });
        }
        for (group, row) in self.lags.clone().iter_mut().enumerate() {
            row.until(self.now, self.from, self.until);
            let (area, told, left) = (row.area, tally.groups[group].lag, row.present);
            self.hold(area == told && left == 0, || {
                format!("group {group}: messages to do have area {area}, told {told}, and {left} were left")
            });
        }
        found.append(&mut self.complaints);
        found
    }

    /// Little's law as an identity: the area under the number present is the sum of the stays, as far as they lie in the window.
    fn compare_stations(&mut self, plan: &Plan, tally: &Tally) {
        if self.now < self.from {
            return; // stopped before its window began
        }
        for index in 0..self.stations.len() {
            let mut row = self.stations[index];
            if self.row[index] as usize != index {
                continue;
            }
            row.until(self.now, self.from, self.until);
            let shared = plan.stations[index].shared.is_some();
            let of_row = |station: &&usize| self.row[**station] as usize == index;
            let all: Vec<usize> = (0..self.row.len()).collect();
            let stays: u128 = (all.iter().filter(of_row))
                .map(|&station| tally.stations[station].present)
                .sum();
            let (area, left) = (row.area, row.present);
            let books = (row.at_start.unwrap_or(0), row.at_end.unwrap_or(0));
            let told = &tally.stations[index];
            let told = (told.at_start.cast_signed(), told.at_end.cast_signed());
            self.hold(area == stays, || {
                format!("station {index}: area {area}, sum of stays {stays} (Little)")
            });
            self.hold(left == 0, || {
                format!("station {index}: {left} more came than left or stayed")
            });
            self.hold(shared || books == told, || {
                format!(
                    "station {index}: {books:?} present at the ends of the window, told {told:?}"
                )
            });
        }
    }

    /// As [`Audit::verdict`], which must be empty.
    ///
    /// # Panics
    /// With all laws that are broken.
    pub fn assert(self, plan: &Plan, tally: &Tally) {
        let found = self.verdict(plan, tally);
        assert!(
            found.is_empty(),
            "replication {} of `{}` breaks laws:\n{}",
            tally.replication,
            plan.name,
            found.join("\n")
        );
    }
}

/// The most that a cache can hold when the run begins.
fn at_first(plan: &Plan, cache: &Cache) -> i64 {
    if !cache.warm {
        return 0;
    }
    let items = plan.keyspaces[cache.keyspace.index()].items;
    let each = cache.capacity_items.min(items);
    let all = each.saturating_mul(u64::from(cache.stores));
    // Half of what there is room for, so that more can be stored.
    i64::try_from(all).unwrap_or(i64::MAX).min(i64::MAX / 2)
}

impl Probe for Audit {
    fn born(&mut self, entry: u32, at: u64) {
        self.request(entry, at, 1);
    }

    fn settled(&mut self, entry: u32, birth: u64, now: u64, _outcome: Outcome) {
        self.lasted("request of entry", entry, birth, now);
        self.request(entry, now, -1);
    }

    fn unfinished_request(&mut self, entry: u32, birth: u64, now: u64) {
        self.lasted("request of entry", entry, birth, now);
        self.request(entry, now, -1);
    }

    fn called(&mut self, _call: u32, endpoint: u32, _attempt: u8, now: u64) {
        self.tick(now);
        self.endpoints[endpoint as usize].open += 1;
    }

    fn answered(&mut self, endpoint: u32, birth: u64, now: u64, outcome: Outcome) {
        // It may be told as it sets out, before the time at which it comes: the clock stays.
        let before = self.now;
        let due = now >= before.max(birth);
        self.hold(due, || {
            format!("call of endpoint {endpoint}: from {birth} ns, answered at {now} ns, told at {before} ns")
        });
        let row = &mut self.endpoints[endpoint as usize];
        row.open -= 1;
        row.failed += u64::from(outcome.is_err());
        self.lag(endpoint, now, -1);
    }

    fn published(&mut self, _call: u32, endpoint: u32, birth: u64, now: u64) {
        self.lasted("publishing to group", endpoint, birth, now);
        self.endpoints[endpoint as usize].open += 1;
        self.lag(endpoint, now, 1);
    }

    fn lagged(&mut self, group: u32, from: u64, to: u64, messages: u64, oldest: u64) {
        self.lasted("lag of group", group, from, to);
        let present = self.lags[group as usize].present;
        let fits = present.unsigned_abs() == messages && oldest <= from;
        self.hold(fits, || {
            format!("group {group}: told {messages} to do since {oldest} ns, and has {present} from {from} ns")
        });
    }

    fn redelivered(&mut self, _group: u32, _messages: u64, now: u64) {
        self.tick(now);
    }

    fn duplicated(&mut self, _group: u32, now: u64) {
        self.tick(now);
    }

    fn late(&mut self, endpoint: u32, now: u64) {
        self.tick(now);
        self.endpoints[endpoint as usize].late += 1;
    }

    fn unfinished_call(&mut self, endpoint: u32, birth: u64) {
        self.lasted("call of endpoint", endpoint, birth, self.now);
        self.endpoints[endpoint as usize].open -= 1;
        self.lag(endpoint, self.now, -1);
    }

    fn served(&mut self, endpoint: u32, birth: u64, waited: u64, _service: Option<u64>) {
        self.lasted("program of endpoint", endpoint, birth, self.now);
        self.hold(waited <= u64::MAX / 2, || {
            format!("endpoint {endpoint}: a wait is negative")
        });
    }

    fn arrived(&mut self, station: u32, now: u64) {
        self.present(station, now, 1);
    }

    fn refused(&mut self, station: u32, now: u64) {
        self.present(station, now, -1);
    }

    fn abandoned(&mut self, station: u32, now: u64) {
        self.present(station, now, -1);
    }

    fn queued(&mut self, station: u32, from: u64, to: u64) {
        self.lasted("wait at station", station, from, to);
        if self.closing {
            self.present(station, to, -1);
        }
    }

    fn occupied(&mut self, station: u32, from: u64, to: u64, _wasted: bool) {
        self.lasted("stay at station", station, from, to);
        self.present(station, to, -1);
    }

    fn occupied_until_now(&mut self, station: u32, from: u64, now: u64) {
        self.lasted("stay at station", station, from, now);
    }

    fn busy(&mut self, processor: u32, from: u64, to: u64, milli: u64) {
        self.lasted("work of processor", processor, from, to);
        let most = self.capacities[processor as usize];
        self.hold(milli <= most, || {
            format!("processor {processor}: {milli} thousandths of a core busy out of {most}")
        });
    }

    fn short_of_cores(&mut self, processor: u32, from: u64, to: u64, _milli: u64) {
        self.lasted("wait for processor", processor, from, to);
    }

    fn job_done(&mut self, _processor: u32, now: u64) {
        self.tick(now);
    }

    fn hit(&mut self, cache: u32, now: u64) {
        self.tick(now);
        let held = self.caches[cache as usize];
        self.hold(held > 0, || {
            format!("cache {cache}: a hit while nothing can be held")
        });
    }

    fn miss(&mut self, cache: u32, now: u64, expired: bool) {
        self.tick(now);
        self.caches[cache as usize] -= i64::from(expired);
    }

    fn stored(&mut self, cache: u32, now: u64, evicted: u64) {
        self.tick(now);
        let held = &mut self.caches[cache as usize];
        *held += 1 - evicted.cast_signed();
        let held = *held;
        self.hold(held >= 0, || {
            format!("cache {cache}: more thrown out than stored")
        });
    }

    fn held(&mut self, cache: u32, from: u64, to: u64, _objects: u64) {
        self.lasted("content of cache", cache, from, to);
    }

    fn acquired(&mut self, quantity: u32, from: u64, now: u64) {
        self.lasted("wait for units", quantity, from, now);
        self.holds[quantity as usize] += 1;
    }

    fn gave_up(&mut self, quantity: u32, from: u64, now: u64) {
        self.lasted("wait for units", quantity, from, now);
    }

    fn used(&mut self, quantity: u32, _instance: u32, from: u64, to: u64, _units: u32) {
        self.lasted("use of units", quantity, from, to);
        self.holds[quantity as usize] -= 1;
    }

    fn closing(&mut self, now: u64) {
        self.tick(now);
        for index in 0..self.stations.len() {
            let row = &mut self.stations[index];
            row.until(now, self.from, self.until);
            // A run that stops inside its window has its end there.
            row.at_start = row.at_start.or(Some(row.present));
            row.at_end = row.at_end.or(Some(row.present));
        }
        self.closing = true;
    }
}
