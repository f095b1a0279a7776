//! Zipf ranks by rejection-inversion: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
//! monotone discrete distributions", ACM TOMACS 6(3), 1996. No table for any number of items, any exponent (0 is
//! uniform, 1 is nothing special), about one rejection in a hundred draws.

use crate::chance::key::Draw;
use std::fmt;
use std::sync::Arc;

/// Constants of the rejection-inversion, ranks counted from 1.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Zipf {
    items: f64,
    exponent: f64,
    /// The area from which ranks are drawn: of the hat from where rank 1 starts to items + ½.
    from: f64,
    width: f64,
    /// A rank this close above the drawn point is surely accepted.
    sure: f64,
    sums: Sums,
    /// Σ r^-exponent over all ranks.
    total: f64,
}

/// Σ r^-exponent for r = 1..=n, for the first thousand n: asked for thousands of times before anything runs.
#[derive(Clone, PartialEq)]
struct Sums(Arc<[f64]>);

/// They follow from the exponent: nothing to see.
impl fmt::Debug for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sums")
    }
}

impl Zipf {
    pub(super) fn new(items: u64, exponent: f64) -> Zipf {
        let items = items as f64;
        let from = area(1.5, exponent) - 1.0;
        let width = area(items + 0.5, exponent) - from;
        let sure = 2.0 - edge(area(2.5, exponent) - power(2.0, exponent), exponent);
        let sums = Sums::new(exponent);
        let total = sums.up_to(items as u64, exponent);
        Zipf {
            items,
            exponent,
            from,
            width,
            sure,
            sums,
            total,
        }
    }

    /// The share of the requests that ask for one of the `top` most popular.
    pub(super) fn share_of_top(&self, top: u64) -> f64 {
        self.sums.up_to(top, self.exponent) / self.total
    }

    /// Counted from 0.
    pub(super) fn rank(&self, draw: &mut Draw) -> u64 {
        loop {
            let drawn = self.from + draw.unit() * self.width;
            let point = edge(drawn, self.exponent);
            // The conversion cuts off the fraction, and takes what lies beyond every integer for the largest one.
            let rank = (((point + 0.5) as u64) as f64).clamp(1.0, self.items);
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

impl Sums {
    const ONE_BY_ONE: usize = 1000;

    /// Summed with what rounding loses carried on (Kahan 1965).
    fn new(exponent: f64) -> Self {
        let (mut sum, mut lost) = (0.0_f64, 0.0);
        let add = |rank: usize| {
            if rank > 0 {
                let more = power(rank as f64, exponent) - lost;
                let next = sum + more;
                lost = (next - sum) - more;
                sum = next;
            }
            sum
        };
        Self((0..=Self::ONE_BY_ONE).map(add).collect())
    }

    /// The first thousand one by one, the rest by the formula of Euler and Maclaurin, whose next term is then below 10⁻¹⁴ of the sum.
    fn up_to(&self, n: u64, exponent: f64) -> f64 {
        if let Some(exact) = usize::try_from(n).ok().and_then(|n| self.0.get(n)) {
            return *exact;
        }
        let exact = self.0[Self::ONE_BY_ONE];
        let (first, last) = (Self::ONE_BY_ONE as f64, n as f64);
        let slope = |x: f64| -exponent * power(x, exponent) / x;
        exact + area(last, exponent) - area(first, exponent)
            + 0.5 * (power(last, exponent) - power(first, exponent))
            + (slope(last) - slope(first)) / 12.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::key::{root, site};
    use crate::chance::trial::chi_square_z;

    #[test]
    fn zipf_ranks_have_their_exact_probabilities() {
        for exponent in [0.0, 0.5, 0.9, 0.999_999_999_9, 1.0, 1.2, 2.0, 5.0] {
            for items in [1u64, 2, 3, 10, 300] {
                let zipf = Zipf::new(items, exponent);
                let total: f64 = (1..=items).map(|rank| (rank as f64).powf(-exponent)).sum();
                // Cells so rare that chi-square does not hold are thrown together.
                let likely = |rank: &u64| (*rank as f64 + 1.0).powf(-exponent) / total * 4e5 > 10.0;
                let cells = (0..items).take_while(likely).count();
                if cells < 2 {
                    assert_eq!(zipf.rank(&mut root(31, 0).draw(site(&["object"]))), 0);
                    continue;
                }
                let mut found = vec![0; cells];
                for i in 0..400_000 {
                    let rank = zipf.rank(&mut root(31, 0).numbered(i).draw(site(&["object"])));
                    assert!(rank < items);
                    found[(rank as usize).min(cells - 1)] += 1;
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
    fn sums_agree_with_adding_up() {
        for exponent in [0.1, 0.5, 0.9, 1.0, 1.2, 2.0, 7.0, 20.0] {
            let n = 1_000_000u64;
            let slow: f64 = (1..=n)
                .rev()
                .map(|rank| (rank as f64).powf(-exponent))
                .sum();
            let off = Sums::new(exponent).up_to(n, exponent) / slow - 1.0;
            assert!(off.abs() < 1e-12, "exponent {exponent}: off by {off}");
        }
        // ζ(2) = π²/6, less the tail 1/n.
        let zeta = std::f64::consts::PI.powi(2) / 6.0 - 1e-9;
        assert!((Sums::new(2.0).up_to(1_000_000_000, 2.0) - zeta).abs() < 1e-13);
    }
}
