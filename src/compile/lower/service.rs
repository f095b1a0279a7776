//! Services: replicas over regions and zones, their processors and slots, one pool for all endpoints.
//!
//! Not modelled: replicas that are added and taken away within a run; memory and its collection; work that replicas do for themselves;
//! connections between services, which cost nothing and are as many as it takes.

use super::super::draft::{Draft, MOST_STATIONS};
use super::balance;
use super::disciplines::cpu_of;
use super::host::{Hosts, Placing};
use super::network::Places;
use super::pool::{endpoint, keyed, push_pool_with};
use super::rate_limit;
use super::station::{Slots, begin, finish_stations, limit_u32, quantities, regions_of};
use super::steering;
use super::{Parts, capacity, limit};
use crate::model::{self, Limit};
use crate::plan::{
    ComponentId, ComponentKind, Deal, Ejection, PoolId, Processor, ProcessorId, Watch, ZoneId,
};
use crate::policy::eject::Rule;
use crate::source::{At, codes};
use crate::units::format;

/// Replicas, stations and the pool of a service; its endpoints get ids but no programs yet.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    service: &'m model::Service,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Service);
    let mut hosts = service
        .host
        .as_ref()
        .map(|host| host_of(draft, host, parts));
    let groups = groups(service);
    let mut spots = match &mut hosts {
        Some(hosts) => on_hosts(draft, service, hosts.as_mut().map(|(_, hosts)| hosts)),
        None => in_regions(draft, name, &service.station.regions, places),
    };
    let each: u64 = groups
        .iter()
        .map(|group| group.replicas)
        .fold(0, u64::saturating_add);
    let wanted = usize::try_from(each)
        .unwrap_or(usize::MAX)
        .saturating_mul(spots.len());
    let shared = service.balance.rule.is_shared_queue();
    let pool = PoolId::from(draft.plan.pools.len());
    if draft.room(
        draft.plan.stations.len().saturating_add(wanted),
        MOST_STATIONS,
        "replicas",
        name.place,
    ) {
        let mut replica = 0;
        for spot in &mut spots {
            let mut in_region = 0;
            for group in &groups {
                for _ in 0..group.replicas {
                    let (zone, processor) = match spot {
                        Spot::Region(zones) => {
                            let processor = private(
                                draft,
                                &name.value,
                                component,
                                replica,
                                group,
                                &service.station,
                            );
                            (zones[in_region % zones.len()], processor)
                        }
                        Spot::Hosts(hosts, placing) => hosts.next(placing),
                    };
                    let station = Slots {
                        component,
                        name: &name.value,
                        station: &service.station,
                        pool: shared.then_some(pool),
                    };
                    station.push(draft, replica, zone, processor);
                    replica += 1;
                    in_region += 1;
                }
            }
        }
    }
    finish_stations(draft, component);
    let regions = spots.len();
    let on_hosts = hosts.is_some();
    let mut delay = false;
    if let Some((position, hosts)) = hosts.flatten() {
        delay = hosts
            .processors()
            .all(|processor| unlimited(draft, processor));
        parts.hosts.insert(position, hosts);
    }
    if shared && regions > 1 {
        draft.complain(
            codes::NOT_SUPPORTED,
            name.place,
            "`balance: shared-queue` over several regions is not supported yet",
        );
    }
    let backlog = if shared {
        limit_u32(&service.station.backlog.value)
    } else {
        u32::MAX
    };
    let balance = service.balance.rule.clone();
    let (candidates, steering) = steering::preferred(draft, name, component, service, parts);
    push_pool_with(draft, component, balance, backlog, &name.value, candidates);
    draft.plan.guards.steering.extend(steering);
    keyed(draft, pool, &service.balance);
    if let Some(row) = draft.plan.pools.get_mut(pool.index()) {
        row.weights = weights(&groups, regions);
    }
    balance::judge(draft, component, service);
    eject(draft, pool, service);
    watch(draft, component, service);
    rate_limit::of_service(draft, component, name, service);
    let priority = service
        .priority
        .as_ref()
        .and_then(|priority| draft.priority(priority));
    for (name, _) in &service.endpoints {
        let id = endpoint(draft, component, name, pool);
        draft.plan.endpoints[id.index()].priority = priority;
    }
    quantities(draft, component, &name.value, &service.station.pools, parts);
    parts.whole_cores[component.index()] = match on_hosts {
        true if delay => u64::MAX,
        true => 0,
        false => groups
            .iter()
            .map(|group| whole(&group.cores))
            .min()
            .unwrap_or(0),
    };
    parts.slots[component.index()] = limit(service.station.concurrency.value);
}

/// When the balancer leaves replicas out.
fn eject(draft: &mut Draft<'_>, pool: PoolId, service: &model::Service) {
    let Some(eject) = &service.eject else { return };
    if service.balance.rule.is_shared_queue() {
        let message = "`eject` has no effect with `balance: shared-queue`: the balancer picks nobody, replicas take what waits";
        return draft.complain(codes::CONTRADICTION, eject.place, message);
    }
    let rule = Rule {
        after: u32::try_from(eject.after.get()).unwrap_or(u32::MAX),
        base: eject.base.ns(),
        longest: eject.longest.ns(),
        most: eject.most.get(),
    };
    let component = draft.plan.pools[pool.index()].component;
    let row = &draft.plan.components[component.index()];
    let (name, replicas) = (row.name.clone(), row.replicas);
    if rule.most_of(replicas) == 0 {
        let most = format::percent(rule.most);
        let message = format!(
            "`eject` has no effect: {most} of the {replicas} replicas of `{name}` are less than one"
        );
        let hint = format!(
            "`most: {}%` lets one of them be left out",
            100_u32.div_ceil(replicas.max(1))
        );
        draft.complain_with(codes::NEVER, eject.most.place, message, hint);
    }
    draft.plan.guards.ejections.push(Ejection { pool, rule });
}

/// How the balancer learns who is down, and what it does when somebody is back.
fn watch(draft: &mut Draft<'_>, component: ComponentId, service: &model::Service) {
    let deal = service.balance.rule.deal();
    if let Some(slow) = &service.slow_start {
        if matches!(deal, Deal::ByObject(_) | Deal::AtTheBalancer) {
            let word = service.balance.rule.word();
            let message = format!(
                "`slow-start` has no effect with `balance: {word}`: it does not choose by how busy or how new a replica is"
            );
            draft.complain(codes::CONTRADICTION, slow.place, message);
        } else if slow.ns() == 0 {
            draft.complain(
                codes::OUT_OF_RANGE,
                slow.place,
                "a slow start takes time: leave `slow-start` out, or give it some",
            );
        }
    }
    if let Some(check) = &service.check
        && deal == Deal::AtTheBalancer
    {
        let message = "`check` has no effect with `balance: shared-queue`: replicas that work take what waits";
        draft.complain(codes::CONTRADICTION, check.place, message);
    }
    let places = [
        service.check.as_ref().map(|at| at.place),
        service.slow_start.as_ref().map(|at| at.place),
    ];
    let Some(place) = places.into_iter().flatten().next() else {
        return;
    };
    steering::judge_precaution(draft, component, service, place);
    draft.plan.guards.watches.push(Watch {
        component,
        check: service.check.as_ref().map(|check| {
            let fails = u32::try_from(check.fails.get()).unwrap_or(u32::MAX);
            (check.every.ns(), fails)
        }),
        slow: service.slow_start.as_ref().map_or(0, |slow| slow.ns()),
    });
}

/// One of the places that a service's replicas are dealt to.
enum Spot<'h> {
    Region(Vec<ZoneId>),
    Hosts(&'h mut Hosts, Placing),
}

/// The weight of every replica; none when all are alike.
fn weights(groups: &[Group], regions: usize) -> Vec<f64> {
    let Some(first) = groups.first().map(|group| group.weight.to_bits()) else {
        return Vec::new(); // all of them were wrong, which is said
    };
    if groups.iter().all(|group| group.weight.to_bits() == first) {
        return Vec::new();
    }
    let alike = |group: &Group| vec![group.weight; usize::try_from(group.replicas).unwrap_or(0)];
    let region: Vec<f64> = groups.iter().flat_map(alike).collect();
    region.repeat(regions)
}

/// Like replicas.
pub(super) struct Group {
    replicas: u64,
    weight: f64,
    cores: Limit<f64>,
    speed: f64,
}

fn groups(service: &model::Service) -> Vec<Group> {
    let cores = |cores: &Limit<model::Positive>| match cores {
        Limit::Unlimited => Limit::Unlimited,
        Limit::Of(cores) => Limit::Of(cores.get()),
    };
    let (own_cores, own_speed) = (&service.station.cores.value, service.station.speed.get());
    match &service.groups {
        None => vec![Group {
            replicas: service
                .replicas
                .as_ref()
                .map_or(1, |replicas| replicas.get()),
            cores: cores(own_cores),
            speed: own_speed,
            weight: 1.0,
        }],
        Some(groups) => groups
            .iter()
            .map(|(name, group)| Group {
                replicas: group.replicas.get(),
                cores: cores(group.cores.as_ref().map_or(own_cores, |cores| &cores.value)),
                speed: group.speed.as_ref().map_or(own_speed, |speed| speed.get()),
                weight: balance::weight(service, name, group),
            })
            .collect(),
    }
}

fn in_regions(
    draft: &mut Draft<'_>,
    name: &At<String>,
    regions: &[At<String>],
    places: &Places,
) -> Vec<Spot<'static>> {
    let found = regions_of(draft, name, regions, places);
    found
        .into_iter()
        .filter_map(|region| places.regions.get(region))
        .filter(|zones| !zones.is_empty())
        .cloned()
        .map(Spot::Region)
        .collect()
}

/// The machines that a service stands on, taken out of the parts until it does.
fn host_of(draft: &mut Draft<'_>, host: &At<String>, parts: &mut Parts) -> Option<(usize, Hosts)> {
    let position = draft
        .names
        .component(host, ComponentKind::Host, &mut draft.complaints)?;
    parts.hosts.remove_entry(&position)
}

fn on_hosts<'h>(
    draft: &mut Draft<'_>,
    service: &model::Service,
    hosts: Option<&'h mut Hosts>,
) -> Vec<Spot<'h>> {
    if let Some(region) = service.station.regions.first() {
        let message =
            "`in` and `host` contradict each other: the hosts say where the service stands";
        draft.complain(codes::CONTRADICTION, region.place, message);
    }
    let some = hosts.filter(|hosts| !hosts.is_empty());
    let placing = Placing::new(service.place.value.clone());
    some.map(|hosts| Spot::Hosts(hosts, placing))
        .into_iter()
        .collect()
}

fn private(
    draft: &mut Draft<'_>,
    name: &str,
    component: ComponentId,
    replica: u32,
    group: &Group,
    station: &model::Station,
) -> ProcessorId {
    let cores = group.cores;
    let discipline = cpu_of(draft, component, &station.cpu, station.usl.as_ref());
    let name = format!("{name}/{replica}");
    draft.plan.processors.push(Processor {
        name,
        component,
        cores: capacity(&cores),
        speed: group.speed,
        discipline,
    });
    ProcessorId::from(draft.plan.processors.len() - 1)
}

fn unlimited(draft: &Draft<'_>, processor: ProcessorId) -> bool {
    draft.plan.processors[processor.index()].cores == crate::plan::Capacity::Unlimited
}

/// Whole cores, which as many jobs can use without slowing each other down.
fn whole(cores: &Limit<f64>) -> u64 {
    match cores {
        Limit::Unlimited => u64::MAX,
        Limit::Of(cores) => cores.floor() as u64,
    }
}
