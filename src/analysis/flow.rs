//! The same requests in every replication: a line of a mix, a whole workload, the calls of an endpoint.

use std::borrow::Cow;

use super::estimate::Sample;
use super::law::{Law, Moments};
use super::outcome::Outcome;
use super::proportion::Episodes;
use super::result::{Estimate, Status};
use super::section::{Flaw, Section};
use crate::measure::{Histogram, Outcomes, Tally};
use crate::policy::CAUSES;

/// The requests of one replication.
#[derive(Debug, Clone)]
struct Part {
    sent: u64,
    ok: u64,
    /// Succeeded in the window, and ended in it either way, whenever they were sent.
    done: u64,
    ended: u64,
    failed: [u64; CAUSES],
    late: u64,
    /// Of failures. Those of several rows may be one and the same: as many as any of them has there were at least.
    episodes: u64,
}

/// Requests or calls of one kind over all replications.
#[derive(Debug, Clone)]
pub struct Flow<'a> {
    parts: Vec<Part>,
    latency: Law<'a>,
    seconds: f64,
    looks: f64,
    episodes: Episodes,
    status: Status,
    /// Of what is done per second: what is full goes on at its full speed.
    done: Status,
    /// Of shares that breakdowns decide.
    seen: Status,
}

impl<'a> Flow<'a> {
    /// What `of` picks from every tally, taken together.
    pub fn new(outcome: &'a Outcome, of: impl Fn(&'a Tally) -> Vec<&'a Outcomes>) -> Self {
        let (parts, times): (Vec<Part>, Vec<(Moments, Section)>) = outcome
            .tallies
            .iter()
            .map(|tally| part(&of(tally), outcome.include_failures))
            .unzip();
        let episodes = parts.iter().map(|part| part.episodes).sum();
        Self {
            looks: outcome.looks(),
            episodes: outcome.in_episodes(episodes),
            parts,
            latency: Law::new(outcome, times),
            seconds: outcome.seconds(),
            status: outcome.status(),
            done: outcome.rates(),
            seen: outcome.seen(),
        }
    }

    fn counts(&self, of: impl Fn(&Part) -> u64) -> Vec<u64> {
        self.parts.iter().map(of).collect()
    }

    fn per_second(&self, of: impl Fn(&Part) -> u64, status: Status) -> Sample {
        let rates = self
            .parts
            .iter()
            .map(|part| of(part) as f64 / self.seconds)
            .collect();
        Sample::mean(rates)
            .between(0.0, f64::INFINITY)
            .under(status)
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
        self.latency.above()
    }

    /// Answered when nobody waited any more.
    pub fn late(&self) -> u64 {
        self.parts.iter().map(|part| part.late).sum()
    }

    /// Sent per second.
    pub fn rate(&self) -> Sample {
        self.per_second(|part| part.sent, self.done)
    }

    /// Successes per second, of those that succeeded in the window.
    pub fn throughput(&self) -> Sample {
        self.per_second(|part| part.done, self.done)
    }

    /// The share of what was sent in the window by which those in progress became more, if they did in every replication.
    pub fn growth(&self) -> Option<f64> {
        let grows = |part: &Part| part.sent > part.ended;
        let all = !self.parts.is_empty() && self.parts.iter().all(grows);
        let (sent, ended) = (
            self.sent(),
            self.parts.iter().map(|part| part.ended).sum::<u64>(),
        );
        all.then(|| (sent - ended) as f64 / sent as f64)
    }

    /// Share of what was sent that succeeded.
    pub fn success(&self) -> Sample {
        Sample::share(&self.counts(|part| part.ok), &self.counts(|part| part.sent))
            .in_looks(self.looks)
            .in_episodes(self.episodes)
            .under(self.status)
            .under(self.seen)
    }

    /// Share of what was sent that failed with this cause, and the number of those.
    pub fn failures(&self, cause: usize) -> (u64, Sample) {
        let failed = self.counts(|part| part.failed[cause]);
        let share = Sample::share(&failed, &self.counts(|part| part.sent)).in_looks(self.looks);
        let all: u64 = self.counts(|part| part.failed.iter().sum()).iter().sum();
        // Which causes an episode had is not known: where there are several, replications are counted.
        let share = if failed.iter().sum::<u64>() == all {
            share.in_episodes(self.episodes)
        } else {
            share
        };
        let share = share.under(self.status).under(self.seen);
        (failed.iter().sum(), share)
    }

    /// Their latencies.
    pub fn latency(&self) -> &Law<'a> {
        &self.latency
    }

    /// Mean latency \[s\].
    pub fn mean(&self) -> Sample {
        self.latency.mean()
    }

    /// Standard deviation of latency \[s\].
    pub fn deviation(&self) -> Sample {
        self.latency.deviation()
    }

    /// A percentile of latency \[s\] and what is wrong with it; `p` is the share below.
    pub fn percentile(&self, p: f64) -> (Sample, Option<Flaw>) {
        self.latency.percentile(p)
    }

    /// The estimate of a percentile \[s\].
    pub fn percentile_estimate(&self, p: f64) -> Estimate {
        self.percentile(p).0.estimate()
    }

    /// Largest latency \[s\]; 0 when there is none.
    pub fn largest(&self) -> f64 {
        self.latency.largest()
    }
}

/// The requests of one replication: its counts and its latencies.
fn part<'a>(of: &[&'a Outcomes], include_failures: bool) -> (Part, (Moments, Section<'a>)) {
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
        done: total(|outcomes| outcomes.done),
        ended: total(|outcomes| outcomes.done + outcomes.given_up),
        late: total(|outcomes| outcomes.late),
        episodes: (of.iter().map(|outcomes| outcomes.episodes.count))
            .max()
            .unwrap_or(0),
        failed,
    };
    let section = Section {
        histogram,
        above: total(|outcomes| outcomes.unfinished),
    };
    (part, (moments, section))
}
