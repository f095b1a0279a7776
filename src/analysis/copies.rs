//! Databases of several copies: reads that miss a committed write, and how far followers are behind.

use super::estimate::Sample;
use super::outcome::Outcome;
use super::result::{CopiesResult, ReadResult};
use crate::measure::{CacheTally, Tally};
use crate::plan::{CacheId, ComponentId, EndpointId, Plan, Target};

/// Share of the reads of a query, or of all queries of a database, that missed a committed write of their object.
///
/// Of a cache: share of the look-ups that were given a stale copy.
pub fn stale(plan: &Plan, outcome: &Outcome, target: &Target) -> Sample {
    if let Target::Component(id) = target
        && let Some(stale) = stale_hits(plan, outcome, *id)
    {
        return stale;
    }
    let endpoints: Vec<usize> = match target {
        Target::Endpoint(id) => vec![id.index()],
        Target::Component(id) => (0..plan.endpoints.len())
            .filter(|at| plan.endpoints[*at].component == *id)
            .collect(),
        _ => Vec::new(),
    };
    let stale = |tally: &Tally, at: usize| tally.reads.get(at).map_or(0, |row| row.stale);
    // What only leaders answer is not looked at: they have every write.
    let single = matches!(target, Target::Endpoint(_));
    let all = |tally: &Tally, at: usize| match tally.reads.get(at) {
        Some(row) if row.reads > 0 || !single => row.reads,
        _ if single => tally.endpoints[at].ok,
        _ => 0,
    };
    outcome.share(
        |tally| endpoints.iter().map(|at| stale(tally, *at)).sum(),
        |tally| endpoints.iter().map(|at| all(tally, *at)).sum(),
    )
}

/// Share of the look-ups of a cache that were given a stale copy; `None` of what gives out none.
pub fn stale_hits(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    let own = |cache: &usize| plan.caches[*cache].component == id;
    let caches: Vec<usize> = (0..plan.caches.len()).filter(own).collect();
    let looked_at = |cache: &usize| plan.gives_out_stale(CacheId::from(*cache));
    caches.iter().any(looked_at).then(|| {
        let rows = |tally: &Tally, of: fn(&CacheTally) -> u64| {
            caches
                .iter()
                .map(|cache| of(&tally.caches[*cache]))
                .sum::<u64>()
        };
        outcome.share(
            |tally| rows(tally, |cache| cache.stale),
            |tally| rows(tally, |cache| cache.hits + cache.coalesced + cache.misses),
        )
    })
}

/// What is told of a database of several copies; `None` of other components, and where nobody knows what a read must not miss.
pub fn result(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<CopiesResult> {
    let mut databases = plan.databases.iter();
    let at = databases.position(|database| database.component == id && database.copies > 1)?;
    if !plan.databases[at].key.is_some() {
        return None;
    }
    let read = |endpoint: EndpointId| {
        let seen = |tally: &Tally| {
            tally
                .reads
                .get(endpoint.index())
                .is_some_and(|row| row.reads > 0)
        };
        outcome.tallies.iter().any(seen).then(|| ReadResult {
            query: plan.endpoints[endpoint.index()].name.clone(),
            stale: stale(plan, outcome, &Target::Endpoint(endpoint)).estimate(),
        })
    };
    let own = (0..plan.endpoints.len()).map(EndpointId::from);
    let reads = own.filter(|endpoint| plan.endpoints[endpoint.index()].component == id);
    let behind = outcome.ratio(
        |tally| tally.behind[at].sum as f64 / 1e9,
        |tally| tally.behind[at].count as f64,
    );
    let longest = outcome
        .tallies
        .iter()
        .map(|tally| tally.behind[at].max)
        .max();
    Some(CopiesResult {
        reads: reads.filter_map(read).collect(),
        behind: behind.estimate(),
        behind_longest: longest.unwrap_or(0) as f64 / 1e9,
    })
}
