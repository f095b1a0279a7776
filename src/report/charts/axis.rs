//! From numbers to places along a line, and where the ticks go.

/// Numbers beyond this are drawn at it: differences and ratios of what is left stay finite.
const LARGEST: f64 = 1e150;

/// A straight or logarithmic axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    values: (f64, f64),
    places: (f64, f64),
    log: bool,
}

impl Axis {
    /// An axis with ends that can be reckoned with, whatever the numbers were.
    fn new(values: (f64, f64), places: (f64, f64), log: bool) -> Self {
        let tame = |value: f64| {
            if value.is_nan() {
                0.0
            } else {
                value.clamp(-LARGEST, LARGEST)
            }
        };
        let (low, high) = (tame(values.0), tame(values.1));
        // An axis of no length gets one, however large its numbers.
        let high = if high > low {
            high
        } else {
            low + low.abs().max(1.0)
        };
        Self {
            values: (low, high),
            places,
            log,
        }
    }

    /// A straight axis from `values.0` to `values.1` over these places \[px\].
    pub(super) fn straight(values: (f64, f64), places: (f64, f64)) -> Self {
        Self::new(values, places, false)
    }

    /// An axis for positive values between these: logarithmic when they span more than a factor of thirty, otherwise
    /// straight from nothing.
    pub(super) fn for_range(low: f64, high: f64, places: (f64, f64)) -> Self {
        if low > 0.0 && high / low > 30.0 {
            Self::new((low.max(1.0 / LARGEST) * 0.8, high * 1.25), places, true)
        } else {
            Self::straight((0.0, high * 1.06), places)
        }
    }

    /// Whether equal distances are equal factors.
    pub(super) fn is_log(&self) -> bool {
        self.log
    }

    /// Where a value lies, kept within the axis.
    pub(super) fn at(&self, value: f64) -> f64 {
        let ((low, high), (from, to)) = (self.values, self.places);
        let value = value.clamp(low, high);
        let part = if self.log {
            (value.ln() - low.ln()) / (high.ln() - low.ln())
        } else {
            (value - low) / (high - low)
        };
        from + (to - from) * part
    }

    /// Round values along the axis, about `most` of them.
    pub(super) fn ticks(&self, most: u32) -> Vec<f64> {
        if self.log {
            self.log_ticks(most)
        } else {
            self.steps(nice((self.values.1 - self.values.0) / f64::from(most)))
        }
    }

    /// Ticks for time \[s\], in steps that clocks know.
    pub(super) fn clock_ticks(&self, most: u32) -> Vec<f64> {
        const STEPS: [f64; 17] = [
            1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
            7200.0, 10_800.0, 21_600.0, 43_200.0,
        ];
        let wanted = (self.values.1 - self.values.0) / f64::from(most);
        let step = match STEPS.iter().find(|step| **step >= wanted) {
            _ if wanted < 1.0 => nice(wanted),
            Some(step) => *step,
            None => nice(wanted / 86_400.0) * 86_400.0,
        };
        self.steps(step)
    }

    fn steps(&self, step: f64) -> Vec<f64> {
        let first = (self.values.0 / step - 1e-9).ceil() as i64;
        let last = (self.values.1 / step + 1e-9).floor() as i64;
        (first..=last.min(first.saturating_add(100)))
            .map(|at| at as f64 * step)
            .collect()
    }

    fn log_ticks(&self, most: u32) -> Vec<f64> {
        let (low, high) = self.values;
        let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        for within in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
            let all = decades
                .clone()
                .flat_map(|decade| within.iter().map(move |digit| digit * 10_f64.powi(decade)));
            let ticks: Vec<f64> = all.filter(|tick| (low..=high).contains(tick)).collect();
            if ticks.len() <= most as usize {
                return ticks;
            }
        }
        let every = ((high.log10() - low.log10()) / f64::from(most))
            .ceil()
            .max(1.0) as usize;
        decades
            .step_by(every)
            .map(|decade| 10_f64.powi(decade))
            .filter(|tick| (low..=high).contains(tick))
            .collect()
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `value`.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powi(value.log10().floor() as i32);
    let digit = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|digit| digit * power >= value * (1.0 - 1e-9));
    digit.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            Axis::straight((0.0, 1.06), (0.0, 1.0)).ticks(6),
            [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0]
        );
        assert_eq!(
            Axis::straight((0.0, 720.0), (0.0, 1.0)).clock_ticks(6),
            [0.0, 120.0, 240.0, 360.0, 480.0, 600.0, 720.0]
        );
        let log = Axis::for_range(0.001, 1.0, (0.0, 100.0));
        assert!(log.is_log());
        assert_eq!(log.ticks(5), [0.001, 0.01, 0.1, 1.0]);
    }

    #[test]
    fn values_go_where_they_belong() {
        let axis = Axis::straight((0.0, 10.0), (100.0, 200.0));
        assert!((axis.at(5.0) - 150.0).abs() < 1e-9);
        assert!((axis.at(99.0) - 200.0).abs() < 1e-9, "kept within");
        let log = Axis::for_range(1.0, 10_000.0, (0.0, 100.0));
        assert!((log.at(100.0) - 50.0).abs() < 2.0);
    }

    #[test]
    fn hostile_ranges_stay_finite() {
        for (low, high) in [(0.0, 0.0), (1e-300, 1e300), (5.0, 5.0)] {
            let axis = Axis::for_range(low, high, (0.0, 10.0));
            assert!(
                axis.ticks(6).len() <= 101 && axis.at(high).is_finite(),
                "{low} {high}"
            );
        }
    }
}
