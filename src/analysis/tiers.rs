//! Stores of objects over the window: where objects are, where reads found them, what both cost.
//!
//! Objects are shared out by the law of their ages, each with the mean size: what is kept is arithmetic. What is read is counted.

use super::bill::{GIB, SECONDS_PER_MONTH};
use super::estimate::Sample;
use super::outcome::Outcome;
use super::result::TierResult;
use super::words;
use crate::measure::{Metered, Tally};
use crate::plan::{ComponentId, ObjectStore, Plan, Tier};

/// GiB of all objects of the data set.
fn whole(plan: &Plan, store: &ObjectStore) -> f64 {
    let space = &plan.keyspaces[store.keyspace.index()];
    space.items as f64 * space.mean_size(&plan.demands) / GIB
}

fn reads(store: &ObjectStore, tally: &Tally, tier: Option<usize>) -> Metered {
    tally.meters[store.reads(tier) as usize]
}

fn all_reads(store: &ObjectStore, tally: &Tally) -> u64 {
    let tiers = (0..store.tiers.len()).map(Some).chain([None]);
    tiers.map(|tier| reads(store, tally, tier).times).sum()
}

/// GiB read of a tier in a month at the pace of the window.
fn read_per_month(store: &ObjectStore, tally: &Tally, tier: usize) -> f64 {
    let bytes = reads(store, tally, Some(tier)).bytes as f64;
    bytes / GIB / tally.seconds() * SECONDS_PER_MONTH
}

/// The tiers of a store, and what is gone from it; nothing for other components.
pub fn result(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Vec<TierResult> {
    let Some(store) = plan.stores.iter().find(|row| row.component == id) else {
        return Vec::new();
    };
    let share = |tier: Option<usize>| {
        let here = |tally: &Tally| reads(store, tally, tier).times;
        let all = |tally: &Tally| all_reads(store, tally);
        outcome.share(here, all).estimate()
    };
    let kept = whole(plan, store);
    let first_byte = |tier: &Tier| {
        let demand = plan.demands.get(tier.first_byte.index());
        demand.map_or(0.0, |demand| demand.law.mean() / 1e9)
    };
    let rows = store.tiers.iter().enumerate().map(|(number, tier)| {
        let read = outcome.mean(|tally| read_per_month(store, tally, number));
        TierResult {
            tier: tier.name.clone(),
            objects: tier.objects,
            reads: share(Some(number)),
            first_byte: Some(first_byte(tier)),
            storage: tier.price.map(|price| price * kept * tier.objects),
            retrieval: (tier.retrieval).map(|price| price * read.value.unwrap_or(0.0)),
        }
    });
    let mut rows: Vec<TierResult> = rows.collect();
    if store.retention < u64::MAX {
        rows.push(TierResult {
            tier: "gone".to_owned(),
            objects: store.gone,
            reads: share(None),
            first_byte: None,
            storage: None,
            retrieval: None,
        });
    }
    rows
}

/// What a store costs per month; `None` without a price.
pub fn per_month(plan: &Plan, store: &ObjectStore, outcome: &Outcome) -> Option<Sample> {
    if !store.is_priced() {
        return None;
    }
    let kept = whole(plan, store);
    let storage: f64 = (store.tiers.iter())
        .map(|tier| tier.price.unwrap_or(0.0) * tier.objects * kept)
        .sum();
    let cost = |tally: &Tally| {
        let fees = (store.tiers.iter().enumerate()).map(|(number, tier)| {
            (tier.retrieval).map_or(0.0, |fee| fee * read_per_month(store, tally, number))
        });
        storage + fees.sum::<f64>()
    };
    Some(outcome.mean(cost).between(0.0, f64::INFINITY))
}

/// What is paid for, in words.
pub fn billed(plan: &Plan, store: &ObjectStore, outcome: &Outcome) -> String {
    let kept = whole(plan, store) * (1.0 - store.gone);
    let paid = |tally: &Tally| {
        let tiers = (store.tiers.iter().enumerate()).filter(|(_, tier)| tier.retrieval.is_some());
        tiers
            .map(|(number, _)| read_per_month(store, tally, number))
            .sum()
    };
    let read = outcome.mean(paid).value.unwrap_or(0.0);
    format!(
        "{} GiB kept, {} GiB retrieved",
        words::number(kept),
        words::number(read)
    )
}
