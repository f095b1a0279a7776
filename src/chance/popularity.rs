//! Which object is asked for: a rank by its popularity, rank 0 the most popular. Stands on `key`; `permutation` says
//! which object holds the rank.
//!
//! Zipf ranks come by rejection-inversion: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
//! monotone discrete distributions", ACM TOMACS 6(3), 1996. It needs no table for any number of items, takes any
//! exponent (0 is uniform, 1 is nothing special) and rejects less than once in five draws.

use super::key::Draw;

/// A law of popularity, as it is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Popularity {
    /// Every object is asked for equally often.
    Uniform,
    /// The object of rank r (counted from 1) is asked for in proportion to `r^-exponent`.
    Zipf {
        /// Skew, from 0 (none) to 20. Web objects lie between 0.6 and 1.1 (Breslau et al. 1999).
        exponent: f64,
    },
    /// A few hot objects share most of the requests equally, the cold ones share the rest equally.
    HotSet {
        /// Share of the objects that are hot, above 0 and at most 1. At least one object is.
        items: f64,
        /// Share of the requests that ask for a hot object, 0 to 1.
        requests: f64,
    },
}

/// Beyond this the first object has all the requests but one in a million, and a number was probably mistaken.
const STEEPEST: f64 = 20.0;

impl Popularity {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// A sentence without a full stop that names the number and its range.
    pub fn check(&self) -> Result<(), String> {
        match *self {
            Popularity::Zipf { exponent } if !(0.0..=STEEPEST).contains(&exponent) => Err(format!(
                "the exponent of a zipf popularity lies between 0 and {STEEPEST}, not at {exponent}"
            )),
            Popularity::HotSet { items, .. } if !(items > 0.0 && items <= 1.0) => Err(format!(
                "the share of hot items lies above 0 and is at most 1, not {items}"
            )),
            Popularity::HotSet { requests, .. } if !(0.0..=1.0).contains(&requests) => {
                Err(format!(
                    "the share of requests for hot items lies between 0 and 1, not at {requests}"
                ))
            }
            _ => Ok(()),
        }
    }

    /// The law over a number of objects (0 counts as 1), ready to be drawn from.
    pub fn over(&self, items: u64) -> Ranks {
        let items = items.max(1);
        let shape = match *self {
            Popularity::Zipf { exponent } if exponent > 0.0 => {
                Shape::Zipf(Zipf::new(items as f64, exponent))
            }
            Popularity::HotSet {
                items: share,
                requests,
            } => {
                let hot = ((share * items as f64).round() as u64).clamp(1, items);
                // Where all are hot there is nobody to ask for the rest.
                Shape::HotSet {
                    hot,
                    requests: if hot == items { 1.0 } else { requests },
                }
            }
            Popularity::Uniform | Popularity::Zipf { .. } => Shape::Uniform,
        };
        Ranks { items, shape }
    }
}

/// A popularity over a number of objects: gives ranks, knows shares. A few words of memory whatever the number.
#[derive(Clone, PartialEq, Debug)]
pub struct Ranks {
    items: u64,
    shape: Shape,
}

#[derive(Clone, PartialEq, Debug)]
enum Shape {
    Uniform,
    Zipf(Zipf),
    HotSet { hot: u64, requests: f64 },
}

impl Ranks {
    /// The number of objects.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// The rank that is asked for, 0 the most popular; below [`Ranks::items`].
    #[inline]
    pub fn rank(&self, draw: &mut Draw) -> u64 {
        match &self.shape {
            Shape::Uniform => draw.below_wide(self.items),
            Shape::Zipf(zipf) => zipf.rank(draw),
            Shape::HotSet { hot, requests } => {
                let unit = draw.unit();
                if unit < *requests {
                    ((unit / requests * *hot as f64) as u64).min(hot - 1)
                } else {
                    let cold = self.items - hot;
                    hot + (((unit - requests) / (1.0 - requests) * cold as f64) as u64)
                        .min(cold - 1)
                }
            }
        }
    }

    /// The share of all requests that ask for one of the `k` most popular objects: what a cache of `k` objects could
    /// answer at best.
    pub fn share_of_top(&self, k: u64) -> f64 {
        let top = k.min(self.items);
        match &self.shape {
            _ if top == self.items => 1.0,
            Shape::Uniform => top as f64 / self.items as f64,
            Shape::Zipf(zipf) => {
                power_sum(top, zipf.exponent) / power_sum(self.items, zipf.exponent)
            }
            Shape::HotSet { hot, requests } if top <= *hot => requests * top as f64 / *hot as f64,
            Shape::HotSet { hot, requests } => {
                requests + (1.0 - requests) * (top - hot) as f64 / (self.items - hot) as f64
            }
        }
    }
}

/// Constants of the rejection-inversion, ranks counted from 1.
#[derive(Clone, PartialEq, Debug)]
struct Zipf {
    items: f64,
    exponent: f64,
    /// The area from which ranks are drawn: of the hat from where rank 1 starts to items + ½.
    from: f64,
    width: f64,
    /// A rank this close above the drawn point is surely accepted.
    sure: f64,
}

impl Zipf {
    fn new(items: f64, exponent: f64) -> Zipf {
        let from = area(1.5, exponent) - 1.0;
        let width = area(items + 0.5, exponent) - from;
        let sure = 2.0 - edge(area(2.5, exponent) - power(2.0, exponent), exponent);
        Zipf {
            items,
            exponent,
            from,
            width,
            sure,
        }
    }

    fn rank(&self, draw: &mut Draw) -> u64 {
        loop {
            let drawn = self.from + draw.unit() * self.width;
            let point = edge(drawn, self.exponent);
            let rank = (point + 0.5).floor().clamp(1.0, self.items);
            if rank - point <= self.sure
                || drawn >= area(rank + 0.5, self.exponent) - power(rank, self.exponent)
            {
                return rank as u64 - 1;
            }
        }
    }
}

/// x^-exponent.
fn power(x: f64, exponent: f64) -> f64 {
    libm::exp(-exponent * libm::log(x))
}

/// The integral of `power` from 1 to x, without loss as the exponent passes through 1.
fn area(x: f64, exponent: f64) -> f64 {
    let log = libm::log(x);
    let bend = (1.0 - exponent) * log;
    if bend.abs() < 1e-9 {
        log * (1.0 + 0.5 * bend)
    } else {
        log * (libm::expm1(bend) / bend)
    }
}

/// The x up to which `area` is this: its inverse.
fn edge(area: f64, exponent: f64) -> f64 {
    let bend = ((1.0 - exponent) * area).max(-1.0);
    libm::exp(if bend.abs() < 1e-9 {
        area * (1.0 - 0.5 * bend)
    } else {
        area * (libm::log1p(bend) / bend)
    })
}

/// Σ r^-exponent for r = 1..=n: the first thousand one by one, the rest by the formula of Euler and Maclaurin, whose
/// next term is then below 10⁻¹⁴ of the sum.
fn power_sum(n: u64, exponent: f64) -> f64 {
    const ONE_BY_ONE: u64 = 1000;
    let exact: f64 = (1..=n.min(ONE_BY_ONE))
        .rev()
        .map(|rank| power(rank as f64, exponent))
        .sum();
    if n <= ONE_BY_ONE {
        return exact;
    }
    let (first, last) = (ONE_BY_ONE as f64, n as f64);
    let slope = |x: f64| -exponent * power(x, exponent) / x;
    let third = |x: f64| slope(x) * (exponent + 1.0) * (exponent + 2.0) / (x * x);
    exact + area(last, exponent) - area(first, exponent)
        + 0.5 * (power(last, exponent) - power(first, exponent))
        + (slope(last) - slope(first)) / 12.0
        - (third(last) - third(first)) / 720.0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::chance::key::{root, site};
    use crate::chance::trial::chi_square_z;

    fn counts(ranks: &Ranks, cells: usize, n: u64) -> Vec<u64> {
        let mut counts = vec![0; cells];
        for i in 0..n {
            let rank = ranks.rank(&mut root(31, 0).numbered(i).draw(site(&["object"])));
            assert!(rank < ranks.items());
            counts[(rank as usize).min(cells - 1)] += 1;
        }
        counts
    }

    #[test]
    fn zipf_ranks_have_their_exact_probabilities() {
        for exponent in [0.0, 0.5, 0.9, 0.999_999_999_9, 1.0, 1.2, 2.0, 5.0] {
            for items in [1u64, 2, 3, 10, 300] {
                let ranks = Popularity::Zipf { exponent }.over(items);
                let total: f64 = (1..=items).map(|rank| (rank as f64).powf(-exponent)).sum();
                // Cells so rare that chi-square does not hold are thrown together.
                let likely = |rank: &u64| (*rank as f64 + 1.0).powf(-exponent) / total * 4e5 > 10.0;
                let cells = (0..items).take_while(likely).count();
                let found = counts(&ranks, cells, 400_000);
                if cells < 2 {
                    continue;
                }
                let single = |rank: usize| (rank as f64 + 1.0).powf(-exponent) / total;
                let rest = 1.0 - (0..cells - 1).map(single).sum::<f64>();
                let z = chi_square_z(&found, |cell| {
                    if cell + 1 == cells {
                        rest
                    } else {
                        single(cell)
                    }
                });
                assert!(z < 4.0, "zipf {exponent} of {items}: z = {z}");
            }
        }
    }

    #[test]
    fn a_thousand_million_items_follow_the_shares() {
        for exponent in [0.5, 0.9, 1.0, 1.2] {
            let ranks = Popularity::Zipf { exponent }.over(1_000_000_000);
            let bounds = [
                1u64,
                2,
                10,
                1000,
                100_000,
                10_000_000,
                300_000_000,
                1_000_000_000,
            ];
            let shares: Vec<f64> = bounds.iter().map(|k| ranks.share_of_top(*k)).collect();
            let mut found = vec![0u64; bounds.len()];
            for i in 0..400_000 {
                let rank = ranks.rank(&mut root(32, 0).numbered(i).draw(site(&["object"])));
                found[bounds.partition_point(|bound| *bound <= rank)] += 1;
            }
            let z = chi_square_z(&found, |cell| {
                shares[cell] - if cell == 0 { 0.0 } else { shares[cell - 1] }
            });
            assert!(z < 4.0, "zipf {exponent}: z = {z}, {found:?}");
        }
    }

    #[test]
    fn sums_agree_with_adding_up() {
        for exponent in [0.1, 0.5, 0.9, 1.0, 1.2, 2.0, 7.0, 20.0] {
            let n = 1_000_000u64;
            let slow: f64 = (1..=n)
                .rev()
                .map(|rank| (rank as f64).powf(-exponent))
                .sum();
            let off = power_sum(n, exponent) / slow - 1.0;
            assert!(off.abs() < 1e-12, "exponent {exponent}: off by {off}");
        }
        // ζ(2) = π²/6, less the tail 1/n.
        let zeta = std::f64::consts::PI.powi(2) / 6.0 - 1e-9;
        assert!((power_sum(1_000_000_000, 2.0) - zeta).abs() < 1e-13);
    }

    #[test]
    fn uniform_and_hot_sets_follow_their_shares() {
        let z = chi_square_z(&counts(&Popularity::Uniform.over(50), 50, 400_000), |_| {
            0.02
        });
        assert!(z.abs() < 4.0, "uniform: z = {z}");
        let hot = Popularity::HotSet {
            items: 0.2,
            requests: 0.9,
        }
        .over(50);
        let z = chi_square_z(&counts(&hot, 50, 400_000), |rank| {
            if rank < 10 { 0.09 } else { 0.0025 }
        });
        assert!(z.abs() < 4.0, "hot set: z = {z}");
        assert!((hot.share_of_top(5) - 0.45).abs() < 1e-15);
        assert!((hot.share_of_top(30) - 0.95).abs() < 1e-15);
        for requests in [0.0, 1.0] {
            let found = counts(
                &Popularity::HotSet {
                    items: 0.5,
                    requests,
                }
                .over(2),
                2,
                1000,
            );
            assert_eq!(found[0], if requests > 0.5 { 1000 } else { 0 });
        }
        let all = counts(
            &Popularity::HotSet {
                items: 1.0,
                requests: 0.5,
            }
            .over(4),
            4,
            400_000,
        );
        assert!(chi_square_z(&all, |_| 0.25).abs() < 4.0);
        let hottest = Popularity::HotSet {
            items: 0.001,
            requests: 0.5,
        }
        .over(10)
        .share_of_top(1);
        assert!((hottest - 0.5).abs() < 1e-15);
    }

    #[test]
    fn shares_grow_to_the_whole() {
        let ranks = Popularity::Zipf { exponent: 0.9 }.over(5000);
        let shares: Vec<f64> = (0..=5100).map(|k| ranks.share_of_top(k)).collect();
        assert!(
            shares.is_sorted()
                && shares[0] <= 0.0
                && shares[5000..].iter().all(|share| *share >= 1.0)
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [-0.1, 20.1, f64::NAN, f64::INFINITY] {
            assert!(Popularity::Zipf { exponent: bad }.check().is_err());
            assert!(
                Popularity::HotSet {
                    items: bad,
                    requests: 0.5
                }
                .check()
                .is_err()
            );
            assert!(
                Popularity::HotSet {
                    items: 0.5,
                    requests: bad
                }
                .check()
                .is_err()
            );
        }
        assert!(
            Popularity::HotSet {
                items: 0.0,
                requests: 0.5
            }
            .check()
            .is_err()
        );
        assert!(Popularity::Zipf { exponent: 0.0 }.check().is_ok());
    }
}
