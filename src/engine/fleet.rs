//! The instances of a function: which are there, which of them have room, which can be started.

use super::NONE;
use super::account::Accounts;
use crate::plan::{Function, Plan, PoolId, Take};
use crate::policy::bucket::Bucket;
use std::collections::VecDeque;

/// What an instance is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// It is not there.
    Away = 0,
    /// It is being started.
    Starting = 1,
    /// It has requests.
    Busy = 2,
    /// It has none.
    Idle = 3,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Instance {
    pub(super) phase: Phase,
    pub(super) since: u64,
    /// Number of the entry at which its phase ends; 0 = none.
    pub(super) armed: u32,
}

/// The instances of one function.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) first: u32,
    pub(super) room: u32,
    pub(super) instances: Vec<Instance>,
    /// Those with room, by when they got it: provisioned ones, and the others.
    pub(super) kept: VecDeque<u32>,
    pub(super) ready: VecDeque<u32>,
    /// Those being started, in this order, and those that could be.
    pub(super) starting: Vec<u32>,
    pub(super) away: Vec<u32>,
    pub(super) bucket: Bucket,
    pub(super) starts: u64,
    /// Number of the entry at which another start is allowed; 0 = nobody waits for that.
    pub(super) waking: u32,
}

/// The instances of all functions.
#[derive(Debug)]
pub(super) struct Fleets {
    pub(super) all: Vec<Fleet>,
    /// By pool, and by station.
    of_pool: Vec<u32>,
    pub(super) of_station: Vec<u32>,
    pub(super) accounts: Accounts,
}

impl Fleet {
    fn new(plan: &Plan, function: &Function) -> Self {
        let component = &plan.components[function.component.index()];
        let (first, count) = (component.first.0, component.replicas);
        let provisioned = function.provisioned.min(count);
        let phase = |number| {
            if number < provisioned {
                Phase::Idle
            } else {
                Phase::Away
            }
        };
        let instance = |number| Instance {
            phase: phase(number),
            since: 0,
            armed: 0,
        };
        Self {
            first,
            room: plan.stations[first as usize].concurrency,
            instances: (0..count).map(instance).collect(),
            kept: (first..first + provisioned).collect(),
            ready: VecDeque::new(),
            starting: Vec::new(),
            away: (first + provisioned..first + count).rev().collect(),
            bucket: Bucket::new(function.scale_up),
            starts: 0,
            waking: 0,
        }
    }

    pub(super) fn instance(&mut self, station: u32) -> &mut Instance {
        &mut self.instances[(station - self.first) as usize]
    }

    /// An instance with room.
    pub(super) fn pick(&self, take: Take) -> Option<u32> {
        let from = |list: &VecDeque<u32>| match take {
            Take::Newest => list.back().copied(),
            Take::Oldest => list.front().copied(),
        };
        from(&self.kept).or_else(|| from(&self.ready))
    }

    /// One that counts as used already.
    pub(super) fn pick_used(&self, take: Take) -> Option<u32> {
        let used =
            |station: &&u32| self.instances[(**station - self.first) as usize].phase == Phase::Busy;
        match take {
            Take::Newest => (self.kept.back()).or_else(|| self.ready.iter().rev().find(used)),
            Take::Oldest => (self.kept.front()).or_else(|| self.ready.iter().find(used)),
        }
        .copied()
    }

    pub(super) fn has_room(&mut self, station: u32, provisioned: u32) {
        if station < self.first + provisioned {
            self.kept.push_back(station);
        } else {
            self.ready.push_back(station);
        }
    }

    pub(super) fn has_no_room(&mut self, station: u32, provisioned: u32) {
        let list = if station < self.first + provisioned {
            &mut self.kept
        } else {
            &mut self.ready
        };
        if list.back() == Some(&station) {
            list.pop_back();
        } else if let Some(at) = list.iter().position(|other| *other == station) {
            list.remove(at);
        }
    }
}

impl Fleets {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut of_pool = vec![NONE; plan.pools.len()];
        let mut of_station = vec![NONE; plan.stations.len()];
        for (at, function) in plan.functions.iter().enumerate() {
            of_pool[function.pool.index()] = at as u32;
            for station in plan.components[function.component.index()].stations() {
                of_station[station.index()] = at as u32;
            }
        }
        Self {
            all: (plan.functions.iter())
                .map(|function| Fleet::new(plan, function))
                .collect(),
            of_pool,
            of_station,
            accounts: Accounts::new(plan),
        }
    }

    /// The function whose queue a pool keeps.
    #[inline]
    pub(super) fn of(&self, pool: PoolId) -> Option<usize> {
        let at = self.of_pool[pool.index()];
        (at != NONE).then_some(at as usize)
    }

    /// Whether the entry with this number means something.
    pub(super) fn is_armed(&self, index: u32, sequence: u32) -> bool {
        let Some(&at) = self.of_station.get(index as usize) else {
            let at = index as usize - self.of_station.len();
            return self.all[at].waking == sequence;
        };
        let fleet = &self.all[at as usize];
        fleet.instances[(index - fleet.first) as usize].armed == sequence
    }
}
