//! Steps that hold blocks: branches, loops, choices and held units.

use super::super::value;
use super::programs::NO_KEY;
use super::steps::{Writer, refs};
use crate::chance::key::Site;
use crate::chance::weights::Weights;
use crate::model::{self, Block, OnFailure, Verb, step};
use crate::plan::{
    CallId, Choice, ChoiceId, CountId, Fork, ForkId, Hold, HoldId, Repeat, RepeatId, Step, StepId,
};
use crate::source::{Place, codes};

impl Writer<'_, '_> {
    pub(super) fn parallel(&mut self, parallel: &step::Parallel, place: Place) {
        if parallel.branches.is_empty() {
            return;
        }
        let loops = std::mem::take(&mut self.loops);
        self.tried(&parallel.on_failure, |writer| {
            let site = writer.site("branches", place);
            let fork = writer.draft.plan.forks.len();
            writer.draft.plan.forks.push(Fork {
                branches: Vec::new(),
                calls: Vec::new(),
                count: CountId::NONE,
                at_once: u32::MAX,
                need: parallel.need.as_ref().map_or(u32::MAX, |need| {
                    u32::try_from(need.get()).unwrap_or(u32::MAX)
                }),
                cancel_rest: parallel.rest == step::Rest::Cancel,
                shuffle: parallel.order == step::Order::Random,
                site,
                after: StepId::NONE,
            });
            writer.draft.emit(Step::Fork(ForkId::from(fork)));
            for (number, branch) in parallel.branches.iter().enumerate() {
                let first = writer.draft.here();
                writer.below(format!("branch-{}", number + 1), |writer| {
                    writer.block(branch, false);
                });
                let call = writer.plain_call(first);
                writer.draft.emit(Step::Join);
                writer.draft.plan.forks[fork].branches.push(first);
                writer.draft.plan.forks[fork].calls.push(call);
            }
            writer.draft.plan.forks[fork].after = writer.draft.here();
        });
        self.loops = loops;
    }

    /// The call that the steps from `first` on are, if they are just one plain call.
    fn plain_call(&self, first: StepId) -> CallId {
        match &self.draft.plan.steps[first.index()..] {
            [Step::Call(call)] => {
                let row = &self.draft.plan.calls[call.index()];
                if row.guarded || row.with.0 != row.with.1 || row.priority.is_some() {
                    CallId::NONE
                } else {
                    *call
                }
            }
            _ => CallId::NONE,
        }
    }

    pub(super) fn repeat(&mut self, repeat: &step::Repeat, place: Place) {
        let parts = self.parts_for("count");
        let count = value::count(self.draft, &repeat.count, &refs(&parts));
        let at_once = match repeat.at_once.value {
            model::AtOnce::All => u32::MAX,
            model::AtOnce::Of(number) => u32::try_from(number.get()).unwrap_or(u32::MAX),
        };
        let site = self.site("rounds", place);
        let unlimited = matches!(repeat.count.law, model::Count::Unlimited);
        if at_once > 1 || repeat.need.is_some() {
            if unlimited {
                let message = "`repeat: unlimited` runs its rounds one after the other, and has no number that `need` or `at-once` could mean";
                self.draft
                    .complain(codes::CONTRADICTION, repeat.count.place, message);
            }
            return self.rounds_at_once(repeat, count, at_once, site);
        }
        let row = self.draft.plan.repeats.len();
        self.draft.plan.repeats.push(Repeat {
            count,
            body: StepId::NONE,
            after: StepId::NONE,
            site,
        });
        self.draft.emit(Step::Repeat(RepeatId::from(row)));
        self.draft.plan.repeats[row].body = self.draft.here();
        self.loops.push(true);
        self.below("do", |writer| writer.block(&repeat.body, false));
        self.loops.pop();
        self.draft.emit(Step::Again(RepeatId::from(row)));
        self.draft.plan.repeats[row].after = self.draft.here();
        if unlimited && !stops_here(&repeat.body) {
            let message = "`repeat: unlimited` never ends: nothing in its body stops it";
            self.draft.complain_with(
                codes::ENDLESS_REPEAT,
                repeat.count.place,
                message,
                "leave it with `stop: 20%` in the body",
            );
        }
    }

    fn rounds_at_once(&mut self, repeat: &step::Repeat, count: CountId, at_once: u32, site: Site) {
        let fork = self.draft.plan.forks.len();
        let most = match &repeat.count.law {
            model::Count::Constant(number) => Some(*number),
            model::Count::Uniform { to, .. } => Some(*to),
            model::Count::Weighted(parts) => parts.iter().map(|(number, _)| *number).max(),
            _ => None,
        };
        if let (Some(need), Some(most)) = (&repeat.need, most)
            && need.get() > most
        {
            let message = format!(
                "`need: {}` of at most {most} rounds can never be met",
                need.get()
            );
            self.draft
                .complain(codes::OUT_OF_RANGE, need.place, message);
        }
        self.draft.plan.forks.push(Fork {
            branches: Vec::new(),
            calls: Vec::new(),
            count,
            at_once,
            need: repeat.need.as_ref().map_or(u32::MAX, |need| {
                u32::try_from(need.get()).unwrap_or(u32::MAX)
            }),
            cancel_rest: repeat.rest == step::Rest::Cancel,
            shuffle: false,
            site,
            after: StepId::NONE,
        });
        self.draft.emit(Step::Fork(ForkId::from(fork)));
        let first = self.draft.here();
        self.loops.push(false);
        self.below("do", |writer| writer.block(&repeat.body, false));
        self.loops.pop();
        let call = self.plain_call(first);
        self.draft.emit(Step::Join);
        let after = self.draft.here();
        let row = &mut self.draft.plan.forks[fork];
        row.branches.push(first);
        row.calls.push(call);
        row.after = after;
    }

    pub(super) fn stop(&mut self, stop: &step::Stop, place: Place) {
        match self.loops.last() {
            Some(true) => {}
            Some(false) => {
                let message = "`stop` cannot leave this `repeat`: its rounds run at once";
                self.draft.complain(codes::MISPLACED_STEP, place, message);
            }
            None => self.draft.complain(
                codes::MISPLACED_STEP,
                place,
                "`stop` leaves the innermost `repeat`, and there is none around it",
            ),
        }
        let parts = self.parts_for("stop");
        let chance = value::chance(self.draft, stop.share.get(), place, &refs(&parts));
        self.draft.emit(Step::Stop(chance));
    }

    pub(super) fn choose(&mut self, choose: &step::Choose, place: Place, last: bool) {
        let weights: Vec<f64> = choose
            .branches
            .iter()
            .map(|branch| branch.weight.value)
            .collect();
        let total: f64 = weights.iter().sum();
        let site = self.site("choice", place);
        let table = match Weights::new(&weights) {
            Ok(table) => table,
            Err(reason) => return self.draft.complain(codes::BAD_WEIGHTS, place, reason),
        };
        let row = self.draft.plan.choices.len();
        let shares = weights.iter().map(|weight| weight / total).collect();
        self.draft.plan.choices.push(Choice {
            weights: table,
            shares,
            to: Vec::new(),
            site,
        });
        self.draft.emit(Step::Choose(ChoiceId::from(row)));
        let mut jumps = Vec::new();
        for (number, branch) in choose.branches.iter().enumerate() {
            let first = self.draft.here();
            self.draft.plan.choices[row].to.push(first);
            self.below(format!("choice-{}", number + 1), |writer| {
                writer.block(&branch.body, last);
            });
            // The last one is followed by what comes after all of them.
            if number + 1 < choose.branches.len() {
                jumps.push(self.draft.emit(Step::Jump(StepId::NONE)));
            }
        }
        let after = self.draft.here();
        for jump in jumps {
            self.draft.plan.steps[jump] = Step::Jump(after);
        }
    }

    pub(super) fn hold(&mut self, hold: &step::Hold) {
        let Some(quantity) = self
            .parts
            .pools
            .get(&(self.component, hold.pool.value.clone()))
            .copied()
        else {
            let known: Vec<String> = self
                .parts
                .pools
                .keys()
                .filter(|(component, _)| *component == self.component)
                .map(|(_, name)| name.clone())
                .collect();
            return self.draft.unknown(
                codes::UNKNOWN_POOL,
                "pool of this component called",
                &hold.pool,
                known.iter().map(String::as_str),
            );
        };
        let size = self.draft.plan.quantities[quantity.index()].size;
        let units = u32::try_from(hold.units.get()).unwrap_or(u32::MAX);
        if units > size {
            let message = format!("`units: {units}` of a pool of {size} can never be had");
            self.draft
                .complain(codes::OUT_OF_RANGE, hold.units.place, message);
        }
        let key = match &hold.key {
            None => NO_KEY,
            Some(key) => self.draft.attribute(key).unwrap_or(NO_KEY),
        };
        let wait = hold.wait.as_ref().map_or(u64::MAX, |wait| wait.ns());
        if self.held.contains(&quantity) && hold.wait.is_none() {
            let message = format!(
                "this holds units of `{}` while it waits for more of them: when all wait like this, nothing moves any more",
                hold.pool.value
            );
            let hint = "take all units at once (`units: 2`), or bound the `wait`";
            self.draft
                .complain_with(codes::DEADLOCK, hold.pool.place, message, hint);
        }
        self.held.push(quantity);
        self.tried(&hold.on_failure, |writer| {
            let row = HoldId::from(writer.draft.plan.holds.len());
            writer.draft.plan.holds.push(Hold {
                quantity,
                units,
                key,
                wait,
            });
            writer.draft.emit(Step::Acquire(row));
            writer.below("do", |writer| writer.block(&hold.body, false));
            writer.draft.emit(Step::Release);
        });
        self.held.pop();
    }
}

/// Whether a block can leave the loop whose body it is.
fn stops_here(block: &Block) -> bool {
    let handled =
        |on_failure: &OnFailure| matches!(on_failure, OnFailure::Do(block) if stops_here(block));
    block.iter().any(|step| match &step.verb {
        Verb::Stop(stop) => stop.share.get() > 0.0,
        // A failure leaves everything.
        Verb::Fail(fail) => fail.share.get() > 0.0,
        Verb::Choose(choose) => choose
            .branches
            .iter()
            .any(|branch| branch.weight.value > 0.0 && stops_here(&branch.body)),
        Verb::When(when) => {
            stops_here(&when.body) || when.otherwise.as_ref().is_some_and(stops_here)
        }
        Verb::Hold(hold) => stops_here(&hold.body) || handled(&hold.on_failure),
        Verb::Get(get) => stops_here(&get.miss) || get.on_failure.as_ref().is_some_and(handled),
        Verb::Call(call) => handled(&call.on_failure),
        Verb::Publish(publish) => handled(&publish.on_failure),
        _ => false,
    })
}
