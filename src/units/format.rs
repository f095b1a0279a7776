//! How reports print numbers: three significant digits, a unit that fits, no more.
//!
//! Unlike `Display` on the quantities these prints are rounded and are not meant to be read back.

use super::money::Currency;

/// A duration in nanoseconds: `250ns`, `412ms`, `1.02s`, `3m20s`, `2h05m`, `4d06h`.
pub fn duration(ns: f64) -> String {
    const SUBSECOND: [(f64, &str); 4] = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
    if !ns.is_finite() || ns < 0.0 {
        return odd(ns, duration);
    }
    if ns == 0.0 {
        return "0s".to_owned();
    }
    let seconds = (ns / 1e9).round();
    if seconds >= 60.0 {
        let seconds = seconds as u64;
        return match seconds {
            0..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
            3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
            _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
        };
    }
    scaled(ns, &SUBSECOND, "")
}

/// A number of things: `87`, `1.20k`, `1.20M`.
pub fn count(count: f64) -> String {
    const STEPS: [(f64, &str); 5] = [(1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")];
    if !count.is_finite() || count < 0.0 {
        return odd(count, self::count);
    }
    if count.fract() == 0.0 && count < 1e4 {
        return format!("{count}");
    }
    scaled(count, &STEPS, "")
}

/// A rate per second: `450/s`, `1.50k/s`.
pub fn rate(per_second: f64) -> String {
    format!("{}/s", count(per_second))
}

/// A share from 0 to 1 as per cent: `78.3%`, `0.052%`, `99.95%`.
///
/// Close to 100 % it keeps two significant digits of what is missing, since that is what availability is about.
pub fn percent(share: f64) -> String {
    if !share.is_finite() || share < 0.0 {
        return odd(share, percent);
    }
    let percent = share * 100.0;
    let missing = 100.0 - percent;
    let decimals = match percent {
        _ if percent == 0.0 || missing == 0.0 => 0,
        _ if missing > 0.0 && missing < 1.0 => decimals_for_two_digits(missing),
        _ if percent < 1.0 => decimals_for_two_digits(percent),
        _ if percent < 100.0 => 1,
        _ => 0,
    };
    format!("{percent:.decimals$}%")
}

/// An amount of data: `180 KiB`, `2.00 GiB`.
pub fn bytes(bytes: f64) -> String {
    const KIBI: f64 = 1024.0;
    const STEPS: [(f64, &str); 5] = [
        (1.0, " B"),
        (KIBI, " KiB"),
        (KIBI * KIBI, " MiB"),
        (KIBI * KIBI * KIBI, " GiB"),
        (KIBI * KIBI * KIBI * KIBI, " TiB"),
    ];
    if !bytes.is_finite() || bytes < 0.0 {
        return odd(bytes, self::bytes);
    }
    scaled(bytes, &STEPS, "")
}

/// Money with thousands separated: `1,234.50 USD`; small prices keep three significant digits: `0.0816 USD`.
pub fn money(amount: f64, currency: Currency) -> String {
    if !amount.is_finite() {
        return format!("{} {currency}", odd(amount, number));
    }
    let size = amount.abs();
    let decimals = match size {
        _ if size >= 10_000.0 => 0,
        _ if size >= 1.0 || size == 0.0 => 2,
        _ => ((-size.log10()).floor() + 3.0).clamp(2.0, 10.0) as usize,
    };
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), ""), |(whole, fraction)| (whole, fraction));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_nothing = !text.contains(|digit: char| ('1'..='9').contains(&digit));
    let sign = if amount < 0.0 && !is_nothing { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction} {currency}")
}

/// A plain number with three significant digits, neither scaled nor with a unit.
pub fn number(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return odd(value, number);
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded = significant(value);
    let decimals = (2.0 - rounded.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{rounded:.decimals$}")
}

/// A value with the largest of the steps that it reaches, after rounding to three significant digits.
fn scaled(value: f64, steps: &[(f64, &str)], unit: &str) -> String {
    // Rounding comes before the choice of a step: 999.7 ms are 1.00 s. In binary steps 1,000 to 1,023 keep four digits.
    let (size, name) = steps
        .iter()
        .rev()
        .find(|(size, _)| significant(value / size) >= 1.0)
        .unwrap_or(&steps[0]);
    let value = significant(value / size);
    let decimals = (2.0 - value.max(1e-12).log10().floor()).clamp(0.0, 2.0) as usize;
    let decimals = if *size <= 1.0 && value.fract() == 0.0 {
        0
    } else {
        decimals
    };
    format!("{value:.decimals$}{name}{unit}")
}

fn decimals_for_two_digits(value: f64) -> usize {
    // The print rounds before it counts: 0.000999… is 1.0e-3.
    let exponent = format!("{value:.1e}")
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    usize::try_from(1 - exponent.unwrap_or(0)).map_or(1, |decimals| decimals.min(9))
}

fn significant(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// What has no digits of its own: undefined, infinite, negative.
fn odd(value: f64, positive: impl Fn(f64) -> String) -> String {
    match value {
        _ if value.is_nan() => "–".to_owned(),
        f64::INFINITY => "∞".to_owned(),
        f64::NEG_INFINITY => "-∞".to_owned(),
        _ => format!("-{}", positive(-value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_a_unit_that_fits() {
        let expected = [
            (0.0, "0s"),
            (0.25, "0.25ns"),
            (250.0, "250ns"),
            (1_234.0, "1.23µs"),
            (412.3e6, "412ms"),
            (999.7e6, "1.00s"),
            (1.02e9, "1.02s"),
            (59.4e9, "59.4s"),
            (59.96e9, "1m00s"),
            (200e9, "3m20s"),
            (7_500e9, "2h05m"),
            (102.0 * 3_600e9, "4d06h"),
            (-1.5e6, "-1.50ms"),
            (f64::INFINITY, "∞"),
            (f64::NAN, "–"),
        ];
        for (ns, text) in expected {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn counts_rates_and_sizes_are_scaled() {
        assert_eq!(
            (count(87.0), count(1_234.0), count(1.2e6), count(0.5)),
            ("87".into(), "1234".into(), "1.20M".into(), "0.50".into())
        );
        assert_eq!(
            (count(12_345.0), count(999_900.0)),
            ("12.3k".into(), "1.00M".into())
        );
        assert_eq!(
            (rate(450.0), rate(15_000.0)),
            ("450/s".into(), "15.0k/s".into())
        );
        assert_eq!(
            (
                bytes(180.0 * 1024.0),
                bytes(2.0 * 1024f64.powi(3)),
                bytes(12.0)
            ),
            ("180 KiB".into(), "2.00 GiB".into(), "12 B".into())
        );
        assert_eq!(
            (number(0.012_34), number(1_234.0), number(2.0)),
            ("0.0123".into(), "1230".into(), "2.00".into())
        );
    }

    #[test]
    fn percentages_keep_the_digits_that_matter() {
        let expected = [
            (0.0, "0%"),
            (1.0, "100%"),
            (0.783, "78.3%"),
            (0.000_52, "0.052%"),
            (0.9995, "99.950%"),
            (0.999_99, "99.9990%"),
            (1.5, "150%"),
        ];
        for (share, text) in expected {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn money_has_thousands_separators() {
        let usd = |amount| money(amount, Currency::USD);
        assert_eq!(
            (usd(1_234.5), usd(1_234_567.8)),
            ("1,234.50 USD".into(), "1,234,568 USD".into())
        );
        assert_eq!(
            (usd(0.0816), usd(0.0), usd(-900.0), usd(123.456)),
            (
                "0.0816 USD".into(),
                "0.00 USD".into(),
                "-900.00 USD".into(),
                "123.46 USD".into()
            )
        );
    }
}
