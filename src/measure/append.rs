//! Tallies of stretches of time that follow each other, made one.

use super::tally::{
    AreaTally, BreakTally, CacheTally, FunctionTally, GroupTally, HoldTally, Metered, Moments,
    MoveTally, Outcomes, Presence, ProcessorTally, ReadTally, Served, StationTally, Tally, Times,
    Watched,
};

/// What a later stretch of time adds to.
trait Append {
    fn append(&mut self, later: Self);
}

impl<T: Append> Append for Vec<T> {
    fn append(&mut self, later: Self) {
        for (row, later) in self.iter_mut().zip(later) {
            Append::append(row, later);
        }
    }
}

impl<T: Append> Append for Option<Box<T>> {
    fn append(&mut self, later: Self) {
        if let (Some(row), Some(later)) = (self, later) {
            Append::append(&mut **row, *later);
        }
    }
}

impl Append for u64 {
    fn append(&mut self, later: Self) {
        *self += later;
    }
}

impl Append for u128 {
    fn append(&mut self, later: Self) {
        *self += later;
    }
}

impl Append for Moments {
    fn append(&mut self, later: Self) {
        self.merge(&later);
    }
}

/// Fields that are sums; a field that is left out does not compile.
macro_rules! sums {
    ($($row:ident { $($field:ident),* })*) => {$(
        impl Append for $row {
            fn append(&mut self, later: Self) {
                let $row { $($field),* } = later;
                $(Append::append(&mut self.$field, $field);)*
            }
        }
    )*};
}

sums! {
    ProcessorTally { busy, waiting, jobs }
    FunctionTally { starts, starting, busy, idle }
    CacheTally { hits, misses, coalesced, stored, evicted, expired, stale, held, lapsed }
    AreaTally { calls, elsewhere }
    BreakTally { times, down, lost_writes }
    ReadTally { reads, stale }
    Metered { times, bytes }
    HoldTally { acquired, failed, used, waiting, waited }
    Served { waited, wait, service }
    Watched { served, retried, present }
}

impl Append for Outcomes {
    fn append(&mut self, later: Self) {
        let Self {
            sent,
            ok,
            failed,
            unfinished,
            late,
            done,
            given_up,
            episodes,
            latency,
            histogram,
            failed_after,
        } = later;
        self.sent += sent;
        self.ok += ok;
        self.unfinished += unfinished;
        self.late += late;
        self.done += done;
        self.given_up += given_up;
        self.episodes.append(episodes);
        let causes = self.failed.iter_mut().zip(failed);
        causes.for_each(|(all, later)| *all += later);
        self.latency.merge(&latency);
        self.histogram.merge(&histogram);
        self.failed_after.merge(&failed_after);
    }
}

impl Append for StationTally {
    fn append(&mut self, later: Self) {
        let Self {
            arrived,
            refused,
            abandoned,
            finished,
            slots,
            demanded,
            queued,
            present,
            most_queued,
            wasted,
            at_start: _,
            at_end,
        } = later;
        self.arrived += arrived;
        self.refused += refused;
        self.abandoned += abandoned;
        self.finished += finished;
        self.slots += slots;
        self.demanded += demanded;
        self.queued += queued;
        self.present += present;
        self.most_queued = self.most_queued.max(most_queued);
        self.wasted += wasted;
        self.at_end = at_end;
    }
}

impl Append for GroupTally {
    fn append(&mut self, later: Self) {
        let Self {
            redelivered,
            duplicates,
            lag,
            age,
            most,
            oldest,
        } = later;
        self.redelivered += redelivered;
        self.duplicates += duplicates;
        self.lag += lag;
        self.age += age;
        self.most = self.most.max(most);
        self.oldest = self.oldest.max(oldest);
    }
}

impl Append for MoveTally {
    fn append(&mut self, later: Self) {
        let Self {
            batches,
            over,
            took,
        } = later;
        self.batches += batches;
        if over {
            (self.over, self.took) = (over, took);
        }
    }
}

impl Append for Times {
    fn append(&mut self, later: Self) {
        self.moments.merge(&later.moments);
        self.histogram.merge(&later.histogram);
    }
}

impl Append for Presence {
    fn append(&mut self, later: Self) {
        if self.times.len() < later.times.len() {
            self.times.resize(later.times.len(), 0);
        }
        Append::append(&mut self.times, later.times);
        self.at.extend(later.at);
    }
}

impl Tally {
    /// Add the stretch of time that follows. What is of the whole run (its number, events, requests, flights, timeline, end) stays.
    pub(super) fn append(&mut self, later: Self) {
        let Self {
            replication: _,
            from: _,
            until,
            events: _,
            requests: _,
            most_flights: _,
            timeline: _,
            early: _,
            first: _,
            minutes: _,
            stopped: _,
            entries,
            endpoints,
            waits,
            stations,
            processors,
            caches,
            reads,
            behind,
            breaks,
            areas,
            moves,
            groups,
            functions,
            meters,
            holds,
            units,
            link_bytes,
            calls,
            watched,
        } = later;
        self.until = until;
        Append::append(&mut self.entries, entries);
        Append::append(&mut self.endpoints, endpoints);
        Append::append(&mut self.waits, waits);
        Append::append(&mut self.stations, stations);
        Append::append(&mut self.processors, processors);
        Append::append(&mut self.caches, caches);
        Append::append(&mut self.reads, reads);
        Append::append(&mut self.behind, behind);
        Append::append(&mut self.breaks, breaks);
        Append::append(&mut self.areas, areas);
        Append::append(&mut self.moves, moves);
        Append::append(&mut self.groups, groups);
        Append::append(&mut self.functions, functions);
        Append::append(&mut self.meters, meters);
        Append::append(&mut self.holds, holds);
        Append::append(&mut self.units, units);
        Append::append(&mut self.link_bytes, link_bytes);
        Append::append(&mut self.calls, calls);
        Append::append(&mut self.watched, watched);
    }
}
