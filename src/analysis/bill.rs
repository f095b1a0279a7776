//! The bill: machines by the hour, functions by use, bytes by the GiB.

use super::cdn;
use super::estimate::Sample;
use super::functions;
use super::outcome::Outcome;
use super::result::{Cost, CostLine};
use super::tiers;
use super::words;
use crate::measure::Tally;
use crate::plan::{Component, ComponentId, ComponentKind, Plan, Price, StationId};

/// Hours in a month: 8,760 / 12, as cloud providers count.
pub const HOURS_PER_MONTH: f64 = 730.0;
/// The same month \[s\].
pub const SECONDS_PER_MONTH: f64 = HOURS_PER_MONTH * 3_600.0;
/// Bytes in a GiB.
pub const GIB: f64 = (1u64 << 30) as f64;

/// What machines cost per month.
fn per_month(price: &Price) -> f64 {
    f64::from(price.machines) * price.per_hour * HOURS_PER_MONTH
}

/// What the machines of a component cost per month; `None` where it has none that are priced.
pub fn of_machines(plan: &Plan, id: ComponentId) -> Option<f64> {
    let mut prices = plan.machines_of(id).peekable();
    prices.peek()?;
    Some(prices.map(per_month).sum())
}

/// What a component costs per month, by its machines or by its use; `None` without a price.
pub fn of_component(plan: &Plan, outcome: &Outcome, id: ComponentId) -> Option<Sample> {
    match of_machines(plan, id) {
        Some(machines) => Some(Sample::exact(machines, outcome.tallies.len())),
        None => by_use(plan, outcome, id),
    }
}

/// Requests that an external system takes on, per second.
fn taken_on(plan: &Plan, tally: &Tally, id: ComponentId) -> f64 {
    let stations = plan.components[id.index()].stations();
    let taken = |station: StationId| {
        let row = &tally.stations[station.index()];
        row.arrived.saturating_sub(row.refused + row.abandoned) as f64
    };
    stations.map(taken).sum::<f64>() / tally.seconds()
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
    let fees = plan.bill.fees.iter().map(|&(component, fee)| {
        let asked = outcome.mean(|tally| taken_on(plan, tally, component) * SECONDS_PER_MONTH);
        let millions = asked.value.unwrap_or(0.0) / 1e6;
        Use {
            component,
            detail: format!("{} M requests", words::number(millions)),
            per_month: asked.scaled(fee),
        }
    });
    (functions.chain(cdns).chain(stores).chain(fees)).collect()
}

/// Everything that is priced, per month.
pub fn total(plan: &Plan, outcome: &Outcome) -> Sample {
    let all = (0..plan.components.len()).map(ComponentId::from);
    let machines: f64 = all.filter_map(|id| of_machines(plan, id)).sum();
    let charges: f64 = plan.bill.charges.iter().map(|row| row.per_month).sum();
    let machines = machines + charges;
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
    let machines = (0..plan.components.len()).flat_map(|id| {
        plan.machines_of(ComponentId::from(id))
            .map(move |price| CostLine {
                item: plan.components[id].name.clone(),
                detail: format!("{} × {}", price.machines, price.machine),
                per_month: per_month(price),
                source: price.source.clone(),
            })
    });
    let charges = plan.bill.charges.iter().map(|row| CostLine {
        item: row.name.clone(),
        detail: match row.count {
            1 => "charge".to_owned(),
            count => format!("{count} charges"),
        },
        per_month: row.per_month,
        source: row.source.clone(),
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
    let mut lines: Vec<CostLine> = machines.chain(charges).chain(used).chain(traffic).collect();
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
        .filter(|(id, component)| has_machines(*id, component))
        .filter(|(id, _)| of_machines(plan, ComponentId::from(*id)).is_none())
        .filter(|(id, _)| {
            let functions = plan.functions.iter();
            let functions = functions.map(|row| (row.component, row.price.is_some()));
            let cdns = plan.cdns.iter();
            let cdns = cdns.map(|row| (row.component, row.price.is_some()));
            let stores = (plan.stores.iter()).map(|row| (row.component, row.is_priced()));
            let fees = plan.bill.fees.iter().map(|row| (row.0, true));
            let mut paid = functions.chain(cdns).chain(stores).chain(fees);
            !paid.any(|(component, priced)| component.index() == *id && priced)
        })
        .map(|(_, component)| component.name.clone())
        .collect()
}
