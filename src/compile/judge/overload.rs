//! What open workloads ask for more than there is of, with nothing on its way that sheds the excess.

use super::super::demand::Demand;
use super::super::draft::Draft;
use crate::plan::{
    Capacity, Ceiling, ComponentId, ComponentKind, Delivery, Plan, Resource, StaticLoad, component,
};
use crate::source::codes;
use crate::units::format;

/// Complains of each component once, for what it has least of.
pub(super) fn overload(draft: &mut Draft<'_>, demand: &Demand) {
    let mut over: Vec<&Ceiling> = demand.load.ceilings.iter().collect();
    over.retain(|row| row.unshed > 1.0);
    over.sort_by(|one, other| {
        (one.component.cmp(&other.component)).then(other.unshed.total_cmp(&one.unshed))
    });
    over.dedup_by_key(|row| row.component);
    for row in over {
        let name = draft.names.get(row.component).name;
        let message = message(&draft.plan, &demand.load, &name.value, row);
        let hint = if let Resource::Batches(_) = row.resource {
            "more partitions or consumers, larger batches, or less waiting in what is run"
                .to_owned()
        } else {
            let part = format::percent(1.0 / row.unshed);
            format!("it keeps up to {part} of this load")
        };
        draft.complain_with(codes::OVERLOAD, name.place, message, hint);
    }
}

fn message(plan: &Plan, load: &StaticLoad, name: &str, row: &Ceiling) -> String {
    if let Resource::Batches(id) = row.resource {
        let (comes, most) = (row.comes, row.comes / row.unshed);
        let what = match plan.groups[id.index()].delivery {
            Delivery::InOrder { .. } => "each partition has one batch at a time",
            Delivery::Competing { .. } => "each consumer has so many messages at once",
        };
        return format!(
            "{} messages come to `{}`, which passes on {} at most: {what}",
            format::rate(comes),
            component::endpoint_name(plan, plan.groups[id.index()].messages),
            format::rate(most)
        );
    }
    let what = match row.resource {
        Resource::Cores => processor_words(plan, load, row.component),
        resource => format!("its {}", resource.noun(plan)),
    };
    let share = format::percent(row.unshed);
    format!("`{name}` is asked for {share} of what {what} can do: its queue grows without end")
}

/// All cores of a component; where one of several is asked for more than the others, that one.
fn processor_words(plan: &Plan, load: &StaticLoad, component: ComponentId) -> String {
    let rows = plan.processors.iter().zip(&load.processor_load);
    let own: Vec<(f64, f64)> = rows
        .filter(|(row, _)| row.component == component)
        .filter_map(|(row, load)| match row.cores {
            Capacity::Cores(cores) => Some((cores, *load)),
            Capacity::Unlimited => None,
        })
        .collect();
    let most = own.iter().map(|(_, load)| *load).fold(0.0, f64::max);
    if own.iter().any(|(_, load)| *load < most * 0.99) {
        let things = match plan.components[component.index()].kind {
            ComponentKind::Host => "machines",
            _ => "replicas",
        };
        return format!("the busiest of its {} {things}", own.len());
    }
    let total: f64 = own.iter().map(|(cores, _)| cores).sum();
    if (total - 1.0).abs() < 1e-9 {
        "its 1 core".to_owned()
    } else {
        format!("its {} cores", (total * 1e6).round() / 1e6)
    }
}
