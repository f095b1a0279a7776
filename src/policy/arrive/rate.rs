//! A rate over time in straight pieces, and the inverse of its area: when so many arrivals are due.

/// One arrival in the unit of counts here, 2⁻⁵⁶ of an arrival: finer than any draw, and good for 2⁷² of them.
pub(super) const ONE: u64 = 1 << 56;

/// More than one arrival in a nanosecond cannot be told apart.
const MOST_PER_SECOND: f64 = 1e9;
const SECOND: f64 = 1e9;
/// 2⁶⁴ ns.
const END_OF_TIME: f64 = 18_446_744_073_709_551_616.0;

/// The rate of arrivals over time: constant, or in straight pieces with the last rate held for ever.
#[derive(Clone, PartialEq, Debug)]
pub struct Rate {
    pieces: Box<[Piece]>,
    /// What is held after the last stage, as it was given. [per second]
    held: f64,
}

/// From `start` to the start of the next piece.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Piece {
    /// [ns]
    start: u64,
    /// Arrivals due before it. [2⁻⁵⁶]
    due: u128,
    /// At the start. [arrivals per ns]
    rate: f64,
    /// [arrivals per ns²]
    slope: f64,
    /// `u64::MAX` for the last one. [ns]
    length: u64,
}

impl Rate {
    /// The same rate at all times [per second].
    ///
    /// # Errors
    /// A sentence that names the rate, if it is not between 0 and 10⁹.
    pub fn constant(per_second: f64) -> Result<Rate, String> {
        Rate::stages(per_second, &[])
    }

    /// Begins with `start` [per second] and changes evenly to each target [per second] within its time in ns; holds the
    /// last one. A stage of no time is a jump.
    ///
    /// # Errors
    /// A sentence that names the rate that is not between 0 and 10⁹ per second, or the time that is too long.
    pub fn stages(start: f64, stages: &[(u64, f64)]) -> Result<Rate, String> {
        for rate in std::iter::once(start).chain(stages.iter().map(|stage| stage.1)) {
            if !(0.0..=MOST_PER_SECOND).contains(&rate) {
                return Err(format!(
                    "a rate lies between 0/s and 1000000000/s, not at {rate}/s"
                ));
            }
        }
        let mut pieces = Vec::with_capacity(stages.len() + 1);
        let mut next = Piece {
            start: 0,
            due: 0,
            rate: start / SECOND,
            slope: 0.0,
            length: u64::MAX,
        };
        for (length, target) in stages.iter().copied() {
            let target = target / SECOND;
            if length > 0 {
                let slope = (target - next.rate) / length as f64;
                let piece = Piece {
                    slope,
                    length,
                    ..next
                };
                let end = next
                    .start
                    .checked_add(length)
                    .ok_or("the stages are longer than 584 years")?;
                next = Piece {
                    start: end,
                    due: next.due + piece.count_in(length),
                    ..next
                };
                pieces.push(piece);
            }
            next.rate = target;
        }
        pieces.push(next);
        let held = stages.last().map_or(start, |stage| stage.1);
        Ok(Rate {
            pieces: pieces.into(),
            held,
        })
    }

    /// The rate [per second], if it never changes.
    pub fn steady(&self) -> Option<f64> {
        (self.pieces.len() == 1).then_some(self.held)
    }

    /// The rate at a time [per second].
    pub fn at(&self, time: u64) -> f64 {
        let piece = self.piece_by(|piece| piece.start <= time);
        (piece.rate + piece.slope * (time - piece.start) as f64) * SECOND
    }

    /// The highest rate at any time [per second].
    pub fn highest(&self) -> f64 {
        let starts = self.pieces.iter().map(|piece| piece.rate);
        let ends = self.pieces.iter().filter(|piece| piece.length < u64::MAX);
        let ends = ends.map(|piece| piece.rate + piece.slope * piece.length as f64);
        starts.chain(ends).fold(0.0, f64::max) * SECOND
    }

    /// How many arrivals are due before a time, on average.
    pub fn count_by(&self, time: u64) -> f64 {
        arrivals(self.due_by(time))
    }

    /// How many arrivals [2⁻⁵⁶] are due before a time.
    pub(super) fn due_by(&self, time: u64) -> u128 {
        let piece = self.piece_by(|piece| piece.start <= time);
        piece.due + piece.count_in(time - piece.start)
    }

    /// Whether nobody comes any more from this time on.
    pub(super) fn is_over(&self, time: u64) -> bool {
        self.held == 0.0 && self.pieces[self.pieces.len() - 1].start <= time
    }

    /// The time [ns] at which so many arrivals [2⁻⁵⁶] are due; `None` if they never are, or after the end of time.
    pub(super) fn inverse(&self, count: u128) -> Option<u64> {
        let piece = self.piece_by(|piece| piece.due <= count);
        let within = piece.time_of(arrivals(count - piece.due))?;
        piece.start.checked_add(within.min(piece.length))
    }

    /// The time [ns] of arrival `number` of a metronome that is `phase` of an arrival late.
    pub(super) fn inverse_of_count(&self, number: u64, phase: f64) -> Option<u64> {
        match &*self.pieces {
            // A constant rate is a fraction of integers, and so is the time: exact however many there were.
            [only] => {
                let offset = only.time_of(phase)?;
                exact_time(number, self.held)?.checked_add(offset)
            }
            _ => self.inverse(u128::from(number) * u128::from(ONE) + (phase * ONE as f64) as u128),
        }
    }

    /// The last piece of those that `begun` holds for; it holds for the first.
    fn piece_by(&self, begun: impl Fn(&Piece) -> bool) -> &Piece {
        &self.pieces[self.pieces.partition_point(begun) - 1]
    }
}

/// A count as a number. In two halves: conversion of 128 bits is slow, and would be the dearest part of an arrival.
#[inline]
pub(super) fn arrivals(count: u128) -> f64 {
    let whole = (count / u128::from(ONE)) as u64;
    let part = count as u64 % ONE;
    whole as f64 + part as f64 / ONE as f64
}

impl Piece {
    /// Arrivals due within `time` of the start. [2⁻⁵⁶]
    fn count_in(&self, time: u64) -> u128 {
        let time = time as f64;
        ((self.rate + 0.5 * self.slope * time) * time * ONE as f64) as u128
    }

    /// The time after the start by which `count` arrivals are due, to the nearest ns: the root of
    /// slope/2 · t² + rate · t = count in the form that does not cancel.
    fn time_of(&self, count: f64) -> Option<u64> {
        let time = if self.slope == 0.0 {
            if self.rate == 0.0 {
                return None;
            }
            count / self.rate
        } else if count > 0.0 {
            let square = self.rate * self.rate + 2.0 * self.slope * count;
            2.0 * count / (self.rate + square.max(0.0).sqrt())
        } else {
            0.0
        };
        (time < END_OF_TIME).then_some((time + 0.5) as u64)
    }
}

/// number · 10⁹ / rate to the nearest ns, in integers: a floating point rate is an integer over a power of two.
fn exact_time(number: u64, per_second: f64) -> Option<u64> {
    let bits = per_second.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as u32;
    let mantissa = bits & ((1 << 52) - 1);
    if number == 0 && per_second > 0.0 {
        return Some(0);
    }
    // No rate, or (subnormal) one arrival in many ages of the universe.
    if exponent == 0 {
        return None;
    }
    let mantissa = mantissa | (1 << 52);
    let surplus = mantissa.trailing_zeros();
    let (numerator, places) = (
        u128::from(mantissa >> surplus),
        1075 - i64::from(exponent) - i64::from(surplus),
    );
    let arrivals = u128::from(number) * 1_000_000_000;
    // per_second = numerator / 2^places; whatever does not fit lies after the end of time.
    let (dividend, divisor) = if places >= 0 {
        let shifted = arrivals.checked_shl(u32::try_from(places).ok()?)?;
        if arrivals != 0 && shifted >> places != arrivals {
            return None;
        }
        (shifted, numerator)
    } else {
        (arrivals, numerator << -places)
    };
    u64::try_from((dividend + divisor / 2) / divisor).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const S: u64 = 1_000_000_000;

    fn count(arrivals: f64) -> u128 {
        (arrivals * ONE as f64) as u128
    }

    #[test]
    fn exact_times() {
        assert_eq!(exact_time(5, 0.5), Some(10 * S));
        assert_eq!(exact_time(3, 1e9), Some(3));
        assert_eq!(exact_time(1, 0.1), Some(10 * S));
        assert_eq!(exact_time(0, 1e-300), Some(0));
        assert_eq!(exact_time(1, 1e-300), None);
        assert_eq!(exact_time(u64::MAX, 1.0), None);
        assert_eq!(exact_time(u64::MAX / 1000, 1e9), Some(u64::MAX / 1000));
        assert_eq!(exact_time(0, 0.0), None);
    }

    #[test]
    fn area_and_inverse_agree() {
        let rate = Rate::stages(
            10.0,
            &[
                (10 * S, 30.0),
                (5 * S, 30.0),
                (10 * S, 0.0),
                (7 * S, 0.0),
                (0, 4.0),
            ],
        )
        .unwrap();
        assert!((rate.at(5 * S) - 20.0).abs() < 1e-9);
        assert!((rate.at(20 * S) - 15.0).abs() < 1e-9);
        assert_eq!((rate.at(28 * S), rate.at(100 * S)), (0.0, 4.0));
        assert!((rate.count_by(10 * S) - 200.0).abs() < 1e-9);
        assert!((rate.count_by(32 * S) - 500.0).abs() < 1e-9);
        assert!((rate.count_by(42 * S) - 540.0).abs() < 1e-9);
        for time in (1..200)
            .map(|i| i * S / 4)
            .filter(|time| !(24 * S..=32 * S).contains(time))
        {
            let back = rate.inverse(count(rate.count_by(time))).unwrap();
            assert!(back.abs_diff(time) <= 2, "{time} came back as {back}");
        }
        assert_eq!(rate.inverse(count(500.5)), Some(32 * S + S / 8));
    }

    #[test]
    fn nonsense_is_refused() {
        for rate in [-1.0, 1.1e9, f64::NAN, f64::INFINITY] {
            assert!(Rate::constant(rate).is_err());
            assert!(Rate::stages(1.0, &[(S, rate)]).is_err());
        }
        assert!(Rate::stages(1.0, &[(u64::MAX, 1.0), (u64::MAX, 1.0)]).is_err());
    }
}
