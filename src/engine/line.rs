//! Queues as links through the flights themselves: joining and leaving anywhere costs the same and allocates nothing.
//!
//! A crowd, from which the next is drawn, is a list without order instead: the last of it takes the place of whoever leaves. Those
//! who are ranked stand in a heap.

use super::NONE;
use super::flight::Flights;
use super::ranked::Ranked;
use crate::chance::key::Key;
use crate::policy::queue::codel::{Control, Head};
use crate::policy::queue::fair::Turns;
use crate::policy::queue::{Place, adaptive_lifo, random};

/// A queue with one row per priority, or with a rule of its own.
#[derive(Debug, Clone)]
pub(super) struct Line {
    rows: Box<[(u32, u32)]>,
    length: u32,
    rule: Option<Box<Rule>>,
}

/// Who is next, where it is not the first of the most urgent row.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// Anybody.
    Crowd(Crowd),
    /// The smallest rank.
    Ranked(Ranked),
    /// The first of the row whose turn it is.
    Fair(Turns),
    /// The first who has not waited too long, and who was dropped before it and is still to be told.
    Codel(Control, Vec<u32>),
    /// The last while more than so many wait.
    AdaptiveLifo(u32),
}

/// Those who wait for a turn at random; `previous` of a flight is its position among them.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    /// Name of the draws.
    key: Key,
    /// Turns so far.
    turns: u64,
    members: Vec<u32>,
}

impl Crowd {
    /// A crowd whose draws have this key.
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            turns: 0,
            members: Vec::new(),
        }
    }

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
            rule: None,
        }
    }

    /// With a rule of its own about who is next.
    pub(super) fn ruled(rows: usize, rule: Rule) -> Self {
        Self {
            rule: Some(Box::new(rule)),
            ..Self::new(rows)
        }
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.length
    }

    pub(super) fn join(&mut self, flights: &mut Flights, flight: u32, place: Place) {
        self.length += 1;
        if let Some(rule) = &mut self.rule {
            match &mut **rule {
                Rule::Crowd(crowd) => {
                    flights[flight].previous = crowd.members.len() as u32;
                    return crowd.members.push(flight);
                }
                Rule::Ranked(ranked) => return ranked.join(flights, flight, place.rank),
                Rule::Fair(turns) if self.rows[usize::from(place.row)].0 == NONE => {
                    turns.begin(usize::from(place.row));
                }
                _ => {}
            }
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
        match self.rule.as_deref_mut() {
            Some(Rule::Crowd(crowd)) => {
                crowd.leave(flights, flights[flight].previous);
                return;
            }
            Some(Rule::Ranked(ranked)) => return ranked.leave(flights, flight),
            _ => {}
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
        let apart = match self.rule.as_deref() {
            Some(Rule::Crowd(crowd)) => crowd.members.clone(),
            Some(Rule::Ranked(ranked)) => ranked.all(),
            _ => Vec::new(),
        };
        let after = |&flight: &u32| Some(flights[flight].next).filter(|&next| next != NONE);
        let rows = self.rows.iter().filter(|row| row.0 != NONE);
        let rows = rows.flat_map(move |row| std::iter::successors(Some(row.0), after));
        apart.into_iter().chain(rows)
    }

    /// Take whoever is next at this time.
    #[inline]
    pub(super) fn take(&mut self, flights: &mut Flights, now: u64) -> Option<u32> {
        if self.length == 0 {
            return None;
        }
        if self.rule.is_some() {
            return self.take_by_rule(flights, now);
        }
        self.take_first(flights)
    }

    fn take_first(&mut self, flights: &mut Flights) -> Option<u32> {
        let row = self.rows.iter().position(|row| row.0 != NONE)?;
        let first = self.rows[row].0;
        self.leave(flights, first, row as u8);
        Some(first)
    }

    #[inline(never)]
    fn take_by_rule(&mut self, flights: &mut Flights, now: u64) -> Option<u32> {
        let mut rule = self.rule.take()?;
        let next = match &mut *rule {
            Rule::Crowd(crowd) => {
                let at = random::pick(crowd.key, crowd.turns, self.length);
                crowd.turns += 1;
                self.length -= 1;
                Some(crowd.leave(flights, at))
            }
            Rule::Ranked(ranked) => {
                self.length -= 1;
                ranked.take(flights)
            }
            Rule::Fair(turns) => self.take_turn(flights, turns),
            Rule::Codel(control, dropped) => {
                let take = || {
                    let who = self.take_first(flights)?;
                    Some(Head {
                        who,
                        waited: now - flights[who].since,
                        last: self.length == 0,
                    })
                };
                control.turn(now, take, |who| dropped.push(who))
            }
            Rule::AdaptiveLifo(threshold) => {
                if adaptive_lifo::takes_newest(self.length, *threshold) {
                    let newest = self.rows[0].1;
                    self.leave(flights, newest, 0);
                    Some(newest)
                } else {
                    self.take_first(flights)
                }
            }
        };
        self.rule = Some(rule);
        next
    }

    fn take_turn(&mut self, flights: &mut Flights, turns: &mut Turns) -> Option<u32> {
        let waiting = (0..self.rows.len()).filter(|&row| self.rows[row].0 != NONE);
        let row = turns.next(waiting)?;
        let first = self.rows[row].0;
        self.leave(flights, first, row as u8);
        turns.took(row, self.length == 0);
        Some(first)
    }

    /// One of those who were dropped at the last turn.
    pub(super) fn dropped(&mut self) -> Option<u32> {
        match self.rule.as_deref_mut() {
            Some(Rule::Codel(_, dropped)) => dropped.pop(),
            _ => None,
        }
    }
}
