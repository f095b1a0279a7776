//! Steps: a block of the model becomes a run of steps of the plan, with jumps where blocks nest.
//!
//! Draws are named by component, endpoint, the path of the step (its label, or verb and number among its like in the
//! block) and purpose, so that they survive whatever changes elsewhere.

use super::super::draft::{Draft, MOST_STEPS, Owner};
use super::super::value;
use super::Parts;
use super::programs::{NO_KEY, NOTHING};
use crate::chance::key::{Site, site};
use crate::model::{self, Block, OnFailure, Verb, step};
use crate::plan::{
    Call, CallId, ComponentId, DemandId, EndpointId, Handler, HandlerId, QuantityId, RetryId, Run,
    RunId, Step, StepId, component,
};
use crate::source::{Place, codes};
use std::collections::BTreeMap;

/// Where a program runs.
#[derive(Clone, Copy)]
pub(super) enum Side<'m> {
    User,
    Service(&'m model::Service),
    Function,
    External,
    Database,
    Cache,
    Broker,
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
    pub(super) loops: Vec<bool>,
    /// The pools whose units are held at the present step.
    pub(super) held: Vec<QuantityId>,
    /// Calls so far by name.
    pub(super) ordinals: BTreeMap<Site, u32>,
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
                    writer.step(step, last);
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
            Verb::Put(put) => {
                self.tell(
                    &put.cache,
                    put.key.as_ref(),
                    step,
                    |reach| reach.store,
                    Step::Put,
                );
            }
            Verb::Invalidate(it) => {
                self.tell(
                    &it.cache,
                    it.key.as_ref(),
                    step,
                    |reach| reach.drop,
                    Step::Drop,
                );
            }
            Verb::Publish(publish) => self.publish(publish, step),
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
        let mut with = NOTHING;
        self.ask_as_query_says(endpoint, &mut with);
        self.draft.call_places.push(place);
        self.draft.plan.calls.push(Call {
            endpoint,
            pool,
            name,
            ordinal,
            with,
            body: DemandId::NONE,
            key: NO_KEY,
            shard: crate::plan::Shard::OfKey,
            priority: None,
            timeout: 0,
            deadline: 0,
            propagate_deadline: false,
            retry: RetryId::NONE,
            abandon: crate::plan::Abandon::Ignore,
            on_failure: StepId::NONE,
            hedge: None,
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

/// Borrowed parts of a name.
pub(super) fn refs(parts: &[String]) -> Vec<&str> {
    parts.iter().map(String::as_str).collect()
}
