//! policy

pub mod arrive;
