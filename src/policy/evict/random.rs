//! Any object, each as likely as the others: E. Gelenbe, "A unified approach to the evaluation of a class of replacement algorithms",
//! 1973.

use super::shelf::{Shelf, push};
use crate::chance::key::{Key, Site, site};

const VICTIM: Site = site(&["victim"]);

/// All that are held, without order; each entry knows its position.
#[derive(Debug)]
pub(super) struct Crowd {
    places: Vec<u32>,
    /// Name of the draws, and how many there have been.
    key: Key,
    turns: u64,
}

impl Crowd {
    pub(super) fn new(key: Key) -> Self {
        Self {
            places: Vec::new(),
            key,
            turns: 0,
        }
    }

    pub(super) fn join(&mut self, shelf: &mut Shelf, place: u32) {
        shelf[place].newer = self.places.len() as u32;
        push(&mut self.places, place);
    }

    /// The last of the crowd takes the place of whoever leaves.
    pub(super) fn leave(&mut self, shelf: &mut Shelf, place: u32) {
        let at = shelf[place].newer;
        self.places.swap_remove(at as usize);
        if let Some(&moved) = self.places.get(at as usize) {
            shelf[moved].newer = at;
        }
    }

    pub(super) fn victim(&mut self) -> u32 {
        let mut draw = self.key.numbered(self.turns).draw(VICTIM);
        self.turns += 1;
        self.places[draw.below(self.places.len() as u32) as usize]
    }

    pub(super) fn memory(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Found, Rule, Store};
    use crate::chance::key::root;

    /// Of ten, each is thrown out about as often: 10,000 times, 1,000 ± 4 · 30 each.
    #[test]
    fn all_are_as_likely() {
        let mut gone = [0_u32; 10];
        for round in 0..10_000 {
            let mut store = Store::new(Rule::Random, 10, u64::MAX, root(round, 0));
            for object in 0..11 {
                store.store(object, 0, u64::MAX);
            }
            let missing = (0..10).find(|&object| store.find(object, 0) == Found::Nothing);
            gone[missing.map_or(0, |object| object as usize)] += 1;
        }
        assert!(
            gone.iter().all(|times| (880..=1120).contains(times)),
            "{gone:?}"
        );
    }
}
