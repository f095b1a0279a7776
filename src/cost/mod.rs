//! What machines cost: the catalogue. The bill itself is made in the analysis, from prices that the compiler has looked up here.

pub mod catalogue;
