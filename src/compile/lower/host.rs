//! Hosts: processors that several services share, dealt over all zones in turn.
//!
//! Not modelled: hosts of a region of their own choice, services that are packed by what they ask for, and neighbours that slow each other
//! down by more than their share of the cores.

use super::super::draft::{Draft, MOST_STATIONS};
use super::disciplines::cpu_of;
use super::network::Places;
use super::station::begin;
use super::{Parts, capacity};
use crate::model::{self, Limit};
use crate::plan::{ComponentId, ComponentKind, Processor, ProcessorId, StationId, ZoneId};
use crate::source::At;

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
    parts.hosts.insert(position, made);
}

/// The row of a host.
pub(super) fn declare(draft: &mut Draft<'_>, name: &At<String>) {
    let component = begin(draft, name, ComponentKind::Host);
    draft.plan.components[component.index()].first = StationId::NONE;
}
