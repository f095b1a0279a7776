//! What a processor still has to do, for balancers that look at it.

use super::{CpuDiscipline, Engine, FRACTION, Probe, ProcessorId};
use std::cmp::Reverse;

impl<P: Probe> Engine<'_, P> {
    /// What a processor has taken on and not yet done \[ns of one core of speed 1\].
    pub(in super::super) fn work_left(&self, processor: ProcessorId) -> f64 {
        let cpu = &self.processors[processor.index()];
        if cpu.discipline == CpuDiscipline::Ps {
            let clock = cpu.clock as f64 / FRACTION + (self.now - cpu.last) as f64 * cpu.slope();
            let alive = |&&Reverse((_, token, flight)): &&Reverse<(u64, u32, u32)>| {
                self.flights[flight].armed == token
            };
            let left = |&Reverse((tag, ..)): &Reverse<(u64, u32, u32)>| {
                (tag as f64 / FRACTION - clock).max(0.0)
            };
            return cpu.tags.iter().filter(alive).map(left).sum();
        }
        let running = cpu.on_core.iter().map(|&(_, end)| end - self.now);
        let interrupted = |flight| {
            let found = cpu.interrupted.iter().find(|&&(other, _)| other == flight);
            found.map(|&(_, left)| left)
        };
        let waiting = (cpu.line.all(&self.flights))
            .map(|flight| interrupted(flight).unwrap_or_else(|| self.job_time(processor, flight)));
        let time: u64 = running.chain(waiting).sum();
        time as f64 * cpu.core_speed
    }
}
