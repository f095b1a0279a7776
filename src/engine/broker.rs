//! Topics: logs in partitions, and groups that read each partition in its order, one batch at a time.
//!
//! A message that is in counts as a call of the endpoint of every group, from when it was published until its batch has ended. A batch is
//! one request, sent to the consumer that has the partition: consumers are the replicas of a service, each with a range of partitions as
//! even as can be (the first ones have one more). A batch that has ended, well or for good, is behind the group; one that is to be
//! delivered again keeps its partition waiting. Queues, whose messages are in no order, are in [`compete`].
//!
//! Not modelled: the brokers' own machines, disks and failures; batching by producers; consumers that fetch ahead (those that are
//! lost and come back: see [`rebalance`]); transactions; compaction. A message enters its partition when all copies in sync have it, so
//! that of two published almost at once the later one may come first. What is too old is thrown away when its group next looks at the
//! partition.

mod compete;
mod lag;
mod oldest;
mod place;
mod rebalance;

use super::calendar::Class;
use super::flight::flag;
use super::reshard::OF_MOVE;
use super::{Engine, Flight, NONE, Outcome, Overflow, Probe, State};
use crate::chance::key::Key;
use crate::plan::broker::owner;
use crate::plan::{CallId, Delivery, GroupId, Plan, TopicId};
use crate::policy::Cause;
use compete::{Deliveries, Work};
use oldest::Oldest;
use rebalance::consumers;
use std::collections::VecDeque;

/// Marks the number by which a request knows that it is of a queue.
const OF_QUEUE: u32 = 1 << 31;

/// A message that is in.
#[derive(Debug, Clone, Copy)]
struct Message {
    /// When it was published \[ns\].
    birth: u64,
    /// Since when it is in \[ns\].
    at: u64,
    /// Its fate, and that of the request which published it.
    key: Key,
    root: Key,
    env: u32,
    priority: u8,
}

/// The messages of a partition that some group has not behind it.
#[derive(Debug, Default)]
struct Partition {
    /// The number of the first of them.
    base: u64,
    messages: VecDeque<Message>,
}

impl Partition {
    fn end(&self) -> u64 {
        self.base + self.messages.len() as u64
    }

    fn get(&self, number: u64) -> Option<&Message> {
        self.messages.get((number - self.base) as usize)
    }
}

/// A group's place in a partition.
#[derive(Debug, Clone, Copy)]
struct Reader {
    group: u32,
    partition: u32,
    /// The first message that is not behind the group.
    next: u64,
    /// Messages in its present batch; 0 = none.
    batch: u32,
    /// How many times that was delivered before.
    attempt: u16,
    /// Its timer; 0 = none.
    armed: u32,
    /// Whether its batch waits for the group to be dealt anew.
    held: bool,
}

/// A group, or the consumers of a queue.
#[derive(Debug)]
struct Readers {
    /// Its places in the partitions.
    first: u32,
    lag: u64,
    since: u64,
    oldest: Oldest,
    work: Work,
}

/// All topics and queues.
#[derive(Debug, Default)]
pub(super) struct Brokers {
    partitions: Vec<Partition>,
    /// First partition of each topic, and the one that the last message was dealt to in turn.
    topics: Vec<(u32, u32)>,
    groups: Vec<Readers>,
    readers: Vec<Reader>,
    assemblies: rebalance::Assemblies,
    deliveries: Deliveries,
    messages: u32,
}

impl Brokers {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut brokers = Self {
            assemblies: rebalance::Assemblies::new(plan),
            ..Self::default()
        };
        for topic in &plan.topics {
            let first = brokers.partitions.len() as u32;
            brokers.topics.push((first, topic.partitions - 1));
            let all = first..first + topic.partitions;
            brokers
                .partitions
                .extend(all.clone().map(|_| Partition::default()));
            for group in topic.groups.0..topic.groups.1 {
                let spec = &plan.groups[group as usize];
                brokers.groups.push(Readers {
                    first: brokers.readers.len() as u32,
                    lag: 0,
                    since: 0,
                    oldest: Oldest::new(topic.partitions as usize),
                    work: Work::new(spec, consumers(plan, spec).1),
                });
                brokers.readers.extend(all.clone().map(|partition| Reader {
                    group,
                    partition,
                    next: 0,
                    batch: 0,
                    attempt: 0,
                    armed: 0,
                    held: false,
                }));
            }
        }
        brokers
    }

    /// Whether the timer of a reader still means something.
    pub(super) fn is_reader_armed(&self, reader: u32, sequence: u32) -> bool {
        match self.readers.get(reader as usize) {
            Some(row) => row.armed == sequence,
            None => self.assemblies.rows[reader as usize - self.readers.len()].armed == sequence,
        }
    }

    /// Whether the timer of a delivery still means something.
    pub(super) fn is_delivery_armed(&self, delivery: u32, sequence: u32) -> bool {
        self.deliveries.is_armed(delivery, sequence)
    }
}

impl<P: Probe> Engine<'_, P> {
    /// The message of a request is in.
    pub(super) fn append(&mut self, flight: u32, id: TopicId) {
        let plan = self.plan;
        let topic = &plan.topics[id.index()];
        let partition = self.partition_of(flight, id);
        self.send_copies(flight, id, partition);
        if topic.groups.0 == topic.groups.1 {
            return; // what nobody reads need not be kept
        }
        let row = &self.flights[flight];
        let message = Message {
            birth: row.birth,
            at: self.now,
            key: row.key,
            root: row.root,
            env: self.environment.share(row.env),
            priority: row.priority,
        };
        self.brokers.messages += 1;
        self.watch_memory(id);
        for group in topic.groups.0..topic.groups.1 {
            let call = plan.groups[group as usize].message;
            let endpoint = plan.calls[call.index()].endpoint.0;
            self.turn_lag(group);
            self.probe
                .published(call.0, endpoint, message.birth, self.now);
            self.brokers.groups[group as usize].lag += 1;
        }
        if let Delivery::Competing { .. } = plan.groups[topic.groups.0 as usize].delivery {
            return self.enqueue_message(topic.groups.0, message);
        }
        let (first, _) = self.brokers.topics[id.index()];
        let log = &mut self.brokers.partitions[(first + partition) as usize];
        log.messages.push_back(message);
        for group in topic.groups.0..topic.groups.1 {
            let reader = self.brokers.groups[group as usize].first + partition;
            let row = &self.brokers.readers[reader as usize];
            if row.batch == 0 {
                self.renew_oldest(reader);
                self.look(reader);
            }
        }
    }

    /// Messages take memory like requests do: too many stop the run.
    fn watch_memory(&mut self, id: TopicId) {
        let present = self.brokers.messages;
        if self.flights.live().saturating_add(present) >= self.most_flights
            && self.overflow.is_none()
        {
            let component = self.plan.topics[id.index()].component;
            self.overflow = Some(Overflow {
                at: self.now,
                station: self.plan.components[component.index()].first,
                present: u64::from(present),
                stuck: false,
            });
        }
    }

    /// The timer of a reader is due.
    pub(super) fn look_again(&mut self, reader: u32, sequence: u32) {
        if reader as usize >= self.brokers.readers.len() {
            let row = reader as usize - self.brokers.readers.len();
            return self.deal_partitions(row, sequence);
        }
        let row = &mut self.brokers.readers[reader as usize];
        if row.armed != sequence {
            return;
        }
        row.armed = 0;
        if row.batch > 0 && !self.brokers.assemblies.is_open(row.group) {
            row.held = true;
            return;
        }
        match row.batch {
            0 => self.look(reader),
            batch => self.read(reader, batch),
        }
    }

    /// Begin a batch if there is one: full, or with a first message that has waited long enough.
    fn look(&mut self, reader: u32) {
        self.throw_away_old(reader);
        let Reader {
            group,
            partition,
            next,
            armed,
            ..
        } = self.brokers.readers[reader as usize];
        let log = &self.brokers.partitions[partition as usize];
        let Some(first) = log.get(next) else { return };
        if !self.brokers.assemblies.is_open(group) {
            return;
        }
        let group = &self.plan.groups[group as usize];
        let there = log.end() - next;
        let due = first.at.saturating_add(group.wait);
        if there >= u64::from(group.most) || due <= self.now {
            if std::mem::take(&mut self.brokers.readers[reader as usize].armed) != 0 {
                self.bury();
            }
            return self.read(reader, there.min(u64::from(group.most)) as u32);
        }
        if armed == 0 {
            let armed = self.calendar.push(due, Class::Look, reader);
            self.brokers.readers[reader as usize].armed = armed;
        }
    }

    /// Messages that are too old are lost to a group.
    fn throw_away_old(&mut self, reader: u32) {
        let Reader {
            group,
            partition,
            next,
            ..
        } = self.brokers.readers[reader as usize];
        let spec = &self.plan.groups[group as usize];
        let retention = self.plan.topics[spec.topic.index()].retention;
        let log = &self.brokers.partitions[partition as usize];
        let old = |number: &u64| {
            let message = log.get(*number);
            message.is_some_and(|message| message.at.saturating_add(retention) <= self.now)
        };
        let count = (next..log.end()).take_while(old).count() as u32;
        if count > 0 {
            self.pass(reader, count, Err(Cause::Timeout));
        }
    }

    /// Send the next messages of a partition to its consumer, as one request.
    fn read(&mut self, reader: u32, batch: u32) {
        let row = &mut self.brokers.readers[reader as usize];
        row.batch = batch;
        let Reader {
            group,
            partition,
            next,
            attempt,
            ..
        } = *row;
        let Some(message) = self.brokers.partitions[partition as usize]
            .get(next)
            .copied()
        else {
            return;
        };
        let plan = self.plan;
        let topic = plan.groups[group as usize].topic;
        let local = partition - self.brokers.topics[topic.index()].0;
        let (first, replicas) = consumers(plan, &plan.groups[group as usize]);
        let partitions = plan.topics[topic.index()].partitions;
        let dealt = self.brokers.assemblies.owner(group, local, partitions);
        let station = first + dealt.unwrap_or_else(|| owner(local, partitions, replicas));
        let id = GroupId(group);
        self.hand_messages(id, &message, local, station, attempt, batch, reader);
    }

    /// The request for messages, of which this is the first, sets out.
    #[expect(
        clippy::too_many_arguments,
        reason = "what differs between topics and queues"
    )]
    fn hand_messages(
        &mut self,
        id: GroupId,
        message: &Message,
        partition: u32,
        station: u32,
        attempt: u16,
        batch: u32,
        number: u32,
    ) {
        let plan = self.plan;
        let group = &plan.groups[id.index()];
        let call = self.quick[group.run.index()];
        let own_attempt = attempt.min(255) as u8;
        let leader = self.leader(id, partition);
        let link = plan.route(
            self.stations[leader.index()].zone,
            self.stations[station as usize].zone,
        );
        let env = self.environment.share(message.env);
        let flight = self.add_flight(Flight {
            key: message.key.child(group.site, 0).attempt(u32::from(attempt)),
            birth: self.now,
            flags: flag::SENT,
            priority: call.priority.unwrap_or(message.priority),
            root: message.root,
            env,
            call: group.run.0,
            endpoint: call.endpoint,
            own_attempt,
            sibling: number,
            station,
            link: link.0 as u16,
            state: State::Outbound,
            ..Flight::default()
        });
        if batch > 1 {
            self.carry(flight, group.batch, f64::from(batch));
        }
        self.probe
            .called(group.run.0, call.endpoint, own_attempt, self.now);
        match self.way(flight, link, 0, true) {
            Ok((delay, lane)) => self.dispatch(flight, delay, lane),
            Err(delay) => self.lose(flight, delay),
        }
    }

    /// A request that nobody waits for is answered; one for messages moves them on.
    pub(super) fn record_sent(&mut self, flight: u32, outcome: Outcome) {
        let (number, station) = (self.flights[flight].sibling, self.flights[flight].station);
        self.record_answer(flight, outcome);
        if number == NONE {
            return;
        }
        if number & OF_QUEUE != 0 {
            return self.delivered(number & !OF_QUEUE, outcome);
        }
        if number & OF_MOVE != 0 {
            return self.batch_done(number, outcome);
        }
        if self.lost_with_its_consumer(number, station, outcome) {
            return;
        }
        let row = &mut self.brokers.readers[number as usize];
        let group = &self.plan.groups[row.group as usize];
        let again = u32::from(row.attempt) + 1 < group.attempts;
        if outcome.is_ok() || !again {
            let batch = std::mem::take(&mut row.batch);
            row.attempt = 0;
            self.pass(number, batch, outcome);
            return self.look(number);
        }
        row.attempt = row.attempt.saturating_add(1);
        let (batch, of) = (row.batch, row.group);
        self.probe.redelivered(of, u64::from(batch), self.now);
        match group.delivery {
            Delivery::InOrder { after } if after > 0 => {
                let due = self.now.saturating_add(after);
                let armed = self.calendar.push(due, Class::Look, number);
                self.brokers.readers[number as usize].armed = armed;
            }
            _ if self.brokers.assemblies.is_open(of) => self.read(number, batch),
            _ => self.brokers.readers[number as usize].held = true,
        }
    }

    /// So many messages of a partition are behind a group.
    fn pass(&mut self, reader: u32, count: u32, outcome: Outcome) {
        let Reader {
            group,
            partition,
            next,
            ..
        } = self.brokers.readers[reader as usize];
        let group_row = &self.plan.groups[group as usize];
        self.turn_lag(group);
        for number in next..next + u64::from(count) {
            let message = self.brokers.partitions[partition as usize].get(number);
            let Some(message) = message.copied() else {
                continue;
            };
            let endpoint = group_row.messages.0;
            self.probe
                .answered(endpoint, message.birth, self.now, outcome);
            if outcome.is_err() && group_row.dead.is_some() {
                self.dead_letter(group_row.dead, GroupId(group), &message);
            }
        }
        self.brokers.groups[group as usize].lag -= u64::from(count);
        self.brokers.readers[reader as usize].next += u64::from(count);
        self.renew_oldest(reader);
        self.forget_passed(group_row.topic, partition);
    }

    /// A message that was given up goes where such messages are kept.
    fn dead_letter(&mut self, id: CallId, group: GroupId, message: &Message) {
        let call = self.quick[id.index()];
        let station = self.leader(group, 0);
        let env = self.environment.share(message.env);
        let flight = self.add_flight(Flight {
            key: call.fate(message.key, 0),
            birth: self.now,
            flags: flag::SENT,
            priority: message.priority,
            root: message.root,
            env,
            call: id.0,
            endpoint: call.endpoint,
            station: station.0,
            state: State::Outbound,
            ..Flight::default()
        });
        self.probe.called(id.0, call.endpoint, 0, self.now);
        self.depart(flight, flight, id);
    }
}
