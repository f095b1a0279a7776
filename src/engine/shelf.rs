//! Stores of objects: which tier an object is in.
//!
//! The age of an object is a draw by its key, like its size. Of what a run puts its time is kept, and its age is the time since.

use super::{Engine, NONE, Probe};
use crate::plan::{AttributeId, ChoiceId, Plan, StoreId};
use crate::policy::evict::Numbered;

/// What the stores remember.
#[derive(Debug)]
pub(super) struct Shelves {
    /// The store that each choice is about; empty where there are no stores.
    by_choice: Vec<u32>,
    /// When objects were put, by store and object.
    put: Numbered<(u32, u64), u64>,
}

impl Shelves {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut by_choice = Vec::new();
        for (number, store) in plan.stores.iter().enumerate() {
            by_choice.resize(plan.choices.len(), NONE);
            by_choice[store.choice.index()] = number as u32;
        }
        Self {
            by_choice,
            put: Numbered::default(),
        }
    }
}

impl<P: Probe> Engine<'_, P> {
    /// The way to the tier of a flight's object, where a choice is about that.
    #[inline]
    pub(super) fn tier(&mut self, flight: u32, choice: ChoiceId) -> Option<usize> {
        let store = *self.shelves.by_choice.get(choice.index())?;
        (store != NONE).then(|| self.tier_in(flight, store))
    }

    fn tier_in(&mut self, flight: u32, number: u32) -> usize {
        let store = &self.plan.stores[number as usize];
        let object = self.object_shelved(flight, number);
        let age = match self.shelves.put.get(&(number, object)) {
            Some(put) => self.now - put,
            None => self.age_of(number, object),
        };
        let tier = store.tier_at(age);
        self.passes(store.reads(tier), store.keyspace, object);
        tier.unwrap_or(store.tiers.len())
    }

    /// A flight's object is new from now on.
    pub(super) fn shelve(&mut self, flight: u32, id: StoreId) {
        let store = &self.plan.stores[id.index()];
        let object = self.object_shelved(flight, id.0);
        self.shelves.put.insert((id.0, object), self.now);
        self.passes(store.writes(), store.keyspace, object);
    }

    fn object_shelved(&self, flight: u32, store: u32) -> u64 {
        let keyspace = self.plan.stores[store as usize].keyspace;
        let key: AttributeId = self.plan.keyspaces[keyspace.index()].attribute;
        self.attribute(flight, key) as u64
    }

    /// Age of an object when the run began \[ns\].
    fn age_of(&self, store: u32, object: u64) -> u64 {
        let store = &self.plan.stores[store as usize];
        let Some(age) = self.plan.demands.get(store.age.index()) else {
            return 0;
        };
        let space = &self.plan.keyspaces[store.keyspace.index()];
        let mut draw = self.root.child(space.site, object).draw(age.site);
        (age.sampler.sample(&mut draw) + 0.5) as u64
    }
}
