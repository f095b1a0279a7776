//! Any object, each as likely as the others: E. Gelenbe, "A unified approach to the evaluation of a class of replacement algorithms",
//! 1973.

use super::shelf::Shelf;
use crate::chance::key::{Site, site};

const VICTIM: Site = site(&["victim"]);

pub(super) fn join(shelf: &mut Shelf, place: u32) {
    shelf[place].newer = shelf.crowd.len() as u32;
    shelf.crowd.push(place);
}

/// The last of the crowd takes the place of whoever leaves.
pub(super) fn leave(shelf: &mut Shelf, place: u32) {
    let at = shelf[place].newer;
    shelf.crowd.swap_remove(at as usize);
    if let Some(&moved) = shelf.crowd.get(at as usize) {
        shelf[moved].newer = at;
    }
}

pub(super) fn victim(shelf: &mut Shelf) -> u32 {
    let mut draw = shelf.key.numbered(shelf.turns).draw(VICTIM);
    shelf.turns += 1;
    shelf.crowd[draw.below(shelf.crowd.len() as u32) as usize]
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
