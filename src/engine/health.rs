//! What balancers think of replicas that break: who is taken for down, and who is new again.
//!
//! Without a health check all know at once who is down. With one, somebody asks every replica again and again; only after some answers in a
//! row that say otherwise a replica is taken for down, or for up. Whoever is sent to it meanwhile finds it as it is.
//!
//! Not modelled: checks that fail by chance or under load, checkers that differ, and the work of answering them.

use super::calendar::Class;
use super::{Engine, NONE, Probe};
use crate::chance::key::Draw;
use crate::plan::{Candidates, Plan, StationId, Watch};
use crate::policy::balance::Newcomers;
use crate::policy::slow_start;

/// What is thought of a replica.
#[derive(Debug, Clone, Copy, Default)]
struct Opinion {
    down: bool,
    /// Answers in a row that say otherwise.
    doubts: u32,
    /// When it came back; 0 = it was never away.
    back: u64,
}

/// All opinions.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// By station: who watches it; [`NONE`] = nobody. Empty when nobody is watched.
    watch_of: Vec<u32>,
    opinions: Vec<Opinion>,
    /// Replicas that are taken for down by checks.
    out: u32,
    /// When the last of the new ones is so no more \[ns\].
    settled: u64,
}

impl Health {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut health = Self::default();
        for (number, watch) in plan.guards.watches.iter().enumerate() {
            health.watch_of.resize(plan.stations.len(), NONE);
            health
                .opinions
                .resize(plan.stations.len(), Opinion::default());
            for station in plan.components[watch.component.index()].stations() {
                health.watch_of[station.index()] = number as u32;
            }
        }
        health
    }

    fn watch<'p>(&self, plan: &'p Plan, station: u32) -> Option<&'p Watch> {
        let row = *self.watch_of.get(station as usize)?;
        plan.guards.watches.get(row as usize)
    }

    /// A replica is back.
    fn returns(&mut self, station: u32, slow: u64, now: u64) {
        self.opinions[station as usize].back = now;
        if slow > 0 {
            self.settled = self.settled.max(now + slow);
        }
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Checks begin.
    pub(super) fn start_checks(&mut self) {
        let first = 2 * self.plan.guards.steering.len() as u32;
        for (number, watch) in self.plan.guards.watches.iter().enumerate() {
            if let Some((every, _)) = watch.check {
                self.calendar
                    .push(every, Class::Steer, first + number as u32);
            }
        }
    }

    /// All replicas of a watched component are asked.
    pub(super) fn check_replicas(&mut self, number: u32) {
        let first = 2 * self.plan.guards.steering.len() as u32;
        let watch = &self.plan.guards.watches[(number - first) as usize];
        let Some((every, fails)) = watch.check else {
            return;
        };
        for station in self.plan.components[watch.component.index()].stations() {
            let down = self.breakdowns.is_down(station.0);
            let opinion = &mut self.health.opinions[station.index()];
            opinion.doubts = if down == opinion.down {
                0
            } else {
                opinion.doubts + 1
            };
            if opinion.doubts < fails {
                continue;
            }
            (opinion.down, opinion.doubts) = (down, 0);
            if down {
                self.health.out += 1;
            } else {
                self.health.out -= 1;
                self.health.returns(station.0, watch.slow, self.now);
            }
        }
        self.calendar
            .push(self.now.saturating_add(every), Class::Steer, number);
    }

    /// A replica works again: where nobody checks, all know.
    pub(super) fn comes_back(&mut self, station: u32) {
        let watch = self.health.watch(self.plan, station);
        if let Some(watch) = watch.filter(|watch| watch.check.is_none()) {
            self.health.returns(station, watch.slow, self.now);
        }
    }

    /// Whether some replica may be taken for down.
    #[inline]
    pub(super) fn some_seem_down(&self) -> bool {
        self.breakdowns.down > 0 || self.health.out > 0
    }

    /// Whether a replica is taken for down.
    pub(super) fn seems_down(&self, station: u32) -> bool {
        let checked = self.health.watch(self.plan, station);
        match checked.and_then(|watch| watch.check) {
            Some(_) => self.health.opinions[station as usize].down,
            None => self.breakdowns.is_down(station),
        }
    }

    /// Note which part of its weight each candidate has, if some have come back.
    #[inline]
    pub(super) fn spare_newcomers(
        &mut self,
        choice: &Candidates,
        newcomers: Newcomers,
        draw: &mut Draw,
    ) {
        self.views.parts.clear();
        if self.now < self.health.settled {
            self.weigh_newcomers(choice);
            if newcomers == Newcomers::Unseen && !self.views.parts.is_empty() {
                self.overlook_newcomers(choice, draw);
            }
        }
    }

    /// A rule that always takes the one that has least to do does not see a newcomer but as often as its part says.
    fn overlook_newcomers(&mut self, choice: &Candidates, draw: &mut Draw) {
        let super::view::Views { open, parts, .. } = &mut self.views;
        if open.is_empty() {
            open.extend(0..choice.stations.len() as u32);
        }
        let all = open.clone();
        open.retain(|position| draw.chance(parts[*position as usize]));
        if open.is_empty() {
            *open = all;
        }
    }

    #[cold]
    fn weigh_newcomers(&mut self, choice: &Candidates) {
        let mut parts = std::mem::take(&mut self.views.parts);
        let part = |station: &StationId| match self.health.watch(self.plan, station.0) {
            Some(watch) if watch.slow > 0 => {
                let back = self.health.opinions[station.index()].back;
                let since = if back == 0 { u64::MAX } else { self.now - back };
                slow_start::part(since, watch.slow)
            }
            _ => 1.0,
        };
        parts.extend(choice.stations.iter().map(part));
        if parts.iter().all(|part| *part >= 1.0) {
            parts.clear();
        }
        self.views.parts = parts;
    }
}
