//! Parallel blocks: branches of one flight, of which all or k must succeed.
//!
//! Branches share the slot of their owner and compute as jobs of their own. Once k have succeeded (or cannot any more) the owner goes
//! on; the rest finishes (the owner's slot is then held to the last) or is called off.

use super::call::Way;
use super::flight::flag;
use super::{Do, Engine, Flight, NONE, Outcome, Probe, State};
use crate::chance::key::{Key, Site, site};
use crate::plan::{
    Abandon, CallId, EndpointId, Figure, Fork, ForkId, Plan, Step, StepId, Target, View,
};
use crate::policy::Cause;

const SHUFFLE: Site = site(&["shuffle"]);

/// One parallel block in progress.
#[derive(Debug, Default)]
struct Join {
    owner: u32,
    fork: u32,
    key: Key,
    branches: Vec<u32>,
    order: Vec<u32>,
    total: u32,
    started: u32,
    running: u32,
    succeeded: u32,
    failed: u32,
    need: u32,
    decided: bool,
    closed: bool,
    /// A failure is on its way here, or has come: from then on it matters when answers come.
    failing: bool,
    cause: u8,
}

/// By block: whether a success of a branch may be counted as it leaves instead of when it comes. It may when all branches are calls over
/// one constant delay to programs that answer at their end, all of them are needed, nobody counts them and nobody calls anything off: answers then come in
/// the order in which they leave, and of successes only the last one matters to the owner.
pub(super) fn counted_ahead(plan: &Plan, ways: &[Option<Way>]) -> Vec<bool> {
    let called_off = plan.forks.iter().any(|fork| fork.cancel_rest)
        || (plan.calls.iter()).any(|call| call.abandon == Abandon::Propagate);
    let zones = plan.zones.len();
    let plain = |id: &CallId| {
        id.is_some() && {
            let call = &plan.calls[id.index()];
            let balance = &plan.pools[call.pool.index()].balance;
            let judged = (plan.guards.ejections.iter()).any(|row| row.pool == call.pool);
            let counted = (plan.expectations.iter()).any(|row| {
                let present = matches!(row.figure, Figure::InSystem(_) | Figure::AtLeast(_));
                present && row.target == Target::Endpoint(call.endpoint)
            });
            let blind = balance.view() == View::Central && !balance.learns() && !judged;
            blind && !counted && !call.guarded && answers_at_its_end(plan, call.endpoint)
        }
    };
    let delay = |id: &CallId, zone: usize| Some((*ways.get(id.index() * zones + zone)?)?.delay());
    let alike = |calls: &[CallId]| {
        (0..zones).all(|zone| {
            let first = delay(&calls[0], zone);
            first.is_some() && calls.iter().all(|call| delay(call, zone) == first)
        })
    };
    let counted = |fork: &Fork| {
        let all = fork.need == u32::MAX && !fork.count.is_some() && !fork.calls.is_empty();
        all && fork.calls.iter().all(plain) && alike(&fork.calls)
    };
    (plan.forks.iter())
        .map(|fork| !called_off && counted(fork))
        .collect()
}

fn answers_at_its_end(plan: &Plan, endpoint: EndpointId) -> bool {
    let program = &plan.steps[plan.endpoints[endpoint.index()].entry.index()..];
    for step in program {
        match step {
            Step::End => return true,
            Step::Compute(_)
            | Step::Work(_)
            | Step::Sleep(_)
            | Step::Call(_)
            | Step::Fail(_)
            | Step::Set(_) => {}
            _ => return false,
        }
    }
    false
}

/// All parallel blocks in progress; rows are used again, with their room for branches.
#[derive(Debug, Default)]
pub(super) struct Joins {
    rows: Vec<Join>,
    free: Vec<u32>,
}

impl Joins {
    #[inline]
    pub(super) fn owner(&self, join: u32) -> u32 {
        self.rows[join as usize].owner
    }

    /// Let another flight stand in for a branch.
    pub(super) fn stand_in(&mut self, join: u32, position: u32, other: u32) {
        self.rows[join as usize].branches[position as usize] = other;
    }

    /// The joins of a flight.
    pub(super) fn of(&self, owner: u32) -> Vec<u32> {
        let all = self.rows.iter().zip(0..);
        all.filter(|(row, _)| row.owner == owner)
            .map(|(_, at)| at)
            .collect()
    }

    /// Branches in progress.
    pub(super) fn branches(&self, join: u32) -> impl Iterator<Item = u32> + '_ {
        self.rows[join as usize]
            .branches
            .iter()
            .copied()
            .filter(|&branch| branch != NONE)
    }
}

impl<P: Probe> Engine<'_, P> {
    /// Start a parallel block: where to go on if there is nothing to do.
    pub(super) fn fork(&mut self, flight: u32, id: ForkId) -> Option<StepId> {
        let plan = self.plan;
        let fork = &plan.forks[id.index()];
        let total = if fork.count.is_some() {
            self.count(flight, fork.count).min(u64::from(u32::MAX - 1)) as u32
        } else {
            fork.branches.len() as u32
        };
        let need = if fork.need == u32::MAX {
            total
        } else {
            fork.need
        };
        if total == 0 && need == 0 {
            return Some(fork.after);
        }
        let join = self.open_join(flight, id, total, need);
        let row = &mut self.flights[flight];
        row.state = State::Joining;
        row.child = join;
        row.joins += 1;
        row.armed = self.calendar.token();
        if need > total {
            self.joins.rows[join as usize].cause = Cause::Error as u8;
            self.decide(join, Err(Cause::Error));
            if fork.cancel_rest {
                return None; // closed already: nothing was started
            }
        }
        self.start_branches(join, fork);
        self.close_join(join);
        None
    }

    fn open_join(&mut self, flight: u32, id: ForkId, total: u32, need: u32) -> u32 {
        let join = self.joins.free.pop().unwrap_or_else(|| {
            self.joins.rows.push(Join::default());
            self.joins.rows.len() as u32 - 1
        });
        let fork = &self.plan.forks[id.index()];
        let key = self.flights[flight].key;
        let row = &mut self.joins.rows[join as usize];
        row.branches.clear();
        row.order.clear();
        if fork.shuffle {
            row.order.extend(0..total);
            let mut draw = key.child(SHUFFLE, 0).draw(fork.site);
            for at in (1..total).rev() {
                row.order.swap(at as usize, draw.below(at + 1) as usize);
            }
        }
        let (branches, order) = (
            std::mem::take(&mut row.branches),
            std::mem::take(&mut row.order),
        );
        *row = Join {
            owner: flight,
            fork: id.0,
            key,
            branches,
            order,
            total,
            need,
            ..Join::default()
        };
        join
    }

    /// Start as many branches as may run at once.
    fn start_branches(&mut self, join: u32, fork: &Fork) {
        loop {
            let row = &self.joins.rows[join as usize];
            if row.started == row.total
                || row.running >= fork.at_once
                || (row.decided && fork.cancel_rest)
                || row.closed
                || self.overflow.is_some()
            {
                return;
            }
            let position = row.started;
            let index = row
                .order
                .get(position as usize)
                .copied()
                .unwrap_or(position);
            self.start_branch(join, fork, position, index);
        }
    }

    fn start_branch(&mut self, join: u32, fork: &Fork, position: u32, index: u32) {
        let row = &mut self.joins.rows[join as usize];
        row.started += 1;
        row.running += 1;
        // Written branches differ by the names in them, so a call keeps its fate wherever it is written; rounds of one branch do not.
        let counted = fork.count.is_some();
        let key = if counted {
            row.key.child(fork.site, u64::from(index))
        } else {
            row.key
        };
        let owner = row.owner;
        let written = if fork.count.is_some() {
            0
        } else {
            index as usize
        };
        if let Some(&call) = fork.calls.get(written)
            && call.is_some()
        {
            return self.start_call_branch(join, call, owner, key, position);
        }
        let parent = self.flights[owner];
        let env = self.environment.share(parent.env);
        let branch = self.add_flight(Flight {
            key,
            pc: fork.branches[written],
            parent: join,
            flags: flag::BRANCH | parent.flags & (flag::WASTED | flag::HIT),
            station: parent.station,
            priority: parent.priority,
            state: State::Running,
            birth: self.now,
            root: parent.root,
            deadline: parent.deadline,
            env,
            endpoint: parent.endpoint,
            own_attempt: parent.own_attempt,
            sibling: position,
            ..Flight::default()
        });
        self.joins.rows[join as usize].branches.push(branch);
        self.soon(Do::Here, branch);
    }

    /// A branch that is just a call needs no flight beside the call's.
    fn start_call_branch(&mut self, join: u32, call: CallId, owner: u32, key: Key, position: u32) {
        let own = std::mem::replace(&mut self.flights[owner].key, key);
        let child = self.make_call(owner, call);
        self.flights[owner].key = own;
        self.pass_write(owner, child, call);
        let row = &mut self.flights[child];
        row.parent = join;
        row.sibling = position;
        row.flags |= flag::BRANCH;
        self.joins.rows[join as usize].branches.push(child);
        self.depart(child, owner, call);
    }

    /// Count a call's success as it leaves for its block, which takes so long; false when it has to travel after all.
    pub(super) fn count_ahead(&mut self, flight: u32, outcome: Outcome, delay: u64) -> bool {
        let Flight {
            parent,
            sibling,
            endpoint,
            birth,
            ..
        } = self.flights[flight];
        let row = &mut self.joins.rows[parent as usize];
        row.failing |= outcome.is_err();
        if row.failing
            || row.started != row.total
            || row.succeeded + 1 >= row.total
            || !self.counted_ahead[row.fork as usize]
        {
            return false;
        }
        row.succeeded += 1;
        row.running -= 1;
        row.branches[sibling as usize] = NONE;
        self.probe
            .answered(endpoint, birth, self.now + delay, outcome);
        true
    }

    /// A branch that ran here is over.
    pub(super) fn end_branch(&mut self, flight: u32, outcome: Outcome) {
        let Flight {
            parent,
            sibling,
            joins,
            waited,
            ..
        } = self.flights[flight];
        let owner = self.joins.owner(parent);
        self.flights[owner].waited = self.flights[owner].waited.wrapping_add(waited);
        if joins > 0 {
            self.flights[flight].state = State::Lingering;
            self.flights[flight].armed = self.calendar.token();
            return self.count_branch(parent, outcome);
        }
        self.drop_flight(flight);
        self.branch_done(parent, sibling, outcome);
    }

    /// The last branch of a lingering branch is over.
    pub(super) fn end_branch_at_last(&mut self, flight: u32) {
        let Flight {
            parent, sibling, ..
        } = self.flights[flight];
        self.drop_flight(flight);
        self.branch_gone(parent, sibling);
    }

    /// A branch is over, and nothing of it goes on.
    pub(super) fn branch_done(&mut self, join: u32, position: u32, outcome: Outcome) {
        self.joins.rows[join as usize].branches[position as usize] = NONE;
        self.count_branch(join, outcome);
        self.branch_gone(join, position);
    }

    fn branch_gone(&mut self, join: u32, position: u32) {
        let plan = self.plan;
        let row = &mut self.joins.rows[join as usize];
        row.branches[position as usize] = NONE;
        row.running -= 1;
        let fork = &plan.forks[row.fork as usize];
        self.start_branches(join, fork);
        self.close_join(join);
    }

    /// Count a branch's outcome; the owner goes on as soon as it is decided.
    fn count_branch(&mut self, join: u32, outcome: Outcome) {
        let row = &mut self.joins.rows[join as usize];
        match outcome {
            Ok(()) => row.succeeded += 1,
            Err(cause) => {
                row.failed += 1;
                row.cause = cause as u8;
            }
        }
        if row.decided {
            return;
        }
        if row.succeeded >= row.need {
            self.decide(join, Ok(()));
        } else if row.total - row.failed < row.need {
            let cause = Cause::ALL[usize::from(row.cause)];
            self.decide(join, Err(cause));
        }
    }

    fn decide(&mut self, join: u32, outcome: Outcome) {
        let row = &mut self.joins.rows[join as usize];
        row.decided = true;
        let (owner, fork) = (row.owner, &self.plan.forks[row.fork as usize]);
        if fork.cancel_rest {
            self.call_off_branches(join);
        }
        if outcome.is_err() {
            let cause = self.joins.rows[join as usize].cause;
            self.flights[owner].cause = cause;
        }
        // The owner goes on by way of the agenda: the branch that decided is still on its way out.
        self.flights[owner].state = State::Running;
        self.flights[owner].pc = if outcome.is_ok() {
            fork.after
        } else {
            StepId::NONE
        };
        self.soon(Do::Here, owner);
    }

    /// The owner of a failed block goes on: at a handler, or not at all.
    pub(super) fn after_failed_block(&mut self, owner: u32) {
        let cause = Cause::ALL[usize::from(self.flights[owner].cause)];
        self.fail(owner, cause);
    }

    /// Forget a block when none of its branches goes on and none will start.
    fn close_join(&mut self, join: u32) {
        let row = &mut self.joins.rows[join as usize];
        let over = row.started == row.total
            || self.plan.forks[row.fork as usize].cancel_rest
            || row.closed;
        if row.running > 0 || !row.decided || !over {
            return;
        }
        let owner = row.owner;
        row.owner = NONE;
        self.joins.free.push(join);
        let flight = &mut self.flights[owner];
        flight.joins -= 1;
        if flight.joins == 0 && flight.state == State::Lingering {
            self.stop_lingering(owner);
        }
    }

    /// Call off what still runs of a block.
    pub(super) fn call_off_branches(&mut self, join: u32) {
        let row = &mut self.joins.rows[join as usize];
        row.decided = true;
        row.closed = true;
        for position in 0..self.joins.rows[join as usize].branches.len() {
            let branch = self.joins.rows[join as usize].branches[position];
            if branch == NONE || self.flights[branch].state == State::Lingering {
                continue; // a lingering branch is over but for branches of its own
            }
            self.joins.rows[join as usize].branches[position] = NONE;
            self.joins.rows[join as usize].running -= 1;
            if self.flights[branch].call == NONE {
                self.flights[branch].flags &= !flag::BRANCH;
                self.call_off(branch);
            } else {
                self.record_answer(branch, Err(Cause::Cancelled));
                self.orphan(branch);
                self.call_off_later(branch);
            }
        }
        self.close_join(join);
    }

    /// Whether the step a flight goes on with is the failure of a block.
    pub(super) fn is_failed_block(&self, flight: u32) -> bool {
        !self.flights[flight].pc.is_some()
    }
}
