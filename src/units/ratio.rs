//! Numbers of things, parts of a whole and multiples: `20000 10M 5k`, `10% 0.1`, `3x`, and plain numbers.

use super::problem::{Dimension, Problem, QuantityError};
use super::text::{Family, parse, scaled, unknown};
use std::fmt;
use std::str::FromStr;

/// A whole number of things: `20000`, `10M`, `20000 items`; at most 9·10^15, which is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Count(u64);

/// A part of the whole, from 0 to 1: `10%` or `0.1`; the whole is `100%`, since a bare `1` could be one per cent.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Share(f64);

/// How many times as much: `3x`, `0.5x`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Factor(f64);

impl Factor {
    /// As much.
    pub const ONE: Self = Self(1.0);

    /// So many times as much; a negative or undefined factor becomes 0.
    pub fn new(factor: f64) -> Self {
        Self(if factor > 0.0 {
            factor.min(MOST_TIMES)
        } else {
            0.0
        })
    }

    /// The factor as a number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Family for Factor {
    const DIMENSION: Dimension = Dimension::Factor;

    fn bare(_number: f64) -> Option<Result<Self, Problem>> {
        None
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        match unit {
            "x" if number <= MOST_TIMES => Ok(Self(number)),
            "x" => Err(Problem::TooLarge("10^9 times")),
            _ => Err(unknown(unit)),
        }
    }
}

impl FromStr for Factor {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x", self.0)
    }
}

const MOST_TIMES: f64 = 1e9;

/// The largest number below which every whole one is an exact f64.
const MOST: f64 = 9e15;

impl Count {
    /// A count of so many.
    pub fn new(count: u64) -> Self {
        Self(count)
    }

    /// How many.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl Share {
    /// Nothing of it.
    pub const NONE: Self = Self(0.0);

    /// A share, bounded to 0 to 1; an undefined one becomes 0.
    pub fn new(share: f64) -> Self {
        Self(if share > 0.0 { share.min(1.0) } else { 0.0 })
    }

    /// The share as a number from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// A plain number with an optional `k`, `M` or `G`.
pub(super) struct Plain(pub(super) f64);

/// Reads a plain number: `1.5`, `10M`.
///
/// # Errors
/// When the text is anything else, negative, or spelt oddly.
pub fn number(text: &str) -> Result<f64, QuantityError> {
    parse::<Plain>(text).map(|plain| plain.0)
}

fn factor(suffix: &str) -> Option<f64> {
    match suffix {
        "k" => Some(1e3),
        "M" => Some(1e6),
        "G" => Some(1e9),
        _ => None,
    }
}

impl Family for Plain {
    const DIMENSION: Dimension = Dimension::Number;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        Some(Ok(Self(number)))
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        factor(unit)
            .map(|factor| Self(scaled(number, factor, 0)))
            .ok_or_else(|| unknown(unit))
    }
}

impl Family for Count {
    const DIMENSION: Dimension = Dimension::Count;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        Some(match number {
            _ if number > MOST => Err(Problem::TooLarge("9·10^15")),
            _ if number.fract() != 0.0 => Err(Problem::NotWhole),
            _ => Ok(Self(number as u64)),
        })
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        let suffix = unit
            .strip_suffix("items")
            .or_else(|| unit.strip_suffix("item"))
            .unwrap_or(unit)
            .trim();
        let factor = if suffix.is_empty() {
            Some(1.0)
        } else {
            factor(suffix)
        };
        let count = scaled(number, factor.ok_or_else(|| unknown(unit))?, 0);
        Self::bare(count).unwrap_or(Err(Problem::NotWhole))
    }
}

impl Family for Share {
    const DIMENSION: Dimension = Dimension::Share;

    fn bare(number: f64) -> Option<Result<Self, Problem>> {
        // 10 is more likely 10 % without its sign than ten times the whole, and nobody knows which of the two 1 is.
        if (number - 1.0).abs() < f64::EPSILON {
            return Some(Err(Problem::OneOfWhat));
        }
        (number < 1.0).then_some(Ok(Self(number)))
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        match unit {
            "%" if number <= 100.0 => Ok(Self(scaled(number, 1.0, -2))),
            "%" => Err(Problem::TooLarge("100%")),
            _ => Err(unknown(unit)),
        }
    }
}

impl FromStr for Count {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl FromStr for Share {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            count if count >= 10_000_000 && count % 1_000_000 == 0 => {
                write!(f, "{}M", count / 1_000_000)
            }
            count => write!(f, "{count}"),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 0.07 * 100 prints as 7.000000000000001: the shortest of the neighbours that reads back is meant.
        let percent = self.0 * 100.0;
        let near = [
            format!("{percent}%"),
            format!("{}%", (percent * 1e9).round() / 1e9),
            self.0.to_string(),
        ];
        let back = |text: &&String| text.parse::<Self>().is_ok_and(|share| share == *self);
        f.write_str(
            near.iter()
                .filter(back)
                .min_by_key(|text| (text.len() > 8, !text.ends_with('%'), text.len()))
                .unwrap_or(&near[2]),
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_have_suffixes_and_items() {
        let count = |text: &str| text.parse::<Count>().unwrap().get();
        assert_eq!(
            (count("20000"), count("10M"), count("5k"), count("2.5k")),
            (20_000, 10_000_000, 5_000, 2_500)
        );
        assert_eq!(
            (
                count("20000 items"),
                count("1 item"),
                count("100k items"),
                count("0")
            ),
            (20_000, 1, 100_000, 0)
        );
        assert_eq!(
            "2.5".parse::<Count>().unwrap_err().problem,
            Problem::NotWhole
        );
        assert_eq!(
            "1.2345k".parse::<Count>().unwrap_err().problem,
            Problem::NotWhole
        );
        assert!(matches!(
            "99999999999999999".parse::<Count>().unwrap_err().problem,
            Problem::TooLarge(_)
        ));
        assert!("5 apples".parse::<Count>().is_err() && "5K".parse::<Count>().is_err());
    }

    #[test]
    fn shares_are_parts_of_a_whole() {
        let share = |text: &str| text.parse::<Share>().unwrap().get();
        assert!(
            (share("10%") - 0.1).abs() < 1e-15
                && (share("0.1") - 0.1).abs() < 1e-15
                && (share("100 %") - 1.0).abs() < 1e-15
        );
        assert_eq!(
            "10".parse::<Share>().unwrap_err().hint().as_deref(),
            Some("for example `10%`")
        );
        assert!("101%".parse::<Share>().is_err() && "-1%".parse::<Share>().is_err());
    }

    #[test]
    fn one_alone_is_no_share() {
        for text in ["1", "1.0", "1.000"] {
            let error = text.parse::<Share>().unwrap_err();
            assert_eq!(error.problem, Problem::OneOfWhat);
            assert!(error.hint().unwrap().contains("`100%`"));
        }
        assert!(
            ["0", "0.99", "1%", "100%"]
                .iter()
                .all(|text| text.parse::<Share>().is_ok())
        );
    }

    #[test]
    fn factors_have_an_x() {
        let factor = |text: &str| text.parse::<Factor>().map(Factor::get);
        assert_eq!((factor("3x"), factor("0.25 x")), (Ok(3.0), Ok(0.25)));
        let bare = factor("3").unwrap_err();
        assert_eq!(bare.hint().as_deref(), Some("for example `3x`"));
        assert!(matches!(
            factor("150%").unwrap_err().problem,
            Problem::WrongDimension(Dimension::Share)
        ));
        assert!(factor("-1x").is_err() && factor("x").is_err() && factor("1e9x").is_err());
        assert_eq!("2.50x".parse::<Factor>().unwrap().to_string(), "2.5x");
    }

    #[test]
    fn the_print_reads_well() {
        for text in [
            "10%",
            "0.05%",
            "7%",
            "100%",
            "0%",
            "99.9%",
            "0.3931315%",
            "28.49561%",
        ] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), text);
        }
        assert_eq!(Count::new(80_000_000).to_string(), "80M");
    }

    proptest! {
        #[test]
        fn the_print_reads_back(share in 0.0..=1.0f64, count in 0u64..9_000_000_000_000_000) {
            let (share, count) = (Share::new(share), Count::new(count));
            prop_assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
            prop_assert_eq!(count.to_string().parse::<Count>().unwrap(), count);
        }
    }
}
