//! Places that differ for routing: regions (their zones, where callers of these are dealt differently), and where each workload is.

use super::shares::Keeps;
use crate::plan::{Plan, ZoneId};
use std::collections::BTreeMap;

/// The places.
pub(super) struct Places {
    /// A zone of each.
    pub(super) all: Vec<ZoneId>,
    /// Place of each zone.
    pub(super) of_zone: Vec<usize>,
}

impl Places {
    pub(super) fn of(plan: &Plan) -> Self {
        let (mut all, mut of_zone) = (Vec::new(), Vec::with_capacity(plan.zones.len()));
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        let zonal = zones_differ(plan);
        for (zone, row) in plan.zones.iter().enumerate() {
            // How far away users are is each workload's own.
            let apart = zonal || !row.is_inside();
            let name = if apart { &row.name } else { &row.region };
            let place = *by_name.entry(name.as_str()).or_insert_with(|| {
                all.push(ZoneId::from(zone));
                all.len() - 1
            });
            of_zone.push(place);
        }
        Self { all, of_zone }
    }

    /// The place of a zone.
    pub(super) fn at(&self, zone: ZoneId) -> usize {
        self.of_zone.get(zone.index()).copied().unwrap_or(0)
    }
}

/// Whether callers in different zones of a region are dealt to different stations of something. The zones of a region stand one
/// after the other.
fn zones_differ(plan: &Plan) -> bool {
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

/// What the calls of a time are dealt by.
pub(super) struct Dealing<'d> {
    pub(super) places: &'d Places,
    pub(super) ways: &'d super::ways::Ways,
    pub(super) keeps: &'d Keeps,
    pub(super) rooms: &'d super::shares::Rooms,
}
