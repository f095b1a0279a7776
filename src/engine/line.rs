//! Queues as links through the flights themselves: joining and leaving anywhere costs the same and allocates nothing.
//!
//! A crowd, from which the next is drawn, is a list without order instead: the last of it takes the place of whoever leaves.

use super::NONE;
use super::flight::Flights;
use crate::chance::key::Key;
use crate::policy::queue::{Place, random};

/// A queue with one row per priority, or a crowd.
#[derive(Debug, Clone)]
pub(super) struct Line {
    rows: Box<[(u32, u32)]>,
    length: u32,
    crowd: Option<Box<Crowd>>,
}

/// Those who wait for a turn at random; `previous` of a flight is its position among them.
#[derive(Debug, Clone)]
struct Crowd {
    /// Name of the draws.
    key: Key,
    /// Turns so far.
    turns: u64,
    members: Vec<u32>,
}

impl Crowd {
    fn leave(&mut self, flights: &mut Flights, at: u32) -> u32 {
        let leaver = self.members.swap_remove(at as usize);
        if let Some(&moved) = self.members.get(at as usize) {
            flights[moved].previous = at;
        }
        leaver
    }
}

impl Line {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            rows: vec![(NONE, NONE); rows.max(1)].into_boxed_slice(),
            length: 0,
            crowd: None,
        }
    }

    /// A crowd, whose draws have this key.
    pub(super) fn crowd(key: Key) -> Self {
        let crowd = Crowd {
            key,
            turns: 0,
            members: Vec::new(),
        };
        Self {
            crowd: Some(Box::new(crowd)),
            ..Self::new(1)
        }
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.length
    }

    pub(super) fn join(&mut self, flights: &mut Flights, flight: u32, place: Place) {
        self.length += 1;
        if let Some(crowd) = &mut self.crowd {
            flights[flight].previous = crowd.members.len() as u32;
            return crowd.members.push(flight);
        }
        let row = &mut self.rows[usize::from(place.row)];
        let (previous, next) = if place.front {
            (NONE, row.0)
        } else {
            (row.1, NONE)
        };
        flights[flight].previous = previous;
        flights[flight].next = next;
        if previous == NONE {
            row.0 = flight;
        } else {
            flights[previous].next = flight;
        }
        if next == NONE {
            row.1 = flight;
        } else {
            flights[next].previous = flight;
        }
    }

    pub(super) fn leave(&mut self, flights: &mut Flights, flight: u32, row: u8) {
        self.length -= 1;
        if let Some(crowd) = &mut self.crowd {
            crowd.leave(flights, flights[flight].previous);
            return;
        }
        let (previous, next) = (flights[flight].previous, flights[flight].next);
        let row = &mut self.rows[usize::from(row)];
        if previous == NONE {
            row.0 = next;
        } else {
            flights[previous].next = next;
        }
        if next == NONE {
            row.1 = previous;
        } else {
            flights[next].previous = previous;
        }
    }

    /// The first of the most urgent row.
    pub(super) fn first(&self) -> Option<u32> {
        self.rows
            .iter()
            .map(|row| row.0)
            .find(|&first| first != NONE)
    }

    /// All who wait, in no particular order.
    pub(super) fn all<'a>(&'a self, flights: &'a Flights) -> impl Iterator<Item = u32> + 'a {
        let crowd = self.crowd.iter().flat_map(|crowd| crowd.members.iter());
        let after = |&flight: &u32| Some(flights[flight].next).filter(|&next| next != NONE);
        let rows = self.rows.iter().filter(|row| row.0 != NONE);
        let rows = rows.flat_map(move |row| std::iter::successors(Some(row.0), after));
        crowd.copied().chain(rows)
    }

    /// Take the first of the most urgent row, or any of a crowd.
    #[inline]
    pub(super) fn take(&mut self, flights: &mut Flights) -> Option<u32> {
        if self.length == 0 {
            return None;
        }
        self.take_one(flights)
    }

    fn take_one(&mut self, flights: &mut Flights) -> Option<u32> {
        if let Some(crowd) = &mut self.crowd {
            let at = random::pick(crowd.key, crowd.turns, self.length);
            crowd.turns += 1;
            self.length -= 1;
            return Some(crowd.leave(flights, at));
        }
        let row = self.rows.iter().position(|row| row.0 != NONE)?;
        let first = self.rows[row].0;
        self.leave(flights, first, row as u8);
        Some(first)
    }
}
