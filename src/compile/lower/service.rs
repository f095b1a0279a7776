//! Services: replicas over regions and zones, their processors and slots, one pool for all endpoints.

use super::super::draft::{Draft, MOST_CANDIDATES, MOST_STATIONS};
use super::super::value;
use super::network::Places;
use super::{Parts, capacity, limit};
use crate::chance::key::site;
use crate::model::{self, Limit};
use crate::plan::{
    Balance, Candidates, Component, ComponentId, ComponentKind, CpuDiscipline, DemandId,
    Discipline, Endpoint, EndpointId, Pool, PoolId, Processor, ProcessorId, Quantity, Station,
    StationId, StepId, View, ZoneId,
};
use crate::source::{At, Place, codes};

/// Replicas, stations and the pool of a service; its endpoints get ids but no programs yet.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    service: &'m model::Service,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Service);
    let hosts = service
        .host
        .as_ref()
        .map(|host| host_of(draft, host, parts));
    let groups = groups(service);
    let spots = match &hosts {
        Some(hosts) => on_hosts(draft, service, hosts.as_deref().unwrap_or_default()),
        None => in_regions(draft, name, &service.station.regions, places),
    };
    let each: u64 = groups
        .iter()
        .map(|group| group.replicas)
        .fold(0, u64::saturating_add);
    let wanted = usize::try_from(each)
        .unwrap_or(usize::MAX)
        .saturating_mul(spots.len());
    let shared = matches!(service.balance, model::Balance::SharedQueue);
    let pool = PoolId::from(draft.plan.pools.len());
    if draft.room(
        draft.plan.stations.len().saturating_add(wanted),
        MOST_STATIONS,
        "replicas",
        name.place,
    ) {
        let mut replica = 0;
        for spot in &spots {
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
                                &service.station.cpu,
                            );
                            (zones[in_region % zones.len()], processor)
                        }
                        Spot::Hosts(hosts) => hosts[in_region % hosts.len()],
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
    if shared && spots.len() > 1 {
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
    let balance = balance(draft, &service.balance);
    push_pool(draft, component, balance, backlog, &name.value, None);
    let priority = service
        .priority
        .as_ref()
        .and_then(|priority| draft.priority(priority));
    for (name, _) in service.endpoints.iter() {
        let id = endpoint(draft, component, name, pool);
        draft.plan.endpoints[id.index()].priority = priority;
    }
    quantities(draft, component, &name.value, &service.station.pools, parts);
    let delay = matches!(hosts, Some(Some(ref hosts)) if hosts.iter().all(|(_, processor)| unlimited(draft, *processor)));
    parts.whole_cores[component.index()] = match hosts {
        Some(_) if delay => u64::MAX,
        Some(_) => 0,
        None => groups
            .iter()
            .map(|group| whole(&group.cores))
            .min()
            .unwrap_or(0),
    };
    parts.slots[component.index()] = limit(&service.station.concurrency.value);
}

/// One of the places that a service's replicas are dealt to.
enum Spot {
    Region(Vec<ZoneId>),
    Hosts(Vec<(ZoneId, ProcessorId)>),
}

/// Like replicas.
pub(super) struct Group {
    replicas: u64,
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
        }],
        Some(groups) => groups
            .iter()
            .map(|(_, group)| Group {
                replicas: group.replicas.get(),
                cores: cores(group.cores.as_ref().map_or(own_cores, |cores| &cores.value)),
                speed: group.speed.as_ref().map_or(own_speed, |speed| speed.get()),
            })
            .collect(),
    }
}

/// The regions of `in:`, or the only one.
pub(super) fn regions_of(
    draft: &mut Draft<'_>,
    name: &At<String>,
    regions: &[At<String>],
    places: &Places,
) -> Vec<usize> {
    if regions.is_empty() {
        if places.regions.len() > 1 {
            let message = format!(
                "`{}` does not say in which of the {} regions it stands",
                name.value,
                places.regions.len()
            );
            let first = draft.model.regions[0].0.value.clone();
            draft.complain_with(
                codes::NO_PLACE,
                name.place,
                message,
                format!("`in: [{first}]`"),
            );
        }
        return vec![0];
    }
    let mut found: Vec<usize> = Vec::with_capacity(regions.len());
    for region in regions {
        let Some(position) = draft.region(region) else {
            continue;
        };
        if found.contains(&position) {
            draft.complain(
                codes::CONTRADICTION,
                region.place,
                format!("the region `{}` stands here twice", region.value),
            );
        } else {
            found.push(position);
        }
    }
    found
}

fn in_regions(
    draft: &mut Draft<'_>,
    name: &At<String>,
    regions: &[At<String>],
    places: &Places,
) -> Vec<Spot> {
    let found = regions_of(draft, name, regions, places);
    found
        .into_iter()
        .filter_map(|region| places.regions.get(region))
        .filter(|zones| !zones.is_empty())
        .cloned()
        .map(Spot::Region)
        .collect()
}

fn host_of(
    draft: &mut Draft<'_>,
    host: &At<String>,
    parts: &Parts,
) -> Option<Vec<(ZoneId, ProcessorId)>> {
    let position = draft
        .names
        .component(host, ComponentKind::Host, &mut draft.complaints)?;
    parts.hosts.get(&position).cloned()
}

fn on_hosts(
    draft: &mut Draft<'_>,
    service: &model::Service,
    hosts: &[(ZoneId, ProcessorId)],
) -> Vec<Spot> {
    if let Some(region) = service.station.regions.first() {
        let message =
            "`in` and `host` contradict each other: the hosts say where the service stands";
        draft.complain(codes::CONTRADICTION, region.place, message);
    }
    if hosts.is_empty() {
        Vec::new()
    } else {
        vec![Spot::Hosts(hosts.to_vec())]
    }
}

fn private(
    draft: &mut Draft<'_>,
    name: &str,
    component: ComponentId,
    replica: u32,
    group: &Group,
    cpu: &model::Cpu,
) -> ProcessorId {
    let cores = match group.cores {
        Limit::Unlimited => Limit::Unlimited,
        Limit::Of(cores) => Limit::Of(cores),
    };
    let name = format!("{name}/{replica}");
    draft.plan.processors.push(Processor {
        name,
        component,
        cores: capacity(&cores),
        speed: group.speed,
        discipline: cpu_of(cpu),
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

/// Opens the row of a component; its id is its position among the names.
pub(super) fn begin(draft: &mut Draft<'_>, name: &At<String>, kind: ComponentKind) -> ComponentId {
    let first = StationId::from(draft.plan.stations.len());
    draft.plan.components.push(Component {
        name: name.value.clone(),
        kind,
        first,
        replicas: 0,
        price: None,
    });
    ComponentId::from(draft.plan.components.len() - 1)
}

/// Notes how many stations a component has got.
pub(super) fn finish_stations(draft: &mut Draft<'_>, component: ComponentId) {
    let stations = draft.plan.stations.len();
    let row = &mut draft.plan.components[component.index()];
    row.replicas = u32::try_from(stations - row.first.index()).unwrap_or(u32::MAX);
    if row.replicas == 0 {
        row.first = StationId::NONE;
    }
}

/// What every station of a component has in common.
pub(super) struct Slots<'s> {
    pub(super) component: ComponentId,
    pub(super) name: &'s str,
    pub(super) station: &'s model::Station,
    /// The pool whose balancer keeps the queue, if one does.
    pub(super) pool: Option<PoolId>,
}

impl Slots<'_> {
    /// Adds a station.
    pub(super) fn push(
        &self,
        draft: &mut Draft<'_>,
        replica: u32,
        zone: ZoneId,
        processor: ProcessorId,
    ) {
        let patience = match (&self.station.patience, replica) {
            (None, _) => DemandId::NONE,
            (Some(law), 0) => value::own_time(draft, law, &["station", self.name, "patience"]),
            // All replicas have the same patience law; it is the request's key that makes draws differ.
            (Some(_), _) => draft
                .plan
                .stations
                .last()
                .map_or(DemandId::NONE, |station| station.patience),
        };
        let number = replica.to_string();
        draft.plan.stations.push(Station {
            component: self.component,
            replica,
            zone,
            processor,
            concurrency: u32::try_from(limit(&self.station.concurrency.value)).unwrap_or(u32::MAX),
            backlog: if self.pool.is_some() {
                u32::MAX
            } else {
                limit_u32(&self.station.backlog.value)
            },
            discipline: match self.station.discipline {
                model::Discipline::Fifo => Discipline::Fifo,
                model::Discipline::Lifo => Discipline::Lifo,
                model::Discipline::Priority => Discipline::Priority,
            },
            patience,
            shared: self.pool,
            site: site(&["station", self.name, &number]),
        });
    }
}

pub(super) fn limit_u32(limit: &Limit<u64>) -> u32 {
    match limit {
        Limit::Unlimited => u32::MAX,
        Limit::Of(number) => u32::try_from(*number).unwrap_or(u32::MAX),
    }
}

pub(super) fn cpu_of(cpu: &model::Cpu) -> CpuDiscipline {
    match cpu {
        model::Cpu::Ps => CpuDiscipline::Ps,
        model::Cpu::Fifo => CpuDiscipline::Fifo,
        model::Cpu::Priority(preemption) => CpuDiscipline::Priority {
            preempt: preemption.preempt,
        },
    }
}

pub(super) fn balance(draft: &mut Draft<'_>, balance: &model::Balance) -> Balance {
    let view = |view: &model::View| match view {
        model::View::Central => View::Central,
        model::View::Caller => View::Caller,
    };
    match balance {
        model::Balance::Random => Balance::Random,
        model::Balance::RoundRobin => Balance::RoundRobin,
        model::Balance::LeastRequests(least) => Balance::LeastRequests(view(&least.view)),
        model::Balance::PowerOfD(power) => {
            let choices = u32::try_from(power.choices.get()).unwrap_or(u32::MAX);
            if choices > 16 {
                let message = format!(
                    "{choices} `choices` are more than the 16 that this balancer can look at: `least-requests` sees them all"
                );
                draft.complain(codes::OUT_OF_RANGE, power.choices.place, message);
            }
            Balance::PowerOfD {
                choices,
                distinct: power.distinct,
                view: view(&power.view),
            }
        }
        model::Balance::SharedQueue => Balance::SharedQueue,
    }
}

/// Adds a pool over a component's stations (or over just some of them) with its candidates for every place.
pub(super) fn push_pool(
    draft: &mut Draft<'_>,
    component: ComponentId,
    balance: Balance,
    backlog: u32,
    name: &str,
    only: Option<Vec<StationId>>,
) {
    let stations: Vec<StationId> = only.unwrap_or_else(|| {
        draft.plan.components[component.index()]
            .stations()
            .collect()
    });
    let entries = draft
        .candidates
        .saturating_add(stations.len().saturating_mul(draft.plan.zones.len()));
    let candidates = if draft.room(
        entries,
        MOST_CANDIDATES,
        "entries in the tables of who may serve whom",
        Place::default(),
    ) {
        draft.candidates = entries;
        candidates(draft, &stations, &balance)
    } else {
        Vec::new()
    };
    let number = draft.plan.pools.len();
    let site = site(&["pool", name]);
    draft.plan.pools.push(Pool {
        component,
        balance,
        backlog,
        candidates,
        site,
        row: u32::try_from(number).unwrap_or(u32::MAX),
    });
}

/// Callers are served in their own region where the component stands there, else anywhere.
fn candidates(draft: &Draft<'_>, stations: &[StationId], balance: &Balance) -> Vec<Candidates> {
    let region = |zone: ZoneId| draft.plan.zones[zone.index()].region.as_str();
    let home = |station: &StationId| region(draft.plan.stations[station.index()].zone);
    let near = |place: &str| {
        stations
            .iter()
            .filter(|station| home(station) == place)
            .copied()
            .collect::<Vec<_>>()
    };
    draft
        .plan
        .zones
        .iter()
        .map(|zone| {
            let own = near(&zone.region);
            match (own.is_empty(), balance, stations.first()) {
                (false, _, _) => Candidates(own),
                // A ring is the same for all its callers: who has no nodes nearby uses those of the first region.
                (true, Balance::Ring(_), Some(first)) => Candidates(near(home(first))),
                (true, _, _) => Candidates(stations.to_vec()),
            }
        })
        .collect()
}

/// Adds an endpoint without a program, which other programs cannot name.
pub(super) fn hidden_endpoint(
    draft: &mut Draft<'_>,
    component: ComponentId,
    name: &str,
    pool: PoolId,
    shown: bool,
) -> EndpointId {
    let id = EndpointId::from(draft.plan.endpoints.len());
    let (name, entry) = (name.to_owned(), StepId::NONE);
    draft.plan.endpoints.push(Endpoint {
        component,
        name,
        entry,
        pool,
        priority: None,
        shown,
    });
    id
}

/// Adds an endpoint without a program that can be called by its name.
pub(super) fn endpoint<'m>(
    draft: &mut Draft<'m>,
    component: ComponentId,
    name: &'m At<String>,
    pool: PoolId,
) -> EndpointId {
    let id = hidden_endpoint(draft, component, &name.value, pool, true);
    draft.names.known[component.index()]
        .endpoints
        .insert(&name.value, id);
    id
}

/// Pools of units that each replica has.
pub(super) fn quantities(
    draft: &mut Draft<'_>,
    component: ComponentId,
    name: &str,
    pools: &[(At<String>, model::Pool)],
    parts: &mut Parts,
) {
    for (pool, units) in pools {
        let instances = draft.plan.components[component.index()].replicas;
        let size = u32::try_from(units.size.get()).unwrap_or(u32::MAX);
        let id = parts.quantity(
            draft,
            Quantity {
                name: format!("{} of {name}", pool.value),
                component,
                size,
                first: 0,
                instances,
            },
        );
        parts.pools.insert((component, pool.value.clone()), id);
    }
}
