//! Which object a full cache throws out: one file per rule.
//!
//! Not modelled: memory that an implementation needs beside the objects, eviction in the background, and rules that look at samples only.
//!
//! A [`Store`] finds its objects on a `Shelf`, whose lists all rules share; an `Order` is a rule at work. A rule that remembers what it
//! threw out keeps it on the shelf as well, on a list of ghosts.

pub mod arc;
pub mod clock;
pub mod fifo;
pub mod gdsf;
mod index;
pub mod lfu;
pub mod lru;
mod order;
pub mod random;
pub mod s3_fifo;
mod shelf;
pub mod sieve;
mod sketch;
pub mod slru;
mod store;
pub mod two_queue;
pub mod w_tinylfu;

pub use slru::{MOST_SEGMENTS, Segments};
pub use store::{Found, Numbered, NumberedSet, Store};

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
    /// What was asked for least often since it was stored.
    Lfu,
    /// What is worth least: seldom asked for, large, and not of late.
    Gdsf,
    /// What is on the lowest segment, by disuse; what is found rises.
    Slru(Segments),
    /// What is new; what comes back after that is held in LRU order.
    TwoQueue,
    /// What was asked for once or what was asked for again, as it turns out.
    Arc,
    /// What was hardly found in a small queue, or not at all in a large one.
    S3Fifo,
    /// Of two, what a sketch says was asked for less.
    TinyLfu,
}

impl Rule {
    /// How many objects it remembers beside those that a full store holds, as a share of these.
    fn remembers(self) -> f64 {
        match self {
            Rule::Arc => 1.0,
            Rule::TwoQueue => two_queue::MOST_FALLEN as f64 / 100.0,
            Rule::S3Fifo => s3_fifo::MOST_FALLEN as f64 / 100.0,
            _ => 0.0,
        }
    }

    /// After how many stays of an entry a full store has forgotten how it was filled: none under LRU, whose order is settled by then;
    /// five elsewhere, after which e⁻⁵ < 1 % of the difference is left under RANDOM.
    pub fn settling(self) -> f64 {
        match self {
            Rule::Lru => 0.0,
            _ => 5.0,
        }
    }

    /// After how many stays of an entry a store that began empty holds what it will hold in the long run, roughly: measured with room for
    /// 100 of 10,000 objects of Zipf's law with exponent 1. Rules that throw out what is new learn slowly what is popular.
    pub fn learning(self) -> f64 {
        match self {
            Rule::Lru => 0.0,
            Rule::Fifo | Rule::Random | Rule::Clock => 5.0,
            Rule::Lfu | Rule::TinyLfu => 10.0,
            Rule::TwoQueue => 30.0,
            Rule::Gdsf | Rule::Slru(_) | Rule::Arc | Rule::S3Fifo => 60.0,
            Rule::Sieve => 250.0,
        }
    }

    /// Whether [`Self::presence`] tells what is found to within a few per cent; of other rules only a trial does.
    pub fn has_formula(self) -> bool {
        match self {
            Rule::Lru | Rule::Fifo | Rule::Random | Rule::Clock => true,
            Rule::Lfu
            | Rule::Gdsf
            | Rule::TinyLfu
            | Rule::Sieve
            | Rule::Slru(_)
            | Rule::TwoQueue
            | Rule::Arc
            | Rule::S3Fifo => false,
        }
    }

    /// Share of the time that an object is held, when it is asked for `asked` times on average within the characteristic time of
    /// its store: 1 - exp(-asked) under LRU (H. Che, Y. Tung and Z. Wang, "Hierarchical web caching systems", 2002), and
    /// asked/(1 + asked) under FIFO and RANDOM (V. Martina, M. Garetto and E. Leonardi, "A unified approach to the performance
    /// analysis of caching systems", 2014). Under LFU, GDSF and W-TinyLFU the most popular are held, and no others. The rest is taken
    /// for LRU, which it imitates or improves on.
    pub fn presence(self, asked: f64) -> f64 {
        match self {
            Rule::Lfu | Rule::Gdsf | Rule::TinyLfu => f64::from(u8::from(asked >= 1.0)),
            Rule::Fifo | Rule::Random if asked.is_infinite() => 1.0,
            Rule::Fifo | Rule::Random => asked / (1.0 + asked),
            Rule::Lru
            | Rule::Clock
            | Rule::Sieve
            | Rule::Slru(_)
            | Rule::TwoQueue
            | Rule::Arc
            | Rule::S3Fifo => -libm::expm1(-asked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Rule, Segments, Store};
    use crate::chance::key::{root, site};

    /// What a store of three holds of `a` to `h` after these were asked for, in turn, and stored when they were not there.
    pub(super) fn held(rule: Rule, asked: &str) -> String {
        held_of(3, rule, asked)
    }

    /// The same for a store of any size.
    pub(super) fn held_of(items: u64, rule: Rule, asked: &str) -> String {
        let mut store = Store::new(rule, items, u64::MAX, root(7, 0));
        for object in asked.bytes() {
            if store.find(u64::from(object), 0) == Found::Nothing {
                store.store(u64::from(object), 0, u64::MAX);
            }
        }
        let there = |&object: &u8| store.expiry(u64::from(object)).is_some();
        (b'a'..=b'h').filter(there).map(char::from).collect()
    }

    const ALL: [Rule; 13] = [
        Rule::Lru,
        Rule::Fifo,
        Rule::Random,
        Rule::Clock,
        Rule::Sieve,
        Rule::Lfu,
        Rule::Gdsf,
        Rule::Slru(Segments::Protected(800)),
        Rule::Slru(Segments::Equal(4)),
        Rule::TwoQueue,
        Rule::Arc,
        Rule::S3Fifo,
        Rule::TinyLfu,
    ];

    /// Numbers under 5,000, the small ones far more often than the large ones.
    fn skewed(n: u64) -> u64 {
        let mut draw = root(9, 0).numbered(n).draw(site(&["object"]));
        (5_000.0 * draw.unit().powi(4)) as u64
    }

    /// Whatever the rule: never more than fits, every object is where it was put, and what is found was stored and not thrown out.
    #[test]
    fn all_rules_keep_within_the_room() {
        for rule in ALL {
            for (items, bytes) in [(300, u64::MAX), (u64::MAX, 20_000)] {
                let mut store = Store::new(rule, items, bytes, root(7, 0));
                let mut held = std::collections::BTreeSet::new();
                let mut hits = 0;
                for n in 0..40_000 {
                    let object = skewed(n);
                    let size = 1 + object % 200;
                    if n % 97 == 0 {
                        assert_eq!(store.remove(object), held.remove(&object), "{rule:?}");
                    } else if store.find(object, 0) == Found::Fresh {
                        assert!(held.contains(&object), "{rule:?}");
                        hits += 1;
                    } else {
                        assert!(!held.contains(&object), "{rule:?}");
                        if store.store(object, size, u64::MAX) > 0 {
                            held.retain(|&object| store.expiry(object).is_some());
                        }
                        held.insert(object);
                    }
                    assert_eq!(store.len(), held.len() as u64, "{rule:?}");
                    let used: u64 = held.iter().map(|object| 1 + object % 200).sum();
                    assert!(store.len() <= items && (bytes == u64::MAX || used <= bytes));
                }
                assert!((10_000..36_000).contains(&hits), "{rule:?}: {hits}");
            }
        }
    }

    /// 64 bytes per object held at most, whether the room is in items or in bytes; half as much again where objects have both a size and
    /// an end and the rule remembers others.
    #[test]
    fn memory_is_bounded() {
        for rule in ALL {
            for (items, bytes) in [(20_000, u64::MAX), (u64::MAX, 20_000)] {
                let mut store = Store::new(rule, items, bytes, root(7, 0));
                for object in 0..60_000_u64 {
                    for again in 0..3 {
                        if store.find(object.saturating_sub(object % 2 * again), 0)
                            == Found::Nothing
                        {
                            store.store(object, 1, u64::MAX);
                        }
                    }
                }
                let each = store.memory() as f64 / store.len() as f64;
                let most = if bytes == u64::MAX {
                    64.0
                } else {
                    64.0 * (1.0 + rule.remembers())
                };
                assert!(each <= most, "{rule:?}: {each}");
            }
        }
    }
}
