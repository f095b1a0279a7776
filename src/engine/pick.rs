//! Which replica a call is sent to: what balancers may see of the run, and what they remember of it.

use super::steer::Tiers;
use super::{Engine, Probe};
use crate::chance::key::{Draw, Key};
use crate::plan::{CallId, Plan, Pool, PoolId, StationId, View, ZoneId};
use crate::policy::balance::{Newcomers, Seen, State};
use crate::policy::slow_start;

/// Counters that a pool needs when balancers see only their caller's calls: one per caller (each station, and users) and replica.
pub(super) fn caller_rows(plan: &Plan, pool: &Pool) -> usize {
    if pool.balance.view() == View::Central {
        return 0;
    }
    pool.row as usize
        + (plan.stations.len() + 1) * plan.components[pool.component.index()].replicas as usize
}

/// What balancers remember: a row for all callers of a zone, or for each caller of a pool whose view is the caller's.
#[derive(Debug)]
pub(super) struct Memory {
    /// By pool: its first row; as many again follow for calls that go beyond the first tier, which must not disturb the turns of those that
    /// stay.
    first: Vec<u32>,
    states: Vec<State>,
    /// By flight: the row that is to hear of its answer, counted from 1, and its position there.
    lessons: Vec<(u32, u32)>,
}

impl Memory {
    pub(super) fn new(plan: &Plan, root: Key) -> Self {
        let (mut first, mut states) = (Vec::with_capacity(plan.pools.len()), Vec::new());
        for pool in &plan.pools {
            first.push(states.len() as u32);
            let rows = match pool.balance.view() {
                View::Central => plan.zones.len() as u32,
                View::Caller => plan.stations.len() as u32 + 1,
            } * 2;
            states.resize(states.len() + rows as usize, pool.balance.begins(root));
        }
        Self {
            first,
            states,
            lessons: Vec::new(),
        }
    }
}

/// What a balancer sees of a call's candidates.
struct Sight<'a> {
    plan: &'a Plan,
    pool: &'a Pool,
    candidates: &'a [StationId],
    /// Positions of those who may be picked; empty = all.
    open: &'a [u32],
    stations: &'a [super::station::Slots],
    /// The caller's own calls by replica; empty when the true numbers are seen.
    own: &'a [u32],
    /// The part of its weight that each has, by position among all; empty = all of it.
    parts: &'a [f64],
    /// Work by position; empty when nobody looks at it.
    work: &'a [f64],
    /// Stations that have had a copy of the call already; they look busier than all others.
    used: &'a [u32],
    now: u64,
}

impl Sight<'_> {
    /// Who stands in this position.
    #[inline]
    fn station(&self, position: u32) -> StationId {
        self.candidates[self.who(position) as usize]
    }

    fn part(&self, position: u32) -> f64 {
        let parts = self.parts.get(self.who(position) as usize);
        parts.copied().unwrap_or(1.0)
    }

    fn is_used(&self, position: u32) -> bool {
        self.used.contains(&self.station(position).0)
    }

    /// What a used station seems to have to do beside its own.
    fn penalty(&self, position: u32) -> u32 {
        if !self.used.is_empty() && self.is_used(position) {
            1 << 24
        } else {
            0
        }
    }
}

impl Seen for Sight<'_> {
    #[inline]
    fn count(&self) -> u32 {
        match self.open.len() {
            0 => self.candidates.len() as u32,
            open => open as u32,
        }
    }

    fn all(&self) -> u32 {
        self.candidates.len() as u32
    }

    #[inline]
    fn who(&self, position: u32) -> u32 {
        self.open
            .get(position as usize)
            .copied()
            .unwrap_or(position)
    }

    fn place(&self, who: u32) -> Option<u32> {
        if self.open.is_empty() {
            return Some(who);
        }
        let found = self.open.binary_search(&who).ok();
        found.map(|position| position as u32)
    }

    #[inline]
    fn load(&self, position: u32) -> u32 {
        let station = self.station(position).index();
        let load = if self.own.is_empty() {
            let slots = &self.stations[station];
            slots.in_use + slots.line.len() + slots.coming + self.penalty(position)
        } else {
            self.own[self.plan.stations[station].replica as usize] + self.penalty(position)
        };
        if self.parts.is_empty() || self.pool.balance.newcomers() != Newcomers::SeemBusy {
            return load;
        }
        slow_start::seeming(load, self.part(position))
    }

    fn weight(&self, position: u32) -> f64 {
        if self.penalty(position) > 0 {
            return 0.0;
        }
        let station = self.station(position).index();
        self.pool.weight(self.plan.stations[station].replica)
    }

    fn is_weighted(&self) -> bool {
        !self.pool.weights.is_empty()
    }

    fn work(&self, position: u32) -> f64 {
        self.work[self.who(position) as usize] + 1e9 * f64::from(self.penalty(position))
    }

    fn now(&self) -> u64 {
        self.now
    }
}

/// A replica that has had no copy yet: picked again a few times, else the next after the one picked, else that one after all.
#[cold]
fn unused(sight: &Sight<'_>, mut picked: u32, mut again: impl FnMut() -> u32) -> u32 {
    for _ in 0..8 {
        if !sight.is_used(picked) {
            return picked;
        }
        picked = again();
    }
    let count = sight.count();
    let mut next = (0..count).map(|step| (picked + step) % count);
    next.find(|&position| !sight.is_used(position))
        .unwrap_or(picked)
}

/// Someone else instead of a newcomer that has only a part of its weight, as often as that asks for.
#[cold]
fn spared(
    sight: &Sight<'_>,
    mut picked: u32,
    draw: &mut Draw,
    mut again: impl FnMut(&mut Draw) -> u32,
) -> u32 {
    for _ in 0..32 {
        let part = sight.part(picked);
        if part >= 1.0 || draw.chance(part) {
            break;
        }
        picked = again(draw);
    }
    picked
}

impl<P: Probe> Engine<'_, P> {
    #[inline]
    pub(super) fn pick(
        &mut self,
        child: u32,
        caller: u32,
        id: CallId,
        pool: PoolId,
        from: ZoneId,
    ) -> u32 {
        let plan = self.plan;
        let call = &plan.calls[id.index()];
        let number = pool.index();
        let pool = &plan.pools[number];
        let choice = &pool.candidates[from.index()];
        let candidates = choice.stations.as_slice();
        let central = pool.balance.view() == View::Central;
        let steering = self.wheels.of(number);
        if candidates.len() == 1 && central && steering.is_none() {
            return 0;
        }
        let tiers = match steering {
            Some(row) => self.steer(child, caller, row, from),
            None => Tiers::default(),
        };
        let mut draw = self.flights[child].key.draw(pool.site);
        let key = if call.key.is_some() {
            call.key
        } else {
            pool.key
        };
        let object = if key.is_some() {
            self.object_of(child, key)
        } else {
            0
        };
        let work = if pool.balance.weighs_work() {
            self.work_of(candidates)
        } else {
            Vec::new()
        };
        let (row, cell) = if central {
            (from.index(), 0)
        } else {
            (self.caller_place(caller), self.caller_row(caller, pool))
        };
        self.look_round(number, row, choice, tiers);
        self.spare_newcomers(choice, pool.balance.newcomers(), &mut draw);
        let place = row;
        let beyond = self.views.open.first();
        let beyond = beyond.is_some_and(|first| *first as usize >= choice.near().len());
        let row = self.memory.first[number] as usize + 2 * row + usize::from(beyond);
        let sight = Sight {
            plan,
            pool,
            candidates,
            open: &self.views.open,
            parts: &self.views.parts,
            stations: &self.stations,
            own: if central {
                &[]
            } else {
                &self.outstanding[cell..]
            },
            work: &work,
            used: if call.hedge.is_some() {
                self.races.used(caller)
            } else {
                &[]
            },
            now: self.now,
        };
        let state = &mut self.memory.states[row];
        let mut picked = pool.balance.pick(state, &sight, object, &mut draw);
        if !sight.used.is_empty() {
            picked = unused(&sight, picked, || {
                pool.balance.pick(state, &sight, object, &mut draw)
            });
        }
        if !sight.parts.is_empty() && pool.balance.newcomers() == Newcomers::Again {
            picked = spared(&sight, picked, &mut draw, |draw| {
                pool.balance.pick(state, &sight, object, draw)
            });
        }
        picked = sight.who(picked);
        if pool.fresh_within != u64::MAX {
            picked = self.fresh_one(pool, candidates, picked, &mut draw);
        }
        if !central {
            let replica = plan.stations[candidates[picked as usize].index()].replica;
            self.count_outstanding(child, cell + replica as usize);
        }
        if pool.balance.learns() {
            self.await_lesson(child, row, picked);
        }
        self.listen(child, number, place, candidates[picked as usize]);
        if let Some(row) = steering {
            self.steered(row, choice, picked, tiers);
        }
        picked
    }

    /// The node of a pool's ring, as this replication has drawn it, that an object's hash belongs to.
    pub(super) fn node_on_ring(&self, pool: usize, hash: u64) -> u32 {
        let row = self.memory.first[pool] as usize;
        self.memory.states[row].ring.pick(hash)
    }

    /// The candidate picked if it is fresh enough, else another that is (and up, if one is), at random; the leader always is.
    fn fresh_one(
        &self,
        pool: &Pool,
        candidates: &[StationId],
        picked: u32,
        draw: &mut Draw,
    ) -> u32 {
        let is_fresh = |position: &u32| {
            let station = candidates[*position as usize];
            self.is_within(station, pool.fresh_within)
        };
        if is_fresh(&picked) {
            return picked;
        }
        let all = 0..candidates.len() as u32;
        let mut fresh: Vec<u32> = all.filter(is_fresh).collect();
        let is_up = |position: &u32| !self.breakdowns.is_down(candidates[*position as usize].0);
        if fresh.iter().any(is_up) {
            fresh.retain(is_up);
        }
        match fresh.len() as u32 {
            0 => picked,
            count => fresh[draw.below(count) as usize],
        }
    }

    /// What the processors of stations have taken on and not yet done \[ns of one core of speed 1\].
    fn work_of(&self, candidates: &[StationId]) -> Vec<f64> {
        let processor = |station: &StationId| self.stations[station.index()].processor;
        let work = |station| self.work_left(processor(station));
        candidates.iter().map(work).collect()
    }

    #[cold]
    fn await_lesson(&mut self, child: u32, row: usize, position: u32) {
        let lessons = &mut self.memory.lessons;
        if lessons.len() <= child as usize {
            lessons.resize(child as usize + 1, (0, 0));
        }
        lessons[child as usize] = (row as u32 + 1, position);
    }

    /// A call has ended for its requester, well or badly: its balancer learns how long that took.
    #[inline]
    pub(super) fn teach(&mut self, child: u32) {
        if let Some(lesson) = self.memory.lessons.get_mut(child as usize) {
            let (row, position) = std::mem::take(lesson);
            if row == 0 {
                return;
            }
            let flight = &self.flights[child];
            let pool = self.plan.calls[flight.call as usize].pool; // a family's pools share one rule
            let took = self.now - flight.birth;
            let state = &mut self.memory.states[row as usize - 1];
            let balance = &self.plan.pools[pool.index()].balance;
            balance.answered(state, position, took, self.now);
        }
    }

    pub(super) fn object_of(&self, child: u32, attribute: crate::plan::AttributeId) -> u64 {
        let object = self.attribute(child, attribute) as u64;
        match self.plan.attributes[attribute.index()].kind {
            crate::plan::AttributeKind::Key(keyspace) => {
                self.object_hash(self.plan.keyspaces[keyspace.index()].site, object)
            }
            _ => self.object_hash(self.plan.attributes[attribute.index()].site, object),
        }
    }

    fn caller_place(&self, caller: u32) -> usize {
        (self.flights[caller].station as usize).min(self.plan.stations.len())
    }

    fn caller_row(&self, caller: u32, pool: &Pool) -> usize {
        let replicas = self.plan.components[pool.component.index()].replicas as usize;
        pool.row as usize + self.caller_place(caller) * replicas
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
        if let Some(lesson) = self.memory.lessons.get_mut(child as usize) {
            lesson.0 = 0;
        }
        self.stop_listening(child);
    }

    /// Another flight carries the answer that the caller counts.
    pub(super) fn pass_outstanding(&mut self, flight: u32, carrier: u32) {
        self.listen_to(flight, carrier);
        self.pass_connection(flight, carrier);
        let lesson = self.memory.lessons.get_mut(flight as usize);
        if let Some((row, position)) = lesson.map(std::mem::take).filter(|lesson| lesson.0 != 0) {
            self.await_lesson(carrier, row as usize - 1, position);
        }
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
