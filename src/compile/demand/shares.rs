//! How calls are dealt to the stations of a pool, as far as that can be said before anything runs.

use crate::plan::{
    Asked, Busy, Capacity, ComponentKind, Deal, Homes, Looks, Plan, PoolId, Spill, StationId,
    Steering, ZoneId,
};

/// By steering, area and area: the part of the calls for the one that go to the other; nothing where everybody keeps all.
#[derive(Clone)]
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

/// What each station can do, among its like: where a balancer looks for room, all of it is used before anybody is overloaded.
pub(super) struct Rooms(Vec<f64>);

impl Rooms {
    /// As far as nothing is known of what they are asked for: by their cores.
    pub(super) fn of_cores(plan: &Plan) -> Self {
        let room = |station: &crate::plan::Station| {
            let processor = plan.processors.get(station.processor.index());
            match processor.map(|processor| (processor.cores, processor.speed)) {
                Some((Capacity::Cores(cores), speed)) => cores * speed,
                _ => 1.0,
            }
        };
        Self(plan.stations.iter().map(room).collect())
    }

    /// Whether stations of a component have unequal room.
    pub(super) fn are_unequal(&self, plan: &Plan) -> bool {
        let own = |component: &crate::plan::Component| {
            let mut stations = component.stations().map(|station| self.0[station.index()]);
            let first = stations.next();
            stations.any(|room| Some(room) != first)
        };
        plan.components.iter().any(own)
    }

    /// From what stations are asked for now: visits per second, and the part of each one's own capacity that they take.
    pub(super) fn set_anew(&mut self, asked: &[(f64, f64)]) {
        for (room, (visits, part)) in self.0.iter_mut().zip(asked) {
            if *visits > 0.0 && *part > 0.0 {
                *room = visits / part;
            }
        }
    }

    /// A part of the calls, dealt by room.
    pub(super) fn by_room(&self, stations: &[StationId], part: f64) -> Vec<(StationId, f64)> {
        in_proportion(stations, part, |station| self.0[station.index()])
    }

    /// A part of the calls, dealt to whoever of so many has most room. Stations that are slow get what falls to them alone, if that is more
    /// than they have room for: of all sets of stations, the one whose calls are most for its room decides (Foss and Chernova, Queueing
    /// Systems 29, 1998).
    fn by_some(&self, stations: &[StationId], part: f64, looks: Looks) -> Vec<(StationId, f64)> {
        let mut order = stations.to_vec();
        let room = |station: &StationId| self.0[station.index()];
        order.sort_by(|one, other| room(one).total_cmp(&room(other)));
        let count = order.len();
        let mut shares = Vec::with_capacity(count);
        let (mut from, mut before) = (0, 0.0);
        while from < count {
            // The share that falls to the slowest so many, over what room they have beyond those that are settled.
            let rooms: Vec<f64> = order.iter().map(room).collect();
            let mut worst = (count, f64::MIN);
            let mut sum = 0.0;
            for end in from + 1..=count {
                sum += rooms[end - 1];
                let asked = (among(end, &rooms, looks) - before) / sum;
                if asked >= worst.1 * (1.0 - 1e-12) {
                    worst = (end, asked);
                }
            }
            let own = among(worst.0, &rooms, looks) - before;
            shares.extend(self.by_room(&order[from..worst.0], part * own));
            (from, before) = (worst.0, before + own);
        }
        shares
    }
}

/// The share of calls that falls to the slowest so many alone, whatever they have to do: all choices of these calls are among them.
fn among(some: usize, rooms: &[f64], looks: Looks) -> f64 {
    let count = rooms.len();
    if some == count {
        return 1.0;
    }
    let (slow, all) = (some as f64, count as f64);
    match looks {
        Looks::All => 0.0,
        Looks::Some {
            choices,
            distinct: false,
        } => (slow / all).powf(f64::from(choices)),
        Looks::Some {
            choices,
            distinct: true,
        } => (0..choices.min(count as u32))
            .map(|drawn| ((slow - f64::from(drawn)) / (all - f64::from(drawn))).max(0.0))
            .product(),
        Looks::Idle => {
            // They are asked when nobody else is idle. Of the load at which that fills them, the others do the rest, all of them equally
            // busy and, to a good approximation, one whether the other is or not.
            let (own, rest): (f64, f64) = (rooms[..some].iter().sum(), rooms[some..].iter().sum());
            let falls = |load: f64| {
                let busy = ((load - own) / rest).clamp(0.0, 1.0);
                load * slow / all * busy.powf(all - slow)
            };
            let (mut low, mut high) = (own, own + rest);
            if falls(high) <= own {
                return own / high;
            }
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if falls(middle) < own {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            own / high
        }
    }
}

fn in_proportion(
    stations: &[StationId],
    part: f64,
    weight: impl Fn(&StationId) -> f64,
) -> Vec<(StationId, f64)> {
    let total: f64 = stations.iter().map(&weight).sum();
    let share = |station: &StationId| (*station, part * weight(station) / total);
    stations.iter().map(share).collect()
}

/// The shares of so many stations where the object of a request decides.
type OfObjects<'h> = &'h dyn Fn(Homes, usize) -> Vec<f64>;

/// How calls from a zone are dealt to the stations of a pool: evenly, by weight, by object, or by room where the balancer sees who is
/// busy; to the areas first, where there is a choice.
pub(super) fn station_shares(
    plan: &Plan,
    keeps: &Keeps,
    rooms: &Rooms,
    homes_of: OfObjects<'_>,
    pool: usize,
    from: ZoneId,
) -> Vec<(StationId, f64)> {
    let dealt =
        |stations: &[StationId], part: f64| dealt(plan, pool, stations, part, rooms, homes_of);
    let row = &plan.pools[pool];
    let Some(candidates) = row.candidates.get(from.index()) else {
        return Vec::new();
    };
    // Callers send to a function, which deals to all its instances.
    let component = &plan.components[row.component.index()];
    if component.kind == ComponentKind::Function {
        let instances: Vec<StationId> = component.stations().collect();
        return dealt(&instances, 1.0);
    }
    let Some(row) = plan.guards.steering_at(PoolId::from(pool)) else {
        return dealt(candidates.near(), 1.0);
    };
    let (steering, parts) = (&plan.guards.steering[row], &keeps.0[row]);
    let homes = homes(steering, from);
    if homes.is_empty() {
        return dealt(candidates.near(), 1.0);
    }
    let mut all = Vec::new();
    for (area, to) in steering.areas.iter().enumerate() {
        let sent = homes
            .iter()
            .map(|(home, part)| part * kept(parts, *home, area));
        let part: f64 = sent.sum();
        if part > 0.0 {
            all.extend(dealt(&to.stations, part));
        }
    }
    all
}

/// A part of the calls, dealt to some of a pool's stations.
fn dealt(
    plan: &Plan,
    pool: usize,
    stations: &[StationId],
    part: f64,
    rooms: &Rooms,
    homes_of: OfObjects<'_>,
) -> Vec<(StationId, f64)> {
    let pool = &plan.pools[pool];
    match pool.balance.deal() {
        Deal::AtRandom | Deal::InTurn => in_proportion(stations, part, |_| 1.0),
        Deal::ByWeight => in_proportion(stations, part, |station| {
            pool.weight(plan.stations[station.index()].replica)
        }),
        Deal::AtTheBalancer => rooms.by_room(stations, part),
        Deal::ByLoad(looks) => rooms.by_some(stations, part, looks),
        Deal::ByObject(homes) => {
            let shares = homes_of(homes, stations.len());
            let share = |(station, share): (&StationId, f64)| (*station, part * share);
            stations.iter().zip(shares).map(share).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Looks, Rooms, among};
    use crate::plan::StationId;

    /// Two of three: the slowest two have both choices in one of three pairs, the slowest alone never.
    #[test]
    fn choices_fall_among_the_slow_as_often_as_pairs_do() {
        let two = Looks::Some {
            choices: 2,
            distinct: true,
        };
        let three = [1.0; 3];
        assert!((among(2, &three, two) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((among(1, &three, two), among(3, &three, two)), (0.0, 1.0));
        let again = Looks::Some {
            choices: 2,
            distinct: false,
        };
        assert!((among(1, &three, again) - 1.0 / 9.0).abs() < 1e-12);
        let all = |some| among(some, &three, Looks::All);
        assert_eq!((all(2), all(3)), (0.0, 1.0));
    }

    /// Rooms 1, 1 and 8, two choices: a third of the calls falls to the slow pair, more than their fifth of the room.
    #[test]
    fn slow_stations_get_what_falls_to_them_alone() {
        let stations = [StationId(0), StationId(1), StationId(2)];
        let rooms = Rooms(vec![1.0, 1.0, 8.0]);
        let two = Looks::Some {
            choices: 2,
            distinct: true,
        };
        let shares = |looks| -> Vec<f64> {
            let dealt = rooms.by_some(&stations, 1.0, looks);
            dealt
                .into_iter()
                .map(|(_, share)| (share * 1e6).round() / 1e6)
                .collect()
        };
        assert_eq!(shares(two), [0.166_667, 0.166_667, 0.666_667]);
        assert_eq!(shares(Looks::All), [0.1, 0.1, 0.8]);
    }
}
