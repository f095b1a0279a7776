//! The plan as a readable program: what stands where, then every program step by step, with how often it runs.

use super::component::endpoint_name;
use super::{
    Abandon, AssignValue, AttributeId, Balance, Call, CallId, Capacity, Component, ComponentKind,
    CountId, CpuDiscipline, DemandId, Discipline, EndpointId, Load, Plan, Scale, ScaleLaw, Source,
    Step, StepId, Test, View,
};
use crate::units::format;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The whole plan for people: components first, then programs in the order of their steps.
pub fn listing(plan: &Plan) -> String {
    let mut text = String::new();
    let about = if plan.about.is_empty() {
        String::new()
    } else {
        format!(": {}", plan.about)
    };
    line(&mut text, format_args!("{}{about}", plan.name));
    line(&mut text, format_args!(""));
    for (position, component) in plan.components.iter().enumerate() {
        line(
            &mut text,
            format_args!("{}", describe_component(plan, position, component)),
        );
    }
    for workload in &plan.workloads {
        line(
            &mut text,
            format_args!(
                "workload {}: {}",
                workload.name,
                describe_load(plan, &workload.load)
            ),
        );
        for id in &workload.entries {
            let entry = &plan.entries[id.index()];
            line(
                &mut text,
                format_args!("  {:>6}  {}", format::percent(entry.share), entry.name),
            );
        }
    }
    for (first, name) in titles(plan) {
        line(&mut text, format_args!(""));
        line(&mut text, format_args!("{name}"));
        program(&mut text, plan, first);
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{content}");
}

/// Programs by their first step, each with its title.
fn titles(plan: &Plan) -> BTreeMap<u32, String> {
    let mut titles = BTreeMap::new();
    for entry in &plan.entries {
        let root = plan.load.root_rate;
        let every = if root > 0.0 {
            format!("{:.0}% of a workload's requests", entry.share * 100.0)
        } else {
            String::new()
        };
        titles
            .entry(entry.entry.0)
            .or_insert_with(|| titled(&format!("user: {}", entry.name), &every));
    }
    for run in plan.runs.iter().filter(|run| run.entry.is_some()) {
        titles
            .entry(run.entry.0)
            .or_insert_with(|| "routine".to_owned());
    }
    for (id, endpoint) in plan.endpoints.iter().enumerate() {
        let rate = plan.load.endpoint_rate.get(id).copied().unwrap_or(0.0);
        let visits = if rate > 0.0 && plan.load.root_rate > 0.0 {
            format!(
                "{} visits per request, {}",
                format::number(rate / plan.load.root_rate),
                format::rate(rate)
            )
        } else {
            "never asked".to_owned()
        };
        titles.insert(
            endpoint.entry.0,
            titled(&endpoint_name(plan, EndpointId::from(id)), &visits),
        );
    }
    titles.remove(&StepId::NONE.0);
    titles
}

fn titled(name: &str, remark: &str) -> String {
    if remark.is_empty() {
        name.to_owned()
    } else {
        format!("{name:<44}; {remark}")
    }
}

/// The steps from `first` to the end of its program, numbered from 0.
fn program(text: &mut String, plan: &Plan, first: u32) {
    let others = titles_after(plan, first);
    let steps = &plan.steps[first as usize..others as usize];
    let mut depth = 0_usize;
    for (number, step) in steps.iter().enumerate() {
        if matches!(step, Step::Again(_) | Step::Release | Step::Caught) {
            depth = depth.saturating_sub(1);
        }
        let indent = "  ".repeat(depth.min(20));
        let words = words(plan, *step, first);
        line(text, format_args!("{number:>4}  {indent}{words}"));
        if matches!(step, Step::Repeat(_) | Step::Acquire(_) | Step::Try(_)) {
            depth += 1;
        }
    }
}

/// The step after the program that begins at `first`: its `end` or `return`, the last one before the next program.
fn titles_after(plan: &Plan, first: u32) -> u32 {
    let mut at = first as usize;
    while at < plan.steps.len() && !matches!(plan.steps[at], Step::End | Step::Return) {
        at += 1;
    }
    u32::try_from((at + 1).min(plan.steps.len())).unwrap_or(u32::MAX)
}

/// One step in words; jumps are to numbers within the program.
fn words(plan: &Plan, step: Step, first: u32) -> String {
    let to = |step: StepId| {
        if step.is_some() {
            step.0.wrapping_sub(first).to_string()
        } else {
            "?".to_owned()
        }
    };
    match step {
        Step::Compute(demand) => format!("compute   {}", amount(plan, demand)),
        Step::Work(demand) => format!(
            "work      {} (never waits for a core)",
            amount(plan, demand)
        ),
        Step::Sleep(demand) => format!("sleep     {}", amount(plan, demand)),
        Step::Call(call) => format!("call      {}", called(plan, call, first)),
        Step::Send(call) => format!("send      {}", called(plan, call, first)),
        Step::Forward(call) => format!("forward   {}", called(plan, call, first)),
        Step::Reply(size) if size.is_some() => format!("reply     {}", bytes(plan, size)),
        Step::Reply(_) => "reply".to_owned(),
        Step::Fork(fork) => {
            let fork = &plan.forks[fork.index()];
            let need = if fork.need == u32::MAX {
                "all".to_owned()
            } else {
                fork.need.to_string()
            };
            let rest = if fork.cancel_rest {
                ", the rest is cancelled"
            } else {
                ""
            };
            let what = if fork.count.is_some() {
                let at_once = if fork.at_once == u32::MAX {
                    "all at once".to_owned()
                } else {
                    format!("{} at once", fork.at_once)
                };
                format!("{} times, {at_once}", count(plan, fork.count))
            } else {
                format!(
                    "branches at {}",
                    fork.branches
                        .iter()
                        .map(|branch| to(*branch))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            };
            format!(
                "parallel  {what}, {need} must succeed{rest}, then → {}",
                to(fork.after)
            )
        }
        Step::Join => "branch ends".to_owned(),
        Step::Repeat(repeat) => {
            let repeat = &plan.repeats[repeat.index()];
            let times = if repeat.count.is_some() {
                format!("{} times", count(plan, repeat.count))
            } else {
                "until stopped".to_owned()
            };
            format!("repeat    {times}, then → {}", to(repeat.after))
        }
        Step::Again(repeat) => format!("again     → {}", to(plan.repeats[repeat.index()].body)),
        Step::Stop(chance) => format!(
            "stop      with {}",
            share(plan.chances[chance.index()].probability)
        ),
        Step::Run(run) => {
            let run = plan.runs[run.index()];
            let failure = if run.on_failure.is_some() {
                format!(", on failure → {}", to(run.on_failure))
            } else {
                String::new()
            };
            format!("run       routine{failure}")
        }
        Step::Return => "return".to_owned(),
        Step::Jump(target) => format!("go        → {}", to(target)),
        Step::Choose(choice) => {
            let choice = &plan.choices[choice.index()];
            let parts = choice
                .shares
                .iter()
                .zip(&choice.to)
                .map(|(part, target)| format!("{} → {}", share(*part), to(*target)));
            format!("choose    {}", parts.collect::<Vec<_>>().join(", "))
        }
        Step::When(condition) => {
            let condition = &plan.conditions[condition.index()];
            let test = match condition.test {
                Test::Is(value) => format!("is {value}"),
                Test::Under(bound) => format!("is under {bound}"),
                Test::Over(bound) => format!("is over {bound}"),
                Test::In(from, to) => format!("is from {from} to {to}"),
            };
            format!(
                "when      {} {test}, else → {}",
                attribute(plan, condition.attribute),
                to(condition.otherwise)
            )
        }
        Step::Try(handler) => format!(
            "try       on failure → {}",
            to(plan.handlers[handler.index()].to)
        ),
        Step::Caught => "tried".to_owned(),
        Step::Acquire(hold) => {
            let hold = plan.holds[hold.index()];
            let quantity = &plan.quantities[hold.quantity.index()];
            let wait = if hold.wait == u64::MAX {
                String::new()
            } else {
                format!(", waits at most {}", format::duration(hold.wait as f64))
            };
            let key = if hold.key.is_some() {
                format!(", one per {}", attribute(plan, hold.key))
            } else {
                String::new()
            };
            format!(
                "hold      {} of {} {}{key}{wait}",
                hold.units, quantity.size, quantity.name
            )
        }
        Step::Release => "give back".to_owned(),
        Step::Probe(get) => {
            let get = plan.gets[get.index()];
            format!(
                "look up   {} by {}",
                cache(plan, get.cache),
                attribute(plan, get.key)
            )
        }
        Step::OnHit(target) => format!("on hit    → {}", to(target)),
        Step::Fill(get) => format!("store in  {}", cache(plan, plan.gets[get.index()].cache)),
        Step::NodeProbe(id) => format!("look up   the object in {}", cache(plan, id)),
        Step::NodeStore(id) => format!("store     the object in {}", cache(plan, id)),
        Step::Fail(chance) => format!(
            "fail      with {}",
            share(plan.chances[chance.index()].probability)
        ),
        Step::Set(row) => format!("set       {}", assigned(plan, row)),
        Step::End => "end".to_owned(),
    }
}

fn called(plan: &Plan, id: CallId, first: u32) -> String {
    let call = &plan.calls[id.index()];
    let mut guards = Vec::new();
    if call.with.0 < call.with.1 {
        let rows: Vec<String> = (call.with.0..call.with.1)
            .map(|row| assigned(plan, row))
            .collect();
        guards.push(format!("with {}", rows.join(", ")));
    }
    if call.body.is_some() {
        guards.push(format!("body {}", bytes(plan, call.body)));
    }
    if call.key.is_some() {
        guards.push(format!("by {}", attribute(plan, call.key)));
    }
    if let Some(priority) = call.priority {
        guards.push(format!(
            "priority {}",
            plan.priorities
                .get(usize::from(priority))
                .map_or("?", String::as_str)
        ));
    }
    guard_words(plan, call, &mut guards);
    if call.on_failure.is_some() {
        guards.push(format!(
            "on failure → {}",
            call.on_failure.0.wrapping_sub(first)
        ));
    }
    let pool = &plan.pools[call.pool.index()];
    let replicas = pool
        .candidates
        .iter()
        .map(|candidates| candidates.0.len())
        .max()
        .unwrap_or(0);
    let via = if replicas > 1 {
        format!(" via {}", balance(&pool.balance))
    } else {
        String::new()
    };
    let name = endpoint_name(plan, call.endpoint);
    if guards.is_empty() {
        format!("{name}{via}")
    } else {
        format!("{name}{via}, {}", guards.join(", "))
    }
}

fn guard_words(plan: &Plan, call: &Call, guards: &mut Vec<String>) {
    if call.timeout > 0 {
        guards.push(format!("timeout {}", format::duration(call.timeout as f64)));
    }
    if call.deadline > 0 {
        let passed = if call.propagate_deadline {
            ", passed on"
        } else {
            ""
        };
        guards.push(format!(
            "deadline {}{passed}",
            format::duration(call.deadline as f64)
        ));
    }
    if call.retry.is_some() {
        let retry = &plan.retries[call.retry.index()];
        let budget = retry.budget.map_or_else(String::new, |budget| {
            format!(" within a budget of {}", share(budget))
        });
        guards.push(format!("{} attempts{budget}", retry.attempts));
    }
    match call.abandon {
        Abandon::Ignore => {}
        Abandon::AtDequeue => guards.push("given up when dequeued".to_owned()),
        Abandon::Propagate => guards.push("cancelled when given up".to_owned()),
    }
}

fn assigned(plan: &Plan, row: u32) -> String {
    let assign = plan.assigns[row as usize];
    let value = match assign.value {
        AssignValue::Value(value) => value.to_string(),
        AssignValue::Fresh(_) => "fresh".to_owned(),
        AssignValue::Of(other) => attribute(plan, other).to_owned(),
    };
    format!("{} = {value}", attribute(plan, assign.attribute))
}

fn attribute(plan: &Plan, id: AttributeId) -> &str {
    plan.attributes
        .get(id.index())
        .map_or("?", |attribute| attribute.name.as_str())
}

fn cache(plan: &Plan, id: super::CacheId) -> &str {
    super::component::component_name(plan, plan.caches[id.index()].component)
}

fn count(plan: &Plan, id: CountId) -> &str {
    plan.counts
        .get(id.index())
        .map_or("?", |count| count.text.as_str())
}

fn share(share: f64) -> String {
    format::percent(share)
}

/// A random time.
fn amount(plan: &Plan, id: DemandId) -> String {
    described(plan, id, &|ns| format::duration(ns))
}

/// A random size.
fn bytes(plan: &Plan, id: DemandId) -> String {
    described(plan, id, &|bytes| format::bytes(bytes))
}

fn described(plan: &Plan, id: DemandId, unit: &dyn Fn(f64) -> String) -> String {
    let Some(demand) = plan.demands.get(id.index()) else {
        return "0".to_owned();
    };
    let value = match demand.source {
        Source::Law => demand.law.describe(unit),
        Source::Attribute(id) => format!("{} of the request", attribute(plan, id)),
        Source::ObjectSize(id) => format!("size of its {}", attribute(plan, id)),
    };
    match &demand.scale {
        None => value,
        Some(scale) => format!("{value} × {}", scaled(plan, scale)),
    }
}

fn scaled(plan: &Plan, scale: &Scale) -> String {
    let with = match scale.with {
        Ok(items) => format::count(items),
        Err(id) => attribute(plan, id).to_owned(),
    };
    let law = match scale.law {
        ScaleLaw::Linear => "x",
        ScaleLaw::Log => "ln(1+x)",
        ScaleLaw::Sqrt => "√x",
        ScaleLaw::NLogN => "x ln(1+x)",
        ScaleLaw::Quadratic => "x²",
    };
    format!("{law} at {with} over {law} at {}", format::count(scale.at))
}

fn balance(balance: &Balance) -> String {
    let view = |view: &View| match view {
        View::Central => "",
        View::Caller => " as the caller sees it",
    };
    match balance {
        Balance::Random => "random".to_owned(),
        Balance::RoundRobin => "round-robin".to_owned(),
        Balance::LeastRequests(seen) => format!("least-requests{}", view(seen)),
        Balance::PowerOfD {
            choices,
            view: seen,
            ..
        } => format!("power-of-{choices}{}", view(seen)),
        Balance::SharedQueue => "shared-queue".to_owned(),
        Balance::Ring(ring) => format!("hash ring of {} points", ring.points.len()),
    }
}

fn describe_component(plan: &Plan, position: usize, component: &Component) -> String {
    let kind = match component.kind {
        ComponentKind::Service => "service",
        ComponentKind::External => "external",
        ComponentKind::Database => "database",
        ComponentKind::Cache => "cache",
        ComponentKind::Host => "host",
    };
    let mut facts = Vec::new();
    let first = plan
        .stations
        .get(component.first.index())
        .filter(|_| component.replicas > 0);
    if let Some(station) = first {
        facts.push(match (component.kind, component.replicas) {
            (ComponentKind::External, _) => "outside".to_owned(),
            (ComponentKind::Database, 1) => "1 leader".to_owned(),
            (ComponentKind::Database, copies) => format!("1 leader + {} followers", copies - 1),
            (ComponentKind::Cache, nodes) => format!("{nodes} nodes"),
            (_, 1) => "1 replica".to_owned(),
            (_, replicas) => format!("{replicas} replicas"),
        });
        if let Some(processor) = plan.processors.get(station.processor.index()) {
            facts.push(describe_processor(plan, position, processor));
        }
        facts.push(if station.concurrency == u32::MAX {
            "any number of slots".to_owned()
        } else {
            if station.concurrency == 1 {
                "1 slot".to_owned()
            } else {
                format!("{} slots", station.concurrency)
            }
        });
        if station.backlog != u32::MAX {
            facts.push(format!("{} may wait", station.backlog));
        }
        match station.discipline {
            Discipline::Fifo => {}
            Discipline::Lifo => facts.push("last come, first served".to_owned()),
            Discipline::Priority => facts.push("most urgent first".to_owned()),
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
            format!(
                "in each replica of {}",
                super::component::component_name(plan, cache.owner)
            )
        };
        facts.push(format!("{room} {whose}"));
        if cache.ttl > 0 {
            facts.push(format!("ttl {}", format::duration(cache.ttl as f64)));
        }
    }
    if let Some(processor) = plan.processors.iter().find(|processor| {
        component.kind == ComponentKind::Host && processor.component.index() == position
    }) {
        facts.push(describe_processor(plan, position, processor));
    }
    if let Some(price) = &component.price {
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

fn busiest(plan: &Plan, position: usize) -> f64 {
    let own = plan
        .processors
        .iter()
        .zip(&plan.load.processor_load)
        .filter(|(processor, _)| processor.component.index() == position);
    own.map(|(_, load)| *load).fold(0.0, f64::max)
}

fn describe_processor(plan: &Plan, position: usize, processor: &super::Processor) -> String {
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
    let shared = match processor.discipline {
        CpuDiscipline::Ps => "",
        CpuDiscipline::Fifo => " first come, first served",
        CpuDiscipline::Priority { preempt: false } => " for the most urgent first",
        CpuDiscipline::Priority { preempt: true } => " for the most urgent at once",
    };
    if processor.component.index() == position {
        format!("{cores}{speed}{shared}")
    } else {
        format!(
            "on {}",
            super::component::component_name(plan, processor.component)
        )
    }
}

fn describe_load(plan: &Plan, load: &Load) -> String {
    match load {
        Load::Open { batch, .. } if batch.is_some() => {
            format!("open, batches of {}", count(plan, *batch))
        }
        Load::Open { .. } => "open".to_owned(),
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
