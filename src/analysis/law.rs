//! A law of times as all replications saw it: its moments and its percentiles.

use super::estimate::Sample;
use super::outcome::{Outcome, Study};
use super::result::Status;
use super::section::{self, Flaw, Merged, Section};

/// Number, sum \[ns\] and sum of squares of the times of one replication.
pub(super) type Moments = (f64, f64, f64);

/// A replication with fewer times has no standard deviation of its own.
const ENOUGH: f64 = 20.0;

/// Times over all replications.
#[derive(Debug, Clone)]
pub struct Law<'a> {
    moments: Vec<Moments>,
    sections: Vec<Section<'a>>,
    merged: Merged,
    status: Status,
}

impl<'a> Law<'a> {
    /// The times of every replication.
    pub(super) fn new(outcome: &Outcome, each: Vec<(Moments, Section<'a>)>) -> Self {
        let (moments, sections): (Vec<Moments>, Vec<Section>) = each.into_iter().unzip();
        Self {
            moments,
            merged: section::merge(&sections),
            sections,
            status: outcome.status(),
        }
    }

    /// How many are not known because they had not ended.
    pub(super) fn above(&self) -> u64 {
        self.merged.1
    }

    /// The mean \[s\].
    pub fn mean(&self) -> Sample {
        let sums: Vec<f64> = self.moments.iter().map(|part| part.1 / 1e9).collect();
        let counts: Vec<f64> = self.moments.iter().map(|part| part.0).collect();
        Sample::ratio(&sums, &counts).under(self.status)
    }

    /// The standard deviation \[s\]: of all together, with the scatter of the replications' own about it.
    pub fn deviation(&self) -> Sample {
        let deviation = |(count, sum, squares): Moments| {
            let mean = sum / count;
            (squares / count - mean * mean).max(0.0).sqrt() / 1e9
        };
        let all = self.moments.iter().fold((0.0, 0.0, 0.0), |total, part| {
            (total.0 + part.0, total.1 + part.1, total.2 + part.2)
        });
        if self.moments.iter().any(|part| part.0 < ENOUGH) {
            let sample = Sample::nothing(self.moments.len());
            return Sample {
                value: (all.0 > 1.0).then(|| deviation(all)),
                ..sample
            };
        }
        Sample::about(
            deviation(all),
            self.moments.iter().map(|&part| deviation(part)).collect(),
        )
        .under(self.status)
    }

    /// A percentile \[s\] and what is wrong with it; `p` is the share below.
    pub fn percentile(&self, p: f64) -> (Sample, Option<Flaw>) {
        let (sample, flaw) = section::percentile(&self.sections, &self.merged, p);
        (sample.in_seconds().under(self.status), flaw)
    }

    /// The largest \[s\]; 0 when there is none.
    pub fn largest(&self) -> f64 {
        self.merged
            .0
            .largest()
            .map_or(0.0, |largest| largest as f64 / 1e9)
    }

    /// The largest as a sample. In a study of one window that is the largest of the window, averaged over the replications; in the long
    /// run it grows with the length, so it has an interval only when every replication has the same one.
    pub fn extreme(&self, study: Study) -> Sample {
        let own = |section: &Section| section.histogram.largest();
        let first = self.sections.first().and_then(own);
        let n = self.sections.len();
        if study == Study::Transient {
            let each: Option<Vec<u64>> = self.sections.iter().map(own).collect();
            let each = each.unwrap_or_default().into_iter();
            let seconds = each.map(|largest| largest as f64 / 1e9).collect();
            return Sample::mean(seconds).under(self.status);
        }
        match first {
            Some(_) if self.sections.iter().all(|section| own(section) == first) => {
                Sample::exact(self.largest(), n).under(self.status)
            }
            _ => Sample {
                value: self.merged.0.largest().map(|_| self.largest()),
                ..Sample::nothing(n)
            },
        }
    }
}
