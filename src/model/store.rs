//! Places that keep objects for years, in tiers of falling price and growing patience: `stores:`.

use super::cdn::amount;
use super::law::DurationLaw;
use super::reader::Reader;
use super::shape::Named;
use crate::source::{At, Node, Place};
use crate::units::{Duration, MoneyRate, Per};
use std::collections::BTreeSet;

record! {
    /// Object storage: somebody else's machines that keep every object of a data set, each in the tier of its age. Asked with
    /// `call: NAME.get` and `call: NAME.put`.
    pub struct ObjectStore {
        /// The data set it keeps.
        of: At<String>,
        /// The region it stands in; where absent the one written first.
        region as "in": Option<At<String>>,
        /// Its tiers, the one for new objects first.
        tiers: Named<Tier>,
        /// When objects move on, the youngest first.
        moves: Vec<Move> = "[]",
        /// How old objects are: a fixed function of the key, so that one object has one age everywhere.
        age: Option<DurationLaw>,
        /// How old objects get: those that are older are gone, and asking for one fails with cause `error`.
        retention: Option<At<Duration>>,
    }
    never: {
        "cores": "the processors of a store are somebody else's, and never short",
        "replicas": "a store is one for all; what it keeps is never lost",
        "machine": "a store is paid for by the tier: `price: 0.023 USD/GiB/month`",
        "capacity": "a store has room for everything; `retention` says when objects go",
        "price": "each tier has its own: `tiers: { hot: { price: 0.023 USD/GiB/month } }`",
        "endpoints": "a store has `get` and `put`",
    };
    check: check_store;
}

record! {
    /// Some part of a store that all objects of some age are in.
    pub struct Tier {
        /// From the request to the first byte of the object.
        first_byte: Option<DurationLaw>,
        /// For a GiB that is kept for a month.
        price: Option<At<MoneyRate>>,
        /// For a GiB that is read.
        retrieval: Option<At<MoneyRate>>,
    }
    check: check_tier;
}

record! {
    /// A rule that moves objects to another tier by their age.
    pub struct Move {
        /// The tier they move to.
        to: At<String>,
        /// How old they are then.
        after: At<Duration>,
    }
}

fn check_tier(tier: &Tier, _node: &Node, reader: &mut Reader<'_>) {
    amount(tier.price.as_ref(), Per::GibMonth, reader);
    amount(tier.retrieval.as_ref(), Per::Gib, reader);
}

fn check_store(store: &ObjectStore, node: &Node, reader: &mut Reader<'_>) {
    let place = node.get("tiers").map_or(node.place, |value| value.place);
    let names: Vec<&str> = (store.tiers.iter())
        .map(|(name, _)| name.value.as_str())
        .collect();
    let Some(first) = names.first() else {
        let message =
            "a store needs at least one tier: `tiers: { hot: { price: 0.023 USD/GiB/month } }`";
        return reader.out_of_range(place, message);
    };
    let mut reached = BTreeSet::from([*first]);
    for rule in &store.moves {
        if !names.contains(&rule.to.as_str()) {
            reader.unknown(&rule.to, "tier", &names);
        } else if rule.to.value == *first {
            let message = format!("objects begin in `{first}`, and none comes back to it");
            reader.contradiction(rule.to.place, message);
        } else if !reached.insert(rule.to.as_str()) {
            let message = format!("objects have moved to `{}` before", rule.to.value);
            reader.contradiction(rule.to.place, message);
        }
    }
    check_order(store, reader);
    check_age(store, reader);
    for (name, _) in &store.tiers {
        if !reached.contains(name.as_str()) {
            let message = format!(
                "no object ever gets to `{0}`: say when, as in `moves: [ {{ to: {0}, after: 90d }} ]`",
                name.value
            );
            reader.contradiction(name.place, message);
        }
    }
}

/// Objects grow older only: each rule is for older ones than the rule before.
fn check_order(store: &ObjectStore, reader: &mut Reader<'_>) {
    for pair in store.moves.windows(2) {
        let (before, after) = (pair[0].after.value, pair[1].after.value);
        let message = if after.ns() == before.ns() {
            format!("objects move to `{}` at this age already", pair[0].to.value)
        } else if after < before {
            format!("the rule before is for older objects ({before}): write the youngest first")
        } else {
            continue;
        };
        reader.contradiction(pair[1].after.place, message);
    }
    if let (Some(retention), Some(last)) = (&store.retention, store.moves.last())
        && retention.ns() <= last.after.ns()
    {
        let message = format!(
            "objects are gone before they get to `{}` ({})",
            last.to.value, last.after.value
        );
        reader.contradiction(retention.place, message);
    }
    if let Some(retention) = store.retention.filter(|at| at.ns() == 0) {
        reader.out_of_range(retention.place, "a store that keeps nothing is no store");
    }
}

/// Rules by age need ages, and ages need rules.
fn check_age(store: &ObjectStore, reader: &mut Reader<'_>) {
    let ruled: Option<Place> = (store.moves.first().map(|rule| rule.after.place))
        .or_else(|| store.retention.as_ref().map(|at| at.place));
    match (&store.age, ruled) {
        (None, Some(place)) => {
            let message = "nothing says how old the objects are: `age: { exponential: 400d }`";
            reader.contradiction(place, message);
        }
        (Some(age), None) => {
            let message = "nothing depends on the age of objects: add `moves` or a `retention`";
            reader.contradiction(age.place, message);
        }
        _ => {}
    }
}
