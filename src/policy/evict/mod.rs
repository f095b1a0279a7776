//! Which object a full cache throws out: one file per rule.
//!
//! Not modelled: memory that an implementation needs beside the objects, eviction in the background, and rules that look at samples only.

pub mod clock;
pub mod fifo;
pub mod lru;
pub mod random;
mod shelf;
pub mod sieve;
mod store;

use shelf::Shelf;
pub use store::{Found, Numbered, Store};

/// A rule of eviction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// What has been unused for longest.
    #[default]
    Lru,
    /// What was stored first.
    Fifo,
    /// Any.
    Random,
    /// What was stored first, with a second chance for what was found since.
    Clock,
    /// What a hand that moves towards the newest first meets unfound.
    Sieve,
}

impl Rule {
    /// An entry was found.
    #[inline]
    fn found(self, shelf: &mut Shelf, place: u32) {
        match self {
            Rule::Lru => lru::found(shelf, place),
            Rule::Fifo | Rule::Random => {}
            Rule::Clock | Rule::Sieve => shelf[place].found = true,
        }
    }

    /// An entry was stored.
    #[inline]
    fn join(self, shelf: &mut Shelf, place: u32) {
        match self {
            Rule::Random => random::join(shelf, place),
            Rule::Lru | Rule::Fifo | Rule::Clock | Rule::Sieve => shelf.link(place),
        }
    }

    /// An entry goes, for whatever reason.
    #[inline]
    fn leave(self, shelf: &mut Shelf, place: u32) {
        match self {
            Rule::Random => random::leave(shelf, place),
            Rule::Sieve => sieve::leave(shelf, place),
            Rule::Lru | Rule::Fifo | Rule::Clock => shelf.unlink(place),
        }
    }

    /// Which entry of a store that is not empty makes room.
    #[inline]
    fn victim(self, shelf: &mut Shelf) -> u32 {
        match self {
            Rule::Lru | Rule::Fifo => fifo::victim(shelf),
            Rule::Random => random::victim(shelf),
            Rule::Clock => clock::victim(shelf),
            Rule::Sieve => sieve::victim(shelf),
        }
    }

    /// After how many stays of an entry a full store has forgotten how it was filled: none under LRU, whose order is settled by then;
    /// five elsewhere, after which e⁻⁵ < 1 % of the difference is left under RANDOM.
    pub fn settling(self) -> f64 {
        match self {
            Rule::Lru => 0.0,
            Rule::Fifo | Rule::Random | Rule::Clock | Rule::Sieve => 5.0,
        }
    }

    /// Share of the time that an object is held, when it is asked for `asked` times on average within the characteristic time of
    /// its store: 1 - exp(-asked) under LRU (H. Che, Y. Tung and Z. Wang, "Hierarchical web caching systems", 2002), and
    /// asked/(1 + asked) under FIFO and RANDOM (V. Martina, M. Garetto and E. Leonardi, "A unified approach to the performance
    /// analysis of caching systems", 2014). Clock and SIEVE are taken for LRU, which they imitate.
    pub fn presence(self, asked: f64) -> f64 {
        match self {
            Rule::Lru | Rule::Clock | Rule::Sieve => -libm::expm1(-asked),
            Rule::Fifo | Rule::Random if asked.is_infinite() => 1.0,
            Rule::Fifo | Rule::Random => asked / (1.0 + asked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Rule, Store};
    use crate::chance::key::root;

    /// What a store of three holds of `a` to `h` after these were asked for, in turn, and stored when they were not there.
    pub(super) fn held(rule: Rule, asked: &str) -> String {
        let mut store = Store::new(rule, 3, u64::MAX, root(7, 0));
        for object in asked.bytes() {
            if store.find(u64::from(object), 0) == Found::Nothing {
                store.store(u64::from(object), 0, u64::MAX);
            }
        }
        let there = |&object: &u8| store.expiry(u64::from(object)).is_some();
        (b'a'..=b'h').filter(there).map(char::from).collect()
    }
}
