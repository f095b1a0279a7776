//! To which tier of its candidates a call goes first: see [`crate::plan::Steering`].
//!
//! Callers who see at once who works go on to the next tier by themselves. A director takes an area for down after some looks in a row
//! at which nobody worked there, and sends its share to the others; callers go by answers that are up to a time to live old, each by one of
//! an age of its own. Where an area spills, a hundred looks in an interval tell how busy it was, and what it keeps is set anew at the end.
//!
//! A spill of the first tier only is looked at for callers of a zone, whose other tiers hold several areas.

use super::calendar::Class;
use super::{Engine, NONE, Probe};
use crate::chance::key::{Site, site};
use crate::plan::{Busy, Candidates, Plan, PoolId, Sight, StationId, Steering, ZoneId};
use std::collections::VecDeque;

const AGE: Site = site(&["age"]);
const SPILL: Site = site(&["spill"]);
const CHOICE: Site = site(&["choice"]);

/// Looks in an interval of a spill.
const LOOKS: u64 = 100;

/// What callers are told.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    /// From when on \[ns\].
    from: u64,
    /// The part of its calls that each area keeps.
    keeps: Vec<f64>,
    /// Which areas are taken for down.
    down: Vec<bool>,
}

/// One pool's steering.
#[derive(Debug)]
struct Wheel {
    answers: VecDeque<Answer>,
    /// By area: looks in a row that contradict what it is taken for.
    doubts: Vec<u32>,
    /// By area: how busy it was at all looks of this interval.
    busy: Vec<f64>,
    looks: u64,
    /// By replica: its area.
    area_of: Vec<u32>,
    /// The number of its first area among those of all steerings.
    first: u32,
}

/// Which tiers a call may go to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tiers {
    /// The one to begin with.
    pub(super) first: usize,
    /// Whether there is no other.
    pub(super) only: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Wheels {
    /// By pool: its row; [`NONE`] without. Empty when no pool has one.
    of_pool: Vec<u32>,
    rows: Vec<Wheel>,
}

impl Wheels {
    pub(super) fn new(plan: &Plan) -> Self {
        let (mut wheels, mut first) = (Self::default(), 0);
        for (row, steering) in plan.guards.steering.iter().enumerate() {
            wheels.of_pool.resize(plan.pools.len(), NONE);
            wheels.of_pool[steering.pool.index()] = row as u32;
            let areas = steering.areas.len();
            let component = plan.pools[steering.pool.index()].component;
            let mut area_of = vec![0; plan.components[component.index()].replicas as usize];
            for (number, area) in steering.areas.iter().enumerate() {
                for station in &area.stations {
                    area_of[plan.stations[station.index()].replica as usize] = number as u32;
                }
            }
            wheels.rows.push(Wheel {
                answers: VecDeque::from([Answer {
                    from: 0,
                    keeps: vec![1.0; areas],
                    down: vec![false; areas],
                }]),
                doubts: vec![0; areas],
                busy: vec![0.0; areas],
                looks: 0,
                area_of,
                first,
            });
            first += areas as u32;
        }
        wheels
    }

    /// The row of a pool, if it has one.
    #[inline]
    pub(super) fn of(&self, pool: usize) -> Option<u32> {
        let row = self.of_pool.get(pool).copied();
        row.filter(|row| *row != NONE)
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Whoever looks again and again begins to.
    pub(super) fn start_wheels(&mut self) {
        for (row, steering) in self.plan.guards.steering.iter().enumerate() {
            for (kind, every) in periods(steering).into_iter().enumerate() {
                if every != u64::MAX {
                    let index = row as u32 * 2 + kind as u32;
                    self.calendar.push(every, Class::Steer, index);
                }
            }
        }
    }

    /// It is time to look.
    pub(super) fn look_at_areas(&mut self, index: u32) {
        if index >= 2 * self.wheels.rows.len() as u32 {
            return self.check_replicas(index);
        }
        let (row, kind) = ((index / 2) as usize, (index % 2) as usize);
        let steering = &self.plan.guards.steering[row];
        if kind == 0 {
            self.check_areas(row, steering);
        } else {
            self.weigh_areas(row, steering);
        }
        let at = self.now.saturating_add(periods(steering)[kind]);
        self.calendar.push(at, Class::Steer, index);
    }

    /// Who is down, and for how many looks?
    fn check_areas(&mut self, row: usize, steering: &Steering) {
        let Sight::Checks { fails, .. } = steering.sight else {
            return;
        };
        let latest = self.wheels.rows[row].answers.back();
        let mut down = latest.map_or(Vec::new(), |answer| answer.down.clone());
        for (at, area) in steering.areas.iter().enumerate() {
            let mut stations = area.stations.iter();
            let gone = stations.all(|station| self.breakdowns.is_lost(station.0));
            let doubts = &mut self.wheels.rows[row].doubts[at];
            *doubts = if gone == down[at] { 0 } else { *doubts + 1 };
            if *doubts >= fails {
                (down[at], *doubts) = (gone, 0);
            }
        }
        self.tell(row, steering.ttl, |answer| answer.down = down);
    }

    /// How busy is everybody?
    fn weigh_areas(&mut self, row: usize, steering: &Steering) {
        let Some(spill) = steering.spill else { return };
        for (at, area) in steering.areas.iter().enumerate() {
            let busy: f64 = area
                .stations
                .iter()
                .map(|one| self.busy(*one, spill.of))
                .sum();
            self.wheels.rows[row].busy[at] += busy / area.stations.len().max(1) as f64;
        }
        let wheel = &mut self.wheels.rows[row];
        wheel.looks += 1;
        if wheel.looks < LOOKS {
            return;
        }
        wheel.looks = 0;
        let busy: Vec<f64> = wheel.busy.iter_mut().map(std::mem::take).collect();
        self.tell(row, steering.ttl, |answer| {
            for (kept, sum) in answer.keeps.iter_mut().zip(busy) {
                *kept = spill.keeps(*kept, sum / LOOKS as f64);
            }
        });
    }

    /// The busy share of a replica.
    fn busy(&self, station: StationId, of: Busy) -> f64 {
        let slots = &self.stations[station.index()];
        match of {
            Busy::Cores => self.processors[slots.processor.index()].busy_share(),
            Busy::Slots => {
                let all = self.plan.stations[station.index()].concurrency;
                f64::from(slots.in_use) / f64::from(all)
            }
        }
    }

    /// Callers who ask from now on are told something else.
    fn tell(&mut self, row: usize, ttl: u64, change: impl FnOnce(&mut Answer)) {
        let now = self.now;
        let answers = &mut self.wheels.rows[row].answers;
        let Some(latest) = answers.back() else { return };
        let mut answer = latest.clone();
        change(&mut answer);
        if answer == *latest {
            return;
        }
        answer.from = now;
        answers.push_back(answer);
        // Nobody goes by what was replaced more than a time to live ago.
        while answers.get(1).is_some_and(|next| next.from + ttl <= now) {
            answers.pop_front();
        }
    }

    /// The tiers for a call.
    pub(super) fn steer(&mut self, child: u32, caller: u32, row: u32, from: ZoneId) -> Tiers {
        let steering = &self.plan.guards.steering[row as usize];
        let order = steering.orders[from.index()].as_slice();
        if steering.sight == Sight::AtOnce && steering.spill.is_none() {
            return Tiers::default();
        }
        // Who goes by an answer for some time goes by it in all that it does.
        let whose = if steering.ttl > 0 { caller } else { child };
        let key = self.flights[whose].key;
        let answers = &self.wheels.rows[row as usize].answers;
        let since = if answers.len() > 1 && steering.ttl > 0 {
            let age = key
                .child(steering.site, 0)
                .draw(AGE)
                .below_wide(steering.ttl);
            self.now.saturating_sub(age)
        } else {
            self.now
        };
        let mut known = answers.iter().rev();
        let Some(answer) = known
            .find(|answer| answer.from <= since)
            .or(answers.front())
        else {
            return Tiers::default();
        };
        let keeps = |area: &Option<u32>| area.map_or(1.0, |area| answer.keeps[area as usize]);
        let is_up = |area: &Option<u32>| area.is_none_or(|area| !answer.down[area as usize]);
        let only = steering.sight != Sight::AtOnce;
        if !steering.weights.is_empty() {
            let weight = |area: &Option<u32>| {
                let weight = area.map_or(0.0, |area| steering.weights[area as usize]);
                weight * keeps(area) * f64::from(u8::from(is_up(area)))
            };
            let first = by_weight(
                order,
                weight,
                key.child(steering.site, 0).draw(CHOICE).unit(),
            );
            return Tiers { first, only };
        }
        let mut draw = key.child(steering.site, 0).draw(SPILL);
        let stays = |(_, area): &(usize, &Option<u32>)| {
            is_up(area) && (keeps(area) >= 1.0 || draw.unit() < keeps(area))
        };
        let mut up = order.iter().enumerate();
        let first = up.find(stays).map(|(at, _)| at);
        // When all are too busy, it stays where it would have gone without.
        let nearest = || order.iter().position(is_up).unwrap_or(0);
        Tiers {
            first: first.unwrap_or_else(nearest),
            only,
        }
    }

    /// Tell where a steered call goes.
    pub(super) fn steered(&mut self, row: u32, from: ZoneId, station: StationId) {
        let replica = self.plan.stations[station.index()].replica;
        let area = self.wheels.rows[row as usize].area_of[replica as usize];
        let steering = &self.plan.guards.steering[row as usize];
        let first = steering.orders[from.index()].first().copied().flatten();
        let elsewhere = steering.weights.is_empty() && first.is_some_and(|first| first != area);
        let area = self.wheels.rows[row as usize].first + area;
        self.probe.steered(area, elsewhere, self.now);
    }
}

/// Time between two checks, and between two looks at how busy everybody is; [`u64::MAX`] = none are made.
fn periods(steering: &Steering) -> [u64; 2] {
    let checks = match steering.sight {
        Sight::Checks { every, .. } => every,
        Sight::AtOnce | Sight::Never => u64::MAX,
    };
    let spill = steering.spill.map_or(u64::MAX, |spill| spill.every / LOOKS);
    [checks.max(1), spill.max(1)]
}

/// A position by weight; the first when all weights are 0.
fn by_weight<T>(all: &[T], weight: impl Fn(&T) -> f64, unit: f64) -> usize {
    let total: f64 = all.iter().map(&weight).sum();
    let mut left = unit * total;
    for (at, one) in all.iter().enumerate() {
        let weight = weight(one);
        if weight > 0.0 && left < weight {
            return at;
        }
        left -= weight;
    }
    let last = all.iter().rposition(|one| weight(one) > 0.0);
    last.unwrap_or(0)
}

/// The positions of one tier.
pub(super) fn positions(candidates: &Candidates, tier: usize) -> std::ops::Range<u32> {
    candidates.ranges().nth(tier).unwrap_or(0..0)
}

/// Whether a call's pool is steered, so that its candidates are not all alike.
pub(super) fn is_steered(plan: &Plan, pool: PoolId) -> bool {
    plan.guards.steering_of(pool).is_some()
}
