//! Queues as links through the flights themselves: joining and leaving anywhere costs the same and allocates nothing.

use super::NONE;
use super::flight::Flights;
use crate::policy::queue::Place;

/// A queue with one row per priority.
#[derive(Debug, Clone)]
pub(super) struct Line {
    rows: Box<[(u32, u32)]>,
    length: u32,
}

impl Line {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            rows: vec![(NONE, NONE); rows.max(1)].into_boxed_slice(),
            length: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.length
    }

    pub(super) fn join(&mut self, flights: &mut Flights, flight: u32, place: Place) {
        self.length += 1;
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

    /// Take the first of the most urgent row.
    pub(super) fn take(&mut self, flights: &mut Flights) -> Option<u32> {
        if self.length == 0 {
            return None;
        }
        let row = self.rows.iter().position(|row| row.0 != NONE)?;
        let first = self.rows[row].0;
        self.leave(flights, first, row as u8);
        Some(first)
    }
}
