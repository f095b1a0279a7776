//! The command `scaleproof`.
fn main() {}
