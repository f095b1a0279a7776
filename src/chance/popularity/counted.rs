//! A popularity that was counted: object k was asked for so many times.

use crate::chance::key::Draw;
use std::fmt;
use std::sync::Arc;

/// How often each object was asked for, summed up from the most popular on.
#[derive(Clone, PartialEq)]
pub(super) struct Counted {
    sums: Arc<[u64]>,
}

impl Counted {
    /// Of counts that do not rise; at least one is above 0.
    pub(super) fn new(counts: &[u64]) -> Self {
        let mut sum = 0;
        let add = |count: &u64| {
            sum += count;
            sum
        };
        Self {
            sums: counts.iter().map(add).collect(),
        }
    }

    fn total(&self) -> u64 {
        self.sums.last().copied().unwrap_or(1)
    }

    pub(super) fn rank(&self, draw: &mut Draw) -> u64 {
        let asked = draw.below_wide(self.total());
        self.sums.partition_point(|&sum| sum <= asked) as u64
    }

    pub(super) fn share_of_top(&self, k: u64) -> f64 {
        match usize::try_from(k) {
            Ok(0) => 0.0,
            Ok(k) => {
                self.sums.get(k - 1).copied().unwrap_or(self.total()) as f64 / self.total() as f64
            }
            Err(_) => 1.0,
        }
    }
}

/// Too long to be shown whole.
impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counted({} of {})", self.total(), self.sums.len())
    }
}
