//! Lengths of time: `250us 20ms 4s 10m 2h 7d`, compound `1h30m`.

use super::problem::{Dimension, Problem, QuantityError};
use super::text::{Family, parse, print, scaled, unknown};
use std::fmt;
use std::str::FromStr;

/// A length of time, kept in nanoseconds; at most 292 years.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Duration(f64);

const SECOND: f64 = 1e9;
const UNITS: [(&str, f64); 7] = [
    ("d", 86_400.0 * SECOND),
    ("h", 3_600.0 * SECOND),
    ("m", 60.0 * SECOND),
    ("s", SECOND),
    ("ms", 1e6),
    ("us", 1e3),
    ("ns", 1.0),
];
/// Half of what a u64 of nanoseconds holds, so that a time plus a duration still fits.
const MOST: f64 = 9.2e18;

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0.0);

    /// A duration of so many nanoseconds; negative and undefined ones become 0, longer ones than 292 years that.
    pub fn from_ns(ns: f64) -> Self {
        Self(if ns > 0.0 { ns.min(MOST) } else { 0.0 })
    }

    /// A duration of so many seconds, bounded like [`Duration::from_ns`].
    pub fn from_seconds(seconds: f64) -> Self {
        Self::from_ns(seconds * SECOND)
    }

    /// Nanoseconds, rounded to nearest.
    pub fn ns(self) -> u64 {
        self.0.round() as u64
    }

    /// Nanoseconds with their fraction.
    pub fn ns_f64(self) -> f64 {
        self.0
    }

    /// Seconds.
    pub fn seconds(self) -> f64 {
        self.0 / SECOND
    }

    /// Reads a duration that may also be in months of 730 hours, as prices and plans of growth have it: `24 months`.
    ///
    /// # Errors
    /// As [`Duration::from_str`].
    pub fn with_months(text: &str) -> Result<Self, QuantityError> {
        let months = text
            .trim()
            .strip_suffix("months")
            .or_else(|| text.trim().strip_suffix("month"));
        match months.map(parse::<super::ratio::Plain>) {
            Some(Ok(number)) if number.0 * 730.0 * 3_600.0 * SECOND < MOST => {
                Ok(Self(number.0 * 730.0 * 3_600.0 * SECOND))
            }
            Some(Ok(_)) => Err(QuantityError::new(
                Dimension::Duration,
                text,
                Problem::TooLarge("292 years"),
            )),
            Some(Err(error)) => Err(QuantityError::new(Dimension::Duration, text, error.problem)),
            None => text.parse(),
        }
    }
}

/// The length of a unit of time in nanoseconds.
pub(super) fn unit_ns(unit: &str) -> Option<f64> {
    match unit {
        "µs" | "μs" => Some(1e3),
        _ => UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, ns)| *ns),
    }
}

impl Family for Duration {
    const DIMENSION: Dimension = Dimension::Duration;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        (number == 0.0).then_some(Ok(Self(0.0)))
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        let (mut total, mut number, mut rest, mut above) = (0.0, number, unit, f64::INFINITY);
        loop {
            let end = rest
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(rest.len());
            let (name, next) = rest.split_at(end);
            // `1m30s` goes down from unit to unit; `30s1m` or `1s2s` is a slip.
            let ns = unit_ns(name)
                .filter(|ns| *ns < above)
                .ok_or_else(|| unknown(unit))?;
            total += scaled(number, ns, 0);
            if next.is_empty() {
                break;
            }
            let end = next
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(next.len());
            number = next[..end].parse().map_err(|_| unknown(unit))?;
            (rest, above) = (&next[end..], ns);
        }
        if total < MOST {
            Ok(Self(total))
        } else {
            Err(Problem::TooLarge("292 years"))
        }
    }
}

impl FromStr for Duration {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0.0 {
            return f.write_str("0s");
        }
        f.write_str(&print(self.0, &UNITS, |text| {
            text.parse().ok().map(Self::ns_f64)
        }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn ns(text: &str) -> u64 {
        text.parse::<Duration>().unwrap().ns()
    }

    #[test]
    fn every_unit_is_known() {
        assert_eq!(ns("250us"), 250_000);
        assert_eq!((ns("3µs"), ns("3μs")), (3_000, 3_000));
        assert_eq!(
            (ns("20ms"), ns("4s"), ns("4 s")),
            (20_000_000, 4_000_000_000, 4_000_000_000)
        );
        assert_eq!(
            (ns("10m"), ns("2h"), ns("7d")),
            (600_000_000_000, 7_200_000_000_000, 604_800_000_000_000)
        );
        assert_eq!(
            (ns("1h30m"), ns("1m30s"), ns("0"), ns("0s")),
            (5_400_000_000_000, 90_000_000_000, 0, 0)
        );
    }

    #[test]
    fn nanoseconds_are_rounded_to_nearest() {
        assert_eq!(
            (ns("0.6ns"), ns("0.4ns"), ns("0.3ms"), ns("33.333333ms")),
            (1, 0, 300_000, 33_333_333)
        );
    }

    #[test]
    fn slips_in_compounds_are_refused() {
        for text in ["30s1m", "1s2s", "1h30", "1hm", "1h-3m", "1h3.5.2m"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
        assert!("400y".parse::<Duration>().is_err() && "999999999d".parse::<Duration>().is_err());
    }

    #[test]
    fn months_are_asked_for() {
        assert!("1 month".parse::<Duration>().is_err());
        assert_eq!(Duration::with_months("2 months").unwrap().ns(), ns("1460h"));
        assert_eq!(Duration::with_months("90s").unwrap().ns(), ns("90s"));
    }

    #[test]
    fn the_print_reads_well() {
        for text in [
            "250us",
            "20ms",
            "4s",
            "90s",
            "2h",
            "7d",
            "1.5s",
            "0.5ns",
            "0s",
            "33.333333ms",
            "36h",
        ] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn the_print_reads_back(ns in 0.0..1e18f64) {
            let duration = Duration::from_ns(ns);
            prop_assert_eq!(duration.to_string().parse::<Duration>().unwrap(), duration);
        }
    }
}
