//! Where messages are: their partition, its leader, and the other copies.

use super::super::{Engine, Probe};
use crate::plan::{GroupId, StationId, TopicId};

impl<P: Probe> Engine<'_, P> {
    /// Where a message goes: by the hash of its key, else in turn.
    pub(super) fn partition_of(&mut self, flight: u32, id: TopicId) -> u32 {
        let partitions = self.plan.topics[id.index()].partitions;
        if partitions == 1 {
            return 0;
        }
        let call = self.flights[flight].call;
        let key = self.plan.calls[call as usize].key;
        if let Some(hash) = self.key_hash(flight, key) {
            return ((u128::from(hash) * u128::from(partitions)) >> 64) as u32;
        }
        let turn = &mut self.brokers.topics[id.index()].1;
        *turn = (*turn + 1) % partitions;
        *turn
    }

    /// The bytes of a message go from the leader of its partition to the other copies, one in each of the zones in turn.
    pub(super) fn send_copies(&mut self, flight: u32, id: TopicId, partition: u32) {
        let plan = self.plan;
        let topic = &plan.topics[id.index()];
        let body = plan.calls[self.flights[flight].call as usize].body;
        if topic.copies == 1 || !body.is_some() {
            return;
        }
        let component = &plan.components[topic.component.index()];
        let zone = |copy: u32| {
            let place = (partition + copy) % component.replicas.max(1);
            plan.stations[(component.first.0 + place) as usize].zone
        };
        let bytes = self.demand(flight, body);
        for copy in 1..topic.copies {
            let link = plan.route(zone(0), zone(copy));
            if link.is_some() {
                self.carried(link, bytes, 1, true);
            }
        }
    }

    /// Where the leader of a partition stands.
    pub(super) fn leader(&self, group: GroupId, partition: u32) -> StationId {
        let topic = self.plan.groups[group.index()].topic;
        let component = self.plan.topics[topic.index()].component;
        let component = &self.plan.components[component.index()];
        StationId(component.first.0 + partition % component.replicas.max(1))
    }
}
