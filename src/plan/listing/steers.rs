//! Who is sent where first, in words.

use super::super::component::component_name;
use super::super::{Busy, ComponentId, Plan, Sight, Spill, Steering};
use crate::units::format;
use std::fmt::Write as _;

/// What a route does, or what callers of a service prefer; and which places go with all that stands there.
pub(super) fn steers(plan: &Plan, id: ComponentId) -> Option<String> {
    let mut rows = plan.guards.steering.iter();
    let steering = rows.find(|row| row.component == id)?;
    let to = plan.pools[steering.pool.index()].component;
    let names: Vec<&str> = steering
        .areas
        .iter()
        .map(|area| area.name.as_str())
        .collect();
    let mut words = match (to == id, steering.weights.is_empty()) {
        (true, _) => format!("callers go to the nearest of {}", names.join(", ")),
        (false, true) => format!("to {} in {}", component_name(plan, to), names.join(", ")),
        (false, false) => format!(
            "to {} in {}",
            component_name(plan, to),
            weights(steering, &names)
        ),
    };
    if let Some(spill) = &steering.spill {
        words += &spilled(spill);
    }
    if let Sight::Checks { every, fails } = steering.sight {
        let every = format::duration(every as f64);
        let _ = write!(words, ", down after {fails} looks {every} apart");
    }
    if steering.ttl > 0 {
        let ttl = format::duration(steering.ttl as f64);
        let _ = write!(words, ", answers up to {ttl} old");
    }
    Some(words)
}

/// How the balancers of a service learn who is down, and what they do when somebody is back.
pub(super) fn watched(plan: &Plan, id: ComponentId) -> Option<String> {
    let mut rows = plan.guards.watches.iter();
    let watch = rows.find(|row| row.component == id)?;
    let check = watch.check.map(|(every, fails)| {
        let every = format::duration(every as f64);
        format!("taken for down after {fails} checks {every} apart")
    });
    let slow = (watch.slow > 0).then(|| {
        let slow = format::duration(watch.slow as f64);
        format!("slow start over {slow}")
    });
    let all: Vec<String> = check.into_iter().chain(slow).collect();
    Some(all.join(", "))
}

fn weights(steering: &Steering, names: &[&str]) -> String {
    let total: f64 = steering.weights.iter().sum();
    let one = |(name, weight): (&&str, &f64)| format!("{name} {}", format::percent(weight / total));
    let all: Vec<String> = names.iter().zip(&steering.weights).map(one).collect();
    all.join(", ")
}

fn spilled(spill: &Spill) -> String {
    let of = match spill.of {
        Busy::Cores => "cores",
        Busy::Slots => "slots",
    };
    format!(
        ", sent on above {} of {of} over {}",
        format::percent(spill.above),
        format::duration(spill.every as f64)
    )
}
