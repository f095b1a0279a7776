//! Calls and what stands round them: attributes, sizes, time limits, retries, connections, failure handlers.

use super::super::names::Written;
use super::super::{law, value};
use super::rate_limit;
use super::steps::{Side, Writer, refs};
use crate::model::{self, OnFailure, Step as WrittenStep};
use crate::plan::{
    Abandon, After, AttributeId, Backoff, CallId, Candidates, EndpointId, Hedge, Hold, HoldId,
    Quantity, QuantityId, Retry, RetryId, Sight, Step,
};
use crate::policy::Cause;
use crate::source::{At, Place, codes};
use std::num::NonZeroU64;

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
        self.through(id, &call.to);
        let mut with = self.assigns(&call.with, "with");
        let body = self.body(call.body.as_ref());
        let key = self.key(call.key.as_ref(), endpoint, &mut with);
        let priority = call
            .priority
            .as_ref()
            .and_then(|priority| self.draft.priority(priority));
        let retry = call
            .retry
            .as_ref()
            .map_or(RetryId::NONE, |retry| self.retry(retry, endpoint));
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
        let limit = call.rate_limit.as_ref();
        rate_limit::of_call(self.draft, id, self.component, limit);
        let hedge = call
            .hedge
            .as_ref()
            .map(|hedge| self.hedge(hedge, endpoint, id));
        let row = &mut self.draft.plan.calls[id.index()];
        row.with = with;
        row.hedge = hedge;
        row.key = key;
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
            || limit.is_some()
            || row.hedge.is_some()
            || row.abandon != Abandon::Ignore;
        self.connected(id, endpoint);
        self.emit_call(id, &call.on_failure);
    }

    /// The call's step and, behind it, what a failure does.
    pub(super) fn emit_call(&mut self, id: CallId, on_failure: &OnFailure) {
        self.draft.emit(Step::Call(id));
        if let Some(target) = self.handle(on_failure) {
            let row = &mut self.draft.plan.calls[id.index()];
            row.on_failure = target;
            row.guarded = true;
        }
    }

    /// Each attempt of a call to a database that bounds them holds a connection.
    fn connected(&mut self, id: CallId, endpoint: EndpointId) {
        let Some((quantity, wait)) = self.connection(endpoint) else {
            return;
        };
        let plan = &mut self.draft.plan;
        let hold = HoldId::from(plan.holds.len());
        plan.holds.push(Hold {
            quantity,
            units: 1,
            key: AttributeId::NONE,
            wait,
        });
        plan.guards.connections.push((id, hold));
        plan.calls[id.index()].guarded = true;
    }

    /// The one step of a mix's line that names an endpoint.
    pub(super) fn direct(&mut self, id: CallId, endpoint: EndpointId) {
        self.connected(id, endpoint);
        self.emit_call(id, &OnFailure::Fail);
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
        self.through(id, &send.to);
        let mut with = self.assigns(&send.with, "with");
        let body = self.body(send.body.as_ref());
        let key = self.key(send.key.as_ref(), endpoint, &mut with);
        let row = &mut self.draft.plan.calls[id.index()];
        row.with = with;
        row.key = key;
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
        self.through(id, &forward.to);
        let mut with = self.assigns(&forward.with, "with");
        self.ask_as_query_says(endpoint, &mut with);
        self.draft.plan.calls[id.index()].with = with;
        self.draft.emit(Step::Forward(id));
    }

    fn target(&mut self, to: &At<String>) -> Option<EndpointId> {
        self.draft.names.endpoint(to, &mut self.draft.complaints)
    }

    /// A call that names a route goes where that sends it.
    pub(super) fn through(&mut self, id: CallId, to: &At<String>) {
        let name = to.value.split('.').next().unwrap_or_default();
        let position = self
            .draft
            .names
            .position(name)
            .map(crate::plan::ComponentId::from);
        if let Some(pool) = position.and_then(|at| self.parts.routes.get(&at)) {
            self.draft.plan.calls[id.index()].pool = *pool;
        }
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

    /// The attribute whose object chooses the replica, where it is not the one that the balancer names.
    fn key(
        &mut self,
        key: Option<&At<String>>,
        endpoint: EndpointId,
        with: &mut (u32, u32),
    ) -> AttributeId {
        let Some(key) = key else {
            self.ask_as_query_says(endpoint, with);
            return AttributeId::NONE;
        };
        if let Some(of) = self.asked_for(endpoint) {
            self.ask_for(key, of, endpoint, with);
            return AttributeId::NONE;
        }
        let attribute = self.draft.attribute(key).unwrap_or(AttributeId::NONE);
        let pool = self.draft.plan.endpoints[endpoint.index()].pool;
        let keyed = |pool: &crate::plan::Pool| pool.key.is_some();
        if self.draft.plan.pools.get(pool.index()).is_some_and(keyed) {
            return attribute;
        }
        let name = crate::plan::component::endpoint_name(&self.draft.plan, endpoint);
        let message = format!(
            "`key` on a call says whose object chooses the replica, but `{name}` has no balancer that looks at objects"
        );
        let hint = "leave it out, or say `balance: { consistent-hash: { key: … } }` there";
        self.draft
            .complain_with(codes::MISPLACED_STEP, key.place, message, hint);
        AttributeId::NONE
    }

    fn hedge(&mut self, hedge: &model::Hedge, endpoint: EndpointId, id: CallId) -> Hedge {
        let plan = &self.draft.plan;
        let pool = plan.calls[id.index()].pool;
        // A route sends all copies to one region, unless it draws one anew for each.
        let confined = plan.guards.steering_of(pool).is_some_and(|row| {
            row.sight != Sight::AtOnce && (row.weights.is_empty() || row.ttl > 0)
        });
        let most = plan.pools.get(pool.index()).map_or(0, |pool| {
            let reach = |row: &Candidates| {
                let tiers = row.ranges().map(|range| range.len());
                if confined {
                    tiers.max().unwrap_or(0)
                } else {
                    row.stations.len()
                }
            };
            pool.candidates.iter().map(reach).max().unwrap_or(0)
        });
        let extra = hedge.extra.get();
        if extra >= most as u64 {
            let name = crate::plan::component::endpoint_name(&self.draft.plan, endpoint);
            let message = format!(
                "copies go to different replicas: {extra} beside the first are too many for the {most} of `{name}`"
            );
            self.draft
                .complain(codes::OUT_OF_RANGE, hedge.extra.place, message);
        }
        let after = self.after(&hedge.after);
        Hedge {
            after,
            extra: u32::try_from(extra).unwrap_or(u32::MAX),
            cancel_losers: matches!(hedge.cancel, model::Losers::Losers),
        }
    }

    /// When the next copy is sent; those that wait for a percentile are numbered.
    fn after(&mut self, after: &model::After) -> After {
        match after {
            model::After::Percentile(share) => {
                let hedges = self.draft.plan.calls.iter().filter_map(|call| call.hedge);
                let observed = hedges.filter(|row| matches!(row.after, After::Observed { .. }));
                After::Observed {
                    share: *share,
                    row: observed.count() as u32,
                }
            }
            model::After::Law(law) => {
                if let model::Law::Constant(time) = law.law {
                    return After::Fixed((time + 0.5) as u64);
                }
                let parts = self.parts_for("hedge");
                After::Drawn(value::own_time(self.draft, law, &refs(&parts)))
            }
        }
    }

    fn body(&mut self, body: Option<&model::SizeLaw>) -> crate::plan::DemandId {
        let Some(body) = body else {
            return crate::plan::DemandId::NONE;
        };
        let parts = self.parts_for("body");
        value::size(self.draft, body, &refs(&parts))
    }

    fn retry(&mut self, retry: &model::Retry, target: EndpointId) -> RetryId {
        let attempts = self.attempts(&retry.attempts);
        let site = self.site("backoff", retry.attempts.place);
        let backoff = self.backoff(&retry.backoff);
        if attempts == u32::MAX && !takes_time(&retry.backoff) {
            self.draft.complain_with(
                codes::TIMELESS_LOOP,
                retry.attempts.place,
                "attempts without end and without a wait between them could all happen at one instant",
                "give them a `backoff` that takes time and does not shrink: `backoff: { exponential: 1s }`",
            );
        }
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
        let next = self.parts.budgets;
        let pair = (self.component, target);
        let budget_row = *self.parts.budget_rows.entry(pair).or_insert(next);
        if budget_row == next {
            self.parts.budgets = next.saturating_add(callers);
        }
        let budget = retry.budget.as_ref().map(|budget| budget.get());
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

    /// How many attempts; `u32::MAX` = unlimited.
    fn attempts(&mut self, written: &At<model::Limit<NonZeroU64>>) -> u32 {
        let model::Limit::Of(attempts) = written.value else {
            return u32::MAX;
        };
        if attempts.get() > MOST_ATTEMPTS {
            let message = format!("`attempts: {attempts}` is more than {MOST_ATTEMPTS}");
            self.draft.complain_with(
                codes::OUT_OF_RANGE,
                written.place,
                message,
                "`attempts` counts the first one, too: 3 are usual; or say `unlimited`",
            );
        }
        u32::try_from(attempts.get().min(MOST_ATTEMPTS)).unwrap_or(u32::MAX)
    }

    fn backoff(&mut self, backoff: &model::Backoff) -> Backoff {
        match backoff {
            model::Backoff::Law(law) if law.law == model::Law::Constant(0.0) => Backoff::None,
            model::Backoff::Law(law) => match law::plain_law(self.draft, &law.law, law.place) {
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
                fixed: match exponential.jitter {
                    model::Jitter::None => 1.0,
                    model::Jitter::Full => 0.0,
                    model::Jitter::Equal => 0.5,
                },
            },
        }
    }
}

/// Whether attempts, however many, are spread over time.
fn takes_time(backoff: &model::Backoff) -> bool {
    match backoff {
        model::Backoff::Law(law) => law::known_mean(&law.law).is_some_and(|mean| mean >= 1.0),
        model::Backoff::Exponential(exponential) => {
            let most = exponential.most.as_ref().is_none_or(|most| most.ns() > 0);
            exponential.base.ns() > 0 && exponential.factor.get() >= 1.0 && most
        }
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
