//! Calls and answers: who is asked, how long the way takes, what the requester learns.

use super::calendar::Lane;
use super::flight::flag;
use super::frame::Frame;
use super::refresh::SHARED;
use super::steer::is_steered;
use super::{Do, Engine, Flight, NONE, Outcome, Probe, State};
use crate::chance::key::{Key, Site};
use crate::plan::{CallId, Direction, HoldId, LinkId, Plan, Shard, StationId, View, ZoneId};
use crate::policy::Cause;

/// What the engine needs of a call each time it is made, in one cache line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quick {
    name: Site,
    ordinal: u64,
    pub(super) endpoint: u32,
    pub(super) priority: Option<u8>,
    guarded: bool,
    /// What each attempt holds from before it is sent; none without such a thing.
    pub(super) connection: HoldId,
    /// Its rate limit; [`NONE`] without one.
    pub(super) limit: u32,
    pub(super) with: bool,
}

impl Quick {
    pub(super) fn of(plan: &Plan, id: CallId) -> Self {
        let call = &plan.calls[id.index()];
        let limit = plan.guards.limit_of(id);
        Self {
            name: call.name,
            ordinal: u64::from(call.ordinal),
            endpoint: call.endpoint.0,
            priority: plan.endpoints[call.endpoint.index()]
                .priority
                .or(call.priority),
            guarded: call.guarded,
            connection: plan.guards.connection_of(id),
            limit: limit.map_or(NONE, |row| row as u32),
            with: call.with.0 < call.with.1,
        }
    }

    /// The fate of an attempt of this call by a program with this fate.
    #[inline]
    pub(super) fn fate(&self, caller: Key, attempt: u16) -> Key {
        caller
            .child(self.name, self.ordinal)
            .attempt(u32::from(attempt))
    }
}

/// A call's way from one zone, when all its candidates are one constant time away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    one: StationId,
    link: u16,
    delay: u64,
    lane: Lane,
}

/// Above this many calls times zones, ways are worked out when they are gone.
const MOST_WAYS: usize = 1 << 20;

/// The ways of all calls from all zones, row by row; empty when there are too many.
pub(super) fn ways(plan: &Plan, halves: &[Lane]) -> Vec<Option<Way>> {
    let zones = plan.zones.len();
    if plan.calls.len() * zones > MOST_WAYS {
        return Vec::new();
    }
    let from = |call| (0..zones).map(move |zone| Way::of(plan, call, ZoneId::from(zone), halves));
    plan.calls.iter().flat_map(from).collect()
}

impl Way {
    /// How long it takes \[ns\].
    pub(super) fn delay(self) -> u64 {
        self.delay
    }

    fn of(plan: &Plan, call: &crate::plan::Call, from: ZoneId, halves: &[Lane]) -> Option<Self> {
        let pool = &plan.pools[call.pool.index()];
        if pool.database.is_some() && call.shard != Shard::Fixed {
            return None;
        }
        let candidates = &pool.candidates.get(from.index())?.stations;
        if plan.moving(*candidates.first()?).is_some() || is_steered(plan, call.pool) {
            return None; // who sits there, and which way it is, is found when it is gone
        }
        let link_to = |station: &StationId| plan.route(from, plan.stations[station.index()].zone);
        let link = link_to(candidates.first()?);
        if call.body.is_some() || !candidates.iter().all(|station| link_to(station) == link) {
            return None;
        }
        let alone = candidates.len() == 1 && pool.balance.view() == View::Central;
        let one = if alone {
            candidates[0]
        } else {
            StationId::NONE
        };
        if !link.is_some() {
            return Some(Self {
                one,
                link: u16::MAX,
                delay: 0,
                lane: Lane::NONE,
            });
        }
        let spec = &plan.links[link.index()];
        let (delay, lane) = (spec.half, halves[link.index()]);
        (!spec.rtt.is_some() && spec.resend.is_none()).then_some(Self {
            one,
            link: link.0 as u16,
            delay,
            lane,
        })
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Call and wait.
    #[inline]
    pub(super) fn begin_call(&mut self, flight: u32, id: CallId) {
        let row = &self.flights[flight];
        if row.deadline != 0 && self.now >= row.deadline {
            return self.fail(flight, Cause::Timeout);
        }
        if self.quick[id.index()].guarded {
            self.begin_guard(flight, id);
        }
        self.attempt(flight, id);
    }

    /// One attempt of the present call.
    pub(super) fn attempt(&mut self, flight: u32, id: CallId) {
        let guarded = self.quick[id.index()].guarded;
        if guarded && self.plan.calls[id.index()].hedge.is_some() {
            return self.begin_race(flight, id);
        }
        let child = self.make_call(flight, id);
        let armed = self.calendar.token();
        let row = &mut self.flights[flight];
        row.state = State::Calling;
        row.armed = armed;
        row.child = child;
        self.flights[child].parent = flight;
        self.flights[child].parent_armed = armed;
        if guarded {
            self.guard_attempt(child, id);
        } else {
            self.depart(child, flight, id);
        }
    }

    /// Call and forget.
    pub(super) fn send(&mut self, flight: u32, id: CallId) {
        let child = self.make_call(flight, id);
        self.pass_write(flight, child, id);
        self.flights[child].flags |= flag::SENT;
        self.depart(child, flight, id);
    }

    /// A call's flight, with its fate, before it departs.
    #[inline]
    pub(super) fn make_call(&mut self, flight: u32, id: CallId) -> u32 {
        let attempt = if self.quick[id.index()].guarded {
            self.flights[flight].attempt
        } else {
            0
        };
        self.make_attempt(flight, id, attempt)
    }

    /// A call's flight by the number of its attempt.
    #[inline]
    pub(super) fn make_attempt(&mut self, flight: u32, id: CallId, attempt: u16) -> u32 {
        let call = self.quick[id.index()];
        let row = &self.flights[flight];
        let key = call.fate(row.key, attempt);
        let child = Flight {
            key,
            birth: self.now,
            flags: row.flags & flag::WASTED,
            priority: call.priority.unwrap_or(row.priority),
            root: row.root,
            deadline: row.deadline,
            env: self.environment.share(row.env),
            call: id.0,
            endpoint: call.endpoint,
            own_attempt: attempt.min(255) as u8,
            state: State::Outbound,
            ..Flight::default()
        };
        let slot = self.add_flight(child);
        if call.with {
            self.assign(slot, self.plan.calls[id.index()].with, key);
        }
        if !call.guarded {
            self.tell_called(slot);
        }
        slot
    }

    /// Tell of an attempt that is made.
    #[inline]
    pub(super) fn tell_called(&mut self, child: u32) {
        let row = &self.flights[child];
        self.probe
            .called(row.call, row.endpoint, row.own_attempt, self.now);
    }

    /// Where a flight is.
    #[inline]
    pub(super) fn zone_of(&self, flight: u32) -> ZoneId {
        let row = &self.flights[flight];
        if row.station == NONE {
            let entry = &self.plan.entries[row.endpoint as usize];
            self.plan.workloads[entry.workload.index()].zone
        } else {
            self.stations[row.station as usize].zone
        }
    }

    /// Pick a replica and set out.
    #[inline]
    pub(super) fn depart(&mut self, child: u32, caller: u32, id: CallId) {
        let plan = self.plan;
        let from = self.zone_of(caller);
        let at = id.index() * plan.zones.len() + from.index();
        if let Some(Some(way)) = self.ways.get(at) {
            let Way {
                one,
                link,
                delay,
                lane,
            } = *way;
            let station = if one.is_some() {
                one
            } else {
                let pool = plan.calls[id.index()].pool;
                let candidates = plan.pools[pool.index()].candidates[from.index()]
                    .stations
                    .as_slice();
                candidates[self.pick(child, caller, id, pool, from) as usize]
            };
            let row = &mut self.flights[child];
            row.station = station.0;
            row.link = link;
            return self.dispatch(child, delay, lane);
        }
        let call = &plan.calls[id.index()];
        let pool = self.pool_of(child, caller, call);
        let candidates = plan.pools[pool.index()].candidates[from.index()]
            .stations
            .as_slice();
        if candidates.is_empty() {
            return self.travel_back(child, Err(Cause::Unreachable), 0);
        }
        let mut station = candidates[self.pick(child, caller, id, pool, from) as usize];
        if !plan.breakdowns.failovers.is_empty() {
            station = self.seated(pool, station);
        }
        self.flights[child].station = station.0;
        let link = plan.route(from, plan.stations[station.index()].zone);
        self.flights[child].link = link.0 as u16;
        let bytes = if call.body.is_some() {
            self.demand(child, call.body)
        } else {
            0
        };
        match self.way(child, link, bytes, true) {
            Ok((delay, lane)) => self.dispatch(child, delay, lane),
            Err(delay) => self.lose(child, delay),
        }
    }

    /// A request is on its way to its station; balancers count it there from now on, as a proxy counts what it has sent.
    #[inline]
    pub(super) fn dispatch(&mut self, flight: u32, delay: u64, lane: Lane) {
        let station = self.flights[flight].station;
        self.stations[station as usize].coming += 1;
        self.after(delay, lane, Do::Arrive, flight);
    }

    /// A request on its way to a station is called off.
    pub(super) fn recall(&mut self, station: u32) {
        self.stations[station as usize].coming -= 1;
        self.bury();
    }

    /// A message was lost too often: whoever waits for the answer hears so after this delay \[ns\].
    #[cold]
    pub(super) fn lose(&mut self, flight: u32, delay: u64) {
        let row = &mut self.flights[flight];
        row.state = State::Inbound;
        row.flags |= flag::FAILED;
        row.cause = Cause::Unreachable as u8;
        self.after(delay, Lane::NONE, Do::Deliver, flight);
    }

    /// Time over a link in one direction \[ns\], and its lane when it is constant; or the time after which the sender gives up.
    #[inline]
    pub(super) fn way(
        &mut self,
        flight: u32,
        link: LinkId,
        bytes: u64,
        up: bool,
    ) -> Result<(u64, Lane), u64> {
        if !link.is_some() || link.index() >= self.plan.links.len() {
            return Ok((0, Lane::NONE));
        }
        let spec = &self.plan.links[link.index()];
        let mut delay = spec.half;
        let mut lane = self.halves[link.index()];
        if spec.rtt.is_some() {
            delay = (self.amount(flight, spec.rtt) / 2.0 + 0.5) as u64;
            lane = Lane::NONE;
        }
        let sender = self.stations.get(self.flights[flight].station as usize);
        let billed = up || !sender.is_some_and(|sender| sender.bills_bytes);
        let counted = if billed { bytes } else { 0 };
        let mut sendings = 1;
        if let Some(resend) = &spec.resend {
            let site = spec.losses[usize::from(!up)];
            let sent = resend.send(&mut self.flights[flight].key.draw(site));
            sendings = u64::from(sent.lost) + u64::from(sent.arrives);
            if sent.lost > 0 {
                delay += sent.after;
                lane = Lane::NONE;
            }
            if !sent.arrives {
                self.carried(link, counted, sendings, up);
                return Err(sent.after);
            }
        }
        if bytes > 0 {
            self.carried(link, counted, sendings, up);
            let speed = if up { spec.up } else { spec.down };
            if speed > 0.0 {
                delay += (bytes as f64 / speed * 1e9 + 0.5) as u64;
                lane = Lane::NONE;
            }
        }
        Ok((delay, lane))
    }

    /// So many bytes were sent so often; nobody counts those of the direction that is free.
    pub(super) fn carried(&mut self, link: LinkId, bytes: u64, sendings: u64, up: bool) {
        let direction = if up { Direction::Up } else { Direction::Down };
        if bytes > 0 && self.plan.links[link.index()].free != Some(direction) {
            self.probe.carried(link.0, bytes * sendings, self.now);
        }
    }

    /// The answer sets out; the flight itself carries it.
    #[inline]
    pub(super) fn travel_back(&mut self, flight: u32, outcome: Outcome, bytes: u64) {
        let row = &mut self.flights[flight];
        row.state = State::Inbound;
        if let Err(cause) = outcome {
            row.flags |= flag::FAILED;
            row.cause = cause as u8;
        }
        let link = if row.link == u16::MAX {
            LinkId::NONE
        } else {
            LinkId(u32::from(row.link))
        };
        match self.way(flight, link, bytes, false) {
            Ok((delay, lane)) => self.after(delay, lane, Do::Deliver, flight),
            Err(delay) => self.lose(flight, delay),
        }
    }

    /// The answer of a branch leaves at the end of its program: true when it is counted already and need not travel.
    #[inline]
    pub(super) fn answer_ahead(&mut self, flight: u32, outcome: Outcome) -> bool {
        let link = usize::from(self.flights[flight].link);
        let delay = self.plan.links.get(link).map_or(0, |link| link.half);
        self.count_ahead(flight, outcome, delay)
    }

    /// Whether a flight still waits for the answer that knows this number.
    #[inline]
    pub(super) fn waits_for(&self, parent: u32, armed: u32) -> bool {
        self.flights[parent].armed == armed && self.flights[parent].state == State::Calling
    }

    /// Tell how a call ended for its requester, and with it the calls whose duty it took over; when the first of these was sent.
    pub(super) fn record_answer(&mut self, flight: u32, outcome: Outcome) -> u64 {
        let Flight {
            endpoint,
            mut birth,
            mut frame,
            ..
        } = self.flights[flight];
        self.probe.answered(endpoint, birth, self.now, outcome);
        self.teach(flight);
        self.judge(flight, outcome);
        if outcome.is_err() && !self.plan.databases.is_empty() {
            self.show_after_all(flight);
        }
        if frame == NONE {
            return birth;
        }
        frame = self.take_duties(flight);
        while frame != NONE {
            let (duty, below) = self.frames.pop(frame);
            if let Frame::Forwarded {
                endpoint,
                birth: earlier,
            } = duty
            {
                self.probe.answered(endpoint, earlier, self.now, outcome);
                birth = earlier;
            }
            frame = below;
        }
        birth
    }

    /// An answer is back where it is (or is not) waited for.
    pub(super) fn deliver(&mut self, child: u32) {
        let row = self.flights[child];
        let outcome = if row.is(flag::FAILED) {
            Err(Cause::ALL[usize::from(row.cause)])
        } else {
            Ok(())
        };
        if row.is(flag::BRANCH) {
            if outcome.is_ok() && row.is(flag::HIT) {
                // Of several copies one was up to date: whoever gathers their answers has the best of them.
                let owner = self.joins.owner(row.parent);
                self.flights[owner].flags |= flag::HIT;
            }
            self.record_answer(child, outcome);
            self.drop_flight(child);
            return self.branch_done(row.parent, row.sibling, outcome);
        }
        if row.is(flag::SENT) && row.sibling != NONE {
            // It was lost on its way; nobody waits, but somebody keeps count.
            self.record_sent(child, outcome);
            return self.drop_flight(child);
        }
        if row.parent == NONE || !self.waits_for(row.parent, row.parent_armed) {
            self.probe.late(row.endpoint, self.now);
            if row.fills != 0 {
                self.abandon_fill_of(child);
            }
            return self.drop_flight(child);
        }
        let parent = row.parent;
        let birth = self.record_answer(child, outcome);
        if self.races.is_on(parent) && !self.settle_race(parent, child, outcome) {
            return self.drop_flight(child);
        }
        if self.is_door(parent) {
            return self.leave_door(child, birth, outcome);
        }
        if row.fills == SHARED && outcome.is_err() {
            // The fetch has failed for all who waited: the caller does not make another of its own.
            self.drop_flight(child);
            self.end_guard(parent);
            return self.fail(parent, Cause::ALL[usize::from(row.cause)]);
        }
        let hit = row.flags & flag::HIT;
        let caller = &mut self.flights[parent];
        caller.flags = caller.flags & !flag::HIT | hit;
        if outcome.is_ok() {
            self.tell_missing(child, parent);
        }
        if row.fills != 0 && outcome.is_ok() {
            self.take_over_fill(child, parent);
        } else if row.fills != 0 {
            self.abandon_fill_of(child); // the answer was lost on its way
        }
        self.drop_flight(child);
        match outcome {
            Ok(()) => self.call_succeeded(parent),
            Err(cause) => self.call_failed(parent, cause),
        }
    }

    #[inline]
    fn call_succeeded(&mut self, flight: u32) {
        let row = &self.flights[flight];
        if row.timer != NONE || row.deadline_timer != NONE {
            self.end_guard(flight);
        }
        self.advance_next(flight);
    }
}
