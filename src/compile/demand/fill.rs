//! What a cache will hold and how long it takes to fill: the approximation of Che, Tung and Wang (2002).
//!
//! An LRU cache of C objects behaves as though every object stayed for one common time T, for which the expected number of
//! different objects asked for within T is C. Objects of like popularity are taken together, a few hundred groups in all.

use super::SECOND;
use crate::chance::popularity::Ranks;
use crate::plan::Plan;
use crate::policy::evict::Rule;

/// Ranks of like popularity: how many, and the share of requests that each has.
struct Group {
    objects: f64,
    share: f64,
}

/// A cache that holds all of its objects counts as full when so many of them are there.
const ALMOST: f64 = 0.95;

fn groups(ranks: &Ranks) -> Vec<Group> {
    let items = ranks.items();
    let mut groups = Vec::new();
    let (mut from, mut below) = (0_u64, 0.0);
    while from < items {
        // One by one at first, then in steps of 5 %.
        let to = (from + 1).max((from as f64 * 1.05) as u64).min(items);
        let upto = ranks.share_of_top(to);
        let objects = (to - from) as f64;
        groups.push(Group {
            objects,
            share: ((upto - below) / objects).max(0.0),
        });
        (from, below) = (to, upto);
    }
    groups
}

/// Objects that one store of a cache can hold.
pub(super) fn capacity(plan: &Plan, cache: usize) -> f64 {
    let row = &plan.caches[cache];
    let size = plan
        .keyspaces
        .get(row.keyspace.index())
        .map(|keyspace| keyspace.mean_size(&plan.demands));
    let by_size = match size {
        Some(mean) if row.capacity_bytes != u64::MAX && mean > 0.0 => {
            row.capacity_bytes as f64 / mean
        }
        _ => f64::INFINITY,
    };
    let by_number = if row.capacity_items == u64::MAX {
        f64::INFINITY
    } else {
        row.capacity_items as f64
    };
    by_size.min(by_number)
}

/// Whether a store holds a part of the objects only: a ring gives each node its own.
fn part(plan: &Plan, cache: usize) -> f64 {
    1.0 / nodes(plan, cache) as f64
}

/// So many stores divide the objects among them.
pub(super) fn nodes(plan: &Plan, cache: usize) -> u64 {
    let row = &plan.caches[cache];
    if row.is_divided(plan) {
        u64::from(row.stores.max(1))
    } else {
        1
    }
}

/// The common time T \[s\] at a rate of look-ups per second of one store; infinite when it never fills.
fn characteristic_time(rule: Rule, groups: &[Group], part: f64, capacity: f64, rate: f64) -> f64 {
    let objects: f64 = groups.iter().map(|group| group.objects).sum::<f64>() * part;
    if capacity >= objects || rate <= 0.0 {
        return f64::INFINITY;
    }
    // A node sees its part of the objects, each with 1/part of the share it has among all.
    let held = |time: f64| -> f64 {
        groups
            .iter()
            .map(|group| part * group.objects * rule.presence(group.share / part * rate * time))
            .sum()
    };
    let mut high = capacity / rate;
    while held(high) < capacity && high < 1e18 {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if held(middle) < capacity {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Share of look-ups that find their object, at a rate of look-ups per second of one store.
pub(super) fn hit_share(plan: &Plan, cache: usize, rate: f64) -> f64 {
    let row = &plan.caches[cache];
    let Some(keyspace) = plan.keyspaces.get(row.keyspace.index()) else {
        return 0.0;
    };
    let (groups, part) = (groups(&keyspace.popularity), part(plan, cache));
    let time = characteristic_time(row.evict, &groups, part, capacity(plan, cache), rate);
    let ttl = row.ttl as f64 / SECOND;
    let mut hit = 0.0;
    for group in &groups {
        let own = group.share / part * rate;
        let kept = if time.is_finite() {
            row.evict.presence(own * time)
        } else {
            1.0
        };
        // Of an entry's asks within its time to live all but the first find it; a sliding one must be asked for in time.
        let fresh = if row.ttl == 0 {
            1.0
        } else if row.sliding {
            -libm::expm1(-own * ttl)
        } else {
            own * ttl / (1.0 + own * ttl)
        };
        hit += group.objects * group.share * kept.min(fresh);
    }
    hit.clamp(0.0, 1.0)
}

/// Time until a cache is as full as it gets and has forgotten how it was filled, and until its rule has learned what is popular \[ns\].
pub(super) fn fill_time(plan: &Plan, cache: usize, rate: f64) -> (f64, f64) {
    let row = &plan.caches[cache];
    let Some(keyspace) = plan.keyspaces.get(row.keyspace.index()) else {
        return (0.0, 0.0);
    };
    if rate <= 0.0 {
        return (0.0, 0.0);
    }
    let (groups, part) = (groups(&keyspace.popularity), part(plan, cache));
    let objects = keyspace.items as f64 * part;
    // While it fills nothing leaves, whatever the rule.
    let time = characteristic_time(
        Rule::Lru,
        &groups,
        part,
        capacity(plan, cache).min(objects * ALMOST),
        rate,
    ) * SECOND;
    let time = if time.is_finite() { time } else { 0.0 };
    // Least recently used is settled when it is full; other rules forget how they were filled as entries are replaced.
    let stay = characteristic_time(row.evict, &groups, part, capacity(plan, cache), rate) * SECOND;
    let most = if row.ttl == 0 {
        f64::INFINITY
    } else {
        row.ttl as f64
    };
    let after = |stays: f64| {
        let more = if stay.is_finite() { stays * stay } else { 0.0 };
        (time + more).min(most)
    };
    // What begins warm holds what is popular.
    let learning = if row.warm { 0.0 } else { row.evict.learning() };
    (after(row.evict.settling()), after(learning))
}
