//! Outlier ejection: a replica that fails so many requests in a row is left out for a while, the longer the more often it happened
//! (Envoy, "Outlier detection", architecture overview, 2025: consecutive 5xx, base ejection time × times ejected, 300 s at most; never
//! more than a part of the hosts, so that a tenth of fewer than ten is none, as with Envoy's `always_eject_one_host: false`; each
//! interval of 10 s in which a host was back takes one of the times off again).
//!
//! A failure is what a caller takes for the replica's fault: an error, a refusal, no answer in time. Being turned away by a rate limit
//! is an answer (HTTP 429) and ends a row of failures, as a success does; a request that was called off tells nothing.
//!
//! Not modelled: ejection by success rate or by failure percentage, chances below 100 % that an outlier is ejected, and the sweep:
//! a replica is back at the very end of its time, not at the next interval.

use super::Cause;

/// A replica that has been back for so long \[ns\] is forgiven one ejection (Envoy's default `interval`).
const FORGIVEN_EVERY: u64 = 10_000_000_000;

/// When to eject, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Failures in a row.
    pub after: u32,
    /// How long the first time \[ns\].
    pub base: u64,
    /// How long at most \[ns\].
    pub longest: u64,
    /// Part of the replicas that may be out at once.
    pub most: f64,
}

impl Rule {
    /// How many of so many replicas may be out at once; a share that is a whole number but for rounding is that number.
    pub fn most_of(&self, all: u32) -> u32 {
        (self.most * f64::from(all) + 1e-9).floor() as u32
    }
}

/// What is known of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    row: u32,
    times: u32,
    /// It is back from then on \[ns\].
    back: u64,
}

impl Standing {
    /// Whether it is left out now.
    #[inline]
    pub fn is_out(&self, now: u64) -> bool {
        now < self.back
    }

    /// When it is back \[ns\].
    pub fn back(&self) -> u64 {
        self.back
    }

    /// Whether an outcome ends a row of failures (`Some(false)`), lengthens it, or tells nothing.
    fn fault(outcome: Result<(), Cause>) -> Option<bool> {
        match outcome {
            Ok(()) | Err(Cause::Limited) => Some(false),
            Err(Cause::Cancelled) => None,
            Err(_) => Some(true),
        }
    }

    /// An outcome has been seen: true when the replica has failed too often in a row. While it is out nothing counts.
    pub fn sees(&mut self, rule: &Rule, outcome: Result<(), Cause>, now: u64) -> bool {
        let Some(fault) = Self::fault(outcome).filter(|_| !self.is_out(now)) else {
            return false;
        };
        self.row = if fault { self.row.saturating_add(1) } else { 0 };
        fault && self.row >= rule.after
    }

    /// Leave it out from now on, unless too many of `all` are: `out` without this one.
    pub fn eject(&mut self, rule: &Rule, out: u32, all: u32, now: u64) {
        if out >= rule.most_of(all) {
            return;
        }
        let forgiven = (now - self.back) / FORGIVEN_EVERY;
        let times = u64::from(self.times).saturating_sub(forgiven) + 1;
        self.times = u32::try_from(times).unwrap_or(u32::MAX);
        let longest = rule.longest.max(rule.base);
        self.back = now.saturating_add(rule.base.saturating_mul(times).min(longest));
        self.row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn rule() -> Rule {
        Rule {
            after: 2,
            base: 30 * SECOND,
            longest: 50 * SECOND,
            most: 0.5,
        }
    }

    /// Out at 1 s for 30 s; again at 32 s for twice as long, but no longer than 50 s: until 82 s. At 103 s it has been back for two
    /// intervals: it is out for 30 s.
    #[test]
    fn the_more_often_the_longer_until_it_is_forgiven() {
        let mut one = Standing::default();
        let failed = Err(Cause::Error);
        assert!(!one.sees(&rule(), failed, SECOND) && one.sees(&rule(), failed, SECOND));
        one.eject(&rule(), 0, 4, SECOND);
        assert!(one.is_out(31 * SECOND - 1) && !one.is_out(31 * SECOND));
        assert!(!one.sees(&rule(), failed, 2 * SECOND));
        one.eject(&rule(), 0, 4, 32 * SECOND);
        assert!(one.is_out(82 * SECOND - 1) && !one.is_out(82 * SECOND));
        one.eject(&rule(), 0, 4, 103 * SECOND);
        assert!(one.is_out(133 * SECOND - 1) && !one.is_out(133 * SECOND));
    }

    #[test]
    fn a_success_or_a_limit_ends_a_row_and_a_cancellation_does_not() {
        for (between, out) in [
            (Ok(()), false),
            (Err(Cause::Limited), false),
            (Err(Cause::Cancelled), true),
        ] {
            let mut one = Standing::default();
            one.sees(&rule(), Err(Cause::Timeout), 0);
            one.sees(&rule(), between, 0);
            assert_eq!(
                one.sees(&rule(), Err(Cause::Refused), 0),
                out,
                "{between:?}"
            );
        }
    }

    /// Half of four: two, and no third. Half of three, and 34 % of them: one. A tenth of ten: one; of nine: none. 29 % of a hundred are 29,
    /// whatever 0.29 · 100 is in binary.
    #[test]
    fn only_so_many_are_out_at_once() {
        let out_of = |most, out, all| {
            let mut one = Standing::default();
            one.eject(&Rule { most, ..rule() }, out, all, 0);
            one.is_out(0)
        };
        assert!(out_of(0.5, 0, 4) && out_of(0.5, 1, 4) && !out_of(0.5, 2, 4));
        assert!(out_of(0.5, 0, 3) && !out_of(0.5, 1, 3));
        assert!(out_of(0.34, 0, 3) && !out_of(0.34, 1, 3) && !out_of(0.33, 0, 3));
        assert!(out_of(0.1, 0, 10) && !out_of(0.1, 1, 10) && !out_of(0.1, 0, 9));
        assert!(out_of(0.29, 28, 100) && !out_of(0.29, 29, 100));
        assert!(out_of(1.0, 2, 3));
    }
}
