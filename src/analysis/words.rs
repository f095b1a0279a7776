//! Numbers in sentences: three significant digits, two for errors, and the unit a reader would choose.

use super::result::Estimate;

/// Three significant digits without idle zeros; thousands apart.
pub fn number(value: f64) -> String {
    digits(value, USUAL)
}

/// Significant digits of a number that stands alone.
const USUAL: i32 = 3;
/// More digits than a number can have.
const MOST: i32 = 15;

/// Two significant digits: an error needs no more.
fn error(half_width: f64) -> String {
    digits(half_width, 2)
}

fn digits(value: f64, significant: i32) -> String {
    if !value.is_finite() {
        return "unlimited".to_owned();
    }
    let size = value.abs();
    let places = if size == 0.0 {
        0
    } else {
        (significant - 1 - libm::floor(libm::log10(size)) as i32).clamp(0, 9.max(significant))
    };
    let text = format!("{value:.*}", places as usize);
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let (sign, whole) = whole
        .strip_prefix('-')
        .map_or(("", whole), |whole| ("-", whole));
    let is_nothing = part.is_empty() && whole == "0";
    let sign = if is_nothing { "" } else { sign };
    let mut apart = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            apart.push(',');
        }
        apart.push(digit);
    }
    if part.is_empty() {
        format!("{sign}{apart}")
    } else {
        format!("{sign}{apart}.{part}")
    }
}

/// A time in seconds, in the unit that keeps it between 1 and 1000.
pub fn time(seconds: f64) -> String {
    let (factor, unit) = time_unit(seconds);
    format!("{} {unit}", number(seconds * factor))
}

/// A time with its error in the same unit: `412 ms ±14`.
pub fn time_with_error(estimate: &Estimate) -> String {
    let Some(value) = estimate.value else {
        return "unknown".to_owned();
    };
    let (factor, unit) = time_unit(value);
    match estimate.half_width().filter(|half| *half > 0.0) {
        Some(half) => format!(
            "{} {unit} ±{}",
            number(value * factor),
            error(half * factor)
        ),
        None => format!("{} {unit}", number(value * factor)),
    }
}

fn time_unit(seconds: f64) -> (f64, &'static str) {
    match seconds.abs() {
        0.0 => (1.0, "s"),
        size if size < 0.999_5e-6 => (1e9, "ns"),
        size if size < 0.999_5e-3 => (1e6, "µs"),
        size if size < 0.999_5 => (1e3, "ms"),
        size if size < 120.0 => (1.0, "s"),
        size if size < 7_200.0 => (1.0 / 60.0, "min"),
        size if size < 172_800.0 => (1.0 / 3_600.0, "h"),
        _ => (1.0 / 86_400.0, "days"),
    }
}

/// A share as per cents, in whole ones from 10 % on: `71 %`, `2.4 %`.
pub fn share(share: f64) -> String {
    let cents = share * 100.0;
    if (10.0..99.5).contains(&cents) {
        format!("{cents:.0} %")
    } else {
        format!("{} %", number(cents))
    }
}

/// The number in a metric's unit (`s`, `share`, `1/s`, money).
pub fn in_unit(value: f64, unit: &str) -> String {
    match unit {
        "s" => time(value),
        // Success lies close to 1: what matters stands behind the nines.
        "share" if value > 0.9 && value < 1.0 => {
            let digits = (1.0 - libm::floor(libm::log10(1.0 - value))).clamp(2.0, 9.0) as usize - 2;
            let text = format!("{:.digits$}", value * 100.0);
            let text = if digits > 0 {
                text.trim_end_matches('0').trim_end_matches('.')
            } else {
                &text
            };
            format!("{text} %")
        }
        "share" => share(value),
        "1/s" => format!("{}/s", number(value)),
        money => format!("{} {money}", number(value)),
    }
}

/// A share with its error, or with the ends of its interval where one is further away than the other.
fn share_with_ends(value: f64, half: f64, estimate: &Estimate) -> String {
    let (low, high) = (
        estimate.low.unwrap_or(value),
        estimate.high.unwrap_or(value),
    );
    let shown = in_unit(value, "share");
    if low >= high {
        return shown;
    }
    if low >= value {
        return format!("{shown} (≤ {})", in_unit(high, "share"));
    }
    if high <= value {
        return format!("{shown} (≥ {})", in_unit(low, "share"));
    }
    if ((high - value) - (value - low)).abs() > 0.2 * half {
        return format!(
            "{shown} ({} to {})",
            in_unit(low, "share"),
            in_unit(high, "share")
        );
    }
    format!("{shown} ±{}", error(half * 100.0))
}

/// What there was too little of for an interval, where failures were counted by what caused them.
pub fn too_few(estimate: &Estimate) -> Option<String> {
    let of = match estimate.method.as_str() {
        "outages" => "outages of all at once",
        "episodes" => "episodes of failure",
        "replications" => "replications in which it happened",
        _ => return None,
    };
    Some(format!("too few {of}: {}", estimate.n))
}

/// An estimate beside the limit that it is judged by: with as many digits as it takes to see that they differ, if they do.
pub fn estimate_beside(found: &Estimate, limit: f64, unit: &str) -> String {
    let usual = estimate(found, unit);
    let Some(value) = found.value else {
        return usual;
    };
    let limit_in_words = in_unit(limit, unit);
    if in_unit(value, unit) != limit_in_words || (value - limit).abs() <= 1e-12 * limit.abs() {
        return usual;
    }
    // In the unit of the limit, so that the digits are comparable.
    let (factor, word) = match unit {
        "s" => time_unit(limit),
        "share" => (100.0, "%"),
        other => (1.0, other),
    };
    let shown = |value: f64, significant| digits(value * factor, significant);
    let differ = |significant: &i32| shown(value, *significant) != shown(limit, *significant);
    let enough = (USUAL..MOST).find(differ).unwrap_or(MOST) + 1;
    let half = found.half_width().filter(|half| *half > 0.0);
    let tail = half.map_or_else(String::new, |half| format!(" ±{}", error(half * factor)));
    let word = if word == "1/s" {
        "/s".to_owned()
    } else {
        format!(" {word}")
    };
    format!("{}{word}{tail}", shown(value, enough))
}

/// An estimate in its unit, with its error if it has one.
pub fn estimate(estimate: &Estimate, unit: &str) -> String {
    match (estimate.value, estimate.half_width(), unit) {
        (None, ..) => "unknown".to_owned(),
        (Some(_), _, "s") => time_with_error(estimate),
        (Some(value), Some(half), "share") => share_with_ends(value, half, estimate),
        (Some(value), Some(half), _) if half > 0.0 => {
            format!("{} ±{}", in_unit(value, unit), error(half))
        }
        (Some(value), ..) => in_unit(value, unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (12.35, "12.3"),
            (48.0, "48"),
            (0.001_234, "0.00123"),
            (999.6, "1,000"),
            (1_048_576.0, "1,048,576"),
            (-1_234.5, "-1,234"),
            (99.97, "100"),
            (9.999, "10"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::INFINITY), "unlimited");
        let p99 = Estimate {
            value: Some(0.609),
            low: Some(0.601_68),
            high: Some(0.616_32),
            level: 0.95,
            n: 16,
            method: "sectioning".into(),
            status: super::super::result::Status::Ok,
        };
        assert_eq!(estimate(&p99, "s"), "609 ms ±7.3");
        assert_eq!(estimate(&p99, "share"), "61 % ±0.73");
    }

    #[test]
    fn units_suit_the_size() {
        assert_eq!(time(0.0124), "12.4 ms");
        assert_eq!(time(0.999_9), "1 s");
        assert_eq!(time(3.2e-6), "3.2 µs");
        assert_eq!(time(600.0), "10 min");
        assert_eq!(time(0.0), "0 s");
        assert_eq!(share(0.714), "71 %");
        assert_eq!(share(0.0241), "2.41 %");
        assert_eq!(in_unit(0.9987, "share"), "99.87 %");
        assert_eq!(in_unit(0.95, "share"), "95 %");
        assert_eq!(in_unit(12.08, "1/s"), "12.1/s");
        assert_eq!(in_unit(900.0, "USD/month"), "900 USD/month");
    }
}
