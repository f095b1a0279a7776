//! Two results on disk: what both have, and what of it can be paired by replication.

use std::collections::BTreeMap;

use super::row::{Row, What};
use super::{Terms, whole};
use crate::analysis::estimate::Sample;
use crate::analysis::result::{
    Comparison, ComponentResult, EndpointResult, Estimate, Role, RunResult, Status,
};
use crate::analysis::words;

/// What was measured in every replication, by the heads of `runs.csv`; a number that was not observed is `None`.
pub type Columns = BTreeMap<String, Vec<Option<f64>>>;

/// A result with its replications, if they were kept.
type Side = (RunResult, Option<Columns>);

/// A mean over the replications that is off by more than this, relative, is of something else than the result.
const OFF: f64 = 1e-6;

/// The comparison of two results. Replications are paired where both met the same chance and what they measured was kept; the
/// differences of all other numbers have the intervals of runs that have nothing to do with each other.
pub fn of_results(first: Side, second: Side, terms: &Terms) -> Comparison {
    let (obstacle, mut unpaired) = obstacle(&first, &second);
    let only = only(&first.0, &second.0);
    let columns = (first.1, second.1);
    let mut rows = Rows {
        columns: match (&columns, obstacle) {
            ((Some(one), Some(two)), false) => Some((one, two)),
            _ => None,
        },
        seconds: (first.0.run.measured, second.0.run.measured),
        found: Vec::new(),
        apart: Vec::new(),
    };
    rows.all(&first.0, &second.0);
    if rows.columns.is_some() && !rows.apart.is_empty() {
        let names = rows.apart.join(", ");
        let why = "what each replication measured of them was not kept, so that their intervals are as wide as those of separate runs";
        unpaired.push(format!("Not paired: {names}; {why}."));
    }
    whole((first.0, second.0), rows.found, only, unpaired, terms)
}

/// Whether nothing at all can be paired; and the sentences about what cannot.
fn obstacle(first: &Side, second: &Side) -> (bool, Vec<String>) {
    let because = |why: &str| {
        let so = "the intervals of differences are as wide as those of separate runs";
        (true, vec![format!("Nothing is paired: {why}, so {so}.")])
    };
    if first.1.is_none() || second.1.is_none() {
        return because("what each replication measured (`runs.csv`) was not kept");
    }
    let (one, two) = (&first.0.run, &second.0.run);
    if one.seed != two.seed {
        return because(&format!(
            "the seeds are {} and {}, and the runs met different chance",
            one.seed, two.seed
        ));
    }
    let mut some = Vec::new();
    if one.replications != two.replications {
        some.push(format!(
            "{} replications stand beside {}: the first {} of them are paired.",
            one.replications,
            two.replications,
            one.replications.min(two.replications)
        ));
    }
    let lengths = [one, two].map(|run| (run.warm_up, run.measured));
    if lengths[0].0.total_cmp(&lengths[1].0).is_ne()
        || lengths[0].1.total_cmp(&lengths[1].1).is_ne()
    {
        let [a, b] = lengths.map(|(cut, long)| {
            let (cut, long) = (words::time(cut), words::time(long));
            format!("{long} after {cut}")
        });
        some.push(format!(
            "Pairs are of unequal lengths ({a} in the first, {b} in the second), and share only a part of their chance."
        ));
    }
    (false, some)
}

/// The rows as they are found.
struct Rows<'a> {
    columns: Option<(&'a Columns, &'a Columns)>,
    /// Measured in each replication \[s\].
    seconds: (f64, f64),
    found: Vec<Row>,
    /// What is not paired though replications were kept.
    apart: Vec<String>,
}

impl Rows<'_> {
    fn all(&mut self, first: &RunResult, second: &RunResult) {
        let requests = |of: &EndpointResult| of.role == Role::Request;
        for one in first.endpoints.iter().filter(|of| requests(of)) {
            let same = |two: &&EndpointResult| requests(two) && two.name == one.name;
            if let Some(two) = second.endpoints.iter().find(same) {
                self.requests(one, two);
            }
        }
        for one in &first.objectives {
            let covered = matches!(&*one.metric, "max" | "cost" | "utilisation");
            let same = |two: &&crate::analysis::ObjectiveResult| {
                (&two.name, &two.of, &two.metric) == (&one.name, &one.of, &one.metric)
            };
            let two = second.objectives.iter().find(same).filter(|_| !covered);
            if let Some(two) = two {
                self.apart(
                    what(&one.of, &one.metric, &one.unit),
                    (&one.estimate, &two.estimate),
                );
            }
        }
        for one in &first.components {
            if let Some(two) = second.components.iter().find(|two| two.name == one.name) {
                self.component(one, two, &first.cost.currency, &second.cost.currency);
            }
        }
        let (one, two) = (&first.cost, &second.cost);
        if !one.currency.is_empty() && one.currency == two.currency {
            let what = what("all", "cost", &format!("{}/month", one.currency));
            let row = Row::apart(what, &one.per_month, &two.per_month);
            self.found.push(row);
        }
    }

    fn requests(&mut self, one: &EndpointResult, two: &EndpointResult) {
        let name = one.name.as_str();
        let (a, b) = (&one.latency, &two.latency);
        for (metric, column, first, second) in [
            ("p50", "p50_s", &a.p50, &b.p50),
            ("p95", "p95_s", &a.p95, &b.p95),
            ("p99", "p99_s", &a.p99, &b.p99),
        ] {
            let column = format!("{column}[{name}]");
            let sample = |of: &Estimate, columns: &Columns, _| {
                let each = values(columns, &column)?;
                // A percentile of one window is no percentile of each replication.
                let value = of.value.filter(|_| of.method == "sectioning")?;
                Some(Sample::about(value, each).under(of.status))
            };
            self.row(what(name, metric, "s"), (first, second), &sample);
        }
        let count = |columns: &Columns, column: &str| values(columns, &format!("{column}[{name}]"));
        let mean = |of: &Estimate, columns: &Columns, _| {
            let (means, counts) = (count(columns, "mean_s")?, count(columns, "succeeded")?);
            let sums: Vec<f64> = means
                .iter()
                .zip(&counts)
                .map(|(mean, n)| mean * n)
                .collect();
            as_found(Sample::ratio(&sums, &counts), of)
        };
        self.row(what(name, "mean", "s"), (&a.mean, &b.mean), &mean);
        let success = |of: &Estimate, columns: &Columns, _| {
            let whole = |column: &str| -> Option<Vec<u64>> {
                Some(count(columns, column)?.iter().map(|n| *n as u64).collect())
            };
            as_found(Sample::share(&whole("succeeded")?, &whole("sent")?), of)
        };
        let of = (&one.success, &two.success);
        self.row(what(name, "success", "share"), of, &success);
        let throughput = |of: &Estimate, columns: &Columns, seconds: f64| {
            let counts = count(columns, "succeeded")?;
            as_found(Sample::mean(counts).scaled(1.0 / seconds.max(1e-9)), of)
        };
        let of = (&one.throughput, &two.throughput);
        self.row(what(name, "throughput", "1/s"), of, &throughput);
    }

    fn component(&mut self, one: &ComponentResult, two: &ComponentResult, a: &str, b: &str) {
        let limited = |of: &ComponentResult| of.cpu.clone().filter(|_| !of.cpu_unlimited);
        if let Some((first, second)) = limited(one).zip(limited(two)) {
            let column = format!("utilisation[{}]", one.name);
            let sample = |of: &Estimate, columns: &Columns, _| {
                as_found(Sample::mean(values(columns, &column)?), of)
            };
            let what = what(&one.name, "utilisation", "share");
            self.row(what, (&first, &second), &sample);
        }
        if let Some((first, second)) = one.cost_month.zip(two.cost_month).filter(|_| a == b) {
            let n = one.present.n.min(two.present.n) as usize;
            let exact = |value| Sample::exact(value, n);
            let what = what(&one.name, "cost", &format!("{a}/month"));
            let row = Row::paired(what, &exact(first), &exact(second));
            self.found.push(row);
        }
    }

    /// A row, paired if the replications of both sides can be found.
    fn row(
        &mut self,
        what: What,
        (first, second): (&Estimate, &Estimate),
        sample: &dyn Fn(&Estimate, &Columns, f64) -> Option<Sample>,
    ) {
        let both = self.columns.and_then(|(one, two)| {
            let one = sample(first, one, self.seconds.0)?;
            Some((one, sample(second, two, self.seconds.1)?))
        });
        match both {
            Some((one, two)) => self.found.push(Row::paired(what, &one, &two)),
            None => self.apart(what, (first, second)),
        }
    }

    fn apart(&mut self, what: What, (first, second): (&Estimate, &Estimate)) {
        if self.found.iter().any(|row| row.what == what) {
            return;
        }
        // What has no interval is compared with nothing, paired or not.
        if first.status == Status::Ok && second.status == Status::Ok {
            self.apart.push(format!("{} of `{}`", what.metric, what.of));
        }
        self.found.push(Row::apart(what, first, second));
    }
}

fn what(of: &str, metric: &str, unit: &str) -> What {
    What {
        of: of.to_owned(),
        metric: metric.to_owned(),
        unit: unit.to_owned(),
    }
}

/// A column without a gap.
fn values(columns: &Columns, name: &str) -> Option<Vec<f64>> {
    columns.get(name)?.iter().copied().collect()
}

/// What the replications give, if that is what the result says.
fn as_found(sample: Sample, of: &Estimate) -> Option<Sample> {
    let (mine, theirs) = (sample.value?, of.value?);
    ((mine - theirs).abs() <= OFF * theirs.abs()).then(|| sample.under(of.status))
}

/// What is in one and not in the other, a sentence each.
fn only(first: &RunResult, second: &RunResult) -> Vec<String> {
    let names = |result: &RunResult| -> Vec<String> {
        let requests = result
            .endpoints
            .iter()
            .filter(|of| of.role == Role::Request);
        let requests = requests.map(|of| format!("requests `{}`", of.name));
        let components = result.components.iter();
        let components = components.map(|of| format!("{} `{}`", of.kind, of.name));
        requests.chain(components).collect()
    };
    super::plans::missing(&names(first), &names(second))
}
