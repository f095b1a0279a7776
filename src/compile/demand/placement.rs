//! How much each of several places is asked for when the object of a request decides: replicas by sessions or on a hash ring, shards,
//! partitions.
//!
//! What is known before a run is how popular objects are, not where luck puts them. So a typical placement stands for all: of many that
//! are drawn, the one whose busiest place has the median share.

use crate::chance::key::{Draw, root, site};
use crate::chance::popularity::Ranks;

/// How objects find their places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Dealt {
    /// One after the other, as they are first asked for: the popular ones first.
    InTurn,
    /// By a hash, each place as likely as the others.
    ByHash,
    /// By a hash ring with so many points for each place.
    OnRing(u32),
    /// The most popular, so many, in turn; the others by a hash.
    Listed(u32),
}

/// So many objects are placed one by one; the others are too many and too rare to matter.
const HEAVY: u64 = 2_048;
/// Placements that are drawn; odd, so that there is a middle one.
const TRIES: u64 = 31;
/// The same for more than [`MANY`] places.
const FEW_TRIES: u64 = 5;
const MANY: usize = 1_024;

/// The share of requests for each of so many places.
pub(super) fn shares(ranks: &Ranks, places: usize, dealt: Dealt) -> Vec<f64> {
    if places <= 1 {
        return vec![1.0; places];
    }
    if dealt == Dealt::InTurn {
        return one(ranks, places, dealt, 0);
    }
    // Of many places the busiest one's share hardly differs from try to try.
    let tries = if places > MANY { FEW_TRIES } else { TRIES };
    let mut tries: Vec<Vec<f64>> = (0..tries)
        .map(|number| one(ranks, places, dealt, number))
        .collect();
    let most = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
    tries.sort_by(|one, other| most(one).total_cmp(&most(other)));
    tries.swap_remove(tries.len() / 2)
}

/// One placement.
fn one(ranks: &Ranks, places: usize, dealt: Dealt, number: u64) -> Vec<f64> {
    let own = root(0, 0).child(site(&["typical placement"]), number);
    let mut draw = own.draw(site(&["places"]));
    let arcs = arcs(places, dealt, &mut draw);
    let ends = ends(&arcs);
    let mut shares = vec![0.0; places];
    let mut below = 0.0;
    let heavy = ranks.items().min(HEAVY);
    for rank in 0..heavy {
        let upto = ranks.share_of_top(rank + 1);
        let in_turn = match dealt {
            Dealt::InTurn => true,
            Dealt::Listed(most) => rank < u64::from(most),
            Dealt::ByHash | Dealt::OnRing(_) => false,
        };
        let place = if in_turn {
            (rank % places as u64) as usize
        } else {
            arc(&ends, draw.unit())
        };
        shares[place] += (upto - below).max(0.0);
        below = upto;
    }
    for (share, arc) in shares.iter_mut().zip(&arcs) {
        *share += (1.0 - below).max(0.0) * arc;
    }
    shares
}

/// The part of all hashes that belongs to each place.
fn arcs(places: usize, dealt: Dealt, draw: &mut Draw) -> Vec<f64> {
    let Dealt::OnRing(points) = dealt else {
        return vec![1.0 / places as f64; places];
    };
    // A place owns as many of the spacings between points as it has points: the shares are a Dirichlet law, gamma variables over
    // their sum (Devroye, Non-Uniform Random Variate Generation, 1986, ch. V).
    let gammas: Vec<f64> = (0..places).map(|_| gamma(points.max(1), draw)).collect();
    let sum: f64 = gammas.iter().sum();
    gammas.iter().map(|gamma| gamma / sum).collect()
}

/// A gamma variable of a whole shape: a sum of exponential ones, or nearly so for many (Wilson and Hilferty 1931).
fn gamma(shape: u32, draw: &mut Draw) -> f64 {
    if shape <= 16 {
        return (0..shape).map(|_| -libm::log(draw.open_unit())).sum();
    }
    let (one, other) = (draw.open_unit(), draw.unit());
    let normal = (-2.0 * libm::log(one)).sqrt() * libm::cos(std::f64::consts::TAU * other);
    let shape = f64::from(shape);
    let root = 1.0 - 1.0 / (9.0 * shape) + normal / (3.0 * shape.sqrt());
    shape * (root * root * root).max(0.0)
}

/// Where each arc ends.
fn ends(arcs: &[f64]) -> Vec<f64> {
    let mut end = 0.0;
    let next = |arc: &f64| {
        end += arc;
        end
    };
    arcs.iter().map(next).collect()
}

/// The arc that a point lies on.
fn arc(ends: &[f64], at: f64) -> usize {
    let place = ends.partition_point(|end| *end <= at);
    place.min(ends.len().saturating_sub(1))
}

/// Lets no place have more than this: what is too much goes to those who have room, evenly.
pub(super) fn at_most(shares: &mut [f64], most: f64) {
    for _ in 0..shares.len() {
        let excess: f64 = shares.iter().map(|share| (share - most).max(0.0)).sum();
        let below = shares.iter().filter(|share| **share < most).count();
        if excess < 1e-12 || below == 0 {
            return;
        }
        for share in shares.iter_mut() {
            *share = if *share < most {
                *share + excess / below as f64
            } else {
                most
            };
        }
    }
}

/// The share of requests that ask for the most popular object.
pub(super) fn hottest(ranks: &Ranks) -> f64 {
    let items = ranks.items();
    // Of a set whose cold objects are the more popular, one of these.
    let last = 1.0 - ranks.share_of_top(items.saturating_sub(1));
    ranks.share_of_top(1).max(last)
}

#[cfg(test)]
mod tests {
    use super::{Dealt, hottest, shares};
    use crate::chance::popularity::{Popularity, Ranks};

    fn two(hot: f64) -> Ranks {
        let popularity = Popularity::HotSet {
            items: 0.5,
            requests: hot,
        };
        popularity.over(2)
    }

    fn most(shares: &[f64]) -> f64 {
        assert!(
            (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9,
            "{shares:?}"
        );
        shares.iter().copied().fold(0.0, f64::max)
    }

    #[test]
    fn sessions_are_dealt_in_turn() {
        assert_eq!(
            shares(&two(0.9), 2, Dealt::InTurn),
            [0.9, 0.099_999_999_999_999_98]
        );
        assert!((hottest(&two(0.9)) - 0.9).abs() < 1e-12);
        assert!((hottest(&two(0.2)) - 0.8).abs() < 1e-12);
    }

    /// One of many objects is asked for half of the time: its place has that, and its part of the rest.
    #[test]
    fn the_place_of_a_hot_object_is_the_busiest() {
        let popularity = Popularity::HotSet {
            items: 1e-6,
            requests: 0.5,
        };
        let ranks = popularity.over(1_000_000);
        let busiest = most(&shares(&ranks, 4, Dealt::ByHash));
        assert!((busiest - 0.625).abs() < 1e-3, "{busiest}");
        let busiest = most(&shares(&ranks, 4, Dealt::Listed(1)));
        assert!((busiest - 0.625).abs() < 1e-3, "{busiest}");
    }

    /// The busiest of ten places with 100 points each has 1.16 times the mean (simulated: 1.07 to 1.28 on 95 % of rings).
    #[test]
    fn a_ring_is_as_uneven_as_rings_are() {
        let ranks = Popularity::Uniform.over(1_000_000_000);
        let busiest = most(&shares(&ranks, 10, Dealt::OnRing(100))) * 10.0;
        assert!((1.11..1.22).contains(&busiest), "{busiest}");
        let even = most(&shares(&ranks, 10, Dealt::ByHash));
        assert!((even - 0.1).abs() < 1e-3, "{even}");
    }
}
