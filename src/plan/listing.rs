//! The plan as a readable program: what stands where, then every program step by step, with how often it runs.

mod breaks;
mod guards;
mod stands;
mod steers;
mod words;

use super::component::endpoint_name;
use super::{EndpointId, Plan, Step, StepId};
use crate::units::format;
use stands::{describe_component, describe_load, guests};
use std::collections::BTreeMap;
use std::fmt::Write;
use words::words;

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
    let guests = guests(plan);
    for (position, component) in plan.components.iter().enumerate() {
        line(
            &mut text,
            format_args!("{}", describe_component(plan, position, component)),
        );
        for (_, machine) in guests.iter().filter(|(host, _)| host.index() == position) {
            line(&mut text, format_args!("  {machine}"));
        }
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

/// Which replicas stand on which machine of a host, a line for each: `nodes/0 in eu/a: web/0, worker/1`.
pub fn placement(plan: &Plan) -> Vec<String> {
    guests(plan).into_iter().map(|(_, line)| line).collect()
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
