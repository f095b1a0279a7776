//! Two architectures under the same fate, metric by metric, and what of it matters.
//!
//! Replication i of both sides has the same arrivals, demands and keys, so the *differences* are looked at: their point estimate
//! comes from all replications together, their error from the scatter of the per-pair differences about it (Law §10.2; for
//! percentiles the difference of the merged quantiles). How much that buys is printed: variance of an unpaired difference over the
//! paired one.
//!
//! | file | what it decides |
//! |---|---|
//! | `plans` | what two plans have in common |
//! | `kept` | what two results on disk have in common, and what of it can be paired |
//! | `row` | one metric: its difference, what matters, better or worse |
//! | `lead` | names, verdicts that change, and the sentence that says it all |

mod kept;
mod lead;
mod plans;
mod row;

pub use kept::{Kept, of_results, samples};
pub use lead::Terms;
pub use plans::{counterpart, pair};

use super::estimate::LEVEL;
use super::holm;
use super::outcome::Outcome;
use super::result::{COMPARISON_FORMAT, Comparison, Difference, Matters, RunResult};
use crate::plan::Plan;
use row::Row;

/// One architecture and its replications.
pub type Side<'a> = (&'a Plan, &'a Outcome);

/// The whole comparison; the results are those of [`super::summarise`].
pub fn comparison(
    first: (Side, RunResult),
    second: (Side, RunResult),
    terms: &Terms,
) -> Comparison {
    let rows = plans::rows(first.0, second.0);
    let only = plans::only(first.0.0, second.0.0);
    whole((first.1, second.1), rows, only, Vec::new(), terms)
}

/// Every metric of everything that both sides have, judged together.
pub fn differences(first: Side, second: Side) -> Vec<Difference> {
    judge(plans::rows(first, second), &Matters::default())
}

fn whole(
    (first, second): (RunResult, RunResult),
    rows: Vec<Row>,
    only: Vec<String>,
    unpaired: Vec<String>,
    terms: &Terms,
) -> Comparison {
    let differences = judge(rows, &terms.matters);
    let names = lead::names(&first, &second, terms);
    let objectives = lead::objectives(&first, &second);
    let mut of = Comparison {
        format: COMPARISON_FORMAT.to_owned(),
        names,
        sentence: String::new(),
        first,
        second,
        matters: terms.matters,
        objectives,
        differences,
        only,
        unpaired,
    };
    of.sentence = lead::sentence(&of);
    of
}

/// Differences, with one verdict for all (Holm's correction over the metrics that can be tested), those that matter most first.
fn judge(rows: Vec<Row>, matters: &Matters) -> Vec<Difference> {
    let tails: Vec<Option<f64>> = rows.iter().map(Row::tail).collect();
    let tested: Vec<f64> = tails.iter().copied().flatten().collect();
    let mut rejected = holm::rejected(&tested, 1.0 - LEVEL).into_iter();
    let mut found: Vec<Difference> = rows
        .into_iter()
        .zip(tails)
        .map(|(row, tail)| {
            let resolved = tail.is_some() && rejected.next() == Some(true);
            row.judged(resolved, tested.len(), matters)
        })
        .collect();
    let weight = |of: &Difference| {
        let weight = of.weight.filter(|_| of.is_material());
        weight.map_or(f64::NEG_INFINITY, |weight| weight)
    };
    // Those that do not matter stay as they were written.
    found.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    found
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::row::What;
    use super::*;
    use crate::analysis::estimate::{Sample, student_factor};
    use crate::analysis::result::Preference;
    use crate::analysis::synthetic::{self, Words};

    fn of(metric: &str, unit: &str, first: Vec<f64>, second: Vec<f64>) -> Row {
        let what = What {
            of: "shoppers".into(),
            metric: metric.into(),
            unit: unit.into(),
        };
        Row::paired(what, &Sample::mean(first), &Sample::mean(second))
    }

    fn row(more_is_better: bool, first: Vec<f64>, second: Vec<f64>) -> Row {
        if more_is_better {
            of("throughput", "1/s", first, second)
        } else {
            of("mean", "s", first, second)
        }
    }

    /// Everything matters.
    const ALL: Matters = Matters {
        latency: 0.0,
        success: 0.0,
        throughput: 0.0,
        cost: 0.0,
        utilisation: 0.0,
    };

    fn judge(rows: Vec<Row>) -> Vec<Difference> {
        super::judge(rows, &ALL)
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
        assert!(plans::only(&plan, &slower).is_empty());
    }
}
