//! Steps: a block of the model becomes a run of steps of the plan, with jumps where blocks nest.
//!
//! Draws are named by component, endpoint, the path of the step (its label, or verb and number among its like in the
//! block) and purpose, so that they survive whatever changes elsewhere.

use super::super::draft::{Draft, MOST_STEPS, Owner};
use super::super::value;
use super::Parts;
use super::programs::{NO_KEY, NOTHING};
use crate::chance::key::{Site, site};
use crate::chance::weights::Weights;
use crate::model::{self, Block, OnFailure, Verb, step};
use crate::plan::{
    Call, CallId, Choice, ChoiceId, ComponentId, CountId, DemandId, EndpointId, Fork, ForkId,
    Handler, HandlerId, Hold, HoldId, QuantityId, Repeat, RepeatId, RetryId, Run, RunId, Step,
    StepId, component,
};
use crate::source::{Place, codes};
use std::collections::BTreeMap;

/// Where a program runs.
#[derive(Clone, Copy)]
pub(super) enum Side<'m> {
    User,
    Service(&'m model::Service),
    External,
    Database,
    Cache,
}

/// Writes one program.
pub(super) struct Writer<'w, 'm> {
    pub(super) draft: &'w mut Draft<'m>,
    pub(super) parts: &'w mut Parts,
    pub(super) side: Side<'m>,
    /// Whose program it is; `NONE` at the user's side.
    pub(super) component: ComponentId,
    /// The first parts of the names of its draws.
    owner: Vec<String>,
    /// Its name as a caller.
    caller: String,
    /// Labels begin a path of their own below this.
    base: Vec<String>,
    path: Vec<String>,
    /// The loops around the present step: whether `stop` can leave them.
    loops: Vec<bool>,
    /// The pools whose units are held at the present step.
    held: Vec<QuantityId>,
    /// Calls so far by name.
    ordinals: BTreeMap<Site, u32>,
    /// Whether `compute` is a pure delay here.
    delay: bool,
}

impl<'w, 'm> Writer<'w, 'm> {
    /// A writer for `[component, endpoint, ""]` or `[component, "routine", name]`.
    pub(super) fn new(
        draft: &'w mut Draft<'m>,
        parts: &'w mut Parts,
        side: Side<'m>,
        component: ComponentId,
        owner: [&str; 3],
        delay: bool,
    ) -> Self {
        let owner: Vec<String> = owner
            .iter()
            .filter(|part| !part.is_empty())
            .map(|part| (*part).to_owned())
            .collect();
        let caller = owner.join(".");
        Self {
            draft,
            parts,
            side,
            component,
            owner,
            caller,
            base: Vec::new(),
            path: Vec::new(),
            loops: Vec::new(),
            held: Vec::new(),
            ordinals: BTreeMap::new(),
            delay,
        }
    }

    /// Compiles the program of an endpoint.
    pub(super) fn endpoint(&mut self, id: EndpointId, block: &Block) {
        let first = self.draft.here();
        self.draft.plan.endpoints[id.index()].entry = first;
        self.block(block, true);
        self.draft.emit(Step::End);
        let name = component::endpoint_name(&self.draft.plan, id);
        self.draft
            .close(name, Owner::Endpoint(id), first, block.place);
    }

    /// Compiles a routine.
    pub(super) fn routine(&mut self, block: &Block) -> StepId {
        let first = self.draft.here();
        self.block(block, false);
        self.draft.emit(Step::Return);
        let name = self.caller.replacen(".routine.", ".", 1);
        self.draft
            .close(name, Owner::Routine(self.component), first, block.place);
        first
    }

    /// Compiles a program of the user's side.
    pub(super) fn user(&mut self, block: &Block) -> StepId {
        let first = self.draft.here();
        self.block(block, true);
        self.draft.emit(Step::End);
        self.draft
            .close(self.caller.clone(), Owner::User, first, block.place);
        first
    }

    /// The name of a draw of the present step.
    pub(super) fn site(&mut self, purpose: &str, place: Place) -> Site {
        let parts = self.parts_for(purpose);
        self.draft
            .site(&parts.iter().map(String::as_str).collect::<Vec<_>>(), place)
    }

    pub(super) fn parts_for(&self, purpose: &str) -> Vec<String> {
        let mut parts = self.owner.clone();
        parts.push(self.path.join("/"));
        parts.push(purpose.to_owned());
        parts
    }

    /// Runs something below the present step.
    pub(super) fn below<T>(
        &mut self,
        part: impl Into<String>,
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.path.push(part.into());
        let result = body(self);
        self.path.pop();
        result
    }

    /// Compiles the steps of a block; `last` when nothing of the program comes after it.
    pub(super) fn block(&mut self, block: &Block, last: bool) {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        for (position, step) in block.iter().enumerate() {
            if !self.draft.room(
                self.draft.plan.steps.len() + 1,
                MOST_STEPS,
                "steps",
                step.place,
            ) {
                return;
            }
            let last = last && position + 1 == block.len();
            if let Some(label) = &step.label {
                let outside = std::mem::replace(&mut self.path, self.base.clone());
                self.below(format!("label {}", label.value), |writer| {
                    writer.step(step, last)
                });
                self.path = outside;
            } else {
                let word = step.verb.word();
                let number = numbers.entry(word).or_insert(0);
                *number += 1;
                let part = format!("{word}-{number}");
                self.below(part, |writer| writer.step(step, last));
            }
        }
    }

    fn step(&mut self, step: &model::Step, last: bool) {
        let place = step.place;
        match &step.verb {
            Verb::Compute(compute) => self.compute(compute, place),
            Verb::Sleep(sleep) => {
                let parts = self.parts_for("sleep");
                let demand = self.time(&sleep.time, sleep.scale.as_ref(), &parts);
                self.draft.emit(Step::Sleep(demand));
            }
            Verb::Call(call) => self.call(call, step),
            Verb::Send(send) => self.send(send, step),
            Verb::Reply(reply) => self.reply(reply, place, last),
            Verb::Forward(forward) => self.forward(forward, step),
            Verb::Run(run) => self.run(run, step),
            Verb::Parallel(parallel) => self.parallel(parallel, place),
            Verb::Repeat(repeat) => self.repeat(repeat, place),
            Verb::Choose(choose) => self.choose(choose, place, last),
            Verb::When(when) => self.when(when, last),
            Verb::Hold(hold) => self.hold(hold),
            Verb::Get(get) => self.get(get, step),
            Verb::Fail(fail) => {
                let parts = self.parts_for("fail");
                let chance = value::chance(self.draft, fail.share.get(), place, &refs(&parts));
                self.draft.emit(Step::Fail(chance));
            }
            Verb::Set(set) => {
                let (first, end) = self.assigns(&set.attributes, "set");
                for row in first..end {
                    self.draft.emit(Step::Set(row));
                }
            }
            Verb::Stop(stop) => self.stop(stop, place),
        }
    }

    fn time(
        &mut self,
        law: &model::DurationLaw,
        scale: Option<&model::Scale>,
        parts: &[String],
    ) -> DemandId {
        value::time(self.draft, law, scale, &refs(parts))
    }

    fn compute(&mut self, compute: &step::Compute, place: Place) {
        let parts = self.parts_for("work");
        let demand = self.time(&compute.work, compute.scale.as_ref(), &parts);
        let step = match self.side {
            Side::External => {
                let message =
                    "an external system has no processor here: `compute` has nothing to run on";
                self.draft.complain_with(
                    codes::MISPLACED_STEP,
                    place,
                    message,
                    "say how long it takes: `sleep`",
                );
                Step::Sleep(demand)
            }
            // A user's own device: nobody queues there.
            Side::User => Step::Sleep(demand),
            _ if self.delay => Step::Work(demand),
            _ => Step::Compute(demand),
        };
        self.draft.emit(step);
    }

    fn reply(&mut self, reply: &step::Reply, place: Place, last: bool) {
        if matches!(self.side, Side::User) {
            return self.draft.complain(
                codes::MISPLACED_STEP,
                place,
                "a journey has nobody to reply to: it is the user",
            );
        }
        match &reply.size {
            Some(size) => {
                let parts = self.parts_for("reply");
                let demand = value::size(self.draft, size, &refs(&parts));
                self.draft.emit(Step::Reply(demand));
            }
            None if last => {}
            None => {
                self.draft.emit(Step::Reply(DemandId::NONE));
            }
        }
    }

    /// A call's row without modifiers, named by caller and callee (or label) and numbered among its like.
    pub(super) fn call_row(
        &mut self,
        endpoint: EndpointId,
        label: Option<&str>,
        place: Place,
    ) -> CallId {
        let callee = component::endpoint_name(&self.draft.plan, endpoint);
        let name = site(&["call", &self.caller, label.unwrap_or(&callee)]);
        let number = self.ordinals.entry(name).or_insert(0);
        let ordinal = *number;
        *number += 1;
        let pool = self.draft.plan.endpoints[endpoint.index()].pool;
        self.draft.call_places.push(place);
        self.draft.plan.calls.push(Call {
            endpoint,
            pool,
            name,
            ordinal,
            with: NOTHING,
            body: DemandId::NONE,
            key: NO_KEY,
            priority: None,
            timeout: 0,
            deadline: 0,
            propagate_deadline: false,
            retry: RetryId::NONE,
            abandon: crate::plan::Abandon::Ignore,
            on_failure: StepId::NONE,
            guarded: false,
        });
        CallId::from(self.draft.plan.calls.len() - 1)
    }

    fn run(&mut self, run: &step::Run, step: &model::Step) {
        let Side::Service(service) = self.side else {
            let message = "`run` is for the routines of a service, and this is none";
            return self
                .draft
                .complain(codes::MISPLACED_STEP, step.place, message);
        };
        if !service
            .routines
            .iter()
            .any(|(routine, _)| routine.value == run.routine.value)
        {
            return self.no_routine(service, &run.routine);
        }
        let name = site(&[
            "run",
            &self.caller,
            step.label
                .as_ref()
                .map_or(&run.routine.value, |label| &label.value),
        ]);
        let number = self.ordinals.entry(name).or_insert(0);
        let ordinal = *number;
        *number += 1;
        let row = self.draft.plan.runs.len();
        self.draft.plan.runs.push(Run {
            entry: StepId::NONE,
            name,
            ordinal,
            on_failure: StepId::NONE,
        });
        self.parts
            .runs
            .push((row, self.component, run.routine.value.clone()));
        self.draft.emit(Step::Run(RunId::from(row)));
        if let Some(target) = self.handle(&run.on_failure) {
            self.draft.plan.runs[row].on_failure = target;
        }
    }

    fn no_routine(&mut self, service: &model::Service, routine: &crate::source::At<String>) {
        let model = self.draft.model;
        let elsewhere = model.services.iter().find(|(name, other)| {
            let local = routine
                .value
                .strip_prefix(name.value.as_str())
                .and_then(|rest| rest.strip_prefix('.'));
            other.routines.iter().any(|(known, _)| {
                known.value == routine.value || Some(known.value.as_str()) == local
            })
        });
        if let Some((name, _)) = elsewhere {
            let message = format!(
                "the routine `{}` belongs to the service `{}`",
                routine.value, name.value
            );
            let hint =
                "`run` stays in one process; to use another service, `call` one of its endpoints";
            return self
                .draft
                .complain_with(codes::UNKNOWN_ROUTINE, routine.place, message, hint);
        }
        let known: Vec<&str> = service
            .routines
            .iter()
            .map(|(name, _)| name.value.as_str())
            .collect();
        self.draft
            .unknown(codes::UNKNOWN_ROUTINE, "routine", routine, known);
    }

    /// Compiles what a failure of the step just emitted does, and says where to go on: `None` for `fail`.
    pub(super) fn handle(&mut self, on_failure: &OnFailure) -> Option<StepId> {
        match on_failure {
            OnFailure::Fail => None,
            OnFailure::Continue => Some(self.draft.here()),
            OnFailure::Do(block) => {
                let jump = self.draft.emit(Step::Jump(StepId::NONE));
                let target = self.draft.here();
                self.below("on-failure", |writer| writer.block(block, false));
                self.draft.plan.steps[jump] = Step::Jump(self.draft.here());
                Some(target)
            }
        }
    }

    /// A body whose failures are handled.
    pub(super) fn tried(&mut self, on_failure: &OnFailure, body: impl FnOnce(&mut Self)) {
        if matches!(on_failure, OnFailure::Fail) {
            return body(self);
        }
        let handler = self.draft.plan.handlers.len();
        self.draft.plan.handlers.push(Handler { to: StepId::NONE });
        self.draft.emit(Step::Try(HandlerId::from(handler)));
        body(self);
        self.draft.emit(Step::Caught);
        if let Some(target) = self.handle(on_failure) {
            self.draft.plan.handlers[handler].to = target;
        }
    }

    fn parallel(&mut self, parallel: &step::Parallel, place: Place) {
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
                    writer.block(branch, false)
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

    fn repeat(&mut self, repeat: &step::Repeat, place: Place) {
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

    fn stop(&mut self, stop: &step::Stop, place: Place) {
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

    fn choose(&mut self, choose: &step::Choose, place: Place, last: bool) {
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
                writer.block(&branch.body, last)
            });
            jumps.push(self.draft.emit(Step::Jump(StepId::NONE)));
        }
        let after = self.draft.here();
        for jump in jumps {
            self.draft.plan.steps[jump] = Step::Jump(after);
        }
    }

    fn hold(&mut self, hold: &step::Hold) {
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

    /// Runs something below a path that labels do not leave.
    pub(super) fn apart<T>(&mut self, part: &str, body: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part.to_owned());
        let outside = std::mem::replace(&mut self.base, self.path.clone());
        let result = body(self);
        self.base = outside;
        self.path.pop();
        result
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
        _ => false,
    })
}

/// Borrowed parts of a name.
pub(super) fn refs(parts: &[String]) -> Vec<&str> {
    parts.iter().map(String::as_str).collect()
}
