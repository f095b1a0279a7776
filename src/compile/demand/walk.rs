//! One pass over a program: how often each of its steps runs, and how long it takes when nobody waits.
//!
//! Programs are nearly straight: all jumps but those of loops go forward, so one pass in written order tells how often a
//! step is reached. Failures are not counted, except `fail` itself; hits of caches are taken as given.

use super::super::draft::Program;
use crate::plan::{CallId, Plan, Step};

/// Times of things that take time without anybody waiting, for [`walk`].
pub(super) trait Times {
    /// Share of look-ups that find the object, by the cache's component.
    fn hit_of(&self, component: crate::plan::ComponentId) -> f64;
    /// Time that a job of so many core-ns takes alone.
    fn compute(&self, program: usize, work: f64) -> f64;
    /// Time from a call's send to its answer.
    fn call(&self, program: usize, call: CallId) -> f64;
    /// Time of a routine, by its first step.
    fn routine(&self, first: usize) -> f64;
}

/// How often steps run, and how long they take together.
#[derive(Debug, Clone, Default)]
pub(super) struct Walked {
    /// How often each step of the program runs, by its position in the program.
    pub(super) visits: Vec<f64>,
    /// Time until the answer leaves \[ns\].
    pub(super) latency: f64,
    /// Time until the program is over \[ns\].
    pub(super) holding: f64,
}

/// Walks one program.
pub(super) fn walk(
    plan: &Plan,
    means: &[f64],
    number: usize,
    program: &Program,
    times: &dyn Times,
) -> Walked {
    let mut walker = Walker {
        plan,
        means,
        number,
        times,
        first: program.first,
        reached: vec![0.0; program.end - program.first + 1],
        unanswered: vec![0.0; program.end - program.first + 1],
        visits: vec![0.0; program.end - program.first],
    };
    walker.reached[0] = 1.0;
    walker.unanswered[0] = 1.0;
    let (latency, holding) = walker.range(0, program.end - program.first);
    Walked {
        visits: walker.visits,
        latency,
        holding,
    }
}

struct Walker<'w> {
    plan: &'w Plan,
    means: &'w [f64],
    number: usize,
    times: &'w dyn Times,
    first: usize,
    /// How often the steps are reached, as far as is known.
    reached: Vec<f64>,
    /// Of those, how often before the answer.
    unanswered: Vec<f64>,
    visits: Vec<f64>,
}

impl Walker<'_> {
    /// Walks the steps from one position to another, and says how long they take: until the answer, and in all.
    fn range(&mut self, from: usize, to: usize) -> (f64, f64) {
        let (mut latency, mut holding) = (0.0, 0.0);
        let mut at = from;
        while at < to {
            let (reached, unanswered) = (self.reached[at], self.unanswered[at]);
            self.visits[at] += reached;
            let (time, next) = self.step(at, reached, unanswered);
            holding += reached * time;
            latency += unanswered * time;
            at = next.max(at + 1);
        }
        (latency, holding)
    }

    fn position(&self, step: crate::plan::StepId) -> usize {
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

    /// One step: its time per visit, and the position that the walk goes on with.
    fn step(&mut self, at: usize, reached: f64, unanswered: f64) -> (f64, usize) {
        let plan = self.plan;
        let mean =
            |demand: crate::plan::DemandId| self.means.get(demand.index()).copied().unwrap_or(0.0);
        let time = match plan.steps[self.first + at] {
            Step::Compute(demand) | Step::Work(demand) => {
                self.times.compute(self.number, mean(demand))
            }
            Step::Sleep(demand) => mean(demand),
            Step::Call(call) => self.times.call(self.number, call),
            Step::Forward(call) => {
                // The answer comes from elsewhere; this program goes on at once.
                let answer = self.times.call(self.number, call);
                self.flow(at + 1, reached, 0.0);
                return (
                    if reached > 0.0 {
                        answer * unanswered / reached
                    } else {
                        0.0
                    },
                    at + 1,
                );
            }
            Step::Run(run) => self.times.routine(plan.runs[run.index()].entry.index()),
            Step::Reply(_) => {
                self.flow(at + 1, reached, 0.0);
                return (0.0, at + 1);
            }
            Step::Fork(fork) => return self.fork(fork, reached, unanswered),
            Step::Repeat(repeat) => return self.repeat(repeat, at, reached, unanswered),
            Step::Jump(to) => {
                self.flow(self.position(to), reached, unanswered);
                return (0.0, at + 1);
            }
            Step::Choose(choice) => {
                let choice = &plan.choices[choice.index()];
                for (share, to) in choice.shares.iter().zip(&choice.to) {
                    self.flow(self.position(*to), reached * share, unanswered * share);
                }
                return (0.0, at + 1);
            }
            Step::When(condition) => {
                let condition = &plan.conditions[condition.index()];
                self.flow(
                    at + 1,
                    reached * condition.likely,
                    unanswered * condition.likely,
                );
                let otherwise = 1.0 - condition.likely;
                self.flow(
                    self.position(condition.otherwise),
                    reached * otherwise,
                    unanswered * otherwise,
                );
                return (0.0, at + 1);
            }
            Step::OnHit(to) => {
                let hit = self.hit_before(at);
                self.flow(self.position(to), reached * hit, unanswered * hit);
                self.flow(at + 1, reached * (1.0 - hit), unanswered * (1.0 - hit));
                return (0.0, at + 1);
            }
            Step::Fail(chance) => {
                let rest = 1.0 - plan.chances[chance.index()].probability;
                self.flow(at + 1, reached * rest, unanswered * rest);
                return (0.0, at + 1);
            }
            Step::End | Step::Return | Step::Join | Step::Again(_) | Step::Stop(_) => {
                return (0.0, at + 1);
            }
            _ => 0.0,
        };
        self.flow(at + 1, reached, unanswered);
        (time, at + 1)
    }

    /// Share of hits of the look-up just before a step.
    fn hit_before(&self, at: usize) -> f64 {
        match at
            .checked_sub(1)
            .map(|before| self.plan.steps[self.first + before])
        {
            Some(Step::Probe(get)) => self
                .times
                .hit_of(self.plan.caches[self.plan.gets[get.index()].cache.index()].component),
            Some(Step::Call(call)) => {
                let component =
                    self.plan.endpoints[self.plan.calls[call.index()].endpoint.index()].component;
                self.times.hit_of(component)
            }
            _ => 0.0,
        }
    }

    /// Branches begin together; the slowest of those needed decides. Means of maxima are larger: a lower bound.
    fn fork(&mut self, fork: crate::plan::ForkId, reached: f64, unanswered: f64) -> (f64, usize) {
        let fork = &self.plan.forks[fork.index()];
        let after = self.position(fork.after);
        let counted = fork.count.is_some();
        let rounds = if counted {
            self.plan.counts[fork.count.index()].mean
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
            times.push(if reached * rounds > 0.0 {
                holding / (reached * rounds)
            } else {
                0.0
            });
        }
        times.sort_by(f64::total_cmp);
        let time = if counted {
            let each = times.first().copied().unwrap_or(0.0);
            let need = if fork.need == u32::MAX {
                rounds
            } else {
                rounds.min(f64::from(fork.need))
            };
            each * (need / f64::from(fork.at_once.max(1))).max(need.min(1.0))
        } else {
            let need = (fork.need as usize).clamp(1, times.len().max(1));
            times.get(need - 1).copied().unwrap_or(0.0)
        };
        self.flow(after, reached, unanswered);
        (time, after)
    }

    /// Rounds follow each other until the count is done or a `stop` leaves.
    fn repeat(
        &mut self,
        repeat: crate::plan::RepeatId,
        at: usize,
        reached: f64,
        unanswered: f64,
    ) -> (f64, usize) {
        let repeat = &self.plan.repeats[repeat.index()];
        let after = self.position(repeat.after);
        let (body, again) = (at + 1, after.saturating_sub(1).max(at + 1));
        // One round first, to learn what part of it gets through to the next; its visits are then multiplied.
        self.reached[body] = 1.0;
        self.unanswered[body] = 0.0;
        let time = self.round(body, again);
        let through = self.reached[again];
        let count = if repeat.count.is_some() {
            self.plan.counts[repeat.count.index()].mean
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
        self.flow(after, reached, unanswered);
        (time * rounds, after)
    }

    /// One round of a loop's body, in which `stop` takes its part away.
    fn round(&mut self, body: usize, again: usize) -> f64 {
        let mut at = body;
        let mut holding = 0.0;
        while at < again {
            let reached = self.reached[at];
            self.visits[at] += reached;
            if let Step::Stop(chance) = self.plan.steps[self.first + at] {
                let stays = 1.0 - self.plan.chances[chance.index()].probability;
                self.flow(at + 1, reached * stays, 0.0);
                at += 1;
                continue;
            }
            let (time, next) = self.step(at, reached, 0.0);
            holding += reached * time;
            at = next.max(at + 1);
        }
        if let Some(visits) = self.visits.get_mut(again) {
            *visits += self.reached[again];
        }
        holding
    }
}
