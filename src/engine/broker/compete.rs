//! Queues: competing consumers, each message to the one that has been free for longest.
//!
//! A message that was received is hidden until it is done, or until its visibility ends: then it is received again, although its first
//! request may still be at work. Whichever ends well first deletes it; one that ends well later has done it twice.
//!
//! Not modelled: batches of receives, delays before a message is visible, order (FIFO queues), polling.

use super::super::calendar::Class;
use super::super::{Engine, Outcome, Probe};
use super::{Message, OF_QUEUE, consumers};
use crate::plan::{Delivery, Group, GroupId};
use crate::policy::Cause;
use std::collections::VecDeque;

/// A message of a queue.
#[derive(Debug)]
struct Entry {
    message: Message,
    /// How many times it was received.
    receives: u32,
    /// Done, or given up.
    settled: bool,
    /// Why it failed last.
    cause: Cause,
}

/// The messages of a queue and its consumers; nothing for a topic.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// The number of the first message that is not settled: always the first one kept.
    base: u64,
    entries: VecDeque<Entry>,
    /// Those that are visible.
    ready: VecDeque<u64>,
    /// Consumers that are free, as many times as they can receive; longest first.
    free: VecDeque<u32>,
}

impl Work {
    pub(super) fn new(group: &Group, consumers: u32) -> Self {
        let mut work = Self::default();
        if let Delivery::Competing { in_flight, .. } = group.delivery {
            let rounds = (0..in_flight).flat_map(|_| 0..consumers);
            work.free.extend(rounds);
        }
        work
    }

    /// Since when its oldest message is in.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.message.at)
    }

    /// When the messages that are not settled were published.
    pub(super) fn births(&self) -> impl Iterator<Item = u64> + '_ {
        let open = self.entries.iter().filter(|entry| !entry.settled);
        open.map(|entry| entry.message.birth)
    }

    /// A message that is not settled.
    fn open(&mut self, number: u64) -> Option<&mut Entry> {
        let at = number.checked_sub(self.base)?;
        self.entries
            .get_mut(at as usize)
            .filter(|entry| !entry.settled)
    }
}

/// A message in the hands of a consumer, or hidden after that.
#[derive(Debug, Clone, Copy)]
struct Receipt {
    group: u32,
    message: u64,
    consumer: u32,
    /// The timer of its visibility; 0 = none.
    armed: u32,
    running: bool,
}

/// All receipts.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    rows: Vec<Receipt>,
    free: Vec<u32>,
}

impl Deliveries {
    pub(super) fn is_armed(&self, at: u32, sequence: u32) -> bool {
        self.rows[at as usize].armed == sequence
    }

    fn add(&mut self, receipt: Receipt) -> u32 {
        if let Some(at) = self.free.pop() {
            self.rows[at as usize] = receipt;
            return at;
        }
        self.rows.push(receipt);
        self.rows.len() as u32 - 1
    }
}

impl<P: Probe> Engine<'_, P> {
    /// A message has come into a queue.
    pub(super) fn enqueue_message(&mut self, group: u32, message: Message) {
        let work = &mut self.brokers.groups[group as usize].work;
        work.ready.push_back(work.base + work.entries.len() as u64);
        work.entries.push_back(Entry {
            message,
            receives: 0,
            settled: false,
            cause: Cause::Timeout,
        });
        self.receive(group);
    }

    /// Give visible messages to free consumers.
    fn receive(&mut self, group: u32) {
        let plan = self.plan;
        let Delivery::Competing { visibility, .. } = plan.groups[group as usize].delivery else {
            return;
        };
        loop {
            let work = &mut self.brokers.groups[group as usize].work;
            if work.free.is_empty() {
                return;
            }
            let Some(number) = work.ready.pop_front() else {
                return;
            };
            let Some(entry) = work.open(number) else {
                continue; // done by an earlier request in the meantime
            };
            entry.receives = entry.receives.saturating_add(1);
            let attempt = (entry.receives - 1).min(u32::from(u16::MAX)) as u16;
            let message = entry.message;
            let Some(consumer) = work.free.pop_front() else {
                return;
            };
            let receipt = self.brokers.deliveries.add(Receipt {
                group,
                message: number,
                consumer,
                armed: 0,
                running: true,
            });
            if visibility != u64::MAX {
                let due = self.now.saturating_add(visibility);
                let armed = self.calendar.push(due, Class::Sight, receipt);
                self.brokers.deliveries.rows[receipt as usize].armed = armed;
            }
            let (first, _) = consumers(plan, &plan.groups[group as usize]);
            let (id, station) = (GroupId(group), first + consumer);
            self.hand_messages(id, &message, 0, station, attempt, 1, OF_QUEUE | receipt);
        }
    }

    /// The request for a message has ended: its consumer is free again.
    pub(super) fn delivered(&mut self, at: u32, outcome: Outcome) {
        let row = &mut self.brokers.deliveries.rows[at as usize];
        row.running = false;
        let Receipt {
            group,
            message,
            consumer,
            armed,
            ..
        } = *row;
        let work = &mut self.brokers.groups[group as usize].work;
        work.free.push_back(consumer);
        let hidden = self.plan.groups[group as usize].delivery;
        let for_ever = matches!(
            hidden,
            Delivery::Competing {
                visibility: u64::MAX,
                ..
            }
        );
        let mut over = true;
        match (work.open(message), outcome) {
            (None, Ok(())) => self.probe.duplicated(group, self.now),
            (None, Err(_)) => {}
            (Some(_), Ok(())) => self.settle_message(group, message, Ok(())),
            (Some(entry), Err(cause)) => {
                entry.cause = cause;
                over = armed == 0;
                if for_ever {
                    self.return_message(group, message);
                }
            }
        }
        if over {
            self.drop_receipt(at);
        }
        self.receive(group);
    }

    /// The visibility of a message that was received is over.
    pub(in super::super) fn sight_again(&mut self, at: u32, sequence: u32) {
        if !self.brokers.deliveries.is_armed(at, sequence) {
            return;
        }
        let row = &mut self.brokers.deliveries.rows[at as usize];
        row.armed = 0;
        let Receipt {
            group,
            message,
            running,
            ..
        } = *row;
        if !running {
            self.drop_receipt(at);
        }
        if self.brokers.groups[group as usize]
            .work
            .open(message)
            .is_some()
        {
            self.return_message(group, message);
            self.receive(group);
        }
    }

    fn drop_receipt(&mut self, at: u32) {
        let row = &mut self.brokers.deliveries.rows[at as usize];
        let armed = std::mem::take(&mut row.armed);
        self.brokers.deliveries.free.push(at);
        if armed != 0 {
            self.bury();
        }
    }

    /// A message was not done: it is visible again, or given up.
    fn return_message(&mut self, group: u32, number: u64) {
        let most = self.plan.groups[group as usize].attempts;
        let work = &mut self.brokers.groups[group as usize].work;
        let Some(entry) = work.open(number) else {
            return;
        };
        if entry.receives >= most {
            let cause = entry.cause;
            return self.settle_message(group, number, Err(cause));
        }
        work.ready.push_back(number);
        self.probe.redelivered(group, 1, self.now);
    }

    /// A message is done, or given up.
    fn settle_message(&mut self, group: u32, number: u64, outcome: Outcome) {
        self.turn_lag(group);
        let spec = &self.plan.groups[group as usize];
        let row = &mut self.brokers.groups[group as usize];
        let Some(entry) = row.work.open(number) else {
            return;
        };
        entry.settled = true;
        let message = entry.message;
        row.lag -= 1;
        let endpoint = spec.messages.0;
        self.probe
            .answered(endpoint, message.birth, self.now, outcome);
        if outcome.is_err() && spec.dead.is_some() {
            self.dead_letter(spec.dead, GroupId(group), &message);
        }
        let work = &mut self.brokers.groups[group as usize].work;
        while let Some(entry) = work.entries.front().filter(|entry| entry.settled) {
            let env = entry.message.env;
            work.entries.pop_front();
            work.base += 1;
            self.brokers.messages -= 1;
            self.environment.leave(env);
        }
    }
}
