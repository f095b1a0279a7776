//! Numbers as a person reads them: three significant digits, a unit, and a half-width with matching digits.
//!
//! Every report writes its numbers through this module, so that `412 ms ±14` looks the same in a terminal, a document
//! and a chart. The machine's formats (CSV, JSON) keep full precision and do not come here.

use crate::analysis::{Estimate, Status};

mod scale;

use scale::{Scale, thousands};

/// What stands for a number that does not exist.
pub const NOTHING: &str = "–";

/// The dimension of a number, which decides how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Time \[s\].
    Seconds,
    /// A part of a whole, 0 to 1, written in per cent.
    Share,
    /// Events per second.
    PerSecond,
    /// Money: the currency, with `/month` and the like behind it.
    Money(String),
    /// Anything else, with its word (may be empty).
    Plain(String),
}

impl Unit {
    /// The unit that a result names: `s`, `share`, `1/s`, `USD/month`, or a word of its own.
    pub fn named(name: &str) -> Self {
        let head = name.split('/').next().unwrap_or_default();
        match name {
            "s" => Self::Seconds,
            "share" => Self::Share,
            "1/s" => Self::PerSecond,
            _ if head.len() == 3 && head.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                Self::Money(name.into())
            }
            _ => Self::Plain(name.into()),
        }
    }
}

/// A number that is known and needs no interval, e.g. a limit: `800 ms`, `99.9 %`, `1 234 USD/month`.
pub fn value(number: f64, unit: &Unit) -> String {
    if !number.is_finite() {
        return NOTHING.into();
    }
    if let Some(edge) = edge_of_share(number, unit) {
        return edge.into();
    }
    trimmed(number, unit, &Scale::of(number.abs(), unit))
}

/// A number on its scale, without idle zeros.
fn trimmed(number: f64, unit: &Unit, scale: &Scale) -> String {
    let mut text = scale.number(number);
    let plain = text.contains('.') && !text.contains('e');
    if plain && !matches!(unit, Unit::Money(_)) {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text + &scale.suffix
}

/// Shares too close to none or all for the four decimals that are written.
fn edge_of_share(number: f64, unit: &Unit) -> Option<&'static str> {
    let share = *unit == Unit::Share;
    match number {
        n if share && n > 0.0 && n < 1e-6 => Some("<0.0001 %"),
        n if share && n < 1.0 && n > 1.0 - 1e-6 => Some(">99.9999 %"),
        _ => None,
    }
}

/// The number, or 0 without a sign: what is none has none, but sums of nothing are `-0` in floating point.
pub fn unsigned_zero(number: f64) -> f64 {
    number + 0.0
}

/// A length of time \[s\]: `83 µs`, `412 ms`, `1.02 s`, `10 min`.
pub fn duration(seconds: f64) -> String {
    value(seconds, &Unit::Seconds)
}

/// A share (0 to 1) in per cent: `99.95 %`.
pub fn share(part: f64) -> String {
    value(part, &Unit::Share)
}

/// A share in whole per cent, where there is little room: `71 %`.
pub fn rounded_share(part: f64) -> String {
    share((part * 100.0).round() / 100.0)
}

/// Events per second: `450/s`, `1.2k/s`.
pub fn rate(per_second: f64) -> String {
    value(per_second, &Unit::PerSecond)
}

/// Simulated time goes by so much \[s\]: means below that are made by rounding.
const TICK: f64 = 1e-9;

/// Mean numbers whose whole interval is below this are as good as none.
const SMALLEST: f64 = 0.000_001;

/// Money: `1 234 USD`, `0.52 USD`.
pub fn money(amount: f64, currency: &str) -> String {
    value(amount, &Unit::Money(currency.into()))
}

/// A plain number with three significant digits.
pub fn number(amount: f64) -> String {
    value(amount, &Unit::Plain(String::new()))
}

/// A whole number: exact below a million, then `12.3 million`.
pub fn count(whole: u64) -> String {
    if whole < 1_000_000 {
        thousands(&whole.to_string())
    } else {
        number(whole as f64)
    }
}

/// A whole number with its noun: `1 replication`, `24 replications`.
pub fn counted(whole: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(whole), if whole == 1 { one } else { many })
}

/// What the status of an estimate is called; empty when it may be relied on.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "",
        Status::TooShort => "too short",
        Status::TooFew => "too few",
        Status::Censored => "censored",
        Status::Unstable => "unstable",
    }
}

/// An estimate in words: `412 ms ±14`; `99.95 % (99.91–99.98)` when the interval is lopsided; `> 12 s (censored)`,
/// `412 ms (too short)` when there is none.
pub fn estimate(of: &Estimate, unit: &Unit) -> String {
    written(of, unit, false, None)
}

/// Estimates that stand in one row, all in the unit of the largest: that unit (empty when there is no number), and each without it.
pub fn together(all: &[&Estimate], unit: &Unit) -> (String, Vec<String>) {
    let known = all.iter().filter_map(|of| of.value);
    let largest = known.map(f64::abs).filter(|value| value.is_finite());
    let Some(largest) = largest.reduce(f64::max) else {
        let each = all.iter().map(|of| estimate(of, unit));
        return (String::new(), each.collect());
    };
    let mut scale = Scale::of(largest, unit);
    let name = std::mem::take(&mut scale.suffix);
    let each = all
        .iter()
        .map(|of| written(of, unit, false, Some(&scale)))
        .collect();
    (name.trim().to_owned(), each)
}

/// An estimate of a difference, with its sign: `+14 ms ±3`; shares differ by percentage points, `+1.2 pp ±0.3`.
pub fn signed(of: &Estimate, unit: &Unit) -> String {
    written(of, unit, true, None)
}

fn written(of: &Estimate, unit: &Unit, signed: bool, common: Option<&Scale>) -> String {
    let scaled = |magnitude: f64| match common {
        Some(common) => common.like(magnitude),
        None => Scale::of(magnitude, unit),
    };
    let word = status(of.status);
    let Some(middle) = of.value.filter(|value| value.is_finite()) else {
        return if word.is_empty() {
            NOTHING.into()
        } else {
            format!("{NOTHING} ({word})")
        };
    };
    let plus = if signed && middle > 0.0 { "+" } else { "" };
    let interval = of.low.zip(of.high).filter(|_| of.status == Status::Ok);
    let Some((low, high)) =
        interval.filter(|(low, high)| low.is_finite() && high.is_finite() && high > low)
    else {
        let bound = if of.status == Status::Censored {
            "> "
        } else {
            ""
        };
        let tail = if word.is_empty() {
            String::new()
        } else {
            format!(" ({word})")
        };
        let shown = match common {
            Some(_) => trimmed(middle, unit, &scaled(middle.abs())),
            None => value(middle, unit),
        };
        let shown = if signed && *unit == Unit::Share {
            shown.replace(" %", " pp")
        } else {
            shown
        };
        return format!("{bound}{plus}{shown}{tail}");
    };
    // A bound says more than a wall of noughts.
    if !signed && matches!(unit, Unit::Plain(_)) && low >= 0.0 && high < SMALLEST {
        return format!("<{SMALLEST}");
    }
    let below_tick = *unit == Unit::Seconds && low >= 0.0 && high < TICK && middle > 0.0;
    if !signed && common.is_none() && below_tick {
        return "<1 ns".to_owned();
    }
    let half = (high - low) / 2.0;
    let lopsided = ((high - middle) - (middle - low)).abs() > 0.2 * half;
    // The magnitude of the larger of both: a difference of nothing takes its unit from its interval.
    let nearest = match unit {
        Unit::Share if middle == 0.0 || middle.to_bits() == 1_f64.to_bits() => {
            (middle - half).abs()
        }
        Unit::Share => middle.abs(),
        _ => middle.abs().max(half),
    };
    let mut scale = scaled(nearest).limited_by(half);
    if signed && *unit == Unit::Share {
        scale.suffix = " pp".into();
    }
    // All or none of what was seen: one end of the interval says everything.
    if !signed && *unit == Unit::Share && middle.to_bits() == 1_f64.to_bits() {
        return format!("100 % ({})", at_least(low));
    }
    if !signed && *unit == Unit::Share && middle == 0.0 {
        return format!("0 % ({})", at_most(high));
    }
    let shown = format!("{plus}{}{}", scale.number(middle), scale.suffix);
    // An end at all or at none says nothing more than the other one.
    let whole = !signed && lopsided && *unit == Unit::Share;
    if whole && high >= 1.0 {
        format!("{shown} ({})", at_least(low))
    } else if whole && low <= 0.0 {
        format!("{shown} ({})", at_most(high))
    } else if lopsided {
        let ends = (scale.number(low), scale.number(high));
        format!("{shown} ({}–{})", ends.0, ends.1)
    } else {
        format!("{shown} ±{}", scale.half_width(half, unit))
    }
}

/// The lower end of a share of which nothing was missed: two digits of what may be missing, four decimals at most, rounded down.
fn at_least(low: f64) -> String {
    let missing = (1.0 - low) * 100.0;
    let places = scale::decimals_for(missing, 2).min(4);
    let unit = scale::ten_to(places);
    let floor = (low * 100.0 * unit * (1.0 + 1e-15)).floor() / unit;
    if floor >= 100.0 || missing < 1e-4 {
        return "> 99.9999".into();
    }
    let text = format!("≥ {floor:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The upper end of a share of which nothing was seen, alike, rounded up.
fn at_most(high: f64) -> String {
    let percent = high * 100.0;
    let places = scale::decimals_for(percent, 2).min(4);
    let unit = scale::ten_to(places);
    let ceiling = (percent * unit * (1.0 - 1e-15)).ceil() / unit;
    if percent < 1e-4 {
        return "< 0.0001".into();
    }
    format!("≤ {ceiling:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(value: f64, half: f64) -> Estimate {
        Estimate {
            value: Some(value),
            low: Some(value - half),
            high: Some(value + half),
            level: 0.95,
            n: 24,
            method: "student".into(),
            status: Status::Ok,
        }
    }

    #[test]
    fn durations_have_three_digits_and_the_unit_that_suits() {
        for (seconds, text) in [
            (0.412, "412 ms"),
            (1.02, "1.02 s"),
            (83e-6, "83 µs"),
            (999.7e-6, "1 ms"),
            (0.9997, "1 s"),
            (0.0, "0 s"),
            (5e-9, "5 ns"),
            (119.0, "119 s"),
            (600.0, "10 min"),
            (86_400.0, "24 h"),
            (2_628_000.0, "30.4 d"),
            (-0.014, "−14 ms"),
            (86_400e300, "1.00e300 d"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn means_below_a_tick_of_the_clock_are_no_numbers() {
        assert_eq!(estimate(&around(0.5e-9, 2e-12), &Unit::Seconds), "<1 ns");
        assert_eq!(
            estimate(&around(1.2e-9, 0.1e-9), &Unit::Seconds),
            "1.20 ns ±0.10"
        );
    }

    #[test]
    fn half_widths_match_the_digits() {
        assert_eq!(
            estimate(&around(0.412, 0.014), &Unit::Seconds),
            "412 ms ±14"
        );
        assert_eq!(estimate(&around(1.0, 0.31), &Unit::Seconds), "1.00 s ±0.31");
        assert_eq!(
            estimate(&around(0.412, 0.000_31), &Unit::Seconds),
            "412 ms ±0.3"
        );
        assert_eq!(
            estimate(&around(1234.0, 12.0), &Unit::PerSecond),
            "1.23k/s ±0.01"
        );
        let plain = Unit::Plain(String::new());
        assert_eq!(estimate(&around(4e-9, 3e-9), &plain), "<0.000001");
        assert_eq!(
            estimate(&around(4e-6, 3e-6), &plain),
            "0.0000040 ±0.0000030"
        );
        assert_eq!(signed(&around(-0.000_2, 0.014), &Unit::Seconds), "0 ms ±14");
        assert_eq!(
            signed(&around(0.02, 0.002), &Unit::Seconds),
            "+20.0 ms ±2.0"
        );
    }

    #[test]
    fn half_widths_are_rounded_by_sense() {
        let seconds = |value, half| estimate(&around(value, half), &Unit::Seconds);
        // Not ±0.000001 ms, which is a picosecond: a hundredth of the last digit says as much.
        assert_eq!(seconds(0.412, 1e-12), "412 ms ±0.01");
        assert_eq!(seconds(1.0, 1e-9), "1.00 s ±0.0001");
        assert_eq!(seconds(0.001_23, 1e-9), "1.23 ms ±0.001");
        assert_eq!(seconds(83.1e-6, 0.2e-6), "83.1 µs ±0.2");
        assert_eq!(
            estimate(&around(2.0, 1e-9), &Unit::Plain(String::new())),
            "2.00 ±0.0001"
        );
    }

    #[test]
    fn bounds_of_shares_are_rounded_outwards() {
        let all = |low| {
            let of = Estimate {
                low: Some(low),
                high: Some(1.0),
                ..around(1.0, 0.0)
            };
            estimate(&of, &Unit::Share)
        };
        assert_eq!(all(0.999_953_4), "100 % (≥ 99.9953)");
        assert_eq!(all(0.999_999_96), "100 % (> 99.9999)");
        assert_eq!(all(0.998_26), "100 % (≥ 99.82)");
        assert_eq!(all(0.5), "100 % (≥ 50)");
        let none = |high| {
            let of = Estimate {
                low: Some(0.0),
                high: Some(high),
                ..around(0.0, 0.0)
            };
            estimate(&of, &Unit::Share)
        };
        let nearly = |value, low, high| {
            let of = Estimate {
                low: Some(low),
                high: Some(high),
                ..around(value, 0.0)
            };
            estimate(&of, &Unit::Share)
        };
        assert_eq!(nearly(0.999_999, 0.999_935, 1.0), "99.9999 % (≥ 99.9935)");
        assert_eq!(nearly(0.000_2, 0.0, 0.000_95), "0.02 % (≤ 0.095)");
        assert_eq!(none(1e-9), "0 % (< 0.0001)");
        assert_eq!(none(0.000_123), "0 % (≤ 0.013)");
    }

    #[test]
    fn what_stands_together_has_one_unit() {
        let all = [
            around(784e-6, 1e-6),
            around(1.73e-3, 4e-6),
            around(0.0124, 0.0007),
        ];
        let (unit, each) = together(&all.each_ref(), &Unit::Seconds);
        assert_eq!(unit, "ms");
        assert_eq!(each, ["0.784 ±0.001", "1.73 ±0.004", "12.4 ±0.7"]);
    }

    #[test]
    fn shares_count_the_nines() {
        for (part, text) in [
            (0.734_2, "73.4 %"),
            (0.999_53, "99.953 %"),
            (0.0, "0 %"),
            (1.0, "100 %"),
            (1.304, "130 %"),
            (0.001_2, "0.12 %"),
            (1e-9, "<0.0001 %"),
            (0.999_999_9, ">99.9999 %"),
        ] {
            assert_eq!(share(part), text, "{part}");
        }
        assert_eq!(estimate(&around(0.734, 0.012), &Unit::Share), "73.4 % ±1.2");
        let none = Estimate {
            low: Some(0.0),
            high: Some(0.000_12),
            ..around(0.0, 0.0)
        };
        assert_eq!(estimate(&none, &Unit::Share), "0 % (≤ 0.012)");
    }

    #[test]
    fn money_and_counts_are_grouped() {
        assert_eq!(money(1_234.5, "USD"), "1\u{202f}234 USD");
        assert_eq!(money(82.5, "USD/month"), "82.50 USD/month");
        assert_eq!(money(0.000_83, "USD"), "0.00083 USD");
        assert_eq!(count(999_999), "999\u{202f}999");
        assert_eq!(count(12_345_678), "12.3 million");
        assert_eq!(counted(1, "replication", "replications"), "1 replication");
        assert_eq!(Unit::named("USD/month"), Unit::Money("USD/month".into()));
        assert_eq!(Unit::named("messages"), Unit::Plain("messages".into()));
    }

    #[test]
    fn shares_differ_by_percentage_points() {
        let bare = Estimate {
            low: None,
            high: None,
            status: Status::TooShort,
            ..around(0.012, 0.0)
        };
        assert_eq!(signed(&bare, &Unit::Share), "+1.2 pp (too short)");
    }

    #[test]
    fn a_number_without_an_interval_says_why() {
        let bare = |status| Estimate {
            low: None,
            high: None,
            status,
            ..around(12.0, 0.0)
        };
        assert_eq!(
            estimate(&bare(Status::Censored), &Unit::Seconds),
            "> 12 s (censored)"
        );
        assert_eq!(
            estimate(&bare(Status::TooShort), &Unit::Seconds),
            "12 s (too short)"
        );
        let nothing = Estimate {
            value: None,
            ..bare(Status::TooFew)
        };
        assert_eq!(estimate(&nothing, &Unit::Seconds), "– (too few)");
    }
}
