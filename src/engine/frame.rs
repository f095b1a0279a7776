//! What a program has entered and must leave again: loops, routines, handlers, holds, fills.

use super::{Engine, NONE, Probe};
use crate::chance::key::Key;
use crate::plan::{HoldId, RefreshId, RepeatId, RunId, StepId};
use crate::policy::Cause;

/// One thing entered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
    /// A sequential loop: rounds left (`u32::MAX` = until stopped), the round's number and the fate outside.
    Loop {
        repeat: RepeatId,
        left: u32,
        round: u32,
        outer: Key,
    },
    /// A routine: where to go back to and the fate outside.
    Routine {
        run: RunId,
        back: StepId,
        outer: Key,
    },
    /// A handler of failures.
    Handler { to: StepId },
    /// Units held: of which instance, or the object that is locked.
    Hold {
        hold: HoldId,
        instance: u32,
        object: u64,
        since: u64,
    },
    /// This flight fills a store with an object; others may wait for it.
    Fill { store: u32, object: u64 },
    /// An object of a store is refreshed: by this flight alone, until its fill; by one that it is to start, where `by` is none.
    Refresh {
        by: RefreshId,
        store: u32,
        object: u64,
    },
    /// The duty to answer came from this call (always below all others).
    Forwarded { endpoint: u32, birth: u64 },
}

/// The frames of all flights, each linked to the one below it.
#[derive(Debug, Default)]
pub(super) struct Frames {
    rows: Vec<(Frame, u32)>,
    free: Vec<u32>,
}

impl Frames {
    #[inline]
    pub(super) fn push(&mut self, frame: Frame, below: u32) -> u32 {
        if let Some(at) = self.free.pop() {
            self.rows[at as usize] = (frame, below);
            at
        } else {
            self.rows.push((frame, below));
            self.rows.len() as u32 - 1
        }
    }

    #[inline]
    pub(super) fn pop(&mut self, at: u32) -> (Frame, u32) {
        self.free.push(at);
        self.rows[at as usize]
    }

    #[inline]
    pub(super) fn get(&self, at: u32) -> (Frame, u32) {
        self.rows[at as usize]
    }

    /// Whether a frame is a duty to answer for another.
    pub(super) fn is_duty(&self, at: u32) -> bool {
        matches!(self.rows[at as usize].0, Frame::Forwarded { .. })
    }

    fn set_below(&mut self, at: u32, below: u32) {
        self.rows[at as usize].1 = below;
    }

    fn set(&mut self, at: u32, frame: Frame) {
        self.rows[at as usize].0 = frame;
    }
}

impl<P: Probe> Engine<'_, P> {
    #[inline]
    pub(super) fn enter(&mut self, flight: u32, frame: Frame) {
        let below = self.flights[flight].frame;
        self.flights[flight].frame = self.frames.push(frame, below);
    }

    /// Leave the innermost frame.
    #[inline]
    pub(super) fn leave(&mut self, flight: u32) -> Option<Frame> {
        let at = self.flights[flight].frame;
        if at == NONE {
            return None;
        }
        let (frame, below) = self.frames.get(at);
        if matches!(frame, Frame::Forwarded { .. }) {
            return None;
        }
        self.frames.pop(at);
        self.flights[flight].frame = below;
        Some(frame)
    }

    /// Start a loop: where to go on.
    pub(super) fn start_loop(&mut self, flight: u32, id: RepeatId) -> StepId {
        let repeat = self.plan.repeats[id.index()];
        let left = if repeat.count.is_some() {
            self.count(flight, repeat.count)
                .min(u64::from(u32::MAX - 1)) as u32
        } else {
            u32::MAX
        };
        if left == 0 {
            return repeat.after;
        }
        let outer = self.flights[flight].key;
        self.enter(
            flight,
            Frame::Loop {
                repeat: id,
                left,
                round: 0,
                outer,
            },
        );
        self.flights[flight].key = outer.child(repeat.site, 0);
        repeat.body
    }

    /// A round is over: where to go on.
    pub(super) fn next_round(&mut self, flight: u32, id: RepeatId) -> StepId {
        let repeat = self.plan.repeats[id.index()];
        let at = self.flights[flight].frame;
        let (
            Frame::Loop {
                left, round, outer, ..
            },
            _,
        ) = self.frames.get(at)
        else {
            unreachable!("the end of a loop's body is inside the loop")
        };
        if left == 1 {
            return self.stop_loop(flight).unwrap_or(repeat.after);
        }
        let left = if left == u32::MAX { left } else { left - 1 };
        let round = round.wrapping_add(1);
        self.frames.set(
            at,
            Frame::Loop {
                repeat: id,
                left,
                round,
                outer,
            },
        );
        self.flights[flight].key = outer.child(repeat.site, u64::from(round));
        repeat.body
    }

    /// Leave the innermost loop and whatever was entered inside it: where to go on; nowhere for a refresh, which is in no loop.
    pub(super) fn stop_loop(&mut self, flight: u32) -> Option<StepId> {
        while let Some(frame) = self.leave(flight) {
            if let Frame::Loop { repeat, outer, .. } = frame {
                self.flights[flight].key = outer;
                return Some(self.plan.repeats[repeat.index()].after);
            }
            self.undo(flight, frame, None);
        }
        None
    }

    /// Call a routine: where to go on.
    pub(super) fn start_routine(&mut self, flight: u32, id: RunId, here: StepId) -> StepId {
        let run = self.plan.runs[id.index()];
        let outer = self.flights[flight].key;
        self.enter(
            flight,
            Frame::Routine {
                run: id,
                back: StepId(here.0 + 1),
                outer,
            },
        );
        self.flights[flight].key = outer.child(run.name, u64::from(run.ordinal));
        run.entry
    }

    /// A routine is over: where to go on.
    pub(super) fn end_routine(&mut self, flight: u32) -> StepId {
        match self.leave(flight) {
            Some(Frame::Routine { back, outer, .. }) => {
                self.flights[flight].key = outer;
                back
            }
            other => unreachable!("a routine ends inside itself, not in {other:?}"),
        }
    }

    /// Give back what a frame stands for; with a cause when it is left by a failure.
    fn undo(&mut self, flight: u32, frame: Frame, cause: Option<Cause>) {
        match frame {
            Frame::Hold {
                hold,
                instance,
                object,
                since,
            } => self.give_back(hold, instance, object, since),
            Frame::Fill { store, object } => self.abandon_fill(store, object, cause),
            Frame::Refresh { store, object, .. } => {
                self.stores.refreshing.remove(&(store, object));
            }
            Frame::Loop { outer, .. } | Frame::Routine { outer, .. } => {
                self.flights[flight].key = outer;
            }
            Frame::Handler { .. } | Frame::Forwarded { .. } => {}
        }
    }

    /// Unwind to the innermost handler of failures: where to go on, or nowhere.
    pub(super) fn unwind(&mut self, flight: u32, cause: Cause) -> Option<StepId> {
        while let Some(frame) = self.leave(flight) {
            self.undo(flight, frame, Some(cause));
            match frame {
                Frame::Handler { to } => return Some(to),
                Frame::Routine { run, .. } => {
                    let to = self.plan.runs[run.index()].on_failure;
                    if to.is_some() {
                        return Some(to);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Leave everything; the duties passed on to this flight stay.
    pub(super) fn leave_all(&mut self, flight: u32) {
        while let Some(frame) = self.leave(flight) {
            self.undo(flight, frame, None);
        }
    }

    /// Take the chain of duties passed on to this flight off the bottom of its frames.
    pub(super) fn take_duties(&mut self, flight: u32) -> u32 {
        let (mut above, mut at) = (NONE, self.flights[flight].frame);
        while at != NONE {
            let (frame, below) = self.frames.get(at);
            if matches!(frame, Frame::Forwarded { .. }) {
                break;
            }
            (above, at) = (at, below);
        }
        if above == NONE {
            self.flights[flight].frame = NONE;
        } else {
            self.frames.set_below(above, NONE);
        }
        at
    }

    /// Tell of what is still held, and of duties still open, at the end of the run.
    pub(super) fn close_frames(&mut self, mut frame: u32, awaited: bool) {
        while frame != NONE {
            let (row, below) = self.frames.get(frame);
            match row {
                Frame::Hold {
                    hold,
                    instance,
                    since,
                    ..
                } => {
                    let hold = self.plan.holds[hold.index()];
                    self.probe
                        .used(hold.quantity.0, instance, since, self.now, hold.units);
                }
                Frame::Forwarded { endpoint, birth } if awaited => {
                    self.probe.unfinished_call(endpoint, birth);
                }
                _ => {}
            }
            frame = below;
        }
    }
}
