//! The fingerprint of a run: the same on every machine and at any number of threads, or something is broken.
//!
//! Hashed are the plan, the seed and every integer measured, in order of the replications. Floats, text and wall time are left out.

mod rare;

use std::fmt::{self, Write};

use super::Histogram;
use super::tally::{
    Metered, Moments, Outcomes, Presence, ProcessorTally, ReadTally, Served, StationTally, Stopped,
    Tally, Times, Watched,
};
use crate::plan::Plan;

/// Version of what is hashed and in which order.
const VERSION: u8 = 1;

/// Hash of the tables of a plan that bear on results (names among them: they name draws).
///
/// It is taken over their debug text. That is stable: the tables are vectors in written order, without maps, addresses or clocks, and
/// Rust prints a float as the shortest decimal that reads back the same. A field added to a table changes the hash, as it should.
pub fn plan_hash(plan: &Plan) -> [u8; 32] {
    // Taken apart by name, so that a new table cannot be forgotten here; what has no name stands in `rare`.
    let Plan {
        name: _,
        about: _,
        assumptions: _,
        currency: _,
        priorities,
        steps,
        demands,
        counts,
        chances,
        calls,
        retries,
        forks,
        repeats,
        choices,
        conditions,
        assigns,
        runs,
        handlers,
        holds,
        gets,
        caches,
        databases: _,
        quantities,
        components,
        endpoints,
        pools,
        stations,
        processors,
        zones,
        links,
        routes,
        workloads,
        entries,
        attributes,
        keyspaces,
        drifts: _,
        objectives,
        expectations,
        load,
        shares: _,
        slowdowns: _,
        functions: _,
        accounts: _,
        topics: _,
        groups: _,
        rebalances: _,
        cdns: _,
        stores: _,
        breakdowns: _,
        guards: _,
        bill: _,
        graces: _,
        refreshes: _,
        purges: _,
        object_sets: _,
        several: _,
    } = plan;
    let mut text = Text(blake3::Hasher::new());
    text.0.update(&[VERSION]);
    let tables: [&dyn fmt::Debug; 32] = [
        priorities,
        steps,
        demands,
        counts,
        chances,
        calls,
        retries,
        forks,
        repeats,
        choices,
        conditions,
        assigns,
        runs,
        handlers,
        holds,
        gets,
        caches,
        quantities,
        components,
        endpoints,
        pools,
        stations,
        processors,
        zones,
        links,
        routes,
        workloads,
        entries,
        attributes,
        keyspaces,
        objectives,
        expectations,
    ];
    for table in tables.into_iter().chain([load as &dyn fmt::Debug]) {
        writeln!(text, "{table:?}").expect("hashing does not fail");
    }
    rare::tables(plan, &mut text);
    *text.0.finalize().as_bytes()
}

/// Text that is hashed as it is written, never held.
struct Text(blake3::Hasher);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// A hash as results print it: `b3:` and the first 32 hexadecimal digits.
pub fn hex(hash: &[u8; 32]) -> String {
    let mut text = String::from("b3:");
    for byte in &hash[..16] {
        write!(text, "{byte:02x}").expect("a string takes text");
    }
    text
}

/// The digest of a run. `tallies` in order of their replications; their timelines do not count.
pub fn digest(plan_hash: &[u8; 32], seed: u64, tallies: &[Tally]) -> String {
    digest_with(plan_hash, seed, tallies, &[])
}

/// The digest of a run with counts of its states at single instants; without any it is that of [`digest`].
pub fn digest_with(
    plan_hash: &[u8; 32],
    seed: u64,
    tallies: &[Tally],
    instants: &[Vec<u64>],
) -> String {
    let mut numbers = Numbers(blake3::Hasher::new());
    numbers.0.update(&[VERSION]);
    numbers.0.update(plan_hash);
    numbers.push(seed);
    for tally in tallies {
        numbers.tally(tally);
    }
    for counts in instants {
        numbers.list(counts, |numbers, count| numbers.push(*count));
    }
    hex(numbers.0.finalize().as_bytes())
}

/// Integers on their way into the hash, little end first. Every list is led by its length, so that no two tallies look alike.
struct Numbers(blake3::Hasher);

impl Numbers {
    fn push(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn wide(&mut self, number: u128) {
        self.0.update(&number.to_le_bytes());
    }

    fn list<T>(&mut self, rows: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.push(rows.len() as u64);
        for row in rows {
            each(self, row);
        }
    }

    fn tally(&mut self, tally: &Tally) {
        let Tally {
            replication,
            from,
            until,
            events,
            requests,
            most_flights,
            entries,
            endpoints,
            waits,
            stations,
            processors,
            caches,
            holds,
            link_bytes,
            calls,
            reads,
            behind,
            breaks,
            areas,
            moves,
            functions,
            groups,
            meters,
            watched,
            timeline: _,
            early: _,
            first: _,
            minutes,
            units,
            stopped,
        } = tally;
        for number in [
            u64::from(*replication),
            *from,
            *until,
            *events,
            *requests,
            *most_flights,
        ] {
            self.push(number);
        }
        self.list(entries, Self::outcomes);
        self.list(endpoints, Self::outcomes);
        self.list(waits, Self::moments);
        self.list(stations, Self::station);
        self.list(
            processors,
            |numbers,
             ProcessorTally {
                 busy,
                 waiting,
                 jobs,
             }| {
                numbers.wide(*busy);
                numbers.wide(*waiting);
                numbers.push(*jobs);
            },
        );
        self.list(caches, Self::cache);
        self.holds(holds, units);
        self.minutes(minutes);
        self.list(link_bytes, |numbers, bytes| numbers.push(*bytes));
        self.list(calls, |numbers, calls| numbers.push(*calls));
        self.functions(functions);
        self.copies(reads, behind);
        self.breaks(breaks);
        self.areas(areas);
        self.moves(moves);
        self.groups(groups);
        // As with functions: nothing where there are none.
        for Metered { times, bytes } in meters {
            self.push(*times);
            self.push(*bytes);
        }
        self.watched(watched);
        match *stopped {
            Stopped::Settled => self.push(0),
            Stopped::Unsettled => self.push(1),
            Stopped::Stuck { at } => {
                self.push(3);
                self.push(at);
            }
            Stopped::TooMany {
                at,
                station,
                queued,
                component,
            } => {
                for number in [2, at, u64::from(station.0), queued, u64::from(component.0)] {
                    self.push(number);
                }
            }
        }
    }

    /// Nothing where there are no databases of several copies.
    fn copies(&mut self, reads: &[ReadTally], behind: &[Moments]) {
        for ReadTally { reads, stale } in reads {
            self.push(*reads);
            self.push(*stale);
        }
        for Moments {
            count,
            sum,
            squares,
            max,
        } in behind
        {
            self.push(*count);
            self.wide(*sum);
            self.wide(*squares);
            self.push(*max);
        }
    }

    /// Nothing where nobody asks, so that digests without expectations stay what they were.
    fn watched(&mut self, watched: &Watched) {
        let Watched {
            served,
            retried,
            present,
        } = watched;
        for (id, row) in served.iter().enumerate() {
            let Some(row) = row else { continue };
            let Served {
                waited,
                wait,
                service,
            } = &**row;
            self.push(id as u64);
            self.push(*waited);
            for Times { moments, histogram } in [wait, service] {
                self.moments(moments);
                self.histogram(histogram);
            }
        }
        if !retried.is_empty() {
            self.list(retried, |numbers, count| numbers.push(*count));
        }
        for (id, row) in present.iter().enumerate() {
            let Some(row) = row else { continue };
            let Presence { times, at } = &**row;
            self.push(id as u64);
            self.list(times, |numbers, time| numbers.push(*time));
            self.list(at, |numbers, number| numbers.push(*number));
        }
    }

    fn outcomes(&mut self, outcomes: &Outcomes) {
        let Outcomes {
            sent,
            ok,
            failed,
            unfinished,
            late,
            done,
            given_up,
            latency,
            histogram,
            failed_after,
            episodes,
        } = outcomes;
        for count in [sent, ok, unfinished, late, done, given_up]
            .into_iter()
            .chain(failed)
        {
            self.push(*count);
        }
        self.moments(latency);
        self.histogram(histogram);
        self.histogram(failed_after);
        self.episodes(*episodes);
    }

    fn moments(&mut self, moments: &Moments) {
        let Moments {
            count,
            sum,
            squares,
            max,
        } = moments;
        self.push(*count);
        self.wide(*sum);
        self.wide(*squares);
        self.push(*max);
    }

    fn histogram(&mut self, histogram: &Histogram) {
        self.push(histogram.count());
        for (bin, count) in histogram.bins() {
            self.push(u64::from(bin));
            self.push(count);
        }
        // A number that no bucket has, so that the end of the list is marked.
        self.push(u64::MAX);
    }

    fn station(&mut self, station: &StationTally) {
        let StationTally {
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
            at_start,
            at_end,
        } = station;
        for count in [
            arrived,
            refused,
            abandoned,
            finished,
            most_queued,
            at_start,
            at_end,
        ] {
            self.push(*count);
        }
        for area in [slots, demanded, queued, present, wasted] {
            self.wide(*area);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let mut tally = Tally {
            entries: vec![Outcomes::default(); 2],
            waits: vec![Moments::default()],
            ..Tally::default()
        };
        tally.entries[1].histogram.record(1_234_567);
        tally.stations = vec![StationTally::default()];
        tally
    }

    #[test]
    fn every_integer_counts_and_the_timeline_does_not() {
        let hash = plan_hash(&Plan::default());
        let base = digest(&hash, 1, &[tally()]);
        assert!(base.len() == 35 && base.starts_with("b3:"));
        assert_eq!(base, digest(&hash, 1, &[tally()]));
        let changed: [fn(&mut Tally); 9] = [
            |tally| tally.events += 1,
            |tally| tally.entries[0].sent += 1,
            |tally| tally.entries[0].failed[3] += 1,
            |tally| tally.entries[0].histogram.record(1_234_567),
            |tally| tally.entries[1].failed_after.record(5),
            |tally| tally.waits[0].squares += 1 << 100,
            |tally| tally.stations[0].wasted += 1,
            |tally| tally.calls.push(0),
            |tally| tally.stopped = Stopped::Unsettled,
        ];
        let mut seen = vec![
            base.clone(),
            digest(&hash, 2, &[tally()]),
            digest(&hash, 1, &[]),
            digest(&hash, 1, &[tally(), tally()]),
        ];
        for change in changed {
            let mut tally = tally();
            change(&mut tally);
            seen.push(digest(&hash, 1, &[tally]));
        }
        let different: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!(different.len(), seen.len());
        let mut timed = tally();
        timed.timeline.width = 5;
        assert_eq!(base, digest(&hash, 1, &[timed]));
    }

    #[test]
    fn the_words_of_a_plan_do_not_count_and_its_tables_do() {
        let plan = Plan {
            name: "shop".into(),
            about: "sells".into(),
            ..Plan::default()
        };
        assert_eq!(plan_hash(&plan), plan_hash(&Plan::default()));
        let plan = Plan {
            priorities: vec!["urgent".into()],
            ..Plan::default()
        };
        assert_ne!(plan_hash(&plan), plan_hash(&Plan::default()));
    }
}
