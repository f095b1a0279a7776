//! What open workloads ask for more than there is of, with nothing on its way that sheds the excess.

use super::super::demand::Demand;
use super::super::draft::Draft;
use crate::plan::{Capacity, Ceiling, Plan, Resource};
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
        let message = message(&draft.plan, &name.value, row);
        let hint = format!(
            "it keeps up to {} of this load",
            format::percent(1.0 / row.unshed)
        );
        draft.complain_with(codes::OVERLOAD, name.place, message, hint);
    }
}

fn message(plan: &Plan, name: &str, row: &Ceiling) -> String {
    let share = format::percent(row.unshed);
    let (component, what) = (row.component.index(), row.resource.noun(plan));
    match row.resource {
        Resource::Cores => {
            let what = processor_words(plan, component);
            format!(
                "`{name}` is asked for {share} of what its {what} can do: its queue grows without end"
            )
        }
        Resource::Slots => {
            format!(
                "`{name}` is asked for {share} of what its {what} can do: its queue grows without end"
            )
        }
        Resource::Units(_) | Resource::Tokens(_) | Resource::Account(_) => {
            format!(
                "`{name}` is asked for {share} of what its {what} can do: those who wait for it become more without end"
            )
        }
        Resource::Batches(_) => {
            let (comes, most) = (
                format::rate(row.comes),
                format::rate(row.comes / row.unshed),
            );
            format!("{comes} messages come to `{name}`, which passes on {most} at most")
        }
    }
}

fn processor_words(plan: &Plan, position: usize) -> String {
    let own: Vec<f64> = plan
        .processors
        .iter()
        .filter(|row| row.component.index() == position)
        .filter_map(|row| match row.cores {
            Capacity::Cores(cores) => Some(cores),
            Capacity::Unlimited => None,
        })
        .collect();
    let total: f64 = own.iter().sum();
    if (total - 1.0).abs() < 1e-9 {
        "1 core".to_owned()
    } else {
        format!("{} cores", (total * 1e6).round() / 1e6)
    }
}
