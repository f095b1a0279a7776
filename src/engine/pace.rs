//! How far a run goes on: to an instant, to a pause, or until it cannot.

use super::{Engine, Probe};
use crate::plan::StationId;

/// More than this many things at one instant never end: a closed loop that takes no time.
const MOST_AT_ONCE: u32 = 50_000_000;

/// Work between two looks at whether a run is still wanted: some milliseconds, in events.
pub const WORK: u32 = 1 << 13;

/// Why a run stopped before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow {
    /// When \[ns\].
    pub at: u64,
    /// The station with the most requests waiting or in service.
    pub station: StationId,
    /// How many.
    pub present: u64,
    /// Whether time stood still: too much happened at one instant.
    pub stuck: bool,
}

impl<P: Probe> Engine<'_, P> {
    /// Run on until simulated time `end` \[ns\] (what is due at `end` itself is left).
    ///
    /// # Errors
    /// [`Overflow`] when there are too many flights: the run cannot go on.
    pub fn run_until(&mut self, end: u64) -> Result<(), Overflow> {
        while !self.run_for(end, u32::MAX)? {}
        Ok(())
    }

    /// As [`Self::run_until`], but with a pause after so much work (an event is 1, and long ones are more), wherever that is: true when it
    /// has come to `end`. Pauses change nothing.
    ///
    /// # Errors
    /// As [`Self::run_until`].
    pub fn run_for(&mut self, end: u64, work: u32) -> Result<bool, Overflow> {
        self.pause_at = self.events.saturating_add(u64::from(work));
        self.drain();
        while self.overflow.is_none() {
            if self.events >= self.pause_at {
                return Ok(false);
            }
            let Some(due) = self.calendar.pop_before(end) else {
                self.now = end;
                return Ok(true);
            };
            debug_assert!(due.at >= self.now, "time goes backwards");
            self.events += 1;
            if due.at > self.now {
                self.still = 0;
                self.now = due.at;
            } else {
                self.stand_still();
            }
            self.happen(due);
            if !self.agenda.is_empty() {
                self.drain();
            }
        }
        self.overflow.map_or(Ok(true), Err)
    }

    /// An event takes as long as so many.
    #[inline]
    pub(super) fn toil(&mut self, work: u64) {
        self.pause_at = self.pause_at.saturating_sub(work);
    }

    /// Something more happens at this instant; too much of it means that time will never go on.
    #[inline]
    pub(super) fn stand_still(&mut self) {
        self.still += 1;
        if self.still > MOST_AT_ONCE && self.overflow.is_none() {
            self.overflow = Some(Overflow {
                stuck: true,
                ..self.fullest()
            });
        }
    }

    /// The station where most requests are.
    pub(super) fn fullest(&self) -> Overflow {
        let mut found = Overflow {
            at: self.now,
            station: StationId::NONE,
            present: 0,
            stuck: false,
        };
        for (index, station) in self.stations.iter().enumerate() {
            let shared = self.plan.stations[index]
                .shared
                .map_or(0, |pool| self.queues[pool.index()].len());
            let present = u64::from(station.in_use) + u64::from(station.line.len().max(shared));
            if present > found.present {
                found.station = StationId::from(index);
                found.present = present;
            }
        }
        found
    }
}
