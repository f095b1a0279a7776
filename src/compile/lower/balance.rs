//! Weights of the groups of a service, and balancers that do not fit what they are to balance.

use super::super::draft::Draft;
use crate::model::{self, Limit};
use crate::plan::{ComponentId, CpuDiscipline, Deal};
use crate::source::{At, Diagnostic, codes};

/// The weight of a group: as the balancer says, else as the group itself does, else 1.
pub(super) fn weight(service: &model::Service, name: &At<String>, group: &model::Group) -> f64 {
    let mut given = service.balance.weights.iter();
    let told = given.find(|(known, _)| known.value == name.value);
    let told = told.map(|(_, weight)| weight.get());
    let own = || group.weight.as_ref().map(|weight| weight.get());
    told.or_else(own).unwrap_or(1.0)
}

/// Weights of groups that there are not, and groups without a weight where others are given one.
fn judge_names(draft: &mut Draft<'_>, service: &model::Service) {
    let weights = &service.balance.weights;
    let Some((first, _)) = weights.first() else {
        return;
    };
    let Some(groups) = &service.groups else {
        let message = format!(
            "there is no group `{}`: the service has no `groups`",
            first.value
        );
        let hint = "say `groups: { large: { replicas: 2 }, small: { replicas: 2 } }`";
        return draft.complain_with(codes::UNKNOWN_GROUP, first.place, message, hint);
    };
    for (name, _) in weights {
        if groups.get(&name.value).is_none() {
            let known = groups.iter().map(|(name, _)| name.value.as_str());
            draft.unknown(codes::UNKNOWN_GROUP, "group", name, known);
        }
    }
    for (name, _) in groups {
        if weights.iter().all(|(known, _)| known.value != name.value) {
            let word = service.balance.rule.word();
            let message = format!(
                "`balance: {word}` has no weight for the group `{}`",
                name.value
            );
            draft.complain(codes::CONTRADICTION, first.place, message);
        }
    }
}

/// Weights by group on something that has no groups.
pub(super) fn judge_ungrouped(draft: &mut Draft<'_>, what: &str, balance: &model::Balance) {
    if let Some((first, _)) = balance.weights.first() {
        let message = format!("there is no group `{}`: {what} has no groups", first.value);
        draft.complain(codes::UNKNOWN_GROUP, first.place, message);
    }
}

/// Weights that nobody looks at, a balancer that looks at weights without there being some, and one that looks at work that it cannot see.
pub(super) fn judge(draft: &mut Draft<'_>, component: ComponentId, service: &model::Service) {
    let by_weight = service.balance.rule.deal() == Deal::ByWeight;
    let word = service.balance.rule.word();
    let given = service.balance.weights.as_slice();
    judge_names(draft, service);
    let mut groups = service.groups.iter().flat_map(|groups| groups.iter());
    let weight = groups.find_map(|(_, group)| group.weight.as_ref());
    match weight {
        Some(weight) if !service.balance.weighs_groups() => {
            let message = format!("`balance: {word}` does not look at the `weight` of a group");
            let hint =
                "say `balance: weighted` or `balance: smooth-weighted`, or leave the weights out";
            draft.complain_with(codes::CONTRADICTION, weight.place, message, hint);
        }
        None if by_weight && given.is_empty() => {
            let message = format!("`balance: {word}` needs weights: no group has one");
            let hint = "say `groups: { large: { replicas: 2, weight: 3 }, small: { replicas: 2, weight: 1 } }`";
            draft.complain_with(codes::CONTRADICTION, service.balance.place, message, hint);
        }
        Some(weight) if !given.is_empty() => {
            let message = format!("weights stand in `balance: {word}` already");
            let complaint = Diagnostic::new(codes::CONTRADICTION, message).at(weight.place);
            let complaint = complaint.label(given[0].0.place, "given here");
            draft
                .complaints
                .push(complaint.hint("say them in one of the two places"));
        }
        _ => {}
    }
    let unequal = |station: crate::plan::StationId| {
        let processor = draft.plan.stations[station.index()].processor;
        let processor = &draft.plan.processors[processor.index()];
        matches!(
            processor.discipline,
            CpuDiscipline::Slowed(_)
                | CpuDiscipline::LeastAttained
                | CpuDiscipline::Weighted { .. }
                | CpuDiscipline::Fair { .. }
        )
    };
    let mut stations = draft.plan.components[component.index()].stations();
    if service.balance.rule.weighs_work() && stations.any(unequal) {
        let message = format!(
            "`balance: {word}` cannot see the work of a processor that is shared unequally or slowed by load"
        );
        draft.complain(codes::NOT_SUPPORTED, service.balance.place, message);
    }
    if service.balance.rule.weighs_work() && service.station.concurrency.value != Limit::Unlimited {
        let message = format!(
            "`balance: {word}` sees the work at processors, but with a bounded `concurrency` work waits for slots instead"
        );
        draft.complain(codes::CONTRADICTION, service.balance.place, message);
    }
}
