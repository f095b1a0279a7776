//! Places and the ways between them: zones of regions, an outside place for each workload and external system, and
//! the table of links from every place to every other.
//!
//! Not modelled: congestion, since `bandwidth` is what one transfer gets however many there are; handshakes and slow start of TCP and TLS;
//! delays that are alike for messages sent at almost the same time; ways that change; the time to look up names (but see `routes:`);
//! prices that fall with the volume.

use super::super::draft::{Draft, MOST_ZONES};
use super::super::{law, value};
use crate::chance::law::Law;
use crate::model;
use crate::plan::{ComponentId, DemandId, Direction, Link, LinkId, Plan, Zone, ZoneId};
use crate::policy::resend::Resend;
use crate::source::{At, codes};
use std::collections::BTreeMap;

/// Where things stand.
#[derive(Default)]
pub(in super::super) struct Places {
    /// Zones of each region, by the region's position in the model (one nameless region when there is none).
    pub(in super::super) regions: Vec<Vec<ZoneId>>,
    /// The outside place of each workload.
    pub(in super::super) workloads: Vec<ZoneId>,
    /// The outside place of each external system.
    pub(in super::super) externals: Vec<ZoneId>,
}

impl Places {
    /// All zones of all regions, region by region.
    pub(in super::super) fn all(&self) -> Vec<ZoneId> {
        self.regions.iter().flatten().copied().collect()
    }
}

/// A link's numbers before it has a row.
#[derive(Clone)]
struct Way {
    name: String,
    rtt: Law,
    up: f64,
    down: f64,
    loss: f64,
    egress: f64,
    free: Option<Direction>,
    place: crate::source::Place,
}

/// Makes the zones, then the links.
pub(in super::super) fn declare(draft: &mut Draft<'_>) -> Places {
    let model = draft.model;
    let mut places = Places::default();
    let wanted = model
        .regions
        .iter()
        .map(|(_, region)| region.zones.len())
        .sum::<usize>()
        + model.workloads.len()
        + model.externals.len();
    if !draft.room(
        wanted,
        MOST_ZONES,
        "places (zones, workloads and external systems)",
        model.name.place,
    ) {
        return places;
    }
    for (name, region) in &model.regions {
        if name.value == "outside" {
            let message = "`outside` is where users and other people's systems are: no region can be called so";
            draft.complain(codes::NAME_TAKEN, name.place, message);
        }
        let zones = region
            .zones
            .iter()
            .map(|zone| add(draft, format!("{}/{}", name.value, zone.value), &name.value))
            .collect();
        places.regions.push(zones);
    }
    if model.regions.is_empty() {
        places
            .regions
            .push(vec![add(draft, "here/a".to_owned(), "here")]);
    }
    for (name, workload) in &model.workloads {
        let region = region_of(draft, workload);
        places
            .workloads
            .push(add(draft, format!("outside/{}", name.value), &region));
    }
    for (name, _) in &model.externals {
        places
            .externals
            .push(add(draft, format!("outside/{}", name.value), ""));
    }
    routes(draft, &places);
    places
}

fn add(draft: &mut Draft<'_>, name: String, region: &str) -> ZoneId {
    draft.plan.zones.push(Zone {
        name,
        region: region.to_owned(),
    });
    ZoneId::from(draft.plan.zones.len() - 1)
}

/// The region a workload comes from: as it says, else the only one there is.
fn region_of(draft: &mut Draft<'_>, workload: &model::Workload) -> String {
    let model = draft.model;
    match (&workload.from, model.regions.len()) {
        (Some(from), _) => draft
            .region(from)
            .map_or(String::new(), |_| from.value.clone()),
        (None, 1) => model.regions[0].0.value.clone(),
        (None, 0) => "here".to_owned(),
        (None, _) => String::new(),
    }
}

impl Draft<'_> {
    /// The position of a region, or the complaint that there is none.
    pub(in super::super) fn region(&mut self, name: &At<String>) -> Option<usize> {
        let model = self.model;
        let position = model
            .regions
            .iter()
            .position(|(region, _)| region.value == name.value);
        if position.is_none() {
            let known = model
                .regions
                .iter()
                .map(|(region, _)| region.value.as_str());
            self.unknown(codes::UNKNOWN_REGION, "region", name, known);
        }
        position
    }
}

/// Fills the table of routes: each pair of places has the link that its two ends call for.
fn routes(draft: &mut Draft<'_>, places: &Places) {
    let model = draft.model;
    let zones = draft.plan.zones.len();
    draft.plan.routes = vec![LinkId::NONE; zones * zones];
    let inside = inside_ways(draft);
    let mut rows = BTreeMap::new();
    for (from, one) in places.regions.iter().enumerate() {
        for (to, other) in places.regions.iter().enumerate() {
            for zone in one {
                for target in other {
                    let way = if zone == target {
                        inside.same_zone.as_ref()
                    } else if from == to {
                        inside.cross_zone.as_ref()
                    } else {
                        inside.between.get(&(from.min(to), from.max(to)))
                    };
                    join(draft, &mut rows, *zone, *target, way);
                }
            }
        }
    }
    for (position, (name, workload)) in model.workloads.iter().enumerate() {
        let outside = places.workloads[position];
        let home = draft.plan.zones[outside.index()].region.clone();
        let home = model
            .regions
            .iter()
            .position(|(region, _)| region.value == home);
        let access = workload
            .access
            .as_ref()
            .and_then(|access| access_way(draft, &name.value, access));
        for (region, zones) in places.regions.iter().enumerate() {
            let further = home
                .filter(|home| *home != region)
                .and_then(|home| inside.between.get(&(home.min(region), home.max(region))));
            let way = match (&access, further) {
                (Some(access), Some(further)) => Some(both(access, further)),
                (Some(only), None) | (None, Some(only)) => Some(only.clone()),
                (None, None) => None,
            };
            let way = match &inside.internet {
                Some(internet) => Some(over_internet(&name.value, way, internet)),
                None => way,
            };
            for zone in zones {
                join(draft, &mut rows, outside, *zone, way.as_ref());
                join(draft, &mut rows, *zone, outside, way.as_ref());
            }
        }
        for external in &places.externals {
            join(draft, &mut rows, outside, *external, access.as_ref());
            join(draft, &mut rows, *external, outside, access.as_ref());
        }
    }
    let Some(mut internet) = inside.internet else {
        return;
    };
    internet.free = Some(Direction::Down);
    for zone in places.all() {
        for external in &places.externals {
            join(draft, &mut rows, zone, *external, Some(&internet));
            join(draft, &mut rows, *external, zone, Some(&internet));
        }
    }
}

/// The way of a workload's users to a region, over the internet: its price is the only one, and what they send is free.
fn over_internet(workload: &str, way: Option<Way>, internet: &Way) -> Way {
    let whole = match way {
        Some(way) => both(&way, internet),
        None => Way {
            name: format!("{workload}-internet"),
            ..internet.clone()
        },
    };
    Way {
        egress: internet.egress,
        free: Some(Direction::Up),
        ..whole
    }
}

/// Ways that the model's `network:` names.
#[derive(Default)]
struct Inside {
    same_zone: Option<Way>,
    cross_zone: Option<Way>,
    /// Between the regions and all outside.
    internet: Option<Way>,
    /// By positions of the two regions, the lower first.
    between: BTreeMap<(usize, usize), Way>,
}

fn inside_ways(draft: &mut Draft<'_>) -> Inside {
    let model = draft.model;
    let Some(network) = &model.network else {
        return Inside::default();
    };
    let same_zone = network
        .same_zone
        .as_ref()
        .and_then(|link| way(draft, "same-zone", link));
    let cross_zone = network
        .cross_zone
        .as_ref()
        .and_then(|link| way(draft, "cross-zone", link));
    let internet = network
        .internet
        .as_ref()
        .and_then(|link| way(draft, "internet", link));
    let mut between = BTreeMap::new();
    for pair in &network.between {
        let [one, other] = pair.ends.as_slice() else {
            continue;
        };
        let (Some(first), Some(second)) = (draft.region(one), draft.region(other)) else {
            continue;
        };
        let Some(found) = way(draft, &format!("{}-{}", one.value, other.value), &pair.link) else {
            continue;
        };
        if between
            .insert((first.min(second), first.max(second)), found)
            .is_some()
        {
            let message = format!(
                "the way between `{}` and `{}` stands here twice",
                one.value, other.value
            );
            draft.complain(codes::CONTRADICTION, one.place, message);
        }
    }
    missing_ways(draft, &between);
    Inside {
        same_zone,
        cross_zone,
        internet,
        between,
    }
}

/// Warns of pairs of regions without a way: what is not said takes no time.
fn missing_ways(draft: &mut Draft<'_>, between: &BTreeMap<(usize, usize), Way>) {
    let model = draft.model;
    let regions: Vec<&At<String>> = model.regions.iter().map(|(name, _)| name).collect();
    let pairs = (0..regions.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    for (first, second) in pairs
        .filter(|pair| !between.contains_key(pair))
        .take(20)
        .collect::<Vec<_>>()
    {
        let (one, other) = (&regions[first].value, &regions[second].value);
        let message = format!(
            "`network` has no way between `{one}` and `{other}`: traffic between them takes no time and costs nothing"
        );
        draft.complain_with(
            codes::NO_WAY,
            regions[second].place,
            message,
            format!("`between: [{{ ends: [{one}, {other}], rtt: 80ms }}]`"),
        );
    }
}

fn way(draft: &mut Draft<'_>, name: &str, link: &model::Link) -> Option<Way> {
    let rtt = law::plain_law(draft, &link.rtt.law, link.rtt.place)?;
    let bandwidth = link
        .bandwidth
        .as_ref()
        .map_or(0.0, |bandwidth| bandwidth.bytes_per_second());
    if let Some(egress) = &link.egress {
        draft.currency(egress.currency, egress.place);
    }
    let egress = link.egress.as_ref().map_or(0.0, |egress| egress.amount);
    Some(Way {
        name: name.to_owned(),
        rtt,
        up: bandwidth,
        down: bandwidth,
        loss: link.loss.get(),
        egress,
        free: None,
        place: link.rtt.place,
    })
}

fn access_way(draft: &mut Draft<'_>, workload: &str, access: &model::Access) -> Option<Way> {
    let rtt = law::plain_law(draft, &access.rtt.law, access.rtt.place)?;
    for bandwidth in [&access.up, &access.down].into_iter().flatten() {
        if bandwidth.bytes_per_second() == 0.0 {
            draft.complain(
                codes::OUT_OF_RANGE,
                bandwidth.place,
                "nothing ever arrives with a bandwidth of 0",
            );
        }
    }
    let rate = |bandwidth: &Option<At<crate::units::Bandwidth>>| {
        bandwidth
            .as_ref()
            .map_or(0.0, |bandwidth| bandwidth.bytes_per_second())
    };
    Some(Way {
        name: format!("{workload}-access"),
        rtt,
        up: rate(&access.up),
        down: rate(&access.down),
        loss: access.loss.get(),
        egress: 0.0,
        free: None,
        place: access.rtt.place,
    })
}

/// One way after the other: times add up, the slower line decides, and a message may be lost on either.
fn both(one: &Way, other: &Way) -> Way {
    let slower = |a: f64, b: f64| {
        if a == 0.0 || b == 0.0 {
            a.max(b)
        } else {
            a.min(b)
        }
    };
    let rtt = match (&one.rtt, &other.rtt) {
        (Law::Constant(a), Law::Constant(b)) => Law::Constant(a + b),
        (a, b) => Law::Sum(vec![a.clone(), b.clone()]),
    };
    Way {
        name: format!("{}+{}", one.name, other.name),
        rtt,
        up: slower(one.up, other.up),
        down: slower(one.down, other.down),
        loss: 1.0 - (1.0 - one.loss) * (1.0 - other.loss),
        egress: one.egress + other.egress,
        free: None,
        place: one.place,
    }
}

/// Enters a link into the table, making its row when it is the first of its name.
fn join(
    draft: &mut Draft<'_>,
    rows: &mut BTreeMap<String, LinkId>,
    from: ZoneId,
    to: ZoneId,
    way: Option<&Way>,
) {
    let Some(way) = way else { return };
    let id = if let Some(id) = rows.get(&way.name) {
        *id
    } else {
        let site = draft.site(&["network", &way.name, "rtt"], way.place);
        let (rtt, half) = match &way.rtt {
            Law::Constant(rtt) => (DemandId::NONE, (rtt / 2.0).round() as u64),
            law => (value::constant_or(draft, law.clone(), site, way.place), 0),
        };
        let loss = |direction| crate::chance::key::site(&["network", &way.name, "loss", direction]);
        draft.plan.links.push(Link {
            name: way.name.clone(),
            rtt,
            half,
            up: way.up,
            down: way.down,
            resend: Resend::new(way.loss, way.rtt.mean()),
            losses: [loss("up"), loss("down")],
            egress: way.egress,
            free: way.free,
        });
        let id = LinkId::from(draft.plan.links.len() - 1);
        if id.0 == 65_534 {
            draft.complain(
                codes::TOO_MANY,
                way.place,
                "the model has more than 65534 kinds of network links",
            );
        }
        rows.insert(way.name.clone(), id);
        id
    };
    let zones = draft.plan.zones.len();
    draft.plan.routes[from.index() * zones + to.index()] = id;
}

/// Mean time there and back \[ns\].
pub(super) fn mean_way(plan: &Plan, from: ZoneId, to: ZoneId) -> f64 {
    let link = plan.route(from, to);
    plan.links.get(link.index()).map_or(0.0, |link| {
        let random = plan.demands.get(link.rtt.index());
        2.0 * link.half as f64 + random.map_or(0.0, |rtt| rtt.law.mean())
    })
}

/// Whether some replica of a component stands in a region or a zone that can be lost.
pub(super) fn can_be_lost(draft: &Draft<'_>, component: ComponentId) -> bool {
    let model = draft.model;
    let mut stations = draft.plan.components[component.index()].stations();
    stations.any(|station| {
        let zone = draft.plan.stations[station.index()].zone;
        let region = model.regions.get(&draft.plan.zones[zone.index()].region);
        region
            .is_some_and(|region| region.reliability.is_some() || region.zone_reliability.is_some())
    })
}
