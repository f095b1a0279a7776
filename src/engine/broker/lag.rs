//! How far groups are behind: messages still to do, since when the oldest of them is in, and what all have behind them.

use super::super::{Engine, Probe};
use super::{Reader, Readers};
use crate::plan::TopicId;

impl<P: Probe> Engine<'_, P> {
    /// Tell how far a group has been behind until now, and begin anew.
    pub(super) fn turn_lag(&mut self, group: u32) {
        self.tell_lag(group);
        self.brokers.groups[group as usize].since = self.now;
    }

    fn tell_lag(&mut self, group: u32) {
        let row = &self.brokers.groups[group as usize];
        if row.lag > 0 && self.now > row.since {
            let oldest = row.work.oldest().unwrap_or_else(|| row.oldest.least());
            self.probe
                .lagged(group, row.since, self.now, row.lag, oldest);
        }
    }

    /// The first message that is not behind a reader is another one.
    pub(super) fn renew_oldest(&mut self, reader: u32) {
        let Reader {
            group,
            partition,
            next,
            ..
        } = self.brokers.readers[reader as usize];
        let first = self.brokers.partitions[partition as usize].get(next);
        let at = first.map_or(u64::MAX, |message| message.at);
        let row = &mut self.brokers.groups[group as usize];
        row.oldest.set((reader - row.first) as usize, at);
    }

    /// Tell of all messages that groups still have to do, at the end of the run.
    pub(in super::super) fn close_brokers(&mut self) {
        for group in 0..self.brokers.groups.len() as u32 {
            self.tell_lag(group);
        }
        for row in &self.brokers.readers {
            let endpoint = self.plan.groups[row.group as usize].messages.0;
            let log = &self.brokers.partitions[row.partition as usize];
            for message in log.messages.iter().skip((row.next - log.base) as usize) {
                self.probe.unfinished_call(endpoint, message.birth);
            }
        }
        for (group, row) in self.plan.groups.iter().zip(&self.brokers.groups) {
            for birth in row.work.births() {
                self.probe.unfinished_call(group.messages.0, birth);
            }
        }
    }

    /// Drop what is behind all groups.
    pub(super) fn forget_passed(&mut self, topic: TopicId, partition: u32) {
        let (first, _) = self.brokers.topics[topic.index()];
        let (from, to) = self.plan.topics[topic.index()].groups;
        let groups = &self.brokers.groups[from as usize..to as usize];
        let next =
            |group: &Readers| self.brokers.readers[(group.first + partition - first) as usize].next;
        let least = groups.iter().map(next).min().unwrap_or(0);
        let log = &mut self.brokers.partitions[partition as usize];
        while log.base < least {
            let Some(message) = log.messages.pop_front() else {
                return;
            };
            log.base += 1;
            self.brokers.messages -= 1;
            self.environment.leave(message.env);
        }
    }
}
