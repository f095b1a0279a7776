//! How a value is drawn. The laws that a model uses in every step are drawn in line; the rest stand behind one pointer
//! in `rare`.

use super::rare::Rare;
use super::{Law, fit};
use crate::chance::key::Draw;
use crate::chance::ziggurat::{exp1, normal};

/// A law made ready to be drawn from. Three words large; drawing allocates nothing and gives neither a negative value
/// nor NaN.
#[derive(Clone, Debug)]
pub struct Sampler {
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Constant(f64),
    Exponential { mean: f64 },
    Uniform { from: f64, width: f64 },
    Lognormal { median: f64, sigma: f64 },
    Rare(Box<Rare>),
}

impl Sampler {
    /// A value: a function of the words of `draw`, and of how many of them a rejection makes it read.
    #[inline]
    pub fn sample(&self, draw: &mut Draw) -> f64 {
        match &self.form {
            Form::Constant(value) => *value,
            Form::Exponential { mean } => mean * exp1(draw),
            Form::Uniform { from, width } => from + width * draw.unit(),
            Form::Lognormal { median, sigma } => median * libm::exp(sigma * normal(draw)),
            Form::Rare(rare) => rare.sample(draw),
        }
    }
}

impl Law {
    /// The law made ready to be drawn from.
    ///
    /// # Panics
    /// May panic on a law that does not pass [`Law::check`].
    pub fn sampler(&self) -> Sampler {
        let form = match self {
            Law::Constant(value) => Form::Constant(*value),
            Law::Exponential { mean } | Law::Erlang { mean, stages: 1 } => {
                Form::Exponential { mean: *mean }
            }
            Law::Uniform { from, to } => Form::Uniform {
                from: *from,
                width: to - from,
            },
            Law::Lognormal { mean, cv } => {
                let sigma = fit::lognormal_sigma(*cv);
                Form::Lognormal {
                    median: mean * libm::exp(-0.5 * sigma * sigma),
                    sigma,
                }
            }
            Law::LognormalQuantiles(points) => {
                let (median, sigma) = fit::lognormal_through(points);
                Form::Lognormal { median, sigma }
            }
            // No floating point number shows such a spread, and the shape would be infinite.
            Law::Gamma { mean, cv } | Law::Weibull { mean, cv } if *cv < 1e-8 => {
                Form::Constant(*mean)
            }
            other => Form::Rare(Box::new(Rare::of(other))),
        };
        Sampler { form }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::chance::key::{root, site};
    use crate::chance::trial::{Moments, kolmogorov_z, sample, standard_normal_cdf};

    /// One of every law, and whether its fourth moment is small enough for the variance of a sample to be judged.
    fn laws() -> Vec<(Law, bool)> {
        vec![
            (Law::Constant(3.5), true),
            (Law::Exponential { mean: 20.0 }, true),
            (Law::Uniform { from: 2.0, to: 7.0 }, true),
            (
                Law::Erlang {
                    mean: 5.0,
                    stages: 1,
                },
                true,
            ),
            (
                Law::Erlang {
                    mean: 5.0,
                    stages: 4,
                },
                true,
            ),
            (
                Law::Erlang {
                    mean: 5.0,
                    stages: 400,
                },
                true,
            ),
            (Law::Gamma { mean: 6.0, cv: 0.0 }, true),
            (Law::Gamma { mean: 6.0, cv: 0.7 }, true),
            (Law::Gamma { mean: 6.0, cv: 2.0 }, true),
            (
                Law::GammaShape {
                    shape: 1.0,
                    scale: 2.0,
                },
                true,
            ),
            (Law::Weibull { mean: 6.0, cv: 0.5 }, true),
            (Law::Weibull { mean: 6.0, cv: 1.8 }, true),
            (
                Law::WeibullShape {
                    shape: 1.5,
                    scale: 4.0,
                },
                true,
            ),
            (Law::HyperExponential { mean: 6.0, cv: 1.0 }, true),
            (Law::HyperExponential { mean: 6.0, cv: 3.0 }, true),
            (
                Law::HyperBranches(vec![(3.0, 1.0), (0.0, 1e9), (1.0, 9.0)]),
                true,
            ),
            (Law::Lognormal { mean: 8.0, cv: 0.8 }, true),
            (Law::Lognormal { mean: 8.0, cv: 0.0 }, true),
            (Law::LognormalQuantiles([(0.95, 30.0), (0.5, 10.0)]), true),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 9.0,
                    max: None,
                },
                true,
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 2.3,
                    max: None,
                },
                false,
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 0.5,
                    max: Some(40.0),
                },
                true,
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 1.0,
                    max: Some(40.0),
                },
                true,
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 2.0,
                    max: Some(40.0),
                },
                true,
            ),
            (Law::Coxian(vec![(1.0, 0.5), (4.0, 0.25), (9.0, 0.0)]), true),
            (
                Law::Mixture(vec![
                    (0.9, Law::Constant(1.0)),
                    (
                        0.1,
                        Law::Erlang {
                            mean: 30.0,
                            stages: 3,
                        },
                    ),
                ]),
                true,
            ),
            (
                Law::Sum(vec![
                    Law::Constant(5.0),
                    Law::Exponential { mean: 2.0 },
                    Law::Uniform { from: 0.0, to: 1.0 },
                ]),
                true,
            ),
            (Law::Values(vec![9.0, 1.0, 1.0, 4.0, 30.0]), true),
            (
                Law::Quantiles(vec![(0.0, 1.0), (0.5, 4.0), (0.9, 4.0), (1.0, 50.0)]),
                true,
            ),
        ]
    }

    #[test]
    fn every_law_has_its_moments() {
        for (index, (law, settled)) in laws().iter().enumerate() {
            law.check().unwrap();
            let sampler = law.sampler();
            let values = sample(root(41, index as u32), 1_000_000, |draw| {
                sampler.sample(draw)
            });
            assert!(
                values
                    .iter()
                    .all(|value| value.is_finite() && *value >= 0.0),
                "{law:?}"
            );
            let moments = Moments::of(&values);
            if *settled {
                moments.assert_near(&format!("{law:?}"), law.mean(), law.variance());
            } else {
                moments.assert_mean_near(&format!("{law:?}"), law.mean());
            }
        }
    }

    type Cdf = Box<dyn Fn(f64) -> f64>;

    #[test]
    fn laws_follow_their_distribution_functions() {
        let erlang = |stages: i32, x: f64| {
            let terms = (0..stages).scan(1.0, |term, i| {
                let now = *term;
                *term *= x / f64::from(i + 1);
                Some(now)
            });
            1.0 - (-x).exp() * terms.sum::<f64>()
        };
        let table: Vec<(Law, Cdf)> = vec![
            (
                Law::Exponential { mean: 3.0 },
                Box::new(|x| 1.0 - (-x / 3.0).exp()),
            ),
            (
                Law::Uniform { from: 2.0, to: 6.0 },
                Box::new(|x| (x - 2.0) / 4.0),
            ),
            (
                Law::Erlang {
                    mean: 3.0,
                    stages: 3,
                },
                Box::new(move |x| erlang(3, x)),
            ),
            (
                Law::Erlang {
                    mean: 40.0,
                    stages: 40,
                },
                Box::new(move |x| erlang(40, x)),
            ),
            (
                Law::GammaShape {
                    shape: 2.0,
                    scale: 1.0,
                },
                Box::new(move |x| erlang(2, x)),
            ),
            (
                Law::Lognormal { mean: 1.0, cv: 2.0 },
                Box::new(|x| {
                    let sigma2 = 5f64.ln();
                    standard_normal_cdf((x.ln() + 0.5 * sigma2) / sigma2.sqrt())
                }),
            ),
            (
                Law::WeibullShape {
                    shape: 0.7,
                    scale: 2.0,
                },
                Box::new(|x| 1.0 - (-(x / 2.0).powf(0.7)).exp()),
            ),
            (
                Law::HyperBranches(vec![(1.0, 1.0), (3.0, 5.0)]),
                Box::new(|x| 1.0 - 0.25 * (-x).exp() - 0.75 * (-x / 5.0).exp()),
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 1.5,
                    max: None,
                },
                Box::new(|x| 1.0 - (2.0 / x).powf(1.5)),
            ),
            (
                Law::Pareto {
                    min: 2.0,
                    shape: 1.5,
                    max: Some(8.0),
                },
                Box::new(|x| (1.0 - (2.0 / x).powf(1.5)) / (1.0 - 0.125)),
            ),
            (
                Law::Quantiles(vec![(0.0, 0.0), (0.5, 1.0), (1.0, 9.0)]),
                Box::new(|x| {
                    if x < 1.0 {
                        0.5 * x
                    } else {
                        0.5 + (x - 1.0) / 16.0
                    }
                }),
            ),
        ];
        for (index, (law, cdf)) in table.iter().enumerate() {
            let sampler = law.sampler();
            let mut values = sample(root(42, index as u32), 500_000, |draw| sampler.sample(draw));
            let z = kolmogorov_z(&mut values, cdf);
            assert!(z < 2.0, "{law:?}: {z}");
        }
    }

    #[test]
    fn percentiles_come_out_where_they_were_put_in() {
        for points in [[(0.5, 10.0), (0.99, 80.0)], [(0.95, 70.0), (0.9, 50.0)]] {
            let sampler = Law::LognormalQuantiles(points).sampler();
            let values = sample(root(43, 0), 1_000_000, |draw| sampler.sample(draw));
            for (p, value) in points {
                let below = values.iter().filter(|drawn| **drawn < value).count() as f64 / 1e6;
                assert!(
                    (below - p).abs() < 4.0 * (p * (1.0 - p) / 1e6).sqrt(),
                    "{below} below p{p}"
                );
            }
        }
    }

    #[test]
    fn two_scales_of_a_law_see_the_same_luck() {
        let here = site(&["demand"]);
        for (law, _) in laws() {
            let (one, two) = (law.sampler(), law.scaled(2.0).sampler());
            assert!(
                (law.scaled(2.0).mean() / law.mean() - 2.0).abs() < 1e-12,
                "{law:?}"
            );
            for i in 0..1000 {
                let draw = root(44, 0).numbered(i).draw(here);
                let (value, doubled) = (one.sample(&mut { draw }), two.sample(&mut { draw }));
                assert!(
                    (doubled - 2.0 * value).abs() <= 1e-12 * doubled,
                    "{law:?}: {value} and {doubled}"
                );
            }
        }
    }

    #[test]
    fn a_sampler_is_small() {
        assert!(size_of::<Sampler>() <= 24);
    }

    /// The bits themselves, so that a change of any sampler, or of a target, is seen.
    #[test]
    fn known_draws() {
        let draw = root(1, 0).numbered(5).draw(site(&["known"]));
        let bits = |law: Law| law.sampler().sample(&mut { draw }).to_bits();
        let known = [
            bits(Law::Exponential { mean: 1.0 }),
            bits(Law::Lognormal { mean: 1.0, cv: 1.0 }),
            bits(Law::Weibull { mean: 1.0, cv: 2.0 }),
            bits(Law::Pareto {
                min: 1.0,
                shape: 2.5,
                max: None,
            }),
        ];
        let expected = [
            4_591_085_217_829_190_138,
            4_606_265_012_797_659_626,
            4_574_353_584_359_219_739,
            4_607_345_833_693_991_644,
        ];
        assert_eq!(known, expected);
    }
}
