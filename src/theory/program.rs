//! What one run of a program does, in order, as far as it can be said without running it.

use crate::plan::{CallId, CountId, DemandId, ForkId, Plan, Step, StepId};
use std::collections::BTreeMap;

/// One thing that a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Use the processor.
    Work(DemandId),
    /// Let time pass.
    Delay(DemandId),
    /// Call and wait for the answer.
    Call(CallId),
    /// Call and let the other one answer.
    Forward(CallId),
    /// Call and forget.
    Send(CallId),
}

impl What {
    /// The call, if it is one.
    pub(super) fn call(self) -> Option<CallId> {
        match self {
            Self::Call(call) | Self::Forward(call) | Self::Send(call) => Some(call),
            Self::Work(_) | Self::Delay(_) => None,
        }
    }
}

/// One thing that a program does, and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    pub(super) what: What,
    /// Times per run, on average.
    pub(super) times: f64,
    /// The last piece of the loop that it stands in; itself outside of loops.
    pub(super) until: usize,
    /// The parallel block and the branch that it stands in.
    pub(super) branch: Option<(ForkId, usize)>,
}

/// What one run of a program does.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Program {
    pub(super) pieces: Vec<Piece>,
    /// What it does that no formula follows, as the rest of a sentence that begins with its name.
    pub(super) flaw: Option<&'static str>,
    /// Whether every run does the same.
    pub(super) certain: bool,
    /// Whether its answer has a size.
    pub(super) sized: bool,
}

impl Program {
    /// Reads the program that begins at a step.
    pub(super) fn read(plan: &Plan, first: StepId) -> Self {
        let mut reader = Reader {
            plan,
            program: Self {
                certain: true,
                ..Self::default()
            },
            reached: BTreeMap::new(),
            branch: None,
            depth: 0,
        };
        reader.run(first.index(), (1.0, 1.0));
        reader.program
    }

    /// Whether it does nothing but use the processor and let time pass.
    pub(super) fn is_alone(&self) -> bool {
        let own = |piece: &Piece| !matches!(piece.what, What::Call(_)) && piece.branch.is_none();
        self.pieces.iter().all(own)
    }

    /// The only thing that every run does, once, beside handing on.
    pub(super) fn only(&self) -> Option<What> {
        let mut own = self
            .pieces
            .iter()
            .filter(|piece| matches!(piece.what, What::Work(_) | What::Delay(_) | What::Call(_)));
        let first = own.next().filter(|_| self.certain)?;
        own.next().is_none().then_some(first.what)
    }
}

/// How often a step is reached, and how often before the answer.
type Reach = (f64, f64);

struct Reader<'p> {
    plan: &'p Plan,
    program: Program,
    reached: BTreeMap<usize, Reach>,
    branch: Option<(ForkId, usize)>,
    depth: u32,
}

/// Routines within routines; deeper ones are not followed.
const DEEPEST: u32 = 64;

impl Reader<'_> {
    fn flaw(&mut self, why: &'static str) {
        self.program.flaw.get_or_insert(why);
    }

    fn flow(&mut self, to: usize, (reached, unanswered): Reach) {
        let row = self.reached.entry(to).or_insert((0.0, 0.0));
        row.0 += reached;
        row.1 += unanswered;
        if reached > 0.0 && reached < 1.0 - 1e-12 {
            self.program.certain = false;
        }
    }

    fn push(&mut self, what: What, (reached, unanswered): Reach) {
        if reached <= 0.0 {
            return;
        }
        if reached - unanswered > 1e-12 && self.branch.is_none() {
            self.flaw("goes on after it has answered");
        }
        let until = self.program.pieces.len();
        self.program.pieces.push(Piece {
            what,
            times: reached,
            until,
            branch: self.branch,
        });
    }

    /// Follows the steps from one on, up to the end of what it is: a program, a routine, a branch or a round. Says how often the end
    /// is reached.
    fn run(&mut self, from: usize, reach: Reach) -> Reach {
        self.flow(from, reach);
        let mut at = from;
        while let Some(step) = self.plan.steps.get(at) {
            let reach = self.reached.remove(&at).unwrap_or_default();
            match self.step(*step, at, reach) {
                Some(next) => at = next,
                None => return reach,
            }
        }
        (0.0, 0.0)
    }

    /// One step: where the walk goes on, or nothing at an end.
    fn step(&mut self, step: Step, at: usize, reach: Reach) -> Option<usize> {
        let mut onward = reach;
        match step {
            Step::Compute(demand) | Step::Work(demand) => self.push(What::Work(demand), reach),
            Step::Sleep(demand) => self.push(What::Delay(demand), reach),
            Step::Call(call) => {
                if self.plan.guards.connection_of(call).is_some() {
                    self.flaw("holds units of a pool");
                }
                self.push(What::Call(call), reach);
            }
            Step::Send(call) => self.push(What::Send(call), reach),
            Step::Forward(call) => {
                self.push(What::Forward(call), reach);
                onward.1 = 0.0;
            }
            Step::Reply(size) => {
                self.program.sized |= size.is_some();
                onward.1 = 0.0;
            }
            Step::Fork(fork) => return Some(self.fork(fork, reach)),
            Step::Repeat(repeat) => return Some(self.repeat(repeat, at, reach)),
            Step::Run(run) => self.routine(self.plan.runs[run.index()].entry, reach),
            Step::Jump(to) => {
                self.flow(to.index(), reach);
                return Some(at + 1);
            }
            Step::Choose(choice) => {
                if self.plan.stores.iter().any(|row| row.choice == choice) {
                    self.flaw("reads objects, each of which is where its age has brought it");
                }
                let choice = &self.plan.choices[choice.index()];
                for (share, to) in choice.shares.iter().zip(&choice.to) {
                    self.flow(to.index(), (reach.0 * share, reach.1 * share));
                }
                return Some(at + 1);
            }
            Step::Stop(chance) => {
                let stays = 1.0 - self.plan.chances[chance.index()].probability;
                onward = (reach.0 * stays, reach.1 * stays);
            }
            Step::Fail(chance) if self.plan.chances[chance.index()].probability > 0.0 => {
                self.flaw("fails at random");
            }
            Step::Append(_) | Step::Read(_) => {
                self.flaw("passes messages on, which wait to be read");
            }
            Step::When(_) => self.flaw("does what an attribute of the request decides"),
            Step::Acquire(_) => self.flaw("holds units of a pool"),
            Step::Peek(_) | Step::Quorum(_) => self.flaw("asks several copies of a database"),
            Step::Probe(_)
            | Step::OnHit(_)
            | Step::Fill(_)
            | Step::Refresh(_)
            | Step::NodeProbe(_)
            | Step::NodeStore(_)
            | Step::Put(_)
            | Step::Drop(_)
            | Step::NodeDrop(_)
            | Step::Purge(_) => {
                self.flaw("looks into a cache, which remembers all that came before");
            }
            Step::End | Step::Return | Step::Join | Step::Again(_) => return None,
            Step::Commit(_)
            | Step::Acknowledge(_)
            | Step::Applied(_)
            | Step::ReadCopy(_)
            | Step::Shelve(_)
            | Step::Try(_)
            | Step::Caught
            | Step::Release
            | Step::Set(_)
            | Step::Fail(_) => {}
        }
        self.flow(at + 1, onward);
        Some(at + 1)
    }

    fn routine(&mut self, entry: StepId, reach: Reach) {
        if self.depth == DEEPEST {
            return self.flaw("runs too many routines within each other");
        }
        self.depth += 1;
        self.run(entry.index(), reach);
        self.depth -= 1;
    }

    fn fork(&mut self, id: ForkId, reach: Reach) -> usize {
        let fork = &self.plan.forks[id.index()];
        if fork.count.is_some() {
            self.flaw("runs as many branches at once as a count says");
        } else if fork.need != u32::MAX && (fork.need as usize) < fork.branches.len() {
            self.flaw("goes on when some of its branches are done");
        } else if self.branch.is_some() {
            self.flaw("has branches within branches");
        }
        let outer = self.branch;
        for (number, first) in fork.branches.iter().enumerate() {
            self.branch = outer.or(Some((id, number)));
            self.run(first.index(), reach);
        }
        self.branch = outer;
        self.flow(fork.after.index(), reach);
        fork.after.index()
    }

    fn repeat(&mut self, id: crate::plan::RepeatId, at: usize, reach: Reach) -> usize {
        let repeat = &self.plan.repeats[id.index()];
        let start = self.program.pieces.len();
        let (through, _) = self.run(at + 1, (1.0, 1.0));
        let rounds = self.rounds(repeat.count, through);
        let end = self.program.pieces.len();
        for piece in &mut self.program.pieces[start..] {
            piece.times *= reach.0 * rounds;
            piece.until = end - 1;
        }
        if (rounds - 1.0).abs() > 1e-12 {
            self.program.certain = false;
        }
        self.flow(repeat.after.index(), reach);
        repeat.after.index()
    }

    /// Rounds of a loop, each of which leads to another with this probability.
    fn rounds(&mut self, count: CountId, through: f64) -> f64 {
        let endless = !count.is_some();
        if endless && through < 1.0 {
            return 1.0 / (1.0 - through);
        }
        match self.plan.counts.get(count.index()) {
            Some(count) if !count.attribute.is_some() && through >= 1.0 => count.mean,
            _ => {
                self.flaw("repeats something as often as a request decides");
                1.0
            }
        }
    }
}
