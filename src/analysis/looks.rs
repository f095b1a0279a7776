//! After how many replications the precision is looked at.
//!
//! Few looks, half as many replications again each time, from 10 on: with such looks an interval of 95 % stays one (measured: 93 to
//! 96 %; with a first look at 3 replications it would be 90 to 92 %). The numbers do not depend on threads.

/// The first look.
pub const FIRST: u32 = 10;
/// The first look of a study of one short window in time, whose replications are seen as a band.
pub const FIRST_TRANSIENT: u32 = 40;
/// The last look unless another is asked for.
pub const LAST: u32 = 400;
/// The first look when values are known that must come out: their intervals have to be narrow.
pub const FIRST_KNOWN: u32 = 32;
/// The last look then, unless another is asked for.
pub const LAST_KNOWN: u32 = 1_000;

/// Numbers of replications, ascending: 10, 15, 23, 35, 53, 80, 120, 180, 270, 400 (from `first` on). `fixed` is one look at that
/// number; `most` is never passed, and is the last look when it lies between two.
pub fn schedule(first: u32, fixed: Option<u32>, most: u32) -> Vec<u32> {
    match fixed {
        Some(fixed) => vec![fixed.max(1)],
        None => on_by_half(vec![first.min(most.max(1))], FIRST, most),
    }
}

/// As [`schedule`], for values that are known: 32, 48, 72 and on by half.
pub fn schedule_known(fixed: Option<u32>, most: u32) -> Vec<u32> {
    match fixed {
        Some(fixed) => vec![fixed.max(1)],
        None => on_by_half(Vec::new(), FIRST_KNOWN, most),
    }
}

fn on_by_half(mut looks: Vec<u32>, first: u32, most: u32) -> Vec<u32> {
    let most = most.max(1);
    let mut next = first;
    while next < most {
        if looks.last().is_none_or(|&last| next > last) {
            looks.push(next);
        }
        next = next.saturating_add(next.div_ceil(2));
    }
    if looks.last() != Some(&most) {
        looks.push(most);
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::super::estimate::{Sample, mean};
    use super::super::synthetic::{Words, sojourns};
    use super::*;

    #[test]
    fn looks_grow_by_half_and_end_at_the_cap() {
        assert_eq!(
            schedule(FIRST, None, LAST),
            [10, 15, 23, 35, 53, 80, 120, 180, 270, 400]
        );
        assert_eq!(schedule(FIRST, None, 60), [10, 15, 23, 35, 53, 60]);
        assert_eq!(schedule(FIRST, None, 700)[9..], [405, 608, 700]);
        assert_eq!(schedule(FIRST, None, 4), [4]);
        assert_eq!(schedule(FIRST, Some(40), LAST), [40]);
        assert_eq!(schedule(FIRST_TRANSIENT, None, 120), [40, 53, 80, 120]);
        assert_eq!(schedule(FIRST_TRANSIENT, None, 30), [30]);
        assert_eq!(schedule_known(None, 100), [32, 48, 72, 100]);
        assert_eq!(schedule_known(None, 20), [20]);
        assert_eq!(schedule_known(Some(7), 100), [7]);
    }

    /// Share of 1,500 experiments that hold the mean of M/M/1 at 50 % when they end at the first look that is precise to 5 %.
    fn coverage(looks: &[u32]) -> f64 {
        let mut words = Words::new(6);
        let mut experiment = || {
            let mut means = Vec::new();
            for &look in looks {
                while means.len() < look as usize {
                    means.push(mean(&sojourns(&mut words, 0.5, 550)[50..]));
                }
                let estimate = Sample::mean(means.clone()).estimate();
                if estimate
                    .relative_half_width()
                    .is_some_and(|width| width <= 0.05)
                    || look == looks[looks.len() - 1]
                {
                    return estimate.low < Some(2.0) && Some(2.0) < estimate.high;
                }
            }
            false
        };
        (0..1_500).filter(|_| experiment()).count() as f64 / 1_500.0
    }

    #[test]
    fn looking_from_ten_on_keeps_the_interval_and_looking_from_three_on_does_not() {
        let late = coverage(&schedule(FIRST, None, LAST));
        let early = coverage(&[3, 5, 8, 12, 18, 27, 41, 62, 93, 140]);
        assert!((0.93..=0.965).contains(&late), "{late}");
        assert!(early < 0.925, "{early}");
    }
}
