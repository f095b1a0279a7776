//! Money, perhaps per something: `0.096 USD/h`, `0.02 USD/GiB`, `900 USD/month`, `0.75 USD`.

use super::problem::{Dimension, Problem, QuantityError};
use super::text::{Family, parse, unknown};
use std::fmt;
use std::str::FromStr;

/// A currency by its three letters (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar, which most price lists are in.
    pub const USD: Self = Self(*b"USD");

    /// The currency of these letters, if they are three capitals.
    pub fn new(letters: &str) -> Option<Self> {
        let bytes: [u8; 3] = letters.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// The three letters.
    pub fn letters(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letters())
    }
}

/// What money is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Per {
    /// Once, or whatever the context says.
    Once,
    /// Each second.
    Second,
    /// Each hour.
    Hour,
    /// Each month of 730 hours.
    Month,
    /// Each GiB that passes.
    Gib,
    /// Each GiB for each month that it is kept.
    GibMonth,
}

impl Per {
    fn suffix(self) -> &'static str {
        match self {
            Self::Once => "",
            Self::Second => "/s",
            Self::Hour => "/h",
            Self::Month => "/month",
            Self::Gib => "/GiB",
            Self::GibMonth => "/GiB/month",
        }
    }
}

/// An amount of money per something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoneyRate {
    /// How much, in whole units of the currency.
    pub amount: f64,
    /// Of which currency.
    pub currency: Currency,
    /// For what.
    pub per: Per,
}

const ALL: [Per; 6] = [
    Per::Once,
    Per::Second,
    Per::Hour,
    Per::Month,
    Per::Gib,
    Per::GibMonth,
];

impl Family for MoneyRate {
    const DIMENSION: Dimension = Dimension::Money;

    // Even nothing has a currency: sums check that there is only one.
    fn bare(_number: f64) -> Option<Result<Self, Problem>> {
        None
    }

    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem> {
        const DECIMAL_GB_PER_GIB: f64 = 1.073_741_824;
        let currency = unit
            .get(..3)
            .and_then(Currency::new)
            .ok_or_else(|| unknown(unit))?;
        let per: String = unit[3..].chars().filter(|c| *c != ' ').collect();
        let per = match per.as_str() {
            // Vendors charge by the decimal gigabyte as often as by the binary one.
            "/GB" => {
                return Ok(Self {
                    amount: number * DECIMAL_GB_PER_GIB,
                    currency,
                    per: Per::Gib,
                });
            }
            "/GB/month" => {
                return Ok(Self {
                    amount: number * DECIMAL_GB_PER_GIB,
                    currency,
                    per: Per::GibMonth,
                });
            }
            per => ALL
                .into_iter()
                .find(|known| known.suffix() == per)
                .ok_or_else(|| unknown(unit))?,
        };
        if number < 1e15 {
            Ok(Self {
                amount: number,
                currency,
                per,
            })
        } else {
            Err(Problem::TooLarge("10^15"))
        }
    }
}

impl FromStr for MoneyRate {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(text)
    }
}

impl fmt::Display for MoneyRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.amount, self.currency, self.per.suffix())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_form_reads_and_prints_alike() {
        for text in [
            "0.096 USD/h",
            "0.02 USD/GiB",
            "900 USD/month",
            "0.75 USD",
            "0.023 USD/GiB/month",
            "1 EUR/s",
            "0 CHF",
        ] {
            assert_eq!(text.parse::<MoneyRate>().unwrap().to_string(), text);
        }
        assert_eq!("5USD / h".parse::<MoneyRate>().unwrap().per, Per::Hour);
    }

    #[test]
    fn a_decimal_gigabyte_is_turned_into_a_binary_one() {
        let rate = "0.09 USD/GB".parse::<MoneyRate>().unwrap();
        assert!((rate.amount - 0.096_636_764_16).abs() < 1e-12 && rate.per == Per::Gib);
    }

    #[test]
    fn what_is_no_money_is_refused() {
        for text in [
            "900",
            "0",
            "900 usd",
            "900 US",
            "900 USD/year",
            "$900",
            "900 USDX",
            "5 \u{e9}\u{e9}",
            "-1 USD",
        ] {
            assert!(text.parse::<MoneyRate>().is_err(), "{text}");
        }
    }
}
