//! Databases that get more shards: how much moves, and how long it takes.

use super::outcome::Outcome;
use super::result::MoveResult;
use crate::plan::Plan;

/// All of them, in the order of the model.
pub fn results(plan: &Plan, outcome: &Outcome) -> Vec<MoveResult> {
    let moves = |(at, row): (usize, &crate::plan::Database)| {
        let reshard = row.reshard.as_ref()?;
        let batches = reshard.batches();
        // On rings that are drawn there is a little more or less to move than on average.
        let moved = outcome.mean(|tally| match &tally.moves[at] {
            all if all.over => 1.0,
            part => (part.batches as f64 / batches.max(1) as f64).min(1.0),
        });
        let took = outcome.ratio(
            |tally| tally.moves[at].took as f64 / 1e9,
            |tally| f64::from(u8::from(tally.moves[at].over)),
        );
        Some(MoveResult {
            database: plan.components[row.component.index()].name.clone(),
            from: reshard.from,
            to: row.shards,
            bytes: reshard.bytes(),
            begins: reshard.at as f64 / 1e9,
            moved: moved.between(0.0, 1.0).estimate(),
            took: took.estimate(),
        })
    };
    plan.databases
        .iter()
        .enumerate()
        .filter_map(moves)
        .collect()
}
