//! Keys of recordings as their files write them: tests and values of attributes speak of those, objects are numbered by popularity.

use super::steps::Writer;
use crate::model;
use crate::plan::{AttributeId, ObjectSet, Test};
use crate::replay::Recording;
use crate::source::{At, Place, codes};
use std::sync::Arc;

impl Writer<'_, '_> {
    /// The recording whose keys an attribute holds.
    pub(super) fn recorded(&self, attribute: AttributeId) -> Option<Arc<Recording>> {
        let keyspace = self.draft.keyspace_of(attribute)?;
        self.draft.plan.keyspaces[keyspace.index()]
            .recording
            .clone()
    }

    /// The number of the object that a recording calls by this key.
    pub(super) fn recorded_object(
        &mut self,
        recording: &Recording,
        key: &str,
        place: Place,
    ) -> Option<f64> {
        let object = recording.object(key).map(f64::from);
        if object.is_none() {
            let message = format!(
                "the recording has no request for the key `{}`",
                super::super::names::shown(key)
            );
            self.draft.complain(codes::OUT_OF_RANGE, place, message);
        }
        object
    }

    /// What a condition asks of a recorded key.
    pub(super) fn recorded_tests(
        &mut self,
        recording: &Recording,
        condition: &model::step::Condition,
    ) -> Vec<Test> {
        let literals = condition.is.iter().chain(condition.any_of.iter().flatten());
        let mut tests = Vec::new();
        for literal in literals {
            let key = key_of(&literal.value);
            let object = self.recorded_object(recording, &key, literal.place);
            tests.extend(object.map(Test::Is));
        }
        if let Some(bound) = &condition.under {
            tests.extend(self.bound(recording, bound, "is under", |key, bound| key < bound));
        }
        if let Some(bound) = &condition.over {
            tests.extend(self.bound(recording, bound, "is over", |key, bound| key > bound));
        }
        tests
    }

    /// A test of a recorded key against a bound: its objects, since those are numbered otherwise than the file does.
    fn bound(
        &mut self,
        recording: &Recording,
        bound: &At<f64>,
        words: &str,
        holds: impl Fn(f64, f64) -> bool,
    ) -> Option<Test> {
        let Some(numbers) = recording.numbers() else {
            let message = "the keys of this recording are not all numbers";
            let hint = "`is: KEY` or `in: [KEY, …]`";
            self.draft
                .complain_with(codes::WRONG_DIMENSION, bound.place, message, hint);
            return None;
        };
        let row = u32::try_from(self.draft.plan.object_sets.len()).unwrap_or(u32::MAX);
        let holds = numbers.into_iter().map(|key| holds(key, bound.value));
        let set = ObjectSet::of(holds, format!("{words} {}", bound.value));
        self.draft.plan.object_sets.push(set);
        Some(Test::Among(row))
    }

    /// Which share of the recorded requests a test holds for.
    pub(super) fn recorded_share(&self, recording: &Recording, test: Test) -> f64 {
        let asked = |object: usize| match test {
            Test::Is(wanted) => object as u64 == wanted as u64,
            Test::Among(set) => self.draft.plan.object_sets[set as usize].holds(object as u64),
            Test::Under(_) | Test::Over(_) | Test::In(..) => false,
        };
        let counts = recording.counts();
        let wanted = counts
            .iter()
            .enumerate()
            .filter(|(object, _)| asked(*object));
        let wanted: u64 = wanted.map(|(_, count)| count).sum();
        wanted as f64 / counts.iter().sum::<u64>().max(1) as f64
    }
}

/// A literal as a file of recorded requests would write it.
fn key_of(literal: &model::Literal) -> String {
    match literal {
        model::Literal::Number(number) => number.to_string(),
        model::Literal::Word(word) => word.clone(),
    }
}
