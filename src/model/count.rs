//! Random whole numbers as they are written: how often to repeat, how many arrive together.

use crate::source::{At, Place};

/// A whole number, fixed or random.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    /// Always this.
    Constant(u64),
    /// `geometric: { mean, from }`: tries until a success, `from` 1 counts the success and `from` 0 does not.
    Geometric {
        /// Its mean.
        mean: f64,
        /// Its least value: 0 or 1.
        from: u64,
    },
    /// `poisson: { mean }`.
    Poisson {
        /// Its mean.
        mean: f64,
    },
    /// `uniform: { from, to }`: any whole number between, both included, all alike.
    Uniform {
        /// The least.
        from: u64,
        /// The greatest.
        to: u64,
    },
    /// `weighted: { 1: 5, 2: 3 }`: the number and its weight, in ascending order of numbers.
    Weighted(Vec<(u64, f64)>),
    /// `attribute: a`: the number that the request carries.
    Attribute(At<String>),
    /// `unlimited`: for ever, until a `stop`; only for `repeat`.
    Unlimited,
}

/// A count together with where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct CountLaw {
    /// The count.
    pub law: Count,
    /// Where it stands.
    pub place: Place,
}
