//! Groups of consumers over the window: how far behind, how often twice, how much was lost.

use super::estimate::Sample;
use super::metric;
use super::outcome::Outcome;
use super::result::GroupResult;
use crate::measure::Tally;
use crate::plan::component::endpoint_name;
use crate::plan::{EndpointId, GroupId, Plan, Target};

/// The group whose messages an endpoint counts.
pub fn of(plan: &Plan, endpoint: EndpointId) -> Option<GroupId> {
    let mut groups = plan.groups.iter();
    let found = groups.position(|group| group.messages == endpoint)?;
    Some(GroupId::from(found))
}

/// Mean number of messages still to do.
pub fn lag(outcome: &Outcome, group: GroupId) -> Sample {
    let nanoseconds = outcome.measured.max(1) as f64;
    outcome.mean(|tally| tally.groups[group.index()].lag as f64 / nanoseconds)
}

/// Mean age of the oldest message still to do, over time \[s\]; 0 while there is none.
pub fn lag_time(outcome: &Outcome, group: GroupId) -> Sample {
    let nanoseconds = outcome.measured.max(1) as f64;
    outcome.mean(|tally| tally.groups[group.index()].age as f64 / 2e9 / nanoseconds)
}

/// All groups, in the plan's order.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<GroupResult> {
    let groups = (0..plan.groups.len()).map(GroupId::from);
    groups.map(|id| result(plan, outcome, id)).collect()
}

fn result(plan: &Plan, outcome: &Outcome, id: GroupId) -> GroupResult {
    let group = &plan.groups[id.index()];
    let target = Target::Endpoint(group.messages);
    let flow = metric::flow(plan, outcome, &target);
    let messages = group.messages.index();
    let requests = |tally: &Tally| tally.calls[group.run.index()] as f64;
    let rows = || {
        outcome
            .tallies
            .iter()
            .map(|tally| &tally.groups[id.index()])
    };
    let sum = |of: fn(&crate::measure::GroupTally) -> u64| rows().map(of).sum::<u64>();
    let sent: u64 = outcome
        .tallies
        .iter()
        .map(|tally| tally.endpoints[messages].sent)
        .sum();
    let over_sent = |count: u64| count as f64 / sent.max(1) as f64;
    let done = |tally: &Tally| tally.endpoints[messages].ok as f64;
    let redelivered = |tally: &Tally| tally.groups[id.index()].redelivered as f64;
    GroupResult {
        name: endpoint_name(plan, group.messages),
        throughput: flow.throughput().estimate(),
        lag: lag(outcome, id).estimate(),
        most_lag: rows().map(|row| row.most).max().unwrap_or(0),
        lag_time: lag_time(outcome, id).estimate(),
        oldest: rows().map(|row| row.oldest).max().unwrap_or(0) as f64 / 1e9,
        batch: outcome
            .ratio(|tally| done(tally) + redelivered(tally), requests)
            .value,
        redelivered: over_sent(sum(|row| row.redelivered)),
        duplicates: over_sent(sum(|row| row.duplicates)),
        lost: outcome
            .share(
                |tally| tally.endpoints[messages].failed.iter().sum(),
                |tally| tally.endpoints[messages].sent,
            )
            .estimate(),
    }
}
