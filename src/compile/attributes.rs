//! What requests carry: keys of data sets, numbers, and what the program itself knows of them.

use super::draft::Draft;
use super::{law, value};
use crate::chance::popularity::{Popularity, Ranks};
use crate::model;
use crate::plan::{Attribute, AttributeId, AttributeKind, DemandId, Drift, Keyspace, KeyspaceId};
use crate::replay::Recording;
use crate::source::{At, Diagnostic, codes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Attributes that every model has.
const BUILT_IN: [(&str, AttributeKind); 4] = [
    ("user", AttributeKind::User),
    ("priority", AttributeKind::Priority),
    ("attempt", AttributeKind::Attempt),
    ("batch", AttributeKind::Batch),
];

/// All attributes by name.
#[derive(Default)]
pub(super) struct Attributes<'m> {
    by_name: BTreeMap<&'m str, AttributeId>,
    keyspaces: BTreeMap<&'m str, KeyspaceId>,
}

/// Gives ids to data sets and attributes: the built-in ones first, then the keys of data sets, then what was declared.
pub(super) fn declare(draft: &mut Draft<'_>) {
    for (name, kind) in BUILT_IN {
        add(draft, name, kind, None);
    }
    let model = draft.model;
    for (name, dataset) in &model.data {
        let keyspace = KeyspaceId::from(draft.plan.keyspaces.len());
        let attribute = add(draft, &name.value, AttributeKind::Key(keyspace), Some(name));
        declare_keyspace(draft, name, dataset, attribute);
        draft.attributes.keyspaces.insert(&name.value, keyspace);
    }
    (0..model.data.len()).for_each(|at| belong(draft, at));
    for (name, attribute) in &model.attributes {
        let kind = match attribute {
            model::Attribute::Key(dataset) => draft.keyspace(dataset).map(AttributeKind::Key),
            model::Attribute::Number(law) => law::plain_law(draft, &law.law, law.place)
                .map(|law| AttributeKind::Number(law.sampler())),
            model::Attribute::Count(count) => law::plain_count(draft, &count.law, count.place)
                .map(|count| AttributeKind::Count(count.sampler())),
        };
        add(
            draft,
            &name.value,
            kind.unwrap_or(AttributeKind::Batch),
            Some(name),
        );
    }
}

fn add<'m>(
    draft: &mut Draft<'m>,
    name: &'m str,
    kind: AttributeKind,
    written: Option<&'m At<String>>,
) -> AttributeId {
    let place = written.map(|name| name.place).unwrap_or_default();
    if draft.attributes.by_name.contains_key(name) {
        let built_in = BUILT_IN.iter().any(|(known, _)| *known == name);
        let whose = if built_in {
            "every request has one without being told"
        } else {
            "a data set has this name, and its key with it"
        };
        let message = format!("there is already an attribute `{name}`: {whose}");
        draft
            .complaints
            .push(Diagnostic::new(codes::NAME_TAKEN, message).at(place));
    }
    let site = draft.site(&["attribute", name], place);
    let id = AttributeId::from(draft.plan.attributes.len());
    draft.plan.attributes.push(Attribute {
        name: name.to_owned(),
        site,
        kind,
    });
    draft.attributes.by_name.insert(name, id);
    id
}

fn declare_keyspace(
    draft: &mut Draft<'_>,
    name: &At<String>,
    dataset: &model::Dataset,
    attribute: AttributeId,
) {
    let popularity = match &dataset.popularity {
        // What was recorded is put in its place below.
        model::Popularity::Uniform | model::Popularity::Trace(_) => Popularity::Uniform,
        model::Popularity::Zipf(zipf) => Popularity::Zipf {
            exponent: zipf.exponent.value,
        },
        model::Popularity::HotSet(hot) => Popularity::HotSet {
            items: hot.items.get(),
            requests: hot.share.get(),
        },
    };
    if let Err(reason) = popularity.check() {
        let place = match &dataset.popularity {
            model::Popularity::Zipf(zipf) => zipf.exponent.place,
            model::Popularity::HotSet(hot) => hot.items.place,
            model::Popularity::Uniform | model::Popularity::Trace(_) => name.place,
        };
        draft.complain(codes::OUT_OF_RANGE, place, reason);
    }
    let size = match &dataset.size {
        Some(size) => value::own_size(draft, size, &["data", &name.value, "size"]),
        None => DemandId::NONE,
    };
    let site = draft.site(&["data", &name.value, "key"], name.place);
    let items = dataset.items.value;
    // A law that makes no sense has been complained of; any other stands in for it until then.
    let popularity = if popularity.check().is_ok() {
        popularity
    } else {
        Popularity::Uniform
    }
    .over(items);
    let recording = recording(draft, dataset);
    let popularity = recording
        .as_ref()
        .map_or(popularity, |recording| Ranks::counted(recording.counts()));
    draft.plan.keyspaces.push(Keyspace {
        name: name.value.clone(),
        items,
        popularity,
        size,
        recording,
        site,
        attribute,
        owner: AttributeId::NONE,
    });
    drift(draft, name, dataset);
}

/// Gives the data set in this place the popularity of its owners, those of the owners first.
fn belong(draft: &mut Draft<'_>, at: usize) {
    let model = draft.model;
    let mut line = vec![at];
    while let Some((_, dataset)) = line.last().and_then(|at| model.data[..].get(*at))
        && let Some(owners) = &dataset.belongs_to
    {
        let Some(id) = draft.keyspace(owners) else {
            return;
        };
        if line.contains(&id.index()) {
            let message = format!("`{}` would belong to itself", owners.value);
            return draft.complain(codes::CONTRADICTION, owners.place, message);
        }
        line.push(id.index());
    }
    for pair in line.windows(2).rev() {
        let spaces = &draft.plan.keyspaces;
        let (space, owners) = (&spaces[pair[0]], &spaces[pair[1]]);
        if space.owner.is_some() {
            continue;
        }
        if space.items < owners.items {
            let message = format!(
                "{} items are too few for the {} of `{}`: each needs at least one",
                space.items, owners.items, owners.name
            );
            let place = (model.data[..].get(pair[0]))
                .map_or_else(Default::default, |(_, dataset)| dataset.items.place);
            return draft.complain(codes::OUT_OF_RANGE, place, message);
        }
        let ranks = Ranks::owned(space.items, owners.items, &owners.popularity);
        let owner = owners.attribute;
        let space = &mut draft.plan.keyspaces[pair[0]];
        (space.popularity, space.owner) = (ranks, owner);
    }
}

/// Items of a set that drifts, at most: their order is kept.
const MOST_DRIFTING: u64 = 50_000_000;
/// Swaps per second of simulated time, at most.
const MOST_SWAPS: f64 = 1e5;

/// Whether the order of the data set declared last changes.
fn drift(draft: &mut Draft<'_>, name: &At<String>, dataset: &model::Dataset) {
    let Some(drift) = &dataset.drift else { return };
    let items = dataset.items.value;
    let swaps = (drift.moves.get() * items as f64 / 2.0).round();
    let fixed = match &dataset.popularity {
        model::Popularity::Uniform => Some("where all are asked for alike"),
        model::Popularity::Trace(_) => Some("where recorded requests say what is asked for"),
        model::Popularity::Zipf(_) | model::Popularity::HotSet(_) => None,
    };
    let problem = if let Some(fixed) = fixed {
        Some((
            codes::CONTRADICTION,
            format!("`drift` has no effect {fixed}"),
        ))
    } else if !(2..=MOST_DRIFTING).contains(&items) {
        let message = format!("a data set that drifts has 2 to {MOST_DRIFTING} items, not {items}");
        Some((codes::OUT_OF_RANGE, message))
    } else if swaps < 1.0 {
        let message = format!(
            "this moves less than one pair of `{}` each time",
            name.value
        );
        Some((codes::OUT_OF_RANGE, message))
    } else if swaps / drift.every.seconds() > MOST_SWAPS {
        let message = format!("more than {MOST_SWAPS} pairs would swap in a second");
        Some((codes::OUT_OF_RANGE, message))
    } else {
        None
    };
    if let Some((code, message)) = problem {
        return draft.complain(code, drift.every.place, message);
    }
    draft.plan.drifts.push(Drift {
        keyspace: KeyspaceId::from(draft.plan.keyspaces.len() - 1),
        every: drift.every.ns(),
        swaps: swaps as u64,
        site: crate::chance::key::site(&["data", &name.value, "drift"]),
    });
}

/// The recording that a data set is as popular as, if it is.
fn recording(draft: &mut Draft<'_>, dataset: &model::Dataset) -> Option<Arc<Recording>> {
    let model::Popularity::Trace(file) = &dataset.popularity else {
        return None;
    };
    let recording = draft.recording(&file.value)?;
    let objects = recording.counts().len() as u64;
    if objects > dataset.items.value {
        let message = format!(
            "`{}` asks for {objects} different objects, more than there are",
            file.value
        );
        let hint = format!("`items: {objects}` or more");
        draft.complain_with(codes::OUT_OF_RANGE, dataset.items.place, message, hint);
    }
    if dataset.size.is_some() && recording.sizes().is_some() {
        draft.complain_with(
            codes::CONTRADICTION,
            file.place,
            "the recording says how large each object is, and so does `size`",
            "leave `size` out",
        );
    }
    Some(recording)
}

impl Draft<'_> {
    /// The attribute of a name, or the complaint that there is none.
    pub(super) fn attribute(&mut self, name: &At<String>) -> Option<AttributeId> {
        if name.value == "region" {
            self.complain(
                codes::NOT_SUPPORTED,
                name.place,
                "the attribute `region` is not supported yet",
            );
            return None;
        }
        let found = self.attributes.by_name.get(name.value.as_str()).copied();
        if found.is_none() {
            let known: Vec<&str> = self.attributes.by_name.keys().copied().collect();
            self.unknown(codes::UNKNOWN_ATTRIBUTE, "attribute", name, known);
        }
        found
    }

    /// The data set of a name, silently.
    pub(super) fn find_keyspace(&self, name: &str) -> Option<KeyspaceId> {
        self.attributes.keyspaces.get(name).copied()
    }

    /// The data set of a name, or the complaint that there is none.
    pub(super) fn keyspace(&mut self, name: &At<String>) -> Option<KeyspaceId> {
        let found = self.attributes.keyspaces.get(name.value.as_str()).copied();
        if found.is_none() {
            let known: Vec<&str> = self.attributes.keyspaces.keys().copied().collect();
            self.unknown(codes::UNKNOWN_DATASET, "data set", name, known);
        }
        found
    }

    /// The data set whose keys an attribute holds.
    pub(super) fn keyspace_of(&self, attribute: AttributeId) -> Option<KeyspaceId> {
        match self.plan.attributes[attribute.index()].kind {
            AttributeKind::Key(keyspace) => Some(keyspace),
            _ => None,
        }
    }
}
