//! Look-ups of several keys at once.
//!
//! Not modelled: a client that asks each node of a ring for its own keys. The node of the first key does the work for all of them; each is
//! found and stored where it belongs.

use super::steps::Writer;
use crate::model::{self, Count};
use crate::plan::{
    Assign, AssignValue, AttributeKind, CallId, CountDemand, CountId, GetId, Several, Step,
};
use crate::source::{At, codes};

/// Keys of one look-up at most: whether they differ is seen by comparing each with each.
const MOST: u64 = 1000;

impl Writer<'_, '_> {
    /// Notes a look-up of several keys, and lets the request say how many: the number of its row.
    pub(super) fn several(
        &mut self,
        written: &model::step::Get,
        get: GetId,
        ask: CallId,
    ) -> Option<usize> {
        let keys = written.keys.as_ref()?;
        let row = &self.draft.plan.gets[get.index()];
        let (cache, key) = (row.cache, row.key);
        let value = match &keys.law {
            Count::Constant(number) => {
                let keyspace = self.draft.keyspace_of(key)?;
                let items = self.draft.plan.keyspaces[keyspace.index()].items;
                let most = items.min(MOST);
                if *number == 0 || *number > most {
                    let message = if *number > items {
                        format!("{number} different keys are more than the {items} items there are")
                    } else {
                        format!("a look-up is of 1 to {MOST} keys, not of {number}")
                    };
                    self.draft
                        .complain(codes::OUT_OF_RANGE, keys.place, message);
                    return None;
                }
                AssignValue::Value(*number as f64)
            }
            Count::Attribute(name) => AssignValue::Of(self.draft.attribute(name)?),
            _ => {
                let message = "a request must know how many keys it asks for before it asks";
                let hint = "`attributes: { many: { number: … } }`, and `keys: { attribute: many }`";
                self.draft
                    .complain_with(codes::OUT_OF_RANGE, keys.place, message, hint);
                return None;
            }
        };
        let has_grace = self.draft.plan.graces.iter().any(|row| row.cache == cache);
        if self.draft.plan.caches[cache.index()].coalesce || has_grace {
            let message =
                "several keys of a cache that coalesces or refreshes behind are not supported yet";
            self.draft
                .complain(codes::NOT_SUPPORTED, keys.place, message);
            return None;
        }
        let keys = self.number_of_keys(keys);
        let batch = self
            .draft
            .attribute(&At::new("batch".to_owned(), written.cache.place))?;
        let assign = u32::try_from(self.draft.plan.assigns.len()).unwrap_or(u32::MAX);
        self.draft.plan.assigns.push(Assign {
            attribute: batch,
            value,
        });
        self.draft.emit(Step::Set(assign));
        self.draft.plan.several.push(Several {
            get,
            ask,
            keys,
            batch,
            missing: Vec::new(),
        });
        Some(self.draft.plan.several.len() - 1)
    }

    fn number_of_keys(&mut self, keys: &model::CountLaw) -> CountId {
        let path = self.parts_for("keys");
        super::super::value::count(self.draft, keys, &super::steps::refs(&path))
    }

    /// The block of a miss, in which `batch` is the number of missing keys.
    pub(super) fn missed(&mut self, name: &str, get: &model::step::Get, several: Option<usize>) {
        let first = self.draft.plan.counts.len();
        self.below(name, |writer| writer.block(&get.miss, false));
        let Some(several) = several else { return };
        let is_batch = |row: &CountDemand| {
            let attribute = self.draft.plan.attributes.get(row.attribute.index());
            attribute.is_some_and(|row| matches!(row.kind, AttributeKind::Batch))
        };
        let counts = self.draft.plan.counts.iter().enumerate().skip(first);
        let missing = counts.filter(|(_, row)| is_batch(row));
        let missing: Vec<CountId> = missing.map(|(number, _)| CountId::from(number)).collect();
        self.draft.plan.several[several].missing = missing;
    }
}
