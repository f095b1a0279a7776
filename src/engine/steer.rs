//! To which tier of its candidates a call goes first: see [`crate::plan::Steering`].
//!
//! Callers who see at once who works go on to the next tier by themselves. A director takes an area for down after some looks in a row
//! at which nobody worked there, and sends its share to the others; callers go by answers that are up to a time to live old, each by one of
//! an age of its own. Where areas spill, a hundred looks in an interval tell how busy those were who worked; who then sends how much to whom
//! is dealt anew from what was asked of each, so that it does not matter what they had sent each other before.

use super::calendar::Class;
use super::{Engine, NONE, Probe};
use crate::chance::key::{Draw, Site, site};
use crate::plan::{Asked, Busy, Candidates, Plan, PoolId, Sight, StationId, Steering, ZoneId};
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
    /// By area and area: the part of the calls for the one that go to the other; nothing while everybody keeps all.
    parts: Vec<Vec<f64>>,
    /// Which areas are taken for down.
    down: Vec<bool>,
}

/// One pool's steering.
#[derive(Debug)]
struct Wheel {
    answers: VecDeque<Answer>,
    /// By area: looks in a row that contradict what it is taken for.
    doubts: Vec<u32>,
    /// By area: what was seen of it in this interval.
    seen: Vec<Seen>,
    looks: u64,
    /// By replica: its area.
    area_of: Vec<u32>,
    /// The number of its first area among those of all steerings.
    first: u32,
}

/// What was seen of an area in an interval.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Replicas that worked, and that were busy, summed over the looks.
    up: f64,
    busy: f64,
    /// Calls that would have come here; those that came; those of them whose first choice is an area at all.
    own: f64,
    got: f64,
    homed: f64,
}

/// Which tiers a call may go to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tiers {
    /// The one to begin with.
    pub(super) first: usize,
    /// Whether there is no other.
    pub(super) only: bool,
    /// The area that is its first choice, if it is one.
    home: Option<u32>,
    /// The area of a tier of several that it is sent on to; when nobody works there it stays.
    pub(super) area: Option<u32>,
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
                    parts: Vec::new(),
                    down: vec![false; areas],
                }]),
                doubts: vec![0; areas],
                seen: vec![Seen::default(); areas],
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
        self.toil(self.stations.len() as u64);
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
            let gone = stations.all(|station| self.breakdowns.is_down(station.0));
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
        let Some(spill) = &steering.spill else { return };
        for (at, area) in steering.areas.iter().enumerate() {
            let up = |station: &&StationId| !self.breakdowns.is_down(station.0);
            let works = area.stations.iter().filter(up);
            let (mut number, mut busy) = (0.0, 0.0);
            for station in works {
                number += 1.0;
                busy += self.busy(*station, spill.of);
            }
            let seen = &mut self.wheels.rows[row].seen[at];
            seen.up += number;
            seen.busy += busy;
        }
        let wheel = &mut self.wheels.rows[row];
        wheel.looks += 1;
        if wheel.looks < LOOKS {
            return;
        }
        wheel.looks = 0;
        let seen: Vec<Seen> = wheel.seen.iter_mut().map(std::mem::take).collect();
        let parts = spill.deal(&asked(&seen));
        self.tell(row, steering.ttl, |answer| answer.parts = parts);
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
        let known = known.find(|answer| answer.from <= since);
        let Some(answer) = known.or(answers.front()) else {
            return Tiers::default();
        };
        let only = steering.sight != Sight::AtOnce;
        let mut draw = key.child(steering.site, 0).draw(CHOICE);
        let first = first_tier(steering, order, &answer.down, &mut draw);
        let home = order.get(first).copied().flatten();
        let stays = Tiers {
            first,
            only,
            home,
            area: None,
        };
        let row = home.and_then(|home| Some((home, answer.parts.get(home as usize)?)));
        let Some((home, row)) = row else {
            return stays;
        };
        let mut draw = key.child(steering.site, 0).draw(SPILL);
        let to = by_weight(row.iter().copied(), draw.unit()) as u32;
        if to == home || answer.down[to as usize] {
            return stays;
        }
        match order.iter().position(|area| *area == Some(to)) {
            Some(first) => Tiers { first, ..stays },
            None => Tiers {
                area: Some(to),
                ..stays
            },
        }
    }

    /// Tell where a steered call goes: to the candidate in this position.
    pub(super) fn steered(&mut self, row: u32, choice: &Candidates, picked: u32, tiers: Tiers) {
        let replica = self.plan.stations[choice.stations[picked as usize].index()].replica;
        let steering = &self.plan.guards.steering[row as usize];
        let wheel = &mut self.wheels.rows[row as usize];
        let area = wheel.area_of[replica as usize];
        if steering.spill.is_some() {
            wheel.seen[area as usize].got += 1.0;
            if let Some(home) = tiers.home {
                wheel.seen[home as usize].own += 1.0;
                wheel.seen[area as usize].homed += 1.0;
            }
        }
        let elsewhere = if steering.weights.is_empty() {
            picked as usize >= choice.near().len()
        } else {
            tiers.home != Some(area)
        };
        let area = wheel.first + area;
        self.probe.steered(area, elsewhere, self.now);
    }

    /// The area of a replica of a steered pool.
    pub(super) fn area_of(&self, pool: usize, station: StationId) -> Option<u32> {
        let row = self.wheels.of(pool)?;
        let replica = self.plan.stations[station.index()].replica;
        Some(self.wheels.rows[row as usize].area_of[replica as usize])
    }
}

/// The tier where a call begins to look: the first that is not taken for down, or one by weight. When all are taken for down, nobody believes
/// that, and it goes where it would have gone.
fn first_tier(steering: &Steering, order: &[Option<u32>], down: &[bool], draw: &mut Draw) -> usize {
    let is_up = |area: &Option<u32>| area.is_none_or(|area| !down[area as usize]);
    if steering.weights.is_empty() {
        return order.iter().position(is_up).unwrap_or(0);
    }
    let weight = |area: &Option<u32>| area.map_or(0.0, |area| steering.weights[area as usize]);
    let of_those_up = |area: &Option<u32>| if is_up(area) { weight(area) } else { 0.0 };
    let unit = draw.unit();
    if order.iter().any(|area| of_those_up(area) > 0.0) {
        return by_weight(order.iter().map(of_those_up), unit);
    }
    by_weight(order.iter().map(weight), unit)
}

/// What is asked of each area, from what was seen of them in an interval.
fn asked(seen: &[Seen]) -> Vec<Asked> {
    let sum = |of: fn(&Seen) -> f64| seen.iter().map(of).sum::<f64>();
    let usual = sum(|seen| seen.busy) / sum(|seen| seen.got).max(1.0);
    let one = |seen: &Seen| {
        // Of an area where nobody works nothing is known: it neither sends on nor takes.
        if seen.up <= 0.0 {
            return Asked::default();
        }
        let each = if seen.got > 0.0 {
            seen.busy / seen.got
        } else {
            usual
        };
        Asked {
            movable: seen.own * each / LOOKS as f64,
            fixed: (seen.got - seen.homed) * each / LOOKS as f64,
            replicas: seen.up / LOOKS as f64,
        }
    };
    seen.iter().map(one).collect()
}

/// Time between two checks, and between two looks at how busy everybody is; [`u64::MAX`] = none are made.
fn periods(steering: &Steering) -> [u64; 2] {
    let checks = match steering.sight {
        Sight::Checks { every, .. } => every,
        Sight::AtOnce | Sight::Never => u64::MAX,
    };
    let spill = (steering.spill.as_ref()).map_or(u64::MAX, |spill| spill.every / LOOKS);
    [checks.max(1), spill.max(1)]
}

/// A position by weight.
fn by_weight(weights: impl Iterator<Item = f64> + Clone, unit: f64) -> usize {
    let mut left = unit * weights.clone().sum::<f64>();
    let mut last = 0;
    for (at, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
        if left < weight {
            return at;
        }
        (left, last) = (left - weight, at);
    }
    last
}

/// The positions of one tier.
pub(super) fn positions(candidates: &Candidates, tier: usize) -> std::ops::Range<u32> {
    candidates.ranges().nth(tier).unwrap_or(0..0)
}

/// Whether a call's pool is steered, so that its candidates are not all alike.
pub(super) fn is_steered(plan: &Plan, pool: PoolId) -> bool {
    plan.guards.steering_of(pool).is_some()
}
