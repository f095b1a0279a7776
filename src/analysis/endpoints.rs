//! Requests as users see them, and calls as the calling programs see them.

use super::flow::Flow;
use super::metric;
use super::outcome::Outcome;
use super::result::{EndpointResult, FailureShare, Latency, Role};
use crate::measure::Outcomes;
use crate::plan::{EndpointId, EntryId, Plan, Target, component};
use crate::policy::Cause;

/// One row per workload as a whole (where its mix has several lines), one per line, then one per endpoint that is shown.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<EndpointResult> {
    let mut rows = Vec::new();
    for (id, workload) in plan.workloads.iter().enumerate() {
        if workload.entries.len() > 1 {
            let flow = metric::flow(plan, outcome, &Target::Workload(id.into()));
            rows.push(result(
                &flow,
                workload.name.clone(),
                Role::Request,
                Some(&workload.name),
            ));
        }
        for &entry in &workload.entries {
            let flow = metric::flow(plan, outcome, &Target::Entries(vec![entry]));
            rows.push(result(
                &flow,
                entry_name(plan, entry),
                Role::Request,
                Some(&workload.name),
            ));
        }
    }
    for (id, endpoint) in plan
        .endpoints
        .iter()
        .enumerate()
        .filter(|(_, endpoint)| endpoint.shown)
    {
        let flow = Flow::new(outcome, |tally| {
            vec![&tally.endpoints[id]] as Vec<&Outcomes>
        });
        let name = component::endpoint_name(plan, EndpointId::from(id));
        debug_assert!(!endpoint.name.is_empty());
        let mut row = result(&flow, name, Role::Call, None);
        row.wait = Some(
            outcome
                .ratio(
                    |tally| tally.waits[id].sum as f64 / 1e9,
                    |tally| tally.waits[id].count as f64,
                )
                .estimate(),
        );
        rows.push(row);
    }
    rows
}

/// `workload: journey`.
pub fn entry_name(plan: &Plan, id: EntryId) -> String {
    let entry = &plan.entries[id.index()];
    format!(
        "{}: {}",
        plan.workloads[entry.workload.index()].name,
        entry.name
    )
}

fn result(flow: &Flow, name: String, role: Role, workload: Option<&String>) -> EndpointResult {
    let failure = |cause: &Cause| {
        let (count, share) = flow.failures(*cause as usize);
        (count > 0).then(|| FailureShare {
            cause: cause.name().to_owned(),
            share: share.estimate(),
        })
    };
    EndpointResult {
        name,
        role,
        workload: workload.cloned(),
        sent: flow.sent(),
        rate: flow.rate().estimate(),
        throughput: flow.throughput().estimate(),
        success: flow.success().estimate(),
        failures: Cause::ALL.iter().filter_map(failure).collect(),
        unfinished: flow.unfinished(),
        late: flow.late(),
        latency: Latency {
            mean: flow.mean().estimate(),
            sd: flow.deviation().estimate(),
            p50: flow.percentile_estimate(0.5),
            p75: flow.percentile_estimate(0.75),
            p90: flow.percentile_estimate(0.9),
            p95: flow.percentile_estimate(0.95),
            p99: flow.percentile_estimate(0.99),
            p999: flow.percentile_estimate(0.999),
            max: flow.largest(),
        },
        wait: None,
    }
}
