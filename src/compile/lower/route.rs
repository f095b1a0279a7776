//! Routes: directors of traffic between the regions of a service.
//!
//! A route is a pool of its own over the replicas of its service, a tier for each region that it may choose; its director looks for itself, and
//! its callers go by old answers. Within a region the service's own rule picks.
//!
//! Not modelled: a director that is itself down or slow; answers that differ by the resolver's place; how many callers share a
//! resolver; sessions that stay open when the answer changes.

use super::super::draft::Draft;
use super::super::names::Written;
use super::Parts;
use super::pool::{has_room, keyed, push_pool_with};
use super::station::begin;
use super::steering::{
    PRECAUTION, Tiers, by_region, can_break, may_spill, nearest, rows, show_work, spill,
};
use crate::chance::key::site;
use crate::model::{self, Pick};
use crate::plan::{Area, ComponentId, ComponentKind, PoolId, Sight, StationId, Steering, ZoneId};
use crate::source::{At, codes};

/// The row of a route, and its pool.
pub(super) fn declare(
    draft: &mut Draft<'_>,
    name: &At<String>,
    route: &model::Route,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Route);
    draft.plan.components[component.index()].first = StationId::NONE;
    let to = draft
        .names
        .component(&route.to, ComponentKind::Service, &mut draft.complaints);
    let Some(position) = to else { return };
    let Written::Service(service) = draft.names.known[position].written else {
        return;
    };
    draft.names.known[component.index()].endpoints = draft.names.known[position].endpoints.clone();
    let service_id = ComponentId::from(position);
    let Some((areas, weights)) = choices(draft, route, service_id) else {
        return;
    };
    judge(draft, route, service_id, service);
    let stations: usize = areas.iter().map(|area| area.stations.len()).sum();
    if service.balance.rule.is_shared_queue() || !has_room(draft, stations) {
        return;
    }
    let zones = (0..draft.plan.zones.len()).map(ZoneId::from);
    let all = zones.map(|from| tiers_from(draft, route, &areas, from));
    let (candidates, orders) = rows(all.collect());
    let spill = route.spill.as_ref().map(|written| {
        let room = may_spill(draft, &areas, written.place);
        let nexts = if room {
            nexts(draft, route, &areas, &weights)
        } else {
            Vec::new()
        };
        spill(draft, written, service, &areas, nexts)
    });
    show_work(parts, service_id, spill.as_ref());
    let pool = PoolId::from(draft.plan.pools.len());
    let rule = service.balance.rule.clone();
    push_pool_with(draft, service_id, rule, u32::MAX, &name.value, candidates);
    keyed(draft, pool, &service.balance);
    like_the_service(draft, position, pool);
    parts.routes.insert(component, pool);
    draft.plan.guards.steering.push(Steering {
        component,
        pool,
        areas,
        orders,
        weights,
        spill,
        sight: match &route.check {
            None => Sight::Never,
            Some(check) => Sight::Checks {
                every: check.every.ns(),
                fails: u32::try_from(check.fails.get()).unwrap_or(u32::MAX),
            },
        },
        ttl: route.client_ttl.ns(),
        site: site(&["steering", &name.value]),
    });
}

/// What contradicts itself, and what never happens.
fn judge(draft: &mut Draft<'_>, route: &model::Route, id: ComponentId, service: &model::Service) {
    if service.balance.rule.is_shared_queue() {
        let message = format!(
            "all replicas of `{}` share a queue, wherever they are: there is no region to send a request to",
            route.to.value
        );
        return draft.complain(codes::CONTRADICTION, route.to.place, message);
    }
    if let Some(check) = &route.check
        && !can_break(draft, id, service)
    {
        let message = format!(
            "no replica of `{}` ever breaks: `check` never finds anything",
            route.to.value
        );
        draft.complain_with(codes::NEVER, check.place, message, PRECAUTION);
    }
}

/// A tier for each region, the nearest first or as they are written.
fn tiers_from(draft: &Draft<'_>, route: &model::Route, areas: &[Area], from: ZoneId) -> Tiers {
    let order = match route.pick {
        Pick::Nearest => nearest(draft, areas, from),
        Pick::Weighted(_) | Pick::Failover(_) => (0..areas.len()).collect(),
    };
    let tier = |at: usize| (Some(at as u32), areas[at].stations.clone());
    order.into_iter().map(tier).collect()
}

/// Where the calls of each region go instead: to the nearest others first, or to the others of a list in its order; never to one of weight 0.
fn nexts(
    draft: &Draft<'_>,
    route: &model::Route,
    areas: &[Area],
    weights: &[f64],
) -> Vec<Vec<u32>> {
    let next = |area: usize| {
        let first = areas[area].stations.first();
        let order = match (&route.pick, first) {
            (Pick::Failover(_), _) | (_, None) => (0..areas.len()).collect(),
            (Pick::Nearest | Pick::Weighted(_), Some(first)) => {
                nearest(draft, areas, draft.plan.stations[first.index()].zone)
            }
        };
        let takes = |at: &usize| *at != area && weights.get(*at).is_none_or(|weight| *weight > 0.0);
        let others = order.into_iter().filter(takes);
        others.map(|at| at as u32).collect()
    };
    (0..areas.len()).map(next).collect()
}

/// The regions that a route may choose, and their weights if it has some. `None` when something is wrong with them.
fn choices(
    draft: &mut Draft<'_>,
    route: &model::Route,
    service: ComponentId,
) -> Option<(Vec<Area>, Vec<f64>)> {
    let component = &draft.plan.components[service.index()];
    let stations: Vec<StationId> = component.stations().collect();
    let regions = by_region(draft, &stations);
    let named: Vec<&At<String>> = match &route.pick {
        Pick::Nearest => return Some((regions, Vec::new())),
        Pick::Weighted(weights) => weights.0.iter().map(|(name, _)| name).collect(),
        Pick::Failover(list) => list.iter().collect(),
    };
    let mut areas = Vec::with_capacity(named.len());
    for name in &named {
        draft.region(name)?;
        let Some(area) = regions.iter().find(|area| area.name == name.value) else {
            let message = format!(
                "`{}` does not stand in the region `{}`",
                route.to.value, name.value
            );
            draft.complain(codes::CONTRADICTION, name.place, message);
            return None;
        };
        areas.push(area.clone());
    }
    let weights = match &route.pick {
        Pick::Weighted(written) => written.0.iter().map(|(_, weight)| weight.value).collect(),
        Pick::Nearest | Pick::Failover(_) => Vec::new(),
    };
    Some((areas, weights))
}

/// What a service's own balancer knows of its replicas, that of a route knows as well: weights, and when to leave one out.
fn like_the_service(draft: &mut Draft<'_>, service: usize, pool: PoolId) {
    let endpoints = &draft.names.known[service].endpoints;
    let own = endpoints
        .values()
        .next()
        .map(|endpoint| draft.plan.endpoints[endpoint.index()].pool);
    let Some(own) = own else { return };
    let ejections = draft.plan.guards.ejections.iter();
    let copied = ejections.filter(|row| row.pool == own).cloned();
    let copied: Vec<_> = copied
        .map(|row| crate::plan::Ejection { pool, ..row })
        .collect();
    draft.plan.guards.ejections.extend(copied);
    let weights = draft
        .plan
        .pools
        .get(own.index())
        .map(|row| row.weights.clone());
    if let (Some(row), Some(weights)) = (draft.plan.pools.get_mut(pool.index()), weights) {
        row.weights = weights;
    }
}
