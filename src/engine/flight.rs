//! A request in progress: one attempt of a call, a branch, or a whole request on its user's side.

use super::NONE;
use crate::chance::key::Key;
use crate::plan::StepId;

/// Where a flight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum State {
    /// Slot of the slab not in use.
    #[default]
    Free,
    /// Its steps are being taken, or it stands in the agenda.
    Running,
    /// On the way to its station.
    Outbound,
    /// In a slot queue.
    Queued,
    /// Has a job on a processor (running, sharing or queued there).
    Computing,
    /// Alone with the clock: sleep, or work that needs no processor.
    Pausing,
    /// Waiting between two attempts of a call.
    BackingOff,
    /// Waiting for an answer.
    Calling,
    /// Waiting for branches.
    Joining,
    /// Waiting for units of a pool.
    Acquiring,
    /// An attempt on its caller's side, waiting for a connection before it is sent.
    Connecting,
    /// Waiting for another's fill of a cache.
    Filling,
    /// What it waited for has failed, and so does it when its turn comes, for its `cause`.
    Failing,
    /// Waiting for a shard to have a leader.
    Parked,
    /// Over, but its branches hold the slot.
    Lingering,
    /// The answer is on the way back.
    Inbound,
    /// Not a request: a cancellation on its way to the child.
    Cancelling,
    /// A write on its way to the readers of a follower.
    Lagging,
}

/// Properties of a flight.
pub(crate) mod flag {
    /// A whole request on the user's side; `parent` is the user (or none) and `endpoint` the entry.
    pub(crate) const ROOT: u8 = 1;
    /// A branch (or the one call of a branch); `parent` is a join.
    pub(crate) const BRANCH: u8 = 2;
    /// Nobody waits for it from the start.
    pub(crate) const SENT: u8 = 4;
    /// It has replied (or passed the duty on).
    pub(crate) const REPLIED: u8 = 8;
    /// Nobody waits for it any more.
    pub(crate) const WASTED: u8 = 16;
    /// The last look-up was a hit (in answers: the answer says hit).
    pub(crate) const HIT: u8 = 32;
    /// It holds a slot of its station.
    pub(crate) const SLOT: u8 = 64;
    /// The answer is a failure; `cause` says which.
    pub(crate) const FAILED: u8 = 128;
}

/// A request in progress: two cache lines.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Flight {
    /// Fate of the program as it stands (loops and routines change it while they last).
    pub(crate) key: Key,
    /// When it was sent (when it was given up, once nobody waits for it) \[ns\].
    pub(crate) birth: u64,
    /// Since when it is in its state \[ns\].
    pub(crate) since: u64,
    /// Time spent in queues for slots and processors \[ns\].
    pub(crate) waited: u64,
    /// When it got its slot \[ns\].
    pub(crate) started: u64,
    /// Next or present step.
    pub(crate) pc: StepId,
    /// Number of the one entry or answer that may move it.
    pub(crate) armed: u32,
    /// Flight that waits for the answer (join for a branch, user for a root).
    pub(crate) parent: u32,
    /// The parent's `armed` while it waits for this answer.
    pub(crate) parent_armed: u32,
    /// Where it is served; none on the user's side.
    pub(crate) station: u32,
    /// See [`State`].
    pub(crate) state: State,
    /// 0 = most urgent.
    pub(crate) priority: u8,
    /// See [`flag`].
    pub(crate) flags: u8,
    /// Why it failed.
    pub(crate) cause: u8,
    // ---- second line
    /// Fate of the whole request: attributes are drawn from it.
    pub(crate) root: Key,
    /// Refused from this time on, if deadlines propagate \[ns\]; 0 = never.
    pub(crate) deadline: u64,
    /// Attribute overrides.
    pub(crate) env: u32,
    /// Neighbours in the queue it stands in.
    pub(crate) previous: u32,
    /// Neighbours in the queue it stands in.
    pub(crate) next: u32,
    /// The call that made it.
    pub(crate) call: u32,
    /// Whose answer it waits for; in the queue of a function, the instance of its own that it waits for.
    pub(crate) child: u32,
    /// Timer of the present attempt.
    pub(crate) timer: u32,
    /// Timer of all attempts.
    pub(crate) deadline_timer: u32,
    /// Position among the branches of its join.
    pub(crate) sibling: u32,
    /// Innermost frame.
    pub(crate) frame: u32,
    /// What it was asked for.
    pub(crate) endpoint: u32,
    /// Joins of its own with branches still running.
    pub(crate) joins: u16,
    /// The link it came by.
    pub(crate) link: u16,
    /// Attempts of its present call made before this one; from 65,535 on no longer told apart.
    pub(crate) attempt: u16,
    /// Which attempt of its own call it is, up to 255.
    pub(crate) own_attempt: u8,
    /// Not 0 when others wait for the object it is to fetch or store, or when it is to refresh one (see `refresh`).
    pub(crate) fills: u8,
}

const _: () = assert!(size_of::<Flight>() == 128);

impl Default for Flight {
    fn default() -> Self {
        Self {
            key: Key::default(),
            birth: 0,
            since: 0,
            waited: 0,
            started: 0,
            pc: StepId::NONE,
            armed: 0,
            parent: NONE,
            parent_armed: 0,
            station: NONE,
            state: State::Free,
            priority: 0,
            flags: 0,
            cause: 0,
            root: Key::default(),
            deadline: 0,
            env: NONE,
            previous: NONE,
            next: NONE,
            call: NONE,
            child: NONE,
            timer: NONE,
            deadline_timer: NONE,
            sibling: NONE,
            frame: NONE,
            endpoint: NONE,
            joins: 0,
            link: u16::MAX,
            attempt: 0,
            own_attempt: 0,
            fills: 0,
        }
    }
}

impl Flight {
    /// Whether a property holds.
    #[inline]
    pub(crate) fn is(&self, property: u8) -> bool {
        self.flags & property != 0
    }
}

/// All flights in progress.
#[derive(Debug)]
pub(crate) struct Flights {
    slots: Vec<Flight>,
    /// The slot that was freed last, and how many are free; each knows the one freed before it as its `next`.
    free: u32,
    idle: u32,
}

impl Default for Flights {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: NONE,
            idle: 0,
        }
    }
}

impl Flights {
    /// Put a flight into a free slot.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a flight is then written once, where it stays"
    )]
    pub(crate) fn add(&mut self, flight: Flight) -> u32 {
        let slot = self.free;
        if let Some(free) = self.slots.get_mut(slot as usize) {
            self.free = free.next;
            self.idle -= 1;
            *free = flight;
            return slot;
        }
        self.slots.push(flight);
        self.slots.len() as u32 - 1
    }

    /// The flight in a slot, if there was ever one.
    #[inline]
    pub(crate) fn get(&self, slot: u32) -> Option<&Flight> {
        self.slots.get(slot as usize)
    }

    /// Give a slot back.
    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) {
        let flight = &mut self.slots[slot as usize];
        debug_assert_ne!(flight.state, State::Free, "flight {slot} is removed twice");
        flight.state = State::Free;
        flight.armed = 0;
        flight.next = self.free;
        self.free = slot;
        self.idle += 1;
    }

    /// Flights in progress.
    #[inline]
    pub(crate) fn live(&self) -> u32 {
        self.slots.len() as u32 - self.idle
    }

    /// Slots, free ones included: as many as there were flights in progress at most.
    pub(crate) fn len(&self) -> u32 {
        self.slots.len() as u32
    }
}

impl std::ops::Index<u32> for Flights {
    type Output = Flight;
    #[inline]
    fn index(&self, slot: u32) -> &Flight {
        &self.slots[slot as usize]
    }
}

impl std::ops::IndexMut<u32> for Flights {
    #[inline]
    fn index_mut(&mut self, slot: u32) -> &mut Flight {
        &mut self.slots[slot as usize]
    }
}
