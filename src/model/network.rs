//! Where things stand and how far apart: `regions:` and `network:`.

use super::law::DurationLaw;
use super::reader::Reader;
use super::reliability::Reliability;
use super::word::check_distinct;
use crate::source::{At, Node};
use crate::units::{Bandwidth, MoneyRate, Per, Share};

record! {
    /// A region and its zones.
    pub struct Region {
        /// The names of its zones; replicas are dealt to them in turn.
        zones: Vec<At<String>> = "[a]",
        /// How often the whole region is lost, with the replicas, copies and nodes in it, and for how long; never when absent.
        reliability: Option<At<Reliability>>,
        /// How often each of its zones is lost by itself, likewise.
        zone_reliability: Option<At<Reliability>>,
    }
    check: check_region;
}

fn check_region(region: &Region, node: &Node, reader: &mut Reader<'_>) {
    check_distinct(&region.zones, "zone", reader);
    if region.zones.is_empty() {
        reader.out_of_range(node.place, "a region needs at least one zone: `zones: [a]`");
    }
}

record! {
    /// How far apart things are; without it there is no delay at all.
    pub struct Network {
        /// Between two things in one zone.
        same_zone: Option<Link>,
        /// Between two zones of one region.
        cross_zone: Option<Link>,
        /// Between regions, pair by pair.
        between: Vec<Between> = "[]",
        /// Between any region and all outside it: users and external systems. Of its `egress`, only what leaves is paid: answers
        /// to users, and requests to external systems.
        internet: Option<Link>,
    }
}

record! {
    /// A way between two places.
    pub struct Link {
        /// Time there and back; half of it each way.
        rtt: DurationLaw = "0s",
        /// What one transfer gets of it; unlimited when absent.
        bandwidth: Option<At<Bandwidth>>,
        /// The chance that a message is lost and has to be sent again after a retransmission timeout, as TCP does.
        loss: At<Share> = "0%",
        /// What the traffic costs, per GiB, in both directions alike; every sending counts, lost ones as well.
        egress: Option<At<MoneyRate>>,
    }
    check: check_link;
}

fn check_link(link: &Link, _node: &Node, reader: &mut Reader<'_>) {
    if let Some(bandwidth) = &link.bandwidth
        && bandwidth.bytes_per_second() == 0.0
    {
        reader.out_of_range(
            bandwidth.place,
            "nothing ever arrives with a bandwidth of 0",
        );
    }
    if let Some(egress) = &link.egress
        && egress.per != Per::Gib
        && egress.amount != 0.0
    {
        reader.out_of_range(
            egress.place,
            format!(
                "traffic is paid by volume: `0.02 USD/GiB`, not `{}`",
                egress.value
            ),
        );
    }
}

record! {
    /// The way between two regions.
    pub struct Between {
        /// The two regions.
        ends: Vec<At<String>>,
    }
    flatten {
        /// The way itself.
        link: Link
    }
    check: check_between;
}

fn check_between(between: &Between, node: &Node, reader: &mut Reader<'_>) {
    let place = node.get("ends").map_or(node.place, |value| value.place);
    match between.ends.as_slice() {
        [one, other] if one.value == other.value => {
            reader.out_of_range(
                place,
                format!(
                    "both ends are `{}`: `same-zone` and `cross-zone` are inside a region",
                    one.value
                ),
            );
        }
        [_, _] => {}
        ends => reader.out_of_range(
            place,
            format!("a way has two ends, not {}: `ends: [eu, us]`", ends.len()),
        ),
    }
}
