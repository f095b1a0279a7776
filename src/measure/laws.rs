//! Laws that hold on every run, exactly, whatever the model: what comes goes or stays (per component and per cause), Little's law as an
//! identity of areas, nothing busier than it can be, no negative wait.
//!
//! [`broken`] reads a finished tally against its plan. [`Audit`] listens to the run itself and counts who is present, so that its areas
//! and the recorder's sums of stays are two ways to one number. A debug build holds every replication to both; in a release build
//! nobody listens. Little's law for areas: S. Stidham, "A last word on L = λW", Operations Research 22(2), 1974.

mod audit;

pub use audit::Audit;

use super::tally::{Outcomes, StationTally, Stopped, Tally};
use crate::plan::{
    Abandon, Capacity, ComponentKind, Delivery, Discipline, Interrupted, Plan, Processor, Step,
    Wear,
};
use crate::policy::{CAUSES, Cause};

/// What a finished replication says that cannot be; empty when all laws hold.
pub fn broken(plan: &Plan, tally: &Tally) -> Vec<String> {
    let mut found = Found::default();
    let window = u128::from(tally.until - tally.from);
    let possible = possible(plan);
    for (index, row) in tally.entries.iter().enumerate() {
        found.outcomes(
            &format!("entry {}", plan.entries[index].name),
            row,
            &possible,
        );
    }
    for (index, row) in tally.endpoints.iter().enumerate() {
        let name = format!("endpoint {index} ({})", plan.endpoints[index].name);
        found.outcomes(&name, row, &possible);
        found.hold(tally.waits[index].max <= u64::MAX / 2, || {
            format!("{name}: a wait is negative")
        });
    }
    if tally.stopped == Stopped::Settled {
        let rows = tally.entries.iter().chain(&tally.endpoints);
        let open: u64 = rows.map(|row| row.unfinished).sum();
        found.hold(open == 0, || {
            format!("settled, with {open} requests and calls unfinished")
        });
    }
    for (index, row) in tally.stations.iter().enumerate() {
        found.station(plan, index, row, window);
    }
    for (index, row) in tally.processors.iter().enumerate() {
        let most = window.saturating_mul(u128::from(capacity(&plan.processors[index])));
        found.hold(row.busy <= most, || {
            format!(
                "processor {index}: busy {} of {most} milli-core-ns",
                row.busy
            )
        });
    }
    for (index, row) in tally.caches.iter().enumerate() {
        let spec = &plan.caches[index];
        let room = u128::from(spec.capacity_items) * u128::from(spec.stores);
        found.hold(row.held <= window.saturating_mul(room), || {
            format!("cache {index}: holds more objects than it has room for")
        });
        found.hold(row.lapsed <= row.held, || {
            format!("cache {index}: more objects beyond their end than it holds")
        });
        found.hold(row.expired <= row.misses, || {
            format!("cache {index}: more objects expired than look-ups missed")
        });
    }
    for (index, row) in tally.groups.iter().enumerate() {
        found.hold(
            row.lag <= window.saturating_mul(u128::from(row.most)),
            || format!("group {index}: more messages to do on average than at most"),
        );
        let most = window.saturating_mul(2 * u128::from(row.oldest));
        found.hold(row.age <= most, || {
            format!("group {index}: older messages to do on average than at most")
        });
    }
    for (index, row) in tally.holds.iter().enumerate() {
        let spec = &plan.quantities[index];
        // Row locks are one unit per object, and nobody counts the objects.
        let keyed = |hold: &crate::plan::Hold| hold.quantity.index() == index && hold.key.is_some();
        let most = window * u128::from(spec.size) * u128::from(spec.instances);
        found.hold(plan.holds.iter().any(keyed) || row.used <= most, || {
            format!("units {index}: {} used of {most} unit-ns", row.used)
        });
        found.hold(row.waited.count == row.acquired, || {
            format!("units {index}: not every acquisition has its wait")
        });
    }
    found.0
}

/// Laws found broken.
#[derive(Debug, Default)]
struct Found(Vec<String>);

impl Found {
    fn hold(&mut self, holds: bool, law: impl FnOnce() -> String) {
        if !holds {
            self.0.push(law());
        }
    }

    fn outcomes(&mut self, name: &str, row: &Outcomes, possible: &[bool; CAUSES]) {
        let failed: u64 = row.failed.iter().sum();
        self.hold(row.sent == row.ok + failed + row.unfinished, || {
            format!(
                "{name}: {} sent, but {} ok, {failed} failed, {} unfinished",
                row.sent, row.ok, row.unfinished
            )
        });
        for (cause, &count) in Cause::ALL.iter().zip(&row.failed) {
            self.hold(count == 0 || possible[*cause as usize], || {
                let cause = cause.name();
                format!("{name}: {count} failed as {cause}, which nothing in the plan can cause")
            });
        }
        let moments = &row.latency;
        self.hold(
            row.ok == moments.count && row.ok == row.histogram.count(),
            || format!("{name}: not every success has its latency"),
        );
        self.hold(failed == row.failed_after.count(), || {
            format!("{name}: not every failure has its time")
        });
        let episodes = row.episodes.count;
        self.hold(episodes <= failed && (episodes > 0) == (failed > 0), || {
            format!("{name}: {failed} failures in {episodes} episodes")
        });
        self.hold(
            row.histogram
                .largest()
                .is_none_or(|largest| largest == moments.max),
            || format!("{name}: histogram and moments differ on the largest latency"),
        );
    }

    fn station(&mut self, plan: &Plan, index: usize, row: &StationTally, window: u128) {
        let spec = &plan.stations[index];
        if spec.shared.is_none() {
            let came = row.at_start + row.arrived;
            let left = row.finished + row.refused + row.abandoned;
            self.hold(came == left + row.at_end, || {
                format!(
                    "station {index}: {came} came, {left} left, {} stayed",
                    row.at_end
                )
            });
        }
        self.hold(row.present == row.slots + row.queued, || {
            format!("station {index}: those present are not those in slots and those in the queue")
        });
        let slots = window.saturating_mul(u128::from(spec.concurrency));
        self.hold(spec.concurrency == u32::MAX || row.slots <= slots, || {
            format!("station {index}: {} slot-ns of {slots}", row.slots)
        });
        self.hold(row.wasted <= row.slots, || {
            format!("station {index}: more slot time wasted than used")
        });
        let room = spec
            .shared
            .map_or(spec.backlog, |pool| plan.pools[pool.index()].backlog);
        // Those who wait for an instance of their own have its slots before them.
        let own = match plan.components[spec.component.index()].kind {
            ComponentKind::Function => spec.concurrency,
            _ => 0,
        };
        let room = room.saturating_add(own);
        self.hold(row.most_queued <= u64::from(room), || {
            format!(
                "station {index}: {} waited in {room} places",
                row.most_queued
            )
        });
    }
}

/// Thousandths of a core that a processor can keep busy, as the engine counts them.
fn capacity(processor: &Processor) -> u64 {
    let Capacity::Cores(cores) = processor.cores else {
        return u64::MAX;
    };
    if processor.discipline.is_shared() {
        return (1000.0 * cores).round() as u64;
    }
    let servers = cores.ceil();
    servers as u64 * (1000.0 * cores / servers).round() as u64
}

/// The causes of failure that a plan has a source of.
fn possible(plan: &Plan) -> [bool; CAUSES] {
    let mut possible = [false; CAUSES];
    let mut source = |cause: Cause, there: bool| possible[cause as usize] |= there;
    for station in &plan.stations {
        let bounded = station.concurrency != u32::MAX && station.backlog != u32::MAX;
        source(Cause::Refused, bounded);
        source(Cause::Abandoned, station.patience.is_some());
        let sheds = matches!(station.discipline, Discipline::Codel(_));
        source(Cause::Shed, sheds);
    }
    for group in &plan.groups {
        let kept = plan.topics[group.topic.index()].retention;
        let hides = matches!(group.delivery, Delivery::Competing { visibility, .. } if visibility != u64::MAX);
        source(Cause::Timeout, kept != u64::MAX || hides);
    }
    for pool in &plan.pools {
        source(Cause::Refused, pool.backlog != u32::MAX);
        source(
            Cause::Unreachable,
            pool.candidates.iter().any(|row| row.stations.is_empty()),
        );
    }
    // What is lost too often is given up.
    source(
        Cause::Unreachable,
        plan.links.iter().any(|link| link.resend.is_some()),
    );
    let loses = |wear: &Wear| wear.work == Interrupted::Lost;
    let lost = plan.breakdowns.wear.iter().any(loses);
    source(Cause::Unreachable, lost);
    // What a lost request waited for is called off.
    source(Cause::Cancelled, lost);
    // Where instances are limited those beyond may be turned away.
    source(
        Cause::Limited,
        !plan.guards.limits.is_empty() || plan.functions.iter().any(|function| !function.queues),
    );
    for call in &plan.calls {
        source(Cause::Timeout, call.timeout != 0 || call.deadline != 0);
        let many = call.hedge.is_some();
        source(Cause::Cancelled, many || call.abandon != Abandon::Ignore);
    }
    for fork in &plan.forks {
        source(Cause::Cancelled, fork.cancel_rest);
        // Rounds that are fewer than those needed fail the block.
        source(
            Cause::Error,
            fork.count.is_some() && fork.need != u32::MAX && fork.need > 0,
        );
    }
    let fails = |step: &Step| matches!(step, Step::Fail(_));
    source(Cause::Error, plan.steps.iter().any(fails));
    let gives_up = plan.holds.iter().any(|hold| hold.wait != u64::MAX);
    source(Cause::NoConnection, gives_up);
    possible
}
