//! How calls are dealt to the stations of a pool, as far as that can be said before anything runs.

use crate::plan::{Busy, Capacity, ComponentKind, Deal, Plan, Spill, StationId, Steering, ZoneId};
use std::ops::Range;

/// The part of its calls that each area of each steering keeps.
pub(super) struct Keeps(Vec<Vec<f64>>);

impl Keeps {
    /// As everything begins: nothing is sent on.
    pub(super) fn all(plan: &Plan) -> Self {
        let rows = plan.guards.steering.iter();
        Self(rows.map(|row| vec![1.0; row.areas.len()]).collect())
    }

    /// Whether something may be sent on.
    pub(super) fn may_change(plan: &Plan) -> bool {
        plan.guards.steering.iter().any(|row| row.spill.is_some())
    }

    /// As the engine does at the end of each interval.
    pub(super) fn set_anew(&mut self, plan: &Plan, cores: &[(f64, f64)], slots: &[(f64, f64)]) {
        for (row, keeps) in plan.guards.steering.iter().zip(&mut self.0) {
            let Some(spill) = row.spill else { continue };
            for (area, kept) in row.areas.iter().zip(keeps) {
                let busy = |station: &StationId| busy(plan, &spill, *station, cores, slots);
                let sum: f64 = area.stations.iter().map(busy).sum();
                *kept = spill.keeps(*kept, sum / area.stations.len().max(1) as f64);
            }
        }
    }
}

/// How busy a station is at most.
fn busy(
    plan: &Plan,
    spill: &Spill,
    station: StationId,
    cores: &[(f64, f64)],
    slots: &[(f64, f64)],
) -> f64 {
    let row = match spill.of {
        Busy::Cores => cores.get(plan.stations[station.index()].processor.index()),
        Busy::Slots => slots.get(station.index()),
    };
    row.map_or(0.0, |(load, _)| load.min(1.0))
}

/// Whether callers in different zones of a region are dealt to different stations of something. The zones of a region stand one
/// after the other.
pub(super) fn zones_differ(plan: &Plan) -> bool {
    plan.pools.iter().any(|pool| {
        let rows: Vec<_> = plan.zones.iter().zip(&pool.candidates).collect();
        rows.windows(2).any(|pair| {
            let [(zone, here), (next, there)] = pair else {
                return false;
            };
            let inside = zone.region == next.region && zone.is_inside() && next.is_inside();
            inside && here.near() != there.near()
        })
    })
}

/// How calls from a zone are dealt to the stations of a pool: evenly, by weight, or by capacity where the
/// balancer sees who is busy; to the areas first, where there is a choice.
pub(super) fn station_shares(
    plan: &Plan,
    keeps: &Keeps,
    pool: usize,
    from: ZoneId,
) -> Vec<(StationId, f64)> {
    let row = &plan.pools[pool];
    let Some(candidates) = row.candidates.get(from.index()) else {
        return Vec::new();
    };
    // Callers send to a function, which deals to all its instances.
    let component = &plan.components[row.component.index()];
    if component.kind == ComponentKind::Function {
        let instances: Vec<StationId> = component.stations().collect();
        return dealt(plan, pool, &instances, 1.0);
    }
    let steering = plan.guards.steering.iter();
    let mut steering = steering.zip(&keeps.0);
    match steering.find(|(steering, _)| steering.pool.index() == pool) {
        None => dealt(plan, pool, candidates.near(), 1.0),
        Some((steering, keeps)) => {
            let parts = tier_shares(steering, keeps, from);
            let range = |range: Range<u32>| range.start as usize..range.end as usize;
            let tiers = candidates.ranges().zip(parts);
            let tiers = tiers.filter(|(_, part)| *part > 0.0);
            tiers
                .flat_map(|(tier, part)| dealt(plan, pool, &candidates.stations[range(tier)], part))
                .collect()
        }
    }
}

/// The part of the calls from a zone that each tier gets while all of them are up.
fn tier_shares(steering: &Steering, keeps: &[f64], from: ZoneId) -> Vec<f64> {
    let order = &steering.orders[from.index()];
    let keeps = |area: &Option<u32>| area.map_or(1.0, |area| keeps[area as usize]);
    if !steering.weights.is_empty() {
        let weight = |area: &Option<u32>| {
            area.map_or(0.0, |area| steering.weights[area as usize]) * keeps(area)
        };
        let total: f64 = order.iter().map(weight).sum();
        return order.iter().map(|area| weight(area) / total).collect();
    }
    let mut left = 1.0;
    let mut parts: Vec<f64> = Vec::with_capacity(order.len());
    for area in order {
        parts.push(left * keeps(area));
        left *= 1.0 - keeps(area);
    }
    if let Some(first) = parts.first_mut() {
        *first += left;
    }
    parts
}

/// A part of the calls, dealt to some of a pool's stations.
fn dealt(plan: &Plan, pool: usize, stations: &[StationId], part: f64) -> Vec<(StationId, f64)> {
    let pool = &plan.pools[pool];
    let deal = pool.balance.deal();
    let seeing = matches!(deal, Deal::ByLoad | Deal::AtTheBalancer);
    let weight = |station: &StationId| {
        if deal == Deal::ByWeight {
            return pool.weight(plan.stations[station.index()].replica);
        }
        let processor = plan
            .processors
            .get(plan.stations[station.index()].processor.index());
        match processor.map(|processor| (processor.cores, processor.speed)) {
            Some((Capacity::Cores(cores), speed)) if seeing => cores * speed,
            _ => 1.0,
        }
    };
    let total: f64 = stations.iter().map(weight).sum();
    stations
        .iter()
        .map(|station| (*station, part * weight(station) / total))
        .collect()
}
