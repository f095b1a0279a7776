//! Which consumer has a partition, and groups that are dealt anew when a consumer is lost or comes back.
//!
//! From that moment on nobody of the group begins a batch; after the pause the partitions are dealt in ranges to those consumers who work
//! then, and another change in the meantime begins the pause again. A batch that was lost with its consumer is read again by whoever has its
//! partition then, whatever else becomes of failures: nobody has committed it. Batches in progress elsewhere go on. While no consumer works
//! nothing is read.
//!
//! Not modelled: other ways to deal than ranges, pauses that grow with the group, and consumers that are slow to say that they live.

use super::super::calendar::Class;
use super::super::{Engine, NONE, Outcome, Probe};
use crate::plan::broker::owner;
use crate::plan::{Group, Plan};
use crate::policy::Cause;

/// The first replica of the service that a group's messages go to, and how many there are.
pub(super) fn consumers(plan: &Plan, group: &Group) -> (u32, u32) {
    let endpoint = plan.calls[group.run.index()].endpoint;
    let service = plan.endpoints[endpoint.index()].component;
    let service = &plan.components[service.index()];
    (service.first.0, service.replicas)
}

/// A group that is dealt anew.
#[derive(Debug)]
pub(super) struct Assembly {
    group: u32,
    pause: u64,
    /// Consumers that partitions are dealt to.
    members: Vec<u32>,
    /// Whether batches are begun.
    open: bool,
    /// The entry at which the pause ends; 0 = none.
    pub(super) armed: u32,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Assemblies {
    pub(super) rows: Vec<Assembly>,
    /// By group: its row; [`NONE`] without. Empty when no group has one.
    of_group: Vec<u32>,
}

impl Assemblies {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut all = Self::default();
        for (row, rebalance) in plan.rebalances.iter().enumerate() {
            all.of_group.resize(plan.groups.len(), NONE);
            all.of_group[rebalance.group.index()] = row as u32;
            let (_, replicas) = consumers(plan, &plan.groups[rebalance.group.index()]);
            all.rows.push(Assembly {
                group: rebalance.group.0,
                pause: rebalance.pause,
                members: (0..replicas).collect(),
                open: true,
                armed: 0,
            });
        }
        all
    }

    fn of(&self, group: u32) -> Option<&Assembly> {
        let row = *self.of_group.get(group as usize)?;
        self.rows.get(row as usize)
    }

    /// Whether a group begins batches now.
    #[inline]
    pub(super) fn is_open(&self, group: u32) -> bool {
        self.of(group).is_none_or(|row| row.open)
    }

    /// The consumer that has a partition, where partitions are dealt anew.
    pub(super) fn owner(&self, group: u32, partition: u32, partitions: u32) -> Option<u32> {
        let members = &self.of(group)?.members;
        if members.is_empty() {
            return None;
        }
        let at = owner(partition, partitions, members.len() as u32);
        members.get(at as usize).copied()
    }
}

impl<P: Probe> Engine<'_, P> {
    /// A consumer has been lost, or is back: its groups pause.
    pub(in super::super) fn membership_changes(&mut self, station: u32) {
        for row in 0..self.brokers.assemblies.rows.len() {
            let Assembly { group, pause, .. } = self.brokers.assemblies.rows[row];
            let (first, replicas) = consumers(self.plan, &self.plan.groups[group as usize]);
            if !(first..first + replicas).contains(&station) {
                continue;
            }
            let index = (self.brokers.readers.len() + row) as u32;
            let at = self.now.saturating_add(pause);
            let armed = self.calendar.push(at, Class::Look, index);
            let row = &mut self.brokers.assemblies.rows[row];
            row.open = false;
            if std::mem::replace(&mut row.armed, armed) != 0 {
                self.bury();
            }
        }
    }

    /// A pause is over: partitions are dealt to those who work.
    pub(super) fn deal_partitions(&mut self, row: usize, sequence: u32) {
        let assembly = &self.brokers.assemblies.rows[row];
        if assembly.armed != sequence {
            return;
        }
        let group = assembly.group;
        let (first, replicas) = consumers(self.plan, &self.plan.groups[group as usize]);
        let works = |number: &u32| !self.breakdowns.is_lost(first + number);
        let members: Vec<u32> = (0..replicas).filter(works).collect();
        let assembly = &mut self.brokers.assemblies.rows[row];
        assembly.armed = 0;
        assembly.open = !members.is_empty();
        assembly.members = members;
        if !assembly.open {
            return;
        }
        let topic = self.plan.groups[group as usize].topic;
        let partitions = self.plan.topics[topic.index()].partitions;
        let first = self.brokers.groups[group as usize].first;
        for reader in first..first + partitions {
            let row = &mut self.brokers.readers[reader as usize];
            match (std::mem::take(&mut row.held), row.batch) {
                (true, batch) => self.read(reader, batch),
                (false, 0) => self.look(reader),
                (false, _) => {}
            }
        }
    }

    /// Whether a batch was lost with its consumer, so that it is read again when its partition has another one.
    pub(super) fn lost_with_its_consumer(
        &mut self,
        reader: u32,
        station: u32,
        outcome: Outcome,
    ) -> bool {
        let row = &mut self.brokers.readers[reader as usize];
        let closed = !self.brokers.assemblies.is_open(row.group);
        // A consumer that works may fail because somebody else cannot be reached: that is its own failure.
        let lost = closed && station != NONE && self.breakdowns.is_lost(station);
        if outcome != Err(Cause::Unreachable) || !lost {
            return false;
        }
        row.attempt = row.attempt.saturating_add(1);
        row.held = true;
        let (batch, of) = (row.batch, row.group);
        self.probe.redelivered(of, u64::from(batch), self.now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn partitions_are_dealt_in_ranges() {
        let dealt = |partitions: u32, consumers: u32| {
            (0..partitions)
                .map(|partition| owner(partition, partitions, consumers).to_string())
                .collect::<String>()
        };
        assert_eq!(dealt(6, 3), "001122");
        assert_eq!(dealt(7, 3), "0001122");
        assert_eq!(dealt(8, 3), "00011122");
        assert_eq!(dealt(2, 5), "01");
        assert_eq!(dealt(3, 1), "000");
    }
}
