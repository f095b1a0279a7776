//! Prices: what the machines of each component cost per hour.

use super::super::draft::Draft;
use super::super::names::Written;
use crate::cost::catalogue;
use crate::model::{self, Limit, Positive};
use crate::plan::Price;
use crate::source::{At, codes};
use crate::units::Currency;

/// Gives every component with a `machine` its price.
pub(super) fn declare(draft: &mut Draft<'_>) {
    let known: Vec<_> = draft
        .names
        .known
        .iter()
        .map(|known| known.written)
        .collect();
    for (position, written) in known.into_iter().enumerate() {
        let Some(row) = draft.plan.components.get(position) else {
            return;
        };
        let replicas = row.replicas;
        let (machine, machines, cores) = match written {
            Written::Service(service) => (&service.station.machine, replicas, largest(service)),
            Written::Database(database) => (
                &database.station.machine,
                replicas,
                cores(&database.station.cores),
            ),
            Written::Cache(cache) => (
                &cache.station.machine,
                replicas,
                cores(&cache.station.cores),
            ),
            Written::Host(host) => (
                &host.machine,
                u32::try_from(host.count.get()).unwrap_or(u32::MAX),
                cores(&host.cores),
            ),
            Written::Function(_)
            | Written::External(_)
            | Written::Topic(_)
            | Written::Queue(_)
            | Written::Cdn(_)
            | Written::Shield(_)
            | Written::Store(_)
            | Written::Route(_) => {
                continue;
            }
        };
        if let Some(machine) = machine {
            draft.plan.components[position].price = price(draft, machine, machines, cores);
        }
    }
}

/// The cores that a machine must have, with their place; `None` if they are unlimited.
type Cores = Option<At<f64>>;

fn cores(cores: &At<Limit<Positive>>) -> Cores {
    match cores.value {
        Limit::Unlimited => None,
        Limit::Of(number) => Some(At::new(number.get(), cores.place)),
    }
}

fn largest(service: &model::Service) -> Cores {
    let groups = service.groups.iter().flat_map(|groups| groups.iter());
    let own = groups.filter_map(|(_, group)| group.cores.as_ref().and_then(cores));
    own.chain(cores(&service.station.cores))
        .max_by(|one, other| one.value.total_cmp(&other.value))
}

fn price(
    draft: &mut Draft<'_>,
    machine: &At<model::Text>,
    machines: u32,
    cores: Cores,
) -> Option<Price> {
    let model = draft.model;
    let name: &str = machine;
    if let Some((_, price)) = model.prices.iter().find(|(known, _)| known.value == name) {
        draft.currency(price.per_hour.currency, price.per_hour.place);
        return Some(Price {
            machine: name.to_owned(),
            machines,
            per_hour: price.per_hour.amount,
            currency: price.per_hour.currency.to_string(),
            source: "the model's own `prices:`".to_owned(),
        });
    }
    let Some(row) = catalogue::lookup(name) else {
        let mut known: Vec<&str> = catalogue::names().collect();
        known.extend(model.prices.iter().map(|(name, _)| name.value.as_str()));
        let near = crate::source::suggest::nearest(name, known);
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "give its price: `prices: {{ {}: {{ per-hour: 0.10 USD }} }}`",
                super::super::names::shown(name)
            ),
        };
        let message = format!(
            "there is no price for the machine `{}`",
            super::super::names::shown(name)
        );
        draft.complain_with(codes::UNKNOWN_MACHINE, machine.place, message, hint);
        return None;
    };
    if let Some(cores) = cores.filter(|cores| cores.value > row.vcpu) {
        let message = format!(
            "`{name}` has {} cores, and `cores: {}` asks for more",
            row.vcpu, cores.value
        );
        draft.complain_with(
            codes::CONTRADICTION,
            machine.place,
            message,
            "one replica is one machine: take a larger one, or fewer cores",
        );
    }
    draft.currency(Currency::USD, machine.place);
    Some(Price {
        machine: name.to_owned(),
        machines,
        per_hour: row.usd_per_hour,
        currency: Currency::USD.to_string(),
        source: format!("{}, {}", row.source, row.as_of),
    })
}
