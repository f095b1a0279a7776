//! Quantities: a number and what it is a number of, as people write them and as reports print them.
//!
//! First room of the house: it imports nothing. Each file holds one family, parsed with [`std::str::FromStr`] and
//! printed so that reading the print gives the same value again. `m` is a minute and `M` a million; a bare number is
//! an error wherever a unit belongs, unless it is 0.

mod money;
mod problem;
mod rate;
mod ratio;
mod size;
mod text;
mod time;

pub mod format;

pub use money::{Currency, MoneyRate, Per};
pub use problem::{Dimension, Problem, QuantityError};
pub use rate::Rate;
pub use ratio::{Count, Factor, Share, number};
pub use size::{Bandwidth, Size};
pub use text::is_dimensionless;
pub use time::Duration;
