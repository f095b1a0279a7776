//! Calls and what stands round them: attributes, sizes, time limits, retries, connections, failure handlers; and caches,
//! which are asked by a call where they have nodes.

use super::super::names::Written;
use super::super::value;
use super::steps::{Side, Writer, refs};
use crate::model::{self, OnFailure, Step as WrittenStep};
use crate::plan::{
    Abandon, Assign, AssignValue, AttributeId, AttributeKind, Backoff, CallId, ComponentId,
    Condition, ConditionId, EndpointId, Get, GetId, Hold, HoldId, Quantity, QuantityId, Retry,
    RetryId, Step, StepId, Test,
};
use crate::policy::Cause;
use crate::source::{At, Place, codes};

/// More attempts are a loop, not a retry.
const MOST_ATTEMPTS: u64 = 200;

impl Writer<'_, '_> {
    pub(super) fn call(&mut self, call: &model::step::Call, step: &WrittenStep) {
        let Some(endpoint) = self.target(&call.to) else {
            return;
        };
        let id = self.call_row(
            endpoint,
            step.label.as_ref().map(|label| label.value.as_str()),
            step.place,
        );
        let (first, end) = self.assigns(&call.with, "with");
        let body = self.body(call.body.as_ref());
        self.refuse_key(call.key.as_ref(), endpoint);
        let priority = call
            .priority
            .as_ref()
            .and_then(|priority| self.draft.priority(priority));
        let retry = call
            .retry
            .as_ref()
            .map_or(RetryId::NONE, |retry| self.retry(retry));
        for limit in call
            .timeout
            .iter()
            .chain(call.deadline.iter().map(|deadline| &deadline.after))
        {
            if limit.ns() == 0 {
                self.draft.complain(
                    codes::OUT_OF_RANGE,
                    limit.place,
                    "nothing can be done in no time: leave the limit out or give it time",
                );
            }
        }
        if let Some(timeout) = &call.timeout {
            self.draft.timeout_places.insert(id.0, timeout.place);
        }
        let row = &mut self.draft.plan.calls[id.index()];
        row.with = (first, end);
        row.body = body;
        row.priority = priority;
        row.retry = retry;
        row.timeout = call.timeout.as_ref().map_or(0, |timeout| timeout.ns());
        row.deadline = call
            .deadline
            .as_ref()
            .map_or(0, |deadline| deadline.after.ns());
        row.propagate_deadline = call
            .deadline
            .as_ref()
            .is_some_and(|deadline| deadline.propagate);
        row.abandon = match call.cancel {
            model::Cancel::Ignore => Abandon::Ignore,
            model::Cancel::AtDequeue => Abandon::AtDequeue,
            model::Cancel::Propagate => Abandon::Propagate,
        };
        row.guarded = row.timeout > 0
            || row.deadline > 0
            || row.retry.is_some()
            || row.abandon != Abandon::Ignore;
        match self.connection(endpoint) {
            Some((quantity, wait)) => self.connected(id, quantity, wait, &call.on_failure),
            None => self.emit_call(id, &call.on_failure),
        }
    }

    /// The call's step and, behind it, what a failure does.
    fn emit_call(&mut self, id: CallId, on_failure: &OnFailure) {
        self.draft.emit(Step::Call(id));
        if let Some(target) = self.handle(on_failure) {
            let row = &mut self.draft.plan.calls[id.index()];
            row.on_failure = target;
            row.guarded = true;
        }
    }

    /// A call that holds a connection from before its first attempt to its outcome.
    fn connected(&mut self, id: CallId, quantity: QuantityId, wait: u64, on_failure: &OnFailure) {
        self.tried(on_failure, |writer| {
            let hold = HoldId::from(writer.draft.plan.holds.len());
            writer.draft.plan.holds.push(Hold {
                quantity,
                units: 1,
                key: AttributeId::NONE,
                wait,
            });
            writer.draft.emit(Step::Acquire(hold));
            writer.draft.emit(Step::Call(id));
            writer.draft.emit(Step::Release);
        });
    }

    /// The one step of a mix's line that names an endpoint.
    pub(super) fn direct(&mut self, id: CallId, endpoint: EndpointId) {
        match self.connection(endpoint) {
            Some((quantity, wait)) => self.connected(id, quantity, wait, &OnFailure::Fail),
            None => self.emit_call(id, &OnFailure::Fail),
        }
    }

    /// The connections that calls from here to an endpoint need, if its database bounds them.
    fn connection(&mut self, endpoint: EndpointId) -> Option<(QuantityId, u64)> {
        let database = self.draft.plan.endpoints[endpoint.index()].component;
        let known = self.draft.names.get(database);
        let Written::Database(written) = known.written else {
            return None;
        };
        let connections = written.connections.as_ref()?;
        let wait = connections.wait.as_ref().map_or(u64::MAX, |wait| wait.ns());
        let caller = self.component;
        if let Some(quantity) = self.parts.connections.get(&(database, caller)) {
            return Some((*quantity, wait));
        }
        let (whose, instances) = if caller.is_some() {
            let component = &self.draft.plan.components[caller.index()];
            (component.name.clone(), component.replicas.max(1))
        } else {
            ("users".to_owned(), 1)
        };
        let name = format!("{} connections of {whose}", known.name.value);
        let size = u32::try_from(connections.per_caller.get()).unwrap_or(u32::MAX);
        let quantity = self.parts.quantity(
            self.draft,
            Quantity {
                name,
                component: caller,
                size,
                first: 0,
                instances,
            },
        );
        self.parts.connections.insert((database, caller), quantity);
        Some((quantity, wait))
    }

    pub(super) fn send(&mut self, send: &model::step::Send, step: &WrittenStep) {
        let Some(endpoint) = self.target(&send.to) else {
            return;
        };
        self.refuse_connections(endpoint, step.place, "send");
        let id = self.call_row(
            endpoint,
            step.label.as_ref().map(|label| label.value.as_str()),
            step.place,
        );
        let with = self.assigns(&send.with, "with");
        let body = self.body(send.body.as_ref());
        self.refuse_key(send.key.as_ref(), endpoint);
        let row = &mut self.draft.plan.calls[id.index()];
        row.with = with;
        row.body = body;
        self.draft.emit(Step::Send(id));
    }

    pub(super) fn forward(&mut self, forward: &model::step::Forward, step: &WrittenStep) {
        if matches!(self.side, Side::User) {
            let message = "a journey has no caller whose request it could pass on: it is the user";
            return self
                .draft
                .complain(codes::MISPLACED_STEP, step.place, message);
        }
        let Some(endpoint) = self.target(&forward.to) else {
            return;
        };
        self.refuse_connections(endpoint, step.place, "forward");
        let id = self.call_row(
            endpoint,
            step.label.as_ref().map(|label| label.value.as_str()),
            step.place,
        );
        let with = self.assigns(&forward.with, "with");
        self.draft.plan.calls[id.index()].with = with;
        self.draft.emit(Step::Forward(id));
    }

    fn target(&mut self, to: &At<String>) -> Option<EndpointId> {
        self.draft.names.endpoint(to, &mut self.draft.complaints)
    }

    fn refuse_connections(&mut self, endpoint: EndpointId, place: Place, verb: &str) {
        let database = self.draft.plan.endpoints[endpoint.index()].component;
        let known = self.draft.names.get(database);
        if matches!(known.written, Written::Database(written) if written.connections.is_some()) {
            let message = format!(
                "`{verb}` waits for no reply, so nobody could tell when its connection to `{}` is free again",
                known.name.value
            );
            self.draft.complain_with(
                codes::MISPLACED_STEP,
                place,
                message,
                "`call` it, or leave out its `connections`",
            );
        }
    }

    /// Keys choose shards and hashed replicas, neither of which is there yet.
    fn refuse_key(&mut self, key: Option<&At<String>>, endpoint: EndpointId) {
        let Some(key) = key else { return };
        self.draft.attribute(key);
        let name = crate::plan::component::endpoint_name(&self.draft.plan, endpoint);
        let message = format!(
            "`key` on a call is not supported yet: `{name}` has neither shards nor a balancer that looks at keys"
        );
        self.draft
            .complain(codes::NOT_SUPPORTED, key.place, message);
    }

    fn body(&mut self, body: Option<&model::SizeLaw>) -> crate::plan::DemandId {
        let Some(body) = body else {
            return crate::plan::DemandId::NONE;
        };
        let parts = self.parts_for("body");
        value::size(self.draft, body, &refs(&parts))
    }

    fn retry(&mut self, retry: &model::Retry) -> RetryId {
        let attempts = retry.attempts.get();
        if attempts > MOST_ATTEMPTS {
            let message = format!("`attempts: {attempts}` is more than {MOST_ATTEMPTS}");
            self.draft.complain_with(
                codes::OUT_OF_RANGE,
                retry.attempts.place,
                message,
                "`attempts` counts the first one, too: 3 are usual",
            );
        }
        let site = self.site("backoff", retry.attempts.place);
        let backoff = self.backoff(&retry.backoff);
        if attempts < 2 {
            return RetryId::NONE;
        }
        let causes = retry.when.iter().fold(0, |causes, cause| {
            causes | 1 << cause_of(&cause.value) as u16
        });
        let callers = if self.component.is_some() {
            self.draft.plan.components[self.component.index()]
                .replicas
                .max(1)
        } else {
            1
        };
        let budget_row = self.parts.budgets;
        self.parts.budgets = budget_row.saturating_add(callers);
        let budget = retry.budget.as_ref().map(|budget| budget.get());
        let attempts = u32::try_from(attempts.min(MOST_ATTEMPTS)).unwrap_or(u32::MAX);
        self.draft.plan.retries.push(Retry {
            attempts,
            backoff,
            causes,
            budget,
            budget_row,
            site,
        });
        RetryId::from(self.draft.plan.retries.len() - 1)
    }

    fn backoff(&mut self, backoff: &model::Backoff) -> Backoff {
        match backoff {
            model::Backoff::Law(law) if law.law == model::Law::Constant(0.0) => Backoff::None,
            model::Backoff::Law(law) => match value::plain_law(self.draft, &law.law, law.place) {
                Some(law) => Backoff::Law(law.sampler()),
                None => Backoff::None,
            },
            model::Backoff::Exponential(exponential) => Backoff::Exponential {
                base: exponential.base.ns_f64(),
                factor: exponential.factor.get(),
                most: exponential
                    .most
                    .as_ref()
                    .map_or(f64::INFINITY, |most| most.ns_f64()),
                full_jitter: exponential.jitter == model::Jitter::Full,
            },
        }
    }

    /// Rows for attributes that are given values; empty ranges are (0, 0).
    pub(super) fn assigns(
        &mut self,
        given: &[(At<String>, model::Given)],
        purpose: &str,
    ) -> (u32, u32) {
        let mut rows = Vec::with_capacity(given.len());
        for (name, value) in given {
            let Some(attribute) = self.draft.attribute(name) else {
                continue;
            };
            if let Some(value) = self.assigned(name, attribute, value, purpose) {
                rows.push(Assign { attribute, value });
            }
        }
        if rows.is_empty() {
            return (0, 0);
        }
        let first = u32::try_from(self.draft.plan.assigns.len()).unwrap_or(u32::MAX);
        self.draft.plan.assigns.append(&mut rows);
        (
            first,
            u32::try_from(self.draft.plan.assigns.len()).unwrap_or(u32::MAX),
        )
    }

    fn assigned(
        &mut self,
        name: &At<String>,
        attribute: AttributeId,
        given: &model::Given,
        purpose: &str,
    ) -> Option<AssignValue> {
        let kind = self.draft.plan.attributes[attribute.index()].kind.clone();
        let keyspace = match kind {
            AttributeKind::Key(keyspace) => Some(keyspace),
            AttributeKind::Number(_) | AttributeKind::Count(_) => None,
            AttributeKind::Priority => {
                let message = "the priority of a request is not given like other attributes";
                let hint = "say `priority:` on the call, the workload or the service";
                self.draft
                    .complain_with(codes::MISPLACED_STEP, name.place, message, hint);
                return None;
            }
            AttributeKind::User | AttributeKind::Attempt | AttributeKind::Batch => {
                let message = format!(
                    "`{}` says how the request came about: it cannot be given",
                    name.value
                );
                self.draft
                    .complain(codes::MISPLACED_STEP, name.place, message);
                return None;
            }
        };
        match given {
            model::Given::Fresh => Some(AssignValue::Fresh(
                self.site(&format!("{purpose} {}", name.value), name.place),
            )),
            model::Given::Number(number) => {
                let items =
                    keyspace.map(|keyspace| self.draft.plan.keyspaces[keyspace.index()].items);
                if let Some(items) = items
                    && !(number.fract() == 0.0 && *number >= 0.0 && *number < items as f64)
                {
                    let message = format!(
                        "`{}` is a key from 0 to {}, not {number}",
                        name.value,
                        items - 1
                    );
                    self.draft
                        .complain(codes::OUT_OF_RANGE, name.place, message);
                }
                Some(AssignValue::Value(*number))
            }
            model::Given::Name(other) => {
                let source = self.draft.attribute(other)?;
                if self.draft.keyspace_of(source) != keyspace {
                    let whose = |draft: &super::super::draft::Draft<'_>, attribute: AttributeId| {
                        match draft.keyspace_of(attribute) {
                            Some(keyspace) => format!(
                                "a key of `{}`",
                                draft.plan.keyspaces[keyspace.index()].name
                            ),
                            None => "a number".to_owned(),
                        }
                    };
                    let message = format!(
                        "`{}` is {}, but `{}` is {}",
                        name.value,
                        whose(self.draft, attribute),
                        other.value,
                        whose(self.draft, source)
                    );
                    self.draft
                        .complain(codes::FOREIGN_KEY, other.place, message);
                }
                Some(AssignValue::Of(source))
            }
        }
    }

    pub(super) fn when(&mut self, when: &model::step::When, last: bool) {
        let mut skips: Vec<ConditionId> = Vec::new();
        for (name, condition) in when.conditions.iter() {
            let Some(attribute) = self.draft.attribute(name) else {
                continue;
            };
            let tests = self.tests(name, attribute, condition);
            // Of several values one must be met: each but the last goes on to the next when it is not.
            let mut met = Vec::new();
            for (number, test) in tests.iter().enumerate() {
                let row = ConditionId::from(self.draft.plan.conditions.len());
                let likely = self.likelihood(attribute, *test);
                self.draft.plan.conditions.push(Condition {
                    attribute,
                    test: *test,
                    otherwise: StepId::NONE,
                    likely,
                });
                self.draft.emit(Step::When(row));
                if number + 1 == tests.len() {
                    skips.push(row);
                } else {
                    met.push(self.draft.emit(Step::Jump(StepId::NONE)));
                    self.draft.plan.conditions[row.index()].otherwise = self.draft.here();
                }
            }
            let here = self.draft.here();
            for jump in met {
                self.draft.plan.steps[jump] = Step::Jump(here);
            }
        }
        self.below("do", |writer| writer.block(&when.body, last));
        let jump = when
            .otherwise
            .as_ref()
            .map(|_| self.draft.emit(Step::Jump(StepId::NONE)));
        let otherwise = self.draft.here();
        if let (Some(block), Some(jump)) = (&when.otherwise, jump) {
            self.below("else", |writer| writer.block(block, last));
            self.draft.plan.steps[jump] = Step::Jump(self.draft.here());
        }
        for row in skips {
            self.draft.plan.conditions[row.index()].otherwise = otherwise;
        }
    }

    fn tests(
        &mut self,
        name: &At<String>,
        attribute: AttributeId,
        condition: &model::step::Condition,
    ) -> Vec<Test> {
        let priority = matches!(
            self.draft.plan.attributes[attribute.index()].kind,
            AttributeKind::Priority
        );
        if let Some(bound) = condition
            .under
            .as_ref()
            .or(condition.over.as_ref())
            .filter(|_| priority)
        {
            self.draft.complain_with(
                codes::OUT_OF_RANGE,
                bound.place,
                "priorities have names, not numbers",
                "`is: NAME` or `in: [NAME, …]`",
            );
        }
        let literals: Vec<&At<model::Literal>> = condition
            .is
            .iter()
            .chain(condition.any_of.iter().flatten())
            .collect();
        let mut tests: Vec<Test> = literals
            .into_iter()
            .filter_map(|literal| self.literal(name, priority, literal))
            .map(Test::Is)
            .collect();
        tests.extend(
            condition
                .under
                .as_ref()
                .map(|bound| Test::Under(bound.value)),
        );
        tests.extend(condition.over.as_ref().map(|bound| Test::Over(bound.value)));
        if tests.is_empty() && condition.any_of.as_ref().is_some_and(Vec::is_empty) {
            self.draft.complain(
                codes::OUT_OF_RANGE,
                name.place,
                "`in: []` names no value: the block could never run",
            );
        }
        tests
    }

    fn literal(
        &mut self,
        name: &At<String>,
        priority: bool,
        literal: &At<model::Literal>,
    ) -> Option<f64> {
        match (&literal.value, priority) {
            (model::Literal::Number(number), false) => Some(*number),
            (model::Literal::Word(word), true) => self
                .draft
                .priority(&At::new(word.clone(), literal.place))
                .map(f64::from),
            (model::Literal::Word(word), false) => {
                let message = format!("`{}` is a number; `{word}` is none", name.value);
                self.draft
                    .complain(codes::WRONG_DIMENSION, literal.place, message);
                None
            }
            (model::Literal::Number(number), true) => {
                let message = format!("priorities have names, not numbers like {number}");
                self.draft
                    .complain(codes::WRONG_DIMENSION, literal.place, message);
                None
            }
        }
    }

    /// How probable a test is, where that is easy to tell; one half otherwise.
    fn likelihood(&self, attribute: AttributeId, test: Test) -> f64 {
        let model = self.draft.model;
        let row = &self.draft.plan.attributes[attribute.index()];
        let holds = |value: f64| match test {
            Test::Is(wanted) => value == wanted,
            Test::Under(bound) => value < bound,
            Test::Over(bound) => value > bound,
            Test::In(from, to) => value >= from && value <= to,
        };
        if matches!(row.kind, AttributeKind::Attempt) {
            return f64::from(u8::from(holds(0.0)));
        }
        let written = model
            .attributes
            .iter()
            .find(|(name, _)| name.value == row.name)
            .map(|(_, attribute)| attribute);
        let Some(model::Attribute::Count(count)) = written else {
            return 0.5;
        };
        match &count.law {
            model::Count::Constant(value) => f64::from(u8::from(holds(*value as f64))),
            model::Count::Weighted(parts) => {
                let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
                parts
                    .iter()
                    .filter(|(value, _)| holds(*value as f64))
                    .map(|(_, weight)| weight)
                    .sum::<f64>()
                    / total
            }
            model::Count::Uniform { from, to } if to - from < 10_000 => {
                (*from..=*to).filter(|value| holds(*value as f64)).count() as f64
                    / (to - from + 1) as f64
            }
            _ => 0.5,
        }
    }

    pub(super) fn get(&mut self, get: &model::step::Get, step: &WrittenStep) {
        let Some(position) = self.draft.names.component(
            &get.cache,
            crate::plan::ComponentKind::Cache,
            &mut self.draft.complaints,
        ) else {
            return;
        };
        let Some(reach) = self.parts.caches.get(&position).copied() else {
            return;
        };
        let Some(key) = self.cache_key(get, reach.cache) else {
            return;
        };
        match reach.per {
            Some(service) => self.get_here(get, step, service, reach.cache, key),
            None if reach.get == EndpointId::NONE => {}
            None => self.get_there(get, step, reach, key),
        }
    }

    /// The attribute that names the object: the one said, else the data set's own key.
    fn cache_key(
        &mut self,
        get: &model::step::Get,
        cache: crate::plan::CacheId,
    ) -> Option<AttributeId> {
        let keyspace = self.draft.plan.caches[cache.index()].keyspace;
        if !keyspace.is_some() {
            return None;
        }
        let own = &self.draft.plan.keyspaces[keyspace.index()];
        let Some(key) = &get.key else {
            return Some(own.attribute);
        };
        let name = own.name.clone();
        let attribute = self.draft.attribute(key)?;
        if self.draft.keyspace_of(attribute) != Some(keyspace) {
            let message = format!(
                "the cache `{}` holds `{name}`, but `{}` is no key of that",
                get.cache.value, key.value
            );
            let hint = format!(
                "leave `key` out, or declare `attributes: {{ {}: {{ key: {name} }} }}`",
                key.value
            );
            self.draft
                .complain_with(codes::FOREIGN_KEY, key.place, message, hint);
        }
        Some(attribute)
    }

    /// A cache inside this replica.
    fn get_here(
        &mut self,
        get: &model::step::Get,
        step: &WrittenStep,
        service: usize,
        cache: crate::plan::CacheId,
        key: AttributeId,
    ) {
        if ComponentId::from(service) != self.component {
            let owner = self.draft.names.known[service].name.value.clone();
            let message = format!(
                "the cache `{}` lives inside the replicas of `{owner}`: nobody else can reach it",
                get.cache.value
            );
            let hint = format!(
                "call `{owner}`, or give the cache servers of its own: `nodes:` instead of `per:`"
            );
            return self
                .draft
                .complain_with(codes::OUT_OF_REACH, step.place, message, hint);
        }
        let useless = get
            .timeout
            .as_ref()
            .map(|timeout| timeout.place)
            .or_else(|| get.on_failure.as_ref().map(|_| step.place));
        if let Some(place) = useless {
            let message = format!(
                "`{}` is in the same process: it answers at once and cannot fail",
                get.cache.value
            );
            self.draft.complain_with(
                codes::CONTRADICTION,
                place,
                message,
                "leave out `timeout` and `on-failure`",
            );
        }
        let row = GetId::from(self.draft.plan.gets.len());
        self.draft.plan.gets.push(Get {
            cache,
            key,
            store: CallId::NONE,
        });
        self.draft.emit(Step::Probe(row));
        let hit = self.draft.emit(Step::OnHit(StepId::NONE));
        self.below("miss", |writer| writer.block(&get.miss, false));
        self.draft.emit(Step::Fill(row));
        self.draft.plan.steps[hit] = Step::OnHit(self.draft.here());
    }

    /// A cache on nodes of its own: a call, a miss that stores by a message, and what happens when nobody answers.
    fn get_there(
        &mut self,
        get: &model::step::Get,
        step: &WrittenStep,
        reach: super::cache::Reach,
        key: AttributeId,
    ) {
        let label = step.label.as_ref().map(|label| label.value.clone());
        let ask = self.call_row(reach.get, label.as_deref(), step.place);
        let store = self.call_row(
            reach.store,
            label.map(|label| format!("{label} store")).as_deref(),
            step.place,
        );
        self.draft.plan.calls[store.index()].key = key;
        if let Some(timeout) = &get.timeout {
            if timeout.ns() == 0 {
                self.draft.complain(
                    codes::OUT_OF_RANGE,
                    timeout.place,
                    "nothing can be done in no time: leave the limit out or give it time",
                );
            }
            self.draft.timeout_places.insert(ask.0, timeout.place);
        }
        let row = &mut self.draft.plan.calls[ask.index()];
        row.key = key;
        row.timeout = get.timeout.as_ref().map_or(0, |timeout| timeout.ns());
        row.guarded = row.timeout > 0 || !matches!(get.on_failure, Some(OnFailure::Fail));
        let lookup = GetId::from(self.draft.plan.gets.len());
        self.draft.plan.gets.push(Get {
            cache: reach.cache,
            key,
            store,
        });
        self.draft.emit(Step::Call(ask));
        let hit = self.draft.emit(Step::OnHit(StepId::NONE));
        self.below("miss", |writer| writer.block(&get.miss, false));
        self.draft.emit(Step::Fill(lookup));
        let failed = match &get.on_failure {
            Some(on_failure) => self.handle(on_failure),
            None => {
                let jump = self.draft.emit(Step::Jump(StepId::NONE));
                let target = self.draft.here();
                self.apart("uncached", |writer| writer.block(&get.miss, false));
                self.draft.plan.steps[jump] = Step::Jump(self.draft.here());
                Some(target)
            }
        };
        self.draft.plan.calls[ask.index()].on_failure = failed.unwrap_or(StepId::NONE);
        self.draft.plan.steps[hit] = Step::OnHit(self.draft.here());
    }
}

fn cause_of(cause: &model::Cause) -> Cause {
    match cause {
        model::Cause::Refused => Cause::Refused,
        model::Cause::Abandoned => Cause::Abandoned,
        model::Cause::Timeout => Cause::Timeout,
        model::Cause::Error => Cause::Error,
        model::Cause::Unreachable => Cause::Unreachable,
        model::Cause::NoConnection => Cause::NoConnection,
        model::Cause::Limited => Cause::Limited,
    }
}
