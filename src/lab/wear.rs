//! How long what breaks must be looked at.

use super::length;
use crate::analysis::{Outcome, Regime, words};
use crate::plan::{Metric, Plan, Wear};
use crate::theory::outage;

/// With fewer breakdowns than this, in all replications together, there is no telling how often one comes or what it does.
const FEW: u64 = 10;
/// Outages of all at once in one replication: forty in ten.
const TOGETHER: f64 = 4.0;
/// As many of them at least: ten in ten.
const SEEN: f64 = 1.0;

/// What breaks and was hardly seen to, as sentences.
pub(super) fn unseen(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    if outcome.regime != Regime::Settled {
        return Vec::new();
    }
    let sentence = |wear: &Wear| {
        let id = wear.told as usize;
        let rows = outcome
            .tallies
            .iter()
            .filter_map(|tally| tally.breaks.get(id));
        let seen: u64 = rows.map(|row| row.times).sum();
        let name = wear.name(plan);
        let count = match seen {
            0 => format!("No breakdown of `{name}` was seen"),
            1 => format!("Only 1 breakdown of `{name}` was seen"),
            FEW.. => return None,
            _ => format!("Only {seen} breakdowns of `{name}` were seen"),
        };
        let between = wear.cycle() / wear.units.len().max(1) as f64 / 1e9;
        Some(format!(
            "{count}, where one comes every {} or so: what fails and what is slow because of them is not in these numbers. \
             Measure longer (`--duration`), at less load if that takes too many events.",
            words::time(between)
        ))
    };
    plan.breakdowns.wear.iter().filter_map(sentence).collect()
}

/// Breakdowns that must be seen: some hundred of a kind, some ten of each thing; how long that takes \[ns\], and why.
pub(super) fn seen(plan: &Plan) -> impl Iterator<Item = (f64, String)> + '_ {
    let each = plan.breakdowns.wear.iter().map(|wear| {
        let times = (200.0 / wear.units.len().max(1) as f64).max(10.0).ceil();
        let name = wear.name(plan);
        let because = format!(
            "{} breakdowns and repairs of each `{name}`",
            words::number(times)
        );
        (times * wear.cycle(), because)
    });
    each.chain(together(plan))
}

/// Outages of all at once that must be seen when somebody asks what fails: some more in ten replications than the
/// [ten](crate::analysis::proportion::FEW) without which nothing is said. How long that takes \[ns\], and why.
///
/// Where ten of them would take longer than a replication may be, there is no use in trying.
fn together(plan: &Plan) -> impl Iterator<Item = (f64, String)> + '_ {
    let most = length::allowed(length::budget(plan), length::events_per_ns(plan));
    let mut objectives = plan.objectives.iter();
    let asked = objectives.any(|objective| objective.metric == Metric::Success);
    let several = plan.breakdowns.wear.iter();
    let several = several.filter(move |wear| asked && outage::stand_in(plan, wear));
    several.filter_map(move |wear| {
        let outage = outage::of_wear(wear).filter(|outage| SEEN / outage.rate <= most)?;
        let between = words::time(1.0 / outage.rate / 1e9);
        let because = format!(
            "some outages of all of `{}` at once, one of which comes every {between}",
            wear.name(plan)
        );
        Some((TOGETHER / outage.rate, because))
    })
}

/// How long what breaks remembers that it was whole at the start \[ns\].
pub(super) fn forgotten(plan: &Plan) -> impl Iterator<Item = (f64, String)> + '_ {
    plan.breakdowns.wear.iter().map(|wear| {
        let name = wear.name(plan);
        let because = format!("what of `{name}` is down does not depend on the start by then");
        (5.0 * wear.relaxation(), because)
    })
}
