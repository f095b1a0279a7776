//! `runs.csv`: a row per replication, for those who want to do their own statistics.
//!
//! Units are in the names of the columns, `p99_s[visitors: web.page]`; a cell is empty where nothing was observed. Latencies are of
//! requests that succeeded, born in the measured window.

use crate::analysis::{Outcome, endpoints, metric};
use crate::measure::{Stopped, Tally};
use crate::plan::{ComponentId, EntryId, Metric, Plan, Target};
use crate::report::format;

/// Percentiles in the table.
const PERCENTILES: [(&str, f64); 3] = [("p50_s", 0.5), ("p95_s", 0.95), ("p99_s", 0.99)];

/// The table of an outcome.
pub(super) fn csv(plan: &Plan, outcome: &Outcome) -> Vec<u8> {
    let entries: Vec<EntryId> = (0..plan.entries.len()).map(EntryId::from).collect();
    let components = utilisations(plan, outcome);
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut head: Vec<String> = [
        "replication",
        "requests",
        "events",
        "most_in_progress",
        "ended",
    ]
    .map(str::to_owned)
    .to_vec();
    for &entry in &entries {
        let name = endpoints::entry_name(plan, entry);
        let columns = ["sent", "succeeded", "failed", "unfinished", "mean_s"];
        let columns = columns.into_iter().chain(PERCENTILES.map(|(name, _)| name));
        head.extend(columns.map(|column| format!("{column}[{name}]")));
    }
    head.extend(
        components
            .iter()
            .map(|(name, _)| format!("utilisation[{name}]")),
    );
    write(&mut out, &head);
    for (at, tally) in outcome.tallies.iter().enumerate() {
        let mut row = about(tally);
        for &entry in &entries {
            row.extend(requests(tally, entry));
        }
        row.extend(
            components
                .iter()
                .map(|(_, each)| format::unsigned_zero(each[at]).to_string()),
        );
        write(&mut out, &row);
    }
    out.into_inner().expect("a table in memory can be written")
}

fn write(out: &mut csv::Writer<Vec<u8>>, row: &[String]) {
    out.write_record(row)
        .expect("all rows have as many cells as the first");
}

fn about(tally: &Tally) -> Vec<String> {
    let ended = match tally.stopped {
        Stopped::Settled => "settled",
        Stopped::Unsettled => "unsettled",
        Stopped::TooMany { .. } => "too-many",
        Stopped::Stuck { .. } => "stuck",
    };
    let mut row: Vec<String> = [
        u64::from(tally.replication),
        tally.requests,
        tally.events,
        tally.most_flights,
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    row.push(ended.to_owned());
    row
}

fn requests(tally: &Tally, entry: EntryId) -> Vec<String> {
    let of = &tally.entries[entry.index()];
    let failed: u64 = of.failed.iter().sum();
    let mut row: Vec<String> = [of.sent, of.ok, failed, of.unfinished]
        .iter()
        .map(ToString::to_string)
        .collect();
    let seconds = |ns: Option<f64>| {
        ns.map_or_else(String::new, |ns| {
            format::unsigned_zero(ns / 1e9).to_string()
        })
    };
    row.push(seconds((of.latency.count > 0).then(|| of.latency.mean())));
    row.extend(PERCENTILES.map(|(_, p)| seconds(of.histogram.quantile(p))));
    row
}

/// The utilisation of every component that has one, by replication.
fn utilisations(plan: &Plan, outcome: &Outcome) -> Vec<(String, Vec<f64>)> {
    let utilisation = |(at, component): (usize, &crate::plan::Component)| {
        let target = Target::Component(ComponentId::from(at));
        let sample = metric::sample(plan, outcome, &target, Metric::Utilisation);
        sample.value.map(|_| (component.name.clone(), sample.each))
    };
    plan.components
        .iter()
        .enumerate()
        .filter_map(utilisation)
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::analysis::synthetic;

    #[test]
    fn a_row_per_replication_that_sums_to_the_result() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let table = csv(&plan, &outcome);
        let mut reader = csv::Reader::from_reader(table.as_slice());
        let head = reader.headers().unwrap().clone();
        let column = |name: &str| head.iter().position(|column| column == name).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), outcome.tallies.len());
        let sent: u64 = rows
            .iter()
            .map(|row| {
                row[column("sent[shoppers: frontend.home]")]
                    .parse::<u64>()
                    .unwrap()
            })
            .sum();
        assert_eq!(
            sent,
            outcome
                .tallies
                .iter()
                .map(|tally| tally.entries[0].sent)
                .sum::<u64>()
        );
        let busy: f64 = rows[0][column("utilisation[currency]")].parse().unwrap();
        // M/M/1: 12.1/s × 68.6 ms.
        assert!((busy - 0.83).abs() < 0.15, "{busy}");
        let p99: f64 = rows[0][column("p99_s[shoppers: frontend.home]")]
            .parse()
            .unwrap();
        assert!(p99 > 0.1 && p99 < 10.0, "{p99}");
    }
}
