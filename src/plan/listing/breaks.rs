//! What breaks, in words.

use super::super::{ComponentId, Failover, Interrupted, Plan, Wear};
use crate::chance::law::Law;
use crate::units::format;

/// How a component breaks and is repaired, and how another copy of it comes to lead.
pub(super) fn breaks(plan: &Plan, id: ComponentId) -> Vec<String> {
    let mut facts: Vec<String> = plan.breakdowns.of(id).into_iter().map(wear).collect();
    let mut failovers = plan.breakdowns.failovers.iter();
    let mine = |row: &&Failover| plan.databases[row.database.index()].component == id;
    facts.extend(failovers.find(mine).map(failover));
    facts
}

fn time(law: &Law) -> String {
    law.describe(&|ns| format::duration(ns))
}

fn wear(wear: &Wear) -> String {
    let of = if wear.only_busy { " of work" } else { "" };
    let work = match wear.work {
        Interrupted::Resume => "work goes on after it",
        Interrupted::Restart => "work begins anew after it",
        Interrupted::Lost => "work is lost",
    };
    let crews = match wear.crews {
        u32::MAX => String::new(),
        1 => " one at a time".to_owned(),
        crews => format!(" {crews} at a time"),
    };
    format!(
        "breaks after {}{of}, repaired in {}{crews}, {work}",
        time(&wear.up),
        time(&wear.down)
    )
}

fn failover(failover: &Failover) -> String {
    let writes = if failover.waits { "wait" } else { "fail" };
    format!(
        "a lost leader is noticed in {}, the next elected in {}, writes {writes} meanwhile",
        time(&failover.detect),
        time(&failover.elect)
    )
}
