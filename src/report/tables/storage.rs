//! Stores of objects: their tiers.

use super::{Kind, Table};
use crate::analysis::RunResult;
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// The tiers of stores: who is there, who is asked for, what both cost.
pub(crate) fn storage(result: &RunResult) -> Table {
    let columns = [
        ("Tier", Kind::Words),
        ("Objects", Kind::Number),
        ("Reads", Kind::Number),
        ("First byte", Kind::Number),
        ("Storage", Kind::Number),
        ("Retrieval", Kind::Number),
    ];
    let note = "Objects is the share of all objects that is in the tier by the law of their ages, reads the share of reads that \
                found theirs there; first byte its mean; storage and retrieval are money per month for what is kept and read.";
    let mut table = Table::new("Storage tiers", note, &columns);
    let money = |amount: Option<f64>| match (amount, &result.cost) {
        (Some(amount), cost) => format::money(amount, &cost.currency),
        (None, _) => format::NOTHING.into(),
    };
    for component in &result.components {
        for tier in &component.tiers {
            table.rows.push(vec![
                plain(&format!("{}: {}", component.name, tier.tier)),
                format::share(tier.objects),
                format::estimate(&tier.reads, &Unit::Share),
                tier.first_byte
                    .map_or(format::NOTHING.into(), format::duration),
                money(tier.storage),
                money(tier.retrieval),
            ]);
        }
    }
    table
}
