//! Two results on disk: what both have, and what of it can be paired by replication.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::row::{Row, What};
use super::{Side, Terms, plans, whole};
use crate::analysis::estimate::Sample;
use crate::analysis::result::{Comparison, Estimate, Role, RunResult, Status};
use crate::analysis::words;

/// A number of a run that can be compared with that of another, with what each replication says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Of what.
    pub of: String,
    /// `p99`, `utilisation`, …
    pub metric: String,
    /// `s`, `share`, `1/s`, `USD/month`.
    pub unit: String,
    /// The number.
    pub estimate: Estimate,
    /// Whether its replications may be relied on, which those of a share may be before it has an interval.
    pub status: Status,
    /// A value per replication that scatters about the number.
    pub each: Vec<f64>,
    /// How much smaller and larger than the number it may be by how finely it was measured.
    pub grain: (f64, f64),
}

/// Everything that can be compared of a run, to be kept beside its result.
pub fn samples(of: Side) -> Vec<Kept> {
    let kept = |(what, sample): (What, Sample)| Kept {
        of: what.of,
        metric: what.metric,
        unit: what.unit,
        estimate: sample.estimate(),
        status: sample.status,
        each: sample.each,
        grain: sample.grain,
    };
    plans::samples(of).into_iter().map(kept).collect()
}

/// The comparison of two results. Replications are paired where both met the same chance; all other differences have the intervals
/// of runs that have nothing to do with each other.
pub fn of_results(
    first: (RunResult, &[Kept]),
    second: (RunResult, &[Kept]),
    terms: &Terms,
) -> Comparison {
    let (one, two) = (&first.0.run, &second.0.run);
    let mut unpaired = Vec::new();
    let paired = one.seed == two.seed;
    if !paired {
        unpaired.push(format!(
            "Nothing is paired: the seeds are {} and {}, and the runs met different chance, so the intervals of differences are as \
             wide as those of separate runs.",
            one.seed, two.seed
        ));
    } else if one.replications != two.replications {
        unpaired.push(format!(
            "{} replications stand beside {}: the first {} of them are paired.",
            one.replications,
            two.replications,
            one.replications.min(two.replications)
        ));
    }
    let lengths = [one, two].map(|run| (run.warm_up.to_bits(), run.measured.to_bits()));
    if paired && lengths[0] != lengths[1] {
        let [a, b] = [one, two].map(|run| {
            let (cut, long) = (words::time(run.warm_up), words::time(run.measured));
            format!("{long} after {cut}")
        });
        unpaired.push(format!(
            "Pairs are of unequal lengths ({a} in the first, {b} in the second), and share only a part of their chance."
        ));
    }
    let rows = rows(first.1, second.1, paired);
    let only = only((&first.0, first.1), (&second.0, second.1));
    whole((first.0, second.0), rows, only, unpaired, terms)
}

fn key(of: &Kept) -> (&str, &str, &str) {
    (&of.of, &of.metric, &of.unit)
}

fn rows(first: &[Kept], second: &[Kept], paired: bool) -> Vec<Row> {
    let row = |one: &Kept| {
        let two = second.iter().find(|two| key(two) == key(one))?;
        let what = What {
            of: one.of.clone(),
            metric: one.metric.clone(),
            unit: one.unit.clone(),
        };
        let both = (one.estimate.clone(), two.estimate.clone());
        // What does not depend on chance needs no pairs.
        let exact = [one, two].iter().all(|of| of.estimate.method == "exact");
        Some(if paired || exact {
            Row::of(what, both, &difference(one, two), spread(one) + spread(two))
        } else {
            Row::apart(what, &both.0, &both.1)
        })
    };
    first.iter().filter_map(row).collect()
}

fn sample(of: &Kept) -> Sample {
    let Some(value) = of.estimate.value else {
        return Sample::nothing(of.each.len());
    };
    Sample {
        grain: of.grain,
        ..Sample::about(value, of.each.clone()).under(of.status)
    }
}

fn spread(of: &Kept) -> f64 {
    sample(of).variance()
}

fn difference(first: &Kept, second: &Kept) -> Sample {
    let few = |of: &Kept| of.status == Status::Ok && of.estimate.status == Status::TooFew;
    let scatters =
        |of: &Kept| of.estimate.status == Status::Ok && of.estimate.method != "rule-of-three";
    let difference = sample(second).less(&sample(first));
    let both = [first, second];
    if both.into_iter().any(few) && !both.into_iter().any(scatters) {
        return difference.under(Status::TooFew);
    }
    difference
}

/// What is in one and not in the other, a sentence each.
fn only(first: (&RunResult, &[Kept]), second: (&RunResult, &[Kept])) -> Vec<String> {
    let names = |(result, kept): (&RunResult, &[Kept])| -> Vec<String> {
        let requests = result.endpoints.iter();
        let requests = requests.filter(|of| of.role == Role::Request);
        let requests = requests.map(|of| format!("requests `{}`", of.name));
        let components = result.components.iter();
        let components = components.map(|of| format!("{} `{}`", of.kind, of.name));
        let mut names: Vec<String> = requests.chain(components).collect();
        for of in kept {
            let is_known = result.components.iter().any(|known| known.name == of.of);
            let name = format!("the {} of `{}`", of.metric, of.of);
            if !is_known && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    plans::missing(&names(first), &names(second))
}
