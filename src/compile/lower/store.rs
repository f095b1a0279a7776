//! Stores of objects: a component without processors, whose `get` goes to the tier of the object's age and whose `put` makes it new.
//!
//! An object's age is drawn by its key, once for a replication, and does not grow while that runs: the law is that of a store in which
//! new objects come as old ones go. What a run puts is new, and ages by the clock from there. Shares of objects by tier, and what is
//! paid for keeping them, follow from the law of ages alone. A put takes as long as the first byte of the first tier.
//!
//! Not modelled: the least time that objects are paid for in a tier; prices of requests and of moves; charges for small objects; lists of
//! objects; puts and gets in parts; copies that a restored object leaves in a fast tier, and restores in bulk; limits on requests per
//! second; objects that are asked for less as they grow older (age and popularity are independent). What a run puts is paid for
//! as though it had been there before: runs are short against ages. The run remembers each key that is put (about 32 bytes).

use super::super::draft::{Draft, Owner};
use super::super::value;
use super::Parts;
use super::cdn::object;
use super::network::Places;
use super::pool::{asked_at_random, hidden_endpoint};
use super::station::{begin, stand};
use crate::chance::weights::Weights;
use crate::model;
use crate::plan::{
    Choice, ChoiceId, ComponentId, ComponentKind, DemandId, EndpointId, KeyspaceId, ObjectStore,
    Step, StepId, StoreId, Tier,
};
use crate::source::{At, codes};

/// The station, the endpoints and the tiers of a store.
pub(super) fn declare(
    draft: &mut Draft<'_>,
    name: &At<String>,
    store: &model::ObjectStore,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Store);
    let region = match &store.region {
        Some(region) => draft.region(region),
        None => Some(0),
    };
    let zone = region.and_then(|region| places.regions.get(region)?.first().copied());
    if let Some(zone) = zone {
        stand(draft, component, &name.value, zone);
    }
    let pool = asked_at_random(draft, component, &name.value);
    for endpoint in ["get", "put"] {
        let id = hidden_endpoint(draft, component, endpoint, pool, true);
        draft.names.known[component.index()]
            .endpoints
            .insert(endpoint, id);
    }
    let Some(keyspace) = draft.keyspace(&store.of) else {
        return;
    };
    parts.asked.insert(component, keyspace);
    sizes_for_prices(draft, store, keyspace);
    tiers(draft, name, store, component, keyspace);
}

/// What is paid by the GiB has a size.
fn sizes_for_prices(draft: &mut Draft<'_>, store: &model::ObjectStore, keyspace: KeyspaceId) {
    let space = &draft.plan.keyspaces[keyspace.index()];
    let (sized, of) = (space.has_sizes(), space.name.clone());
    for (_, tier) in &store.tiers {
        for money in tier.price.iter().chain(&tier.retrieval) {
            draft.currency(money.currency, money.place);
            if !sized && !draft.lacks_recordings() {
                let message =
                    format!("objects are paid by the GiB, but the data set `{of}` has no `size`");
                let hint = "give the data set a `size`, as in `size: 200KiB`";
                draft.complain_with(codes::OUT_OF_RANGE, money.place, message, hint);
            }
        }
    }
}

fn tiers(
    draft: &mut Draft<'_>,
    name: &At<String>,
    store: &model::ObjectStore,
    component: ComponentId,
    keyspace: KeyspaceId,
) {
    let age = match &store.age {
        Some(law) => value::own_time(draft, law, &["store", &name.value, "age"]),
        None => DemandId::NONE,
    };
    let retention = (store.retention.as_ref()).map_or(u64::MAX, |at| at.ns());
    // Share of objects that are at least so old.
    let law = draft
        .plan
        .demands
        .get(age.index())
        .map(|row| row.law.clone());
    let older = |from: u64| match &law {
        _ if from == 0 => 1.0,
        // An age is a whole number of nanoseconds, rounded.
        Some(law) if from < u64::MAX => 1.0 - law.share_below(from as f64 - 0.5),
        _ => 0.0,
    };
    let mut rows = Vec::with_capacity(store.tiers.len());
    for (number, (tier, written)) in store.tiers.iter().enumerate() {
        let place = store
            .moves
            .iter()
            .position(|rule| rule.to.value == tier.value);
        let from = match place {
            _ if number == 0 => 0,
            Some(place) => store.moves[place].after.ns(),
            None => u64::MAX,
        };
        // The first tier is left for that of the first rule.
        let next = store.moves.get(place.map_or(0, |place| place + 1));
        let until = next.map_or(retention, |rule| rule.after.ns());
        let first_byte = match &written.first_byte {
            Some(law) => value::own_time(
                draft,
                law,
                &["store", &name.value, &tier.value, "first-byte"],
            ),
            None => DemandId::NONE,
        };
        rows.push(Tier {
            name: tier.value.clone(),
            from,
            first_byte,
            objects: (older(from) - older(until)).max(0.0),
            price: written.price.as_ref().map(|money| money.amount),
            retrieval: written.retrieval.as_ref().map(|money| money.amount),
        });
    }
    let gone = older(retention);
    let mut shares: Vec<f64> = rows.iter().map(|tier| tier.objects).collect();
    if retention < u64::MAX {
        shares.push(gone);
    }
    let Ok(weights) = Weights::new(&shares) else {
        // Without tiers or with a law that makes no sense, of which enough has been said.
        draft.has_holes = true;
        return;
    };
    let choice = ChoiceId::from(draft.plan.choices.len());
    let own = draft.site(&["store", &name.value, "tier"], name.place);
    draft.plan.choices.push(Choice {
        weights,
        shares,
        to: Vec::new(),
        site: own,
    });
    let meter = draft.plan.own_meters();
    draft.plan.stores.push(ObjectStore {
        component,
        keyspace,
        tiers: rows,
        choice,
        age,
        retention,
        gone,
        meter,
    });
}

/// The programs of a store: the tier decides how long a read takes, and a write makes its object new.
pub(super) fn compile(
    draft: &mut Draft<'_>,
    component: ComponentId,
    name: &str,
    store: &model::ObjectStore,
) {
    let place = store.of.place;
    let row = (draft.plan.stores.iter()).position(|row| row.component == component);
    let endpoints = draft.plan.endpoints.iter();
    let first = (endpoints.map(|row| row.component)).position(|owner| owner == component);
    let (Some(row), Some(get)) = (row, first) else {
        draft.has_holes = true;
        return;
    };
    let (get, put) = (EndpointId::from(get), EndpointId::from(get + 1));
    let entry = draft.here();
    read(draft, name, row, place);
    begins(draft, (name, "get"), get, entry, place);
    let entry = draft.here();
    let waits = draft.plan.stores[row].tiers[0].first_byte;
    if waits.is_some() {
        draft.emit(Step::Sleep(waits));
    }
    draft.emit(Step::Shelve(StoreId::from(row)));
    draft.emit(Step::Reply(DemandId::NONE));
    draft.emit(Step::End);
    begins(draft, (name, "put"), put, entry, place);
}

/// A way for each tier, and one for what is gone.
fn read(draft: &mut Draft<'_>, name: &str, row: usize, place: crate::source::Place) {
    let store = draft.plan.stores[row].clone();
    let size = object(draft, name, store.keyspace, place);
    draft.emit(Step::Choose(store.choice));
    let mut jumps = Vec::new();
    let mut to = Vec::new();
    for tier in &store.tiers {
        to.push(draft.here());
        if tier.first_byte.is_some() {
            draft.emit(Step::Sleep(tier.first_byte));
        }
        jumps.push(draft.emit(Step::Jump(StepId::NONE)));
    }
    if store.retention < u64::MAX {
        to.push(draft.here());
        let chance = value::chance(draft, 1.0, place, &["store", name, "gone"]);
        draft.emit(Step::Fail(chance));
    }
    let after = draft.here();
    for jump in jumps {
        draft.plan.steps[jump] = Step::Jump(after);
    }
    draft.plan.choices[store.choice.index()].to = to;
    draft.emit(Step::Reply(size));
    draft.emit(Step::End);
}

fn begins(
    draft: &mut Draft<'_>,
    (name, own): (&str, &str),
    endpoint: EndpointId,
    entry: StepId,
    place: crate::source::Place,
) {
    draft.plan.endpoints[endpoint.index()].entry = entry;
    let owner = Owner::Endpoint(endpoint);
    draft.close(format!("{name}.{own}"), owner, entry, place);
}
