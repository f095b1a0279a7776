//! Functions: a station and a processor for every instance that there can be, one pool that keeps the queue.
//!
//! Not modelled: zones of instances; they all stand in the first zone of their region.

use super::super::draft::{Draft, MOST_STATIONS};
use super::super::value;
use super::disciplines::cpu_of;
use super::network::Places;
use super::pool::{endpoint, push_pool};
use super::station::{begin, finish_stations, limit_u32, regions_of};
use super::{Parts, capacity};
use crate::chance::key::site;
use crate::model::{self, Limit};
use crate::plan::{
    Account, AccountId, Balance, ComponentId, ComponentKind, DemandId, Discipline, Function,
    PoolId, Processor, ProcessorId, Station, Take, UsePrice, WaitsFor,
};
use crate::policy::balance::shared_queue::SharedQueue;
use crate::source::{At, codes};

const GIB: f64 = (1u64 << 30) as f64;

/// The instances, the pool and the row of a function; its endpoints get ids but no programs yet.
pub(super) fn declare<'m>(
    draft: &mut Draft<'m>,
    name: &At<String>,
    function: &'m model::Function,
    places: &Places,
    parts: &mut Parts,
) {
    let component = begin(draft, name, ComponentKind::Function);
    let regions = regions_of(draft, name, &function.regions, places);
    if let Some(second) = function.regions.get(1) {
        let message = "a function in several regions is not supported yet";
        let hint = "write one function for each region";
        draft.complain_with(codes::NOT_SUPPORTED, second.place, message, hint);
    }
    let zone = (regions.first())
        .and_then(|region| places.regions.get(*region)?.first())
        .copied();
    let pool = PoolId::from(draft.plan.pools.len());
    let cores = match function.cores.value {
        Limit::Unlimited => Limit::Unlimited,
        Limit::Of(cores) => Limit::Of(cores.get()),
    };
    let most = usize::try_from(function.max_instances.get()).unwrap_or(usize::MAX);
    let room = draft.room(
        draft.plan.stations.len().saturating_add(most),
        MOST_STATIONS,
        "instances",
        function.max_instances.place,
    );
    if let Some(zone) = zone.filter(|_| room) {
        let patience = function.patience.as_ref().map_or(DemandId::NONE, |law| {
            value::own_time(draft, law, &["station", &name.value, "patience"])
        });
        for replica in 0..most {
            let processor = processor(draft, name, component, replica, function, &cores);
            draft.plan.stations.push(Station {
                component,
                replica: replica as u32,
                zone,
                processor,
                concurrency: u32::try_from(function.per_instance.get()).unwrap_or(u32::MAX),
                backlog: u32::MAX,
                discipline: Discipline::Fifo,
                patience,
                shared: Some(pool),
                site: site(&["station", &name.value, &replica.to_string()]),
            });
        }
    }
    finish_stations(draft, component);
    let first = draft.plan.components[component.index()].stations().take(1);
    // Callers need not choose: which instance it is turns out on arrival.
    push_pool(
        draft,
        component,
        Balance::SharedQueue(SharedQueue),
        limit_u32(&function.backlog.value),
        &name.value,
        Some(first.collect()),
    );
    for (name, _) in &function.endpoints {
        endpoint(draft, component, name, pool);
    }
    row(draft, name, function, component, pool);
    parts.whole_cores[component.index()] = match cores {
        Limit::Unlimited => u64::MAX,
        Limit::Of(cores) => cores.floor() as u64,
    };
    parts.slots[component.index()] = function.per_instance.get();
}

fn processor(
    draft: &mut Draft<'_>,
    name: &At<String>,
    component: ComponentId,
    number: usize,
    function: &model::Function,
    cores: &Limit<f64>,
) -> ProcessorId {
    let discipline = cpu_of(draft, component, &function.cpu, None);
    draft.plan.processors.push(Processor {
        name: format!("{}/{number}", name.value),
        component,
        cores: capacity(cores),
        speed: function.speed.get(),
        discipline,
    });
    ProcessorId::from(draft.plan.processors.len() - 1)
}

fn row(
    draft: &mut Draft<'_>,
    name: &At<String>,
    function: &model::Function,
    component: ComponentId,
    pool: PoolId,
) {
    let parts = ["function", &name.value, "cold-start"];
    let cold_start = value::own_time(draft, &function.cold_start, &parts);
    let price = function
        .price
        .as_ref()
        .map(|price| use_price(draft, function, price));
    let account = account_of(draft, function);
    draft.plan.functions.push(Function {
        component,
        pool,
        account,
        provisioned: u32::try_from(function.provisioned.value).unwrap_or(u32::MAX),
        cold_start,
        keep_alive: match function.keep_alive.value {
            Limit::Unlimited => u64::MAX,
            Limit::Of(time) => time.ns(),
        },
        take: match function.take {
            model::Take::NewestIdle => Take::Newest,
            model::Take::OldestIdle => Take::Oldest,
        },
        waits_for: match function.waits_for {
            model::WaitsFor::FirstFree => WaitsFor::FirstFree,
            model::WaitsFor::OwnInstance => WaitsFor::OwnInstance,
        },
        scale_up: function.scale_up.as_ref().map(|scale| {
            let burst = u32::try_from(scale.burst.get()).unwrap_or(u32::MAX);
            (burst, scale.then.per_second() / 1e9)
        }),
        queues: function.over_limit == model::OverLimit::Queue,
        price,
        site: site(&["function", &name.value]),
    });
}

/// The accounts, before their functions.
pub(super) fn accounts(draft: &mut Draft<'_>) {
    let model = draft.model;
    for (name, account) in &model.accounts {
        let of_it = |function: &&model::Function| {
            (function.account.as_ref()).is_some_and(|own| own.value == name.value)
        };
        let functions = || model.functions.iter().map(|(_, row)| row).filter(of_it);
        let sum =
            |of: fn(&model::Function) -> u64| functions().map(of).fold(0, u64::saturating_add);
        let most = account.concurrency.get();
        let provisioned = sum(|row| row.provisioned.value);
        if functions().next().is_none() {
            let message = format!("no function belongs to the account `{}`", name.value);
            draft.complain(codes::IDLE_LIMIT, name.place, message);
        } else if provisioned > most {
            let message = format!(
                "{provisioned} instances are `provisioned` in `{}`, more than the {most} that may be in use",
                name.value
            );
            draft.complain(codes::CONTRADICTION, account.concurrency.place, message);
        } else if provisioned == most && functions().any(|row| row.provisioned.value == 0) {
            let message = format!(
                "all {most} of `{}` are `provisioned`, so that functions without that can never have an instance",
                name.value
            );
            draft.complain(codes::CONTRADICTION, account.concurrency.place, message);
        } else if sum(|row| row.max_instances.get()) <= most {
            let message = format!(
                "the limit of `{}` is never met: its functions have no more than {most} instances by `max-instances`",
                name.value
            );
            draft.complain(codes::IDLE_LIMIT, account.concurrency.place, message);
        }
        draft.plan.accounts.push(Account {
            name: name.value.clone(),
            most: u32::try_from(most).unwrap_or(u32::MAX),
        });
    }
}

fn account_of(draft: &mut Draft<'_>, function: &model::Function) -> AccountId {
    let Some(name) = &function.account else {
        return AccountId::NONE;
    };
    let accounts = &draft.plan.accounts;
    if let Some(at) = accounts.iter().position(|row| row.name == name.value) {
        return AccountId::from(at);
    }
    let known = draft.model.accounts.iter();
    let known = known.map(|(name, _)| name.value.as_str());
    draft.unknown(codes::UNKNOWN_ACCOUNT, "account", name, known);
    AccountId::NONE
}

fn use_price(
    draft: &mut Draft<'_>,
    function: &model::Function,
    price: &model::FunctionPrice,
) -> UsePrice {
    for money in price.all() {
        draft.currency(money.currency, money.place);
    }
    let memory_gib = function
        .memory
        .as_ref()
        .map_or(0.0, |memory| memory.bytes() / GIB);
    let amount = |money: &Option<At<crate::units::MoneyRate>>| {
        money.as_ref().map_or(0.0, |money| money.amount)
    };
    UsePrice {
        per_request: amount(&price.per_million) / 1e6,
        per_second: amount(&price.per_gib_s) * memory_gib,
        provisioned_per_second: amount(&price.provisioned_per_gib_s) * memory_gib,
        memory_gib,
    }
}
