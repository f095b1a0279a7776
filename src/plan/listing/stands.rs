//! What stands where, and who asks.

use super::super::component::component_name;
use super::super::{
    Capacity, Component, ComponentId, ComponentKind, CpuDiscipline, Discipline, Function, Load,
    Over, Plan, Processor, Sharers, Station, Take, WaitsFor,
};
use super::breaks::breaks;
use super::guards::bucket;
use super::steers::{steers, watched};
use super::words::{amount, count};
use crate::units::format;
use std::collections::BTreeMap;

pub(super) fn describe_component(plan: &Plan, position: usize, component: &Component) -> String {
    let kind = match component.kind {
        ComponentKind::Service => "service",
        ComponentKind::Function => "function",
        ComponentKind::External => "external",
        ComponentKind::Database => "database",
        ComponentKind::Cache => "cache",
        ComponentKind::Topic => "topic",
        ComponentKind::Queue => "queue",
        ComponentKind::Cdn => "cdn",
        ComponentKind::Shield => "shield",
        ComponentKind::Store => "store",
        ComponentKind::Host => "host",
        ComponentKind::Route => "route",
    };
    let mut facts = Vec::new();
    let first = plan
        .stations
        .get(component.first.index())
        .filter(|_| component.replicas > 0);
    if let Some(station) = first {
        facts.push(match (component.kind, component.replicas) {
            (ComponentKind::External, _) => "outside".to_owned(),
            (ComponentKind::Database, replicas) => copies(plan, position, replicas),
            (ComponentKind::Topic, _) => {
                let topic = (plan.topics.iter()).find(|topic| topic.component.index() == position);
                let partitions = topic.map_or(0, |topic| topic.partitions);
                let plural = if partitions == 1 { "" } else { "s" };
                format!("{partitions} partition{plural}")
            }
            (ComponentKind::Queue, _) => "competing consumers".to_owned(),
            (ComponentKind::Store, _) => {
                let store = (plan.stores.iter()).find(|row| row.component.index() == position);
                let tiers = store.into_iter().flat_map(|store| &store.tiers);
                let tiers: Vec<&str> = tiers.map(|tier| tier.name.as_str()).collect();
                format!("tiers {}", tiers.join(", "))
            }
            (ComponentKind::Cdn, 1) => "1 site".to_owned(),
            (ComponentKind::Cdn, sites) => format!("{sites} sites"),
            (ComponentKind::Cache, nodes) => format!("{nodes} nodes"),
            (ComponentKind::Function, most) => format!("up to {most} instances"),
            (_, 1) => "1 replica".to_owned(),
            (_, replicas) => format!("{replicas} replicas"),
        });
        if let Some(processor) = plan.processors.get(station.processor.index()) {
            facts.push(describe_processor(plan, position, processor));
        }
        facts.push(if station.concurrency == u32::MAX {
            "any number of slots".to_owned()
        } else if station.concurrency == 1 {
            "1 slot".to_owned()
        } else {
            format!("{} slots", station.concurrency)
        });
        if station.backlog != u32::MAX {
            facts.push(format!("{} may wait", station.backlog));
        }
        match station.discipline {
            Discipline::Fifo => {}
            Discipline::Lifo => facts.push("last come, first served".to_owned()),
            Discipline::Priority => facts.push("most urgent first".to_owned()),
            Discipline::Random => facts.push("served in random order".to_owned()),
            Discipline::Shortest => facts.push("least work first".to_owned()),
            Discipline::Deadline => facts.push("earliest deadline first".to_owned()),
            Discipline::Fair(row) => {
                facts.push(format!(
                    "turns by {}",
                    shares(plan, row, Sharers::Priorities)
                ));
            }
            Discipline::Codel(codel) => facts.push(format!(
                "some dropped when waits exceed {} for {}",
                format::duration(codel.target as f64),
                format::duration(codel.interval as f64)
            )),
            Discipline::AdaptiveLifo(threshold) => facts.push(format!(
                "last come, first served while more than {threshold} wait"
            )),
        }
        let database = plan.databases.iter();
        for database in database.filter(|row| row.component.index() == position) {
            facts.extend(database.reshard.as_ref().map(|reshard| {
                format!(
                    "{} of {} shards are filled from {} on, with {}",
                    database.shards - reshard.from,
                    database.shards,
                    format::duration(reshard.at as f64),
                    format::bytes(reshard.bytes())
                )
            }));
        }
        let function = plan.functions.iter();
        for function in function.filter(|row| row.component.index() == position) {
            facts.extend(describe_function(plan, function));
        }
        if let Some(limit) = plan.guards.limit_before(ComponentId::from(position)) {
            facts.push(bucket(limit, " for each"));
        }
        if station.patience.is_some() {
            facts.push(format!("patience {}", amount(plan, station.patience)));
        }
    }
    if let Some(cache) = plan
        .caches
        .iter()
        .find(|cache| cache.component.index() == position)
    {
        let room = if cache.capacity_items == u64::MAX {
            format::bytes(cache.capacity_bytes as f64)
        } else {
            format!("{} items", format::count(cache.capacity_items as f64))
        };
        let whose = if cache.owner.index() == position {
            "each".to_owned()
        } else {
            format!("in each replica of {}", component_name(plan, cache.owner))
        };
        facts.push(format!("{room} {whose}"));
        if cache.warm {
            facts.push("warm at the start".to_owned());
        }
        if cache.ttl > 0 {
            let sliding = if cache.sliding { "sliding " } else { "" };
            facts.push(format!(
                "{sliding}ttl {}",
                format::duration(cache.ttl as f64)
            ));
            let id = |grace: &&crate::plan::Grace| {
                plan.caches[grace.cache.index()].component.index() == position
            };
            if let Some(grace) = plan.graces.iter().find(id) {
                let soft = format::duration((cache.ttl - grace.span) as f64);
                facts.push(format!("refreshed behind from {soft} on"));
            }
        }
    }
    if let Some(processor) = plan.processors.iter().find(|processor| {
        component.kind == ComponentKind::Host && processor.component.index() == position
    }) {
        facts.push(describe_processor(plan, position, processor));
    }
    facts.extend(breaks(plan, ComponentId::from(position)));
    facts.extend(steers(plan, ComponentId::from(position)));
    facts.extend(watched(plan, ComponentId::from(position)));
    for price in plan.machines_of(ComponentId::from(position)) {
        facts.push(format!(
            "{} × {} at {} {}/h",
            price.machines, price.machine, price.per_hour, price.currency
        ));
    }
    let load = busiest(plan, position);
    if load > 0.0 {
        facts.push(format!(
            "{} busy at the offered load",
            format::percent(load)
        ));
    }
    format!("{kind} {}: {}", component.name, facts.join(", "))
}

/// The machines of hosts, each with the replicas that stand on it: `nodes/0 in eu/a: web/0, worker/1`.
pub(super) fn guests(plan: &Plan) -> Vec<(ComponentId, String)> {
    let mut here: BTreeMap<usize, Vec<&Station>> = BTreeMap::new();
    for station in &plan.stations {
        here.entry(station.processor.index())
            .or_default()
            .push(station);
    }
    let machine = |(number, processor): (usize, &Processor)| {
        let component = &plan.components[processor.component.index()];
        let name = |station: &&Station| {
            let of = component_name(plan, station.component);
            format!("{of}/{}", station.replica)
        };
        let guests = here.get(&number).map_or(&[][..], Vec::as_slice);
        let zone = guests.first().map_or_else(String::new, |station| {
            format!(" in {}", plan.zones[station.zone.index()].name)
        });
        let names = match guests {
            [] => "nobody".to_owned(),
            _ => guests.iter().map(name).collect::<Vec<_>>().join(", "),
        };
        let line = format!("{}{zone}: {names}", processor.name);
        (component.kind == ComponentKind::Host).then_some((processor.component, line))
    };
    let processors = plan.processors.iter().enumerate();
    processors.filter_map(machine).collect()
}

fn busiest(plan: &Plan, position: usize) -> f64 {
    let own = plan
        .processors
        .iter()
        .zip(&plan.load.processor_load)
        .filter(|(processor, _)| processor.component.index() == position);
    own.map(|(_, load)| *load).fold(0.0, f64::max)
}

fn describe_processor(plan: &Plan, position: usize, processor: &Processor) -> String {
    let cores = match processor.cores {
        Capacity::Unlimited => "any number of cores".to_owned(),
        Capacity::Cores(cores) if (cores - 1.0).abs() < f64::EPSILON => "1 core".to_owned(),
        Capacity::Cores(cores) => format!("{cores} cores"),
    };
    let speed = if (processor.speed - 1.0).abs() < f64::EPSILON {
        String::new()
    } else {
        format!(" of speed {}", processor.speed)
    };
    let shared = describe_cpu(plan, processor.discipline);
    if processor.component.index() == position {
        format!("{cores}{speed}{shared}")
    } else {
        format!("on {}", component_name(plan, processor.component))
    }
}

/// How its instances come and go.
fn describe_function(plan: &Plan, function: &Function) -> Vec<String> {
    let mut facts = vec![format!("start in {}", amount(plan, function.cold_start))];
    if function.keep_alive != u64::MAX {
        facts.push(format!(
            "stay {} without requests",
            format::duration(function.keep_alive as f64)
        ));
    }
    if function.provisioned > 0 {
        facts.push(format!("{} provisioned", function.provisioned));
    }
    if let Some((burst, then)) = function.scale_up {
        facts.push(format!(
            "{burst} starts at once, then {}",
            format::rate(then * 1e9)
        ));
    }
    facts.push(
        match function.waits_for {
            WaitsFor::OwnInstance => "each request waits for its own start",
            WaitsFor::FirstFree => "requests wait for the first room",
        }
        .to_owned(),
    );
    if function.take == Take::Oldest {
        facts.push("the longest idle takes the next".to_owned());
    }
    let over = if function.queues {
        "wait"
    } else {
        "are refused"
    };
    facts.push(format!("those over the limit {over}"));
    if let Some(account) = plan.accounts.get(function.account.index()) {
        let count = format::count(f64::from(account.most));
        facts.push(format!("{count} in all of {}", account.name));
    }
    facts
}

fn describe_cpu(plan: &Plan, discipline: CpuDiscipline) -> String {
    let words = match discipline {
        CpuDiscipline::Ps => "",
        CpuDiscipline::Fifo => " first come, first served",
        CpuDiscipline::Priority { preempt: false } => " for the most urgent first",
        CpuDiscipline::Priority { preempt: true } => " for the most urgent at once",
        CpuDiscipline::Lifo { preempt: false } => " last come, first served",
        CpuDiscipline::Lifo { preempt: true } => " for the last who came at once",
        CpuDiscipline::Shortest { preempt: false } => " for the shortest job first",
        CpuDiscipline::Shortest { preempt: true } => " for the job that needs the least at once",
        CpuDiscipline::LeastAttained => " for those who have had the least",
        CpuDiscipline::Weighted { weights } => {
            return format!(" by weight {}", shares(plan, weights, Sharers::Priorities));
        }
        CpuDiscipline::Fair { shares: row, among } => {
            return format!(" in shares {}", shares(plan, row, among));
        }
        CpuDiscipline::Slowed(row) => {
            let usl = &plan.slowdowns[row as usize];
            let over = match usl.over {
                Over::Cores => "busy cores",
                Over::InProgress => "requests that compute",
            };
            let (contention, coherency) = (
                format::percent(usl.contention),
                format::percent(usl.coherency),
            );
            return format!(" slowed by {over}: contention {contention}, coherency {coherency}");
        }
    };
    words.to_owned()
}

/// `gold 3, silver 1`.
fn shares(plan: &Plan, row: u32, among: Sharers) -> String {
    let name = |at: usize| match among {
        Sharers::Priorities => plan.priorities.get(at).map_or("", String::as_str),
        Sharers::Services => component_name(plan, ComponentId::from(at)),
    };
    let rows = plan.shares[row as usize].iter().enumerate();
    let words: Vec<String> = rows
        .filter(|(_, share)| **share > 0.0)
        .map(|(at, share)| format!("{} {share}", name(at)))
        .collect();
    words.join(", ")
}

pub(super) fn describe_load(plan: &Plan, load: &Load) -> String {
    match load {
        Load::Open { batch, .. } if batch.is_some() => {
            format!("open, batches of {}", count(plan, *batch))
        }
        Load::Open { .. } => "open".to_owned(),
        Load::Replay(replay) => format!(
            "replayed, {} requests in {}",
            replay.recording.requests().len(),
            format::duration(replay.lasts() as f64)
        ),
        Load::Closed { users, think, .. } => {
            let think = if think.is_some() {
                format!(" who think {}", amount(plan, *think))
            } else {
                String::new()
            };
            format!("closed, {users} users{think}")
        }
    }
}

/// The shards of a database, and the copies of each.
fn copies(plan: &Plan, position: usize, replicas: u32) -> String {
    let mut databases = plan.databases.iter();
    let row = databases.find(|row| row.component.index() == position);
    let (shards, copies) = row.map_or((1, replicas), |row| (row.shards, row.copies));
    let copies = match copies {
        1 => "1 leader".to_owned(),
        2 => "1 leader + 1 follower".to_owned(),
        more => format!("1 leader + {} followers", more - 1),
    };
    match shards {
        1 => copies,
        _ => format!("{shards} shards of {copies}"),
    }
}
