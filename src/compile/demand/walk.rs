//! One pass over a program: how often each of its steps runs, and how long it takes when nobody waits.
//!
//! Programs are nearly straight: all jumps but those of loops go forward, so one pass in written order tells how often a
//! step is reached. Failures are not counted, except `fail` itself; hits of caches are taken as given.

use super::super::draft::Program;
use super::span::Span;
use crate::plan::several::{self, Several};
use crate::plan::{CallId, ComponentId, CountId, GetId, HoldId, Plan, Step, StepId};

/// Times of things that take time without anybody waiting, for [`walk`].
pub(super) trait Times {
    /// Share of look-ups that find the object, by the cache's component.
    fn hit_of(&self, component: ComponentId) -> f64;
    /// Time from a call's send to its answer \[ns\].
    fn call(&self, call: CallId) -> f64;
    /// A routine, by its first step.
    fn routine(&self, first: usize) -> Option<&Walked>;
}

/// How often steps run, and how long they take together.
#[derive(Debug, Clone, Default)]
pub(super) struct Walked {
    /// How often each step of the program runs, by its position in the program.
    pub(super) visits: Vec<f64>,
    /// Time until the answer leaves.
    pub(super) latency: Span,
    /// Time until the program is over.
    pub(super) holding: Span,
    /// Time for which units are held, by where they are acquired, routines included.
    pub(super) held: Vec<(HoldId, Span)>,
}

/// Walks one program whose processor has this speed.
pub(super) fn walk(
    plan: &Plan,
    means: &[f64],
    program: &Program,
    speed: f64,
    times: &dyn Times,
) -> Walked {
    let length = program.end - program.first;
    let mut walker = Walker {
        plan,
        means,
        speed,
        times,
        first: program.first,
        reached: vec![0.0; length + 1],
        unanswered: vec![0.0; length + 1],
        visits: vec![0.0; length],
        open: Vec::new(),
        handlers: Vec::new(),
        held: Vec::new(),
    };
    walker.reached[0] = 1.0;
    walker.unanswered[0] = 1.0;
    let (latency, holding) = walker.range(0, length);
    Walked {
        visits: walker.visits,
        latency,
        holding,
        held: walker.held,
    }
}

struct Walker<'w> {
    plan: &'w Plan,
    means: &'w [f64],
    /// Core-ns of one job that the processor does per ns.
    speed: f64,
    times: &'w dyn Times,
    first: usize,
    /// How often the steps are reached, as far as is known.
    reached: Vec<f64>,
    /// Of those, how often before the answer.
    unanswered: Vec<f64>,
    visits: Vec<f64>,
    /// Units that are held here, innermost last, with the time so far.
    open: Vec<(HoldId, Span)>,
    /// Where failures go on, innermost last.
    handlers: Vec<StepId>,
    held: Vec<(HoldId, Span)>,
}

/// What a step takes, each time.
#[derive(Clone, Copy, Default)]
struct Took {
    /// Until the program goes on.
    busy: Span,
    /// Of the time until the answer, where it has not left yet.
    answer: Span,
}

impl From<Span> for Took {
    fn from(busy: Span) -> Self {
        Self { busy, answer: busy }
    }
}

impl Walker<'_> {
    /// Walks the steps from one position to another, and says how long they take: until the answer, and in all.
    fn range(&mut self, from: usize, to: usize) -> (Span, Span) {
        let outside = (
            std::mem::take(&mut self.open),
            std::mem::take(&mut self.handlers),
        );
        let (mut latency, mut holding) = (Span::default(), Span::default());
        let mut at = from;
        while at < to {
            let (reached, unanswered) = (self.reached[at], self.unanswered[at]);
            self.visits[at] += reached;
            let (took, next) = self.step(at, reached, unanswered);
            holding.add(took.busy, reached);
            latency.add(took.answer, unanswered);
            for (_, held) in &mut self.open {
                held.add(took.busy, reached);
            }
            at = next.max(at + 1);
        }
        self.held.append(&mut self.open);
        (self.open, self.handlers) = outside;
        (latency, holding)
    }

    fn position(&self, step: StepId) -> usize {
        step.index()
            .saturating_sub(self.first)
            .min(self.visits.len())
    }

    /// Sends a flow on to another position.
    fn flow(&mut self, to: usize, reached: f64, unanswered: f64) {
        if to < self.reached.len() {
            self.reached[to] += reached;
            self.unanswered[to] += unanswered;
        }
    }

    /// One step: its time per visit, and the position that the walk goes on with. Every step stands here: what one does not
    /// know would be forecast wrongly without a word.
    fn step(&mut self, at: usize, reached: f64, unanswered: f64) -> (Took, usize) {
        let plan = self.plan;
        let mean =
            |demand: crate::plan::DemandId| self.means.get(demand.index()).copied().unwrap_or(0.0);
        let took = match plan.steps[self.first + at] {
            Step::Compute(demand) | Step::Work(demand) => Span::work(mean(demand)).into(),
            Step::Sleep(demand) => Span::fixed(mean(demand)).into(),
            Step::Call(call) => {
                let time = Span::fixed(self.times.call(call));
                let connection = plan.guards.connection_of(call);
                if connection.is_some() {
                    self.held.push((connection, time.times(reached)));
                }
                time.into()
            }
            Step::Forward(call) => {
                // The answer comes from elsewhere; this program goes on at once.
                self.flow(at + 1, reached, 0.0);
                let answer = Span::fixed(self.times.call(call));
                return (
                    Took {
                        busy: Span::default(),
                        answer,
                    },
                    at + 1,
                );
            }
            Step::Run(run) => self.routine(plan.runs[run.index()].entry.index(), reached),
            Step::Reply(_) => {
                self.flow(at + 1, reached, 0.0);
                return (Took::default(), at + 1);
            }
            Step::Fork(fork) => return self.fork(fork, reached, unanswered),
            Step::Repeat(repeat) => return self.repeat(repeat, at, reached, unanswered),
            Step::Jump(_) | Step::Choose(_) | Step::When(_) | Step::OnHit(_) | Step::Fail(_) => {
                self.branch(at, reached, unanswered);
                return (Took::default(), at + 1);
            }
            Step::End | Step::Return | Step::Join | Step::Again(_) | Step::Stop(_) => {
                return (Took::default(), at + 1);
            }
            Step::Try(handler) => {
                self.handlers.push(plan.handlers[handler.index()].to);
                Took::default()
            }
            Step::Caught => {
                self.handlers.pop();
                Took::default()
            }
            Step::Acquire(hold) => {
                self.open.push((hold, Span::default()));
                Took::default()
            }
            Step::Release => {
                self.held.extend(self.open.pop());
                Took::default()
            }
            Step::Send(_)
            | Step::Probe(_)
            | Step::Fill(_)
            | Step::Refresh(_)
            | Step::Put(_)
            | Step::Drop(_)
            | Step::NodeProbe(_)
            | Step::NodeStore(_)
            | Step::NodeDrop(_)
            | Step::Purge(_)
            | Step::Append(_)
            | Step::Read(_)
            | Step::Shelve(_)
            | Step::Set(_)
            | Step::Commit(_)
            | Step::Acknowledge(_)
            | Step::Applied(_)
            | Step::ReadCopy(_)
            | Step::Peek(_)
            | Step::Quorum(_) => Took::default(),
        };
        self.flow(at + 1, reached, unanswered);
        (took, at + 1)
    }

    /// A step after which it goes on here or there.
    fn branch(&mut self, at: usize, reached: f64, unanswered: f64) {
        let plan = self.plan;
        let mut ways: Vec<(usize, f64)> = Vec::new();
        match plan.steps[self.first + at] {
            Step::Jump(to) => ways.push((self.position(to), 1.0)),
            Step::Choose(choice) => {
                let choice = &plan.choices[choice.index()];
                let to = choice.to.iter().map(|to| self.position(*to));
                ways.extend(to.zip(choice.shares.iter().copied()));
            }
            Step::When(condition) => {
                let condition = &plan.conditions[condition.index()];
                ways.push((at + 1, condition.likely));
                ways.push((self.position(condition.otherwise), 1.0 - condition.likely));
            }
            Step::OnHit(to) => {
                let hit = self.hit_before(at);
                ways.extend([(self.position(to), hit), (at + 1, 1.0 - hit)]);
            }
            Step::Fail(chance) => {
                let fails = plan.chances[chance.index()].probability;
                ways.push((at + 1, 1.0 - fails));
                let handler = self.handlers.last().map(|to| (self.position(*to), fails));
                ways.extend(handler);
            }
            step => unreachable!("{step:?} goes on with the next"),
        }
        for (to, share) in ways {
            self.flow(to, reached * share, unanswered * share);
        }
    }

    /// A routine is part of whoever runs it.
    fn routine(&mut self, first: usize, reached: f64) -> Took {
        let Some(routine) = self.times.routine(first) else {
            return Took::default();
        };
        for (hold, time) in &routine.held {
            let mut own = Span::default();
            own.add(*time, reached);
            self.held.push((*hold, own));
        }
        Took {
            busy: routine.holding,
            answer: routine.latency,
        }
    }

    /// Share of hits of the look-up just before a step.
    fn hit_before(&self, at: usize) -> f64 {
        match at
            .checked_sub(1)
            .map(|before| self.plan.steps[self.first + before])
        {
            Some(Step::Probe(get)) => {
                let several = self.plan.several.iter().find(|row| row.get == get);
                self.all_found(get, several)
            }
            Some(Step::Call(call)) => {
                let component =
                    self.plan.endpoints[self.plan.calls[call.index()].endpoint.index()].component;
                match self.plan.several.iter().find(|row| row.ask == call) {
                    Some(several) => self.all_found(several.get, Some(several)),
                    None => self.times.hit_of(component),
                }
            }
            _ => 0.0,
        }
    }

    /// Share of look-ups that find all that they ask for.
    fn all_found(&self, get: GetId, several: Option<&Several>) -> f64 {
        let cache = self.plan.gets[get.index()].cache;
        let hit = self.times.hit_of(self.plan.caches[cache.index()].component);
        let keys = several.map_or(1.0, |row| self.plan.counts[row.keys.index()].mean);
        several::all_found(keys, hit)
    }

    /// The mean of a count; of one that is the number of missing keys, by the hits of the look-up.
    fn mean_count(&self, count: CountId) -> f64 {
        let mean = self.plan.counts[count.index()].mean;
        let mut rows = self.plan.several.iter();
        let Some(row) = rows.find(|row| row.missing.contains(&count)) else {
            return mean;
        };
        let cache = self.plan.gets[row.get.index()].cache;
        let hit = self.times.hit_of(self.plan.caches[cache.index()].component);
        several::mean_missing(self.plan.counts[row.keys.index()].mean, hit)
    }

    /// Branches begin together; the slowest of those needed decides. Means of maxima are larger: a lower bound.
    fn fork(&mut self, fork: crate::plan::ForkId, reached: f64, unanswered: f64) -> (Took, usize) {
        let fork = &self.plan.forks[fork.index()];
        let after = self.position(fork.after);
        let counted = fork.count.is_some();
        let rounds = if counted {
            self.mean_count(fork.count)
        } else {
            1.0
        };
        let mut times = Vec::with_capacity(fork.branches.len());
        for (number, branch) in fork.branches.iter().enumerate() {
            let from = self.position(*branch);
            let to = fork
                .branches
                .get(number + 1)
                .map_or(after, |next| self.position(*next));
            self.reached[from] = reached * rounds;
            self.unanswered[from] = 0.0;
            let (_, holding) = self.range(from, to);
            times.push(holding.over(reached * rounds));
        }
        times.sort_by(|one, other| one.at(self.speed).total_cmp(&other.at(self.speed)));
        let mut time = Span::default();
        if counted {
            let need = if fork.need == u32::MAX {
                rounds
            } else {
                rounds.min(f64::from(fork.need))
            };
            let waves = (need / f64::from(fork.at_once.max(1))).max(need.min(1.0));
            time.add(times.first().copied().unwrap_or_default(), waves);
        } else {
            let need = (fork.need as usize).clamp(1, times.len().max(1));
            time = times.get(need - 1).copied().unwrap_or_default();
        }
        self.flow(after, reached, unanswered);
        (time.into(), after)
    }

    /// Rounds follow each other until the count is done or a `stop` leaves.
    fn repeat(
        &mut self,
        repeat: crate::plan::RepeatId,
        at: usize,
        reached: f64,
        unanswered: f64,
    ) -> (Took, usize) {
        let repeat = &self.plan.repeats[repeat.index()];
        let after = self.position(repeat.after);
        let (body, again) = (at + 1, after.saturating_sub(1).max(at + 1));
        // One round first, to learn what part of it gets through to the next; its visits are then multiplied.
        self.reached[body] = 1.0;
        self.unanswered[body] = 0.0;
        let held = self.held.len();
        let time = self.round(body, again);
        let through = self.reached[again];
        let count = if repeat.count.is_some() {
            self.mean_count(repeat.count)
        } else {
            f64::INFINITY
        };
        let rounds = if through >= 1.0 {
            count
        } else {
            (1.0 - through.powf(count)) / (1.0 - through)
        };
        // An endless loop is complained of elsewhere; here it must only stay finite.
        let rounds = rounds.min(1e12);
        for visits in &mut self.visits[body..after] {
            *visits *= reached * rounds;
        }
        for (_, time) in &mut self.held[held..] {
            *time = time.times(reached * rounds);
        }
        self.flow(after, reached, unanswered);
        (time.times(rounds).into(), after)
    }

    /// One round of a loop's body, in which `stop` takes its part away.
    fn round(&mut self, body: usize, again: usize) -> Span {
        let outside = (
            std::mem::take(&mut self.open),
            std::mem::take(&mut self.handlers),
        );
        let mut at = body;
        let mut holding = Span::default();
        while at < again {
            let reached = self.reached[at];
            self.visits[at] += reached;
            if let Step::Stop(chance) = self.plan.steps[self.first + at] {
                let stays = 1.0 - self.plan.chances[chance.index()].probability;
                self.flow(at + 1, reached * stays, 0.0);
                at += 1;
                continue;
            }
            let (took, next) = self.step(at, reached, 0.0);
            holding.add(took.busy, reached);
            for (_, held) in &mut self.open {
                held.add(took.busy, reached);
            }
            at = next.max(at + 1);
        }
        if let Some(visits) = self.visits.get_mut(again) {
            *visits += self.reached[again];
        }
        self.held.append(&mut self.open);
        (self.open, self.handlers) = outside;
        holding
    }
}
