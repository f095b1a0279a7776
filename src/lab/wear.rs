//! How long what breaks must be looked at.

use crate::analysis::words;
use crate::plan::{Plan, component};

/// Breakdowns that must be seen: some hundred of a kind, some ten of each thing; how long that takes \[ns\], and why.
pub(super) fn seen(plan: &Plan) -> impl Iterator<Item = (f64, String)> + '_ {
    plan.breakdowns.wear.iter().map(|wear| {
        let times = (200.0 / wear.units.len().max(1) as f64).max(10.0).ceil();
        let name = component::component_name(plan, wear.component);
        let because = format!(
            "{} breakdowns and repairs of each `{name}`",
            words::number(times)
        );
        (times * wear.cycle(), because)
    })
}

/// How long what breaks remembers that it was whole at the start \[ns\].
pub(super) fn forgotten(plan: &Plan) -> impl Iterator<Item = (f64, String)> + '_ {
    plan.breakdowns.wear.iter().map(|wear| {
        let name = component::component_name(plan, wear.component);
        let because = format!("what of `{name}` is down does not depend on the start by then");
        (5.0 * wear.relaxation(), because)
    })
}
