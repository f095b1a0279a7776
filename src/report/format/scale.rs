//! A factor, a number of decimals and a suffix that suit the magnitude of a number and what is known of it.

use super::Unit;

/// Thin space between groups of three digits (U+202F, never broken).
const THIN: char = '\u{202f}';

/// From here on a number is written with a power of ten: a wall of digits says less.
const WALL: f64 = 1e12;

/// Steps of a unit, largest first: from this value on, times this factor, with this suffix.
type Steps = &'static [(f64, f64, &'static str)];

const TIMES: Steps = &[
    (172_800.0, 1.0 / 86_400.0, " d"),
    (7_200.0, 1.0 / 3_600.0, " h"),
    (120.0, 1.0 / 60.0, " min"),
    (1.0, 1.0, " s"),
    (1e-3, 1e3, " ms"),
    (1e-6, 1e6, " µs"),
    (0.0, 1e9, " ns"),
];
const RATES: Steps = &[
    (1e6, 1e-6, "M/s"),
    (1e3, 1e-3, "k/s"),
    (0.01, 1.0, "/s"),
    (0.0, 3_600.0, "/h"),
];
const COUNTS: Steps = &[
    (1e9, 1e-9, " billion"),
    (1e6, 1e-6, " million"),
    (0.0, 1.0, ""),
];

/// How numbers of one magnitude are written.
pub(super) struct Scale {
    factor: f64,
    decimals: usize,
    /// The unit, with the blank before it.
    pub(super) suffix: String,
}

impl Scale {
    /// The scale for values about as large as `magnitude` (not negative).
    pub(super) fn of(magnitude: f64, unit: &Unit) -> Self {
        let (steps, basic) = match unit {
            Unit::Seconds => (TIMES, 3),
            Unit::PerSecond => (RATES, 2),
            Unit::Plain(_) => (COUNTS, 2),
            Unit::Share => return Self::share(magnitude),
            Unit::Money(currency) => return Self::money(magnitude, currency),
        };
        // Rounded first, so that 999.7 µs is written 1.00 ms and not 1000 µs.
        let rounded = three_digits(magnitude);
        let reached = |step: &(f64, f64, &str)| rounded >= step.0 * (1.0 - 1e-9);
        let at = if rounded > 0.0 {
            steps.iter().position(reached)
        } else {
            None
        };
        let (_, factor, suffix) = steps[at.unwrap_or(basic)];
        let suffix = match unit {
            Unit::Plain(word) if !word.is_empty() => format!("{suffix} {word}"),
            _ => suffix.to_owned(),
        };
        Self {
            factor,
            decimals: decimals_for(rounded * factor, 3),
            suffix,
        }
    }

    /// Two digits of what is missing to 0 or 100 %, whichever is nearer: availability is told in nines.
    fn share(magnitude: f64) -> Self {
        let rest = magnitude.min((1.0 - magnitude).abs()) * 100.0;
        let decimals = match rest {
            _ if magnitude >= 1.01 => 0,
            r if r <= 0.0 => 0,
            r if r >= 1.0 => 1,
            r => decimals_for(r, 2).min(4),
        };
        Self {
            factor: 100.0,
            decimals,
            suffix: " %".into(),
        }
    }

    fn money(magnitude: f64, currency: &str) -> Self {
        let decimals = match magnitude {
            m if m == 0.0 || m >= 100.0 => 0,
            m if m >= 0.1 => 2,
            m => decimals_for(m, 2),
        };
        Self {
            factor: 1.0,
            decimals,
            suffix: format!(" {currency}"),
        }
    }

    /// The same scale without digits that an interval of this half-width makes meaningless: two digits of the
    /// half-width are kept when they begin with 10 to 35, one otherwise (the rounding rule of the Particle Data
    /// Group, Review of Particle Physics, introduction, section 5.3).
    pub(super) fn limited_by(mut self, half: f64) -> Self {
        let scaled = half * self.factor;
        if scaled > 0.0 && scaled.is_finite() {
            let leading = scaled / 10_f64.powi(scaled.log10().floor() as i32);
            let digits = if leading < 3.55 { 2 } else { 1 };
            self.decimals = self.decimals.min(decimals_for(scaled, digits));
        }
        self
    }

    /// The same unit for another magnitude, with three significant digits of that.
    pub(super) fn like(&self, magnitude: f64) -> Self {
        Self {
            factor: self.factor,
            decimals: decimals_for(three_digits(magnitude) * self.factor, 3),
            suffix: self.suffix.clone(),
        }
    }

    /// The number alone, grouped, with its sign.
    pub(super) fn number(&self, value: f64) -> String {
        let scaled = (value * self.factor).abs().min(f64::MAX);
        let text = if scaled < WALL {
            format!("{:.*}", self.decimals, scaled)
        } else {
            format!("{scaled:.2e}")
        };
        let negative = value < 0.0 && !says_zero(&text);
        format!("{}{}", if negative { "−" } else { "" }, thousands(&text))
    }

    /// A half-width with the digits of the value; with one digit of its own where that would say 0, but not less than a hundredth of the
    /// value's last digit, nor than 1 µs beside milliseconds or more: smaller ones are rounded up to that.
    pub(super) fn half_width(&self, half: f64, unit: &Unit) -> String {
        let text = self.number(half);
        if !says_zero(&text) || half <= 0.0 {
            return text;
        }
        let least = 0.01 / ten_to(self.decimals);
        let microsecond = match unit {
            Unit::Seconds if self.factor <= 1e3 => 1e-6 * self.factor,
            _ => 0.0,
        };
        let shown = (half * self.factor).max(least).max(microsecond);
        format!("{shown:.*}", decimals_for(shown, 1))
    }
}

fn says_zero(text: &str) -> bool {
    !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// `value` rounded to three significant digits.
fn three_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10_f64.powi(value.abs().log10().floor() as i32 - 2);
    (value / unit).round() * unit
}

/// A power of ten, of the few decimals that numbers are written with.
pub(super) fn ten_to(decimals: usize) -> f64 {
    10_f64.powi(i32::try_from(decimals).unwrap_or(0))
}

/// Decimals that give so many significant digits, at most eight.
pub(super) fn decimals_for(value: f64, digits: i64) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let whole = (value.abs() * (1.0 + 1e-9)).log10().floor() as i64;
    usize::try_from((digits - 1 - whole).clamp(0, 8)).unwrap_or(0)
}

/// Thin spaces between groups of three in the whole part of a plain decimal.
pub(super) fn thousands(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::with_capacity(text.len() + 8);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(THIN);
        }
        grouped.push(digit);
    }
    grouped + rest
}
