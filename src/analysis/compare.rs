//! Two architectures under the same fate, metric by metric.
//!
//! Replication i of both sides has the same arrivals, demands and keys, so the *differences* are looked at: their point estimate
//! comes from all replications together, their error from the scatter of the per-pair differences about it (Law §10.2; for
//! percentiles the difference of the merged quantiles). How much that buys is printed: variance of an unpaired difference over the
//! paired one.

use super::components;
use super::estimate::{LEVEL, Sample, student_factor, student_tail};
use super::holm;
use super::metric;
use super::outcome::Outcome;
use super::result::{COMPARISON_FORMAT, Comparison, Difference, Preference, RunResult, Status};
use crate::plan::{Capacity, ComponentId, Metric, Plan, Target, component};

/// One architecture and its replications.
pub type Side<'a> = (&'a Plan, &'a Outcome);

/// A metric of both sides.
struct Row {
    of: String,
    metric: String,
    unit: String,
    more_is_better: bool,
    first: Sample,
    second: Sample,
}

/// The whole comparison; the results are those of [`super::summarise`].
pub fn comparison(first: (Side, RunResult), second: (Side, RunResult)) -> Comparison {
    Comparison {
        format: COMPARISON_FORMAT.to_owned(),
        differences: differences(first.0, second.0),
        only: only(first.0.0, second.0.0),
        first: first.1,
        second: second.1,
    }
}

/// Every metric of everything that both sides have, judged together.
pub fn differences(first: Side, second: Side) -> Vec<Difference> {
    judge(rows(first, second))
}

/// The target of the same name in another plan.
pub fn counterpart(plan: &Plan, target: &Target, other: &Plan) -> Option<Target> {
    let position = |name: &str| {
        other
            .components
            .iter()
            .position(|component| component.name == name)
    };
    Some(match target {
        Target::All => Target::All,
        Target::Workload(id) => {
            let name = &plan.workloads[id.index()].name;
            Target::Workload(
                other
                    .workloads
                    .iter()
                    .position(|workload| workload.name == *name)?
                    .into(),
            )
        }
        Target::Entries(ids) => {
            let key = |plan: &Plan, entry: &crate::plan::Entry| {
                (
                    plan.workloads[entry.workload.index()].name.clone(),
                    entry.name.clone(),
                )
            };
            let same = |id: &crate::plan::EntryId| {
                let wanted = key(plan, &plan.entries[id.index()]);
                Some(
                    other
                        .entries
                        .iter()
                        .position(|entry| key(other, entry) == wanted)?
                        .into(),
                )
            };
            Target::Entries(ids.iter().map(same).collect::<Option<_>>()?)
        }
        Target::Endpoint(id) => {
            let endpoint = &plan.endpoints[id.index()];
            let owner = position(component::component_name(plan, endpoint.component))?;
            let same = |theirs: &crate::plan::Endpoint| {
                theirs.component.index() == owner && theirs.name == endpoint.name
            };
            Target::Endpoint(other.endpoints.iter().position(same)?.into())
        }
        Target::Component(id) => {
            Target::Component(position(component::component_name(plan, *id))?.into())
        }
    })
}

/// A metric of a target of the first side, on both sides.
pub fn pair(
    first: Side,
    second: Side,
    target: &Target,
    metric: Metric,
) -> Option<(Sample, Sample)> {
    let theirs = counterpart(first.0, target, second.0)?;
    Some((
        metric::sample(first.0, first.1, target, metric),
        metric::sample(second.0, second.1, &theirs, metric),
    ))
}

fn rows(first: Side, second: Side) -> Vec<Row> {
    let (plan, other) = (first.0, second.0);
    let of_requests = [
        Metric::Percentile(0.5),
        Metric::Percentile(0.95),
        Metric::Percentile(0.99),
        Metric::Mean,
        Metric::Success,
        Metric::Throughput,
    ];
    let mut wanted: Vec<(Target, Metric)> = Vec::new();
    for workload in 0..plan.workloads.len() {
        wanted.extend(of_requests.map(|metric| (Target::Workload(workload.into()), metric)));
    }
    for objective in &plan.objectives {
        let mut pair = (objective.target.clone(), objective.metric);
        // A workload under another name is still that workload.
        if let (Target::All, [_]) = (&pair.0, plan.workloads.as_slice()) {
            pair.0 = Target::Workload(0_usize.into());
        }
        if !matches!(pair.1, Metric::Max | Metric::Cost | Metric::Utilisation)
            && !wanted.contains(&pair)
        {
            wanted.push(pair);
        }
    }
    for id in (0..plan.components.len()).map(ComponentId::from) {
        let theirs = other
            .components
            .iter()
            .position(|theirs| theirs.name == plan.components[id.index()].name);
        let Some(theirs) = theirs.map(ComponentId::from) else {
            continue;
        };
        if limited(plan, id) && limited(other, theirs) {
            wanted.push((Target::Component(id), Metric::Utilisation));
        }
        let priced = |plan: &Plan, id: ComponentId| plan.components[id.index()].price.is_some();
        if priced(plan, id) && priced(other, theirs) {
            wanted.push((Target::Component(id), Metric::Cost));
        }
    }
    if metric::unit(plan, Metric::Cost) == metric::unit(other, Metric::Cost)
        && plan
            .components
            .iter()
            .any(|component| component.price.is_some())
    {
        wanted.push((Target::All, Metric::Cost));
    }
    let row = |(target, metric): (Target, Metric)| {
        let (first, second) = pair(first, second, &target, metric)?;
        Some(Row {
            of: metric::name(plan, &target),
            metric: metric::word(metric),
            unit: metric::unit(plan, metric),
            more_is_better: matches!(metric, Metric::Success | Metric::Throughput),
            first,
            second,
        })
    };
    wanted.into_iter().filter_map(row).collect()
}

/// Whether a component has processors, all with a limit.
fn limited(plan: &Plan, id: ComponentId) -> bool {
    let mut its = plan
        .processors
        .iter()
        .filter(|processor| processor.component == id)
        .peekable();
    its.peek().is_some() && its.all(|processor| processor.cores != Capacity::Unlimited)
}

/// Differences, with one verdict for all: Holm's correction over the metrics that can be tested.
fn judge(rows: Vec<Row>) -> Vec<Difference> {
    let differences: Vec<Sample> = rows.iter().map(|row| row.second.less(&row.first)).collect();
    let tails: Vec<Option<f64>> = differences.iter().map(tail).collect();
    let tested: Vec<f64> = tails.iter().copied().flatten().collect();
    let mut rejected = holm::rejected(&tested, 1.0 - LEVEL).into_iter();
    let mut found = Vec::with_capacity(rows.len());
    for ((row, sample), tail) in rows.into_iter().zip(differences).zip(tails) {
        let resolved = tail.is_some() && rejected.next() == Some(true);
        let value = sample.value.unwrap_or(0.0);
        let preference = if same(&row, &sample) {
            Preference::Same
        } else if !resolved {
            Preference::NotResolved
        } else if (value > 0.0) == row.more_is_better {
            Preference::Better
        } else {
            Preference::Worse
        };
        let paired = sample.variance();
        let unpaired = row.first.variance() + row.second.variance();
        found.push(Difference {
            of: row.of,
            metric: row.metric,
            unit: row.unit,
            first: row.first.estimate(),
            second: row.second.estimate(),
            difference: sample.estimate(),
            variance_reduction: (tail.is_some() && paired > 0.0).then(|| unpaired / paired),
            preference,
            more_replications: (preference == Preference::NotResolved)
                .then(|| more(&sample, tested.len()))
                .flatten(),
        });
    }
    found
}

/// Probability of a difference at least as large by chance alone; `None` when there is nothing to test.
fn tail(difference: &Sample) -> Option<f64> {
    let value = difference
        .value
        .filter(|_| difference.status == Status::Ok && difference.each.len() > 1)?;
    let error = difference.error();
    if value == 0.0 && error == 0.0 {
        return None;
    }
    Some(student_tail(difference.each.len(), value / error))
}

/// Whether both sides gave the same in every single replication.
fn same(row: &Row, difference: &Sample) -> bool {
    row.first.status == row.second.status
        && difference.value == Some(0.0)
        && difference.each.iter().all(|each| *each == 0.0)
}

/// About how many more replications would resolve a difference of this size among so many tests: n = (t · s / d)². At most a billion.
fn more(difference: &Sample, tests: usize) -> Option<u64> {
    tail(difference)?;
    let (n, value) = (
        difference.each.len(),
        difference.value.filter(|value| *value != 0.0)?,
    );
    let factor = student_factor(n, 1.0 - (1.0 - LEVEL) / tests.max(1) as f64);
    let needed = (factor * factor * difference.variance() / (value * value))
        .ceil()
        .min(1e9) as u64;
    Some(needed.saturating_sub(n as u64).max(1))
}

/// What is in one and not in the other, a sentence each.
fn only(first: &Plan, second: &Plan) -> Vec<String> {
    let names = |plan: &Plan| -> Vec<String> {
        let workloads = plan
            .workloads
            .iter()
            .map(|workload| format!("workload `{}`", workload.name));
        let components = plan
            .components
            .iter()
            .map(|component| format!("{} `{}`", components::kind(component.kind), component.name));
        workloads.chain(components).collect()
    };
    let (ours, theirs) = (names(first), names(second));
    let missing = |from: &[String], side: &str, other: &[String]| -> Vec<String> {
        from.iter()
            .filter(|name| !other.contains(name))
            .map(|name| format!("{name} is only in the {side}"))
            .collect()
    };
    [
        missing(&ours, "first", &theirs),
        missing(&theirs, "second", &ours),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::synthetic::{self, Words};
    use super::*;

    fn row(more_is_better: bool, first: Vec<f64>, second: Vec<f64>) -> Row {
        Row {
            of: "shoppers".into(),
            metric: "mean".into(),
            unit: "s".into(),
            more_is_better,
            first: Sample::mean(first),
            second: Sample::mean(second),
        }
    }

    fn shared(shift: f64, noise: f64) -> (Vec<f64>, Vec<f64>) {
        let mut words = Words::new(17);
        let first: Vec<f64> = (0..16).map(|_| 10.0 + words.exponential()).collect();
        let second = first
            .iter()
            .map(|value| value + shift + noise * (words.uniform() - 0.5))
            .collect();
        (first, second)
    }

    #[test]
    fn pairing_finds_what_the_scatter_hides() {
        let (first, second) = shared(0.2, 0.2);
        let found = &judge(vec![row(false, first, second)])[0];
        assert_eq!(found.preference, Preference::Worse);
        assert!(found.variance_reduction.unwrap() > 100.0);
        let (low, high) = (
            found.difference.low.unwrap(),
            found.difference.high.unwrap(),
        );
        assert!(
            low < 0.2 && 0.2 < high && high - low < 0.1,
            "{low} to {high}"
        );
        assert!(
            found.first.half_width().unwrap() > 0.2,
            "unpaired it would not be resolved"
        );
        assert_eq!(found.more_replications, None);
    }

    #[test]
    fn more_is_better_turns_the_verdict() {
        let (first, second) = shared(0.2, 0.1);
        assert_eq!(
            judge(vec![row(true, first, second)])[0].preference,
            Preference::Better
        );
    }

    #[test]
    fn an_unresolved_difference_says_what_it_would_take() {
        let (first, second) = shared(0.05, 1.0);
        let found = &judge(vec![row(false, first.clone(), second.clone())])[0];
        assert_eq!(found.preference, Preference::NotResolved);
        let more = found.more_replications.unwrap();
        let difference = Sample::mean(second.iter().zip(&first).map(|(b, a)| b - a).collect());
        let n = 16.0 + more as f64;
        let t = difference.value.unwrap().abs() / (difference.variance() / n).sqrt();
        assert!(
            (t - student_factor(16, 0.95)).abs() < 0.1,
            "with {more} more, t would be {t}"
        );
    }

    #[test]
    fn nothing_differs_when_nothing_differs() {
        let (first, _) = shared(0.0, 0.0);
        let found = &judge(vec![row(false, first.clone(), first)])[0];
        assert_eq!(
            (
                found.preference,
                found.variance_reduction,
                found.more_replications
            ),
            (Preference::Same, None, None)
        );
    }

    #[test]
    fn many_metrics_are_judged_together() {
        // One true difference at t ≈ 2.5 stands alone, but not among twenty.
        let mut words = Words::new(4);
        let mut noise = |shift: f64| {
            let each: Vec<f64> = (0..16).map(|_| words.uniform() - 0.5).collect();
            let sample = Sample::mean(each.clone());
            let centre = sample.value.unwrap() - shift * sample.error();
            row(
                false,
                vec![0.0; 16],
                each.iter().map(|value| value - centre).collect(),
            )
        };
        assert_eq!(judge(vec![noise(2.5)])[0].preference, Preference::Worse);
        let many = judge(
            (0..20)
                .map(|i| noise(if i == 0 { 2.5 } else { 0.5 }))
                .collect(),
        );
        assert!(
            many.iter()
                .all(|found| found.preference == Preference::NotResolved)
        );
    }

    #[test]
    fn two_plans_are_compared_by_name() {
        let (plan, outcome) = synthetic::queue(1.0, 3);
        let (slower, slow) = synthetic::queue(1.05, 3);
        let found = differences((&plan, &outcome), (&slower, &slow));
        let p99 = found.iter().find(|row| row.metric == "p99").unwrap();
        assert_eq!(
            (p99.of.as_str(), p99.preference),
            ("shoppers", Preference::Worse)
        );
        assert!(
            (p99.difference.value.unwrap()
                - (p99.second.value.unwrap() - p99.first.value.unwrap()))
            .abs()
                < 1e-12
        );
        let utilisation = found
            .iter()
            .find(|row| row.metric == "utilisation")
            .unwrap();
        assert_eq!(
            (utilisation.of.as_str(), utilisation.unit.as_str()),
            ("currency", "share")
        );
        assert!(
            found
                .iter()
                .any(|row| row.metric == "cost" && row.preference == Preference::Same)
        );
        assert!(only(&plan, &slower).is_empty());
    }
}
