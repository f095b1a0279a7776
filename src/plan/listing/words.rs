//! Steps in words.

use super::super::component::{component_name, endpoint_name};
use super::super::{
    Abandon, After, AssignValue, AttributeId, Balance, Call, CallId, CountId, Deal, Delivery,
    DemandId, Group, HoldId, Plan, Pool, Scale, ScaleLaw, Source, Step, StepId, Test, View,
};
use super::guards::bucket;
use crate::units::format;
use std::fmt::Write as _;

/// One step in words; jumps are to numbers within the program.
pub(super) fn words(plan: &Plan, step: Step, first: u32) -> String {
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
        Step::Commit(_) => "commit".to_owned(),
        Step::Acknowledge(_) => "acknowledge".to_owned(),
        Step::Shelve(_) => "keep      the object, as new".to_owned(),
        Step::Applied(_) => "applied".to_owned(),
        Step::ReadCopy(_) => "read this copy".to_owned(),
        Step::Peek(_) => "read this copy for a quorum".to_owned(),
        Step::Quorum(_) => "quorum met".to_owned(),
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
            let tiers = plan
                .stores
                .iter()
                .any(|row| plan.choices[row.choice.index()].site == choice.site);
            let word = if tiers { "tier" } else { "choose" };
            format!("{word:<9} {}", parts.collect::<Vec<_>>().join(", "))
        }
        Step::When(condition) => {
            let condition = &plan.conditions[condition.index()];
            let test = match condition.test {
                Test::Is(value) => format!("is {value}"),
                Test::Under(bound) => format!("is under {bound}"),
                Test::Over(bound) => format!("is over {bound}"),
                Test::In(from, to) => format!("is from {from} to {to}"),
                Test::Among(set) => plan.object_sets[set as usize].words.clone(),
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
        Step::Acquire(hold) => format!("hold      {}", held(plan, hold)),
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
        Step::Refresh(id) => {
            let get = plan.refreshes[id.index()].get;
            let cache = cache(plan, plan.gets[get.index()].cache);
            format!("refresh   behind what was found stale in {cache}")
        }
        Step::Put(get) => format!("put into  {}", cache(plan, plan.gets[get.index()].cache)),
        Step::Drop(get) => format!("drop from {}", cache(plan, plan.gets[get.index()].cache)),
        Step::NodeDrop(id) => format!("drop      the object from {}", cache(plan, id)),
        Step::Purge(row) => {
            let purge = &plan.purges[row as usize];
            let what = match plan.counts.get(purge.entries.index()) {
                Some(count) => format!("{} objects", count.text),
                None => "the object".to_owned(),
            };
            format!("drop      {what} from all of {}", cache(plan, purge.cache))
        }
        Step::NodeProbe(id) => format!("look up   the object in {}", cache(plan, id)),
        Step::NodeStore(id) => format!("store     the object in {}", cache(plan, id)),
        Step::Append(topic) => format!(
            "append    the message to {}",
            component_name(plan, plan.topics[topic.index()].component)
        ),
        Step::Read(group) => read(plan, &plan.groups[group.index()], first),
        Step::Fail(chance) => format!(
            "fail      with {}",
            share(plan.chances[chance.index()].probability)
        ),
        Step::Set(row) => format!("set       {}", assigned(plan, row)),
        Step::End => "end".to_owned(),
    }
}

/// What is done with the messages of a group.
fn read(plan: &Plan, group: &Group, first: u32) -> String {
    let mut words = format!("read      {}", called(plan, group.run, first));
    if group.most > 1 {
        let wait = format::duration(group.wait as f64);
        let _ = write!(
            words,
            ", up to {} messages at once within {wait}",
            group.most
        );
    }
    match group.delivery {
        Delivery::InOrder { after } if group.attempts > 1 => {
            let (times, after) = (attempts_of(group.attempts), format::duration(after as f64));
            let _ = write!(words, ", {times} deliveries, each {after} after a failure");
        }
        Delivery::InOrder { .. } => {}
        Delivery::Competing {
            visibility,
            in_flight,
        } => {
            let _ = write!(words, ", {in_flight} at once per consumer");
            if visibility != u64::MAX {
                let hidden = format::duration(visibility as f64);
                let _ = write!(words, ", hidden for {hidden}");
            }
            let _ = write!(words, ", {} deliveries", attempts_of(group.attempts));
        }
    }
    if group.dead.is_some() {
        let to = plan.calls[group.dead.index()].endpoint;
        let _ = write!(words, ", then to {}", endpoint_name(plan, to));
    }
    words
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
    let connection = plan.guards.connection_of(id);
    if connection.is_some() {
        guards.push(format!("holds {}", held(plan, connection)));
    }
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
        .map(|candidates| candidates.stations.len())
        .max()
        .unwrap_or(0);
    let via = if replicas > 1 {
        format!(" via {}", balance(plan, pool))
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

/// Units that are held.
fn held(plan: &Plan, hold: HoldId) -> String {
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
        "{} of {} {}{key}{wait}",
        hold.units, quantity.size, quantity.name
    )
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
        let attempts = attempts_of(retry.attempts);
        guards.push(format!("{attempts} attempts{budget}"));
    }
    if let Some(limit) = plan.limit_of(call) {
        guards.push(bucket(limit, " of each caller"));
    }
    if let Some(hedge) = call.hedge {
        let losers = if hedge.cancel_losers {
            ", losers cancelled"
        } else {
            ""
        };
        let after = match hedge.after {
            After::Fixed(time) => format::duration(time as f64),
            After::Drawn(demand) => amount(plan, demand),
            After::Observed { share: part, .. } => {
                format!("what {} of the first take", share(part))
            }
        };
        guards.push(format!("{} more after {after}{losers}", hedge.extra));
    }
    match call.abandon {
        Abandon::Ignore => {}
        Abandon::AtDequeue => guards.push("given up when dequeued".to_owned()),
        Abandon::Propagate => guards.push("cancelled when given up".to_owned()),
    }
}

fn attempts_of(attempts: u32) -> String {
    if attempts == u32::MAX {
        "unlimited".to_owned()
    } else {
        attempts.to_string()
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

fn cache(plan: &Plan, id: super::super::CacheId) -> &str {
    component_name(plan, plan.caches[id.index()].component)
}

fn share(share: f64) -> String {
    format::percent(share)
}

/// A random size.
fn bytes(plan: &Plan, id: DemandId) -> String {
    described(plan, id, &|bytes| format::bytes(bytes))
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

/// A random time.
pub(super) fn amount(plan: &Plan, id: DemandId) -> String {
    described(plan, id, &|ns| format::duration(ns))
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

pub(super) fn balance(plan: &Plan, pool: &Pool) -> String {
    let mut words = pool.balance.word().to_owned();
    if let Balance::PowerOfD(rule) = &pool.balance {
        words = format!("power-of-{}", rule.choices());
    }
    if let Balance::ConsistentHash(rule) = &pool.balance {
        let _ = write!(words, " of {} points", rule.ring().points());
    }
    if pool.balance.view() == View::Caller {
        words.push_str(" as the caller sees it");
    }
    if pool.key.is_some() {
        let _ = write!(words, " by {}", attribute(plan, pool.key));
    }
    if pool.balance.deal() == Deal::ByWeight || !pool.weights.is_empty() {
        let weights: Vec<String> = pool.weights.iter().map(f64::to_string).collect();
        let _ = write!(words, " {}", weights.join(":"));
    }
    words
}

pub(super) fn count(plan: &Plan, id: CountId) -> &str {
    plan.counts
        .get(id.index())
        .map_or("?", |count| count.text.as_str())
}
