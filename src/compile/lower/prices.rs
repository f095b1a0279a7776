//! Machines: what those of each component cost per hour, and whether they have the cores and the memory that the model says.

use super::super::draft::Draft;
use super::super::names::Written;
use super::objectives::per_month;
use crate::cost::catalogue;
use crate::model::{self, Limit, Positive};
use crate::plan::{Charge, ComponentId, Price};
use crate::source::{At, codes};
use crate::units::{Currency, MoneyRate};

/// Gives every component with a `machine` its price, after a look at what the machine has.
pub(super) fn declare(draft: &mut Draft<'_>) {
    charges(draft);
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
        let id = ComponentId::from(position);
        let (machine, machines, cores) = match written {
            Written::Service(service) => {
                let others = groups(draft, id, service);
                let own = service.station.machine.as_ref();
                (
                    own.filter(|_| replicas > others),
                    replicas - others,
                    all_cores(service),
                )
            }
            Written::Database(database) => (
                database.station.machine.as_ref(),
                replicas,
                vec![&database.station.cores],
            ),
            Written::Cache(cache) => {
                let machine = machine_under(draft.model, cache);
                if let Some(machine) = machine {
                    fits(draft, machine, &cache.capacity);
                }
                let own = machine.filter(|_| cache.per.is_none());
                (own, replicas, vec![&cache.station.cores])
            }
            Written::Host(host) => (
                host.machine.as_ref(),
                u32::try_from(host.count.get()).unwrap_or(u32::MAX),
                vec![&host.cores],
            ),
            Written::External(external) => {
                fee(draft, id, external);
                continue;
            }
            Written::Function(_)
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
            if let Some(has) = has(draft.model, machine).cores {
                for cores in cores {
                    agree(draft, machine, has, cores);
                }
            }
            draft.plan.components[position].price = price(draft, machine, machines);
        }
    }
}

/// What a machine has, as far as it is known.
struct Has {
    cores: Option<f64>,
    /// \[bytes\]
    memory: Option<f64>,
}

fn has(model: &model::Model, name: &str) -> Has {
    let own = model.prices.get(name);
    let listed = catalogue::lookup(name);
    let cores = own.and_then(|own| own.cores.as_ref());
    let memory = own.and_then(|own| own.memory.as_ref());
    Has {
        cores: cores
            .map(|cores| cores.get())
            .or_else(|| listed.as_ref().map(|row| row.vcpu)),
        memory: memory
            .map(|memory| memory.bytes())
            .or_else(|| listed.as_ref().map(|row| row.memory_gib * GIB)),
    }
}

/// \[bytes\]
const GIB: f64 = (1_u64 << 30) as f64;

fn all_cores(service: &model::Service) -> Vec<&At<Limit<Positive>>> {
    let groups = service.groups.iter().flat_map(|groups| groups.iter());
    // Those with a machine of their own are looked at with it.
    let alike = groups.filter(|(_, group)| group.machine.is_none());
    let own = alike.filter_map(|(_, group)| group.cores.as_ref());
    own.chain([&service.station.cores]).collect()
}

/// The machines of groups that have one of their own: how many these are.
fn groups(draft: &mut Draft<'_>, id: ComponentId, service: &model::Service) -> u32 {
    let all: u64 = (service.groups.iter().flat_map(|groups| groups.iter()))
        .map(|(_, group)| group.replicas.get())
        .sum();
    let replicas = draft.plan.components[id.index()].replicas;
    let mut others = 0;
    for (_, group) in service.groups.iter().flat_map(|groups| groups.iter()) {
        let Some(machine) = &group.machine else {
            continue;
        };
        if service.host.is_some() {
            let message = "the replicas run on the machines of their `host`";
            draft.complain(codes::CONTRADICTION, machine.place, message);
        }
        if let (Some(has), Some(cores)) = (has(draft.model, machine).cores, &group.cores) {
            agree(draft, machine, has, cores);
        }
        // Each region has as many.
        let part = u64::from(replicas) * group.replicas.get() / all.max(1);
        let part = u32::try_from(part).unwrap_or(u32::MAX);
        others += part;
        if let Some(price) = price(draft, machine, part) {
            draft.plan.bill.machines.push((id, price));
        }
    }
    others
}

/// What a request to an external system costs.
fn fee(draft: &mut Draft<'_>, id: ComponentId, external: &model::External) {
    let Some(written) = &external.price else {
        return;
    };
    let each =
        |money: &Option<At<MoneyRate>>, of: f64| money.as_ref().map(|money| money.amount / of);
    for money in written.per_request.iter().chain(&written.per_million) {
        draft.currency(money.currency, money.place);
    }
    let fee = each(&written.per_request, 1.0).or_else(|| each(&written.per_million, 1e6));
    draft.plan.bill.fees.extend(fee.map(|fee| (id, fee)));
}

/// What is paid for whether or not it is used.
fn charges(draft: &mut Draft<'_>) {
    let model = draft.model;
    for (name, charge) in &model.charges {
        draft.currency(charge.cost.currency, charge.cost.place);
        let source = charge.source.as_ref().map(ToString::to_string);
        draft.plan.bill.charges.push(Charge {
            name: name.value.clone(),
            count: charge.count.get(),
            per_month: per_month(&charge.cost) * charge.count.get() as f64,
            source: source.unwrap_or_else(|| "the model's own `charges:`".to_owned()),
        });
    }
}

/// One replica is one machine, and has all of its cores.
fn agree(draft: &mut Draft<'_>, machine: &At<model::Text>, has: f64, cores: &At<Limit<Positive>>) {
    let asked = match cores.value {
        Limit::Of(cores) if (cores.get() - has).abs() < 1e-9 => return,
        Limit::Of(cores) => cores.get().to_string(),
        Limit::Unlimited => "unlimited".to_owned(),
    };
    let name = super::super::names::shown(&machine.value);
    let message = format!("`{name}` has {has} cores, and `cores: {asked}` says otherwise");
    let hint = "one replica is one machine: leave `cores` out, or name a machine that has so many";
    draft.complain_with(codes::CONTRADICTION, cores.place, message, hint);
}

/// The machine that holds a cache: its node's, or that of the replicas it lives in or of their host.
fn machine_under<'m>(
    model: &'m model::Model,
    cache: &'m model::Cache,
) -> Option<&'m At<model::Text>> {
    let Some(service) = &cache.per else {
        return cache.station.machine.as_ref();
    };
    let service = model.services.get(service)?;
    let host = service.host.as_ref().and_then(|host| model.hosts.get(host));
    host.map_or(&service.station.machine, |host| &host.machine)
        .as_ref()
}

/// What is kept in memory cannot be more than there is.
fn fits(draft: &mut Draft<'_>, machine: &At<model::Text>, capacity: &At<model::Capacity>) {
    let (Some(memory), model::Capacity::Bytes(bytes)) =
        (has(draft.model, machine).memory, capacity.value)
    else {
        return;
    };
    if bytes.get() > memory {
        let message = format!(
            "`{}` has {} GiB of memory, less than the cache's capacity",
            super::super::names::shown(&machine.value),
            memory / GIB
        );
        let hint =
            "`capacity` is that of one node: take more nodes, a larger machine, or keep less";
        draft.complain_with(codes::CONTRADICTION, capacity.place, message, hint);
    }
}

fn price(draft: &mut Draft<'_>, machine: &At<model::Text>, machines: u32) -> Option<Price> {
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
                "give its price: `prices: {{ {}: {{ per-hour: 0.10 USD, cores: 4 }} }}`",
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
    draft.currency(Currency::USD, machine.place);
    Some(Price {
        machine: name.to_owned(),
        machines,
        per_hour: row.usd_per_hour,
        currency: Currency::USD.to_string(),
        source: format!("{}, {}", row.source, row.as_of),
    })
}
