//! Who is sent where first: `prefer` and `failover` of services, and `routes:`.
//!
//! The replicas that a caller may be sent to are dealt into tiers, the preferred one first. A service's own callers know at once who works
//! and go on to the next tier when nobody does in one (as Envoy does by locality, and Kubernetes with `PreferSameZone`). A route is
//! another pool over the same replicas, a tier for each region, whose director looks for itself and whose callers go by old answers.
//!
//! Not modelled: a director that is itself down or slow; answers that differ by the resolver's place; how many callers share a
//! resolver; sessions that stay open when the answer changes.

use super::super::draft::Draft;
use super::super::names::Written;
use super::Parts;
use super::network::{can_be_lost, mean_way};
use super::pool::{has_room, keyed, near, push_pool_with};
use super::station::begin;
use crate::chance::key::site;
use crate::model::{self, Beyond, Limit, Pick, Prefer};
use crate::plan::{
    Area, Busy, Candidates, Capacity, ComponentId, ComponentKind, PoolId, Sight, Spill, StationId,
    Steering, ZoneId,
};
use crate::source::{At, Place, codes};

const PRECAUTION: &str = "give it, or its regions, `reliability: { up: …, down: … }`";

/// Tiers for callers of one zone, each with the area that it is, if it is one.
type Tiers = Vec<(Option<u32>, Vec<StationId>)>;

/// Candidates by zone, and the areas of their tiers.
fn rows(all: Vec<Tiers>) -> (Vec<Candidates>, Vec<Vec<Option<u32>>>) {
    let row = |tiers: Tiers| {
        let (areas, lists): (Vec<_>, Vec<_>) = tiers.into_iter().unzip();
        let mut end = 0;
        let ends = lists.iter().map(|list| {
            end += u32::try_from(list.len()).unwrap_or(u32::MAX);
            end
        });
        let tiers = ends.collect();
        let stations = lists.concat();
        (Candidates { stations, tiers }, areas)
    };
    all.into_iter().map(row).unzip()
}

fn region<'d>(draft: &'d Draft<'_>, zone: ZoneId) -> &'d str {
    &draft.plan.zones[zone.index()].region
}

fn home(draft: &Draft<'_>, station: StationId) -> ZoneId {
    draft.plan.stations[station.index()].zone
}

/// The stations of each place that `name_of` tells apart, in order of appearance.
fn areas(
    draft: &Draft<'_>,
    stations: &[StationId],
    name_of: impl Fn(&Draft<'_>, ZoneId) -> String,
) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for station in stations {
        let name = name_of(draft, home(draft, *station));
        match areas.iter_mut().find(|area| area.name == name) {
            Some(area) => area.stations.push(*station),
            None => areas.push(Area {
                name,
                stations: vec![*station],
            }),
        }
    }
    areas
}

fn by_region(draft: &Draft<'_>, stations: &[StationId]) -> Vec<Area> {
    areas(draft, stations, |draft, zone| {
        region(draft, zone).to_owned()
    })
}

/// Positions of regions from a place on, the nearest first: its own, then by the mean way there; of equals the first.
fn nearest(draft: &Draft<'_>, areas: &[Area], from: ZoneId) -> Vec<usize> {
    let way = |area: &Area| {
        let ways = area.stations.iter();
        let ways = ways.map(|station| mean_way(&draft.plan, from, home(draft, *station)));
        ways.fold(f64::INFINITY, f64::min)
    };
    let here = region(draft, from);
    let key = |at: &usize| (areas[*at].name != here, way(&areas[*at]));
    let mut order: Vec<usize> = (0..areas.len()).collect();
    order.sort_by(|one, other| {
        let (one, other) = (key(one), key(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    order
}

fn spill(
    draft: &mut Draft<'_>,
    spill: &At<model::Spill>,
    service: &model::Service,
    stations: &[StationId],
) -> Spill {
    let (of, unlimited) = match spill.of {
        model::Busy::Cores => {
            let boundless = |station: &StationId| {
                let processor = draft.plan.stations[station.index()].processor;
                let row = draft.plan.processors.get(processor.index());
                row.is_none_or(|row| row.cores == Capacity::Unlimited)
            };
            (Busy::Cores, stations.iter().any(boundless))
        }
        model::Busy::Slots => {
            let boundless = service.station.concurrency.value == Limit::Unlimited;
            (Busy::Slots, boundless)
        }
    };
    if unlimited {
        let (what, field) = match of {
            Busy::Cores => ("cores", "cores"),
            Busy::Slots => ("slots", "concurrency"),
        };
        let message =
            format!("what has no limit is never busy: `of: {what}` needs bounded `{field}`");
        draft.complain(codes::CONTRADICTION, spill.place, message);
    }
    Spill {
        above: spill.above.get(),
        of,
        every: spill.every.ns(),
        nexts: Vec::new(),
    }
}

/// More areas than this do not spill into each other: every one may into every other.
const MOST_SPILLING: usize = 200;

/// Where the calls of each area go instead: to the nearest others first, or to those zones of its region that come after it, round about.
fn nexts(draft: &mut Draft<'_>, areas: &[Area], zonal: bool, place: Place) -> Vec<Vec<u32>> {
    let what = "places that spill into each other";
    if !draft.room(areas.len(), MOST_SPILLING, what, place) {
        return Vec::new();
    }
    let draft = &*draft;
    let zone = |at: usize| {
        areas[at]
            .stations
            .first()
            .map(|station| home(draft, *station))
    };
    let next = |area: usize| {
        let Some(from) = zone(area) else {
            return Vec::new();
        };
        let mut others: Vec<usize> = if zonal {
            let like =
                |at: &usize| zone(*at).is_some_and(|at| region(draft, at) == region(draft, from));
            (1..areas.len())
                .map(|step| (area + step) % areas.len())
                .filter(like)
                .collect()
        } else {
            nearest(draft, areas, from)
        };
        others.retain(|other| *other != area);
        others.into_iter().map(|at| at as u32).collect()
    };
    (0..areas.len()).map(next).collect()
}

/// Work must show at processors where somebody looks at them.
fn show_work(parts: &mut Parts, component: ComponentId, spill: Option<&Spill>) {
    if spill.is_some_and(|spill| spill.of == Busy::Cores) {
        parts.whole_cores[component.index()] = 0;
    }
}

/// Candidates of a service's own callers, as `prefer` and `failover` say; where they say nothing, as everybody's.
pub(super) fn preferred(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    service: &model::Service,
    parts: &mut Parts,
) -> (Vec<Candidates>, Option<Steering>) {
    let stations: Vec<StationId> = draft.plan.components[component.index()]
        .stations()
        .collect();
    let rule = &service.balance.rule;
    let zonal = match &service.prefer.value {
        Prefer::SameRegion => None,
        Prefer::SameZone(zonal) => Some(zonal),
    };
    if (zonal.is_none() && service.failover.is_none()) || stations.is_empty() {
        return (near(draft, &stations, rule), None);
    }
    judge(draft, name, component, service, &stations);
    let regions = by_region(draft, &stations);
    let zones = areas(draft, &stations, |draft, zone| {
        draft.plan.zones[zone.index()].name.clone()
    });
    let here = near(draft, &stations, rule);
    let mut all = Vec::with_capacity(draft.plan.zones.len());
    for (number, candidates) in here.iter().enumerate() {
        let from = ZoneId::from(number);
        let mut tiers = Tiers::new();
        let order = nearest(draft, &regions, from);
        let first = match order.first() {
            Some(first) if service.failover.is_some() => regions[*first].stations.clone(),
            _ => candidates.stations.clone(),
        };
        let (own, others) = first
            .iter()
            .partition(|station| home(draft, **station) == from);
        let zone = zones
            .iter()
            .position(|area| area.name == draft.plan.zones[number].name);
        match (zonal, zone) {
            (Some(_), Some(zone)) => {
                tiers.push((u32::try_from(zone).ok(), own));
                tiers.push((None, others));
            }
            (None, _) => tiers.push((order.first().and_then(|at| u32::try_from(*at).ok()), first)),
            (Some(_), None) => tiers.push((None, first)),
        }
        if service.failover.is_some() {
            for at in order.iter().skip(1) {
                let area = if zonal.is_some() {
                    None
                } else {
                    u32::try_from(*at).ok()
                };
                tiers.push((area, regions[*at].stations.clone()));
            }
        }
        tiers.retain(|(_, stations)| !stations.is_empty());
        all.push(tiers);
    }
    let (candidates, orders) = rows(all);
    let areas = if zonal.is_some() { zones } else { regions };
    let written = zonal.and_then(|zonal| zonal.spill.as_ref());
    let spill = written.map(|written| Spill {
        nexts: nexts(draft, &areas, true, written.place),
        ..spill(draft, written, service, &stations)
    });
    show_work(parts, component, spill.as_ref());
    let steering = Steering {
        component,
        pool: PoolId::from(draft.plan.pools.len()),
        areas,
        orders,
        weights: Vec::new(),
        spill,
        sight: Sight::AtOnce,
        ttl: 0,
        site: site(&["steering", &name.value]),
    };
    (candidates, Some(steering))
}

/// What contradicts itself, and what never happens.
fn judge(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    service: &model::Service,
    stations: &[StationId],
) {
    let place = service
        .failover
        .as_ref()
        .map_or(service.prefer.place, |failover| failover.place);
    if service.balance.rule.is_shared_queue() {
        let message = "a queue that all replicas share knows no places: `balance: shared-queue` excludes `prefer` and `failover`";
        draft.complain(codes::CONTRADICTION, place, message);
    }
    if matches!(service.prefer.value, Prefer::SameZone(_)) {
        let first = home(draft, stations[0]);
        if stations
            .iter()
            .all(|station| home(draft, *station) == first)
        {
            let message = format!(
                "all replicas of `{}` stand in one zone: there is none to prefer",
                name.value
            );
            draft.complain(codes::CONTRADICTION, service.prefer.place, message);
        }
    }
    let Some(At {
        value: Beyond::Region,
        place,
    }) = &service.failover
    else {
        return;
    };
    if by_region(draft, stations).len() < 2 {
        let message = format!(
            "`{}` stands in one region: there is no other to go to",
            name.value
        );
        draft.complain_with(
            codes::CONTRADICTION,
            *place,
            message,
            "`in: [eu, us]`, or leave `failover` out",
        );
    } else if service.eject.is_none() && !can_break(draft, component, service) {
        let message = format!(
            "no replica of `{}` ever breaks: `failover` never comes to anything",
            name.value
        );
        draft.complain_with(codes::NEVER, *place, message, PRECAUTION);
    }
}

/// What is said of checks and slow starts of a service whose replicas never break.
pub(super) fn judge_precaution(
    draft: &mut Draft<'_>,
    component: ComponentId,
    service: &model::Service,
    place: Place,
) {
    if !can_break(draft, component, service) {
        let message = format!(
            "no replica of `{}` ever breaks: this never comes to anything",
            draft.plan.components[component.index()].name
        );
        draft.complain_with(codes::NEVER, place, message, PRECAUTION);
    }
}

/// Whether some replica of a service can break.
fn can_break(draft: &Draft<'_>, component: ComponentId, service: &model::Service) -> bool {
    let host = service
        .host
        .as_ref()
        .and_then(|host| draft.model.hosts.get(&host.value));
    service.station.reliability.is_some()
        || host.is_some_and(|host| host.reliability.is_some())
        || can_be_lost(draft, component)
}

/// A route: its own pool over the replicas of its service.
pub(super) fn route(
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
    let stations: Vec<StationId> = draft.plan.components[position].stations().collect();
    let regions = by_region(draft, &stations);
    let Some((listed, weights)) = choices(draft, route, &regions) else {
        return;
    };
    if service.balance.rule.is_shared_queue() {
        let message = format!(
            "all replicas of `{}` share a queue, wherever they are: there is no region to send a request to",
            route.to.value
        );
        return draft.complain(codes::CONTRADICTION, route.to.place, message);
    }
    if let Some(check) = &route.check
        && !can_break(draft, service_id, service)
    {
        let message = format!(
            "no replica of `{}` ever breaks: `check` never finds anything",
            route.to.value
        );
        draft.complain_with(codes::NEVER, check.place, message, PRECAUTION);
    }
    let tiers_from = |draft: &Draft<'_>, from: ZoneId| -> Tiers {
        let order = match route.pick {
            Pick::Nearest => nearest(draft, &regions, from),
            _ => listed.clone(),
        };
        order
            .into_iter()
            .map(|at| (u32::try_from(at).ok(), regions[at].stations.clone()))
            .collect()
    };
    if !has_room(draft, stations.len()) {
        return;
    }
    let zones = 0..draft.plan.zones.len();
    let all = zones
        .map(|zone| tiers_from(draft, ZoneId::from(zone)))
        .collect();
    let (candidates, orders) = rows(all);
    let spill = route.spill.as_ref().map(|written| Spill {
        nexts: nexts(draft, &regions, false, written.place),
        ..spill(draft, written, service, &stations)
    });
    show_work(parts, service_id, spill.as_ref());
    let pool = PoolId::from(draft.plan.pools.len());
    push_pool_with(
        draft,
        service_id,
        service.balance.rule.clone(),
        u32::MAX,
        &name.value,
        candidates,
    );
    keyed(draft, pool, &service.balance);
    like_the_service(draft, position, pool);
    parts.routes.insert(component, pool);
    draft.plan.guards.steering.push(Steering {
        component,
        pool,
        areas: regions,
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

/// The regions that a route may choose, by position, and their weights if it has some. `None` when something is wrong with them.
fn choices(
    draft: &mut Draft<'_>,
    route: &model::Route,
    regions: &[Area],
) -> Option<(Vec<usize>, Vec<f64>)> {
    let named: Vec<&At<String>> = match &route.pick {
        Pick::Nearest => return Some(((0..regions.len()).collect(), Vec::new())),
        Pick::Weighted(weights) => weights.0.iter().map(|(name, _)| name).collect(),
        Pick::Failover(list) => list.iter().collect(),
    };
    let mut order = Vec::with_capacity(named.len());
    for name in &named {
        draft.region(name)?;
        let Some(at) = regions.iter().position(|area| area.name == name.value) else {
            let message = format!(
                "`{}` does not stand in the region `{}`",
                route.to.value, name.value
            );
            draft.complain(codes::CONTRADICTION, name.place, message);
            return None;
        };
        order.push(at);
    }
    let mut weights = Vec::new();
    if let Pick::Weighted(written) = &route.pick {
        weights = vec![0.0; regions.len()];
        for (at, (_, weight)) in order.iter().zip(&written.0) {
            weights[*at] = weight.value;
        }
    }
    Some((order, weights))
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
