//! A share of the turns for each priority while they all wait (start-time fair queueing: Goyal, Vin and Cheng, "Start-time fair
//! queueing", 1997, with every request of the same length).
//!
//! A row's requests start at points of a virtual time that are 1/share apart; the row with the earliest start has the next turn,
//! and virtual time is the start of the last turn. A row that was empty starts again now: turns that it did not use are not saved
//! up for later.
//!
//! Not modelled: the length of requests. A turn counts as a turn however long its slot is held, so that a priority with longer
//! requests holds more than its share of slots. Requests that find a free slot take no turn.

/// Whose turn it is.
#[derive(Debug, Clone)]
pub struct Turns {
    /// By row.
    shares: Box<[f64]>,
    /// Virtual time at which the first of each row starts, and at which the last that had a turn was over.
    starts: Box<[f64]>,
    ends: Box<[f64]>,
    now: f64,
}

impl Turns {
    /// With these shares by row, all above 0.
    pub fn new(shares: &[f64]) -> Self {
        Self {
            shares: shares.into(),
            starts: vec![0.0; shares.len()].into(),
            ends: vec![0.0; shares.len()].into(),
            now: 0.0,
        }
    }

    /// A row that was empty is not any more.
    pub fn begin(&mut self, row: usize) {
        self.starts[row] = self.now.max(self.ends[row]);
    }

    /// The row with the next turn, of those that are not empty: the most urgent of equals.
    pub fn next(&self, waiting: impl Iterator<Item = usize>) -> Option<usize> {
        waiting.min_by(|&a, &b| self.starts[a].total_cmp(&self.starts[b]))
    }

    /// A row has had its turn; `over` when nobody waits any more.
    pub fn took(&mut self, row: usize, over: bool) {
        self.now = self.starts[row];
        self.ends[row] = self.now + 1.0 / self.shares[row];
        self.starts[row] = self.ends[row];
        if over {
            self.now = self.ends.iter().copied().fold(self.now, f64::max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares 3 to 1: starts at 0, 4/3, 8/3, 4 … and 0, 4, 8 …; at 4 both may start, and the more urgent is first.
    #[test]
    fn three_turns_to_one() {
        let mut turns = Turns::new(&[0.75, 0.25]);
        turns.begin(0);
        turns.begin(1);
        let order: Vec<usize> = (0..8)
            .map(|_| {
                let row = turns.next(0..2).unwrap_or(9);
                turns.took(row, false);
                row
            })
            .collect();
        assert_eq!(order, [0, 1, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn turns_not_used_are_not_saved_up() {
        let mut turns = Turns::new(&[0.5, 0.5]);
        turns.begin(0);
        for _ in 0..10 {
            turns.took(0, false);
        }
        turns.begin(1);
        let first = turns.next(0..2);
        turns.took(1, false);
        assert_eq!((first, turns.next(0..2)), (Some(1), Some(0)));
    }
}
