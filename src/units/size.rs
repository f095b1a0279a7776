//! Amounts of data and how fast it flows: `1KiB 4GiB 10GB`, `100Mbit/s 1GiB/s`.

use super::problem::{Dimension, Problem, QuantityError};
use super::text::{Family, parse, print, scaled, unknown};
use std::fmt;
use std::str::FromStr;

/// An amount of data, kept in bytes; at most 9 exabytes.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Size(f64);

/// An amount of data per time, kept in bytes per second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Bandwidth(f64);

const KIBI: f64 = 1024.0;
const UNITS: [(&str, f64); 9] = [
    ("TiB", KIBI * KIBI * KIBI * KIBI),
    ("TB", 1e12),
    ("GiB", KIBI * KIBI * KIBI),
    ("GB", 1e9),
    ("MiB", KIBI * KIBI),
    ("MB", 1e6),
    ("KiB", KIBI),
    ("kB", 1e3),
    ("B", 1.0),
];
const BITS: [(&str, f64); 4] = [
    ("Gbit/s", 1.25e8),
    ("Mbit/s", 1.25e5),
    ("kbit/s", 125.0),
    ("bit/s", 0.125),
];
const MOST: f64 = 9.2e18;

impl Size {
    /// A size of so many bytes; negative and undefined ones become 0, larger ones than 9 exabytes that.
    pub fn from_bytes(bytes: f64) -> Self {
        Self(if bytes > 0.0 { bytes.min(MOST) } else { 0.0 })
    }

    /// Bytes, with a fraction where a mean has one.
    pub fn bytes(self) -> f64 {
        self.0
    }
}

impl Bandwidth {
    /// A bandwidth of so many bytes per second; negative and undefined ones become 0.
    pub fn from_bytes_per_second(bytes: f64) -> Self {
        Self(if bytes > 0.0 { bytes.min(MOST) } else { 0.0 })
    }

    /// Bytes per second.
    pub fn bytes_per_second(self) -> f64 {
        self.0
    }
}

fn bytes(unit: &str) -> Option<f64> {
    UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, bytes)| *bytes)
}

fn bounded(bytes: f64) -> Result<f64, Problem> {
    if bytes < MOST {
        Ok(bytes)
    } else {
        Err(Problem::TooLarge("9 exabytes"))
    }
}

impl Family for Size {
    const DIMENSION: Dimension = Dimension::Size;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        (number == 0.0).then_some(Ok(Self(0.0)))
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        bounded(scaled(number, bytes(unit).ok_or_else(|| unknown(unit))?, 0)).map(Self)
    }
}

impl Family for Bandwidth {
    const DIMENSION: Dimension = Dimension::Bandwidth;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        (number == 0.0).then_some(Ok(Self(0.0)))
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        let bits = BITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, bytes)| *bytes);
        let size = || unit.strip_suffix("/s").and_then(|unit| bytes(unit.trim()));
        let factor = bits.or_else(size).ok_or_else(|| unknown(unit))?;
        bounded(scaled(number, factor, 0)).map(Self)
    }
}

impl FromStr for Size {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl FromStr for Bandwidth {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0.0 {
            return f.write_str("0B");
        }
        f.write_str(&print(self.0, &UNITS, |text| {
            text.parse().ok().map(Self::bytes)
        }))
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PER_SECOND: [(&str, f64); 7] = [
            ("GiB/s", KIBI * KIBI * KIBI),
            ("Gbit/s", 1.25e8),
            ("MiB/s", KIBI * KIBI),
            ("Mbit/s", 1.25e5),
            ("KiB/s", KIBI),
            ("kbit/s", 125.0),
            ("B/s", 1.0),
        ];
        if self.0 == 0.0 {
            return f.write_str("0B/s");
        }
        f.write_str(&print(self.0, &PER_SECOND, |text| {
            text.parse().ok().map(Self::bytes_per_second)
        }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn binary_and_decimal_units_differ() {
        let bytes = |text: &str| text.parse::<Size>().unwrap().bytes() as u64;
        assert_eq!(
            (bytes("1KiB"), bytes("1kB"), bytes("4GiB"), bytes("10GB")),
            (1_024, 1_000, 4 << 30, 10_000_000_000)
        );
        assert_eq!(
            (bytes("0"), bytes("7B"), bytes("1.5 MiB"), bytes("2TiB")),
            (0, 7, 1_572_864, 2 << 40)
        );
        for text in ["1K", "1KB", "1kb", "5", "1GiB/s"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn bandwidth_is_in_bits_or_bytes() {
        let bytes = |text: &str| text.parse::<Bandwidth>().unwrap().bytes_per_second() as u64;
        assert_eq!(
            (bytes("100Mbit/s"), bytes("1GiB/s"), bytes("8 bit/s")),
            (12_500_000, 1 << 30, 1)
        );
        assert!("100Mbit".parse::<Bandwidth>().is_err() && "100".parse::<Bandwidth>().is_err());
    }

    #[test]
    fn the_print_reads_well() {
        for text in ["4KiB", "2GiB", "10GB", "1.2KiB", "20KiB", "1kB", "0B"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        for text in ["100Mbit/s", "1GiB/s", "40Mbit/s", "10Gbit/s"] {
            assert_eq!(text.parse::<Bandwidth>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn the_print_reads_back(bytes in 0.0..1e15f64) {
            let (size, bandwidth) = (Size::from_bytes(bytes), Bandwidth::from_bytes_per_second(bytes));
            prop_assert_eq!(size.to_string().parse::<Size>().unwrap(), size);
            prop_assert_eq!(bandwidth.to_string().parse::<Bandwidth>().unwrap(), bandwidth);
        }
    }
}
