//! Requests as users see them, calls as programs see them, and how they failed.

use super::{Kind, Table, is_overloaded};
use crate::analysis::{EndpointResult, Estimate, Role, RunResult};
use crate::report::format::{self, Unit};
use crate::report::text::plain;

/// An estimate of something that may have had no traffic at all.
fn cell(endpoint: &EndpointResult, of: &Estimate, unit: &Unit) -> String {
    if endpoint.sent == 0 {
        format::NOTHING.into()
    } else {
        format::estimate(of, unit)
    }
}

/// What is asked for and what is done, where that is less: latencies grow as long as one looks.
fn asked_and_done(result: &RunResult, role: Role) -> Table {
    let (title, head) = match role {
        Role::Request => ("Requests", "Request"),
        Role::Call => ("Calls", "Call"),
    };
    let columns = [
        (head, Kind::Words),
        ("Asked for", Kind::Number),
        ("Done", Kind::Number),
    ];
    let note = "The load cannot be served, so latencies and queues have no lasting value: what is asked for and what is done \
                per second of the window.";
    let mut table = Table::new(title, note, &columns);
    table.rows.extend(of_role(result, role).map(|endpoint| {
        vec![
            plain(&endpoint.name),
            format::estimate(&endpoint.rate, &Unit::PerSecond),
            format::estimate(&endpoint.throughput, &Unit::PerSecond),
        ]
    }));
    table
}

/// Requests as users see them.
pub(crate) fn requests(result: &RunResult) -> Table {
    if is_overloaded(result) {
        return asked_and_done(result, Role::Request);
    }
    let columns = [
        ("Request", Kind::Words),
        ("Rate", Kind::Number),
        ("Success", Kind::Number),
        ("Mean", Kind::Number),
        ("p50", Kind::Number),
        ("p95", Kind::Number),
        ("p99", Kind::Number),
    ];
    let note =
        "As users see them: requests sent per second, share that succeeded, latency of those.";
    let mut table = Table::new("Requests", note, &columns);
    table
        .rows
        .extend(of_role(result, Role::Request).map(|endpoint| {
            let latency = &endpoint.latency;
            let mut row = vec![
                plain(&endpoint.name),
                format::estimate(&endpoint.rate, &Unit::PerSecond),
                cell(endpoint, &endpoint.success, &Unit::Share),
            ];
            let columns = [&latency.mean, &latency.p50, &latency.p95, &latency.p99];
            row.extend(columns.map(|of| cell(endpoint, of, &Unit::Seconds)));
            row
        }));
    table
}

/// Latencies of requests or calls, all of a row in the unit that stands behind its name: tables in a word processor are narrow.
pub(crate) fn latencies(result: &RunResult, role: Role) -> Table {
    let first = match role {
        Role::Request => "Latency of",
        Role::Call => "Time of",
    };
    let columns = [
        (first, Kind::Words),
        ("Mean", Kind::Number),
        ("p50", Kind::Number),
        ("p90", Kind::Number),
        ("p95", Kind::Number),
        ("p99", Kind::Number),
    ];
    let mut table = Table::new("", "", &columns);
    let seen = of_role(result, role).filter(|endpoint| endpoint.sent > 0);
    let mut rows: Vec<&EndpointResult> = seen.collect();
    if role == Role::Call {
        rank(&mut rows);
    }
    table.rows.extend(rows.into_iter().map(|endpoint| {
        let of = &endpoint.latency;
        let all = [&of.mean, &of.p50, &of.p90, &of.p95, &of.p99];
        let (unit, each) = format::together(&all, &Unit::Seconds);
        let name = plain(&endpoint.name);
        let label = if unit.is_empty() {
            name
        } else {
            format!("{name} ({unit})")
        };
        std::iter::once(label).chain(each).collect()
    }));
    table
}

/// Those first in which most time is spent (calls per second times mean latency).
fn rank(calls: &mut [&EndpointResult]) {
    let time = |endpoint: &EndpointResult| {
        endpoint.rate.value.unwrap_or(0.0) * endpoint.latency.mean.value.unwrap_or(0.0)
    };
    calls.sort_by(|a, b| time(b).total_cmp(&time(a)));
}

fn of_role(result: &RunResult, role: Role) -> impl Iterator<Item = &EndpointResult> {
    result
        .endpoints
        .iter()
        .filter(move |endpoint| endpoint.role == role)
}

/// The far end of the requests, and what became of those that gave no latency.
pub(crate) fn tails(result: &RunResult) -> Table {
    let columns = [
        ("Request", Kind::Words),
        ("Sent", Kind::Number),
        ("p90", Kind::Number),
        ("p99.9", Kind::Number),
        ("Longest", Kind::Number),
        ("Unfinished", Kind::Number),
        ("Late answers", Kind::Number),
    ];
    let note = "Counts over all replications. Longest grows with the length of a run, so it has no interval; late \
                answers found nobody waiting.";
    let mut table = Table::new("Tails of the requests", note, &columns);
    if is_overloaded(result) {
        return table;
    }
    table
        .rows
        .extend(of_role(result, Role::Request).map(|endpoint| {
            let latency = &endpoint.latency;
            let longest = if endpoint.sent == 0 {
                format::NOTHING.into()
            } else {
                format::duration(latency.max)
            };
            vec![
                plain(&endpoint.name),
                format::count(endpoint.sent),
                cell(endpoint, &latency.p90, &Unit::Seconds),
                cell(endpoint, &latency.p999, &Unit::Seconds),
                longest,
                format::count(endpoint.unfinished),
                format::count(endpoint.late),
            ]
        }));
    table
}

/// Failures by cause, of requests and calls.
pub(crate) fn failures(result: &RunResult) -> Table {
    let columns = [
        ("Request or call", Kind::Words),
        ("Cause", Kind::Words),
        ("Share of sent", Kind::Number),
    ];
    let mut table = Table::new("Failures", "Those that occurred, by cause.", &columns);
    table.rows = (result.endpoints.iter())
        .flat_map(|endpoint| {
            endpoint
                .failures
                .iter()
                .map(move |failure| (endpoint, failure))
        })
        .map(|(endpoint, failure)| {
            let share = format::estimate(&failure.share, &Unit::Share);
            vec![plain(&endpoint.name), plain(&failure.cause), share]
        })
        .collect();
    table
}

/// Calls, ranked.
pub(crate) fn calls(result: &RunResult) -> Table {
    if is_overloaded(result) {
        return asked_and_done(result, Role::Call);
    }
    let columns = [
        ("Call", Kind::Words),
        ("Rate", Kind::Number),
        ("Success", Kind::Number),
        ("Wait", Kind::Number),
        ("p50", Kind::Number),
        ("p95", Kind::Number),
        ("p99", Kind::Number),
    ];
    let note = "As the calling program sees them, those first in which most time is spent. Wait is the mean time in \
                queues.";
    let mut table = Table::new("Calls", note, &columns);
    let mut ranked: Vec<&EndpointResult> = of_role(result, Role::Call).collect();
    rank(&mut ranked);
    table.rows.extend(ranked.into_iter().map(|endpoint| {
        let latency = &endpoint.latency;
        let wait = endpoint
            .wait
            .as_ref()
            .map_or(format::NOTHING.into(), |wait| {
                cell(endpoint, wait, &Unit::Seconds)
            });
        let mut row = vec![
            plain(&endpoint.name),
            format::estimate(&endpoint.rate, &Unit::PerSecond),
            cell(endpoint, &endpoint.success, &Unit::Share),
            wait,
        ];
        row.extend(
            [&latency.p50, &latency.p95, &latency.p99].map(|of| cell(endpoint, of, &Unit::Seconds)),
        );
        row
    }));
    table
}
