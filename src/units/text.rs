//! How a quantity is read: a number, then a unit, and a precise complaint when it is neither.

use super::problem::{Dimension, Problem, QuantityError, shortened};
use super::{Bandwidth, Count, Duration, MoneyRate, Rate, Size};

/// A number and the rest of its text, trimmed: the unit.
///
/// # Errors
/// When there is no number in front, when it is negative, or when it is spelt in a way that invites misreading.
pub(super) fn split(text: &str, expected: Dimension) -> Result<(f64, &str), QuantityError> {
    let fail = |problem| Err(QuantityError::new(expected, text, problem));
    let text = text.trim();
    if let Some(odd) = odd_spelling(text) {
        return fail(odd);
    }
    if text
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    {
        return fail(Problem::Negative);
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    match digits.parse::<f64>() {
        Ok(value) if digits.starts_with(|c: char| c.is_ascii_digit()) && value.is_finite() => {
            Ok((value, unit.trim()))
        }
        _ => fail(Problem::NotANumber),
    }
}

/// Spellings that YAML, programmers and people read differently: `1:30`, `1e3`, `0o7`, `0x1F`, `1_000`, `007`, `+1`, `.5`.
fn odd_spelling(text: &str) -> Option<Problem> {
    let odd = |instead: Option<String>| Some(Problem::OddSpelling(instead));
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    if let Some(rest) = text.strip_prefix(['+', '.']) {
        return match (digit(1), bytes[0]) {
            (true, b'+') => odd(Some(rest.to_owned())),
            (true, _) => odd(Some(format!("0{text}"))),
            _ => None,
        };
    }
    if !digit(0) {
        return None;
    }
    let radix = match bytes.get(1) {
        Some(b'x' | b'X') => 16,
        Some(b'o' | b'O') => 8,
        Some(b'b') => 2,
        _ => 10,
    };
    if radix != 10 && bytes[0] == b'0' {
        let value = u64::from_str_radix(&text[2..], radix).ok();
        return value.and_then(|value| odd(Some(value.to_string())));
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    if whole.len() > 1 && whole.starts_with('0') {
        return odd(Some(format!(
            "{}{rest}",
            match whole.trim_start_matches('0') {
                "" => "0",
                trimmed => trimmed,
            }
        )));
    }
    if rest.starts_with(':') && digit(end + 1) {
        return odd(Some("1m30s` or `1h30m".to_owned()));
    }
    if rest.starts_with(['_', ',', '\'']) && digit(end + 1) {
        return odd(Some(
            text.chars()
                .filter(|c| !['_', ',', '\''].contains(c))
                .collect(),
        ));
    }
    let fraction = rest.strip_prefix('.').map_or(rest, |rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    let exponent = fraction.strip_prefix(['e', 'E'])?;
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !exponent.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let after = exponent.trim_start_matches(|c: char| c.is_ascii_digit());
    let value = text[..text.len() - after.len()]
        .parse::<f64>()
        .ok()
        .filter(|value| value.abs() < 1e15);
    odd(value.map(|value| format!("{value}{after}")))
}

/// Whether the text is a number without any unit or suffix.
pub fn is_dimensionless(text: &str) -> bool {
    matches!(split(text, Dimension::Number), Ok((_, "")))
}

/// A family of quantities: what a number means with a unit and without.
pub(super) trait Family: Sized {
    const DIMENSION: Dimension;

    /// A number alone; none if a unit is needed. Zero of anything is asked for here too.
    fn bare(number: f64) -> Option<Result<Self, Problem>>;

    /// A number with a unit, which is not empty.
    fn with_unit(number: f64, unit: &str) -> Result<Self, Problem>;
}

/// Reads a quantity of one family and says precisely what is wrong if it is none.
pub(super) fn parse<F: Family>(text: &str) -> Result<F, QuantityError> {
    let (number, unit) = split(text, F::DIMENSION)?;
    read(number, unit).map_err(|problem| {
        let problem = match problem {
            Problem::UnknownUnit(_) => match classify(number, unit) {
                Some(other) if other != F::DIMENSION => Problem::WrongDimension(other),
                _ => problem,
            },
            other => other,
        };
        QuantityError::new(F::DIMENSION, text, problem)
    })
}

fn read<F: Family>(number: f64, unit: &str) -> Result<F, Problem> {
    if unit.is_empty() {
        F::bare(number).unwrap_or(Err(Problem::MissingUnit))
    } else {
        F::with_unit(number, unit)
    }
}

/// What kind of quantity a number with a unit is, tried in a fixed order; none if it is none.
fn classify(number: f64, unit: &str) -> Option<Dimension> {
    let read = [
        (unit == "%", Dimension::Share),
        (unit == "x", Dimension::Factor),
        (
            Duration::with_unit(number, unit).is_ok(),
            Dimension::Duration,
        ),
        (Rate::with_unit(number, unit).is_ok(), Dimension::Rate),
        (Size::with_unit(number, unit).is_ok(), Dimension::Size),
        (
            Bandwidth::with_unit(number, unit).is_ok(),
            Dimension::Bandwidth,
        ),
        (MoneyRate::with_unit(number, unit).is_ok(), Dimension::Money),
        (Count::with_unit(number, unit).is_ok(), Dimension::Count),
    ];
    read.into_iter()
        .find_map(|(is, dimension)| is.then_some(dimension))
}

/// An unknown unit, shortened.
pub(super) fn unknown(unit: &str) -> Problem {
    Problem::UnknownUnit(shortened(unit))
}

/// A number as it is written, times a whole factor and a power of ten, rounded once: `99.9%` is 0.999, and `1.1m` 66 s. Products of
/// floating point numbers are not (99.9 / 100 = 0.999 000 000 000 000 1).
pub(super) fn scaled(number: f64, factor: f64, tens: i32) -> f64 {
    let written = number.to_string();
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let digits = format!("{whole}{fraction}").parse::<u128>();
    let factor_is_whole = factor.fract() == 0.0 && (0.0..1e18).contains(&factor);
    let product = digits
        .ok()
        .filter(|_| factor_is_whole)
        .and_then(|digits| digits.checked_mul(factor as u128));
    let exponent = i64::from(tens) - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    product
        .and_then(|product| format!("{product}e{exponent}").parse().ok())
        .unwrap_or_else(|| number * factor * 10_f64.powi(tens))
}

/// A number as text, with the largest unit whose print reads back as exactly this value.
///
/// `units` are tried from the largest: name and size in base units. The first must not be larger than any value
/// that should be printed with a fraction.
pub(super) fn print(
    value: f64,
    units: &[(&str, f64)],
    parse_back: impl Fn(&str) -> Option<f64>,
) -> String {
    let exact = |(name, size): &(&str, f64)| {
        let text = format!("{}{name}", value / size);
        (parse_back(&text) == Some(value)).then_some(text)
    };
    let fitting = || units.iter().filter(|(_, size)| value >= *size);
    // A whole number of the largest unit that allows one reads best; then a short fraction; then whatever is exact.
    let whole = fitting()
        .find(|(_, size)| (value / size).fract() == 0.0)
        .and_then(exact);
    let fraction = fitting().next().and_then(exact);
    // Many digits are easier to read with a point among them.
    let length =
        |text: &String| text.len() + 2 * usize::from(text.len() > 8 && !text.contains('.'));
    let shortest = [fraction, whole].into_iter().flatten().min_by_key(length);
    shortest
        .or_else(|| units.iter().rev().find_map(exact))
        .unwrap_or_else(|| format!("{value}{}", units[units.len() - 1].0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn problem<T: std::str::FromStr<Err = QuantityError>>(text: &str) -> Problem {
        text.parse::<T>()
            .err()
            .map_or(Problem::NotANumber, |error| error.problem)
    }

    #[test]
    fn a_number_alone_asks_for_its_unit() {
        let error = "200"
            .parse::<Duration>()
            .map_err(|error| (error.to_string(), error.hint()));
        assert_eq!(
            error,
            Err((
                "200 what? a duration needs its unit".to_owned(),
                Some("for example `200ms`".to_owned())
            ))
        );
        assert_eq!(problem::<Rate>("5"), Problem::MissingUnit);
        assert_eq!(problem::<Size>("5"), Problem::MissingUnit);
    }

    #[test]
    fn another_dimension_is_named() {
        assert_eq!(
            problem::<Duration>("2GiB"),
            Problem::WrongDimension(Dimension::Size)
        );
        assert_eq!(
            problem::<Duration>("450/s"),
            Problem::WrongDimension(Dimension::Rate)
        );
        assert_eq!(
            problem::<Size>("20ms"),
            Problem::WrongDimension(Dimension::Duration)
        );
        assert_eq!(
            problem::<Count>("10%"),
            Problem::WrongDimension(Dimension::Share)
        );
        assert_eq!(
            problem::<Rate>("3 USD/h"),
            Problem::WrongDimension(Dimension::Money)
        );
        assert_eq!(
            problem::<Size>("1GiB/s"),
            Problem::WrongDimension(Dimension::Bandwidth)
        );
        assert_eq!(
            "2GiB"
                .parse::<Duration>()
                .map_err(|error| error.to_string()),
            Err("expected a duration, found a size: `2GiB`".to_owned())
        );
    }

    #[test]
    fn spellings_that_people_read_differently_are_refused_with_a_proposal() {
        let proposal = |text: &str| match problem::<Count>(text) {
            Problem::OddSpelling(instead) => instead,
            other => Some(format!("{other:?}")),
        };
        let expected = [
            ("1:30", "1m30s` or `1h30m"),
            ("1e3", "1000"),
            ("1.5E+3", "1500"),
            ("0o7", "7"),
            ("0x1F", "31"),
            ("007", "7"),
            ("00", "0"),
            ("1_000", "1000"),
            ("1,000", "1000"),
            ("+5", "5"),
            (".5", "0.5"),
        ];
        for (text, instead) in expected {
            assert_eq!(proposal(text).as_deref(), Some(instead), "{text}");
        }
        assert_eq!(
            problem::<Duration>("1e3ms"),
            Problem::OddSpelling(Some("1000ms".to_owned()))
        );
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the last bit")]
    fn products_are_those_of_what_is_written() {
        // To the last bit: multiplied as numbers, every one of these is off by one.
        assert_eq!(scaled(99.9, 1.0, -2), 0.999);
        assert_eq!(scaled(0.07, 1.0, -2), 0.0007);
        assert_eq!(scaled(1.001, 1e3, 0), 1001.0);
        assert_eq!(scaled(1.1, 6e10, 0), 66e9);
        assert_eq!(scaled(0.3, 0.125, 0), 0.3 * 0.125);
        assert_eq!(scaled(9e300, 1e9, 0), 9e300 * 1e9);
        for tenths in 0..10_000_u32 {
            let percent: f64 = format!("{}.{}", tenths / 10, tenths % 10).parse().unwrap();
            let share: f64 = format!("{tenths}e-3").parse().unwrap();
            assert_eq!(scaled(percent, 1.0, -2), share, "{percent}");
        }
    }

    #[test]
    fn what_is_no_number_is_said_so() {
        for text in [
            "", "fast", "NaN", ".inf", "-", "ms", ".", "1.2.3", "\u{0}", "é",
        ] {
            assert!(
                matches!(problem::<Duration>(text), Problem::NotANumber),
                "{text:?}"
            );
        }
        assert_eq!(problem::<Duration>("-5ms"), Problem::Negative);
        assert_eq!(
            problem::<Duration>("5 parsecs"),
            Problem::UnknownUnit("parsecs".to_owned())
        );
        assert!(matches!(
            problem::<Duration>(&"9".repeat(400)),
            Problem::NotANumber
        ));
        let long = "5".to_owned() + &"x".repeat(10_000);
        assert!(
            "5".parse::<Duration>().is_err()
                && long
                    .parse::<Duration>()
                    .is_err_and(|error| error.to_string().len() < 300)
        );
    }
}
