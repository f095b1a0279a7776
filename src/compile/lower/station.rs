//! What all components that do work have in common: regions, replicas with their slots, and pools of units.

use super::super::draft::Draft;
use super::super::value;
use super::disciplines::discipline_of;
use super::network::Places;
use super::{Parts, limit};
use crate::chance::key::site;
use crate::model::{self, Limit};
use crate::plan::{
    Component, ComponentId, ComponentKind, DemandId, Discipline, PoolId, ProcessorId, Quantity,
    Station, StationId, ZoneId,
};
use crate::source::{At, codes};

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

/// One more station of a component that was begun last: without a processor, and with room for all unless the caller bounds it.
pub(super) fn stand<'d>(
    draft: &'d mut Draft<'_>,
    component: ComponentId,
    name: &str,
    zone: ZoneId,
) -> &'d mut Station {
    let here = draft.plan.stations.len();
    let replica = here - draft.plan.components[component.index()].first.index();
    draft.plan.stations.push(Station {
        component,
        replica: u32::try_from(replica).unwrap_or(u32::MAX),
        zone,
        processor: ProcessorId::NONE,
        concurrency: u32::MAX,
        backlog: u32::MAX,
        discipline: Discipline::Fifo,
        patience: DemandId::NONE,
        shared: None,
        site: site(&["station", name, &replica.to_string()]),
    });
    &mut draft.plan.stations[here]
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
        let discipline = match draft.plan.stations.last() {
            // All replicas have the same; a table of shares is written once.
            Some(last) if replica > 0 => last.discipline,
            _ => discipline_of(draft, &self.station.discipline),
        };
        let number = replica.to_string();
        draft.plan.stations.push(Station {
            component: self.component,
            replica,
            zone,
            processor,
            concurrency: u32::try_from(limit(self.station.concurrency.value)).unwrap_or(u32::MAX),
            backlog: if self.pool.is_some() {
                u32::MAX
            } else {
                limit_u32(&self.station.backlog.value)
            },
            discipline,
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

/// Pools of units that each replica has.
/// One lock per row in each replica.
pub(super) fn locks(
    draft: &mut Draft<'_>,
    component: ComponentId,
    name: &str,
    parts: &mut Parts,
) -> crate::plan::QuantityId {
    let instances = draft.plan.components[component.index()].replicas;
    let row = Quantity {
        name: format!("row locks of {name}"),
        component,
        size: 1,
        first: 0,
        instances,
    };
    parts.quantity(draft, row)
}

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
