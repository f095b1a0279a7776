//! Which replica a call is sent to: what balancers may see of the run.

use super::{Engine, Probe};
use crate::plan::{CallId, Plan, Pool, View, ZoneId};
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
        from: ZoneId,
    ) -> u32 {
        let plan = self.plan;
        let call = &plan.calls[id.index()];
        let pool = &plan.pools[call.pool.index()];
        let count = candidates.len() as u32;
        let turn = call.pool.index() * plan.zones.len() + from.index();
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
            return pool
                .balance
                .pick(count, &loads, &mut self.turns[turn], object, &mut draw);
        }
        let row = self.caller_row(caller, pool);
        let loads = Own {
            outstanding: &self.outstanding[row..],
            plan,
            candidates,
        };
        let picked = pool
            .balance
            .pick(count, &loads, &mut self.turns[turn], object, &mut draw);
        let replica = plan.stations[candidates[picked as usize].index()].replica;
        self.count_outstanding(child, row + replica as usize);
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

    /// Remember which counter of its caller a call stands in.
    fn count_outstanding(&mut self, child: u32, cell: usize) {
        if self.cells.len() <= child as usize {
            self.cells.resize(child as usize + 1, 0);
        }
        self.outstanding[cell] += 1;
        self.cells[child as usize] = cell as u32 + 1;
    }

    /// The caller no longer counts this call as its own, if it did.
    #[inline]
    pub(super) fn forget_outstanding(&mut self, child: u32) {
        if let Some(cell) = self.cells.get_mut(child as usize)
            && *cell != 0
        {
            self.outstanding[*cell as usize - 1] -= 1;
            *cell = 0;
        }
    }

    /// Another flight carries the answer that the caller counts.
    pub(super) fn pass_outstanding(&mut self, flight: u32, carrier: u32) {
        let Some(cell) = self.cells.get_mut(flight as usize) else {
            return;
        };
        let cell = std::mem::take(cell);
        if cell != 0 {
            if self.cells.len() <= carrier as usize {
                self.cells.resize(carrier as usize + 1, 0);
            }
            self.cells[carrier as usize] = cell;
        }
    }
}
