//! External systems: one station outside, with slots if a bound is known and no processor.
//!
//! Not modelled: where they stand (all are equally far from all regions), what they cost, and that they break: say `fail`.

use super::super::draft::Draft;
use super::network::Places;
use super::pool::{asked_at_random, endpoint};
use super::rate_limit;
use super::station::{begin, limit_u32, stand};
use super::{Parts, limit};
use crate::model;
use crate::plan::ComponentKind;
use crate::source::At;

/// The station, pool and endpoints of an external system, the `number`-th of the model.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    number: usize,
    external: &'m model::External,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::External);
    if let Some(zone) = places.externals.get(number) {
        let station = stand(draft, component, &name.value, *zone);
        station.concurrency = u32::try_from(limit(external.concurrency.value)).unwrap_or(u32::MAX);
        station.backlog = limit_u32(&external.backlog.value);
    }
    rate_limit::of_external(draft, component, external.rate_limit.as_ref());
    let pool = asked_at_random(draft, component, &name.value);
    for (name, _) in &external.endpoints {
        endpoint(draft, component, name, pool);
    }
    parts.slots[component.index()] = limit(external.concurrency.value);
}
