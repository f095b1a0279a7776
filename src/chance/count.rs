//! Random whole numbers: how many items a cart holds, how many calls a step makes. Stands on `key`, `ziggurat` and
//! `weights`.

use rand_distr::{Distribution, Poisson};

use super::key::Draw;
use super::weights::Weights;
use super::ziggurat::exp1;

/// The law of a whole number.
#[derive(Clone, PartialEq, Debug)]
pub enum Count {
    /// Always the same.
    Constant(u64),
    /// The number of failures before the first success (`from` 0) or the number of trials up to it (`from` 1).
    Geometric {
        /// At least `from`.
        mean: f64,
        /// The smallest value, 0 or 1: both conventions are in use, so it is always said.
        from: u64,
    },
    /// The number of events in a time in which `mean` are expected.
    Poisson {
        /// 0 or more.
        mean: f64,
    },
    /// Equally likely from one number to another, both included.
    Uniform {
        /// The smallest.
        from: u64,
        /// The largest, not below `from`.
        to: u64,
    },
    /// One of several numbers: (number, weight).
    Weighted(Vec<(u64, f64)>),
}

/// Up to here numbers keep all their digits as floating point, which moments and samplers need.
const LARGEST: u64 = 1 << 53;
/// More than that is no count of anything in one request.
const LARGEST_MEAN: f64 = 1e12;

impl Count {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// A sentence without a full stop that names the number and its range.
    pub fn check(&self) -> Result<(), String> {
        let mean_from = |least: f64, mean: f64| {
            let sound = mean >= least && mean <= LARGEST_MEAN;
            if sound {
                Ok(())
            } else {
                Err(format!(
                    "the mean lies between {least} and {LARGEST_MEAN:e}, not at {mean}"
                ))
            }
        };
        match self {
            Count::Geometric { from, .. } if *from > 1 => Err(format!(
                "a geometric count starts from 0 or from 1, not from {from}"
            )),
            Count::Geometric { mean, from } => mean_from(*from as f64, *mean),
            Count::Poisson { mean } => mean_from(0.0, *mean),
            Count::Uniform { from, to } if from > to => {
                Err(format!("`from` ({from}) lies above `to` ({to})"))
            }
            Count::Weighted(parts) => {
                Weights::new(&parts.iter().map(|(_, weight)| *weight).collect::<Vec<_>>())?;
                parts.iter().try_for_each(|(value, _)| bounded(*value))
            }
            Count::Constant(value) | Count::Uniform { to: value, .. } => bounded(*value),
        }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match self {
            Count::Constant(value) => *value as f64,
            Count::Geometric { mean, .. } | Count::Poisson { mean } => *mean,
            Count::Uniform { from, to } => 0.5 * (*from as f64 + *to as f64),
            Count::Weighted(parts) => weighted(parts, |value| value),
        }
    }

    /// The variance.
    pub fn variance(&self) -> f64 {
        match self {
            Count::Constant(_) => 0.0,
            Count::Geometric { mean, from } => {
                let failures = mean - *from as f64;
                failures * (1.0 + failures)
            }
            Count::Poisson { mean } => *mean,
            Count::Uniform { from, to } => {
                let numbers = (to - from) as f64 + 1.0;
                (numbers * numbers - 1.0) / 12.0
            }
            Count::Weighted(parts) => {
                let mean = self.mean();
                weighted(parts, |value| (value - mean) * (value - mean))
            }
        }
    }

    /// The law made ready to be drawn from.
    ///
    /// # Panics
    /// May panic on a law that does not pass [`Count::check`].
    pub fn sampler(&self) -> CountSampler {
        let form = match self {
            Count::Constant(value) => Form::Constant(*value),
            Count::Geometric { mean, from } => {
                let failures = mean - *from as f64;
                // P(one more failure) = failures / (1 + failures); its logarithm through log1p keeps a large mean exact.
                let steps = if failures > 0.0 {
                    1.0 / libm::log1p(1.0 / failures)
                } else {
                    0.0
                };
                Form::Geometric { from: *from, steps }
            }
            Count::Poisson { mean } if *mean <= MOST_COUNTED => Form::Poisson { mean: *mean },
            Count::Poisson { mean } => {
                let standard = Poisson::new(*mean).expect("`Count::check` bounds the mean");
                Form::PoissonLarge(Box::new(standard))
            }
            Count::Uniform { from, to } => Form::Uniform {
                from: *from,
                numbers: to - from + 1,
            },
            Count::Weighted(parts) => {
                let weights: Vec<f64> = parts.iter().map(|(_, weight)| *weight).collect();
                let weights =
                    Weights::new(&weights).expect("`Count::check` refuses weights that sum to 0");
                Form::Weighted(Box::new((
                    weights,
                    parts.iter().map(|(value, _)| *value).collect(),
                )))
            }
        };
        CountSampler { form }
    }
}

fn bounded(value: u64) -> Result<(), String> {
    if value <= LARGEST {
        Ok(())
    } else {
        Err(format!("a count is at most 2^53, not {value}"))
    }
}

fn weighted(parts: &[(u64, f64)], value: impl Fn(f64) -> f64) -> f64 {
    let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
    parts
        .iter()
        .map(|(number, weight)| weight * value(*number as f64))
        .sum::<f64>()
        / total
}

/// A count made ready to be drawn from; drawing allocates nothing.
#[derive(Clone, Debug)]
pub struct CountSampler {
    form: Form,
}

/// Up to this mean, events are counted one by one, and a larger mean counts the same events and more.
const MOST_COUNTED: f64 = 12.0;

#[derive(Clone, Debug)]
enum Form {
    Constant(u64),
    /// `steps` is the mean of the exponential whose whole part is the number of failures.
    Geometric {
        from: u64,
        steps: f64,
    },
    Poisson {
        mean: f64,
    },
    PoissonLarge(Box<Poisson<f64>>),
    Uniform {
        from: u64,
        numbers: u64,
    },
    Weighted(Box<(Weights, Box<[u64]>)>),
}

impl CountSampler {
    /// A number.
    #[inline]
    pub fn sample(&self, draw: &mut Draw) -> u64 {
        match &self.form {
            Form::Constant(value) => *value,
            Form::Geometric { from, steps } => from + (steps * exp1(draw)) as u64,
            Form::Poisson { mean } => events_within(*mean, draw),
            Form::PoissonLarge(standard) => standard.sample(draw) as u64,
            Form::Uniform { from, numbers } => from + draw.below_wide(*numbers),
            Form::Weighted(table) => table.1[table.0.pick(draw)],
        }
    }
}

/// How many events of a process of rate 1 happen within `time`.
fn events_within(time: f64, draw: &mut Draw) -> u64 {
    let mut events = 0;
    let mut now = exp1(draw);
    while now < time {
        events += 1;
        now += exp1(draw);
    }
    events
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::chance::key::{root, site};
    use crate::chance::trial::{Moments, chi_square_z, sample};

    #[test]
    fn every_count_has_its_moments() {
        let counts = [
            Count::Constant(7),
            Count::Geometric { mean: 0.0, from: 0 },
            Count::Geometric { mean: 1.0, from: 1 },
            Count::Geometric { mean: 2.5, from: 0 },
            Count::Geometric { mean: 2.5, from: 1 },
            Count::Geometric { mean: 1e6, from: 1 },
            Count::Poisson { mean: 0.0 },
            Count::Poisson { mean: 0.3 },
            Count::Poisson { mean: 11.0 },
            Count::Poisson { mean: 400.0 },
            Count::Uniform { from: 3, to: 3 },
            Count::Uniform { from: 3, to: 12 },
            Count::Weighted(vec![(1, 5.0), (2, 3.0), (40, 0.1), (9, 0.0)]),
        ];
        for (index, count) in counts.iter().enumerate() {
            count.check().unwrap();
            let sampler = count.sampler();
            let values = sample(root(51, index as u32), 1_000_000, |draw| {
                sampler.sample(draw) as f64
            });
            Moments::of(&values).assert_near(&format!("{count:?}"), count.mean(), count.variance());
        }
    }

    #[test]
    fn numbers_have_their_exact_probabilities() {
        let frequencies = |count: Count, cells: usize| {
            let (sampler, mut found) = (count.sampler(), vec![0u64; cells]);
            for i in 0..1_000_000 {
                let number = sampler.sample(&mut root(52, 0).numbered(i).draw(site(&["count"])));
                found[(number as usize).min(cells - 1)] += 1;
            }
            found
        };
        let single = |i: usize| 0.5f64.powf(i as f64 + 1.0);
        let found = frequencies(Count::Geometric { mean: 1.0, from: 0 }, 12);
        let z = chi_square_z(
            &found,
            |i| if i == 11 { 2.0 * single(11) } else { single(i) },
        );
        assert!(z.abs() < 4.0, "geometric: {z}");
        for mean in [2.0f64, 20.0] {
            let cells = 1 + (mean * 2.0) as usize + 5;
            let mut exact: Vec<f64> = (0..cells)
                .scan((-mean).exp(), |term, i| {
                    let now = *term;
                    *term *= mean / (i as f64 + 1.0);
                    Some(now)
                })
                .collect();
            exact[cells - 1] = 1.0 - exact[..cells - 1].iter().sum::<f64>();
            let z = chi_square_z(&frequencies(Count::Poisson { mean }, cells), |i| exact[i]);
            assert!(z.abs() < 4.0, "poisson {mean}: {z}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let table = [
            (Count::Geometric { mean: 3.0, from: 2 }, "0 or from 1"),
            (Count::Geometric { mean: 0.5, from: 1 }, "between 1"),
            (Count::Poisson { mean: f64::NAN }, "between 0"),
            (Count::Uniform { from: 2, to: 1 }, "lies above"),
            (Count::Weighted(vec![]), "nothing to choose"),
            (Count::Constant(u64::MAX), "2^53"),
        ];
        for (count, words) in table {
            let said = count.check().expect_err("nonsense passed");
            assert!(said.contains(words), "{count:?}: {said}");
        }
    }
}
