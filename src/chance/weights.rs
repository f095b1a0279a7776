//! One of several by weight, from one word. Stands on `key`; mixtures, mixes of a workload and weighted counts use it.
//!
//! Up to eight weights are compared one after the other (the branch-free scan is faster than any table and grows with
//! the word: a small change of the weights changes few picks); more go through an alias table: A. J. Walker 1977, built
//! after M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991.

use super::key::Draw;

/// Up to this many weights are scanned.
const FEW: usize = 8;

/// Shares of a whole, ready to be picked from.
#[derive(Clone, PartialEq, Debug)]
pub struct Weights {
    table: Table,
}

#[derive(Clone, PartialEq, Debug)]
enum Table {
    /// `upto[i]` is the share of all up to and with i; behind the last one stands a number no unit reaches.
    Few {
        upto: [f64; FEW],
    },
    Many {
        columns: Box<[Column]>,
    },
}

/// A column of the alias table, entered uniformly.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Column {
    /// Below this part of 2⁶⁴ the column stands for its own index. [1/2⁶⁴ of a column]
    own: u64,
    /// Above it, for this one.
    other: u32,
}

impl Weights {
    /// Takes weights in any unit; only their ratios matter.
    ///
    /// # Errors
    /// When there is none (or more than 2³² - 1), one is negative or not finite, or all are 0.
    pub fn new(weights: &[f64]) -> Result<Weights, String> {
        if weights.is_empty() {
            return Err("there is nothing to choose from".into());
        }
        if u32::try_from(weights.len()).is_err() {
            return Err(format!(
                "{} weights are more than can be chosen from",
                weights.len()
            ));
        }
        if let Some(bad) = weights
            .iter()
            .find(|weight| !weight.is_finite() || **weight < 0.0)
        {
            return Err(format!("the weight {bad} is not a number of at least 0"));
        }
        // Divided by the largest first, so that no sum of huge weights overflows.
        let largest = weights
            .iter()
            .fold(0.0, |most: f64, weight| most.max(*weight));
        if largest == 0.0 {
            return Err("all weights are 0".into());
        }
        let total: f64 = weights.iter().map(|weight| weight / largest).sum();
        let shares: Vec<f64> = weights
            .iter()
            .map(|weight| weight / largest / total)
            .collect();
        let table = if shares.len() <= FEW {
            few(&shares)
        } else {
            many(&shares)
        };
        Ok(Weights { table })
    }

    /// The index of one of the weights. One that is 0 is never picked.
    #[inline]
    pub fn pick(&self, draw: &mut Draw) -> usize {
        match &self.table {
            Table::Few { upto } => {
                let unit = draw.unit();
                upto.iter().map(|upto| usize::from(unit >= *upto)).sum()
            }
            Table::Many { columns } => {
                let product = u128::from(draw.word()) * columns.len() as u128;
                let index = (product >> 64) as usize;
                let column = columns[index];
                if (product as u64) < column.own {
                    index
                } else {
                    column.other as usize
                }
            }
        }
    }
}

fn few(shares: &[f64]) -> Table {
    let mut upto = [2.0; FEW];
    let mut sum = 0.0;
    for (upto, share) in upto.iter_mut().zip(shares) {
        sum += share;
        *upto = sum;
    }
    // Rounding must not leave a crack above the last one that can be picked.
    if let Some(last) = shares.iter().rposition(|share| *share > 0.0) {
        upto[last..shares.len()].fill(2.0);
    }
    Table::Few { upto }
}

fn many(shares: &[f64]) -> Table {
    let mut filling: Vec<f64> = shares
        .iter()
        .map(|share| share * shares.len() as f64)
        .collect();
    let mut columns: Vec<Column> = (0..shares.len())
        .map(|index| Column {
            own: u64::MAX,
            other: index as u32,
        })
        .collect();
    let (mut short, mut tall): (Vec<usize>, Vec<usize>) =
        (0..shares.len()).partition(|index| filling[*index] < 1.0);
    while let (Some(low), Some(high)) = (short.pop(), tall.last().copied()) {
        columns[low] = Column {
            own: (filling[low] * TWO_TO_64) as u64,
            other: high as u32,
        };
        filling[high] -= 1.0 - filling[low];
        if filling[high] < 1.0 {
            tall.pop();
            short.push(high);
        }
    }
    Table::Many {
        columns: columns.into(),
    }
}

const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::chance::key::{root, site};
    use crate::chance::trial::chi_square_z;

    fn frequencies(weights: &[f64]) -> Vec<u64> {
        let table = Weights::new(weights).unwrap();
        let mut counts = vec![0; weights.len()];
        for i in 0..1_000_000 {
            counts[table.pick(&mut root(21, 0).numbered(i).draw(site(&["pick"])))] += 1;
        }
        counts
    }

    #[test]
    fn picks_in_proportion() {
        for n in [2, 3, 8, 9, 40] {
            let weights: Vec<f64> = (0..n).map(|i| 1.0 + f64::from(i * i % 7)).collect();
            let total: f64 = weights.iter().sum();
            let z = chi_square_z(&frequencies(&weights), |i| weights[i] / total);
            assert!(z.abs() < 4.0, "{n} weights: z = {z}");
        }
    }

    #[test]
    fn zero_is_never_picked_wherever_it_stands() {
        for n in [3, 8, 9, 20] {
            for zero in [0, 1, n - 1] {
                let mut weights = vec![0.1; n];
                weights[zero] = 0.0;
                assert_eq!(frequencies(&weights)[zero], 0, "{n} weights, {zero} is 0");
            }
        }
        let mut only_one = vec![0.0; 30];
        only_one[17] = 3.0;
        assert_eq!(frequencies(&only_one)[17], 1_000_000);
        assert_eq!(frequencies(&[5.0]), [1_000_000]);
    }

    #[test]
    fn a_small_change_of_few_weights_moves_few_picks() {
        let (before, after) = (
            Weights::new(&[80.0, 20.0]).unwrap(),
            Weights::new(&[81.0, 19.0]).unwrap(),
        );
        let moved = (0..100_000).filter(|i| {
            let draw = root(22, 0).numbered(*i).draw(site(&["hit"]));
            before.pick(&mut { draw }) != after.pick(&mut { draw })
        });
        assert!((moved.count() as f64 - 1000.0).abs() < 4.0 * 1000f64.sqrt());
    }

    #[test]
    fn huge_and_tiny_weights_are_fine() {
        assert!(Weights::new(&[f64::MAX, f64::MAX]).is_ok());
        assert!(Weights::new(&[f64::MIN_POSITIVE; 12]).is_ok());
    }

    #[test]
    fn nonsense_is_refused() {
        for weights in [
            &[][..],
            &[0.0, 0.0],
            &[1.0, -1.0],
            &[f64::NAN],
            &[f64::INFINITY, 1.0],
        ] {
            assert!(Weights::new(weights).is_err(), "{weights:?}");
        }
    }
}
