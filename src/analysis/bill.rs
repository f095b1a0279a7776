//! The bill: machines by the hour, functions by use, bytes by the GiB.

use super::cdn;
use super::estimate::Sample;
use super::functions;
use super::outcome::Outcome;
use super::result::{Cost, CostLine};
use super::tiers;
use super::words;
use crate::plan::{Component, ComponentId, ComponentKind, Plan, Price};

/// Hours in a month: 8,760 / 12, as cloud providers count.
pub const HOURS_PER_MONTH: f64 = 730.0;
/// The same month \[s\].
pub const SECONDS_PER_MONTH: f64 = HOURS_PER_MONTH * 3_600.0;
/// Bytes in a GiB.
pub const GIB: f64 = (1u64 << 30) as f64;

/// What the machines of one component cost per month.
pub fn per_month(price: &Price) -> f64 {
    f64::from(price.machines) * price.per_hour * HOURS_PER_MONTH
}

/// The one currency of the model; empty when nothing has a price. The compiler refuses models that mix currencies.
pub fn currency(plan: &Plan) -> &str {
    &plan.currency
}

/// GiB that a link carries in a month at the pace of the window.
fn gib_per_month(outcome: &Outcome, link: usize) -> Sample {
    let scale = SECONDS_PER_MONTH / outcome.seconds().max(1e-9) / GIB;
    outcome.mean(|tally| tally.link_bytes.get(link).copied().unwrap_or(0) as f64 * scale)
}

/// Links whose traffic is paid for.
fn paid_links(plan: &Plan) -> impl Iterator<Item = (usize, &crate::plan::Link)> {
    plan.links
        .iter()
        .enumerate()
        .filter(|(_, link)| link.egress > 0.0)
}

/// What a component costs per month by its use; `None` for those that are not paid for so.
pub fn by_use(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    let mut used = uses(plan, outcome).into_iter();
    used.find(|line| line.component == id)
        .map(|line| line.per_month)
}

/// A component that is paid for by use.
struct Use {
    component: ComponentId,
    detail: String,
    per_month: Sample,
}

fn uses(plan: &Plan, outcome: &Outcome) -> Vec<Use> {
    let functions = plan.functions.iter().filter_map(|row| {
        Some(Use {
            component: row.component,
            detail: functions::billed(plan, row.component),
            per_month: functions::per_month(plan, outcome, row.component)?,
        })
    });
    let cdns = plan.cdns.iter().filter_map(|row| {
        Some(Use {
            component: row.component,
            detail: cdn::billed(row, outcome),
            per_month: cdn::per_month(row, outcome)?,
        })
    });
    let stores = plan.stores.iter().filter_map(|row| {
        Some(Use {
            component: row.component,
            detail: tiers::billed(plan, row, outcome),
            per_month: tiers::per_month(plan, row, outcome)?,
        })
    });
    functions.chain(cdns).chain(stores).collect()
}

/// Everything that is priced, per month.
pub fn total(plan: &Plan, outcome: &Outcome) -> Sample {
    let machines: f64 = plan
        .components
        .iter()
        .filter_map(|component| component.price.as_ref())
        .map(per_month)
        .sum();
    let mut each = vec![machines; outcome.tallies.len()];
    let (mut value, mut varies) = (machines, false);
    for (id, link) in paid_links(plan) {
        let carried = gib_per_month(outcome, id).scaled(link.egress);
        each.iter_mut()
            .zip(&carried.each)
            .for_each(|(sum, part)| *sum += part);
        value += carried.value.unwrap_or(0.0);
        varies |= carried.value.is_some_and(|value| value > 0.0);
    }
    for used in uses(plan, outcome).into_iter().map(|line| line.per_month) {
        each.iter_mut()
            .zip(&used.each)
            .for_each(|(sum, part)| *sum += part);
        value += used.value.unwrap_or(0.0);
        varies |= used.value.is_some_and(|value| value > 0.0);
    }
    if varies {
        Sample {
            value: Some(value),
            ..Sample::mean(each)
        }
        .between(0.0, f64::INFINITY)
        .under(outcome.status())
    } else {
        Sample::exact(machines, outcome.tallies.len())
    }
}

/// The bill, line by line, dearest first.
pub fn cost(plan: &Plan, outcome: &Outcome) -> Cost {
    let machines = plan.components.iter().filter_map(|component| {
        let price = component.price.as_ref()?;
        Some(CostLine {
            item: component.name.clone(),
            detail: format!("{} × {}", price.machines, price.machine),
            per_month: per_month(price),
            source: price.source.clone(),
        })
    });
    let traffic = paid_links(plan).filter_map(|(id, link)| {
        let carried = gib_per_month(outcome, id).value.filter(|&gib| gib > 0.0)?;
        Some(CostLine {
            item: link.name.clone(),
            detail: format!("{} GiB egress", words::number(carried)),
            per_month: carried * link.egress,
            source: "the model's network section".to_owned(),
        })
    });
    let used = uses(plan, outcome).into_iter().filter_map(|line| {
        Some(CostLine {
            item: plan.components[line.component.index()].name.clone(),
            detail: line.detail,
            per_month: line.per_month.value?,
            source: "the model's own `price`".to_owned(),
        })
    });
    let mut lines: Vec<CostLine> = machines.chain(used).chain(traffic).collect();
    lines.sort_by(|a, b| b.per_month.total_cmp(&a.per_month));
    let per_month = total(plan, outcome);
    let value = per_month.value.unwrap_or(0.0);
    let successes = outcome.mean(|tally| tally.entries.iter().map(|entry| entry.ok as f64).sum());
    let per_second = successes.value.unwrap_or(0.0) / outcome.seconds().max(1e-9);
    let millions = per_second * SECONDS_PER_MONTH / 1e6;
    Cost {
        currency: currency(plan).to_owned(),
        per_hour: value / HOURS_PER_MONTH,
        per_million: (!lines.is_empty() && millions > 0.0).then(|| value / millions),
        per_month: per_month.estimate(),
        lines,
        unpriced: unpriced(plan),
    }
}

/// Components that run on machines of their own and have no price. What lives on a priced host, or inside a service, is paid there.
fn unpriced(plan: &Plan) -> Vec<String> {
    let has_machines = |id: usize, component: &Component| {
        let mut stations = component
            .stations()
            .map(|station| &plan.stations[station.index()])
            .peekable();
        let elsewhere = |processor: crate::plan::ProcessorId| {
            plan.processors
                .get(processor.index())
                .is_some_and(|processor| processor.component.index() != id)
        };
        component.kind == ComponentKind::Host
            || stations.peek().is_some() && !stations.any(|station| elsewhere(station.processor))
    };
    let components = plan.components.iter().enumerate();
    components
        // A shield is a part of its CDN.
        .filter(|(_, component)| component.kind != ComponentKind::Shield)
        .filter(|(id, component)| component.price.is_none() && has_machines(*id, component))
        .filter(|(id, _)| {
            let functions = plan.functions.iter();
            let functions = functions.map(|row| (row.component, row.price.is_some()));
            let cdns = plan.cdns.iter();
            let cdns = cdns.map(|row| (row.component, row.price.is_some()));
            let stores = (plan.stores.iter()).map(|row| (row.component, row.is_priced()));
            let mut paid = functions.chain(cdns).chain(stores);
            !paid.any(|(component, priced)| component.index() == *id && priced)
        })
        .map(|(_, component)| component.name.clone())
        .collect()
}
