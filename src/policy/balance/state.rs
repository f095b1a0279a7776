//! What a balancer remembers from request to request.

use super::ring::Ring;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

/// One row of a balancer's memory: for all callers of a zone, or for one caller.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Whose turn it is.
    pub turn: u32,
    /// One number or a few for each candidate.
    pub numbers: Vec<f64>,
    /// The ring that this replication has drawn, where the rule goes by one; all rows of a pool have the same.
    pub ring: Arc<Ring>,
    /// Where objects were sent before.
    pub homes: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
}

/// The keys of `homes` are hashes already.
#[derive(Debug, Default)]
pub struct Hashed(u64);

impl std::hash::Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl State {
    /// So many numbers at least, new ones 0.
    #[inline]
    pub(super) fn numbers(&mut self, count: usize) -> &mut [f64] {
        if self.numbers.len() < count {
            self.numbers.resize(count, 0.0);
        }
        &mut self.numbers[..count]
    }
}
