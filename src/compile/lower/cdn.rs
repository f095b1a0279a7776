//! CDNs: a component whose replicas are the sites, each with a store of a cache, and a component for the shield.
//!
//! A site looks the object up; what it lacks it asks the shield for, or the origin, keeps it, and sends it. Whoever asks is served
//! by any site of the own region, each as likely as the others; where that has none, of the region with the shortest way.
//!
//! Not modelled: processors and slots of sites (they are somebody else's, and never short); several sites of a region that ask each
//! other; requests for parts of an object; objects that the origin changes before their time to live is over; prices that fall with
//! the volume or differ between regions. What is worked out before the run takes the requests to a shield for independent ones, which
//! finds more than it will: sites let through what is seldom asked for. A fetch that fails is neither kept nor paid for. The time to send an object follows from its
//! `size` and the bandwidths of `access` and `network`, which transfers do not share.

use super::super::draft::{Draft, MOST_STATIONS, Owner};
use super::Parts;
use super::cache::Kept;
use super::network::{Places, mean_way};
use super::pool::{asked_at_random, hidden_endpoint};
use super::station::{begin, stand};
use super::steps::{Side, Writer};
use crate::model;
use crate::plan::{
    CacheId, Candidates, Cdn, CdnPrice, ComponentId, ComponentKind, Demand, DemandId, EndpointId,
    Get, GetId, KeyspaceId, Plan, Source, StationId, Step, StepId, ZoneId,
};
use crate::source::{At, Place, codes};

/// The sites of a CDN, what they keep and what they are asked.
pub(super) fn declare(
    draft: &mut Draft<'_>,
    name: &At<String>,
    cdn: &model::Cdn,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Cdn);
    let mut regions = Vec::new();
    for (region, sites) in sites_of(draft, name, cdn, places) {
        let zones = places.regions.get(region).cloned().unwrap_or_default();
        let count = usize::try_from(sites.get()).unwrap_or(usize::MAX);
        let wanted = draft.plan.stations.len().saturating_add(count);
        if zones.is_empty() || !draft.room(wanted, MOST_STATIONS, "sites", sites.place) {
            continue;
        }
        for number in 0..count {
            stand(draft, component, &name.value, zones[number % zones.len()]);
        }
        let first = draft.plan.zones[zones[0].index()].region.clone();
        regions.push((first, u32::try_from(count).unwrap_or(u32::MAX)));
    }
    let pool = asked_at_random(draft, component, &name.value);
    nearest(&mut draft.plan, component);
    let get = hidden_endpoint(draft, component, "get", pool, true);
    draft.names.known[component.index()]
        .endpoints
        .insert("get", get);
    let kept = Kept {
        name: &name.value,
        of: &cdn.of,
        capacity: &cdn.capacity,
        evict: &cdn.evict,
        ttl: cdn.ttl.as_ref(),
        coalesce: &cdn.coalesce,
        start: &cdn.start,
    };
    let cache = kept.declare(draft, component, component, parts);
    let of = draft.plan.caches[cache.index()].keyspace;
    if of.is_some() {
        parts.asked.insert(component, of);
    }
    let price = cdn
        .price
        .as_ref()
        .map(|price| lower_price(draft, of, price));
    let meter = draft.plan.own_meters();
    draft.plan.cdns.push(Cdn {
        component,
        cache,
        shield: None,
        regions,
        meter,
        price,
    });
    slots(parts, component);
}

/// The shield of the CDN declared last.
pub(super) fn declare_shield(
    draft: &mut Draft<'_>,
    name: &At<String>,
    cdn: &model::Cdn,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Shield);
    let own = format!("{}/shield", name.value);
    draft.plan.components[component.index()]
        .name
        .clone_from(&own);
    let Some(shield) = &cdn.shield else {
        return;
    };
    let region = match &shield.region {
        Some(region) => draft.region(region),
        None if places.regions.len() > 1 => {
            let first = draft.model.regions[0].0.value.clone();
            let message = format!(
                "the shield of `{}` does not say where it stands",
                name.value
            );
            draft.complain_with(
                codes::NO_PLACE,
                shield.capacity.place,
                message,
                format!("`shield: {{ in: {first}, … }}`"),
            );
            None
        }
        None => Some(0),
    };
    let zone = region.and_then(|region| places.regions.get(region)?.first().copied());
    if let Some(zone) = zone {
        stand(draft, component, &own, zone);
    }
    let pool = asked_at_random(draft, component, &own);
    hidden_endpoint(draft, component, "get", pool, true);
    let kept = Kept {
        name: &own,
        of: &cdn.of,
        capacity: &shield.capacity,
        evict: &shield.evict,
        ttl: shield.ttl.as_ref(),
        coalesce: &shield.coalesce,
        start: &cdn.start,
    };
    let cache = kept.declare(draft, component, component, parts);
    if let Some(row) = draft.plan.cdns.last_mut() {
        row.shield = Some(cache);
    }
    slots(parts, component);
}

/// Nobody waits for a slot of a site, or for a core.
fn slots(parts: &mut Parts, component: ComponentId) {
    parts.slots[component.index()] = u64::MAX;
}

/// Regions by position, each with its number of sites.
fn sites_of(
    draft: &mut Draft<'_>,
    name: &At<String>,
    cdn: &model::Cdn,
    places: &Places,
) -> Vec<(usize, At<std::num::NonZeroU64>)> {
    match &cdn.sites.value {
        model::Sites::Here(number) => {
            if places.regions.len() > 1 {
                let first = draft.model.regions[0].0.value.clone();
                let message = format!(
                    "`{}` does not say in which of the {} regions its sites stand",
                    name.value,
                    places.regions.len()
                );
                let hint = format!("`sites: {{ {first}: {} }}`", number.get());
                draft.complain_with(codes::NO_PLACE, cdn.sites.place, message, hint);
            }
            vec![(0, *number)]
        }
        model::Sites::Each(each) => each
            .iter()
            .filter_map(|(region, number)| Some((draft.region(region)?, *number)))
            .collect(),
    }
}

/// Lets those whose region has no site go to the region with the shortest way, of several the first.
fn nearest(plan: &mut Plan, component: ComponentId) {
    let stations: Vec<StationId> = plan.components[component.index()].stations().collect();
    let place = |plan: &Plan, station: StationId| plan.stations[station.index()].zone;
    let region = |plan: &Plan, zone: ZoneId| plan.zones[zone.index()].region.clone();
    for number in 0..plan.zones.len() {
        let from = ZoneId::from(number);
        let here = region(plan, from);
        let own = |station: &StationId| region(plan, place(plan, *station)) == here;
        if stations.iter().any(own) {
            continue;
        }
        let way = |station: &&StationId| mean_way(plan, from, place(plan, **station));
        let best = stations
            .iter()
            .min_by(|one, other| way(one).total_cmp(&way(other)));
        let Some(best) = best.map(|station| region(plan, place(plan, *station))) else {
            return;
        };
        let chosen = stations.iter().copied();
        let chosen = chosen.filter(|station| region(plan, place(plan, *station)) == best);
        let chosen = Candidates::from(chosen.collect::<Vec<_>>());
        if let Some(row) = plan
            .pools
            .last_mut()
            .and_then(|pool| pool.candidates.get_mut(number))
        {
            *row = chosen;
        }
    }
}

fn lower_price(draft: &mut Draft<'_>, of: KeyspaceId, price: &model::CdnPrice) -> CdnPrice {
    for money in price.per_gib.iter().chain(&price.per_million) {
        draft.currency(money.currency, money.place);
    }
    if let Some(money) = &price.per_gib
        && of.is_some()
        && !draft.plan.keyspaces[of.index()].has_sizes()
        && !draft.lacks_recordings()
    {
        let message = format!(
            "what is sent is paid by the GiB, but the data set `{}` has no `size`",
            draft.plan.keyspaces[of.index()].name
        );
        let hint = "give the data set a `size`, or pay `per-million` requests only";
        draft.complain_with(codes::OUT_OF_RANGE, money.place, message, hint);
    }
    CdnPrice {
        per_gib: price.per_gib.as_ref().map_or(0.0, |money| money.amount),
        bills_bytes: price.per_gib.is_some(),
        per_request: (price.per_million.as_ref()).map_or(0.0, |money| money.amount / 1e6),
    }
}

/// The programs of a CDN: of its sites, and of its shield if it has one.
pub(super) fn compile(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    name: &str,
    cdn: &model::Cdn,
) {
    let of = |draft: &Draft<'_>, component: ComponentId| {
        let mut rows = draft.plan.endpoints.iter();
        rows.position(|row| row.component == component)
            .map(EndpointId::from)
    };
    let row = (draft.plan.cdns.iter()).find(|row| row.component == component);
    let Some((cache, shield)) = row.map(|row| (row.cache, row.shield)) else {
        return;
    };
    let origin = draft.names.endpoint(&cdn.origin, &mut draft.complaints);
    let (Some(origin), Some(get)) = (origin, of(draft, component)) else {
        draft.has_holes = true;
        return;
    };
    if draft.plan.endpoints[origin.index()].component == component {
        let message = format!("`{name}` cannot be its own origin");
        draft.complain_with(
            codes::CONTRADICTION,
            cdn.origin.place,
            message,
            "name the endpoint of a service, an external system or a store",
        );
    }
    let mut further = origin;
    if let Some(shield) = shield {
        let behind = draft.plan.caches[shield.index()].component;
        if let Some(ask) = of(draft, behind) {
            let own = format!("{name}/shield");
            let to = (origin, &cdn.origin);
            program(draft, parts, (behind, &own), (ask, shield), to);
            further = ask;
        }
    }
    program(
        draft,
        parts,
        (component, name),
        (get, cache),
        (further, &cdn.origin),
    );
}

/// Look up; ask further and keep what comes; send.
fn program(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    (component, name): (ComponentId, &str),
    (endpoint, cache): (EndpointId, CacheId),
    (further, origin): (EndpointId, &At<String>),
) {
    let place = origin.place;
    let keyspace = draft.plan.caches[cache.index()].keyspace;
    if !keyspace.is_some() {
        return;
    }
    let key = draft.plan.keyspaces[keyspace.index()].attribute;
    let first = draft.here();
    draft.plan.endpoints[endpoint.index()].entry = first;
    let row = GetId::from(draft.plan.gets.len());
    let store = crate::plan::CallId::NONE;
    draft.plan.gets.push(Get { cache, key, store });
    let size = object(draft, name, keyspace, place);
    let owner = [name, "get", ""];
    let behind = draft.plan.endpoints[further.index()].component;
    let behind = draft.plan.components[behind.index()].kind;
    let mut writer = Writer::new(draft, parts, Side::Cache, component, owner, false);
    let call = writer.call_row(further, None, place);
    if behind != ComponentKind::Shield {
        writer.through(call, origin);
    }
    draft.emit(Step::Probe(row));
    let hit = draft.emit(Step::OnHit(StepId::NONE));
    let miss = draft.here();
    draft.emit(Step::Call(call));
    draft.emit(Step::Fill(row));
    super::lookup::found(draft, hit, row, miss);
    draft.emit(Step::Reply(size));
    draft.emit(Step::End);
    draft.close(
        format!("{name}.get"),
        Owner::Endpoint(endpoint),
        first,
        place,
    );
}

/// The size of the object that is asked for; none where its data set has none.
pub(super) fn object(
    draft: &mut Draft<'_>,
    name: &str,
    keyspace: KeyspaceId,
    place: Place,
) -> DemandId {
    let space = &draft.plan.keyspaces[keyspace.index()];
    if !space.has_sizes() {
        return DemandId::NONE;
    }
    let (attribute, mean) = (space.attribute, space.mean_size(&draft.plan.demands));
    let law = match draft.plan.demands.get(space.size.index()) {
        Some(size) => size.law.clone(),
        None => crate::chance::law::Law::Constant(mean),
    };
    let site = draft.site(&[name, "get", "reply"], place);
    let sampler = law.sampler();
    draft.demand(
        Demand {
            law,
            sampler,
            site,
            source: Source::ObjectSize(attribute),
            scale: None,
        },
        place,
    )
}
