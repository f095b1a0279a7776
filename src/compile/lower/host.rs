//! Hosts: processors that several services share, dealt over all zones in turn, and which replica stands on which of them.
//!
//! Replicas come one after another, service by service in their written order, and each counts alike. Whoever asks for `spread` gets the host
//! with most room (fewest replicas) in the zone that has fewest of its own; for `pack` the fullest that still has a core for it, in the hope
//! that others stay empty; for `by-index` replica i stands on host i modulo their number.
//!
//! Not modelled: hosts of a region of their own choice, replicas that ask for more or less than others, those that are moved later, and
//! neighbours that slow each other down by more than their share of the cores.

use super::super::draft::{Draft, MOST_STATIONS};
use super::disciplines::cpu_of;
use super::network::Places;
use super::station::begin;
use super::{Parts, capacity};
use crate::model::{self, Limit};
use crate::plan::{ComponentId, ComponentKind, Processor, ProcessorId, StationId, ZoneId};
use crate::source::At;
use std::collections::{BTreeMap, BTreeSet};

/// The machines of a host, and how full they are.
pub(super) struct Hosts {
    /// Zone and processor of each.
    rows: Vec<(ZoneId, ProcessorId)>,
    /// Replicas on each.
    guests: Vec<u32>,
    /// Replicas on it and its number: of those in a zone, and of all.
    by_zone: BTreeMap<ZoneId, BTreeSet<(u32, usize)>>,
    all: BTreeSet<(u32, usize)>,
    /// Replicas that have a core each.
    cores: u32,
}

/// How one service is placed: where it stands so far.
pub(super) struct Placing {
    place: model::Placement,
    here: BTreeMap<ZoneId, u32>,
    dealt: usize,
}

impl Placing {
    pub(super) fn new(place: model::Placement) -> Self {
        Self {
            place,
            here: BTreeMap::new(),
            dealt: 0,
        }
    }
}

impl Hosts {
    fn new(rows: Vec<(ZoneId, ProcessorId)>, cores: Limit<f64>) -> Self {
        let mut by_zone: BTreeMap<ZoneId, BTreeSet<(u32, usize)>> = BTreeMap::new();
        for (number, (zone, _)) in rows.iter().enumerate() {
            by_zone.entry(*zone).or_default().insert((0, number));
        }
        Self {
            all: (0..rows.len()).map(|number| (0, number)).collect(),
            guests: vec![0; rows.len()],
            by_zone,
            rows,
            cores: match cores {
                Limit::Unlimited => u32::MAX,
                Limit::Of(cores) => cores.floor() as u32,
            },
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The processors.
    pub(super) fn processors(&self) -> impl Iterator<Item = ProcessorId> {
        self.rows.iter().map(|(_, processor)| *processor)
    }

    /// Gives one more replica of a service its place; there is at least one machine.
    pub(super) fn next(&mut self, placing: &mut Placing) -> (ZoneId, ProcessorId) {
        let number = match placing.place {
            model::Placement::ByIndex => placing.dealt % self.rows.len(),
            model::Placement::Pack => self.fullest().unwrap_or_else(|| self.roomiest(placing)),
            model::Placement::Spread => self.roomiest(placing),
        };
        let (zone, processor) = self.rows[number];
        let guests = self.guests[number];
        for set in self
            .by_zone
            .get_mut(&zone)
            .into_iter()
            .chain([&mut self.all])
        {
            set.remove(&(guests, number));
            set.insert((guests + 1, number));
        }
        self.guests[number] += 1;
        placing.dealt += 1;
        *placing.here.entry(zone).or_default() += 1;
        (zone, processor)
    }

    /// The emptiest machine of the zone that has fewest replicas of this service, of several such zones the emptiest machine of all.
    fn roomiest(&self, placing: &Placing) -> usize {
        let heads = self.by_zone.iter().filter_map(|(zone, machines)| {
            let own = placing.here.get(zone).copied().unwrap_or(0);
            Some((own, *machines.first()?))
        });
        heads.min().map_or(0, |(_, (_, number))| number)
    }

    /// The first of the fullest machines on which one more replica has a core.
    fn fullest(&self) -> Option<usize> {
        let (guests, _) = self.all.range(..(self.cores, 0)).next_back()?;
        let mut alike = self.all.range((*guests, 0)..);
        alike.next().map(|(_, number)| *number)
    }
}

/// The processors of a host; the component itself has no stations, and its row comes in its turn.
pub(super) fn processors(
    draft: &mut Draft<'_>,
    position: usize,
    name: &At<String>,
    host: &model::Host,
    places: &Places,
    parts: &mut Parts,
) {
    let zones = places.all();
    let count = usize::try_from(host.count.get()).unwrap_or(usize::MAX);
    if zones.is_empty()
        || !draft.room(
            draft.plan.processors.len().saturating_add(count),
            MOST_STATIONS,
            "hosts and replicas",
            name.place,
        )
    {
        return;
    }
    let cores = match host.cores.value {
        Limit::Unlimited => Limit::Unlimited,
        Limit::Of(cores) => Limit::Of(cores.get()),
    };
    let mut made: Vec<(ZoneId, ProcessorId)> = Vec::with_capacity(count);
    for number in 0..count {
        let component = ComponentId::from(position);
        let discipline = cpu_of(draft, component, &host.cpu, None);
        let processor = ProcessorId::from(draft.plan.processors.len());
        draft.plan.processors.push(Processor {
            name: format!("{}/{number}", name.value),
            component,
            cores: capacity(&cores),
            speed: host.speed.get(),
            discipline,
        });
        made.push((zones[number % zones.len()], processor));
    }
    parts.hosts.insert(position, Hosts::new(made, cores));
}

/// The row of a host.
pub(super) fn declare(draft: &mut Draft<'_>, name: &At<String>) {
    let component = begin(draft, name, ComponentKind::Host);
    draft.plan.components[component.index()].first = StationId::NONE;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Machines in as many zones in turn, two cores each.
    fn hosts(count: usize, zones: usize) -> Hosts {
        let row = |number: usize| (ZoneId::from(number % zones), ProcessorId::from(number));
        Hosts::new((0..count).map(row).collect(), Limit::Of(2.0))
    }

    fn places(hosts: &mut Hosts, place: model::Placement, replicas: usize) -> Vec<usize> {
        let mut placing = Placing::new(place);
        let next = |_| hosts.next(&mut placing).1.index();
        (0..replicas).map(next).collect()
    }

    #[test]
    fn two_services_of_two_fill_four_hosts() {
        let mut four = hosts(4, 1);
        assert_eq!(places(&mut four, model::Placement::Spread, 2), [0, 1]);
        assert_eq!(places(&mut four, model::Placement::Spread, 2), [2, 3]);
        assert_eq!(places(&mut four, model::Placement::Spread, 3), [0, 1, 2]);
    }

    #[test]
    fn zones_come_before_room() {
        // Machines 0, 3 stand in the first zone, 1 in the second, 2 in the third: two replicas in one zone are one outage from being lost.
        let mut four = hosts(4, 3);
        assert_eq!(places(&mut four, model::Placement::Spread, 3), [0, 1, 2]);
        assert_eq!(places(&mut four, model::Placement::Spread, 3), [3, 1, 2]);
        assert_eq!(places(&mut four, model::Placement::Spread, 1), [0]);
    }

    #[test]
    fn who_packs_leaves_hosts_empty_while_there_are_cores() {
        let mut three = hosts(3, 1);
        assert_eq!(places(&mut three, model::Placement::Pack, 3), [0, 0, 1]);
        assert_eq!(places(&mut three, model::Placement::Pack, 4), [1, 2, 2, 0]);
    }

    #[test]
    fn by_index_minds_nobody() {
        let mut three = hosts(3, 1);
        assert_eq!(places(&mut three, model::Placement::ByIndex, 2), [0, 1]);
        assert_eq!(
            places(&mut three, model::Placement::ByIndex, 4),
            [0, 1, 2, 0]
        );
        assert_eq!(places(&mut three, model::Placement::Spread, 2), [2, 1]);
    }
}
