//! When the next copy of a hedged call is sent, where that is a percentile of what is observed (Dean and Barroso, "The tail at scale",
//! 2013: "defer sending a secondary request until the first request has been outstanding for more than the 95th-percentile expected
//! latency for this class of requests").
//!
//! The percentile is that of the last answers to first copies: 1,000 of them, and as many more as it takes for 20 to lie beyond. It is
//! worked out anew each time a tenth of them has come; before the first tenth no further copy is sent. A first copy that is not
//! answered before another has won, or before its time limit, counts as slower than any, so that no copies are sent while more than the
//! share beyond the percentile are so slow; one that fails does not count.
//!
//! Not modelled: estimates that the replicas of a caller make apart from each other (there is one for each call of the program);
//! limits on the share of copies, as of Finagle's `BackupRequestFilter` (the percentile is one).

/// The last answers to the first copies of one call.
#[derive(Debug)]
pub struct Observed {
    share: f64,
    /// The answers \[ns\], in a ring.
    last: Vec<u64>,
    room: usize,
    next: usize,
    fresh: usize,
    /// The percentile of them; `None` = there are too few.
    after: Option<u64>,
}

impl Observed {
    /// Nothing observed yet, for a percentile above 0 and below 1.
    pub fn new(share: f64) -> Self {
        Self {
            share,
            last: Vec::new(),
            room: (20.0 / (1.0 - share)).round().clamp(1e3, 1e6) as usize,
            next: 0,
            fresh: 0,
            after: None,
        }
    }

    /// After how long the next copy is sent \[ns\].
    pub fn after(&self) -> Option<u64> {
        self.after
    }

    /// A first copy was answered after so long \[ns\]; `u64::MAX` = nobody waited for its answer.
    pub fn observe(&mut self, time: u64) {
        if self.last.len() < self.room {
            self.last.push(time);
        } else {
            self.last[self.next] = time;
        }
        self.next = (self.next + 1) % self.room;
        self.fresh += 1;
        if self.fresh == self.room / 10 {
            self.fresh = 0;
            self.after = Some(self.percentile());
        }
    }

    fn percentile(&self) -> u64 {
        let mut sorted = self.last.clone();
        let rank = (self.share * sorted.len() as f64).ceil() as usize;
        *sorted.select_nth_unstable(rank.saturating_sub(1)).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 1 to 100 ns the 95th is 95; a thousand answers later, of which a tenth is given up, it is that of the last thousand.
    #[test]
    fn the_percentile_is_that_of_the_last_answers() {
        let mut observed = Observed::new(0.95);
        (1..100).for_each(|time| observed.observe(time));
        assert_eq!(observed.after(), None);
        observed.observe(100);
        assert_eq!(observed.after(), Some(95));
        (0..1_000).for_each(|time| observed.observe(if time < 40 { u64::MAX } else { time }));
        assert_eq!(observed.after(), Some(989));
        (0..1_000).for_each(|time| observed.observe(if time < 60 { u64::MAX } else { time }));
        assert_eq!(observed.after(), Some(u64::MAX));
        assert_eq!(Observed::new(0.999).room, 20_000);
    }
}
