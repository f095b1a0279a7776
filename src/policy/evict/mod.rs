//! Which object a full cache throws out: one file per rule.

pub mod lru;

pub use lru::Lru;
