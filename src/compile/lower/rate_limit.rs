//! Rate limits: a bucket for each replica, for a whole service, or for each replica that calls.
//!
//! What is not modelled of them stands in [`crate::policy::bucket`].

use super::super::draft::Draft;
use crate::model;
use crate::plan::{CallId, ComponentId, Limited, RateLimit};
use crate::source::{At, codes};

/// One bucket before an external system.
pub(super) fn of_external(
    draft: &mut Draft<'_>,
    component: ComponentId,
    limit: Option<&model::RateLimit>,
) {
    if let Some(model::RateLimit::TokenBucket(bucket)) = limit {
        push(draft, Limited::Component(component), bucket, 1);
    }
}

/// Buckets before the replicas of a service, all of which are there.
pub(super) fn of_service(
    draft: &mut Draft<'_>,
    component: ComponentId,
    name: &At<String>,
    service: &model::Service,
) {
    let Some(model::ServiceLimit::TokenBucket(bucket)) = &service.rate_limit else {
        return;
    };
    let buckets = match bucket.per.value {
        model::Per::Service => 1,
        model::Per::Replica if service.balance.rule.is_shared_queue() => {
            let message = format!(
                "the requests for `{}` wait at its balancer and have come to no replica yet: a limit of each replica could not be told",
                name.value
            );
            let hint = "say `per: service`: one bucket for all";
            return draft.complain_with(codes::CONTRADICTION, bucket.per.place, message, hint);
        }
        model::Per::Replica => draft.plan.components[component.index()].replicas,
    };
    push(
        draft,
        Limited::Component(component),
        &bucket.bucket,
        buckets,
    );
}

/// Buckets before a call, one for each replica that calls; users have one for all.
pub(super) fn of_call(
    draft: &mut Draft<'_>,
    call: CallId,
    caller: ComponentId,
    limit: Option<&model::RateLimit>,
) {
    let Some(model::RateLimit::TokenBucket(bucket)) = limit else {
        return;
    };
    let callers = draft.plan.components.get(caller.index());
    let buckets = callers.map_or(1, |row| row.replicas);
    push(draft, Limited::Call(call), bucket, buckets);
}

fn push(draft: &mut Draft<'_>, before: Limited, bucket: &model::TokenBucket, buckets: u32) {
    let rows = &mut draft.plan.guards.limits;
    let first = (rows.last()).map_or(0, |last| last.first.saturating_add(last.buckets));
    rows.push(RateLimit {
        burst: u32::try_from(bucket.burst.get()).unwrap_or(u32::MAX),
        rate: bucket.rate.per_second(),
        before,
        first,
        buckets: buckets.max(1),
    });
}
