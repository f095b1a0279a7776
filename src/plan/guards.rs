//! What stands between those who ask and those who answer, beside the guards that a call carries itself: rules that few plans have.

use super::ids::{CacheId, CallId, ComponentId, HoldId, PoolId};
use super::steering::Steering;
use super::{Call, Plan};
use crate::policy::eject;

/// The rules of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guards {
    /// Rate limits of components and of calls.
    pub limits: Vec<RateLimit>,
    /// Calls each attempt of which holds a unit of a pool of its caller from before it is sent to its outcome, in the order of the calls.
    pub connections: Vec<(CallId, HoldId)>,
    /// Caches whose failed fetches are taken over by the next who waits, and how many fetch one after the other.
    pub takeovers: Vec<(CacheId, u32)>,
    /// Pools whose balancers leave out replicas that keep failing.
    pub ejections: Vec<Ejection>,
    /// Pools whose callers are sent to some of their replicas first, in the order of the pools.
    pub steering: Vec<Steering>,
    /// Services whose balancers learn late who is down, or spare those who are back.
    pub watches: Vec<Watch>,
}

impl Guards {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty()
            && self.connections.is_empty()
            && self.takeovers.is_empty()
            && self.ejections.is_empty()
            && self.steering.is_empty()
            && self.watches.is_empty()
    }

    /// Who is sent where first among a pool's replicas, if there is a choice.
    pub fn steering_of(&self, pool: PoolId) -> Option<&Steering> {
        Some(&self.steering[self.steering_at(pool)?])
    }

    /// The row of that.
    pub fn steering_at(&self, pool: PoolId) -> Option<usize> {
        self.steering
            .binary_search_by_key(&pool, |row| row.pool)
            .ok()
    }

    /// How many areas the steerings have, all together.
    pub fn areas(&self) -> usize {
        self.steering.iter().map(|row| row.areas.len()).sum()
    }

    /// Which rate limit a call has, if it has one.
    pub fn limit_of(&self, call: CallId) -> Option<usize> {
        let mut limits = self.limits.iter();
        limits.position(|limit| limit.before == Limited::Call(call))
    }

    /// How many fetch an object for a cache one after the other when fetches fail, before all who wait fail.
    pub fn fetches_of(&self, cache: CacheId) -> u32 {
        let mut takeovers = self.takeovers.iter();
        let found = takeovers.find(|row| row.0 == cache);
        found.map_or(1, |row| row.1)
    }

    /// What each attempt of a call holds; none without such a thing.
    pub fn connection_of(&self, call: CallId) -> HoldId {
        let found = self.connections.binary_search_by_key(&call, |row| row.0);
        found.map_or(HoldId::NONE, |row| self.connections[row].1)
    }

    /// The rate limit before a component, if it has one.
    pub fn limit_before(&self, component: ComponentId) -> Option<&RateLimit> {
        let mut limits = self.limits.iter();
        limits.find(|limit| limit.before == Limited::Component(component))
    }
}

impl Plan {
    /// The rate limit of a call, if it has one.
    pub fn limit_of(&self, call: &Call) -> Option<&RateLimit> {
        let is_it = |row: &Call| (row.name, row.ordinal) == (call.name, call.ordinal);
        self.guards.limits.iter().find(|limit| match limit.before {
            Limited::Call(id) => self.calls.get(id.index()).is_some_and(is_it),
            Limited::Component(_) => false,
        })
    }
}

/// When the balancers of a pool leave a replica out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ejection {
    /// The pool.
    pub pool: PoolId,
    /// When, and for how long.
    pub rule: eject::Rule,
}

/// How the balancers of a service learn who is down, and what they do when somebody is back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The service.
    pub component: ComponentId,
    /// Every replica is asked once in so long \[ns\], and so many answers in a row change what is thought of it; `None` = all know at once.
    pub check: Option<(u64, u32)>,
    /// For how long a replica that is back is spared \[ns\]; 0 = not at all.
    pub slow: u64,
}

/// What a rate limit stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// Requests for a component.
    Component(ComponentId),
    /// Attempts of a call.
    Call(CallId),
}

/// A bucket of tokens for each of those who have one: rows of buckets, full at first.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimit {
    /// Tokens that a bucket holds.
    pub burst: u32,
    /// Tokens that come in per second.
    pub rate: f64,
    /// What it stands before.
    pub before: Limited,
    /// The bucket of the first of those who have one.
    pub first: u32,
    /// How many have one: replicas by their number, or just one for all.
    pub buckets: u32,
}

impl RateLimit {
    /// The bucket of a replica.
    #[inline]
    pub fn bucket(&self, replica: u32) -> u32 {
        self.first + replica.min(self.buckets.saturating_sub(1))
    }
}
