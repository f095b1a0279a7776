//! What a cache finds under a rule that no formula describes: a trial of the rule itself, on look-ups of its objects alone.

use super::fill;
use crate::chance::key::{root, site};
use crate::plan::Plan;
use crate::policy::evict::{Found, Store};

/// Objects of a store up to which a trial is made; beyond them rules take too long to learn.
const MOST: f64 = 20_000.0;
/// Look-ups at least, and for each object that there is room for.
const FEWEST: u64 = 100_000;
const EACH: u64 = 40;

/// The share of look-ups that find their object, once the rule has learnt; nothing where a formula says it, or time decides.
pub(super) fn hit_share(plan: &Plan, cache: usize) -> Option<f64> {
    let row = &plan.caches[cache];
    let ranks = &plan.keyspaces.get(row.keyspace.index())?.popularity;
    let (room, nodes) = (fill::capacity(plan, cache), fill::nodes(plan, cache));
    if row.evict.has_formula() || row.ttl != 0 || !(1.0..=MOST).contains(&room) {
        return None;
    }
    let own = root(0, 0).child(site(&["trial of a cache"]), 0);
    let mut draw = own.draw(site(&["objects"]));
    let mut store = Store::new(row.evict, room as u64, u64::MAX, own);
    let count = FEWEST.max(EACH * room as u64);
    let (mut found, mut asked) = (0_u64, 0_u64);
    for number in 0..count {
        // A node of several has each of its objects to itself: the popular ones are dealt in turn.
        let object = ranks.rank(&mut draw);
        if object % nodes != 0 {
            continue;
        }
        let there = store.find(object, number) != Found::Nothing;
        if !there {
            store.store(object, 0, u64::MAX);
        }
        if number >= count / 2 {
            found += u64::from(there);
            asked += 1;
        }
    }
    (asked > 0).then(|| found as f64 / asked as f64)
}
