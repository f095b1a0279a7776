//! How often something happens: `450/s 1.5k/s 1000/10s 3/m`.

use super::problem::{Dimension, Problem, QuantityError};
use super::text::{Family, parse, scaled, unknown};
use super::time::unit_ns;
use std::fmt;
use std::str::FromStr;

/// How often something happens, kept per second; at most 10^12 per second.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Rate(f64);

const MOST: f64 = 1e12;

impl Rate {
    /// A rate of so many per second; negative and undefined ones become 0, larger ones than 10^12 that.
    pub fn from_per_second(rate: f64) -> Self {
        Self(if rate > 0.0 { rate.min(MOST) } else { 0.0 })
    }

    /// Happenings per second.
    pub fn per_second(self) -> f64 {
        self.0
    }
}

impl Family for Rate {
    const DIMENSION: Dimension = Dimension::Rate;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        (number == 0.0).then_some(Ok(Self(0.0)))
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        let (factor, time) = unit.split_once('/').ok_or_else(|| unknown(unit))?;
        let factor = match factor.trim() {
            "" => 1.0,
            "k" => 1e3,
            "M" => 1e6,
            _ => return Err(unknown(unit)),
        };
        let time = time.trim();
        let end = time
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(time.len());
        let many = if end == 0 {
            1.0
        } else {
            time[..end].parse::<f64>().map_err(|_| unknown(unit))?
        };
        let seconds = many * unit_ns(time[end..].trim()).ok_or_else(|| unknown(unit))? / 1e9;
        let rate = scaled(number, factor, 0) / seconds;
        if rate <= MOST {
            Ok(Self(rate))
        } else {
            Err(Problem::TooLarge("10^12 a second"))
        }
    }
}

impl FromStr for Rate {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.0;
        let back = |text: &str| text.parse::<Self>().is_ok_and(|rate| rate == *self);
        // Thousands read better with `k`, and what has an endless fraction each second may have none each minute.
        let plain = format!("{per_second}/s");
        let thousands = Some(format!("{}k/s", per_second / 1e3)).filter(|_| per_second >= 1e3);
        let minutes = Some(format!("{}/m", per_second * 60.0)).filter(|_| plain.len() > 8);
        let candidates = [thousands, minutes, Some(plain.clone())]
            .into_iter()
            .flatten();
        let preferred = candidates.filter(|text| back(text)).min_by_key(String::len);
        f.write_str(&preferred.unwrap_or(plain))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_known() {
        let rate = |text: &str| text.parse::<Rate>().unwrap().per_second();
        assert!((rate("450/s") - 450.0).abs() < 1e-12 && (rate("1.5k/s") - 1_500.0).abs() < 1e-12);
        assert!((rate("1000/10s") - 100.0).abs() < 1e-12 && (rate("3/m") - 0.05).abs() < 1e-12);
        assert!((rate("0") - 0.0).abs() < 1e-12 && (rate("2 / h") - 2.0 / 3600.0).abs() < 1e-12);
        for text in ["450", "450/", "450/parsec", "4x/s", "1/0s", "5/s/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_print_reads_well() {
        for text in ["450/s", "1.5k/s", "7/m", "0/s", "8k/s", "0.3/s"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn the_print_reads_back(rate in 0.0..1e9f64) {
            let rate = Rate::from_per_second(rate);
            prop_assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate);
        }
    }
}
