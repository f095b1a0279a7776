//! Who is sent where first: areas of replicas, what spills from one to the other, and `prefer` and `failover` of services.
//!
//! The replicas that a caller may be sent to are dealt into tiers, the preferred one first. A service's own callers know at once who works
//! and go on to the next tier when nobody does in one (as Envoy does by locality, and Kubernetes with `PreferSameZone`). Routes have tiers
//! as well: see [`super::route`].
//!
//! Not modelled: a preference that weighs how far it is against how busy it is there, but by `spill`.

use super::super::draft::Draft;
use super::Parts;
use super::network::{can_be_lost, mean_way};
use super::pool::near;
use crate::chance::key::site;
use crate::model::{self, Beyond, Limit, Prefer};
use crate::plan::{
    Area, Busy, Candidates, Capacity, ComponentId, PoolId, Sight, Spill, StationId, Steering,
    ZoneId,
};
use crate::source::{At, Place, codes};

pub(super) const PRECAUTION: &str = "give it, or its regions, `reliability: { up: …, down: … }`";

/// Tiers for callers of one zone, each with the area that it is, if it is one.
pub(super) type Tiers = Vec<(Option<u32>, Vec<StationId>)>;

/// Candidates by zone, and the areas of their tiers.
pub(super) fn rows(all: Vec<Tiers>) -> (Vec<Candidates>, Vec<Vec<Option<u32>>>) {
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

pub(super) fn by_region(draft: &Draft<'_>, stations: &[StationId]) -> Vec<Area> {
    areas(draft, stations, |draft, zone| {
        region(draft, zone).to_owned()
    })
}

/// Positions of regions from a place on, the nearest first: its own, then by the mean way there; of equals the first.
pub(super) fn nearest(draft: &Draft<'_>, areas: &[Area], from: ZoneId) -> Vec<usize> {
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

pub(super) fn spill(
    draft: &mut Draft<'_>,
    spill: &At<model::Spill>,
    service: &model::Service,
    areas: &[Area],
    nexts: Vec<Vec<u32>>,
) -> Spill {
    let mut stations = areas.iter().flat_map(|area| &area.stations);
    let (of, unlimited) = match spill.of {
        model::Busy::Cores => {
            let boundless = |station: &StationId| {
                let processor = draft.plan.stations[station.index()].processor;
                let row = draft.plan.processors.get(processor.index());
                row.is_none_or(|row| row.cores == Capacity::Unlimited)
            };
            (Busy::Cores, stations.any(boundless))
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
        nexts,
    }
}

/// More areas than this do not spill into each other: every one may into every other.
const MOST_SPILLING: usize = 200;

/// Whether so many areas may spill into each other.
pub(super) fn may_spill(draft: &mut Draft<'_>, areas: &[Area], place: Place) -> bool {
    let what = "places that spill into each other";
    draft.room(areas.len(), MOST_SPILLING, what, place)
}

/// The calls of each zone go to those of its region that come after it, round about.
fn next_zones(draft: &Draft<'_>, zones: &[Area]) -> Vec<Vec<u32>> {
    let region_of = |at: usize| {
        let first = zones[at].stations.first();
        first.map(|station| region(draft, home(draft, *station)))
    };
    let next = |zone: usize| {
        let others = (1..zones.len()).map(|step| (zone + step) % zones.len());
        let near = others.filter(|other| region_of(*other) == region_of(zone));
        near.map(|other| other as u32).collect()
    };
    (0..zones.len()).map(next).collect()
}

/// Work must show at processors where somebody looks at them.
pub(super) fn show_work(parts: &mut Parts, component: ComponentId, spill: Option<&Spill>) {
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
    let all = here.iter().enumerate().map(|(number, candidates)| {
        let from = ZoneId::from(number);
        let (zones, beyond) = (zonal.map(|_| &zones), service.failover.is_some());
        tiers_from(draft, from, candidates, zones, beyond.then_some(&regions))
    });
    let all = all.collect();
    let (candidates, orders) = rows(all);
    let areas = if zonal.is_some() { zones } else { regions };
    let written = zonal.and_then(|zonal| zonal.spill.as_ref());
    let spill = written.map(|written| {
        let room = may_spill(draft, &areas, written.place);
        let nexts = if room {
            next_zones(draft, &areas)
        } else {
            Vec::new()
        };
        spill(draft, written, service, &areas, nexts)
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

/// The tiers of callers of one zone: of a zone of its own first, where zones are preferred; then of its region, or whomever it has; then of the
/// other regions, the nearest first, where calls may leave.
fn tiers_from(
    draft: &Draft<'_>,
    from: ZoneId,
    usual: &Candidates,
    zones: Option<&Vec<Area>>,
    beyond: Option<&Vec<Area>>,
) -> Tiers {
    let order = beyond.map(|regions| (regions, nearest(draft, regions, from)));
    let area = |at: usize| zones.is_none().then_some(at as u32);
    let (mut tiers, mut first) = (Tiers::new(), (None, usual.stations.clone()));
    if let Some((regions, order)) = &order
        && let Some(at) = order.first()
    {
        first = (area(*at), regions[*at].stations.clone());
    }
    let here = &draft.plan.zones[from.index()].name;
    let own = zones.and_then(|zones| zones.iter().position(|area| area.name == *here));
    match own {
        Some(zone) => {
            let is_here = |station: &StationId| home(draft, *station) == from;
            let (own, others) = first.1.into_iter().partition(is_here);
            tiers.push((Some(zone as u32), own));
            tiers.push((None, others));
        }
        None => tiers.push(first),
    }
    if let Some((regions, order)) = order {
        let others = order.into_iter().skip(1);
        tiers.extend(others.map(|at| (area(at), regions[at].stations.clone())));
    }
    tiers.retain(|(_, stations)| !stations.is_empty());
    tiers
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
pub(super) fn can_break(
    draft: &Draft<'_>,
    component: ComponentId,
    service: &model::Service,
) -> bool {
    let host = service
        .host
        .as_ref()
        .and_then(|host| draft.model.hosts.get(&host.value));
    service.station.reliability.is_some()
        || host.is_some_and(|host| host.reliability.is_some())
        || can_be_lost(draft, component)
}
