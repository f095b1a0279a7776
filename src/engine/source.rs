//! When requests are born: epochs of open workloads, users of closed ones.

use super::calendar::Class;
use super::flight::flag;
use super::pace::WORK;
use super::{Engine, Flight, NONE, Outcome, Probe, State};
use crate::chance::key::{Key, Site, site};
use crate::plan::{CountId, Load, WorkloadId};
use crate::policy::arrive::ArrivalState;

const MIX: Site = site(&["mix"]);
const BATCH: Site = site(&["batch"]);

/// An open or recorded workload at work.
#[derive(Debug)]
pub(super) struct Source {
    root: Key,
    state: ArrivalState,
    requests: u64,
    epochs: u64,
}

/// A user of a closed workload.
#[derive(Debug)]
pub(super) struct User {
    workload: u32,
    number: u32,
    cycles: u64,
}

impl<P: Probe> Engine<'_, P> {
    /// Enter every workload's beginning into the calendar; false when `stop` said so before that was done.
    pub(super) fn open_sources(&mut self, stop: &(dyn Fn() -> bool + Sync)) -> bool {
        let plan = self.plan;
        for (index, workload) in plan.workloads.iter().enumerate() {
            let root = self.root.child(workload.site, 0);
            let state = ArrivalState::default();
            self.sources.push(Source {
                root,
                state,
                requests: 0,
                epochs: 0,
            });
            match &workload.load {
                Load::Open { .. } | Load::Replay(_) => self.next_epoch(index as u32),
                Load::Closed { users, ramp, .. } => {
                    for number in 0..*users {
                        if number % WORK == 0 && stop() {
                            return false;
                        }
                        let at = if *ramp > 0.0 {
                            (f64::from(number) / ramp * 1e9 + 0.5) as u64
                        } else {
                            0
                        };
                        self.calendar.push(at, Class::User, self.users.len() as u32);
                        self.users.push(User {
                            workload: index as u32,
                            number,
                            cycles: 0,
                        });
                    }
                }
            }
        }
        true
    }

    fn next_epoch(&mut self, workload: u32) {
        let source = &mut self.sources[workload as usize];
        let next = match &self.plan.workloads[workload as usize].load {
            Load::Open { arrivals, .. } => arrivals.next(&mut source.state, source.root),
            Load::Replay(replay) => replay.at(source.epochs as usize),
            Load::Closed { .. } => None,
        };
        if let Some(at) = next {
            self.calendar.arrive(at, workload);
        }
    }

    /// An arrival epoch of an open or recorded workload.
    pub(super) fn arrive_epoch(&mut self, workload: u32) {
        let plan = self.plan;
        let source = &mut self.sources[workload as usize];
        let epoch = source.epochs;
        source.epochs += 1;
        let batch = match &plan.workloads[workload as usize].load {
            Load::Open { batch, .. } => batch,
            _ => &CountId::NONE,
        };
        let requests = if batch.is_some() {
            let mut draw = source
                .root
                .child(BATCH, epoch)
                .draw(plan.counts[batch.index()].site);
            plan.counts[batch.index()].sampler.sample(&mut draw)
        } else {
            1
        };
        self.next_epoch(workload);
        self.toil(requests);
        for _ in 0..requests {
            let source = &mut self.sources[workload as usize];
            let number = source.requests;
            source.requests += 1;
            let key = source.root.numbered(number);
            self.bear(workload, key, NONE, number);
            if self.overflow.is_some() {
                return;
            }
        }
    }

    /// A user asks.
    pub(super) fn user_asks(&mut self, user: u32) {
        let User {
            workload,
            number,
            cycles,
        } = self.users[user as usize];
        self.users[user as usize].cycles += 1;
        let site = self.plan.workloads[workload as usize].site;
        let key = self.root.child(site, u64::from(number)).numbered(cycles);
        self.bear(workload, key, user, u64::from(number));
    }

    /// A request is born and begins.
    #[inline]
    fn bear(&mut self, id: u32, key: Key, user: u32, number: u64) {
        let workload = &self.plan.workloads[id as usize];
        let line = if workload.entries.len() == 1 {
            0
        } else {
            workload.mix.pick(&mut key.draw(MIX))
        };
        let entry = workload.entries[line];
        self.probe.born(entry.0, self.now);
        if let Some(door) = self.doors[entry.index()] {
            return self.knock(door, key, user, workload.priority);
        }
        let flight = self.add_flight(Flight {
            key,
            root: key,
            birth: self.now,
            parent: user,
            flags: flag::ROOT,
            priority: workload.priority,
            endpoint: entry.0,
            state: State::Running,
            ..Flight::default()
        });
        if self.has_user {
            self.name_user(flight, number as f64);
        }
        if !self.drifts.is_empty() {
            self.fix_objects(flight, key);
        }
        if let Load::Replay(replay) = &workload.load {
            let object = replay.recording.requests()[number as usize].object;
            self.name_object(flight, &replay.keys, object);
        }
        if workload.with.0 < workload.with.1 {
            self.assign(flight, workload.with, key);
        }
        self.advance(flight, self.plan.entries[entry.index()].entry);
    }

    /// A request has ended.
    pub(super) fn settle_request(&mut self, flight: u32, outcome: Outcome) {
        let Flight {
            endpoint,
            birth,
            parent,
            joins,
            ..
        } = self.flights[flight];
        self.settle(flight, endpoint, birth, parent, outcome);
        if joins == 0 {
            return self.drop_flight(flight);
        }
        let armed = self.calendar.token();
        let row = &mut self.flights[flight];
        row.state = State::Lingering;
        row.parent = NONE;
        row.armed = armed;
    }

    /// Tell how a request ended; its user, if it has one, thinks with the flight's fate.
    #[inline]
    pub(super) fn settle(
        &mut self,
        flight: u32,
        entry: u32,
        birth: u64,
        user: u32,
        outcome: Outcome,
    ) {
        self.probe.settled(entry, birth, self.now, outcome);
        if user != NONE {
            let workload = WorkloadId(self.users[user as usize].workload);
            let Load::Closed { think, .. } = &self.plan.workloads[workload.index()].load else {
                unreachable!("only closed workloads have users")
            };
            let pause = if think.is_some() {
                self.demand(flight, *think)
            } else {
                0
            };
            self.calendar
                .push(self.now.saturating_add(pause), Class::User, user);
        }
    }
}
