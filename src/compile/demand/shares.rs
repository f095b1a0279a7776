//! How calls are dealt to the stations of a pool, as far as that can be said before anything runs.

use crate::plan::{
    Asked, Busy, Capacity, ComponentKind, Deal, Plan, PoolId, Spill, StationId, Steering, ZoneId,
};

/// By steering, area and area: the part of the calls for the one that go to the other; nothing where everybody keeps all.
pub(super) struct Keeps(Vec<Vec<Vec<f64>>>);

impl Keeps {
    /// As everything begins: nothing is sent on.
    pub(super) fn all(plan: &Plan) -> Self {
        Self(vec![Vec::new(); plan.guards.steering.len()])
    }

    /// Whether something may be sent on.
    pub(super) fn may_change(plan: &Plan) -> bool {
        plan.guards.steering.iter().any(|row| row.spill.is_some())
    }

    /// As the engine does at the end of each interval, from calls per second by pool and calling place, and loads.
    pub(super) fn set_anew(
        &mut self,
        plan: &Plan,
        calls: impl Fn(usize) -> Vec<(ZoneId, f64)>,
        cores: &[(f64, f64)],
        slots: &[(f64, f64)],
    ) {
        for (row, parts) in plan.guards.steering.iter().zip(&mut self.0) {
            let Some(spill) = &row.spill else { continue };
            let (mut own, mut fixed) = (vec![0.0; row.areas.len()], vec![0.0; row.areas.len()]);
            for (from, rate) in calls(row.pool.index()) {
                let homes = homes(row, from);
                for (area, share) in &homes {
                    own[*area] += rate * share;
                }
                if homes.is_empty() {
                    near_areas(plan, row, from, rate, &mut fixed);
                }
            }
            let got = |area: usize| {
                let parts = |from: usize| kept(parts, from, area);
                let sent = own.iter().enumerate().map(|(from, own)| own * parts(from));
                sent.sum::<f64>() + fixed[area]
            };
            let load = |area: usize| {
                let stations = row.areas[area].stations.iter();
                stations
                    .map(|station| busy(plan, spill, *station, cores, slots))
                    .sum::<f64>()
            };
            let areas = 0..row.areas.len();
            let (loads, gots): (Vec<f64>, Vec<f64>) =
                areas.clone().map(|area| (load(area), got(area))).unzip();
            let usual = loads.iter().sum::<f64>() / gots.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            let asked = |area: usize| {
                let each = if gots[area] > 0.0 {
                    loads[area] / gots[area]
                } else {
                    usual
                };
                Asked {
                    movable: own[area] * each,
                    fixed: fixed[area] * each,
                    replicas: row.areas[area].stations.len() as f64,
                }
            };
            let asked: Vec<Asked> = areas.map(asked).collect();
            *parts = spill.deal(&asked);
        }
    }

    /// Groups of stations that help each other out before one of them is overloaded.
    pub(super) fn helping(plan: &Plan) -> Vec<Vec<StationId>> {
        let mut groups = Vec::new();
        for row in &plan.guards.steering {
            let Some(spill) = &row.spill else { continue };
            let mut left: Vec<usize> = (0..row.areas.len()).collect();
            while let Some(first) = left.first().copied() {
                let nexts = spill.nexts.get(first).map_or(&[][..], Vec::as_slice);
                let mine = |area: &usize| *area == first || nexts.contains(&(*area as u32));
                let group = left.iter().filter(|area| mine(area));
                let stations = group.flat_map(|area| row.areas[*area].stations.iter().copied());
                groups.push(stations.collect());
                left.retain(|area| !mine(area));
            }
        }
        groups
    }
}

/// How busy a station is.
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
    row.map_or(0.0, |(load, _)| *load)
}

/// The part of the calls for one area that go to another.
fn kept(parts: &[Vec<f64>], from: usize, to: usize) -> f64 {
    let stay = f64::from(u8::from(from == to));
    parts.get(from).map_or(stay, |row| row[to])
}

/// The areas that are the first choice of calls from a zone, with the part of them; none where that is no area.
fn homes(steering: &Steering, from: ZoneId) -> Vec<(usize, f64)> {
    if !steering.weights.is_empty() {
        let total: f64 = steering.weights.iter().sum();
        let parts = steering.weights.iter().map(|weight| weight / total);
        return parts.enumerate().collect();
    }
    let order = steering.orders.get(from.index());
    let first = order.and_then(|order| order.first().copied().flatten());
    first.map(|area| (area as usize, 1.0)).into_iter().collect()
}

/// Calls from a zone without a first choice, added to the areas of those whom they ask first.
fn near_areas(plan: &Plan, steering: &Steering, from: ZoneId, rate: f64, sums: &mut [f64]) {
    let row = plan.pools[steering.pool.index()]
        .candidates
        .get(from.index());
    let near = row.map_or(&[][..], |row| row.near());
    for (sum, area) in sums.iter_mut().zip(&steering.areas) {
        // The stations of a zone stand in order, as they were made.
        let here = |station: &&StationId| area.stations.binary_search(station).is_ok();
        let part = near.iter().filter(here).count() as f64 / near.len().max(1) as f64;
        *sum += rate * part;
    }
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
    let Some(row) = plan.guards.steering_at(PoolId::from(pool)) else {
        return dealt(plan, pool, candidates.near(), 1.0);
    };
    let (steering, parts) = (&plan.guards.steering[row], &keeps.0[row]);
    let homes = homes(steering, from);
    if homes.is_empty() {
        return dealt(plan, pool, candidates.near(), 1.0);
    }
    let mut all = Vec::new();
    for (area, to) in steering.areas.iter().enumerate() {
        let sent = homes
            .iter()
            .map(|(home, part)| part * kept(parts, *home, area));
        let part: f64 = sent.sum();
        if part > 0.0 {
            all.extend(dealt(plan, pool, &to.stations, part));
        }
    }
    all
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
