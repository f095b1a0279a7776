//! Which candidates a balancer may pick: those that are up, but those that it has ejected ([`crate::policy::eject`]).
//!
//! Each balancer judges for itself: the one of a zone, or that of a caller (`view: caller`); who is taken for down, all agree (see `health`). When it has
//! ejected all who are up, it picks from all of them, and when none is up, from all (as Envoy does in a panic, and load balancers of AWS
//! that "fail open").

use super::steer::{Tiers, positions};
use super::{Engine, NONE, Outcome, Probe};
use crate::plan::{Candidates, Plan, Pool, StationId, View};
use crate::policy::eject::{Rule, Standing};

/// What the balancers of a pool think of its replicas, row by row.
#[derive(Debug)]
struct Opinions {
    rule: Rule,
    replicas: u32,
    standings: Vec<Standing>,
    /// By row: when the last of those who are out comes back \[ns\].
    whole_from: Vec<u64>,
}

impl Opinions {
    /// Whether a replica has not been ejected.
    fn lets_in(&self, plan: &Plan, row: usize, station: StationId, now: u64) -> bool {
        let replica = plan.stations[station.index()].replica as usize;
        !self.standings[row * self.replicas as usize + replica].is_out(now)
    }
}

/// All views.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// By pool: its opinions; [`NONE`] without a rule. Empty when no pool has one.
    of_pool: Vec<u32>,
    all: Vec<Opinions>,
    /// By flight: whose outcome it will tell: the opinions counted from 1, and the standing.
    heard: Vec<(u32, u32)>,
    /// Positions of those who may be picked; empty = all.
    pub(super) open: Vec<u32>,
    /// By position: the part of its weight that a candidate has; empty = all of it.
    pub(super) parts: Vec<f64>,
}

impl Views {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut views = Self::default();
        for ejection in &plan.guards.ejections {
            let Some(pool) = plan.pools.get(ejection.pool.index()) else {
                continue;
            };
            views.of_pool.resize(plan.pools.len(), NONE);
            views.of_pool[ejection.pool.index()] = views.all.len() as u32;
            let replicas = plan.components[pool.component.index()].replicas;
            let rows = rows(plan, pool);
            views.all.push(Opinions {
                rule: ejection.rule,
                replicas,
                standings: vec![Standing::default(); rows * replicas as usize],
                whole_from: vec![0; rows],
            });
        }
        views
    }

    /// The opinions about a pool, if its balancer of this row leaves somebody out now.
    #[inline]
    fn ejecting(&self, pool: usize, row: usize, now: u64) -> Option<u32> {
        let about = self.about(pool)?;
        (self.all[about as usize].whole_from[row] > now).then_some(about)
    }

    /// The opinions about a pool, if its balancers have some.
    #[inline]
    fn about(&self, pool: usize) -> Option<u32> {
        let row = self.of_pool.get(pool).copied();
        row.filter(|row| *row != NONE)
    }
}

/// How many balancers a pool has.
fn rows(plan: &Plan, pool: &Pool) -> usize {
    match pool.balance.view() {
        View::Central => plan.zones.len(),
        View::Caller => plan.stations.len() + 1,
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Note who may be picked by a pool's balancer of this row.
    #[inline]
    pub(super) fn look_round(
        &mut self,
        pool: usize,
        row: usize,
        choice: &Candidates,
        tiers: Tiers,
    ) {
        self.views.open.clear();
        if !choice.tiers.is_empty() {
            return self.look_by_tiers(pool, row, choice, tiers);
        }
        let candidates = choice.stations.as_slice();
        let all = 0..candidates.len() as u32;
        if self.some_seem_down() {
            let mut open = std::mem::take(&mut self.views.open);
            let is_up = |position: &u32| !self.seems_down(candidates[*position as usize].0);
            open.extend(all.clone().filter(is_up));
            self.views.open = open;
        }
        let Some(opinions) = self.views.ejecting(pool, row, self.now) else {
            return;
        };
        let Views {
            all: rows, open, ..
        } = &mut self.views;
        let rows = &rows[opinions as usize];
        let is_in =
            |position: u32| rows.lets_in(self.plan, row, candidates[position as usize], self.now);
        if open.is_empty() {
            open.extend(all.filter(|position| is_in(*position)));
        } else if open.iter().any(|position| is_in(*position)) {
            open.retain(|position| is_in(*position));
        }
    }

    #[cold]
    fn look_by_tiers(&mut self, pool: usize, row: usize, choice: &Candidates, tiers: Tiers) {
        let mut open = std::mem::take(&mut self.views.open);
        self.first_tier(pool, row, choice, tiers, &mut open);
        self.views.open = open;
    }

    /// The first tier with somebody who is up and has not been ejected; else the first with somebody who is up; else the first.
    fn first_tier(
        &self,
        pool: usize,
        row: usize,
        choice: &Candidates,
        tiers: Tiers,
        open: &mut Vec<u32>,
    ) {
        let station = |position: u32| choice.stations[position as usize];
        let count = if tiers.only { 1 } else { choice.tiers.len() };
        let in_turn = |step: usize| positions(choice, (tiers.first + step) % choice.tiers.len());
        let is_up = |position: &u32| !self.seems_down(station(*position).0);
        if tiers.area.is_some() {
            let all = 0..choice.stations.len() as u32;
            let there = |position: &u32| self.area_of(pool, station(*position)) == tiers.area;
            open.extend(all.filter(|position| there(position) && is_up(position)));
            if !open.is_empty() {
                return;
            }
        }
        if let Some(opinions) = self.views.ejecting(pool, row, self.now) {
            let opinions = &self.views.all[opinions as usize];
            let is_in =
                |position: &u32| opinions.lets_in(self.plan, row, station(*position), self.now);
            for range in (0..count).map(in_turn) {
                open.extend(range.filter(|position| is_up(position) && is_in(position)));
                if !open.is_empty() {
                    return;
                }
            }
        }
        for range in (0..count).map(in_turn) {
            open.extend(range.filter(is_up));
            if !open.is_empty() {
                return;
            }
        }
        open.extend(in_turn(0));
    }

    /// The outcome of a call will tell something of the replica that it is sent to.
    #[inline]
    pub(super) fn listen(&mut self, child: u32, pool: usize, row: usize, station: StationId) {
        let Some(about) = self.views.about(pool) else {
            return;
        };
        let heard = &mut self.views.heard;
        if heard.len() <= child as usize {
            heard.resize(child as usize + 1, (0, 0));
        }
        let replicas = self.views.all[about as usize].replicas;
        let replica = self.plan.stations[station.index()].replica;
        heard[child as usize] = (about + 1, row as u32 * replicas + replica);
    }

    /// A call has ended for its requester: its balancer judges the replica.
    #[inline]
    pub(super) fn judge(&mut self, child: u32, outcome: Outcome) {
        let heard = self.views.heard.get_mut(child as usize);
        let Some((about, at)) = heard.map(std::mem::take).filter(|heard| heard.0 != 0) else {
            return;
        };
        let now = self.now;
        let opinions = &mut self.views.all[about as usize - 1];
        let rule = opinions.rule;
        if !opinions.standings[at as usize].sees(&rule, outcome, now) {
            return;
        }
        let row = at / opinions.replicas;
        let first = (row * opinions.replicas) as usize;
        let all = &mut opinions.standings[first..first + opinions.replicas as usize];
        let out = all.iter().filter(|one| one.is_out(now)).count() as u32;
        let one = &mut all[at as usize - first];
        one.eject(&rule, out, opinions.replicas, now);
        let back = one.back();
        let whole_from = &mut opinions.whole_from[row as usize];
        *whole_from = back.max(*whole_from);
    }

    /// A call's outcome will tell nothing.
    #[inline]
    pub(super) fn stop_listening(&mut self, child: u32) {
        if let Some(heard) = self.views.heard.get_mut(child as usize) {
            heard.0 = 0;
        }
    }

    /// Another flight carries the answer.
    pub(super) fn listen_to(&mut self, flight: u32, carrier: u32) {
        let heard = self.views.heard.get_mut(flight as usize);
        let Some(told) = heard.map(std::mem::take).filter(|heard| heard.0 != 0) else {
            return;
        };
        let heard = &mut self.views.heard;
        if heard.len() <= carrier as usize {
            heard.resize(carrier as usize + 1, (0, 0));
        }
        heard[carrier as usize] = told;
    }
}
