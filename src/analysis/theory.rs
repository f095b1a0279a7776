//! Theory beside the simulation: each number that a formula knows, with what was found of the same.

use super::endpoints;
use super::estimate::Sample;
use super::result::{
    ComponentResult, EndpointResult, Estimate, RunResult, Status, TheoryKind, TheoryReason,
    TheoryResult, TheoryRow,
};
use crate::plan::{Plan, component};
use crate::theory::{self, Answer, Kind, Metric, Reason, Subject, Value};

/// The same result with what theory says of the plan that it is of.
#[must_use]
pub fn with_theory(plan: &Plan, result: RunResult) -> RunResult {
    let told = theory::of(plan);
    let rows = told
        .answers
        .iter()
        .filter_map(|answer| row(plan, &result, answer));
    let reason = |reason: &Reason| TheoryReason {
        of: name(plan, reason.of),
        why: reason.why.clone(),
    };
    let theory = TheoryResult {
        rows: rows.collect(),
        reasons: told.reasons.iter().map(reason).collect(),
    };
    RunResult {
        theory: Some(theory),
        ..result
    }
}

/// What a subject is called in the result. A workload of one line is that line.
fn name(plan: &Plan, of: Subject) -> String {
    match of {
        Subject::Workload(id) => match plan.workloads[id.index()].entries.as_slice() {
            [only] => endpoints::entry_name(plan, *only),
            _ => plan.workloads[id.index()].name.clone(),
        },
        Subject::Entry(id) => endpoints::entry_name(plan, id),
        Subject::Endpoint(id) => component::endpoint_name(plan, id),
        Subject::Component(id) => component::component_name(plan, id).to_owned(),
    }
}

/// An answer beside its estimate; nothing where the result has no such number.
fn row(plan: &Plan, result: &RunResult, answer: &Answer) -> Option<TheoryRow> {
    let of = name(plan, answer.of);
    let simulated = match answer.of {
        Subject::Component(_) => of_component(
            result.components.iter().find(|row| row.name == of)?,
            answer.metric,
        )?,
        _ => of_endpoint(
            result.endpoints.iter().find(|row| row.name == of)?,
            answer.metric,
        )?,
    };
    let (value, low, high) = match answer.value {
        Value::Of(value) => (Some(value), None, None),
        Value::Between(low, high) => (None, low, high),
    };
    let (metric, unit) = words(answer.metric);
    Some(TheoryRow {
        metric,
        unit: unit.to_owned(),
        kind: match answer.kind {
            Kind::Exact => TheoryKind::Exact,
            Kind::Approximation => TheoryKind::Approximation,
            Kind::Bound => TheoryKind::Bound,
        },
        formula: answer.formula.to_owned(),
        source: answer.source.to_owned(),
        inside: inside(&simulated, value.or(low), value.or(high)),
        simulated,
        of,
        value,
        low,
        high,
    })
}

/// Whether an interval meets what lies from `low` to `high`.
fn inside(simulated: &Estimate, low: Option<f64>, high: Option<f64>) -> Option<bool> {
    let (from, to) = simulated
        .low
        .zip(simulated.high)
        .filter(|_| simulated.status == Status::Ok)?;
    // The last digits of a number that does not vary are those of its sum.
    let slack = 1e-9 * to.abs();
    Some(low.is_none_or(|low| low <= to + slack) && high.is_none_or(|high| high >= from - slack))
}

fn of_component(row: &ComponentResult, metric: Metric) -> Option<Estimate> {
    match metric {
        Metric::Utilisation => row.cpu.clone().filter(|_| !row.cpu_unlimited),
        Metric::Slots => row.slots.clone(),
        Metric::Wait => Some(row.wait.clone()),
        Metric::Present => Some(row.present.clone()),
        Metric::Refused => Some(row.refused.clone()),
        Metric::Up => row.breakdowns.as_ref()?.up.clone(),
        // Nobody counts that while it runs: what it does is seen in failures.
        Metric::AnyUp => Some(Sample::nothing(0).estimate()),
        Metric::Mean | Metric::Percentile(_) | Metric::Throughput => None,
    }
}

fn of_endpoint(row: &EndpointResult, metric: Metric) -> Option<Estimate> {
    let latency = &row.latency;
    let percentile = |p: f64| {
        let known = [
            (0.5, &latency.p50),
            (0.95, &latency.p95),
            (0.99, &latency.p99),
            (0.999, &latency.p999),
        ];
        known
            .into_iter()
            .find(|(known, _)| (known - p).abs() < 1e-12)
            .map(|(_, found)| found.clone())
    };
    match metric {
        Metric::Mean => Some(latency.mean.clone()),
        Metric::Percentile(p) => percentile(p),
        Metric::Throughput => Some(row.throughput.clone()),
        _ => None,
    }
}

/// The metric's word and unit.
fn words(metric: Metric) -> (String, &'static str) {
    let percentile = |p: f64| super::metric::word(crate::plan::Metric::Percentile(p));
    match metric {
        Metric::Mean => ("latency.mean".to_owned(), "s"),
        Metric::Percentile(p) => (format!("latency.{}", percentile(p)), "s"),
        Metric::Throughput => ("throughput".to_owned(), "1/s"),
        Metric::Utilisation => ("utilisation".to_owned(), "share"),
        Metric::Slots => ("slots".to_owned(), "share"),
        Metric::Wait => ("wait".to_owned(), "s"),
        Metric::Present => ("present".to_owned(), ""),
        Metric::Refused => ("refused".to_owned(), "share"),
        Metric::Up => ("up".to_owned(), "share"),
        Metric::AnyUp => ("any up".to_owned(), "share"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{Meta, summarise, synthetic};
    use super::*;

    fn around(low: f64, high: f64) -> Estimate {
        Estimate {
            value: Some(f64::midpoint(low, high)),
            low: Some(low),
            high: Some(high),
            level: 0.95,
            n: 16,
            method: "student".into(),
            status: Status::Ok,
        }
    }

    #[test]
    fn inside_means_that_interval_and_theory_meet() {
        let found = around(1.0, 2.0);
        for (low, high, expected) in [
            (Some(1.5), Some(1.5), true),
            (Some(2.5), Some(2.5), false),
            (Some(0.5), Some(0.5), false),
            (Some(0.5), None, true),
            (Some(2.5), None, false),
            (Some(0.1), Some(0.9), false),
            (Some(0.1), Some(1.1), true),
        ] {
            assert_eq!(
                inside(&found, low, high),
                Some(expected),
                "{low:?} {high:?}"
            );
        }
        let short = Estimate {
            status: Status::TooShort,
            low: None,
            high: None,
            ..found
        };
        assert_eq!(inside(&short, Some(1.5), Some(1.5)), None);
    }

    #[test]
    fn reasons_and_numbers_have_the_names_of_the_result() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let result = summarise(&plan, &outcome, &Meta::default());
        assert_eq!(result.theory, None);
        let theory = with_theory(&plan, result.clone()).theory.unwrap();
        let known = |of: &String| {
            result.components.iter().any(|row| row.name == *of)
                || result.endpoints.iter().any(|row| row.name == *of)
        };
        let names = theory
            .rows
            .iter()
            .map(|row| &row.of)
            .chain(theory.reasons.iter().map(|reason| &reason.of));
        let names: Vec<&String> = names.collect();
        assert!(
            !names.is_empty() && names.into_iter().all(known),
            "{theory:?}"
        );
    }
}
