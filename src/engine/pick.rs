//! Which replica a call is sent to: what balancers may see of the run.

use super::{Engine, Flight, NONE, Probe};
use crate::plan::{CallId, Plan, Pool, View};
use crate::policy::balance::Loads;

/// Counters that a pool needs when balancers see only their caller's calls: one per caller (each station, and users) and replica.
pub(super) fn caller_rows(plan: &Plan, pool: &Pool) -> usize {
    if pool.balance.view() == View::Central {
        return 0;
    }
    pool.row as usize
        + (plan.stations.len() + 1) * plan.components[pool.component.index()].replicas as usize
}

/// True loads of stations.
struct True<'a> {
    stations: &'a [super::station::Slots],
    candidates: &'a [crate::plan::StationId],
}

impl Loads for True<'_> {
    #[inline]
    fn load(&self, position: u32) -> u32 {
        let slots = &self.stations[self.candidates[position as usize].index()];
        slots.in_use + slots.line.len()
    }
}

/// Loads as far as one caller has made them.
struct Own<'a> {
    outstanding: &'a [u32],
    plan: &'a Plan,
    candidates: &'a [crate::plan::StationId],
}

impl Loads for Own<'_> {
    fn load(&self, position: u32) -> u32 {
        let station = self.candidates[position as usize];
        self.outstanding[self.plan.stations[station.index()].replica as usize]
    }
}

impl<P: Probe> Engine<'_, P> {
    #[inline]
    pub(super) fn pick(
        &mut self,
        child: u32,
        caller: u32,
        id: CallId,
        candidates: &[crate::plan::StationId],
    ) -> u32 {
        let plan = self.plan;
        let call = &plan.calls[id.index()];
        let pool = &plan.pools[call.pool.index()];
        let count = candidates.len() as u32;
        if count == 1 && pool.balance.view() == View::Central {
            return 0;
        }
        let mut draw = self.flights[child].key.draw(pool.site);
        let object = if call.key.is_some() {
            self.object_of(child, call.key)
        } else {
            0
        };
        if pool.balance.view() == View::Central {
            let loads = True {
                stations: &self.stations,
                candidates,
            };
            return pool.balance.pick(
                count,
                &loads,
                &mut self.turns[call.pool.index()],
                object,
                &mut draw,
            );
        }
        let row = self.caller_row(caller, pool);
        let loads = Own {
            outstanding: &self.outstanding[row..],
            plan,
            candidates,
        };
        let picked = pool.balance.pick(
            count,
            &loads,
            &mut self.turns[call.pool.index()],
            object,
            &mut draw,
        );
        self.outstanding
            [row + plan.stations[candidates[picked as usize].index()].replica as usize] += 1;
        picked
    }

    fn object_of(&self, child: u32, attribute: crate::plan::AttributeId) -> u64 {
        let object = self.attribute(child, attribute) as u64;
        match self.plan.attributes[attribute.index()].kind {
            crate::plan::AttributeKind::Key(keyspace) => {
                self.object_hash(self.plan.keyspaces[keyspace.index()].site, object)
            }
            _ => self.object_hash(self.plan.attributes[attribute.index()].site, object),
        }
    }

    fn caller_row(&self, caller: u32, pool: &Pool) -> usize {
        let replicas = self.plan.components[pool.component.index()].replicas as usize;
        let place = (self.flights[caller].station as usize).min(self.plan.stations.len());
        pool.row as usize + place * replicas
    }

    /// The caller no longer counts this call as its own.
    pub(super) fn forget_outstanding(&mut self, child: u32, caller: u32) {
        let Flight { call, station, .. } = self.flights[child];
        if self.outstanding.is_empty() {
            return;
        }
        let pool = &self.plan.pools[self.plan.calls[call as usize].pool.index()];
        if pool.balance.view() == View::Caller
            && station != NONE
            && self.flights[child].frame == NONE
        {
            let row = self.caller_row(caller, pool);
            self.outstanding[row + self.plan.stations[station as usize].replica as usize] -= 1;
        }
    }
}
