//! A rule of eviction at work: what it has noted of the objects on the shelf, beyond the lists that these are on.

use super::arc::Arc;
use super::gdsf::Heap;
use super::lfu::Steps;
use super::random::Crowd;
use super::s3_fifo::S3Fifo;
use super::shelf::Shelf;
use super::slru::Slru;
use super::two_queue::TwoQueue;
use super::w_tinylfu::TinyLfu;
use super::{Rule, clock, fifo, lru, sieve};
use crate::chance::key::Key;

/// A rule with its state.
#[derive(Debug)]
pub(super) enum Order {
    Lru,
    Fifo,
    Random(Crowd),
    Clock,
    Sieve(sieve::Hand),
    Lfu(Steps),
    Gdsf(Heap),
    Slru(Slru),
    TwoQueue(TwoQueue),
    Arc(Arc),
    S3Fifo(S3Fifo),
    TinyLfu(Box<TinyLfu>),
}

impl Order {
    /// A rule over an empty shelf of this room: bytes, or items where these are counted.
    pub(super) fn new(rule: Rule, room: u64, key: Key) -> Self {
        match rule {
            Rule::Lru => Self::Lru,
            Rule::Fifo => Self::Fifo,
            Rule::Random => Self::Random(Crowd::new(key)),
            Rule::Clock => Self::Clock,
            Rule::Sieve => Self::Sieve(sieve::Hand::default()),
            Rule::Lfu => Self::Lfu(Steps::default()),
            Rule::Gdsf => Self::Gdsf(Heap::default()),
            Rule::Slru(segments) => Self::Slru(Slru::new(room, segments)),
            Rule::TwoQueue => Self::TwoQueue(TwoQueue::new(room)),
            Rule::Arc => Self::Arc(Arc::new(room)),
            Rule::S3Fifo => Self::S3Fifo(S3Fifo::new(room)),
            Rule::TinyLfu => Self::TinyLfu(Box::new(TinyLfu::new(room))),
        }
    }

    /// An object was found.
    #[inline]
    pub(super) fn found(&mut self, shelf: &mut Shelf, place: u32) {
        match self {
            Self::Lru => lru::found(shelf, place),
            Self::Fifo | Self::Random(_) => {}
            Self::Clock | Self::Sieve(_) => shelf[place].set_note(1),
            Self::Lfu(steps) => steps.found(shelf, place),
            Self::Gdsf(heap) => heap.found(shelf, place),
            Self::Slru(slru) => slru.found(shelf, place),
            Self::TwoQueue(_) => TwoQueue::found(shelf, place),
            Self::Arc(_) => Arc::found(shelf, place),
            Self::S3Fifo(_) => S3Fifo::found(shelf, place),
            Self::TinyLfu(tiny) => tiny.found(shelf, place),
        }
    }

    /// An object that is remembered is about to be stored again.
    pub(super) fn returns(&mut self, shelf: &Shelf, place: u32) {
        if let Self::Arc(arc) = self {
            arc.returns(shelf, place);
        }
    }

    /// An object was stored; `ghost` is the list that it was remembered on.
    #[inline]
    pub(super) fn join(&mut self, shelf: &mut Shelf, place: u32, ghost: Option<u32>) {
        match self {
            Self::Lru | Self::Fifo | Self::Clock | Self::Sieve(_) => fifo::join(shelf, place),
            Self::Random(crowd) => crowd.join(shelf, place),
            Self::Lfu(steps) => steps.join(shelf, place),
            Self::Gdsf(heap) => heap.join(shelf, place),
            Self::Slru(_) => Slru::join(shelf, place),
            Self::TwoQueue(queues) => queues.join(shelf, place, ghost),
            Self::Arc(arc) => arc.join(shelf, place, ghost),
            Self::S3Fifo(queues) => queues.join(shelf, place, ghost),
            Self::TinyLfu(tiny) => tiny.join(shelf, place),
        }
    }

    /// An object goes, for whatever reason.
    #[inline]
    pub(super) fn leave(&mut self, shelf: &mut Shelf, place: u32) {
        match self {
            Self::Random(crowd) => crowd.leave(shelf, place),
            Self::Sieve(hand) => hand.leave(shelf, place),
            Self::Lfu(steps) => steps.leave(shelf, place),
            Self::Gdsf(heap) => heap.leave(shelf, place),
            _ => shelf.unlink(place),
        }
    }

    /// Which object makes room; there is one. `weight` is what is coming, `ghost` as in [`Order::join`].
    #[inline]
    pub(super) fn victim(&mut self, shelf: &mut Shelf, weight: u64, ghost: Option<u32>) -> u32 {
        match self {
            Self::Lru | Self::Fifo => fifo::victim(shelf),
            Self::Random(crowd) => crowd.victim(),
            Self::Clock => clock::victim(shelf),
            Self::Sieve(hand) => hand.victim(shelf),
            Self::Lfu(steps) => steps.victim(),
            Self::Gdsf(heap) => heap.victim(),
            Self::Slru(slru) => slru.victim(shelf),
            Self::TwoQueue(queues) => queues.victim(shelf),
            Self::Arc(arc) => arc.victim(shelf, ghost),
            Self::S3Fifo(queues) => queues.victim(shelf),
            Self::TinyLfu(tiny) => tiny.victim(shelf, weight),
        }
    }

    /// The list of ghosts that an object is remembered on when it makes room.
    #[inline]
    pub(super) fn remembers(&self, shelf: &Shelf, place: u32) -> Option<u32> {
        match self {
            Self::TwoQueue(_) => TwoQueue::remembers(shelf, place),
            Self::Arc(_) => Some(Arc::remembers(shelf, place)),
            Self::S3Fifo(_) => S3Fifo::remembers(shelf, place),
            _ => None,
        }
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Random(crowd) => crowd.memory(),
            Self::Lfu(steps) => steps.memory(),
            Self::Gdsf(heap) => heap.memory(),
            Self::TinyLfu(tiny) => tiny.memory(),
            _ => 0,
        }
    }
}

/// So many parts of so many of a room, at least 1.
pub(super) fn share(room: u64, parts: u64, of: u64) -> u64 {
    let part = u128::from(room) * u128::from(parts) / u128::from(of);
    u64::try_from(part).unwrap_or(u64::MAX).max(1)
}
