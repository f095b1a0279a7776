//! The whole run in equal windows: what users saw, who waited, and how busy processors were.

use super::histogram::Histogram;
use crate::plan::{ComponentId, Plan};

/// Components whose processors are followed over time at most: memory has a bound.
const MOST_FOLLOWED: usize = 16;
/// A processor that is not followed.
pub(super) const NO_SEAT: u8 = u8::MAX;

/// The components whose processors are followed over time: those that are asked for most by arithmetic, whichever of them turns out to be
/// the bottleneck.
pub fn followed(plan: &Plan) -> Vec<ComponentId> {
    let loads = plan.processors.iter().zip(&plan.load.processor_load);
    let mut loads: Vec<(ComponentId, f64)> =
        loads.map(|(row, load)| (row.component, *load)).collect();
    loads.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut followed: Vec<ComponentId> = Vec::new();
    for (component, _) in loads {
        if followed.len() < MOST_FOLLOWED && !followed.contains(&component) {
            followed.push(component);
        }
    }
    followed
}

/// The position of each processor's component among those [followed], or [`NO_SEAT`].
pub(super) fn seats(plan: &Plan) -> Vec<u8> {
    let followed = followed(plan);
    let seat = |component| followed.iter().position(|own| *own == component);
    let rows = plan.processors.iter();
    rows.map(|row| seat(row.component).map_or(NO_SEAT, |seat| seat as u8))
        .collect()
}

/// The whole run in equal windows.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// Width \[ns\].
    pub width: u64,
    /// From time 0 on.
    pub windows: Vec<Window>,
}

/// One window of the timeline.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Root requests born in it.
    pub born: u64,
    /// Root requests that succeeded in it (by the time of the answer).
    pub ok: u64,
    /// Root requests that failed in it.
    pub failed: u64,
    /// Latency of root requests born in it that succeeded \[ns\].
    pub latency: Histogram,
    /// Integral of root requests in progress \[request-ns\].
    pub in_progress: u128,
    /// Integral of requests waiting for slots, processors or units, all stations \[request-ns\].
    pub waiting: u128,
    /// Integral of messages that groups have still to do, all groups \[message-ns\].
    pub to_do: u128,
    /// Cache hits in it.
    pub hits: u64,
    /// Cache misses in it.
    pub misses: u64,
    /// Work of the processors of each [component that is followed](followed) \[milli-core-ns\]; shorter where the last ones had none.
    pub busy: Vec<u128>,
}

impl Timeline {
    /// Make windows twice as wide.
    pub(super) fn halve(&mut self) {
        self.width *= 2;
        let mut wider: Vec<Window> = Vec::with_capacity(self.windows.len().div_ceil(2));
        for (at, window) in std::mem::take(&mut self.windows).into_iter().enumerate() {
            if at % 2 == 0 {
                wider.push(window);
            } else if let Some(last) = wider.last_mut() {
                last.append(&window);
            }
        }
        self.windows = wider;
    }
}

impl Window {
    /// Add what was counted in another window.
    pub fn append(&mut self, other: &Self) {
        let Self {
            born,
            ok,
            failed,
            latency,
            in_progress,
            waiting,
            to_do,
            hits,
            misses,
            busy,
        } = other;
        self.born += born;
        self.ok += ok;
        self.failed += failed;
        self.latency.merge(latency);
        self.in_progress += in_progress;
        self.waiting += waiting;
        self.to_do += to_do;
        self.hits += hits;
        self.misses += misses;
        for (seat, work) in busy.iter().enumerate() {
            self.work(seat, *work);
        }
    }

    /// Processors of a component that is followed have worked.
    #[inline]
    pub(super) fn work(&mut self, seat: usize, work: u128) {
        if self.busy.len() <= seat {
            self.busy.resize(seat + 1, 0);
        }
        self.busy[seat] += work;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::measure::{Span, replicate};
    use crate::{compile, model, source::Sources};

    /// All windows together are the whole: nothing is lost between them.
    #[test]
    fn windows_sum_to_what_processors_did() {
        let text = "scaleproof: model/1\nname: two\nworkloads: { w: { open: { rate: 300/s }, mix: { s.go: 1 } } }\n\
            services:\n  s: { replicas: 2, cores: 2, endpoints: { go: [ { compute: { exponential: 5ms } }, { call: t.go } ] } }\n  \
            t: { cpu: fifo, endpoints: { go: { compute: { exponential: 2ms } } } }\n";
        let mut sources = Sources::new();
        let file = sources.add("model.yaml", text);
        let (model, said) = model::read(&mut sources, file, &[]);
        assert!(!said.has_errors());
        let plan = compile::compile(&model.unwrap()).0.unwrap();
        let span = Span {
            from: 0,
            until: 3_000_000_000,
            settle: 0,
            windows: 6,
            most_flights: 10_000,
        };
        let tally = replicate(&plan, 1, 0, &span, &|| false).unwrap();
        let sum = |timeline: &Timeline, seat: usize| -> u128 {
            let windows = timeline.windows.iter();
            windows.map(|window| window.busy[seat]).sum()
        };
        let followed = followed(&plan);
        // s is asked for 300/s × 5 ms of 4 cores, t for 300/s × 2 ms of one.
        assert_eq!(followed.len(), 2);
        assert_eq!(plan.components[followed[0].index()].name, "t");
        for (seat, component) in followed.iter().enumerate() {
            let own = plan.processors.iter().zip(&tally.processors);
            let own = own.filter(|(row, _)| row.component == *component);
            let whole: u128 = own.map(|(_, tally)| tally.busy).sum();
            assert_eq!(sum(&tally.timeline, seat), whole);
            let mut wide = tally.timeline.clone();
            wide.halve();
            assert_eq!((wide.windows.len(), sum(&wide, seat)), (3, whole));
        }
    }
}
