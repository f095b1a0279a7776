//! Least frequently used: what was asked for least often since it was stored goes, of several the one that was used least recently.
//! In constant time by a list for each count: K. Shah, A. Mitra and D. Matani, "An O(1) algorithm for implementing the LFU cache
//! eviction scheme", 2010.
//!
//! Not modelled: counts of what is not held ("perfect" LFU), and counts that age.

use super::shelf::{Ends, NONE, Shelf, push};

/// All that was asked for so many times.
#[derive(Debug, Clone, Copy)]
struct Step {
    count: u64,
    ends: Ends,
    above: u32,
    below: u32,
}

/// Steps from the least count to the largest; the note of an entry is its step.
#[derive(Debug)]
pub(super) struct Steps {
    rows: Vec<Step>,
    free: Vec<u32>,
    lowest: u32,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            free: Vec::new(),
            lowest: NONE,
        }
    }
}

impl Steps {
    pub(super) fn join(&mut self, shelf: &mut Shelf, place: u32) {
        let step = self.step(1, NONE, self.lowest);
        self.enter(shelf, place, step);
    }

    pub(super) fn found(&mut self, shelf: &mut Shelf, place: u32) {
        let from = shelf[place].note();
        let Step { count, above, .. } = self.rows[from as usize];
        let to = self.step(count + 1, from, above);
        self.leave(shelf, place);
        self.enter(shelf, place, to);
    }

    pub(super) fn leave(&mut self, shelf: &mut Shelf, place: u32) {
        let at = shelf[place].note();
        let step = &mut self.rows[at as usize];
        shelf.detach(&mut step.ends, place);
        if step.ends.oldest != NONE {
            return;
        }
        let Step { above, below, .. } = *step;
        self.join_steps(below, above);
        self.free.push(at);
    }

    pub(super) fn victim(&self) -> u32 {
        self.rows[self.lowest as usize].ends.oldest
    }

    fn enter(&mut self, shelf: &mut Shelf, place: u32, step: u32) {
        shelf.attach(&mut self.rows[step as usize].ends, place);
        shelf[place].set_note(step);
    }

    /// The step of a count that belongs between two others: the upper one, or a new one.
    fn step(&mut self, count: u64, below: u32, above: u32) -> u32 {
        if above != NONE && self.rows[above as usize].count == count {
            return above;
        }
        let row = Step {
            count,
            ends: Ends::EMPTY,
            above,
            below,
        };
        let at = if let Some(at) = self.free.pop() {
            self.rows[at as usize] = row;
            at
        } else {
            push(&mut self.rows, row);
            self.rows.len() as u32 - 1
        };
        self.join_steps(below, at);
        self.join_steps(at, above);
        at
    }

    fn join_steps(&mut self, below: u32, above: u32) {
        if below == NONE {
            self.lowest = above;
        } else {
            self.rows[below as usize].above = above;
        }
        if above != NONE {
            self.rows[above as usize].below = below;
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.rows.capacity() * size_of::<Step>() + self.free.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, tests::held};

    #[test]
    fn what_was_asked_for_least_goes_and_of_several_the_least_recent() {
        // a twice, b and c once: b is older.
        assert_eq!(held(Rule::Lfu, "abcad"), "acd");
        // b twice now as well; c and then d go, each the only one asked for once.
        assert_eq!(held(Rule::Lfu, "abcabde"), "abe");
        // All twice: a was found first.
        assert_eq!(held(Rule::Lfu, "abcabcd"), "bcd");
        // a 2, b 4, c 3: a makes way for d, and what comes back begins at 1 again: a for d, d for a.
        assert_eq!(held(Rule::Lfu, "abcaccbbbd"), "bcd");
        assert_eq!(held(Rule::Lfu, "abcaccbbbda"), "abc");
        assert_eq!(held(Rule::Lfu, "abcaccbbbdad"), "bcd");
    }
}
