//! Which object is asked for: a rank by its popularity, rank 0 the most popular. Stands on `key`; `permutation` says
//! which object holds the rank.
//!
//! Not modelled: objects that are asked for together or soon again (but recorded requests have that), and a popularity that differs from place
//! to place.

mod counted;
mod zipf;

use super::key::Draw;
use counted::Counted;
use zipf::Zipf;

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
                Shape::Zipf(Zipf::new(items, exponent))
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
    Counted(Counted),
    Owned { owners: u64, popularity: Box<Ranks> },
}

impl Ranks {
    /// As often as their owners, among whom the objects are divided as evenly as can be, those of the most popular first. There are at
    /// least as many objects as owners.
    pub fn owned(items: u64, owners: u64, popularity: &Self) -> Self {
        let owners = owners.max(1);
        Self {
            items: items.max(owners),
            shape: Shape::Owned {
                owners,
                popularity: Box::new(popularity.clone()),
            },
        }
    }

    /// The first object of an owner.
    fn first_of(&self, owner: u64, owners: u64) -> u64 {
        let first = u128::from(owner) * u128::from(self.items) / u128::from(owners);
        u64::try_from(first).unwrap_or(self.items)
    }

    /// One of the objects of an owner, each as likely as the others.
    pub fn of_owner(&self, owner: u64, draw: &mut Draw) -> u64 {
        let Shape::Owned { owners, .. } = self.shape else {
            return self.rank(draw);
        };
        let owner = owner.min(owners - 1);
        let first = self.first_of(owner, owners);
        first + draw.below_wide(self.first_of(owner + 1, owners) - first)
    }

    fn share_of_owned(&self, k: u64, owners: u64, popularity: &Self) -> f64 {
        // The last owner whose objects do not begin beyond the first k.
        let owner = u128::from(k) * u128::from(owners) / u128::from(self.items);
        let owner = u64::try_from(owner).unwrap_or(0).min(owners - 1);
        let (first, end) = (
            self.first_of(owner, owners),
            self.first_of(owner + 1, owners),
        );
        let below = popularity.share_of_top(owner);
        let upto = popularity.share_of_top(owner + 1);
        let part = k.saturating_sub(first) as f64 / (end - first) as f64;
        below + (upto - below) * part.min(1.0)
    }

    /// As often as each object was asked for, the most popular first; one was at least once.
    pub fn counted(counts: &[u64]) -> Self {
        Self {
            items: counts.len() as u64,
            shape: Shape::Counted(Counted::new(counts)),
        }
    }

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
            Shape::Counted(counted) => counted.rank(draw),
            Shape::Owned { popularity, .. } => {
                let owner = popularity.rank(draw);
                self.of_owner(owner, draw)
            }
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
            Shape::Zipf(zipf) => zipf.share_of_top(top),
            Shape::Counted(counted) => counted.share_of_top(top),
            Shape::Owned { owners, popularity } => self.share_of_owned(top, *owners, popularity),
            Shape::HotSet { hot, requests } if top <= *hot => requests * top as f64 / *hot as f64,
            Shape::HotSet { hot, requests } => {
                requests + (1.0 - requests) * (top - hot) as f64 / (self.items - hot) as f64
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn what_was_counted_comes_out() {
        let ranks = Ranks::counted(&[60, 30, 9, 1, 0]);
        let seen = counts(&ranks, 5, 400_000);
        assert_eq!(seen[4], 0);
        let shares = [0.6, 0.3, 0.09, 0.01];
        let z = chi_square_z(&seen[..4], |rank| shares[rank]);
        assert!(z.abs() < 4.0, "counted: z = {z}");
        assert!((ranks.share_of_top(2) - 0.9).abs() < 1e-15);
        assert!(ranks.share_of_top(0) <= 0.0 && ranks.share_of_top(5) >= 1.0);
    }

    /// Seven objects of three owners: two, two and three.
    #[test]
    fn objects_are_as_popular_as_their_owners() {
        let owners = Popularity::Zipf { exponent: 1.0 }.over(3);
        let ranks = Ranks::owned(7, 3, &owners);
        let own = [6.0 / 11.0, 3.0 / 11.0, 2.0 / 11.0];
        let shares = [0, 0, 1, 1, 2, 2, 2].map(|owner| own[owner] / [2.0, 2.0, 3.0][owner]);
        let z = chi_square_z(&counts(&ranks, 7, 400_000), |rank| shares[rank]);
        assert!(z.abs() < 4.0, "owned: z = {z}");
        for k in 0..=7 {
            let exact: f64 = shares[..k].iter().sum();
            assert!((ranks.share_of_top(k as u64) - exact).abs() < 1e-12, "{k}");
        }
        // Of whom nobody asks for one has an object, too.
        let recorded = Ranks::owned(6, 3, &Ranks::counted(&[3, 1]));
        assert!((recorded.share_of_top(3) - 0.875).abs() < 1e-12);
        assert!(recorded.of_owner(2, &mut root(31, 0).draw(site(&["object"]))) >= 4);
        let key = root(31, 0).draw(site(&["object"]));
        let of = |owner| ranks.of_owner(owner, &mut key.clone());
        assert!(of(0) < 2 && (2..4).contains(&of(1)) && (4..7).contains(&of(2)));
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
