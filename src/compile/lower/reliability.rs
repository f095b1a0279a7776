//! What breaks: replicas, copies, nodes and machines; databases whose leaders can be replaced.

use super::super::draft::Draft;
use super::super::law;
use super::super::names::{Written, noun};
use super::Parts;
use super::network::can_be_lost;
use crate::chance::key::site;
use crate::chance::law::Law;
use crate::model::{self, Clock, Headless, Reliability};
use crate::plan::{
    ComponentId, ComponentKind, Failover, Interrupted, ProcessorId, StationId, Unit, Wear,
};
use crate::source::{At, codes};

/// Everything that breaks. All stations are there; no program is.
pub(super) fn declare(draft: &mut Draft<'_>, parts: &mut Parts) {
    places(draft, parts);
    let known = draft.names.written();
    for (position, (name, written)) in known.iter().enumerate() {
        let id = ComponentId::from(position);
        let (station, host) = match written {
            Written::Service(service) => (&service.station, service.host.is_some()),
            Written::Database(database) => {
                if let Some(written) = &database.failover {
                    judge_failover(draft, name, id, database, written);
                }
                if breaks_somehow(draft, id, database) {
                    failover(draft, name, id, database, parts);
                }
                (&database.station, false)
            }
            Written::Cache(cache) if cache.per.is_none() => (&cache.station, false),
            Written::Host(host) => {
                if let Some(reliability) = &host.reliability {
                    let units = machines(draft, id);
                    breaks(draft, name, id, reliability, units, parts);
                }
                continue;
            }
            _ => continue,
        };
        if let Some(reliability) = &station.reliability {
            let copies = match written {
                Written::Database(database) => Some(*database),
                _ => None,
            };
            if judge(draft, name, reliability, host, copies) {
                let units = replicas(draft, id);
                breaks(draft, name, id, reliability, units, parts);
            }
        }
    }
}

/// What contradicts itself.
fn judge(
    draft: &mut Draft<'_>,
    name: &At<String>,
    reliability: &At<Reliability>,
    on_host: bool,
    database: Option<&model::Database>,
) -> bool {
    if reliability.work == model::Interrupted::Lost {
        return true;
    }
    let copies = database.map_or(1, |database| database.replicas.get());
    let (message, hint) = if on_host {
        (
            format!(
                "`{}` shares its processor with others on its host, which does not stop when one replica breaks",
                name.value
            ),
            "say `work: lost` here, or give the host its `reliability`",
        )
    } else if copies > 1 {
        (
            format!(
                "a copy of `{}` that breaks loses its requests: another copy leads in its place",
                name.value
            ),
            "leave `work` out: `lost` is what databases with several `replicas` do",
        )
    } else {
        return true;
    };
    draft.complain_with(codes::CONTRADICTION, reliability.place, message, hint);
    false
}

fn judge_failover(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    database: &model::Database,
    failover: &At<model::Failover>,
) {
    let breaks = breaks_somehow(draft, component, database);
    let (code, message, hint) = match (breaks, database.replicas.get()) {
        (false, _) => (
            codes::NEVER,
            format!(
                "no leader of `{}` ever breaks: `failover` never comes to anything",
                name.value
            ),
            "give it `reliability: { up: …, down: … }`, or leave `failover` out",
        ),
        (true, 1) => (
            codes::CONTRADICTION,
            format!("`{}` has no other copy that could lead", name.value),
            "give it `replicas`, or leave `failover` out",
        ),
        _ => return,
    };
    draft.complain_with(code, failover.place, message, hint);
}

fn wear(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    reliability: &Reliability,
    units: Vec<Unit>,
) -> Option<Wear> {
    let up = law::plain_law(draft, &reliability.up.law, reliability.up.place)?;
    let down = law::plain_law(draft, &reliability.down.law, reliability.down.place)?;
    if up.mean() < 1.0 {
        let message = "what works for no time is never there: leave it out, or give it time";
        draft.complain(codes::OUT_OF_RANGE, reliability.up.place, message);
        return None;
    }
    let crews = reliability.crews.as_ref();
    Some(Wear {
        component,
        place: String::new(),
        told: component.0,
        up,
        down,
        only_busy: reliability.clock == Clock::Busy,
        work: match reliability.work {
            model::Interrupted::Resume => Interrupted::Resume,
            model::Interrupted::Restart => Interrupted::Restart,
            model::Interrupted::Lost => Interrupted::Lost,
        },
        crews: crews.map_or(u32::MAX, |crews| {
            u32::try_from(crews.get()).unwrap_or(u32::MAX)
        }),
        site: site(&["breaks", &name.value]),
        units,
    })
}

/// Whether copies of a database can break: by themselves, or with the place where they stand.
pub(super) fn breaks_somehow(
    draft: &Draft<'_>,
    component: ComponentId,
    database: &model::Database,
) -> bool {
    database.station.reliability.is_some() || can_be_lost(draft, component)
}

/// Regions and zones, each of which goes with all that stands there.
fn places(draft: &mut Draft<'_>, parts: &mut Parts) {
    let model = draft.model;
    for (name, region) in &model.regions {
        let places = draft
            .plan
            .zones
            .iter()
            .filter(|zone| zone.region == name.value);
        let zones: Vec<String> = places.map(|zone| zone.name.clone()).collect();
        let inside = |zone: &String| {
            zone.strip_prefix(name.value.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let zones: Vec<String> = zones.into_iter().filter(inside).collect();
        if let Some(reliability) = &region.reliability {
            stays(draft, name, reliability);
            lost(draft, name, &name.value, reliability, &zones, parts);
        }
        if let Some(reliability) = &region.zone_reliability {
            for zone in &zones {
                lost(
                    draft,
                    name,
                    zone,
                    reliability,
                    std::slice::from_ref(zone),
                    parts,
                );
            }
        }
    }
}

/// What breaks with the place where it stands; the rest is run by vendors over all zones of a region.
fn falls(kind: ComponentKind) -> bool {
    matches!(
        kind,
        ComponentKind::Service | ComponentKind::Database | ComponentKind::Cache
    )
}

/// Complains of what would be lost with a region, but cannot be yet.
fn stays(draft: &mut Draft<'_>, name: &At<String>, reliability: &At<Reliability>) {
    let here = |station: &crate::plan::Station| {
        draft.plan.zones[station.zone.index()].region == name.value
    };
    let rows = draft.plan.stations.iter().filter(|station| here(station));
    let kinds = rows.map(|station| &draft.plan.components[station.component.index()]);
    let other = kinds
        .into_iter()
        .find(|row| !falls(row.kind) && row.kind != ComponentKind::External);
    if let Some(row) = other {
        let message = format!(
            "the region `{}` holds {} `{}`: only services, databases and caches break with their region yet",
            name.value,
            noun(row.kind),
            row.name
        );
        draft.complain(codes::NOT_SUPPORTED, reliability.place, message);
    }
}

/// One place that is lost as a whole.
fn lost(
    draft: &mut Draft<'_>,
    name: &At<String>,
    place: &str,
    reliability: &At<Reliability>,
    zones: &[String],
    parts: &mut Parts,
) {
    if reliability.work != model::Interrupted::Lost {
        let message = "what a place that is lost was doing is lost with it";
        let hint = "leave `work` out, or say `work: lost`";
        return draft.complain_with(codes::CONTRADICTION, reliability.place, message, hint);
    }
    let stands = |(_, station): &(usize, &crate::plan::Station)| {
        zones.contains(&draft.plan.zones[station.zone.index()].name)
            && falls(draft.plan.components[station.component.index()].kind)
    };
    let rows = draft.plan.stations.iter().enumerate();
    let stations = rows
        .filter(stands)
        .map(|(number, _)| StationId::from(number))
        .collect();
    let unit = Unit {
        stations,
        processor: ProcessorId::NONE,
    };
    let nobody = ComponentId::NONE;
    let at = At::new(place.to_owned(), name.place);
    let (rows, before) = (
        draft.plan.breakdowns.wear.len(),
        draft.plan.breakdowns.places().count(),
    );
    breaks(draft, &at, nobody, reliability, vec![unit], parts);
    if let Some(wear) = draft.plan.breakdowns.wear.get_mut(rows) {
        place.clone_into(&mut wear.place);
        wear.told = u32::try_from(draft.plan.components.len() + before).unwrap_or(u32::MAX);
        wear.site = site(&["breaks", "place", place]);
    }
}

/// Each replica breaks by itself.
fn replicas(draft: &Draft<'_>, component: ComponentId) -> Vec<Unit> {
    let unit = |station: StationId| Unit {
        stations: vec![station],
        processor: draft.plan.stations[station.index()].processor,
    };
    let stations = draft.plan.components[component.index()].stations();
    stations.map(unit).collect()
}

/// Each machine breaks with all that runs on it.
fn machines(draft: &Draft<'_>, host: ComponentId) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut at = vec![None; draft.plan.processors.len()];
    for (number, processor) in draft.plan.processors.iter().enumerate() {
        if processor.component == host {
            at[number] = Some(units.len());
            units.push(Unit {
                stations: Vec::new(),
                processor: ProcessorId::from(number),
            });
        }
    }
    for (number, station) in draft.plan.stations.iter().enumerate() {
        if let Some(Some(unit)) = at.get(station.processor.index()) {
            units[*unit].stations.push(StationId::from(number));
        }
    }
    units
}

fn breaks(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    reliability: &Reliability,
    units: Vec<Unit>,
    parts: &mut Parts,
) {
    let Some(wear) = wear(draft, name, component, reliability, units) else {
        return;
    };
    for station in wear.units.iter().flat_map(|unit| &unit.stations) {
        let component = draft.plan.stations[station.index()].component;
        // Its work must be taken from a processor: it may have to stop.
        parts.whole_cores[component.index()] = 0;
    }
    draft.plan.breakdowns.wear.push(wear);
}

/// Another copy may lead where copies can break.
fn failover(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    database: &model::Database,
    parts: &Parts,
) {
    let Some(copies) = parts.copies.get(&component) else {
        return;
    };
    let Some(seats) = copies.pools.first().filter(|_| copies.pools.len() > 1) else {
        return;
    };
    let mut law = |law: &model::DurationLaw| law::plain_law(draft, &law.law, law.place);
    let at_once = Law::Constant(0.0);
    let (detect, elect, waits) = match &database.failover {
        Some(failover) => (
            law(&failover.detect).unwrap_or(at_once.clone()),
            law(&failover.elect).unwrap_or(at_once),
            failover.writes == Headless::Wait,
        ),
        None => (at_once.clone(), at_once, false),
    };
    draft.plan.breakdowns.failovers.push(Failover {
        database: copies.database,
        seats: *seats,
        detect,
        elect,
        waits,
        synchronous: copies.acks > 1,
        site: site(&["failover", &name.value]),
    });
}
