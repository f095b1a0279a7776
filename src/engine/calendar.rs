//! What happens next: entries of one `u128` each, smallest first.
//!
//! An entry is `time 64 | class 4 | sequence 32 | index 28`, so one comparison gives order by time, then by the rank of the kind,
//! then first come, first served. The sequence number doubles as the generation: whoever armed an entry remembers its number, and
//! an entry that pops with another number is dead.
//!
//! Constant delays (network hops, fixed work) are born in time order, so each of the first few constants has a *lane*, a plain
//! ring; the rest goes into a 4-ary heap whose pop leaves a hole that the next push fills. Lanes and heap merge by comparing whole
//! entries, so the order is the same with lanes switched off.

use super::heap::Heap;

/// Kinds of entries, by rank among simultaneous ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// A job of a flight is done: a core is freed before a newcomer looks.
    Finish = 1,
    /// The first job of a shared processor is done.
    Share = 2,
    /// A flight goes on: a journey or a pause is over. An answer beats its own timeout.
    Resume = 3,
    /// The first timer of a list of equal durations is due.
    Timer = 4,
    /// A flight's own timer (patience, wait for units) is due.
    Alarm = 5,
    /// An instance of a function has started, has been idle for too long, or may be started.
    Instance = 6,
    /// A workload's next arrival epoch.
    Arrive = 7,
    /// A user's next request.
    User = 8,
    /// A message of a queue that was received is visible again.
    Sight = 9,
    /// A reader of a partition looks again.
    Look = 10,
    /// Something breaks, or its repair is done.
    Breakdown = 11,
    /// A leader's breakdown was noticed, or there is a new leader.
    Elect = 12,
    /// Somebody looks at areas of replicas.
    Steer = 13,
    /// Objects change places in the order of their popularity.
    Drift = 14,
    /// A shard gives away its next batch.
    Move = 15,
}

/// An entry that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When \[ns\].
    pub at: u64,
    /// Its sequence number.
    pub sequence: u32,
    /// What it is about: a flight, a processor, a list, a workload or a user.
    pub index: u32,
    /// Its kind.
    pub class: Class,
}

/// Indices must fit in 28 bits.
pub const MOST_INDEX: u32 = (1 << 28) - 1;
/// No entry.
pub(super) const EMPTY: u128 = u128::MAX;
/// Lanes; each costs one comparison per pop.
pub const LANES: usize = 3;
/// The next arrival of the first workload, then the first entries of the lanes.
const FRONTS: usize = LANES + 1;
/// The workload whose next arrival stands beside the heap, and the front where it does.
const FIRST_WORKLOAD: u32 = 0;

/// The pending entries.
#[derive(Debug)]
pub struct Calendar {
    heap: Heap,
    /// Entries that stand beside the heap.
    fronts: [u128; FRONTS],
    /// The smallest of these, and which it is.
    front: u128,
    front_at: usize,
    /// The lanes, first entries included; the first workload's stays empty.
    lanes: [Ring; FRONTS],
    spans: Vec<u64>,
    sequence: u32,
}

/// Which front and ring a constant delay uses; [`Lane::NONE`] = the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane(u8);

impl Lane {
    /// Use the heap.
    pub const NONE: Self = Self(u8::MAX);
}

#[inline]
fn pack(at: u64, class: Class, sequence: u32, index: u32) -> u128 {
    let low = (class as u64) << 60 | u64::from(sequence) << 28 | u64::from(index);
    u128::from(at) << 64 | u128::from(low)
}

/// Classes by their rank; ranks that no class has are never packed.
const RANKS: [Class; 16] = {
    let mut ranks = [Class::User; 16];
    let classes = [
        Class::Finish,
        Class::Share,
        Class::Resume,
        Class::Timer,
        Class::Alarm,
        Class::Instance,
        Class::Arrive,
        Class::Sight,
        Class::Look,
        Class::Breakdown,
        Class::Elect,
        Class::Steer,
        Class::Drift,
        Class::Move,
    ];
    let mut at = 0;
    while at < classes.len() {
        ranks[classes[at] as usize] = classes[at];
        at += 1;
    }
    ranks
};

#[inline]
fn unpack(entry: u128) -> Due {
    let low = entry as u64;
    Due {
        at: (entry >> 64) as u64,
        sequence: (low >> 28) as u32,
        index: low as u32 & MOST_INDEX,
        class: RANKS[(low >> 60) as usize],
    }
}

impl Calendar {
    /// An empty calendar. Without lanes every entry goes through the heap (same order, for tests).
    pub fn new(with_lanes: bool) -> Self {
        Self {
            heap: Heap::default(),
            fronts: [EMPTY; FRONTS],
            front: EMPTY,
            front_at: 0,
            lanes: Default::default(),
            spans: if with_lanes {
                Vec::new()
            } else {
                vec![u64::MAX; LANES]
            },
            sequence: 0,
        }
    }

    /// The lane of a constant delay \[ns\]: an existing one, a new one, or none when all are taken.
    pub fn lane(&mut self, span: u64) -> Lane {
        if let Some(k) = self.spans.iter().position(|&s| s == span) {
            return Lane(k as u8 + 1);
        }
        if self.spans.len() == LANES || span == 0 {
            return Lane::NONE;
        }
        self.spans.push(span);
        Lane(self.spans.len() as u8)
    }

    /// A number that no entry has had for the last 2^32; never 0.
    #[inline]
    pub fn token(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        if self.sequence == 0 {
            self.sequence = 1;
        }
        self.sequence
    }

    /// Enter something at a time after now; returns its sequence number.
    #[inline]
    pub fn push(&mut self, at: u64, class: Class, index: u32) -> u32 {
        let sequence = self.token();
        self.enter(at, class, index, sequence);
        sequence
    }

    /// As [`Self::push`], with a fresh [token](Self::token).
    #[inline]
    pub fn enter(&mut self, at: u64, class: Class, index: u32, sequence: u32) {
        self.heap.push(pack(at, class, sequence, index));
    }

    /// Enter a flight's going on at the constant distance of its lane, with a fresh [token](Self::token). (One kind of entry
    /// only: lanes are then sorted as they grow.)
    #[inline]
    pub fn resume(&mut self, lane: Lane, at: u64, flight: u32, sequence: u32) {
        let entry = pack(at, Class::Resume, sequence, flight);
        if lane == Lane::NONE {
            return self.heap.push(entry);
        }
        let k = usize::from(lane.0) % FRONTS;
        if self.lanes[k].len() == 0 {
            self.put_in_front(k, entry);
        }
        self.lanes[k].push(entry);
    }

    /// Enter a workload's next arrival epoch (it has one at a time).
    #[inline]
    pub fn arrive(&mut self, at: u64, workload: u32) {
        let sequence = self.token();
        let entry = pack(at, Class::Arrive, sequence, workload);
        if workload == FIRST_WORKLOAD {
            self.put_in_front(0, entry);
        } else {
            self.heap.push(entry);
        }
    }

    #[inline]
    fn put_in_front(&mut self, at: usize, entry: u128) {
        self.fronts[at] = entry;
        if entry < self.front {
            (self.front, self.front_at) = (entry, at);
        }
    }

    /// Take the first entry beside the heap, and see which is first now.
    #[inline]
    fn pop_front(&mut self) {
        let from = self.front_at % FRONTS;
        self.fronts[from] = self.lanes[from].next();
        // Which is first is as good as random, so this must not branch on it.
        let [a, b, c, d] = self.fronts;
        let (left, first) = if b < a { (b, 1) } else { (a, 0) };
        let (right, second) = if d < c { (d, 3) } else { (c, 2) };
        let sooner = right < left;
        let mask = u128::from(sooner).wrapping_neg();
        self.front = left ^ (left ^ right) & mask;
        self.front_at = first ^ (first ^ second) & mask as usize;
    }

    /// Take the next entry if it is due before the given time.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "called in one place, once per event: an entry then never goes through memory"
    )]
    pub fn pop_before(&mut self, end: u64) -> Option<Due> {
        let from_heap = self.heap.first < self.front;
        let first = if from_heap {
            self.heap.first
        } else {
            self.front
        };
        if (first >> 64) as u64 >= end {
            return None;
        }
        if from_heap {
            self.heap.pop();
        } else {
            self.pop_front();
        }
        Some(unpack(first))
    }

    /// Entries pending, dead ones included.
    pub fn len(&self) -> usize {
        let arrival = usize::from(self.fronts[0] != EMPTY);
        self.heap.len() + arrival + self.lanes.iter().map(Ring::len).sum::<usize>()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drop heap entries that are dead, as told by the caller (called when dead ones outnumber the living).
    pub fn sweep(&mut self, alive: impl Fn(Due) -> bool + Copy) {
        self.heap.retain(|entry| alive(unpack(entry)));
    }
}

/// A ring of entries whose size is a power of two.
#[derive(Debug, Default)]
struct Ring {
    entries: Vec<u128>,
    first: usize,
    after: usize,
}

impl Ring {
    fn len(&self) -> usize {
        self.after.wrapping_sub(self.first)
    }

    #[inline]
    fn push(&mut self, entry: u128) {
        if self.len() == self.entries.len() {
            return self.grow_and_push(entry);
        }
        let at = self.after & (self.entries.len() - 1);
        self.entries[at] = entry;
        self.after = self.after.wrapping_add(1);
    }

    /// Drop the first entry, if there is one: the one after it, or [`EMPTY`].
    #[inline]
    fn next(&mut self) -> u128 {
        if self.len() <= 1 {
            self.first = self.after;
            return EMPTY;
        }
        self.first = self.first.wrapping_add(1);
        self.entries[self.first & (self.entries.len() - 1)]
    }

    #[cold]
    #[inline(never)]
    fn grow_and_push(&mut self, entry: u128) {
        let kept: Vec<u128> = (0..self.len())
            .map(|k| self.entries[self.first.wrapping_add(k) & (self.entries.len() - 1)])
            .collect();
        (self.first, self.after) = (0, kept.len());
        self.entries = kept;
        let room = (2 * self.entries.len()).max(64);
        self.entries.resize(room, EMPTY);
        self.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, Class, Lane};
    use crate::chance::key::{root, site};

    /// The slow twin: a sorted list of (time, class, sequence).
    fn against_a_list(seed: u64, lanes: bool) -> Vec<(u64, u32)> {
        let mut calendar = Calendar::new(lanes);
        let mut list: Vec<(u64, u8, u32, u32)> = Vec::new();
        let mut seen = Vec::new();
        let (spans, classes) = (
            [3, 5, 5, 8, 13],
            [Class::Finish, Class::Resume, Class::Alarm, Class::User],
        );
        let lanes: Vec<Lane> = spans.iter().map(|&span| calendar.lane(span)).collect();
        let (mut now, key) = (0, root(seed, 0));
        for round in 0..400 {
            let mut draw = key.numbered(round).draw(site(&["calendar"]));
            let growing = round / 100 % 2 == 0;
            if draw.chance(if growing { 0.7 } else { 0.3 }) {
                let k = draw.below(5) as usize;
                let index = round as u32;
                let (at, class, sequence) = if draw.chance(0.6) {
                    let at = now + spans[k];
                    let sequence = calendar.token();
                    calendar.resume(lanes[k], at, index, sequence);
                    (at, Class::Resume, sequence)
                } else {
                    let (at, class) = (
                        now + u64::from(draw.below(20)),
                        classes[draw.below(4) as usize],
                    );
                    (at, class, calendar.push(at, class, index))
                };
                list.push((at, class as u8, sequence, index));
                list.sort_unstable();
            } else {
                let end = now + u64::from(draw.below(12));
                let due = calendar
                    .pop_before(end)
                    .map(|due| (due.at, due.class as u8, due.sequence, due.index));
                let expected = list.first().copied().filter(|entry| entry.0 < end);
                assert_eq!(due, expected, "seed {seed}, round {round}");
                if let Some(due) = due {
                    list.remove(0);
                    now = due.0;
                    seen.push((due.0, due.3));
                }
            }
            assert_eq!(calendar.len(), list.len());
        }
        seen
    }

    #[test]
    fn agrees_with_a_sorted_list_with_and_without_lanes() {
        for seed in 0..1000 {
            assert_eq!(against_a_list(seed, true), against_a_list(seed, false));
        }
    }

    #[test]
    fn sweeping_drops_the_dead_and_keeps_the_order() {
        let mut calendar = Calendar::new(true);
        for k in (0..100u32).rev() {
            calendar.push(u64::from(k), Class::Resume, k);
        }
        calendar.sweep(|due| due.index % 3 == 0);
        let left: Vec<u32> = std::iter::from_fn(|| calendar.pop_before(u64::MAX))
            .map(|due| due.index)
            .collect();
        assert_eq!(left, (0..100).filter(|k| k % 3 == 0).collect::<Vec<u32>>());
    }
}
