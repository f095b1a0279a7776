//! The same requests in every replication: a line of a mix, a whole workload, the calls of an endpoint.

use std::borrow::Cow;

use super::estimate::Sample;
use super::outcome::{Outcome, Study};
use super::result::{Estimate, Status};
use super::section::{self, Flaw, Section};
use crate::measure::{Histogram, Outcomes, Tally};
use crate::policy::CAUSES;

/// The requests of one replication.
#[derive(Debug, Clone)]
struct Part {
    sent: u64,
    ok: u64,
    failed: [u64; CAUSES],
    late: u64,
    /// Number, sum \[ns\] and sum of squares of the latencies.
    moments: (f64, f64, f64),
}

/// Requests or calls of one kind over all replications.
#[derive(Debug, Clone)]
pub struct Flow<'a> {
    parts: Vec<Part>,
    sections: Vec<Section<'a>>,
    merged: (Histogram, u64),
    seconds: f64,
    study: Study,
    status: Status,
}

impl<'a> Flow<'a> {
    /// What `of` picks from every tally, taken together.
    pub fn new(outcome: &'a Outcome, of: impl Fn(&'a Tally) -> Vec<&'a Outcomes>) -> Self {
        let (parts, sections): (Vec<Part>, Vec<Section>) = outcome
            .tallies
            .iter()
            .map(|tally| part(&of(tally), outcome.include_failures))
            .unzip();
        let merged = section::merge(&sections);
        Self {
            parts,
            sections,
            merged,
            seconds: outcome.seconds(),
            study: outcome.study,
            status: outcome.status(),
        }
    }

    fn counts(&self, of: impl Fn(&Part) -> u64) -> Vec<u64> {
        self.parts.iter().map(of).collect()
    }

    fn per_second(&self, of: impl Fn(&Part) -> u64) -> Sample {
        let rates = self
            .parts
            .iter()
            .map(|part| of(part) as f64 / self.seconds)
            .collect();
        Sample::mean(rates)
            .between(0.0, f64::INFINITY)
            .under(self.status)
    }

    /// Sent in the window, over all replications.
    pub fn sent(&self) -> u64 {
        self.parts.iter().map(|part| part.sent).sum()
    }

    /// Succeeded, over all replications.
    pub fn succeeded(&self) -> u64 {
        self.parts.iter().map(|part| part.ok).sum()
    }

    /// Still in progress when their replication stopped.
    pub fn unfinished(&self) -> u64 {
        self.merged.1
    }

    /// Answered when nobody waited any more.
    pub fn late(&self) -> u64 {
        self.parts.iter().map(|part| part.late).sum()
    }

    /// Sent per second.
    pub fn rate(&self) -> Sample {
        self.per_second(|part| part.sent)
    }

    /// Successes per second.
    pub fn throughput(&self) -> Sample {
        self.per_second(|part| part.ok)
    }

    /// Share of what was sent that succeeded.
    pub fn success(&self) -> Sample {
        Sample::share(&self.counts(|part| part.ok), &self.counts(|part| part.sent))
            .under(self.status)
    }

    /// Share of what was sent that failed with this cause, and the number of those.
    pub fn failures(&self, cause: usize) -> (u64, Sample) {
        let failed = self.counts(|part| part.failed[cause]);
        let share = Sample::share(&failed, &self.counts(|part| part.sent)).under(self.status);
        (failed.iter().sum(), share)
    }

    /// Mean latency \[s\].
    pub fn mean(&self) -> Sample {
        let sums: Vec<f64> = self.parts.iter().map(|part| part.moments.1 / 1e9).collect();
        let counts: Vec<f64> = self.parts.iter().map(|part| part.moments.0).collect();
        Sample::ratio(&sums, &counts).under(self.status)
    }

    /// Standard deviation of latency \[s\]: of all requests together, with the scatter of the replications' own about it.
    pub fn deviation(&self) -> Sample {
        let deviation = |(count, sum, squares): (f64, f64, f64)| {
            let mean = sum / count;
            (squares / count - mean * mean).max(0.0).sqrt() / 1e9
        };
        let all = self.parts.iter().fold((0.0, 0.0, 0.0), |total, part| {
            (
                total.0 + part.moments.0,
                total.1 + part.moments.1,
                total.2 + part.moments.2,
            )
        });
        if self
            .parts
            .iter()
            .any(|part| part.moments.0 < section::BEYOND)
        {
            let sample = Sample::nothing(self.parts.len());
            return Sample {
                value: (all.0 > 1.0).then(|| deviation(all)),
                ..sample
            };
        }
        Sample::about(
            deviation(all),
            self.parts
                .iter()
                .map(|part| deviation(part.moments))
                .collect(),
        )
        .under(self.status)
    }

    /// A percentile of latency \[s\] and what is wrong with it; `p` is the share below.
    pub fn percentile(&self, p: f64) -> (Sample, Option<Flaw>) {
        let (sample, flaw) = match self.study {
            Study::Steady => section::sectioned(&self.sections, &self.merged, p),
            Study::Transient => section::pooled(&self.sections, &self.merged, p),
        };
        (sample.scaled(1e-9).under(self.status), flaw)
    }

    /// The estimate of a percentile \[s\].
    pub fn percentile_estimate(&self, p: f64) -> Estimate {
        self.percentile(p).0.estimate()
    }

    /// Largest latency \[s\]; 0 when there is none.
    pub fn largest(&self) -> f64 {
        self.merged
            .0
            .largest()
            .map_or(0.0, |largest| largest as f64 / 1e9)
    }
}

/// The requests of one replication: its counts and its latencies.
fn part<'a>(of: &[&'a Outcomes], include_failures: bool) -> (Part, Section<'a>) {
    let total = |count: fn(&Outcomes) -> u64| of.iter().map(|outcomes| count(outcomes)).sum();
    let mut failed = [0; CAUSES];
    for outcomes in of {
        failed
            .iter_mut()
            .zip(outcomes.failed)
            .for_each(|(to, from)| *to += from);
    }
    let mut moments = of
        .iter()
        .fold((0.0, 0.0, 0.0), |(count, sum, squares), outcomes| {
            let latency = &outcomes.latency;
            (
                count + latency.count as f64,
                sum + latency.sum as f64,
                squares + latency.squares as f64,
            )
        });
    let histogram = match of {
        [one] if !include_failures => Cow::Borrowed(&one.histogram),
        several => {
            let mut merged = Histogram::default();
            for outcomes in several {
                merged.merge(&outcomes.histogram);
                if include_failures {
                    merged.merge(&outcomes.failed_after);
                    let (count, sum, squares) = outcomes.failed_after.moments();
                    moments = (moments.0 + count, moments.1 + sum, moments.2 + squares);
                }
            }
            Cow::Owned(merged)
        }
    };
    let part = Part {
        sent: total(|outcomes| outcomes.sent),
        ok: total(|outcomes| outcomes.ok),
        late: total(|outcomes| outcomes.late),
        failed,
        moments,
    };
    (
        part,
        Section {
            histogram,
            above: total(|outcomes| outcomes.unfinished),
        },
    )
}
