//! Writes that drop entries of caches: `invalidated-by`.
//!
//! When a write is acknowledged, its object leaves the cache where the cache is of the same data set; with `entries` so many objects of
//! the cache leave instead, any of them as likely as the others. All stores are told at once and without a message, as by a stream of
//! changes that is much faster than requests; fetches that are under way go on and store what they bring.
//!
//! Not modelled: invalidations that come late, get lost or cost work; which results of queries hold which object. What is worked out before
//! the run does not know that entries are dropped: it takes hit ratios for higher than they will be.

use super::super::draft::Draft;
use super::super::names::Written;
use super::super::value;
use super::Parts;
use crate::model;
use crate::plan::{AttributeId, ComponentId, CountId, Purge};
use crate::source::{At, codes};

/// More entries than this at a time are the whole cache.
const MOST_ENTRIES: f64 = 10_000.0;

/// What each write drops, by the endpoint of its query. All caches and queries are there; no program is.
pub(super) fn declare(draft: &mut Draft<'_>, parts: &mut Parts) {
    for (position, (name, written)) in draft.names.written().into_iter().enumerate() {
        let Written::Cache(cache) = written else {
            continue;
        };
        for (query, by) in &cache.invalidated_by {
            if let Some(reach) = parts.caches.get(&position).copied() {
                purge(draft, parts, (name, cache), reach.cache, query, by);
            }
        }
    }
}

fn purge(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    (name, written): (&At<String>, &model::Cache),
    cache: crate::plan::CacheId,
    query: &At<String>,
    by: &model::InvalidatedBy,
) {
    let Some(endpoint) = draft.names.endpoint(query, &mut draft.complaints) else {
        return;
    };
    let component = draft.plan.endpoints[endpoint.index()].component;
    let Written::Database(database) = draft.names.get(component).written else {
        let message = format!(
            "`{}` is no query of a database: nothing is written there",
            query.value
        );
        return draft.complain(codes::WRONG_KIND, query.place, message);
    };
    let local = query.value.split_once('.').map_or("", |(_, local)| local);
    if database
        .queries
        .get(local)
        .is_some_and(|query| query.writes.is_none())
    {
        let message = format!("`{}` is a read: it changes nothing", query.value);
        return draft.complain(codes::CONTRADICTION, query.place, message);
    }
    let entries = entries(draft, name, query, by);
    if by.entries.is_some() && entries.is_none() {
        return;
    }
    let key = own_key(draft, parts, component, cache);
    if entries.is_none() && key.is_none() {
        let message = format!(
            "`{}` is not about one object of `{}`, so that it is not clear what it drops",
            query.value, written.of.value
        );
        let hint = "say how many: `entries: { poisson: { mean: 12 } }`";
        return draft.complain_with(codes::CONTRADICTION, query.place, message, hint);
    }
    let row = draft.plan.purges.len();
    draft.plan.purges.push(Purge {
        cache,
        key: key.unwrap_or(AttributeId::NONE),
        entries: entries.unwrap_or(CountId::NONE),
        site: crate::chance::key::site(&["cache", &name.value, "invalidated", &query.value]),
    });
    parts.purges.entry(endpoint).or_default().push(row as u32);
}

fn entries(
    draft: &mut Draft<'_>,
    name: &At<String>,
    query: &At<String>,
    by: &model::InvalidatedBy,
) -> Option<CountId> {
    let written = by.entries.as_ref()?;
    let id = value::count(
        draft,
        written,
        &["cache", &name.value, "entries", &query.value],
    );
    let mean = draft.plan.counts.get(id.index()).map(|count| count.mean);
    if mean.is_none_or(|mean| mean > MOST_ENTRIES) {
        let message = format!("at most {MOST_ENTRIES} entries can be dropped by one write");
        draft.complain(codes::OUT_OF_RANGE, written.place, message);
        return None;
    }
    Some(id)
}

/// The attribute of the object that a database's queries are about, if the cache is of the same data set.
fn own_key(
    draft: &Draft<'_>,
    parts: &Parts,
    database: ComponentId,
    cache: crate::plan::CacheId,
) -> Option<AttributeId> {
    let of = *parts.asked.get(&database)?;
    let same = draft.plan.caches.get(cache.index())?.keyspace == of;
    same.then(|| draft.plan.keyspaces[of.index()].attribute)
}
